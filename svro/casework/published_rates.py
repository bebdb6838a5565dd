"""What the open data say: searches under every power, by force, financial year and ethnic group, as forces
published them.

Nothing here is about an order, and nothing is from our own records. A month that a force did not submit is
missing; it is not a month without searches.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, exists, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.figures import rates, ratios
from svro.figures.measured import BASES, EthnicityBasis
from svro.figures.rates import Basis, Figure, Status
from svro.law import words
from svro.law.dates import london_day
from svro.records.published import PublishedCount, PublishedImport
from svro.reference.census import Census, residents

Scope = Literal["people", "all"]
"""`people` leaves out the searches of vehicles only, as published rates do; `all` counts every row."""

REFERENCE: words.Group = "White"
UNKNOWN: words.Group = "Unknown"


class PublishedCell(msgspec.Struct, frozen=True, kw_only=True):
    """Searches of one group by one force in one financial year, per 1,000 residents, and the ratio to White.

    `months` of the year's twelve are held. Numbers are not rounded. `status` says whether rate and ratio may
    be quoted (`ok`, `ok_low_precision`) or why not; where they may not, they are the arithmetic of what was
    published and nothing more.
    """

    force: str
    year: str
    months: int
    basis: EthnicityBasis
    group: words.Group
    searches: int
    residents: int | None
    census: Census
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    status: Status


class ForceYear(msgspec.Struct, frozen=True, kw_only=True):
    """What is held of one force's financial year. Months are YYYY-MM.

    `missing` were not submitted, or not imported. `replaced_since` were known at the time asked of, in a
    publication that a later one has replaced: their counts then can't be given. `unknown` is the share of
    `searches`, by basis, whose group nobody knows. `chinese` are those whose self-defined label says Chinese,
    which the two censuses group differently.
    """

    force: str
    year: str
    held: tuple[str, ...]
    missing: tuple[str, ...]
    replaced_since: tuple[str, ...]
    rows: int
    vehicle_only: int
    searches: int
    unknown: dict[EthnicityBasis, float | None]
    chinese: int


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells are made of, and what is not there."""

    forces: tuple[str, ...]
    scope: Scope
    first_month: str | None
    last_month: str | None
    whole_months_only: bool = True
    missing_means: str = (
        "The force submitted no file for the month, or none was imported: it is not a month of no searches."
    )
    years: tuple[ForceYear, ...]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The first section: open data."""

    title: str = "Published by data.police.uk: searches under every power"
    cells: tuple[PublishedCell, ...]
    coverage: Coverage


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: whole months (both counted), the forces (none: all), as known at an instant."""

    first: str | None
    last: str | None
    forces: tuple[str, ...]
    known_at: datetime


def whole_months(from_: date | None, to: date | None) -> tuple[str | None, str | None]:
    """The first and last month wholly within two days, both counted: the open data know nothing shorter."""
    first = last = None
    if from_ is not None:
        start = from_ if from_.day == 1 else from_.replace(day=28) + timedelta(days=4)
        first = f"{start:%Y-%m}"
    if to is not None:
        last = f"{(to + timedelta(days=1)).replace(day=1) - timedelta(days=1):%Y-%m}"
    return first, last


def financial_year(day: date) -> str:
    """The year from April to March that a day is in, as 2019/20."""
    start = day.year - (day.month < 4)
    return f"{start}/{(start + 1) % 100:02d}"


def year_of(month: str) -> str:
    """The financial year that a month YYYY-MM is in."""
    return financial_year(date(int(month[:4]), int(month[5:]), 1))


def months_of(year: str) -> tuple[str, ...]:
    """The twelve months of a financial year, April first."""
    start = int(year[:4])
    return (*(f"{start}-{m:02d}" for m in range(4, 13)), *(f"{start + 1}-{m:02d}" for m in range(1, 4)))


Held = dict[tuple[str, str], list[str]]
Joint = Counter[tuple[str, str, bool]]
"""(self-defined code, officer-defined code, vehicle only) → rows."""


def _in_window(force: Any, month: Any, window: Window) -> list[ColumnElement[bool]]:
    clauses = [force.in_(window.forces)] if window.forces else []
    clauses += [month >= window.first] if window.first else []
    return clauses + ([month <= window.last] if window.last else [])


async def _months(session: AsyncSession, window: Window) -> tuple[Held, Held]:
    """By force and financial year: the months held as known then, and those known then but replaced since."""
    kind = PublishedImport
    query = select(kind.force, kind.month, kind.replaced_at).where(
        kind.imported_at <= window.known_at, *_in_window(kind.force, kind.month, window)
    )
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    replaced: dict[tuple[str, str], set[str]] = defaultdict(set)
    for force, month, replaced_at in await session.execute(query):
        if replaced_at is None:
            held[force, year_of(month)].add(month)
        elif replaced_at > window.known_at:
            replaced[force, year_of(month)].add(month)
    return _sorted(held), _sorted(replaced)


def _sorted(months: Mapping[tuple[str, str], set[str]]) -> Held:
    return {key: sorted(months[key]) for key in sorted(months)}


# Written out: with parameters PostgreSQL would take its two uses, SELECT and GROUP BY, for two expressions.
_YEAR: ColumnElement[int] = literal_column(
    "CAST(substr(published_counts.month, 1, 4) AS INTEGER)"
    " - CASE WHEN substr(published_counts.month, 6, 2) < '04' THEN 1 ELSE 0 END"
)


async def _counts(session: AsyncSession, window: Window) -> dict[tuple[str, str], Joint]:
    """By force and financial year, the rows held of each pair of ethnicity codes."""
    kind = PublishedCount
    known = exists(
        select(PublishedImport.id).where(
            PublishedImport.force == kind.force,
            PublishedImport.month == kind.month,
            PublishedImport.replaced_at.is_(None),
            PublishedImport.imported_at <= window.known_at,
        )
    )
    columns = (kind.force, _YEAR, kind.self_defined, kind.officer_defined, kind.vehicle_only)
    query = select(*columns, func.sum(kind.n)).where(known, *_in_window(kind.force, kind.month, window))
    found: dict[tuple[str, str], Joint] = defaultdict(Counter)
    for force, start, own, officer, vehicle_only, n in await session.execute(query.group_by(*columns)):
        found[force, financial_year(date(start, 4, 1))][own, officer, vehicle_only] += n
    return found


Groups = dict[EthnicityBasis, Counter[words.Group]]


def _grouped(joint: Joint, scope: Scope) -> Groups:
    """The searches of each group on each basis. Self-else-officer needs both codes of each search, not two
    totals.
    """
    groups: Groups = {basis: Counter() for basis in BASES}
    for (self_defined, officer, vehicle_only), n in joint.items():
        if vehicle_only and scope == "people":
            continue
        own, seen = words.group5(self_defined), words.officer_group(officer)
        groups["self-defined"][own] += n
        groups["officer-defined"][seen] += n
        groups["self-else-officer"][seen if own == UNKNOWN else own] += n
    return groups


def _ratio_status(ratio: Figure, group: Basis, reference: Basis, unknown: int, total: int) -> Status:
    """The first thing that stands in the way of quoting a ratio, in the fixed order of the guards."""
    if ratio.status != "ok":
        return ratio.status
    status = rates.standing((group, reference))
    quotable = status in ("ok", "ok_low_precision")
    if quotable and unknown * 5 > total and group.residents and reference.residents:
        low, high = ratios.bounds(
            group.events, group.residents, reference.events, reference.residents, unknown
        )
        if low <= 1 <= high:
            return "too_many_unknown"
    return status


def _cell(
    key: tuple[str, str],
    months: int,
    basis: EthnicityBasis,
    group: words.Group,
    census: Census,
    counts: Counter[words.Group],
) -> PublishedCell:
    """One group's cell, beside the reference group of the same force, year, basis and census."""
    force, year = key
    own, base = (
        Basis(events=counts[g], residents=None if g == UNKNOWN else residents(force, g, census))
        for g in (group, REFERENCE)
    )
    cell = PublishedCell(
        force=force,
        year=year,
        months=months,
        basis=basis,
        group=group,
        searches=own.events,
        residents=own.residents,
        census=census,
        status="counts_only",
    )
    if group == UNKNOWN:
        return cell
    if own.residents is None or base.residents is None:
        return replace(cell, status="no_population")
    rate = rates.rate(own.events, own.residents)
    ratio = ratios.ratio(own.events, own.residents, base.events, base.residents)
    cell = replace(cell, rate=rate.value, low=rate.low, high=rate.high)
    if counts.total() and counts[UNKNOWN] == counts.total():
        return replace(cell, low=None, high=None, status="all_unknown")
    if group == REFERENCE:
        return replace(cell, status=rates.standing((own,)) if rate.status == "ok" else rate.status)
    status = _ratio_status(ratio, own, base, counts[UNKNOWN], counts.total())
    if ratio.status == "zero_events":
        return replace(cell, status=status)
    return replace(
        cell, ratio=ratio.value, ratio_low=ratio.low, ratio_high=_finite(ratio.high), status=status
    )


def _finite(limit: float | None) -> float | None:
    """No limit is nothing, not infinity, which JSON can't say."""
    return None if limit is None or math.isinf(limit) else limit


def _force_year(
    key: tuple[str, str], held: Held, replaced: Held, expected: set[str], joint: Joint, scope: Scope
) -> ForceYear:
    groups, months = _grouped(joint, scope), held.get(key, [])
    searches = groups["self-defined"].total()
    counted = {pair: n for pair, n in joint.items() if scope == "all" or not pair[2]}
    return ForceYear(
        force=key[0],
        year=key[1],
        held=tuple(months),
        missing=tuple(m for m in months_of(key[1]) if m in expected and m not in months),
        replaced_since=tuple(m for m in replaced.get(key, []) if m not in months),
        rows=joint.total(),
        vehicle_only=sum(n for pair, n in joint.items() if pair[2]),
        searches=searches,
        unknown={basis: groups[basis][UNKNOWN] / searches if searches else None for basis in BASES},
        chinese=sum(n for (own, _, _), n in counted.items() if _is_chinese(own)),
    )


def _is_chinese(code: str) -> bool:
    """Whether a self-defined code is one of those that the two conventions group differently."""
    return words.group5(code, chinese="Other") != words.group5(code)


EARLIEST = "2010-12"
"""The first month that data.police.uk holds anything of."""


def _expected(window: Window, held: Held) -> set[str]:
    """The months that could be held: of the years held or asked for, before the month of `known_at`."""
    asked = {year_of(max(month, EARLIEST)) for month in (window.first, window.last) if month}
    starts = {int(year[:4]) for year in asked | {year for _, year in held}}
    if not starts:
        return set()
    years = (financial_year(date(start, 4, 1)) for start in range(min(starts), max(starts) + 1))
    first, last = max(window.first or EARLIEST, EARLIEST), window.last or "9999-12"
    now = f"{london_day(window.known_at):%Y-%m}"
    return {month for year in years for month in months_of(year) if first <= month <= last and month < now}


async def published(
    session: AsyncSession,
    window: Window,
    bases: Sequence[EthnicityBasis],
    censuses: Sequence[Census],
    scope: Scope,
) -> Published:
    """The published section for the months, forces, bases and censuses asked for."""
    held, replaced = await _months(session, window)
    counts = await _counts(session, window)
    expected = _expected(window, held)
    forces = tuple(sorted({force for force, _ in (*held, *replaced)} | set(window.forces)))
    years = sorted({year_of(month) for month in expected} | {year for _, year in held})
    months = [month for row in held.values() for month in row]
    return Published(
        cells=tuple(
            _cell(key, len(held[key]), basis, group, census, groups[basis])
            for key in held
            for groups in (_grouped(counts[key], scope),)
            for basis in bases
            for census in censuses
            for group in words.GROUPS
        ),
        coverage=Coverage(
            forces=forces,
            scope=scope,
            first_month=min(months, default=None),
            last_month=max(months, default=None),
            years=tuple(
                _force_year(key, held, replaced, expected, counts.get(key, Counter()), scope)
                for force in forces
                for year in years
                for key in ((force, year),)
            ),
        ),
    )
