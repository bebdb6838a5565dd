"""The hottest statements: compiled once from SQLAlchemy, carried out by the driver's own connection.

Carrying out a statement that never changes costs SQLAlchemy several times what it costs the driver. Here it
writes the statement and lends the connection: tables, columns, and who may see which row are said in one
place for every read, hot or not.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import CompoundSelect, Dialect, Insert, Select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from svro.records.reach import Reach, naming

Cells = list[Any]
Statement = Select[Any] | CompoundSelect[Any] | Insert
FAILURES = (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError)


class Compiled:
    """A statement as a driver takes it: its `sql`, the parameters it binds by place, how its cells are read.

    ValueError for one whose text depends on the values it is given, or that holds a value already: it is kept
    for everybody, and that could be somebody's own.
    """

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if compiled.positiontup is None or compiled.post_compile_params:
            raise ValueError("a hot statement binds by place, and its text is the same for every value")
        if own := [name for name, bind in compiled.binds.items() if not bind.required]:
            raise ValueError(f"a hot statement is given each of its values by name, and {own} are in it")
        self.sql = str(compiled)
        kinds = {name: compiled.binds[name].type.dialect_impl(dialect) for name in compiled.positiontup}
        self._binds = [(name, kinds[name].bind_processor(dialect)) for name in compiled.positiontup]
        told = () if isinstance(statement, Insert) else statement.selected_columns
        columns = [column.type.dialect_impl(dialect) for column in told]
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


class Hot:
    """A transaction on one of the connections: reads rows, and on PostgreSQL writes what goes with them."""

    def __init__(self, reader: "HotReader", driver: Any) -> None:
        self._reader, self._driver = reader, driver

    async def within(self, reach: Reach) -> None:
        """Reach further from here on."""
        if self._reader.on_postgres:
            await _plainly(self._driver, naming(reach))

    async def rows(self, statement: Statement, given: Mapping[str, object]) -> list[Cells]:
        """The rows of `statement`, with the values of its named parameters."""
        hot = self._reader.compiled(statement)
        values = hot.bind(given)
        try:
            if self._reader.on_postgres:
                found = await self._driver.fetch(hot.sql, *values)
            else:
                found = await self._driver.execute_fetchall(hot.sql, values)
        except FAILURES as error:
            raise OperationalError(
                hot.sql, None, error, connection_invalidated=_closed(self._driver)
            ) from error
        return [hot.read(row) for row in found]


class HotReader:
    """A few connections of an engine, borrowed when first needed and kept until `close`.

    It raises what the engine would: OperationalError where the database is busy or out of reach.
    """

    def __init__(self, engine: AsyncEngine, connections: int) -> None:
        self._engine = engine
        self._compiled: dict[Statement, Compiled] = {}
        self._turns = asyncio.Semaphore(connections)
        self._idle: list[tuple[AsyncConnection, Any]] = []
        self.on_postgres = engine.dialect.name == "postgresql"

    def compiled(self, statement: Statement) -> Compiled:
        """The statement for this engine's driver; the same object gets the same answer."""
        known = self._compiled.get(statement)
        if known is None:
            known = self._compiled[statement] = Compiled(statement, self._engine.dialect)
        return known

    @asynccontextmanager
    async def transaction(self, reach: Reach) -> AsyncIterator[Hot]:
        """A transaction within `reach`, committed when the block ends. On SQLite each read is one of its own,
        and nothing may be written: there is one writer, and it is elsewhere.
        """
        async with self._turns:
            try:
                connection, driver = await self._borrow()
            except FAILURES as error:
                raise OperationalError("BEGIN", None, error, connection_invalidated=True) from error
            try:
                if self.on_postgres:
                    await _plainly(driver, f"BEGIN; {naming(reach)}")
                yield Hot(self, driver)
                if self.on_postgres:
                    await _plainly(driver, "COMMIT")
            except BaseException:
                await connection.invalidate()
                await connection.close()
                raise
            self._idle.append((connection, driver))

    async def rows(self, statement: Select[Any], given: Mapping[str, object], reach: Reach) -> list[Cells]:
        """The rows of `statement`, in a transaction of their own."""
        async with self.transaction(reach) as hot:
            return await hot.rows(statement, given)

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


async def put_rows(session: AsyncSession, rows: Sequence[tuple[Insert, Mapping[str, object]]]) -> None:
    """Insert rows, each after those to which it refers, in the session's running transaction and in one round
    trip. A statement takes its values by the names of its parameters, all of them; no two rows of one trip
    may share a name but for the same value.

    It raises what the session would: IntegrityError for a constraint, OperationalError where the database is
    busy or out of reach.
    """
    driver = await _driver(session)
    statements = tuple(statement for statement, _ in rows)
    try:
        if isinstance(driver, asyncpg.Connection) and driver.is_in_transaction():
            [whole] = _compiled(statements, "postgresql")
            await driver.execute(whole.sql, *_bound(session, whole, *(given for _, given in rows)))
        elif isinstance(driver, aiosqlite.Connection) and driver.in_transaction:
            each = zip(_compiled(statements, "sqlite"), rows, strict=True)
            sent = [(one.sql, _bound(session, one, given)) for one, (_, given) in each]
            # Private, but one errand for its thread instead of one for each row.
            await driver._execute(_carry_out, driver._conn, sent)  # type: ignore[no-untyped-call]
        else:
            for statement, given in rows:
                await session.execute(statement, given)
    except (asyncpg.IntegrityConstraintViolationError, sqlite3.IntegrityError) as error:
        raise IntegrityError(str(statements[0]), None, error) from error
    except FAILURES as error:
        raise OperationalError(
            str(statements[0]), None, error, connection_invalidated=_closed(driver)
        ) from error


HEARER = "hearer"
"""Where a session's `info` has whoever is told of each of these statements, past SQLAlchemy's own events: its
text, its values by place, and by name.
"""


def _bound(session: AsyncSession, statement: Compiled, *given: Mapping[str, object]) -> Cells:
    named = {name: value for one in given for name, value in one.items()}
    values = statement.bind(named)
    if hearer := session.info.get(HEARER):
        hearer(statement.sql, values, named)
    return values


def _carry_out(connection: sqlite3.Connection, sent: Sequence[tuple[str, Cells]]) -> None:
    for sql, values in sent:
        connection.execute(sql, values).close()


async def _driver(session: AsyncSession) -> Any:
    """The driver's own connection that carries the session's transaction; None where it is in this very
    thread.
    """
    if not session.get_bind().dialect.is_async:
        return None
    connection = (await session.connection()).sync_connection
    return connection.connection.driver_connection if connection is not None else None


@cache
def _compiled(statements: tuple[Insert, ...], engine: str) -> list[Compiled]:
    if engine == "sqlite":
        return [Compiled(one, SQLiteDialect_aiosqlite()) for one in statements]
    *before, last = statements
    for n, one in enumerate(before):
        last = last.add_cte(one.cte(f"row_{n}"))
    return [Compiled(last, PGDialect_asyncpg())]  # type: ignore[no-untyped-call]


async def _plainly(driver: Any, sql: str) -> None:
    try:
        await driver.execute(sql)
    except FAILURES as error:
        raise OperationalError(sql, None, error, connection_invalidated=_closed(driver)) from error


def _closed(driver: Any) -> bool:
    return isinstance(driver, asyncpg.Connection) and bool(driver.is_closed())
