"""Everything an order asks of people, by when and whether it was done; notifications; a calendar without
names.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import changes, investigations, national, orders, searches, seizures, subjects
from svro.casework.access import Actor, Allow, decide, visible_orders, visible_searches
from svro.casework.changes import ChangeView
from svro.casework.investigations import InvestigationView
from svro.casework.seizures import SeizedView
from svro.errors import Fault, Malformed, Missing, Stale
from svro.law import changes as changes_law
from svro.law import notifications as law
from svro.law.acts import Act
from svro.law.dates import london_day
from svro.law.duties import Duty, copy_of_record, ending, owed
from svro.law.notifications import Notification
from svro.law.spent import rehabilitation
from svro.records.base import new_id
from svro.records.duties import NotificationVersion, OrderChange
from svro.records.ledger import keep
from svro.records.orders import ApplicationAct, Order, OrderAct
from svro.records.searches import Search, SearchVersion
from svro.reference.forces import FORCES

Line = Annotated[str, Meta(min_length=1, max_length=300)]

RECORD, READ, CALENDAR = "order:record_service", "order:read", "calendar:read"


class CorrectNotification(Notification, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything as it should have been recorded, and why it changes; `withdrawn` if it was recorded in
    error.
    """

    reason: Line
    withdrawn: bool = False


class NotificationView(msgspec.Struct, kw_only=True):
    """A notification as now held. `version` goes into If-Match; `duty` is what it answers, None if
    withdrawn.
    """

    id: str
    order_id: str
    version: int
    facts: Notification
    reason: str | None
    withdrawn: bool
    duty: Duty | None
    recorded_at: datetime


class OrderDuties(msgspec.Struct, kw_only=True):
    """What an order asks, as now known: each duty, and the records it comes from that the actor may read."""

    order_id: str
    reference: str
    person: str
    version: int
    duties: tuple[Duty, ...]
    notifications: list[NotificationView]
    investigations: list[InvestigationView]
    seizures: list[SeizedView]
    changes: list[ChangeView]
    may: list[str]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the calendar: an order's or an item's reference, and the kind of thing that ends then."""

    uid: str
    day: date
    summary: str
    source: str


async def record_notification(
    session: AsyncSession, actor: Actor, order_id: str, command: Notification, now: datetime
) -> NotificationView:
    """Record a notification as it was given, or a change known and not notified. It is never refused for
    being late, or given otherwise than the Act says: that is among what its duty says.
    """
    order = await orders.reach(session, actor, RECORD, order_id, now)
    _check(command, now)
    key = new_id()
    await _keep(session, actor, order, key, 1, command, None, False, now)
    return await _view(session, order, key, now)


async def correct_notification(
    session: AsyncSession,
    actor: Actor,
    order_id: str,
    notification_id: str,
    command: CorrectNotification,
    expected: int,
    now: datetime,
) -> NotificationView:
    """Correct or complete a notification by a new version. Stale unless `expected` is the newest."""
    order = await orders.reach(session, actor, RECORD, order_id, now)
    row = next((row for row in await _held(session, [order], now) if row.id == notification_id), None)
    if row is None or row.withdrawn:
        raise Missing
    if row.n != expected:
        raise Stale("Somebody changed this since you read it. Read it again.")
    _check(command, now)
    facts = Notification(**{name: getattr(command, name) for name in Notification.__struct_fields__})
    await _keep(session, actor, order, row.id, row.n + 1, facts, command.reason, command.withdrawn, now)
    return await _view(session, order, row.id, now)


def _check(said: Notification, now: datetime) -> None:
    faults = []
    if said.given_at is not None and said.given_at > now:
        faults.append(Fault("given_at", "is in the future"))
    if said.since is not None and said.since > london_day(now):
        faults.append(Fault("since", "is in the future"))
    if said.kind == "first" and said.given_at is None:
        faults.append(Fault("given_at", "say when it was given"))
    if said.kind == "first" and said.since is not None:
        why = "is not asked: the first notification is due from the day the order takes effect"
        faults.append(Fault("since", why, "Sentencing Act 2020 s.342B(2)"))
    for name, areas in (("station_area", (said.station_area,)), ("lives_in", said.lives_in)):
        if wrong := [area for area in areas if area is not None and area not in FORCES]:
            faults.append(Fault(name, f"{wrong[0]!r} is not a police area, such as merseyside"))
    if faults:
        raise Malformed(faults)


async def _keep(
    session: AsyncSession,
    actor: Actor,
    order: Order,
    key: str,
    n: int,
    facts: Notification,
    reason: str | None,
    withdrawn: bool,
    now: datetime,
) -> None:
    done = "withdrawn" if withdrawn else "recorded" if n == 1 else "corrected"
    await keep(
        session,
        NotificationVersion,
        {"force_id": order.force_id, "id": key, "n": n},
        {"order_id": order.id, "facts": facts, "reason": reason, "withdrawn": withdrawn},
        tag=f"notification:{done}",
        subject=key,
        by=actor.account_id,
        now=now,
    )


async def _held(session: AsyncSession, found: Sequence[Order], now: datetime) -> list[NotificationVersion]:
    """The newest version, recorded by `now`, of each notification under these orders, oldest first."""
    rows = await session.scalars(
        select(NotificationVersion)
        .where(
            NotificationVersion.force_id.in_({order.force_id for order in found}),
            NotificationVersion.order_id.in_([order.id for order in found]),
            NotificationVersion.recorded_at <= now,
        )
        .order_by(NotificationVersion.n)
    )
    first: dict[str, NotificationVersion] = {}
    newest: dict[str, NotificationVersion] = {}
    for row in rows:
        first.setdefault(row.id, row)
        newest[row.id] = row
    return sorted(newest.values(), key=lambda row: (first[row.id].recorded_at, row.id))


def _judged(acts: Sequence[Act], rows: Sequence[NotificationVersion], now: datetime) -> tuple[Duty, ...]:
    live = [(row.id, row.facts) for row in rows if not row.withdrawn]
    return law.notifications(acts, live, now)


def _as_view(row: NotificationVersion, duties: Sequence[Duty]) -> NotificationView:
    kind = f"notify-{row.facts.kind}"
    mine = next((duty for duty in duties if duty.about == row.id), None)
    shared = next((duty for duty in duties if duty.code == kind), None) if row.facts.kind == "first" else None
    return NotificationView(
        id=row.id,
        order_id=row.order_id,
        version=row.n,
        facts=row.facts,
        reason=row.reason,
        withdrawn=row.withdrawn,
        duty=None if row.withdrawn else mine or shared,
        recorded_at=row.recorded_at,
    )


async def _view(session: AsyncSession, order: Order, key: str, now: datetime) -> NotificationView:
    orders.told(session, order)
    acts = await national.acts_of(session, order.force_id, order.id)
    rows = await _held(session, [order], now)
    duties = _judged(acts, rows, now)
    return next(_as_view(row, duties) for row in rows if row.id == key)


async def of_order(session: AsyncSession, actor: Actor, order_id: str, now: datetime) -> OrderDuties:
    """Everything due under one order, and what it comes from."""
    order = await orders.reach(session, actor, READ, order_id, now)
    orders.told(session, order)
    acts = await national.acts_of(session, order.force_id, order.id)
    rows = await _held(session, [order], now)
    notified = _judged(acts, rows, now)
    items = await seizures.of_order(session, actor, order, now)
    sought = [changes.as_view(row, now) for row in await changes.held(session, [order], now)]
    person = await subjects.facts_of(session, order.force_id, order.person_id, now)
    duties = [
        *notified,
        *(item.duty for item in items if item.duty),
        *(duty for change in sought for duty in change.duties),
        *_of_the_making(order, acts, now),
        await _notice(session, order, now),
        *await _copies(session, actor, order, now),
    ]
    permissions = (RECORD, investigations.RECORD, seizures.RECORD, changes.APPLY)
    return OrderDuties(
        order_id=order.id,
        reference=order.reference,
        person=person.name.whole,
        version=len(acts),
        duties=tuple(duties),
        notifications=[_as_view(row, notified) for row in rows],
        investigations=await investigations.of_order(session, actor, order, now),
        seizures=items,
        changes=sought,
        may=[name for name in permissions if isinstance(decide(actor, name), Allow)],
    )


def _of_the_making(order: Order, acts: Sequence[Act], now: datetime) -> Iterator[Duty]:
    """When the order ends, until when it may keep the conviction from being spent, and may be appealed."""
    for duty in (ending(acts, now), rehabilitation(acts, now)):
        if duty:
            yield duty
    made = next((act for act in reversed(acts) if act.act == "made" and act.known_at <= now), None)
    if made and (window := changes_law.appeal_window(made.at, changes.place(order.court).level, now)):
        yield window


async def _notice(session: AsyncSession, order: Order, now: datetime) -> Duty:
    """The notice of intention to apply, as the application's own acts tell of it."""
    acts = (
        await session.scalars(
            select(ApplicationAct)
            .where(
                ApplicationAct.force_id == order.force_id,
                ApplicationAct.application_id == order.application_id,
                ApplicationAct.recorded_at <= now,
            )
            .order_by(ApplicationAct.n)
        )
    ).all()
    served = next((act.details.date or london_day(act.at) for act in acts if act.act == "serve_notice"), None)
    cured = any(act.act in ("dispense_notice", "waive_notice") for act in acts)
    return changes_law.notice_of_intention(served, cured)


async def _copies(session: AsyncSession, actor: Actor, order: Order, now: datetime) -> list[Duty]:
    """Until when the person searched may ask for a copy of each record, where that is still open."""
    if not isinstance(decide(actor, "search:read"), Allow):
        return []
    rows = await session.scalars(
        select(SearchVersion)
        .join(Search, searches.with_newest(now))
        .where(
            visible_searches(actor, "search:read", now),
            SearchVersion.order_force == order.force_id,
            SearchVersion.order_id == order.id,
        )
        .order_by(SearchVersion.at)
    )
    found = (copy_of_record(row.search_id, row.at, row.record.copy == "given", now) for row in rows)
    return [duty for duty in found if duty.standing == "due"]


async def calendar(session: AsyncSession, actor: Actor, now: datetime) -> list[Entry]:
    """The days on which something ends under the orders the actor may follow, at most 500: references, no
    names.
    """
    found = (
        await session.scalars(
            select(Order)
            .where(visible_orders(actor, CALENDAR, now), Order.created_at <= now)
            .order_by(Order.created_at.desc(), Order.id)
            .limit(500)
        )
    ).all()
    orders.told(session, *found)
    ids = [order.id for order in found]
    acts: dict[str, list[Act]] = {key: [] for key in ids}
    for act in await session.scalars(
        select(OrderAct).where(OrderAct.order_id.in_(ids)).order_by(OrderAct.order_id, OrderAct.n)
    ):
        acts[act.order_id].append(national.as_act(act))
    notified, sought = await _held(session, found, now), await changes.held(session, found, now)
    entries: list[Entry] = []
    for order in found:
        duties = list(_judged(acts[order.id], [row for row in notified if row.order_id == order.id], now))
        duties += _sought(order, sought, now)
        duties += _of_the_making(order, acts[order.id], now)
        entries += _entries(order.reference, order.id, duties)
    for item in await seizures.reachable(session, actor, CALENDAR, now):
        if item.duty and not item.property_regulations and item.duty.standing != "done":
            entries.append(_entry(item.reference, item.id, item.duty))
    return sorted(entries, key=lambda entry: (entry.day, entry.uid))


def _sought(order: Order, rows: Sequence[OrderChange], now: datetime) -> Iterator[Duty]:
    for row in rows:
        if row.order_id == order.id:
            yield from changes.duties(row, now)


def _entries(reference: str, key: str, duties: Sequence[Duty]) -> Iterator[Entry]:
    for duty in owed(duties):
        yield _entry(reference, duty.about or key, duty)


def _entry(reference: str, key: str, duty: Duty) -> Entry:
    assert duty.last is not None
    return Entry(
        uid=f"{duty.code}-{key}@svro",
        day=duty.last,
        summary=f"{reference}: {duty.title}",
        source=duty.source,
    )
