"""Is this database fit to keep a record that people's liberty turns on? Each check says what it found, and
why that matters.
"""

import os
import zoneinfo
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from svro.records.base import Database
from svro.records.schema import head_of, newest
from svro.settings import Settings

WHY_JOURNAL = (
    "SQLite 3.7.0 to 3.51.2 has a race in WAL mode that can lose or corrupt commits, and WAL with "
    "synchronous=NORMAL loses acknowledged commits when the power fails; the rollback journal with "
    "synchronous=FULL does neither."
)
WHY_FULL = "2 (FULL): a commit that was answered is on the disk."
WHY_FSYNC = "A crash of the machine could lose commits that were answered, or tear pages."
WHY_ROLE = "A superuser, or a role with BYPASSRLS, walks past every row-level rule."
WHY_KEY = (
    "The key seals the secrets of authenticator apps. It must be its owner's alone, and lie where no copy of "
    "the database takes it along."
)
WHY_STATUS_KEY = "A key that can be guessed lets anybody with the table try identifiers against it."
WHY_COOKIES = "Without Secure a session's cookie travels in the clear, for anybody on the way to use."
WHY_ORIGIN = "Passkeys and links are bound to one address; over plain HTTP anybody on the way reads along."
OLDEST_POSTGRESQL = 150000
LOOPBACK = (None, "localhost", "127.0.0.1", "::1")


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


def configured(settings: Settings) -> list[Check]:
    """Every check of what the deployment chose. Nothing is made or changed."""
    host = urlsplit(settings.origin or "").hostname
    plain = host not in LOOPBACK and not (settings.origin or "").startswith("https://")
    cookies = "Secure" if settings.secure_cookies else f"not Secure, at {host or 'no address'}"
    address = settings.origin or "as each request is addressed (SVRO_ORIGIN)"
    return [
        _key(settings.key_file),
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


def _zones() -> Check:
    said = f"tzdata {version('tzdata')}, the machine's files {'read' if zoneinfo.TZPATH else 'not read'}"
    why = "A London day must not depend on the machine: the pinned tzdata decides."
    return Check("time zones", not zoneinfo.TZPATH, said, why)
