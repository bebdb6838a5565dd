"""How a request for disclosure stands: what is recorded of it by an instant, by when it is owed and what is
outstanding, as its solicitor and the force's officers read it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import fields, subjects
from svro.casework.access import Actor, require, visible_requests
from svro.casework.disclosure.corrections import corrected
from svro.casework.disclosure.sections import SCOPES
from svro.errors import Missing
from svro.law import disclosure as law
from svro.law.dates import london_day
from svro.records.access_log import tell
from svro.records.disclosure import DisclosureBundle, DisclosureRequest, DownloadReceipt, Part, RequestAct
from svro.records.ledger import Subject
from svro.records.orders import Order
from svro.records.people import Account

READ = "disclosure:read"
MOST = 500
"""Requests in a list."""
Standing = Literal["received", "answered in part", "answered", "closed", "withdrawn"]
STANDINGS: dict[Standing, str] = {
    "received": "Received",
    "answered in part": "Answered in part",
    "answered": "Answered",
    "closed": "Closed",
    "withdrawn": "Withdrawn",
}


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
    """A request in a list: by when it is owed and why then, what is outstanding of it, and whether something
    that was handed over on it has been corrected since. Whoever may know no more than that it is there is not
    told whom it is about.
    """

    id: str
    reference: str
    person_id: str | None
    person: str | None
    purpose: str
    purpose_label: str
    received_at: datetime
    due: date
    due_sentence: str
    due_source: str | None
    standing: Standing
    late: bool
    outstanding: list[str]
    corrected: bool | None


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
    """Requests the actor may read, or may know to be there, those owed first, at most 500."""
    scopes = require(actor, READ).scopes
    rows = await session.scalars(
        select(DisclosureRequest)
        .where(visible_requests(actor, READ, now, listed=True), DisclosureRequest.received_at <= now)
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
    lines = [
        RequestLine(**await _line(session, one, bool(await _corrected(session, one, now)), now))
        for one in known
    ]
    found = sorted(lines, key=lambda line: (not line.outstanding, line.due))
    return [fields.shown(line, scopes) for line in found]


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


async def _corrected(session: AsyncSession, known: Known, now: datetime) -> set[str]:
    """The ids of the bundles that stand and have been corrected since."""
    return {one.id for one in known.live if await corrected(session, known.row, one, now)}


async def _line(session: AsyncSession, known: Known, changed: bool, now: datetime) -> dict[str, Any]:
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
        "corrected": changed,
    }


async def get(session: AsyncSession, actor: Actor, request_id: str, now: datetime) -> RequestView:
    """One request, with its thread and its bundles."""
    row = await reach(session, actor, READ, request_id, now)
    told(session, row)
    known = await load(session, row, now)
    changed = await _corrected(session, known, now)
    order = None
    if row.order_id is not None:
        order = await session.scalar(
            select(Order.reference).where(Order.force_id == row.force_id, Order.id == row.order_id)
        )
    return RequestView(
        **await _line(session, known, bool(changed), now),
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
        bundles=[await bundle_view(session, one, one.id in changed) for one in known.bundles],
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


async def bundle_view(session: AsyncSession, row: DisclosureBundle, changed: bool) -> BundleView:
    """A bundle with its receipts; `changed` says that something in it has been corrected since."""
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
