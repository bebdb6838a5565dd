"""Retention on pages: what is due for review, a proposal to erase, and its decision by somebody else."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro.casework import retention, subjects
from svro.casework.retention import APPROVE, PROPOSE, Decide, Propose
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.records.retention import DECISIONS, REASONS
from svro.web.forms import Answers, Field, Form, Step, run, show
from svro.web.site import page

EITHER = {"permission": (PROPOSE, APPROVE)}
WHY = Form(
    kind=Propose,
    title="Propose erasing a person",
    send="Propose",
    steps=(
        Step(
            name="why",
            title="Why should this person be held no longer?",
            lead="Somebody else decides. Until then nothing changes.",
            fields=(
                Field(name="reason", label="Reason", kind="radios", choices=REASONS),
                Field(name="explanation", label="Explain", kind="text"),
            ),
        ),
    ),
)
SETTLE = Form(
    kind=Decide,
    title="Decide on a proposal",
    send="Decide",
    steps=(
        Step(
            name="decide",
            title="Is this person to be erased?",
            lead="An erasure is carried out at once. It cannot be undone: names, identifiers, addresses and "
            "every word recorded of them go. Orders and searches stay in the figures without them.",
            fields=(
                Field(name="decision", label="Decision", kind="radios", choices=DECISIONS),
                Field(name="explanation", label="Explain", kind="text"),
            ),
        ),
    ),
)


@get("/retention", opt=EITHER)
async def queue(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """What waits for a decision or a review."""
    return page(request, "retention.html", "Retention", queue=await retention.queue(reading, who, now))


@get("/retention/people/{person_id:str}", opt={"permission": PROPOSE})
async def proposing(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Ask why a person should be held no longer."""
    await subjects.reach(reading, who, PROPOSE, person_id, now)
    return show(request, WHY, {}, back="/retention")


@post("/retention/people/{person_id:str}", opt={"permission": PROPOSE})
async def propose(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Propose that a person be held no longer."""

    async def act(command: Propose, given: Answers) -> str:
        return f"/retention/{(await retention.propose(writing, who, person_id, command, now)).id}"

    await subjects.reach(writing, who, PROPOSE, person_id, now)
    return await run(request, writing, WHY, act, back="/retention")


@get("/retention/{retention_id:str}", opt=EITHER)
async def read(
    request: AnyRequest, reading: Reading, who: Who, now: Now, retention_id: FromPath[str]
) -> Response[Any]:
    """One proposal, and what was decided of it."""
    view = await retention.get(reading, who, retention_id, now)
    return page(request, "retention_proposal.html", view.person, proposal=view)


@get("/retention/{retention_id:str}/decide", opt={"permission": APPROVE})
async def settling(
    request: AnyRequest, reading: Reading, who: Who, now: Now, retention_id: FromPath[str]
) -> Response[Any]:
    """Ask for the decision."""
    view = await retention.get(reading, who, retention_id, now)
    return show(request, SETTLE, {}, caption=view.person, back=f"/retention/{retention_id}")


@post("/retention/{retention_id:str}/decide", opt={"permission": APPROVE})
async def settle(
    request: AnyRequest, writing: Writing, who: Who, now: Now, retention_id: FromPath[str]
) -> Response[Any]:
    """Decide; an erasure is carried out with it."""

    async def act(command: Decide, given: Answers) -> str:
        return f"/retention/{(await retention.settle(writing, who, retention_id, command, now)).id}"

    view = await retention.get(writing, who, retention_id, now)
    return await run(request, writing, SETTLE, act, caption=view.person, back=f"/retention/{retention_id}")


router = Router(
    "/", route_handlers=[queue, proposing, propose, read, settling, settle], include_in_schema=False
)
