"""The matrix and the one decision: what each cell grants, how roles add up, when a purpose is owed; and that
`visible_*` agree with it.
"""

from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any

import pytest
from sqlalchemy import select

from svro.casework.access import (
    MATRIX,
    NOBODY,
    PUBLIC,
    ROLES,
    Actor,
    Allow,
    Deny,
    Purpose,
    decide,
    require,
    visible_applications,
    visible_orders,
    visible_people,
    visible_searches,
)
from svro.casework.founding import found
from svro.errors import (
    Missing,
    NotAllowed,
    Problem,
    ProveAgain,
    PurposeNeeded,
    SecondNeeded,
    Unauthenticated,
)
from svro.law.eligibility import Facts
from svro.law.search import SearchRecord
from svro.records import Database
from svro.records.base import put
from svro.records.orders import Application, ApplicationFacts, Order
from svro.records.people import Account, Allocation, Instruction, Person
from svro.records.searches import Search, SearchVersion
from svro.records.trust import Exclusion, Restriction
from tests.casework import reading

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
WHY = Purpose("casework", "REF-1")


def actor(
    *roles: str,
    purpose: Purpose | None = WHY,
    force: str | None = "merseyside",
    court: str | None = None,
    id: str = "a" * 32,
) -> Actor:
    return Actor(
        account_id=id, name="Somebody", roles=frozenset(roles), force_id=force, court=court, purpose=purpose
    )


SIGNED_IN = [role for role in ROLES if role != "ANON"]
SETS = [frozenset({role}) for role in ROLES] + [
    frozenset(some) for size in (2, 3) for some in combinations(SIGNED_IN, size)
]


def test_decide_says_what_a_second_reading_of_the_table_says_to_every_set_of_roles() -> None:
    checked = 0
    for roles, permission, purpose in product(SETS, MATRIX, (WHY, None)):
        decision = decide(actor(*roles, purpose=purpose), permission)
        told = reading.said(roles, permission, purpose is not None)
        if told.no is not None:
            assert decision == Deny(told.no), (roles, permission, purpose)  # type: ignore[arg-type]
        else:
            assert decision == Allow(frozenset(told.letters), told.two, told.alert), (roles, permission)
        checked += 1
    assert checked == len(SETS) * len(MATRIX) * 2
    print(f"{checked} decisions agree with a second reading of the table")


def test_somebody_without_any_role_is_asked_to_sign_in() -> None:
    assert {decide(actor(), permission) for permission in MATRIX} == {Deny("unauthenticated")}


@pytest.mark.parametrize("permission", [name for name in MATRIX if name.split(":")[0] in reading.OF_CASES])
def test_who_administers_reads_no_case_and_who_audits_changes_none_whatever_else_they_are(
    permission: str,
) -> None:
    for roles in SETS:
        if "ADM" in roles:
            assert isinstance(decide(actor(*roles), permission), Deny)
        if "AUD" in roles and permission.split(":")[1] not in reading.ONLY_LOOK:
            assert isinstance(decide(actor(*roles), permission), Deny)


def test_an_act_of_two_people_is_refused_to_one_alone_and_to_whoever_has_not_lately_proved_who_they_are() -> (
    None
):
    from msgspec.structs import replace

    sergeant = replace(actor("SUP"), fresh=True)
    for permission, row in MATRIX.items():
        if not row["SUP"].second:
            continue
        with pytest.raises(ProveAgain):
            require(replace(sergeant, fresh=False, second="5" * 32), permission)
        if permission == "application:approve_for_cps":  # the act is itself the second person's
            assert require(sergeant, permission).second
            continue
        with pytest.raises(SecondNeeded) as alone:
            require(sergeant, permission)
        assert alone.value.permission == permission
        assert require(replace(sergeant, second="5" * 32), permission).second


def test_signed_out_is_asked_to_sign_in_except_where_all_may_see() -> None:
    open_to_all = {permission for permission in MATRIX if isinstance(decide(NOBODY, permission), Allow)}
    assert open_to_all == {"report:read_aggregate", "log:prove"}
    assert all(decide(NOBODY, permission) == Allow(frozenset("U")) for permission in PUBLIC)
    assert not PUBLIC & set(MATRIX)


def test_a_permission_nobody_wrote_down_is_an_error_not_a_yes() -> None:
    with pytest.raises(KeyError):
        decide(actor("PLO"), "order:forge")


@pytest.mark.parametrize(
    "who, permission, problem",
    [
        (NOBODY, "person:read", Unauthenticated),
        (actor("CON"), "person:create", NotAllowed),
        (actor("CON"), "person:read", Missing),
        (actor("SUP", purpose=None), "person:read", PurposeNeeded),
    ],
)
def test_each_refusal_has_its_own_answer(who: Actor, permission: str, problem: type[Problem]) -> None:
    with pytest.raises(problem) as refused:
        require(who, permission)
    assert type(refused.value) is problem


FORCES, PEOPLE = ("merseyside", "sussex"), 3
COURTS = {"merseyside": "C05LV00", "sussex": "C47LW00"}


def one(letter: str, number: int) -> str:
    return f"{letter}{number:031x}"


async def settle(database: Database) -> tuple[list[Actor], dict[str, Any]]:
    """Two forces with three people each, an order and a search for each; allocations and instructions, live
    and ended.
    """
    staff = [
        actor(
            role,
            force=force if role not in ("CLK", "SOL", "CPS") else None,
            court=COURTS[force] if role == "CLK" else None,
            id=one("e", n),
        )
        for n, (force, role) in enumerate(product(FORCES, (r for r in ROLES if r != "ANON")))
    ]
    excluded: set[tuple[str | None, str]] = set()
    named: dict[str, set[str | None]] = {}
    allocated: set[tuple[str | None, str]] = set()
    instructed: set[tuple[str | None, str]] = set()
    owner: dict[str, tuple[str, str]] = {}
    async with database.write() as session:
        await found(session, "live", NOW)
        for who in staff:
            await put(
                session,
                Account,
                id=who.account_id,
                name="x",
                force_id=who.force_id,
                court=who.court,
                created_at=NOW,
            )
        keeper = staff[0].account_id
        for f, (force, n) in enumerate(product(FORCES, range(PEOPLE))):
            person, order, search = one("b", f), one("c", f), one("d", f)
            await put(session, Person, force_id=force, id=person, created_at=NOW, created_by=keeper)
            await put(
                session,
                Application,
                force_id=force,
                id=one("f", f),
                person_id=person,
                reference=str(f),
                created_at=NOW,
                created_by=keeper,
            )
            await put(
                session,
                ApplicationFacts,
                force_id=force,
                application_id=one("f", f),
                n=1,
                facts=Facts(on_day=NOW.date()),
                court=COURTS[force],
                recorded_at=NOW,
                recorded_by=keeper,
            )
            await put(
                session,
                Order,
                force_id=force,
                id=order,
                application_id=one("f", f),
                person_id=person,
                reference=str(f),
                court=COURTS[force],
                created_at=NOW,
            )
            constable = (
                next(w for w in staff if w.force_id == force and w.roles == {"CON"})
                if n
                else next(w for w in staff if w.force_id == force and w.roles == {"SUP"})
            )
            await put(
                session,
                Search,
                force_id=force,
                id=search,
                reference=str(f),
                account_id=constable.account_id,
                created_at=NOW,
            )
            await put(
                session,
                SearchVersion,
                force_id=force,
                search_id=search,
                n=1,
                at=NOW,
                record=SearchRecord(at=NOW, place="x"),
                person_id=person if n != 1 else None,
                order_force=force,
                order_id=order,
                power="yes",
                findings=(),
                rules_version="1",
                recorded_at=NOW,
                recorded_by=constable.account_id,
            )
            owner[search] = (force, constable.account_id or "")
            for w, who in enumerate(staff):
                await beside(session, who, f, w, force, person, excluded, named)
                if (w + f) % 3 == 0:
                    ended = (w + f) % 2 == 0
                    times = {
                        "started_at": NOW - timedelta(days=9),
                        "ended_at": NOW - timedelta(days=1) if ended else None,
                    }
                    await put(
                        session,
                        Allocation,
                        force_id=force,
                        id=one("1", 100 * f + w),
                        account_id=who.account_id,
                        person_id=person,
                        reason="x",
                        **times,
                    )
                    await put(
                        session,
                        Instruction,
                        force_id=force,
                        id=one("2", 100 * f + w),
                        account_id=who.account_id,
                        person_id=person,
                        verified_by="x",
                        **times,
                    )
                    if not ended:
                        allocated.add((who.account_id, person))
                        instructed.add((who.account_id, person))
    return staff, {
        "allocated": allocated,
        "instructed": instructed,
        "owner": owner,
        "excluded": excluded,
        "named": named,
    }


async def beside(
    session: Any,
    who: Actor,
    f: int,
    w: int,
    force: str,
    person: str,
    excluded: set[tuple[str | None, str]],
    named: dict[str, set[str | None]],
) -> None:
    """Some are kept out of a case, now or once; one person in three is kept to some of the staff."""
    before = {"started_at": NOW - timedelta(days=3), "reason": "x", "person_id": person}
    ended = {"ended_at": NOW - timedelta(days=1)} if w % 2 else {}
    if (w + 2 * f) % 7 == 0:
        values = {"account_id": who.account_id, "declared": False, **before, **ended}
        await put(session, Exclusion, force_id=force, id=one("3", 100 * f + w), **values)
        if not ended:
            excluded.add((who.account_id, person))
    if f % 3 == 1 and w % 3 == 0:
        values = {"account_id": who.account_id, **before, **ended}
        await put(session, Restriction, force_id=force, id=one("4", 100 * f + w), **values)
        named.setdefault(person, set())
        if not ended:
            named[person].add(who.account_id)


def stands(who: Actor, force: str, person: str, facts: dict[str, Any], **more: bool) -> reading.Standing:
    """How somebody stands to what is held of a person."""
    key = (who.account_id, person)
    return reading.Standing(
        own_force=who.force_id == force,
        no_force=who.force_id is None,
        allocated=key in facts["allocated"],
        instructed=key in facts["instructed"],
        excluded=key in facts["excluded"],
        kept_to_others=person in facts["named"] and who.account_id not in facts["named"][person],
        **more,
    )


LOOKED_AT = (
    ("person:read", Person, visible_people, "b"),
    ("restriction:read", Person, visible_people, "b"),
    ("application:read", Application, visible_applications, "f"),
    ("order:read", Order, visible_orders, "c"),
    ("search:read", Search, visible_searches, "d"),
)


async def test_what_each_visible_clause_selects_is_what_the_table_says_for_every_role_and_row(
    database: Database,
) -> None:
    staff, facts = await settle(database)
    checked = hidden = 0
    async with database.read() as session:
        for who, (permission, kind, clause, letter) in product(staff, LOOKED_AT):
            told = reading.said(who.roles, permission, True)
            if told.no is not None:
                with pytest.raises(Problem):
                    clause(who, permission, NOW)
                continue
            query = select(kind.id).where(clause(who, permission, NOW))  # type: ignore[attr-defined]
            if kind is Search:
                query = query.join(SearchVersion, SearchVersion.search_id == Search.id)
            seen = set((await session.scalars(query)).all())
            for f, (force, _) in enumerate(product(FORCES, range(PEOPLE))):
                row, person = one(letter, f), one("b", f)
                standing = stands(
                    who,
                    force,
                    person,
                    facts,
                    own_court=kind is not Search and who.court == COURTS[force],
                    own_record=kind is Search and facts["owner"][row][1] == who.account_id,
                )
                expected = reading.reached(told.letters, standing, permission)
                assert (row in seen) == expected, (who.roles, who.force_id, permission, row)
                checked += 1
                hidden += standing.excluded or standing.kept_to_others
    assert (checked > 300, hidden > 60) == (True, True), (checked, hidden)
