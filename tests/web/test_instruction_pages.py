"""Journeys: documents deposited and downloaded; an order printed for its client, claimed by a solicitor,
checked by two people, and ended.
"""

import httpx
import msgspec
import pytest

from tests.documents.planted import code_on, pdf
from tests.web.conftest import STAFF, Browser, World
from tests.web.seeded import ask, order_made


class Case(msgspec.Struct):
    """An order with its person, and the application that led to it."""

    world: World
    person: str
    application: str
    order: str
    reference: str


@pytest.fixture
async def case(world: World) -> Case:
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://svro.test") as client:
        view, person = await order_made(client)
        for role in ("DIS", "DIS2"):
            if role == "DIS2":
                await world.hire(
                    role, msgspec.structs.replace(STAFF["DIS"], account_id="e" * 32, name="Dido Inch")
                )
            own = {"account_id": world.cookies.staff[role].account_id, "reason": "Prepares disclosure"}
            await ask(client, "SUP", "POST", f"/people/{person}/allocations", own)
    return Case(world, person, view["id"], view["order_id"], view["order_reference"])


async def sent(browser: Browser, title: str, name: str, content: bytes, kind: str) -> None:
    """Send a file from the page that is open, as a browser does."""
    form = browser.page.forms[-1]
    data = {**dict(form.values), "title": title}
    data.pop("file", None)
    answer = await browser.client.post(
        browser.page.url,
        data=data,
        files={"file": (name, content, kind)},
        headers={"Referer": browser.page.url},
    )
    browser._see(answer)


async def test_a_document_is_deposited_listed_and_downloaded(case: Case) -> None:
    browser = case.world.browser("PLO")
    await browser.get(f"/applications/{case.application}")
    await browser.follow("Documents on this application")
    assert "There are none" in browser.page.text
    held = pdf()
    await sent(browser, "Sealed order", "order.pdf", held, "application/pdf")
    assert (browser.page.status, "Sealed order" in browser.page.text) == (200, True)
    assert "PDF, 2 pages" in browser.page.text
    form = browser.page.forms[-2]
    answer = await browser.client.post(
        form.action, data=dict(form.values), headers={"Referer": browser.page.url}
    )
    assert (answer.status_code, answer.content) == (200, held)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "title, content, kind, said",
    [
        ("", b"words", "text/plain", "The title must be of 1 to 200 letters"),
        ("A note", b"", "text/plain", "Choose a file"),
        ("A note", b"%PDF-1.7\nbroken", "application/pdf", "The file is a broken PDF"),
        ("A note", b"words", "application/pdf", "sent as a PDF, and it is plain text"),
        ("A note", b"x" * (25 * 1024 * 1024 + 9), "text/plain", "larger than 25 MB"),
    ],
)
async def test_what_is_refused_is_said_on_the_page_and_nothing_is_kept(
    case: Case, title: str, content: bytes, kind: str, said: str
) -> None:
    browser = case.world.browser("PLO")
    await browser.get(f"/orders/{case.order}/documents")
    await sent(browser, title, "note", content, kind)
    assert browser.page.status in (400, 413, 415)
    assert said in browser.page.text
    await browser.get(f"/orders/{case.order}/documents")
    assert "There are none" in browser.page.text


async def test_whoever_only_reads_is_not_asked_for_a_document(case: Case) -> None:
    browser = case.world.browser("SUP")
    await browser.get(f"/orders/{case.order}/documents")
    assert (browser.page.status, "Deposit a document" in browser.page.text) == (200, False)


async def printed(case: Case) -> str:
    """The legal officer prints the order: the code on it."""
    browser = case.world.browser("PLO")
    await browser.get(f"/orders/{case.order}")
    await browser.follow("Print the order for its client")
    form = browser.page.forms[-1]
    answer = await browser.client.post(
        browser.page.url, data=dict(form.values), headers={"Referer": browser.page.url}
    )
    assert answer.headers["content-type"] == "application/pdf"
    return code_on(answer.content)


async def test_a_solicitor_claims_two_people_check_and_the_instruction_ends(case: Case) -> None:
    code = await printed(case)
    solicitor = case.world.browser("SOL")
    await solicitor.get("/")
    await solicitor.follow("My clients")
    await solicitor.follow("Claim a client")
    await solicitor.send({"reference": "SVRO-0000-0000-0"})
    assert "Reference of the order or application has a slip in it" in solicitor.page.text
    said = {"reference": case.reference, "client_code": code, "representation_reference": "LA/2025/7"}
    await solicitor.send(said)
    assert solicitor.page.heading == "This is not confirmed"
    kept = solicitor.page.html
    await solicitor.get("/instructions/claim")
    await solicitor.send({**said, "reference": "SVRO-0000-0000-S"})
    assert solicitor.page.html == kept, "and of nobody's case the same is said"

    officer = case.world.browser("DIS")
    await officer.get(f"/people/{case.person}")
    await officer.follow("Who acts for this person")
    assert "LA20257" in officer.page.text
    await officer.follow("Record that a solicitor represents this person")
    assert "court recorded" not in officer.page.text
    seen = {"kind": "representation-reference", "sra_number": "765432", "reference": "LA/2025/7"}
    await officer.send({**seen, "checked_with": "The Legal Aid Agency"})
    assert officer.page.path.startswith("/proposals/")
    await solicitor.get("/instructions")
    assert "You have no clients here" in solicitor.page.text

    other = case.world.browser("DIS2")
    await other.get(officer.page.path)
    await other.follow("Approve or decline") if "Approve or decline" in dict(other.page.links) else None
    await other.send(press="Approve or decline") if "Approve or decline" in other.page.forms[
        -1
    ].buttons else None
    await other.send({"answer": "approve"} if "answer" in other.page.forms[-1].names else None)

    await solicitor.get("/instructions")
    assert "Ambrose Quillfeather" in solicitor.page.text
    case.world.browser("SOL")  # they have said why they look
    await solicitor.follow("Ambrose Quillfeather")
    assert solicitor.page.status == 200
    await solicitor.get("/instructions")
    await solicitor.follow("End")
    await solicitor.send({"why": "client-withdrew"})
    assert "A former client" in solicitor.page.text
    assert "Quillfeather" not in solicitor.page.text
    await officer.get(f"/people/{case.person}/instructions")
    assert "The client withdrew the instruction" in officer.page.text


async def test_the_clerk_records_alone_and_ends_what_was_recorded(case: Case) -> None:
    clerk = case.world.browser("CLK")
    await clerk.get(f"/people/{case.person}/representations/new")
    await clerk.send({"kind": "court-record", "sra_number": "765432", "checked_with": "The court’s file"})
    assert "SRA number 765432" in clerk.page.text
    await clerk.follow("End")
    await clerk.send({"why": "recorded-in-error"})
    assert "Ended" in clerk.page.text


async def test_an_administrator_records_another_firm(case: Case) -> None:
    browser, key = case.world.browser("ADM"), STAFF["SOL"].account_id
    await browser.get(f"/accounts/{key}")
    await browser.follow("Record what the regulator’s register says")
    await browser.send({"firm": "Another firm", "checked_with": "The register"})
    assert browser.page.path == f"/accounts/{key}"
    await browser.get(f"/accounts/{key}/solicitor")
    assert 'value="Another firm"' in browser.page.html
