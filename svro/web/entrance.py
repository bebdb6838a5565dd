"""Where requests meet sign-in: who a cookie or a token stands for, and what the pages of signing in share."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from litestar import Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from svro.casework import sessions, tokens
from svro.casework.access import Actor, Purpose
from svro.casework.keyfile import Seal
from svro.casework.passwords import Passwords
from svro.casework.proofs import Place
from svro.casework.signing_in import Desk
from svro.doors import peer_of
from svro.errors import Unauthenticated
from svro.records.base import Database
from svro.records.reach import NONE
from svro.settings import Settings

Connection = ASGIConnection[Any, Any, Any, Any]

_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS X", "CrOS", "Linux")
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


class Entrance:
    """The sign-in of a live deployment: sessions and tokens kept in the database, by the real clock."""

    page = "/sign-in"
    out = "/sign-out"

    def __init__(self, database: Database, settings: Settings, seal: Seal) -> None:
        self.settings = settings
        self.desk = Desk(
            database=database, settings=settings, seal=seal, passwords=Passwords(settings.hash_cost)
        )
        self.cookie = "__Host-svro" if settings.secure_cookies else "svro"

    async def actor(self, connection: Connection, *, bearer: str | None) -> Actor | None:
        """Who a token, or else a page's cookie, stands for."""
        now, database = connection.app.state.real(connection), self.desk.database
        if bearer is not None:
            return await actor_of_token(connection, bearer)
        secret = self.secret(connection)
        if secret is None:
            return None
        async with database.read(NONE) as session:
            held = await sessions.actor_of(session, secret, self.settings, now)
        if held is None:
            return None
        if held.stale:
            async with database.write(NONE) as session:
                await sessions.used(session, held.id, now)
        return held.actor

    async def remember(self, connection: Connection, why: Purpose) -> None:
        """Keep why the holder of this session looks."""
        secret = self.secret(connection)
        if secret is None:
            raise Unauthenticated("Sign in to do this.")
        async with self.desk.database.write(NONE) as session:
            await sessions.remember(session, secret, why)

    def secret(self, connection: Connection) -> str | None:
        """What the browser's cookie holds."""
        return connection.cookies.get(self.cookie) or None

    def let_in(self, answer: Response[Any], secret: str) -> None:
        """Give the browser a session's secret: gone when it closes, never for scripts or other sites."""
        answer.set_cookie(
            Cookie(
                key=self.cookie, value=secret, path="/", httponly=True, samesite="strict",
                secure=self.settings.secure_cookies,
            )
        )  # fmt: skip

    def let_out(self, answer: Response[Any]) -> None:
        """Take it away."""
        answer.set_cookie(
            Cookie(
                key=self.cookie, value="", path="/", httponly=True, samesite="strict", max_age=0,
                secure=self.settings.secure_cookies,
            )
        )  # fmt: skip

    def place(self, connection: Connection) -> Place:
        """Where people meet us: as the deployment says, or else as this request was addressed."""
        origin = self.settings.origin or f"{connection.base_url.scheme}://{connection.base_url.netloc}"
        return Place(urlsplit(origin).hostname or "", origin)

    def peer(self, connection: Connection) -> str:
        """The address a request came from."""
        return peer_of(connection)


async def actor_of_token(connection: Connection, bearer: str) -> Actor | None:
    """Whom a token kept in the database stands for; None where it has ended or is none of ours."""
    now: datetime = connection.app.state.real(connection)
    database: Database = connection.app.state.database
    async with database.read(NONE) as session:
        found = await tokens.actor_of(session, bearer, now)
    if found is None:
        return None
    actor, id, stale = found
    if stale:
        async with database.write(NONE) as session:
            await tokens.used(session, id, now)
    return actor


def device(connection: Connection) -> str:
    """What somebody would call the machine that asks, by what its browser says of itself."""
    said = connection.headers.get("User-Agent", "")
    system = next((name for name in _SYSTEMS if name in said), "")
    browser = next((name for sign, name in _BROWSERS if f"{sign}/" in said), "")
    return (
        " on ".join(part for part in (browser, system.replace("Mac OS X", "Mac")) if part) or "Unknown device"
    )
