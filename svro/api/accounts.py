"""Accounts: administration by two people, and one's own sessions, tokens and security history."""

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from svro.casework import accounts, invitations, role_changes, security, sessions, tokens
from svro.casework.account_links import MadeLink
from svro.casework.accounts import AccountLine, AccountView, ProposalView, Reason
from svro.casework.invitations import Invite, Invited
from svro.casework.role_changes import Decide, Propose
from svro.casework.security import Alert, Event
from svro.casework.sessions import SessionView
from svro.casework.tokens import MakeToken, NewToken, TokenView
from svro.doors import AnyRequest, Reading, Real, Who, Writing, answer


@get("/accounts", opt={"permission": "user:manage"}, operation_id="listAccounts")
async def listing(reading: Reading, who: Who, real: Real) -> list[AccountLine]:
    """The accounts that you look after, closed ones last."""
    return await accounts.listing(reading, who, real)


@post("/accounts", opt={"permission": "user:manage"}, operation_id="inviteAccount")
async def invite(writing: Writing, who: Who, real: Real, data: JSONBody[Invite]) -> Response[Invited]:
    """Open an account without a role, propose its roles, and make the link to hand over. The link is shown
    here and never again, so no answer to this is kept for sending it twice.
    """
    made = await invitations.invite(writing, who, data, real)
    return answer(made, status=201, at=f"/api/v1/accounts/{made.id}")


@get("/accounts/{account_id:str}", opt={"permission": "user:manage"}, operation_id="readAccount")
async def one(reading: Reading, who: Who, real: Real, account_id: FromPath[str]) -> Response[AccountView]:
    """One account, with what waits for an answer about it."""
    return answer(await accounts.get(reading, who, account_id, real))


@post("/accounts/{account_id:str}/close", opt={"permission": "user:manage"}, operation_id="closeAccount")
async def close(
    writing: Writing, who: Who, real: Real, account_id: FromPath[str], data: JSONBody[Reason]
) -> Response[AccountView]:
    """Close an account: its sessions, tokens, links and roles end at once."""
    return answer(await accounts.deactivate(writing, who, account_id, data, real))


@post("/accounts/{account_id:str}/links", opt={"permission": "user:manage"}, operation_id="makeAccountLink")
async def link(writing: Writing, who: Who, real: Real, account_id: FromPath[str]) -> Response[MadeLink]:
    """A link for a new password, or a new invitation where the account was never set up."""
    return answer(await invitations.link_again(writing, who, account_id, real), status=201)


@post("/accounts/{account_id:str}/roles", opt={"permission": "role:grant"}, operation_id="proposeRole")
async def propose(
    writing: Writing, who: Who, real: Real, account_id: FromPath[str], data: JSONBody[Propose]
) -> Response[AccountView]:
    """Propose a role: another administrator approves it."""
    return answer(await role_changes.propose(writing, who, account_id, data, real), status=201)


@post(
    "/accounts/{account_id:str}/roles/{role:str}/end",
    opt={"permission": "role:grant"},
    operation_id="endRole",
)
async def end_role(
    writing: Writing, who: Who, real: Real, account_id: FromPath[str], role: FromPath[str],
    data: JSONBody[Reason],
) -> Response[AccountView]:  # fmt: skip
    """End a role at once."""
    return answer(await role_changes.end_role(writing, who, account_id, role, data, real))


@post("/accounts/{account_id:str}/set-up", opt={"permission": "role:grant"}, operation_id="proposeSetUp")
async def anew(
    writing: Writing, who: Who, real: Real, account_id: FromPath[str], data: JSONBody[Reason]
) -> Response[AccountView]:
    """Propose a new set-up for somebody who lost every proof."""
    return answer(await role_changes.propose_set_up(writing, who, account_id, data, real), status=201)


@get("/account-proposals", opt={"permission": "user:manage"}, operation_id="listAccountProposals")
async def waiting(reading: Reading, who: Who) -> list[ProposalView]:
    """What waits for another administrator's answer."""
    return await accounts.waiting(reading, who)


@post(
    "/account-proposals/{role_change_id:str}", opt={"permission": "role:grant"},
    operation_id="decideAccountProposal", status_code=200,
)  # fmt: skip
async def decide(
    writing: Writing, who: Who, real: Real, role_change_id: FromPath[str], data: JSONBody[Decide]
) -> MadeLink | None:
    """Approve or refuse. An approved new set-up answers with its link."""
    return await role_changes.decide(writing, who, role_change_id, data, real)


@get("/security-alerts", opt={"permission": "user:manage"}, operation_id="listSecurityAlerts")
async def alerts(reading: Reading, who: Who) -> list[Alert]:
    """What administrators should know of the accounts they look after, without its content."""
    return await security.alerts(reading, who)


@post("/accounts/{account_id:str}/tokens", opt={"permission": "user:manage"}, operation_id="makeServiceToken")
async def make_for(
    writing: Writing, who: Who, real: Real, account_id: FromPath[str], data: JSONBody[MakeToken]
) -> Response[NewToken]:
    """Make a token for a service. Its secret is shown here and never again."""
    return answer(await tokens.make_for(writing, who, account_id, data, real), status=201)


@delete(
    "/accounts/{account_id:str}/tokens/{token_id:str}",
    opt={"permission": "user:manage"},
    operation_id="revokeServiceToken",
)
async def revoke_of(
    writing: Writing, who: Who, real: Real, account_id: FromPath[str], token_id: FromPath[str]
) -> None:
    """End a service's token at once."""
    await tokens.revoke_of(writing, who, account_id, token_id, real)


@get("/account/sessions", opt={"permission": "account:read_own"}, operation_id="listOwnSessions")
async def my_sessions(request: AnyRequest, reading: Reading, who: Who, real: Real) -> list[SessionView]:
    """Where you are signed in."""
    return await sessions.mine(reading, who, request.app.state.settings, None, real)


@delete(
    "/account/sessions/{session_id:str}", opt={"permission": "account:manage_own"}, operation_id="endSession"
)
async def end_session(writing: Writing, who: Who, real: Real, session_id: FromPath[str]) -> None:
    """End one of your sessions."""
    await sessions.end(writing, who, session_id, real)


@get("/account/tokens", opt={"permission": "account:read_own"}, operation_id="listOwnTokens")
async def my_tokens(reading: Reading, who: Who, real: Real) -> list[TokenView]:
    """Your tokens, without what opens them."""
    return await tokens.mine(reading, who, real)


@delete(
    "/account/tokens/{token_id:str}", opt={"permission": "account:manage_own"}, operation_id="revokeToken"
)
async def revoke(writing: Writing, who: Who, real: Real, token_id: FromPath[str]) -> None:
    """End one of your tokens at once."""
    await tokens.revoke(writing, who, token_id, real)


@get("/account/security-history", opt={"permission": "security_history:read"}, operation_id="securityHistory")
async def history(reading: Reading, who: Who) -> list[Event]:
    """What happened to your account, the newest first."""
    return await security.history(reading, who)


router = Router(
    "/api/v1",
    route_handlers=[
        listing, invite, one, close, link, propose, end_role, anew, waiting, decide, alerts, make_for,
        revoke_of, my_sessions, end_session, my_tokens, revoke, history,
    ],
    tags=["Accounts"],
)  # fmt: skip
