"""All measures, the statutory return and the spread among officers as pages: the API's own Structs. No
number is made here.
"""

from datetime import date
from typing import Any

import msgspec
from litestar import Response, Router, get

from svro import reading as reading_of
from svro.casework import formats
from svro.casework.reports import REPORTS, Query
from svro.casework.statutory.report import StatutoryReport
from svro.documents.charts import alternative
from svro.doors import AnyRequest, Now, Reading, Who
from svro.errors import Fault, Malformed
from svro.figures.catalogue import MEASURES, Measure
from svro.figures.measured import Code, Measured, Section
from svro.figures.sentences import STATUSES, number, people, percent
from svro.reference.forces import FORCES
from svro.web.forms import Answers, Field, message, tidy
from svro.web.report_files import files
from svro.web.site import day, page

FORCE = Field(
    name="force", label="Force", kind="select", choices={slug: force.name for slug, force in FORCES.items()}
)
BLANK = "Leave blank for everything held"
DAYS = (
    Field(name="from", label="From", kind="date", hint=BLANK, called="From"),
    Field(name="to", label="To", kind="date", hint=f"Counted too. {BLANK}", called="To"),
)
BASIS = Field(
    name="basis",
    label="Whose word on ethnicity",
    kind="radios",
    choices={
        "self-defined": "As people described themselves",
        "officer-defined": "As officers saw them",
        "self-else-officer": "As people described themselves, or else as officers saw them",
    },
)
FIELDS: dict[str, tuple[Field, ...]] = {
    "measures": (FORCE, *DAYS, BASIS),
    "statutory": (FORCE, *DAYS),
    "officers": (FORCE, *DAYS),
}
TITLES = {
    "measures": "All measures",
    "statutory": "The return under section 166(4)",
    "officers": "Find rates of officers",
}
LEADS = {
    "measures": "Every measure of the catalogue: from published data on every power, and from our own"
    " records of"
    " searches under orders. The two are never added up.",
    "statutory": "The seven things that a report to Parliament must cover before the power can be rolled"
    " out, under"
    " the Police, Crime, Sentencing and Courts Act 2022.",
    "officers": "For supervisors of the force, and never published.",
}


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """One measure's figures in one place and time."""

    key: str
    measure: Measure
    figures: tuple[Measured, ...]


def shelves(section: Section, kind: str) -> list[tuple[str, list[Shelf]]]:
    """A section's figures by place and time, newest first, and by measure in the order of the catalogue."""
    found: dict[tuple[str, str, str], dict[Code, list[Measured]]] = {}
    for figure in section.figures:
        place = found.setdefault((figure.last.isoformat(), figure.first.isoformat(), figure.force), {})
        place.setdefault(figure.measure, []).append(figure)
    rows = []
    for at, ((last, first, force), measures) in enumerate(sorted(found.items(), reverse=True)):
        slugs = force.split("+")
        names = (
            " and ".join(FORCES[slug].name for slug in slugs) if len(slugs) < 5 else f"{len(slugs)} forces"
        )
        caption = f"{names}, {day(date.fromisoformat(first))} to {day(date.fromisoformat(last))}"
        rows.append(
            (
                caption,
                [
                    Shelf(key=f"{kind}-{at}-{code}", measure=MEASURES[code], figures=tuple(figures))
                    for code, figures in sorted(measures.items(), key=lambda row: int(row[0][1:]))
                ],
            )
        )
    return rows


def value(figure: Measured) -> str:
    """The value as people read it; a dash where there is none."""
    if figure.value is None:
        return "–"
    shown = percent if figure.form in ("proportion", "gap") else number
    return shown(figure.value)


def span(figure: Measured) -> str:
    """The interval as people read it; empty where there is none."""
    shares = figure.form in ("proportion", "gap") or figure.part == "found, outcomes missing"
    shown = percent if shares else number
    if figure.low is None:
        return "" if figure.high is None else f"at most {shown(figure.high)}"
    if figure.high is None:
        return f"{shown(figure.low)} or more"
    return f"{shown(figure.low)} to {shown(figure.high)}"


def whom(figure: Measured) -> str:
    """Whom a figure is about."""
    if figure.measure == "M12":
        return figure.group or ""
    return "Everybody" if figure.group is None else people(figure.group, figure.age, figure.sex)


def _asked(request: AnyRequest) -> Answers:
    sent = {name: request.query_params.getall(name) for name in request.query_params}
    return {name: [str(value) for value in values] for name, values in sent.items()}


def _query(name: str, given: Answers) -> Query:
    values, faults = tidy(FIELDS[name], given)
    faults += [
        f for f in reading_of.faults(Query, values, strict=False) if f.field not in {x.field for x in faults}
    ]
    if faults:
        raise Malformed(faults)
    return reading_of.read(Query, values, strict=False)


async def _page(name: str, request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """One report's page: the questions, and the answer once a force is chosen."""
    given, faults, report = _asked(request), (), None
    errors: tuple[Fault, ...] = faults
    if not given:
        given = {"basis": ["self-defined"], **({"force": [who.force_id]} if who.force_id in FORCES else {})}
    elif not any(given.get("force", ())):
        errors = (Fault("force", "Choose a force. For every force at once, take the table or the data."),)
    else:
        try:
            report = await REPORTS[name](reading, who, _query(name, given), now)
        except Malformed as bad:
            errors = bad.faults
    fields = {field.name: field for field in FIELDS[name]}
    return page(
        request,
        "statutory.html" if name == "statutory" else "measures.html",
        TITLES[name],
        status=400 if errors else 200,
        name=name,
        lead=LEADS[name],
        fields=FIELDS[name],
        given=given,
        faults={
            f.field: {"text": message(fields[f.field], f) if f.field in fields else f.reason} for f in errors
        },
        report=report,
        sections=[] if report is None or isinstance(report, StatutoryReport) else _sections(report),
        query=request.url.query,
        charts=[] if report is None else [e for e in formats.paper(report, who).exhibits if e.chart],
        known_at=None if report is None else report.known_at.isoformat(),
        alternative=alternative,
        statuses=STATUSES,
        value=value,
        span=span,
        whom=whom,
        number=number,
    )


def _sections(report: Any) -> list[tuple[Section, list[tuple[str, list[Shelf]]]]]:
    names = [name for name in ("orders", "officers", "published") if hasattr(report, name)]
    return [(getattr(report, name), shelves(getattr(report, name), name)) for name in names]


@get("/reports/measures", opt={"permission": "report:read_aggregate"})
async def measures(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Every measure, with its sentences and tables."""
    return await _page("measures", request, reading, who, now)


@get("/reports/statutory", opt={"permission": "report:read_orders"})
async def statutory(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """The return of s.166(4), item by item."""
    return await _page("statutory", request, reading, who, now)


@get("/reports/officers", opt={"permission": "report:read_officers"})
async def officers(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """The spread of find rates among a force's officers."""
    return await _page("officers", request, reading, who, now)


def _files(name: str, permission: str) -> list[Any]:
    return files(name, permission, lambda request: _query(name, _asked(request)))


@get("/reports", opt={"permission": "report:read_aggregate"})
async def index(request: AnyRequest, who: Who) -> Response[Any]:
    """The reports there are, each with the reader's own way in."""
    return page(request, "reports.html", "Reports")


router = Router(
    "/",
    route_handlers=[
        index,
        measures,
        statutory,
        officers,
        *_files("measures", "report:read_aggregate"),
        *_files("statutory", "report:read_orders"),
        *_files("officers", "report:read_officers"),
    ],
    include_in_schema=False,
)
