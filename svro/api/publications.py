"""Publications from our own records: prepared by one person, released by another, readable by everybody."""

from typing import Annotated

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from svro.casework import publications
from svro.casework.publications import Audit, Prepare
from svro.casework.released import PublicationLine, PublicationView
from svro.doors import JSON, AnyRequest, Now, Reading, Version, Who, Writing, answer, once

Wanted = Annotated[
    int | None, QueryParameter(name="version", description="A version; the newest unless given")
]


@get("/publications", opt={"permission": publications.READ}, operation_id="listPublications")
async def listing(
    reading: Reading,
    who: Who,
    force: Annotated[str | None, QueryParameter(description="A force slug; all forces unless given")] = None,
) -> Response[list[PublicationLine]]:
    """What was published, the newest quarter first; and what waits for release, to those who may release."""
    found = await publications.listing(reading, who, force)
    return Response(found, media_type=JSON, headers={"Cache-Control": "no-store"})


@post("/publications", opt={"permission": publications.PUBLISH}, operation_id="preparePublication")
async def prepare(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[Prepare]
) -> Response[PublicationView]:
    """Prepare a quarter of your force, or a correction of one. Somebody else releases it."""

    async def act() -> Response[PublicationView]:
        view = await publications.prepare(writing, who, data, now)
        return answer(view, status=201, at=f"/api/v1{view.address}")

    return await once(request, writing, now, act)


@get(
    "/publications/{force:str}/{quarter:str}",
    opt={"permission": publications.READ},
    operation_id="readPublication",
)
async def read(
    reading: Reading, who: Who, force: FromPath[str], quarter: FromPath[str], wanted: Wanted = None
) -> Response[PublicationView]:
    """One publication: its tables, how they were made, and the trail of its corrections."""
    return answer(await publications.read(reading, who, force, quarter, wanted))


@post(
    "/publications/{force:str}/{quarter:str}/release",
    opt={"permission": publications.PUBLISH},
    operation_id="releasePublication",
)
async def release(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    force: FromPath[str],
    quarter: FromPath[str],
) -> Response[PublicationView]:
    """Release a prepared version to everybody. Not by whoever prepared it; prove first who you are."""

    async def act() -> Response[PublicationView]:
        return answer(await publications.publish(writing, who, force, quarter, version, now), status=201)

    return await once(request, writing, now, act)


@get(
    "/publications/{force:str}/{quarter:str}/audit",
    opt={"permission": publications.AUDIT},
    operation_id="auditPublication",
)
async def audit(
    reading: Reading, who: Who, force: FromPath[str], quarter: FromPath[str], wanted: Wanted = None
) -> Response[Audit]:
    """Who prepared and released a version, and whether making it again gives the same bytes."""
    return answer(await publications.audit(reading, who, force, quarter, wanted))


router = Router("/api/v1", route_handlers=[listing, prepare, read, release, audit], tags=["Publications"])
