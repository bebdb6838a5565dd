"""Administration on pages and in the API: two people for a role, one to take it away, and at once."""

from collections.abc import AsyncIterator

import httpx
import pytest

from svro.casework.invitations import Invite
from svro.casework.matrix import MATRIX, ROLES
from svro.casework.role_changes import APART, apart
from svro.records import Database
from tests.web.entered import House, Person, token


class Team:
    """Two administrators of Merseyside, and a constable whom they let in."""

    def __init__(self, house: House, avery: Person, bo: Person, corin: Person) -> None:
        self.house, self.avery, self.bo, self.corin = house, avery, bo, corin


async def decide(who: Person, press: str) -> int:
    """Answer the newest proposal: the status of what comes back."""
    page = await who.browser.get("/accounts")
    form = next(form for form in page.forms if form.action.startswith("/accounts/proposals/"))
    data = {**dict(form.values), "answer": press.lower()}
    answer = await who.browser.client.post(form.action, data=data)
    return answer.status_code


async def id_of(house: House, person: Person) -> str:
    [(found,)] = await house.said(f"SELECT id FROM accounts WHERE sign_in_name = '{person.name}'")
    return str(found)


@pytest.fixture
async def team(database: Database) -> AsyncIterator[Team]:
    """The beginning: the first makes the second alone; both then let a constable in."""
    house = House(database)
    avery = await house.first()
    await avery.set_up()
    bo = await house.invited(avery, "Bo Barlow", force="merseyside", roles=["ADM"])
    await bo.set_up()
    assert (await bo.browser.get("/accounts")).status == 403, "no role before it is approved"
    assert await decide(avery, "Approve") == 200, "the first administrator's one act alone"
    assert (await bo.browser.get("/accounts")).status == 200, "permissions are read with each request"
    corin = await house.invited(avery, "Corin Nettlebed", force="merseyside", roles=["CON"], number="7781")
    await corin.set_up()
    yield Team(house, avery, bo, corin)
    for browser in house.browsers:
        await browser.client.aclose()


async def test_a_role_takes_two_administrators_the_second_of_them_in_person(team: Team) -> None:
    house, avery, bo, corin = team.house, team.avery, team.bo, team.corin
    page = await avery.browser.get("/accounts")
    assert {said.split()[0] for form in page.forms for said in form.buttons} >= {"Withdraw"}
    assert "Approve Constable" not in page.text, "not who proposed it, once there is another"
    assert await decide(avery, "Approve") == 403, "nor by hand"
    assert (await corin.browser.get("/status")).status == 403
    house.later(minutes=11)
    page = await bo.browser.get("/accounts")
    form = next(form for form in page.forms if form.action.startswith("/accounts/proposals/"))
    page = await bo.browser.get("/accounts")
    await bo.browser.send(press="Approve")
    await bo.again()
    assert (await corin.browser.get("/status")).status == 403, "nothing was done before that"
    assert await decide(bo, "Approve") == 200
    assert (await corin.browser.get("/status")).status == 200
    page = await corin.browser.get("/account/history")
    assert "Constable, by two administrators" in page.text
    assert "Bo Barlow" in page.text
    stale = await bo.browser.client.post(form.action, data={**dict(form.values), "answer": "approve"})
    assert stale.status_code == 412, "answered already"
    facts = await house.said("SELECT outcome, alone, proposed_by = decided_by FROM account_proposals")
    assert sorted((o, bool(a), bool(same)) for o, a, same in facts) == [
        ("approved", False, False),
        ("approved", True, True),
    ]
    tags = {tag for (tag,) in await house.said("SELECT tag FROM ledger_payloads")}
    assert {"account:opened", "account:change_proposed", "account:change_approved"} <= tags


async def test_what_was_proposed_by_somebody_who_left_is_not_approved(team: Team) -> None:
    """The constable's role waits, proposed by Avery; Bo closes Avery's account, and may not then agree."""
    house, avery, bo, corin = team.house, team.avery, team.bo, team.corin
    await bo.browser.get(f"/accounts/{await id_of(house, avery)}/close")
    await bo.browser.send({"reason": "Left the force"})
    assert await decide(bo, "Approve") == 409
    assert (await corin.browser.get("/status")).status == 403
    assert await decide(bo, "Refuse") == 200


async def test_a_closed_account_opens_nothing_from_that_moment(team: Team) -> None:
    house, avery, bo, corin = team.house, team.avery, team.bo, team.corin
    await decide(bo, "Approve")
    secret = await token(corin, "report:read_orders", "account:read_own")
    assert (await house.client(secret, "GET", "/account/tokens")).status_code == 200
    assert (await corin.browser.get("/account")).status == 200
    account = await id_of(house, corin)
    page = await avery.browser.get(f"/accounts/{account}/close")
    page = await avery.browser.send({"reason": "Left the force"})
    assert "Closed" in page.text
    assert (await corin.browser.get("/account")).status == 401
    assert (await house.client(secret, "GET", "/account/tokens")).status_code == 401
    assert (await corin.begin()).status == 400
    assert await house.said("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == [(2,)]
    own = await avery.browser.client.get(f"/accounts/{await id_of(house, avery)}/close")
    assert own.status_code == 200
    page = await avery.browser.get(f"/accounts/{await id_of(house, avery)}/close")
    page = await avery.browser.send({"reason": "Myself"})
    assert page.status == 409


async def test_a_token_opens_what_it_was_made_for_and_approves_for_a_quarter_of_an_hour(team: Team) -> None:
    house, bo = team.house, team.bo
    plain = await token(bo, "user:manage", "role:grant")
    approving = await token(bo, "user:manage", "role:grant", approving=True)
    [proposal] = (await house.client(plain, "GET", "/account-proposals")).json()
    where = f"/account-proposals/{proposal['id']}"
    refused = await house.client(plain, "POST", where, {"approve": True})
    assert (refused.status_code, refused.json()["type"]) == (403, "/help/problems#prove-again")
    narrow = await house.client(plain, "GET", "/account/security-history")
    assert narrow.status_code == 403, "not what it was made for"
    house.later(minutes=15)
    late = await house.client(approving, "POST", where, {"approve": True})
    assert late.status_code == 403, "no longer in person"
    await bo.enter()
    again = await token(bo, "role:grant", approving=True)
    done = await house.client(again, "POST", where, {"approve": True})
    assert done.status_code == 200, done.text
    house.later(days=31)
    assert (await house.client(plain, "GET", "/account-proposals")).status_code == 401, "ended"
    kept = await house.said("SELECT hash FROM access_tokens")
    assert all(bytes(row[0]) not in (plain.encode(), again.encode()) for row in kept)


async def test_a_token_changes_no_way_in_and_makes_no_other(team: Team) -> None:
    secret = await token(team.bo, "account:manage_own", "account:read_own", approving=True)
    transport = httpx.ASGITransport(app=team.house.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://svro.test") as client:
        client.headers["Authorization"] = f"Bearer {secret}"
        assert (await client.get("/account")).status_code == 200
        for path in ("/account/password", "/account/app", "/account/tokens/new", "/account/passkeys/new"):
            assert (await client.get(path)).status_code == 403, path


async def test_a_service_signs_in_with_tokens_that_an_administrator_makes(team: Team) -> None:
    house, avery, bo = team.house, team.avery, team.bo
    await avery.browser.get("/accounts/new")
    await avery.browser.send({"name": "Custody feed", "service": "yes", "force": "merseyside"})
    await avery.browser.send({"roles": ["CON"], "reason": "Records searches from handhelds"})
    page = await avery.browser.send(press="Invite")
    assert page.heading == "Custody feed", page.text
    account = page.path.removeprefix("/accounts/")
    lines = (await avery.browser.get("/accounts")).forms
    assert lines
    for form in lines:
        if form.action.startswith("/accounts/proposals/"):
            data = {**dict(form.values), "answer": "approve"}
            assert (
                await bo.browser.client.post(form.action, data={**data, "_csrf_token": csrf(bo)})
            ).is_success
    await avery.browser.get(f"/accounts/{account}/tokens/new")
    answers = {"label": "Feed", "permissions": ["search:record"], "days": "90"}
    page = await avery.browser.send(answers)
    assert "svro_" in page.text, page.text
    secret = "svro_" + page.html.split("svro_")[1][:43]
    answer = await house.client(secret, "POST", "/searches", {})
    assert answer.status_code in (400, 403)
    assert answer.json()["type"] != "/help/problems#unauthenticated"
    await avery.browser.get(f"/accounts/{account}")
    await avery.browser.send(press="Revoke")
    assert (await house.client(secret, "POST", "/searches", {})).status_code == 401


async def test_nobody_makes_a_token_in_somebody_elses_name(team: Team) -> None:
    account = await id_of(team.house, team.corin)
    await team.avery.browser.get(f"/accounts/{account}/tokens/new")
    answers = {"label": "Feed", "permissions": ["account:read_own"], "days": "90"}
    page = await team.avery.browser.send(answers)
    assert "they make their own" in page.text, page.text


def csrf(person: Person) -> str:
    return str(person.browser.client.cookies.get("__Host-svro-form"))


async def test_a_new_password_by_a_link_still_takes_the_second_proof_and_ends_every_session(
    team: Team,
) -> None:
    house, avery, corin = team.house, team.avery, team.corin
    await avery.browser.get(f"/accounts/{await id_of(house, corin)}/link")
    page = await avery.browser.send()
    assert page.heading == "The link is made", page.text
    link = "/sign-in/link/" + page.html.split("/sign-in/link/")[1][:43]
    stranger = house.browser("10.4.4.4")
    page = await stranger.get(link)
    assert page.heading == "Set a new password"
    new = "quartz lantern ferry moss"
    page = await stranger.send({"password": new, "again": new, "code": "123456"})
    assert page.status == 400, "the administrator who made the link does not get in"
    assert (await corin.browser.get("/account")).status == 200
    house.later(seconds=30)
    page = await stranger.send({"password": new, "again": new, "code": corin.code()})
    assert page.heading == "Your new password is set", page.text
    assert (await corin.browser.get("/account")).status == 401
    assert (await stranger.get(link)).status == 404
    assert (await corin.begin(new)).status == 200


async def test_who_lost_every_proof_is_set_up_anew_by_two_administrators(team: Team) -> None:
    house, avery, bo, corin = team.house, team.avery, team.bo, team.corin
    await decide(bo, "Approve")
    await avery.browser.get(f"/accounts/{await id_of(house, corin)}/set-up")
    await avery.browser.send({"reason": "Lost phone and codes, seen in person"})
    assert await decide(avery, "Approve") == 403
    page = await bo.browser.get("/accounts")
    page = await bo.browser.send(press="Approve")
    assert page.heading == "The link is made", page.text
    corin.link = "/sign-in/link/" + page.html.split("/sign-in/link/")[1][:43]
    assert (await corin.browser.get("/account")).status == 401
    corin.password = "quartz lantern ferry moss"
    await corin.set_up()
    assert (await corin.browser.get("/status")).status == 200, "the roles are as they were"
    assert "A new set-up was approved" in (await bo.browser.get("/accounts/alerts")).text


async def test_an_administrator_looks_after_their_own_force_and_refuses_what_does_not_fit(team: Team) -> None:
    house, avery = team.house, team.avery
    secret = await token(avery, "user:manage", "role:grant", approving=True)
    bad = {"name": "Del Dorrit", "force": "sussex", "roles": ["CON", "CLK"]}
    answer = await house.client(secret, "POST", "/accounts", bad)
    assert answer.status_code == 400
    reasons = " ".join(fault["reason"] for fault in answer.json()["errors"])
    for part in ("not held together", "your own", "required for a court clerk"):
        assert part in reasons
    sol = {"name": "Sol Birk", "roles": ["SOL"]}
    answer = await house.client(secret, "POST", "/accounts", sol)
    assert {fault["field"] for fault in answer.json()["errors"]} == {"sra_number", "firm"}
    sol |= {"sra_number": "123456", "firm": "Birk and Partners"}
    made = await house.client(secret, "POST", "/accounts", sol)
    assert made.status_code == 201, made.text
    view = (await house.client(secret, "GET", f"/accounts/{made.json()['id']}")).json()
    assert (view["sra_number"], view["firm"], view["roles"]) == ("123456", "Birk and Partners", [])
    mine = await id_of(house, avery)
    end = await house.client(secret, "POST", f"/accounts/{mine}/roles/ADM/end", {"reason": "Leaving"})
    assert end.status_code == 200, "the other administrator remains"
    assert (await house.client(secret, "GET", "/accounts")).status_code == 403
    other = await token(team.bo, "role:grant", approving=True)
    his = await id_of(house, team.bo)
    last = await house.client(other, "POST", f"/accounts/{his}/roles/ADM/end", {"reason": "Leaving"})
    assert last.status_code == 409


def test_no_two_roles_on_two_sides_are_held_together() -> None:
    for role in set(ROLES) - {"ADM", "ANON"}:
        assert frozenset(("ADM", role)) in APART
    reading = {"report:read_aggregate", "report:read_orders", "log:prove"}
    changes = {p for p in MATRIX if not p.endswith((":read", "_own")) and p not in reading}
    for role in ("PLO", "SUP", "CON", "DIS", "CLK", "SOL", "CPS"):
        assert any(MATRIX[p][role].scopes for p in changes)
        assert frozenset(("AUD", role)) in APART
    assert apart(["CON", "SUP"]) == [], "a sergeant is both"
    assert apart(["PLO", "DIS"]) == []
    assert Invite(name="x").roles == []
