"""Erasing a person: the words go everywhere, the shape of what happened stays.

Personal columns are emptied, the entries that told of them lose payload and salt, and one entry says that it
was done and why. Leaves stay, so every proof made before still holds; rows stay, so counts of orders and
searches do not change. A search keeps its time, codes and findings, and loses every word and identifier.

Only the person's own force's records go: what another force holds is that force's to erase.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec import inspect
from sqlalchemy import Table, and_, delete, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import grounds, national
from svro.casework.verifying import ERASED
from svro.records import fence, metadata
from svro.records.base import WRITTEN, Instant, Packed, put
from svro.records.ledger import (
    Entry,
    IdempotencyKey,
    LedgerPayload,
    Row,
    append,
    as_held,
    digest,
    key_of,
)
from svro.records.orders import Application, Order
from svro.records.panels import PanelCase
from svro.records.people import PersonFacts, PersonIdentifier, PersonVersion
from svro.records.retention import Erasure
from svro.records.searches import SearchVersion
from svro.records.trust import Alert

GONE = "[erased]"
NO_DAY = date(1, 1, 1)
"""The day that stands where one must and none is known any more."""


def hollow(kind: Any) -> Any:
    """The emptiest value of a type: what it must hold says that it was erased."""
    return _hollow(inspect.type_info(kind))


def _hollow(kind: inspect.Type) -> Any:
    if isinstance(kind, inspect.StructType):
        return kind.cls(**{one.name: _hollow(one.type) for one in kind.fields if one.required})
    if isinstance(kind, inspect.UnionType):
        empty = any(isinstance(one, inspect.NoneType) for one in kind.types)
        return None if empty else _hollow(kind.types[0])
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    for known, value in _EMPTY.items():
        if isinstance(kind, known):
            return value
    raise TypeError(f"nothing stands for an erased {kind}")


_EMPTY: dict[type[inspect.Type], Any] = {
    inspect.StrType: GONE,
    inspect.DateType: NO_DAY,
    inspect.DateTimeType: datetime(1, 1, 1, tzinfo=UTC),
    inspect.IntType: 0,
    inspect.BoolType: False,
    inspect.VarTupleType: (),
    inspect.ListType: [],
    inspect.DictType: {},
}

WORDS: dict[str, tuple[str, ...]] = {
    "application_acts": ("reason", "document_reference"),
    "investigation_acts": ("text", "document_reference", "directed_by"),
    "order_changes": ("grounds", "changed", "earlier", "reason", "document_reference"),
    "request_acts": ("text",),
    "panel_acts": ("account", "removed", "text"),
    "panel_feedback_acts": ("text",),
    "search_versions": ("place", "grounds", "reason_for_use", "not_told_reason", "found", "bwv_reference"),
    "seizure_acts": ("text", "document_reference", "directed_by"),
}
"""Of what these tables pack together, the words that go; the rest is dates and codes, of no one any more.
What other tables pack goes whole.
"""


def emptied(table: Table, column: str, value: Any) -> Any:
    """What stands in a personal column after an erasure. Nothing stays nothing."""
    kind = table.c[column].type
    if value is None or isinstance(value, bytes):
        return None if value is None else b""
    if not isinstance(kind, Packed):
        return GONE
    if table.name not in WORDS:
        return hollow(kind.kind)
    held = {name: getattr(value, name, None) for name in WORDS[table.name]}
    said = {name: GONE if isinstance(one, str) else () for name, one in held.items() if one is not None}
    return msgspec.structs.replace(value, **said)


class _Found(msgspec.Struct):
    """What is held of a person: the ids of things, and the rows with personal columns by table."""

    ids: set[str]
    rows: dict[str, list[dict[str, Any]]]


async def erase(
    session: AsyncSession,
    force: str,
    person_id: str,
    proposal: str,
    reason: str,
    by: str | None,
    now: datetime,
) -> int:
    """Carry out an erasure that was decided, in the running transaction: how many entries lost their words.

    Afterwards `svro erase-pages` clears what the database's files may still hold in their free space.
    """
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(text("PRAGMA secure_delete=ON"))
    keys = {"force_id": force, "id": proposal}
    await put(session, Erasure, **keys, person_id=person_id, began_at=now, done_at=None)
    found = await _found(session, force, person_id)
    found.ids.add(proposal)
    await _rows_of(session, found, force, "retention_proposals", "id", {proposal})
    await _rows_of(session, found, force, "retention_decisions", "proposal_id", {proposal})
    payloads = await _payloads(session, found.ids)
    written = session.info.pop(WRITTEN)
    for name, rows in found.rows.items():
        await _empty(session, metadata.tables[name], rows)
    session.info[WRITTEN] = written  # no hash of what the emptied rows said is kept: it could be guessed at
    await session.execute(
        delete(PersonIdentifier).where(
            PersonIdentifier.force_id == force, PersonIdentifier.person_id == person_id
        )
    )
    await national.refresh_keys(session, force, person_id, hollow(PersonFacts))
    await grounds.forget(session, force, person_id)
    await _forget_answers(session, found.ids)
    for leaf in payloads:
        await session.execute(delete(LedgerPayload).where(LedgerPayload.leaf_id == leaf))
    named = {(row.table, row.key) for told in payloads.values() for row in told}
    stand = tuple(await _as_they_stand(session, named))
    await session.execute(update(Erasure).filter_by(**keys).values(done_at=now))
    facts = {"proposal": proposal, "reason": reason, "leaves": sorted(payloads)}
    said = Entry(tag=ERASED, force=force, actor=by, subject=person_id, at=now, facts=facts, rows=stand)
    await append(session, said)
    return len(payloads)


# In the order in which they are found: an act in an investigation after the investigation.
LINKS: tuple[tuple[str, str], ...] = (
    ("person_versions", "person_id"),
    ("conviction_versions", "person_id"),
    ("custody_versions", "person_id"),
    ("allocations", "person_id"),
    ("instructions", "person_id"),
    ("client_codes", "person_id"),
    ("representations", "person_id"),
    ("exclusions", "person_id"),
    ("restrictions", "person_id"),
    ("glass_openings", "person_id"),
    ("application_facts", "application_id"),
    ("assessments", "application_id"),
    ("application_acts", "application_id"),
    ("decisions", "application_id"),
    ("order_acts", "order_id"),
    ("order_changes", "order_id"),
    ("notifications", "order_id"),
    ("investigations", "order_id"),
    ("investigation_acts", "investigation_id"),
    ("search_versions", "search_id"),
    ("seized_items", "search_id"),
    ("seizure_acts", "item_id"),
    ("status_checks", "order_id"),
    ("disclosure_requests", "person_id"),
    ("request_acts", "request_id"),
    ("disclosure_items", "request_id"),
    ("document_marks", "request_id"),
    ("disclosure_bundles", "request_id"),
    ("documents", "application_id"),
    ("documents", "order_id"),
    ("documents", "search_id"),
    ("document_contents", "document_id"),
    ("retention_proposals", "person_id"),
    ("retention_decisions", "proposal_id"),
    ("proposals", "about"),
    ("proposal_answers", "proposal_id"),
    ("alert_outcomes", "alert_id"),
    ("panel_acts", "case_id"),
    ("panel_reviews", "case_id"),
    ("panel_feedback", "case_id"),
    ("panel_feedback_acts", "feedback_id"),
)
"""Every table with personal columns, and the column by which a person's rows are found."""


async def _found(session: AsyncSession, force: str, person_id: str) -> _Found:
    found = _Found({person_id}, {})
    for kind in (Application, Order):
        mine = select(kind.id).where(kind.force_id == force, kind.person_id == person_id)
        found.ids.update(await session.scalars(mine))
    found.ids.update(await _searches(session, force, person_id))
    seen = select(PanelCase.id).where(PanelCase.force_id == force, PanelCase.search_id.in_(sorted(found.ids)))
    found.ids.update(await session.scalars(seen))
    alerts = select(Alert.id).where(Alert.force_id == force, Alert.about.in_(sorted(found.ids)))
    found.ids.update(await session.scalars(alerts))
    for name, column in LINKS:
        await _rows_of(session, found, force, name, column, found.ids)
    return found


async def _searches(session: AsyncSession, force: str, person_id: str) -> Sequence[str]:
    """Searches of the person: known to be of them, or naming one of their identifiers."""
    versions = await session.scalars(
        select(PersonVersion.facts).where(
            PersonVersion.force_id == force, PersonVersion.person_id == person_id
        )
    )
    known = [(one.pnc_id, one.pnc_given, one.cro, one.cro_given) for one in versions]
    given = {value for one in known for value in one if value is not None}
    search = SearchVersion
    named = or_(search.person_id == person_id, search.pnc_given.in_(given), search.cro_given.in_(given))
    return (
        await session.scalars(select(search.search_id).where(search.force_id == force, named).distinct())
    ).all()


async def _rows_of(
    session: AsyncSession, found: _Found, force: str, name: str, column: str, ids: set[str]
) -> None:
    table = metadata.tables[name]
    query = select(table).where(table.c.force_id == force, table.c[column].in_(sorted(ids)))
    held = found.rows.setdefault(name, [])
    for row in await session.execute(query):
        if (values := dict(row._mapping)) not in held:
            held.append(values)
        if "id" in table.c:
            found.ids.add(values["id"])


async def _payloads(session: AsyncSession, ids: set[str]) -> dict[str, tuple[Row, ...]]:
    """The entries that tell of these things and vouch for a row with personal columns, and what they vouch
    for. An entry that somebody looked stays.
    """
    decode, told = msgspec.json.Decoder(Entry).decode, {}
    query = select(LedgerPayload.leaf_id, LedgerPayload.entry).where(LedgerPayload.subject.in_(sorted(ids)))
    for leaf, data in (await session.execute(query)).all():
        rows = decode(bytes(data)).rows
        if any(row.table in fence.ERASED for row in rows):
            told[leaf] = rows
    return told


async def _empty(session: AsyncSession, table: Table, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        said = {name: emptied(table, name, row[name]) for name in fence.ERASED[table.name]}
        here = and_(*(one == row[one.name] for one in table.primary_key))
        await session.execute(update(table).where(here).values(**said))


async def _forget_answers(session: AsyncSession, ids: set[str]) -> None:
    """Stored answers that speak of any of these things: they only spare a repetition."""
    marks = [one.encode() for one in ids]
    kind = IdempotencyKey
    query = select(kind.principal, kind.route, kind.key, kind.body, kind.headers)
    gone = [
        (row.principal, row.route, row.key)
        for row in (await session.execute(query)).all()
        if any(
            mark in part
            for mark in marks
            for part in (row.route.encode(), bytes(row.body), bytes(row.headers))
        )
    ]
    for principal, route, key in gone:
        here = kind.principal == principal, kind.route == route, kind.key == key
        await session.execute(delete(kind).where(*here))


async def _as_they_stand(session: AsyncSession, keys: set[tuple[str, tuple[str | int, ...]]]) -> list[Row]:
    """Rows whose entries lost their words, vouched for anew as they stand now."""
    rows = []
    for name, key in sorted(keys, key=str):
        table = metadata.tables[name]
        # An instant in a key is spelled as text there: the other parts find the row, and the spelling tells.
        parts = zip(table.primary_key, key, strict=True)
        here = (one == part for one, part in parts if not isinstance(one.type, Instant))
        query = select(*as_held(table)).where(*here)
        for held in (await session.execute(query)).mappings():
            if key_of(table, dict(held)) == key:
                rows.append(Row(name, key, digest(table, dict(held))))
    return rows
