"""Whoever was handed something is told when it was corrected since: and of nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from svro.casework.disclosure import corrections
from svro.casework.disclosure.decided import of_person
from svro.records.disclosure import DisclosureItem
from svro.records.people import Instruction
from svro.records.published import PublishedImport
from svro.records.reach import ALL
from tests.casework.test_reports import hold
from tests.disclosure.conftest import Case
from tests.disclosure.test_golden import deposited
from tests.disclosure.test_handover import answered, asked, fetched, issued, linked
from tests.disclosure.test_sensitive import corrected, marked, schedule

LATER = "2024-03-09T09:00:00+00:00"


async def quashed(world: Case) -> None:
    """A court quashes the one order."""
    [line] = await world.by("SUP", "GET", "/orders")
    order = await world.by("CLK", "GET", f"/orders/{line['id']}")
    act = {"act": "quashed", "at": "2024-03-09T08:00:00+00:00", "document_reference": "CAO/2024/17"}
    await world.by("CLK", "POST", f"/orders/{line['id']}/acts", act, version=order["version"])


async def told(world: Case, path: str) -> tuple[bool, bool]:
    """Whether the solicitor is told: on the request, and in the list of requests."""
    view = await world.by("SOL", "GET", path)
    lines = await world.by("SOL", "GET", "/disclosure-requests")
    return view["notice"] is not None, next(one["corrected"] for one in lines if one["id"] == view["id"])


async def test_an_order_that_was_quashed_is_told_to_who_holds_the_searches_alone(world: Case) -> None:
    """What the rules find in a search rests on the order's acts: they go along, and what comes later does."""
    path, _, _ = await answered(world, ["searches"])
    world.at(LATER)
    await quashed(world)
    assert await told(world, path) == (False, False)  # nobody has decided: it may yet prove sensitive
    [act] = [item for item in await schedule(world, path) if item["decision"] is None]
    assert (act["kind"], act["scope"], "quashed" in act["title"].lower()) == ("order act", "searches", True)
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    assert await told(world, path) == (True, True)


async def test_an_act_that_proved_sensitive_is_never_told(world: Case) -> None:
    path, _, _ = await answered(world, ["searches"])
    world.at(LATER)
    before = await world.ask("SOL.merseyside", "GET", path)
    await quashed(world)
    [act] = [item for item in await schedule(world, path) if item["decision"] is None]
    await marked(world, path, [act["key"]])
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    after = await world.ask("SOL.merseyside", "GET", path)
    assert after.content == before.content


@pytest.mark.parametrize("handed", [True, False])
async def test_a_mark_on_a_document_is_told_where_the_document_was_handed_over(
    world: Case, handed: bool
) -> None:
    made, _ = await asked(world, ["documents"])
    path = f"/disclosure-requests/{made['id']}"
    [search] = await world.by("DIS", "GET", "/searches")
    if handed:
        await deposited(world, search["id"])
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    await issued(world, path)
    world.at(LATER)
    if not handed:
        await deposited(world, search["id"])
    assert await told(world, path) == (False, False)
    [item] = await schedule(world, path)
    mark = {"place": {"line": 2, "first": 1, "last": 15}, "ground": "another-person", "reason": "A name"}
    await world.by("DIS", "POST", f"{path}/documents/{item['key'].rpartition('/')[2]}/marks", mark)
    assert await told(world, path) == (handed, handed)


@pytest.mark.parametrize("month, expected", [("2024-02", True), ("2023-02", False)])
async def test_public_figures_that_were_published_anew_are_told(
    world: Case, month: str, expected: bool
) -> None:
    white = {(False, "W1", "White"): 900}
    await hold(world.database, {("merseyside", month): white}, imported_at=datetime(2024, 3, 1, tzinfo=UTC))
    made, _ = await asked(world, ["statistics"], first="2024-01-01", last="2024-03-01")
    path = f"/disclosure-requests/{made['id']}"
    await issued(world, path)
    world.at(LATER)
    assert await told(world, path) == (False, False)
    async with world.database.write(ALL) as session:
        again = update(PublishedImport).values(replaced_at=world.now)
        await session.execute(again.execution_options(synchronize_session=False))
    assert await told(world, path) == (expected, expected)


async def _held(world: Case) -> Any:
    return (await world.ask("SOL.merseyside", "GET", "/disclosure-receipts")).content


async def _ended(world: Case, person: str) -> None:
    async with world.database.write(ALL) as session:
        mine = update(Instruction).where(Instruction.person_id == person).values(ended_at=world.now)
        await session.execute(mine.execution_options(synchronize_session=False))


async def test_who_is_instructed_no_longer_is_told_of_what_they_hold_and_of_no_more(world: Case) -> None:
    path, person, bundle = await answered(world, ["searches"])
    assert await world.by("SOL", "GET", "/disclosure-receipts") == []  # nothing was fetched
    assert (await fetched(world, await linked(world, bundle["id"]))).status_code == 200
    reference = (await world.by("SOL", "GET", path))["reference"]
    world.at(LATER)
    await _ended(world, person)
    assert (await world.ask("SOL.merseyside", "GET", path)).status_code == 404
    [held] = await world.by("SOL", "GET", "/disclosure-receipts")
    assert (held["reference"], held["issue"], held["corrected"], held["notice"]) == (
        reference,
        1,
        False,
        None,
    )
    plain = await _held(world)
    for word in ("Quillfeather", person, bundle["id"]):
        assert word.encode() not in plain
    await corrected(world, place="Bold Street")
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    [held] = await world.by("SOL", "GET", "/disclosure-receipts")
    assert held["corrected"]
    assert "corrected since" in held["notice"]
    assert await world.by("SOL2", "GET", "/disclosure-receipts") == []
    for who in ("DIS", "SUP", "AUD", "PLO"):
        assert (await world.ask(f"{who}.merseyside", "GET", "/disclosure-receipts")).status_code == 403
    recall = {"reason": "Ambrose’s neighbour was left in"}
    waits = await world.ask("SUP.merseyside", "POST", f"{path}/bundles/{bundle['id']}/recall", recall)
    await world.agreed(waits, "SUP2.merseyside")
    [held] = await world.by("SOL", "GET", "/disclosure-receipts")
    assert (held["corrected"], "taken back" in held["notice"]) == (False, True)
    assert "neighbour" not in str(held)


@pytest.mark.parametrize("guarded", [True, False])
async def test_what_is_marked_is_told_to_nobody_who_holds_something(
    world: Case, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    path, person, bundle = await answered(world, ["searches"])
    await fetched(world, await linked(world, bundle["id"]))
    world.at(LATER)
    await _ended(world, person)
    before = await _held(world)
    await corrected(world, place="Bold Street")
    [item] = [one for one in await schedule(world, path) if one["decision"] is None]
    await marked(world, path, [item["key"]])
    if not guarded:  # the control: whatever was decided counts
        monkeypatch.setattr(corrections, "_goes_on", _anything)
    assert (await _held(world) == before) is guarded


async def _anything(session: Any, row: Any, bundle: Any, now: Any) -> bool:
    rows = (await session.scalars(of_person(row).where(DisclosureItem.recorded_at <= now))).all()
    return any(one.recorded_at > bundle.known_at for one in rows)


async def test_a_look_that_recorded_what_is_marked_is_not_shown_where_looks_alone_are_asked_for(
    world: Case,
) -> None:
    both, _ = await asked(world, ["searches", "access"])
    body = {"person_id": both["person_id"], "purpose": "trial", "scope": ["access"], "details": "Who looked"}
    alone = await world.by("SOL", "POST", "/disclosure-requests", body)
    path, beside = (f"/disclosure-requests/{one['id']}" for one in (both, alone))

    def recording(items: list[dict[str, Any]]) -> list[str]:
        said = [{field["name"]: field["value"] for field in item["fields"]} for item in items]
        return [str(one["permission"]) for one in said if one.get("permission") == "search:record"]

    assert recording(await schedule(world, beside))  # the control
    record = next(item for item in await schedule(world, path) if item["kind"] == "search")
    keys = [item["key"] for item in await schedule(world, path) if item["thing"] == record["thing"]]
    await marked(world, path, [key for key in keys if key.startswith(("searches:", "search_versions:"))])
    assert not recording(await schedule(world, beside))
