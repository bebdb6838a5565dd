"""Proportions, gaps, ratios of proportions, stages: each vector by its id."""

import pytest

from svro.figures import benchmark, control, proportions, stages
from tests.figures.given import Vector, agree, close

SINGLE = ("D040", "D042", "D045")
GAPS = ("D051", "D053", "D054", "D055", "D056", "D058", "D059")
PERCENTAGES = ("D109", "D110", "D111", "D112")
KATZ = ("D095", "D097", "D098", "D100", "D101")


@pytest.mark.parametrize("vector_id", SINGLE)
def test_a_proportion_and_both_its_intervals_agree_with_the_vector(
    vectors: dict[str, Vector], vector_id: str
) -> None:
    vector = vectors[vector_id]
    given = vector["inputs"]
    wilson = proportions.proportion(given["count"], given["nobs"])
    agree(vector, prop=wilson.value, wilson_low=wilson.low, wilson_high=wilson.high)
    exact = proportions.proportion(given["count"], given["nobs"], exact=True)
    agree(vector, cp_low=exact.low, cp_high=exact.high)


@pytest.mark.parametrize("vector_id", PERCENTAGES)
def test_published_percentages_are_reproduced(vectors: dict[str, Vector], vector_id: str) -> None:
    vector = vectors[vector_id]
    figure = proportions.proportion(vector["inputs"]["count"], vector["inputs"]["nobs"])
    assert figure.value is not None
    agree(vector, percent=figure.value * 100)


def test_a_published_change_is_reproduced(vectors: dict[str, Vector]) -> None:
    vector = vectors["D114"]
    before, after = vector["inputs"]["before"], vector["inputs"]["after"]
    agree(vector, percent_change=(after / before - 1) * 100)


def test_more_than_all_of_them_is_invalid(vectors: dict[str, Vector]) -> None:
    vector = vectors["D049"]
    figure = proportions.proportion(vector["inputs"]["count"], vector["inputs"]["nobs"])
    assert figure.status == vector["expected"]["status"]
    assert (figure.value, figure.low, figure.high) == (None, None, None)
    assert proportions.proportion(None, 3).status == "missing_input"
    assert proportions.proportion(0, 0).status == "no_population"
    assert proportions.proportion(2, 2).status == "ok"


def test_none_and_all_of_them_have_limits_at_the_edge() -> None:
    none, everyone = proportions.proportion(0, 30), proportions.proportion(30, 30)
    assert (none.value, none.low) == (0.0, 0.0)
    assert (everyone.value, everyone.high) == (1.0, 1.0)
    assert none.high == pytest.approx(1 - (everyone.low or 0))


def test_searches_of_the_same_people_widen_a_proportion() -> None:
    once = proportions.proportion(6, 30, counts_by_person=[1] * 30)
    often = proportions.proportion(6, 30, counts_by_person=[10, 10, 10])
    assert (once.low, once.high) == (proportions.proportion(6, 30).low, proportions.proportion(6, 30).high)
    assert once.low is not None
    assert often.low is not None
    assert often.low < once.low
    assert often.people == 3


@pytest.mark.parametrize("vector_id", GAPS)
def test_a_difference_of_proportions_agrees_with_the_vector(
    vectors: dict[str, Vector], vector_id: str
) -> None:
    vector = vectors[vector_id]
    given = vector["inputs"]
    figure = proportions.gap(given["count1"], given["nobs1"], given["count2"], given["nobs2"])
    agree(vector, diff=figure.value, low=figure.low, high=figure.high)
    assert figure.status == vector["expected"].get("status", "ok")


@pytest.mark.parametrize("vector_id", ["D057", "D058"])
def test_a_ratio_of_proportions_agrees_with_the_vector(vectors: dict[str, Vector], vector_id: str) -> None:
    from scipy.stats import fisher_exact
    from scipy.stats.contingency import relative_risk

    vector = vectors[vector_id]
    k, n, x, m = (vector["inputs"][name] for name in ("count1", "nobs1", "count2", "nobs2"))
    figure = proportions.relative(k, n, x, m)
    agree(vector, ratio=figure.value, koopman_low=figure.low, koopman_high=figure.high)
    katz = relative_risk(k, n, x, m).confidence_interval(0.95)
    agree(vector, katz_low=katz.low, katz_high=katz.high)
    agree(vector, p_fisher=fisher_exact([[k, n - k], [x, m - x]]).pvalue)


@pytest.mark.parametrize("vector_id", KATZ)
def test_what_others_printed_of_real_places_is_the_librarys_katz(
    vectors: dict[str, Vector], vector_id: str
) -> None:
    from scipy.stats.contingency import relative_risk

    vector = vectors[vector_id]
    given = vector["inputs"]
    found = relative_risk(
        given["black_stopped"], given["black_total"], given["white_stopped"], given["white_total"]
    )
    interval = found.confidence_interval(0.95)
    agree(vector, ratio=found.relative_risk, katz_low=interval.low, katz_high=interval.high)


def test_where_everybody_was_counted_the_ratio_has_true_limits() -> None:
    """statsmodels says 1.00000005 to 1.19 for 10 of 10 against 20 of 20, and 1.2 for a lower limit below."""
    same = proportions.relative(10, 10, 20, 20)
    assert same.value == 1.0
    assert same.low == pytest.approx(0.7225, abs=1e-4)
    assert same.high == pytest.approx(1.1921, abs=1e-4)
    more = proportions.relative(10, 10, 15, 20)
    assert more.low is not None
    assert more.low < 1
    assert proportions.gap(10, 10, 15, 20).low is not None
    assert proportions.relative(12, 20, 20, 20).high is not None
    assert proportions.relative(5, 20, 0, 20).status == "reference_zero"
    assert proportions.relative(0, 20, 0, 20).status == "zero_events"
    zero = proportions.relative(0, 20, 5, 20)
    assert (zero.value, zero.status) == (0.0, "ok_zero_numerator")


def test_the_ladder_of_stages_agrees_with_the_vector(vectors: dict[str, Vector]) -> None:
    from scipy.stats.contingency import relative_risk

    vector = vectors["D068"]
    names, white, black = (vector["inputs"][name] for name in ("stages", "white", "black"))
    steps = stages.ladder(names, black, white)
    expected, tolerance = vector["expected"], vector["tolerance"]
    assert [step.stage for step in steps] == names[1:]
    for at, step in enumerate(steps):
        assert close(step.conditional.value, expected["conditional"][at], tolerance)
        assert close(step.cumulative.value, expected["cumulative"][at], tolerance)
        katz = relative_risk(black[at + 1], black[at], white[at + 1], white[at]).confidence_interval(0.95)
        assert close(katz.low, expected["katz_low"][at], tolerance)
        assert close(katz.high, expected["katz_high"][at], tolerance)


def test_a_reference_that_leaves_the_ladder_says_where(vectors: dict[str, Vector]) -> None:
    vector = vectors["D069"]
    given = vector["inputs"]
    steps = stages.ladder(given["stages"], given["black"], given["white"])
    assert [step.conditional.status for step in steps] == vector["expected"]["status"]
    assert [step.conditional.value for step in steps] == vector["expected"]["conditional"]


def test_a_stage_with_more_people_than_the_one_before_counts_something_else() -> None:
    (step,) = stages.ladder(("searched", "found"), (5, 7), (20, 10))
    assert step.conditional.status == "invalid_input"
    assert stages.enough(10, 20, 10, 20) == "ok_low_precision"
    assert stages.enough(20, 40, 20, 40) == "ok"
    assert stages.enough(9, 20, 40, 60) == stages.enough(10, 19, 40, 60) == "insufficient_data"


def test_p_values_are_adjusted_for_the_groups_asked_of(vectors: dict[str, Vector]) -> None:
    for vector_id in ("D066", "D067"):
        vector = vectors[vector_id]
        given = [float(p) for p in vector["inputs"]["pvalues"]]
        adjusted = proportions.adjusted(given)
        for got, wanted in zip(adjusted, vector["expected"]["adjusted"], strict=True):
            assert close(got, wanted, vector["tolerance"])
        if "n_reject" in vector["expected"]:
            under = sum(p is not None and p <= vector["inputs"]["q"] for p in adjusted)
            assert under == vector["expected"]["n_reject"]
    assert proportions.adjusted([None, None]) == (None, None)
    assert proportions.adjusted([None, 0.02]) == (None, 0.02)


def test_shares_and_their_index_agree_with_the_vector(vectors: dict[str, Vector]) -> None:
    vector = vectors["D071"]
    found = benchmark.shares(vector["inputs"]["searches"], vector["inputs"]["share_pop"])
    expected, tolerance = vector["expected"], vector["tolerance"]
    for share, own, index in zip(found.values(), expected["share"], expected["index"], strict=True):
        assert close(share.share, own, tolerance)
        assert close(share.index, index, tolerance)
    black, white = found["Black"].index, found["White"].index
    assert black is not None
    assert white is not None
    agree(vector, index_ratio_black_white=black / white)
    assert benchmark.shares({"White": 0}, {"White": 1})["White"].status == "zero_events"
    assert benchmark.shares({"White": 3, "Black": 1}, {"White": 1})["Black"].status == "group_missing"
    assert benchmark.shares({"White": 3, "Black": 1}, {"White": 1, "Black": 0})["Black"].index is None


def test_the_two_tests_are_read_together(vectors: dict[str, Vector]) -> None:
    vector = vectors["D135"]
    searched, found = vector["inputs"]["search_rate"], vector["inputs"]["hit_rate"]
    said = benchmark.together(
        "Black", (searched["Black"], searched["White"]), (found["Black"], found["White"])
    )
    assert said.benchmark == vector["expected"]["benchmark_direction"]
    assert said.outcome == vector["expected"]["outcome_direction"]
    assert said.verdict == vector["expected"]["verdict"]
    assert "higher bar" in benchmark.together("Black", (0.2, 0.3), (0.2, 0.1)).verdict
    for rates in ((0.4, 0.25), (0.25, 0.25)):
        assert benchmark.together("Black", rates, (0.2, 0.1)).verdict.startswith("inconclusive")


def test_the_p_chart_agrees_with_the_vector(vectors: dict[str, Vector]) -> None:
    vector = vectors["D122"]
    chart = control.p_chart(vector["inputs"]["found"], vector["inputs"]["searched"])
    agree(vector, pbar=chart.centre)
    for point, high, low in zip(
        chart.points, vector["expected"]["ucl"], vector["expected"]["lcl"], strict=True
    ):
        assert close(point.high, high, vector["tolerance"])
        assert point.low == low
    assert not any(point.outside for point in chart.points)
    assert control.p_chart([1] * 12 + [20], [40] * 13).points[-1].outside


def test_a_month_without_searches_has_no_point(vectors: dict[str, Vector]) -> None:
    vector = vectors["D123"]
    chart = control.p_chart(vector["inputs"]["found"], vector["inputs"]["searched"])
    assert [point.status for point in chart.points] == vector["expected"]["status"]
    assert [point.value for point in chart.points] == [None, 0.0, None]
    assert control.p_chart([None], [3]).points[0].status == "missing_input"


@pytest.mark.parametrize("vector_id", ["D115", "D117"])
def test_funnel_limits_of_observed_over_expected_agree(vectors: dict[str, Vector], vector_id: str) -> None:
    vector = vectors[vector_id]
    limits = control.funnel_ratio(vector["inputs"]["expected"], vector["inputs"]["target"])
    agree(vector, l95=limits.low95, u95=limits.high95, l998=limits.low998, u998=limits.high998)


def test_funnel_limits_of_a_proportion_agree(vectors: dict[str, Vector]) -> None:
    vector = vectors["D119"]
    limits = control.funnel_proportion(vector["inputs"]["target"], vector["inputs"]["n"])
    agree(vector, l95=limits.low95, u95=limits.high95, l998=limits.low998, u998=limits.high998)


def test_a_drift_shows_in_the_sum_before_any_single_month() -> None:
    counts = [4, 5, 3, 6, 4, 5, 7, 8, 9, 8]
    sums = control.cusum(counts, 4.5, 9)
    assert sums[5] == 0
    assert sums[-1] > sums[-2] > 0
    import pandas as pd

    smooth = pd.Series(counts, dtype=float).ewm(alpha=0.2, adjust=False).mean()
    assert control.ewma(counts) == pytest.approx(list(smooth))
