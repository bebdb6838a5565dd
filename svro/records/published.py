"""Open data from data.police.uk: each force's months as last published, and the counts that reports read.

It has no tenant and is never mixed with `searches`: a published row names no person, officer or order.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from svro.records.base import Base, Instant, column

_HELD = text("replaced_at IS NULL")
_Id = BigInteger().with_variant(Integer, "sqlite")


class PublishedImport(Base):
    """One publication of one force's month, held now or once: a replaced one has lost its rows.

    `month` is YYYY-MM as the file's name gives it, or, where `month_derived`, the London month of the
    rows. `published` is when the file was published, as the importer was told. `file` ends in the file's
    own name (`archive.zip/member.csv`). `words` is the version of the lists that gave the codes. `rows`
    were read: `accepted` are kept, `rejected` are not. `added` and `removed` count the rows by which it
    differs from the publication that it replaced.
    """

    __tablename__ = "published_imports"
    id: Mapped[int] = column(_Id, primary_key=True, disclose="yes")
    force: Mapped[str] = column(disclose="yes")
    month: Mapped[str] = column(disclose="yes")
    month_derived: Mapped[bool] = column(disclose="yes")
    published: Mapped[date] = column(disclose="yes")
    file: Mapped[str] = column(disclose="yes")
    sha256: Mapped[str] = column(disclose="yes")
    words: Mapped[str] = column(disclose="yes")
    rows: Mapped[int] = column(disclose="yes")
    accepted: Mapped[int] = column(disclose="yes")
    rejected: Mapped[int] = column(disclose="yes")
    utc_month_differs: Mapped[int] = column(disclose="yes")
    london_month_differs: Mapped[int] = column(disclose="yes")
    added: Mapped[int | None] = column(disclose="yes")
    removed: Mapped[int | None] = column(disclose="yes")
    imported_at: Mapped[datetime] = column(disclose="yes")
    replaced_at: Mapped[datetime | None] = column(disclose="yes")
    __table_args__ = (
        Index(
            "uq_published_imports_held",
            "force",
            "month",
            unique=True,
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
    )


class PublishedSearch(Base):
    """One published row: what was published, word for word, beside what the lists make of it.

    The first fifteen columns after `occurred_at` are the cells under the names that the site's API gives
    them; None is a JSON null, '' a blank cell. The columns ending in `_code` are codes of `law.words`; a
    yes or no is None where nobody said. `line` is the line of the CSV file, or the place in the JSON
    list, from 1. `no_location`: no point was given; `outside`: one was, but not in England and Wales, so
    it is no location either. `utc_month_differs` and `london_month_differs`: the instant falls outside
    the month of record on that clock. `extra` is the JSON keys that the CSV has no column for.
    """

    __tablename__ = "published_searches"
    # No foreign key to published_imports: PostgreSQL checks each row, at the cost of the row itself, and
    # rows come and go with their line only, in its transaction.
    import_id: Mapped[int] = column(_Id, primary_key=True, disclose="yes")
    line: Mapped[int] = column(primary_key=True, disclose="yes")
    occurred_at: Mapped[datetime] = column(disclose="yes")
    type: Mapped[str | None] = column(disclose="yes")
    date: Mapped[str | None] = column(disclose="yes")
    operation: Mapped[str | None] = column(disclose="yes")
    operation_name: Mapped[str | None] = column(disclose="yes")
    latitude: Mapped[str | None] = column(disclose="yes")
    longitude: Mapped[str | None] = column(disclose="yes")
    gender: Mapped[str | None] = column(disclose="yes")
    age_range: Mapped[str | None] = column(disclose="yes")
    self_defined_ethnicity: Mapped[str | None] = column(disclose="yes")
    officer_defined_ethnicity: Mapped[str | None] = column(disclose="yes")
    legislation: Mapped[str | None] = column(disclose="yes")
    object_of_search: Mapped[str | None] = column(disclose="yes")
    outcome: Mapped[str | None] = column(disclose="yes")
    outcome_linked_to_object_of_search: Mapped[str | None] = column(disclose="yes")
    removal_of_more_than_outer_clothing: Mapped[str | None] = column(disclose="yes")
    type_code: Mapped[str] = column(disclose="yes")
    part_of_operation: Mapped[bool | None] = column(disclose="yes")
    gender_code: Mapped[str] = column(disclose="yes")
    age_code: Mapped[str] = column(disclose="yes")
    self_defined_code: Mapped[str] = column(disclose="yes")
    officer_defined_code: Mapped[str] = column(disclose="yes")
    power_code: Mapped[str] = column(disclose="yes")
    object_code: Mapped[str] = column(disclose="yes")
    outcome_code: Mapped[str] = column(disclose="yes")
    outcome_linked: Mapped[bool | None] = column(disclose="yes")
    more_than_outer_removed: Mapped[bool | None] = column(disclose="yes")
    vehicle_only: Mapped[bool] = column(disclose="yes")
    no_location: Mapped[bool] = column(disclose="yes")
    outside: Mapped[bool] = column(disclose="yes")
    utc_month_differs: Mapped[bool] = column(disclose="yes")
    london_month_differs: Mapped[bool] = column(disclose="yes")
    extra: Mapped[str | None] = column(disclose="yes")


class PublishedCount(Base):
    """How many rows of one force's month share these codes: what reports read instead of the rows.

    It is written with the rows, in their transaction. `self_defined` and `officer_defined` are codes of
    `law.words` (`words.group5` and `words.officer_group` make groups of them), `unknown` where the cell
    was blank; `power` may also be `unlisted`. `n` sums to the accepted rows of the force's month.
    """

    __tablename__ = "published_counts"
    force: Mapped[str] = column(primary_key=True, disclose="yes")
    month: Mapped[str] = column(primary_key=True, disclose="yes")
    vehicle_only: Mapped[bool] = column(primary_key=True, disclose="yes")
    self_defined: Mapped[str] = column(primary_key=True, disclose="yes")
    officer_defined: Mapped[str] = column(primary_key=True, disclose="yes")
    outcome: Mapped[str] = column(primary_key=True, disclose="yes")
    power: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(disclose="yes")


CELLS = tuple(PublishedSearch.__table__.c.keys())[3:18]
"""The fifteen columns that hold what was published, word for word."""

Row = Sequence[Any]


async def load(
    session: AsyncSession, kind: type[Base], names: Sequence[str], rows: Iterable[Row], *first: object
) -> None:
    """Insert rows by the driver's own bulk loader, in the session's transaction. Instants must be in UTC.

    Each row is the values of the columns `names` less those in `first`, which every row begins with.
    `rows` is consumed as it is loaded and never held; on SQLite in the driver's thread. What it raises
    ends the load.
    """
    connection = await session.connection()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    table, columns = kind.__tablename__, kind.__table__.c
    if connection.dialect.name == "postgresql":
        if not driver.is_in_transaction():
            # SQLAlchemy begins with the first statement of its own, and COPY is none: it would commit itself.
            await connection.exec_driver_sql("SELECT 1")
        records = ((*first, *row) for row in rows) if first else rows
        await driver.copy_records_to_table(table, columns=names, records=records)
    else:
        instants = [place for place, name in enumerate(names) if isinstance(columns[name].type, Instant)]
        marks = ", ".join("?" * len(names))
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        await driver.executemany(sql, _as_sqlite(rows, first, instants))


def _as_sqlite(rows: Iterable[Row], first: Row, instants: Sequence[int]) -> Iterator[Row]:
    """The same rows with their instants as SQLAlchemy writes them to SQLite: microseconds, no offset."""
    for row in rows:
        cells = [*first, *row] if first or not isinstance(row, list) else row
        for place in instants:
            cells[place] = cells[place].isoformat(" ", "microseconds")[:26]
        yield cells


async def difference(session: AsyncSession, old: int, new: int) -> tuple[int, int, dict[str, int]]:
    """How the rows of import `new` differ from those of `old`: (added, removed, differing values by column).

    Rows are counted as often as they stand there, wherever they stand; a column's figure is of its values
    alone.
    """
    added, removed = await _net(session, old, new, (*CELLS, "extra"))
    if not added and not removed:
        return 0, 0, {}
    by_column = {name: max(await _net(session, old, new, (name,))) for name in CELLS}
    return added, removed, {name: n for name, n in by_column.items() if n}


async def _net(session: AsyncSession, old: int, new: int, names: Sequence[str]) -> tuple[int, int]:
    """How many more rows, and how many fewer, `new` has than `old`, by all values of the columns `names`."""
    rows = PublishedSearch.__table__.c
    net = func.sum(case((rows.import_id == new, 1), else_=-1))
    groups = (
        select(net.label("n"))
        .where(rows.import_id.in_((old, new)))
        .group_by(*(rows[name] for name in names))
        .having(net != 0)
        .subquery()
    )
    n = groups.c.n
    more, fewer = func.sum(case((n > 0, n), else_=0)), func.sum(case((n < 0, -n), else_=0))
    found = (await session.execute(select(func.coalesce(more, 0), func.coalesce(fewer, 0)))).one()
    return int(found[0]), int(found[1])
