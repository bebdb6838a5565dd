"""Duties, notifications, investigations, seized things, changes sought and the calendar, through the API."""

from typing import Any

from icalendar import Calendar

from svro.records.base import new_id, put
from svro.records.people import Instruction
from svro.records.reach import ALL
from tests.api.conftest import COURTS, World, considered, granted, to_court

PERSON = {
    "family_name": "Thistlewood",
    "given_name": "Cosmo",
    "date_of_birth": "1996-08-09",
    "pnc_id": "02/73319Z",
    "lives_in": "merseyside",
}
GIVEN = {
    "kind": "first",
    "given_at": "2024-03-02T10:00:00Z",
    "orally": True,
    "station": "St Anne Street",
    "station_area": "merseyside",
    "lives_in": ["merseyside"],
    "received_by": "police officer",
    "names": ["Cosmo Thistlewood"],
    "home": "The benches by the bandstand",
    "home_is_a_place": True,
}
SOUGHT = {
    "step": "vary",
    "applicant": "chief-officer-lives",
    "court": "C05LV00",
    "grounds": "The terms name a place that has closed",
    "changed": "It closed in March",
    "earlier": "None",
    "served": {"court officer": "2024-03-01", "prosecutor": "2024-03-01"},
}
PLO, SUP, CON, CLK = "PLO.merseyside", "SUP.merseyside", "CON.merseyside", "CLK.merseyside"


async def made(world: World, force: str = "merseyside", **terms: Any) -> str:
    """An order of 1 March 2024: its id."""
    view = await to_court(world, await considered(world, PERSON, force), force)
    return str((await granted(world, view, force, **terms))["order_id"])


async def duties(world: World, order: str, who: str = PLO) -> dict[str, Any]:
    found: dict[str, Any] = await world.done(who, "GET", f"/orders/{order}/duties")
    return found


def named(view: dict[str, Any], code: str) -> dict[str, Any]:
    return next(duty for duty in view["duties"] if duty["code"] == code)


async def test_the_first_notification_is_due_then_overdue_then_late_and_never_a_breach(world: World) -> None:
    order = await made(world)
    assert named(await duties(world, order), "notify-first")["standing"] == "due"
    world.at("2024-03-04T00:00:00+00:00")
    late = named(await duties(world, order), "notify-first")
    assert (late["standing"], late["last"]) == ("overdue", "2024-03-03")
    assert late["findings"][0]["code"] == "suspected-breach"
    given = {**GIVEN, "given_at": world.now.isoformat()}
    view = await world.done(PLO, "POST", f"/orders/{order}/notifications", given)
    assert view["duty"]["standing"] == "late"
    found = await duties(world, order)
    assert (found["investigations"], await world.count("investigations")) == ([], 0)


async def test_a_notification_by_telephone_is_recorded_and_a_correction_is_a_version(world: World) -> None:
    order = await made(world)
    world.at("2024-03-05T09:00:00Z")
    said = {**GIVEN, "orally": False}
    view = await world.done(CON, "POST", f"/orders/{order}/notifications", said)
    assert {found["code"] for found in view["duty"]["findings"]} == {"not-oral", "suspected-breach"}
    path = f"/orders/{order}/notifications/{view['id']}"
    fixed = {**GIVEN, "reason": "It was at the counter"}
    assert (await world.ask(CON, "POST", path, fixed)).status_code == 428
    view = await world.done(CON, "POST", path, fixed, version=1)
    assert (view["version"], view["duty"]["standing"]) == (2, "done")
    assert (await world.ask(CON, "POST", path, fixed, version=1)).status_code == 412
    view = await world.done(CON, "POST", path, {**fixed, "withdrawn": True}, version=2)
    assert (view["withdrawn"], view["duty"]) == (True, None)
    assert named(await duties(world, order), "notify-first")["standing"] == "overdue"
    assert await world.count("notifications") == 3


async def test_what_cannot_be_a_notification_is_refused_with_every_fault(world: World) -> None:
    order = await made(world)
    bad = {**GIVEN, "given_at": "2024-09-01T00:00:00Z", "since": "2024-01-01", "station_area": "narnia"}
    answer = await world.ask(PLO, "POST", f"/orders/{order}/notifications", bad)
    assert answer.status_code == 400
    assert {fault["field"] for fault in answer.json()["errors"]} == {"given_at", "since", "station_area"}
    assert await world.count("notifications") == 0


async def test_another_force_and_the_wrong_roles_find_nothing(world: World) -> None:
    order = await made(world)
    for who, path, body in (
        ("CON.sussex", f"/orders/{order}/notifications", GIVEN),
        ("SUP.sussex", f"/orders/{order}/investigations", OPENED),
        ("SUP.sussex", f"/orders/{order}/duties", None),
    ):
        method = "POST" if body else "GET"
        assert (await world.ask(who, method, path, body)).status_code == 404, path
    assert (await world.ask("AUD.merseyside", "GET", f"/orders/{order}/duties")).status_code == 404
    assert (await world.ask(CLK, "POST", f"/orders/{order}/investigations", OPENED)).status_code == 403


OPENED = {"conduct_at": "2024-03-01T10:00:00Z", "conduct": "Said that no order had been made", "limb": "d"}


async def test_an_investigation_goes_limb_by_limb_and_a_verdict_needs_its_document(world: World) -> None:
    order = await made(world)
    world.at("2024-03-06T09:00:00Z")
    view = await world.done(
        CON, "POST", f"/orders/{order}/investigations", {**OPENED, "conduct_at": "2024-03-05T10:00:00Z"}
    )
    assert [(limb["code"], limb["standing"], limb["excuse"]) for limb in view["limbs"]] == [
        ("d", "suspected", False)
    ]
    assert [found["code"] for found in view["findings"]] == ["limb-d"]
    path = f"/investigations/{view['id']}/acts"
    world.at("2024-05-01T09:00:00Z")
    charge = {"act": "charged", "at": "2024-03-07T10:00:00Z", "limb": "d"}
    verdict = {"act": "convicted", "at": "2024-04-20T10:00:00Z", "limb": "d", "disposal": "fine"}
    assert (
        await world.ask(PLO, "POST", path, {**verdict, "document_reference": "R 1"}, version=1)
    ).status_code == 409
    view = await world.done(SUP, "POST", path, charge, version=1)
    assert (await world.ask(PLO, "POST", path, verdict, version=2)).status_code == 400
    view = await world.done(PLO, "POST", path, {**verdict, "document_reference": "R 1"}, version=2)
    assert view["limbs"][0]["standing"] == "convicted"
    assert view["steps"][-1]["provenance"] == "decision as notified"
    assert (await world.ask(SUP, "POST", path, charge, version=2)).status_code == 412


async def test_a_conditional_discharge_is_taken_only_as_on_the_courts_record(world: World) -> None:
    order = await made(world)
    view = await world.done(
        SUP, "POST", f"/orders/{order}/investigations", {**OPENED, "conduct_at": "2024-03-01T09:00:00Z"}
    )
    path = f"/investigations/{view['id']}/acts"
    await world.done(
        SUP, "POST", path, {"act": "charged", "at": world.now.isoformat(), "limb": "d"}, version=1
    )
    verdict = {
        "act": "convicted", "at": world.now.isoformat(), "limb": "d", "disposal": "conditional discharge",
        "document_reference": "Register 9",
    }  # fmt: skip
    refused = await world.ask(PLO, "POST", path, verdict, version=2)
    assert (refused.status_code, refused.json()["source"]) == (409, "Sentencing Act 2020 s.342G(4)")
    taken = await world.ask(PLO, "POST", path, {**verdict, "as_on_court_record": True}, version=2)
    assert taken.status_code == 201


async def test_conduct_outside_the_order_is_investigated_with_a_finding(world: World) -> None:
    order = await made(world)
    early = {**OPENED, "conduct_at": "2024-02-01T10:00:00Z"}
    view = await world.done(SUP, "POST", f"/orders/{order}/investigations", early)
    assert view["findings"][0]["code"] == "order-not-in-effect"


async def test_neither_the_court_nor_the_defence_sees_a_suspicion(world: World) -> None:
    order = await made(world)
    view = await world.done(
        SUP, "POST", f"/orders/{order}/investigations", {**OPENED, "conduct_at": "2024-03-01T09:00:00Z"}
    )
    assert len((await duties(world, order, SUP))["investigations"]) == 1
    assert (await duties(world, order, CLK))["investigations"] == []
    path = f"/investigations/{view['id']}"
    assert (await world.ask(CLK, "GET", path)).status_code == 404
    assert (await world.ask(CON, "GET", path)).status_code == 404
    assert (await world.ask("SUP.sussex", "GET", path)).status_code == 404
    assert (await world.ask(SUP, "GET", path)).status_code == 200


async def searched(world: World, order: str, who: str = CON) -> str:
    reference = (await world.done(PLO, "GET", f"/orders/{order}"))["reference"]
    body = {
        "at": world.now.isoformat(), "place": "Bold Street", "public_place": True, "object": "bladed-article",
        "grounds": "Order in effect", "identity": "confirmed", "pnc_id": PERSON["pnc_id"],
        "self_ethnicity": "W1", "outcome": "arrest", "found": "Lock knife", "seized": True,
        "order_reference": reference,
    }  # fmt: skip
    return str((await world.done(who, "POST", "/searches", body))["id"])


async def test_a_seized_thing_is_kept_held_and_only_then_destroyed(world: World) -> None:
    order = await made(world)
    world.at("2024-08-31T21:00:00Z")
    search = await searched(world, order)
    view = await world.done(
        CON, "POST", f"/searches/{search}/seizures", {"description": "Lock knife, 4 inches"}
    )
    assert (view["duty"]["last"], view["duty"]["standing"]) == ("2025-02-28", "not due")
    path = f"/seizures/{view['id']}/acts"
    world.at("2025-03-01T09:00:00Z")
    assert named(await duties(world, order), "seized-item")["standing"] == "due"
    held = {"act": "held", "at": world.now.isoformat(), "text": "Trial in May"}
    view = await world.done(SUP, "POST", path, held, version=1)
    assert view["duty"]["standing"] == "not due"
    destroyed = {"act": "destroyed", "at": world.now.isoformat(), "directed_by": "Property officer"}
    view = await world.done(SUP, "POST", path, destroyed, version=2)
    assert {found["code"] for found in view["duty"]["findings"]} == {"destroyed-while-needed"}
    again = await world.ask(SUP, "POST", path, {**destroyed, "act": "returned"}, version=3)
    assert (again.status_code, again.json()["findings"][0]["code"]) == (409, "already-gone")
    assert await world.count("seizure_acts") == 3
    view = await world.done(
        SUP, "POST", path, {"act": "withdrawn", "at": world.now.isoformat(), "corrects": 3}, version=3
    )
    assert (view["duty"]["standing"], view["duty"]["findings"]) == ("not due", [])
    assert len(await world.done(PLO, "GET", f"/searches/{search}/seizures")) == 1
    assert (await world.ask("SUP.sussex", "GET", f"/seizures/{view['id']}")).status_code == 404


async def seek(world: World, order: str, who: str = PLO, *, version: int = 1, **said: Any) -> Any:
    return await world.ask(who, "POST", f"/orders/{order}/changes", {**SOUGHT, **said}, version=version)


async def untouched(world: World, answer: Any, *codes: str) -> None:
    """Refused with these findings, each with a source, and nothing written."""
    assert answer.status_code == 409, answer.text
    assert [found["code"] for found in answer.json()["findings"]] == list(codes)
    assert all(found["source"] for found in answer.json()["findings"])
    assert await world.count("order_changes") == 0


async def test_trap_30_a_change_sought_by_the_prosecutor_or_a_victim_is_refused(world: World) -> None:
    order = await made(world)
    ledger = await world.count("ledger_leaves")
    for applicant in ("prosecutor", "victim"):
        answer = await seek(world, order, applicant=applicant)
        await untouched(world, answer, "not-an-applicant")
        assert answer.json()["source"] == "Sentencing Act 2020 s.342H(2)"
    assert await world.count("ledger_leaves") == ledger
    assert (await seek(world, order)).status_code == 202  # the control: it waits for a second person


async def test_who_applies_must_be_whom_the_actor_acts_for(world: World) -> None:
    order = await made(world)
    assert (await seek(world, order, applicant="offender")).status_code == 403
    await untouched(world, await seek(world, order, applicant="btp", railway=True), "not-a-railway-offence")
    assert (await seek(world, order, "SUP.merseyside")).status_code == 403


async def test_a_solicitor_applies_for_the_client_alone_and_sees_no_suspicion(world: World) -> None:
    order = await made(world)
    opened = {**OPENED, "conduct_at": "2024-03-01T09:00:00Z"}
    await world.done(SUP, "POST", f"/orders/{order}/investigations", opened)
    assert (await seek(world, order, "SOL.merseyside", applicant="offender")).status_code == 404
    person = (await world.done(PLO, "GET", f"/orders/{order}"))["person_id"]
    async with world.database.write(ALL) as session:
        await put(
            session,
            Instruction,
            force_id="merseyside",
            id=new_id(),
            account_id=world.tokens.actors["SOL.merseyside"].account_id,
            person_id=person,
            verified_by="Court record",
            started_at=world.now,
        )
    assert (await seek(world, order, "SOL.merseyside", applicant="chief-officer-offence")).status_code == 409
    taken = await seek(world, order, "SOL.merseyside", applicant="offender", step="discharge")
    assert taken.status_code == 201, taken.text
    assert "serve-offender" not in {duty["code"] for duty in taken.json()["duties"]}
    assert (await duties(world, order, "SOL.merseyside"))["investigations"] == []


async def test_the_court_must_be_one_of_s342h9(world: World) -> None:
    order = await made(world)
    await untouched(world, await seek(world, order, court="B05PK00"), "wrong-court")
    assert (await seek(world, order, court="C47LW00")).status_code == 202


async def test_trap_3_a_renewal_in_the_saving_period_is_refused_and_a_variation_is_not(world: World) -> None:
    order = await made(world)
    world.at("2025-04-18T23:30:00Z")  # already 19 April in London
    answer = await seek(world, order, step="renew", months=12)
    await untouched(world, answer, "renewal-not-saved")
    assert answer.json()["source"] == "SI 2023/387 reg.7(2)(e)"
    assert (await seek(world, order, step="vary")).status_code == 202


async def test_what_has_ended_or_lapsed_cannot_be_changed(world: World) -> None:
    order = await made(world)
    world.at("2025-10-19T00:00:00+01:00")
    await untouched(world, await seek(world, order, step="discharge"), "lapsed", "already-ended")
    world.at("2025-10-18T23:59:59+01:00")
    assert (await seek(world, order, step="discharge")).status_code == 202


async def test_a_longer_period_must_be_given_and_be_longer(world: World) -> None:
    order = await made(world, months=12)
    assert (await seek(world, order, step="lengthen")).status_code == 400
    await untouched(world, await seek(world, order, step="lengthen", months=7), "shortens")
    assert (await seek(world, order, step="discharge", months=7)).status_code == 400
    assert (await seek(world, order, step="lengthen", months=18)).status_code == 202
    assert (await seek(world, order, version=9)).status_code == 412


async def test_a_change_is_served_decided_and_then_recorded_as_an_act(world: World) -> None:
    order = await made(world)
    other = await world.hire("PLO", "merseyside")
    await world.allocate(other, (await world.done(PLO, "GET", f"/orders/{order}"))["person_id"])
    await world.agreed(await seek(world, order), other)
    (view,) = (await duties(world, order))["changes"]
    assert {duty["code"]: duty["standing"] for duty in view["duties"]} == {
        "serve-court-officer": "done",
        "serve-prosecutor": "done",
        "serve-offender": "due",
        "representations": "not known",
    }
    path = f"/orders/{order}/changes/{view['id']}"
    world.at("2024-03-04T09:00:00Z")
    served = {"served": {"offender": "2024-03-04"}, "hearsay_on": "2024-03-04"}
    view = await world.done(SUP, "POST", f"{path}/services", served, version=1)
    last = {duty["code"]: duty["last"] for duty in view["duties"]}
    assert (last["representations"], last["hearsay-challenge"]) == ("2024-03-18", "2024-03-11")
    world.at("2024-03-15T12:00:00Z")
    early = {"outcome": "allowed", "decided_on": "2024-03-15"}
    assert (await world.ask(PLO, "POST", f"{path}/outcome", early, version=2)).status_code == 400
    view = await world.done(CLK, "POST", f"{path}/outcome", early, version=2)
    assert {f["code"] for duty in view["duties"] for f in duty["findings"]} == {
        "decided-early",
        "appeal-time-unverified",
    }
    assert (await world.ask(CLK, "POST", f"{path}/outcome", early, version=3)).status_code == 409
    varied = {"act": "varied", "at": world.now.isoformat(), "months": 20}
    assert (await world.done(CLK, "POST", f"/orders/{order}/acts", varied, version=1))["version"] == 2


async def test_the_calendar_has_dates_and_references_and_no_names(world: World) -> None:
    order = await made(world, months=12)
    search = await searched(world, order)
    await world.done(CON, "POST", f"/searches/{search}/seizures", {"description": "Thistlewood's knife"})
    answer = await world.ask(PLO, "GET", "/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    events = {
        str(event["summary"]).partition(": ")[2]: event["dtstart"].dt.isoformat()
        for event in Calendar.from_ical(answer.content).walk("VEVENT")
    }
    assert events == {
        "First notification": "2024-03-03",
        "Time to appeal ends": "2024-03-29",
        "Keeping of a seized item ends": "2024-08-31",
        "Order ends": "2025-02-28",
    }
    reference = (await duties(world, order))["reference"]
    assert reference in answer.text
    assert not {"Thistlewood", "Cosmo", PERSON["pnc_id"]} & {
        word for word in PERSON.values() if word in answer.text
    }
    again = await world.ask(PLO, "GET", "/calendar.ics")
    assert again.content == answer.content
    await world.done(
        PLO, "POST", f"/orders/{order}/notifications", {**GIVEN, "given_at": world.now.isoformat()}
    )
    assert "First notification" not in (await world.ask(PLO, "GET", "/calendar.ics")).text


async def test_a_calendar_is_its_own_holders(world: World) -> None:
    await made(world)
    for who, expected in (("PLO.sussex", 0), ("SUP.sussex", 0), (CLK, 3), ("CLK.sussex", 0)):
        answer = await world.ask(who, "GET", "/calendar.ics")
        assert len(Calendar.from_ical(answer.content).walk("VEVENT")) == expected, who
    assert (await world.ask(CON, "GET", "/calendar.ics")).status_code == 403
    assert (await world.ask(None, "GET", "/calendar.ics")).status_code == 401


async def test_a_page_of_duties_shows_only_what_was_recorded_by_now(world: World) -> None:
    order = await made(world)
    world.at("2024-03-02T12:00:00Z")
    await world.done(PLO, "POST", f"/orders/{order}/notifications", GIVEN)
    assert named(await duties(world, order), "notify-first")["standing"] == "done"
    world.at("2024-03-02T11:59:59Z")
    found = await duties(world, order)
    assert (named(found, "notify-first")["standing"], found["notifications"]) == ("due", [])
    assert named(found, "notice-of-intention")["first"] == "2024-03-01"
    assert COURTS["merseyside"] == "C05LV00"


async def test_sent_again_under_one_key_a_notification_is_recorded_once(world: World) -> None:
    order = await made(world)
    world.at("2024-03-02T12:00:00Z")
    key = {"Idempotency-Key": "notify-000001"}
    one = await world.done(PLO, "POST", f"/orders/{order}/notifications", GIVEN, **key)
    two = await world.done(PLO, "POST", f"/orders/{order}/notifications", GIVEN, **key)
    assert one == two
    assert await world.count("notifications") == 1
