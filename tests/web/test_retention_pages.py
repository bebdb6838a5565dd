"""Retention on pages: proposed by one, decided by another who has just proved who they are."""

import msgspec

from tests.web.conftest import World
from tests.web.test_people_pages import recorded


async def test_a_person_is_proposed_and_erased_on_pages(world: World) -> None:
    officer, supervisor = world.browser("PLO"), world.browser("SUP")
    person = await recorded(officer)
    page = await supervisor.get(person)
    page = await supervisor.follow("Propose erasing this person")
    page = await supervisor.send({"reason": "request"})
    assert page.title.startswith("Error"), "what is missing is said"
    page = await supervisor.send({"reason": "request", "explanation": "They asked, and nothing is left"})
    assert (page.heading, "Somebody other than whoever proposed it decides." in page.text) == (
        "Ottoline Wrenfield", True,
    )  # fmt: skip
    world.cookies.staff["AUD"] = msgspec.structs.replace(world.cookies.staff["AUD"], fresh=True)
    auditor = world.browser("AUD")
    page = await auditor.get("/retention")
    assert "Waits for you" in page.text
    await auditor.follow("Ottoline Wrenfield")
    page = await auditor.follow("Decide")
    assert "cannot be undone" in page.text
    page = await auditor.send({"decision": "erase", "explanation": "Agreed"})
    assert page.heading == "[erased]"
    page = await auditor.get("/retention")
    assert "Wrenfield" not in page.text
    assert "Erased 14 March 2025" in page.text
    page = await officer.get(person)
    assert (page.status, page.heading) == (200, "[erased]")


async def test_whoever_has_not_just_proved_who_they_are_is_told_to(world: World) -> None:
    supervisor, auditor = world.browser("SUP"), world.browser("AUD")
    person = await recorded(world.browser("PLO"))
    await supervisor.get(f"/retention{person}")
    await supervisor.send({"reason": "request", "explanation": "They asked"})
    world.tired("AUD")
    page = await auditor.get(f"{supervisor.page.path}/decide")
    assert page.path == "/sign-in/again"
