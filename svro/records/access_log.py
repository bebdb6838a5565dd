"""The access log: who looked at whom or changed what, when, why and by which door, kept before anybody is
shown anything.

Casework says what it looked at where a row becomes a view (`tell`); the session's `Looks` collects it. The
doors keep the entry, in the change's own transaction or before the answer begins. Each is a ledger entry,
and a row for each thing looked at.

Source: Data Protection Act 2018 s.62. Why somebody looks is our own choice to keep: Data (Use and Access) Act
2025 s.82 took the duty away.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, bindparam, insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from svro.errors import Unavailable
from svro.records import ledger
from svro.records.base import Base, Database, column, new_id
from svro.records.hot import Hot
from svro.records.ledger import Entry, LedgerLeaf, LedgerPayload, Subject, rows_of
from svro.records.reach import Reach

Kind = Literal["collection", "alteration", "consultation", "disclosure", "combination", "erasure"]
KINDS: tuple[Kind, ...] = (
    "consultation",
    "collection",
    "alteration",
    "combination",
    "disclosure",
    "erasure",
)
"""The six uses that must be logged, the gravest last: an answer that is several of them is logged as that."""

COLLECTING = frozenset(
    {
        "person:recorded",
        "conviction:recorded",
        "custody:recorded",
        "application:consider",
        "search:recorded",
        "notification:recorded",
        "investigation:begun",
        "item:recorded",
        "change:sought",
    }
)
"""Tags of the ledger under which something is first held; every other change is an alteration."""
GRAVER: dict[str, Kind] = {
    "order:superseded": "combination",
    "order:supersession_questioned": "combination",
    "export:taken": "disclosure",
    "person:erased": "erasure",
}
"""Tags that tell of more than a change: an order ended because another force's identifiers are the same, what
was taken away in a file, an erasure.
"""
LIKE_A_LOOK = frozenset({"status:checked"})
"""Tags that record a question, not a change."""

MOST = 1000
"""Subjects named in one entry. An answer holds at most two lists of 500."""

NOT_KEPT = "The access log cannot be written, so nothing is shown and nothing was done. Try again."


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks, at what real instant, by which door and permission, and why."""

    account: str | None
    force: str | None
    door: str
    permission: str
    at: datetime
    purpose: str | None = None
    reference: str | None = None


class Looks:
    """What one session has looked at so far, in the order of looking."""

    def __init__(self) -> None:
        self.subjects: dict[Subject, None] = {}
        self.asked = False
        self.kind: Kind | None = None
        self.recipients: str | None = None
        self.because: dict[str, str] = {}

    def only(self, ids: set[str]) -> None:
        """Forget what was looked through and not shown: keep the things of these ids."""
        self.subjects = {subject: None for subject in self.subjects if subject.id in ids}
        self.asked = bool(self.subjects)


class AccessEntry(Base):
    """One thing looked at in one answer. `n` counts within the entry; `subjects` is how many it names in all,
    or would but for the limit; where nothing was found, or the door alone is known, the subject is empty.

    `force_id` is the force of whoever looked, or else of what they looked at; None where neither has one.
    """

    __tablename__ = "access_entries"
    leaf_id: Mapped[str] = column(ForeignKey("ledger_leaves.id"), primary_key=True, disclose="yes")
    n: Mapped[int] = column(primary_key=True, disclose="yes")
    force_id: Mapped[str | None] = column(disclose="yes")
    account_id: Mapped[str | None] = column(disclose="redact")
    at: Mapped[datetime] = column(disclose="yes")
    kind: Mapped[str] = column(disclose="yes")
    permission: Mapped[str] = column(disclose="yes")
    door: Mapped[str] = column(disclose="yes")
    purpose: Mapped[str | None] = column(disclose="yes")
    reference: Mapped[str | None] = column(disclose="redact")
    reference_key: Mapped[str | None] = column(disclose="never")
    recipients: Mapped[str | None] = column(disclose="redact")
    subjects: Mapped[int] = column(disclose="never")
    subject_kind: Mapped[str | None] = column(disclose="yes")
    subject_force: Mapped[str | None] = column(disclose="yes")
    subject_id: Mapped[str | None] = column(disclose="yes")
    person_id: Mapped[str | None] = column(disclose="yes")
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        Index("ix_access_entries_person", "person_id", "at"),
        Index("ix_access_entries_subject", "subject_id", "at"),
        Index("ix_access_entries_account", "account_id", "at"),
        Index("ix_access_entries_at", "force_id", "at"),
    )


_ENTRIES = cast(Table, AccessEntry.__table__)


def key_of(reference: str) -> str:
    """A reference as it is compared: letters and digits, without case."""
    return "".join(letter for letter in reference.casefold() if letter.isalnum())


def looks_of(session: AsyncSession) -> Looks:
    """What a session has looked at."""
    found: Looks = session.info.setdefault("looks", Looks())
    return found


def tell(
    session: AsyncSession, *subjects: Subject, kind: Kind | None = None, recipients: str | None = None
) -> None:
    """Say what was looked at; with no subject, that a look found nothing. `kind` where it is more than what
    the ledger's tags tell; `recipients` where it was given to others than who asked.
    """
    looks = looks_of(session)
    looks.asked, looks.recipients = True, recipients or looks.recipients
    looks.subjects.update(dict.fromkeys(subjects))
    if kind is not None:
        looks.kind = max(kind, looks.kind or kind, key=KINDS.index)


def _kind(looks: Looks, changed: Sequence[str]) -> Kind:
    changes = [tag for tag in changed if tag not in LIKE_A_LOOK]
    done: Kind = "consultation"
    if changes:
        done = "collection" if changes[0] in COLLECTING else "alteration"
    graver = [GRAVER[tag] for tag in changes if tag in GRAVER]
    return max(done, looks.kind or done, *graver, key=KINDS.index)


Row = dict[str, Any]


def rows(
    looks: Looks, by: By, changed: Sequence[str] = (), left: Iterable[ledger.Row] = ()
) -> tuple[Row, Row, list[Row]]:
    """(leaf, payload, a row for each subject) of an entry that vouches for these and for what is `left`."""
    by = msgspec.structs.replace(by, **looks.because)
    subjects, kind = list(looks.subjects)[:MOST], _kind(looks, changed)
    force = by.force or (subjects[0].force if subjects else None)
    why = {"purpose": by.purpose, "reference": by.reference, "recipients": looks.recipients}
    facts = {"door": by.door, "permission": by.permission, **why, "of": len(looks.subjects)}
    leaf_id = new_id()
    common = {
        "leaf_id": leaf_id,
        "account_id": by.account,
        "at": by.at,
        "kind": kind,
        "permission": by.permission,
        "door": by.door,
        "reference_key": by.reference and key_of(by.reference),
        "subjects": len(looks.subjects),
        **why,
    }
    shown: list[Subject | None] = [*subjects] or [None]
    named = [{**common, "n": n, **_named(by, subject)} for n, subject in enumerate(shown, 1)]
    entry = Entry(
        tag=f"access:{kind}",
        force=force,
        actor=by.account,
        subject=subjects[0].id if len(subjects) == 1 else by.door,
        at=by.at,
        facts={**facts, "subjects": subjects},
        rows=(*left, *(ledger.vouch(_ENTRIES, row) for row in named)),
    )
    return *rows_of(entry, leaf_id), named


def _named(by: By, subject: Subject | None) -> dict[str, str | None]:
    if subject is None:
        return {
            "force_id": by.force,
            **dict.fromkeys(("subject_kind", "subject_force", "subject_id", "person_id")),
        }
    return {
        "force_id": by.force or subject.force,
        "subject_kind": subject.kind,
        "subject_force": subject.force,
        "subject_id": subject.id,
        "person_id": subject.id if subject.kind == "person" else subject.person,
    }


@cache
def insertion() -> Any:
    """Leaf, payload and first row in one statement, for PostgreSQL."""
    named: list[Any] = []
    for kind, prefix in ((LedgerLeaf, "leaf"), (LedgerPayload, "payload"), (AccessEntry, "entry")):
        table = cast(Table, kind.__table__)
        columns = [
            c for c in table.columns if c.name not in ("position", "sealed_in")
        ]  # sealing's to fill in
        values = {c.name: bindparam(f"{prefix}_{c.name}", type_=c.type) for c in columns}
        named.append(insert(table).values(values))
    leaf, payload, entry = named
    return entry.add_cte(leaf.cte("leaf"), payload.cte("payload"))


def bound(leaf: dict[str, Any], payload: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """What stands behind the parameters of `insertion`."""
    parts = (("leaf", leaf), ("payload", payload), ("entry", row))
    return {f"{prefix}_{name}": value for prefix, values in parts for name, value in values.items()}


async def keep_hot(hot: Hot, subject: Subject, by: By) -> None:
    """Add the entry of one look to a hot transaction, in one statement. Unavailable as for `keep`."""
    looks = Looks()
    looks.subjects[subject] = None
    leaf, payload, [row] = rows(looks, by)
    try:
        await hot.rows(insertion(), bound(leaf, payload, row))
    except Exception as error:
        raise Unavailable(NOT_KEPT) from error


async def keep_apart(database: Database, reach: Reach, subject: Subject, by: By) -> None:
    """Add the entry of one look in a transaction of its own. Unavailable as for `keep`."""
    try:
        async with database.write(reach) as session:
            tell(session, subject)
            await keep(session, by)
    except (OSError, SQLAlchemyError) as error:
        raise Unavailable(NOT_KEPT) from error


async def keep(session: AsyncSession, by: By) -> None:
    """Add the entry of what the session has looked at to its transaction. Unavailable where it cannot be
    written: whoever asked is shown nothing.
    """
    changed, left = session.info.get("changed", ()), ledger.unvouched(session)
    leaf, payload, named = rows(looks_of(session), by, changed, left)
    try:
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(insertion(), bound(leaf, payload, named.pop(0)))
        else:
            await session.execute(insert(LedgerLeaf.__table__), leaf)  # type: ignore[arg-type]
            await session.execute(insert(LedgerPayload.__table__), payload)  # type: ignore[arg-type]
        if named:
            await session.execute(insert(AccessEntry.__table__), named)  # type: ignore[arg-type]
    except Exception as error:
        raise Unavailable(NOT_KEPT) from error
