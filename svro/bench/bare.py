"""A driver by itself, for the limits: asyncpg with its own pool, or aiosqlite; nothing in between."""

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import aiosqlite
import asyncpg
from sqlalchemy import make_url

CONNECTIONS = 4
BARE = {"postgresql": "asyncpg and its own pool", "sqlite": "aiosqlite"}
Statement = tuple[str, Sequence[Any]]


class Driver(Protocol):
    """One of the two below."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        """The rows of one statement."""

    async def transact(self, statements: Sequence[Statement]) -> None:
        """Every statement in one transaction, committed."""

    async def look(self, reach: str, wanted: Statement, log: Sequence[Statement]) -> Sequence[Any]:
        """The rows of one statement, with those that log the look: on PostgreSQL in one transaction that
        `reach` begins; on SQLite, whose readers do not write, in one of its own.
        """


def driver(url: str) -> Driver:
    """The driver of a database's engine; it connects when it is first asked."""
    return _Sqlite(url) if url.startswith("sqlite") else _Postgres(url)


class _Postgres:
    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    @cached_property
    def _opening(self) -> asyncio.Future[Any]:
        async def pool() -> Any:
            return await asyncpg.create_pool(self._url, min_size=CONNECTIONS, max_size=CONNECTIONS)

        return asyncio.ensure_future(pool())

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        found: Sequence[Any] = await (await self._opening).fetch(sql, *values)
        return found

    async def transact(self, statements: Sequence[Statement]) -> None:
        async with (await self._opening).acquire() as connection, connection.transaction():
            for sql, values in statements:
                await connection.fetch(sql, *values)

    async def look(self, reach: str, wanted: Statement, log: Sequence[Statement]) -> Sequence[Any]:
        async with (await self._opening).acquire() as connection:
            await connection.execute(f"BEGIN; {reach}")
            found: Sequence[Any] = await connection.fetch(wanted[0], *wanted[1])
            for sql, values in log:
                await connection.fetch(sql, *values)
            await connection.execute("COMMIT")
            return found


class _Sqlite:
    """One connection: SQLite has one writer, and a thread to itself for each reader gains nothing here."""

    def __init__(self, url: str) -> None:
        self._file, self._turn = str(make_url(url).database), asyncio.Lock()

    @cached_property
    def _opening(self) -> asyncio.Future[aiosqlite.Connection]:
        async def connection() -> aiosqlite.Connection:
            opened = await aiosqlite.connect(self._file, isolation_level=None)
            for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
                await opened.execute_fetchall(f"PRAGMA {pragma}")
            return opened

        return asyncio.ensure_future(connection())

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        found: Any = await (await self._opening).execute_fetchall(sql, values)
        return list(found)

    async def transact(self, statements: Sequence[Statement]) -> None:
        connection = await self._opening
        async with self._turn:
            for sql, values in (("BEGIN IMMEDIATE", ()), *statements, ("COMMIT", ())):
                await connection.execute_fetchall(sql, values)

    async def look(self, reach: str, wanted: Statement, log: Sequence[Statement]) -> Sequence[Any]:
        found = await self.fetch(*wanted)
        await self.transact(log)
        return found
