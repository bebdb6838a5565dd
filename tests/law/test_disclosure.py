"""By when an answer to the defence is owed, and on what grounds something may be kept back."""

from datetime import date, timedelta

import pytest

from svro.law import disclosure as law
from svro.law.sources import resolve


@pytest.mark.parametrize(
    "received, last",
    [
        (date(2025, 1, 31), date(2025, 2, 28)),  # no corresponding date: with the month
        (date(2025, 3, 14), date(2025, 4, 13)),
        (date(2024, 12, 1), date(2024, 12, 31)),
    ],
)
def test_the_right_of_access_has_one_month_beginning_with_the_day_of_receipt(
    received: date, last: date
) -> None:
    due = law.due("subject access", received)
    assert (due.last, due.source) == (last, "DPA 2018 s.54")
    assert law.due("subject access", received, date(2025, 2, 3)).last == date(2025, 2, 3)


@pytest.mark.parametrize(
    "today, until, said",
    [
        (date(2026, 2, 4), date(2026, 3, 20), "could not be extended"),
        (date(2026, 2, 5), date(2026, 3, 20), None),
        (date(2026, 2, 5), date(2026, 4, 14), None),
        (date(2026, 2, 5), date(2026, 4, 15), "No more than two"),
        (date(2026, 2, 14), date(2026, 3, 20), None),
        (date(2026, 2, 15), date(2026, 3, 20), "within the month"),
    ],
)
def test_more_time_for_the_right_of_access_is_warned_of_by_the_law_of_the_day(
    today: date, until: date, said: str | None
) -> None:
    warned = law.put_off("subject access", date(2026, 1, 15), until, today)
    assert (said or "None") in str(warned)
    assert law.put_off("trial", date(2026, 1, 15), until, today) is None


@pytest.mark.parametrize("purpose", [one for one in law.PURPOSES if one != "subject access"])
def test_elsewhere_the_court_directs_or_the_house_has_a_rule_of_its_own(purpose: law.Purpose) -> None:
    received = date(2025, 3, 14)
    own = law.due(purpose, received)
    assert (own.last, own.source) == (received + timedelta(days=27), None)
    assert "house" in own.sentence
    directed = law.due(purpose, received, date(2025, 3, 20))
    assert (directed.last, directed.source, "court" in directed.sentence) == (date(2025, 3, 20), None, True)


def test_grounds_are_a_closed_list_with_dates_and_sources() -> None:
    codes = [one.code for one in law.GROUNDS]
    assert len(codes) == len(set(codes))
    for one in law.GROUNDS:
        assert one.source is None or resolve(one.source)
    open_ones = {one.code for one in law.grounds("trial", date(2025, 3, 14))}
    assert "public-interest" not in open_ones
    assert "court-document" not in open_ones
    assert {one.code for one in law.grounds("trial", date(2025, 3, 14), sensitive=True)} == {
        "public-interest"
    }
    assert "court-document" in {one.code for one in law.grounds("subject access", date(2025, 3, 14))}
    assert list(law.grounds("trial", date(2023, 4, 18))) == []


@pytest.mark.parametrize("purpose", law.PURPOSES)
def test_neither_undermines_nor_assists_is_a_ground_where_that_is_the_test(purpose: law.Purpose) -> None:
    codes = {one.code for one in law.grounds(purpose, date(2025, 3, 14))}
    assert ("not-met" in codes) is (purpose in ("trial", "appeal"))


def test_a_ground_that_has_ended_is_given_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    old = law.Ground(code="x", label="x", since=date(2024, 1, 1), until=date(2024, 1, 31), source=None)
    monkeypatch.setattr(law, "GROUNDS", (old,))
    days = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 1)]
    assert [bool(list(law.grounds("trial", day))) for day in days] == [False, True, True, False]


def test_whoever_was_sent_what_turns_out_wrong_is_told() -> None:
    assert "corrected since" in law.owed_notice()
