"""Importing published searches: the real files come out as an independent count has them, on both engines."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from svro.casework import published
from svro.casework.imports import Summary, import_searches
from svro.errors import Malformed
from svro.law import words
from svro.policeuk import COLUMNS, Month, Reading, Unreadable
from svro.records import Database
from svro.records.ledger import LedgerLeaf, LedgerPayload
from svro.records.published import PublishedCount, PublishedImport, PublishedSearch
from svro.records.reach import ALL
from tests.conftest import CHECKOUT
from tests.lines import behind_the_fence

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADER = ",".join(COLUMNS)
NO_FORCE = "its name gives no force that is known: say which with --force"
EARLY, LATE = date(2020, 6, 1), date(2021, 12, 31)


def row(day: str = "2021-06-01T03:03:29+00:00", **cells: str) -> str:
    """A line of a file; `cells` by the names of the site's API."""
    plain = {
        "type": "Person search",
        "datetime": day,
        "latitude": "51.535996",
        "longitude": "-0.078347",
        "gender": "Male",
        "age_range": "18-24",
        "self_defined_ethnicity": "White - Irish",
        "officer_defined_ethnicity": "White",
        "legislation": "Misuse of Drugs Act 1971 (section 23)",
        "outcome": "Arrest",
    } | cells
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([plain.get(key, "") for key in COLUMNS.values()])
    return line.getvalue()


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of the rows given under a name."""

    def write(name: str, *lines: str) -> Path:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
        return tmp_path / name

    return write


async def take(database: Database, *paths: Path, **asked: Any) -> Summary:
    return await import_searches(database, paths, **({"published": LATE, "now": NOW} | asked))


async def fetch(database: Database, *columns: Any, where: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    async with database.read(ALL) as session:
        return [tuple(found) for found in await session.execute(select(*columns).where(*where))]


async def held(database: Database) -> dict[str, Any]:
    """Everything published that is held, but for ids and when and from where it was imported."""
    lines = PublishedImport.__table__.c
    rows = PublishedSearch.__table__.c
    months = (lines.force, lines.month)
    is_held = lines.replaced_at.is_(None)
    return {
        "lines": sorted(await fetch(database, *months, lines.published, lines.accepted, where=[is_held])),
        "rows": Counter(
            await fetch(database, *months, *rows[2:], where=[rows.import_id == lines.id, is_held])
        ),
        "counts": sorted(await fetch(database, *PublishedCount.__table__.c)),
        "all rows": await fetch(database, func.count(rows.line)),
    }


# --- the whole of the real data

TWICE = r"""
import asyncio, json, re, resource, sys
from datetime import UTC, date, datetime
from pathlib import Path
import msgspec
from svro.casework.imports import import_searches
from svro.records import Database

async def main(url, path):
    database = Database(url, durable=False)
    for _ in range(2):
        summary = await import_searches(
            database, [Path(path)], published=date(2021, 12, 31), now=datetime(2026, 11, 22, tzinfo=UTC)
        )
        print(msgspec.json.encode(summary).decode())
    # Linux's ru_maxrss goes back to before this program began: it has the peak of the process that ran it.
    told = Path("/proc/self/status")
    peak = re.search(r"VmHWM:\s+(\d+) kB", told.read_text()) if told.exists() else None
    print(peak[1] if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def by_month(database: Database) -> dict[tuple[str, str], Counter[str]]:
    """The oracle's columns, counted from the rows."""
    row, line = PublishedSearch.__table__.c, PublishedImport.__table__.c
    by = (line.force, line.month, row.vehicle_only, row.self_defined_code, row.officer_defined_code)
    by += (row.outcome_code, row.power_code, row.no_location, row.utc_month_differs)
    query = select(*by, func.count()).where(row.import_id == line.id).group_by(*by)
    out: dict[tuple[str, str], Counter[str]] = {}
    async with database.read(ALL) as session:
        for force, month, vehicle, said, seen, outcome, power, nowhere, utc, n in await session.execute(
            query
        ):
            counts = out.setdefault((force, month), Counter())
            counts["rows"] += n
            counts["vehicle_only" if vehicle else "person"] += n
            counts["nfa"] += n * (outcome == "nfa")
            counts["arrest"] += n * (outcome == "arrest")
            counts["blank_outcome"] += n * (outcome == "unknown")
            counts["s60"] += n * (power == "cjpoa-60")
            counts["no_location"] += n * nowhere
            counts["utc_month_differs"] += n * utc
            counts[f"sde_{words.group5(said)}"] += n
            counts[f"ode_{words.officer_group(seen)}"] += n
    return out


async def test_every_column_of_every_month_is_as_counted_independently(
    shared: Path, engine_url: str, database: Database
) -> None:
    """577,013 rows of 857 files, imported twice in a process of its own, whose memory is measured."""
    data = shared / "data"
    archive = data / "police-uk" / "44-forces-2019-01_2021-11.zip"
    run = [sys.executable, "-c", TWICE, engine_url, str(archive)]
    done = subprocess.run(run, check=True, capture_output=True, text=True, cwd=CHECKOUT)
    first, second, kilobytes = (json.loads(line) for line in done.stdout.splitlines())
    assert kilobytes < 300 * 1024

    with (data / "oracles" / "police-uk-force-month.csv").open(encoding="utf-8") as file:
        oracle = {(line.pop("force"), line.pop("month")): line for line in csv.DictReader(file)}
    counted = await by_month(database)
    assert counted.keys() == oracle.keys()
    for key, want in oracle.items():
        assert {name: str(counted[key][name]) for name in want} == want, key

    assert (first["files"], first["rows"], first["accepted"], first["new"]) == (857, 577013, 577013, 857)
    assert first["rejected"] == first["replaced"] == first["unchanged"] == first["derived"] == 0
    assert first["refused"] == first["changes"] == first["passed_over"] == []
    assert first["unknown_legislation"] == {}
    assert first["utc_month_differs"] == sum(int(line["utc_month_differs"]) for line in oracle.values())

    assert second == first | {"new": 0, "unchanged": 857}
    assert await fetch(database, func.count(PublishedImport.id)) == [(857,)]
    assert await fetch(database, func.count(LedgerLeaf.id)) == [(857,)]


# --- months published again


@pytest.fixture
def publications(shared: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The same 18 months as published early in 2020 and as published at the end of 2021."""
    early = shared / "data" / "police-uk" / "republished-early-2020"
    late = tmp_path / "late"
    late.mkdir()
    with zipfile.ZipFile(shared / "data" / "police-uk" / "44-forces-2019-01_2021-11.zip") as archive:
        for file in early.iterdir():
            (late / file.name).write_bytes(archive.read(f"{file.name[:7]}/{file.name}"))
    return early, late


async def test_either_order_ends_with_the_later_publication_and_says_what_differs(
    publications: tuple[Path, Path], database: Database
) -> None:
    early, late = publications
    first = await take(database, early, published=EARLY)
    assert (first.new, first.replaced, first.rows) == (18, 0, 22146)
    before = await held(database)
    then = await take(database, late, published=LATE)
    assert (then.new, then.replaced, then.unchanged, then.held_back) == (0, 3, 15, 0)
    after = await held(database)
    assert after["rows"] != before["rows"]
    back = await take(database, early, published=EARLY)
    assert (back.replaced, back.unchanged, back.held_back) == (0, 15, 3)
    assert await held(database) == after
    assert {line[2] for line in after["lines"]} == {LATE}, (
        "the 15 unchanged are known to be as new as the rest"
    )

    assert {(c.force, c.month): (c.done, c.added, c.removed) for c in then.changes} == {
        ("south-yorkshire", "2019-12"): ("replaced", 530, 524),
        ("south-yorkshire", "2020-01"): ("replaced", 917, 795),
        ("south-yorkshire", "2020-02"): ("replaced", 661, 666),
    }
    for forth, again in zip(then.changes, back.changes, strict=True):
        assert again.done == "held back"
        assert again.why == "it was published on 2020-06-01, before the one that is held"
        assert (again.added, again.removed, again.columns) == (forth.removed, forth.added, forth.columns)


async def test_the_later_publication_stands_when_it_came_first(
    publications: tuple[Path, Path], database: Database
) -> None:
    early, late = publications
    await take(database, late, published=LATE)
    only_late = await held(database)
    back = await take(database, early, published=EARLY)
    assert (back.unchanged, back.held_back) == (15, 3)
    assert await held(database) == only_late
    asked = await take(database, early, published=NOW.date())
    assert asked.replaced == 3, (
        "an older file replaces a newer one where the operator says when it was published"
    )


async def test_what_was_replaced_keeps_its_line_and_loses_its_rows(
    put: Callable[..., Path], database: Database
) -> None:
    file = put("2021-06-sussex-stop-and-search.csv", row(), row(), row(outcome="Community resolution"))
    await take(database, file, published=EARLY)
    put(file.name, row(), row(outcome="Community resolution"), row(outcome=""))
    summary = await take(database, file, published=LATE)
    (change,) = summary.changes
    assert (change.added, change.removed, change.columns) == (1, 1, {"outcome": 1})
    assert (change.held_published, change.published, change.why) == (EARLY, LATE, None)
    line = PublishedImport
    kept = await fetch(database, line.accepted, line.added, line.removed, line.replaced_at.is_(None))
    assert sorted(kept, key=str) == [(3, 1, 1, True), (3, None, None, False)]
    assert await fetch(database, func.count(PublishedSearch.line)) == [(3,)]
    assert await fetch(database, func.sum(PublishedCount.n)) == [(3,)]
    tags = await fetch(database, LedgerPayload.tag)
    assert tags == [("published:imported",), ("published:imported",)]


async def test_the_same_rows_in_another_dress_are_unchanged(
    put: Callable[..., Path], database: Database
) -> None:
    file = put("2021-06-sussex-stop-and-search.csv", row(), row("2021-06-02T10:00:00+00:00"))
    await take(database, file)
    before = await held(database)
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"\r\n".join([lines[0], *reversed(lines[1:])]))
    again = await take(database, file)
    assert (again.unchanged, again.replaced, again.changes) == (1, 0, [])
    assert await held(database) == before


async def test_a_month_that_is_less_understood_does_not_replace_one_that_is_more(
    put: Callable[..., Path], database: Database
) -> None:
    file = put("2021-06-sussex-stop-and-search.csv", row(), row())
    await take(database, file)
    before = await held(database)
    put(file.name, row(), row(), row(outcome="Let off"))
    summary = await take(database, file, published=NOW.date())
    assert (summary.accepted, summary.rejected, summary.held_back) == (2, 1, 0)
    assert summary.unchanged == 1, "what is understood of it is the same"
    put(file.name, row(), row(outcome="Let off"))
    summary = await take(database, file, published=NOW.date())
    assert [change.why for change in summary.changes] == [
        "1 of its rows are not understood, and 0 of those held"
    ]
    assert {k: v for k, v in (await held(database)).items() if k != "lines"} == {
        k: v for k, v in before.items() if k != "lines"
    }


async def test_new_lists_give_new_codes_to_the_same_rows(
    put: Callable[..., Path], database: Database
) -> None:
    file = put("2021-06-sussex-stop-and-search.csv", row())
    await take(database, file)
    await behind_the_fence(database, "UPDATE published_imports SET words = 'words-0'")
    summary = await take(database, file, published=EARLY)
    assert (summary.replaced, [(c.added, c.removed, c.done) for c in summary.changes]) == (
        1,
        [(0, 0, "replaced")],
    )
    line = PublishedImport
    (now_held,) = await fetch(database, line.words, line.published, where=[line.replaced_at.is_(None)])
    assert now_held == (words.VERSION, LATE), "an older date does not make older what has the same rows"


# --- months that only the rows tell


async def test_a_file_without_a_month_is_sorted_by_london_months_which_replace_nothing(
    put: Callable[..., Path], database: Database
) -> None:
    file = put(
        "joined.csv",
        row("2021-06-30T22:59:59+00:00"),
        HEADER,
        row("2021-06-30T23:00:00+00:00"),
        row("nonsense"),
    )
    summary = await take(database, file, force="kent")
    assert (summary.new, summary.derived, summary.rows, summary.rejected) == (2, 2, 3, 1)
    line = PublishedImport
    lines = await fetch(database, line.month, line.month_derived, line.utc_month_differs, line.accepted)
    assert sorted(lines) == [("2021-06", True, 0, 1), ("2021-07", True, 1, 1)]
    assert (await take(database, file, force="kent")).unchanged == 2
    before = await held(database)

    other = put("other.csv", row("2021-06-10T10:00:00+00:00"), row("2021-08-10T10:00:00+00:00"))
    summary = await take(database, other, force="kent")
    assert (summary.new, summary.held_back) == (1, 1)
    assert [(c.month, c.added, c.removed, c.why) for c in summary.changes] == [
        ("2021-06", 1, 1, "its name gives no month: say which with --month")
    ]
    assert set((await held(database))["rows"]) > set(before["rows"])

    short = put("short.csv", row("2021-06-10T10:00:00+00:00"))
    summary = await take(database, short, force="kent", month="2021-06")
    assert (summary.replaced, summary.derived) == (1, 0)


async def test_a_month_of_its_own_name_outranks_a_derived_one_whenever_it_was_published(
    put: Callable[..., Path], database: Database
) -> None:
    joined = put("joined.csv", row())
    proper = put("2021-06-kent-stop-and-search.csv", row(), row())
    await take(database, joined, force="kent", published=LATE)
    assert (await take(database, proper, published=EARLY)).replaced == 1
    after = await held(database)
    summary = await take(database, joined, force="kent", published=NOW.date())
    assert (summary.held_back, summary.replaced) == (1, 0)
    assert await held(database) == after


async def test_a_derived_month_with_the_same_rows_becomes_the_months_own(
    put: Callable[..., Path], database: Database
) -> None:
    await take(database, put("joined.csv", row()), force="kent", published=LATE)
    proper = put("2021-06-kent-stop-and-search.csv", row())
    assert (await take(database, proper, published=EARLY)).replaced == 1
    assert (await take(database, proper, published=EARLY)).unchanged == 1
    line = PublishedImport
    is_held = [line.replaced_at.is_(None)]
    assert await fetch(database, line.month_derived, line.published, where=is_held) == [(False, LATE)]


# --- what is kept


async def test_identical_rows_are_kept_and_vehicles_marked_and_instants_come_back(
    put: Callable[..., Path], database: Database
) -> None:
    vehicle = {"type": "Vehicle search", "self_defined_ethnicity": "", "gender": "", "age_range": ""}
    at = "2021-06-01T03:03:29.187000+00:00"
    await take(database, put("2021-06-kent-stop-and-search.csv", row(at), row(at), row(at, **vehicle)))
    found = PublishedSearch
    rows = await fetch(database, found.line, found.vehicle_only, found.self_defined_code, found.date)
    assert sorted(rows) == [(2, False, "W2", at), (3, False, "W2", at), (4, True, "unknown", at)]
    assert set(await fetch(database, found.occurred_at)) == {(datetime.fromisoformat(at),)}
    assert await fetch(database, found.line, where=[found.occurred_at >= datetime.fromisoformat(at)])
    counts = await fetch(database, PublishedCount.vehicle_only, PublishedCount.n)
    assert sorted(counts) == [(False, 2), (True, 1)]


async def test_an_unknown_power_is_kept_word_for_word_and_counted_as_no_svro(
    put: Callable[..., Path], database: Database
) -> None:
    text = "Sentencing Act 2020 (section 342E)"
    file = put("2021-06-kent-stop-and-search.csv", row(legislation=text), row(legislation=""), row())
    summary = await take(database, file)
    assert summary.unknown_legislation == {text: 1}
    assert (summary.accepted, summary.rejected) == (3, 0)
    found = PublishedSearch
    powers = await fetch(database, found.legislation, found.power_code)
    assert set(powers) >= {(text, "unlisted"), ("", "unknown")}
    assert sorted(await fetch(database, PublishedCount.power, PublishedCount.n)) == [
        *(("mda-23", 1), ("unknown", 1), ("unlisted", 1)),
    ]


async def test_what_looks_like_a_formula_is_stored_as_it_stands(
    put: Callable[..., Path], database: Database
) -> None:
    rejects = io.StringIO()
    formula = '=HYPERLINK("http://x","y")'
    file = put("2021-06-kent-stop-and-search.csv", row(operation_name=formula), row(outcome=formula))
    await take(database, file, rejects=rejects)
    assert await fetch(database, PublishedSearch.operation_name) == [(formula,)]
    (head, line) = csv.reader(io.StringIO(rejects.getvalue()))
    assert head == ["file", "line", "column", "reason"]
    assert line[:3] == [file.name, "3", "Outcome"]
    assert not line[3].startswith("=")


# --- files that people have


async def test_old_west_midlands_files_agree_with_a_pivot_that_somebody_made_of_them(
    shared: Path, database: Database
) -> None:
    summary = await take(database, shared / "data" / "police-uk" / "loose")
    assert (summary.files, summary.accepted, summary.new) == (2, 2064, 2)
    count = PublishedCount
    for month, total, said, british, pakistani in [
        ("2016-06", 1296, 1248, 573, 170),
        ("2017-06", 768, 735, 325, 96),
    ]:
        codes: Counter[str] = Counter()
        for code, n in await fetch(database, count.self_defined, count.n, where=[count.month == month]):
            codes[code] += n
        blank = codes["unknown"]
        assert (codes.total(), codes.total() - blank) == (total, said)
        assert (codes["W1"], codes["A2"]) == (british, pakistani)


async def test_hand_made_files(shared: Path, database: Database) -> None:
    folder = shared / "data" / "police-uk" / "hand-made"
    summary = await take(database, folder, force="city-of-london")
    assert (summary.files, summary.accepted, summary.rejected) == (3, 4201, 0)
    assert [(r.file.rpartition("/")[2], r.reason) for r in summary.refused] == [
        ("WMstopandsearchJun16vs17totalsEthnicity.csv", "column 1 is 'Row Labels' where 'Type' is expected")
    ]
    months = await fetch(database, PublishedImport.month, PublishedImport.accepted)
    assert dict(months)["2019-04"] == 1650, "the re-saved file"
    assert len(months) == 13
    assert sum(n for month, n in months if month != "2019-04") == 2551, "the joined file"
    bared = PublishedSearch.more_than_outer_removed
    assert (
        await fetch(
            database,
            func.count(),
            where=[bared.is_(True), PublishedSearch.removal_of_more_than_outer_clothing == "1.0"],
        )
    ) == [(14,)]
    nameless = await take(database, folder)
    assert [r.reason for r in nameless.refused] == [
        "its name gives no force that is known: say which with --force"
    ] * 3


async def test_the_sites_json(shared: Path, database: Database) -> None:
    folder = shared / "data" / "police-uk" / "api-json"
    summary = await take(database, folder / "met-stops-force.zip", force="metropolitan")
    assert (summary.new, summary.derived, summary.accepted) == (5, 0, 18584)
    assert summary.extra_keys == {
        "involved_person": 18584,
        "outcome_object": 18584,
        "location.street": 3136 + 3364 + 3351 + 2813 + 5068,
        "borough": 5706,
    }
    months = dict(await fetch(database, PublishedImport.month, PublishedImport.accepted))
    assert months == {"2024-09": 3253, "2024-10": 3400, "2024-11": 3389, "2024-12": 2836, "2022-12": 5706}
    (one,) = await fetch(database, func.min(PublishedSearch.extra))
    assert json.loads(one[0]).keys() >= {"involved_person", "outcome_object"}

    # The site's list of searches without a place is part of its list of all: it is not added to it.
    parts = [folder / f"stop_and_searches_{part}_location.json" for part in ("with", "without")]
    summary = await take(database, *parts, force="leicestershire")
    assert (summary.new, summary.derived, summary.held_back, summary.accepted) == (1, 1, 1, 584)
    assert [(c.added, c.removed) for c in summary.changes] == [(0, 478)]
    blank = [PublishedSearch.outcome == "", PublishedSearch.outcome_code == "unknown"]
    assert await fetch(database, func.count(), where=blank) == [(14,)]

    others = await take(database, folder / "forces.json", folder / "available_dates.json", force="kent")
    assert [r.reason for r in others.refused] == [
        *("none of its 45 rows can be understood", "none of its 3 rows can be understood"),
    ]


async def test_excerpts_of_the_pilot(shared: Path, database: Database) -> None:
    summary = await take(database, shared / "data" / "police-uk" / "excerpts-2023-2024")
    assert (summary.accepted, summary.rejected, summary.new) == (23, 0, 3)
    blank = [PublishedSearch.legislation == ""]
    assert await fetch(database, PublishedSearch.power_code, where=blank) == [("unknown",)]
    outside = [PublishedSearch.outside.is_(True)]
    assert await fetch(database, PublishedSearch.latitude, where=outside) == [("54.370753",)]


async def test_london_in_2018(shared: Path, database: Database) -> None:
    summary = await take(database, shared / "data" / "police-uk" / "london-2018-04_2018-12.zip")
    assert (summary.files, summary.accepted, summary.rejected) == (18, 116606, 0)
    line = PublishedImport
    assert await fetch(database, func.sum(line.accepted), where=[line.force == "metropolitan"]) == [(115510,)]


# --- what is asked


async def test_names_and_options_that_disagree_refuse_the_file_and_not_the_others(
    put: Callable[..., Path], database: Database
) -> None:
    kent = put("2021-06-kent-stop-and-search.csv", row())
    narnia = put("2021-06-narnia-stop-and-search.csv", row())
    absent = kent.parent / "absent.csv"
    text = kent.parent / "notes.txt"
    text.write_text("x")
    good = put("2021-06-sussex-stop-and-search.csv", row())
    summary = await take(database, kent, narnia, absent, text, good, month="2021-06")
    assert [(r.file, r.reason) for r in summary.refused] == [
        (str(absent), "there is no such file"),
        ("notes.txt", "it is neither CSV, JSON nor ZIP"),
        (narnia.name, NO_FORCE),
    ]
    assert (summary.files, summary.new) == (5, 2)
    summary = await take(database, kent, narnia, force="sussex", month="2021-07")
    assert [r.reason for r in summary.refused] == [
        "its name says kent and --force says sussex",
        "its name says 2021-06 and --month says 2021-07",
    ]


async def test_a_force_a_month_or_a_day_that_is_none_is_said_before_anything_is_read(
    tmp_path: Path, database: Database
) -> None:
    with pytest.raises(Malformed) as raised:
        await take(database, tmp_path, force="narnia", month="2021-13", published=date(2026, 11, 23))
    assert [fault.field for fault in raised.value.faults] == ["force", "month", "published"]


async def test_two_imports_of_one_month_at_once_do_not_both_stand(
    put: Callable[..., Path], database: Database
) -> None:
    await take(database, put("2021-06-kent-stop-and-search.csv", row()))
    before = await held(database)
    line = published.Line(
        force="kent", month="2021-06", month_derived=False, published=LATE, file="x.csv", imported_at=NOW
    )
    reading = Reading(Month("2021-06"), line.id)
    rows = [reading.row((2, row("2021-06-09T00:00:00+00:00").split(","), None, None))]
    with pytest.raises(Unreadable, match="another import of the same month"):
        # It looked before the other had committed, so it knows of nothing held.
        await published.replace(database, line, None, reading, rows, lambda: "")
    assert await held(database) == before


async def test_progress_is_told_and_reaches_the_end(put: Callable[..., Path], database: Database) -> None:
    put("a/2021-06-kent-stop-and-search.csv", *[row()] * 1000)
    put("a/2021-06-sussex-stop-and-search.csv", *[row()] * 10)
    folder = put("a/kent-stop-and-search.csv", row()).parent
    heard: list[tuple[int, int, str]] = []
    await take(database, folder, progress=lambda *said: heard.append(said))
    size = sum(file.stat().st_size for file in folder.iterdir())
    assert heard[-1][:2] == (size, size)
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)
    assert len({name for _, _, name in heard}) == 3


async def test_the_summary_is_one_json_document_with_the_promised_names(
    put: Callable[..., Path], database: Database
) -> None:
    summary = await take(database, put("2021-06-kent-stop-and-search.csv", row()))
    told = json.loads(msgspec.json.encode(summary))
    promised = {
        "files",
        "rows",
        "accepted",
        "rejected",
        "replaced",
        "unchanged",
        "changes",
        "unknown_legislation",
    }
    assert promised <= told.keys()
    assert told["unknown_legislation"] == {}
