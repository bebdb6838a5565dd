"""Searches under s.342E per 1,000 days under order, by ethnic group: how hard the power is used on those
subject to it.

From our own records, so about real people: whoever does not work on a force's cases is shown no small cell of
it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import cohorts
from svro.casework.access import Actor
from svro.casework.cohorts import Key, Subject
from svro.casework.published_rates import REFERENCE, UNKNOWN, financial_year
from svro.casework.shown import SMALL, sees_cases
from svro.figures import exposure, rates, ratios
from svro.figures.exposure import Span
from svro.figures.rates import Basis, Status
from svro.law import words
from svro.law.dates import london_day

NET, NOT_NET = "net of custody where dates are held", "not net of custody"


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


Groups = dict[words.Group, list[tuple[int, int, bool]]]
"""Of each person with a day at risk, by group: searches, days, whether custody dates are held."""


def _cohorts(subjects: list[Subject], period: Span) -> tuple[Groups, int]:
    """The people at risk in a period; and the searches of people who had no whole day in it."""
    groups: Groups = {group: [] for group in words.GROUPS}
    without = 0
    for subject in subjects:
        days = exposure.days(subject.spans, period, subject.custody)
        searched = sum(period[0] <= one.day < period[1] for one in subject.searches)
        if days:
            groups[subject.own].append((searched, days, bool(subject.custody)))
        else:
            without += searched
    return groups, without


def _cell(force: str, year: str, group: words.Group, cohort: Groups, exact: bool) -> OrderCell:
    """One group's cell, beside the reference group of the same force and year."""
    people, base = cohort[group], cohort[REFERENCE]
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


def period_of(subjects: Mapping[Key, Subject], asked: tuple[date | None, date | None], today: date) -> Span:
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
    cohort = await cohorts.load(session, forces, known_at)
    left = defaultdict(
        Counter, {force: Counter(one.why for one in own) for force, own in cohort.left.items()}
    )
    subjects = {key: subject for key, subject in cohort.subjects.items() if subject.orders}
    cells: list[OrderCell] = []
    coverage: list[ForceOrders] = []
    years = _years(period_of(subjects, asked, london_day(known_at)))
    for force in sorted({force for force, _ in subjects} | set(forces)):
        mine = [subject for (of, _), subject in subjects.items() if of == force]
        shown = sees_cases(actor, force)
        for year, period in years.items():
            groups, without = _cohorts(mine, period)
            left[force]["of somebody with no whole day at risk"] += without
            if any(groups.values()):
                cells += [_cell(force, year, group, groups, shown) for group in words.GROUPS]
        coverage.append(_coverage(force, mine, left[force], shown))
    return OrdersSection(known_at=known_at, cells=tuple(cells), coverage=tuple(coverage))


def _coverage(force: str, subjects: list[Subject], left: Counter[str], shown: bool) -> ForceOrders:
    if not shown:
        return ForceOrders(force=force, exact=False)
    return ForceOrders(
        force=force,
        exact=True,
        orders=sum(len(subject.orders) for subject in subjects),
        people=len(subjects),
        people_with_custody_dates=sum(bool(subject.custody) for subject in subjects),
        not_counted={reason: n for reason, n in sorted(left.items()) if n},
    )
