"""Whose rows a transaction may touch on PostgreSQL: named when it begins, gone when it ends.

The rows themselves are held back by the policies of `row_security`; a transaction that names nobody sees no
tenant's row. SQLite has no such second line: there a reach is only remembered.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """The forces whose rows may be read and written; and the account and the court whose own allocations,
    instructions and cases may be looked up, to find further forces by.
    """

    forces: tuple[str, ...] = ()
    account: str | None = None
    court: str | None = None

    def settings(self) -> tuple[str, str, str]:
        """As PostgreSQL's settings `svro.forces`, `svro.account` and `svro.court` hold it."""
        forces = "*" if "*" in self.forces else ",".join(self.forces)
        return forces, self.account or "", self.court or ""


NONE = Reach()
"""No tenant's rows: accounts, the deployment, open data."""

ALL = Reach(forces=("*",))
"""Every force's rows: for operators' commands, the demonstration's building, and figures over all forces."""

SETTINGS = ("svro.forces", "svro.account", "svro.court")
_SET = text("SELECT " + ", ".join(f"set_config('{name}', :{name[5:]}, true)" for name in SETTINGS))


def naming(reach: Reach) -> str:
    """The statement that names a transaction's reach, to be sent in one round trip with the one that begins
    it. ValueError for a name that is none: it is written into the statement.
    """
    for value in reach.settings():
        if not all(letter.isascii() and (letter.isalnum() or letter in "-_,*") for letter in value):
            raise ValueError(f"{value!r} is no force, account or court")
    pairs = zip(SETTINGS, reach.settings(), strict=True)
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in pairs)


async def within(session: AsyncSession, reach: Reach) -> None:
    """Name the reach of a session's running transaction."""
    session.info["reach"] = reach
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_SET, dict(zip((name[5:] for name in SETTINGS), reach.settings(), strict=True)))


@asynccontextmanager
async def reaching(session: AsyncSession, *forces: str) -> AsyncIterator[None]:
    """Reach these forces too while the block runs: for the few acts of the system itself that cross
    forces.
    """
    held: Reach = session.info.get("reach", NONE)
    await within(session, msgspec.structs.replace(held, forces=(*held.forces, *forces)))
    try:
        yield
    except BaseException:
        with suppress(DBAPIError):  # a transaction that has failed takes its settings with it
            await within(session, held)
        raise
    await within(session, held)
