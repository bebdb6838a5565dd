"""Who a solicitor is with the Solicitors Regulation Authority, as their administrator last saw it there: a
firm left or a right to practise lost ends every instruction of theirs at once.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require, visible_accounts
from svro.errors import Conflict, Missing, Stale
from svro.records.base import put
from svro.records.documents import InstructionClaim, Representation, SolicitorVersion
from svro.records.ledger import Entry, append
from svro.records.people import Account, AccountRole, Instruction
from svro.records.reach import reaching

RECORD = "solicitor:record"
Standing = Literal["practising", "not-practising"]


class Solicitor(msgspec.Struct, frozen=True, kw_only=True):
    """A solicitor as held: number, firm, whether they practise. `n` counts what was recorded of them."""

    account_id: str
    name: str
    sra_number: str
    firm: str
    standing: Standing
    n: int


class RecordSolicitor(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the Solicitors Regulation Authority's register says of a solicitor now, and where it was seen."""

    sra_number: Annotated[str, msgspec.Meta(pattern=r"^\d{4,7}$")]
    firm: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    standing: Standing = "practising"
    checked_with: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class SolicitorView(msgspec.Struct, kw_only=True):
    """A solicitor as held, and how many instructions ended because of what was recorded last."""

    account_id: str
    name: str
    sra_number: str
    firm: str
    standing: Standing
    version: int
    ended: int = 0


async def held(session: AsyncSession, account_id: str, now: datetime) -> Solicitor | None:
    """A solicitor as held at `now`: what was last recorded, or what their account was opened with. None for
    an account of nobody who is one.
    """
    account = await session.scalar(select(Account).where(Account.id == account_id))
    newest = await session.scalar(
        select(SolicitorVersion)
        .where(SolicitorVersion.account_id == account_id, SolicitorVersion.recorded_at <= now)
        .order_by(SolicitorVersion.n.desc())
        .limit(1)
    )
    if account is None or (account.ended_at is not None and account.ended_at <= now):
        return None
    number, firm = (newest.sra_number, newest.firm) if newest else (account.sra_number, account.firm)
    if not number or not firm:
        return None
    standing: Standing = "practising"
    if newest is not None and newest.standing != "practising":
        standing = "not-practising"
    return Solicitor(
        account_id=account.id,
        name=account.name,
        sra_number=number,
        firm=firm,
        standing=standing,
        n=newest.n if newest else 0,
    )


async def get(session: AsyncSession, actor: Actor, account_id: str, now: datetime) -> SolicitorView:
    """A solicitor as held. Missing for an account that the actor does not look after, or no solicitor's."""
    await _account(session, actor, account_id, now)
    return _view(await held(session, account_id, now), 0)


async def _account(session: AsyncSession, actor: Actor, account_id: str, now: datetime) -> None:
    ask = (
        select(Account.id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(visible_accounts(actor, RECORD), Account.id == account_id, AccountRole.role == "SOL")
    )
    if await session.scalar(ask.limit(1)) is None:
        raise Missing


def _view(found: Solicitor | None, ended: int) -> SolicitorView:
    if found is None:
        raise Conflict("This account has no SRA number and firm yet: record them.")
    return SolicitorView(
        account_id=found.account_id,
        name=found.name,
        sra_number=found.sra_number,
        firm=found.firm,
        standing=found.standing,
        version=found.n,
        ended=ended,
    )


async def taken(session: AsyncSession, sra_number: str, but: str | None = None) -> bool:
    """Whether an account, but this one, has or had this number."""
    for kind, key in ((Account, Account.id), (SolicitorVersion, SolicitorVersion.account_id)):
        ask = select(key).where(kind.sra_number == sra_number, key != (but or ""))
        if await session.scalar(ask.limit(1)) is not None:
            return True
    return False


async def record(
    session: AsyncSession, actor: Actor, account_id: str, command: RecordSolicitor, now: datetime
) -> SolicitorView:
    """Record what the register says now. Another firm or number, or no right to practise, ends every
    instruction and claim of theirs, whatever force it is in.
    """
    require(actor, RECORD)
    await _account(session, actor, account_id, now)
    before = await held(session, account_id, now)
    if await taken(session, command.sra_number, account_id):
        raise Conflict("Another account has this SRA number: one solicitor has one account.")
    values = msgspec.structs.asdict(command)
    by = {"recorded_at": now, "recorded_by": actor.account_id}
    try:
        n = (before.n if before else 0) + 1
        await put(session, SolicitorVersion, account_id=account_id, n=n, **values, **by)
    except IntegrityError as race:
        raise Stale("Somebody changed this since you read it. Read it again.") from race
    tag, force = "solicitor:recorded", actor.force_id
    said = Entry(tag=tag, force=force, actor=actor.account_id, subject=account_id, at=now, facts=values)
    await append(session, said)
    same = before is not None and (before.sra_number, before.firm) == (command.sra_number, command.firm)
    ended = 0
    if command.standing != "practising" or not same:
        why = "no longer practising" if command.standing != "practising" else "left the firm"
        number = before.sra_number if before else command.sra_number
        ended = await end_all(session, actor, account_id, number, why, now)
    return _view(await held(session, account_id, now), ended)


async def end_all(
    session: AsyncSession, actor: Actor, account_id: str, number: str, why: str, now: datetime
) -> int:
    """End every live instruction of a solicitor and what it could be claimed on again, and forget what they
    claim: how many instructions ended.
    """
    await session.execute(delete(InstructionClaim).where(InstructionClaim.account_id == account_id))
    ended = 0
    async with reaching(session, "*"):  # a firm is left everywhere
        kind: Any
        for kind, tag, mine in (
            (Instruction, "instruction:ended", Instruction.account_id == account_id),
            (Representation, "representation:ended", Representation.sra_number == number),
        ):
            live = select(kind.force_id, kind.id).where(mine, kind.ended_at.is_(None))
            for force, key in (await session.execute(live)).all():
                await session.execute(
                    update(kind)
                    .where(kind.force_id == force, kind.id == key)
                    .values(ended_at=now, end_reason=why)
                    .execution_options(synchronize_session=False)
                )
                by, facts = actor.account_id, {"account_id": account_id, "reason": why}
                await append(session, Entry(tag=tag, force=force, actor=by, subject=key, at=now, facts=facts))
                ended += kind is Instruction
    return ended
