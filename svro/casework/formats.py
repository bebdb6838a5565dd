"""A report in every format there is, from its one Struct: data, tables, a page that stands alone, a PDF."""

from typing import Literal, get_args

import msgspec
from msgspec.structs import replace

from svro.casework import csvw, published_tables
from svro.casework.access import Actor
from svro.casework.measures.report import MeasuresReport, OfficersReport
from svro.casework.released import PublicationView
from svro.casework.reports import Report, tables
from svro.casework.statutory.report import StatutoryReport
from svro.casework.tables import as_csv, as_ods
from svro.casework.written import groups, measures, publications, statutory
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


def published(view: PublicationView, kind: Format) -> bytes:
    """One version of a publication as a file: the same version, the same bytes, whatever came after it."""
    match kind:
        case "json":
            return msgspec.json.encode(replace(view, superseded_by=None, versions=()))
        case "csv":
            return as_csv(published_tables.tables(view)).encode()
        case "ods":
            return as_ods(published_tables.tables(view), view.manifest.known_at)
        case "html":
            return as_html(publications.paper(view))
        case "pdf":
            return as_pdf(publications.paper(view))


def published_metadata(view: PublicationView, url: str) -> bytes:
    """What describes a publication's CSV at `url`."""
    return csvw.metadata(published_tables.tables(view), url, view.title, view.manifest.known_at)


def metadata(report: Report, title: str, url: str) -> bytes:
    """What describes the CSV at `url` (an address, or a file's name beside it)."""
    return csvw.metadata(tables(report), url, title, report.known_at)
