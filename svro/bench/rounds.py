"""How two ways are compared: turn about, in short blocks, in the same minutes; medians of the blocks.

The clock decides, for it is what somebody waits for and counts everything: client, server, database. On two
cores it flatters a server that is slower than its neighbours on the other core, so the ratio of the processor
time of the process under test stands beside it, unjudged.
"""

import statistics
from collections.abc import Callable
from typing import Any, NamedTuple

SEED = 20_241_122


class Size(NamedTuple):
    """How much is done: rounds of each way, rows of an import, requests of a block, orders held meanwhile."""

    rounds: int
    rows: int
    requests: int
    orders: int


FULL = Size(rounds=7, rows=100_000, requests=1_500, orders=3_000)
TINY = Size(rounds=1, rows=120, requests=24, orders=12)
"""For seeing that everything runs: its figures mean nothing."""


class Block(NamedTuple):
    """`n` things done: seconds by the clock, and seconds of processor time of the process that did them."""

    n: int
    wall: float
    cpu: float


class Subject(NamedTuple):
    """What is compared, on which engine: the ratio to reach (None: only printed), the thing done over and
    over, and the two ways to do it.
    """

    name: str
    engine: str
    goal: float | None
    thing: str
    ours: str
    limit: str


def compare(
    subject: Subject, rounds: int, ours: Callable[[], Block], limit: Callable[[], Block]
) -> dict[str, Any]:
    """Do both, turn about: a ratio of 1.0 is at the limit, 0.5 takes twice as long."""
    mine, bare = list[Block](), list[Block]()
    for n in range(rounds):
        for way, blocks in ((ours, mine), (limit, bare))[:: 1 if n % 2 else -1]:
            blocks.append(way())
    median, limit_median = (statistics.median(map(_wall, blocks)) for blocks in (mine, bare))
    cpu, limit_cpu = (statistics.median(map(_cpu, blocks)) for blocks in (mine, bare))
    ratio = limit_median / median
    return {
        "name": subject.name,
        "engine": subject.engine,
        "ratio": round(ratio, 3),
        "goal": subject.goal,
        "pass": None if subject.goal is None else ratio >= subject.goal,
        "median": round(median, 2),
        "limit_median": round(limit_median, 2),
        "unit": f"µs per {subject.thing}",
        "per_second": round(1e6 / median),
        "limit_per_second": round(1e6 / limit_median),
        "cpu_ratio": round(limit_cpu / cpu, 3),
        "rounds": rounds,
        "ours": subject.ours,
        "limit": subject.limit,
        "skipped": None,
    }


def skipped(subject: Subject, why: str) -> dict[str, Any]:
    """A comparison that cannot be made here, in the same shape."""
    figures = ("ratio", "median", "limit_median", "per_second", "limit_per_second", "cpu_ratio")
    return {
        "name": subject.name,
        "engine": subject.engine,
        "goal": subject.goal,
        "pass": None,
        "unit": f"µs per {subject.thing}",
        "rounds": 0,
        "ours": subject.ours,
        "limit": subject.limit,
        "skipped": why,
        **dict.fromkeys(figures),
    }


def _wall(block: Block) -> float:
    return block.wall / block.n * 1e6


def _cpu(block: Block) -> float:
    return block.cpu / block.n * 1e6
