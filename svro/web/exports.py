"""Exports of our own searches as pages: asking, approving, taking the file."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro.casework import exports
from svro.casework.exports import AskExport
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.web.forms import Answers, Field, Form, Step, run, show
from svro.web.site import page, see

ASK: Form[AskExport] = Form(
    kind=AskExport,
    title="Export searches",
    send="Ask for the export",
    steps=(
        Step(
            name="months",
            title="Export searches",
            lead="Single searches of your force in data.police.uk’s format, made coarse. Somebody else "
            "approves the export. It is not for publishing on a website: see the help.",
            fields=(
                Field(name="first_month", label="First month", hint="For example, 2024-05", width=10),
                Field(name="last_month", label="Last month", hint="Counted too. It must be over", width=10),
                Field(name="reason", label="What is it for?", kind="text"),
            ),
        ),
    ),
)


@get("/exports", opt={"permission": exports.EXPORT})
async def listing(request: AnyRequest, reading: Reading, who: Who) -> Response[Any]:
    """The exports of the force."""
    return page(request, "exports.html", "Exports of searches", exports=await exports.listing(reading, who))


@get("/exports/ask", opt={"permission": exports.EXPORT, "blank": True})
async def form(request: AnyRequest) -> Response[Any]:
    """What to export, and what for."""
    return show(request, ASK, {}, back="/exports")


@post("/exports/ask", opt={"permission": exports.EXPORT})
async def ask(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Ask for it."""

    async def act(command: AskExport, given: Answers) -> str:
        return f"/exports/{(await exports.ask(writing, who, command, now)).id}"

    return await run(request, writing, ASK, act, back="/exports")


@get("/exports/{export_id:str}", opt={"permission": exports.EXPORT})
async def read(request: AnyRequest, reading: Reading, who: Who, export_id: FromPath[str]) -> Response[Any]:
    """One export."""
    view = await exports.read(reading, who, export_id)
    return page(request, "export.html", f"Searches of {view.first_month} to {view.last_month}", view=view)


@post("/exports/{export_id:str}/approval", opt={"permission": exports.EXPORT})
async def approve(writing: Writing, who: Who, now: Now, export_id: FromPath[str]) -> Response[Any]:
    """Approve it."""
    await exports.approve(writing, who, export_id, now)
    return see(f"/exports/{export_id}")


@post("/exports/{export_id:str}/file", opt={"permission": exports.EXPORT})
async def take(writing: Writing, who: Who, now: Now, export_id: FromPath[str]) -> Response[bytes]:
    """The file. A button, not a link: that it was taken is recorded."""
    made = await exports.take(writing, who, export_id, now)
    headers = {"Content-Disposition": 'attachment; filename="searches.zip"', "Cache-Control": "no-store"}
    return Response(made.file, status_code=200, media_type="application/zip", headers=headers)


router = Router("/", route_handlers=[listing, form, ask, read, approve, take], include_in_schema=False)
