"""The measures for readers outside a force's casework: from the protected numbers of its years alone.

Rates and ratios follow from rounded counts; where a count is a star, so is everything made of it. What the
frames have no table for is shown to nobody outside.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from svro.casework.measures.people import COUNTED, DAYS, PEOPLE, REFERENCE, last_day
from svro.casework.yearly import Frame, Table
from svro.figures import coarse, rates, ratios, stages
from svro.figures.measured import About, Code, Form, Measured, measured
from svro.figures.rates import Basis, Figure, Status
from svro.figures.registered import ETHNICITY, STAGES
from svro.figures.release import TOTAL
from svro.reference.census import Census, residents

UNKNOWN = "Unknown"
LEAVES: Mapping[str, tuple[str, ...]] = {
    category.heading: category.leaves for level in ETHNICITY.levels for category in level
}
NOTES = (
    "Shown are years from April to March, as they were known three months after their end. Counts are"
    " rounded, and a number that is of few people, or mostly of one, is withheld with all that follows from"
    " it.",
    "Where small groups would tell of somebody they stand together under one heading, or are left out.",
    "Months, ages with sexes, repeat searching and the rest of the measures are for the force's own"
    " casework.",
)
HIDDEN = Figure(status="suppressed", method="disclosure control")


def figures(frames: Sequence[Frame], census: Census) -> Iterator[Measured]:
    """Every figure that the frames carry, by force and year, on people's own word."""
    for frame in frames:
        about = About(force=frame.force, first=frame.span[0], last=last_day(frame.span))
        yield from _counts(frame, about)
        yield from _use(frame, about, census)
        yield from _shares(frame, about)
        yield from _ladder(frame, about)
        yield from _found(frame, about)


def _about(about: About, row: str) -> About:
    return replace(about, group=None if row == TOTAL else row, reference=REFERENCE)


def _count(about: About, code: Code, part: str, n: int | None, people: int | None) -> Measured:
    if n is None:
        return measured(about, code, part, "count", HIDDEN)
    figure = Figure(value=float(n), status="ok", events=n, people=people, method="count, rounded")
    return measured(about, code, part, "count", figure)


def _counts(frame: Frame, about: About) -> Iterator[Measured]:
    """M14: searches, people and days, of each row of their tables."""
    parts: tuple[tuple[str, Table], ...] = (("searches", "groups"), ("people", "under"), ("days", "days"))
    for part, table in parts:
        for row in frame.rows(table):
            of = frame.value("under", row, "Searched") if part == "searches" else frame.value("under", row)
            yield _count(_about(about, row), "M14", part, frame.value(table, row), of)


def side(frame: Frame, row: str) -> coarse.Side | None:
    """Searches, days, spread and people searched of a row, where searches and days may be shown. A number of
    searches that is shown is of as many people as the rules ask for, even where theirs is not.
    """
    searches, days = frame.value("groups", row), frame.value("days", row)
    people = frame.value("under", row, "Searched")
    if searches is None or not days or row not in frame.spread:
        return None
    return searches, days, frame.spread[row], people


def standing(frame: Frame, *rows: str) -> Status:
    return rates.standing(
        [
            Basis(
                events=frame.value("groups", row) or 0,
                people_searched=frame.value("under", row, "Searched"),
                people_at_risk=frame.value("under", row) or 0,
            )
            for row in rows
        ]
    )


def _named(frame: Frame) -> list[str]:
    """The rows of searches that are groups with a name to compare: not the total, the reference or the
    unknown.
    """
    return [
        row
        for row in frame.rows("groups")
        if row not in (TOTAL, REFERENCE) and UNKNOWN not in LEAVES.get(row, (UNKNOWN,))
    ]


def _use(frame: Frame, about: About, census: Census) -> Iterator[Measured]:
    """M2, M3 and M4: rates, the chain, ratios and differences of the rows that are alike in every table."""
    for row in frame.rows("groups"):
        counted = side(frame, row)
        made = coarse.rate(*counted) if counted else HIDDEN
        yield measured(
            _about(about, row), "M2", "rate", "rate", made, source=DAYS, scale=1000,
            status=standing(frame, row),
        )  # fmt: skip
    base = side(frame, REFERENCE)
    for row in _named(frame):
        own, here, status = side(frame, row), _about(about, row), standing(frame, row, REFERENCE)
        if not own or not base:
            yield measured(here, "M3", "days", "ratio", HIDDEN, source=DAYS)
            continue
        ratio = coarse.ratio(own, base)
        parts: tuple[tuple[Code, str, Form, Figure, float], ...] = (
            ("M2", "searches per day", "ratio", ratio, 1),
            ("M3", "days", "ratio", ratio, 1),
            ("M4", "days", "difference", coarse.difference(own, base), 1000),
            ("M4", "excess", "excess", coarse.one_decimal(ratios.excess(ratio)), 1),
        )
        for code, part, form, figure, scale in parts:
            yield measured(
                here, code, part, form, figure, source=DAYS, scale=scale, status=status,
                reference_people=base[3],
            )  # fmt: skip
        yield _holders(frame, row, here, census)


def _holders(frame: Frame, row: str, about: About, census: Census) -> Measured:
    """The chain's first link: people under order for each resident."""
    own, base = frame.value("under", row), frame.value("under", REFERENCE)
    living, there = _residents(frame.force, row, census), _residents(frame.force, REFERENCE, census)
    source = f"Census {census}, usual residents of the force's area"
    if own is None or base is None:
        return measured(about, "M2", "orders per resident", "ratio", HIDDEN, source=source)
    figure = replace(coarse.one_decimal(ratios.ratio(own, living, base, there)), people=own)
    status = rates.standing((Basis(events=own, residents=living), Basis(events=base, residents=there)))
    return measured(
        about, "M2", "orders per resident", "ratio", figure, source=source, status=status,
        reference_people=base,
    )  # fmt: skip


def _residents(force: str, row: str, census: Census) -> int | None:
    counts = [residents(force, leaf, census) for leaf in LEAVES[row]]
    return None if None in counts else sum(n for n in counts if n is not None)


def _shares(frame: Frame, about: About) -> Iterator[Measured]:
    """M13, the share of unknown ethnicity; and M5, each group's share of searches beside that of days."""
    everything, unknown = frame.value("groups", TOTAL), frame.value("groups", UNKNOWN)
    wide = frame.spread.get(TOTAL, 1.0)
    if UNKNOWN in frame.rows("groups"):
        yield _share(frame, about, "M13", "unknown", unknown, everything, wide)
    known = [REFERENCE, *_named(frame)]
    searches = {row: frame.value("groups", row) for row in known}
    days = {row: frame.value("days", row) for row in known}
    total, whole = _sum(searches.values()), _sum(days.values())
    for row in known if frame.rows("groups") else ():
        here, own, exposed = replace(_about(about, row), reference=None), searches[row], days[row]
        enough: Status = "ok" if total and total >= 30 and own and own >= 10 else "insufficient_data"
        made = _share(frame, here, "M5", "share", own, total, wide, enough)
        yield made
        if None in (own, total, exposed, whole) or not exposed or not total or not whole:
            yield measured(here, "M5", "index", "ratio", HIDDEN, source=DAYS)
            continue
        assert own is not None
        index = Figure(
            value=own * whole / (total * exposed), status="ok", events=own, denominator=float(exposed),
            reference_events=total, reference_denominator=float(whole), people=made.people,
            method="share of searches over share of days, of rounded counts; compare two only as a ratio",
        )  # fmt: skip
        yield measured(here, "M5", "index", "ratio", coarse.one_decimal(index), source=DAYS, status=enough)


def _sum(values: Iterable[int | None]) -> int | None:
    found = list(values)
    return None if None in found else sum(n for n in found if n is not None)


def _share(
    frame: Frame,
    about: About,
    code: Code,
    part: str,
    n: int | None,
    of: int | None,
    wide: float,
    status: Status | None = None,
) -> Measured:
    made = HIDDEN if n is None or of is None else coarse.proportion(n, of, wide, frame.rule)
    if made.status == "ok" and code == "M5" and about.group is not None:
        made = replace(made, people=frame.value("under", about.group, "Searched"))
    return measured(about, code, part, "proportion", made, source=COUNTED, status=status)


def _ladder(frame: Frame, about: About) -> Iterator[Measured]:
    """M6: the index of each stage, as far as stages are told apart."""
    columns = frame.tables["furthest"].columns[:-1] if "furthest" in frame.tables else ()
    base = _reached(frame, REFERENCE)
    names = STAGES[: len(columns)]
    for row in frame.rows("furthest"):
        if row in (TOTAL, REFERENCE) or UNKNOWN in LEAVES[row] or len(names) < 2:
            continue
        own, here = _reached(frame, row), _about(about, row)
        for at, step in enumerate(stages.ladder(names, own, base), 1):
            for part, figure, before in (
                (step.stage, step.conditional, at - 1),
                (f"{step.stage} from the start", step.cumulative, 0),
            ):
                counts = own[at], own[before], base[at], base[before]
                if None in counts:
                    yield measured(here, "M6", part, "ratio", HIDDEN, source=PEOPLE)
                    continue
                status = stages.enough(*(n or 0 for n in counts))
                made = coarse.one_decimal(replace(figure, people=figure.events))
                yield measured(
                    here, "M6", part, "ratio", made, status=status, reference_people=figure.reference_events,
                    source="our own records: people at the stage before",
                )  # fmt: skip


def _reached(frame: Frame, row: str) -> list[int | None]:
    """How many of a row reached each stage or went further: sums of printed numbers."""
    columns = frame.tables["furthest"].columns[:-1] if "furthest" in frame.tables else ()
    at = [frame.value("furthest", row, column) for column in columns]
    return [_sum(at[stage:]) for stage in range(len(at))]


def _found(frame: Frame, about: About) -> Iterator[Measured]:
    """M9: what searches found and how many ended in no further action, of those with an outcome."""
    silent = "Not recorded"
    for row in frame.rows("outcome"):
        here, every = replace(_about(about, row), reference=None), frame.value("outcome", row)
        missing = frame.value("outcome", row, silent)
        known = None if every is None or missing is None else every - missing
        wide = frame.spread.get(row)
        enough: Status = "ok" if known and known >= 20 else "insufficient_data"
        for part, n in (
            ("found", frame.value("find", row, "Something found")),
            ("no further action", frame.value("outcome", row, "No further action")),
        ):
            of = None if wide is None else known
            yield _share(frame, here, "M9", part, n, of, wide or 1.0, enough)
