"""Duties on pages: what an order asks, by when; notifications, investigations, seized things, changes."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro.casework import changes, duties, investigations, second, seizures
from svro.casework.changes import CloseChange, ServeChange
from svro.casework.duties import CorrectNotification, NotificationView, OrderDuties
from svro.casework.investigations import OpenInvestigation, RecordStep
from svro.casework.kinds import CloseOf
from svro.casework.seizures import RecordSeizure, RecordSeizureAct
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.errors import Missing
from svro.law import breaches
from svro.law.notifications import Notification
from svro.law.seizures import ACTS as ITEM_ACTS
from svro.web import change_forms
from svro.web import duty_forms as forms
from svro.web.forms import Answers, Form, filled, run, show, version
from svro.web.proposals import where
from svro.web.site import page

STANDINGS: dict[str, tuple[str, str]] = {
    "overdue": ("Overdue", "red"),
    "late": ("Late", "orange"),
    "not known": ("Not known", "yellow"),
    "due": ("Due", "blue"),
    "done": ("Done", "green"),
    "closed": ("Closed", "grey"),
    "not due": ("Not due", "grey"),
}
"""How a duty stands, as people read it, and the colour of its tag; what wants attention comes first."""

SEVERITIES = {
    "power": ("Power", "red"),
    "serious": ("Serious", "orange"),
    "record": ("Record", "blue"),
    "note": ("Note", "grey"),
}


def _home(order_id: str) -> str:
    return f"/orders/{order_id}/duties"


def _about(view: OrderDuties) -> dict[str, Any]:
    """What stands over every form under an order."""
    return {"caption": view.reference, "back": _home(view.order_id)}


def _of(known: Mapping[str, Form[Any]], name: str) -> Form[Any]:
    if name not in known:
        raise Missing
    return known[name]


@get("/orders/{order_id:str}/duties", opt={"permission": duties.READ})
async def read(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """What an order asks, what wants attention first, and the records it comes from."""
    view = await duties.of_order(reading, who, order_id, now)
    ranks = list(STANDINGS)
    return page(
        request,
        "duties.html",
        "Duties",
        view=view,
        duties=sorted(view.duties, key=lambda duty: ranks.index(duty.standing)),
        standings=STANDINGS,
        severities=SEVERITIES,
        kinds={kind: form.title for kind, form in forms.NOTIFICATIONS.items()},
        steps={act: form.title for act, form in forms.STEPS.items()},
        items={act: form.title for act, form in forms.ITEMS.items()},
        limbs=breaches.LIMBS,
        acts=ITEM_ACTS,
    )


@get("/orders/{order_id:str}/duties/notifications/{notice:str}/new", opt={"permission": duties.RECORD})
async def new_notification(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str], notice: FromPath[str]
) -> Response[Any]:
    """Ask how a notification was given."""
    form, view = _of(forms.NOTIFICATIONS, notice), await duties.of_order(reading, who, order_id, now)
    return show(request, form, {}, **_about(view))


@post("/orders/{order_id:str}/duties/notifications/{notice:str}/new", opt={"permission": duties.RECORD})
async def notify(
    request: AnyRequest, writing: Writing, who: Who, now: Now, order_id: FromPath[str], notice: FromPath[str]
) -> Response[Any]:
    """Record a notification."""
    form, view = _of(forms.NOTIFICATIONS, notice), await duties.of_order(writing, who, order_id, now)

    async def act(said: forms.Said, given: Answers) -> str:
        told = Notification(**forms.told(notice, said))  # type: ignore[arg-type]
        await duties.record_notification(writing, who, order_id, told, now)
        return _home(order_id)

    return await run(request, writing, form, act, **_about(view))


def _held(view: OrderDuties, notification_id: str) -> NotificationView:
    found = (row for row in view.notifications if row.id == notification_id and not row.withdrawn)
    row = next(found, None)
    if row is None:
        raise Missing
    return row


@get("/orders/{order_id:str}/duties/notifications/{notification_id:str}", opt={"permission": duties.RECORD})
async def correcting(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    order_id: FromPath[str],
    notification_id: FromPath[str],
) -> Response[Any]:
    """Ask what should have been recorded of a notification."""
    view = await duties.of_order(reading, who, order_id, now)
    row = _held(view, notification_id)
    form = forms.CORRECTIONS[row.facts.kind]
    given = {**filled(form.fields, forms.typed(row.facts)), "version": [str(row.version)]}
    return show(request, form, given, **_about(view))


@post("/orders/{order_id:str}/duties/notifications/{notification_id:str}", opt={"permission": duties.RECORD})
async def correct(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    order_id: FromPath[str],
    notification_id: FromPath[str],
) -> Response[Any]:
    """Correct a notification: a new version, with its reason."""
    view = await duties.of_order(writing, who, order_id, now)
    kind = _held(view, notification_id).facts.kind

    async def act(said: forms.Corrected, given: Answers) -> str:
        command = CorrectNotification(**forms.told(kind, said), reason=said.reason)
        await duties.correct_notification(
            writing, who, order_id, notification_id, command, version(given), now
        )
        return _home(order_id)

    return await run(request, writing, forms.CORRECTIONS[kind], act, **_about(view))


@get("/orders/{order_id:str}/duties/investigations/new", opt={"permission": investigations.RECORD})
async def opening(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """Ask what is suspected."""
    return show(request, forms.OPEN, {}, **_about(await duties.of_order(reading, who, order_id, now)))


@post("/orders/{order_id:str}/duties/investigations/new", opt={"permission": investigations.RECORD})
async def investigate(
    request: AnyRequest, writing: Writing, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """Open an investigation."""
    view = await duties.of_order(writing, who, order_id, now)

    async def act(command: OpenInvestigation, given: Answers) -> str:
        made = await investigations.open_one(writing, who, order_id, command, now)
        return f"{_home(order_id)}#{made.id}"

    return await run(request, writing, forms.OPEN, act, **_about(view))


@get("/investigations/{investigation_id:str}/{step:str}", opt={"permission": investigations.RECORDERS})
async def asking_step(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    investigation_id: FromPath[str],
    step: FromPath[str],
) -> Response[Any]:
    """Ask what happened next."""
    form, view = _of(forms.STEPS, step), await investigations.get(reading, who, investigation_id, now)
    given: Answers = {"version": [str(view.version)]}
    if len(view.limbs) == 1:
        given["limb"] = [view.limbs[0].code]
    return show(request, form, given, caption=view.reference, back=_home(view.order_id))


@post("/investigations/{investigation_id:str}/{step:str}", opt={"permission": investigations.RECORDERS})
async def record_step(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    investigation_id: FromPath[str],
    step: FromPath[str],
) -> Response[Any]:
    """Record what happened next."""
    form, view = _of(forms.STEPS, step), await investigations.get(writing, who, investigation_id, now)

    async def do(command: RecordStep, given: Answers) -> str:
        await investigations.record_step(writing, who, investigation_id, command, version(given), now)
        return f"{_home(view.order_id)}#{investigation_id}"

    about: dict[str, Any] = {"caption": view.reference, "back": _home(view.order_id)}
    return await run(request, writing, form, do, also={"act": step}, **about)


@get("/searches/{search_id:str}/seizures/new", opt={"permission": seizures.RECORD})
async def seizing(
    request: AnyRequest, reading: Reading, who: Who, now: Now, search_id: FromPath[str]
) -> Response[Any]:
    """Ask what was seized."""
    await seizures.of_search(reading, who, search_id, now)
    return show(request, forms.SEIZE, {}, back=f"/searches/{search_id}")


@post("/searches/{search_id:str}/seizures/new", opt={"permission": seizures.RECORD})
async def seize(
    request: AnyRequest, writing: Writing, who: Who, now: Now, search_id: FromPath[str]
) -> Response[Any]:
    """Record a seized thing."""

    async def act(command: RecordSeizure, given: Answers) -> str:
        return f"/seizures/{(await seizures.record(writing, who, search_id, command, now)).id}"

    return await run(request, writing, forms.SEIZE, act, back=f"/searches/{search_id}")


@get("/seizures/{item_id:str}", opt={"permission": seizures.READ})
async def item(
    request: AnyRequest, reading: Reading, who: Who, now: Now, item_id: FromPath[str]
) -> Response[Any]:
    """One seized thing: what is owed of it, and what became of it."""
    view = await seizures.get(reading, who, item_id, now)
    items = {act: form.title for act, form in forms.ITEMS.items()}
    return page(
        request,
        "seizure.html",
        view.reference,
        item=view,
        items=items,
        standings=STANDINGS,
        severities=SEVERITIES,
    )


@get("/seizures/{item_id:str}/{fate:str}", opt={"permission": seizures.RECORD})
async def asking_item(
    request: AnyRequest, reading: Reading, who: Who, now: Now, item_id: FromPath[str], fate: FromPath[str]
) -> Response[Any]:
    """Ask what happened to a seized thing."""
    form, view = _of(forms.ITEMS, fate), await seizures.get(reading, who, item_id, now)
    given = {"version": [str(view.version)]}
    return show(request, form, given, caption=view.reference, back=f"/seizures/{item_id}")


@post("/seizures/{item_id:str}/{fate:str}", opt={"permission": seizures.RECORD})
async def act_on_item(
    request: AnyRequest, writing: Writing, who: Who, now: Now, item_id: FromPath[str], fate: FromPath[str]
) -> Response[Any]:
    """Record what happened to a seized thing."""
    form, view = _of(forms.ITEMS, fate), await seizures.get(writing, who, item_id, now)

    async def do(command: RecordSeizureAct, given: Answers) -> str:
        await seizures.record_act(writing, who, item_id, command, version(given), now)
        return f"/seizures/{item_id}"

    about: dict[str, Any] = {"caption": view.reference, "back": f"/seizures/{item_id}"}
    return await run(request, writing, form, do, also={"act": fate}, **about)


@get("/orders/{order_id:str}/changes/new", opt={"permission": changes.APPLY})
async def seeking(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """Ask what change is sought."""
    view = await duties.of_order(reading, who, order_id, now)
    return show(request, change_forms.SEEK, {"version": [str(view.version)]}, **_about(view))


@post("/orders/{order_id:str}/changes/new", opt={"permission": changes.APPLY})
async def seek(
    request: AnyRequest, writing: Writing, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """Seek a change, or say in law why it cannot be sought."""
    view = await duties.of_order(writing, who, order_id, now)

    async def act(said: change_forms.Sought, given: Answers) -> str:
        made = await second.done_or_proposed(
            writing, who, "seek-change", order_id, change_forms.sought(said), version(given), now
        )
        return where(made, f"{_home(order_id)}#{made.id}")

    return await run(request, writing, change_forms.SEEK, act, **_about(view))


def _change(view: OrderDuties, change_id: str) -> int:
    """The version of an application for a change."""
    row = next((row for row in view.changes if row.id == change_id), None)
    if row is None:
        raise Missing
    return row.version


ON_A_CHANGE: dict[str, Form[Any]] = {"service": change_forms.SERVE, "outcome": change_forms.OUTCOME}
"""What may be recorded of an application for a change, by the last part of its address."""


@get(
    "/orders/{order_id:str}/changes/{change_id:str}/{what:str}",
    opt={"permission": (*changes.SERVE, *changes.CLOSE)},
)
async def asking_change(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    order_id: FromPath[str],
    change_id: FromPath[str],
    what: FromPath[str],
) -> Response[Any]:
    """Ask on whom an application was served, or how it ended."""
    form, view = _of(ON_A_CHANGE, what), await duties.of_order(reading, who, order_id, now)
    given = {"version": [str(_change(view, change_id))]}
    return show(request, form, given, **_about(view))


@post(
    "/orders/{order_id:str}/changes/{change_id:str}/{what:str}",
    opt={"permission": (*changes.SERVE, *changes.CLOSE)},
)
async def on_change(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    order_id: FromPath[str],
    change_id: FromPath[str],
    what: FromPath[str],
) -> Response[Any]:
    """Record service of an application, or how it ended."""
    form, view = _of(ON_A_CHANGE, what), await duties.of_order(writing, who, order_id, now)

    async def act(said: change_forms.ServedOn | CloseChange, given: Answers) -> str:
        done: Any
        if isinstance(said, CloseChange):
            ended = CloseOf(change_id=change_id, **msgspec.structs.asdict(said))
            done = await second.done_or_proposed(
                writing, who, "close-change", order_id, ended, version(given), now
            )
        else:
            command = ServeChange(served=change_forms.served(said), hearsay_on=said.hearsay_on)
            done = await changes.serve(writing, who, order_id, change_id, command, version(given), now)
        return where(done, f"{_home(order_id)}#{change_id}")

    return await run(request, writing, form, act, **_about(view))


router = Router(
    "/",
    route_handlers=[
        read,
        new_notification,
        notify,
        correcting,
        correct,
        opening,
        investigate,
        asking_step,
        record_step,
        seizing,
        seize,
        item,
        asking_item,
        act_on_item,
        seeking,
        seek,
        asking_change,
        on_change,
    ],
    include_in_schema=False,
)
