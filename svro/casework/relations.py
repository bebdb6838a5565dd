"""How an account stands to a person, as SQL: allocated, instructed, excluded, kept to others, of the court
that hears the case. What a role makes of it is for `access`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from svro.records.base import Instant
from svro.records.orders import ApplicationFacts
from svro.records.people import Allocation, Instruction
from svro.records.trust import Exclusion, Restriction

Clause = ColumnElement[bool]
Column = InstrumentedAttribute[Any]
Timed = type[Allocation] | type[Instruction] | type[Exclusion] | type[Restriction]

NOW: Any = bindparam("now", type_=Instant())
"""The instant of a statement compiled once: `access.bound` gives its value."""


def _about(kind: Timed, force: Column, person: Column, now: datetime) -> Clause:
    return and_(
        kind.force_id == force,
        kind.person_id == person,
        kind.started_at <= now,
        or_(kind.ended_at.is_(None), kind.ended_at > now),
    )


def allocated(account: str | None, force: Column, person: Column, now: datetime) -> Clause:
    """Whether the account is allocated to the person's case, and the case has not gone quiet meanwhile."""
    awake = or_(Allocation.lapses_at.is_(None), Allocation.lapses_at > now)
    return exists(
        select(Allocation.id).where(
            Allocation.account_id == account, _about(Allocation, force, person, now), awake
        )
    )


def instructed(account: str | None, force: Column, person: Column, now: datetime) -> Clause:
    """Whether the account acts for the person on an instruction that was verified, has not ended by itself or
    otherwise, and has been checked again in time.
    """
    case_open = or_(Instruction.ends_at.is_(None), Instruction.ends_at > now)
    checked = or_(Instruction.recheck_by.is_(None), Instruction.recheck_by > now)
    return exists(
        select(Instruction.id).where(
            Instruction.account_id == account, _about(Instruction, force, person, now), case_open, checked
        )
    )


def excluded(account: str | None, force: Column, person: Column, now: datetime) -> Clause:
    """Whether the account is kept out of the person's case."""
    return exists(
        select(Exclusion.id).where(Exclusion.account_id == account, _about(Exclusion, force, person, now))
    )


def open_to(account: str | None, force: Column, person: Column, now: datetime) -> Clause:
    """Whether neither list stands between the account and the person: they are not excluded, and where the
    person is kept to named accounts, theirs is one of them.
    """
    listed = exists(select(Restriction.id).where(_about(Restriction, force, person, now)))
    named = exists(
        select(Restriction.id).where(
            Restriction.account_id == account, _about(Restriction, force, person, now)
        )
    )
    return and_(not_(excluded(account, force, person, now)), or_(not_(listed), named))


def at_court(court: str | None, force: Column, application: Column) -> Clause:
    """Whether the newest facts of an application name this court."""
    facts, later = aliased(ApplicationFacts), aliased(ApplicationFacts)
    newer = exists().where(
        later.force_id == facts.force_id, later.application_id == facts.application_id, later.n > facts.n
    )
    return exists().where(
        facts.force_id == force, facts.application_id == application, facts.court == court, ~newer
    )
