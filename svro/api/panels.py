"""Scrutiny panels: seats, sessions, frames, draws, and what anybody may read of them."""

from asyncio import to_thread
from typing import Literal

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from svro.api.panel_acts import ACTS, SEES, made
from svro.casework.panels import cases, draws, feedback, held, life, minutes, views
from svro.documents.paper import Paper
from svro.documents.render import as_html, as_pdf
from svro.doors import AnyRequest, Now, Reading, Who, Writing, answer
from svro.figures.sampling import Pack

Written = Literal["json", "html", "pdf"]


async def written(paper: Paper, kind: Written, name: str) -> Response[Paper | bytes]:
    """A paper as data, as a page that stands alone, or as a PDF."""
    headers = {"Cache-Control": "no-store"}
    if kind == "json":
        return Response(paper, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    made = await to_thread(as_html if kind == "html" else as_pdf, paper)
    media = "text/html; charset=utf-8" if kind == "html" else "application/pdf"
    return Response(made, media_type=media, headers=headers)


@get("/panels", opt={"permission": held.SEERS}, operation_id="listPanels")
async def list_panels(reading: Reading, who: Who, now: Now) -> list[views.PanelView]:
    """The panels of your force."""
    return await views.listing(reading, who, now)


@get("/panels/{panel_id:str}", opt={"permission": held.SEERS}, operation_id="readPanel")
async def read_panel(
    reading: Reading, who: Who, now: Now, panel_id: FromPath[str]
) -> Response[views.PanelView]:
    """One panel, who sits on it, and its sessions."""
    return answer(await views.panel(reading, who, panel_id, now))


@get("/panels/sessions/{session_id:str}", opt={"permission": held.SEERS}, operation_id="readSession")
async def read_session(
    reading: Reading, who: Who, now: Now, session_id: FromPath[str]
) -> Response[views.SessionView]:
    """One session, with as much of its cases as you may know."""
    return answer(await views.get(reading, who, session_id, now))


@get(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}", opt={"permission": SEES}, operation_id="readCase"
)
async def read_case(
    reading: Reading, who: Who, now: Now, session_id: FromPath[str], case_id: FromPath[str]
) -> Response[cases.CaseView]:
    """One case without names, once released; to redactors before that."""
    return answer(await cases.get(reading, who, session_id, case_id, now))


@get(
    "/panels/sessions/{session_id:str}/commitment",
    opt={"permission": draws.PUBLIC},
    operation_id="readCommitment",
)
async def read_commitment(
    reading: Reading, who: Who, now: Now, session_id: FromPath[str]
) -> Response[draws.Commitment]:
    """The hash of a session’s frame, to anybody, at an address that stays."""
    return answer(await draws.commitment(reading, who, session_id, now))


@get("/panels/sessions/{session_id:str}/draw", opt={"permission": draws.PUBLIC}, operation_id="readDraw")
async def read_draw(reading: Reading, who: Who, now: Now, session_id: FromPath[str]) -> Response[Pack]:
    """All that anybody needs to draw the sample again."""
    return answer(await draws.pack(reading, who, session_id, now))


@get(
    "/panels/sessions/{session_id:str}/feedback",
    opt={"permission": feedback.SEEN_BY},
    operation_id="listFeedback",
)
async def list_feedback(
    reading: Reading, who: Who, now: Now, session_id: FromPath[str]
) -> list[feedback.FeedbackView]:
    """What a session sent to the force, and how each item stands."""
    return await feedback.of_session(reading, who, session_id, now)


@get(
    "/panels/sessions/{session_id:str}/agenda",
    opt={"permission": feedback.SEEN_BY},
    operation_id="readAgenda",
)
async def read_agenda(
    reading: Reading, who: Who, now: Now, session_id: FromPath[str]
) -> list[feedback.FeedbackView]:
    """What earlier sessions sent and nobody has closed."""
    return await feedback.carried(reading, who, session_id, now)


@get(
    "/panels/sessions/{session_id:str}/minutes", opt={"permission": draws.PUBLIC}, operation_id="readMinutes"
)
async def read_minutes(
    reading: Reading,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    format: FromQuery[Written] = "json",  # the name of the query parameter
) -> Response[Paper | bytes]:
    """The minutes of a closed session, to anybody."""
    return await written(await minutes.minutes(reading, who, session_id, now), format, "minutes")


@get(
    "/panels/sessions/{session_id:str}/data-pack", opt={"permission": held.SEERS}, operation_id="readDataPack"
)
async def read_data_pack(
    reading: Reading,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    format: FromQuery[Written] = "json",  # the name of the query parameter
) -> Response[Paper | bytes]:
    """The figures that a panel is given for its session, always in the same order."""
    return await written(await minutes.data_pack(reading, who, session_id, now), format, "data-pack")


@get("/panels/sessions/{session_id:str}/record", opt={"permission": held.READ}, operation_id="readRecord")
async def read_record(reading: Reading, who: Who, now: Now, session_id: FromPath[str]) -> Response[bytes]:
    """The record of a closed session for inspectors and lawyers: the same bytes each time."""
    made = await minutes.record(reading, who, session_id, now)
    return Response(made, media_type="application/json", headers={"Cache-Control": "no-store"})


@post("/panels", opt={"permission": held.COMMIT}, operation_id="foundPanel")
async def found_panel(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[life.FoundPanel]
) -> Response[views.PanelView]:
    """Found a panel of your force’s area."""
    return await made(request, writing, now, lambda: life.found_panel(writing, who, data, now))


@post("/panels/{panel_id:str}/members", opt={"permission": held.COMMIT}, operation_id="seatMember")
async def seat_member(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    panel_id: FromPath[str],
    data: JSONBody[life.Seat],
) -> Response[views.PanelView]:
    """Give somebody a seat on a panel, or take it away."""
    return await made(request, writing, now, lambda: life.seat(writing, who, panel_id, data, now))


@post("/panels/{panel_id:str}/sessions", opt={"permission": held.COMMIT}, operation_id="openSession")
async def open_session(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    panel_id: FromPath[str],
    data: JSONBody[life.OpenSession],
) -> Response[views.SessionView]:
    """Open a session about a period that is over."""
    return await made(request, writing, now, lambda: life.open_session(writing, who, panel_id, data, now))


@post("/panels/sessions/{session_id:str}/frame", opt={"permission": held.COMMIT}, operation_id="commitFrame")
async def commit_frame(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    data: JSONBody[life.CommitFrame],
) -> Response[views.SessionView]:
    """Fix what is drawn from, and publish its hash. It comes before any seed, and once."""
    return await made(request, writing, now, lambda: life.commit_frame(writing, who, session_id, data, now))


@post(
    "/panels/sessions/{session_id:str}/signatures", opt={"permission": held.WRITE}, operation_id="signSession"
)
async def sign_session(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    data: JSONBody[life.Sign],
) -> Response[views.SessionView]:
    """Sign for a session: confidentiality and conflicts of interest."""
    return await made(request, writing, now, lambda: life.sign(writing, who, session_id, data, now))


@post("/panels/sessions/{session_id:str}/draw", opt={"permission": held.DRAW}, operation_id="drawSample")
async def draw_sample(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    data: JSONBody[draws.DrawSample],
) -> Response[views.SessionView]:
    """Draw the sample from the committed frame by the chair’s digits."""
    return await made(request, writing, now, lambda: draws.draw(writing, who, session_id, data, now))


@post(
    "/panels/sessions/{session_id:str}/closure", opt={"permission": held.WRITE}, operation_id="closeSession"
)
async def close_session(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    data: JSONBody[life.Close],
) -> Response[views.SessionView]:
    """Close a session: its cases are shown no more, and its minutes are made."""
    return await made(request, writing, now, lambda: life.close(writing, who, session_id, data, now))


router = Router(
    "/api/v1",
    route_handlers=[
        list_panels,
        read_panel,
        read_session,
        read_case,
        read_commitment,
        read_draw,
        list_feedback,
        read_agenda,
        read_minutes,
        read_data_pack,
        read_record,
        found_panel,
        seat_member,
        open_session,
        commit_frame,
        sign_session,
        draw_sample,
        close_session,
        *ACTS,
    ],
    tags=["Panels"],
)
