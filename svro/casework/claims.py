"""A solicitor claims a client on two grounds of different kinds. A claim that is not confirmed says one
thing, whatever the reason: the same bytes, after the same work.
"""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import grounds, references, solicitors
from svro.casework.access import Actor, require, require_fresh
from svro.casework.instructions import InstructionView, Typed, view_of
from svro.casework.reaching import widen
from svro.casework.solicitors import Solicitor
from svro.errors import Fault, Malformed, NotAllowed, TooMany
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.documents import InstructionClaim
from svro.records.ledger import Subject
from svro.records.people import Instruction
from svro.records.reach import reaching

CLAIM = "instruction:claim"
KEPT = timedelta(days=14)
"""How long a claim that nothing confirms yet waits for it."""
MOST, WINDOW = 10, timedelta(hours=1)
"""Claims not confirmed, of one account, within a time."""


class Claim(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom a solicitor says to act for: the reference of their order or application; the code that the client
    gave, and a representation reference, where there are such.
    """

    reference: Typed
    client_code: Typed | None = None
    representation_reference: Typed | None = None


class ClaimView(msgspec.Struct, kw_only=True):
    """What came of a claim: the instruction, or nothing but that it is not confirmed."""

    confirmed: bool
    sentence: str
    instruction: InstructionView | None


class MineView(msgspec.Struct, kw_only=True):
    """A solicitor's instructions, newest first, and when the claims were made that nothing confirms yet."""

    instructions: list[InstructionView]
    unconfirmed: list[datetime]


UNCONFIRMED = ClaimView(
    confirmed=False,
    sentence="This is not confirmed. If it can be within 14 days, the client appears among yours. "
    "Nothing follows from this about whether there is such a case.",
    instruction=None,
)


async def claim(session: AsyncSession, actor: Actor, command: Claim, now: datetime) -> ClaimView:
    """Claim a client. Confirmed where two grounds of different kinds hold now, or the solicitor acts for them
    already; otherwise UNCONFIRMED, whether there is such a case or not, and kept for some days in which a
    ground may be recorded.

    Malformed for a reference or a code with a slip in it, which its check character tells; NotAllowed for
    somebody not held as a practising solicitor; TooMany after ten within an hour.
    """
    require(actor, CLAIM)
    require_fresh(actor)
    faults = []
    if not references.plausible(command.reference):
        faults.append(Fault("reference", "has a slip in it: its last letter does not fit"))
    letters = references.code_as_typed(command.client_code) if command.client_code else None
    if command.client_code and letters is None:
        faults.append(Fault("client_code", "has a slip in it: its last letter does not fit"))
    if faults:
        raise Malformed(faults)
    account = str(actor.account_id)
    solicitor = await _practising(session, account, now)
    await _not_too_often(session, account, now)
    row = InstructionClaim(
        id=new_id(),
        account_id=account,
        key_hash=await grounds.key_of(session, command.reference),
        code_hash=await grounds.code_hash(session, letters or ""),
        reference=grounds.plain(command.representation_reference or "") or None,
        made_at=now,
        lapses_at=now + KEPT,
    )
    values = {one.name: getattr(row, one.name) for one in InstructionClaim.__table__.columns}
    await put(session, InstructionClaim, **values)
    async with reaching(session, "*"):  # nobody can know beforehand whose client it is
        case = await grounds.case_named(session, command.reference)
        found = await grounds.evaluate(session, row, case, solicitor, now)
        if found.open and found.held is not None:  # they know that already
            await session.execute(delete(InstructionClaim).where(InstructionClaim.id == row.id))
            key = found.held
        elif found.confirmed:
            key = await grounds.grant(session, row, found, solicitor, now)
        else:
            return UNCONFIRMED
        tell(session, Subject(kind="person", force=case.force, id=case.person))
        view = await view_of(session, case.force, key, now)
    await widen(session, actor, now)
    return ClaimView(confirmed=True, sentence="You act for this client.", instruction=view)


async def _practising(session: AsyncSession, account: str, now: datetime) -> Solicitor:
    solicitor = await solicitors.held(session, account, now)
    if solicitor is None or solicitor.standing != "practising":
        raise NotAllowed("Your account is not held as that of a practising solicitor of a firm.")
    return solicitor


async def _not_too_often(session: AsyncSession, account: str, now: datetime) -> None:
    mine = InstructionClaim.account_id == account
    await session.execute(delete(InstructionClaim).where(mine, InstructionClaim.lapses_at <= now))
    lately = await session.scalar(
        select(func.count())
        .select_from(InstructionClaim)
        .where(mine, InstructionClaim.made_at > now - WINDOW)
    )
    if (lately or 0) >= MOST:
        raise TooMany("You claim faster than is allowed. Wait, then go on.", int(WINDOW.total_seconds()))


async def mine(session: AsyncSession, actor: Actor, now: datetime) -> MineView:
    """The actor's own instructions, and the claims that nothing confirms yet."""
    require(actor, CLAIM)
    rows = await session.scalars(
        select(Instruction)
        .where(Instruction.account_id == actor.account_id, Instruction.started_at <= now)
        .order_by(Instruction.started_at.desc(), Instruction.id)
    )
    views = [await view_of(session, row.force_id, row.id, now, own=True) for row in rows.all()]
    shown = [Subject(kind="person", force=one.force, id=one.person_id) for one in views if one.live]
    tell(session, *shown)
    waiting = await session.scalars(
        select(InstructionClaim.made_at)
        .where(InstructionClaim.account_id == actor.account_id, InstructionClaim.lapses_at > now)
        .order_by(InstructionClaim.made_at.desc())
    )
    return MineView(instructions=views, unconfirmed=list(waiting))
