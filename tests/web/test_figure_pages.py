"""All measures, the return and the officers' spread as pages and files: who sees them, and the same
numbers in each.
"""

import csv
import io
from pathlib import Path

import httpx
import msgspec
import pytest
from odfdo import Document

from tests.web.conftest import World
from tests.web.seeded import publish, seed

ASKED = "?force=merseyside&basis=self-defined"


@pytest.fixture
async def told(world: World, tmp_path: Path) -> World:
    """A world with a month published and searches under an order."""
    await publish(world.database, tmp_path)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]
        base_url="https://svro.test",
    ) as client:
        await seed(client)
    return world


async def test_the_measures_are_said_and_come_as_the_same_numbers_in_three_files(told: World) -> None:
    browser = told.browser("SUP")
    page = await browser.get(f"/reports/measures{ASKED}")
    assert page.status == 200, page.text
    assert "M3. Rate ratio" in page.text
    assert "none of 360 rows has a label “any other” of any group: the labels were lost" in page.text
    assert "Searches per 1,000 days under order" in page.text
    assert "Nothing here may be quoted: it needs" in page.text
    body = msgspec.json.decode((await browser.client.get(f"/reports/measures.json{ASKED}")).content)
    figures = [*body["published"]["figures"], *body["orders"]["figures"]]
    rows = list(csv.DictReader(io.StringIO((await browser.client.get(f"/reports/measures.csv{ASKED}")).text)))
    told_in_csv = [row for row in rows if row["section"] in ("published", "orders")]
    assert len(told_in_csv) == len(figures)
    for row, figure in zip(told_in_csv, figures, strict=True):
        assert row["value"] == ("" if figure["value"] is None else repr(figure["value"]))
        assert row["events"] == ("" if figure["events"] is None else str(figure["events"]))
        assert row["sentence"].lstrip("'") == figure["sentence"]
    sheet = Document(io.BytesIO((await browser.client.get(f"/reports/measures.ods{ASKED}")).content))
    table = sheet.body.get_table(name="published")
    assert table is not None
    values = list(table.iter_values())
    at = values[0].index("value")
    assert [None if row[at] is None else float(row[at]) for row in values[1:]] == [
        None if figure["value"] is None else pytest.approx(figure["value"])
        for figure in body["published"]["figures"]
    ]


async def the_return_leads_those_who_may_to_the_records_and_others_to_none(told: World) -> None:
    ours = await told.browser("SUP").get("/reports/statutory?force=merseyside")
    assert ours.status == 200, ours.text
    for letter in "abcdefg":
        assert f"({letter}) The" in ours.text or f"({letter}) An initial" in ours.text
    assert "Not held here, which is not the same as none" in ours.text
    assert any(href.startswith("/orders/") for href in ours.hrefs())
    panel = await told.browser("PAN").get("/reports/statutory?force=merseyside")
    assert panel.status == 200
    assert not any(href.startswith(("/orders/", "/people/", "/searches/")) for href in panel.hrefs())
    assert "withheld" in panel.text
    nobody = await told.browser(None).get("/reports/statutory?force=merseyside")
    assert nobody.status == 401


async def only_supervisors_see_officers_and_only_of_their_own_force(told: World) -> None:
    own = await told.browser("SUP").get("/reports/officers?force=merseyside")
    assert own.status == 200, own.text
    assert "never a finding about anybody" in own.text
    assert (await told.browser("SUP").get("/reports/officers?force=sussex")).status == 403
    for role in ("PLO", "CON", "PAN", "OVR", "ADM"):
        assert (await told.browser(role).get("/reports/officers?force=merseyside")).status == 403
    index = await told.browser("PAN").get("/reports")
    assert "/reports/measures" in index.hrefs()
    assert "/reports/officers" not in index.hrefs()


async def a_report_without_a_force_or_with_a_wrong_day_says_so(told: World) -> None:
    browser = told.browser("SUP")
    assert "Choose a force" in (await browser.get("/reports/statutory?force=")).text
    wrong = await browser.get("/reports/measures?force=atlantis")
    assert wrong.status == 400
    assert "is not a police force known here" in wrong.text


async def test_who_is_led_to_records_who_sees_officers_and_what_is_asked_wrongly(told: World) -> None:
    """One world for all three: it costs more than they do."""
    await the_return_leads_those_who_may_to_the_records_and_others_to_none(told)
    await only_supervisors_see_officers_and_only_of_their_own_force(told)
    await a_report_without_a_force_or_with_a_wrong_day_says_so(told)
