"""The whole application on each engine, a person of each role, and a browser without scripts for them."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.connection import ASGIConnection

from svro.casework.access import Actor, Purpose
from svro.casework.founding import found
from svro.records import Database
from svro.records.base import put
from svro.records.people import Account, AccountRole
from svro.records.reach import ALL
from svro.settings import Settings
from tests.served import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OPENED = datetime.fromisoformat("2025-03-14T09:00:00+00:00")
CASEWORK = Purpose("casework", "OP-2025-0314")

STAFF: dict[str, Actor] = {
    role: Actor(
        account_id=f"{number:032x}",
        name=name,
        roles=frozenset({role}),
        force_id=force,
        court=court,
        number=collar,
        fresh=True,
    )
    for number, (role, name, force, court, collar) in enumerate(
        (
            ("PLO", "Perdita Larkspur", "merseyside", None, None),
            ("SUP", "Selwyn Underhay", "merseyside", None, "4410"),
            ("CON", "Corin Nettlebed", "merseyside", None, "7781"),
            ("DIS", "Dorcas Inchbald", "merseyside", None, None),
            ("CLK", "Clement Kestrelgill", None, "C05LV00", None),
            ("PAN", "Pandora Anstruther", "merseyside", None, None),
            ("SOL", "Solange Birkwhistle", None, None, None),
            ("OVR", "Oriel Vantongeren", "merseyside", None, None),
            ("AUD", "Aubrey Doublethwaite", "merseyside", None, None),
            ("ADM", "Adelina Marchbanks", "merseyside", None, None),
            ("CPS", "Cosima Pellfrey", None, None, None),
        ),
        start=1,
    )
}
STAFF["PLO2"] = msgspec.structs.replace(STAFF["PLO"], account_id="f" * 32, name="Phineas Oakapple")
"""Invented people, one for each role and a second legal officer; the police are of Merseyside."""


class Cookies:
    """Whoever the cookie `as` names is signed in; why they look is kept for each account."""

    page = "/sign-in"

    def __init__(self) -> None:
        self.staff = dict(STAFF)
        self.why: dict[str | None, Purpose] = {}

    async def actor(
        self, connection: ASGIConnection[Any, Any, Any, Any], *, bearer: str | None
    ) -> Actor | None:
        found = self.staff.get(connection.cookies.get("as", ""))
        return found and msgspec.structs.replace(found, purpose=self.why.get(found.account_id))

    async def remember(self, connection: ASGIConnection[Any, Any, Any, Any], why: Purpose) -> None:
        self.why[connection.user.account_id] = why


class Form:
    """One form of a page: where it goes, its inputs as a browser would send them, its buttons by text."""

    def __init__(self, action: str, method: str) -> None:
        self.action, self.method = action, method
        self.values: list[tuple[str, str]] = []
        self.names: set[str] = set()
        self.options: dict[str, list[str]] = {}
        self.buttons: dict[str, tuple[str, str]] = {}

    def fill(self, answers: Mapping[str, Any]) -> None:
        """Type and choose. A name that the form does not ask for, or a choice not offered, is an error."""
        for name, value in answers.items():
            if isinstance(value, tuple):  # (day, time)
                self.fill({name: value[0], f"{name}-time": value[1]})
            elif isinstance(value, date):
                self.fill(
                    {f"{name}-day": value.day, f"{name}-month": value.month, f"{name}-year": value.year}
                )
            else:
                self._set(name, [str(item) for item in value] if isinstance(value, list) else [str(value)])

    def _set(self, name: str, values: list[str]) -> None:
        assert name in self.names, f"the page asks no {name!r}, only {sorted(self.names)}"
        for value in values:
            assert name not in self.options or value in self.options[name], (
                f"{name} offers only {self.options[name]}"
            )
        self.values = [pair for pair in self.values if pair[0] != name] + [(name, value) for value in values]


class Page(HTMLParser):
    """An answer as a person without scripts sees it."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.status, self.path, self.html = answer.status_code, urlsplit(str(answer.url)).path, answer.text
        self.url = str(answer.url)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.title = self.text = self.heading = ""
        self._within = False
        self._select: str | None = None
        self._area: str | None = None
        self._button: tuple[str, str] | None = None
        self._href: str | None = None
        self._said = ""
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self._within = True
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "input" and self.forms:
            self._input(given, name, value)
        elif tag == "textarea" and self.forms:
            self.forms[-1].names.add(name)
            self._area, self._said = name, ""
        elif tag == "select":
            self.forms[-1].names.add(name)
            self._select = name
        elif tag == "option" and self._select:
            self.forms[-1].options.setdefault(self._select, []).append(value)
            if "selected" in given:
                self.forms[-1].values.append((self._select, value))
        elif tag == "button":
            self._button, self._said = (name, value), ""
        elif tag == "a":
            self._href, self._said = given.get("href", ""), ""
        elif tag in ("title", "h1"):
            self._said = ""

    def _input(self, given: dict[str, str], name: str, value: str) -> None:
        form, kind = self.forms[-1], given.get("type", "text")
        if kind != "hidden":
            form.names.add(name)
        if kind in ("radio", "checkbox"):
            form.options.setdefault(name, []).append(value)
        if kind not in ("radio", "checkbox") or "checked" in given:
            form.values.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        said = " ".join(self._said.split())
        if tag == "textarea" and self._area is not None:
            self.forms[-1].values.append((self._area, self._said.removeprefix("\n")))
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "button" and self._button is not None:
            if self._within:
                self.forms[-1].buttons[said] = self._button
            self._button = None
        elif tag == "a" and self._href is not None:
            self.links.append((said, self._href))
            self._href = None
        elif tag == "form":
            self._within = False
        elif tag == "title":
            self.title = said
        elif tag == "h1":
            self.heading = said

    def handle_data(self, data: str) -> None:
        self._said += data
        self.text = f"{self.text} {' '.join(data.split())}".strip()

    def hrefs(self) -> list[str]:
        """Where its links lead."""
        return [href for _, href in self.links]


class Browser:
    """A browser without scripts: it follows links and redirects, fills in and presses what is there."""

    def __init__(self, app: Litestar, role: str | None) -> None:
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]
            base_url="https://svro.test",
            follow_redirects=True,
            cookies={"as": role} if role else {},
        )
        self.page: Page

    def _see(self, answer: httpx.Response) -> Page:
        self.page = Page(answer)
        assert self.page.status < 500, self.page.html
        return self.page

    async def get(self, path: str) -> Page:
        """Open an address."""
        return self._see(await self.client.get(path))

    async def follow(self, text: str) -> Page:
        """Follow the first link whose text begins with these words."""
        href = next((href for said, href in self.page.links if said.startswith(text)), None)
        assert href is not None, f"no link {text!r}, only {[said for said, _ in self.page.links]}"
        return await self.get(href)

    async def send(self, answers: Mapping[str, Any] | None = None, *, press: str | None = None) -> Page:
        """Fill in the page's last form and press its first button, or that whose text begins with `press`."""
        form = self.page.forms[-1]
        form.fill(answers or {})
        chosen = next((pair for said, pair in form.buttons.items() if said.startswith(press or "")), None)
        assert chosen is not None, f"no button {press!r}, only {list(form.buttons)}"
        values = [*form.values, *([chosen] if chosen[0] else [])]
        data: dict[str, list[str]] = {}
        for name, value in values:
            data.setdefault(name, []).append(value)
        where = form.action or self.page.url
        if form.method == "get":
            return self._see(await self.client.get(where, params=data))
        headers = {"Referer": self.page.url}
        return self._see(await self.client.post(where, data=data, headers=headers))


class World:
    """The application, its clock, and the people who use it."""

    def __init__(self, database: Database) -> None:
        self.database, self.now, self.cookies = database, OPENED, Cookies()
        settings = Settings(database_url=database.url)
        self.app = served(settings, database, clock=lambda _: self.now, sign_in=self.cookies)
        self.app.state.note = self._note
        self.browsers: list[Browser] = []

    @staticmethod
    def _note(error: Exception, request: object) -> None:
        raise error  # a fault inside the application fails the test that met it

    def at(self, instant: str) -> None:
        """Set the clock."""
        self.now = datetime.fromisoformat(instant)

    async def settle(self) -> None:
        """Found the deployment and give everybody an account."""
        async with self.database.write(ALL) as session:
            await found(session, "live", OPENED)
        for role, actor in STAFF.items():
            await self.hire(role, actor)

    async def hire(self, key: str, actor: Actor) -> None:
        """Give somebody an account."""
        self.cookies.staff[key] = actor
        async with self.database.write(ALL) as session:
            await put(
                session,
                Account,
                id=actor.account_id,
                name=actor.name,
                force_id=actor.force_id,
                court=actor.court,
                number=actor.number,
                created_at=OPENED,
                **({"sra_number": "765432", "firm": "Birk", "keeper": "merseyside"} if key == "SOL" else {}),
            )
            for role in actor.roles:
                await put(session, AccountRole, account_id=actor.account_id, role=role, started_at=OPENED)

    def tired(self, key: str) -> None:
        """It is a while since somebody proved who they are."""
        self.cookies.staff[key] = msgspec.structs.replace(self.cookies.staff[key], fresh=False)

    def browser(self, key: str | None, why: Purpose | None = CASEWORK) -> Browser:
        """The browser of somebody of this role (they have said `why` they look, if given), or signed out."""
        if key is not None and why is not None:
            self.cookies.why[self.cookies.staff[key].account_id] = why
        self.browsers.append(Browser(self.app, key))
        return self.browsers[-1]


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    """The application, an account for each role of Merseyside and Liverpool Crown Court, on each engine."""
    made = World(database)
    await made.settle()
    yield made
    for browser in made.browsers:
        await browser.client.aclose()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator["Browser"]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    from tests.web.browsing import FLAGS

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()
