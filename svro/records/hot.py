"""The hottest reads: a statement compiled once from SQLAlchemy, carried out by the driver's own connection.

Carrying out a statement that never changes costs SQLAlchemy several times what it costs the driver. Here it
writes the statement and lends the connection: tables, columns, and who may see which row are said in one
place for every read, hot or not.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Dialect, Select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Cells = list[Any]
FAILURES = (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError)


class Compiled:
    """A statement as a driver takes it: its `sql`, the parameters it binds by place, how its cells are read.

    ValueError for one whose text depends on the values it is given, or that holds a value already: it is kept
    for everybody, and that could be somebody's own.
    """

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if compiled.positiontup is None or compiled.post_compile_params:
            raise ValueError("a hot statement binds by place, and its text is the same for every value")
        if own := [name for name, bind in compiled.binds.items() if not bind.required]:
            raise ValueError(f"a hot statement is given each of its values by name, and {own} are in it")
        self.sql = str(compiled)
        kinds = {name: compiled.binds[name].type.dialect_impl(dialect) for name in compiled.positiontup}
        self._binds = [(name, kinds[name].bind_processor(dialect)) for name in compiled.positiontup]
        columns = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        reads = [kind.result_processor(dialect, None) for kind in columns]
        self._reads = [(place, read) for place, read in enumerate(reads) if read]

    def bind(self, given: Mapping[str, object]) -> Cells:
        """The values to bind, by place, as the driver takes them. KeyError for one that is not given."""
        return [bind(given[name]) if bind else given[name] for name, bind in self._binds]

    def read(self, row: Sequence[Any]) -> Cells:
        """The cells of a driver's row as SQLAlchemy would give them."""
        cells = list(row)
        for place, read in self._reads:
            cells[place] = read(cells[place])
        return cells


class HotReader:
    """A few connections of an engine, borrowed when first needed and kept until `close`.

    Each read is a transaction of its own. It raises what the engine would: OperationalError where the
    database is busy or out of reach.
    """

    def __init__(self, engine: AsyncEngine, connections: int) -> None:
        self._engine = engine
        self._compiled: dict[Select[Any], Compiled] = {}
        self._turns = asyncio.Semaphore(connections)
        self._idle: list[tuple[AsyncConnection, Any]] = []
        on_postgres = engine.dialect.name == "postgresql"
        self._fetch: Callable[[Any, str, Cells], Awaitable[Sequence[Any]]] = (
            _on_asyncpg if on_postgres else _on_aiosqlite
        )

    def compiled(self, statement: Select[Any]) -> Compiled:
        """The statement for this engine's driver; the same object gets the same answer."""
        known = self._compiled.get(statement)
        if known is None:
            known = self._compiled[statement] = Compiled(statement, self._engine.dialect)
        return known

    async def rows(self, statement: Select[Any], given: Mapping[str, object]) -> list[Cells]:
        """The rows of `statement`, with the values of its named parameters."""
        hot = self.compiled(statement)
        values = hot.bind(given)
        async with self._turns:
            try:
                connection, driver = await self._borrow()
            except FAILURES as error:
                raise OperationalError(hot.sql, None, error, connection_invalidated=True) from error
            try:
                found = await self._fetch(driver, hot.sql, values)
            except BaseException as error:
                lost = _closed(driver)
                await connection.invalidate()
                await connection.close()
                if isinstance(error, FAILURES):
                    raise OperationalError(hot.sql, None, error, connection_invalidated=lost) from error
                raise
            self._idle.append((connection, driver))
        return [hot.read(row) for row in found]

    async def _borrow(self) -> tuple[AsyncConnection, Any]:
        while True:
            if self._idle:
                connection, driver = self._idle.pop()
            else:
                connection = await self._engine.connect()
                driver = (await connection.get_raw_connection()).driver_connection
            if not _closed(driver):
                return connection, driver
            await connection.invalidate()
            await connection.close()

    async def close(self) -> None:
        """Give every connection back."""
        while self._idle:
            await self._idle.pop()[0].close()


async def _on_asyncpg(driver: Any, sql: str, values: Cells) -> Sequence[Any]:
    found: Sequence[Any] = await driver.fetch(sql, *values)
    return found


async def _on_aiosqlite(driver: Any, sql: str, values: Cells) -> Sequence[Any]:
    found: Sequence[Any] = await driver.execute_fetchall(sql, values)
    return found


def _closed(driver: Any) -> bool:
    return isinstance(driver, asyncpg.Connection) and bool(driver.is_closed())
