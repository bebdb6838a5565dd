"""The access log as people may read it: their own looks, a force's for its auditor, a subject's to disclose.

Reading it is a look too, and is logged. Nobody who manages anybody reads it: fishing is itself misuse.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require, visible_people
from svro.casework.matrix import PURPOSES
from svro.errors import Missing
from svro.law.dates import LONDON, start_of
from svro.records.access_log import AccessEntry, key_of, tell
from svro.records.ledger import Subject
from svro.records.orders import Application, Order
from svro.records.people import Account, Person
from svro.records.searches import SearchVersion

READ, OF_SUBJECT = "access_log:read", "access_log:read_of_subject"
PAGE = 100
"""Looks in one answer; `before` asks for the next."""

Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at, by its public id; and the person it concerns, if that was known."""

    kind: str
    force: str
    id: str
    person_id: str | None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One look: who, when by the real clock, what kind of use, by which door, why. `of` is how many things
    were seen; `seen` those of them that this reader may know of.
    """

    id: str
    at: datetime
    account_id: str | None
    name: str | None
    kind: str
    door: str
    permission: str
    purpose: str | None
    purpose_label: str | None
    reference: str | None
    recipients: str | None
    of: int
    seen: tuple[Seen, ...]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """How many looks there were on one London day, by kind: no account, nobody looked at."""

    day: date
    kind: str
    looks: int


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """Looks, newest first; or, for oversight, only their number by day. `before` asks for earlier ones."""

    looks: tuple[Look, ...] = ()
    days: tuple[Day, ...] = ()
    before: datetime | None = None


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which looks of the force an auditor asks for: at one person, by one account, for one reference, on one
    London day.
    """

    person_id: Id | None = None
    account_id: Id | None = None
    reference: Annotated[str, Meta(min_length=3, max_length=60)] | None = None
    day: date | None = None
    before: Annotated[datetime, Meta(tz=True)] | None = None


async def mine(session: AsyncSession, actor: Actor, before: datetime | None = None) -> Log:
    """What the actor looked at: their own, whatever their role."""
    require(actor, READ)
    tell(session)
    return await _page(session, [AccessEntry.account_id == actor.account_id], before)


async def of_force(session: AsyncSession, actor: Actor, asked: Filter) -> Log:
    """The looks of the actor's force and at its records, for its auditor; their number, for oversight; for
    anybody else their own.
    """
    scopes = require(actor, READ).scopes
    force = actor.force_id
    tell(session, *([Subject("person", str(force), asked.person_id)] if asked.person_id else ()))
    concerned = or_(AccessEntry.force_id == force, AccessEntry.subject_force == force)
    if "O" in scopes and force is not None:
        return await _page(session, [concerned, *_where(asked)], asked.before)
    if "M" in scopes and force is not None:
        return Log(days=await _days(session, [concerned, *_on(asked.day)]))
    return await _page(session, [AccessEntry.account_id == actor.account_id, *_where(asked)], asked.before)


def _where(asked: Filter) -> list[ColumnElement[bool]]:
    found = _on(asked.day)
    if asked.person_id is not None:
        found.append(AccessEntry.person_id == asked.person_id)
    if asked.account_id is not None:
        found.append(AccessEntry.account_id == asked.account_id)
    if asked.reference is not None:
        found.append(AccessEntry.reference_key == key_of(asked.reference))
    return found


def _on(day: date | None) -> list[ColumnElement[bool]]:
    if day is None:
        return []
    after = start_of(day + timedelta(days=1))
    return [and_(AccessEntry.at >= start_of(day), AccessEntry.at < after)]


async def of_person(
    session: AsyncSession, actor: Actor, person_id: str, now: datetime, before: datetime | None = None
) -> Log:
    """Who looked at one person, their applications, orders and searches, when and why: for disclosure to
    them. Missing where the actor may not reach the person for this.
    """
    row = await session.scalar(
        select(Person).where(
            Person.id == person_id, Person.created_at <= now, visible_people(actor, OF_SUBJECT, now)
        )
    )
    if row is None:
        raise Missing
    tell(session, Subject("person", row.force_id, row.id))
    return await _page(session, [about(row.force_id, row.id)], before)


def about(force: str, person: str) -> ColumnElement[bool]:
    """Looks at a person, at what is recorded of them, and, from anywhere, at their orders."""
    held: list[Select[Any]] = [
        select(kind.id).where(kind.force_id == force, kind.person_id == person)
        for kind in (Application, Order)
    ]
    held.append(
        select(SearchVersion.search_id).where(
            SearchVersion.force_id == force, SearchVersion.person_id == person
        )
    )
    return and_(
        AccessEntry.subject_force == force,
        or_(AccessEntry.person_id == person, *(AccessEntry.subject_id.in_(ids) for ids in held)),
    )


async def _page(session: AsyncSession, where: Iterable[ColumnElement[bool]], before: datetime | None) -> Log:
    clauses = [*where, *([AccessEntry.at < before] if before else ())]
    newest = func.max(AccessEntry.at)
    found = select(AccessEntry.leaf_id).where(*clauses).group_by(AccessEntry.leaf_id)
    leaves = (await session.scalars(found.order_by(newest.desc(), AccessEntry.leaf_id).limit(PAGE))).all()
    rows = await session.execute(
        select(AccessEntry, Account.name)
        .outerjoin(Account, Account.id == AccessEntry.account_id)
        .where(*clauses, AccessEntry.leaf_id.in_(leaves))
        .order_by(AccessEntry.at.desc(), AccessEntry.leaf_id, AccessEntry.n)
    )
    looks: dict[str, list[tuple[AccessEntry, str | None]]] = {}
    for entry, name in rows:
        looks.setdefault(entry.leaf_id, []).append((entry, name))
    shown = tuple(look([entry for entry, _ in told], told[0][1]) for told in looks.values())
    return Log(looks=shown, before=shown[-1].at if len(shown) == PAGE else None)


def look(rows: list[AccessEntry], name: str | None) -> Look:
    """The look that these rows of one entry tell of."""
    first = rows[0]
    return Look(
        id=first.leaf_id,
        at=first.at,
        account_id=first.account_id,
        name=name,
        kind=first.kind,
        door=first.door,
        permission=first.permission,
        purpose=first.purpose,
        purpose_label=PURPOSES.get(first.purpose or "", first.purpose),
        reference=first.reference,
        recipients=first.recipients,
        of=first.subjects,
        seen=tuple(
            Seen(
                kind=str(row.subject_kind),
                force=str(row.subject_force),
                id=row.subject_id,
                person_id=row.person_id,
            )
            for row in rows
            if row.subject_id is not None
        ),
    )


async def _days(session: AsyncSession, where: list[ColumnElement[bool]]) -> tuple[Day, ...]:
    rows = await session.execute(
        select(AccessEntry.leaf_id, AccessEntry.at, AccessEntry.kind).where(*where).distinct()
    )
    counts: dict[tuple[date, str], int] = {}
    for _, at, kind in rows:
        key = (at.astimezone(LONDON).date(), kind)
        counts[key] = counts.get(key, 0) + 1
    return tuple(Day(day=day, kind=kind, looks=n) for (day, kind), n in sorted(counts.items(), reverse=True))
