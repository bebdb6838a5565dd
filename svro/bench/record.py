"""Recording a search over HTTP: the whole product against a bare app that runs the same statements in one
transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

import msgspec
from sqlalchemy import event

from svro.bench.bare import BARE, driver
from svro.bench.databases import ENGINES, Databases, Unavailable
from svro.bench.postgres import finish
from svro.bench.rounds import Size, Subject, compare, skipped
from svro.bench.serving import Asgi, request, respond, same_answers, serving
from svro.bench.world import ASKING, CONSTABLE, NOW, furnish, product, reference
from svro.casework import searches
from svro.casework.reaching import reach_of
from svro.casework.searches import RecordSearch
from svro.records import Database
from svro.records.access_log import By, keep

SEARCH = {
    "at": "2024-09-02T20:40:00+01:00",
    "place": "Bench Street, Liverpool",
    "order_reference": reference(0),
    "identity": "confirmed",
    "grounds": "Subject of a serious violence reduction order, seen in Bench Street at 8.40pm",
    "in_uniform": True,
    "clothing": "outer",
    "force_used": False,
    "copy": "given",
    "bwv": "recorded",
}
"""What the constable records: a search under an order that was in effect."""

LOOK = By(
    account=CONSTABLE.account_id,
    force=CONSTABLE.force_id,
    door="POST /api/v1/searches",
    permission="search:record",
    at=NOW,
    purpose="casework",
    reference="BENCH-0001",
)
"""What the access log says of it."""

Statement = tuple[str, tuple[Any, ...]]


def run(databases: Databases, size: Size) -> list[dict[str, Any]]:
    """One comparison on each engine, only printed."""
    return [_on(databases, engine, size) for engine in ENGINES]


def _on(databases: Databases, engine: str, size: Size) -> dict[str, Any]:
    subject = Subject(
        name=f"record on {engine}",
        engine=engine,
        goal=None,
        thing="request",
        ours="POST /api/v1/searches by uvicorn: token, guard, the claim resolved, findings, version, ledger",
        limit=f"bare ASGI app by uvicorn: the same statements by {BARE[engine]} in one transaction",
    )
    try:
        url, subject = databases.new(engine), subject._replace(engine=databases.version(engine))
    except Unavailable as why:
        return skipped(subject, str(why))
    finish(furnish(url, size.orders))
    wanted = [request("POST", "/api/v1/searches", ASKING, SEARCH)] * max(1, size.requests // 3)
    with serving(f"{__name__}:ours", url) as our, serving(f"{__name__}:limit", url) as bare:
        same_answers(our, bare, wanted)
        return compare(subject, size.rounds, lambda: our.ask(wanted)[0], lambda: bare.ask(wanted)[0])


def ours(url: str) -> Asgi:
    """The product, asked by a constable."""
    return product(url, CONSTABLE)


def limit(url: str) -> Asgi:
    """The statements of one recording, with what each must have of its own made new, and one ready answer."""
    (first, body), (second, _) = finish(_twice(url))
    bare = driver(url)

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await bare.transact(list(_anew(first, second)))
        await respond(send, 201, body)

    return app


async def _twice(url: str) -> list[tuple[list[Statement], bytes]]:
    """Two recordings of the same search: the statements of each as the driver got them, and the answer."""
    database, done = Database(url), []
    command = msgspec.convert(SEARCH, RecordSearch)
    try:
        for _ in range(2):
            with _heard(database) as statements:
                async with database.write(reach_of(CONSTABLE)) as session:
                    view = await searches.record(session, CONSTABLE, command, NOW)
                    await keep(session, LOOK)
            done.append((statements, msgspec.json.encode(view)))
    finally:
        await database.close()
    return done


@contextmanager
def _heard(database: Database) -> Iterator[list[Statement]]:
    heard: list[Statement] = []

    def hear(_conn: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool) -> None:
        if not sql.startswith("BEGIN"):
            heard.append((sql, tuple(values)))

    def put(sql: str, values: Sequence[object], _named: object) -> None:
        heard.append((sql, tuple(values)))

    event.listen(database.engine.sync_engine, "before_cursor_execute", hear)
    try:
        with database.heard(put):
            yield heard
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", hear)


def _anew(first: list[Statement], second: list[Statement]) -> Iterator[Statement]:
    """The statements again: a text that differs between the two recordings is an id, and gets a new one."""
    new: dict[str, str] = {}
    for (sql, values), (_, others) in zip(first, second, strict=True):
        yield (
            sql,
            tuple(
                new.setdefault(value, token_hex(len(value))[: len(value)])
                if isinstance(value, str) and value != other
                else value
                for value, other in zip(values, others, strict=True)
            ),
        )
