"""How far searches fall on a few, and how soon the first one comes."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from svro.casework.measures.people import (
    PEOPLE,
    People,
    by_group,
    each,
)
from svro.figures import proportions, repeats
from svro.figures.exposure import Span
from svro.figures.measured import About, Form, Measured, measured
from svro.figures.rates import Figure, Status
from svro.law import words


def concentration(people: People, about: About) -> Iterator[Measured]:
    """M7 of everybody, and of each group: how far searches fall on a few."""
    groups = by_group(people, about)
    for group, own in (None, people), *((group, groups[group]) for group in words.GROUPS):
        counts, here = each(own), replace(about, group=group)
        found = repeats.spread(counts)
        status: Status = found.status if found.status != "ok" or len(own) >= 20 else "insufficient_data"
        rest: dict[str, int | float | None] = {
            "events": sum(counts),
            "people": sum(n > 0 for n in counts),
            "denominator": float(len(own)),
        }
        numbers: tuple[tuple[str, Form, float | None], ...] = (
            ("gini", "number", found.gini),
            ("top tenth", "number", found.top_tenth),
            ("mean", "number", found.mean),
        )
        for part, form, value in numbers:
            figure = Figure(value=value, status=status, method="arithmetic over people at risk", **rest)  # type: ignore[arg-type]
            yield measured(here, "M7", part, form, figure, source=PEOPLE)
        never = proportions.proportion(sum(n == 0 for n in counts), len(counts))
        never = replace(never, people=never.events)
        fit: Status = "ok" if len(own) >= 20 else "insufficient_data"
        yield measured(here, "M7", "never searched", "proportion", never, source=PEOPLE, status=fit)
        low, high = found.most or (None, None)
        band = Figure(low=low, high=high, status=status, method="in bands", **rest)  # type: ignore[arg-type]
        yield measured(here, "M7", "most", "band", band, source=PEOPLE)


def first_search(people: People, about: About, period: Span) -> Iterator[Measured]:
    """M8: days from the first day of effect in the period to the first search, or to the last day at risk."""
    times: dict[words.Group | None, list[tuple[int, bool]]] = {}
    for one in people:
        first = min((a for a, _ in one.subject.spans), default=None)
        if first is None or not period[0] <= first < period[1]:
            continue
        last = min(max(b for _, b in one.subject.spans), period[1])
        searched = min((search.day for search in one.searches), default=None)
        days = ((searched or last) - first).days
        for group in (None, one.subject.group(about.basis)):
            times.setdefault(group, []).append((max(days, 0), searched is not None))
    for group in (None, *words.GROUPS):
        rows = times.get(group, [])
        events = sum(searched for _, searched in rows)
        figure = Figure(
            status="ok" if events >= 10 else "insufficient_data",
            events=events,
            people=events,
            denominator=float(len(rows)),
            method="Kaplan-Meier, median with its 95% limits",
        )
        if events >= 10:
            figure = replace(figure, **_median(rows))
        yield measured(replace(about, group=group), "M8", "median", "number", figure, source=PEOPLE)


def _median(rows: Sequence[tuple[int, bool]]) -> dict[str, float | Status | None]:
    """The median and its limits: none of the three where half were not searched."""
    import math

    import numpy as np
    from statsmodels.duration.survfunc import SurvfuncRight

    with np.errstate(all="ignore"):  # the log of nought, at the ends of its own limits
        curve = SurvfuncRight([float(days) + 0.5 for days, _ in rows], [int(seen) for _, seen in rows])
        found = [float(curve.quantile(0.5)), *map(float, curve.quantile_ci(0.5))]
    value, low, high = (None if math.isnan(n) or math.isinf(n) else n - 0.5 for n in found)
    status: Status = "ok" if value is not None else "insufficient_data"
    return {"value": value, "low": low, "high": high, "status": status}
