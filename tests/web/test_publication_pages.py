"""Publications and exports on pages: prepared, released by another, read signed out, followed by a feed."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as Xml

import msgspec
import pytest
from odfdo import Document
from pypdf import PdfReader

from svro.casework.formats import FORMATS
from tests.web.conftest import World
from tests.web.seeded import EXPORT, QUARTER, publish_figures

ATOM = "{http://www.w3.org/2005/Atom}"
HERE = f"/publications/merseyside/{QUARTER}"


@pytest.fixture
async def figures(world: World) -> World:
    await publish_figures(world.database)
    return world


async def test_anybody_reads_what_was_released_and_nobody_else_what_was_not(figures: World) -> None:
    stranger = figures.browser(None)
    listed = await stranger.get("/publications")
    assert "Waiting for release" not in listed.text
    page = await stranger.follow("Merseyside Police")
    assert page.status == 200
    assert "Version 1, released" in page.text
    assert "hidden" in page.text
    assert "Release to everybody" not in page.text
    assert (await stranger.get(f"{HERE}?version=2")).status == 404
    assert (await stranger.get(f"{HERE}/audit")).status == 401
    assert (await stranger.get("/publications/merseyside/2024-Q3")).status == 404
    file = await stranger.client.get(f"{HERE}/figures.csv")
    assert "*" in file.text
    assert file.headers["content-type"].startswith("text/csv")


async def test_a_publication_is_the_same_tables_in_five_formats(figures: World) -> None:
    ask = figures.browser(None).client.get
    files = {kind: await ask(f"{HERE}/figures.{kind}") for kind in FORMATS}
    assert {kind: file.status_code for kind, file in files.items()} == dict.fromkeys(FORMATS, 200)
    tables = files["json"].json()["tables"]
    told = [
        [row, *("*" if n is None else n for n in values)]
        for table in tables
        for row, values in zip(table["rows"], table["values"], strict=True)
    ]
    assert any("*" in row for row in told)

    def plain(cells: Iterable[Any]) -> list[Any]:
        first, *rest = cells
        return [first, *("*" if n == "*" else int(float(str(n).replace(",", ""))) for n in rest)]

    rows = list(csv.reader(io.StringIO(files["csv"].text, newline="")))
    in_csv = [[cell for cell in row[1:] if cell] for row in rows[1:] if row[0] != "notes"]
    assert [plain(row) for row in in_csv] == told
    sheets = Document(io.BytesIO(files["ods"].content)).body.tables
    in_ods = [[cell.value for cell in row.cells] for sheet in sheets[:-1] for row in list(sheet.rows)[1:]]
    assert [plain(row) for row in in_ods] == told
    page = Xml.fromstring(re.sub(r"<(meta[^>]*)>", r"<\1/>", files["html"].text.partition("\n")[2]))
    in_html = [["".join(cell.itertext()) for cell in row] for row in page.iter("tr")]
    heads = {table["rows_are"] for table in tables}
    assert [plain(row) for row in in_html if row[0] not in heads] == told
    pages = PdfReader(io.BytesIO(files["pdf"].content)).pages
    text = " ".join(" ".join(one.extract_text() for one in pages).split())
    for row in told:
        assert " ".join(str(cell) if cell == row[0] or cell == "*" else f"{cell:,}" for cell in row) in text
    link = files["csv"].headers["link"].partition(">")[0].lstrip("<")
    described = (await ask(link)).json()
    assert [column["titles"] for column in described["tableSchema"]["columns"]] == rows[0]
    for kind, file in files.items():
        assert (await ask(f"{HERE}/figures.{kind}?version=1")).content == file.content, kind


async def test_the_second_person_releases_and_must_have_proved_who_they_are(figures: World) -> None:
    prepared = figures.browser("OVR")
    await prepared.get(HERE)
    refused = await prepared.send(press="Release to everybody")
    assert refused.status == 403
    figures.tired("AUD")
    second = figures.browser("AUD")
    await second.get(HERE)
    assert "Prepared, not released" in second.page.text
    refused = await second.send(press="Release to everybody")
    assert refused.path == "/sign-in/again"
    staff = figures.cookies.staff
    staff["AUD"] = msgspec.structs.replace(staff["AUD"], fresh=True)
    await second.get(HERE)
    stale = await second.send(press="Release to everybody")
    assert stale.status == 412  # the row put in by hand was held against another ledger
    audit = await second.get(f"{HERE}/audit?version=1")
    assert "Oriel Vantongeren" in audit.text
    assert "Made again just now, it is not the same" in audit.text


async def test_a_quarter_is_prepared_on_a_form_and_held_where_nothing_may_be_shown(world: World) -> None:
    browser = world.browser("AUD")
    await browser.get("/publications")
    await browser.follow("Prepare a quarter")
    assert "2025-Q1" not in browser.page.forms[-1].options["quarter"]
    page = await browser.send({"quarter": "2024-Q4"})
    assert page.status == 200
    assert "Held. No table of this quarter passed both gates" in page.text
    assert (await world.browser("CON").get("/publications/prepare")).status == 403


async def test_the_feed_has_an_entry_for_each_released_version(figures: World) -> None:
    answer = await figures.browser(None).client.get("/publications.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = Xml.fromstring(answer.content)
    (entry,) = feed.findall(f"{ATOM}entry")
    address = entry.findtext(f"{ATOM}id")
    assert address == f"https://svro.test{HERE}?version=1"
    assert feed.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated") == "2025-03-14T09:00:00+00:00"
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert (await figures.browser(None).get(link.attrib["href"])).status == 200


async def test_an_export_is_asked_for_approved_by_another_and_taken(figures: World) -> None:
    legal = figures.browser("PLO")
    await legal.get("/exports")
    await legal.follow("Ask for an export")
    wrong = await legal.send({"first_month": "May", "last_month": "2025-01", "reason": "Yearly return"})
    assert wrong.status == 400
    page = await legal.send({"first_month": "2025-01", "last_month": "2025-02", "reason": "Yearly return"})
    assert "Somebody else of your force has to approve it" in page.text
    where = page.url
    staff = figures.cookies.staff
    staff["AUD"] = msgspec.structs.replace(staff["AUD"], fresh=True)
    auditor = figures.browser("AUD")
    await auditor.get(where)
    await auditor.send(press="Approve the export")
    await legal.get(where)
    form = legal.page.forms[-1]
    answer = await legal.client.post(form.action, data=dict(form.values), headers={"Referer": where})
    assert (answer.status_code, answer.content[:2]) == (200, b"PK")
    assert (await figures.browser("PAN").get(f"/exports/{EXPORT}")).status == 403
