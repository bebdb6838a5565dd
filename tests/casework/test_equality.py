"""The equality argument pack: public figures and nothing else, in PDF and CSV, as known at an instant."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import pytest
from msgspec.structs import replace

from svro.bench.disclosures import SIGNER, disclosed
from svro.casework import equality, publications
from svro.casework.access import NOBODY
from svro.casework.equality import Argument, PackFile, files, gather, paper, tables
from svro.documents.bundle import bundle
from svro.documents.disclosed import Document
from svro.errors import Malformed
from svro.figures.registered import CATALOGUE
from svro.records import Database
from svro.records.reach import ALL, NONE
from tests.casework.test_publications import AUDITOR, JULY, OVERSIGHT, crowd, prepared, released, settled
from tests.casework.test_reports import hold
from tests.documents.test_bundle_attacks import ask

OUT = JULY + timedelta(hours=1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = (date(2019, 4, 1), date(2024, 12, 31))


@pytest.fixture
async def book(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Two published months, and one quarter of our own released, four arrests in it too few to show."""
    monkeypatch.setattr(publications, "CATALOGUE", CATALOGUE[:1])  # the gate takes its time
    await settled(database)
    joint = {(False, "W1", "White"): 900, (False, "B1", "Black"): 400, (False, "A1", "Asian"): 30}
    await hold(database, {("merseyside", "2020-01"): joint, ("merseyside", "2020-02"): joint})
    await crowd(database, "W1", 22, date(2024, 5, 1))
    await crowd(database, "B1", 9, date(2024, 5, 2))
    await crowd(database, "B1", 4, date(2024, 5, 3), outcome="arrest", start=100)
    await prepared(database, OVERSIGHT, JULY)
    await released(database, AUDITOR, OUT)
    return database


async def argued(database: Database, known_at: datetime = NOW, span: tuple[date, date] = SPAN) -> Argument:
    async with database.read(NONE) as session:
        return await gather(session, "merseyside", *span, known_at, NOW)


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as read:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in read).split())


async def test_it_holds_what_is_public_and_nothing_of_anybody(book: Database) -> None:
    argument = await argued(book)
    assert argument.report.orders.cells == ()
    [view] = argument.released
    assert view.quarter == "2024-Q2"
    pdf, numbers, meanings = files(argument)
    assert [one.name for one in (pdf, numbers, meanings)] == [
        "equality.pdf", "equality.csv", "equality.csv-metadata.json",
    ]  # fmt: skip
    said, whole = text_of(pdf.content), numbers.content.decode()
    for sentence in (*equality.LIMITS, *equality._method(argument)):
        assert " ".join(sentence.split()[:6]) in said
        assert sentence in whole.replace('""', '"')
    assert "Merseyside Police, 1 April 2019 to 31 December 2024" in said
    assert "Published by data.police.uk" in said
    assert "as released to everybody" in said
    for own in ("Invented", "Account a", "b1" + "0" * 30, "Nowhere Street"):
        assert own not in said
        assert own not in whole
    assert "Orders section" not in said


async def test_own_figures_come_as_they_were_released_and_small_ones_as_stars(book: Database) -> None:
    argument = await argued(book)
    [view] = argument.released
    rows = list(csv.DictReader(io.StringIO(files(argument)[1].content.decode(), newline="")))
    for table in view.tables:
        mine = [row for row in rows if row["section"] == f"{table.title}, {table.period_title}"]
        shown = [[row[column] for column in table.columns] for row in mine]
        assert shown == [["*" if one is None else str(one) for one in line] for line in table.values]
        assert all(one == "*" or int(one) % 5 == 0 for line in shown for one in line)
    assert "*" in {value for row in rows for value in row.values()}
    published = [row for row in rows if row["section"] == "published" and row["group"] == "Black"]
    assert {row["searches"] for row in published if row["basis"] == "self-defined"} == {"800"}
    exhibits = [one for one in paper(argument).exhibits if one.key.startswith("released-")]
    assert len(exhibits) == len(view.tables) == sum("2024" in one.name for one in tables(argument))


async def test_it_is_as_known_at_an_instant_and_within_the_period(book: Database) -> None:
    assert (await argued(book, OUT - timedelta(seconds=1))).released == ()
    assert (await argued(book, OUT)).released != ()
    assert (await argued(book, span=(date(2024, 7, 1), date(2024, 12, 31)))).released == ()
    assert (await argued(book, span=(date(2024, 6, 30), date(2024, 12, 31)))).released != ()
    nothing = await argued(book, span=(date(2025, 1, 1), date(2025, 1, 31)))
    said = text_of(files(nothing)[0].content)
    assert "The force has released no table of this period." in said
    with pytest.raises(Malformed):
        async with book.read(ALL) as session:
            await gather(session, "nowhere", *SPAN, NOW, NOW)


async def test_a_correction_that_came_later_changes_nothing_of_what_was_out_then(book: Database) -> None:
    from tests.casework.test_publications import OCTOBER

    before = files(await argued(book, OUT))
    await prepared(book, OVERSIGHT, OCTOBER, reason="A search came in late")
    await released(book, AUDITOR, OCTOBER + timedelta(hours=1), 2)
    [then] = (await argued(book, OUT)).released
    [later] = (await argued(book)).released
    assert (then.version, then.superseded_by, later.version) == (1, None, 2)  # not known then
    assert files(await argued(book, OUT)) == before
    assert files(await argued(book)) != before  # the control


async def test_the_same_pack_is_the_same_bytes_whoever_reads_and_goes_into_a_bundle(
    book: Database, tmp_path: object
) -> None:
    made = files(await argued(book))
    async with book.read(ALL) as session:
        again = files(await gather(session, "merseyside", *SPAN, NOW, NOW))
    assert made == again
    content, others = disclosed(1, 0)
    listed = tuple(_document(one) for one in made)
    content = replace(content, documents=listed)
    parts = bundle(content, {**others, **{one.name: one.content for one in made}}, SIGNER)
    status, said = ask(tmp_path, list(parts.values()))  # type: ignore[arg-type]
    assert status == 0, said


def _document(one: PackFile) -> Document:
    from hashlib import sha256

    digest = sha256(one.content).hexdigest()
    return Document(file=one.name, title=one.title, media_type=one.media_type, deposited_sha256=digest)


def test_it_is_read_as_somebody_signed_out() -> None:
    """The control: what a disclosure officer may see of the force's own figures is not asked for."""
    assert equality.NOBODY is NOBODY
    assert NOBODY.account_id is None
