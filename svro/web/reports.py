"""Reports as pages: the API's own Struct in tables, a sentence for each headline. No number is made here."""

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Response, Router, get
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from svro import reading as reading_of
from svro.casework import reports
from svro.casework.access import Actor
from svro.casework.order_days import OrderCell
from svro.casework.published_rates import PublishedCell
from svro.casework.reports import DisproportionalityReport, Query
from svro.casework.tables import as_csv
from svro.doors import JSON, AnyRequest, Now, Reading, Who
from svro.errors import Fault, Malformed
from svro.figures.sentences import STATUSES
from svro.reference.forces import FORCES
from svro.web.forms import Answers, Field, message, tidy
from svro.web.site import page, see

BASES = {
    "self-defined": "As people described themselves",
    "officer-defined": "As officers saw them",
    "self-else-officer": "As people described themselves, or else as officers saw them",
}
CENSUSES = {"2021": "Census 2021", "2011": "Census 2011"}

QUOTABLE = ("ok", "ok_low_precision")

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
    Field(name="basis", label="Whose word on ethnicity", kind="radios", choices=BASES),
    Field(name="census", label="Residents counted by", kind="radios", choices=CENSUSES),
)
DEFAULTS: Answers = {"basis": ["self-defined"], "census": ["2021"]}

Cell = PublishedCell | OrderCell


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One table: a force in a year, its cells, and a sentence for each headline."""

    key: str
    caption: str
    cells: tuple[Cell, ...]
    headlines: tuple[str, ...]
    coverage: str = ""
    missing: tuple[str, ...] = ()


def number(value: float | None, places: int = 2) -> str:
    """A number as people read it; a dash where there is none."""
    return "–" if value is None else f"{value:,.{places}f}"


def counted(n: int | None, noun: str, many: str = "") -> str:
    """A count with its noun: 1 order, 2 orders."""
    return f"{number(n, 0)} {noun if n == 1 else many or noun + 's'}"


def span(low: float | None, high: float | None) -> str:
    """A 95% interval as people read it; empty where there is none."""
    if low is None:
        return ""
    return f"{low:,.2f} to {high:,.2f}" if high is not None else f"{low:,.2f} or more"


def _people(group: str) -> str:
    return "people of other ethnic groups" if group == "Other" else f"{group} people"


def headline(cell: Cell, white: Cell) -> str:
    """One group beside White people, counts first; why there is no ratio, where there is none to quote."""
    published = isinstance(cell, PublishedCell)
    if cell.searches is None:
        return f"{_capital(_people(cell.group))}: nothing is shown, for small numbers could identify people."
    counts = f"{counted(cell.searches, 'search', 'searches')} of {_people(cell.group)}{_among(cell)}"
    if cell.status not in QUOTABLE or cell.ratio is None:
        return f"{counts}. {in_words(cell)}."
    other = f"{white.searches:,} of White people{_among(white)}"
    per = "resident" if published else "day under order"
    return (
        f"{counts}, and {other}: {number(cell.ratio, 1)} times as many for each {per} "
        f"(95% interval {number(cell.ratio_low, 1)} to {number(cell.ratio_high, 1)})."
    )


def in_words(cell: Cell) -> str:
    """Whether a cell may be quoted, and if not why not."""
    if isinstance(cell, OrderCell) and cell.status == "no_population":
        return "Nobody of this group was under an order"
    return STATUSES[cell.status]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _among(cell: Cell) -> str:
    if isinstance(cell, PublishedCell):
        return "" if cell.residents is None else f" among {cell.residents:,} residents"
    return "" if cell.order_days is None else f" in {counted(cell.order_days, 'day')} under order"


def _blocks(cells: tuple[Cell, ...], kind: str) -> list[tuple[str, str, str, tuple[Cell, ...]]]:
    """(key, force, year, cells) of each table, the newest year first; unknown comes last in each."""
    found: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        about = (cell.basis, str(cell.census)) if isinstance(cell, PublishedCell) else ()
        found.setdefault((cell.year, cell.force, *about), []).append(cell)
    return [
        ("-".join((kind, *key)).replace("/", "-"), key[1], key[0], tuple(found[key]))
        for key in sorted(found, reverse=True)
    ]


def _headlines(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """A sentence for each group that was at risk, and one for all of those that were not."""
    white = next(cell for cell in cells if cell.group == "White")
    others = [cell for cell in cells if cell.group not in ("White", "Unknown")]
    absent = [cell.group for cell in others if isinstance(cell, OrderCell) and cell.status == "no_population"]
    told = [headline(cell, white) for cell in others if cell.group not in absent]
    return (*told, *([f"Nobody was under an order of these groups: {', '.join(absent)}."] if absent else []))


def _month(text: str) -> str:
    return f"{date(int(text[:4]), int(text[5:]), 1):%B %Y}"


def published_blocks(report: DisproportionalityReport) -> list[Block]:
    """The published section as tables."""
    coverage = {(year.force, year.year): year for year in report.published.coverage.years}
    blocks = []
    for key, force, year, cells in _blocks(report.published.cells, "published"):
        held = coverage[force, year]
        vehicles = (
            f", {held.vehicle_only:,} of them of vehicles only and not counted" if held.vehicle_only else ""
        )
        cell = cells[0]
        assert isinstance(cell, PublishedCell)
        blocks.append(
            Block(
                key=key,
                caption=f"{FORCES[force].name}, {year}. {BASES[cell.basis]}. Census {cell.census}.",
                cells=cells,
                headlines=_headlines(cells),
                coverage=f"{counted(len(held.held), 'month')} held: {counted(held.rows, 'row')}{vehicles}.",
                missing=tuple(map(_month, held.missing)),
            )
        )
    return blocks


def orders_blocks(report: DisproportionalityReport) -> list[Block]:
    """The orders section as tables."""
    blocks = []
    for key, force, year, cells in _blocks(report.orders.cells, "orders"):
        custody = next((c.custody for c in cells if isinstance(c, OrderCell) and c.custody), None)
        blocks.append(
            Block(
                key=key,
                caption=f"{FORCES[force].name}, {year}. {BASES['self-defined']}.",
                cells=cells,
                headlines=_headlines(cells),
                coverage=f"Days are {custody}." if custody else "",
            )
        )
    return blocks


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
    return see("/reports/disproportionality")


@get("/reports/disproportionality", opt={"permission": "report:read_aggregate"})
async def disproportionality(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Searches by ethnic group: published, of every power; ours, under orders. A force must be chosen."""
    given = _asked(request)
    faults: tuple[Fault, ...] = ()
    report = None
    if not given:
        given = {**DEFAULTS, **({"force": [who.force_id]} if who.force_id in FORCES else {})}
    elif not any(given.get("force", ())):
        faults = (Fault("force", "Choose a force. For every force at once, take the table or the data."),)
    else:
        try:
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
        "Searches by ethnic group",
        status=400 if faults else 200,
        fields=FIELDS,
        given=given,
        faults=errors,
        report=report,
        query=request.url.query,
        published=published_blocks(report) if report else [],
        orders=orders_blocks(report) if report and who.account_id else [],
        signed_in=who.account_id is not None,
        method=reports.METHOD,
        in_words=in_words,
        number=number,
        span=span,
        counted=counted,
    )


async def _made(
    request: AnyRequest, session: AsyncSession, who: Actor, now: datetime
) -> DisproportionalityReport:
    return await reports.disproportionality(session, who, _query(_asked(request)), now)


def _file(body: bytes, kind: str, media_type: str) -> Response[bytes]:
    name = f'attachment; filename="disproportionality.{kind}"'
    return Response(
        body, media_type=media_type, headers={"Content-Disposition": name, "Cache-Control": "no-store"}
    )


@get("/reports/disproportionality.csv", opt={"permission": "report:read_aggregate"})
async def table(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """The same as one table; text that a spreadsheet would run stays text."""
    made = as_csv(reports.tables(await _made(request, reading, who, now)))
    return _file(made.encode(), "csv", "text/csv; charset=utf-8")


@get("/reports/disproportionality.json", opt={"permission": "report:read_aggregate"})
async def data(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """The same as data."""
    return _file(msgspec.json.encode(await _made(request, reading, who, now)), "json", JSON)


router = Router("/", route_handlers=[first, disproportionality, table, data], include_in_schema=False)
