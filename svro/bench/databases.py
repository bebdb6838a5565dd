"""Fresh databases on each engine, as durable as a deployment's, for the length of one benchmark."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import make_url

from svro.bench import postgres
from svro.records import Database, schema

ENGINES = ("sqlite", "postgresql")
SETTINGS = {"shared_buffers": "256MB", "max_connections": "60", "jit": "off", "max_wal_size": "4GB"}
"""Of a PostgreSQL of our own. Durability stays as it comes: fsync and synchronous_commit on."""


class Unavailable(Exception):
    """There is no such engine here; the argument says why."""


class Databases:
    """Where new databases come from.

    PostgreSQL is the server that SVRO_BENCH_POSTGRES_URL or SVRO_TEST_POSTGRES_URL names, or else one of our
    own, started when first asked for.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self._numbers = stack, count()
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="svro-bench-")))
        self._sources: dict[str, tuple[str, Callable[[], str]]] = {}

    def new(self, engine: str) -> str:
        """The address of a database with nothing in it but the schema. Raises Unavailable."""
        return self._source(engine)[1]()

    def version(self, engine: str) -> str:
        """The engine and its version. Raises Unavailable."""
        return self._source(engine)[0]

    def _source(self, engine: str) -> tuple[str, Callable[[], str]]:
        if engine not in self._sources:
            self._sources[engine] = self._sqlite() if engine == "sqlite" else self._postgres()
        return self._sources[engine]

    def _sqlite(self) -> tuple[str, Callable[[], str]]:
        template = self._folder / "template.db"
        _migrate(f"sqlite+aiosqlite:///{template}")

        def new() -> str:
            return f"sqlite+aiosqlite:///{shutil.copy(template, self._folder / f'{next(self._numbers)}.db')}"

        return f"SQLite {sqlite3.sqlite_version}", new

    def _postgres(self) -> tuple[str, Callable[[], str]]:
        server = os.environ.get("SVRO_BENCH_POSTGRES_URL") or os.environ.get("SVRO_TEST_POSTGRES_URL")
        if not server:
            if not (found := postgres.binaries()):
                raise Unavailable(
                    "no PostgreSQL: neither SVRO_BENCH_POSTGRES_URL nor binaries on this machine"
                )
            server = self._stack.enter_context(postgres.cluster(found, SETTINGS))
        address, prefix = make_url(server), f"svro_bench_{os.getpid()}"

        def lend(name: str, template: str) -> str:
            postgres.run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            self._stack.callback(postgres.run, server, f'DROP DATABASE "{name}" WITH (FORCE)')
            return address.set(database=name).render_as_string(hide_password=False)

        role = make_url(postgres.served(server))
        _migrate(lend(f"{prefix}_template", "template0"))
        version = f"PostgreSQL {postgres.run(server)}"

        def new() -> str:
            lent = make_url(lend(f"{prefix}_{next(self._numbers)}", f"{prefix}_template"))
            return role.set(database=lent.database).render_as_string(hide_password=False)

        return version, new


@contextmanager
def lent() -> Iterator[Databases]:
    """Databases while the block runs; every one is gone afterwards."""
    with ExitStack() as stack:
        yield Databases(stack)


def _migrate(url: str) -> None:
    async def go() -> None:
        database = Database(url)
        try:
            await schema.migrate(database.engine, "svro_app")
        finally:
            await database.close()

    postgres.finish(go())
