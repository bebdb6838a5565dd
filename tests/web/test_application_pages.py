"""Applications on pages: from the first thought to the court's answer, each step by those whose it is."""

from datetime import date

from svro.casework.access import Actor
from tests.web.conftest import Browser, World
from tests.web.test_people_pages import recorded

TODAY = date(2025, 3, 14)
LIVERPOOL = "C05LV00"
OFFENCE = {
    "offence_code": "CJ88144",
    "offence_from": date(2024, 11, 20),
    "conviction_date": date(2025, 2, 26),
}


async def considered(world: World) -> tuple[Browser, str]:
    """A person recorded and an application begun: the legal officer's browser and its address."""
    browser = world.browser("PLO")
    await recorded(browser)
    page = await browser.send(press="Start considering")
    assert page.heading.startswith("APP-")
    return browser, page.path


async def with_facts(world: World) -> tuple[Browser, str]:
    """The facts of a case that meets the Act, told task by task."""
    browser, case = await considered(world)
    for task, answers in (
        ("Offence", OFFENCE),
        ("Court", {"court": LIVERPOOL, "sentence": "custodial"}),
        ("The weapon", {"item": "bladed article", "item_description": "Kitchen knife"}),
        ("What the offender did", {"own_had": "yes", "own_had_evidence": "In the waistband\non arrest"}),
        ("Why an order", {"protect_public": "Third conviction in two years"}),
    ):  # fmt: skip
        await browser.follow(task)
        page = await browser.send(answers)
        assert page.path == case, page.text
    return browser, case


async def at_court(world: World) -> str:
    """Assessed, sent, notice served, hearing listed: the application's address."""
    browser, case = await with_facts(world)
    await browser.follow("May an order be applied for?")
    page = await browser.send(press="Assess")
    assert "Eligible" in page.text
    supervisor = world.browser("SUP")
    await supervisor.get(case)
    await supervisor.follow("Approve and send to the CPS")
    page = await supervisor.send()
    assert "Sent to the CPS" in page.text
    await browser.get(case)
    await browser.follow("Record service of the notice")
    page = await browser.send({"date": TODAY, "served_on": "The court officer\nThe defendant\n"})
    assert "Served on The court officer, The defendant" in page.text
    clerk = world.browser("CLK")
    await clerk.get(case)
    await clerk.follow("Record the date of the hearing")
    page = await clerk.send({"date": TODAY})
    assert "Hearing listed" in page.text
    return case


GRANTED = {"outcome": "granted", "court": LIVERPOOL, "at": (TODAY, "8:30am")}


async def granted(world: World, who: str = "CLK", **terms: object) -> Browser:
    """The court made an order: the browser of whoever recorded it, at the order's page."""
    case = await at_court(world)
    browser = world.browser(who)
    await browser.get(f"{case}/decision")
    await browser.send(GRANTED)
    await browser.send({"effect": "immediate", "months": 12, **terms})
    await browser.send({"document_reference": "Sealed order 17"})
    page = await browser.send(press="Record the decision")
    assert page.heading.startswith("SVRO-"), page.text
    return browser


async def test_the_tasks_of_a_case_keep_each_others_facts(world: World) -> None:
    browser, case = await with_facts(world)
    page = await browser.get(f"{case}/facts")
    for said in ("CJ88144", "20 November 2024", "Kitchen knife", "waistband", "Third conviction", LIVERPOOL):
        assert said in page.text
    await browser.get(f"{case}/facts/own")
    page = await browser.send({"own_use": "no", "own_had": "unknown"})
    page = await browser.get(f"{case}/facts")
    assert "Had by the offender Not known" in page.text
    assert "Used by the offender No" in page.text
    assert "Third conviction" in page.text


async def test_facts_that_contradict_one_another_are_shown_at_their_field(world: World) -> None:
    browser, _ = await considered(world)
    await browser.follow("Offence")
    page = await browser.send({"offence_from": date(2025, 2, 1), "offence_to": date(2025, 1, 1)})
    assert page.status == 400
    assert ("The offence cannot end before it begins.", "#offence_to-day") in page.links
    page = await browser.send({"offence_to": date(2025, 2, 2)})
    assert page.status == 200


async def test_the_assessment_shows_every_limb_with_its_source_and_what_would_settle_it(world: World) -> None:
    browser, _ = await considered(world)
    await browser.follow("What the offender did")
    await browser.send({"own_had": "yes", "own_had_evidence": "Found on arrest"})
    await browser.follow("May an order be applied for?")
    page = await browser.send(press="Assess")
    assert page.heading == "May an order be applied for?"
    assert "No conviction is recorded." in page.text
    assert "What would settle it: The date of verdict or plea." in page.text
    assert any(said.startswith("Sentencing Act 2020 s.342A(1)(a)") for said, _ in page.links)
    assert "Found on arrest" in page.text


async def test_the_whole_way_to_an_order_is_walked_by_those_whose_steps_they_are(world: World) -> None:
    clerk = await granted(world)
    assert "In effect" in clerk.page.text
    await clerk.follow("The application")
    assert "record 1, decision" in clerk.page.text
    assert "12 months" in clerk.page.text


async def test_the_legal_officer_records_a_decision_as_notified_only_with_its_document(world: World) -> None:
    case = await at_court(world)
    browser = world.browser("PLO")
    await browser.get(f"{case}/decision")
    assert "decision as notified" in browser.page.text
    await browser.send({**GRANTED, "outcome": "refused"})
    assert browser.page.heading == "What does this rest on?", (
        "the terms of an order are not asked of a refusal"
    )
    await browser.send()
    page = await browser.send(press="Record the decision")
    assert page.status == 400
    assert ("Say why the court refused", "#reasons") in page.links
    assert "#document_reference" in page.hrefs()
    await browser.send({"reasons": "Not necessary", "document_reference": "Email of 14 March"})
    page = await browser.send(press="Record the decision")
    assert page.path == case
    assert "Order refused" in page.text
    assert "decision as notified" in page.text


async def test_a_doubtful_order_is_refused_with_its_source_and_taken_as_on_the_sealed_order(
    world: World,
) -> None:
    case = await at_court(world)
    clerk = world.browser("CLK")
    await clerk.get(f"{case}/decision")
    await clerk.send(GRANTED)
    await clerk.send({"effect": "immediate", "months": 36})
    await clerk.send()
    page = await clerk.send(press="Record the decision")
    assert page.status == 409
    assert "under 6 months or over 2 years" in page.text
    assert "Sentencing Act 2020 s.342D(2)" in page.text
    assert page.heading == "Does the court's own document say so?"
    page = await clerk.send({"as_on_sealed_order": "yes"})
    page = await clerk.send(press="Record the decision") if page.heading == "Check your answers" else page
    assert page.status == 400, "a doubtful order needs its document"
    page = await clerk.send({"document_reference": "Sealed order 18"})
    if page.heading == "Check your answers":
        page = await clerk.send(press="Record the decision")
    assert page.heading.startswith("SVRO-"), page.text
    assert "Not known" in page.text
    assert "as on the sealed order" in page.text


async def test_two_records_that_differ_make_a_warning_and_correcting_one_settles_it(world: World) -> None:
    clerk = await granted(world)
    order = clerk.page.path
    await clerk.follow("The application")
    case = clerk.page.path
    officer = world.browser("PLO")
    await officer.get(f"{case}/decision")
    await officer.send(GRANTED)
    await officer.send({"effect": "immediate", "months": 18})
    await officer.send({"document_reference": "Email of 14 March"})
    page = await officer.send(press="Record the decision")
    assert "Not known" in page.text
    page = await officer.get(case)
    assert "The records of what the court decided differ" in page.text
    await officer.get(f"{case}/decision")
    await officer.send(GRANTED)
    await officer.send({"effect": "immediate", "months": 12})
    await officer.send({"document_reference": "Email of 15 March", "corrects": 2})
    page = await officer.send(press="Record the decision")
    assert page.path == order
    assert "In effect" in page.text


async def test_hearing_in_absence_without_notice_is_refused_unless_the_document_says_so(world: World) -> None:
    case = await at_court(world)
    clerk = world.browser("CLK")
    await clerk.get(f"{case}/acts/adjourn")
    await clerk.send({"date": TODAY})
    await clerk.follow("Record that the court heard the application in the offender")
    page = await clerk.send({"date": TODAY, "adequate_notice": "yes", "told_of_absence": "no"})
    assert page.status == 409
    assert "must have been told" in page.text
    assert "Sentencing Act 2020 s.342A(12)(b)" in page.text
    page = await clerk.send({"as_on_sealed_order": "yes", "document_reference": "Minute 4"})
    assert page.path == case, page.text
    assert "Heard in absence" in page.text


async def test_an_act_not_open_now_is_refused_in_the_words_of_the_law(world: World) -> None:
    browser, case = await considered(world)
    page = await browser.get(f"{case}/acts/cps_decline")
    assert page.status == 409
    assert "not open at" in page.text
    assert (await browser.get(f"{case}/acts/nonsense")).status == 404
    assert (await browser.get(f"{case}/facts/nonsense")).status == 404
    assert (await world.browser("CLK").get(f"{case}/decision")).status == 404, "the court is not named yet"


async def test_a_form_from_before_a_change_is_stale_and_writes_nothing(world: World) -> None:
    browser, case = await considered(world)
    other = world.browser("PLO")
    await other.get(f"{case}/facts/item")
    await browser.get(f"{case}/facts/item")
    await browser.send({"item": "bladed article"})
    page = await other.send({"item": "neither"})
    assert page.status == 412
    assert page.heading == "Changed since you read it"
    assert "A bladed article" in (await browser.get(f"{case}/facts")).text


async def test_what_there_is_to_do_is_on_the_start_page_of_whoever_does_it(world: World) -> None:
    browser, case = await considered(world)
    assert case in (await browser.get("/")).hrefs()
    assert case in (await browser.get("/applications")).hrefs()
    for role in ("CON", "PAN", "ADM"):
        page = await world.browser(role).get("/")
        assert case not in page.hrefs()
        assert "/applications" not in page.hrefs()


async def test_a_case_is_hidden_from_those_who_do_not_work_on_it(world: World) -> None:
    _, case = await with_facts(world)
    for key, role, force, court in (
        ("sussex", "PLO", "sussex", None),
        ("unallocated", "PLO", "merseyside", None),
        ("lewes", "CLK", None, "C47LW00"),
    ):
        number = f"{len(world.cookies.staff) + 1:032x}"
        await world.hire(
            key, Actor(account_id=number, name=key, roles=frozenset({role}), force_id=force, court=court)
        )
        browser = world.browser(key)
        hidden, absent = await browser.get(case), await browser.get(f"/applications/{'0' * 32}")
        assert (hidden.status, hidden.html) == (404, absent.html), key
    expected = {
        "PLO": 200,
        "SUP": 200,
        "CLK": 200,
        "CON": 404,
        "SOL": 404,
        "DIS": 404,
        "PAN": 404,
        "ADM": 404,
        "CPS": 404,
    }
    seen = {role: (await world.browser(role).get(case)).status for role in expected}
    assert seen == expected
    drafting = {
        role: (await world.browser(role).get(f"{case}/facts/item")).status for role in ("SUP", "CLK", "CON")
    }
    assert drafting == {"SUP": 403, "CLK": 403, "CON": 403}
