"""Reports: one door for every report by name, as JSON or as CSV, both made from the report's one Struct."""

from datetime import date, datetime
from typing import Annotated, Literal

from litestar import Response, Router, get
from litestar.params import FromPath, FromQuery, QueryParameter

from svro.casework.published_rates import Scope
from svro.casework.reports import REPORTS, DisproportionalityReport, Query, tables
from svro.casework.tables import as_csv
from svro.doors import JSON, Now, Reading, Who
from svro.errors import Fault, Malformed, Missing
from svro.figures.measured import EthnicityBasis
from svro.reference.census import Census


@get("/reports/{name:str}", opt={"permission": "report:read_aggregate"}, operation_id="readReport")
async def read(
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
    format: FromQuery[Literal["json", "csv"]] = "json",  # the name of the query parameter
) -> Response[DisproportionalityReport | str]:
    """A report by name, such as `disproportionality`. Its two sections are never added up."""
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
    report = await make(reading, who, query, now)
    if format == "json":
        return Response(report, media_type=JSON, headers={"Cache-Control": "no-store"})
    return Response(
        as_csv(tables(report)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )


router = Router("/api/v1", route_handlers=[read], tags=["Reports"])
