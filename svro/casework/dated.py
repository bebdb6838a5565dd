"""Facts with dates of their own, held of a person in versions: prior convictions, and stays in custody."""

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import subjects
from svro.casework.access import Actor
from svro.errors import Fault, Malformed, Missing, Stale
from svro.law.dates import london_day
from svro.law.facts import PriorConviction
from svro.records.access_log import tell
from svro.records.base import new_id
from svro.records.ledger import Subject, keep
from svro.records.people import ConvictionVersion, CustodyFacts, CustodyVersion, Person

T = TypeVar("T", bound=PriorConviction | CustodyFacts)
V = TypeVar("V")  # unbound: the API description cannot say a bound on a Struct's own variable
Row = ConvictionVersion | CustodyVersion
R = TypeVar("R", ConvictionVersion, CustodyVersion)


class Dated(msgspec.Struct, Generic[V], kw_only=True):
    """A dated fact as now held. `version` goes into If-Match."""

    id: str
    version: int
    facts: V
    recorded_at: datetime


def _kind(facts: PriorConviction | CustodyFacts) -> tuple[type[Row], str]:
    custody = isinstance(facts, CustodyFacts)
    return (CustodyVersion, "custody") if custody else (ConvictionVersion, "conviction")


async def add(session: AsyncSession, actor: Actor, person_id: str, facts: T, now: datetime) -> Dated[T]:
    """Record a dated fact. Malformed for a stay that ends before it starts or has yet to start."""
    person, _ = await subjects.reach(session, actor, "person:write", person_id, now)
    return await _put(session, actor, person, new_id(), 1, facts, "recorded", now)


async def correct(
    session: AsyncSession, actor: Actor, person_id: str, fact_id: str, facts: T, expected: int, now: datetime
) -> Dated[T]:
    """Correct a dated fact by a new version. Missing where it is not one of that person's facts of that
    kind.
    """
    person, _ = await subjects.reach(session, actor, "person:write", person_id, now)
    await _newest(session, person, _kind(facts)[0], fact_id, expected)
    return await _put(session, actor, person, fact_id, expected + 1, facts, "corrected", now)


async def withdraw(
    session: AsyncSession, actor: Actor, person_id: str, fact_id: str, expected: int, now: datetime
) -> None:
    """Withdraw a dated fact as recorded in error: a last version says so, and every earlier one stays."""
    person, _ = await subjects.reach(session, actor, "person:write", person_id, now)
    for kind in (ConvictionVersion, CustodyVersion):
        if await session.scalar(select(kind.id).where(kind.force_id == person.force_id, kind.id == fact_id)):
            row = await _newest(session, person, kind, fact_id, expected)
            await _put(session, actor, person, fact_id, expected + 1, row.facts, "withdrawn", now)
            return
    raise Missing


async def held(session: AsyncSession, kind: type[R], force: str, person_id: str, now: datetime) -> list[R]:
    """The newest version recorded by `now` of each dated fact of a person, without those withdrawn, oldest
    first.
    """
    rows = await session.scalars(
        select(kind)
        .where(kind.force_id == force, kind.person_id == person_id, kind.recorded_at <= now)
        .order_by(kind.recorded_at, kind.n)
    )
    newest = {row.id: row for row in sorted(rows, key=lambda row: row.n)}
    return [row for row in newest.values() if not row.withdrawn]


async def views(
    session: AsyncSession, kind: type[R], force: str, person_id: str, now: datetime
) -> list[Dated[Any]]:
    """`held`, as views."""
    rows = await held(session, kind, force, person_id, now)
    return [Dated(id=row.id, version=row.n, facts=row.facts, recorded_at=row.recorded_at) for row in rows]


async def _newest(session: AsyncSession, person: Person, kind: type[Row], fact_id: str, expected: int) -> Row:
    row: Row | None = await session.scalar(
        select(kind)
        .where(kind.force_id == person.force_id, kind.id == fact_id, kind.person_id == person.id)
        .order_by(kind.n.desc())
        .limit(1)
    )
    if row is None or row.withdrawn:
        raise Missing
    if row.n != expected:
        raise Stale("Somebody changed this since you read it. Read it again.")
    return row


def _check(facts: PriorConviction | CustodyFacts, now: datetime) -> None:
    if isinstance(facts, CustodyFacts):
        if facts.ended is not None and facts.ended < facts.started:
            raise Malformed([Fault("ended", "is before the day it started")])
        if facts.started > london_day(now):
            raise Malformed([Fault("started", "is in the future")])


async def _put(
    session: AsyncSession,
    actor: Actor,
    person: Person,
    fact_id: str,
    n: int,
    facts: T,
    done: str,
    now: datetime,
) -> Dated[T]:
    _check(facts, now)
    tell(session, Subject(kind="person", force=person.force_id, id=person.id))
    kind, name = _kind(facts)
    await keep(
        session,
        kind,
        {"force_id": person.force_id, "id": fact_id, "n": n},
        {"person_id": person.id, "facts": facts, "withdrawn": done == "withdrawn"},
        tag=f"{name}:{done}",
        subject=fact_id,
        by=actor.account_id,
        now=now,
    )
    return Dated(id=fact_id, version=n, facts=facts, recorded_at=now)
