"""Who may come near a case beyond what roles say: allocated, kept to named accounts, kept out, the glass
broken; and what the auditor learns of it.
"""

from typing import Any

import msgspec
from sqlalchemy import event, text

from svro.records.reach import ALL
from tests.api.conftest import World, considered, granted, to_court
from tests.api.test_doors import PERSON

CON, SUP, PLO, CLK = "CON.merseyside", "SUP.merseyside", "PLO.merseyside", "CLK.merseyside"
DIS, AUD, OVR, CPS = "DIS.merseyside", "AUD.merseyside", "OVR.merseyside", "CPS.merseyside"


def account(world: World, who: str) -> str:
    return str(world.tokens.actors[who].account_id)


async def sees(world: World, who: str, person: str) -> bool:
    """Whether somebody reads a person: found or not, and nothing between."""
    answer = await world.ask(who, "GET", f"/people/{person}")
    assert answer.status_code in (200, 404), answer.text
    return answer.status_code == 200


async def held(world: World) -> str:
    return str((await world.done(PLO, "POST", "/people", PERSON))["id"])


async def listed(world: World, person: str, which: str, who: str, change: str = "add") -> None:
    """A supervisor and the auditor together change a list."""
    body = {"which": which, "account_id": account(world, who), "change": change, "reason": "They are related"}
    await world.agreed(await world.ask(SUP, "POST", f"/people/{person}/lists", body), AUD)


async def test_a_supervisor_allocates_and_ends_it_with_reasons(world: World) -> None:
    person = await held(world)
    assert not await sees(world, DIS, person)
    await world.allocate(DIS, person)
    assert await sees(world, DIS, person)
    lines = (await world.done(SUP, "GET", f"/people/{person}/allocations"))["allocations"]
    mine = next(line for line in lines if line["name"] == DIS)
    assert (mine["reason"], mine["live"], mine["ends_at"]) == ("works on it", True, None)
    path = f"/people/{person}/allocations/{mine['id']}/end"
    assert (await world.ask(SUP, "POST", path, {"reason": ""})).status_code == 400
    assert (await world.ask("SUP.sussex", "POST", path, {"reason": "Not theirs"})).status_code == 404
    world.at("2024-03-01T10:00:00Z")
    await world.done(SUP, "POST", path, {"reason": "Moved to another team"})
    assert not await sees(world, DIS, person)
    assert (await world.ask(SUP, "POST", path, {"reason": "Once more"})).status_code == 409
    ended = (await world.done(SUP, "GET", f"/people/{person}/allocations"))["allocations"]
    assert next(line for line in ended if line["id"] == mine["id"])["end_reason"] == "Moved to another team"


async def test_nobody_is_allocated_who_works_on_no_case_of_the_force_nor_by_themselves(world: World) -> None:
    person = await held(world)
    for who in (SUP, CON, "ADM.merseyside", AUD, "PLO.sussex", "SOL.merseyside", "PAN.merseyside"):
        body = {"account_id": account(world, who), "reason": "works on it"}
        answer = await world.ask(SUP, "POST", f"/people/{person}/allocations", body)
        assert [e["field"] for e in answer.json()["errors"]] == ["account_id"], who
    names = {one["name"] for one in await world.done(SUP, "GET", f"/people/{person}/colleagues")}
    assert {PLO, DIS, CPS} <= names
    assert not {SUP, CON, AUD, "PLO.sussex"} & names


async def test_the_clerk_allocates_in_the_cases_of_their_court(world: World) -> None:
    view = await considered(world, PERSON)
    path = f"/people/{view['person_id']}/allocations"
    body = {"account_id": account(world, CPS), "reason": "conducts the case"}
    assert (await world.ask("CLK.sussex", "POST", path, body)).status_code == 404
    await world.done(CLK, "POST", path, body)
    assert (await world.ask(CPS, "GET", f"/applications/{view['id']}")).status_code == 200


async def test_an_allocation_ends_by_itself_ninety_days_after_the_last_hearing_or_the_orders_end(
    world: World,
) -> None:
    view = await to_court(world, await considered(world, PERSON))  # the hearing is on 1 March 2024
    person = view["person_id"]
    world.at("2024-05-30T22:59:59Z")  # the last second of 30 May in London, the 90th day
    assert await sees(world, PLO, person)
    world.at("2024-05-30T23:00:00Z")
    assert not await sees(world, PLO, person)
    assert await world.done(PLO, "GET", "/applications") == []
    later = {"act": "list_hearing", "date": "2024-06-10", "court": "C05LV00"}
    await world.done(CLK, "POST", f"/applications/{view['id']}/acts", later, version=view["version"])
    world.at("2024-09-08T22:00:00Z")
    assert not await sees(world, PLO, person)  # what had lapsed is not opened again by a hearing
    await world.allocate(PLO, person)
    assert await sees(world, PLO, person)


async def test_while_the_order_runs_its_case_is_not_over(world: World) -> None:
    view = await granted(world, await to_court(world, await considered(world, PERSON)), months=12)
    world.at("2025-05-29T12:00:00Z")  # the order ended on 28 February 2025
    assert await sees(world, PLO, view["person_id"])
    world.at("2025-05-30T00:00:00+01:00")
    assert not await sees(world, PLO, view["person_id"])


async def test_a_case_kept_to_named_accounts_is_closed_to_all_others_and_to_the_supervisor_too(
    world: World,
) -> None:
    view = await considered(world, PERSON)
    person, application = view["person_id"], view["id"]
    await listed(world, person, "kept to", PLO)
    assert await sees(world, PLO, person)
    assert not await sees(world, SUP, person)
    assert (await world.ask(CLK, "GET", f"/applications/{application}")).status_code == 404
    assert await world.done(SUP, "GET", "/people?family_name=winter") == []
    assert await world.done(SUP, "GET", "/applications") == []
    lists = await world.done(SUP, "GET", f"/people/{person}/lists")  # who keeps the list still reaches it
    assert (lists["restricted"], [line["name"] for line in lists["lines"]]) == (True, [PLO])
    await listed(world, person, "kept to", PLO, "remove")
    assert await sees(world, SUP, person)


async def test_the_lists_take_two_people_and_nobody_takes_themselves_off_one(world: World) -> None:
    person = await held(world)
    path = f"/people/{person}/lists"
    body = {"which": "kept out", "account_id": account(world, PLO), "reason": "A former partner"}
    waits = await world.ask(SUP, "POST", path, body)
    assert await sees(world, PLO, person)
    await world.agreed(waits, AUD)
    assert not await sees(world, PLO, person)
    assert (await world.ask(SUP, "POST", path, body)).status_code == 409
    off = {**body, "account_id": account(world, SUP), "change": "remove", "which": "kept out"}
    assert (await world.ask(SUP, "POST", path, off)).status_code == 400
    assert (await world.ask(PLO, "POST", path, body)).status_code == 403


async def test_anybody_may_have_themselves_kept_out_and_is_not_told_whether_anybody_is_held(
    world: World,
) -> None:
    person = await held(world)
    search = {"at": "2024-03-01T08:00:00Z", "place": "Church Street", "pnc_id": PERSON["pnc_id"]}
    mine = (await world.done(CON, "POST", "/searches", search))["id"]
    said = {"relationship": "My cousin"}
    nobody = await world.ask(CON, "POST", "/exclusions", {**said, "pnc_id": "02/73319Z"})
    somebody = await world.ask(CON, "POST", "/exclusions", {**said, "pnc_id": PERSON["pnc_id"]})
    assert (nobody.status_code, nobody.content) == (somebody.status_code, somebody.content)
    assert (await world.ask(CON, "GET", f"/searches/{mine}")).status_code == 404
    assert await world.done(CON, "GET", "/searches") == []
    await world.done(SUP, "POST", "/exclusions", {**said, "person_id": person})
    assert not await sees(world, SUP, person)
    assert (await world.ask(SUP, "POST", "/exclusions", said)).status_code == 400


async def test_an_attempt_by_somebody_kept_out_tells_the_auditor_by_reference_alone(world: World) -> None:
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    person, before = view["person_id"], await world.count("alerts")
    await world.done(SUP, "POST", "/exclusions", {"relationship": "A neighbour", "person_id": person})
    for path in (
        f"/people/{person}",
        f"/applications/{view['id']}",
        f"/orders/{view['order_id']}",
        f"/orders/{view['order_id']}/status",
    ):
        assert (await world.ask(SUP, "GET", path)).status_code == 404
    assert (await world.ask("SUP.sussex", "GET", f"/people/{person}")).status_code == 404  # not kept out
    lines = await world.done(AUD, "GET", "/alerts")
    assert len(lines) == before + 4
    assert {line["kind"] for line in lines} == {"excluded"}
    assert set(lines[0]) == {"id", "reference", "kind", "title", "raised_at", "due_at", "overdue", "outcome"}
    assert person not in str(lines)
    assert await world.done("AUD.sussex", "GET", "/alerts") == []


async def test_whoever_is_kept_out_of_another_case_is_not_taken_for_one_kept_out_of_this(
    world: World,
) -> None:
    """A search under an order whose person somebody else is kept out of, asked for by one of another case."""
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    claimed = {"at": "2024-03-01T09:00:00Z", "place": "Church Street"}
    made = await world.done(CON, "POST", "/searches", {**claimed, "order_reference": view["order_reference"]})
    other = await world.done(PLO, "POST", "/people", {**PERSON, "pnc_id": "02/73319Z"})
    await listed(world, view["person_id"], "kept out", await world.hire("SUP", "merseyside"))
    await listed(world, other["id"], "kept out", DIS)
    assert (await world.ask(DIS, "GET", f"/searches/{made['id']}")).status_code == 404
    assert await world.count("alerts") == 0
    await listed(world, view["person_id"], "kept out", DIS)  # the control: now they are
    assert (await world.ask(DIS, "GET", f"/searches/{made['id']}")).status_code == 404
    assert await world.count("alerts") == 1


async def test_who_may_not_come_near_a_person_is_not_told_which_record_has_their_number(world: World) -> None:
    person = await held(world)
    other = await world.hire("PLO", "merseyside")
    again = await world.ask(other, "POST", "/people", PERSON)
    assert (again.status_code, again.json()["existing"]) == (409, person)  # the control
    await listed(world, person, "kept out", other)
    before = await world.count("access_entries"), await world.count("alerts")
    told = await world.ask(other, "POST", "/people", PERSON)
    assert told.json()["type"] == "/help/problems#conflict"
    assert person not in told.text
    assert (await world.count("access_entries"), await world.count("alerts")) == (before[0], before[1] + 1)
    await listed(world, person, "kept out", other, "remove")
    await listed(world, person, "kept to", PLO)
    hidden = await world.ask(other, "POST", "/people", PERSON)
    assert (hidden.content, await world.count("alerts")) == (told.content, before[1] + 1)


async def test_a_status_check_by_somebody_kept_out_is_answered_truthfully_and_told_to_the_auditor(
    world: World,
) -> None:
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    asked = {"order_reference": view["order_reference"]}
    assert (await world.done(CON, "POST", "/status-checks", asked))["answer"] == "in effect"
    assert await world.count("alerts") == 0
    await world.done(CON, "POST", "/exclusions", {"relationship": "My cousin", "pnc_id": PERSON["pnc_id"]})
    checked = await world.done(CON, "POST", "/status-checks", asked)
    assert checked["answer"] == "in effect"
    assert set(checked) == {"id", "answer", "order_reference", "court", "expires", "as_of"}
    assert [line["kind"] for line in await world.done(AUD, "GET", "/alerts")] == ["status-check"]


REASON = {"reason": "He is outside the station and the case officer is abroad"}


async def test_the_glass_opens_one_case_for_an_hour_and_the_auditor_looks_into_it(world: World) -> None:
    person = await held(world)
    other = str((await world.done(PLO, "POST", "/people", {**PERSON, "pnc_id": "02/73319Z"}))["id"])
    assert (await world.ask(DIS, "POST", f"/people/{person}/break-glass", {"reason": "x"})).status_code == 400
    opened = await world.done(DIS, "POST", f"/people/{person}/break-glass", REASON)
    assert (await sees(world, DIS, person), await sees(world, DIS, other)) == (True, False)
    world.at("2024-03-01T09:59:59Z")
    assert await sees(world, DIS, person)
    world.at("2024-03-01T10:00:00Z")
    assert not await sees(world, DIS, person)
    (line,) = await world.done(AUD, "GET", "/alerts")
    assert (line["reference"], line["kind"]) == (opened["alert_reference"], "break-glass")
    assert await world.done(AUD, "GET", "/alerts?overdue=true") == []
    world.at("2024-03-04T09:00:01Z")  # 72 hours later
    (late,) = await world.done(OVR, "GET", "/alerts?overdue=true")
    assert late["overdue"]
    assert (await world.ask(OVR, "GET", f"/alerts/{line['id']}")).status_code == 403
    seen = await world.done(AUD, "GET", f"/alerts/{line['id']}")
    assert (seen["account"], seen["reason"], seen["incident"]) == (DIS, REASON["reason"], "OP-2024-0001")
    found = {"outcome": "justified", "note": "Set against the incident log"}
    assert (await world.ask(OVR, "POST", f"/alerts/{line['id']}/outcome", found)).status_code == 403
    await world.done(AUD, "POST", f"/alerts/{line['id']}/outcome", found)
    assert (await world.ask(AUD, "POST", f"/alerts/{line['id']}/outcome", found)).status_code == 409
    assert await world.done(OVR, "GET", "/alerts?overdue=true") == []


async def test_the_glass_opens_no_case_that_is_kept_to_others_nor_one_they_are_kept_out_of(
    world: World,
) -> None:
    person, before = await held(world), await world.count("alerts")
    await listed(world, person, "kept out", DIS)
    path = f"/people/{person}/break-glass"
    for who, where in ((DIS, path), ("DIS.sussex", path), (DIS, f"/people/{'0' * 32}/break-glass")):
        assert (await world.ask(who, "POST", where, REASON)).status_code == 404
    await listed(world, person, "kept out", DIS, "remove")
    await listed(world, person, "kept to", PLO)
    assert (await world.ask(DIS, "POST", path, REASON)).status_code == 404
    assert await world.count("alerts") == before + 1  # the attempt of the one kept out
    assert await world.count("glass_openings") == 0


async def test_the_auditor_opens_a_case_with_a_second_person_reads_it_and_changes_nothing(
    world: World,
) -> None:
    person = await held(world)
    assert not await sees(world, AUD, person)
    waits = await world.ask(AUD, "POST", f"/people/{person}/break-glass", REASON)
    assert not await sees(world, AUD, person)
    await world.agreed(waits, SUP)
    assert await sees(world, AUD, person)
    changed = {**PERSON, "reason": "None of theirs"}
    assert (await world.ask(AUD, "PUT", f"/people/{person}", changed, version=1)).status_code == 403
    (line,) = await world.done(AUD, "GET", "/alerts")
    found = {"outcome": "justified", "note": "It was me"}
    assert (await world.ask(AUD, "POST", f"/alerts/{line['id']}/outcome", found)).status_code == 403


class Work:
    """What a database is asked while a block runs: the statements, and how many rows each gave."""

    def __init__(self, world: World) -> None:
        self.engines = {world.database.engine.sync_engine, world.database.reader.sync_engine}
        self.said: list[tuple[str, int]] = []
        self.puts = world.database.heard(lambda statement, *_values: self.said.append((statement, 0)))

    def note(self, _c: Any, cursor: Any, statement: str, *_more: Any) -> None:
        if statement.split()[0] in (
            "SELECT",
            "INSERT",
            "UPDATE",
            "DELETE",
        ):  # a new connection says PRAGMA besides
            self.said.append((statement, len(getattr(cursor, "_rows", ()))))

    def __enter__(self) -> "Work":
        self.puts.__enter__()
        for engine in self.engines:
            event.listen(engine, "after_cursor_execute", self.note)
        return self

    def __exit__(self, *_: object) -> None:
        self.puts.__exit__(None, None, None)
        for engine in self.engines:
            event.remove(engine, "after_cursor_execute", self.note)


async def test_hidden_and_absent_things_answer_alike_and_are_looked_for_alike(world: World) -> None:
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    search = {"at": "2024-03-01T09:00:00Z", "place": "Church Street", "pnc_id": PERSON["pnc_id"]}
    made = await world.done(CON, "POST", "/searches", search)
    item = await world.done(CON, "POST", f"/searches/{made['id']}/seizures", {"description": "Lock knife"})
    begun = {"conduct_at": "2024-03-01T09:00:00Z", "conduct": "Said no", "limb": "d"}
    suspected = await world.done(SUP, "POST", f"/orders/{view['order_id']}/investigations", begun)
    things = {
        "/people/{}": view["person_id"],
        "/people/{}/allocations": view["person_id"],
        "/people/{}/lists": view["person_id"],
        "/applications/{}": view["id"],
        "/orders/{}": view["order_id"],
        "/orders/{}/duties": view["order_id"],
        "/orders/{}/status": view["order_id"],
        "/orders/{}/searches": view["order_id"],
        "/searches/{}": made["id"],
        "/searches/{}/seizures": made["id"],
        "/seizures/{}": item["id"],
        "/investigations/{}": suspected["id"],
    }
    other, third = await world.hire("SUP", "merseyside"), await world.hire("SUP", "sussex")
    await listed(world, view["person_id"], "kept out", other)
    compared = 0
    for path, key in things.items():
        seen = []
        await world.ask(
            None, "GET", path.format("0" * 32)
        )  # each door looks once whether anybody has an account
        for who, thing in ((other, key), (third, key), (other, "0" * 32), (third, "f" * 32)):
            with Work(world) as work:
                answer = await world.ask(who, "GET", path.format(thing))
            seen.append((answer.status_code, answer.content, dict(answer.headers), work.said))
            compared += 1
        assert seen[0][0] == 404, path
        assert all(one == seen[0] for one in seen), path
        assert (await world.ask(SUP, "GET", path.format(key))).status_code == 200, path  # the control
    print(f"{compared} refusals of {len(things)} doors: bytes, headers and statements alike")


async def test_every_change_is_told_to_the_ledger(world: World) -> None:
    person = await held(world)
    await world.allocate(DIS, person)
    await listed(world, person, "kept out", CON)
    await listed(world, person, "kept out", CON, "remove")
    await listed(world, person, "kept to", PLO)
    await listed(world, person, "kept to", PLO, "remove")
    lines = (await world.done(SUP, "GET", f"/people/{person}/allocations"))["allocations"]
    mine = next(line["id"] for line in lines if line["name"] == DIS)
    await world.done(SUP, "POST", f"/people/{person}/allocations/{mine}/end", {"reason": "Moved on"})
    await world.done(DIS, "POST", f"/people/{person}/break-glass", REASON)
    (line,) = await world.done(AUD, "GET", "/alerts")
    found = {"outcome": "mistaken", "note": "Asked the officer"}
    await world.done(AUD, "POST", f"/alerts/{line['id']}/outcome", found)
    async with world.database.read(ALL) as session:
        rows = await session.execute(text("SELECT entry FROM ledger_payloads"))
        tags = [msgspec.json.decode(bytes(row.entry))["tag"] for row in rows]
    assert {
        "case:allocated",
        "case:allocation_ended",
        "exclusion:begun",
        "exclusion:ended",
        "restriction:begun",
        "restriction:ended",
        "glass:broken",
        "alert:raised",
        "alert:triaged",
        "proposal:proposed",
        "proposal:approved",
    } <= set(tags)
