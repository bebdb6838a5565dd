"""Entries vouch for rows: those written, and those changed, with what they said before."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import select, update

from svro.records import metadata
from svro.records.base import WRITTEN
from svro.records.ledger import Entry, LedgerPayload, Row, append, digest, vouched
from svro.records.people import Allocation, PersonVersion
from svro.records.reach import ALL
from tests.evidence.conftest import Evidence

NOW = datetime(2024, 4, 1, 10, tzinfo=UTC)
ENTRY = Entry(tag="case:ended", force="merseyside", actor=None, subject="x", at=NOW, facts={})


async def test_the_next_entry_says_what_a_changed_row_says_and_said(world: Evidence) -> None:
    async with world.database.write(ALL) as session:
        table = metadata.tables["allocations"]
        before = dict((await session.execute(select(table).limit(1))).mappings().one())
        await session.execute(update(Allocation).where(Allocation.id == before["id"]).values(ended_at=NOW))
        leaf = await append(session, ENTRY)
        data = await session.scalar(select(LedgerPayload.entry).where(LedgerPayload.leaf_id == leaf))
        told = msgspec.json.decode(bytes(data or b""), type=Entry).rows
        key = ("merseyside", before["id"])
        assert told == (
            Row("allocations", key, digest(table, {**before, "ended_at": NOW}), digest(table, before)),
        )


async def test_what_was_undone_is_vouched_for_by_nobody(world: Evidence) -> None:
    async with world.database.write(ALL) as session:
        undone = await session.begin_nested()
        await session.execute(update(Allocation).values(ended_at=NOW))
        assert len(session.info[WRITTEN]) == 1
        await undone.rollback()
        assert WRITTEN not in session.info


def test_a_row_has_one_hash_whatever_spells_it_and_a_further_column_changes_none() -> None:
    table = metadata.tables["allocations"]
    said = {"force_id": "a", "id": "b", "account_id": "c", "person_id": "d", "reason": "e", "started_at": NOW}
    other = datetime.fromisoformat("2024-04-01T11:00:00+01:00")
    assert digest(table, said) == digest(table, {**said, "started_at": other, "ended_at": None})
    assert digest(table, said) != digest(table, {**said, "ended_at": NOW})
    assert vouched(metadata.tables[PersonVersion.__tablename__])
    assert not vouched(metadata.tables["idempotency_keys"])
