"""The schema of a database: whether it has one, which, and how it gets the one this program needs.

Alembic's scripts do the work, on the caller's engine, in one transaction: one that fails leaves nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from svro.errors import Unready
from svro.records import fence, pages
from svro.records.row_security import secure

# Held while the schema changes on PostgreSQL: any number will do, so long as it is always this one.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(8432019)"


def migrations_dir() -> Path:
    """The folder of Alembic's scripts: inside an installed package, or at the top of a checkout.

    Raises Unready where it is in neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for place in (package / "_migrations", package.parent / "alembic"):
        if (place / "env.py").is_file():
            return place
    raise Unready("The migrations are missing from this installation: install svro again.")


def config(connection: Connection | None = None) -> Config:
    """What Alembic's commands take: our scripts, and the connection they are to use."""
    made = Config()
    made.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def newest() -> str:
    """The revision that this program needs."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    if head is None:
        raise Unready("The migrations are missing from this installation: install svro again.")
    return head


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _ours(connection: Connection) -> str | None:
    """The revision of a database that is ours to change, None for an empty one; Unready if it is not ours."""
    found = _revision(connection)
    if found is None:
        if set(inspect(connection).get_table_names()) - {"alembic_version"}:
            raise Unready("This database holds tables that are not svro's. Choose an empty one.")
    elif found not in {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}:
        raise Unready(f"A newer svro made this database (its schema is {found}): use that one.")
    return found


async def head_of(engine: AsyncEngine) -> str | None:
    """The revision the database stands at, or None where it has no schema of ours."""
    async with engine.connect() as connection:
        return await connection.run_sync(_revision)


async def ensure(engine: AsyncEngine) -> None:
    """Give an empty database its schema; leave a current one alone.

    Raises Unready for an older one (naming `svro migrate`), a newer one, and one that holds other tables.
    """
    async with engine.connect() as connection:
        found = await connection.run_sync(_ours)
    if found is None:
        await migrate(engine)
    elif found != (wanted := newest()):
        raise Unready(f"This database has an older schema ({found}, not {wanted}). Run `svro migrate` first.")


async def migrate(engine: AsyncEngine, app_role: str | None = None) -> None:
    """Bring an empty database, or any of ours, to the newest schema, with its fences, and state anew who
    may see which row.

    `engine` connects as the owner of the tables; `app_role` is the role that serves. Raises Unready if the
    database is not ours.
    """
    async with changing(engine) as connection:
        await connection.run_sync(fence.lower_fences)
        if await connection.run_sync(_ours) != newest():
            await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
        await connection.run_sync(fence.raise_fences)
        if connection.dialect.name == "postgresql":
            await connection.run_sync(pages.keep_no_samples)
        await connection.run_sync(secure, app_role)


@asynccontextmanager
async def changing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction for changing the schema, one process at a time.

    SQLite rebuilds a table to alter it. Under `foreign_keys=ON` that would delete what refers to it, so they
    are off meanwhile and checked before the commit: Unready, and nothing changed, if a reference hangs.
    """
    async with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            async with connection.begin():
                await connection.exec_driver_sql(_ONE_AT_A_TIME)
                yield connection
            return
        # On the driver's own connection, because inside SQLAlchemy's transaction this pragma does nothing.
        driver: Any = (await connection.get_raw_connection()).driver_connection
        [(enforced,)] = await driver.execute_fetchall("PRAGMA foreign_keys")
        await driver.execute("PRAGMA foreign_keys=OFF")
        try:
            async with connection.begin():
                yield connection
                broken = await connection.exec_driver_sql("PRAGMA foreign_key_check")
                if row := broken.mappings().first():
                    raise Unready(f"Not migrated: {row['table']} would refer beyond {row['parent']}.")
        finally:
            await driver.execute(f"PRAGMA foreign_keys={enforced}")
