"""Legal days: London midnights both ways, months by the corresponding date, business days, ages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays
from hypothesis import given
from hypothesis import strategies as st

from svro.law import dates
from tests.law.reference_order import day_of, midnight_after

ONE = timedelta(days=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2023, 4, 19), 24, date(2025, 4, 18)),
        (date(2025, 4, 19), 6, date(2025, 10, 18)),
        (date(2024, 2, 29), 48, date(2028, 2, 28)),
        (date(2024, 1, 1), 12, date(2024, 12, 31)),
        (date(2024, 3, 1), 12, date(2025, 2, 28)),
        (date(2024, 12, 31), 1, date(2025, 1, 30)),
    ],
)
def test_trap_17_a_period_of_months_ends_by_the_corresponding_date(
    first: date, months: int, last: date
) -> None:
    assert dates.last_day(first, months) == last


def test_trap_17_every_start_2023_to_2035_by_6_to_24_months_agrees_with_counting_the_days_of_months() -> None:
    """The other way: from the first of the month n on, to the day before the same number, if there is one."""
    day, checked = date(2023, 1, 1), 0
    firsts = {(y, m): date(y, m, 1) for y in range(2023, 2039) for m in range(1, 13)}
    following = dict(zip(list(firsts)[:-1], list(firsts.values())[1:], strict=True))
    while day.year < 2036:
        for months in range(6, 25):
            year, month = day.year, day.month
            for _ in range(months):
                year, month = (year + 1, 1) if month == 12 else (year, month + 1)
            length = (following[year, month] - firsts[year, month]).days
            expected = firsts[year, month] + timedelta(days=min(day.day - 1, length) - 1)
            if day.day > length:
                expected = firsts[year, month] + timedelta(days=length - 1)
            assert dates.last_day(day, months) == expected, (day, months)
            checked += 1
        day += ONE
    assert checked == 4748 * 19


def test_a_period_of_no_months_or_days_is_no_period() -> None:
    with pytest.raises(ValueError, match="^a period is at least one month$"):
        dates.last_day(date(2024, 1, 1), 0)
    with pytest.raises(ValueError, match="^a period is at least one day$"):
        dates.beginning_with(date(2024, 1, 1), 0)
    with pytest.raises(ValueError, match="^count at least one business day$"):
        dates.business_days_after(date(2024, 1, 1), 0)


def test_trap_15_three_days_beginning_with_a_day_count_that_day_and_the_weekend() -> None:
    assert dates.beginning_with(date(2024, 8, 2), 3) == date(2024, 8, 4)
    assert dates.beginning_with(date(2024, 8, 2), 1) == date(2024, 8, 2)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (utc(2024, 7, 1, 22, 59), date(2024, 7, 1)),
        (utc(2024, 7, 1, 23, 0), date(2024, 7, 2)),
        (utc(2024, 1, 1, 23, 59), date(2024, 1, 1)),
        (utc(2024, 1, 2, 0, 0), date(2024, 1, 2)),
    ],
)
def test_trap_16_a_day_is_a_london_day(instant: datetime, day: date) -> None:
    assert dates.london_day(instant) == day
    assert dates.london_day(instant.astimezone(dates.LONDON)) == day


def test_an_instant_without_an_offset_has_no_day() -> None:
    with pytest.raises(ValueError, match="^an instant must carry its offset$"):
        dates.london_day(datetime(2024, 7, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        (date(2024, 3, 31), utc(2024, 3, 31, 0), 23),
        (date(2024, 10, 27), utc(2024, 10, 26, 23), 25),
        (date(2024, 7, 1), utc(2024, 6, 30, 23), 24),
        (date(2024, 1, 1), utc(2024, 1, 1, 0), 24),
    ],
)
def test_days_are_23_or_25_hours_long_when_the_clocks_change(day: date, start: datetime, hours: int) -> None:
    assert dates.start_of(day) == start
    assert dates.end_of(day) - dates.start_of(day) == timedelta(hours=hours)
    assert dates.start_of(day).tzinfo is UTC


@given(st.integers(0, 60 * 24 * 4748))
def test_every_instant_is_within_its_day_and_agrees_with_the_last_sundays(minutes: int) -> None:
    instant = utc(2023, 1, 1) + timedelta(minutes=minutes)
    day = dates.london_day(instant)
    assert dates.start_of(day) <= instant < dates.end_of(day)
    assert day == day_of(instant)
    assert dates.end_of(day) == midnight_after(day) == dates.start_of(day + ONE)


def test_an_age_is_attained_on_the_birthday_and_29_february_is_in_doubt_on_one_day() -> None:
    assert [dates.age(date(2006, 5, 10), date(2024, 5, d)) for d in (9, 10)] == [17, 18]
    leapling = date(2004, 2, 29)
    assert [dates.age(leapling, d) for d in (date(2022, 2, 28), date(2022, 3, 1))] == [17, 18]
    assert [dates.age(leapling, d) for d in (date(2024, 2, 28), date(2024, 2, 29))] == [19, 20]
    assert dates.age_in_doubt(leapling, date(2022, 2, 28))
    assert not dates.age_in_doubt(leapling, date(2022, 3, 1))
    assert not dates.age_in_doubt(leapling, date(2024, 2, 28))
    assert not dates.age_in_doubt(date(2004, 2, 28), date(2022, 2, 28))


def test_the_holidays_are_those_published_for_england_and_wales() -> None:
    published = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    held = {row["date"] for row in published if dates.FIRST_YEAR <= row["date"].year <= dates.LAST_YEAR}
    assert {day for day in held if day.weekday() < 5} == dates.HOLIDAYS
    assert (dates.FIRST_YEAR, dates.LAST_YEAR) == (2022, 2028)


def test_trap_18_business_days_leave_out_weekends_and_holidays() -> None:
    assert dates.is_business_day(date(2025, 4, 17)) is True
    assert dates.is_business_day(date(2025, 4, 18)) is False  # Good Friday
    assert dates.is_business_day(date(2025, 4, 19)) is False
    assert dates.business_days_after(date(2025, 4, 17), 1) == date(2025, 4, 22)
    assert dates.business_days_after(date(2025, 4, 18), 1) == date(2025, 4, 22)
    assert dates.business_days_after(date(2024, 12, 23), 10) == date(2025, 1, 9)


def test_beyond_the_table_of_holidays_a_business_day_is_not_known() -> None:
    assert dates.is_business_day(date(2029, 1, 2)) is None
    assert dates.is_business_day(date(2029, 1, 6)) is False  # a Saturday is known anyhow
    assert dates.is_business_day(date(2021, 12, 31)) is None
    assert dates.is_business_day(date(2022, 1, 4)) is True
    assert dates.is_business_day(date(2028, 12, 29)) is True
    assert dates.business_days_after(date(2028, 12, 28), 1) == date(2028, 12, 29)
    assert dates.business_days_after(date(2028, 12, 28), 2) is None
