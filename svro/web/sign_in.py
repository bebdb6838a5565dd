"""Signing in on pages: the first and the second proof, the link that opens once, proving it anew, and one's
own password, authenticator app, passkeys and recovery codes.
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
import segno
from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro import reading as structs
from svro.casework import proofs, sessions, signing_in
from svro.casework.access import Actor, require_in_person
from svro.casework.proofs import AddPasskey
from svro.casework.signing_in import WRONG, WRONG_SECOND, ChangePassword, Credentials, Link, SetUp
from svro.doors import AnyRequest, Reading, Real, Who, Writing
from svro.errors import Fault, Malformed
from svro.records.reach import NONE
from svro.web.entrance import Entrance, device
from svro.web.forms import Answers, Field, answers, message
from svro.web.home import local
from svro.web.site import page, see

NAME = Field(
    name="name", label="Sign-in name", width=20, autocomplete="username",
    hint="The one you were given, such as avery.ashdown",
)  # fmt: skip
PASSWORD = Field(name="password", label="Password", kind="password", autocomplete="current-password")
NEW_PASSWORD = Field(
    name="password", label="New password", kind="password", autocomplete="new-password", called="Password",
    hint="Twelve characters or more. Three or four words that have nothing to do with you are best.",
)  # fmt: skip
AGAIN = Field(
    name="again", label="The same password again", kind="password", autocomplete="new-password",
    called="The second password",
)  # fmt: skip
CODE = Field(
    name="code", label="Code", width=20, autocomplete="one-time-code",
    hint="Six figures from your authenticator app, or one of your recovery codes",
)  # fmt: skip
APP_CODE = Field(
    name="code", label="The code that the app now shows", called="The code", width=10,
    autocomplete="one-time-code", hint="Six figures",
)  # fmt: skip
LABEL = Field(
    name="label", label="What do you call this passkey?", called="Its name", width=20,
    hint="So that you know it again, such as Work phone",
)  # fmt: skip


class App(msgspec.Struct, frozen=True):
    """A secret for an authenticator app as a page shows it."""

    secret: str
    square: str


def _entrance(request: AnyRequest) -> Entrance:
    found: Entrance = request.app.state.sign_in
    return found


def _one(given: Answers, name: str) -> str:
    return next(iter(given.get(name, ())), "")


def _next(request: AnyRequest) -> str:
    return local(request.query_params.get("next", "/"))


def _shown(faults: list[Fault], fields: tuple[Field, ...]) -> dict[str, dict[str, Any]]:
    known = {field.name: field for field in fields}
    return {
        fault.field: {"text": message(known[fault.field], fault) if fault.field in known else fault.reason}
        for fault in reversed(faults)
    }


def _prove(
    request: AnyRequest,
    title: str,
    fields: tuple[Field, ...],
    button: str,
    *,
    given: Answers | None = None,
    faults: list[Fault] | None = None,
    **content: Any,
) -> Response[Any]:
    """A page that asks for proofs. A code or a password is never shown again."""
    kept = {name: values for name, values in (given or {}).items() if name in ("name", "label")}
    return page(
        request, "prove.html", title, status=400 if faults else 200, fields=fields, button=button, given=kept,
        faults=_shown(faults or [], (*fields, *content.get("asking_fields", ()))),
        **{"hidden": [], "lead": [], **content},
    )  # fmt: skip


# In and out


@get("/sign-in", opt={"permission": "session:begin"})
async def ask(request: AnyRequest, real: Real) -> Response[Any]:
    """Ask who it is."""
    return await _ask(request, real)


async def _ask(
    request: AnyRequest, now: datetime, given: Answers | None = None, faults: list[Fault] | None = None
) -> Response[Any]:
    at = _entrance(request)
    async with at.desk.database.read(NONE) as session:
        asking = await proofs.ask_passkey(session, None, "sign-in", at.place(request), at.desk.seal, now)
    return _prove(
        request, "Sign in", (NAME, PASSWORD), "Continue", given=given, faults=faults, asking=asking,
        passkey_button="Sign in with a passkey", otherwise="With a password",
        after="No way in? An administrator of your force can give you a link to set a new password.",
    )  # fmt: skip


@post("/sign-in", opt={"permission": "session:begin"})
async def first(request: AnyRequest, real: Real) -> Response[Any]:
    """A passkey opens at once; a password leads to the second proof."""
    at, given = _entrance(request), await answers(request)
    if credential := _one(given, "credential"):
        secret = await signing_in.by_passkey(
            at.desk, credential, _one(given, "challenge"), device(request), at.place(request), real
        )
        if secret is None:
            return await _ask(request, real, given, [Fault("credential", "This passkey opens nothing here.")])
        return await _let_in(request, secret, real)
    sent = {name: _one(given, name) for name in ("name", "password")}
    if faults := [Fault(name, "is required") for name, value in sent.items() if not value.strip()]:
        return await _ask(request, real, given, faults)
    if faults := list(structs.faults(Credentials, sent)):
        return await _ask(request, real, given, faults)
    step = await signing_in.first(at.desk, Credentials(**sent), at.peer(request), real)
    if step is None:
        return await _ask(request, real, given, [Fault("name", WRONG)])
    return await _second(request, step, real)


async def _second(
    request: AnyRequest, step: str, now: datetime, faults: list[Fault] | None = None
) -> Response[Any]:
    at = _entrance(request)
    asking = await signing_in.asked_second(at.desk, step, at.place(request), now)
    return _prove(
        request, "Is it really you?", (CODE,), "Sign in", faults=faults, asking=asking,
        passkey_button="Use a passkey", otherwise="With a code", hidden=[("step", step)],
        action=f"/sign-in/second?next={quote(_next(request), safe='/')}", back="/sign-in",
    )  # fmt: skip


@post("/sign-in/second", opt={"permission": "session:begin"})
async def second(request: AnyRequest, real: Real) -> Response[Any]:
    """The second proof opens."""
    at, given = _entrance(request), await answers(request)
    step = _one(given, "step")
    secret = await signing_in.second(
        at.desk, step, _one(given, "code"), device(request), at.place(request), real,
        credential=_one(given, "credential"), challenge=_one(given, "challenge"),
    )  # fmt: skip
    if secret is None:
        return await _second(request, step, real, [Fault("code", WRONG_SECOND)])
    return await _let_in(request, secret, real)


async def _let_in(request: AnyRequest, secret: str, now: datetime) -> Response[Any]:
    """The browser's new session, and the end of the one it may have had."""
    at = _entrance(request)
    if old := at.secret(request):
        async with at.desk.database.write(NONE) as session:
            await sessions.sign_out(session, old, now)
    answer = see(_next(request))
    at.let_in(answer, secret)
    return answer


@get("/sign-in/second", opt={"permission": "session:begin"})
async def second_alone(request: AnyRequest) -> Response[Any]:
    """Whoever comes here without a first proof begins with it."""
    return see("/sign-in")


@post("/sign-out", opt={"permission": "session:begin"})
async def leave(request: AnyRequest, writing: Writing, real: Real) -> Response[Any]:
    """End this browser's session."""
    at, answer = _entrance(request), see("/")
    if secret := at.secret(request):
        await sessions.sign_out(writing, secret, real)
    at.let_out(answer)
    return answer


# The link that opens once


@get("/sign-in/link/{secret:str}", opt={"permission": "session:begin"})
async def open_link(
    request: AnyRequest, reading: Reading, real: Real, secret: FromPath[str]
) -> Response[Any]:
    """Show what the link is for. Looking uses nothing up."""
    return await _linked(request, await signing_in.link(reading, secret, real), real)


async def _linked(
    request: AnyRequest, opened: Link, now: datetime, given: Answers | None = None,
    faults: list[Fault] | None = None,
) -> Response[Any]:  # fmt: skip
    at = _entrance(request)
    place = at.place(request)
    lead = [f"Your sign-in name is {opened.sign_in_name}. Keep it: it is asked for each time."]
    if opened.kind == "reset":
        return _prove(
            request, "Set a new password", (NEW_PASSWORD, AGAIN, CODE), "Set the password", faults=faults,
            caption=opened.name,
            lead=[*lead, "Your authenticator app or a recovery code is asked for all the same. If you have a "
                  "passkey, sign in with it instead, and change your password in your account."],
        )  # fmt: skip
    async with at.desk.database.read(NONE) as session:
        asking = await proofs.ask_new_passkey(
            session, opened.account_id, opened.sign_in_name, opened.name, place, at.desk.seal, now
        )
    app, sealed = _offer(request, opened.account_id, opened.sign_in_name, now, given)
    return _prove(
        request, "Set up your account", (NEW_PASSWORD, AGAIN, APP_CODE), "Set up", given=given, faults=faults,
        caption=opened.name, lead=lead, asking=asking, asking_new=True, app=app, hidden=[("app", sealed)],
        passkey_button="Set up with a passkey", otherwise="With a password and an authenticator app",
    )  # fmt: skip


def _offer(
    request: AnyRequest, account_id: str, sign_in_name: str, now: datetime, given: Answers | None
) -> tuple[App, str]:
    """(a secret for an authenticator app with its square, the same sealed): the one that was offered before,
    where the page is shown again, so that nobody has to scan twice.
    """
    desk = _entrance(request).desk
    sealed = _one(given or {}, "app")
    secret = signing_in.reopened_app(desk, account_id, sealed, now)
    if secret is None:
        secret, sealed = signing_in.offered_app(desk, account_id, now)
    code = segno.make(proofs.app_address(secret, sign_in_name), error="m")
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return App(spaced, code.svg_inline(omitsize=True, svgclass=None, lineclass=None)), sealed


@post("/sign-in/link/{secret:str}", opt={"permission": "session:begin"})
async def use_link(request: AnyRequest, real: Real, secret: FromPath[str]) -> Response[Any]:
    """Set up the account, or a new password."""
    at, given = _entrance(request), await answers(request)
    async with at.desk.database.read(NONE) as session:
        opened = await signing_in.link(session, secret, real)
    sent = {name: _one(given, name) for name in SetUp.__struct_fields__}
    try:
        command = structs.read(SetUp, {**sent, "label": device(request)})
        if opened.kind == "reset":
            if await signing_in.reset(at.desk, secret, command, real):
                return page(request, "explain.html", "Your new password is set", problem={
                    "detail": "Every session has ended. Sign in with the new password.", "status": 401,
                })  # fmt: skip
            return await _linked(request, opened, real, given, [Fault("code", WRONG_SECOND)])
        codes, began = await signing_in.set_up(
            at.desk, secret, command, device(request), at.place(request), real
        )
    except Malformed as bad:
        return await _linked(request, opened, real, given, list(bad.faults))
    answer = page(request, "codes.html", "Your recovery codes", codes=codes, onward="/")
    at.let_in(answer, began)
    return answer


# Proving it anew


@get("/sign-in/again", opt={"permission": "account:manage_own"})
async def ask_again(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Ask for the proofs anew."""
    return await _ask_again(request, str(who.account_id), real)


async def _ask_again(
    request: AnyRequest, account_id: str, now: datetime, faults: list[Fault] | None = None
) -> Response[Any]:
    at = _entrance(request)
    asking = await signing_in.asked_again(at.desk, account_id, at.place(request), now)
    return _prove(
        request, "Prove again that it is you", (PASSWORD, CODE), "Continue", faults=faults, asking=asking,
        passkey_button="Use a passkey", otherwise="With your password",
        lead=["What you are about to do takes you in person. Ten minutes from now you would be asked again."],
    )  # fmt: skip


@post("/sign-in/again", opt={"permission": "account:manage_own"})
async def again(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Take the proofs: the session gets a new secret."""
    at, given = _entrance(request), await answers(request)
    secret = await signing_in.again(
        at.desk, who, at.secret(request) or "", _one(given, "password"), _one(given, "code"),
        at.peer(request), at.place(request), real,
        credential=_one(given, "credential"), challenge=_one(given, "challenge"),
    )  # fmt: skip
    if secret is None:
        wrong = "The password or the code is wrong, or the code was used before."
        return await _ask_again(request, str(who.account_id), real, [Fault("password", wrong)])
    answer = see(_next(request))
    at.let_in(answer, secret)
    return answer


# One's own proofs


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
    return _prove(request, title, fields, button, back="/account", **content)


@post("/account/password", opt={"permission": "account:manage_own"})
async def new_password(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Change the password."""
    at, given = _entrance(request), await answers(request)
    command = ChangePassword(password=_one(given, "password"), again=_one(given, "again"))
    try:
        await signing_in.change_password(at.desk, who, at.secret(request), command, real)
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
    name = await signing_in.sign_in_name(reading, who)
    return _app(request, str(who.account_id), name, real)


def _app(
    request: AnyRequest, account_id: str, name: str, now: datetime, given: Answers | None = None,
    faults: list[Fault] | None = None,
) -> Response[Any]:  # fmt: skip
    app, sealed = _offer(request, account_id, name, now, given)
    return _own(
        request, "Add an authenticator app", (APP_CODE,), "Add this app", app=app, hidden=[("app", sealed)],
        faults=faults, lead=["It takes the place of any other app: only one gives codes that are taken."],
    )  # fmt: skip


@post("/account/app", opt={"permission": "account:manage_own"})
async def new_app(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Keep the app."""
    at, given = _entrance(request), await answers(request)
    try:
        await signing_in.add_app(at.desk, who, _one(given, "app"), _one(given, "code"), real)
    except Malformed as bad:
        async with at.desk.database.read(NONE) as session:
            name = await signing_in.sign_in_name(session, who)
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
    at = _entrance(request)
    async with at.desk.database.read(NONE) as session:
        name = await signing_in.sign_in_name(session, who)
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
    at, given = _entrance(request), await answers(request)
    try:
        sent = {name: _one(given, name).strip() for name in AddPasskey.__struct_fields__}
        await signing_in.add_passkey(at.desk, who, structs.read(AddPasskey, sent), at.place(request), real)
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
    codes = await signing_in.new_codes(_entrance(request).desk, who, real)
    return page(request, "codes.html", "Your recovery codes", codes=codes, onward="/account")


router = Router(
    "/",
    route_handlers=[
        ask, first, second_alone, second, leave, open_link, use_link, ask_again, again, ask_password,
        new_password, ask_app, new_app, ask_new_passkey, new_passkey, remove_passkey, removing_passkey,
        ask_codes, new_codes,
    ],
    include_in_schema=False,
)  # fmt: skip
