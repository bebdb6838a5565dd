"""Figures from protected counts alone: what SDC-1 lets a reader outside the force be told of rates and
ratios.

Counts come rounded, so values have one decimal. Repeat searches widen an interval as much as they do in
truth, by a spread that is rounded up: the interval is hardly ever narrower for the protection, and the spread
tells no more than that some were searched again.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from svro.figures import proportions, rates, ratios, suppression
from svro.figures.rates import Figure
from svro.figures.suppression import Rules

STEP = 0.5
"""Spreads are rounded up to a multiple of this."""


def spread(people: Sequence[tuple[int, float]]) -> float:
    """How many times as uncertain as that of so many different people's the log rate of these is, by events
    and days of each: the greater of the person-clustered and Kish's, rounded up; never under 1.
    """
    at_risk = [(x, t) for x, t in people if t > 0]
    events, days = sum(x for x, _ in at_risk), sum(t for _, t in at_risk)
    if not events or any(t >= days for _, t in at_risk):
        return 1.0
    clustered = ratios.variance(at_risk) * events
    kish = proportions.effect([x for x, _ in at_risk])
    return max(1.0, math.ceil(max(clustered, kish) / STEP - 1e-9) * STEP)


def one_decimal(figure: Figure) -> Figure:
    """The figure as it is shown: value and limits to one decimal, no p-value."""
    value, low, high = (
        n if n is None or math.isinf(n) else suppression.one_decimal(n)
        for n in (figure.value, figure.low, figure.high)
    )
    return replace(figure, value=value, low=low, high=high, p=None)


def rate(events: int, exposure: int, wide: float, people: int | None, *, per: float = 1000) -> Figure:
    """A rate of rounded events over a rounded exposure."""
    plain = rates.rate(events, exposure, per=per)
    if plain.status != "ok":
        return plain
    low, high = (limit * wide * per / exposure for limit in rates.garwood(events / wide))
    method = "Garwood exact on rounded counts, widened for repeat searches"
    return one_decimal(replace(plain, low=low, high=high, people=people, method=method))


Side = tuple[int, int, float, int | None]
"""Of one group: events, exposure, spread, people searched (None: not shown); all protected."""
FEWEST = min(rule.k for rule in suppression.RULES if rule.tier == "public")
"""People whom any number shown is of at the least."""


def ratio(group: Side, reference: Side) -> Figure:
    """The rate of a group over the reference's, from rounded counts."""
    (x, t, wide, people), (y, s, other_wide, others) = group, reference
    point = ratios.ratio(x, t, y, s)
    if point.status != "ok":
        return one_decimal(point)
    found = ratios.clustered(
        point, min(people or FEWEST, others or FEWEST), people, wide / x + other_wide / y
    )
    method = "rate ratio of rounded counts, widened for repeat searches, Student's t"
    return one_decimal(replace(found, method=method))


def difference(group: Side, reference: Side, *, per: float = 1000) -> Figure:
    """The rate of a group less the reference's, from rounded counts: from the limits of each (MOVER)."""
    (x, t, wide, people), (y, s, other_wide, _) = group, reference
    point = ratios.difference(x, t, y, s, per=per)
    if point.status != "ok":
        return one_decimal(point)
    own, other = x / t, y / s
    low, high = (limit * wide / t for limit in rates.garwood(x / wide))
    least, most = (limit * other_wide / s for limit in rates.garwood(y / other_wide))
    return one_decimal(
        replace(
            point,
            low=(own - other - math.hypot(own - low, most - other)) * per,
            high=(own - other + math.hypot(high - own, other - least)) * per,
            people=people,
            method="rate difference of rounded counts, from the limits of each, widened for repeat searches",
        )
    )


def proportion(part: int, of: int, wide: float, rule: Rules) -> Figure:
    """A share of rounded counts: whole percent on a small base, none on a smaller one."""
    if of < rule.share_base or part > of:
        return Figure(status="suppressed", method="Wilson, on rounded counts")
    places = 2 if of < rule.share_decimals else 3
    found = proportions.proportion(part, of, widened=wide)
    value, low, high = (
        None if n is None else float(rates.rounded(Fraction(n).limit_denominator(10**9), places))
        for n in (found.value, found.low, found.high)
    )
    return replace(found, value=value, low=low, high=high, method=f"{found.method}, on rounded counts")
