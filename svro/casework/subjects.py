"""Reaching a person: the row if the actor may, the newest version by an instant, the need to know their
case.
"""

from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from svro.casework.access import Actor, visible_people
from svro.errors import Fault, Missing
from svro.law import identifiers
from svro.law.dates import london_day
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append
from svro.records.people import Allocation, Person, PersonFacts, PersonVersion

Column = InstrumentedAttribute[Any]
Ts = TypeVarTuple("Ts")


def recognised(
    pnc_id: str | None, cro: str | None, now: datetime
) -> tuple[dict[str, str], list[Fault], list[str]]:
    """Identifiers as typed, read: (kind -> canonical, a fault for each that cannot be one, warnings)."""
    found: dict[str, str] = {}
    faults: list[Fault] = []
    warnings: list[str] = []
    for kind, field, given in (("pnc", "pnc_id", pnc_id), ("cro", "cro", cro)):
        if not given:
            continue
        read = identifiers.pnc(given, london_day(now).year) if kind == "pnc" else identifiers.cro(given)
        warnings.extend(read.warnings)
        if read.fault is not None or read.canonical is None:
            faults.append(Fault(field, read.fault or "is not understood"))
        else:
            found[kind] = read.canonical
    return found, faults, warnings


def with_facts(query: Select[*Ts], force: Column, person: Column, now: datetime) -> Select[*Ts]:
    """The query joined to the newest `PersonVersion`, recorded by `now`, of the person whom its columns
    name.
    """
    inner = PersonVersion.__table__.alias()
    newest = (
        select(func.max(inner.c.n))
        .where(inner.c.force_id == force, inner.c.person_id == person, inner.c.recorded_at <= now)
        .scalar_subquery()
    )
    match = and_(
        PersonVersion.force_id == force, PersonVersion.person_id == person, PersonVersion.n == newest
    )
    return query.join(PersonVersion, match)


async def newest(session: AsyncSession, force: str, person_id: str, now: datetime) -> PersonVersion:
    """The newest version of a person recorded by `now`. Missing where there was none."""
    found = await session.scalar(
        select(PersonVersion)
        .where(
            PersonVersion.force_id == force,
            PersonVersion.person_id == person_id,
            PersonVersion.recorded_at <= now,
        )
        .order_by(PersonVersion.n.desc())
        .limit(1)
    )
    if found is None:
        raise Missing
    return found


async def facts_of(session: AsyncSession, force: str, person_id: str, now: datetime) -> PersonFacts:
    """Who a person is, as held at `now`."""
    return (await newest(session, force, person_id, now)).facts


async def reach(
    session: AsyncSession, actor: Actor, permission: str, person_id: str, now: datetime
) -> tuple[Person, PersonVersion]:
    """The person and their newest version, if the actor may reach them under `permission`; else Missing,
    whatever the reason.
    """
    person = await session.scalar(
        select(Person).where(
            Person.id == person_id, Person.created_at <= now, visible_people(actor, permission, now)
        )
    )
    if person is None:
        raise Missing
    return person, await newest(session, person.force_id, person.id, now)


async def allocate(
    session: AsyncSession, force: str, person_id: str, account_id: str, reason: str, now: datetime
) -> None:
    """Give an account the need to know one person's case, unless it has it."""
    live = select(Allocation.id).where(
        Allocation.force_id == force,
        Allocation.person_id == person_id,
        Allocation.account_id == account_id,
        Allocation.ended_at.is_(None),
    )
    if await session.scalar(live) is not None:
        return
    values = {"account_id": account_id, "person_id": person_id, "reason": reason, "started_at": now}
    allocation = new_id()
    await put(session, Allocation, force_id=force, id=allocation, **values)
    await append(
        session,
        Entry(tag="case:allocated", force=force, actor=account_id, subject=allocation, at=now, facts=values),
    )
