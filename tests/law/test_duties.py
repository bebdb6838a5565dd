"""Clocks of the law: notifications, limbs of s.342G, seized things, CrimPR 31, windows of appeal."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from svro.law import breaches, changes, notifications, seizures
from svro.law.acts import Act
from svro.law.dates import LONDON, end_of
from svro.law.duties import Duty, copy_of_record, ending, judged, owed
from svro.law.notifications import Notification
from svro.law.regimes import PILOT, Regime
from svro.law.sources import SOURCES, cited, resolve

MADE = datetime(2024, 8, 2, 11, tzinfo=LONDON)  # a Friday
GIVEN = Notification(
    kind="first",
    given_at=MADE,
    orally=True,
    station="St Anne Street",
    station_area="merseyside",
    lives_in=("merseyside",),
    received_by="police officer",
    names=("Cosmo Thistlewood",),
    home="12 Larch Row",
)
LATER = datetime(2024, 9, 30, 12, tzinfo=LONDON)


def order(at: datetime = MADE, effect: str = "immediate", months: int = 12, *more: Act) -> list[Act]:
    return [Act(n=1, act="made", at=at, known_at=at, court="C05LV00", effect=effect, months=months), *more]


def act(n: int, name: str, at: datetime, **values: Any) -> Act:
    return Act(n=n, act=name, at=at, known_at=at, **values)


def first(acts: list[Act], now: datetime, *held: Notification) -> Duty:
    rows = [(f"n{i}", row) for i, row in enumerate(held)]
    return notifications.notifications(acts, rows, now)[0]


def change(acts: list[Act], now: datetime, *held: Notification) -> Duty:
    rows = [(f"n{i}", row) for i, row in enumerate(held)]
    return notifications.notifications(acts, rows, now)[-1]


def codes(duty: Duty) -> set[str]:
    return {found.code for found in duty.findings}


def local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)


# s.342B: when


def test_trap_15_three_days_begin_with_the_day_and_weekends_count() -> None:
    duty = first(order(), MADE)
    assert (duty.first, duty.last, duty.standing) == (date(2024, 8, 2), date(2024, 8, 4), "due")
    assert "4 August 2024" in duty.sentence


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        (datetime(2024, 8, 4, 22, 59, 59, tzinfo=UTC), "done"),  # 23:59:59 in London
        (datetime(2024, 8, 4, 23, 0, tzinfo=UTC), "late"),  # midnight in London, still the 4th in UTC
    ],
)
def test_trap_16_the_third_day_ends_at_midnight_in_london_not_in_utc(moment: datetime, standing: str) -> None:
    assert first(order(), LATER, replace(GIVEN, given_at=moment)).standing == standing
    assert first(order(), moment).standing == {"done": "due", "late": "overdue"}[standing]


def test_trap_16_an_order_made_late_on_a_summer_evening_begins_with_that_london_day() -> None:
    late = datetime(2024, 8, 2, 23, 30, tzinfo=UTC)  # 00:30 on the 3rd in London
    assert first(order(late), late).first == date(2024, 8, 3)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 28), 71), (date(2024, 10, 25), 73), (date(2024, 8, 2), 72)],
    ids=["clocks go forward", "clocks go back", "neither"],
)
def test_three_days_are_days_of_the_london_clock_whatever_their_hours(day: date, hours: int) -> None:
    duty = first(order(local(day, 0, 0)), local(day, 0, 0))
    assert duty.last == day + timedelta(days=2)
    end = end_of(duty.last)
    assert end - local(day).astimezone(UTC) == timedelta(hours=hours)
    acts = order(local(day))
    assert (
        first(acts, end + timedelta(days=9), replace(GIVEN, given_at=end - timedelta(seconds=1))).standing
        == "done"
    )
    assert first(acts, end + timedelta(days=9), replace(GIVEN, given_at=end)).standing == "late"


def test_trap_18_bank_holidays_do_not_lengthen_a_notification() -> None:
    assert first(order(local(date(2024, 12, 24), 11)), LATER + timedelta(days=120)).last == date(2024, 12, 26)


def test_trap_4_the_clock_runs_in_prison_unless_the_order_itself_defers() -> None:
    assert first(order(), MADE).last == date(2024, 8, 4)
    waiting = first(order(effect="release"), LATER)
    assert (waiting.standing, waiting.last) == ("not known", None)
    released = local(date(2024, 9, 10), 10)
    acts = order(MADE, "release", 12, act(2, "took_effect", released, authority="HMP Larkhall"))
    assert first(acts, released).last == date(2024, 9, 12)


def test_an_order_that_ended_within_the_three_days_leaves_nothing_owed() -> None:
    ended = order(MADE, "immediate", 12, act(2, "discharged", MADE + timedelta(days=1)))
    assert first(ended, LATER).standing == "not due"
    outlived = order(MADE, "immediate", 12, act(2, "discharged", local(date(2024, 8, 5), 9)))
    assert first(outlived, LATER).standing == "overdue"
    assert first(ended, LATER, replace(GIVEN, given_at=MADE)).standing == "done"


def test_an_order_that_never_took_effect_asks_for_nothing() -> None:
    acts = order(effect="release")
    assert (
        first(acts, datetime(2025, 4, 20, tzinfo=UTC)).standing == "not known"
    )  # nobody has confirmed a date
    released = local(date(2025, 4, 22), 9)
    acts = order(MADE, "release", 12, act(2, "took_effect", released, authority="HMP Larkhall"))
    assert first(acts, released + timedelta(days=9)).standing == "not due"


def test_an_order_whose_making_conflicts_has_a_duty_that_is_not_known() -> None:
    acts = order(
        MADE, "immediate", 12, act(2, "made", MADE + timedelta(days=1), months=18, effect="immediate")
    )
    assert first(acts, LATER).standing == "not known"


# s.342B: how and where


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"orally": False}, "not-oral"),
        ({"station_area": "sussex"}, "wrong-area"),
        ({"received_by": "somebody else"}, "not-to-police"),
    ],
)
def test_trap_19_only_orally_at_a_station_where_the_offender_lives(wrong: dict[str, Any], code: str) -> None:
    duty = first(order(), LATER, replace(GIVEN, **wrong))
    assert (duty.standing, code in codes(duty)) == ("overdue", True)
    assert "suspected-breach" in codes(duty)
    assert first(order(), LATER, GIVEN).standing == "done"


@pytest.mark.parametrize("silent", ["orally", "station", "station_area", "received_by"])
def test_what_the_record_does_not_say_is_not_known_and_no_suspicion(silent: str) -> None:
    duty = first(order(), LATER, replace(GIVEN, **{silent: None}))
    assert duty.standing == "not known"
    assert "suspected-breach" not in codes(duty)


def test_somebody_who_lives_in_two_areas_may_go_to_a_station_in_either() -> None:
    two = replace(GIVEN, station_area="sussex", lives_in=("merseyside", "sussex"))
    assert first(order(), LATER, two).standing == "done"


def test_a_second_notification_given_properly_in_time_cures_the_first() -> None:
    telephone, station = replace(GIVEN, orally=False), replace(GIVEN, given_at=MADE + timedelta(days=1))
    duty = first(order(), LATER, telephone, station)
    assert (duty.standing, duty.about) == ("done", "n1")


def test_a_notification_before_the_order_took_effect_does_not_meet_the_duty() -> None:
    duty = first(order(), LATER, replace(GIVEN, given_at=MADE - timedelta(days=1)))
    assert (duty.standing, "before-its-time" in codes(duty)) == ("overdue", True)


def test_trap_21_a_home_may_be_a_place_and_needs_no_postcode() -> None:
    place = replace(GIVEN, home="The benches by the bandstand", home_is_a_place=True)
    assert first(order(), LATER, place).standing == "done"
    homeless = first(order(), LATER, replace(GIVEN, home=None))
    assert (homeless.standing, codes(homeless)) == ("not known", {"incomplete"})


def test_trap_22_late_is_a_suspicion_with_a_question_never_a_breach() -> None:
    duty = first(order(), LATER)
    [found] = [found for found in duty.findings if found.code == "suspected-breach"]
    assert duty.standing == "overdue"
    assert "reasonable excuse" in found.sentence
    assert "investigation" in found.do
    assert found.source == "Sentencing Act 2020 s.342G(1)(a)"


# s.342B: changes

MOVED = replace(
    GIVEN, kind="home", since=date(2024, 9, 2), given_at=local(date(2024, 9, 4), 23, 59), names=()
)
DECIDED = replace(
    GIVEN,
    kind="premises",
    since=date(2024, 9, 2),
    names=(),
    home=None,
    premises=("4 Elm Walk",),
    a_month_or_more=True,
)


@pytest.mark.parametrize(("day", "standing"), [(date(2024, 9, 4), "done"), (date(2024, 9, 5), "late")])
def test_a_change_of_home_is_notified_within_three_days_of_it(day: date, standing: str) -> None:
    duty = change(order(), LATER, replace(MOVED, given_at=local(day, 9)))
    assert (duty.code, duty.standing, duty.last) == ("notify-home", standing, date(2024, 9, 4))


def test_trap_20_the_clock_of_a_stay_runs_from_the_decision() -> None:
    duty = change(order(), LATER, replace(DECIDED, given_at=local(date(2024, 9, 30), 9)))
    assert (duty.first, duty.last, duty.standing) == (date(2024, 9, 2), date(2024, 9, 4), "late")
    short = change(order(), LATER, replace(DECIDED, given_at=None, a_month_or_more=False))
    assert short.standing == "not due"
    unsaid = change(order(), LATER, replace(DECIDED, given_at=None, a_month_or_more=None))
    assert (unsaid.standing, codes(unsaid)) == ("not known", set())


def test_a_change_known_and_not_notified_is_due_and_then_overdue() -> None:
    moved = replace(MOVED, given_at=None)
    assert change(order(), local(date(2024, 9, 4), 23, 59), moved).standing == "due"
    assert change(order(), local(date(2024, 9, 5)), moved).standing == "overdue"


def test_a_change_on_a_day_that_is_not_known_is_not_late() -> None:
    duty = change(order(), LATER, replace(MOVED, since=None))
    assert (duty.standing, codes(duty)) == ("not known", {"day-not-known"})


def test_a_name_already_notified_calls_for_nothing_and_a_new_one_does() -> None:
    known = replace(GIVEN, names=("Cosmo Thistlewood", "Coz"))
    used = replace(GIVEN, kind="name", since=date(2024, 9, 2), given_at=None, names=("COZ",), home=None)
    assert change(order(), LATER, known, used).standing == "not due"
    assert change(order(), LATER, GIVEN, used).standing == "overdue"
    by_telephone = replace(known, orally=False)
    assert change(order(), LATER, by_telephone, used).standing == "overdue"


def test_a_change_while_no_order_is_in_effect_calls_for_nothing() -> None:
    before = replace(MOVED, since=date(2024, 8, 1), given_at=None)
    assert change(order(), LATER, before).standing == "not due"
    expired = replace(MOVED, since=date(2025, 8, 2), given_at=None)
    assert change(order(), datetime(2025, 9, 1, tzinfo=UTC), expired).standing == "not due"
    waiting = change(order(effect="release"), LATER, replace(MOVED, given_at=None))
    assert waiting.standing == "not known"


@given(st.integers(0, 720 * 24 * 60), st.integers(0, 200))
def test_in_time_is_exactly_the_day_and_the_two_after_it(minutes: int, hours: int) -> None:
    made = datetime(2023, 4, 19, 9, tzinfo=UTC) + timedelta(minutes=minutes)
    moment = made + timedelta(hours=hours)
    days = (moment.astimezone(LONDON).date() - made.astimezone(LONDON).date()).days
    duty = first(order(made), moment, replace(GIVEN, given_at=moment))
    assert duty.standing == ("done" if days <= 2 else "late")


# s.342G


def test_trap_23_each_limb_has_its_own_element_and_only_two_have_the_excuse() -> None:
    assert {code: breaches.excusable(code) for code in breaches.LIMBS} == {  # type: ignore[arg-type]
        "a": True, "b": True, "c": False, "d": False, "e": False,
    }  # fmt: skip
    minds = {code: limb.mental for code, limb in breaches.LIMBS.items()}
    assert (minds["c"], minds["d"], minds["e"]) == ("knowledge", "none stated", "intent")
    assert [limb.offence_code for limb in breaches.LIMBS.values()] == [f"SE200{n}" for n in range(13, 18)]
    assert all(resolve(limb.source) for limb in breaches.LIMBS.values())


def step(n: int, name: str, limb: Any = None, days: int = 0, **values: Any) -> breaches.Step:
    at = MADE + timedelta(days=days)
    return breaches.Step(n=n, act=name, at=at, known_at=at, limb=limb, **values)


def test_suspected_charged_and_convicted_are_facts_of_each_limb() -> None:
    steps = [step(1, "opened", "d"), step(2, "suspected", "e", 1), step(3, "charged", "d", 2)]
    assert breaches.limbs_of(steps, LATER) == {"d": "charged", "e": "suspected"}
    assert breaches.limbs_of(steps, MADE + timedelta(days=1)) == {"d": "suspected", "e": "suspected"}
    steps += [step(4, "convicted", "d", 3), step(5, "no_further_action", None, 4)]
    assert breaches.limbs_of(steps, LATER) == {"d": "convicted", "e": "no further action"}
    steps.append(step(6, "withdrawn", None, 5, corrects=4))
    assert breaches.limbs_of(steps, LATER)["d"] == "no further action"


@pytest.mark.parametrize(
    ("before", "new", "code"),
    [
        ([], step(1, "charged", "a"), "not-opened"),
        ([step(1, "opened", "a")], step(2, "opened", "a"), "second-opening"),
        ([step(1, "opened", "a")], step(2, "charged", "a", -2), "before-conduct"),
        ([step(1, "opened", "a")], step(2, "charged"), "no-limb"),
        ([step(1, "opened", "a")], step(2, "acquitted", "b", 1), "not-suspected"),
        ([step(1, "opened", "a")], step(2, "convicted", "a", 1), "before-charge"),
        ([step(1, "opened", "a"), step(2, "charged", "a", 2)], step(3, "convicted", "a", 1), "before-charge"),
        ([step(1, "opened", "a")], step(2, "withdrawn", corrects=1), "nothing-to-withdraw"),
    ],
)
def test_what_cannot_have_happened_in_an_investigation_is_nonsense(
    before: list[breaches.Step], new: breaches.Step, code: str
) -> None:
    found = breaches.problems(before, new, MADE - timedelta(days=1))
    assert code in {problem.code for problem in found}
    assert {problem.kind for problem in found} == {"nonsense"}
    sound = [step(1, "opened", "a"), step(2, "charged", "a", 1)]
    assert breaches.problems(sound, step(3, "convicted", "a", 2), MADE) == ()


def test_trap_34_a_conditional_discharge_is_not_open_for_breach() -> None:
    before = [step(1, "opened", "a"), step(2, "charged", "a", 1)]
    [problem] = breaches.problems(
        before, step(3, "convicted", "a", 2, disposal="conditional discharge"), MADE
    )
    assert (problem.kind, problem.source) == ("doubtful", "Sentencing Act 2020 s.342G(4)")
    assert breaches.problems(before, step(3, "convicted", "a", 2, disposal="fine"), MADE) == ()


def test_it_is_an_offence_only_where_an_order_is_in_effect() -> None:
    opened = [step(1, "opened", "d", 40)]

    def found(conduct: datetime, acts: list[Act]) -> list[str]:
        return [
            finding.code for finding in breaches.findings(opened, conduct, acts, LATER + timedelta(days=900))
        ]

    assert found(LATER, order()) == ["limb-d"]
    assert found(MADE - timedelta(days=1), order()) == ["order-not-in-effect", "limb-d"]
    assert found(LATER, order(effect="release")) == ["order-not-known", "limb-d"]
    quashed = order(MADE, "immediate", 12, act(2, "quashed", LATER + timedelta(days=5)))
    assert found(LATER, quashed) == ["later-quashed", "limb-d"]


def test_the_summary_limit_is_dated_and_says_that_it_was_not_read() -> None:
    days = {date(2023, 4, 19): 6, date(2024, 11, 17): 6, date(2024, 11, 18): 12}
    for day, months in days.items():
        limit = breaches.summary_limit(day)
        assert limit is not None
        assert (limit.months, limit.verified) == (months, False)
    assert breaches.summary_limit(date(2020, 1, 1)) is None


# SI 2022/1071

SEIZED = datetime(2024, 8, 31, 22, 30, tzinfo=LONDON)


def item(*named: tuple[str, datetime], directed_by: str | None = "Property officer") -> list[seizures.Step]:
    rows = (("seized", SEIZED), *named)
    return [
        seizures.Step(n=n, act=name, at=at, known_at=at, directed_by=directed_by)
        for n, (name, at) in enumerate(rows, start=1)
    ]


def kept(*named: tuple[str, datetime], now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> seizures.Kept:
    found = seizures.kept(item(*named), now)
    assert found is not None
    return found


def test_a_seized_thing_is_kept_for_six_months_by_the_corresponding_date() -> None:
    assert seizures.keep_until(SEIZED) == date(2025, 2, 28)
    assert seizures.keep_until(datetime(2024, 8, 31, 23, 30, tzinfo=UTC)) == date(
        2025, 2, 28
    )  # 1 September in London


OVER = end_of(date(2025, 2, 28))


def test_trap_35_it_goes_at_the_later_of_six_months_and_a_failed_application_and_never_while_needed() -> None:
    assert kept().free_from == OVER
    applied, refused = ("owner_applied", OVER - timedelta(days=1)), ("refused", OVER + timedelta(days=20))
    assert (kept(applied).pending, kept(applied).free_from) == (True, None)
    assert kept(applied, refused).free_from == refused[1]
    assert kept(applied, ("refused", OVER - timedelta(hours=1))).free_from == OVER
    held = ("held", SEIZED + timedelta(days=2))
    assert (kept(held).held, kept(held).free_from) == (True, None)
    assert kept(held, ("hold_ended", OVER + timedelta(days=90))).free_from == OVER


@pytest.mark.parametrize(
    ("life", "code"),
    [
        ([("destroyed", OVER - timedelta(seconds=1))], "destroyed-early"),
        ([("owner_applied", SEIZED), ("destroyed", OVER)], "destroyed-early"),
        ([("held", SEIZED), ("destroyed", OVER)], "destroyed-while-needed"),
        ([("returned", OVER)], "returned-unasked"),
        ([("owner_applied", SEIZED), ("held", SEIZED), ("returned", OVER)], "returned-while-needed"),
        ([("owner_applied", OVER)], "applied-late"),
    ],
)
def test_what_should_not_have_happened_to_a_seized_thing_is_found(
    life: list[tuple[str, datetime]], code: str
) -> None:
    assert code in {found.code for found in kept(*life).findings}
    assert kept(("destroyed", OVER)).findings == ()
    assert kept(("owner_applied", SEIZED), ("returned", OVER)).findings == ()


def test_the_last_moment_for_the_owner_is_the_end_of_the_last_day() -> None:
    assert kept(("owner_applied", OVER - timedelta(seconds=1))).pending
    assert not kept(("owner_applied", OVER)).pending


def test_a_thing_outlives_the_pilot_and_one_seized_after_it_had_no_power() -> None:
    last = replace(item()[0], at=end_of(date(2025, 10, 18)) - timedelta(seconds=1), known_at=MADE)
    held = seizures.kept([last], datetime(2026, 11, 22, tzinfo=UTC))
    assert held is not None
    assert (held.keep_until, held.findings) == (date(2026, 4, 17), ())
    after = seizures.kept([replace(last, at=end_of(date(2025, 10, 18)))], LATER + timedelta(days=900))
    assert after is not None
    assert [found.code for found in after.findings] == ["seized-without-power"]


def test_what_cannot_have_happened_to_a_seized_thing_is_nonsense() -> None:
    def of(before: list[seizures.Step], name: str, at: datetime = OVER, **more: Any) -> list[str]:
        new = seizures.Step(n=9, act=name, at=at, known_at=OVER, **more)
        return [problem.code for problem in seizures.problems(before, new)]

    assert of([], "destroyed") == ["not-seized"]
    assert of(item(), "seized") == ["second-seizure"]
    assert of(item(), "held", SEIZED - timedelta(days=1)) == ["before-seizure"]
    assert of(item(("destroyed", OVER)), "returned") == ["already-gone"]
    assert of(item(), "refused") == ["nothing-applied-for"]
    assert of(item(), "hold_ended") == ["not-held"]
    assert of(item(), "withdrawn", corrects=1) == ["nothing-to-withdraw"]
    assert of(item(("held", SEIZED)), "hold_ended") == []
    mistake = item(("destroyed", SEIZED))
    assert of(mistake, "withdrawn", corrects=2) == []
    mended = [*mistake, seizures.Step(n=3, act="withdrawn", at=OVER, known_at=OVER, corrects=2)]
    assert of(mended, "held") == []


def test_a_seized_thing_says_what_is_owed_of_it() -> None:
    def owed_of(*named: tuple[str, datetime], now: datetime = OVER, **more: Any) -> tuple[str, date | None]:
        duty = seizures.duty("i", item(*named), now, **more)
        assert duty is not None
        return duty.standing, duty.last

    assert owed_of(now=OVER - timedelta(seconds=1)) == ("not due", date(2025, 2, 28))
    assert owed_of() == ("due", date(2025, 2, 28))
    assert owed_of(("held", SEIZED))[0] == "not due"
    assert owed_of(("owner_applied", SEIZED))[0] == "not due"
    assert owed_of(("destroyed", OVER))[0] == "done"
    assert owed_of(property_regulations=True)[0] == "not due"


# CrimPR 31 and s.342H


def test_trap_31_no_number_of_days_is_fixed_for_the_notice_of_intention() -> None:
    duty = changes.notice_of_intention(None)
    assert (duty.standing, duty.last) == ("due", None)
    assert "practicable" in duty.sentence
    assert changes.notice_of_intention(date(2024, 7, 1)).standing == "done"
    assert changes.notice_of_intention(None, dispensed=True).standing == "done"


SERVED: dict[Any, date] = {
    "court officer": date(2024, 8, 12),
    "prosecutor": date(2024, 8, 12),
    "offender": date(2024, 8, 14),
}


def test_ten_business_days_run_from_the_last_service_and_skip_the_bank_holiday() -> None:
    assert changes.representations_until(list(SERVED.values())) == date(2024, 8, 29)  # 26 August is a holiday
    found = {duty.code: duty for duty in changes.steps("chief-officer-lives", SERVED, LATER)}
    assert found["representations"].last == date(2024, 8, 29)
    assert found["representations"].standing == "closed"
    assert changes.representations_until([]) is None


def test_nobodys_time_runs_until_everyone_named_is_served_the_prosecutor_too() -> None:
    without = {party: day for party, day in SERVED.items() if party != "prosecutor"}
    found = {duty.code: duty for duty in changes.steps("chief-officer-lives", without, LATER)}
    assert found["serve-prosecutor"].standing == "due"
    assert (found["representations"].standing, found["representations"].last) == ("not known", None)
    own = {duty.code for duty in changes.steps("offender", {}, LATER)}
    assert "serve-offender" not in own


def test_a_decision_within_the_ten_days_is_found_and_one_after_them_is_not() -> None:
    def found(decided: date) -> set[str]:
        steps = changes.steps("btp", SERVED, LATER, decided=decided)
        return {finding.code for duty in steps for finding in duty.findings}

    assert found(date(2024, 8, 29)) == {"decided-early"}
    assert found(date(2024, 8, 30)) == set()


def test_an_application_says_why_and_what_has_changed_and_discloses_earlier_ones() -> None:
    said = {"grounds": "Necessary still", "changed": "Nothing", "earlier": "None"}
    assert changes.unsaid(said) == ()
    for name, source in (("grounds", "(a)(ii)"), ("changed", "(a)(i)"), ("earlier", "(b)")):
        lacking = changes.unsaid({**said, name: "  "})
        assert [(row[0], row[2]) for row in lacking] == [(name, f"CrimPR 31.5(2){source}")]
    assert [row[0] for row in changes.unsaid({})] == ["grounds", "changed", "earlier"]


def test_hearsay_is_challenged_within_five_business_days() -> None:
    assert changes.hearsay_until(date(2024, 8, 22)) == date(2024, 8, 30)
    duty = changes.steps("btp", SERVED, LATER, hearsay=date(2024, 8, 22))[-1]
    assert (duty.code, duty.standing) == ("hearsay-challenge", "closed")


def test_beyond_the_years_of_the_holiday_table_a_business_day_is_not_known() -> None:
    assert changes.representations_until([date(2028, 12, 20)]) is None
    assert changes.hearsay_until(date(2028, 12, 28)) is None
    far = dict.fromkeys(SERVED, date(2028, 12, 20))
    found = {duty.code: duty for duty in changes.steps("btp", far, datetime(2028, 12, 21, tzinfo=UTC))}
    assert found["representations"].standing == "not known"


@pytest.mark.parametrize("applicant", ["prosecutor", "victim"])
def test_trap_30_neither_the_prosecutor_nor_a_victim_may_apply(applicant: Any) -> None:
    bar = changes.applicant_bar(applicant, force="merseyside", lives_in="merseyside", railway=None)
    assert bar is not None
    assert (bar.code, bar.source) == ("not-an-applicant", "Sentencing Act 2020 s.342H(2)")


@pytest.mark.parametrize(
    ("applicant", "force", "lives_in", "railway", "code"),
    [
        ("offender", None, None, None, None),
        ("chief-officer-lives", "merseyside", "merseyside", None, None),
        ("chief-officer-lives", "merseyside", None, None, None),
        ("chief-officer-lives", "merseyside", "sussex", None, "lives-elsewhere"),
        ("chief-officer-offence", "merseyside", "sussex", None, None),
        ("chief-officer-believes", "merseyside", "sussex", None, None),
        ("chief-officer-believes", "btp", None, True, "no-chief-officer"),
        ("chief-officer-offence", None, None, None, "no-chief-officer"),
        ("btp", "btp", None, True, None),
        ("btp", "btp", None, False, "not-a-railway-offence"),
        ("btp", "btp", None, None, "not-a-railway-offence"),
        ("btp", "merseyside", None, True, "not-a-railway-offence"),
    ],
)
def test_who_may_apply_is_a_closed_list(
    applicant: Any, force: str | None, lives_in: str | None, railway: bool | None, code: str | None
) -> None:
    bar = changes.applicant_bar(applicant, force=force, lives_in=lives_in, railway=railway)
    assert (bar and bar.code) == code


def place(code: str, level: Any, area: str | None) -> changes.Place:
    return changes.Place(code=code, level=level, area=area)


CROWN, HERE = place("C05LV00", "Crown", "merseyside"), place("B05PK00", "magistrates", "merseyside")
THERE, UNKNOWN = place("B47CL00", "magistrates", "sussex"), place("B99ZZ00", "magistrates", None)


@pytest.mark.parametrize(
    ("made_by", "court", "applicant", "force", "lives_in", "barred"),
    [
        (CROWN, CROWN, "offender", None, None, False),
        (CROWN, HERE, "offender", None, None, True),
        (place("X", "Court of Appeal", None), CROWN, "offender", None, None, False),
        (HERE, HERE, "offender", None, None, False),
        (HERE, CROWN, "offender", None, "merseyside", True),
        (HERE, THERE, "offender", None, "sussex", False),
        (HERE, THERE, "offender", None, "merseyside", True),
        (
            HERE,
            THERE,
            "btp",
            "sussex",
            "merseyside",
            True,
        ),  # the third kind of court is a chief officer's only
        (HERE, THERE, "chief-officer-believes", "sussex", "merseyside", False),
        (HERE, THERE, "offender", None, None, False),  # where they live is not known
        (HERE, UNKNOWN, "offender", None, "merseyside", False),
        (place("?", None, None), HERE, "offender", None, None, False),
    ],
)
def test_the_court_is_one_that_the_act_names_as_far_as_is_known(
    made_by: changes.Place,
    court: changes.Place,
    applicant: Any,
    force: str | None,
    lives_in: str | None,
    barred: bool,
) -> None:
    assert (
        changes.court_bar(made_by, court, applicant, force=force, lives_in=lives_in) is not None
    ) == barred


def test_windows_of_appeal_are_counted_and_say_that_they_were_not_read() -> None:
    from_magistrates = changes.appeal_window(MADE, "magistrates", MADE)
    from_crown = changes.appeal_window(MADE, "Crown", LATER)
    assert from_magistrates is not None
    assert from_crown is not None
    assert (from_magistrates.last, from_magistrates.standing) == (date(2024, 8, 23), "due")
    assert (from_crown.last, from_crown.standing) == (date(2024, 8, 30), "closed")
    assert codes(from_crown) == {"appeal-time-unverified"}
    assert not any(window.verified for window in changes.WINDOWS)
    assert changes.appeal_window(MADE, None, MADE) is None


def test_who_may_appeal_and_where() -> None:
    assert changes.may_appeal("made", "prosecutor") == ("offender",)
    assert changes.may_appeal("change-refused", "btp") == ("btp",)
    assert changes.may_appeal("change-ordered", "chief-officer-lives") == ("offender",)
    assert "prosecutor" not in changes.may_appeal("change-ordered", "offender")
    assert changes.appeal_court("Crown") == "the Court of Appeal"
    assert changes.appeal_court("magistrates") == "the Crown Court"


# All together


def test_trap_25_a_copy_may_be_asked_for_within_three_months() -> None:
    searched = datetime(2024, 11, 30, 22, tzinfo=UTC)
    assert copy_of_record("s", searched, False, searched).last == date(2025, 2, 28)
    assert copy_of_record("s", searched, False, datetime(2025, 2, 28, 23, 59, tzinfo=UTC)).standing == "due"
    assert copy_of_record("s", searched, False, datetime(2025, 3, 1, tzinfo=UTC)).standing == "closed"
    assert copy_of_record("s", searched, True, searched).standing == "done"


def test_the_day_an_order_ends_is_in_the_calendar_while_it_is_still_ahead() -> None:
    acts = order()
    assert ending(acts, LATER) is not None
    assert ending(acts, datetime(2025, 8, 3, tzinfo=UTC)) is None
    roll_out = Regime(
        name="roll-out", instrument="SI 2027/1", starts=date(2027, 1, 1), sections=("342A",),
        source=PILOT.source, area_source=PILOT.area_source, end_source=PILOT.end_source,
        saving_source=PILOT.saving_source, renewal_source=PILOT.renewal_source,
        waiting_source=PILOT.waiting_source,
    )  # fmt: skip
    new = order(datetime(2027, 2, 1, 10, tzinfo=UTC))
    found = ending(new, datetime(2027, 3, 1, tzinfo=UTC), (PILOT, roll_out))
    assert found is not None
    assert found.last == date(2028, 1, 31)


def test_what_is_owed_comes_soonest_first_and_leaves_out_what_is_done() -> None:
    def duty(standing: Any, last: date | None) -> Duty:
        return Duty(code="x", title="X", standing=standing, sentence="", source="", last=last)

    late, soon, done = (
        duty("overdue", date(2024, 1, 1)),
        duty("due", date(2024, 2, 1)),
        duty("done", date(2023, 1, 1)),
    )
    assert list(owed([soon, done, duty("due", None), late])) == [late, soon]
    assert judged(None, None, None, LATER) == "not known"


def test_every_source_that_a_duty_or_a_finding_gives_resolves() -> None:
    told = [row for module in (notifications, breaches, seizures, changes) for row in vars(module).values()]
    sources = {row.source for row in told if type(row).__name__ == "Finding"}
    sources |= {source for _, source in notifications.TITLES.values()}
    sources |= {source for _, source in changes.APPLICANTS.values()} | {
        source for _, source in changes.PARTIES.values()
    }
    sources |= {window.source for window in changes.WINDOWS}
    assert len(sources) > 20
    assert all(cited(f"Source: {source}.") and source in SOURCES for source in sources)
