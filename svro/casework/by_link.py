"""The link that opens once: to set up an account by invitation, or to set a new password."""

from datetime import datetime
from typing import Annotated

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import passwords, proofs, security, sessions
from svro.casework.keyfile import hashed
from svro.casework.own_proofs import keep_password, reopened_app
from svro.casework.proofs import Place
from svro.casework.signing_in import Desk, code_counts, let_in
from svro.errors import Fault, Malformed, Missing
from svro.records.accounts import AccountLink, Password
from svro.records.base import changed, put
from svro.records.people import Account
from svro.records.reach import NONE


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that still opens: what it is for and whose account it is."""

    id: str
    kind: str
    account_id: str
    name: str
    sign_in_name: str


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
        return codes, await let_in(desk, session, opened.account_id, device, how, now)


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
        if not await code_counts(desk, session, opened.account_id, given.code, now):
            key = security.key_of(desk.seal.secret("attempts"), opened.sign_in_name, "a link")
            await security.second_failed(session, opened.account_id, key, now)
            return False
        await _use(session, opened, now)
        await keep_password(session, opened.account_id, chosen, now)
        await sessions.end_all(session, opened.account_id, now)
        await security.note(session, "password-reset", opened.account_id, now)
    return True
