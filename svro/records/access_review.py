"""What the access log is checked against: the force's incidents, and whose record is whose own; and what came
of each question.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from svro.records.base import Base, column
from svro.records.orders import listed

QUESTIONS: dict[str, str] = {
    "unreconciled": "No incident with this reference",
    "oneself": "Looked at their own record",
    "reused": "One reference for more than five people",
}
"""What the auditor is asked about."""

OUTCOMES: dict[str, str] = {
    "explained": "There was a proper reason",
    "corrected": "The reference was mistaken, and the right one is known",
    "referred": "Referred to professional standards",
}
"""What can come of a question."""


class Incident(Base):
    """An incident that the force's own command and control record holds, by its reference."""

    __tablename__ = "incidents"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    reference_key: Mapped[str] = column(primary_key=True, disclose="never")
    reference: Mapped[str] = column(disclose="redact")
    day: Mapped[date | None] = column(disclose="yes")
    imported_at: Mapped[datetime] = column(disclose="yes")
    imported_by: Mapped[str | None] = column(disclose="redact")


class DeclaredPerson(Base):
    """Whoever holds this account is this person of the force's records, as held from `recorded_at` on."""

    __tablename__ = "declared_people"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), primary_key=True, disclose="redact")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="redact")
    withdrawn: Mapped[bool] = column(default=False, disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        Index("ix_declared_people_person", "force_id", "person_id"),
    )


class AccessOutcome(Base):
    """What came of a question about looks: it answers for every look until then, and no later one."""

    __tablename__ = "access_outcomes"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    question: Mapped[str] = column(primary_key=True, disclose="yes")
    about: Mapped[str] = column(primary_key=True, disclose="redact")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    outcome: Mapped[str] = column(disclose="yes")
    reason: Mapped[str] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        CheckConstraint(listed("question", tuple(QUESTIONS)), name="question"),
        CheckConstraint(listed("outcome", tuple(OUTCOMES)), name="outcome"),
    )
