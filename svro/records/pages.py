"""The files under the database: made anew, so that nothing erased is left in their free space."""

from typing import Any

from sqlalchemy import text

from svro.records.base import Database
from svro.records.fence import ERASED, FREE, UNDER_ERASURE

WAL = (
    "The write-ahead log keeps what was written until its segments are past their retention: at the next "
    "checkpoints, in archives and in backups by their own terms."
)


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
            await here.execute(text(f'VACUUM FULL "{table}"'))
        for statement in ("CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"):
            await here.execute(text(statement))
    return f"{len(tables)} tables have been written anew. {WAL}"
