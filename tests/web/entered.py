"""A live deployment with its own sign-in, a clock that tests set, and people at browsers without scripts."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pyotp
from litestar import Litestar
from sqlalchemy import event, text

from svro.app import build
from svro.casework.founding import found
from svro.casework.invitations import first_administrator
from svro.casework.keyfile import Seal
from svro.casework.limits import ASKING_WINDOW, MISSES, Counted, Limit
from svro.records import Database
from svro.records.reach import ALL
from svro.settings import HashCost, Settings
from svro.web.entrance import Entrance
from tests.web.conftest import Browser, Page

PASSWORD = "heron gantry plum orbit"
CHEAP = HashCost(passes=1, memory=8, lanes=1)


@cache
def _application() -> Litestar:
    def clock(_connection: object) -> datetime:
        return House.newest.now

    settings = Settings(hash_cost=CHEAP)
    return build(settings, Database("sqlite+aiosqlite:///never-opened.db"), clock=clock, real=clock)


class Person:
    """Somebody with an account: what they know, and the browser they sit at."""

    def __init__(self, house: "House", name: str, link: str, peer: str = "10.0.0.1") -> None:
        self.house, self.name, self.link, self.password = house, name, link, PASSWORD
        self.browser = house.browser(peer)
        self.secret = ""
        self.codes: list[str] = []

    def code(self) -> str:
        """What their authenticator app shows now."""
        return pyotp.TOTP(self.secret).at(self.house.now)

    async def set_up(self) -> Page:
        """Open the link, and set up a password and an app."""
        page = await self.browser.get(self.link)
        assert page.heading == "Set up your account", page.html
        shown = re.search(r'svro-key">([A-Z2-7 ]+)<', page.html)
        assert shown
        self.secret = shown[1].replace(" ", "")
        answers = {"password": self.password, "again": self.password, "code": self.code()}
        page = await self.browser.send(answers)
        self.codes = re.findall(r"<code>([A-Z0-9-]{19})</code>", page.html)
        assert len(self.codes) == 10, page.text
        return page

    async def begin(self, password: str | None = None, name: str | None = None) -> Page:
        """The first page of signing in."""
        await self.browser.get("/sign-in")
        return await self.browser.send({"name": name or self.name, "password": password or self.password})

    async def enter(self, code: str | None = None) -> Page:
        """Sign in, with the app's code of the next half minute unless another is given."""
        if code is None:
            self.house.later(seconds=30)
        page = await self.begin()
        assert page.heading == "Is it really you?", page.text
        return await self.browser.send({"code": code or self.code()})

    async def again(self) -> Page:
        """Prove again who they are, on the page that asks for it."""
        self.house.later(seconds=30)
        assert self.browser.page.heading == "Prove again that it is you", self.browser.page.text
        return await self.browser.send({"password": self.password, "code": self.code()})

    @property
    def cookie(self) -> str:
        """What opens their session."""
        return str(self.browser.client.cookies.get("__Host-svro") or "")


class House:
    """The application and its real clock. One application serves every house of a run, for it takes half a
    second to build: the newest house's database, settings and clock are in its state.
    """

    newest: "House"

    def __init__(self, database: Database, **chosen: Any) -> None:
        self.database, self.now = database, datetime(2025, 3, 14, 9, tzinfo=UTC)
        self.settings = Settings(database_url=database.url, hash_cost=CHEAP, **chosen)
        House.newest = self
        self.app = _application()
        self.app.state.update(
            {
                "database": database,
                "settings": self.settings,
                "sign_in": Entrance(database, self.settings, Seal.passing()),
                "asking": Counted(Limit(self.settings.requests, ASKING_WINDOW)),
                "misses": Counted(MISSES),
                "note": self._note,
            }
        )
        self.browsers: list[Browser] = []

    @staticmethod
    def _note(error: Exception, request: object) -> None:
        raise error

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)

    def browser(self, peer: str = "10.0.0.1") -> Browser:
        """A browser at an address."""
        made = Browser(self.app, None)
        made.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, client=(peer, 4711)),  # type: ignore[arg-type]
            base_url="https://svro.test",
            follow_redirects=True,
            headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Safari/537.36"},
        )
        self.browsers.append(made)
        return made

    async def first(self, name: str = "Avery Ashdown") -> Person:
        """The first administrator, invited by the command."""
        async with self.database.write(ALL) as session:
            await found(session, "live", self.now)
            made = await first_administrator(session, name, "merseyside", self.now)
        assert made.link is not None
        return Person(self, str(made.sign_in_name), made.link.path)

    async def invited(self, admin: Person, name: str, **answers: Any) -> Person:
        """Somebody whom an administrator invites on the pages."""
        roles = answers.pop("roles", [])
        await admin.browser.get("/accounts/new")
        await admin.browser.send({"name": name, **answers})
        await admin.browser.send({"roles": roles, "reason": "Joins the team"})
        page = await admin.browser.send(press="Invite")
        assert page.heading == "The link is made", page.text
        link = re.search(r"/sign-in/link/[\w-]+", page.html)
        said = re.search(r"sign-in name is ([\w.]+)\.", page.text)
        assert link
        assert said
        return Person(self, said[1], link[0])

    async def client(self, token: str | None, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request of an API client."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self.app, client=("10.9.9.9", 1))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="https://svro.test") as client:
            return await client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def said(self, ask: str) -> list[Any]:
        """Rows of the database."""
        async with self.database.read(ALL) as session:
            return [tuple(row) for row in await session.execute(text(ask))]

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[list[str]]:
        """The statements that the database is asked meanwhile."""
        told: list[str] = []

        def hear(_c: Any, _u: Any, statement: str, *_more: Any) -> None:
            told.append(statement)

        engines = {self.database.engine.sync_engine, self.database.reader.sync_engine}
        for engine in engines:
            event.listen(engine, "before_cursor_execute", hear)
        try:
            with self.database.heard(lambda statement, *_values: told.append(statement)):
                yield told
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", hear)


async def token(person: Person, *permissions: str, approving: bool = False) -> str:
    """A token that somebody makes for themself on the page."""
    page = await person.browser.get("/account/tokens/new")
    if page.heading == "Prove again that it is you":
        page = await person.again()
    answers: dict[str, Any] = {"label": "A client", "permissions": list(permissions), "days": "30"}
    page = await person.browser.send(answers | ({"approving": "yes"} if approving else {}))
    shown = re.search(r"svro_[\w-]{43}", page.html)
    assert shown, page.text
    return shown[0]
