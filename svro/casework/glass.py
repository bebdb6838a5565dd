"""Breaking the glass: one person's case opened for an hour by somebody not allocated to it, who says why. It
raises an alert, and the alert is its review.
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import alerts, subjects
from svro.casework.access import Actor
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append
from svro.records.trust import GlassOpening

OPEN = "break_glass:open"
LASTS = timedelta(minutes=60)


class BreakGlass(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the case has to be opened now, and cannot wait for an allocation."""

    reason: Annotated[str, Meta(min_length=10, max_length=1000)]


class GlassView(msgspec.Struct, kw_only=True):
    """A case opened: until when, and the reference of the alert that it raised."""

    id: str
    person_id: str
    closes_at: datetime
    alert_reference: str


async def open_case(
    session: AsyncSession, actor: Actor, person_id: str, command: BreakGlass, now: datetime
) -> GlassView:
    """Open one person's case for an hour. It does not reach anybody whom the actor is excluded from, or whose
    case is kept to others.
    """
    person, _ = await subjects.reach(session, actor, OPEN, person_id, now)
    assert actor.purpose is not None  # the matrix asks for one
    key, account, closes = new_id(), str(actor.account_id), now + LASTS
    reference = await alerts.raise_one(session, person.force_id, "break-glass", key, account, now)
    allocation = await subjects.allocate(
        session,
        person.force_id,
        person.id,
        account,
        f"broke the glass ({reference})",
        now,
        until=closes,
    )
    values = {
        "person_id": person.id,
        "account_id": account,
        "allocation_id": allocation,
        "purpose": actor.purpose.code,
        "incident": actor.purpose.reference,
        "reason": command.reason,
        "opened_at": now,
        "closes_at": closes,
    }
    await put(session, GlassOpening, force_id=person.force_id, id=key, **values)
    by = actor.account_id
    await append(
        session,
        Entry(tag="glass:broken", force=person.force_id, actor=by, subject=key, at=now, facts=values),
    )
    return GlassView(id=key, person_id=person.id, closes_at=closes, alert_reference=reference)
