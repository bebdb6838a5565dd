"""Whether what was handed over has been corrected since: then whoever holds it is told.

Source: Data Protection Act 2018 s.38.
"""

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.disclosure.closure import follows
from svro.casework.disclosure.gather import asked, decided, ids, key_for, of_person, recipient_of
from svro.casework.disclosure.sections import SOURCES, Source
from svro.records import metadata
from svro.records.disclosure import DisclosureBundle, DisclosureItem, DisclosureRequest
from svro.records.ledger import key_of


async def corrected(session: AsyncSession, bundle: DisclosureBundle, now: datetime) -> bool:
    """Whether a further row has been recorded, after the bundle's instant, in a history that it shows, and
    somebody has decided that the defence may know of it. What nobody has decided yet tells nothing: it may
    prove sensitive, and a notice that went away would say so.
    """
    found = select(DisclosureRequest).where(
        DisclosureRequest.force_id == bundle.force_id, DisclosureRequest.id == bundle.request_id
    )
    row = (await session.scalars(found)).one()
    recipient = await recipient_of(session, bundle.account_id, bundle.issued_at)
    known = await ids(session, asked(row, recipient, bundle.sections, bundle.issued_at, bundle.known_at))
    rows = (await session.scalars(of_person(row).where(DisclosureItem.recorded_at <= now))).all()
    ready = {one.key for one in rows if not one.sensitive}
    marked = {key for key, one in (await decided(session, row, now)).items() if one.sensitive}
    for source in SOURCES:
        wanted = known.of(source)
        if source.history is None or source.scope not in bundle.sections or not wanted:
            continue
        if await _goes_on(session, bundle, source, wanted, ready - marked, marked, now):
            return True
    return False


async def _goes_on(
    session: AsyncSession,
    bundle: DisclosureBundle,
    source: Source,
    wanted: set[str],
    ready: set[str],
    marked: set[str],
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
        and key_for(source.table, key_of(table, one)) in ready
        and not follows(source.table, key_of(table, one), marked)
        for one in rows
    )
