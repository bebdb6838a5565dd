"""The access log on pages: what you looked at, the force's looks, looks at one person; questions about them,
and the force's incidents.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery

from svro.casework import access_log, access_review, extracts, second
from svro.casework.access import Allow, decide
from svro.casework.access_log import OF_SUBJECT, READ, Filter, Log
from svro.casework.access_review import IMPORT, TRIAGE, Declare, Settle
from svro.casework.extracts import EXPORT, AskExtract
from svro.doors import AnyRequest, Now, Reading, Real, Who, Writing
from svro.errors import Fault, Malformed, Missing
from svro.records.access_review import OUTCOMES, QUESTIONS
from svro.web.forms import Answers, Field, Form, Step, message, run, show
from svro.web.proposals import where
from svro.web.site import page

KINDS = {
    "consultation": "Looked at",
    "collection": "Recorded",
    "alteration": "Changed",
    "combination": "Combined",
    "disclosure": "Disclosed",
    "erasure": "Erased",
}
"""The six uses of s.62, as people say them."""
THINGS = {"person": "Person", "application": "Application", "order": "Order", "search": "Search"}
PLACES = {"person": "/people", "application": "/applications", "order": "/orders", "search": "/searches"}

ASK = Form(
    kind=Filter,
    title="Access log",
    steps=(
        Step(
            name="ask",
            title="Narrow it down",
            fields=(
                Field(name="person_id", label="Person’s id", hint="32 letters and digits", width=20),
                Field(name="account_id", label="Account’s id", hint="32 letters and digits", width=20),
                Field(name="reference", label="Incident or case reference", width=20),
                Field(name="day", label="Day", kind="date", hint="For example, 14 3 2025"),
            ),
        ),
    ),
)

SETTLE = Form(
    kind=Settle,
    title="What came of it?",
    steps=(
        Step(
            name="settle",
            title="What came of it?",
            lead="Your answer covers the looks so far. A later one asks anew.",
            fields=(
                Field(name="outcome", label="Outcome", kind="radios", choices=OUTCOMES),
                Field(name="reason", label="Why", kind="text", called="Reason"),
            ),
        ),
    ),
)


DECLARE = Form(
    kind=Declare,
    title="Say who somebody is",
    steps=(
        Step(
            name="declare",
            title="Say who somebody is",
            lead="A look by this account at this person, who is one and the same, becomes a question.",
            fields=(
                Field(name="account_id", label="Account’s id", hint="32 letters and digits", width=20),
                Field(name="person_id", label="Person’s id", hint="32 letters and digits", width=20),
                Field(name="withdrawn", label="They are not the same after all", kind="yes"),
            ),
        ),
    ),
)


EXTRACT = Form(
    kind=AskExtract,
    title="Hand over the access log",
    send="Propose it",
    steps=(
        Step(
            name="extract",
            title="Hand over the access log",
            lead="Looks at one person, or without one all looks by your force and at its records. Who looked "
            "is told apart and not named. It waits for another auditor.",
            fields=(
                Field(
                    name="person_id",
                    label="Person’s id (optional)",
                    called="Person’s id",
                    hint="32 letters and digits",
                    width=20,
                ),
                Field(name="first_day", label="First day", kind="date", hint="For example, 14 3 2025"),
                Field(name="last_day", label="Last day", kind="date", hint="Counted too"),
                Field(name="recipients", label="Whom is it for?", width=20),
                Field(name="reason", label="Why?", kind="text"),
            ),
        ),
    ),
)


def _log(request: AnyRequest, title: str, log: Log, lead: str, **content: Any) -> Response[Any]:
    earlier = None
    if log.before:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "before"]
        earlier = f"{request.url.path}?{urlencode([*kept, ('before', log.before.isoformat())])}"
    return page(
        request,
        "access_log.html",
        title,
        log=log,
        lead=lead,
        earlier=earlier,
        kinds=KINDS,
        things=THINGS,
        places=PLACES,
        **content,
    )


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed([Fault("before", "is not an instant")]) from None
    if found.tzinfo is None:
        raise Malformed([Fault("before", "needs an offset")])
    return found


@get("/looks", opt={"permission": READ})
async def mine(
    request: AnyRequest, reading: Reading, who: Who, before: FromQuery[str | None] = None
) -> Response[Any]:
    """What you looked at."""
    log = await access_log.mine(reading, who, _instant(before))
    lead = "Every time a record about somebody was opened or changed in your name. An auditor sees this too."
    return _log(request, "What you looked at", log, lead, own=True)


@get("/access-log", opt={"permission": TRIAGE})
async def of_force(
    request: AnyRequest, reading: Reading, who: Who, before: FromQuery[str | None] = None
) -> Response[Any]:
    """Your force's looks, and looks at its records; for oversight, their number."""
    query = request.query_params
    given = {name: [str(value) for value in query.getall(name)] for name in query if name != "before"}
    faults: dict[str, Any] = {}
    try:
        asked = ASK.read(given, {})
    except Malformed as bad:
        known = {field.name: field for field in ASK.fields}
        faults = {fault.field: {"text": message(known[fault.field], fault)} for fault in bad.faults}
        asked = Filter()
    asked = msgspec.structs.replace(asked, before=_instant(before))
    log = Log() if faults else await access_log.of_force(reading, who, asked)
    decision = decide(who, READ)
    narrow = isinstance(decision, Allow) and "O" in decision.scopes
    lead = "Looks by your force, and at its records, wherever they came from."
    return _log(request, "Access log", log, lead, fields=ASK.fields if narrow else (), given=given,
                faults=faults, names=True, audits=True)  # fmt: skip


@get("/people/{person_id:str}/looks", opt={"permission": OF_SUBJECT})
async def of_person(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    before: FromQuery[str | None] = None,
) -> Response[Any]:
    """Who looked at one person, when and why."""
    log = await access_log.of_person(reading, who, person_id, now, _instant(before))
    lead = (
        "Looks at this person, and at their applications, orders and searches. What else was in the same "
        "answer is not shown."
    )
    return _log(request, "Who looked at this person", log, lead, names=True)


@get("/access-log/questions", opt={"permission": TRIAGE})
async def questions(request: AnyRequest, reading: Reading, who: Who, real: Real) -> Response[Any]:
    """What should be asked about looks."""
    found = await access_review.questions(reading, who, real)
    return page(request, "access_questions.html", "Questions about looks", found=found, titles=QUESTIONS)


@get("/access-log/questions/{question:str}/{about:str}", opt={"permission": TRIAGE})
async def asking(
    request: AnyRequest, reading: Reading, who: Who, real: Real, question: FromPath[str], about: FromPath[str]
) -> Response[Any]:
    """Ask what came of a question."""
    return show(request, SETTLE, {}, **await _about(reading, who, real, question, about))


@post("/access-log/questions/{question:str}/{about:str}", opt={"permission": TRIAGE})
async def settle(
    request: AnyRequest, writing: Writing, who: Who, real: Real, question: FromPath[str], about: FromPath[str]
) -> Response[Any]:
    """Record what came of it."""
    about_it = await _about(writing, who, real, question, about)

    async def act(command: Settle, given: Answers) -> str:
        await access_review.settle(writing, who, command, real)
        return "/access-log/questions"

    return await run(request, writing, SETTLE, act, also={"question": question, "about": about}, **about_it)


async def _about(session: Any, who: Any, real: datetime, question: str, about: str) -> dict[str, Any]:
    found = await access_review.questions(session, who, real)
    one = next((one for one in found.open if (one.question, one.about) == (question, about)), None)
    if one is None:
        raise Missing
    return {"caption": f"{one.title}: {one.reference or 'an account'}", "back": "/access-log/questions"}


@get("/access-log/declared", opt={"permission": TRIAGE, "blank": True})
async def declaring(request: AnyRequest) -> Response[Any]:
    """Ask which account's holder is which person."""
    return show(request, DECLARE, {}, back="/access-log/questions")


@post("/access-log/declared", opt={"permission": TRIAGE, "blank": True})
async def declare(request: AnyRequest, writing: Writing, who: Who, real: Real) -> Response[Any]:
    """Record that an account's holder is a person of the force's records."""

    async def act(command: Declare, given: Answers) -> str:
        await access_review.declare(writing, who, command, real)
        return "/access-log/questions"

    return await run(request, writing, DECLARE, act, back="/access-log/questions")


@get("/access-log/incidents", opt={"permission": IMPORT})
async def incident_list(request: AnyRequest) -> Response[Any]:
    """Ask for an incident list."""
    return page(request, "incidents.html", "Add your force’s incidents", faults=())


@post("/access-log/incidents", opt={"permission": IMPORT})
async def incidents(request: AnyRequest, writing: Writing, who: Who, real: Real) -> Response[Any]:
    """Add an incident list."""
    title, file = "Add your force’s incidents", (await request.form()).get("list")
    try:
        if not isinstance(file, UploadFile):
            raise Malformed([Fault("list", "choose a file")])
        text = (await file.read()).decode()
        done = await access_review.take_incidents(writing, who, access_review.incidents_in(text), real)
    except UnicodeDecodeError:
        return page(request, "incidents.html", title, status=400, faults=("The file must be text in UTF-8",))
    except Malformed as bad:
        said = tuple(f"{fault.field}: {fault.reason}" for fault in bad.faults)
        return page(request, "incidents.html", title, status=400, faults=said)
    return page(request, "incidents.html", title, done=done, faults=())


@get("/access-log/extracts", opt={"permission": EXPORT})
async def extract_list(request: AnyRequest, reading: Reading, who: Who) -> Response[Any]:
    """The extracts that two auditors agreed on."""
    found = await extracts.listing(reading, who)
    return page(request, "access_extracts.html", "Handed over from the access log", extracts=found)


@get("/access-log/extracts/new", opt={"permission": EXPORT, "blank": True})
async def extracting(request: AnyRequest) -> Response[Any]:
    """Ask what to hand over, to whom and why."""
    return show(request, EXTRACT, {}, back="/access-log/extracts")


@post("/access-log/extracts/new", opt={"permission": EXPORT})
async def propose_extract(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Propose an extract."""

    async def act(command: AskExtract, given: Answers) -> str:
        kind, about = extracts.act_of(who, command)
        done = await second.done_or_proposed(writing, who, kind, about, command, 0, now)
        return where(done, "/access-log/extracts")

    return await run(request, writing, EXTRACT, act, back="/access-log/extracts")


@post("/access-log/extracts/{extract_id:str}/file", opt={"permission": EXPORT})
async def take_extract(
    request: AnyRequest, reading: Reading, who: Who, now: Now, real: Real, extract_id: FromPath[str]
) -> Response[Any]:
    """The file, as JSON with proofs or as CSV. A button, not a link: that it was taken is a disclosure."""
    as_csv = (await request.form()).get("format") == "csv"
    made = await extracts.take(reading, who, extract_id, now, real)
    content = extracts.as_csv(made).encode() if as_csv else msgspec.json.encode(made)
    name = "access-log.csv" if as_csv else "access-log.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    kind = "text/csv; charset=utf-8" if as_csv else "application/json"
    return Response(content, status_code=200, media_type=kind, headers=headers)


router = Router(
    "/",
    route_handlers=[
        mine,
        of_force,
        of_person,
        questions,
        asking,
        settle,
        declaring,
        declare,
        incident_list,
        incidents,
        extract_list,
        extracting,
        propose_extract,
        take_extract,
    ],
    include_in_schema=False,
)
