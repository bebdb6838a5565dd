"""Checking the access log: references against the force's incidents, looks at oneself, one reference for many
people; and what came of each question.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, String, and_, cast, distinct, exists, func, insert, null, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from svro.casework.access import Actor, require
from svro.casework.access_log import Id
from svro.errors import Fault, Malformed, Missing, NotAllowed
from svro.records.access_log import AccessEntry, key_of, tell
from svro.records.access_review import QUESTIONS, AccessOutcome, DeclaredPerson, Incident
from svro.records.ledger import Entry, Subject, append, keep
from svro.records.people import Account, Person

TRIAGE, IMPORT = "misuse_alert:triage", "incident:import"
RECONCILED_WITHIN = timedelta(days=7)
PEOPLE = 5
"""One reference may serve for looks at so many people."""
ONE_BY_ONE = 5
"""An answer that names more things than this is a list that was looked through, not a look at each."""
MOST = 100_000
"""Rows of one incident list."""

Text = Annotated[str, Meta(min_length=3, max_length=2000)]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Something about looks that an auditor should ask. `about` is the reference, or the account; it holds no
    name.
    """

    question: str
    title: str
    about: str
    reference: str | None
    looks: int
    people: int
    accounts: int
    first: datetime
    last: datetime


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """What is open, oldest first; or, for oversight, how much of each kind."""

    open: tuple[Question, ...] = ()
    counts: dict[str, int]


class Settle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came of a question, and why."""

    question: Literal["unreconciled", "oneself", "reused"]
    about: Annotated[str, Meta(min_length=1, max_length=100)]
    outcome: Literal["explained", "corrected", "referred"]
    reason: Text


class Declare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whoever holds this account is this person of the force's records; or, `withdrawn`, is not after all."""

    account_id: Id
    person_id: Id
    withdrawn: bool = False


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One incident: its reference as the force writes it, and its London day if given."""

    reference: str
    day: date | None = None


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were read, and how many references were new."""

    rows: int
    added: int


def _settled(question: str, about: Any) -> ColumnElement[bool]:
    """Whether a look was answered for: by an outcome recorded after it."""
    return exists().where(
        AccessOutcome.force_id == AccessEntry.force_id,
        AccessOutcome.question == question,
        AccessOutcome.about == about,
        AccessOutcome.recorded_at >= AccessEntry.at,
    )


def _asked(question: str, force: str, at: datetime) -> Any:
    """(about, reference, looks, people, accounts, first, last) of each open question of a kind."""
    entry = AccessEntry
    about: Any = entry.account_id if question == "oneself" else entry.reference_key
    reference: Any = cast(null(), String) if question == "oneself" else func.max(entry.reference)
    people = func.count(distinct(func.coalesce(entry.person_id, entry.subject_id)))
    query = (
        select(
            about.label("about"),
            reference.label("reference"),
            func.count(distinct(entry.leaf_id)).label("looks"),
            people.label("people"),
            func.count(distinct(entry.account_id)).label("accounts"),
            func.min(entry.at).label("first"),
            func.max(entry.at).label("last"),
        )
        .where(entry.force_id == force, about.is_not(None), ~_settled(question, about))
        .group_by(about)
    )
    if question == "unreconciled":
        known = exists().where(
            Incident.force_id == entry.force_id, Incident.reference_key == entry.reference_key
        )
        return query.where(entry.at <= at - RECONCILED_WITHIN, ~known)
    if question == "reused":
        return query.where(entry.subjects <= ONE_BY_ONE).having(people > PEOPLE)
    return query.where(_of_oneself())


def _of_oneself() -> ColumnElement[bool]:
    """Whether a look was at the person whom its account's holder was last declared to be."""
    declared, later = aliased(DeclaredPerson), aliased(DeclaredPerson)
    newer = exists().where(
        later.force_id == declared.force_id, later.account_id == declared.account_id, later.n > declared.n
    )
    return exists().where(
        declared.force_id == AccessEntry.subject_force,
        declared.account_id == AccessEntry.account_id,
        declared.person_id == AccessEntry.person_id,
        declared.withdrawn.is_(False),
        ~newer,
    )


async def questions(session: AsyncSession, actor: Actor, at: datetime) -> Questions:
    """What the auditor of a force should ask at the real instant `at`; for oversight, how much there is."""
    scopes = require(actor, TRIAGE).scopes
    tell(session)
    found: list[Question] = []
    if actor.force_id is not None:
        for question, title in QUESTIONS.items():
            rows = await session.execute(_asked(question, actor.force_id, at))
            found += [Question(question=question, title=title, **row._mapping) for row in rows]
    found.sort(key=lambda one: (one.first, one.question, one.about))
    counts = {name: sum(one.question == name for one in found) for name in QUESTIONS}
    return Questions(open=tuple(found) if "O" in scopes else (), counts=counts)


async def settle(session: AsyncSession, actor: Actor, command: Settle, at: datetime) -> Questions:
    """Record what came of a question: it answers for the looks until now. Missing unless it is open;
    NotAllowed for one's own looks.
    """
    if "O" not in require(actor, TRIAGE).scopes or actor.force_id is None:
        raise NotAllowed("Only the force's own auditor answers these questions.")
    asked = _asked(command.question, actor.force_id, at).subquery()
    if await session.scalar(select(asked.c.about).where(asked.c.about == command.about)) is None:
        raise Missing
    own = command.about
    if command.question != "oneself":
        own = (
            await session.scalar(
                select(AccessEntry.account_id).where(
                    AccessEntry.force_id == actor.force_id,
                    AccessEntry.reference_key == command.about,
                    AccessEntry.account_id == actor.account_id,
                    ~_settled(command.question, AccessEntry.reference_key),
                )
            )
            or ""
        )
    if own == actor.account_id:
        raise NotAllowed("These looks are your own: another auditor must answer for them.")
    keys = {"force_id": actor.force_id, "question": command.question, "about": command.about}
    n = await session.scalar(select(func.count()).select_from(AccessOutcome).filter_by(**keys))
    await keep(
        session,
        AccessOutcome,
        {**keys, "n": (n or 0) + 1},
        {"outcome": command.outcome, "reason": command.reason},
        tag="access:settled",
        subject=command.about,
        by=actor.account_id,
        now=at,
    )
    return await questions(session, actor, at)


async def declare(session: AsyncSession, actor: Actor, command: Declare, at: datetime) -> None:
    """Record that an account's holder is a person of the force's records. Missing for one there is not."""
    if "O" not in require(actor, TRIAGE).scopes or actor.force_id is None:
        raise NotAllowed("Only the force's own auditor declares this.")
    force = actor.force_id
    there = and_(Person.force_id == force, Person.id == command.person_id)
    if await session.scalar(select(Person.id).where(there)) is None:
        raise Missing
    if await session.scalar(select(Account.id).where(Account.id == command.account_id)) is None:
        raise Missing
    tell(session, Subject("person", force, command.person_id))
    keys = {"force_id": force, "account_id": command.account_id}
    n = await session.scalar(select(func.count()).select_from(DeclaredPerson).filter_by(**keys))
    await keep(
        session,
        DeclaredPerson,
        {**keys, "n": (n or 0) + 1},
        {"person_id": command.person_id, "withdrawn": command.withdrawn},
        tag="account:declared",
        subject=command.account_id,
        by=actor.account_id,
        now=at,
    )


def incidents_in(text: str) -> list[IncidentRow]:
    """The rows of an incident list as CSV: a column `reference`, and `date` if there is one, as 2025-03-14 or
    14/03/2025. Malformed with every fault, by line.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    names = {name.strip().casefold(): name for name in reader.fieldnames or () if name}
    if "reference" not in names:
        raise Malformed([Fault("list", "must be CSV with a column named reference")])
    rows: list[IncidentRow] = []
    faults: list[Fault] = []
    for row in reader:
        place = f"line {reader.line_num}"
        reference, day = ((row.get(names.get(name, "")) or "").strip() for name in ("reference", "date"))
        if not 3 <= len(reference) <= 60 or not reference.isprintable() or not key_of(reference):
            faults.append(Fault(place, "reference must have 3 to 60 printable characters"))
            continue
        try:
            rows.append(IncidentRow(reference=reference, day=_day(day) if day else None))
        except ValueError:
            faults.append(Fault(place, f"date {day[:20]!r} is not one such as 2025-03-14 or 14/03/2025"))
        if len(rows) > MOST:
            raise Malformed([Fault("list", f"has more than {MOST} rows: send it in parts")])
    if faults or not rows:
        raise Malformed(faults[:100] or [Fault("list", "has no rows")])
    return rows


def _day(text: str) -> date:
    if "/" in text:
        day, month, year = text.split("/")
        return date(int(year), int(month), int(day))
    return date.fromisoformat(text)


async def take_incidents(
    session: AsyncSession, actor: Actor, incidents: Iterable[IncidentRow], at: datetime
) -> Imported:
    """Add a force's incidents to those known. One known already is left as it is."""
    require(actor, IMPORT)
    if actor.force_id is None:
        raise Malformed([Fault("force", "say whose incidents these are")])
    rows = list(incidents)
    wanted = {key_of(row.reference): row for row in reversed(rows)}
    known = set(
        await session.scalars(select(Incident.reference_key).where(Incident.force_id == actor.force_id))
    )
    new = {key: row for key, row in wanted.items() if key not in known}
    common = {"force_id": actor.force_id, "imported_at": at, "imported_by": actor.account_id}
    values = [
        {**common, "reference_key": key, "reference": row.reference, "day": row.day}
        for key, row in new.items()
    ]
    if values:
        await session.execute(insert(Incident), values)
    facts = {"rows": len(rows), "added": len(new)}
    entry = Entry(
        tag="incidents:imported",
        force=actor.force_id,
        actor=actor.account_id,
        subject=actor.force_id,
        at=at,
        facts=facts,
    )
    await append(session, entry)
    return Imported(**facts)
