"""Measures and the return in five formats, inside and outside the force: parsed back, the same numbers."""

import csv
import io
import json
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from odfdo import Document
from pypdf import PdfReader

from svro.casework.formats import FORMATS, Format, made
from svro.documents.wording import number
from svro.figures.measured import Measured
from svro.figures.sentences import STATUSES
from svro.records import Database
from tests.casework.book import Book
from tests.casework.test_yearly import PANEL, SUPERVISOR, asked, crowd

NUMBERS = ("events", "people", "denominator", "value", "low", "high", "reference_events")


@pytest.fixture
async def book(database: Database) -> Book:
    book = Book(database)
    await book.open()
    await crowd(book, "W1", [3, *[1] * 14], outcome="nfa")
    await crowd(book, "W1", [1] * 11 + [0] * 10, outcome="arrest", found="Lock knife")
    await crowd(book, "B1", [2] * 5 + [1] * 9 + [0] * 12, outcome="nfa")
    return book


class Grids(HTMLParser):
    """Every row of cells of the tables of a page, heads left out."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.cell = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.cell = tag in ("th", "td")
        if tag == "tr":
            self.rows.append([])
        elif self.cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.cell = False

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.rows[-1][-1] += data


def plain(value: Any) -> float | None:
    return None if value in ("", None) else float(value)


def of_sheet(body: bytes, name: str) -> list[dict[str, Any]]:
    table = Document(io.BytesIO(body)).body.get_table(name=name)
    head, *rows = ([cell.value for cell in row.cells] for row in table.rows)
    return [dict(zip(head, row, strict=False)) for row in rows]


def of_csv(body: bytes, name: str) -> list[dict[str, Any]]:
    rows = csv.DictReader(io.StringIO(body.decode(), newline=""))
    return [row for row in rows if row["section"] == name]


def of_pdf(body: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).split())


def read_as(figure: dict[str, Any]) -> tuple[str, str]:
    """The counts of a figure as people read them."""
    return number(figure["events"], 0), number(figure["denominator"], 0)


def check_measures(body: dict[Format, bytes], changed: float = 0) -> None:
    whole = json.loads(body["json"])
    for section in ("published", "orders"):
        figures = whole[section]["figures"]
        if section == "orders":
            assert any(figure["value"] for figure in figures)
            figures[0]["events"] = (figures[0]["events"] or 0) + changed
        for rows in (of_csv(body["csv"], section), of_sheet(body["ods"], section) if figures else []):
            assert len(rows) == len(figures)
            for row, figure in zip(rows, figures, strict=True):
                for name in NUMBERS:
                    wanted = plain(figure[name])
                    assert plain(row.get(name)) == (
                        None if wanted is None else pytest.approx(wanted, rel=1e-12)
                    )
    reader = Grids()
    reader.feed(body["html"].decode())
    told = Counter((row[2], row[3]) for row in reader.rows if len(row) == 7 and row[6] in STATUSES.values())
    figures = [*whole["published"]["figures"], *whole["orders"]["figures"]]
    assert told == Counter(map(read_as, figures))
    text = of_pdf(body["pdf"])
    rows_read = [row for row in reader.rows if len(row) == 7 and row[6] in STATUSES.values()]
    for row in rows_read:
        assert " ".join(part for part in row[2:6] if part) in text


def check_return(body: dict[Format, bytes], changed: int = 0) -> None:
    whole = json.loads(body["json"])
    wanted = []
    for letter, item in whole["items"].items():
        for block in item["blocks"]:
            wanted += [(letter, line["what"], line["n"]) for line in block["lines"]]
            if block["divides"]:
                wanted.append((letter, "Total", block["total"]))
    at = next(at for at, (_, _, n) in enumerate(wanted) if n)
    wanted[at] = (*wanted[at][:2], wanted[at][2] + changed)
    for rows in (of_csv(body["csv"], "items"), of_sheet(body["ods"], "items")):
        assert [(row["item"], row["what"].lstrip("'"), plain(row.get("n"))) for row in rows] == wanted
    reader = Grids()
    reader.feed(body["html"].decode())
    shown = [(row[0], row[1]) for row in reader.rows if len(row) == 3 and row[0] != "What"]
    assert shown == [(what, number(n, 0)) for _, what, n in wanted]
    text = of_pdf(body["pdf"])
    for what, n in shown:
        assert f"{what} {n}" in text, what


@pytest.mark.parametrize("who", [SUPERVISOR, PANEL], ids=["inside", "outside"])
async def test_five_formats_of_the_measures_and_the_return_are_one_report(book: Book, who: Any) -> None:
    for name, check in (("measures", check_measures), ("statutory", check_return)):
        report = await asked(book, name, who)
        body = {kind: made(report, kind, who) for kind in FORMATS}
        check(body)
        with pytest.raises(AssertionError):  # the control: one number that differs would be seen
            check(body, 1)
        again = await asked(book, name, who)
        assert all(made(again, kind, who) == body[kind] for kind in ("json", "csv", "ods"))


def test_the_numbers_compared_are_those_of_a_figure() -> None:
    assert set(NUMBERS) <= set(Measured.__struct_fields__)
