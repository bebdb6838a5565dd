"""Like with like: standardised rates, places pooled, people counted once: each vector by its id."""

import math

import pytest

from svro.figures import quality, rates, ratios, repeats, standard
from svro.figures.standard import Stratum
from svro.law import words
from tests.figures.given import Vector, agree, close


def test_byars_limits_agree_with_ohid(vectors: dict[str, Vector]) -> None:
    vector = vectors["D009"]
    count, per, exposure = (vector["inputs"][name] for name in ("count", "per", "exposure"))
    low, high = (limit * per / exposure for limit in standard.byar(count))
    exact = rates.rate(count, exposure, per=per)
    agree(vector, low=low, high=high, garwood_low=exact.low, garwood_high=exact.high)


def test_direct_standardisation_agrees_with_ohid(vectors: dict[str, Vector]) -> None:
    vector = vectors["D087"]
    given = vector["inputs"]
    figure = standard.direct(given["counts"], given["populations"], given["weights_values"], per=given["per"])
    agree(vector, dsr=figure.value, low=figure.low, high=figure.high)


def test_events_that_come_back_to_the_same_people_widen_it_as_ohid_does(vectors: dict[str, Vector]) -> None:
    vector = vectors["D088"]
    given = vector["inputs"]
    by_person = given["person_frequency_by_band"]
    counts = [sum(i * people for i, people in enumerate(row, 1)) for row in by_person]
    figure = standard.direct(
        counts,
        given["populations"],
        given["weights_values"],
        per=given.get("per", 100_000),
        by_person=by_person,
    )
    agree(vector, dsr=figure.value, low=figure.low, high=figure.high)


def test_no_direct_standardisation_under_ten_events(vectors: dict[str, Vector]) -> None:
    total = vectors["D091"]["inputs"]["counts_total"]
    figure = standard.direct([total - 4, 4], [100, 100], [1, 1])
    assert (figure.value, figure.status) == (None, vectors["D091"]["expected"]["status"])
    assert standard.direct([6, 4], [100, 100], [1, 1]).status == "ok"


def test_indirect_standardisation_agrees_with_ohid(vectors: dict[str, Vector]) -> None:
    vector = vectors["D089"]
    given = vector["inputs"]
    foreseen = standard.expected(given["populations"], given["ref_counts"], given["ref_pops"])
    figure = standard.indirect(given["observed"], foreseen)
    agree(vector, expected=foreseen, isr=figure.value, low=figure.low, high=figure.high)
    tiny = vectors["D090"]
    few = standard.indirect(tiny["inputs"]["observed"], tiny["inputs"]["expected"])
    agree(tiny, isr=few.value, low=few.low, high=few.high)
    none = standard.indirect(vectors["D092"]["inputs"]["observed"], vectors["D092"]["inputs"]["expected"])
    assert (none.value, none.low, none.high) == (None, None, None)
    assert none.status == vectors["D092"]["expected"]["status"]


PEOPLE = [(4, 100.0), (0, 200.0), (1, 100.0)]
OTHERS = [(1, 300.0), (2, 300.0), (0, 400.0)]


def test_one_place_pooled_is_that_place() -> None:
    pooled, alone = standard.stratified([Stratum(PEOPLE, OTHERS)]), ratios.cohort_ratio(PEOPLE, OTHERS)
    assert pooled.value == pytest.approx(alone.value)
    assert (pooled.low, pooled.high) == (pytest.approx(alone.low), pytest.approx(alone.high))


def test_places_apart_undo_what_places_together_invent() -> None:
    """Alike in each of two places; but the one that searches much is where most of the group lives."""
    busy = Stratum([(2, 10.0)] * 20, [(2, 10.0)] * 4)
    quiet = Stratum([(1, 50.0)] * 4, [(1, 50.0)] * 20)
    crude = ratios.cohort_ratio([*busy.group, *quiet.group], [*busy.reference, *quiet.reference])
    assert crude.value is not None
    assert crude.value > 2
    assert standard.stratified([busy, quiet]).value == pytest.approx(1.0)


def test_pooled_counts_agree_with_the_librarys_risk_ratio_where_events_are_rare() -> None:
    import numpy as np
    from statsmodels.stats.contingency_tables import StratifiedTable

    rows = [(30, 10_000, 50, 40_000), (12, 30_000, 20, 90_000), (44, 8_000, 60, 22_000)]
    tables = [np.array([[a, t - a], [b, u - b]]) for a, t, b, u in rows]
    figure = standard.stratified_counts(rows)
    assert figure.value == pytest.approx(StratifiedTable(tables).riskratio_pooled, rel=5e-3)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < (figure.value or 0) < figure.high
    one = standard.stratified_counts(rows[:1])
    assert one.value == pytest.approx(30 / 10_000 / (50 / 40_000))
    width = math.log((one.high or 0) / (one.low or 1)) / 2
    assert width == pytest.approx(1.959963984540054 * math.sqrt(1 / 30 + 1 / 50))


def test_places_with_nobody_to_compare_say_nothing() -> None:
    assert standard.stratified([Stratum(PEOPLE, [])]).status == "no_population"
    assert standard.stratified([Stratum(PEOPLE, [(0, 5.0)])]).status == "reference_zero"
    assert standard.stratified([Stratum([(0, 5.0)], OTHERS)]).status == "ok_zero_numerator"
    assert standard.stratified_counts([(0, 10, 0, 10)]).status == "zero_events"
    assert standard.stratified_counts([(3, 0, 2, 10)]).status == "no_population"


@pytest.mark.parametrize("vector_id", ["D075", "D077", "D078", "D079"])
def test_the_spread_of_searches_agrees_with_the_vector(vectors: dict[str, Vector], vector_id: str) -> None:
    vector = vectors[vector_id]
    found = repeats.spread(vector["inputs"]["searches_per_person"])
    agree(
        vector,
        gini=found.gini,
        top_decile_share=found.top_tenth,
        never=found.never,
        mean_among_searched=found.mean,
    )
    assert found.status == vector["expected"].get("status", "ok")
    if "max" in vector["expected"]:
        assert found.most is not None
        low, high = found.most
        assert low <= vector["expected"]["max"] <= (high or math.inf)


def test_somebody_without_a_day_at_risk_is_in_no_cohort(vectors: dict[str, Vector]) -> None:
    days = vectors["D073"]["expected"]["days"]
    at_risk = [day for day in days if day > 0]
    assert len(at_risk) == vectors["D074"]["expected"]["n_in_cohort"]
    assert ratios.cohort_ratio([(1, day) for day in days], [(1, 10.0)]).denominator == sum(days)


def test_the_unknown_tip_the_ratio_where_the_vector_says(vectors: dict[str, Vector]) -> None:
    for vector_id in ("D081", "D082", "D083", "D176"):
        vector = vectors[vector_id]
        given = vector["inputs"]
        counts = (
            given["group"], given["exposure_group"], given["reference"], given["exposure_reference"]
        )  # fmt: skip
        share = ratios.tipping_share(*counts, given["unknown"])
        agree(
            vector,
            tipping_share=share,
            observed=ratios.ratio(*counts).value,
            mcar=ratios.ratio(*counts).value,
        )
        everyone = given["group"] + given["reference"] + given["unknown"]
        if "percent_unknown" in vector["expected"] and vector_id != "D176":
            agree(vector, percent_unknown=100 * given["unknown"] / everyone)
        if share is not None and 0 <= share <= 1:
            own = given["group"] + share * given["unknown"]
            other = given["reference"] + (1 - share) * given["unknown"]
            assert own / counts[1] == pytest.approx(other / counts[3])


def test_the_smallest_ratio_that_could_have_shown(vectors: dict[str, Vector]) -> None:
    vector = vectors["D094"]
    given = vector["inputs"]
    found = ratios.detectable(
        given["events_group"],
        given["events_reference"],
        effect=given["deff_group"],
        reference_effect=given["deff_reference"],
    )
    agree(vector, mdr=found)
    assert ratios.detectable(0, 40) is None


@pytest.mark.parametrize("vector_id", ["D104", "D105", "D107"])
def test_displayed_rates_leave_the_ratio_open(vectors: dict[str, Vector], vector_id: str) -> None:
    """26 / 3 is 8.67 where 9.6 was published: what is displayed may be half a unit off on both sides."""
    vector = vectors[vector_id]
    own, other = vector["inputs"]["rate_group_rounded"], vector["inputs"]["rate_reference_rounded"]
    low, high = (own - 0.5) / (other + 0.5), (own + 0.5) / (other - 0.5)
    agree(vector, naive_ratio=own / other, possible_low=low, possible_high=high)
    if "published" in vector["expected"]:
        assert (low <= vector["expected"]["published"] <= high) is vector["expected"]["published_inside"]


def test_the_mets_rate_is_that_of_census_2021(vectors: dict[str, Vector]) -> None:
    vector = vectors["D175"]
    given = vector["inputs"]
    black = rates.rate(given["black"], given["black_population_2021"])
    assert black.value is not None
    agree(vector, rate_black=black.value)
    assert close(
        round(black.value, 1) / given["white_rate_published"],
        vector["expected"]["ratio_from_displayed"],
        {"rel": 1e-9},
    )


def test_self_defined_comes_first_and_the_officers_word_after(vectors: dict[str, Vector]) -> None:
    """The vector's own toy codes, mapped first; then the rule is the product's."""
    vector = vectors["D086"]
    own_map, seen_map = vector["inputs"]["self_map"], vector["inputs"]["officer_map"]
    groups = [
        (own_map.get(own, "Unknown"), seen_map.get(seen, "Unknown"))
        for own, seen in vector["inputs"]["records"]
    ]
    assert [words.on_basis("self-defined", *pair) for pair in groups] == vector["expected"]["primary"]
    assert [words.on_basis("self-else-officer", *pair) for pair in groups] == vector["expected"]["fallback"]
    known = [(own, seen) for own, seen in groups if "Unknown" not in (own, seen)]
    alike = sum(own == seen for own, seen in known)
    assert alike / len(known) == vector["expected"]["agreement_on_both_known"]


def test_a_group_coded_differently_half_way_is_flagged(vectors: dict[str, Vector]) -> None:
    vector = vectors["D072"]
    names = ("White", "Black", "Asian", "Mixed", "Other or not stated")
    quarters = {
        f"quarter {n}": dict(zip(names, row, strict=False))
        for n, row in enumerate(vector["inputs"]["quarters"], 1)
    }
    totals = {name: sum(quarter[name] for quarter in quarters.values()) for name in names}
    expected = vector["expected"]
    assert totals["White"] == expected["white"]
    assert totals["Black"] == expected["black"]
    assert totals["Asian"] == expected["asian"]
    assert totals["Mixed"] + totals["Other or not stated"] == expected["mixed_other"]
    assert sum(totals.values()) == expected["total"]
    faults = quality.changed(quarters)
    assert bool(faults) is expected["mixed_drop_flag"]
    assert {fault.where for fault in faults} == {"quarter 3", "quarter 4"}
    assert all("Mixed" in fault.sentence for fault in faults)


def test_what_chance_could_do_is_no_fault() -> None:
    assert not quality.changed({"a": {"White": 90, "Mixed": 1}, "b": {"White": 90, "Mixed": 0}})
    assert not quality.changed({"a": {"White": 900}})
    assert not quality.stops_early("2024-02", 60, 26)
    assert quality.stops_early("2024-02", 600, 20)
    assert not quality.lost("2024-02", {"A1": 99})
    assert [fault.code for fault in quality.lost("2024-02", {"A1": 100})] == ["white-british-lost"]
    assert [f.code for f in quality.lost("2024-02", {"W1": 300})] == ["any-other-lost"]
    assert not quality.lost("2024-02", {"W1": 299, "B9": 1})
