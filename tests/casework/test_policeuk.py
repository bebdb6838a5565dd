"""The published format: every oddity that files have had is read alike, and nothing from what is no file."""

import io
import itertools
import json
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svro.policeuk import (
    COLUMNS,
    FIELDS,
    FIGURES,
    Document,
    Faulty,
    Month,
    Reading,
    Unreadable,
    found,
    named,
    records,
)
from svro.policeuk.rows import in_england_or_wales

HEADER = ",".join(COLUMNS)
ROW = (
    "Person search,2021-06-01T03:03:29+00:00,False,,51.535996,-0.078347,Male,over 34,White - Irish,White,"
    "Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,True,False"
)
VEHICLE = (
    "Vehicle search,2021-05-31T23:00:00+00:00,,,,,,,,,Police and Criminal Evidence Act 1984 (section 1),,,,"
)
CELLS = dict(zip(COLUMNS.values(), ROW.split(","), strict=True))
POINT = {"latitude": CELLS["latitude"], "longitude": CELLS["longitude"]}
JSON_ROW = json.dumps({k: v for k, v in CELLS.items() if k not in POINT} | {"location": POINT})
CLEAN = f"{HEADER}\n{ROW}\n{VEHICLE}\n"


def document(text: str | bytes, name: str = "file.csv") -> Document:
    data = text.encode() if isinstance(text, str) else text
    return Document(name, name, len(data), lambda: io.BytesIO(data))


def rows(text: str | bytes, name: str = "file.csv", month: str = "2021-06") -> list[dict[str, Any]]:
    reading = Reading(Month(month))
    return [dict(zip(FIELDS, reading.row(record), strict=True)) for record in records(document(text, name))]


def said(row: dict[str, Any]) -> dict[str, Any]:
    """What a row says, whatever its line and however it was spelt."""
    return {name: row[name] for name in FIELDS[FIELDS.index("type_code") :]} | {
        "occurred_at": row["occurred_at"]
    }


def faults(line: str, month: str = "2021-06") -> dict[str, str]:
    record = next(iter(records(document(f"{HEADER}\n{line}\n"))))
    with pytest.raises(Faulty) as raised:
        Reading(Month(month)).row(record)
    return dict(raised.value.faults)


def changed(column: str, value: str, line: str = ROW) -> str:
    cells = line.split(",")
    cells[list(COLUMNS).index(column)] = value
    return ",".join(cells)


def test_a_row_is_kept_word_for_word_beside_its_codes() -> None:
    person, vehicle = rows(CLEAN)
    assert [person[name] for name in FIELDS[2:17]] == ROW.split(",")
    assert person["line"] == 2
    assert person["occurred_at"] == datetime(2021, 6, 1, 3, 3, 29, tzinfo=UTC)
    assert said(person) == {
        "occurred_at": person["occurred_at"],
        "type_code": "person",
        "part_of_operation": False,
        "gender_code": "male",
        "age_code": "over-34",
        "self_defined_code": "W2",
        "officer_defined_code": "White",
        "power_code": "mda-23",
        "object_code": "controlled-drugs",
        "outcome_code": "arrest",
        "outcome_linked": True,
        "more_than_outer_removed": False,
        "vehicle_only": False,
        "no_location": False,
        "outside": False,
        "utc_month_differs": False,
        "london_month_differs": False,
        "extra": None,
    }
    assert vehicle["vehicle_only"]
    assert vehicle["no_location"]
    assert vehicle["utc_month_differs"], "23:00 UTC on 31 May is 1 June in London"
    assert not vehicle["london_month_differs"]
    assert vehicle["outcome_code"] == vehicle["self_defined_code"] == "unknown"
    assert vehicle["outcome_linked"] is None


INDEXED = "\n".join(f"{'' if n == 0 else n - 1},{line}" for n, line in enumerate(CLEAN.splitlines())) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        CLEAN.replace("\n", "\r\n"),
        CLEAN.replace("\n", "\r"),
        CLEAN.rstrip("\n"),
        "\ufeff" + CLEAN,
        f"{HEADER}\n{ROW}\n{HEADER}\n{VEHICLE}\n{HEADER}\n",
        f"{CLEAN}\n\n{',' * 14}\n",
        INDEXED,
        INDEXED.replace(",Type", "Unnamed: 0,Type", 1),
        INDEXED.replace(f"\n1,{VEHICLE}", f"\n,{HEADER}\n1,{VEHICLE}"),
        CLEAN.replace("03:03:29+00", "03:03:29.000000+00"),
        CLEAN.replace("T03:03:29+00:00", " 04:03:29+01:00"),
        CLEAN.replace("True", "1").replace("False", "0"),
        CLEAN.replace("True", "1.0").replace("False", "0.0"),
        CLEAN.replace("True", "TRUE").replace("False", "FALSE"),
        CLEAN.replace("Arrest", "Suspect arrested"),
        CLEAN.replace("White - Irish", "White - White Irish (W2)"),
        CLEAN.replace("White - Irish", " White - Irish "),
        '"' + CLEAN.replace(",", '","').replace("\n", '"\n"').removesuffix('"'),
    ],
    ids=[
        *(
            "crlf",
            "bare cr",
            "no last line end",
            "byte-order mark",
            "headers repeated",
            "empty rows",
            "index",
        ),
        *(
            "pandas index",
            "index and headers",
            "microseconds",
            "offset",
            "booleans 1 and 0",
            "1.0 and 0.0",
            "TRUE",
        ),
        *("old outcomes", "coded labels", "padding", "quoted"),
    ],
)
def test_however_a_file_was_saved_it_says_the_same(text: str) -> None:
    assert [said(row) for row in rows(text)] == [said(row) for row in rows(CLEAN)]


def test_the_sites_json_says_what_its_csv_says() -> None:
    def one(line: str, point: dict[str, Any] | None) -> dict[str, Any]:
        cells = dict(zip(COLUMNS.values(), line.split(","), strict=True))
        kinds: dict[str, Any] = {"True": True, "False": False, "": None}
        return {
            "location": point,
            "outcome_object": {"id": "bu-arrest"},
            **{k: kinds.get(v, v) for k, v in cells.items() if k not in ("latitude", "longitude")},
        }

    street = {
        "latitude": "51.535996",
        "longitude": "-0.078347",
        "street": {"id": 1, "name": "On or near here"},
    }
    text = json.dumps([one(ROW, street), one(VEHICLE, None)], indent=1)
    person, vehicle = rows(text, "file.json")
    plain = [said(row) | {"extra": None} for row in rows(CLEAN)]
    assert [said(row) | {"extra": None} for row in (person, vehicle)] == plain
    assert json.loads(person["extra"]) == {
        "outcome_object": {"id": "bu-arrest"},
        "location": {"street": street["street"]},
    }
    assert person["outcome_linked_to_object_of_search"] == "true"
    assert vehicle["outcome"] is None
    reading = Reading(Month("2021-06"))
    for record in records(document(text, "file.json")):
        reading.row(record)
    assert reading.extra_keys == {"outcome_object": 2, "location.street": 1}


@pytest.mark.parametrize("depth", [10, *range(900, 1000, 9), 20_000])
def test_json_nested_deep_is_read_or_refused_and_nothing_else(depth: int) -> None:
    nest = f'[{JSON_ROW[:-1]}, "x": {"[" * depth}{"]" * depth}}}]'
    reading = Reading(Month("2021-06"))
    with suppress(*() if depth == 10 else (Unreadable, Faulty)):
        for record in records(document(nest, "file.json")):
            reading.row(record)
    assert reading.accepted == (
        1 if depth == 10 else 0 if depth == 20_000 else reading.extra_keys.get("x", 0)
    )


def test_a_power_on_no_list_is_kept_counted_and_not_guessed_at() -> None:
    text = "Sentencing Act 2020 (section 342E)"
    reading = Reading(Month("2021-06"))
    (record,) = records(document(f"{HEADER}\n{changed('Legislation', text)}\n"))
    row = dict(zip(FIELDS, reading.row(record), strict=True))
    assert (row["legislation"], row["power_code"]) == (text, "unlisted")
    assert reading.unlisted == {text: 1}
    (blank,) = rows(f"{HEADER}\n{changed('Legislation', '')}\n")
    assert blank["power_code"] == "unknown"


def test_no_file_can_fill_the_memory_with_names() -> None:
    reading = Reading(Month("2021-06"))
    for n, record in enumerate(
        records(document("\n".join([HEADER, *(changed("Legislation", f"Act {n}") for n in range(3000))])))
    ):
        assert reading.row(record)[0] == n + 2
    assert len(reading.unlisted) == 1001
    assert sum(reading.unlisted.values()) == 3000


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Type", "", "not a known type of search"),
        ("Type", "Strip search", "not a known type of search: 'Strip search'"),
        ("Date", "", "not a date and time"),
        ("Date", "2021-06-01T03:03:29", "no offset"),
        ("Date", "01/06/2021 03:03", "not a date and time"),
        ("Date", "2021-06-31T03:03:29+00:00", "not a date and time"),
        ("Date", "0001-01-01T00:00:00+00:00", "not of this century"),
        ("Date", "2021-08-01T00:00:00+00:00", "more than a month away"),
        ("Part of a policing operation", "yes", "not a known yes or no"),
        ("Latitude", "", "not a point"),
        ("Latitude", "north", "not a point"),
        ("Latitude", "nan", "not a point"),
        ("Longitude", "181", "not a point"),
        ("Gender", "M", "not a known gender"),
        ("Age range", "35", "not a known age range"),
        ("Self-defined ethnicity", "IC1", "not a known self-defined ethnicity"),
        ("Officer-defined ethnicity", "Chinese", "not a known officer-defined ethnicity"),
        ("Object of search", "Anything", "not a known object of search"),
        ("Outcome", "Released", "not a known outcome"),
        ("Removal of more than just outer clothing", "2", "not a known yes or no"),
    ],
)
def test_a_cell_that_is_not_understood_is_named_by_its_column(column: str, value: str, reason: str) -> None:
    found_faults = faults(changed(column, value))
    assert set(found_faults) <= {column, "Latitude"}, "a point is named by its first half"
    assert reason in next(iter(found_faults.values()))


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    line = changed("Outcome", "x", changed("Gender", "y", changed("Date", "z")))
    assert set(faults(line)) == {"Date", "Gender", "Outcome"}


def test_long_values_are_cut_short_in_reasons() -> None:
    assert len(faults(changed("Outcome", "x" * 5000))["Outcome"]) < 150


def test_the_months_beside_the_month_of_record_are_flagged_and_no_others_are_taken() -> None:
    for day, utc, london in [
        ("05-31T22:59:59", True, True),
        ("05-31T23:00:00", True, False),
        ("07-31T22:59:59", True, True),
    ]:
        (row,) = rows(f"{HEADER}\n{changed('Date', f'2021-{day}+00:00')}\n")
        assert (row["utc_month_differs"], row["london_month_differs"]) == (utc, london)
    assert "more than a month away" in faults(changed("Date", "2021-07-31T23:00:00+00:00"))["Date"]


def test_a_row_that_is_rejected_counts_in_nothing_else() -> None:
    reading = Reading(Month("2021-06"))
    (record,) = records(document(f"{HEADER}\n{changed('Outcome', 'x', VEHICLE)}\n"))
    with pytest.raises(Faulty):
        reading.row(record)
    assert reading.figures() == dict.fromkeys(FIGURES, 0) | {"rows": 1, "rejected": 1}
    assert reading.counts == {}


@pytest.mark.parametrize(
    ("place", "latitude", "longitude", "inside"),
    [
        ("Marshall Meadows, England's north", 55.81, -2.03, True),
        ("Carlisle", 54.89, -2.93, True),
        ("St Mary's, Scilly", 49.91, -6.31, True),
        ("St Davids, Wales' west", 51.88, -5.27, True),
        ("Holyhead", 53.31, -4.63, True),
        ("Lowestoft", 52.48, 1.75, True),
        ("Edinburgh Waverley", 55.952496, -3.188535, False),
        ("Gretna's far side, Dumfries", 55.07, -3.6, False),
        ("Galashiels", 55.61, -2.81, False),
        ("the point in Ireland that forces publish", 54.370753, -8.053397, False),
        ("Belfast", 54.6, -5.93, False),
        ("Dublin", 53.35, -6.26, False),
        ("Douglas, Isle of Man", 54.15, -4.48, False),
        ("Jersey", 49.19, -2.11, False),
        ("Calais", 50.95, 1.86, False),
        ("nowhere", 0.0, 0.0, False),
    ],
)
def test_points_outside_england_and_wales_are_told(
    place: str, latitude: float, longitude: float, inside: bool
) -> None:
    assert in_england_or_wales(latitude, longitude) is inside, place


@pytest.mark.parametrize(
    ("name", "month", "force"),
    [
        ("2019-01-avon-and-somerset-stop-and-search.csv", "2019-01", "avon-and-somerset"),
        ("2023-09-merseyside-stop-and-search.excerpt.csv", "2023-09", "merseyside"),
        ("2019-01-btp-stop-and-search (1).csv", "2019-01", "btp"),
        ("sussex-stop-and-search.csv", None, "sussex"),
        ("2024-09.json", "2024-09", None),
        ("enriched-2022-12.json", "2022-12", None),
        ("2022-12-17.json", None, None),
        ("2019-01_2021-11.csv", None, None),
        ("2019-13-sussex-stop-and-search.csv", None, None),
        ("stops.csv", None, None),
    ],
)
def test_a_name_gives_month_and_force_or_neither(name: str, month: str | None, force: str | None) -> None:
    assert named(name) == (month, force)


def test_folders_and_archives_are_searched_and_other_files_passed_over(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "2021-06-sussex-stop-and-search.csv").write_text(CLEAN)
    (tmp_path / "2021-06-sussex-street.csv").write_text("Crime ID")
    (tmp_path / "notes.txt").write_text("x")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("__MACOSX/._2021-06-kent-stop-and-search.csv", b"\0")
        archive.writestr("2021-06/2021-06-kent-stop-and-search.csv", CLEAN)
        archive.writestr("../../2021-06-essex-stop-and-search.csv", CLEAN)
        archive.writestr("inner.zip", b"PK")
        archive.writestr("readme.md", "x")
    with found([tmp_path]) as files:
        assert [d.own_name for d in files.documents] == [
            *("2021-06-kent-stop-and-search.csv", "2021-06-essex-stop-and-search.csv"),
            "2021-06-sussex-stop-and-search.csv",
        ]
        assert [list(records(d))[0][1][0] for d in files.documents] == ["Person search"] * 3
        assert [name.rpartition("/")[2] for name, _ in files.refused] == ["inner.zip"]
        assert len(files.passed_over) == 4
    assert not (tmp_path.parent / "2021-06-essex-stop-and-search.csv").exists()


def test_a_bomb_is_not_opened(tmp_path: Path) -> None:
    bomb = tmp_path / "2021-06.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("2021-06-kent-stop-and-search.csv", b"," * (8 << 20))
        archive.writestr("2021-06-sussex-stop-and-search.csv", CLEAN * 100)
    with found([bomb]) as files:
        assert [d.own_name for d in files.documents] == ["2021-06-sussex-stop-and-search.csv"]
        assert "200 times" in files.refused[0][1]


class Long(io.RawIOBase):
    """A file that is made as it is read: `first`, `again` as often as one likes, `last`."""

    def __init__(self, first: str, again: str, last: str, times: int) -> None:
        self.parts = itertools.chain([first], itertools.repeat(again, times), [last])

    def read(self, _size: int = -1) -> bytes:
        return "".join(itertools.islice(self.parts, 100)).encode()


def peak(name: str, first: str, again: str, last: str, times: int) -> int:
    """The bytes that reading a file of `times` rows and one takes at most."""
    reading = Reading(Month("2021-06"))
    tracemalloc.start()
    for record in records(Document(name, name, 0, lambda: Long(first, again, last, times))):
        reading.row(record)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reading.accepted == times + 1
    return most


@pytest.mark.parametrize(
    ("name", "first", "again", "last"),
    [("file.csv", HEADER, f"\n{ROW}", f"\n{ROW}\n"), ("file.json", "[", f"{JSON_ROW},\n", f"{JSON_ROW}]")],
)
def test_memory_does_not_grow_with_the_file(name: str, first: str, again: str, last: str) -> None:
    small, large = (peak(name, first, again, last, times) for times in (2_000, 20_000))
    assert large < small * 1.1
