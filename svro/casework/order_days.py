"""Searches under s.342E per 1,000 days under order, by ethnic group: how hard the power is used on those
subject to it.

From our own records, so about real people: whoever does not work on a force's cases is shown the protected
frame of each of its years, and nothing else.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import cohorts, yearly
from svro.casework.access import Actor
from svro.casework.cohorts import Key, Subject
from svro.casework.measures import protected
from svro.casework.published_rates import REFERENCE, UNKNOWN, financial_year
from svro.casework.shown import sees_cases
from svro.casework.yearly import Frame
from svro.figures import coarse, exposure, rates, ratios
from svro.figures.exposure import Span
from svro.figures.rates import Basis, Status
from svro.law import words
from svro.law.dates import london_day

NET, NOT_NET = "net of custody where dates are held", "not net of custody"


class OrderCell(msgspec.Struct, frozen=True, kw_only=True):
    """Searches of one group under one force's orders in one financial year, per 1,000 days under order.

    Numbers are None where `status` says why they are withheld: too few for a figure (`insufficient_data`
    leaves the counts), or too small to be shown (`suppressed-small` leaves nothing). `people` are those under
    order for a day or more. Outside the force's casework counts are rounded, and what follows from them.
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


def _cell(force: str, year: str, group: words.Group, cohort: Groups) -> OrderCell:
    """One group's cell, beside the reference group of the same force and year."""
    people, base = cohort[group], cohort[REFERENCE]
    own, reference = _basis(people), _basis(base)
    days = sum(d for _, d, _ in people)
    cell = OrderCell(
        force=force,
        year=year,
        group=group,
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


def _framed(frame: Frame, group: words.Group) -> OrderCell:
    """One group's cell as readers outside the casework have it: nothing where any number of it is a star."""
    year = financial_year(frame.span[0])
    empty = OrderCell(force=frame.force, year=year, group=group, status="suppressed-small")
    own, base = protected.side(frame, group), protected.side(frame, REFERENCE)
    under = frame.value("under", group)
    if own is None or under is None:
        return empty
    status = protected.standing(frame, group)
    cell = replace(
        empty, searches=own[0], order_days=own[1], people=under, people_searched=own[3], status=status
    )
    if status in ("ok", "ok_low_precision"):
        rate = coarse.rate(*own)
        cell = replace(cell, rate=rate.value, low=rate.low, high=rate.high)
    if group in (REFERENCE, UNKNOWN):
        return cell
    ratio = coarse.ratio(own, base) if base else None
    status = protected.standing(frame, group, REFERENCE)
    if ratio is None or ratio.status != "ok" or status not in ("ok", "ok_low_precision"):
        held_back: Status = "insufficient_data" if ratio is None or ratio.status == "ok" else ratio.status
        return replace(cell, status=held_back)
    return replace(cell, ratio=ratio.value, ratio_low=ratio.low, ratio_high=ratio.high, status=status)


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


async def orders(
    session: AsyncSession,
    actor: Actor,
    forces: tuple[str, ...],
    asked: tuple[date | None, date | None],
    known_at: datetime,
    now: datetime,
) -> OrdersSection:
    """The orders section for the days asked for (both counted, None: no bound), as known at an instant.

    That is for a reader who works on the force's own cases, of that force; of every other force there are the
    frames of the years that the days asked for touch, whatever the instant.
    """
    mine = tuple(force for force in forces or filter(None, (actor.force_id,)) if sees_cases(actor, force))
    exact = await _exact(session, mine, asked, known_at) if mine else ((), ())
    frames = [one for one in await yearly.touched(session, forces, asked, now) if one.force not in mine]
    theirs = sorted({one.force for one in frames} | (set(forces) - set(mine)))
    return OrdersSection(
        known_at=known_at if set(forces) <= set(mine) and mine else now,
        cells=(*exact[0], *(_framed(frame, group) for frame in frames for group in words.GROUPS)),
        coverage=(*exact[1], *(ForceOrders(force=force, exact=False) for force in theirs)),
    )


async def _exact(
    session: AsyncSession, forces: tuple[str, ...], asked: tuple[date | None, date | None], known_at: datetime
) -> tuple[tuple[OrderCell, ...], tuple[ForceOrders, ...]]:
    """The cells of forces on whose cases the reader works."""
    cohort = await cohorts.load(session, forces, known_at)
    left = defaultdict(
        Counter, {force: Counter(one.why for one in own) for force, own in cohort.left.items()}
    )
    subjects = {key: subject for key, subject in cohort.subjects.items() if subject.orders}
    cells: list[OrderCell] = []
    coverage: list[ForceOrders] = []
    years = _years(period_of(subjects, asked, london_day(known_at)))
    for force in forces:
        mine = [subject for (of, _), subject in subjects.items() if of == force]
        for year, period in years.items():
            groups, without = _cohorts(mine, period)
            left[force]["of somebody with no whole day at risk"] += without
            if any(groups.values()):
                cells += [_cell(force, year, group, groups) for group in words.GROUPS]
        coverage.append(_coverage(force, mine, left[force]))
    return tuple(cells), tuple(coverage)


def _coverage(force: str, subjects: list[Subject], left: Counter[str]) -> ForceOrders:
    return ForceOrders(
        force=force,
        exact=True,
        orders=sum(len(subject.orders) for subject in subjects),
        people=len(subjects),
        people_with_custody_dates=sum(bool(subject.custody) for subject in subjects),
        not_counted={reason: n for reason, n in sorted(left.items()) if n},
    )
