"""What orders ask of people: duties, notifications, investigations, seized things, changes sought, dates."""

from typing import Any

import msgspec
from icalendar import Calendar, Event
from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from svro.api.proposals import WAITS
from svro.casework import changes, duties, investigations, second, seizures
from svro.casework.changes import ChangeView, CloseChange, SeekChange, ServeChange
from svro.casework.duties import CorrectNotification, NotificationView, OrderDuties
from svro.casework.investigations import InvestigationView, OpenInvestigation, RecordStep
from svro.casework.kinds import CloseOf
from svro.casework.seizures import RecordSeizure, RecordSeizureAct, SeizedView
from svro.doors import AnyRequest, Now, Reading, Version, Who, Writing, answer, once, told
from svro.law.dates import DAY
from svro.law.notifications import Notification


@get("/orders/{order_id:str}/duties", opt={"permission": duties.READ}, operation_id="listDuties")
async def of_order(reading: Reading, who: Who, now: Now, order_id: FromPath[str]) -> Response[OrderDuties]:
    """Everything due under an order: by which London day, done or late or not known, and why."""
    return answer(await duties.of_order(reading, who, order_id, now))


@post(
    "/orders/{order_id:str}/notifications",
    opt={"permission": duties.RECORD},
    operation_id="recordNotification",
)
async def notify(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    order_id: FromPath[str],
    data: JSONBody[Notification],
) -> Response[NotificationView]:
    """Record a notification as it was given, or a change not notified; late is no reason to refuse."""

    async def act() -> Response[NotificationView]:
        return answer(await duties.record_notification(writing, who, order_id, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/orders/{order_id:str}/notifications/{notification_id:str}",
    opt={"permission": duties.RECORD},
    operation_id="correctNotification",
)
async def correct(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    order_id: FromPath[str],
    notification_id: FromPath[str],
    data: JSONBody[CorrectNotification],
) -> Response[NotificationView]:
    """Correct or complete a notification: a new version, with its reason."""

    async def act() -> Response[NotificationView]:
        view = await duties.correct_notification(writing, who, order_id, notification_id, data, version, now)
        return answer(view, status=201)

    return await once(request, writing, now, act)


@post(
    "/orders/{order_id:str}/investigations",
    opt={"permission": investigations.RECORD},
    operation_id="openInvestigation",
)
async def investigate(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    order_id: FromPath[str],
    data: JSONBody[OpenInvestigation],
) -> Response[InvestigationView]:
    """Open an investigation of conduct that may be an offence under s.342G."""

    async def act() -> Response[InvestigationView]:
        view = await investigations.open_one(writing, who, order_id, data, now)
        return answer(view, status=201, at=f"/api/v1/investigations/{view.id}")

    return await once(request, writing, now, act)


@get(
    "/investigations/{investigation_id:str}",
    opt={"permission": investigations.READ},
    operation_id="readInvestigation",
)
async def investigation(
    reading: Reading, who: Who, now: Now, investigation_id: FromPath[str]
) -> Response[InvestigationView]:
    """One investigation, limb by limb."""
    return answer(await investigations.get(reading, who, investigation_id, now))


@post(
    "/investigations/{investigation_id:str}/acts",
    opt={"permission": investigations.RECORDERS},
    operation_id="recordInvestigationAct",
)
async def step(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    investigation_id: FromPath[str],
    data: JSONBody[RecordStep],
) -> Response[InvestigationView]:
    """Record what happened next in an investigation."""

    async def act() -> Response[InvestigationView]:
        view = await investigations.record_step(writing, who, investigation_id, data, version, now)
        return answer(view, status=201)

    return await once(request, writing, now, act)


@get(
    "/searches/{search_id:str}/seizures",
    opt={"permission": seizures.READ},
    operation_id="listSeizuresOfSearch",
)
async def seized(reading: Reading, who: Who, now: Now, search_id: FromPath[str]) -> list[SeizedView]:
    """What was seized in a search, and what is owed of each thing."""
    return await seizures.of_search(reading, who, search_id, now)


@post("/searches/{search_id:str}/seizures", opt={"permission": seizures.RECORD}, operation_id="recordSeizure")
async def seize(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    search_id: FromPath[str],
    data: JSONBody[RecordSeizure],
) -> Response[SeizedView]:
    """Record a thing seized in a search."""

    async def act() -> Response[SeizedView]:
        view = await seizures.record(writing, who, search_id, data, now)
        return answer(view, status=201, at=f"/api/v1/seizures/{view.id}")

    return await once(request, writing, now, act)


@get("/seizures/{item_id:str}", opt={"permission": seizures.READ}, operation_id="readSeizure")
async def item(reading: Reading, who: Who, now: Now, item_id: FromPath[str]) -> Response[SeizedView]:
    """One seized thing."""
    return answer(await seizures.get(reading, who, item_id, now))


@post("/seizures/{item_id:str}/acts", opt={"permission": seizures.RECORD}, operation_id="recordSeizureAct")
async def act_on_item(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    item_id: FromPath[str],
    data: JSONBody[RecordSeizureAct],
) -> Response[SeizedView]:
    """Record what happened to a seized thing."""

    async def act() -> Response[SeizedView]:
        return answer(await seizures.record_act(writing, who, item_id, data, version, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/orders/{order_id:str}/changes",
    opt={"permission": changes.APPLY},
    operation_id="seekChange",
    responses=WAITS,
)
async def seek(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    order_id: FromPath[str],
    data: JSONBody[SeekChange],
) -> Response[ChangeView]:
    """Seek to have an order varied, lengthened, renewed or discharged. What the law bars is refused (409)."""

    async def act() -> Response[ChangeView]:
        return told(await second.done_or_proposed(writing, who, "seek-change", order_id, data, version, now))

    return await once(request, writing, now, act)


@post(
    "/orders/{order_id:str}/changes/{change_id:str}/services",
    opt={"permission": changes.SERVE},
    operation_id="recordServiceOfChange",
)
async def serve(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    order_id: FromPath[str],
    change_id: FromPath[str],
    data: JSONBody[ServeChange],
) -> Response[ChangeView]:
    """Record on whom an application for a change was served, and when."""

    async def act() -> Response[ChangeView]:
        view = await changes.serve(writing, who, order_id, change_id, data, version, now)
        return answer(view, status=201)

    return await once(request, writing, now, act)


@post(
    "/orders/{order_id:str}/changes/{change_id:str}/outcome",
    opt={"permission": changes.CLOSE},
    operation_id="closeChange",
    responses=WAITS,
)
async def close(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    order_id: FromPath[str],
    change_id: FromPath[str],
    data: JSONBody[CloseChange],
) -> Response[ChangeView]:
    """Record how an application for a change ended. What was allowed is besides an act of the order."""

    async def act() -> Response[ChangeView]:
        ended = CloseOf(change_id=change_id, **msgspec.structs.asdict(data))
        return told(
            await second.done_or_proposed(writing, who, "close-change", order_id, ended, version, now)
        )

    return await once(request, writing, now, act)


@get(
    "/calendar.ics",
    opt={"permission": duties.CALENDAR},
    operation_id="readCalendar",
    media_type="text/calendar",
)
async def calendar(reading: Reading, who: Who, now: Now) -> Response[bytes]:
    """The days on which something ends, as iCalendar: references and kinds, no names. Source: RFC 5545."""
    made = Calendar()
    made.add("prodid", "-//svro//dates//EN")
    made.add("version", "2.0")
    for entry in await duties.calendar(reading, who, now):
        event: Any = Event()
        event.add("uid", entry.uid)
        event.add("summary", entry.summary)
        event.add("description", f"Source: {entry.source}")
        event.add("dtstamp", now)
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + DAY)  # exclusive, so that it is that London day alone
        event.add("transp", "TRANSPARENT")
        made.add_component(event)
    return Response(
        made.to_ical(), media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


router = Router(
    "/api/v1",
    route_handlers=[
        of_order,
        notify,
        correct,
        investigate,
        investigation,
        step,
        seized,
        seize,
        item,
        act_on_item,
        seek,
        serve,
        close,
        calendar,
    ],
    tags=["Duties"],
)
