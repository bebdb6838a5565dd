"""The report of searches by ethnic group as people read it: sentences, a chart and a table for each force and
year. No number is made here: each is a cell of the report, rounded for reading.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date

from svro.casework.access import Actor, Allow, decide
from svro.casework.order_days import ForceOrders, OrderCell
from svro.casework.published_rates import ForceYear, PublishedCell
from svro.casework.reports import METHOD, DisproportionalityReport
from svro.documents.charts import Forest, Mark, Multiples
from svro.documents.paper import Column, Exhibit, Grid, Paper, Part
from svro.documents.wording import counted, number, span
from svro.figures.sentences import STATUSES, people
from svro.reference.forces import FORCES

BASES: Mapping[str, str] = {
    "self-defined": "As people described themselves",
    "officer-defined": "As officers saw them",
    "self-else-officer": "As people described themselves, or else as officers saw them",
}
QUOTABLE = ("ok", "ok_low_precision")
TITLE = "Searches by ethnic group"
LEAD = (
    "Two sections that are never added up: what police forces published about searches under every power, "
    "and what is recorded here about searches under orders. Years run from April to March."
)

Cell = PublishedCell | OrderCell


def paper(report: DisproportionalityReport, actor: Actor) -> Paper:
    """The report for this reader, who is told where a section is not theirs to see."""
    return Paper(
        title=TITLE,
        lead=LEAD,
        parts=(_published(report), _orders(report, actor)),
        method=METHOD,
        known_at=report.known_at,
        version=report.version,
    )


def _published(report: DisproportionalityReport) -> Part:
    years = {(year.force, year.year): year for year in report.published.coverage.years}
    tables = [_exhibit(key, cells, years) for key, cells in _blocks(report.published.cells, "published")]
    over_time = _over_time(report.published.cells)
    return Part(
        heading=report.published.title,
        exhibits=(*over_time, *tables),
        nothing="No month is held of this in this period. That is not the same as no searches.",
        remarks=(report.published.coverage.missing_means,) if tables else (),
    )


def _orders(report: DisproportionalityReport, actor: Actor) -> Part:
    if not isinstance(decide(actor, "report:read_orders"), Allow):
        return Part(
            heading="Searches under orders",
            nothing="Figures from our own records are shown to people who are signed in.",
        )
    return Part(
        heading=report.orders.title,
        exhibits=tuple(_exhibit(key, cells, {}) for key, cells in _blocks(report.orders.cells, "orders")),
        nothing="Nobody was under an order in this period.",
        remarks=tuple(_held(force) for force in report.orders.coverage if force.exact),
    )


def _blocks(cells: Iterable[Cell], kind: str) -> list[tuple[str, tuple[Cell, ...]]]:
    """The cells of each table with its key, the newest year first."""
    found: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        about = (cell.basis, str(cell.census)) if isinstance(cell, PublishedCell) else ()
        found.setdefault((cell.year, cell.force, *about), []).append(cell)
    return [
        ("-".join((kind, *key)).replace("/", "-"), tuple(found[key])) for key in sorted(found, reverse=True)
    ]


def _exhibit(key: str, cells: tuple[Cell, ...], years: dict[tuple[str, str], ForceYear]) -> Exhibit:
    first = cells[0]
    whose = [BASES[first.basis], *([f"Census {first.census}"] if isinstance(first, PublishedCell) else [])]
    held = years.get((first.force, first.year))
    custody = next((c.custody for c in cells if isinstance(c, OrderCell) and c.custody), None)
    return Exhibit(
        key=key,
        caption=f"{FORCES[first.force].name}, {first.year}. {'. '.join(whose)}.",
        sentences=_headlines(cells),
        chart=_forest(cells),
        grid=_grid(cells),
        remarks=(*(_coverage(held) if held else ()), *([f"Days are {custody}."] if custody else [])),
    )


def headline(cell: Cell, white: Cell) -> str:
    """One group beside White people, counts first; why there is no ratio, where there is none to quote."""
    if cell.searches is None:
        return f"{_capital(people(cell.group))}: nothing is shown, for small numbers could identify people."
    counts = f"{counted(cell.searches, 'search', 'searches')} of {people(cell.group)}{_among(cell)}"
    if cell.status not in QUOTABLE or cell.ratio is None:
        return f"{counts}. {in_words(cell)}."
    per = "resident" if isinstance(cell, PublishedCell) else "day under order"
    return (
        f"{counts}, and {number(white.searches, 0)} of White people{_among(white)}: {number(cell.ratio, 1)}"
        f" times as many for each {per} (95% interval {span(cell.ratio_low, cell.ratio_high, 1)})."
    )


def in_words(cell: Cell) -> str:
    """Whether a cell may be quoted, and if not why not."""
    if isinstance(cell, OrderCell) and cell.status == "no_population":
        return "Nobody of this group was under an order"
    return STATUSES[cell.status]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _base(cell: Cell) -> str:
    """What a cell's searches are counted against; empty where nothing is held or shown."""
    if isinstance(cell, PublishedCell):
        return "" if cell.residents is None else f"{number(cell.residents, 0)} residents"
    return "" if cell.order_days is None else f"{counted(cell.order_days, 'day')} under order"


def _among(cell: Cell) -> str:
    base = _base(cell)
    return base and f" {'among' if isinstance(cell, PublishedCell) else 'in'} {base}"


def _compared(cells: tuple[Cell, ...]) -> list[Cell]:
    return [cell for cell in cells if cell.group not in ("White", "Unknown")]


def _headlines(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """A sentence for each group that was at risk, and one for all of those that were not."""
    white = next(cell for cell in cells if cell.group == "White")
    absent = [c.group for c in _compared(cells) if isinstance(c, OrderCell) and c.status == "no_population"]
    told = [headline(cell, white) for cell in _compared(cells) if cell.group not in absent]
    return (*told, *([f"Nobody was under an order of these groups: {', '.join(absent)}."] if absent else []))


def _forest(cells: tuple[Cell, ...]) -> Forest | None:
    """The ratios to White of one table, titled by the one furthest from 1; None where none may be quoted."""
    first = cells[0]
    marks = tuple(
        Mark(
            label=cell.group,
            counts=", ".join(filter(None, (_searches(cell), _base(cell)))),
            value=cell.ratio,
            low=cell.ratio_low,
            high=cell.ratio_high,
            words="" if cell.status in QUOTABLE and cell.ratio is not None else in_words(cell),
        )
        for cell in _compared(cells)
    )
    shown = [mark for mark in marks if mark.shown and mark.value]
    if not shown:
        return None
    far = max(shown, key=lambda mark: abs(math.log(mark.value or 1)))
    times = f"{number(far.value, 1)} times the rate of White people"
    per, source = "days under order", "our own records of searches under s.342E"
    if isinstance(first, PublishedCell):
        per, source = "residents", f"data.police.uk and Census {first.census}"
    return Forest(
        title=f"{_capital(people(far.label))} were searched at {times}",
        subtitle=(
            f"Searches per 1,000 {per} against the White rate, with 95% intervals. "
            f"{FORCES[first.force].name}, {first.year}. {BASES[first.basis]}. Source: {source}."
        ),
        axis="Times the White rate (log scale)",
        marks=marks,
    )


def _searches(cell: Cell) -> str:
    return "" if cell.searches is None else counted(cell.searches, "search", "searches")


_RATES = (
    Column(label="95% interval", numeric=True),
    Column(label="Times White", numeric=True),
    Column(label="95% interval of that", numeric=True),
    Column(label="May it be quoted?"),
)
_OF_RESIDENTS = (
    Column(label="Group"),
    Column(label="Searches", numeric=True),
    Column(label="Residents", numeric=True),
    Column(label="Searches per 1,000 residents", numeric=True),
    *_RATES,
)
_OF_DAYS = (
    Column(label="Group"),
    Column(label="Searches", numeric=True),
    Column(label="People searched", numeric=True),
    Column(label="People under order", numeric=True),
    Column(label="Days under order", numeric=True),
    Column(label="Searches per 1,000 days", numeric=True),
    *_RATES,
)


def _grid(cells: tuple[Cell, ...]) -> Grid:
    def row(cell: Cell) -> tuple[str, ...]:
        counts = (
            (cell.residents,)
            if isinstance(cell, PublishedCell)
            else (cell.people_searched, cell.people, cell.order_days)
        )
        return (
            cell.group,
            *(number(count, 0) for count in (cell.searches, *counts)),
            number(cell.rate),
            span(cell.low, cell.high),
            number(cell.ratio),
            span(cell.ratio_low, cell.ratio_high),
            in_words(cell),
        )

    columns = _OF_RESIDENTS if isinstance(cells[0], PublishedCell) else _OF_DAYS
    return Grid(columns=columns, rows=tuple(map(row, cells)))


def _over_time(cells: tuple[PublishedCell, ...]) -> list[Exhibit]:
    """Of each force with two whole years held, by census: rates by year, a small chart for each group. A year
    with months missing would look like a fall.
    """
    found: dict[tuple[str, int], list[PublishedCell]] = {}
    for cell in cells:
        if cell.group != "Unknown" and cell.months == 12:
            found.setdefault((cell.force, cell.census), []).append(cell)
    return [
        _years(force, census, mine)
        for (force, census), mine in sorted(found.items())
        if len({cell.year for cell in mine}) > 1
    ]


def _years(force: str, census: int, cells: list[PublishedCell]) -> Exhibit:
    years = sorted({cell.year for cell in cells})
    caption = f"{FORCES[force].name}, {years[0]} to {years[-1]}. Census {census}."
    chart = Multiples(
        title=f"Searches per 1,000 residents in each of {len(years)} years, by ethnic group",
        subtitle=(
            f"With 95% intervals; a star stands for a rate that may not be quoted. Only years of which every "
            f"month is held. {caption} Source: data.police.uk."
        ),
        axis="searches per 1,000 residents",
        marks=tuple(
            Mark(
                label=cell.year,
                value=cell.rate,
                low=cell.low,
                high=cell.high,
                words="" if cell.status in QUOTABLE and cell.rate is not None else in_words(cell),
                series=BASES[cell.basis],
                panel=cell.group,
            )
            for cell in sorted(cells, key=lambda cell: cell.year)
        ),
    )
    left = number(sum(c.status not in QUOTABLE for c in cells), 0)
    said = f"{number(len(cells), 0)} rates, {left} of which may not be quoted: the tables below give each."
    return Exhibit(
        key=f"years-{force}-{census}", caption=f"Over time: {caption}", sentences=(said,), chart=chart
    )


def _month(text: str) -> str:
    return f"{date(int(text[:4]), int(text[5:]), 1):%B %Y}"


def _coverage(held: ForceYear) -> tuple[str, ...]:
    vehicles = (
        f", {number(held.vehicle_only, 0)} of them of vehicles only and not counted"
        if held.vehicle_only
        else ""
    )
    told = f"{counted(len(held.held), 'month')} held: {counted(held.rows, 'row')}{vehicles}."
    missing = f"Missing, which is not the same as none: {', '.join(map(_month, held.missing))}."
    return (told, missing) if held.missing else (told,)


def _held(force: ForceOrders) -> str:
    """What the orders cells of one force are made of."""
    told = (
        f"{FORCES[force.force].name}: {counted(force.orders, 'order')} of "
        f"{counted(force.people, 'person', 'people')}; custody dates are held for "
        f"{number(force.people_with_custody_dates, 0)} of them."
    )
    left = "; ".join(f"{number(n, 0)} {reason}" for reason, n in (force.not_counted or {}).items())
    return f"{told} Not counted: {left}." if left else told
