"""Acts that wait for a second person: what there is, approve, decline."""

from datetime import datetime

from litestar import Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import answers, second
from svro.casework.access import Actor
from svro.casework.answers import Answer, Decline
from svro.casework.second import ProposalView
from svro.doors import AnyRequest, Now, Reading, Who, Writing, answer, once
from svro.gate import after

WAITS = {202: ResponseSpec(ProposalView, generate_examples=False, description="It waits for a second person")}
"""What a door answers besides whose act takes two people."""


@get("/proposals", opt={"permission": "proposal:read"}, operation_id="listProposals")
async def listing(reading: Reading, who: Who, now: Now) -> list[ProposalView]:
    """What waits for a second person: sent by you, or for you to answer."""
    return await second.listing(reading, who, now)


@get("/proposals/{proposal_id:str}", opt={"permission": "proposal:read"}, operation_id="readProposal")
async def read(reading: Reading, who: Who, now: Now, proposal_id: FromPath[str]) -> Response[ProposalView]:
    """One proposal, and what became of it."""
    return answer(await second.get(reading, who, proposal_id, now))


async def _ready(session: AsyncSession, who: Actor, request: AnyRequest, now: datetime) -> None:
    await answers.ready(session, who, request.path_params["proposal_id"], now)


@post(
    "/proposals/{proposal_id:str}/approve",
    opt={"permission": "proposal:answer"},
    operation_id="approveProposal",
    dependencies={"writing": after(_ready)},
)
async def approve(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    proposal_id: FromPath[str],
    data: JSONBody[Answer],
) -> Response[ProposalView]:
    """Approve it as the second person: it is done in the same transaction."""

    async def act() -> Response[ProposalView]:
        return answer(await answers.approve(writing, who, proposal_id, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/proposals/{proposal_id:str}/decline",
    opt={"permission": "proposal:answer"},
    operation_id="declineProposal",
)
async def decline(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    proposal_id: FromPath[str],
    data: JSONBody[Decline],
) -> Response[ProposalView]:
    """Decline it with a reason, or take back your own."""

    async def act() -> Response[ProposalView]:
        return answer(await answers.decline(writing, who, proposal_id, data, now), status=201)

    return await once(request, writing, now, act)


router = Router("/api/v1", route_handlers=[listing, read, approve, decline], tags=["Two people"])
