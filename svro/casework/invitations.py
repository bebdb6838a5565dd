"""How accounts begin: the first administrator's by a command, everybody else's by invitation; and the link to
hand over.
"""

import re
import unicodedata
from datetime import datetime
from itertools import count
from typing import Annotated

import msgspec
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require, require_fresh
from svro.casework.account_links import MadeLink, make_link
from svro.casework.accounts import reach, tell, told_of
from svro.casework.founding import open_account
from svro.casework.own_proofs import ever_set_up
from svro.casework.role_changes import apart, fits, is_role, keep_proposal
from svro.casework.sessions import live_role
from svro.errors import Conflict, Fault, Malformed
from svro.records.base import new_id, put
from svro.records.people import Account, AccountRole


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


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """A new account, and the link to hand over; a service has none."""

    id: str
    sign_in_name: str | None
    link: MadeLink | None


async def invite(session: AsyncSession, actor: Actor, command: Invite, now: datetime) -> Invited:
    """Open an account without a role, propose its roles, and make the link with which its holder sets it up.
    Malformed for a role, force or court that there is not, or roles that nobody holds together.
    """
    require(actor, "user:manage")
    faults = [
        *(Fault("roles", f"{role!r} is not a role") for role in command.roles if not is_role(role)),
        *apart(command.roles),
        *fits(command.roles, command.force, command.court),
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
    if faults:
        raise Malformed(faults)
    account, name = new_id(), None if command.service else await free_name(session, command.name)
    values = {
        "name": command.name, "force_id": command.force, "court": command.court, "number": command.number,
        "kind": "service" if command.service else "person", "keeper": actor.force_id,
        "sra_number": command.sra_number, "firm": command.firm,
    }  # fmt: skip
    await put(session, Account, id=account, created_at=now, sign_in_name=name, **values)
    await tell(session, "account:opened", actor, account, now, values)
    for role in dict.fromkeys(command.roles):
        await keep_proposal(session, actor, account, "grant", role, command.reason, now)
    link = None if command.service else await make_link(session, account, "set-up", actor.account_id, now)
    return Invited(id=account, sign_in_name=name, link=link)


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
        await told_of(session, "account:named", None, None, account, now, {"sign_in_name": sign_in_name})
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


async def link_again(session: AsyncSession, actor: Actor, account_id: str, now: datetime) -> MadeLink:
    """A link for somebody to set a new password with, who still has their second proof; or a new invitation
    where they never set up their account. Conflict for a service, or a closed account.
    """
    account = await reach(session, actor, account_id, open=True)
    require_fresh(actor)
    if account.kind != "person":
        raise Conflict("A service does not sign in.")
    kind = "reset" if await ever_set_up(session, account_id) else "set-up"
    return await make_link(session, account_id, kind, actor.account_id, now)
