"""The two lists of a person: the accounts that a case is kept to, and the accounts kept out of it. Changed by
two people; anybody may have themselves kept out.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import subjects
from svro.casework.access import Actor, require
from svro.casework.people import Id
from svro.casework.status import Given
from svro.errors import Conflict, Fault, Malformed
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append
from svro.records.people import Account, Person, PersonIdentifier
from svro.records.trust import Exclusion, Restriction

READ, EDIT, DECLARE = "restriction:read", "restriction:edit", "exclusion:declare"
Which = Literal["kept to", "kept out"]
Row = type[Restriction] | type[Exclusion]
LISTS: dict[Which, tuple[Row, str]] = {
    "kept to": (Restriction, "restriction"),
    "kept out": (Exclusion, "exclusion"),
}


class EditLists(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Put an account on one of a person's lists, or take it off; and why."""

    which: Which
    account_id: Id
    change: Literal["add", "remove"] = "add"
    reason: Annotated[str, Meta(min_length=3, max_length=300)]


class Declare(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody the declarer has to do with in private, and how they are connected: by their record where it
    is in front of them, else by an identifier as exact as for a status check.
    """

    person_id: Id | None = None
    pnc_id: Given | None = None
    cro: Given | None = None
    relationship: Annotated[str, Meta(min_length=3, max_length=300)]


class Declared(msgspec.Struct, kw_only=True):
    """It has been noted. Whether anybody of that identifier is held is never said."""

    noted: bool = True


class ListLine(msgspec.Struct, kw_only=True):
    """An account on a list, since when and why; `ended_at` when it came off."""

    which: Which
    account_id: str
    name: str
    reason: str
    declared: bool
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None


class ListsView(msgspec.Struct, kw_only=True):
    """Both lists of a person, with who was once on them."""

    person_id: str
    restricted: bool
    lines: list[ListLine]


async def get(session: AsyncSession, actor: Actor, person_id: str, now: datetime) -> ListsView:
    """Both lists of a person."""
    person, _ = await subjects.reach(session, actor, READ, person_id, now)
    return await _view(session, person, now)


async def _view(session: AsyncSession, person: Person, now: datetime) -> ListsView:
    lines: list[ListLine] = []
    kind: Any
    for which, (kind, _) in LISTS.items():
        rows = await session.execute(
            select(kind, Account.name)
            .join(Account, Account.id == kind.account_id)
            .where(kind.force_id == person.force_id, kind.person_id == person.id, kind.started_at <= now)
            .order_by(kind.started_at, kind.id)
        )
        for row, name in rows:
            line = ListLine(
                which=which,
                account_id=row.account_id,
                name=name,
                reason=row.reason,
                declared=getattr(row, "declared", False),
                started_at=row.started_at,
                ended_at=row.ended_at,
                end_reason=row.end_reason,
            )
            lines.append(line)
    live = any(line.which == "kept to" and line.ended_at is None for line in lines)
    return ListsView(person_id=person.id, restricted=live, lines=lines)


async def accounts(
    session: AsyncSession, actor: Actor, person_id: str, now: datetime
) -> list[tuple[str, str]]:
    """(id, name) of everybody who could be on a list of the person's: of the force, or of none."""
    person, _ = await subjects.reach(session, actor, READ, person_id, now)
    rows = await session.execute(
        select(Account.id, Account.name)
        .where(
            or_(Account.force_id == person.force_id, Account.force_id.is_(None)),
            or_(Account.ended_at.is_(None), Account.ended_at > now),
        )
        .order_by(Account.name, Account.id)
    )
    return [(key, name) for key, name in rows]


async def edit(
    session: AsyncSession, actor: Actor, person_id: str, command: EditLists, now: datetime
) -> ListsView:
    """Put an account on a list of a person's, or take it off: both lists then. Malformed for an account that
    there is not, Conflict where it is so already.
    """
    person, _ = await subjects.reach(session, actor, EDIT, person_id, now)
    if await session.scalar(select(Account.id).where(Account.id == command.account_id)) is None:
        raise Malformed([Fault("account_id", "is not an account")])
    if command.account_id == actor.account_id and command.change == "remove":
        raise Malformed([Fault("account_id", "must be somebody else's: nobody takes themselves off a list")])
    if command.change == "add":
        await _add(
            session,
            person.force_id,
            person.id,
            command.which,
            command.account_id,
            command.reason,
            now,
            by=actor.account_id,
        )
    else:
        await _remove(session, person, command, now, by=actor.account_id)
    return await _view(session, person, now)


def _live(kind: Any, force: str, person: str, account: str, now: datetime) -> tuple[Any, ...]:
    return (
        kind.force_id == force,
        kind.person_id == person,
        kind.account_id == account,
        or_(kind.ended_at.is_(None), kind.ended_at > now),
    )


async def _add(
    session: AsyncSession,
    force: str,
    person: str,
    which: Which,
    account: str,
    reason: str,
    now: datetime,
    *,
    by: str | None,
    declared: bool = False,
) -> None:
    kind: Any
    kind, tag = LISTS[which]
    if await session.scalar(select(kind.id).where(*_live(kind, force, person, account, now))) is not None:
        if declared:
            return
        raise Conflict("This account is on the list already.")
    values = {"person_id": person, "account_id": account, "reason": reason, "started_at": now}
    if kind is Exclusion:
        values["declared"] = declared
    key = new_id()
    await put(session, kind, force_id=force, id=key, **values)
    await append(session, Entry(tag=f"{tag}:begun", force=force, actor=by, subject=key, at=now, facts=values))


async def _remove(
    session: AsyncSession, person: Person, command: EditLists, now: datetime, *, by: str | None
) -> None:
    kind: Any
    kind, tag = LISTS[command.which]
    where = _live(kind, person.force_id, person.id, command.account_id, now)
    key = await session.scalar(select(kind.id).where(*where))
    if key is None:
        raise Conflict("This account is not on the list.")
    await session.execute(update(kind).where(*where).values(ended_at=now, end_reason=command.reason))
    facts = {"person_id": person.id, "account_id": command.account_id, "reason": command.reason}
    entry = Entry(tag=f"{tag}:ended", force=person.force_id, actor=by, subject=key, at=now, facts=facts)
    await append(session, entry)


async def declare(session: AsyncSession, actor: Actor, command: Declare, now: datetime) -> Declared:
    """Have oneself kept out of the case of somebody one knows, in one's own force. By an identifier, the
    answer is the same whether anybody was found; by a record, Missing where the actor may not read it.
    """
    require(actor, DECLARE)
    found, faults, _ = subjects.recognised(command.pnc_id, command.cro, now)
    if not found and not faults and command.person_id is None:
        faults = [Fault("pnc_id", "give a PNC ID or a CRO number")]
    if faults:
        raise Malformed(faults)
    known: set[tuple[str, str]] = set()
    if command.person_id is not None:
        person, _ = await subjects.reach(session, actor, "person:read", command.person_id, now)
        known.add((person.force_id, person.id))
    for kind, value in found.items():
        held = await session.scalar(
            select(PersonIdentifier.person_id).where(
                PersonIdentifier.force_id == actor.force_id,
                PersonIdentifier.kind == kind,
                PersonIdentifier.value == value,
            )
        )
        known |= {(str(actor.force_id), held)} if held is not None else set()
    account = str(actor.account_id)
    for force, key in sorted(known):
        why = command.relationship
        await _add(session, force, key, "kept out", account, why, now, by=account, declared=True)
    return Declared()


async def may_declare(session: AsyncSession, actor: Actor, person_id: str, now: datetime) -> None:
    """Whether the actor could declare that they know the person whose record they read: refused as that would
    be.
    """
    require(actor, DECLARE)
    await subjects.reach(session, actor, "person:read", person_id, now)
