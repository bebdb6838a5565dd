"""Who has an account, and in which roles: invited by one administrator, each role granted by two.

An administrator proposes a role and another, who has just proved who they are, approves it. The one exception
is the beginning: the first administrator alone may make the second, once.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from itertools import combinations, count
from typing import Annotated

import msgspec
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from svro.casework import security, sessions, solicitors, tokens
from svro.casework.access import Actor, require, require_fresh, visible_accounts
from svro.casework.founding import open_account
from svro.casework.matrix import ROLES
from svro.casework.sealing import hashed, new_secret
from svro.casework.sessions import live_role
from svro.casework.signing_in import ever_set_up
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed, Stale
from svro.records.accounts import AccountLink, Proposal
from svro.records.base import changed, new_id, put
from svro.records.ledger import Entry, append
from svro.records.people import Account, AccountRole
from svro.reference.courts import COURTS
from svro.reference.forces import FORCES

MANAGE, GRANT = "user:manage", "role:grant"
LINK_LASTS = timedelta(hours=72)
RESET_LASTS = timedelta(hours=24)

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


class Invite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be given an account, or a service. `roles` are proposed with it, for another administrator
    to approve. A solicitor's `sra_number` and `firm` are as the Solicitors Regulation Authority has them.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    roles: list[str] = []
    force: str | None = None
    court: str | None = None
    number: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    sra_number: Annotated[str, msgspec.Meta(pattern=r"^\d{4,7}$")] | None = None
    firm: Annotated[str, msgspec.Meta(max_length=120)] | None = None
    service: bool = False
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=300)] = "New account"


class Propose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role proposed for an account, and why."""

    role: str
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=300)]


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is done to an account."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=300)]


class Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another administrator's answer to a proposal."""

    approve: bool


class MadeLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to hand over: `path` on this site, shown once, open until `ends_at` or its first use."""

    path: str
    ends_at: datetime


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that waits, and the answers open to the one who asks: approve, refuse, withdraw or none."""

    id: str
    account_id: str
    name: str
    act: str
    role: str | None
    label: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    answers: list[str]


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One account in a list."""

    id: str
    name: str
    kind: str
    roles: list[str]
    force: str | None
    court: str | None
    closed: bool


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """One account as an administrator sees it: nothing that opens it, and nothing it did."""

    id: str
    name: str
    kind: str
    sign_in_name: str | None
    roles: list[str]
    force: str | None
    court: str | None
    number: str | None
    sra_number: str | None
    firm: str | None
    created_at: datetime
    closed_at: datetime | None
    waiting: list[ProposalView]


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """A new account, and the link to hand over; a service has none."""

    id: str
    sign_in_name: str | None
    link: MadeLink | None


async def listing(session: AsyncSession, actor: Actor, now: datetime) -> list[AccountLine]:
    """The accounts that the administrator looks after, closed ones last."""
    ask = (
        select(Account, AccountRole.role)
        .outerjoin(AccountRole, live_role(now))
        .where(visible_accounts(actor, "user:manage"))
        .order_by(Account.ended_at.is_not(None), Account.name, Account.id, AccountRole.role)
    )
    found: dict[str, tuple[Account, list[str]]] = {}
    for account, role in await session.execute(ask):
        found.setdefault(account.id, (account, []))[1].extend([role] if role else [])
    return [
        AccountLine(
            id=one.id,
            name=one.name,
            kind=one.kind,
            roles=roles,
            force=one.force_id,
            court=one.court,
            closed=one.ended_at is not None,
        )
        for one, roles in found.values()
    ]


async def get(
    session: AsyncSession, actor: Actor, account_id: str, now: datetime, permission: str = MANAGE
) -> AccountView:
    """One account with what waits to be decided about it. Missing where it is not the administrator's."""
    one = await _account(session, actor, account_id, permission)
    found = await solicitors.held(session, account_id, now)
    number, firm = (found.sra_number, found.firm) if found else (one.sra_number, one.firm)
    return AccountView(
        id=one.id, name=one.name, kind=one.kind, sign_in_name=one.sign_in_name,
        roles=await roles_of(session, account_id, now), force=one.force_id, court=one.court,
        number=one.number, sra_number=number, firm=firm, created_at=one.created_at,
        closed_at=one.ended_at,
        waiting=[p for p in await waiting(session, actor, permission) if p.account_id == one.id],
    )  # fmt: skip


async def _account(
    session: AsyncSession, actor: Actor, account_id: str, permission: str = MANAGE, *, open: bool = False
) -> Account:
    ask = select(Account).where(visible_accounts(actor, permission), Account.id == account_id)
    account = await session.scalar(ask)
    if account is None:
        raise Missing
    if open and account.ended_at is not None:
        raise Conflict("This account is closed.")
    return account


async def roles_of(session: AsyncSession, account_id: str, now: datetime) -> list[str]:
    """The roles that an account holds now."""
    ask = select(AccountRole.role).join(Account, live_role(now)).where(Account.id == account_id)
    return sorted(await session.scalars(ask))


async def invite(session: AsyncSession, actor: Actor, command: Invite, now: datetime) -> Invited:
    """Open an account without a role, propose its roles, and make the link with which its holder sets it up.
    Malformed for a role, force or court that there is not, or roles that nobody holds together.
    """
    require(actor, "user:manage")
    faults = [
        *(Fault("roles", f"{role!r} is not a role") for role in command.roles if not _is_role(role)),
        *_apart(command.roles),
        *_fits(command.roles, command.force, command.court),
        *_own(actor, command.force),
    ]
    if command.service and ("ADM" in command.roles or "SOL" in command.roles):
        faults.append(Fault("roles", "of a service cannot be that of an administrator or a solicitor"))
    if "SOL" in command.roles:
        faults += [
            Fault(field, "is required for a solicitor")
            for field in ("sra_number", "firm")
            if not getattr(command, field)
        ]
    if command.sra_number and await solicitors.taken(session, command.sra_number):
        faults.append(Fault("sra_number", "is another account’s: one solicitor has one account"))
    if faults:
        raise Malformed(faults)
    account, name = new_id(), None if command.service else await free_name(session, command.name)
    values = {
        "name": command.name, "force_id": command.force, "court": command.court, "number": command.number,
        "kind": "service" if command.service else "person", "keeper": actor.force_id,
        "sra_number": command.sra_number, "firm": command.firm,
    }  # fmt: skip
    await put(session, Account, id=account, created_at=now, sign_in_name=name, **values)
    await _tell(session, "account:opened", actor, account, now, values)
    for role in dict.fromkeys(command.roles):
        await _propose(session, actor, account, "grant", role, command.reason, now)
    link = None if command.service else await make_link(session, account, "set-up", actor.account_id, now)
    return Invited(id=account, sign_in_name=name, link=link)


def _is_role(role: str) -> bool:
    return role in ROLES and role != "ANON"


def _apart(roles: list[str]) -> list[Fault]:
    return [
        Fault("roles", f"{ROLES[one]} and {ROLES[other]} are not held together")
        for one, other in combinations(sorted(set(roles)), 2)
        if frozenset((one, other)) in APART
    ]


def _fits(roles: list[str], force: str | None, court: str | None) -> list[Fault]:
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


def _own(actor: Actor, force: str | None) -> list[Fault]:
    if actor.force_id is None or force in (None, actor.force_id):
        return []
    return [Fault("force", "must be your own: another force's people are its administrators' to invite")]


async def first_administrator(session: AsyncSession, name: str, force: str | None, now: datetime) -> Invited:
    """Open the account of the first administrator of all, with its role, and the link to set it up; a new
    link where they never did. Conflict where there is an administrator who can sign in, Malformed for a force
    that there is not.
    """
    ask = select(Account).join(AccountRole, live_role(now)).where(AccountRole.role == "ADM")
    held = list(await session.scalars(ask))
    if len(held) > 1 or (held and await ever_set_up(session, held[0].id)):
        raise Conflict("There is an administrator already. Further accounts are theirs to open.")
    if held and held[0].name != name:
        raise Conflict(f"{held[0].name} is the administrator and has not set up the account: name them.")
    if held:
        account = held[0].id
    else:
        account = str((await open_account(session, name, ("ADM",), now, force_id=force)).account_id)
    sign_in_name = (held and held[0].sign_in_name) or await free_name(session, name)
    if not held or held[0].sign_in_name is None:
        await session.execute(update(Account).where(Account.id == account).values(sign_in_name=sign_in_name))
        await _told(session, "account:named", None, None, account, now, {"sign_in_name": sign_in_name})
    link = await make_link(session, account, "set-up", None, now)
    return Invited(id=account, sign_in_name=sign_in_name, link=link)


async def free_name(session: AsyncSession, name: str) -> str:
    """A sign-in name made of somebody's name, with a number where it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = ".".join(re.findall(r"[a-z0-9]+", plain)) or "account"
    taken = set(
        await session.scalars(
            select(Account.sign_in_name).where(
                or_(Account.sign_in_name == base, Account.sign_in_name.startswith(base, autoescape=True))
            )
        )
    )
    return next(name for n in count(1) if (name := base if n == 1 else f"{base}{n}") not in taken)


async def make_link(
    session: AsyncSession, account_id: str, kind: str, by: str | None, now: datetime
) -> MadeLink:
    """A link of this kind for an account, in place of any earlier one that is still open."""
    await end_links(session, account_id, now)
    secret, ends = new_secret(), now + (LINK_LASTS if kind == "set-up" else RESET_LASTS)
    await put(
        session, AccountLink, id=new_id(), account_id=account_id, kind=kind, hash=hashed(secret), made_by=by,
        made_at=now, ends_at=ends,
    )  # fmt: skip
    detail = "To set up the account" if kind == "set-up" else "To set a new password"
    await security.note(session, "link-made", account_id, now, detail, by=by)
    return MadeLink(path=f"/sign-in/link/{secret}", ends_at=ends)


async def end_links(session: AsyncSession, account_id: str, now: datetime) -> None:
    """No link of an account opens any more."""
    await session.execute(
        update(AccountLink)
        .where(AccountLink.account_id == account_id, AccountLink.used_at.is_(None))
        .values(used_at=now)
    )


async def link_again(session: AsyncSession, actor: Actor, account_id: str, now: datetime) -> MadeLink:
    """A link for somebody to set a new password with, who still has their second proof; or a new invitation
    where they never set up their account. Conflict for a service, or a closed account.
    """
    account = await _account(session, actor, account_id, open=True)
    require_fresh(actor)
    if account.kind != "person":
        raise Conflict("A service does not sign in.")
    kind = "reset" if await ever_set_up(session, account_id) else "set-up"
    return await make_link(session, account_id, kind, actor.account_id, now)


async def propose(
    session: AsyncSession, actor: Actor, account_id: str, command: Propose, now: datetime
) -> AccountView:
    """Propose a role for an account: another administrator decides, or for the second administrator of all
    the first alone. Malformed for a role that does not fit, Conflict where it is held or proposed already.
    """
    account = await _account(session, actor, account_id, GRANT, open=True)
    if not _is_role(command.role):
        raise Malformed([Fault("role", f"{command.role!r} is not a role")])
    roles = await roles_of(session, account_id, now)
    wanted = [p.role for p in await waiting(session, actor, GRANT) if p.account_id == account_id and p.role]
    if command.role in roles or command.role in wanted:
        raise Conflict("This role is held or proposed already.")
    faults = [
        *_apart([*roles, *wanted, command.role]),
        *_fits([command.role], account.force_id, account.court),
    ]
    if account.kind == "service" and command.role in ("ADM", "SOL"):
        faults.append(Fault("role", "of a service cannot be that of an administrator or a solicitor"))
    if faults:
        raise Malformed([Fault("role", fault.reason) for fault in faults])
    await _propose(session, actor, account_id, "grant", command.role, command.reason, now)
    return await get(session, actor, account_id, now, GRANT)


async def propose_set_up(
    session: AsyncSession, actor: Actor, account_id: str, command: Reason, now: datetime
) -> AccountView:
    """Propose that somebody who lost their second proof and every recovery code sets up their account anew.
    It takes a second administrator, for it is how one could get in as somebody else.
    """
    account = await _account(session, actor, account_id, GRANT, open=True)
    if account.kind != "person":
        raise Conflict("A service does not sign in.")
    if any(p.act == "set-up" for p in await waiting(session, actor, GRANT) if p.account_id == account_id):
        raise Conflict("It is proposed already.")
    await _propose(session, actor, account_id, "set-up", None, command.reason, now)
    return await get(session, actor, account_id, now, GRANT)


async def _propose(
    session: AsyncSession, actor: Actor, account_id: str, act: str, role: str | None, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    values = {"account_id": account_id, "act": act, "role": role, "reason": reason}
    id = new_id()
    await put(session, Proposal, id=id, proposed_by=actor.account_id, proposed_at=now, alone=False, **values)
    label = ROLES[role] if role else "A new set-up"
    await security.note(session, "role-proposed", account_id, now, label, by=actor.account_id)
    await _tell(session, "account:change_proposed", actor, id, now, values)


async def waiting(session: AsyncSession, actor: Actor, permission: str = MANAGE) -> list[ProposalView]:
    """Proposals that wait for an answer, about accounts that the administrator looks after."""
    proposer, beginning = aliased(Account), await _beginning(session)
    ask = (
        select(Proposal, Account.name, proposer.name)
        .join(Account, Account.id == Proposal.account_id)
        .join(proposer, proposer.id == Proposal.proposed_by)
        .where(visible_accounts(actor, permission), Proposal.outcome.is_(None), Account.ended_at.is_(None))
        .order_by(Proposal.proposed_at, Proposal.id)
    )
    return [
        ProposalView(
            id=one.id,
            account_id=one.account_id,
            name=name,
            act=one.act,
            role=one.role,
            label=ROLES[one.role] if one.role else "Set up the account anew",
            reason=one.reason,
            proposed_by=by,
            proposed_at=one.proposed_at,
            answers=_answers(actor, one, beginning),
        )
        for one, name, by in await session.execute(ask)
    ]


async def decide(
    session: AsyncSession, actor: Actor, proposal_id: str, command: Decide, now: datetime
) -> MadeLink | None:
    """Answer a proposal: with yes the role is held from now, or the link for the new set-up comes back.

    NotAllowed for the one who made it or whom it is about; ProveAgain without having just proved who one is;
    Stale where somebody answered it meanwhile.
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
    beginning = await _beginning(session)
    withdrawn = actor.account_id == found.proposed_by
    asked = "approve" if command.approve else "withdraw" if withdrawn else "refuse"
    if asked not in _answers(actor, found, beginning):
        raise NotAllowed("It takes another administrator: not who proposed it, nor whom it is about.")
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
        await _end_everything(session, found.account_id, now)
        link = await make_link(session, found.account_id, "set-up", actor.account_id, now)
    else:
        await _grant(session, actor, found, now)
    facts = {"proposal": proposal_id, "act": found.act, "role": found.role, "alone": alone}
    await _tell(session, f"account:change_{outcome}", actor, found.account_id, now, facts)
    return link


async def _grant(session: AsyncSession, actor: Actor, found: Proposal, now: datetime) -> None:
    role = str(found.role)
    if faults := _apart([*await roles_of(session, found.account_id, now), role]):
        raise Conflict(f"{faults[0].reason}: end the other role first.")
    await put(session, AccountRole, account_id=found.account_id, role=role, started_at=now)
    detail = f"{ROLES[role]}, by two administrators"
    if found.proposed_by == actor.account_id:
        detail = f"{ROLES[role]}, by the first administrator alone"
    await security.note(session, "role-granted", found.account_id, now, detail, by=actor.account_id)


async def _beginning(session: AsyncSession) -> bool:
    """Whether there was only ever one administrator, who may make the second alone."""
    ever = select(func.count(AccountRole.account_id.distinct())).where(AccountRole.role == "ADM")
    return await session.scalar(ever) == 1


def _answers(actor: Actor, found: Proposal, beginning: bool) -> list[str]:
    """What an administrator may answer to a proposal."""
    if actor.account_id == found.account_id:
        return []
    if actor.account_id != found.proposed_by:
        return ["approve", "refuse"]
    return ["approve", "withdraw"] if beginning and found.role == "ADM" else ["withdraw"]


async def end_role(
    session: AsyncSession, actor: Actor, account_id: str, role: str, command: Reason, now: datetime
) -> AccountView:
    """End a role at once: one administrator is enough to take power away. Conflict for the last
    administrator's.
    """
    account = await _account(session, actor, account_id, GRANT)
    require_fresh(actor)
    if role == "ADM":
        await _not_the_last(session, account_id, now)
    ended = await changed(
        session,
        update(AccountRole)
        .where(AccountRole.account_id == account_id, AccountRole.role == role, AccountRole.ended_at.is_(None))
        .values(ended_at=now),
    )
    if ended == 0:
        raise Missing
    await security.note(session, "role-ended", account_id, now, ROLES[role], by=actor.account_id)
    await _tell(
        session, "account:role_ended", actor, account.id, now, {"role": role, "reason": command.reason}
    )
    return await get(session, actor, account_id, now, GRANT)


async def deactivate(
    session: AsyncSession, actor: Actor, account_id: str, command: Reason, now: datetime
) -> AccountView:
    """Close an account at once: its sessions, tokens, links and roles end in this transaction. Conflict for
    the last administrator, or one's own.
    """
    account = await _account(session, actor, account_id, open=True)
    require_fresh(actor)
    if account_id == actor.account_id:
        raise Conflict("Nobody closes their own account: ask another administrator.")
    if "ADM" in await roles_of(session, account_id, now):
        await _not_the_last(session, account_id, now)
    await session.execute(update(Account).where(Account.id == account_id).values(ended_at=now))
    await session.execute(
        update(AccountRole)
        .where(AccountRole.account_id == account_id, AccountRole.ended_at.is_(None))
        .values(ended_at=now)
    )
    await _end_everything(session, account_id, now)
    await security.note(session, "deactivated", account_id, now, command.reason, by=actor.account_id)
    await _tell(session, "account:closed", actor, account.id, now, {"reason": command.reason})
    session.expire(account)
    return await get(session, actor, account_id, now)


async def _not_the_last(session: AsyncSession, account_id: str, now: datetime) -> None:
    others = (
        select(func.count(Account.id.distinct()))
        .join(AccountRole, live_role(now))
        .where(AccountRole.role == "ADM", Account.ended_at.is_(None), Account.id != account_id)
    )
    if not await session.scalar(others):
        raise Conflict("This is the last administrator. Make another first.")


async def _end_everything(session: AsyncSession, account_id: str, now: datetime) -> None:
    await sessions.end_all(session, account_id, now)
    await tokens.end_all(session, account_id, now)
    await end_links(session, account_id, now)


async def _tell(
    session: AsyncSession, tag: str, actor: Actor, subject: str, now: datetime, facts: object
) -> None:
    await _told(session, tag, actor.force_id, actor.account_id, subject, now, facts)


async def _told(
    session: AsyncSession,
    tag: str,
    force: str | None,
    by: str | None,
    subject: str,
    now: datetime,
    facts: object,
) -> None:
    await append(session, Entry(tag=tag, force=force, actor=by, subject=subject, at=now, facts=facts))
