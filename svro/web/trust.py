"""Pages on who may come near a case: allocations, the two lists, breaking the glass; and the alerts."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from svro.casework import alerts, allocations, glass, lists, second
from svro.casework.access import Actor
from svro.casework.alerts import FOUND, Triage
from svro.casework.allocations import End, Grant
from svro.casework.glass import BreakGlass
from svro.casework.lists import Declare, EditLists
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.web.forms import Answers, Field, Form, Step, run, show
from svro.web.people import CRO, PNC
from svro.web.proposals import where
from svro.web.site import may, page, see

WHY = Field(name="reason", label="Why?", kind="text")


def _one(kind: type[Any], title: str, *fields: Field, lead: str = "", send: str = "Send") -> Form[Any]:
    return Form(
        kind=kind, title=title, send=send, steps=(Step(name="one", title=title, fields=fields, lead=lead),)
    )


END = _one(End, "End an allocation", WHY, lead="It ends now.", send="End it")
BREAK = _one(
    BreakGlass,
    "Open a case that is not yours",
    Field(name="reason", label="Why can it not wait until a supervisor allocates it to you?", kind="text"),
    lead="The case opens to you for 60 minutes. The auditor is told, and looks into it within 72 hours.",
    send="Open it",
)
RELATIONSHIP = Field(
    name="relationship", label="How do you know them?", hint="For example, a neighbour or a former partner"
)
DECLARE = _one(
    Declare,
    "Declare that you know somebody",
    PNC,
    CRO,
    RELATIONSHIP,
    lead="Give one of the first two. If your force holds a case of theirs, you are kept out of it from now "
    "on. You are not told whether it does.",
    send="Declare it",
)
DECLARE_ONE = _one(
    Declare,
    "Declare that you know this person",
    RELATIONSHIP,
    lead="You are kept out of their case from now on.",
    send="Declare it",
)
TRIAGE = _one(
    Triage,
    "What did you find?",
    Field(name="outcome", label="Outcome", kind="radios", choices=FOUND),
    Field(name="note", label="On what other record did you check it?", kind="text"),
    send="Record it",
)


@get("/people/{person_id:str}/access", opt={"permission": (allocations.GRANT, lists.READ)})
async def access(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Who may come near a person's case: who is allocated, whom it is kept to, who is kept out."""
    allocated = await allocations.get(reading, who, person_id, now) if may(who, allocations.GRANT) else None
    listed = await lists.get(reading, who, person_id, now) if may(who, lists.READ) else None
    return page(
        request,
        "access.html",
        "Who may come near this case",
        person_id=person_id,
        allocated=allocated,
        listed=listed,
        readable=may(who, "person:read"),
    )


async def _grant_form(session: Any, who: Actor, person_id: str, now: Any) -> Form[Grant]:
    found = await allocations.colleagues(session, who, person_id, now)
    choices = {one.account_id: f"{one.name} ({one.roles})" for one in found}
    return _one(
        Grant,
        "Allocate somebody to this case",
        Field(name="account_id", label="Who?", kind="select", choices=choices),
        WHY,
        lead="They see it until you end that, or 90 days after the last hearing or the order’s end.",
        send="Allocate",
    )


def _back(person_id: str) -> str:
    return f"/people/{person_id}/access"


@get("/people/{person_id:str}/allocations/new", opt={"permission": allocations.GRANT})
async def granting(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Ask whom to allocate."""
    return show(request, await _grant_form(reading, who, person_id, now), {}, back=_back(person_id))


@post("/people/{person_id:str}/allocations/new", opt={"permission": allocations.GRANT})
async def grant(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Allocate somebody."""

    async def act(command: Grant, given: Answers) -> str:
        await allocations.grant(writing, who, person_id, command, now)
        return _back(person_id)

    form = await _grant_form(writing, who, person_id, now)
    return await run(request, writing, form, act, back=_back(person_id))


@get("/people/{person_id:str}/allocations/{allocation_id:str}/end", opt={"permission": allocations.GRANT})
async def ending(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    allocation_id: FromPath[str],
) -> Response[Any]:
    """Ask why an allocation ends."""
    await allocations.get(reading, who, person_id, now)
    return show(request, END, {}, back=_back(person_id))


@post("/people/{person_id:str}/allocations/{allocation_id:str}/end", opt={"permission": allocations.GRANT})
async def end(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    allocation_id: FromPath[str],
) -> Response[Any]:
    """End an allocation."""
    await allocations.get(writing, who, person_id, now)

    async def act(command: End, given: Answers) -> str:
        await allocations.end(writing, who, person_id, allocation_id, command, now)
        return _back(person_id)

    return await run(request, writing, END, act, back=_back(person_id))


async def _lists_form(session: Any, who: Actor, person_id: str, now: Any) -> Form[EditLists]:
    choices = dict(await lists.accounts(session, who, person_id, now))
    kept = {"kept to": "The accounts this case is kept to", "kept out": "The accounts kept out of it"}
    return _one(
        EditLists,
        "Change who may come near this case",
        Field(name="which", label="Which list?", kind="radios", choices=kept),
        Field(name="account_id", label="Whose account?", kind="select", choices=choices),
        Field(
            name="change",
            label="What is to happen?",
            kind="radios",
            choices={"add": "Put it on the list", "remove": "Take it off the list"},
        ),
        WHY,
        lead="This takes two people: it waits for somebody else who may change it.",
        send="Propose it",
    )


@get("/people/{person_id:str}/lists/change", opt={"permission": lists.EDIT})
async def listing_change(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Ask for a change to one of the lists."""
    return show(request, await _lists_form(reading, who, person_id, now), {}, back=_back(person_id))


@post("/people/{person_id:str}/lists/change", opt={"permission": lists.EDIT})
async def change_list(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Propose a change to one of the lists."""

    async def act(command: EditLists, given: Answers) -> str:
        done = await second.done_or_proposed(writing, who, "lists", person_id, command, 0, now)
        return where(done, _back(person_id))

    form = await _lists_form(writing, who, person_id, now)
    return await run(request, writing, form, act, back=_back(person_id))


@get("/people/{person_id:str}/break-glass", opt={"permission": glass.OPEN, "blank": True})
async def breaking(request: AnyRequest, person_id: FromPath[str]) -> Response[Any]:
    """Ask why a case must be opened now. Whether there is one is said when it is opened."""
    return show(request, BREAK, {}, back="/people")


@post("/people/{person_id:str}/break-glass", opt={"permission": glass.OPEN})
async def break_glass(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Open the case for an hour."""

    async def act(command: BreakGlass, given: Answers) -> str:
        done = await second.done_or_proposed(writing, who, "break-glass", person_id, command, 0, now)
        return where(done, f"/people/{person_id}")

    return await run(request, writing, BREAK, act, back="/people")


@get("/people/{person_id:str}/declare", opt={"permission": "person:read"})
async def declaring_one(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Ask how the reader knows the person whose record they are reading."""
    await lists.may_declare(reading, who, person_id, now)
    return show(request, DECLARE_ONE, {}, back=f"/people/{person_id}")


@post("/people/{person_id:str}/declare", opt={"permission": "person:read"})
async def declare_one(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Keep them out of it."""
    await lists.may_declare(writing, who, person_id, now)

    async def act(command: Declare, given: Answers) -> str:
        await lists.declare(writing, who, command, now)
        return "/relationships?noted=yes"

    also = {"person_id": person_id}
    return await run(request, writing, DECLARE_ONE, act, also=also, back=f"/people/{person_id}")


@get("/relationships", opt={"permission": lists.DECLARE, "blank": True})
async def declaring(request: AnyRequest) -> Response[Any]:
    """Ask whom the asker knows in private; or say that it was noted."""
    if request.query_params.get("noted") == "yes":
        return page(request, "noted.html", "It is noted")
    return show(request, DECLARE, {}, back="/")


@post("/relationships", opt={"permission": lists.DECLARE})
async def declare(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Note it. The answer is the same whether anybody was found."""

    async def act(command: Declare, given: Answers) -> str:
        await lists.declare(writing, who, command, now)
        return "/relationships?noted=yes"

    return await run(request, writing, DECLARE, act, back="/")


@get("/alerts", opt={"permission": alerts.TRIAGE})
async def raised(
    request: AnyRequest, reading: Reading, who: Who, now: Now, overdue: FromQuery[bool] = False
) -> Response[Any]:
    """The alerts of the asker's force, by reference."""
    lines = await alerts.listing(reading, who, now, overdue=overdue)
    filters = [("All", "/alerts", not overdue), ("Overdue", "/alerts?overdue=true", overdue)]
    return page(request, "alerts.html", "Alerts", lines=lines, filters=filters, found=FOUND)


@get("/alerts/{alert_id:str}", opt={"permission": alerts.TRIAGE})
async def alert(
    request: AnyRequest, reading: Reading, who: Who, now: Now, alert_id: FromPath[str]
) -> Response[Any]:
    """One alert, to look into it."""
    view = await alerts.get(reading, who, alert_id, now)
    return page(request, "alert.html", view.reference, alert=view, found=FOUND)


@get("/alerts/{alert_id:str}/outcome", opt={"permission": alerts.TRIAGE})
async def triaging(
    request: AnyRequest, reading: Reading, who: Who, now: Now, alert_id: FromPath[str]
) -> Response[Any]:
    """Ask what was found."""
    view = await alerts.get(reading, who, alert_id, now)
    if view.outcome:
        return see(f"/alerts/{alert_id}")
    return show(request, TRIAGE, {}, caption=view.reference, back=f"/alerts/{alert_id}")


@post("/alerts/{alert_id:str}/outcome", opt={"permission": alerts.TRIAGE})
async def triage(
    request: AnyRequest, writing: Writing, who: Who, now: Now, alert_id: FromPath[str]
) -> Response[Any]:
    """Record what was found."""
    view = await alerts.get(writing, who, alert_id, now)

    async def act(command: Triage, given: Answers) -> str:
        await alerts.triage(writing, who, alert_id, command, now)
        return f"/alerts/{alert_id}"

    back = f"/alerts/{alert_id}"
    return await run(request, writing, TRIAGE, act, caption=view.reference, back=back)


router = Router(
    "/",
    route_handlers=[
        access,
        granting,
        grant,
        ending,
        end,
        listing_change,
        change_list,
        breaking,
        break_glass,
        declaring_one,
        declare_one,
        declaring,
        declare,
        raised,
        alert,
        triaging,
        triage,
    ],
    include_in_schema=False,
)
