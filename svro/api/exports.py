"""Exports of our own searches in data.police.uk's format: asked for by one person, approved by another."""

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from svro.casework import exports
from svro.casework.exports import AskExport, ExportView
from svro.doors import JSON, AnyRequest, Now, Reading, Who, Writing, answer, once


@get("/search-exports", opt={"permission": exports.EXPORT}, operation_id="listSearchExports")
async def listing(reading: Reading, who: Who) -> Response[list[ExportView]]:
    """The exports of your force, the newest first."""
    found = await exports.listing(reading, who)
    return Response(found, media_type=JSON, headers={"Cache-Control": "no-store"})


@post("/search-exports", opt={"permission": exports.EXPORT}, operation_id="askSearchExport")
async def ask(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[AskExport]
) -> Response[ExportView]:
    """Ask for the searches of whole months. Somebody else approves it."""

    async def act() -> Response[ExportView]:
        view = await exports.ask(writing, who, data, now)
        return answer(view, status=201, at=f"/api/v1/search-exports/{view.id}")

    return await once(request, writing, now, act)


@get("/search-exports/{export_id:str}", opt={"permission": exports.EXPORT}, operation_id="readSearchExport")
async def read(reading: Reading, who: Who, export_id: FromPath[str]) -> Response[ExportView]:
    """One export, with what its file holds once it is approved."""
    return answer(await exports.read(reading, who, export_id))


@post(
    "/search-exports/{export_id:str}/approval",
    opt={"permission": exports.EXPORT},
    operation_id="approveSearchExport",
)
async def approve(
    request: AnyRequest, writing: Writing, who: Who, now: Now, export_id: FromPath[str]
) -> Response[ExportView]:
    """Approve somebody else's export; prove first who you are."""

    async def act() -> Response[ExportView]:
        return answer(await exports.approve(writing, who, export_id, now), status=201)

    return await once(request, writing, now, act)


@get(
    "/search-exports/{export_id:str}/file",
    opt={"permission": exports.EXPORT},
    operation_id="takeSearchExport",
    media_type="application/zip",
)
async def take(writing: Writing, who: Who, now: Now, export_id: FromPath[str]) -> Response[bytes]:
    """The file of an approved export: a ZIP with a CSV for each month. That you took it is recorded."""
    made = await exports.take(writing, who, export_id, now)
    headers = {
        "Content-Disposition": 'attachment; filename="searches.zip"',
        "Cache-Control": "no-store",
        "Svro-Rows": str(made.rows),
        "Svro-Withheld": str(made.withheld),
    }
    return Response(made.file, media_type="application/zip", headers=headers)


router = Router("/api/v1", route_handlers=[listing, ask, read, approve, take], tags=["Search exports"])
