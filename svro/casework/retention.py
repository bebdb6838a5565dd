"""Whether a person is still to be held: a review when nothing has been recorded for long, a proposal with its
reason, and a decision by somebody else.

How long is long is this system's own choice, not a rule of law: a review decides, never a date. Source of the
practice: College of Policing, APP on information management, review, retention and disposal.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import erasure, national, subjects
from svro.casework.access import Actor, decide, require, visible_people
from svro.casework.access import Allow as Allowed
from svro.errors import Conflict, Missing, NotAllowed, ProveAgain, Stale
from svro.law import order as order_law
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.ledger import Entry, Subject, append
from svro.records.orders import Application, ApplicationAct, Order, OrderAct
from svro.records.people import Person, PersonVersion
from svro.records.retention import DECISIONS, REASONS, Erasure, RetentionDecision, RetentionProposal
from svro.records.searches import SearchVersion

PROPOSE, APPROVE = "retention:propose", "erasure:approve"
REVIEW_AFTER = timedelta(days=6 * 365)
"""Without anything new for so long, a person's record is due for review."""
SHOWN = 200
OVER = frozenset(
    {"discharged", "expired", "lapsed", "never-took-effect", "quashed", "superseded", "not-made"}
)
"""Why an order is not in effect and never will be again; any other answer keeps its person from erasure."""

Text = Annotated[str, Meta(min_length=1, max_length=2000)]


class Propose(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """That a person be held no longer, and why."""

    reason: Literal["review-due", "recorded-in-error", "request", "court-direction"]
    explanation: Text


class Decide(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What another person decides of a proposal, and why."""

    decision: Literal["erase", "keep"]
    explanation: Text


class DueLine(msgspec.Struct, kw_only=True):
    """A person whose record is due for review: `last` is when anything was last recorded of them."""

    person_id: str
    person: str
    last: datetime


class ProposalView(msgspec.Struct, kw_only=True):
    """A proposal, what was decided of it, and when it was carried out. `yours` says whether the asker may
    decide it.
    """

    id: str
    person_id: str
    person: str
    reason: str
    reason_label: str
    explanation: str
    proposed_at: datetime
    decision: str | None
    decision_label: str | None
    decision_explanation: str | None
    decided_at: datetime | None
    erased_at: datetime | None
    yours: bool


class Queue(msgspec.Struct, kw_only=True):
    """What waits: proposals for a decision, people for a review; and proposals decided, newest first."""

    proposals: list[ProposalView]
    decided: list[ProposalView]
    due: list[DueLine]


def _last_recorded() -> ColumnElement[datetime]:
    """When anything was last recorded of a person: themselves, their cases, orders and searches."""
    person = (PersonVersion.force_id == Person.force_id, PersonVersion.person_id == Person.id)
    parts = [
        select(func.max(PersonVersion.recorded_at)).where(*person),
        select(func.max(ApplicationAct.recorded_at))
        .join(
            Application,
            (Application.force_id == ApplicationAct.force_id)
            & (Application.id == ApplicationAct.application_id),
        )
        .where(Application.force_id == Person.force_id, Application.person_id == Person.id),
        select(func.max(OrderAct.known_at))
        .join(Order, (Order.force_id == OrderAct.force_id) & (Order.id == OrderAct.order_id))
        .where(Order.force_id == Person.force_id, Order.person_id == Person.id),
        select(func.max(SearchVersion.recorded_at)).where(
            SearchVersion.force_id == Person.force_id, SearchVersion.person_id == Person.id
        ),
    ]
    made, *others = (part.correlate(Person).scalar_subquery() for part in parts)
    latest: ColumnElement[datetime] = made
    for other in others:
        latest = func.coalesce(_later(latest, other), latest)
    return latest


def _later(one: ColumnElement[datetime], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return case((other > one, other), else_=one)


async def queue(session: AsyncSession, actor: Actor, now: datetime) -> Queue:
    """What waits for the actor's force, at most SHOWN of each."""
    reach = (
        visible_people(actor, PROPOSE, now) if _may(actor, PROPOSE) else visible_people(actor, APPROVE, now)
    )
    rows = await session.execute(
        select(RetentionProposal)
        .join(
            Person,
            (Person.force_id == RetentionProposal.force_id) & (Person.id == RetentionProposal.person_id),
        )
        .where(reach, RetentionProposal.recorded_at <= now)
        .order_by(RetentionProposal.recorded_at.desc())
        .limit(SHOWN)
    )
    views = [await _view(session, actor, row, now) for (row,) in rows.all()]
    held = select(RetentionProposal.id).where(
        RetentionProposal.force_id == Person.force_id, RetentionProposal.person_id == Person.id
    )
    last = _last_recorded()
    due = await session.execute(
        select(Person.force_id, Person.id, last.label("last"))
        .where(reach, last < now - REVIEW_AFTER, ~held.exists())
        .order_by(last)
        .limit(SHOWN)
    )
    lines = []
    for row in due.all():
        if await _standing_order(session, row.force_id, row.id, now) is None:
            facts = await subjects.facts_of(session, row.force_id, row.id, now)
            lines.append(DueLine(person_id=row.id, person=facts.name.whole, last=row.last))
    return Queue(
        proposals=[one for one in views if one.decision is None],
        decided=[one for one in views if one.decision is not None],
        due=lines,
    )


def _may(actor: Actor, permission: str) -> bool:
    return isinstance(decide(actor, permission), Allowed)


async def _standing_order(session: AsyncSession, force: str, person_id: str, now: datetime) -> str | None:
    """The reference of an order of the person that is in effect, or may be."""
    orders = await session.scalars(select(Order).where(Order.force_id == force, Order.person_id == person_id))
    for order in orders.all():
        state = order_law.at(await national.acts_of(session, force, order.id), now, now)
        if state.reason not in OVER:
            return order.reference
    return None


async def propose(
    session: AsyncSession, actor: Actor, person_id: str, command: Propose, now: datetime
) -> ProposalView:
    """Propose that a person be held no longer. Conflict while an order of theirs is in effect or may be, or
    a proposal waits already.
    """
    person, _ = await subjects.reach(session, actor, PROPOSE, person_id, now)
    if (reference := await _standing_order(session, person.force_id, person_id, now)) is not None:
        raise Conflict(f"The order {reference} is in effect, or may be: its person cannot be erased.")
    earlier = select(RetentionProposal.id).where(
        RetentionProposal.force_id == person.force_id, RetentionProposal.person_id == person_id
    )
    decided = select(RetentionDecision.proposal_id).where(RetentionDecision.force_id == person.force_id)
    if await session.scalar(earlier.where(RetentionProposal.id.not_in(decided)).limit(1)) is not None:
        raise Conflict("A proposal to erase this person waits for a decision already.")
    values = {"person_id": person_id, "reason": command.reason, "explanation": command.explanation}
    proposal = RetentionProposal(
        force_id=person.force_id, id=new_id(), **values, recorded_at=now, recorded_by=actor.account_id
    )
    stamped = {"recorded_at": now, "recorded_by": actor.account_id}
    await put(session, RetentionProposal, force_id=person.force_id, id=proposal.id, **values, **stamped)
    await _tell(session, actor, proposal, "retention:proposed", values, now)
    return await _view(session, actor, proposal, now)


async def _tell(
    session: AsyncSession, actor: Actor, proposal: RetentionProposal, tag: str, facts: object, now: datetime
) -> None:
    by = actor.account_id
    entry = Entry(tag=tag, force=proposal.force_id, actor=by, subject=proposal.id, at=now, facts=facts)
    await append(session, entry)


async def _reach(
    session: AsyncSession, actor: Actor, permission: str, proposal_id: str, now: datetime
) -> RetentionProposal:
    found = await session.scalar(
        select(RetentionProposal)
        .join(
            Person,
            (Person.force_id == RetentionProposal.force_id) & (Person.id == RetentionProposal.person_id),
        )
        .where(
            RetentionProposal.id == proposal_id,
            RetentionProposal.recorded_at <= now,
            visible_people(actor, permission, now),
        )
    )
    if found is None:
        raise Missing
    return found


async def get(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> ProposalView:
    """One proposal, for whoever may propose or decide."""
    permission = PROPOSE if _may(actor, PROPOSE) else APPROVE
    return await _view(session, actor, await _reach(session, actor, permission, proposal_id, now), now)


async def settle(
    session: AsyncSession, actor: Actor, proposal_id: str, command: Decide, now: datetime
) -> ProposalView:
    """Decide a proposal; if it is to erase, it is done with the decision. NotAllowed to whoever proposed it;
    ProveAgain unless the actor has just proved who they are; Stale where it is decided already.
    """
    require(actor, APPROVE)
    proposal = await _reach(session, actor, APPROVE, proposal_id, now)
    if proposal.recorded_by == actor.account_id:
        raise NotAllowed("You proposed this: somebody else decides it.")
    if not actor.fresh:
        raise ProveAgain("An erasure cannot be undone: prove again that it is you.")
    force, person_id = proposal.force_id, proposal.person_id
    if command.decision == "erase" and (reference := await _standing_order(session, force, person_id, now)):
        raise Conflict(f"The order {reference} is in effect, or may be: its person cannot be erased.")
    values = {"decision": command.decision, "explanation": command.explanation}
    stamped = {"recorded_at": now, "recorded_by": actor.account_id}
    try:
        await put(session, RetentionDecision, force_id=force, proposal_id=proposal.id, **values, **stamped)
    except IntegrityError as race:
        raise Stale("This has been decided already. Read it again.") from race
    await _tell(session, actor, proposal, f"retention:{_PAST[command.decision]}", values, now)
    if command.decision == "erase":
        by = actor.account_id
        await erasure.erase(session, force, person_id, proposal.id, proposal.reason, by, now)
        session.expire_all()
    return await _view(session, actor, await _reach(session, actor, APPROVE, proposal_id, now), now)


_PAST = {"erase": "erasure_approved", "keep": "kept"}


async def _view(
    session: AsyncSession, actor: Actor, proposal: RetentionProposal, now: datetime
) -> ProposalView:
    here = {"force_id": proposal.force_id, "proposal_id": proposal.id}
    decided = await session.scalar(select(RetentionDecision).filter_by(**here))
    done = await session.scalar(
        select(Erasure.done_at).where(Erasure.force_id == proposal.force_id, Erasure.id == proposal.id)
    )
    facts = await subjects.facts_of(session, proposal.force_id, proposal.person_id, now)
    tell(session, Subject(kind="person", force=proposal.force_id, id=proposal.person_id))
    return ProposalView(
        id=proposal.id,
        person_id=proposal.person_id,
        person=facts.name.whole,
        reason=proposal.reason,
        reason_label=REASONS[proposal.reason],
        explanation=proposal.explanation,
        proposed_at=proposal.recorded_at,
        decision=decided.decision if decided else None,
        decision_label=DECISIONS[decided.decision] if decided else None,
        decision_explanation=decided.explanation if decided else None,
        decided_at=decided.recorded_at if decided else None,
        erased_at=done,
        yours=decided is None and proposal.recorded_by != actor.account_id and _may(actor, APPROVE),
    )
