"""A disclosure as data: JSON with its schema, CSV with what describes it, and the proofs."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from svro.documents.cells import safe
from svro.documents.disclosed import Disclosed
from svro.verify_bundle import plain, tables

FORMAT = "svro disclosure 1"
_APART = ("evidence", "checkpoint")  # files of their own


def content(disclosed: Disclosed) -> dict[str, Any]:
    """All that a reader is shown, as JSON can say it."""
    said = msgspec.json.decode(msgspec.json.encode(disclosed))
    return {"format": FORMAT, **{name: one for name, one in said.items() if name not in _APART}}


def files(disclosed: Disclosed) -> dict[str, bytes]:
    """The data of a disclosure, by the names of the files."""
    said = content(disclosed)
    made = tables(said)
    labels = {
        value.name: value.label
        for section in disclosed.sections
        for item in section.items
        for value in item.values
    }
    return {
        "disclosure.json": _lines(said),
        "disclosure.schema.json": _lines(schema()),
        "evidence.json": _each_on_a_line(disclosed.evidence),
        "checkpoint.txt": disclosed.checkpoint.encode(),
        "csv/csv-metadata.json": _lines(metadata(made, labels, disclosed)),
        **{name: as_csv(rows) for name, rows in made.items()},
    }


def _lines(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _each_on_a_line(rows: Iterable[msgspec.Struct]) -> bytes:
    lines = b",\n".join(map(msgspec.json.encode, rows))
    return b"[\n" + lines + b"\n]\n" if lines else b"[]\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of `disclosure.json`; that of `evidence.json` is its definition `EvidenceFile`."""
    made = msgspec.json.schema(Disclosed)
    definitions = made["$defs"]
    disclosed = definitions["Disclosed"]
    for name in _APART:
        del disclosed["properties"][name]
        disclosed["required"].remove(name)
    disclosed["properties"] = {"format": {"const": FORMAT}, **disclosed["properties"]}
    disclosed["required"].insert(0, "format")
    definitions["EvidenceFile"] = {"type": "array", "items": {"$ref": "#/$defs/Evidence"}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def as_csv(rows: Sequence[Sequence[object]]) -> bytes:
    """Rows as CSV; lines end as RFC 4180 says. What a spreadsheet would run has an apostrophe before it."""
    out = io.StringIO()
    csv.writer(out).writerows(
        [plain(one) if isinstance(one, int | float) else safe(plain(one)) for one in row] for row in rows
    )
    return out.getvalue().encode()


_KINDS = {"item number": "integer", "item": "integer", "redacted": "boolean"}
_MEANINGS = {
    "item number": "The item's number on the schedule",
    "item entries": "The leaves in evidence.json that vouch for the item, with a semicolon between",
    "item row": "The record as the log hashed it, where all of it is shown",
    "item file": "The item's file in the folder of documents",
    "item": "The item's number on the schedule",
    "where": "The field, or the page of the document, from which something was taken out",
    "ground": "The code of the reason",
    "deposited_sha256": "SHA-256 of the file as it was deposited, in hex",
}


def metadata(
    made: Mapping[str, Sequence[Sequence[object]]], labels: Mapping[str, str], disclosed: Disclosed
) -> dict[str, Any]:
    """What the tables are, column by column: W3C, Metadata Vocabulary for Tabular Data, 2015.

    A field that says nothing says in brackets why: no data held, redacted with the ground, or erased.
    """
    dialect = {"header": True, "encoding": "utf-8", "lineTerminators": ["\r\n"], "doubleQuote": True}
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": f"Disclosure {disclosed.reference}, issue {disclosed.issue}",
        "dc:issued": {"@value": disclosed.known_at.date().isoformat(), "@type": "xsd:date"},
        "dialect": dialect,
        "tables": [
            {
                "url": name.removeprefix("csv/"),
                "tableSchema": {"columns": [_column(str(one), labels) for one in rows[0]]},
            }
            for name, rows in made.items()
        ],
    }


def _column(name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    kind = _KINDS.get(name, "string")
    about = {"name": re.sub(r"\W+", "_", name).strip("_"), "titles": name, "datatype": kind}
    meaning = _MEANINGS.get(name) or labels.get(name)
    return {**about, "dc:description": meaning} if meaning else about
