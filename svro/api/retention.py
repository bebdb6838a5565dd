"""Retention: what is due for review, proposals to erase, and their decision by somebody else."""

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from svro.casework import retention
from svro.casework.retention import APPROVE, PROPOSE, Decide, ProposalView, Propose, Queue
from svro.doors import AnyRequest, Now, Reading, Who, Writing, answer, once

EITHER = {"permission": (PROPOSE, APPROVE)}


@get("/retention", opt=EITHER, operation_id="readRetentionQueue")
async def queue(reading: Reading, who: Who, now: Now) -> Response[Queue]:
    """What waits for a decision, and people whose record is due for review."""
    return answer(await retention.queue(reading, who, now))


@post(
    "/people/{person_id:str}/retention-proposals", opt={"permission": PROPOSE}, operation_id="proposeErasure"
)
async def propose(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    data: JSONBody[Propose],
) -> Response[ProposalView]:
    """Propose that a person be held no longer."""

    async def act() -> Response[ProposalView]:
        made = await retention.propose(writing, who, person_id, data, now)
        return answer(made, status=201, at=f"/api/v1/retention-proposals/{made.id}")

    return await once(request, writing, now, act)


@get("/retention-proposals/{retention_id:str}", opt=EITHER, operation_id="readRetentionProposal")
async def read(reading: Reading, who: Who, now: Now, retention_id: FromPath[str]) -> Response[ProposalView]:
    """One proposal, and what was decided of it."""
    return answer(await retention.get(reading, who, retention_id, now))


@post(
    "/retention-proposals/{retention_id:str}/decisions",
    opt={"permission": APPROVE},
    operation_id="decideRetentionProposal",
)
async def settle(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    retention_id: FromPath[str],
    data: JSONBody[Decide],
) -> Response[ProposalView]:
    """Decide a proposal. An erasure is carried out with the decision, and cannot be undone."""

    async def act() -> Response[ProposalView]:
        return answer(await retention.settle(writing, who, retention_id, data, now), status=201)

    return await once(request, writing, now, act)


router = Router("/api/v1", route_handlers=[queue, propose, read, settle], tags=["Retention"])
