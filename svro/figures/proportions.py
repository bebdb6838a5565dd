"""Proportions, their differences and their ratios: k of n, each of the k one of the n.

Wilson's interval, or Clopper and Pearson's where the number will be argued over in court; Newcombe's for a
difference; Koopman's for a ratio. All from statsmodels, behind guards: at the edges it answers silently with
numbers that are wrong.
"""

import math
from collections.abc import Sequence

from svro.figures.rates import Figure, Status, bad


def _guard(pairs: Sequence[tuple[float | None, float | None]]) -> Status | None:
    """What stands in the way of a proportion: missing, impossible, more than all of them, of none."""
    if found := bad([k for k, _ in pairs], [n for _, n in pairs]):
        return found
    if any(k is not None and n is not None and k > n for k, n in pairs):
        return "invalid_input"
    return None


def effect(counts_by_person: Sequence[int]) -> float:
    """How many times as uncertain a number is for falling on the same people again: Kish's D, 1
    where each has one.
    """
    total = sum(counts_by_person)
    return sum(n * n for n in counts_by_person) / total if total else 1.0


def proportion(
    count: float | None,
    of: float | None,
    *,
    counts_by_person: Sequence[int] = (),
    widened: float | None = None,
    exact: bool = False,
    confidence: float = 0.95,
) -> Figure:
    """`count` of `of`, with Wilson's interval, or the exact one.

    With the number of each person among the `of` given, the interval is that of `of` divided by D: several
    searches of one person tell as much as one. `widened` is a D that is known without them.
    """
    name = "Clopper-Pearson" if exact else "Wilson"
    method = f"{name}, effective count by person" if counts_by_person or widened else name
    if found := _guard([(count, of)]):
        return Figure(status=found, method=method)
    assert count is not None
    assert of is not None
    people = sum(n > 0 for n in counts_by_person) or None
    if of == 0:
        status: Status = "no_population"
        return Figure(status=status, events=int(count), denominator=0.0, people=people, method=method)
    from statsmodels.stats.proportion import proportion_confint

    spread = widened or effect(counts_by_person)
    low, high = proportion_confint(
        count / spread, of / spread, alpha=1 - confidence, method="beta" if exact else "wilson"
    )
    return Figure(
        value=count / of,
        low=max(0.0, 0.0 if count == 0 else float(low)),
        high=min(1.0, 1.0 if count == of else float(high)),
        status="ok",
        events=int(count),
        denominator=float(of),
        people=people,
        method=method,
    )


def _both(
    count: float | None,
    of: float | None,
    reference_count: float | None,
    reference_of: float | None,
    method: str,
) -> Figure:
    """Two proportions side by side, still without a value; the status says whether there can be one."""
    status: Status | None = None
    if reference_count is None and reference_of is None:
        status = "reference_missing"
    elif count is None and of is None:
        status = "group_missing"
    elif found := _guard([(count, of), (reference_count, reference_of)]):
        status = found
    if status or count is None or of is None or reference_count is None or reference_of is None:
        return Figure(status=status or "missing_input", method=method)
    if of == 0:
        status = "no_population"
    elif reference_of == 0:
        status = "no_population_reference"
    return Figure(
        status=status or "ok",
        events=int(count),
        denominator=float(of),
        reference_events=int(reference_count),
        reference_denominator=float(reference_of),
        method=method,
    )


def gap(
    count: float | None,
    of: float | None,
    reference_count: float | None,
    reference_of: float | None,
    *,
    confidence: float = 0.95,
) -> Figure:
    """One proportion less another, with Newcombe's hybrid score interval: defined at none and at all.

    R. G. Newcombe, Statistics in Medicine 17, 1998, method 10.
    """
    both = _both(count, of, reference_count, reference_of, "difference of proportions, Newcombe")
    if both.status != "ok":
        return both
    from msgspec.structs import replace
    from statsmodels.stats.proportion import confint_proportions_2indep

    k, n, x, m = both.events, both.denominator, both.reference_events, both.reference_denominator
    assert k is not None
    assert n is not None
    assert x is not None
    assert m is not None
    low, high = confint_proportions_2indep(k, n, x, m, method="newcomb", compare="diff", alpha=1 - confidence)
    return replace(both, value=k / n - x / m, low=float(low), high=float(high))


def relative(
    count: float | None,
    of: float | None,
    reference_count: float | None,
    reference_of: float | None,
    *,
    confidence: float = 0.95,
) -> Figure:
    """One proportion over another, with Koopman's score interval.

    Where everybody of a group was counted the library's interval is wrong or no number at all, and the one
    combined from two Wilson intervals stands in for it (P. A. R. Koopman, Biometrics 40, 1984; A. Donner and
    G. Y. Zou, Statistical Methods in Medical Research 21, 2012).
    """
    from msgspec.structs import replace

    both = _both(count, of, reference_count, reference_of, "ratio of proportions, Koopman score")
    if both.status != "ok":
        return both
    k, n, x, m = both.events, both.denominator, both.reference_events, both.reference_denominator
    assert k is not None
    assert n is not None
    assert x is not None
    assert m is not None
    if x == 0:
        return replace(both, status="reference_zero" if k else "zero_events")
    if k == 0:
        return replace(both, value=0.0, low=0.0, status="ok_zero_numerator")
    value = (k * m) / (x * n)
    if k == n or x == m:
        low, high = _from_two(k / n, x / m, n, m, confidence)
        method = "ratio of proportions, from two Wilson intervals"
        return replace(both, value=value, low=low, high=high, method=method)
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        k, n, x, m, method="score", compare="ratio", correction=False, alpha=1 - confidence
    )
    return replace(both, value=value, low=float(low), high=float(high))


def _from_two(p: float, q: float, n: float, m: float, confidence: float) -> tuple[float, float]:
    """The limits of p / q, combined from Wilson's of each."""
    a, b = (proportion(round(share * of), of, confidence=confidence) for share, of in ((p, n), (q, m)))
    assert a.low is not None
    assert a.high is not None
    assert b.low is not None
    assert b.high is not None

    def limit(own: float, other: float, sign: int) -> float:
        inside = (p * q) ** 2 - own * other * (2 * p - own) * (2 * q - other)
        return (p * q + sign * math.sqrt(max(0.0, inside))) / (other * (2 * q - other))

    return limit(a.low, b.high, -1), limit(a.high, b.low, 1)


def adjusted(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """P-values for having asked of several groups (Benjamini and Hochberg). None is no test: it is carried
    through and does not count among those asked.

    Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57, 1995.
    """
    tested = [(at, p) for at, p in enumerate(p_values) if p is not None and not math.isnan(p)]
    answer: list[float | None] = [None] * len(p_values)
    if tested:
        from scipy.stats import false_discovery_control

        for (at, _), value in zip(tested, false_discovery_control([p for _, p in tested]), strict=True):
            answer[at] = float(value)
    return tuple(answer)
