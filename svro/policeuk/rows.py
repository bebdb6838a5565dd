"""What one published row says: its instant, its codes, the marks on it, or everything wrong with it."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from svro.law import dates, words
from svro.policeuk.files import COLUMNS, Cells, Faulty, Record, shown

FIELDS = (
    *("line", "occurred_at"),
    *("date" if key == "datetime" else key for key in COLUMNS.values()),
    *(
        "type_code",
        "part_of_operation",
        "gender_code",
        "age_code",
        "self_defined_code",
        "officer_defined_code",
    ),
    *(
        "power_code",
        "object_code",
        "outcome_code",
        "outcome_linked",
        "more_than_outer_removed",
        "vehicle_only",
    ),
    *("no_location", "outside", "utc_month_differs", "london_month_differs", "extra"),
)
"""What `Reading.row` gives: line, instant, the cells word for word, their codes, the marks, other keys."""

Row = tuple[object, ...]

FIGURES = ("rows", "accepted", "rejected", "utc_month_differs", "london_month_differs")
"""What `Reading.figures` counts: the rows read, understood and not, and those of another month on that
clock.
"""

MOST_NAMES = 1_000
"""How many texts are counted by name; the rest are counted together, lest a file fill the memory."""


class Month:
    """A month of record: the London and the UTC month of that name, and the London months on either side."""

    def __init__(self, name: str) -> None:
        first = date.fromisoformat(f"{name}-01")
        self.name = name
        self.before, self.start, self.end, self.beyond = (
            dates.start_of(_months_on(first, n)) for n in (-1, 0, 1, 2)
        )
        self.utc_start, self.utc_end = (_utc_midnight(_months_on(first, n)) for n in (0, 1))


def _months_on(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _utc_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Reading:
    """The rows of one force's month, understood one by one and counted as they go.

    `counts` maps (vehicle_only, self-defined, officer-defined, outcome and power code) to rows.
    `unlisted` counts the powers that are on no list, word for word; `extra_keys` the JSON keys that the
    CSV has no column for.
    """

    def __init__(self, month: Month) -> None:
        self.month = month
        self.accepted = self.rejected = 0
        self.utc_month_differs = self.london_month_differs = 0
        self.counts: dict[tuple[object, ...], int] = {}
        self.unlisted: dict[str, int] = {}
        self.extra_keys: dict[str, int] = {}

    def figures(self) -> dict[str, int]:
        """FIGURES so far."""
        rows = self.accepted + self.rejected
        counted = (rows, self.accepted, self.rejected, self.utc_month_differs, self.london_month_differs)
        return dict(zip(FIGURES, counted, strict=True))

    def row(self, record: Record) -> Row:
        """A record as a row of FIELDS. Raises Faulty with every fault in it. Either way it is counted."""
        try:
            row = self._row(record)
        except Faulty:
            self.rejected += 1
            raise
        self.accepted += 1
        return row

    def _row(self, record: Record) -> Row:
        line, cells, extra, fault = record
        if fault:
            raise fault
        try:
            at = instant(cells[1])
            said = _said(cells[0], cells[2], *cells[6:])
            point = _point(cells[4], cells[5])
        except Faulty:
            raise Faulty(*_faults(cells)) from None
        month = self.month
        london_differs = not month.start <= at < month.end
        if london_differs and not month.before <= at < month.beyond:
            raise Faulty(("Date", f"more than a month away from {month.name}: {shown(cells[1])}"))
        utc_differs = not month.utc_start <= at < month.utc_end
        self.utc_month_differs += utc_differs
        self.london_month_differs += london_differs
        self.counts[said.key] = self.counts.get(said.key, 0) + 1
        if said.unlisted:
            count(self.unlisted, cells[10] or "")
        if extra:
            for name in _extra_keys(extra):
                count(self.extra_keys, name)
        return (line, at, *cells, *said.codes, *point, utc_differs, london_differs, extra)


def count(names: dict[str, int], name: str, n: int = 1) -> None:
    """Count `name`, or "(others)" once there are too many names to hold."""
    if name not in names and len(names) >= MOST_NAMES:
        name = "(others)"
    names[name] = names.get(name, 0) + n


def _extra_keys(extra: str) -> Iterator[str]:
    """The names of a record's other keys, `location.street` for one inside its location."""
    for key, value in json.loads(extra).items():
        yield from (f"location.{inner}" for inner in value) if key == "location" else (key,)


def instant(cell: str | None) -> datetime:
    """A published date as an instant in UTC: it needs a time, an offset and this century. Raises Faulty."""
    try:
        at = datetime.fromisoformat(cell or "")
    except ValueError:
        raise Faulty(("Date", f"not a date and time: {shown(cell)}")) from None
    if at.tzinfo is None:
        raise Faulty(("Date", f"no offset from UTC: {shown(cell)}"))
    if not 2000 < at.year < 2100:
        raise Faulty(("Date", f"not of this century: {shown(cell)}"))
    return at if at.tzinfo is UTC else at.astimezone(UTC)


_Table = dict[str | None, str | bool | None]
_YES_NO: _Table = {None: None}
_YES_NO.update(words.YES_NO)


def _table(closed: words.Closed) -> _Table:
    table: _Table = {None: words.UNKNOWN}
    table.update(closed.published())
    return table


_TYPES: _Table = {word.label: word.code for word in words.TYPES.words}  # a blank type says nothing at all
_TABLES: tuple[tuple[str, str, _Table], ...] = (
    ("Type", "type of search", _TYPES),
    ("Part of a policing operation", "yes or no", _YES_NO),
    ("Gender", "gender", _table(words.GENDERS)),
    ("Age range", "age range", _table(words.AGES)),
    ("Self-defined ethnicity", "self-defined ethnicity", _table(words.SELF_ETHNICITY)),
    ("Officer-defined ethnicity", "officer-defined ethnicity", _table(words.OFFICER_ETHNICITY)),
    ("Legislation", "power", _table(words.POWERS)),
    ("Object of search", "object of search", _table(words.OBJECTS)),
    ("Outcome", "outcome", _table(words.OUTCOMES)),
    ("Outcome linked to object of search", "yes or no", _YES_NO),
    ("Removal of more than just outer clothing", "yes or no", _YES_NO),
)


class _Said(NamedTuple):
    """The codes of a row in the order of FIELDS, what it counts under, whether its power is unlisted."""

    codes: tuple[object, ...]
    key: tuple[object, ...]
    unlisted: bool


@lru_cache(maxsize=16_384)
def _said(*labels: str | None) -> _Said:
    """What the eleven coded cells say. Raises Faulty for a label on no list, unless it is a power."""
    codes: list[object] = []
    faults = []
    for label, (column, what, table) in zip(labels, _TABLES, strict=True):
        known = label if label in table else (label or "").strip()
        if known in table:
            codes.append(table[known])
        elif column == "Legislation":
            codes.append(words.UNLISTED)
        else:
            faults.append((column, f"not a known {what}: {shown(label)}"))
    if faults:
        raise Faulty(*faults)
    kind, _, _, _, self_defined, officer_defined, power, _, outcome, _, _ = codes
    vehicle_only = kind == "vehicle"
    key = (vehicle_only, self_defined, officer_defined, outcome, power)
    return _Said((*codes, vehicle_only), key, power == words.UNLISTED)


@lru_cache(maxsize=16_384)
def _point(latitude: str | None, longitude: str | None) -> tuple[bool, bool]:
    """(no point was given, it is outside England and Wales). Raises Faulty for half a point, or no
    degrees.
    """
    if not latitude and not longitude:
        return True, False
    degrees = []
    for column, cell, most in (("Latitude", latitude, 90), ("Longitude", longitude, 180)):
        try:
            degrees.append(float(cell or ""))
        except ValueError:
            degrees.append(float("nan"))
        if not abs(degrees[-1]) <= most:
            raise Faulty((column, f"not degrees: {shown(cell)}"))
    return False, not in_england_or_wales(*degrees)


_BORDER = (
    (54.98, -3.05),
    (55.12, -2.75),
    (55.36, -2.45),
    (55.48, -2.12),
    (55.64, -2.32),
    (55.7, -2.2),
    (55.82, -2.02),
)
"""The border with Scotland from the Solway Firth to just north of Berwick: latitude, longitude."""


def in_england_or_wales(latitude: float, longitude: float) -> bool:
    """Whether a point is in England, Wales or the sea beside them, give or take some 10 km.

    Enough to tell the points in Scotland, Ireland and the Isle of Man that the site publishes: railway
    police, and addresses that its list of map points has no place for.
    """
    south, north = 49.8, _BORDER[-1][0]
    if not south < latitude < north or longitude > 1.8:
        return False
    if latitude < 53.5:
        return longitude > (-6.5 if latitude < 50.2 else -5.75)
    if latitude < _BORDER[0][0]:
        return longitude > -3.7
    (a, west), (b, east) = next((low, high) for low, high in pairwise(_BORDER) if latitude < high[0])
    return longitude > west + (east - west) * (latitude - a) / (b - a)


def _faults(cells: Cells) -> Iterator[tuple[str, str]]:
    """Everything wrong with a row: its date, its labels, its point."""
    looks = (
        lambda: instant(cells[1]),
        lambda: _said(cells[0], cells[2], *cells[6:]),
        lambda: _point(*cells[4:6]),
    )
    for look in looks:
        try:
            look()
        except Faulty as error:
            yield from error.faults
