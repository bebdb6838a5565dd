"""Ratios of two rates: how many times as likely one group is to be searched as the reference group.

A ratio is made of counts and denominators, never of displayed rates (26 / 3 is 8.67 where 9.63 is true).
"""

import math
from collections.abc import Sequence

from msgspec import structs

from svro.figures.rates import INDEPENDENT, Figure, Status, bad, garwood


def _guard(
    count: float | None,
    exposure: float | None,
    reference_count: float | None,
    reference_exposure: float | None,
) -> Status | None:
    """What stands in the way of a ratio, in the fixed order; None where nothing does."""
    if reference_count is None and reference_exposure is None:
        return "reference_missing"
    if count is None and exposure is None:
        return "group_missing"
    if found := bad((count, reference_count), (exposure, reference_exposure)):
        return found
    if exposure == 0:
        return "no_population"
    if reference_exposure == 0:
        return "no_population_reference"
    if count == 0:
        return "zero_events" if reference_count == 0 else "ok_zero_numerator"
    return "reference_zero" if reference_count == 0 else None


def exact_limits(
    count: int, exposure: float, reference_count: int, reference_exposure: float, confidence: float = 0.95
) -> tuple[float, float]:
    """The exact conditional limits of a rate ratio: Clopper and Pearson's on the group's share, as odds.

    Given the total, the group's count is binomial with odds ratio x exposure / reference exposure (C. J.
    Clopper and E. S. Pearson, Biometrika 26, 1934). Zero in either count leaves that side open: 0 or
    infinity.
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    scale = reference_exposure / exposure
    share = float(betaincinv(count, reference_count + 1, tail)) if count else 0.0
    other = float(betaincinv(reference_count, count + 1, tail)) if reference_count else 0.0
    return share / (1 - share) * scale, (1 - other) / other * scale if other else math.inf


def central_p(count: int, exposure: float, reference_count: int, reference_exposure: float) -> float:
    """The p-value of the exact limits: twice the smaller tail, so that the two never disagree."""
    from scipy.special import bdtr, bdtrc

    total, share = count + reference_count, exposure / (exposure + reference_exposure)
    below = float(bdtr(count, total, share))
    above = float(bdtrc(count - 1, total, share)) if count else 1.0
    return min(1.0, 2 * min(below, above))


def ratio(
    count: float | None,
    exposure: float | None,
    reference_count: float | None,
    reference_exposure: float | None,
    *,
    confidence: float = 0.95,
) -> Figure:
    """The rate of a group over the rate of the reference, with the exact conditional interval.

    For events whose people are not known. No value without events in the reference; with none in the group it
    is 0 and only the upper limit tells anything. Whether there is enough data to quote it is
    `rates.standing`'s to say.
    """
    method = f"rate ratio, exact conditional; {INDEPENDENT}"
    status = _guard(count, exposure, reference_count, reference_exposure)
    if count is None or exposure is None or reference_count is None or reference_exposure is None:
        return Figure(status=status or "missing_input", method=method)
    if status in ("invalid_input", "missing_input", "no_population", "no_population_reference"):
        return Figure(status=status, method=method)
    low, high = exact_limits(int(count), exposure, int(reference_count), reference_exposure, confidence)
    return Figure(
        value=(count * reference_exposure) / (reference_count * exposure) if reference_count else None,
        low=low,
        high=high,
        status=status or "ok",
        events=int(count),
        denominator=float(exposure),
        reference_events=int(reference_count),
        reference_denominator=float(reference_exposure),
        p=central_p(int(count), exposure, int(reference_count), reference_exposure),
        method=method,
    )


def bounds(
    count: int, exposure: float, reference_count: int, reference_exposure: float, unknown: int
) -> tuple[float, float]:
    """The least and the greatest the ratio could be, were all of unknown group of the one or the other."""
    scale = reference_exposure / exposure
    most = reference_count + unknown
    return (
        count / most * scale if most else 0.0,
        (count + unknown) / reference_count * scale if reference_count else math.inf,
    )


def tipping_share(
    count: int, exposure: float, reference_count: int, reference_exposure: float, unknown: int
) -> float | None:
    """The share of the unknown that would have to be of the group for the two rates to be alike.

    Outside 0 to 1 no sharing out makes them alike. None where nothing is unknown.
    """
    if not unknown:
        return None
    wanted = exposure * (reference_count + unknown) - reference_exposure * count
    return wanted / (unknown * (exposure + reference_exposure))


def detectable(
    events: int,
    reference_events: int,
    *,
    effect: float = 1,
    reference_effect: float = 1,
    power: float = 0.8,
    confidence: float = 0.95,
) -> float | None:
    """The smallest ratio that so many events could reliably have shown; None where there are none.

    `effect` is how far repeat searches widen each group's uncertainty, 1 where everybody is searched once.
    """
    if not events or not reference_events:
        return None
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2)) + float(ndtri(power))
    return math.exp(z * math.sqrt(effect / events + reference_effect / reference_events))


def difference(
    count: float | None,
    exposure: float | None,
    reference_count: float | None,
    reference_exposure: float | None,
    *,
    per: float = 1000,
    confidence: float = 0.95,
) -> Figure:
    """One rate less another, per so many units, with limits from the exact ones of each rate (MOVER).

    A. Donner and G. Y. Zou, Statistical Methods in Medical Research 21, 2012.
    """
    method = f"rate difference, from exact limits of each; {INDEPENDENT}"
    status = _guard(count, exposure, reference_count, reference_exposure)
    if count is None or exposure is None or reference_count is None or reference_exposure is None:
        return Figure(status=status or "missing_input", method=method)
    if status in ("invalid_input", "missing_input", "no_population", "no_population_reference"):
        return Figure(status=status, method=method)
    own, other = count / exposure, reference_count / reference_exposure
    low, high = (limit / exposure for limit in garwood(count, confidence))
    least, most = (limit / reference_exposure for limit in garwood(reference_count, confidence))
    return Figure(
        value=(own - other) * per,
        low=(own - other - math.hypot(own - low, most - other)) * per,
        high=(own - other + math.hypot(high - own, other - least)) * per,
        status=status or "ok",
        events=int(count),
        denominator=float(exposure),
        reference_events=int(reference_count),
        reference_denominator=float(reference_exposure),
        method=method,
    )


def excess(of: Figure) -> Figure:
    """The events beyond those that the reference's rate would have given, from a ratio and its interval."""

    def beyond(times: float | None) -> float | None:
        if times is None or of.events is None:
            return None
        return of.events * (1 - 1 / times) if times else -math.inf

    return structs.replace(of, value=beyond(of.value), low=beyond(of.low), high=beyond(of.high), p=None)


Cohort = Sequence[tuple[int, float]]
"""Of each person at risk: how many events, over how many days."""


def variance(people: Cohort) -> float:
    """The variance of a group's log rate with each person as one observation (HC3).

    Needs two people and one event: one person's days are all the days there are, and nothing is left to vary.
    """
    events, days = sum(x for x, _ in people), sum(t for _, t in people)
    return sum(((x - events * t / days) / (1 - t / days)) ** 2 for x, t in people) / events**2


def clustered(
    point: Figure, searched: int, people: int | None, variance: float, confidence: float = 0.95
) -> Figure:
    """A ratio with the interval of its log: Student's t on one less than the people searched in the smaller
    group; none with fewer than two. `people` are those searched in the group, `variance` is that of the log.
    """
    method = "rate ratio, clustered by person (HC3), Student's t"
    if point.value is None or point.status != "ok":
        return structs.replace(point, people=people, p=None)
    if searched < 2:
        return structs.replace(
            point, low=None, high=None, p=None, status="insufficient_data", people=people, method=method
        )
    if not variance:  # everybody alike: what is left is chance, and the exact interval says how much
        return structs.replace(point, people=people)
    from scipy.special import stdtr, stdtrit

    error = math.sqrt(variance)
    spread = float(stdtrit(searched - 1, (1 + confidence) / 2)) * error
    low, high = point.value * math.exp(-spread), point.value * math.exp(spread)
    p = 2 * float(stdtr(searched - 1, -abs(math.log(point.value)) / error))
    return structs.replace(point, low=low, high=high, people=people, p=p, method=method)


def cohort_ratio(group: Cohort, reference: Cohort, *, confidence: float = 0.95) -> Figure:
    """The ratio of two groups of known people, with an interval that allows for repeat searches.

    The log of the ratio with person-clustered (HC3) variance and Student's t on one less than the smaller
    number of people searched. Calling the same person's searches independent gave intervals that held the
    truth 61 to 90 times in 100, not 95. People without days at risk are left out; with fewer than two people
    searched in a group there is no interval.
    """
    at_risk, base = ([(x, t) for x, t in people if t > 0] for people in (group, reference))
    point = ratio(*_totals(at_risk), *_totals(base), confidence=confidence)
    searched = min(sum(x > 0 for x, _ in people) for people in (at_risk, base)) if at_risk and base else 0
    people = sum(x > 0 for x, _ in at_risk)
    sound = point.value is not None and point.status == "ok" and searched > 1
    spread = variance(at_risk) + variance(base) if sound else 0.0
    return clustered(point, searched, people, spread, confidence)


def cohort_difference(
    group: Cohort, reference: Cohort, *, per: float = 1000, confidence: float = 0.95
) -> Figure:
    """One group's rate less another's, per so many days, allowing for repeat searches."""
    at_risk, base = ([(x, t) for x, t in people if t > 0] for people in (group, reference))
    point = difference(*_totals(at_risk), *_totals(base), per=per, confidence=confidence)
    searched = min(sum(x > 0 for x, _ in people) for people in (at_risk, base)) if at_risk and base else 0
    found = structs.replace(
        point,
        people=sum(x > 0 for x, _ in at_risk),
        method="rate difference, clustered by person (HC3), Student's t",
    )
    if point.value is None or point.status != "ok":
        return found
    if searched < 2:
        return structs.replace(found, low=None, high=None, status="insufficient_data")
    from scipy.special import stdtrit

    own, other = (sum(x for x, _ in p) / math.fsum(t for _, t in p) * per for p in (at_risk, base))
    error = math.hypot(own * math.sqrt(variance(at_risk)), other * math.sqrt(variance(base)))
    if not error:
        return structs.replace(point, people=found.people)
    spread = float(stdtrit(searched - 1, (1 + confidence) / 2)) * error
    return structs.replace(found, low=point.value - spread, high=point.value + spread)


def resident_ratio(
    by_person: Sequence[int],
    residents: int | None,
    reference_by_person: Sequence[int],
    reference_residents: int | None,
    *,
    confidence: float = 0.95,
) -> Figure:
    """The ratio of searches per resident where it is known whose the searches are: every resident is one
    observation, nearly all of them never searched.
    """
    point = ratio(
        sum(by_person), residents, sum(reference_by_person), reference_residents, confidence=confidence
    )
    sides = ((by_person, residents), (reference_by_person, reference_residents))
    searched = min(sum(n > 0 for n in people) for people, _ in sides)
    sound = point.value is not None and point.status == "ok" and residents and reference_residents
    variance = (
        sum(sum(n * n for n in people) / sum(people) ** 2 - 1 / (of or 1) for people, of in sides)
        if sound
        else 0.0
    )
    return clustered(point, searched, sum(n > 0 for n in by_person), max(0.0, variance), confidence)


def _totals(people: Cohort) -> tuple[int | None, float | None]:
    return (sum(x for x, _ in people), sum(t for _, t in people)) if people else (None, None)
