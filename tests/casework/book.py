"""A force's book: what it holds, written straight into its tables, for tests that count by hand."""

from datetime import UTC, date, datetime
from typing import Any

from svro.law import breaches
from svro.law.eligibility import Facts
from svro.law.search import SearchRecord
from svro.records import Database
from svro.records.base import put
from svro.records.duties import ActDetails, Investigation, InvestigationAct
from svro.records.orders import (
    Application,
    ApplicationAct,
    ApplicationFacts,
    Order,
    OrderAct,
    StageDetails,
)
from svro.records.people import (
    Account,
    CustodyFacts,
    CustodyVersion,
    Force,
    Names,
    Person,
    PersonFacts,
    PersonVersion,
)
from svro.records.reach import ALL
from svro.records.searches import Search, SearchVersion

MADE = datetime(2024, 4, 2, 10, tzinfo=UTC)
CLERK = "c" * 32


class Book:
    """What a force holds, written straight into its tables."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.n = 0

    def id(self) -> str:
        self.n += 1
        return f"{self.n:032x}"

    async def open(self) -> None:
        async with self.database.write(ALL) as session:
            for force in ("merseyside", "sussex"):
                await put(session, Force, id=force, name=force)
            await put(session, Account, id=CLERK, name="Clara Clerk", created_at=MADE)

    async def person(
        self, ethnicity: str | None, *, force: str = "merseyside", known_at: datetime = MADE, **facts: Any
    ) -> str:
        person = self.id()
        async with self.database.write(ALL) as session:
            await put(session, Person, force_id=force, id=person, created_at=known_at, created_by=CLERK)
        await self.says(person, 1, ethnicity, force=force, known_at=known_at, **facts)
        return person

    async def says(
        self,
        person: str,
        n: int,
        ethnicity: str | None,
        *,
        force: str = "merseyside",
        known_at: datetime = MADE,
        **more: Any,
    ) -> None:
        facts = PersonFacts(name=Names(family=f"Invented{person[-4:]}"), self_ethnicity=ethnicity, **more)
        async with self.database.write(ALL) as session:
            await put(
                session, PersonVersion, force_id=force, person_id=person, n=n, facts=facts,
                family_key="invented", words_version="words-1", recorded_at=known_at, recorded_by=CLERK,
            )  # fmt: skip

    async def consider(self, person: str, *acts: str, at: datetime = MADE) -> None:
        """An application for the person, begun and taken through these acts in one instant."""
        application = self.id()
        async with self.database.write(ALL) as session:
            await put(
                session, Application, force_id="merseyside", id=application, person_id=person,
                reference=application, created_at=at, created_by=CLERK,
            )  # fmt: skip
            for n, act in enumerate(("consider", *acts), 1):
                await put(
                    session, ApplicationAct, force_id="merseyside", application_id=application, n=n, act=act,
                    at=at, provenance="police", details=StageDetails(), recorded_at=at, recorded_by=CLERK,
                )  # fmt: skip

    async def facts(self, order: str, facts: Facts) -> None:
        """What the application for an order relied on."""
        async with self.database.write(ALL) as session:
            held = await session.get(Order, ("merseyside", order))
            assert held is not None
            await put(
                session, ApplicationFacts, force_id="merseyside", application_id=held.application_id, n=1,
                facts=facts, court=None, recorded_at=MADE, recorded_by=CLERK,
            )  # fmt: skip

    async def investigation(self, order: str, at: datetime, *acts: tuple[str, breaches.Code | None]) -> str:
        """A suspected offence under s.342G, opened and taken through these acts and limbs."""
        inquiry = self.id()
        async with self.database.write(ALL) as session:
            await put(
                session, Investigation, force_id="merseyside", id=inquiry, order_id=order, reference=inquiry,
                conduct_at=at, conduct="Invented", created_at=at,
            )  # fmt: skip
            for n, (act, limb) in enumerate(acts, 1):
                await put(
                    session, InvestigationAct, force_id="merseyside", investigation_id=inquiry, n=n, act=act,
                    at=at, limb=limb, corrects=None, details=ActDetails(), provenance="police",
                    recorded_at=at, recorded_by=CLERK,
                )  # fmt: skip
        return inquiry

    async def order(self, person: str, *acts: dict[str, Any], force: str = "merseyside") -> str:
        """An order of the person: by default made on 2 April 2024, of immediate effect, for 12 months."""
        order, application = self.id(), self.id()
        made = {"act": "made", "at": MADE, "effect": "immediate", "months": 12, "court": "C05LV00"}
        if force == "sussex":
            made["court"] = "C47LW00"
        async with self.database.write(ALL) as session:
            await put(
                session, Application, force_id=force, id=application, person_id=person, reference=application,
                created_at=MADE, created_by=CLERK,
            )  # fmt: skip
            await put(
                session, Order, force_id=force, id=order, application_id=application, person_id=person,
                reference=order, court="C05LV00", created_at=MADE,
            )  # fmt: skip
            for n, act in enumerate((made, *acts), 1):
                await put(
                    session, OrderAct, force_id=force, order_id=order, n=n, provenance="decision",
                    **({"known_at": act["at"], "as_on_sealed_order": False} | act),
                )  # fmt: skip
        return order

    async def custody(self, person: str, started: date, ended: date | None, **about: Any) -> None:
        async with self.database.write(ALL) as session:
            await put(
                session, CustodyVersion, force_id="merseyside", id=self.id(), n=1, person_id=person,
                facts=CustodyFacts(kind="remand", started=started, ended=ended, authority="HMP Nowhere"),
                **({"withdrawn": False, "recorded_at": MADE, "recorded_by": CLERK} | about),
            )  # fmt: skip

    async def search(
        self, order: str | None, at: datetime, *, by: str = "merseyside", of: str = "merseyside", **about: Any
    ) -> str:
        search = self.id()
        async with self.database.write(ALL) as session:
            await put(
                session, Search, force_id=by, id=search, reference=search, account_id=CLERK, created_at=at
            )
        await self.version(search, 1, order, at, by=by, of=of, **about)
        return search

    async def version(
        self, search: str, n: int, order: str | None, at: datetime, *, by: str = "merseyside",
        of: str = "merseyside", same_person: bool | None = True, known_at: datetime | None = None,
        **said: Any,
    ) -> None:  # fmt: skip
        record = SearchRecord(at=at, place="Nowhere Street", **said)
        async with self.database.write(ALL) as session:
            await put(
                session, SearchVersion, force_id=by, search_id=search, n=n, at=at, record=record,
                claimed=order, order_force=of if order else None, order_id=order, same_person=same_person,
                power="yes", findings=(), rules_version="1", recorded_at=known_at or at, recorded_by=CLERK,
            )  # fmt: skip
