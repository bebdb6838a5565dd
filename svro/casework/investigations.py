"""Suspected offences under s.342G: opened, charged, decided, each limb by itself. A suspicion is never a
breach.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import national, orders, references
from svro.casework.access import Actor, Allow, decide, visible_orders
from svro.errors import Fault, Finding, Malformed, Missing, Refused, Stale
from svro.law import breaches as law
from svro.law import findings as found
from svro.law.acts import Act
from svro.law.stages import AS_NOTIFIED
from svro.records.base import new_id, put
from svro.records.duties import ActDetails, Investigation, InvestigationAct
from svro.records.ledger import Entry, append, keep
from svro.records.orders import Order

Aware = Annotated[datetime, Meta(tz=True)]
Line = Annotated[str, Meta(min_length=1, max_length=300)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]

RECORD, READ = "investigation:record", "investigation:read"
RECORDERS = (RECORD, AS_NOTIFIED)


class OpenInvestigation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Conduct that may be an offence under s.342G, when it was, and the limb suspected first."""

    conduct_at: Aware
    conduct: Text
    limb: law.Code


class RecordStep(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What happened next. A court's verdict is recorded as notified, with its document.

    No further action needs its reason in `text`. A conditional discharge is not open to the court, so it is
    taken only `as_on_court_record`. `corrects` is the act that was `withdrawn`.
    """

    act: Literal[
        "suspected", "charged", "discontinued", "convicted", "acquitted", "no_further_action", "withdrawn"
    ]
    at: Aware
    limb: law.Code | None = None
    disposal: law.Disposal | None = None
    text: Text | None = None
    document_reference: Line | None = None
    as_on_court_record: bool = False
    corrects: Annotated[int, Meta(ge=1)] | None = None


class StepView(msgspec.Struct, kw_only=True):
    """One act as recorded."""

    n: int
    act: str
    title: str
    at: datetime
    limb: str | None
    provenance: str
    details: ActDetails
    corrects: int | None
    recorded_at: datetime


class LimbView(msgspec.Struct, kw_only=True):
    """One limb, how it stands, and what the Act asks of it."""

    code: str
    conduct: str
    standing: str
    mental: str
    excuse: bool
    offence_code: str
    source: str


class InvestigationView(msgspec.Struct, kw_only=True):
    """An investigation. `version`, the number of its last act, goes into If-Match."""

    id: str
    reference: str
    order_id: str
    version: int
    conduct_at: datetime
    conduct: str
    limbs: list[LimbView]
    findings: tuple[found.Finding, ...]
    steps: list[StepView]


def as_step(row: InvestigationAct) -> law.Step:
    """One row as the law's own Struct."""
    said = row.details
    return law.Step(
        n=row.n,
        act=row.act,
        at=row.at,
        known_at=row.recorded_at,
        corrects=row.corrects,
        limb=row.limb,  # type: ignore[arg-type]
        disposal=said.disposal,
        as_on_court_record=said.as_on_court_record,
        document_reference=said.document_reference,
    )


async def open_one(
    session: AsyncSession, actor: Actor, order_id: str, command: OpenInvestigation, now: datetime
) -> InvestigationView:
    """Open an investigation. It is recorded even where no order was in effect: that is among its findings."""
    order = await orders.reach(session, actor, RECORD, order_id, now)
    if command.conduct_at > now:
        raise Malformed([Fault("conduct_at", "is in the future")])
    values = {
        "order_id": order.id,
        "reference": references.new("INV"),
        "conduct_at": command.conduct_at,
        "conduct": command.conduct,
    }
    row = Investigation(force_id=order.force_id, id=new_id(), created_at=now, **values)
    await put(session, Investigation, force_id=row.force_id, id=row.id, created_at=now, **values)
    by = actor.account_id
    entry = Entry(
        tag="investigation:begun", force=row.force_id, actor=by, subject=row.id, at=now, facts=values
    )
    await append(session, entry)
    await _keep(session, actor, row, 1, {"act": "opened", "at": now, "limb": command.limb}, now)
    return await _view(session, row, order, now)


async def _keep(
    session: AsyncSession, actor: Actor, row: Investigation, n: int, said: dict[str, Any], now: datetime
) -> None:
    values = {"limb": None, "corrects": None, "details": ActDetails(), "provenance": "police", **said}
    await keep(
        session,
        InvestigationAct,
        {"force_id": row.force_id, "investigation_id": row.id, "n": n},
        values,
        tag=f"investigation:{said['act']}",
        subject=row.id,
        by=actor.account_id,
        now=now,
    )


def permission(act: str) -> str:
    """Who may record an act: a verdict is a court's, and recorded as notified; the rest is the police's."""
    return AS_NOTIFIED if act in law.COURT_ACTS else RECORD


async def record_step(
    session: AsyncSession,
    actor: Actor,
    investigation_id: str,
    command: RecordStep,
    expected: int,
    now: datetime,
) -> InvestigationView:
    """Record what happened next. Refused for nonsense; Stale unless `expected` is the newest act's number."""
    row, order = await _reach(session, actor, permission(command.act), investigation_id, now)
    rows = await _acts(session, [row], now)
    if expected != len(rows):
        raise Stale("Somebody changed this investigation since you read it. Read it again.")
    _check(command, now)
    step = law.Step(
        n=expected + 1,
        act=command.act,
        at=command.at,
        known_at=now,
        limb=command.limb,
        disposal=command.disposal,
        corrects=command.corrects,
    )
    problems = law.problems([as_step(one) for one in rows], step, row.conduct_at)
    taken = command.as_on_court_record and command.document_reference
    if problems and not (taken and all(p.kind == "doubtful" for p in problems)):
        raise Refused([Finding(f"{p.kind}-act", p.sentence, p.source) for p in problems])
    details = ActDetails(
        text=command.text,
        disposal=command.disposal,
        as_on_court_record=command.as_on_court_record,
        document_reference=command.document_reference,
    )
    said = {name: getattr(command, name) for name in ("act", "at", "limb", "corrects")}
    provenance = "decision as notified" if command.act in law.COURT_ACTS else "police"
    await _keep(
        session, actor, row, expected + 1, {**said, "details": details, "provenance": provenance}, now
    )
    return await _view(session, row, order, now)


def _check(command: RecordStep, now: datetime) -> None:
    faults = [Fault("at", "is in the future")] if command.at > now else []
    if command.act in law.COURT_ACTS and not command.document_reference:
        faults.append(Fault("document_reference", "give the reference of the document that shows it"))
    if command.act == "no_further_action" and not command.text:
        faults.append(Fault("text", "say why no further action is taken"))
    if command.disposal and command.act != "convicted":
        faults.append(Fault("disposal", "only a conviction has one"))
    if command.act == "withdrawn" and command.corrects is None:
        faults.append(Fault("corrects", "say which act was recorded in error"))
    if faults:
        raise Malformed(faults)


async def _reach(
    session: AsyncSession, actor: Actor, permission: str, investigation_id: str, now: datetime
) -> tuple[Investigation, Order]:
    found = (
        await session.execute(
            select(Investigation, Order)
            .join(Order, and_(Order.force_id == Investigation.force_id, Order.id == Investigation.order_id))
            .where(
                Investigation.id == investigation_id,
                Investigation.created_at <= now,
                visible_orders(actor, permission, now),
            )
        )
    ).first()
    if found is None:
        raise Missing(investigation_id)
    return found[0], found[1]


async def _acts(
    session: AsyncSession, rows: Sequence[Investigation], now: datetime
) -> list[InvestigationAct]:
    """Every act of these investigations of one force recorded by `now`, in order."""
    if not rows:
        return []
    held = select(InvestigationAct).where(
        InvestigationAct.force_id == rows[0].force_id,
        InvestigationAct.investigation_id.in_([row.id for row in rows]),
        InvestigationAct.recorded_at <= now,
    )
    return list(await session.scalars(held.order_by(InvestigationAct.investigation_id, InvestigationAct.n)))


async def of_order(
    session: AsyncSession, actor: Actor, order: Order, now: datetime
) -> list[InvestigationView]:
    """The investigations under an order, oldest first; none to somebody who may not know of them."""
    if not isinstance(decide(actor, READ), Allow):
        return []
    try:
        await orders.reach(session, actor, READ, order.id, now)
    except Missing:
        return []
    held = (Investigation.force_id == order.force_id, Investigation.order_id == order.id)
    query = select(Investigation).where(*held, Investigation.created_at <= now)
    rows = (await session.scalars(query.order_by(Investigation.created_at, Investigation.id))).all()
    acts = await _acts(session, rows, now)
    life = await national.acts_of(session, order.force_id, order.id)
    return [_seen(row, [act for act in acts if act.investigation_id == row.id], life, now) for row in rows]


async def get(session: AsyncSession, actor: Actor, investigation_id: str, now: datetime) -> InvestigationView:
    """One investigation, to somebody who may know of it."""
    return await _view(session, *await _reach(session, actor, READ, investigation_id, now), now)


async def _view(session: AsyncSession, row: Investigation, order: Order, now: datetime) -> InvestigationView:
    orders.told(session, order)
    life = await national.acts_of(session, order.force_id, order.id)
    return _seen(row, await _acts(session, [row], now), life, now)


def _seen(
    row: Investigation, acts: Sequence[InvestigationAct], life: Sequence[Act], now: datetime
) -> InvestigationView:
    steps = [as_step(act) for act in acts]
    return InvestigationView(
        id=row.id,
        reference=row.reference,
        order_id=row.order_id,
        version=len(acts),
        conduct_at=row.conduct_at,
        conduct=row.conduct,
        limbs=[
            LimbView(
                code=code,
                conduct=law.LIMBS[code].conduct,
                standing=how,
                mental=law.LIMBS[code].mental,
                excuse=law.LIMBS[code].excuse,
                offence_code=law.LIMBS[code].offence_code,
                source=law.LIMBS[code].source,
            )
            for code, how in law.limbs_of(steps, now).items()
        ],
        findings=law.findings(steps, row.conduct_at, life, now),
        steps=[
            StepView(
                n=act.n,
                act=act.act,
                title=law.ACTS[act.act],
                at=act.at,
                limb=act.limb,
                provenance=act.provenance,
                details=act.details,
                corrects=act.corrects,
                recorded_at=act.recorded_at,
            )
            for act in acts
        ],
    )
