"""What happened to an account, kept and shown to its holder; what an administrator should know, without its
content; and slowing down whoever guesses.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require, visible_accounts
from svro.errors import TooMany
from svro.records.accounts import SecurityEvent
from svro.records.base import new_id, put
from svro.records.people import Account

KINDS: dict[str, str] = {
    "signed-in": "Signed in",
    "signed-out": "Signed out",
    "sign-in-failed": "Somebody tried to sign in and failed",
    "second-failed": "The password was right, and the second proof was wrong",
    "guessed": "Many second proofs were wrong: somebody may have the password",
    "proved-again": "Proved again who they are",
    "set-up": "Set up their way of signing in",
    "password-changed": "Changed the password",
    "password-reset": "Set a new password by a link from an administrator",
    "authenticator-added": "Added an authenticator app",
    "passkey-added": "Added a passkey",
    "passkey-removed": "Removed a passkey",
    "recovery-codes-made": "Made new recovery codes",
    "recovery-code-used": "Used a recovery code",
    "token-made": "Made a token for an API client",
    "token-ended": "Revoked a token",
    "session-ended": "Ended a session",
    "link-made": "An administrator made a link",
    "role-proposed": "A role was proposed",
    "role-granted": "A role was granted",
    "role-refused": "A role was refused",
    "role-ended": "A role was ended",
    "set-up-again": "A new set-up was approved",
    "deactivated": "The account was closed",
    "probing": "Asked for many things that are not there",
}
ALARMING = frozenset(
    {"guessed", "probing", "set-up-again", "role-granted", "role-ended", "deactivated", "password-reset",
     "recovery-code-used"}
)  # fmt: skip
"""What administrators are told of: that it happened, to whom and when, and nothing else."""

FREE, WINDOW, LONGEST_WAIT = 5, timedelta(hours=1), 900
SECOND_TRIES = 20
"""Wrong second proofs in an hour, from everywhere together: only who has the password can use them up."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, as its holder sees it: `by` names who did it where it was not the holder."""

    at: datetime
    kind: str
    label: str
    detail: str
    by: str | None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """The same as an administrator sees it."""

    at: datetime
    kind: str
    label: str
    account_id: str
    name: str


async def note(
    session: AsyncSession,
    kind: str,
    account_id: str | None,
    now: datetime,
    detail: str = "",
    *,
    by: str | None = None,
    key: bytes | None = None,
) -> str:
    """Keep that something of KINDS happened; its id. `by` is who did it where that is not the holder."""
    if kind not in KINDS:
        raise KeyError(kind)
    event = new_id()
    values = {"account_id": account_id, "kind": kind, "detail": detail, "by": by, "key": key, "at": now}
    await put(session, SecurityEvent, id=event, **values)
    return event


async def history(session: AsyncSession, actor: Actor, *, most: int = 100) -> list[Event]:
    """What happened to the actor's own account, the newest first."""
    require(actor, "security_history:read")
    ask = (
        select(SecurityEvent, Account.name)
        .outerjoin(Account, Account.id == SecurityEvent.by)
        .where(SecurityEvent.account_id == actor.account_id)
        .order_by(SecurityEvent.at.desc(), SecurityEvent.id)
        .limit(most)
    )
    return [
        Event(at=row.at, kind=row.kind, label=KINDS[row.kind], detail=row.detail, by=name)
        for row, name in await session.execute(ask)
    ]


async def alerts(session: AsyncSession, actor: Actor, *, most: int = 100) -> list[Alert]:
    """What administrators should know of the accounts they look after, the newest first."""
    ask = (
        select(SecurityEvent.at, SecurityEvent.kind, Account.id, Account.name)
        .join(Account, Account.id == SecurityEvent.account_id)
        .where(visible_accounts(actor, "user:manage"), SecurityEvent.kind.in_(ALARMING))
        .order_by(SecurityEvent.at.desc(), SecurityEvent.id)
        .limit(most)
    )
    return [
        Alert(at=at, kind=kind, label=KINDS[kind], account_id=account, name=name)
        for at, kind, account, name in await session.execute(ask)
    ]


def key_of(secret: str, name: str, peer: str) -> bytes:
    """Under what attempts for one name from one address are counted: neither can be read from it."""
    return hmac.new(secret.encode(), f"{name}\n{peer}".encode(), hashlib.sha256).digest()


async def try_once(session: AsyncSession, key: bytes, account_id: str | None, now: datetime) -> str:
    """Count one more attempt under a key before it is judged, so that many at once are all counted; its
    event, which `forgive` takes back. TooMany while this key has to wait.

    After FREE failures without a success between, each wait is twice the last. Only this name from this
    address waits: nobody can shut out the right person from elsewhere.
    """
    await _in_turn(session, key)
    old = or_(SecurityEvent.account_id.is_(None), SecurityEvent.kind == "sign-in-failed")
    await session.execute(delete(SecurityEvent).where(SecurityEvent.at < now - 24 * 90 * WINDOW, old))
    success = (
        select(func.max(SecurityEvent.at))
        .where(SecurityEvent.key == key, SecurityEvent.kind == "signed-in")
        .scalar_subquery()
    )
    failed, last = (
        await session.execute(
            select(func.count(), func.max(SecurityEvent.at)).where(
                SecurityEvent.key == key,
                SecurityEvent.kind.in_(("sign-in-failed", "second-failed")),
                SecurityEvent.at > now - WINDOW,
                or_(success.is_(None), SecurityEvent.at > success),
            )
        )
    ).one()
    if failed >= FREE:
        left = min(2 ** (failed - FREE + 1), LONGEST_WAIT) - int((now - last).total_seconds())
        if left > 0:
            raise TooMany("Too many attempts to sign in. Wait, then try again.", left)
    return await note(session, "sign-in-failed", account_id, now, key=key)


async def _in_turn(session: AsyncSession, key: bytes) -> None:
    """One at a time for a key: on SQLite every writer is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(key[:8], "big", signed=True)
        await session.execute(select(func.pg_advisory_xact_lock(number)))


async def forgive(session: AsyncSession, event: str) -> None:
    """The attempt was a right one."""
    await session.execute(delete(SecurityEvent).where(SecurityEvent.id == event))


async def second_failed(session: AsyncSession, account_id: str, key: bytes, now: datetime) -> None:
    """Count a wrong second proof of somebody whose password was right."""
    await note(session, "second-failed", account_id, now, key=key)
    if await _wrong_seconds(session, account_id, now) == SECOND_TRIES:
        await note(session, "guessed", account_id, now)


async def may_try_second(session: AsyncSession, account_id: str, now: datetime) -> None:
    """TooMany where too many second proofs were wrong within the hour. Whoever asks about the same account
    waits until this transaction ends.
    """
    await _in_turn(session, bytes.fromhex(account_id))
    if await _wrong_seconds(session, account_id, now) >= SECOND_TRIES:
        raise TooMany("Too many second proofs were wrong. Wait an hour, and change your password.", 3600)


async def _wrong_seconds(session: AsyncSession, account_id: str, now: datetime) -> int:
    ask = select(func.count()).where(
        SecurityEvent.account_id == account_id,
        SecurityEvent.kind == "second-failed",
        SecurityEvent.at > now - WINDOW,
    )
    return int((await session.scalar(ask)) or 0)
