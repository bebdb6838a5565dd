"""Duties on pages: notifications, investigations, seized items and changes sought."""

from datetime import date

from sqlalchemy import select

from svro.casework import subjects
from svro.records.people import Person
from svro.records.reach import ALL
from tests.web.conftest import STAFF, Browser, Page, World
from tests.web.test_application_pages import granted
from tests.web.test_search_pages import seeded

DAY = date(2025, 3, 14)
MANNER = {
    "orally": "yes",
    "station": "St Anne Street",
    "station_area": "merseyside",
    "lives_in": "merseyside",
    "received_by": "police officer",
}


async def at_duties(world: World, who: str = "PLO") -> tuple[Browser, str]:
    """An order of 14 March 2025, and somebody's browser at its duties."""
    order = (await granted(world)).page.path
    browser = world.browser(who)
    await browser.get(order)
    page = await browser.follow("Duties")
    assert page.status == 200
    return browser, page.path


async def test_the_first_notification_is_due_and_once_recorded_is_done(world: World) -> None:
    officer, duties = await at_duties(world)
    assert (
        "First notification Due To be given from 14 March 2025 to the end of 16 March 2025."
        in officer.page.text
    )
    await officer.follow("A first notification")
    page = await officer.send({"home": "The benches by the bandstand"})
    assert page.status == 400
    assert ("Say when it was given", "#given_at-day") in page.links
    assert "The benches by the bandstand" in page.html
    page = await officer.send({**MANNER, "given_at": (DAY, "8:59am"), "names": "Ottoline Wrenfield\nOtty"})
    assert page.path == duties, page.text
    assert "First notification Done Given in time" in page.text


async def test_a_notification_by_telephone_is_corrected_by_a_version_with_its_reason(world: World) -> None:
    officer, duties = await at_duties(world)
    await officer.follow("A first notification")
    wrong = {**MANNER, "orally": "no", "given_at": (DAY, "8:59am"), "names": "Otty", "home": "12 Larch Row"}
    page = await officer.send(wrong)
    assert "It was not given orally" in page.text
    await officer.follow("Correct")
    page = await officer.send({"orally": "yes"})
    assert page.status == 400  # a correction says why
    assert "Reason" in page.text
    page = await officer.send({"reason": "It was at the counter"})
    assert page.path == duties, page.text
    assert "First notification Done" in page.text


async def test_a_change_known_and_not_notified_is_overdue_and_nobody_is_in_breach(world: World) -> None:
    officer, _ = await at_duties(world)
    world.at("2025-03-25T09:00:00+00:00")
    await officer.follow("A change of home")
    page = await officer.send({"since": date(2025, 3, 20), "home": "4 Elm Walk"})
    assert "Notification of a new home address Overdue Not given" in page.text
    assert "offence only if there was no reasonable excuse" in page.text
    assert "Investigations None." in page.text


async def test_an_investigation_is_opened_charged_and_decided_each_by_its_limb(world: World) -> None:
    officer, duties = await at_duties(world)
    await officer.follow("Open an investigation")
    page = await officer.send(
        {"conduct_at": (DAY, "8:59am"), "conduct": "Said there was no order", "limb": "d"}
    )
    assert page.path == duties, page.text
    assert "SE20016: suspected" in page.text
    assert "Silence, or refusing to answer, is not telling" in page.text
    await officer.follow("Charged")
    page = await officer.send({"at": (DAY, "9am")})
    assert "SE20016: charged" in page.text
    await officer.follow("Convicted")
    verdict = {"at": (DAY, "9am"), "disposal": "conditional discharge", "document_reference": "Register 9"}
    page = await officer.send(verdict)
    assert (page.status, page.heading) == (409, "Does the court's own record say so?")
    assert "A conditional discharge is not open to a court for this offence." in page.text
    page = await officer.send({"as_on_court_record": "yes"})
    assert "SE20016: convicted" in page.text, page.text


async def test_the_clerk_sees_the_duties_and_no_suspicion(world: World) -> None:
    officer, duties = await at_duties(world)
    await officer.follow("Open an investigation")
    await officer.send({"conduct_at": (DAY, "8:59am"), "conduct": "Said there was no order", "limb": "d"})
    page = await world.browser("CLK").get(duties)
    assert page.status == 200
    assert "Said there was no order" not in page.text
    assert "Open an investigation" not in page.text


async def test_an_item_is_seized_held_and_destroyed_and_what_was_wrong_is_found(world: World) -> None:
    there = await seeded(world)
    page = await world.browser("SUP").get(f"/seizures/{there.item_id}")
    assert "It is kept, and the owner may apply for it, to the end of 13 September 2025." in page.text
    supervisor = world.browser("SUP")
    await supervisor.get(f"/seizures/{there.item_id}")
    await supervisor.follow("Destroyed or disposed of")
    page = await supervisor.send({"at": (DAY, "9am"), "directed_by": "Property officer"})
    assert page.path == f"/seizures/{there.item_id}"
    assert "before the 6 months were over" in page.text
    constable = world.browser("CON")
    await constable.get(f"/searches/{there.search_id}/seizures/new")
    page = await constable.send({"description": "Screwdriver"})
    assert page.heading.startswith("ITEM-"), page.text


async def seconded(world: World, officer: Browser, back: str) -> Page:
    """What the officer was told waits for a second person, a colleague approves: the page they go back to."""
    assert officer.page.path.startswith("/proposals/"), officer.page.text
    async with world.database.write(ALL) as session:
        mate = str(STAFF["PLO2"].account_id)
        for person in await session.scalars(select(Person.id)):
            await subjects.allocate(session, "merseyside", person, mate, "Works on the case", world.now)
    colleague = world.browser("PLO2")
    await colleague.get(f"{officer.page.path}/answer")
    page = await colleague.send({"answer": "approve"})
    assert page.status == 200, page.text
    return await officer.get(back)


async def test_a_change_is_sought_in_steps_and_what_the_law_bars_is_refused_on_the_page(world: World) -> None:
    officer, duties = await at_duties(world)
    world.at("2025-04-19T09:00:00+01:00")
    await officer.follow("Seek a change")
    await officer.send({"change": "renew", "months": 12})
    await officer.send({"applicant": "chief-officer-lives", "court": "C05LV00"})
    await officer.send({"grounds": "Still necessary", "changed": "Nothing", "earlier": "None"})
    page = await officer.send(press="Seek this change")
    assert page.status == 409
    assert "only varying and discharging were saved" in page.text
    await officer.send(press="Change What is sought?")
    await officer.send({"change": "vary", "months": ""})
    await officer.send(press="Seek this change")
    page = await seconded(world, officer, duties)
    assert "Vary, sought 19 April 2025" in page.text
    await officer.follow("Record service")
    served = date(2025, 4, 19)
    page = await officer.send({"court_officer": served, "prosecutor": served, "offender": served})
    assert "Those served have until the end of 6 May 2025" in page.text
    await officer.follow("Record how it ended")
    page = await officer.send({"outcome": "refused", "decided_on": served})
    assert page.status == 400
    page = await officer.send({"document_reference": "Court email 4"})
    assert "refused 19 April 2025" in page.text, page.text


async def test_the_search_page_leads_to_a_seized_item_only_where_something_was_seized(world: World) -> None:
    there = await seeded(world)
    constable = world.browser("CON")
    page = await constable.get(f"/searches/{there.search_id}")
    assert (
        f"/searches/{there.search_id}/seizures/new" not in page.hrefs()
    )  # the record says nothing was seized
