"""What an order asks of people, as recorded: notifications, investigations, seized things, changes sought."""

from datetime import date, datetime

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from svro.law import breaches, changes, seizures
from svro.law.notifications import Notification
from svro.records.base import Base, Packed, column
from svro.records.orders import listed

Day = date


class ActDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came with an act in an investigation, or in the life of a seized thing."""

    text: str | None = None
    disposal: breaches.Disposal | None = None
    as_on_court_record: bool = False
    document_reference: str | None = None
    directed_by: str | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An application to change an order, as one version has it. `served` is party to day; `outcome` the
    court's, or withdrawn.
    """

    step: str
    applicant: changes.Applicant
    force: str | None
    court: str
    sought_on: Day
    grounds: str
    changed: str
    earlier: str
    railway: bool | None = None
    months: int | None = None
    ends_on: Day | None = None
    served: dict[changes.Party, Day] = {}
    hearsay_on: Day | None = None
    outcome: str | None = None
    decided_on: Day | None = None
    provenance: str | None = None
    document_reference: str | None = None
    reason: str | None = None


def _of_order() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["force_id", "order_id"], ["orders.force_id", "orders.id"])


class NotificationVersion(Base):
    """One notification, or a change that was not notified, as held from `recorded_at` on; a correction is n
    + 1.
    """

    __tablename__ = "notifications"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    order_id: Mapped[str] = column(disclose="yes")
    facts: Mapped[Notification] = column(Packed(Notification), disclose="redact")
    reason: Mapped[str | None] = column(disclose="redact")
    withdrawn: Mapped[bool] = column(default=False, disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (_of_order(), Index("ix_notifications_order", "force_id", "order_id"))


class Investigation(Base):
    """A suspected offence under s.342G, looked into. What comes of it is in its acts."""

    __tablename__ = "investigations"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    order_id: Mapped[str] = column(disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    conduct_at: Mapped[datetime] = column(disclose="yes")
    conduct: Mapped[str] = column(disclose="redact")
    created_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        _of_order(),
        UniqueConstraint("force_id", "reference"),
        Index("ix_investigations_order", "force_id", "order_id"),
    )


class InvestigationAct(Base):
    """One act in an investigation, as `law.breaches.Step` reads it: an error is `withdrawn`."""

    __tablename__ = "investigation_acts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    investigation_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    act: Mapped[str] = column(disclose="yes")
    at: Mapped[datetime] = column(disclose="yes")
    limb: Mapped[str | None] = column(disclose="yes")
    corrects: Mapped[int | None] = column(disclose="yes")
    details: Mapped[ActDetails] = column(Packed(ActDetails), disclose="redact")
    provenance: Mapped[str] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(
            ["force_id", "investigation_id"], ["investigations.force_id", "investigations.id"]
        ),
        CheckConstraint(listed("act", tuple(breaches.ACTS)), name="act"),
        CheckConstraint(f"limb IS NULL OR {listed('limb', tuple(breaches.LIMBS))}", name="limb"),
    )


class SeizedItem(Base):
    """A thing seized in a search. It is the searching constable's force's to keep, whoever's order it was
    under.
    """

    __tablename__ = "seized_items"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    search_id: Mapped[str] = column(disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    description: Mapped[str] = column(disclose="redact")
    property_regulations: Mapped[bool | None] = column(disclose="yes")
    created_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "search_id"], ["searches.force_id", "searches.id"]),
        UniqueConstraint("force_id", "reference"),
        Index("ix_seized_items_search", "force_id", "search_id"),
    )


class SeizureAct(Base):
    """One act in the life of a seized thing, as `law.seizures.Step` reads it. Never changed: an error is
    `withdrawn`.
    """

    __tablename__ = "seizure_acts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    item_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    act: Mapped[str] = column(disclose="yes")
    at: Mapped[datetime] = column(disclose="yes")
    corrects: Mapped[int | None] = column(disclose="yes")
    details: Mapped[ActDetails] = column(Packed(ActDetails), disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "item_id"], ["seized_items.force_id", "seized_items.id"]),
        CheckConstraint(listed("act", tuple(seizures.ACTS)), name="act"),
    )


class OrderChange(Base):
    """An application to vary, lengthen, renew or discharge an order, as held from `recorded_at` on."""

    __tablename__ = "order_changes"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    order_id: Mapped[str] = column(disclose="yes")
    facts: Mapped[Change] = column(Packed(Change), disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (_of_order(), Index("ix_order_changes_order", "force_id", "order_id"))
