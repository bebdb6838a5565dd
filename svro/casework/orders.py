"""Orders: made by a court's decision, followed through every act of their lives, and asked what they were at
an instant.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import national, subjects
from svro.casework.access import (
    Actor,
    Allow,
    decide,
    require,
    require_any,
    visible_orders,
)
from svro.casework.reaching import FORCES_BEYOND, Likeness, beyond_force, bound, likeness, reach_of, stand_in
from svro.casework.relations import NOW
from svro.errors import Fault, Finding, Malformed, Missing, Refused, Stale
from svro.law import order as law
from svro.law.order import Act, State
from svro.law.stages import AS_NOTIFIED, DECISION
from svro.records.access_log import By, keep_apart, keep_hot, tell
from svro.records.base import Database
from svro.records.ledger import Subject
from svro.records.orders import Order, OrderAct
from svro.records.people import PersonFacts, PersonVersion
from svro.reference import courts

Aware = Annotated[datetime, Meta(tz=True)]
Line = Annotated[str, Meta(min_length=1, max_length=300)]

COURT_ACTS = ("varied", "lengthened", "renewed", "discharged", "quashed", "varied_on_appeal")
FACTS = ("took_effect", "appealed", "superseded", "supersession_dismissed")

TITLES: dict[str, str] = {
    "made": "Order made",
    "took_effect": "Took effect",
    "varied": "Varied",
    "lengthened": "Lengthened",
    "renewed": "Renewed",
    "discharged": "Discharged",
    "superseded": "Ended by a later order",
    "supersession_questioned": "A later order may be for the same person",
    "supersession_dismissed": "The later order is for somebody else",
    "appealed": "Appeal lodged",
    "quashed": "Quashed on appeal",
    "varied_on_appeal": "Varied on appeal",
    "lapsed": "Lapsed",
    "conflicting": "Records of the decision conflict",
    "withdrawn": "Recorded in error",
}

Recordable = Literal[
    "took_effect",
    "varied",
    "lengthened",
    "renewed",
    "discharged",
    "superseded",
    "supersession_dismissed",
    "appealed",
    "quashed",
    "varied_on_appeal",
    "withdrawn",
]


class RecordAct(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One act in an order's life. `at` is when it was true; `corrects` the number of the act it replaces or
    withdraws.

    A release or the end of a sentence (`took_effect`) needs its `authority`; a court's act recorded as
    notified, or one that is legally doubtful and so taken only `as_on_sealed_order`, needs its document.
    """

    act: Recordable
    at: Aware
    months: Annotated[int, Meta(ge=1, le=120)] | None = None
    ends_on: date | None = None
    authority: Line | None = None
    other_reference: Line | None = None
    document_reference: Line | None = None
    as_on_sealed_order: bool = False
    corrects: Annotated[int, Meta(ge=1)] | None = None


class StatusView(msgspec.Struct, kw_only=True):
    """What the order was at `at`, as known at `known_at`: yes, no with the reason, or unknown, with the
    source.
    """

    order_id: str
    at: datetime
    known_at: datetime
    answer: str
    reason: str
    sentence: str
    source: str
    rests_on: int | None
    starts: datetime | None
    ends: datetime | None
    last_day: date | None
    warnings: tuple[str, ...]


class OrderActView(msgspec.Struct, kw_only=True):
    """One act as recorded, with its title."""

    title: str
    act: Act


class OrderLine(msgspec.Struct, kw_only=True):
    """An order in a list, with its status now."""

    id: str
    reference: str
    person_id: str
    person: str
    court: str
    answer: str
    reason: str
    sentence: str
    last_day: date | None


class OrderView(msgspec.Struct, kw_only=True):
    """An order's whole story. `version`, the number of its last act, goes into If-Match."""

    id: str
    force: str
    reference: str
    person_id: str
    person: str
    application_id: str
    court: str
    court_name: str | None
    version: int
    acts: list[OrderActView]
    status: StatusView
    may_record: list[str]


def standing(acts: Sequence[Act]) -> list[Act]:
    """The acts that no later act corrects, corrections themselves included unless they only withdraw."""
    corrected = {act.corrects for act in acts}
    return [act for act in acts if act.n not in corrected and act.act != "withdrawn"]


async def add_act(session: AsyncSession, order: Order, before: Sequence[Act], act: Act, actor: Actor) -> None:
    act = msgspec.structs.replace(act, n=national.next_number(before))
    try:
        await national.record_act(session, order, act, actor.account_id)
    except IntegrityError as race:
        raise Stale("Somebody changed this order since you read it. Read it again.") from race


def refuse_problems(before: Sequence[Act], act: Act) -> None:
    """Nonsense is refused; what is only doubtful is taken as on the sealed order, with its document."""
    found = law.problems(before, act)
    nonsense = [p for p in found if p.kind == "nonsense"]
    taken = act.as_on_sealed_order and act.document_reference
    if blocking := nonsense or ([] if taken else list(found)):
        raise Refused([Finding(f"{p.kind}-act", p.sentence, p.source) for p in blocking])


async def reach(session: AsyncSession, actor: Actor, permission: str, order_id: str, now: datetime) -> Order:
    """The order if the actor may reach it under `permission`; Missing otherwise, for whatever reason."""
    order = await session.scalar(
        select(Order).where(
            Order.id == order_id, Order.created_at <= now, visible_orders(actor, permission, now)
        )
    )
    if order is None:
        raise Missing(order_id)
    return order


async def pair(session: AsyncSession, force: str, order_id: str) -> Order:
    """The order that a pair names, for casework's own use: it decides nothing about who may see it."""
    order = await session.scalar(select(Order).where(Order.force_id == force, Order.id == order_id))
    if order is None:
        raise Missing
    return order


def permissions(act: str) -> tuple[str, ...]:
    """Who may record an act: a court's is the clerk's, or as notified the legal officer's; a fact is the
    legal officer's or the clerk's.
    """
    if act in COURT_ACTS:
        return (DECISION, AS_NOTIFIED)
    return ("order:record_fact",) if act in FACTS else ("decision:correct", AS_NOTIFIED)


RECORDERS = tuple(
    dict.fromkeys(name for act in (*COURT_ACTS, *FACTS, "withdrawn") for name in permissions(act))
)
"""Every permission that may record some act in an order's life."""


async def record_act(
    session: AsyncSession, actor: Actor, order_id: str, command: RecordAct, expected: int, now: datetime
) -> OrderView:
    """Record one act. Refused for nonsense, or for what is doubtful and not as on the sealed order; Stale if
    the order moved on.
    """
    await reach(session, actor, "order:read", order_id, now)
    permission, _ = require_any(actor, permissions(command.act))
    if permission == DECISION and command.corrects is not None:
        require(actor, "decision:correct")
    order = await reach(session, actor, permission, order_id, now)
    acts = await national.acts_of(session, order.force_id, order.id)
    if expected != len(acts):
        raise Stale("Somebody changed this order since you read it. Read it again.")
    _check(command, permission, acts, now)
    values = {field: getattr(command, field) for field in command.__struct_fields__}
    provenance = {DECISION: "decision", AS_NOTIFIED: "decision as notified"}.get(
        permission, "police" if actor.court is None else "decision"
    )
    act = Act(n=len(acts) + 1, known_at=now, court=actor.court, provenance=provenance, **values)
    refuse_problems(acts, act)
    await add_act(session, order, acts, act, actor)
    return await _view(session, actor, order, now)


def _check(command: RecordAct, permission: str, acts: Sequence[Act], now: datetime) -> None:
    faults = []
    if command.at > now:
        faults.append(Fault("at", "is in the future"))
    if command.act in FACTS and not command.authority:
        faults.append(
            Fault(
                "authority",
                "say who confirmed it",
                "Sentencing Act 2020 s.342D(4)" if command.act == "took_effect" else None,
            )
        )
    if command.act == "superseded" and not command.other_reference:
        faults.append(Fault("other_reference", "name the later order", "Sentencing Act 2020 s.342D(5)"))
    if command.act in ("lengthened", "renewed") and (command.months is None) == (command.ends_on is None):
        faults.append(
            Fault(
                "months", "give the new period, in months or as its last day", "Sentencing Act 2020 s.342D(2)"
            )
        )
    if (permission == AS_NOTIFIED or command.as_on_sealed_order) and not command.document_reference:
        faults.append(Fault("document_reference", "give the reference of the document that shows it"))
    if command.corrects is not None and command.corrects not in {act.n for act in standing(acts)}:
        faults.append(Fault("corrects", "is not the number of a standing act of this order"))
    if command.act == "withdrawn" and command.corrects is None:
        faults.append(Fault("corrects", "say which act was recorded in error"))
    if faults:
        raise Malformed(faults)


def status_of(order_id: str, acts: Sequence[Act], at: datetime, known_at: datetime) -> StatusView:
    """The law's answer as a view."""
    state: State = law.at(acts, at, known_at)
    return StatusView(
        order_id=order_id,
        at=at,
        known_at=known_at,
        answer=state.answer,
        reason=state.reason,
        sentence=state.sentence,
        source=state.source,
        rests_on=state.rests_on,
        starts=state.starts,
        ends=state.ends,
        last_day=state.last_day,
        warnings=state.warnings,
    )


@lru_cache(maxsize=256)
def acts_seen_by(like: Likeness) -> Select[Any]:
    """The acts of an order, each after the order's force and person, for somebody alike who may read it; no
    row where they may not, or there is none.

    An order's first act is recorded in the transaction that makes it, so there is no order without one.
    """
    acts = OrderAct.__table__.c
    mine = and_(Order.force_id == acts.force_id, Order.id == acts.order_id)
    seen = visible_orders(stand_in(like), "order:read", NOW)
    return (
        select(Order.force_id, Order.person_id, *(acts[name] for name in national.ACT_FIELDS))
        .join(Order, mine)
        .where(Order.id == bindparam("order_id"), Order.created_at <= NOW, seen)
        .order_by(acts.n)
    )


async def status(
    database: Database,
    actor: Actor,
    look: By,
    order_id: str,
    at: datetime | None,
    known_at: datetime | None,
    now: datetime,
) -> StatusView:
    """What the order was at an instant (now unless given), as known at another (now unless given).

    `look` goes into the access log, on PostgreSQL in the same transaction. Unavailable where it cannot.
    """
    wanted, given = acts_seen_by(likeness(actor)), {"order_id": order_id, **bound(actor, now)}
    async with database.hot.transaction(reach_of(actor)) as hot:
        if database.hot.on_postgres and beyond_force(actor):
            own = reach_of(actor)
            found = {str(force) for (force,) in await hot.rows(FORCES_BEYOND, bound(actor, now))}
            await hot.within(msgspec.structs.replace(own, forces=tuple(found.union(own.forces))))
        if (rows := await hot.rows(wanted, given)) and database.hot.on_postgres:
            await keep_hot(hot, _looked(order_id, rows[0]), look)
    if not rows:
        raise Missing(order_id)
    if not database.hot.on_postgres:
        await keep_apart(database, reach_of(actor), _looked(order_id, rows[0]), look)
    acts = [Act(**dict(zip(national.ACT_FIELDS, row[2:], strict=True))) for row in rows]
    return status_of(order_id, acts, at or now, known_at or now)


def _looked(order_id: str, row: Sequence[Any]) -> Subject:
    return Subject(kind="order", force=row[0], id=order_id, person=row[1])


def told(session: AsyncSession, *found: Order) -> None:
    """Tell the access log of orders that somebody is shown."""
    seen = (Subject(kind="order", force=row.force_id, id=row.id, person=row.person_id) for row in found)
    tell(session, *seen)


async def get(session: AsyncSession, actor: Actor, order_id: str, now: datetime) -> OrderView:
    """An order's whole story, with its status now."""
    return await _view(session, actor, await reach(session, actor, "order:read", order_id, now), now)


async def _view(session: AsyncSession, actor: Actor, order: Order, now: datetime) -> OrderView:
    told(session, order)
    acts = await national.acts_of(session, order.force_id, order.id)
    facts = await subjects.facts_of(session, order.force_id, order.person_id, now)
    court = courts.COURTS.get(order.court)
    return OrderView(
        id=order.id,
        force=order.force_id,
        reference=order.reference,
        person_id=order.person_id,
        person=facts.name.whole,
        application_id=order.application_id,
        court=order.court,
        court_name=court.name if court else None,
        version=len(acts),
        acts=[OrderActView(title=TITLES[act.act], act=act) for act in acts if act.known_at <= now],
        status=status_of(order.id, acts, now, now),
        may_record=[
            act
            for act in (*FACTS, *COURT_ACTS, "withdrawn")
            if any(isinstance(decide(actor, p), Allow) for p in permissions(act))
        ],
    )


async def listing(
    session: AsyncSession, actor: Actor, now: datetime, person_id: str | None = None
) -> list[OrderLine]:
    """Orders the actor may read, newest first, at most 500; of one person if given."""
    require(actor, "order:read")
    query = (
        subjects.with_facts(select(Order, PersonVersion.facts), Order.force_id, Order.person_id, now)
        .where(visible_orders(actor, "order:read", now), Order.created_at <= now)
        .order_by(Order.created_at.desc(), Order.id)
        .limit(500)
    )
    if person_id is not None:
        query = query.where(Order.person_id == person_id)
    rows = (await session.execute(query)).all()
    told(session, *(order for order, _ in rows))
    acts: dict[str, list[Act]] = {order.id: [] for order, _ in rows}
    for row in await session.scalars(
        select(OrderAct).where(OrderAct.order_id.in_(list(acts))).order_by(OrderAct.order_id, OrderAct.n)
    ):
        acts[row.order_id].append(national.as_act(row))
    return [_order_line(order, facts, acts[order.id], now) for order, facts in rows]


def _order_line(order: Order, facts: PersonFacts, acts: Sequence[Act], now: datetime) -> OrderLine:
    state = law.at(acts, now, now)
    return OrderLine(
        id=order.id,
        reference=order.reference,
        person_id=order.person_id,
        person=facts.name.whole,
        court=order.court,
        answer=state.answer,
        reason=state.reason,
        sentence=state.sentence,
        last_day=state.last_day,
    )
