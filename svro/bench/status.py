"""What an order was, asked over HTTP: the whole product against a bare app that runs the same statement."""

from typing import Any

import msgspec

from svro.bench.bare import BARE, driver
from svro.bench.databases import ENGINES, Databases, Unavailable
from svro.bench.postgres import finish
from svro.bench.rounds import Size, Subject, compare, skipped
from svro.bench.serving import Asgi, request, respond, same_answers, serving
from svro.bench.world import ASKING, NOW, OFFICER, furnish, order_id, product
from svro.casework import orders
from svro.casework.access import bound, likeness
from svro.records import Database


def run(databases: Databases, size: Size) -> list[dict[str, Any]]:
    """One comparison on each engine; the goal is PostgreSQL's."""
    return [_on(databases, engine, size) for engine in ENGINES]


def _on(databases: Databases, engine: str, size: Size) -> dict[str, Any]:
    subject = Subject(
        name=f"status on {engine}",
        engine=engine,
        goal=0.5 if engine == "postgresql" else None,
        thing="request",
        ours="GET /api/v1/orders/{id}/status by uvicorn: token, guard, purpose, visibility, the law's answer",
        limit=f"bare ASGI app by uvicorn: the same statement by {BARE[engine]}, as many bytes of JSON",
    )
    try:
        url, subject = databases.new(engine), subject._replace(engine=databases.version(engine))
    except Unavailable as why:
        return skipped(subject, str(why))
    finish(furnish(url, size.orders))
    wanted = [
        request("GET", f"/api/v1/orders/{order_id(n % size.orders)}/status", ASKING)
        for n in range(size.requests)
    ]
    with serving(f"{__name__}:ours", url) as our, serving(f"{__name__}:limit", url) as bare:
        same_answers(our, bare, wanted)
        return compare(subject, size.rounds, lambda: our.ask(wanted)[0], lambda: bare.ask(wanted)[0])


def ours(url: str) -> Asgi:
    """The product, asked by a legal officer to whom each case is allocated."""
    return product(url, OFFICER)


def limit(url: str) -> Asgi:
    """The statement, its values bound beforehand but for the order, on the driver; one ready answer."""
    sql, values, body = finish(_statement(url))
    place, bare = values.index(order_id(0)), driver(url)

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        own = values.copy()
        own[place] = scope["path"].split("/")[4]
        if not await bare.fetch(sql, own):
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
