"""The files under the database: made anew, so that nothing erased is left in their free space."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, LargeBinary, Text, text
from sqlalchemy.types import String, TypeDecorator

from svro.records.base import Database, metadata
from svro.records.fence import ERASED, FREE, UNDER_ERASURE

WAL = (
    "The write-ahead log keeps what was written until its segments are past their retention: at the next "
    "checkpoints, in archives and in backups by their own terms."
)


def keep_no_samples(connection: Connection) -> None:
    """PostgreSQL keeps samples of what columns hold, to plan by: none of words that an erasure may take away,
    for it would not take them from there.
    """
    for table, column in _personal():
        connection.execute(text(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STATISTICS 0'))


def _personal() -> Iterator[tuple[str, str]]:
    for name in sorted({*ERASED, *UNDER_ERASURE, *FREE}):
        for column in metadata.tables[name].columns if not name.startswith("published_") else ():
            kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
            if column.name in ERASED.get(name, ()) or (
                name not in ERASED and isinstance(kind, (String, Text, LargeBinary))
            ):
                yield name, column.name


async def rewrite(database: Database) -> str:
    """Rewrite what an erasure may have left bytes in, and say what was done and what is still to do.

    SQLite: the whole file. PostgreSQL: the tables that lose rows or words, by their owner; then a checkpoint
    and a new segment of the write-ahead log.
    """
    async with database.engine.connect() as connection:
        here = await connection.execution_options(isolation_level="AUTOCOMMIT")
        if database.on_sqlite:
            driver: Any = (await here.get_raw_connection()).driver_connection
            for statement in ("PRAGMA secure_delete=ON", "VACUUM"):
                await driver.execute_fetchall(statement)
            return "The file has been written anew. Copies of it made before still hold what was erased."
        tables = sorted({*ERASED, *UNDER_ERASURE, *FREE})
        for table in tables:
            await here.execute(text(f'VACUUM (FULL, ANALYZE) "{table}"'))
        await here.execute(text("VACUUM FULL pg_catalog.pg_statistic"))  # samples that are none any more
        for statement in ("CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"):
            await here.execute(text(statement))
    return f"{len(tables)} tables have been written anew. {WAL}"
