"""A made order as a paper for its client, with a code that is printed once and kept only as a keyed hash."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import grounds, national, orders, references, subjects
from svro.casework.access import Actor
from svro.documents.order_paper import MEANINGS, Line, OrderPaper, as_pdf
from svro.errors import Conflict, Stale
from svro.law.acts import Act
from svro.law.dates import LONDON, london_day
from svro.records.base import new_id, put
from svro.records.documents import ClientCode
from svro.records.ledger import Entry, append
from svro.records.orders import Order
from svro.records.people import PersonFacts
from svro.reference.courts import COURTS
from svro.reference.forces import FORCES

ISSUE = "client_code:issue"
_EFFECTS = {
    "immediate": "As soon as it was made",
    "release": "On release from custody",
    "sentence_end": "When the custodial sentence ends",
}


class Printed(msgspec.Struct, frozen=True):
    """The order's reference, and the paper as PDF. It is kept nowhere."""

    reference: str
    pdf: bytes

    @property
    def name(self) -> str:
        """The name under which it is saved."""
        return f"order-{self.reference}.pdf"


async def named(session: AsyncSession, actor: Actor, order_id: str, now: datetime) -> str:
    """The reference of an order that the actor may print. Missing where they may not."""
    order = await orders.reach(session, actor, ISSUE, order_id, now)
    orders.told(session, order)
    return order.reference


async def issue(session: AsyncSession, actor: Actor, order_id: str, now: datetime) -> Printed:
    """Print a made order with a new code for its client; an earlier code of theirs works no more.

    Missing where the actor may not reach the order, Conflict where it can no longer be in effect, Stale where
    somebody printed it at the same moment.
    """
    order = await orders.reach(session, actor, ISSUE, order_id, now)
    orders.told(session, order)
    acts = [act for act in await national.acts_of(session, order.force_id, order.id) if act.known_at <= now]
    over = national.over_at(acts, now)
    if over is not None and over <= now:
        raise Conflict("This order can no longer be in effect: there is no code to give for it.")
    code = references.new_code()
    try:
        await _replace(session, actor, order, code, now)
    except IntegrityError as race:
        raise Stale("Somebody printed this order at the same moment: their paper has the code.") from race
    facts = await subjects.facts_of(session, order.force_id, order.person_id, now)
    paper = _paper(order, facts, acts, code, now)
    return Printed(order.reference, await asyncio.to_thread(as_pdf, paper))


async def _replace(session: AsyncSession, actor: Actor, order: Order, code: str, now: datetime) -> None:
    """A new code in place of any that lives."""
    live = select(ClientCode.id).where(
        ClientCode.force_id == order.force_id,
        ClientCode.person_id == order.person_id,
        ClientCode.ended_at.is_(None),
    )
    for key in (await session.scalars(live)).all():
        await session.execute(
            update(ClientCode)
            .where(ClientCode.force_id == order.force_id, ClientCode.id == key)
            .values(ended_at=now, end_reason="replaced")
            .execution_options(synchronize_session=False)
        )
    key, by, letters = new_id(), actor.account_id, references.code_as_typed(code)
    values = {
        "person_id": order.person_id,
        "order_id": order.id,
        "code_hash": await grounds.code_hash(session, str(letters)),
        "started_at": now,
        "recorded_by": by,
    }
    await put(session, ClientCode, force_id=order.force_id, id=key, **values)
    said = {"person_id": order.person_id, "order_id": order.id}
    tag, force = "client_code:issued", order.force_id
    await append(session, Entry(tag=tag, force=force, actor=by, subject=key, at=now, facts=said))


def _paper(order: Order, facts: PersonFacts, acts: Sequence[Act], code: str, now: datetime) -> OrderPaper:
    status = orders.status_of(order.id, acts, now, now)
    force = FORCES.get(order.force_id)
    born = [Line(label="Date of birth", text=_day(facts.date_of_birth))] if facts.date_of_birth else []
    starts = [Line(label="Takes effect", text=_moment(status.starts))] if status.starts else []
    ends = [Line(label="Last day", text=_day(status.last_day))] if status.last_day else []
    return OrderPaper(
        reference=order.reference,
        person=facts.name.whole,
        particulars=(
            Line(label="Reference", text=order.reference),
            Line(label="Name", text=facts.name.whole),
            *born,
            Line(label="Court", text=_court(order.court)),
            Line(label="Police force", text=force.name if force else order.force_id),
            *starts,
            *ends,
        ),
        acts=tuple(
            Line(label=orders.TITLES[act.act], text=_told(act))
            for act in orders.standing(acts)
            if act.act in ("made", *orders.COURT_ACTS, "took_effect", "appealed")
        ),
        standing=status.sentence,
        standing_source=status.source,
        meanings=MEANINGS,
        code=code,
        printed_at=now,
        printed=f"Printed on {_moment(now)}",
    )


def _told(act: Act) -> str:
    parts = [_moment(act.at), _court(act.court) if act.court else ""]
    parts.append(f"takes effect: {_EFFECTS[act.effect].lower()}" if act.effect else "")
    parts.append(f"for {act.months} months" if act.months else "")
    parts.append(f"until {_day(act.ends_on)}" if act.ends_on else "")
    return "; ".join(part for part in parts if part)


def _court(code: str) -> str:
    return COURTS[code].name if code in COURTS else code


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


def _moment(at: datetime) -> str:
    """14 March 2025 at 09:30, by the London clock."""
    return f"{_day(london_day(at))} at {at.astimezone(LONDON):%H:%M}"
