"""Searches: is there power, record, read, correct, list."""

from typing import Literal

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from svro.api.proposals import WAITS
from svro.casework import searches, second, status
from svro.casework.searches import (
    CorrectSearch,
    RecordSearch,
    SearchLine,
    SearchView,
)
from svro.casework.status import CheckStatus, StatusCheckView
from svro.doors import AnyRequest, Now, Reading, Version, Who, Writing, answer, once, told


@post("/status-checks", opt={"permission": "order:status_check"}, operation_id="checkStatus")
async def check(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[CheckStatus]
) -> Response[StatusCheckView]:
    """Is there power? In effect, not in effect, or not confirmed; nothing else crosses forces."""

    async def act() -> Response[StatusCheckView]:
        return answer(await status.check(writing, who, data, now), status=201)

    return await once(request, writing, now, act)


@get("/searches", opt={"permission": "search:read"}, operation_id="listSearches")
async def listing(
    reading: Reading,
    who: Who,
    now: Now,
    power: FromQuery[Literal["yes", "no", "unknown", "not claimed"] | None] = None,
) -> list[SearchLine]:
    """Searches you may see, newest first; with one verdict on the power, if given."""
    return await searches.listing(reading, who, now, power=power)


@post("/searches", opt={"permission": "search:record"}, operation_id="recordSearch")
async def record(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[RecordSearch]
) -> Response[SearchView]:
    """Record a search that happened. It is never refused for being unlawful."""

    async def act() -> Response[SearchView]:
        view = await searches.record(writing, who, data, now)
        return answer(view, status=201, at=f"/api/v1/searches/{view.id}")

    return await once(request, writing, now, act)


@get("/searches/{search_id:str}", opt={"permission": "search:read"}, operation_id="readSearch")
async def read(reading: Reading, who: Who, now: Now, search_id: FromPath[str]) -> Response[SearchView]:
    """One search, with every version of its record."""
    return answer(await searches.get(reading, who, search_id, now))


@post(
    "/searches/{search_id:str}/corrections",
    opt={"permission": "search:correct"},
    operation_id="correctSearch",
    responses=WAITS,
)
async def correct(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    version: Version,
    search_id: FromPath[str],
    data: JSONBody[CorrectSearch],
) -> Response[SearchView]:
    """Correct a record: a new version, with its reason, once a second person agrees; every earlier one
    stays.
    """

    async def act() -> Response[SearchView]:
        return told(
            await second.done_or_proposed(writing, who, "correct-search", search_id, data, version, now)
        )

    return await once(request, writing, now, act)


router = Router("/api/v1", route_handlers=[check, listing, record, read, correct], tags=["Searches"])
