"""Reports: each one Struct, from which the page, JSON, CSV and the spreadsheet are all made. No door computes
a number.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import order_days, published_rates
from svro.casework.access import Actor, Allow, decide, require
from svro.casework.measures.report import Asked, MeasuresReport, OfficersReport, measures, officers
from svro.casework.order_days import OrderCell, OrdersSection
from svro.casework.published_rates import ForceYear, Published, PublishedCell, Scope, Window
from svro.casework.statutory.report import StatutoryReport, flat, statutory
from svro.casework.tables import Table, table
from svro.errors import Fault, Malformed
from svro.figures.catalogue import Measure
from svro.figures.measured import BASES, Covered, EthnicityBasis, Measured, Monthly
from svro.law.dates import london_day
from svro.reference.census import CENSUSES, Census
from svro.reference.forces import FORCES

VERSION = "disproportionality-1"

METHOD = tuple(
    " ".join(paragraph.split())
    for paragraph in """
    Published section: rows of data.police.uk by the force's month of record, in years from April to March;
    searches of a vehicle only are left out unless the scope is all. It covers every power and holds no
    record of ours.

    Ethnicity on three bases, never mixed: as people defined themselves; as officers saw them; as people
    defined themselves, or else as officers saw them. Blank and not stated are Unknown, in a row of its own
    without a rate.

    A rate is searches per 1,000 usual residents of the force's area on the day of the Census named; a ratio
    is a group's rate over the White rate, from the counts. On Census 2021 Chinese residents are in Asian;
    on Census 2011 they are in Other, as the Home Office published, though searches labelled Chinese count
    in Asian: the coverage gives their number.

    Intervals are 95%: Garwood's exact limits for rates, exact conditional limits for ratios. They assume
    that every search is of a different person, for the open data name nobody, so the truth is less certain
    than they say.

    Only figures of status ok or ok_low_precision may be quoted. In the published section the others are the
    arithmetic of what was published, given so that it can be checked: too few searches or residents
    (insufficient_data), more searches than residents (events_exceed_population), so many of unknown group
    that they could turn the ratio round (too_many_unknown).

    Orders section: searches under s.342E of people whose order was in effect, per 1,000 days under order. A
    day counts from the day the order took effect to the day before it ended, each once for each person,
    less days in custody where those are held. Groups are the person's own definition, as held. Intervals
    allow for repeat searches of one person.

    In the orders section a rate needs 10 searches of 10 people among 20 under order, a ratio as much in
    both groups. Whoever does not work on the force's own cases is shown years as they were known three
    months after their end, under the rules SDC-1: counts rounded to 5, no cell of fewer than 10 people or
    mostly of one, and rates and ratios of the rounded counts.
    """.strip().split("\n\n")
)
"""How the numbers were made, a paragraph each."""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """What a report is asked for. `from` and `to` are London days, both counted; without them, the whole held
    period.

    `force` is one slug or several, none meaning all. `known_at` is now unless given. One `basis` or one
    `census` narrows the published section; `scope` `all` counts searches of vehicles too.
    """

    force: str | tuple[str, ...] = ()
    from_: date | None = None
    to: date | None = None
    known_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    census: Census | None = None
    basis: EthnicityBasis | None = None
    scope: Scope = "people"


class DisproportionalityReport(msgspec.Struct, frozen=True, kw_only=True):
    """Two sections that are never added up: open data on every power, and our own records of s.342E under
    orders.
    """

    published: Published
    orders: OrdersSection
    known_at: datetime
    method: str = " ".join(METHOD)
    version: str = VERSION


def _checked(query: Query, now: datetime) -> tuple[tuple[str, ...], datetime]:
    """The forces and the instant asked of, or Malformed with every fault."""
    forces = (query.force,) if isinstance(query.force, str) else query.force
    known_at = query.known_at or now
    today = london_day(known_at)
    faults = [
        Fault("force", f"“{force}” is not a police force known here")
        for force in forces
        if force not in FORCES
    ]
    if known_at > now:
        faults.append(Fault("known_at", "is in the future"))
    if query.from_ and query.from_ > today:
        faults.append(Fault("from", "is after the time asked of"))
    if query.from_ and query.to and query.to < query.from_:
        faults.append(Fault("to", "is before “from”"))
    if faults:
        raise Malformed(faults)
    return tuple(sorted(set(forces))), known_at


async def disproportionality(
    session: AsyncSession, actor: Actor, query: Query, now: datetime
) -> DisproportionalityReport:
    """Searches by ethnic group: the published ones of every power, and those under orders.

    Raises Malformed for an unknown force or reversed dates, and the refusal of who may not read aggregates.
    """
    require(actor, "report:read_aggregate")
    forces, known_at = _checked(query, now)
    to = min(query.to, london_day(known_at)) if query.to else None
    first, last = published_rates.whole_months(query.from_, to)
    ours = order_days.OrdersSection(known_at=known_at, cells=(), coverage=())
    if isinstance(decide(actor, "report:read_orders"), Allow):  # signed out, only what others published
        ours = await order_days.orders(session, actor, forces, (query.from_, to), known_at, now)
    return DisproportionalityReport(
        published=await published_rates.published(
            session,
            Window(first=first, last=last, forces=forces, known_at=known_at),
            BASES if query.basis is None else (query.basis,),
            CENSUSES if query.census is None else (query.census,),
            query.scope,
        ),
        orders=ours,
        known_at=known_at,
    )


def tables(report: "Report") -> tuple[Table, ...]:
    """The report as tables: its sections, what they cover, and how they were made."""
    if isinstance(report, MeasuresReport):
        return _measure_tables(report)
    if isinstance(report, OfficersReport):
        return _officer_tables(report)
    if isinstance(report, StatutoryReport):
        return _statutory_tables(report)
    notes = [*METHOD, f"As known at {report.known_at.isoformat()}.", report.published.coverage.missing_means]
    return (
        table("published", report.published.cells, PublishedCell),
        table("orders", report.orders.cells, OrderCell),
        table("published coverage", report.published.coverage.years, ForceYear),
        table("orders coverage", report.orders.coverage, order_days.ForceOrders),
        Table(name="notes", columns=("note",), rows=tuple((note,) for note in (*notes, report.version))),
    )


async def all_measures(session: AsyncSession, actor: Actor, query: Query, now: datetime) -> MeasuresReport:
    """Every measure of the catalogue, published and our own. Raises as `disproportionality` does."""
    require(actor, "report:read_aggregate")
    return await measures(session, actor, _asked(query, now), now)


async def spread_of_officers(
    session: AsyncSession, actor: Actor, query: Query, now: datetime
) -> OfficersReport:
    """Find rates of the officers of one's own force, for its supervisors. Raises NotAllowed for others."""
    require(actor, "report:read_officers")
    return await officers(session, actor, _asked(query, now))


def _asked(query: Query, now: datetime) -> Asked:
    forces, known_at = _checked(query, now)
    return Asked(
        forces=forces,
        first=query.from_,
        last=min(query.to, london_day(known_at)) if query.to else None,
        bases=BASES if query.basis is None else (query.basis,),
        census=query.census or CENSUSES[0],
        scope=query.scope,
        known_at=known_at,
    )


def _measure_tables(report: MeasuresReport) -> tuple[Table, ...]:
    both = (("published", report.published), ("orders", report.orders))
    said = dict.fromkeys((*report.published.notes, *report.orders.notes))
    notes = [*said, f"As known at {report.known_at.isoformat()}.", report.version]
    return (
        *(table(name, section.figures, Measured) for name, section in both),
        *(table(f"{name} by month", section.trends, Monthly) for name, section in both if section.trends),
        *(table(f"{name} coverage", section.coverage, Covered) for name, section in both),
        Table(name="catalogue", columns=_CATALOGUE, rows=tuple(map(_entry, report.catalogue))),
        Table(name="notes", columns=("note",), rows=tuple((note,) for note in notes)),
    )


_CATALOGUE = ("code", "name", "formula", "denominator", "minimum", "says", "beware", "source")


def _entry(measure: Measure) -> tuple[str, ...]:
    return tuple(getattr(measure, name) for name in _CATALOGUE)


async def returned(session: AsyncSession, actor: Actor, query: Query, now: datetime) -> StatutoryReport:
    """The return of s.166(4). Raises Malformed for an unknown force or reversed dates, and the refusal of
    who may not read figures from our own records.
    """
    require(actor, "report:read_orders")
    forces, known_at = _checked(query, now)
    return await statutory(session, actor, forces, (query.from_, query.to), known_at, now)


def _statutory_tables(report: StatutoryReport) -> tuple[Table, ...]:
    items = report.items.items()
    notes = [(letter, "coverage", text) for letter, item in items for text in item.coverage]
    notes += [(letter, "not held", text) for letter, item in items for text in item.not_held]
    notes += [("", "rules", report.rules)] if report.rules else []
    columns = ("item", "block", "what", "status", "n", "definition", "records")
    return (
        Table(name="items", columns=columns, rows=tuple(flat(report))),
        Table(
            name="asked",
            columns=("item", "asks", "source"),
            rows=tuple((k, i.asks, i.source) for k, i in items),
        ),
        Table(name="notes", columns=("item", "about", "note"), rows=tuple(notes)),
    )


def _officer_tables(report: OfficersReport) -> tuple[Table, ...]:
    return (
        table("officers", report.officers.figures, Measured),
        Table(name="notes", columns=("note",), rows=tuple((note,) for note in report.officers.notes)),
    )


Report = DisproportionalityReport | MeasuresReport | StatutoryReport | OfficersReport

REPORTS: dict[str, Callable[[AsyncSession, Actor, Query, datetime], Awaitable[Report]]] = {
    "disproportionality": disproportionality,
    "measures": all_measures,
    "statutory": returned,
    "officers": spread_of_officers,
}
"""Every report by its name."""
