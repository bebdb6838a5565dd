"""Investigations of suspected offences under s.342G, as known at an instant: what figures count of them."""

from collections import defaultdict
from datetime import date, datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import cohorts
from svro.casework.cohorts import Key
from svro.casework.investigations import as_step
from svro.figures.exposure import Span
from svro.law import breaches
from svro.law.dates import london_day
from svro.records.duties import Investigation, InvestigationAct


class Inquiry(msgspec.Struct, frozen=True):
    """One investigation of a suspected offence under s.342G: whose order, when, and what became of each
    limb.
    """

    force: str
    id: str
    order: str
    day: date
    limbs: dict[str, str]


async def suspected(
    session: AsyncSession, forces: tuple[str, ...], known_at: datetime, period: Span
) -> list[Inquiry]:
    """Investigations of conduct in the period, each limb as it stood then."""
    steps: dict[Key, list[breaches.Step]] = defaultdict(list)
    acts = select(InvestigationAct).where(
        InvestigationAct.recorded_at <= known_at, *cohorts.of(InvestigationAct.force_id, forces)
    )
    for row in await session.scalars(acts):
        steps[row.force_id, row.investigation_id].append(as_step(row))
    kind = Investigation
    query = select(kind.force_id, kind.id, kind.order_id, kind.conduct_at).where(
        kind.created_at <= known_at, *cohorts.of(kind.force_id, forces)
    )
    found = []
    for force, number, order, conduct in await session.execute(query.order_by(kind.force_id, kind.id)):
        limbs = breaches.limbs_of(steps.get((force, number), []), known_at)
        if limbs and period[0] <= london_day(conduct) < period[1]:
            found.append(Inquiry(force, number, order, london_day(conduct), limbs))
    return found
