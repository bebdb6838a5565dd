"""Documents on a case: deposited on an application, an order or a search, listed, and read as they were
deposited. What is handed over of them to the defence is disclosure's, and made anew from these bytes.
"""

import asyncio
import hashlib
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import cases, orders, searches
from svro.casework.access import Actor, visible_applications, visible_orders, visible_searches
from svro.documents.opened import CALLED, JPEG, LARGEST, PDF, PNG, TEXT, NotADocument, Opened, examine
from svro.errors import Conflict, Fault, Malformed, Missing, TooLarge, WrongType
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.documents import Document, DocumentContent
from svro.records.ledger import Entry, Subject, append
from svro.records.orders import Application, Order
from svro.records.people import Account
from svro.records.searches import Search, SearchVersion

DEPOSIT, READ = "document:deposit", "document:read"
About = Literal["application", "order", "search"]
MOST_SENT = LARGEST + 4096
"""What a door takes: more than a document may have, so that it is the document that is refused."""
_ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png", TEXT: "txt"}
_LONGEST_TITLE = 200
_SAYS_NOTHING = ("application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded")
"""Media types with which a sender says nothing of what a file is."""


class DocumentView(msgspec.Struct, kw_only=True):
    """A document as deposited. `pages` is None for what has none; `erased` says that its bytes and its title
    are gone.
    """

    id: str
    about: About
    about_id: str
    title: str
    media_type: str
    size: int
    pages: int | None
    sha256: str
    deposited_at: datetime
    deposited_by: str
    erased: bool


class DocumentsView(msgspec.Struct, kw_only=True):
    """The documents on one thing, in the order in which they came."""

    about: About
    about_id: str
    documents: list[DocumentView]


class Content(msgspec.Struct, frozen=True):
    """A document's bytes as they were deposited."""

    view: DocumentView
    content: bytes

    @property
    def name(self) -> str:
        """The name under which it is saved, which says nothing of what is in it."""
        return f"{self.view.id}.{_ENDINGS[self.view.media_type]}"


async def deposit(
    session: AsyncSession,
    actor: Actor,
    about: About,
    about_id: str,
    title: str,
    content: bytes,
    said: str | None,
    now: datetime,
) -> DocumentView:
    """Keep a document on an application, an order or a search that the actor may deposit on. `said` is the
    media type with which it was sent, where it was.

    Malformed without a title, TooLarge over 25 MB, WrongType with the reason for bytes that are no PDF, JPEG,
    PNG or text, or not what they were said to be; Missing where the actor may not reach the thing.
    """
    force, _ = await _reach(session, actor, DEPOSIT, about, about_id, now)
    title = " ".join(title.split())
    if not 1 <= len(title) <= _LONGEST_TITLE or not title.isprintable():
        raise Malformed([Fault("title", f"must be of 1 to {_LONGEST_TITLE} letters")])
    if len(content) > LARGEST:
        raise TooLarge("The file is larger than 25 MB, which is the most that is taken.")
    opened = await asyncio.to_thread(_opened, content, said)
    key = new_id()
    values: dict[str, Any] = {
        f"{about}_id": about_id,
        "title": title,
        "media_type": opened.media_type,
        "size": len(content),
        "pages": opened.pages,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    by = actor.account_id
    await put(session, Document, force_id=force, id=key, **values, recorded_at=now, recorded_by=by)
    await put(session, DocumentContent, force_id=force, document_id=key, content=content)
    entry = Entry(tag="document:deposited", force=force, actor=by, subject=key, at=now, facts=values)
    await append(session, entry)
    return await _view_of(session, force, key)


def _opened(content: bytes, said: str | None) -> Opened:
    kind = (said or "").partition(";")[0].strip().lower().replace("image/jpg", "image/jpeg")
    try:
        opened = examine(content)
    except NotADocument as no:
        raise WrongType(f"The file {no}.") from None
    if kind and kind not in _SAYS_NOTHING and kind != opened.media_type:
        called, found = CALLED.get(kind, kind), CALLED[opened.media_type]
        raise WrongType(f"The file was sent as {called}, and it is {found}.")
    return opened


async def _reach(
    session: AsyncSession, actor: Actor, permission: str, about: About, about_id: str, now: datetime
) -> tuple[str, Subject]:
    """(the force, what the access log names) of a thing that the actor reaches; Missing otherwise."""
    person: str | None
    if about == "application":
        application = await cases.find(session, actor, permission, about_id, now)
        force, person = application.force_id, application.person_id
    elif about == "order":
        order = await orders.reach(session, actor, permission, about_id, now)
        force, person = order.force_id, order.person_id
    else:
        search, version = await searches.reach(session, actor, permission, about_id, now)
        force, person = search.force_id, version.person_id
    seen = Subject(kind=about, force=force, id=about_id, person=person)
    tell(session, seen)
    return force, seen


async def listing(
    session: AsyncSession, actor: Actor, about: About, about_id: str, now: datetime
) -> DocumentsView:
    """The documents on one thing. Missing where the actor may not read them."""
    force, _ = await _reach(session, actor, READ, about, about_id, now)
    column = getattr(Document, f"{about}_id")
    query = (
        _with_names()
        .where(Document.force_id == force, column == about_id, Document.recorded_at <= now)
        .order_by(Document.recorded_at, Document.id)
    )
    found = [_view(row, name) for row, name in await session.execute(query)]
    return DocumentsView(about=about, about_id=about_id, documents=found)


async def get(session: AsyncSession, actor: Actor, document_id: str, now: datetime) -> DocumentView:
    """One document, without its bytes. Missing where the actor may not read it."""
    query = _with_names().where(
        Document.id == document_id, Document.recorded_at <= now, _visible(actor, READ, now)
    )
    row = (await session.execute(query)).first()
    if row is None:
        raise Missing(document_id)
    view = _view(row[0], row[1])
    await _reach(session, actor, READ, view.about, view.about_id, now)
    return view


async def read(session: AsyncSession, actor: Actor, document_id: str, now: datetime) -> Content:
    """A document with its bytes. Missing where the actor may not read it, or where they were erased; Conflict
    where they are not those that were deposited: then nothing is shown.
    """
    view = await get(session, actor, document_id, now)
    if view.erased:
        raise Missing(document_id)
    return Content(view, await bytes_of(session, view.id, view.sha256))


async def bytes_of(session: AsyncSession, document_id: str, sha256: str) -> bytes:
    """The bytes of a document that was reached, held against their hash. Conflict where they differ."""
    query = select(DocumentContent.content).where(DocumentContent.document_id == document_id)
    content = bytes(await session.scalar(query) or b"")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Conflict("The bytes held are not those that were deposited. Nothing is shown.")
    return content


def _visible(actor: Actor, permission: str, now: datetime) -> Any:
    """Documents on the things that the actor may reach under a permission."""
    on_application = select(Application.id).where(
        Application.force_id == Document.force_id,
        Application.id == Document.application_id,
        visible_applications(actor, permission, now),
    )
    on_order = select(Order.id).where(
        Order.force_id == Document.force_id,
        Order.id == Document.order_id,
        visible_orders(actor, permission, now),
    )
    on_search = (
        select(Search.id)
        .join(SearchVersion, searches.with_newest(now))
        .where(
            Search.force_id == Document.force_id,
            Search.id == Document.search_id,
            visible_searches(actor, permission, now),
        )
    )
    return or_(exists(on_application), exists(on_order), exists(on_search))


def _with_names() -> Select[Document, str]:
    return select(Document, Account.name).join(Account, Account.id == Document.recorded_by)


async def _view_of(session: AsyncSession, force: str, key: str) -> DocumentView:
    query = _with_names().where(Document.force_id == force, Document.id == key)
    row, name = (await session.execute(query)).one()
    return _view(row, name)


def _view(row: Document, name: str) -> DocumentView:
    about: About = "application" if row.application_id else "order" if row.order_id else "search"
    return DocumentView(
        id=row.id,
        about=about,
        about_id=str(row.application_id or row.order_id or row.search_id),
        title=row.title,
        media_type=row.media_type,
        size=row.size,
        pages=row.pages,
        sha256=row.sha256,
        deposited_at=row.recorded_at,
        deposited_by=name,
        erased=len(row.sha256) != 64,
    )
