"""Findings on a search: the power or exactly why not, how it was used, what the record lacks."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import msgspec
import pytest
from msgspec.structs import replace

from svro.law import words
from svro.law.findings import FINDINGS, SEVERITIES, TOLD, told
from svro.law.order import Act, State, at
from svro.law.search import (
    NOT_STATED,
    WEAPONS,
    Finding,
    GoWisely,
    Power,
    SearchRecord,
    copy_until,
    findings,
    nonsense,
    power,
    quashed_after,
    subject,
)
from svro.law.sources import resolve

WHEN = datetime(2024, 7, 1, 22, 30, tzinfo=UTC)
SAID = GoWisely(**dict.fromkeys(TOLD, True))
COMPLETE = SearchRecord(
    at=WHEN,
    ended_at=WHEN + timedelta(minutes=6),
    power="svro",
    place="Corner of Brook Street",
    area="merseyside",
    public_place=True,
    vehicle_searched=False,
    companions_searched=False,
    object="bladed-article",
    grounds="The order, confirmed in effect by a status check",
    reason_for_use="Seen near where a fight with knives was reported",
    identity="confirmed",
    self_ethnicity="W1",
    officer_ethnicity="White",
    gowisely=SAID,
    in_uniform=True,
    officer_number="4471",
    officer_station="St Anne Street",
    clothing="outer",
    force_used=False,
    outcome="nfa",
    outcome_linked=False,
    seized=False,
    copy="given",
    bwv="recorded",
    bwv_reference="BWV-1",
)
IN_EFFECT = State(
    answer="yes",
    reason="in-effect",
    sentence="The order is in effect.",
    source="Sentencing Act 2020 s.342E(1)",
)


def state(answer: str, reason: str) -> State:
    return State(answer=answer, reason=reason, sentence="Why.", source="Sentencing Act 2020 s.342D(5)")  # type: ignore[arg-type]


def look(
    record: SearchRecord = COMPLETE,
    order: State | None = IN_EFFECT,
    *,
    same_person: bool | None = True,
    order_found: bool = True,
    claimed: str | None = "SVRO-1",
    quashed_at: datetime | None = None,
) -> tuple[Finding, ...]:
    return findings(
        record,
        order,
        same_person=same_person,
        order_found=order_found,
        claimed=claimed,
        quashed_at=quashed_at,
    )


def codes(found: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in found]


def verdict(
    record: SearchRecord = COMPLETE,
    order: State | None = IN_EFFECT,
    *,
    same_person: bool | None = True,
    order_found: bool = True,
    claimed: str | None = "SVRO-1",
) -> str:
    return power(record, order, same_person=same_person, order_found=order_found, claimed=claimed)


def without(**fields: object) -> SearchRecord:
    return replace(COMPLETE, **fields)


def test_a_complete_record_of_a_lawful_search_gives_no_finding() -> None:
    assert look() == ()
    assert verdict() == "yes"


# The power


@pytest.mark.parametrize(
    "reason",
    ["expired", "superseded", "discharged", "quashed", "lapsed", "not-made", "not-yet", "never-took-effect"],
)
def test_trap_9_a_search_while_the_order_is_not_in_effect_has_no_power_and_says_why(reason: str) -> None:
    order = state("no", reason)
    (finding,) = look(order=order)
    assert finding.code == f"order-{reason}"
    assert finding.severity == "power"
    assert finding.sentence.endswith("Why.")
    assert finding.source == order.source
    assert "supervisor" in finding.do
    assert verdict(order=order) == "no"


@pytest.mark.parametrize(
    "reason", ["trigger-not-confirmed", "conflicting", "supersession-questioned", "doubtful-act"]
)
def test_an_unknown_order_is_never_a_power(reason: str) -> None:
    order = state("unknown", reason)
    (finding,) = look(order=order)
    assert (finding.code, finding.severity) == (f"order-{reason}", "power")
    assert finding.sentence.startswith("It is not known")
    assert verdict(order=order) == "unknown"


def test_trap_9_good_faith_saves_nothing() -> None:
    believed = without(
        reason_for_use="The status check said yes", grounds="The order was thought to be in effect"
    )
    assert verdict(believed, state("no", "expired")) == "no"
    assert codes(look(believed, state("no", "expired"))) == ["order-expired"]


def test_no_order_named_no_such_order_and_another_persons_are_told_apart() -> None:
    assert codes(look(claimed=None, order=None, order_found=False)) == ["no-order-named"]
    assert codes(look(order=None, order_found=False)) == ["no-such-order"]
    assert codes(look(same_person=False)) == ["another-person"]
    assert codes(look(order=None)) == ["order-state-missing"]
    assert verdict(claimed=None, order=None, order_found=False) == "not claimed"
    assert verdict(order=None, order_found=False) == "no"
    assert verdict(same_person=False) == "no"
    assert verdict(order=None) == "unknown"


def test_another_person_and_an_order_not_in_effect_are_both_found() -> None:
    found = look(order=state("no", "expired"), same_person=False)
    assert codes(found) == ["another-person", "order-expired"]


@pytest.mark.parametrize(
    ("identity", "same_person", "answer"),
    [
        ("confirmed", None, True),
        ("confirmed", False, False),
        ("confirmed", True, True),
        ("disproved", True, False),
        ("disproved", None, False),
        ("refused", None, None),
        ("refused", True, True),
        ("not confirmed", None, None),
        (None, None, None),
        (None, True, True),
    ],
)
def test_who_was_searched_is_settled_by_a_disproof_then_the_records_then_the_officer(
    identity: str | None, same_person: bool | None, answer: bool | None
) -> None:
    record = without(identity=identity)
    assert subject(record, same_person) is answer
    assert verdict(record, same_person=same_person) == {True: "yes", False: "no", None: "unknown"}[answer]
    assert ("person-not-established" in codes(look(record, same_person=same_person))) is (answer is None)
    assert ("another-person" in codes(look(record, same_person=same_person))) is (answer is False)


@pytest.mark.parametrize(
    ("identity", "code", "severity"),
    [
        (None, "identity-not-recorded", "record"),
        ("not confirmed", "identity-not-confirmed", "record"),
        ("refused", "identity-refused", "note"),
    ],
)
def test_trap_26_a_record_without_a_name_is_taken(identity: str | None, code: str, severity: str) -> None:
    (finding,) = look(without(identity=identity))
    assert (finding.code, finding.severity) == (code, severity)
    assert not any("name" in field for field in SearchRecord.__struct_fields__)


@pytest.mark.parametrize(
    ("public", "code"), [(False, "not-public-place"), (None, "public-place-not-recorded")]
)
def test_trap_29_the_power_is_only_for_a_public_place_as_this_chapter_means_it(
    public: bool | None, code: str
) -> None:
    (finding,) = look(without(public_place=public))
    assert finding.code == code
    assert finding.source in ("Sentencing Act 2020 s.342E(5)", "Sentencing Act 2020 s.342L (public place)")
    assert verdict(without(public_place=public)) == ("no" if public is False else "unknown")


@pytest.mark.parametrize("what", ["vehicle_searched", "companions_searched"])
def test_trap_28_a_vehicle_or_a_companion_is_outside_the_power(what: str) -> None:
    (finding,) = look(without(**{what: True}))
    assert finding.code == what.replace("_", "-")
    assert (finding.severity, finding.source) == ("serious", "Sentencing Act 2020 s.342E(2)")
    assert look(without(**{what: None})) == ()


def test_the_object_must_be_a_blade_or_a_weapon() -> None:
    (finding,) = look(without(object="controlled-drugs"))
    assert (finding.code, finding.severity) == ("object-outside-power", "power")
    assert verdict(without(object="controlled-drugs")) == "no"
    for code in WEAPONS:
        assert look(without(object=code)) == ()
    assert codes(look(without(object=None))) == ["object-missing"]


def test_the_codes_used_here_are_on_the_closed_lists() -> None:
    assert set(words.OBJECTS) >= WEAPONS
    assert set(words.POWERS) >= set(get_args(Power))
    assert NOT_STATED in words.SELF_ETHNICITY


def test_under_another_power_this_power_is_not_judged_and_pace_still_is() -> None:
    bare = SearchRecord(at=WHEN, power="pace-1", place="Brook Street")
    found = codes(look(bare, order=state("no", "expired"), same_person=False))
    assert verdict(bare) == "not claimed"
    assert not [
        code
        for code in found
        if code.startswith(("order-", "another-", "identity-not", "public-", "reason-"))
    ]
    assert {
        "grounds-missing",
        "object-missing",
        "self-ethnicity-missing",
        "told-grounds-not-recorded",
    } <= set(found)


def test_trap_10_a_later_quashing_adds_a_marker_and_rewrites_nothing() -> None:
    (finding,) = look(quashed_at=WHEN + timedelta(seconds=1))
    assert (finding.code, finding.severity) == ("later-quashed", "note")
    assert look(quashed_at=WHEN) == ()
    assert look(quashed_at=WHEN - timedelta(days=1)) == ()
    assert verdict() == "yes"


def _order(*more: Act) -> tuple[Act, ...]:
    made = datetime(2024, 3, 1, 12, tzinfo=UTC)
    first = Act(n=1, act="made", at=made, known_at=made, court="C05LV00", effect="immediate", months=12)
    return (first, *more)


def test_trap_10_a_quashing_is_read_from_the_acts_as_known() -> None:
    later, known = datetime(2024, 9, 1, 12, tzinfo=UTC), datetime(2024, 9, 2, tzinfo=UTC)
    acts = _order(Act(n=2, act="quashed", at=later, known_at=known, court="C05LV00"))
    assert quashed_after(acts, WHEN, known) == later
    assert quashed_after(acts, WHEN, known - timedelta(seconds=1)) is None
    assert quashed_after(acts, later, known) is None
    error = Act(n=3, act="withdrawn", at=later, known_at=known + timedelta(days=1), corrects=2)
    assert quashed_after((*acts, error), WHEN, known + timedelta(days=1)) is None
    assert quashed_after((*acts, error), WHEN, known) == later


def test_the_state_of_a_real_order_gives_power_before_its_end_and_none_after() -> None:
    acts = _order()
    known = datetime(2025, 6, 1, tzinfo=UTC)
    last = datetime(2025, 2, 28, 23, 59, 59, tzinfo=UTC)
    for instant, answer in ((last, "yes"), (last + timedelta(seconds=1), "no")):
        record = without(at=instant, ended_at=instant)
        found = at(acts, instant, known)
        assert verdict(record, found) == answer
        assert codes(look(record, found)) == ([] if answer == "yes" else ["order-expired"])


# How it was used


@pytest.mark.parametrize("item", TOLD)
def test_each_item_that_must_be_said_is_yes_no_or_not_recorded(item: str) -> None:
    plain = without(in_uniform=False)
    assert look(plain) == ()
    unsaid = replace(plain, gowisely=replace(SAID, **{item: False}))
    (finding,) = look(unsaid)
    assert (finding.code, finding.severity) == (f"not-told-{item.replace('_', '-')}", "serious")
    assert finding.sentence.endswith("No reason is given.")
    (reasoned,) = look(replace(unsaid, not_told_reason="He ran."))
    assert reasoned.sentence.endswith("He ran.")
    (silent,) = look(replace(plain, gowisely=replace(SAID, **{item: None})))
    assert (silent.code, silent.severity) == (f"told-{item.replace('_', '-')}-not-recorded", "record")


def test_uniform_excuses_the_warrant_card_and_an_impracticable_record_the_entitlement() -> None:
    silent = GoWisely(**{item: True for item in TOLD if item not in ("warrant_card", "entitlement")})
    assert codes(look(without(gowisely=silent))) == ["told-entitlement-not-recorded"]
    assert codes(look(without(gowisely=silent, in_uniform=None))) == [
        "told-warrant-card-not-recorded",
        "told-entitlement-not-recorded",
    ]
    assert codes(look(without(gowisely=silent, copy="not practicable"))) == ["record-not-practicable"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"clothing": "none"}, []),
        ({"clothing": "outer"}, []),
        ({"clothing": None}, ["clothing-not-recorded"]),
        ({"clothing": "more"}, ["clothing-where-not-recorded", "clothing-sex-not-recorded"]),
        ({"clothing": "more", "out_of_public_view": True, "same_sex_officer": True}, []),
        ({"clothing": "more", "out_of_public_view": False, "same_sex_officer": True}, ["clothing-in-public"]),
        ({"clothing": "more", "out_of_public_view": True, "same_sex_officer": False}, ["clothing-other-sex"]),
        (
            {"clothing": "intimate", "out_of_public_view": True, "same_sex_officer": True},
            ["intimate-parts-exposed"],
        ),
    ],
)
def test_in_public_no_more_than_outer_clothing_may_be_removed(
    fields: dict[str, object], expected: list[str]
) -> None:
    assert codes(look(without(**fields))) == expected


# What is written down


def test_trap_24_suspicion_is_not_asked_for_and_grounds_and_a_reason_are() -> None:
    assert look(without(grounds="The order", reason_for_use="Alone at night near the school")) == ()
    assert codes(look(without(grounds=None))) == ["grounds-missing"]
    (finding,) = look(without(reason_for_use=None))
    assert finding.code == "reason-for-use-missing"
    assert "Suspicion is not needed" in finding.do
    assert verdict(without(grounds=None, reason_for_use=None)) == "yes"


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (datetime(2024, 7, 1, 22, 59, 59, tzinfo=UTC), date(2024, 9, 30)),
        (datetime(2024, 7, 1, 23, 0, tzinfo=UTC), date(2024, 10, 1)),  # 2 July in London
        (datetime(2023, 11, 30, 12, tzinfo=UTC), date(2024, 2, 29)),
        (datetime(2024, 1, 15, 23, 30, tzinfo=UTC), date(2024, 4, 14)),
    ],
)
def test_trap_25_a_copy_may_be_asked_for_within_3_months_beginning_with_the_day_of_the_search(
    day: datetime, last: date
) -> None:
    assert copy_until(day) == last


@pytest.mark.parametrize(
    ("copy", "code"),
    [
        ("given", None),
        ("receipt", None),
        ("offered and declined", None),
        ("not offered", "copy-not-offered"),
        ("not practicable", "record-not-practicable"),
        (None, "copy-not-recorded"),
    ],
)
def test_trap_25_a_missing_copy_says_until_when_it_may_be_asked_for(
    copy: str | None, code: str | None
) -> None:
    found = look(without(copy=copy))
    assert codes(found) == ([code] if code else [])
    for finding in found:
        assert "30 September 2024" in finding.sentence


@pytest.mark.parametrize(
    ("own", "reason", "officer", "expected"),
    [
        ("B2", None, "Black", []),
        ("B2", None, None, ["officer-ethnicity-not-recorded"]),
        ("NS", "N4", "White", []),
        ("NS", None, "White", ["not-stated-without-reason"]),
        ("NS", "N4", None, ["officer-ethnicity-missing"]),
        (None, None, "White", ["self-ethnicity-missing"]),
        (None, None, None, ["self-ethnicity-missing", "officer-ethnicity-missing"]),
        (None, "N1", "White", ["self-ethnicity-missing", "reason-without-not-stated"]),
        ("B2", "N1", "Black", ["reason-without-not-stated"]),
    ],
)
def test_trap_27_ethnicity_is_two_fields_and_not_stated_needs_its_reason(
    own: str | None, reason: str | None, officer: str | None, expected: list[str]
) -> None:
    record = without(self_ethnicity=own, not_stated_reason=reason, officer_ethnicity=officer)
    assert codes(look(record)) == expected


def test_detained_and_not_searched_is_its_own_outcome_and_owes_no_record_of_a_search() -> None:
    bare = SearchRecord(
        at=WHEN,
        ended_at=WHEN,
        place="Brook Street",
        public_place=True,
        searched=False,
        identity="confirmed",
        reason_for_use="Called off when the check came back",
        force_used=False,
        bwv="recorded",
        bwv_reference="BWV-1",
    )
    (finding,) = look(bare)
    assert (finding.code, finding.severity) == ("detained-not-searched", "note")
    assert finding.source == "PACE 1984 s.2(1)"
    assert verdict(bare, state("no", "expired")) == "no"
    assert "found-without-search" in codes(look(replace(bare, found="knife")))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"outcome": None, "outcome_linked": None}, ["outcome-missing"]),
        ({"outcome_linked": None}, ["outcome-link-missing"]),
        ({"seized": True}, ["seized-not-described"]),
        ({"seized": True, "found": "lock knife"}, []),
        ({"force_used": None}, ["force-not-recorded"]),
        ({"officer_number": None}, ["officer-missing"]),
        ({"bwv": None}, ["bwv-not-recorded"]),
        ({"bwv": "not recorded"}, ["no-bwv"]),
        ({"bwv_reference": None}, ["bwv-reference-missing"]),
        ({"ended_at": None}, ["end-not-recorded"]),
    ],
)
def test_what_the_record_lacks_is_found_thing_by_thing(
    fields: dict[str, object], expected: list[str]
) -> None:
    assert codes(look(without(**fields))) == expected


def test_an_empty_record_of_a_search_that_happened_is_taken_with_every_finding_gravest_first() -> None:
    bare = SearchRecord(at=WHEN, place="Brook Street")
    found = look(bare, None, same_person=None, order_found=False, claimed=None)
    ranks = [SEVERITIES.index(finding.severity) for finding in found]
    assert ranks == sorted(ranks)
    assert len(set(codes(found))) == len(found)
    assert found[0].code == "no-order-named"
    assert nonsense(bare) == ()


def test_only_an_end_before_the_start_or_an_impossible_year_is_nonsense() -> None:
    early = datetime(1985, 12, 31, 23, 59, tzinfo=UTC)
    assert [field for field, _ in nonsense(without(at=early, ended_at=early))] == ["at"]
    assert nonsense(without(at=early + timedelta(minutes=1))) == ()
    assert [field for field, _ in nonsense(without(ended_at=WHEN - timedelta(seconds=1)))] == ["ended_at"]
    assert nonsense(without(ended_at=WHEN)) == ()
    assert nonsense(without(searched=False, seized=True)) == ()


@pytest.mark.parametrize(
    ("when", "source"),
    [
        (datetime(2023, 12, 19, 23, 59, tzinfo=UTC), "PACE Code A (Jan 2023) para 3.5"),
        (datetime(2023, 12, 20, 0, 0, tzinfo=UTC), "PACE Code A (Dec 2023) para 3.5"),
        (datetime(2022, 6, 1, tzinfo=UTC), "PACE Code A"),
    ],
)
def test_a_search_is_judged_by_the_code_of_its_day(when: datetime, source: str) -> None:
    (finding,) = look(without(at=when, ended_at=when, clothing=None))
    assert finding.source == source


@pytest.mark.parametrize("when", [WHEN, datetime(2023, 5, 1, tzinfo=UTC)])
def test_every_finding_has_a_source_that_resolves_and_says_what_to_do(when: datetime) -> None:
    for finding in FINDINGS.values():
        assert finding.severity in SEVERITIES
        assert finding.sentence.endswith(".")
        assert finding.do.endswith(".")
    bare = SearchRecord(at=when, place="Brook Street")
    shown = [
        *look(bare, None, claimed=None),
        *look(
            replace(bare, clothing="intimate", identity="refused", bwv="not recorded", self_ethnicity="NS")
        ),
        *look(replace(bare, gowisely=GoWisely(**dict.fromkeys(TOLD, False)), copy="not offered")),
    ]
    for finding in shown:
        assert resolve(finding.source).citation == finding.source
        assert "{" not in finding.sentence + finding.source


def test_every_finding_in_the_table_can_come_up() -> None:
    bare = SearchRecord(at=WHEN, place="Brook Street")
    seen = set(codes(look(bare, None, claimed=None)))
    seen |= set(codes(look(bare, None, order_found=False))) | set(codes(look(bare, None, same_person=None)))
    seen |= set(codes(look(bare, same_person=False, quashed_at=WHEN + timedelta(days=1))))
    for fields in (
        {"public_place": False, "object": "fireworks", "vehicle_searched": True, "companions_searched": True},
        {"identity": "not confirmed", "clothing": "more", "copy": "not offered", "bwv": "not recorded"},
        {
            "identity": "refused",
            "clothing": "intimate",
            "out_of_public_view": False,
            "same_sex_officer": False,
        },
        {
            "self_ethnicity": "NS",
            "copy": "not practicable",
            "bwv": "recorded",
            "seized": True,
            "outcome": "nfa",
        },
        {"self_ethnicity": "W1", "not_stated_reason": "N1"},
        {"searched": False, "found": "knife"},
    ):
        seen |= set(codes(look(replace(bare, **fields))))  # type: ignore[arg-type]
    assert set(FINDINGS) <= seen


def test_what_somebody_wrote_is_quoted_and_never_read_as_a_template() -> None:
    record = without(gowisely=replace(SAID, station=False), not_told_reason="{until} {code} {0}")
    (finding,) = look(record)
    assert finding.sentence.endswith("{until} {code} {0}")
    assert told("station", False, "{x}").sentence.endswith("{x}")


def test_a_time_without_an_offset_or_an_unknown_field_is_refused() -> None:
    body = {"at": "2024-07-01T23:30:00+01:00", "place": "Brook Street"}
    assert msgspec.convert(body, SearchRecord).at == WHEN
    for bad in ({**body, "at": "2024-07-01T23:30:00"}, {**body, "name": "x"}, {**body, "place": ""}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(bad, SearchRecord)


def test_what_is_wrong_with_the_order_is_said_in_full_and_unlike_what_is_not_known() -> None:
    stop = (
        "A supervisor must review it; it does not count as a lawful search under an order. "
        "If the person is still with you, stop unless another power is available."
    )
    source = "Sentencing Act 2020 s.342D(5)"
    assert look(order=state("no", "superseded")) == (
        Finding(
            "order-superseded",
            "power",
            "The order was not in effect at the time of the search. Why.",
            source,
            stop,
        ),
    )
    assert look(order=state("unknown", "conflicting")) == (
        Finding(
            "order-conflicting",
            "power",
            "It is not known whether the order was in effect at the time. Why.",
            source,
            f"Find out what the order says and when it took effect. {stop}",
        ),
    )


def test_what_was_not_said_is_graver_than_what_was_not_recorded_and_each_says_what_to_do() -> None:
    assert told("station", None, None) == Finding(
        "told-station-not-recorded",
        "record",
        "The record does not say whether the person was told the officer's station.",
        "PACE 1984 s.2(3)(a)",
        "Say yes or no, and why not if no.",
    )
    assert told("warrant_card", False, "It was dark.") == Finding(
        "not-told-warrant-card",
        "serious",
        "The person was not shown a warrant card by an officer out of uniform before the search. "
        "The reason given: It was dark.",
        "PACE 1984 s.2(2)",
        "A supervisor must review it.",
    )
    assert told("object", False, None).sentence.endswith("No reason is given.")


def test_nonsense_says_why() -> None:
    early = without(ended_at=WHEN - timedelta(seconds=1))
    assert nonsense(early) == (("ended_at", "The search cannot end before it starts."),)
    ancient = without(at=datetime(1985, 12, 31, tzinfo=UTC))
    assert nonsense(ancient) == (("at", "Searches have been recorded under this law only since 1986."),)
