"""Publishing from our own records: one person prepares a quarter, another releases it, and it stays where it
is for good. A correction is a further version, in the batches that the rules name.

What is released has passed the gates of `figures.release` beside all that anybody could read before.
"""

import hashlib
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import by_person, cohorts, national, released, yearly
from svro.casework.access import Actor, Allow, decide, require
from svro.casework.published_tables import as_table as as_table
from svro.casework.published_tables import notes_of as notes_of
from svro.casework.published_tables import parameters as parameters
from svro.casework.published_tables import tables as tables
from svro.casework.released import Manifest, PublicationLine, PublicationView, VersionLine
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed, ProveAgain, Stale
from svro.figures import release, suppression
from svro.figures.registered import CATALOGUE, FIRST_QUARTER, days_of
from svro.figures.release import Assembled, Counts, Kept
from svro.figures.suppression import Rules
from svro.law.dates import LONDON, london_day
from svro.records.base import canonical, put
from svro.records.ledger import Entry, append
from svro.records.people import Account
from svro.records.publications import PublicationCell, PublicationRelease, PublicationVersion
from svro.reference.forces import FORCES

READ, PUBLISH = "report:read_aggregate", "report:publish"
AUDIT = (PUBLISH, "report:read_exact")


class Prepare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prepare a quarter (`2024-Q2`) of the actor's own force. A correction of what was released says why."""

    quarter: Annotated[str, msgspec.Meta(max_length=10)]
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=1000)] | None = None


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a version, for those who answer for it. `reproduced` says whether making it again
    from the records as known then gives the same bytes.
    """

    view: PublicationView
    prepared_by: str
    released_by: str | None
    cells: int
    stars: int
    earlier_cells: int
    reproduced: bool


def title(force: str, quarter: str) -> str:
    """What a publication is called."""
    first, after = days_of(quarter)
    name = FORCES[force].name if force in FORCES else force
    last = {1: "December", 4: "March", 7: "June", 10: "September"}[after.month]
    return f"{name}: searches under orders, {first:%B} to {last} {first.year}"


def _holds(actor: Actor) -> None:
    """The refusal of whoever has no part in publishing. That it takes two is for `publish` to see to."""
    if not isinstance(decide(actor, PUBLISH), Allow):
        require(actor, PUBLISH)


def publishes(actor: Actor, force: str) -> bool:
    """Whether the actor may prepare and release for this force."""
    return _at_home(actor, force, PUBLISH)


def audits(actor: Actor, force: str) -> bool:
    """Whether the actor may see what stands behind this force's publications."""
    return any(_at_home(actor, force, permission) for permission in AUDIT)


def _at_home(actor: Actor, force: str, permission: str) -> bool:
    decision = decide(actor, permission)
    return isinstance(decision, Allow) and "O" in decision.scopes and actor.force_id == force


async def prepare(session: AsyncSession, actor: Actor, command: Prepare, now: datetime) -> PublicationView:
    """Count a quarter that is over, protect it, and put it before somebody else to release.

    Malformed for what is no quarter, or one not over yet; Conflict for a correction without a reason or
    outside the months of corrections. Where no table passes the gates the version is held: kept, and never
    released.
    """
    _holds(actor)
    force = actor.force_id
    if force is None:
        raise NotAllowed("Only somebody of a force prepares its figures.")
    _check(command.quarter, now)
    rule = suppression.rules("public", london_day(now))
    versions = await released.versions(session, force, command.quarter)
    if any(line.released_at for line in versions):
        _check_correction(command, rule, now)
    made = await _made(session, force, command.quarter, rule, now)
    n = versions[-1].version + 1 if versions else 1
    await _keep(session, actor, force, command, n, rule, made, now)
    return await _view(session, force, command.quarter, n)


def _check(quarter: str, now: datetime) -> None:
    try:
        over = FIRST_QUARTER <= quarter and days_of(quarter)[1] <= london_day(now)
    except ValueError:
        raise Malformed([Fault("quarter", "must be a quarter of a year such as 2024-Q2")]) from None
    if not over:
        raise Malformed([Fault("quarter", f"must be over, and not before {FIRST_QUARTER}")])


def _check_correction(command: Prepare, rule: Rules, now: datetime) -> None:
    if command.reason is None:
        raise Malformed([Fault("reason", "is needed: this corrects what was released")])
    if now.astimezone(LONDON).month not in rule.batch_months:
        months = ", ".join(f"{datetime(2000, m, 1, tzinfo=LONDON):%B}" for m in rule.batch_months)
        raise Conflict(
            f"Corrections are made together, in {months} only: one at a time would tell of one person."
        )


class _Made(msgspec.Struct, frozen=True):
    """A release as made, and the hashes of what it was made from."""

    assembled: Assembled
    input_hash: str
    ledger_hash: str

    @property
    def output_hash(self) -> str:
        """The hash of its tables."""
        return _hash(self.assembled.tables)


def _hash(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


async def _made(session: AsyncSession, force: str, quarter: str, rule: Rules, known_at: datetime) -> _Made:
    """The release of a quarter as known at an instant, beside what had been released by then."""
    held = await _counted(session, force, quarter, known_at)
    ledger = await _ledger(session, force, known_at)
    flat = {
        f"{table}|{q}|{row}|{column}": dict(content.by_person)
        for table, by_quarter in held.items()
        for q, counts in by_quarter.items()
        for (row, column), content in counts.items()
    }
    return _Made(release.assemble(quarter, held, ledger, rule, CATALOGUE), _hash(flat), _hash(ledger))


async def _counted(
    session: AsyncSession, force: str, until: str, known_at: datetime
) -> dict[str, dict[str, Counts]]:
    """The searches that count, by table and quarter up to one, with each person by a keyed hash."""
    subjects = (await cohorts.load(session, (force,), known_at)).subjects
    secret = await national.deployment_secret(session)
    return by_person.searches(subjects.values(), secret, (date.min, days_of(until)[1]))


async def _ledger(session: AsyncSession, force: str, before: datetime) -> list[Kept]:
    """Every cell about the force's searches that anybody could read before an instant: released, or in the
    frame of a settled year.
    """
    seen = await released.cells(session, force, before)
    return [*seen, *await yearly.printed(session, force, before)]


async def _keep(
    session: AsyncSession,
    actor: Actor,
    force: str,
    command: Prepare,
    n: int,
    rule: Rules,
    made: _Made,
    now: datetime,
) -> None:
    place = {"force_id": force, "quarter": command.quarter, "n": n}
    values = {
        "known_at": now,
        "reason": command.reason,
        "rules": rule,
        "assembled": replace(made.assembled, kept=()),
        "input_hash": made.input_hash,
        "ledger_hash": made.ledger_hash,
        "output_hash": made.output_hash,
    }
    try:
        await put(
            session, PublicationVersion, **place, **values, recorded_at=now, recorded_by=actor.account_id
        )
    except IntegrityError as race:
        raise Stale("Somebody else prepared this quarter at the same moment. Read it again.") from race
    for cell in made.assembled.kept:
        await put(session, PublicationCell, **place, name=cell.name, cell=cell)
    await _tell(session, actor, "publication:prepared", place, {"output_hash": made.output_hash}, now)


async def _tell(
    session: AsyncSession, actor: Actor, tag: str, place: dict[str, Any], facts: dict[str, Any], now: datetime
) -> None:
    entry = Entry(
        tag=tag,
        force=place["force_id"],
        actor=actor.account_id,
        subject=f"{place['force_id']}/{place['quarter']}/{place['n']}",
        at=now,
        facts=facts,
    )
    await append(session, entry)


async def publish(
    session: AsyncSession, actor: Actor, force: str, quarter: str, n: int, now: datetime
) -> PublicationView:
    """Release a prepared version to everybody: by somebody of the force who did not prepare it and has just
    proved who they are.

    Missing for another force's; Stale where it is not the newest, or something else was released since it
    was prepared; Conflict where it was released already or is held.
    """
    _holds(actor)
    if not publishes(actor, force):
        raise Missing
    row = await released.row(session, force, quarter, n)
    if not actor.fresh:
        raise ProveAgain("Two people publish figures. Prove again that you are the second.")
    if row.recorded_by == actor.account_id:
        raise NotAllowed("Whoever prepared this does not release it: somebody else must look at it first.")
    versions = await released.versions(session, force, quarter)
    if n != versions[-1].version:
        raise Stale("A newer version was prepared. Read that one.")
    if versions[-1].released_at is not None:
        raise Conflict("This version was released already.")
    if not row.assembled.passed:
        raise Conflict("This version is held: none of its tables passed both gates.")
    if _hash(await _ledger(session, force, now)) != row.ledger_hash:
        raise Stale("Something else was released since this was prepared. Prepare it again.")
    place = {"force_id": force, "quarter": quarter, "n": n}
    try:
        await put(session, PublicationRelease, **place, recorded_at=now, recorded_by=actor.account_id)
    except IntegrityError as race:
        raise Conflict("This version was released already.") from race
    await _tell(session, actor, "publication:released", place, {"output_hash": row.output_hash}, now)
    return await _view(session, force, quarter, n)


async def _view(
    session: AsyncSession, force: str, quarter: str, n: int, *, prepared: bool = True
) -> PublicationView:
    row = await released.row(session, force, quarter, n)
    versions = await released.versions(session, force, quarter)
    mine = next(line for line in versions if line.version == n)
    newest = max((line.version for line in versions if line.released_at), default=None)
    return PublicationView(
        force=force,
        quarter=quarter,
        title=title(force, quarter),
        address=f"/publications/{force}/{quarter}",
        version=n,
        released_at=mine.released_at,
        reason=row.reason,
        superseded_by=newest if newest is not None and newest > n else None,
        tables=row.assembled.tables,
        manifest=Manifest(
            rules=row.rules,
            known_at=row.known_at,
            input_hash=row.input_hash,
            ledger_hash=row.ledger_hash,
            output_hash=row.output_hash,
            passed=row.assembled.passed,
            decisions=row.assembled.decisions,
        ),
        versions=tuple(line for line in versions if prepared or line.released_at),
    )


async def listing(session: AsyncSession, actor: Actor, force: str | None = None) -> list[PublicationLine]:
    """Every publication, the newest first: the released ones to everybody, those only prepared to whoever
    publishes for that force.
    """
    require(actor, READ)
    found: dict[tuple[str, str], list[VersionLine]] = {}
    for key, line in await released.lines(session, force):
        if line.released_at or publishes(actor, key[0]):
            found.setdefault(key, []).append(line)
    lines = [
        PublicationLine(
            force=key[0],
            quarter=key[1],
            title=title(*key),
            address=f"/publications/{key[0]}/{key[1]}",
            version=versions[-1].version,
            released_at=versions[-1].released_at,
            versions=tuple(versions),
        )
        for key, versions in found.items()
    ]
    return sorted(lines, key=lambda line: (line.quarter, line.force), reverse=True)


async def read(
    session: AsyncSession, actor: Actor, force: str, quarter: str, n: int | None = None
) -> PublicationView:
    """One publication: the version asked for, or the newest that the reader may see. Missing otherwise."""
    require(actor, READ)
    versions = await released.versions(session, force, quarter)
    prepared = publishes(actor, force)
    seen = [line.version for line in versions if prepared or line.released_at]
    if not seen or (n is not None and n not in seen):
        raise Missing
    return await _view(session, force, quarter, n or seen[-1], prepared=prepared)


async def audit(session: AsyncSession, actor: Actor, force: str, quarter: str, n: int | None = None) -> Audit:
    """Who prepared and released a version, what it was held against, and whether it can be made again."""
    if not audits(actor, force):
        raise Missing
    versions = await released.versions(session, force, quarter)
    if not versions:
        raise Missing
    number = n or versions[-1].version
    row = await released.row(session, force, quarter, number)
    again = await _made(session, force, quarter, row.rules, row.known_at)
    second = await session.scalar(
        select(PublicationRelease.recorded_by).filter_by(force_id=force, quarter=quarter, n=number)
    )
    names = {
        account.id: account.name
        for account in await session.scalars(
            select(Account).where(Account.id.in_([row.recorded_by, second or ""]))
        )
    }
    values = [value for table in row.assembled.tables for line in table.values for value in line]
    return Audit(
        view=await _view(session, force, quarter, number),
        prepared_by=names[row.recorded_by],
        released_by=names[second] if second else None,
        cells=len(values),
        stars=sum(value is None for value in values),
        earlier_cells=len(await _ledger(session, force, row.known_at)),
        reproduced=(again.input_hash, again.ledger_hash, again.output_hash)
        == (row.input_hash, row.ledger_hash, row.output_hash),
    )
