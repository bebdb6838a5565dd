"""What left our own records: each version of a quarter's published tables, who released it, and the people
behind every cell by keyed hash, so that no later table may be held against it; and exports of searches.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped

from svro.figures.release import Assembled, Kept
from svro.figures.suppression import Rules
from svro.records.base import Base, Packed, column


class PublicationVersion(Base):
    """One preparation of a force's quarter: a number for good, whether or not it was ever released.

    `known_at` is the instant as known at which it was counted; `reason` why an earlier version is corrected.
    The hashes are of what went in, of the ledger it was held against, and of the tables that came out.
    """

    __tablename__ = "publication_versions"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    quarter: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    known_at: Mapped[datetime] = column(disclose="yes")
    reason: Mapped[str | None] = column(disclose="yes")
    rules: Mapped[Rules] = column(Packed(Rules), disclose="yes")
    assembled: Mapped[Assembled] = column(Packed(Assembled), disclose="yes")
    input_hash: Mapped[str] = column(disclose="yes")
    ledger_hash: Mapped[str] = column(disclose="yes")
    output_hash: Mapped[str] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")


def _of_version() -> ForeignKeyConstraint:
    names = ("force_id", "quarter", "n")
    return ForeignKeyConstraint(names, [f"publication_versions.{name}" for name in names])


class PublicationRelease(Base):
    """A version was released to the public, by somebody who had not prepared it."""

    __tablename__ = "publication_releases"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    quarter: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (_of_version(),)


class PublicationCell(Base):
    """One printed cell, with the keyed hashes of the people behind it: what differencing is checked
    against.
    """

    __tablename__ = "publication_cells"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    quarter: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    name: Mapped[str] = column(primary_key=True, disclose="yes")
    cell: Mapped[Kept] = column(Packed(Kept), disclose="never")
    __table_args__ = (_of_version(),)


class SearchExport(Base):
    """Somebody asked for single searches in data.police.uk's format: the months, as known then, and why."""

    __tablename__ = "search_exports"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    first_month: Mapped[str] = column(disclose="yes")
    last_month: Mapped[str] = column(disclose="yes")
    reason: Mapped[str] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")


class SearchExportApproval(Base):
    """Somebody else agreed that the export may be taken."""

    __tablename__ = "search_export_approvals"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "id"], ["search_exports.force_id", "search_exports.id"]),
    )
