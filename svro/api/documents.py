"""Documents on an application, an order or a search: deposited as they are, listed, and downloaded."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from svro.casework import documents
from svro.casework.documents import MOST_SENT, DocumentsView, DocumentView
from svro.doors import AnyRequest, Now, Reading, Who, Writing, answer, attachment


async def _deposit(
    request: AnyRequest, writing: Writing, who: Who, now: Now, about: documents.About, key: str, title: str
) -> Response[DocumentView]:
    content, said = await request.body(), request.headers.get("Content-Type")
    view = await documents.deposit(writing, who, about, key, title, content, said, now)
    return answer(view, status=201, at=f"/api/v1/documents/{view.id}")


@post(
    "/applications/{application_id:str}/documents",
    opt={"permission": documents.DEPOSIT},
    operation_id="depositOnApplication",
    request_max_body_size=MOST_SENT,
)
async def on_application(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    application_id: FromPath[str],
    title: FromQuery[str] = "",
) -> Response[DocumentView]:
    """Deposit a document on an application: the body is the file, a PDF, JPEG, PNG or text in UTF-8."""
    return await _deposit(request, writing, who, now, "application", application_id, title)


@post(
    "/orders/{order_id:str}/documents",
    opt={"permission": documents.DEPOSIT},
    operation_id="depositOnOrder",
    request_max_body_size=MOST_SENT,
)
async def on_order(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    order_id: FromPath[str],
    title: FromQuery[str] = "",
) -> Response[DocumentView]:
    """Deposit a document on an order: the body is the file, a PDF, JPEG, PNG or text in UTF-8."""
    return await _deposit(request, writing, who, now, "order", order_id, title)


@post(
    "/searches/{search_id:str}/documents",
    opt={"permission": documents.DEPOSIT},
    operation_id="depositOnSearch",
    request_max_body_size=MOST_SENT,
)
async def on_search(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    search_id: FromPath[str],
    title: FromQuery[str] = "",
) -> Response[DocumentView]:
    """Deposit a document on a search: the body is the file, a PDF, JPEG, PNG or text in UTF-8."""
    return await _deposit(request, writing, who, now, "search", search_id, title)


@get(
    "/applications/{application_id:str}/documents",
    opt={"permission": documents.READ},
    operation_id="listApplicationDocuments",
)
async def of_application(
    reading: Reading, who: Who, now: Now, application_id: FromPath[str]
) -> Response[DocumentsView]:
    """The documents on an application."""
    return answer(await documents.listing(reading, who, "application", application_id, now))


@get(
    "/orders/{order_id:str}/documents",
    opt={"permission": documents.READ},
    operation_id="listOrderDocuments",
)
async def of_order(reading: Reading, who: Who, now: Now, order_id: FromPath[str]) -> Response[DocumentsView]:
    """The documents on an order."""
    return answer(await documents.listing(reading, who, "order", order_id, now))


@get(
    "/searches/{search_id:str}/documents",
    opt={"permission": documents.READ},
    operation_id="listSearchDocuments",
)
async def of_search(
    reading: Reading, who: Who, now: Now, search_id: FromPath[str]
) -> Response[DocumentsView]:
    """The documents on a search."""
    return answer(await documents.listing(reading, who, "search", search_id, now))


@get("/documents/{document_id:str}", opt={"permission": documents.READ}, operation_id="readDocument")
async def read(reading: Reading, who: Who, now: Now, document_id: FromPath[str]) -> Response[DocumentView]:
    """What is known of a document, with the SHA-256 of its bytes."""
    return answer(await documents.get(reading, who, document_id, now))


@get(
    "/documents/{document_id:str}/content",
    opt={"permission": documents.READ},
    operation_id="downloadDocument",
    media_type="application/octet-stream",
    responses={200: ResponseSpec(Any, description="The file", media_type="application/octet-stream")},
)
async def content(reading: Reading, who: Who, now: Now, document_id: FromPath[str]) -> Response[bytes]:
    """The document as it was deposited, to be saved."""
    held = await documents.read(reading, who, document_id, now)
    return attachment(held.content, held.view.media_type, held.name)


router = Router(
    "/api/v1",
    route_handlers=[
        on_application,
        on_order,
        on_search,
        of_application,
        of_order,
        of_search,
        read,
        content,
    ],
    tags=["Documents"],
)
