"""The start page, and the question why somebody looks."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from svro import doors
from svro.casework import applications, orders, second
from svro.casework.access import Actor, Allow, decide
from svro.casework.matrix import PURPOSES
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.law import stages
from svro.records.access_log import looks_of
from svro.web.forms import Answers, Field, Form, Step, run, show
from svro.web.site import may, page

PEOPLE = (
    ("Officers on patrol", "Check whether somebody is subject to an order, and record the search."),
    (
        "Police legal officers and supervisors",
        "Consider a case, test it against the Act, take it to the CPS.",
    ),
    ("Courts and prosecutors", "See the case, and record what the court decided."),
    ("Defence solicitors", "See what is held about a client, and when the order was in effect."),
    (
        "Scrutiny panels, oversight and the public",
        "See how the power is used, on whom, and how sure that is.",
    ),
)

TASKS = (
    ("Check a person's status at the roadside", "/status", "order:status_check"),
    ("Record a search", "/searches/new", "search:record"),
    ("Find a person", "/people", "person:search"),
    ("Record a person", "/people/new", "person:create"),
    ("See applications", "/applications", "application:list"),
    ("See orders", "/orders", "order:read"),
    ("See searches", "/searches", "search:read"),
    ("See scrutiny panels and their sessions", "/panels", "panel_pack:read"),
    ("Redact and release cases for a panel", "/panels", "panel_pack:release"),
    ("See how the power is used", "/reports", "report:read_aggregate"),
    ("Look after accounts", "/accounts", "user:manage"),
    ("See what waits for a second person", "/proposals", "proposal:read"),
    ("Look into alerts", "/alerts", "misuse_alert:triage"),
    ("Declare that you know somebody", "/relationships", "exclusion:declare"),
)


class Why(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why somebody looks."""

    purpose: str
    reference: str


WHY = Form(
    kind=Why,
    title="Why are you looking?",
    send="Continue",
    steps=(
        Step(
            name="why",
            title="Why are you looking?",
            lead="Records about people are shown only for a purpose, which is kept with every look.",
            fields=(
                Field(name="purpose", label="Purpose", kind="radios", choices=PURPOSES),
                Field(
                    name="reference",
                    label="Incident or case reference",
                    hint="One that can be checked against another record, such as a command and control log",
                    width=20,
                ),
            ),
        ),
    ),
)


class Waiting(msgspec.Struct, frozen=True):
    """A case that waits for the actor: what it is and where."""

    text: str
    href: str
    status: str


@get("/", opt={"permission": "help:read"})
async def home(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """What this is for, and, signed in, what there is for you to do."""
    if who.account_id is None:
        return page(request, "welcome.html", "Serious violence reduction orders", people=PEOPLE)
    tasks = [(text, href) for text, href, permission in TASKS if may(who, permission)]
    return page(request, "home.html", "Your tasks", tasks=tasks, waiting=await _waiting(reading, who, now))


async def _waiting(session: AsyncSession, who: Actor, now: datetime) -> list[Waiting]:
    """Applications at a stage where the actor may act, and orders whose status somebody has to settle."""
    found = []
    if isinstance(decide(who, "application:list"), Allow):
        for line in await applications.listing(session, who, now):
            mine = {p for row in stages.open_acts(line.stage) for p in stages.permissions(row)} - {
                stages.EVALUATE
            }
            if any(may(who, permission) for permission in mine):
                found.append(
                    Waiting(f"{line.reference}, {line.person}", f"/applications/{line.id}", line.stage_label)
                )
    if isinstance(decide(who, "order:read"), Allow) and any(may(who, p) for p in orders.RECORDERS):
        for order in await orders.listing(session, who, now):
            if order.answer == "unknown":
                found.append(
                    Waiting(f"{order.reference}, {order.person}", f"/orders/{order.id}", "Status not known")
                )
    if isinstance(decide(who, "proposal:read"), Allow):
        for asked in await second.listing(session, who, now):
            if asked.may_answer:
                text = f"{asked.title}: {asked.reference}"
                found.insert(0, Waiting(text, f"/proposals/{asked.id}", "Second person"))
    shown = found[:20]
    looks_of(session).only({waiting.href.rpartition("/")[2] for waiting in shown})
    return shown


def local(path: str) -> str:
    """A path on this site, or the start page where `path` would lead elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


@get("/purpose", opt={"permission": "account:read_own"})
async def purpose(request: AnyRequest) -> Response[Any]:
    """Ask why somebody looks."""
    return show(request, WHY, {})


@post("/purpose", opt={"permission": "account:read_own"})
async def say_purpose(request: AnyRequest, writing: Writing) -> Response[Any]:
    """Keep why they look, and go on to what they wanted to see."""

    async def act(why: Why, given: Answers) -> str:
        await request.app.state.sign_in.remember(request, doors.purpose(why.purpose, why.reference))
        return local(request.query_params.get("next", "/"))

    return await run(request, writing, WHY, act)


router = Router("/", route_handlers=[home, purpose, say_purpose], include_in_schema=False)
