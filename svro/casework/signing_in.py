"""How somebody gets in: by a password and a second proof, or by a passkey, which is both; by a link the first
time; and how they prove it anew.

Nobody learns from an answer, from its size or from what it costs whether a name is anybody's.
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import passwords, proofs, security, sessions
from svro.casework.access import Actor, require, require_in_person
from svro.casework.passwords import Passwords
from svro.casework.proofs import Asking, Place
from svro.casework.sealing import Seal, hashed
from svro.errors import Fault, Malformed, Missing, Unauthenticated
from svro.records.accounts import AccountLink, Authenticator, Passkey, Password
from svro.records.base import Database, changed, put
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


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that still opens: what it is for and whose account it is."""

    id: str
    kind: str
    account_id: str
    name: str
    sign_in_name: str


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
        return await _in(
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
    return await _code_counts(desk, session, account_id, code, now)


async def _code_counts(
    desk: Desk, session: AsyncSession, account_id: str, code: str, now: datetime
) -> str | None:
    if await proofs.app_code_counts(session, account_id, code, desk.seal, now):
        return "authenticator app"
    if await proofs.recovery_code_counts(session, account_id, code, now):
        return "recovery code"
    return None


async def _in(
    desk: Desk, session: AsyncSession, account_id: str, device: str, how: str, now: datetime,
    key: bytes | None = None,
) -> str:  # fmt: skip
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
        return await _in(desk, session, whose, device, "Passkey", now)


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


# By a link


async def link(session: AsyncSession, secret: str, now: datetime) -> Link:
    """What a link opens. Missing where it is used, too old, ended, or none: all alike."""
    ask = (
        select(AccountLink, Account)
        .join(Account, Account.id == AccountLink.account_id)
        .where(
            AccountLink.hash == hashed(secret),
            AccountLink.used_at.is_(None),
            AccountLink.ends_at > now,
            Account.ended_at.is_(None),
        )
    )
    row = (await session.execute(ask)).one_or_none()
    if row is None:
        raise Missing
    held, account = row
    return Link(
        id=held.id, kind=held.kind, account_id=account.id, name=account.name,
        sign_in_name=account.sign_in_name or "",
    )  # fmt: skip


async def _use(session: AsyncSession, opened: Link, now: datetime) -> None:
    used = await changed(
        session,
        update(AccountLink)
        .where(AccountLink.id == opened.id, AccountLink.used_at.is_(None))
        .values(used_at=now),
    )
    if used != 1:
        raise Missing


class SetUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How somebody invited will sign in: a password with an authenticator app, or a passkey."""

    password: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    again: str = ""
    app: str = ""
    code: str = ""
    credential: str = ""
    challenge: str = ""
    label: str = "Passkey"


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


async def set_up(
    desk: Desk, secret: str, given: SetUp, device: str, place: Place, now: datetime
) -> tuple[list[str], str]:
    """Set up an account by its link, which opens nothing afterwards: (recovery codes, the secret of the first
    session). Malformed with every fault; Missing where the link opens nothing.
    """
    async with desk.database.read(NONE) as session:
        opened = await link(session, secret, now)
    if opened.kind != "set-up":
        raise Missing
    app = None if given.credential else reopened_app(desk, opened.account_id, given.app, now)
    faults = _password_faults(given, opened) if given.password or not given.credential else []
    if not given.credential and app is None:
        faults.append(Fault("code", "took too long: scan the new square, and type its code"))
    elif app is not None and proofs.step_of(app, given.code, now) is None:
        faults.append(Fault("code", proofs.WRONG_CODE))
    if faults:
        raise Malformed(faults)
    chosen = await desk.passwords.hash(given.password) if given.password else None
    async with desk.database.write(NONE) as session:
        opened = await link(session, secret, now)
        await _use(session, opened, now)
        await proofs.forget_all(session, opened.account_id)
        await sessions.end_all(session, opened.account_id, now)
        if chosen:
            await put(session, Password, account_id=opened.account_id, hash=chosen, changed_at=now)
        if given.credential:
            adding = proofs.AddPasskey(
                credential=given.credential, challenge=given.challenge, label=given.label or "Passkey"
            )
            await proofs.add_passkey(session, opened.account_id, adding, place, desk.seal, now)
        elif app is not None:
            await proofs.add_app(session, opened.account_id, app, given.code, desk.seal, now)
        codes = await proofs.new_codes(session, opened.account_id, now)
        await security.note(session, "set-up", opened.account_id, now)
        how = "Passkey" if given.credential else "Password and authenticator app"
        return codes, await _in(desk, session, opened.account_id, device, how, now)


def _password_faults(given: SetUp, whose: Link) -> list[Fault]:
    faults = passwords.faults(given.password, whose.name, whose.sign_in_name)
    if given.again != given.password:
        faults.append(Fault("again", "must be the same password"))
    return faults


async def reset(desk: Desk, secret: str, given: SetUp, now: datetime) -> bool:
    """Set a new password by a link; a code of the app or a recovery code is asked for all the same, and every
    session ends. False where that is wrong: the link still opens then.
    """
    async with desk.database.read(NONE) as session:
        opened = await link(session, secret, now)
    if opened.kind != "reset":
        raise Missing
    if faults := _password_faults(given, opened):
        raise Malformed(faults)
    chosen = await desk.passwords.hash(given.password)
    async with desk.database.write(NONE) as session:
        opened = await link(session, secret, now)
        await security.may_try_second(session, opened.account_id, now)
        if not await _code_counts(desk, session, opened.account_id, given.code, now):
            key = security.key_of(desk.seal.secret("attempts"), opened.sign_in_name, "a link")
            await security.second_failed(session, opened.account_id, key, now)
            return False
        await _use(session, opened, now)
        await _keep_password(session, opened.account_id, chosen, now)
        await sessions.end_all(session, opened.account_id, now)
        await security.note(session, "password-reset", opened.account_id, now)
    return True


async def _keep_password(session: AsyncSession, account_id: str, hash: str, now: datetime) -> None:
    change = update(Password).where(Password.account_id == account_id).values(hash=hash, changed_at=now)
    if await changed(session, change) == 0:
        await put(session, Password, account_id=account_id, hash=hash, changed_at=now)


# One's own proofs, signed in


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
        await _keep_password(session, str(actor.account_id), chosen, now)
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
