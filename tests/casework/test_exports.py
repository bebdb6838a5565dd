"""Exports of searches: coarse rows of fifteen columns, by two people, and read back by our own importer."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from svro.casework import exports, imports
from svro.casework.access import Actor, Purpose
from svro.casework.exports import AskExport, Made, cells, traits
from svro.casework.founding import found
from svro.errors import Conflict, Malformed, Missing, NotAllowed, Problem, ProveAgain, PurposeNeeded
from svro.figures.coarsened import coarsened
from svro.law.search import SearchRecord
from svro.policeuk import COLUMNS
from svro.policeuk.places import Point
from svro.records import Database
from svro.records.base import put
from svro.records.ledger import LedgerPayload
from svro.records.people import Account, Names, Person, PersonFacts, PersonVersion
from svro.records.published import PublishedSearch
from svro.records.reach import ALL
from svro.records.searches import Search, SearchVersion

NOW = datetime(2024, 7, 3, 12, tzinfo=UTC)
WHY = Purpose("audit", "REF-1")
LEGAL = Actor(
    account_id="a" * 32,
    name="Perdita",
    roles=frozenset({"PLO"}),
    force_id="merseyside",
    purpose=WHY,
    fresh=True,
)
AUDITOR = replace(LEGAL, account_id="b" * 32, roles=frozenset({"AUD"}))
MAY = AskExport(first_month="2024-05", last_month="2024-06", reason="For the inspectorate")


async def settled(database: Database) -> None:
    async with database.write(ALL) as session:
        await found(session, "live", datetime(2024, 1, 1, tzinfo=UTC), status_key="0" * 64)
        for account in ("a" * 32, "b" * 32):
            await put(session, Account, id=account, name=account[:1], created_at=NOW)


async def searched(database: Database, person: int, at: datetime, **said: Any) -> None:
    one, search = f"{person:032}", f"{person:028}{at:%H%d}"
    async with database.write(ALL) as session:
        held = await session.scalar(select(Person.id).where(Person.id == one))
        if held is None:
            await put(session, Person, force_id="merseyside", id=one, created_at=at, created_by="a" * 32)
            facts = PersonFacts(
                name=Names(family=f"=HYPERLINK({person})"), date_of_birth=date(1998, 1, 1), sex="male"
            )
            await put(
                session, PersonVersion, force_id="merseyside", person_id=one, n=1, facts=facts,
                family_key="x", words_version="words-1", recorded_at=at, recorded_by="a" * 32,
            )  # fmt: skip
        record = SearchRecord(at=at, **{"place": "Nowhere Street", "outcome": "nfa", **said})
        await put(
            session,
            Search,
            force_id="merseyside",
            id=search,
            reference=search,
            account_id="a" * 32,
            created_at=at,
        )
        await put(
            session, SearchVersion, force_id="merseyside", search_id=search, n=1, at=at, record=record,
            person_id=one, power="yes", findings=(), rules_version="1", recorded_at=at, recorded_by="a" * 32,
        )  # fmt: skip


@pytest.fixture
async def book(database: Database) -> Database:
    """May: eleven people searched in the evening, and one of them again; June: three people."""
    await settled(database)
    for person in range(11):
        await searched(
            database, person, datetime(2024, 5, person + 1, 20, 17, tzinfo=UTC), self_ethnicity="W1",
            officer_ethnicity="White", object="bladed-article", outcome="arrest" if person < 3 else "nfa",
            outcome_linked=person < 2, clothing="more" if person == 4 else "outer",
            grounds="=1+1", vehicle_searched=person == 5,
        )  # fmt: skip
    await searched(
        database, 3, datetime(2024, 5, 30, 3, tzinfo=UTC), self_ethnicity="W1", officer_ethnicity="White"
    )
    await searched(database, 7, datetime(2024, 5, 30, 4, tzinfo=UTC), searched=False)
    for person in range(3):
        await searched(database, 50 + person, datetime(2024, 6, 3, 10, tzinfo=UTC))
    return database


async def approved(database: Database) -> tuple[str, Made]:
    async with database.write(ALL) as session:
        view = await exports.ask(session, LEGAL, MAY, NOW)
    async with database.write(ALL) as session:
        await exports.approve(session, AUDITOR, view.id, NOW + timedelta(hours=1))
    async with database.write(ALL) as session:
        return view.id, await exports.take(session, LEGAL, view.id, NOW + timedelta(hours=2))


def rows(file: bytes) -> dict[str, list[list[str]]]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {
            name: list(csv.reader(io.StringIO(archive.read(name).decode()))) for name in archive.namelist()
        }


async def test_the_file_has_the_columns_the_coarse_rows_and_no_formula(book: Database) -> None:
    _, made = await approved(book)
    assert (made.rows, made.withheld) == (11, 4)  # one at night, and the three of June
    ((name, (header, *body)),) = rows(made.file).items()
    assert name == "2024-05/2024-05-merseyside-stop-and-search.csv"
    assert header == list(COLUMNS)
    assert {row[1] for row in body} == {"2024-05-01T17:00:00+00:00"}  # six in the evening in London
    assert {(row[6], row[7], row[8][:5], row[9]) for row in body} == {("Male", "25-34", "White", "White")}
    assert {row[10] for row in body} == {"Sentencing Act 2020 (section 342E)"}
    assert sorted(row[12] for row in body).count("Arrest") == 3
    assert not [cell for row in body for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert b"Nowhere" not in made.file
    again = rows(made.file)
    assert again == rows((await _again(book)).file)


async def _again(database: Database) -> Made:
    async with database.write(ALL) as session:
        (view,) = await exports.listing(session, AUDITOR)
        return await exports.take(session, AUDITOR, view.id, NOW + timedelta(days=1))


async def test_what_it_carries_comes_back_through_the_importer(book: Database, tmp_path: Path) -> None:
    _, made = await approved(book)
    file = tmp_path / "searches.zip"
    file.write_bytes(made.file)
    done = await imports.import_searches(book, [file], published=NOW.date(), now=NOW + timedelta(days=1))
    assert (done.rows, done.accepted, done.rejected, done.refused) == (11, 11, 0, [])
    assert done.unknown_legislation == {"Sentencing Act 2020 (section 342E)": 11}
    assert done.london_month_differs == 0
    async with book.read(ALL) as session:
        kept = list(await session.scalars(select(PublishedSearch)))
    written = [row for (_, *body) in rows(made.file).values() for row in body]
    read = [
        [
            row.type, row.date, row.operation or "", row.operation_name or "", row.latitude or "",
            row.longitude or "", row.gender or "", row.age_range or "", row.self_defined_ethnicity or "",
            row.officer_defined_ethnicity or "", row.legislation or "", row.object_of_search or "",
            row.outcome or "", row.outcome_linked_to_object_of_search or "",
            row.removal_of_more_than_outer_clothing or "",
        ]
        for row in kept
    ]  # fmt: skip
    assert sorted(read) == sorted(written)
    assert {(row.outcome_code, row.gender_code, row.age_code) for row in kept} == {
        ("nfa", "male", "25-34"),
        ("arrest", "male", "25-34"),
    }
    assert [row.more_than_outer_removed for row in kept].count(True) == 1


async def test_it_takes_two_people_who_may_and_tells_the_ledger(book: Database) -> None:
    async with book.write(ALL) as session:
        view = await exports.ask(session, LEGAL, MAY, NOW)
        assert (view.approved_at, view.rows) == (None, None)
        with pytest.raises(Conflict):
            await exports.take(session, LEGAL, view.id, NOW)
        with pytest.raises(NotAllowed):
            await exports.approve(session, LEGAL, view.id, NOW)
        with pytest.raises(ProveAgain):
            await exports.approve(session, replace(AUDITOR, fresh=False), view.id, NOW)
        with pytest.raises(PurposeNeeded):
            await exports.approve(session, replace(AUDITOR, purpose=None), view.id, NOW)
        with pytest.raises(Missing):
            await exports.approve(session, replace(AUDITOR, force_id="sussex"), view.id, NOW)
        for role in ("SUP", "CON", "PAN", "SOL", "ADM", "ANON"):
            with pytest.raises(Problem):
                await exports.ask(session, replace(LEGAL, roles=frozenset({role})), MAY, NOW)
    _, made = await approved(book)
    assert made.rows
    async with book.read(ALL) as session:
        tags = list(
            await session.scalars(select(LedgerPayload.tag).where(LedgerPayload.tag.like("export:%")))
        )
    assert sorted(tags) == ["export:approved", "export:asked", "export:asked", "export:taken"]


async def test_months_are_over_and_in_order(database: Database) -> None:
    await settled(database)
    async with database.write(ALL) as session:
        for first, last in (("2024-06", "2024-05"), ("2024-06", "2024-07")):
            with pytest.raises(Malformed) as bad:
                await exports.ask(
                    session, LEGAL, AskExport(first_month=first, last_month=last, reason="Why"), NOW
                )
            assert [fault.field for fault in bad.value.faults] == ["last_month"]


def test_a_record_is_made_as_coarse_as_it_must_be_and_no_coarser() -> None:
    records = [(f"p{n}", ("may", "evening", "x")) for n in range(10)]
    records += [(f"q{n}", ("may", f"hour {n}", "y")) for n in range(10)] + [("r", ("june", "noon", "z"))]
    levels = [frozenset[int](), frozenset({1}), frozenset({1, 2})]
    shown = coarsened(records, levels, 10)
    assert shown[:10] == [("may", "evening", "x")] * 10
    assert shown[10:20] == [("may", None, "y")] * 10
    assert shown[20] is None
    often = [("one", ("may",))] * 30  # thirty searches of one person are of one person
    assert coarsened(often, [frozenset()], 10) == [None] * 30


def test_a_place_given_in_degrees_becomes_a_map_point() -> None:
    points = [Point(53.4, -2.99), Point(53.405, -2.98)]
    said = SearchRecord(at=NOW, place="53.4031, -2.9836")
    seen = traits(said, None, points)
    assert seen[-1] == "53.405000,-2.980000"
    assert cells(said, seen)[4:6] == ("53.405000", "-2.980000")
    assert traits(said, None, ())[-1] is None
    assert traits(replace(said, place="Nowhere Street"), None, points)[-1] is None
