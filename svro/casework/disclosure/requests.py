"""Requests for disclosure: asked by a solicitor for a client, by when they are owed, what was said since."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import references, subjects
from svro.casework.access import (
    Actor,
    Allow,
    decide,
    require,
    require_any,
    visible_orders,
    visible_people,
    visible_requests,
)
from svro.casework.disclosure.corrections import corrected
from svro.casework.disclosure.sections import SCOPES, Scope
from svro.errors import Conflict, Fault, Malformed, Missing
from svro.law import disclosure as law
from svro.law.dates import london_day
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.disclosure import (
    Act,
    DisclosureBundle,
    DisclosureRequest,
    DownloadReceipt,
    Part,
    RequestAct,
    RequestDetails,
)
from svro.records.ledger import Entry, Subject, append, keep
from svro.records.orders import Order
from svro.records.people import Account, Person

REQUEST, REVIEW, READ = "disclosure:request", "disclosure:review", "disclosure:read"
PARTIES = (REQUEST, REVIEW)

MOST = 500
"""Requests in a list."""
Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Standing = Literal["received", "answered in part", "answered", "closed", "withdrawn"]
STANDINGS: dict[Standing, str] = {
    "received": "Received",
    "answered in part": "Answered in part",
    "answered": "Answered",
    "closed": "Closed",
    "withdrawn": "Withdrawn",
}


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


class ActView(msgspec.Struct, kw_only=True):
    """One step of a request's life. `by` is the side that took it."""

    n: int
    act: str
    by: Literal["solicitor", "force"]
    text: str | None
    until: date | None
    recorded_at: datetime


class ReceiptView(msgspec.Struct, kw_only=True):
    """One file that left: when, and with which hash."""

    part: int
    name: str
    sha256: str
    downloaded_at: datetime


class BundleView(msgspec.Struct, kw_only=True):
    """One issue of an answer. `corrected` says that something in it has been corrected since."""

    id: str
    issue: int
    sections: list[str]
    known_at: datetime
    checkpoint: int
    parts: tuple[Part, ...]
    issued_at: datetime
    recalled_at: datetime | None
    recall_reason: str | None
    corrected: bool
    receipts: list[ReceiptView]


class RequestLine(msgspec.Struct, kw_only=True):
    """A request in a list: by when it is owed and why then, and what is outstanding of it."""

    id: str
    reference: str
    person_id: str
    person: str
    purpose: str
    purpose_label: str
    received_at: datetime
    due: date
    due_sentence: str
    due_source: str | None
    standing: Standing
    late: bool
    outstanding: list[str]


class RequestView(RequestLine, kw_only=True):
    """A request with its whole thread and every bundle issued. `version` is the number of its last act."""

    force: str
    solicitor: str
    order_id: str | None
    order_reference: str | None
    scope: list[str]
    scope_labels: list[str]
    first: date | None
    last: date | None
    details: str
    version: int
    thread: list[ActView]
    bundles: list[BundleView]
    notice: str | None
    yours: bool


class Known(msgspec.Struct):
    """What is recorded of a request by an instant."""

    row: DisclosureRequest
    acts: Sequence[RequestAct]
    bundles: Sequence[DisclosureBundle]

    @property
    def over(self) -> Literal["closed", "withdrawn"] | None:
        """How it ended, unless it was taken up again."""
        for act in reversed(self.acts):
            if act.act in ("closed", "withdrawn"):
                return act.act  # type: ignore[return-value]
            if act.act == "reopened":
                return None
        return None

    @property
    def live(self) -> list[DisclosureBundle]:
        """The bundles that stand."""
        return [one for one in self.bundles if one.recalled_at is None]

    @property
    def outstanding(self) -> list[str]:
        """The parts of the scope that no standing bundle answers, unless the request is over."""
        if self.over is not None:
            return []
        given = {section for bundle in self.live for section in bundle.sections}
        return [part for part in self.row.scope if part not in given]

    @property
    def standing(self) -> Standing:
        """How the request stands."""
        if self.over is not None:
            return self.over
        if not self.live:
            return "received"
        return "answered in part" if self.outstanding else "answered"

    @property
    def due(self) -> law.Due:
        """By when an answer is owed: an extension moves the day that the rule gave."""
        row = self.row
        owed = law.due(row.purpose, london_day(row.received_at), row.directed)  # type: ignore[arg-type]
        for act in self.acts:
            if act.act == "extended" and act.details.until is not None:
                owed = law.Due(last=act.details.until, sentence="Put off, for a reason given.", source=None)
        return owed


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


async def reach(
    session: AsyncSession, actor: Actor, permission: str, request_id: str, now: datetime
) -> DisclosureRequest:
    """The request if the actor may reach it under `permission`; Missing otherwise, for whatever reason."""
    row = await session.scalar(
        select(DisclosureRequest).where(
            DisclosureRequest.id == request_id,
            DisclosureRequest.received_at <= now,
            visible_requests(actor, permission, now),
        )
    )
    if row is None:
        raise Missing(request_id)
    return row


async def load(session: AsyncSession, row: DisclosureRequest, now: datetime) -> Known:
    """Everything recorded of a request by an instant."""
    here = {"force_id": row.force_id, "request_id": row.id}
    acts = await session.scalars(
        select(RequestAct).filter_by(**here).where(RequestAct.recorded_at <= now).order_by(RequestAct.n)
    )
    bundles = await session.scalars(
        select(DisclosureBundle)
        .filter_by(**here)
        .where(DisclosureBundle.issued_at <= now)
        .order_by(DisclosureBundle.issue)
    )
    return Known(row, acts.all(), bundles.all())


async def listing(session: AsyncSession, actor: Actor, now: datetime) -> list[RequestLine]:
    """Requests the actor may read, those owed first, at most 500."""
    require(actor, READ)
    rows = await session.scalars(
        select(DisclosureRequest)
        .where(visible_requests(actor, READ, now), DisclosureRequest.received_at <= now)
        .order_by(
            _answered(now),
            DisclosureRequest.directed.is_(None),
            DisclosureRequest.directed,
            DisclosureRequest.received_at,  # without a court's day the first received is the first owed
            DisclosureRequest.id,
        )
        .limit(MOST)
    )
    known = [await load(session, row, now) for row in rows.all()]
    told(session, *(one.row for one in known))
    lines = [RequestLine(**await _line(session, one, now)) for one in known]
    return sorted(lines, key=lambda line: (not line.outstanding, line.due))


def _answered(now: datetime) -> ColumnElement[int]:
    """1 for a request that is over or of which a bundle stands, 0 for one that waits: those come first."""
    mine = and_(
        RequestAct.force_id == DisclosureRequest.force_id,
        RequestAct.request_id == DisclosureRequest.id,
        RequestAct.recorded_at <= now,
    )
    turns = select(RequestAct.act).where(mine, RequestAct.act.in_(("closed", "withdrawn", "reopened")))
    newest = turns.order_by(RequestAct.n.desc()).limit(1).correlate(DisclosureRequest).scalar_subquery()
    given = exists().where(
        DisclosureBundle.force_id == DisclosureRequest.force_id,
        DisclosureBundle.request_id == DisclosureRequest.id,
        DisclosureBundle.issued_at <= now,
        DisclosureBundle.recalled_at.is_(None),
        DisclosureBundle.sections == DisclosureRequest.scope,
    )
    return case((or_(func.coalesce(newest, "").in_(("closed", "withdrawn")), given), 1), else_=0)


def told(session: AsyncSession, *found: DisclosureRequest) -> None:
    """Tell the access log of requests that somebody is shown."""
    tell(session, *(Subject("disclosure", row.force_id, row.id, row.person_id) for row in found))


async def _line(session: AsyncSession, known: Known, now: datetime) -> dict[str, Any]:
    row, owed = known.row, known.due
    facts = await subjects.facts_of(session, row.force_id, row.person_id, now)
    return {
        "id": row.id,
        "reference": row.reference,
        "person_id": row.person_id,
        "person": facts.name.whole,
        "purpose": row.purpose,
        "purpose_label": law.LABELS[row.purpose],  # type: ignore[index]
        "received_at": row.received_at,
        "due": owed.last,
        "due_sentence": owed.sentence,
        "due_source": owed.source,
        "standing": known.standing,
        "late": bool(known.outstanding) and london_day(now) > owed.last,
        "outstanding": [SCOPES[part] for part in known.outstanding],
    }


async def get(session: AsyncSession, actor: Actor, request_id: str, now: datetime) -> RequestView:
    """One request, with its thread and its bundles."""
    row = await reach(session, actor, READ, request_id, now)
    told(session, row)
    known = await load(session, row, now)
    changed = {bundle.id for bundle in known.live if await corrected(session, bundle, now)}
    order = None
    if row.order_id is not None:
        order = await session.scalar(
            select(Order.reference).where(Order.force_id == row.force_id, Order.id == row.order_id)
        )
    return RequestView(
        **await _line(session, known, now),
        force=row.force_id,
        solicitor=await name_of(session, row.account_id),
        order_id=row.order_id,
        order_reference=order,
        scope=list(row.scope),
        scope_labels=[SCOPES[part] for part in row.scope],
        first=row.first,
        last=row.last,
        details=row.details,
        version=len(known.acts),
        thread=[_act_view(act, row) for act in known.acts],
        bundles=[await _bundle(session, one, one.id in changed) for one in known.bundles],
        notice=law.owed_notice() if changed else None,
        yours=row.account_id == actor.account_id,
    )


async def name_of(session: AsyncSession, account: str) -> str:
    """What somebody with an account is called."""
    return str(await session.scalar(select(Account.name).where(Account.id == account)))


def _act_view(act: RequestAct, row: DisclosureRequest) -> ActView:
    return ActView(
        n=act.n,
        act=act.act,
        by="solicitor" if act.recorded_by == row.account_id else "force",
        text=act.details.text,
        until=act.details.until,
        recorded_at=act.recorded_at,
    )


async def _bundle(session: AsyncSession, row: DisclosureBundle, changed: bool) -> BundleView:
    receipts = await session.scalars(
        select(DownloadReceipt)
        .where(DownloadReceipt.force_id == row.force_id, DownloadReceipt.bundle_id == row.id)
        .order_by(DownloadReceipt.downloaded_at, DownloadReceipt.part)
    )
    return BundleView(
        id=row.id,
        issue=row.issue,
        sections=[SCOPES[part] for part in row.sections],
        known_at=row.known_at,
        checkpoint=row.checkpoint,
        parts=row.parts,
        issued_at=row.issued_at,
        recalled_at=row.recalled_at,
        recall_reason=row.recall_reason,
        corrected=changed,
        receipts=[
            ReceiptView(
                part=one.part,
                name=row.parts[one.part - 1].name,
                sha256=one.sha256,
                downloaded_at=one.downloaded_at,
            )
            for one in receipts.all()
        ],
    )


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
