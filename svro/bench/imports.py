"""Importing published searches, against parsing the same files and writing the same columns."""

import csv
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert, make_url

from svro.bench.databases import ENGINES, Databases, Unavailable
from svro.bench.postgres import finish
from svro.bench.rounds import SEED, Block, Size, Subject, compare, skipped
from svro.casework.imports import import_searches
from svro.law import words
from svro.policeuk import COLUMNS, FIELDS, Month, Reading, found, named, records
from svro.records import Database
from svro.records.published import PublishedImport, PublishedSearch
from svro.records.reach import NONE

NOW = datetime(2024, 9, 2, 9, 0, tzinfo=UTC)
FORCES = ("merseyside", "sussex", "thames-valley", "west-midlands")
MONTHS = tuple(f"{year}-{month:02}" for year in (2022, 2023) for month in range(1, 13))
ROWS_IN_A_FILE = 10_000
FRESH, STEEP = 0.32, 10
"""How often a row draws its labels anew, and how much likelier the first of a list: fitted to real files."""

NAMES = ("import_id", *FIELDS)
TABLE = PublishedSearch.__tablename__

Row = tuple[Any, ...]


def run(databases: Databases, size: Size) -> list[dict[str, Any]]:
    """One comparison on each engine; the goal is for both."""
    with tempfile.TemporaryDirectory(prefix="svro-bench-csv-") as folder:
        files = write(Path(folder), size.rows)
        return [_on(databases, engine, size, files) for engine in ENGINES]


def _on(databases: Databases, engine: str, size: Size, files: Sequence[Path]) -> dict[str, Any]:
    fastest = "asyncpg's copy_records_to_table" if engine == "postgresql" else "sqlite3's executemany"
    subject = Subject(
        name=f"import on {engine}",
        engine=engine,
        goal=0.5,
        thing="row",
        ours=f"casework.imports of {len(files)} files: codes, marks, counts, ledger; one transaction each",
        limit=f"csv.reader over the same files, the same columns by {fastest} in one transaction",
    )
    try:
        subject = subject._replace(engine=databases.version(engine))
    except Unavailable as why:
        return skipped(subject, str(why))
    ready = _ready(files, as_text=engine == "sqlite")
    return compare(
        subject,
        size.rounds,
        lambda: _ours(databases.new(engine), files, len(ready)),
        lambda: _limit(databases.new(engine), files, ready),
    )


def _ours(url: str, files: Sequence[Path], rows: int) -> Block:
    async def go() -> Block:
        database = Database(url)
        try:
            begun, spent = time.perf_counter(), time.process_time()
            summary = await import_searches(database, files, published=date(2024, 9, 1), now=NOW)
            block = Block(rows, time.perf_counter() - begun, time.process_time() - spent)
        finally:
            await database.close()
        if summary.accepted != rows or summary.rejected or summary.refused:
            raise RuntimeError(f"not every row was taken: {summary}")
        return block

    return finish(go())


def _limit(url: str, files: Sequence[Path], ready: Sequence[Row]) -> Block:
    finish(_open_imports(url, len(files)))
    if url.startswith("sqlite"):
        return _into_sqlite(str(make_url(url).database), files, ready)
    return finish(_into_postgres(url, files, ready))


def _into_sqlite(file: str, files: Sequence[Path], ready: Sequence[Row]) -> Block:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=DELETE", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    begun, spent = time.perf_counter(), time.process_time()
    connection.execute("BEGIN IMMEDIATE")
    marks = ", ".join("?" * len(NAMES))
    connection.executemany(
        f"INSERT INTO {TABLE} ({', '.join(NAMES)}) VALUES ({marks})", _parsed(files, ready)
    )
    connection.execute("COMMIT")
    block = Block(len(ready), time.perf_counter() - begun, time.process_time() - spent)
    connection.close()
    return block


async def _into_postgres(url: str, files: Sequence[Path], ready: Sequence[Row]) -> Block:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        begun, spent = time.perf_counter(), time.process_time()
        async with connection.transaction():
            await connection.copy_records_to_table(TABLE, columns=NAMES, records=_parsed(files, ready))
        return Block(len(ready), time.perf_counter() - begun, time.process_time() - spent)
    finally:
        await connection.close()


def _parsed(files: Sequence[Path], ready: Sequence[Row]) -> Iterator[Row]:
    """Each row made ready, as its line has been parsed."""
    waiting = iter(ready)
    for file in files:
        with file.open(encoding="utf-8", newline="") as text:
            lines = csv.reader(text)
            next(lines)
            for _cells in lines:
                yield next(waiting)


def _ready(files: Sequence[Path], *, as_text: bool) -> list[Row]:
    """What the importer writes for each line, beforehand: as tuples for the driver."""
    rows: list[Row] = []
    with found(files) as held:
        for key, document in enumerate(held.documents, 1):
            reading = Reading(Month(str(named(document.own_name)[0])))
            rows += ((key, *reading.row(record)) for record in records(document))
    if not as_text:
        return rows
    at = NAMES.index("occurred_at")
    return [(*row[:at], f"{row[at]:%Y-%m-%d %H:%M:%S.%f}", *row[at + 1 :]) for row in rows]


async def _open_imports(url: str, files: int) -> None:
    """The lines that the rows refer to, which nobody times."""
    counts = ("rows", "accepted", "rejected", "utc_month_differs", "london_month_differs")
    same = dict.fromkeys(counts, 0) | {"published": NOW.date(), "file": "", "sha256": "", "words": "words"}
    database = Database(url)
    try:
        async with database.write(NONE) as session:
            for key in range(1, files + 1):
                line = {"id": key, "force": "bench", "month": str(key), "month_derived": False}
                await session.execute(insert(PublishedImport).values(**line, **same, imported_at=NOW))
    finally:
        await database.close()


def write(folder: Path, rows: int) -> list[Path]:
    """Invented files in the layout of data.police.uk, the same each time: `rows` rows, a force's month each.

    Like a force's month as published: one row in four says in its coded cells what none before it said, some
    9 rows in 100 begin a new count, and a row has some 215 bytes.
    """
    chance, files = random.Random(SEED), list[Path]()
    places = [(f"{chance.uniform(51, 54):.6f}", f"{chance.uniform(-3, 0):.6f}") for _ in range(20_000)]
    names = ((month, force) for month in MONTHS for force in FORCES)
    for start in range(0, rows, ROWS_IN_A_FILE):
        month, force = next(names)
        said: list[list[str]] = []
        file = folder / f"{month}-{force}-stop-and-search.csv"
        with file.open("w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text)
            writer.writerow(COLUMNS)
            for _ in range(min(ROWS_IN_A_FILE, rows - start)):
                again = said and chance.random() > FRESH
                said.append(chance.choice(said) if again else _labels(chance))
                where = chance.choice(places) if chance.random() < 0.9 else ("", "")
                at = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
                at += timedelta(minutes=chance.randrange(27 * 24 * 60))
                operation, *others = said[-1]
                writer.writerow(["Person search", at.isoformat(), operation, "", *where, *others])
        files.append(file)
    return files


_LISTS = tuple(
    [label for label in closed.published() if label]
    for closed in (
        *(words.GENDERS, words.AGES, words.SELF_ETHNICITY, words.OFFICER_ETHNICITY),
        *(words.POWERS, words.OBJECTS, words.OUTCOMES),
    )
)


def _labels(chance: random.Random) -> list[str]:
    """The coded cells of a row; of each list the earlier labels are the likelier."""
    labels = [labels[int(len(labels) * chance.random() ** STEEP)] for labels in _LISTS]
    linked, removed = (chance.choice(("", "True", "False")) for _ in range(2))
    return [chance.choice(("", "False")), *labels, linked, removed]
