"""A panel's session as its people live it in a real browser: oversight, a chair, a member, two redactors,
whoever answers for the force, and somebody signed out. Each page is looked at on the way.
"""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from playwright.sync_api import Browser

from svro.app import build
from svro.casework.founding import found
from svro.casework.panels.reviews import QUESTIONS
from svro.records import Database
from svro.records.reach import ALL
from svro.settings import Settings
from tests.quarter import search_a_quarter
from tests.web.browsing import Site, Walk, serving
from tests.web.conftest import CASEWORK, OPENED, STAFF, World

pytestmark = pytest.mark.browser

PAN2 = msgspec.structs.replace(STAFF["PAN"], account_id="e" * 32, name="Percival Yaxlee")
PEOPLE = {**{role: STAFF[role] for role in ("CON", "DIS", "SUP", "PAN", "OVR")}, "PAN2": PAN2}


@asynccontextmanager
async def furnished(file: Path) -> AsyncIterator[World]:
    database = Database(f"sqlite+aiosqlite:///{file}", durable=False)
    world = World(database)
    settings = Settings(database_url=database.url, secure_cookies=False)
    world.app = build(settings, database, clock=lambda _: world.now, sign_in=world.cookies)
    async with database.write(ALL) as session:
        await found(session, "live", OPENED)
    for key, actor in PEOPLE.items():
        await world.hire(key, actor)
        world.cookies.why[actor.account_id] = CASEWORK
    await search_a_quarter(database, str(STAFF["CON"].account_id), date(2024, 10, 1))
    yield world
    await database.close()


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A force with a quarter's searches and no panel yet, served on a port of its own."""
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("panels") / "svro.db"))
    with serving(file, furnished) as site:
        yield site


def review(walk: Walk, case: str, grade: str) -> None:
    """Review a case alone."""
    walk.open(case)
    walk.follow("Review and grade")
    sent = 0
    while walk.page.get_by_role("button", name="Continue").count():
        for name in QUESTIONS:
            if walk.page.locator(f"input[type=radio][name={name}]").count():
                walk.choose(**{name: "yes"})
                sent += 1
        if walk.page.locator("input[type=radio][name=grade]").count():
            walk.choose(grade=grade)
        walk.press("Continue")
    assert sent == len(QUESTIONS) - 1
    walk.press("Send my review")


def test_a_session_from_its_founding_to_its_minutes(site: Site, browser: Browser, axe: str) -> None:
    walk = Walk(site, browser, axe)
    _founded(walk)
    session = _drawn(walk)
    case = _released(walk, session)
    _graded(walk, case)
    _answered(walk, session)
    _closed(walk, session, case)
    for window in walk.windows.values():
        window.context.close()
    assert walk.wrong == []
    unseen = {route for route in pages(site) if not any(re.fullmatch(route, path) for path in walk.paths)}
    assert unseen == set()


def pages(site: Site) -> set[str]:
    """The addresses of every page of panels, as patterns."""
    return {
        re.sub(r"\{[^}]*\}", "[^/]+", route.path)
        for route in site.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
        if route.path.startswith("/panels") and not route.path.endswith(".pdf")
    }


def _founded(walk: Walk) -> None:
    walk.sit("OVR").open("/panels")
    walk.follow("Found a panel")
    walk.press("Found this panel")
    assert "There is a problem" in walk.text()
    walk.fill(name="Mersey scrutiny panel", area="Merseyside")
    walk.press("Found this panel")
    for name, part in ((STAFF["PAN"].name, "chair"), (PAN2.name, "member")):
        walk.follow("Say who sits")
        walk.choose(account_id=name, part=part)
        walk.press("Save")
    walk.follow("Open a session")
    walk.day("first", date(2024, 10, 1))
    walk.day("last", date(2024, 12, 31))
    walk.press("Open this session")


def _drawn(walk: Walk) -> str:
    session = walk.page.url
    walk.follow("Commit to the frame")
    walk.press("Commit to the frame")
    assert "Not called yet" in walk.text()
    for key in ("PAN", "PAN2"):
        walk.sit(key).open(session)
        walk.follow("Sign for this session")
        walk.choose(confidential="yes")
        walk.press("Sign")
    walk.sit("PAN").open(session)
    walk.follow("Draw the sample")
    walk.fill(digits="7421")
    walk.press("Draw")
    assert "chair-7421" in walk.text()
    walk.sit(None).open(f"{session}/commitment")
    assert "panel-2024-10-01--2024-12-31|chair-7421" in walk.text()
    return session


def _released(walk: Walk, session: str) -> str:
    walk.sit("DIS").open(session)
    walk.follow("Case 1")
    case = walk.page.url
    assert "As the officer wrote it" in walk.text()
    walk.follow("Leave this case out")
    walk.open(case)
    walk.follow("Prepare this case")
    walk.fill(account="An officer stopped a person they had met before.", why="It names a friend")
    walk.choose(removed="name", video="shown")
    walk.press("Send it to a second person")
    assert "You prepared this" in walk.text()
    walk.sit("SUP").open(case)
    walk.follow("Send it back")
    walk.open(case)
    walk.follow("Release it")
    walk.press("Release it")
    return case


def _graded(walk: Walk, case: str) -> None:
    review(walk.sit("PAN2"), case, "red")
    assert "Your own grade" in walk.text()
    assert "Ottoline" not in walk.text()
    walk.sit("PAN").open(case)
    assert "Red" not in walk.text()
    walk.follow("Stand aside")
    review(walk, case, "amber")
    walk.follow("Open the discussion")
    walk.press("Open the discussion")
    assert "Given alone" in walk.text()
    walk.follow("Record the panel")
    walk.choose(grade="red")
    walk.fill(text="The reason for searching this person then is missing.")
    walk.press("Record the panel")


def _answered(walk: Walk, session: str) -> None:
    walk.open(session)
    walk.follow("Tell the force")
    walk.fill(text="Say why this person, and why then.", owner="Chief inspector, operations")
    walk.choose(grade="red", theme="grounds")
    walk.press("Send it to the force")
    walk.sit("SUP").open("/panels")
    walk.follow("Say why this person")
    walk.follow("Answer for the force")
    walk.fill(text="We spoke with the team.")
    walk.choose(outcome="thanked")
    walk.press("Send this answer")
    assert "must be senior-officer" in walk.text()
    walk.choose(outcome="senior-officer", standards="no")
    walk.fill(named="Chief Inspector Underhay", because="Advice was enough")
    walk.press("Send this answer")
    assert "A senior officer took it on" in walk.text()
    assert "Underhay" not in walk.text().split("Who takes part")[0]
    walk.sit("PAN").open(session)
    walk.follow("Better, worse or the same?")
    walk.choose(verdict="same")
    walk.fill(text="Too early to say.")
    walk.press("Record it")


def _closed(walk: Walk, session: str, case: str) -> None:
    walk.follow("Close this session")
    walk.press("Close this session")
    walk.open(case)
    assert "Not found" in walk.page.title()
    walk.sit(None).open(f"{session}/minutes")
    assert "chair-7421" in walk.text()
    assert "We spoke" not in walk.text()
    walk.open("/help/panels")


def test_the_walk_sees_what_is_wrong_with_a_page_that_is(site: Site, browser: Browser, axe: str) -> None:
    walk = Walk(site, browser, axe).sit(None)
    walk.page.goto("/help/panels")
    walk.page.evaluate("document.querySelector('h1').innerHTML = '<img src=x>'")
    walk.look()
    walk.page.context.close()
    assert any("image-alt" in fault for fault in walk.wrong)
