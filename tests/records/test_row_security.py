"""The second line on PostgreSQL: whatever a query asks, a row shows only to who reaches its force."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    TypeDecorator,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError

from svro.bench.status import LOOK
from svro.casework import orders
from svro.casework.access import visible_applications, visible_orders, visible_people
from svro.errors import Missing
from svro.records import Database, metadata
from svro.records.base import new_id, put
from svro.records.doctor import examine
from svro.records.people import Instruction
from svro.records.reach import ALL, NONE, Reach, naming, reaching
from svro.records.row_security import Policy, policies, secure, statement, tenant_tables
from tests import postgres
from tests.lines import as_owner, first_line_off, second_line_off
from tests.web.conftest import OPENED, STAFF, World
from tests.web.seeded import seed

HERE, ELSEWHERE = Reach(forces=("merseyside",)), Reach(forces=("sussex",))
NOT_IN_MERSEYSIDE = {"incidents", "access_outcomes", "declared_people", "instructions"}


@pytest.fixture(scope="module")
def url(on_postgres: Callable[..., AbstractContextManager[str]], postgres_template: str) -> Iterator[str]:
    """A database in which Merseyside has a row in every tenant table, and nobody else has any."""
    with on_postgres(postgres_template) as owned:
        served = postgres.served(owned)
        from svro.bench.postgres import finish

        finish(_seeded(served))
        yield served


async def _seeded(url: str) -> None:
    database = Database(url, durable=False)
    try:
        world = World(database)
        await world.settle()
        transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="https://svro.test") as client:
            seeded = await seed(client)
            headers = {"Authorization": "Bearer any", "Svro-Purpose": "audit", "Svro-Reference": "AUDIT-1"}
            audit = {"headers": {**headers, "Cookie": "as=AUD"}}
            await client.post("/api/v1/incidents", content=b"reference\nOP-1\n", **audit)  # type: ignore[arg-type]
            check = {"Authorization": "Bearer any", "Cookie": "as=CON"}
            purpose = {"Svro-Purpose": "roadside", "Svro-Reference": "LOG-1"}
            asked = {"order_reference": seeded.order_reference}
            await client.post("/api/v1/status-checks", json=asked, headers={**check, **purpose})
        async with database.write(HERE) as session:
            await put(
                session, Instruction, force_id="merseyside", id=new_id(), verified_by="Clerk",
                account_id=STAFF["SOL"].account_id, person_id=seeded.person_id, started_at=OPENED,
            )  # fmt: skip
            await session.execute(
                text(
                    "INSERT INTO access_outcomes "
                    "VALUES ('merseyside', 'oneself', 'x', 1, 'explained', 'xyz', now(), :by)"
                ),
                {"by": STAFF["AUD"].account_id},
            )
        await _filled(database)
    finally:
        await database.close()


SAID = {
    "kind": "note", "act": "x", "answer": "approved", "outcome": "explained", "decision": "keep",
    "command": "{}", "cell": "{}", "assembled": "{}", "rules": "{}",
}  # fmt: skip


async def _filled(database: Database) -> None:
    """A row of Merseyside in every tenant table that the seeds left empty, whatever it says."""
    for table, column in tenant_tables().items():
        [(held,)] = await as_owner(database, f"SELECT count(*) FROM {table} WHERE {column} = 'merseyside'")
        if held:
            continue
        checks = " ".join(
            str(one.sqltext) for one in metadata.tables[table].constraints if isinstance(one, CheckConstraint)
        )
        said = {}
        for one in metadata.tables[table].columns:
            listed = re.search(rf"\b{one.name} IN \('([^']+)'", checks)
            kind = one.type.impl_instance if isinstance(one.type, TypeDecorator) else one.type
            plain = {DateTime: "now()", Date: "now()", Integer: "1", Boolean: "false", LargeBinary: "'\\x00'"}
            value = next((v for k, v in plain.items() if isinstance(kind, k)), None)
            said[one.name] = value or "'" + (listed[1] if listed else SAID.get(one.name, "x")) + "'"
        if table == "documents":  # on one thing
            said |= {"order_id": "NULL", "search_id": "NULL"}
        said[column] = "'merseyside'"
        await as_owner(
            database,
            "SET session_replication_role = replica",
            f"INSERT INTO {table} ({', '.join(said)}) VALUES ({', '.join(said.values())})",
        )


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url, durable=False)
    yield opened
    await opened.close()


async def count(database: Database, table: str, reach: Reach) -> int:
    async with database.read(reach) as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


NATIONAL = "order_status_keys"


async def test_every_table_shows_its_rows_to_their_own_force_and_to_nobody_else(database: Database) -> None:
    for table in tenant_tables():
        assert await count(database, table, HERE) > 0, table
        assert await count(database, table, ALL) >= await count(database, table, HERE)
        for reach in (ELSEWHERE, NONE, Reach(forces=("",)), Reach(account="0" * 32, court="C01CY00")):
            seen = await count(database, table, reach)
            assert seen == (await count(database, table, ALL) if table == NATIONAL else 0), (table, reach)


async def test_a_connection_that_has_had_a_reach_has_none_afterwards(database: Database) -> None:
    async with database.engine.connect() as connection:
        for _ in range(2):
            async with connection.begin():
                assert await connection.scalar(text("SELECT count(*) FROM people")) == 0
                await connection.execute(text(naming(HERE)))
                assert await connection.scalar(text("SELECT count(*) FROM people")) > 0
        assert await connection.scalar(text("SELECT current_setting('svro.forces', true)")) == ""


@pytest.mark.parametrize("bad", ["a'; DROP TABLE people; --", "a b", 'a"', "a\\", "é"])
def test_a_reach_is_written_into_no_statement_unless_it_is_a_plain_name(bad: str) -> None:
    with pytest.raises(ValueError, match="no force"):
        naming(Reach(forces=(bad,)))


async def test_to_reach_further_ends_with_the_block(database: Database) -> None:
    async with database.read(ELSEWHERE) as session:
        async with reaching(session, "merseyside"):
            assert (await session.execute(text("SELECT count(*) FROM people"))).scalar_one() > 0
        assert (await session.execute(text("SELECT count(*) FROM people"))).scalar_one() == 0
        with pytest.raises(LookupError):
            async with reaching(session, "merseyside"):
                raise LookupError
        assert (await session.execute(text("SELECT count(*) FROM people"))).scalar_one() == 0


async def _again(database: Database, table: str, reach: Reach, **changed: str) -> str:
    """What happens to somebody who writes a Merseyside row once more: the SQLSTATE, or "done"."""
    columns = [column.name for column in metadata.tables[table].columns]
    [row] = await as_owner(
        database,
        f"SELECT * FROM {table} ORDER BY {tenant_tables()[table]} = 'merseyside' DESC NULLS LAST LIMIT 1",
    )
    values = [changed.get(name, row[name]) for name in columns]
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    address = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(f"BEGIN; {naming(reach)}")
        await connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", *values)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    finally:
        await connection.close()
    return "done"


DENIED, UNIQUE = "42501", "23505"


async def test_nobody_writes_another_forces_row_in_any_table(database: Database) -> None:
    for table in tenant_tables():
        assert await _again(database, table, ELSEWHERE) == DENIED, table
        assert await _again(database, table, HERE) == UNIQUE, (
            table
        )  # the control: its own force gets that far


async def test_no_constraint_tells_one_force_what_another_holds(database: Database) -> None:
    """Sussex writes what Merseyside holds, and what nobody holds: what comes of it is the same."""
    probed = 0
    for table, whose in tenant_tables().items():
        if table in ("ledger_payloads", "access_entries"):
            continue  # keyed by random ids alone, which nobody chooses
        mine = {whose: "sussex"}
        texts = [
            column.name
            for column in metadata.tables[table].columns
            if column.primary_key and column.name != whose and column.type.python_type is str
        ]
        held = await _again(database, table, ELSEWHERE, **mine)
        for name in texts:
            value = {"question": "reused", "kind": "other"}.get(name, "f" * 32)
            if name == "account_id":
                value = str(STAFF["SOL"].account_id)
            assert await _again(database, table, ELSEWHERE, **mine, **{name: value}) == held, (table, name)
            probed += 1
        assert held != UNIQUE, table
    assert probed >= 20


async def test_the_catalogue_has_each_table_forced_and_each_policy(database: Database) -> None:
    rows = await as_owner(
        database,
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('force_id', 'order_force') "
        "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
    )
    loose = {row["relname"] for row in rows if not row["forced"]}
    assert loose == {"accounts"}  # search_versions has both, and is forced
    held = await as_owner(database, "SELECT tablename, policyname FROM pg_policies")
    assert {(row["tablename"], row["policyname"]) for row in held} == {(p.table, p.name) for p in policies()}


EXCEPTED = {
    "ledger_payloads": "the leaf's own id, 128 random bits",
    "access_entries": "the leaf's own id, 128 random bits",
    "order_status_keys": "keyed hashes under a secret, with the order's force in the key",
}
SHARED = {"accounts", "forces", "ledger_leaves"}
"""Tables of everybody's, to which a tenant's row may point."""


async def test_no_unique_or_foreign_key_of_a_tenant_lacks_its_force(database: Database) -> None:
    rows = await as_owner(
        database,
        "SELECT c.conrelid::regclass::text AS name, c.confrelid::regclass::text AS target, c.conname, "
        "ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = ANY(conkey)) "
        "AS columns FROM pg_constraint c WHERE c.contype IN ('p', 'u', 'f')",
    )
    lacking = {
        (row["name"], row["conname"])
        for row in rows
        if row["name"] in tenant_tables()
        and row["name"] not in EXCEPTED
        and row["target"] not in SHARED
        and "force_id" not in row["columns"]
    }
    assert lacking == set()
    assert len(rows) > 40


def _mutants() -> list[tuple[str, Policy, list[str]]]:
    found = []
    for policy in policies():
        drop = f'DROP POLICY "{policy.name}" ON "{policy.table}"'
        found.append(("dropped", policy, [drop]))
        if policy.using not in (None, "true"):
            found.append(("USING true", policy, [drop, statement(policy._replace(using="true"))]))
        if policy.check is not None:
            found.append(("WITH CHECK true", policy, [drop, statement(policy._replace(check="true"))]))
    return found


@asynccontextmanager
async def _mutated(database: Database, policy: Policy, statements: list[str]) -> AsyncIterator[None]:
    await as_owner(database, *statements)
    try:
        yield
    finally:
        back = [f'DROP POLICY IF EXISTS "{policy.name}" ON "{policy.table}"', statement(policy)]
        await as_owner(database, *back)


async def _holds(database: Database, table: str) -> bool:
    """Whether the table still is as the tests above say: seen at home and by those concerned, unseen and
    unwritten elsewhere.
    """
    home = await count(database, table, HERE) > 0
    whole = await count(database, table, ALL)
    unseen = await count(database, table, ELSEWHERE) in ((whole,) if table == NATIONAL else (0,))
    own, heard = Reach(account=STAFF["SOL"].account_id), Reach(court="C05LV00")
    concerned = True
    if table == "instructions":
        concerned = await count(database, table, own) > 0
    elif table == "allocations":
        concerned = await count(database, table, Reach(account=STAFF["PLO"].account_id)) > 0
    elif table in ("orders", "application_facts"):
        concerned = await count(database, table, heard) > 0
    stranger = await count(database, table, Reach(account="0" * 32, court="C01CY00"))
    unwritten = await _again(database, table, ELSEWHERE) == DENIED
    written = await _again(database, table, HERE) == UNIQUE
    removed = table != NATIONAL or await _removes(database)
    return all((home, unseen, concerned, table == NATIONAL or stranger == 0, unwritten, written, removed))


async def _removes(database: Database) -> bool:
    """Whether a force removes its own national keys, and no other does."""
    gone = []
    for reach in (HERE, ELSEWHERE):
        async with database.engine.connect() as connection:
            await connection.execute(text(naming(reach)))
            gone.append((await connection.execute(text(f"DELETE FROM {NATIONAL}"))).rowcount)
            await connection.rollback()
    return gone[0] > 0 and gone[1] == 0


async def test_every_policy_changed_is_noticed(database: Database) -> None:
    tables = {policy.table for policy in policies()}
    assert [table for table in sorted(tables) if not await _holds(database, table)] == []  # the control
    mutants, survivors = _mutants(), []
    for what, policy, statements in mutants:
        async with _mutated(database, policy, statements):
            if await _holds(database, policy.table):
                survivors.append((policy.table, policy.name, what))
    assert survivors == []
    assert len(mutants) > 60


async def test_with_the_first_line_off_no_foreign_row_is_seen(database: Database) -> None:
    asked = (("people", visible_people, "person:read"), ("orders", visible_orders, "order:read"),
             ("applications", visible_applications, "application:read"))  # fmt: skip
    stranger = _somebody("sussex")
    with first_line_off():
        for table, visible, permission in asked:
            clause = visible(stranger, permission, OPENED)
            kind = metadata.tables[table]
            async with database.read(ELSEWHERE) as session:
                assert (await session.execute(kind.select().where(clause))).all() == []
            async with second_line_off(database), database.read(ELSEWHERE) as session:
                assert (await session.execute(kind.select().where(clause))).all() != []  # the control
        [order] = await as_owner(database, "SELECT id FROM orders LIMIT 1")
        asked_hot = (database, stranger, LOOK, order["id"], None, None, OPENED)
        with pytest.raises(Missing):
            await orders.status(*asked_hot)
        await database.hot.close()
        async with second_line_off(database):
            assert (await orders.status(*asked_hot)).order_id == order["id"]  # the control


async def test_with_the_second_line_off_no_foreign_row_is_seen(database: Database) -> None:
    world = World(database)
    world.cookies.staff["elsewhere"] = _somebody("sussex")
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]
    headers = {"Authorization": "Bearer any", "Cookie": "as=elsewhere"}
    headers |= {"Svro-Purpose": "casework", "Svro-Reference": "OP-2025-0314"}
    paths = ("/orders", "/applications", "/searches", "/people?family_name=Quill")
    async with second_line_off(database):
        assert await count(database, "people", NONE) > 0  # it is off
        async with httpx.AsyncClient(transport=transport, base_url="https://svro.test") as client:
            for path in paths:
                answer = await client.get(f"/api/v1{path}", headers=headers)
                assert (answer.status_code, answer.json()) == (200, []), path


def _somebody(force: str) -> Any:
    import msgspec

    from tests.web.conftest import CASEWORK

    return msgspec.structs.replace(STAFF["SUP"], force_id=force, purpose=CASEWORK)


async def _doctor(database: Database) -> dict[str, bool]:
    return {check.name: check.passed for check in await examine(database)}


UNSAFE = {
    "row security": (
        "ALTER TABLE people NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE people FORCE ROW LEVEL SECURITY",
    ),
    "policies": (
        "CREATE POLICY extra ON people FOR SELECT USING (true)",
        "DROP POLICY extra ON people",
    ),
    "definers": (
        "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM people'",
        "DROP FUNCTION f()",
    ),
    "views": ("CREATE VIEW v AS SELECT * FROM people", "DROP VIEW v"),
    "owner": (
        "ALTER TABLE people OWNER TO svro_app",
        "ALTER TABLE people OWNER TO CURRENT_USER; GRANT ALL ON people TO svro_app",
    ),
}
SECOND_LINE = frozenset({"role", "owner", "row security", "policies", "definers", "views"})


async def test_the_doctor_finds_nothing_wrong_with_a_role_that_serves(database: Database) -> None:
    found = await _doctor(database)
    assert {name for name in SECOND_LINE if not found[name]} == set()


@pytest.mark.parametrize("name", UNSAFE)
async def test_the_doctor_refuses_each_way_round_the_second_line(database: Database, name: str) -> None:
    breaking, mending = UNSAFE[name]
    await as_owner(database, breaking)
    try:
        found = await _doctor(database)
    finally:
        await as_owner(database, *mending.split("; "))
    assert {check for check in SECOND_LINE if not found[check]} == {name}


async def test_the_doctor_refuses_to_serve_as_the_owner(database: Database) -> None:
    owner = Database(postgres.owner(database.url), durable=False)
    try:
        found = await _doctor(owner)
    finally:
        await owner.close()
    assert {name for name in SECOND_LINE if not found[name]} == {"role", "owner"}


async def test_the_doctor_refuses_a_role_that_walks_past_the_rules(database: Database) -> None:
    name = "svro_lifted"
    make = f"CREATE ROLE {name} LOGIN PASSWORD '{name}' BYPASSRLS IN ROLE {postgres.ROLE}"
    await as_owner(database, f"DROP ROLE IF EXISTS {name}", make)
    lifted = make_url(database.url).set(username=name, password=name)
    opened = Database(lifted.render_as_string(hide_password=False), durable=False)
    try:
        assert await count(opened, "people", NONE) > 0
        found = await _doctor(opened)
    finally:
        await opened.close()
    assert {name for name in SECOND_LINE if not found[name]} == {"role"}


async def test_a_changed_policy_is_found_and_migrating_states_it_anew(database: Database) -> None:
    [policy] = [policy for policy in policies() if policy.table == "people"]
    async with _mutated(database, policy, [f'DROP POLICY "{policy.name}" ON people']):
        await as_owner(database, statement(policy._replace(using="true")))
        assert not (await _doctor(database))["policies"]
        owner = Database(postgres.owner(database.url), durable=False)
        try:
            async with owner.engine.begin() as connection:
                await connection.run_sync(secure, postgres.ROLE)
        finally:
            await owner.close()
        assert (await _doctor(database))["policies"]


async def test_the_role_that_serves_cannot_loosen_anything(database: Database) -> None:
    for attempt in (
        "ALTER TABLE people DISABLE ROW LEVEL SECURITY",
        "DROP POLICY force ON people",
        "ALTER TABLE people NO FORCE ROW LEVEL SECURITY",
        f"SET ROLE {make_url(postgres.owner(database.url)).username}",
    ):
        async with database.engine.connect() as connection:
            await connection.execute(text(naming(ALL)))
            with pytest.raises(DBAPIError) as refused:
                await connection.execute(text(attempt))
            assert getattr(refused.value.orig, "sqlstate", "") == DENIED, attempt


async def test_no_row_of_the_log_is_changed_or_taken_away_whatever_the_reach(database: Database) -> None:
    for attempt in ("UPDATE access_entries SET purpose = 'x'", "DELETE FROM access_entries"):
        async with database.engine.connect() as connection:
            await connection.execute(text(naming(ALL)))
            assert (await connection.execute(text(attempt))).rowcount == 0, attempt
