"""What tests of every storey use: a fresh database on each engine, and the real data beside the checkout."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings
from sqlalchemy import make_url

from tests import postgres

if TYPE_CHECKING:
    from svro.records import Database  # loaded by the fixtures that need it: the law's tests stay quick

CHECKOUT = Path(__file__).resolve().parents[1]

# A busy machine is no fault of a property; and on CI the same examples are tried each time.
settings.register_profile("svro", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("svro")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is marked full takes as long as it takes; all else has the time in pyproject.toml."""
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.timeout(0))


def absent(what: str) -> NoReturn:
    """Something that a test needs is not here: skip with the reason, but on CI fail, for there it must be."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} (on CI this is a failure, not a skip)")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the checkout: published data and independent oracles, too large for it."""
    folder = CHECKOUT.parent / "shared"
    if not folder.is_dir():
        absent(f"the folder {folder.name} is not beside the checkout")
    return folder


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core's script, which `make test` fetches."""
    script = CHECKOUT / ".cache" / "axe.min.js"
    if not script.is_file():
        absent("axe-core is not here: `make test` fetches it, or `python -m tests.axe`")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium that is installed; none is ever downloaded."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        absent("no Chromium is installed")
    return found


def _migrated(url: str) -> None:
    """Give the empty database at `url` its schema."""
    from svro.records import Database, schema

    async def go() -> None:
        database = Database(url, durable=False)
        try:
            await schema.migrate(database.engine, postgres.ROLE)
        finally:
            await database.close()

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(go())
    finally:
        loop.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "svro.db"
    _migrated(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL where we may make databases: SVRO_TEST_POSTGRES_URL, or our own cluster."""
    if given := os.environ.get("SVRO_TEST_POSTGRES_URL"):
        yield given
    elif found := postgres.binaries():
        with postgres.cluster(found) as url:
            yield url
    else:
        absent(
            "no PostgreSQL: no SVRO_TEST_POSTGRES_URL, no binaries from the test wheel, none of the system's"
        )


@pytest.fixture(scope="session")
def on_postgres(postgres_url: str, worker_id: str) -> Callable[..., AbstractContextManager[str]]:
    """Lend a database on the test server, optionally a copy of `template`, while the block runs."""
    numbers = count()

    @contextmanager
    def lend(template: str = "template0") -> Iterator[str]:
        name = f"svro_{worker_id}_{os.getpid()}_{next(numbers)}"
        postgres.run(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        finally:
            postgres.run(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')

    return lend


@pytest.fixture(scope="session")
def postgres_template(on_postgres: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, to be copied."""
    with on_postgres() as url:
        postgres.served(url)
        _migrated(url)
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """A test that uses this, or anything below, runs once on each engine."""
    return str(request.param)


@pytest.fixture
def engine_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database: on PostgreSQL as the role that serves, which owns
    nothing.
    """
    if engine_name == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "svro.db")
        yield f"sqlite+aiosqlite:///{file}"
    else:
        template = request.getfixturevalue("postgres_template")
        with request.getfixturevalue("on_postgres")(template) as url:
            yield postgres.served(url)


@pytest.fixture
def empty_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it."""
    if engine_name == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    else:
        with request.getfixturevalue("on_postgres")() as url:
            yield url


@pytest.fixture
async def database(engine_url: str) -> "AsyncIterator[Database]":
    """A fresh, migrated database, open."""
    from svro.records import Database

    opened = Database(engine_url, durable=False)
    yield opened
    await opened.close()
