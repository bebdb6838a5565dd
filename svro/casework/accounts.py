"""Who has an account, in which roles, and what waits to be decided about them; and closing one at once."""

from datetime import datetime
from typing import Annotated

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from svro.casework import security, sessions, tokens
from svro.casework.access import Actor, require_fresh, visible_accounts
from svro.casework.account_links import end_links
from svro.casework.matrix import ROLES
from svro.casework.sessions import live_role
from svro.errors import Conflict, Missing
from svro.records.accounts import Proposal
from svro.records.ledger import Entry, append
from svro.records.people import Account, AccountRole

MANAGE, GRANT = "user:manage", "role:grant"


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is done to an account."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=300)]


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that waits, and the answers open to the one who asks: approve, refuse, withdraw or none."""

    id: str
    account_id: str
    name: str
    act: str
    role: str | None
    label: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    answers: list[str]


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One account in a list."""

    id: str
    name: str
    kind: str
    roles: list[str]
    force: str | None
    court: str | None
    closed: bool


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """One account as an administrator sees it: nothing that opens it, and nothing it did."""

    id: str
    name: str
    kind: str
    sign_in_name: str | None
    roles: list[str]
    force: str | None
    court: str | None
    number: str | None
    sra_number: str | None
    firm: str | None
    created_at: datetime
    closed_at: datetime | None
    waiting: list[ProposalView]


async def listing(session: AsyncSession, actor: Actor, now: datetime) -> list[AccountLine]:
    """The accounts that the administrator looks after, closed ones last."""
    ask = (
        select(Account, AccountRole.role)
        .outerjoin(AccountRole, live_role(now))
        .where(visible_accounts(actor, "user:manage"))
        .order_by(Account.ended_at.is_not(None), Account.name, Account.id, AccountRole.role)
    )
    found: dict[str, tuple[Account, list[str]]] = {}
    for account, role in await session.execute(ask):
        found.setdefault(account.id, (account, []))[1].extend([role] if role else [])
    return [
        AccountLine(
            id=one.id,
            name=one.name,
            kind=one.kind,
            roles=roles,
            force=one.force_id,
            court=one.court,
            closed=one.ended_at is not None,
        )
        for one, roles in found.values()
    ]


async def get(
    session: AsyncSession, actor: Actor, account_id: str, now: datetime, permission: str = MANAGE
) -> AccountView:
    """One account with what waits to be decided about it. Missing where it is not the administrator's."""
    one = await reach(session, actor, account_id, permission)
    return AccountView(
        id=one.id, name=one.name, kind=one.kind, sign_in_name=one.sign_in_name,
        roles=await roles_of(session, account_id, now), force=one.force_id, court=one.court,
        number=one.number, sra_number=one.sra_number, firm=one.firm, created_at=one.created_at,
        closed_at=one.ended_at,
        waiting=[p for p in await waiting(session, actor, permission) if p.account_id == one.id],
    )  # fmt: skip


async def reach(
    session: AsyncSession, actor: Actor, account_id: str, permission: str = MANAGE, *, open: bool = False
) -> Account:
    """The account, if the administrator looks after it; otherwise Missing. Conflict if not `open`."""
    ask = select(Account).where(visible_accounts(actor, permission), Account.id == account_id)
    account = await session.scalar(ask)
    if account is None:
        raise Missing
    if open and account.ended_at is not None:
        raise Conflict("This account is closed.")
    return account


async def roles_of(session: AsyncSession, account_id: str, now: datetime) -> list[str]:
    """The roles that an account holds now."""
    ask = select(AccountRole.role).join(Account, live_role(now)).where(Account.id == account_id)
    return sorted(await session.scalars(ask))


async def waiting(session: AsyncSession, actor: Actor, permission: str = MANAGE) -> list[ProposalView]:
    """Proposals that wait for an answer, about accounts that the administrator looks after."""
    proposer, beginning = aliased(Account), await beginning_now(session)
    ask = (
        select(Proposal, Account.name, proposer.name)
        .join(Account, Account.id == Proposal.account_id)
        .join(proposer, proposer.id == Proposal.proposed_by)
        .where(visible_accounts(actor, permission), Proposal.outcome.is_(None), Account.ended_at.is_(None))
        .order_by(Proposal.proposed_at, Proposal.id)
    )
    return [
        ProposalView(
            id=one.id,
            account_id=one.account_id,
            name=name,
            act=one.act,
            role=one.role,
            label=ROLES[one.role] if one.role else "Set up the account anew",
            reason=one.reason,
            proposed_by=by,
            proposed_at=one.proposed_at,
            answers=answers_to(actor, one, beginning),
        )
        for one, name, by in await session.execute(ask)
    ]


async def beginning_now(session: AsyncSession) -> bool:
    """Whether there was only ever one administrator, who may make the second alone."""
    ever = select(func.count(AccountRole.account_id.distinct())).where(AccountRole.role == "ADM")
    return await session.scalar(ever) == 1


def answers_to(actor: Actor, found: Proposal, beginning: bool) -> list[str]:
    """What an administrator may answer to a proposal."""
    if actor.account_id == found.account_id:
        return []
    if actor.account_id != found.proposed_by:
        return ["approve", "refuse"]
    return ["approve", "withdraw"] if beginning and found.role == "ADM" else ["withdraw"]


async def deactivate(
    session: AsyncSession, actor: Actor, account_id: str, command: Reason, now: datetime
) -> AccountView:
    """Close an account at once: its sessions, tokens, links and roles end in this transaction. Conflict for
    the last administrator, or one's own.
    """
    account = await reach(session, actor, account_id, open=True)
    require_fresh(actor)
    if account_id == actor.account_id:
        raise Conflict("Nobody closes their own account: ask another administrator.")
    if "ADM" in await roles_of(session, account_id, now):
        await not_the_last(session, account_id, now)
    await session.execute(update(Account).where(Account.id == account_id).values(ended_at=now))
    await session.execute(
        update(AccountRole)
        .where(AccountRole.account_id == account_id, AccountRole.ended_at.is_(None))
        .values(ended_at=now)
    )
    await end_everything(session, account_id, now)
    await security.note(session, "deactivated", account_id, now, command.reason, by=actor.account_id)
    await tell(session, "account:closed", actor, account.id, now, {"reason": command.reason})
    session.expire(account)
    return await get(session, actor, account_id, now)


async def not_the_last(session: AsyncSession, account_id: str, now: datetime) -> None:
    """Conflict where nobody else is an administrator."""
    others = (
        select(func.count(Account.id.distinct()))
        .join(AccountRole, live_role(now))
        .where(AccountRole.role == "ADM", Account.ended_at.is_(None), Account.id != account_id)
    )
    if not await session.scalar(others):
        raise Conflict("This is the last administrator. Make another first.")


async def end_everything(session: AsyncSession, account_id: str, now: datetime) -> None:
    """No session, token or link of an account opens anything any more."""
    await sessions.end_all(session, account_id, now)
    await tokens.end_all(session, account_id, now)
    await end_links(session, account_id, now)


async def tell(
    session: AsyncSession, tag: str, actor: Actor, subject: str, now: datetime, facts: object
) -> None:
    """An entry of the ledger about an account, by an administrator."""
    await told_of(session, tag, actor.force_id, actor.account_id, subject, now, facts)


async def told_of(
    session: AsyncSession,
    tag: str,
    force: str | None,
    by: str | None,
    subject: str,
    now: datetime,
    facts: object,
) -> None:
    """An entry of the ledger about an account."""
    await append(session, Entry(tag=tag, force=force, actor=by, subject=subject, at=now, facts=facts))
