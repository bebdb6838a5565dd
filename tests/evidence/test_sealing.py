"""Leaves are sealed once each, whoever seals and however many; proofs come from the doors and hold."""

import asyncio
import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from svro.errors import Unready
from svro.records import Database, merkle, notes, sealing
from svro.records.ledger import Entry, LedgerLeaf, append
from svro.records.reach import ALL
from tests.evidence.conftest import LOG_KEY

NOW = datetime(2024, 3, 1, 9, tzinfo=UTC)


async def tell(database: Database, n: int) -> None:
    async with database.write(ALL) as session:
        entry = Entry(tag="thing:done", force=None, actor=None, subject=str(n), at=NOW, facts={"n": n})
        await append(session, entry)


async def seal(database: Database, key: notes.Key = LOG_KEY) -> int:
    async with database.write(ALL) as session:
        made = await sealing.seal(session, key, NOW)
    return made.size if made else 0


async def test_no_leaf_is_lost_or_sealed_twice_under_writers_and_sealers(database: Database) -> None:
    async def write(start: int) -> None:
        for n in range(start, start + 15):
            await tell(database, n)

    async def keep_sealing() -> None:
        for _ in range(12):
            await seal(database)

    await asyncio.gather(*(write(100 * n) for n in range(4)), keep_sealing(), keep_sealing(), keep_sealing())
    size = await seal(database)
    async with database.read(ALL) as session:
        held = (await session.execute(select(LedgerLeaf).order_by(LedgerLeaf.position))).scalars().all()
        newest = await sealing.newest(session)
        checkpoints = await session.scalar(select(func.count()).select_from(sealing.LedgerCheckpoint))
    assert size == len(held) == 61, "60 entries, and the one that tells of the key"
    assert [leaf.position for leaf in held] == list(range(61))
    assert newest is not None
    assert newest.root == merkle.root_of([leaf.commitment for leaf in held])
    assert checkpoints is not None
    assert checkpoints > 1


async def test_every_proof_of_every_size_holds(database: Database) -> None:
    for n in range(20):
        await tell(database, n)
        if n % 3 == 0:
            await seal(database)
    size = await seal(database)
    async with database.read(ALL) as session:
        leaves = list(await session.scalars(select(LedgerLeaf.commitment).order_by(LedgerLeaf.position)))
        for second in range(size + 1):
            new = await sealing.root_at(session, second)
            assert new == merkle.root_of(leaves[:second])
            for first in range(second + 1):
                path = await sealing.roots(session, merkle.consistency(first, second))
                assert merkle.consistent(first, second, path, merkle.root_of(leaves[:first]), new)


async def test_a_proof_reads_a_few_hashes_however_long_the_log(database: Database) -> None:
    for size in (1, 2, 3, 1_000, 10**5, 10**7):
        parts = [place for step in merkle.inclusion(size // 3, size) for place in merkle.whole(*step)]
        assert len(parts) <= 2 * size.bit_length()
        parts = [place for step in merkle.consistency(size // 3, size) for place in merkle.whole(*step)]
        assert len(parts) <= 2 * size.bit_length()


async def test_another_key_does_not_seal_until_the_log_is_handed_over(database: Database) -> None:
    await tell(database, 1)
    first = await seal(database)
    other = notes.Key.of(LOG_KEY.name, notes.LOG, hashlib.sha256(b"other").digest())
    await tell(database, 2)
    with pytest.raises(Unready, match="not the log's key"):
        await seal(database, other)
    async with database.write(ALL) as session:
        await sealing.begin_key(session, other, NOW, sealing.endorsement(LOG_KEY, other))
    assert await seal(database, other) == first + 2


async def test_nothing_new_signs_nothing(database: Database) -> None:
    assert await seal(database) == 1, "the key's own entry"
    assert await seal(database) == 1
    async with database.read(ALL) as session:
        assert await session.scalar(select(func.count()).select_from(sealing.LedgerCheckpoint)) == 1
        assert not await sealing.waiting(session)
