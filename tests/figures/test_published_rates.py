"""Every rate published for 2006/07 to 2017/18, remade from its counts as the tables display it."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from svro.figures import rates, ratios
from svro.reference import census

PUBLISHED = "ethnicity-facts/stop-and-search-2006_2018.csv"
RATIOS = "oracles/ethnicity-facts-force-year-ratios.csv"
BROAD = {"White": "White", "Black": "Black", "Asian": "Asian", "Mixed": "Mixed", "Other": "Other"}


def cells(shared: Path) -> Iterator[dict[str, str]]:
    with (shared / "data" / PUBLISHED).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {name.strip(): value.strip() for name, value in row.items() if name}


def whole(text: str) -> int | None:
    """A count as printed: thousands commas; a dash, N/A or nothing where there is none."""
    return int(text.replace(",", "")) if text.replace(",", "").isdigit() else None


def test_all_11424_published_rates_are_reproduced_as_displayed(shared: Path) -> None:
    checked, floats_differ = 0, 0
    for row in cells(shared):
        printed = row["Rate per 1,000 population by ethnicity"]
        n, population = whole(row["Number of stop and searches"]), whole(row["Population by ethnicity"])
        if population is None or not printed.replace(".", "").isdigit():
            continue
        shown = rates.displayed(n or 0, population)
        assert shown == Decimal(printed), row
        floats_differ += Decimal(str(round((n or 0) * 1000 / population, 2))) != shown
        checked += 1
    assert checked == 11_424
    assert floats_differ > 0  # the control: rounding the float to even displays other figures


def test_the_ratios_of_546_areas_and_years_are_reproduced(shared: Path) -> None:
    with (shared / "data" / RATIOS).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 546
    compared = 0
    for row in rows:
        for group in ("black", "asian", "mixed", "other"):
            wanted = row[f"ratio_{group}_white"]
            if not wanted or wanted in ("inf", "nan"):
                continue
            figure = ratios.ratio(
                float(row[group]), float(row[f"pop_{group}"]), float(row["white"]), float(row["pop_white"])
            )
            assert figure.value is not None
            assert round(figure.value, 6) == pytest.approx(float(wanted), abs=1.5e-6), row
            compared += 1
    assert compared > 2_000


def test_its_populations_are_census_2011_with_chinese_in_other(shared: Path) -> None:
    names = {
        "Avon & Somerset": "avon-and-somerset",
        "Devon & Cornwall": "devon-and-cornwall",
        "Metropolitan Police": "metropolitan",
    }
    compared = 0
    for row in cells(shared):
        force = names.get(row["Geography"], row["Geography"].lower().replace(" ", "-"))
        group, population = BROAD.get(row["Ethnicity"]), whole(row["Population by ethnicity"])
        if (
            row["Time"] != "2017/18"
            or row["Ethnicity_type"] != "ONS 2001 5+1"
            or group is None
            or population is None
            or force not in census.table(2011)
        ):
            continue
        assert census.residents(force, group, 2011) == population, row
        compared += 1
    assert compared == 42 * 5


def test_published_totals_are_of_the_year_to_march() -> None:
    """The headline of 2017/18, "9.5 times", from its counts: a ratio is never made of displayed rates."""
    figure = ratios.ratio(54_389, 1_864_890, 147_324, 48_209_395)
    assert figure.value is not None
    assert rates.rounded(Fraction(figure.value), 1) == Decimal("9.5")
