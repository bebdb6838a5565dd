"""Reports: one door for every report by name, in every format, each made from the report's one Struct."""

from asyncio import to_thread
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.datastructures import Accept
from litestar.params import FromPath, FromQuery, QueryParameter

from svro.casework.formats import MEDIA, METADATA, Format, made, metadata
from svro.casework.published_rates import Scope
from svro.casework.reports import REPORTS, Query, Report
from svro.doors import AnyRequest, Now, Reading, Who
from svro.errors import Fault, Malformed, Missing
from svro.figures.measured import EthnicityBasis
from svro.reference.census import Census


@get("/reports/{name:str}", opt={"permission": "report:read_aggregate"}, operation_id="readReport")
async def read(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    name: FromPath[str],
    force: Annotated[
        list[str] | None, QueryParameter(description="Force slugs; all forces unless given")
    ] = None,
    from_: Annotated[
        date | None, QueryParameter(name="from", description="First London day, counted")
    ] = None,
    to: Annotated[date | None, QueryParameter(description="Last London day, counted")] = None,
    known_at: Annotated[
        datetime | None,
        QueryParameter(description="As known at this instant, with its offset; now unless given"),
    ] = None,
    census: Annotated[Census | None, QueryParameter(description="One Census; both unless given")] = None,
    basis: Annotated[
        EthnicityBasis | None, QueryParameter(description="One basis; all three unless given")
    ] = None,
    scope_: Annotated[
        Scope, QueryParameter(name="scope", description="`all` counts searches of vehicles only too")
    ] = "people",
    format: FromQuery[Format | Literal["csvw"] | None] = None,  # the name of the query parameter
) -> Response[Report | bytes]:
    """A report by name, such as `disproportionality`. Its two sections are never added up.

    The format is `format`, or else what `Accept` asks for, or else JSON. `csvw` is what describes the columns
    of the CSV. HTML and PDF, which people read, want a force.
    """
    make = REPORTS.get(name)
    if make is None:
        raise Missing
    if known_at is not None and known_at.tzinfo is None:
        raise Malformed([Fault("known_at", "needs an offset, such as Z or +01:00")])
    query = Query(
        force=tuple(force or ()),
        from_=from_,
        to=to,
        known_at=known_at,
        census=census,
        basis=basis,
        scope=scope_,
    )
    kind = format or accepted(request.headers.get("accept", ""))
    if kind in ("html", "pdf") and not query.force:
        raise Malformed([Fault("force", "must be given: what people read is of a force or a few")])
    report = await make(reading, who, query, now)
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if kind == "csvw":
        url = str(request.url.with_replacements(query=_query_of(request, "csv")))
        return Response(metadata(report, name, url), media_type=METADATA, headers=headers)
    if kind == "csv":
        described = f"{request.url.path}?{_query_of(request, 'csvw')}"
        headers["Link"] = f'<{described}>; rel="describedby"; type="{METADATA}"'
    if kind != "json":
        headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return Response(await to_thread(made, report, kind, who), media_type=MEDIA[kind], headers=headers)


def accepted(header: str) -> Format:
    """What an Accept header asks for, JSON if nothing else. HTML only by name: every browser says HTML."""
    kinds = {media: kind for kind, media in MEDIA.items() if kind != "html"}
    best = Accept(header).best_match([*kinds]) if header else None
    return kinds.get(best or "", "json")


def _query_of(request: AnyRequest, kind: str) -> str:
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "format"]
    return urlencode([*pairs, ("format", kind)])


router = Router("/api/v1", route_handlers=[read], tags=["Reports"])
