"""Signing in in a real browser: a passkey by a virtual authenticator, and everything else without scripts."""

import asyncio
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from svro.app import build
from svro.casework.founding import found
from svro.casework.invitations import first_administrator
from svro.casework.keyfile import Seal
from svro.records import Database
from svro.records.reach import ALL
from svro.settings import Settings
from tests.web.browsing import WIDTHS, faults
from tests.web.entered import CHEAP, PASSWORD

pytestmark = pytest.mark.browser


class Served:
    """A live deployment on a port of its own, and its real clock, which moves by itself and by tests."""

    def __init__(self, file: Path) -> None:
        self.url, self.ahead, self.address = f"sqlite+aiosqlite:///{file}", timedelta(), ""
        self.seal, self.server = Seal.passing(), None

    def now(self, _connection: object = None) -> datetime:
        """The instant it is there."""
        return datetime.now(UTC) + self.ahead

    def link(self, name: str) -> str:
        """The path of the link for the first administrator."""

        async def go() -> str:
            database = Database(self.url, durable=False)
            async with database.write(ALL) as session:
                await found(session, "live", self.now())
                made = await first_administrator(session, name, "merseyside", self.now())
            await database.close()
            assert made.link is not None
            return made.link.path

        with ThreadPoolExecutor(1) as thread:  # playwright has the loop of this one
            return thread.submit(lambda: asyncio.run(go())).result()


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """It, empty."""
    made = Served(Path(shutil.copy(sqlite_template, tmp_path / "svro.db")))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        made.address = f"http://localhost:{taken.getsockname()[1]}"
        settings = Settings(database_url=made.url, hash_cost=CHEAP, secure_cookies=False)
        app = build(
            settings, Database(made.url, durable=False), clock=made.now, real=made.now, seal=made.seal
        )
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))

        def serve() -> None:
            asyncio.new_event_loop().run_until_complete(server.serve(sockets=[taken]))

        thread = threading.Thread(target=serve)
        thread.start()
        yield made
        server.should_exit = True
        thread.join(30)


def page_of(browser: Browser, served: Served, **more: Any) -> Page:
    context = browser.new_context(
        base_url=served.address, viewport={"width": WIDTHS[0], "height": 900}, **more
    )
    return context.new_page()


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_by_password_and_app_without_scripts_on_a_phone(browser: Browser, served: Served) -> None:
    page = page_of(browser, served, java_script_enabled=False)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(served.link("Avery Ashdown"))
    assert not page.get_by_role("button", name="Set up with a passkey").is_visible()
    secret = page.locator(".svro-key").inner_text().replace(" ", "")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_label("The code that the app now shows").fill("000000")
    page.get_by_role("button", name="Set up").click()
    assert page.title().startswith("Error: ")
    assert page.locator(".svro-key").inner_text().replace(" ", "") == secret, "nobody scans twice"
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_label("The code that the app now shows").fill(pyotp.TOTP(secret).at(served.now()))
    page.get_by_role("button", name="Set up").click()
    assert heading(page) == "Your recovery codes"
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    served.ahead += timedelta(seconds=30)
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Sign-in name").fill("avery.ashdown")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(served.now()))
    page.get_by_role("button", name="Sign in").click()
    assert heading(page) == "Your tasks"
    page.context.close()


def test_by_a_passkey_that_is_set_up_used_named_and_removed(
    browser: Browser, served: Served, axe: str
) -> None:
    page, wrong = page_of(browser, served), list[str]()
    page.on("console", lambda told: wrong.append(told.text) if "Content Security" in told.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    one = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    made = {**one, "isUserVerified": True, "automaticPresenceSimulation": True}
    authenticator = devices.send("WebAuthn.addVirtualAuthenticator", {"options": made})["authenticatorId"]
    page.goto(served.link("Avery Ashdown"))
    wrong += faults(page, axe)
    page.get_by_role("button", name="Set up with a passkey").click()
    expect(page).to_have_title(re.compile("^Your recovery codes"))
    wrong += faults(page, axe)
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    wrong += faults(page, axe)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile(r"/$"))
    assert heading(page) == "Your tasks"
    served.ahead += timedelta(minutes=11)
    page.goto("/account/password")
    assert heading(page) == "Prove again that it is you"
    wrong += faults(page, axe)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_title(re.compile("^Change your password"))
    wrong += faults(page, axe)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    wrong += faults(page, axe)
    page.get_by_role("button", name="Remove").click()
    assert "only way to prove who you are" in page.inner_text("main")
    page.goto("/account/app")
    wrong += faults(page, axe)
    secret = page.locator(".svro-key").inner_text().replace(" ", "")
    page.get_by_label("The code that the app now shows").fill(pyotp.TOTP(secret).at(served.now()))
    page.get_by_role("button", name="Add this app").click()
    page.goto("/account/recovery-codes")
    wrong += faults(page, axe)
    page.goto("/account/history")
    wrong += faults(page, axe)
    [kept] = devices.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert kept["rpId"] == "localhost"
    page.goto("/account/passkeys/new")
    wrong += faults(page, axe)
    page.get_by_label("What do you call this passkey?").fill("Second key")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("[role=status]").first).not_to_be_empty()
    assert "did not give a passkey" in page.inner_text("main"), "this authenticator has one already"
    devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": authenticator})
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {**made, "transport": "usb"}})
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(re.compile("changed=passkey"))
    assert "Second key" in page.inner_text("main")
    wrong += faults(page, axe)
    page.get_by_role("button", name="Remove Chrome on Linux").click()
    assert "The passkey is removed." in page.inner_text("main")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    page.get_by_label("Sign-in name").fill("avery.ashdown")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    wrong += faults(page, axe)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile(r"/$"))
    assert heading(page) == "Your tasks"
    page.context.close()
    assert wrong == []
