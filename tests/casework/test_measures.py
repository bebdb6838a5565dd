"""The measures over people made up in memory, and over real published files with real and made faults."""

import csv
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from svro.casework.access import NOBODY, Actor
from svro.casework.cohorts import Considered, Counted, Held, Subject
from svro.casework.imports import import_searches
from svro.casework.measures import alike, journey, people, searched, spread
from svro.casework.measures.report import MeasuresReport, adjusted, figures_of, said
from svro.casework.reports import REPORTS, Query, tables
from svro.casework.tables import as_csv, as_ods
from svro.errors import Malformed, NotAllowed
from svro.figures import rates, ratios
from svro.figures.catalogue import MEASURES
from svro.figures.measured import About, Measured, find, point
from svro.figures.sentences import STATUSES, sentence
from svro.law import words
from svro.law.acts import Act
from svro.law.search import SearchRecord
from svro.records.reach import ALL
from svro.reference.census import residents

FIRST, AFTER = date(2024, 4, 1), date(2025, 4, 1)
PERIOD = FIRST, AFTER
ABOUT = About(force="merseyside", first=FIRST, last=AFTER - timedelta(days=1))
NOON = datetime(2024, 4, 1, 12, tzinfo=UTC)
SUPERVISOR = Actor(account_id="9" * 32, name="Sam Super", roles=frozenset({"SUP"}), force_id="merseyside")


def held(number: str, days: int = 365) -> Held:
    start = datetime(2024, 4, 1, tzinfo=UTC)
    act = Act(n=1, act="made", at=start, known_at=start, effect="immediate", months=12)
    return Held(
        "merseyside", number, f"app-{number}", number, (act,), ((start, start + timedelta(days=days)),)
    )


def subject(
    number: int, own: words.Group, n: int, *, days: int = 365, force: str = "merseyside", **about: Any
) -> Subject:
    """Somebody under an order for so many days and searched n times; of each three searches one found a
    knife.
    """
    record = SearchRecord(at=NOON, place="Nowhere Street", outcome="nfa", clothing="outer", copy="given")
    found = replace(record, outcome="arrest", found="Knife", outcome_linked=True)
    searches = [
        Counted(
            force,
            f"{number}-{at}",
            "account",
            replace(found if at % 3 == 2 else record, at=NOON + timedelta(days=at)),
        )
        for at in range(n)
    ]
    known = {"seen": own, "sex": "male", "born": date(1990, 1, 1)} | about
    return Subject(
        force, f"p{number}", own, orders=[held(f"o{number}", days)], searches=searches,
        considered=[Considered(f"app-o{number}", FIRST, ())], **known,
    )  # fmt: skip


def crowd(own: words.Group, *searches: int, start: int = 0, **about: Any) -> list[Subject]:
    return [subject(start + at, own, n, **about) for at, n in enumerate(searches)]


WHITE = crowd("White", *[1, 2, 0, 1, 3, 0] * 5)
BLACK = crowd("Black", *[2, 3, 0, 1, 4, 2] * 4, start=100)


def living(group: str) -> int | None:
    return None if group == "Unknown" else residents("merseyside", group)


def use(subjects: Sequence[Subject], **about: Any) -> list[Measured]:
    risk = people.at_risk(subjects, PERIOD)
    return list(people.use(risk, replace(ABOUT, **about), living, "Census 2021"))


def test_the_primary_ratio_is_the_cohort_ratio_with_its_counts() -> None:
    figures = use([*WHITE, *BLACK])
    ratio = find(figures, "M3", "days", "Black")
    assert ratio is not None
    expected = ratios.cohort_ratio(
        [(len(s.searches), 365) for s in BLACK], [(len(s.searches), 365) for s in WHITE]
    )
    assert (ratio.value, ratio.low, ratio.high) == (expected.value, expected.low, expected.high)
    assert (ratio.events, ratio.people, ratio.denominator) == (48, 20, 24 * 365)
    assert (ratio.reference_events, ratio.reference_people, ratio.status) == (35, 20, "ok")
    assert ratio.value == pytest.approx(point("ratio", 48, 24 * 365, 35, 30 * 365))
    assert ratio.remark is not None
    excess = find(figures, "M4", "excess", "Black")
    assert excess is not None
    assert excess.value == pytest.approx(48 * (1 - 1 / ratio.value))
    apart = find(figures, "M4", "days", "Black")
    assert apart is not None
    assert apart.value == pytest.approx(1000 * (48 / (24 * 365) - 35 / (30 * 365)))


def test_the_chain_multiplies_to_the_whole() -> None:
    figures = use([*WHITE, *BLACK])
    parts = [
        find(figures, "M2", part, "Black")
        for part in ("orders per resident", "days per order", "searches per day")
    ]
    whole = find(figures, "M2", "searches per resident", "Black")
    product = 1.0
    for part in parts:
        assert part is not None
        assert part.status == "ok"
        assert part.value is not None
        assert part.low is not None
        assert part.high is not None
        assert part.low <= part.value <= part.high
        product *= part.value
    assert whole is not None
    assert whole.value == pytest.approx(product)


@pytest.mark.parametrize(
    "group, status",
    [
        (crowd("Black", *[0] * 24, start=100), "ok_zero_numerator"),
        (crowd("Black", *[1] * 9 + [0] * 15, start=100), "insufficient_data"),
        (crowd("Black", *[12] + [0] * 23, start=100), "insufficient_data"),
        (crowd("Black", *[1] * 12, start=100), "insufficient_data"),
        (crowd("Black", *[1] * 12 + [0] * 12, start=100), "ok_low_precision"),
        ([], "group_missing"),
    ],
)
def test_a_ratio_that_the_data_cannot_carry_has_its_status_and_no_number(
    group: list[Subject], status: str
) -> None:
    ratio = find(use([*WHITE, *group]), "M3", "days", "Black")
    assert ratio is not None
    assert ratio.status == status
    if status != "ok_low_precision":
        assert ratio.value is None
        assert ratio.low is None
        assert (ratio.high is not None) == (status == "ok_zero_numerator")
    assert sentence(ratio)


def test_nobody_in_the_reference_or_only_unknown_gives_no_ratio() -> None:
    alone = find(use(BLACK), "M3", "days", "Black")
    assert alone is not None
    assert (alone.status, alone.value) == ("reference_missing", None)
    nobody = find(use([*crowd("White", *[0] * 30), *BLACK]), "M3", "days", "Black")
    assert nobody is not None
    assert (nobody.status, nobody.value, nobody.high) == ("reference_zero", None, None)
    assert nobody.low is not None
    everyone = use(
        [
            *crowd("White", *[0] * 20),
            *crowd("Black", *[0] * 20, start=50),
            *crowd("Unknown", *[1] * 30, start=90),
        ]
    )
    ratio = find(everyone, "M3", "days", "Black")
    assert ratio is not None
    assert (ratio.status, ratio.value) == ("zero_events", None)
    share = find(everyone, "M13", "unknown")
    assert share is not None
    assert share.value == 1.0


def test_many_unknown_withhold_a_ratio_that_they_could_turn_round() -> None:
    near = [*WHITE, *crowd("Black", *[1, 1, 2, 1, 1, 2] * 4, start=100)]
    assert find(use(near), "M3", "days", "Black").status == "ok"  # type: ignore[union-attr]
    many = use([*near, *crowd("Unknown", *[2] * 20, start=200)])
    ratio, bounds = find(many, "M3", "days", "Black"), find(many, "M13", "bounds", "Black")
    assert ratio is not None
    assert (ratio.status, ratio.value) == ("too_many_unknown", None)
    assert bounds is not None
    assert bounds.low is not None
    assert bounds.high is not None
    assert bounds.low < 1 < bounds.high
    tipping = find(many, "M13", "tipping share", "Black")
    assert tipping is not None
    assert tipping.value is not None
    assert 0 <= tipping.value <= 1


def test_each_basis_groups_by_whose_word_it_is() -> None:
    mixed = [*WHITE, *crowd("Unknown", *[1, 2] * 12, start=100, seen="Black")]
    counts = {
        basis: [find(use(mixed, basis=basis), "M2", "rate", group) for group in ("Black", "Unknown")]
        for basis in ("self-defined", "officer-defined", "self-else-officer")
    }
    events = {basis: [figure.events for figure in row if figure] for basis, row in counts.items()}
    assert events == {
        "self-defined": [0, 36], "officer-defined": [36, 0], "self-else-officer": [36, 0],
    }  # fmt: skip
    assert all(figure.basis == basis for basis, row in counts.items() for figure in row if figure)


def test_stages_are_nested_and_searches_without_an_order_are_none() -> None:
    searched_one = subject(1, "White", 3)
    assert journey.reached(searched_one, PERIOD) == 6
    assert journey.reached(subject(2, "White", 2), PERIOD) == 4
    assert journey.reached(subject(3, "White", 0), PERIOD) == 3
    applied = Subject(
        "merseyside", "4", considered=[Considered("x", FIRST, (("consider", FIRST), ("serve_notice", FIRST)))]
    )
    assert journey.reached(applied, PERIOD) == 2
    declined = Subject(
        "merseyside",
        "5",
        considered=[Considered("x", FIRST, (("send_to_cps", FIRST), ("cps_decline", FIRST)))],
    )
    assert journey.reached(declined, PERIOD) == 1
    assert journey.reached(replace(searched_one, considered=[]), PERIOD) == 0
    steps = list(journey.ladder([*WHITE, *BLACK], ABOUT, PERIOD))
    granted = find(steps, "M6", "granted", "Black")
    assert granted is not None
    assert (granted.value, granted.status, granted.events) == (1.0, "ok", 24)
    assert granted.low is not None
    assert granted.low < 1


def test_searches_fall_on_a_few_and_the_first_comes_when_it_comes() -> None:
    risk = people.at_risk([*WHITE, *BLACK], PERIOD)
    figures = list(spread.concentration(risk, ABOUT))
    most = find(figures, "M7", "most")
    assert most is not None
    assert (most.value, most.low, most.high) == (None, 2, 5)
    few = list(spread.concentration(risk[:5], ABOUT))
    assert {figure.status for figure in few if figure.group is None} == {"insufficient_data"}
    first = find(list(spread.first_search(risk, ABOUT, PERIOD)), "M8", "median")
    assert first is not None
    assert (first.value, first.events) == (0, 40)


def test_the_days_to_the_first_search_are_those_of_kaplan_and_meier_by_hand() -> None:
    """Of 24: 10 are searched on day 10, 4 leave unsearched on day 20, the rest are searched on day 40.

    14 of 24 are left after day 10, and half of all falls on day 40.
    """

    def one(n: int, day: int | None, days: int) -> Subject:
        who = subject(n, "White", 1, days=days)
        if day is None:
            return replace(who, searches=[])
        only = who.searches[0]
        return replace(
            who, searches=[Counted("merseyside", "x", "a", replace(only.said, at=NOON + timedelta(days=day)))]
        )

    group = [*(one(n, 10, 300) for n in range(10)), *(one(n, None, 20) for n in range(10, 14))]
    group += [one(n, 40, 300) for n in range(14, 24)]
    first = find(list(spread.first_search(people.at_risk(group, PERIOD), ABOUT, PERIOD)), "M8", "median")
    assert first is not None
    assert (first.value, first.events, first.denominator) == (40, 20, 24)


def test_missing_outcomes_are_shown_with_how_far_they_could_move_the_find_rate() -> None:
    silent = [
        replace(one, searches=[replace_said(s, outcome=None, found=None) for s in one.searches])
        for one in WHITE[:6]
    ]
    risk = people.at_risk([*WHITE, *BLACK, *silent], PERIOD)
    figures = list(searched.shares(risk, ABOUT))
    found, bounds = find(figures, "M9", "found"), find(figures, "M9", "found, outcomes missing")
    assert found is not None
    assert bounds is not None
    assert (found.denominator, bounds.denominator) == (83, 90)
    assert bounds.low is not None
    assert bounds.high is not None
    assert found.value is not None
    assert bounds.low < found.value < bounds.high
    complaints = find(figures, "M15", "complaints")
    assert complaints is not None
    assert (complaints.status, complaints.events) == ("missing_input", None)


def replace_said(one: Counted, **said: Any) -> Counted:
    return Counted(one.force, one.id, one.account, replace(one.said, **said))


def test_benchmark_and_outcome_are_read_together() -> None:
    gaps = list(searched.outcome_test(people.at_risk([*WHITE, *BLACK], PERIOD), ABOUT))
    black = find(gaps, "M10", "find rate", "Black")
    assert black is not None
    assert black.remark is not None
    assert black.remark.startswith("Searched 1.7 times as much as White people: ")
    few = list(searched.outcome_test(people.at_risk([*WHITE[:3], *BLACK[:3]], PERIOD), ABOUT))
    assert {figure.status for figure in few} <= {"insufficient_data", "no_population"}


def test_cells_too_small_for_age_and_sex_collapse_in_the_fixed_order() -> None:
    men = crowd("White", *[1] * 30, start=0)
    young = crowd("White", *[1] * 30, start=40, born=date(2004, 1, 1))
    women = crowd("White", *[1] * 30, start=80, sex="female")
    fine = list(alike.intersections(people.at_risk([*men, *young], PERIOD), ABOUT, PERIOD))
    assert [(f.age, f.sex) for f in fine] == [("18-24", "male"), ("25-34", "male")]
    by_sex = list(alike.intersections(people.at_risk([*men, *young[:5], *women], PERIOD), ABOUT, PERIOD))
    assert [(f.age, f.sex) for f in by_sex] == [(None, "female"), (None, "male")]
    by_age = list(alike.intersections(people.at_risk([*men, *young, *women[:2]], PERIOD), ABOUT, PERIOD))
    assert [(f.age, f.sex) for f in by_age] == [("18-24", None), ("25-34", None)]
    assert not list(
        alike.intersections(people.at_risk([*men, *young[:2], *women[:2]], PERIOD), ABOUT, PERIOD)
    )


def test_like_is_held_against_like_in_age_and_sex() -> None:
    """The young are searched twice as often, and one group is younger: alike in each age, apart together."""
    white = [*crowd("White", *[1] * 40), *crowd("White", *[2] * 20, start=50, born=date(2004, 1, 1))]
    black = [
        *crowd("Black", *[1] * 10, start=100), *crowd("Black", *[2] * 30, start=150, born=date(2004, 1, 1)),
        *crowd("Black", 9, start=190, sex="female"),
    ]  # fmt: skip
    risk = people.at_risk([*white, *black], PERIOD)
    figure = find(list(alike.like_for_like(risk, ABOUT, PERIOD)), "M3", "like for like", "Black")
    assert figure is not None
    assert figure.value == pytest.approx(1.0)
    assert figure.events == 70
    assert figure.remark is not None
    assert figure.remark.startswith("1 people")
    crude = find(use([*white, *black]), "M3", "days", "Black")
    assert crude is not None
    assert crude.value is not None
    assert crude.value > 1.2


def test_the_ratio_force_by_force_stands_beside_the_crude_one() -> None:
    busy = [*crowd("White", *[2] * 10), *crowd("Black", *[2] * 40, start=100)]
    quiet = [*crowd("White", *[1] * 40, start=200), *crowd("Black", *[1] * 10, start=300)]
    risk = {"merseyside": people.at_risk(busy, PERIOD), "sussex": people.at_risk(quiet, PERIOD)}
    pooled = find(
        list(alike.by_force(risk, replace(ABOUT, force="merseyside+sussex"))), "M3", "days, by force", "Black"
    )
    assert pooled is not None
    assert pooled.value == pytest.approx(1.0)
    crude = find(use([*busy, *quiet]), "M3", "days", "Black")
    assert crude is not None
    assert crude.value is not None
    assert crude.value > 1.4


def test_the_months_have_limits_only_once_there_are_twelve() -> None:
    risk = people.at_risk([*WHITE, *BLACK], PERIOD)
    months = list(searched.trends(risk, ABOUT, PERIOD))
    found = [month for month in months if month.part == "found"]
    assert len(found) == 12
    assert found[0].denominator == 83
    assert found[1].status == "no_population"
    assert found[0].high is None
    assert "run chart" in found[0].rule
    spread_out = [
        replace(one, searches=[replace_said(s, at=NOON + timedelta(days=31 * (at % 12)))])
        for at, one in enumerate(crowd("White", *[1] * 60))
        for s in one.searches
    ]
    limits = [
        m for m in searched.trends(people.at_risk(spread_out, PERIOD), ABOUT, PERIOD) if m.part == "found"
    ]
    assert all(m.high is not None for m in limits)


def test_officers_with_few_searches_are_counts_only() -> None:
    def by(account: str, who: Subject) -> Subject:
        return replace(who, searches=[Counted(s.force, s.id, account, s.said) for s in who.searches])

    risk = people.at_risk(
        [*(by("much", one) for one in WHITE), *(by("little", one) for one in BLACK[:3])], PERIOD
    )
    few, many = sorted(searched.officers(risk, ABOUT), key=lambda figure: figure.denominator or 0)
    assert (few.status, few.value, few.remark) == ("insufficient_data", None, None)
    assert many.status == "ok"
    assert many.remark is not None
    assert "limits for 35 searches" in many.remark
    assert not MEASURES["M12"].public


# ---- who is shown what, and how it is said


def every(subjects: Sequence[Subject]) -> list[Measured]:
    return adjusted(list(figures_of(subjects, ABOUT, PERIOD, ("merseyside",), 2021, fine=True)))


def test_p_values_are_adjusted_within_one_question_only() -> None:
    figures = every([*WHITE, *BLACK, *crowd("Asian", *[1] * 24, start=300)])
    asked = [f for f in figures if (f.measure, f.part) == ("M3", "days") and f.p is not None]
    assert {f.group for f in asked} == {"Black", "Asian"}
    worst = max(f.p or 0 for f in asked)
    assert max(f.p_adjusted or 0 for f in asked) == pytest.approx(worst)
    assert all((f.p_adjusted or 0) >= (f.p or 0) for f in asked)


FORBIDDEN = re.compile(r"\b(?:only|best|worst|discriminat\w+|biased|racis\w+|BAME)\b", re.IGNORECASE)


def test_every_figure_has_a_sentence_that_states_its_counts_first() -> None:
    figures = said(
        every([*WHITE, *BLACK, *crowd("Asian", 1, 0, start=300), *crowd("Unknown", *[2] * 4, start=400)])
    )
    parts = {(f.measure, f.part) for f in figures}
    assert {code for code, _ in parts} == {
        "M2",
        "M3",
        "M4",
        "M5",
        "M6",
        "M7",
        "M8",
        "M9",
        "M10",
        "M11",
        "M13",
        "M14",
        "M15",
    }
    for figure in figures:
        assert figure.sentence.endswith(".")
        assert not re.search(r"\bNone\b(?! of)|nan|inf", figure.sentence)
        assert "{" not in figure.sentence
        assert not FORBIDDEN.search(figure.sentence.replace("only the upper limit", ""))
        counted = figure.events is not None and MEASURES[figure.measure].parts[figure.part].says == ""
        if counted:
            assert figure.sentence.startswith(f"{figure.events:,} ")
    ratio = find(figures, "M3", "days", "Black")
    assert ratio is not None
    assert ratio.sentence.startswith(
        "48 searches of Black people in 8,760 days under order, and 35 of White people in 10,950: Black"
        " people were"
        " 1.7 times as likely as White people to be searched, for each day under order (95% interval "
    )


def test_the_catalogue_explains_every_measure() -> None:
    assert list(MEASURES) == [f"M{n}" for n in range(1, 16)]
    for measure in MEASURES.values():
        assert all((measure.name, measure.formula, measure.denominator, measure.minimum, measure.source))
        assert measure.parts
    assert set(STATUSES) >= set(rates.Status.__args__)  # type: ignore[attr-defined]


# ---- from the database: our own and published


async def ask(
    database: Any, actor: Actor = SUPERVISOR, now: datetime = datetime(2026, 1, 5, tzinfo=UTC), **query: Any
) -> MeasuresReport:
    async with database.read(ALL) as session:
        made = await REPORTS["measures"](session, actor, Query(**query), now)
    assert isinstance(made, MeasuresReport)
    return made


async def take(database: Any, *paths: Path, **about: Any) -> None:
    done = await import_searches(
        database, paths, published=date(2025, 12, 1), now=datetime(2026, 1, 4, tzinfo=UTC), **about
    )
    assert not done.refused


async def test_any_other_lost_from_real_months_is_a_fault_and_no_finding(
    database: Any, shared: Path, tmp_path: Path
) -> None:
    await take(
        database, shared / "data" / "police-uk" / "api-json" / "met-stops-force.zip", force="metropolitan"
    )
    report = await ask(
        database,
        NOBODY,
        force="metropolitan",
        from_=date(2024, 9, 1),
        to=date(2024, 12, 31),
        basis="self-defined",
    )
    lost = [row for row in report.published.coverage if row.what == "any-other-lost"]
    assert {row.missing[0] for row in lost} == {"2024-09", "2024-10", "2024-11", "2024-12"}
    for measure, part in (("M1", "rate"), ("M3", "residents"), ("M4", "residents"), ("M4", "excess")):
        figure = find(report.published.figures, measure, part, "Black")  # type: ignore[arg-type]
        assert figure is not None
        assert (figure.status, figure.value, figure.low, figure.high) == ("coding_changed", None, None, None)
        assert figure.events is not None
    assert not report.orders.figures
    assert "Not to be quoted" in find(report.published.figures, "M3", "residents", "Black").sentence  # type: ignore[union-attr]
    text = as_csv(tables(report))
    assert "any-other-lost" in text
    assert as_ods(tables(report))


async def test_a_cut_month_and_a_blanked_label_are_faults(
    database: Any, shared: Path, tmp_path: Path
) -> None:
    real = shared / "data" / "police-uk" / "loose" / "2017-06-west-midlands-stop-and-search.csv"
    with real.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])

    def write(month: str, kept: list[dict[str, str]]) -> Path:
        path = tmp_path / f"{month}-west-midlands-stop-and-search.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(kept)
        return path

    await take(database, write("2017-06", rows))
    whole = await ask(database, force="west-midlands", basis="self-defined", census=2011)
    assert not [row for row in whole.published.coverage if row.remark]
    black = find(whole.published.figures, "M3", "residents", "Black")
    assert black is not None
    of_people = [row for row in rows if row["Type"] != "Vehicle search"]
    assert black.status == "ok"
    assert black.events == sum(row["Self-defined ethnicity"].startswith("Black") for row in of_people)

    cut = [row for row in rows if row["Date"] < "2017-06-18"]
    await take(
        database, write("2017-07", [row | {"Date": row["Date"].replace("2017-06", "2017-07")} for row in cut])
    )
    stopped = await ask(database, force="west-midlands", basis="self-defined", census=2011)
    faults = [row for row in stopped.published.coverage if row.remark]
    assert [(row.what, row.missing) for row in faults] == [("stops-early", ("2017-07",))]
    rate = find(stopped.published.figures, "M1", "rate", "Black")
    assert rate is not None
    assert (rate.status, rate.value) == ("months_missing", None)
    ratio = find(stopped.published.figures, "M3", "residents", "Black")
    assert ratio is not None
    assert ratio.remark is not None
    assert "2017-07" in ratio.remark

    blank = [
        row
        | {
            "Date": row["Date"].replace("2017-06", "2017-08"),
            "Self-defined ethnicity": ""
            if "British" in row["Self-defined ethnicity"]
            and row["Self-defined ethnicity"].startswith("White")
            else row["Self-defined ethnicity"],
        }
        for row in rows
    ]
    await take(database, write("2017-08", blank))
    lost = await ask(database, force="west-midlands", basis="self-defined", census=2011)
    codes = {(row.what, row.missing) for row in lost.published.coverage if row.remark}
    assert ("white-british-lost", ("2017-08",)) in codes
    ratio = find(lost.published.figures, "M3", "residents", "Black")
    assert ratio is not None
    assert (ratio.status, ratio.value) == ("coding_changed", None)


@pytest.mark.parametrize("name", ["measures", "statutory", "disproportionality"])
async def test_an_unknown_force_and_reversed_dates_are_refused_together(database: Any, name: str) -> None:
    query = Query(force="atlantis", from_=date(2024, 6, 5), to=date(2024, 6, 1))
    async with database.read(ALL) as session:
        with pytest.raises(Malformed) as bad:
            await REPORTS[name](session, SUPERVISOR, query, datetime(2026, 1, 5, tzinfo=UTC))
    assert {fault.field for fault in bad.value.faults} == {"force", "to"}


async def test_the_officers_report_is_for_supervisors_of_the_one_force(database: Any) -> None:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    async with database.read(ALL) as session:
        made = await REPORTS["officers"](session, SUPERVISOR, Query(force="merseyside"), now)
        assert made.officers.figures == ()  # type: ignore[union-attr]
        assert tables(made)
        for actor, force in (
            (SUPERVISOR, "sussex"),
            (SUPERVISOR, ("merseyside", "sussex")),
            (replace(SUPERVISOR, roles=frozenset({"PLO"})), "merseyside"),
            (replace(SUPERVISOR, roles=frozenset({"OVR"})), "merseyside"),
        ):
            with pytest.raises(NotAllowed):
                await REPORTS["officers"](session, actor, Query(force=force), now)


HOME_OFFICE = (
    ("west-midlands", 3973, 9713, 2011, "24.2", "5.1", "4.8"),
    ("staffordshire", 177, 3511, 2011, "20.7", "3.4", "6.1"),
    ("west-mercia", 224, 3476, 2011, "44.3", "3.0", "15.0"),
)


@pytest.mark.parametrize("force, black, white, census, black_rate, white_rate, times", HOME_OFFICE)
def test_home_office_figures_follow_from_printed_counts_and_the_census_named(
    force: str, black: int, white: int, census: Any, black_rate: str, white_rate: str, times: str
) -> None:
    """Years to March 2022 were published on Census 2011; on Census 2021 the same searches give another
    ratio.
    """
    own, base = (residents(force, group, census) for group in ("Black", "White"))
    assert own is not None
    assert base is not None
    assert str(rates.displayed(black, own, places=1)) == black_rate
    assert str(rates.displayed(white, base, places=1)) == white_rate
    ratio = ratios.ratio(black, own, white, base).value
    assert f"{ratio:.1f}" == times
    newer = ratios.ratio(black, residents(force, "Black", 2021), white, residents(force, "White", 2021)).value
    assert f"{newer:.1f}" != times


def test_the_mets_published_rate_is_on_census_2021() -> None:
    own = residents("metropolitan", "Black", 2021)
    assert own == 1_188_137
    assert str(rates.displayed(49_561, own, places=1)) == "41.7"
