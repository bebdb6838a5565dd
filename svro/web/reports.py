"""Reports as pages: the API's own Struct as sentences, charts and tables. No number is made here."""

from typing import Any

from litestar import Response, Router, get

from svro import reading as reading_of
from svro.casework import formats, reports
from svro.casework.reports import Query
from svro.casework.written import groups
from svro.documents.charts import alternative
from svro.doors import AnyRequest, Now, Reading, Who
from svro.errors import Fault, Malformed
from svro.reference.forces import FORCES
from svro.web.forms import Answers, Field, message, tidy
from svro.web.report_files import files, of_a_force
from svro.web.site import page

NAME = "disproportionality"

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


@get(f"/reports/{NAME}", opt={"permission": "report:read_aggregate"})
async def disproportionality(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Searches by ethnic group: published, of every power; ours, under orders. A force must be chosen."""
    given = _asked(request)
    faults: tuple[Fault, ...] = ()
    report = None
    if not given:
        given = {**DEFAULTS, **({"force": [who.force_id]} if who.force_id in FORCES else {})}
    else:
        try:
            of_a_force(request)
            report = await reports.disproportionality(reading, who, _query(given), now)
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
        name=NAME,
        query=request.url.query,
        known_at=report.known_at.isoformat() if report else None,
        alternative=alternative,
    )


router = Router(
    "/",
    route_handlers=[
        disproportionality,
        *files(NAME, "report:read_aggregate", lambda request: _query(_asked(request))),
    ],
    include_in_schema=False,
)
