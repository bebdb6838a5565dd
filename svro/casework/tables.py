"""One Struct as a table, and tables as CSV and as an OpenDocument spreadsheet: the same numbers, never
altered.

Text that a spreadsheet would take for a formula stays text: in CSV by an apostrophe before it, in ODS by the
cell's type. Numbers are numbers, whatever their sign.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZipFile, ZipInfo

import msgspec

from svro.documents.cells import safe

Value = str | int | float | bool | None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A name, the names of the columns, and rows of as many values."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def table(name: str, rows: Iterable[msgspec.Struct], kind: type[msgspec.Struct]) -> Table:
    """Structs of one kind as a table: a column for each field, in order; a mapping becomes a column for each
    of its keys.
    """
    flat = [_flat(msgspec.structs.asdict(row)) for row in rows]
    columns = list(dict.fromkeys(column for row in flat for column in row)) or [
        field.encode_name for field in msgspec.structs.fields(kind)
    ]
    return Table(
        name=name, columns=tuple(columns), rows=tuple(tuple(row.get(c) for c in columns) for row in flat)
    )


def _flat(row: Mapping[str, Any]) -> dict[str, Value]:
    out: dict[str, Value] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            out.update({f"{name} {key}": _plain(inner) for key, inner in value.items()})
        else:
            out[name] = _plain(value)
    return out


def _plain(value: Any) -> Value:
    if isinstance(value, (list, tuple)):
        return " ".join(str(part) for part in value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value  # type: ignore[no-any-return]


def columns_of(tables: Sequence[Table]) -> list[str]:
    """The columns of the one CSV that several tables make."""
    return ["section", *dict.fromkeys(column for one in tables for column in one.columns)]


def as_csv(tables: Sequence[Table]) -> str:
    """Every table in one: its name in the column `section`, and the columns of all. Lines end as RFC 4180
    says.
    """
    named, *columns = columns_of(tables)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([named, *columns])
    for one in tables:
        for row in one.rows:
            cells = dict(zip(one.columns, row, strict=True))
            writer.writerow([one.name, *(_csv_cell(cells.get(column)) for column in columns)])
    return out.getvalue()


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe(value) if isinstance(value, str) else repr(value)


_EMPTY = "<office:spreadsheet/>"


def as_ods(tables: Sequence[Table], made: datetime = datetime(1980, 1, 1, tzinfo=UTC)) -> bytes:
    """A spreadsheet with a sheet for each table; text is in cells of type string, which nothing runs.

    It is dated `made` throughout, so that the same tables are the same bytes.
    """
    from odfdo import Document

    document = Document("spreadsheet")
    document.body.clear()
    # Written as text: a report of four thousand rows, made cell by cell, took the better part of a minute.
    before, _, after = document.content.serialize().decode().partition(_EMPTY)
    sheets = "".join(map(_ods_sheet, tables))
    content = f"{before}<office:spreadsheet>{sheets}</office:spreadsheet>{after}"
    document.set_part("content.xml", content.encode())
    at = made.astimezone(UTC)
    document.meta.creation_date = document.meta.date = at
    out = io.BytesIO()
    document.save(out)
    return _dated(out, at)


def _dated(archive: io.BytesIO, at: datetime) -> bytes:
    """The same archive, each of its files dated `at` and not by the clock."""
    out = io.BytesIO()
    with ZipFile(archive) as old, ZipFile(out, "w") as new:
        for info in old.infolist():
            kept = ZipInfo(info.filename, at.timetuple()[:6])
            new.writestr(kept, old.read(info), compress_type=info.compress_type)
    return out.getvalue()


def _ods_sheet(one: Table) -> str:
    rows = (
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"
        for row in (one.columns, *one.rows)
    )
    columns = f'<table:table-column table:number-columns-repeated="{len(one.columns)}"/>'
    return f"<table:table table:name={quoteattr(one.name)}>{columns}{''.join(rows)}</table:table>"


def _ods_cell(value: Value) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, str):
        paragraph = f"<text:p>{_ods_text(value)}</text:p>"
        return f'<table:table-cell office:value-type="string">{paragraph}</table:table-cell>'
    kind, name, text = (
        ("boolean", "boolean-value", "true" if value else "false")
        if isinstance(value, bool)
        else ("float", "value", repr(value))
    )
    return (
        f'<table:table-cell office:value-type="{kind}" office:{name}="{text}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANKS = re.compile(r"^ | $|  +|\t|\r\n|\r|\n")


def _ods_text(text: str) -> str:
    """Text as ODF writes it: blanks, tabs and line ends as elements; U+FFFD for what XML can't hold."""

    def element(found: re.Match[str]) -> str:
        blank = found[0]
        if blank == "\t":
            return "<text:tab/>"
        return f'<text:s text:c="{len(blank)}"/>' if blank.startswith(" ") else "<text:line-break/>"

    return _BLANKS.sub(element, escape(_NOT_XML.sub("\ufffd", text)))
