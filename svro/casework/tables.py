"""One Struct as a table, and tables as CSV and as an OpenDocument spreadsheet: the same numbers, never
altered.

Text that a spreadsheet would take for a formula stays text: in CSV by an apostrophe before it, in ODS by the
cell's type. Numbers are numbers, whatever their sign.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

Value = str | int | float | bool | None

# What spreadsheets read as the start of a formula, full-width too; tab and return start a cell of its own.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A name, the names of the columns, and rows of as many values."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def safe(text: str) -> str:
    """Text for a CSV cell: an apostrophe goes before what a spreadsheet would run. Blanks before a formula do
    not hide it.
    """
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip(" \u00a0").startswith(_FORMULA) else text


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


def as_csv(tables: Sequence[Table]) -> str:
    """Every table in one: its name in the column `section`, and the columns of all. Lines end as RFC 4180
    says.
    """
    columns = list(dict.fromkeys(column for one in tables for column in one.columns))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["section", *columns])
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


def as_ods(tables: Sequence[Table]) -> bytes:
    """A spreadsheet with a sheet for each table. Text is in cells of type string, which no program
    calculates.
    """
    from odfdo import Cell, Document, Row
    from odfdo import Table as Sheet

    document = Document("spreadsheet")
    document.body.clear()
    for one in tables:
        sheet = Sheet(one.name)
        for values in (one.columns, *one.rows):
            row = Row()
            for value in values:
                row.append_cell(_ods_cell(Cell, value), clone=False)
            sheet.append_row(row, clone=False)
        document.body.append(sheet)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _ods_cell(make: Any, value: Value) -> Any:
    if value is None:
        return make()
    if isinstance(value, str):
        return make(value, cell_type="string")
    return make(value, cell_type="boolean" if isinstance(value, bool) else "float")
