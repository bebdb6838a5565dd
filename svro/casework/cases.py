"""An application as casework reads it: its rows by an instant, its stage, and the view that a page or a
client gets.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import subjects
from svro.casework.access import Actor, Allow, decide, visible_applications
from svro.errors import Fault, Finding, Malformed, Missing, Refused, Stale
from svro.law import eligibility, stages
from svro.law.dates import london_day
from svro.records.access_log import tell
from svro.records.ledger import Subject, keep
from svro.records.orders import (
    Application,
    ApplicationAct,
    ApplicationFacts,
    Assessment,
    Decision,
    Order,
    OrderTerms,
    StageDetails,
)

Numbered = ApplicationAct | ApplicationFacts | Assessment | Decision
HEARD = ("list_hearing", "adjourn", "issue_warrant", "proceed_in_absence", "grant", "refuse") + (
    "not_pursue",
    "cps_decline",
    "withdraw",
)
"""Acts that are a hearing in the case, tell of the next, or end it without one."""
OVER = ("refuse", "not_pursue", "cps_decline", "withdraw")
"""Acts with which a case is over, without an order."""
CONFLICT = (
    "The records of what the court decided differ: the order's status is unknown until one is corrected."
)


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
    """An application in a list; whose it is is None to somebody who sees only that there is one."""

    id: str
    reference: str
    person_id: str | None
    person: str | None
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


class Case(msgspec.Struct):
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

    def keys(self, kind: type[Numbered]) -> dict[str, Any]:
        """The key of the next row of a table."""
        n = self.held[kind.__tablename__] + 1
        return {"force_id": self.row.force_id, "application_id": self.row.id, "n": n}


def standing(decisions: Sequence[Decision]) -> list[Decision]:
    """The records of the court's decision that no later one corrects."""
    corrected = {row.corrects for row in decisions}
    return [row for row in decisions if row.n not in corrected]


def conflicting(decisions: Sequence[Decision]) -> bool:
    """Whether the standing records of a decision differ in outcome, court or terms."""
    return len({(row.outcome, row.court, row.terms) for row in standing(decisions)}) > 1


async def load(session: AsyncSession, row: Application, now: datetime) -> Case:
    """An application with every row recorded of it by `now`."""
    lists, held = [], {}
    kind: Any
    for kind in (ApplicationAct, ApplicationFacts, Assessment, Decision):
        found = (
            await session.scalars(
                select(kind)
                .where(kind.force_id == row.force_id, kind.application_id == row.id)
                .order_by(kind.n)
            )
        ).all()
        held[kind.__tablename__] = len(found)
        lists.append([one for one in found if one.recorded_at <= now])
    return Case(row, held, *lists)


async def find(
    session: AsyncSession, actor: Actor, permission: str, application_id: str, now: datetime
) -> Application:
    """The application's row if the actor may reach it under `permission`, else Missing."""
    row = await session.scalar(
        select(Application).where(
            Application.id == application_id,
            Application.created_at <= now,
            visible_applications(actor, permission, now),
        )
    )
    if row is None:
        raise Missing(application_id)
    return row


def as_read(case: Case, expected: int) -> None:
    """Stale unless the case is still the version that somebody read."""
    if expected != case.version:
        raise Stale("Somebody changed this application since you read it. Read it again.")


async def reach(
    session: AsyncSession,
    actor: Actor,
    permission: str,
    application_id: str,
    now: datetime,
    expected: int | None = None,
) -> Case:
    """The application if the actor may reach it under `permission`, else Missing; Stale unless `expected` is
    its version.
    """
    case = await load(session, await find(session, actor, permission, application_id, now), now)
    if expected is not None:
        as_read(case, expected)
    return case


async def add_act(
    session: AsyncSession,
    actor: Actor,
    case: Case,
    act: str,
    at: datetime,
    now: datetime,
    provenance: str,
    details: StageDetails,
) -> None:
    """Add one act to an application's life. Stale where somebody else did first."""
    values = {"act": act, "at": at, "provenance": provenance, "details": details}
    await keep(
        session,
        ApplicationAct,
        case.keys(ApplicationAct),
        values,
        tag=f"application:{act}",
        subject=case.row.id,
        by=actor.account_id,
        now=now,
    )
    if act in HEARD:
        day = details.date or london_day(at)
        await subjects.go_quiet(session, case.row.force_id, case.row.person_id, day, now)
    if act in OVER:
        await subjects.end_with_case(session, case.row.force_id, case.row.id, at)
    await subjects.tell_of_lapses(session, case.row.force_id, case.row.person_id, now)


def open_row(case: Case, act: str) -> stages.Row:
    """The row of the stage table for this act now. Malformed for no act at all, Refused where it is not
    open.
    """
    if act not in stages.ACTS:
        raise Malformed([Fault("act", f"must be one of {', '.join(stages.ACTS)}")])
    if refusal := stages.explain(case.stage, act):
        raise Refused([Finding(refusal.code, refusal.sentence, refusal.source)])
    found = stages.row(case.stage, act)
    assert found is not None
    return found


def told(session: AsyncSession, *found: Application) -> None:
    """Tell the access log of applications that somebody is shown."""
    seen = (Subject(kind="application", force=row.force_id, id=row.id, person=row.person_id) for row in found)
    tell(session, *seen)


async def view(session: AsyncSession, actor: Actor, case: Case, now: datetime) -> ApplicationView:
    """An application as loaded, with its story, its order and the acts open to this actor."""
    told(session, case.row)
    force = case.row.force_id
    facts = await subjects.facts_of(session, force, case.row.person_id, now)
    held = await session.scalar(
        select(Order).where(
            Order.force_id == force, Order.application_id == case.row.id, Order.created_at <= now
        )
    )
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
        warnings=[CONFLICT] if conflicting(case.decisions) else [],
    )
