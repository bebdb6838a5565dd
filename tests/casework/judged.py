"""The decision and the clauses held against a second reading of the matrix, for whichever version of their
module is given: the one in use, or one with a single thing changed in it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import matrix
from svro.casework.founding import found
from svro.errors import Problem, ProveAgain, SecondNeeded
from svro.law.eligibility import Facts
from svro.law.search import SearchRecord
from svro.records import Database
from svro.records.base import put
from svro.records.orders import Application, ApplicationFacts, Order
from svro.records.people import Account, Allocation, Instruction, Person
from svro.records.reach import ALL
from svro.records.searches import Search, SearchVersion
from svro.records.trust import Exclusion, Restriction
from tests.casework import reading
from tests.casework.reading import Standing

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
SIGNED_IN = tuple(role for role in reading.COLUMNS if role != "ANON")
SETS = [frozenset({role}) for role in reading.COLUMNS] + [
    frozenset(some) for size in (2, 3) for some in combinations(SIGNED_IN, size)
]
REFUSALS = {
    "unauthenticated": "Unauthenticated",
    "not-allowed": "NotAllowed",
    "missing": "Missing",
    "purpose-needed": "PurposeNeeded",
}


def actor(access: Any, *roles: str, purpose: bool = True, **more: Any) -> Any:
    """Somebody in these roles, of Merseyside unless told."""
    why = access.Purpose("casework", "REF-1") if purpose else None
    known = {"account_id": "a" * 32, "name": "Somebody", "force_id": "merseyside", **more}
    return access.Actor(roles=frozenset(roles), purpose=why, **known)


def decisions(access: Any) -> int:
    """How many decisions were held against the second reading; AssertionError at the first that differs."""
    checked = 0
    for roles, permission, purpose in product([*SETS, frozenset()], matrix.MATRIX, (True, False)):
        decision = access.decide(actor(access, *roles, purpose=purpose), permission)
        told = reading.said(roles, permission, purpose) if roles else _said_without_a_role(permission)
        if told.no is not None:
            assert decision == access.Deny(told.no), (roles, permission, purpose)
        else:
            allow = access.Allow(frozenset(told.letters), told.two, told.alert)
            assert decision == allow, (roles, permission, purpose)
        checked += 1
    for permission in matrix.PUBLIC:
        assert access.decide(access.NOBODY, permission) == access.Allow(frozenset("U"))
    return checked


def _said_without_a_role(permission: str) -> reading.Said:
    """Somebody signed in whose account has no role yet."""
    return reading.Said(None, "S") if permission in reading.OWN else reading.Said("not-allowed")


def _outcome(call: Any, *args: Any) -> str:
    try:
        call(*args)
    except Problem as no:
        return f"{type(no).__name__} {getattr(no, 'permission', '')}".strip()
    return "yes"


def demands(access: Any) -> None:
    """What `require`, `admit` and `require_any` ask of one person and of two, lately proved or not."""
    for role, permission in product(SIGNED_IN, matrix.MATRIX):
        told, alone = reading.said(frozenset({role}), permission, True), actor(access, role)
        proved, beside = replace(alone, fresh=True), replace(alone, fresh=True, second="5" * 32)
        no = REFUSALS.get(told.no or "", "yes")
        assert _outcome(access.admit, alone, permission) == no
        if told.no is not None or not told.two:
            assert {_outcome(access.require, who, permission) for who in (alone, proved, beside)} == {no}
            continue
        itself = permission in {"application:approve_for_cps", "erasure:approve"}
        assert _outcome(access.require, alone, permission) == ProveAgain.__name__
        assert _outcome(access.require, replace(beside, fresh=False), permission) == ProveAgain.__name__
        wanted = "yes" if itself else f"{SecondNeeded.__name__} {permission}"
        assert _outcome(access.require, proved, permission) == wanted
        assert _outcome(access.require, beside, permission) == "yes"
    supervisor, constable = actor(access, "SUP"), actor(access, "CON")
    either = ("person:write", "order:read")
    assert access.require_any(supervisor, either)[0] == "order:read"
    assert access.require_any(actor(access, "PLO"), either)[0] == "person:write"
    assert _outcome(access.require_any, constable, either) == "NotAllowed"


FORCES, PEOPLE = ("merseyside", "sussex"), 4
COURTS = {"merseyside": "C05LV00", "sussex": "C47LW00"}
ABROAD = "9" * 32
"""A search of Merseyside's, by one of its constables, claimed under an order of Sussex."""


def one(letter: str, number: int) -> str:
    return f"{letter}{number:031x}"


class Stood(NamedTuple):
    """Who stands to whom, as it was settled."""

    allocated: set[tuple[str, str]]
    instructed: set[tuple[str, str]]
    excluded: set[tuple[str, str]]
    named: dict[str, set[str]]
    recorded_by: dict[str, str]


ONCE = one("e", 91)


def staff(access: Any) -> list[Any]:
    """Somebody of each role for each of two forces; one who is a constable and a sergeant; one who was once
    a constable and at a court, and is neither now.
    """
    people = []
    for n, (force, role) in enumerate(product(FORCES, SIGNED_IN)):
        home = None if role in ("CLK", "SOL", "CPS") else force
        court = COURTS[force] if role == "CLK" else None
        people.append(actor(access, role, force_id=home, court=court, account_id=one("e", n)))
    sergeant = actor(access, "CON", "SUP", account_id=one("e", 90))
    return [*people, sergeant, actor(access, "PLO", court=COURTS["sussex"], account_id=ONCE)]


SPANS: tuple[tuple[int, int | None], ...] = ((-9, None), (-9, -1), (-9, 0), (-9, 3), (0, None), (2, None))
"""Days from now at which something begins and ends. It holds where it has begun and has not ended."""


_LATER, _BEFORE = NOW + timedelta(days=1), NOW - timedelta(days=1)
BY_ITSELF = (
    (None, None),
    (_LATER, None),
    (NOW, None),
    (_BEFORE, None),
    (None, _LATER),
    (None, NOW),
    (None, _BEFORE),
    (_LATER, _LATER),
)
"""When an instruction ends with its case, and by when it must be checked again: one pair for each person."""


def _span(n: int) -> tuple[dict[str, Any], bool]:
    start, end = SPANS[n % len(SPANS)]
    times = {
        "started_at": NOW + timedelta(days=start),
        "ended_at": None if end is None else NOW + timedelta(days=end),
    }
    return times, start <= 0 and (end is None or end > 0)


async def settle(database: Database, people: list[Any]) -> Stood:
    """Two forces with four people each, an order and a search for each, and everybody standing to them in
    turns: now, once, not yet.
    """
    facts = Stood(set(), set(), set(), {}, {})
    async with database.write(ALL) as session:
        await found(session, "live", NOW)
        for who in people:
            place = {"force_id": who.force_id, "court": who.court}
            await put(session, Account, id=who.account_id, name="x", created_at=NOW, **place)
        for f, (force, n) in enumerate(product(FORCES, range(PEOPLE))):
            await _hold(session, people, f, force, n, facts)
            for w, who in enumerate(people):
                await _relate(session, who.account_id, f, w, force, facts)
        constable = next(who for who in people if who.roles == {"CON"})
        named = {"order_force": "sussex", "order_id": one("c", PEOPLE), "person_id": None}
        await _search(session, ABROAD, "merseyside", constable.account_id, facts, **named)
    return facts


async def _hold(session: AsyncSession, people: list[Any], f: int, force: str, n: int, facts: Stood) -> None:
    keeper, person, application = people[0].account_id, one("b", f), one("f", f)
    made = {"force_id": force, "created_at": NOW}
    await put(session, Person, id=person, created_by=keeper, **made)
    about = {"person_id": person, "reference": str(f)}
    await put(session, Application, id=application, created_by=keeper, **about, **made)
    for number, court in enumerate(_heard_at(force, n), start=1):
        said = {"facts": Facts(on_day=NOW.date()), "court": court, "n": number}
        by = {"recorded_at": NOW, "recorded_by": keeper}
        await put(session, ApplicationFacts, force_id=force, application_id=application, **said, **by)
    order = {"application_id": application, "court": COURTS[force]}
    await put(session, Order, id=one("c", f), **order, **about, **made)
    role = {"SUP"} if n == 0 else {"CON"}
    by_whom = next(who.account_id for who in people if who.force_id == force and who.roles == role)
    by_whom = ONCE if (force, n) == ("merseyside", 0) else by_whom
    claimed = {"order_force": force, "order_id": one("c", f), "person_id": None if n == 1 else person}
    if n == 2:
        claimed |= {"order_force": None, "order_id": None}
    await _search(session, one("d", f), force, by_whom, facts, **claimed)


def _heard_at(force: str, n: int) -> tuple[str, ...]:
    """The courts that the facts of a force's nth case named, one after the other: the last one hears it."""
    here, elsewhere = COURTS[force], COURTS[next(name for name in FORCES if name != force)]
    return ((elsewhere, here), (here, elsewhere), (here,), (elsewhere, here))[n]


async def _search(session: AsyncSession, key: str, force: str, by: str, facts: Stood, **claimed: Any) -> None:
    await put(session, Search, force_id=force, id=key, reference=key[:9], account_id=by, created_at=NOW)
    said = {"at": NOW, "record": SearchRecord(at=NOW, place="x"), "power": "yes", "findings": ()}
    stamp = {"rules_version": "1", "recorded_at": NOW, "recorded_by": by}
    await put(session, SearchVersion, force_id=force, search_id=key, n=1, **said, **stamp, **claimed)
    facts.recorded_by[key] = by


async def _relate(session: AsyncSession, who: str, f: int, w: int, force: str, facts: Stood) -> None:
    person, key, n = one("b", f), (who, one("b", f)), 100 * f + w
    about = {"force_id": force, "account_id": who, "person_id": person}
    times, holds = _span(w + f)
    if w % 3 != 1:
        lapses = (None, NOW + timedelta(days=1), NOW, NOW - timedelta(days=1))[(w // 2 + f) % 4]
        await put(session, Allocation, id=one("1", n), reason="x", lapses_at=lapses, **about, **times)
        facts.allocated.update({key} if holds and (lapses is None or lapses > NOW) else ())
    if w % 2 == 0:
        await put(session, Instruction, id=one("2", n), verified_by="x", **about, **times)
        facts.instructed.update({key} if holds else ())
    elif w % 4 == 1:  # never ended by anybody: by itself, or unless it was checked again
        ends, checked = BY_ITSELF[f]
        own = {"verified_by": "x", "started_at": NOW - timedelta(days=9)}
        await put(session, Instruction, id=one("2", n), ends_at=ends, recheck_by=checked, **own, **about)
        live = all(end is None or end > NOW for end in (ends, checked))
        facts.instructed.update({key} if live else ())
    times, holds = _span(w + 2 * f)
    if (w + f) % 5 == 0:
        await put(session, Exclusion, id=one("3", n), reason="x", declared=False, **about, **times)
        facts.excluded.update({key} if holds else ())
    if f % 4 == 3 and w % 2 == 0:
        await put(session, Restriction, id=one("4", n), reason="x", **about, **times)
        if holds:
            facts.named.setdefault(person, set()).add(who)


def _stands(who: Any, force: str, persons: list[str], facts: Stood, **more: bool) -> Standing:
    keys = [(who.account_id, person) for person in persons]
    return Standing(
        own_force=who.force_id == force,
        no_force=who.force_id is None,
        allocated=any(key in facts.allocated for key in keys),
        instructed=any(key in facts.instructed for key in keys),
        excluded=any(key in facts.excluded for key in keys),
        kept_to_others=any(
            person in facts.named and who.account_id not in facts.named[person] for person in persons
        ),
        **more,
    )


def _things(kind: Any, who: Any, facts: Stood) -> Iterator[tuple[str, Standing]]:
    letter = {Person: "b", Application: "f", Order: "c", Search: "d"}[kind]
    for f, (force, n) in enumerate(product(FORCES, range(PEOPLE))):
        row = one(letter, f)
        hears = COURTS[force] if kind is Order else _heard_at(force, n)[-1]
        court = kind is not Search and who.court == hears
        own = kind is Search and facts.recorded_by[row] == who.account_id
        yield row, _stands(who, force, [one("b", f)], facts, own_court=court, own_record=own)
    if kind is Search:
        own = facts.recorded_by[ABROAD] == who.account_id
        there = _stands(who, "merseyside", [one("b", PEOPLE)], facts, own_record=own)
        yield ABROAD, there._replace(allocated=False, instructed=False)


LOOKED_AT = (
    ("person:read", Person, "visible_people"),
    ("restriction:read", Person, "visible_people"),
    ("allocation:grant", Person, "visible_people"),
    ("application:read", Application, "visible_applications"),
    ("application:list", Application, "visible_applications"),
    ("order:read", Order, "visible_orders"),
    ("search:read", Search, "visible_searches"),
    ("search:correct", Search, "visible_searches"),
    ("log:prove", Person, "visible_people"),
)


async def selections(access: Any, session: AsyncSession, facts: Stood) -> tuple[int, int]:
    """(rows held against the second reading, those that a list hides); AssertionError at one that differs."""
    checked = hidden = 0
    for who, (permission, kind, clause) in product(staff(access), LOOKED_AT):
        visible, told = getattr(access, clause), reading.said(who.roles, permission, True)
        if told.no is not None:
            assert _outcome(visible, who, permission, NOW) == REFUSALS[told.no]
            continue
        asker = replace(who, fresh=True, second="5" * 32)
        query = select(kind.id).where(visible(asker, permission, NOW))
        if kind is Search:
            query = query.join(
                SearchVersion,
                (SearchVersion.search_id == Search.id) & (SearchVersion.force_id == Search.force_id),
            )
        seen = set((await session.scalars(query)).all())
        for row, standing in _things(kind, who, facts):
            expected = reading.reached(told.letters, standing, permission)
            assert (row in seen) == expected, (who.roles, who.force_id, permission, row, standing)
            checked += 1
            hidden += standing.excluded or standing.kept_to_others
    return checked, hidden
