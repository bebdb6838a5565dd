"""A site served to a real browser, and people who walk through it page by page."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import uvicorn
from litestar import Litestar
from playwright.sync_api import Browser, Page

from tests.web.conftest import World

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS = (1200, 320)


class Site(msgspec.Struct):
    """The application as served."""

    address: str
    app: Litestar


@contextmanager
def serving(file: Path, furnished: Callable[[Path], AbstractAsyncContextManager[World]]) -> Iterator[Site]:
    """The application of a furnished world, served on a port of its own while the block runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        listening = threading.Event()
        made: dict[str, Any] = {}

        async def serve() -> None:
            async with furnished(file) as world:
                config = uvicorn.Config(world.app, log_level="warning", lifespan="on")
                made["server"], made["app"] = uvicorn.Server(config), world.app
                listening.set()
                await made["server"].serve(sockets=[taken])

        thread = threading.Thread(target=lambda: asyncio.new_event_loop().run_until_complete(serve()))
        thread.start()
        assert listening.wait(60)
        try:
            yield Site(f"http://127.0.0.1:{taken.getsockname()[1]}", made["app"])
        finally:
            made["server"].should_exit = True
            thread.join(30)


def faults(page: Page, axe: str, at: Sequence[int] = WIDTHS) -> list[str]:
    """What axe-core finds wrong with the page as it stands `at` these widths, and a narrow screen at each."""
    found = []
    page.evaluate(axe)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for violation in page.evaluate("axe.run().then(found => found.violations)") if width in at else ():
            nodes = [node["html"][:160] for node in violation["nodes"]]
            found.append(f"{page.url} at {width}: {violation['id']}: {nodes}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{page.url} at {width} scrolls sideways")
    return found


class Walk:
    """People in turn at one site. Whatever page somebody opens is looked at, once for its headings."""

    def __init__(self, site: Site, browser: Browser, axe: str) -> None:
        self.site, self.browser, self.axe = site, browser, axe
        self.windows: dict[str | None, Page] = {}
        self.wrong: list[str] = []
        self.looked: set[str] = set()
        self.paths: set[str] = set()
        self.shots = os.environ.get("SVRO_SCREENSHOTS")

    def sit(self, key: str | None) -> "Walk":
        """Go on as somebody else, where they were."""
        if key not in self.windows:
            context = self.browser.new_context(base_url=self.site.address)
            if key is not None:
                context.add_cookies([{"name": "as", "value": key, "url": self.site.address}])
            self.windows[key] = context.new_page()
        self.page = self.windows[key]
        return self

    def open(self, path: str) -> None:
        """Open an address."""
        self.page.goto(path)
        self.look()

    def look(self) -> None:
        """Say what is wrong with the page, and keep a picture of it where somebody wants to see."""
        self.paths.add(urlsplit(self.page.url).path)
        shape = " ".join([self.page.title(), *self.page.locator("main h2").all_inner_texts()])
        if shape in self.looked:
            return
        self.looked.add(shape)
        self.wrong += faults(self.page, self.axe)
        self.page.set_viewport_size({"width": 1200, "height": 900})
        if self.shots:
            name = "".join(letter if letter.isalnum() else "-" for letter in shape)[:60]
            self.page.screenshot(path=f"{self.shots}/{len(self.looked):02d}-{name}.png", full_page=True)

    def follow(self, text: str) -> None:
        """Follow the first link that begins so."""
        self.page.locator("main a").filter(has_text=text).first.click()
        self.look()

    def press(self, text: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=text).click()
        self.look()

    def fill(self, **values: str) -> None:
        """Write into boxes, by name."""
        for name, value in values.items():
            self.page.locator(f"[name={name}]").fill(value)

    def choose(self, **values: str) -> None:
        """Choose radio buttons, boxes and options, by name and value."""
        for name, value in values.items():
            listed = self.page.locator(f"select[name={name}]")
            if listed.count():
                listed.select_option(label=value) if name == "account_id" else listed.select_option(value)
            else:
                self.page.locator(f"[name={name}][value='{value}']").check()

    def day(self, name: str, value: date) -> None:
        """Write a date into its three boxes."""
        for part in ("day", "month", "year"):
            self.page.locator(f"[name={name}-{part}]").fill(str(getattr(value, part)))

    def text(self) -> str:
        return self.page.locator("main").inner_text()
