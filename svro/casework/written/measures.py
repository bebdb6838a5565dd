"""The report of all measures as people read it: each figure's sentence, and a chart for those with a shape.

Ratios stand beside each other, the chain and the stages one under the other, months within their limits.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from svro.casework.access import Actor, Allow, decide
from svro.casework.measures.report import MeasuresReport, OfficersReport
from svro.casework.written.groups import BASES
from svro.documents.charts import Control, Forest, Ladder, Mark, Point, percent
from svro.documents.paper import Column, Exhibit, Grid, Paper, Part
from svro.documents.wording import counted, number, span
from svro.figures.catalogue import MEASURES
from svro.figures.measured import Covered, EthnicityBasis, Measured, Monthly, Section
from svro.figures.sentences import STATUSES
from svro.reference.forces import FORCES

TITLE = "Every measure of how the power falls"
LEAD = (
    "What police forces published about searches under every power, and what is recorded here about searches "
    "under orders: two sections that are never added up. Each figure says its counts first."
)
CHAIN = ("orders per resident", "days per order", "searches per day", "searches per resident")
"""The links of the chain, in order, and what they multiply to."""


def paper(report: MeasuresReport, actor: Actor) -> Paper:
    """The report for this reader, who is told where a section is not theirs to see."""
    mine = isinstance(decide(actor, "report:read_orders"), Allow)
    orders = Part(
        heading="Searches under orders",
        nothing="Figures from our own records are shown to people who are signed in.",
    )
    return Paper(
        title=TITLE,
        lead=LEAD,
        parts=(
            *_parts(report.published, "published"),
            *(_parts(report.orders, "orders") if mine else (orders,)),
        ),
        method=(
            *dict.fromkeys((*report.published.notes, *report.orders.notes)),
            *(f"{m.code}, {m.name}: {m.formula}. {m.beware}" for m in report.catalogue),
        ),
        known_at=report.known_at,
        version=report.version,
    )


def of_officers(report: OfficersReport) -> Paper:
    """The spread among officers, for whoever may have it at all. It has no chart: that would be a ranking."""
    return Paper(
        title="Find rates of officers",
        lead="For supervisors of the force, and never published.",
        parts=tuple(_parts(report.officers, "officers")),
        method=report.officers.notes,
        known_at=report.known_at,
        version=report.version,
    )


def _parts(section: Section, kind: str) -> Iterator[Part]:
    """A part for each place, period and basis; then the months, and what it all covers."""
    found: dict[tuple[str, date, date, EthnicityBasis], list[Measured]] = {}
    for one in section.figures:
        found.setdefault((one.force, one.first, one.last, one.basis), []).append(one)
    for (force, first, last, basis), mine in found.items():
        where = f"{_forces(force)}, {_day(first)} to {_day(last)}. {BASES[basis]}"
        yield Part(
            heading=f"{section.title}. {where}",
            exhibits=tuple(_exhibits(mine, _key(kind, force, first, last, basis), where)),
        )
    if section.trends:
        yield Part(heading=f"{section.title}. By month", exhibits=tuple(_by_month(section.trends, kind)))
    told = tuple(map(_covered, section.coverage))
    nothing = "" if found else "Nothing is held of this in this period."
    yield Part(heading=f"{section.title}. What it covers", nothing=nothing, remarks=told)


def _covered(one: Covered) -> str:
    told = f"{_forces(one.force)}: {one.what}"
    told += f", {number(one.n, 0)}" if one.n is not None else ""
    told += f" of {number(one.of, 0)}" if one.of is not None else ""
    told += f", missing {', '.join(one.missing)}" if one.missing else ""
    return f"{told}. {one.remark}." if one.remark else f"{told}."


def _forces(slugs: str) -> str:
    return ", ".join(FORCES[slug].name if slug in FORCES else slug for slug in slugs.split("+"))


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def _key(*parts: object) -> str:
    return re.sub(r"[^a-z0-9]+", "-", "-".join(str(part) for part in parts if part).lower()).strip("-")


_NAMED = {
    "chain": "The chain from resident to search",
    "ladder": "Of those at the stage before",
    "whole ladder": "Of those considered",
}


def _shape(figure: Measured) -> tuple[str, str]:
    """Which figures of a measure stand together: a chain or a ladder is of one group."""
    if figure.measure == "M2" and figure.part in CHAIN:
        return "chain", figure.group or ""
    if figure.measure == "M6":
        return ("whole ladder" if figure.part.endswith("from the start") else "ladder"), figure.group or ""
    return figure.form if figure.form == "ratio" else "", ""


def _exhibits(figures: Iterable[Measured], kind: str, where: str) -> Iterator[Exhibit]:
    found: dict[tuple[str, str, str], list[Measured]] = {}
    for one in figures:
        found.setdefault((one.measure, *_shape(one)), []).append(one)
    for (code, shape, group), mine in found.items():
        yield Exhibit(
            key=_key(kind, code, shape, group),
            caption=". ".join(filter(None, (MEASURES[mine[0].measure].name, _NAMED.get(shape), group))),
            sentences=tuple(one.sentence for one in mine if one.sentence),
            chart=_chart(mine, where),
            grid=_grid(mine),
        )


def _name(figure: Measured) -> str:
    return MEASURES[figure.measure].parts[figure.part].name


def _who(figure: Measured) -> str:
    return ", ".join(part for part in (figure.group or "Everybody", figure.age, figure.sex) if part)


def _mark(figure: Measured, label: str) -> Mark:
    over = f"{number(figure.events, 0)} in {number(figure.denominator, 0)}"
    other = f"{number(figure.reference_events, 0)} in {number(figure.reference_denominator, 0)}"
    return Mark(
        label=label,
        counts=f"{over}; {figure.reference} {other}"
        if figure.events is not None and figure.reference
        else "",
        value=figure.value,
        low=figure.low,
        high=figure.high,
        words="" if figure.publishable and figure.value is not None else STATUSES[figure.status],
    )


def _chart(figures: Sequence[Measured], where: str) -> Forest | Ladder | None:
    """The ratios of figures that stand together; None where they are no ratios, or none may be drawn."""
    first = figures[0]
    kind, group = _shape(first)
    if not kind or not any(one.publishable and one.value for one in figures):
        return None
    subtitle = f"{MEASURES[first.measure].name}, with 95% intervals. {where}."
    against = f"{first.reference} people" if first.reference else "everybody together"
    axis = f"Times {against} (log scale)"
    if kind == "ratio":
        several = len({one.part for one in figures}) > 1
        marks = tuple(_mark(one, f"{_who(one)}: {_name(one)}" if several else _who(one)) for one in figures)
        return Forest(title=f"Each group against {against}", subtitle=subtitle, axis=axis, marks=marks)
    if kind == "chain":
        figures = sorted(figures, key=lambda one: CHAIN.index(one.part))
    total = _name(figures[-1]) if kind == "chain" else ""
    title = f"{group} people against {first.reference} people, " + (
        "link by link: the last is the others multiplied" if kind == "chain" else "stage by stage"
    )
    marks = tuple(_mark(one, _name(one)) for one in figures)
    return Ladder(title=title, subtitle=subtitle, axis=axis, marks=marks, total=total)


_COLUMNS = (
    Column(label="Of whom"),
    Column(label="What"),
    Column(label="Counted", numeric=True),
    Column(label="Out of", numeric=True),
    Column(label="Value", numeric=True),
    Column(label="95% interval", numeric=True),
    Column(label="May it be quoted?"),
)


def _grid(figures: Sequence[Measured]) -> Grid:
    def row(one: Measured) -> tuple[str, ...]:
        parts = one.form in ("proportion", "gap")
        limits = span(one.low, one.high)
        if parts and one.low is not None and one.high is not None:
            limits = f"{percent(one.low)} to {percent(one.high)}"
        value = percent(one.value) if parts and one.value is not None else number(one.value)
        counts = (number(one.events, 0), number(one.denominator, 0))
        return (_who(one), _name(one), *counts, value, limits, STATUSES[one.status])

    return Grid(columns=_COLUMNS, rows=tuple(map(row, figures)))


_MONTHS = (
    Column(label="Month"),
    Column(label="Counted", numeric=True),
    Column(label="Out of", numeric=True),
    Column(label="Share", numeric=True),
    Column(label="Interval of limits", numeric=True),
    Column(label="Outside the limits?"),
)


def _by_month(trends: Iterable[Monthly], kind: str) -> Iterator[Exhibit]:
    found: dict[tuple[str, str, str], list[Monthly]] = {}
    for one in trends:
        found.setdefault((one.measure, one.part, one.force), []).append(one)
    for (_, part, force), months in found.items():
        first = months[0]
        name = MEASURES[first.measure].parts[part].name
        outside = [one.month for one in months if one.outside]
        held = [one for one in months if one.value is not None]
        caption = (
            f"{name.capitalize()}, month by month. {_forces(force)}, {first.month} to {months[-1].month}."
        )
        said = f"{counted(len(held), 'month')} with a share, {number(len(outside), 0)} outside the limits."
        yield Exhibit(
            key=_key(kind, "months", first.measure, part, force),
            caption=caption,
            sentences=(said,),
            chart=_control(months, name, outside, caption) if held else None,
            grid=Grid(columns=_MONTHS, rows=tuple(map(_month_row, months))),
            remarks=("A month outside the limits asks a question. It proves nothing and grades nobody.",),
        )


def _month_row(one: Monthly) -> tuple[str, ...]:
    limits = (
        f"{percent(one.low)} to {percent(one.high)}" if one.low is not None and one.high is not None else ""
    )
    value = percent(one.value) if one.value is not None else number(None)
    words = ("Yes" if one.outside else "No") if limits else STATUSES[one.status]
    return (one.month, number(one.events, 0), number(one.denominator, 0), value, limits, words)


def _control(months: Sequence[Monthly], name: str, outside: Sequence[str], caption: str) -> Control:
    title = (
        f"{counted(len(outside), 'month')} outside the limits"
        if outside
        else "No month is outside the limits"
    )
    points = tuple(
        Point(
            label=f"{date(int(one.month[:4]), int(one.month[5:]), 1):%b %Y}",
            n=one.denominator or 0,
            value=one.value,
            lower=one.low,
            upper=one.high,
            outside=one.outside,
        )
        for one in months
    )
    subtitle = f"{caption} Limits: {months[0].rule}."
    centre = next((one.centre for one in months if one.centre is not None), None)
    return Control(
        title=title, subtitle=subtitle, axis=name, points=points, centre=centre, rule=months[0].rule
    )
