"""Officers' pages: is there power, record what happened, correct it, see what was found in it."""

from datetime import UTC, date, datetime

import httpx
import pytest

from svro.errors import Malformed
from svro.law.search import GoWisely, SearchRecord
from svro.web import search_form
from svro.web.search_form import CORRECT, RECORD, STEPS
from tests.web.conftest import Browser, Page, World
from tests.web.seeded import Seeded, order_made, seed

DAY = date(2025, 3, 14)


async def seeded(world: World) -> Seeded:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]
        base_url="https://svro.test",
    ) as client:
        return await seed(client)


async def an_order(world: World, **terms: object) -> str:
    """The reference of an order that the court has just made."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]
        base_url="https://svro.test",
    ) as client:
        view, _ = await order_made(client, **terms)
        return str(view["order_reference"])


async def checked(world: World, **asked: str) -> Browser:
    """A constable who has just asked whether there is power."""
    browser = world.browser("CON", why=None)
    await browser.get("/status")
    await browser.send({"incident": "CAD-0314-2114", **asked})
    return browser


async def test_a_status_check_answers_in_big_words_with_the_order_the_court_and_the_last_day(
    world: World,
) -> None:
    reference = await an_order(world, months=6)
    world.at("2025-03-14T21:14:00+00:00")
    page = (await checked(world, order_reference=reference)).page
    assert (page.status, page.heading) == (200, "In effect")
    assert reference in page.text
    assert "13 September 2025" in page.text
    assert "As of 14 March 2025 at 9:14pm" in page.text
    assert "Check who the person is" in page.text
    assert "Record a search" in page.forms[-1].buttons


async def test_a_status_check_by_pnc_id_answers_not_in_effect_once_the_order_has_run_out(
    world: World,
) -> None:
    reference = await an_order(world, months=6)
    world.at("2025-09-13T23:59:59+01:00")
    assert (await checked(world, pnc_id="02/73319Z")).page.heading == "In effect"
    world.at("2025-09-14T00:00:00+01:00")
    page = (await checked(world, pnc_id="02/73319Z")).page
    assert page.heading == "Not in effect"
    assert reference not in page.text


async def test_a_deferred_order_whose_release_nobody_confirmed_is_not_confirmed(world: World) -> None:
    reference = await an_order(world, effect="release")
    page = (await checked(world, order_reference=reference)).page
    assert page.heading == "Not confirmed"
    assert "Do not rely on it" in page.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"incident": "CAD-1"}, "Give an order reference, a PNC ID or a CRO number"),
        ({"incident": "", "pnc_id": "02/73319Z"}, "Incident reference is required"),
        ({"incident": "CAD-1", "order_reference": "SVRO-AAAA-AAAA-A"}, "check character"),
    ],
)
async def test_a_question_that_cannot_be_asked_says_which_field_and_loses_nothing(
    world: World, asked: dict[str, str], said: str
) -> None:
    page = (await checked(world, **asked)).page
    assert page.status == 400
    assert page.title.startswith("Error: ")
    assert said in page.text
    assert all((name, value) in page.forms[-1].values for name, value in asked.items())


async def test_the_incident_is_the_officers_purpose_from_then_on(world: World) -> None:
    browser = world.browser("CON", why=None)
    assert (await browser.get("/searches/new")).path == "/purpose"
    await browser.get("/status")
    await browser.send({"incident": "CAD-0314-2114", "pnc_id": "02/73319Z"})
    assert (await browser.get("/searches/new")).heading == "When and where"
    assert world.cookies.why[world.cookies.staff["CON"].account_id].code == "roadside"


@pytest.mark.parametrize("role", ["SOL", "CLK", "PAN", "ADM"])
async def test_only_the_police_may_ask_at_the_roadside(world: World, role: str) -> None:
    assert (await world.browser(role).get("/status")).status == 403
    assert (await world.browser("CON").get("/status")).status == 200


async def test_a_stranger_is_told_to_sign_in(world: World) -> None:
    for path in ("/status", "/searches", "/searches/new"):
        assert (await world.browser(None).get(path)).status == 401


async def test_from_the_answer_to_a_record_in_every_step_with_the_check_carried_along(world: World) -> None:
    reference = await an_order(world)
    world.at("2025-03-14T21:30:00+00:00")
    browser = await checked(world, pnc_id="02/73319Z")
    page = await browser.send(press="Record a search")
    assert page.heading == "When and where"
    place = {
        "at": (DAY, "9:14pm"),
        "ended": "21:20",
        "place": "Bold Street",
        "public_place": "yes",
        "area": "merseyside",
    }
    page = await browser.send(place)
    assert page.heading == "The power and the order"
    assert ("order_reference", reference) in page.forms[-1].values
    await browser.send({"reason_for_use": "Seen near a school", "grounds": "Order in effect"})
    page = await browser.send({"searched": "yes", "identity": "confirmed"})
    assert page.heading == "What the person was told before the search"
    await browser.send(
        {f"told_{item}": "yes" for item in search_form.SAID}
        | {"in_uniform": "yes", "officer_station": "St Anne Street"}
    )
    await browser.send({"object": "bladed-article", "clothing": "outer", "force_used": "no"})
    await browser.send({"self_ethnicity": "W1", "officer_ethnicity": "White"})
    await browser.send({"outcome": "nfa", "outcome_linked": "no"})
    page = await browser.send({"copy": "given", "bwv": "recorded", "bwv_reference": "BWV-1"})
    assert page.heading == "Check your answers"
    page = await browser.send(press="Record this search")
    assert page.status == 200, page.text
    assert "Recorded. Power." in page.text
    assert "Nothing wrong with the power" in page.text
    for said in (
        "14 March 2025 at 9:14pm",
        "9:20pm",
        "Bold Street",
        "Merseyside Police",
        "7781",
        "Seen near a school",
    ):
        assert said in page.text


async def test_in_a_hurry_when_and_where_are_enough_and_what_is_missing_is_said(world: World) -> None:
    browser = world.browser("CON")
    await browser.get("/searches/new")
    page = await browser.send({"at": (DAY, "08:40"), "place": "Lime Street"}, press="Check and record now")
    assert page.heading == "Check your answers"
    page = await browser.send(press="Record this search")
    assert "Recorded. No power" not in page.text
    assert "Not claimed under an order. No order is named" in page.text
    assert "Sentencing Act 2020 s.342E(1)" in page.text
    assert page.text.count("Not recorded") > 20


async def test_a_search_without_power_is_recorded_and_says_so_with_the_source_and_what_to_do(
    world: World,
) -> None:
    reference = await an_order(world)
    world.at("2026-04-01T12:00:00+01:00")
    browser = world.browser("CON")
    await browser.get("/searches/new")
    await browser.send({"at": (date(2026, 4, 1), "11:00"), "place": "Lime Street", "public_place": "yes"})
    await browser.send({"order_reference": reference}, press="Check and record now")
    page = await browser.send(press="Record this search")
    assert page.status == 200
    assert "Recorded. No power." in page.text
    assert "The order was not in effect at the time of the search." in page.text
    assert "A supervisor must review it" in page.text
    assert await world.browser("SUP").get("/searches?power=no")
    assert reference in world.browsers[-1].page.text


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"place": "Lime Street"}, "Start is required"),
        ({"at": (DAY, "08:40")}, "Place is required"),
        ({"at": (DAY, "25:40"), "place": "x"}, "Start must have a time"),
        ({"at": (date(2024, 3, 31), "01:30"), "place": "x"}, "the clocks went forward"),
        ({"at": (date(2024, 10, 27), "01:30"), "place": "x"}, "01:30 BST"),
        ({"at": (DAY, "08:40"), "ended": "soon", "place": "x"}, "End must have a time"),
    ],
)
async def test_nonsense_is_refused_on_its_page_with_everything_typed_still_there(
    world: World, answers: dict[str, object], said: str
) -> None:
    browser = world.browser("CON")
    await browser.get("/searches/new")
    page = await browser.send(answers)
    assert (page.status, page.heading) == (400, "When and where")
    assert page.title.startswith("Error: ")
    assert said in page.text
    assert all(
        ("place", value) in page.forms[-1].values for name, value in answers.items() if name == "place"
    )


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"at": (date(2025, 3, 15), "08:40"), "place": "x"}, "Start is in the future"),
        ({"at": (DAY, "08:40"), "ended": "08:30", "place": "x"}, "cannot end before it starts"),
    ],
)
async def test_what_only_the_casework_can_see_leads_back_to_the_page_that_asked(
    world: World, answers: dict[str, object], said: str
) -> None:
    browser = world.browser("CON")
    await browser.get("/searches/new")
    await browser.send(answers, press="Check and record now")
    page = await browser.send(press="Record this search")
    assert (page.status, page.heading) == (400, "When and where")
    assert said in page.text
    assert (await world.browser("CON").get("/searches")).text.count("There are none") == 1


async def test_a_search_sent_twice_is_recorded_once(world: World) -> None:
    browser = world.browser("CON")
    await browser.get("/searches/new")
    check = await browser.send({"at": (DAY, "08:40"), "place": "Lime Street"}, press="Check and record now")
    first = await browser.send(press="Record this search")
    browser.page = check
    again = await browser.send(press="Record this search")
    assert again.url == first.url
    listed = await browser.get("/searches")
    assert listed.text.count("Lime Street") == 1
    browser.page = check
    check.forms[-1].values = [(n, "Bold Street" if n == "place" else v) for n, v in check.forms[-1].values]
    other = await browser.send(press="Record this search")
    assert (other.status, "recorded already" in other.text) == (409, True)


async def test_a_correction_keeps_the_earlier_version_and_shows_what_changed_and_why(world: World) -> None:
    there = await seeded(world)
    browser = world.browser("CON")
    page = await browser.get(f"/searches/{there.unlawful_id}")
    assert "Not claimed under an order" in page.text
    await browser.follow("Correct this record")
    page = await browser.send({"reason": "The order was not written down"})
    assert page.heading == "Check your answers"
    assert "Bold Street, Liverpool" in page.text
    page = await browser.send(press="Change The power and the order")
    page = await browser.send({"order_reference": there.order_reference})
    assert page.heading == "Check your answers"
    await browser.send(press="Send this correction")
    await agreed(world, browser.page)
    page = await browser.get(f"/searches/{there.unlawful_id}?recorded=corrected")
    assert page.status == 200, page.text
    assert "Corrected. Power." in page.text
    assert "Version 2, recorded 14 March 2025 at 9am" in page.text
    assert "Why: The order was not written down" in page.text
    assert "Before: Not recorded After: " + there.order_reference in page.text
    assert "As known then: not claimed under an order" in page.text
    assert "Nothing wrong with the power" not in page.text  # clothing came off in public all the same


async def agreed(world: World, waits: Page) -> None:
    """The supervisor agrees to what this page says is waiting."""
    assert "Nothing is done yet" in waits.text
    second = world.browser("SUP")
    await second.get(f"{waits.path}/answer")
    done = await second.send({"answer": "approve"})
    assert "Approved and done" in done.text, done.text


async def test_a_correction_without_a_change_leaves_every_answer_as_it_was(world: World) -> None:
    there = await seeded(world)
    browser = world.browser("CON")
    await browser.get(f"/searches/{there.search_id}/correct")
    await browser.send({"reason": "Read again"})
    await browser.send(press="Send this correction")
    await agreed(world, browser.page)
    page = await browser.get(f"/searches/{there.search_id}?recorded=corrected")
    assert "Version 3" in page.text
    assert "No answer shown here changed." in page.text
    assert "Corrected. Power." in page.text  # the PNC ID came along


async def test_a_correction_made_on_an_older_version_is_refused(world: World) -> None:
    there = await seeded(world)
    first, second = world.browser("CON"), world.browser("CON")
    for browser in (first, second):
        await browser.get(f"/searches/{there.search_id}/correct")
        await browser.send({"reason": "Read again"})
    await agreed(world, await first.send(press="Send this correction"))
    late = await second.send(press="Send this correction")
    assert late.status == 412
    assert "Read it again" in late.text
    assert "Version 4" not in (await first.get(f"/searches/{there.search_id}")).text


async def test_who_sees_which_searches_follows_the_matrix(world: World) -> None:
    there = await seeded(world)
    path = f"/searches/{there.search_id}"
    seen = {
        role: (await world.browser(role).get(path)).status
        for role in ("CON", "SUP", "PLO", "CLK", "ADM", "CPS")
    }
    assert seen == {"CON": 200, "SUP": 200, "PLO": 200, "CLK": 404, "ADM": 404, "CPS": 403}
    assert "Correct this record" in (await world.browser("SUP").get(path)).text
    assert "Correct this record" not in (await world.browser("PLO").get(path)).text
    assert (await world.browser("PLO").get(f"{path}/correct")).status == 403


async def test_a_supervisor_lists_by_the_verdict_on_the_power(world: World) -> None:
    await seeded(world)
    browser = world.browser("SUP")
    page = await browser.get("/searches")
    assert page.text.count("14 March 2025 at 8:40am") == 2
    page = await browser.follow("Power")
    assert "Slater Street" in page.text
    assert "No order named" not in page.text
    page = await browser.follow("Not claimed")
    assert "No order named" in page.text
    assert (await browser.get("/searches?power=perhaps")).status == 400


async def test_an_orders_searches_are_listed_under_it(world: World) -> None:
    there = await seeded(world)
    page = await world.browser("SUP").get(f"/orders/{there.order_id}/searches")
    assert page.heading == f"Searches under order {there.order_reference}"
    assert "Slater Street" in page.text
    assert "No order named" not in page.text
    assert (await world.browser("CON").get(f"/orders/{there.order_id}/searches")).status == 404


# ---- the form alone


def test_every_field_of_a_record_is_asked_once() -> None:
    asked = [field.name for step in STEPS for field in step.fields]
    told = {f"told_{name}" for name in GoWisely.__struct_fields__}
    fields = {*SearchRecord.__struct_fields__, "order_reference", "pnc_id", "cro"} - {"gowisely", "ended_at"}
    assert sorted(asked) == sorted({*fields, "ended"} | told)


def test_a_record_written_into_the_form_reads_back_as_itself() -> None:
    record = SearchRecord(
        at=datetime(2024, 10, 27, 0, 30, 15, tzinfo=UTC),
        ended_at=datetime(2024, 10, 27, 1, 10, tzinfo=UTC),
        place="Bold Street",
        searched=False,
        public_place=False,
        gowisely=GoWisely(grounds=True, station=False),
        clothing="outer",
        found="Nothing\nmuch",
        self_ethnicity="B1",
    )
    given = search_form.written(record, "SVRO-1")
    read = RECORD.read(given, {})
    assert {name: getattr(read, name) for name in SearchRecord.__struct_fields__} == {
        name: getattr(record, name) for name in SearchRecord.__struct_fields__
    }
    assert read.order_reference == "SVRO-1"


def test_a_search_that_ends_after_midnight_ends_the_next_day() -> None:
    given = {"at-day": ["14"], "at-month": ["3"], "at-year": ["2025"], "at-time": ["23:50"], "place": ["x"]}
    assert RECORD.read({**given, "ended": ["00:10"]}, {}).ended_at == datetime(2025, 3, 15, 0, 10, tzinfo=UTC)
    assert RECORD.read({**given, "ended": ["23:40"]}, {}).ended_at == datetime(
        2025, 3, 14, 23, 40, tzinfo=UTC
    )


def test_a_correction_needs_its_reason() -> None:
    given = search_form.written(SearchRecord(at=datetime(2025, 3, 14, tzinfo=UTC), place="x"), None)
    with pytest.raises(Malformed) as bad:
        CORRECT.read(given, {})
    assert [fault.field for fault in bad.value.faults] == ["reason"]
    assert CORRECT.read({**given, "reason": ["Wrong street"]}, {}).reason == "Wrong street"
