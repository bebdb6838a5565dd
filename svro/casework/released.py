"""What was prepared and released so far: the versions of each quarter, and every cell that was printed."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.errors import Missing
from svro.figures.release import Decision, Kept, Protected
from svro.figures.suppression import Rules
from svro.records.publications import PublicationCell, PublicationRelease, PublicationVersion
from svro.records.reach import ALL, reaching


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the trail. `released_at` is None for one that was only prepared."""

    version: int
    prepared_at: datetime
    released_at: datetime | None
    reason: str | None
    passed: bool


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """How a version was made: enough to make it again, byte for byte, from the same records."""

    rules: Rules
    known_at: datetime
    input_hash: str
    ledger_hash: str
    output_hash: str
    passed: bool
    decisions: tuple[Decision, ...]


class PublicationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One publication in a list: its newest version that the reader may see."""

    force: str
    quarter: str
    title: str
    address: str
    version: int
    released_at: datetime | None
    versions: tuple[VersionLine, ...]


class PublicationView(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a publication with its tables. `superseded_by` is the newest released version, where it
    is another; `versions` the trail of corrections.
    """

    force: str
    quarter: str
    title: str
    address: str
    version: int
    released_at: datetime | None
    reason: str | None
    superseded_by: int | None
    tables: tuple[Protected, ...]
    manifest: Manifest
    versions: tuple[VersionLine, ...]


async def cells(session: AsyncSession, force: str, before: datetime) -> list[Kept]:
    """Every cell that the force had released before an instant, oldest first."""
    cell, out = PublicationCell, PublicationRelease
    query = (
        select(cell.cell)
        .join(out, (out.force_id == cell.force_id) & (out.quarter == cell.quarter) & (out.n == cell.n))
        .where(cell.force_id == force, out.recorded_at < before)
        .order_by(out.recorded_at, cell.quarter, cell.n, cell.name)
    )
    async with reaching(session, force):  # printed for everybody: what is asked for is what to hold against
        return list(await session.scalars(query))


async def row(session: AsyncSession, force: str, quarter: str, n: int) -> PublicationVersion:
    """One version. Missing where there is none."""
    query = select(PublicationVersion).filter_by(force_id=force, quarter=quarter, n=n)
    async with reaching(session, force):
        found = await session.scalar(query)
    if found is None:
        raise Missing
    return found


async def versions(session: AsyncSession, force: str, quarter: str) -> list[VersionLine]:
    """Every version of a quarter, oldest first."""
    return [line for _, line in await lines(session, force, quarter)]


async def lines(
    session: AsyncSession, force: str | None = None, quarter: str | None = None
) -> list[tuple[tuple[str, str], VersionLine]]:
    """Every version by (force, quarter), oldest first. Callers keep back what is not released."""
    kind, out = PublicationVersion, PublicationRelease
    query = (
        select(kind, out.recorded_at)
        .outerjoin(out, (out.force_id == kind.force_id) & (out.quarter == kind.quarter) & (out.n == kind.n))
        .order_by(kind.force_id, kind.quarter, kind.n)
    )
    if force is not None:
        query = query.where(kind.force_id == force)
    if quarter is not None:
        query = query.where(kind.quarter == quarter)
    async with reaching(session, *ALL.forces):  # what is released is everybody's; callers keep back the rest
        found = (await session.execute(query)).all()
    return [
        (
            (version.force_id, version.quarter),
            VersionLine(
                version=version.n,
                prepared_at=version.recorded_at,
                released_at=released,
                reason=version.reason,
                passed=version.assembled.passed,
            ),
        )
        for version, released in found
    ]
