"""How often the interval beside a published ratio holds the truth, when the same people are searched
again and again.

Orders of 60 to 365 days in one year; each person's own rate is drawn from a gamma distribution, so that a
few are searched often. Only where the rule of minimum data would let the ratio be published does it
count. Beside it stands the naive interval of the log ratio, as if each search were of somebody else.
"""

import math
from typing import Any

from svro.bench.databases import Databases
from svro.bench.rounds import SEED, Size
from svro.figures import rates, ratios
from svro.figures.rates import Basis

SETTINGS: tuple[tuple[int, int, float, float, float | None], ...] = (
    (150, 60, 0.5, 1.0, None),
    (150, 60, 0.5, 1.0, 1.0),
    (150, 60, 0.5, 1.0, 0.3),
    (60, 25, 0.5, 1.0, 0.3),
    (400, 200, 0.5, 1.0, 0.3),
    (150, 60, 2.0, 2.0, 0.5),
)
"""White and Black people under order, searches a year of each, and the gamma's shape: the smaller, the more
falls on a few; None is everybody alike."""

LEAST, MOST = 93.0, 98.0
"""Per cent of published intervals that must hold the truth."""
RUNS = 428
"""Published ratios of each setting for one round: seven rounds make 2,996."""
PATIENCE = 20
"""Times as many runs as ratios wanted, before a setting that is hardly ever published is left at what it
has.
"""


def run(_databases: Databases, size: Size) -> list[dict[str, Any]]:
    """A row for each setting: the share of published intervals that held the truth, ours and the naive
    ones.
    """
    runs = RUNS * size.rounds if size.rounds > 1 else 40
    return [_row(number, setting, runs) for number, setting in enumerate(SETTINGS)]


def _row(number: int, setting: tuple[int, int, float, float, float | None], runs: int) -> dict[str, Any]:
    import numpy as np

    white, black, slow, fast, shape = setting
    chance = np.random.default_rng([SEED, number])
    truth = fast / slow
    published = held = naive = tried = 0
    while published < runs and tried < PATIENCE * runs:
        tried += 1
        base, group = (_people(chance, n, rate, shape) for n, rate in ((white, slow), (black, fast)))
        if rates.standing([_basis(group), _basis(base)]) not in ("ok", "ok_low_precision"):
            continue
        ratio = ratios.cohort_ratio(group, base)
        if ratio.value is None or ratio.low is None or ratio.high is None:
            continue
        published += 1
        held += ratio.low <= truth <= ratio.high
        spread = 1.959963984540054 * math.sqrt(1 / (ratio.events or 1) + 1 / (ratio.reference_events or 1))
        naive += abs(math.log(ratio.value / truth)) <= spread
    said = "alike" if shape is None else f"shape {shape:g}"
    ours, others = (100 * n / published if published else math.nan for n in (held, naive))
    return {
        "name": f"coverage {white}/{black} {said} {slow:g}/{fast:g}",
        "engine": "no database",
        "ratio": round(ours / 95, 3) if published else None,
        "goal": round(LEAST / 95, 3),
        "pass": LEAST <= ours <= MOST if published else False,
        "median": round(ours, 1),
        "limit_median": round(others, 1),
        "unit": "% hold the truth",
        "per_second": None,
        "limit_per_second": None,
        "cpu_ratio": None,
        "rounds": published,
        "ours": f"published in {published:,} of {tried:,} runs: clustered by person (HC3), Student's t",
        "limit": "the naive interval of the log ratio, as if each search were of somebody else",
        "skipped": None,
    }


def _people(chance: Any, n: int, rate: float, shape: float | None) -> list[tuple[int, float]]:
    days = chance.integers(60, 366, n)
    own = rate if shape is None else rate * chance.gamma(shape, 1 / shape, n)
    searches = chance.poisson(own * days / 365)
    return [(int(x), float(t)) for x, t in zip(searches, days, strict=True)]


def _basis(people: list[tuple[int, float]]) -> Basis:
    return Basis(
        events=sum(x for x, _ in people),
        people_searched=sum(x > 0 for x, _ in people),
        people_at_risk=len(people),
    )
