"""The frame of every page: the start page, why somebody looks, refusals, dates as read and typed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svro.doors import AnyRequest, permissions_of
from svro.law.dates import LONDON
from svro.web import forms, site
from svro.web.home import local
from tests.web.conftest import STAFF, World


async def test_a_stranger_reads_what_this_is_for_and_the_way_to_sign_in(world: World) -> None:
    page = await world.browser(None).get("/")
    assert page.status == 200, page.text
    assert page.heading == "Serious violence reduction orders"
    assert "/sign-in" in page.hrefs()
    assert "/people" not in page.hrefs()
    assert "/reports" in page.hrefs()


async def test_the_way_to_a_page_is_shown_only_to_those_who_may_go_there(world: World) -> None:
    expected = {
        "PLO": {
            "/people",
            "/people/new",
            "/applications",
            "/orders",
            "/reports",
            "/searches",
            "/status",
        },
        "CON": {"/reports", "/searches", "/searches/new", "/status"},
        "CLK": {"/applications", "/orders", "/reports"},
        "ADM": {"/reports"},
    }
    every = set().union(*expected.values())
    for role, ways in expected.items():
        page = await world.browser(role, why=None).get("/")
        assert set(page.hrefs()) & every == ways, role
        assert STAFF[role].name in page.text


async def test_whoever_has_not_said_why_they_look_is_asked_and_then_sent_on(world: World) -> None:
    browser = world.browser("PLO", why=None)
    page = await browser.get("/people")
    assert page.path == "/purpose"
    assert page.heading == "Why are you looking?"
    page = await browser.send({"reference": "x"})
    assert page.status == 400
    assert ("Purpose is required", "#purpose") in page.links
    page = await browser.send({"purpose": "casework"})
    assert page.status == 400
    assert any(href == "#reference" for href in page.hrefs())
    page = await browser.send({"reference": "OP-2025-0314"})
    assert page.path == "/people"
    assert page.heading == "Find a person"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("/people/new?x=1", "/people/new?x=1"),
        ("//elsewhere.test/", "/"),
        ("https://elsewhere.test/", "/"),
        ("/\\elsewhere.test", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: a=b", "/"),
    ],
)
def test_nobody_is_sent_to_another_site(asked: str, answered: str) -> None:
    assert local(asked) == answered


async def test_a_form_without_its_token_is_refused_and_says_what_to_do(world: World) -> None:
    browser = world.browser("PLO")
    await browser.get("/people")
    answer = await browser.client.post("/people", data={"family_name": "Wren", "step": "find"})
    assert answer.status_code == 403
    assert "Open the page again" in answer.text
    page = await browser.get("/people")
    page = await browser.send({"family_name": "Wren"})
    assert page.status == 200, "the control: with its token it is taken"


async def test_nothing_here_is_said_alike_whatever_is_not_there(world: World) -> None:
    browser = world.browser("PLO")
    page = await browser.get("/nothing/of/the/kind")
    assert page.status == 404
    assert page.heading == "Not found"
    assert "There is nothing here that you may see." in page.text


async def test_a_page_loads_nothing_from_elsewhere_and_no_script_of_its_own(world: World) -> None:
    for path in ("/", "/people", "/people/new", "/applications", "/orders", "/purpose"):
        page = await world.browser("PLO").get(path)
        assert "<style" not in page.html
        assert " style=" not in page.html
        assert page.html.count("<script") == 1
        assert '<script type="module" src="/static/svro.js">' in page.html
        assert "://" not in page.html.replace("https://www.legislation.gov.uk/", "")
        assert "onclick" not in page.html


async def test_the_stylesheets_and_scripts_are_here(world: World) -> None:
    client = world.browser(None).client
    for name in (
        "svro.css",
        "svro.js",
        "icon.svg",
        "govuk/govuk-frontend.min.css",
        "govuk/govuk-frontend.min.js",
    ):
        assert (await client.get(f"/static/{name}")).status_code == 200, name


async def test_the_demonstration_states_its_date_on_each_page_and_switches_it(world: World) -> None:
    def banner(request: AnyRequest) -> dict[str, Any]:
        instants = [
            {"label": "14 March 2025", "value": "a", "current": True},
            {"label": "2 June 2025", "value": "b", "current": False},
        ]
        return {"sentence": "It is 14 March 2025.", "instants": instants}

    browser = world.browser("PLO")
    assert "Demonstration" not in (await browser.get("/orders")).text
    world.app.state.banner = banner
    page = await browser.get("/orders")
    assert "Demonstration It is 14 March 2025." in page.text
    assert page.forms[0].action == "/demo/instant"
    assert page.forms[0].buttons == {"14 March 2025": ("instant", "a"), "2 June 2025": ("instant", "b")}
    assert ("next", "/orders") in page.forms[0].values


async def test_every_page_names_its_permission(world: World) -> None:
    handlers = [handler for route in world.app.routes for handler in getattr(route, "route_handlers", ())]
    pages = [handler for handler in handlers if handler.handler_name != "options_handler"]
    assert len(pages) > 40
    assert [str(handler) for handler in pages if not permissions_of(handler)] == []


def test_days_and_times_are_written_as_people_read_them() -> None:
    assert site.day(date(2025, 3, 14)) == "14 March 2025"
    assert site.moment(datetime(2025, 3, 14, 21, 14, tzinfo=UTC)) == "14 March 2025 at 9:14pm"
    assert site.moment(datetime(2025, 6, 30, 23, 5, tzinfo=UTC)) == "1 July 2025 at 12:05am"
    assert site.clock(datetime(2025, 3, 14, 9, tzinfo=UTC)) == "9am"
    assert site.clock(datetime(2025, 3, 14, 12, tzinfo=UTC)) == "midday"
    assert site.clock(datetime(2025, 6, 14, 23, tzinfo=UTC)) == "midnight"


@pytest.mark.parametrize(
    ("day", "text", "instant"),
    [
        (date(2025, 3, 14), "21:14", "2025-03-14T21:14:00Z"),
        (date(2025, 3, 14), "9:14pm", "2025-03-14T21:14:00Z"),
        (date(2025, 3, 14), "9.14 p.m.", "2025-03-14T21:14:00Z"),
        (date(2025, 6, 14), "9am", "2025-06-14T08:00:00Z"),
        (date(2025, 6, 14), "12am", "2025-06-13T23:00:00Z"),
        (date(2025, 6, 14), "midday", "2025-06-14T11:00:00Z"),
        (date(2025, 10, 26), "1:30 BST", "2025-10-26T00:30:00Z"),
        (date(2025, 10, 26), "01:30 gmt", "2025-10-26T01:30:00Z"),
        (date(2025, 10, 26), "2:00", "2025-10-26T02:00:00Z"),
    ],
)
def test_a_time_is_read_by_the_london_clock(day: date, text: str, instant: str) -> None:
    assert forms.instant(day, text) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("day", "text", "reason"),
    [
        (date(2025, 10, 26), "1:30", "came twice, as the clocks went back: write 01:30 BST or 01:30 GMT"),
        (date(2025, 3, 30), "1:30am", "no clock showed"),
        (date(2025, 3, 14), "9:14pm BST", "cannot be in BST"),
        (date(2025, 3, 14), "25:00", "such as 9:14pm"),
        (date(2025, 3, 14), "9", "such as 9:14pm"),
        (date(2025, 3, 14), "13pm", "such as 9:14pm"),
        (date(2025, 3, 14), "9:60", "such as 9:14pm"),
        (date(2025, 3, 14), "soon", "such as 9:14pm"),
    ],
)
def test_a_time_that_was_not_or_was_twice_is_refused_with_the_reason(
    day: date, text: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        forms.instant(day, text)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_written_into_its_boxes_reads_back_as_itself(instant: datetime) -> None:
    instant = instant.replace(second=0, microsecond=0)
    local = instant.astimezone(LONDON)
    assert forms.instant(local.date(), f"{local:%H:%M} {local.tzname()}") == instant
