"""How two ways are compared: turn about, in short blocks, in the same minutes; medians of the blocks."""

import statistics
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

Measure = Literal["wall", "cpu"]
SEED = 20_241_122


class Size(NamedTuple):
    """How much is done: `rounds` of each way, rows of an import, requests of a block, orders held meanwhile."""

    rounds: int
    rows: int
    requests: int
    orders: int


FULL = Size(rounds=7, rows=100_000, requests=1_500, orders=3_000)
TINY = Size(rounds=1, rows=120, requests=24, orders=12)
"""For seeing that everything runs: its figures mean nothing."""


class Block(NamedTuple):
    """`n` things done once over, in seconds by the clock and in seconds of processor time."""

    n: int
    wall: float
    cpu: float


class Subject(NamedTuple):
    """What is compared: a name, the ratio to reach (None: only printed), what decides, and both ways in words.

    `measure` is the clock where the whole machine's work is what somebody waits for, and the processor time
    of the process under test where a client and a database share its cores: that disturbs the clock more.
    """

    name: str
    goal: float | None
    measure: Measure
    thing: str
    ours: str
    limit: str


def compare(
    subject: Subject, rounds: int, ours: Callable[[], Block], limit: Callable[[], Block]
) -> dict[str, Any]:
    """Do both, turn about, and say how near ours comes: a ratio of 1.0 is at the limit, 0.5 takes twice as long."""
    ways = {"ours": ours, "limit": limit}
    blocks: dict[str, list[Block]] = {"ours": [], "limit": []}
    for n in range(rounds):
        for name in ("ours", "limit") if n % 2 else ("limit", "ours"):
            blocks[name].append(ways[name]())
    cost = {
        name: {"wall": _median(done, "wall"), "cpu": _median(done, "cpu")} for name, done in blocks.items()
    }
    ratios = {by: cost["limit"][by] / cost["ours"][by] for by in ("wall", "cpu")}
    ratio = ratios[subject.measure]
    return {
        "name": subject.name,
        "ratio": round(ratio, 3),
        "goal": subject.goal,
        "pass": None if subject.goal is None else ratio >= subject.goal,
        "median": round(cost["ours"][subject.measure], 2),
        "limit_median": round(cost["limit"][subject.measure], 2),
        "unit": f"µs {'by the clock' if subject.measure == 'wall' else 'of CPU'} per {subject.thing}",
        "wall_ratio": round(ratios["wall"], 3),
        "cpu_ratio": round(ratios["cpu"], 3),
        "per_second": round(1e6 / cost["ours"]["wall"]),
        "limit_per_second": round(1e6 / cost["limit"]["wall"]),
        "rounds": rounds,
        "ours": subject.ours,
        "limit": subject.limit,
        "skipped": None,
    }


def skipped(subject: Subject, why: str) -> dict[str, Any]:
    """A comparison that could not be made here."""
    figures = ("ratio", "median", "limit_median", "wall_ratio", "cpu_ratio", "per_second", "limit_per_second")
    said = {"name": subject.name, "goal": subject.goal, "pass": None, "unit": f"µs per {subject.thing}"}
    words = {"ours": subject.ours, "limit": subject.limit, "skipped": why}
    return {**said, **dict.fromkeys(figures), "rounds": 0, **words}


def _median(blocks: list[Block], by: Measure) -> float:
    """Microseconds each."""
    return statistics.median(getattr(block, by) / block.n * 1e6 for block in blocks)
