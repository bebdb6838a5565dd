"""Who may see a person beyond what roles say, what waits for a second person, what an auditor looks into."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped

from svro.records.base import Base, column
from svro.records.orders import listed

ALERTS = ("break-glass", "excluded", "status-check")
OUTCOMES = ("justified", "not-justified", "mistaken", "referred")


def _of_person() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"])


class Restriction(Base):
    """The person's case is kept to named accounts, and this is one of them, from one instant until another.
    One row keeps everybody else out.
    """

    __tablename__ = "restrictions"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    reason: Mapped[str] = column(disclose="redact")
    started_at: Mapped[datetime] = column(disclose="yes")
    ended_at: Mapped[datetime | None] = column(disclose="yes")
    end_reason: Mapped[str | None] = column(disclose="redact")
    __table_args__ = (_of_person(), Index("ix_restrictions_person", "force_id", "person_id"))


class Exclusion(Base):
    """The account is kept out of the person's case. `declared` says that they asked for it themselves: a
    relationship.
    """

    __tablename__ = "exclusions"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    reason: Mapped[str] = column(disclose="redact")
    declared: Mapped[bool] = column(disclose="redact")
    started_at: Mapped[datetime] = column(disclose="yes")
    ended_at: Mapped[datetime | None] = column(disclose="yes")
    end_reason: Mapped[str | None] = column(disclose="redact")
    __table_args__ = (_of_person(), Index("ix_exclusions_person", "force_id", "person_id", "account_id"))


class GlassOpening(Base):
    """Somebody opened one person's case without being allocated to it: why, and until when. The allocation it
    made ends by itself; the alert it raised is its review.
    """

    __tablename__ = "glass_openings"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    allocation_id: Mapped[str] = column(disclose="yes")
    purpose: Mapped[str] = column(disclose="yes")
    incident: Mapped[str] = column(disclose="redact")
    reason: Mapped[str] = column(disclose="redact")
    opened_at: Mapped[datetime] = column(disclose="yes")
    closes_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        _of_person(),
        ForeignKeyConstraint(["force_id", "allocation_id"], ["allocations.force_id", "allocations.id"]),
    )


class Alert(Base):
    """Something for the auditor to look into. It names nobody but by reference: `about` is the public id of
    what raised it, to be set against another record.
    """

    __tablename__ = "alerts"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    kind: Mapped[str] = column(disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    about: Mapped[str] = column(disclose="yes")
    raised_at: Mapped[datetime] = column(disclose="yes")
    due_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        CheckConstraint(listed("kind", ALERTS), name="kind"),
        Index("ix_alerts_raised", "force_id", "raised_at"),
    )


class AlertOutcome(Base):
    """What the auditor found: once, for the second of two at the same moment is refused."""

    __tablename__ = "alert_outcomes"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    alert_id: Mapped[str] = column(primary_key=True, disclose="yes")
    outcome: Mapped[str] = column(disclose="yes")
    note: Mapped[str] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "alert_id"], ["alerts.force_id", "alerts.id"]),
        CheckConstraint(listed("outcome", OUTCOMES), name="outcome"),
    )


class Proposal(Base):
    """An act that takes two people, as the first of them sent it: `command` is its canonical JSON, `about`
    the public id of what it is done to, and `version` the one it was based on.
    """

    __tablename__ = "proposals"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    act: Mapped[str] = column(disclose="yes")
    permission: Mapped[str] = column(disclose="yes")
    about: Mapped[str] = column(disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    command: Mapped[str] = column(Text, disclose="redact")
    version: Mapped[int] = column(disclose="yes")
    purpose: Mapped[str | None] = column(disclose="yes")
    incident: Mapped[str | None] = column(disclose="redact")
    proposed_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    proposed_at: Mapped[datetime] = column(disclose="yes")
    expires_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (Index("ix_proposals_expires", "force_id", "expires_at"),)


class ProposalAnswer(Base):
    """The second person's answer, or the first one's change of mind; the first to be recorded is the only
    one.
    """

    __tablename__ = "proposal_answers"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    proposal_id: Mapped[str] = column(primary_key=True, disclose="yes")
    answer: Mapped[str] = column(disclose="yes")
    reason: Mapped[str | None] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "proposal_id"], ["proposals.force_id", "proposals.id"]),
        CheckConstraint(listed("answer", ("approved", "declined", "withdrawn")), name="answer"),
    )
