"""Scrutiny panels: who sits, each session and its acts, the cases drawn, what members and panel made of them.

Nothing is changed: a session is the fold of its acts, a piece of feedback that of its own.
"""

from datetime import date, datetime
from typing import Literal

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from svro.records.base import Base, Packed, column
from svro.records.orders import listed

Day = date
Grade = Literal["green", "amber", "red"]
Seen = Literal["yes", "no", "not seen"]

PARTS = ("chair", "member", "left")
ACTS = ("frame", "draw", "prepare", "release", "return", "exclude", "withhold", "discuss", "grade", "close")
ROUTES = ("sampled", "reserve", "compulsory")
FEEDBACK_ACTS = ("reply", "progress")


class FrameRow(msgspec.Struct, frozen=True, kw_only=True):
    """One search in a frame: the name it has in this session alone, its stratum's letter, and why it has to
    be reviewed whatever the seed (`compulsory`, empty where it has not).
    """

    alias: str
    search_id: str
    stratum: str
    compulsory: tuple[str, ...] = ()


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag="frame"):
    """A frame as committed to. `meanings` says which group and result each letter of a stratum stands for;
    `salt` is what the session's names are made with.
    """

    rows: tuple[FrameRow, ...]
    meanings: dict[str, str]
    sha256: str
    strata_sha256: str
    salt: str
    per_stratum: int
    reserves: int


class Draw(msgspec.Struct, frozen=True, kw_only=True, tag="draw"):
    """The seed and what it was made of: digits the chair called, and a later checkpoint's hash if used."""

    seed: str
    digits: str
    checkpoint: str | None = None


class Removal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a redactor took out: what kind of thing, and why. Never the thing itself."""

    what: str
    why: str


class Preparation(msgspec.Struct, frozen=True, kw_only=True, tag="preparation"):
    """What happened, as a redactor wrote it for the panel; what was taken out; whether there is video."""

    account: str
    removed: tuple[Removal, ...]
    video: str


class Said(msgspec.Struct, frozen=True, kw_only=True, tag="said", omit_defaults=True):
    """Why: a code of a closed list where the act has one, and words."""

    reason: str | None = None
    text: str | None = None


class PanelGrade(msgspec.Struct, frozen=True, kw_only=True, tag="grade"):
    """What the panel made of a case together: the grade, the nine-point one where used, and why."""

    grade: Grade
    nine: int | None
    text: str


Details = Frame | Draw | Preparation | Said | PanelGrade


class Review(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The review form, version SVRO-R1: what a member saw in one case. `grounds` only where another power
    than the order's was used.
    """

    order_checked: Seen
    identity_confirmed: Seen
    reason_now: Seen
    repeats_justified: Seen
    told_grounds: Seen
    told_object: Seen
    warrant_card: Seen
    told_identity: Seen
    told_station: Seen
    told_entitlement: Seen
    told_power: Seen
    told_detained: Seen
    courtesy: Seen
    length: Seen
    clothing: Seen
    force: Seen
    record_offered: Seen
    video_complete: Seen
    ethnicity_asked: Seen
    outcome_linked: Seen
    grounds: Seen | None = None


class Learning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was done with an officer: the panel sees `outcome` alone. `named` is the senior officer who took
    a red case on, `standards` whether it went to professional standards, and `because` why or why not.
    """

    outcome: str
    named: str | None = None
    standards: bool | None = None
    because: str | None = None


class FeedbackDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reply of the force with what was learnt, or how a panel found that things went on."""

    text: str
    learning: Learning | None = None
    verdict: str | None = None
    done: bool = False


def _of(table: str, *names: str) -> ForeignKeyConstraint:
    here = ["force_id", *names]
    return ForeignKeyConstraint(here, [f"{table}.force_id", *(f"{table}.id" for _ in names)])


def _of_case() -> ForeignKeyConstraint:
    there = ("force_id", "session_id", "id")
    return ForeignKeyConstraint(
        ["force_id", "session_id", "case_id"], [f"panel_cases.{name}" for name in there]
    )


class Panel(Base):
    """A community scrutiny panel of one force's area."""

    __tablename__ = "panels"
    force_id: Mapped[str] = column(ForeignKey("forces.id"), primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    name: Mapped[str] = column(disclose="yes")
    area: Mapped[str] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")


class PanelMember(Base):
    """What somebody is on a panel from `recorded_at` on: chair, member, or no longer there."""

    __tablename__ = "panel_members"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    panel_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    part: Mapped[str] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        _of("panels", "panel_id"),
        CheckConstraint(listed("part", PARTS), name="part"),
        Index("ix_panel_members_account", "force_id", "account_id"),
    )


class PanelSession(Base):
    """One sitting of a panel about the searches of a period: its first and last London day, both counted."""

    __tablename__ = "panel_sessions"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    panel_id: Mapped[str] = column(disclose="yes")
    reference: Mapped[str] = column(disclose="yes")
    first: Mapped[Day] = column(disclose="yes")
    last: Mapped[Day] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        _of("panels", "panel_id"),
        UniqueConstraint("force_id", "reference"),
        Index("ix_panel_sessions_id", "id"),
    )


class PanelCase(Base):
    """One search that the draw, or its own gravity, brought before a session. `place` is its rank within the
    stratum; it takes part once those before it are enough no longer.
    """

    __tablename__ = "panel_cases"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    session_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    number: Mapped[int] = column(disclose="yes")
    search_id: Mapped[str] = column(disclose="redact")
    route: Mapped[str] = column(disclose="yes")
    stratum: Mapped[str] = column(disclose="yes")
    place: Mapped[int] = column(disclose="yes")
    compulsory: Mapped[tuple[str, ...]] = column(Packed(tuple[str, ...]), disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        _of("panel_sessions", "session_id"),
        ForeignKeyConstraint(["force_id", "search_id"], ["searches.force_id", "searches.id"]),
        CheckConstraint(listed("route", ROUTES), name="route"),
    )


class PanelAct(Base):
    """One act in a session's life; `case_id` where it is about one case."""

    __tablename__ = "panel_acts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    session_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    act: Mapped[str] = column(disclose="yes")
    case_id: Mapped[str | None] = column(disclose="yes")
    details: Mapped[Details] = column(Packed(Details), disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        _of("panel_sessions", "session_id"),
        _of_case(),
        CheckConstraint(listed("act", ACTS), name="act"),
    )


class PanelSignature(Base):
    """A member's word for one session: that what they see stays there, and what conflicts of interest they
    have (None: none that they know of).
    """

    __tablename__ = "panel_signatures"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    session_id: Mapped[str] = column(primary_key=True, disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), primary_key=True, disclose="redact")
    part: Mapped[str] = column(disclose="yes")
    conflicts: Mapped[str | None] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (_of("panel_sessions", "session_id"),)


class PanelReview(Base):
    """What one member made of one case, alone: sent once. Without a form they stood aside, and said why."""

    __tablename__ = "panel_reviews"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    session_id: Mapped[str] = column(primary_key=True, disclose="yes")
    case_id: Mapped[str] = column(primary_key=True, disclose="yes")
    account_id: Mapped[str] = column(ForeignKey("accounts.id"), primary_key=True, disclose="redact")
    form_version: Mapped[str] = column(disclose="yes")
    form: Mapped[Review | None] = column(Packed(Review), disclose="yes")
    grade: Mapped[str | None] = column(disclose="yes")
    nine: Mapped[int | None] = column(disclose="yes")
    text: Mapped[str | None] = column(disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    __table_args__ = (
        _of_case(),
        CheckConstraint("grade IS NULL OR " + listed("grade", ("green", "amber", "red")), name="grade"),
        CheckConstraint("(grade IS NULL) = (form IS NULL)", name="aside"),
    )


class PanelFeedback(Base):
    """What a panel wants the force to hear: about one case or about many, with whoever must answer by when.

    `due` is the last London day for it.
    """

    __tablename__ = "panel_feedback"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    id: Mapped[str] = column(primary_key=True, disclose="yes")
    session_id: Mapped[str] = column(disclose="yes")
    case_id: Mapped[str | None] = column(disclose="yes")
    text: Mapped[str] = column(disclose="redact")
    grade: Mapped[str] = column(disclose="yes")
    theme: Mapped[str] = column(disclose="yes")
    owner: Mapped[str] = column(disclose="redact")
    due: Mapped[Day] = column(disclose="yes")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        _of("panel_sessions", "session_id"),
        _of_case(),
        Index("ix_panel_feedback_session", "force_id", "session_id"),
    )


class PanelFeedbackAct(Base):
    """One act on a piece of feedback: the force's reply, or how a panel found that it went on."""

    __tablename__ = "panel_feedback_acts"
    force_id: Mapped[str] = column(primary_key=True, disclose="yes")
    feedback_id: Mapped[str] = column(primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    act: Mapped[str] = column(disclose="yes")
    details: Mapped[FeedbackDetails] = column(Packed(FeedbackDetails), disclose="redact")
    recorded_at: Mapped[datetime] = column(disclose="yes")
    recorded_by: Mapped[str] = column(ForeignKey("accounts.id"), disclose="redact")
    __table_args__ = (
        _of("panel_feedback", "feedback_id"),
        CheckConstraint(listed("act", FEEDBACK_ACTS), name="act"),
    )
