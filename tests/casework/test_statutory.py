"""The return of s.166(4) over twenty-five people, every cell of it counted by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from svro.casework.access import NOBODY, Actor
from svro.casework.measures.report import MeasuresReport
from svro.casework.reports import REPORTS, Query, tables
from svro.casework.statutory.blocks import Block
from svro.casework.statutory.items import offenders
from svro.casework.statutory.report import StatutoryReport
from svro.errors import Malformed, Unauthenticated
from svro.law.eligibility import Facts
from svro.records import Database
from svro.records.reach import ALL
from tests.casework.book import CLERK, MADE, Book

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
SETTLED = datetime(2025, 7, 2, 12, tzinfo=UTC)
SUPERVISOR = Actor(account_id=CLERK, name="Sam Super", roles=frozenset({"SUP"}), force_id="merseyside")
PANEL = Actor(account_id=CLERK, name="Paula Panel", roles=frozenset({"PAN"}), force_id="merseyside")

WHITE, BLACK, ASIAN, MIXED, OTHER = range(1, 13), range(13, 19), range(19, 22), range(22, 24), (24,)
CODES = {**dict.fromkeys(WHITE, "W1"), **dict.fromkeys(BLACK, "B1"), **dict.fromkeys(ASIAN, "A1")}
CODES |= {**dict.fromkeys(MIXED, "M1"), **dict.fromkeys(OTHER, "O9")}
ORDERED = (*range(1, 11), *range(13, 17), 19, 22, 25)
"""Seventeen people have an order; the first has two, and 2 and 3 are one man whom the force holds twice."""
APPLIED_ONLY = (11, 17, 20)
CONSIDERED_ONLY = (18, 21, 23, 24)
KNIFE, ROBBERY = (1, 2, 3, 4, 5, 6, 7, 13, 14, 19), (8, 9, 10, 15, 16, 22)
JUNE = datetime(2024, 6, 3, 12, tzinfo=UTC)


def born(n: int) -> date | None:
    return (
        None if n == 25 else date(2004, 1, 1) if n <= 8 else date(1994, 1, 1) if n <= 18 else date(1980, 1, 1)
    )


async def fill(book: Book) -> None:
    """Twenty-five people; 12 has an order that was recorded in error."""
    people = {
        n: await book.person(
            CODES.get(n),
            sex="female" if n in (1, 13) else None if n == 25 else "male",
            date_of_birth=born(n),
            pnc_id="2010/0000001X" if n in (2, 3) else None,
        )
        for n in range(1, 26)
    }
    for n in (*APPLIED_ONLY, *CONSIDERED_ONLY):
        await book.consider(people[n], *(("serve_notice",) if n in APPLIED_ONLY else ()))
    discharged = {"act": "discharged", "at": datetime(2024, 8, 1, 10, tzinfo=UTC), "court": "C05LV00"}
    superseded = {"act": "superseded", "at": datetime(2024, 12, 2, 10, tzinfo=UTC)}
    ends = {1: (superseded,), 16: (discharged,)}
    orders = {n: await book.order(people[n], *ends.get(n, ())) for n in ORDERED}
    await book.order(people[12], {"act": "withdrawn", "at": MADE, "corrects": 1})
    later = {"act": "withdrawn", "at": superseded["at"], "corrects": 1}
    second = {"act": "made", "at": superseded["at"], "effect": "immediate", "months": 6, "court": "C05LV00"}
    again = await book.order(people[1], later | {"known_at": superseded["at"]}, second)
    for n in KNIFE:
        own = {"own_had": True} if n != 13 else {"other_used": True}
        facts = Facts(on_day=date(2024, 4, 2), offence_code="CJ88144", item="bladed article", **own)
        await book.facts(orders[n], facts)
    for n in ROBBERY:
        facts = Facts(on_day=date(2024, 4, 2), offence_code="TH68023", item="offensive weapon", own_use=True)
        await book.facts(orders[n], facts)
    await searches(book, orders)
    await book.investigation(
        orders[13], JUNE, ("opened", "d"), ("suspected", "e"), ("charged", "d"), ("convicted", "d")
    )
    await book.investigation(orders[5], JUNE, ("opened", "a"), ("no_further_action", None))
    assert again


async def searches(book: Book, orders: dict[int, str]) -> None:
    """Thirteen searches with the power, and four that claim it without; one under another power."""
    day = timedelta(days=1)
    said: list[tuple[int, dict[str, Any]]] = [
        (
            1,
            {
                "outcome": "arrest",
                "found": "Lock knife",
                "seized": True,
                "force_used": True,
                "clothing": "more",
            },
        ),
        (1, {"outcome": "nfa", "seized": False, "clothing": "outer"}),
        (1, {"outcome": "nfa", "clothing": "outer"}),
        (2, {"outcome": "nfa", "clothing": "outer"}),
        (4, {}),
        *((13, {"outcome": "nfa", "force_used": False, "clothing": "none"}) for _ in range(6)),
        (14, {"outcome": "nfa", "found": "Screwdriver", "seized": False, "clothing": "intimate"}),
        (19, {"outcome": "community-resolution", "area": "sussex"}),
    ]
    for at, (n, record) in enumerate(said):
        by = "sussex" if n == 19 else "merseyside"
        await book.search(orders[n], JUNE + at * day, by=by, **({"area": "merseyside"} | record))
    await book.search(orders[4], JUNE, searched=False)
    await book.search(orders[5], JUNE, same_person=False)
    await book.search(orders[16], datetime(2024, 9, 1, tzinfo=UTC))
    await book.search(None, JUNE)
    await book.search(orders[6], JUNE, power="pace-1")


@pytest.fixture
async def book(database: Database) -> Book:
    book = Book(database)
    await book.open()
    await fill(book)
    return book


async def returned(
    book: Book, actor: Actor = SUPERVISOR, now: datetime = NOW, **query: Any
) -> StatutoryReport:
    async with book.database.read(ALL) as session:
        made = await REPORTS["statutory"](session, actor, Query(**({"force": "merseyside"} | query)), now)
    assert isinstance(made, StatutoryReport)
    return made


def told(block: Block) -> dict[str, int | None]:
    return {line.what: line.n for line in block.lines}


BY_HAND: dict[tuple[str, str], dict[str, int | None]] = {
    ("a", "Offenders in respect of whom orders were made"): {"one order": 14, "more than one order": 2},
    ("a", "Orders made"): {"quashed": 0, "superseded": 1, "discharged": 1, "none of these": 16},
    ("b", "By offence"): {
        "CJ88144 Blade or point in a public place": 10, "TH68023 Robbery": 6, "not recorded": 2,
    },
    ("b", "By limb relied on"): {
        "s.342A(3)(a) the offender used it": 6, "s.342A(3)(b) the offender had it": 9,
        "s.342A(4)(a) another person used it": 1, "not recorded": 2,
    },
    ("b", "By item"): {"bladed article": 10, "offensive weapon": 6, "not recorded": 2},
    ("c", "Searches and detentions that claimed the power"): {
        "order in effect, of the person searched": 13, "detained and not searched": 1,
        "of another person": 1, "order not in effect, or not known to be": 1, "no order named or found": 1,
    },
    ("c", "Outcome"): {
        "Arrest": 1, "A no further action disposal": 10, "Community resolution": 1, "not recorded": 1,
    },
    ("c", "Something found"): {"yes": 2, "no": 10, "not recorded": 1},
    ("c", "Something seized"): {"yes": 1, "no": 2, "not recorded": 10},
    ("c", "Force used"): {"yes": 1, "no": 6, "not recorded": 6},
    ("c", "Clothing removed"): {"none": 6, "outer": 3, "more": 1, "intimate": 1, "not recorded": 2},
    ("c", "Police area"): {"merseyside": 12, "sussex": 1},
    ("c", "Force of the constable"): {"merseyside": 12, "sussex": 1},
    ("d", "Age: people considered"): {"18-24": 8, "25-34": 10, "35+": 6, "not held": 1},
    ("d", "Sex: people considered"): {"male": 22, "female": 2, "not held": 1},
    ("d", "Race (ethnic group, self-defined): people considered"): {
        "White": 12, "Black": 6, "Asian": 3, "Mixed": 2, "Other": 1, "Unknown": 1,
    },
    ("d", "Age: people applied for"): {"18-24": 8, "25-34": 8, "35+": 3, "not held": 1},
    ("d", "Sex: people applied for"): {"male": 17, "female": 2, "not held": 1},
    ("d", "Race (ethnic group, self-defined): people applied for"): {
        "White": 11, "Black": 5, "Asian": 2, "Mixed": 1, "Other": 0, "Unknown": 1,
    },
    ("d", "Age: people made subject to an order"): {"18-24": 8, "25-34": 6, "35+": 2, "not held": 1},
    ("d", "Sex: people made subject to an order"): {"male": 14, "female": 2, "not held": 1},
    ("d", "Race (ethnic group, self-defined): people made subject to an order"): {
        "White": 10, "Black": 4, "Asian": 1, "Mixed": 1, "Other": 0, "Unknown": 1,
    },
    ("d", "Age: people searched"): {"18-24": 3, "25-34": 2, "35+": 1, "not held": 0},
    ("d", "Sex: people searched"): {"male": 4, "female": 2, "not held": 0},
    ("d", "Race (ethnic group, self-defined): people searched"): {
        "White": 3, "Black": 2, "Asian": 1, "Mixed": 0, "Other": 0, "Unknown": 0,
    },
    ("d", "Age: people investigated under s.342G"): {"18-24": 1, "25-34": 1, "35+": 0, "not held": 0},
    ("d", "Sex: people investigated under s.342G"): {"male": 1, "female": 1, "not held": 0},
    ("d", "Race (ethnic group, self-defined): people investigated under s.342G"): {
        "White": 1, "Black": 1, "Asian": 0, "Mixed": 0, "Other": 0, "Unknown": 0,
    },
    ("e", "Reoffending"): {"People reconvicted": None},
    ("e", "People whose convictions could be matched"): {"with a PNC ID or CRO": 2, "without either": 15},
    ("f", "How often each person was searched"): {
        "never": 11, "once": 4, "2 to 5 times": 1, "6 to 10 times": 1, "more than 10 times": 0,
    },
    ("f", "Complaints"): {"Complaints": None},
    ("g", "Investigations"): {
        "Investigations": 2, "Offences committed: convictions, one for each limb": 1,
    },
}  # fmt: skip
LIMBS = {"a": {"no further action": 1}, "b": {}, "c": {}, "d": {"convicted": 1}, "e": {"suspected": 1}}

DAYS = (NOW.date() - MADE.date()).days + 1


async def test_every_cell_is_the_one_counted_by_hand(book: Book) -> None:
    report = await returned(book)
    found = {(letter, b.title): b for letter, item in report.items.items() for b in item.blocks}
    for key, expected in BY_HAND.items():
        assert told(found[key]) == expected, key
    for (letter, title), block in found.items():
        if letter == "g" and title.startswith("Limb ("):
            nought = dict.fromkeys(told(block), 0)
            assert told(block) == nought | LIMBS[title[6]], title
    checked = {*BY_HAND, *(key for key in found if key[1].startswith("Limb (")), ("f", "Days under order")}
    assert checked == set(found)
    # Sixteen people to this day, one of them under two orders on end, and one discharged on 1 August.
    assert told(found["f", "Days under order"])["Days under order"] == 16 * DAYS + 121
    assert list(report.items) == list("abcdefg")


async def test_what_divides_a_whole_adds_up_to_it_and_each_has_its_records(book: Book) -> None:
    report = await returned(book)
    blocks = {(letter, b.title): b for letter, item in report.items.items() for b in item.blocks}
    totals = {key: block.total for key, block in blocks.items() if block.divides}
    for key, total in totals.items():
        assert total == sum(line.n or 0 for line in blocks[key].lines), key
        assert all(len(line.records) == line.n for line in blocks[key].lines), key
    orders = totals["a", "Orders made"]
    assert (
        orders
        == totals["b", "By offence"]
        == totals["b", "By item"]
        == totals["b", "By limb relied on"]
        == 18
    )
    assert totals["a", "Offenders in respect of whom orders were made"] == 16
    assert {
        total for (letter, title), total in totals.items() if letter == "c" and "claimed" not in title
    } == {13}
    for at, step in enumerate(("considered", "applied for", "made subject to an order", "searched")):
        own = {total for (_, title), total in totals.items() if title.endswith(f"people {step}")}
        assert own == {(25, 20, 17, 6)[at]}
    for item in report.items.values():
        assert item.coverage
        assert item.source.startswith("PCSC Act 2022 s.166(4)(")
        assert all(block.definition for block in item.blocks)
    assert "Disability" in report.items["d"].not_held
    assert len(report.items["d"].not_held) == 6
    table, asked, notes = tables(report)
    assert [row[0] for row in asked.rows] == list("abcdefg")
    assert ("f", "Complaints", "Complaints", "not held", None) in {row[:5] for row in table.rows}
    assert ("e", "not held") in {row[:2] for row in notes.rows}


async def test_suspected_offences_are_counted_among_the_measures_too(book: Book) -> None:
    async with book.database.read(ALL) as session:
        made = await REPORTS["measures"](session, SUPERVISOR, Query(force="merseyside"), NOW)
    assert isinstance(made, MeasuresReport)
    told = {f.group: (f.events, f.people) for f in made.orders.figures if f.part == "breaches"}
    assert (told[None], told["White"], told["Black"], told["Asian"]) == ((2, 2), (1, 1), (1, 1), (0, 0))
    kinds = {f.measure for f in made.orders.figures}
    assert kinds == {f"M{n}" for n in range(2, 16)} - {"M12"}  # M1 is published data's, M12 supervisors'


async def test_strangers_see_no_small_number_and_no_record(book: Book) -> None:
    early = await returned(book, PANEL)
    assert not [b for i in early.items.values() for b in i.blocks for line in b.lines if line.n is not None]
    report = await returned(book, PANEL, SETTLED, from_=date(2024, 6, 1), to=date(2024, 6, 30))
    assert not report.exact
    assert (report.first, report.last) == (date(2024, 4, 1), date(2025, 3, 31))
    shown = [
        (block.total, line) for item in report.items.values() for block in item.blocks for line in block.lines
    ]
    assert not any(line.records for _, line in shown)
    assert not [line for _, line in shown if line.n is not None and 0 < line.n < 10]
    assert all(n is None or n % 5 == 0 for total, line in shown for n in (total, line.n))
    assert [line for _, line in shown if line.n]  # the control: something is shown
    assert any(line.status == "withheld" for _, line in shown)
    assert {line.what for _, line in shown if line.status == "not held"} == {
        "People reconvicted",
        "Complaints",
    }


async def test_the_days_and_the_instant_asked_of_are_kept_to(book: Book) -> None:
    june = await returned(book, from_=date(2024, 6, 3), to=date(2024, 6, 5))
    found = {(letter, b.title): b for letter, item in june.items.items() for b in item.blocks}
    assert (
        told(found["c", "Searches and detentions that claimed the power"])[
            "order in effect, of the person searched"
        ]
        == 3
    )
    assert found["a", "Orders made"].total == 0
    before = await returned(book, known_at=datetime(2024, 4, 2, 9, tzinfo=UTC))
    assert {b.total for item in before.items.values() for b in item.blocks if b.divides} == {0}
    with pytest.raises(Malformed) as bad:
        await returned(book, force="atlantis", from_=date(2024, 6, 5), to=date(2024, 6, 3))
    assert {fault.field for fault in bad.value.faults} == {"force", "to"}
    with pytest.raises(Unauthenticated):
        await returned(book, NOBODY)


def test_one_person_whom_two_forces_hold_is_one_offender() -> None:
    from svro.casework.cohorts import Subject

    a = Subject("merseyside", "1", pnc="2010/1X")
    b = Subject("sussex", "2", pnc="2010/1X", cro="CRO1")
    c = Subject("sussex", "3", cro="CRO1")
    d = Subject("sussex", "4")
    groups = sorted(len(group) for group in offenders([a, d, c, b]))
    assert groups == [1, 3]
    assert len(offenders([Subject("sussex", "5"), Subject("merseyside", "5")])) == 2
