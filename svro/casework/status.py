"""Is there power, now, here? The one question answered for the whole country, and the answer kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import alerts, fields, national, references, subjects
from svro.casework.access import Actor, Purpose, require
from svro.errors import Fault, Malformed
from svro.law import order as order_law
from svro.records.access_log import looks_of, tell
from svro.records.base import new_id, put
from svro.records.ledger import Entry, Subject, append
from svro.records.searches import StatusCheck
from svro.reference import courts

Aware = Annotated[datetime, Meta(tz=True)]
Given = Annotated[str, Meta(min_length=1, max_length=40)]
Said = Literal["in effect", "not in effect", "not confirmed"]


PERMISSION = "order:status_check"


class CheckStatus(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Is there power? By exact identifiers only: an order's reference, a PNC ID, a CRO number. `at` is now
    unless given.
    """

    order_reference: Given | None = None
    pnc_id: Given | None = None
    cro: Given | None = None
    at: Aware | None = None


class StatusCheckView(msgspec.Struct, kw_only=True):
    """The one national read, and nothing else: in effect, not in effect or not confirmed, by which order, as
    of when.
    """

    id: str
    answer: Said
    order_reference: str | None
    court: str | None
    expires: str | None
    as_of: datetime


async def check(session: AsyncSession, actor: Actor, command: CheckStatus, now: datetime) -> StatusCheckView:
    """Answer the roadside question and keep the answer. Malformed where nothing to ask by was given, or an
    identifier is wrong.
    """
    scopes = require(actor, PERMISSION).scopes
    at = command.at or now
    wanted = _wanted(command.order_reference, command.pnc_id, command.cro, now)
    if not wanted:
        raise Malformed([Fault("order_reference", "give an order reference, a PNC ID or a CRO number")])
    found = await national.find(session, wanted)
    answer, held, expires = _answer(found, at, now)
    for order in found:
        await alerts.checked(session, actor, order.force, order.order_id, now)
    check_id = new_id()
    assert actor.purpose is not None  # the matrix asks for one
    asked_by = ", ".join(sorted(wanted))
    values = {
        "account_id": actor.account_id,
        "asked_by": asked_by,
        "purpose": actor.purpose.code,
        "incident": actor.purpose.reference,
        "at": at,
        "answer": answer,
        "order_force": held.force if held else None,
        "order_id": held.order_id if held else None,
        "reference": held.reference if held else None,
    }
    await put(session, StatusCheck, force_id=actor.force_id, id=check_id, recorded_at=now, **values)
    await append(
        session,
        Entry(
            tag="status:checked",
            force=actor.force_id,
            actor=actor.account_id,
            subject=check_id,
            at=now,
            facts=values,
        ),
    )
    told(session, actor.purpose, held)
    court = courts.COURTS.get(held.court) if held else None
    view = StatusCheckView(
        id=check_id,
        answer=answer,
        order_reference=held.reference if held else None,
        court=(court.name if court else held.court) if held else None,
        expires=expires,
        as_of=at,
    )
    return fields.shown(view, scopes)


def told(session: AsyncSession, why: Purpose, held: national.Held | None) -> None:
    """Tell the access log what was asked of the country, for the incident given with the question."""
    found = [Subject(kind="order", force=held.force, id=held.order_id)] if held else []
    tell(session, *found)
    because = {"permission": PERMISSION, "purpose": why.code, "reference": why.reference}
    looks_of(session).because.update(because)


def _answer(
    found: Sequence[national.Held], at: datetime, now: datetime
) -> tuple[Said, national.Held | None, str | None]:
    """One answer for everything found: an order in effect wins, then one whose status is unknown; otherwise
    there is none.
    """
    states = [(order_law.at(held.acts, at, now), held) for held in found]
    for wanted, answer in (("yes", "in effect"), ("unknown", "not confirmed")):
        for state, held in states:
            if state.answer == wanted:
                expires = str(state.last_day) if wanted == "yes" and state.last_day else None
                return answer, held, expires  # type: ignore[return-value]
    return "not in effect", None, None


def _wanted(reference: str | None, pnc_id: str | None, cro: str | None, now: datetime) -> dict[str, str]:
    wanted, faults, _ = subjects.recognised(pnc_id, cro, now)
    if reference:
        if not references.plausible(reference):
            faults.insert(0, Fault("order_reference", "has a slip in it: its check character does not fit"))
        wanted["reference"] = reference
    if faults:
        raise Malformed(faults)
    return wanted
