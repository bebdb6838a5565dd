"""One published month of one force in the place of another: wholly, in one transaction, or not at all.

The rows go straight into the database by the driver's bulk loader; what proves older or the same once it
stands beside what is held is rolled back. Nothing is held in memory but counts.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Table, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.law import words
from svro.policeuk import FIELDS, Reading, Row, Unreadable
from svro.records.base import Database, put
from svro.records.ledger import Entry, append
from svro.records.published import PublishedCount, PublishedImport, PublishedSearch, difference, load
from svro.records.reach import ALL, NONE

_IMPORTS = cast(Table, PublishedImport.__table__)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How a publication differs from the one held for the same month of the same force, and what was done.

    `added` and `removed` count rows, identical ones each; `columns` the values that differ, column by
    column. `done` is "replaced", or "held back": then the held one stays, and `why` says what for.
    """

    force: str
    month: str
    file: str
    published: date
    held_file: str
    held_published: date
    done: str
    why: str | None
    added: int
    removed: int
    columns: dict[str, int]


class Line(msgspec.Struct, kw_only=True):
    """A line of `published_imports`, held or coming in; what comes in has its hash and figures when read."""

    id: int = msgspec.field(default_factory=lambda: secrets.randbits(62))
    force: str
    month: str
    month_derived: bool
    published: date
    file: str
    imported_at: datetime
    words: str = words.VERSION
    sha256: str = ""
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    utc_month_differs: int = 0
    london_month_differs: int = 0


class Stays(Exception):
    """The held month stays. `change` is how the other differs, None where it does not."""

    def __init__(self, change: Change | None = None) -> None:
        super().__init__()
        self.change = change


class NothingUnderstood(Unreadable):
    """The whole file is refused because no row of it was understood, or it has none."""

    def __init__(self, rejected: int) -> None:
        super().__init__(
            f"none of its {rejected:,} rows can be understood"
            if rejected
            else "it has no rows: a month without searches cannot be told from a broken download"
        )


async def all_held(db: Database) -> dict[tuple[str, str], Line]:
    """What is held, by force and month."""
    columns = [_IMPORTS.c[name] for name in Line.__struct_fields__]
    async with db.read(NONE) as session:
        rows = await session.execute(select(*columns).where(_IMPORTS.c.replaced_at.is_(None)))
        lines = [Line(**row._mapping) for row in rows]
    return {(line.force, line.month): line for line in lines}


async def replace(
    db: Database,
    line: Line,
    held: Line | None,
    reading: Reading,
    rows: Iterable[Row],
    sha256: Callable[[], str],
) -> Change | None:
    """Put a month in the place of the `held` one. Completes `line`; returns what changed, if one was held.

    `rows` are read by `reading` as they are loaded; `sha256` is asked for when they have been. Raises Stays
    where the held month is the same or the one to keep, NothingUnderstood where no row is understood, and
    Unreadable if `rows` does or another import of the same month came first: then nothing has changed.
    """
    async with db.write(ALL) as session:
        await load(session, PublishedSearch, ("import_id", *FIELDS), rows)
        if not reading.accepted:
            raise NothingUnderstood(reading.rejected)
        line.sha256 = sha256()
        for name, n in reading.figures().items():
            setattr(line, name, n)
        change = await _outdo(session, line, held) if held else None
        await _write(session, line, change)
        counts = ((*codes, n) for codes, n in reading.counts.items())
        await load(session, PublishedCount, PublishedCount.__table__.c.keys(), counts, line.force, line.month)
        return change


async def _outdo(session: AsyncSession, line: Line, held: Line) -> Change:
    """Take the held month's rows away, unless they are the ones to keep: then Stays is raised."""
    added, removed, columns = await difference(session, held.id, line.id)
    why = _why_not(line, held)
    if not added and not removed:
        if held.words == line.words and (line.month_derived or not held.month_derived):
            raise Stays
        # The same rows, but under new lists, or no longer derived: written again, and losing nothing by it.
        why, line.published = None, max(line.published, held.published)
        line.month_derived = line.month_derived and held.month_derived
    change = Change(
        force=line.force,
        month=line.month,
        file=line.file,
        published=line.published,
        held_file=held.file,
        held_published=held.published,
        done="held back" if why else "replaced",
        why=why,
        added=added,
        removed=removed,
        columns=columns,
    )
    if why:
        raise Stays(change)
    await session.execute(delete(PublishedSearch).where(PublishedSearch.import_id == held.id))
    old = PublishedCount.force == line.force, PublishedCount.month == line.month
    await session.execute(delete(PublishedCount).where(*old))
    was = update(_IMPORTS).where(_IMPORTS.c.id == held.id)
    await session.execute(was.values(replaced_at=line.imported_at))
    return change


def _why_not(line: Line, held: Line) -> str | None:
    """Why a month does not take the place of the held one, where it does not."""
    if line.month_derived:
        return "its name gives no month: say which with --month"
    if held.month_derived:
        return None
    if line.published < held.published:
        return f"it was published on {line.published}, before the one that is held"
    if line.rejected > held.rejected:
        return f"{line.rejected:,} of its rows are not understood, and {held.rejected:,} of those held"
    return None


async def _write(session: AsyncSession, line: Line, change: Change | None) -> None:
    """Write the line of a month that has been read, and its entry in the ledger."""
    facts = msgspec.structs.asdict(line)
    facts |= {"added": change and change.added, "removed": change and change.removed}
    try:
        await put(session, PublishedImport, **facts)
    except IntegrityError as error:
        raise Unreadable("another import of the same month of this force has just been made") from error
    await _tell(session, "published:imported", line, line.imported_at, facts)


async def confirm(db: Database, held: Line, published: date, now: datetime) -> None:
    """The same month was published again: if later, that day is noted, so that nothing older replaces it."""
    if published <= held.published or held.month_derived:
        return
    held.published = published
    async with db.write(ALL) as session:
        later = {"published": published}
        await session.execute(update(_IMPORTS).where(_IMPORTS.c.id == held.id).values(**later))
        await _tell(session, "published:confirmed", held, now, later)


async def _tell(session: AsyncSession, tag: str, line: Line, now: datetime, facts: dict[str, Any]) -> None:
    await append(session, Entry(tag=tag, force=None, actor=None, subject=str(line.id), at=now, facts=facts))
