"""Eligibility: each limb met, not met and not known; what bars, what does not, and who decides."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from svro.law.eligibility import (
    ALTERNATIVES,
    RULES_VERSION,
    Assessment,
    Facts,
    Limb,
    Necessity,
    PriorConviction,
    assess,
    nonsense,
)
from svro.law.identifiers import offence_code
from svro.law.offences import OFFENCES, SUPERSEDED, prompt
from svro.law.regimes import PILOT
from svro.law.sources import resolve
from tests.law import said

ELIGIBLE = Facts(
    on_day=date(2024, 3, 1),
    date_of_birth=date(2000, 5, 4),
    offence_code="CJ88144",
    offence_from=date(2023, 11, 5),
    conviction_date=date(2024, 2, 1),
    court="C05LV00",
    court_area="merseyside",
    prosecution_applies=True,
    item="bladed article",
    item_description="kitchen knife, 15 cm",
    own_use=False,
    own_had=True,
    own_had_evidence="found in his waistband on arrest",
    other_used=False,
    other_had=False,
    knew=False,
    ought_to_have_known=False,
    sentence="custodial",
    necessity=(Necessity(purpose="protect-public", evidence="three earlier convictions for knives"),),
)
FIVE = {"used", "had", "another-used", "another-had", "weapon"}


def limb(assessment: Assessment, code: str) -> Limb:
    (found,) = [limb for limb in assessment.limbs if limb.code == code]
    return found


def answers(facts: Facts, *codes: str) -> tuple[str, ...]:
    assessment = assess(facts)
    return tuple(limb(assessment, code).answer for code in codes)


def test_a_case_in_which_every_limb_that_can_be_is_met_may_be_applied_for() -> None:
    found = assess(ELIGIBLE)
    assert found.answer == "eligible"
    assert found.failing == ()
    assert found.rules_version == RULES_VERSION
    assert found.facts == ELIGIBLE
    assert {limb.answer for limb in found.limbs if limb.code not in ALTERNATIVES} == {"met", "not known"}
    assert [
        limb.code for limb in found.limbs if limb.answer == "not known" and limb.code not in ALTERNATIVES
    ] == ["necessity"]


def test_every_limb_has_a_source_that_resolves_and_an_unknown_one_says_what_would_settle_it() -> None:
    for facts in (ELIGIBLE, Facts(on_day=date(2024, 3, 1)), Facts(on_day=date(2025, 4, 19))):
        for found in assess(facts).limbs:
            assert resolve(found.source).citation == found.source
            assert found.sentence.endswith(".")
            assert bool(found.would_settle) is (found.answer == "not known"), found


def test_nothing_known_is_not_known_and_never_eligible() -> None:
    found = assess(Facts(on_day=date(2024, 3, 1)))
    assert found.answer == "not known"
    assert found.failing == ()


@pytest.mark.parametrize("field", ["date_of_birth", "offence_from", "conviction_date", "item", "own_had"])
def test_one_essential_fact_unknown_leaves_the_case_not_known(field: str) -> None:
    assert assess(replace(ELIGIBLE, **{field: None})).answer == "not known"


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        ({"date_of_birth": date(2006, 2, 2)}, "age"),
        ({"offence_from": date(2023, 4, 18)}, "offence-date"),
        ({"conviction_date": date(2024, 3, 2)}, "convicted"),
        ({"on_day": date(2025, 4, 19)}, "power-in-force"),
        ({"court_area": "greater-manchester"}, "court"),
        ({"prosecution_applies": False}, "prosecution-application"),
        ({"own_had": False}, "weapon"),
        ({"item": "neither"}, "weapon"),
        ({"sentence": "absolute discharge"}, "sentence"),
        ({"necessary": ()}, "necessity"),
    ],
)
def test_one_limb_that_fails_is_enough(change: dict[str, object], failing: str) -> None:
    found = assess(msgspec.convert({**msgspec.to_builtins(ELIGIBLE), **change}, Facts, strict=False))
    assert found.answer == "not eligible"
    assert failing in [limb.code for limb in found.failing]


def test_every_failing_reason_is_returned_and_not_only_the_first() -> None:
    facts = replace(
        ELIGIBLE,
        date_of_birth=date(2007, 1, 1),
        offence_from=date(2023, 1, 1),
        court_area="kent",
        own_had=False,
        sentence="absolute discharge",
        prosecution_applies=False,
    )
    assert [limb.code for limb in assess(facts).failing] == [
        "age",
        "offence-date",
        "court",
        "prosecution-application",
        "weapon",
        "sentence",
    ]


@pytest.mark.parametrize(
    ("born", "answer"),
    [
        (date(2006, 2, 1), "met"),  # 18 on the day of conviction
        (date(2006, 2, 2), "not met"),  # 18 the day after, even if sentenced at 18
        (date(1990, 1, 1), "met"),
    ],
)
def test_trap_12_age_is_tested_at_conviction(born: date, answer: str) -> None:
    facts = replace(ELIGIBLE, date_of_birth=born)
    assert answers(facts, "age") == (answer,)


def test_trap_12_age_at_the_offence_and_at_the_assessment_do_not_count() -> None:
    turned_18_between = replace(
        ELIGIBLE,
        date_of_birth=date(2005, 12, 1),
        offence_from=date(2023, 11, 5),
        conviction_date=date(2024, 2, 1),
    )
    assert answers(turned_18_between, "age") == ("met",)
    turned_18_after = replace(turned_18_between, date_of_birth=date(2006, 2, 15))
    assert answers(turned_18_after, "age") == ("not met",)


def test_trap_12_a_birthday_of_29_february_that_the_law_does_not_settle_is_not_known() -> None:
    leapling = replace(
        ELIGIBLE, date_of_birth=date(2008, 2, 29), on_day=date(2026, 4, 1), conviction_date=date(2026, 2, 28)
    )
    assert answers(leapling, "age") == ("not known",)
    assert answers(replace(leapling, conviction_date=date(2026, 3, 1)), "age") == ("met",)
    assert answers(replace(leapling, conviction_date=date(2026, 2, 27)), "age") == ("not met",)


@pytest.mark.parametrize(
    ("begins", "ends", "answer"),
    [
        (date(2023, 4, 19), None, "met"),
        (date(2023, 4, 18), None, "not met"),
        (date(2023, 4, 1), date(2023, 4, 18), "not met"),
        (date(2023, 4, 18), date(2023, 4, 19), "not known"),
        (date(2023, 4, 19), date(2023, 6, 1), "met"),
        (None, date(2023, 4, 18), "not met"),
        (None, date(2023, 4, 19), "not known"),
        (None, None, "not known"),
    ],
)
def test_trap_12_the_offence_is_on_or_after_the_first_appointed_day(
    begins: date | None, ends: date | None, answer: str
) -> None:
    facts = replace(ELIGIBLE, offence_from=begins, offence_to=ends)
    assert answers(facts, "offence-date") == (answer,)


def test_trap_12_an_offence_that_spans_the_first_appointed_day_says_why_it_is_not_known() -> None:
    found = assess(replace(ELIGIBLE, offence_from=date(2023, 4, 1), offence_to=date(2023, 5, 1)))
    assert found.answer == "not known"
    spans = limb(found, "offence-date")
    assert "spans 19 April 2023" in spans.sentence
    assert spans.would_settle.startswith("Legal advice")


def test_trap_13_royal_assent_is_not_the_first_appointed_day_and_a_roll_out_does_not_move_it() -> None:
    assert answers(replace(ELIGIBLE, offence_from=date(2022, 4, 28)), "offence-date") == ("not met",)
    roll_out = replace(PILOT, name="roll-out", starts=date(2027, 1, 1), ends=None, saving_to=None, areas=None)
    facts = replace(ELIGIBLE, on_day=date(2027, 6, 1), court_area="kent")
    later = assess(facts, (PILOT, roll_out))
    assert limb(later, "offence-date").answer == "met"
    assert later.answer == "eligible"
    assert assess(facts).answer == "not eligible"


def test_trap_14_what_counts_is_where_the_court_sits() -> None:
    assert answers(replace(ELIGIBLE, court_area="thames-valley", court="C43OX00"), "court") == ("met",)
    assert answers(replace(ELIGIBLE, court_area="kent"), "court") == ("not met",)
    assert answers(replace(ELIGIBLE, court_area=None), "court") == ("met",)  # by the number in C05LV00
    assert answers(replace(ELIGIBLE, court_area=None, court="C06MA00"), "court") == ("not met",)
    assert answers(replace(ELIGIBLE, court_area=None, court="Liverpool"), "court") == ("not known",)
    assert answers(replace(ELIGIBLE, court_area=None, court=None), "court") == ("not known",)
    assert not any("where" in name and "offence" in name for name in Facts.__struct_fields__)


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        (date(2023, 4, 18), "not met"),
        (date(2023, 4, 19), "met"),
        (date(2025, 4, 18), "met"),
        (date(2025, 4, 19), "not met"),  # the saving period keeps orders, not the power
        (date(2025, 10, 18), "not met"),
        (date(2026, 11, 22), "not met"),
    ],
)
def test_an_order_can_be_made_only_while_a_regime_runs(day: date, answer: str) -> None:
    facts = replace(ELIGIBLE, on_day=day, conviction_date=date(2023, 4, 18), offence_from=date(2023, 4, 18))
    assert answers(facts, "power-in-force") == (answer,)


@pytest.mark.parametrize("used", [True, False, None])
@pytest.mark.parametrize("had", [True, False, None])
def test_trap_33_either_use_or_having_meets_the_condition_about_the_offender(
    used: bool | None, had: bool | None
) -> None:
    facts = replace(ELIGIBLE, own_use=used, own_had=had)
    word = {True: "met", False: "not met", None: "not known"}
    expected = "met" if used or had else "not known" if None in (used, had) else "not met"
    assert answers(facts, "used", "had", "weapon") == (word[used], word[had], expected)


@pytest.mark.parametrize("knew", [True, False, None])
@pytest.mark.parametrize("ought", [True, False, None])
@pytest.mark.parametrize(("field", "code"), [("other_used", "another-used"), ("other_had", "another-had")])
def test_another_persons_item_counts_if_the_offender_knew_or_ought_to_have_known(
    knew: bool | None, ought: bool | None, field: str, code: str
) -> None:
    facts = replace(ELIGIBLE, own_had=False, knew=knew, ought_to_have_known=ought, **{field: True})
    expected = "met" if knew or ought else "not known" if None in (knew, ought) else "not met"
    assert answers(facts, code, "weapon") == (expected, expected)


def test_knowledge_of_an_item_that_nobody_else_had_meets_nothing() -> None:
    facts = replace(ELIGIBLE, own_had=False, knew=True)
    assert answers(facts, "another-used", "another-had", "weapon") == ("not met", "not met", "not met")


def test_each_of_the_four_ways_names_its_own_paragraph_and_evidence() -> None:
    facts = replace(
        ELIGIBLE, own_use_evidence="a", own_had_evidence="b", other_used_evidence="c", other_had_evidence="d"
    )
    found = assess(replace(facts, knowledge_evidence="k"))
    assert [(limb.source[-6:], limb.evidence) for limb in found.limbs if limb.code in FIVE - {"weapon"}] == [
        ("(3)(a)", ("a",)),
        ("(3)(b)", ("b",)),
        ("(4)(a)", ("c", "k")),
        ("(4)(b)", ("d", "k")),
    ]


def test_an_item_that_is_neither_a_blade_nor_a_weapon_meets_no_limb() -> None:
    facts = replace(
        ELIGIBLE, item="neither", own_use=True, own_had=True, other_used=True, other_had=True, knew=True
    )
    assert answers(facts, "used", "had", "another-used", "another-had", "weapon") == ("not met",) * 5


def test_what_is_missing_for_each_way_is_named() -> None:
    found = assess(Facts(on_day=date(2024, 3, 1)))
    assert limb(found, "had").would_settle == (
        "Evidence of what the item is, and of who had it when the offence was committed."
    )
    assert "knew or ought to have known" in limb(found, "another-used").would_settle
    assert "knew" not in limb(found, "used").would_settle
    partly = assess(replace(ELIGIBLE, own_use=None))
    assert limb(partly, "used").would_settle == "Evidence of whether it was used."


def test_trap_32_any_offence_may_qualify_and_one_named_for_a_knife_may_not() -> None:
    for code in ("TH68023", "ZZ99999", None):
        assert assess(replace(ELIGIBLE, offence_code=code)).answer == "eligible"
    assert assess(replace(ELIGIBLE, offence_code="OW19004", item="neither")).answer == "not eligible"


def test_trap_32_the_list_of_offences_is_a_prompt_with_sound_codes_and_no_gate() -> None:
    assert prompt("CJ88144") == OFFENCES["CJ88144"]
    assert prompt("ZZ99999") is None
    attempted = prompt("OF61016A")
    assert attempted
    assert attempted.title.endswith("(attempt)")
    for code in (*OFFENCES, *SUPERSEDED):
        assert offence_code(code).fault is None
        assert prompt(code)
    assert not SUPERSEDED & set(OFFENCES)


def test_trap_33_necessity_is_for_the_court_whatever_the_police_put_forward() -> None:
    every = tuple(
        Necessity(purpose=purpose, evidence="intelligence of 2024")
        for purpose in ("protect-public", "protect-particular", "prevent-offending")
    )
    codes = ("protect-public", "protect-particular", "prevent-offending", "necessity")
    assert answers(replace(ELIGIBLE, necessity=every), *codes) == ("not known",) * 4
    found = assess(replace(ELIGIBLE, necessity=every))
    assert "for the court" in limb(found, "necessity").sentence
    assert limb(found, "protect-particular").evidence == ("intelligence of 2024",)
    assert "no purpose" in limb(assess(replace(ELIGIBLE, necessity=())), "necessity").would_settle


def test_trap_33_a_courts_decision_settles_necessity_purpose_by_purpose() -> None:
    codes = ("protect-public", "protect-particular", "prevent-offending", "necessity")
    held = replace(ELIGIBLE, necessary=("protect-particular",))
    assert answers(held, *codes) == ("not known", "met", "not known", "met")
    assert assess(held).answer == "eligible"
    assert answers(replace(ELIGIBLE, necessary=()), *codes) == ("not met",) * 4


def test_trap_34_a_conditional_discharge_does_not_bar_an_order_and_an_absolute_one_does() -> None:
    assert assess(replace(ELIGIBLE, sentence="conditional discharge")).answer == "eligible"
    assert assess(replace(ELIGIBLE, sentence="absolute discharge")).answer == "not eligible"
    assert assess(replace(ELIGIBLE, sentence=None)).answer == "eligible"
    assert answers(replace(ELIGIBLE, sentence=None), "sentence") == ("not known",)


def test_an_application_may_be_prepared_before_the_prosecution_has_said_anything() -> None:
    assert assess(replace(ELIGIBLE, prosecution_applies=None)).answer == "eligible"


def test_earlier_convictions_are_evidence_of_necessity_and_nothing_else() -> None:
    earlier = PriorConviction(
        offence_code="CJ88144",
        offence_date=date(2021, 5, 3),
        conviction_date=date(2021, 6, 4),
        court="B05PK00",
        weapon="lock knife",
        role="alone",
        is_knife_or_weapon=True,
    )
    found = assess(replace(ELIGIBLE, prior_convictions=(earlier, PriorConviction(offence_code="TH68023"))))
    assert limb(found, "necessity").evidence == (
        "Earlier conviction CJ88144, committed 3 May 2021, convicted 4 June 2021, court B05PK00, "
        "weapon lock knife, role alone",
        "Earlier conviction TH68023",
    )
    assert found.answer == assess(ELIGIBLE).answer


def test_a_conviction_after_the_day_of_assessment_does_not_count_yet() -> None:
    assert answers(replace(ELIGIBLE, on_day=date(2024, 2, 1)), "convicted") == ("met",)
    assert answers(replace(ELIGIBLE, on_day=date(2024, 1, 31)), "convicted") == ("not met",)
    assert answers(replace(ELIGIBLE, conviction_date=None), "convicted", "age") == ("not known", "not known")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"offence_to": date(2023, 11, 4)}, ["offence_to"]),
        ({"offence_to": date(2023, 11, 5)}, []),
        ({"conviction_date": date(2023, 11, 4)}, ["conviction_date"]),
        ({"conviction_date": date(2023, 11, 5)}, []),
        ({"offence_to": date(2024, 2, 2)}, ["conviction_date"]),
        ({"date_of_birth": date(2023, 11, 5)}, []),
        ({"date_of_birth": date(2024, 2, 1), "offence_from": None}, []),
        ({"date_of_birth": date(2023, 11, 6)}, ["date_of_birth"]),
        ({"date_of_birth": date(2024, 2, 2)}, ["date_of_birth", "date_of_birth"]),
    ],
)
def test_facts_that_cannot_be_true_together_are_nonsense_field_by_field(
    change: dict[str, date], fields: list[str]
) -> None:
    assert [field for field, _ in nonsense(replace(ELIGIBLE, **change))] == fields


def test_an_assessment_survives_being_written_down_and_read_again() -> None:
    found = assess(ELIGIBLE)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Assessment) == found


def test_a_fact_with_an_unknown_name_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="postcode"):
        msgspec.convert({"on_day": "2024-03-01", "postcode": "L1"}, Facts)
    assert msgspec.convert({"on_day": "2024-03-01"}, Facts).on_day == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({}, "court", "The court sits in an area where orders can be made on 1 March 2024."),
        (
            {"court_area": "kent"},
            "court",
            "The court sits in no area where orders can be made on 1 March 2024.",
        ),
        ({}, "prosecution-application", "The prosecution applies."),
        ({"prosecution_applies": False}, "prosecution-application", "The prosecution does not apply."),
        ({"sentence": "absolute discharge"}, "sentence", "An absolute discharge bars an order."),
        ({"sentence": "fine"}, "sentence", "Dealt with by: fine."),
        ({"necessary": ("protect-public",)}, "necessity", "The court held an order necessary."),
        ({"necessary": ()}, "necessity", "The court held no order necessary."),
        (
            {"own_had": False},
            "weapon",
            "No bladed article or offensive weapon was used or carried as the Act requires.",
        ),
        ({}, "weapon", "A bladed article or offensive weapon was used or carried as the Act requires."),
        ({}, "age", "Aged 23 when convicted; it must be 18 or over."),
    ],
)
def test_a_limb_says_in_plain_words_what_was_found(
    change: dict[str, object], code: str, sentence: str
) -> None:
    assert limb(assess(replace(ELIGIBLE, **change)), code).sentence == sentence  # type: ignore[arg-type]


def test_a_purpose_says_whether_it_was_put_forward() -> None:
    found = assess(ELIGIBLE)
    assert limb(found, "protect-public").sentence.startswith(
        "Put forward for the court: necessary to protect"
    )
    assert limb(found, "prevent-offending").sentence.startswith("Not put forward for the court: necessary to")


@pytest.mark.parametrize(
    ("born", "convicted", "settles"),
    [
        (None, date(2024, 2, 1), "The date of birth."),
        (date(2000, 5, 4), None, "The date of conviction: age is tested on that day."),
        (None, None, "The date of birth. The date of conviction: age is tested on that day."),
    ],
)
def test_an_unknown_age_says_which_date_is_missing(
    born: date | None, convicted: date | None, settles: str
) -> None:
    found = assess(replace(ELIGIBLE, date_of_birth=born, conviction_date=convicted))
    assert limb(found, "age").would_settle == settles


def test_a_world_without_any_regime_has_no_first_appointed_day_and_no_power() -> None:
    found = assess(ELIGIBLE, ())
    assert [limb.code for limb in found.failing] == ["offence-date", "power-in-force", "court"]


SAYINGS: dict[str, Facts] = {
    "all that can be known is known, and allows an order": ELIGIBLE,
    "nothing is known": Facts(on_day=date(2024, 3, 1)),
    "all that can fail fails": replace(
        ELIGIBLE,
        on_day=date(2024, 1, 31),
        date_of_birth=date(2006, 2, 2),
        offence_from=date(2023, 1, 1),
        offence_to=date(2023, 4, 18),
        court=None,
        court_area="kent",
        item="neither",
        own_use=True,
        prosecution_applies=False,
        sentence="absolute discharge",
        necessary=(),
    ),
    "no conviction, but what it would be for": replace(ELIGIBLE, conviction_date=None),
    "a birthday that is not settled": replace(
        ELIGIBLE, date_of_birth=date(2008, 2, 29), conviction_date=date(2026, 2, 28), on_day=date(2026, 3, 1)
    ),
    "the offence spans the first appointed day": replace(
        ELIGIBLE, offence_from=date(2023, 4, 1), offence_to=date(2023, 5, 1)
    ),
    "only the last day of the offence is known": replace(
        ELIGIBLE, offence_from=None, offence_to=date(2023, 5, 1)
    ),
    "the court's code says nothing": replace(ELIGIBLE, court="Liverpool", court_area=None),
    "the ways are half known": replace(
        ELIGIBLE,
        own_use=None,
        own_had=None,
        other_used=True,
        other_used_evidence="CCTV",
        other_had=None,
        knew=None,
        ought_to_have_known=None,
        knowledge_evidence="messages on the telephone",
    ),
    "whether the offender had it is all that is not known": replace(ELIGIBLE, own_had=None),
    "another's weapon, of which the offender may have known": replace(
        ELIGIBLE, own_had=False, other_used=None, other_had=True, knew=False, ought_to_have_known=None
    ),
    "another's weapon, of which the offender knew": replace(
        ELIGIBLE, own_had=False, other_used=None, other_had=True, knew=True, ought_to_have_known=None
    ),
    "the item alone is not known": replace(
        ELIGIBLE, item=None, own_use=True, other_used=False, other_had=True, ought_to_have_known=True
    ),
    "a court held one purpose to make it necessary": replace(
        ELIGIBLE,
        sentence="conditional discharge",
        necessary=("protect-public",),
        prior_convictions=(PriorConviction(offence_code="CJ88144", conviction_date=date(2020, 1, 2)),),
    ),
    "a court held it not necessary": replace(
        ELIGIBLE, necessary=(), prior_convictions=(PriorConviction(offence_code="PC53001"),)
    ),
}


def test_each_limb_says_word_for_word_what_was_reviewed() -> None:
    """And its source, its evidence, what would settle it; after the first case only what differs from it."""
    two = (PILOT, replace(PILOT, name="elsewhere", area_source="SI 2023/387 reg.1(2)", source="CrimPR 31.1"))
    worlds = {name: assess(facts) for name, facts in SAYINGS.items()}
    worlds |= {"no regime at all": assess(ELIGIBLE, ()), "two regimes at once": assess(ELIGIBLE, two)}
    usual = {*map(line, assess(ELIGIBLE).limbs)}
    lines = {
        case: [
            f"answer: {found.answer}",
            *(text for text in map(line, found.limbs) if text not in usual or case == next(iter(worlds))),
        ]
        for case, found in worlds.items()
    }
    said.check("eligibility", lines)


def line(limb: Limb) -> str:
    evidence = " + ".join(limb.evidence)
    return f"{limb.code}: {limb.answer}. {limb.sentence} [{limb.source}] ({evidence}) <{limb.would_settle}>"


def test_facts_that_cannot_be_true_together_say_why() -> None:
    facts = replace(
        ELIGIBLE,
        offence_to=date(2023, 11, 4),
        date_of_birth=date(2024, 2, 2),
        conviction_date=date(2023, 11, 3),
    )
    assert nonsense(facts) == (
        ("offence_to", "The offence cannot end before it begins."),
        ("conviction_date", "Nobody is convicted of an offence before it is committed."),
        ("date_of_birth", "The offence is dated before the birth."),
        ("date_of_birth", "The conviction is dated before the birth."),
    )
