"""Everybody who works in the demonstration: an account for each, in the roles that the matrix knows."""

import random
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, Purpose
from svro.casework.founding import open_account
from svro.casework.matrix import ROLES
from svro.demo.names import Register
from svro.records.people import Account, AccountRole
from svro.reference.forces import FORCES

COURTS = {
    "merseyside": "C05LV00",
    "west-midlands": "C20BI00",
    "sussex": "C47LW00",
    "thames-valley": "C43RE00",
}
"""The forces of the pilot, each with the court that makes its orders."""
_PER_FORCE = (("PLO", 2), ("SUP", 1), ("CON", 7), ("DIS", 1), ("CLK", 1))
_ELSEWHERE = (("metropolitan", "SUP", 1), ("metropolitan", "CON", 4), ("merseyside", "PAN", 1),
("merseyside", "OVR", 1), ("merseyside", "AUD", 1),
              ("merseyside", "ADM", 1), (None, "SOL", 2), (None, "CPS", 2))  # fmt: skip


class Staff:
    """The accounts, by role and force."""

    def __init__(self) -> None:
        self.actors: dict[tuple[str, str | None], list[Actor]] = {}

    def add(self, role: str, force: str | None, actor: Actor) -> None:
        """One more in a role."""
        self.actors.setdefault((role, force), []).append(actor)

    def one(self, rng: random.Random, role: str, force: str | None, purpose: Purpose | None = None) -> Actor:
        """Somebody in a role, with why they look."""
        return msgspec.structs.replace(rng.choice(self.actors[role, force]), purpose=purpose, fresh=True)

    @staticmethod
    def pnc(force: str) -> str:
        """The force's two digits, with which its case numbers begin."""
        return FORCES[force].pnc


async def appoint(session: AsyncSession, register: Register, now: datetime) -> Staff:
    """Open an account for everybody. Numbers rise, so that the first of a role is always the same."""
    staff = Staff()
    wanted: list[tuple[str | None, str, int]] = [
        (force, role, count) for force in COURTS for role, count in _PER_FORCE
    ]
    for force, role, count in (*wanted, *_ELSEWHERE):
        for _ in range(count):
            number = f"{1001 + sum(map(len, staff.actors.values()))}"
            court = COURTS[force] if force and role == "CLK" else None
            home = None if role in ("CLK", "SOL", "CPS") else force
            actor = await open_account(
                session, register.officer(), (role,), now, force_id=home, court=court, number=number
            )
            staff.add(role, force, actor)
    return staff


async def cast(session: AsyncSession) -> dict[str, Actor]:
    """Who stands for each role in the demonstration: the first appointed to it."""
    rows = await session.execute(
        select(Account, AccountRole.role)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .order_by(Account.number)
    )
    found: dict[str, Actor] = {}
    for account, role in rows:
        found.setdefault(
            role,
            Actor(
                account_id=account.id, name=account.name, roles=frozenset({role}), force_id=account.force_id,
                court=account.court, number=account.number,
            ),
        )  # fmt: skip
    return {role: found[role] for role in ROLES if role in found}
