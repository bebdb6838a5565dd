"""One's own proofs, changed by their holder: password, authenticator app, passkeys, recovery codes."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import passwords, proofs, security, sessions
from svro.casework.access import Actor, require, require_in_person
from svro.casework.proofs import Place
from svro.casework.signing_in import Desk
from svro.errors import Fault, Malformed
from svro.records.accounts import Authenticator, Passkey, Password
from svro.records.base import changed, put
from svro.records.people import Account
from svro.records.reach import NONE


class AppSecret(msgspec.Struct, frozen=True, tag=True):
    """A secret offered to somebody's app, sealed into the page that shows it."""

    account_id: str
    secret: str


APP_WITHIN = timedelta(minutes=30)


def offered_app(desk: Desk, account_id: str, now: datetime) -> tuple[str, str]:
    """(a new secret for an authenticator app, the same sealed to travel with the page)."""
    secret = proofs.new_app_secret()
    return secret, desk.seal.pack(AppSecret(account_id, secret), now)


def reopened_app(desk: Desk, account_id: str, sealed: str, now: datetime) -> str | None:
    """The secret that a page offered this account, if it is not too old."""
    found = desk.seal.unpack(sealed, AppSecret, APP_WITHIN, now)
    return found.secret if found is not None and found.account_id == account_id else None


async def keep_password(session: AsyncSession, account_id: str, hash: str, now: datetime) -> None:
    """Keep the hash of a new password, instead of the one before."""
    change = update(Password).where(Password.account_id == account_id).values(hash=hash, changed_at=now)
    if await changed(session, change) == 0:
        await put(session, Password, account_id=account_id, hash=hash, changed_at=now)


class ChangePassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password, typed twice."""

    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    again: str


async def change_password(
    desk: Desk, actor: Actor, secret: str | None, given: ChangePassword, now: datetime
) -> None:
    """Set a new password of one's own; every other session ends. ProveAgain where it is not just proved."""
    require(actor, "account:manage_own")
    require_in_person(actor)
    async with desk.database.read(NONE) as session:
        name = await session.scalar(select(Account.sign_in_name).where(Account.id == actor.account_id))
    faults = passwords.faults(given.password, actor.name, name or "")
    if given.again != given.password:
        faults.append(Fault("again", "must be the same password"))
    if faults:
        raise Malformed(faults)
    chosen = await desk.passwords.hash(given.password)
    async with desk.database.write(NONE) as session:
        await keep_password(session, str(actor.account_id), chosen, now)
        await sessions.end_others(session, actor, secret, now)
        await security.note(session, "password-changed", actor.account_id, now)


async def sign_in_name(session: AsyncSession, actor: Actor) -> str:
    """What the actor types to sign in."""
    return (await session.scalar(select(Account.sign_in_name).where(Account.id == actor.account_id))) or ""


async def ever_set_up(session: AsyncSession, account_id: str) -> bool:
    """Whether an account has anything to prove itself with."""
    for kind in (Password, Authenticator, Passkey):
        if await session.scalar(select(kind.account_id).where(kind.account_id == account_id).limit(1)):
            return True
    return False


async def add_app(desk: Desk, actor: Actor, sealed: str, code: str, now: datetime) -> None:
    """Put another authenticator app in the place of one's own. ProveAgain where it is not just proved."""
    require(actor, "account:manage_own")
    require_in_person(actor)
    secret = reopened_app(desk, str(actor.account_id), sealed, now)
    if secret is None:
        raise Malformed([Fault("code", "took too long: scan the new square, and type its code")])
    async with desk.database.write(NONE) as session:
        await proofs.add_app(session, str(actor.account_id), secret, code, desk.seal, now)


async def add_passkey(
    desk: Desk, actor: Actor, given: proofs.AddPasskey, place: Place, now: datetime
) -> None:
    """Add a passkey of one's own. ProveAgain where it is not just proved."""
    require(actor, "account:manage_own")
    require_in_person(actor)
    async with desk.database.write(NONE) as session:
        await proofs.add_passkey(session, str(actor.account_id), given, place, desk.seal, now)


async def new_codes(desk: Desk, actor: Actor, now: datetime) -> list[str]:
    """Ten new recovery codes of one's own, in place of the old. ProveAgain where it is not just proved."""
    require(actor, "account:manage_own")
    require_in_person(actor)
    async with desk.database.write(NONE) as session:
        return await proofs.new_codes(session, str(actor.account_id), now)
