"""The tables of our own against what they were written from."""

import csv
from pathlib import Path

import pytest

from svro.law import identifiers
from svro.reference import census
from svro.reference.courts import COURTS, court
from svro.reference.forces import FORCES


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_there_are_43_territorial_forces_and_the_transport_police_in_order() -> None:
    assert len(FORCES) == 44
    assert list(FORCES) == sorted(FORCES)
    assert [slug for slug, force in FORCES.items() if force.ons is None] == ["btp"]
    for name in ("ons", "pnc", "name"):
        held = [getattr(force, name) for force in FORCES.values()]
        assert len(set(held)) == len(held), name


def test_the_forces_are_those_of_the_published_lists(shared: Path) -> None:
    rows = {row["policeuk_slug"]: row for row in read(shared / "data" / "codes" / "force-codes.csv")}
    assert set(rows) == set(FORCES)
    for slug, force in FORCES.items():
        row = rows[slug]
        assert (force.ons or "", force.pnc, force.name) == (
            row["ons_pfa22cd"],
            row["pnc_force_code"],
            row["policeuk_api_name"],
        )
        assert force.pilot == (row["svro_pilot_2023_2025"] == "1")


def test_census_2021_is_the_published_table_in_every_cell(shared: Path) -> None:
    rows = read(shared / "data" / "census" / "census2021-force-ethnicity-19.csv")
    slugs = {force.ons: slug for slug, force in FORCES.items()}
    assert len(rows) == len(census.table(2021)) == 43
    for row in rows:
        slug = slugs[row["pfa22cd"]]
        assert sorted(census.table(2021)[slug].values()) == sorted(
            int(n) for name, n in row.items() if ": " in name
        )
        for group in census.GROUPS:
            assert census.residents(slug, group) == int(row[group])
    assert sum(sum(row.values()) for row in census.table(2021).values()) == 59_597_578


def test_census_2011_is_the_published_table_with_chinese_residents_apart(shared: Path) -> None:
    rows = read(shared / "data" / "census" / "census2011-force-ethnicity.csv")
    assert len(rows) == len(census.table(2011)) == 43
    for row in rows:
        slug = row["Police force"].replace("&", "and").lower().replace(" ", "-")
        assert list(census.table(2011)[slug].values()) == [
            int(row[name])
            for name in (
                "White",
                "Mixed",
                "Asian (or Asian British)",
                "Chinese",
                "Black (or Black British)",
                "Other",
            )
        ]
    west_midlands = census.table(2011)["west-midlands"]
    assert (
        census.residents("west-midlands", "Other", 2011) == west_midlands["Other"] + west_midlands["Chinese"]
    )
    assert census.residents("west-midlands", "Asian", 2011) == 493_551


def test_known_residents_are_exact() -> None:
    """Headline figures of the two tables, kept here so that the check runs without the published files."""
    assert [census.residents("merseyside", g) for g in ("White", "Black", "Asian", "Mixed", "Other")] == [
        1_304_797, 21_902, 44_452, 30_495, 21_640,
    ]  # fmt: skip
    assert census.residents("metropolitan", "Black") == 1_188_137
    assert census.residents("west-midlands", "Black", 2011) == 164_069
    assert census.residents("west-midlands", "Black", 2021) == 236_047
    assert census.residents("city-of-london", "Black") == 232
    assert census.residents("btp", "White") is None


def test_nobody_can_say_how_many_residents_are_unknown() -> None:
    with pytest.raises(KeyError):
        census.residents("merseyside", "Unknown")


def test_every_court_has_a_true_code_and_sits_in_a_force_area() -> None:
    for code, held in COURTS.items():
        assert held.code == code
        assert held.level == {"C": "Crown", "B": "magistrates"}[code[0]]
        assert held.force in FORCES
        read_back = identifiers.court_code(code)
        assert read_back.canonical == code
        assert read_back.fault is None
    assert {held.force for held in COURTS.values()} >= {slug for slug, force in FORCES.items() if force.pilot}


def test_an_unknown_court_is_not_known_and_not_refused() -> None:
    assert court("C99ZZ00") is None
    assert identifiers.court_code("C99ZZ00").fault is None
    found = court("C05LV00")
    assert found is not None
    assert found.force == "merseyside"
