"""Applications: considered, assessed, taken through their stages, and answered by a court whose decision is
only ever recorded.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import orders, people, references
from svro.casework.access import Actor, Allow, decide, require, require_any, visible_applications
from svro.casework.people import Id, Line
from svro.errors import Fault, Finding, Malformed, Missing, Refused, Stale
from svro.law import eligibility, regimes, stages
from svro.law.dates import london_day
from svro.law.order import Act
from svro.law.stages import AS_NOTIFIED, DECISION
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append
from svro.records.orders import (
    Application,
    ApplicationAct,
    ApplicationFacts,
    Assessment,
    Decision,
    OrderTerms,
    StageDetails,
)
from svro.records.people import ConvictionVersion, PersonFacts, PersonVersion
from svro.reference import courts

Day = date
Aware = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]


class Consider(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Start considering an application in respect of a person of the force; the facts of the case may come
    now or later.
    """

    person_id: Id
    facts: eligibility.Facts | None = None


class Step(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One act on an application; the table of stages says which details it needs. `at` is when it was done
    (now unless given).
    """

    act: str
    at: Aware | None = None
    reason: Text | None = None
    date: Day | None = None
    court: Line | None = None
    document_reference: Line | None = None
    served_on: tuple[Line, ...] = ()
    adequate_notice: bool | None = None
    adequate_notice_for_absence: bool | None = None
    told_of_absence: bool | None = None
    as_on_sealed_order: bool = False


class RecordDecision(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a court decided, as this source has it.

    A grant says how the order takes effect (`immediate`, on `release` from custody, or at `sentence_end`) and
    its fixed period, in
    months or as its last day. A doubtful order is taken only as on the sealed order, with the document.
    `corrects` withdraws an
    earlier record of the decision (its number) as mistaken.
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


class ActView(msgspec.Struct, kw_only=True):
    """One step as recorded."""

    n: int
    act: str
    title: str
    at: datetime
    provenance: str
    details: StageDetails
    recorded_at: datetime


class DecisionView(msgspec.Struct, kw_only=True):
    """One source's record of the court's decision."""

    n: int
    outcome: str
    provenance: str
    court: str
    at: datetime
    terms: OrderTerms | None
    reasons: str | None
    document_reference: str | None
    corrects: int | None
    recorded_at: datetime


class OpenAct(msgspec.Struct, kw_only=True):
    """An act open now: its name, its button, what it needs, and whether this actor may record it."""

    act: str
    title: str
    needs: tuple[str, ...]
    conditions: tuple[str, ...]
    yours: bool
    source: str


class ApplicationLine(msgspec.Struct, kw_only=True):
    """An application in a list."""

    id: str
    reference: str
    person_id: str
    person: str
    stage: str
    stage_label: str
    created_at: datetime


class ApplicationView(msgspec.Struct, kw_only=True):
    """An application as now held. `version` goes into If-Match: the number of its last act, facts or
    decision.
    """

    id: str
    force: str
    reference: str
    person_id: str
    person: str
    version: int
    stage: str
    stage_label: str
    notice: str
    facts: eligibility.Facts | None
    assessment: eligibility.Assessment | None
    assessed_at: datetime | None
    acts: list[ActView]
    decisions: list[DecisionView]
    open_acts: list[OpenAct]
    order_id: str | None
    order_reference: str | None
    warnings: list[str]


class _Case(msgspec.Struct):
    """An application and what is recorded of it by an instant, as casework reads it; `held` counts the rows
    of each table.
    """

    row: Application
    held: dict[str, int]
    acts: list[ApplicationAct]
    facts: list[ApplicationFacts]
    assessments: list[Assessment]
    decisions: list[Decision]

    @property
    def stage(self) -> str:
        stage = stages.START
        for act in self.acts:
            stage = stages.after(stage, act.act) or stage
        return stage

    @property
    def version(self) -> int:
        return sum(self.held[kind.__tablename__] for kind in (ApplicationAct, ApplicationFacts, Decision))

    def next(self, kind: type[ApplicationAct | ApplicationFacts | Assessment | Decision]) -> int:
        """The number of the next row of a table."""
        return self.held[kind.__tablename__] + 1


async def consider(session: AsyncSession, actor: Actor, command: Consider, now: datetime) -> ApplicationView:
    """Open an application for a person of the force; whoever opens it is allocated to the case."""
    person, _ = await people.reach(session, actor, "application:create", command.person_id, now)
    application_id, reference = new_id(), references.new("APP")
    await put(
        session,
        Application,
        force_id=person.force_id,
        id=application_id,
        person_id=person.id,
        reference=reference,
        created_at=now,
        created_by=actor.account_id,
    )
    await people.allocate(
        session, person.force_id, person.id, str(actor.account_id), "considers an application", now
    )
    case = await _load(session, person.force_id, application_id, now)
    await _add_act(session, actor, case, "consider", now, now, "police", StageDetails())
    if command.facts is not None:
        await _add_facts(session, actor, case, command.facts, now)
    return await _view(session, actor, person.force_id, application_id, now)


async def _reach(
    session: AsyncSession,
    actor: Actor,
    permission: str,
    application_id: str,
    now: datetime,
    expected: int | None = None,
) -> _Case:
    row = await session.scalar(
        select(Application).where(
            Application.id == application_id,
            Application.created_at <= now,
            visible_applications(actor, permission, now),
        )
    )
    if row is None:
        raise Missing
    case = await _load(session, row.force_id, row.id, now)
    if expected is not None and expected != case.version:
        raise Stale("Somebody changed this application since you read it. Read it again.")
    return case


async def _load(session: AsyncSession, force: str, application_id: str, now: datetime) -> _Case:
    row = await session.scalar(
        select(Application).where(Application.force_id == force, Application.id == application_id)
    )
    if row is None:
        raise Missing
    lists, held = [], {}
    kind: Any
    for kind in (ApplicationAct, ApplicationFacts, Assessment, Decision):
        found = (
            await session.scalars(
                select(kind)
                .where(kind.force_id == force, kind.application_id == application_id)
                .order_by(kind.n)
            )
        ).all()
        held[kind.__tablename__] = len(found)
        lists.append([one for one in found if one.recorded_at <= now])
    return _Case(row, held, *lists)


async def _add_act(
    session: AsyncSession,
    actor: Actor,
    case: _Case,
    act: str,
    at: datetime,
    now: datetime,
    provenance: str,
    details: StageDetails,
) -> None:
    n = case.next(ApplicationAct)
    values = {"act": act, "at": at, "provenance": provenance, "details": details}
    try:
        await put(
            session,
            ApplicationAct,
            force_id=case.row.force_id,
            application_id=case.row.id,
            n=n,
            recorded_at=now,
            recorded_by=actor.account_id,
            **values,
        )
    except IntegrityError as race:
        raise Stale("Somebody changed this application since you read it. Read it again.") from race
    entry = Entry(
        tag=f"application:{act}",
        force=case.row.force_id,
        actor=actor.account_id,
        subject=case.row.id,
        at=now,
        facts=values,
    )
    await append(session, entry)


async def _add_facts(
    session: AsyncSession, actor: Actor, case: _Case, facts: eligibility.Facts, now: datetime
) -> None:
    if wrong := eligibility.nonsense(facts):
        raise Malformed([Fault(f"facts.{field}", reason) for field, reason in wrong])
    n = case.next(ApplicationFacts)
    try:
        await put(
            session,
            ApplicationFacts,
            force_id=case.row.force_id,
            application_id=case.row.id,
            n=n,
            facts=facts,
            court=facts.court,
            recorded_at=now,
            recorded_by=actor.account_id,
        )
    except IntegrityError as race:
        raise Stale("Somebody changed this application since you read it. Read it again.") from race
    await append(
        session,
        Entry(
            tag="application:facts_recorded",
            force=case.row.force_id,
            actor=actor.account_id,
            subject=case.row.id,
            at=now,
            facts=facts,
        ),
    )


async def set_facts(
    session: AsyncSession,
    actor: Actor,
    application_id: str,
    facts: eligibility.Facts,
    expected: int,
    now: datetime,
) -> ApplicationView:
    """Record the facts of the case: the offence, the conviction, the weapon, the evidence. A further version
    replaces them all.
    """
    case = await _reach(session, actor, "application:update_draft", application_id, now, expected)
    await _add_facts(session, actor, case, facts, now)
    return await _view(session, actor, case.row.force_id, case.row.id, now)


async def assess(
    session: AsyncSession, actor: Actor, application_id: str, expected: int, now: datetime
) -> ApplicationView:
    """Assess s.342A on the facts now held and keep the answer. Refused where no facts have been recorded, or
    the stage is past.
    """
    case = await _reach(session, actor, stages.EVALUATE, application_id, now, expected)
    if not case.facts:
        raise Refused(
            [
                Finding(
                    "no-facts",
                    "Record the facts of the case before assessing it.",
                    "Sentencing Act 2020 s.342A(2)",
                )
            ]
        )
    _open(case, "assess")
    result = eligibility.assess(await _complete(session, case, case.facts[-1].facts, now))
    n = case.next(Assessment)
    await put(
        session,
        Assessment,
        force_id=case.row.force_id,
        application_id=case.row.id,
        n=n,
        result=result,
        rules_version=result.rules_version,
        recorded_at=now,
        recorded_by=actor.account_id,
    )
    await append(
        session,
        Entry(
            tag="application:assessed",
            force=case.row.force_id,
            actor=actor.account_id,
            subject=case.row.id,
            at=now,
            facts=result,
        ),
    )
    await _add_act(session, actor, case, "assess", now, now, "police", StageDetails())
    return await _view(session, actor, case.row.force_id, case.row.id, now)


async def _person_facts(session: AsyncSession, force: str, person_id: str, now: datetime) -> PersonFacts:
    facts: PersonFacts | None = await session.scalar(
        select(PersonVersion.facts)
        .where(
            PersonVersion.force_id == force,
            PersonVersion.person_id == person_id,
            PersonVersion.recorded_at <= now,
        )
        .order_by(PersonVersion.n.desc())
        .limit(1)
    )
    if facts is None:
        raise Missing
    return facts


async def _complete(
    session: AsyncSession, case: _Case, facts: eligibility.Facts, now: datetime
) -> eligibility.Facts:
    """The facts of the case, with what the person's record and the table of courts say where the case itself
    does not.
    """
    person = await _person_facts(session, case.row.force_id, case.row.person_id, now)
    priors = await people.facts_held(session, ConvictionVersion, case.row.force_id, case.row.person_id, now)
    court = courts.COURTS.get(facts.court or "")
    return msgspec.structs.replace(
        facts,
        on_day=london_day(now),
        date_of_birth=facts.date_of_birth or person.date_of_birth,
        court_area=facts.court_area or (court.force if court else None),
        prior_convictions=facts.prior_convictions or tuple(row.facts for row in priors),
    )


def _open(case: _Case, act: str) -> stages.Row:
    if act not in stages.ACTS:
        raise Malformed([Fault("act", f"must be one of {', '.join(stages.ACTS)}")])
    if refusal := stages.explain(case.stage, act):
        raise Refused([Finding(refusal.code, refusal.sentence, refusal.source)])
    found = stages.row(case.stage, act)
    assert found is not None
    return found


async def act(
    session: AsyncSession, actor: Actor, application_id: str, command: Step, expected: int, now: datetime
) -> ApplicationView:
    """Record one act on an application. Seeking what the law does not allow is Refused and nothing is
    written.

    Malformed for missing details, Stale where `expected` is not the newest version. Assessing and deciding
    have their own verbs.
    """
    case = await _reach(session, actor, "application:read", application_id, now)
    found = _open(case, command.act)
    if command.act in ("assess", "grant", "refuse"):
        raise Malformed([Fault("act", "has a door of its own: assessments, or decisions")])
    permission, _ = require_any(actor, stages.permissions(found))
    case = await _reach(session, actor, permission, application_id, now, expected)
    at = command.at or now
    if at > now:
        raise Malformed([Fault("at", "is in the future")])
    details = msgspec.convert(msgspec.to_builtins(command), StageDetails)
    _complete_enough(found, details, permission, command.as_on_sealed_order)
    if found.seeks and (refusal := regimes.seekable("order", london_day(now))):
        raise Refused([Finding(refusal.code, refusal.sentence, refusal.source)])
    await _add_act(session, actor, case, command.act, at, now, stages.provenance(permission), details)
    return await _view(session, actor, case.row.force_id, case.row.id, now)


def _complete_enough(
    found: stages.Row, details: StageDetails, permission: str, as_on_sealed_order: bool
) -> None:
    lacks = stages.lacks(found, msgspec.structs.asdict(details), permission)
    if needed := [Fault(lack.field, lack.sentence, lack.source) for lack in lacks if lack.kind == "needed"]:
        raise Malformed(needed)
    doubts = [Finding(lack.field, lack.sentence, lack.source) for lack in lacks if lack.kind == "condition"]
    if doubts and not (as_on_sealed_order and details.document_reference):
        raise Refused(doubts)


async def record_decision(
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
    confirms it, or
    conflicts with it: then the order's status is unknown until one of them is corrected. Refused for what a
    court could not have
    done, unless it is re-sent as on the sealed order with the document.
    """
    permission, _ = require_any(actor, (DECISION, AS_NOTIFIED))
    if command.corrects is not None and permission == DECISION:
        require(actor, "decision:correct")
    case = await _reach(session, actor, permission, application_id, now, expected)
    _check_decision(command, permission, case, now)
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
        _open(case, "grant" if terms else "refuse")
    n = case.next(Decision)
    try:
        await put(
            session,
            Decision,
            force_id=case.row.force_id,
            application_id=case.row.id,
            n=n,
            recorded_at=now,
            recorded_by=actor.account_id,
            **values,
        )
    except IntegrityError as race:
        raise Stale("Somebody recorded a decision at the same moment. Read it again.") from race
    tag = "decision:recorded" if provenance == "decision" else "decision:recorded_as_notified"
    await append(
        session,
        Entry(
            tag=tag,
            force=case.row.force_id,
            actor=actor.account_id,
            subject=case.row.id,
            at=now,
            facts=values,
        ),
    )
    if first:
        details = StageDetails(
            reason=command.reasons,
            date=london_day(command.at),
            court=command.court,
            document_reference=command.document_reference,
        )
        await _add_act(
            session, actor, case, "grant" if terms else "refuse", command.at, now, provenance, details
        )
    facts = await _person_facts(session, case.row.force_id, case.row.person_id, now)
    case = await _load(session, case.row.force_id, case.row.id, now)
    await orders.follow_decisions(
        session, actor, case.row, [_as_told(row) for row in case.decisions], made, facts, now
    )
    return await _view(session, actor, case.row.force_id, case.row.id, now)


def _as_told(row: Decision) -> orders.Told:
    return orders.Told(
        n=row.n, outcome=row.outcome, court=row.court, at=row.at, terms=row.terms, corrects=row.corrects
    )


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


def _check_decision(command: RecordDecision, permission: str, case: _Case, now: datetime) -> None:
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


async def get(session: AsyncSession, actor: Actor, application_id: str, now: datetime) -> ApplicationView:
    """One application as now held, with its story and the acts open to this actor."""
    case = await _reach(session, actor, "application:read", application_id, now)
    return await _view(session, actor, case.row.force_id, case.row.id, now)


async def _view(
    session: AsyncSession, actor: Actor, force: str, application_id: str, now: datetime
) -> ApplicationView:
    case = await _load(session, force, application_id, now)
    facts = await _person_facts(session, force, case.row.person_id, now)
    order = await orders.of_application(session, force, application_id)
    held = order if order is not None and order.created_at <= now else None
    titles = {row.act: row.title for row in stages.TABLE}
    stage = stages.STAGES[case.stage]
    newest = case.assessments[-1] if case.assessments else None
    return ApplicationView(
        id=case.row.id,
        force=force,
        reference=case.row.reference,
        person_id=case.row.person_id,
        person=facts.name.whole,
        version=case.version,
        stage=case.stage,
        stage_label=stage.label,
        notice=stages.notice(a.act for a in case.acts),
        facts=case.facts[-1].facts if case.facts else None,
        assessment=newest.result if newest else None,
        assessed_at=newest.recorded_at if newest else None,
        acts=[
            ActView(
                n=a.n,
                act=a.act,
                title=titles[a.act],
                at=a.at,
                provenance=a.provenance,
                details=a.details,
                recorded_at=a.recorded_at,
            )
            for a in case.acts
        ],
        decisions=[
            DecisionView(**{f.name: getattr(d, f.name) for f in msgspec.structs.fields(DecisionView)})
            for d in case.decisions
        ],
        open_acts=[
            OpenAct(
                act=row.act,
                title=row.title,
                needs=row.needs,
                conditions=row.conditions,
                source=row.source,
                yours=any(isinstance(decide(actor, p), Allow) for p in stages.permissions(row)),
            )
            for row in stages.open_acts(case.stage)
        ],
        order_id=held.id if held else None,
        order_reference=held.reference if held else None,
        warnings=[orders.CONFLICT] if orders.conflicting([_as_told(row) for row in case.decisions]) else [],
    )


async def listing(
    session: AsyncSession, actor: Actor, now: datetime, person_id: str | None = None
) -> list[ApplicationLine]:
    """Applications the actor may list, newest first, at most 500; of one person if given."""
    allowed = visible_applications(actor, "application:list", now)
    top = people.newest_version(Application.force_id, Application.person_id, now)
    query = (
        select(Application, PersonVersion.facts)
        .join(
            PersonVersion,
            and_(
                PersonVersion.force_id == Application.force_id,
                PersonVersion.person_id == Application.person_id,
                PersonVersion.n == top,
            ),
        )
        .where(allowed, Application.created_at <= now)
        .order_by(Application.created_at.desc(), Application.id)
        .limit(500)
    )
    if person_id is not None:
        query = query.where(Application.person_id == person_id)
    rows = (await session.execute(query)).all()
    done = await _stages(session, [row[0] for row in rows], now)
    return [
        ApplicationLine(
            id=row.id,
            reference=row.reference,
            person_id=row.person_id,
            person=facts.name.whole,
            stage=done[row.id],
            stage_label=stages.STAGES[done[row.id]].label,
            created_at=row.created_at,
        )
        for row, facts in rows
    ]


async def _stages(session: AsyncSession, rows: list[Application], now: datetime) -> dict[str, str]:
    found = {row.id: stages.START for row in rows}
    acts = await session.execute(
        select(ApplicationAct.application_id, ApplicationAct.act)
        .where(ApplicationAct.application_id.in_(list(found)), ApplicationAct.recorded_at <= now)
        .order_by(ApplicationAct.application_id, ApplicationAct.n)
    )
    for application_id, name in acts:
        found[application_id] = stages.after(found[application_id], name) or found[application_id]
    return found
