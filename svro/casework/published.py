"""One published month of one force in the place of another: wholly, in one transaction, or not at all.

The rows go straight into the database by the driver's bulk loader; what proves older or the same once it
stands beside what is held is rolled back. Nothing is held in memory but counts.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.law import words
from svro.policeuk import FIELDS, Reading, Row, Unreadable
from svro.records.base import Database
from svro.records.ledger import Entry, append
from svro.records.published import PublishedCount, PublishedImport, PublishedSearch, difference, load

_IMPORTS = cast(Table, PublishedImport.__table__)


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


class Line(msgspec.Struct, kw_only=True):
    """A line of `published_imports`, held or coming in; what comes in has its id, hash and figures at the
    end only.
    """

    id: int = 0
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

    def values(self) -> dict[str, Any]:
        """Every column but the id."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if name != "id"}


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
    async with db.read() as session:
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
    """Put a month in the place of the `held` one. Completes `line`; returns what changed, None if nothing
    was held.

    `rows` are read by `reading` as they are loaded, and `sha256` asked for when they have been. Raises
    Stays where the held month is the same, newer, or not to be replaced by a derived one; Unreadable if
    `rows` does, or where no row is understood, or where another import of the same month got there first.
    Then nothing has changed.
    """
    async with db.write() as session:
        line.id = await _begin(session, line, held)
        await load(session, PublishedSearch, ("import_id", *FIELDS), ((line.id, *row) for row in rows))
        if not reading.accepted:
            raise NothingUnderstood(reading.rejected)
        change = await _outdo(session, line, held) if held else None
        line.sha256 = sha256()
        for name, n in reading.figures().items():
            setattr(line, name, n)
        await _finish(session, line, reading, change)
        return change


async def _begin(session: AsyncSession, line: Line, held: Line | None) -> int:
    """Write the line of an incoming month over that of the held one. Returns its id."""
    if held:
        was = update(_IMPORTS).where(_IMPORTS.c.id == held.id)
        await session.execute(was.values(replaced_at=line.imported_at))
    try:
        new = insert(_IMPORTS).values(**line.values()).returning(_IMPORTS.c.id)
        return int((await session.execute(new)).scalar_one())
    except IntegrityError as error:
        raise Unreadable("another import of the same month of this force has just been made") from error


async def _outdo(session: AsyncSession, line: Line, held: Line) -> Change:
    """Take the held month's rows away, unless they are the ones to keep: then Stays is raised."""
    added, removed, columns = await difference(session, held.id, line.id)
    stays = line.month_derived or (line.published < held.published and not held.month_derived)
    if not added and not removed:
        if held.words == line.words and (line.month_derived or not held.month_derived):
            raise Stays
        # The same rows, but under new lists, or no longer derived: written again, and losing nothing by it.
        stays, line.published = False, max(line.published, held.published)
        line.month_derived = line.month_derived and held.month_derived
    change = Change(
        force=line.force,
        month=line.month,
        file=line.file,
        published=line.published,
        held_file=held.file,
        held_published=held.published,
        done="held back" if stays else "replaced",
        added=added,
        removed=removed,
        columns=columns,
    )
    if stays:
        raise Stays(change)
    await session.execute(delete(PublishedSearch).where(PublishedSearch.import_id == held.id))
    return change


async def _finish(session: AsyncSession, line: Line, reading: Reading, change: Change | None) -> None:
    """Complete the line of a month that has been read; write its counts and its entry in the ledger."""
    facts = line.values() | {"added": change and change.added, "removed": change and change.removed}
    await session.execute(update(_IMPORTS).where(_IMPORTS.c.id == line.id).values(**facts))
    old = PublishedCount.force == line.force, PublishedCount.month == line.month
    await session.execute(delete(PublishedCount).where(*old))
    counts = ((line.force, line.month, *codes, n) for codes, n in reading.counts.items())
    await load(session, PublishedCount, PublishedCount.__table__.c.keys(), counts)
    await _tell(session, "published:imported", line, line.imported_at, facts)


async def confirm(db: Database, held: Line, published: date, now: datetime) -> None:
    """The same month was published again: a later day of publication is noted, so that nothing older
    replaces it.
    """
    if published <= held.published or held.month_derived:
        return
    held.published = published
    async with db.write() as session:
        later = {"published": published}
        await session.execute(update(_IMPORTS).where(_IMPORTS.c.id == held.id).values(**later))
        await _tell(session, "published:confirmed", held, now, later)


async def _tell(session: AsyncSession, tag: str, line: Line, now: datetime, facts: dict[str, Any]) -> None:
    await append(session, Entry(tag=tag, force=None, actor=None, subject=str(line.id), at=now, facts=facts))
