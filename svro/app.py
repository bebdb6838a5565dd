"""Where everything meets: settings, database, clock, doors. The one place, with the commands, that reads the
real clock.
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
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
from litestar.types import Message, Scope
from litestar.utils.scope.state import ScopeState
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from svro import __version__, api, doors, gate, reading, web
from svro.api.short_way import short_way
from svro.casework import alerts, security
from svro.casework.access import NOBODY, Actor, Purpose
from svro.casework.keyfile import Seal
from svro.casework.limits import ASKING_WINDOW, MISSES, Counted, Limit
from svro.doors import AnyRequest
from svro.errors import Malformed, Problem, TooMany, Unavailable
from svro.records import notes, sealing
from svro.records.base import Database
from svro.records.people import Account
from svro.records.reach import ALL, NONE
from svro.settings import Settings
from svro.web.entrance import Entrance

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


def real_clock(_connection: object) -> datetime:
    """The instant it is."""
    return datetime.now(UTC)


class WhoAsks(AbstractAuthenticationMiddleware):
    """Finds the actor of each request. Until somebody has an account, only health answers."""

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        path: str = connection.scope["path"]  # its URL would be put together for nothing
        if path.startswith("/health/"):
            return AuthenticationResult(user=NOBODY, auth=None)
        await self._refuse_until_opened(connection.app.state)
        if path.startswith("/static/"):
            return AuthenticationResult(user=NOBODY, auth=None)
        kind, _, token = connection.headers.get("Authorization", "").partition(" ")
        bearer = token.strip() if kind.lower() == "bearer" else None
        in_api = path.startswith("/api/")
        if in_api and bearer is None:  # a page's cookie opens pages only, so the API needs no CSRF token
            _not_too_fast(connection, NOBODY)
            return AuthenticationResult(user=NOBODY, auth=None)
        sign_in: SignIn = connection.app.state.sign_in
        actor = await sign_in.actor(connection, bearer=bearer) or NOBODY
        _not_too_fast(connection, actor)
        if in_api and actor.account_id is not None:
            actor = _with_purpose(connection, actor)
        return AuthenticationResult(user=actor, auth=None)

    async def _refuse_until_opened(self, state: State) -> None:
        if state.opened:
            return
        async with state.database.read(NONE) as session:
            state.opened = await session.scalar(select(Account.id).limit(1)) is not None
        if not state.opened:
            raise Unavailable(
                "Nobody has an account here yet. Run `svro create-admin`, or `svro demo` to look round."
            )


def _not_too_fast(connection: ASGIConnection[Any, Any, Any, Any], actor: Actor) -> None:
    """TooMany for an account, or an address where nobody is signed in, that asks faster than is allowed, or
    has asked for too much that is not there.
    """
    state = connection.app.state
    now, who = state.real(connection), actor.account_id or f"address {doors.peer_of(connection)}"
    if left := state.misses.seconds_left(who, now):
        raise TooMany("You asked for too many things that are not there. Wait, then go on.", left)
    if left := state.asking.seconds_left(who, now):
        raise TooMany("You ask faster than is allowed. Wait, then go on.", left)
    state.asking.add(who, now)


async def _count_misses(message: Message, scope: Scope) -> None:
    """What is not there counts against the account that asked for it; too many in a row are told to it."""
    if message["type"] != "http.response.start" or message["status"] != 404:
        return
    state, actor = scope["litestar_app"].state, scope.get("user") or NOBODY
    now = state.real(None)
    if actor.account_id is not None and state.misses.add(actor.account_id, now):
        async with state.database.write(NONE) as session:
            await security.note(session, "probing", actor.account_id, now)


def _with_purpose(connection: ASGIConnection[Any, Any, Any, Any], actor: Actor) -> Actor:
    """An API client says why it looks in two headers: `Svro-Purpose`, a code, and `Svro-Reference`, an
    incident or case.
    """
    code, reference = connection.headers.get("Svro-Purpose"), connection.headers.get("Svro-Reference")
    if code is None and reference is None:
        return actor
    return msgspec.structs.replace(actor, purpose=doors.purpose(code or "", reference or ""))


async def _now(request: AnyRequest) -> datetime:
    return doors.instant(request)


async def _real(request: AnyRequest) -> datetime:
    clock: Clock = request.app.state.real
    return clock(request)


OUT_OF_REACH = (
    "locked",
    "unable to open",
    "disk is full",
    "too many clients",
    "starting up",
    "shutting down",
)


async def _tell_auditor(error: Exception, scope: Scope) -> None:
    """Somebody was told that there is nothing they may see: the auditor learns of it if they are kept away
    from whom they asked for. The work is the same whatever the reason was.
    """
    who = scope.get("user")
    if not isinstance(error, Problem) or error.about is None or who is None or who.account_id is None:
        return
    app = scope["litestar_app"]
    now = app.state.clock(ASGIConnection(scope))
    async with app.state.database.write(ALL) as session:  # whose case it was, nobody is told
        await alerts.refused(session, who.account_id, error.about, now)


def _body_of(request: AnyRequest) -> bytes | None:
    body = ScopeState.from_scope(request.scope).body
    return body if isinstance(body, bytes) else None


def _explain(request: AnyRequest, error: Exception) -> Response[Any]:
    """Any failure: problem details for the API, the same sentence on a page for people."""
    if isinstance(error, ExceptionGroup):  # what went wrong while a refusal was being noted
        error = error.exceptions[0]
    if isinstance(error, OperationalError) and (
        error.connection_invalidated or any(sign in str(error.orig) for sign in OUT_OF_REACH)
    ):
        error = Unavailable("The database is busy or out of reach. Nothing was done: try again.")
    status, document = doors.problem_of(error, request, _body_of(request))
    if status == 500:
        request.app.state.note(error, request)
    headers = {"Cache-Control": "no-store", **({"Retry-After": "5"} if status in (429, 503) else {})}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.seconds)
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
        async with state.database.read(NONE) as session:
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
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def _seal_often(state: State) -> None:
    """While a key is at hand, seal what is new into the log, at most each `seal_ms`."""
    key: notes.Key | None = state.log_key
    while key is not None:
        await asyncio.sleep(state.settings.seal_ms / 1000)
        try:
            async with state.database.read(NONE) as session:
                waiting = await sealing.waiting(session)
            if waiting:
                async with state.database.write(ALL) as session:
                    await sealing.seal(session, key, real_clock(None))
        except (DBAPIError, OSError):
            logging.getLogger("svro").exception("not sealed: it is tried again")


def at_start(
    settings: Settings, database: Database, *, clock: Clock, real: Clock, sign_in: SignIn
) -> dict[str, Any]:
    """What the application holds when it starts, by name."""
    key = notes.key_file(Path(settings.log_key)) if settings.log_key else None
    if key is not None:
        database.signing_with(key)
    return {
        "database": database,
        "settings": settings,
        "clock": clock,
        "real": real,
        "asking": Counted(Limit(settings.requests, ASKING_WINDOW)),
        "misses": Counted(MISSES),
        "sign_in": sign_in,
        "running": set(),
        "opened": False,
        "log_key": key,
        "note": _note,
    }


def settle() -> None:
    """Before serving: whatever is loaded by now stays, so the collector need not walk it again and again, a
    tenth of a second each time in which nobody is answered.
    """
    gc.collect()
    gc.freeze()


def build(
    settings: Settings,
    database: Database,
    *,
    clock: Clock = real_clock,
    sign_in: SignIn | None = None,
    more: tuple[Router, ...] = (),
    real: Clock = real_clock,
    seal: Seal | None = None,
) -> Litestar:
    """The whole application on one database. `clock` and `sign_in` are the demonstration's or a test's own
    where given; otherwise people sign in with their accounts, whose secrets `seal` keeps: one that ends with
    the process unless given. `real` tells when sessions, tokens and links end, and when a look was logged,
    whatever instant a demonstration shows.
    """
    seal = seal or Seal.passing()
    if sign_in is None:
        sign_in, more = Entrance(database, settings, seal), (*more, *web.sign_in_routers())

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        sealer = asyncio.create_task(_seal_often(app.state))
        yield
        sealer.cancel()
        with suppress(asyncio.CancelledError):
            await sealer
        await database.close()

    harden = _hardening(settings)
    app = Litestar(
        route_handlers=[live, ready, *api.ROUTERS, *web.routers(), *more],
        guards=[doors.guard],
        middleware=[DefineMiddleware(WhoAsks)],
        dependencies={
            "writing": Provide(gate.writing),
            "reading": Provide(gate.reading),
            "who": Provide(doors.who),
            "now": Provide(_now),
            "real": Provide(_real),
            "version": Provide(doors.version),
        },
        exception_handlers={Problem: _explain, HTTPException: _explain, Exception: _explain},
        csrf_config=CSRFConfig(
            secret=seal.secret("forms"),
            cookie_name="__Host-svro-form" if settings.secure_cookies else "svro-form",
            cookie_secure=settings.secure_cookies,
            cookie_httponly=True,
            cookie_samesite="strict",
            exclude=["^/api/", "^/health/"],
        ),
        request_max_body_size=settings.max_body_bytes,
        template_config=web.template_config(),
        state=State(at_start(settings, database, clock=clock, real=real, sign_in=sign_in)),
        lifespan=[lifespan],
        before_request=_no_nul,
        after_exception=[_tell_auditor],
        after_request=harden,
        before_send=[_count_misses],
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
    app.asgi_handler = short_way(app, WhoAsks(app.asgi_handler).authenticate_request, harden)
    return app


FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


async def _no_nul(request: AnyRequest) -> None:
    """PostgreSQL keeps no NUL in text, so neither engine takes one: said by field, before anything is
    done. A form is read by its own door, and its body only once: by now the token in it may have been asked
    for.
    """
    if request.method not in ("POST", "PUT") or request.content_type[0] in FORMS:
        return
    if b"\\u0000" in (body := await request.body()):
        try:
            given = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return  # not JSON: the door itself says so
        if faults := reading.nul_faults(given):
            raise Malformed(faults)


def _hardening(settings: Settings) -> Callable[[Response[Any]], Awaitable[Response[Any]]]:
    headers = dict(SECURITY_HEADERS)
    if (settings.origin or "").startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"

    async def harden(response: Response[Any]) -> Response[Any]:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return harden
