"""Publishing, from counted searches to released tables: two people, the ledger, corrections, made again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from svro.casework import publications
from svro.casework.access import NOBODY, Actor
from svro.casework.founding import found
from svro.casework.publications import Prepare, as_table
from svro.casework.tables import as_csv
from svro.errors import Conflict, Malformed, Missing, NotAllowed, Problem, ProveAgain, Stale
from svro.figures.registered import CATALOGUE
from svro.law.search import SearchRecord
from svro.records import Database
from svro.records.base import put
from svro.records.orders import Application, Order, OrderAct
from svro.records.people import Account, Names, Person, PersonFacts, PersonVersion
from svro.records.publications import PublicationCell, PublicationRelease
from svro.records.reach import ALL
from svro.records.searches import Search, SearchVersion

MADE = datetime(2024, 4, 2, 10, tzinfo=UTC)
FIRST, SECOND, THIRD = "a" * 32, "b" * 32, "c" * 32
OVERSIGHT = Actor(account_id=FIRST, name="Oriel", roles=frozenset({"OVR"}), force_id="merseyside", fresh=True)
AUDITOR = replace(OVERSIGHT, account_id=SECOND, name="Aubrey", roles=frozenset({"AUD"}))
ELSEWHERE = replace(AUDITOR, account_id=THIRD, force_id="sussex")
PANEL = replace(OVERSIGHT, account_id=THIRD, roles=frozenset({"PAN"}))
JULY, OCTOBER, NOVEMBER = (datetime(2024, month, 3, 12, tzinfo=UTC) for month in (7, 10, 11))
Q2, Q3 = "2024-Q2", "2024-Q3"


async def settled(database: Database) -> None:
    async with database.write(ALL) as session:
        await found(session, "live", MADE, status_key="0" * 64)
        for account in (FIRST, SECOND, THIRD):
            await put(session, Account, id=account, name=f"Account {account[0]}", created_at=MADE)


async def crowd(
    database: Database, ethnicity: str, count: int, day: date, *, outcome: str = "nfa", start: int = 0
) -> None:
    """So many people of one group, each with an order of a year and one search on a day."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    async with database.write(ALL) as session:
        for number in range(start, start + count):
            one = f"{ethnicity}{number:030}".lower()
            await put(session, Person, force_id="merseyside", id=one, created_at=MADE, created_by=FIRST)
            facts = PersonFacts(
                name=Names(family=f"Invented{number}"),
                self_ethnicity=ethnicity,
                date_of_birth=date(1990 + number % 12, 1, 1),
            )
            await put(
                session, PersonVersion, force_id="merseyside", person_id=one, n=1, facts=facts,
                family_key="invented", words_version="words-1", recorded_at=MADE, recorded_by=FIRST,
            )  # fmt: skip
            await put(
                session, Application, force_id="merseyside", id=one, person_id=one, reference=one,
                created_at=MADE, created_by=FIRST,
            )  # fmt: skip
            await put(
                session, Order, force_id="merseyside", id=one, application_id=one, person_id=one,
                reference=one, court="C05LV00", created_at=MADE,
            )  # fmt: skip
            await put(
                session, OrderAct, force_id="merseyside", order_id=one, n=1, provenance="decision",
                act="made", at=MADE, known_at=MADE, effect="immediate", months=12, court="C05LV00",
                as_on_sealed_order=False,
            )  # fmt: skip
            await searched(session, one, at, outcome)


async def searched(
    session: Any, person: str, at: datetime, outcome: str, *, known: datetime | None = None
) -> None:
    search = f"{person}{at:%m%d}"[-32:]
    said = SearchRecord(at=at, place="Nowhere Street", outcome=outcome, officer_number="7781")
    await put(
        session, Search, force_id="merseyside", id=search, reference=search, account_id=FIRST, created_at=at
    )
    await put(
        session, SearchVersion, force_id="merseyside", search_id=search, n=1, at=at, record=said,
        claimed=person, order_force="merseyside", order_id=person, person_id=person, same_person=True,
        power="yes", findings=(), rules_version="1", recorded_at=known or at, recorded_by=FIRST,
    )  # fmt: skip


async def prepared(database: Database, actor: Actor, now: datetime, quarter: str = Q2, **more: Any) -> Any:
    async with database.write(ALL) as session:
        return await publications.prepare(session, actor, Prepare(quarter=quarter, **more), now)


async def released(database: Database, actor: Actor, now: datetime, n: int = 1, quarter: str = Q2) -> Any:
    async with database.write(ALL) as session:
        return await publications.publish(session, actor, "merseyside", quarter, n, now)


async def read(database: Database, actor: Actor, n: int | None = None, quarter: str = Q2) -> Any:
    async with database.read(ALL) as session:
        return await publications.read(session, actor, "merseyside", quarter, n)


async def audited(database: Database, actor: Actor, n: int | None = None, quarter: str = Q2) -> Any:
    async with database.read(ALL) as session:
        return await publications.audit(session, actor, "merseyside", quarter, n)


@pytest.fixture(autouse=True)
def one_table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test but the first makes do with the first table of the catalogue: the gate takes its time."""
    if "by_two_people" not in request.node.name:
        monkeypatch.setattr(publications, "CATALOGUE", CATALOGUE[:1])


@pytest.fixture
async def book(database: Database) -> Database:
    """22 White and 13 Black people searched once each in the second quarter; 4 of the Black arrested."""
    await settled(database)
    await crowd(database, "W1", 22, date(2024, 5, 1))
    await crowd(database, "B1", 9, date(2024, 5, 2))
    await crowd(database, "B1", 4, date(2024, 5, 3), outcome="arrest", start=100)
    return database


async def test_a_quarter_goes_from_counts_to_released_tables_by_two_people(book: Database) -> None:
    view = await prepared(book, OVERSIGHT, JULY)
    assert view.manifest.passed
    assert view.released_at is None
    outcome = view.tables[0]
    totals = dict(zip(outcome.rows, (line[-1] for line in outcome.values), strict=True))
    assert totals["Total"] == 35
    assert all(value is None or value % 5 == 0 for t in view.tables for line in t.values for value in line)
    assert all(
        value is None or value >= 10 or value == 0 for t in view.tables for line in t.values for value in line
    )
    with pytest.raises(Missing):
        await read(book, NOBODY)
    with pytest.raises(NotAllowed):
        await released(book, OVERSIGHT, JULY + timedelta(hours=1))
    with pytest.raises(ProveAgain):
        await released(book, replace(AUDITOR, fresh=False), JULY + timedelta(hours=1))
    with pytest.raises(Missing):
        await released(book, ELSEWHERE, JULY + timedelta(hours=1))
    with pytest.raises(Problem):
        await released(book, PANEL, JULY + timedelta(hours=1))
    done = await released(book, AUDITOR, JULY + timedelta(hours=1))
    assert done.released_at == JULY + timedelta(hours=1)
    with pytest.raises(Conflict):
        await released(book, AUDITOR, JULY + timedelta(hours=2))
    seen = await read(book, NOBODY)
    assert seen.tables == view.tables
    assert "*" in as_csv(publications.tables(seen))
    assert as_table(seen.tables[0]).columns[0] == "Self-defined ethnicity"


async def test_it_is_the_same_when_made_again_until_somebody_changes_what_was(book: Database) -> None:
    await prepared(book, OVERSIGHT, JULY)
    await released(book, AUDITOR, JULY + timedelta(hours=1))
    async with book.write(ALL) as session:  # known only later, so not part of what was known then
        await searched(session, "w1" + "0" * 30, datetime(2024, 5, 20, 12, tzinfo=UTC), "nfa", known=OCTOBER)
    found = await audited(book, AUDITOR)
    assert found.reproduced
    assert (found.prepared_by, found.released_by) == ("Account a", "Account b")
    assert found.stars > 0
    with pytest.raises(Missing):
        await audited(book, ELSEWHERE)
    with pytest.raises(Problem):
        await audited(book, NOBODY)
    async with book.write(ALL) as session:  # the control: a record put in behind the system's back
        await searched(session, "w1" + "0" * 30, datetime(2024, 5, 21, 12, tzinfo=UTC), "nfa")
    assert not (await audited(book, AUDITOR)).reproduced


async def test_the_ledger_knows_people_by_nothing_but_a_keyed_hash(book: Database) -> None:
    await prepared(book, OVERSIGHT, JULY)
    async with book.read(ALL) as session:
        cells = list(await session.scalars(select(PublicationCell.cell)))
        assert await session.scalar(select(PublicationRelease.n)) is None
    whole = next(cell for cell in cells if cell.name == f"outcome/{Q2}/Total/Total")
    assert len(whole.by_person) == 35
    assert all(len(name) == 32 and not name.startswith(("w1", "b1")) for name in whole.by_person)


async def test_a_release_that_differs_from_the_last_by_a_few_people_is_held(book: Database) -> None:
    await prepared(book, OVERSIGHT, JULY)
    first = await released(book, AUDITOR, JULY + timedelta(hours=1))
    await crowd(book, "W1", 3, date(2024, 8, 1), start=500)
    second = await prepared(book, OVERSIGHT, OCTOBER, Q3)
    since = [table for table in second.tables if table.period.startswith("to-")]
    assert since == []  # 35 and 38: the difference is three people
    held = [done for done in second.manifest.decisions if done.asked.startswith("to-")]
    assert held
    assert all(done.failed_differencing for done in held)
    assert first.manifest.passed
    await crowd(book, "W1", 12, date(2024, 8, 2), start=600)
    third = await prepared(book, OVERSIGHT, OCTOBER + timedelta(hours=1), Q3)
    assert third.version == 2
    assert any(table.period.startswith("to-") for table in third.tables)  # and here it is fifteen
    with pytest.raises(Stale):
        await released(book, AUDITOR, OCTOBER + timedelta(hours=2), 1, Q3)


async def test_corrections_say_why_and_wait_for_their_month(book: Database) -> None:
    await prepared(book, OVERSIGHT, JULY)
    await released(book, AUDITOR, JULY + timedelta(hours=1))
    await crowd(book, "A1", 24, date(2024, 6, 1), outcome="arrest")
    with pytest.raises(Malformed) as none:
        await prepared(book, OVERSIGHT, OCTOBER)
    assert [fault.field for fault in none.value.faults] == ["reason"]
    with pytest.raises(Conflict, match="January, April, July, October"):
        await prepared(book, OVERSIGHT, NOVEMBER, reason="Two dozen records came late")
    second = await prepared(book, OVERSIGHT, OCTOBER, reason="Two dozen records came late")
    assert (second.version, second.manifest.passed) == (2, True)
    assert (await read(book, NOBODY)).version == 1
    await released(book, AUDITOR, OCTOBER + timedelta(hours=1), 2)
    newest, oldest = await read(book, NOBODY), await read(book, NOBODY, 1)
    assert (newest.version, newest.reason) == (2, "Two dozen records came late")
    assert (oldest.version, oldest.superseded_by) == (1, 2)
    assert [line.version for line in oldest.versions] == [1, 2]


async def test_a_quarter_that_would_betray_somebody_is_held_and_cannot_be_released(
    database: Database,
) -> None:
    await settled(database)
    await crowd(database, "W1", 4, date(2024, 5, 1))
    view = await prepared(database, OVERSIGHT, JULY)
    assert (view.manifest.passed, view.tables) == (False, ())
    assert all(not done.published for done in view.manifest.decisions)
    with pytest.raises(Conflict, match="held"):
        await released(database, AUDITOR, JULY + timedelta(hours=1))


@pytest.mark.parametrize("quarter", ["2024-Q3", "2023-Q1", "2024-Q5", "2024", "soon"])
async def test_only_a_quarter_that_is_over_can_be_prepared(database: Database, quarter: str) -> None:
    await settled(database)
    with pytest.raises(Malformed) as bad:
        await prepared(database, OVERSIGHT, JULY, quarter)
    assert [fault.field for fault in bad.value.faults] == ["quarter"]
