"""The PostgreSQL cluster that tests run on: quick, because nothing in it need outlive the machine."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import make_url

from svro.bench import postgres
from svro.bench.postgres import binaries, run, served

__all__ = ["ROLE", "binaries", "cluster", "owner", "run", "served"]

ROLE = "svro_app"
"""The role under which tests run: it owns nothing, so that the second line is on."""

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # Neither London nor UTC: whatever leans on the session's own time zone shows.
    "timezone": "Asia/Kathmandu",
}


def cluster(found: Path) -> AbstractContextManager[str]:
    """Run a throw-away cluster from the binaries in `found`; gives the address of its database `postgres`."""
    return postgres.cluster(found, SETTINGS)


def owner(url: str) -> str:
    """The address of a lent database as its owner, for what the program itself never may."""
    import os

    given = make_url(os.environ.get("SVRO_TEST_POSTGRES_URL", "postgresql+asyncpg://svro@/"))
    lent = make_url(url).set(username=given.username, password=given.password)
    return lent.render_as_string(hide_password=False)
