"""Does time tell what an answer hides? An order that is hidden beside one that is absent, and a name that is
somebody's beside one that is nobody's. Only printed: what is tested is that the same statements run.

|t| is Welch's, over requests sent turn about by one client; below 4.5 the two are commonly taken as alike.
Source of the 4.5: Goodwill et al., A testing methodology for side-channel resistance validation (NIST 2011).
"""

import logging
import math
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec

from svro.app import build
from svro.bench.databases import ENGINES, Databases, Unavailable
from svro.bench.postgres import finish
from svro.bench.rounds import Block, Size, Subject, compare, skipped
from svro.bench.world import ASKING, NOW, OFFICER, furnish, order_id, product
from svro.records import Database
from svro.records.reach import ALL
from svro.settings import Settings

Ask = Callable[[int], Awaitable[None]]


def run(databases: Databases, size: Size) -> list[dict[str, Any]]:
    """Two comparisons on each engine."""
    return [row for engine in ENGINES for row in _on(databases, engine, size)]


def _on(databases: Databases, engine: str, size: Size) -> list[dict[str, Any]]:
    hidden = Subject(
        f"timing on {engine}", engine, None, "request", "an order of another force, hidden: 404",
        "an order that is not there: 404",
    )  # fmt: skip
    known = Subject(
        f"timing of a name on {engine}", engine, None, "request",
        "a wrong password for a name that is somebody's", "the same for a name that is nobody's",
    )  # fmt: skip
    try:
        url, version = databases.new(engine), databases.version(engine)
    except Unavailable as why:
        return [skipped(subject, str(why)) for subject in (hidden, known)]
    finish(furnish(url, size.orders))
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of each request
    return finish(_both(url, hidden._replace(engine=version), known._replace(engine=version), size))


async def _both(url: str, hidden: Subject, known: Subject, size: Size) -> list[dict[str, Any]]:
    elsewhere = msgspec.structs.replace(OFFICER, force_id="sussex", account_id="0e" * 16)
    app = product(url, elsewhere)
    app.state.misses.limit = app.state.misses.limit.__class__(10**9, app.state.misses.limit.window)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://svro.bench", headers=ASKING) as client:

        async def read(id: str) -> None:
            answer = await client.get(f"/api/v1/orders/{id}")
            if answer.status_code != 404:
                raise RuntimeError(f"not the answer expected: {answer.status_code} {answer.text}")

        first = await _compared(
            hidden, size, size.requests,
            lambda n: read(order_id(n % size.orders)), lambda n: read(f"f{n % size.orders:031x}"),
        )  # fmt: skip
    await app.state.database.close()
    return [first, await _names(url, known, size)]


async def _names(url: str, known: Subject, size: Size) -> dict[str, Any]:
    from svro.casework.passwords import Passwords
    from svro.records.accounts import Password
    from svro.records.base import put
    from svro.records.people import Account

    settings = Settings(database_url=url, requests=1_000_000_000, secure_cookies=False)
    database = Database(url)
    hash = await Passwords(settings.hash_cost).hash("a password that nobody guesses")
    async with database.write(ALL) as session:
        values = {"id": "0f" * 16, "name": "Known", "sign_in_name": "known", "created_at": NOW}
        await put(session, Account, **values)
        await put(session, Password, account_id="0f" * 16, hash=hash, changed_at=NOW)
    app = build(settings, database, clock=lambda _: NOW)
    peers = iter(range(1 << 30))

    async def sign_in(name: str) -> None:
        peer = next(peers)  # a new address each time, so that none has to wait
        at = (f"10.{peer >> 16 & 255}.{peer >> 8 & 255}.{peer & 255}", 1)
        transport = httpx.ASGITransport(app=app, client=at)  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://svro.bench", cookies=jar
        ) as client:
            data = {"name": name, "password": "not the right password", "_csrf_token": form}
            answer = await client.post("/sign-in", data=data)
        if answer.status_code != 400:
            raise RuntimeError(f"not the answer expected: {answer.status_code}")

    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://svro.bench") as client:
        page = (await client.get("/sign-in")).text
        jar, found = client.cookies, re.search(r'_csrf_token" value="([^"]+)"', page)
        form = found[1] if found else ""
    requests = max(4, size.requests // 30)
    row = await _compared(known, size, requests, lambda n: sign_in("known"), lambda n: sign_in("nobody"))
    await database.close()
    return row


async def _compared(subject: Subject, size: Size, requests: int, ours: Ask, limit: Ask) -> dict[str, Any]:
    """Each asked turn about, after a few for warming up; |t| goes into the words beside the medians."""
    mine, other = list[float](), list[float]()
    for n in range(4):
        await ours(n)
        await limit(n)
    for n in range(requests):
        for ask, times in ((ours, mine), (limit, other))[:: 1 if n % 2 else -1]:
            began = time.perf_counter()
            await ask(n)
            times.append(time.perf_counter() - began)
    subject = subject._replace(ours=f"{subject.ours}; |t| = {welch(mine, other):.2f} over {requests} each")
    block = Block(1, statistics.median(mine), statistics.median(mine))
    bare = Block(1, statistics.median(other), statistics.median(other))
    return compare(subject, 1, lambda: block, lambda: bare)


def welch(one: list[float], other: list[float]) -> float:
    """Welch's |t| of two samples, each cut at its 95th percentile: a machine's pauses say nothing of us."""
    cut = [sorted(times)[: max(2, int(len(times) * 0.95))] for times in (one, other)]
    spread = sum(statistics.variance(times) / len(times) for times in cut)
    return abs(statistics.fmean(cut[0]) - statistics.fmean(cut[1])) / math.sqrt(spread) if spread else 0.0
