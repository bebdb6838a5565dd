"""Who acts for whom: court and disclosure officer record what a claim may rest on, and an instruction ends
with its case, with the client's wish, or unless it is checked again.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import delete, exists, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import grounds, solicitors, subjects
from svro.casework.access import Actor, require, visible_people
from svro.casework.grounds import RECHECK
from svro.errors import Conflict, Fault, Malformed, Missing
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.documents import InstructionClaim, Representation
from svro.records.ledger import Entry, Subject, append
from svro.records.people import Account, Instruction, Person
from svro.records.reach import reaching

VERIFY, END = "instruction:verify", "instruction:end"
Typed = Annotated[str, Meta(min_length=3, max_length=60)]
Why = Literal["client-withdrew", "no-longer-acts", "case-ended", "check-failed", "recorded-in-error"]
ENDS: dict[str, str] = {
    "client-withdrew": "The client withdrew the instruction",
    "no-longer-acts": "The solicitor no longer acts",
    "case-ended": "The case has ended",
    "check-failed": "A check of it failed",
    "recorded-in-error": "It was recorded in error",
}


class RecordRepresentation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """That a solicitor represents somebody: as the court recorded it, or by a reference that was checked.
    `checked_with` says where it was seen. Recorded again, it renews what rests on it.
    """

    kind: Literal["court-record", "representation-reference"]
    sra_number: Annotated[str, Meta(pattern=r"^\d{4,7}$")]
    reference: Typed | None = None
    checked_with: Annotated[str, Meta(min_length=3, max_length=200)]


class EndInstruction(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why an instruction ends now."""

    why: Why
    note: Annotated[str, Meta(max_length=300)] | None = None


class InstructionView(msgspec.Struct, kw_only=True):
    """One instruction. `ends_at` is when it ends by itself, as known now, or ended; once it has, the client's
    name is None to the solicitor.
    """

    id: str
    person_id: str
    person: str | None
    force: str
    account_id: str
    solicitor: str
    firm: str | None
    basis: list[str]
    started_at: datetime
    ends_at: datetime | None
    recheck_by: datetime | None
    end_reason: str | None
    live: bool


class RepresentationView(msgspec.Struct, kw_only=True):
    """One record that a solicitor represents somebody."""

    id: str
    kind: str
    sra_number: str
    reference: str | None
    checked_with: str
    started_at: datetime
    ended_at: datetime | None


class ClaimLine(msgspec.Struct, kw_only=True):
    """A claim that waits: who made it, on what, and which grounds hold so far. `representation_reference` is
    what is to be checked.
    """

    solicitor: str
    sra_number: str
    firm: str
    made_at: datetime
    lapses_at: datetime
    representation_reference: str | None
    holds: list[str]


class InstructionsView(msgspec.Struct, kw_only=True):
    """Who acts, and acted, for a person; what was recorded of it; and the claims that wait."""

    person_id: str
    instructions: list[InstructionView]
    representations: list[RepresentationView]
    claims: list[ClaimLine]


FOR_GOOD = ("client-withdrew", "no-longer-acts", "check-failed")
"""Reasons after which the solicitor does not claim again on what was recorded before."""


async def of_person(session: AsyncSession, actor: Actor, person_id: str, now: datetime) -> InstructionsView:
    """Who acts for a person, for those who answer for it. Missing where the actor may not reach them."""
    person, _ = await subjects.reach(session, actor, END, person_id, now)
    return await _of(session, person, now)


async def _of(session: AsyncSession, person: Person, now: datetime) -> InstructionsView:
    here = {"force_id": person.force_id, "person_id": person.id}
    held = await session.scalars(
        select(Instruction.id)
        .filter_by(**here)
        .where(Instruction.started_at <= now)
        .order_by(Instruction.started_at.desc(), Instruction.id)
    )
    recorded = await session.scalars(
        select(Representation)
        .filter_by(**here)
        .where(Representation.started_at <= now)
        .order_by(Representation.started_at.desc(), Representation.id)
    )
    told = [
        RepresentationView(
            id=row.id,
            kind=row.kind,
            sra_number=row.sra_number,
            reference=row.reference,
            checked_with=row.checked_with,
            started_at=row.started_at,
            ended_at=row.ended_at,
        )
        for row in recorded
    ]
    return InstructionsView(
        person_id=person.id,
        instructions=[await view_of(session, person.force_id, key, now) for key in held.all()],
        representations=told,
        claims=[
            ClaimLine(
                solicitor=who.name,
                sra_number=who.sra_number,
                firm=who.firm,
                made_at=row.made_at,
                lapses_at=row.lapses_at,
                representation_reference=row.reference,
                holds=sorted(found.grounds),
            )
            for row, who, found in await grounds.waiting(session, person, now)
        ],
    )


async def represent(
    session: AsyncSession, actor: Actor, person_id: str, command: RecordRepresentation, now: datetime
) -> InstructionsView:
    """Record that a solicitor represents a person; claims that hold with it are confirmed, and instructions
    of that solicitor for the person are good for as long again.

    Malformed for a court record by anybody but the court, or a checked reference without the reference.
    """
    allowed = require(actor, VERIFY)
    person, _ = await subjects.reach(session, actor, VERIFY, person_id, now)
    faults = []
    if command.kind == "court-record" and "C" not in allowed.scopes:
        faults.append(Fault("kind", "must be recorded by the court itself: check a reference instead"))
    if command.kind == "representation-reference" and not grounds.plain(command.reference or ""):
        faults.append(Fault("reference", "is required for a reference that was checked"))
    if faults:
        raise Malformed(faults)
    key, by = new_id(), actor.account_id
    values = {"person_id": person.id, **msgspec.structs.asdict(command), "started_at": now, "recorded_by": by}
    await put(session, Representation, force_id=person.force_id, id=key, **values)
    await _renew(session, person, command.sra_number, now)
    said = {**values, "second": actor.second} if actor.second else values
    entry = Entry(
        tag="representation:recorded", force=person.force_id, actor=by, subject=key, at=now, facts=said
    )
    await append(session, entry)
    async with reaching(session, "*"):
        for row, who, found in await grounds.waiting(session, person, now):
            if found.confirmed:
                await grounds.grant(session, row, found, who, now)
    return await _of(session, person, now)


async def _renew(session: AsyncSession, person: Person, sra_number: str, now: datetime) -> None:
    """What rests on a representation that was checked again is good for as long again."""
    live = (
        Instruction.force_id == person.force_id,
        Instruction.person_id == person.id,
        Instruction.ended_at.is_(None),
        Instruction.recheck_by > now,
    )
    for key, account in (
        await session.execute(select(Instruction.id, Instruction.account_id).where(*live))
    ).all():
        who = await solicitors.held(session, account, now)
        if who is not None and who.sra_number == sra_number:
            await session.execute(
                update(Instruction)
                .where(Instruction.force_id == person.force_id, Instruction.id == key)
                .values(recheck_by=now + RECHECK)
                .execution_options(synchronize_session=False)
            )


async def end_representation(
    session: AsyncSession, actor: Actor, person_id: str, key: str, command: EndInstruction, now: datetime
) -> InstructionsView:
    """No claim rests on it from now on; instructions granted on it are ended by themselves."""
    require(actor, END)
    person, _ = await subjects.reach(session, actor, END, person_id, now)
    row = await session.scalar(
        select(Representation).filter_by(force_id=person.force_id, person_id=person.id, id=key)
    )
    if row is None:
        raise Missing
    if row.ended_at is not None:
        raise Conflict("This has ended already.")
    await _end(session, Representation, person, key, "representation:ended", actor, command, now)
    return await _of(session, person, now)


async def get(session: AsyncSession, actor: Actor, instruction_id: str, now: datetime) -> InstructionView:
    """One instruction, to be ended by the actor. Missing where it is neither theirs nor of a person whom they
    reach.
    """
    row, own = await _reach(session, actor, instruction_id, now)
    tell(session, Subject(kind="person", force=row.force_id, id=row.person_id))
    return await view_of(session, row.force_id, row.id, now, own=own)


async def _reach(
    session: AsyncSession, actor: Actor, instruction_id: str, now: datetime
) -> tuple[Instruction, bool]:
    """(the instruction, whether it is the actor's own)."""
    allowed = require(actor, END)
    own = Instruction.account_id == actor.account_id if "S" in allowed.scopes else false()
    of_theirs = exists().where(
        Person.force_id == Instruction.force_id,
        Person.id == Instruction.person_id,
        Person.created_at <= now,
        visible_people(actor, END, now),
    )
    row = await session.scalar(
        select(Instruction).where(Instruction.id == instruction_id, or_(own, of_theirs))
    )
    if row is None:
        raise Missing(instruction_id)
    return row, "S" in allowed.scopes and row.account_id == actor.account_id


async def end(
    session: AsyncSession, actor: Actor, instruction_id: str, command: EndInstruction, now: datetime
) -> InstructionView:
    """End an instruction now: the solicitor's own, or of a person whom the actor reaches. Missing otherwise,
    Conflict where it has ended.
    """
    row, own = await _reach(session, actor, instruction_id, now)
    person = await session.scalar(
        select(Person).where(Person.force_id == row.force_id, Person.id == row.person_id)
    )
    if row.ended_at is not None or person is None:
        raise Conflict("This instruction has ended already.")
    await _end(session, Instruction, person, row.id, "instruction:ended", actor, command, now)
    if command.why in FOR_GOOD:
        await _no_more(session, person, row.account_id, actor, command, now)
    tell(session, Subject(kind="person", force=row.force_id, id=row.person_id))
    return await view_of(session, row.force_id, row.id, now, own=own)


async def _no_more(
    session: AsyncSession, person: Person, account: str, actor: Actor, command: EndInstruction, now: datetime
) -> None:
    """What the instruction could be claimed on again ends too, and so do the solicitor's waiting claims."""
    who = await solicitors.held(session, account, now)
    live = select(Representation.id).where(
        Representation.force_id == person.force_id,
        Representation.person_id == person.id,
        Representation.sra_number == (who.sra_number if who else ""),
        Representation.ended_at.is_(None),
    )
    for key in (await session.scalars(live)).all():
        await _end(session, Representation, person, key, "representation:ended", actor, command, now)
    keys = await grounds.cases_of(session, person.force_id, person.id)
    await session.execute(
        delete(InstructionClaim).where(
            InstructionClaim.account_id == account, InstructionClaim.key_hash.in_(sorted(keys))
        )
    )


async def _end(
    session: AsyncSession,
    kind: type[Instruction] | type[Representation],
    person: Person,
    key: str,
    tag: str,
    actor: Actor,
    command: EndInstruction,
    now: datetime,
) -> None:
    why = ENDS[command.why] if not command.note else f"{ENDS[command.why]}: {command.note}"
    await session.execute(
        update(kind)
        .where(kind.force_id == person.force_id, kind.id == key)
        .values(ended_at=now, end_reason=why)
        .execution_options(synchronize_session=False)
    )
    facts = {"person_id": person.id, "why": command.why, "note": command.note}
    by, force = actor.account_id, person.force_id
    await append(session, Entry(tag=tag, force=force, actor=by, subject=key, at=now, facts=facts))


async def view_of(
    session: AsyncSession, force: str, key: str, now: datetime, *, own: bool = False
) -> InstructionView:
    """An instruction as it stands; to whoever acts themselves (`own`) without the name once it has ended."""
    query = (
        select(Instruction, Account.name)
        .join(Account, Account.id == Instruction.account_id)
        .where(Instruction.force_id == force, Instruction.id == key)
        .execution_options(populate_existing=True)
    )
    row, name = (await session.execute(query)).one()
    ends = min((one for one in (row.ended_at, row.ends_at) if one is not None), default=None)
    last = min((one for one in (ends, row.recheck_by) if one is not None), default=None)
    live = last is None or last > now
    person = None
    if live or not own:
        person = (await subjects.facts_of(session, force, row.person_id, now)).name.whole
    return InstructionView(
        id=row.id,
        person_id=row.person_id,
        person=person,
        force=force,
        account_id=row.account_id,
        solicitor=name,
        firm=row.firm,
        basis=(row.basis or "").split(",") if row.basis else [],
        started_at=row.started_at,
        ends_at=ends,
        recheck_by=row.recheck_by,
        end_reason=row.end_reason,
        live=live,
    )
