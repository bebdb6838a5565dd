"""Importing published searches: each month of each force is replaced whole, in one transaction, or left
as it was.

A file is read once, straight into the database by the driver's bulk loader, and what proves damaged,
older or the same by its end is rolled back. Only counts are held in memory.
"""

import asyncio
import csv
import hashlib
import pickle
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, TextIO, TypeVar

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.errors import Fault, Malformed
from svro.law import words
from svro.law.dates import london_day
from svro.policeuk import (
    FIELDS,
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
from svro.records.ledger import Entry, append
from svro.records.published import PublishedCount, PublishedImport, PublishedSearch, difference, load
from svro.reference.forces import FORCES

_READ_LATER = ("rows", "accepted", "rejected", "utc_month_differs", "london_month_differs")

T = TypeVar("T")
Seen = Callable[[bytes], None]
Progress = Callable[[int, int, str], object]
"""Hears the bytes read so far, the bytes there are, and the file being read; on SQLite in another thread."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How a publication differs from the one held for the same month of the same force, and what was
    done.

    `added` and `removed` count rows, identical ones each; `columns` the values that differ, column by
    column. `done` is "replaced", or "held back": the held one stays, as this one is older or its month
    only derived from its rows.
    """

    force: str
    month: str
    file: str
    published: date
    held_file: str
    held_published: date
    done: str
    added: int
    removed: int
    columns: dict[str, int]


class Refusal(msgspec.Struct, frozen=True):
    """A file that changed nothing, and why."""

    file: str
    reason: str


class Summary(msgspec.Struct, kw_only=True):
    """What an import did.

    `files` were read or refused; those `passed_over` are of another kind. `rows` were read: `accepted`
    understood, `rejected` not. `new`, `replaced`, `unchanged` and `held_back` count months of forces,
    `derived` those of the new whose month comes from their rows. The two `..._month_differs` count rows
    outside the month of record on that clock; `unknown_legislation` the powers that are on no list, word
    for word; `extra_keys` JSON keys that CSV has no column for.
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
    run = _Run(db, published, now, rejects)
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
    return run.summary


def _watch(progress: Progress | None, name: str, before: int, total: int) -> Seen:
    """What tells `progress` of each block of a file that is read after `before` bytes of others."""
    done = before

    def seen(block: bytes) -> None:
        nonlocal done
        done += len(block)
        if progress:
            progress(done, total, name)

    return seen


def _check(force: str | None, month: str | None, published: date, today: date) -> None:
    faults = []
    if force is not None and force not in FORCES:
        faults.append(Fault("force", f"{force!r} is not one of {', '.join(FORCES)}"))
    if month is not None and not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        faults.append(Fault("month", f"{month!r} is not a month such as 2024-09"))
    if published > today:
        faults.append(Fault("published", f"{published} is still to come"))
    if faults:
        raise Malformed(faults)


class _Held(NamedTuple):
    """The publication held for a force's month."""

    id: int
    file: str
    published: date
    month_derived: bool
    sha256: str
    words: str
    rows: int
    accepted: int
    rejected: int


class _Publication(NamedTuple):
    """One month of one force in one file; `sha256` is asked for when the file has been read."""

    force: str
    month: str
    derived: bool
    file: str
    sha256: Callable[[], str]


class _Leave(Exception):
    """Roll back: what is held stays. `change` is how the new one differs, None where it does not."""

    def __init__(self, held: _Held, change: Change | None = None) -> None:
        super().__init__()
        self.held, self.change = held, change


class _Run:
    """One import: what its files share, and what has been done so far."""

    def __init__(self, db: Database, published: date, now: datetime, rejects: TextIO | None) -> None:
        self.db, self.published, self.now = db, published, now
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
        async with self.db.read() as session:
            held = await _held(session, force, month)
        comparable = held and held.words == words.VERSION and not held.month_derived
        if held and comparable and held.sha256 == await asyncio.to_thread(document.sha256):
            self._count_rows(held.rows, held.accepted, held.rejected)
            await self._unchanged(held)
            return
        digest, reading = hashlib.sha256(), Reading(Month(month))

        def read(block: bytes) -> None:
            digest.update(block)
            seen(block)

        rows = self._rows(document, read, reading.row)
        await self._store(_Publication(force, month, False, document.name, digest.hexdigest), reading, rows)

    async def _months(self, document: Document, force: str, seen: Seen) -> None:
        """The rows of a file without a month are sorted by their own London months, outside the database,
        first.
        """
        digest = await asyncio.to_thread(document.sha256)
        with closing(sqlite3.connect("", check_same_thread=False)) as sorter:
            readings = await asyncio.to_thread(self._sort, document, seen, sorter)
            if not any(reading.accepted for reading in readings.values()):
                raise Unreadable(_nothing_in_it(sum(self._count(reading) for reading in readings.values())))
            for month, reading in sorted(readings.items()):
                if reading.accepted:
                    publication = _Publication(force, month, True, document.name, lambda: digest)
                    await self._store(publication, reading, _sorted_rows(sorter, month))
                else:
                    self._count(reading)

    def _sort(self, document: Document, seen: Seen, sorter: sqlite3.Connection) -> dict[str, Reading]:
        readings: dict[str, Reading] = {}

        def understand(record: Record) -> tuple[str, bytes]:
            month = _own_month(record)
            if month not in readings:
                readings[month] = Reading(Month(month))
            return month, pickle.dumps(readings[month].row(record))

        sorter.execute("CREATE TABLE rows (month TEXT, row BLOB)")
        sorter.executemany("INSERT INTO rows VALUES (?, ?)", self._rows(document, seen, understand))
        sorter.execute("CREATE INDEX by_month ON rows (month)")
        return readings

    def _rows(self, document: Document, seen: Seen, understand: Callable[[Record], T]) -> Iterator[T]:
        """Each row of a file as `understand` gives it; those it cannot go to the rejects."""
        for record in records(document, seen):
            try:
                row = understand(record)
            except Faulty as fault:
                for column, reason in fault.faults:
                    self._reject(document.name, record.line, column, reason)
            else:
                yield row

    async def _store(self, new: _Publication, reading: Reading, rows: Iterable[Row]) -> None:
        """Put a publication in the place of the held one, in one transaction, unless that one should
        stay.
        """
        try:
            async with self.db.write() as session:
                held = await _held(session, new.force, new.month)
                change = await self._replace(session, new, held, reading, rows)
        except _Leave as leave:
            if leave.change:
                self.summary.held_back += 1
                self.summary.changes.append(leave.change)
            else:
                await self._unchanged(leave.held)
            return
        if change:
            self.summary.replaced += 1
            self.summary.changes.append(change)
        else:
            self.summary.new += 1
            self.summary.derived += new.derived

    async def _replace(
        self,
        session: AsyncSession,
        new: _Publication,
        held: _Held | None,
        reading: Reading,
        rows: Iterable[Row],
    ) -> Change | None:
        """Load the rows, see how they differ from what is held, and let one of the two go. Returns the
        difference.
        """
        key = await self._begin(session, new, held)
        await load(session, PublishedSearch, ("import_id", *FIELDS), ((key, *row) for row in rows))
        self._count(reading)
        if not reading.accepted:
            raise Unreadable(_nothing_in_it(reading.rejected))
        change = None
        if held:
            change = await self._change(session, new, held, key)
            same = not change.added and not change.removed
            if same and held.words == words.VERSION and (new.derived or not held.month_derived):
                raise _Leave(held)
            if not same and change.done == "held back":
                raise _Leave(held, change)
            await session.execute(delete(PublishedSearch).where(PublishedSearch.import_id == held.id))
        await self._finish(session, new, held, reading, key, change)
        return change

    async def _begin(self, session: AsyncSession, new: _Publication, held: _Held | None) -> int:
        """Start the line of a publication, which takes the place of the held one. Returns its id."""
        if held:
            was = update(PublishedImport).where(PublishedImport.id == held.id)
            await session.execute(was.values(replaced_at=self.now))
        line = insert(PublishedImport).values(
            force=new.force,
            month=new.month,
            month_derived=new.derived,
            published=self.published,
            file=new.file,
            sha256="",
            words=words.VERSION,
            imported_at=self.now,
            **dict.fromkeys(_READ_LATER, 0),
        )
        try:
            return (await session.execute(line.returning(PublishedImport.id))).scalar_one()
        except IntegrityError as error:
            raise Unreadable(
                f"{new.force} {new.month} is being imported by somebody else: try again"
            ) from error

    async def _change(self, session: AsyncSession, new: _Publication, held: _Held, key: int) -> Change:
        older = self.published < held.published and not held.month_derived
        added, removed, columns = await difference(session, held.id, key)
        return Change(
            force=new.force, month=new.month, file=new.file, published=self.published, held_file=held.file,
            held_published=held.published, done="held back" if new.derived or older else "replaced",
            added=added, removed=removed, columns=columns,
        )  # fmt: skip

    async def _finish(
        self,
        session: AsyncSession,
        new: _Publication,
        held: _Held | None,
        reading: Reading,
        key: int,
        change: Change | None,
    ) -> None:
        """What is known of a publication once it has been read: its figures, its counts, its entry in the
        ledger.
        """
        facts = {
            "sha256": new.sha256(),
            "rows": reading.accepted + reading.rejected,
            "accepted": reading.accepted,
            "rejected": reading.rejected,
            "utc_month_differs": reading.utc_month_differs,
            "london_month_differs": reading.london_month_differs,
            "added": change.added if change else None,
            "removed": change.removed if change else None,
        }
        await session.execute(update(PublishedImport).where(PublishedImport.id == key).values(**facts))
        counts = PublishedCount
        await session.execute(delete(counts).where(counts.force == new.force, counts.month == new.month))
        rows = ((new.force, new.month, *codes, n) for codes, n in reading.counts.items())
        await load(session, counts, counts.__table__.c.keys(), rows)
        facts |= {"force": new.force, "month": new.month, "file": new.file, "published": self.published}
        await self._tell(session, "published:imported", key, facts)

    async def _unchanged(self, held: _Held) -> None:
        """The same rows again: a later date of publication is noted, so that nothing older takes their
        place.
        """
        self.summary.unchanged += 1
        if self.published > held.published and not held.month_derived:
            async with self.db.write() as session:
                line = update(PublishedImport).where(PublishedImport.id == held.id)
                await session.execute(line.values(published=self.published))
                await self._tell(session, "published:confirmed", held.id, {"published": self.published})

    async def _tell(self, session: AsyncSession, tag: str, key: int, facts: dict[str, object]) -> None:
        await append(
            session, Entry(tag=tag, force=None, actor=None, subject=str(key), at=self.now, facts=facts)
        )

    def _count(self, reading: Reading) -> int:
        """Add a month's figures to the summary. Returns how many rows were rejected."""
        self._count_rows(reading.accepted + reading.rejected, reading.accepted, reading.rejected)
        self.summary.utc_month_differs += reading.utc_month_differs
        self.summary.london_month_differs += reading.london_month_differs
        for into, names in (
            (self.summary.unknown_legislation, reading.unlisted),
            (self.summary.extra_keys, reading.extra_keys),
        ):
            for name, n in names.items():
                count(into, name, n)
        return reading.rejected

    def _count_rows(self, rows: int, accepted: int, rejected: int) -> None:
        self.summary.rows += rows
        self.summary.accepted += accepted
        self.summary.rejected += rejected


async def _held(session: AsyncSession, force: str, month: str) -> _Held | None:
    columns = (getattr(PublishedImport, name) for name in _Held._fields)
    line = (
        PublishedImport.force == force,
        PublishedImport.month == month,
        PublishedImport.replaced_at.is_(None),
    )
    row = (await session.execute(select(*columns).where(*line))).one_or_none()
    return _Held(*row) if row else None


def _own_month(record: Record) -> str:
    """The London month of a record's own date; where it has none, any will do, for the record is refused
    with it.
    """
    try:
        return f"{london_day(instant(record.cells[1])):%Y-%m}"
    except (Faulty, IndexError):
        return "2001-01"


def _sorted_rows(sorter: sqlite3.Connection, month: str) -> Iterator[Row]:
    for (row,) in sorter.execute("SELECT row FROM rows WHERE month = ? ORDER BY rowid", (month,)):
        yield pickle.loads(row)


def _nothing_in_it(rejected: int) -> str:
    if rejected:
        return f"none of its {rejected:,} rows can be understood"
    return "it has a header and no rows: a month without searches cannot be told from a broken download"
