"""The closed lists: every published label has one code, every code one meaning, and blank is never a No."""

import hashlib
from typing import Any, get_args

import msgspec
import pytest

from svro.law import search, words

LISTS = {name: value for name, value in vars(words).items() if isinstance(value, words.Closed)}

# What the lists said, by version: a change to one without a new VERSION would change what old codes meant.
SAID = {"words-1": "cbd8097c6a32"}


def test_the_lists_are_the_ones_their_version_names() -> None:
    said = msgspec.json.encode({name: closed.words for name, closed in sorted(LISTS.items())})
    assert hashlib.sha256(said).hexdigest()[:12] == SAID[words.VERSION]


@pytest.mark.parametrize("name", LISTS)
def test_a_label_stands_for_one_code(name: str) -> None:
    labels = [word.label for word in LISTS[name].words]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("name", LISTS)
def test_every_word_says_when_and_where_it_was_seen(name: str) -> None:
    assert all(word.code and word.label and word.vintage and word.source for word in LISTS[name].words)


@pytest.mark.parametrize("name", LISTS)
def test_no_code_is_one_of_the_two_that_mean_nobody_said(name: str) -> None:
    assert not {words.UNKNOWN, words.UNLISTED} & set(LISTS[name])


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("White - White British (W1)", "W1"),
        ("White - English/Welsh/Scottish/Northern Irish/British", "W1"),
        ("Black or Black British - Caribbean (B1)", "B1"),
        ("Black/ African/Caribbean/Black British - Caribbean", "B1"),
        ("Black/African/Caribbean/Black British - Caribbean", "B1"),
        ("Chinese or other ethnic group - Chinese (O1)", "O1"),
        ("Asian/Asian British - Chinese", "A4"),
        ("Not Stated (NS)", "NS"),
        ("Other ethnic group - Not stated", "NS"),
        ("Other ethnic group - Arab", "O2"),
        ("", "unknown"),
    ],
)
def test_three_vintages_of_ethnic_labels_come_to_the_same_codes(label: str, code: str) -> None:
    assert words.SELF_ETHNICITY.published()[label] == code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Nothing found - no further action", "A no further action disposal"),
        ("Suspect arrested", "Arrest"),
        ("Local resolution", "Community resolution"),
        ("Offender given drugs possession warning", "Khat or Cannabis warning"),
        ("Offender given penalty notice", "Penalty Notice for Disorder"),
        ("Offender cautioned", "Caution (simple or conditional)"),
        ("Suspect summonsed to court", "Summons / charged by post"),
    ],
)
def test_the_old_and_the_new_outcomes_come_to_the_same_codes(old: str, new: str) -> None:
    codes = words.OUTCOMES.published()
    assert codes[old] == codes[new] != words.UNKNOWN


def test_a_blank_outcome_is_unknown_and_not_no_further_action() -> None:
    assert words.OUTCOMES.published()[""] == words.UNKNOWN
    assert words.YES_NO[""] is None


def test_not_stated_is_unknown_though_its_label_begins_with_other() -> None:
    assert words.group5("NS") == words.group5(words.UNKNOWN) == "Unknown"
    assert words.group5("O9") == words.group5("O2") == "Other"


def test_chinese_has_one_home_at_a_time_whichever_label_it_had() -> None:
    assert words.group5("A4") == words.group5("O1") == "Asian"
    assert words.group5("A4", chinese="Other") == words.group5("O1", chinese="Other") == "Other"
    assert words.group5("A3", chinese="Other") == "Asian"


def test_every_ethnic_code_has_a_group_and_nothing_else_has() -> None:
    assert {words.group5(code) for code in words.SELF_ETHNICITY} == set(words.GROUPS)
    assert {words.officer_group(code) for code in (*words.OFFICER_ETHNICITY, words.UNKNOWN)} == set(
        words.GROUPS
    )
    with pytest.raises(KeyError):
        words.group5("IC1")


def test_no_published_text_stands_for_an_svro() -> None:
    assert "svro" in words.POWERS
    assert "svro" not in words.POWERS.published().values()


def test_search_records_use_these_codes() -> None:
    assert set(get_args(search.Power)) <= set(words.POWERS)
    assert set(words.OBJECTS) >= search.WEAPONS
    assert search.NOT_STATED in words.SELF_ETHNICITY
    assert list(words.NOT_STATED_REASONS) == ["N1", "N2", "N3", "N4"]


def test_a_list_shows_its_newest_label_first() -> None:
    assert words.OUTCOMES["nfa"] == "A no further action disposal"
    assert words.SELF_ETHNICITY["NS"] == "Not stated"
    assert next(iter(words.OUTCOMES)) == "nfa"


@pytest.mark.parametrize(
    "basis, groups",
    [
        ("self-defined", ["Black", "Unknown", "Unknown"]),
        ("officer-defined", ["White", "Asian", "Unknown"]),
        ("self-else-officer", ["Black", "Asian", "Unknown"]),
    ],
)
def test_a_group_is_by_the_word_that_the_basis_names(basis: Any, groups: list[str]) -> None:
    pairs: list[Any] = [("Black", "White"), ("Unknown", "Asian"), ("Unknown", "Unknown")]
    assert [words.on_basis(basis, own, seen) for own, seen in pairs] == groups
