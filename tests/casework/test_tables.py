"""One Struct as CSV and as a spreadsheet: the same numbers in both, and no text that anything would run."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from time import process_time
from typing import Any

import msgspec
import pytest
from odfdo import Document

from svro.casework.tables import Table, as_csv, as_ods, safe, table

HOSTILE = [
    '=HYPERLINK("http://example.invalid","x")',
    "+44 20 7946 0000",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "＝1+1",
]
PLAIN = ["", "Merseyside", "1 = 1", "a-b", "'quoted'", "O'Nobody", "2019/20", "ok", "1e5", "a\tb", "é"]


class Line(msgspec.Struct, kw_only=True):
    name: str
    count: int | None = None
    rate: float | None = None
    shown: bool = True
    on: date | None = None
    at: datetime | None = None
    months: tuple[str, ...] = ()
    share: dict[str, float | None] = {}


LINES = [
    Line(
        name="Merseyside",
        count=-5,
        rate=-0.1,
        months=("2019-04", "2019-05"),
        share={"self": 0.5, "officer": None},
    ),
    Line(
        name="=1+1",
        count=10**15,
        rate=1 / 3,
        shown=False,
        on=date(2024, 5, 1),
        at=datetime(2024, 5, 1, tzinfo=UTC),
    ),
]


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", HOSTILE)
def test_text_like_a_formula_is_escaped_in_csv(text: str) -> None:
    assert safe(text) == "'" + text
    [row] = parsed(as_csv([Table(name="t", columns=("text",), rows=((text,),))]))
    assert row["text"] == "'" + text


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_is_left_as_it_is(text: str) -> None:
    """The control: an escape that touched everything would be an alteration."""
    assert safe(text) == text
    [row] = parsed(as_csv([Table(name="t", columns=("text",), rows=((text,),))]))
    assert row["text"] == text


def test_negative_numbers_are_numbers_and_not_formulas() -> None:
    rows = parsed(as_csv([table("lines", LINES, Line)]))
    assert [row["count"] for row in rows] == ["-5", "1000000000000000"]
    assert [float(row["rate"]) for row in rows] == [-0.1, 1 / 3]


def test_every_field_has_its_column_and_nothing_is_blank() -> None:
    rows = parsed(as_csv([table("lines", LINES, Line)]))
    assert list(rows[0]) == [
        "section", "name", "count", "rate", "shown", "on", "at", "months", "share self", "share officer",
    ]  # fmt: skip
    assert (rows[0]["months"], rows[0]["share self"], rows[0]["share officer"]) == (
        "2019-04 2019-05",
        "0.5",
        "",
    )
    assert (rows[0]["shown"], rows[1]["shown"]) == ("true", "false")
    assert (rows[1]["on"], rows[1]["at"]) == ("2024-05-01", "2024-05-01T00:00:00+00:00")


def test_tables_of_different_columns_make_one_csv_that_names_each() -> None:
    other = Table(name="notes", columns=("note",), rows=(("Not net of custody.",),))
    rows = parsed(as_csv([table("lines", LINES, Line), other]))
    assert [row["section"] for row in rows] == ["lines", "lines", "notes"]
    assert rows[2]["note"] == "Not net of custody."
    assert rows[2]["count"] == ""
    assert as_csv([other]).endswith("\r\n")


def test_a_table_of_no_rows_keeps_its_columns() -> None:
    assert table("lines", [], Line).columns[:3] == ("name", "count", "rate")


def cells(data: bytes, sheet: str) -> list[list[Any]]:
    document = Document(io.BytesIO(data))
    return [list(row.cells) for row in document.body.get_table(name=sheet).rows]


def test_a_spreadsheet_has_text_only_as_text_and_numbers_as_numbers() -> None:
    hostile = Table(name="hostile", columns=("text",), rows=tuple((text,) for text in HOSTILE))
    data = as_ods([table("lines", LINES, Line), hostile])
    for [cell], text in zip(cells(data, "hostile")[1:], HOSTILE, strict=True):
        assert cell.type == "string"
        assert cell.formula is None
        assert cell.value == text.replace("\r", "\n")
    first, second = cells(data, "lines")[1:]
    assert [(cell.type, cell.value) for cell in first[:3]] == [
        ("string", "Merseyside"),
        ("float", -5),
        ("float", Decimal("-0.1")),
    ]
    assert (second[0].type, second[0].value, second[0].formula) == ("string", "=1+1", None)
    assert float(second[2].value) == 1 / 3
    assert first[3].type == "boolean"
    assert first[4].value is None


def test_a_formula_would_be_seen_by_the_check_above() -> None:
    """The control: a cell that does hold a formula is told from text."""
    from odfdo import Cell

    assert Cell(2, formula="of:=1+1").formula == "of:=1+1"


def test_csv_and_spreadsheet_hold_the_same_numbers() -> None:
    made = table("lines", LINES, Line)
    from_csv = [[row["count"], row["rate"]] for row in parsed(as_csv([made]))]
    from_ods = [[row[1].value, row[2].value] for row in cells(as_ods([made]), "lines")[1:]]
    assert [[float(a), float(b)] for a, b in from_csv] == [[float(a), float(b)] for a, b in from_ods]


@pytest.mark.parametrize("text", [*PLAIN, "  two  blanks  ", "<b>&amp;</b>", "]]>", "line\r\nline"])
def test_text_comes_back_from_a_spreadsheet_as_it_went_in(text: str) -> None:
    [[head], [cell]] = cells(as_ods([Table(name="t", columns=("text",), rows=((text,),))]), "t")
    assert head.value == "text"
    assert (cell.value or "") == text.replace("\r\n", "\n")


def test_what_xml_cannot_hold_is_marked_and_does_not_spoil_the_file() -> None:
    [_, [cell]] = cells(as_ods([Table(name="t", columns=("text",), rows=(("bell\x07",),))]), "t")
    assert cell.value == "bell\ufffd"


def test_a_report_of_thousands_of_rows_is_a_spreadsheet_in_a_moment() -> None:
    """Cell by cell it took the better part of a minute; the bound is wide, for machines that are busy."""
    many = Table(name="t", columns=("a", "b", "c"), rows=tuple(("x", n, n / 7) for n in range(5_000)))
    before = process_time()
    as_ods([many])
    assert process_time() - before < 5
