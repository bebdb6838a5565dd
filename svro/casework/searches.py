"""Searches: record what happened whatever the law says of it, correct it by a new version, list it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import national, orders, references, subjects
from svro.casework.access import Actor, require, visible_searches
from svro.casework.status import Given
from svro.errors import Fault, Malformed, Missing, Stale
from svro.law import order as order_law
from svro.law import search as law
from svro.law import words
from svro.law.search import Finding, SearchRecord
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.ledger import Subject, keep
from svro.records.people import PersonIdentifier
from svro.records.searches import Search, SearchVersion, StatusCheck

Line = Annotated[str, Meta(min_length=1, max_length=300)]

RULES_VERSION = "search-1"


class RecordSearch(SearchRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search that happened: what the record says, the order claimed (kept word for word), and who was
    searched if known.
    """

    order_reference: Given | None = None
    status_check_id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")] | None = None
    pnc_id: Given | None = None
    cro: Given | None = None


class CorrectSearch(RecordSearch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything as it should have been recorded, and why it changes."""

    reason: Line


class VersionView(msgspec.Struct, kw_only=True):
    """One version of a search's record and what was found in it when it was recorded."""

    n: int
    record: SearchRecord
    claimed: str | None
    power: str
    findings: tuple[Finding, ...]
    reason: str | None
    recorded_at: datetime


class SearchView(msgspec.Struct, kw_only=True):
    """A search. `power` and `findings` are as known now; each version keeps what was known when it was
    recorded.
    """

    id: str
    reference: str
    force: str
    version: int
    at: datetime
    record: SearchRecord
    claimed: str | None
    order_id: str | None
    order_force: str | None
    pnc_given: str | None
    cro_given: str | None
    power: str
    findings: tuple[Finding, ...]
    copy_until: str
    versions: list[VersionView]


class SearchLine(msgspec.Struct, kw_only=True):
    """A search in a list."""

    id: str
    reference: str
    at: datetime
    place: str
    claimed: str | None
    power: str
    outcome: str | None
    searched: bool
    gravest: str | None


class _Resolved(msgspec.Struct):
    """A claim set against the country's orders, and the person against the order's."""

    claimed: str | None
    held: national.Held | None
    same_person: bool | None
    person_id: str | None


async def record(session: AsyncSession, actor: Actor, command: RecordSearch, now: datetime) -> SearchView:
    """Record a search that happened. It is never refused for being unlawful: what is wrong with it is found,
    said and kept.

    Malformed only for nonsense: a code of no list, an end before the start, a time to come, an identifier
    that cannot be one.
    """
    require(actor, "search:record")
    search_id, reference = new_id(), references.new("SEARCH")
    await put(
        session,
        Search,
        force_id=actor.force_id,
        id=search_id,
        reference=reference,
        account_id=actor.account_id,
        created_at=now,
    )
    await _version(session, actor, str(actor.force_id), search_id, 1, command, None, now)
    return await _view(session, str(actor.force_id), search_id, now)


async def correct(
    session: AsyncSession, actor: Actor, search_id: str, command: CorrectSearch, expected: int, now: datetime
) -> SearchView:
    """Correct a record: version n + 1, with its author and reason; every earlier version stays. Stale if it
    moved on.
    """
    search, newest = await reach(session, actor, "search:correct", search_id, now)
    if newest.n != expected:
        raise Stale("Somebody corrected this record since you read it. Read it again.")
    await _version(session, actor, search.force_id, search_id, expected + 1, command, command.reason, now)
    return await _view(session, search.force_id, search_id, now)


_RECORD_FIELDS = tuple(field.name for field in msgspec.structs.fields(SearchRecord))


def _record_of(command: RecordSearch, now: datetime) -> SearchRecord:
    said = SearchRecord(**{name: getattr(command, name) for name in _RECORD_FIELDS})
    faults = [Fault(field, reason) for field, reason in law.nonsense(said)]
    faults += [
        Fault(name, "is in the future")
        for name, instant in (("at", said.at), ("ended_at", said.ended_at))
        if instant is not None and instant > now
    ]
    for name, known in (
        ("object", words.OBJECTS),
        ("outcome", words.OUTCOMES),
        ("self_ethnicity", words.SELF_ETHNICITY),
        ("not_stated_reason", words.NOT_STATED_REASONS),
        ("officer_ethnicity", words.OFFICER_ETHNICITY),
    ):
        code = getattr(said, name)
        if code is not None and code not in known:
            faults.append(Fault(name, f"{code!r} is not one of {', '.join(known)}"))
    if faults:
        raise Malformed(faults)
    return said


async def _resolve(
    session: AsyncSession, actor: Actor, force: str, command: RecordSearch, said: SearchRecord, now: datetime
) -> _Resolved:
    claimed = command.order_reference
    if claimed is None and command.status_check_id is not None:
        claimed = await session.scalar(
            select(StatusCheck.reference).where(
                StatusCheck.force_id == force,
                StatusCheck.id == command.status_check_id,
                StatusCheck.account_id == actor.account_id,
            )
        )
    found = await national.find(session, {"reference": claimed}) if claimed else []
    held = found[0] if found else None
    known, faults, _ = subjects.recognised(command.pnc_id, command.cro, now)
    if faults:
        raise Malformed(faults)
    same = await national.same_person(session, held, known) if held and known else None
    person_id = await _own_person(session, force, known)
    if person_id is None and held is not None and held.force == force and law.subject(said, same):
        person_id = (await orders.pair(session, held.force, held.order_id)).person_id
    return _Resolved(claimed, held, same, person_id)


async def _own_person(session: AsyncSession, force: str, known: dict[str, str]) -> str | None:
    for kind, value in known.items():
        found = await session.scalar(
            select(PersonIdentifier.person_id).where(
                PersonIdentifier.force_id == force,
                PersonIdentifier.kind == kind,
                PersonIdentifier.value == value,
            )
        )
        if found is not None:
            return str(found)
    return None


def _found(said: SearchRecord, resolved: _Resolved, known_at: datetime) -> tuple[str, tuple[Finding, ...]]:
    """(the one-word verdict on the power, every finding), on the order's acts as known at an instant."""
    held = resolved.held
    state = order_law.at(held.acts, said.at, known_at) if held else None
    quashed = law.quashed_after(held.acts, said.at, known_at) if held else None
    about = {
        "same_person": resolved.same_person,
        "order_found": held is not None,
        "claimed": resolved.claimed,
    }
    verdict = law.power(said, state, **about)  # type: ignore[arg-type]
    return verdict, law.findings(said, state, **about, quashed_at=quashed)  # type: ignore[arg-type]


def found_in(
    row: SearchVersion, acts: tuple[order_law.Act, ...] | None, known_at: datetime
) -> tuple[str, tuple[Finding, ...]]:
    """(the verdict on the power, every finding) on one version of a record, on the acts of the order that its
    claim resolved to, as known at an instant; `acts` None where it resolved to none.
    """
    held = None
    if acts is not None and row.order_force is not None and row.order_id is not None:
        held = national.Held(
            force=row.order_force,
            order_id=row.order_id,
            reference=row.claimed or "",
            court="",
            acts=acts,
            kinds=frozenset(),
        )
    return _found(row.record, _Resolved(row.claimed, held, row.same_person, row.person_id), known_at)


async def _version(
    session: AsyncSession,
    actor: Actor,
    force: str,
    search_id: str,
    n: int,
    command: RecordSearch,
    reason: str | None,
    now: datetime,
) -> None:
    said = _record_of(command, now)
    resolved = await _resolve(session, actor, force, command, said, now)
    verdict, findings = _found(said, resolved, now)
    held = resolved.held
    values = {
        "at": said.at,
        "record": said,
        "claimed": resolved.claimed,
        "status_check_id": command.status_check_id,
        "order_force": held.force if held else None,
        "order_id": held.order_id if held else None,
        "person_id": resolved.person_id,
        "pnc_given": command.pnc_id,
        "cro_given": command.cro,
        "same_person": resolved.same_person,
        "power": verdict,
        "findings": findings,
        "reason": reason,
    }
    await keep(
        session,
        SearchVersion,
        {"force_id": force, "search_id": search_id, "n": n},
        values | {"rules_version": RULES_VERSION},
        tag="search:recorded" if n == 1 else "search:corrected",
        subject=search_id,
        by=actor.account_id,
        now=now,
    )


def with_newest(now: datetime) -> ColumnElement[bool]:
    """A search joined to the newest version of its record that was there at `now`."""
    inner = SearchVersion.__table__.alias()
    newest = (
        select(func.max(inner.c.n))
        .where(
            inner.c.force_id == Search.force_id, inner.c.search_id == Search.id, inner.c.recorded_at <= now
        )
        .scalar_subquery()
    )
    return and_(
        SearchVersion.force_id == Search.force_id,
        SearchVersion.search_id == Search.id,
        SearchVersion.n == newest,
    )


async def reach(
    session: AsyncSession, actor: Actor, permission: str, search_id: str, now: datetime
) -> tuple[Search, SearchVersion]:
    """The search and its newest record, if the actor may reach it under `permission`; else Missing."""
    found = (
        await session.execute(
            select(Search, SearchVersion)
            .join(SearchVersion, with_newest(now))
            .where(Search.id == search_id, visible_searches(actor, permission, now))
        )
    ).first()
    if found is None:
        raise Missing(search_id)
    return found[0], found[1]


async def get(session: AsyncSession, actor: Actor, search_id: str, now: datetime) -> SearchView:
    """One search, with every version of its record."""
    search, _ = await reach(session, actor, "search:read", search_id, now)
    return await _view(session, search.force_id, search.id, now)


async def _view(session: AsyncSession, force: str, search_id: str, now: datetime) -> SearchView:
    search = await session.scalar(select(Search).where(Search.force_id == force, Search.id == search_id))
    versions = (
        await session.scalars(
            select(SearchVersion)
            .where(
                SearchVersion.force_id == force,
                SearchVersion.search_id == search_id,
                SearchVersion.recorded_at <= now,
            )
            .order_by(SearchVersion.n)
        )
    ).all()
    if search is None or not versions:
        raise Missing
    newest = versions[-1]
    told(session, (search, newest))
    held = await national.find(session, {"reference": newest.claimed}) if newest.claimed else []
    resolved = _Resolved(newest.claimed, held[0] if held else None, newest.same_person, newest.person_id)
    verdict, findings = _found(newest.record, resolved, now)
    return SearchView(
        id=search.id,
        reference=search.reference,
        force=force,
        version=newest.n,
        at=newest.at,
        record=newest.record,
        claimed=newest.claimed,
        order_id=newest.order_id,
        order_force=newest.order_force,
        pnc_given=newest.pnc_given,
        cro_given=newest.cro_given,
        power=verdict,
        findings=findings,
        copy_until=str(law.copy_until(newest.at)),
        versions=[
            VersionView(
                n=v.n,
                record=v.record,
                claimed=v.claimed,
                power=v.power,
                findings=v.findings,
                reason=v.reason,
                recorded_at=v.recorded_at,
            )
            for v in versions
        ],
    )


async def listing(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    *,
    order_id: str | None = None,
    power: str | None = None,
) -> list[SearchLine]:
    """Searches the actor may read, newest first, at most 500; under one order, or with one verdict, if given.

    Under an order, those of the order's own force: another force's searches are that force's to show.
    """
    allowed = visible_searches(actor, "search:read", now)
    query = (
        select(Search, SearchVersion)
        .join(SearchVersion, with_newest(now))
        .where(allowed)
        .order_by(SearchVersion.at.desc(), Search.id)
        .limit(500)
    )
    if order_id is not None:
        order = await orders.reach(session, actor, "order:read", order_id, now)
        query = query.where(SearchVersion.order_force == order.force_id, SearchVersion.order_id == order.id)
    if power is not None:
        query = query.where(SearchVersion.power == power)
    rows = [(search, version) for search, version in (await session.execute(query)).all()]
    told(session, *rows)
    return [_line(search, version) for search, version in rows]


def told(session: AsyncSession, *found: tuple[Search, SearchVersion]) -> None:
    """Tell the access log of searches that somebody is shown."""
    seen = (
        Subject(kind="search", force=search.force_id, id=search.id, person=version.person_id)
        for search, version in found
    )
    tell(session, *seen)


def _line(search: Search, version: SearchVersion) -> SearchLine:
    return SearchLine(
        id=search.id,
        reference=search.reference,
        at=version.at,
        place=version.record.place,
        claimed=version.claimed,
        power=version.power,
        outcome=version.record.outcome,
        searched=version.record.searched,
        gravest=version.findings[0].sentence
        if version.findings and version.findings[0].severity == "power"
        else None,
    )
