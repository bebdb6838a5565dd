"""Is this database fit to keep a record that people's liberty turns on? Each check says what it found, and
why that matters.
"""

import os
import zoneinfo
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import inspect, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection

from svro.errors import Unready
from svro.records import fence, notes
from svro.records.base import Database
from svro.records.orders import Order
from svro.records.people import Deployment, Person
from svro.records.row_security import policies, statement, tenant_tables
from svro.records.schema import head_of, newest
from svro.records.searches import Search
from svro.settings import Settings

WHY_JOURNAL = (
    "SQLite 3.7.0 to 3.51.2 has a race in WAL mode that can lose or corrupt commits, and WAL with "
    "synchronous=NORMAL loses acknowledged commits when the power fails; the rollback journal with "
    "synchronous=FULL does neither."
)
WHY_FULL = "2 (FULL): a commit that was answered is on the disk."
WHY_FSYNC = "A crash of the machine could lose commits that were answered, or tear pages."
WHY_FENCES = (
    "Each table refuses to change or lose what was recorded; `svro migrate` puts the triggers in place."
)
WHY_ROLE = "A superuser, or a role with BYPASSRLS, walks past every row-level rule."
WHY_OWNER = (
    "The owner of a table may take its rules away. Make two roles: one that owns the tables, whose address "
    "is SVRO_OWNER_DATABASE_URL and which only `svro migrate` uses, and one that serves, whose address is "
    "SVRO_DATABASE_URL; `svro migrate` lets the second use the tables."
)
WHY_FORCED = (
    "Each row shows only to a transaction that reaches its force; `svro migrate` states the rules anew."
)
WHY_DEFINER = "It would run as its owner, past every row-level rule."
WHY_ONE_FORCE = "SQLite has no second line between forces, so it serves one; several need PostgreSQL."
WHY_KEY = (
    "The key seals the secrets of authenticator apps. It must be its owner's alone, and lie where no copy of "
    "the database takes it along."
)
WHY_LOG_KEY = (
    "It signs what the log holds, so that nothing before can be changed unseen; whoever can read it can sign "
    "another history."
)
WHY_STATUS_KEY = "A key that can be guessed lets anybody with the table try identifiers against it."
WHY_COOKIES = "Without Secure a session's cookie travels in the clear, for anybody on the way to use."
WHY_ORIGIN = "Passkeys and links are bound to one address; over plain HTTP anybody on the way reads along."
OLDEST_POSTGRESQL = 150000
LOOPBACK = (None, "localhost", "127.0.0.1", "::1")

OWNED = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
AND pg_has_role(current_user, c.relowner, 'MEMBER') ORDER BY 1
"""
UNFORCED = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
AND c.relname = ANY(:tables) ORDER BY 1
"""
DEFINERS = """
SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
VIEWS = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND NOT coalesce('security_invoker=true' = ANY(c.reloptions), false) ORDER BY 1
"""
POLICIES = "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = :schema"
TWINS = (
    "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies "
    "WHERE schemaname = (SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema())"
)


class Check(msgspec.Struct, frozen=True):
    """One check: its name, whether it passed, what was found, and why that matters."""

    name: str
    passed: bool
    found: str
    why: str


async def examine(database: Database) -> list[Check]:
    """Every check of one database, on the connection that writes."""
    async with database.engine.connect() as connection:
        checks = await (_sqlite(connection) if database.on_sqlite else _postgresql(connection))
    return [*checks, await _schema(database), await _fences(database), _zones()]


def configured(settings: Settings) -> list[Check]:
    """Every check of what the deployment chose. Nothing is made or changed."""
    host = urlsplit(settings.origin or "").hostname
    plain = host not in LOOPBACK and not (settings.origin or "").startswith("https://")
    cookies = "Secure" if settings.secure_cookies else f"not Secure, at {host or 'no address'}"
    address = settings.origin or "as each request is addressed (SVRO_ORIGIN)"
    return [
        _key(settings.key_file),
        _log_key(settings.log_key),
        Check("status key", *_strong(settings.status_key), WHY_STATUS_KEY),
        Check("cookies", settings.secure_cookies or host in LOOPBACK, cookies, WHY_COOKIES),
        Check("address", not plain, address, WHY_ORIGIN),
    ]


def _key(file: str) -> Check:
    path = Path(file)
    if not path.exists():
        return Check("key file", True, "none yet: `svro serve` makes it", WHY_KEY)
    mode = path.stat().st_mode & 0o777
    keys = path.read_bytes().split()
    weak = not keys or any(len(key) != 44 or len(set(key)) < 12 for key in keys)
    closed = os.name != "posix" or not mode & 0o077
    found = f"{path.name}, mode {mode:o}{', not a key that svro made' if weak else ''}"
    return Check("key file", closed and not weak, found, WHY_KEY)


def _log_key(file: str | None) -> Check:
    if file is None:
        return Check("log key", True, "none: nothing is sealed from here (SVRO_LOG_KEY)", WHY_LOG_KEY)
    try:
        return Check("log key", True, notes.key_file(Path(file)).name, WHY_LOG_KEY)
    except Unready as why:
        return Check("log key", False, str(why), WHY_LOG_KEY)


def _strong(key: str | None) -> tuple[bool, str]:
    if key is None:
        return True, "made at random with the database"
    strong = len(key) >= 32 and len(set(key)) >= 8 and "demonstration" not in key
    return strong, f"given, {len(key)} characters{'' if strong else ', too few or too well known'}"


async def _value(connection: AsyncConnection, ask: str) -> str:
    return str((await connection.execute(text(ask))).scalar())


async def _sqlite(connection: AsyncConnection) -> list[Check]:
    release = await _value(connection, "SELECT sqlite_version()")
    mode = await _value(connection, "PRAGMA journal_mode")
    full = await _value(connection, "PRAGMA synchronous")
    keys = await _value(connection, "PRAGMA foreign_keys")
    pages = await _value(connection, "PRAGMA quick_check")
    return [
        Check("journal", mode == "delete", f"SQLite {release}, journal_mode={mode}", WHY_JOURNAL),
        Check("synchronous", full == "2", f"synchronous={full}", WHY_FULL),
        Check(
            "foreign keys", keys == "1", f"foreign_keys={keys}", "Without them a record may point at nothing."
        ),
        Check("pages", pages == "ok", pages, "SQLite's own check of the file."),
        one_force(await forces_held(connection)),
    ]


async def forces_held(connection: AsyncConnection) -> list[str]:
    """The forces that own people, orders or searches in a live deployment's SQLite database."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("deployments")):
        return []
    if await connection.scalar(select(Deployment.kind)) != "live":
        return []
    owned = union(*(select(held.force_id) for held in (Person, Order, Search)))
    return sorted(str(force) for force in (await connection.scalars(owned)).all())


def one_force(held: list[str]) -> Check:
    """SQLite serves one force outside the demonstration."""
    return Check("forces", len(held) < 2, f"records of {_said(held)}", WHY_ONE_FORCE)


async def _postgresql(connection: AsyncConnection) -> list[Check]:
    release = await _value(connection, "SHOW server_version")
    number = int(await _value(connection, "SHOW server_version_num"))
    checks = [
        Check("version", number >= OLDEST_POSTGRESQL, f"PostgreSQL {release}", "15 is the oldest tested.")
    ]
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        value = await _value(connection, f"SHOW {name}")
        checks.append(Check(name, value != "off", f"{name}={value}", WHY_FSYNC))
    return [*checks, *await _second_line(connection)]


async def _second_line(connection: AsyncConnection) -> list[Check]:
    """Whether row-level security holds this role back, whatever the program asks."""
    role = await _value(connection, "SELECT current_user")
    rises = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    owned = await _names(connection, OWNED)
    loose = await _names(connection, UNFORCED, {"tables": list(tenant_tables())})
    strange = await _strange_policies(connection)
    definers = await _names(connection, DEFINERS)
    views = await _names(connection, VIEWS)
    return [
        Check("role", await _value(connection, rises) == "False", f"connected as {role}", WHY_ROLE),
        Check("owner", not owned, f"{role} owns, or may become the owner of, {_said(owned)}", WHY_OWNER),
        Check("row security", not loose, f"not forced on {_said(loose)}", WHY_FORCED),
        Check("policies", not strange, f"missing, changed or strange: {_said(strange)}", WHY_FORCED),
        Check("definers", not definers, f"SECURITY DEFINER: {_said(definers)}", WHY_DEFINER),
        Check("views", not views, f"without security_invoker: {_said(views)}", WHY_DEFINER),
    ]


async def _strange_policies(connection: AsyncConnection) -> list[str]:
    """The policies that are not as they should be, by table and name. PostgreSQL does not keep the text it
    was given, so each is compared with its twin, made on a table like it and taken back.
    """
    there = set(await _names(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    wanted = {(p.table, p.name): p for p in policies() if p.table in there}
    held = {
        (row.tablename, row.policyname): (row.cmd, row.qual, row.with_check)
        for row in await connection.execute(text(POLICIES), {"schema": "public"})
    }
    await connection.rollback()
    twins = {}
    async with connection.begin() as undone:
        for table in {table for table, _ in wanted}:
            await connection.exec_driver_sql(f'CREATE TEMP TABLE "{table}" (LIKE public."{table}")')
        for policy in wanted.values():
            await connection.exec_driver_sql(statement(policy).replace(" ON ", " ON pg_temp.", 1))
        for row in await connection.execute(text(TWINS)):
            twins[row.tablename, row.policyname] = row.cmd, row.qual, row.with_check
        await undone.rollback()
    return sorted(
        f"{table}.{name}"
        for table, name in held.keys() | twins.keys()
        if held.get((table, name)) != twins.get((table, name))
    )


async def _names(connection: AsyncConnection, ask: str, given: dict[str, object] | None = None) -> list[str]:
    return [str(name) for name in (await connection.execute(text(ask), given or {})).scalars()]


def _said(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "nothing"


async def _schema(database: Database) -> Check:
    found, wanted = await head_of(database.engine), newest()
    said = "no schema yet: the first command makes it" if found is None else f"schema {found}"
    why = f"This program needs {wanted}; `svro migrate` brings an older one there."
    return Check("schema", found in (None, wanted), said, why)


async def _fences(database: Database) -> Check:
    if await head_of(database.engine) is None:
        return Check("fences", True, "no schema yet", WHY_FENCES)
    async with database.engine.connect() as connection:
        standing = await connection.run_sync(fence.standing)
    wanted = fence.wanted(connection.dialect.name)
    missing = sorted(wanted - standing)
    said = f"missing: {', '.join(missing)}" if missing else f"{len(wanted)} triggers"
    return Check("fences", not missing, said, WHY_FENCES)


def _zones() -> Check:
    said = f"tzdata {version('tzdata')}, the machine's files {'read' if zoneinfo.TZPATH else 'not read'}"
    why = "A London day must not depend on the machine: the pinned tzdata decides."
    return Check("time zones", not zoneinfo.TZPATH, said, why)
