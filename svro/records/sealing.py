"""The ledger's tree: leaves sealed in batches, checkpoints signed, proofs read.

A batch is whatever is not yet sealed, in the order of the leaves' ids, which are random; never a range of
ids, for a transaction that was slow to commit would fall out of one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    TableValuedAlias,
    Text,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session

from svro.errors import Unready
from svro.records import merkle, notes
from svro.records.base import Base, column, put
from svro.records.ledger import Entry, LedgerLeaf, append

_Number = BigInteger().with_variant(Integer, "sqlite")
# Held while one process seals on PostgreSQL; SQLite has one writer anyway. Any number, so long as it stays.
_ONE_AT_A_TIME = func.pg_advisory_xact_lock(8432020)
BATCH = 20_000
"""The most leaves sealed in one transaction."""


class LedgerNode(Base):
    """The hash of a whole subtree: 2**level leaves, from place * 2**level on. Level 0 is the leaves
    themselves.
    """

    __tablename__ = "ledger_nodes"
    level: Mapped[int] = column(primary_key=True, disclose="yes")
    place: Mapped[int] = column(_Number, primary_key=True, disclose="yes")
    hash: Mapped[bytes] = column(LargeBinary(32), disclose="yes")


class LedgerCheckpoint(Base):
    """What the log said of itself at one size: its root, and the note as signed."""

    __tablename__ = "ledger_checkpoints"
    size: Mapped[int] = column(_Number, primary_key=True, autoincrement=False, disclose="yes")
    root: Mapped[bytes] = column(LargeBinary(32), disclose="yes")
    note: Mapped[str] = column(disclose="yes")
    at: Mapped[datetime] = column(disclose="yes")


class LedgerCosignature(Base):
    """A witness's line under a checkpoint. `witness` is its public key as published."""

    __tablename__ = "ledger_cosignatures"
    size: Mapped[int] = column(ForeignKey("ledger_checkpoints.size"), primary_key=True, disclose="yes")
    witness: Mapped[str] = column(primary_key=True, disclose="yes")
    line: Mapped[str] = column(disclose="yes")
    at: Mapped[datetime] = column(disclose="yes")


class LedgerKey(Base):
    """A public key of the log, and from when it signs; a later one is endorsed by the one before, which
    signed a note that names it.
    """

    __tablename__ = "ledger_keys"
    n: Mapped[int] = column(primary_key=True, autoincrement=False, disclose="yes")
    key: Mapped[str] = column(disclose="yes")
    endorsement: Mapped[str | None] = column(disclose="yes")
    started_at: Mapped[datetime] = column(disclose="yes")


_LEAVES, _NODES = cast(Table, LedgerLeaf.__table__), cast(Table, LedgerNode.__table__)


AT_ONCE = 32
# One text for any places, so that it is compiled once; SQLite would read the whole table for a list of pairs.
_SOME = select(_NODES).where(
    or_(
        *(
            and_(_NODES.c.level == bindparam(f"level_{n}"), _NODES.c.place == bindparam(f"place_{n}"))
            for n in range(AT_ONCE)
        )
    )
)


async def newest(session: AsyncSession, size: int | None = None) -> LedgerCheckpoint | None:
    """The checkpoint of a size, or the newest; None where there is none."""
    query = select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(1)
    return await session.scalar(query if size is None else query.where(LedgerCheckpoint.size == size))


async def hashes(session: AsyncSession, places: Iterable[merkle.Place]) -> dict[merkle.Place, bytes]:
    """The hashes of whole subtrees, in few statements. KeyError, later, for one that is not held."""
    wanted = set(places)
    leaves = [index for level, index in wanted if level == 0]
    found: dict[merkle.Place, bytes] = {}
    if leaves:
        query = select(_LEAVES.c.position, _LEAVES.c.commitment).where(_LEAVES.c.position.in_(leaves))
        found = {(0, row.position): bytes(row.commitment) for row in await session.execute(query)}
    nodes = sorted(place for place in wanted if place[0])
    for start in range(0, len(nodes), AT_ONCE):
        asked = nodes[start : start + AT_ONCE]
        asked += [(0, 0)] * (AT_ONCE - len(asked))  # level 0 is kept elsewhere: it finds nothing
        values = {f"level_{n}": level for n, (level, _) in enumerate(asked)}
        values |= {f"place_{n}": place for n, (_, place) in enumerate(asked)}
        rows = await session.execute(_SOME, values)
        found |= {(row.level, row.place): bytes(row.hash) for row in rows}
    return found


async def roots(session: AsyncSession, ranges: Sequence[merkle.Range]) -> list[bytes]:
    """The roots of ranges of leaves, from whole subtrees."""
    parts = [merkle.whole(start, end) for start, end in ranges]
    held = await hashes(session, (place for part in parts for place in part))
    return [merkle.fold([held[place] for place in part]) for part in parts]


async def root_at(session: AsyncSession, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return (await roots(session, [(0, size)]))[0]


async def keys(session: AsyncSession) -> list[LedgerKey]:
    """The log's public keys, the first one first."""
    return list(await session.scalars(select(LedgerKey).order_by(LedgerKey.n)))


async def begin_key(
    session: AsyncSession, key: notes.Key, now: datetime, endorsement: str | None = None
) -> None:
    """Record a key of the log, with its entry: the first, or one that the key before it endorses."""
    n = len(await keys(session)) + 1
    values = {"key": str(key), "endorsement": endorsement, "started_at": now}
    await put(session, LedgerKey, n=n, **values)
    entry = Entry(tag="log:key_begun", force=None, actor=None, subject=key.id.hex(), at=now, facts=values)
    await append(session, entry)


def endorsement(old: notes.Key, new: notes.Key) -> str:
    """A note by which a log's key hands over to the next."""
    body = f"{old.name}\nthe key that follows is\n{new}\n"
    return f"{body}\n{notes.line(old, old.sign(body.encode()))}"


async def waiting(session: AsyncSession) -> bool:
    """Whether any leaf is in no tree yet."""
    return (
        await session.scalar(select(_LEAVES.c.id).where(_LEAVES.c.sealed_in.is_(None)).limit(1)) is not None
    )


def _grow(session: Session, leaves: list[tuple[int, int, str]], nodes: list[tuple[int, int, bytes]]) -> None:
    """Say of each leaf where it stands, and keep the new nodes: many rows at a time, by way of the driver."""
    connection = session.connection()
    for rows, at_once, alone in ((leaves, _PLACE_ALL, _PLACE), (nodes, _KEEP_ALL, _KEEP)):
        if rows and connection.dialect.name == "postgresql":
            columns = enumerate(zip(*rows, strict=True))
            connection.execute(at_once, {f"all_{n}": list(one) for n, one in columns})
        elif rows:
            connection.exec_driver_sql(alone, rows)


def _all(**kinds: Any) -> TableValuedAlias:
    """Lists of equal length as the columns of a table, which PostgreSQL takes in one statement."""
    lists = (bindparam(f"all_{n}", type_=ARRAY(kind)) for n, kind in enumerate(kinds.values()))
    columns = (sql_column(name, kind) for name, kind in kinds.items())
    return func.unnest(*lists).table_valued(*columns, name="given").render_derived()


_PLACE = "UPDATE ledger_leaves SET position = ?, sealed_in = ? WHERE id = ?"
_GIVEN = _all(at=BigInteger, tree=BigInteger, leaf=Text)
_PLACE_ALL = update(_LEAVES).where(_LEAVES.c.id == _GIVEN.c.leaf)
_PLACE_ALL = _PLACE_ALL.values(position=_GIVEN.c.at, sealed_in=_GIVEN.c.tree)
_KEEP = "INSERT INTO ledger_nodes (level, place, hash) VALUES (?, ?, ?)"
_MADE = _all(level=Integer, place=BigInteger, hash=LargeBinary)
_KEEP_ALL = insert(_NODES).from_select(["level", "place", "hash"], select(*_MADE.c))


async def seal(session: AsyncSession, key: notes.Key, now: datetime) -> LedgerCheckpoint | None:
    """Put the leaves that are in no tree into one, at most BATCH, and sign a checkpoint over it; the newest
    checkpoint, new or not, None where there is nothing at all. Sealers queue, one behind the other.

    The first key that seals becomes the log's; Unready for another than its newest.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(_ONE_AT_A_TIME))
    held = await keys(session)
    if not held:
        await begin_key(session, key, now)
    elif held[-1].key != str(key):
        raise Unready("This is not the log's key. A new one is begun with `svro rotate-log-key`.")
    unsealed = select(_LEAVES.c.id, _LEAVES.c.commitment).where(_LEAVES.c.sealed_in.is_(None))
    fresh = (await session.execute(unsealed.order_by(_LEAVES.c.id).limit(BATCH))).all()
    last = await newest(session)
    if not fresh:
        return last
    first = last.size if last else 0
    size = first + len(fresh)
    edge = merkle.whole(0, first)
    standing = await hashes(session, edge)
    made = dict(
        merkle.grown(first, [standing[place] for place in edge], (bytes(leaf.commitment) for leaf in fresh))
    )
    await session.run_sync(
        _grow,
        [(n, size, leaf.id) for n, leaf in enumerate(fresh, first)],
        [(level, place, one) for (level, place), one in made.items() if level],
    )
    root = merkle.fold([made.get(place) or standing[place] for place in merkle.whole(0, size)])
    checkpoint = LedgerCheckpoint(size=size, root=root, note=notes.signed_checkpoint(key, size, root), at=now)
    values = {name: getattr(checkpoint, name) for name in ("size", "root", "note", "at")}
    await session.execute(insert(cast(Table, LedgerCheckpoint.__table__)), values)
    return checkpoint
