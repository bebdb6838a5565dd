"""Reviewing on pages: the schedules, each item and document, and the answer as it would leave."""

from datetime import datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import second
from svro.casework.access import Actor
from svro.casework.disclosure import marks, preview, review, sensitive
from svro.casework.disclosure.marks import PutBack
from svro.casework.disclosure.review import ItemView, ScheduleView
from svro.documents.opened import CALLED
from svro.doors import AnyRequest, Now, Reading, Who, Writing, attachment, picture
from svro.errors import Missing
from svro.law import disclosure as law
from svro.law.dates import london_day
from svro.web import disclosure_forms as forms
from svro.web.disclosure import address_of
from svro.web.forms import Answers, Form, answers, run, show
from svro.web.proposals import where
from svro.web.site import page


@get("/disclosure/{request_id:str}/schedule", opt={"permission": review.REVIEW})
async def schedule(
    request: AnyRequest, reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """The schedule of what is not sensitive, item by item."""
    view = await review.schedule(reading, who, request_id, now)
    title = f"Schedule of {view.reference}"
    return page(request, "disclosure_schedule.html", title, view=view, decisions=forms.DECISIONS)


def _item(view: ScheduleView, key: str) -> ItemView:
    found = next((item for item in view.items if item.key == key), None)
    if found is None:
        raise Missing
    return found


@get("/disclosure/{request_id:str}/item", opt={"permission": review.REVIEW})
async def deciding(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    key: FromQuery[str] = "",
) -> Response[Any]:
    """Ask for the decision on one item."""
    view = await review.schedule(reading, who, request_id, now)
    item = _item(view, key)
    given: Answers = {
        "key": [key],
        "decision": [item.decision or "disclose"],
        "test": [item.test or "neither"],
        "relevant": ["yes"] if item.relevant is not False else [],
    }
    form = forms.decide(item, view.grounds)
    caption = f"{item.number}. {item.title}"
    return show(request, form, given, caption=caption, back=f"{address_of(request_id)}/schedule")


@post("/disclosure/{request_id:str}/item", opt={"permission": review.REVIEW})
async def decide(
    request: AnyRequest, writing: Writing, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """Decide one item."""
    view = await review.schedule(writing, who, request_id, now)
    key = next(iter((await answers(request)).get("key", ())), "")
    item = _item(view, key)

    async def act(said: forms.DecideOne, given: Answers) -> str:
        await review.decide(writing, who, request_id, forms.decided(key, said), now)
        return f"{address_of(request_id)}/schedule#item-{item.number}"

    form, caption = forms.decide(item, view.grounds), f"{item.number}. {item.title}"
    return await run(request, writing, form, act, caption=caption, back=f"{address_of(request_id)}/schedule")


@get("/disclosure/{request_id:str}/sensitive", opt={"permission": sensitive.SENSITIVE})
async def sensitive_schedule(
    request: AnyRequest, reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """The sensitive schedule."""
    view = await sensitive.sensitive(reading, who, request_id, now)
    title = f"Sensitive schedule of {view.reference}"
    return page(request, "disclosure_sensitive.html", title, view=view)


async def _marking(
    session: AsyncSession, who: Actor, request_id: str, now: datetime
) -> tuple[Form[Any], str]:
    view = await review.schedule(session, who, request_id, now)
    known = law.grounds("trial", london_day(now), sensitive=True)
    return forms.sensitive(view, {one.code: one.label for one in known}), view.reference


@get("/disclosure/{request_id:str}/sensitive/mark", opt={"permission": review.REVIEW})
async def marking(
    request: AnyRequest, reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """Ask which items are sensitive."""
    form, caption = await _marking(reading, who, request_id, now)
    return show(request, form, {}, caption=caption, back=address_of(request_id))


@post("/disclosure/{request_id:str}/sensitive/mark", opt={"permission": review.REVIEW})
async def mark(
    request: AnyRequest, writing: Writing, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """Propose items for the sensitive schedule."""
    form, caption = await _marking(writing, who, request_id, now)

    async def act(command: sensitive.MarkSensitive, given: Answers) -> str:
        done = await second.done_or_proposed(writing, who, "mark-sensitive", request_id, command, 0, now)
        return where(done, f"{address_of(request_id)}/schedule")

    return await run(request, writing, form, act, caption=caption, back=address_of(request_id))


@get("/disclosure/{request_id:str}/sensitive/unmark", opt={"permission": sensitive.SENSITIVE})
async def unmarking(
    request: AnyRequest, reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """Ask which items are sensitive no longer."""
    view = await sensitive.sensitive(reading, who, request_id, now)
    back = f"{address_of(request_id)}/sensitive"
    return show(request, forms.unmark(view), {}, caption=view.reference, back=back)


@post("/disclosure/{request_id:str}/sensitive/unmark", opt={"permission": sensitive.SENSITIVE})
async def unmark(
    request: AnyRequest, writing: Writing, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """Propose that items leave the sensitive schedule."""
    view = await sensitive.sensitive(writing, who, request_id, now)
    back = f"{address_of(request_id)}/sensitive"

    async def act(command: sensitive.UnmarkSensitive, given: Answers) -> str:
        done = await second.done_or_proposed(writing, who, "unmark-sensitive", request_id, command, 0, now)
        return where(done, back)

    return await run(request, writing, forms.unmark(view), act, caption=view.reference, back=back)


@get(
    "/disclosure/{request_id:str}/documents/{document_id:str}",
    opt={"permission": review.REVIEW},
)
async def document(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    document_id: FromPath[str],
) -> Response[Any]:
    """What is to be taken out of a document."""
    view = await marks.view(reading, who, request_id, document_id, now)
    kind = CALLED[view.media_type]
    return page(request, "disclosure_document.html", view.title, view=view, kind=kind)


@get(
    "/disclosure/{request_id:str}/documents/{document_id:str}/mark",
    opt={"permission": review.REVIEW},
)
async def taking_out(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    document_id: FromPath[str],
) -> Response[Any]:
    """Ask what to take out."""
    view = await marks.view(reading, who, request_id, document_id, now)
    back = f"{address_of(request_id)}/documents/{document_id}"
    return show(request, forms.mark(view.media_type, view.grounds), {}, caption=view.title, back=back)


@post(
    "/disclosure/{request_id:str}/documents/{document_id:str}/mark",
    opt={"permission": review.REVIEW},
)
async def take_out(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    document_id: FromPath[str],
) -> Response[Any]:
    """Mark something to be taken out."""
    view = await marks.view(writing, who, request_id, document_id, now)
    back = f"{address_of(request_id)}/documents/{document_id}"

    async def act(said: forms.MarkOne, given: Answers) -> str:
        await marks.take_out(writing, who, request_id, document_id, forms.taken_out(said), now)
        return back

    form = forms.mark(view.media_type, view.grounds)
    return await run(request, writing, form, act, caption=view.title, back=back)


@get(
    "/disclosure/{request_id:str}/documents/{document_id:str}/marks/{mark_n:int}",
    opt={"permission": review.REVIEW},
)
async def putting_back(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    document_id: FromPath[str],
    mark_n: FromPath[int],
) -> Response[Any]:
    """Ask why a mark is taken away."""
    view = await marks.view(reading, who, request_id, document_id, now)
    back = f"{address_of(request_id)}/documents/{document_id}"
    return show(request, forms.WITHDRAW, {}, caption=f"{view.title}, mark {mark_n}", back=back)


@post(
    "/disclosure/{request_id:str}/documents/{document_id:str}/marks/{mark_n:int}",
    opt={"permission": review.REVIEW},
)
async def put_back(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    document_id: FromPath[str],
    mark_n: FromPath[int],
) -> Response[Any]:
    """Take a mark away."""
    view = await marks.view(writing, who, request_id, document_id, now)
    back = f"{address_of(request_id)}/documents/{document_id}"

    async def act(command: PutBack, given: Answers) -> str:
        await marks.put_back(writing, who, request_id, document_id, command, now)
        return back

    caption = f"{view.title}, mark {mark_n}"
    return await run(request, writing, forms.WITHDRAW, act, also={"mark": mark_n}, caption=caption, back=back)


@get("/disclosure/{request_id:str}/preview", opt={"permission": review.REVIEW})
async def as_it_would_leave(
    reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[bytes]:
    """The answer as it would leave."""
    return attachment(*await preview.of_answer(reading, who, request_id, now))


@get(
    "/disclosure/{request_id:str}/documents/{document_id:str}/preview",
    opt={"permission": review.REVIEW},
)
async def document_as_it_would_leave(
    reading: Reading, who: Who, now: Now, request_id: FromPath[str], document_id: FromPath[str]
) -> Response[bytes]:
    """A document as it would leave."""
    return attachment(*await preview.of_document(reading, who, request_id, document_id, now))


@get(
    "/disclosure/{request_id:str}/documents/{document_id:str}/pages/{page_n:int}",
    opt={"permission": review.REVIEW},
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
    "/",
    route_handlers=[
        schedule,
        deciding,
        decide,
        sensitive_schedule,
        marking,
        mark,
        unmarking,
        unmark,
        document,
        taking_out,
        take_out,
        putting_back,
        put_back,
        as_it_would_leave,
        document_as_it_would_leave,
        page_of_document,
    ],
    include_in_schema=False,
)
