"""What readers outside a force's casework are shown: one protected frame a year, in every report alike."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from svro.casework import formats, publications, released, yearly
from svro.casework.access import Actor
from svro.casework.measures import protected
from svro.casework.reports import REPORTS, Query
from svro.figures import coarse, ratios, release
from svro.figures.audit import System
from svro.figures.measured import RULES
from svro.records import Database
from svro.records.orders import Order
from svro.records.reach import ALL
from tests.casework.book import CLERK, Book

SUPERVISOR = Actor(account_id=CLERK, name="Sam Super", roles=frozenset({"SUP"}), force_id="merseyside")
PANEL = Actor(account_id=CLERK, name="Paula Panel", roles=frozenset({"PAN"}), force_id="merseyside")
ELSEWHERE = msgspec.structs.replace(SUPERVISOR, force_id="sussex")
SETTLED = datetime(2025, 7, 1, tzinfo=UTC)
BEFORE, AFTER = datetime(2025, 6, 30, 22, tzinfo=UTC), datetime(2025, 7, 2, 12, tzinfo=UTC)
MAY = datetime(2024, 5, 1, 12, tzinfo=UTC)
OUR_OWN = ("disproportionality", "measures", "statutory")


async def crowd(book: Book, ethnicity: str, searches: Iterable[int], **said: Any) -> list[str]:
    """People of one group, each with an order of 2024/25 and so many searches; their orders."""
    orders = []
    for n in searches:
        order = await book.order(await book.person(ethnicity))
        orders.append(order)
        for day in range(n):
            await book.search(order, MAY + timedelta(days=day), **said)
    return orders


@pytest.fixture
async def book(database: Database) -> Book:
    """34 White people, 23 of them searched (one of them 4 times), and 26 Black, 14 of them searched; 4 Asian,
    3 of them searched.
    """
    book = Book(database)
    await book.open()
    await crowd(book, "W1", [4, *[1] * 12], outcome="nfa")
    await crowd(book, "W1", [1] * 10, outcome="arrest", found="Lock knife")
    await crowd(book, "W1", [0] * 11)
    await crowd(book, "B1", [2] * 5 + [1] * 9, outcome="nfa")
    await crowd(book, "B1", [0] * 12)
    await crowd(book, "A1", [1, 1, 1, 0], outcome="nfa")
    return book


async def asked(book: Book, name: str, actor: Actor = PANEL, now: datetime = AFTER, **query: Any) -> Any:
    async with book.database.read(ALL) as session:
        return await REPORTS[name](session, actor, Query(**({"force": "merseyside"} | query)), now)


def ours(name: str, report: Any) -> Any:
    """The part of a report that is of our own records, as data."""
    part = report.items if name == "statutory" else report.orders
    return msgspec.to_builtins(part)


async def frame(book: Book, now: datetime = AFTER) -> yearly.Frame:
    async with book.database.read(ALL) as session:
        return (await yearly.frames(session, ("merseyside",), now))[-1]


COUNTS = ("searches", "order_days", "people", "people_searched", "n", "total", "events", "reference_events")


def counted(value: Any) -> Iterator[int]:
    """Every count in a part of a report."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in COUNTS and isinstance(inner, (int, float)):
                yield int(inner)
            else:
                yield from counted(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from counted(inner)


@pytest.mark.parametrize("name", OUR_OWN)
async def test_outside_the_casework_every_count_is_rounded_and_none_is_small(book: Book, name: str) -> None:
    inside = set(counted(ours(name, await asked(book, name, SUPERVISOR))))
    assert any(0 < n < 10 for n in inside)  # the control: there is something to hide
    assert any(n % 5 for n in inside)
    for actor in (PANEL, ELSEWHERE):
        shown = set(counted(ours(name, await asked(book, name, actor))))
        assert {n for n in shown if n}, name
        assert all(n % 5 == 0 and (n == 0 or n >= 10) for n in shown), shown


@pytest.mark.parametrize("name", OUR_OWN)
async def test_before_a_year_has_settled_nothing_of_it_is_shown(book: Book, name: str) -> None:
    shown = set(counted(ours(name, await asked(book, name, now=BEFORE))))
    assert shown <= {0}
    assert {n for n in counted(ours(name, await asked(book, name, now=SETTLED))) if n}


@pytest.mark.parametrize("name", OUR_OWN)
async def test_one_more_search_makes_no_difference_to_anybody_outside(book: Book, name: str) -> None:
    may = {"from_": date(2024, 5, 1), "to": date(2024, 5, 3)}
    before = ours(name, await asked(book, name, from_=date(2024, 7, 1)))
    inside = ours(name, await asked(book, name, SUPERVISOR))
    async with book.database.read(ALL) as session:
        order = await session.scalar(select(Order.id).order_by(Order.id))
    await book.search(order, MAY + timedelta(days=30), known_at=SETTLED + timedelta(seconds=1))
    later = AFTER + timedelta(days=90)
    again = ours(name, await asked(book, name, now=later, **may))
    for part in (before, again):
        part.pop("known_at", None)
    assert again == before
    rules = [
        (await asked(book, "statutory")).rules,
        *(await asked(book, "measures")).orders.notes,
    ]
    assert sum("Rules SDC-1 from 2023-04-19" in (text or "") for text in rules) == 2
    assert ours(name, await asked(book, name, SUPERVISOR)) != inside  # the control


async def test_no_star_can_be_worked_out_from_the_frame_and_the_return_together(book: Book) -> None:
    one = await frame(book)
    assert {cell.counts for cell in one.kept} == {"searches", "under", "days", "furthest"}
    stars = [cell for cell in one.kept if cell.value is None]
    assert stars
    system = System(release.claims(one.kept), release.links(one.kept, release.REGISTERED))
    assert system.weak(one.rule.width) == ()
    assert one.value("outcome", "Asian") is None


def within(n: int) -> tuple[int, int]:
    """The least and the greatest count that is printed as `n`."""
    return (max(10, n - 2), n + 2) if n else (0, 0)


async def test_what_the_return_withholds_cannot_be_had_by_subtraction(book: Book) -> None:
    await crowd(book, "W1", [1] * 4, outcome="community-resolution")
    report = await asked(book, "statutory")
    blocks = [one for item in report.items.values() for one in item.blocks if one.divides and one.total]
    assert blocks
    for one in blocks:
        shown = [within(line.n) for line in one.lines if line.n is not None]
        low, high = within(one.total)
        least, most = low - sum(b for _, b in shown), high - sum(a for a, _ in shown)
        hidden = sum(line.n is None for line in one.lines)
        assert hidden != 1 or most - max(0, least) + 1 >= 4, one
        assert not hidden or most >= 3, one
    inside = await asked(book, "statutory", SUPERVISOR)
    alone = [
        one
        for item in inside.items.values()
        for one in item.blocks
        if one.divides and sum(0 < (line.n or 0) < 10 for line in one.lines) == 1
    ]
    assert alone  # the control: were only small numbers withheld, the total would give these away


async def test_publications_are_held_against_what_a_year_already_shows(book: Book) -> None:
    async with book.database.read(ALL) as session:
        none = await publications._ledger(session, "merseyside", BEFORE)
        seen = await publications._ledger(session, "merseyside", AFTER)
        assert none == await released.cells(session, "merseyside", AFTER) == []
    assert seen
    assert {cell.counts for cell in seen} == {"searches"}
    assert {cell.quarters for cell in seen} == {("2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1")}
    printed = next(cell for cell in seen if cell.value and cell.name.endswith("Total/Total"))
    few = msgspec.structs.replace(printed, name="later", by_person=dict(list(printed.by_person.items())[3:]))
    assert release.differencing([few], seen, 10)
    same = msgspec.structs.replace(printed, name="later")
    assert not release.differencing([same], seen, 10)


async def test_rates_and_ratios_follow_from_what_is_printed(book: Book) -> None:
    one = await frame(book)
    figures = {(f.measure, f.part, f.group): f for f in (await asked(book, "measures")).orders.figures}
    white, black = protected.side(one, "White"), protected.side(one, "Black")
    assert white is not None
    assert black is not None
    assert (white[0], black[0]) == (25, 20)  # 26 and 19 searches
    ratio = figures["M3", "days", "Black"]
    assert ratio.value == pytest.approx((20 / black[1]) / (25 / white[1]), abs=0.05)
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low < ratio.value < ratio.high
    assert (ratio.events, ratio.reference_events, ratio.rule_version) == (20, 25, RULES)
    assert ratio.sentence.startswith("20 searches of Black people in ")
    assert all(f.rule_version and f.method for f in figures.values())


def test_the_spread_widens_a_protected_interval_as_far_as_the_true_one() -> None:
    black = [(5, 300.0), *[(1, 300.0)] * 14, *[(0, 300.0)] * 10]
    white = [*[(1, 300.0)] * 20, *[(0, 300.0)] * 30]
    wide, plain = coarse.spread(black), coarse.spread(white)
    assert wide >= 2
    assert wide % coarse.STEP == 0
    true = ratios.cohort_ratio(black, white)
    events, others = sum(x for x, _ in black), sum(x for x, _ in white)
    made = coarse.ratio((events, 7500, wide, 15), (others, 15000, plain, 20))
    assert true.low is not None
    assert true.high is not None
    assert made.low is not None
    assert made.high is not None
    assert made.low <= round(true.low, 1)
    assert made.high >= round(true.high, 1) - 0.1
    naive = coarse.ratio((events, 7500, 1.0, 15), (others, 15000, 1.0, 20))  # the control
    assert naive.low is not None
    assert naive.low > made.low


@pytest.mark.parametrize("name", OUR_OWN)
async def test_files_and_charts_take_their_numbers_from_the_same_frame(book: Book, name: str) -> None:
    report = await asked(book, name)
    rows = csv.DictReader(io.StringIO(formats.made(report, "csv", PANEL).decode(), newline=""))
    ours_only = [row for row in rows if row["section"] in ("orders", "items")]
    told = [row[key] for row in ours_only for key in COUNTS if row.get(key)]
    assert told
    assert all(float(n) % 5 == 0 for n in told)
    assert formats.made(report, "html", PANEL) == formats.made(await asked(book, name), "html", PANEL)


async def test_several_forces_are_the_sum_of_what_each_may_show(book: Book) -> None:
    alone = await asked(book, "statutory")
    both = await asked(book, "statutory", force=("merseyside", "sussex"))
    pairs = [
        (one.n, other.n)
        for letter in alone.items
        for block, joined in zip(alone.items[letter].blocks, both.items[letter].blocks, strict=True)
        for one, other in zip(block.lines, joined.lines, strict=False)
        if one.what == other.what
    ]
    assert all(other is None for _, other in pairs)  # Sussex holds nothing that may be shown
    assert any(one is not None for one, _ in pairs)
