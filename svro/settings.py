"""What a deployment may choose, read once from the environment."""

import os
from collections.abc import Mapping

import msgspec

DEFAULT_DATABASE = "sqlite+aiosqlite:///svro.db"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen for the life of the process.

    `database_url`: a SQLAlchemy URL for aiosqlite or asyncpg. `status_key`: the secret under which
    identifiers are hashed for the national status check, or None to use the one made with the database.
    `owner_database_url`: the same database as the owner of its tables, for `svro migrate`, where the program
    serves as a role that owns nothing (PostgreSQL).
    `demonstration`: the demonstration's own sign-in and banner; never set from the environment.
    """

    database_url: str = DEFAULT_DATABASE
    owner_database_url: str | None = None
    status_key: str | None = None
    demonstration: bool = False
    secure_cookies: bool = True
    max_body_bytes: int = 1_048_576

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None, database_url: str | None = None) -> "Settings":
        """The settings of `environ` (the process's own unless given); an explicit database address wins."""
        env = os.environ if environ is None else environ
        return cls(
            database_url=database_url or env.get("SVRO_DATABASE_URL") or DEFAULT_DATABASE,
            owner_database_url=env.get("SVRO_OWNER_DATABASE_URL") or None,
            status_key=env.get("SVRO_STATUS_KEY") or None,
        )
