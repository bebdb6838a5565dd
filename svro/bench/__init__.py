"""How near the product comes to the limit: each benchmark beside the fastest way there is, in the same run.

A ratio of 1.0 is at the limit and 0.5 takes twice as long; only ratios mean anything on another machine. The
databases are fresh, as durable as a deployment's, and gone afterwards.
"""

import importlib
import os
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from svro.bench.rounds import FULL, SEED, Size

SUBJECTS = {
    "import": "imports",
    "status": "status",
    "record": "record",
    "ledger": "ledger",
    "timing": "timing",
    "coverage": "coverage",
    "bundle": "bundle",
}
"""Each benchmark and the module that does it."""


def names() -> tuple[str, ...]:
    """The benchmarks there are."""
    return tuple(SUBJECTS)


def run(
    names: Sequence[str] | None = None, *, size: Size = FULL, tell: Callable[[str], object] | None = None
) -> list[dict[str, Any]]:
    """Run some benchmarks, or all: a row for each engine, in the shape that `rounds.compare` gives.

    `goal` and so `pass` are None for what is only printed; where there is no PostgreSQL its rows say so in
    `skipped`. `tell` hears the name of each benchmark as it begins. KeyError for a name not in `names()`.
    """
    from svro.bench.databases import lent

    modules = {name: SUBJECTS[name] for name in names or SUBJECTS}
    rows: list[dict[str, Any]] = []
    with lent() as databases:
        for name, module in modules.items():
            if tell:
                tell(name)
            rows += importlib.import_module(f"svro.bench.{module}").run(databases, size)
    return rows


def machine() -> str:
    """The machine, what runs on it, and the seed, in one line."""
    drivers = ", ".join(f"{name} {version(name)}" for name in ("asyncpg", "aiosqlite", "uvicorn", "litestar"))
    cores = f"{os.cpu_count()} cores, {platform.system()}"
    return f"{_processor()}, {cores}; Python {platform.python_version()}, {drivers}; seed {SEED}"


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def report(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as text for a person, the machine last."""
    wide = max((len(row["name"]) for row in rows), default=0) + 1
    lines = [
        f"{'':<{wide}}{'ratio':>7}{'goal':>6}  {'':<6}{'ours':>10}{'limit':>10}  {'unit':<16}{'CPU ratio':>9}"
    ]
    for row in rows:
        if row["skipped"]:
            lines.append(f"{row['name']:<{wide}}  skipped: {row['skipped']}")
            continue
        goal = "-" if row["goal"] is None else f"{row['goal']:g}"
        verdict = {True: "pass", False: "FAIL", None: ""}[row["pass"]]
        figures = (
            f"{row['median']:>10,.1f}{row['limit_median']:>10,.1f} "
            f" {row['unit']:<16}{_ratio(row['cpu_ratio']):>9}"
        )
        lines.append(f"{row['name']:<{wide}}{_ratio(row['ratio']):>7}{goal:>6}  {verdict:<6}{figures}")
    notes = [f"  {row['name']}: {row['ours']}\n    against {row['limit']}" for row in rows]
    engines = ", ".join(dict.fromkeys(row["engine"] for row in rows if not row["skipped"]))
    return "\n".join([*lines, "", *notes, "", f"{machine()}; {engines}"])


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"
