"""Orders: list, read, record an act, and ask what one was at an instant."""

from datetime import datetime
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from svro.api.proposals import WAITS
from svro.casework import orders, searches, second
from svro.casework.orders import OrderLine, OrderView, RecordAct, StatusView
from svro.casework.searches import SearchLine
from svro.doors import AnyRequest, Now, Reading, Version, Who, Writing, answer, once, told
from svro.errors import Fault, Malformed
from svro.gate import by

Instant = Annotated[
    datetime | None, QueryParameter(description="An instant with its offset; now unless given")
]


@get("/orders", opt={"permission": "order:read"}, operation_id="listOrders")
async def listing(
    reading: Reading, who: Who, now: Now, person_id: FromQuery[str | None] = None
) -> list[OrderLine]:
    """Orders you may read, newest first, each with its status now."""
    return await orders.listing(reading, who, now, person_id)


@get("/orders/{order_id:str}", opt={"permission": "order:read"}, operation_id="readOrder")
async def read(reading: Reading, who: Who, now: Now, order_id: FromPath[str]) -> Response[OrderView]:
    """An order's whole story."""
    return answer(await orders.get(reading, who, order_id, now))


@post(
    "/orders/{order_id:str}/acts",
    opt={"permission": orders.RECORDERS},
    operation_id="recordOrderAct",
    responses=WAITS,
)
async def act_on(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    order_id: FromPath[str],
    data: JSONBody[RecordAct],
) -> Response[OrderView]:
    """Record one act in an order's life."""

    async def act() -> Response[OrderView]:
        return told(await second.done_or_proposed(writing, who, "order-act", order_id, data, version, now))

    return await once(request, writing, now, act)


@get("/orders/{order_id:str}/status", opt={"permission": "order:read"}, operation_id="readOrderStatus")
async def status(
    request: AnyRequest, order_id: FromPath[str], at: Instant = None, known_at: Instant = None
) -> Response[StatusView]:
    """What the order was at an instant, as known at another: yes, no with the reason, or unknown; with the
    source.
    """
    if naive := [
        Fault(name, "needs an offset, such as Z or +01:00")
        for name, given in (("at", at), ("known_at", known_at))
        if given and not given.tzinfo
    ]:
        raise Malformed(naive)
    state = request.app.state
    now = state.clock(request)
    look = by(request)
    return answer(await orders.status(state.database, request.user, look, order_id, at, known_at, now))


@get("/orders/{order_id:str}/searches", opt={"permission": "search:read"}, operation_id="listSearchesOfOrder")
async def searches_of(reading: Reading, who: Who, now: Now, order_id: FromPath[str]) -> list[SearchLine]:
    """Searches claimed under this order that you may see. Another force's searches are that force's to
    show.
    """
    return await searches.listing(reading, who, now, order_id=order_id)


router = Router("/api/v1", route_handlers=[listing, read, act_on, status, searches_of], tags=["Orders"])
