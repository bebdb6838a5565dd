"""What the evidence log costs: appends with it and without it, by 1 and by 16 writers, and a search recorded
over HTTP.

With the log, each transaction keeps a fact as casework does, its row with the entry's leaf and its words, and
what is new is put into the tree as often as a deployment does it and once more at the end of each round;
without, the same transaction writes the row alone. Both are as durable as a deployment.
"""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from svro.bench.databases import ENGINES, Databases, Unavailable
from svro.bench.postgres import finish
from svro.bench.record import SEARCH
from svro.bench.rounds import Block, Size, Subject, compare, skipped
from svro.bench.serving import Asgi, Server, request, serving
from svro.bench.world import ASKING, CONSTABLE, MADE, furnish, order_id, product
from svro.records import Database, ledger, notes, sealing
from svro.records.base import WRITTEN, new_id, put
from svro.records.hot import put_rows
from svro.records.people import CustodyFacts, CustodyVersion
from svro.records.reach import ALL
from svro.settings import Settings

GOAL = 0.85
WRITERS = (1, 16)
SEAL_SECONDS = Settings().seal_ms / 1000
KEY = notes.Key.of("svro.bench/log", notes.LOG, bytes(32))


def run(databases: Databases, size: Size) -> list[dict[str, Any]]:
    """On each engine: appends by one writer and by sixteen, judged by the goal, and a search, printed."""
    rows = [_appends(databases, engine, writers, size) for engine in ENGINES for writers in WRITERS]
    return rows + [_posts(databases, engine, size) for engine in ENGINES]


def _appends(databases: Databases, engine: str, writers: int, size: Size) -> dict[str, Any]:
    subject = Subject(
        name=f"ledger by {writers} on {engine}",
        engine=engine,
        goal=GOAL,
        thing="append",
        ours="a row, its leaf and its words in one transaction, sealed each second and at the end",
        limit="the row alone in one transaction",
    )
    try:
        urls, subject = _two(databases, engine), subject._replace(engine=databases.version(engine))
    except Unavailable as why:
        return skipped(subject, str(why))
    for url in urls:
        finish(furnish(url, 1))
    count = max(writers, size.requests // 3)
    ours, limit = (partial(_block, url, writers, count, url == urls[0]) for url in urls)
    ours()
    limit()
    return compare(subject, size.rounds, ours, limit)


def _two(databases: Databases, engine: str) -> tuple[str, str]:
    return databases.new(engine), databases.new(engine)


def _block(url: str, writers: int, count: int, told: bool) -> Block:
    return finish(_write(url, writers, count, told))


async def _write(url: str, writers: int, count: int, told: bool) -> Block:
    database, ahead = Database(url), iter(range(count))
    sealer = asyncio.create_task(_seal(database)) if told else None
    begun, spent = time.perf_counter(), time.process_time()

    async def writer() -> None:
        for _ in ahead:
            async with database.write(ALL) as session:
                await _row(session, told)

    await asyncio.gather(*(writer() for _ in range(writers)))
    if told:
        await _seal_once(database)
    block = Block(count, time.perf_counter() - begun, time.process_time() - spent)
    if sealer is not None:
        sealer.cancel()
        with suppress(asyncio.CancelledError):
            await sealer
    await database.close()
    return block


async def _row(session: AsyncSession, told: bool) -> None:
    custody, by = new_id(), CONSTABLE.account_id
    keys = {"force_id": CONSTABLE.force_id, "id": custody, "n": 1}
    facts = CustodyFacts(kind="sentence", started=MADE.date(), authority="HMP Bench")
    values = {"person_id": order_id(0), "facts": facts, "withdrawn": False}
    if told:
        tag = "custody:recorded"
        await ledger.keep(session, CustodyVersion, keys, values, tag=tag, subject=custody, by=by, now=MADE)
    else:
        await put(session, CustodyVersion, **keys, **values, recorded_at=MADE, recorded_by=by)


async def _seal(database: Database) -> None:
    while True:
        await asyncio.sleep(SEAL_SECONDS)
        await _seal_once(database)


async def _seal_once(database: Database) -> None:
    async with database.write(ALL) as session:
        await sealing.seal(session, KEY, datetime(2024, 9, 2, tzinfo=UTC))


def _posts(databases: Databases, engine: str, size: Size) -> dict[str, Any]:
    subject = Subject(
        name=f"ledger search on {engine}",
        engine=engine,
        goal=None,
        thing="request",
        ours="POST /api/v1/searches by uvicorn, with its entry in the log, sealed each second",
        limit="the same request by the same program, which tells the log nothing",
    )
    try:
        urls, subject = _two(databases, engine), subject._replace(engine=databases.version(engine))
    except Unavailable as why:
        return skipped(subject, str(why))
    for url in urls:
        finish(furnish(url, size.orders))
    wanted = [request("POST", "/api/v1/searches", ASKING, SEARCH)] * max(1, size.requests // 3)
    with serving(f"{__name__}:told", urls[0]) as our, serving(f"{__name__}:untold", urls[1]) as bare:
        ours, limit = (partial(_asked, server, wanted) for server in (our, bare))
        ours()
        limit()
        return compare(subject, size.rounds, ours, limit)


def _asked(server: Server, wanted: list[bytes]) -> Block:
    return server.ask(wanted)[0]


def told(url: str) -> Asgi:
    """The product, sealing as it is served; the bench's server runs no start-up, so sealing starts here."""
    app, database, sealers = product(url, CONSTABLE), Database(url), list[asyncio.Task[None]]()

    async def sealed(scope: Any, receive: Any, send: Any) -> None:
        if not sealers:
            sealers.append(asyncio.create_task(_seal(database)))
        await app(scope, receive, send)

    return sealed


def untold(url: str) -> Asgi:
    """The product with the log left out."""

    async def nothing(session: AsyncSession, entry: ledger.Entry, *rows: Any) -> str:
        session.info.pop(WRITTEN, None)
        if rows:
            await put_rows(session, rows)
        return entry.subject

    ledger.append = nothing
    return product(url, CONSTABLE)
