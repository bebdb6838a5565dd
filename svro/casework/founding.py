"""The first rows of a new database: what it is, the secret of its status keys, the forces, and who may sign
in.
"""

import secrets
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor
from svro.casework.matrix import ROLES
from svro.errors import Fault, Malformed
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append
from svro.records.people import Account, AccountRole, Deployment, Force
from svro.reference import forces


async def found(
    session: AsyncSession,
    kind: Literal["live", "demonstration"],
    now: datetime,
    status_key: str | None = None,
) -> str:
    """Found a deployment unless it has been; returns what kind of deployment it is. `status_key` is random
    unless given.
    """
    held = await session.scalar(select(Deployment.kind).where(Deployment.id == 1))
    if held is not None:
        return held
    await put(
        session, Deployment, id=1, kind=kind, status_key=status_key or secrets.token_hex(32), created_at=now
    )
    for force in forces.FORCES.values():
        await put(session, Force, id=force.slug, name=force.name)
    facts = {"kind": kind, "forces": sorted(forces.FORCES)}
    entry = Entry(tag="deployment:founded", force=None, actor=None, subject="1", at=now, facts=facts)
    await append(session, entry)
    return kind


async def open_account(
    session: AsyncSession,
    name: str,
    roles: tuple[str, ...],
    now: datetime,
    *,
    force_id: str | None = None,
    court: str | None = None,
    number: str | None = None,
) -> Actor:
    """Open an account with its roles: the actor that it makes. Malformed for a role or a force that there is
    not.
    """
    faults = [
        Fault("role", f"{role!r} is not a role") for role in roles if role not in ROLES or role == "ANON"
    ]
    if force_id is not None and force_id not in forces.FORCES:
        faults.append(Fault("force", f"{force_id!r} is not a police force known here"))
    if faults:
        raise Malformed(faults)
    account = new_id()
    values = {"name": name, "force_id": force_id, "court": court, "number": number}
    await put(session, Account, id=account, created_at=now, **values)
    for role in roles:
        await put(session, AccountRole, account_id=account, role=role, started_at=now)
    facts = {**values, "roles": sorted(roles)}
    entry = Entry(tag="account:opened", force=force_id, actor=None, subject=account, at=now, facts=facts)
    await append(session, entry)
    return Actor(account_id=account, roles=frozenset(roles), **values)  # type: ignore[arg-type]
