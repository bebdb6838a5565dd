"""A person's earlier convictions and stays in custody on pages: added, corrected, withdrawn."""

from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro.casework import dated, people
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.errors import Missing
from svro.law.eligibility import PriorConviction
from svro.records.people import CustodyFacts
from svro.web.forms import Answers, Field, Form, Step, filled, run, show, version
from svro.web.people import COURT_HINT, name

CONVICTION = Form(
    kind=PriorConviction,
    title="Earlier conviction",
    steps=(
        Step(
            name="conviction",
            title="An earlier conviction",
            fields=(
                Field(name="offence_code", label="Offence code", hint="For example, CJ88144", width=10),
                Field(name="offence_date", label="Date of the offence", kind="date"),
                Field(name="conviction_date", label="Date of conviction", kind="date"),
                Field(name="court", label="Court code", hint=COURT_HINT, width=10),
                Field(name="weapon", label="Weapon"),
                Field(name="role", label="Part they played"),
                Field(
                    name="is_knife_or_weapon",
                    label="Did it involve a knife or an offensive weapon?",
                    called="Knife or weapon",
                    kind="yes-no",
                ),
            ),
        ),
    ),
)
CUSTODY = Form(
    kind=CustodyFacts,
    title="Time in custody",
    steps=(
        Step(
            name="custody",
            title="A stay in custody",
            lead="Both days are counted. Days in custody are days on which nobody could have searched them.",
            fields=(
                Field(
                    name="kind",
                    label="Why they were held",
                    kind="radios",
                    choices={"remand": "Remand", "sentence": "Sentence", "recall": "Recall"},
                ),
                Field(name="started", label="First day", kind="date"),
                Field(name="ended", label="Last day", kind="date", hint="Leave blank while it lasts."),
                Field(
                    name="authority", label="Who confirmed it", hint="For example, a prison's release record"
                ),
            ),
        ),
    ),
)
FACTS: dict[str, Form[Any]] = {"convictions": CONVICTION, "custody": CUSTODY}


def _form(kind: str) -> Form[Any]:
    if kind not in FACTS:
        raise Missing
    return FACTS[kind]


@get("/people/{person_id:str}/{kind:str}/new", opt={"permission": "person:write"})
async def new_fact(
    request: AnyRequest, reading: Reading, who: Who, now: Now, person_id: FromPath[str], kind: FromPath[str]
) -> Response[Any]:
    """Ask for an earlier conviction or a stay in custody."""
    form, view = _form(kind), await people.get(reading, who, person_id, now)
    return show(request, form, {}, caption=name(view), back=f"/people/{person_id}")


@post("/people/{person_id:str}/{kind:str}/new", opt={"permission": "person:write"})
async def add_fact(
    request: AnyRequest, writing: Writing, who: Who, now: Now, person_id: FromPath[str], kind: FromPath[str]
) -> Response[Any]:
    """Record an earlier conviction or a stay in custody."""

    async def act(command: PriorConviction | CustodyFacts, given: Answers) -> str:
        await dated.add(writing, who, person_id, command, now)
        return f"/people/{person_id}#{kind}"

    form, view = _form(kind), await people.get(writing, who, person_id, now)
    return await run(request, writing, form, act, caption=name(view), back=f"/people/{person_id}")


@get("/people/{person_id:str}/{kind:str}/{fact_id:str}", opt={"permission": "person:write"})
async def correcting_fact(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    kind: FromPath[str],
    fact_id: FromPath[str],
) -> Response[Any]:
    """Ask what should have been recorded of a conviction or of custody."""
    form, view = _form(kind), await people.get(reading, who, person_id, now)
    line = next((line for line in getattr(view, kind) if line.id == fact_id), None)
    if line is None:
        raise Missing
    given = {**filled(form.fields, line.facts), "version": [str(line.version)]}
    withdraw = f"/people/{person_id}/facts/{fact_id}/withdraw?version={line.version}"
    return show(request, form, given, caption=name(view), back=f"/people/{person_id}", withdraw=withdraw)


@post("/people/{person_id:str}/{kind:str}/{fact_id:str}", opt={"permission": "person:write"})
async def correct_fact(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    kind: FromPath[str],
    fact_id: FromPath[str],
) -> Response[Any]:
    """Correct a conviction or a stay in custody."""

    async def act(command: PriorConviction | CustodyFacts, given: Answers) -> str:
        await dated.correct(writing, who, person_id, fact_id, command, version(given), now)
        return f"/people/{person_id}#{kind}"

    form, view = _form(kind), await people.get(writing, who, person_id, now)
    return await run(request, writing, form, act, caption=name(view), back=f"/people/{person_id}")


class Withdrawing(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is asked."""


WITHDRAW = Form(
    kind=Withdrawing,
    title="Withdraw",
    send="Withdraw it",
    steps=(
        Step(
            name="withdraw",
            title="Withdraw what was recorded in error?",
            lead="It no longer counts. It stays in the history, with your name beside the withdrawal.",
            fields=(),
        ),
    ),
)


@get("/people/{person_id:str}/facts/{fact_id:str}/withdraw", opt={"permission": "person:write"})
async def withdrawing(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    fact_id: FromPath[str],
) -> Response[Any]:
    """Ask whether it was recorded in error."""
    view = await people.get(reading, who, person_id, now)
    given = {"version": [request.query_params.get("version", "")]}
    return show(request, WITHDRAW, given, caption=name(view), back=f"/people/{person_id}")


@post("/people/{person_id:str}/facts/{fact_id:str}/withdraw", opt={"permission": "person:write"})
async def withdraw(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    fact_id: FromPath[str],
) -> Response[Any]:
    """Withdraw a conviction or a stay in custody."""

    async def act(command: Withdrawing, given: Answers) -> str:
        await dated.withdraw(writing, who, person_id, fact_id, version(given), now)
        return f"/people/{person_id}"

    return await run(request, writing, WITHDRAW, act)


router = Router(
    "/",
    route_handlers=[withdrawing, withdraw, new_fact, add_fact, correcting_fact, correct_fact],
    include_in_schema=False,
)
