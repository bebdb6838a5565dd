"""Publications and exports on pages: prepared, released by another, read signed out, followed by a feed."""

from xml.etree import ElementTree as Xml

import msgspec
import pytest

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
