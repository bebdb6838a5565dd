"""The 40 traps of the law: each is a test that fails if its rule is broken, named by its number.

A test `test_trap_12_...` speaks for trap 12. The few that are better tested above the law, where people and
databases are, are listed here by name. `make mutate` shows that the tests notice a broken rule.
"""

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from svro.law.acts import Act
from svro.law.spent import rehabilitation

TESTS = Path(__file__).resolve().parents[1]

TRAPS: dict[int, str] = {
    1: "an order is active or not",
    2: "a deferred order takes effect whenever the person is released",
    3: "an order may be renewed until the saving period ends",
    4: "an order made in custody waits for release",
    5: "there is one release date",
    6: "two years run from the making",
    7: "a person may have two live orders",
    8: "a later order extends the earlier",
    9: "good faith makes a search lawful",
    10: "a quashed order never was",
    11: "an appeal suspends the order",
    12: "18 when the offence was committed, or at sentence",
    13: "the power began with Royal Assent",
    14: "what counts is where the offence was committed",
    15: "three days after",
    16: "days are days of UTC",
    17: "add months, clip, and take a day off",
    18: "notification days are business days",
    19: "notification at any station, by telephone or online",
    20: "the clock of a stay runs from its month's end",
    21: "no fixed abode is a breach, and a home has a postcode",
    22: "day 4 is a breach",
    23: "every limb has a reasonable excuse",
    24: "the search needs suspicion",
    25: "a copy for 12 months",
    26: "a record needs a name",
    27: "one ethnicity",
    28: "the power reaches vehicles and companions",
    29: "public place as in the Act of 1953",
    30: "the prosecution may apply to vary",
    31: "notice has a deadline, and a draft order is due",
    32: "a closed list of offences",
    33: "beyond reasonable doubt, and a standard for necessity",
    34: "a conditional discharge bars an order",
    35: "seized things are destroyed at six months",
    36: "identifiers match by their look",
    37: "reading needs no record and no purpose",
    38: "what the PNC says is the order",
    39: "a variation moves the day on which a conviction is spent",
    40: "orders are offenders",
}
"""Number -> the naive belief."""

ABOVE_THE_LAW: dict[int, tuple[str, ...]] = {
    37: (
        "test_the_roadside_answer_says_nothing_but_the_status_and_is_kept",
        "test_a_purpose_is_asked_for_and_a_bad_one_is_refused_by_field",
    ),
    38: (
        "test_what_a_court_decides_is_recorded_by_the_court_or_as_notified_and_never_by_the_police",
        "test_records_of_a_decision_that_differ_make_the_status_unknown_until_one_is_corrected",
    ),
    40: ("test_two_orders_of_one_person_do_not_count_a_day_twice",),
}
"""Trap -> the tests that speak for it under another name."""


def names() -> set[str]:
    """The name of every test there is."""
    found = set()
    for file in TESTS.rglob("test_*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        found |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return found


def test_there_are_40_traps() -> None:
    assert sorted(TRAPS) == list(range(1, 41))


@pytest.fixture(scope="module")
def held() -> set[str]:
    return names()


@pytest.mark.parametrize("number", TRAPS)
def test_each_trap_has_a_test_that_names_it(number: int, held: set[str]) -> None:
    named = {name for name in held if re.match(rf"test_trap_{number}_", name)}
    listed = ABOVE_THE_LAW.get(number, ())
    assert set(listed) <= held, "a test listed here is gone"
    assert named or listed, f"nothing tests the belief that {TRAPS[number]}"


def test_no_test_names_a_trap_that_there_is_not(held: set[str]) -> None:
    numbers = {int(found[1]) for name in held if (found := re.match(r"test_trap_(\d+)_", name))}
    assert numbers <= set(TRAPS)
    assert not numbers & set(ABOVE_THE_LAW)


MADE = datetime(2024, 3, 1, 11, tzinfo=UTC)


def act(n: int, name: str, at: datetime, months: int | None = None, authority: str | None = None) -> Act:
    effect = "release" if authority else "immediate"
    return Act(n=n, act=name, at=at, known_at=at, months=months, authority=authority, effect=effect)


def test_trap_39_a_variation_does_not_move_the_day_on_which_a_conviction_is_spent() -> None:
    made = act(1, "made", MADE, 12)
    later = datetime(2024, 6, 1, 12, tzinfo=UTC)
    expected = rehabilitation([made], later)
    assert expected is not None
    assert (expected.first, expected.last) == (date(2024, 3, 1), date(2025, 2, 28))
    assert "28 February 2025" in expected.sentence
    for change in ("varied", "lengthened", "renewed", "discharged", "varied_on_appeal"):
        assert rehabilitation([made, act(2, change, later, 24)], later) == expected
    corrected = Act(n=2, act="made", at=MADE, known_at=later, months=18, corrects=1)
    found = rehabilitation([made, corrected], later)
    assert found is not None
    assert found.last == date(2025, 8, 31), "a slip put right is no variation"


def test_an_order_that_waits_or_conflicts_sets_no_known_day() -> None:
    waiting = Act(n=1, act="made", at=MADE, known_at=MADE, months=12, effect="release")
    now = datetime(2024, 9, 1, tzinfo=UTC)
    assert rehabilitation([waiting], now) is None
    begun = [waiting, act(2, "took_effect", datetime(2024, 6, 1, 9, tzinfo=UTC), None, "HMP Anywhere")]
    found = rehabilitation(begun, now)
    assert found is not None
    assert found.last == date(2025, 5, 31)
    assert rehabilitation([], now) is None
    assert rehabilitation([waiting, act(2, "made", MADE, 6)], now) is None
