"""Rows go to the driver itself: they arrive whole or not at all, say no as a session would, are heard of."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from svro.casework.founding import found
from svro.errors import Stale
from svro.records import Database
from svro.records.base import put
from svro.records.ledger import LedgerLeaf, keep
from svro.records.people import Account, CustodyFacts, CustodyVersion, Person
from svro.records.reach import ALL

BY = "9" * 32
NOW = datetime(2024, 3, 1, 9, tzinfo=UTC)
HOME = {"force_id": "merseyside", "id": "1" * 32}
STAY = {"force_id": "merseyside", "id": "2" * 32, "n": 1}
FACTS = CustodyFacts(kind="remand", started=NOW.date(), authority="HMP Nowhere")


@pytest.fixture
async def known(database: Database) -> Database:
    async with database.write(ALL) as session:
        await found(session, "live", NOW)
        await put(session, Account, id=BY, name="Avery", created_at=NOW)
        await put(session, Person, **HOME, created_at=NOW, created_by=BY)
    return database


async def _keep(database: Database, **more: Any) -> None:
    async with database.write(ALL) as session:
        values = {"person_id": HOME["id"], "facts": FACTS, **more}
        said = {"tag": "custody:recorded", "subject": STAY["id"], "by": BY, "now": NOW}
        await keep(session, CustodyVersion, STAY, values, **said)


async def _held(database: Database) -> tuple[int, int]:
    async with database.read(ALL) as session:
        rows = await session.scalar(select(func.count()).select_from(CustodyVersion))
        leaves = await session.scalar(select(func.count()).select_from(LedgerLeaf))
    return int(rows or 0), int(leaves or 0)


async def test_a_fact_comes_with_its_entry_and_says_by_default_what_it_was_not_given(known: Database) -> None:
    before = await _held(known)
    await _keep(known)
    rows, leaves = await _held(known)
    assert (rows - before[0], leaves - before[1]) == (1, 1)
    async with known.read(ALL) as session:
        row = (await session.scalars(select(CustodyVersion))).one()
    assert (row.facts, row.withdrawn, row.recorded_at) == (FACTS, False, NOW)


async def test_a_number_that_is_taken_leaves_neither_the_row_nor_its_entry(known: Database) -> None:
    await _keep(known)
    before = await _held(known)
    with pytest.raises(Stale):
        await _keep(known)
    assert await _held(known) == before


async def test_a_constraint_speaks_at_the_line_that_broke_it(known: Database) -> None:
    async with known.write(ALL) as session:
        with pytest.raises(IntegrityError):
            await put(session, Person, **HOME, created_at=NOW, created_by=BY)
        await session.rollback()


async def test_what_a_driver_fails_at_is_the_databases_failure(
    known: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("gone")

    async with known.write(ALL) as session:
        monkeypatch.setattr("svro.records.hot._bound", broken)
        with pytest.raises(OperationalError):
            await put(session, Person, **HOME, created_at=NOW, created_by=BY)


async def test_whoever_listens_hears_each_row_and_afterwards_none(known: Database) -> None:
    heard: list[str] = []
    with known.heard(lambda sql, _values, named: heard.append(str(named.get("id")))):
        async with known.write(ALL) as session:
            await put(session, Person, force_id="merseyside", id="4" * 32, created_at=NOW, created_by=BY)
    async with known.write(ALL) as session:
        await put(session, Person, force_id="merseyside", id="5" * 32, created_at=NOW, created_by=BY)
    assert heard == ["4" * 32]
