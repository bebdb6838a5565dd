"""Applications: consider, record the facts, assess, take through the stages, record the court's decision."""

from litestar import Response, Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from svro.api.proposals import WAITS
from svro.casework import applications, second
from svro.casework.applications import Consider, Step
from svro.casework.cases import ApplicationLine, ApplicationView
from svro.casework.decisions import RecordDecision
from svro.doors import AnyRequest, Now, Reading, Version, Who, Writing, answer, once, told
from svro.law import stages
from svro.law.eligibility import Facts

STEPS = tuple(dict.fromkeys(permission for row in stages.TABLE for permission in stages.permissions(row)))


@get("/applications", opt={"permission": "application:list"}, operation_id="listApplications")
async def listing(
    reading: Reading, who: Who, now: Now, person_id: FromQuery[str | None] = None
) -> list[ApplicationLine]:
    """Applications you may see, newest first."""
    return await applications.listing(reading, who, now, person_id)


@post(
    "/applications",
    opt={"permission": "application:create"},
    operation_id="considerApplication",
    responses=WAITS,
)
async def consider(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[Consider]
) -> Response[ApplicationView]:
    """Start considering an application for a person of your force."""

    async def act() -> Response[ApplicationView]:
        view = await second.done_or_proposed(writing, who, "consider", data.person_id, data, 0, now)
        return told(view, at=f"/api/v1/applications/{view.id}")

    return await once(request, writing, now, act)


@get(
    "/applications/{application_id:str}",
    opt={"permission": "application:read"},
    operation_id="readApplication",
)
async def read(
    reading: Reading, who: Who, now: Now, application_id: FromPath[str]
) -> Response[ApplicationView]:
    """One application, its story and the acts open to you."""
    return answer(await applications.get(reading, who, application_id, now))


@put(
    "/applications/{application_id:str}/facts",
    opt={"permission": "application:update_draft"},
    operation_id="recordCaseFacts",
)
async def set_facts(
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    application_id: FromPath[str],
    data: JSONBody[Facts],
) -> Response[ApplicationView]:
    """Record the facts of the case."""
    return answer(await applications.set_facts(writing, who, application_id, data, version, now))


@post(
    "/applications/{application_id:str}/assessments",
    opt={"permission": "eligibility:evaluate"},
    operation_id="assessEligibility",
)
async def assess(
    request: AnyRequest, writing: Writing, who: Who, now: Now, version: Version, application_id: FromPath[str]
) -> Response[ApplicationView]:
    """Assess s.342A on the facts now held, limb by limb."""

    async def act() -> Response[ApplicationView]:
        return answer(await applications.assess(writing, who, application_id, version, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/applications/{application_id:str}/acts",
    opt={"permission": STEPS},
    operation_id="recordApplicationAct",
    responses=WAITS,
)
async def act_on(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    application_id: FromPath[str],
    data: JSONBody[Step],
) -> Response[ApplicationView]:
    """Record one act; the stage table says which are open, to whom, and what they need."""

    async def act() -> Response[ApplicationView]:
        return told(
            await second.done_or_proposed(writing, who, "application-act", application_id, data, version, now)
        )

    return await once(request, writing, now, act)


@post(
    "/applications/{application_id:str}/decisions",
    opt={"permission": (stages.DECISION, stages.AS_NOTIFIED)},
    operation_id="recordDecision",
    responses=WAITS,
)
async def decide(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    application_id: FromPath[str],
    data: JSONBody[RecordDecision],
) -> Response[ApplicationView]:
    """Record what the court decided, as you have it."""

    async def act() -> Response[ApplicationView]:
        return told(
            await second.done_or_proposed(writing, who, "decision", application_id, data, version, now)
        )

    return await once(request, writing, now, act)


router = Router(
    "/api/v1",
    route_handlers=[listing, consider, read, set_facts, assess, act_on, decide],
    tags=["Applications"],
)
