"""What a deployment may choose, read once from the environment."""

import os
from collections.abc import Mapping
from datetime import timedelta

import msgspec

DEFAULT_DATABASE = "sqlite+aiosqlite:///svro.db"
DEFAULT_KEY_FILE = "svro.key"


class HashCost(msgspec.Struct, frozen=True):
    """What one guess at a password costs: passes, KiB of memory, lanes. The default is Argon2id's second
    recommended choice. Source: RFC 9106 s.4.
    """

    passes: int = 3
    memory: int = 65_536
    lanes: int = 4


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen for the life of the process.

    `database_url`: a SQLAlchemy URL for aiosqlite or asyncpg. `status_key`: the secret under which
    identifiers are hashed for the national status check, or None to use the one made with the database.
    `owner_database_url`: the same database as the owner of its tables, for `svro migrate`, where the program
    serves as a role that owns nothing (PostgreSQL). `log_key`: the file of the key that signs the ledger's
    checkpoints, or None: then nothing is sealed here. `seal_ms`: milliseconds at most, while something is
    new, from one sealing to the next. `witnesses`: the public keys of those whose cosignatures are taken.
    `key_file`: where the key lies that seals what sign-in must be able to read back; never in the database.
    `origin`: the address people know, such as https://svro.example, where a proxy stands before us.
    `proxies`: the addresses of such proxies, whose word on where a request came from is taken.
    `idle` and `whole`: how long a session lasts unused, and at most. `requests`: how many an account may make
    in a minute. `demonstration`: the demonstration's own sign-in and banner; never set from the environment.
    """

    database_url: str = DEFAULT_DATABASE
    owner_database_url: str | None = None
    status_key: str | None = None
    log_key: str | None = None
    seal_ms: int = 1_000
    witnesses: tuple[str, ...] = ()
    key_file: str = DEFAULT_KEY_FILE
    origin: str | None = None
    proxies: frozenset[str] = frozenset()
    demonstration: bool = False
    secure_cookies: bool = True
    idle: timedelta = timedelta(minutes=15)
    whole: timedelta = timedelta(hours=8)
    hash_cost: HashCost = HashCost()
    requests: int = 1_200
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
            seal_ms=_number(env, "SVRO_SEAL_MS", 1_000, (10, 60_000), "milliseconds"),
            witnesses=tuple((env.get("SVRO_WITNESSES") or "").split()),
            key_file=env.get("SVRO_KEY_FILE") or DEFAULT_KEY_FILE,
            origin=(env.get("SVRO_ORIGIN") or "").rstrip("/") or None,
            proxies=frozenset(env.get("SVRO_TRUSTED_PROXIES", "").replace(",", " ").split()),
            secure_cookies=env.get("SVRO_INSECURE_COOKIES") != "1",
            idle=timedelta(minutes=_number(env, "SVRO_SESSION_IDLE_MINUTES", 15, (1, 1440), "minutes")),
            whole=timedelta(minutes=_number(env, "SVRO_SESSION_MINUTES", 480, (1, 1440), "minutes")),
        )


def _number(env: Mapping[str, str], name: str, default: int, limits: tuple[int, int], unit: str) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and limits[0] <= int(text) <= limits[1]):
        raise ValueError(f"{name} must be a number of {unit} from {limits[0]} to {limits[1]}")
    return int(text)
