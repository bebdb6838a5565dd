"""Orders on pages: what one is and was, and each act in its life."""

from datetime import date

from svro.casework.access import Actor
from tests.web.conftest import World
from tests.web.test_application_pages import GRANTED, OFFENCE, granted, with_facts
from tests.web.test_people_pages import WREN

RELEASED = {"at": (date(2025, 4, 9), "8:30am"), "authority": "HMP Larkhill, release record"}


async def test_a_deferred_order_waits_until_somebody_confirms_the_release(world: World) -> None:
    order = (await granted(world, effect="release")).page.path
    officer = world.browser("PLO")
    page = await officer.get(order)
    assert "Not known" in page.text
    assert order in (await officer.get("/")).hrefs(), "it waits for whoever can confirm the day"
    world.at("2025-04-10T09:00:00+01:00")
    await officer.get(order)
    await officer.follow("Confirm the day it took effect")
    page = await officer.send({**RELEASED, "authority": ""})
    assert page.status == 400
    assert ("Say who confirmed it", "#authority") in page.links
    page = await officer.send({"authority": "HMP Larkhill, release record"})
    assert page.path == order
    assert "In effect" in page.text
    assert "From 9 April 2025 at 8:30am to the end of 18 October 2025" in page.text
    assert "Confirmed by HMP Larkhill, release record" in page.text
    assert f"{order}#act-2" in page.hrefs(), "the panel leads to the act it rests on"
    assert order not in (await officer.get("/")).hrefs()


async def test_what_an_order_was_is_asked_at_one_instant_as_known_at_another(world: World) -> None:
    order = (await granted(world, effect="release")).page.path
    world.at("2025-04-10T09:00:00+01:00")
    officer = world.browser("PLO")
    await officer.get(f"{order}/acts/took_effect")
    await officer.send(RELEASED)
    page = await officer.send({"at": (date(2025, 4, 9), "12:00")})
    assert page.path == f"{order}/status"
    assert "In effect" in page.text
    page = await officer.send({"known_at": (date(2025, 4, 9), "12:00")})
    assert "Not known" in page.text
    assert "At 9 April 2025 at midday, as known at 9 April 2025 at midday" in page.text
    blank = {f"known_at-{part}": "" for part in ("day", "month", "year", "time")}
    page = await officer.send({"at": (date(2025, 4, 9), "8:29am"), **blank})
    assert "Not in effect" in page.text
    page = await officer.send({"at-time": "half past"})
    assert page.status == 400
    assert ("At must have a time such as 9:14pm or 21:14", "#at-day") in page.links


async def test_the_clerk_records_a_discharge_and_the_officer_only_as_notified(world: World) -> None:
    clerk = await granted(world)
    order = clerk.page.path
    officer = world.browser("PLO")
    world.at("2025-05-02T15:00:00+01:00")
    await officer.get(f"{order}/acts/discharged")
    page = await officer.send({"at": (date(2025, 5, 2), "2pm")})
    assert page.status == 400
    assert ("Give the reference of the document that shows it", "#document_reference") in page.links
    await clerk.get(order)
    await clerk.follow("Record that the court discharged it")
    page = await clerk.send({"at": (date(2025, 5, 2), "2pm")})
    assert page.path == order
    assert "Not in effect" in page.text
    assert "Discharged" in page.text
    await officer.send({"document_reference": "Minute 9"})
    assert officer.page.status == 412, "the order moved on since the officer read it"


async def test_an_act_recorded_in_error_is_withdrawn(world: World) -> None:
    order = (await granted(world)).page.path
    officer = world.browser("PLO")
    world.at("2025-05-02T15:00:00+01:00")
    await officer.get(f"{order}/acts/discharged")
    page = await officer.send({"at": (date(2025, 5, 2), "2pm"), "document_reference": "Minute 9"})
    assert "Not in effect" in page.text
    await officer.follow("Withdraw what was recorded in error")
    page = await officer.send({"corrects": 2, "document_reference": "Minute 10"})
    assert "In effect" in page.text
    assert "Corrected later" in page.text


async def test_what_cannot_have_happened_is_refused_and_what_is_doubtful_needs_the_sealed_order(
    world: World,
) -> None:
    order = (await granted(world)).page.path
    clerk = world.browser("CLK")
    world.at("2025-05-02T15:00:00+01:00")
    await clerk.get(f"{order}/acts/discharged")
    page = await clerk.send({"at": (date(2025, 1, 2), "2pm")})
    assert page.status == 409
    assert "before the making of the order" in page.text
    assert page.heading == "Record that the court discharged it", "no document makes nonsense sense"
    await clerk.get(f"{order}/acts/lengthened")
    page = await clerk.send({"at": (date(2025, 5, 1), "2pm"), "months": "few"})
    assert ("New period in months must be a whole number, such as 12", "#months") in page.links
    page = await clerk.send({"months": 8})
    assert page.status == 409
    assert "would shorten it" in page.text
    page = await clerk.send({"as_on_sealed_order": "yes", "document_reference": "Sealed order 21"})
    assert page.path == order
    assert "Not known" in page.text


async def test_a_question_whether_a_later_order_is_for_the_same_person_is_answered(world: World) -> None:
    order = (await granted(world)).page.path
    await another_order_for_the_same_name(world)
    officer = world.browser("PLO")
    page = await officer.get(order)
    assert "Not known" in page.text
    assert "for the same person?" in page.text
    await officer.follow("No, somebody else")
    page = await officer.send({"authority": "Both PNC records"})
    assert page.path == order, page.text
    assert "In effect" in page.text
    assert "for the same person?" not in page.text


async def another_order_for_the_same_name(world: World) -> None:
    """Sussex knows somebody of this name and birth by neither PNC ID nor CRO, and Lewes makes an order."""
    for key, role, force, court in (
        ("PLO2", "PLO", "sussex", None),
        ("SUP2", "SUP", "sussex", None),
        ("CLK2", "CLK", None, "C47LW00"),
    ):
        await world.hire(
            key,
            Actor(
                account_id=key.encode().hex().zfill(32),
                name=key,
                roles=frozenset({role}),
                force_id=force,
                court=court,
                fresh=True,
            ),
        )
    officer = world.browser("PLO2")
    await officer.get("/people/new")
    await officer.send(WREN)
    for _ in range(3):
        await officer.send()
    await officer.send(press="Record this person")
    await officer.send(press="Start considering")
    case = officer.page.path
    for task, answers in (
        ("offence", OFFENCE),
        ("court", {"court": "C47LW00"}),
        ("item", {"item": "bladed article"}),
        ("own", {"own_had": "yes"}),
    ):  # fmt: skip
        await officer.get(f"{case}/facts/{task}")
        await officer.send(answers)
    await officer.get(f"{case}/assessment")
    await officer.send()
    supervisor, clerk = world.browser("SUP2"), world.browser("CLK2")
    await supervisor.get(f"{case}/acts/send_to_cps")
    await supervisor.send()
    await clerk.get(f"{case}/acts/list_hearing")
    await clerk.send({"date": date(2025, 3, 14)})
    world.at("2025-03-20T16:00:00+00:00")
    await clerk.get(f"{case}/decision")
    await clerk.send({**GRANTED, "court": "C47LW00", "at": (date(2025, 3, 20), "3pm")})
    await clerk.send({"effect": "immediate", "months": 12})
    await clerk.send()
    page = await clerk.send(press="Record the decision")
    assert page.heading.startswith("SVRO-"), page.text


async def test_orders_are_listed_and_read_by_those_who_work_on_them_and_hidden_from_others(
    world: World,
) -> None:
    order = (await granted(world)).page.path
    assert order in (await world.browser("SUP").get("/orders")).hrefs()
    expected = {
        "PLO": 200,
        "SUP": 200,
        "CLK": 200,
        "CON": 404,
        "DIS": 404,
        "SOL": 404,
        "PAN": 404,
        "ADM": 404,
        "CPS": 404,
    }
    assert {role: (await world.browser(role).get(order)).status for role in expected} == expected
    constable = world.browser("CON")
    hidden, absent = await constable.get(order), await constable.get(f"/orders/{'0' * 32}")
    assert hidden.html == absent.html
    acts = {
        role: (await world.browser(role).get(f"{order}/acts/discharged")).status
        for role in ("SUP", "CON", "SOL")
    }
    assert acts == {"SUP": 403, "CON": 403, "SOL": 403}
    assert "What can be recorded" not in (await world.browser("SUP").get(order)).text


async def test_a_decision_cannot_be_recorded_before_the_application_is_at_court(world: World) -> None:
    _, case = await with_facts(world)
    page = await world.browser("CLK").get(f"{case}/decision")
    assert page.status == 409
    assert "A court makes an order only on an application by the prosecution" in page.text
