"""The measures on residents, from what forces published: every power, nobody named."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from msgspec.structs import replace
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.published_rates import ForceYear, Published, PublishedCell, Window, months_of
from svro.figures import benchmark, proportions, quality, rates, ratios, standard
from svro.figures.measured import About, Covered, Measured, measured
from svro.figures.rates import INDEPENDENT, Basis, Figure, Status
from svro.law import words
from svro.law.dates import london_day
from svro.records.published import PublishedCount, PublishedImport, PublishedSearch

REFERENCE: words.Group = "White"

Faults = Mapping[tuple[str, str], tuple[quality.Fault, ...]]
"""By force and financial year."""


def days_of(months: Sequence[str]) -> tuple[date, date]:
    """The first and last day of some months YYYY-MM, given in order."""
    first, last = (date(int(month[:4]), int(month[5:]), 1) for month in (months[0], months[-1]))
    return first, (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


async def faults(session: AsyncSession, window: Window, years: Sequence[ForceYear]) -> Faults:
    """What is wrong with the data of each force and year: labels lost, groups coded anew, months cut
    short.
    """
    counts = await _codes(session, window)
    stops = await _last_days(session, window)
    found = {}
    for year in years:
        months = {month: counts[year.force, month] for month in year.held}
        groups: dict[str, Counter[str]] = {}
        for month, codes in months.items():
            groups[month] = Counter()
            for code, n in codes.items():
                groups[month][words.group5(code)] += n
        found[year.force, year.year] = (
            *(fault for month, codes in months.items() for fault in quality.lost(month, codes)),
            *quality.changed(groups),
            *(
                fault
                for month in year.held
                if (year.force, month) in stops
                for fault in quality.stops_early(month, *stops[year.force, month])
            ),
        )
    return found


async def _codes(session: AsyncSession, window: Window) -> dict[tuple[str, str], Counter[str]]:
    kind = PublishedCount
    query = select(kind.force, kind.month, kind.self_defined, func.sum(kind.n)).group_by(
        kind.force, kind.month, kind.self_defined
    )
    if window.forces:
        query = query.where(kind.force.in_(window.forces))
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for force, month, code, n in await session.execute(query):
        counts[force, month][code] += int(n)
    return counts


async def _last_days(session: AsyncSession, window: Window) -> dict[tuple[str, str], tuple[int, int]]:
    """By force and month: how many rows, and the last London day of the month that has one."""
    kind, row = PublishedImport, PublishedSearch
    query = (
        select(kind.force, kind.month, func.count(), func.max(row.occurred_at))
        .join(row, row.import_id == kind.id)
        .where(kind.replaced_at.is_(None))
        .group_by(kind.force, kind.month)
    )
    if window.forces:
        query = query.where(kind.force.in_(window.forces))
    found = {}
    for force, month, rows, last in await session.execute(query):
        day = london_day(last)
        inside = f"{day:%Y-%m}" == month
        found[force, month] = int(rows), day.day if inside else days_of([month])[1].day
    return found


def figures(published: Published, wrong: Faults) -> Iterator[Measured]:
    """M1, M3, M4, M5 and M13 of every force and year, on every basis asked for."""
    years = {(year.force, year.year): year for year in published.coverage.years}
    cells: dict[tuple[str, str, str, int], list[PublishedCell]] = defaultdict(list)
    for cell in published.cells:
        cells[cell.force, cell.year, cell.basis, cell.census].append(cell)
    for (force, year, _, _), own in cells.items():
        yield from _of_year(own, years[force, year], wrong.get((force, year), ()))
    yield from _pooled(cells, years, wrong)


def standing(year: ForceYear, wrong: Sequence[quality.Fault]) -> Status:
    """Whether a force's year can carry a figure at all: not where its groups were coded anew or lost."""
    return "ok" if all(fault.code == "stops-early" for fault in wrong) else "coding_changed"


def _of_year(
    cells: Sequence[PublishedCell], year: ForceYear, wrong: Sequence[quality.Fault]
) -> Iterator[Measured]:
    by_group = {cell.group: cell for cell in cells}
    base, first, last = by_group[REFERENCE], *days_of(year.held)
    sound = standing(year, wrong)
    late = [fault for fault in wrong if fault.code == "stops-early"]
    short = year.missing or year.replaced_since or late
    source = f"Census {base.census}, usual residents of the force's area"
    gaps = (*year.missing, *year.replaced_since, *(fault.where for fault in late))
    remark = f"Without whole months {', '.join(gaps)}: missing on both sides" if short else None
    for cell in cells:
        about = About(
            force=cell.force, first=first, last=last, basis=cell.basis, group=cell.group, reference=REFERENCE
        )
        if cell.group == "Unknown":
            continue
        rate = Figure(
            value=cell.rate,
            low=cell.low,
            high=cell.high,
            status=cell.status if cell.group == REFERENCE else "ok",
            events=cell.searches,
            denominator=cell.residents,
            method=f"Garwood exact; {INDEPENDENT}",
        )
        if cell.residents is None:
            rate = replace(rate, status="no_population")
        elif cell.group != REFERENCE:
            rate = replace(rate, status=_own(cell))
        gone: Status = sound if sound != "ok" else "months_missing" if short else rate.status
        yield measured(
            about, "M1", "rate", "rate", rate, source=source, scale=1000, status=gone, remark=remark
        )
        if cell.group != REFERENCE and cell.residents is not None and base.residents is not None:
            yield from _beside(cell, base, about, source, sound, remark)
    yield from _shares(cells, first, last, source)


def _own(cell: PublishedCell) -> Status:
    """What stands in the way of one group's rate, whatever stands in the way of its ratio."""
    if cell.status == "all_unknown":
        return "all_unknown"
    return rates.standing((Basis(events=cell.searches, residents=cell.residents),))


def _beside(
    cell: PublishedCell, base: PublishedCell, about: About, source: str, sound: Status, remark: str | None
) -> Iterator[Measured]:
    counts = cell.searches, cell.residents, base.searches, base.residents
    ratio = ratios.ratio(*counts)
    status = cell.status if sound == "ok" else sound
    yield measured(about, "M3", "residents", "ratio", ratio, source=source, status=status, remark=remark)
    apart = ratios.difference(*counts)
    yield measured(
        about, "M4", "residents", "difference", apart, source=source, scale=1000, status=status, remark=remark
    )
    yield measured(about, "M4", "excess", "excess", ratios.excess(ratio), source=source, status=status)


def _shares(cells: Sequence[PublishedCell], first: date, last: date, source: str) -> Iterator[Measured]:
    """Shares of the searches whose group is known, and how much is not known."""
    known: dict[words.Group, PublishedCell] = {c.group: c for c in cells if c.group != "Unknown"}
    unknown = next(cell for cell in cells if cell.group == "Unknown")
    total = sum(cell.searches for cell in known.values())
    about = About(force=unknown.force, first=first, last=last, basis=unknown.basis)
    found = benchmark.shares(
        {group: cell.searches for group, cell in known.items()},
        {group: float(cell.residents) for group, cell in known.items() if cell.residents},
    )
    for group, cell in known.items():
        enough = total >= 30 and cell.searches >= 10
        status: Status = "ok" if enough else "insufficient_data"
        here = replace(about, group=group)
        of_all = proportions.proportion(cell.searches, total)
        yield measured(
            here, "M5", "share", "proportion", of_all, source="searches of known group", status=status
        )
        index = Figure(
            value=found[group].index, status=found[group].status, events=cell.searches,
            denominator=cell.residents, reference_events=total,
            reference_denominator=sum(c.residents or 0 for c in known.values()),
            method="share of searches over share of residents; compare two only as a ratio",
        )  # fmt: skip
        yield measured(here, "M5", "index of residents", "ratio", index, source=source, status=status)
    missing = proportions.proportion(unknown.searches, total + unknown.searches)
    yield measured(about, "M13", "unknown", "proportion", missing, source="published searches")
    base = known[REFERENCE]
    for group, cell in known.items():
        if group == REFERENCE or not unknown.searches or cell.residents is None or base.residents is None:
            continue
        counts = cell.searches, cell.residents, base.searches, base.residents
        ratio = ratios.ratio(*counts)
        if ratio.status != "ok":
            continue
        low, high = ratios.bounds(*counts, unknown.searches)
        bounds = replace(
            ratio, low=low, high=high, p=None, method="all of unknown ethnicity in the one group or the other"
        )
        here = replace(about, group=group, reference=REFERENCE)
        yield measured(here, "M13", "bounds", "bounds", bounds, source=source)


def _pooled(
    cells: Mapping[tuple[str, str, str, int], Sequence[PublishedCell]],
    years: Mapping[tuple[str, str], ForceYear],
    wrong: Faults,
) -> Iterator[Measured]:
    """All forces of a year together, crude, and force by force: of those that held every month, soundly.

    A force that has not is left out of both sides, never of one.
    """
    together: dict[tuple[str, str, int], list[Sequence[PublishedCell]]] = defaultdict(list)
    for (force, year, basis, census), own in cells.items():
        held = years[force, year]
        whole = set(held.held) == set(months_of(year)) and not wrong.get((force, year))
        if whole and all(cell.residents is not None for cell in own if cell.group != "Unknown"):
            together[year, basis, census].append(own)
    for (year, _, census), forces in together.items():
        if len(forces) < 2:
            continue
        first, last = days_of(months_of(year))
        name = "+".join(sorted(own[0].force for own in forces))
        by_force = [{cell.group: cell for cell in own} for own in forces]
        for group in words.GROUPS:
            if group in (REFERENCE, "Unknown"):
                continue
            rows = [
                (of[group].searches, float(of[group].residents or 0), of[REFERENCE].searches,
                 float(of[REFERENCE].residents or 0))
                for of in by_force
            ]  # fmt: skip
            about = About(
                force=name, first=first, last=last, basis=forces[0][0].basis, group=group, reference=REFERENCE
            )
            crude = ratios.ratio(*(sum(row[i] for row in rows) for i in range(4)))
            source = f"Census {census}, usual residents of {len(forces)} forces' areas"
            for part, figure in (
                ("residents", crude),
                ("residents, by force", standard.stratified_counts(rows)),
            ):
                yield measured(about, "M3", part, "ratio", figure, source=source)


def coverage(published: Published, wrong: Faults) -> tuple[Covered, ...]:
    """What is held of each force's year, what is missing, and what is wrong with it."""
    rows = []
    for year in published.coverage.years:
        about = f"rows of {year.year}"
        rows.append(
            Covered(force=year.force, what=about, n=year.searches, of=year.rows, missing=year.missing)
        )
        for fault in wrong.get((year.force, year.year), ()):
            rows.append(
                Covered(force=year.force, what=fault.code, missing=(fault.where,), remark=fault.sentence)
            )
    return tuple(rows)
