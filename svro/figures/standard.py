"""Like with like: rates standardised for age and sex, and ratios made place by place.

Hand-written, because no maintained Python library gives them, and pinned to the numbers that the Office for
Health Improvement and Disparities publishes for its own.
"""

import math
from collections.abc import Sequence

import msgspec

from svro.figures.rates import Figure, bad, garwood
from svro.figures.ratios import Cohort


def byar(count: float, confidence: float = 0.95) -> tuple[float, float]:
    """Byar's approximate limits of a Poisson mean, as OHID uses from 10 events on; `garwood` is exact.

    N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research II, 1987.
    """
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    more = count + 1
    return low, more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3


def expected(exposures: Sequence[float], counts: Sequence[float], reference: Sequence[float]) -> float:
    """The events that the reference's rate in each stratum would have given over these exposures."""
    rates = (x / t if t else 0.0 for x, t in zip(counts, reference, strict=True))
    return math.fsum(t * rate for t, rate in zip(exposures, rates, strict=True))


def indirect(
    observed: float | None,
    foreseen: float | None,
    *,
    counts_by_person: Sequence[int] = (),
    confidence: float = 0.95,
) -> Figure:
    """Observed over expected events: exact limits under 10, Byar's from 10 on, as OHID publishes.

    With the events of each person given, exact limits of the effective count. The expected number is taken as
    known: what is uncertain in the reference's own rates is not in the interval.
    """
    kind = (
        "exact, effective count by person"
        if counts_by_person
        else "exact"
        if (observed or 0) < 10
        else "Byar"
    )
    method = f"observed over expected, {kind}"
    found = bad((observed,), (foreseen,))
    if found or observed is None or foreseen is None:
        return Figure(status=found or "missing_input", method=method)
    if foreseen == 0:
        return Figure(status="no_population", events=int(observed), denominator=0.0, method=method)
    if counts_by_person and observed:
        spread = sum(n * n for n in counts_by_person) / observed
        low, high = (limit * spread for limit in garwood(observed / spread, confidence))
    else:
        low, high = garwood(observed, confidence) if observed < 10 else byar(observed, confidence)
    return Figure(
        value=observed / foreseen,
        low=low / foreseen,
        high=high / foreseen,
        status="ok",
        events=int(observed),
        denominator=foreseen,
        method=method,
    )


def direct(
    counts: Sequence[int],
    exposures: Sequence[float],
    weights: Sequence[float],
    *,
    per: float = 1000,
    confidence: float = 0.95,
    by_person: Sequence[Sequence[int]] | None = None,
) -> Figure:
    """The rate over a standard population, with Dobson's interval; none under 10 events.

    `by_person` gives for each stratum how many people had 1, 2, 3 ... events: then the variance is that of
    events which come back to the same people. A. Dobson and others, Statistics in Medicine 10, 1991.
    """
    method = "directly standardised, Dobson" + (", repeat events" if by_person else "")
    total = sum(counts)
    if found := bad(counts, [*exposures, *weights]):
        return Figure(status=found, method=method)
    if total < 10:
        return Figure(status="insufficient_data", events=total, method=method)
    if not all(exposures):
        return Figure(status="no_population", events=total, method=method)
    whole = math.fsum(weights)
    rows = list(zip(counts, exposures, weights, strict=True))
    value = math.fsum(w * x / t for x, t, w in rows) / whole
    seen = (
        [sum(i * i * people for i, people in enumerate(row, 1)) for row in by_person] if by_person else counts
    )
    spread = math.fsum(w * w * v / (t * t) for v, (_, t, w) in zip(seen, rows, strict=True)) / whole**2
    low, high = (value + math.sqrt(spread / total) * (limit - total) for limit in byar(total, confidence))
    return Figure(
        value=value * per,
        low=low * per,
        high=high * per,
        status="ok",
        events=total,
        denominator=math.fsum(exposures),
        method=method,
    )


class Stratum(msgspec.Struct, frozen=True):
    """One place: the people at risk of the group and of the reference, each with events and days."""

    group: Cohort
    reference: Cohort


def _strata(strata: Sequence[Stratum]) -> list[tuple[float, float, float, float]]:
    """(events, exposure, reference events, reference exposure) of each place where both are at risk."""
    found = []
    for one in strata:
        a, t = sum(x for x, _ in one.group), math.fsum(d for _, d in one.group)
        b, u = sum(x for x, _ in one.reference), math.fsum(d for _, d in one.reference)
        found.append((float(a), t, float(b), u))
    return found


def stratified(strata: Sequence[Stratum], *, confidence: float = 0.95) -> Figure:
    """The rate ratio place by place, pooled by Mantel and Haenszel, clustered by person.

    A place where only one of the two is at risk says nothing. With one place it is `ratios.cohort_ratio`,
    interval and all. N. Mantel and W. Haenszel, Journal of the National Cancer Institute 22, 1959.
    """
    from scipy.special import stdtrit

    method = "rate ratio within each area, Mantel-Haenszel, clustered by person (HC3), Student's t"
    both = [(s, n) for s, n in zip(strata, _strata(strata), strict=True) if n[1] and n[3]]
    if not both:
        return Figure(status="no_population", method=method)
    over = math.fsum(a * u / (t + u) for _, (a, t, _, u) in both)
    under = math.fsum(b * t / (t + u) for _, (_, t, b, u) in both)
    a, t, b, u = (math.fsum(n[i] for _, n in both) for i in range(4))
    figure = Figure(
        status="ok",
        events=int(a),
        denominator=t,
        reference_events=int(b),
        reference_denominator=u,
        people=sum(x > 0 for s, _ in both for x, _ in s.group),
        method=method,
    )
    if not over or not under:
        status = (
            "zero_events" if not over and not under else "ok_zero_numerator" if not over else "reference_zero"
        )
        return msgspec.structs.replace(figure, status=status)
    value = over / under
    spread = math.fsum(
        (u / (t + u)) ** 2 * _square(s.group, a, t) + (value * t / (t + u)) ** 2 * _square(s.reference, b, u)
        for s, (a, t, b, u) in both
    )
    searched = min(sum(x > 0 for s, _ in both for x, _ in side(s)) for side in (_group, _reference))
    if searched < 2:
        return msgspec.structs.replace(figure, value=value, status="insufficient_data")
    width = float(stdtrit(searched - 1, (1 + confidence) / 2)) * math.sqrt(spread) / over
    return msgspec.structs.replace(
        figure, value=value, low=value * math.exp(-width), high=value * math.exp(width)
    )


def _group(one: Stratum) -> Cohort:
    return one.group


def _reference(one: Stratum) -> Cohort:
    return one.reference


def _square(people: Cohort, events: float, days: float) -> float:
    """The squares of what each person had beyond their share, each as if they had not made that share."""
    return math.fsum(((x - events * t / days) / (1 - t / days)) ** 2 for x, t in people if 0 < t < days)


def stratified_counts(rows: Sequence[tuple[int, float, int, float]], *, confidence: float = 0.95) -> Figure:
    """The rate ratio place by place where nobody knows whose the events are: Mantel and Haenszel's, with the
    interval of Greenland and Robins (Biometrics 41, 1985). `rows` are (events, exposure, reference events,
    reference exposure).
    """
    from scipy.special import ndtri

    method = (
        "rate ratio within each area, Mantel-Haenszel; assumes that every search is of a different person"
    )
    both = [row for row in rows if row[1] and row[3]]
    if not both:
        return Figure(status="no_population", method=method)
    over = math.fsum(a * u / (t + u) for a, t, _, u in both)
    under = math.fsum(b * t / (t + u) for _, t, b, u in both)
    figure = Figure(
        status="ok",
        events=sum(row[0] for row in both),
        denominator=math.fsum(row[1] for row in both),
        reference_events=sum(row[2] for row in both),
        reference_denominator=math.fsum(row[3] for row in both),
        method=method,
    )
    if not over or not under:
        status = (
            "zero_events" if not over and not under else "ok_zero_numerator" if not over else "reference_zero"
        )
        return msgspec.structs.replace(figure, status=status)
    variance = math.fsum((a + b) * t * u / (t + u) ** 2 for a, t, b, u in both) / (over * under)
    width = float(ndtri((1 + confidence) / 2)) * math.sqrt(variance)
    value = over / under
    return msgspec.structs.replace(
        figure, value=value, low=value * math.exp(-width), high=value * math.exp(width)
    )
