"""One report in five formats: each is parsed back and gives the same numbers, and is the same bytes again."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from odfdo import Document
from pypdf import PdfReader

from svro.casework import csvw
from svro.casework.access import NOBODY, Actor
from svro.casework.formats import FORMATS, MEDIA, Format, made, metadata
from svro.casework.order_days import NET, ForceOrders, OrderCell, OrdersSection
from svro.casework.published_rates import Coverage, ForceYear, Published, PublishedCell
from svro.casework.reports import DisproportionalityReport, tables
from svro.casework.tables import as_csv
from svro.casework.written import groups
from svro.documents.wording import number, span
from svro.law import words

KNOWN = datetime(2025, 3, 14, 9, 30, tzinfo=UTC)
PANEL = Actor(account_id="9" * 32, name="Paula Panel", roles=frozenset({"PAN"}), force_id="sussex")
MONTHS = tuple(f"{2023 + (m > 9)}-{(m + 2) % 12 + 1:02}" for m in range(1, 13))


def published(year: str, times: float) -> tuple[PublishedCell, ...]:
    cells = []
    for n, group in enumerate(words.GROUPS):
        unknown, white = group == "Unknown", group == "White"
        residents = None if unknown else 7_919 * (n + 1) ** 2
        searches = int(1_234 * times) + 37 * n
        rate = None if residents is None else 1000 * searches / residents
        quoted = group not in ("Mixed", "Unknown")
        cells.append(
            PublishedCell(
                force="sussex", year=year, months=12, basis="self-defined", group=group, searches=searches,
                residents=residents, census=2021, rate=rate,
                low=None if rate is None else rate * 0.9, high=None if rate is None else rate * 1.1,
                ratio=None if white or unknown else 0.125 * (n + 1) * times,
                ratio_low=None if white or unknown else 0.1 * (n + 1) * times,
                ratio_high=None if white or unknown else 0.2 * (n + 1) * times,
                status="counts_only" if unknown else "ok" if quoted else "too_many_unknown",
            )
        )  # fmt: skip
    return tuple(cells)


def under_orders() -> tuple[OrderCell, ...]:
    whole = OrderCell(
        force="sussex", year="2023/24", group="White", searches=41, order_days=9_125, people=31,
        people_searched=19, rate=41 / 9.125, low=3.1, high=6.2, status="ok", custody=NET,
    )  # fmt: skip
    more = {"searches": 23, "order_days": 3_650, "people": 12, "people_searched": 10, "rate": 23 / 3.65}
    black = msgspec.structs.replace(
        whole, group="Black", **more, low=3.9, high=9.6, ratio=1.4025, ratio_low=0.8, ratio_high=2.45
    )
    empty = {
        group: OrderCell(force="sussex", year="2023/24", group=group, status="suppressed-small")
        for group in words.GROUPS
    }
    return tuple({**empty, "White": whole, "Black": black}.values())


YEARS = tuple(
    ForceYear(
        force="sussex", year=year, held=MONTHS, missing=missing, replaced_since=(), rows=9_876,
        vehicle_only=12, searches=9_864, unknown={"self-defined": 0.0375}, chinese=3,
    )
    for year, missing in (("2022/23", ()), ("2023/24", ("2024-03",)))
)  # fmt: skip
REPORT = DisproportionalityReport(
    published=Published(
        cells=(*published("2022/23", 1.0), *published("2023/24", 1.37)),
        coverage=Coverage(
            forces=("sussex",), scope="people", first_month="2022-04", last_month="2024-03", years=YEARS
        ),
    ),
    orders=OrdersSection(
        known_at=KNOWN,
        cells=under_orders(),
        coverage=(
            ForceOrders(
                force="sussex", exact=True, orders=45, people=43, people_with_custody_dates=7,
                not_counted={"detained and not searched": 2},
            ),
        ),
    ),
    known_at=KNOWN,
)  # fmt: skip
CELLS: tuple[PublishedCell | OrderCell, ...] = (*REPORT.published.cells, *REPORT.orders.cells)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {kind: made(REPORT, kind, PANEL) for kind in FORMATS}


# ---- parsing each back: of each cell, its numbers under their names

Numbers = dict[str, float | None]
Parsed = dict[tuple[str, str, str], Numbers]
NUMBERS = ("rate", "low", "high", "ratio", "ratio_low", "ratio_high")


def counts(kind: type[Any]) -> tuple[str, ...]:
    return (
        ("searches", "residents")
        if kind is PublishedCell
        else ("searches", "people_searched", "people", "order_days")
    )


def shape(section: str) -> type[Any]:
    return PublishedCell if section == "published" else OrderCell


def wanted() -> Parsed:
    return {
        ("published" if isinstance(cell, PublishedCell) else "orders", cell.year, cell.group): {
            name: getattr(cell, name) for name in (*counts(type(cell)), *NUMBERS)
        }
        for cell in CELLS
    }


def from_json(body: bytes) -> Parsed:
    whole = json.loads(body)
    return {
        (section, cell["year"], cell["group"]): {
            name: cell[name] for name in (*counts(shape(section)), *NUMBERS)
        }
        for section in ("published", "orders")
        for cell in whole[section]["cells"]
    }


def from_csv(body: bytes) -> Parsed:
    rows = csv.DictReader(io.StringIO(body.decode(), newline=""))
    return {
        (row["section"], row["year"], row["group"]): {
            name: float(row[name]) if row[name] else None
            for name in (*counts(shape(row["section"])), *NUMBERS)
        }
        for row in rows
        if row["section"] in ("published", "orders")
    }


def from_ods(body: bytes) -> Parsed:
    found: Parsed = {}
    document = Document(io.BytesIO(body))
    for section in ("published", "orders"):
        head, *rows = (
            [cell.value for cell in row.cells] for row in document.body.get_table(name=section).rows
        )
        for row in rows:
            told = dict(zip(head, row, strict=False))
            numbers = {name: told.get(name) for name in (*counts(shape(section)), *NUMBERS)}
            found[section, told["year"], told["group"]] = {
                name: None if value is None else float(value) for name, value in numbers.items()
            }
    return found


class Tables(HTMLParser):
    """The tables of a page: (caption, rows of cells)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[list[str]]]] = []
        self.within = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.within = tag
        if tag == "table":
            self.found.append(("", []))
        elif tag == "tr":
            self.found[-1][1].append([])
        elif tag in ("th", "td"):
            self.found[-1][1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within == "caption":
            self.found[-1] = (self.found[-1][0] + data, self.found[-1][1])
        elif self.within in ("th", "td"):
            self.found[-1][1][-1][-1] += data


def read_number(text: str) -> float | None:
    return None if text in ("", "–") else float(text.replace(",", ""))


def read_row(section: str, cells: list[str]) -> Numbers:
    """A row as people read it: counts, then rate, interval, ratio, interval."""
    names = counts(shape(section))
    rate, interval, ratio, interval_of_that = cells[len(names) : len(names) + 4]
    low, high = map(read_number, interval.split(" to ")) if interval else (None, None)
    ratio_low, ratio_high = (
        map(read_number, interval_of_that.split(" to ")) if interval_of_that else (None, None)
    )
    found = (read_number(rate), low, high, read_number(ratio), ratio_low, ratio_high)
    return {
        **dict(zip(names, map(read_number, cells), strict=False)),
        **dict(zip(NUMBERS, found, strict=True)),
    }


def from_html(body: bytes) -> Parsed:
    reader = Tables()
    reader.feed(body.decode())
    found: Parsed = {}
    for caption, [head, *rows] in reader.found:
        section = "published" if "Residents" in head else "orders"
        year = re.search(r"\d{4}/\d\d", caption)
        assert year is not None
        for group, *cells in rows:
            found[section, year[0], group] = read_row(section, cells)
    return found


def rows_of_pdf(body: bytes) -> Iterator[tuple[str, str, list[str]]]:
    """(caption, group, cells) of each row: what lies between one group's name and the next."""
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).split())
    text = re.sub(r"As known at \S+ Method \S+ Page \d+ of \d+", "", text)
    groups = "|".join(words.GROUPS)
    for piece in re.split(
        r"(?=Sussex Police, \d{4}/\d\d\. As people described themselves\.(?: Census 2021\.)? •)", text
    ):
        head, found, table = piece.partition("May it be quoted?")
        if not found:
            continue
        table = re.sub(r"Group Searches .*?May it be quoted\?", "", table)  # the head again, on a new page
        told = table.split("12 months held")[0].split("Days are")[0]
        rows = re.split(rf"\b({groups}) (?=[\d–])", told)[1:]
        for group, row in zip(rows[::2], rows[1::2], strict=True):
            interval = r"[\d.,]+ to [\d.,]+"
            yield head, group, re.findall(rf"{interval}|[\d.,]*\d|–", row)


def from_pdf(body: bytes) -> Parsed:
    found: Parsed = {}
    for head, group, cells in rows_of_pdf(body):
        section = "published" if "Residents" in head.rsplit("Group", 1)[1] else "orders"
        n = len(counts(shape(section)))
        for place in (n + 1, n + 3):  # an interval that is not there leaves nothing to read
            if len(cells) <= place or " to " not in cells[place]:
                cells.insert(place, "")
        year = re.search(r"\d{4}/\d\d", head)
        assert year is not None
        found[section, year[0], group] = read_row(section, cells)
    return found


PARSE: dict[str, Callable[[bytes], Parsed]] = {
    "json": from_json, "csv": from_csv, "ods": from_ods, "html": from_html, "pdf": from_pdf,
}  # fmt: skip


def as_read(name: str, value: float | None) -> float | None:
    return read_number(number(value, 2 if name in NUMBERS else 0))


@pytest.mark.parametrize("kind", ["json", "csv", "ods"])
def test_data_formats_give_back_every_number_to_the_last_digit(files: dict[str, bytes], kind: str) -> None:
    assert PARSE[kind](files[kind]) == wanted()


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_formats_for_reading_give_back_every_number_as_rounded(files: dict[str, bytes], kind: str) -> None:
    rounded = {
        key: {name: as_read(name, value) for name, value in told.items()} for key, told in wanted().items()
    }
    assert PARSE[kind](files[kind]) == rounded
    assert sum(value is not None for told in rounded.values() for value in told.values()) > 90


@pytest.mark.parametrize("kind", FORMATS)
def test_a_number_that_differs_would_be_seen_in_every_format(files: dict[str, bytes], kind: Format) -> None:
    """The control: one ratio of one cell altered, and the format no longer parses to the same."""
    first, *rest = REPORT.published.cells[1:]
    assert first.ratio is not None
    other = msgspec.structs.replace(first, ratio=first.ratio + 0.01)
    cells = (REPORT.published.cells[0], other, *rest)
    altered = msgspec.structs.replace(
        REPORT, published=msgspec.structs.replace(REPORT.published, cells=cells)
    )
    assert PARSE[kind](made(altered, kind, PANEL)) != PARSE[kind](files[kind])


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_report_is_the_same_bytes(files: dict[str, bytes], kind: Format) -> None:
    assert made(REPORT, kind, PANEL) == files[kind]
    later = msgspec.structs.replace(REPORT, known_at=KNOWN.replace(year=2026))
    assert made(later, kind, PANEL) != files[kind]


# ---- what describes the CSV


def test_the_metadata_is_of_the_csv_on_the_web_vocabulary() -> None:
    told = json.loads(metadata(REPORT, groups.TITLE, "sussex.csv"))
    assert told["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "en"}]
    table = {
        "@context",
        "@id",
        "@type",
        "dialect",
        "notes",
        "suppressOutput",
        "tableDirection",
        "tableSchema",
    }
    column = {
        "name",
        "titles",
        "datatype",
        "required",
        "suppressOutput",
        "virtual",
        "default",
        "null",
        "lang",
    }
    dialect = {
        "commentPrefix", "delimiter", "doubleQuote", "encoding", "header", "headerRowCount",
        "lineTerminators",
        "quoteChar", "skipBlankRows", "skipColumns", "skipInitialSpace", "skipRows", "trim",
    }  # fmt: skip
    common = re.compile(r"^(dc|dcat|schema|xsd|rdfs|skos):\w+$")

    def strange(given: dict[str, Any], known: set[str]) -> set[str]:
        return {name for name in given if name not in known and not common.match(name)}

    assert strange(told, table | {"url", "transformations"}) == set()
    assert strange(told["dialect"], dialect) == set()
    assert (
        strange(told["tableSchema"], {"columns", "primaryKey", "foreignKeys", "rowTitles", "aboutUrl"})
        == set()
    )
    names = [one["name"] for one in told["tableSchema"]["columns"]]
    assert len(set(names)) == len(names)
    for one in told["tableSchema"]["columns"]:
        assert strange(one, column) == set()
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.%]*", one["name"]), "a variable of a URI template"
        assert one["datatype"] in ("string", "integer", "number", "boolean")


def test_the_csv_is_what_its_metadata_says() -> None:
    columns = json.loads(metadata(REPORT, groups.TITLE, "sussex.csv"))["tableSchema"]["columns"]
    rows = list(csv.reader(io.StringIO(as_csv(tables(REPORT)), newline="")))
    assert [one["titles"] for one in columns] == rows[0]
    patterns = {
        "integer": r"-?\d+",
        "number": r"-?\d+(\.\d+)?(e-?\d+)?",
        "boolean": "true|false",
        "string": ".*",
    }
    for n, one in enumerate(columns):
        values = [row[n] for row in rows[1:]]
        assert all(re.fullmatch(patterns[one["datatype"]], v, re.DOTALL) for v in values if v), one
        assert all(values) or not one.get("required")
    assert {one["datatype"] for one in columns} == {"string", "integer", "number", "boolean"}
    described = {one["titles"] for one in columns if "dc:description" in one}
    assert {"searches", "rate", "ratio", "status", "order_days", "residents"} <= described


def test_a_column_of_two_kinds_is_of_text() -> None:
    assert csvw._kind([1, 2.5, None]) == "number"
    assert csvw._kind([1, "1"]) == "string"
    assert csvw._kind([]) == "string"


# ---- the page that stands alone, and the PDF


def test_the_page_that_stands_alone_needs_nothing_else(files: dict[str, bytes]) -> None:
    page = files["html"].decode()
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!data:image/svg\+xml;base64,)', page) == []
    assert page.count("<img") == len([one for one in groups.paper(REPORT, PANEL).exhibits if one.chart]) == 4
    assert re.findall(r'<img (?![^>]*alt="[^"]+")', page) == []


def test_text_in_a_page_is_text_whatever_it_looks_like() -> None:
    hostile = "<script>alert(1)</script>&\"'"
    report = msgspec.structs.replace(
        REPORT, published=msgspec.structs.replace(REPORT.published, title=hostile)
    )
    tags: list[str] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    page = made(report, "html", PANEL).decode()
    reader.feed(page)
    assert "script" not in tags
    assert tags.count("table") == 3  # the control: tags are seen
    assert "<h2>&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in page


def test_the_pdf_is_tagged_and_its_pictures_have_words(files: dict[str, bytes]) -> None:
    pdf = PdfReader(io.BytesIO(files["pdf"]))
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.creation_date) == (groups.TITLE, KNOWN)
    assert len(pdf.outline) >= 3
    found: list[str] = []
    tags: set[str] = set()

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            tags.add(str(node.get("/S")))
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            walk(node.get("/K", []))

    walk(pdf.trailer["/Root"]["/StructTreeRoot"]["/K"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= tags
    assert len([alt for alt in found if alt.startswith(("Forest plot", "5 small charts"))]) == 4


def test_signed_out_nothing_of_the_orders_is_in_what_people_read() -> None:
    for kind in ("html", "pdf"):
        parsed = PARSE[kind](made(REPORT, kind, NOBODY))  # type: ignore[arg-type]
        assert {section for section, _, _ in parsed} == {"published"}


def test_years_with_months_missing_are_not_drawn_as_a_fall() -> None:
    def years(report: DisproportionalityReport) -> int:
        return sum(one.key.startswith("years-") for one in groups.paper(report, PANEL).exhibits)

    part = tuple(
        msgspec.structs.replace(c, months=3) if c.year == "2022/23" else c for c in REPORT.published.cells
    )
    less = msgspec.structs.replace(REPORT, published=msgspec.structs.replace(REPORT.published, cells=part))
    assert (years(REPORT), years(less)) == (1, 0)


def test_every_format_has_its_media_type() -> None:
    assert set(MEDIA) == set(FORMATS) == set(PARSE)
    assert span(None, None) == ""
