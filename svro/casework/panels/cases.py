"""What a panel may see of one search: who somebody was only coarsely, what was recorded as it was recorded,
and in words only what a redactor wrote.

A redactor prepares, another releases: both in person. What was taken out is kept as a log of kinds.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require_any
from svro.casework.panels import frames, held, life
from svro.casework.panels.frames import Described, Known
from svro.casework.panels.held import READ, RELEASE, Case, Held
from svro.casework.panels.reviews import Grades, grades_of
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed, ProveAgain
from svro.law.dates import LONDON
from svro.law.search import GoWisely
from svro.records.access_log import tell
from svro.records.ledger import Subject
from svro.records.panels import Preparation, Removal, Review, Said

Text = Annotated[str, Meta(min_length=1, max_length=4000)]

EXCLUSIONS: dict[str, str] = {
    "proceedings": "Proceedings about it are still going on",
    "complaint": "A complaint or an investigation about it is open",
    "in-error": "It was recorded in error: no such search happened",
    "twice": "It is recorded twice",
    "safety": "Showing it would put somebody in danger",
    "conflict": "Every member has a conflict of interest",
}
"""Why a case may be left out; each needs words too, and keeps who said so."""

VIDEO: dict[str, str] = {
    "shown": "Video is shown to the panel",
    "none": "There is no video",
    "missing": "There should be video, and it was not found",
}
REMOVALS: dict[str, str] = {
    "name": "A name",
    "place": "A place",
    "date": "A date or time",
    "number": "A number or reference",
    "other": "Something else",
}
FREE_TEXT = ("grounds", "reason_for_use", "not_told_reason", "found", "place")
"""What an officer wrote: shown to redactors alone."""
HOURS = 6


class Prepare(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What happened in the redactor's words; what they took out; whether there is video."""

    account: Text
    removed: tuple[Removal, ...] = ()
    video: Literal["shown", "none", "missing"]


class GiveBack(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a prepared case goes back to be redacted again."""

    text: Text


class Exclude(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a case is left out: a code of EXCLUSIONS and words."""

    reason: Literal["proceedings", "complaint", "in-error", "twice", "safety", "conflict"]
    text: Text


class CaseView(msgspec.Struct, kw_only=True):
    """One case as its reader may see it.

    `person` and `officer` are names of this session alone. `original` is there for redactors only, `account`
    once it was released, `grades` once the individual ones are in.
    """

    id: str
    session_id: str
    number: int
    route: str
    standing: held.Standing
    standing_label: str
    compulsory: list[str]
    reason: str | None
    person: str | None
    officer: str | None
    about: Described | None
    hours: str | None
    power: str
    power_claimed: str
    identity: str | None
    told: GoWisely
    searched: bool
    clothing: str | None
    force_used: bool | None
    outcome: str | None
    outcome_linked: bool | None
    something_found: bool
    record_copy: str | None
    video_recorded: str | None
    minutes: int | None
    days_since_last: int | None
    searches_in_30: int
    searches_in_90: int
    account: str | None
    removed: list[Removal]
    video: str | None
    prepared_by_you: bool
    original: dict[str, str]
    your_review: Review | None
    your_grade: str | None
    may_review: bool
    grades: Grades


async def get(session: AsyncSession, actor: Actor, session_id: str, case_id: str, now: datetime) -> CaseView:
    """One case. Missing for somebody who may not see it, or not yet."""
    found = await held.reach(session, actor, (READ, RELEASE), session_id, now)
    case = found.case(case_id)
    redacts, sees = held.may_redact(actor), held.may_see_cases(found, actor)
    if not (redacts or (sees and case.shown)):
        raise Missing
    return await view(session, actor, found, case, now)


async def view(session: AsyncSession, actor: Actor, found: Held, case: Case, now: datetime) -> CaseView:
    """The one place where the row of a search becomes what a panel's reader sees of it."""
    frame_act, frame = found.frame_act, found.frame
    assert frame_act is not None
    assert frame is not None
    everything = await life.looked_back(session, found.row, frame_act.recorded_at)
    one = next(known for known in everything if known.id == case.row.search_id)
    tell(session, Subject(kind="search", force=found.row.force_id, id=case.row.search_id, person=None))
    past, said = frames.history(everything), one.said
    last = max((other.said.at for other in frames.earlier(one, past, timedelta(days=366))), default=None)
    mine = next(
        (
            review
            for review in found.reviews
            if review.case_id == case.row.id and review.account_id == actor.account_id
        ),
        None,
    )
    preparation = case.preparation
    redacts = held.may_redact(actor)
    return CaseView(
        id=case.row.id,
        session_id=found.row.id,
        number=case.row.number,
        route=case.row.route,
        standing=case.standing,
        standing_label=held.STANDINGS[case.standing],
        compulsory=[frames.COMPULSORY[code] for code in case.row.compulsory],
        reason=_why(case),
        person=frames.short(frame.salt, "person", one.person),
        officer=frames.short(frame.salt, "officer", one.officer),
        about=frames.shown_as(one, everything, found.row.force_id),
        hours=_hours(one),
        power=one.power,
        power_claimed=said.power,
        identity=said.identity,
        told=said.gowisely,
        searched=said.searched,
        clothing=said.clothing,
        force_used=said.force_used,
        outcome=said.outcome,
        outcome_linked=said.outcome_linked,
        something_found=said.found is not None,
        record_copy=said.copy,
        video_recorded=said.bwv,
        minutes=round((said.ended_at - said.at).total_seconds() / 60) if said.ended_at else None,
        days_since_last=(said.at - last).days if last else None,
        searches_in_30=len(frames.earlier(one, past, timedelta(days=30))),
        searches_in_90=len(frames.earlier(one, past, timedelta(days=90))),
        account=preparation.account if preparation and (redacts or case.released) else None,
        removed=list(preparation.removed) if preparation else [],
        video=preparation.video if preparation else None,
        prepared_by_you=case.prepared is not None and case.prepared.recorded_by == actor.account_id,
        original=_original(one) if redacts and not case.released else {},
        your_review=mine.form if mine else None,
        your_grade=(mine.grade or "aside") if mine else None,
        may_review=mine is None and case.standing == "released" and found.stage == "drawn",
        grades=grades_of(found, case),
    )


def _why(case: Case) -> str | None:
    if case.out is None:
        return None
    return EXCLUSIONS.get(case.out.reason or "", "Somebody could be recognised from it")


def _hours(one: Known) -> str:
    first = one.said.at.astimezone(LONDON).hour // HOURS * HOURS
    return f"{first:02d}:00 to {first + HOURS:02d}:00"


def _original(one: Known) -> dict[str, str]:
    return {name: text for name in FREE_TEXT if (text := getattr(one.said, name))}


async def _redacting(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, now: datetime
) -> tuple[Held, Case]:
    """The case, to somebody who may redact. Missing where it is not reached."""
    require_any(actor, (RELEASE,))
    found = await held.reach(session, actor, (RELEASE,), session_id, now)
    found.at_stage("drawn")
    return found, found.case(case_id)


async def prepare(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, command: Prepare, now: datetime
) -> CaseView:
    """Write what the panel may read of a case that takes part. A second person releases it."""
    found, case = await _redacting(session, actor, session_id, case_id, now)
    if case.standing not in ("waiting", "prepared"):
        raise Conflict(f"This case is not to be redacted now: {case.standing}.")
    faults = [
        Fault(f"removed.{n}.what", f"must be one of {', '.join(REMOVALS)}")
        for n, one in enumerate(command.removed)
        if one.what not in REMOVALS
    ]
    if faults:
        raise Malformed(faults)
    details = Preparation(account=command.account, removed=command.removed, video=command.video)
    await held.record(session, found, actor, "prepare", details, now, case)
    return await get(session, actor, session_id, case_id, now)


async def release(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, now: datetime
) -> CaseView:
    """Release a prepared case to the panel. Whoever prepared it cannot; whoever does proves who they are."""
    found, case = await _redacting(session, actor, session_id, case_id, now)
    _second(case, actor)
    await held.record(session, found, actor, "release", Said(), now, case)
    return await get(session, actor, session_id, case_id, now)


async def give_back(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, command: GiveBack, now: datetime
) -> CaseView:
    """Send a prepared case back, with why: it is redacted again."""
    found, case = await _redacting(session, actor, session_id, case_id, now)
    _second(case, actor)
    await held.record(session, found, actor, "return", Said(text=command.text), now, case)
    return await get(session, actor, session_id, case_id, now)


def _second(case: Case, actor: Actor) -> None:
    if case.standing != "prepared" or case.prepared is None:
        raise Conflict("There is nothing prepared to be released.")
    if case.prepared.recorded_by == actor.account_id:
        raise NotAllowed("You prepared this. Somebody else reads it and releases it.")
    if not actor.fresh:
        raise ProveAgain("This takes two people. Prove again that it is you, then release it.")


async def exclude(
    session: AsyncSession, actor: Actor, session_id: str, case_id: str, command: Exclude, now: datetime
) -> CaseView:
    """Leave a case out, with a reason of the list and words. The next of its stratum stands in."""
    found, case = await _redacting(session, actor, session_id, case_id, now)
    if case.standing in ("excluded", "withheld", "graded", "standing by"):
        raise Conflict(f"This case cannot be left out now: {case.standing}.")
    said = Said(reason=command.reason, text=command.text)
    await held.record(session, found, actor, "exclude", said, now, case)
    return await get(session, actor, session_id, case_id, now)


def counts(found: Held) -> dict[str, Any]:
    """How many cases took part, were graded, withheld, left out (by reason), and had no video."""
    out = [case.out.reason for case in found.cases if case.standing == "excluded" and case.out]
    return {
        "reviewed": sum(case.standing == "graded" for case in found.cases),
        "unreviewed": sum(
            bool(case.row.compulsory) and case.grade is None and case.out is None for case in found.cases
        ),
        "withheld": sum(case.standing == "withheld" for case in found.cases),
        "excluded": {code: out.count(code) for code in EXCLUSIONS if code in out},
        "no_video": sum(
            case.preparation is not None and case.preparation.video != "shown" for case in found.cases
        ),
    }
