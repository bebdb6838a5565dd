"""Whether what was handed over has been corrected since: then whoever holds it is told.

What nobody has decided yet tells nothing: it may prove sensitive, and a notice that went away would say so.

Source: Data Protection Act 2018 s.38.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import equality
from svro.casework.disclosure.closure import follows
from svro.casework.disclosure.decided import decided, of_person
from svro.casework.disclosure.gather import key_for
from svro.casework.disclosure.reached import asked, ids, recipient_of
from svro.casework.disclosure.sections import SOURCES, Source, scope_of
from svro.records import metadata
from svro.records.disclosure import DisclosureBundle, DisclosureItem, DisclosureRequest, DocumentMark
from svro.records.documents import Document
from svro.records.ledger import key_of


class _Decided(NamedTuple):
    """What was decided of items of the person: the keys of which the defence may know, and those marked."""

    ready: frozenset[str]
    marked: frozenset[str]


async def corrected(
    session: AsyncSession, row: DisclosureRequest, bundle: DisclosureBundle, now: datetime
) -> bool:
    """Whether something in a bundle that answers the request `row` was corrected after its instant: a history
    that it shows goes on, and somebody has decided that the defence may know; something more, or less, is to
    be taken out of a document that it holds; or public figures that it holds were published anew.
    """
    return (
        await _goes_on(session, row, bundle, now)
        or ("documents" in bundle.sections and await _taken_out(session, row, bundle, now))
        or (
            "statistics" in bundle.sections
            and await equality.corrected(session, row.force_id, row.first, row.last, bundle.known_at, now)
        )
    )


async def _goes_on(
    session: AsyncSession, row: DisclosureRequest, bundle: DisclosureBundle, now: datetime
) -> bool:
    rows = (await session.scalars(of_person(row).where(DisclosureItem.recorded_at <= now))).all()
    if all(one.recorded_at <= bundle.known_at for one in rows):  # what came later is decided later still
        return False
    ready = {one.key for one in rows if not one.sensitive}
    marked = {key for key, one in (await decided(session, row, now)).items() if one.sensitive}
    said = _Decided(frozenset(ready - marked), frozenset(marked))
    recipient = await recipient_of(session, bundle.account_id, bundle.issued_at)
    known = await ids(session, asked(row, recipient, bundle.sections, bundle.issued_at, bundle.known_at))
    for source in SOURCES:
        if source.history is None or scope_of(source, bundle.sections) not in bundle.sections:
            continue
        if await _further(session, bundle, source, known.of(source), said, now):
            return True
    return False


async def _further(
    session: AsyncSession,
    bundle: DisclosureBundle,
    source: Source,
    wanted: set[str],
    said: _Decided,
    now: datetime,
) -> bool:
    table = metadata.tables[source.table]
    when, history = table.c[source.when], table.c[str(source.history)]
    mine = and_(table.c.force_id == bundle.force_id, table.c[source.link].in_(sorted(wanted)))
    query = select(*table.primary_key, history.label("of"), when.label("known")).where(mine, when <= now)
    rows = [dict(one) for one in (await session.execute(query)).mappings()]
    shown = {one["of"] for one in rows if one["known"] <= bundle.known_at}
    return any(
        one["of"] in shown
        and one["known"] > bundle.known_at
        and key_for(source.table, key_of(table, one)) in said.ready
        and not follows(source.table, key_of(table, one), said.marked)
        for one in rows
    )


async def _taken_out(
    session: AsyncSession, row: DisclosureRequest, bundle: DisclosureBundle, now: datetime
) -> bool:
    """Whether a mark was set or taken away on a document that was handed over: one that was not, or was on
    the sensitive schedule then, tells nothing.
    """
    mark, document = DocumentMark, Document
    later = await session.scalars(
        select(mark.document_id)
        .join(document, and_(document.force_id == mark.force_id, document.id == mark.document_id))
        .where(
            mark.force_id == row.force_id,
            mark.request_id == row.id,
            mark.recorded_at > bundle.issued_at,
            mark.recorded_at <= now,
            document.recorded_at <= bundle.known_at,
        )
    )
    then = await decided(session, row, bundle.issued_at)
    keys = [key_for("documents", (row.force_id, one)) for one in later.all()]
    return any(key in then and then[key].decision != "withhold" for key in keys)
