"""Nobody acts for somebody who is no client of theirs: every way round it, and what each is told."""

import asyncio
import random
from itertools import product
from typing import NamedTuple
from unittest.mock import patch

import msgspec
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from svro.casework import grounds
from svro.casework.limits import ASKING_WINDOW, Counted, Limit
from svro.records import metadata
from svro.records.base import put
from svro.records.documents import ClientCode
from svro.records.orders import Order
from svro.records.reach import ALL
from tests.api.claiming import NOBODYS, Claims, Statements, later, settle
from tests.api.conftest import CASE, World

FULL = 5_000


class Recipe(NamedTuple):
    """One way to claim a client whom one does not have: who, whose reference, which code, which reference of
    representation.
    """

    who: str
    whose: str
    code: str | None
    represented: str | None


def recipes() -> list[Recipe]:
    """Every attack: none of these has two grounds of different kinds for one client whose case goes on."""
    codes, references = (None, "wrong", "replaced", "used", "away"), (None, "LA-0000", "LA-1234", "LA-9999")
    made = [Recipe("stranger", "client", *pair) for pair in product((*codes, "right"), references)]
    made += [Recipe("court", "client", *pair) for pair in product(codes, references)]
    made += [Recipe("checked", "client", None, "LA-1234"), Recipe("checked", "client", "used", "LA-1234")]
    made += [
        Recipe("elsewhere", "client", "away", "LA-9999"),
        Recipe("elsewhere", "client's application", "right", "LA-9999"),
        Recipe("checked", "away", "right", "LA-1234"),
        Recipe("court", "over", "over", "LA-OVER"),
        Recipe("court", "over's application", "over", "LA-OVER"),
        Recipe("court", "kept out", None, "LA-OUT"),
        Recipe("court", "kept to", None, "LA-TO"),
        Recipe("moved", "client", None, "LA-5555"),
        Recipe("moved", "client", "right", "LA-5555"),
        Recipe("struck", "client", "right", "LA-4444"),
        Recipe("unregistered", "client", "right", "LA-1234"),
    ]
    return made


ABOUT_ONESELF = {"struck": 403, "unregistered": 403}
"""Refusals for what the account is, which anybody may know who holds it."""


@pytest.fixture
async def claims(world: World) -> Claims:
    return await settle(world)


async def _live(claims: Claims) -> int:
    async with claims.world.database.read(ALL) as session:
        query = "SELECT count(*) FROM instructions WHERE ended_at IS NULL"
        return int((await session.execute(text(query))).scalar_one())


def _typed(chance: random.Random, value: str | None) -> str | None:
    """As people type it: small letters, blanks, other signs between."""
    if value is None:
        return None
    return value.lower() if chance.random() < 0.3 else value.replace("-", chance.choice(("-", " ", "--")))


async def attack(claims: Claims, count: int, seed: int = 1) -> dict[str, int]:
    """So many claims over all recipes: how many were granted, refused as unknown, refused otherwise. Each
    refusal is held against the claim of a case that is nobody's, its bytes, headers and statements.
    """
    chance, world, listening = random.Random(seed), claims.world, Statements(claims.world)
    told = {"granted": 0, "alike": 0, "different": 0, "recipes": len(recipes())}
    unknown: dict[str, tuple[object, ...]] = {}
    every = recipes()
    for n in range(count):
        recipe = every[n % len(every)]
        world.at(later(world.now, minutes=9))  # slower than is stopped

        code, represented = claims.codes.get(recipe.code or ""), _typed(chance, recipe.represented)
        if recipe.who not in unknown:  # twice: what is looked up once in a process is looked up then
            for _ in range(2):
                listening.take()
                answer = await claims.claim(recipe.who, NOBODYS, claims.codes["wrong"], "LA-0001")
                unknown[recipe.who] = (*_seen(answer), listening.take())
            assert answer.status_code == ABOUT_ONESELF.get(recipe.who, 202)
        listening.take()
        answer = await claims.claim(
            recipe.who,
            str(_typed(chance, claims.references[recipe.whose])),
            _typed(chance, code),
            represented,
        )
        if answer.status_code == 201:
            told["granted"] += 1
        else:
            alike = (*_seen(answer), listening.take()) == unknown[recipe.who]
            told["alike" if alike else "different"] += 1
            assert alike, (recipe, answer.text)
    return told


def _seen(answer: object) -> tuple[object, ...]:
    return answer.status_code, answer.content, dict(answer.headers)  # type: ignore[attr-defined]


async def test_no_claim_of_any_recipe_is_granted_and_each_is_told_what_a_case_of_nobodys_is(
    claims: Claims,
) -> None:
    assert len(recipes()) >= 50
    told = await attack(claims, len(recipes()))
    print(told)
    assert (told["granted"], told["different"], await _live(claims)) == (0, 0, 0)
    answer = await claims.claim("court", claims.references["client"], claims.codes["right"])
    assert answer.json()["confirmed"], "the control: with two grounds it is granted"


@pytest.mark.full
async def test_five_thousand_claims(claims: Claims) -> None:
    # Everybody's requests are counted by the real clock, of which a quick machine needs little.
    claims.world.app.state.asking = Counted(Limit(10**9, ASKING_WINDOW))
    told = await attack(claims, FULL, seed=7)
    print(told)
    assert (told["granted"], told["different"], told["alike"], await _live(claims)) == (0, 0, FULL, 0)


async def test_with_one_ground_enough_the_attacks_would_get_through(claims: Claims) -> None:
    with patch.object(grounds, "NEEDED", 1):
        answer = await claims.claim("stranger", claims.references["client"], claims.codes["right"])
    assert answer.json()["confirmed"]


@pytest.mark.parametrize(
    "who, whose, code, represented",
    [
        ("court", "client", "right", None),
        ("court", "client's application", "right", None),
        ("checked", "client", "right", "la 1234"),
        ("elsewhere", "away", None, "LA-9999"),
        ("elsewhere", "away", "away", None),
        ("elsewhere", "away", "away", "LA-9999"),
    ],
)
async def test_two_grounds_of_any_kinds_are_enough_and_a_code_is_used_up(
    claims: Claims, who: str, whose: str, code: str | None, represented: str | None
) -> None:
    world, name = claims.world, whose.partition("'")[0]
    order = f"/orders/{claims.orders[name]}"
    assert (await world.ask(who, "GET", order)).status_code == 404
    given = claims.codes.get(code or "")
    answer = await claims.claim(who, claims.references[whose], given, represented)
    assert answer.status_code == 201, answer.text
    view = answer.json()["instruction"]
    assert (view["live"], len(view["basis"]) >= 2, view["person"]) == (
        True,
        True,
        f"Ambrose Quillfeather{name}",
    )
    assert (await world.ask(who, "GET", order)).status_code == 200
    (mine,) = [one for one in (await world.done(who, "GET", "/instructions"))["instructions"] if one["live"]]
    assert mine["id"] == view["id"]
    documents = await world.ask(who, "GET", f"{order}/documents")
    assert documents.status_code == 404, "a client's documents come by disclosure alone"
    if given:
        again = await claims.claim("stranger", claims.references[whose], given, represented)
        assert not again.json()["confirmed"]
        async with world.database.read(ALL) as session:
            query = "SELECT count(*) FROM client_codes WHERE order_id = :order AND end_reason = 'used'"
            used = await session.scalar(text(query), {"order": claims.orders[name]})
        assert used == (2 if name == "client" else 1), "one was used up before, and this one now"


async def test_a_claim_waits_for_what_two_people_check_and_is_then_granted(claims: Claims) -> None:
    world, person = claims.world, claims.people["client"]
    code = claims.codes["right"]
    answer = await claims.claim("stranger", claims.references["client"], code, "LAA/77-1")
    assert (answer.status_code, answer.json()["instruction"]) == (202, None)
    other = await world.hire("DIS", "merseyside")
    for who in ("DIS.merseyside", other):
        await world.allocate(who, person)
    seen = await world.done("DIS.merseyside", "GET", f"/people/{person}/instructions")
    (line,) = seen["claims"]
    assert (line["solicitor"], line["representation_reference"], line["holds"]) == (
        "stranger",
        "LAA771",
        ["client-code"],
    )
    body = {
        "kind": "representation-reference",
        "sra_number": "666666",
        "reference": "LAA 77/1",
        "checked_with": "The Legal Aid Agency’s portal",
    }
    path = f"/people/{person}/representations"
    waits = await world.ask("DIS.merseyside", "POST", path, body)
    assert waits.status_code == 202
    assert (await world.ask("stranger", "GET", f"/orders/{claims.orders['client']}")).status_code == 404
    await world.agreed(waits, other)
    assert (await world.ask("stranger", "GET", f"/orders/{claims.orders['client']}")).status_code == 200
    mine = await world.done("stranger", "GET", "/instructions")
    assert ([one["live"] for one in mine["instructions"]], mine["unconfirmed"]) == ([True], [])
    refused = await world.ask("DIS.merseyside", "POST", path, {**body, "kind": "court-record"})
    assert refused.json()["errors"][0]["field"] == "kind"


async def test_a_claim_that_waited_too_long_is_not_granted(claims: Claims) -> None:
    world = claims.world
    await claims.claim("stranger", claims.references["client"], claims.codes["right"], "LA-7")
    world.at(later(world.now, days=14))
    await claims.represent("client", "stranger", "LA-7")
    assert (await world.done("stranger", "GET", "/instructions"))["instructions"] == []


async def test_a_slip_is_told_and_too_many_claims_are_stopped(claims: Claims) -> None:
    world = claims.world
    slip = await claims.claim("stranger", "SVRO-0000-0000-5", "0000-0000-0000-0000-5")
    assert [fault["field"] for fault in slip.json()["errors"]] == ["reference", "client_code"]
    for _ in range(10):
        assert (await claims.claim("stranger", NOBODYS)).status_code == 202
    stopped = await claims.claim("stranger", NOBODYS)
    assert (stopped.status_code, int(stopped.headers["retry-after"]) > 0) == (429, True)
    world.at(later(world.now, hours=1))
    assert (await claims.claim("stranger", NOBODYS)).status_code == 202


async def test_who_has_not_lately_proved_who_they_are_claims_nothing(claims: Claims) -> None:
    actors = claims.world.tokens.actors
    actors["court"] = msgspec.structs.replace(actors["court"], fresh=False)
    answer = await claims.claim("court", claims.references["client"], claims.codes["right"])
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (403, "prove-again")
    assert await _live(claims) == 0


async def _granted(claims: Claims) -> str:
    answer = await claims.claim("court", claims.references["client"], claims.codes["right"])
    return str(answer.json()["instruction"]["id"])


async def _reads(claims: Claims, who: str = "court") -> int:
    return (await claims.world.ask(who, "GET", f"/orders/{claims.orders['client']}")).status_code


async def test_it_ends_to_the_second_unless_it_is_checked_again(claims: Claims) -> None:
    world = claims.world
    await _granted(claims)
    granted_at = world.now
    world.at(later(granted_at, days=180, seconds=-1))
    assert await _reads(claims) == 200
    await claims.represent("client", "court")
    renewed_at = world.now
    world.at(later(granted_at, days=180))
    assert await _reads(claims) == 200
    world.at(later(renewed_at, days=180, seconds=-1))
    assert await _reads(claims) == 200
    world.at(later(renewed_at, days=180))
    assert await _reads(claims) == 404
    (mine,) = (await world.done("court", "GET", "/instructions"))["instructions"][:1]
    assert (mine["live"], mine["person"]) == (False, None)


async def test_it_ends_with_the_case_to_the_second(claims: Claims) -> None:
    world, order = claims.world, claims.orders["client"]
    await _granted(claims)
    view = await world.done("CLK.merseyside", "GET", f"/orders/{order}")
    world.at(later(world.now, days=30))
    discharge = {"act": "discharged", "at": world.now.isoformat()}
    await world.done("CLK.merseyside", "POST", f"/orders/{order}/acts", discharge, version=view["version"])
    over = world.now
    assert await _reads(claims) == 404
    world.at(later(over, seconds=-1))
    assert await _reads(claims) == 200


async def test_it_ends_when_the_client_withdraws_and_is_not_claimed_again(claims: Claims) -> None:
    world, key = claims.world, await _granted(claims)
    await claims.represent("client", "court", "LA-1")
    for who in ("stranger", "CLK.sussex", "PLO.merseyside"):
        answer = await world.ask(who, "POST", f"/instructions/{key}/end", {"why": "client-withdrew"})
        assert answer.status_code in (403, 404), who
    hidden = await world.ask("stranger", "POST", f"/instructions/{key}/end", {"why": "client-withdrew"})
    absent = await world.ask("stranger", "POST", f"/instructions/{'0' * 32}/end", {"why": "client-withdrew"})
    assert (hidden.status_code, hidden.content) == (404, absent.content)
    view = await world.done("CLK.merseyside", "POST", f"/instructions/{key}/end", {"why": "client-withdrew"})
    assert (view["live"], view["end_reason"]) == (False, "The client withdrew the instruction")
    assert await _reads(claims) == 404
    again = await claims.claim("court", claims.references["client"], None, "LA-1")
    assert not again.json()["confirmed"]
    twice = await world.ask("CLK.merseyside", "POST", f"/instructions/{key}/end", {"why": "case-ended"})
    assert twice.status_code == 409


async def test_a_new_firm_ends_all_in_every_force(claims: Claims) -> None:
    world = claims.world
    await _granted(claims)
    await claims.represent("away", "court")
    await claims.represent("away", "court", "LA-2")
    assert (await claims.claim("court", claims.references["away"], None, "LA-2")).json()["confirmed"]
    account = world.tokens.actors["court"].account_id
    path = f"/accounts/{account}/solicitor"
    same = {"sra_number": "111111", "firm": "Birk and Partners", "checked_with": "The register"}
    assert (await world.done("ADM.merseyside", "POST", path, same))["ended"] == 0
    assert await _reads(claims) == 200
    moved = await world.done("ADM.merseyside", "POST", path, {**same, "firm": "Another firm"})
    assert (moved["ended"], moved["version"]) == (2, 2)
    assert await _reads(claims) == 404
    assert not (await claims.claim("court", claims.references["away"], None, "LA-2")).json()["confirmed"]


async def test_a_printed_code_is_in_no_row_and_no_answer_but_the_paper(claims: Claims) -> None:
    letters = claims.codes["right"].replace("-", "")
    assert len(letters) == 17
    async with claims.world.database.read(ALL) as session:
        for table in metadata.sorted_tables:
            for row in await session.execute(table.select()):
                held = str(tuple(row)).upper().replace("-", "")
                assert letters not in held, table.name
                assert letters[:16] not in held, table.name


async def test_a_code_is_used_up_once_however_many_claim_with_it_at_the_same_moment(claims: Claims) -> None:
    """Everybody else who comes with it is refused; nobody is told of an error."""
    for who in ("stranger", "checked"):
        await claims.represent("client", who)
    reference, code = claims.references["client"], claims.codes["right"]
    answers = await asyncio.gather(
        *(claims.claim(who, reference, code) for who in ("court", "stranger", "checked"))
    )
    told = sorted(answer.status_code for answer in answers)
    assert told.count(201) == 1, told
    assert set(told) <= {201, 202, 412}, told
    assert await _live(claims) == 1


async def test_one_code_lives_however_many_print_at_the_same_moment(claims: Claims) -> None:
    path = f"/orders/{claims.orders['client']}/paper"
    papers = await asyncio.gather(*(claims.world.ask("PLO.merseyside", "POST", path) for _ in range(4)))
    told = {answer.status_code for answer in papers}
    assert {201} <= told <= {201, 412}, told
    async with claims.world.database.write(ALL) as session:
        query = select(ClientCode).where(ClientCode.person_id == claims.people["client"])
        [living] = [one for one in await session.scalars(query) if one.ended_at is None]
        again = {name: getattr(living, name) for name in ClientCode.__table__.columns.keys()}  # noqa: SIM118
        with pytest.raises(IntegrityError):  # the database itself refuses a second
            async with session.begin_nested():
                await put(session, ClientCode, **{**again, "id": "0" * 32})
        ended = {"id": "0" * 32, "ended_at": again["started_at"], "end_reason": "replaced"}
        await put(session, ClientCode, **{**again, **ended})  # the control


async def test_who_acts_already_is_told_so_and_a_code_stays(claims: Claims) -> None:
    key, code = await _granted(claims), await claims.code("client", "PLO.merseyside")
    again = (await claims.claim("court", claims.references["client"], code)).json()
    assert (again["confirmed"], again["instruction"]["id"], await _live(claims)) == (True, key, 1)
    assert (await claims.claim("checked", claims.references["client"], code, "LA-1234")).json()["confirmed"]


async def test_a_reference_that_two_forces_hold_names_nobody(claims: Claims) -> None:
    spare = await _another_application(claims)
    async with claims.world.database.write(ALL) as session:
        twin = {"application_id": spare, "person_id": claims.people["away"]}
        at = {"court": "C47LW00", "created_at": claims.world.now}
        await put(
            session,
            Order,
            force_id="sussex",
            id="f" * 32,
            reference=claims.references["client"],
            **twin,
            **at,
        )
    answer = await claims.claim("court", claims.references["client"], claims.codes["right"])
    assert (answer.status_code, answer.json()["confirmed"]) == (202, False)


async def _another_application(claims: Claims) -> str:
    """One more application for the person elsewhere, so that an order may hang on it."""
    body = {"person_id": claims.people["away"], "facts": {**CASE, "court": "C47LW00"}}
    view = await claims.world.done("PLO.sussex", "POST", "/applications", body)
    return str(view["id"])


async def test_no_two_accounts_have_one_number(claims: Claims) -> None:
    world = claims.world
    path = f"/accounts/{world.tokens.actors['stranger'].account_id}/solicitor"
    body = {"sra_number": "111111", "firm": "Birk and Partners", "checked_with": "The register"}
    assert (await world.ask("ADM.merseyside", "POST", path, body)).status_code == 409
    invited = {"name": "Somebody Else", "roles": ["SOL"], "sra_number": "111111", "firm": "Birk"}
    answer = await world.ask("ADM.merseyside", "POST", "/accounts", invited)
    assert answer.json()["errors"][0]["field"] == "sra_number"
