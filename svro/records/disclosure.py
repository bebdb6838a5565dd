"""What is asked for on behalf of a person, what was decided of each item, and what was handed over."""

from datetime import date, datetime
from typing import Literal

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from svro.law import disclosure
from svro.records.base import Base, Packed, column
from svro.records.orders import listed

ACTS = ("message", "extended", "closed", "reopened", "withdrawn")
DECISIONS = ("disclose", "redact", "withhold")
TESTS = ("undermines", "assists", "neither")


class RequestDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came with an act on a request: words, and the day to which an answer was put off."""

    text: str | None = None
    until: date | None = None


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an item that is kept back, and on what ground."""

    field: str
    ground: str
    reason: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a bundle: its name, its SHA-256 in hex, its size in bytes."""

    name: str
    sha256: str
    size: int


class DisclosureRequest(Base):
    """A request for what is held of a person. `scope` names sections of a bundle; `first` and `last` bound
    what happened; `directed` is the day that a court set. Who asked is `account_id`.
    """

    __tablename__ = "disclosure_requests"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    order_id: Mapped[str | None] = column(disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    reference: Mapped[str] = column(disclose="yes")
    purpose: Mapped[str] = column(disclose="yes")
    scope: Mapped[tuple[str, ...]] = column(Packed(tuple[str, ...]), disclose="yes")
    first: Mapped[date | None] = column(disclose="yes")
    last: Mapped[date | None] = column(disclose="yes")
    directed: Mapped[date | None] = column(disclose="yes")
    details: Mapped[str] = column(disclose="redact")
    received_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "person_id"], ["people.force_id", "people.id"]),
        ForeignKeyConstraint(["force_id", "order_id"], ["orders.force_id", "orders.id"]),
        UniqueConstraint("force_id", "reference"),
        CheckConstraint(listed("purpose", disclosure.PURPOSES), name="purpose"),
        Index("ix_disclosure_requests_person", "force_id", "person_id"),
        Index("ix_disclosure_requests_id", "id"),
    )


def _of_request() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["force_id", "request_id"], ["disclosure_requests.force_id", "disclosure_requests.id"]
    )


class RequestAct(Base):
    """One step in the life of a request: a message of either side, an extension, its closing."""

    __tablename__ = "request_acts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    request_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    act: Mapped[str] = column(disclose="yes")
    details: Mapped[RequestDetails] = column(Packed(RequestDetails), disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (_of_request(), CheckConstraint(listed("act", ACTS), name="act"))


class DisclosureItem(Base):
    """What was decided of one item of the schedule, from `recorded_at` on: version n. `key` names the row or
    document. Never disclosed itself: a decision on a sensitive item would tell that there is one.
    """

    __tablename__ = "disclosure_items"
    force_id: Mapped[str] = column(primary_key=True, disclose="never")
    request_id: Mapped[str] = column(primary_key=True, disclose="never")
    key: Mapped[str] = column(primary_key=True, disclose="never")
    n: Mapped[int] = column(primary_key=True, disclose="never")
    described: Mapped[str] = column(disclose="never")
    relevant: Mapped[bool] = column(disclose="never")
    test: Mapped[str] = column(disclose="never")
    sensitive: Mapped[bool] = column(disclose="never")
    decision: Mapped[str] = column(disclose="never")
    cuts: Mapped[tuple[Cut, ...]] = column(Packed(tuple[Cut, ...]), disclose="never")
    shown: Mapped[tuple[str, ...]] = column(Packed(tuple[str, ...]), disclose="never")
    ground: Mapped[str | None] = column(disclose="never")
    reason: Mapped[str | None] = column(disclose="never")
    recorded_at: Mapped[datetime] = column(disclose="never")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="never")
    __table_args__ = (
        _of_request(),
        CheckConstraint(listed("test", TESTS), name="test"),
        CheckConstraint(listed("decision", DECISIONS), name="decision"),
        CheckConstraint("NOT sensitive OR decision = 'withhold'", name="sensitive"),
        CheckConstraint("decision <> 'withhold' OR ground IS NOT NULL", name="ground"),
    )


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What to take out of a document: of a page or a picture (page 1) a rectangle from the top left, in
    points or pixels, or the whole page; of text a `line`, from its `first` to its `last` letter, or all of
    it.
    """

    page: int | None = None
    x0: float | None = None
    y0: float | None = None
    x1: float | None = None
    y1: float | None = None
    line: int | None = None
    first: int | None = None
    last: int | None = None


class DocumentMark(Base):
    """A part of a document to be taken out of what is handed over; `withdrawn` takes the mark of this number
    away again.
    """

    __tablename__ = "document_marks"
    force_id: Mapped[str] = column(primary_key=True, disclose="never")
    request_id: Mapped[str] = column(primary_key=True, disclose="never")
    document_id: Mapped[str] = column(primary_key=True, disclose="never")
    n: Mapped[int] = column(primary_key=True, disclose="never")
    place: Mapped[Place | None] = column(Packed(Place), disclose="never")
    withdrawn: Mapped[int | None] = column(disclose="never")
    ground: Mapped[str | None] = column(disclose="never")
    reason: Mapped[str] = column(disclose="never")
    recorded_at: Mapped[datetime] = column(disclose="never")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="never")
    __table_args__ = (
        _of_request(),
        CheckConstraint("(place IS NULL) = (ground IS NULL)", name="ground"),
    )


class DisclosureBundle(Base):
    """One issue of an answer: which sections, as known when, under which checkpoint of the log, for whom.

    Its content is not kept: it is made anew from the facts each time, and must come out with these hashes.
    """

    __tablename__ = "disclosure_bundles"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    request_id: Mapped[str] = column(primary_key=True, disclose="yes")
    issue: Mapped[int] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(disclose="yes")
    person_id: Mapped[str] = column(disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    sections: Mapped[tuple[str, ...]] = column(Packed(tuple[str, ...]), disclose="yes")
    known_at: Mapped[datetime] = column(disclose="yes")
    checkpoint: Mapped[int] = column(disclose="yes")
    parts: Mapped[tuple[Part, ...]] = column(Packed(tuple[Part, ...]), disclose="yes")
    issued_at: Mapped[datetime] = column(disclose="yes")
    issued_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    recalled_at: Mapped[datetime | None] = column(disclose="yes")
    recall_reason: Mapped[str | None] = column(disclose="redact")
    __table_args__ = (
        _of_request(),
        UniqueConstraint("force_id", "id"),
        Index("ix_disclosure_bundles_id", "id"),
    )


def _of_bundle() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["force_id", "bundle_id"], ["disclosure_bundles.force_id", "disclosure_bundles.id"]
    )


class DownloadLink(Base):
    """A link by which a bundle may be fetched once, by its recipient alone: only the hash of its secret is
    kept.
    """

    __tablename__ = "download_links"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    bundle_id: Mapped[str] = column(disclose="yes")
    token_hash: Mapped[str] = column(disclose="never")
    made_at: Mapped[datetime] = column(disclose="yes")
    expires_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (_of_bundle(), Index("ix_download_links_token", "token_hash"))


class DownloadReceipt(Base):
    """One file of a bundle left: by which link, to whom, with which hash. There is one for each file."""

    __tablename__ = "download_receipts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    link_id: Mapped[str] = column(primary_key=True, disclose="yes")
    part: Mapped[int] = column(primary_key=True, disclose="yes")
    bundle_id: Mapped[str] = column(disclose="yes")
    sha256: Mapped[str] = column(disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    downloaded_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        _of_bundle(),
        ForeignKeyConstraint(["force_id", "link_id"], ["download_links.force_id", "download_links.id"]),
    )


Act = Literal["message", "extended", "closed", "reopened", "withdrawn"]
Decision = Literal["disclose", "redact", "withhold"]
Test = Literal["undermines", "assists", "neither"]
