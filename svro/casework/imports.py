"""Importing published searches: a file is one month of one force, or is sorted into months, or refused."""

import asyncio
import csv
import hashlib
import pickle
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import TextIO, TypeVar

import msgspec

from svro.casework.published import Change, Line, NothingUnderstood, Stays, all_held, confirm, replace
from svro.errors import Fault, Malformed
from svro.law import words
from svro.law.dates import london_day
from svro.policeuk import (
    FIGURES,
    MONTH,
    Document,
    Faulty,
    Month,
    Reading,
    Record,
    Row,
    Unreadable,
    count,
    found,
    instant,
    named,
    records,
)
from svro.records.base import Database
from svro.reference.forces import FORCES

T = TypeVar("T")
Seen = Callable[[bytes], None]
Progress = Callable[[int, int, str], object]
"""Hears the bytes read so far, the bytes there are, and the file being read; on SQLite in another thread."""


class Refusal(msgspec.Struct, frozen=True):
    """A file that changed nothing, and why."""

    file: str
    reason: str


class Summary(msgspec.Struct, kw_only=True):
    """What an import did.

    `files` were read or refused; those `passed_over` are of another kind. `rows` were read: `accepted`
    understood, `rejected` not. `new`, `replaced`, `unchanged` and `held_back` count months of forces,
    `derived` those of the new whose month comes from their rows. The two `..._month_differs` count rows
    outside the month of record on that clock; `unknown_legislation` powers that are on no list, word for
    word; `extra_keys` JSON keys that CSV has no column for.
    """

    files: int = 0
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    held_back: int = 0
    derived: int = 0
    utc_month_differs: int = 0
    london_month_differs: int = 0
    changes: list[Change] = msgspec.field(default_factory=list)
    unknown_legislation: dict[str, int] = msgspec.field(default_factory=dict)
    extra_keys: dict[str, int] = msgspec.field(default_factory=dict)
    refused: list[Refusal] = msgspec.field(default_factory=list)
    passed_over: list[str] = msgspec.field(default_factory=list)


async def import_searches(
    db: Database,
    paths: Sequence[Path],
    *,
    published: date,
    now: datetime,
    force: str | None = None,
    month: str | None = None,
    rejects: TextIO | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Import CSV and JSON files of data.police.uk, ZIPs and folders of them, as published on the London
    day `published`.

    `force` (a slug) and `month` (YYYY-MM) speak for files whose names do not; a file whose name says
    otherwise is refused. Rows that are not understood go to `rejects` as CSV: file, line, column, reason.
    A refused file changes nothing and does not stop the others. Raises Malformed for a force or a month
    that is none and for a day still to come.
    """
    _check(force, month, published, london_day(now))
    run = _Run(db, published, now, rejects, await all_held(db))
    with found(paths) as files:
        run.summary.files = len(files.documents) + len(files.refused)
        run.summary.passed_over = files.passed_over
        for name, reason in files.refused:
            run.refuse(name, reason)
        before, total = 0, sum(document.size for document in files.documents)
        for document in files.documents:
            try:
                await run.document(document, force, month, _watch(progress, document.name, before, total))
            except Unreadable as error:
                run.refuse(document.name, str(error))
            before += document.size
            if progress:
                progress(before, total, document.name)
    return run.summary


def _check(force: str | None, month: str | None, published: date, today: date) -> None:
    faults = []
    if force is not None and force not in FORCES:
        faults.append(Fault("force", f"{force!r} is not one of {', '.join(FORCES)}"))
    if month is not None and not re.fullmatch(MONTH, month):
        faults.append(Fault("month", f"{month!r} is not a month such as 2024-09"))
    if published > today:
        faults.append(Fault("published", f"{published} is still to come"))
    if faults:
        raise Malformed(faults)


def _watch(progress: Progress | None, name: str, before: int, total: int) -> Seen:
    """What tells `progress` of each block of a file that is read after `before` bytes of others."""
    done = before

    def seen(block: bytes) -> None:
        nonlocal done
        done += len(block)
        if progress:
            progress(done, total, name)

    return seen


class _Run:
    """One import: what its files share, what is held, and what has been done so far."""

    def __init__(
        self,
        db: Database,
        published: date,
        now: datetime,
        rejects: TextIO | None,
        held: dict[tuple[str, str], Line],
    ) -> None:
        self.db, self.published, self.now, self.held = db, published, now, held
        self.summary = Summary()
        self._rejects = csv.writer(rejects, lineterminator="\n") if rejects else None
        self._reject("file", "line", "column", "reason")

    def _reject(self, name: str, line: int | str, column: str, reason: str) -> None:
        if self._rejects:
            # A spreadsheet would take a name that begins with one of these for a formula.
            self._rejects.writerow((f"./{name}" if name[:1] in "=+-@" else name, line, column, reason))

    def refuse(self, name: str, reason: str) -> None:
        """Note a file that is refused."""
        self.summary.refused.append(Refusal(name, reason))
        self._reject(name, "", "", reason)

    async def document(self, document: Document, force: str | None, month: str | None, seen: Seen) -> None:
        """Import one file. Raises Unreadable where it is refused: then it has changed nothing."""
        own_month, own_force = named(document.own_name)
        if own_force not in FORCES:
            own_force = None
        for own, given, option in ((own_force, force, "--force"), (own_month, month, "--month")):
            if own and given and own != given:
                raise Unreadable(f"its name says {own} and {option} says {given}")
        if not (slug := own_force or force):
            raise Unreadable("its name gives no force that is known: say which with --force")
        if record := own_month or month:
            await self._month(document, slug, record, seen)
        else:
            await self._months(document, slug, seen)

    async def _month(self, document: Document, force: str, month: str, seen: Seen) -> None:
        """A file that is one month of one force goes straight into the database."""
        held = self.held.get((force, month))
        comparable = held and held.words == words.VERSION and not held.month_derived
        if held and comparable and held.sha256 == await asyncio.to_thread(document.sha256):
            self._add({name: getattr(held, name) for name in FIGURES})
            await self._unchanged(held)
            return
        line, digest = self._line(document, force, month, derived=False), hashlib.sha256()
        reading = Reading(Month(month), line.id)

        def read(block: bytes) -> None:
            digest.update(block)
            seen(block)

        rows = self._rows(document, read, reading.row)
        await self._store(line, reading, rows, digest.hexdigest)

    async def _months(self, document: Document, force: str, seen: Seen) -> None:
        """The rows of a file without a month are first sorted by London month, outside the database."""
        digest = await asyncio.to_thread(document.sha256)
        with closing(sqlite3.connect("", check_same_thread=False)) as sorter:
            incoming = await asyncio.to_thread(self._sort, document, force, seen, sorter)
            for line, reading in incoming:
                if reading.accepted:
                    await self._store(line, reading, _sorted_rows(sorter, line.month), lambda: digest)
                else:
                    self._count(reading)
        if not any(reading.accepted for _, reading in incoming):
            raise NothingUnderstood(sum(reading.rejected for _, reading in incoming))

    def _sort(
        self, document: Document, force: str, seen: Seen, sorter: sqlite3.Connection
    ) -> list[tuple[Line, Reading]]:
        """Put the rows into `sorter` by month. Returns each month's line and what was read of it."""
        incoming: dict[str, tuple[Line, Reading]] = {}

        def understand(record: Record) -> tuple[str, bytes]:
            month = _own_month(record)
            if month not in incoming:
                line = self._line(document, force, month, derived=True)
                incoming[month] = line, Reading(Month(month), line.id)
            return month, pickle.dumps(incoming[month][1].row(record))

        sorter.execute("CREATE TABLE rows (month TEXT, row BLOB)")
        sorter.executemany("INSERT INTO rows VALUES (?, ?)", self._rows(document, seen, understand))
        sorter.execute("CREATE INDEX by_month ON rows (month)")
        return [incoming[month] for month in sorted(incoming)]

    def _line(self, document: Document, force: str, month: str, *, derived: bool) -> Line:
        return Line(
            force=force,
            month=month,
            month_derived=derived,
            published=self.published,
            file=document.name,
            imported_at=self.now,
        )

    def _rows(self, document: Document, seen: Seen, understand: Callable[[Record], T]) -> Iterator[T]:
        """Each row of a file as `understand` gives it; those it cannot go to the rejects."""
        for record in records(document, seen):
            try:
                row = understand(record)
            except Faulty as fault:
                for column, reason in fault.faults:
                    self._reject(document.name, record[0], column, reason)
            else:
                yield row

    async def _store(
        self, line: Line, reading: Reading, rows: Iterable[Row], sha256: Callable[[], str]
    ) -> None:
        """Put a month in the place of what is held, if it should be, and count what became of it."""
        held = self.held.get((line.force, line.month))
        try:
            change = await replace(self.db, line, held, reading, rows, sha256)
        except NothingUnderstood:
            self._count(reading)
            raise
        except Stays as stays:
            if stays.change:
                self.summary.held_back += 1
                self.summary.changes.append(stays.change)
            elif held:
                await self._unchanged(held)
        else:
            self.held[line.force, line.month] = line
            if change:
                self.summary.replaced += 1
                self.summary.changes.append(change)
            else:
                self.summary.new += 1
                self.summary.derived += line.month_derived
        self._count(reading)

    async def _unchanged(self, held: Line) -> None:
        self.summary.unchanged += 1
        await confirm(self.db, held, self.published, self.now)

    def _count(self, reading: Reading) -> None:
        """Add a month's figures to the summary."""
        self._add(reading.figures())
        for name, n in reading.unlisted.items():
            count(self.summary.unknown_legislation, name, n)
        for name, n in reading.extra_keys.items():
            count(self.summary.extra_keys, name, n)

    def _add(self, figures: Mapping[str, int]) -> None:
        for name, n in figures.items():
            setattr(self.summary, name, getattr(self.summary, name) + n)


def _own_month(record: Record) -> str:
    """The London month of a record's own date; without one any will do, for the record is refused."""
    try:
        return f"{london_day(instant(record[1][1])):%Y-%m}"
    except (Faulty, IndexError):
        return "2001-01"


def _sorted_rows(sorter: sqlite3.Connection, month: str) -> Iterator[Row]:
    for (row,) in sorter.execute("SELECT row FROM rows WHERE month = ? ORDER BY rowid", (month,)):
        yield pickle.loads(row)
