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
    visible_orders,
    visible_people,
    visible_searches,
)
from svro.casework.founding import found
from svro.errors import Missing, NotAllowed, Problem, PurposeNeeded, Unauthenticated
from svro.law.search import SearchRecord
from svro.records import Database
from svro.records.base import put
from svro.records.orders import Application, Order
from svro.records.people import Account, Allocation, Instruction, Person
from svro.records.reach import ALL
from svro.records.searches import Search, SearchVersion

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


@pytest.mark.parametrize("permission, role", product(MATRIX, ROLES))
def test_each_cell_decides_as_it_is_written(permission: str, role: str) -> None:
    cell = MATRIX[permission][role]
    decision = decide(actor(role), permission)
    if cell.refusal is None:
        assert decision == Allow(cell.scopes, cell.second, cell.alert)
        without = decide(actor(role, purpose=None), permission)
        assert without == (Deny("purpose-needed") if cell.purpose else decision)
    else:
        assert decision == Deny({401: "unauthenticated", 403: "not-allowed", 404: "missing"}[cell.refusal])


@pytest.mark.parametrize("permission", MATRIX)
def test_two_roles_add_up_and_the_freer_of_two_grants_stays(permission: str) -> None:
    for one, other in combinations([role for role in ROLES if role != "ANON"], 2):
        both = decide(actor(one, other), permission)
        alone = [decide(actor(role), permission) for role in (one, other)]
        scopes = [d.scopes for d in alone if isinstance(d, Allow)]
        if scopes:
            assert isinstance(both, Allow)
            assert both.scopes == frozenset().union(*scopes)
        else:
            assert isinstance(both, Deny)
            assert both.kind == ("missing" if Deny("missing") in alone else "not-allowed")


def test_signed_out_is_asked_to_sign_in_except_where_all_may_see() -> None:
    open_to_all = {permission for permission in MATRIX if isinstance(decide(NOBODY, permission), Allow)}
    assert open_to_all == {"report:read_aggregate", "log:prove", "log:cosign"}
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
    allocated: set[tuple[str | None, str]] = set()
    instructed: set[tuple[str | None, str]] = set()
    owner: dict[str, tuple[str, str]] = {}
    async with database.write(ALL) as session:
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
    return staff, {"allocated": allocated, "instructed": instructed, "owner": owner}


def reaches(
    who: Actor,
    scopes: frozenset[str],
    force: str,
    person: str,
    facts: dict[str, Any],
    *,
    court: str | None,
    own: bool,
) -> bool:
    """A second reading of the scopes, row by row in Python."""
    return any(
        (
            "O" in scopes and who.force_id == force,
            "A" in scopes
            and (who.account_id, person) in facts["allocated"]
            and who.force_id in (None, force),
            "K" in scopes and (who.account_id, person) in facts["instructed"],
            "C" in scopes and court is not None and who.court == court,
            "S" in scopes and own,
        )
    )


async def test_what_each_visible_clause_selects_is_what_the_scopes_say_for_every_role_and_row(
    database: Database,
) -> None:
    staff, facts = await settle(database)
    checked = 0
    async with database.read(ALL) as session:
        for who in staff:
            for permission, kind, clause, letter in (
                ("person:read", Person, visible_people, "b"),
                ("order:read", Order, visible_orders, "c"),
                ("search:read", Search, visible_searches, "d"),
            ):
                decision = decide(who, permission)
                if isinstance(decision, Deny):
                    with pytest.raises(Problem):
                        clause(who, permission, NOW)
                    continue
                query = select(kind.id).where(clause(who, permission, NOW))  # type: ignore[attr-defined]
                if kind is Search:
                    query = query.join(SearchVersion, SearchVersion.search_id == Search.id)
                seen = set((await session.scalars(query)).all())
                for f, (force, _) in enumerate(product(FORCES, range(PEOPLE))):
                    row = one(letter, f)
                    court = COURTS[force] if kind is Order else None
                    own = kind is Search and facts["owner"][row][1] == who.account_id
                    expected = reaches(who, decision.scopes, force, one("b", f), facts, court=court, own=own)
                    assert (row in seen) == expected, (who.roles, who.force_id, permission, row)
                    checked += 1
    assert checked > 150
