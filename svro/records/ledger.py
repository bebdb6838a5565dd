"""The record of every change, in the form in which it will be proved: a salted commitment, with its words
kept apart.

commitment = SHA-256(0x00 || salt || bytes), the leaf hash of RFC 6962 over salt and canonical bytes. Payload
and salt can be erased together; the leaf, and every proof made over it, stays valid and says nothing of what
is gone.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from svro.errors import Stale
from svro.records.base import Base, Packed, canonical, chance, column, new_id, put


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one change says of itself. `tag` is past tense (`order:discharged`); `subject` is the public id of
    the thing.
    """

    tag: str
    force: str | None
    actor: str | None
    subject: str
    at: datetime
    facts: object


class Subject(msgspec.Struct, frozen=True):
    """One thing that somebody looked at: a person; or an application, an order or a search, and the person it
    concerns, if that is known.
    """

    kind: str
    force: str
    id: str
    person: str | None = None


class LedgerLeaf(Base):
    """The commitment. `sealed_in` names the tree that holds it, or None until one does."""

    __tablename__ = "ledger_leaves"
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    commitment: Mapped[bytes] = column(LargeBinary(32), disclose="yes")
    sealed_in: Mapped[int | None] = column(BigInteger().with_variant(Integer, "sqlite"), disclose="yes")


class LedgerPayload(Base):
    """The words and the salt of one leaf: what erasure takes away."""

    __tablename__ = "ledger_payloads"
    leaf_id: Mapped[str] = column(ForeignKey("ledger_leaves.id"), primary_key=True, disclose="yes")
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


def rows_of(entry: Entry) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the leaf, the payload) of an entry, under a new id and a new salt."""
    data, salt, leaf = canonical(entry), chance().randbytes(32), new_id()
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
    return {"id": leaf, "commitment": commitment(salt, data), "sealed_in": None}, payload


async def append(session: AsyncSession, entry: Entry) -> str:
    """Add an entry to the running transaction; it is kept if and only if the change it tells of is. Returns
    the leaf's id.
    """
    leaf, payload = rows_of(entry)
    await put(session, LedgerLeaf, **leaf)
    await put(session, LedgerPayload, **payload)
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
    try:
        await put(session, kind, **keys, **values, recorded_at=now, recorded_by=by)
    except IntegrityError as race:
        raise Stale("Somebody changed this since you read it. Read it again.") from race
    force = keys["force_id"]
    await append(session, Entry(tag=tag, force=force, actor=by, subject=subject, at=now, facts=values))
