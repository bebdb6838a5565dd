"""What one published row says: its instant, its codes, the marks on it, or everything wrong with it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise
from typing import Any

from svro.law import dates, words
from svro.policeuk.files import COLUMNS, Cells, Faulty, Record, shown

# fmt: off
FIELDS = (
    "line", "occurred_at",
    *("date" if key == "datetime" else key for key in COLUMNS.values()),
    "type_code", "part_of_operation", "gender_code", "age_code", "self_defined_code", "officer_defined_code",
    "power_code", "object_code", "outcome_code", "outcome_linked", "more_than_outer_removed",
    "vehicle_only", "no_location", "outside", "utc_month_differs", "london_month_differs", "extra",
)
# fmt: on
"""What `Reading.row` gives: line, instant, the cells word for word, their codes, the marks, other keys."""

Row = list[Any]

FIGURES = ("rows", "accepted", "rejected", "utc_month_differs", "london_month_differs")
"""What `Reading.figures` counts: rows read, understood, not understood, of another month on either clock."""

MOST_NAMES = 1_000
"""How many texts are counted by name; the rest are counted together, lest a file fill the memory."""


class Month:
    """A month of record: the London and the UTC month of that name, and the London months on either side.

    Between `inner_start` and `inner_end` it is that month on both clocks.
    """

    def __init__(self, name: str) -> None:
        first = date.fromisoformat(f"{name}-01")
        self.name = name
        self.before, self.start, self.end, self.beyond = (
            dates.start_of(_months_on(first, n)) for n in (-1, 0, 1, 2)
        )
        self.utc_start, self.utc_end = (_utc_midnight(_months_on(first, n)) for n in (0, 1))
        self.inner_start, self.inner_end = max(self.start, self.utc_start), min(self.end, self.utc_end)

    def differs(self, at: datetime) -> tuple[bool, bool]:
        """Whether an instant is outside by the UTC and by the London clock. Raises Faulty if far outside."""
        utc, london = not self.utc_start <= at < self.utc_end, not self.start <= at < self.end
        if london and not self.before <= at < self.beyond:
            raise Faulty(("Date", f"more than a month away from {self.name}: {at:%Y-%m-%d}"))
        return utc, london


def _months_on(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _utc_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Reading:
    """The rows of one force's month, understood one by one and counted as they go.

    `first` is what the caller wants every row to begin with. `counts` maps (vehicle_only, self-defined,
    officer-defined, outcome and power code) to rows. `unlisted` counts the powers that are on no list, word
    for word; `extra_keys` the JSON keys that the CSV has no column for.
    """

    def __init__(self, month: Month, *first: object) -> None:
        self.month, self.first = month, first
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
        """A record as `first`, then FIELDS. Raises Faulty with every fault in it. Either way it is counted.

        Spelled out, with few calls and no loop, for it is done a million times; `_faults` then finds words
        for what stops it.
        """
        line, cells, extra, fault = record
        month = self.month
        try:
            if fault is not None:
                raise fault
            kind, day, part, _, north, east, gender, age, said, seen, power, thing, outcome, linked, bared = (
                cells
            )
            at = _parsed(day)
            inside = month.inner_start <= at < month.inner_end
            utc, london = (False, False) if inside else month.differs(at)
            nowhere = not north and not east
            outside = not nowhere and _outside(_number(north), _number(east))
            type_code = _TYPES[kind]
            vehicle_only = type_code == "vehicle"
            self_defined, officer_defined = _SELF_DEFINED[said], _OFFICER_DEFINED[seen]
            power_code, outcome_code = _POWERS[power], _OUTCOMES[outcome]
            row = [
                *self.first, line, at if at.tzinfo is UTC else at.astimezone(UTC), *cells,
                type_code, _OPERATION[part], _GENDERS[gender], _AGES[age], self_defined, officer_defined,
                power_code, _OBJECTS[thing], outcome_code, _LINKED[linked], _BARED[bared],
                vehicle_only, nowhere, outside, utc, london, extra and extra[0],
            ]  # fmt: skip
        except (Faulty, ValueError, TypeError):
            self.rejected += 1
            if not (faults := fault.faults if fault else tuple(_faults(cells, month))):
                raise  # there are words for all that can be wrong with a row: this would be our fault
            raise Faulty(*faults) from None
        self.accepted += 1
        key = (vehicle_only, self_defined, officer_defined, outcome_code, power_code)
        self.counts[key] = self.counts.get(key, 0) + 1
        if not inside:
            self.utc_month_differs += utc
            self.london_month_differs += london
        if power_code is words.UNLISTED:
            count(self.unlisted, power or "")
        if extra:
            for name in extra[1]:
                count(self.extra_keys, name)
        return row


def _faults(cells: Cells, month: Month) -> Iterator[tuple[str, str]]:
    """Everything wrong with a row, column by column."""
    looks: list[Callable[[], object]] = [lambda: month.differs(instant(cells[1]))]
    looks += [partial(table.__getitem__, cells[place]) for place, table in _TABLES.items()]
    looks += [partial(_point, cells[4], cells[5])]
    for look in looks:
        try:
            look()
        except Faulty as fault:
            yield from fault.faults


def count(names: dict[str, int], name: str, n: int = 1) -> None:
    """Count `name`, or "(others)" once there are too many names to hold."""
    if name not in names and len(names) >= MOST_NAMES:
        name = "(others)"
    names[name] = names.get(name, 0) + n


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


_parsed: Callable[[Any], datetime] = datetime.fromisoformat
_number: Callable[[Any], float] = float


class _Table(dict[str | None, Any]):
    """Label -> code for one column; a null is a blank. A padded label is looked for without its padding."""

    def __init__(self, column: str, what: str, labels: Mapping[str, object]) -> None:
        super().__init__(labels.items())
        self.column, self.what = column, what
        if "" in labels:
            self[None] = labels[""]

    def __missing__(self, label: str | None) -> object:
        bare = (label or "").strip()
        if bare in self:
            return self[bare]
        raise Faulty((self.column, f"not a known {self.what}: {shown(label)}"))


class _Powers(_Table):
    """The powers: one that is on no list is not at fault, it is unlisted."""

    def __missing__(self, label: str | None) -> object:
        return self.get((label or "").strip(), words.UNLISTED)


_TYPES = _Table("Type", "type of search", {word.label: word.code for word in words.TYPES.words})  # no blank
_OPERATION = _Table("Part of a policing operation", "yes or no", words.YES_NO)
_GENDERS = _Table("Gender", "gender", words.GENDERS.published())
_AGES = _Table("Age range", "age range", words.AGES.published())
_SELF_DEFINED = _Table("Self-defined ethnicity", "self-defined ethnicity", words.SELF_ETHNICITY.published())
_OFFICER_DEFINED = _Table(
    "Officer-defined ethnicity", "officer-defined ethnicity", words.OFFICER_ETHNICITY.published()
)
_POWERS = _Powers("Legislation", "power", words.POWERS.published())
_OBJECTS = _Table("Object of search", "object of search", words.OBJECTS.published())
_OUTCOMES = _Table("Outcome", "outcome", words.OUTCOMES.published())
_LINKED = _Table("Outcome linked to object of search", "yes or no", words.YES_NO)
_BARED = _Table("Removal of more than just outer clothing", "yes or no", words.YES_NO)
_TABLES = {
    list(COLUMNS).index(table.column): table
    for table in (
        *(_TYPES, _OPERATION, _GENDERS, _AGES, _SELF_DEFINED, _OFFICER_DEFINED),
        *(_POWERS, _OBJECTS, _OUTCOMES, _LINKED, _BARED),
    )
}


def _outside(north: float, east: float) -> bool:
    """Whether a point is outside England and Wales. ValueError for what is no point on earth."""
    if 50.2 < north < 53.5 and -5.7 < east < 1.8:
        return False  # most points, in little time
    if not (abs(north) <= 90 and abs(east) <= 180):
        raise ValueError
    return not in_england_or_wales(north, east)


def _point(latitude: str | None, longitude: str | None) -> None:
    """Raises Faulty for half a point and for what is none on earth."""
    try:
        if latitude or longitude:
            _outside(float(latitude or ""), float(longitude or ""))
    except ValueError:
        point = f"{shown(latitude)}, {shown(longitude)}"
        raise Faulty(("Latitude", f"not a point in degrees: {point}")) from None


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
    if latitude < 53.5:
        return latitude > 49.8 and (-6.5 if latitude < 50.2 else -5.75) < longitude < 1.8
    if latitude < _BORDER[0][0]:
        return -3.7 < longitude < 1.8
    for (south, west), (north, east) in pairwise(_BORDER):
        if latitude < north:
            return west + (east - west) * (latitude - south) / (north - south) < longitude < 1.8
    return False
