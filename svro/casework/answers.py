"""What the second person says to an act that takes two: approved, it is done at once by the one who proposed
it; declined, or taken back by the first, nothing is done.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import (
    Actor,
    Purpose,
    require,
)
from svro.casework.erasure import GONE
from svro.casework.kinds import KINDS
from svro.casework.second import ProposalView, Reason, answer_to, done_or_proposed, reach, tell, view
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed, ProveAgain, Stale
from svro.records.base import put
from svro.records.people import Account, AccountRole
from svro.records.trust import Proposal, ProposalAnswer


class Answer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the second person declines, or whatever they want to say in approving."""

    reason: Reason | None = None


class Decline(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why it is not to be done; from the first person, why they take it back."""

    reason: Reason


async def ask(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> ProposalView:
    """One proposal, to somebody about to answer it: refused here for what their answer would be."""
    return await view(session, actor, await _to_answer(session, actor, proposal_id, now), now)


def why(reason: str | None) -> str:
    """The reason of whoever does not approve. Malformed without one."""
    if not reason:
        raise Malformed([Fault("reason", "say why")])
    return reason


async def approve(
    session: AsyncSession, actor: Actor, proposal_id: str, command: Answer, now: datetime
) -> ProposalView:
    """The second person approves: the act is done now, in this transaction, by the one who proposed it.

    NotAllowed to whoever proposed it, ProveAgain to somebody not lately proved; Conflict where it was
    answered before, waited too long, or whoever proposed it may no longer do it. What the act itself is then
    refused for is refused here, and it goes on waiting.
    """
    row = await _to_answer(session, actor, proposal_id, now)
    if row.proposed_by == actor.account_id:
        raise NotAllowed("The second person is somebody else.")
    first = await _first(session, row, actor, now)
    await _keep(session, row, actor, "approved", command.reason, now)
    kind = KINDS[row.act]
    sent = msgspec.json.decode(row.command, type=kind.command)
    try:
        await kind.do(session, first, row.about, sent, row.version, now)
    except (NotAllowed, Missing) as gone:
        raise Conflict("Whoever proposed this may no longer do it, or what it is about is gone.") from gone
    return await view(session, actor, row, now)


async def ready(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> None:
    """Make beforehand what the act will need once it is approved."""
    row = await _to_answer(session, actor, proposal_id, now)
    kind = KINDS[row.act]
    if kind.ready is not None and row.proposed_by != actor.account_id:
        sent = msgspec.json.decode(row.command, type=kind.command)
        await kind.ready(session, await _first(session, row, actor, now), row.about, sent, now)


async def decline(
    session: AsyncSession, actor: Actor, proposal_id: str, command: Decline, now: datetime
) -> ProposalView:
    """The second person declines, or the first takes it back: nothing is done."""
    row = await _to_answer(session, actor, proposal_id, now)
    what = "withdrawn" if row.proposed_by == actor.account_id else "declined"
    await _keep(session, row, actor, what, command.reason, now)
    return await view(session, actor, row, now)


async def _to_answer(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> Proposal:
    require(actor, "proposal:answer")
    row = await reach(session, actor, proposal_id, now)
    if not actor.fresh:
        raise ProveAgain("This takes two people. Prove again that it is you, then answer.")
    if await answer_to(session, row) is not None:
        raise Conflict("This has been answered already.")
    if row.command == GONE:
        raise Conflict("What was proposed has been erased, with whom it was about.")
    if row.expires_at <= now:
        raise Conflict("This waited too long. It has to be proposed again.")
    return row


async def _keep(
    session: AsyncSession, row: Proposal, actor: Actor, what: str, reason: str | None, now: datetime
) -> None:
    values = {"answer": what, "reason": reason, "recorded_at": now, "recorded_by": actor.account_id}
    try:
        await put(session, ProposalAnswer, force_id=row.force_id, proposal_id=row.id, **values)
    except IntegrityError as race:
        raise Stale("Somebody answered this at the same moment. Read it again.") from race
    more = {"second": actor.account_id, "reason": reason}
    await tell(session, row, what, str(actor.account_id), more, now)


async def _first(session: AsyncSession, row: Proposal, second: Actor, now: datetime) -> Actor:
    """Whoever proposed it, in the roles they hold now, with the purpose they gave then."""
    account = await session.scalar(select(Account).where(Account.id == row.proposed_by))
    roles = await session.scalars(
        select(AccountRole.role).where(
            AccountRole.account_id == row.proposed_by,
            AccountRole.started_at <= now,
            or_(AccountRole.ended_at.is_(None), AccountRole.ended_at > now),
        )
    )
    if account is None or (account.ended_at is not None and account.ended_at <= now):
        raise Conflict("Whoever proposed this no longer has an account.")
    return Actor(
        account_id=account.id,
        name=account.name,
        roles=frozenset(roles),
        force_id=account.force_id,
        court=account.court,
        number=account.number,
        purpose=Purpose(row.purpose, row.incident or "") if row.purpose else None,
        fresh=True,
        second=second.account_id,
    )


async def together(
    session: AsyncSession,
    first: Actor,
    second: Actor,
    act: str,
    about: str,
    command: Any,
    version: int,
    now: datetime,
) -> None:
    """One proposes and the other approves, one after the other: for worlds that are told, not lived."""
    waiting = await done_or_proposed(session, first, act, about, command, version, now)
    if isinstance(waiting, ProposalView):
        await approve(session, second, waiting.id, Answer(), now)
