"""Documents on pages: those of an application, an order or a search, one more, and each as a file."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import documents
from svro.casework.documents import MOST_SENT, About
from svro.doors import AnyRequest, Now, Reading, Who, Writing, attachment
from svro.errors import Malformed, TooLarge, WrongType
from svro.records.ledger import attempt
from svro.web.site import page, see


async def _page(
    request: AnyRequest, session: AsyncSession, who: Who, now: Now, about: About, key: str, **more: Any
) -> Response[Any]:
    listed = await documents.listing(session, who, about, key, now)
    back = {"application": "/applications", "order": "/orders", "search": "/searches"}[about]
    given = {"faults": {}, "given": "", "status": 200, **more}
    status = given.pop("status")
    return page(
        request,
        "documents.html",
        f"Documents on this {about}",
        status=status,
        listed=listed,
        back=f"{back}/{key}",
        **given,
    )


async def _deposit(
    request: AnyRequest, session: AsyncSession, who: Who, now: Now, about: About, key: str
) -> Response[Any]:
    form = await request.form()
    file, title = form.get("file"), form.get("title")
    sent = await file.read() if isinstance(file, UploadFile) else b""
    said = file.content_type if isinstance(file, UploadFile) else None
    title = title if isinstance(title, str) else ""
    try:
        async with attempt(session):
            await documents.deposit(session, who, about, key, title, sent, said, now)
    except Malformed as bad:
        faults = {fault.field: f"The title {fault.reason}" for fault in bad.faults}
        return await _page(request, session, who, now, about, key, faults=faults, given=title, status=400)
    except (TooLarge, WrongType) as no:
        faults = {"file": no.sentence if sent else "Choose a file"}
        return await _page(
            request, session, who, now, about, key, faults=faults, given=title, status=no.status
        )
    return see(request.url.path)


@get("/applications/{application_id:str}/documents", opt={"permission": documents.READ})
async def of_application(
    request: AnyRequest, reading: Reading, who: Who, now: Now, application_id: FromPath[str]
) -> Response[Any]:
    """The documents on an application."""
    return await _page(request, reading, who, now, "application", application_id)


@post(
    "/applications/{application_id:str}/documents",
    opt={"permission": documents.DEPOSIT},
    request_max_body_size=MOST_SENT,
)
async def on_application(
    request: AnyRequest, writing: Writing, who: Who, now: Now, application_id: FromPath[str]
) -> Response[Any]:
    """Deposit one on an application."""
    return await _deposit(request, writing, who, now, "application", application_id)


@get("/orders/{order_id:str}/documents", opt={"permission": documents.READ})
async def of_order(
    request: AnyRequest, reading: Reading, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """The documents on an order."""
    return await _page(request, reading, who, now, "order", order_id)


@post(
    "/orders/{order_id:str}/documents",
    opt={"permission": documents.DEPOSIT},
    request_max_body_size=MOST_SENT,
)
async def on_order(
    request: AnyRequest, writing: Writing, who: Who, now: Now, order_id: FromPath[str]
) -> Response[Any]:
    """Deposit one on an order."""
    return await _deposit(request, writing, who, now, "order", order_id)


@get("/searches/{search_id:str}/documents", opt={"permission": documents.READ})
async def of_search(
    request: AnyRequest, reading: Reading, who: Who, now: Now, search_id: FromPath[str]
) -> Response[Any]:
    """The documents on a search."""
    return await _page(request, reading, who, now, "search", search_id)


@post(
    "/searches/{search_id:str}/documents",
    opt={"permission": documents.DEPOSIT},
    request_max_body_size=MOST_SENT,
)
async def on_search(
    request: AnyRequest, writing: Writing, who: Who, now: Now, search_id: FromPath[str]
) -> Response[Any]:
    """Deposit one on a search."""
    return await _deposit(request, writing, who, now, "search", search_id)


@post("/documents/{document_id:str}/file", opt={"permission": documents.READ})
async def file(reading: Reading, who: Who, now: Now, document_id: FromPath[str]) -> Response[bytes]:
    """The file. A button, not a link: that it was taken is recorded."""
    held = await documents.read(reading, who, document_id, now)
    return attachment(held.content, held.view.media_type, held.name)


router = Router(
    "/",
    route_handlers=[of_application, on_application, of_order, on_order, of_search, on_search, file],
    include_in_schema=False,
)
