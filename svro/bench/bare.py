"""A driver by itself, for the limits: connections opened once and handed round, nothing in between."""

import asyncio
from collections.abc import Sequence
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import make_url

CONNECTIONS = {"postgresql": 4, "sqlite": 2}


class Driver:
    """asyncpg or aiosqlite at the address of a database; connections are made as they are first needed."""

    def __init__(self, url: str, connections: int | None = None) -> None:
        self._url = make_url(url)
        self.engine = self._url.get_backend_name()
        self._unmade = connections or CONNECTIONS[self.engine]
        self._idle: asyncio.LifoQueue[Any] = asyncio.LifoQueue()

    async def _take(self) -> Any:
        if self._idle.empty() and self._unmade:
            self._unmade -= 1
            return await self._connect()
        return await self._idle.get()

    async def _connect(self) -> Any:
        if self.engine == "postgresql":
            return await asyncpg.connect(
                self._url.set(drivername="postgresql").render_as_string(hide_password=False)
            )
        connection = await aiosqlite.connect(str(self._url.database), isolation_level=None)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        return connection

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        """The rows of one statement."""
        connection = await self._take()
        try:
            return await _fetch(connection, sql, values)
        finally:
            self._idle.put_nowait(connection)

    async def transact(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Every statement in one transaction, committed."""
        connection = await self._take()
        begin = "BEGIN" if self.engine == "postgresql" else "BEGIN IMMEDIATE"
        try:
            await _fetch(connection, begin, ())
            for sql, values in statements:
                await _fetch(connection, sql, values)
            await _fetch(connection, "COMMIT", ())
        finally:
            self._idle.put_nowait(connection)


async def _fetch(connection: Any, sql: str, values: Sequence[Any]) -> Sequence[Any]:
    found: Sequence[Any]
    if isinstance(connection, asyncpg.Connection):
        found = await connection.fetch(sql, *values)
    else:
        found = await connection.execute_fetchall(sql, values)
    return found
