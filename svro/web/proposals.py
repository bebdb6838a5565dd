"""Pages for acts that take two people: what waits, what was sent, approve or decline."""

import re
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import answers, second
from svro.casework.access import Actor
from svro.casework.answers import Decline
from svro.casework.second import ProposalView, Reason
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.gate import after
from svro.web.forms import Answers, Field, Form, Step, run, show
from svro.web.forms import answers as filled_in
from svro.web.site import moment, page

STANDINGS: dict[str, tuple[str, str]] = {
    "waiting": ("Waiting", "blue"),
    "approved": ("Approved and done", "green"),
    "declined": ("Declined", "red"),
    "withdrawn": ("Taken back", "grey"),
    "expired": ("Waited too long", "grey"),
}
NAMES = {"at": "When", "pnc_id": "PNC ID", "cro": "CRO number", "gowisely": "What was said (GOWISELY)"}
NAMES |= {
    "bwv": "Body-worn video",
    "bwv_reference": "Body-worn video reference",
    "corrects": "Corrects number",
}
"""Fields whose name does not say by itself what they are."""
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
THINGS = {
    "search": "/searches/{}",
    "application": "/applications/{}",
    "order": "/orders/{}",
    "person": "/people/{}",
    "disclosure": "/disclosure/{}",
    "force": "/access-log/extracts",
}
"""Where to look at what a proposal is about."""


def where(done: Any, otherwise: str) -> str:
    """Where to look after an act that may have to wait: at the proposal, or where the act would lead."""
    return f"/proposals/{done.id}?sent=yes" if isinstance(done, ProposalView) else otherwise


class Said(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the second person answers."""

    answer: str
    reason: Reason | None = None


def _form(view: ProposalView) -> Form[Said]:
    """To the second person, whether they agree; to the first, whether to take it back."""
    choices = {"decline": "Take it back"} if view.yours else {"approve": "Approve", "decline": "Decline"}
    return Form(
        kind=Said,
        title="Take it back" if view.yours else "Do you agree?",
        send="Send your answer",
        steps=(
            Step(
                name="answer",
                title="Take it back" if view.yours else "Do you agree?",
                lead="" if view.yours else "If you approve, it is done now, with both names.",
                fields=(
                    Field(name="answer", label="Your answer", kind="radios", choices=choices),
                    Field(
                        name="reason",
                        label="Why?",
                        kind="text",
                        hint="Needed where you do not approve.",
                    ),
                ),
            ),
        ),
    )


def _lines(command: dict[str, Any]) -> list[tuple[str, str]]:
    """What was sent, as people read it: each value given, by the name of its field."""
    said = (
        (NAMES.get(name, name.replace("_", " ").capitalize()), _said(value))
        for name, value in command.items()
    )
    return [(name, text) for name, text in said if text]


def _said(value: Any) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, dict):
        return "\n".join(f"{name}: {text}" for name, text in _lines(value))
    if isinstance(value, list):
        return "\n".join(_said(item) for item in value)
    if isinstance(value, str) and _INSTANT.match(value):
        return moment(datetime.fromisoformat(value))
    return "Yes" if value is True else str(value)


@get("/proposals", opt={"permission": "proposal:read"})
async def listing(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """What waits for a second person."""
    lines = await second.listing(reading, who, now)
    return page(request, "proposals.html", "Waiting for a second person", lines=lines)


@get("/proposals/{proposal_id:str}", opt={"permission": "proposal:read"})
async def read(
    request: AnyRequest, reading: Reading, who: Who, now: Now, proposal_id: FromPath[str]
) -> Response[Any]:
    """One proposal: what was sent, by whom, and what became of it."""
    view = await second.get(reading, who, proposal_id, now)
    return page(
        request,
        "proposal.html",
        view.title,
        proposal=view,
        lines=_lines(view.command),
        standings=STANDINGS,
        thing=THINGS[view.about].format(view.about_id),
        sent=request.query_params.get("sent") == "yes",
    )


@get("/proposals/{proposal_id:str}/answer", opt={"permission": "proposal:answer"})
async def asking(
    request: AnyRequest, reading: Reading, who: Who, now: Now, proposal_id: FromPath[str]
) -> Response[Any]:
    """Ask the second person."""
    view = await answers.ask(reading, who, proposal_id, now)
    return show(request, _form(view), {}, caption=view.reference, back=f"/proposals/{proposal_id}")


async def _ready(session: AsyncSession, who: Actor, request: AnyRequest, now: datetime) -> None:
    if (await filled_in(request)).get("answer") == ["approve"]:
        await answers.ready(session, who, request.path_params["proposal_id"], now)


@post(
    "/proposals/{proposal_id:str}/answer",
    opt={"permission": "proposal:answer"},
    dependencies={"writing": after(_ready)},
)
async def answer(
    request: AnyRequest, writing: Writing, who: Who, now: Now, proposal_id: FromPath[str]
) -> Response[Any]:
    """Approve or decline."""
    view = await answers.ask(writing, who, proposal_id, now)

    async def act(said: Said, given: Answers) -> str:
        if said.answer == "approve":
            command = answers.Answer(reason=said.reason)
            await answers.approve(writing, who, proposal_id, command, now)
        else:
            await answers.decline(writing, who, proposal_id, Decline(reason=answers.why(said.reason)), now)
        return f"/proposals/{proposal_id}"

    back = f"/proposals/{proposal_id}"
    return await run(request, writing, _form(view), act, caption=view.reference, back=back)


router = Router("/", route_handlers=[listing, read, asking, answer], include_in_schema=False)
