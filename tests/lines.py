"""Either line of defence switched off, to see that the other holds by itself: the checks of
`casework.access`, and PostgreSQL's row-level security.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from unittest.mock import patch

import asyncpg
from sqlalchemy import make_url, true

from svro.casework import access, orders
from svro.records import Database, fence
from svro.records.row_security import tenant_tables
from tests import postgres


@contextmanager
def first_line_off() -> Iterator[None]:
    """Every `visible_*` answers that every row may be seen, while the block runs. Whoever may not use a
    function at all is still refused.
    """

    def everything(*_args: object, **_kwargs: object) -> object:
        return true()

    orders.acts_seen_by.cache_clear()
    try:
        with patch.object(access, "_reach", everything):
            yield
    finally:
        orders.acts_seen_by.cache_clear()


@asynccontextmanager
async def second_line_off(database: Database) -> AsyncIterator[None]:
    """Row-level security is disabled on every tenant table of this database, while the block runs. Nothing
    may be left running in it. SQLite has no second line.
    """
    if database.on_sqlite:
        yield
        return
    await as_owner(
        database, *(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in tenant_tables())
    )
    try:
        yield
    finally:
        enable = (f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY" for table in tenant_tables())
        await as_owner(database, *enable)


async def behind_the_fence(database: Database, statement: str) -> None:
    """Carry out a statement that the fence of its table would refuse, as the owner of the tables can."""
    if database.on_sqlite:
        async with database.engine.begin() as connection:
            await connection.run_sync(fence.lower_fences)
            await connection.exec_driver_sql(statement)
            await connection.run_sync(fence.raise_fences)
        return
    await as_owner(database, "SET session_replication_role = replica", statement)


async def as_owner(database: Database, *statements: str) -> list[asyncpg.Record]:
    """Carry out statements as the owner of the tables; the rows of the last."""
    address = make_url(postgres.owner(database.url)).set(drivername="postgresql")
    connection = await asyncpg.connect(address.render_as_string(hide_password=False))
    try:
        found: list[asyncpg.Record] = []
        for statement in statements:
            found = await connection.fetch(statement)
        return found
    finally:
        await connection.close()
