"""Help: every refusal explained at the address its problem type gives, and tables that are the code's own."""

import re
from collections.abc import Iterator

import pytest
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    TooManyRequestsException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from svro import doors
from svro.casework.matrix import MATRIX, ROLES, Cell
from svro.errors import Problem
from svro.law import stages
from svro.web.help import MARKS, NOTES, PAGES, PROBLEMS, SCOPES, in_words
from tests.web.conftest import World


def kinds(root: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Every kind of problem there is."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


async def test_every_kind_of_problem_is_explained_at_its_anchor(world: World) -> None:
    page = await world.browser(None).get("/help/problems")
    anchors = set(re.findall(r'<section id="([^"]+)"', page.html))
    assert anchors == set(PROBLEMS)
    assert {kind.kind for kind in kinds()} <= anchors
    assert "no-such-kind" not in anchors


def test_each_explanation_gives_the_status_that_the_problem_has() -> None:
    assert {kind.kind: kind.status for kind in kinds()}.items() <= {
        k: p.status for k, p in PROBLEMS.items()
    }.items()


@pytest.mark.parametrize(
    "error", [MethodNotAllowedException(), TooManyRequestsException(), RequestEntityTooLarge()]
)
def test_what_the_framework_refuses_is_explained_too(error: HTTPException) -> None:
    status, document = doors.problem_of(error)
    kind = str(document["type"]).removeprefix(doors.PROBLEMS)
    assert PROBLEMS[kind].status == status


async def test_a_problem_of_the_api_leads_to_its_explanation(world: World) -> None:
    browser = world.browser(None)
    answer = await browser.client.get("/api/v1/people")
    path, _, anchor = answer.json()["type"].partition("#")
    assert f'id="{anchor}"' in (await browser.get(path)).html


async def test_every_page_of_help_is_open_to_everybody_and_led_to(world: World) -> None:
    for role in (None, "CON", "ADM"):
        start = await world.browser(role, why=None).get("/help")
        assert {f"/help/{name}" for name in PAGES} <= set(start.hrefs())
    for name, title in PAGES.items():
        page = await world.browser(None).get(f"/help/{name}")
        assert (page.status, page.heading) == (200, title)
    assert (await world.browser(None).get("/help/nothing")).status == 404


async def test_the_stages_page_prints_every_row_of_the_table_with_its_source(world: World) -> None:
    page = await world.browser(None).get("/help/stages")
    for row in stages.TABLE:
        assert row.title in page.text
        assert row.source in page.text
    assert all(stage.label in page.text for stage in stages.STAGES.values())


async def test_the_permissions_page_prints_every_cell_of_the_matrix(world: World) -> None:
    page = await world.browser(None).get("/help/permissions")
    rows = re.findall(r"<tr class=\"govuk-table__row\">(.*?)</tr>", page.html, re.DOTALL)[1:]
    assert len(rows) == len(MATRIX)
    for html, (permission, cells) in zip(rows, MATRIX.items(), strict=True):
        assert permission in html
        assert re.findall(r"<td[^>]*>(.*?)</td>", html) == [in_words(cells[role]) for role in ROLES]


def test_a_cell_is_put_into_words() -> None:
    assert in_words(Cell(frozenset("N"), purpose=True)) == "national, status only; with a purpose"
    assert in_words(Cell(frozenset("O"), second=True, alert=True)) == "own force; two people; raises an alert"
    assert in_words(Cell(frozenset(), refusal=404)) == "no"


async def test_the_permissions_page_says_which_doors_each_permission_opens_as_the_application_is(
    world: World,
) -> None:
    page = await world.browser(None).get("/help/permissions")
    told = {
        found[1]: (set(re.findall(r"<li[^>]*><code>(.*?)</code>", found[2])), found[2])
        for found in re.finditer(r"<section id=\"([\w-]+)\"[^>]*>(.*?)</section>", page.html, re.DOTALL)
    }
    opened: dict[str, set[str]] = {}
    for route in world.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for permission in doors.permissions_of(handler):
                for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                    path = re.sub(r":\w+}", "}", route.path)
                    opened.setdefault(permission, set()).add(f"{method} {path}")
    assert set(told) == {name.replace(":", "-") for name in MATRIX}
    for permission in MATRIX:
        addresses, html = told[permission.replace(":", "-")]
        assert addresses == opened.get(permission, set()), permission
        assert ("not built" in html) == (permission not in opened), permission
        assert NOTES.get(permission, "") in html.replace("&#39;", "'")
    assert set(NOTES) <= set(MATRIX)


async def test_every_letter_and_mark_of_the_table_is_explained_on_it(world: World) -> None:
    page = await world.browser(None).get("/help/permissions")
    cells = [cell for row in MATRIX.values() for cell in row.values()]
    assert frozenset().union(*(cell.scopes for cell in cells)) == set(SCOPES)
    for words in (*SCOPES.values(), *(asks for _, _, asks in MARKS)):
        assert words in page.text
    assert {sign for sign, _, _ in MARKS} == {"p", "2", "!"}


async def test_the_page_on_two_people_names_every_act_that_takes_them(world: World) -> None:
    page = await world.browser(None).get("/help/two-people")
    named = set(re.findall(r"<code>([\w:]+)</code>", page.html))
    assert named == {name for name, row in MATRIX.items() if any(cell.second for cell in row.values())}
