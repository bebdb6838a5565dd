"""Disclosure as its people live it in a real browser: a solicitor asks, a disclosure officer decides item by
item, another approves, the solicitor fetches the file, and what was wrong is taken back. Each page is looked
at on the way.
"""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import httpx
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from PIL import Image
from playwright.sync_api import Browser, expect

from svro import verify_bundle
from svro.app import build
from svro.casework.founding import found
from svro.records import Database, notes
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append
from svro.records.people import Instruction
from svro.records.reach import ALL
from svro.settings import Settings
from tests.web.browsing import Site, Walk, serving
from tests.web.conftest import CASEWORK, OPENED, STAFF, World
from tests.web.seeded import SEARCH, ask, order_made

pytestmark = pytest.mark.browser

LOG_KEY = notes.Key.of("svro.test/log", notes.LOG, bytes(range(32)))
DIS2 = msgspec.structs.replace(STAFF["DIS"], account_id="d" * 32, name="Dunstan Merriweather")
PEOPLE = {**{role: STAFF[role] for role in ("PLO", "SUP", "CON", "DIS", "CLK", "SOL")}, "DIS2": DIS2}
NOTE = b"Seen from the window.\nAmbrose Threadgold, 3 Cutlass Row.\n"


@asynccontextmanager
async def furnished(file: Path) -> AsyncIterator[World]:
    """A case with a search and a note on it, whose person has a solicitor."""
    key = file.with_name("log.key")
    notes.new_key_file(key, LOG_KEY)
    database = Database(f"sqlite+aiosqlite:///{file}", durable=False)
    world = World(database)
    settings = Settings(database_url=database.url, secure_cookies=False, log_key=str(key))
    world.app = build(settings, database, clock=lambda _: world.now, sign_in=world.cookies)
    async with database.write(ALL) as session:
        await found(session, "live", OPENED)
    for name, actor in PEOPLE.items():
        await world.hire(name, actor)
        if name not in ("SOL", "CLK"):
            world.cookies.why[actor.account_id] = CASEWORK
    transport = httpx.ASGITransport(app=world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://svro.test") as client:
        await _case(client, database)
    yield world
    await database.close()


async def _case(client: httpx.AsyncClient, database: Database) -> None:
    view, person = await order_made(client)
    search = {**SEARCH, "order_reference": view["order_reference"]}
    made = await ask(client, "CON", "POST", "/searches", search)
    for who in ("DIS", "DIS2"):
        body = {"account_id": PEOPLE[who].account_id, "reason": "prepares disclosure"}
        await ask(client, "SUP", "POST", f"/people/{person}/allocations", body)
    headers = {"Authorization": "Bearer any", "Cookie": "as=DIS", "Content-Type": "text/plain"}
    headers |= {"Svro-Purpose": "disclosure", "Svro-Reference": "OP-2025-0314"}
    where = f"/api/v1/searches/{made['id']}/documents?title="
    assert (await client.post(f"{where}A%20note", content=NOTE, headers=headers)).is_success
    headers["Content-Type"] = "image/png"
    assert (await client.post(f"{where}A%20photograph", content=photograph(), headers=headers)).is_success
    await instruct(database, person)


def photograph() -> bytes:
    """A picture of 400 by 300, all of it light."""
    made = BytesIO()
    Image.new("RGB", (400, 300), "ivory").save(made, "PNG")
    return made.getvalue()


async def instruct(database: Database, person: str) -> None:
    """The solicitor acts for a person."""
    values = {
        "account_id": STAFF["SOL"].account_id,
        "person_id": person,
        "verified_by": "Signed authority seen",
        "started_at": OPENED,
    }
    async with database.write(ALL) as session:
        key = new_id()
        await put(session, Instruction, force_id="merseyside", id=key, **values)
        entry = Entry(
            tag="instruction:verified",
            force="merseyside",
            actor=None,
            subject=key,
            at=OPENED,
            facts=values,
        )
        await append(session, entry)


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application, served on a port of its own, with its log sealed as it goes."""
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("disclosure") / "svro.db"))
    with serving(file, furnished) as site:
        yield site


def test_a_solicitor_asks_and_receives_what_two_officers_decided(
    site: Site, browser: Browser, axe: str, tmp_path: Path
) -> None:
    walk = Walk(site, browser, axe)
    request = _asked(walk)
    _reviewed(walk, request, tmp_path)
    _issued(walk, request)
    _fetched(walk, request, tmp_path)
    _taken_back(walk, request)
    for window in walk.windows.values():
        window.context.close()
    assert walk.wrong == []
    unseen = {route for route in pages(site) if not any(re.fullmatch(route, path) for path in walk.paths)}
    assert unseen == set()


def pages(site: Site) -> set[str]:
    """The addresses of every page of disclosure, as patterns."""
    return {
        re.sub(r"\{[^}]*\}", "[^/]+", route.path)
        for route in site.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
        if route.path.startswith("/disclosure")
    }


def _asked(walk: Walk) -> str:
    """The solicitor asks, for a client of theirs; what is wrong is said and nothing is lost."""
    walk.sit("SOL").open("/disclosure")
    walk.follow("Ask for disclosure")
    walk.fill(details="Every search, and who looked.")
    walk.press("Send this request")
    assert "There is a problem" in walk.text()
    walk.choose(purpose="trial", scope="searches")
    for part in ("order", "access", "documents"):
        walk.page.locator(f"[name=scope][value={part}]").check()
    walk.press("Send this request")
    assert "house’s own rule" in walk.text()
    request: str = walk.page.url.removeprefix(walk.site.address)
    walk.follow("Write a message")
    walk.fill(text="Is there video?")
    walk.press("Send")
    assert "Is there video?" in walk.text()
    assert "Schedule" not in walk.text()
    return request


def _reviewed(walk: Walk, request: str, tmp_path: Path) -> None:
    """One officer decides: a field kept back, a line of a document taken out, an item for the court alone."""
    walk.sit("DIS").open("/disclosure")
    walk.open(request)
    walk.follow("Put the answer off")
    walk.fill(text="The video is elsewhere")
    for part, value in (("day", "30"), ("month", "4"), ("year", "2025")):
        walk.page.locator(f"[name=until-{part}]").fill(value)
    walk.press("Put it off")
    assert "30 April 2025" in walk.text()
    walk.follow("Schedule")
    headings = walk.page.locator("main h3").all_inner_texts()
    assert sum(text.endswith((": A note", ": A photograph")) for text in headings) == 2
    tags = walk.page.locator("main .svro-card .govuk-tag").all_inner_texts()
    assert f"{tags.count('To be decided')} to be decided" in walk.text()
    assert {*tags} == {"To be decided", "By the rule"}
    card = walk.page.locator(".svro-card").filter(has_text="The record of a search, version 1")
    card.get_by_role("link", name="Decide").click()
    walk.look()
    walk.choose(decision="redact", test="assists", fields="record.place", ground="another-person")
    walk.press("Decide")
    assert "There is a problem" in walk.text()
    walk.fill(reason="A witness lives there")
    walk.press("Decide")
    assert "Redact" in walk.text()
    _darkened(walk, f"{request}/schedule", tmp_path)
    card = walk.page.locator(".svro-card").filter(has_text="A note")
    card.get_by_role("link", name="Take something out").click()
    walk.look()
    walk.follow("Take something out")
    walk.fill(line="9", reason="A witness")
    walk.choose(ground="another-person")
    walk.press("Take it out")
    assert "There is a problem" in walk.text()
    walk.fill(line="2")
    walk.press("Take it out")
    walk.follow("Take it away")
    walk.open(request + "/schedule")
    walk.follow("Put items on the sensitive schedule")
    walk.page.locator("[name=keys]").last.check()
    walk.choose(ground="public-interest")
    walk.fill(reason="A source would be known")
    walk.press("Send it to a second person")
    waits = walk.page.url.removeprefix(walk.site.address)
    walk.sit("DIS2").open(waits.partition("?")[0])
    walk.follow("Approve or decline")
    walk.choose(answer="approve")
    walk.press("Send your answer")
    walk.sit("DIS").open(f"{request}/sensitive")
    assert "A source would be known" in walk.text()
    walk.follow("Take items off it")
    walk.press("Send it to a second person")
    assert "There is a problem" in walk.text()
    walk.open(f"{request}/schedule")
    walk.follow("Decide everything else")
    walk.press("Disclose the rest")
    assert "0 to be decided" in walk.text()
    assert _fetch(walk, "See it as it would leave", tmp_path).startswith(b"%PDF-")


def _darkened(walk: Walk, schedule: str, tmp_path: Path) -> None:
    """A part of a photograph is taken out: dark where the officer looks, black in what would leave."""
    card = walk.page.locator(".svro-card").filter(has_text="A photograph")
    card.get_by_role("link", name="Take something out").click()
    walk.look()
    walk.follow("Take something out")
    walk.fill(page="1", x0="100", y0="60", x1="200", y1="120", reason="A face")
    walk.choose(ground="another-person")
    walk.press("Take it out")
    shown = walk.page.locator("main img")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") > 0
    walk.paths.add(str(shown.get_attribute("src")))
    with Image.open(BytesIO(_fetch(walk, "Get it as it would leave", tmp_path))) as left:
        assert left.convert("L").getpixel((150, 90)) == 0
        assert left.convert("L").getpixel((300, 200)) > 200  # type: ignore[operator]
    walk.open(schedule)


def _fetch(walk: Walk, link: str, tmp_path: Path) -> bytes:
    """What a link hands over."""
    found = walk.page.locator("main a").filter(has_text=link).first
    walk.paths.add(str(found.get_attribute("href")))
    with walk.page.expect_download() as waiting:
        found.click()
    waiting.value.save_as(tmp_path / "fetched")
    return (tmp_path / "fetched").read_bytes()


def _issued(walk: Walk, request: str) -> None:
    """One proposes, another approves; then there is a link, shown once."""
    walk.page.wait_for_timeout(1500)  # the log is sealed as it goes
    walk.open(request)
    walk.follow("Hand over an answer")
    walk.press("Send it to a second person")
    assert "/proposals/" in walk.page.url, walk.text()
    waits = walk.page.url.removeprefix(walk.site.address)
    walk.sit("DIS2").open(waits.partition("?")[0])
    walk.follow("Approve or decline")
    walk.choose(answer="approve")
    walk.page.wait_for_timeout(1500)
    walk.press("Send your answer")
    walk.sit("DIS").open(request)
    assert "Issue 1" in walk.text()
    walk.follow("Make a link")
    walk.press("Make the link")


def _fetched(walk: Walk, request: str, tmp_path: Path) -> None:
    """The solicitor fetches the file once, and checks it with nothing but the file that comes along."""
    link = walk.page.locator("#link").inner_text().removeprefix(walk.site.address)
    walk.sit("SOL").open(link)
    with walk.page.expect_download() as waiting:
        walk.page.get_by_role("button", name="Fetch this file").click()
    file = tmp_path / "bundle.zip"
    waiting.value.save_as(file)
    assert verify_bundle.main([str(file), "--key", str(LOG_KEY)]) == 0
    assert b"A source would be known" not in file.read_bytes()
    assert b"Bold Street" not in file.read_bytes()
    walk.open(link)
    assert "This file has been fetched" in walk.text()
    walk.open(request)
    assert "was fetched" in walk.text()
    assert "ensitive" not in walk.text()
    walk.open(f"{request}/sensitive")
    assert "Not found" in walk.page.title()


def _taken_back(walk: Walk, request: str) -> None:
    walk.sit("DIS").open(request)
    walk.follow("Take it back")
    walk.fill(reason="A name was left in")
    walk.press("Take it back")
    walk.sit("SOL").open(request)
    assert "A name was left in" in walk.text()
    walk.open("/disclosure")
    walk.open(request)
    walk.follow("Withdraw this request")
    walk.fill(text="No longer needed")
    walk.press("End this request")
    assert "Withdrawn" in walk.text()
    walk.open("/help/disclosure")
    assert "one month beginning with" in walk.text()
