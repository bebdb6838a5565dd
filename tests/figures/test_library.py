"""What statsmodels answers at the edges today, each wrong answer by name; and that the product never
gives it.

A test of the library here that fails is good news: the defect has gone, and the guard may be looked at again.
"""

import math
import warnings

import numpy as np
import pytest
from statsmodels.stats.inter_rater import fleiss_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson, confint_poisson_2indep

from svro.figures import proportions, rates, ratios
from tests.figures.given import Vector, close

COHORT = [(0, 120.0), (3, 365.0), (0, 200.0), (9, 365.0), (1, 90.0), (0, 365.0), (2, 300.0)]
BASE = [(1, 365.0), (0, 365.0), (0, 180.0), (4, 365.0), (0, 90.0), (1, 240.0), (0, 365.0), (0, 300.0)]
"""Two groups of people, (searches, days): the vectors D061, D062 and D065 name a cohort that their file
lacks.
"""


def model(**fit: object) -> object:
    import statsmodels.api as sm

    people = [*COHORT, *BASE]
    design = np.column_stack([np.ones(len(people)), [1.0] * len(COHORT) + [0.0] * len(BASE)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sm.GLM(
            np.array([x for x, _ in people], dtype=float),
            design,
            family=sm.families.Poisson(),
            offset=np.log([t for _, t in people]),
        ).fit(**fit)


def sandwich(*, jackknife: bool) -> float:
    """The standard error of the log ratio by person: HC0, or HC3 where each residual is divided by 1 - its
    leverage.
    """
    total = 0.0
    for people in (COHORT, BASE):
        events, days = sum(x for x, _ in people), sum(t for _, t in people)
        for x, t in people:
            residual = x - events * t / days
            total += (residual / (1 - t / days) if jackknife else residual) ** 2 / events**2
    return math.sqrt(total)


def test_hc3_of_a_glm_is_silently_hc0(vectors: dict[str, Vector]) -> None:
    expected = vectors["D061"]["expected"]
    assert expected["returned"] == expected["hc0"] != expected["correct_hc3"]
    for kind in ("HC1", "HC2", "HC3"):
        assert model(cov_type=kind).bse[1] == pytest.approx(sandwich(jackknife=False), rel=1e-6)  # type: ignore[attr-defined]
    influence = model().get_influence().hat_matrix_diag  # type: ignore[attr-defined]
    leverage = [t / sum(d for _, d in people) for people in (COHORT, BASE) for _, t in people]
    assert influence == pytest.approx(leverage, rel=1e-6)


def test_the_products_cohort_interval_is_the_hc3_that_the_library_does_not_give() -> None:
    from scipy.stats import t

    figure = ratios.cohort_ratio(COHORT, BASE)
    assert figure.low is not None
    assert figure.high is not None
    width = math.log(figure.high / figure.low) / 2
    assert width == pytest.approx(t.ppf(0.975, 2) * sandwich(jackknife=True))
    assert width > t.ppf(0.975, 2) * model(cov_type="HC3").bse[1] * 1.05  # type: ignore[attr-defined]


def test_clusters_of_split_records_are_people(vectors: dict[str, Vector]) -> None:
    """Each person's days split over their records, grouped by person: the person's own HC0."""
    import statsmodels.api as sm

    assert close(
        vectors["D062"]["expected"]["se_cluster"],
        vectors["D062"]["expected"]["se_sandwich_hc0"],
        {"rel": 1e-6},
    )
    rows = [
        (person, x / max(x, 1), t / max(x, 1), float(person < len(COHORT)))
        for person, (x, t) in enumerate([*COHORT, *BASE])
        for _ in range(max(x, 1))
    ]
    fitted = sm.GLM(
        np.array([x for _, x, _, _ in rows]),
        np.column_stack([np.ones(len(rows)), [g for *_, g in rows]]),
        family=sm.families.Poisson(),
        offset=np.log([t for _, _, t, _ in rows]),
    ).fit(cov_type="cluster", cov_kwds={"groups": [p for p, *_ in rows], "use_correction": False})
    assert fitted.bse[1] == pytest.approx(sandwich(jackknife=False), rel=1e-6)


def test_resampling_people_gives_an_interval_like_the_products(vectors: dict[str, Vector]) -> None:
    """A check and not the default: it is random, and ragged with few people. Forty people a group here."""
    assert vectors["D065"]["inputs"]["unit"] == "person within group"
    chance = np.random.Generator(np.random.PCG64(7))
    group = [(int(chance.poisson(chance.gamma(1, 1.5))), 365.0) for _ in range(120)]
    base = [(int(chance.poisson(chance.gamma(1, 1.0))), 365.0) for _ in range(120)]
    found = []
    for _ in range(1999):
        a = chance.integers(0, 120, 120)
        b = chance.integers(0, 120, 120)
        found.append(sum(group[i][0] for i in a) / sum(base[i][0] for i in b))
    low, high = np.quantile(found, [0.025, 0.975])
    figure = ratios.cohort_ratio(group, base)
    assert figure.low == pytest.approx(low, rel=vectors["D065"]["tolerance"]["rel"])
    assert figure.high == pytest.approx(high, rel=vectors["D065"]["tolerance"]["rel"])


def test_midp_at_zero_has_no_width(vectors: dict[str, Vector]) -> None:
    vector = vectors["D037"]
    count, exposure = vector["inputs"]["count"], vector["inputs"]["exposure"]
    low, high = confint_poisson(count, float(exposure), method="midp-c")
    for got, known in zip((low, high), vector["expected"]["library_returns"], strict=True):
        assert close(float(got), known, vector["tolerance"])
    ours = rates.rate(count, exposure, per=1)
    assert ours.low == 0.0
    assert ours.high is not None
    assert ours.high > 0.0036


def test_the_score_interval_collapses_at_zero(vectors: dict[str, Vector]) -> None:
    vector = vectors["D038"]
    for case, known, correct in zip(
        vector["inputs"]["cases"],
        vector["expected"]["library_returns"],
        vector["expected"]["correct"],
        strict=True,
    ):
        count, exposure, other, base = case
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = confint_poisson_2indep(count, float(exposure), other, float(base), method="score")
        assert [close(float(a), b, vector["tolerance"]) for a, b in zip(got, known, strict=True)] == [
            True
        ] * 2
        share_low, share_high = proportion_confint(count, count + other, method="wilson")
        scale = base / exposure
        low = max(0.0, share_low) / (1 - share_low) * scale
        high = share_high / (1 - share_high) * scale if share_high < 1 - 1e-12 else math.inf
        assert close(low if count else 0.0, correct[0], {"rel": 1e-6, "abs": 1e-9})
        assert close(high, correct[1], {"rel": 1e-6})
        ours = ratios.ratio(count, exposure, other, base)
        assert ours.low is not None
        assert ours.high is not None
        assert ours.low < ours.high
        assert ours.status in ("reference_zero", "ok_zero_numerator")


def test_what_others_would_have_printed_agrees_with_the_vectors(vectors: dict[str, Vector]) -> None:
    from scipy.stats import binomtest

    for vector_id in ("D024", "D025", "D026", "D027"):
        vector = vectors[vector_id]
        given, tolerance = vector["inputs"], vector["tolerance"]
        counts = given["count1"], float(given["exposure1"]), given["count2"], float(given["exposure2"])
        for method, name in (("score", "score"), ("wald-log", "waldlog")):
            low, high = confint_poisson_2indep(*counts, method=method, compare="ratio")
            assert close(float(low), vector["expected"][f"{name}_low"], tolerance)
            assert close(float(high), vector["expected"][f"{name}_high"], tolerance)
        if "p_exact_central" in vector["expected"]:
            assert close(ratios.ratio(*counts).p, vector["expected"]["p_exact_central"], tolerance)
            share = counts[1] / (counts[1] + counts[3])
            minlike = binomtest(given["count1"], given["count1"] + given["count2"], share).pvalue
            assert close(minlike, vector["expected"]["p_exact_minlike"], tolerance)


def test_the_p_value_never_contradicts_the_interval() -> None:
    for counts in ((41, 28010, 15, 19017), (11, 800, 21, 3011), (5, 1000, 50, 50000), (30, 100, 300, 1000)):
        figure = ratios.ratio(*counts)
        assert figure.low is not None
        assert figure.high is not None
        assert figure.p is not None
        assert (figure.p < 0.05) == (not figure.low <= 1 <= figure.high)


def test_sqrtcc_ignores_how_many_people_there_are() -> None:
    one = confint_poisson_2indep(1, 4.0, 12, 2003.0, method="sqrtcc")
    other = confint_poisson_2indep(1, 400.0, 12, 2003.0, method="sqrtcc")
    assert one == other
    assert one[1] < 41.7
    ours = ratios.ratio(1, 4, 12, 2003)
    assert ours.low is not None
    assert ours.high is not None
    assert ours.low < 41.7 < ours.high


def test_wald_log_at_zero_divides_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        confint_poisson_2indep(5, 1000.0, 0, 5000.0, method="wald-log")
    assert ratios.ratio(5, 1000, 0, 5000).status == "reference_zero"


def test_no_exposure_is_answered_silently() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        none_there = confint_poisson_2indep(
            np.float64(5), 1000.0, np.float64(50), np.float64(0), method="score"
        )
        nobody = confint_poisson_2indep(np.float64(5), np.float64(0), np.float64(50), 5000.0, method="score")
    assert [float(x) for x in none_there] == [0.0, 0.0]
    assert [float(x) for x in nobody] == [math.inf, math.inf]
    assert ratios.ratio(5, 1000, 50, 0).status == "no_population_reference"
    assert ratios.ratio(5, 0, 50, 5000).status == "no_population"


@pytest.mark.parametrize("count", [math.nan, -1.0])
def test_nonsense_has_a_lower_limit_of_nought(count: float) -> None:
    low, _ = confint_poisson(count, 100.0, method="exact-c")
    assert float(low) == 0.0
    ours = rates.rate(count, 100)
    assert ours.status in ("missing_input", "invalid_input")
    assert (ours.value, ours.low, ours.high) == (None, None, None)


def test_the_score_ratio_of_proportions_fails_at_the_edges() -> None:
    """An error at none; a complex number, and a lower limit above the ratio itself, where all were
    counted.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=""):
            confint_proportions_2indep(0, 20, 5, 20, method="score", compare="diff")
        score = [
            confint_proportions_2indep(*cells, method="score", compare="ratio", correction=False)
            for cells in ((12, 20, 20, 20), (10, 10, 20, 20), (10, 10, 15, 20))
        ]
    assert np.iscomplexobj(score[0][0])
    assert float(score[1][0]) > 1.0
    assert float(score[2][0]) == pytest.approx(1.2)
    for cells in ((12, 20, 20, 20), (10, 10, 20, 20), (10, 10, 15, 20), (20, 20, 1, 20)):
        ours = proportions.relative(*cells)
        assert ours.value is not None
        assert ours.low is not None
        assert ours.high is not None
        assert ours.low <= ours.value <= ours.high


def test_fleiss_without_variation_is_no_number() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert math.isnan(fleiss_kappa(np.array([[3, 0], [3, 0]]), method="fleiss"))


def test_the_librarys_exact_limits_are_the_products() -> None:
    for count in (0, 1, 5, 20, 357, 10_000_000):
        low, high = confint_poisson(count, 1.0, method="exact-c")
        ours = rates.garwood(count)
        assert ours[0] == pytest.approx(0.0 if count == 0 else float(low), rel=1e-9)
        assert ours[1] == pytest.approx(float(high), rel=1e-9)


def test_the_librarys_difference_from_exact_limits_is_the_products() -> None:
    for counts in ((34, 4210.0, 60, 20100.0), (0, 1000.0, 50, 5000.0), (5, 1000.0, 0, 5000.0)):
        low, high = confint_poisson_2indep(*counts, method="mover", compare="diff", method_mover="exact-c")
        ours = ratios.difference(*counts, per=1)
        assert (ours.low, ours.high) == (pytest.approx(float(low)), pytest.approx(float(high)))
