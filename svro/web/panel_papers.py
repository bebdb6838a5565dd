"""What a panel's session leaves to be read: its frame's hash, its minutes, the data that it was given."""

from asyncio import to_thread
from typing import Any

from litestar import Response, Router, get
from litestar.params import FromPath

from svro.casework.panels import draws, held, minutes
from svro.documents.render import as_pdf
from svro.doors import AnyRequest, Now, Reading, Who
from svro.web.site import page


@get("/panels/sessions/{session_id:str}/commitment", opt={"permission": draws.PUBLIC})
async def commitment(
    request: AnyRequest, reading: Reading, who: Who, now: Now, session_id: FromPath[str]
) -> Response[Any]:
    """The frame's hash, to anybody."""
    told = await draws.commitment(reading, who, session_id, now)
    return page(request, "panel_commitment.html", "A frame and its hash", told=told)


@get("/panels/sessions/{session_id:str}/minutes", opt={"permission": draws.PUBLIC})
async def read_minutes(
    request: AnyRequest, reading: Reading, who: Who, now: Now, session_id: FromPath[str]
) -> Response[Any]:
    """The minutes of a closed session, to anybody."""
    paper = await minutes.minutes(reading, who, session_id, now)
    pdf = f"/panels/sessions/{session_id}/minutes.pdf"
    return page(request, "panel_paper.html", paper.title, paper=paper, pdf=pdf)


@get("/panels/sessions/{session_id:str}/minutes.pdf", opt={"permission": draws.PUBLIC})
async def minutes_pdf(reading: Reading, who: Who, now: Now, session_id: FromPath[str]) -> Response[bytes]:
    """The minutes as a tagged PDF."""
    paper = await minutes.minutes(reading, who, session_id, now)
    headers = {"Content-Disposition": 'attachment; filename="minutes.pdf"', "Cache-Control": "no-store"}
    return Response(await to_thread(as_pdf, paper), media_type="application/pdf", headers=headers)


@get("/panels/sessions/{session_id:str}/data-pack.pdf", opt={"permission": held.SEERS})
async def data_pdf(reading: Reading, who: Who, now: Now, session_id: FromPath[str]) -> Response[bytes]:
    """The figures that the panel is given, as a tagged PDF."""
    paper = await minutes.data_pack(reading, who, session_id, now)
    headers = {"Content-Disposition": 'attachment; filename="data-pack.pdf"', "Cache-Control": "no-store"}
    return Response(await to_thread(as_pdf, paper), media_type="application/pdf", headers=headers)


router = Router(
    "/", route_handlers=[commitment, read_minutes, minutes_pdf, data_pdf], include_in_schema=False
)
