"""What people prove themselves with beside a password: an authenticator app, passkeys, recovery codes.

Each code counts once. Sources: RFC 6238 (time-based codes, s.5.2 on replay), W3C Web Authentication Level 3.
"""

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import pyotp
import webauthn
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from svro.casework import security
from svro.casework.access import Actor, require, require_in_person
from svro.casework.keyfile import Seal, hashed
from svro.errors import Conflict, Fault, Malformed, Missing
from svro.records.accounts import Authenticator, Passkey, Password, RecoveryCode, SpentProof
from svro.records.base import changed, new_id, put

ISSUER = "svro"
STEP = 30
CODES = 10
WRONG_CODE = "is not the one that the app shows now"
ANSWERS_WITHIN = timedelta(minutes=5)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Place(msgspec.Struct, frozen=True):
    """Where people meet us: `host` is what a passkey is bound to, `origin` the scheme, host and port."""

    host: str
    origin: str


class Challenge(msgspec.Struct, frozen=True, tag=True):
    """What a passkey must answer: travels sealed with the form. `account_id` None asks any passkey."""

    bytes: bytes
    account_id: str | None
    use: str


class Asking(msgspec.Struct, frozen=True):
    """A page's question to a passkey: its options as JSON, and the sealed challenge to send back."""

    options: str
    challenge: str


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """One of somebody's passkeys."""

    id: str
    label: str
    added_at: datetime
    used_at: datetime | None


class Proofs(msgspec.Struct, frozen=True, kw_only=True):
    """What an account can prove itself with."""

    password_changed_at: datetime | None
    authenticator_added_at: datetime | None
    passkeys: list[PasskeyView]
    codes_left: int


async def held(session: AsyncSession, account_id: str) -> Proofs:
    """What an account can prove itself with."""
    password = await session.scalar(select(Password.changed_at).where(Password.account_id == account_id))
    app = await session.scalar(select(Authenticator.added_at).where(Authenticator.account_id == account_id))
    keys = await session.scalars(
        select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.added_at, Passkey.id)
    )
    left = await session.scalar(
        select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    )
    return Proofs(
        password_changed_at=password,
        authenticator_added_at=app,
        passkeys=[
            PasskeyView(id=key.id, label=key.label, added_at=key.added_at, used_at=key.used_at)
            for key in keys
        ],
        codes_left=left or 0,
    )


# An authenticator app


def new_app_secret() -> str:
    """A secret for an authenticator app: 160 random bits in base 32."""
    return pyotp.random_base32()


def app_address(secret: str, sign_in_name: str) -> str:
    """What the app's square code holds."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=sign_in_name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute that a code is of: the present one, or one beside it for clocks that differ."""
    app, present, given = pyotp.TOTP(secret, interval=STEP), int(now.timestamp()) // STEP, _tidy(code)
    found = None
    for step in (present - 1, present, present + 1):
        if secrets.compare_digest(app.generate_otp(step).encode(), given.encode()):
            found = step
    return found


def _tidy(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()


async def add_app(
    session: AsyncSession, account_id: str, secret: str, code: str, seal: Seal, now: datetime
) -> None:
    """Keep an authenticator app, in place of any other, once a code shows that it has the secret."""
    step = step_of(secret, code, now)
    if step is None:
        raise Malformed([Fault("code", WRONG_CODE)])
    await session.execute(delete(Authenticator).where(Authenticator.account_id == account_id))
    await put(
        session, Authenticator, account_id=account_id, secret=seal.close(secret), last_step=step,
        added_at=now,
    )  # fmt: skip
    await security.note(session, "authenticator-added", account_id, now)


async def app_code_counts(
    session: AsyncSession, account_id: str, code: str, seal: Seal, now: datetime
) -> bool:
    """Whether a code of the account's app is right, and of a later half minute than any taken before."""
    sealed = await session.scalar(select(Authenticator.secret).where(Authenticator.account_id == account_id))
    step = step_of(seal.open(sealed), code, now) if sealed else None
    if step is None:
        return False
    taken = await changed(
        session,
        update(Authenticator)
        .where(Authenticator.account_id == account_id, Authenticator.last_step < step)
        .values(last_step=step),
    )
    return bool(taken == 1)


# Recovery codes


async def new_codes(session: AsyncSession, account_id: str, now: datetime) -> list[str]:
    """Ten new recovery codes, in place of all others: the one sight there is of them."""
    codes = ["-".join(_letters(4) for _ in range(4)) for _ in range(CODES)]
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    for code in codes:
        await put(session, RecoveryCode, account_id=account_id, hash=hashed(_tidy(code)))
    await security.note(session, "recovery-codes-made", account_id, now)
    return codes


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


async def recovery_code_counts(session: AsyncSession, account_id: str, code: str, now: datetime) -> bool:
    """Whether it is an unused recovery code of the account: used from now on."""
    used = await changed(
        session,
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.hash == hashed(_tidy(code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now),
    )
    if used != 1:
        return False
    await security.note(session, "recovery-code-used", account_id, now)
    return True


# Passkeys


async def ask_new_passkey(
    session: AsyncSession, account_id: str, sign_in_name: str, name: str, place: Place, seal: Seal,
    now: datetime,
) -> Asking:  # fmt: skip
    """What to ask a browser for, to add a passkey to an account."""
    known = await session.scalars(select(Passkey.credential_id).where(Passkey.account_id == account_id))
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=ISSUER,
        user_id=bytes.fromhex(account_id),
        user_name=sign_in_name,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=id) for id in known],
    )
    challenge = Challenge(options.challenge, account_id, "add")
    return Asking(options_to_json(options), seal.pack(challenge, now))


class AddPasskey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page's script sends to add a passkey."""

    credential: str
    challenge: str
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] = "Passkey"


async def add_passkey(
    session: AsyncSession, account_id: str, command: AddPasskey, place: Place, seal: Seal, now: datetime
) -> None:
    """Keep a new passkey of an account. Malformed where it answers no challenge of ours for it."""
    asked = seal.unpack(command.challenge, Challenge, ANSWERS_WITHIN, now)
    if asked is None or (asked.account_id, asked.use) != (account_id, "add"):
        raise Malformed([Fault("credential", "took too long: try again")])
    try:
        found = webauthn.verify_registration_response(
            credential=command.credential,
            expected_challenge=asked.bytes,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError) as error:
        raise Malformed([Fault("credential", "is not a passkey that we can keep")]) from error
    await _spend(session, asked, now)
    try:
        await put(
            session, Passkey, id=new_id(), account_id=account_id, credential_id=found.credential_id,
            public_key=found.credential_public_key, uses=found.sign_count, label=command.label, added_at=now,
        )  # fmt: skip
    except IntegrityError as twice:
        raise Conflict("This passkey is kept already.") from twice
    await security.note(session, "passkey-added", account_id, now, command.label)


async def ask_passkey(
    session: AsyncSession, account_id: str | None, use: str, place: Place, seal: Seal, now: datetime
) -> Asking:
    """What to ask a browser for: any passkey it has for us, or one of an account's own."""
    known: Any = []
    if account_id is not None:
        known = await session.scalars(select(Passkey.credential_id).where(Passkey.account_id == account_id))
    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        allow_credentials=[PublicKeyCredentialDescriptor(id=id) for id in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asking(options_to_json(options), seal.pack(Challenge(options.challenge, account_id, use), now))


async def passkey_counts(
    session: AsyncSession, credential: str, challenge: str, use: str, place: Place, seal: Seal, now: datetime
) -> str | None:
    """The account whose passkey answered a challenge of ours for this use, for the first time; or None."""
    asked = seal.unpack(challenge, Challenge, ANSWERS_WITHIN, now)
    if asked is None or asked.use != use:
        return None
    try:
        given: Any = msgspec.json.decode(credential)
        id = webauthn.base64url_to_bytes(given["rawId"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return None
    key = await session.scalar(select(Passkey).where(Passkey.credential_id == id))
    if key is None or asked.account_id not in (None, key.account_id):
        return None
    try:
        found = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=asked.bytes,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.uses,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    if not await _first(session, asked, now):
        return None
    counted = update(Passkey).where(Passkey.id == key.id).values(uses=found.new_sign_count, used_at=now)
    await session.execute(counted)
    return str(key.account_id)


async def _first(session: AsyncSession, asked: Challenge, now: datetime) -> bool:
    await session.execute(delete(SpentProof).where(SpentProof.ends_at < now))
    try:
        async with session.begin_nested():
            await put(session, SpentProof, hash=hashed(asked.bytes.hex()), ends_at=now + 2 * ANSWERS_WITHIN)
    except IntegrityError:
        return False
    return True


async def _spend(session: AsyncSession, asked: Challenge, now: datetime) -> None:
    if not await _first(session, asked, now):
        raise Malformed([Fault("credential", "took too long: try again")])


async def remove_passkey(session: AsyncSession, actor: Actor, id: str, now: datetime) -> None:
    """Remove one of the actor's own passkeys. Conflict where it is the only second proof they have."""
    require(actor, "account:manage_own")
    require_in_person(actor)
    has = await held(session, str(actor.account_id))
    if id not in {key.id for key in has.passkeys}:
        raise Missing
    if len(has.passkeys) == 1 and has.authenticator_added_at is None:
        raise Conflict(
            "It is your only way to prove who you are. Add an authenticator app or a passkey first."
        )
    await session.execute(delete(Passkey).where(Passkey.id == id, Passkey.account_id == actor.account_id))
    await security.note(session, "passkey-removed", actor.account_id, now)


async def forget_all(session: AsyncSession, account_id: str) -> None:
    """Take away everything an account could prove itself with."""
    for kind in (Password, Authenticator, Passkey, RecoveryCode):
        await session.execute(delete(kind).where(kind.account_id == account_id))
