"""Every page in a real browser: axe-core finds nothing, no phone scrolls sideways, no script is needed."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from playwright.sync_api import Browser, BrowserContext, Page

from svro.app import build
from svro.casework.founding import found
from svro.casework.limits import ASKING_WINDOW, Counted, Limit
from svro.casework.matrix import ROLES
from svro.casework.orders import COURT_ACTS
from svro.law import stages
from svro.records import Database
from svro.records.reach import ALL
from svro.settings import Settings
from svro.web import duty_forms
from svro.web.cases import TASKS
from svro.web.dated import FACTS
from svro.web.help import PAGES
from tests.web import browsing
from tests.web.browsing import WIDTHS, faults, serving
from tests.web.conftest import CASEWORK, OPENED, STAFF, World
from tests.web.seeded import EXPORT, QUARTER, Seeded, hand_over, publish, publish_figures, seed

pytestmark = pytest.mark.browser

MORE = (
    "/searches?power=no",
    "/searches/{search_id}?recorded=corrected",
    "/searches/{unlawful_id}?recorded=yes",
    "/reports/disproportionality?force=merseyside",
    "/reports/disproportionality?force=",
    "/access-log?person_id=x",
    "/access-log?person_id={person_id}",
    "/proposals/{proposal_id}?sent=yes",
    "/relationships?noted=yes",
    "/alerts?overdue=true",
    "/reports/measures?force=merseyside",
    "/reports/measures?force=",
    "/reports/statutory?force=merseyside",
    "/reports/officers?force=merseyside",
    "/publications/merseyside/2024-Q2?version=1",
    "/no-such-page",
)
"""Pages that an address without its query does not show."""


ELSEWHERE = ("/api", "/health", "/static", "/panels", "/disclosure")
"""Addresses that are no page, and those of panels and disclosure, which are looked at on journeys of their
own.
"""
FILES = (".csv", ".json", ".ods", ".html", ".pdf", ".atom")


class Site(browsing.Site):
    """The application as served, and what there is to look at."""

    there: Seeded

    def fills(self) -> dict[str, list[str]]:
        """What fills each parameter of an address."""
        there = self.there
        return {
            "person_id": [there.person_id],
            "kind": list(FACTS),
            "fact_id": [there.conviction_id, there.custody_id],
            "application_id": [there.open_id, there.application_id],
            "task": list(TASKS),
            "act": [*(row.act for row in stages.open_acts("considered")), *COURT_ACTS],
            "order_id": [there.order_id],
            "search_id": [there.search_id, there.unlawful_id],
            "name": list(PAGES),
            "notice": list(duty_forms.NOTIFICATIONS),
            "notification_id": [there.notification_id],
            "investigation_id": [there.investigation_id],
            "step": list(duty_forms.STEPS),
            "item_id": [there.item_id],
            "fate": list(duty_forms.ITEMS),
            "change_id": [there.change_id],
            "what": ["service", "outcome"],
            "proposal_id": [there.proposal_id],
            "retention_id": [there.retention_id],
            "question": ["oneself"],
            "about": [str(STAFF["SUP"].account_id)],
            "account_id": [str(STAFF["CON"].account_id), str(STAFF["SOL"].account_id)],
            "role": ["CON"],
            "role_change_id": ["0" * 32],
            "alert_id": [there.alert_id],
            "allocation_id": [there.allocation_id],
            "instruction_id": [there.instruction_id],
            "representation_id": [there.representation_id],
            "force": ["merseyside"],
            "quarter": [QUARTER],
            "export_id": [EXPORT],
        }

    def routes(self) -> dict[str, list[str]]:
        """Every GET page, to the addresses that it has here. A parameter not known above fails."""
        found = {}
        for route in self.app.routes:
            handlers = getattr(route, "route_handlers", ())
            shown = any(isinstance(h, HTTPRouteHandler) and "GET" in h.http_methods for h in handlers)
            if not shown or "/charts/" in route.path or route.path.startswith(ELSEWHERE):
                continue
            if route.path.endswith(FILES):
                continue
            parts = [
                part[1:-1].split(":")[0] if part.startswith("{") else "" for part in route.path.split("/")
            ]
            filled = itertools.product(*(self.fills()[part] for part in parts if part))
            shape = "/".join(
                "{}" if name else part for name, part in zip(parts, route.path.split("/"), strict=True)
            )
            found[route.path] = [shape.format(*values) for values in filled]
        return found

    def pages(self) -> list[str]:
        """The address of every GET page, and of some with a query."""
        more = [path.format(**msgspec.structs.asdict(self.there)) for path in MORE]
        return sorted({path for paths in self.routes().values() for path in paths}) + more


@asynccontextmanager
async def furnished(file: Path) -> AsyncIterator[World]:
    database = Database(f"sqlite+aiosqlite:///{file}", durable=False)
    world = World(database)
    world.app = build(
        Settings(database_url=database.url, secure_cookies=False),
        database,
        clock=lambda _: world.now,
        sign_in=world.cookies,
    )
    world.app.state.misses = Counted(Limit(10**9, ASKING_WINDOW))  # a walk misses more than anybody may
    async with database.write(ALL) as session:
        await found(session, "live", OPENED)
    for role, actor in STAFF.items():
        await world.hire(role, actor)
        world.cookies.why[actor.account_id] = CASEWORK
    await publish(database, file.parent)
    await publish_figures(database)
    await hand_over(database)
    yield world
    await database.close()


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application with a small world, served on a port of its own."""
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("site") / "svro.db"))
    with serving(file, furnished) as site:
        there = asyncio.new_event_loop().run_until_complete(_seed(site.address))
        yield Site(site.address, site.app, there)


async def _seed(address: str) -> Seeded:
    transport = httpx.AsyncHTTPTransport(retries=5)
    async with httpx.AsyncClient(base_url=address, transport=transport, timeout=30) as client:
        return await seed(client)


def context_of(browser: Browser, site: Site, role: str, **more: Any) -> BrowserContext:
    """A browser window of somebody of this role."""
    context = browser.new_context(base_url=site.address, viewport={"width": WIDTHS[0], "height": 900}, **more)
    if role != "ANON":
        context.add_cookies([{"name": "as", "value": role, "url": site.address}])
    return context


Status = Callable[[str, str], tuple[int, int]]
"""Of a page and a role: the first status of the answer, and the one to which it leads."""


@pytest.fixture(scope="module")
def status(site: Site) -> Iterator[Status]:
    """How a page answers a role, asked once."""
    with httpx.Client(base_url=site.address, timeout=30) as client:

        @cache
        def of(path: str, role: str) -> tuple[int, int]:
            answer = client.get(path, headers={"Cookie": f"as={role}"}, follow_redirects=True)
            return [*answer.history, answer][0].status_code, answer.status_code

        yield of


@pytest.fixture(scope="module")
def first_shown(site: Site, status: Status) -> dict[str, str]:
    """Of each page, the first role to which it is shown."""
    found: dict[str, str] = {}
    for path in site.pages():
        if (role := next((role for role in ROLES if status(path, role)[1] == 200), None)) is not None:
            found[path] = role
    return found


def looked_at(
    role: str, site: Site, browser: Browser, axe: str, status: Status, shown: Callable[[str], Sequence[int]]
) -> None:
    """Look at the pages of a role that are to be `shown`, at some widths, and at two refusals of each kind,
    for all of a kind look the same.
    """
    context, wrong, statuses = context_of(browser, site, role), [], {}
    page = context.new_page()
    page.on("console", lambda told: wrong.append(told.text) if "Content Security" in told.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for path in site.pages():
        statuses.setdefault(status(path, role)[1], []).append(path)
    assert set(statuses) <= {200, 400, 401, 403, 404, 409}, statuses
    assert len(statuses[200]) >= len(PAGES) + 2
    refused = [path for status, paths in statuses.items() if status != 200 for path in paths[:2]]
    widths = {path: shown(path) for path in statuses[200]} | dict.fromkeys(refused, WIDTHS)
    for path, at in widths.items():
        if at:
            page.goto(path)
            wrong += faults(page, axe, at)
    context.close()
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_every_page_passes_axe_and_stays_within_a_phones_width(
    role: str, site: Site, browser: Browser, axe: str, status: Status, first_shown: dict[str, str]
) -> None:
    """Whoever is first shown a page looks, with axe at one width and then the other, page by page."""
    turn = {path: WIDTHS[n % 2 :][:1] for n, path in enumerate(site.pages())}
    mine = {"/"} | {path for path, first in first_shown.items() if first == role}
    looked_at(role, site, browser, axe, status, lambda path: turn[path] if path in mine else ())


@pytest.mark.full
@pytest.mark.parametrize("role", ROLES)
def test_every_page_passes_axe_for_everybody_to_whom_it_is_shown(
    role: str, site: Site, browser: Browser, axe: str, status: Status
) -> None:
    looked_at(role, site, browser, axe, status, lambda path: WIDTHS)


def test_somebody_is_shown_every_page_there_is(site: Site, status: Status) -> None:
    hidden = {
        route
        for route, paths in site.routes().items()
        if not any(status(path, role)[0] in (200, 303) for path in paths for role in ROLES)
    }
    assert hidden == set()


def test_axe_finds_what_is_wrong_with_a_page_that_is(site: Site, browser: Browser, axe: str) -> None:
    context = context_of(browser, site, "ANON")
    page = context.new_page()
    page.goto("/help")
    page.evaluate("""() => {
        const image = document.createElement("img");
        image.style.width = "2000px";
        document.querySelector("main").append(image);
    }""")
    found = faults(page, axe)
    context.close()
    assert any("image-alt" in fault for fault in found)
    assert any("scrolls sideways" in fault for fault in found)


def _check(page: Page, incident: str) -> None:
    page.goto("/status")
    page.get_by_label("PNC ID").fill("02/73319Z")
    page.get_by_label("Incident reference").fill(incident)
    page.get_by_role("button", name="Check").click()


def _when(page: Page, time: str) -> None:
    for name, value in (
        ("at-day", "14"),
        ("at-month", "3"),
        ("at-year", "2025"),
        ("at-time", time),
        ("place", "Hardman Street"),
    ):
        page.locator(f"[name={name}]").fill(value)


def test_a_constable_checks_records_and_corrects_without_scripts(site: Site, browser: Browser) -> None:
    context = context_of(browser, site, "CON", java_script_enabled=False)
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    _check(page, "CAD-0314-0901")
    assert page.get_by_role("heading", level=1).inner_text() == "In effect"
    page.get_by_role("button", name="Record a search").click()
    _when(page, "")
    page.get_by_role("button", name="Continue").click()
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="Start must include a time").click()
    assert page.url.endswith("#at-day")
    _when(page, "8:50am")
    page.get_by_role("group", name="Was it a public place?").get_by_label("Yes").check()
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_label("Order reference").input_value() == site.there.order_reference
    page.get_by_role("button", name="Check and record now").click()
    page.get_by_role("button", name="Record this search").click()
    assert "Recorded. Power." in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Correct this record").click()
    page.get_by_label("Reason").fill("It was further up the street")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Change When and where").click()
    page.get_by_label("Where did it happen?").fill("Hope Street")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send this correction").click()
    assert "it waits for somebody else" in page.locator(".govuk-inset-text").inner_text()
    waiting = page.url.split("?")[0]
    context.close()
    context = context_of(browser, site, "SUP", java_script_enabled=False)
    page = context.new_page()
    page.goto(waiting)
    page.get_by_role("button", name="Approve or decline").click()
    page.get_by_label("Approve").check()
    page.get_by_role("button", name="Send your answer").click()
    assert "Approved and done" in page.locator(".govuk-tag").first.inner_text()
    page.get_by_role("link", name="See what it is about").click()
    assert "Hardman Street" in page.locator("del").all_inner_texts()
    context.close()


def test_the_pages_that_only_a_form_leads_to_pass_axe_too(site: Site, browser: Browser, axe: str) -> None:
    context = context_of(browser, site, "CON")
    page = context.new_page()
    wrong: list[str] = []
    page.goto("/status")
    page.get_by_role("button", name="Check").click()
    wrong += faults(page, axe)  # an error summary
    _check(page, "CAD-0314-0902")
    wrong += faults(page, axe)
    page.get_by_role("button", name="Record a search").click()
    wrong += faults(page, axe)
    page.get_by_role("button", name="Continue").click()
    wrong += faults(page, axe)
    _when(page, "8:55am")
    seen = set()
    while "Check your answers" not in page.title():
        page.get_by_role("button", name="Continue").click()
        seen.add(page.get_by_role("heading", level=1).inner_text())
        wrong += faults(page, axe)
    context.close()
    assert wrong == []
    assert len(seen) == 8, seen
