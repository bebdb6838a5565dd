"""The first rows of a new database: what it is, the secret of its status keys, and the forces."""

import secrets
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.records.base import put
from svro.records.people import Deployment, Force
from svro.reference import forces


async def found(session: AsyncSession, kind: Literal["live", "demonstration"], now: datetime, status_key: str | None = None) -> str:
    """Found a deployment unless it has been; returns what kind of deployment it is. `status_key` is random unless given."""
    held = await session.scalar(select(Deployment.kind).where(Deployment.id == 1))
    if held is not None:
        return held
    await put(session, Deployment, id=1, kind=kind, status_key=status_key or secrets.token_hex(32), created_at=now)
    for force in forces.FORCES.values():
        await put(session, Force, id=force.slug, name=force.name)
    return kind
