"""What readers outside a force's casework are shown of its records: one protected frame for each year.

A year from April to March is counted as it was known some months after its end, protected once, and never
counted anew: years do not overlap, so no two frames differ by anybody. Each is made again from the records as
known then whenever it is asked for, beside every cell that the force had published by then; the same records
give the same frame. Pages, files, charts and data packs take their numbers from it and from nothing else.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from threading import Lock
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import by_person, cohorts, national, released
from svro.casework.cohorts import Cohort
from svro.casework.measures.people import AtRisk, at_risk
from svro.figures import coarse, release, suppression
from svro.figures.exposure import Span
from svro.figures.registered import FIRST_QUARTER, Period, days_of, year_from
from svro.figures.release import TOTAL, Assembled, Kept, Protected
from svro.figures.suppression import Rules
from svro.law.dates import london_day, start_of
from svro.records.base import canonical

FIRST_YEAR = int(FIRST_QUARTER[:4])
Table = Literal["groups", "under", "days", "outcome", "find", "furthest"]


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One force's year as it may be shown: its tables by name (those that no way of showing was safe are
    not there), and by row how far repeat searches widen an interval. `kept` is for later gates, not for
    reading.
    """

    force: str
    period: Period
    span: Span
    known_at: datetime
    rule: Rules
    tables: Mapping[str, Protected]
    spread: Mapping[str, float]
    kept: tuple[Kept, ...] = ()

    def value(self, table: Table, row: str, column: str = TOTAL) -> int | None:
        """One printed number by its headings; None where it is a star, or there is no such row."""
        held = self.tables.get(table)
        if held is None or row not in held.rows or column not in held.columns:
            return None
        return held.values[held.rows.index(row)][held.columns.index(column)]

    def rows(self, table: Table) -> tuple[str, ...]:
        """The rows of a table, the total last; none where the table is not there."""
        return self.tables[table].rows if table in self.tables else ()


class Settled(msgspec.Struct, frozen=True):
    """One year that may be shown: its quarters, its days, and the instant as known at which it is counted."""

    period: Period
    span: Span
    known_at: datetime
    rule: Rules


def settled(now: datetime) -> list[Settled]:
    """Every year that may be shown at an instant, the oldest first."""
    found = []
    for year in range(FIRST_YEAR, london_day(now).year + 1):
        period = year_from(year)
        span = days_of(period.quarters[0])[0], days_of(period.quarters[-1])[1]
        rule = suppression.rules("public", span[1])
        months = span[1].month - 1 + rule.settles
        known_at = start_of(date(span[1].year + months // 12, months % 12 + 1, 1))
        if known_at <= now:
            found.append(Settled(period, span, known_at, rule))
    return found


async def frames(session: AsyncSession, forces: Sequence[str], now: datetime) -> list[Frame]:
    """Every frame of these forces (none: all that hold anything) that may be shown at an instant, by force
    and year.
    """
    found: list[Frame] = []
    for year in settled(now):
        cohort = await cohorts.load(session, tuple(forces), year.known_at)
        for force in sorted({force for force, _ in cohort.subjects} | set(forces)):
            found.append(await _frame(session, force, year, cohort))
    return sorted(found, key=lambda one: (one.force, one.span))


def in_words(rule: Rules) -> str:
    """The rules as whoever reads a frame is told them, with every parameter."""
    return (
        f"Rules {rule.version} from {rule.valid_from.isoformat()}: a year as it was known {rule.settles}"
        f" months after its end. No number of fewer than {rule.k} people or searches, or of which one person"
        f" is more than {rule.dominance}%; others rounded to {rule.base}, totals by themselves; whatever is"
        f" withheld could be at least {rule.width} different numbers. Percentages from a base of"
        f" {rule.share_base}, whole under {rule.share_decimals}."
    )


async def touched(
    session: AsyncSession, forces: Sequence[str], asked: tuple[date | None, date | None], now: datetime
) -> list[Frame]:
    """The frames of the years that the days asked for touch (both counted, None: no bound)."""
    first, last = asked
    return [
        one
        for one in await frames(session, forces, now)
        if (first is None or first < one.span[1]) and (last is None or last >= one.span[0])
    ]


async def printed(session: AsyncSession, force: str, now: datetime) -> list[Kept]:
    """The cells about searches that the force's frames show at an instant: publications are held against
    them.
    """
    return [
        cell for one in await frames(session, (force,), now) for cell in one.kept if cell.counts == "searches"
    ]


async def _frame(session: AsyncSession, force: str, year: Settled, cohort: Cohort) -> Frame:
    mine = [subject for (of, _), subject in sorted(cohort.subjects.items()) if of == force]
    secret = await national.deployment_secret(session)
    risk = at_risk(mine, year.span)
    ever = (date.min, date.max)  # quarters before and after are what older cells may be about
    held = by_person.searches(mine, secret, ever) | by_person.people(risk, mine, secret, year.span)
    ledger = await released.cells(session, force, year.known_at)
    made = await asyncio.to_thread(_assembled, year, held, ledger)
    tables = {one.name: one for one in made.tables}
    return Frame(
        force=force, period=year.period, span=year.span, known_at=year.known_at, rule=year.rule,
        tables=tables, spread=_spreads(tables.get("days"), made.kept, risk), kept=made.kept,
    )  # fmt: skip


_MADE: OrderedDict[bytes, Assembled] = OrderedDict()
_MOST, _KEPT = 64, Lock()


def _assembled(year: Settled, held: by_person.Cells, ledger: Sequence[Kept]) -> Assembled:
    """The tables of a year. The gates take seconds and depend on nothing but what is given: the last few
    answers are kept by the hash of that.
    """
    flat = [
        (table, quarter, row, column, dict(content.by_person))
        for table, by_quarter in held.items()
        for quarter, counts in by_quarter.items()
        for (row, column), content in counts.items()
    ]
    key = hashlib.sha256(canonical([year.period, year.rule, flat, list(ledger)])).digest()
    with _KEPT:
        made = _MADE.pop(key, None)
    made = made or release.of_year(year.period, held, ledger, year.rule)
    with _KEPT:
        _MADE[key] = made
        while len(_MADE) > _MOST:
            _MADE.popitem(last=False)
    return made


def _spreads(table: Protected | None, kept: Sequence[Kept], risk: Sequence[AtRisk]) -> dict[str, float]:
    """By row of the table of days whose days are shown: how far repeat searches widen an interval."""
    if table is None:
        return {}
    shown = {cell.name.split("/")[-2]: cell for cell in kept if cell.table == "days" and cell.every_column}
    return {
        row: coarse.spread([one.pair for one in risk if str(one.subject.own) in shown[row].rows])
        for row, values in zip(table.rows, table.values, strict=True)
        if values[-1]
    }
