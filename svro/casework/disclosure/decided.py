"""What was decided of each item of a request, its versions in their order, and what waits to be marked."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor
from svro.casework.erasure import GONE
from svro.errors import Conflict
from svro.records.disclosure import DisclosureItem, DisclosureRequest
from svro.records.ledger import keep
from svro.records.trust import Proposal, ProposalAnswer

MARK: Final = "mark-sensitive"
"""The name under which a mark waits for a second person."""


async def decided(session: AsyncSession, row: DisclosureRequest, at: datetime) -> dict[str, DisclosureItem]:
    """The newest decision on each item of a request by an instant, by key. What is sensitive in any request
    about the same person is so in this one.
    """
    rows = await session.scalars(of_person(row).where(DisclosureItem.recorded_at <= at))
    newest = {(one.request_id, one.key): one for one in rows.all()}
    mine = {key: one for (request, key), one in newest.items() if request == row.id}
    others = {key: one for (_, key), one in sorted(newest.items()) if one.sensitive}
    return mine | {key: one for key, one in others.items() if key not in mine or not mine[key].sensitive}


def of_person(row: DisclosureRequest) -> Select[DisclosureItem]:
    """Every decision in a request about the person whom this one is about, a history in its order."""
    about = select(DisclosureRequest.id).where(
        DisclosureRequest.force_id == row.force_id, DisclosureRequest.person_id == row.person_id
    )
    return (
        select(DisclosureItem)
        .where(DisclosureItem.force_id == row.force_id, DisclosureItem.request_id.in_(about))
        .order_by(DisclosureItem.n)
    )


async def awaiting(session: AsyncSession, row: DisclosureRequest, now: datetime) -> set[str]:
    """The keys of items of the person that one person has asked to mark, and no second has answered."""
    answered = exists().where(
        ProposalAnswer.force_id == Proposal.force_id, ProposalAnswer.proposal_id == Proposal.id
    )
    about = select(DisclosureRequest.id).where(
        DisclosureRequest.force_id == row.force_id, DisclosureRequest.person_id == row.person_id
    )
    sent = await session.scalars(
        select(Proposal.command).where(
            Proposal.force_id == row.force_id,
            Proposal.act == MARK,
            Proposal.about.in_(about),
            Proposal.expires_at > now,
            ~answered,
        )
    )
    return {key for one in sent.all() if one != GONE for key in msgspec.json.decode(one)["keys"]}


async def nothing_awaits(session: AsyncSession, row: DisclosureRequest, now: datetime) -> None:
    """Conflict while something of the person waits to be marked: only whoever prepares the answer is told."""
    if waiting := await awaiting(session, row, now):
        raise Conflict(f"{len(waiting)} items wait for a second person to mark them as sensitive, or not.")


async def record(
    session: AsyncSession,
    actor: Actor,
    request_id: str,
    force: str,
    key: str,
    described: str,
    said: dict[str, Any],
    now: datetime,
) -> None:
    """Keep what was decided of an item as its newest version."""
    here = {"force_id": force, "request_id": request_id, "key": key}
    last = await session.scalar(select(func.max(DisclosureItem.n)).filter_by(**here))
    await keep(
        session,
        DisclosureItem,
        {**here, "n": (last or 0) + 1},
        {"described": described, **said},
        tag="disclosure:decided",
        subject=request_id,
        by=actor.account_id,
        now=now,
    )
