"""What the evidence log costs: facts with it and without it, by 1 and by 16 writers, and a search recorded
over HTTP.

A fact is recorded as casework records it: the person is reached, the row kept with the entry's leaf and its
words; at the end of each round, which takes about as long as a deployment waits, what is new is put into the
tree. Without the log the same is done, and the row alone is kept. The harshest measure has no casework in it:
a row with its entry against the row alone. All are as durable as a deployment.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from svro.app import settle
from svro.bench.databases import ENGINES, Databases, Unavailable
from svro.bench.postgres import finish
from svro.bench.record import SEARCH
from svro.bench.rounds import Block, Size, Subject, compare, skipped
from svro.bench.serving import Asgi, Server, request, serving
from svro.bench.world import ASKING, CONSTABLE, MADE, NOW, OFFICER, furnish, order_id, product
from svro.casework import dated
from svro.records import Database, ledger, notes, sealing
from svro.records.base import WRITTEN, new_id
from svro.records.hot import put_rows
from svro.records.people import CustodyFacts, CustodyVersion
from svro.records.reach import ALL
from svro.settings import Settings

GOAL = 0.85
WRITERS = (1, 16)
SEAL_SECONDS = Settings().seal_ms / 1000
CUSTODY = CustodyFacts(kind="sentence", started=MADE.date(), authority="HMP Bench")
Write = Callable[[AsyncSession], Awaitable[None]]
KEY = notes.Key.of("svro.bench/log", notes.LOG, bytes(32))


def run(databases: Databases, size: Size) -> list[dict[str, Any]]:
    """On each engine: facts by one writer and by sixteen, judged by the goal; rows and a search, printed."""
    facts = [_appends(databases, engine, writers, size, _fact) for engine in ENGINES for writers in WRITERS]
    rows = [_appends(databases, engine, 1, size, _row) for engine in ENGINES]
    return facts + rows + [_posts(databases, engine, size) for engine in ENGINES]


def _appends(databases: Databases, engine: str, writers: int, size: Size, write: Write) -> dict[str, Any]:
    what = write.__name__.removeprefix("_")
    subject = Subject(
        name=f"ledger {what} by {writers} on {engine}",
        engine=engine,
        goal=GOAL if write is _fact else None,
        thing=what,
        ours=f"a {what} with its leaf and its words in one transaction, sealed after each round",
        limit=f"the same {what} in one transaction, the log left out",
    )
    try:
        urls, subject = _two(databases, engine), subject._replace(engine=databases.version(engine))
    except Unavailable as why:
        return skipped(subject, str(why))
    for url in urls:
        finish(furnish(url, 1))
    count = max(writers, size.requests // 3)
    with asyncio.Runner() as runner:
        both = [Database(url) for url in urls]
        ours = partial(_block, runner, both[0], writers, count, write)
        limit = partial(_untold, partial(_block, runner, both[1], writers, count, write, sealed=False))
        ours()
        limit()
        settle()
        row = compare(subject, size.rounds, ours, limit)
        for one in both:
            runner.run(one.close())
    return row


def _two(databases: Databases, engine: str) -> tuple[str, str]:
    return databases.new(engine), databases.new(engine)


def _block(
    runner: asyncio.Runner, database: Database, writers: int, count: int, write: Write, *, sealed: bool = True
) -> Block:
    async def go() -> Block:
        ahead = iter(range(count))
        begun, spent = time.perf_counter(), time.process_time()

        async def writer() -> None:
            for _ in ahead:
                async with database.write(ALL) as session:
                    await write(session)

        await asyncio.gather(*(writer() for _ in range(writers)))
        if sealed:
            await _seal_once(database)
        return Block(count, time.perf_counter() - begun, time.process_time() - spent)

    return runner.run(go())


async def _fact(session: AsyncSession) -> None:
    await dated.add(session, OFFICER, order_id(0), CUSTODY, NOW)


async def _row(session: AsyncSession) -> None:
    custody, by = new_id(), OFFICER.account_id
    keys = {"force_id": OFFICER.force_id, "id": custody, "n": 1}
    values = {"person_id": order_id(0), "facts": CUSTODY, "withdrawn": False}
    tag = "custody:recorded"
    await ledger.keep(session, CustodyVersion, keys, values, tag=tag, subject=custody, by=by, now=NOW)


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
    ledger.append = _nothing
    return product(url, CONSTABLE)


def _untold(work: Callable[[], Block]) -> Block:
    """Do `work` with the log left out."""
    append, ledger.append = ledger.append, _nothing
    try:
        return work()
    finally:
        ledger.append = append


async def _nothing(session: AsyncSession, entry: ledger.Entry, *rows: Any) -> str:
    session.info.pop(WRITTEN, None)
    if rows:
        await put_rows(session, rows)
    return entry.subject
