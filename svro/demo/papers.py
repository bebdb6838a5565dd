"""Who the demonstration's solicitors are, documents on one case, and a claim that waits to be checked."""

from contextlib import suppress
from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import claims, documents, orders, solicitors
from svro.casework.claims import Claim
from svro.casework.solicitors import RecordSolicitor
from svro.demo.cases import Case, at
from svro.demo.staff import Staff
from svro.documents.paper import Paper, Part
from svro.documents.render import as_pdf
from svro.errors import Missing

_NOW = at(date(2025, 3, 14), 10, 30)
_FIRMS = (("418207", "Birk and Partners"), ("552913", "Larch Row Solicitors"))
_NOTE = """Note of the officer in the case, invented like everything here.

The order was explained to him in the cells on the day it was made. He asked whether he could be searched at
home, and was told that the power is for public places only.
He gave his sister's address, 14 Cutlass Row, as a place where he sometimes stays.
"""


async def register(session: AsyncSession, staff: Staff) -> None:
    """What the regulator's register says of each solicitor, recorded by the deployment's administrator."""
    by = msgspec.structs.replace(staff.actors["ADM", "merseyside"][0], force_id=None, fresh=True)
    for actor, (number, firm) in zip(staff.actors["SOL", None], _FIRMS, strict=True):
        seen = RecordSolicitor(sra_number=number, firm=firm, checked_with="The register of solicitors")
        await solicitors.record(session, by, str(actor.account_id), seen, at(date(2024, 1, 8), 10, 0))


async def deposit(session: AsyncSession, staff: Staff, cases: list[Case]) -> None:
    """Two documents on an order in effect in Merseyside, and the other solicitor's claim of its client."""
    for case in cases:
        if case.force != "merseyside" or not case.order:
            continue
        with suppress(Missing):  # made later, or its officer works on it no more
            view = await orders.get(session, case.legal, case.order, _NOW)
            if view.status.answer == "yes":
                await _deposit_on(session, staff, case, view.reference)
                return


async def _deposit_on(session: AsyncSession, staff: Staff, case: Case, reference: str) -> None:
    statement = Paper(
        title="Witness statement",
        lead="Invented like everything here.",
        parts=(
            Part(
                heading="What I saw",
                nothing="I was at the bus stop at about nine. I saw a man show a knife to two people. My "
                "name is Hester Quillon, and I live at 3 Saddler Street; I do not want him to know that.",
            ),
        ),
        method=("Taken down by the officer in the case and read over.",),
        known_at=at(date(2025, 3, 3), 15, 0),
        version="1",
    )
    for title, content, kind in (
        ("Witness statement", as_pdf(statement), "application/pdf"),
        ("Note of the officer in the case", _NOTE.encode(), "text/plain"),
    ):
        await documents.deposit(session, case.legal, "order", case.order, title, content, kind, _NOW)
    claimant = msgspec.structs.replace(staff.actors["SOL", None][1], fresh=True)
    claim = Claim(reference=reference, representation_reference="LA/2025/0417")
    await claims.claim(session, claimant, claim, _NOW)
