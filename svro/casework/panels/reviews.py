"""What a panel made of a case: each member alone first, then together. All of it is kept, and nothing is
changed once it was sent.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require
from svro.casework.panels import held, life, views
from svro.casework.panels.held import WRITE, Case, Held
from svro.errors import Conflict, Fault, Malformed, NotAllowed
from svro.figures import agreement
from svro.records.base import put
from svro.records.ledger import Entry, append
from svro.records.panels import Grade, PanelGrade, PanelReview, Review, Said

Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Nine = Annotated[int, Meta(ge=1, le=9)]

FORM = "SVRO-R1"
SCALE: tuple[Grade, ...] = ("green", "amber", "red")
GRADES: dict[Grade, tuple[str, str]] = {
    "green": ("Green: done well", "●"),
    "amber": ("Amber: advice is needed", "▲"),
    "red": ("Red: a serious concern", "■"),
}
"""Each grade in words, and the shape that stands beside its colour."""

QUESTIONS: dict[str, str] = {
    "order_checked": "Did the officer check that the order was in force, and not discharged?",
    "identity_confirmed": "Was the person’s identity confirmed before the search?",
    "reason_now": "Is it clear why this person was searched now?",
    "repeats_justified": "Given how often they were searched lately, was this search justified?",
    "told_grounds": "Were they told the grounds?",
    "told_object": "Were they told what was searched for?",
    "warrant_card": "Was a warrant card shown, or was the officer in uniform?",
    "told_identity": "Were they told the officer’s name or number?",
    "told_station": "Were they told the officer’s station?",
    "told_entitlement": "Were they told that they can have a copy of the record?",
    "told_power": "Were they told the legal power?",
    "told_detained": "Were they told that they were being detained?",
    "courtesy": "Were they treated with courtesy?",
    "length": "Was the search no longer and no wider than it had to be?",
    "clothing": "Was no more clothing taken off than it had to be?",
    "force": "If force was used, was it reasonable?",
    "record_offered": "Was a record of the search offered?",
    "video_complete": "Does the video run from start to end?",
    "ethnicity_asked": "Were they asked how they describe their ethnicity?",
    "outcome_linked": "Does the outcome fit what was searched for?",
    "grounds": "Are reasonable grounds recorded?",
}
"""The questions of the form; the last is asked only where another power than the order's was used."""


class Submit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A member's review of one case: the form, a grade (or one of nine, which it follows from), words."""

    form: Review
    grade: Grade | None = None
    nine: Nine | None = None
    text: Text | None = None


class StandAside(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a member does not review a case: they may know somebody in it."""

    text: Text


class Agree(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The panel's grade after discussion, and what was said."""

    grade: Grade | None = None
    nine: Nine | None = None
    text: Text


class Grades(msgspec.Struct, kw_only=True):
    """How many reviewed a case; once discussion began, the grades given alone, without names; the panel's."""

    reviews: int
    aside: int
    alone: list[str]
    panel: Grade | None
    panel_nine: int | None
    panel_text: str | None


def grade_of(nine: int) -> Grade:
    """The grade of three that one of nine falls in: 1 to 3 green, 4 to 6 amber, 7 to 9 red."""
    return SCALE[(nine - 1) // 3]


def _graded(grade: Grade | None, nine: int | None) -> Grade:
    if grade is None and nine is None:
        raise Malformed([Fault("grade", "must be given, of three or of nine")])
    if grade is not None and nine is not None and grade_of(nine) != grade:
        raise Malformed([Fault("nine", f"is {grade_of(nine)}, and the grade given is {grade}")])
    return grade or grade_of(nine or 1)


def grades_of(found: Held, case: Case) -> Grades:
    """What may be seen of a case's grades: nobody's before all are asked to talk."""
    reviews = [one for one in found.reviews if one.case_id == case.row.id]
    given = [one.grade for one in reviews if one.grade is not None]
    open_now = case.discussed
    return Grades(
        reviews=len(given),
        aside=len(reviews) - len(given),
        alone=sorted(given, key=SCALE.index) if open_now else [],
        panel=case.grade.grade if case.grade else None,
        panel_nine=case.grade.nine if case.grade else None,
        panel_text=case.grade.text if case.grade else None,
    )


async def _to_review(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, now: datetime
) -> tuple[Held, Case]:
    require(actor, WRITE)
    found = await held.reach(session, actor, (WRITE,), session_id, now)
    found.at_stage("drawn")
    held.seated(found, actor)
    if held.may_redact(actor):
        raise NotAllowed("Whoever redacts cases knows who they are about, and grades none.")
    return found, found.case(case_id)


async def _keep(
    session: AsyncSession,
    found: Held,
    case: Case,
    actor: Actor,
    form: Review | None,
    grade: Grade | None,
    nine: int | None,
    text: str | None,
    now: datetime,
) -> None:
    if case.standing != "released":
        raise Conflict("This case is not being reviewed now.")
    keys = {"force_id": found.row.force_id, "session_id": found.row.id, "case_id": case.row.id}
    values = {"form_version": FORM, "form": form, "grade": grade, "nine": nine, "text": text}
    try:
        await put(session, PanelReview, **keys, account_id=actor.account_id, **values, recorded_at=now)
    except IntegrityError as twice:
        raise Conflict("You have sent your review of this case. It cannot be changed.") from twice
    entry = Entry(
        tag="panel:reviewed",
        force=found.row.force_id,
        actor=actor.account_id,
        subject=case.row.id,
        at=now,
        facts=values,
    )
    await append(session, entry)


async def submit(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, command: Submit, now: datetime
) -> views.SessionView:
    """A member's own review and grade, before anybody else's is shown. Sent once."""
    found, case = await _to_review(session, actor, session_id, case_id, now)
    grade = _graded(command.grade, command.nine)
    if command.form.grounds is not None and not await _another_power(session, found, case):
        raise Malformed([Fault("form.grounds", "is asked only where another power was used")])
    await _keep(session, found, case, actor, command.form, grade, command.nine, command.text, now)
    return await views.get(session, actor, session_id, now)


async def _another_power(session: AsyncSession, found: Held, case: Case) -> bool:
    assert found.frame_act is not None
    everything = await life.looked_back(session, found.row, found.frame_act.recorded_at)
    return any(one.id == case.row.search_id and one.said.power != "svro" for one in everything)


async def stand_aside(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, command: StandAside, now: datetime
) -> views.SessionView:
    """A member does not review a case, and says why."""
    found, case = await _to_review(session, actor, session_id, case_id, now)
    await _keep(session, found, case, actor, None, None, None, command.text, now)
    return await views.get(session, actor, session_id, now)


async def discuss(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, now: datetime
) -> views.SessionView:
    """The chair opens the discussion: the grades given alone are shown, and no more are taken."""
    found, case = await _to_review(session, actor, session_id, case_id, now)
    held.as_chair(found, actor)
    if case.standing != "released":
        raise Conflict("This case is not being reviewed now.")
    if not grades_of(found, case).reviews:
        raise Conflict("Nobody has graded this case alone yet. That comes first.")
    await held.record(session, found, actor, "discuss", Said(), now, case)
    return await views.get(session, actor, session_id, now)


async def agree(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, command: Agree, now: datetime
) -> views.SessionView:
    """The chair records the panel's grade, after discussion. Once."""
    found, case = await _to_review(session, actor, session_id, case_id, now)
    held.as_chair(found, actor)
    if case.standing != "discussed":
        raise Conflict("The panel’s grade comes after the discussion, and once.")
    grade = PanelGrade(grade=_graded(command.grade, command.nine), nine=command.nine, text=command.text)
    await held.record(session, found, actor, "grade", grade, now, case)
    return await views.get(session, actor, session_id, now)


def agreed(found: Held) -> agreement.Agreement:
    """How far the members agreed when they graded alone, over every case; never by member."""
    cases: dict[str, dict[str, str]] = {}
    for one in found.reviews:
        if one.grade is not None:
            cases.setdefault(one.case_id, {})[one.account_id] = one.grade
    return agreement.of_grades([cases[key] for key in sorted(cases)], SCALE)
