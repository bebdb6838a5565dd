"""Applications and their acts, what courts decided, the orders made and every act in their lives."""

from datetime import date, datetime

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from svro.law import eligibility, order, stages
from svro.records.base import Base, Packed, column

Day = date


class StageDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came with an act on an application; the table of stages says which of them an act needs."""

    reason: str | None = None
    date: Day | None = None
    court: str | None = None
    document_reference: str | None = None
    served_on: tuple[str, ...] = ()
    adequate_notice: bool | None = None
    adequate_notice_for_absence: bool | None = None
    told_of_absence: bool | None = None


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What the sealed order says: whether and how its effect is deferred, and its fixed period in months or
    its last day.
    """

    effect: str
    months: int | None = None
    ends_on: date | None = None


def listed(column_name: str, values: tuple[str, ...]) -> str:
    """A CHECK that keeps a column to a closed list of the law's own words."""
    return f"{column_name} IN ({', '.join(repr(value) for value in values)})"


class Application(Base):
    """One consideration of one person for an order, from the first thought to the court's answer."""

    __tablename__ = "applications"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    created_at: Mapped[datetime] = column(disclose="yes")
    created_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        UniqueConstraint("force_id", "reference"),
        Index("ix_applications_person", "force_id", "person_id"),
        Index("ix_applications_id", "id"),
    )


def _of_application() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["force_id", "application_id"], ["applications.force_id", "applications.id"])


class ApplicationFacts(Base):
    """The offence, the conviction and the evidence relied on, as held from `recorded_at` on."""

    __tablename__ = "application_facts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    application_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    facts: Mapped[eligibility.Facts] = column(Packed(eligibility.Facts), disclose="redact")
    court: Mapped[str | None] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (_of_application(),)


class Assessment(Base):
    """Whether s.342A was met on the facts then held: the answer with its facts, and the version of the rules
    that gave it.
    """

    __tablename__ = "assessments"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    application_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    result: Mapped[eligibility.Assessment] = column(Packed(eligibility.Assessment), disclose="redact")
    rules_version: Mapped[str] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (_of_application(),)


class ApplicationAct(Base):
    """One step of an application. Its stage is the fold of these through `law.stages`; the unique number
    loses a race.
    """

    __tablename__ = "application_acts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    application_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    act: Mapped[str] = column(disclose="yes")
    at: Mapped[datetime] = column(disclose="yes")
    provenance: Mapped[str] = column(disclose="yes")
    details: Mapped[StageDetails] = column(Packed(StageDetails), disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (_of_application(), CheckConstraint(listed("act", tuple(stages.ACTS)), name="act"))


class Decision(Base):
    """What a court decided, as one source has it. Two sources that differ make the order's status unknown
    until it is settled.
    """

    __tablename__ = "decisions"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    application_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    outcome: Mapped[str] = column(disclose="yes")
    provenance: Mapped[str] = column(disclose="yes")
    court: Mapped[str] = column(disclose="yes")
    at: Mapped[datetime] = column(disclose="yes")
    terms: Mapped[OrderTerms | None] = column(Packed(OrderTerms), disclose="yes")
    reasons: Mapped[str | None] = column(disclose="redact")
    document_reference: Mapped[str | None] = column(disclose="yes")
    corrects: Mapped[int | None] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        _of_application(),
        CheckConstraint(listed("outcome", ("granted", "refused")), name="outcome"),
        CheckConstraint(listed("provenance", ("decision", "decision as notified")), name="provenance"),
    )


class Order(Base):
    """An order that a court made. What it is at an instant is the fold of its acts, never a column."""

    __tablename__ = "orders"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    application_id: Mapped[str] = column(disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    court: Mapped[str] = column(disclose="yes")
    created_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        _of_application(),
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        UniqueConstraint("force_id", "application_id"),
        UniqueConstraint("force_id", "reference"),
        Index("ix_orders_person", "force_id", "person_id"),
        Index("ix_orders_id", "id"),
    )


class OrderAct(Base):
    """One act in an order's life, as `law.order.Act` reads it. Never changed: a correction is a further act
    that `corrects` it.
    """

    __tablename__ = "order_acts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    order_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    act: Mapped[str] = column(disclose="yes")
    at: Mapped[datetime] = column(disclose="yes")
    known_at: Mapped[datetime] = column(disclose="yes")
    court: Mapped[str | None] = column(disclose="yes")
    effect: Mapped[str | None] = column(disclose="yes")
    months: Mapped[int | None] = column(disclose="yes")
    ends_on: Mapped[date | None] = column(disclose="yes")
    authority: Mapped[str | None] = column(disclose="redact")
    other_reference: Mapped[str | None] = column(disclose="redact")
    document_reference: Mapped[str | None] = column(disclose="yes")
    as_on_sealed_order: Mapped[bool] = column(default=False, disclose="yes")
    provenance: Mapped[str] = column(disclose="yes")
    corrects: Mapped[int | None] = column(disclose="yes")
    recorded_by: Mapped[str | None] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "order_id"], ["orders.force_id", "orders.id"]),
        CheckConstraint(listed("act", tuple(order.ACTS)), name="act"),
    )


class OrderStatusKey(Base):
    """What crosses forces, and no more: keyed hashes of identifiers, whose order, and its acts. Derived;
    holds no name.

    `kind` is reference, pnc, cro or person (family name, given name and date of birth together: a weaker
    match).
    """

    __tablename__ = "order_status_keys"
    kind: Mapped[str] = column(primary_key=True, disclose="never")
    key_hash: Mapped[str] = column(primary_key=True, disclose="never")
    order_force: Mapped[str] = column(primary_key=True, disclose="yes")
    order_id: Mapped[str] = column(primary_key=True, disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    court: Mapped[str] = column(disclose="yes")
    acts: Mapped[tuple[order.Act, ...]] = column(Packed(tuple[order.Act, ...]), disclose="yes")
    __table_args__ = (Index("ix_order_status_keys_order", "order_force", "order_id"),)
