"""The demonstration as it is served, in a real browser: signing in, looking from elsewhere in time, axe."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conftest import CHECKOUT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demonstration, served by its own command."""
    file = copy(small_world, tmp_path_factory.mktemp("served") / "svro.db")
    command = [
        sys.executable,
        "-m",
        "svro",
        "--database",
        f"sqlite+aiosqlite:///{file}",
        "demo",
        "--port",
        "0",
    ]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, env={"PYTHONUNBUFFERED": "1"}
    ) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        yield next(word for word in said.split() if word.startswith("http"))
        server.terminate()


@pytest.fixture(scope="module", params=[1200, 320])
def browser_page(request: pytest.FixtureRequest, served: str, chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(
            base_url=served, bypass_csp=True, viewport={"width": request.param, "height": 900}
        )
        yield context.new_page()
        browser.close()


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core finds on the page as it stands."""
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run(document)).violations")
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def test_the_sign_in_page_is_for_everybody(browser_page: Page, axe: str) -> None:
    browser_page.goto("/sign-in")
    assert violations(browser_page, axe) == []
    assert browser_page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_person_signs_in_and_looks_from_another_instant(browser_page: Page) -> None:
    browser_page.goto("/sign-in")
    browser_page.get_by_role("button", name="Sign in as Supervisor").click()
    browser_page.get_by_role("button", name="1 November 2025, after the lapse").click()
    assert browser_page.get_by_text("Here it is 1 November 2025 at 9:14pm, after the lapse.").is_visible()
    browser_page.goto("/orders")
    browser_page.get_by_label("Supervising a search or a case").check()
    browser_page.get_by_label("Incident or case reference").fill("OP-2025-0001")
    browser_page.get_by_role("button", name="Continue").click()
    assert browser_page.get_by_text("lapsed").first.is_visible()
