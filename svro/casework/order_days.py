"""Searches under s.342E per 1,000 days under order, by ethnic group: how hard the power is used on those
subject to it.

From our own records, so about real people: whoever does not work on a force's cases is shown no small cell of
it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from svro.casework.access import Actor, Allow, decide
from svro.casework.national import as_act
from svro.casework.published_rates import REFERENCE, UNKNOWN, financial_year
from svro.figures import exposure, rates, ratios
from svro.figures.exposure import Span
from svro.figures.rates import Basis, Status
from svro.law import order, search, words
from svro.law.acts import Act
from svro.law.dates import london_day
from svro.law.search import SearchRecord
from svro.records.orders import Order, OrderAct
from svro.records.people import CustodyVersion, PersonVersion
from svro.records.searches import SearchVersion

SMALL = 10
"""Fewer searches, people searched or people under order are shown to nobody outside the force's casework."""

Spans = tuple[tuple[datetime, datetime], ...]

NET, NOT_NET = "net of custody where dates are held", "not net of custody"

Key = tuple[str, str]
"""(force, id): of an order or of a person."""


class OrderCell(msgspec.Struct, frozen=True, kw_only=True):
    """Searches of one group under one force's orders in one financial year, per 1,000 days under order.

    Numbers are None where `status` says why they are withheld: too few for a figure (`insufficient_data`
    leaves the counts), or too small to be shown (`suppressed-small` leaves nothing). `people` are those under
    order for a day or more.
    """

    force: str
    year: str
    basis: Literal["self-defined"] = "self-defined"
    group: words.Group
    searches: int | None = None
    order_days: int | None = None
    people: int | None = None
    people_searched: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    status: Status | Literal["suppressed-small"]
    custody: str | None = None


class ForceOrders(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells of one force are made of. Numbers are None where they are not for this reader.

    `not_counted` are searches that named an order of the force and are in no cell, by the reason.
    """

    force: str
    exact: bool
    orders: int | None = None
    people: int | None = None
    people_with_custody_dates: int | None = None
    not_counted: dict[str, int] | None = None


class OrdersSection(msgspec.Struct, frozen=True, kw_only=True):
    """The second section: our own records."""

    title: str = "Our own records: searches under s.342E of people under an order"
    known_at: datetime
    cells: tuple[OrderCell, ...]
    coverage: tuple[ForceOrders, ...]


class Subject(msgspec.Struct):
    """Somebody under one or more orders of one force."""

    group: words.Group = UNKNOWN
    spans: list[Span] = []
    custody: list[Span] = []
    searches: list[SearchRecord] = []
    orders: int = 0
    born: date | None = None

    @property
    def searched(self) -> list[date]:
        """The London days of the searches counted."""
        return [london_day(said.at) for said in self.searches]


def sees_cases(actor: Actor, force: str) -> bool:
    """Whether the actor works on the force's own cases, and so may see its figures however small."""
    decision = decide(actor, "report:read_exact")
    return isinstance(decision, Allow) and "O" in decision.scopes and actor.force_id == force


def _newest(kind: Any, keys: tuple[str, ...], known_at: datetime) -> ColumnElement[bool]:
    """The version of each thing that was the newest at an instant."""
    other = aliased(kind)
    same = [getattr(other, key) == getattr(kind, key) for key in keys]
    last = select(func.max(other.n)).where(other.recorded_at <= known_at, *same).scalar_subquery()
    return kind.n == last  # type: ignore[no-any-return]


def _has_order(kind: Any) -> ColumnElement[bool]:
    return exists(select(Order.id).where(Order.force_id == kind.force_id, Order.person_id == kind.person_id))


def _of(column: Any, forces: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [column.in_(forces)] if forces else []


async def _spans(session: AsyncSession, forces: tuple[str, ...], known_at: datetime) -> dict[Key, Spans]:
    """By order: the instants in which it was in effect, as known then."""
    acts: dict[Key, list[Act]] = defaultdict(list)
    query = select(OrderAct).where(OrderAct.known_at <= known_at, *_of(OrderAct.force_id, forces))
    for row in await session.scalars(query.order_by(OrderAct.force_id, OrderAct.order_id, OrderAct.n)):
        acts[row.force_id, row.order_id].append(as_act(row))
    return {key: order.spans(told, known_at) for key, told in acts.items()}


async def _people(
    session: AsyncSession, forces: tuple[str, ...], known_at: datetime, effect: Mapping[Key, Spans]
) -> tuple[dict[Key, Subject], dict[Key, Key]]:
    """Everyone with an order and the days it was in effect; and whose each order is."""
    subjects: dict[Key, Subject] = defaultdict(Subject)
    whose: dict[Key, Key] = {}
    orders = select(Order.force_id, Order.id, Order.person_id).where(
        Order.created_at <= known_at, *_of(Order.force_id, forces)
    )
    for force, order_id, person in await session.execute(orders):
        whose[force, order_id] = force, person
        subject = subjects[force, person]
        subject.orders += 1
        subject.spans += [(london_day(a), london_day(b)) for a, b in effect.get((force, order_id), ())]
    return subjects, whose


async def _describe(
    session: AsyncSession, forces: tuple[str, ...], known_at: datetime, subjects: Mapping[Key, Subject]
) -> None:
    """Give each subject the group they put themselves in, and their days in custody, as known then."""
    version, custody = PersonVersion, CustodyVersion
    facts = select(version.force_id, version.person_id, version.facts).where(
        _has_order(version),
        _newest(version, ("force_id", "person_id"), known_at),
        *_of(version.force_id, forces),
    )
    for force, person, said in await session.execute(facts):
        if (force, person) in subjects:
            subjects[force, person].born = said.date_of_birth
            if said.self_ethnicity is not None:
                subjects[force, person].group = words.group5(said.self_ethnicity)
    stays = select(custody.force_id, custody.person_id, custody.facts).where(
        _has_order(custody),
        _newest(custody, ("force_id", "id"), known_at),
        custody.withdrawn.is_(False),
        *_of(custody.force_id, forces),
    )
    for force, person, stay in await session.execute(stays):
        if (force, person) in subjects:
            after = stay.ended + timedelta(days=1) if stay.ended else date.max
            subjects[force, person].custody.append((stay.started, after))


async def _searches(
    session: AsyncSession,
    forces: tuple[str, ...],
    known_at: datetime,
    effect: Mapping[Key, Spans],
    subjects: Mapping[Key, Subject],
    whose: Mapping[Key, Key],
) -> dict[str, Counter[str]]:
    """Give every counted search to its subject; what is not counted, by force and reason."""
    kind = SearchVersion
    query = select(kind.order_force, kind.order_id, kind.record, kind.same_person).where(
        kind.order_id.is_not(None),
        _newest(kind, ("force_id", "search_id"), known_at),
        *_of(kind.order_force, forces),
    )
    left: dict[str, Counter[str]] = defaultdict(Counter)
    for force, order_id, said, same in await session.execute(query):
        if force is None or order_id is None or said.power != "svro" or (force, order_id) not in whose:
            continue
        if not said.searched:
            left[force]["detained and not searched"] += 1
        elif search.subject(said, same) is False:
            left[force]["of another person"] += 1
        elif not any(a <= said.at < b for a, b in effect.get((force, order_id), ())):
            left[force]["order not in effect, or not known to be"] += 1
        else:
            subjects[whose[force, order_id]].searches.append(said)
    return left


async def under_orders(
    session: AsyncSession, forces: tuple[str, ...], known_at: datetime
) -> tuple[dict[Key, Subject], dict[str, Counter[str]]]:
    """Everyone under an order of these forces (none: all) with the searches that count, as known at an
    instant; and what is not counted, by force and reason.
    """
    effect = await _spans(session, forces, known_at)
    subjects, whose = await _people(session, forces, known_at, effect)
    await _describe(session, forces, known_at, subjects)
    return subjects, await _searches(session, forces, known_at, effect, subjects, whose)


Cohorts = dict[words.Group, list[tuple[int, int, bool]]]
"""Of each person with a day at risk, by group: searches, days, whether custody dates are held."""


def _cohorts(subjects: list[Subject], period: Span) -> tuple[Cohorts, int]:
    """The people at risk in a period; and the searches of people who had no whole day in it."""
    cohorts: Cohorts = {group: [] for group in words.GROUPS}
    without = 0
    for subject in subjects:
        days = exposure.days(subject.spans, period, subject.custody)
        searched = sum(period[0] <= day < period[1] for day in subject.searched)
        if days:
            cohorts[subject.group].append((searched, days, bool(subject.custody)))
        else:
            without += searched
    return cohorts, without


def _cell(force: str, year: str, group: words.Group, cohorts: Cohorts, exact: bool) -> OrderCell:
    """One group's cell, beside the reference group of the same force and year."""
    people, base = cohorts[group], cohorts[REFERENCE]
    own, reference = _basis(people), _basis(base)
    empty = OrderCell(force=force, year=year, group=group, status="suppressed-small")
    if not exact and _small(own):
        return empty
    days = sum(d for _, d, _ in people)
    cell = replace(
        empty,
        searches=own.events,
        order_days=days,
        people=own.people_at_risk,
        people_searched=own.people_searched,
        status="no_population",
        custody=NET if any(held for _, _, held in people) else NOT_NET,
    )
    if not people:
        return cell
    status = rates.standing((own,))
    if status in ("ok", "ok_low_precision"):
        rate = rates.rate(own.events, days, counts_by_person=[x for x, _, _ in people])
        cell = replace(cell, rate=rate.value, low=rate.low, high=rate.high)
    if group in (REFERENCE, UNKNOWN):
        return replace(cell, status=status)
    if not exact and _small(reference):
        return replace(cell, status="insufficient_data")
    ratio = ratios.cohort_ratio([(x, d) for x, d, _ in people], [(x, d) for x, d, _ in base])
    status = rates.standing((own, reference)) if ratio.status == "ok" else ratio.status
    if status not in ("ok", "ok_low_precision"):
        return replace(cell, status=status)
    return replace(cell, ratio=ratio.value, ratio_low=ratio.low, ratio_high=ratio.high, status=status)


def _basis(people: list[tuple[int, int, bool]]) -> Basis:
    return Basis(
        events=sum(x for x, _, _ in people),
        people_searched=sum(x > 0 for x, _, _ in people),
        people_at_risk=len(people),
    )


def _small(basis: Basis) -> bool:
    return min(basis.events, basis.people_searched or 0, basis.people_at_risk or 0) < SMALL


def _years(period: Span) -> dict[str, Span]:
    """The financial years of a period, each clipped to it."""
    years: dict[str, Span] = {}
    day = period[0]
    while day < period[1]:
        after = date(day.year + (day.month >= 4), 4, 1)
        years[financial_year(day)] = day, min(after, period[1])
        day = after
    return years


def _period(subjects: Mapping[Key, Subject], asked: tuple[date | None, date | None], today: date) -> Span:
    """The days asked for, at most from the first on which anybody was under order to today."""
    began = min((a for subject in subjects.values() for a, _ in subject.spans), default=today)
    return max(asked[0] or began, began), min(asked[1] or today, today) + timedelta(days=1)


def _whole_years(asked: tuple[date | None, date | None]) -> tuple[date | None, date | None]:
    """The financial years that the days asked for touch: two periods a day apart would tell of that day."""
    first, last = (None if day is None else day.year - (day.month < 4) for day in asked)
    return (
        None if first is None else date(max(first, 1), 4, 1),
        None if last is None else date(last + 1, 3, 31),
    )


async def orders(
    session: AsyncSession,
    actor: Actor,
    forces: tuple[str, ...],
    asked: tuple[date | None, date | None],
    known_at: datetime,
    now: datetime,
) -> OrdersSection:
    """The orders section for the days asked for (both counted, None: no bound), as known at an instant.

    That is for a reader who works on the force's own cases and asks for no other; for anybody else it is
    whole years as known now, and no small cell of a force whose cases are not theirs.
    """
    exact = bool(forces) and all(sees_cases(actor, force) for force in forces)
    if not exact:
        asked, known_at = _whole_years(asked), now
    subjects, left = await under_orders(session, forces, known_at)
    cells: list[OrderCell] = []
    coverage: list[ForceOrders] = []
    years = _years(_period(subjects, asked, london_day(known_at)))
    for force in sorted({force for force, _ in subjects} | set(forces)):
        mine = [subject for (of, _), subject in subjects.items() if of == force]
        shown = sees_cases(actor, force)
        for year, period in years.items():
            cohorts, without = _cohorts(mine, period)
            left[force]["of somebody with no whole day at risk"] += without
            if any(cohorts.values()):
                cells += [_cell(force, year, group, cohorts, shown) for group in words.GROUPS]
        coverage.append(_coverage(force, mine, left[force], shown))
    return OrdersSection(known_at=known_at, cells=tuple(cells), coverage=tuple(coverage))


def _coverage(force: str, subjects: list[Subject], left: Counter[str], shown: bool) -> ForceOrders:
    if not shown:
        return ForceOrders(force=force, exact=False)
    return ForceOrders(
        force=force,
        exact=True,
        orders=sum(subject.orders for subject in subjects),
        people=len(subjects),
        people_with_custody_dates=sum(bool(subject.custody) for subject in subjects),
        not_counted={reason: n for reason, n in sorted(left.items()) if n},
    )
