"""How somebody gets in: by a password and a second proof, or by a passkey, which is both; and how they prove
it anew.

Nobody learns from an answer, from its size or from what it costs whether a name is anybody's.
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import proofs, security, sessions
from svro.casework.access import Actor
from svro.casework.keyfile import Seal
from svro.casework.passwords import Passwords
from svro.casework.proofs import Asking, Place
from svro.errors import Unauthenticated
from svro.records.accounts import Passkey, Password
from svro.records.base import Database
from svro.records.people import Account
from svro.records.reach import NONE
from svro.settings import Settings

SECOND_WITHIN = timedelta(minutes=5)
WRONG = "The name or the password is wrong, or the account is closed."
WRONG_SECOND = "is wrong, was used before, or is too old"


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first page of signing in."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class FirstProof(msgspec.Struct, frozen=True, tag=True):
    """The password was right: travels sealed to the page for the second proof, and opens nothing itself.
    `event` is the attempt, `hash` the password's own as it was, so that changing it ends what is half done.
    """

    account_id: str
    hash: str
    key: str


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What signing in stands on."""

    database: Database
    settings: Settings
    seal: Seal
    passwords: Passwords


def tidy_name(name: str) -> str:
    """A sign-in name as it is kept."""
    return "".join(name.split()).lower()


async def first(desk: Desk, given: Credentials, peer: str, now: datetime) -> str | None:
    """The sealed step to the second proof where name and password are right, else None. TooMany while this
    name from this address has to wait.

    A name that is nobody's costs the same statements and the same hashing.
    """
    name = tidy_name(given.name)
    key = security.key_of(desk.seal.secret("attempts"), name, peer)
    async with desk.database.write(NONE) as session:
        ask = (
            select(Account.id, Account.ended_at, Password.hash)
            .outerjoin(Password, Password.account_id == Account.id)
            .where(Account.sign_in_name == name, Account.kind == "person")
        )
        found = (await session.execute(ask)).one_or_none()
        attempt = await security.try_once(session, key, found.id if found else None, now)
    usable = found is not None and found.ended_at is None
    right = await desk.passwords.right(found.hash if found and usable else None, given.password)
    if not right or found is None:
        return None
    kept = found.hash
    renewed = await desk.passwords.hash(given.password) if desk.passwords.outdated(kept) else None
    async with desk.database.write(NONE) as session:
        await security.forgive(session, attempt)
        if renewed:
            change = update(Password).where(Password.account_id == found.id, Password.hash == kept)
            await session.execute(change.values(hash=renewed))
    return desk.seal.pack(FirstProof(found.id, renewed or kept, key.hex()), now)


async def second(
    desk: Desk, step: str, code: str, device: str, place: Place, now: datetime, *, credential: str = "",
    challenge: str = "",
) -> str | None:  # fmt: skip
    """The secret of a new session where the second proof is right: a code of the app, a recovery code or a
    passkey. None where it is wrong. Unauthenticated where the first proof is too old.
    """
    half = desk.seal.unpack(step, FirstProof, SECOND_WITHIN, now)
    if half is None:
        raise Unauthenticated("That took too long. Begin again.")
    async with desk.database.write(NONE) as session:
        ask = select(Account.id).join(Password, Password.account_id == Account.id)
        live = ask.where(
            Account.id == half.account_id, Account.ended_at.is_(None), Password.hash == half.hash
        )
        if await session.scalar(live) is None:
            raise Unauthenticated("That took too long. Begin again.")
        await security.may_try_second(session, half.account_id, now)
        how = await _second_counts(
            desk, session, half.account_id, code, place, now, credential, challenge, "second"
        )
        if how is None:
            await security.second_failed(session, half.account_id, bytes.fromhex(half.key), now)
            return None
        return await let_in(
            desk, session, half.account_id, device, f"Password and {how}", now, bytes.fromhex(half.key)
        )


async def _second_counts(
    desk: Desk, session: AsyncSession, account_id: str, code: str, place: Place, now: datetime,
    credential: str, challenge: str, use: str,
) -> str | None:  # fmt: skip
    """How the second proof was given, or None where it is wrong."""
    if credential:
        whose = await proofs.passkey_counts(session, credential, challenge, use, place, desk.seal, now)
        return "passkey" if whose == account_id else None
    return await code_counts(desk, session, account_id, code, now)


async def code_counts(
    desk: Desk, session: AsyncSession, account_id: str, code: str, now: datetime
) -> str | None:
    """Which code it was, of the app or for recovery; None where it is neither."""
    if await proofs.app_code_counts(session, account_id, code, desk.seal, now):
        return "authenticator app"
    if await proofs.recovery_code_counts(session, account_id, code, now):
        return "recovery code"
    return None


async def let_in(
    desk: Desk, session: AsyncSession, account_id: str, device: str, how: str, now: datetime,
    key: bytes | None = None,
) -> str:  # fmt: skip
    """Note that somebody signed in, and how: the secret of their new session."""
    await security.note(session, "signed-in", account_id, now, f"{how}, {device}", key=key)
    return await sessions.begin(session, account_id, device, how, desk.settings, now)


async def by_passkey(
    desk: Desk, credential: str, challenge: str, device: str, place: Place, now: datetime
) -> str | None:
    """The secret of a new session for whoever's passkey it is; None where it is nobody's here."""
    async with desk.database.write(NONE) as session:
        whose = await proofs.passkey_counts(session, credential, challenge, "sign-in", place, desk.seal, now)
        live = select(Account.id).where(Account.id == whose, Account.ended_at.is_(None))
        if whose is None or await session.scalar(live) is None:
            return None
        return await let_in(desk, session, whose, device, "Passkey", now)


async def asked_second(desk: Desk, step: str, place: Place, now: datetime) -> Asking | None:
    """What to ask a passkey for as second proof; None where the account has none, or the step is too old."""
    half = desk.seal.unpack(step, FirstProof, SECOND_WITHIN, now)
    if half is None:
        return None
    return await _asked(desk, half.account_id, "second", place, now)


async def asked_again(desk: Desk, account_id: str, place: Place, now: datetime) -> Asking | None:
    """What to ask a passkey for to prove anew who somebody is; None where they have none."""
    return await _asked(desk, account_id, "again", place, now)


async def _asked(desk: Desk, account_id: str, use: str, place: Place, now: datetime) -> Asking | None:
    async with desk.database.read(NONE) as session:
        if await session.scalar(select(Passkey.id).where(Passkey.account_id == account_id).limit(1)) is None:
            return None
        return await proofs.ask_passkey(session, account_id, use, place, desk.seal, now)


async def again(
    desk: Desk, actor: Actor, secret: str, password: str, code: str, peer: str, place: Place, now: datetime,
    *, credential: str = "", challenge: str = "",
) -> str | None:  # fmt: skip
    """Prove anew who one is, with a passkey or with password and code: the session's new secret, or None
    where something is wrong. TooMany as when signing in.
    """
    account_id = str(actor.account_id)
    key = security.key_of(desk.seal.secret("attempts"), account_id, peer)
    async with desk.database.write(NONE) as session:
        kept = await session.scalar(select(Password.hash).where(Password.account_id == account_id))
        attempt = await security.try_once(session, key, account_id, now)
    if not credential and not await desk.passwords.right(kept, password):
        return None
    async with desk.database.write(NONE) as session:
        await security.may_try_second(session, account_id, now)
        how = await _second_counts(
            desk, session, account_id, code, place, now, credential, challenge, "again"
        )
        await security.forgive(session, attempt)
        if how is None:
            await security.second_failed(session, account_id, key, now)
            return None
        return await sessions.prove(session, secret, account_id, now)
