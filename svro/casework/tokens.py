"""Tokens of API clients: made by somebody signed in for themselves, or by an administrator for a service.

A token opens only what it was made for and what its account may do when it is used, whichever is less.
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import security
from svro.casework.access import Actor, Allow, decide, require, require_in_person, visible_accounts
from svro.casework.keyfile import hashed, new_secret
from svro.casework.matrix import MATRIX
from svro.casework.sessions import SEEN_EVERY, actor_from, live_role
from svro.errors import Conflict, Fault, Malformed, Missing
from svro.records.accounts import AccessToken
from svro.records.base import changed, new_id, put
from svro.records.people import Account, AccountRole

LONGEST = 366
APPROVES_FOR = timedelta(minutes=15)
PREFIX = "svro_"


class MakeToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to be made: what it is for, the permissions it opens, and the days until it ends. `approving`
    lets it stand for its holder in person for a quarter of an hour, in acts that take two people.
    """

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    permissions: Annotated[list[str], msgspec.Meta(min_length=1)]
    days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST)] = 90
    approving: bool = False


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is kept: without what opens it."""

    id: str
    label: str
    permissions: list[str]
    approving: bool
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token just made, with the one sight there is of its secret."""

    id: str
    secret: str
    label: str
    permissions: list[str]
    ends_at: datetime


async def make(session: AsyncSession, actor: Actor, command: MakeToken, now: datetime) -> NewToken:
    """Make a token for the actor. Malformed for a permission that they do not have; ProveAgain where they
    have not just proved who they are.
    """
    require(actor, "account:manage_own")
    require_in_person(actor)
    return await _make(session, actor, actor, command, now)


async def make_for(
    session: AsyncSession, actor: Actor, account_id: str, command: MakeToken, now: datetime
) -> NewToken:
    """Make a token for a service that the administrator looks after. Conflict for a person's account: nobody
    makes one in another's name; and for one that is closed.
    """
    reach = visible_accounts(actor, "user:manage")
    require_in_person(actor)
    ask = (
        select(Account, AccountRole.role)
        .outerjoin(AccountRole, live_role(now))
        .where(reach, Account.id == account_id)
    )
    rows = (await session.execute(ask)).all()
    if not rows:
        raise Missing
    if rows[0][0].kind != "service":
        raise Conflict("A token is made for a service. This is somebody's account: they make their own.")
    if rows[0][0].ended_at is not None:
        raise Conflict("This account is closed.")
    if command.approving:
        raise Malformed([Fault("approving", "must be false: a service is nobody in person")])
    service = actor_from(rows[0][0], [role for _, role in rows if role])
    return await _make(session, actor, service, command, now)


async def _make(
    session: AsyncSession, maker: Actor, holder: Actor, command: MakeToken, now: datetime
) -> NewToken:
    wanted = sorted(set(command.permissions))
    faults = [
        Fault("permissions", f"{name} is not a permission") if name not in MATRIX
        else Fault("permissions", f"{name} is not something this account may do")
        for name in wanted
        if name not in MATRIX or not may_ever(holder, name)
    ]  # fmt: skip
    if faults:
        raise Malformed(faults)
    secret, id, ends = PREFIX + new_secret(), new_id(), now + timedelta(days=command.days)
    await put(
        session, AccessToken, id=id, account_id=holder.account_id, hash=hashed(secret), label=command.label,
        permissions=tuple(wanted), approving=command.approving, made_by=maker.account_id, made_at=now,
        ends_at=ends,
    )  # fmt: skip
    by = maker.account_id if maker.account_id != holder.account_id else None
    await security.note(session, "token-made", holder.account_id, now, command.label, by=by)
    return NewToken(id=id, secret=secret, label=command.label, permissions=wanted, ends_at=ends)


def may_ever(actor: Actor, permission: str) -> bool:
    """Whether somebody has a permission, with or without a purpose."""
    decision = decide(actor, permission)
    return isinstance(decision, Allow) or decision.kind == "purpose-needed"


async def actor_of(session: AsyncSession, secret: str, now: datetime) -> tuple[Actor, str, bool] | None:
    """(whom a token stands for, its id, whether to note that it was used); None where it has ended."""
    if not secret.startswith(PREFIX):
        return None
    ask = (
        select(AccessToken, Account, AccountRole.role)
        .join(Account, Account.id == AccessToken.account_id)
        .outerjoin(AccountRole, live_role(now))
        .where(
            AccessToken.hash == hashed(secret),
            AccessToken.ended_at.is_(None),
            AccessToken.ends_at > now,
            Account.ended_at.is_(None),
        )
    )
    rows = (await session.execute(ask)).all()
    if not rows:
        return None
    token, account = rows[0][0], rows[0][1]
    actor = msgspec.structs.replace(
        actor_from(account, [role for _, _, role in rows if role]),
        fresh=token.approving and now - token.made_at < APPROVES_FOR,
        only=frozenset(token.permissions),
    )
    return actor, token.id, token.used_at is None or now - token.used_at >= SEEN_EVERY


async def used(session: AsyncSession, id: str, now: datetime) -> None:
    """Note that a token was used."""
    await session.execute(
        update(AccessToken).where(AccessToken.id == id, AccessToken.ended_at.is_(None)).values(used_at=now)
    )


async def mine(session: AsyncSession, actor: Actor, now: datetime) -> list[TokenView]:
    """The actor's own tokens that still open something, the newest first."""
    require(actor, "account:read_own")
    return await _of(session, str(actor.account_id), now)


async def of_service(session: AsyncSession, actor: Actor, account_id: str, now: datetime) -> list[TokenView]:
    """The tokens of a service that the administrator looks after; none for a person's account."""
    ask = select(Account.kind).where(visible_accounts(actor, "user:manage"), Account.id == account_id)
    kind = await session.scalar(ask)
    if kind is None:
        raise Missing
    return await _of(session, account_id, now) if kind == "service" else []


async def _of(session: AsyncSession, account_id: str, now: datetime) -> list[TokenView]:
    ask = (
        select(AccessToken)
        .where(
            AccessToken.account_id == account_id, AccessToken.ended_at.is_(None), AccessToken.ends_at > now
        )
        .order_by(AccessToken.made_at.desc(), AccessToken.id)
    )
    return [
        TokenView(
            id=one.id,
            label=one.label,
            permissions=list(one.permissions),
            approving=one.approving,
            made_at=one.made_at,
            ends_at=one.ends_at,
            used_at=one.used_at,
        )
        for one in await session.scalars(ask)
    ]


async def revoke(session: AsyncSession, actor: Actor, id: str, now: datetime) -> None:
    """End one of the actor's own tokens at once. Missing where it is not theirs or has ended."""
    require(actor, "account:manage_own")
    await _revoke(session, str(actor.account_id), id, now, None)


async def revoke_of(session: AsyncSession, actor: Actor, account_id: str, id: str, now: datetime) -> None:
    """End a token of a service that the administrator looks after."""
    await of_service(session, actor, account_id, now)
    await _revoke(session, account_id, id, now, actor.account_id)


async def _revoke(session: AsyncSession, account_id: str, id: str, now: datetime, by: str | None) -> None:
    ended = await changed(
        session,
        update(AccessToken)
        .where(AccessToken.id == id, AccessToken.account_id == account_id, AccessToken.ended_at.is_(None))
        .values(ended_at=now),
    )
    if ended != 1:
        raise Missing
    await security.note(session, "token-ended", account_id, now, by=by)


async def end_all(session: AsyncSession, account_id: str, now: datetime) -> None:
    """End every token of an account."""
    await session.execute(
        update(AccessToken)
        .where(AccessToken.account_id == account_id, AccessToken.ended_at.is_(None))
        .values(ended_at=now)
    )
