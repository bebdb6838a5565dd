"""The access log: your own looks, the force's, a person's; what to ask about them; the force's incidents."""

from datetime import date, datetime
from typing import Annotated, Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from svro.api.proposals import WAITS
from svro.casework import access_log, access_review, extracts, second
from svro.casework.access_log import OF_SUBJECT, READ, Filter, Log
from svro.casework.access_review import IMPORT, TRIAGE, Declare, Imported, Questions, Settle
from svro.casework.extracts import EXPORT, AskExtract, Extract, ExtractLine
from svro.doors import AnyRequest, Now, Reading, Real, Who, Writing, answer, once, told
from svro.errors import Fault, Malformed
from svro.reading import read as read_as

Before = Annotated[
    datetime | None, QueryParameter(description="Only looks before this instant, with its offset")
]


def _aware(before: datetime | None) -> datetime | None:
    if before is not None and before.tzinfo is None:
        raise Malformed([Fault("before", "needs an offset, such as Z or +01:00")])
    return before


@get("/access-log", opt={"permission": READ}, operation_id="readAccessLog")
async def of_force(
    reading: Reading,
    who: Who,
    person_id: FromQuery[str | None] = None,
    account_id: FromQuery[str | None] = None,
    reference: FromQuery[str | None] = None,
    day: FromQuery[date | None] = None,
    before: Before = None,
) -> Response[Log]:
    """An auditor's force; for oversight, numbers by day; for anybody else, their own looks."""
    given = {
        "person_id": person_id,
        "account_id": account_id,
        "reference": reference,
        "day": day,
        "before": _aware(before),
    }
    asked = read_as(Filter, {name: value for name, value in given.items() if value is not None})
    return answer(await access_log.of_force(reading, who, asked))


@get("/access-log/mine", opt={"permission": READ}, operation_id="readOwnLooks")
async def mine(reading: Reading, who: Who, before: Before = None) -> Response[Log]:
    """What you looked at."""
    return answer(await access_log.mine(reading, who, _aware(before)))


@get("/people/{person_id:str}/access-log", opt={"permission": OF_SUBJECT}, operation_id="readLooksAtPerson")
async def of_person(
    reading: Reading, who: Who, now: Now, person_id: FromPath[str], before: Before = None
) -> Response[Log]:
    """Who looked at one person, when and why: for disclosure to them."""
    return answer(await access_log.of_person(reading, who, person_id, now, _aware(before)))


@get("/access-questions", opt={"permission": TRIAGE}, operation_id="listAccessQuestions")
async def questions(reading: Reading, who: Who, real: Real) -> Response[Questions]:
    """What an auditor should ask about looks; for oversight, how much of each kind."""
    return answer(await access_review.questions(reading, who, real))


@post("/access-questions/outcomes", opt={"permission": TRIAGE}, operation_id="settleAccessQuestion")
async def settle(
    request: AnyRequest, writing: Writing, who: Who, real: Real, data: JSONBody[Settle]
) -> Response[Questions]:
    """Record what came of a question, and why."""

    async def act() -> Response[Questions]:
        return answer(await access_review.settle(writing, who, data, real), status=201)

    return await once(request, writing, real, act)


@post("/declared-people", opt={"permission": TRIAGE}, operation_id="declarePerson", status_code=204)
async def declare(writing: Writing, who: Who, real: Real, data: JSONBody[Declare]) -> None:
    """Say that the holder of an account is a person of the force's records, or is not after all."""
    await access_review.declare(writing, who, data, real)


@post("/incidents", opt={"permission": IMPORT}, operation_id="importIncidents")
async def incidents(request: AnyRequest, writing: Writing, who: Who, real: Real) -> Response[Imported]:
    """Add the force's incident references: CSV with a column `reference`, and `date` if there is one."""
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError:
        raise Malformed([Fault("list", "must be text in UTF-8")]) from None
    rows = access_review.incidents_in(text)
    return answer(await access_review.take_incidents(writing, who, rows, real), status=201)


@get("/access-extracts", opt={"permission": EXPORT}, operation_id="listAccessExtracts")
async def extract_list(reading: Reading, who: Who) -> list[ExtractLine]:
    """The extracts of the access log that two auditors of your force agreed on."""
    return await extracts.listing(reading, who)


@post("/access-extracts", opt={"permission": EXPORT}, operation_id="proposeAccessExtract", responses=WAITS)
async def propose_extract(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[AskExtract]
) -> Response[Any]:
    """Propose an extract, of looks at one person or of the whole force's: it waits for another auditor."""

    async def act() -> Response[Any]:
        kind, about = extracts.act_of(who, data)
        return told(await second.done_or_proposed(writing, who, kind, about, data, 0, now))

    return await once(request, writing, now, act)


@get("/access-extracts/{extract_id:str}/file", opt={"permission": EXPORT}, operation_id="takeAccessExtract")
async def take_extract(
    reading: Reading, who: Who, now: Now, real: Real, extract_id: FromPath[str]
) -> Response[Extract]:
    """The extract, with the proof of each look. That you took it is logged, as a disclosure."""
    return answer(await extracts.take(reading, who, extract_id, now, real))


@get(
    "/access-extracts/{extract_id:str}/file.csv",
    opt={"permission": EXPORT},
    operation_id="takeAccessExtractAsCsv",
    media_type="text/csv",
)
async def take_csv(
    reading: Reading, who: Who, now: Now, real: Real, extract_id: FromPath[str]
) -> Response[str]:
    """The same as CSV, one look a line."""
    made = await extracts.take(reading, who, extract_id, now, real)
    headers = {"Content-Disposition": 'attachment; filename="access-log.csv"', "Cache-Control": "no-store"}
    return Response(extracts.as_csv(made), media_type="text/csv", headers=headers)


router = Router(
    "/api/v1",
    route_handlers=[
        of_force,
        mine,
        of_person,
        questions,
        settle,
        declare,
        incidents,
        extract_list,
        propose_extract,
        take_extract,
        take_csv,
    ],
    tags=["Access log"],
)
