"""A world in which solicitors claim clients: who represents whom by the record, and every code there was."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
from sqlalchemy import event

from svro.casework.access import Actor
from svro.records.base import put
from svro.records.people import Account, AccountRole
from svro.records.reach import ALL
from svro.records.trust import Exclusion, Restriction
from tests.api.conftest import START, World, considered, granted, to_court
from tests.documents.planted import code_on

SOLICITORS = {
    "court": "111111",
    "checked": "222222",
    "elsewhere": "333333",
    "struck": "444444",
    "moved": "555555",
    "stranger": "666666",
    "unregistered": None,
}
WRONG_CODE = "0000-0000-0000-0000-Z"
NOBODYS = "SVRO-0000-0000-S"


class Claims(msgspec.Struct):
    """The world, the references by person and kind, and the codes by what became of them."""

    world: World
    people: dict[str, str] = {}
    applications: dict[str, str] = {}
    orders: dict[str, str] = {}
    references: dict[str, str] = {}
    codes: dict[str, str] = {}

    async def claim(
        self, who: str, reference: str, code: str | None = None, represented: str | None = None
    ) -> httpx.Response:
        """One claim by one solicitor."""
        body: dict[str, Any] = {"reference": reference}
        body |= {"client_code": code} if code else {}
        body |= {"representation_reference": represented} if represented else {}
        return await self.world.ask(who, "POST", "/instructions", body)

    async def code(self, person: str, by: str) -> str:
        """Print the person's order: the code on the paper."""
        answer = await self.world.ask(by, "POST", f"/orders/{self.orders[person]}/paper")
        assert answer.status_code == 201, answer.text
        return code_on(answer.content)

    async def represent(self, person: str, who: str, reference: str | None = None) -> Any:
        """The clerk records that a solicitor represents somebody, by the court's record or by a reference."""
        kind = "representation-reference" if reference else "court-record"
        body = {
            "kind": kind,
            "sra_number": SOLICITORS[who],
            "reference": reference,
            "checked_with": "The file",
        }
        return await self.world.done(
            self._clerk(person), "POST", f"/people/{self.people[person]}/representations", body
        )

    @staticmethod
    def _clerk(person: str) -> str:
        return "CLK.sussex" if person == "away" else "CLK.merseyside"


def hired(world: World, name: str, **more: Any) -> Actor:
    """Somebody who can sign in as a solicitor."""
    key = (name.encode().hex() + "0" * 32)[:32]
    actor = Actor(account_id=key, name=name, roles=frozenset({"SOL"}), fresh=True, **more)
    world.tokens.actors[name] = actor
    return actor


async def _solicitors(world: World) -> None:
    async with world.database.write(ALL) as session:
        for name, number in SOLICITORS.items():
            actor, firm = hired(world, name), "Birk and Partners" if number else None
            own = {"sra_number": number, "firm": firm, "keeper": "merseyside"}
            await put(session, Account, id=actor.account_id, name=name, created_at=START, **own)
            await put(session, AccountRole, account_id=actor.account_id, role="SOL", started_at=START)


async def _case(claims: Claims, name: str, force: str = "merseyside", months: int = 24) -> None:
    world = claims.world
    person = {
        "family_name": f"Quillfeather{name}",
        "given_name": "Ambrose",
        "date_of_birth": "1999-05-04",
    }
    view = await granted(
        world, await to_court(world, await considered(world, person, force), force), force, months=months
    )
    claims.people[name], claims.applications[name] = view["person_id"], view["id"]
    claims.orders[name], claims.references[name] = view["order_id"], view["order_reference"]
    claims.references[f"{name}'s application"] = view["reference"]


async def settle(world: World) -> Claims:
    """Five people with an order, and representations and codes of all kinds."""
    claims = Claims(world)
    await _solicitors(world)
    for name in ("client", "over", "kept out", "kept to"):
        await _case(claims, name)
    await _case(claims, "away", "sussex")
    for name, who, reference in REPRESENTED:
        await claims.represent(name, who, reference)
    await _codes(claims)
    await _ends(claims)
    return claims


REPRESENTED = (
    ("client", "court", None),
    ("client", "checked", "LA-1234"),
    ("client", "struck", None),
    ("client", "struck", "LA-4444"),
    ("client", "moved", None),
    ("client", "moved", "LA-5555"),
    ("over", "court", None),
    ("over", "court", "LA-OVER"),
    ("kept out", "court", None),
    ("kept out", "court", "LA-OUT"),
    ("kept to", "court", None),
    ("kept to", "court", "LA-TO"),
    ("away", "elsewhere", None),
    ("away", "elsewhere", "LA-9999"),
)


async def _codes(claims: Claims) -> None:
    plo = "PLO.merseyside"
    claims.codes["over"] = await claims.code("over", plo)
    claims.codes["away"] = await claims.code("away", "PLO.sussex")
    claims.codes["used"] = await claims.code("client", plo)
    answer = await claims.claim("court", claims.references["client"], claims.codes["used"])
    assert (answer.status_code, answer.json()["confirmed"]) == (201, True), answer.text
    end = {"why": "recorded-in-error"}  # so that what the court recorded stands
    await claims.world.done("court", "POST", f"/instructions/{answer.json()['instruction']['id']}/end", end)
    claims.codes["replaced"] = await claims.code("client", plo)
    claims.codes["right"] = await claims.code("client", plo)
    claims.codes["wrong"] = WRONG_CODE


async def _ends(claims: Claims) -> None:
    world, by = claims.world, "ADM.merseyside"
    struck, moved = (world.tokens.actors[name].account_id for name in ("struck", "moved"))
    body = {"sra_number": "444444", "firm": "Birk and Partners", "checked_with": "The register"}
    await world.done(by, "POST", f"/accounts/{struck}/solicitor", {**body, "standing": "not-practising"})
    body |= {"sra_number": "555555", "firm": "Another firm"}
    await world.done(by, "POST", f"/accounts/{moved}/solicitor", body)
    order = await world.done("CLK.merseyside", "GET", f"/orders/{claims.orders['over']}")
    discharge = {"act": "discharged", "at": world.now.isoformat()}
    await world.done(
        "CLK.merseyside", "POST", f"/orders/{claims.orders['over']}/acts", discharge, version=order["version"]
    )
    listed = {"force_id": "merseyside", "reason": "x", "started_at": world.now - timedelta(hours=1)}
    court, somebody = (world.tokens.actors[name].account_id for name in ("court", "SUP.merseyside"))
    async with world.database.write(ALL) as session:
        out = {"person_id": claims.people["kept out"], "account_id": court, "declared": False}
        await put(session, Exclusion, id="e1" + "0" * 30, **out, **listed)
        to = {"person_id": claims.people["kept to"], "account_id": somebody}
        await put(session, Restriction, id="e2" + "0" * 30, **to, **listed)


class Statements:
    """What is sent to the database while it listens, in order: the words of each statement."""

    def __init__(self, world: World) -> None:
        self.sent: list[str] = []
        engines = {world.database.engine.sync_engine, world.database.reader.sync_engine}
        for engine in engines:
            event.listen(engine, "before_cursor_execute", self._note)
        self._puts = world.database.heard(lambda statement, *_values: self.sent.append(statement))
        self._puts.__enter__()

    def _note(self, _c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.sent.append(statement)

    def take(self) -> list[str]:
        """What was sent since the last time."""
        taken, self.sent = self.sent, []
        return taken


def later(at: datetime, **by: float) -> str:
    """A later instant, as the clock of the world takes it."""
    return (at + timedelta(**by)).isoformat()
