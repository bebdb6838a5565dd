"""Documents deposited on a case, with their bytes; and what a solicitor's instruction rests on: the code
printed on a made order, representations that a court recorded or somebody checked, who a solicitor is, and
what solicitors claim.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped

from svro.records.base import Base, column
from svro.records.orders import listed

_LIVES = text("ended_at IS NULL")
MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/png", "text/plain")
REPRESENTATIONS = ("court-record", "representation-reference")
CODE_ENDS = ("used", "replaced", "withdrawn")
STANDINGS = ("practising", "not-practising")


class Document(Base):
    """A document as it was deposited, on an application, an order or a search: one of the three. `pages` is
    None for what has none. Never changed: what is handed over of it is made anew each time.
    """

    __tablename__ = "documents"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    application_id: Mapped[str | None] = column(disclose="yes")
    order_id: Mapped[str | None] = column(disclose="yes")
    search_id: Mapped[str | None] = column(disclose="yes")
    title: Mapped[str] = column(disclose="redact")
    media_type: Mapped[str] = column(disclose="yes")
    size: Mapped[int] = column(disclose="yes")
    pages: Mapped[int | None] = column(disclose="yes")
    sha256: Mapped[str] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "application_id"], ["applications.force_id", "applications.id"]),
        ForeignKeyConstraint(["force_id", "order_id"], ["orders.force_id", "orders.id"]),
        ForeignKeyConstraint(["force_id", "search_id"], ["searches.force_id", "searches.id"]),
        CheckConstraint(listed("media_type", MEDIA_TYPES), name="media_type"),
        CheckConstraint(
            "(application_id IS NOT NULL AND order_id IS NULL AND search_id IS NULL)"
            " OR (application_id IS NULL AND order_id IS NOT NULL AND search_id IS NULL)"
            " OR (application_id IS NULL AND order_id IS NULL AND search_id IS NOT NULL)",
            name="about",
        ),
        Index("ix_documents_application", "force_id", "application_id"),
        Index("ix_documents_order", "force_id", "order_id"),
        Index("ix_documents_search", "force_id", "search_id"),
        Index("ix_documents_id", "id"),
    )


class DocumentContent(Base):
    """The bytes of a document. Its row in `documents` has their SHA-256, for which the ledger vouches."""

    __tablename__ = "document_contents"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    document_id: Mapped[str] = column(primary_key=True, disclose="yes")
    content: Mapped[bytes] = column(LargeBinary, disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "document_id"], ["documents.force_id", "documents.id"]),
    )


class ClientCode(Base):
    """The code printed on a made order for its client to give to a solicitor: only a keyed hash of it. One
    lives at a time; it ends when a claim has used it up, or a new one is printed.
    """

    __tablename__ = "client_codes"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    order_id: Mapped[str] = column(disclose="yes")
    code_hash: Mapped[str] = column(disclose="never")
    started_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    ended_at: Mapped[datetime | None] = column(disclose="yes")
    end_reason: Mapped[str | None] = column(disclose="yes")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        ForeignKeyConstraint(["force_id", "order_id"], ["orders.force_id", "orders.id"]),
        CheckConstraint(f"end_reason IS NULL OR {listed('end_reason', CODE_ENDS)}", name="end_reason"),
        Index(
            "uq_client_codes_living",
            "force_id",
            "person_id",
            unique=True,
            sqlite_where=_LIVES,
            postgresql_where=_LIVES,
        ),
        Index("ix_client_codes_person", "force_id", "person_id"),
    )


class Representation(Base):
    """A solicitor, by their SRA number, represents this person: because a court recorded it, or because a
    reference (such as that of a legal aid order) was checked. `checked_with` says where it was seen.
    """

    __tablename__ = "representations"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    kind: Mapped[str] = column(disclose="yes")
    sra_number: Mapped[str] = column(disclose="redact")
    reference: Mapped[str | None] = column(disclose="redact")
    checked_with: Mapped[str] = column(disclose="redact")
    started_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    ended_at: Mapped[datetime | None] = column(disclose="yes")
    end_reason: Mapped[str | None] = column(disclose="redact")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        CheckConstraint(listed("kind", REPRESENTATIONS), name="kind"),
        Index("ix_representations_person", "force_id", "person_id"),
    )


class SolicitorVersion(Base):
    """Who a solicitor is with the Solicitors Regulation Authority, as held from `recorded_at` on; before the
    first of these, what their account says. `checked_with` says where it was seen.
    """

    __tablename__ = "solicitor_versions"
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), primary_key=True, disclose="redact")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    sra_number: Mapped[str] = column(disclose="redact")
    firm: Mapped[str] = column(disclose="redact")
    standing: Mapped[str] = column(disclose="yes")
    checked_with: Mapped[str] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (CheckConstraint(listed("standing", STANDINGS), name="standing"),)


class InstructionClaim(Base):
    """What a solicitor claimed and nothing confirms yet, kept for some days so that it can be confirmed. No
    tenant's row: it says nothing of whether there is such a case. `key_hash` and `code_hash` are keyed hashes
    of what was typed.
    """

    __tablename__ = "instruction_claims"
    id: Mapped[str] = column(primary_key=True, disclose="never")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="never")
    key_hash: Mapped[str] = column(disclose="never")
    code_hash: Mapped[str | None] = column(disclose="never")
    reference: Mapped[str | None] = column(disclose="never")
    made_at: Mapped[datetime] = column(disclose="never")
    lapses_at: Mapped[datetime] = column(disclose="never")
    __table_args__ = (
        Index("ix_instruction_claims_account", "account_id", "made_at"),
        Index("ix_instruction_claims_key", "key_hash"),
    )
