"""What every door shares: who asks, on what session, at what instant; the guard; versions; requests that name
themselves.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, HTTPException, ValidationException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import HeaderParameter
from litestar.types import Receive, Scope, Send
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro import reading
from svro.casework.access import Actor, Purpose, require_any
from svro.casework.matrix import PURPOSES
from svro.casework.second import ProposalView
from svro.errors import (
    Conflict,
    Fault,
    KeyReused,
    Malformed,
    Missing,
    NotAllowed,
    Problem,
    ProveAgain,
    VersionNeeded,
)
from svro.records.access_log import looks_of, tell
from svro.records.base import put
from svro.records.ledger import IdempotencyKey

S = TypeVar("S", bound=msgspec.Struct)

Writing = NamedDependency[AsyncSession]
Reading = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Now = NamedDependency[datetime]
Real = NamedDependency[datetime]
"""The instant by the real clock, by which sessions, tokens and links end; the law's now may be another's."""
Version = NamedDependency[int]
AnyRequest = Request[Actor, Any, Any]

PROBLEMS = "/help/problems#"
JSON = "application/json"
PROBLEM_JSON = "application/problem+json"

_ETAG = re.compile(r'^(?:W/)?"(\d{1,9})"$')
_KEY = re.compile(r"^[\x21-\x7e]{8,200}$")


def peer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The address a request came from. What a proxy says of it counts only where the deployment trusts that
    proxy, and then the last address that none of them has: anybody can write the ones before.
    """
    peer = connection.client.host if connection.client else ""
    trusted: frozenset[str] = connection.app.state.settings.proxies
    for said in reversed(connection.headers.get("X-Forwarded-For", "").split(",")):
        if peer not in trusted or not said.strip():
            break
        peer = said.strip()
    return peer


def instant(request: AnyRequest) -> datetime:
    """The one instant of a request, at which all of it is decided."""
    if "instant" not in request.state:
        clock: Callable[[AnyRequest], datetime] = request.app.state.clock
        request.state.instant = clock(request)
    found: datetime = request.state.instant
    return found


def permissions_of(handler: BaseRouteHandler) -> tuple[str, ...]:
    """The permissions that a handler names, any of which opens it: a string or a tuple under `permission` in
    its `opt`.
    """
    named = handler.opt.get("permission", ())
    return (named,) if isinstance(named, str) else tuple(named)


AGAIN = "This takes two people. Prove again that it is you, then come back to it."


async def guard(connection: ASGIConnection[Any, Actor, Any, Any], handler: BaseRouteHandler) -> None:
    """The app's one guard. A door that names no permission is shut to everybody, and one to an act of two
    people to whoever has not lately proved who they are: they are asked before they fill anything in.
    """
    named = permissions_of(handler)
    if not named:
        raise NotAllowed("This door names no permission, so it is shut.")
    _, allowed = require_any(connection.user, named)
    if allowed.second and len(named) == 1 and not connection.user.fresh:
        raise ProveAgain(AGAIN)


async def who(request: AnyRequest) -> Actor:
    """The actor that the middleware found."""
    return request.user


async def version(
    if_match: Annotated[
        str | None, HeaderParameter(name="If-Match", description='The version being changed, as in ETag: "3"')
    ] = None,
) -> int:
    """The version that a change says it changes. VersionNeeded without one, Malformed for one that cannot
    be.
    """
    if if_match is None:
        raise VersionNeeded('Send If-Match with the version you read, such as "3" (its ETag).')
    found = _ETAG.match(if_match.strip())
    if found is None:
        raise Malformed([Fault("If-Match", 'must be a version such as "3"')])
    return int(found[1])


def purpose(code: str, reference: str) -> Purpose:
    """A purpose as sent, checked: the code against the list, the reference for its shape. Malformed with both
    faults.
    """
    faults = []
    if code not in PURPOSES:
        faults.append(Fault("purpose", f"must be one of {', '.join(PURPOSES)}"))
    if not 3 <= len(reference) <= 60 or not reference.isprintable():
        faults.append(Fault("reference", "must be an incident or case reference of 3 to 60 characters"))
    if faults:
        raise Malformed(faults)
    return Purpose(code, reference)


class Answer(Response[S]):
    """A view on its way out as JSON, with no cookie and no task behind it: so it need not be put together by
    the framework's general way, which takes longer than most views take to make.
    """

    def to_asgi_response(self, *_args: Any, **_kwargs: Any) -> Any:
        body = msgspec.json.encode(self.content)
        headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
        headers += [(name.lower().encode(), str(value).encode()) for name, value in self.headers.items()]

        async def send_it(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": self.status_code or 200, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return send_it


def answer(view: S, *, status: int = 200, at: str | None = None) -> Response[S]:
    """A view as JSON, with its version as ETag and, for something new, its address."""
    headers = {"Cache-Control": "no-store"}
    if (n := getattr(view, "version", None)) is not None:
        headers["ETag"] = f'"{n}"'
    if at is not None:
        headers["Location"] = at
    return Answer(view, status_code=status, media_type=JSON, headers=headers)


def told(view: msgspec.Struct, *, at: str | None = None) -> Response[Any]:
    """What an act answers with: 201 and its own view, or 202 and the proposal that waits for a second
    person.
    """
    if isinstance(view, ProposalView):
        return answer(view, status=202, at=f"/api/v1/proposals/{view.id}")
    return answer(view, status=201, at=at)


def attachment(content: bytes, media_type: str, name: str, *, status: int = 200) -> Response[bytes]:
    """A file to be saved, never shown by our own address: whatever is in it acts nowhere here."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers, status_code=status)


def picture(content: bytes) -> Response[bytes]:
    """A picture of ours, shown on a page of ours."""
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(content, media_type="image/png", headers=headers)


def handed(name: str, data: bytes, *, receipt: str) -> Response[bytes]:
    """A part of a bundle on its way out; `receipt` is the number of its entry in the log."""
    made = attachment(data, "application/zip", name)
    made.headers["Svro-Receipt"] = receipt
    return made


async def once(
    request: AnyRequest,
    session: AsyncSession,
    now: datetime,
    act: Callable[[], Awaitable[Response[S]]],
    key: str | None = None,
) -> Response[S]:
    """Do `act` at most once for an Idempotency-Key, which is bound to who sends it and to the route. A page's
    form carries its `key`.

    The same body again gets the stored answer; another body is KeyReused; one still running is a Conflict.
    The answer is kept in
    the act's own transaction, so it exists if and only if the act does. Without a key the act is simply done.
    Source: draft-ietf-httpapi-idempotency-key-header-07.

    """
    key = key or request.headers.get("Idempotency-Key")
    if key is None:
        return await act()
    if not _KEY.match(key):
        raise Malformed([Fault("Idempotency-Key", "must be 8 to 200 printable characters without spaces")])
    place = {
        "principal": str(request.user.account_id),
        "route": f"{request.method} {request.url.path}",
        "key": key,
    }
    running: set[tuple[str, ...]] = request.app.state.running
    mark = tuple(place.values())
    if mark in running:
        raise Conflict("The same request is still running. Try again when it has finished.")
    running.add(mark)
    try:
        return await _once(session, place, hashlib.sha256(await request.body()).digest(), now, act)
    finally:
        running.discard(mark)


async def _once(
    session: AsyncSession,
    place: dict[str, str],
    body: bytes,
    now: datetime,
    act: Callable[[], Awaitable[Response[S]]],
) -> Response[S]:
    if session.get_bind().dialect.name == "postgresql":
        name = "\n".join(place.values())
        if not await session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))):
            raise Conflict("The same request is still running. Try again when it has finished.")
    kept = await session.scalar(select(IdempotencyKey).filter_by(**place))
    if kept is not None:
        if kept.body_hash != body:
            raise KeyReused(
                "This Idempotency-Key was sent before with another body. Use a new one for a new request."
            )
        tell(session, *kept.looked)  # shown again, and not looked up again
        stored: Any = kept.body  # the answer's own bytes, not to be made again
        return Response(
            stored,
            status_code=kept.status,
            media_type=JSON,
            headers=msgspec.json.decode(kept.headers, type=dict[str, str]),
        )
    made = await act()
    await put(
        session,
        IdempotencyKey,
        **place,
        body_hash=body,
        status=made.status_code or 200,
        headers=msgspec.json.encode(dict(made.headers)),
        body=msgspec.json.encode(made.content),
        looked=tuple(looks_of(session).subjects),
        created_at=now,
    )
    return made


def problem_of(
    error: Exception, request: AnyRequest | None = None, body: bytes | None = None
) -> tuple[int, dict[str, object]]:
    """(status, RFC 9457 document) of any failure. What is not ours to explain is a plain 500 without
    details.
    """
    if isinstance(error, Problem):
        return error.status, {
            "type": PROBLEMS + error.kind,
            "title": error.title,
            "status": error.status,
            "detail": error.sentence,
            **error.members(),
        }
    if isinstance(error, ValidationException) or (
        isinstance(error, ClientException) and error.status_code == 400
    ):
        return problem_of(_every_fault(error, request, body))
    if isinstance(error, HTTPException):
        status = error.status_code
        if status == 404:
            return problem_of(Missing())
        phrase = HTTPStatus(status).phrase
        document = {
            "type": PROBLEMS + phrase.lower().replace(" ", "-"),
            "title": phrase,
            "status": status,
            "detail": _DETAILS.get(status, phrase),
        }
        return status, document
    return 500, {
        "type": PROBLEMS + "fault",
        "title": Problem.title,
        "status": 500,
        "detail": "It has been noted. Nothing was changed.",
    }


_DETAILS = {
    405: "This door does not take that method.",
    413: "What was sent is larger than this door takes.",
    415: "Send application/json.",
    429: "Too many requests. Wait, then try again.",
}


def _every_fault(error: HTTPException, request: AnyRequest | None, body: bytes | None) -> Malformed:
    """The framework stops at the first bad field; the sender is owed them all, so the body is read again,
    field by field.
    """
    faults: list[Fault] = []
    handler = request.scope.get("route_handler") if request is not None else None  # none before routing
    if isinstance(handler, HTTPRouteHandler) and body:
        field = handler.parsed_fn_signature.parameters.get("data")
        kind = field.annotation if field else None
        try:
            given = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return Malformed([Fault("body", "is not JSON")])
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            faults.extend(reading.faults(kind, given))
    for item in error.extra if not faults and isinstance(error.extra, list) else []:
        if isinstance(item, dict) and item.get("key") == "data" and not body:
            faults.append(Fault("body", "is needed: send JSON"))
        elif isinstance(item, dict):
            faults.append(Fault(str(item.get("key", "request")), str(item.get("message", "is not valid"))))
    return Malformed(faults or [Fault("request", error.detail or "is not valid")])
