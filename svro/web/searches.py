"""Searches: is there power, record what happened, correct it, see what was found in each."""

from datetime import date
from secrets import token_hex
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from svro import doors
from svro.casework import orders, searches, second, status
from svro.casework.access import Actor, Deny, decide, require
from svro.casework.searches import CorrectSearch, RecordSearch, SearchView, VersionView
from svro.casework.status import CheckStatus
from svro.doors import AnyRequest, Now, Reading, Who, Writing, once
from svro.errors import Conflict, KeyReused, Malformed
from svro.law.search import Finding
from svro.web import search_form
from svro.web.forms import Answers, Asked, Field, Form, Step, after, answers, run, show, version
from svro.web.proposals import where
from svro.web.search_form import CHECK, CORRECT, KEY, RECORD
from svro.web.site import day, may, page

Verdict = Literal["yes", "no", "unknown", "not claimed"]

VERDICTS: dict[str, tuple[str, str]] = {
    "yes": ("Power", "green"),
    "no": ("No power", "red"),
    "unknown": ("Power not known", "yellow"),
    "not claimed": ("Not claimed under an order", "grey"),
}
"""The one word on the power: as people read it, and the colour of its tag."""

SEVERITIES: dict[str, tuple[str, str]] = {
    "power": ("Power", "red"),
    "serious": ("Serious", "orange"),
    "record": ("Record", "blue"),
    "note": ("Note", "grey"),
}


class Ask(CheckStatus, kw_only=True, forbid_unknown_fields=True):
    """The roadside question, with the incident for which it is asked."""

    incident: Annotated[str, Meta(min_length=3, max_length=60)]


ASK = Form(
    kind=Ask,
    title="Check an order’s status",
    send="Check",
    steps=(
        Step(
            name="ask",
            title="Check an order’s status",
            lead="Give one of the first three, exactly. Every check is kept, with your incident reference.",
            fields=(
                Field(
                    name="order_reference", label="Order reference", hint="Such as SVRO-7K2M-9QXD-4", width=20
                ),
                Field(name="pnc_id", label="PNC ID", hint="Such as 02/73319Z", width=10),
                Field(name="cro", label="CRO number", width=10),
                Field(
                    name="incident",
                    label="Incident reference",
                    hint="Why you ask: the command and control log, or another record that can be checked",
                    width=20,
                ),
            ),
        ),
    ),
)

SIGNED_IN = ("order:status_check", "account:read_own")
"""Whoever is signed in comes to the page, which asks for the purpose itself; the rest is for `_may_check`."""


def _may_check(who: Actor) -> None:
    decision = decide(who, "order:status_check")
    if isinstance(decision, Deny) and decision.kind != "purpose-needed":
        require(who, "order:status_check")


@get("/status", opt={"permission": SIGNED_IN, "blank": True})
async def ask(request: AnyRequest, who: Who) -> Response[Any]:
    """Ask whether there is power."""
    _may_check(who)
    given = {"incident": [who.purpose.reference]} if who.purpose and who.purpose.code == "roadside" else {}
    return show(request, ASK, given)


@post("/status", opt={"permission": SIGNED_IN, "blank": True})
async def check(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Answer in big words. The incident is why the officer looks, here and in what follows."""
    _may_check(who)
    given = await answers(request)
    try:
        if again := after(ASK, given, {}):
            return show(request, ASK, given, again)
        command = ASK.read(given, {})
        why = doors.purpose("roadside", command.incident)
        said = {name: getattr(command, name) for name in CheckStatus.__struct_fields__}
        asker = msgspec.structs.replace(who, purpose=why)
        found = await status.check(writing, asker, CheckStatus(**said), now)
    except Malformed as bad:
        return show(request, ASK, given, Asked(step=ASK.steps[0], faults=_of_incident(bad), status=400))
    await request.app.state.sign_in.remember(request, why)
    asked = filter(None, (command.order_reference, command.pnc_id, command.cro))
    told = (
        ("Order", found.order_reference),
        ("Court", found.court),
        ("Last day", day(_date(found.expires))),
        ("Asked by", ", ".join(asked)),
        ("Incident", command.incident),
    )
    carried = {
        CHECK: found.id,
        "order_reference": found.order_reference or command.order_reference,
        "pnc_id": command.pnc_id,
        "cro": command.cro,
        "go": search_form.WHEN.name,
    }
    shown = [(name, value) for name, value in told if value]
    title = found.answer.capitalize()
    return page(request, "status_check.html", title, check=found, told=shown, carried=carried)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _of_incident(bad: Malformed) -> tuple[Any, ...]:
    renamed = {"reference": "incident"}
    return tuple(msgspec.structs.replace(f, field=renamed.get(f.field, f.field)) for f in bad.faults)


SHORTCUT = "Check and record now"


@get("/searches/new", opt={"permission": "search:record", "blank": True})
async def new(request: AnyRequest, who: Who) -> Response[Any]:
    """Start a search record."""
    return show(request, RECORD, _begun(who, {}), shortcut=SHORTCUT)


def _begun(who: Actor, given: Answers) -> Answers:
    """What a record starts with: this system's power, the officer's number, a key against sending twice."""
    number = {"officer_number": [who.number]} if who.number else {}
    return {"power": ["svro"], "searched": ["yes"], KEY: [token_hex(16)], **number, **given}


@post("/searches/new", opt={"permission": "search:record", "blank": True})
async def record(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Ask on, or record. Sent twice, it is recorded once."""
    given = await answers(request)
    if KEY not in given:  # from a status check, with what it was asked by
        return show(request, RECORD, _begun(who, given), shortcut=SHORTCUT)

    async def act(command: RecordSearch, given: Answers) -> str:
        async def once_only() -> Response[SearchView]:
            try:
                view = await searches.record(writing, who, command, now)
            except Malformed as bad:
                raise search_form.on_page(bad) from bad
            return doors.answer(view, status=201, at=f"/searches/{view.id}?recorded=yes")

        try:
            done = await once(request, writing, now, once_only, key=given[KEY][0])
        except KeyReused as reused:
            raise Conflict(
                "This search is recorded already. Find it in your searches, and correct it there."
            ) from reused
        return str(done.headers["Location"])

    return await run(request, writing, RECORD, act, shortcut=SHORTCUT)


@get("/searches", opt={"permission": "search:read"})
async def listing(
    request: AnyRequest, reading: Reading, who: Who, now: Now, power: FromQuery[Verdict | None] = None
) -> Response[Any]:
    """Searches you may see, newest first; with one verdict on the power, if chosen."""
    lines = await searches.listing(reading, who, now, power=power)
    filters = [("All", "/searches", power is None)]
    filters += [
        (label, f"/searches?{urlencode({'power': code})}", power == code)
        for code, (label, _) in VERDICTS.items()
    ]
    return page(
        request, "searches.html", "Searches", lines=lines, filters=filters, verdicts=VERDICTS, back=None
    )


@get("/orders/{order_id:str}/searches", opt={"permission": "search:read"})
async def of_order(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """Searches claimed under one order that you may see."""
    order = await orders.get(reading, who, order_id, now)
    lines = await searches.listing(reading, who, now, order_id=order_id)
    back = (f"/orders/{order.id}", f"order {order.reference}")
    return page(
        request,
        "searches.html",
        f"Searches under order {order.reference}",
        lines=lines,
        verdicts=VERDICTS,
        back=back,
    )


def _why(view: SearchView) -> list[Finding]:
    """What stands against the power, for the first words on a record."""
    if view.power == "yes":
        return []
    return [f for f in view.findings if f.severity == "power" or f.code == "public-place-not-recorded"]


class Past(msgspec.Struct, kw_only=True):
    """One version of a record: what it changed, and what was found in it then."""

    version: VersionView
    changes: list[tuple[str, str, str]]


def _past(view: SearchView) -> list[Past]:
    """Every version, newest first."""
    before: VersionView | None = None
    story = []
    for told in view.versions:
        pair = (told.record, told.claimed)
        changed = search_form.changes((before.record, before.claimed), pair) if before else []
        story.append(Past(version=told, changes=changed))
        before = told
    return story[::-1]


@get("/searches/{search_id:str}", opt={"permission": "search:read"})
async def read(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    search_id: FromPath[str],
    recorded: FromQuery[Literal["yes", "corrected"] | None] = None,
) -> Response[Any]:
    """One search in full: what was found in it, what it says, every version."""
    view = await searches.get(reading, who, search_id, now)
    parts = [(step.title, search_form.rows(step, view.record, view.claimed)) for step in search_form.STEPS]
    return page(
        request,
        "search.html",
        view.reference,
        search=view,
        copy_until=_date(view.copy_until),
        parts=parts,
        past=_past(view),
        moved=view.findings != view.versions[-1].findings or view.power != view.versions[-1].power,
        verdicts=VERDICTS,
        severities=SEVERITIES,
        recorded=recorded,
        why=_why(view),
        sees_order=view.order_id is not None and view.order_force == who.force_id and may(who, "order:read"),
    )


@get("/searches/{search_id:str}/correct", opt={"permission": "search:correct"})
async def correction(
    request: AnyRequest, reading: Reading, who: Who, now: Now, search_id: FromPath[str]
) -> Response[Any]:
    """Start a correction: why, then every answer as it stands."""
    view = await searches.get(reading, who, search_id, now)
    back = f"/searches/{view.id}"
    return show(request, CORRECT, search_form.held(view), caption=view.reference, back=back)


@post("/searches/{search_id:str}/correct", opt={"permission": "search:correct"})
async def correct(
    request: AnyRequest, writing: Writing, who: Who, now: Now, search_id: FromPath[str]
) -> Response[Any]:
    """Ask on, or correct: a new version, beside every earlier one."""
    view = await searches.get(writing, who, search_id, now)

    async def act(command: CorrectSearch, given: Answers) -> str:
        try:
            done = await second.done_or_proposed(
                writing, who, "correct-search", search_id, command, version(given), now
            )
        except Malformed as bad:
            raise search_form.on_page(bad) from bad
        return where(done, f"/searches/{search_id}?recorded=corrected")

    back = f"/searches/{view.id}"
    return await run(request, writing, CORRECT, act, caption=view.reference, back=back)


router = Router(
    "/",
    route_handlers=[ask, check, new, record, listing, of_order, read, correction, correct],
    include_in_schema=False,
)
