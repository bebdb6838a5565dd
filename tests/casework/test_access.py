"""The matrix, the one decision and the clauses, held against a second reading of the table; and that the
second reading would notice each single thing changed in them.
"""

from typing import Any

import pytest

from svro.casework import access, matrix
from svro.casework.access import NOBODY, Actor, Allow, Deny, decide, require
from svro.casework.matrix import MATRIX, PUBLIC
from svro.errors import Missing, NotAllowed, Problem, PurposeNeeded, Unauthenticated
from svro.records import Database
from svro.records.reach import ALL
from tests.casework import judged, reading
from tests.casework.mutants import Mutant, mutants, with_mutant


def test_decide_says_what_a_second_reading_of_the_table_says_to_every_set_of_roles() -> None:
    assert judged.narrowed(access) == 2 * len(MATRIX)
    checked = judged.decisions(access)
    assert checked == (len(judged.SETS) + 1) * len(MATRIX) * 2
    print(f"{checked} decisions agree with a second reading of the table")


def test_what_takes_two_people_is_refused_to_one_and_to_whoever_has_not_lately_proved_who_they_are() -> None:
    judged.demands(access)


@pytest.mark.parametrize("permission", [name for name in MATRIX if name.split(":")[0] in reading.OF_CASES])
def test_who_administers_reads_no_case_and_who_audits_changes_none_whatever_else_they_are(
    permission: str,
) -> None:
    for roles in judged.SETS:
        if "ADM" in roles:
            assert isinstance(decide(judged.actor(access, *roles), permission), Deny)
        if "AUD" in roles and permission.split(":")[1] not in reading.ONLY_LOOK:
            assert isinstance(decide(judged.actor(access, *roles), permission), Deny)


def test_the_second_reading_and_the_decision_mean_the_same_things_by_case_data_and_by_looking() -> None:
    assert matrix.CASES == set(reading.OF_CASES)
    assert matrix.LOOKS == set(reading.ONLY_LOOK)


def test_signed_out_is_asked_to_sign_in_except_where_all_may_see() -> None:
    open_to_all = {permission for permission in MATRIX if isinstance(decide(NOBODY, permission), Allow)}
    assert open_to_all == {"report:read_aggregate", "log:prove", "log:cosign"}
    assert all(decide(NOBODY, permission) == Allow(frozenset("U")) for permission in PUBLIC)
    assert not PUBLIC & set(MATRIX)


def test_a_permission_nobody_wrote_down_is_an_error_not_a_yes() -> None:
    with pytest.raises(KeyError):
        decide(judged.actor(access, "PLO"), "order:forge")


@pytest.mark.parametrize(
    "who, permission, problem",
    [
        (NOBODY, "person:read", Unauthenticated),
        (judged.actor(access, "CON"), "person:create", NotAllowed),
        (judged.actor(access, "CON"), "person:read", Missing),
        (judged.actor(access, "SUP", purpose=False), "person:read", PurposeNeeded),
    ],
)
def test_each_refusal_has_its_own_answer(who: Actor, permission: str, problem: type[Problem]) -> None:
    with pytest.raises(problem) as refused:
        require(who, permission)
    assert type(refused.value) is problem


async def test_what_each_visible_clause_selects_is_what_the_table_says_for_every_role_and_row(
    database: Database,
) -> None:
    facts = await judged.settle(database, judged.staff(access))
    async with database.read(ALL) as session:
        checked, hidden = await judged.selections(access, session, facts)
    assert (checked > 400, hidden > 100) == (True, True), (checked, hidden)
    print(f"{checked} rows, {hidden} of them hidden by a list, agree with a second reading of the table")


async def noticed(mutant: Mutant, session: Any, facts: Any) -> bool:
    """Whether the second reading notices that one thing was changed."""
    try:
        changed = with_mutant(mutant)
        if mutant.module == "access":
            judged.decisions(changed)
            judged.narrowed(changed)
            judged.demands(changed)
        await judged.selections(changed, session, facts)
    except Exception:  # any failure at all is a notice, a clause that is no longer SQL among them
        return True
    return False


@pytest.mark.full
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_every_single_thing_changed_in_the_decision_or_a_clause_is_noticed(database: Database) -> None:
    facts = await judged.settle(database, judged.staff(access))
    async with database.read(ALL) as session:
        assert not await noticed(
            Mutant("access", "nothing", 0), session, facts
        )  # the control: unchanged, it passes
        made = mutants()
        survived = []
        for mutant in made:
            seen = await noticed(mutant, session, facts)
            print(f"{'noticed' if seen else 'SURVIVED'}: {mutant.module}: {mutant.what}")
            survived += [] if seen else [mutant]
    print(f"{len(made) - len(survived)} of {len(made)} mutants noticed")
    assert survived == []
    assert len(made) > 60
