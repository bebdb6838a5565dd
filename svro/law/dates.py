"""Legal days: London civil days, periods "beginning with" a day, months by the corresponding date, business
days, ages.

Instants are timezone-aware datetimes, compared in UTC; a day is a date in London. Nothing here reads a clock.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)


def london_day(instant: datetime) -> date:
    """The legal day an instant falls in is the London civil day: 23:30 UTC in summer is already the next day.

    Source: Interpretation Act 1978 s.9.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant must carry its offset")
    return _day(instant)


def start_of(day: date) -> datetime:
    """A legal day starts at midnight by the London clock, whatever the offset then is; the answer is in UTC.

    Source: Interpretation Act 1978 s.9.
    """
    return _midnight(day)


# The same few days and instants are asked for again and again; the pinned zone data answers each but one way.
@lru_cache(1 << 12)
def _day(instant: datetime) -> date:
    return instant.astimezone(LONDON).date()


@lru_cache(1 << 12)
def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def end_of(day: date) -> datetime:
    """A legal day ends as the next one starts: this instant is no longer in the day. Days are 23, 24 or 25
    hours long.

    Source: Interpretation Act 1978 s.9.
    """
    return start_of(day + DAY)


def last_day(first: date, months: int) -> date:
    """A period of n months beginning with a day ends the day before the corresponding date, or with the month
    that has none.

    So 31 August 2024 and 6 months end on 28 February 2025; 19 April 2023 and 24 months on 18 April 2025. Both
    ends are part of the period. `months` is at least 1; ValueError otherwise.

    Source: Interpretation Act 1978 Sch.1 (month).
    """
    if months < 1:
        raise ValueError("a period is at least one month")
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    if first.day > length:
        # No corresponding date: the period takes the whole of the short month, and no day is taken off again.
        return date(year, month + 1, length)
    return date(year, month + 1, first.day) - DAY


def beginning_with(day: date, days: int) -> date:
    """The last day of a period of n days beginning with a day: that day is day 1, and every calendar day
    counts.

    Three days beginning with Friday 2 August end with Sunday 4 August.

    Source: Sentencing Act 2020 s.342B(2).
    """
    if days < 1:
        raise ValueError("a period is at least one day")
    return day + (days - 1) * DAY


def age(born: date, day: date) -> int:
    """A person's age in years: attained as the anniversary of the birth begins. Somebody born on 29 February
    waits for 1 March.

    Which day is the anniversary in a year without 29 February is not settled by the Act: `age_in_doubt` marks
    that one day.

    Source: Family Law Reform Act 1969 s.9(1).
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_in_doubt(born: date, day: date) -> bool:
    """Whether the age on a day turns on the unsettled birthday: born on 29 February, and the day is 28
    February of a common year.

    Source: Family Law Reform Act 1969 s.9(1).
    """
    leapling = (born.month, born.day) == (2, 29)
    return leapling and (day.month, day.day) == (2, 28) and monthrange(day.year, 2)[1] == 28


# Good Friday, Easter Monday, Christmas Day, Boxing Day and the bank holidays of England and Wales as
# published, with substitute and one-off days, year by year: (month, day). A day that falls at a weekend is
# not listed: it is no business day already.
_HOLIDAYS: dict[int, tuple[tuple[int, int], ...]] = {
    2022: ((1, 3), (4, 15), (4, 18), (5, 2), (6, 2), (6, 3), (8, 29), (9, 19), (12, 26), (12, 27)),
    2023: ((1, 2), (4, 7), (4, 10), (5, 1), (5, 8), (5, 29), (8, 28), (12, 25), (12, 26)),
    2024: ((1, 1), (3, 29), (4, 1), (5, 6), (5, 27), (8, 26), (12, 25), (12, 26)),
    2025: ((1, 1), (4, 18), (4, 21), (5, 5), (5, 26), (8, 25), (12, 25), (12, 26)),
    2026: ((1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)),
    2027: ((1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)),
    2028: ((1, 3), (4, 14), (4, 17), (5, 1), (5, 29), (8, 28), (12, 25), (12, 26)),
}
HOLIDAYS = frozenset(date(year, month, day) for year, days in _HOLIDAYS.items() for month, day in days)
FIRST_YEAR, LAST_YEAR = min(_HOLIDAYS), max(_HOLIDAYS)


def is_business_day(day: date) -> bool | None:
    """A business day is any but a Saturday, Sunday, Christmas Day, Boxing Day, Good Friday, Easter Monday or
    bank holiday.

    None where it is not known: a weekday in a year the table of holidays does not hold.

    Source: CrimPR 2.2.
    """
    if day.weekday() >= 5:
        return False
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    return day not in HOLIDAYS


def business_days_after(day: date, days: int) -> date | None:
    """The day on which n business days after a day have passed: counting starts on the next business day.

    None where it is not known, because the count leaves the table of holidays. `days` is at least 1;
    ValueError otherwise.

    Source: CrimPR 2.2.
    """
    if days < 1:
        raise ValueError("count at least one business day")
    while days:
        day += DAY
        counts = is_business_day(day)
        if counts is None:
            return None
        days -= counts
    return day
