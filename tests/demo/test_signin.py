"""The demonstration's sign-in: one click for each role, three instants, tokens for the API, real time for
their end.
"""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from svro.app import build
from svro.casework.matrix import ROLES
from svro.demo.signin import COOKIE, LASTS, Desk, router
from svro.records import Database
from svro.records.reach import ALL
from svro.settings import Settings

WHY = {"Svro-Purpose": "supervision", "Svro-Reference": "OP-2025-0001"}


class House:
    """The demonstration's app, its desk, and the real time, which tests set."""

    def __init__(self, database: Database, desk: Desk, real: list[datetime]) -> None:
        self.desk, self.real = desk, real
        self.app = build(
            Settings(demonstration=True, secure_cookies=False),
            database,
            clock=desk.now,
            sign_in=desk,
            more=(router,),
        )
        self.app.state.banner = desk.banner

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url="http://svro.test", follow_redirects=True
        )

    def token(self, role: str) -> str:
        return self.desk._tokens[role].secret


@pytest.fixture
async def house(world: Database) -> House:
    real = [datetime(2026, 11, 22, 9, tzinfo=UTC)]
    async with world.read(ALL) as session:
        desk = await Desk.of(session, lambda _: real[0])
    return House(world, desk, real)


async def csrf(browser: httpx.AsyncClient) -> str:
    found = re.search(r'name="_csrf_token" value="([^"]+)"', (await browser.get("/sign-in")).text)
    assert found
    return found[1]


async def sign_in(browser: httpx.AsyncClient, role: str) -> httpx.Response:
    return await browser.post("/sign-in", data={"role": role, "_csrf_token": await csrf(browser)})


@pytest.mark.parametrize("role", [role for role in ROLES if role != "ANON"])
async def test_one_click_signs_in_as_each_role(house: House, role: str) -> None:
    async with house.browser() as browser:
        page = await sign_in(browser, role)
        assert page.status_code == 200
        assert house.desk.people[role].name in page.text


async def test_signed_out_is_a_role_too(house: House) -> None:
    async with house.browser() as browser:
        await sign_in(browser, "SUP")
        assert (await browser.get("/orders")).status_code == 200
        await sign_in(browser, "ANON")
        assert (await browser.get("/orders")).status_code == 401


async def test_the_cookie_is_not_for_scripts_nor_other_sites_and_is_new_each_time(house: House) -> None:
    async with house.browser() as browser:
        await sign_in(browser, "SUP")
        first = browser.cookies[COOKIE]
        token = await csrf(browser)
        answer = await browser.post(
            "/sign-in", data={"role": "CON", "_csrf_token": token}, follow_redirects=False
        )
        said = answer.headers["set-cookie"].lower()
        assert "httponly" in said
        assert "samesite=strict" in said
        assert browser.cookies[COOKIE] != first
        assert first not in house.desk.seats


async def test_a_click_from_another_site_does_nothing(house: House) -> None:
    async with house.browser() as browser:
        answer = await browser.post("/sign-in", data={"role": "ADM"})
        assert answer.status_code == 403
        assert not house.desk.seats


async def test_a_role_or_an_instant_that_there_is_not_is_malformed(house: House) -> None:
    async with house.browser() as browser:
        token = await csrf(browser)
        assert (await browser.post("/sign-in", data={"role": "GOD", "_csrf_token": token})).status_code == 400
        answer = await browser.post("/demo/instant", data={"instant": "2030-01-01", "_csrf_token": token})
        assert answer.status_code == 400


async def test_every_page_says_which_instant_it_shows_and_lets_it_be_changed(house: House) -> None:
    async with house.browser() as browser:
        assert "14 March 2025 at 9:14pm" in (await browser.get("/")).text
        data = {"instant": "2025-06-02", "next": "/sign-in", "_csrf_token": await csrf(browser)}
        page = await browser.post("/demo/instant", data=data)
        assert page.url.path == "/sign-in"
        assert "2 June 2025 at 9:14pm" in page.text
        await sign_in(browser, "SUP")
        assert "2 June 2025 at 9:14pm" in (await browser.get("/")).text
        assert "2 June 2025 at 9:14pm" in (await browser.get("/nowhere")).text, "pages of errors too"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example"])
async def test_the_banner_leads_to_no_other_site(house: House, elsewhere: str) -> None:
    async with house.browser() as browser:
        data = {"instant": "2025-06-02", "next": elsewhere, "_csrf_token": await csrf(browser)}
        answer = await browser.post("/demo/instant", data=data, follow_redirects=False)
        assert answer.headers["location"] == "/"


async def test_a_token_opens_the_api_at_the_instant_it_names(house: House) -> None:
    async with house.browser() as browser:
        await csrf(browser)
        head = {"Authorization": f"Bearer {house.token('SUP')}", **WHY}
        states = {}
        for instant in ("2025-03-14", "2025-11-01"):
            answer = await browser.get("/api/v1/orders", headers={**head, "Svro-Instant": instant})
            states[instant] = {line["reason"] for line in answer.json()}
        assert "in-effect" in states["2025-03-14"]
        assert "lapsed" in states["2025-11-01"]
        assert "in-effect" not in states["2025-11-01"]
        assert (
            await browser.get("/api/v1/orders", headers={**head, "Svro-Instant": "2024-01-01"})
        ).status_code == 400
        assert (
            await browser.get("/api/v1/orders", headers={"Authorization": "Bearer wrong"})
        ).status_code == 401


async def test_a_browsers_cookie_does_not_open_the_api(house: House) -> None:
    async with house.browser() as browser:
        await sign_in(browser, "SUP")
        assert (await browser.get("/api/v1/orders")).status_code == 401


async def test_seats_and_tokens_end_by_the_real_clock(house: House) -> None:
    async with house.browser() as browser:
        await sign_in(browser, "SUP")
        head = {"Authorization": f"Bearer {house.token('SUP')}", **WHY}
        assert (await browser.get("/orders")).status_code == 200
        assert (await browser.get("/api/v1/orders", headers=head)).status_code == 200
        house.real[0] += LASTS + timedelta(seconds=1)
        assert (await browser.get("/orders")).status_code == 401
        assert (await browser.get("/api/v1/orders", headers=head)).status_code == 401


async def test_why_somebody_looks_is_asked_once_and_kept(house: House) -> None:
    async with house.browser() as browser:
        await sign_in(browser, "SUP")
        page = await browser.get("/people")
        assert page.url.path == "/purpose"
        data = {"purpose": "supervision", "reference": "OP-2025-0001", "_csrf_token": await csrf(browser)}
        page = await browser.post("/purpose?next=/people", data=data)
        assert page.url.path == "/people"
        assert page.status_code == 200


async def test_in_person_lasts_ten_minutes_and_one_click_more(house: House) -> None:
    async with house.browser() as browser:
        await sign_in(browser, "ADM")
        assert "The demonstration keeps no sessions" in (await browser.get("/account")).text
        assert (await browser.get("/account/tokens/new")).url.path == "/account/tokens/new"
        house.real[0] += timedelta(minutes=10)
        page = await browser.get("/account/tokens/new")
        assert page.url.path == "/sign-in/again"
        page = await browser.post(page.url, data={"_csrf_token": await csrf(browser)})
        assert page.url.path == "/account/tokens/new"
        assert (await browser.get("/account/password")).status_code == 404, "nobody has a password here"


async def test_a_token_made_on_the_page_opens_the_api_here_too(house: House) -> None:
    async with house.browser() as browser:
        await sign_in(browser, "ADM")
        data = {"label": "Try", "permissions": "user:manage", "days": "1", "step": "token"}
        page = await browser.post("/account/tokens/new", data={**data, "_csrf_token": await csrf(browser)})
        found = re.search(r"svro_[\w-]{43}", page.text)
        assert found
        head = {"Authorization": f"Bearer {found[0]}"}
        assert (await browser.get("/api/v1/accounts", headers=head)).status_code == 200
        assert (await browser.get("/api/v1/account/tokens", headers=head)).status_code == 403


def test_the_doors_are_not_in_the_product_without_the_demonstration(world: Database) -> None:
    app = build(Settings(), world)
    assert "/demo/instant" not in {route.path for route in app.routes}
    assert "svro.demo" not in str([route.route_handlers for route in app.routes if route.path == "/sign-in"])
