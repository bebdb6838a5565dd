"""The equality argument pack: what the public may know of how a force's searches fall on ethnic groups, as
an exhibit with its method.

Two kinds of figures that are never added up: rates from what the force published about searches under every
power, and the tables of searches under orders that two people released under the rules of disclosure control.
Nothing in it comes from a record that is not public, so nothing in it is about the client.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import csvw, publications
from svro.casework.access import NOBODY
from svro.casework.publications import as_table, notes_of
from svro.casework.released import PublicationView
from svro.casework.reports import METHOD, DisproportionalityReport, Query, disproportionality
from svro.casework.reports import tables as report_tables
from svro.casework.tables import Table, as_csv
from svro.casework.written import groups
from svro.documents.paper import Column, Exhibit, Grid, Paper, Part
from svro.documents.render import as_pdf
from svro.figures.registered import days_of
from svro.figures.release import Protected
from svro.law.dates import london_day
from svro.records.published import PublishedImport
from svro.reference.forces import FORCES

VERSION = "equality-1"
LIMITS = tuple(
    " ".join(paragraph.split())
    for paragraph in """
    These are figures about a force and a period. They do not say why anybody was searched, and not
    whether one search was lawful or fair.

    A ratio of more than 1 says that people of a group were searched more often for each resident than
    White people were. It does not by itself say why. Residents are not the people who were in public
    where and when searches were made; the measure is the usual one, and its weakness is known.

    The two sections count different things and are never added up: the first counts searches under
    every power as the force published them, the second searches under Serious Violence Reduction Orders
    as they are recorded here.

    Only a figure that is marked as one that may be quoted should be quoted, with its interval and its
    counts.

    A force must have due regard to the need to eliminate discrimination and to advance equality of
    opportunity (Equality Act 2010 s.149). What these figures mean for that is for argument.
    """.strip().split("\n\n")
)
"""What the exhibit can and cannot carry."""


class Argument(msgspec.Struct, frozen=True, kw_only=True):
    """What the pack is made of: the report as anybody may read it, and the releases of the force's own
    figures that touch the period, each in the version that was out at `known_at`. `first` and `last` are
    London days, both counted; None leaves that side open.
    """

    force: str
    first: date | None
    last: date | None
    known_at: datetime
    report: DisproportionalityReport
    released: tuple[PublicationView, ...]


class PackFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the pack, ready to go into a bundle as a document."""

    name: str
    title: str
    media_type: str
    content: bytes


async def gather(
    session: AsyncSession,
    force: str,
    first: date | None,
    last: date | None,
    known_at: datetime,
    now: datetime,
) -> Argument:
    """Everything public about a force's searches in a period, as known at an instant: read as somebody who is
    signed out, so that nothing else can be in it. Malformed for an unknown force or reversed dates.
    """
    query = Query(force=force, from_=first, to=last, known_at=known_at)
    return Argument(
        force=force,
        first=first,
        last=last,
        known_at=known_at,
        report=await disproportionality(session, NOBODY, query, now),
        released=tuple([view async for view in _released(session, force, first, last, known_at)]),
    )


async def corrected(
    session: AsyncSession,
    force: str,
    first: date | None,
    last: date | None,
    known_at: datetime,
    now: datetime,
) -> bool:
    """Whether figures that were out at an instant, of the force and the period, came out anew since."""
    for line in await publications.listing(session, NOBODY, force):
        out = [one.released_at for one in line.versions if one.released_at and one.released_at <= now]
        if _within(*days_of(line.quarter), first, last) and out and min(out) <= known_at < max(out):
            return True
    held = PublishedImport
    query = select(held.month).where(
        held.force == force,
        held.imported_at <= known_at,
        held.replaced_at > known_at,
        held.replaced_at <= now,
    )
    if first is not None:
        query = query.where(held.month >= f"{first:%Y-%m}")
    if last is not None:
        query = query.where(held.month <= f"{last:%Y-%m}")
    return await session.scalar(query.limit(1)) is not None


def _within(start: date, after: date, first: date | None, last: date | None) -> bool:
    """Whether days from `start` up to `after` touch a period."""
    return not ((first is not None and after <= first) or (last is not None and start > last))


async def _released(
    session: AsyncSession, force: str, first: date | None, last: date | None, known_at: datetime
) -> AsyncIterator[PublicationView]:
    for line in sorted(await publications.listing(session, NOBODY, force), key=lambda one: one.quarter):
        start, after = days_of(line.quarter)
        if not _within(start, after, first, last):
            continue
        out = [one.version for one in line.versions if one.released_at and one.released_at <= known_at]
        if out:
            view = await publications.read(session, NOBODY, force, line.quarter, max(out))
            yield msgspec.structs.replace(view, superseded_by=None)  # what came out later was not known then


def files(argument: Argument) -> tuple[PackFile, ...]:
    """The pack: a PDF to exhibit, its numbers as CSV, and what the CSV's columns mean. The same argument is
    the same bytes. It draws charts, which takes seconds: run it in a thread.
    """
    title, made = _title(argument), tables(argument)
    return (
        PackFile(
            name="equality.pdf", title=title, media_type="application/pdf", content=as_pdf(paper(argument))
        ),
        PackFile(
            name="equality.csv",
            title=f"{title}: the numbers",
            media_type="text/csv",
            content=as_csv(made).encode(),
        ),
        PackFile(
            name=f"equality.csv{csvw.SUFFIX}",
            title=f"{title}: what the columns of the numbers mean",
            media_type="application/csvm+json",
            content=csvw.metadata(made, "equality.csv", title, argument.known_at),
        ),
    )


def _title(argument: Argument) -> str:
    name = FORCES[argument.force].name
    days = [_day(day) for day in (argument.first, argument.last) if day is not None]
    match argument.first, argument.last:
        case None, None:
            return f"Searches by ethnic group: {name}"
        case None, _:
            return f"Searches by ethnic group: {name}, until {days[0]}"
        case _, None:
            return f"Searches by ethnic group: {name}, from {days[0]}"
    return f"Searches by ethnic group: {name}, {' to '.join(days)}"


def _day(day: date) -> str:
    return f"{day:%d %B %Y}".lstrip("0")


def paper(argument: Argument) -> Paper:
    """The pack as it is read."""
    return Paper(
        title=_title(argument),
        lead=(
            "Public figures only, for use as an exhibit. Nothing in them is drawn from a record of any one "
            "person that is not public. Where a number is not shown, it says so and why."
        ),
        parts=(
            groups.paper(argument.report, NOBODY).parts[0],
            Part(
                heading="Searches under orders, as released to everybody",
                exhibits=tuple(_exhibit(view, table) for view in argument.released for table in view.tables),
                nothing="The force has released no table of this period.",
                remarks=tuple(dict.fromkeys(_version(view) for view in argument.released)),
            ),
            Part(heading="What these figures can carry, and what not", nothing="", remarks=LIMITS),
        ),
        method=_method(argument),
        known_at=argument.known_at,
        version=f"{argument.report.version}, {VERSION}",
    )


def _method(argument: Argument) -> tuple[str, ...]:
    """How both kinds of figures were made; not the report's own section on orders, which is not here."""
    told = (one for one in METHOD if "orders section" not in one.lower())
    rules = dict.fromkeys(view.manifest.rules for view in argument.released)
    return (*told, *(note for rule in rules for note in notes_of(rule)))


def _exhibit(view: PublicationView, table: Protected) -> Exhibit:
    rows = as_table(table)
    columns = (Column(label=rows.columns[0]), *(Column(label=one, numeric=True) for one in rows.columns[1:]))
    return Exhibit(
        key=f"released-{view.quarter.lower()}-{table.name}-{view.version}",
        caption=f"{table.title}, {table.period_title}",
        grid=Grid(columns=columns, rows=tuple(tuple(map(_said, row)) for row in rows.rows)),
    )


def _said(value: object) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _version(view: PublicationView) -> str:
    out = "" if view.released_at is None else f", released on {_day(london_day(view.released_at))}"
    rule = view.manifest.rules.version
    return f"{view.title}: version {view.version}{out}, under the rules {rule}."


def tables(argument: Argument) -> tuple[Table, ...]:
    """The numbers of the pack as tables: nothing is in the PDF that is not in them."""
    published = {one.name: one for one in report_tables(argument.report)}
    missing = argument.report.published.coverage.missing_means
    known = f"As known at {argument.known_at.isoformat()}."
    notes = (*_method(argument), missing, known, *LIMITS, *map(_version, argument.released), VERSION)
    return (
        published["published"],
        published["published coverage"],
        *_apart(as_table(table) for view in argument.released for table in view.tables),
        Table(
            name="notes",
            columns=("note",),
            rows=tuple((note,) for note in notes),
        ),
    )


def _apart(made: Iterable[Table]) -> list[Table]:
    """Released tables, told apart by their names where two have one."""
    found: dict[str, Table] = {}
    for one in made:
        name, n = one.name, 2
        while name in found:
            name, n = f"{one.name} ({n})", n + 1
        found[name] = msgspec.structs.replace(one, name=name)
    return list(found.values())
