"""The figures against numbers worked out elsewhere: each vector by its id, and inversions by other routes."""

import math
import re
from datetime import date
from pathlib import Path

import pytest

from svro.figures import exposure, rates, ratios
from svro.figures.rates import Basis, Figure
from tests.figures.given import Vector, agree, number

RATES = ("D001", "D002", "D003", "D004", "D005", "D006", "D007", "D008", "D013", "D014", "D064")
RATE_GUARDS = ("D015", "D016", "D018", "D020", "D021", "D022")
RATIOS = ("D024", "D025", "D026", "D027")
RATIO_GUARDS = ("D028", "D030", "D031", "D032", "D035")
POPULATIONS = ("D095", "D097", "D098", "D100", "D101", "D102")
PUBLISHED = ("D164", "D165", "D166", "D167", "D168", "D169", "D170", "D171")
HOME_OFFICE = ("D172", "D173", "D174")


def rate_of(vector: Vector) -> Figure:
    given = vector["inputs"]
    exposure_given = given.get("exposure", given.get("population"))
    return rates.rate(
        number(given["count"]),
        number(exposure_given),
        per=given.get("per", 1000),
        confidence=given.get("conf", 0.95),
    )


@pytest.mark.parametrize("vector_id", RATES + RATE_GUARDS)
def test_a_rate_and_its_exact_limits_agree_with_the_vector(
    vectors: dict[str, Vector], vector_id: str
) -> None:
    vector = vectors[vector_id]
    figure = rate_of(vector)
    agree(vector, rate=figure.value, low=figure.low, high=figure.high)
    assert figure.status == vector["expected"].get("status", "ok")
    if figure.value is not None:
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high
        assert figure.low < figure.high


def test_without_people_the_rate_says_that_it_assumes_them_all_different() -> None:
    assert "every search is of a different person" in rates.rate(15, 10_000).method
    assert "effective count" in rates.rate(15, 10_000, counts_by_person=[1, 1, 4, 9]).method


def test_a_rate_of_known_people_widens_with_repeat_searches(vectors: dict[str, Vector]) -> None:
    vector = vectors["D063"]
    counts, population = vector["inputs"]["person_counts"], vector["inputs"]["population"]
    figure = rates.rate(sum(counts), population, counts_by_person=[*counts, 0, 0])
    agree(vector, rate=figure.value, low=figure.low, high=figure.high)
    naive = rates.rate(sum(counts), population)
    agree(vector, naive_low=naive.low, naive_high=naive.high)
    assert figure.people == 4
    each_once = rates.rate(4, population, counts_by_person=[1, 1, 1, 1])
    assert (each_once.low, each_once.high) == (rates.rate(4, population).low, rates.rate(4, population).high)


def test_people_who_do_not_add_up_to_the_count_are_refused() -> None:
    assert rates.rate(5, 100, counts_by_person=[1, 1]).status == "invalid_input"
    assert rates.rate(2, 100, counts_by_person=[1, 1]).status == "ok"


@pytest.mark.parametrize("vector_id", RATIOS + RATIO_GUARDS)
def test_a_ratio_and_its_exact_limits_agree_with_the_vector(
    vectors: dict[str, Vector], vector_id: str
) -> None:
    vector = vectors[vector_id]
    given = vector["inputs"]
    figure = ratios.ratio(given["count1"], given["exposure1"], given["count2"], given["exposure2"])
    agree(
        vector,
        ratio=figure.value,
        exact_low=figure.low,
        exact_high=figure.high,
        low=figure.low,
        high=figure.high,
    )
    assert figure.status == vector["expected"].get("status", "ok")


def test_no_events_in_the_group_leaves_only_an_upper_limit() -> None:
    figure = ratios.ratio(0, 1000, 50, 5000)
    assert (figure.value, figure.low, figure.status) == (0.0, 0.0, "ok_zero_numerator")
    assert figure.high is not None
    assert 0 < figure.high < 1
    assert not figure.publishable


def test_a_group_that_is_not_there_is_missing_and_not_zero() -> None:
    assert ratios.ratio(None, None, 50, 5000).status == "group_missing"
    assert ratios.ratio(None, 1000, 50, 5000).status == "missing_input"
    assert ratios.ratio(0, 1000, 50, 5000).status == "ok_zero_numerator"
    assert ratios.ratio(-1, 1000, 50, 5000).status == "invalid_input"


@pytest.mark.parametrize("vector_id", POPULATIONS)
def test_ratios_of_real_places_agree_with_the_vector(vectors: dict[str, Vector], vector_id: str) -> None:
    vector = vectors[vector_id]
    given = vector["inputs"]
    group = Basis(
        events=given["black_stopped"], residents=given.get("black_total", given.get("black_population"))
    )
    white = Basis(
        events=given["white_stopped"], residents=given.get("white_total", given.get("white_population"))
    )
    figure = ratios.ratio(group.events, group.residents, white.events, white.residents)
    agree(vector, ratio=figure.value, poisson_exact_low=figure.low, poisson_exact_high=figure.high)
    said = vector["expected"].get("status", vector["expected"].get("warning", "ok"))
    assert rates.standing((group, white)) == said


@pytest.mark.parametrize("vector_id", PUBLISHED)
def test_published_rates_and_ratios_are_reproduced_from_published_counts(
    vectors: dict[str, Vector], vector_id: str
) -> None:
    vector = vectors[vector_id]
    given, expected = vector["inputs"], vector["expected"]
    group = given["count_group"], given["population_group"]
    reference = given["count_reference"], given["population_reference"]
    figure = ratios.ratio(*group, *reference)
    agree(vector, ratio=figure.value, exact_low=figure.low, exact_high=figure.high)
    assert float(rates.displayed(*group)) == expected["rate_group"]
    assert float(rates.displayed(*reference)) == expected["rate_reference"]


@pytest.mark.parametrize("vector_id", HOME_OFFICE)
def test_home_office_ratios_are_reproduced_on_census_2011(vectors: dict[str, Vector], vector_id: str) -> None:
    vector = vectors[vector_id]
    given = vector["inputs"]
    figure = ratios.ratio(
        given["black"], given["black_population"], given["white"], given["white_population"]
    )
    black = rates.rate(given["black"], given["black_population"])
    white = rates.rate(given["white"], given["white_population"])
    agree(
        vector,
        ratio=figure.value,
        exact_low=figure.low,
        exact_high=figure.high,
        rate_black=black.value,
        rate_white=white.value,
    )


@pytest.mark.parametrize("vector_id", ("D081", "D082", "D083", "D084", "D176"))
def test_the_unknown_bound_the_ratio_as_in_the_vector(vectors: dict[str, Vector], vector_id: str) -> None:
    vector = vectors[vector_id]
    given = vector["inputs"]
    low, high = ratios.bounds(
        given["group"],
        given["exposure_group"],
        given["reference"],
        given["exposure_reference"],
        given["unknown"],
    )
    agree(vector, low_bound=low, high_bound=high)


def test_exact_ties_are_displayed_half_up(vectors: dict[str, Vector]) -> None:
    vector = vectors["D177"]
    shown = [float(rates.displayed(n, population)) for n, population in vector["inputs"]["pairs"]]
    assert shown == vector["expected"]["display"]
    assert [round(n / population * 1000, 2) for n, population in vector["inputs"]["pairs"]] != shown


def test_the_minimum_data_rule_gives_the_statuses_of_the_vector(vectors: dict[str, Vector]) -> None:
    vector = vectors["D138"]
    said = [
        rates.standing(
            [
                Basis(events=events, people_searched=searched, people_at_risk=at_risk)
                for events, searched, at_risk in zip(
                    case["events"], case["persons_searched"], case["persons_at_risk"], strict=True
                )
            ]
        )
        for case in vector["inputs"]["cases"]
    ]
    assert said == vector["expected"]["status"]


def test_days_at_risk_are_half_open_less_custody_and_clipped(vectors: dict[str, Vector]) -> None:
    vector = vectors["D073"]
    first, after = (date.fromisoformat(day) for day in vector["inputs"]["period"])
    days = []
    for order in vector["inputs"]["orders"]:
        end = min(filter(None, (order["end"], order["discharged"])))
        span = date.fromisoformat(order["start"]), date.fromisoformat(end)
        custody = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in order["custody"]]
        days.append(exposure.days([span], (first, after), custody))
    assert days == vector["expected"]["days"]
    assert sum(days) == vector["expected"]["total"]


@pytest.mark.parametrize("counts", [(1, 1), (41, 15), (5, 5000), (2054, 5439)])
def test_the_ratio_limits_are_the_binomial_tests(counts: tuple[int, int]) -> None:
    from scipy.stats import binomtest

    found = binomtest(counts[0], sum(counts)).proportion_ci(0.95, method="exact")
    low, high = ratios.exact_limits(counts[0], 1000, counts[1], 3000)
    assert low == pytest.approx(found.low / (1 - found.low) * 3, rel=1e-6)
    assert high == pytest.approx(found.high / (1 - found.high) * 3, rel=1e-6)


def test_the_cohort_interval_is_the_jackknife_like_sandwich_worked_by_hand() -> None:
    """Two groups of three: leverages, residuals and t taken by other arithmetic than the product's."""
    from scipy.stats import t

    group, reference = [(4, 100.0), (0, 200.0), (1, 100.0)], [(1, 300.0), (2, 300.0), (0, 400.0)]
    terms = 0.0
    for people in (group, reference):
        events, days = sum(x for x, _ in people), sum(d for _, d in people)
        fitted = [events / days * d for _, d in people]
        leverage = [m / events for m in fitted]
        score = [(x - m) / (1 - h) for (x, _), m, h in zip(people, fitted, leverage, strict=True)]
        terms += sum(s * s for s in score) / events**2
    value = (5 / 400) / (3 / 1000)
    spread = t.ppf(0.975, 1) * math.sqrt(terms)
    figure = ratios.cohort_ratio(group, reference)
    assert figure.value == pytest.approx(value)
    assert (figure.low, figure.high) == (
        pytest.approx(value * math.exp(-spread)),
        pytest.approx(value * math.exp(spread)),
    )
    assert figure.people == 2


def test_one_person_searched_often_gives_no_interval() -> None:
    many = [(1, 100.0)] * 12
    assert ratios.cohort_ratio([(12, 100.0), (0, 100.0)], many).status == "insufficient_data"
    assert ratios.cohort_ratio([(12, 100.0), (0, 100.0)], many).low is None
    alike = ratios.cohort_ratio(many, many)
    assert "exact" in alike.method
    assert alike.low is not None
    assert alike.high is not None
    assert alike.low < 1 < alike.high


def test_people_without_days_at_risk_are_in_no_denominator() -> None:
    people = [(1, 50.0), (2, 50.0), (0, 100.0)]
    assert ratios.cohort_ratio([*people, (7, 0.0)], people).value == 1.0
    assert ratios.cohort_ratio([(7, 0.0)], people).status == "group_missing"


def test_rounding_is_exact_and_away_from_zero() -> None:
    from decimal import Decimal
    from fractions import Fraction

    assert rates.rounded(Fraction(5, 2), 0) == 3
    assert rates.rounded(Fraction(-5, 2), 0) == -3
    assert str(rates.rounded(Fraction(1089, 100), 1)) == "10.9"
    assert rates.rounded(Decimal("2.675"), 2) == Decimal("2.68")
    assert round(2.675, 2) == 2.67  # the control: a float cannot hold the tie


def test_every_vector_has_a_test(vectors: dict[str, Vector]) -> None:
    held = {
        found
        for file in Path(__file__).parent.glob("test_*.py")
        for found in re.findall(r"\bD\d{3}\b", file.read_text(encoding="utf-8"))
    }
    assert held == set(vectors)
