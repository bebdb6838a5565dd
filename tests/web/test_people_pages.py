"""People on pages: found, recorded once, corrected, with their convictions and custody."""

from datetime import date

from svro.casework.access import Actor
from tests.web.conftest import Browser, World

WREN = {
    "given_name": "Ottoline",
    "family_name": "Wrenfield",
    "date_of_birth": date(1999, 5, 4),
    "sex": "female",
}
PNC = "02/73319Z"


async def recorded(browser: Browser, pnc: str = PNC) -> str:
    """Record a person by the pages; their address."""
    await browser.get("/people/new")
    await browser.send(WREN)
    await browser.send({"pnc_id": pnc})
    await browser.send({"self_ethnicity": "W1"})
    await browser.send({"lives_in": "merseyside", "home": "12 Larch Row\nLiverpool"})
    assert browser.page.heading == "Check your answers"
    page = await browser.send(press="Record this person")
    assert page.heading == "Ottoline Wrenfield", page.text
    return page.path


async def test_a_person_is_asked_about_page_by_page_checked_and_recorded(world: World) -> None:
    browser = world.browser("PLO")
    page = await browser.get("/people/new")
    assert page.heading == "Who is it?"
    page = await browser.send(WREN)
    assert page.heading == "What identifies them?"
    page = await browser.send({"pnc_id": PNC})
    page = await browser.send({"self_ethnicity": "W1"})
    page = await browser.send({"home": "12 Larch Row\nLiverpool"})
    assert "Ottoline" in page.text
    assert "4 May 1999" in page.text
    assert "02/73319Z" in page.text
    page = await browser.send(press="Change Who is it?")
    assert page.heading == "Who is it?"
    page = await browser.send({"given_name": "Ottoline Maud"})
    assert page.heading == "Check your answers", "one changed answer leads back to the check"
    page = await browser.send(press="Record")
    assert page.heading == "Ottoline Maud Wrenfield"
    assert "2002/0073319Z" in page.text
    assert "12 Larch Row" in page.text


async def test_what_is_wrong_is_listed_at_the_top_linked_to_its_field_and_nothing_typed_is_lost(
    world: World,
) -> None:
    browser = world.browser("PLO")
    await browser.get("/people/new")
    page = await browser.send({"given_name": "Ottoline", "date_of_birth": date(1999, 5, 4)})
    assert page.status == 400
    assert page.title.startswith("Error: Who is it?")
    assert ("Family name is required", "#family_name") in page.links
    page = await browser.send({"family_name": "Wrenfield", "date_of_birth-month": "13"})
    assert ("Date of birth must be a real date, such as 14 3 2025", "#date_of_birth-day") in page.links
    assert ("given_name", "Ottoline") in page.forms[-1].values
    assert ("date_of_birth-month", "13") in page.forms[-1].values
    page = await browser.send({"date_of_birth-month": "5"})
    assert page.status == 200
    assert page.heading == "What identifies them?"


async def test_a_wrong_check_character_is_found_when_the_answers_are_sent(world: World) -> None:
    browser = world.browser("PLO")
    await browser.get("/people/new")
    await browser.send(WREN)
    await browser.send({"pnc_id": "02/73319A"})
    await browser.send()
    await browser.send()
    page = await browser.send(press="Record")
    assert page.status == 400
    assert page.heading == "What identifies them?"
    assert any(href == "#pnc_id" for href in page.hrefs())
    await browser.send({"pnc_id": PNC})
    page = await browser.send(press="Record")
    assert page.heading == "Ottoline Wrenfield"


async def test_a_person_already_held_is_offered_and_not_created_again(world: World) -> None:
    browser = world.browser("PLO")
    held = await recorded(browser)
    await browser.get("/people/new")
    await browser.send({**WREN, "family_name": "Wrenfeild"})
    await browser.send({"pnc_id": PNC})
    await browser.send()
    await browser.send()
    page = await browser.send(press="Record")
    assert page.status == 409
    assert "Your force already holds a person with this PNC ID" in page.text
    assert ("Use that record", held) in page.links
    await browser.get("/people")
    page = await browser.send({"family_name": "Wren"})
    assert "Wrenfeild" not in page.text, "what was refused left nothing behind"
    assert held in page.hrefs()


async def test_people_are_found_by_name_or_identifier_in_ones_own_force_only(world: World) -> None:
    browser = world.browser("PLO")
    held = await recorded(browser)
    await browser.get("/people")
    page = await browser.send({"pnc_id": PNC})
    assert held in page.hrefs()
    await browser.get("/people")
    page = await browser.send({"family_name": "Nobody-here"})
    assert "Your force holds nobody like that" in page.text
    await browser.get("/people")
    page = await browser.send({})
    assert page.status == 400
    assert "identifier or a family name" in page.text
    stranger = Actor(account_id="e" * 32, name="Ivo", roles=frozenset({"PLO"}), force_id="sussex")
    await world.hire("other", stranger)
    other = world.browser("other")
    await other.get("/people")
    page = await other.send({"pnc_id": PNC})
    assert "Your force holds nobody like that" in page.text
    hidden, absent = await other.get(held), await other.get(f"/people/{'0' * 32}")
    assert (hidden.status, hidden.html) == (404, absent.html), "hidden and absent look the same"


async def test_a_correction_needs_its_reason_and_a_second_one_from_the_same_reading_is_stale(
    world: World,
) -> None:
    browser, other = world.browser("PLO"), world.browser("PLO")
    held = await recorded(browser)
    await other.get(f"{held}/correct")
    await browser.follow("Correct who this is")
    await browser.send({"given_name": "Ottilie"})
    for _ in range(3):
        await browser.send()
    page = await browser.send()
    assert page.status == 400
    assert ("Reason is required", "#reason") in page.links
    await browser.send({"reason": "The birth certificate"})
    page = await browser.send(press="Correct the record")
    assert page.heading == "Ottilie Wrenfield"
    assert "Liverpool" in page.text
    for _ in range(4):
        await other.send()
    await other.send({"reason": "Something else"})
    page = await other.send(press="Correct the record")
    assert page.status == 412
    assert page.heading == "Changed since you read it"
    assert f"{held}/correct" in page.hrefs()


async def test_convictions_and_custody_are_added_corrected_and_withdrawn(world: World) -> None:
    browser = world.browser("PLO")
    held = await recorded(browser)
    await browser.follow("Add an earlier conviction")
    page = await browser.send({"conviction_date": date(2021, 2, 3)})
    assert page.status == 400
    assert "Offence code is required" in page.text
    page = await browser.send(
        {"offence_code": "CJ88144", "weapon": "Lock knife", "is_knife_or_weapon": "yes"}
    )
    assert page.path == held
    assert "CJ88144, convicted 3 February 2021: Lock knife" in page.text
    await browser.follow("Add a stay in custody")
    stay = {
        "kind": "remand",
        "started": date(2025, 3, 1),
        "ended": date(2025, 2, 1),
        "authority": "HMP Larkhill",
    }
    page = await browser.send(stay)
    assert ("Last day is before the day it started", "#ended-day") in page.links
    page = await browser.send({"ended": date(2025, 3, 9)})
    assert "Remand, 1 March 2025 to 9 March 2025" in page.text
    await browser.follow("Correct the stay")
    page = await browser.send({"ended": date(2025, 3, 10)})
    assert "to 10 March 2025" in page.text
    await browser.follow("Correct the conviction")
    await browser.follow("Withdraw it")
    page = await browser.send(press="Withdraw it")
    assert "CJ88144" not in page.text


async def test_nobody_else_records_people(world: World) -> None:
    held = await recorded(world.browser("PLO"))
    for role, form, record in (
        ("CON", 403, 404),
        ("SUP", 403, 200),
        ("CLK", 403, 404),
        ("PAN", 403, 404),
        ("SOL", 403, 404),
        ("ADM", 403, 404),
        ("CPS", 403, 403),
    ):
        browser = world.browser(role)
        assert (await browser.get("/people/new")).status == form, role
        assert (await browser.get(held)).status == record, role
        assert (await browser.get(f"{held}/correct")).status == 403, role
    signed_out = world.browser(None)
    page = await signed_out.get(held)
    assert page.status == 401
    assert "/sign-in" in page.hrefs()
