"""Charts as what they say: the marks, their words where there is no number to give, and the text in place of
the picture, made from the same numbers.

A mark with `words` is a figure that may not be quoted: it is printed as text and never drawn as a dot.
Everything here is drawn from what the reader may be shown: give it protected figures only.
"""

from typing import Literal

import msgspec

from svro.documents.wording import counted, listed, number, span

Unit = Literal["times", "per", "%"]
"""How values are read: as a ratio (times the reference), per so many, or as a share between 0 and 1."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: whose (`label`), from how much (`counts`), how sure; or in `words` why there is none."""

    label: str
    counts: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    words: str = ""
    series: str = ""
    panel: str = ""

    @property
    def shown(self) -> bool:
        return self.value is not None and not self.words


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One period of a control chart: a share of `n`, and the limits that vary with `n`. No n, no point."""

    label: str
    n: int
    value: float | None
    lower: float | None
    upper: float | None
    outside: bool = False
    words: str = ""


class Titled(msgspec.Struct, frozen=True, kw_only=True):
    """What every chart has: the message, then measure, place, period and source; and the name of its axis."""

    title: str
    subtitle: str
    axis: str


class Forest(Titled, frozen=True, kw_only=True, tag="forest"):
    """Ratios with their intervals on a log axis, a row for each; the line at 1 is no difference."""

    marks: tuple[Mark, ...]
    kind: str = "Forest plot"


class Ladder(Titled, frozen=True, kw_only=True, tag="ladder"):
    """Stages, or the links of a chain, from first to last: ratios on the one log axis for all of them.

    `total` is the label of the row that the others multiply to, or that ends them; it has a mark of its own.
    """

    marks: tuple[Mark, ...]
    total: str = ""
    kind: str = "Ladder of stages"


class Control(Titled, frozen=True, kw_only=True, tag="control"):
    """Shares by period with centre and limits (a p-chart). `rule` names how the limits were set."""

    points: tuple[Point, ...]
    centre: float | None
    rule: str


class Multiples(Titled, frozen=True, kw_only=True, tag="multiples"):
    """A small chart for each `panel`, on common axes: values by `label` (a period), 4 series at most."""

    marks: tuple[Mark, ...]
    unit: Unit = "per"

    def __post_init__(self) -> None:
        if len(self.series) > 4:
            raise ValueError(f"a chart shows 4 series at most, not {len(self.series)}")

    @property
    def series(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mark.series for mark in self.marks))

    @property
    def panels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mark.panel for mark in self.marks))


Chart = Forest | Ladder | Control | Multiples


def percent(value: float | None) -> str:
    """A share as people read it."""
    return f"{number(None if value is None else value * 100, 1)}%"


def figure(mark: Mark) -> str:
    """What is printed beside a row: the value and its interval, or nothing."""
    limits = span(mark.low, mark.high)
    return number(mark.value) + (f" ({limits})" if limits else "") if mark.shown else ""


def alternative(chart: Chart) -> str:
    """The text in place of the picture: its kind, what it shows, the main readings, and one caution."""
    match chart:
        case Forest() | Ladder():
            return _rows_said(chart)
        case Control():
            return _control_said(chart)
        case Multiples():
            return _multiples_said(chart)


def _rows_said(chart: Forest | Ladder) -> str:
    told = [
        f"{mark.label} {number(mark.value)}" + (f", interval {limits}" if limits else "")
        for mark in chart.marks
        if mark.shown
        for limits in [span(mark.low, mark.high)]
    ]
    silent = [mark.label for mark in chart.marks if not mark.shown]
    across = [
        m.label
        for m in chart.marks
        if m.shown and m.low is not None and m.high is not None and m.low <= 1 <= m.high
    ]
    parts = [f"{chart.kind}, log scale: {chart.axis}.", *([f"{'; '.join(told)}."] if told else [])]
    if silent:
        parts.append(f"No figure may be quoted for {listed(silent)}.")
    if across:
        parts.append(f"The interval reaches across 1 for {listed(across)}.")
    return " ".join(parts)


def _control_said(chart: Control) -> str:
    held = [point for point in chart.points if point.value is not None and not point.words]
    outside = [
        f"{p.label} at {percent(p.value)} (limits {percent(p.lower)} to {percent(p.upper)})"
        for p in held
        if p.outside
    ]
    period = f"{chart.points[0].label} to {chart.points[-1].label}" if chart.points else "no period"
    return " ".join(
        (
            f"Control chart ({chart.rule}): {chart.axis}, {period}, {counted(len(held), 'point')}, "
            f"centre {percent(chart.centre)}.",
            f"Outside the limits: {'; '.join(outside)}." if outside else "No point is outside the limits.",
            *([f"{counted(n, 'period')} without a point."] if (n := len(chart.points) - len(held)) else []),
        )
    )


def _multiples_said(chart: Multiples) -> str:
    def read(mark: Mark) -> str:
        value = percent(mark.value) if chart.unit == "%" else number(mark.value)
        return f"{value} ({', '.join(part for part in (mark.panel, mark.series, mark.label) if part)})"

    shown = sorted((mark for mark in chart.marks if mark.shown), key=lambda mark: mark.value or 0)
    silent = len(chart.marks) - len(shown)
    parts = [
        f"{counted(len(chart.panels), 'small chart')} on common axes: {chart.axis}, "
        f"by {listed(list(chart.series))}."
    ]
    if shown:
        parts.append(f"Highest {read(shown[-1])}; lowest {read(shown[0])}.")
    if silent:
        parts.append(
            f"{counted(silent, 'figure')} of {number(len(chart.marks), 0)} may not be quoted: see the table."
        )
    return " ".join(parts)
