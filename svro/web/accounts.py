"""Administration: who has an account, in which roles, and what waits for a second administrator."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import accounts, invitations, role_changes, security, tokens
from svro.casework.access import Actor, require_fresh
from svro.casework.account_links import MadeLink
from svro.casework.accounts import Reason
from svro.casework.invitations import Invite
from svro.casework.matrix import MATRIX, ROLES
from svro.casework.role_changes import Decide, Propose
from svro.doors import AnyRequest, Reading, Real, Who, Writing
from svro.errors import Malformed
from svro.reference.courts import COURTS
from svro.reference.forces import FORCES
from svro.web.account import made_token, token_form
from svro.web.entrance import Entrance
from svro.web.forms import Answers, Asked, Field, Form, Step, answers, run, show
from svro.web.site import page, see

GRANTED = {code: label for code, label in ROLES.items() if code != "ANON"}
WHY = Field(name="reason", label="Why?", called="The reason", kind="text", hint="It is kept with the change.")

INVITE = Form(
    kind=Invite,
    title="Invite somebody",
    send="Invite",
    check=True,
    steps=(
        Step(
            name="who",
            title="Who is it?",
            fields=(
                Field(name="name", label="Name", width=20),
                Field(
                    name="service", label="It is a service, which signs in with tokens alone", kind="yes",
                    called="A service",
                ),
                Field(
                    name="force", label="Police force", hint="For officers and staff of a force",
                    kind="select", choices={slug: force.name for slug, force in FORCES.items()},
                ),
                Field(
                    name="court", label="Court", hint="For a court clerk", kind="select",
                    choices={code: court.name for code, court in COURTS.items()},
                ),
                Field(name="number", label="Collar or staff number", width=10),
            ),
        ),
        Step(
            name="roles",
            title="What will they do?",
            lead="Another administrator approves each role before it is held.",
            fields=(
                Field(name="roles", label="Roles", kind="checkboxes", choices=GRANTED),
                Field(name="reason", label="Why do they need them?", called="The reason", kind="text"),
            ),
        ),
        Step(
            name="solicitor",
            title="Which firm are they of?",
            lead="As the Solicitors Regulation Authority’s register has it.",
            when=("roles", "SOL"),
            fields=(
                Field(name="sra_number", label="SRA number", hint="Four to seven figures", width=10),
                Field(name="firm", label="Firm", width=20),
            ),
        ),
    ),
)  # fmt: skip


def _asking_why(title: str, send: str, lead: str) -> Form[Reason]:
    step = Step(name="why", title=title, lead=lead, fields=(WHY,))
    return Form(kind=Reason, title=title, steps=(step,), send=send)


CLOSE = _asking_why(
    "Close this account", "Close the account",
    "Its sessions, tokens, links and roles end at once. A closed account is not opened again.",
)  # fmt: skip
ANEW = _asking_why(
    "Propose a new set-up", "Propose it",
    "For somebody who lost their second proof and every recovery code. Another administrator approves it "
    "and gets the link to hand over; everything that opened the account before ends then.",
)  # fmt: skip
END_ROLE = _asking_why("End this role", "End the role", "It ends at once.")
ROLE = Form(
    kind=Propose,
    title="Propose a role",
    send="Propose it",
    steps=(
        Step(
            name="role",
            title="Propose a role",
            lead="Another administrator approves it before it is held.",
            fields=(Field(name="role", label="Role", kind="radios", choices=GRANTED), WHY),
        ),
    ),
)


@get("/accounts", opt={"permission": "user:manage"})
async def listing(request: AnyRequest, reading: Reading, who: Who, real: Real) -> Response[Any]:
    """Every account that the administrator looks after, and what waits for an answer."""
    return page(
        request,
        "accounts.html",
        "Accounts",
        lines=await accounts.listing(reading, who, real),
        waiting=await accounts.waiting(reading, who),
        labels=ROLES,
    )


@get("/accounts/alerts", opt={"permission": "user:manage"})
async def alerts(request: AnyRequest, reading: Reading, who: Who) -> Response[Any]:
    """What administrators should know."""
    told = await security.alerts(reading, who)
    return page(request, "account_alerts.html", "Security alerts", alerts=told)


@get("/accounts/new", opt={"permission": "user:manage"})
async def ask_invite(request: AnyRequest, who: Who) -> Response[Any]:
    """Ask whom to invite."""
    return show(request, INVITE, {"force": [who.force_id] if who.force_id else []}, back="/accounts")


@post("/accounts/new", opt={"permission": "user:manage"})
async def invite(request: AnyRequest, writing: Writing, who: Who, real: Real) -> Response[Any]:
    """Open the account; its link is shown once."""
    made: list[invitations.Invited] = []

    async def act(command: Invite, given: Answers) -> str:
        made.append(await invitations.invite(writing, who, command, real))
        return f"/accounts/{made[-1].id}"

    answer = await run(request, writing, INVITE, act, back="/accounts")
    if made and made[-1].link:
        return _link(request, made[-1].link, f"/accounts/{made[-1].id}", made[-1].sign_in_name)
    return answer


def _link(request: AnyRequest, link: MadeLink, back: str, name: str | None = None) -> Response[Any]:
    at = request.app.state.sign_in
    origin = (at.place(request).origin if isinstance(at, Entrance) else str(request.base_url)).rstrip("/")
    lead = ["Hand this link to them yourself, by a way you trust: whoever has it first sets up the account. "
            "It opens once."]  # fmt: skip
    if name:
        lead.append(f"Their sign-in name is {name}.")
    if not isinstance(at, Entrance):
        lead.append("Here it opens nothing: only a live deployment has passwords.")
    return page(
        request, "made.html", "The link is made", back=back, secret=origin + link.path, ends=link.ends_at,
        called="The link", lead=lead,
    )  # fmt: skip


@get("/accounts/{account_id:str}", opt={"permission": "user:manage"})
async def one(
    request: AnyRequest, reading: Reading, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """One account."""
    view = await accounts.get(reading, who, account_id, real)
    return page(
        request,
        "account_admin.html",
        view.name,
        account=view,
        labels=ROLES,
        tokens=await tokens.of_service(reading, who, account_id, real),
    )


@get("/accounts/{account_id:str}/roles/new", opt={"permission": "role:grant"})
async def ask_role(
    request: AnyRequest, reading: Reading, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Ask which role, and why."""
    view = await accounts.get(reading, who, account_id, real)
    return show(request, ROLE, {}, caption=view.name, back=f"/accounts/{account_id}")


@post("/accounts/{account_id:str}/roles/new", opt={"permission": "role:grant"})
async def propose(
    request: AnyRequest, writing: Writing, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Propose the role."""
    return await _done(request, writing, who, real, account_id, ROLE, role_changes.propose)


async def _why(
    request: AnyRequest, reading: Reading, who: Actor, now: datetime, account_id: str, form: Form[Reason]
) -> Response[Any]:
    view = await accounts.get(reading, who, account_id, now)
    return show(request, form, {}, caption=view.name, back=f"/accounts/{account_id}")


async def _done(
    request: AnyRequest,
    writing: Writing,
    who: Actor,
    now: datetime,
    account_id: str,
    form: Form[Any],
    do: Callable[[AsyncSession, Actor, str, Any, datetime], Awaitable[object]],
) -> Response[Any]:
    """Do something to an account that the administrator looks after, and show it again."""
    view, back = await accounts.get(writing, who, account_id, now), f"/accounts/{account_id}"

    async def act(command: Any, given: Answers) -> str:
        await do(writing, who, account_id, command, now)
        return back

    return await run(request, writing, form, act, caption=view.name, back=back)


@get("/accounts/{account_id:str}/roles/{role:str}/end", opt={"permission": "role:grant"})
async def ask_end_role(
    request: AnyRequest, reading: Reading, who: Who, real: Real, account_id: FromPath[str],
    role: FromPath[str],
) -> Response[Any]:  # fmt: skip
    """Ask why a role should end."""
    require_fresh(who)
    return await _why(request, reading, who, real, account_id, END_ROLE)


@post("/accounts/{account_id:str}/roles/{role:str}/end", opt={"permission": "role:grant"})
async def end_role(
    request: AnyRequest, writing: Writing, who: Who, real: Real, account_id: FromPath[str],
    role: FromPath[str],
) -> Response[Any]:  # fmt: skip
    """End it."""

    async def end(session: AsyncSession, actor: Actor, key: str, why: Reason, now: datetime) -> object:
        return await role_changes.end_role(session, actor, key, role, why, now)

    return await _done(request, writing, who, real, account_id, END_ROLE, end)


@get("/accounts/{account_id:str}/close", opt={"permission": "user:manage"})
async def ask_close(
    request: AnyRequest, reading: Reading, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Ask why the account should close."""
    require_fresh(who)
    return await _why(request, reading, who, real, account_id, CLOSE)


@post("/accounts/{account_id:str}/close", opt={"permission": "user:manage"})
async def close(
    request: AnyRequest, writing: Writing, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Close it."""
    return await _done(request, writing, who, real, account_id, CLOSE, accounts.deactivate)


@get("/accounts/{account_id:str}/set-up", opt={"permission": "role:grant"})
async def ask_anew(
    request: AnyRequest, reading: Reading, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Ask why the account should be set up anew."""
    return await _why(request, reading, who, real, account_id, ANEW)


@post("/accounts/{account_id:str}/set-up", opt={"permission": "role:grant"})
async def anew(
    request: AnyRequest, writing: Writing, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Propose it."""
    return await _done(request, writing, who, real, account_id, ANEW, role_changes.propose_set_up)


@get("/accounts/{account_id:str}/link", opt={"permission": "user:manage"})
async def ask_link(
    request: AnyRequest, reading: Reading, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Ask whether to make a link."""
    require_fresh(who)
    view = await accounts.get(reading, who, account_id, real)
    return page(
        request, "confirm.html", f"Make a link for {view.name}", back=f"/accounts/{account_id}",
        button="Make a link",
        lead="With it they set a new password, and still need their second proof; or they set up the "
        "account, where they never did. Any earlier link ends.",
    )  # fmt: skip


@post("/accounts/{account_id:str}/link", opt={"permission": "user:manage"})
async def link(
    request: AnyRequest, writing: Writing, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Make it, and show it once."""
    made = await invitations.link_again(writing, who, account_id, real)
    return _link(request, made, f"/accounts/{account_id}")


@get("/accounts/proposals/{role_change_id:str}", opt={"permission": "role:grant"})
async def deciding(role_change_id: FromPath[str]) -> Response[Any]:
    """Whoever had to prove who they are comes back to the button they pressed."""
    return see("/accounts")


@post("/accounts/proposals/{role_change_id:str}", opt={"permission": "role:grant"})
async def decide(
    request: AnyRequest, writing: Writing, who: Who, real: Real, role_change_id: FromPath[str]
) -> Response[Any]:
    """Answer a proposal."""
    yes = (await answers(request)).get("answer") == ["approve"]
    made = await role_changes.decide(writing, who, role_change_id, Decide(approve=yes), real)
    return _link(request, made, "/accounts") if made else see("/accounts")


@get("/accounts/{account_id:str}/tokens/new", opt={"permission": "user:manage"})
async def ask_token(
    request: AnyRequest, reading: Reading, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Ask what a service's token is for."""
    require_fresh(who)
    view = await accounts.get(reading, who, account_id, real)
    form = token_form(_may(view), approving=False)
    return show(request, form, {"days": ["90"]}, caption=view.name, back=f"/accounts/{account_id}")


def _may(view: accounts.AccountView) -> list[str]:
    actor = Actor(
        account_id=view.id, name=view.name, roles=frozenset(view.roles), force_id=view.force, court=view.court
    )
    return [name for name in MATRIX if tokens.may_ever(actor, name)]


@post("/accounts/{account_id:str}/tokens/new", opt={"permission": "user:manage"})
async def make_token(
    request: AnyRequest, writing: Writing, who: Who, real: Real, account_id: FromPath[str]
) -> Response[Any]:
    """Make it, and show it once."""
    view = await accounts.get(writing, who, account_id, real)
    form, given, back = (
        token_form(_may(view), approving=False),
        await answers(request),
        f"/accounts/{account_id}",
    )
    try:
        made = await tokens.make_for(writing, who, account_id, form.read(given, {}), real)
    except Malformed as bad:
        asked = Asked(step=form.steps[0], faults=bad.faults, status=400)
        return show(request, form, given, asked, caption=view.name, back=back)
    return made_token(request, made, back)


@post("/accounts/{account_id:str}/tokens/{token_id:str}/revoke", opt={"permission": "user:manage"})
async def revoke_token(
    writing: Writing, who: Who, real: Real, account_id: FromPath[str], token_id: FromPath[str]
) -> Response[Any]:
    """End a service's token at once."""
    await tokens.revoke_of(writing, who, account_id, token_id, real)
    return see(f"/accounts/{account_id}")


router = Router(
    "/",
    route_handlers=[
        listing, alerts, ask_invite, invite, one, ask_role, propose, ask_end_role, end_role, ask_close, close,
        ask_anew, anew, ask_link, link, deciding, decide, ask_token, make_token, revoke_token,
    ],
    include_in_schema=False,
)  # fmt: skip
