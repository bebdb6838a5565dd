"""Whoever is shown somebody's data is in the access log first, once for each answer; no log, no data."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, select

from svro.casework import access_review
from svro.records.access_log import AccessEntry, By, Looks, rows
from svro.records.ledger import LedgerLeaf, LedgerPayload, commitment
from svro.records.reach import ALL
from tests.api.conftest import PURPOSE, World, considered, granted, to_court
from tests.api.test_doors import PERSON

OTHER = {**PERSON, "family_name": "Farthingale", "pnc_id": "02/73319Z"}


async def entries(world: World) -> list[AccessEntry]:
    """Every row of the log, in the order of looking."""
    async with world.database.read(ALL) as session:
        query = select(AccessEntry).order_by(AccessEntry.at, AccessEntry.leaf_id, AccessEntry.n)
        return list(await session.scalars(query))


async def newest(world: World) -> list[AccessEntry]:
    """The rows of the newest entry."""
    rows = await entries(world)
    return [row for row in rows if row.leaf_id == rows[-1].leaf_id]


async def person(world: World, details: dict[str, str] = PERSON, force: str = "merseyside") -> str:
    return str((await world.done(f"PLO.{force}", "POST", "/people", details))["id"])


async def order(world: World) -> tuple[str, str]:
    """(an order's id, its offender's)."""
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    return str(view["order_id"]), str(view["person_id"])


async def test_a_look_is_kept_with_who_when_by_the_real_clock_why_and_by_which_door(world: World) -> None:
    key = await person(world)
    world.real = datetime(2031, 11, 25, 9, tzinfo=UTC)
    await world.done("SUP.merseyside", "GET", f"/people/{key}")
    [row] = await newest(world)
    who = world.tokens.actors["SUP.merseyside"]
    assert (row.account_id, row.force_id, row.at) == (who.account_id, "merseyside", world.real)
    assert (row.kind, row.permission, row.door) == (
        "consultation",
        "person:read",
        "GET /api/v1/people/{person_id}",
    )
    assert (row.purpose, row.reference) == (PURPOSE["Svro-Purpose"], PURPOSE["Svro-Reference"])
    assert (row.subject_kind, row.subject_force, row.subject_id, row.person_id) == (
        "person",
        "merseyside",
        key,
        key,
    )


async def test_each_entry_is_a_ledger_entry_whose_commitment_fits(world: World) -> None:
    key = await person(world)
    await world.done("SUP.merseyside", "GET", f"/people/{key}")
    [row] = await newest(world)
    async with world.database.read(ALL) as session:
        leaf = await session.get_one(LedgerLeaf, row.leaf_id)
        payload = await session.get_one(LedgerPayload, row.leaf_id)
    assert leaf.commitment == commitment(payload.salt, payload.entry)
    said = msgspec.json.decode(payload.entry)
    assert (said["tag"], said["actor"], said["subject"]) == ("access:consultation", row.account_id, key)
    assert said["facts"]["subjects"] == [{"kind": "person", "force": "merseyside", "id": key, "person": None}]


async def test_what_is_done_is_named_by_its_kind_and_committed_with_it(world: World) -> None:
    view = await world.done("PLO.merseyside", "POST", "/people", PERSON)
    [recorded] = await newest(world)
    body = {**PERSON, "given_name": "Olga", "reason": "Misheard"}
    await world.done("PLO.merseyside", "PUT", f"/people/{view['id']}", body, version=1)
    [changed] = await newest(world)
    assert (recorded.kind, changed.kind) == ("collection", "alteration")

    def fail(_connection: Any) -> None:
        raise RuntimeError("the disk is full")

    before = len(await entries(world))
    event.listen(world.database.engine.sync_engine, "commit", fail)
    try:
        answer = await world.ask("PLO.merseyside", "POST", "/people", OTHER)
    finally:
        event.remove(world.database.engine.sync_engine, "commit", fail)
    assert answer.status_code == 500
    assert len(await entries(world)) == before


@pytest.mark.parametrize(
    "changed, kind",
    [
        ([], "consultation"),
        (["status:checked"], "consultation"),
        (["person:recorded", "case:allocated"], "collection"),
        (["person:corrected"], "alteration"),
        (["decision:recorded", "order:made", "order:superseded"], "combination"),
        (["decision:recorded", "order:made", "order:supersession_questioned"], "combination"),
        (["export:taken"], "disclosure"),
        (["retention:erasure_approved", "person:erased"], "erasure"),
    ],
)
def test_each_use_is_logged_as_the_gravest_thing_that_was_done(changed: list[str], kind: str) -> None:
    by = By(account="a" * 32, force="merseyside", door="x", permission="x", at=datetime.now(UTC))
    _, _, [row] = rows(Looks(), by, changed)
    assert row["kind"] == kind


async def test_a_list_is_one_entry_that_names_everybody_in_it(world: World) -> None:
    first, second = await person(world), await person(world, OTHER)
    for key in (first, second):
        await world.done("PLO.merseyside", "POST", "/applications", {"person_id": key})
    before = {row.leaf_id for row in await entries(world)}
    await world.done("PLO.merseyside", "GET", "/applications")
    rows = [row for row in await entries(world) if row.leaf_id not in before]
    assert len({row.leaf_id for row in rows}) == 1
    assert {row.person_id for row in rows} == {first, second}
    assert [row.subjects for row in rows] == [2, 2]


async def test_a_search_for_somebody_who_is_not_held_is_a_look_too(world: World) -> None:
    answer = await world.done("SUP.merseyside", "GET", "/people?family_name=Nobody")
    assert answer == []
    [row] = await newest(world)
    assert (row.door, row.subjects, row.subject_id) == ("GET /api/v1/people", 0, None)


async def test_what_is_refused_is_no_look_but_a_refusal_that_names_somebody_is(world: World) -> None:
    key = await person(world)
    before = len(await entries(world))
    assert (await world.ask("PLO.sussex", "GET", f"/people/{key}")).status_code == 404
    assert (await world.ask("CON.merseyside", "POST", "/people", PERSON)).status_code == 403
    assert len(await entries(world)) == before
    again = await world.ask("PLO.merseyside", "POST", "/people", PERSON)
    assert (again.status_code, again.json()["existing"]) == (409, key)
    [row] = await newest(world)
    assert (row.subject_id, row.kind) == (key, "consultation")


async def test_a_stored_answer_sent_again_is_a_look_at_what_it_shows(world: World) -> None:
    name = {"Idempotency-Key": "a1b2c3d4-first"}
    first = await world.ask("PLO.merseyside", "POST", "/people", PERSON, **name)
    again = await world.ask("PLO.merseyside", "POST", "/people", PERSON, **name)
    assert first.content == again.content
    rows = await entries(world)
    assert [(row.kind, row.subject_id) for row in rows] == [
        ("collection", first.json()["id"]),
        ("consultation", first.json()["id"]),
    ]


async def test_a_status_is_a_look_at_the_order_and_its_offender(world: World) -> None:
    key, offender = await order(world)
    before = len(await entries(world))
    for who in ("SUP.merseyside", "CLK.merseyside"):
        await world.done(who, "GET", f"/orders/{key}/status")
        [row] = await newest(world)
        assert (row.subject_id, row.person_id, row.force_id) == (key, offender, "merseyside")
        assert row.account_id == world.tokens.actors[who].account_id
    assert len(await entries(world)) == before + 2
    assert (await world.ask("SUP.sussex", "GET", f"/orders/{key}/status")).status_code == 404
    assert len(await entries(world)) == before + 2


async def test_a_status_check_from_another_force_is_in_both_forces_logs(world: World) -> None:
    key, offender = await order(world)
    await world.done("CON.sussex", "POST", "/status-checks", {"pnc_id": PERSON["pnc_id"]})
    [row] = await newest(world)
    assert (row.force_id, row.subject_force, row.subject_id) == ("sussex", "merseyside", key)
    assert (row.permission, row.kind) == ("order:status_check", "consultation")
    for force in ("sussex", "merseyside"):
        log = await world.done(f"AUD.{force}", "GET", "/access-log")
        assert row.leaf_id in {look["id"] for look in log["looks"]}
    log = await world.done("AUD.metropolitan", "GET", "/access-log")
    assert row.leaf_id not in {look["id"] for look in log["looks"]}
    shown = await world.done("AUD.merseyside", "GET", f"/people/{offender}/access-log")
    assert row.leaf_id in {look["id"] for look in shown["looks"]}


READS = (
    "/people/{person}",
    "/people?family_name=Winter",
    "/orders",
    "/orders/{order}",
    "/orders/{order}/status",
    "/orders/{order}/duties",
    "/applications",
    "/searches",
    "/people/{person}/access-log",
)


async def test_no_log_no_data(world: World) -> None:
    """Each table that an entry is appended to fails in turn; the control is the same with none failing."""
    key, offender = await order(world)
    paths = [path.format(order=key, person=offender) for path in READS]
    for path in paths:
        assert (await _read(world, path)).status_code == 200, path
    held, trials = await world.count("people"), 0
    for table in ("ledger_leaves", "ledger_payloads", "access_entries"):
        async with Broken(world, table):
            for path in paths:
                if table == "access_entries" and path.endswith("access-log"):
                    continue  # it reads the very table
                answer = await _read(world, path)
                assert answer.status_code == 503, (table, path)
                assert answer.headers["content-type"] == "application/problem+json"
                secrets = (offender, key, "Winterbourne", "79163001B", "1979/")
                assert not any(secret in answer.text for secret in secrets), (table, path)
                trials += 1
            for body in (OTHER, PERSON):  # the second is refused, in words that name the record held
                change = await world.ask("PLO.merseyside", "POST", "/people", body)
                assert change.status_code in (500, 503)
                assert offender not in change.text
        assert await world.count("people") == held
    assert trials == 3 * len(READS) - 1
    again = await world.ask("PLO.merseyside", "POST", "/people", PERSON)
    assert again.json()["existing"] == offender  # the control


async def _read(world: World, path: str) -> Any:
    who = "AUD.merseyside" if path.endswith("access-log") else "SUP.merseyside"
    return await world.ask(who, "GET", path)


class Broken:
    """The table is elsewhere while the block runs."""

    def __init__(self, world: Any, table: str) -> None:
        self.world, self.table = world, table

    async def _rename(self, old: str, new: str) -> None:
        from sqlalchemy import text

        from tests.lines import as_owner

        statement = f"ALTER TABLE {old} RENAME TO {new}"
        if not self.world.database.on_sqlite:
            await as_owner(self.world.database, statement)
            return
        async with self.world.database.write(ALL) as session:
            await session.execute(text(statement))

    async def __aenter__(self) -> None:
        await self._rename(self.table, "gone")

    async def __aexit__(self, *_error: object) -> None:
        await self._rename("gone", self.table)


async def test_a_commit_that_fails_shows_nothing(world: World) -> None:
    key = await person(world)

    def fail(_connection: Any) -> None:
        raise OSError("the disk is full")

    event.listen(world.database.engine.sync_engine, "commit", fail)
    try:
        answer = await world.ask("SUP.merseyside", "GET", f"/people/{key}")
    finally:
        event.remove(world.database.engine.sync_engine, "commit", fail)
    assert answer.status_code == 503
    assert key not in answer.text
    assert (await world.ask("SUP.merseyside", "GET", f"/people/{key}")).status_code == 200  # the control


async def test_each_sees_their_own_looks_and_managers_no_others(world: World) -> None:
    key = await person(world)
    await world.done("SUP.merseyside", "GET", f"/people/{key}")
    own = await world.done("SUP.merseyside", "GET", "/access-log/mine")
    assert [look["seen"][0]["id"] for look in own["looks"] if look["seen"]] == [key]
    also = await world.done("SUP.merseyside", "GET", "/access-log")
    assert {look["account_id"] for look in also["looks"]} == {
        world.tokens.actors["SUP.merseyside"].account_id
    }
    numbers = await world.done("OVR.merseyside", "GET", "/access-log")
    assert numbers["looks"] == []
    assert {day["kind"] for day in numbers["days"]} == {"collection", "consultation"}
    for who, status in (("SUP", 403), ("PLO", 403), ("ADM", 403), ("DIS", 404), ("AUD", 200)):
        answer = await world.ask(f"{who}.merseyside", "GET", f"/people/{key}/access-log")
        assert answer.status_code == status, who
    assert (await world.ask("AUD.sussex", "GET", f"/people/{key}/access-log")).status_code == 404


async def test_an_auditor_narrows_the_log_by_person_account_and_day_and_is_in_it(world: World) -> None:
    first, second = await person(world), await person(world, OTHER)
    auditor = "AUD.merseyside"
    by = world.tokens.actors["PLO.merseyside"].account_id
    log = await world.done(auditor, "GET", f"/access-log?person_id={first}")
    assert {seen["id"] for look in log["looks"] for seen in look["seen"]} == {first}
    log = await world.done(auditor, "GET", f"/access-log?account_id={by}&day={datetime.now(UTC):%Y-%m-%d}")
    assert {seen["id"] for look in log["looks"] for seen in look["seen"]} == {first, second}
    assert (await world.done(auditor, "GET", "/access-log?day=2020-01-01"))["looks"] == []
    log = await world.done(auditor, "GET", "/access-log?reference=op-2024%200001")
    assert {seen["id"] for look in log["looks"] for seen in look["seen"]} == {first, second}
    assert (await world.done(auditor, "GET", "/access-log?reference=other"))["looks"] == []
    rows = [row for row in await entries(world) if row.permission == "access_log:read"]
    assert len(rows) == 5
    assert rows[0].person_id == first
    bad = await world.ask(auditor, "GET", "/access-log?person_id=x")
    assert [e["field"] for e in bad.json()["errors"]] == ["person_id"]


async def test_the_log_is_read_on_page_after_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from svro.casework import access_log

    monkeypatch.setattr(access_log, "PAGE", 2)
    key, seen, before = await person(world), [], ""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    for n in range(5):
        world.real = start + timedelta(minutes=n)
        await world.done("SUP.merseyside", "GET", f"/people/{key}")
    world.real = start + timedelta(hours=1)
    while True:
        log = await world.done("SUP.merseyside", "GET", f"/access-log/mine{before}")
        seen += [look["at"] for look in log["looks"] if look["permission"] == "person:read"]
        if log["before"] is None:
            break
        before = f"?before={log['before'].replace('+', '%2B')}"
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


CSV = "text/csv"


async def _list(world: World, text: str, who: str = "AUD.merseyside") -> Any:
    async with world.client(who, **{"Content-Type": CSV}) as client:
        return await client.post("/api/v1/incidents", content=text.encode())


async def test_a_reference_that_no_incident_has_after_7_days_is_asked_about(world: World) -> None:
    world.real = start = datetime(2026, 11, 1, 12, tzinfo=UTC)
    key = await person(world)
    path = "/access-questions"

    async def kinds() -> list[tuple[str, str]]:
        found = await world.done("AUD.merseyside", "GET", path, **{"Svro-Reference": "AUDIT-1"})
        return [(one["question"], one["about"]) for one in found["open"] if one["about"] != "audit1"]

    about = ("unreconciled", "op20240001")
    world.real = start + timedelta(days=7) - timedelta(seconds=1)
    assert await kinds() == []
    world.real = start + timedelta(days=7)
    assert await kinds() == [about]
    elsewhere = await world.done("AUD.sussex", "GET", path, **{"Svro-Reference": "AUDIT-1"})
    assert elsewhere["open"] == []
    counted = await world.done("OVR.merseyside", "GET", path)
    assert (counted["open"], counted["counts"]["unreconciled"]) == ([], 1)
    assert (await _list(world, "reference,date\nOP 2024/0002,2024-03-01\n")).json() == {"rows": 1, "added": 1}
    assert await kinds() == [about]  # another incident
    done = await _list(world, "date,Reference\n01/03/2024,op-2024-0001\n2024-03-01,OP-2024-0002\n")
    assert (done.status_code, done.json()) == (201, {"rows": 2, "added": 1})
    assert await kinds() == []
    assert key


async def test_an_outcome_answers_for_the_looks_until_then_and_no_later_one(world: World) -> None:
    world.real = datetime(2026, 11, 1, 12, tzinfo=UTC)
    key = await person(world)
    world.real += timedelta(days=8)
    body = {
        "question": "unreconciled",
        "about": "op20240001",
        "outcome": "explained",
        "reason": "A case number",
    }
    audit = {"Svro-Reference": "AUDIT-1"}
    for who, status in (("SUP.merseyside", 403), ("OVR.merseyside", 403), ("AUD.sussex", 404)):
        answer = await world.ask(who, "POST", "/access-questions/outcomes", body, **audit)
        assert answer.status_code == status, who
    done = await world.done("AUD.merseyside", "POST", "/access-questions/outcomes", body, **audit)
    assert done["open"] == []
    again = await world.ask("AUD.merseyside", "POST", "/access-questions/outcomes", body, **audit)
    assert again.status_code == 404
    world.real += timedelta(hours=1)
    await world.done("SUP.merseyside", "GET", f"/people/{key}")
    world.real += timedelta(days=8)
    found = await world.done("AUD.merseyside", "GET", "/access-questions", **audit)
    assert [one["looks"] for one in found["open"] if one["about"] == "op20240001"] == [1]


async def test_a_look_at_oneself_is_asked_about_and_nobody_answers_for_their_own(world: World) -> None:
    key, officer = await person(world), world.tokens.actors["SUP.merseyside"].account_id
    said = {"account_id": officer, "person_id": key}
    assert (await world.ask("SUP.merseyside", "POST", "/declared-people", said)).status_code == 403
    assert (await world.ask("AUD.sussex", "POST", "/declared-people", said)).status_code == 404
    await world.done("AUD.merseyside", "POST", "/declared-people", said)
    assert (await world.done("AUD.merseyside", "GET", "/access-questions"))["counts"]["oneself"] == 0
    await world.done("SUP.merseyside", "GET", f"/people/{key}")
    found = await world.done("AUD.merseyside", "GET", "/access-questions")
    assert [(one["about"], one["looks"]) for one in found["open"] if one["question"] == "oneself"] == [
        (officer, 1)
    ]
    body = {"question": "oneself", "about": officer, "outcome": "referred", "reason": "To standards"}
    done = await world.done("AUD.merseyside", "POST", "/access-questions/outcomes", body)
    assert done["counts"]["oneself"] == 0
    await world.done("AUD.merseyside", "POST", "/declared-people", {**said, "withdrawn": True})
    await world.done("SUP.merseyside", "GET", f"/people/{key}")
    assert (await world.done("AUD.merseyside", "GET", "/access-questions"))["counts"]["oneself"] == 0


async def test_one_reference_for_more_than_five_people_is_asked_about(world: World) -> None:
    keys = [
        str((await world.done("PLO.merseyside", "POST", "/people", {"family_name": f"Sib{n}ling"}))["id"])
        for n in range(6)
    ]
    for n, key in enumerate(keys):
        await world.done("SUP.merseyside", "GET", f"/people/{key}", **{"Svro-Reference": "LOG-77"})
        found = await world.done("AUD.merseyside", "GET", "/access-questions", **{"Svro-Reference": "A-1"})
        asked = [one["people"] for one in found["open"] if one["about"] == "log77"]
        assert asked == ([6] if n == 5 else []), n


BAD_LISTS = {
    "": ["list"],
    "number\n1\n": ["list"],
    "reference\n": ["list"],
    "reference,date\nOK-1,2024-02-30\nx,\n": ["line 2", "line 3"],
    "reference\n---\n": ["line 2"],
}


async def test_an_incident_list_is_taken_from_whoever_may_or_refused_whole(world: World) -> None:
    for text, fields in BAD_LISTS.items():
        answer = await _list(world, text)
        assert answer.status_code == 400
        assert [e["field"] for e in answer.json()["errors"]] == fields
    assert await world.count("incidents") == 0
    for who, status in (("ADM", 201), ("AUD", 201), ("SUP", 403), ("PLO", 403), ("OVR", 403)):
        answer = await _list(world, "reference\nOP-1234\n", f"{who}.merseyside")
        assert answer.status_code == status, who


def test_the_largest_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_review, "MOST", 2)
    with pytest.raises(access_review.Malformed):
        access_review.incidents_in("reference\nAAA\nBBB\nCCC\n")
