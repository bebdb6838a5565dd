"""Browsers signed in: a session begins, is used, proves itself anew, and ends, at the latest by itself.

What opens one is in the browser's cookie alone; here lies its hash. Permissions are read with each request,
so a role that ended opens nothing from then on.
"""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import security
from svro.casework.access import Actor, Purpose, require
from svro.casework.keyfile import hashed, new_secret
from svro.errors import Missing, Unauthenticated
from svro.records.accounts import Session
from svro.records.base import changed, new_id, put
from svro.records.people import Account, AccountRole
from svro.settings import Settings

FRESH = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was last used: a write for each request would cost more than it
says. A session may so end this much earlier than its idle time.
"""


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """One of somebody's own sessions; `current` marks the one that asks."""

    id: str
    device: str
    how: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    current: bool


class Held(msgspec.Struct, frozen=True):
    """A live session: its id, whose it is, and whether it is time to note that it was used."""

    id: str
    actor: Actor
    stale: bool


async def begin(
    session: AsyncSession, account_id: str, device: str, how: str, settings: Settings, now: datetime
) -> str:
    """Begin a session: the secret for the cookie. A new one each time, whatever the browser held before."""
    secret, id = new_secret(), new_id()
    await put(
        session, Session, id=id, account_id=account_id, hash=hashed(secret), device=device[:120], how=how,
        began_at=now, seen_at=now, proved_at=now, ends_at=now + settings.whole,
    )  # fmt: skip
    return secret


async def actor_of(session: AsyncSession, secret: str, settings: Settings, now: datetime) -> Held | None:
    """Who holds the session that a cookie opens; None where it has ended, or the account has."""
    ask = (
        select(Session, Account, AccountRole.role)
        .join(Account, Account.id == Session.account_id)
        .outerjoin(AccountRole, live_role(now))
        .where(
            Session.hash == hashed(secret),
            Session.ended_at.is_(None),
            Session.ends_at > now,
            Session.seen_at > now - settings.idle,
            Account.ended_at.is_(None),
        )
    )
    rows = (await session.execute(ask)).all()
    if not rows:
        return None
    held, account = rows[0][0], rows[0][1]
    why = Purpose(held.purpose, held.reference or "") if held.purpose else None
    actor = msgspec.structs.replace(
        actor_from(account, [role for _, _, role in rows if role]),
        purpose=why,
        fresh=now - held.proved_at < FRESH,
    )
    return Held(held.id, actor, now - held.seen_at >= SEEN_EVERY)


def live_role(now: datetime) -> ColumnElement[bool]:
    """A role that an account holds at an instant, for joining the two."""
    return and_(
        AccountRole.account_id == Account.id,
        AccountRole.started_at <= now,
        or_(AccountRole.ended_at.is_(None), AccountRole.ended_at > now),
    )


def actor_from(account: Account, roles: list[str]) -> Actor:
    """The actor that an account makes with these roles."""
    return Actor(
        account_id=account.id, name=account.name, roles=frozenset(roles), force_id=account.force_id,
        court=account.court, number=account.number,
    )  # fmt: skip


async def used(session: AsyncSession, id: str, now: datetime) -> None:
    """Note that a session was used."""
    await session.execute(
        update(Session).where(Session.id == id, Session.ended_at.is_(None)).values(seen_at=now)
    )


async def prove(session: AsyncSession, secret: str, account_id: str, now: datetime) -> str:
    """Its holder proved anew who they are: the session's new secret. Unauthenticated where it has ended."""
    new = new_secret()
    found = await changed(
        session,
        update(Session)
        .where(Session.hash == hashed(secret), Session.account_id == account_id, Session.ended_at.is_(None))
        .values(hash=hashed(new), proved_at=now, seen_at=now),
    )
    if found != 1:
        raise Unauthenticated("This session has ended. Sign in again.")
    await security.note(session, "proved-again", account_id, now)
    return new


async def remember(session: AsyncSession, secret: str, why: Purpose) -> None:
    """Keep why its holder looks, for the looks that follow. Unauthenticated where it has ended."""
    found = await changed(
        session,
        update(Session)
        .where(Session.hash == hashed(secret), Session.ended_at.is_(None))
        .values(purpose=why.code, reference=why.reference),
    )
    if found != 1:
        raise Unauthenticated("Sign in to do this.")


async def mine(
    session: AsyncSession, actor: Actor, settings: Settings, secret: str | None, now: datetime
) -> list[SessionView]:
    """The actor's own sessions that are open, the newest first."""
    require(actor, "account:read_own")
    own = hashed(secret) if secret else b""
    ask = (
        select(Session)
        .where(Session.account_id == actor.account_id, *_open(settings, now))
        .order_by(Session.began_at.desc(), Session.id)
    )
    return [
        SessionView(
            id=one.id,
            device=one.device,
            how=one.how,
            began_at=one.began_at,
            seen_at=one.seen_at,
            ends_at=one.ends_at,
            current=one.hash == own,
        )
        for one in await session.scalars(ask)
    ]


def _open(settings: Settings, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Session.ended_at.is_(None), Session.ends_at > now, Session.seen_at > now - settings.idle


async def end(session: AsyncSession, actor: Actor, id: str, now: datetime) -> None:
    """End one of the actor's own sessions. Missing where it is not theirs or has ended."""
    require(actor, "account:manage_own")
    ended = await changed(
        session,
        update(Session)
        .where(Session.id == id, Session.account_id == actor.account_id, Session.ended_at.is_(None))
        .values(ended_at=now),
    )
    if ended != 1:
        raise Missing
    await security.note(session, "session-ended", actor.account_id, now)


async def end_others(session: AsyncSession, actor: Actor, secret: str | None, now: datetime) -> int:
    """End all of the actor's sessions but the one that asks: how many there were."""
    require(actor, "account:manage_own")
    return await end_all(session, str(actor.account_id), now, but=hashed(secret) if secret else None)


async def end_all(session: AsyncSession, account_id: str, now: datetime, *, but: bytes | None = None) -> int:
    """End every session of an account, or every one but that with this hash: how many there were."""
    which = update(Session).where(Session.account_id == account_id, Session.ended_at.is_(None))
    if but is not None:
        which = which.where(Session.hash != but)
    ended = await changed(session, which.values(ended_at=now))
    if ended:
        await security.note(session, "session-ended", account_id, now, f"{ended} ended")
    return ended


async def sign_out(session: AsyncSession, secret: str, now: datetime) -> None:
    """End the session that a cookie opens, if it is open."""
    ask = select(Session).where(Session.hash == hashed(secret), Session.ended_at.is_(None))
    if (held := await session.scalar(ask)) is not None:
        await session.execute(update(Session).where(Session.id == held.id).values(ended_at=now))
        await security.note(session, "signed-out", held.account_id, now)


async def open_count(session: AsyncSession, account_id: str, settings: Settings, now: datetime) -> int:
    """How many sessions an account has open."""
    ask = select(func.count()).where(Session.account_id == account_id, *_open(settings, now))
    return int((await session.scalar(ask)) or 0)
