"""The demonstration's world: a pilot area of invented people, told from April 2023 to November 2025 through
casework.

It is the same each time: what looks random is drawn from one seed, ids and references too. It is one
transaction: a world that could not be finished was never begun.
"""

import random
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import cycle

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import subjects
from svro.casework.founding import found
from svro.demo import disclosing, papers
from svro.demo.cases import Case, at, working
from svro.demo.names import Register
from svro.demo.panels import hold_sessions
from svro.demo.plan import PLAN, Plan
from svro.demo.staff import Staff, appoint
from svro.demo.streets import search_everybody
from svro.errors import Unready
from svro.records import notes, sealing
from svro.records.base import Database, drawn_from, metadata, new_id, put
from svro.records.ledger import Entry, append
from svro.records.people import Deployment, Instruction
from svro.records.reach import ALL

SEED = 20250314
OFTEN = 470
"""Searches with the power, out of some 650."""
STATUS_KEY = "the demonstration's key, which protects nobody: its people are invented"
LOG_KEY = notes.Key.of("svro.demonstration/log", notes.LOG, sha256(STATUS_KEY.encode()).digest())
"""Everybody can make it, so what it signs proves nothing but how it is done."""
FOUNDED = datetime(2023, 3, 1, 9, tzinfo=UTC)

INSTANTS: dict[str, tuple[datetime, str]] = {
    "2025-03-14": (at(date(2025, 3, 14), 21, 14), "in the pilot"),
    "2025-06-02": (at(date(2025, 6, 2), 21, 14), "in the saving period"),
    "2025-11-01": (at(date(2025, 11, 1), 21, 14), "after the lapse"),
}
"""The instants from which the demonstration can be seen: when, and where in the law's story that is."""
OPENING = "2025-03-14"

# Merseyside, whose people the demonstration's own staff look after, has the most cases.
_SHARES = (
    "merseyside",
    "west-midlands",
    "merseyside",
    "sussex",
    "thames-valley",
    "west-midlands",
    "merseyside",
)


async def furnish(database: Database, plan: Plan = PLAN, often: int = OFTEN) -> bool:
    """Build the world in a database that holds nothing; True if it was built, False if it was there already.

    Unready where the database holds anything else: the demonstration never shares one.
    """
    async with database.write_alone(ALL) as session:
        held = await session.scalar(select(Deployment.kind).where(Deployment.id == 1))
        if held == "demonstration":
            return False
        if held is not None or await _anything(session):
            raise Unready(
                "This database is in use, and the demonstration needs one of its own: see --database."
            )
        await build(session, plan, often)
        while await sealing.waiting(session):
            await sealing.seal(session, LOG_KEY, INSTANTS[OPENING][0])
    return True


async def _anything(session: AsyncSession) -> bool:
    for table in metadata.sorted_tables:
        if (await session.execute(select(1).select_from(table).limit(1))).first() is not None:
            return True
    return False


async def build(session: AsyncSession, plan: Plan = PLAN, often: int = OFTEN, seed: int = SEED) -> None:
    """Tell every story of the plan, then of `often` searches with the power and some two hundred others."""
    rng = random.Random(seed)
    with drawn_from(random.Random(rng.getrandbits(64))):
        await found(session, "demonstration", FOUNDED, STATUS_KEY)
        register = Register(rng)
        staff = await appoint(session, register, FOUNDED)
        cases: list[Case] = []
        told = [(story, days) for story, count, days in plan for _ in range(count)]
        for (story, (first, last)), force in zip(told, cycle(_SHARES), strict=False):
            case = Case(session, rng, register, staff, force)
            await story(case, working(first + timedelta(days=rng.randrange((last - first).days + 1))))
            cases.append(case)
        await search_everybody(session, rng, register, staff, often)
        await papers.register(session, staff)  # a change of firm would end what was granted before
        await _share_out(session, rng, staff, cases)
        await hold_sessions(session, register, staff)
        await papers.deposit(session, staff, cases)
        await disclosing.ask(session, register, staff)


async def _share_out(session: AsyncSession, rng: random.Random, staff: Staff, cases: list[Case]) -> None:
    """Some of Merseyside's cases are shared with the disclosure officer and the CPS; some of its people
    have a solicitor.
    """
    here = [case for case in cases if case.force == "merseyside" and case.application]
    now = at(date(2025, 3, 14), 9, 30)
    for role, force, why in (
        ("DIS", "merseyside", "prepares disclosure"),
        ("CPS", None, "conducts the application"),
    ):
        for case in rng.sample(here, min(24, len(here))):
            who = staff.actors[role, force][0]
            await subjects.allocate(session, case.force, case.person, str(who.account_id), why, now)
    solicitor = staff.actors["SOL", None][0]
    clients = [case for case in here if case.order]
    for case in rng.sample(clients, min(9, len(clients))):
        values = {
            "account_id": solicitor.account_id,
            "person_id": case.person,
            "verified_by": "Signed authority seen by the force",
            "started_at": now,
        }
        instruction = new_id()
        await put(session, Instruction, force_id=case.force, id=instruction, **values)
        entry = Entry(
            tag="instruction:verified",
            force=case.force,
            actor=None,
            subject=instruction,
            at=now,
            facts=values,
        )
        await append(session, entry)
