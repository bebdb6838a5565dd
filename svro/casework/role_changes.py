"""Roles: proposed by one administrator and decided by another, who has just proved who they are. The one
exception is the beginning: the first administrator alone may make the second, once.
"""

from datetime import datetime
from itertools import combinations
from typing import Annotated

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import security
from svro.casework.access import Actor, require_fresh, visible_accounts
from svro.casework.account_links import MadeLink, make_link
from svro.casework.accounts import (
    GRANT,
    AccountView,
    Reason,
    answers_to,
    beginning_now,
    end_everything,
    get,
    not_the_last,
    reach,
    roles_of,
    tell,
    waiting,
)
from svro.casework.matrix import ROLES
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed, Stale
from svro.records.accounts import Proposal
from svro.records.base import changed, new_id, put
from svro.records.people import Account, AccountRole
from svro.reference.courts import COURTS
from svro.reference.forces import FORCES

_POLICE = frozenset({"PLO", "SUP", "CON", "DIS"})
_OTHERS = frozenset({"CLK", "PAN", "SOL", "OVR", "AUD", "CPS"})
APART: frozenset[frozenset[str]] = frozenset(
    frozenset(pair)
    for pair in (
        *((police, other) for police in _POLICE for other in _OTHERS),
        *(("ADM", other) for other in _POLICE | _OTHERS),
        *combinations(sorted({"CLK", "SOL", "CPS"}), 2),
        *((judged, other) for judged in ("CLK", "SOL", "CPS") for other in ("PAN", "OVR", "AUD")),
        ("AUD", "PAN"),
    )
)
"""Roles that nobody holds together: who administers reads no case, who audits changes nothing, who
scrutinises is not of the force, and nobody stands on two sides of a court.
"""


OF_A_FORCE = _POLICE
OF_A_COURT = frozenset({"CLK"})


class Propose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role proposed for an account, and why."""

    role: str
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=300)]


class Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another administrator's answer to a proposal."""

    approve: bool


def is_role(role: str) -> bool:
    """Whether somebody signed in can hold it."""
    return role in ROLES and role != "ANON"


def apart(roles: list[str]) -> list[Fault]:
    """A fault for each two of these roles that nobody holds together."""
    return [
        Fault("roles", f"{ROLES[one]} and {ROLES[other]} are not held together")
        for one, other in combinations(sorted(set(roles)), 2)
        if frozenset((one, other)) in APART
    ]


def fits(roles: list[str], force: str | None, court: str | None) -> list[Fault]:
    """A fault for each of force and court that there is not, or that a role lacks."""
    faults = []
    if force is not None and force not in FORCES:
        faults.append(Fault("force", f"{force!r} is not a police force known here"))
    if court is not None and court not in COURTS:
        faults.append(Fault("court", f"{court!r} is not a court known here"))
    if force is None and OF_A_FORCE & set(roles):
        faults.append(Fault("force", "is required for somebody of a police force"))
    if court is None and OF_A_COURT & set(roles):
        faults.append(Fault("court", "is required for a court clerk"))
    return faults


async def propose(
    session: AsyncSession, actor: Actor, account_id: str, command: Propose, now: datetime
) -> AccountView:
    """Propose a role for an account: another administrator decides, or for the second administrator of all
    the first alone. Malformed for a role that does not fit, Conflict where it is held or proposed already.
    """
    account = await reach(session, actor, account_id, GRANT, open=True)
    if not is_role(command.role):
        raise Malformed([Fault("role", f"{command.role!r} is not a role")])
    roles = await roles_of(session, account_id, now)
    wanted = [p.role for p in await waiting(session, actor, GRANT) if p.account_id == account_id and p.role]
    if command.role in roles or command.role in wanted:
        raise Conflict("This role is held or proposed already.")
    faults = [
        *apart([*roles, *wanted, command.role]),
        *fits([command.role], account.force_id, account.court),
    ]
    if account.kind == "service" and command.role in ("ADM", "SOL"):
        faults.append(Fault("role", "of a service cannot be that of an administrator or a solicitor"))
    if faults:
        raise Malformed([Fault("role", fault.reason) for fault in faults])
    await keep_proposal(session, actor, account_id, "grant", command.role, command.reason, now)
    return await get(session, actor, account_id, now, GRANT)


async def propose_set_up(
    session: AsyncSession, actor: Actor, account_id: str, command: Reason, now: datetime
) -> AccountView:
    """Propose that somebody who lost their second proof and every recovery code sets up their account anew.
    It takes a second administrator, for it is how one could get in as somebody else.
    """
    account = await reach(session, actor, account_id, GRANT, open=True)
    if account.kind != "person":
        raise Conflict("A service does not sign in.")
    if any(p.act == "set-up" for p in await waiting(session, actor, GRANT) if p.account_id == account_id):
        raise Conflict("It is proposed already.")
    await keep_proposal(session, actor, account_id, "set-up", None, command.reason, now)
    return await get(session, actor, account_id, now, GRANT)


async def keep_proposal(
    session: AsyncSession, actor: Actor, account_id: str, act: str, role: str | None, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """Keep a change that waits for another administrator."""
    values = {"account_id": account_id, "act": act, "role": role, "reason": reason}
    id = new_id()
    await put(session, Proposal, id=id, proposed_by=actor.account_id, proposed_at=now, alone=False, **values)
    label = ROLES[role] if role else "A new set-up"
    await security.note(session, "role-proposed", account_id, now, label, by=actor.account_id)
    await tell(session, "account:change_proposed", actor, id, now, values)


async def decide(
    session: AsyncSession, actor: Actor, proposal_id: str, command: Decide, now: datetime
) -> MadeLink | None:
    """Answer a proposal: with yes the role is held from now, or the link for the new set-up comes back.

    NotAllowed for the one who made it or whom it is about; ProveAgain without having just proved who one is;
    Conflict for a yes where who made it is an administrator no longer; Stale where somebody answered it
    meanwhile.
    """
    require_fresh(actor)
    ask = (
        select(Proposal)
        .join(Account, Account.id == Proposal.account_id)
        .where(visible_accounts(actor, GRANT), Proposal.id == proposal_id, Account.ended_at.is_(None))
        .with_for_update(of=Proposal)
    )
    found = await session.scalar(ask)
    if found is None:
        raise Missing
    # One decision of an administrator at a time, so that the beginning is used once.
    await session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
    beginning = await beginning_now(session)
    withdrawn = actor.account_id == found.proposed_by
    asked = "approve" if command.approve else "withdraw" if withdrawn else "refuse"
    if asked not in answers_to(actor, found, beginning):
        raise NotAllowed("It takes another administrator: not who proposed it, nor whom it is about.")
    if command.approve and "ADM" not in await roles_of(session, found.proposed_by, now):
        raise Conflict("Whoever proposed this is no longer an administrator: propose it yourself.")
    outcome = {"approve": "approved", "withdraw": "withdrawn", "refuse": "refused"}[asked]
    alone = command.approve and withdrawn
    answered = await changed(
        session,
        update(Proposal)
        .where(Proposal.id == proposal_id, Proposal.outcome.is_(None))
        .values(outcome=outcome, decided_by=actor.account_id, decided_at=now, alone=alone),
    )
    if answered != 1:
        raise Stale("Somebody has answered this proposal.")
    link = None
    if not command.approve:
        label = ROLES[found.role] if found.role else "A new set-up"
        await security.note(session, "role-refused", found.account_id, now, label, by=actor.account_id)
    elif found.act == "set-up":
        await security.note(session, "set-up-again", found.account_id, now, by=actor.account_id)
        await end_everything(session, found.account_id, now)
        link = await make_link(session, found.account_id, "set-up", actor.account_id, now)
    else:
        await _grant(session, actor, found, now)
    facts = {"proposal": proposal_id, "act": found.act, "role": found.role, "alone": alone}
    await tell(session, f"account:change_{outcome}", actor, found.account_id, now, facts)
    return link


async def _grant(session: AsyncSession, actor: Actor, found: Proposal, now: datetime) -> None:
    role = str(found.role)
    if faults := apart([*await roles_of(session, found.account_id, now), role]):
        raise Conflict(f"{faults[0].reason}: end the other role first.")
    await put(session, AccountRole, account_id=found.account_id, role=role, started_at=now)
    detail = f"{ROLES[role]}, by two administrators"
    if found.proposed_by == actor.account_id:
        detail = f"{ROLES[role]}, by the first administrator alone"
    await security.note(session, "role-granted", found.account_id, now, detail, by=actor.account_id)


async def end_role(
    session: AsyncSession, actor: Actor, account_id: str, role: str, command: Reason, now: datetime
) -> AccountView:
    """End a role at once: one administrator is enough to take power away. Conflict for the last
    administrator's.
    """
    account = await reach(session, actor, account_id, GRANT)
    require_fresh(actor)
    if role == "ADM":
        await not_the_last(session, account_id, now)
    ended = await changed(
        session,
        update(AccountRole)
        .where(AccountRole.account_id == account_id, AccountRole.role == role, AccountRole.ended_at.is_(None))
        .values(ended_at=now),
    )
    if ended == 0:
        raise Missing
    await security.note(session, "role-ended", account_id, now, ROLES[role], by=actor.account_id)
    await tell(
        session, "account:role_ended", actor, account.id, now, {"role": role, "reason": command.reason}
    )
    return await get(session, actor, account_id, now, GRANT)
