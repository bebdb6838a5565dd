"""Every derived table made anew from the facts, and compared with what is held.

What is derived may be changed in the database without the ledger's knowing; this is what tells.
"""

from collections import Counter
from typing import Any

import msgspec
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import national
from svro.records.base import canonical
from svro.records.orders import Order, OrderStatusKey
from svro.records.people import PersonFacts, PersonIdentifier, PersonVersion
from svro.records.published import PublishedCount, PublishedImport, PublishedSearch

Key = tuple[str, str]


class Replayed(msgspec.Struct, kw_only=True):
    """One derived table: rows held, and each row that is missing, should not be there, or says something
    else.
    """

    table: str
    rows: int
    differences: list[str]


async def replay(session: AsyncSession) -> list[Replayed]:
    """Compare every derived table with what the facts make."""
    people = await _people(session)
    return [
        await _compare(session, PersonIdentifier.__table__, _identifiers(people)),
        await _compare(session, OrderStatusKey.__table__, await _status_keys(session, people)),
        await _compare(session, PublishedCount.__table__, await _counts(session)),
        await _months(session),
    ]


async def _people(session: AsyncSession) -> dict[Key, PersonFacts]:
    """Everybody's newest facts."""
    newest = select(PersonVersion.force_id, PersonVersion.person_id, PersonVersion.facts)
    rows = await session.execute(newest.order_by(PersonVersion.n))
    return {(row.force_id, row.person_id): row.facts for row in rows}


def _identifiers(people: dict[Key, PersonFacts]) -> list[dict[str, Any]]:
    return [
        {"force_id": force, "kind": kind, "value": value, "person_id": person}
        for (force, person), facts in people.items()
        for kind, value in (("pnc", facts.pnc_id), ("cro", facts.cro))
        if value is not None
    ]


async def _status_keys(session: AsyncSession, people: dict[Key, PersonFacts]) -> list[dict[str, Any]]:
    return [
        key
        for order in (await session.scalars(select(Order))).all()
        for key in await national.keys_of(session, order, people[order.force_id, order.person_id])
    ]


async def _counts(session: AsyncSession) -> list[dict[str, Any]]:
    """The counts that the rows of the held months make."""
    row = PublishedSearch
    codes = {
        "force": PublishedImport.force,
        "month": PublishedImport.month,
        "vehicle_only": row.vehicle_only,
        "self_defined": row.self_defined_code,
        "officer_defined": row.officer_defined_code,
        "outcome": row.outcome_code,
        "power": row.power_code,
    }
    query = (
        select(*(one.label(name) for name, one in codes.items()), func.count().label("n"))
        .join(PublishedImport, PublishedImport.id == row.import_id)
        .where(PublishedImport.replaced_at.is_(None))
        .group_by(*codes.values())
    )
    return [dict(found._mapping) for found in await session.execute(query)]


async def _months(session: AsyncSession) -> Replayed:
    """Published rows belong to a line that is held, as many as it says."""
    table = PublishedSearch.__table__
    counted = select(table.c.import_id, func.count().label("n")).group_by(table.c.import_id)
    held = {row.import_id: row.n for row in await session.execute(counted)}
    lines = select(PublishedImport.id, PublishedImport.force, PublishedImport.month, PublishedImport.accepted)
    differences, rows = [], sum(held.values())
    for line in await session.execute(lines.where(PublishedImport.replaced_at.is_(None))):
        if (n := held.pop(line.id, 0)) != line.accepted:
            differences.append(f"{line.force} {line.month}: {n} rows are held, and {line.accepted} were read")
    differences += [f"{n} rows of import {line}, which is not held" for line, n in held.items()]
    return Replayed(table=str(table), rows=rows, differences=differences)


async def _compare(session: AsyncSession, table: Any, made: list[dict[str, Any]]) -> Replayed:
    assert isinstance(table, Table)
    held = [dict(row._mapping) for row in await session.execute(select(table))]
    there, wanted = Counter(map(_spelled, held)), Counter(map(_spelled, made))
    differences = [f"missing: {row}" for row in sorted((wanted - there).elements())]
    differences += [f"not from any fact: {row}" for row in sorted((there - wanted).elements())]
    return Replayed(table=table.name, rows=len(held), differences=differences)


def _spelled(row: dict[str, Any]) -> str:
    return canonical(row).decode()
