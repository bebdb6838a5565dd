"""Limits within which chance alone keeps a number: by month, and by how many searches lie under it.

A point outside asks a question of a named person. It never changes a grade, ranks nobody and proves nothing.
"""

import math
from collections.abc import Sequence

import msgspec

from svro.figures.rates import Status, bad


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One month: the proportion, the limits for its own number of searches, and whether it is outside."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    outside: bool = False
    status: Status


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A series with its centre line. With fewer than `LONG_ENOUGH` points it is a run chart: draw no
    limits.
    """

    centre: float | None
    points: tuple[Point, ...]
    rule: str


LONG_ENOUGH = 12
"""Points before limits are drawn."""


def p_chart(counts: Sequence[int | None], of: Sequence[int | None]) -> Chart:
    """A p-chart: limits three standard errors from the pooled proportion, within 0 and 1.

    A month without searches has no point; one with more found than searched is invalid and kept out of the
    centre. W. A. Shewhart, Economic Control of Quality of Manufactured Product, 1931.
    """
    checked = [(_month(k, n), k, n) for k, n in zip(counts, of, strict=True)]
    good = [(k, n) for status, k, n in checked if status == "ok" and k is not None and n is not None]
    searches = sum(n for _, n in good)
    centre = sum(k for k, _ in good) / searches if searches else None
    points = []
    for status, k, n in checked:
        if status != "ok" or centre is None or k is None or n is None:
            points.append(Point(status=status))
            continue
        width = 3 * math.sqrt(centre * (1 - centre) / n)
        low, high = max(0.0, centre - width), min(1.0, centre + width)
        points.append(Point(value=k / n, low=low, high=high, outside=not low <= k / n <= high, status=status))
    return Chart(centre=centre, points=tuple(points), rule="p-chart, three standard errors")


def _month(k: int | None, n: int | None) -> Status:
    if found := bad((k, n), ()):
        return found
    assert k is not None
    assert n is not None
    if k > n:
        return "invalid_input"
    return "ok" if n else "no_population"


def ewma(values: Sequence[float], *, weight: float = 0.2) -> tuple[float, ...]:
    """The exponentially weighted mean after each value: it shows a slow drift that single points hide."""
    smoothed: list[float] = []
    for value in values:
        smoothed.append(value if not smoothed else weight * value + (1 - weight) * smoothed[-1])
    return tuple(smoothed)


def cusum(counts: Sequence[int], usual: float, shifted: float) -> tuple[float, ...]:
    """The running sum of what each count has beyond the reference value between a usual and a shifted mean.

    J. M. Lucas, Technometrics 27, 1985. Both means are counts a month, and the shifted one is the greater.
    """
    reference = (shifted - usual) / math.log(shifted / usual)
    sums: list[float] = []
    for count in counts:
        sums.append(max(0.0, (sums[-1] if sums else 0.0) + count - reference))
    return tuple(sums)


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """The limits at one size: 95% and 99.8%."""

    low95: float
    high95: float
    low998: float
    high998: float


_TAILS = (0.025, 0.975, 0.001, 0.999)


def funnel_ratio(expected: float, target: float = 1.0) -> Funnel:
    """Exact limits of observed over expected where so many are expected (Poisson).

    D. J. Spiegelhalter, Statistics in Medicine 24, 2005.
    """
    from scipy.special import chdtri

    def limit(tail: float) -> float:
        more = 2 if tail > 0.5 else 0
        return target * float(chdtri(2 * expected + more, 1 - tail)) / 2 / expected

    low95, high95, low998, high998 = map(limit, _TAILS)
    return Funnel(low95=low95, high95=high95, low998=low998, high998=high998)


def funnel_proportion(target: float, of: int) -> Funnel:
    """Exact limits of a proportion of so many searches (binomial quantiles)."""
    from scipy.stats import binom

    low95, high95, low998, high998 = (float(binom.ppf(tail, of, target)) / of for tail in _TAILS)
    return Funnel(low95=low95, high95=high95, low998=low998, high998=high998)
