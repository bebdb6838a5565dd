"""Damaged files of published searches: each is refused, or its rows rejected, with a reason; nothing changes.

The database holds the undamaged month already, under the same name: damage that got through would replace it.
"""

import csv
import gzip
import io
import json
import shutil
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from svro.casework.imports import Summary, import_searches
from svro.policeuk import COLUMNS
from svro.records import Database
from svro.records.ledger import LedgerLeaf
from svro.records.published import PublishedCount, PublishedImport, PublishedSearch
from svro.records.reach import ALL

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "2021-06-sussex-stop-and-search.csv"
HEADER = ",".join(COLUMNS)
ROWS = [
    f"Person search,2021-06-0{n}T03:03:29+00:00,False,,51.535996,-0.078347,Male,over 34,White - Irish,White,"
    "Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,True,False"
    for n in range(1, 7)
]
GOOD = "\n".join([HEADER, *ROWS, ""])


def columns(change: dict[int, str]) -> str:
    """The file with these columns of its header otherwise."""
    return GOOD.replace(HEADER, ",".join(change.get(n, name) for n, name in enumerate(COLUMNS)), 1)


def every(old: str, new: str) -> str:
    return "\n".join([HEADER, *(row.replace(old, new, 1) for row in ROWS), ""])


def archive(data: bytes, name: str = NAME, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind, compresslevel=9) as made:
        made.writestr(name, data)
    return out.getvalue()


def stops(**change: Any) -> list[dict[str, Any]]:
    """The rows as the site's API gives them."""
    out = []
    for row in ROWS:
        cells: dict[str, Any] = dict(zip(COLUMNS.values(), row.split(","), strict=True))
        cells["location"] = {"latitude": cells.pop("latitude"), "longitude": cells.pop("longitude")}
        out.append(cells | change)
    return out


def encrypted() -> bytes:
    data = bytearray(archive(GOOD.encode()))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    return bytes(data)


def torn_inside() -> bytes:
    data = bytearray(archive(GOOD.encode(), kind=zipfile.ZIP_STORED))
    data[data.index(b"Misuse")] ^= 1
    return bytes(data)


def unpacked_wrongly() -> bytes:
    data = bytearray(archive(GOOD.encode()))
    place = data.index(b"PK\x03\x04") + 30 + len(NAME)
    data[place : place + 20] = b"\xff" * 20
    return bytes(data)


JSON = NAME.replace(".csv", ".json")
ZIP = "june.zip"
PIVOT = (
    "\ufeffRow Labels,2016 June,2017 June\rAsian - Indian (A1),50,37\rWhite - White British (W1),573,325\r"
)
WHOLE = json.dumps(stops())

# what is wrong -> (name, content, what the refusal or the reject line says)
DAMAGE: dict[str, tuple[str, str | bytes, str]] = {
    "empty": (NAME, "", "it has no header"),
    "only line ends": (NAME, "\n\r\n\n", "it has no header"),
    "header only": (NAME, HEADER + "\n", "it has no rows"),
    "no header": (NAME, "\n".join(ROWS), "column 1 is 'Person search' where 'Type' is expected"),
    "header shifted": (
        NAME,
        GOOD.replace("Type,", "", 1),
        "column 1 is 'Date' where 'Type' is expected",
    ),
    "header shifted the other way": (NAME, "Force," + GOOD, "column 1 is 'Force' where 'Type' is expected"),
    "two columns swapped": (
        NAME,
        columns({4: "Longitude", 5: "Latitude"}),
        "column 5 is 'Longitude' where 'Latitude' is expected",
    ),
    "column renamed": (NAME, columns({8: "Ethnicity"}), "column 9 is 'Ethnicity' where 'Self-defined"),
    "column missing at the end": (
        NAME,
        GOOD.replace(",Removal of more than just outer clothing", "", 1),
        "column 15, 'Removal of more than just outer clothing', is missing",
    ),
    "column too many": (NAME, columns({14: f"{list(COLUMNS)[14]},Notes"}), "column 16, 'Notes', is not exp"),
    "a pivot table": (NAME, PIVOT, "column 1 is 'Row Labels' where 'Type' is expected"),
    "semicolons": (NAME, GOOD.replace(",", ";"), "where 'Type' is expected"),
    "tabs": (NAME, GOOD.replace(",", "\t"), "where 'Type' is expected"),
    "another series of the site": (
        NAME,
        "Crime ID,Month,Reported by\n,2021-06,Sussex Police\n",
        "'Crime ID'",
    ),
    "a web page": (NAME, "<!DOCTYPE html><title>404</title>", "column 1 is '<!DOCTYPE html>"),
    "UTF-16 with its mark": (NAME, GOOD.encode("utf-16"), "it is not UTF-8 text"),
    "UTF-16 without": (NAME, GOOD.encode("utf-16-le"), "NUL characters"),
    "Windows-1252": (NAME, every("Male", "M\xe2le").encode("cp1252"), "it is not UTF-8 text"),
    "a letter cut in half": (NAME, (GOOD + "é").encode()[:-1], "it is not UTF-8 text"),
    "a NUL in a cell": (NAME, every("Male", "Ma\0le"), "NUL characters"),
    "an endless first line": (NAME, "Type" + "," * 200_000, "line 1 is longer than 65,536"),
    "an endless line inside": (
        NAME,
        GOOD.replace("Male", "M" * 100_000, 1),
        "line 2 is longer than 65,536",
    ),
    "an endless last line": (NAME, GOOD + "x" * 100_000, "line 8 is longer than 65,536"),
    "a quotation mark left open": (NAME, GOOD.replace(",Male", ',"Male', 1), "is not CSV"),
    "a quotation mark left open for long": (
        NAME,
        GOOD.replace(",Male", ',"Male', 1) + "\n".join(ROWS * 200),
        "is not CSV",
    ),
    "compressed but called CSV": (NAME, gzip.compress(GOOD.encode()), "it is not UTF-8 text"),
    "a ZIP called CSV": (NAME, archive(GOOD.encode()), "not"),
    "rows shifted": (NAME, every("Person search,", ""), "14 cells where 15 are expected"),
    "rows shifted within their width": (
        NAME,
        every("Person search,", "").replace("True,False", "True,False,"),
        "not a known type of search: '2021-06-0",
    ),
    "unknown ethnic labels": (NAME, every("White - Irish", "White - Cornish"), "'White - Cornish'"),
    "unknown outcomes": (NAME, every("Arrest", "Let off"), "not a known outcome: 'Let off'"),
    "dates from a spreadsheet": (NAME, every("2021-06-0", "01/06/2021 0"), "not a date and time"),
    "dates without an offset": (NAME, every("+00:00", ""), "no offset from UTC"),
    "another month's rows": (NAME, GOOD.replace("2021-06", "2019-06"), "more than a month away from 2021-06"),
    "points that are none": (NAME, every("51.535996", "51,5"), "cells where 15 are expected"),
    "places for points": (NAME, every("51.535996", "Brighton"), "not a point in degrees: 'Brighton'"),
    "one row of six damaged": (NAME, GOOD.replace("Male", "Mle", 1), "not a known gender: 'Mle'"),
    "cut off in its last row": (NAME, GOOD[:-60], "cells where 15 are expected"),
    "no force in the name": ("june-2021.csv", GOOD, "say which with --force"),
    "a force that is none": (NAME.replace("sussex", "wessex"), GOOD, "say which with --force"),
    "a spreadsheet": ("2021-06-sussex-stop-and-search.xlsx", archive(b"x"), "neither CSV, JSON nor ZIP"),
    "JSON cut short": (JSON, WHOLE[:-200], "it breaks off, or stops being JSON, after record 5"),
    "JSON of an error": (JSON, '{"error": 502}', "there is '{' where the start of a JSON list should be"),
    "JSON of something else": (JSON, '[{"id": "sussex", "name": "Sussex Police"}]', "there is no 'type'"),
    "JSON without a column": (
        JSON,
        json.dumps([{k: v for k, v in stop.items() if k != "legislation"} for stop in stops()]),
        "there is no 'legislation'",
    ),
    "JSON without commas": (JSON, WHOLE.replace("}, {", "} {"), "after record 1 there is '{' where a comma"),
    "JSON and more": (JSON, WHOLE + "[]", "there is '[' where nothing more should be"),
    "JSON with an endless record": (
        JSON,
        json.dumps(stops(gender="M" * 100_000)),
        "record 1 is not JSON, or is longer than 65,536",
    ),
    "JSON nested without end": (JSON, "[" * 100_000, "record 1 is not JSON"),
    "JSON of lists": (JSON, json.dumps([["Person search"]] * 3), "not a search: ['Person search']"),
    "JSON with a list for a label": (JSON, json.dumps(stops(outcome=["Arrest"])), "not a known outcome"),
    "JSON with half a point": (
        JSON,
        json.dumps(stops(location={"latitude": "51.5", "longitude": None})),
        "not a point in degrees: '51.5', ''",
    ),
    "JSON with a number that is none": (
        JSON,
        json.dumps(stops(street=float("nan"))),
        "stops being JSON, after record 0",
    ),
    "JSON with an escaped NUL": (JSON, json.dumps(stops(legislation="Act\0")), "it holds a NUL character"),
    "JSON with half a character": (JSON, json.dumps(stops(legislation="Act \ud800")), "half a character"),
    "JSON with half a character beside": (JSON, json.dumps(stops(street="\ud800")), "half a character"),
    "an empty JSON list": (JSON, " [ ] ", "it has no rows"),
    "a ZIP cut short": (ZIP, archive(GOOD.encode())[:-40], "it is not a whole ZIP archive"),
    "text called ZIP": (ZIP, GOOD, "it is not a whole ZIP archive"),
    "a ZIP with a wrong checksum": (ZIP, torn_inside(), "the archive is damaged"),
    "a ZIP that does not unpack": (ZIP, unpacked_wrongly(), "the archive is damaged"),
    "a ZIP bomb": (ZIP, archive(b"," * (8 << 20)), "more than 200 times its size"),
    "an encrypted ZIP": (ZIP, encrypted(), "it is encrypted"),
    "a ZIP in a ZIP": (ZIP, archive(archive(GOOD.encode()), "inner.zip"), "a ZIP inside a ZIP is not opened"),
    "a damaged file in a ZIP": (ZIP, archive(PIVOT.encode()), "column 1 is 'Row Labels'"),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One database for all the damage on each engine: none of it should show."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("damage") / "svro.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite+aiosqlite:///{file}"
    else:
        template = request.getfixturevalue("postgres_template")
        with request.getfixturevalue("on_postgres")(template) as lent:
            yield lent


@pytest.fixture
async def holding(url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database that holds the undamaged month."""
    database = Database(url, durable=False)
    good = tmp_path / "undamaged" / NAME
    good.parent.mkdir()
    good.write_text(GOOD)
    summary = await take(database, good)
    assert summary.new + summary.unchanged == 1
    yield database
    await database.close()


async def take(database: Database, path: Path, rejects: Any = None, **asked: Any) -> Summary:
    return await import_searches(
        database, [path], published=date(2026, 11, 22), now=NOW, rejects=rejects, **asked
    )


async def everything(database: Database) -> list[set[Any]]:
    """All that an import could change."""
    out = []
    async with database.read(ALL) as session:
        for table in (PublishedImport, PublishedSearch, PublishedCount, LedgerLeaf):
            out.append(set(await session.execute(select(table.__table__))))
    return out


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_there_are_forty_and_more() -> None:
    assert len(DAMAGE) >= 40


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_named_and_changes_nothing(damage: str, holding: Database, tmp_path: Path) -> None:
    name, content, reason = DAMAGE[damage]
    before = await everything(holding)
    rejects = io.StringIO()
    summary = await take(holding, written(tmp_path, name, content), rejects)
    head, *lines = csv.reader(io.StringIO(rejects.getvalue()))
    assert head == ["file", "line", "column", "reason"]
    assert lines, "damage leaves a line in the rejects"
    assert any(reason in line[3] for line in lines), lines
    assert all(len(line[3]) < 300 for line in lines)
    assert await everything(holding) == before
    assert (summary.new, summary.replaced) == (0, 0)
    if not summary.refused:
        assert (summary.rejected, summary.held_back + summary.unchanged) == (1, 1)
    assert summary.rows == summary.accepted + summary.rejected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME.replace("sussex", "kent"), GOOD.encode()),
        (JSON.replace("sussex", "essex"), WHOLE.encode()),
        (ZIP, archive(GOOD.encode(), NAME.replace("sussex", "surrey"))),
    ],
    ids=["CSV", "JSON", "ZIP"],
)
async def test_the_same_undamaged_is_imported(
    name: str, content: bytes, holding: Database, tmp_path: Path
) -> None:
    """The control: it is the damage that was refused above."""
    before = await everything(holding)
    rejects = io.StringIO()
    summary = await take(holding, written(tmp_path, name, content), rejects)
    assert (summary.new, summary.accepted, summary.rejected, summary.refused) == (1, 6, 0, [])
    assert rejects.getvalue() == "file,line,column,reason\n"
    assert [now - then != set() for now, then in zip(await everything(holding), before, strict=True)] == [
        True
    ] * 4


async def test_a_good_file_among_all_the_damaged_ones_is_imported(holding: Database, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    for n, (name, content, _) in enumerate(DAMAGE.values()):
        (folder / f"{n:02}").mkdir()
        written(folder / f"{n:02}", name, content)
    written(folder, NAME.replace("sussex", "dorset"), GOOD)
    summary = await take(holding, folder)
    assert summary.new == 1
    spreadsheets = [name for name in summary.passed_over if name.endswith(".xlsx")]
    assert len(spreadsheets) == 1, "in a folder other files are passed over"
    assert len(summary.refused) + summary.held_back + summary.unchanged == len(DAMAGE) - 1
    assert summary.held_back == 2
