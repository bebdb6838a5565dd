"""What a panel wants the force to hear, the force's answer, and whether things went on better, worse or the
same. What nobody closed is on the next session's agenda.

An answer that is late is not hidden: 14 and 28 days after it was due it goes to the police and crime
commissioner.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require, require_any
from svro.casework.panels import held
from svro.casework.panels.held import COMMIT, READ, RESPOND, WRITE, Held
from svro.errors import Conflict, Fault, Malformed, Missing
from svro.law.dates import london_day
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append, keep
from svro.records.panels import (
    FeedbackDetails,
    Grade,
    Learning,
    PanelFeedback,
    PanelFeedbackAct,
    PanelSession,
)

Line = Annotated[str, Meta(min_length=1, max_length=300)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Theme = Literal[
    "grounds",
    "explanation",
    "courtesy",
    "clothing",
    "force",
    "repeats",
    "recording",
    "video",
    "ethnicity",
    "other",
]
Outcome = Literal["thanked", "spoken-to", "senior-officer"]

THEMES: dict[Theme, str] = {
    "grounds": "Why this person, and why now",
    "explanation": "What the person was told",
    "courtesy": "How the person was treated",
    "clothing": "Clothing taken off",
    "force": "Force used",
    "repeats": "The same person searched again and again",
    "recording": "What was recorded",
    "video": "Body-worn video",
    "ethnicity": "Ethnicity asked and recorded",
    "other": "Something else",
}
OUTCOMES: dict[Outcome, tuple[Grade, str]] = {
    "thanked": ("green", "The officer was thanked"),
    "spoken-to": ("amber", "A supervisor spoke with the officer"),
    "senior-officer": ("red", "A senior officer took it on"),
}
"""What is done with an officer, and the grade that it answers."""
SEEN_BY = (READ, RESPOND, WRITE, COMMIT)
ANSWER_WITHIN = timedelta(days=28)
ESCALATED = (timedelta(days=14), timedelta(days=28))


class Raise(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the force is to hear: about a case or about many, who must answer, and by which London day (28
    days from now unless given).
    """

    text: Text
    grade: Grade
    theme: Theme
    owner: Line
    case_id: str | None = None
    due: date | None = None


class Reply(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The force's answer. `outcome` is what was done with the officer, if it is about one.

    For a red grade `named` is the senior officer, and `standards` says whether professional standards took
    it, with why or why not in `because`.
    """

    text: Text
    outcome: Outcome | None = None
    named: Line | None = None
    standards: bool | None = None
    because: Text | None = None


class Progress(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How things went on, as a panel sees it; `done` takes the item off the agenda."""

    verdict: Literal["better", "worse", "same"]
    text: Text
    done: bool = False


class ActView(msgspec.Struct, kw_only=True):
    """One reply, or one look at how things went on. What was learnt is told by its kind alone."""

    act: str
    text: str
    outcome: str | None
    standards: bool | None
    verdict: str | None
    recorded_at: datetime


class FeedbackView(msgspec.Struct, kw_only=True):
    """One item, and how it stands when asked about. `escalated` counts the times that it went further."""

    id: str
    session_id: str
    session: str
    case_number: int | None
    text: str
    grade: Grade
    theme: Theme
    theme_label: str
    owner: str
    due: date
    status: Literal["open", "late", "answered", "closed"]
    escalated: int
    raised_at: datetime
    acts: list[ActView]


async def raise_item(
    session: AsyncSession, actor: Actor, session_id: str, command: Raise, now: datetime
) -> FeedbackView:
    """The chair sends something to the force. Malformed for a case not graded, or a day that is past."""
    require(actor, WRITE)
    found = await held.reach(session, actor, (WRITE,), session_id, now)
    found.at_stage("drawn")
    held.as_chair(found, actor)
    today = london_day(now)
    due = command.due or today + ANSWER_WITHIN
    graded = {case.row.id for case in found.cases if case.grade is not None}
    faults = [Fault("due", "must not be past")] if due < today else []
    if command.case_id is not None and command.case_id not in graded:
        faults.append(Fault("case_id", "is not a case that this session has graded"))
    if faults:
        raise Malformed(faults)
    values = msgspec.structs.asdict(command) | {"due": due, "session_id": session_id}
    row = PanelFeedback(force_id=found.row.force_id, id=new_id(), recorded_at=now, **values)
    stamped = {**values, "recorded_at": now, "recorded_by": actor.account_id}
    await put(session, PanelFeedback, force_id=row.force_id, id=row.id, **stamped)
    entry = Entry(
        tag="panel:feedback", force=row.force_id, actor=actor.account_id, subject=row.id, at=now, facts=values
    )
    await append(session, entry)
    return _view(found, row, (), now)


async def _item(
    session: AsyncSession, actor: Actor, permissions: tuple[str, ...], feedback_id: str, now: datetime
) -> tuple[Held, PanelFeedback, list[PanelFeedbackAct]]:
    require_any(actor, permissions)
    row = await session.scalar(
        select(PanelFeedback).where(PanelFeedback.id == feedback_id, PanelFeedback.recorded_at <= now)
    )
    if row is None:
        raise Missing
    found = await held.reach(session, actor, permissions, row.session_id, now)
    return found, row, (await _acts(session, row.force_id, [row.id], now)).get(row.id, [])


async def _acts(
    session: AsyncSession, force: str, ids: Sequence[str], now: datetime
) -> dict[str, list[PanelFeedbackAct]]:
    rows = await session.scalars(
        select(PanelFeedbackAct)
        .where(
            PanelFeedbackAct.force_id == force,
            PanelFeedbackAct.feedback_id.in_(ids),
            PanelFeedbackAct.recorded_at <= now,
        )
        .order_by(PanelFeedbackAct.n)
    )
    found: dict[str, list[PanelFeedbackAct]] = {}
    for row in rows:
        found.setdefault(row.feedback_id, []).append(row)
    return found


async def _add(
    session: AsyncSession,
    actor: Actor,
    row: PanelFeedback,
    act: str,
    details: FeedbackDetails,
    now: datetime,
) -> None:
    here = {"force_id": row.force_id, "feedback_id": row.id}
    last = await session.scalar(select(func.max(PanelFeedbackAct.n)).filter_by(**here))
    await keep(
        session,
        PanelFeedbackAct,
        {**here, "n": (last or 0) + 1},
        {"act": act, "details": details},
        tag=f"panel:{act}",
        subject=row.id,
        by=actor.account_id,
        now=now,
    )


async def reply(
    session: AsyncSession, actor: Actor, feedback_id: str, command: Reply, now: datetime
) -> FeedbackView:
    """The force answers. Once an item is closed there is nothing to answer: Conflict."""
    found, row, acts = await _item(session, actor, (RESPOND,), feedback_id, now)
    _not_closed(acts)
    faults = []
    if command.outcome is not None and OUTCOMES[command.outcome][0] != row.grade:
        right = next(code for code, (grade, _) in OUTCOMES.items() if grade == row.grade)
        faults.append(Fault("outcome", f"must be {right} for a grade of {row.grade}"))
    if row.grade == "red" and row.case_id is not None and command.outcome is None:
        faults.append(Fault("outcome", "must be given: a red case is taken on by a senior officer"))
    if command.outcome == "senior-officer":
        faults += [
            Fault(name, reason)
            for name, reason in (
                ("named", "give the senior officer’s name, which the panel is not shown"),
                ("standards", "say whether professional standards took it"),
                ("because", "say why, or why not"),
            )
            if getattr(command, name) is None
        ]
    if faults:
        raise Malformed(faults)
    learning = None
    if command.outcome is not None:
        learning = Learning(
            outcome=command.outcome,
            named=command.named,
            standards=command.standards,
            because=command.because,
        )
    details = FeedbackDetails(text=command.text, learning=learning)
    await _add(session, actor, row, "reply", details, now)
    return await get(session, actor, feedback_id, now)


async def progress(
    session: AsyncSession, actor: Actor, feedback_id: str, command: Progress, now: datetime
) -> FeedbackView:
    """The chair says whether things went better, worse or the same; `done` closes the item."""
    found, row, acts = await _item(session, actor, (WRITE,), feedback_id, now)
    held.as_chair(found, actor)
    _not_closed(acts)
    details = FeedbackDetails(text=command.text, verdict=command.verdict, done=command.done)
    await _add(session, actor, row, "progress", details, now)
    return await get(session, actor, feedback_id, now)


def _not_closed(acts: Sequence[PanelFeedbackAct]) -> None:
    if any(act.details.done for act in acts):
        raise Conflict("This is closed.")


async def get(session: AsyncSession, actor: Actor, feedback_id: str, now: datetime) -> FeedbackView:
    """One item."""
    found, row, acts = await _item(session, actor, SEEN_BY, feedback_id, now)
    return _view(found, row, acts, now)


async def of_session(
    session: AsyncSession, actor: Actor, session_id: str, now: datetime
) -> list[FeedbackView]:
    """What a session sent to the force, in the order of sending."""
    found = await held.reach(session, actor, SEEN_BY, session_id, now)
    return await told(session, found, now)


async def told(session: AsyncSession, found: Held, now: datetime) -> list[FeedbackView]:
    """The items of a session as they stood at an instant."""
    row = found.row
    items = (
        await session.scalars(
            select(PanelFeedback)
            .filter_by(force_id=row.force_id, session_id=row.id)
            .where(PanelFeedback.recorded_at <= now)
            .order_by(PanelFeedback.recorded_at, PanelFeedback.id)
        )
    ).all()
    acts = await _acts(session, row.force_id, [item.id for item in items], now)
    return [_view(found, item, acts.get(item.id, []), now) for item in items]


async def agenda(session: AsyncSession, found: Held, now: datetime) -> list[FeedbackView]:
    """What the panel's earlier sessions sent and nobody has closed: the first thing on a session's agenda."""
    rows = await session.scalars(
        select(PanelSession)
        .filter_by(force_id=found.row.force_id, panel_id=found.row.panel_id)
        .where(PanelSession.recorded_at < found.row.recorded_at)
        .order_by(PanelSession.recorded_at)
    )
    carried: list[FeedbackView] = []
    for row in rows.all():
        carried += await told(session, await held.load(session, row, now), now)
    return [item for item in carried if item.status != "closed"]


async def carried(session: AsyncSession, actor: Actor, session_id: str, now: datetime) -> list[FeedbackView]:
    """The agenda of a session, to somebody who may see its feedback."""
    return await agenda(session, await held.reach(session, actor, SEEN_BY, session_id, now), now)


def _view(found: Held, row: PanelFeedback, acts: Sequence[PanelFeedbackAct], now: datetime) -> FeedbackView:
    answered = any(act.act == "reply" for act in acts)
    closed = any(act.details.done for act in acts)
    late = timedelta(0) if answered or closed else london_day(now) - row.due
    status: Literal["open", "late", "answered", "closed"] = "late" if late > timedelta(0) else "open"
    numbers = {case.row.id: case.row.number for case in found.cases}
    return FeedbackView(
        id=row.id,
        session_id=row.session_id,
        session=found.row.reference,
        case_number=numbers.get(row.case_id or ""),
        text=row.text,
        grade=row.grade,  # type: ignore[arg-type]
        theme=row.theme,  # type: ignore[arg-type]
        theme_label=THEMES[row.theme],  # type: ignore[index]
        owner=row.owner,
        due=row.due,
        status="closed" if closed else "answered" if answered else status,
        escalated=sum(late >= step for step in ESCALATED),
        raised_at=row.recorded_at,
        acts=[_act(act) for act in acts],
    )


def _act(row: PanelFeedbackAct) -> ActView:
    learning = row.details.learning
    return ActView(
        act=row.act,
        text=row.details.text,
        outcome=OUTCOMES[learning.outcome][1] if learning else None,  # type: ignore[index]
        standards=learning.standards if learning else None,
        verdict=row.details.verdict,
        recorded_at=row.recorded_at,
    )
