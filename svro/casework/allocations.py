"""Need to know: who works on a person's case, since when, until when, and why; given and ended by those who
answer for it.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import subjects
from svro.casework.access import Actor
from svro.casework.matrix import MATRIX, ROLES
from svro.casework.people import Id
from svro.errors import Conflict, Fault, Malformed, Missing
from svro.records.ledger import Entry, append
from svro.records.people import Account, AccountRole, Allocation, Person

Reason = Annotated[str, Meta(min_length=3, max_length=300)]

GRANT = "allocation:grant"
WORKING = tuple(role for role in ROLES if any("A" in row[role].scopes for row in MATRIX.values()))
"""The roles that work on cases allocated to them: there is no sense in allocating one to anybody else."""


class Grant(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom to allocate to the case, and why."""

    account_id: Id
    reason: Reason


class End(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why it ends."""

    reason: Reason


class AllocationView(msgspec.Struct, kw_only=True):
    """Somebody's allocation to a case. `ends_at` is when it ends or ended; `lapses_at` when it ends by itself
    because nothing has been heard in the case.
    """

    id: str
    account_id: str
    name: str
    reason: str
    started_at: datetime
    ends_at: datetime | None
    lapses_at: datetime | None
    end_reason: str | None
    live: bool


class AllocationsView(msgspec.Struct, kw_only=True):
    """Who is, and who was, allocated to a person's case, newest first."""

    person_id: str
    allocations: list[AllocationView]


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can be allocated to a case."""

    account_id: str
    name: str
    roles: str


async def get(session: AsyncSession, actor: Actor, person_id: str, now: datetime) -> AllocationsView:
    """Who is, and who was, allocated to the case, newest first."""
    person, _ = await subjects.reach(session, actor, GRANT, person_id, now)
    return await _views(session, person, now)


async def _views(session: AsyncSession, person: Person, now: datetime) -> AllocationsView:
    rows = await session.execute(
        select(Allocation, Account.name)
        .join(Account, Account.id == Allocation.account_id)
        .where(
            Allocation.force_id == person.force_id,
            Allocation.person_id == person.id,
            Allocation.started_at <= now,
        )
        .order_by(Allocation.started_at.desc(), Allocation.id)
    )
    lines = [
        AllocationView(
            id=row.id,
            account_id=row.account_id,
            name=name,
            reason=row.reason,
            started_at=row.started_at,
            ends_at=row.ended_at,
            lapses_at=row.lapses_at,
            end_reason=row.end_reason,
            live=all(end is None or end > now for end in (row.ended_at, row.lapses_at)),
        )
        for row, name in rows
    ]
    return AllocationsView(person_id=person.id, allocations=lines)


async def colleagues(session: AsyncSession, actor: Actor, person_id: str, now: datetime) -> list[Colleague]:
    """Everybody who can be allocated to the case, by name: those who work on cases in its force or for the
    prosecution, but the asker.
    """
    person, _ = await subjects.reach(session, actor, GRANT, person_id, now)
    found: dict[str, tuple[str, list[str]]] = {}
    rows = await session.execute(_working(person.force_id, now).order_by(Account.name, Account.id))
    for account, name, role in rows:
        if account != actor.account_id:
            found.setdefault(account, (name, []))[1].append(ROLES[role])
    return [
        Colleague(account_id=key, name=name, roles=", ".join(sorted(roles)))
        for key, (name, roles) in found.items()
    ]


def _working(force: str, now: datetime) -> Select[str, str, str]:
    return (
        select(Account.id, Account.name, AccountRole.role)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(
            or_(Account.force_id == force, Account.force_id.is_(None)),
            or_(Account.ended_at.is_(None), Account.ended_at > now),
            AccountRole.role.in_(WORKING),
            AccountRole.started_at <= now,
            or_(AccountRole.ended_at.is_(None), AccountRole.ended_at > now),
        )
    )


async def grant(
    session: AsyncSession, actor: Actor, person_id: str, command: Grant, now: datetime
) -> AllocationsView:
    """Allocate somebody to the case: every allocation to it then. Malformed for somebody who works on no
    case of that force, or for oneself.
    """
    person, _ = await subjects.reach(session, actor, GRANT, person_id, now)
    theirs = _working(person.force_id, now).where(Account.id == command.account_id)
    if command.account_id == actor.account_id:
        raise Malformed([Fault("account_id", "must be somebody else: nobody allocates themselves")])
    if not await session.scalar(select(exists(theirs))):
        raise Malformed([Fault("account_id", "is not somebody who works on cases of this force")])
    await subjects.allocate(
        session,
        person.force_id,
        person.id,
        command.account_id,
        command.reason,
        now,
        by=actor.account_id,
    )
    return await _views(session, person, now)


async def end(
    session: AsyncSession, actor: Actor, person_id: str, allocation_id: str, command: End, now: datetime
) -> AllocationsView:
    """End an allocation now: every allocation to the case then. Missing where it is not one of the case's,
    Conflict where it has ended.
    """
    person, _ = await subjects.reach(session, actor, GRANT, person_id, now)
    held = (
        Allocation.force_id == person.force_id,
        Allocation.person_id == person.id,
        Allocation.id == allocation_id,
    )
    if not await session.scalar(select(exists(select(Allocation.id).where(*held)))):
        raise Missing
    live = or_(Allocation.ended_at.is_(None), Allocation.ended_at > now)
    done = await session.execute(
        update(Allocation).where(*held, live).values(ended_at=now, end_reason=command.reason)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Conflict("This allocation has ended already.")
    entry = Entry(
        tag="case:allocation_ended",
        force=person.force_id,
        actor=actor.account_id,
        subject=allocation_id,
        at=now,
        facts={"person_id": person.id, "reason": command.reason},
    )
    await append(session, entry)
    return await _views(session, person, now)
