"""The application's stages: the story, what is refused and why, who may record what, what must come with
it.
"""

import pytest

from svro.law.sources import resolve
from svro.law.stages import (
    ACTS,
    AS_NOTIFIED,
    CONDITIONS,
    DECISION,
    DETAILS,
    STAGES,
    START,
    TABLE,
    WHY_NOT,
    after,
    explain,
    lacks,
    notice,
    open_acts,
    permissions,
    provenance,
    row,
)

STORY = ["consider", "assess", "send_to_cps", "serve_notice", "list_hearing", "adjourn"]


def _through(acts: list[str]) -> str:
    stage = START
    for act in acts:
        to = after(stage, act)
        assert to is not None, (stage, act)
        stage = to
    return stage


@pytest.mark.parametrize(
    ("acts", "stage"),
    [
        ([*STORY, "grant"], "granted"),
        ([*STORY, "refuse"], "refused"),
        ([*STORY, "adjourn", "issue_warrant", "grant"], "granted"),
        ([*STORY, "proceed_in_absence", "refuse"], "refused"),
        ([*STORY, "issue_warrant", "proceed_in_absence", "grant"], "granted"),
        ([*STORY, "withdraw"], "withdrawn"),
        (["consider", "not_pursue"], "not-pursued"),
        (["consider", "assess", "assess", "not_pursue"], "not-pursued"),
        (["consider", "assess", "send_to_cps", "cps_decline"], "cps-declined"),
        (["consider", "assess", "send_to_cps", "dispense_notice", "list_hearing", "grant"], "granted"),
        (["consider", "assess", "send_to_cps", "waive_notice", "list_hearing", "grant"], "granted"),
        (["consider", "assess", "send_to_cps", "list_hearing", "serve_notice", "grant"], "granted"),
        (["consider", "assess", "send_to_cps", "serve_notice", "assess", "list_hearing"], "hearing-listed"),
    ],
)
def test_the_story_of_an_application_goes_where_the_table_says(acts: list[str], stage: str) -> None:
    assert _through(acts) == stage


def test_every_stage_can_be_reached_and_every_open_one_can_end() -> None:
    reached, edge = {START}, [START]
    while edge:
        stage = edge.pop()
        for found in open_acts(stage):
            if found.to not in reached:
                reached.add(found.to)
                edge.append(found.to)
    assert reached == set(STAGES)
    for stage, what in STAGES.items():
        assert (open_acts(stage) == ()) is what.ended


def test_the_table_has_one_row_for_each_stage_and_act_and_only_known_words() -> None:
    assert len({(found.stage, found.act) for found in TABLE}) == len(TABLE)
    assert {found.stage for found in TABLE} | {found.to for found in TABLE} == set(STAGES)
    for found in TABLE:
        assert set(found.needs) <= set(DETAILS)
        assert {(found.act, name) for name in found.conditions} <= set(CONDITIONS)
        assert found.act in ACTS


def test_every_source_resolves() -> None:
    sources = {found.source for found in TABLE} | {source for _, source in WHY_NOT.values()}
    sources |= {source for _, source in CONDITIONS.values()}
    for source in sources:
        assert resolve(source).citation == source


def test_what_a_court_decides_is_recorded_by_the_court_or_as_notified_and_never_by_the_police() -> None:
    courts = {"dispense_notice", "waive_notice", "list_hearing", "adjourn", "issue_warrant"}
    courts |= {"proceed_in_absence", "grant", "refuse"}
    for found in TABLE:
        assert (found.whose == "court") is (found.act in courts)
        assert (permissions(found) == (DECISION, AS_NOTIFIED)) is (found.act in courts)
        assert DECISION not in permissions(found) or "application" not in found.who
    assert provenance(DECISION) == "decision"
    assert provenance(AS_NOTIFIED) == "decision as notified"
    assert provenance("application:create") == "police"


def test_only_what_asks_for_an_order_seeks_one() -> None:
    assert {found.act for found in TABLE if found.seeks} == {"send_to_cps", "serve_notice"}


@pytest.mark.parametrize("act", ["not_pursue", "cps_decline", "refuse", "withdraw"])
def test_an_ending_that_somebody_chose_needs_its_reason(act: str) -> None:
    for found in TABLE:
        if found.act == act:
            assert "reason" in found.needs


def test_a_decision_as_notified_needs_the_document_that_shows_it_and_the_clerks_does_not() -> None:
    grant = row("hearing-listed", "grant")
    assert grant
    details = {"date": "2024-05-01", "court": "C05LV00"}
    assert lacks(grant, details, DECISION) == ()
    assert [lack.field for lack in lacks(grant, details, AS_NOTIFIED)] == ["document_reference"]
    assert lacks(grant, {**details, "document_reference": "T20247001"}, AS_NOTIFIED) == ()


def test_everything_missing_is_listed_at_once() -> None:
    refuse = row("adjourned", "refuse")
    assert refuse
    wanting = lacks(refuse, {"date": "", "court": None}, AS_NOTIFIED)
    assert [lack.field for lack in wanting] == ["date", "court", "reason", "document_reference"]
    assert {lack.kind for lack in wanting} == {"needed"}
    for lack in wanting:
        assert lack.sentence
        assert resolve(lack.source)


def test_hearing_in_absence_depends_on_notice_and_on_a_warning() -> None:
    absence = row("adjourned", "proceed_in_absence")
    assert absence
    details: dict[str, object] = {"date": "2024-05-01", "court": "C05LV00"}
    both = lacks(absence, details, DECISION)
    assert [(lack.field, lack.kind) for lack in both] == [
        ("adequate_notice", "condition"),
        ("told_of_absence", "condition"),
    ]
    assert [lack.source for lack in both] == [
        "Sentencing Act 2020 s.342A(12)(a)",
        "Sentencing Act 2020 s.342A(12)(b)",
    ]
    details["adequate_notice"] = True
    assert [lack.field for lack in lacks(absence, details, DECISION)] == ["told_of_absence"]
    assert lacks(absence, {**details, "told_of_absence": False}, DECISION)
    assert lacks(absence, {**details, "told_of_absence": "yes"}, DECISION)  # only a plain yes is one
    assert lacks(absence, {**details, "told_of_absence": True}, DECISION) == ()


def test_a_warrant_depends_on_notice_alone() -> None:
    warrant = row("adjourned", "issue_warrant")
    assert warrant
    details = {"date": "2024-05-01", "court": "C05LV00"}
    assert [lack.source for lack in lacks(warrant, details, DECISION)] == ["Sentencing Act 2020 s.342A(11)"]
    assert lacks(warrant, {**details, "adequate_notice": True}, DECISION) == ()


@pytest.mark.parametrize("act", ["issue_warrant", "proceed_in_absence"])
def test_neither_a_warrant_nor_absence_is_open_before_an_adjourned_hearing(act: str) -> None:
    assert after("adjourned", act)
    refusal = explain("hearing-listed", act)
    assert refusal
    assert refusal.source.startswith("Sentencing Act 2020 s.342A(10)")
    assert "adjourned hearing" in refusal.sentence


def test_proceedings_may_be_adjourned_again_and_after_sentence() -> None:
    found = row("adjourned", "adjourn")
    assert found
    assert found.to == "adjourned"
    assert found.source == "Sentencing Act 2020 s.342A(9)"
    assert "after sentence" in found.title


@pytest.mark.parametrize("stage", ["considered", "assessed", "sent-to-cps", START])
def test_no_order_is_granted_without_an_application_at_a_hearing(stage: str) -> None:
    refusal = explain(stage, "grant")
    assert refusal
    assert refusal.source == "Sentencing Act 2020 s.342A(1)(b)"
    assert refusal.code == "not-open-at-this-stage"
    assert refusal.sentence.startswith(
        f"“Record that the court made an order” is not open at “{STAGES[stage].label}”"
    )
    assert "only at “Hearing listed” or “Adjourned”" in refusal.sentence
    assert after(stage, "grant") is None


@pytest.mark.parametrize("stage", [stage for stage, what in STAGES.items() if what.ended])
def test_nothing_more_happens_to_an_application_that_has_ended(stage: str) -> None:
    for act in ACTS:
        refusal = explain(stage, act)
        assert refusal
        assert refusal.code == "application-ended"
        assert resolve(refusal.source)


def test_an_explanation_is_given_exactly_where_the_act_is_not_open() -> None:
    for stage in STAGES:
        for act in ACTS:
            assert (explain(stage, act) is None) is (after(stage, act) is not None)


def test_a_word_that_is_no_stage_or_act_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(ValueError, match="no such stage"):
        explain("considered", "pardon")
    with pytest.raises(ValueError, match="no such stage"):
        explain("nowhere", "grant")


@pytest.mark.parametrize(
    ("acts", "answer"),
    [
        (["send_to_cps"], "not served"),
        (["send_to_cps", "serve_notice"], "served"),
        (["dispense_notice"], "dispensed with"),
        (["waive_notice"], "accepted late, oral or informal"),
        (["waive_notice", "serve_notice"], "served"),
    ],
)
def test_trap_31_notice_is_served_dispensed_with_accepted_or_not_served_and_has_no_deadline(
    acts: list[str], answer: str
) -> None:
    assert notice(acts) == answer


def test_trap_31_a_hearing_is_listed_whether_or_not_notice_was_served() -> None:
    assert after("sent-to-cps", "list_hearing") == after("notice-served", "list_hearing") == "hearing-listed"
    assert not any("days" in text for text in DETAILS.values())
