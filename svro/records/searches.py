"""Searches and their versions, and each time somebody asked whether there was power."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from svro.law.search import Finding, SearchRecord
from svro.records.base import Base, Packed, column


class Search(Base):
    """A search that happened. It belongs to the searching constable's force; what it says is in its
    versions.
    """

    __tablename__ = "searches"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    created_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (Index("ix_searches_account", "force_id", "account_id"), Index("ix_searches_id", "id"))


class SearchVersion(Base):
    """What the record of a search said from `recorded_at` on, and what the rules found in it then.

    `claimed` is the order reference as given, word for word; `order_force` and `order_id` are what it
    resolved to, a pair without a foreign key because the order may be another force's. `same_person` is None
    where nobody could tell.
    """

    __tablename__ = "search_versions"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    search_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    at: Mapped[datetime] = column(disclose="yes")
    record: Mapped[SearchRecord] = column(Packed(SearchRecord), disclose="redact")
    claimed: Mapped[str | None] = column(disclose="yes")
    status_check_id: Mapped[str | None] = column(disclose="yes")
    order_force: Mapped[str | None] = column(disclose="yes")
    order_id: Mapped[str | None] = column(disclose="yes")
    person_id: Mapped[str | None] = column(disclose="yes")
    pnc_given: Mapped[str | None] = column(disclose="redact")
    cro_given: Mapped[str | None] = column(disclose="redact")
    same_person: Mapped[bool | None] = column(disclose="yes")
    power: Mapped[str] = column(disclose="yes")
    findings: Mapped[tuple[Finding, ...]] = column(Packed(tuple[Finding, ...]), disclose="yes")
    rules_version: Mapped[str] = column(disclose="yes")
    reason: Mapped[str | None] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "search_id"], ["searches.force_id", "searches.id"]),
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        Index("ix_search_versions_order", "order_force", "order_id"),
        Index("ix_search_versions_at", "force_id", "at"),
    )


class StatusCheck(Base):
    """Somebody asked whether there was power, and what they were told: kept so that both can be shown
    later.
    """

    __tablename__ = "status_checks"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    asked_by: Mapped[str] = column(disclose="yes")
    purpose: Mapped[str] = column(disclose="yes")
    incident: Mapped[str] = column(disclose="redact")
    at: Mapped[datetime] = column(disclose="yes")
    answer: Mapped[str] = column(disclose="yes")
    order_force: Mapped[str | None] = column(disclose="yes")
    order_id: Mapped[str | None] = column(disclose="yes")
    reference: Mapped[str | None] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
