"""A report in every format there is, from its one Struct: data, tables, a page that stands alone, a PDF."""

from typing import Literal, get_args

import msgspec

from svro.casework import csvw
from svro.casework.access import Actor
from svro.casework.measures.report import MeasuresReport, OfficersReport
from svro.casework.reports import Report, tables
from svro.casework.statutory.report import StatutoryReport
from svro.casework.tables import as_csv, as_ods
from svro.casework.written import groups, measures, statutory
from svro.documents.paper import Paper
from svro.documents.render import as_html, as_pdf

Format = Literal["json", "csv", "ods", "html", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)

MEDIA: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "html": "text/html",
    "pdf": "application/pdf",
}
METADATA = "application/csvm+json"
"""The media type of what describes a CSV (CSV on the Web)."""


def paper(report: Report, actor: Actor) -> Paper:
    """The report as this reader reads it."""
    match report:
        case MeasuresReport():
            return measures.paper(report, actor)
        case OfficersReport():
            return measures.of_officers(report)
        case StatutoryReport():
            return statutory.paper(report)
        case _:
            return groups.paper(report, actor)


def made(report: Report, kind: Format, actor: Actor) -> bytes:
    """The report as a file of this kind: the same report, the same bytes. HTML and PDF draw charts, which
    takes seconds where there are many: run it in a thread.
    """
    match kind:
        case "json":
            return msgspec.json.encode(report)
        case "csv":
            return as_csv(tables(report)).encode()
        case "ods":
            return as_ods(tables(report), report.known_at)
        case "html":
            return as_html(paper(report, actor))
        case "pdf":
            return as_pdf(paper(report, actor))


def metadata(report: Report, title: str, url: str) -> bytes:
    """What describes the CSV at `url` (an address, or a file's name beside it)."""
    return csvw.metadata(tables(report), url, title, report.known_at)
