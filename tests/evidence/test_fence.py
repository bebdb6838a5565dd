"""What is written stays: every table only grows, but for those on a written list, on both engines."""

from typing import Any

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.records import Database, fence, metadata, schema
from svro.records.reach import ALL
from tests import postgres
from tests.evidence.conftest import Evidence
from tests.lines import as_owner


def test_every_table_only_grows_or_is_on_the_list_with_its_reason() -> None:
    tables = set(metadata.tables)
    assert set(fence.FREE) | set(fence.PROOF) <= tables
    assert all(len(reason) > 5 for reason in (fence.FREE | fence.PROOF).values())
    assert not set(fence.FREE) & (set(fence.PROOF) | set(fence.ONCE) | set(fence.OFTEN) | set(fence.ERASED))
    for listed in (fence.ONCE, fence.OFTEN, fence.ERASED):
        for name, columns in listed.items():
            assert set(columns) <= set(metadata.tables[name].c.keys()), name
            assert not set(columns) & {one.name for one in metadata.tables[name].primary_key}, name
    assert {table.name for table in fence.fenced()} == tables - set(fence.FREE)
    assert len(fence.fenced()) >= 35


async def _refused(session: AsyncSession, statement: str) -> bool:
    """Whether the database refuses a statement as the table's own fence does."""
    try:
        async with session.begin_nested():
            await session.execute(text(statement))
    except DBAPIError as error:
        return any(said in str(error) for said in ("only grows", "permission denied"))
    return False


async def _filled(session: AsyncSession) -> list[Table]:
    return [
        table
        for table in fence.fenced()
        if (await session.execute(text(f'SELECT 1 FROM "{table.name}" LIMIT 1'))).first() is not None
    ]


async def test_no_row_can_be_changed_deleted_or_replaced(world: Evidence, database: Database) -> None:
    async with database.write(ALL) as session:
        filled = await _filled(session)
        assert len(filled) >= 20
        for table in filled:
            name, key = table.name, next(iter(table.primary_key)).name
            assert await _refused(session, f'DELETE FROM "{name}"'), name
            assert await _refused(session, f'UPDATE "{name}" SET "{key}" = {_other(table, key)}'), name
            if not database.on_sqlite:
                assert await _refused(session, f'TRUNCATE "{name}" CASCADE'), name
            else:
                columns = ", ".join(f'"{one.name}"' for one in table.c)
                replacing = (
                    f'INSERT OR REPLACE INTO "{name}" ({columns}) SELECT {columns} FROM "{name}" LIMIT 1'
                )
                assert await _refused(session, replacing), name


def _other(table: Table, key: str) -> str:
    return f'"{key}" + 1000' if table.c[key].type.python_type is int else "'another'"


async def test_without_the_fences_the_same_changes_go_through(world: Evidence, database: Database) -> None:
    async with database.write(ALL) as session:
        connection = await session.connection()
        await connection.run_sync(fence.lower_fences)
        assert await connection.run_sync(fence.standing) == set()
        for name in ("order_acts", "search_versions", "ledger_payloads"):
            assert not await _refused(session, f'DELETE FROM "{name}"'), name
        await connection.run_sync(fence.raise_fences)
        assert await connection.run_sync(fence.standing) == fence.wanted(connection.dialect.name)


async def test_migrating_puts_back_a_fence_that_is_gone_or_switched_off(database: Database) -> None:
    name = "fence_order_acts_delete" if database.on_sqlite else "fence_order_acts"
    off = f"DROP TRIGGER {name}" if database.on_sqlite else f"ALTER TABLE order_acts DISABLE TRIGGER {name}"
    if database.on_sqlite:
        async with database.write(ALL) as session:
            await session.execute(text(off))
    else:
        await as_owner(database, off)
    async with database.engine.connect() as connection:
        wanted = fence.wanted(connection.dialect.name)
        assert wanted - await connection.run_sync(fence.standing) == {name}
    owner = database if database.on_sqlite else Database(postgres.owner(database.url), durable=False)
    await schema.migrate(owner.engine, postgres.ROLE)
    if owner is not database:
        await owner.close()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(fence.standing) == wanted


async def test_what_may_be_filled_in_once_may_be_once(world: Evidence, database: Database) -> None:
    async with database.write(ALL) as session:
        end = "UPDATE allocations SET ended_at = '2024-04-0{} 10:00:00+00:00' WHERE ended_at IS {} NULL"
        assert not await _refused(session, end.format(1, ""))
        assert await _refused(session, end.format(2, "NOT"))
        assert await _refused(session, "UPDATE allocations SET ended_at = NULL")
        assert await _refused(session, "UPDATE ledger_leaves SET position = position + 1")
        assert await _refused(session, "UPDATE ledger_leaves SET commitment = salt FROM ledger_payloads")
        assert await _refused(session, "UPDATE allocations SET reason = 'another'"), "no erasure is under way"


async def test_an_erasure_under_way_opens_its_own_persons_columns_only(
    world: Evidence, database: Database
) -> None:
    with pytest.raises(IntegrityError):
        async with database.write(ALL) as session:
            await session.execute(_erasure("somebody"))  # no decision stands behind it


def _erasure(person: str) -> Any:
    return text(
        "INSERT INTO erasures (force_id, id, person_id, began_at)"
        f" VALUES ('merseyside', 'x', '{person}', '2024-04-01 10:00:00+00:00')"
    )
