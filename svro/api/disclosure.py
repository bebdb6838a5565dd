"""Disclosure to the defence: requests, the schedule, bundles, and the links that fetch them."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from svro.api.proposals import WAITS
from svro.casework import second
from svro.casework.access import Actor
from svro.casework.disclosure import handover, issues, requests, standing
from svro.casework.disclosure.handover import HeldView, LinkView, OpenLink, Recall
from svro.casework.disclosure.issues import Issue
from svro.casework.disclosure.requests import Extend, MakeRequest, Say
from svro.casework.disclosure.standing import BundleView, RequestLine, RequestView
from svro.casework.kinds import RecallOf
from svro.doors import AnyRequest, Now, Reading, Who, Writing, answer, handed, once, told
from svro.gate import after

ZIP = {
    200: ResponseSpec(bytes, generate_examples=False, media_type="application/zip", description="The file"),
}


@get("/disclosure-requests", opt={"permission": standing.READ}, operation_id="listDisclosureRequests")
async def listing(reading: Reading, who: Who, now: Now) -> list[RequestLine]:
    """Requests for disclosure that you may read: those owed an answer first."""
    return await standing.listing(reading, who, now)


@get("/disclosure-receipts", opt={"permission": handover.RECEIVE}, operation_id="listDisclosureReceipts")
async def held(reading: Reading, who: Who, now: Now) -> list[HeldView]:
    """What you have fetched, and whether it was corrected or taken back since."""
    return await handover.held(reading, who, now)


@post("/disclosure-requests", opt={"permission": requests.REQUEST}, operation_id="requestDisclosure")
async def make(
    request: AnyRequest, writing: Writing, who: Who, now: Now, data: JSONBody[MakeRequest]
) -> Response[RequestView]:
    """Ask for what is held of a client."""

    async def act() -> Response[RequestView]:
        view = await requests.make(writing, who, data, now)
        return answer(view, status=201, at=f"/api/v1/disclosure-requests/{view.id}")

    return await once(request, writing, now, act)


@get(
    "/disclosure-requests/{request_id:str}",
    opt={"permission": standing.READ},
    operation_id="readDisclosureRequest",
)
async def read(reading: Reading, who: Who, now: Now, request_id: FromPath[str]) -> Response[RequestView]:
    """One request: its thread, when it is owed, and each bundle issued."""
    return answer(await standing.get(reading, who, request_id, now))


@post(
    "/disclosure-requests/{request_id:str}/messages",
    opt={"permission": requests.PARTIES},
    operation_id="sayOnDisclosureRequest",
)
async def say(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[Say],
) -> Response[RequestView]:
    """Say something on a request."""

    async def act() -> Response[RequestView]:
        return answer(await requests.say(writing, who, request_id, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/disclosure-requests/{request_id:str}/extensions",
    opt={"permission": requests.REVIEW},
    operation_id="extendDisclosureRequest",
)
async def extend(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[Extend],
) -> Response[RequestView]:
    """Put the answer off to a later day, with the reason."""

    async def act() -> Response[RequestView]:
        return answer(await requests.extend(writing, who, request_id, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/disclosure-requests/{request_id:str}/ending",
    opt={"permission": requests.PARTIES},
    operation_id="endDisclosureRequest",
)
async def end(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[Say],
) -> Response[RequestView]:
    """Withdraw your request, or close it as the disclosure officer."""

    async def act() -> Response[RequestView]:
        return answer(await requests.end(writing, who, request_id, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/disclosure-requests/{request_id:str}/reopening",
    opt={"permission": requests.PARTIES},
    operation_id="reopenDisclosureRequest",
)
async def reopen(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[Say],
) -> Response[RequestView]:
    """Take a request up again."""

    async def act() -> Response[RequestView]:
        return answer(await requests.reopen(writing, who, request_id, data, now), status=201)

    return await once(request, writing, now, act)


async def _documents_ready(session: AsyncSession, who: Actor, request: AnyRequest, now: datetime) -> None:
    try:
        sent = msgspec.json.decode(await request.body(), type=Issue)
    except msgspec.MsgspecError:
        return  # the door itself says what is wrong with it
    await second.ready(session, who, "issue-bundle", request.path_params["request_id"], sent, now)


@post(
    "/disclosure-requests/{request_id:str}/bundles",
    opt={"permission": issues.CREATE},
    operation_id="issueBundle",
    responses=WAITS,
    dependencies={"writing": after(_documents_ready)},
)
async def issue(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[Issue],
) -> Response[RequestView]:
    """Issue an answer, or a part of one: it waits for a second person."""

    async def act() -> Response[Any]:
        return told(await second.done_or_proposed(writing, who, "issue-bundle", request_id, data, 0, now))

    return await once(request, writing, now, act)


@post(
    "/disclosure-requests/{request_id:str}/bundles/{bundle_id:str}/recall",
    opt={"permission": handover.REVOKE},
    operation_id="recallBundle",
    responses=WAITS,
)
async def recall(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    bundle_id: FromPath[str],
    data: JSONBody[Recall],
) -> Response[BundleView]:
    """Take a bundle back: its links give nothing more."""

    async def act() -> Response[Any]:
        sent = RecallOf(bundle_id=bundle_id, reason=data.reason)
        return told(await second.done_or_proposed(writing, who, "recall-bundle", request_id, sent, 0, now))

    return await once(request, writing, now, act)


@post(
    "/disclosure-bundles/{bundle_id:str}/links",
    opt={"permission": requests.REVIEW},
    operation_id="makeDownloadLink",
)
async def link(writing: Writing, who: Who, now: Now, bundle_id: FromPath[str]) -> Response[LinkView]:
    """Make a link for the bundle's recipient. Its secret is said this once."""
    return answer(await handover.make_link(writing, who, bundle_id, now), status=201)


@get("/disclosure-links/{token:str}", opt={"permission": handover.RECEIVE}, operation_id="readDownloadLink")
async def look(reading: Reading, who: Who, now: Now, token: FromPath[str]) -> Response[OpenLink]:
    """What a link fetches; nothing is fetched by asking."""
    return answer(await handover.look(reading, who, token, now))


async def _file_ready(session: AsyncSession, who: Actor, request: AnyRequest, now: datetime) -> None:
    of = request.path_params
    await handover.ready(session, who, of["token"], of["part"], now)


@post(
    "/disclosure-links/{token:str}/parts/{part:int}",
    opt={"permission": handover.RECEIVE},
    operation_id="fetchBundle",
    responses=ZIP,
    dependencies={"writing": after(_file_ready)},
)
async def fetch(
    writing: Writing, who: Who, now: Now, token: FromPath[str], part: FromPath[int]
) -> Response[bytes]:
    """Fetch one file of a bundle, once. `Svro-Receipt` is the number of its receipt in the log."""
    file = await handover.fetch(writing, who, token, part, now)
    return handed(file.name, file.data, receipt=file.receipt)


router = Router(
    "/api/v1",
    route_handlers=[
        listing,
        held,
        make,
        read,
        say,
        extend,
        end,
        reopen,
        issue,
        recall,
        link,
        look,
        fetch,
    ],
    tags=["Disclosure"],
)
