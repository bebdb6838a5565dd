"""The fixed catalogue of what is ever published from our own records: which tables, periods and hierarchies.

Nothing else is, and nobody chooses a filter: two tables that differ by one person would tell of that person.
"""

from collections.abc import Iterator
from datetime import date
from itertools import product

import msgspec


class Category(msgspec.Struct, frozen=True):
    """A row or a column: its heading, and the finest codes that it gathers."""

    heading: str
    leaves: tuple[str, ...]


Level = tuple[Category, ...]


class Dimension(msgspec.Struct, frozen=True):
    """One way of telling searches apart, from the finest level to the coarsest: every level holds every
    leaf once.
    """

    title: str
    levels: tuple[Level, ...]

    @property
    def leaves(self) -> tuple[str, ...]:
        """The finest codes."""
        return tuple(leaf for category in self.levels[0] for leaf in category.leaves)


class Spec(msgspec.Struct, frozen=True):
    """A registered table. `steps` are the levels of (rows, columns) at which it may be published, in the
    order in which they are tried. `counts` names what it tells apart: tables that count the same thing have
    the same rows in common.
    """

    name: str
    title: str
    rows: Dimension
    columns: Dimension
    steps: tuple[tuple[int, int], ...]
    counts: str = "searches"


def _level(*categories: tuple[str, str]) -> Level:
    return tuple(Category(heading, tuple(leaves.split())) for heading, leaves in categories)


_EVERY_GROUP = "White Black Asian Mixed Other Unknown"
ETHNICITY = Dimension(
    "Self-defined ethnicity",
    (
        _level(*((group, group) for group in _EVERY_GROUP.split())),
        _level(
            ("White", "White"),
            ("Black", "Black"),
            ("Asian, Mixed and Other", "Asian Mixed Other"),
            ("Unknown", "Unknown"),
        ),
        _level(
            ("White", "White"),
            ("Black, Asian, Mixed and Other", "Black Asian Mixed Other"),
            ("Unknown", "Unknown"),
        ),
        _level(("White", "White"), ("All other groups, and unknown", "Black Asian Mixed Other Unknown")),
        _level(("All groups", _EVERY_GROUP)),
    ),
)
OUTCOME = Dimension(
    "Outcome",
    (
        _level(
            ("No further action", "nfa"),
            ("Arrest", "arrest"),
            ("Another outcome", "other"),
            ("Not recorded", "unknown"),
        ),
        _level(
            ("No further action", "nfa"), ("Arrest or another outcome", "arrest other"),
            ("Not recorded", "unknown"),
        ),
        _level(("No further action", "nfa"), ("Anything else, or not recorded", "arrest other unknown")),
    ),
)  # fmt: skip
FIND = Dimension(
    "Anything found",
    (
        _level(("Something found", "yes"), ("Nothing found, or not recorded", "no")),
        _level(("Every search", "yes no")),
    ),
)
AGE = Dimension(
    "Age",
    (
        _level(
            ("18 to 24", "18-24"), ("25 to 34", "25-34"), ("35 and over", "35+"), ("Not known", "unknown")
        ),
        _level(("18 to 34", "18-24 25-34"), ("35 and over", "35+"), ("Not known", "unknown")),
        _level(("18 to 34", "18-24 25-34"), ("35 and over, or not known", "35+ unknown")),
    ),
)


def _steps(rows: Dimension, columns: Dimension) -> tuple[tuple[int, int], ...]:
    """Columns are merged before rows: a panel asks about groups first."""
    return tuple(product(range(len(rows.levels)), range(len(columns.levels))))


CATALOGUE = tuple(
    Spec(name, title, ETHNICITY, columns, _steps(ETHNICITY, columns))
    for name, title, columns in (
        ("outcome", "Searches under section 342E by ethnic group and outcome", OUTCOME),
        ("find", "Searches under section 342E by ethnic group and whether anything was found", FIND),
        ("age", "Searches under section 342E by ethnic group and age", AGE),
    )
)
"""Every table that may be published, in the order in which they are decided. All tell the same searches apart
by the same rows: what they have in common is known from that.
"""


UNDER = Dimension(
    "Searched in the year",
    (
        _level(("Searched", "yes"), ("Not searched", "no")),
        _level(("Under order, searched or not", "yes no")),
    ),
)
DAYS = Dimension("Days", (_level(("Days under order", "days")),))
STAGES = ("considered", "applied", "granted", "searched", "found", "outcome")
"""How far an application goes, each stage of those before it."""


def _furthest() -> tuple[Level, ...]:
    """Each person in the furthest stage reached; the last stages merge first."""
    levels = []
    for kept in range(len(STAGES), 0, -1):
        rest = STAGES[kept - 1 :]
        last = Category(f"{rest[0]}, or further" if len(rest) > 1 else rest[0], rest)
        levels.append((*(Category(stage, (stage,)) for stage in STAGES[: kept - 1]), last))
    return tuple(levels)


FURTHEST = Dimension("Furthest stage", _furthest())

EVERY = Dimension("Searches", (_level(("Every search", "every")),))


def _stages_first() -> tuple[tuple[int, int], ...]:
    """Small groups are merged before stages: without its stages the table would say nothing."""
    return tuple((row, column) for column in range(len(FURTHEST.levels)) for row in (0, 1, 2)) + tuple(
        (row, column) for column in range(len(FURTHEST.levels)) for row in (3, 4)
    )


_OF_A_YEAR = tuple(
    Spec(
        name, title, ETHNICITY, columns,
        _stages_first() if name == "furthest" else _steps(ETHNICITY, columns), counts=counts,
    )
    for name, title, columns, counts in (
        ("groups", "Searches under section 342E by ethnic group", EVERY, "searches"),
        ("under", "People under order by ethnic group and whether they were searched", UNDER, "under"),
        ("days", "Days under order by ethnic group", DAYS, "days"),
        ("furthest", "People considered by ethnic group and furthest stage", FURTHEST, "furthest"),
    )
)  # fmt: skip
YEARLY = (*_OF_A_YEAR[:3], *CATALOGUE[:2], _OF_A_YEAR[3])
"""Every table of a year from which figures are made for readers outside a force's casework: those of the
primary measure first, for what is decided first is told finest.
"""
REGISTERED = (*CATALOGUE, *_OF_A_YEAR)
"""Every table there is."""


class Period(msgspec.Struct, frozen=True):
    """Whole quarters that a table covers, and what to call them."""

    code: str
    title: str
    quarters: tuple[str, ...]


FIRST_QUARTER = "2023-Q2"
"""The power began on 19 April 2023."""
_SPANS = {1: "January to March", 2: "April to June", 3: "July to September", 4: "October to December"}


def quarter_of(day: date) -> str:
    """The quarter that a day is in: 2024-Q2."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def days_of(quarter: str) -> tuple[date, date]:
    """The first day of a quarter, and the first after it. ValueError for what is no quarter."""
    year, _, number = quarter.partition("-Q")
    if len(year) != 4 or number not in ("1", "2", "3", "4"):
        raise ValueError(quarter)
    month = 3 * int(number) - 2
    return date(int(year), month, 1), date(int(year) + (month == 10), (month + 3 - 1) % 12 + 1, 1)


def quarters(first: str, last: str) -> tuple[str, ...]:
    """Every quarter from one to another, both counted."""
    return tuple(_quarters(first, last))


def _quarters(first: str, last: str) -> Iterator[str]:
    while first <= last:
        yield first
        first = quarter_of(days_of(first)[1])


def periods(quarter: str) -> tuple[Period, ...]:
    """The quarter itself; then the longer periods that end with it, for what a quarter is too short for: a
    half-year, and a year from April.
    """
    first, after = days_of(quarter)
    number = int(quarter[-1])
    named = [Period(quarter, f"{_SPANS[number]} {first.year}", (quarter,))]
    if number in (1, 3):
        start = quarter_of(date(first.year - (number == 1), 4 if number == 3 else 10, 1))
        half = "April to September" if number == 3 else "October to March"
        title = f"{half} {first.year}" if number == 3 else f"October {first.year - 1} to March {first.year}"
        named.append(Period(f"{start}+2", title, quarters(start, quarter)))
    if number == 1:
        start = f"{first.year - 1}-Q2"
        named.append(
            Period(f"{start}+4", f"April {first.year - 1} to March {first.year}", quarters(start, quarter))
        )
    return tuple(named)


def year_from(year: int) -> Period:
    """The year from April of one year to March of the next: the same as the longest of `periods`."""
    return periods(f"{year + 1}-Q1")[-1]


def since_start(quarter: str, first: str = FIRST_QUARTER) -> Period:
    """Everything from the first quarter to the end of this one."""
    after = days_of(quarter)[1]
    last = {1: "December", 4: "March", 7: "June", 10: "September"}[after.month]
    year = after.year - (after.month == 1)
    return Period(f"to-{quarter}", f"From the start to the end of {last} {year}", quarters(first, quarter))
