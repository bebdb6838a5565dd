"""People: find, record, read, correct; their convictions and custody."""

from datetime import date
from typing import Annotated

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter

from svro.casework import dated, people
from svro.casework.dated import Dated
from svro.casework.people import (
    CorrectPerson,
    FindPeople,
    PersonDetails,
    PersonLine,
    PersonView,
)
from svro.doors import AnyRequest, Now, Reading, Version, Who, Writing, answer, once
from svro.law.eligibility import PriorConviction
from svro.records.people import CustodyFacts

FactId = Annotated[str, PathParameter(description="The fact's id")]


@get("/people", opt={"permission": "person:search"}, operation_id="findPeople")
async def find(
    reading: Reading,
    who: Who,
    now: Now,
    pnc_id: FromQuery[str | None] = None,
    cro: FromQuery[str | None] = None,
    family_name: FromQuery[str | None] = None,
    date_of_birth: FromQuery[date | None] = None,
) -> list[PersonLine]:
    """People of your force, by an identifier or by the beginning of a family name."""
    return await people.find(
        reading,
        who,
        FindPeople(pnc_id=pnc_id, cro=cro, family_name=family_name, date_of_birth=date_of_birth),
        now,
    )


@post("/people", opt={"permission": "person:create"}, operation_id="recordPerson")
async def create(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[PersonDetails]
) -> Response[PersonView]:
    """Record a person. One already held under the same valid identifier is offered instead (409,
    `existing`).
    """

    async def act() -> Response[PersonView]:
        view = await people.create(writing, who, data, now)
        return answer(view, status=201, at=f"/api/v1/people/{view.id}")

    return await once(request, writing, now, act)


@get("/people/{person_id:str}", opt={"permission": "person:read"}, operation_id="readPerson")
async def read(reading: Reading, who: Who, now: Now, person_id: FromPath[str]) -> Response[PersonView]:
    """One person as now held."""
    return answer(await people.get(reading, who, person_id, now))


@put("/people/{person_id:str}", opt={"permission": "person:write"}, operation_id="correctPerson")
async def correct(
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    person_id: FromPath[str],
    data: JSONBody[CorrectPerson],
) -> Response[PersonView]:
    """Correct who somebody is: a new version, with its reason."""
    return answer(await people.correct(writing, who, person_id, data, version, now))


@post(
    "/people/{person_id:str}/convictions", opt={"permission": "person:write"}, operation_id="recordConviction"
)
async def add_conviction(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    data: JSONBody[PriorConviction],
) -> Response[Dated[PriorConviction]]:
    """Record a prior conviction."""

    async def act() -> Response[Dated[PriorConviction]]:
        return answer(await dated.add(writing, who, person_id, data, now), status=201)

    return await once(request, writing, now, act)


@post("/people/{person_id:str}/custody", opt={"permission": "person:write"}, operation_id="recordCustody")
async def add_custody(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    person_id: FromPath[str],
    data: JSONBody[CustodyFacts],
) -> Response[Dated[CustodyFacts]]:
    """Record a stay in custody."""

    async def act() -> Response[Dated[CustodyFacts]]:
        return answer(await dated.add(writing, who, person_id, data, now), status=201)

    return await once(request, writing, now, act)


@put(
    "/people/{person_id:str}/convictions/{fact_id:str}",
    opt={"permission": "person:write"},
    operation_id="correctConviction",
)
async def correct_conviction(
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    person_id: FromPath[str],
    fact_id: FactId,
    data: JSONBody[PriorConviction],
) -> Dated[PriorConviction]:
    """Correct a prior conviction: a new version."""
    return await dated.correct(writing, who, person_id, fact_id, data, version, now)


@put(
    "/people/{person_id:str}/custody/{fact_id:str}",
    opt={"permission": "person:write"},
    operation_id="correctCustody",
)
async def correct_custody(
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    person_id: FromPath[str],
    fact_id: FactId,
    data: JSONBody[CustodyFacts],
) -> Dated[CustodyFacts]:
    """Correct a stay in custody: a new version."""
    return await dated.correct(writing, who, person_id, fact_id, data, version, now)


@delete(
    "/people/{person_id:str}/facts/{fact_id:str}",
    opt={"permission": "person:write"},
    operation_id="withdrawFact",
)
async def withdraw(
    writing: Writing, who: Who, now: Now, version: Version, person_id: FromPath[str], fact_id: FactId
) -> None:
    """Withdraw a dated fact as recorded in error. It stays in the history."""
    await dated.withdraw(writing, who, person_id, fact_id, version, now)


router = Router(
    "/api/v1",
    route_handlers=[
        find,
        create,
        read,
        correct,
        add_conviction,
        add_custody,
        correct_conviction,
        correct_custody,
        withdraw,
    ],
    tags=["People"],
)
VIEWS = (PersonView,)
