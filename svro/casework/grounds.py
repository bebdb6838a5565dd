"""What a claim to act for somebody rests on: the same look-ups, in the same number, whether there is such a
case or not, so that a refusal tells nothing by what it does either.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, literal, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import national, references, solicitors
from svro.casework.cases import OVER
from svro.casework.relations import open_to
from svro.casework.solicitors import Solicitor
from svro.errors import Stale
from svro.records.base import changed, new_id, put
from svro.records.documents import ClientCode, InstructionClaim, Representation
from svro.records.ledger import Entry, append
from svro.records.orders import Application, ApplicationAct, Order, OrderAct
from svro.records.people import Instruction, Person

GROUNDS: dict[str, str] = {
    "court-record": "The court recorded the solicitor as representing the client",
    "client-code": "The client gave the code printed on the order",
    "representation-reference": "A representation reference was checked",
}
NEEDED = 2
"""How many grounds of different kinds a claim needs."""
RECHECK = timedelta(days=180)
"""How long an instruction lasts unless it is checked again."""

NOWHERE = "0" * 32


class Case(msgspec.Struct, frozen=True):
    """Whose case a reference names, or nobody's."""

    force: str = NOWHERE
    person: str = NOWHERE
    application: str = NOWHERE


class Evaluated(msgspec.Struct, frozen=True):
    """What was found for a claim: the grounds that hold, the live code that was given, when the case ends as
    known now, and an instruction that the solicitor has already.
    """

    case: Case
    grounds: frozenset[str]
    code: str | None
    ends: datetime | None
    held: str | None
    open: bool

    @property
    def confirmed(self) -> bool:
        """Whether the claim makes the solicitor act for somebody for whom they did not yet."""
        return self.open and self.held is None and len(self.grounds) >= NEEDED


async def key_of(session: AsyncSession, reference: str) -> str:
    """The keyed hash under which claims on a case are kept."""
    return await national.keyed(session, "claimed", references.plain(reference))


async def code_hash(session: AsyncSession, letters: str) -> str:
    """The keyed hash of a client code's letters."""
    return await national.keyed(session, "client-code", letters)


def plain(reference: str) -> str:
    """A representation reference as compared: letters and digits alone."""
    return "".join(letter for letter in reference.upper() if letter.isalnum())


async def case_named(session: AsyncSession, reference: str) -> Case:
    """The one case that an order's or an application's reference names, in whatever force; a case of nobody
    where there is none, or more than one.
    """
    spelled = references.spelled(reference)
    named = union_all(
        select(Order.force_id, Order.person_id, Order.application_id).where(Order.reference == spelled),
        select(Application.force_id, Application.person_id, Application.id).where(
            Application.reference == spelled
        ),
    )
    rows = (await session.execute(named)).all()
    return Case(*rows[0]) if len(rows) == 1 else Case()


async def cases_of(session: AsyncSession, force: str, person: str) -> dict[str, Case]:
    """Every case of a person, by the key under which claims on it are kept: by its application's reference,
    and by its order's.
    """
    named = union_all(
        select(Order.reference, Order.application_id).where(
            Order.force_id == force, Order.person_id == person
        ),
        select(Application.reference, Application.id).where(
            Application.force_id == force, Application.person_id == person
        ),
    )
    rows = (await session.execute(named)).all()
    return {await key_of(session, name): Case(force, person, case) for name, case in rows}


async def forget(session: AsyncSession, force: str, person: str) -> None:
    """Forget every claim on a person's cases that nothing confirmed."""
    keys = sorted(await cases_of(session, force, person))
    await session.execute(delete(InstructionClaim).where(InstructionClaim.key_hash.in_(keys)))


async def evaluate(
    session: AsyncSession, claim: InstructionClaim, case: Case, solicitor: Solicitor, now: datetime
) -> Evaluated:
    """What holds of a claim now. The session must reach every force."""
    here = {"force_id": case.force, "person_id": case.person}
    code = await session.scalar(
        select(ClientCode.id)
        .filter_by(**here)
        .where(ClientCode.code_hash == (claim.code_hash or ""), _live(ClientCode, now))
    )
    represented = await session.execute(
        select(Representation.kind, Representation.reference)
        .filter_by(**here)
        .where(Representation.sra_number == solicitor.sra_number, _live(Representation, now))
    )
    found = {"client-code"} if code is not None else set()
    for kind, reference in represented:
        if kind == "court-record" or (claim.reference and plain(reference or "") == claim.reference):
            found.add(kind)
    whose = (solicitor.account_id, Person.force_id, Person.id, now)
    near = await session.scalar(
        select(literal(1)).where(Person.force_id == case.force, Person.id == case.person, open_to(*whose))
    )
    held = await session.scalar(
        select(Instruction.id).filter_by(**here, account_id=solicitor.account_id).where(_not_over(now))
    )
    ends, over = await _ends(session, case, now)
    return Evaluated(case, frozenset(found), code, ends, held, near is not None and not over)


def _live(kind: type[ClientCode] | type[Representation], now: datetime) -> Any:
    return (kind.started_at <= now) & or_(kind.ended_at.is_(None), kind.ended_at > now)


def _not_over(now: datetime) -> Any:
    ends = (Instruction.ended_at, Instruction.ends_at, Instruction.recheck_by)
    over = [or_(end.is_(None), end > now) for end in ends]
    return over[0] & over[1] & over[2]


async def _ends(session: AsyncSession, case: Case, now: datetime) -> tuple[datetime | None, bool]:
    """(when the case ends, as known now; whether it has)."""
    order = await session.scalar(
        select(Order.id).where(Order.force_id == case.force, Order.application_id == case.application)
    )
    rows = await session.scalars(
        select(OrderAct)
        .where(
            OrderAct.force_id == case.force, OrderAct.order_id == (order or NOWHERE), OrderAct.known_at <= now
        )
        .order_by(OrderAct.n)
    )
    acts = tuple(national.as_act(row) for row in rows)
    over = await session.scalar(
        select(ApplicationAct.at)
        .where(
            ApplicationAct.force_id == case.force,
            ApplicationAct.application_id == case.application,
            ApplicationAct.recorded_at <= now,
            ApplicationAct.act.in_(OVER),
        )
        .order_by(ApplicationAct.n.desc())
        .limit(1)
    )
    ends = national.over_at(acts, now) if acts else over
    return ends, ends is not None and ends <= now


async def grant(
    session: AsyncSession, claim: InstructionClaim, found: Evaluated, solicitor: Solicitor, now: datetime
) -> str:
    """Make the instruction of a claim that holds, use up the code that was given, and forget the claim: the
    instruction's id.
    """
    case, key = found.case, new_id()
    values = {
        "account_id": solicitor.account_id,
        "person_id": case.person,
        "verified_by": "; ".join(GROUNDS[one] for one in sorted(found.grounds)),
        "started_at": now,
        "application_id": case.application,
        "basis": ",".join(sorted(found.grounds)),
        "firm": solicitor.firm,
        "ends_at": found.ends,
        "recheck_by": now + RECHECK,
    }
    if found.code is not None:
        used = (
            update(ClientCode)
            .where(
                ClientCode.force_id == case.force, ClientCode.id == found.code, ClientCode.ended_at.is_(None)
            )
            .values(ended_at=now, end_reason="used")
            .execution_options(synchronize_session=False)
        )
        if await changed(session, used) != 1:
            raise Stale("This was claimed at the same moment. Try again.")
    await put(session, Instruction, force_id=case.force, id=key, **values)
    await session.execute(delete(InstructionClaim).where(InstructionClaim.id == claim.id))
    by = solicitor.account_id
    await append(
        session,
        Entry(tag="instruction:granted", force=case.force, actor=by, subject=key, at=now, facts=values),
    )
    return key


async def waiting(
    session: AsyncSession, person: Person, now: datetime
) -> list[tuple[InstructionClaim, Solicitor, Evaluated]]:
    """The claims on a person's cases that wait, by practising solicitors, with what holds of each."""
    cases = await cases_of(session, person.force_id, person.id)
    rows = await session.scalars(
        select(InstructionClaim)
        .where(InstructionClaim.key_hash.in_(sorted(cases)), InstructionClaim.lapses_at > now)
        .order_by(InstructionClaim.made_at.desc(), InstructionClaim.id)
    )
    found, seen = [], set()
    for row in rows.all():
        who = await solicitors.held(session, row.account_id, now)
        if who is None or who.standing != "practising" or (row.account_id, row.key_hash) in seen:
            continue
        seen.add((row.account_id, row.key_hash))
        found.append((row, who, await evaluate(session, row, cases[row.key_hash], who, now)))
    return found
