"""What is done with a panel's cases: prepared, released, reviewed, graded; and feedback, and its answers."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from svro.casework.panels import cases, feedback, held, reviews, views
from svro.doors import AnyRequest, Now, Who, Writing, answer, once

SEES = (held.READ, held.RELEASE)
T = TypeVar("T", bound=msgspec.Struct)


async def made(
    request: AnyRequest, writing: Writing, now: Now, doing: Callable[[], Awaitable[T]]
) -> Response[T]:
    """What an act on a panel made, once for one key."""

    async def act() -> Response[T]:
        return answer(await doing(), status=201)

    return await once(request, writing, now, act)


@post(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}/preparation",
    opt={"permission": SEES},
    operation_id="prepareCase",
)
async def prepare_case(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
    data: JSONBody[cases.Prepare],
) -> Response[cases.CaseView]:
    """Write what a panel may read of a case, and log what was taken out."""
    return await made(
        request, writing, now, lambda: cases.prepare(writing, who, session_id, case_id, data, now)
    )


@post(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}/release",
    opt={"permission": held.RELEASE},
    operation_id="releaseCase",
)
async def release_case(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
) -> Response[cases.CaseView]:
    """Release a case that somebody else prepared."""
    return await made(request, writing, now, lambda: cases.release(writing, who, session_id, case_id, now))


@post(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}/return",
    opt={"permission": held.RELEASE},
    operation_id="returnCase",
)
async def return_case(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
    data: JSONBody[cases.GiveBack],
) -> Response[cases.CaseView]:
    """Send a prepared case back to be redacted again."""
    return await made(
        request, writing, now, lambda: cases.give_back(writing, who, session_id, case_id, data, now)
    )


@post(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}/exclusion",
    opt={"permission": SEES},
    operation_id="excludeCase",
)
async def exclude_case(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
    data: JSONBody[cases.Exclude],
) -> Response[cases.CaseView]:
    """Leave a case out, with a reason. The next of its stratum stands in."""
    return await made(
        request, writing, now, lambda: cases.exclude(writing, who, session_id, case_id, data, now)
    )


@post(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}/reviews",
    opt={"permission": held.WRITE},
    operation_id="submitReview",
)
async def submit_review(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
    data: JSONBody[reviews.Submit],
) -> Response[views.SessionView]:
    """Send your own review and grade of a case, before anybody else’s is shown. Once."""
    return await made(
        request, writing, now, lambda: reviews.submit(writing, who, session_id, case_id, data, now)
    )


@post(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}/standing-aside",
    opt={"permission": held.WRITE},
    operation_id="standAside",
)
async def stand_aside(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
    data: JSONBody[reviews.StandAside],
) -> Response[views.SessionView]:
    """Do not review a case, and say why."""
    return await made(
        request, writing, now, lambda: reviews.stand_aside(writing, who, session_id, case_id, data, now)
    )


@post(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}/discussion",
    opt={"permission": held.WRITE},
    operation_id="discussCase",
)
async def discuss_case(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
) -> Response[views.SessionView]:
    """Open the discussion of a case: the grades given alone are shown."""
    return await made(request, writing, now, lambda: reviews.discuss(writing, who, session_id, case_id, now))


@post(
    "/panels/sessions/{session_id:str}/cases/{case_id:str}/grade",
    opt={"permission": held.WRITE},
    operation_id="gradeCase",
)
async def grade_case(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    case_id: FromPath[str],
    data: JSONBody[reviews.Agree],
) -> Response[views.SessionView]:
    """Record the panel’s grade after discussion. Once."""
    return await made(
        request, writing, now, lambda: reviews.agree(writing, who, session_id, case_id, data, now)
    )


@post(
    "/panels/sessions/{session_id:str}/feedback", opt={"permission": held.WRITE}, operation_id="raiseFeedback"
)
async def raise_feedback(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    session_id: FromPath[str],
    data: JSONBody[feedback.Raise],
) -> Response[feedback.FeedbackView]:
    """Send the force something that it is to answer."""
    return await made(request, writing, now, lambda: feedback.raise_item(writing, who, session_id, data, now))


@post(
    "/panels/feedback/{feedback_id:str}/replies",
    opt={"permission": held.RESPOND},
    operation_id="replyToFeedback",
)
async def reply_to_feedback(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    feedback_id: FromPath[str],
    data: JSONBody[feedback.Reply],
) -> Response[feedback.FeedbackView]:
    """Answer for the force, with what was done with the officer."""
    return await made(request, writing, now, lambda: feedback.reply(writing, who, feedback_id, data, now))


@post(
    "/panels/feedback/{feedback_id:str}/progress",
    opt={"permission": held.WRITE},
    operation_id="recordProgress",
)
async def record_progress(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    feedback_id: FromPath[str],
    data: JSONBody[feedback.Progress],
) -> Response[feedback.FeedbackView]:
    """Say whether things went better, worse or the same."""
    return await made(request, writing, now, lambda: feedback.progress(writing, who, feedback_id, data, now))


ACTS = (
    prepare_case,
    release_case,
    return_case,
    exclude_case,
    submit_review,
    stand_aside,
    discuss_case,
    grade_case,
    raise_feedback,
    reply_to_feedback,
    record_progress,
)
