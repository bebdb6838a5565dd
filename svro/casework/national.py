"""The two things that cross forces: the status of an order, and the ending of an earlier order by a later
one.

Both read `order_status_keys` alone: keyed hashes of identifiers, whose order it is, its acts. No name, no
case.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import references, subjects
from svro.law import order as order_law
from svro.law.dates import london_day
from svro.law.order import Act
from svro.records.base import put
from svro.records.ledger import Entry, append
from svro.records.orders import Order, OrderAct, OrderStatusKey
from svro.records.people import Deployment, PersonFacts
from svro.records.reach import reaching


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the whole country may know it. `kinds` says by which identifiers it was found."""

    force: str
    order_id: str
    reference: str
    court: str
    acts: tuple[Act, ...]
    kinds: frozenset[str]


async def deployment_secret(session: AsyncSession) -> bytes:
    """The key of the hashes: the deployment's own setting, or the one made with the database."""
    given = session.info.get("status_key")
    if given is None:
        given = await session.scalar(select(Deployment.status_key).where(Deployment.id == 1))
        session.info["status_key"] = given
    return str(given).encode()


def _hash(secret: bytes, kind: str, value: str) -> str:
    return hmac.new(secret, f"{kind}\n{value}".encode(), hashlib.sha256).hexdigest()


async def keyed(session: AsyncSession, kind: str, value: str) -> str:
    """A keyed hash of a value: to be compared, not read."""
    return _hash(await deployment_secret(session), kind, value)


def _plain_name(text: str) -> str:
    """A name as compared: letters only, without case or accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).casefold() if letter.isalpha())


def identifiers_of(facts: PersonFacts) -> dict[str, str]:
    """What a person can be recognised by, strongest first: PNC ID, CRO number, and name with date of
    birth.
    """
    found = {"pnc": facts.pnc_id, "cro": facts.cro}
    if facts.date_of_birth is not None:
        found["person"] = (
            f"{_plain_name(facts.name.family)}/{_plain_name(facts.name.given)}/{facts.date_of_birth}"
        )
    return {kind: value for kind, value in found.items() if value}


async def find(session: AsyncSession, wanted: dict[str, str]) -> list[Held]:
    """Every order in England and Wales held under any of these (kind → value): one narrow query."""
    secret = await deployment_secret(session)
    hashes = {
        _hash(secret, kind, references.plain(value) if kind == "reference" else value)
        for kind, value in wanted.items()
    }
    if not hashes:
        return []
    rows = (
        await session.scalars(select(OrderStatusKey).where(OrderStatusKey.key_hash.in_(sorted(hashes))))
    ).all()
    found: dict[tuple[str, str], list[OrderStatusKey]] = {}
    for row in rows:
        found.setdefault((row.order_force, row.order_id), []).append(row)
    return [
        Held(
            force=force,
            order_id=order,
            reference=keys[0].reference,
            court=keys[0].court,
            acts=keys[0].acts,
            kinds=frozenset(key.kind for key in keys),
        )
        for (force, order), keys in sorted(found.items())
    ]


async def same_person(session: AsyncSession, held: Held, facts: dict[str, str]) -> bool | None:
    """Whether somebody known by these identifiers is the order's offender: yes or no by PNC ID or CRO, None
    where neither can tell.
    """
    secret = await deployment_secret(session)
    keys = await session.execute(
        select(OrderStatusKey.kind, OrderStatusKey.key_hash).where(
            OrderStatusKey.order_force == held.force, OrderStatusKey.order_id == held.order_id
        )
    )
    known = {row.kind: row.key_hash for row in keys}
    verdicts = [
        known[kind] == _hash(secret, kind, facts[kind])
        for kind in ("pnc", "cro")
        if kind in known and kind in facts
    ]
    return any(verdicts) if verdicts else None


async def acts_of(session: AsyncSession, force: str, order_id: str) -> tuple[Act, ...]:
    """An order's acts as the law reads them, in the order of their recording."""
    rows = await session.scalars(
        select(OrderAct).where(OrderAct.force_id == force, OrderAct.order_id == order_id).order_by(OrderAct.n)
    )
    return tuple(as_act(row) for row in rows)


ACT_FIELDS = tuple(field.name for field in msgspec.structs.fields(Act))


def as_act(row: OrderAct) -> Act:
    """One row as the law's own Struct."""
    return Act(**{name: getattr(row, name) for name in ACT_FIELDS})


async def record_act(session: AsyncSession, order: Order, act: Act, recorded_by: str | None) -> None:
    """Add one act to an order's life, its ledger entry, and the country's copy of its acts, in the running
    transaction.
    """
    values = msgspec.structs.asdict(act)
    await put(
        session, OrderAct, force_id=order.force_id, order_id=order.id, recorded_by=recorded_by, **values
    )
    facts = await subjects.facts_of(session, order.force_id, order.person_id, act.known_at)
    acts = await _publish(session, order, facts)
    entry = Entry(
        tag=f"order:{act.act}",
        force=order.force_id,
        actor=recorded_by,
        subject=order.id,
        at=act.known_at,
        facts=values,
    )
    await append(session, entry)
    ends = _over(acts, act)
    await subjects.go_quiet(session, order.force_id, order.person_id, ends, act.known_at)
    over = over_at(acts, act.known_at)
    await subjects.end_with_case(session, order.force_id, order.application_id, over)
    await subjects.tell_of_lapses(session, order.force_id, order.person_id, act.known_at)


def _over(acts: Sequence[Act], newest: Act) -> date | None:
    """The later of an order's end and the act just recorded, as London days; None while its end is not
    known.
    """
    state = order_law.at(acts, newest.known_at, newest.known_at)
    if state.ends is None and (state.answer != "no" or state.reason in ("not-yet", "not-made")):
        return None
    last = newest.at if state.ends is None else state.ends - timedelta.resolution  # `ends` is no longer in it
    return max(london_day(newest.at), london_day(last))


def over_at(acts: Sequence[Act], now: datetime) -> datetime | None:
    """When an order is no longer in effect for good, as known now; None while that is not known."""
    state = order_law.at(acts, now, now)
    if state.ends is None and (state.answer != "no" or state.reason in ("not-yet", "not-made")):
        return None
    return state.ends or acts[-1].at


async def _publish(session: AsyncSession, order: Order, facts: PersonFacts) -> tuple[Act, ...]:
    """Write the country's copy anew; returns the order's acts, which are in it."""
    secret, acts = await deployment_secret(session), await acts_of(session, order.force_id, order.id)
    await session.execute(
        delete(OrderStatusKey).where(
            OrderStatusKey.order_force == order.force_id, OrderStatusKey.order_id == order.id
        )
    )
    for key in _keys(secret, order, facts, acts):
        await put(session, OrderStatusKey, **key)
    return acts


def _keys(secret: bytes, order: Order, facts: PersonFacts, acts: tuple[Act, ...]) -> list[dict[str, Any]]:
    known = {"reference": references.plain(order.reference), **identifiers_of(facts)}
    return [
        {
            "kind": kind,
            "key_hash": _hash(secret, kind, value),
            "order_force": order.force_id,
            "order_id": order.id,
            "reference": order.reference,
            "court": order.court,
            "acts": acts,
        }
        for kind, value in known.items()
    ]


async def keys_of(session: AsyncSession, order: Order, facts: PersonFacts) -> list[dict[str, Any]]:
    """What the country may know of an order, as rows of `order_status_keys`."""
    acts = await acts_of(session, order.force_id, order.id)
    return _keys(await deployment_secret(session), order, facts, acts)


async def refresh_keys(session: AsyncSession, force: str, person_id: str, facts: PersonFacts) -> None:
    """A person's identifiers changed: their orders are found under the new ones from now on."""
    for order in await session.scalars(
        select(Order).where(Order.force_id == force, Order.person_id == person_id)
    ):
        await _publish(session, order, facts)


def next_number(acts: Sequence[Act]) -> int:
    """The number of the next act of an order."""
    return max((act.n for act in acts), default=0) + 1


def _made_by(acts: Sequence[Act], instant: datetime, now: datetime) -> bool:
    """Whether an order was made by an instant, as its acts stand. A making withdrawn counts where none
    stands: it may be put right later, and the order must not then come back to life.
    """
    making = [act for act in order_law.standing(acts, now) if act.act == "made"]
    return any(act.at <= instant for act in making or acts if act.act == "made")


async def supersede_earlier(
    session: AsyncSession, later: Order, facts: PersonFacts, made_at: datetime, now: datetime
) -> list[Held]:
    """Making an order ends any earlier one of the same offender, in whatever force: a system act citing the
    later reference only.

    A validated PNC ID or CRO number that is equal ends it. Name and date of birth alone, with nothing that
    contradicts them, make its status unknown and leave a question for its own force. Returns the orders
    touched.

    Source: Sentencing Act 2020 s.342D(5).
    """
    mine, touched = identifiers_of(facts), []
    for held in await find(session, mine):
        if (held.force, held.order_id) == (later.force_id, later.id):
            continue
        already = any(a.act == "superseded" and a.other_reference == later.reference for a in held.acts)
        if already or not _made_by(held.acts, made_at, now):
            continue
        same = await same_person(session, held, mine)
        if same is False:
            continue
        act = Act(
            n=next_number(held.acts),
            act="superseded" if same else "supersession_questioned",
            at=made_at,
            known_at=now,
            other_reference=later.reference,
            provenance="system",
        )
        async with reaching(session, held.force):  # the system's own act, in whatever force
            earlier = await session.scalar(
                select(Order).where(Order.force_id == held.force, Order.id == held.order_id)
            )
            if earlier is not None:
                await record_act(session, earlier, act, None)
                touched.append(held)
    return touched
