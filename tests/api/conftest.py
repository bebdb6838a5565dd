"""An application on a fresh database of each engine, a clock that tests set, and somebody of each role to ask
it.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from litestar.connection import ASGIConnection

from svro.casework.access import Actor, Purpose
from svro.casework.founding import found
from svro.casework.matrix import ROLES
from svro.records import Database
from svro.records.base import put
from svro.records.people import Account, AccountRole
from svro.records.reach import ALL
from svro.settings import Settings
from tests.served import served

START = datetime.fromisoformat("2024-03-01T09:00:00+00:00")
FORCES = ("merseyside", "sussex", "metropolitan")
COURTS = {"merseyside": "C05LV00", "sussex": "C47LW00", "metropolitan": "C01CY00"}
PURPOSE = {"Svro-Purpose": "casework", "Svro-Reference": "OP-2024-0001"}


class Tokens:
    """A bearer token for each role of each force: `PLO.merseyside`."""

    def __init__(self) -> None:
        self.actors: dict[str, Actor] = {}

    async def actor(
        self, connection: ASGIConnection[Any, Any, Any, Any], *, bearer: str | None
    ) -> Actor | None:
        return self.actors.get(bearer or "")

    async def remember(self, connection: ASGIConnection[Any, Any, Any, Any], why: Purpose) -> None:
        raise AssertionError("pages only")


class World:
    """The application, its clocks (`real` is the machine's unless set), and clients."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START
        self.real: datetime | None = None
        self.tokens = Tokens()
        self.app = served(
            Settings(secure_cookies=False),
            database,
            clock=lambda _: self.now,
            real=lambda _: self.real or datetime.now(UTC),
            sign_in=self.tokens,
        )
        self.transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]

    async def settle(self) -> None:
        """Found the deployment and give everybody an account."""
        async with self.database.write(ALL) as session:
            await found(session, "live", START)
            for force in FORCES:
                for role in (role for role in ROLES if role != "ANON"):
                    name = f"{role}.{force}"
                    actor = Actor(
                        account_id=(name.encode().hex() + "0" * 32)[:32],
                        name=name,
                        roles=frozenset({role}),
                        force_id=None if role in ("CLK", "CPS", "SOL") else force,
                        court=COURTS[force] if role == "CLK" else None,
                        fresh=True,
                    )
                    self.tokens.actors[name] = actor
                    await put(
                        session,
                        Account,
                        id=actor.account_id,
                        name=name,
                        force_id=actor.force_id,
                        court=actor.court,
                        created_at=START,
                    )
                    await put(session, AccountRole, account_id=actor.account_id, role=role, started_at=START)

    def at(self, instant: str) -> None:
        """Set the clock."""
        self.now = datetime.fromisoformat(instant)

    def client(self, who: str | None, **headers: str) -> httpx.AsyncClient:
        """A client signed in as `ROLE.force`, with a purpose; or signed out."""
        sent = {} if who is None else {"Authorization": f"Bearer {who}", **PURPOSE}
        return httpx.AsyncClient(
            transport=self.transport, base_url="http://svro.test", headers=sent | headers
        )

    async def ask(
        self,
        who: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: int | None = None,
        **headers: str,
    ) -> httpx.Response:
        """One request under /api/v1."""
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        async with self.client(who) as client:
            return await client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def done(
        self,
        who: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: int | None = None,
        **headers: str,
    ) -> Any:
        """One request that must succeed: its JSON."""
        answer = await self.ask(who, method, path, body, version=version, **headers)
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def hire(self, role: str, force: str) -> str:
        """One more of a role: their token."""
        name = f"{role}2.{force}"
        if name in self.tokens.actors:
            return name
        first = self.tokens.actors[f"{role}.{force}"]
        actor = msgspec.structs.replace(first, name=name, account_id=(name.encode().hex() + "0" * 32)[:32])
        self.tokens.actors[name] = actor
        place = {"force_id": actor.force_id, "court": actor.court}
        async with self.database.write(ALL) as session:
            await put(session, Account, id=actor.account_id, name=name, created_at=START, **place)
            await put(session, AccountRole, account_id=actor.account_id, role=role, started_at=START)
        return name

    async def allocate(self, who: str, person: str, by: str = "SUP.merseyside") -> None:
        """The supervisor allocates somebody to a person's case."""
        body = {"account_id": self.tokens.actors[who].account_id, "reason": "works on it"}
        await self.done(by, "POST", f"/people/{person}/allocations", body)

    async def agreed(self, answer: httpx.Response, by: str) -> Any:
        """A second person agrees to what waits: the proposal then."""
        assert answer.status_code == 202, (answer.status_code, answer.text)
        return await self.done(by, "POST", f"/proposals/{answer.json()['id']}/approve", {})

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        from sqlalchemy import text

        async with self.database.read(ALL) as session:
            return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    """A founded deployment with three forces, on each engine."""
    made = World(database)
    await made.settle()
    return made


CASE: Mapping[str, Any] = {
    "on_day": "2024-03-01",
    "offence_code": "CJ88144",
    "offence_from": "2023-11-20",
    "conviction_date": "2024-02-26",
    "court": "C05LV00",
    "item": "bladed article",
    "item_description": "Kitchen knife",
    "own_had": True,
    "own_had_evidence": "Found in the waistband on arrest",
    "necessity": [{"purpose": "protect-public", "evidence": "Third conviction in two years"}],
}


async def considered(
    world: World, person: Mapping[str, Any], force: str = "merseyside", **case: Any
) -> dict[str, Any]:
    """A person and an application for them, considered with its facts: the application's view."""
    made = await world.done(f"PLO.{force}", "POST", "/people", dict(person))
    facts = {**CASE, "court": COURTS[force], **case}
    view: dict[str, Any] = await world.done(
        f"PLO.{force}", "POST", "/applications", {"person_id": made["id"], "facts": facts}
    )
    return view


async def to_court(world: World, view: Mapping[str, Any], force: str = "merseyside") -> dict[str, Any]:
    """Assess, send, serve notice, list: ready for the court's decision."""
    path = f"/applications/{view['id']}"
    now = world.now.isoformat()
    view = await world.done(f"PLO.{force}", "POST", f"{path}/assessments", version=view["version"])
    assert view["assessment"]["answer"] == "eligible", view["assessment"]
    view = await world.done(
        f"SUP.{force}", "POST", f"{path}/acts", {"act": "send_to_cps"}, version=view["version"]
    )
    day = now[:10]
    step = {"act": "serve_notice", "date": day, "served_on": ["court officer", "defendant"]}
    view = await world.done(f"PLO.{force}", "POST", f"{path}/acts", step, version=view["version"])
    step = {"act": "list_hearing", "date": day, "court": COURTS[force]}
    view = await world.done(f"CLK.{force}", "POST", f"{path}/acts", step, version=view["version"])
    return dict(view)


async def granted(
    world: World, view: Mapping[str, Any], force: str = "merseyside", **terms: Any
) -> dict[str, Any]:
    """The clerk records that the court made the order: the application's view, with the order's id."""
    body = {
        "outcome": "granted",
        "court": COURTS[force],
        "at": world.now.isoformat(),
        "effect": "immediate",
        "months": 24,
        **terms,
    }
    made: dict[str, Any] = await world.done(
        f"CLK.{force}", "POST", f"/applications/{view['id']}/decisions", body, version=view["version"]
    )
    return made
