"""Seized things: recorded from a search, kept, applied for, returned or destroyed. They outlive orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import references, searches
from svro.casework.access import Actor, Allow, decide, visible_searches
from svro.errors import Fault, Finding, Malformed, Missing, Refused, Stale
from svro.law import seizures as law
from svro.law.duties import Duty
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.duties import ActDetails, SeizedItem, SeizureAct
from svro.records.ledger import Entry, Subject, append, keep
from svro.records.orders import Order
from svro.records.searches import Search, SearchVersion

Aware = Annotated[datetime, Meta(tz=True)]
Line = Annotated[str, Meta(min_length=1, max_length=300)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]

RECORD, READ = "seizure:record", "search:read"


class RecordSeizure(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A thing seized in a search. `property_regulations`: whether the Police (Property) Regulations apply
    to it.
    """

    description: Line
    at: Aware | None = None
    property_regulations: bool | None = None


class RecordSeizureAct(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What happened to it. `directed_by` is the relevant officer or who acts for them; `text` the evidence of
    ownership, or why proceedings need it; `corrects` the act that was `withdrawn`.
    """

    act: Literal["owner_applied", "returned", "refused", "held", "hold_ended", "destroyed", "withdrawn"]
    at: Aware
    directed_by: Line | None = None
    text: Text | None = None
    corrects: Annotated[int, Meta(ge=1)] | None = None


class SeizureActView(msgspec.Struct, kw_only=True):
    """One act as recorded."""

    n: int
    act: str
    title: str
    at: datetime
    details: ActDetails
    corrects: int | None
    recorded_at: datetime


class SeizedView(msgspec.Struct, kw_only=True):
    """A seized thing and what is owed of it. `version`, the number of its last act, goes into If-Match."""

    id: str
    reference: str
    search_id: str
    description: str
    version: int
    property_regulations: bool | None
    duty: Duty | None
    acts: list[SeizureActView]


def as_step(row: SeizureAct) -> law.Step:
    """One row as the law's own Struct."""
    return law.Step(
        n=row.n,
        act=row.act,
        at=row.at,
        known_at=row.recorded_at,
        corrects=row.corrects,
        directed_by=row.details.directed_by,
    )


async def record(
    session: AsyncSession, actor: Actor, search_id: str, command: RecordSeizure, now: datetime
) -> SeizedView:
    """Record a thing seized in a search; its time is the search's unless given. Malformed before the
    search.
    """
    search, newest = await searches.reach(session, actor, RECORD, search_id, now)
    at = command.at or newest.at
    if at > now:
        raise Malformed([Fault("at", "is in the future")])
    if at < newest.at:
        raise Malformed([Fault("at", "is before the search began")])
    values = {
        "search_id": search.id,
        "reference": references.new("ITEM"),
        "description": command.description,
        "property_regulations": command.property_regulations,
    }
    item = SeizedItem(force_id=search.force_id, id=new_id(), created_at=now, **values)
    await put(session, SeizedItem, force_id=item.force_id, id=item.id, created_at=now, **values)
    by = actor.account_id
    entry = Entry(tag="item:recorded", force=item.force_id, actor=by, subject=item.id, at=now, facts=values)
    await append(session, entry)
    await _keep(session, actor, item, 1, {"act": "seized", "at": at}, now)
    return await _view(session, item, now)


async def _keep(
    session: AsyncSession, actor: Actor, item: SeizedItem, n: int, said: dict[str, Any], now: datetime
) -> None:
    values = {"corrects": None, "details": ActDetails(), **said}
    await keep(
        session,
        SeizureAct,
        {"force_id": item.force_id, "item_id": item.id, "n": n},
        values,
        tag=f"item:{said['act']}",
        subject=item.id,
        by=actor.account_id,
        now=now,
    )


async def _reach(
    session: AsyncSession, actor: Actor, permission: str, item_id: str, now: datetime
) -> SeizedItem:
    item = await session.scalar(
        select(SeizedItem)
        .join(Search, and_(Search.force_id == SeizedItem.force_id, Search.id == SeizedItem.search_id))
        .join(SearchVersion, searches.with_newest(now))
        .where(
            SeizedItem.id == item_id,
            SeizedItem.created_at <= now,
            visible_searches(actor, permission, now),
        )
    )
    if item is None:
        raise Missing(item_id)
    return item


async def record_act(
    session: AsyncSession, actor: Actor, item_id: str, command: RecordSeizureAct, expected: int, now: datetime
) -> SeizedView:
    """Record what happened to it. Only what cannot have happened is refused; what should not have is a
    finding.
    """
    item = await _reach(session, actor, RECORD, item_id, now)
    rows = await _acts(session, [item], now)
    if expected != len(rows):
        raise Stale("Somebody changed this record since you read it. Read it again.")
    if command.at > now:
        raise Malformed([Fault("at", "is in the future")])
    if command.act == "withdrawn" and command.corrects is None:
        raise Malformed([Fault("corrects", "say which act was recorded in error")])
    step = law.Step(
        n=expected + 1,
        act=command.act,
        at=command.at,
        known_at=now,
        corrects=command.corrects,
        directed_by=command.directed_by,
    )
    if problems := law.problems([as_step(row) for row in rows], step):
        raise Refused([Finding(p.code, p.sentence, p.source) for p in problems])
    details = ActDetails(text=command.text, directed_by=command.directed_by)
    said = {name: getattr(command, name) for name in ("act", "at", "corrects")}
    await _keep(session, actor, item, expected + 1, {**said, "details": details}, now)
    return await _view(session, item, now)


async def get(session: AsyncSession, actor: Actor, item_id: str, now: datetime) -> SeizedView:
    """One seized thing."""
    return await _view(session, await _reach(session, actor, READ, item_id, now), now)


async def of_search(session: AsyncSession, actor: Actor, search_id: str, now: datetime) -> list[SeizedView]:
    """What was seized in one search."""
    search, _ = await searches.reach(session, actor, READ, search_id, now)
    return await _seen(session, actor, READ, now, Search.id == search.id)


async def of_order(session: AsyncSession, actor: Actor, order: Order, now: datetime) -> list[SeizedView]:
    """What was seized in searches under an order, of those searches that the actor may read."""
    if not isinstance(decide(actor, READ), Allow):
        return []
    under = and_(SearchVersion.order_force == order.force_id, SearchVersion.order_id == order.id)
    return await _seen(session, actor, READ, now, under)


async def reachable(session: AsyncSession, actor: Actor, permission: str, now: datetime) -> list[SeizedView]:
    """Every seized thing whose search the actor reaches under `permission`."""
    return await _seen(session, actor, permission, now)


async def _seen(
    session: AsyncSession, actor: Actor, permission: str, now: datetime, *where: Any
) -> list[SeizedView]:
    items = (
        await session.scalars(
            select(SeizedItem)
            .join(Search, and_(Search.force_id == SeizedItem.force_id, Search.id == SeizedItem.search_id))
            .join(SearchVersion, searches.with_newest(now))
            .where(SeizedItem.created_at <= now, visible_searches(actor, permission, now), *where)
            .order_by(SeizedItem.created_at, SeizedItem.id)
        )
    ).all()
    told(session, *items)
    acts = await _acts(session, items, now)
    return [_as_view(item, [act for act in acts if act.item_id == item.id], now) for item in items]


async def _acts(session: AsyncSession, items: Sequence[SeizedItem], now: datetime) -> list[SeizureAct]:
    if not items:
        return []
    held = select(SeizureAct).where(
        SeizureAct.force_id.in_({item.force_id for item in items}),
        SeizureAct.item_id.in_([item.id for item in items]),
        SeizureAct.recorded_at <= now,
    )
    return list(await session.scalars(held.order_by(SeizureAct.item_id, SeizureAct.n)))


async def _view(session: AsyncSession, item: SeizedItem, now: datetime) -> SeizedView:
    told(session, item)
    return _as_view(item, await _acts(session, [item], now), now)


def told(session: AsyncSession, *items: SeizedItem) -> None:
    """Tell the access log of the searches in which things were seized that somebody is shown."""
    tell(session, *(Subject(kind="search", force=item.force_id, id=item.search_id) for item in items))


def _as_view(item: SeizedItem, acts: Sequence[SeizureAct], now: datetime) -> SeizedView:
    steps = [as_step(act) for act in acts]
    return SeizedView(
        id=item.id,
        reference=item.reference,
        search_id=item.search_id,
        description=item.description,
        version=len(acts),
        property_regulations=item.property_regulations,
        duty=law.duty(item.id, steps, now, property_regulations=item.property_regulations),
        acts=[
            SeizureActView(
                n=act.n,
                act=act.act,
                title=law.ACTS[act.act],
                at=act.at,
                details=act.details,
                corrects=act.corrects,
                recorded_at=act.recorded_at,
            )
            for act in acts
        ],
    )
