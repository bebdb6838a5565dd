"""A hot read answers byte for byte as the plain one does, to whoever asks, on each engine."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import OperationalError

from svro.bench import status, world
from svro.casework import national, orders
from svro.casework.access import (
    Actor,
    Purpose,
)
from svro.casework.reaching import bound, likeness, reach_of, widen
from svro.errors import Missing, Problem
from svro.records import Database
from svro.records.base import Instant, new_id, put
from svro.records.hot import Compiled
from svro.records.orders import Order, OrderAct
from svro.records.people import Account, Allocation, Instruction
from svro.records.reach import ALL
from tests.lines import as_owner

NOW, MADE = world.NOW, world.MADE
FIRST, SECOND, ABSENT = world.order_id(0), world.order_id(1), "f" * 32
LOOK = status.LOOK
WHY = Purpose("casework", "OP-2024-0001")


def somebody(*roles: str, **own: str | None) -> Actor:
    values: dict[str, str | None] = {"account_id": "0d" * 16, "force_id": world.FORCE, **own}
    return Actor(name="Somebody", roles=frozenset(roles), purpose=WHY, **values)  # type: ignore[arg-type]


ASKERS = {
    "legal officer, allocated": world.OFFICER,
    "legal officer, not allocated": somebody("PLO"),
    "legal officer, allocation ended": somebody("PLO", account_id="0e" * 16),
    "legal officer without a purpose": msgspec.structs.replace(world.OFFICER, purpose=None),
    "supervisor": somebody("SUP"),
    "supervisor elsewhere": somebody("SUP", force_id="sussex"),
    "supervisor of no force": somebody("SUP", force_id=None),
    "supervisor and disclosure officer": somebody("SUP", "DIS"),
    "court clerk": somebody("CLK", force_id=None, court=world.COURT),
    "court clerk elsewhere": somebody("CLK", force_id=None, court="C01CY00"),
    "solicitor instructed": somebody("SOL", force_id=None, account_id="0f" * 16),
    "solicitor not instructed": somebody("SOL", force_id=None),
    "prosecutor": somebody("CPS", force_id=None),
    "constable": somebody("CON"),
    "auditor": somebody("AUD"),
}
ALLOWED = {
    "legal officer, allocated",
    "supervisor",
    "supervisor and disclosure officer",
    "court clerk",
    "solicitor instructed",
}


@pytest.fixture
async def held(database: Database) -> Database:
    """Two orders of three acts; one officer allocated, one no longer, one solicitor instructed."""
    await world.furnish(database.url, 2)
    async with database.write(ALL) as session:
        for account in ("0d" * 16, "0e" * 16, "0f" * 16):
            await put(session, Account, id=account, name="Somebody", created_at=MADE)
        case = {"force_id": world.FORCE, "person_id": FIRST, "started_at": MADE}
        ended = {"account_id": "0e" * 16, "reason": "Left", "ended_at": NOW}
        await put(session, Allocation, id=new_id(), **case, **ended)
        await put(session, Instruction, id=new_id(), account_id="0f" * 16, verified_by="Clerk", **case)
    return database


async def plain(
    database: Database, actor: Actor, order: str, at: datetime | None, known_at: datetime | None
) -> bytes | tuple[int, str]:
    """The status by the reads that every other door makes, as bytes; or the refusal."""
    async with database.read(reach_of(actor)) as session:
        await widen(session, actor, NOW)
        try:
            found = await orders.reach(session, actor, "order:read", order, NOW)
        except Problem as refusal:
            return refusal.status, refusal.sentence
        acts = await national.acts_of(session, found.force_id, found.id)
        return msgspec.json.encode(orders.status_of(found.id, acts, at or NOW, known_at or NOW))


async def hot(
    database: Database, actor: Actor, order: str, at: datetime | None, known_at: datetime | None
) -> bytes | tuple[int, str]:
    try:
        return msgspec.json.encode(await orders.status(database, actor, LOOK, order, at, known_at, NOW))
    except Problem as refusal:
        return refusal.status, refusal.sentence


@pytest.mark.parametrize("who", ASKERS)
async def test_the_hot_and_the_plain_answer_are_the_same_bytes(held: Database, who: str) -> None:
    actor, later = ASKERS[who], MADE + timedelta(days=60)
    for order in (FIRST, ABSENT):
        for at, known_at in ((None, None), (later, None), (None, MADE), (MADE - timedelta(days=1), later)):
            answer = await hot(held, actor, order, at, known_at)
            assert answer == await plain(held, actor, order, at, known_at)
            assert isinstance(answer, bytes) is (who in ALLOWED and order == FIRST)


async def test_people_who_are_alike_share_a_statement_and_nothing_else(held: Database) -> None:
    allocated, not_allocated = world.OFFICER, ASKERS["legal officer, not allocated"]
    assert orders.acts_seen_by(likeness(allocated)) is orders.acts_seen_by(likeness(not_allocated))
    for _ in range(2):
        assert isinstance(await hot(held, allocated, FIRST, None, None), bytes)
        assert await hot(held, not_allocated, FIRST, None, None) == (404, Missing().sentence)


async def test_an_order_not_yet_made_at_the_clocks_instant_is_hidden(held: Database) -> None:
    with pytest.raises(Missing):
        await orders.status(held, world.OFFICER, LOOK, FIRST, None, None, MADE - timedelta(seconds=1))


async def test_a_row_is_read_as_sqlalchemy_reads_it(held: Database) -> None:
    columns = OrderAct.__table__.c
    everything = select(columns).where(columns.order_id == bindparam("order")).order_by(columns.n)
    async with held.read(ALL) as session:
        expected = [list(row) for row in await session.execute(everything, {"order": FIRST})]
    assert len(expected) == 3
    assert await held.hot.rows(everything, {"order": FIRST}, ALL) == expected


async def test_an_instant_is_bound_in_utc_whatever_its_offset(held: Database) -> None:
    made = select(Order.id).where(Order.created_at == bindparam("at", type_=Instant()))
    there = MADE.astimezone(datetime.fromisoformat("2024-01-01T00:00:00+05:45").tzinfo)
    assert len(await held.hot.rows(made, {"at": there}, ALL)) == 2
    with pytest.raises(ValueError, match="offset"):
        await held.hot.rows(made, {"at": MADE.replace(tzinfo=None)}, ALL)


async def test_it_sees_what_has_just_been_committed(held: Database) -> None:
    wanted = orders.acts_seen_by(likeness(world.OFFICER))
    given, reach = {"order_id": FIRST, **bound(world.OFFICER, NOW)}, reach_of(world.OFFICER)
    before = await held.hot.rows(wanted, given, reach)
    async with held.write(ALL) as session:
        end = {"n": 4, "act": "discharged", "at": NOW, "known_at": NOW, "court": world.COURT}
        await put(session, OrderAct, force_id=world.FORCE, order_id=FIRST, provenance="decision", **end)
        assert await held.hot.rows(wanted, given, reach) == before
    after = await hot(held, world.OFFICER, FIRST, None, None)
    assert isinstance(after, bytes)
    assert b'"reason":"discharged"' in after


async def test_many_at_once_share_a_few_connections(held: Database) -> None:
    answers = await asyncio.gather(*(hot(held, world.OFFICER, FIRST, None, None) for _ in range(40)))
    assert len(set(answers)) == 1
    assert 1 <= len(held.hot._idle) <= 4


async def test_a_failed_read_takes_its_connection_with_it_and_the_next_is_served(held: Database) -> None:
    broken = select(Order.id).where(Order.id == bindparam("id"))
    held.hot.compiled(broken).sql = "SELECT nothing FROM nowhere"
    with pytest.raises(OperationalError):
        await held.hot.rows(broken, {"id": FIRST}, ALL)
    assert held.hot._idle == []
    assert isinstance(await hot(held, world.OFFICER, FIRST, None, None), bytes)


async def test_a_connection_that_the_server_ended_is_replaced(
    held: Database, engine_name: str, request: pytest.FixtureRequest
) -> None:
    if engine_name == "sqlite":
        return  # no server stands between
    before = await hot(held, world.OFFICER, FIRST, None, None)
    [(_, driver)] = held.hot._idle
    await as_owner(held, f"SELECT pg_terminate_backend({driver.get_server_pid()})")
    while not driver.is_closed():
        await asyncio.sleep(0.01)
    assert await hot(held, world.OFFICER, FIRST, None, None) == before


def test_a_statement_whose_text_depends_on_its_values_is_refused(database: Database) -> None:
    several = select(Order.id).where(Order.id.in_(bindparam("ids", expanding=True)))
    with pytest.raises(ValueError, match="text"):
        Compiled(several, database.engine.dialect)


def test_a_statement_that_has_somebodys_value_in_it_is_refused(database: Database) -> None:
    theirs = select(Order.id).where(Order.force_id == world.FORCE)
    with pytest.raises(ValueError, match="by name"):
        Compiled(theirs, database.engine.dialect)


def test_every_kind_of_asker_is_compiled_without_a_value_of_their_own(database: Database) -> None:
    for actor in ASKERS.values():
        try:
            statement = orders.acts_seen_by(likeness(actor))
        except Problem:
            continue  # refused before any row is looked for
        sql = database.hot.compiled(statement).sql
        assert world.FORCE not in sql
        assert str(actor.account_id) not in sql
