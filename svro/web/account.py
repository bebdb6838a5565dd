"""One's own account: sessions, tokens, what one proves oneself with, and what happened to it."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro.casework import own_proofs, proofs, security, sessions, tokens
from svro.casework.access import Actor, require_in_person
from svro.casework.matrix import MATRIX
from svro.casework.tokens import MakeToken
from svro.doors import AnyRequest, Reading, Real, Who, Writing
from svro.errors import Malformed
from svro.settings import Settings
from svro.web.entrance import Entrance
from svro.web.forms import Asked, Field, Form, Step, answers, show
from svro.web.site import page, see

CHANGED = {
    "password": "Your password is changed. Your other sessions have ended.",
    "app": "Your authenticator app is added.",
    "passkey": "Your passkey is added.",
    "removed": "The passkey is removed.",
    "session": "The session has ended.",
    "sessions": "Your other sessions have ended.",
    "token": "The token is revoked.",
}


def token_form(permissions: list[str], *, approving: bool) -> Form[MakeToken]:
    """The questions about a token that may open these permissions."""
    fields = [
        Field(name="label", label="What is it for?", called="What it is for", width=20),
        Field(
            name="permissions", label="What may it do?", called="What it may do", kind="checkboxes",
            choices={name: name.replace(":", ": ").replace("_", " ") for name in permissions},
        ),
        Field(name="days", label="For how many days?", called="Days", kind="number", width=3,
              hint=f"From 1 to {tokens.LONGEST}"),
    ]  # fmt: skip
    if approving:
        fields.append(
            Field(
                name="approving",
                label="It may stand for me in person for a quarter of an hour",
                kind="yes",
                hint="Only for an act that takes two people",
            )
        )
    lead = "An API client sends it as “Authorization: Bearer”. It can do no more than its account."
    step = Step(name="token", title="Make a token", fields=tuple(fields), lead=lead)
    return Form(kind=MakeToken, title="Make a token", steps=(step,), send="Make the token")


def _entrance(request: AnyRequest) -> Entrance | None:
    found = request.app.state.sign_in
    return found if isinstance(found, Entrance) else None


def _secret(request: AnyRequest) -> str | None:
    at = _entrance(request)
    return at.secret(request) if at else None


def _mine(who: Actor) -> list[str]:
    return [name for name in MATRIX if tokens.may_ever(who, name)]


@get("/account", opt={"permission": "account:read_own"})
async def overview(request: AnyRequest, reading: Reading, who: Who, real: Real) -> Response[Any]:
    """What opens this account, and where it is open."""
    settings: Settings = request.app.state.settings
    return page(
        request,
        "account.html",
        "Your account",
        live=_entrance(request) is not None,
        sign_in_name=await own_proofs.sign_in_name(reading, who),
        proofs=await proofs.held(reading, str(who.account_id)),
        sessions=await sessions.mine(reading, who, settings, _secret(request), real),
        tokens=await tokens.mine(reading, who, real),
        changed=CHANGED.get(request.query_params.get("changed", "")),
    )


@get("/account/history", opt={"permission": "security_history:read"})
async def history(request: AnyRequest, reading: Reading, who: Who) -> Response[Any]:
    """What happened to this account."""
    return page(
        request, "security_history.html", "Your security history", events=await security.history(reading, who)
    )


@post("/account/sessions/{session_id:str}/end", opt={"permission": "account:manage_own"})
async def end_session(writing: Writing, who: Who, real: Real, session_id: FromPath[str]) -> Response[Any]:
    """End one of one's own sessions."""
    await sessions.end(writing, who, session_id, real)
    return see("/account?changed=session")


@post("/account/sessions/end-others", opt={"permission": "account:manage_own"})
async def end_others(request: AnyRequest, writing: Writing, who: Who, real: Real) -> Response[Any]:
    """End all one's sessions but this."""
    await sessions.end_others(writing, who, _secret(request), real)
    return see("/account?changed=sessions")


@get("/account/tokens/new", opt={"permission": "account:manage_own"})
async def ask_token(request: AnyRequest, who: Who) -> Response[Any]:
    """Ask what a token is for."""
    require_in_person(who)
    return show(request, token_form(_mine(who), approving=True), {"days": ["90"]}, back="/account")


@post("/account/tokens/new", opt={"permission": "account:manage_own"})
async def make_token(request: AnyRequest, writing: Writing, who: Who, real: Real) -> Response[Any]:
    """Make it, and show it once."""
    form, given = token_form(_mine(who), approving=True), await answers(request)
    try:
        made = await tokens.make(writing, who, form.read(given, {}), real)
    except Malformed as bad:
        asked = Asked(step=form.steps[0], faults=bad.faults, status=400)
        return show(request, form, given, asked, back="/account")
    return made_token(request, made, "/account")


def made_token(request: AnyRequest, made: tokens.NewToken, back: str) -> Response[Any]:
    """The one sight there is of a token."""
    return page(
        request, "made.html", "The token is made", back=back, secret=made.secret, ends=made.ends_at,
        called="The token", lead=[f"For: {made.label}."],
    )  # fmt: skip


@post("/account/tokens/{token_id:str}/revoke", opt={"permission": "account:manage_own"})
async def revoke_token(writing: Writing, who: Who, real: Real, token_id: FromPath[str]) -> Response[Any]:
    """End a token at once."""
    await tokens.revoke(writing, who, token_id, real)
    return see("/account?changed=token")


router = Router(
    "/",
    route_handlers=[overview, history, end_session, end_others, ask_token, make_token, revoke_token],
    include_in_schema=False,
)
