"""The report as a page, a table and data, and through the API: the same numbers, said with their counts."""

import csv
import io
from pathlib import Path
from typing import get_args, get_type_hints

import httpx
import msgspec
import pytest

from svro.casework.order_days import OrderCell
from svro.casework.published_rates import PublishedCell
from svro.casework.written import groups
from svro.documents import wording
from svro.figures import sentences
from svro.figures.rates import Status
from tests.web.conftest import World
from tests.web.seeded import publish, seed

PAGE = "/reports/disproportionality"
ASKED = {"force": "merseyside", "basis": "self-defined", "census": "2021"}


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


async def test_the_page_says_each_headline_with_its_counts_first(told: World) -> None:
    browser = told.browser("SUP")
    await browser.get(PAGE)
    page = await browser.send(ASKED)
    assert page.status == 200, page.text
    assert "60 searches of Black people among" in page.text
    assert "300 of White people among" in page.text
    assert "times as many for each resident (95% interval" in page.text
    assert "1 months held" not in page.text
    assert "1 month held: 380 rows" in page.text
    assert "Missing, which is not the same as none: " in page.text
    assert "April 2024" in page.text.split("Missing, which")[1]
    assert "Unknown" in page.html
    assert "A count only" in page.text


async def test_the_two_sections_stand_apart_and_the_second_counts_days_under_order(told: World) -> None:
    page = await told.browser("SUP").get(f"{PAGE}?force=merseyside")
    first, second = page.text.split("Our own records: searches under s.342E")
    assert "Published by data.police.uk" in first
    assert "days under order" in second
    assert "Days are net of custody where dates are held" in second
    assert "1 orders" not in second


async def test_signed_out_only_the_published_section_is_shown(told: World) -> None:
    page = await told.browser(None).get(f"{PAGE}?force=merseyside")
    assert page.status == 200
    assert "60 searches of Black people" in page.text
    assert "days under order" not in page.text.split("How these numbers")[0]
    assert "shown to people who are signed in" in page.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("force=", "Choose a force"),
        ("force=atlantis", "is not a police force known here"),
        ("force=merseyside&from-day=31&from-month=2&from-year=2024", "From must be a real date"),
        (
            "force=merseyside&from-day=1&from-month=4&from-year=2024&to-day=1&to-month=3&to-year=2024",
            "To is before",
        ),
        ("force=merseyside&census=1991", "Residents counted by"),
    ],
)
async def test_what_cannot_be_asked_is_said_at_its_field(told: World, query: str, said: str) -> None:
    page = await told.browser("SUP").get(f"{PAGE}?{query}")
    assert page.status == 400
    assert page.title.startswith("Error: ")
    assert said in page.text
    assert (await told.browser("SUP").get(f"{PAGE}?force=merseyside")).status == 200


async def test_page_table_data_and_api_give_the_same_numbers(told: World) -> None:
    client = told.browser("SUP").client
    data = (await client.get(f"{PAGE}.json", params=ASKED)).json()
    table = (await client.get(f"{PAGE}.csv", params=ASKED)).text
    api = await client.get(f"/api/v1{PAGE}", params=ASKED, headers={"Authorization": "Bearer any"})
    assert api.json() == data
    assert api.headers["Content-Type"] == "application/json"
    asked = {**ASKED, "format": "csv"}
    assert (
        await client.get(f"/api/v1{PAGE}", params=asked, headers={"Authorization": "Bearer any"})
    ).text == table
    rows = [row for row in csv.DictReader(io.StringIO(table)) if row["section"] == "published"]
    cells = data["published"]["cells"]
    assert [(row["group"], int(row["searches"])) for row in rows] == [
        (c["group"], c["searches"]) for c in cells
    ]
    black = next(cell for cell in cells if cell["group"] == "Black")
    page = await told.browser("SUP").get(f"{PAGE}?force=merseyside&basis=self-defined&census=2021")
    assert wording.number(black["ratio"]) in page.text
    assert wording.span(black["ratio_low"], black["ratio_high"]) in page.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("?force=merseyside&force=sussex", 200),
        ("?from=2024-04-01&to=2025-03-31&scope=all&census=2011&basis=officer-defined", 200),
        ("?known_at=2025-03-14T08:00:00Z", 200),
        ("?known_at=2025-03-14T08:00:00", 400),
        ("?known_at=2030-01-01T00:00:00Z", 400),
        ("?force=atlantis", 400),
        ("?from=yesterday", 400),
        ("?format=xls", 400),
    ],
)
async def test_the_apis_door_takes_what_the_report_takes(told: World, query: str, status: int) -> None:
    answer = await told.browser(None).client.get(f"/api/v1{PAGE}{query}")
    assert answer.status_code == status, answer.text


async def test_there_is_no_report_of_another_name(told: World) -> None:
    assert (await told.browser(None).client.get("/api/v1/reports/nothing")).status_code == 404


async def test_prosecutors_are_shown_no_aggregates(told: World) -> None:
    assert (await told.browser("CPS").get(PAGE)).status == 403
    assert (await told.browser("AUD").get(PAGE)).status == 200


def test_every_status_has_its_words() -> None:
    known = set(get_args(Status)) | {"suppressed-small"}
    assert set(sentences.STATUSES) == known
    for kind in (PublishedCell, OrderCell):
        hints = get_type_hints(kind)["status"]
        flat = {value for arg in (get_args(hints) or ()) for value in (get_args(arg) or (arg,))}
        assert flat <= known


def test_what_may_not_be_quoted_is_not_made_a_ratio_in_a_sentence() -> None:
    cell = PublishedCell(
        force="merseyside",
        year="2024/25",
        months=12,
        basis="self-defined",
        group="Black",
        searches=60,
        residents=1000,
        census=2021,
        rate=60.0,
        ratio=6.0,
        ratio_low=5.0,
        ratio_high=7.0,
        status="too_many_unknown",
    )
    white = msgspec.structs.replace(cell, group="White", searches=300, status="ok")
    assert "6.0 times" not in groups.headline(cell, white)
    assert "could turn it round" in groups.headline(cell, white)
    assert "6.0 times" in groups.headline(msgspec.structs.replace(cell, status="ok"), white)
