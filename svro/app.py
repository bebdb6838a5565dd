"""Where everything meets: settings, database, clock, doors. The one place, with the commands, that reads the
real clock.
"""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
from litestar import Litestar, Response, get
from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult, DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.router import Router
from litestar.types import ASGIApp
from litestar.utils.scope.state import ScopeState
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from svro import __version__, api, doors, reading, web
from svro.api.short_way import short_way
from svro.casework.access import NOBODY, Actor, Purpose
from svro.doors import AnyRequest
from svro.errors import Malformed, Problem, Unavailable
from svro.records.base import Database
from svro.records.people import Account
from svro.settings import Settings

Clock = Callable[[ASGIConnection[Any, Any, Any, Any]], datetime]


class SignIn(Protocol):
    """Who a request comes from: by a page's cookie or an API client's bearer token. None where neither is
    known.
    """

    async def actor(
        self, connection: ASGIConnection[Any, Any, Any, Any], *, bearer: str | None
    ) -> Actor | None: ...

    async def remember(self, connection: ASGIConnection[Any, Any, Any, Any], why: Purpose) -> None:
        """Keep why the holder of this page session looks, for the looks that follow."""


class NoSignIn:
    """Nobody can sign in."""

    async def actor(
        self, connection: ASGIConnection[Any, Any, Any, Any], *, bearer: str | None
    ) -> Actor | None:
        return None

    async def remember(self, connection: ASGIConnection[Any, Any, Any, Any], why: Purpose) -> None:
        raise Unavailable("Nobody is signed in.")


def real_clock(_connection: object) -> datetime:
    """The instant it is."""
    return datetime.now(UTC)


class WhoAsks(AbstractAuthenticationMiddleware):
    """Finds the actor of each request. Until somebody has an account, only health answers."""

    def __init__(self, app: ASGIApp, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self.opened = False

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        path: str = connection.scope["path"]  # its URL would be put together for nothing
        if path.startswith("/health/"):
            return AuthenticationResult(user=NOBODY, auth=None)
        await self._refuse_until_opened(connection.app.state)
        kind, _, token = connection.headers.get("Authorization", "").partition(" ")
        bearer = token.strip() if kind.lower() == "bearer" else None
        in_api = path.startswith("/api/")
        if in_api and bearer is None:
            return AuthenticationResult(
                user=NOBODY, auth=None
            )  # a page's cookie opens pages only, so the API needs no CSRF token
        sign_in: SignIn = connection.app.state.sign_in
        actor = await sign_in.actor(connection, bearer=bearer)
        if actor is None:
            return AuthenticationResult(user=NOBODY, auth=None)
        return AuthenticationResult(user=_with_purpose(connection, actor) if in_api else actor, auth=None)

    async def _refuse_until_opened(self, state: State) -> None:
        if self.opened:
            return
        async with state.database.read() as session:
            self.opened = await session.scalar(select(Account.id).limit(1)) is not None
        if not self.opened:
            raise Unavailable(
                "Nobody has an account here yet. Run `svro create-admin`, or `svro demo` to look round."
            )


def _with_purpose(connection: ASGIConnection[Any, Any, Any, Any], actor: Actor) -> Actor:
    """An API client says why it looks in two headers: `Svro-Purpose`, a code, and `Svro-Reference`, an
    incident or case.
    """
    code, reference = connection.headers.get("Svro-Purpose"), connection.headers.get("Svro-Reference")
    if code is None and reference is None:
        return actor
    return msgspec.structs.replace(actor, purpose=doors.purpose(code or "", reference or ""))


async def _writing(state: State) -> AsyncIterator[AsyncSession]:
    async with state.database.write() as session:
        yield session


async def _reading(state: State) -> AsyncIterator[AsyncSession]:
    async with state.database.read() as session:
        yield session


async def _now(request: AnyRequest) -> datetime:
    clock: Clock = request.app.state.clock
    return clock(request)


OUT_OF_REACH = (
    "locked",
    "unable to open",
    "disk is full",
    "too many clients",
    "starting up",
    "shutting down",
)


def _body_of(request: AnyRequest) -> bytes | None:
    body = ScopeState.from_scope(request.scope).body
    return body if isinstance(body, bytes) else None


def _explain(request: AnyRequest, error: Exception) -> Response[Any]:
    """Any failure: problem details for the API, the same sentence on a page for people."""
    if isinstance(error, OperationalError) and (
        error.connection_invalidated or any(sign in str(error.orig) for sign in OUT_OF_REACH)
    ):
        error = Unavailable("The database is busy or out of reach. Nothing was done: try again.")
    status, document = doors.problem_of(error, request, _body_of(request))
    if status == 500:
        request.app.state.note(error, request)
    headers = {"Cache-Control": "no-store", **({"Retry-After": "5"} if status in (429, 503) else {})}
    if request.url.path.startswith(("/api/", "/health/")):
        return Response(document, status_code=status, media_type=doors.PROBLEM_JSON, headers=headers)
    return web.explain(request, error, status, document, headers)


@get("/health/live", opt={"permission": "health:read"}, operation_id="live", tags=["Health"])
async def live() -> dict[str, str]:
    """The process runs."""
    return {"status": "live", "version": __version__}


@get("/health/ready", opt={"permission": "health:read"}, operation_id="ready", tags=["Health"])
async def ready(state: State) -> dict[str, str]:
    """The database answers."""
    try:
        async with state.database.read() as session:
            await session.execute(text("SELECT 1"))
    except (OSError, OperationalError) as error:
        raise Unavailable("The database does not answer.") from error
    return {"status": "ready"}


def _note(error: Exception, request: AnyRequest) -> None:
    request.logger.error("fault", exc_info=error)


SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
        "manifest-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def build(
    settings: Settings,
    database: Database,
    *,
    clock: Clock = real_clock,
    sign_in: SignIn | None = None,
    more: tuple[Router, ...] = (),
) -> Litestar:
    """The whole application on one database. `clock` and `sign_in` are the demonstration's or a test's own
    where given.
    """

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        yield
        await database.close()

    app = Litestar(
        route_handlers=[live, ready, *api.ROUTERS, *web.routers(), *more],
        guards=[doors.guard],
        middleware=[DefineMiddleware(WhoAsks)],
        dependencies={
            "writing": Provide(_writing),
            "reading": Provide(_reading),
            "who": Provide(doors.who),
            "now": Provide(_now),
            "version": Provide(doors.version),
        },
        exception_handlers={Problem: _explain, HTTPException: _explain, Exception: _explain},
        csrf_config=CSRFConfig(
            secret=secrets.token_hex(32),
            cookie_secure=settings.secure_cookies,
            cookie_samesite="strict",
            exclude=["^/api/", "^/health/"],
        ),
        request_max_body_size=settings.max_body_bytes,
        template_config=web.template_config(),
        state=State(
            {
                "database": database,
                "settings": settings,
                "clock": clock,
                "sign_in": sign_in or NoSignIn(),
                "running": set(),
                "note": _note,
            }
        ),
        lifespan=[lifespan],
        before_request=_no_nul,
        after_request=_harden,
        openapi_config=OpenAPIConfig(
            title="svro",
            version=__version__,
            description="Serious violence reduction orders and every search under them.",
            path="/api",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            openapi_router=Router("/api", route_handlers=[], opt={"permission": "help:read"}),
            components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"bearer": []}],
        ),
    )
    app.asgi_handler = short_way(app, WhoAsks(app.asgi_handler).authenticate_request, _harden)
    return app


async def _no_nul(request: AnyRequest) -> None:
    """PostgreSQL keeps no NUL in text, so neither engine takes one: said by field, before anything is
    done.
    """
    if request.method in ("POST", "PUT") and b"\\u0000" in (body := await request.body()):
        try:
            given = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return  # not JSON: the door itself says so
        if faults := reading.nul_faults(given):
            raise Malformed(faults)


async def _harden(response: Response[Any]) -> Response[Any]:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
