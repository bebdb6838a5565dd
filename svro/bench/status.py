"""What an order was, asked over HTTP: the whole product against a bare app that runs the same statements, the
entry in the access log included.
"""

from collections.abc import Sequence
from secrets import token_hex
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert

from svro.bench.bare import BARE, driver
from svro.bench.databases import ENGINES, Databases, Unavailable
from svro.bench.postgres import finish
from svro.bench.rounds import Size, Subject, compare, skipped
from svro.bench.serving import Asgi, request, respond, same_answers, serving
from svro.bench.world import ASKING, FORCE, NOW, OFFICER, furnish, order_id, product
from svro.casework import orders
from svro.casework.reaching import bound, likeness, reach_of
from svro.records import Database, access_log, ledger
from svro.records.access_log import AccessEntry, By, Looks, insertion, rows
from svro.records.ledger import LedgerLeaf, LedgerPayload
from svro.records.reach import naming

LOOK = By(
    account=OFFICER.account_id,
    force=FORCE,
    door="GET /api/v1/orders/{order_id}/status",
    permission="order:read",
    at=NOW,
    purpose="casework",
    reference="BENCH-0001",
)
"""What the access log says of it."""


def run(databases: Databases, size: Size) -> list[dict[str, Any]]:
    """One comparison on each engine; the goal is PostgreSQL's."""
    return [_on(databases, engine, size) for engine in ENGINES]


def _on(databases: Databases, engine: str, size: Size) -> dict[str, Any]:
    subject = Subject(
        name=f"status on {engine}",
        engine=engine,
        goal=0.5 if engine == "postgresql" else None,
        thing="request",
        ours="GET /api/v1/orders/{id}/status by uvicorn: token, guard, visibility, the law's answer, the log",
        limit=f"bare ASGI app by uvicorn: the same statements by {BARE[engine]}, as many bytes of JSON",
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
    """The statements, their values bound beforehand but for the order and the entry's own id, on the driver;
    one ready answer.
    """
    sql, values, log, body = finish(_statements(url))
    first, bare = order_id(0), driver(url)
    leaf = str(log[0][1][0])

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        order, new = scope["path"].split("/")[4], token_hex(16)
        swap = {first: order, leaf: new}

        def own(given: Sequence[Any]) -> list[Any]:
            return [swap.get(value, value) if isinstance(value, str) else value for value in given]

        if not await bare.look(naming(reach_of(OFFICER)), (sql, own(values)), [(s, own(v)) for s, v in log]):
            raise LookupError(order)
        await respond(send, 200, body)

    return app


Log = list[tuple[str, list[Any]]]


async def _statements(url: str) -> tuple[str, list[Any], Log, bytes]:
    """(SQL, its values for the first order, the statements of the look's entry, the product's answer)."""
    database, first = Database(url), order_id(0)
    try:
        hot = database.hot.compiled(orders.acts_seen_by(likeness(OFFICER)))
        view = await orders.status(database, OFFICER, LOOK, first, None, None, NOW)
        log = _entry(database, ledger.Subject(kind="order", force=FORCE, id=first, person=first))
    finally:
        await database.close()
    return hot.sql, hot.bind({"order_id": first, **bound(OFFICER, NOW)}), log, msgspec.json.encode(view)


def _entry(database: Database, subject: ledger.Subject) -> Log:
    """The statements that add one look to the log, its leaf's id first among the values."""
    looks = Looks()
    looks.subjects[subject] = None
    leaf, payload, [row] = rows(looks, LOOK)
    if database.hot.on_postgres:
        together = database.hot.compiled(insertion())
        return [(together.sql, together.bind(access_log.bound(leaf, payload, row)))]
    parts: tuple[tuple[Any, dict[str, Any]], ...] = (
        (LedgerLeaf, leaf),
        (LedgerPayload, payload),
        (AccessEntry, row),
    )
    ready = []
    for kind, values in parts:
        names = [c.name for c in kind.__table__.c]
        statement = insert(kind).values({name: bindparam(name) for name in names})
        ready.append((database.hot.compiled(statement), {name: values.get(name) for name in names}))
    return [(statement.sql, statement.bind(given)) for statement, given in ready]
