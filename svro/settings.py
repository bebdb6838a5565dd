"""What a deployment may choose, read once from the environment."""

import os
from collections.abc import Mapping

import msgspec

DEFAULT_DATABASE = "sqlite+aiosqlite:///svro.db"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen for the life of the process.

    `database_url`: a SQLAlchemy URL for aiosqlite or asyncpg. `status_key`: the secret under which
    identifiers are hashed for the national status check, or None to use the one made with the database.
    `log_key`: the file of the key that signs the ledger's checkpoints, or None: then nothing is sealed here.
    `seal_ms`: milliseconds at most, while something is new, from one sealing to the next. `witnesses`: the
    public keys of those whose cosignatures are taken.
    `owner_database_url`: the same database as the owner of its tables, for `svro migrate`, where the program
    serves as a role that owns nothing (PostgreSQL).
    `demonstration`: the demonstration's own sign-in and banner; never set from the environment.
    """

    database_url: str = DEFAULT_DATABASE
    owner_database_url: str | None = None
    status_key: str | None = None
    log_key: str | None = None
    seal_ms: int = 1_000
    witnesses: tuple[str, ...] = ()
    demonstration: bool = False
    secure_cookies: bool = True
    max_body_bytes: int = 1_048_576

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None, database_url: str | None = None) -> "Settings":
        """The settings of `environ` (the process's own unless given); an explicit database address wins.

        ValueError, naming the variable, for one that cannot be read.
        """
        env = os.environ if environ is None else environ
        return cls(
            database_url=database_url or env.get("SVRO_DATABASE_URL") or DEFAULT_DATABASE,
            owner_database_url=env.get("SVRO_OWNER_DATABASE_URL") or None,
            status_key=env.get("SVRO_STATUS_KEY") or None,
            log_key=env.get("SVRO_LOG_KEY") or None,
            seal_ms=_milliseconds(env.get("SVRO_SEAL_MS")),
            witnesses=tuple((env.get("SVRO_WITNESSES") or "").split()),
        )


def _milliseconds(text: str | None) -> int:
    if not text:
        return 1_000
    if not (text.isascii() and text.isdigit() and 10 <= int(text) <= 60_000):
        raise ValueError("SVRO_SEAL_MS must be a number of milliseconds from 10 to 60000")
    return int(text)
