"""A small invented world with a solicitor, two disclosure officers and a log that is sealed: the same ids and
salts each time, so that what is handed over can be compared word for word.
"""

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest

from svro.casework.access import Actor, Purpose
from svro.casework.founding import found, open_account
from svro.records import Database, notes, sealing
from svro.records.base import drawn_from, new_id, put
from svro.records.ledger import Entry, append
from svro.records.people import Instruction
from svro.records.reach import ALL
from tests.api.conftest import COURTS, START, World, considered, granted, to_court

LOG_KEY = notes.Key.of("svro.test/log", notes.LOG, bytes(range(32)))
PERSON = {
    "family_name": "Quillfeather",
    "given_name": "Barnaby",
    "date_of_birth": "1994-05-06",
    "self_ethnicity": "W1",
    "home": "14 Cutlass Row, Bootle",
    "pnc_id": "02/73319Z",
}
WHY = Purpose("disclosure", "DISC-1")
ROLES = ("PLO", "SUP", "CON", "DIS", "CLK", "AUD", "SOL")
NAMES = {
    "PLO": "Perdita Larkspur",
    "SUP": "Selwyn Underhay",
    "SUP2": "Sabine Holloway",
    "CON": "Corin Nettlebed",
    "DIS": "Dorcas Inchbald",
    "DIS2": "Dunstan Merriweather",
    "CLK": "Clement Kestrelgill",
    "AUD": "Aubrey Doublethwaite",
    "SOL": "Solange Birkwhistle",
    "SOL2": "Silas Threlkeld",
}


class Case(World):
    """One force's staff and two solicitors, and the steps of a case."""

    async def settle(self) -> None:
        self.database.signing_with(LOG_KEY)
        async with self.database.write(ALL) as session:
            await found(session, "live", START)
            for key, name in NAMES.items():
                role = key.rstrip("2")
                outside = role in ("CLK", "SOL")
                self.tokens.actors[f"{key}.merseyside"] = msgspec.structs.replace(
                    await open_account(
                        session,
                        name,
                        (role,),
                        START,
                        force_id=None if outside else "merseyside",
                        court=COURTS["merseyside"] if role == "CLK" else None,
                    ),
                    fresh=True,
                )

    def who(self, key: str) -> Actor:
        """Somebody with a purpose."""
        return msgspec.structs.replace(self.tokens.actors[f"{key}.merseyside"], purpose=WHY)

    async def by(self, key: str, *rest: Any, **more: Any) -> Any:
        """One request to the API that must succeed."""
        return await self.done(f"{key}.merseyside", *rest, **more)

    async def seal(self) -> None:
        """Seal what is new."""
        async with self.database.write(ALL) as session:
            await sealing.seal(session, LOG_KEY, self.now)

    async def order(self, **person: Any) -> dict[str, Any]:
        """A person with an order: the application's view."""
        view = await granted(self, await to_court(self, await considered(self, PERSON | person)))
        return {**view, "person_id": view["person_id"]}

    async def search(self, reference: str, at: str, **more: Any) -> dict[str, Any]:
        """A search that names an order."""
        said = {
            "at": at,
            "place": "Cutlass Row, Bootle",
            "order_reference": reference,
            "identity": "confirmed",
            "grounds": "Order in effect",
            "reason_for_use": "Seen near the station where knives had been shown",
            "self_ethnicity": "W1",
            "pnc_id": PERSON["pnc_id"],
            "public_place": True,
            "outcome": "nfa",
        }
        return await self.by("CON", "POST", "/searches", {**said, **more})

    async def allocate(self, person: str, *keys: str) -> None:
        """Give people the need to know."""
        for key in keys:
            body = {"account_id": self.who(key).account_id, "reason": "prepares disclosure"}
            await self.by("SUP2", "POST", f"/people/{person}/allocations", body)

    async def instruct(self, person: str, key: str = "SOL") -> None:
        """The solicitor acts for the person."""
        values = {
            "account_id": self.who(key).account_id,
            "person_id": person,
            "verified_by": "Signed authority seen",
            "started_at": self.now,
        }
        async with self.database.write(ALL) as session:
            made = new_id()
            await put(session, Instruction, force_id="merseyside", id=made, **values)
            entry = Entry(
                tag="instruction:verified",
                force="merseyside",
                actor=None,
                subject=made,
                at=self.now,
                facts=values,
            )
            await append(session, entry)

    def at(self, instant: str) -> None:
        """Set both clocks."""
        self.now = self.real = datetime.fromisoformat(instant)


@pytest.fixture
async def chance() -> Iterator[None]:
    """What is drawn in the test is the same each time."""
    with drawn_from(random.Random(20250314)):
        yield


@pytest.fixture
async def world(database: Database) -> Case:
    """A founded deployment on each engine."""
    made = Case(database)
    made.at(START.isoformat())
    await made.settle()
    return made


@pytest.fixture
def world_drawn(database: Database) -> Case:
    """A deployment that is to be founded by the test, within what it draws from."""
    made = Case(database)
    made.at(START.isoformat())
    return made
