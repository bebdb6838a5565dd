"""The short way to an order's status, the door that officers wait at: past the framework's routing, injection
and reading of parameters, which cost more than the answer.

It says only the plain yes. Whatever is out of the ordinary, be it a parameter, a refusal or a fault, is asked
again the long way, so that both ways give the same answers and each is written once.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Litestar, Request, Response
from litestar.middleware import AuthenticationResult
from litestar.types import ASGIApp, Receive, Scope, Send

from svro.api.orders import status as door
from svro.casework import orders
from svro.casework.access import require_any
from svro.doors import AnyRequest, answer, permissions_of
from svro.gate import by

TEMPLATE = "/api/v1/orders/{order_id}/status"
_PATH = re.compile(r"/api/v1/orders/([0-9a-f]{32})/status")
_HOST = re.compile(rb"[A-Za-z0-9.-]+(:[0-9]{1,5})?")

Authenticate = Callable[[AnyRequest], Awaitable[AuthenticationResult]]
Finish = Callable[[Response[Any]], Awaitable[Response[Any]]]


def short_way(app: Litestar, authenticate: Authenticate, finish: Finish) -> ASGIApp:
    """What the app answers HTTP with, the short way tried first. `authenticate` and `finish` are the app's
    own middleware and last touch, as the long way has them.
    """
    long_way, permissions = app.asgi_handler, permissions_of(door)

    async def plainly(scope: Scope, order_id: str) -> ASGIApp:
        scope["route_handler"], scope["path_template"] = door, TEMPLATE
        scope["path_params"] = {"order_id": order_id}
        request: AnyRequest = Request(scope)
        scope["user"] = actor = (await authenticate(request)).user
        require_any(actor, permissions)
        now = app.state.clock(request)
        view = await orders.status(app.state.database, actor, by(request), order_id, None, None, now)
        return (await finish(answer(view))).to_asgi_response(None, request)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = long_way
        if found := _plain(scope):
            try:
                chosen = await plainly(scope, found[1])
            except Exception:  # the long way meets it again, and explains it
                chosen = long_way
        await chosen(scope, receive, send)

    return either


def _plain(scope: Any) -> re.Match[str] | None:
    """Whether a request asks for a status and for nothing else, from a host that is one."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    found = _PATH.fullmatch(scope["path"])
    if not found or scope["query_string"] or scope.get("root_path"):
        return None
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return found if len(hosts) == 1 and _HOST.fullmatch(hosts[0]) else None
