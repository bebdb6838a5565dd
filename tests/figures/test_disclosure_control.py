"""Disclosure control against the vectors of the brief, its worked example, and every attack that it names."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from svro.figures import rates, suppression
from svro.figures.audit import Claim, Inconsistent, System
from svro.figures.complement import TOTAL, claims, panel, with_totals
from svro.figures.suppression import RULES, Content, rules, shown, unsafe, within

Vector = dict[str, Any]
PUBLIC, PANEL = rules("public", date(2024, 6, 1)), rules("panel", date(2024, 6, 1))
ROWS, COLUMNS = ("Asian", "Black", "Mixed", "White"), ("Arrest", "NFA", "Other")
EXAMPLE = dict(zip(ROWS, ((2, 12, 11), (3, 25, 14), (10, 15, 4), (12, 60, 22)), strict=True))
"""The worked example: the tables of the brief, hidden and shown."""


@pytest.fixture(scope="module")
def vectors(shared: Path) -> dict[str, Vector]:
    document = json.loads((shared / "domain" / "vectors.json").read_text())
    return {vector["id"]: vector for vector in document["vectors"]}


def people(*events: int) -> Content:
    """A cell in which each of so many people has so many events."""
    return Content({f"person {n}": count for n, count in enumerate(events)})


def singles(count: int, name: str = "") -> Content:
    """A cell of `count` people with one event each."""
    return Content({f"{name} {n}": 1 for n in range(count)})


def printed(count: int, rule: suppression.Rules = PUBLIC) -> int | str:
    """What a cell of so many people shows in a row of many."""
    return "*" if unsafe(singles(count), 1_000, rule) else shown(count, rule)


def number(name: str, atoms: str, value: int | str, k: int = 10, base: int = 5) -> Claim:
    """A printed number, or a star for a count under k, as a claim about atoms that letters stand for."""
    rule = suppression.Rules(version="test", tier="public", valid_from=date(2024, 1, 1), k=k, base=base)
    low, high = (1, k - 1) if value == "*" else within(int(value), rule)
    return Claim(name, frozenset(atoms), low, high, value == "*")


def example(*, hide_under: int, exact: bool) -> System:
    """The worked example as printed: with exact counts, or rounded; what is hidden hides only itself."""
    found: list[Claim] = []
    for row in (*ROWS, TOTAL):
        for column in (*COLUMNS, TOTAL):
            inside = [
                (r, at)
                for r in ROWS
                if row in (r, TOTAL)
                for at, c in enumerate(COLUMNS)
                if column in (c, TOTAL)
            ]
            count = sum(EXAMPLE[r][at] for r, at in inside)
            star = count < hide_under
            low, high = (
                (1, hide_under - 1)
                if star
                else (count, count)
                if exact
                else within(shown(count, PUBLIC), PUBLIC)
            )
            found.append(Claim(f"{row}/{column}", frozenset(f"{r}{at}" for r, at in inside), low, high, star))
    return System(found)


@pytest.mark.parametrize("vector_id", ["D139", "D140"])
def test_counts_are_rounded_and_hidden_as_the_vector_says(vectors: dict[str, Vector], vector_id: str) -> None:
    vector = vectors[vector_id]
    given = vector["inputs"]
    rule = suppression.Rules(
        version="test", tier="public", valid_from=date(2024, 1, 1), k=given.get("k", 8), base=5
    )
    assert [printed(n, rule) for n in given["counts"]] == vector["expected"]["published"]


def test_people_are_counted_not_searches_and_nobody_is_most_of_a_cell(vectors: dict[str, Vector]) -> None:
    vector = vectors["D153"]
    cell = people(*vector["inputs"]["searches_per_person"])
    assert (cell.people, cell.top / cell.events) == (
        vector["expected"]["persons"],
        vector["expected"]["top_share"],
    )
    assert unsafe(cell, 100, PUBLIC) == "few people"
    assert unsafe(people(11, *[1] * 10), 100, PUBLIC) == "one person"
    assert unsafe(people(10, *[1] * 10), 100, PUBLIC) is None  # half is not more than half


def test_a_place_becomes_the_nearest_map_point(vectors: dict[str, Vector]) -> None:
    from svro.policeuk.places import Point, metres, snapped

    vector = vectors["D157"]
    points = {name: Point(*at) for name, at in vector["inputs"]["snap_points"].items()}
    place = Point(*vector["inputs"]["location"])
    found = snapped(place, list(points.values()), most_km=vector["inputs"]["max_km"])
    assert found == points[vector["expected"]["snapped"]]
    assert found is not None
    assert metres(place, found) == pytest.approx(vector["expected"]["distance_m"], rel=1e-6)
    assert snapped(Point(50.1, -5.2), list(points.values())) is None  # beyond 20 km of any


def test_the_worked_example_as_published_passes_the_gate(vectors: dict[str, Vector]) -> None:
    vector = vectors["D163"]
    assert {row: [printed(n) for n in counts] for row, counts in EXAMPLE.items()} == vector["inputs"][
        "published"
    ]
    assert [printed(sum(EXAMPLE[row])) for row in ROWS] == vector["inputs"]["row_totals"]
    assert [printed(sum(column)) for column in zip(*EXAMPLE.values(), strict=True)] == vector["inputs"][
        "col_totals"
    ]
    system = example(hide_under=10, exact=False)
    expected = vector["expected"]["intervals"]
    assert {name: list(system.interval(name)) for name in expected} == expected
    assert system.weak(PUBLIC.width) == ()


def test_the_worked_example_for_a_panel_hides_the_six_cells_of_the_brief() -> None:
    cells = {
        (r, c): singles(n, r + c) for r, row in EXAMPLE.items() for c, n in zip(COLUMNS, row, strict=True)
    }
    table = panel(ROWS, COLUMNS, cells, PANEL)
    assert table is not None
    hidden = {place for place, count in table.items() if count is None}
    assert hidden == {(row, column) for row in ROWS[:3] for column in ("Arrest", "Other")}
    counts = {place: cell.events for place, cell in with_totals(ROWS, COLUMNS, cells).items()}
    assert {place: count for place, count in table.items() if count is not None}.items() <= counts.items()
    system = System(claims(ROWS, COLUMNS, counts, hidden))
    assert [system.interval(f"{r}/{c}") for r in ROWS[:3] for c in ("Arrest", "Other")] == [
        (0, 13), (0, 13), (0, 15), (2, 17), (0, 14), (0, 14),
    ]  # fmt: skip
    assert system.weak(PANEL.width) == ()


def test_a_panel_is_shown_nothing_where_no_choice_would_do() -> None:
    assert panel(("One",), ("A",), {("One", "A"): singles(3)}, PANEL) == dict.fromkeys(
        [("One", "A"), ("One", TOTAL), (TOTAL, "A"), (TOTAL, TOTAL)]
    )
    whole = panel(("One",), ("A", "B"), {("One", "A"): singles(30), ("One", "B"): singles(40, "b")}, PANEL)
    assert whole is not None
    assert None not in whole.values()


# The attacks of the brief, section 3.6. Each names what it would learn from numbers without these rules.


def test_attack_hiding_only_small_cells_gives_each_away_by_subtraction() -> None:
    system = example(hide_under=5, exact=True)
    stars = [claim.name for claim in system.claims if claim.star]
    assert [system.interval(name) for name in stars] == [(2, 2), (3, 3), (4, 4)]
    assert set(system.weak(4)) == set(stars)


def test_attack_two_stars_under_a_rounded_total_are_each_six_or_seven(vectors: dict[str, Vector]) -> None:
    row = [number("one", "a", "*", k=8), number("two", "b", "*", k=8), number("total", "ab", 15, k=8)]
    system = System(row)
    assert list(system.interval("one")) == vectors["D144"]["expected"]["interval"]
    assert system.weak(4) == ("one", "two")


@pytest.mark.parametrize(("vector_id", "total", "k"), [("D145", 15, 10), ("D146", 10, 8)])
def test_attack_a_star_beside_ten_under_a_total(
    vectors: dict[str, Vector], vector_id: str, total: int, k: int
) -> None:
    expected = vectors[vector_id]["expected"]
    system = System([number("star", "a", "*", k), number("ten", "b", 10, k), number("total", "ab", total, k)])
    assert list(system.interval("star")) == expected["interval"]
    assert (system.weak(4) != ()) == expected["fails_gate"]


@pytest.mark.parametrize(("before", "after"), [(15, 16), (17, 18)])
def test_attack_two_cumulative_counts_tell_of_the_one_person_between_them(before: int, after: int) -> None:
    from svro.figures.registered import CATALOGUE, since_start
    from svro.figures.release import differencing, protect

    outcome = CATALOGUE[0]
    tables = [
        protect(outcome, since_start(quarter), {("White", "nfa"): singles(count)}, PUBLIC)
        for quarter, count in (("2024-Q1", before), ("2024-Q2", after))
    ]
    (first, ledger), (second, new) = tables
    assert (first.values[0][0], second.values[0][0]) == (shown(before, PUBLIC), shown(after, PUBLIC))
    assert differencing(new, ledger, PUBLIC.k)  # held, whether or not the printed number moved
    assert not differencing(ledger, ledger, PUBLIC.k)
    ten_more = protect(outcome, since_start("2024-Q2"), {("White", "nfa"): singles(before + 10)}, PUBLIC)[1]
    assert not differencing(ten_more, ledger, PUBLIC.k)


def test_attack_a_rate_times_its_population_returns_the_count() -> None:
    residents = 4_321
    exact = float(rates.displayed(13, residents))
    assert round(exact * residents / 1000) == 13  # what a rate of the true count gives away
    given = suppression.rate(shown(13, PUBLIC), residents).value
    assert given is not None
    assert round(given * residents / 1000) == 15
    assert suppression.rate(None, residents) == suppression.Rate()


def test_attack_an_exact_limit_identifies_the_count(vectors: dict[str, Vector]) -> None:
    limit = vectors["D150"]["inputs"]["garwood_upper_1dp"]
    matching = [n for n in range(200) if round(rates.garwood(n)[1], 1) == limit]
    assert matching == vectors["D150"]["expected"]["candidates"]
    published = suppression.rate(shown(13, PUBLIC), 1000).high
    assert [n for n in range(200) if round(rates.garwood(n)[1], 1) == published] == [15]
    assert suppression.rate(None, 1000).high is None  # and it goes where the count goes


def test_attack_a_percentage_with_a_decimal_names_both_numbers(vectors: dict[str, Vector]) -> None:
    given = vectors["D151"]["inputs"]
    matching = [
        [part, base]
        for base in range(1, given["max_base"] + 1)
        for part in range(base + 1)
        if float(rates.rounded(rates.Fraction(100 * part, base), 1)) == given["percent"]
    ]
    assert matching == vectors["D151"]["expected"]["candidates"]
    assert suppression.share(1, 17, PUBLIC) is None
    assert suppression.share(10, 85, PUBLIC) == 12
    assert suppression.share(15, 245, PUBLIC) == 6.1
    assert suppression.share(None, 245, PUBLIC) is None


def test_attack_all_of_a_small_row_met_the_same_end() -> None:
    row = [singles(6), Content(), Content()]
    assert [unsafe(cell, 6, PUBLIC) for cell in row] == ["small row"] * 3
    assert unsafe(Content(), 30, PUBLIC) is None  # a zero among many may be shown


def test_attack_one_person_with_nine_of_twelve_searches() -> None:
    assert unsafe(people(9, 1, 1, 1), 100, PUBLIC) is not None
    assert unsafe(people(9, *[1] * 8), 100, PUBLIC) is not None


def test_attack_totals_made_without_the_hidden_cells_leak_beside_the_true_one(
    vectors: dict[str, Vector],
) -> None:
    vector = vectors["D154"]
    without = {
        row: sum(n for n in counts if n >= vector["inputs"]["acro_threshold"])
        for row, counts in EXAMPLE.items()
    }
    expected = vector["expected"]
    assert (without["Asian"], sum(without.values())) == (
        expected["acro_row_total_Asian"],
        expected["acro_grand_total"],
    )
    assert expected["true_row_total_Asian"] - without["Asian"] == EXAMPLE["Asian"][0] == expected["leak"]
    exact = [Claim("shown", frozenset("bc"), 23, 23, False), Claim("true", frozenset("abc"), 25, 25, False)]
    assert System([*exact, number("star", "a", "*")]).weak(4) == ("star",)
    ours = [printed(sum(counts)) for counts in EXAMPLE.values()]  # from the true counts, by themselves
    assert ours == [25, 40, 30, 95]


def test_attack_two_geographies_that_overlap() -> None:
    """A ward of two streets and an area of one of them and a third: the street between them is found."""
    told = [number("ward", "ab", 10), number("area", "bc", 25), number("a", "a", "*")]
    assert System(told).weak(4) == ()
    whole = System([*told, number("c", "c", 10)])
    assert (whole.interval("a"), whole.weak(4)) == ((1, 1), ("a",))


def test_a_star_counts_whole_values_not_the_space_between_them() -> None:
    """Twice a count is even: between 2 and 8 there are four such values, and between 4 and 8 three."""
    twice = [Claim("a", frozenset("a"), 1, 9, True), Claim("b", frozenset("b"), 1, 9, True)]
    same = [(frozenset("a"), frozenset("b"))]
    for low, weak in ((2, ()), (4, ("a", "b"))):
        assert System([*twice, Claim("both", frozenset("ab"), low, 8, False)], same).weak(4) == weak


def test_claims_that_nothing_fits_are_said_to_be_so() -> None:
    with pytest.raises(Inconsistent):
        System([number("a", "a", 10), number("b", "a", 20), number("c", "ab", "*")]).weak(4)


def test_rules_are_dated_and_the_newest_in_force_is_used() -> None:
    assert (PUBLIC.k, PUBLIC.base, PUBLIC.dominance, PUBLIC.width) == (10, 5, 50, 4)
    assert (PANEL.k, PANEL.base) == (5, 1)
    assert rules("public", date(2020, 1, 1)) == rules("public", date(2023, 4, 19))
    assert len({(row.tier, row.valid_from) for row in RULES}) == len(RULES)
    assert all(row.base % 2 for row in RULES)  # an even base would leave ties
