"""Acts that take two people: what the first sends is tried, undone and kept as a proposal; a second person
who may do the same to the same thing carries it out, or declines it.

Nothing here says which acts those are. The matrix does: `access.require` refuses such an act to one person
alone, wherever it is done, and `done_or_proposed` takes that refusal for what it is.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import (
    applications,
    changes,
    decisions,
    glass,
    instructions,
    lists,
    orders,
    searches,
)
from svro.casework.access import (
    Actor,
    Allow,
    Purpose,
    decide,
    require,
    visible_applications,
    visible_orders,
    visible_people,
    visible_requests,
    visible_searches,
)
from svro.casework.disclosure import handover, issues, review
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed, ProveAgain, SecondNeeded, Stale
from svro.records.base import canonical, new_id, put
from svro.records.disclosure import DisclosureRequest
from svro.records.ledger import Entry, append
from svro.records.orders import Application, Order
from svro.records.people import Account, AccountRole, Person
from svro.records.searches import Search, SearchVersion
from svro.records.trust import Proposal, ProposalAnswer

Reason = Annotated[str, Meta(min_length=1, max_length=1000)]
About = Literal["search", "application", "order", "person", "disclosure"]
Standing = Literal["waiting", "approved", "declined", "withdrawn", "expired"]

LASTS = timedelta(days=7)
"""How long a proposal waits."""


class CloseOf(changes.CloseChange, kw_only=True, forbid_unknown_fields=True):
    """How one application for a change ended."""

    change_id: str


class RecallOf(handover.Recall, kw_only=True, forbid_unknown_fields=True):
    """Which bundle of a request is taken back, and why."""

    bundle_id: str


class Kind(NamedTuple):
    """One act as it may wait: its name, what is sent, the function that does it, and to what.

    `do` takes (session, actor, id of the thing, command, version, now).
    """

    title: str
    command: Any
    do: Callable[[AsyncSession, Actor, str, Any, int, datetime], Awaitable[msgspec.Struct]]
    about: About


async def _consider(
    session: AsyncSession, actor: Actor, _about: str, command: applications.Consider, _: int, now: datetime
) -> msgspec.Struct:
    return await applications.consider(session, actor, command, now)


async def _close(
    session: AsyncSession, actor: Actor, about: str, command: CloseOf, version: int, now: datetime
) -> msgspec.Struct:
    return await changes.close(session, actor, about, command.change_id, command, version, now)


async def _list(
    session: AsyncSession, actor: Actor, about: str, command: lists.EditLists, _: int, now: datetime
) -> msgspec.Struct:
    return await lists.edit(session, actor, about, command, now)


async def _break(
    session: AsyncSession, actor: Actor, about: str, command: glass.BreakGlass, _: int, now: datetime
) -> msgspec.Struct:
    return await glass.open_case(session, actor, about, command, now)


async def _recall(
    session: AsyncSession, actor: Actor, about: str, command: RecallOf, version: int, now: datetime
) -> msgspec.Struct:
    view = await handover.recall(session, actor, command.bundle_id, command, version, now)
    if view.id != about:
        raise Missing
    return view


async def _represent(
    session: AsyncSession,
    actor: Actor,
    about: str,
    command: instructions.RecordRepresentation,
    _: int,
    now: datetime,
) -> msgspec.Struct:
    return await instructions.represent(session, actor, about, command, now)


KINDS: dict[str, Kind] = {
    "correct-search": Kind(
        "Correct the record of a search", searches.CorrectSearch, searches.correct, "search"
    ),
    "consider": Kind("Begin an application", applications.Consider, _consider, "person"),
    "application-act": Kind(
        "Record an act on an application", applications.Step, applications.act, "application"
    ),
    "decision": Kind(
        "Record what a court decided", decisions.RecordDecision, decisions.record, "application"
    ),
    "order-act": Kind("Record an act in an order’s life", orders.RecordAct, orders.record_act, "order"),
    "seek-change": Kind("Seek a change to an order", changes.SeekChange, changes.seek, "order"),
    "close-change": Kind("Record how an application for a change ended", CloseOf, _close, "order"),
    "lists": Kind("Change who may come near a case", lists.EditLists, _list, "person"),
    "represent": Kind(
        "Record that a solicitor represents somebody", instructions.RecordRepresentation, _represent, "person"
    ),
    "break-glass": Kind("Open a case without being allocated to it", glass.BreakGlass, _break, "person"),
    "mark-sensitive": Kind(
        "Put items on the sensitive schedule", review.MarkSensitive, review.mark_sensitive, "disclosure"
    ),
    "issue-bundle": Kind("Hand over an answer to a request", issues.Issue, issues.issue, "disclosure"),
    "recall-bundle": Kind("Take a bundle back", RecallOf, _recall, "disclosure"),
}
"""Every act that may wait. An act is here because somebody's cell for it says `2`."""

SUBJECTS: dict[About, tuple[Any, Callable[[Actor, str, datetime], Any]]] = {
    "search": (Search, visible_searches),
    "application": (Application, visible_applications),
    "order": (Order, visible_orders),
    "person": (Person, visible_people),
    "disclosure": (DisclosureRequest, visible_requests),
}


class ProposalView(msgspec.Struct, kw_only=True):
    """An act that waits for a second person, or waited: what was sent, by whom, and what became of it.

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


class Answer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the second person declines, or whatever they want to say in approving."""

    reason: Reason | None = None


class Decline(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why it is not to be done; from the first person, why they take it back."""

    reason: Reason


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
    await _tell(session, row, "proposed", str(actor.account_id), {"command": command}, now)
    return await _view(session, actor, row, now)


async def _thing(session: AsyncSession, about: About, key: str) -> tuple[str, str]:
    """(whose it is, how people call it). The act itself has just reached it."""
    kind = SUBJECTS[about][0]
    called = kind.id if about == "person" else kind.reference
    found = (await session.execute(select(kind.force_id, called).where(kind.id == key))).one()
    return found[0], f"person {found[1][:8]}" if about == "person" else found[1]


async def _tell(
    session: AsyncSession, row: Proposal, what: str, by: str, more: dict[str, Any], now: datetime
) -> None:
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
    for permission, about in sorted(_PAIRS):
        beside = _as_second(actor, permission)
        if beside is None:
            continue
        kind, visible = SUBJECTS[about]
        reached = select(kind.id).where(kind.force_id == Proposal.force_id, kind.id == Proposal.about)
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


_PAIRS: frozenset[tuple[str, About]] = frozenset(
    {
        ("search:correct", "search"),
        ("application:create", "person"),
        ("application:withdraw", "application"),
        ("decision:correct", "application"),
        ("decision:correct", "order"),
        ("order:apply", "order"),
        ("restriction:edit", "person"),
        ("break_glass:open", "person"),
        (review.SENSITIVE, "disclosure"),
        (issues.CREATE, "disclosure"),
        (handover.REVOKE, "disclosure"),
        ("instruction:verify", "person"),
    }
)
"""Every permission under which something may wait, with the kind of thing it is done to."""


async def listing(session: AsyncSession, actor: Actor, now: datetime) -> list[ProposalView]:
    """What waits for a second person, oldest first: to be answered by the actor, or sent by them."""
    require(actor, "proposal:read")
    answered = exists().where(
        ProposalAnswer.force_id == Proposal.force_id, ProposalAnswer.proposal_id == Proposal.id
    )
    query = _seen(actor, now).where(~answered, Proposal.expires_at > now)
    rows = (await session.scalars(query.order_by(Proposal.proposed_at, Proposal.id).limit(200))).all()
    return [await _view(session, actor, row, now) for row in rows]


async def get(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> ProposalView:
    """One proposal, whatever became of it."""
    require(actor, "proposal:read")
    return await _view(session, actor, await _reach(session, actor, proposal_id, now), now)


async def _reach(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> Proposal:
    row = await session.scalar(_seen(actor, now).where(Proposal.id == proposal_id))
    if row is None:
        raise Missing
    return row


async def _answer_to(session: AsyncSession, row: Proposal) -> ProposalAnswer | None:
    return await session.scalar(
        select(ProposalAnswer).where(
            ProposalAnswer.force_id == row.force_id, ProposalAnswer.proposal_id == row.id
        )
    )


async def _view(session: AsyncSession, actor: Actor, row: Proposal, now: datetime) -> ProposalView:
    answer = await _answer_to(session, row)
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
        command=msgspec.json.decode(row.command),
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


async def ask(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> ProposalView:
    """One proposal, to somebody about to answer it: refused here for what their answer would be."""
    return await _view(session, actor, await _to_answer(session, actor, proposal_id, now), now)


def why(reason: str | None) -> str:
    """The reason of whoever does not approve. Malformed without one."""
    if not reason:
        raise Malformed([Fault("reason", "say why")])
    return reason


async def approve(
    session: AsyncSession, actor: Actor, proposal_id: str, command: Answer, now: datetime
) -> ProposalView:
    """The second person approves: the act is done now, in this transaction, by the one who proposed it.

    NotAllowed to whoever proposed it, ProveAgain to somebody not lately proved; Conflict where it was
    answered before, waited too long, or whoever proposed it may no longer do it. What the act itself is then
    refused for is refused here, and it goes on waiting.
    """
    row = await _to_answer(session, actor, proposal_id, now)
    if row.proposed_by == actor.account_id:
        raise NotAllowed("The second person is somebody else.")
    first = await _first(session, row, actor, now)
    await _keep(session, row, actor, "approved", command.reason, now)
    kind = KINDS[row.act]
    sent = msgspec.json.decode(row.command, type=kind.command)
    try:
        await kind.do(session, first, row.about, sent, row.version, now)
    except (NotAllowed, Missing) as gone:
        raise Conflict("Whoever proposed this may no longer do it, or what it is about is gone.") from gone
    return await _view(session, actor, row, now)


async def decline(
    session: AsyncSession, actor: Actor, proposal_id: str, command: Decline, now: datetime
) -> ProposalView:
    """The second person declines, or the first takes it back: nothing is done."""
    row = await _to_answer(session, actor, proposal_id, now)
    what = "withdrawn" if row.proposed_by == actor.account_id else "declined"
    await _keep(session, row, actor, what, command.reason, now)
    return await _view(session, actor, row, now)


async def _to_answer(session: AsyncSession, actor: Actor, proposal_id: str, now: datetime) -> Proposal:
    require(actor, "proposal:answer")
    row = await _reach(session, actor, proposal_id, now)
    if not actor.fresh:
        raise ProveAgain("This takes two people. Prove again that it is you, then answer.")
    if await _answer_to(session, row) is not None:
        raise Conflict("This has been answered already.")
    if row.expires_at <= now:
        raise Conflict("This waited too long. It has to be proposed again.")
    return row


async def _keep(
    session: AsyncSession, row: Proposal, actor: Actor, what: str, reason: str | None, now: datetime
) -> None:
    values = {"answer": what, "reason": reason, "recorded_at": now, "recorded_by": actor.account_id}
    try:
        await put(session, ProposalAnswer, force_id=row.force_id, proposal_id=row.id, **values)
    except IntegrityError as race:
        raise Stale("Somebody answered this at the same moment. Read it again.") from race
    more = {"second": actor.account_id, "reason": reason}
    await _tell(session, row, what, str(actor.account_id), more, now)


async def _first(session: AsyncSession, row: Proposal, second: Actor, now: datetime) -> Actor:
    """Whoever proposed it, in the roles they hold now, with the purpose they gave then."""
    account = await session.scalar(select(Account).where(Account.id == row.proposed_by))
    roles = await session.scalars(
        select(AccountRole.role).where(
            AccountRole.account_id == row.proposed_by,
            AccountRole.started_at <= now,
            or_(AccountRole.ended_at.is_(None), AccountRole.ended_at > now),
        )
    )
    if account is None or (account.ended_at is not None and account.ended_at <= now):
        raise Conflict("Whoever proposed this no longer has an account.")
    return Actor(
        account_id=account.id,
        name=account.name,
        roles=frozenset(roles),
        force_id=account.force_id,
        court=account.court,
        number=account.number,
        purpose=Purpose(row.purpose, row.incident or "") if row.purpose else None,
        fresh=True,
        second=second.account_id,
    )


async def together(
    session: AsyncSession,
    first: Actor,
    second: Actor,
    act: str,
    about: str,
    command: Any,
    version: int,
    now: datetime,
) -> None:
    """One proposes and the other approves, one after the other: for worlds that are told, not lived."""
    waiting = await done_or_proposed(session, first, act, about, command, version, now)
    if isinstance(waiting, ProposalView):
        await approve(session, second, waiting.id, Answer(), now)
