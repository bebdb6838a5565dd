"""What an actor is to the database: how far their transactions reach, and whom they are like, so that a
statement is compiled once for all who are alike and told who asks by its parameters.
"""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    CompoundSelect,
    bindparam,
    or_,
    select,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, Purpose
from svro.casework.relations import NOW
from svro.records.orders import ApplicationFacts, Order
from svro.records.people import Allocation, Instruction
from svro.records.reach import Reach, within


class Likeness(NamedTuple):
    """Everything of an actor that decides the text of a `visible_*`: for a statement compiled once for all
    who are alike.
    """

    roles: frozenset[str]
    in_force: bool
    at_court: bool
    with_purpose: bool
    only: frozenset[str] | None = None


def likeness(actor: Actor) -> Likeness:
    """Whom the actor is like."""
    return Likeness(
        actor.roles,
        actor.force_id is not None,
        actor.court is not None,
        actor.purpose is not None,
        actor.only,
    )


def stand_in(like: Likeness) -> Actor:
    """Somebody like that, for the `visible_*`: a named parameter stands for each value of their own."""
    own: dict[str, Any] = {name: bindparam(f"actor_{name}") for name in _OWN}
    own["force_id"] = own["force_id"] if like.in_force else None
    own["court"] = own["court"] if like.at_court else None
    why = Purpose("", "") if like.with_purpose else None
    return Actor(roles=like.roles, purpose=why, only=like.only, **own)


def bound(actor: Actor, now: datetime) -> dict[str, object]:
    """What stands behind the parameters of `stand_in` and NOW."""
    return {"now": now, **{f"actor_{name}": getattr(actor, name) for name in _OWN}}


_OWN = ("account_id", "name", "force_id", "court", "number")


def reach_of(actor: Actor) -> Reach:
    """Whose rows the second line lets this actor's transaction touch, before it is widened: their own
    force's.
    """
    forces = () if actor.force_id is None else (actor.force_id,)
    return Reach(forces=forces, account=actor.account_id, court=actor.court)


def beyond_force(actor: Actor) -> bool:
    """Whether somebody reaches records through allocations, instructions or a court, of whatever force."""
    return actor.account_id is not None and (
        actor.force_id is None or actor.court is not None or "SOL" in actor.roles
    )


def _forces_beyond() -> CompoundSelect[Any]:
    """The forces of an account's live allocations and instructions, and of a court's cases: a statement of
    `bound`'s parameters.
    """
    own: dict[str, Any] = {name: bindparam(f"actor_{name}") for name in ("account_id", "court")}
    held = [
        select(kind.force_id).where(
            kind.account_id == own["account_id"],
            kind.started_at <= NOW,
            or_(kind.ended_at.is_(None), kind.ended_at > NOW),
        )
        for kind in (Allocation, Instruction)
    ]
    heard = [select(kind.force_id).where(kind.court == own["court"]) for kind in (ApplicationFacts, Order)]
    return union(*held, *heard)


FORCES_BEYOND = _forces_beyond()


async def widen(session: AsyncSession, actor: Actor, now: datetime) -> None:
    """Let a session reach the forces of the cases that its actor has, beyond their own."""
    if beyond_force(actor) and session.get_bind().dialect.name == "postgresql":
        found = (await session.scalars(FORCES_BEYOND, bound(actor, now))).all()
        reach = reach_of(actor)
        await within(session, msgspec.structs.replace(reach, forces=tuple({*reach.forces, *found})))
