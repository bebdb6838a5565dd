"""A report as people read it, whatever it is read on: sentences, charts and tables, its numbers already said.

The page, the HTML file and the PDF all show one Paper, so they cannot differ.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from svro.documents.charts import Chart


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column's heading; numbers stand to the right."""

    label: str
    numeric: bool = False


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """A table for readers: rows of as many texts as there are columns; the first names the row."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """One table with what it says: sentences with their counts first, a chart of the same numbers, remarks.

    `key` tells it from every other of the paper: lower-case letters, digits and hyphens.
    """

    key: str
    caption: str
    sentences: tuple[str, ...] = ()
    chart: Chart | None = None
    grid: Grid | None = None
    remarks: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A section. `nothing` is what is said where there is nothing to show."""

    heading: str
    exhibits: tuple[Exhibit, ...] = ()
    nothing: str = ""
    remarks: tuple[str, ...] = ()


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A whole report. `known_at` dates it, and `method` says how its numbers were made, a paragraph each."""

    title: str
    lead: str
    parts: tuple[Part, ...]
    method: tuple[str, ...]
    known_at: datetime
    version: str

    @property
    def exhibits(self) -> Iterator[Exhibit]:
        return (exhibit for part in self.parts for exhibit in part.exhibits)
