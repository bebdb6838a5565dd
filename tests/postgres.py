"""The PostgreSQL cluster that tests run on: quick, because nothing in it need outlive the machine."""

from contextlib import AbstractContextManager
from pathlib import Path

from svro.bench import postgres
from svro.bench.postgres import binaries, run

__all__ = ["binaries", "cluster", "run"]

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
