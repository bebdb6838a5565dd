"""A small world: every story of the plan told once. The whole one is built by the command's own tests."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest

from svro.demo.plan import PLAN
from svro.demo.world import build
from svro.records import Database
from svro.records.reach import ALL

ONCE = tuple((story, 1, days) for story, _, days in PLAN)
OFTEN = 40


async def small(database: Database) -> None:
    """Tell each story once."""
    async with database.write_alone(ALL) as session:
        await build(session, ONCE, OFTEN)


@pytest.fixture(scope="session")
def small_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that holds it, to be copied."""
    file = Path(copy(sqlite_template, tmp_path_factory.mktemp("world") / "svro.db"))

    async def go() -> None:
        database = Database(f"sqlite+aiosqlite:///{file}", durable=False)
        await small(database)
        await database.close()

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(go())
    finally:
        loop.close()
    return file


@pytest.fixture
async def world(small_world: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """The small world, open; a copy, so that a test may change it."""
    file = copy(small_world, tmp_path / "world.db")
    database = Database(f"sqlite+aiosqlite:///{file}", durable=False)
    yield database
    await database.close()
