"""Who may come near a case: allocations, the two lists, breaking the glass; and the auditor's alerts."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from svro.api.proposals import WAITS
from svro.casework import alerts, allocations, glass, lists, second
from svro.casework.alerts import AlertLine, AlertView, Triage
from svro.casework.allocations import AllocationsView, Colleague, End, Grant
from svro.casework.glass import BreakGlass, GlassView
from svro.casework.lists import Declare, Declared, EditLists, ListsView
from svro.doors import AnyRequest, Now, Reading, Who, Writing, answer, once, told


@get(
    "/people/{person_id:str}/allocations",
    opt={"permission": allocations.GRANT},
    operation_id="listAllocations",
)
async def allocated(
    reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[AllocationsView]:
    """Who is, and was, allocated to a person's case."""
    return answer(await allocations.get(reading, who, person_id, now))


@get(
    "/people/{person_id:str}/colleagues",
    opt={"permission": allocations.GRANT},
    operation_id="listColleagues",
)
async def colleagues(reading: Reading, who: Who, now: Now, person_id: FromPath[str]) -> list[Colleague]:
    """Who can be allocated to a person's case."""
    return await allocations.colleagues(reading, who, person_id, now)


@post(
    "/people/{person_id:str}/allocations",
    opt={"permission": allocations.GRANT},
    operation_id="grantAllocation",
)
async def grant(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    data: JSONBody[Grant],
) -> Response[AllocationsView]:
    """Allocate somebody to a person's case, with the reason."""

    async def act() -> Response[AllocationsView]:
        return answer(await allocations.grant(writing, who, person_id, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/people/{person_id:str}/allocations/{allocation_id:str}/end",
    opt={"permission": allocations.GRANT},
    operation_id="endAllocation",
)
async def end(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    allocation_id: FromPath[str],
    data: JSONBody[End],
) -> Response[AllocationsView]:
    """End an allocation now, with the reason."""

    async def act() -> Response[AllocationsView]:
        return answer(await allocations.end(writing, who, person_id, allocation_id, data, now), status=201)

    return await once(request, writing, now, act)


@get("/people/{person_id:str}/lists", opt={"permission": lists.READ}, operation_id="readLists")
async def read_lists(reading: Reading, who: Who, now: Now, person_id: FromPath[str]) -> Response[ListsView]:
    """The accounts a person's case is kept to, and those kept out of it."""
    return answer(await lists.get(reading, who, person_id, now))


@post(
    "/people/{person_id:str}/lists",
    opt={"permission": lists.EDIT},
    operation_id="changeLists",
    responses=WAITS,
)
async def edit_lists(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    data: JSONBody[EditLists],
) -> Response[ListsView]:
    """Put an account on one of a person's lists or take it off, once a second person agrees."""

    async def act() -> Response[Any]:
        return told(await second.done_or_proposed(writing, who, "lists", person_id, data, 0, now))

    return await once(request, writing, now, act)


@post("/exclusions", opt={"permission": lists.DECLARE}, operation_id="declareRelationship")
async def declare(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[Declare]
) -> Response[Declared]:
    """Declare that you know somebody in private: you are kept out of their case. Whether there is one is not
    said.
    """

    async def act() -> Response[Declared]:
        return answer(await lists.declare(writing, who, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/people/{person_id:str}/break-glass",
    opt={"permission": glass.OPEN},
    operation_id="breakGlass",
    responses=WAITS,
)
async def break_glass(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    data: JSONBody[BreakGlass],
) -> Response[GlassView]:
    """Open one person's case for an hour without being allocated to it. It raises an alert."""

    async def act() -> Response[Any]:
        return told(await second.done_or_proposed(writing, who, "break-glass", person_id, data, 0, now))

    return await once(request, writing, now, act)


@get("/alerts", opt={"permission": alerts.TRIAGE}, operation_id="listAlerts")
async def raised(reading: Reading, who: Who, now: Now, overdue: FromQuery[bool] = False) -> list[AlertLine]:
    """Alerts of your force, by reference; only those that should have been looked into by now, if asked."""
    return await alerts.listing(reading, who, now, overdue=overdue)


@get("/alerts/{alert_id:str}", opt={"permission": alerts.TRIAGE}, operation_id="readAlert")
async def alert(reading: Reading, who: Who, now: Now, alert_id: FromPath[str]) -> Response[AlertView]:
    """One alert, to look into it."""
    return answer(await alerts.get(reading, who, alert_id, now))


@post("/alerts/{alert_id:str}/outcome", opt={"permission": alerts.TRIAGE}, operation_id="triageAlert")
async def triage(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    alert_id: FromPath[str],
    data: JSONBody[Triage],
) -> Response[AlertView]:
    """Record what you found."""

    async def act() -> Response[AlertView]:
        return answer(await alerts.triage(writing, who, alert_id, data, now), status=201)

    return await once(request, writing, now, act)


router = Router(
    "/api/v1",
    route_handlers=[
        allocated,
        colleagues,
        grant,
        end,
        read_lists,
        edit_lists,
        declare,
        break_glass,
        raised,
        alert,
        triage,
    ],
    tags=["Who may come near a case"],
)
