"""What a database holds while its doors are timed: a force's people with their orders, and who asks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar import Litestar
from litestar.connection import ASGIConnection
from sqlalchemy import insert, text

from svro.app import build
from svro.casework import national
from svro.casework.access import Actor, Purpose
from svro.casework.founding import found
from svro.law import words
from svro.records import Database
from svro.records.base import put
from svro.records.orders import Application, Order, OrderAct
from svro.records.people import Account, Allocation, Names, Person, PersonFacts, PersonVersion
from svro.records.reach import ALL
from svro.settings import Settings

FORCE, COURT = "merseyside", "C05LV00"
MADE = datetime(2024, 3, 14, 10, 30, tzinfo=UTC)
NOW = datetime(2024, 9, 2, 21, 15, tzinfo=UTC)
ASKING = {"Authorization": "Bearer bench", "Svro-Purpose": "casework", "Svro-Reference": "BENCH-0001"}

OFFICER = Actor(
    account_id="0a" * 16,
    name="Robin Bench",
    roles=frozenset({"PLO"}),
    force_id=FORCE,
    purpose=Purpose("casework", "BENCH-0001"),
)
CONSTABLE = msgspec.structs.replace(OFFICER, account_id="0c" * 16, name="Sam Bench", roles=frozenset({"CON"}))


def order_id(n: int) -> str:
    """The id of the n-th order."""
    return f"{n + 1:032x}"


def reference(n: int) -> str:
    """The reference of the n-th order."""
    return f"SVRO-BENCH-{n:06}"


async def furnish(url: str, orders: int) -> None:
    """Fill the empty database at `url`: the deployment, two accounts, and `orders` orders of three acts each.

    The legal officer is allocated to every person, so that a look is decided row by row; the first order is
    known to the country by its reference.
    """
    database = Database(url)
    try:
        async with database.write(ALL) as session:
            await found(session, "live", MADE)
            for actor in (OFFICER, CONSTABLE):
                values = {"name": actor.name, "force_id": FORCE, "created_at": MADE}
                await put(session, Account, id=actor.account_id, **values)
            for kind, names, rows in _rows(orders):
                await session.execute(insert(kind), [dict(zip(names, row, strict=True)) for row in rows])
            await national.refresh_keys(session, FORCE, order_id(0), _facts(0))
            await session.execute(text("ANALYZE"))  # else PostgreSQL plans for tables it believes empty
    finally:
        await database.close()


def _facts(n: int) -> PersonFacts:
    return PersonFacts(name=Names(family=f"Bench{n}", given="Alex"))


def _rows(orders: int) -> list[tuple[Any, tuple[str, ...], list[tuple[Any, ...]]]]:
    by, ids = OFFICER.account_id, [order_id(n) for n in range(orders)]
    begun, varied = MADE + timedelta(days=40), MADE + timedelta(days=90)
    version = words.VERSION
    acts = [
        (1, "made", MADE, MADE, COURT, "release", 24, None, False, "decision"),
        (2, "took_effect", begun, begun, None, None, None, "HMP Bench, governor", False, "police"),
        (3, "varied", varied, varied, COURT, None, None, None, False, "decision"),
    ]
    person = ("force_id", "person_id")
    columns = ("n", "act", "at", "known_at", "court", "effect", "months", "authority", "as_on_sealed_order")
    return [
        (Person, ("force_id", "id", "created_at", "created_by"), [(FORCE, i, MADE, by) for i in ids]),
        (
            PersonVersion,
            (*person, "n", "facts", "family_key", "words_version", "recorded_at", "recorded_by"),
            [(FORCE, i, 1, _facts(n), f"bench{n}", version, MADE, by) for n, i in enumerate(ids)],
        ),
        (
            Allocation,
            ("force_id", "id", "account_id", "person_id", "reason", "started_at"),
            [(FORCE, i, by, i, "Bench", MADE) for i in ids],
        ),
        (
            Application,
            ("force_id", "id", "person_id", "reference", "created_at", "created_by"),
            [(FORCE, i, i, reference(n), MADE, by) for n, i in enumerate(ids)],
        ),
        (
            Order,
            ("force_id", "id", "application_id", "person_id", "reference", "court", "created_at"),
            [(FORCE, i, i, i, reference(n), COURT, MADE) for n, i in enumerate(ids)],
        ),
        (
            OrderAct,
            ("force_id", "order_id", *columns, "provenance"),
            [(FORCE, i, *act) for i in ids for act in acts],
        ),
    ]


class _KnownCallers:
    """Every caller with a token is the one given, so that signing in costs no statement."""

    def __init__(self, actor: Actor) -> None:
        self.actor_of = {"bench": actor}

    async def actor(
        self, connection: ASGIConnection[Any, Any, Any, Any], *, bearer: str | None
    ) -> Actor | None:
        return self.actor_of.get(bearer or "")

    async def remember(self, connection: ASGIConnection[Any, Any, Any, Any], why: Purpose) -> None:
        raise AssertionError("only pages remember")


def product(url: str, actor: Actor) -> Litestar:
    """The whole product on the database at `url`, asked by `actor` at NOW."""
    settings = Settings(database_url=url, requests=1_000_000_000)  # one caller stands for a whole force
    return build(settings, Database(url), clock=lambda _: NOW, sign_in=_KnownCallers(actor))
