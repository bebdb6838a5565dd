"""Reaching a person: the row if the actor may, the newest version by an instant, the need to know their
case and when it ends by itself.
"""

from datetime import date, datetime, timedelta
from typing import Any, TypeVarTuple

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from svro.casework.access import Actor, visible_people
from svro.errors import Fault, Missing
from svro.law import identifiers
from svro.law.dates import london_day, start_of
from svro.records.access_log import tell
from svro.records.base import WRITTEN, new_id, put
from svro.records.ledger import Entry, Subject, append
from svro.records.people import Allocation, Instruction, Person, PersonFacts, PersonVersion

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
        raise Missing(person_id)
    tell(session, Subject(kind="person", force=person.force_id, id=person.id))
    return person, await newest(session, person.force_id, person.id, now)


QUIET: tuple[tuple[date, int], ...] = ((date(2023, 4, 19), 90),)
"""From which day on, how many days after the last hearing an allocation ends by itself. While an order that a
hearing made can still be in effect its case is not over, and the days count from the order's end.
"""


def quiet_after(day: date) -> datetime:
    """When the case of a hearing, or of an order that ended, on this London day has gone quiet."""
    days = next((days for since, days in reversed(QUIET) if since <= day), QUIET[0][1])
    return start_of(day + timedelta(days=days + 1))


async def go_quiet(
    session: AsyncSession, force: str, person_id: str, last: date | None, now: datetime
) -> None:
    """There was, or will be, a hearing in a person's case or the end of an order, on this day; None for an
    order whose end nobody knows yet. The allocations to the case lapse after it; one that has lapsed is not
    opened again.
    """
    lapses = None if last is None else quiet_after(last)
    live = or_(Allocation.ended_at.is_(None), Allocation.ended_at > now)
    awake = or_(Allocation.lapses_at.is_(None), Allocation.lapses_at > now)
    await session.execute(
        update(Allocation)
        .where(Allocation.force_id == force, Allocation.person_id == person_id, live, awake)
        .values(lapses_at=lapses)
        .execution_options(synchronize_session=False)
    )


async def tell_of_lapses(session: AsyncSession, force: str, person_id: str, now: datetime) -> None:
    """Give what `go_quiet` changed an entry of its own: the entry of the act that moved the case would
    otherwise vouch for who works on it, and could then be shown to nobody who may see the act.
    """
    if session.info.get(WRITTEN):
        entry = Entry(tag="case:lapses_moved", force=force, actor=None, subject=person_id, at=now, facts=None)
        await append(session, entry)


async def end_with_case(
    session: AsyncSession, force: str, application_id: str, ends: datetime | None
) -> None:
    """The instructions granted in a case end when it does: from `ends` on they are none; None while its end
    is not known.
    """
    await session.execute(
        update(Instruction)
        .where(
            Instruction.force_id == force,
            Instruction.application_id == application_id,
            Instruction.ended_at.is_(None),
        )
        .values(ends_at=ends)
        .execution_options(synchronize_session=False)
    )


async def allocate(
    session: AsyncSession,
    force: str,
    person_id: str,
    account_id: str,
    reason: str,
    now: datetime,
    *,
    by: str | None = None,
    until: datetime | None = None,
) -> str:
    """Give an account the need to know one person's case, unless it has it: the allocation's id. `by` is who
    gives it, themselves unless given; `until` is when it ends, where that is known.

    A new one for a case that has gone quiet lapses as if there had been a hearing that day.
    """
    of_case = (Allocation.force_id == force, Allocation.person_id == person_id)
    rows = (await session.scalars(select(Allocation).where(*of_case).order_by(Allocation.started_at))).all()
    live = [row for row in rows if row.ended_at is None and (row.lapses_at is None or row.lapses_at > now)]
    if held := next((row.id for row in live if row.account_id == account_id), None):
        return held
    lapses = rows[-1].lapses_at if rows else None
    if lapses is not None and lapses <= now:
        lapses = quiet_after(london_day(now))
    values = {"account_id": account_id, "person_id": person_id, "reason": reason, "started_at": now}
    allocation, ends = new_id(), {"ended_at": until, "lapses_at": lapses}
    await put(session, Allocation, force_id=force, id=allocation, **values, **ends)
    entry = Entry(
        tag="case:allocated",
        force=force,
        actor=by or account_id,
        subject=allocation,
        at=now,
        facts=values if until is None else {**values, "ended_at": until},
    )
    await append(session, entry)
    return allocation
