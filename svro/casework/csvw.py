"""What a CSV of ours is, column by column, as CSV on the Web metadata: so that a program reads it as it was
written.

W3C, Metadata Vocabulary for Tabular Data, Recommendation of 17 December 2015. The default place for it is
beside the file, its name followed by `-metadata.json`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from svro.casework.tables import Table, Value, columns_of

SUFFIX = "-metadata.json"
LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"

MEANINGS: dict[str, str] = {
    "section": "Which table of the report the row is of. Tables are never added up.",
    "force": "Police force, as data.police.uk names it",
    "year": "Financial year, from April to March",
    "months": "Months of the year that are held",
    "basis": "Whose word the ethnic group is: the person's, an officer's, or the first and else the second",
    "group": "Ethnic group; Unknown where nobody said or knows",
    "searches": "Searches counted",
    "residents": "Usual residents of the force's area of the group on the day of the Census named",
    "census": "The Census that counted the residents",
    "rate": "Searches per 1,000 residents, or per 1,000 days under order; not rounded",
    "low": "Lower 95% limit of the rate",
    "high": "Upper 95% limit of the rate",
    "ratio": "Rate of the group over the rate of White people; not rounded",
    "ratio_low": "Lower 95% limit of the ratio",
    "ratio_high": "Upper 95% limit of the ratio",
    "status": "Whether the figure may be quoted (ok, ok_low_precision) or why not",
    "order_days": "Days under order, each once for each person, less custody where its dates are held",
    "people": "People under order for a day or more",
    "people_searched": "Different people searched",
    "custody": "Whether days in custody are taken off",
    "held": "Months held (YYYY-MM), with blanks between",
    "missing": "Months not submitted or not imported: not months without searches",
    "rows": "Rows of the published files",
    "vehicle_only": "Searches of a vehicle only",
    "note": "How the numbers were made",
}


def _kind(values: Iterable[Value]) -> str:
    """The datatype that every value of a column has."""
    kinds = {
        "boolean"
        if isinstance(v, bool)
        else "integer"
        if isinstance(v, int)
        else "number"
        if isinstance(v, float)
        else "string"
        for v in values
        if v is not None
    }
    if kinds <= {"integer", "number"} and kinds:
        return "number" if "number" in kinds else "integer"
    return kinds.pop() if len(kinds) == 1 else "string"


def _name(column: str) -> str:
    """A column's name as the vocabulary allows it: a variable of a URI template."""
    return re.sub(r"\W+", "_", column).strip("_")


def metadata(tables: Sequence[Table], url: str, title: str, known_at: datetime) -> bytes:
    """The metadata of `as_csv(tables)`, found at `url`."""
    columns: list[dict[str, Any]] = []
    for column in columns_of(tables):
        values = [
            row[one.columns.index(column)] for one in tables if column in one.columns for row in one.rows
        ]
        about: dict[str, Any] = {"name": _name(column), "titles": column, "datatype": _kind(values)}
        if column == "section":
            about |= {"required": True}
        if meaning := MEANINGS.get(column):
            about["dc:description"] = meaning
        columns.append(about)
    whole = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:title": title,
        "dc:issued": {"@value": known_at.date().isoformat(), "@type": "xsd:date"},
        "dc:license": {"@id": LICENCE},
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\r\n"], "doubleQuote": True},
        "tableSchema": {"columns": columns},
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)
