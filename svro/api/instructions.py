"""Who acts for whom: a solicitor's claims and clients, what such claims rest on, ends; and the made order
printed with its client's code.
"""

from typing import Any

from litestar import Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from svro.api.proposals import WAITS
from svro.casework import claims, instructions, order_papers, second, solicitors
from svro.casework.claims import Claim, ClaimView, MineView
from svro.casework.instructions import (
    EndInstruction,
    InstructionsView,
    InstructionView,
    RecordRepresentation,
)
from svro.casework.solicitors import RecordSolicitor, SolicitorView
from svro.doors import AnyRequest, Now, Reading, Who, Writing, answer, attachment, once, told


@get("/instructions", opt={"permission": claims.CLAIM}, operation_id="listInstructions")
async def mine(reading: Reading, who: Who, now: Now) -> Response[MineView]:
    """Your clients: every instruction that you have or had, and your claims that are not confirmed."""
    return answer(await claims.mine(reading, who, now))


@post("/instructions", opt={"permission": claims.CLAIM}, operation_id="claimClient")
async def claim(writing: Writing, who: Who, now: Now, data: JSONBody[Claim]) -> Response[ClaimView]:
    """Claim a client on two grounds. What is not confirmed is answered alike, whether there is such a case or
    not.
    """
    view = await claims.claim(writing, who, data, now)
    return answer(view, status=201 if view.confirmed else 202)


@post(
    "/instructions/{instruction_id:str}/end",
    opt={"permission": instructions.END},
    operation_id="endInstruction",
)
async def end(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    instruction_id: FromPath[str],
    data: JSONBody[EndInstruction],
) -> Response[InstructionView]:
    """End an instruction now, with the reason."""

    async def act() -> Response[InstructionView]:
        return answer(await instructions.end(writing, who, instruction_id, data, now), status=201)

    return await once(request, writing, now, act)


@get(
    "/people/{person_id:str}/instructions",
    opt={"permission": instructions.END},
    operation_id="listInstructionsOfPerson",
)
async def of_person(
    reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[InstructionsView]:
    """Who acts for a person, what was recorded of it, and the claims that wait."""
    return answer(await instructions.of_person(reading, who, person_id, now))


@post(
    "/people/{person_id:str}/representations",
    opt={"permission": instructions.VERIFY},
    operation_id="recordRepresentation",
    responses=WAITS,
)
async def represent(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    data: JSONBody[RecordRepresentation],
) -> Response[InstructionsView]:
    """Record that a solicitor represents a person: as the court has it, or by a reference you checked."""

    async def act() -> Response[Any]:
        return told(await second.done_or_proposed(writing, who, "represent", person_id, data, 0, now))

    return await once(request, writing, now, act)


@post(
    "/people/{person_id:str}/representations/{representation_id:str}/end",
    opt={"permission": instructions.END},
    operation_id="endRepresentation",
)
async def end_representation(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    representation_id: FromPath[str],
    data: JSONBody[EndInstruction],
) -> Response[InstructionsView]:
    """No claim rests on it any more."""

    async def act() -> Response[InstructionsView]:
        view = await instructions.end_representation(writing, who, person_id, representation_id, data, now)
        return answer(view, status=201)

    return await once(request, writing, now, act)


@post(
    "/orders/{order_id:str}/paper",
    opt={"permission": order_papers.ISSUE},
    operation_id="printOrder",
    media_type="application/pdf",
    responses={201: ResponseSpec(Any, description="The order as PDF", media_type="application/pdf")},
)
async def print_order(writing: Writing, who: Who, now: Now, order_id: FromPath[str]) -> Response[bytes]:
    """The made order as PDF, with a new code for its client, shown once; an earlier code works no more."""
    printed = await order_papers.issue(writing, who, order_id, now)
    return attachment(printed.pdf, "application/pdf", printed.name, status=201)


@get(
    "/accounts/{account_id:str}/solicitor",
    opt={"permission": solicitors.RECORD},
    operation_id="readSolicitor",
)
async def solicitor(
    reading: Reading, who: Who, now: Now, account_id: FromPath[str]
) -> Response[SolicitorView]:
    """What is held of a solicitor from the regulator's register."""
    return answer(await solicitors.get(reading, who, account_id, now))


@post(
    "/accounts/{account_id:str}/solicitor",
    opt={"permission": solicitors.RECORD},
    operation_id="recordSolicitor",
)
async def record_solicitor(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    account_id: FromPath[str],
    data: JSONBody[RecordSolicitor],
) -> Response[SolicitorView]:
    """Record what the register says now. Another firm, or no right to practise, ends every instruction."""

    async def act() -> Response[SolicitorView]:
        return answer(await solicitors.record(writing, who, account_id, data, now), status=201)

    return await once(request, writing, now, act)


router = Router(
    "/api/v1",
    route_handlers=[
        mine,
        claim,
        end,
        of_person,
        represent,
        end_representation,
        print_order,
        solicitor,
        record_solicitor,
    ],
    tags=["Who acts for whom"],
)
