"""What takes long to make is made before a transaction begins: others go on writing meanwhile."""

import asyncio
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import make_url

from svro.casework import answers
from svro.casework.disclosure import handover, issues, marks, review
from svro.casework.disclosure.review import Decide
from svro.records.reach import ALL
from tests.disclosure.conftest import Case
from tests.disclosure.test_golden import deposited
from tests.disclosure.test_handover import answered, asked, fetched, linked

Making = list[bool]
"""Of each thing made, whether somebody else could write meanwhile."""


@pytest.fixture
def making(world: Case, monkeypatch: pytest.MonkeyPatch) -> Making:
    """Hears of each bundle and each document made anew. On PostgreSQL nobody waits for others: what is told
    there is whether a transaction that writes is open in this process.
    """
    told = Making()

    def free() -> bool:
        if not world.database.on_sqlite:
            return writing[0] == 0
        file = make_url(world.database.url).database
        assert file is not None
        try:
            with sqlite3.connect(file, timeout=0, isolation_level=None) as beside:
                beside.execute("BEGIN EXCLUSIVE")  # as whoever commits does
                beside.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        return True

    writing, write = [0], world.database.write

    def watched(*reach: Any) -> Any:
        return _Counted(write(*reach), writing)

    monkeypatch.setattr(world.database, "write", watched)
    parts_of, redact = issues.parts_of, marks.redact

    def parts(*given: Any) -> Iterator[tuple[str, bytes]]:
        told.append(free())
        return parts_of(*given)

    def anew(*given: Any) -> bytes:
        told.append(free())
        return redact(*given)

    monkeypatch.setattr(issues, "parts_of", parts)
    monkeypatch.setattr(marks, "redact", anew)
    return told


class _Counted:
    """A transaction that is counted while it is open."""

    def __init__(self, inner: Any, open_: list[int]) -> None:
        self._inner, self._open = inner, open_

    async def __aenter__(self) -> Any:
        session = await self._inner.__aenter__()
        self._open[0] += 1
        return session

    async def __aexit__(self, *why: Any) -> Any:
        self._open[0] -= 1
        return await self._inner.__aexit__(*why)


async def _nothing(*_: Any) -> None:
    """Nothing is made beforehand: the control."""


@pytest.mark.parametrize("beforehand", [True, False])
async def test_nobody_waits_while_a_file_is_made_to_be_fetched(
    world: Case, making: Making, monkeypatch: pytest.MonkeyPatch, beforehand: bool
) -> None:
    _, _, bundle = await answered(world, ["order"])
    link = await linked(world, bundle["id"])
    making.clear()
    if not beforehand:
        monkeypatch.setattr(handover, "ready", _nothing)
    answer = await fetched(world, link)
    assert answer.status_code == 200, answer.text
    assert making == [beforehand]
    again = await fetched(world, link)
    assert (again.status_code, making) == (409, [beforehand])  # a refusal makes nothing


@pytest.mark.parametrize("beforehand", [True, False])
async def test_nobody_waits_while_an_answer_is_made(
    world: Case, making: Making, monkeypatch: pytest.MonkeyPatch, beforehand: bool
) -> None:
    made, _ = await asked(world, ["searches", "documents"])
    path = f"/disclosure-requests/{made['id']}"
    [search] = await world.by("DIS", "GET", "/searches")
    await deposited(world, search["id"])
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    schedule = await world.by("DIS", "GET", f"{path}/schedule")
    document = next(item["key"] for item in schedule["items"] if item["kind"] == "document")
    mark = {"place": {"line": 2, "first": 1, "last": 15}, "ground": "another-person", "reason": "A name"}
    await world.by("DIS", "POST", f"{path}/documents/{document.rpartition('/')[2]}/marks", mark)
    await world.seal()
    if not beforehand:
        monkeypatch.setattr(answers, "ready", _nothing)
    making.clear()
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", {})
    assert (waits.status_code, making) == (202, [True])  # tried: the document alone is made
    making.clear()
    await world.agreed(waits, "DIS2.merseyside")
    assert making == [beforehand, beforehand]


async def test_what_changes_after_all_is_made_within_the_act(
    world: Case, making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two, the same fact is said otherwise: what leaves is what is stored when it leaves."""
    made, _ = await asked(world, ["order"])
    path = f"/disclosure-requests/{made['id']}"
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    await world.seal()
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", {})
    ready = answers.ready

    async def then_another(session: Any, *given: Any) -> None:
        await ready(session, *given)
        async with world.database.write(ALL) as other:
            view = await review.schedule(other, world.who("DIS"), made["id"], world.now)
            key, why = view.items[0].key, "It leads to another"
            kept = Decide(keys=(key,), decision="withhold", ground="other-operation", reason=why)
            await review.decide(other, world.who("DIS"), made["id"], kept, world.now)

    monkeypatch.setattr(answers, "ready", then_another)
    making.clear()
    approve = f"/proposals/{waits.json()['id']}/approve"
    refused = await world.ask("DIS2.merseyside", "POST", approve, {})
    assert (refused.status_code, "no longer what the first person sent" in refused.text) == (409, True)
    assert making == [True]


async def test_two_fetch_at_once_and_each_file_leaves_once(world: Case) -> None:
    _, _, bundle = await answered(world, ["order"])
    link = await linked(world, bundle["id"])
    answers_ = await asyncio.gather(*(fetched(world, link) for _ in range(3)))
    assert sorted(one.status_code for one in answers_) == [200, 409, 409]
    assert await world.count("download_receipts") == 1
