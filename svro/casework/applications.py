"""Applications: considered, their facts recorded and assessed, and taken through their stages."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import dated, fields, references, subjects
from svro.casework.access import Actor, require, require_any, visible_applications
from svro.casework.cases import (
    ApplicationLine,
    ApplicationView,
    Case,
    add_act,
    as_read,
    find,
    load,
    open_row,
    reach,
    told,
    view,
)
from svro.casework.people import Id, Line
from svro.errors import Fault, Finding, Malformed, NotAllowed, Refused
from svro.law import eligibility, regimes, stages
from svro.law.dates import london_day
from svro.records.base import new_id, put
from svro.records.ledger import keep
from svro.records.orders import (
    Application,
    ApplicationAct,
    ApplicationFacts,
    Assessment,
    StageDetails,
)
from svro.records.people import ConvictionVersion, PersonVersion
from svro.reference import courts

Day = date
Aware = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]

NO_FACTS = Finding(
    "no-facts", "Record the facts of the case before assessing it.", "Sentencing Act 2020 s.342A(2)"
)


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


async def consider(session: AsyncSession, actor: Actor, command: Consider, now: datetime) -> ApplicationView:
    """Open an application for a person of the force; whoever opens it is allocated to the case."""
    person, _ = await subjects.reach(session, actor, "application:create", command.person_id, now)
    values = {
        "force_id": person.force_id,
        "id": new_id(),
        "person_id": person.id,
        "reference": references.new("APP"),
        "created_at": now,
        "created_by": actor.account_id,
    }
    await put(session, Application, **values)
    await subjects.allocate(
        session, person.force_id, person.id, str(actor.account_id), "considers an application", now
    )
    row = Application(**values)
    case = await load(session, row, now)
    await add_act(session, actor, case, "consider", now, now, "police", StageDetails())
    if command.facts is not None:
        await _add_facts(session, actor, case, command.facts, now)
    return await view(session, actor, await load(session, row, now), now)


async def _add_facts(
    session: AsyncSession, actor: Actor, case: Case, facts: eligibility.Facts, now: datetime
) -> None:
    if wrong := eligibility.nonsense(facts):
        raise Malformed([Fault(f"facts.{field}", reason) for field, reason in wrong])
    await keep(
        session,
        ApplicationFacts,
        case.keys(ApplicationFacts),
        {"facts": facts, "court": facts.court},
        tag="application:facts_recorded",
        subject=case.row.id,
        by=actor.account_id,
        now=now,
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
    case = await reach(session, actor, "application:update_draft", application_id, now, expected)
    await _add_facts(session, actor, case, facts, now)
    return await view(session, actor, await load(session, case.row, now), now)


async def assess(
    session: AsyncSession, actor: Actor, application_id: str, expected: int, now: datetime
) -> ApplicationView:
    """Assess s.342A on the facts now held and keep the answer. Refused where no facts have been recorded, or
    the stage is past.
    """
    case = await reach(session, actor, stages.EVALUATE, application_id, now, expected)
    if not case.facts:
        raise Refused([NO_FACTS])
    open_row(case, "assess")
    result = eligibility.assess(await _complete(session, case, case.facts[-1].facts, now))
    await keep(
        session,
        Assessment,
        case.keys(Assessment),
        {"result": result, "rules_version": result.rules_version},
        tag="application:assessed",
        subject=case.row.id,
        by=actor.account_id,
        now=now,
    )
    await add_act(session, actor, case, "assess", now, now, "police", StageDetails())
    return await view(session, actor, await load(session, case.row, now), now)


async def _complete(
    session: AsyncSession, case: Case, facts: eligibility.Facts, now: datetime
) -> eligibility.Facts:
    """The facts of the case, with what the person's record and the table of courts say where the case itself
    does not.
    """
    person = await subjects.facts_of(session, case.row.force_id, case.row.person_id, now)
    priors = await dated.held(session, ConvictionVersion, case.row.force_id, case.row.person_id, now)
    court = courts.COURTS.get(facts.court or "")
    return msgspec.structs.replace(
        facts,
        on_day=london_day(now),
        date_of_birth=facts.date_of_birth or person.date_of_birth,
        court_area=facts.court_area or (court.force if court else None),
        prior_convictions=facts.prior_convictions or tuple(row.facts for row in priors),
    )


async def act(
    session: AsyncSession, actor: Actor, application_id: str, command: Step, expected: int, now: datetime
) -> ApplicationView:
    """Record one act on an application. Seeking what the law does not allow is Refused and nothing is
    written.

    Malformed for missing details, Stale where `expected` is not the newest version. Assessing and deciding
    have their own verbs.
    """
    case = await reach(session, actor, "application:read", application_id, now)
    found = open_row(case, command.act)
    if command.act in ("assess", "grant", "refuse"):
        raise Malformed([Fault("act", "has a door of its own: assessments, or decisions")])
    permission, _ = require_any(actor, stages.permissions(found))
    await find(session, actor, permission, application_id, now)
    as_read(case, expected)
    if permission == stages.APPROVE and actor.account_id in _prepared_by(case):
        raise NotAllowed("Whoever prepared the case does not approve it. Another supervisor does.")
    at = command.at or now
    if at > now:
        raise Malformed([Fault("at", "is in the future")])
    details = msgspec.convert(msgspec.to_builtins(command), StageDetails)
    _complete_enough(found, details, permission, command.as_on_sealed_order)
    if found.seeks and (refusal := regimes.seekable("order", london_day(now))):
        raise Refused([Finding(refusal.code, refusal.sentence, refusal.source)])
    await add_act(session, actor, case, command.act, at, now, stages.provenance(permission), details)
    return await view(session, actor, await load(session, case.row, now), now)


def _prepared_by(case: Case) -> set[str]:
    """Who began the application or recorded its facts."""
    return {case.row.created_by, *(row.recorded_by for row in case.facts)}


def _complete_enough(
    found: stages.Row, details: StageDetails, permission: str, as_on_sealed_order: bool
) -> None:
    lacks = stages.lacks(found, msgspec.structs.asdict(details), permission)
    if needed := [Fault(lack.field, lack.sentence, lack.source) for lack in lacks if lack.kind == "needed"]:
        raise Malformed(needed)
    doubts = [Finding(lack.field, lack.sentence, lack.source) for lack in lacks if lack.kind == "condition"]
    if doubts and not (as_on_sealed_order and details.document_reference):
        raise Refused(doubts)


async def get(session: AsyncSession, actor: Actor, application_id: str, now: datetime) -> ApplicationView:
    """One application as now held, with its story and the acts open to this actor."""
    case = await reach(session, actor, "application:read", application_id, now)
    return await view(session, actor, case, now)


async def listing(
    session: AsyncSession, actor: Actor, now: datetime, person_id: str | None = None
) -> list[ApplicationLine]:
    """Applications the actor may list, newest first, at most 500; of one person if given."""
    allowed = visible_applications(actor, "application:list", now)
    query = (
        subjects.with_facts(
            select(Application, PersonVersion.facts), Application.force_id, Application.person_id, now
        )
        .where(allowed, Application.created_at <= now)
        .order_by(Application.created_at.desc(), Application.id)
        .limit(500)
    )
    if person_id is not None:
        query = query.where(Application.person_id == person_id)
    rows = (await session.execute(query)).all()
    told(session, *(application for application, _ in rows))
    done = await _stages(session, [row[0] for row in rows], now)
    lines = (
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
    )
    scopes = require(actor, "application:list").scopes
    return [fields.shown(line, scopes) for line in lines]


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
