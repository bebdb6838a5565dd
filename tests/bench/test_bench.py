"""The benchmarks run, on the smallest of sizes, and say what they measured: their figures are for no test."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from svro import bench
from svro.bench import imports, record
from svro.bench.databases import Databases, Unavailable
from svro.bench.rounds import TINY, Block, Subject, compare
from tests import postgres
from tests.conftest import absent

KEYS = ["name", "engine", "ratio", "goal", "pass", "median", "limit_median", "unit", "per_second"]
KEYS += ["limit_per_second", "cpu_ratio", "rounds", "ours", "limit", "skipped"]


def judged(ours: list[float], limit: list[float], goal: float | None = 0.5) -> dict[str, Any]:
    """A comparison of blocks of ten things that took these seconds each."""
    mine, bare = iter(ours), iter(limit)
    subject = Subject("s", "e", goal, "thing", "ours", "limit")
    return compare(
        subject, len(ours), lambda: Block(10, next(mine), 1.0), lambda: Block(10, next(bare), 0.25)
    )


def test_a_ratio_is_of_the_medians_and_the_limit_is_one() -> None:
    row = judged([4.0, 40.0, 2.0], [1.0, 3.0, 2.0])
    assert (row["ratio"], row["median"], row["limit_median"]) == (0.5, 400_000, 200_000)
    assert (row["cpu_ratio"], row["per_second"], row["limit_per_second"]) == (0.25, 2, 5)


@pytest.mark.parametrize("goal, verdict", [(0.5, True), (0.51, False), (None, None)])
def test_a_ratio_is_judged_by_its_goal_and_only_printed_without_one(
    goal: float | None, verdict: bool | None
) -> None:
    assert judged([2.0], [1.0], goal)["pass"] is verdict


def test_the_two_ways_take_turns_to_begin() -> None:
    order: list[str] = []

    def way(name: str) -> Block:
        order.append(name)
        return Block(1, 1.0, 1.0)

    compare(Subject("s", "e", None, "thing", "", ""), 2, lambda: way("ours"), lambda: way("limit"))
    assert order == ["limit", "ours", "ours", "limit"]


TIMED = tuple(name for name in bench.names() if name not in ("coverage", "bundle"))


def test_a_bundle_is_measured_against_its_pdf_and_its_memory() -> None:
    [row] = json.loads(json.dumps(bench.run(["bundle"], size=TINY)))
    assert sorted(row) == sorted(KEYS)
    assert (row["name"], row["goal"], row["skipped"]) == ("bundle", 1 / 1.6, None)
    assert row["ratio"] == pytest.approx(row["limit_median"] / row["median"], rel=0.01)
    assert re.search(r"at most \d+ MiB of memory, of 600", row["ours"])


def test_intervals_hold_the_truth_more_often_than_the_naive_ones() -> None:
    """On forty published ratios a setting: enough to see that it runs, and that the naive ones fall short."""
    rows = json.loads(json.dumps(bench.run(["coverage"], size=TINY)))
    assert len(rows) == 6
    assert [row["rounds"] for row in rows] == [40] * 6
    assert all(sorted(row) == sorted(KEYS) for row in rows)
    assert sum(row["median"] for row in rows) > sum(row["limit_median"] for row in rows) + 30
    assert rows == json.loads(json.dumps(bench.run(["coverage"], size=TINY)))
    assert "seed" in bench.report(rows)


@pytest.mark.full
def test_nineteen_of_twenty_published_intervals_hold_the_truth() -> None:
    rows = bench.run(["coverage"])
    assert {row["pass"] for row in rows} == {True}
    assert all(row["rounds"] == 2996 for row in rows)


@pytest.mark.parametrize("name", TIMED)
def test_each_runs_on_both_engines_in_the_promised_shape(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SVRO_BENCH_POSTGRES_URL", request.getfixturevalue("postgres_url"))
    rows = json.loads(json.dumps(bench.run([name], size=TINY)))
    assert [row["name"] for row in rows] == [one for one in GOALS if one.startswith(f"{name} ")]
    for row in rows:
        assert sorted(row) == sorted(KEYS)
        assert row["skipped"] is None
        assert row["median"] > 0 < row["limit_median"]
        assert row["ratio"] == pytest.approx(row["limit_median"] / row["median"], rel=0.01)
    assert "SQLite 3" in bench.report(rows)


GOALS = {
    "import on sqlite": 0.5,
    "import on postgresql": 0.5,
    "status on sqlite": None,
    "status on postgresql": 0.5,
    "record on sqlite": None,
    "record on postgresql": None,
    "ledger fact by 1 on sqlite": 0.85,
    "ledger fact by 16 on sqlite": 0.85,
    "ledger fact by 1 on postgresql": 0.85,
    "ledger fact by 16 on postgresql": 0.85,
    "ledger row by 1 on sqlite": None,
    "ledger row by 1 on postgresql": None,
    "ledger search on sqlite": None,
    "ledger search on postgresql": None,
    "timing on sqlite": None,
    "timing of a name on sqlite": None,
    "timing on postgresql": None,
    "timing of a name on postgresql": None,
}


def test_without_postgresql_its_rows_are_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_self: Databases, engine: str) -> str:
        raise Unavailable(f"no {engine}")

    monkeypatch.setattr(Databases, "new", none)
    monkeypatch.setattr(Databases, "version", none)
    rows = bench.run(TIMED, size=TINY)
    assert {row["name"]: row["goal"] for row in rows} == GOALS
    assert all(sorted(row) == sorted(KEYS) for row in rows)
    assert {row["skipped"] for row in rows} == {"no sqlite", "no postgresql"}
    assert {row["pass"] for row in rows} == {None}


def test_a_machine_without_postgresql_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SVRO_BENCH_POSTGRES_URL", "SVRO_TEST_POSTGRES_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("svro.bench.postgres.binaries", lambda: None)
    rows = bench.run(["status"], size=TINY)
    assert [bool(row["skipped"]) for row in rows] == [False, True]
    assert "no PostgreSQL" in bench.report(rows)


def test_a_cluster_of_its_own_keeps_what_it_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (found := postgres.binaries()):
        absent("no binaries of PostgreSQL")
    from svro.bench import databases
    from svro.bench.postgres import cluster, finish

    async def told(url: str) -> list[str]:
        import asyncpg

        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
        finally:
            await connection.close()

    with cluster(found, databases.SETTINGS) as url:
        assert finish(told(url)) == ["on", "on"]


def test_an_unknown_benchmark_is_an_error() -> None:
    with pytest.raises(KeyError):
        bench.run(["speed"], size=TINY)


def test_the_invented_files_are_the_same_each_time_and_like_published_ones(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("once", "again")]
    for folder in folders:
        folder.mkdir()
    files, again = (imports.write(folder, 12_000) for folder in folders)
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in again]
    assert [file.name for file in files] == [
        "2022-01-merseyside-stop-and-search.csv",
        "2022-01-sussex-stop-and-search.csv",
    ]
    with files[0].open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))[1:2_501]
    assert 0.2 < len({(row[0], row[2], *row[6:]) for row in rows}) / len(rows) < 0.3
    assert 0.07 < len({(row[0], row[8], row[9], row[10], row[12]) for row in rows}) / len(rows) < 0.12


def test_what_each_recording_must_have_of_its_own_is_made_new_throughout() -> None:
    first = [("INSERT a", ("id-1", "same", 1)), ("INSERT b", ("id-1", b"x"))]
    second = [("INSERT a", ("id-2", "same", 1)), ("INSERT b", ("id-2", b"y"))]
    (_, (new, same, n)), (_, (again, kept)) = record._anew(first, second)
    assert new == again not in ("id-1", "id-2")
    assert (len(new), same, n, kept) == (4, "same", 1, b"x")
