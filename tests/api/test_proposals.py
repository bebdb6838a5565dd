"""Acts that take two people: nothing is done by one, the second carries it out in the same transaction, and
nobody is both.
"""

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import text, update

from svro.records.people import AccountRole
from svro.records.reach import ALL
from tests.api.conftest import World, considered, granted, to_court
from tests.api.test_doors import PERSON

SEARCH = {"at": "2024-03-01T08:00:00Z", "place": "Church Street", "public_place": True}
FIXED = {**SEARCH, "place": "Bold Street", "reason": "The street was wrong"}
CON, SUP, PLO, CLK = "CON.merseyside", "SUP.merseyside", "PLO.merseyside", "CLK.merseyside"


async def waiting(world: World) -> tuple[str, dict[str, Any]]:
    """(the path of a search, the proposal to correct it)."""
    made = await world.done(CON, "POST", "/searches", SEARCH)
    path = f"/searches/{made['id']}"
    answer = await world.ask(CON, "POST", f"{path}/corrections", FIXED, version=1)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/proposals/{answer.json()['id']}"
    return path, answer.json()


async def answered(world: World, who: str, proposal: str, how: str, **body: str) -> int:
    return (await world.ask(who, "POST", f"/proposals/{proposal}/{how}", body)).status_code


async def told(world: World, tag: str) -> list[Any]:
    """The ledger's entries of one kind."""
    async with world.database.read(ALL) as session:
        rows = await session.execute(text("SELECT entry FROM ledger_payloads WHERE tag = :tag"), {"tag": tag})
        return [msgspec.json.decode(bytes(row.entry)) for row in rows]


async def test_nothing_is_done_by_one_and_the_second_does_it_with_both_names_in_the_ledger(
    world: World,
) -> None:
    path, proposal = await waiting(world)
    assert (proposal["standing"], proposal["yours"], proposal["may_answer"]) == ("waiting", True, False)
    assert proposal["command"]["place"] == "Bold Street"
    assert (await world.done(CON, "GET", path))["version"] == 1
    (seen,) = await world.done(SUP, "GET", "/proposals")
    assert (seen["id"], seen["may_answer"], seen["proposed_by"]) == (proposal["id"], True, CON)
    done = await world.done(SUP, "POST", f"/proposals/{proposal['id']}/approve", {"reason": "Seen the video"})
    assert (done["standing"], done["answered_by"], done["reason"]) == ("approved", SUP, "Seen the video")
    view = await world.done(CON, "GET", path)
    assert (view["version"], view["record"]["place"]) == (2, "Bold Street")
    (entry,) = await told(world, "proposal:approved")
    names = {who: world.tokens.actors[who].account_id for who in (CON, SUP)}
    assert (entry["actor"], entry["facts"]["first"], entry["facts"]["second"]) == (
        names[SUP],
        names[CON],
        names[SUP],
    )
    (corrected,) = await told(world, "search:corrected")
    assert corrected["actor"] == names[CON]
    assert await world.done(SUP, "GET", "/proposals") == []


async def test_who_proposed_it_cannot_approve_it_nor_can_those_who_could_not_have_sent_it(
    world: World,
) -> None:
    path, proposal = await waiting(world)
    colleague = await world.hire("CON", "merseyside")
    changes = "ledger_payloads WHERE tag NOT LIKE 'access:%'"  # each list that is shown is a look
    before = await world.count(changes)
    assert await answered(world, CON, proposal["id"], "approve") == 403
    for who in (colleague, PLO, "SUP.sussex", "CON.sussex", "AUD.merseyside", "ADM.merseyside"):
        assert await answered(world, who, proposal["id"], "approve") == 404, who
        assert await world.done(who, "GET", "/proposals") == []
    for who in ("SOL.merseyside", "PAN.merseyside"):
        assert await answered(world, who, proposal["id"], "approve") == 403, who
    assert await answered(world, SUP, "0" * 32, "approve") == 404
    assert (await world.count(changes), (await world.done(CON, "GET", path))["version"]) == (before, 1)
    assert await answered(world, SUP, proposal["id"], "approve") == 201  # the control


@pytest.mark.parametrize("who", [CON, SUP])
async def test_either_of_the_two_must_have_proved_lately_who_they_are(world: World, who: str) -> None:
    made = await world.done(CON, "POST", "/searches", SEARCH)
    path = f"/searches/{made['id']}/corrections"
    fresh = world.tokens.actors[who]
    world.tokens.actors[who] = msgspec.structs.replace(fresh, fresh=False)
    first = await world.ask(CON, "POST", path, FIXED, version=1)
    if who == CON:
        assert (first.status_code, first.json()["type"]) == (403, "/help/problems#prove-again")
        assert await world.count("proposals") == 0
        return
    answer = await world.ask(SUP, "POST", f"/proposals/{first.json()['id']}/approve", {})
    assert (answer.status_code, answer.json()["type"]) == (403, "/help/problems#prove-again")
    world.tokens.actors[who] = fresh
    assert await answered(world, SUP, first.json()["id"], "approve") == 201  # the control


async def test_declined_taken_back_answered_twice_or_waited_too_long_nothing_is_done(world: World) -> None:
    path, proposal = await waiting(world)
    assert await answered(world, SUP, proposal["id"], "decline") == 400
    assert await answered(world, SUP, proposal["id"], "decline", reason="The street was right") == 201
    view = await world.done(CON, "GET", f"/proposals/{proposal['id']}")
    assert (view["standing"], view["reason"]) == ("declined", "The street was right")
    assert await answered(world, SUP, proposal["id"], "approve") == 409
    second = await world.done(CON, "POST", f"{path}/corrections", FIXED, version=1)
    assert await answered(world, CON, second["id"], "decline", reason="Sent too soon") == 201
    assert (await world.done(CON, "GET", f"/proposals/{second['id']}"))["standing"] == "withdrawn"
    third = await world.done(CON, "POST", f"{path}/corrections", FIXED, version=1)
    world.at("2024-03-08T09:00:00Z")
    assert await answered(world, SUP, third["id"], "approve") == 409
    assert (await world.done(CON, "GET", f"/proposals/{third['id']}"))["standing"] == "expired"
    assert (await world.done(CON, "GET", path))["version"] == 1


async def test_what_would_be_refused_is_refused_before_it_waits(world: World) -> None:
    made = await world.done(CON, "POST", "/searches", SEARCH)
    path = f"/searches/{made['id']}/corrections"
    before = await world.count("ledger_leaves")
    for body, version, status in (
        ({**FIXED, "outcome": "beaten"}, 1, 400),
        ({**FIXED, "at": "2031-01-01T00:00:00Z"}, 1, 400),
        (FIXED, 9, 412),
    ):
        assert (await world.ask(CON, "POST", path, body, version=version)).status_code == status
    assert (await world.ask("CON.sussex", "POST", path, FIXED, version=1)).status_code == 404
    assert (await world.count("proposals"), await world.count("ledger_leaves")) == (0, before)


async def test_a_record_that_moved_on_meanwhile_is_stale_and_the_proposal_goes_on_waiting(
    world: World,
) -> None:
    path, first = await waiting(world)
    second = await world.done(CON, "POST", f"{path}/corrections", FIXED, version=1)
    assert await answered(world, SUP, first["id"], "approve") == 201
    assert await answered(world, SUP, second["id"], "approve") == 412
    assert (await world.done(CON, "GET", f"/proposals/{second['id']}"))["standing"] == "waiting"


async def test_two_second_persons_at_once_do_it_once(world: World) -> None:
    path, proposal = await waiting(world)
    other = await world.hire("SUP", "merseyside")
    answers = await asyncio.gather(*(answered(world, who, proposal["id"], "approve") for who in (SUP, other)))
    assert sorted(answers)[0] == 201
    assert sorted(answers)[1] in (409, 412)
    assert (await world.done(CON, "GET", path))["version"] == 2


async def test_whoever_proposed_it_must_still_be_somebody_who_may(world: World) -> None:
    path, proposal = await waiting(world)
    account = world.tokens.actors[CON].account_id
    async with world.database.write(ALL) as session:
        held = update(AccountRole).where(AccountRole.account_id == account)
        await session.execute(held.values(ended_at=world.now))
    assert await answered(world, SUP, proposal["id"], "approve") == 409
    assert (await world.done(SUP, "GET", path))["version"] == 1


async def test_a_decision_is_corrected_by_two_clerks_of_the_court(world: World) -> None:
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    body = {
        "outcome": "granted",
        "court": "C05LV00",
        "at": world.now.isoformat(),
        "effect": "immediate",
        "months": 12,
        "corrects": 1,
    }
    path = f"/applications/{view['id']}/decisions"
    waits = await world.ask(CLK, "POST", path, body, version=view["version"])
    assert (await world.done(CLK, "GET", "/proposals"))[0]["permission"] == "decision:correct"
    assert await answered(world, "CLK.sussex", waits.json()["id"], "approve") == 404
    assert await answered(world, PLO, waits.json()["id"], "approve") == 404
    await world.agreed(waits, await world.hire("CLK", "merseyside"))
    order = await world.done(CLK, "GET", f"/orders/{view['order_id']}")
    assert order["acts"][-1]["act"]["months"] == 12
    withdrawn = {"act": "withdrawn", "at": world.now.isoformat(), "corrects": order["acts"][-1]["act"]["n"]}
    act = await world.ask(CLK, "POST", f"/orders/{order['id']}/acts", withdrawn, version=order["version"])
    assert act.status_code == 202


async def test_withdrawing_an_application_takes_two_of_the_police_and_a_solicitor_is_no_second(
    world: World,
) -> None:
    view = await to_court(world, await considered(world, PERSON))
    step = {"act": "withdraw", "date": "2024-03-01", "reason": "The conviction was set aside"}
    waits = await world.ask(PLO, "POST", f"/applications/{view['id']}/acts", step, version=view["version"])
    assert await answered(world, "SOL.merseyside", waits.json()["id"], "approve") == 403
    await world.agreed(waits, SUP)
    assert (await world.done(PLO, "GET", f"/applications/{view['id']}"))["stage"] == "withdrawn"


async def test_the_prosecutor_begins_an_application_together_with_the_forces_legal_officer(
    world: World,
) -> None:
    made = await world.done(PLO, "POST", "/people", PERSON)
    begin = {"person_id": made["id"]}
    assert (await world.ask("CPS.merseyside", "POST", "/applications", begin)).status_code == 404
    await world.allocate("CPS.merseyside", made["id"])
    waits = await world.ask("CPS.merseyside", "POST", "/applications", begin)
    assert await world.count("applications") == 0
    await world.agreed(waits, PLO)
    assert await world.count("applications") == 1


async def test_whoever_prepared_a_case_does_not_approve_it(world: World) -> None:
    view = await considered(world, PERSON)
    path = f"/applications/{view['id']}"
    view = await world.done(PLO, "POST", f"{path}/assessments", version=view["version"])
    legal = world.tokens.actors[PLO]
    both = msgspec.structs.replace(legal, roles=frozenset({"PLO", "SUP"}))
    world.tokens.actors["both"] = both
    answer = await world.ask("both", "POST", f"{path}/acts", {"act": "send_to_cps"}, version=view["version"])
    assert answer.status_code == 403
    control = await world.ask(SUP, "POST", f"{path}/acts", {"act": "send_to_cps"}, version=view["version"])
    assert control.status_code == 201


async def test_sent_again_under_the_same_key_it_waits_once(world: World) -> None:
    made = await world.done(CON, "POST", "/searches", SEARCH)
    path = f"/searches/{made['id']}/corrections"
    key = {"Idempotency-Key": "the-same-correction"}
    first, again = [await world.ask(CON, "POST", path, FIXED, version=1, **key) for _ in range(2)]
    assert (first.status_code, again.status_code, first.content) == (202, 202, again.content)
    assert await world.count("proposals") == 1
