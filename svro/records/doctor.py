"""Is this database fit to keep a record that people's liberty turns on? Each check says what it found and why it matters."""

import zoneinfo
from importlib.metadata import version

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from svro.records.base import Database
from svro.records.schema import head_of, newest

WHY_JOURNAL = (
    "SQLite 3.7.0 to 3.51.2 has a race in WAL mode that can lose or corrupt commits, and WAL with synchronous=NORMAL "
    "loses acknowledged commits when the power fails; the rollback journal with synchronous=FULL does neither."
)
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
    return [*checks, await _schema(database), _zones()]


async def _value(connection: AsyncConnection, ask: str) -> str:
    return str((await connection.execute(text(ask))).scalar())


async def _sqlite(connection: AsyncConnection) -> list[Check]:
    found = {name: await _value(connection, f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys", "quick_check")}
    release = await _value(connection, "SELECT sqlite_version()")
    return [
        Check("journal", found["journal_mode"] == "delete", f"SQLite {release}, journal_mode={found['journal_mode']}", WHY_JOURNAL),
        Check("synchronous", found["synchronous"] == "2", f"synchronous={found['synchronous']}", "2 (FULL): a commit answered is a commit on the disk."),
        Check("foreign keys", found["foreign_keys"] == "1", f"foreign_keys={found['foreign_keys']}", "Without them a record may point at nothing."),
        Check("pages", found["quick_check"] == "ok", found["quick_check"], "SQLite's own check of the file."),
    ]  # fmt: skip


async def _postgresql(connection: AsyncConnection) -> list[Check]:
    found = {name: await _value(connection, f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")}
    release = await _value(connection, "SHOW server_version")
    number = int(await _value(connection, "SHOW server_version_num"))
    role = await _value(connection, "SELECT current_user")
    over = await _value(connection, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    lost = "A crash of the machine could lose commits that were answered, or tear pages."
    return [
        Check("version", number >= OLDEST_POSTGRESQL, f"PostgreSQL {release}", "15 is the oldest that this is tested with."),
        *(Check(name, value != "off", f"{name}={value}", lost) for name, value in found.items()),
        Check("role", over == "False", f"connected as {role}", "A superuser, or a role with BYPASSRLS, walks past every row-level rule."),
    ]  # fmt: skip


async def _schema(database: Database) -> Check:
    found, wanted = await head_of(database.engine), newest()
    said = "no schema yet: the first command makes it" if found is None else f"schema {found}"
    return Check("schema", found in (None, wanted), said, f"This program needs {wanted}; `svro migrate` brings an older one there.")


def _zones() -> Check:
    release = version("tzdata")
    said = f"tzdata {release}, files of the machine: {', '.join(zoneinfo.TZPATH) or 'not read'}"
    return Check("time zones", not zoneinfo.TZPATH, said, "A London day must not depend on the machine: the pinned tzdata decides.")
