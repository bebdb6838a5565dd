"""What is kept no longer: somebody proposes, somebody else decides, and an erasure is carried out."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from svro.records.base import Base, column
from svro.records.orders import listed

REASONS = {
    "review-due": "Reviewed, and no longer needed for a policing purpose",
    "recorded-in-error": "Recorded in error: this person should never have been held",
    "request": "The person asked, and there is no ground to refuse",
    "court-direction": "A court directed it",
}
"""Why a person's record is proposed for erasure."""
DECISIONS = {"erase": "Erase this person", "keep": "Keep the record"}


class RetentionProposal(Base):
    """Somebody proposes that a person be held no longer, and says why. `reason` is a code of REASONS."""

    __tablename__ = "retention_proposals"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    reason: Mapped[str] = column(disclose="yes")
    explanation: Mapped[str] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        CheckConstraint(listed("reason", tuple(REASONS)), name="reason"),
        Index("ix_retention_proposals_person", "force_id", "person_id"),
    )


class RetentionDecision(Base):
    """What another person decided of a proposal: erase or keep. There is one at most."""

    __tablename__ = "retention_decisions"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    proposal_id: Mapped[str] = column(primary_key=True, disclose="yes")
    decision: Mapped[str] = column(disclose="yes")
    explanation: Mapped[str] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(
            ["force_id", "proposal_id"], ["retention_proposals.force_id", "retention_proposals.id"]
        ),
        CheckConstraint(listed("decision", tuple(DECISIONS)), name="decision"),
    )


class Erasure(Base):
    """An erasure, under way until `done_at`: only then may anything be emptied, and only of this person."""

    __tablename__ = "erasures"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    began_at: Mapped[datetime] = column(disclose="yes")
    done_at: Mapped[datetime | None] = column(disclose="yes")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        ForeignKeyConstraint(
            ["force_id", "id"], ["retention_decisions.force_id", "retention_decisions.proposal_id"]
        ),
    )
