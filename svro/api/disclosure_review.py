"""Reviewing what is to be disclosed: the schedules, each item and document, and how it would all leave."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from svro.api.proposals import WAITS
from svro.casework import second
from svro.casework.disclosure import marks, preview, review, sensitive
from svro.casework.disclosure.marks import MarksView, PutBack, TakeOut
from svro.casework.disclosure.review import Decide, DecideRest, ScheduleView
from svro.casework.disclosure.sensitive import MarkSensitive, SensitiveView, UnmarkSensitive
from svro.doors import AnyRequest, Now, Reading, Who, Writing, answer, attachment, once, picture, told


def _file(kind: str, what: str) -> dict[int, ResponseSpec]:
    return {200: ResponseSpec(bytes, generate_examples=False, media_type=kind, description=what)}


@get(
    "/disclosure-requests/{request_id:str}/schedule",
    opt={"permission": review.REVIEW},
    operation_id="readDisclosureSchedule",
)
async def schedule(reading: Reading, who: Who, now: Now, request_id: FromPath[str]) -> Response[ScheduleView]:
    """The schedule of what is not sensitive, item by item."""
    return answer(await review.schedule(reading, who, request_id, now))


@post(
    "/disclosure-requests/{request_id:str}/decisions",
    opt={"permission": review.REVIEW},
    operation_id="decideDisclosureItems",
)
async def decide(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[Decide],
) -> Response[ScheduleView]:
    """Decide items: disclose, redact or withhold, with the reason."""

    async def act() -> Response[ScheduleView]:
        return answer(await review.decide(writing, who, request_id, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/disclosure-requests/{request_id:str}/decisions/rest",
    opt={"permission": review.REVIEW},
    operation_id="decideRestOfDisclosure",
)
async def rest(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[DecideRest],
) -> Response[ScheduleView]:
    """Disclose as the rule has it whatever nobody has decided."""

    async def act() -> Response[ScheduleView]:
        return answer(await review.decide_rest(writing, who, request_id, data, now), status=201)

    return await once(request, writing, now, act)


@get(
    "/disclosure-requests/{request_id:str}/documents/{document_id:str}/marks",
    opt={"permission": review.REVIEW},
    operation_id="readDocumentMarks",
)
async def marked(
    reading: Reading, who: Who, now: Now, request_id: FromPath[str], document_id: FromPath[str]
) -> Response[MarksView]:
    """What is to be taken out of a document."""
    return answer(await marks.view(reading, who, request_id, document_id, now))


@post(
    "/disclosure-requests/{request_id:str}/documents/{document_id:str}/marks",
    opt={"permission": review.REVIEW},
    operation_id="markDocument",
)
async def take_out(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    document_id: FromPath[str],
    data: JSONBody[TakeOut],
) -> Response[MarksView]:
    """Mark something in a document to be taken out of what is handed over."""

    async def act() -> Response[MarksView]:
        return answer(await marks.take_out(writing, who, request_id, document_id, data, now), status=201)

    return await once(request, writing, now, act)


@post(
    "/disclosure-requests/{request_id:str}/documents/{document_id:str}/marks/withdrawals",
    opt={"permission": review.REVIEW},
    operation_id="withdrawDocumentMark",
)
async def put_back(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    document_id: FromPath[str],
    data: JSONBody[PutBack],
) -> Response[MarksView]:
    """Take a mark away again."""

    async def act() -> Response[MarksView]:
        return answer(await marks.put_back(writing, who, request_id, document_id, data, now), status=201)

    return await once(request, writing, now, act)


@get(
    "/disclosure-requests/{request_id:str}/sensitive",
    opt={"permission": sensitive.SENSITIVE},
    operation_id="readSensitiveSchedule",
)
async def sensitive_schedule(
    reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[SensitiveView]:
    """The sensitive schedule."""
    return answer(await sensitive.sensitive(reading, who, request_id, now))


@post(
    "/disclosure-requests/{request_id:str}/sensitive",
    opt={"permission": sensitive.SENSITIVE},
    operation_id="markSensitive",
    responses=WAITS,
)
async def mark(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[MarkSensitive],
) -> Response[SensitiveView]:
    """Put items on the sensitive schedule: it waits for a second person."""

    async def act() -> Response[Any]:
        done = await second.done_or_proposed(writing, who, "mark-sensitive", request_id, data, 0, now)
        return told(done)

    return await once(request, writing, now, act)


@post(
    "/disclosure-requests/{request_id:str}/sensitive/withdrawn",
    opt={"permission": sensitive.SENSITIVE},
    operation_id="unmarkSensitive",
    responses=WAITS,
)
async def unmark(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    data: JSONBody[UnmarkSensitive],
) -> Response[SensitiveView]:
    """Take items off the sensitive schedule: it waits for a second person."""

    async def act() -> Response[Any]:
        return told(await second.done_or_proposed(writing, who, "unmark-sensitive", request_id, data, 0, now))

    return await once(request, writing, now, act)


@get(
    "/disclosure-requests/{request_id:str}/preview",
    opt={"permission": review.REVIEW},
    operation_id="previewDisclosure",
    responses=_file("application/pdf", "The answer"),
)
async def as_it_would_leave(
    reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[bytes]:
    """The answer as it would leave."""
    return attachment(*await preview.of_answer(reading, who, request_id, now))


@get(
    "/disclosure-requests/{request_id:str}/documents/{document_id:str}/preview",
    opt={"permission": review.REVIEW},
    operation_id="previewDisclosedDocument",
    responses=_file("application/octet-stream", "The document, by its own type"),
)
async def document_as_it_would_leave(
    reading: Reading, who: Who, now: Now, request_id: FromPath[str], document_id: FromPath[str]
) -> Response[bytes]:
    """A document as it would leave."""
    return attachment(*await preview.of_document(reading, who, request_id, document_id, now))


@get(
    "/disclosure-requests/{request_id:str}/documents/{document_id:str}/pages/{page_n:int}",
    opt={"permission": review.REVIEW},
    operation_id="readMarkedPage",
    responses=_file("image/png", "The page"),
)
async def page_of_document(
    reading: Reading,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    document_id: FromPath[str],
    page_n: FromPath[int],
) -> Response[bytes]:
    """A page with what is marked on it."""
    return picture(await preview.of_page(reading, who, request_id, document_id, page_n, now))


router = Router(
    "/api/v1",
    route_handlers=[
        schedule,
        decide,
        rest,
        marked,
        take_out,
        put_back,
        sensitive_schedule,
        mark,
        unmark,
        as_it_would_leave,
        document_as_it_would_leave,
        page_of_document,
    ],
    tags=["Disclosure"],
)
