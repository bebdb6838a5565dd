"""What a court decided, as each source has it; and the order that follows the records of the decision."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import national, orders, references, subjects
from svro.casework.access import Actor, require, require_any
from svro.casework.applications import Aware, Text
from svro.casework.cases import (
    ApplicationView,
    Case,
    add_act,
    conflicting,
    load,
    open_row,
    reach,
    view,
)
from svro.casework.people import Line
from svro.errors import Fault, Malformed
from svro.law import stages
from svro.law.dates import london_day
from svro.law.order import Act
from svro.law.stages import AS_NOTIFIED, DECISION
from svro.records.base import new_id, put
from svro.records.ledger import keep
from svro.records.orders import Application, Decision, Order, OrderTerms, StageDetails
from svro.records.people import PersonFacts


class RecordDecision(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a court decided, as this source has it.

    A grant says how the order takes effect (`immediate`, on `release` from custody, or at `sentence_end`) and
    its fixed period, in months or as its last day. A doubtful order is taken only as on the sealed order,
    with the document. `corrects` withdraws an earlier record of the decision (its number) as mistaken.
    """

    outcome: Literal["granted", "refused"]
    court: Line
    at: Aware
    effect: Literal["immediate", "release", "sentence_end"] | None = None
    months: Annotated[int, Meta(ge=1, le=120)] | None = None
    ends_on: date | None = None
    reasons: Text | None = None
    document_reference: Line | None = None
    as_on_sealed_order: bool = False
    corrects: Annotated[int, Meta(ge=1)] | None = None


async def record(
    session: AsyncSession,
    actor: Actor,
    application_id: str,
    command: RecordDecision,
    expected: int,
    now: datetime,
) -> ApplicationView:
    """Record what a court decided: the clerk's is the decision, the legal officer's the decision as notified,
    with its document.

    The first record moves the application and, if granted, makes the order. A later one from another source
    confirms it, or conflicts with it: then the order's status is unknown until one of them is corrected.
    Refused for what a court could not have done, unless it is re-sent as on the sealed order with the
    document.
    """
    permission, _ = require_any(actor, (DECISION, AS_NOTIFIED))
    if command.corrects is not None and permission == DECISION:
        require(actor, "decision:correct")
    case = await reach(session, actor, permission, application_id, now, expected)
    _check(command, permission, case, now)
    provenance = stages.provenance(permission)
    terms = (
        OrderTerms(effect=str(command.effect), months=command.months, ends_on=command.ends_on)
        if command.outcome == "granted"
        else None
    )
    values = {
        "outcome": command.outcome,
        "provenance": provenance,
        "court": command.court,
        "at": command.at,
        "terms": terms,
        "reasons": command.reasons,
        "document_reference": command.document_reference,
        "corrects": command.corrects,
    }
    made = _made(command, provenance, now) if terms else None
    first = not case.decisions
    if first:
        open_row(case, "grant" if terms else "refuse")
    await keep(
        session,
        Decision,
        case.keys(Decision),
        values,
        tag="decision:recorded" if provenance == "decision" else "decision:recorded_as_notified",
        subject=case.row.id,
        by=actor.account_id,
        now=now,
    )
    if first:
        details = StageDetails(
            reason=command.reasons,
            date=london_day(command.at),
            court=command.court,
            document_reference=command.document_reference,
        )
        await add_act(
            session, actor, case, "grant" if terms else "refuse", command.at, now, provenance, details
        )
    facts = await subjects.facts_of(session, case.row.force_id, case.row.person_id, now)
    case = await load(session, case.row, now)
    await _follow(session, actor, case.row, case.decisions, made, facts, now)
    return await view(session, actor, case, now)


def _made(command: RecordDecision, provenance: str, now: datetime) -> Act:
    return Act(
        n=1,
        act="made",
        at=command.at,
        known_at=now,
        court=command.court,
        effect=command.effect,
        months=command.months,
        ends_on=command.ends_on,
        document_reference=command.document_reference,
        as_on_sealed_order=command.as_on_sealed_order,
        provenance=provenance,
    )


def _check(command: RecordDecision, permission: str, case: Case, now: datetime) -> None:
    faults = []
    if command.at > now:
        faults.append(Fault("at", "is in the future"))
    if command.outcome == "granted":
        if command.effect is None:
            faults.append(Fault("effect", "say how the order takes effect", "Sentencing Act 2020 s.342D(1)"))
        if (command.months is None) == (command.ends_on is None):
            faults.append(
                Fault(
                    "months",
                    "give the fixed period, in months or as its last day",
                    "Sentencing Act 2020 s.342D(2)",
                )
            )
    elif not command.reasons:
        faults.append(Fault("reasons", "say why the court refused"))
    if permission == AS_NOTIFIED and not command.document_reference:
        faults.append(Fault("document_reference", stages.DETAILS["document_reference"]))
    if command.as_on_sealed_order and not command.document_reference:
        faults.append(Fault("document_reference", "a doubtful act is taken only with the sealed order"))
    if command.corrects is not None and command.corrects not in {row.n for row in case.decisions}:
        faults.append(Fault("corrects", "is not the number of a recorded decision"))
    if faults:
        raise Malformed(faults)


async def _follow(
    session: AsyncSession,
    actor: Actor,
    application: Application,
    decisions: Sequence[Decision],
    made: Act | None,
    facts: PersonFacts,
    now: datetime,
) -> None:
    """Make the order, or set it right, so that it says what the records of the decision now say together.

    A grant makes it and ends any earlier order; records that differ make its status unknown; a record
    corrected away takes its effect with it.
    """
    order = await session.scalar(
        select(Order).where(Order.force_id == application.force_id, Order.application_id == application.id)
    )
    if made is not None and order is None:
        order = await _make(session, actor, application, made, facts, now)
    elif order is not None:
        await _set_right(session, actor, order, decisions, facts, now)
    if order is None:
        return
    acts = await national.acts_of(session, order.force_id, order.id)
    flagged = [act for act in orders.standing(acts) if act.act == "conflicting"]
    if conflicting(decisions) and not flagged:
        await orders.add_act(
            session,
            order,
            acts,
            Act(n=0, act="conflicting", at=acts[0].at, known_at=now, provenance="system"),
            actor,
        )
    for act in flagged if not conflicting(decisions) else []:
        acts = await national.acts_of(session, order.force_id, order.id)
        await orders.add_act(
            session,
            order,
            acts,
            Act(n=0, act="withdrawn", at=act.at, known_at=now, provenance="system", corrects=act.n),
            actor,
        )


async def _set_right(
    session: AsyncSession,
    actor: Actor,
    order: Order,
    decisions: Sequence[Decision],
    facts: PersonFacts,
    now: datetime,
) -> None:
    """Where the grant that made the order was corrected, put the standing decision in its place, or take the
    making away. An order made after all ends any earlier one after all.
    """
    corrected = {row.corrects for row in decisions}
    live = [row for row in decisions if row.n not in corrected]
    acts = await national.acts_of(session, order.force_id, order.id)
    made = next((act for act in orders.standing(acts) if act.act == "made"), None)
    grants = [row for row in live if row.terms is not None]
    if made is None and grants:
        await orders.add_act(session, order, acts, _from_terms(grants[-1], now, None), actor)
        await national.supersede_earlier(session, order, facts, grants[-1].at, now)
    elif made is not None and not grants:
        await orders.add_act(
            session, order, acts, Act(n=0, act="withdrawn", at=made.at, known_at=now, corrects=made.n), actor
        )
    elif made is not None and not any(_says(made, row) for row in grants):
        await orders.add_act(session, order, acts, _from_terms(grants[-1], now, made.n), actor)


def _says(made: Act, told: Decision) -> bool:
    return (
        told.terms == OrderTerms(effect=str(made.effect), months=made.months, ends_on=made.ends_on)
        and made.court == told.court
    )


def _from_terms(told: Decision, now: datetime, corrects: int | None) -> Act:
    assert told.terms is not None
    return Act(
        n=0,
        act="made",
        at=told.at,
        known_at=now,
        court=told.court,
        effect=told.terms.effect,
        months=told.terms.months,
        ends_on=told.terms.ends_on,
        corrects=corrects,
    )


async def _make(
    session: AsyncSession,
    actor: Actor,
    application: Application,
    made: Act,
    facts: PersonFacts,
    now: datetime,
) -> Order:
    orders.refuse_problems((), made)
    values = {
        "application_id": application.id,
        "person_id": application.person_id,
        "reference": references.new("SVRO"),
        "court": str(made.court),
        "created_at": now,
    }
    order = Order(force_id=application.force_id, id=new_id(), **values)
    await put(session, Order, force_id=order.force_id, id=order.id, **values)
    await orders.add_act(session, order, (), made, actor)
    await national.supersede_earlier(session, order, facts, made.at, now)
    return order
