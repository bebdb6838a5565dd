"""The facts of one case, asked in tasks, and s.342A answered on them limb by limb."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec.structs import replace

from svro.casework import applications
from svro.casework.cases import ApplicationView
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.errors import Missing
from svro.law.dates import london_day
from svro.law.eligibility import Facts, Necessity
from svro.law.facts import PURPOSES, Purpose, Text
from svro.web.forms import Answers, Field, Form, Step, filled, run, show, version
from svro.web.people import COURT_HINT, FORCE_NAMES
from svro.web.site import may, page, see

UPDATE = "application:update_draft"
NONE_HELD = "none"


class Necessities(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The evidence for each purpose, and the purposes for which a court held an order necessary."""

    protect_public: Text | None = None
    protect_particular: Text | None = None
    prevent_offending: Text | None = None
    held: tuple[Purpose | Literal["none"], ...] = ()


def _evidence(name: str) -> Field:
    return Field(name=f"{name}_evidence", label="Evidence", called="Evidence of this", kind="text")


def _asked(name: str, label: str, called: str) -> Field:
    return Field(name=name, label=label, called=called, kind="yes-no")


def _task(name: str, title: str, *fields: Field, kind: type[Any] = Facts, lead: str = "") -> Form[Any]:
    return Form(kind=kind, title=title, steps=(Step(name=name, title=title, fields=fields, lead=lead),))


TASKS: dict[str, Form[Any]] = {
    "offence": _task(
        "offence",
        "Offence and conviction",
        Field(name="offence_code", label="Offence code", hint="For example, CJ88144", width=10),
        Field(name="offence_from", label="First or only day of the offence", kind="date"),
        Field(name="offence_to", label="Last day, if there were several", called="Last day", kind="date"),
        Field(
            name="conviction_date",
            label="Date of conviction",
            hint="By verdict or plea. Age is tested on this day.",
            kind="date",
        ),
    ),
    "court": _task(
        "court",
        "Court and prosecution",
        Field(name="court", label="Court code", hint=COURT_HINT, width=10),
        Field(
            name="court_area",
            label="Police area in which the court sits",
            hint="Leave it out for a court whose code is known here.",
            kind="select",
            choices=FORCE_NAMES,
        ),
        _asked("prosecution_applies", "Does the prosecution apply for an order?", "The prosecution applies"),
        Field(
            name="sentence",
            label="How the court dealt with the offence",
            kind="radios",
            choices={
                "absolute discharge": "Absolute discharge",
                "conditional discharge": "Conditional discharge",
                "custodial": "Custodial sentence",
                "community": "Community sentence",
                "fine": "Fine",
                "other": "Otherwise",
            },
        ),
    ),
    "item": _task(
        "item",
        "The weapon",
        Field(
            name="item",
            label="What was it?",
            called="Kind of item",
            kind="radios",
            choices={
                "bladed article": "A bladed article",
                "offensive weapon": "An offensive weapon",
                "neither": "Neither",
            },
        ),
        Field(name="item_description", label="Describe it", called="Description"),
    ),
    "own": _task(
        "own",
        "What the offender did",
        _asked("own_use", "Did the offender use it in committing the offence?", "Used by the offender"),
        replace(_evidence("own_use"), label="Evidence that they did or did not"),
        _asked("own_had", "Did they have it with them when it was committed?", "Had by the offender"),
        replace(_evidence("own_had"), label="Evidence that they had it or not"),
        lead="On the balance of probabilities.",
    ),
    "others": _task(
        "others",
        "What somebody else did",
        _asked("other_used", "Did somebody else use it in committing the offence?", "Used by another"),
        replace(_evidence("other_used"), label="Evidence that they did or did not"),
        _asked(
            "other_had",
            "Did somebody else who committed the offence have it with them?",
            "Had by another",
        ),
        replace(_evidence("other_had"), label="Evidence that they had it or not"),
        _asked("knew", "Did the offender know?", "Known to the offender"),
        _asked("ought_to_have_known", "Ought they to have known?", "Ought to have been known"),
        replace(_evidence("knowledge"), label="Evidence of what they knew or ought to have known"),
    ),
    "necessity": _task(
        "necessity",
        "Why an order is necessary",
        *(
            Field(
                name=code.replace("-", "_"),
                label=f"Evidence that it is needed {what}",
                called=f"Needed {what}",
                kind="text",
            )
            for code, (what, _) in PURPOSES.items()
        ),
        Field(
            name="held",
            label="If a court has held it necessary, for which purposes?",
            called="Held necessary",
            kind="checkboxes",
            choices={
                **{code: what.capitalize() for code, (what, _) in PURPOSES.items()},
                NONE_HELD: "The court held no order necessary",
            },
        ),
        kind=Necessities,
        lead="It is for the court to judge. Leave a purpose blank if it is not put forward.",
    ),
}
"""The tasks of a case, by the last part of their address."""


def necessities(facts: Facts) -> Necessities:
    """What a case says of necessity, as its page asks it."""
    put = {ground.purpose.replace("-", "_"): ground.evidence for ground in facts.necessity}
    held = ("none",) if facts.necessary == () else facts.necessary or ()
    return msgspec.convert({**put, "held": held}, Necessities)


def typed(task: str, facts: Facts | None) -> Answers:
    """What somebody would have typed into a task to say what is held."""
    if facts is None:
        return {}
    held: msgspec.Struct = necessities(facts) if task == "necessity" else facts
    return filled(TASKS[task].fields, held)


def _form(task: str) -> Form[Any]:
    if task not in TASKS:
        raise Missing
    return TASKS[task]


def _rest(form: Form[Any], facts: Facts) -> Mapping[str, object]:
    """Every fact that this task does not ask for, to be kept as it is."""
    if form.kind is not Facts:
        return {}
    asked = {field.name for field in form.fields}
    return {name: value for name, value in msgspec.to_builtins(facts).items() if name not in asked}


def _with(facts: Facts, said: Necessities) -> Facts:
    grounds = {code: getattr(said, code.replace("-", "_")) for code in PURPOSES}
    return replace(
        facts,
        necessity=tuple(Necessity(purpose=p, evidence=why) for p, why in grounds.items() if why),
        necessary=() if "none" in said.held else said.held or None,
    )


@get("/applications/{application_id:str}/facts", opt={"permission": "application:read"})
async def facts_of(
    request: AnyRequest, reading: Reading, who: Who, now: Now, application_id: FromPath[str]
) -> Response[Any]:
    """Every fact of the case as now held."""
    view = await applications.get(reading, who, application_id, now)
    held = {task: typed(task, view.facts) for task in TASKS}
    return page(request, "facts.html", "Facts of the case", case=view, tasks=TASKS, held=held)


@get("/applications/{application_id:str}/facts/{task:str}", opt={"permission": UPDATE})
async def asking(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    application_id: FromPath[str],
    task: FromPath[str],
) -> Response[Any]:
    """Ask for some facts of the case."""
    form, view = _form(task), await applications.get(reading, who, application_id, now)
    given = {**typed(task, view.facts), "version": [str(view.version)]}
    return show(request, form, given, caption=view.person, back=f"/applications/{application_id}")


@post("/applications/{application_id:str}/facts/{task:str}", opt={"permission": UPDATE})
async def answer(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    application_id: FromPath[str],
    task: FromPath[str],
) -> Response[Any]:
    """Record some facts of the case, beside those already held."""
    form, view = _form(task), await applications.get(writing, who, application_id, now)
    held = replace(view.facts or Facts(on_day=london_day(now)), on_day=london_day(now))

    async def act(command: Facts | Necessities, given: Answers) -> str:
        facts = _with(held, command) if isinstance(command, Necessities) else command
        await applications.set_facts(writing, who, application_id, facts, version(given), now)
        return f"/applications/{application_id}"

    return await run(
        request,
        writing,
        form,
        act,
        also=_rest(form, held),
        caption=view.person,
        back=f"/applications/{application_id}",
    )


def assessable(view: ApplicationView) -> bool:
    """Whether s.342A may be assessed at this stage."""
    return any(found.act == "assess" for found in view.open_acts)


@get("/applications/{application_id:str}/assessment", opt={"permission": "application:read"})
async def assessment(
    request: AnyRequest, reading: Reading, who: Who, now: Now, application_id: FromPath[str]
) -> Response[Any]:
    """The last answer to s.342A, limb by limb."""
    view = await applications.get(reading, who, application_id, now)
    mine = assessable(view) and may(who, "eligibility:evaluate")
    return page(request, "assessment.html", "May an order be applied for?", case=view, mine=mine)


@post("/applications/{application_id:str}/assessment", opt={"permission": "eligibility:evaluate"})
async def assess(
    request: AnyRequest, writing: Writing, who: Who, now: Now, application_id: FromPath[str]
) -> Response[Any]:
    """Answer s.342A on the facts now held, and keep the answer."""
    sent = await request.form()
    expected = version({"version": [str(sent.get("version", ""))]})
    await applications.assess(writing, who, application_id, expected, now)
    return see(f"/applications/{application_id}/assessment")


router = Router("/", route_handlers=[facts_of, asking, answer, assessment, assess], include_in_schema=False)
