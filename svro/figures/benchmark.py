"""Which searches against which people: shares, and two tests that only together say anything."""

from collections.abc import Mapping

import msgspec

from svro.figures.rates import Figure, Status


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One group's share of searches, of the benchmark, and the first over the second."""

    share: float | None
    benchmark: float | None
    index: float | None
    status: Status


def shares(searches: Mapping[str, int], benchmark: Mapping[str, float]) -> dict[str, Share]:
    """Each group's share of all searches against its share of the benchmark; groups as in `searches`."""
    total, whole = sum(searches.values()), sum(benchmark.values())
    found = {}
    for group, n in searches.items():
        own = benchmark.get(group)
        status: Status = "ok"
        if not total:
            status = "zero_events"
        elif own is None:
            status = "group_missing"
        elif not own:
            status = "no_population"
        share = n / total if total else None
        part = own / whole if own is not None and whole else None
        index = share / part if share is not None and part else None
        found[group] = Share(share=share, benchmark=part, index=index, status=status)
    return found


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the benchmark and the outcome test say together."""

    benchmark: str
    outcome: str
    verdict: str
    concordant: bool


def _direction(group: str, apart: float) -> str:
    return f"{group} {'higher' if apart > 0 else 'lower' if apart < 0 else 'alike'}"


def together(group: str, rates: tuple[float, float], finds: tuple[float, float]) -> Verdict:
    """Read search rates and find rates together: (group, reference) of each.

    Searched more and found with something less is consistent with a lower bar for the group; searched less
    and found more, with a higher one. Where the two point different ways nothing follows: at least one of
    them is right, and nobody can say which. J. Gaebler and S. Goel, A Simple, Statistically Robust Test of
    Discrimination.
    """
    searched, found = rates[0] - rates[1], finds[0] - finds[1]
    benchmark, outcome = _direction(group, searched), _direction(group, found)
    if searched * found < 0:
        bar = "lower" if searched > 0 else "higher"
        verdict = f"concordant: consistent with a {bar} bar for {group} group"
    elif searched and found:
        verdict = "inconclusive: the two tests point different ways"
    else:
        verdict = "inconclusive: one of the two shows no difference"
    return Verdict(
        benchmark=benchmark, outcome=outcome, verdict=verdict, concordant=verdict.startswith("concordant")
    )


def sure(ratio: Figure, gap: Figure) -> bool:
    """Whether both differences are beyond chance: each interval leaves out "no difference"."""
    if None in (ratio.low, ratio.high, gap.low, gap.high):
        return False
    assert ratio.low is not None
    assert ratio.high is not None
    assert gap.low is not None
    assert gap.high is not None
    return not ratio.low <= 1 <= ratio.high and not gap.low <= 0 <= gap.high
