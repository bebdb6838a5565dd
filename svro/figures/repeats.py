"""How searches fall on people: over everybody at risk, those never searched included."""

import math
from collections.abc import Sequence

import msgspec

from svro.figures.rates import Status

BANDS = ((1, 1), (2, 5), (6, 10), (11, 20), (21, 50))
"""The most searches of one person are shown in one of these, or as more than 50: the number tells of them."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What the searches of some people are like. `most` is a band, its high end None where it has none."""

    gini: float | None = None
    top_tenth: float | None = None
    never: float | None = None
    mean: float | None = None
    most: tuple[int, int | None] | None = None
    status: Status


def spread(by_person: Sequence[int]) -> Spread:
    """The spread of searches over people at risk, one number a person: zeros count, and nobody at risk has no
    spread.

    The Gini coefficient is half the mean difference of two people over the mean; the most searched tenth is
    rounded up to a whole person.
    """
    if not by_person:
        return Spread(status="group_missing")
    ordered, total, n = sorted(by_person), sum(by_person), len(by_person)
    if ordered[0] < 0:
        return Spread(status="invalid_input")
    if not total:
        return Spread(never=1.0, status="zero_events")
    weighted = sum((2 * rank - n - 1) * x for rank, x in enumerate(ordered, 1))
    searched = sum(x > 0 for x in ordered)
    return Spread(
        gini=weighted / (n * total),
        top_tenth=sum(ordered[-math.ceil(n / 10) :]) / total,
        never=1 - searched / n,
        mean=total / searched,
        most=next(((low, high) for low, high in BANDS if ordered[-1] <= high), (51, None)),
        status="ok",
    )
