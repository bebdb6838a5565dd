"""People on pages: find, record, read and correct them, and begin an application."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro.casework import people, second
from svro.casework.access import Allow, decide
from svro.casework.applications import Consider
from svro.casework.people import CorrectPerson, FindPeople, PersonDetails, PersonView
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.errors import Malformed
from svro.law import words
from svro.reference.forces import FORCES
from svro.web.forms import Answers, Asked, Field, Form, Step, answers, filled, run, show, version
from svro.web.proposals import where
from svro.web.site import may, page, see

SEX = {"female": "Female", "male": "Male", "other": "Other", "not recorded": "Not recorded"}
FORCE_NAMES = {slug: force.name for slug, force in FORCES.items()}
COURT_HINT = "Seven characters, such as C05LV00 for Liverpool Crown Court."

FAMILY = Field(name="family_name", label="Family name", width=20)
BORN = Field(name="date_of_birth", label="Date of birth", kind="date", hint="For example, 4 5 1999")
PNC = Field(name="pnc_id", label="PNC ID", hint="For example, 02/73319Z", width=10)
CRO = Field(name="cro", label="CRO number", hint="For example, 12345/08A", width=10)

DETAILS = (
    Step(
        name="who",
        title="Who is it?",
        fields=(
            Field(name="given_name", label="Given names", width=20),
            FAMILY,
            BORN,
            Field(name="sex", label="Sex", kind="radios", choices=SEX),
        ),
    ),
    Step(
        name="identifiers",
        title="What identifies them?",
        lead="Each ends in a check character, so a slip is found. Leave blank what is not known.",
        fields=(PNC, CRO),
    ),
    Step(
        name="ethnicity",
        title="Ethnicity",
        fields=(
            Field(
                name="self_ethnicity",
                label="What they said of themselves",
                called="Self-defined ethnicity",
                kind="select",
                choices=words.SELF_ETHNICITY,
            ),
            Field(
                name="not_stated_reason",
                label="If not stated, why",
                called="Reason not stated",
                kind="select",
                choices=words.NOT_STATED_REASONS,
            ),
            Field(
                name="officer_ethnicity",
                label="As an officer saw them",
                called="Officer-defined ethnicity",
                kind="select",
                choices=words.OFFICER_ETHNICITY,
            ),
        ),
    ),
    Step(
        name="home",
        title="Where do they live?",
        fields=(
            Field(
                name="lives_in", label="Police area in which they live", kind="select", choices=FORCE_NAMES
            ),
            Field(name="home", label="Address, or where they can regularly be found", kind="text"),
        ),
    ),
)
RECORD = Form(
    kind=PersonDetails, title="Record a person", steps=DETAILS, check=True, send="Record this person"
)
CORRECT = Form(
    kind=CorrectPerson,
    title="Correct who this is",
    steps=(
        *DETAILS,
        Step(
            name="why",
            title="Why does it change?",
            fields=(Field(name="reason", label="Reason", hint="It is kept with the change.", kind="text"),),
        ),
    ),
    check=True,
    send="Correct the record",
)
FIND = Form(
    kind=FindPeople,
    title="Find a person",
    send="Find",
    steps=(
        Step(
            name="find",
            title="Find a person",
            lead="By an identifier, or by the beginning of a family name.",
            fields=(PNC, CRO, FAMILY, BORN),
        ),
    ),
)


def name(view: PersonView) -> str:
    """The name as one would say it."""
    return f"{view.given_name} {view.family_name}".strip()


@get("/people", opt={"permission": "person:search", "blank": True})
async def find(request: AnyRequest) -> Response[Any]:
    """Ask whom to find."""
    return show(request, FIND, {})


@post("/people", opt={"permission": "person:search", "blank": True})
async def found(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Who was found. Names travel in the body, so that no address and no log holds them."""
    given = await answers(request)
    try:
        lines = await people.find(reading, who, FIND.read(given, {}), now)
    except Malformed as bad:
        return show(request, FIND, given, Asked(step=FIND.steps[0], faults=bad.faults, status=400))
    reading_all = decide(who, "person:read")
    breaks = may(who, "break_glass:open") and not (
        isinstance(reading_all, Allow) and "O" in reading_all.scopes
    )
    return page(request, "people.html", "People found", lines=lines, breaks=breaks)


@get("/people/new", opt={"permission": "person:create", "blank": True})
async def new(request: AnyRequest) -> Response[Any]:
    """Ask who somebody is."""
    return show(request, RECORD, {})


@post("/people/new", opt={"permission": "person:create", "blank": True})
async def create(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Record a person, or offer the record the force already holds."""

    async def act(command: PersonDetails, given: Answers) -> str:
        return f"/people/{(await people.create(writing, who, command, now)).id}"

    return await run(request, writing, RECORD, act)


@get("/people/{person_id:str}", opt={"permission": "person:read"})
async def read(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """One person as now held."""
    view = await people.get(reading, who, person_id, now)
    return page(
        request, "person.html", name(view), person=view, details=DETAILS, held=filled(RECORD.fields, view)
    )


@get("/people/{person_id:str}/correct", opt={"permission": "person:write"})
async def correcting(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Ask what should have been recorded."""
    view = await people.get(reading, who, person_id, now)
    given = {**filled(CORRECT.fields, view), "version": [str(view.version)]}
    return show(request, CORRECT, given, caption=name(view), back=f"/people/{person_id}")


@post("/people/{person_id:str}/correct", opt={"permission": "person:write"})
async def correct(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Correct who somebody is."""

    async def act(command: CorrectPerson, given: Answers) -> str:
        await people.correct(writing, who, person_id, command, version(given), now)
        return f"/people/{person_id}"

    view = await people.get(writing, who, person_id, now)
    return await run(request, writing, CORRECT, act, caption=name(view), back=f"/people/{person_id}")


@post("/people/{person_id:str}/consider", opt={"permission": "application:create"})
async def consider(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str]
) -> Response[Any]:
    """Start considering an application in respect of this person."""
    begun = Consider(person_id=person_id)
    view = await second.done_or_proposed(writing, who, "consider", person_id, begun, 0, now)
    return see(where(view, f"/applications/{view.id}"))


@get("/people/{person_id:str}/consider", opt={"permission": "application:create"})
async def considering(request: AnyRequest, person_id: FromPath[str]) -> Response[Any]:
    """Whoever had to say first why they look comes back by this way, to the button they pressed."""
    return see(f"/people/{person_id}")


router = Router(
    "/",
    route_handlers=[
        find,
        found,
        new,
        create,
        read,
        correcting,
        correct,
        considering,
        consider,
    ],
    include_in_schema=False,
)
