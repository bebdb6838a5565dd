"""Reports as pages: the API's own Struct as sentences, charts and tables. No number is made here."""

from asyncio import to_thread
from datetime import datetime
from typing import Any

from litestar import Response, Router, get
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from svro import reading as reading_of
from svro.casework import formats, reports
from svro.casework.access import Actor
from svro.casework.csvw import SUFFIX
from svro.casework.formats import MEDIA, METADATA, Format
from svro.casework.reports import DisproportionalityReport, Query
from svro.casework.written import groups
from svro.documents.charts import alternative
from svro.documents.drawing import svg
from svro.doors import AnyRequest, Now, Reading, Who
from svro.errors import Fault, Malformed, Missing
from svro.reference.forces import FORCES
from svro.web.forms import Answers, Field, message, tidy
from svro.web.site import page, see

NAME = "disproportionality"
PATH = f"/reports/{NAME}"

CENSUSES = {"2021": "Census 2021", "2011": "Census 2011"}

FIELDS = (
    Field(
        name="force",
        label="Force",
        kind="select",
        choices={slug: force.name for slug, force in FORCES.items()},
    ),
    Field(name="from", label="From", kind="date", hint="Leave blank for everything held", called="From"),
    Field(
        name="to", label="To", kind="date", hint="Counted too. Leave blank for everything held", called="To"
    ),
    Field(name="basis", label="Whose word on ethnicity", kind="radios", choices=groups.BASES),
    Field(name="census", label="Residents counted by", kind="radios", choices=CENSUSES),
)
DEFAULTS: Answers = {"basis": ["self-defined"], "census": ["2021"]}


def _asked(request: AnyRequest) -> Answers:
    sent = {name: request.query_params.getall(name) for name in request.query_params}
    return {name: [str(value) for value in values] for name, values in sent.items()}


def _query(given: Answers) -> Query:
    values, faults = tidy(FIELDS, given)
    faults += [
        f for f in reading_of.faults(Query, values, strict=False) if f.field not in {x.field for x in faults}
    ]
    if faults:
        raise Malformed(faults)
    return reading_of.read(Query, values, strict=False)


@get("/reports", opt={"permission": "report:read_aggregate"})
async def first() -> Redirect:
    """There is one report."""
    return see(PATH)


@get(PATH, opt={"permission": "report:read_aggregate"})
async def disproportionality(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Searches by ethnic group: published, of every power; ours, under orders. A force must be chosen."""
    given = _asked(request)
    faults: tuple[Fault, ...] = ()
    report = None
    if not given:
        given = {**DEFAULTS, **({"force": [who.force_id]} if who.force_id in FORCES else {})}
    else:
        try:
            report = await _of_a_force(request, reading, who, now)
        except Malformed as bad:
            faults = bad.faults
    fields = {field.name: field for field in FIELDS}
    errors = {
        f.field: {"text": message(fields[f.field], f) if f.field in fields else f.reason} for f in faults
    }
    return page(
        request,
        "report.html",
        groups.TITLE,
        status=400 if faults else 200,
        lead=groups.LEAD,
        fields=FIELDS,
        given=given,
        faults=errors,
        paper=formats.paper(report, who) if report else None,
        query=request.url.query,
        known_at=report.known_at.isoformat() if report else None,
        alternative=alternative,
    )


async def _made(
    request: AnyRequest, session: AsyncSession, who: Actor, now: datetime
) -> DisproportionalityReport:
    return await reports.disproportionality(session, who, _query(_asked(request)), now)


async def _of_a_force(
    request: AnyRequest, session: AsyncSession, who: Actor, now: datetime
) -> DisproportionalityReport:
    """The report of one force; Malformed without one: what people read would not end."""
    if not any(_asked(request).get("force", ())):
        raise Malformed(
            [Fault("force", "Choose a force. For every force at once, take the table or the data.")]
        )
    return await _made(request, session, who, now)


def _file(body: bytes, kind: Format, **headers: str) -> Response[bytes]:
    shown = {"Content-Disposition": f'attachment; filename="{NAME}.{kind}"', "Cache-Control": "no-store"}
    return Response(body, media_type=MEDIA[kind], headers={**shown, **headers})


@get(f"{PATH}.csv", opt={"permission": "report:read_aggregate"})
async def table(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """The same as one table; text that a spreadsheet would run stays text."""
    query = f"?{request.url.query}" if request.url.query else ""
    described = f'<{PATH}.csv{SUFFIX}{query}>; rel="describedby"; type="{METADATA}"'
    return _file(formats.made(await _made(request, reading, who, now), "csv", who), "csv", Link=described)


@get(f"{PATH}.csv{SUFFIX}", opt={"permission": "report:read_aggregate"})
async def described(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """What each column of the table is, as CSV on the Web has it."""
    query = f"?{request.url.query}" if request.url.query else ""
    body = formats.metadata(await _made(request, reading, who, now), groups.TITLE, f"{NAME}.csv{query}")
    return Response(body, media_type=METADATA, headers={"Cache-Control": "no-store"})


@get(f"{PATH}.json", opt={"permission": "report:read_aggregate"})
async def data(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """The same as data."""
    return _file(formats.made(await _made(request, reading, who, now), "json", who), "json")


@get(f"{PATH}.ods", opt={"permission": "report:read_aggregate"})
async def spreadsheet(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """The same as a spreadsheet, a sheet for each table."""
    report = await _made(request, reading, who, now)
    return _file(await to_thread(formats.made, report, "ods", who), "ods")


@get(f"{PATH}.html", opt={"permission": "report:read_aggregate"})
async def alone(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """The same as a page that needs nothing else. A force must be chosen."""
    report = await _of_a_force(request, reading, who, now)
    return _file(await to_thread(formats.made, report, "html", who), "html")


@get(f"{PATH}.pdf", opt={"permission": "report:read_aggregate"})
async def typeset(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """The same as a tagged PDF. A force must be chosen."""
    report = await _of_a_force(request, reading, who, now)
    return _file(await to_thread(formats.made, report, "pdf", who), "pdf")


@get(f"{PATH}/charts/{{key:str}}", opt={"permission": "report:read_aggregate"})
async def chart(
    request: AnyRequest, reading: Reading, who: Who, now: Now, key: FromPath[str]
) -> Response[bytes]:
    """One chart of the page that the same query shows, drawn from the figures that this reader may see."""
    paper = formats.paper(await _of_a_force(request, reading, who, now), who)
    drawn = next((one.chart for one in paper.exhibits if f"{one.key}.svg" == key), None)
    if drawn is None:
        raise Missing
    return Response(
        await to_thread(svg, drawn), media_type="image/svg+xml", headers={"Cache-Control": "no-store"}
    )


router = Router(
    "/",
    route_handlers=[first, disproportionality, table, described, data, spreadsheet, alone, typeset, chart],
    include_in_schema=False,
)
