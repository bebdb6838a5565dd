"""A small world made through the doors, so that every row has its entry; a log with a key, and a witness."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from svro.casework.founding import found, open_account
from svro.casework.matrix import ROLES
from svro.records import Database, notes, sealing
from svro.records.reach import ALL
from tests.api.conftest import COURTS, FORCES, START, World, considered, granted, to_court

LOG_KEY = notes.Key.of("svro.test/log", notes.LOG, bytes(range(32)))
WITNESS_KEY = notes.Key.of("witness.test", notes.COSIGNER, bytes(range(32, 64)))
PERSON = {
    "family_name": "Quillfeather",
    "given_name": "Barnaby",
    "date_of_birth": "1994-05-06",
    "home": "14 Cutlass Row, Bootle",
    "pnc_id": "02/73319Z",
}


class Evidence(World):
    """A world whose staff were given their accounts, each with its entry."""

    async def settle(self) -> None:
        async with self.database.write(ALL) as session:
            await found(session, "live", START)
            for force in FORCES[:1]:
                for role in (role for role in ROLES if role != "ANON"):
                    self.tokens.actors[f"{role}.{force}"] = await open_account(
                        session,
                        f"{role} of {force}",
                        (role,),
                        START,
                        force_id=None if role in ("CLK", "CPS", "SOL") else force,
                        court=COURTS[force] if role == "CLK" else None,
                    )
                    if role != "AUD":  # who decides on erasures, and proves it then
                        self.fresh(f"{role}.{force}")

    def fresh(self, who: str) -> None:
        """They have just proved who they are."""
        self.tokens.actors[who] = msgspec.structs.replace(self.tokens.actors[who], fresh=True)

    async def seal(self) -> str:
        """Seal what is new: the note."""
        async with self.database.write(ALL) as session:
            made = await sealing.seal(session, LOG_KEY, self.now)
        assert made is not None
        return made.note

    async def case(self, **person: Any) -> dict[str, Any]:
        """A person with an order and a search under it: the application's view."""
        self.at("2024-03-01T09:00:00+00:00")
        view = await granted(self, await to_court(self, await considered(self, PERSON | person)))
        self.at("2024-03-05T21:30:00+00:00")
        order = await self.done("PLO.merseyside", "GET", f"/orders/{view['order_id']}")
        search = {
            "at": "2024-03-05T21:00:00+00:00",
            "place": "Cutlass Row, Bootle",
            "order_reference": order["reference"],
            "identity": "confirmed",
            "grounds": f"Known to be Barnaby {person.get('family_name', PERSON['family_name'])}",
            "pnc_id": person.get("pnc_id", PERSON["pnc_id"]),
        }
        await self.done("CON.merseyside", "POST", "/searches", search)
        await self.done("CON.merseyside", "POST", "/status-checks", {"order_reference": order["reference"]})
        return view


@pytest.fixture
async def world(database: Database) -> Evidence:
    """A founded deployment, on each engine, with one case; sealed twice."""
    made = Evidence(database)
    await made.settle()
    await made.seal()
    await made.case()
    await made.seal()
    return made


def seconds(at: datetime) -> int:
    """Since 1970, as witnesses count."""
    return int(at.timestamp())
