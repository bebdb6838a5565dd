"""Disclosure on pages: for the solicitor who asks and receives, and the disclosure officer who decides."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

from litestar import Response, Router, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import second
from svro.casework.access import Actor, require_any
from svro.casework.disclosure import handover, issues, requests, review, standing
from svro.casework.kinds import RecallOf
from svro.doors import AnyRequest, Now, Reading, Who, Writing, handed
from svro.errors import Missing
from svro.gate import after
from svro.web import disclosure_forms as forms
from svro.web.forms import Answers, Form, answers, run, show
from svro.web.proposals import where
from svro.web.site import may, page

COLOURS = {
    "received": "blue",
    "answered in part": "orange",
    "answered": "green",
    "closed": "grey",
    "withdrawn": "grey",
}
Do = Callable[[AsyncSession, Actor, str, Any, datetime], Awaitable[object]]


class Act(NamedTuple):
    """One act on a request as a page offers it: under which permissions, what is asked, what does it, and
    where one looks then.
    """

    permissions: tuple[str, ...]
    form: Form[Any]
    do: Do
    then: str = ""


ACTS: dict[str, Act] = {
    "message": Act(requests.PARTIES, forms.SAY, requests.say),
    "extension": Act((requests.REVIEW,), forms.EXTEND, requests.extend),
    "ending": Act(requests.PARTIES, forms.END, requests.end),
    "reopening": Act(requests.PARTIES, forms.REOPEN, requests.reopen),
    "rest": Act((review.REVIEW,), forms.REST, review.decide_rest, "/schedule"),
}


def address_of(request_id: str) -> str:
    return f"/disclosure/{request_id}"


def _of(name: str, who: Actor) -> Act:
    """The act of this name, to somebody who may do it."""
    if name not in ACTS:
        raise Missing
    require_any(who, ACTS[name].permissions)
    return ACTS[name]


@get("/disclosure", opt={"permission": standing.READ})
async def listing(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Requests for disclosure, those owed an answer first."""
    lines = await standing.listing(reading, who, now)
    held = await handover.held(reading, who, now) if may(who, handover.RECEIVE) else []
    return page(request, "disclosure.html", "Disclosure", lines=lines, held=held, colours=COLOURS)


@get("/disclosure/new", opt={"permission": requests.REQUEST})
async def asking(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Ask what is wanted, for which client."""
    clients = await requests.clients(reading, who, now)
    given = {"person_id": [clients[0].person_id]} if len(clients) == 1 else {}
    return show(request, forms.ask(clients), given, back="/disclosure")


@post("/disclosure/new", opt={"permission": requests.REQUEST})
async def ask(request: AnyRequest, writing: Writing, who: Who, now: Now) -> Response[Any]:
    """Send a request."""

    async def act(command: requests.MakeRequest, given: Answers) -> str:
        return address_of((await requests.make(writing, who, command, now)).id)

    form = forms.ask(await requests.clients(writing, who, now))
    return await run(request, writing, form, act, back="/disclosure")


@get("/disclosure/{request_id:str}", opt={"permission": standing.READ})
async def read(
    request: AnyRequest, reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """One request: what is owed by when, what was said, what was handed over."""
    view = await standing.get(reading, who, request_id, now)
    return page(request, "disclosure_request.html", view.reference, view=view, colours=COLOURS)


@get("/disclosure/{request_id:str}/acts/{request_act:str}", opt={"permission": requests.PARTIES})
async def asking_act(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    request_act: FromPath[str],
) -> Response[Any]:
    """Ask what an act on a request needs."""
    act, view = _of(request_act, who), await standing.get(reading, who, request_id, now)
    return show(request, act.form, {}, caption=view.reference, back=address_of(request_id))


@post("/disclosure/{request_id:str}/acts/{request_act:str}", opt={"permission": requests.PARTIES})
async def on_request(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    request_act: FromPath[str],
) -> Response[Any]:
    """Do an act on a request."""
    act, view = _of(request_act, who), await standing.get(writing, who, request_id, now)

    async def do(command: Any, given: Answers) -> str:
        await act.do(writing, who, request_id, command, now)
        return address_of(request_id) + act.then

    return await run(request, writing, act.form, do, caption=view.reference, back=address_of(request_id))


@get("/disclosure/{request_id:str}/issue", opt={"permission": issues.CREATE})
async def issuing(
    request: AnyRequest, reading: Reading, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """Ask which sections are handed over."""
    view = await standing.get(reading, who, request_id, now)
    return show(request, forms.issue(view), {}, caption=view.reference, back=address_of(request_id))


async def _documents_ready(session: AsyncSession, who: Actor, request: AnyRequest, now: datetime) -> None:
    sections: Any = tuple((await answers(request)).get("sections", ()))
    sent = issues.Issue(sections=sections)
    await second.ready(session, who, "issue-bundle", request.path_params["request_id"], sent, now)


@post(
    "/disclosure/{request_id:str}/issue",
    opt={"permission": issues.CREATE},
    dependencies={"writing": after(_documents_ready)},
)
async def issue(
    request: AnyRequest, writing: Writing, who: Who, now: Now, request_id: FromPath[str]
) -> Response[Any]:
    """Propose handing over an answer."""
    view = await standing.get(writing, who, request_id, now)

    async def act(command: issues.Issue, given: Answers) -> str:
        done = await second.done_or_proposed(writing, who, "issue-bundle", request_id, command, 0, now)
        return where(done, address_of(request_id))

    form = forms.issue(view)
    return await run(request, writing, form, act, caption=view.reference, back=address_of(request_id))


@get("/disclosure/{request_id:str}/bundles/{bundle_id:str}/link", opt={"permission": requests.REVIEW})
async def linking(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    bundle_id: FromPath[str],
) -> Response[Any]:
    """Say what a link is before one is made."""
    caption = await handover.called(reading, who, requests.REVIEW, request_id, bundle_id, now)
    return show(request, forms.LINK, {}, caption=caption, back=address_of(request_id))


@post("/disclosure/{request_id:str}/bundles/{bundle_id:str}/link", opt={"permission": requests.REVIEW})
async def link(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    bundle_id: FromPath[str],
) -> Response[Any]:
    """Make a link, and show it this once."""
    caption = await handover.called(writing, who, requests.REVIEW, request_id, bundle_id, now)
    view = await standing.get(writing, who, request_id, now)
    made = await handover.make_link(writing, who, bundle_id, now)
    address = str(request.base_url).rstrip("/") + made.path
    title = "The link"
    return page(
        request,
        "disclosure_link_made.html",
        title,
        made=made,
        address=address,
        caption=caption,
        view=view,
    )


@get("/disclosure/{request_id:str}/bundles/{bundle_id:str}/recall", opt={"permission": handover.REVOKE})
async def recalling(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    bundle_id: FromPath[str],
) -> Response[Any]:
    """Ask why a bundle is taken back."""
    caption = await handover.called(reading, who, handover.REVOKE, request_id, bundle_id, now)
    return show(request, forms.RECALL, {}, caption=caption, back=address_of(request_id))


@post("/disclosure/{request_id:str}/bundles/{bundle_id:str}/recall", opt={"permission": handover.REVOKE})
async def recall(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    request_id: FromPath[str],
    bundle_id: FromPath[str],
) -> Response[Any]:
    """Take a bundle back, or propose it."""
    caption = await handover.called(writing, who, handover.REVOKE, request_id, bundle_id, now)

    async def act(command: handover.Recall, given: Answers) -> str:
        sent = RecallOf(bundle_id=bundle_id, reason=command.reason)
        done = await second.done_or_proposed(writing, who, "recall-bundle", request_id, sent, 0, now)
        return where(done, address_of(request_id))

    return await run(request, writing, forms.RECALL, act, caption=caption, back=address_of(request_id))


@get("/disclosure/links/{token:str}", opt={"permission": handover.RECEIVE})
async def look(
    request: AnyRequest, reading: Reading, who: Who, now: Now, token: FromPath[str]
) -> Response[Any]:
    """What a link fetches; nothing is fetched by looking."""
    found = await handover.look(reading, who, token, now)
    return page(request, "disclosure_link.html", found.reference, link=found, token=token, now=now)


async def _file_ready(session: AsyncSession, who: Actor, request: AnyRequest, now: datetime) -> None:
    of = request.path_params
    await handover.ready(session, who, of["token"], of["part"], now)


@post(
    "/disclosure/links/{token:str}/{part:int}",
    opt={"permission": handover.RECEIVE},
    dependencies={"writing": after(_file_ready)},
)
async def fetch(
    request: AnyRequest, writing: Writing, who: Who, now: Now, token: FromPath[str], part: FromPath[int]
) -> Response[Any]:
    """Fetch one file, once."""
    file = await handover.fetch(writing, who, token, part, now)
    return handed(file.name, file.data, receipt=file.receipt)


router = Router(
    "/",
    route_handlers=[
        listing,
        asking,
        ask,
        read,
        asking_act,
        on_request,
        issuing,
        issue,
        linking,
        link,
        recalling,
        recall,
        look,
        fetch,
    ],
    include_in_schema=False,
)
