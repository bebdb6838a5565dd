"""Acts that take two people: what the first sends is tried, undone and kept as a proposal; a second person
who may do the same to the same thing carries it out, or declines it.

Nothing here says which acts those are. The matrix does: `access.require` refuses such an act to one person
alone, wherever it is done, and `done_or_proposed` takes that refusal for what it is.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import extracts, searches
from svro.casework.access import (
    Actor,
    Allow,
    decide,
    require,
    visible_applications,
    visible_orders,
    visible_people,
    visible_requests,
    visible_searches,
)
from svro.casework.erasure import GONE
from svro.casework.kinds import KINDS, PAIRS, About
from svro.errors import Missing, SecondNeeded
from svro.records.base import canonical, new_id, put
from svro.records.disclosure import DisclosureRequest
from svro.records.ledger import Entry, append
from svro.records.orders import Application, Order
from svro.records.people import Account, Force, Person
from svro.records.searches import Search, SearchVersion
from svro.records.trust import Proposal, ProposalAnswer

Reason = Annotated[str, Meta(min_length=1, max_length=1000)]
Standing = Literal["waiting", "approved", "declined", "withdrawn", "expired"]
LASTS = timedelta(days=7)
"""How long a proposal waits."""


SUBJECTS: dict[About, tuple[Any, Callable[[Actor, str, datetime], Any]]] = {
    "search": (Search, visible_searches),
    "application": (Application, visible_applications),
    "order": (Order, visible_orders),
    "person": (Person, visible_people),
    "force": (Force, extracts.visible_force),
    "disclosure": (DisclosureRequest, visible_requests),
}


def _force_of(kind: Any) -> Any:
    """The column that says whose a thing is; a force is its own."""
    return Force.id if kind is Force else kind.force_id


class ProposalView(msgspec.Struct, kw_only=True):
    """An act that waits for a second person, or waited: what was sent (empty once erased), by whom, and what
    became of it.

    `yours` says that the reader sent it; `may_answer` that they are somebody who may be the second.
    """

    id: str
    act: str
    title: str
    permission: str
    about: About
    about_id: str
    reference: str
    command: dict[str, Any]
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    standing: Standing
    reason: str | None
    answered_by: str | None
    answered_at: datetime | None
    yours: bool
    may_answer: bool


async def done_or_proposed(
    session: AsyncSession, actor: Actor, act: str, about: str, command: Any, version: int, now: datetime
) -> Any:
    """Do an act of KINDS, or where it takes a second person keep it as a proposal: the act's own view, or a
    ProposalView.

    Whatever the act would be refused for, it is refused for now: it is done in earnest, and undone.
    """
    kind = KINDS[act]
    try:
        async with session.begin_nested():
            return await kind.do(session, actor, about, command, version, now)
    except SecondNeeded as needed:
        permission = needed.permission
    together = msgspec.structs.replace(actor, second=actor.account_id)
    async with session.begin_nested() as trial:
        await kind.do(session, together, about, command, version, now)
        await trial.rollback()
    return await _propose(session, actor, act, permission, about, command, version, now)


async def ready(
    session: AsyncSession, actor: Actor, act: str, about: str, command: Any, now: datetime
) -> None:
    """Make beforehand what trying an act of KINDS will need."""
    make = KINDS[act].ready
    if make is not None:
        await make(session, msgspec.structs.replace(actor, second=actor.account_id), about, command, now)


async def _propose(
    session: AsyncSession,
    actor: Actor,
    act: str,
    permission: str,
    about: str,
    command: Any,
    version: int,
    now: datetime,
) -> ProposalView:
    force, reference = await _thing(session, KINDS[act].about, about)
    values = {
        "act": act,
        "permission": permission,
        "about": about,
        "reference": reference,
        "command": canonical(command).decode(),
        "version": version,
        "purpose": actor.purpose.code if actor.purpose else None,
        "incident": actor.purpose.reference if actor.purpose else None,
        "proposed_by": actor.account_id,
        "proposed_at": now,
        "expires_at": now + LASTS,
    }
    row = Proposal(force_id=force, id=new_id(), **values)
    await put(session, Proposal, force_id=force, id=row.id, **values)
    await tell(session, row, "proposed", str(actor.account_id), {"command": command}, now)
    return await view(session, actor, row, now)


async def _thing(session: AsyncSession, about: About, key: str) -> tuple[str, str]:
    """(whose it is, how people call it). The act itself has just reached it."""
    kind = SUBJECTS[about][0]
    called = {"person": "id", "force": "name"}.get(about, "reference")
    query = select(_force_of(kind), getattr(kind, called)).where(kind.id == key)
    found = (await session.execute(query)).one()
    return found[0], f"person {found[1][:8]}" if about == "person" else found[1]


async def tell(
    session: AsyncSession, row: Proposal, what: str, by: str, more: dict[str, Any], now: datetime
) -> None:
    """An entry of the ledger about a proposal and what became of it."""
    facts = {
        "act": row.act,
        "permission": row.permission,
        "about": row.about,
        "version": row.version,
        "first": row.proposed_by,
        **more,
    }
    entry = Entry(tag=f"proposal:{what}", force=row.force_id, actor=by, subject=row.id, at=now, facts=facts)
    await append(session, entry)


def _as_second(actor: Actor, permission: str) -> Actor | None:
    """The actor beside somebody, if they may do the same: nobody seconds the police for a client."""
    decision = decide(actor, permission)
    if isinstance(decision, Allow) and "K" not in decision.scopes and actor.account_id is not None:
        return msgspec.structs.replace(actor, fresh=True, second=actor.account_id)
    return None


def _seen(actor: Actor, now: datetime) -> Select[Proposal]:
    """The proposals the actor made, and those they could have made themselves."""
    seen = [Proposal.proposed_by == actor.account_id]
    for permission, about in sorted(PAIRS):
        beside = _as_second(actor, permission)
        if beside is None:
            continue
        kind, visible = SUBJECTS[about]
        reached = select(kind.id).where(_force_of(kind) == Proposal.force_id, kind.id == Proposal.about)
        if about == "search":
            reached = reached.join(SearchVersion, searches.with_newest(now))
        acts = [name for name, of in KINDS.items() if of.about == about]
        seen.append(
            and_(
                Proposal.permission == permission,
                Proposal.act.in_(acts),
                exists(reached.where(visible(beside, permission, now))),
            )
        )
    return select(Proposal).where(Proposal.proposed_at <= now, or_(*seen))


async def listing(session: AsyncSession, actor: Actor, now: datetime) -> list[ProposalView]:
    """What waits for a second person, oldest first: to be answered by the actor, or sent by them."""
    require(actor, "proposal:read")
    answered = exists().where(
        ProposalAnswer.force_id == Proposal.force_id, ProposalAnswer.proposal_id == Proposal.id
    )
    query = _seen(actor, now).where(~answered, Proposal.expires_at > now)
    rows = (await session.scalars(query.order_by(Proposal.proposed_at, Proposal.id).limit(200))).all()
    return [await view(session, actor, row, now) for row in rows]


async def get(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> ProposalView:
    """One proposal, whatever became of it."""
    require(actor, "proposal:read")
    return await view(session, actor, await reach(session, actor, proposal_id, now), now)


async def reach(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> Proposal:
    """The proposal, if the actor may know of it; else Missing."""
    row = await session.scalar(_seen(actor, now).where(Proposal.id == proposal_id))
    if row is None:
        raise Missing
    return row


async def answer_to(session: AsyncSession, row: Proposal) -> ProposalAnswer | None:
    """What was answered, or None."""
    return await session.scalar(
        select(ProposalAnswer).where(
            ProposalAnswer.force_id == row.force_id, ProposalAnswer.proposal_id == row.id
        )
    )


async def view(session: AsyncSession, actor: Actor, row: Proposal, now: datetime) -> ProposalView:
    """The proposal as the actor sees it."""
    answer = await answer_to(session, row)
    by = {row.proposed_by, answer.recorded_by if answer else row.proposed_by}
    rows = await session.execute(select(Account.id, Account.name).where(Account.id.in_(sorted(by))))
    names = {found.id: found.name for found in rows}
    standing: Any = answer.answer if answer else "waiting" if now < row.expires_at else "expired"
    yours = row.proposed_by == actor.account_id
    return ProposalView(
        id=row.id,
        act=row.act,
        title=KINDS[row.act].title,
        permission=row.permission,
        about=KINDS[row.act].about,
        about_id=row.about,
        reference=row.reference,
        command={} if row.command == GONE else msgspec.json.decode(row.command),
        proposed_by=names[row.proposed_by],
        proposed_at=row.proposed_at,
        expires_at=row.expires_at,
        standing=standing,
        reason=answer.reason if answer else None,
        answered_by=names[answer.recorded_by] if answer else None,
        answered_at=answer.recorded_at if answer else None,
        yours=yours,
        may_answer=standing == "waiting" and not yours,
    )
