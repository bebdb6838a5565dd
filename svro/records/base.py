"""What every table shares: names of constraints, kinds of column, ids, and the database itself on both
engines.

Each column says what a disclosure export does with it: `yes`, `redact` or `never`; a test fails on one that
says nothing.
"""

import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any, Generic, Literal, TypeVar, cast

import msgspec
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    Insert,
    MetaData,
    NullPool,
    Table,
    Text,
    TypeDecorator,
    UpdateBase,
    bindparam,
    create_engine,
    event,
    insert,
)
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, MappedColumn, Session, SessionTransaction, mapped_column

from svro.records.hot import HEARER, HotReader, put_rows
from svro.records.reach import ALL, Reach, within

Disclose = Literal["yes", "redact", "never"]
S = TypeVar("S")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. A naive one is refused: nobody could say which London day it falls
    on.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """The root of every row. Rows never leave `casework`."""

    metadata = metadata
    type_annotation_map = {datetime: Instant()}


_canonical = msgspec.json.Encoder(order="sorted")


def canonical(value: object) -> bytes:
    """The one spelling of `value` as JSON: keys sorted, no spaces, instants in UTC. What is hashed and what
    is compared.
    """
    return _canonical.encode(value)


class Packed(TypeDecorator[S], Generic[S]):
    """A msgspec value kept as its canonical JSON text: read back it equals what was written."""

    impl = Text
    cache_ok = True  # by its `kind`, so that a statement with one is compiled once

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self.decoder: msgspec.json.Decoder[S] = msgspec.json.Decoder(kind)

    def process_bind_param(self, value: S | None, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> S | None:
        return None if value is None else self.decoder.decode(value)


def column(*args: Any, disclose: Disclose, **kwargs: Any) -> MappedColumn[Any]:
    """A column that says what a disclosure export does with it."""
    return mapped_column(*args, info={"disclose": disclose}, **kwargs)


_CHANCE = random.SystemRandom()  # keeps no state, so that all may share it
_chance: ContextVar[random.Random] = ContextVar("chance", default=_CHANCE)


def chance() -> random.Random:
    """What ids, references and salts are drawn from: the operating system, outside an invented world."""
    return _chance.get()


@contextmanager
def drawn_from(source: random.Random) -> Iterator[None]:
    """Draw them from `source` while the block runs: for the demonstration alone, whose world must come out
    the same each time.
    """
    before = _chance.set(source)
    try:
        yield
    finally:
        _chance.reset(before)


def new_id() -> str:
    """A public id: 128 random bits as 32 hex characters. It tells nothing, not even when it was made."""
    return f"{chance().getrandbits(128):032x}"


async def put(session: AsyncSession, kind: type[Base], /, **values: Any) -> None:
    """Insert one row now, so that a constraint speaks at the line that broke it. The next ledger entry of
    the transaction vouches for it.
    """
    table = cast(Table, kind.__table__)
    given = whole(table, values)
    await put_rows(session, [(inserting(table, tuple(given)), given)])
    session.info.setdefault(WRITTEN, []).append((table, values, None))


def whole(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row and, of its columns that were not given one, what they say by default."""
    left = (one for one in table.columns if one.default is not None and one.name not in values)
    return {**values, **{one.name: getattr(one.default, "arg", None) for one in left}}


@cache
def inserting(table: Table, names: tuple[str, ...], prefix: str = "") -> Insert:
    """The statement that inserts a row of these columns; a parameter has its column's name after `prefix`."""
    return insert(table).values({name: bindparam(f"{prefix}{name}") for name in names})


WRITTEN = "written"
"""Where a session keeps the rows that no ledger entry vouches for yet: (table, values, digest before)."""


@event.listens_for(Session, "after_transaction_create")
def _savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info[transaction] = list(session.info.get(WRITTEN, ()))


@event.listens_for(Session, "after_soft_rollback")
def _unwritten(session: Session, transaction: SessionTransaction) -> None:
    session.info[WRITTEN] = session.info.pop(transaction, [])


async def changed(session: AsyncSession, statement: UpdateBase) -> int:
    """Carry out an UPDATE or DELETE: how many rows it changed."""
    result: Any = await session.execute(statement)
    return int(result.rowcount)


def _sqlite_connection(durable: bool) -> Any:
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        # WAL lost acknowledged commits or could corrupt on the SQLite that ships here; the rollback journal
        # with FULL did not.
        for pragma in (
            "journal_mode=DELETE",
            "synchronous=FULL" if durable else "synchronous=OFF",
            "foreign_keys=ON",
            "busy_timeout=15000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return prepare


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """What an AsyncSession asks of the cursor of a plain result: here there is nothing to wait for."""


class _InThisThread(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class Database:
    """One database on either engine: `write()` and `read()` sessions, closed at the end of the process. Each
    names its reach, and reaches nothing else.

    `url` is a SQLAlchemy address for aiosqlite or asyncpg. SQLite has one writer, so writers queue in the
    pool instead of failing, and a separate pool of readers. `hot` carries out the few reads that must be
    quickest. `durable=False` is for databases that tests throw away. `status_key` is the deployment's own
    secret for the national status keys, where its settings give one.
    """

    def __init__(self, url: str, *, durable: bool = True, status_key: str | None = None) -> None:
        self.url, self._durable = url, durable
        self.on_sqlite = url.startswith("sqlite")
        if self.on_sqlite:
            self.engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60)
            self.reader = create_async_engine(url, pool_size=4, max_overflow=4)
            for engine, begin in ((self.engine, "BEGIN IMMEDIATE"), (self.reader, "BEGIN")):
                self._prepare_sqlite(engine.sync_engine, begin, durable)
        else:
            self.engine = create_async_engine(url, pool_size=8, max_overflow=8)
            self.reader = self.engine
        info = self._info = dict[str, Any]({"status_key": status_key} if status_key else {})
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False, info=info)
        self._reading = async_sessionmaker(self.reader, expire_on_commit=False, autoflush=False, info=info)
        # The hot ones begin their transactions themselves.
        hot = self.reader if self.on_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.hot = HotReader(hot, connections=2 if self.on_sqlite else 4)

    def signing_with(self, key: object) -> None:
        """Let sessions begun from now on find the key that signs the log, and what is handed over."""
        self._info["log_key"] = key

    @staticmethod
    def _prepare_sqlite(engine: Engine, begin: str, durable: bool) -> None:
        event.listen(engine, "connect", _sqlite_connection(durable))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin) and None)

    @asynccontextmanager
    async def write(self, reach: Reach) -> AsyncIterator[AsyncSession]:
        """A transaction that has committed when the block ends, or has left nothing if it raised."""
        async with self._writing.begin() as session:
            await within(session, reach)
            yield session

    @asynccontextmanager
    async def write_alone(self, reach: Reach) -> AsyncIterator[AsyncSession]:
        """`write`, for a command that writes many thousand times and that nobody waits behind: on SQLite in
        this very thread, which halves the time. Whatever else runs in it stands still meanwhile.
        """
        if not self.on_sqlite:
            async with self.write(reach) as session:
                yield session
            return
        async with AsyncSession(expire_on_commit=False, autoflush=False, info=self._info) as session:
            session.sync_session.bind = self._in_this_thread
            async with session.begin():
                await within(session, reach)
                yield session

    @cached_property
    def _in_this_thread(self) -> Engine:
        # Kept, though it keeps no connection, for the statements that it has compiled.
        address, here = self.engine.url.set(drivername="sqlite"), {"factory": _InThisThread}
        engine = create_engine(address, poolclass=NullPool, connect_args=here)
        self._prepare_sqlite(engine, "BEGIN IMMEDIATE", self._durable)
        return engine

    @asynccontextmanager
    async def read(self, reach: Reach) -> AsyncIterator[AsyncSession]:
        """A session for looking only."""
        async with self._reading() as session:
            await within(session, reach)
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session that sees the whole database as it was at one instant, however long it looks: for
        operators' commands. On SQLite writers wait meanwhile.
        """
        async with self._reading() as session:
            if not self.on_sqlite:
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            await within(session, ALL)
            yield session

    @contextmanager
    def heard(self, hearer: Callable[[str, Sequence[object], Mapping[str, object]], None]) -> Iterator[None]:
        """Tell `hearer` meanwhile of each row that is put in, of which SQLAlchemy's events do not tell: the
        statement, its values by place, and by name. For those who count what is asked of a database.
        """
        self._info[HEARER] = hearer
        try:
            yield
        finally:
            del self._info[HEARER]

    async def close(self) -> None:
        """Give every connection back."""
        await self.hot.close()
        await self.engine.dispose()
        if self.on_sqlite:
            await self.reader.dispose()
