"""What the evidence log costs: appends with it and without it, by 1 and by 16 writers, and a search recorded
over HTTP.

With the log, each transaction writes its row, the entry's leaf and its words, and a sealer puts what is new
into the tree each 100 ms; without, the same transaction writes the row alone. Both are as durable as a
deployment.
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
from svro.bench.world import ASKING, CONSTABLE, MADE, furnish, product
from svro.records import Database, ledger, notes, sealing
from svro.records.base import WRITTEN, new_id, put
from svro.records.reach import ALL
from svro.records.searches import StatusCheck

GOAL = 0.85
WRITERS = (1, 16)
SEAL_SECONDS = 0.1
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
        ours="a row, its leaf and its words in one transaction, sealed each 100 ms meanwhile",
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
    block = Block(count, time.perf_counter() - begun, time.process_time() - spent)
    if sealer is not None:
        sealer.cancel()
        with suppress(asyncio.CancelledError):
            await sealer
    await database.close()
    return block


async def _row(session: Any, told: bool) -> None:
    check, now = new_id(), MADE
    said = {"asked_by": "reference", "purpose": "roadside", "incident": "BENCH-1", "answer": "not in effect"}
    values = {"account_id": CONSTABLE.account_id, "at": now, **said}
    force = str(CONSTABLE.force_id)
    await put(session, StatusCheck, force_id=force, id=check, recorded_at=now, **values)
    if told:
        by = CONSTABLE.account_id
        entry = ledger.Entry(tag="status:checked", force=force, actor=by, subject=check, at=now, facts=values)
        await ledger.append(session, entry)


async def _seal(database: Database) -> None:
    while True:
        await asyncio.sleep(SEAL_SECONDS)
        async with database.write(ALL) as session:
            await sealing.seal(session, KEY, datetime(2024, 9, 2, tzinfo=UTC))


def _posts(databases: Databases, engine: str, size: Size) -> dict[str, Any]:
    subject = Subject(
        name=f"ledger search on {engine}",
        engine=engine,
        goal=None,
        thing="request",
        ours="POST /api/v1/searches by uvicorn, with its entry in the log, sealed each 100 ms",
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

    async def nothing(session: AsyncSession, entry: ledger.Entry) -> str:
        session.info.pop(WRITTEN, None)
        return entry.subject

    ledger.append = nothing
    return product(url, CONSTABLE)
