"""Signing in on pages: the first and the second proof, the link that opens once, proving it anew."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro import reading as structs
from svro.casework import by_link, proofs, sessions, signing_in
from svro.casework.by_link import Link, SetUp
from svro.casework.signing_in import WRONG, WRONG_SECOND, Credentials
from svro.doors import AnyRequest, Reading, Real, Who, Writing
from svro.errors import Fault, Malformed
from svro.records.reach import NONE
from svro.web.entrance import device
from svro.web.forms import Answers, answers
from svro.web.home import local
from svro.web.proving import AGAIN, APP_CODE, CODE, NAME, NEW_PASSWORD, PASSWORD, entrance, offer, one, prove
from svro.web.site import page, see


def _next(request: AnyRequest) -> str:
    return local(request.query_params.get("next", "/"))


@get("/sign-in", opt={"permission": "session:begin"})
async def ask(request: AnyRequest, real: Real) -> Response[Any]:
    """Ask who it is."""
    return await _ask(request, real)


async def _ask(
    request: AnyRequest, now: datetime, given: Answers | None = None, faults: list[Fault] | None = None
) -> Response[Any]:
    at = entrance(request)
    async with at.desk.database.read(NONE) as session:
        asking = await proofs.ask_passkey(session, None, "sign-in", at.place(request), at.desk.seal, now)
    return prove(
        request, "Sign in", (NAME, PASSWORD), "Continue", given=given, faults=faults, asking=asking,
        passkey_button="Sign in with a passkey", otherwise="With a password",
        after="No way in? An administrator of your force can give you a link to set a new password.",
    )  # fmt: skip


@post("/sign-in", opt={"permission": "session:begin"})
async def first(request: AnyRequest, real: Real) -> Response[Any]:
    """A passkey opens at once; a password leads to the second proof."""
    at, given = entrance(request), await answers(request)
    if credential := one(given, "credential"):
        secret = await signing_in.by_passkey(
            at.desk, credential, one(given, "challenge"), device(request), at.place(request), real
        )
        if secret is None:
            return await _ask(request, real, given, [Fault("credential", "This passkey opens nothing here.")])
        return await _let_in(request, secret, real)
    sent = {name: one(given, name) for name in ("name", "password")}
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
    at = entrance(request)
    asking = await signing_in.asked_second(at.desk, step, at.place(request), now)
    return prove(
        request, "Is it really you?", (CODE,), "Sign in", faults=faults, asking=asking,
        passkey_button="Use a passkey", otherwise="With a code", hidden=[("step", step)],
        action=f"/sign-in/second?next={quote(_next(request), safe='/')}", back="/sign-in",
    )  # fmt: skip


@post("/sign-in/second", opt={"permission": "session:begin"})
async def second(request: AnyRequest, real: Real) -> Response[Any]:
    """The second proof opens."""
    at, given = entrance(request), await answers(request)
    step = one(given, "step")
    secret = await signing_in.second(
        at.desk, step, one(given, "code"), device(request), at.place(request), real,
        credential=one(given, "credential"), challenge=one(given, "challenge"),
    )  # fmt: skip
    if secret is None:
        return await _second(request, step, real, [Fault("code", WRONG_SECOND)])
    return await _let_in(request, secret, real)


async def _let_in(request: AnyRequest, secret: str, now: datetime) -> Response[Any]:
    """The browser's new session, and the end of the one it may have had."""
    at = entrance(request)
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
    at, answer = entrance(request), see("/")
    if secret := at.secret(request):
        await sessions.sign_out(writing, secret, real)
    at.let_out(answer)
    return answer


@get("/sign-in/link/{secret:str}", opt={"permission": "session:begin"})
async def open_link(
    request: AnyRequest, reading: Reading, real: Real, secret: FromPath[str]
) -> Response[Any]:
    """Show what the link is for. Looking uses nothing up."""
    return await _linked(request, await by_link.link(reading, secret, real), real)


async def _linked(
    request: AnyRequest, opened: Link, now: datetime, given: Answers | None = None,
    faults: list[Fault] | None = None,
) -> Response[Any]:  # fmt: skip
    at = entrance(request)
    place = at.place(request)
    lead = [f"Your sign-in name is {opened.sign_in_name}. Keep it: it is asked for each time."]
    if opened.kind == "reset":
        return prove(
            request, "Set a new password", (NEW_PASSWORD, AGAIN, CODE), "Set the password", faults=faults,
            caption=opened.name,
            lead=[*lead, "Your authenticator app or a recovery code is asked for all the same. If you have a "
                  "passkey, sign in with it instead, and change your password in your account."],
        )  # fmt: skip
    async with at.desk.database.read(NONE) as session:
        asking = await proofs.ask_new_passkey(
            session, opened.account_id, opened.sign_in_name, opened.name, place, at.desk.seal, now
        )
    app, sealed = offer(request, opened.account_id, opened.sign_in_name, now, given)
    return prove(
        request, "Set up your account", (NEW_PASSWORD, AGAIN, APP_CODE), "Set up", given=given, faults=faults,
        caption=opened.name, lead=lead, asking=asking, asking_new=True, app=app, hidden=[("app", sealed)],
        passkey_button="Set up with a passkey", otherwise="With a password and an authenticator app",
    )  # fmt: skip


@post("/sign-in/link/{secret:str}", opt={"permission": "session:begin"})
async def use_link(request: AnyRequest, real: Real, secret: FromPath[str]) -> Response[Any]:
    """Set up the account, or a new password."""
    at, given = entrance(request), await answers(request)
    async with at.desk.database.read(NONE) as session:
        opened = await by_link.link(session, secret, real)
    sent = {name: one(given, name) for name in SetUp.__struct_fields__}
    try:
        command = structs.read(SetUp, {**sent, "label": device(request)})
        if opened.kind == "reset":
            if await by_link.reset(at.desk, secret, command, real):
                return page(request, "explain.html", "Your new password is set", problem={
                    "detail": "Every session has ended. Sign in with the new password.", "status": 401,
                })  # fmt: skip
            return await _linked(request, opened, real, given, [Fault("code", WRONG_SECOND)])
        codes, began = await by_link.set_up(
            at.desk, secret, command, device(request), at.place(request), real
        )
    except Malformed as bad:
        return await _linked(request, opened, real, given, list(bad.faults))
    answer = page(request, "codes.html", "Your recovery codes", codes=codes, onward="/")
    at.let_in(answer, began)
    return answer


@get("/sign-in/again", opt={"permission": "account:manage_own"})
async def ask_again(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Ask for the proofs anew."""
    return await _ask_again(request, str(who.account_id), real)


async def _ask_again(
    request: AnyRequest, account_id: str, now: datetime, faults: list[Fault] | None = None
) -> Response[Any]:
    at = entrance(request)
    asking = await signing_in.asked_again(at.desk, account_id, at.place(request), now)
    return prove(
        request, "Prove again that it is you", (PASSWORD, CODE), "Continue", faults=faults, asking=asking,
        passkey_button="Use a passkey", otherwise="With your password",
        lead=["What you are about to do takes you in person. Ten minutes from now you would be asked again."],
    )  # fmt: skip


@post("/sign-in/again", opt={"permission": "account:manage_own"})
async def again(request: AnyRequest, who: Who, real: Real) -> Response[Any]:
    """Take the proofs: the session gets a new secret."""
    at, given = entrance(request), await answers(request)
    secret = await signing_in.again(
        at.desk, who, at.secret(request) or "", one(given, "password"), one(given, "code"),
        at.peer(request), at.place(request), real,
        credential=one(given, "credential"), challenge=one(given, "challenge"),
    )  # fmt: skip
    if secret is None:
        wrong = "The password or the code is wrong, or the code was used before."
        return await _ask_again(request, str(who.account_id), real, [Fault("password", wrong)])
    answer = see(_next(request))
    at.let_in(answer, secret)
    return answer


router = Router(
    "/",
    route_handlers=[ask, first, second_alone, second, leave, open_link, use_link, ask_again, again],
    include_in_schema=False,
)
