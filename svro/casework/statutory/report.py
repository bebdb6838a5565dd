"""The report that s.166(4) of the 2022 Act asks for before any roll-out, item by item from (a) to (g).

Each number has its definition and, for who works on the force's cases, the records behind it. What is not
held is said to be not held: it is never nought.
"""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import cohorts, inquiries, national, yearly
from svro.casework.access import Actor, require
from svro.casework.cohorts import Cohort, Key, Subject
from svro.casework.measures.people import last_day
from svro.casework.order_days import period_of
from svro.casework.shown import sees_cases
from svro.casework.statutory import protected
from svro.casework.statutory.blocks import Item
from svro.casework.statutory.items import ITEMS, Held166
from svro.figures.exposure import Span
from svro.figures.registered import FIRST_QUARTER, days_of
from svro.law.dates import london_day
from svro.law.facts import Facts
from svro.records.orders import ApplicationFacts
from svro.records.reach import ALL, reaching
from svro.records.searches import SearchVersion

VERSION = "statutory-1"


class StatutoryReport(msgspec.Struct, frozen=True, kw_only=True):
    """The seven items by their letters, for some forces (none: all) and the London days both counted. `rules`
    are those under which a settled year is shown to whoever is not told everything.
    """

    items: dict[str, Item]
    forces: tuple[str, ...]
    first: date
    last: date
    exact: bool
    known_at: datetime
    rules: str | None = None
    version: str = VERSION


async def statutory(
    session: AsyncSession,
    actor: Actor,
    forces: tuple[str, ...],
    days: tuple[date | None, date | None],
    known_at: datetime,
    now: datetime,
) -> StatutoryReport:
    """The return for these forces (none: all) and days, as known at an instant.

    Only a reader who works on the cases of every force asked of chooses days and instant, is shown small
    numbers and told which records are behind them; others have the newest settled year that the days touch,
    protected. Raises the refusal of who may not read figures from our own records.
    """
    require(actor, "report:read_orders")
    if not forces or not all(sees_cases(actor, force) for force in forces):
        return await _of_a_year(session, forces, days, now)
    cohort = await cohorts.load(session, forces, known_at)
    first, after = period_of(_with_orders(cohort), days, london_day(known_at))
    begun = min((one.day for s in cohort.subjects.values() for one in s.considered), default=first)
    period = (days[0] or min(first, begun), after)
    held = await _held(session, cohort, forces, known_at, period)
    return StatutoryReport(
        items={letter: item(held) for letter, item in ITEMS.items()},
        forces=forces,
        first=period[0],
        last=last_day(period),
        exact=True,
        known_at=known_at,
    )


async def _of_a_year(
    session: AsyncSession, forces: tuple[str, ...], days: tuple[date | None, date | None], now: datetime
) -> StatutoryReport:
    """The return of the newest settled year, force by force, and added up from what each may show."""
    frames = await yearly.touched(session, forces, days, now)
    newest = max((one.span for one in frames), default=None)
    secret, returns, known_at = await national.deployment_secret(session), [], now
    for frame in (one for one in frames if one.span == newest):
        known_at, of = frame.known_at, (frame.force,)
        held = await _held(session, await cohorts.load(session, of, known_at), of, known_at, frame.span)
        items = {letter: item(held) for letter, item in ITEMS.items()}
        owner = protected.owners(held, secret)
        returns.append(await asyncio.to_thread(protected.protected, items, owner, frame))
    if newest is None:
        newest = days_of(FIRST_QUARTER)[0], london_day(now)
        empty = Held166(cohort=Cohort({}, {}), facts={}, inquiries=(), without_order=(), period=newest)
        returns.append(protected.withheld({letter: item(empty) for letter, item in ITEMS.items()}))
    return StatutoryReport(
        items=protected.summed(returns),
        forces=forces,
        first=newest[0],
        last=last_day(newest),
        exact=False,
        known_at=known_at,
        rules=yearly.in_words(frames[-1].rule) if frames else None,
    )


async def _held(
    session: AsyncSession, cohort: Cohort, forces: tuple[str, ...], known_at: datetime, period: Span
) -> Held166:
    async with reaching(session, *ALL.forces):
        return Held166(
            cohort=cohort,
            facts=await _facts(session, forces, known_at),
            inquiries=await inquiries.suspected(session, forces, known_at, period),
            without_order=await _without_order(session, forces, known_at, period),
            period=period,
        )


def _with_orders(cohort: Cohort) -> dict[Key, Subject]:
    return {key: subject for key, subject in cohort.subjects.items() if subject.orders}


async def _facts(session: AsyncSession, forces: tuple[str, ...], known_at: datetime) -> dict[Key, Facts]:
    """By application, the newest facts of the case."""
    kind = ApplicationFacts
    query = select(kind.force_id, kind.application_id, kind.facts).where(
        cohorts.newest(kind, ("force_id", "application_id"), known_at), *cohorts.of(kind.force_id, forces)
    )
    return {(force, application): facts for force, application, facts in await session.execute(query)}


async def _without_order(
    session: AsyncSession, forces: tuple[str, ...], known_at: datetime, period: Span
) -> list[tuple[str, str]]:
    """Searches that claim the power and whose order was not named, or not found: (force, id)."""
    kind = SearchVersion
    query = select(kind.force_id, kind.search_id, kind.record).where(
        kind.order_id.is_(None),
        cohorts.newest(kind, ("force_id", "search_id"), known_at),
        *cohorts.of(kind.force_id, forces),
    )
    return [
        (force, number)
        for force, number, said in await session.execute(query.order_by(kind.force_id, kind.search_id))
        if said.power == "svro" and period[0] <= london_day(said.at) < period[1]
    ]


def flat(report: StatutoryReport) -> Iterator[tuple[str, str, str, str, int | None, str, str]]:
    """Rows: item, block, what, status, number, definition, records."""
    for letter, item in report.items.items():
        for one in item.blocks:
            for line in one.lines:
                yield (
                    letter, one.title, line.what, line.status, line.n, one.definition, " ".join(line.records)
                )  # fmt: skip
            if one.divides:
                status = "counted" if one.total is not None else "withheld"
                yield letter, one.title, "Total", status, one.total, one.definition, ""
