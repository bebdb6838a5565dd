"""One's own proofs on pages: the password, the authenticator app, passkeys, recovery codes."""

from datetime import datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro import reading as structs
from svro.casework import own_proofs, proofs
from svro.casework.access import Actor, require_in_person
from svro.casework.own_proofs import ChangePassword
from svro.casework.proofs import AddPasskey
from svro.doors import AnyRequest, Reading, Real, Who, Writing
from svro.errors import Fault, Malformed
from svro.records.reach import NONE
from svro.web.entrance import device
from svro.web.forms import Answers, Field, answers
from svro.web.proving import AGAIN, APP_CODE, LABEL, NEW_PASSWORD, entrance, offer, one, prove
from svro.web.site import page, see


@get("/account/password", opt={"permission": "account:manage_own"})
async def ask_password(request: AnyRequest, who: Who) -> Response[Any]:
    """Ask for a new password."""
    require_in_person(who)
    return _own(request, "Change your password", (NEW_PASSWORD, AGAIN), "Change the password", lead=[
        "Every other session of yours ends.",
    ])  # fmt: skip


def _own(
    request: AnyRequest, title: str, fields: tuple[Field, ...], button: str, **content: Any
) -> Response[Any]:
    return prove(request, title, fields, button, back="/account", **content)


@post("/account/password", opt={"permission": "account:manage_own"})
async def new_password(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Change the password."""
    at, given = entrance(request), await answers(request)
    command = ChangePassword(password=one(given, "password"), again=one(given, "again"))
    try:
        await own_proofs.change_password(at.desk, who, at.secret(request), command, real)
    except Malformed as bad:
        return _own(
            request, "Change your password", (NEW_PASSWORD, AGAIN), "Change the password",
            faults=list(bad.faults),
        )  # fmt: skip
    return see("/account?changed=password")


@get("/account/app", opt={"permission": "account:manage_own"})
async def ask_app(request: AnyRequest, reading: Reading, who: Who, real: Real) -> Response[Any]:
    """Offer an authenticator app a secret."""
    require_in_person(who)
    name = await own_proofs.sign_in_name(reading, who)
    return _app(request, str(who.account_id), name, real)


def _app(
    request: AnyRequest, account_id: str, name: str, now: datetime, given: Answers | None = None,
    faults: list[Fault] | None = None,
) -> Response[Any]:  # fmt: skip
    app, sealed = offer(request, account_id, name, now, given)
    return _own(
        request, "Add an authenticator app", (APP_CODE,), "Add this app", app=app, hidden=[("app", sealed)],
        faults=faults, lead=["It takes the place of any other app: only one gives codes that are taken."],
    )  # fmt: skip


@post("/account/app", opt={"permission": "account:manage_own"})
async def new_app(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Keep the app."""
    at, given = entrance(request), await answers(request)
    try:
        await own_proofs.add_app(at.desk, who, one(given, "app"), one(given, "code"), real)
    except Malformed as bad:
        async with at.desk.database.read(NONE) as session:
            name = await own_proofs.sign_in_name(session, who)
        return _app(request, str(who.account_id), name, real, given, list(bad.faults))
    return see("/account?changed=app")


@get("/account/passkeys/new", opt={"permission": "account:manage_own"})
async def ask_new_passkey(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Ask the browser for a passkey."""
    require_in_person(who)
    return await _new_passkey(request, who, real)


async def _new_passkey(
    request: AnyRequest, who: Actor, now: datetime, faults: list[Fault] | None = None
) -> Response[Any]:
    at = entrance(request)
    async with at.desk.database.read(NONE) as session:
        name = await own_proofs.sign_in_name(session, who)
        asking = await proofs.ask_new_passkey(
            session, str(who.account_id), name, who.name, at.place(request), at.desk.seal, now
        )
    return _own(
        request, "Add a passkey", (), "", asking=asking, asking_new=True, faults=faults,
        asking_fields=(LABEL,), passkey_button="Add a passkey", given={"label": [device(request)]},
        lead=["A passkey lets you in with your fingerprint, face or screen lock, and cannot be given away."],
    )  # fmt: skip


@post("/account/passkeys/new", opt={"permission": "account:manage_own"})
async def new_passkey(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Keep the passkey."""
    at, given = entrance(request), await answers(request)
    try:
        sent = {name: one(given, name).strip() for name in AddPasskey.__struct_fields__}
        await own_proofs.add_passkey(at.desk, who, structs.read(AddPasskey, sent), at.place(request), real)
    except Malformed as bad:
        return await _new_passkey(request, who, real, list(bad.faults))
    return see("/account?changed=passkey")


@post("/account/passkeys/{passkey_id:str}/remove", opt={"permission": "account:manage_own"})
async def remove_passkey(writing: Writing, who: Who, real: Real, passkey_id: FromPath[str]) -> Response[Any]:
    """Remove one of one's own passkeys."""
    await proofs.remove_passkey(writing, who, passkey_id, real)
    return see("/account?changed=removed")


@get("/account/passkeys/{passkey_id:str}/remove", opt={"permission": "account:manage_own"})
async def removing_passkey(passkey_id: FromPath[str]) -> Response[Any]:
    """Whoever had to prove who they are comes back to the button they pressed."""
    return see("/account")


@get("/account/recovery-codes", opt={"permission": "account:manage_own"})
async def ask_codes(request: AnyRequest, who: Who) -> Response[Any]:
    """Ask whether the old codes may go."""
    require_in_person(who)
    return page(request, "confirm.html", "Make new recovery codes", back="/account", button="Make new codes",
                lead="The old ones open nothing from then on.")  # fmt: skip


@post("/account/recovery-codes", opt={"permission": "account:manage_own"})
async def new_codes(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Make them, and show them once."""
    codes = await own_proofs.new_codes(entrance(request).desk, who, real)
    return page(request, "codes.html", "Your recovery codes", codes=codes, onward="/account")


router = Router(
    "/",
    route_handlers=[
        ask_password, new_password, ask_app, new_app, ask_new_passkey, new_passkey, remove_passkey,
        removing_passkey, ask_codes, new_codes,
    ],
    include_in_schema=False,
)  # fmt: skip
