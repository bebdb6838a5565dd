"""Is this database fit to keep a record that people's liberty turns on? Each check says what it found, and
why that matters.
"""

import zoneinfo
from importlib.metadata import version

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from svro.records import fence
from svro.records.base import Database
from svro.records.schema import head_of, newest

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
OLDEST_POSTGRESQL = 150000


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
    ]


async def _postgresql(connection: AsyncConnection) -> list[Check]:
    release = await _value(connection, "SHOW server_version")
    number = int(await _value(connection, "SHOW server_version_num"))
    checks = [
        Check("version", number >= OLDEST_POSTGRESQL, f"PostgreSQL {release}", "15 is the oldest tested.")
    ]
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        value = await _value(connection, f"SHOW {name}")
        checks.append(Check(name, value != "off", f"{name}={value}", WHY_FSYNC))
    role = await _value(connection, "SELECT current_user")
    rises = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    return [
        *checks,
        Check("role", await _value(connection, rises) == "False", f"connected as {role}", WHY_ROLE),
    ]


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
