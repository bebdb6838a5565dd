"""The record of every change, in the form in which it will be proved: a salted commitment, with its words
kept apart.

commitment = SHA-256(0x00 || salt || bytes), the leaf hash of RFC 6962 over salt and canonical bytes. Payload
and salt can be erased together; the leaf, and every proof made over it, stays valid and says nothing of what
is gone.

An entry vouches for the rows written before it in its transaction: it names each and gives a hash of what it
says, so that a row changed behind the ledger's back no longer agrees with it.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Insert,
    Integer,
    LargeBinary,
    Table,
    Text,
    event,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, ORMExecuteState, Session

from svro.errors import Stale
from svro.records.base import WRITTEN, Base, Packed, canonical, chance, column, inserting, new_id, whole
from svro.records.fence import FREE, PROOF
from svro.records.hot import put_rows

_Number = BigInteger().with_variant(Integer, "sqlite")
_UNSEALED, _PLACED = text("sealed_in IS NULL"), text("position IS NOT NULL")


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row that an entry vouches for: its table and primary key, the hash of what it says (None: it is
    gone), and of what it said before (None: it is new, or what it said has been erased).
    """

    table: str
    key: tuple[str | int, ...]
    now: str | None = None
    was: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one change says of itself. `tag` is past tense (`order:discharged`); `subject` is the public id of
    the thing. `append` fills in `rows`.
    """

    tag: str
    force: str | None
    actor: str | None
    subject: str
    at: datetime
    facts: object
    rows: tuple[Row, ...] = ()


class Subject(msgspec.Struct, frozen=True):
    """One thing that somebody looked at: a person; or an application, an order or a search, and the person it
    concerns, if that is known.
    """

    kind: str
    force: str
    id: str
    person: str | None = None


class LedgerLeaf(Base):
    """The commitment. `position`, from 0, and `sealed_in`, the size of the first tree that holds it, are None
    until one does.
    """

    __tablename__ = "ledger_leaves"
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    commitment: Mapped[bytes] = column(LargeBinary(32), disclose="yes")
    sealed_in: Mapped[int | None] = column(_Number, disclose="yes")
    position: Mapped[int | None] = column(_Number, disclose="yes")
    __table_args__ = (
        Index(
            "uq_ledger_leaves_position",
            "position",
            unique=True,
            sqlite_where=_PLACED,
            postgresql_where=_PLACED,
        ),
        Index("ix_ledger_leaves_unsealed", "id", sqlite_where=_UNSEALED, postgresql_where=_UNSEALED),
        {"sqlite_with_rowid": False},  # one page fewer to write for each entry
    )


class LedgerPayload(Base):
    """The words and the salt of one leaf: what erasure takes away. No foreign key holds it to its leaf: they
    are written by one statement, and words without a leaf are what `svro verify` finds first.
    """

    __tablename__ = "ledger_payloads"
    leaf_id: Mapped[str] = column(primary_key=True, disclose="yes")
    force_id: Mapped[str | None] = column(disclose="yes")
    tag: Mapped[str] = column(disclose="yes")
    subject: Mapped[str] = column(disclose="yes")
    actor: Mapped[str | None] = column(disclose="redact")
    at: Mapped[datetime] = column(disclose="yes")
    entry: Mapped[bytes] = column(LargeBinary, disclose="redact")
    salt: Mapped[bytes] = column(LargeBinary(32), disclose="never")
    __table_args__ = (Index("ix_ledger_payloads_subject", "subject", "at"),)


class IdempotencyKey(Base):
    """The stored answer to a request that named itself, bound to who sent it and to which door; and whom it
    shows, for the access log when it is shown again.
    """

    __tablename__ = "idempotency_keys"
    principal: Mapped[str] = column(primary_key=True, disclose="never")
    route: Mapped[str] = column(primary_key=True, disclose="never")
    key: Mapped[str] = column(primary_key=True, disclose="never")
    body_hash: Mapped[bytes] = column(LargeBinary(32), disclose="never")
    status: Mapped[int] = column(disclose="never")
    headers: Mapped[bytes] = column(LargeBinary, disclose="never")
    body: Mapped[bytes] = column(LargeBinary, disclose="never")
    created_at: Mapped[datetime] = column(disclose="never")
    looked: Mapped[tuple[Subject, ...]] = column(
        Packed(tuple[Subject, ...]), server_default="[]", disclose="never"
    )


def commitment(salt: bytes, entry: bytes) -> bytes:
    """The leaf of an entry: 32 bytes. Source: RFC 6962 s.2.1, with a salt before the data."""
    return hashlib.sha256(b"\x00" + salt + entry).digest()


def as_held(table: Table) -> list[Any]:
    """The columns of a table, read as the database holds them: packed values as their text."""
    return [
        type_coerce(one, Text).label(one.name) if isinstance(one.type, Packed) else one
        for one in table.columns
    ]


def _default(one: Column[Any]) -> Any:
    if one.default is not None:
        return getattr(one.default, "arg", None)
    given = getattr(one.server_default, "arg", None)
    return None if given is None else one.type.python_type(getattr(given, "text", given))


@cache
def _spelling(table: Table) -> list[tuple[str, bool, Any]]:
    """Of each column its name, whether it is packed, and what it says where nothing is given."""
    return [(str(one.name), isinstance(one.type, Packed), _default(one)) for one in table.columns]


def _spelled(packed: bool, value: Any) -> Any:
    if packed and not isinstance(value, str):
        return canonical(value).decode()
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def said_of(table: Table, values: Mapping[str, Any]) -> bytes:
    """What a row says, in the one spelling that is hashed, the same on either engine. A column that says
    nothing has no part in it, so that a further column changes no hash of the rows before it.
    """
    said = {}
    for name, packed, default in _spelling(table):
        value = values.get(name, default)
        if value is not None:
            said[name] = _spelled(packed, value)
    return canonical(said)


def digest(table: Table, values: Mapping[str, Any]) -> str:
    """The hash of what a row says."""
    return hashlib.sha256(said_of(table, values)).hexdigest()


def key_of(table: Table, values: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The primary key of a row, as an entry names it."""
    key = (_spelled(isinstance(one.type, Packed), values[one.name]) for one in table.primary_key)
    return tuple(part if isinstance(part, (str, int)) else canonical(part).decode() for part in key)


def vouched(table: Table) -> bool:
    """Whether entries vouch for the rows of a table."""
    return table.name not in FREE and table.name not in PROOF


def vouch(table: Table, values: Mapping[str, Any], was: str | None = None) -> Row:
    """What an entry says of a row to vouch for it."""
    return Row(str(table.name), key_of(table, values), digest(table, values), was)


def unvouched(session: AsyncSession) -> Iterable[Row]:
    """The rows of the transaction for which no entry vouches yet: the next one takes them."""
    for table, values, was in session.info.pop(WRITTEN, ()):
        if vouched(table):
            yield vouch(table, values, was)


def rows_of(entry: Entry, leaf: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the leaf, the payload) of an entry, under an id that is new unless given, and a new salt."""
    data, salt, leaf = canonical(entry), chance().randbytes(32), leaf or new_id()
    payload = {
        "leaf_id": leaf,
        "force_id": entry.force,
        "tag": entry.tag,
        "subject": entry.subject,
        "actor": entry.actor,
        "at": entry.at,
        "entry": data,
        "salt": salt,
    }
    return {"id": leaf, "commitment": commitment(salt, data)}, payload


async def append(session: AsyncSession, entry: Entry, *rows: tuple[Insert, Mapping[str, object]]) -> str:
    """Add an entry to the running transaction; it is kept if and only if the change it tells of is. It
    vouches for the rows written since the last one; `rows` are put in with it, in one round trip. Returns
    the leaf's id.
    """
    entry = msgspec.structs.replace(entry, rows=(*entry.rows, *unvouched(session)))
    leaf, payload = rows_of(entry)
    await put_rows(session, [*rows, (_LEAF, leaf), (_WORDS, payload)])
    session.info.setdefault("changed", []).append(entry.tag)  # the access log says what kind of use it was
    return str(leaf["id"])


@asynccontextmanager
async def attempt(session: AsyncSession) -> AsyncIterator[None]:
    """A part of a transaction that may fail by itself: what it did is undone then, its entries too."""
    before = list(session.info.get("changed", ()))
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        session.info["changed"] = before
        raise


_LEAVES, _PAYLOADS = cast(Table, LedgerLeaf.__table__), cast(Table, LedgerPayload.__table__)
_LEAF = inserting(_LEAVES, ("id", "commitment"))
_WORDS = inserting(_PAYLOADS, tuple(column.name for column in _PAYLOADS.columns))


@event.listens_for(Session, "do_orm_execute")
def _amended(state: ORMExecuteState) -> Any:
    """What may be changed of a row (`fence` says what that is) is vouched for like what is written: the next
    entry says what the row says now, and what it said before.
    """
    table = getattr(state.statement, "table", None)
    if not state.is_update or not isinstance(table, Table) or not vouched(table):
        return None
    session, where = state.session, state.statement.whereclause  # type: ignore[attr-defined]
    which = select(*as_held(table)) if where is None else select(*as_held(table)).where(where)
    before = {key_of(table, row): row for row in map(dict, session.execute(which).mappings())}
    result = state.invoke_statement()
    for key, row in before.items():
        here = (one == row[one.name] for one in table.primary_key)
        after = dict(session.execute(select(*as_held(table)).where(*here)).mappings().one())
        session.info.setdefault(WRITTEN, []).append((table, after, digest(table, row)))
        assert key == key_of(table, after), "a primary key never changes"
    return result


async def keep(
    session: AsyncSession,
    kind: type[Base],
    /,
    keys: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    tag: str,
    subject: str,
    by: str | None,
    now: datetime,
) -> None:
    """Add one row to a history, and its entry. Stale where somebody else took its number first.

    `keys` name the row and end in its number, `values` are what it says; `recorded_at` and `recorded_by` are
    stamped.
    """
    table = cast(Table, kind.__table__)
    row = {**keys, **values, "recorded_at": now, "recorded_by": by}
    given = {f"{_OWN}{name}": value for name, value in whole(table, row).items()}
    statement = inserting(table, tuple(name.removeprefix(_OWN) for name in given), _OWN)
    session.info.setdefault(WRITTEN, []).append((table, row, None))
    entry = Entry(tag=tag, force=keys["force_id"], actor=by, subject=subject, at=now, facts=values)
    try:
        await append(session, entry, (statement, given))
    except IntegrityError as race:
        raise Stale("Somebody changed this since you read it. Read it again.") from race


_OWN = "row_"  # before the parameters of the row itself, which share names with those of its entry
