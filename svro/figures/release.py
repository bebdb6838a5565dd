"""A release: the tables of one force's quarter, each at the finest level that betrays nobody, beside all that
was published before.

A table is tried as the catalogue has it, then with categories merged, then over a longer period, then with
starred row totals; if all fails it is left out. Each try must pass two gates: the audit (what the numbers
together let anybody work out) and differencing (what one published set of people differs from another by).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from svro.figures import suppression
from svro.figures.audit import Claim, Inconsistent, Link, System
from svro.figures.registered import (
    CATALOGUE,
    REGISTERED,
    YEARLY,
    Category,
    Level,
    Period,
    Spec,
    periods,
    since_start,
)
from svro.figures.suppression import Content, Rules, together

Counts = Mapping[tuple[str, str], Content]
"""The finest cells of one table in one quarter, by row and column leaf."""
Held = Mapping[str, Mapping[str, Counts]]
"""What is held: by table and quarter."""

TOTAL = "Total"


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it may be shown: None is a star. The last row and the last column are totals.

    Totals are rounded by themselves, so rows and columns need not add up.
    """

    name: str
    title: str
    period: str
    period_title: str
    rows_are: str
    columns_are: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[int | None, ...], ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps of one printed cell, so that later releases can be held against it. Not for
    reading.

    `value` is what was printed (None: a star), `low` and `high` what its count may be taken to lie between,
    `by_person` the events of each person by keyed hash.
    """

    name: str
    table: str
    quarters: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    every_column: bool
    counts: str = "searches"
    value: int | None
    low: int
    high: int | None
    by_person: Mapping[str, int]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one table: the period and levels it is published at, or left out; and how many tries
    printed no number at all, or failed at which gate, before that.
    """

    table: str
    period: str
    asked: str
    published: bool
    row_level: int | None = None
    column_level: int | None = None
    totals_starred: bool = False
    empty: int = 0
    failed_audit: int = 0
    failed_differencing: int = 0


class Assembled(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of a release, and what was decided for each. `kept`, what the ledger will keep of them, is
    not for reading.
    """

    tables: tuple[Protected, ...]
    decisions: tuple[Decision, ...]
    kept: tuple[Kept, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether anything may be published at all."""
        return bool(self.tables)


def gathered(held: Mapping[str, Counts], quarters: Iterable[str]) -> dict[tuple[str, str], Content]:
    """The finest cells of several quarters as one."""
    found: dict[tuple[str, str], list[Content]] = {}
    for quarter in quarters:
        for key, content in held.get(quarter, {}).items():
            found.setdefault(key, []).append(content)
    return {key: together(contents) for key, contents in found.items()}


def _with_total(level: Level) -> Level:
    return (*level, Category(TOTAL, tuple(leaf for category in level for leaf in category.leaves)))


def _cell(counts: Counts, row: Category, column: Category) -> Content:
    return together([counts[r, c] for r in row.leaves for c in column.leaves if (r, c) in counts])


def protect(
    spec: Spec,
    period: Period,
    counts: Counts,
    rule: Rules,
    *,
    step: tuple[int, int] = (0, 0),
    star_totals: bool = False,
) -> tuple[Protected, tuple[Kept, ...]]:
    """One table by the rules of single cells, without any gate: what it prints, and what that says.

    `star_totals` hides the total of every row in which something is hidden.
    """
    rows, columns = (
        _with_total(dimension.levels[at])
        for dimension, at in zip((spec.rows, spec.columns), step, strict=True)
    )
    values: list[tuple[int | None, ...]] = []
    kept: list[Kept] = []
    for row in rows:
        cells = [_cell(counts, row, column) for column in columns]
        printed = [_print(cell, cells[-1].people, rule) for cell in cells]
        if star_totals and row.heading != TOTAL and any(value is None for value, _, _ in printed[:-1]):
            printed[-1] = (None, 0, None)
        values.append(tuple(value for value, _, _ in printed))
        for column, cell, (value, low, high) in zip(columns, cells, printed, strict=True):
            kept.append(
                Kept(
                    name=f"{spec.name}/{period.code}/{row.heading}/{column.heading}",
                    table=spec.name,
                    quarters=period.quarters,
                    rows=row.leaves,
                    columns=column.leaves,
                    every_column=column.heading == TOTAL,
                    counts=spec.counts,
                    value=value,
                    low=low,
                    high=high,
                    by_person=cell.by_person,
                )
            )
    table = Protected(
        name=spec.name,
        title=spec.title,
        period=period.code,
        period_title=period.title,
        rows_are=spec.rows.title,
        columns_are=spec.columns.title,
        rows=tuple(row.heading for row in rows),
        columns=tuple(column.heading for column in columns),
        values=tuple(values),
    )
    return table, tuple(kept)


def _print(cell: Content, row_people: int, rule: Rules) -> tuple[int | None, int, int | None]:
    """What a cell prints, and between what that puts its count."""
    why = suppression.unsafe(cell, row_people, rule)
    if why is not None:
        return (None, *suppression.behind(why, cell.events, rule))
    value = suppression.shown(cell.events, rule)
    return (value, *suppression.within(value, rule))


def claims(kept: Iterable[Kept]) -> tuple[Claim, ...]:
    """What printed cells say of the counts behind them."""
    return tuple(
        Claim(
            name=cell.name,
            atoms=frozenset(
                f"{cell.table}|{quarter}|{row}|{column}"
                for quarter in cell.quarters
                for row in cell.rows
                for column in cell.columns
            ),
            low=cell.low,
            high=cell.high,
            star=cell.value is None,
        )
        for cell in kept
    )


def links(kept: Sequence[Kept], catalogue: Sequence[Spec] = CATALOGUE) -> list[Link]:
    """What tables have in common: the searches of a row are the same however they are told apart, whichever
    release or year showed them.
    """
    known = {spec.name: spec for spec in (*catalogue, *REGISTERED)} | {spec.name: spec for spec in catalogue}
    there = [spec for name, spec in known.items() if any(cell.table == name for cell in kept)]
    quarters = sorted({quarter for cell in kept for quarter in cell.quarters})
    bases: dict[str, Spec] = {}
    return [
        (_margin(base, quarter, row), _margin(spec, quarter, row))
        for spec in there
        if (base := bases.setdefault(spec.counts, spec)) is not spec
        for quarter in quarters
        for row in spec.rows.leaves
    ]


def _margin(spec: Spec, quarter: str, row: str) -> frozenset[str]:
    return frozenset(f"{spec.name}|{quarter}|{row}|{column}" for column in spec.columns.leaves)


def _inside(one: Kept, other: Kept) -> bool:
    """Whether everything that one cell counts, the other counts too."""
    return (
        one.counts == other.counts
        and set(one.quarters) <= set(other.quarters)
        and set(one.rows) <= set(other.rows)
        and (other.every_column or (one.table == other.table and set(one.columns) <= set(other.columns)))
    )


def people_between(one: Kept, other: Kept) -> tuple[int, int]:
    """Of two cells: how many people are in one only, and how many are counted differently in the two."""
    either = set(one.by_person) | set(other.by_person)
    alone = len(set(one.by_person) ^ set(other.by_person))
    return alone, sum(one.by_person.get(who, 0) != other.by_person.get(who, 0) for who in either)


def differencing(new: Sequence[Kept], ledger: Sequence[Kept], k: int) -> tuple[tuple[str, str], ...]:
    """Pairs of printed numbers, one within the other, that differ by fewer than `k` people but by some.

    A cell that says again exactly what was said before adds no pair.
    """
    printed = [cell for cell in ledger if cell.value is not None]
    return tuple(
        (cell.name, earlier.name)
        for cell in new
        if cell.value is not None and not any(_again(cell, earlier) for earlier in printed)
        for earlier in printed
        if _inside(cell, earlier) or _inside(earlier, cell)
        if any(0 < n < k for n in people_between(cell, earlier))
    )


def _again(one: Kept, other: Kept) -> bool:
    return _inside(one, other) and _inside(other, one) and one.by_person == other.by_person


def _unchanged(ledger: Iterable[Kept], held: Held) -> tuple[Kept, ...]:
    """The printed cells that are still of the same counts. Where records were corrected since, a number no
    longer speaks of what is held, and differencing alone stands between the two.
    """
    return tuple(cell for cell in ledger if _now(cell, held) == cell.by_person)


def _now(cell: Kept, held: Held) -> Mapping[str, int]:
    quarters = held.get(cell.table, {})
    parts = [
        content
        for quarter in cell.quarters
        for (row, column), content in quarters.get(quarter, {}).items()
        if row in cell.rows and column in cell.columns
    ]
    return together(parts).by_person


def tries(spec: Spec, wanted: Sequence[Period]) -> Iterator[dict[str, Any]]:
    """The fixed order of escalation: merge categories, lengthen the period, star the row totals."""
    for star_totals in (False, True):
        for period in wanted:
            for step in spec.steps:
                yield {"period": period, "step": step, "star_totals": star_totals}


def assemble(
    quarter: str,
    held: Held,
    ledger: Sequence[Kept],
    rule: Rules,
    catalogue: Sequence[Spec] = CATALOGUE,
) -> Assembled:
    """The release of one quarter: every table of the catalogue for the quarter and since the start.

    `held` is what is known now of every quarter up to this one; `ledger` what earlier releases of the same
    force printed. The same input gives the same release.
    """
    tables: list[Protected] = []
    kept: list[Kept] = []
    decisions: list[Decision] = []
    first = min((q for spec in catalogue for q in held.get(spec.name, {})), default=quarter)
    standing = _unchanged(ledger, held)
    whole = (since_start(quarter, first),) if first < quarter else ()
    for wanted in (periods(quarter), whole) if whole else (periods(quarter),):
        for spec in catalogue:
            before = tuple(ledger), standing, tuple(kept)
            found, decision = settled(spec, wanted, held, before, rule, catalogue)
            decisions.append(decision)
            if found is not None:
                tables.append(found[0])
                kept += found[1]
    return Assembled(tables=tuple(tables), kept=tuple(kept), decisions=tuple(decisions))


def of_year(period: Period, held: Held, ledger: Sequence[Kept], rule: Rules) -> Assembled:
    """The tables of one year for readers outside a force's casework, beside what its ledger says.

    Years do not overlap and none is made anew, so that no two of them differ by anybody.
    """
    tables: list[Protected] = []
    kept: list[Kept] = []
    decisions: list[Decision] = []
    standing = _unchanged(ledger, held)
    for spec in YEARLY:
        before = tuple(ledger), standing, tuple(kept)
        found, decision = settled(spec, (period,), held, before, rule, REGISTERED)
        decisions.append(decision)
        if found is not None:
            tables.append(found[0])
            kept += found[1]
    return Assembled(tables=tuple(tables), kept=tuple(kept), decisions=tuple(decisions))


def settled(
    spec: Spec,
    wanted: Sequence[Period],
    held: Held,
    before: tuple[Sequence[Kept], Sequence[Kept], Sequence[Kept]],
    rule: Rules,
    catalogue: Sequence[Spec],
) -> tuple[tuple[Protected, tuple[Kept, ...]] | None, Decision]:
    """The first way of publishing one table that passes both gates, and what was tried before."""
    ledger, standing, kept = before
    empty = audits = differences = 0
    for way in tries(spec, wanted):
        period = way["period"]
        counts = gathered(held.get(spec.name, {}), period.quarters)
        table, cells = protect(spec, period, counts, rule, step=way["step"], star_totals=way["star_totals"])
        others = [cell for cell in kept if cell.quarters != period.quarters]
        if all(cell.value is None for cell in cells):
            empty += 1
        elif differencing(cells, [*ledger, *others], rule.k):
            differences += 1
        elif not safe(cells, [*standing, *kept], rule, catalogue):
            audits += 1
        else:
            row_level, column_level = way["step"]
            return (table, cells), Decision(
                table=spec.name, period=period.code, asked=wanted[0].code, published=True,
                row_level=row_level, column_level=column_level, totals_starred=way["star_totals"],
                empty=empty, failed_audit=audits, failed_differencing=differences,
            )  # fmt: skip
    code = wanted[0].code
    return None, Decision(
        table=spec.name, period=code, asked=code, published=False,
        empty=empty, failed_audit=audits, failed_differencing=differences,
    )  # fmt: skip


def safe(
    new: Sequence[Kept], before: Sequence[Kept], rule: Rules, catalogue: Sequence[Spec] = CATALOGUE
) -> bool:
    """The audit gate: whether every star, old and new, keeps its possible values once `new` is published.

    Twice: against somebody who knows why each star is there, and against somebody who takes every star for a
    few events, unless the numbers show that it can't be. The new cells are first looked at alone, which is
    quick and mostly enough to say no.
    """
    if before and not System(claims(new)).passes(rule.width):
        return False
    everything = [*before, *new]
    told, joined = claims(everything), links(everything, catalogue)
    if not System(told, joined).passes(rule.width):
        return False
    guessed = tuple(replace(claim, low=1, high=rule.k - 1) if claim.star else claim for claim in told)
    return guessed == told or not _betrays(guessed, joined, rule.width)


def _betrays(guessed: Sequence[Claim], joined: Sequence[Link], width: int) -> bool:
    try:
        return not System(guessed, joined).passes(width)
    except Inconsistent:
        return False  # whoever guessed so sees that it can't be
