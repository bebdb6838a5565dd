"""Orders and decisions through the API: records that conflict, acts that are nonsense or doubtful, orders
that end others.
"""

from typing import Any

from tests.api.conftest import COURTS, World, considered, granted, to_court
from tests.api.test_access_log import newest

PERSON = {
    "family_name": "Thistlewood",
    "given_name": "Cosmo",
    "date_of_birth": "1996-08-09",
    "pnc_id": "02/73319Z",
}
DECISION = {"outcome": "granted", "court": "C05LV00", "effect": "immediate", "months": 24}


async def decided(world: World, who: str, view: dict[str, Any], **said: Any) -> Any:
    body = {**DECISION, "at": world.now.isoformat(), **said}
    return await world.ask(
        who, "POST", f"/applications/{view['id']}/decisions", body, version=view["version"]
    )


async def status(world: World, order: str) -> tuple[str, str]:
    found = await world.done("PLO.merseyside", "GET", f"/orders/{order}/status")
    return found["answer"], found["reason"]


async def test_a_decision_as_notified_needs_its_document_and_is_kept_as_what_it_is(world: World) -> None:
    view = await to_court(world, await considered(world, PERSON))
    bare = await decided(world, "PLO.merseyside", view)
    assert bare.status_code == 400
    assert [e["field"] for e in bare.json()["errors"]] == ["document_reference"]
    made = await decided(world, "PLO.merseyside", view, document_reference="Court result 3324")
    assert made.status_code == 201
    assert made.json()["decisions"][0]["provenance"] == "decision as notified"
    assert await status(world, made.json()["order_id"]) == ("yes", "in-effect")
    assert (await decided(world, "SUP.merseyside", view)).status_code == 403


async def test_records_of_a_decision_that_differ_make_the_status_unknown_until_one_is_corrected(
    world: World,
) -> None:
    view = await to_court(world, await considered(world, PERSON))
    view = (await decided(world, "PLO.merseyside", view, document_reference="Court result", months=12)).json()
    order = view["order_id"]
    view = (await decided(world, "CLK.merseyside", view, months=18)).json()
    assert await status(world, order) == ("unknown", "conflicting")
    assert view["warnings"]
    view = (
        await decided(world, "PLO.merseyside", view, document_reference="Sealed order", months=18, corrects=1)
    ).json()
    assert await status(world, order) == ("yes", "in-effect")
    found = await world.done("PLO.merseyside", "GET", f"/orders/{order}/status")
    assert found["last_day"] == "2025-08-31"  # 18 months from 1 March 2024, not 12
    assert not view["warnings"]


async def test_a_second_record_that_agrees_confirms_and_changes_nothing(world: World) -> None:
    view = await to_court(world, await considered(world, PERSON))
    view = (await decided(world, "PLO.merseyside", view, document_reference="Court result")).json()
    view = (await decided(world, "CLK.merseyside", view)).json()
    assert await status(world, view["order_id"]) == ("yes", "in-effect")
    assert len(view["decisions"]) == 2


async def test_a_grant_that_was_really_a_refusal_is_taken_away_with_its_order(world: World) -> None:
    view = await to_court(world, await considered(world, PERSON))
    view = (await decided(world, "PLO.merseyside", view, document_reference="Court result")).json()
    refused = {"effect": None, "months": None, "outcome": "refused", "reasons": "Not necessary"}
    order = view["order_id"]
    view = (await decided(world, "CLK.merseyside", view, **refused)).json()
    assert await status(world, order) == ("unknown", "conflicting")
    corrected = await decided(
        world, "PLO.merseyside", view, document_reference="Register", corrects=1, **refused
    )
    assert corrected.status_code == 201, corrected.text
    assert (await status(world, order))[0] == "no"


async def test_what_a_court_could_not_have_done_is_taken_only_as_on_the_sealed_order_and_then_is_unknown(
    world: World,
) -> None:
    view = await to_court(world, await considered(world, PERSON))
    long = await decided(world, "CLK.merseyside", view, months=36)
    assert long.status_code == 409
    assert long.json()["source"] == "Sentencing Act 2020 s.342D(2)"
    assert await world.count("orders") == 0
    sealed = await decided(
        world, "CLK.merseyside", view, months=36, as_on_sealed_order=True, document_reference="Sealed order 7"
    )
    assert sealed.status_code == 201
    assert (await status(world, sealed.json()["order_id"]))[0] == "unknown"


async def test_an_act_earlier_than_the_making_is_nonsense_and_refused_even_with_a_document(
    world: World,
) -> None:
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    act = {
        "act": "discharged",
        "at": "2023-05-01T10:00:00Z",
        "as_on_sealed_order": True,
        "document_reference": "D1",
    }
    answer = await world.ask("CLK.merseyside", "POST", f"/orders/{view['order_id']}/acts", act, version=1)
    assert answer.status_code == 409
    assert await status(world, view["order_id"]) == ("yes", "in-effect")


async def test_a_later_order_for_a_namesake_asks_a_question_that_its_own_force_answers(world: World) -> None:
    nameless = {key: value for key, value in PERSON.items() if key != "pnc_id"}
    first = await granted(world, await to_court(world, await considered(world, nameless)))
    world.at("2024-05-01T10:00:00+01:00")
    second = await considered(
        world, nameless, "sussex", offence_from="2024-04-01", conviction_date="2024-04-29"
    )
    second = await granted(world, await to_court(world, second, "sussex"), "sussex")
    order = first["order_id"]
    looks = await newest(world)
    assert {(row.kind, row.subject_id) for row in looks} == {("combination", second["id"])}
    assert await status(world, order) == ("unknown", "supersession-questioned")
    answer = {
        "act": "supersession_dismissed",
        "at": world.now.isoformat(),
        "authority": "Fingerprints differ",
        "other_reference": second["order_reference"],
    }
    await world.done("PLO.merseyside", "POST", f"/orders/{order}/acts", answer, version=2)
    assert await status(world, order) == ("yes", "in-effect")


async def test_an_order_withdrawn_and_made_again_earlier_is_ended_by_a_later_one_all_the_same(
    world: World,
) -> None:
    view = await to_court(world, await considered(world, PERSON))
    view = await granted(world, view)
    order, was = view["order_id"], world.now.isoformat()
    world.at("2024-05-01T10:00:00+01:00")
    wrong = {"act": "withdrawn", "at": was, "corrects": 1, "document_reference": "D1"}
    await world.done("PLO.merseyside", "POST", f"/orders/{order}/acts", wrong, version=1)
    again = await decided(world, "CLK.merseyside", view, at="2024-03-01T08:00:00+00:00")
    assert again.status_code == 201, again.text
    facts = {"offence_from": "2024-01-01", "conviction_date": "2024-02-20"}
    second = await to_court(world, await considered(world, PERSON, "sussex", **facts), "sussex")
    await granted(world, second, "sussex", at="2024-03-01T08:30:00+00:00")
    held = await world.done("PLO.merseyside", "GET", f"/orders/{order}")
    assert held["acts"][-1]["act"]["act"] == "superseded"
    assert await status(world, order) != ("yes", "in-effect")


async def test_two_people_with_different_pnc_ids_and_one_name_are_not_confused(world: World) -> None:
    first = await granted(world, await to_court(world, await considered(world, PERSON)))
    other = {**PERSON, "pnc_id": "79163001B"}
    second = await considered(world, other, "sussex", offence_from="2024-01-01", conviction_date="2024-02-20")
    await granted(world, await to_court(world, second, "sussex"), "sussex")
    assert await status(world, first["order_id"]) == ("yes", "in-effect")


async def test_an_application_outside_the_regime_cannot_be_sought(world: World) -> None:
    view = await considered(world, PERSON)
    view = await world.done(
        "PLO.merseyside", "POST", f"/applications/{view['id']}/assessments", version=view["version"]
    )
    world.at("2025-04-19T00:00:00+01:00")
    answer = await world.ask(
        "SUP.merseyside",
        "POST",
        f"/applications/{view['id']}/acts",
        {"act": "send_to_cps"},
        version=view["version"],
    )
    assert (answer.status_code, answer.json()["source"][:11]) == (409, "SI 2023/387")
    world.at("2025-04-18T23:59:59+01:00")  # the control: the last second of the pilot
    answer = await world.ask(
        "SUP.merseyside",
        "POST",
        f"/applications/{view['id']}/acts",
        {"act": "send_to_cps"},
        version=view["version"],
    )
    assert answer.status_code == 201


async def test_an_act_that_is_not_open_at_the_stage_is_refused_with_its_reason(world: World) -> None:
    view = await considered(world, PERSON)
    answer = await decided(world, "CLK.merseyside", view)
    assert answer.status_code == 409
    assert "hearing" in answer.json()["detail"]
    assert answer.json()["source"].startswith("Sentencing Act 2020 s.342A")


async def test_every_failing_limb_is_returned_not_only_the_first(world: World) -> None:
    young = {**PERSON, "date_of_birth": "2008-01-01"}
    view = await considered(world, young, offence_from="2023-01-01", sentence="absolute discharge")
    view = await world.done(
        "PLO.merseyside", "POST", f"/applications/{view['id']}/assessments", version=view["version"]
    )
    failing = {limb["code"] for limb in view["assessment"]["limbs"] if limb["answer"] == "not met"}
    assert view["assessment"]["answer"] == "not eligible"
    assert len(failing) >= 3, failing
    assert all(limb["source"] for limb in view["assessment"]["limbs"])


async def test_a_clerk_of_another_court_sees_nothing_of_the_case(world: World) -> None:
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    for path in (
        f"/applications/{view['id']}",
        f"/orders/{view['order_id']}",
        f"/people/{view['person_id']}",
    ):
        assert (await world.ask("CLK.merseyside", "GET", path)).status_code == 200
        assert (await world.ask("CLK.sussex", "GET", path)).status_code == 404
    assert COURTS["sussex"] not in str(view)
