"""Charts as SVG: drawn by Vega-Lite, offline, the same bytes for the same chart, kept once drawn.

Colours are the Analysis Function's, and none stands alone: shapes, dashes or labels say the same. Text is
sans serif, horizontal, 16 pixels (12 points) and never smaller. Titles are left to the page, where they are
text; the picture carries its alternative text within.
"""

import textwrap
from functools import cache, lru_cache
from typing import Any
from xml.sax.saxutils import escape

from svro.documents.charts import (
    Chart,
    Control,
    Forest,
    Ladder,
    Mark,
    Multiples,
    alternative,
    figure,
    percent,
)

DARK_BLUE, TURQUOISE, DARK_PINK, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
GREY, INK = "#595959", "#0b0c0c"
SHAPES = ("circle", "square", "diamond", "triangle-up")
SIZE = 16
FONT = "Arimo, Arial, Helvetica, sans-serif"
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_PLOT = 250
"""Pixels across the axis of a row chart; its labels and figures take as much again on either side."""


def colours(n: int) -> list[str]:
    """In the Analysis Function's order; two series are dark blue and orange."""
    return [DARK_BLUE, ORANGE] if n == 2 else [DARK_BLUE, TURQUOISE, DARK_PINK, ORANGE][:n]


@lru_cache(maxsize=1024)
def svg(chart: Chart) -> bytes:
    """The chart as an SVG file. About 50 ms, and a second for a process's first: run it in a thread."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(
        specification(chart).to_dict(validate=False), allowed_base_urls=[]
    )
    head, _, rest = drawn.partition(">")
    words = escape(alternative(chart))
    return f'{head} role="img"><title>{escape(chart.title)}</title><desc>{words}</desc>{rest}'.encode()


@cache
def _altair() -> Any:
    """Altair without its checks of every part against the schema, which take longer than the drawing: a test
    makes them once for each kind of chart.
    """
    import altair
    from altair.utils import schemapi

    schemapi.DEBUG_MODE = False
    return altair


def specification(chart: Chart) -> Any:
    """The chart as Altair has it."""
    match chart:
        case Forest() | Ladder():
            made = _rows(chart)
        case Control():
            made = _control(chart)
        case Multiples():
            made = _multiples(chart)
    axis = {
        "labelFont": FONT, "titleFont": FONT, "labelFontSize": SIZE, "titleFontSize": SIZE,
        "labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "labelAngle": 0, "titleAngle": 0,
        "domainColor": GREY, "tickColor": GREY, "gridColor": GREY, "gridOpacity": 0.3,
        "labelLimit": 0, "titleLimit": 0,
    }  # fmt: skip
    legend = {
        "labelFont": FONT, "titleFont": FONT, "labelFontSize": SIZE, "titleFontSize": SIZE, "labelLimit": 0,
        "labelColor": INK, "orient": "top", "direction": "vertical", "title": None, "symbolSize": 130,
    }  # fmt: skip
    header = {
        "labelFont": FONT, "labelFontSize": SIZE, "labelFontWeight": "bold", "labelColor": INK, "title": None,
    }  # fmt: skip
    return made.configure(
        font=FONT,
        axis=axis,
        legend=legend,
        text={"font": FONT, "fontSize": SIZE, "color": INK},
        header=header,
        view={"stroke": None},
        background="white",
        padding=8,
    )


def _domain(marks: tuple[Mark, ...]) -> tuple[float, float]:
    """Round ends of a log axis that hold 1 and every limit drawn."""
    values = [v for m in marks if m.shown for v in (m.value, m.low, m.high) if v is not None and v > 0]
    low, high = min([0.5, *values]), max([2, *values])
    return (
        max((tick for tick in _TICKS if tick <= low), default=_TICKS[0]),
        min((tick for tick in _TICKS if tick >= high), default=_TICKS[-1]),
    )


def _rows(chart: Forest | Ladder) -> Any:
    alt = _altair()

    total = chart.total if isinstance(chart, Ladder) else None
    low, high = _domain(chart.marks)
    rows: list[dict[str, Any]] = [
        {
            "row": "\n".join((mark.label, *textwrap.wrap(mark.counts, 34))),
            "value": mark.value if mark.shown else None,
            "low": max(mark.low, low) if mark.shown and mark.low is not None else None,
            "high": min(mark.high, high) if mark.shown and mark.high is not None else None,
            "figure": figure(mark).replace(" (", "\n("),
            "words": "\n".join(textwrap.wrap(mark.words, 44)) if not mark.shown else "",
            "total": mark.label == total,
        }
        for mark in chart.marks
    ]
    tallest = max((row["row"].count("\n") + 1 for row in rows), default=1)
    y = alt.Y("row:N").sort(None).title(None).axis(
        labelExpr="split(datum.label, '\\n')", ticks=False, domain=False, labelPadding=12, labelLineHeight=20,
        labelBaseline="middle",
    )  # fmt: skip
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    if len(ticks) > 7:
        ticks = [tick for tick in ticks if f"{tick:g}".strip("0.") == "1"]
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    x = alt.X("value:Q").scale(scale).title(textwrap.wrap(chart.axis, 60)).axis(values=ticks, format="~g")
    base = alt.Chart(alt.Data(values=rows)).encode(y=y)
    one = alt.Chart(alt.Data(values=[{"at": 1}])).mark_rule(color=INK, strokeWidth=2, strokeDash=[6, 4])
    printed = {"align": "left", "lineBreak": "\n", "baseline": "middle", "lineHeight": 20}
    layers = [
        one.encode(x=alt.X("at:Q").scale(scale)),
        base.mark_rule(color=DARK_BLUE, strokeWidth=3).encode(x=alt.X("low:Q").scale(scale), x2="high:Q"),
        base.mark_point(filled=True, opacity=1, size=140, color=DARK_BLUE).encode(
            x=x, shape=alt.condition("datum.total", alt.value("diamond"), alt.value("circle"))
        ),
        base.mark_text(**printed).encode(x=alt.value(_PLOT + 14), text="figure:N"),
        base.mark_text(**printed, stroke="white", strokeWidth=8).encode(x=alt.value(6), text="words:N"),
        base.mark_text(**printed).encode(x=alt.value(6), text="words:N"),
    ]
    return alt.layer(*layers).properties(width=_PLOT, height=alt.Step(20 * max(tallest, 2) + 26))


def _control(chart: Control) -> Any:
    alt = _altair()

    rows = [
        {
            "at": point.label,
            "value": point.value if not point.words else None,
            "lower": point.lower,
            "upper": point.upper,
            "centre": chart.centre,
            "outside": point.outside,
            "said": f"{point.label}: {percent(point.value)}" if point.outside else "",
        }
        for point in chart.points
    ]
    some = [point.label for point in chart.points][:: max(1, -(-len(rows) // 6))]
    x = (
        alt.X("at:O")
        .sort(None)
        .title(None)
        .axis(values=some, labelExpr="split(datum.label, ' ')", grid=False)
    )
    top = max((v for r in rows for v in (r["value"], r["upper"]) if isinstance(v, float)), default=1.0)
    y = alt.Y("value:Q").title(None).axis(format="~%", tickCount=5).scale(domain=[0, top * 1.15])
    base = alt.Chart(alt.Data(values=rows)).encode(x=x)
    last = alt.Chart(alt.Data(values=_line_names(chart, rows))).encode(
        x=alt.X("at:O").sort(None), y="value:Q", text="said:N"
    )
    limit = {"color": ORANGE, "strokeWidth": 2, "strokeDash": [6, 4], "interpolate": "step"}
    layers = [
        base.mark_line(**limit).encode(y=alt.Y("upper:Q")),
        base.mark_line(**limit).encode(y=alt.Y("lower:Q")),
        base.mark_line(color=GREY, strokeWidth=2).encode(y=alt.Y("centre:Q")),
        base.mark_line(color=DARK_BLUE, strokeWidth=2).encode(y=y),
        base.mark_point(filled=True, opacity=1).encode(
            y=y,
            shape=alt.condition("datum.outside", alt.value("diamond"), alt.value("circle")),
            size=alt.condition("datum.outside", alt.value(220), alt.value(70)),
            color=alt.condition("datum.outside", alt.value(DARK_PINK), alt.value(DARK_BLUE)),
        ),
        base.mark_text(dy=-16, align="center").encode(y=y, text="said:N"),
        last.mark_text(align="left", dx=10),
    ]
    return alt.layer(*layers).properties(width=430, height=260)


def _line_names(chart: Control, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A name at the right end of each line."""
    ends = next((row for row in reversed(rows) if row["upper"] is not None), None)
    if ends is None:
        return []
    named = (("upper", "upper limit"), ("centre", "centre"), ("lower", "lower limit"))
    return [{"at": rows[-1]["at"], "value": ends[key], "said": said} for key, said in named]


def _multiples(chart: Multiples) -> Any:
    alt = _altair()

    series, unit = list(chart.series), {"%": "~%"}.get(chart.unit, ",~f")
    rows = [
        {
            "panel": mark.panel,
            "series": mark.series,
            "at": mark.label,
            "value": mark.value if mark.shown else None,
            "low": mark.low if mark.shown else None,
            "high": mark.high if mark.shown else None,
            "words": "" if mark.shown else "*",
        }
        for mark in chart.marks
    ]
    base = alt.Chart().encode(
        x=alt.X("at:O").sort(None).title(None).axis(grid=False, labelOverlap="parity"),
        xOffset=alt.XOffset("series:N").sort(series),
    )
    y = alt.Y("value:Q").title(None).axis(format=unit, tickCount=4).scale(zero=True, nice=True)
    colour = alt.Color("series:N").sort(series).scale(domain=series, range=colours(len(series)))
    shape = alt.Shape("series:N").sort(series).scale(domain=series, range=list(SHAPES[: len(series)]))
    layered = alt.layer(
        base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q").title(None), y2="high:Q", color=colour),
        base.mark_point(filled=True, opacity=1, size=110).encode(y=y, color=colour, shape=shape),
        base.mark_text(baseline="bottom").encode(y=alt.value(170), text="words:N"),
        data=alt.Data(values=rows),
    ).properties(width=250, height=170)
    return layered.facet(facet=alt.Facet("panel:N").sort(list(chart.panels)).title(None), columns=2)
