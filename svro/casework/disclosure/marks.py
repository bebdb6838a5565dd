"""What is taken out of documents by hand: marks on pages and lines, each with its ground, reason and author.
The document itself is never changed: what is handed over is made anew without what is marked.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor
from svro.casework.disclosure import beforehand, standing
from svro.casework.disclosure.decided import decided
from svro.casework.disclosure.gather import Held
from svro.casework.disclosure.review import REVIEW, Name, Reason, candidates, shown
from svro.casework.documents import bytes_of
from svro.documents.opened import TEXT
from svro.documents.redact import BadMark, Mark, Span, check, pieces, redact
from svro.errors import Fault, Malformed, Missing
from svro.law import disclosure as law
from svro.law.dates import london_day
from svro.records.base import canonical
from svro.records.disclosure import DisclosureRequest, DocumentMark, Place
from svro.records.ledger import keep

DOCUMENTS = "documents"
LINES = 1000
"""Lines of a text that are shown to whoever marks them."""


class TakeOut(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What to take out of a document, on which ground, and why."""

    place: Place
    ground: Name
    reason: Reason


class PutBack(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The number of a mark that is taken away again, and why."""

    mark: Annotated[int, Meta(ge=1)]
    reason: Reason


class MarkView(msgspec.Struct, kw_only=True):
    """One mark that stands."""

    n: int
    place: Place
    where: str
    ground: str
    reason: str


class Piece(msgspec.Struct, frozen=True):
    """Letters of a line, and whether they are taken out."""

    text: str
    gone: bool


class MarksView(msgspec.Struct, kw_only=True):
    """The marks that stand on one document of a request. `lines` are those of a text, the first thousand; of
    another document each page is a picture of its own. `by_rule` says that it came with a search that was not
    surely of the client: then it leaves with marks, or where its content is shown against the rule.
    """

    request_id: str
    document_id: str
    title: str
    media_type: str
    pages: int | None
    marks: list[MarkView]
    grounds: dict[str, str]
    lines: list[list[Piece]]
    by_rule: bool


class Out(NamedTuple):
    """A document as it is handed over, and the marks by which it was made anew."""

    data: bytes
    marks: Sequence[DocumentMark]


async def of_document(
    session: AsyncSession, row: DisclosureRequest, document_id: str, at: datetime
) -> list[DocumentMark]:
    """The marks that stood on a document at an instant."""
    rows = (
        await session.scalars(
            select(DocumentMark)
            .filter_by(force_id=row.force_id, request_id=row.id, document_id=document_id)
            .where(DocumentMark.recorded_at <= at)
            .order_by(DocumentMark.n)
        )
    ).all()
    gone = {one.withdrawn for one in rows}
    return [one for one in rows if one.place is not None and one.n not in gone]


def where(place: Place) -> str:
    """A mark's place in words."""
    if place.line is not None:
        return f"line {place.line}"
    whole = "" if place.x0 is not None else "the whole of "
    return f"{whole}page {place.page or 1}"


def _mark(place: Place) -> Mark | Span:
    if place.line is not None:
        return Span(line=place.line, first=place.first, last=place.last)
    return Mark(page=place.page or 1, x0=place.x0, y0=place.y0, x1=place.x1, y1=place.y1)


def media_type_of(one: Held) -> str:
    """The media type of a document that was gathered."""
    return str(next(field.value for field in one.fields if field.name == "media_type"))


async def content_of(
    session: AsyncSession, row: DisclosureRequest, one: Held, at: datetime
) -> tuple[bytes, list[Mark | Span]]:
    """A document's bytes as deposited, and the marks that stood on it at an instant."""
    content = await bytes_of(session, one.id, _hash_of(one))
    standing_ = await of_document(session, row, one.id, at)
    return content, [_mark(mark.place) for mark in standing_ if mark.place is not None]


def _hash_of(one: Held) -> str:
    return str(next(field.value for field in one.fields if field.name == "sha256"))


async def made_anew(session: AsyncSession, row: DisclosureRequest, one: Held, at: datetime) -> Out | None:
    """A document's bytes as they are handed over; None where they were erased."""
    if any(field.erased for field in one.fields):
        return None
    marks = await of_document(session, row, one.id, at)
    content, places = await content_of(session, row, one, at)
    if not marks:
        return Out(content, ())
    kind, made_of = media_type_of(one), sha256(canonical([_hash_of(one), places])).hexdigest()
    return Out(await beforehand.made(session, made_of, lambda: redact(content, kind, places)), marks)


async def document(
    session: AsyncSession, actor: Actor, request_id: str, document_id: str, now: datetime
) -> tuple[DisclosureRequest, Held]:
    row = await standing.reach(session, actor, REVIEW, request_id, now)
    _, held = await candidates(session, row, now)
    left = shown(held, await decided(session, row, now))
    for one in left:
        if one.table == DOCUMENTS and one.id == document_id:
            return row, one
    raise Missing(document_id)


async def view(
    session: AsyncSession, actor: Actor, request_id: str, document_id: str, now: datetime
) -> MarksView:
    """The marks on one document of a request."""
    row, one = await document(session, actor, request_id, document_id, now)
    standing.told(session, row)
    said = {field.name: field.value for field in one.fields}
    kind, lines = media_type_of(one), list[list[Piece]]()
    if kind == TEXT:
        content, places = await content_of(session, row, one, now)
        spans = [place for place in places if isinstance(place, Span)]
        lines = [[Piece(*piece) for piece in line] for line in pieces(content, spans, LINES)]
    return MarksView(
        request_id=row.id,
        document_id=one.id,
        title=str(said["title"] or one.title),
        media_type=kind,
        pages=said["pages"] if isinstance(said["pages"], int) else None,
        marks=[
            MarkView(
                n=mark.n,
                place=mark.place,
                where=where(mark.place),
                ground=str(mark.ground),
                reason=mark.reason,
            )
            for mark in await of_document(session, row, one.id, now)
            if mark.place is not None
        ],
        lines=lines,
        by_rule=any(field.name == "title" and field.ground is not None for field in one.fields),
        grounds={one.code: one.label for one in law.grounds(row.purpose, london_day(now))},  # type: ignore[arg-type]
    )


async def take_out(
    session: AsyncSession, actor: Actor, request_id: str, document_id: str, command: TakeOut, now: datetime
) -> MarksView:
    """Mark something to be taken out. Malformed for a mark that takes out nothing, or a ground that may not
    be given.
    """
    row, one = await document(session, actor, request_id, document_id, now)
    grounds = {ground.code for ground in law.grounds(row.purpose, london_day(now))}  # type: ignore[arg-type]
    faults = []
    if command.ground not in grounds:
        faults.append(Fault("ground", f"must be one of {', '.join(sorted(grounds))}"))
    said = {field.name: field.value for field in one.fields}
    content = await bytes_of(session, one.id, str(said["sha256"]))
    try:
        await asyncio.to_thread(check, content, str(said["media_type"]), _mark(command.place))
    except BadMark as bad:
        faults.append(Fault("place", str(bad)))
    if faults:
        raise Malformed(faults)
    what = {"place": command.place, "withdrawn": None, "ground": command.ground}
    await _keep(session, actor, row, one.id, {**what, "reason": command.reason}, now)
    return await view(session, actor, request_id, document_id, now)


async def put_back(
    session: AsyncSession, actor: Actor, request_id: str, document_id: str, command: PutBack, now: datetime
) -> MarksView:
    """Take a mark away again. Malformed for one that does not stand."""
    row, one = await document(session, actor, request_id, document_id, now)
    if command.mark not in {mark.n for mark in await of_document(session, row, one.id, now)}:
        raise Malformed([Fault("mark", "is not a mark that stands on this document")])
    what = {"place": None, "withdrawn": command.mark, "ground": None}
    await _keep(session, actor, row, one.id, {**what, "reason": command.reason}, now)
    return await view(session, actor, request_id, document_id, now)


async def _keep(
    session: AsyncSession,
    actor: Actor,
    row: DisclosureRequest,
    document_id: str,
    values: dict[str, object],
    now: datetime,
) -> None:
    here = {"force_id": row.force_id, "request_id": row.id, "document_id": document_id}
    last = await session.scalar(select(func.max(DocumentMark.n)).filter_by(**here))
    await keep(
        session,
        DocumentMark,
        {**here, "n": (last or 0) + 1},
        values,
        tag="disclosure:marked",
        subject=row.id,
        by=actor.account_id,
        now=now,
    )
