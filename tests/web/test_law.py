"""The coverage of the statute, as anybody may read it."""

import re

from svro.law import coverage
from svro.law.sources import SOURCES
from svro.web import law
from tests.web.conftest import World


async def test_the_page_is_open_to_everybody_and_shows_every_provision_and_every_rule(world: World) -> None:
    page = await world.browser(None, why=None).get("/law")
    assert (page.status, page.heading) == (200, law.TITLE)
    assert page.html == (await world.browser(None, why=None).get("/help/law")).html.replace(
        "/help/law", "/law"
    )
    rows = re.findall(r'<th scope="row" class="govuk-table__header">([^<]+)</th>', page.html)
    assert rows == [SOURCES[source.citation].provision for source in coverage.covered()]
    anchors = set(re.findall(r'id="([a-z_]+\.[a-z_]+)"', page.html))
    assert anchors == set(coverage.rules())
    assert set(re.findall(r'href="#([a-z_]+\.[a-z_]+)"', page.html)) <= anchors


async def test_a_provision_leads_to_its_rule_and_the_rule_to_its_tests(world: World) -> None:
    page = await world.browser("CON", why=None).get("/law")
    assert '<a class="govuk-link" href="#search._clothing">search._clothing</a>' in page.html
    assert "No rule: Not commenced for the pilot, so no order holds a prohibition." in page.text
    assert "None is without a verdict." in page.text
    assert "trap 23 each limb has its own element and only two have the excuse" in page.text


def test_the_totals_are_those_of_the_verdicts() -> None:
    """And nothing is lost between instruments and sections."""
    content = law.content()
    held = content["instruments"]
    assert sum(one.provisions for one in held) == len(coverage.covered())
    assert all(one.ruled + one.reasoned == one.provisions for one in held)
    assert [one.name for one in held] == [
        "Sentencing Act 2020",
        "PACE 1984",
        "PCSC Act 2022",
        "SI 2023/387",
        "SI 2022/1071",
        "CrimPR",
    ]
    assert content["missing"] == []
