"""Disclosure in the demonstration: a solicitor has asked for what is held of a client, a disclosure officer
has begun to decide; and one whole answer, for whoever wants to see a bundle.
"""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import answers, subjects
from svro.casework.access import Actor, Purpose
from svro.casework.disclosure import issues, requests, review
from svro.casework.disclosure.issues import Issue
from svro.casework.disclosure.requests import Extend, MakeRequest, Say
from svro.casework.disclosure.review import CutField, Decide, DecideRest
from svro.casework.disclosure.sections import SCOPES
from svro.casework.founding import open_account
from svro.demo.cases import at
from svro.demo.names import Register
from svro.demo.staff import Staff
from svro.records.disclosure import DisclosureBundle, DisclosureRequest
from svro.records.people import Account, AccountRole
from svro.records.searches import SearchVersion

FORCE = "merseyside"
_ASKED = at(date(2025, 3, 14), 11, 0)
_WHY = Purpose("disclosure", "DISC-2025")
SECOND = "9101"
"""The number of the second disclosure officer, who came last."""


async def ask(session: AsyncSession, register: Register, staff: Staff) -> None:
    """The request, its thread, and the first decisions."""
    solicitor, first = staff.actors["SOL", None][0], _working(staff.actors["DIS", FORCE][0])
    other = await open_account(session, register.officer(), ("DIS",), _ASKED, force_id=FORCE, number=SECOND)
    person = await _client(session, solicitor)
    for who in (first, other):
        why = "prepares disclosure"
        await subjects.allocate(session, FORCE, person, str(who.account_id), why, _ASKED)
    wanted = MakeRequest(
        person_id=person,
        purpose="appeal",
        scope=tuple(part for part in SCOPES if part != "statistics"),  # type: ignore[misc]
        details="Everything under the order, searches when it was not in effect, and who looked.",
    )
    made = await requests.make(session, solicitor, wanted, _ASKED)
    later = _ASKED + timedelta(hours=2)
    await requests.say(session, solicitor, made.id, Say(text="Is there body-worn video of each?"), later)
    answer = Say(text="Of most. It is with the force’s video unit, and will follow.")
    await requests.say(session, first, made.id, answer, later + timedelta(hours=1))
    put_off = Extend(until=made.due + timedelta(days=14), text="The video has to be watched first.")
    await requests.extend(session, first, made.id, put_off, later + timedelta(hours=1, minutes=5))
    await _begin(session, first, made.id, later + timedelta(hours=2))


async def _begin(session: AsyncSession, officer: Actor, request_id: str, now: datetime) -> None:
    schedule = await review.schedule(session, officer, request_id, now)
    records = [item.key for item in schedule.items if item.kind == "search record"][:1]
    if records:
        cut = CutField(field="record.place", ground="another-person", reason="A witness lives there.")
        decision = Decide(keys=(records[0],), decision="redact", test="assists", cuts=(cut,))
        await review.decide(session, officer, request_id, decision, now)
    papers = DecideRest(sections=("person", "order"))
    await review.decide_rest(session, officer, request_id, papers, now)


async def _client(session: AsyncSession, solicitor: Actor) -> str:
    """The client of whom most searches are held."""
    held: dict[str, int] = {}
    for client in await requests.clients(session, solicitor, _ASKED):
        mine = select(func.count()).where(
            SearchVersion.force_id == FORCE, SearchVersion.person_id == client.person_id
        )
        held[client.person_id] = (await session.execute(mine)).scalar_one()
    return max(sorted(held), key=lambda person: held[person])


def _working(actor: Actor) -> Actor:
    return msgspec.structs.replace(actor, purpose=_WHY, fresh=True)


async def officers(session: AsyncSession) -> tuple[Actor, Actor]:
    """The two disclosure officers, at work."""
    rows = await session.execute(
        select(Account)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(Account.force_id == FORCE, AccountRole.role == "DIS")
        .order_by(Account.number)
    )
    first, other = (
        Actor(account_id=one.id, name=one.name, roles=frozenset({"DIS"}), force_id=FORCE)
        for (one,) in rows.all()
    )
    return _working(first), _working(other)


async def decide(session: AsyncSession, now: datetime) -> str:
    """Everything that waits in the request is decided as the rule has it: the request's id."""
    first, _ = await officers(session)
    found = await session.scalars(
        select(DisclosureRequest.id)
        .where(DisclosureRequest.force_id == FORCE)
        .order_by(DisclosureRequest.received_at)
    )
    request = str(found.first())
    await review.decide_rest(session, first, request, DecideRest(), now)
    return request


async def issue(session: AsyncSession, request: str, now: datetime) -> dict[str, bytes]:
    """The answer, issued by both: its files by name. The log is sealed."""
    first, other = await officers(session)
    await answers.together(session, first, other, "issue-bundle", request, Issue(), 0, now)
    rows = await session.scalars(
        select(DisclosureBundle)
        .where(DisclosureBundle.force_id == FORCE, DisclosureBundle.request_id == request)
        .order_by(DisclosureBundle.issue.desc())
    )
    newest = rows.first()
    assert newest is not None
    return {one.name: await issues.again(session, newest, n) for n, one in enumerate(newest.parts, 1)}
