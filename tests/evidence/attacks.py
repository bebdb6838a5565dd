"""Seven ways to rewrite the past, by somebody with the database's superuser and the log's key.

A crude one changes what it is after and no more; a thorough one makes everything that follows from it agree
again: words, commitments, leaves, tree, checkpoints, all signed anew. What that leaves is a sound history,
and only what somebody outside kept of the other tells.
"""

import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import structs
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.records import fence, merkle, metadata, notes
from svro.records.base import Packed, canonical
from svro.records.ledger import Entry, LedgerLeaf, LedgerPayload, Row, as_held, commitment, digest, key_of
from svro.records.sealing import LedgerCheckpoint, LedgerCosignature, LedgerNode
from tests.evidence.conftest import LOG_KEY

DECODE = msgspec.json.Decoder(Entry).decode
EDITABLE = {
    "order_acts": ("act", "court", "provenance"),
    "person_versions": ("facts", "family_key"),
    "search_versions": ("power", "claimed", "rules_version", "record"),
    "status_checks": ("answer", "incident"),
    "application_acts": ("provenance", "details"),
    "decisions": ("outcome", "court"),
    "accounts": ("name",),
}


async def disarm(session: AsyncSession) -> None:
    """What a superuser can do first: no trigger and no foreign key stands in the way."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        await session.execute(text("PRAGMA defer_foreign_keys = ON"))
        connection = await session.connection()
        await connection.run_sync(fence.lower_fences)


async def rearm(session: AsyncSession) -> None:
    """And last: the triggers are back, as if they had never gone."""
    if session.get_bind().dialect.name == "sqlite":
        connection = await session.connection()
        await connection.run_sync(fence.raise_fences)


async def leaves(session: AsyncSession) -> Sequence[Any]:
    return (
        await session.execute(select(LedgerLeaf.id, LedgerLeaf.position).order_by(LedgerLeaf.position))
    ).all()


async def seal_anew(session: AsyncSession, sizes: Sequence[int]) -> None:
    """The tree over the leaves as they now stand, and checkpoints at these sizes, signed with the key."""
    for kind in (LedgerCosignature, LedgerCheckpoint, LedgerNode):
        at = None
        if kind is LedgerCheckpoint:
            at = (await session.execute(select(LedgerCheckpoint.at).limit(1))).scalar_one()
            signed_at = at
        await session.execute(delete(kind))
    rows = await session.execute(select(LedgerLeaf.id, LedgerLeaf.commitment).order_by(LedgerLeaf.position))
    ordered = rows.all()
    tree = dict(merkle.grown(0, [], [bytes(one.commitment) for one in ordered]))
    sizes = sorted({size for size in sizes if size <= len(ordered)} | {len(ordered)})
    await session.execute(update(LedgerLeaf).values(position=None, sealed_in=None))
    for n, one in enumerate(ordered):
        sealed = next(size for size in sizes if size > n)
        values = {"position": n, "sealed_in": sealed}
        await session.execute(update(LedgerLeaf).where(LedgerLeaf.id == one.id).values(**values))
    nodes = [{"level": at[0], "place": at[1], "hash": one} for at, one in tree.items() if at[0]]
    await session.execute(insert(LedgerNode), nodes)
    for size in sizes:
        root = merkle.fold([tree[place] for place in merkle.whole(0, size)])
        note = notes.signed_checkpoint(LOG_KEY, size, root)
        await session.execute(insert(LedgerCheckpoint).values(size=size, root=root, note=note, at=signed_at))


async def sizes_of(session: AsyncSession) -> list[int]:
    return list(await session.scalars(select(LedgerCheckpoint.size).order_by(LedgerCheckpoint.size)))


async def rewrite(session: AsyncSession, leaf: str, change: Callable[[Entry], Entry]) -> None:
    """Other words for one entry, with the leaf that belongs to them."""
    held = (await session.execute(select(LedgerPayload).where(LedgerPayload.leaf_id == leaf))).scalar_one()
    entry = change(DECODE(bytes(held.entry)))
    data = canonical(entry)
    values = {"entry": data, "at": entry.at, "actor": entry.actor, "tag": entry.tag, "subject": entry.subject}
    here = LedgerPayload.leaf_id == leaf
    await session.execute(update(LedgerPayload).where(here).values(**values, force_id=entry.force))
    made = commitment(bytes(held.salt), data)
    await session.execute(update(LedgerLeaf).where(LedgerLeaf.id == leaf).values(commitment=made))


async def telling(session: AsyncSession, table: str, key: tuple[Any, ...]) -> list[str]:
    """The leaves of the entries that tell of a row."""
    rows = await session.execute(select(LedgerPayload.leaf_id, LedgerPayload.entry))
    return [
        row.leaf_id
        for row in rows
        if any((one.table, one.key) == (table, key) for one in DECODE(bytes(row.entry)).rows)
    ]


async def own_up(
    session: AsyncSession, table: str, key: tuple[Any, ...], now: str, gone: Sequence[str]
) -> None:
    """Let the entry that made a row, which stays, tell of what it says now, and let no other tell of it."""

    def change(entry: Entry) -> Entry:
        rows = [
            structs.replace(one, now=now) if (one.table, one.key) == (table, key) else one
            for one in entry.rows
            if (one.table, one.key) != (table, key) or one.was is None
        ]
        return structs.replace(entry, rows=tuple(rows))

    for leaf in await telling(session, table, key):
        if leaf not in gone:
            await rewrite(session, leaf, change)


async def hush(session: AsyncSession, table: str, key: tuple[Any, ...], gone: Sequence[str]) -> None:
    """Let no entry that stays tell of a row that is gone."""

    def change(entry: Entry) -> Entry:
        return structs.replace(
            entry, rows=tuple(one for one in entry.rows if (one.table, one.key) != (table, key))
        )

    for leaf in await telling(session, table, key):
        if leaf not in gone:
            await rewrite(session, leaf, change)


async def remove(session: AsyncSession, gone: Sequence[str]) -> None:
    """Entries, with the rows that they made, as if they had never been. A row that they changed stays as it
    is, and an earlier entry owns up to it.
    """
    told = select(LedgerPayload.entry).where(LedgerPayload.leaf_id.in_(gone))
    vouched = [row for held in await session.scalars(told) for row in DECODE(bytes(held)).rows]
    made = {(row.table, row.key) for row in vouched if row.was is None}
    for name, key in dict.fromkeys((row.table, row.key) for row in vouched):
        table = metadata.tables[name]
        for one in map(dict, (await session.execute(select(*as_held(table)))).mappings().all()):
            if key_of(table, one) != key:
                continue
            if (name, key) in made:
                here = [column == one[column.name] for column in table.primary_key]
                await session.execute(delete(table).where(*here))
                await hush(session, name, key, gone)
            else:
                await own_up(session, name, key, digest(table, one), gone)
    for leaf in gone:
        await session.execute(delete(LedgerPayload).where(LedgerPayload.leaf_id == leaf))
        await session.execute(delete(LedgerLeaf).where(LedgerLeaf.id == leaf))


async def edit(session: AsyncSession, rng: random.Random, thorough: bool) -> None:
    """Say something else in a row."""
    table = metadata.tables[rng.choice(sorted(EDITABLE))]
    row = dict(rng.choice((await session.execute(select(*as_held(table)))).mappings().all()))
    column = rng.choice(EDITABLE[table.name])
    await _say(session, rng, table, row, {column: _otherwise(table, column, row[column], rng)}, thorough)


def _otherwise(table: Any, column: str, value: Any, rng: random.Random) -> str:
    if isinstance(table.c[column].type, Packed):
        said = json.loads(value)
        said[rng.choice(sorted(said) or ["reason"])] = f"rewritten {rng.random()}"
        return canonical(said).decode()
    lists = {"act": ("made", "discharged", "quashed"), "outcome": ("granted", "refused")}
    choices = [one for one in lists.get(column, (f"rewritten {rng.random()}",)) if one != value]
    return "decision" if column == "provenance" and value != "decision" else rng.choice(choices)


async def _say(
    session: AsyncSession,
    rng: random.Random,
    table: Any,
    row: dict[str, Any],
    values: Mapping[str, Any],
    thorough: bool,
) -> None:
    key, sizes, was = key_of(table, row), await sizes_of(session), digest(table, row)
    here = [column == row[column.name] for column in table.primary_key]
    packed = {name for name in values if isinstance(table.c[name].type, Packed)}
    for name, value in values.items():
        if name in packed:  # as text: the attacker does not ask our own types
            where = " AND ".join(f'"{one.name}" = :k{n}' for n, one in enumerate(table.primary_key))
            keys = {f"k{n}": row[one.name] for n, one in enumerate(table.primary_key)}
            statement = f'UPDATE "{table.name}" SET "{name}" = :value WHERE {where}'
            await session.execute(text(statement), {"value": value, **keys})
        else:
            await session.execute(update(table).where(*here).values({name: value}))
    if not thorough:
        return
    now = digest(table, {**row, **values})

    def told(entry: Entry) -> Entry:
        rows = tuple(
            Row(one.table, one.key, now, one.was)
            if (one.table, one.key, one.now) == (table.name, key, was)
            else one
            for one in entry.rows
        )
        return msgspec.structs.replace(entry, rows=rows)

    for leaf in await telling(session, table.name, key):
        await rewrite(session, leaf, told)
    await seal_anew(session, sizes)


async def remove_one(session: AsyncSession, rng: random.Random, thorough: bool) -> None:
    """Delete a row; thoroughly, with every word that was ever said of it."""
    table = metadata.tables[rng.choice(("order_acts", "search_versions", "status_checks", "allocations"))]
    row = dict(rng.choice((await session.execute(select(*as_held(table)))).mappings().all()))
    if thorough:
        sizes = await sizes_of(session)
        await remove(session, await telling(session, table.name, key_of(table, row)))
        await seal_anew(session, sizes)
    else:
        here = [column == row[column.name] for column in table.primary_key]
        await session.execute(delete(table).where(*here))


async def reorder(session: AsyncSession, rng: random.Random, thorough: bool) -> None:
    """Swap two leaves."""
    one, other = rng.sample(list(await leaves(session)), 2)
    sizes = await sizes_of(session)
    await session.execute(update(LedgerLeaf).where(LedgerLeaf.id == one.id).values(position=-1))
    for leaf, place in ((other.id, one.position), (one.id, other.position)):
        await session.execute(update(LedgerLeaf).where(LedgerLeaf.id == leaf).values(position=place))
    if thorough:
        await seal_anew(session, sizes)


async def backdate(session: AsyncSession, rng: random.Random, thorough: bool) -> None:
    """Say that something was recorded earlier than it was."""
    if thorough:
        table = metadata.tables[rng.choice(("search_versions", "person_versions", "application_acts"))]
        row = dict(rng.choice((await session.execute(select(*as_held(table)))).mappings().all()))
        earlier = row["recorded_at"].replace(year=2023, microsecond=rng.randrange(10**6))
        await _say(session, rng, table, row, {"recorded_at": earlier}, True)
        return
    leaf = rng.choice((await session.execute(select(LedgerPayload.leaf_id, LedgerPayload.at))).all())
    at = leaf.at.replace(year=2023, microsecond=rng.randrange(10**6))
    await session.execute(update(LedgerPayload).where(LedgerPayload.leaf_id == leaf.leaf_id).values(at=at))


async def cut_tail(session: AsyncSession, rng: random.Random, thorough: bool) -> None:
    """Take the last entries away."""
    held = await leaves(session)
    gone = [leaf.id for leaf in held[-rng.randint(1, 5) :]]
    sizes = await sizes_of(session)
    if thorough:
        await remove(session, gone)
        await seal_anew(session, sizes)
    else:
        await session.execute(delete(LedgerPayload).where(LedgerPayload.leaf_id.in_(gone)))
        await session.execute(delete(LedgerLeaf).where(LedgerLeaf.id.in_(gone)))


async def restore(session: AsyncSession, rng: random.Random, thorough: bool) -> None:
    """An old backup put back: everything as it was at an earlier checkpoint, nothing signed anew. Crudely, of
    the ledger only.
    """
    sizes = await sizes_of(session)
    size = rng.choice(sizes[:-1])
    gone = [leaf.id for leaf in (await leaves(session))[size:]]
    if thorough:
        await remove(session, gone)
    else:
        await session.execute(delete(LedgerPayload).where(LedgerPayload.leaf_id.in_(gone)))
        await session.execute(delete(LedgerLeaf).where(LedgerLeaf.id.in_(gone)))
    await session.execute(delete(LedgerCosignature).where(LedgerCosignature.size > size))
    await session.execute(delete(LedgerCheckpoint).where(LedgerCheckpoint.size > size))
    rows = (await session.execute(select(LedgerNode.level, LedgerNode.place))).all()
    for level, place in rows:
        if (place + 1) << level > size:
            here = LedgerNode.level == level, LedgerNode.place == place
            await session.execute(delete(LedgerNode).where(*here))


async def fork(session: AsyncSession, rng: random.Random, thorough: bool) -> None:
    """Another history of the same length: from some entry on, the same words under other salts. Crudely, the
    leaves alone.
    """
    sizes = await sizes_of(session)
    held = await leaves(session)
    for leaf in held[-rng.randint(1, 4) :]:
        salt = rng.randbytes(32)
        data = await session.scalar(select(LedgerPayload.entry).where(LedgerPayload.leaf_id == leaf.id))
        made = commitment(salt, bytes(data or b""))
        await session.execute(update(LedgerLeaf).where(LedgerLeaf.id == leaf.id).values(commitment=made))
        if thorough:
            here = LedgerPayload.leaf_id == leaf.id
            await session.execute(update(LedgerPayload).where(here).values(salt=salt))
    if thorough:
        await seal_anew(session, sizes)


RECIPES: dict[str, Callable[[AsyncSession, random.Random, bool], Awaitable[None]]] = {
    "edit": edit,
    "delete": remove_one,
    "reorder": reorder,
    "backdate": backdate,
    "cut tail": cut_tail,
    "restore old backup": restore,
    "fork": fork,
}


def seed_of(*parts: object) -> int:
    """A seed that is the same on every machine."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8])
