"""Our own searches in data.police.uk's fifteen columns: asked for by one person, approved by another, coarse
enough that each row could be of ten people.

A row carries the month and a band of six hours, never the time; an age band; the nearest map point where the
place was given in degrees and there is a list of points, or no place. What would still single somebody out is
blanked step by step, and a search that no step saves is left out and counted.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from svro.casework.access import Actor, Allow, decide, require
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed, ProveAgain
from svro.figures import suppression
from svro.figures.coarsened import Traits, coarsened
from svro.law import words
from svro.law.dates import LONDON, age, london_day, start_of
from svro.law.search import SearchRecord
from svro.policeuk import places, written
from svro.policeuk.places import Point
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append
from svro.records.people import PersonFacts, PersonVersion
from svro.records.publications import SearchExport, SearchExportApproval
from svro.records.searches import SearchVersion

EXPORT = "bulk_export:create"

Month = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class AskExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask for the searches of the actor's own force in whole months (`2024-05`), both counted, and say what
    for.
    """

    first_month: Month
    last_month: Month
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]


class ExportView(msgspec.Struct, frozen=True, kw_only=True):
    """An export. `rows` are in the file and `withheld` are not, for they would single somebody out; both are
    None until it is approved. `mine` says that the reader asked for it.
    """

    id: str
    force: str
    first_month: str
    last_month: str
    reason: str
    asked_at: datetime
    approved_at: datetime | None
    mine: bool
    rows: int | None = None
    withheld: int | None = None


class Made(msgspec.Struct, frozen=True):
    """The file: a ZIP of a CSV for each month; how many rows it has and how many searches were left out."""

    file: bytes
    rows: int
    withheld: int


def _force(actor: Actor) -> str:
    """The force whose searches the actor may export; the refusal where there is none."""
    if not isinstance(decide(actor, EXPORT), Allow):
        require(actor, EXPORT)
    if actor.force_id is None:
        raise NotAllowed("Only somebody of a force exports its searches.")
    return actor.force_id


async def ask(session: AsyncSession, actor: Actor, command: AskExport, now: datetime) -> ExportView:
    """Ask for an export; somebody else must approve it. Malformed for months not over, or reversed."""
    force = _force(actor)
    faults = []
    if command.last_month < command.first_month:
        faults.append(Fault("last_month", "is before the first month"))
    if command.last_month >= f"{london_day(now):%Y-%m}":
        faults.append(Fault("last_month", "must be over"))
    if faults:
        raise Malformed(faults)
    export = new_id()
    values = msgspec.structs.asdict(command)
    await put(
        session, SearchExport, force_id=force, id=export, **values, recorded_at=now,
        recorded_by=actor.account_id,
    )  # fmt: skip
    await _tell(session, actor, "export:asked", force, export, values, now)
    return (await _view(session, actor, force, export))[0]


async def approve(session: AsyncSession, actor: Actor, export: str, now: datetime) -> ExportView:
    """Approve somebody else's export, having just proved who one is. Conflict where it was approved."""
    force = _force(actor)
    view, row = await _view(session, actor, force, export)
    if not actor.fresh:
        raise ProveAgain("Two people export searches. Prove again that you are the second.")
    if view.mine:
        raise NotAllowed("Whoever asked for an export does not approve it.")
    if view.approved_at is not None:
        raise Conflict("This export was approved already.")
    await put(
        session,
        SearchExportApproval,
        force_id=force,
        id=export,
        recorded_at=now,
        recorded_by=actor.account_id,
    )
    await _tell(session, actor, "export:approved", force, export, {"asked_by": row.recorded_by}, now)
    return (await _view(session, actor, force, export))[0]


async def _tell(
    session: AsyncSession, actor: Actor, tag: str, force: str, export: str, facts: Any, now: datetime
) -> None:
    why = None if actor.purpose is None else actor.purpose
    entry = Entry(
        tag=tag,
        force=force,
        actor=actor.account_id,
        subject=export,
        at=now,
        facts={"facts": facts, "why": why},
    )
    await append(session, entry)


async def _view(
    session: AsyncSession, actor: Actor, force: str, export: str
) -> tuple[ExportView, SearchExport]:
    found = [pair for pair in await _views(session, actor, force) if pair[0].id == export]
    if not found:
        raise Missing
    return found[0]


async def _views(session: AsyncSession, actor: Actor, force: str) -> list[tuple[ExportView, SearchExport]]:
    row, approval = SearchExport, SearchExportApproval
    query = (
        select(row, approval.recorded_at)
        .outerjoin(approval, (approval.force_id == row.force_id) & (approval.id == row.id))
        .where(row.force_id == force)
        .order_by(row.recorded_at.desc(), row.id)
    )
    return [
        (
            ExportView(
                id=one.id,
                force=one.force_id,
                first_month=one.first_month,
                last_month=one.last_month,
                reason=one.reason,
                asked_at=one.recorded_at,
                approved_at=approved,
                mine=one.recorded_by == actor.account_id,
            ),
            one,
        )
        for one, approved in await session.execute(query)
    ]


async def listing(session: AsyncSession, actor: Actor) -> list[ExportView]:
    """The exports of the actor's force, the newest first."""
    return [view for view, _ in await _views(session, actor, _force(actor))]


async def read(session: AsyncSession, actor: Actor, export: str) -> ExportView:
    """One export with what its file holds, once it is approved."""
    force = _force(actor)
    view, row = await _view(session, actor, force, export)
    if view.approved_at is None:
        return view
    made = await made_of(session, row, ())
    return msgspec.structs.replace(view, rows=made.rows, withheld=made.withheld)


async def take(
    session: AsyncSession, actor: Actor, export: str, now: datetime, points: Sequence[Point] = ()
) -> Made:
    """The file of an approved export; that it was taken is recorded. Conflict until it is approved."""
    force = _force(actor)
    view, row = await _view(session, actor, force, export)
    if view.approved_at is None:
        raise Conflict("Nobody else has approved this export yet.")
    made = await made_of(session, row, points)
    facts = {"rows": made.rows, "withheld": made.withheld}
    await _tell(session, actor, "export:taken", force, export, facts, now)
    return made


async def approved(session: AsyncSession, export: str) -> SearchExport:
    """The row of an approved export, for the operator who writes its file. Missing otherwise."""
    row, approval = SearchExport, SearchExportApproval
    found = await session.scalar(
        select(row)
        .join(approval, (approval.force_id == row.force_id) & (approval.id == row.id))
        .where(row.id == export)
    )
    if found is None:
        raise Missing
    return found


async def made_of(session: AsyncSession, row: SearchExport, points: Sequence[Point]) -> Made:
    """The file of an export, from the searches as known when it was asked for."""
    rule = suppression.rules("public", london_day(row.recorded_at))
    records = await _records(session, row)
    shown = coarsened([(who, traits(said, facts, points)) for who, said, facts in records], LEVELS, rule.k)
    months: dict[str, list[written.Cells]] = {}
    for (_, said, _), seen in zip(records, shown, strict=True):
        if seen is not None:
            months.setdefault(str(seen[0]), []).append(cells(said, seen))
    rows = sum(map(len, months.values()))
    return Made(written.as_zip(months, row.force_id), rows, len(records) - rows)


async def _records(
    session: AsyncSession, row: SearchExport
) -> list[tuple[str, SearchRecord, PersonFacts | None]]:
    """Whose each search is (one name for all whom nobody knows), what it says, and what is held of them."""
    version, other = SearchVersion, aliased(SearchVersion)
    newest = (
        select(func.max(other.n))
        .where(
            other.force_id == version.force_id,
            other.search_id == version.search_id,
            other.recorded_at <= row.recorded_at,
        )
        .scalar_subquery()
    )
    first, last = (date.fromisoformat(f"{month}-01") for month in (row.first_month, row.last_month))
    after = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    found = await session.execute(
        select(version.person_id, version.record)
        .where(version.force_id == row.force_id, version.n == newest)
        .where(version.at >= start_of(first), version.at < start_of(after))
        .order_by(version.at, version.search_id)
    )
    held = await _facts(session, row)
    return [(person or "", said, held.get(person)) for person, said in found if said.searched]


async def _facts(session: AsyncSession, row: SearchExport) -> dict[str | None, PersonFacts]:
    version = PersonVersion
    query = (
        select(version.person_id, version.facts)
        .where(version.force_id == row.force_id, version.recorded_at <= row.recorded_at)
        .order_by(version.n)
    )
    return {one.person_id: one.facts for one in await session.execute(query)}


LEVELS = tuple(
    map(frozenset, ((), (6,), (4, 6), (1, 4, 6), (1, 2, 4, 6), (1, 2, 3, 4, 6), (1, 2, 3, 4, 5, 6)))
)
"""Which of the traits are blanked, step by step: the place; what people said of their ethnicity in detail;
the hours; the sex; the age; how the officer saw them. What is left is the month.
"""


def traits(said: SearchRecord, facts: PersonFacts | None, points: Sequence[Point]) -> Traits:
    """What could tell one search from another: month, hours, sex, age, self-defined ethnicity,
    officer-defined ethnicity, place.
    """
    local = said.at.astimezone(LONDON)
    born = facts.date_of_birth if facts else None
    years = None if born is None else age(born, local.date())
    place = places.coordinates(said.place)
    point = places.snapped(place, points) if place else None
    return (
        f"{local:%Y-%m}",
        f"{local.hour // 6 * 6:02}",
        _GENDERS.get((facts.sex if facts else None) or ""),
        _band(years),
        _SELF.get(said.self_ethnicity or ""),
        _OFFICER.get(said.officer_ethnicity or ""),
        f"{point.latitude:.6f},{point.longitude:.6f}" if point else None,
    )


def _band(years: int | None) -> str | None:
    bands = ((18, "10-17"), (25, "18-24"), (35, "25-34"), (200, "over 34"))
    return next((label for under, label in bands if years is not None and 10 <= years < under), None)


def cells(said: SearchRecord, seen: Traits) -> written.Cells:
    """A search as a row of the fifteen columns, with no more of who, when and where than `seen` shows."""
    month, hours, gender, band, own, officers, place = seen
    day = datetime.fromisoformat(f"{month}-01T{hours or '00'}:00:00").replace(tzinfo=LONDON)
    north, _, east = (place or "").partition(",")
    bared = None if said.clothing is None else said.clothing in ("more", "intimate")
    return (
        "Person and Vehicle search" if said.vehicle_searched else "Person search",
        day.astimezone(UTC).isoformat(),
        "",
        "",
        north,
        east,
        gender or "",
        band or "",
        own or "",
        officers or "",
        words.POWERS[said.power] if said.power != "other" else "",
        _OBJECTS.get(said.object or "", ""),
        _OUTCOMES.get(said.outcome or "", ""),
        _yes(said.outcome_linked),
        _yes(bared),
    )


def _yes(said: bool | None) -> str:
    return "" if said is None else str(said)


_SELF, _OFFICER = written.labels(words.SELF_ETHNICITY), written.labels(words.OFFICER_ETHNICITY)
_GENDERS, _OUTCOMES = written.labels(words.GENDERS), written.labels(words.OUTCOMES)
_WEAPONS = dict.fromkeys(("bladed-article", "bladed-article-or-offensive-weapon"), "Offensive weapons")
_OBJECTS = written.labels(words.OBJECTS) | _WEAPONS
"""The site has one label for blades and weapons, and none for something else."""
