"""Pages on who acts for whom: a solicitor's clients and claims; what court and disclosure officer record; the
made order printed with its client's code; what the regulator's register says of a solicitor.
"""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro.casework import claims, instructions, order_papers, second, solicitors
from svro.casework.access import Actor
from svro.casework.claims import Claim
from svro.casework.grounds import GROUNDS
from svro.casework.instructions import ENDS, EndInstruction, RecordRepresentation
from svro.casework.solicitors import RecordSolicitor
from svro.doors import AnyRequest, Now, Reading, Who, Writing, attachment
from svro.web.forms import Answers, Field, Form, filled, one_step, run, show
from svro.web.proposals import where
from svro.web.site import page

CLAIM = one_step(
    Claim,
    "claim",
    "Claim a client",
    Field(name="reference", label="Reference of the order or application", width=20, hint="On the order"),
    Field(
        name="client_code",
        label="The client’s code",
        width=30,
        hint="Printed on the order, if the client gave it to you. Blanks and hyphens do not matter",
    ),
    Field(
        name="representation_reference",
        label="Representation reference",
        width=30,
        hint="For example, of a legal aid representation order, if there is one",
    ),
    lead="Two of three must hold: the court has recorded that you represent them, they gave you their code, "
    "a representation reference of yours was checked. Whatever is not confirmed is answered alike.",
    send="Claim",
)
END = one_step(
    EndInstruction,
    "end",
    "End an instruction",
    Field(name="why", label="Why does it end?", kind="radios", choices=ENDS),
    Field(name="note", label="Anything more (optional)", called="The note", kind="text"),
    lead="It ends now.",
    send="End it",
)
NO_MORE = one_step(
    EndInstruction,
    "end",
    "End what was recorded of a representation",
    *END.steps[0].fields,
    lead="No claim rests on it from now on. An instruction that was granted on it goes on until it is ended.",
    send="End it",
)
REGISTER = one_step(
    RecordSolicitor,
    "register",
    "What the regulator’s register says",
    Field(name="sra_number", label="SRA number", hint="Four to seven figures", width=10),
    Field(name="firm", label="Firm"),
    Field(
        name="standing",
        label="May they practise?",
        kind="radios",
        choices={"practising": "Yes", "not-practising": "No"},
    ),
    Field(name="checked_with", label="Where did you see it?", hint="For example, the register on 14 March"),
    lead="Another firm or number, or no right to practise, ends every instruction of theirs at once.",
    send="Record it",
)


def _represent(court: bool) -> Form[RecordRepresentation]:
    """What somebody may record: the court its own record, everybody a reference that they checked."""
    kinds = {code: text for code, text in GROUNDS.items() if code != "client-code"}
    if not court:
        kinds.pop("court-record")
    return one_step(
        RecordRepresentation,
        "represent",
        "Record that a solicitor represents this person",
        Field(name="kind", label="What have you seen?", kind="radios", choices=kinds),
        Field(name="sra_number", label="The solicitor’s SRA number", width=10),
        Field(name="reference", label="Representation reference", width=30, hint="Where you checked one"),
        Field(name="checked_with", label="Where did you see it?", hint="For example, the court’s file"),
        lead="Claims that hold with it are granted at once."
        + ("" if court else " This takes two people: it waits for somebody else who may record it."),
        send="Record it" if court else "Propose it",
    )


def _is_court(who: Actor) -> bool:
    return who.court is not None and "CLK" in who.roles


@get("/instructions", opt={"permission": claims.CLAIM})
async def mine(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """The clients of the solicitor who asks."""
    view = await claims.mine(reading, who, now)
    return page(request, "clients.html", "My clients", view=view, grounds=GROUNDS)


@get("/instructions/claim", opt={"permission": claims.CLAIM, "blank": True})
async def claiming(request: AnyRequest) -> Response[Any]:
    """Ask whom the solicitor acts for."""
    return show(request, CLAIM, {}, back="/instructions")


@post("/instructions/claim", opt={"permission": claims.CLAIM})
async def claim(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Take the claim. One page for all that is not confirmed."""

    async def act(command: Claim, given: Answers) -> str:
        view = await claims.claim(writing, who, command, now)
        return "/instructions" if view.confirmed else "/instructions/unconfirmed"

    return await run(request, writing, CLAIM, act, back="/instructions")


@get("/instructions/unconfirmed", opt={"permission": claims.CLAIM, "blank": True})
async def unconfirmed(request: AnyRequest) -> Response[Any]:
    """That a claim is not confirmed: the same for every one."""
    said = claims.UNCONFIRMED.sentence
    return page(request, "unconfirmed.html", "This is not confirmed", said=said)


@get("/instructions/{instruction_id:str}/end", opt={"permission": instructions.END})
async def ending(
    request: AnyRequest, reading: Reading, who: Who, now: Now, instruction_id: FromPath[str]
) -> Response[Any]:
    """Ask why an instruction ends."""
    view = await instructions.get(reading, who, instruction_id, now)
    return show(
        request, END, {}, caption=f"{view.solicitor}, {view.firm or ''}", back=_back(who, view.person_id)
    )


@post("/instructions/{instruction_id:str}/end", opt={"permission": instructions.END})
async def end(
    request: AnyRequest, writing: Writing, who: Who, now: Now, instruction_id: FromPath[str]
) -> Response[Any]:
    """End it."""
    view = await instructions.get(writing, who, instruction_id, now)

    async def act(command: EndInstruction, given: Answers) -> str:
        await instructions.end(writing, who, instruction_id, command, now)
        return _back(who, view.person_id)

    return await run(request, writing, END, act, back=_back(who, view.person_id))


def _back(who: Actor, person_id: str) -> str:
    return "/instructions" if "SOL" in who.roles else f"/people/{person_id}/instructions"


@get("/people/{person_id:str}/instructions", opt={"permission": instructions.END})
async def of_person(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Who acts for a person, what was recorded of it, and the claims that wait."""
    view = await instructions.of_person(reading, who, person_id, now)
    title = "Who acts for this person"
    return page(request, "instructions.html", title, view=view, grounds=GROUNDS)


@get("/people/{person_id:str}/representations/new", opt={"permission": instructions.VERIFY})
async def representing(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Ask what was seen of a representation."""
    await instructions.of_person(reading, who, person_id, now)
    return show(request, _represent(_is_court(who)), {}, back=f"/people/{person_id}/instructions")


@post("/people/{person_id:str}/representations/new", opt={"permission": instructions.VERIFY})
async def represent(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Record it, or propose it."""
    await instructions.of_person(writing, who, person_id, now)
    back = f"/people/{person_id}/instructions"

    async def act(command: RecordRepresentation, given: Answers) -> str:
        done = await second.done_or_proposed(writing, who, "represent", person_id, command, 0, now)
        return where(done, back)

    return await run(request, writing, _represent(_is_court(who)), act, back=back)


@get(
    "/people/{person_id:str}/representations/{representation_id:str}/end",
    opt={"permission": instructions.END},
)
async def ending_representation(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    representation_id: FromPath[str],
) -> Response[Any]:
    """Ask why what was recorded ends."""
    await instructions.of_person(reading, who, person_id, now)
    return show(request, NO_MORE, {}, back=f"/people/{person_id}/instructions")


@post(
    "/people/{person_id:str}/representations/{representation_id:str}/end",
    opt={"permission": instructions.END},
)
async def end_representation(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    representation_id: FromPath[str],
) -> Response[Any]:
    """End it."""
    await instructions.of_person(writing, who, person_id, now)
    back = f"/people/{person_id}/instructions"

    async def act(command: EndInstruction, given: Answers) -> str:
        await instructions.end_representation(writing, who, person_id, representation_id, command, now)
        return back

    return await run(request, writing, NO_MORE, act, back=back)


@get("/orders/{order_id:str}/paper", opt={"permission": order_papers.ISSUE})
async def printing(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """Say what printing an order does."""
    reference = await order_papers.named(reading, who, order_id, now)
    return page(
        request, "order_paper.html", "Print the order for its client", reference=reference, key=order_id
    )


@post("/orders/{order_id:str}/paper", opt={"permission": order_papers.ISSUE})
async def print_order(writing: Writing, who: Who, now: Now, order_id: FromPath[str]) -> Response[bytes]:
    """The order as PDF, with a new code for its client."""
    printed = await order_papers.issue(writing, who, order_id, now)
    return attachment(printed.pdf, "application/pdf", printed.name)


@get("/accounts/{account_id:str}/solicitor", opt={"permission": solicitors.RECORD})
async def registering(
    request: AnyRequest, reading: Reading, who: Who, now: Now, account_id: FromPath[str]
) -> Response[Any]:
    """Ask what the register says now."""
    view = await solicitors.get(reading, who, account_id, now)
    given = filled(REGISTER.fields, view)
    return show(request, REGISTER, given, caption=view.name, back=f"/accounts/{account_id}")


@post("/accounts/{account_id:str}/solicitor", opt={"permission": solicitors.RECORD})
async def register(
    request: AnyRequest, writing: Writing, who: Who, now: Now, account_id: FromPath[str]
) -> Response[Any]:
    """Record it."""
    view = await solicitors.get(writing, who, account_id, now)

    async def act(command: RecordSolicitor, given: Answers) -> str:
        await solicitors.record(writing, who, account_id, command, now)
        return f"/accounts/{account_id}"

    back = f"/accounts/{account_id}"
    return await run(request, writing, REGISTER, act, caption=view.name, back=back)


router = Router(
    "/",
    route_handlers=[
        mine,
        claiming,
        claim,
        unconfirmed,
        ending,
        end,
        of_person,
        representing,
        represent,
        ending_representation,
        end_representation,
        printing,
        print_order,
        registering,
        register,
    ],
    include_in_schema=False,
)
