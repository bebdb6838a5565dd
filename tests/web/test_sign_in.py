"""Signing in as a live deployment does it: what opens, how long, and what each attack gets."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import update

from svro.casework import security, tokens
from svro.casework.access import Actor
from svro.casework.limits import Limit
from svro.casework.sessions import FRESH
from svro.casework.tokens import MakeToken
from svro.records import Database
from svro.records.people import Account
from svro.records.reach import ALL
from tests.web.conftest import Page
from tests.web.entered import PASSWORD, House, Person


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    """A live deployment on each engine."""
    made = House(database)
    yield made
    for browser in made.browsers:
        await browser.client.aclose()


@pytest.fixture
async def avery(house: House) -> Person:
    """The first administrator, set up and signed in."""
    person = await house.first()
    await person.set_up()
    return person


def plain(page: Page) -> str:
    """A page without what is new each time: its form token, the sealed steps and challenges."""
    html = re.sub(r'(value|data-options)="[^"]{40,}"', "", page.html)
    return re.sub(r"name=\"name\"[^>]*", "", html)


async def test_the_first_administrator_gets_in_by_a_link_that_opens_once(house: House) -> None:
    avery = await house.first()
    await avery.set_up()
    page = await avery.browser.get("/account")
    assert page.status == 200, page.text
    assert "Administrator" in page.text
    assert (await house.browser().get(avery.link)).status == 404, "used"
    late = await house.invited(avery, "Late Larch", force="merseyside")
    house.later(hours=71)
    assert (await house.browser().get(late.link)).status == 200, "the control: within three days"
    house.later(hours=2)
    assert (await house.browser().get(late.link)).status == 404, "expired"
    kept = await house.said("SELECT hash FROM account_links")
    assert all(bytes(row[0]) not in late.link.encode() for row in kept)


async def test_password_and_code_open_and_nothing_half_does(house: House, avery: Person) -> None:
    first = avery.cookie
    await avery.browser.get("/account")
    await avery.browser.client.post("/sign-out", data={"_csrf_token": csrf(avery)})
    assert (await avery.browser.get("/account")).status == 401
    page = await avery.begin()
    assert page.heading == "Is it really you?"
    assert (await avery.browser.get("/account")).status == 401, "a password alone opens nothing"
    page = await avery.enter()
    assert (await avery.browser.get("/account")).status == 200
    assert avery.cookie not in ("", first)
    [(stored,)] = await house.said("SELECT hash FROM passwords")
    assert stored.startswith("$argon2id$")
    [(sealed,)] = await house.said("SELECT secret FROM authenticators")
    assert avery.secret not in sealed


def csrf(person: Person) -> str:
    return str(person.browser.client.cookies.get("__Host-svro-form"))


async def test_the_cookie_is_for_this_site_alone_and_one_known_before_is_worth_nothing(
    house: House, avery: Person
) -> None:
    planted = "x" * 43
    avery.browser.client.cookies.set("__Host-svro", planted, domain="svro.test")
    house.later(seconds=30)
    await avery.begin()
    form = avery.browser.page.forms[-1]
    form.fill({"code": avery.code()})
    answer = await avery.browser.client.post(form.action, data=dict(form.values), follow_redirects=False)
    said = answer.headers["set-cookie"]
    assert said.startswith("__Host-svro=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in said
    assert planted not in said
    fixed = house.browser()
    fixed.client.cookies.set("__Host-svro", planted, domain="svro.test")
    assert (await fixed.get("/account")).status == 401, "fixation"
    fixed.client.cookies.set("__Host-svro", said.split("=")[1].split(";")[0], domain="svro.test")
    assert (await fixed.get("/account")).status == 200, "the control"


async def test_a_code_counts_once_and_so_does_a_recovery_code(house: House, avery: Person) -> None:
    house.later(seconds=30)
    code = avery.code()
    assert (await avery.enter(code)).status == 200
    page = await avery.enter(code)
    assert (page.status, page.heading) == (400, "Is it really you?")
    house.later(seconds=30)
    old = pyotp.TOTP(avery.secret).at(house.now - timedelta(seconds=60))
    assert (await avery.enter(old)).status == 400, "nor an earlier one that was never used"
    assert (await avery.enter(avery.code())).status == 200, "the control"
    lost = avery.codes[0].lower().replace("-", " ")
    assert (await avery.enter(lost)).heading == "Your tasks"
    assert (await avery.enter(lost)).status == 400
    assert (await avery.enter(avery.codes[1])).heading == "Your tasks"
    page = await avery.browser.get("/account")
    assert "8 left" in page.text
    page = await avery.browser.get("/account/history")
    assert "Used a recovery code" in page.text


async def test_a_session_ends_unused_and_at_the_latest_after_eight_hours(house: House, avery: Person) -> None:
    house.later(minutes=14)
    assert (await avery.browser.get("/account")).status == 200
    house.later(minutes=14)
    assert (await avery.browser.get("/account")).status == 200, "use keeps it"
    house.later(minutes=15)
    assert (await avery.browser.get("/account")).status == 401
    await avery.enter()
    begun = house.now
    while house.now < begun + timedelta(hours=8) - timedelta(minutes=10):
        assert (await avery.browser.get("/account")).status == 200
        house.later(minutes=10)
    house.later(minutes=11)
    assert (await avery.browser.get("/account")).status == 401


async def test_a_wrong_name_a_wrong_password_and_a_closed_account_answer_and_cost_alike(
    house: House, avery: Person
) -> None:
    bo = await house.invited(avery, "Bo Barlow", force="merseyside")
    async with house.database.write(ALL) as session:
        change = update(Account).where(Account.sign_in_name == bo.name).values(ended_at=house.now)
        await session.execute(change)
    told = []
    await Person(house, "somebody.else", "", peer="10.1.1.9").begin()  # each door looks once for an account
    for name in (avery.name, "nobody.at.all", bo.name):
        stranger = Person(house, name, "", peer="10.1.1.1")
        await stranger.browser.get("/sign-in")
        async with house.counting() as statements:
            page = await stranger.browser.send({"name": name, "password": "not the password at all"})
        told.append((page.status, plain(page), statements))
    assert told[0] == told[1] == told[2]
    assert told[0][0] == 400
    assert "is wrong" in told[0][1]
    page = await Person(house, avery.name, "", peer="10.1.1.2").begin()
    assert (page.status, plain(page)) != told[0][:2], "the control"


async def test_whoever_guesses_waits_longer_each_time_and_nobody_else_does(
    house: House, avery: Person
) -> None:
    mallory = Person(house, avery.name, "", peer="10.6.6.6")
    for _ in range(security.FREE):
        assert (await mallory.begin("wrong wrong wrong")).status == 400
    mallory.browser.client.headers["X-Forwarded-For"] = "10.7.7.7"
    answer = await mallory.begin("wrong wrong wrong")
    assert answer.status == 429, "a header that anybody can write changes nothing"
    waits = []
    for _ in range(4):
        page = mallory.browser.page
        form = (await mallory.browser.get("/sign-in")).forms[-1]
        form.fill({"name": avery.name, "password": "wrong wrong wrong"})
        refused = await mallory.browser.client.post("/sign-in", data=dict(form.values))
        assert refused.status_code == 429, page.text
        waits.append(int(refused.headers["Retry-After"]))
        house.later(seconds=waits[-1])
        assert (await mallory.begin("wrong wrong wrong")).status == 400
    assert waits == [2, 4, 8, 16]
    assert (await avery.enter()).heading == "Your tasks", "the right person is not shut out"
    page = await avery.browser.get("/account/history")
    assert "Somebody tried to sign in and failed" in page.text


async def test_guesses_at_the_same_moment_are_all_counted(house: House, avery: Person) -> None:
    form = (await avery.browser.get("/sign-in")).forms[-1]
    form.fill({"name": avery.name, "password": "wrong wrong wrong"})
    peers = [house.browser("10.6.6.7") for _ in range(12)]
    for peer in peers:
        peer.client.cookies = httpx.Cookies(avery.browser.client.cookies)
    answers = await asyncio.gather(*(peer.client.post("/sign-in", data=dict(form.values)) for peer in peers))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [400] * security.FREE + [429] * (12 - security.FREE)


async def test_a_trusted_proxys_word_counts_and_only_the_last_it_did_not_write(database: Database) -> None:
    house = House(database, proxies=frozenset({"10.0.0.254"}))
    avery = await house.first()
    await avery.set_up()
    through = Person(house, avery.name, "", peer="10.0.0.254")
    for n in range(security.FREE + 1):
        through.browser.client.headers["X-Forwarded-For"] = f"1.2.3.{n}, 192.0.2.9"
        page = await through.begin("wrong wrong wrong")
    assert page.status == 429, "what stands before it is anybody's invention"
    through.browser.client.headers["X-Forwarded-For"] = "192.0.2.10"
    assert (await through.begin("wrong wrong wrong")).status == 400, "the control: another address"


async def test_many_wrong_second_proofs_are_stopped_from_everywhere_and_told(
    house: House, avery: Person
) -> None:
    for n in range(security.SECOND_TRIES):
        mallory = Person(house, avery.name, "", peer=f"10.6.{n}.1")
        assert (await mallory.begin()).status == 200
        assert (await mallory.browser.send({"code": "000000"})).status == 400
    mallory = Person(house, avery.name, "", peer="10.66.1.1")
    await mallory.begin()
    assert (await mallory.browser.send({"code": "000000"})).status == 429
    assert "somebody may have the password" in (await avery.browser.get("/account/history")).text
    assert "somebody may have the password" in (await avery.browser.get("/accounts/alerts")).text
    house.later(hours=1, minutes=1)
    assert (await avery.enter()).heading == "Your tasks", "the control"


async def test_proving_it_anew_makes_fresh_for_ten_minutes_and_changes_the_cookie(
    house: House, avery: Person
) -> None:
    assert (await avery.browser.get("/account/password")).heading == "Change your password"
    house.later(seconds=FRESH.total_seconds())
    page = await avery.browser.get("/account/password")
    assert page.heading == "Prove again that it is you"
    before = avery.cookie
    page = await avery.browser.send({"password": "wrong wrong wrong", "code": "123456"})
    assert page.status == 400
    page = await avery.again()
    assert page.heading == "Change your password"
    assert avery.cookie != before
    thief = house.browser()
    thief.client.cookies.set("__Host-svro", before, domain="svro.test")
    assert (await thief.get("/account")).status == 401, "the old cookie is worth nothing"
    page = await avery.browser.send({"password": "averyashdown1", "again": "averyashdown1"})
    assert "too easy to guess" in page.text
    page = await avery.browser.send({"password": "short", "again": "shirt"})
    assert "Password must have 12 characters" in page.text
    assert "The second password must be the same" in page.text
    new = "quartz lantern ferry moss"
    page = await avery.browser.send({"password": new, "again": new})
    assert "Your password is changed" in page.text
    assert (await avery.begin(PASSWORD)).status == 400
    assert (await avery.begin(new)).status == 200


async def test_one_session_or_all_others_end_at_once(house: House, avery: Person) -> None:
    phone = Person(house, avery.name, "", peer="10.0.0.2")
    phone.secret = avery.secret
    phone.browser.client.headers["User-Agent"] = "Mozilla/5.0 (iPhone) Version/18.0 Safari/605.1"
    await phone.enter()
    page = await avery.browser.get("/account")
    assert "Safari on iPhone" in page.text
    assert "Chrome on Linux" in page.text
    end = next(form for form in page.forms if form.action.startswith("/account/sessions/"))
    await avery.browser.client.post(end.action, data=dict(end.values))
    assert (await phone.browser.get("/account")).status == 401
    assert (await avery.browser.get("/account")).status == 200
    await phone.enter()
    page = await avery.browser.get("/account")
    others = next(form for form in page.forms if form.action.endswith("end-others"))
    page = Page(await avery.browser.client.post(others.action, data=dict(others.values)))
    assert "Your other sessions have ended." in page.text
    assert (await phone.browser.get("/account")).status == 401


async def test_a_form_from_elsewhere_does_nothing(house: House, avery: Person) -> None:
    posts = sorted(
        route.path
        for route in house.app.routes
        if "POST" in getattr(route, "methods", ()) and route.path.startswith(("/sign", "/account"))
    )
    assert len(posts) > 15
    before = await house.said("SELECT count(*) FROM security_events")
    for path in posts:
        where = re.sub(r"\{[^}]*\}", "0" * 32, path)
        answer = await avery.browser.client.post(where, data={"name": "x", "password": "y"})
        assert answer.status_code == 403, path
    assert await house.said("SELECT count(*) FROM security_events") == before
    assert (await avery.browser.get("/account")).status == 200, "still signed in"


async def test_many_things_that_are_not_there_are_too_many(house: House, avery: Person) -> None:
    for n in range(30):
        assert (await avery.browser.get(f"/accounts/{n:032x}")).status == 404
    answer = await avery.browser.client.get("/accounts")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 301
    assert await house.said("SELECT count(*) FROM security_events WHERE kind = 'probing'") == [(1,)]
    house.later(minutes=5, seconds=1)
    assert (await avery.browser.get("/accounts")).status == 200


async def test_too_many_requests_of_one_account_wait_and_another_does_not(database: Database) -> None:
    house = House(database, requests=20)
    avery = await house.first()
    await avery.set_up()
    statuses = [(await avery.browser.client.get("/account")).status_code for _ in range(25)]
    assert statuses.count(429) >= 5
    assert statuses[0] == 200
    assert (await house.browser("10.3.3.3").client.get("/")).status_code == 200


@pytest.mark.parametrize("times", [10, pytest.param(1000, marks=pytest.mark.full)])
async def test_nothing_opens_after_the_commit_that_revokes_it(
    house: House, avery: Person, times: int
) -> None:
    house.app.state.asking.limit = Limit(10**9, timedelta(minutes=1))
    [(account,)] = await house.said("SELECT id FROM accounts")
    actor = Actor(account_id=account, name="Avery", roles=frozenset({"ADM"}), fresh=True)
    command = MakeToken(label="A client", permissions=["account:read_own"])
    opened = wrong = 0
    for _ in range(times):
        async with house.database.write(ALL) as session:
            made = await tokens.make(session, actor, command, house.now)
        committed, told = asyncio.Event(), list[tuple[bool, int]]()
        asking = asyncio.create_task(_ask_on(house, made.secret, committed, told))
        while not told:
            await asyncio.sleep(0.001)
        async with house.database.write(ALL) as session:
            await tokens.revoke(session, actor, made.id, house.now)
        committed.set()
        await asking
        opened += told[0] == (False, 200)
        wrong += sum(status != 401 for after, status in told if after)
    assert opened == times, "the control: each opened before"
    assert wrong == 0


async def _ask_on(house: House, secret: str, committed: asyncio.Event, told: list[tuple[bool, int]]) -> None:
    """Ask until three requests were begun after the commit: (whether it was, the status) of each."""
    while sum(after for after, _ in told) < 3:
        after = committed.is_set()
        told.append((after, (await house.client(secret, "GET", "/account/tokens")).status_code))
