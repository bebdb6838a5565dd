"""Requests for disclosure: asked by a solicitor for a client, by when they are owed, what was said since."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import references, subjects
from svro.casework.access import (
    Actor,
    Allow,
    decide,
    require_any,
    visible_orders,
    visible_people,
)
from svro.casework.disclosure.sections import SCOPES, Scope
from svro.casework.disclosure.standing import Known, RequestView, get, load, reach
from svro.errors import Conflict, Fault, Malformed
from svro.law import disclosure as law
from svro.law.dates import london_day
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.disclosure import (
    Act,
    DisclosureRequest,
    RequestAct,
    RequestDetails,
)
from svro.records.ledger import Entry, Subject, append, keep
from svro.records.orders import Order
from svro.records.people import Person

REQUEST, REVIEW = "disclosure:request", "disclosure:review"
PARTIES = (REQUEST, REVIEW)

Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]


class MakeRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is asked for on behalf of a client, and what for. `first` and `last` bound what happened, in
    London days; `directed` is the day by which a court directed an answer.
    """

    person_id: Id
    purpose: law.Purpose
    scope: Annotated[tuple[Scope, ...], Meta(min_length=1)]
    details: Text
    order_id: Id | None = None
    first: date | None = None
    last: date | None = None
    directed: date | None = None


class Say(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A message on a request, by either side; or why it is closed, withdrawn or taken up again."""

    text: Text


class Extend(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """More time to answer, and why; `reference` of the court's new direction, where a court set the day."""

    until: date
    text: Text
    reference: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class Client(msgspec.Struct, kw_only=True):
    """Somebody for whom the asker is instructed, with their orders by id."""

    person_id: str
    name: str
    orders: dict[str, str]


async def make(session: AsyncSession, actor: Actor, command: MakeRequest, now: datetime) -> RequestView:
    """Ask for what is held of a client. Missing for a client of whom the asker is not, or no longer,
    instructed; Malformed for a scope that reaches beyond the client.
    """
    person, _ = await subjects.reach(session, actor, REQUEST, command.person_id, now)
    faults = _faults(command, london_day(now))
    if command.order_id is not None and not await _their_order(session, actor, command, now):
        faults.append(Fault("order_id", "is not an order of this client that you may see"))
    if faults:
        raise Malformed(faults)
    values = {
        name: getattr(command, name)
        for name in ("person_id", "order_id", "purpose", "details", "first", "last", "directed")
    }
    values["scope"] = tuple(part for part in SCOPES if part in command.scope)
    stamped = {"account_id": actor.account_id, "received_at": now, "reference": references.new("DISC")}
    row = DisclosureRequest(force_id=person.force_id, id=new_id(), **values, **stamped)
    await put(session, DisclosureRequest, force_id=row.force_id, id=row.id, **values, **stamped)
    entry = Entry(
        tag="disclosure:requested",
        force=row.force_id,
        actor=actor.account_id,
        subject=row.id,
        at=now,
        facts=values,
    )
    await append(session, entry)
    return await get(session, actor, row.id, now)


def _faults(command: MakeRequest, today: date) -> list[Fault]:
    faults = []
    if command.first is not None and command.last is not None and command.last < command.first:
        faults.append(Fault("last", "must not be before the first day"))
    if command.first is not None and command.first > today:
        faults.append(Fault("first", "is in the future"))
    if command.directed is not None and command.directed < today:
        faults.append(Fault("directed", "must not be past"))
    return faults


async def _their_order(session: AsyncSession, actor: Actor, command: MakeRequest, now: datetime) -> bool:
    found = await session.scalar(
        select(Order.id).where(
            Order.id == command.order_id,
            Order.person_id == command.person_id,
            Order.created_at <= now,
            visible_orders(actor, "order:read", now),
        )
    )
    return found is not None


async def say(
    session: AsyncSession, actor: Actor, request_id: str, command: Say, now: datetime
) -> RequestView:
    """A message on the request, by the solicitor or the disclosure officer."""
    known = await _standing(session, actor, PARTIES, request_id, now)
    await _add(session, actor, known, "message", RequestDetails(text=command.text), now)
    return await get(session, actor, request_id, now)


async def extend(
    session: AsyncSession, actor: Actor, request_id: str, command: Extend, now: datetime
) -> RequestView:
    """Put the answer off to a later day, with the reason. A day that a court directed is put off by its new
    direction alone, whose `reference` is given; of the right of access what the law says of it is kept beside
    the reason.
    """
    known = await _standing(session, actor, (REVIEW,), request_id, now)
    floor = london_day(now) if command.reference else max(known.due.last, london_day(now))
    if command.until <= floor:
        raise Malformed([Fault("until", f"must be after {floor}")])
    row, today = known.row, london_day(now)
    if row.directed is not None and command.reference is None:
        raise Malformed(
            [Fault("reference", "is needed: a court set the day, and its new direction moves it")]
        )
    text = command.text if command.reference is None else f"{command.text} (Court: {command.reference})"
    warned = None
    if command.reference is None:
        warned = law.put_off(row.purpose, london_day(row.received_at), command.until, today)  # type: ignore[arg-type]
    details = RequestDetails(text=f"{text} Warning: {warned}" if warned else text, until=command.until)
    await _add(session, actor, known, "extended", details, now)
    return await get(session, actor, request_id, now)


async def end(
    session: AsyncSession, actor: Actor, request_id: str, command: Say, now: datetime
) -> RequestView:
    """The solicitor withdraws the request, or the disclosure officer closes it, with the reason."""
    known = await _standing(session, actor, PARTIES, request_id, now)
    how: Act = "withdrawn" if _solicits(actor) else "closed"
    await _add(session, actor, known, how, RequestDetails(text=command.text), now)
    return await get(session, actor, request_id, now)


async def reopen(
    session: AsyncSession, actor: Actor, request_id: str, command: Say, now: datetime
) -> RequestView:
    """Take a request up again that was closed or withdrawn: by either side, with the reason."""
    permission, _ = require_any(actor, PARTIES)
    known = await load(session, await reach(session, actor, permission, request_id, now), now)
    if known.over is None:
        raise Conflict("This request is open.")
    await _add(session, actor, known, "reopened", RequestDetails(text=command.text), now)
    return await get(session, actor, request_id, now)


def _solicits(actor: Actor) -> bool:
    return isinstance(decide(actor, REQUEST), Allow)


async def _standing(
    session: AsyncSession, actor: Actor, permissions: Iterable[str], request_id: str, now: datetime
) -> Known:
    """An open request, to somebody who may act on it. Conflict where it is over."""
    permission, _ = require_any(actor, tuple(permissions))
    known = await load(session, await reach(session, actor, permission, request_id, now), now)
    if known.over is not None:
        raise Conflict(f"This request is {known.over}. Take it up again first.")
    return known


async def _add(
    session: AsyncSession, actor: Actor, known: Known, act: Act, details: RequestDetails, now: datetime
) -> None:
    here = {"force_id": known.row.force_id, "request_id": known.row.id}
    last = await session.scalar(select(func.max(RequestAct.n)).filter_by(**here))
    await keep(
        session,
        RequestAct,
        {**here, "n": (last or 0) + 1},
        {"act": act, "details": details},
        tag=f"disclosure:{act}",
        subject=known.row.id,
        by=actor.account_id,
        now=now,
    )


async def clients(session: AsyncSession, actor: Actor, now: datetime) -> list[Client]:
    """Everybody for whom a request may be made, by name."""
    rows = await session.scalars(
        select(Person).where(visible_people(actor, REQUEST, now), Person.created_at <= now).limit(500)
    )
    found = []
    for row in rows.all():
        tell(session, Subject("person", row.force_id, row.id))
        facts = await subjects.facts_of(session, row.force_id, row.id, now)
        orders = await session.execute(
            select(Order.id, Order.reference)
            .where(
                Order.force_id == row.force_id,
                Order.person_id == row.id,
                Order.created_at <= now,
                visible_orders(actor, "order:read", now),
            )
            .order_by(Order.created_at, Order.id)
        )
        held = [(one.id, one.reference) for one in orders.all()]
        found.append(Client(person_id=row.id, name=facts.name.whole, orders=dict(held)))
    return sorted(found, key=lambda one: (one.name, one.person_id))
