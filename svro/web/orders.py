"""Orders on pages: what one is and was, its story, and each act in its life with what it needs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import Meta

from svro.casework import orders, second
from svro.casework.access import Actor, require_any
from svro.casework.orders import OrderView, RecordAct
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.errors import Malformed, Missing
from svro.law import acts as law
from svro.law.stages import AS_NOTIFIED
from svro.web.applications import DOCUMENT, EFFECTS, SEALED
from svro.web.forms import Answers, Field, Form, Step, filled, message, run, show, version
from svro.web.proposals import where
from svro.web.site import moment, page

Aware = Annotated[datetime, Meta(tz=True)]

AT = Field(
    name="at", label="When was it?", called="When", kind="instant", hint="For example, 14 3 2025 at 2:30pm"
)
PERIOD = (
    Field(name="months", label="New period in months", kind="number", width=3),
    Field(name="ends_on", label="New last day", kind="date", hint="Give this or the months, not both."),
)
AUTHORITY = Field(
    name="authority", label="Who confirmed it", hint="For example, a prison, by its release record"
)
OTHER = Field(name="other_reference", label="Reference of the later order", width=20)

TITLES: dict[str, str] = {
    "took_effect": "Confirm the day it took effect",
    "appealed": "Record an appeal",
    "superseded": "Record that a later order ended it",
    "supersession_dismissed": "Record that the later order is for somebody else",
    "varied": "Record a variation",
    "lengthened": "Record that the court lengthened it",
    "renewed": "Record that the court renewed it",
    "discharged": "Record that the court discharged it",
    "quashed": "Record that it was quashed on appeal",
    "varied_on_appeal": "Record that it was varied on appeal",
    "withdrawn": "Withdraw what was recorded in error",
}
ASKED: dict[str, tuple[Field, ...]] = {
    "took_effect": (AT, AUTHORITY, DOCUMENT),
    "appealed": (AT, AUTHORITY),
    "superseded": (AT, OTHER, AUTHORITY),
    "supersession_dismissed": (AT, OTHER, AUTHORITY),
    "varied": (AT, *PERIOD, DOCUMENT),
    "lengthened": (AT, *PERIOD, DOCUMENT),
    "renewed": (AT, *PERIOD, DOCUMENT),
    "discharged": (AT, DOCUMENT),
    "quashed": (AT, DOCUMENT),
    "varied_on_appeal": (AT, *PERIOD, DOCUMENT),
    "withdrawn": (DOCUMENT,),
}
"""What each act needs, beside the act it corrects."""

WARNINGS = {
    "already-subject-unsettled": "Whether an order not yet in effect is ended by a later one is unsettled.",
    "ceiling-unresolved": "It now runs longer than 2 years; whether the law allows that is not settled.",
    "floor-unresolved": "It now runs less than 6 months; whether the law allows that is not settled.",
    "renewal-counted-from-its-making": "The renewal gives only a length: it is counted from its making.",
    "trigger-without-authority": "A start is recorded that nobody is named as having confirmed.",
    "made-later-that-day": "The order was made later that day.",
    "appeal-pending": "An appeal is pending. It changes nothing until it is decided.",
    "later-quashed": "The order was quashed later. That does not rewrite what it was.",
    "ends-with-the-regime": "It ends with the regulations that keep it, before its own period does.",
    "regime-ended-while-waiting": "The regime ended while the order waited to take effect.",
}
"""What the law's warnings mean to a reader; one with no entry is shown by its code."""


class AskStatus(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An instant, and another as known at which; now where they are left out."""

    at: Aware | None = None
    known_at: Aware | None = None


ASK = Form(
    kind=AskStatus,
    title="What was it at a moment?",
    steps=(
        Step(
            name="ask",
            title="What was it at a moment?",
            fields=(
                Field(name="at", label="At", called="At", kind="instant", hint="Leave blank for now."),
                Field(
                    name="known_at",
                    label="As it was known at",
                    kind="instant",
                    hint="What this system could have said then. Leave blank for what is known now.",
                ),
            ),
        ),
    ),
)


@get("/orders", opt={"permission": "order:read"})
async def listing(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Orders the asker may read, newest first, each with its status now."""
    return page(request, "orders.html", "Orders", lines=await orders.listing(reading, who, now))


@get("/orders/{order_id:str}", opt={"permission": "order:read"})
async def read(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """An order: what it is now, its story, and what may be recorded."""
    view = await orders.get(reading, who, order_id, now)
    return page(
        request,
        "order.html",
        view.reference,
        order=view,
        warnings=WARNINGS,
        effects=EFFECTS,
        acts=[(act, TITLES[act]) for act in _recordable(view)],
        question=_question(view, now),
        corrected={act.corrects for act in (told.act for told in view.acts) if act.corrects},
        fields=ASK.fields,
    )


def _question(view: OrderView, now: datetime) -> law.Act | None:
    """The question, still open, whether a later order is for the same person."""
    standing = law.standing([told.act for told in view.acts], now)
    answered = {
        act.other_reference for act in standing if act.act in ("superseded", "supersession_dismissed")
    }
    asked = (act for act in standing if act.act == "supersession_questioned")
    return next((act for act in asked if act.other_reference not in answered), None)


def _recordable(view: OrderView) -> list[str]:
    """The acts the asker may record that make sense: no start where it began at once, no answer unasked."""
    held = {told.act.act for told in view.acts}
    deferred = any(told.act.effect not in (None, "immediate") for told in view.acts)
    pointless = set() if deferred else {"took_effect"}
    if "supersession_questioned" not in held:
        pointless.add("supersession_dismissed")
    return [act for act in view.may_record if act not in pointless]


@get("/orders/{order_id:str}/status", opt={"permission": "order:read"})
async def status(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """What the order was at an instant, as known at another."""
    view = await orders.get(reading, who, order_id, now)
    query = request.query_params
    given = {name: [str(value) for value in query.getall(name)] for name in query}
    faults: dict[str, Any] = {}
    answer = None
    try:
        ask = ASK.read(given, {})
        answer = orders.status_of(
            order_id, [told.act for told in view.acts], ask.at or now, ask.known_at or now
        )
    except Malformed as bad:
        known = {field.name: field for field in ASK.fields}
        faults = {fault.field: {"text": message(known[fault.field], fault)} for fault in bad.faults}
    return page(
        request,
        "order_status.html",
        ASK.title,
        status=400 if faults else 200,
        order=view,
        was=answer,
        warnings=WARNINGS,
        fields=ASK.fields,
        given=given,
        faults=faults,
    )


def _form(view: OrderView, act: str, permission: str) -> Form[RecordAct]:
    """What an act needs, and which recorded act it corrects; an act as notified needs its document."""
    if act not in ASKED:
        raise Missing
    asked = list(ASKED[act])
    if permission == AS_NOTIFIED and DOCUMENT not in asked:
        asked.append(DOCUMENT)
    corrected = {told.act.corrects for told in view.acts}
    earlier = {
        str(told.act.n): f"{told.act.n}. {told.title}, {moment(told.act.at)}"
        for told in view.acts
        if told.act.n not in corrected
        and told.act.act in (act, *(law.ACTS[1:] if act == "withdrawn" else ()))
    }
    if earlier:
        label = "Which was recorded in error?" if act == "withdrawn" else "Does it correct an earlier record?"
        asked.append(Field(name="corrects", label=label, called="Corrects", kind="select", choices=earlier))
    step = Step(name="act", title=TITLES[act], fields=tuple(asked))
    return Form(kind=RecordAct, title=TITLES[act], steps=(step,), sealed=SEALED)


def _fixed(act: str, now: datetime) -> Mapping[str, object]:
    """What is not asked: which act it is; and a withdrawal is as of now."""
    return {"act": act, **({"at": now} if act == "withdrawn" else {})}


def _permission(who: Actor, act: str) -> str:
    if act not in ASKED:
        raise Missing
    return require_any(who, orders.permissions(act))[0]


@get("/orders/{order_id:str}/acts/{act:str}", opt={"permission": orders.RECORDERS})
async def asking(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Ask for the details of an act. An answer to a question of supersession starts from the question."""
    view, permission = await orders.get(reading, who, order_id, now), _permission(who, act)
    form, question = _form(view, act, permission), _question(view, now)
    given: Answers = {"version": [str(view.version)]}
    if question and act in ("superseded", "supersession_dismissed"):
        given |= filled((AT, OTHER), question)
    return show(request, form, given, caption=view.person, back=f"/orders/{order_id}")


@post("/orders/{order_id:str}/acts/{act:str}", opt={"permission": orders.RECORDERS})
async def record(
    request: AnyRequest, writing: Writing, who: Who, now: Now, order_id: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Record an act."""
    view, permission = await orders.get(writing, who, order_id, now), _permission(who, act)

    async def do(command: RecordAct, given: Answers) -> str:
        done = await second.done_or_proposed(
            writing, who, "order-act", order_id, command, version(given), now
        )
        return where(done, f"/orders/{order_id}")

    form, back = _form(view, act, permission), f"/orders/{order_id}"
    return await run(request, writing, form, do, also=_fixed(act, now), caption=view.person, back=back)


router = Router("/", route_handlers=[listing, read, status, asking, record], include_in_schema=False)
