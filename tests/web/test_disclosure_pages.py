"""Disclosure on pages, without scripts: what each side is shown and offered."""

from tests.web.conftest import World
from tests.web.seeded import order_made
from tests.web.test_disclosure_journeys import instruct

ASKED = {"purpose": "subject access", "scope": ["order", "searches"], "details": "What is held"}


async def test_a_solicitors_page_shows_state_due_day_and_what_is_outstanding(world: World) -> None:
    view, person = await order_made(world.browser(None).client)
    await instruct(world.database, person)
    solicitor = world.browser("SOL")
    await solicitor.get("/disclosure")
    assert "No request" in solicitor.page.text
    await solicitor.follow("Ask for disclosure")
    await solicitor.send({"scope": ["order"]})
    assert "There is a problem" in solicitor.page.text
    page = await solicitor.send(ASKED)
    assert view["order_reference"] not in page.title
    assert "One month beginning with" in page.text
    assert "13 April 2025" in page.text
    assert "Outstanding" in page.text
    assert not any("schedule" in href or "sensitive" in href for href in page.hrefs())
    listed = await solicitor.get("/disclosure")
    assert "Owed by 13 April 2025" in listed.text


async def test_the_sensitive_schedule_and_another_clients_page_do_not_exist_for_a_solicitor(
    world: World,
) -> None:
    _, person = await order_made(world.browser(None).client)
    await instruct(world.database, person)
    solicitor = world.browser("SOL")
    await solicitor.get("/disclosure/new")
    request = (await solicitor.send(ASKED)).path
    for where in (f"{request}/sensitive", "/disclosure/" + "0" * 32, "/disclosure/links/" + "x" * 40):
        assert (await solicitor.get(where)).status == 404
    assert (await solicitor.get(f"{request}/schedule")).status == 403
