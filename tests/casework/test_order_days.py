"""The orders section, counted by hand: days under order, searches in them, what strangers are not shown."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from svro import reading
from svro.casework.access import NOBODY, Actor
from svro.casework.order_days import NET, NOT_NET, ForceOrders, OrderCell, OrdersSection
from svro.casework.reports import Query, disproportionality
from svro.figures import ratios
from svro.records import Database
from svro.records.reach import ALL
from tests.casework.book import CLERK, Book

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SUPERVISOR = Actor(account_id=CLERK, name="Sam Super", roles=frozenset({"SUP"}), force_id="merseyside")
ELSEWHERE = Actor(account_id=CLERK, name="Ada Away", roles=frozenset({"SUP"}), force_id="sussex")
PANEL = Actor(account_id=CLERK, name="Paula Panel", roles=frozenset({"PAN"}), force_id="merseyside")
OFFICER = Actor(account_id=CLERK, name="Connie Constable", roles=frozenset({"CON"}), force_id="merseyside")

DAYS_2024 = (date(2025, 4, 1) - date(2024, 4, 2)).days
"""An order made on 2 April 2024 for 12 months: 364 days of 2024/25, and 1 April 2025."""


@pytest.fixture
async def book(database: Database) -> Book:
    book = Book(database)
    await book.open()
    return book


async def ask(book: Book, actor: Actor = SUPERVISOR, now: datetime = NOW, **query: Any) -> OrdersSection:
    asked = {"force": "merseyside"} | query
    async with book.database.read(ALL) as session:
        report = await disproportionality(session, actor, reading.read(Query, asked, strict=False), now)
    return report.orders


def cells(section: OrdersSection, force: str = "merseyside") -> dict[tuple[str, str], OrderCell]:
    return {(cell.year, cell.group): cell for cell in section.cells if cell.force == force}


def coverage(section: OrdersSection, force: str = "merseyside") -> ForceOrders:
    return next(row for row in section.coverage if row.force == force)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


MAY = date(2024, 5, 1)


async def test_days_and_searches_are_those_counted_by_hand(book: Book) -> None:
    white, black = await book.person("W1"), await book.person("B2")
    first, second = await book.order(white), await book.order(black)
    await book.search(first, noon(MAY))
    await book.search(first, noon(date(2025, 4, 1)))
    await book.search(second, noon(MAY))
    held = cells(await ask(book))
    assert (held["2024/25", "White"].order_days, held["2025/26", "White"].order_days) == (DAYS_2024, 1)
    assert (held["2024/25", "White"].searches, held["2025/26", "White"].searches) == (1, 1)
    assert (held["2024/25", "Black"].searches, held["2025/26", "Black"].searches) == (1, 0)
    assert held["2024/25", "Asian"].people == 0
    assert held["2024/25", "Asian"].status == "no_population"
    assert held["2024/25", "White"].people_searched == 1


async def test_a_count_too_small_for_a_rate_stays_a_count(book: Book) -> None:
    person = await book.person("W1")
    order = await book.order(person)
    for day in range(12):
        await book.search(order, noon(MAY + timedelta(days=day)))
    cell = cells(await ask(book))["2024/25", "White"]
    assert (cell.searches, cell.people_searched, cell.rate) == (12, 1, None)
    assert cell.status == "insufficient_data"


async def test_an_order_that_ended_counts_to_the_day_before(book: Book) -> None:
    person = await book.person("W1")
    discharged = {"act": "discharged", "at": datetime(2024, 4, 12, 9, tzinfo=UTC), "court": "C05LV00"}
    order = await book.order(person, discharged)
    await book.search(order, datetime(2024, 4, 12, 8, tzinfo=UTC))
    await book.search(order, datetime(2024, 4, 12, 9, tzinfo=UTC))
    section = await ask(book)
    cell = cells(section)["2024/25", "White"]
    assert (cell.order_days, cell.searches) == (10, 1)
    assert coverage(section).not_counted == {"order not in effect, or not known to be": 1}


async def test_two_orders_of_one_person_do_not_count_a_day_twice(book: Book) -> None:
    person = await book.person("W1")
    await book.order(person)
    await book.order(person)
    section = await ask(book)
    assert cells(section)["2024/25", "White"].order_days == DAYS_2024
    assert (coverage(section).orders, coverage(section).people) == (2, 1)


async def test_days_in_custody_come_off_and_the_label_says_so(book: Book) -> None:
    person, other = await book.person("W1"), await book.person("B1")
    await book.order(person)
    await book.order(other)
    assert cells(await ask(book))["2024/25", "White"].custody == NOT_NET
    await book.custody(person, date(2024, 5, 1), date(2024, 5, 10))
    await book.custody(person, date(2024, 6, 1), None, withdrawn=True)
    held = cells(await ask(book))
    assert held["2024/25", "White"].order_days == DAYS_2024 - 10
    assert held["2024/25", "White"].custody == NET
    assert held["2024/25", "Black"].custody == NOT_NET
    await book.custody(other, date(2025, 3, 1), None)
    held = cells(await ask(book))
    assert held["2024/25", "Black"].order_days == DAYS_2024 - 31
    assert held["2025/26", "Black"].status == "no_population"


async def test_only_searches_under_the_power_of_the_right_person_count(book: Book) -> None:
    person = await book.person("W1")
    order = await book.order(person)
    await book.search(order, noon(MAY))
    await book.search(order, noon(MAY), power="pace-1")
    await book.search(order, noon(MAY), searched=False)
    await book.search(order, noon(MAY), same_person=False)
    await book.search(order, noon(MAY), same_person=None, identity="disproved")
    await book.search(order, noon(date(2024, 4, 1)))
    await book.search(order, noon(date(2025, 4, 2)))
    await book.search(None, noon(MAY))
    section = await ask(book)
    assert cells(section)["2024/25", "White"].searches == 1
    assert coverage(section).not_counted == {
        "detained and not searched": 1,
        "of another person": 2,
        "order not in effect, or not known to be": 2,
    }


async def test_another_forces_search_counts_under_the_order_it_was_made_by(book: Book) -> None:
    person = await book.person("W1")
    order = await book.order(person)
    await book.search(order, noon(MAY), by="sussex")
    assert cells(await ask(book))["2024/25", "White"].searches == 1
    away = await ask(book, ELSEWHERE, force="sussex")
    assert away.cells == ()


async def test_the_period_asked_for_clips_days_and_searches(book: Book) -> None:
    person = await book.person("W1")
    order = await book.order(person)
    await book.search(order, noon(MAY))
    await book.search(order, noon(date(2024, 6, 1)))
    cell = cells(await ask(book, **{"from": "2024-05-01", "to": "2024-05-31"}))["2024/25", "White"]
    assert (cell.order_days, cell.searches) == (31, 1)


async def test_the_section_says_what_was_known_then(book: Book) -> None:
    person = await book.person(None)
    order = await book.order(
        person,
        {
            "act": "discharged", "at": datetime(2024, 5, 2, 9, tzinfo=UTC), "court": "C05LV00",
            "known_at": datetime(2024, 8, 1, tzinfo=UTC),
        },
    )  # fmt: skip
    search = await book.search(order, noon(MAY), known_at=datetime(2024, 6, 1, tzinfo=UTC))
    await book.version(search, 2, None, noon(MAY), known_at=datetime(2024, 9, 1, tzinfo=UTC))
    await book.says(person, 2, "B1", known_at=datetime(2024, 7, 1, tzinfo=UTC))

    async def at(instant: str, group: str) -> tuple[int | None, int | None]:
        cell = cells(await ask(book, known_at=instant))["2024/25", group]
        return cell.order_days, cell.searches

    assert await at("2024-05-31T12:00:00Z", "Unknown") == ((date(2024, 6, 1) - date(2024, 4, 2)).days, 0)
    assert await at("2024-06-30T12:00:00Z", "Unknown") == ((date(2024, 7, 1) - date(2024, 4, 2)).days, 1)
    assert await at("2024-07-31T12:00:00Z", "Black") == ((date(2024, 8, 1) - date(2024, 4, 2)).days, 1)
    assert await at("2024-08-02T12:00:00Z", "Black") == (30, 1)
    assert await at("2024-09-02T12:00:00Z", "Black") == (30, 0)


async def crowd(book: Book, ethnicity: str, searches: Iterable[int]) -> list[tuple[int, float]]:
    """People of one group with an order and so many searches each; and what their ratio is made from."""
    made = list(searches)
    for n in made:
        order = await book.order(await book.person(ethnicity))
        for day in range(n):
            await book.search(order, noon(MAY + timedelta(days=day)))
    return [(n, float(DAYS_2024)) for n in made]


async def test_enough_people_and_searches_give_a_rate_and_a_ratio_with_intervals(book: Book) -> None:
    black = await crowd(book, "B2", [2] * 10 + [1] * 2 + [0] * 8)
    white = await crowd(book, "W1", [1] * 12 + [0] * 10)
    held = cells(await ask(book))
    cell, reference = held["2024/25", "Black"], held["2024/25", "White"]
    assert (cell.searches, cell.people, cell.people_searched, cell.order_days) == (22, 20, 12, 20 * DAYS_2024)
    assert cell.rate == pytest.approx(22 / (20 * DAYS_2024) * 1000)
    assert reference.rate == pytest.approx(12 / (22 * DAYS_2024) * 1000)
    assert (cell.status, reference.status) == ("ok_low_precision", "ok_low_precision")
    assert cell.ratio == pytest.approx((22 / 20) / (12 / 22))
    figure = ratios.cohort_ratio(black, white)
    assert (cell.ratio_low, cell.ratio_high) == (figure.low, figure.high)
    assert reference.ratio is None


LATER = datetime(2025, 7, 2, 12, tzinfo=UTC)
"""When the year 2024/25 has settled."""


async def test_strangers_to_the_casework_are_shown_no_small_cell(book: Book) -> None:
    await crowd(book, "B2", [1] * 9 + [0] * 12)
    await crowd(book, "W1", [1] * 12 + [0] * 10)
    own = cells(await ask(book))
    assert own["2024/25", "Black"].searches == 9
    for actor in (PANEL, OFFICER, ELSEWHERE):
        early = (await ask(book, actor)).cells  # nothing of a year before it has settled
        assert {(cell.year, cell.searches) for cell in early} == {("2023/24", None)}
        section = await ask(book, actor, now=LATER)
        held = cells(section)
        hidden = held["2024/25", "Black"]
        assert hidden.status == "suppressed-small"
        numbers = (hidden.searches, hidden.order_days, hidden.people, hidden.people_searched, hidden.rate)
        assert numbers == (None, None, None, None, None)
        assert held["2024/25", "Asian"].status == "suppressed-small"
        assert coverage(section) == ForceOrders(force="merseyside", exact=False)


async def test_a_ratio_does_not_tell_strangers_of_a_small_reference(book: Book) -> None:
    await crowd(book, "B2", [1] * 12 + [0] * 10)
    await crowd(book, "W1", [0] * 22)
    assert cells(await ask(book))["2024/25", "Black"].status == "reference_zero"
    stranger = cells(await ask(book, PANEL, now=LATER))
    assert stranger["2024/25", "Black"].ratio is None
    assert {cell.status for cell in stranger.values()} == {"suppressed-small"}


async def test_strangers_cannot_take_one_day_or_one_moment_from_another(book: Book) -> None:
    await crowd(book, "W1", [1] * 22 + [0] * 10)
    wide = await ask(book, PANEL, now=LATER)
    cut = await ask(
        book, PANEL, now=LATER, known_at="2024-06-01T00:00:00Z", **{"from": "2024-05-02", "to": "2024-05-03"}
    )
    assert cut.known_at == LATER
    assert cells(cut)["2024/25", "White"] == cells(wide)["2024/25", "White"]
    assert cells(wide)["2024/25", "White"].searches == 20
    mine = await ask(book, **{"from": "2024-05-02", "to": "2024-05-03"})
    assert (
        cells(mine)["2024/25", "White"].searches == 0
    )  # the control: one who works there may ask for any day


async def test_an_own_force_view_of_every_force_is_exact_only_at_home(book: Book) -> None:
    await crowd(book, "W1", [1, 1])
    order = await book.order(await book.person("W1", force="sussex"), force="sussex")
    await book.search(order, noon(MAY), of="sussex")
    section = await ask(book, force=(), now=LATER)
    assert cells(section)["2024/25", "White"].searches == 2
    assert cells(section, "sussex")["2024/25", "White"].status == "suppressed-small"
    assert (coverage(section).exact, coverage(section, "sussex").exact) == (True, False)


async def test_signed_out_nothing_of_our_own_records_is_shown(book: Book) -> None:
    await book.order(await book.person("W1"))
    assert cells(await ask(book, PANEL))
    nothing = await ask(book, NOBODY)
    assert (nothing.cells, nothing.coverage) == ((), ())
