"""When and where the power exists: the pilot's days and areas, what may be sought, what a new row changes."""

from datetime import date

import msgspec
import pytest

from svro.law import regimes
from svro.law.regimes import PILOT, REGIMES, Bar, Step
from svro.law.sources import resolve

CONTINUED = msgspec.structs.replace(
    PILOT,
    name="continued",
    starts=date(2025, 4, 19),
    ends=date(2027, 4, 18),
    saving_to=date(2027, 10, 18),
    continues="pilot",
)
ROLL_OUT = msgspec.structs.replace(
    PILOT,
    name="roll-out",
    starts=date(2027, 2, 1),
    ends=None,
    saving_to=None,
    areas=None,
    court_numbers=None,
    saves="none",
)


def code(bar: Bar | None) -> str | None:
    return bar.code if bar else None


@pytest.mark.parametrize(
    ("day", "runs", "saved"),
    [
        (date(2023, 4, 18), False, False),
        (date(2023, 4, 19), True, False),
        (date(2025, 4, 18), True, False),
        (date(2025, 4, 19), False, True),
        (date(2025, 10, 18), False, True),
        (date(2025, 10, 19), False, False),
    ],
)
def test_trap_1_the_pilot_runs_and_is_saved_on_exact_days(day: date, runs: bool, saved: bool) -> None:
    assert bool(regimes.running(day)) is runs
    assert bool(regimes.saving(day)) is saved


def test_trap_13_the_first_appointed_day_is_19_april_2023_and_no_roll_out_moves_it() -> None:
    assert regimes.first_appointed_day() == date(2023, 4, 19)
    assert regimes.first_appointed_day((PILOT, ROLL_OUT)) == date(2023, 4, 19)
    assert regimes.first_appointed_day(()) is None


def test_trap_14_what_counts_is_where_the_court_sits() -> None:
    assert regimes.sits_within(PILOT, area="sussex")
    assert not regimes.sits_within(PILOT, area="metropolitan")
    assert regimes.sits_within(PILOT, court="C05LV00")
    assert not regimes.sits_within(PILOT, court="C01AB00")
    assert regimes.sits_within(PILOT)
    assert regimes.sits_within(PILOT, court="a court of another shape")
    assert regimes.sits_within(PILOT, court="C99")
    assert regimes.sits_within(PILOT, court="CX9AB00")
    assert regimes.sits_within(ROLL_OUT, area="metropolitan", court="C01AB00")


@pytest.mark.parametrize(
    ("step", "day", "area", "expected"),
    [
        ("order", date(2023, 4, 18), "sussex", "no-regime"),
        ("order", date(2024, 4, 18), "sussex", None),
        ("order", date(2024, 4, 18), "kent", "outside-areas"),
        ("order", date(2025, 4, 19), "sussex", "no-regime"),
        ("order", date(2026, 11, 22), "sussex", "no-regime"),
        ("vary", date(2025, 4, 18), None, None),
        ("renew", date(2025, 4, 18), None, None),
        ("vary", date(2025, 4, 19), None, None),
        ("lengthen", date(2025, 10, 18), None, None),
        ("discharge", date(2025, 10, 18), None, None),
        ("renew", date(2025, 4, 19), None, "renewal-not-saved"),
        ("renew", date(2025, 10, 18), None, "renewal-not-saved"),
        ("discharge", date(2025, 10, 19), None, "lapsed"),
        ("renew", date(2025, 10, 19), None, "lapsed"),
    ],
)
def test_trap_3_what_may_be_sought_when(
    step: Step, day: date, area: str | None, expected: str | None
) -> None:
    for made in (None, date(2024, 1, 1)):
        bar = regimes.seekable(step, day, area=area, made=made)
        assert code(bar) == expected
        assert bar is None or resolve(bar.source)


def test_with_no_regime_running_the_sentence_says_since_when() -> None:
    bar = regimes.seekable("order", date(2026, 11, 22))
    assert bar is not None
    assert "18 April 2025" in bar.sentence
    assert code(regimes.seekable("order", date(2026, 11, 22), ())) == "no-regime"


def test_an_invented_roll_out_row_opens_new_orders_everywhere_and_leaves_the_pilots_lapsed() -> None:
    rows = (PILOT, ROLL_OUT)
    day = date(2027, 3, 1)
    assert code(regimes.seekable("order", day, area="kent")) == "no-regime"
    assert regimes.seekable("order", day, rows, area="kent") is None
    assert regimes.seekable("renew", day, rows, made=date(2027, 2, 1)) is None
    assert code(regimes.seekable("vary", day, rows, made=date(2024, 1, 1))) == "lapsed"
    assert regimes.governing(day, rows, court="C01AB00") is ROLL_OUT


def test_an_invented_continuation_row_moves_the_pilots_end() -> None:
    rows = (PILOT, CONTINUED)
    assert regimes.last_of(PILOT, rows) is CONTINUED
    assert regimes.seekable("renew", date(2026, 6, 1), rows, made=date(2024, 1, 1)) is None
    assert not regimes.saving(date(2025, 6, 1), rows)
    assert regimes.saving(date(2027, 6, 1), rows) == (CONTINUED,)
    assert regimes.seekable("order", date(2026, 6, 1), rows, area="sussex") is None


def test_a_continuation_that_leaves_a_gap_or_goes_back_continues_nothing() -> None:
    gap = msgspec.structs.replace(CONTINUED, starts=date(2025, 4, 20))
    back = msgspec.structs.replace(CONTINUED, starts=PILOT.starts)
    other = msgspec.structs.replace(CONTINUED, continues="another")
    for row in (gap, back, other):
        assert regimes.last_of(PILOT, (PILOT, row)) is PILOT
    assert regimes.last_of(ROLL_OUT, (PILOT, ROLL_OUT)) is ROLL_OUT


def test_the_regime_of_an_order_is_the_latest_that_ran_where_its_court_sat() -> None:
    both = msgspec.structs.replace(ROLL_OUT, starts=date(2025, 1, 1))
    assert regimes.governing(date(2025, 2, 1), (PILOT, both)) is both
    assert regimes.governing(date(2024, 12, 31), (PILOT, both)) is PILOT
    assert regimes.governing(date(2024, 12, 31), (PILOT, both), court="C01AB00") is None
    assert regimes.governing(date(2024, 12, 31), area="kent") is None


def test_every_row_cites_its_law() -> None:
    for row in REGIMES:
        cited = (
            row.source,
            row.area_source,
            row.end_source,
            row.saving_source,
            row.renewal_source,
            row.waiting_source,
        )
        assert all(resolve(citation) for citation in cited)
        assert all(
            resolve(f"Sentencing Act 2020 s.{section}") for section in (*row.sections, *row.saved_sections)
        )


@pytest.mark.parametrize(
    ("step", "day", "court", "expected"),
    [
        (
            "order",
            date(2024, 4, 18),
            "C01AB00",
            Bar(
                "outside-areas",
                "The court does not sit in an area where orders can be made.",
                "SI 2023/387 reg.5(2)(a)",
            ),
        ),
        (
            "order",
            date(2023, 4, 18),
            None,
            Bar(
                "no-regime",
                "No court has yet been given the power to make an order.",
                "PCSC Act 2022 s.166(2)",
            ),
        ),
        (
            "order",
            date(2025, 4, 19),
            None,
            Bar(
                "no-regime",
                "No court has power to make an order: it ended on 18 April 2025.",
                "SI 2023/387 reg.5(1)",
            ),
        ),
        (
            "renew",
            date(2025, 4, 19),
            None,
            Bar(
                "renewal-not-saved",
                "An order cannot be renewed after its regime ended: only varying and discharging were saved.",
                "SI 2023/387 reg.7(2)(e)",
            ),
        ),
        (
            "vary",
            date(2025, 10, 19),
            None,
            Bar(
                "lapsed",
                "The power to change the order has lapsed with the regime it was made under.",
                "SI 2023/387 reg.7(1)",
            ),
        ),
    ],
)
def test_a_bar_says_why_and_by_which_law(step: Step, day: date, court: str | None, expected: Bar) -> None:
    assert regimes.seekable(step, day, court=court) == expected


def test_no_power_names_the_regime_that_ended_last_and_one_that_starts_that_day_has_begun() -> None:
    first = msgspec.structs.replace(PILOT, name="zero", starts=date(2022, 1, 1), ends=date(2022, 6, 30))
    for rows in ((PILOT, first), (first, PILOT)):
        bar = regimes.seekable("order", date(2026, 1, 1), rows)
        assert bar is not None
        assert "18 April 2025" in bar.sentence
    day = msgspec.structs.replace(PILOT, starts=date(2026, 1, 1), ends=date(2025, 12, 31))
    bar = regimes.seekable("order", date(2026, 1, 1), (day,))
    assert bar is not None
    assert "it ended on 31 December 2025" in bar.sentence


def test_a_change_is_judged_by_the_rows_given_and_cites_their_law() -> None:
    other = msgspec.structs.replace(
        ROLL_OUT, name="other", ends=date(2028, 1, 31), saving_to=date(2028, 7, 31), saves="in effect",
        saving_source="SI 2023/387 reg.8", renewal_source="SI 2023/387 reg.7(2)(a)",
    )  # fmt: skip
    rows, made = (PILOT, other), date(2027, 3, 1)
    assert regimes.seekable("renew", date(2027, 4, 1), rows) is None
    assert regimes.seekable("vary", date(2028, 3, 1), rows) is None
    for given in (None, made):
        late = regimes.seekable("renew", date(2028, 3, 1), rows, made=given)
        assert late is not None
        assert late.source == "SI 2023/387 reg.7(2)(a)"
    gone = regimes.seekable("vary", date(2028, 8, 1), rows, made=made)
    assert gone is not None
    assert gone.source == "SI 2023/387 reg.8"


def test_a_continuation_may_itself_be_continued() -> None:
    again = msgspec.structs.replace(
        CONTINUED, name="again", starts=date(2027, 4, 19), ends=date(2029, 4, 18), continues="continued"
    )
    assert regimes.last_of(PILOT, (PILOT, CONTINUED, again)) is again
    assert regimes.last_of(PILOT, (again, PILOT)) is PILOT
