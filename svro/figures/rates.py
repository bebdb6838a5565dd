"""Rates of events over a denominator, with exact intervals; and the one way to round what is displayed.

Nothing is computed before its guards have passed: statistical libraries answer zero, missing and impossible
input with numbers that look like results. Intervals are Garwood's, by inversion of the gamma distribution:
defined at zero events, never below the coverage they state (F. Garwood, "Fiducial limits for the Poisson
distribution", Biometrika 28, 1936).
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

Status = Literal[
    "ok",
    "ok_low_precision",  # 10 to 19 events in a group: true, and loose
    "ok_zero_numerator",  # no events in the group: only the upper limit says anything
    "missing_input",
    "invalid_input",
    "group_missing",
    "reference_missing",
    "no_population",
    "no_population_reference",
    "zero_events",
    "reference_zero",  # no events in the reference: only the lower limit says anything
    "all_unknown",  # every event is of unknown group: a zero in a group means nothing
    "too_many_unknown",  # over a fifth are of unknown group, and could turn the ratio round
    "coding_changed",  # the groups were recorded differently within the period
    "months_missing",  # and cannot be left out of both sides
    "counts_only",  # a group that has no denominator, such as the unknown
    "events_exceed_population",  # residents are not the people at risk here
    "insufficient_data",
    "suppressed",
]

INDEPENDENT = "assumes that every search is of a different person"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number with what it rests on.

    `value`, `low` and `high` are None where there is no number to give; `high` is infinite where nothing
    bounds it. `events` over `denominator` made the value; a ratio has those of its reference too. `people` is
    how many different people the events are of, None where nobody knows; `p` is how often chance alone would
    put two alike rates so far apart. A figure may be quoted only if `publishable`.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    status: Status
    events: int | None = None
    denominator: float | None = None
    reference_events: int | None = None
    reference_denominator: float | None = None
    people: int | None = None
    p: float | None = None
    method: str

    @property
    def publishable(self) -> bool:
        """Whether the number may stand by itself: other statuses say why it may not."""
        return self.status in ("ok", "ok_low_precision")


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What one group's figure rests on: events and, where known, whose they are and whose they could be."""

    events: int
    people_searched: int | None = None
    people_at_risk: int | None = None
    residents: int | None = None


def rounded(value: Fraction | Decimal | int, places: int) -> Decimal:
    """`value` to so many decimals, exact halves away from zero: as official statistics are displayed.

    Never give it a float that stands for a fraction: 101 / 6464 per 1,000 is 15.625 exactly and displays as
    15.63.
    """
    scaled = abs(Fraction(value)) * 10**places
    whole = math.floor(scaled + Fraction(1, 2))
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def displayed(count: int, exposure: int, *, per: int = 1000, places: int = 2) -> Decimal:
    """The rate as a published table shows it: `count / exposure` times `per`, rounded on exact fractions."""
    return rounded(Fraction(count * per, exposure), places)


def bad(counts: Sequence[float | None], exposures: Sequence[float | None]) -> Status | None:
    """The first guards: nothing given is missing; negative, infinite or part of an event is invalid."""
    numbers = [*counts, *exposures]
    if any(n is None or math.isnan(n) for n in numbers):
        return "missing_input"
    if any(n is not None and (n < 0 or math.isinf(n)) for n in numbers):
        return "invalid_input"
    if any(n is not None and n != int(n) for n in counts):
        return "invalid_input"
    return None


def garwood(count: float, confidence: float = 0.95) -> tuple[float, float]:
    """The exact limits of the mean of a Poisson count; an effective count may be a fraction."""
    from scipy.special import gammaincinv

    tail = (1 - confidence) / 2
    low = float(gammaincinv(count, tail)) if count > 0 else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail))


def rate(
    count: float | None,
    exposure: float | None,
    *,
    per: float = 1000,
    confidence: float = 0.95,
    counts_by_person: Sequence[int] = (),
) -> Figure:
    """`count` events per `per` units of `exposure`, with Garwood's interval.

    `exposure` is whatever the events are counted over: residents, person-days. With the events of each person
    given, the interval is on the effective count, because ten searches of one person tell less than ten
    searches of ten: count and exposure are both divided by D = (sum of squares of the counts) / (their sum).
    """
    by_person = [n for n in counts_by_person if n]
    people = len(by_person) if by_person else None
    method = "Garwood exact, effective count by person" if by_person else f"Garwood exact; {INDEPENDENT}"
    found = bad((count, *counts_by_person), (exposure,))
    if found or count is None or exposure is None:
        return Figure(status=found or "missing_input", method=method)
    if by_person and sum(by_person) != count:
        return Figure(status="invalid_input", method=method)
    if exposure == 0:
        return Figure(
            status="no_population", events=int(count), denominator=0.0, people=people, method=method
        )
    effect = sum(n * n for n in by_person) / count if by_person else 1.0
    low, high = (limit * effect * per / exposure for limit in garwood(count / effect, confidence))
    return Figure(
        value=count * per / exposure,
        low=low,
        high=high,
        status="ok",
        events=int(count),
        denominator=float(exposure),
        people=people,
        method=method,
    )


def standing(groups: Sequence[Basis]) -> Status:
    """Whether so much data can carry a figure: of one group for a rate, of both for a ratio.

    Needed in each group: 10 events; 10 different people searched and 20 people at risk, where people are
    known; 1,000 residents, where they are the benchmark. Fewer than 20 events in one is low precision. More
    events than residents comes first: then residents are plainly not the people at risk.
    """
    if any(g.residents is not None and g.events > g.residents for g in groups):
        return "events_exceed_population"
    if any(
        g.events < 10
        or (g.people_searched is not None and g.people_searched < 10)
        or (g.people_at_risk is not None and g.people_at_risk < 20)
        or (g.residents is not None and g.residents < 1000)
        for g in groups
    ):
        return "insufficient_data"
    return "ok_low_precision" if any(g.events < 20 for g in groups) else "ok"
