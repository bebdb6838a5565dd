"""Panels on pages: for the chair, members, redactors, whoever answers for the force, oversight, everybody."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

from litestar import Response, Router, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require_any
from svro.casework.panels import cases, draws, feedback, held, life, reviews, views
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.errors import Missing
from svro.law import words
from svro.web import panel_forms as forms
from svro.web.forms import Answers, Form, run, show
from svro.web.site import page

SEES = (held.READ, held.RELEASE)
COLOURS = {"green": "green", "amber": "orange", "red": "red"}
STATUSES = {"open": "blue", "late": "red", "answered": "green", "closed": "grey"}
Do = Callable[[AsyncSession, Actor, str, Any, datetime], Awaitable[object]]
DoCase = Callable[[AsyncSession, Actor, str, str, Any, datetime], Awaitable[object]]


class Act(NamedTuple):
    """One act as a page offers it: under which permission, what is asked, and the function that does it."""

    permission: str
    form: Form[Any]
    do: Do


class CaseAct(NamedTuple):
    """One act on a case; `form` None where what is asked depends on the case."""

    permission: str
    form: Form[Any] | None
    do: DoCase


async def _prepare(s: AsyncSession, who: Actor, session: str, case: str, said: Any, now: datetime) -> object:
    return await cases.prepare(s, who, session, case, forms.prepared(said), now)


async def _release(s: AsyncSession, who: Actor, session: str, case: str, _: Any, now: datetime) -> object:
    return await cases.release(s, who, session, case, now)


async def _review(s: AsyncSession, who: Actor, session: str, case: str, said: Any, now: datetime) -> object:
    return await reviews.submit(s, who, session, case, forms.submitted(said), now)


async def _discuss(s: AsyncSession, who: Actor, session: str, case: str, _: Any, now: datetime) -> object:
    return await reviews.discuss(s, who, session, case, now)


SESSION_ACTS: dict[str, Act] = {
    "frame": Act(held.COMMIT, forms.FRAME, life.commit_frame),
    "signature": Act(held.WRITE, forms.SIGN, life.sign),
    "draw": Act(held.DRAW, forms.DRAW, draws.draw),
    "closure": Act(held.WRITE, forms.CLOSE, life.close),
}
CASE_ACTS: dict[str, CaseAct] = {
    "preparation": CaseAct(held.RELEASE, forms.PREPARE, _prepare),
    "release": CaseAct(held.RELEASE, forms.RELEASE, _release),
    "return": CaseAct(held.RELEASE, forms.RETURN, cases.give_back),
    "exclusion": CaseAct(held.RELEASE, forms.EXCLUDE, cases.exclude),
    "review": CaseAct(held.WRITE, None, _review),
    "aside": CaseAct(held.WRITE, forms.ASIDE, reviews.stand_aside),
    "discussion": CaseAct(held.WRITE, forms.DISCUSS, _discuss),
    "grade": CaseAct(held.WRITE, forms.AGREE, reviews.agree),
}
FEEDBACK_ACTS: dict[str, Act] = {
    "reply": Act(held.RESPOND, forms.REPLY, feedback.reply),
    "progress": Act(held.WRITE, forms.PROGRESS, feedback.progress),
}


def _at(session_id: str) -> str:
    return f"/panels/sessions/{session_id}"


def _of(acts: dict[str, Any], name: str, who: Actor) -> Any:
    """The act of this name, to somebody who may do it."""
    if name not in acts:
        raise Missing
    require_any(who, (acts[name].permission,))
    return acts[name]


@get("/panels", opt={"permission": held.SEERS})
async def listing(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """The panels of your force, their sessions, and what the force owes an answer to."""
    panels = await views.listing(reading, who, now)
    owed = []
    for panel in panels:
        for one in panel.sessions:
            owed += [
                item for item in await _told(reading, who, one.id, now) if item.status in ("open", "late")
            ]
    owed.sort(key=lambda item: (item.status != "late", item.due))
    return page(request, "panels.html", "Scrutiny panels", panels=panels, owed=owed, statuses=STATUSES)


async def _told(
    session: AsyncSession, who: Actor, session_id: str, now: datetime
) -> list[feedback.FeedbackView]:
    """What a session sent to the force; nothing for those who only know that the session is there."""
    if not any(held.may(who, permission) for permission in feedback.SEEN_BY):
        return []
    return await feedback.of_session(session, who, session_id, now)


@get("/panels/new", opt={"permission": held.COMMIT})
async def founding(request: AnyRequest) -> Response[Any]:
    """Ask what the panel is called."""
    return show(request, forms.FOUND, {}, back="/panels")


@post("/panels/new", opt={"permission": held.COMMIT})
async def found(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Found a panel."""

    async def act(command: life.FoundPanel, given: Answers) -> str:
        await life.found_panel(writing, who, command, now)
        return "/panels"

    return await run(request, writing, forms.FOUND, act, back="/panels")


@get("/panels/{panel_id:str}/members", opt={"permission": held.COMMIT})
async def seating(
    request: AnyRequest, reading: Reading, who: Who, now: Now, panel_id: FromPath[str]
) -> Response[Any]:
    """Ask who sits."""
    view = await views.panel(reading, who, panel_id, now)
    form = forms.seat(await life.candidates(reading, who, now))
    return show(request, form, {}, caption=view.name, back="/panels")


@post("/panels/{panel_id:str}/members", opt={"permission": held.COMMIT})
async def seat(
    request: AnyRequest, writing: Writing, who: Who, now: Now, panel_id: FromPath[str]
) -> Response[Any]:
    """Give a seat, or take it away."""
    view = await views.panel(writing, who, panel_id, now)

    async def act(command: life.Seat, given: Answers) -> str:
        await life.seat(writing, who, panel_id, command, now)
        return "/panels"

    form = forms.seat(await life.candidates(writing, who, now))
    return await run(request, writing, form, act, caption=view.name, back="/panels")


@get("/panels/{panel_id:str}/session", opt={"permission": held.COMMIT})
async def opening(
    request: AnyRequest, reading: Reading, who: Who, now: Now, panel_id: FromPath[str]
) -> Response[Any]:
    """Ask which period the session is about."""
    view = await views.panel(reading, who, panel_id, now)
    return show(request, forms.OPEN, {}, caption=view.name, back="/panels")


@post("/panels/{panel_id:str}/session", opt={"permission": held.COMMIT})
async def open_session(
    request: AnyRequest, writing: Writing, who: Who, now: Now, panel_id: FromPath[str]
) -> Response[Any]:
    """Open a session."""
    view = await views.panel(writing, who, panel_id, now)

    async def act(command: life.OpenSession, given: Answers) -> str:
        return _at((await life.open_session(writing, who, panel_id, command, now)).id)

    return await run(request, writing, forms.OPEN, act, caption=view.name, back="/panels")


@get("/panels/sessions/{session_id:str}", opt={"permission": held.SEERS})
async def read(
    request: AnyRequest, reading: Reading, who: Who, now: Now, session_id: FromPath[str]
) -> Response[Any]:
    """One session: what is to be done next, its cases, what it sent to the force, what is still promised."""
    view = await views.get(reading, who, session_id, now)
    tells = any(held.may(who, permission) for permission in feedback.SEEN_BY)
    return page(
        request,
        "panel_session.html",
        view.reference,
        view=view,
        items=await _told(reading, who, session_id, now),
        agenda=await feedback.carried(reading, who, session_id, now) if tells else [],
        standings=held.STANDINGS,
        statuses=STATUSES,
        colours=COLOURS,
        grades=reviews.GRADES,
        chairs=view.your_part == "chair",
    )


@get("/panels/sessions/{session_id:str}/{session_act:str}", opt={"permission": held.SEERS})
async def asking(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    session_act: FromPath[str],
) -> Response[Any]:
    """Ask what an act on a session needs."""
    act, view = _of(SESSION_ACTS, session_act, who), await views.get(reading, who, session_id, now)
    given = {"per_stratum": ["3"], "reserves": ["2"]} if session_act == "frame" else {}
    return show(request, act.form, given, caption=view.reference, back=_at(session_id))


@post("/panels/sessions/{session_id:str}/{session_act:str}", opt={"permission": held.SEERS})
async def on_session(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    session_act: FromPath[str],
) -> Response[Any]:
    """Do an act on a session."""
    act, view = _of(SESSION_ACTS, session_act, who), await views.get(writing, who, session_id, now)

    async def do(command: Any, given: Answers) -> str:
        await act.do(writing, who, session_id, command, now)
        return _at(session_id)

    return await run(request, writing, act.form, do, caption=view.reference, back=_at(session_id))


def _graded(view: views.SessionView) -> dict[str, str]:
    return {case.id: f"Case {case.number}" for case in view.cases if case.standing == "graded"}


@get("/panels/sessions/{session_id:str}/feedback", opt={"permission": held.WRITE})
async def raising(
    request: AnyRequest, reading: Reading, who: Who, now: Now, session_id: FromPath[str]
) -> Response[Any]:
    """Ask what the force is to hear."""
    view = await views.get(reading, who, session_id, now)
    return show(request, forms.raised(_graded(view)), {}, caption=view.reference, back=_at(session_id))


@post("/panels/sessions/{session_id:str}/feedback", opt={"permission": held.WRITE})
async def raise_item(
    request: AnyRequest, writing: Writing, who: Who, now: Now, session_id: FromPath[str]
) -> Response[Any]:
    """Send something to the force."""
    view = await views.get(writing, who, session_id, now)

    async def act(command: feedback.Raise, given: Answers) -> str:
        await feedback.raise_item(writing, who, session_id, command, now)
        return f"{_at(session_id)}#feedback"

    form = forms.raised(_graded(view))
    return await run(request, writing, form, act, caption=view.reference, back=_at(session_id))


@get("/panels/sessions/{session_id:str}/cases/{case_id:str}", opt={"permission": SEES})
async def case(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
) -> Response[Any]:
    """One case, as far as you may see it."""
    view = await cases.get(reading, who, session_id, case_id, now)
    over = await views.get(reading, who, session_id, now)
    return page(
        request,
        "panel_case.html",
        f"Case {view.number}",
        case=view,
        view=over,
        redacts=held.may_redact(who) and over.stage == "drawn",
        reviews_now=over.your_part is not None and over.stage == "drawn",
        chairs=over.your_part == "chair" and over.stage == "drawn",
        grades=reviews.GRADES,
        colours=COLOURS,
        video=cases.VIDEO,
        outcomes=words.OUTCOMES,
    )


def _case_form(act: CaseAct, view: cases.CaseView) -> Form[Any]:
    return act.form or forms.review(view.power_claimed != "svro")


@get("/panels/sessions/{session_id:str}/cases/{case_id:str}/{case_act:str}", opt={"permission": SEES})
async def asking_case(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
    case_act: FromPath[str],
) -> Response[Any]:
    """Ask what an act on a case needs."""
    act = _of(CASE_ACTS, case_act, who)
    view = await cases.get(reading, who, session_id, case_id, now)
    back = f"{_at(session_id)}/cases/{case_id}"
    return show(request, _case_form(act, view), {}, caption=f"Case {view.number}", back=back)


@post("/panels/sessions/{session_id:str}/cases/{case_id:str}/{case_act:str}", opt={"permission": SEES})
async def on_case(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
    case_act: FromPath[str],
) -> Response[Any]:
    """Do an act on a case."""
    act = _of(CASE_ACTS, case_act, who)
    view = await cases.get(writing, who, session_id, case_id, now)
    back = f"{_at(session_id)}/cases/{case_id}"

    async def do(command: Any, given: Answers) -> str:
        await act.do(writing, who, session_id, case_id, command, now)
        return back

    return await run(request, writing, _case_form(act, view), do, caption=f"Case {view.number}", back=back)


@get("/panels/feedback/{feedback_id:str}/{feedback_act:str}", opt={"permission": (held.RESPOND, held.WRITE)})
async def asking_feedback(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    feedback_id: FromPath[str],
    feedback_act: FromPath[str],
) -> Response[Any]:
    """Ask for the force's answer, or how things went on."""
    act, item = _of(FEEDBACK_ACTS, feedback_act, who), await feedback.get(reading, who, feedback_id, now)
    return show(request, act.form, {}, caption=item.text, back=f"{_at(item.session_id)}#feedback")


@post("/panels/feedback/{feedback_id:str}/{feedback_act:str}", opt={"permission": (held.RESPOND, held.WRITE)})
async def on_feedback(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    feedback_id: FromPath[str],
    feedback_act: FromPath[str],
) -> Response[Any]:
    """Record the force's answer, or how things went on."""
    act, item = _of(FEEDBACK_ACTS, feedback_act, who), await feedback.get(writing, who, feedback_id, now)
    back = f"{_at(item.session_id)}#feedback"

    async def do(command: Any, given: Answers) -> str:
        await act.do(writing, who, feedback_id, command, now)
        return back

    return await run(request, writing, act.form, do, caption=item.text, back=back)


router = Router(
    "/",
    route_handlers=[
        listing,
        founding,
        found,
        seating,
        seat,
        opening,
        open_session,
        read,
        asking,
        on_session,
        raising,
        raise_item,
        case,
        asking_case,
        on_case,
        asking_feedback,
        on_feedback,
    ],
    include_in_schema=False,
)
