"""Whether what was handed over has been corrected since: then whoever holds it is told.

Source: Data Protection Act 2018 s.38.
"""

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.disclosure.gather import asked, decided, ids, key_for, recipient_of
from svro.casework.disclosure.sections import SOURCES, Source
from svro.records import metadata
from svro.records.disclosure import DisclosureBundle, DisclosureRequest
from svro.records.ledger import key_of


async def corrected(session: AsyncSession, bundle: DisclosureBundle, now: datetime) -> bool:
    """Whether a further row has been recorded, after the bundle's instant, in a history that it shows. What
    was kept back as sensitive tells nothing here.
    """
    found = select(DisclosureRequest).where(
        DisclosureRequest.force_id == bundle.force_id, DisclosureRequest.id == bundle.request_id
    )
    row = (await session.scalars(found)).one()
    recipient = await recipient_of(session, bundle.account_id, bundle.issued_at)
    known = await ids(session, asked(row, recipient, bundle.sections, bundle.issued_at, bundle.known_at))
    hidden = {key for key, one in (await decided(session, row, now)).items() if one.sensitive}
    for source in SOURCES:
        wanted = known.of(source)
        if source.history is None or source.scope not in bundle.sections or not wanted:
            continue
        if await _goes_on(session, bundle, source, wanted, hidden, now):
            return True
    return False


async def _goes_on(
    session: AsyncSession,
    bundle: DisclosureBundle,
    source: Source,
    wanted: set[str],
    hidden: set[str],
    now: datetime,
) -> bool:
    table = metadata.tables[source.table]
    when, history = table.c[source.when], table.c[str(source.history)]
    mine = and_(table.c.force_id == bundle.force_id, table.c[source.link].in_(sorted(wanted)))
    query = select(*table.primary_key, history.label("of"), when.label("known")).where(mine, when <= now)
    rows = [dict(one) for one in (await session.execute(query)).mappings()]
    rows = [one for one in rows if key_for(source.table, key_of(table, one)) not in hidden]
    shown = {one["of"] for one in rows if one["known"] <= bundle.known_at}
    return any(one["of"] in shown and one["known"] > bundle.known_at for one in rows)
