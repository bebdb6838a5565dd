"""What an order was, asked over HTTP: the whole product against a bare app that makes the driver do the same."""

from typing import Any

import msgspec

from svro.bench.bare import Driver
from svro.bench.databases import ENGINES, Databases, Unavailable
from svro.bench.postgres import finish
from svro.bench.rounds import Block, Size, Subject, compare, skipped
from svro.bench.serving import Asgi, Server, request, respond, serving
from svro.bench.world import ASKING, NOW, OFFICER, furnish, order_id, product
from svro.casework import orders
from svro.casework.access import bound, likeness
from svro.records import Database


def run(databases: Databases, size: Size) -> list[dict[str, Any]]:
    """One comparison for each engine; the goal is PostgreSQL's."""
    return [_on(databases, engine, size) for engine in ENGINES]


def _on(databases: Databases, engine: str, size: Size) -> dict[str, Any]:
    subject = Subject(
        name=f"status on {engine}",
        goal=0.5 if engine == "postgresql" else None,
        measure="cpu",
        thing="request",
        ours="GET /api/v1/orders/{id}/status: sign-in, guard, purpose, visibility, the law's answer",
        limit="bare ASGI app, the same statement on the driver, as many bytes of JSON",
    )
    try:
        url = databases.new(engine)
    except Unavailable as why:
        return skipped(subject, str(why))
    finish(furnish(url, size.orders))
    wanted = [
        request("GET", f"/api/v1/orders/{order_id(n % size.orders)}/status", ASKING)
        for n in range(size.requests)
    ]
    with serving(f"{__name__}:ours", url) as our, serving(f"{__name__}:limit", url) as limit:
        for server in (our, limit):
            server.ask(wanted[: max(200, size.requests // 4)])  # warm: statements prepared, caches filled
        _same_answers(our, limit, wanted[:1])
        return compare(subject, size.rounds, lambda: _block(our, wanted), lambda: _block(limit, wanted))


def _block(server: Server, wanted: list[bytes]) -> Block:
    return server.ask(wanted)[0]


def _same_answers(ours: Server, limit: Server, wanted: list[bytes]) -> None:
    """The two must answer the same number of bytes, or they are not to be compared."""
    mine, bare = ours.ask(wanted)[1], limit.ask(wanted)[1]
    if [len(body) for body in mine] != [len(body) for body in bare]:
        raise RuntimeError(f"not the same answer: {mine[0]!r} and {bare[0]!r}")


def ours(url: str) -> Asgi:
    """The product."""
    return product(url, OFFICER)


def limit(url: str) -> Asgi:
    """The same statement, bound beforehand but for the order and fetched by the driver, and no more."""
    sql, values, body = finish(_statement(url))
    place, driver = values.index(order_id(0)), Driver(url)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            own = values.copy()
            own[place] = scope["path"].split("/")[4]
            if not await driver.fetch(sql, own):
                raise LookupError(own[place])
            await respond(send, 200, body)

    return app


async def _statement(url: str) -> tuple[str, list[Any], bytes]:
    """(SQL, its values for the first order, the product's answer about it)."""
    database, first = Database(url), order_id(0)
    try:
        hot = database.hot.compiled(orders.acts_seen_by(likeness(OFFICER)))
        view = await orders.status(database, OFFICER, first, None, None, NOW)
    finally:
        await database.close()
    return hot.sql, hot.bind({"order_id": first, **bound(OFFICER, NOW)}), msgspec.json.encode(view)
