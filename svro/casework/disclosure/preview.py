"""An answer, a document and a page of one as they would leave: for whoever decides on them, and whoever is
asked to agree. Nothing is handed over by looking, and nothing is signed.
"""

from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor
from svro.casework.disclosure import beforehand, marks, standing
from svro.casework.disclosure.composed import ENDINGS, Wanted, compose
from svro.casework.disclosure.decided import decided
from svro.casework.disclosure.review import REVIEW, candidates, shown, undecided
from svro.documents import unfit
from svro.documents.disclosure_pdf import as_pdf
from svro.documents.marked import marked
from svro.errors import Conflict, Missing, Unavailable
from svro.records import sealing
from svro.records.disclosure import DisclosureBundle

File = tuple[bytes, str, str]
"""The bytes of a file, its media type and its name."""


async def of_answer(session: AsyncSession, actor: Actor, request_id: str, now: datetime) -> File:
    """The whole answer to a request as a PDF, as known now: what nobody has decided yet stands as the rule
    has it. Conflict for what could not be handed over, with the reason; Unavailable while the log has signed
    nothing.
    """
    row = await standing.reach(session, actor, REVIEW, request_id, now)
    standing.told(session, row)
    keys = await sealing.keys(session)
    note = await sealing.newest(session)
    if note is None or not keys:
        raise Unavailable("The log has signed nothing yet.")
    here = {"force_id": row.force_id, "request_id": row.id}
    last = await session.scalar(select(func.max(DisclosureBundle.issue)).filter_by(**here))
    made = await compose(session, Wanted(row, (last or 0) + 1, row.scope, now, note.size, now))
    _, held = await candidates(session, row, now)
    by_key = await decided(session, row, now)
    waiting = len(undecided(shown(held, by_key), by_key))
    notice = f"This is a preview: nothing has been handed over. {waiting} items wait for a decision."
    try:
        unfit.check(made.disclosed, made.files, keys[-1].key)
    except unfit.Unfit as why:
        raise Conflict(f"This must not be handed over as it is. {why}") from why
    disclosed = msgspec.structs.replace(made.disclosed, statement=(notice, *made.disclosed.statement))
    pdf = await beforehand.made(session, "preview", lambda: as_pdf(disclosed, preview=True))
    return pdf, "application/pdf", f"preview-{row.reference}.pdf"


async def of_document(
    session: AsyncSession, actor: Actor, request_id: str, document_id: str, now: datetime
) -> File:
    """A document without what is marked on it. Missing for one that is not on the schedule, or was erased."""
    row, one = await marks.document(session, actor, request_id, document_id, now)
    standing.told(session, row)
    out = await marks.made_anew(session, row, one, now)
    if out is None:
        raise Missing(document_id)
    kind = marks.media_type_of(one)
    return out.data, kind, f"preview-{document_id[:12]}.{ENDINGS[kind]}"


async def of_page(
    session: AsyncSession, actor: Actor, request_id: str, document_id: str, number: int, now: datetime
) -> bytes:
    """A page of a document, from 1, as a PNG picture on which the marks can be seen through, with a ruler.
    Missing for a page that it has not, and for text, which has none.
    """
    row, one = await marks.document(session, actor, request_id, document_id, now)
    standing.told(session, row)
    content, places = await marks.content_of(session, row, one, now)
    kind = marks.media_type_of(one)

    def work() -> bytes | None:
        return marked(content, kind, number, places)

    drawn = await beforehand.made(session, ("page", number), work)
    if drawn is None:
        raise Missing(document_id)
    return drawn
