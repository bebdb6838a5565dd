"""A world in which everybody stands to somebody in each way there is, and an application that forgets what is
done in it, so that each request finds what the one before it found.
"""

import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any, NamedTuple

import httpx
import msgspec
from litestar.connection import ASGIConnection
from PIL import Image
from sqlalchemy import String, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.app import build
from svro.casework.access import Actor, Purpose
from svro.casework.founding import found
from svro.casework.limits import ASKING_WINDOW, Counted, Limit
from svro.casework.matrix import ROLES
from svro.demo.world import LOG_KEY
from svro.law.eligibility import Facts, PriorConviction
from svro.law.notifications import Notification
from svro.law.search import SearchRecord
from svro.records import Database, fence, metadata, sealing
from svro.records.access_log import insertion
from svro.records.base import Base, put
from svro.records.disclosure import DisclosureBundle, DisclosureRequest, DownloadLink, Part
from svro.records.documents import Document, DocumentContent, Representation
from svro.records.duties import (
    ActDetails,
    Change,
    Investigation,
    InvestigationAct,
    NotificationVersion,
    OrderChange,
    SeizedItem,
    SeizureAct,
)
from svro.records.hot import Cells, Hot, Statement
from svro.records.orders import Application, ApplicationAct, ApplicationFacts, Order, OrderAct, StageDetails
from svro.records.panels import Panel, PanelMember, PanelSession
from svro.records.people import (
    Account,
    AccountRole,
    Allocation,
    ConvictionVersion,
    CustodyFacts,
    CustodyVersion,
    Instruction,
    Names,
    Person,
    PersonFacts,
    PersonVersion,
)
from svro.records.reach import ALL, Reach, within
from svro.records.retention import RetentionProposal
from svro.records.searches import Search, SearchVersion
from svro.records.trust import Alert, Exclusion, Proposal, Restriction
from svro.settings import Settings
from tests.casework.reading import Standing
from tests.lines import owned

NOW = datetime.fromisoformat("2024-06-03T12:00:00+00:00")
BEFORE = NOW - timedelta(days=40)
WHY = Purpose("casework", "OP-2024-0001")
HOME, ELSEWHERE = ("merseyside", "C05LV00"), ("sussex", "C47LW00")
PRINCIPALS = tuple(ROLES)
RELATIONS = ("mine", "own", "excluded", "restricted", "other", "ended", "absent", "deleted")
"""How somebody stands to a person: of their force (or court) and allocated or instructed; of their force and
not; allocated and kept out; allocated, and the case kept to others; of another force; once allocated; a
person that there is not; one whose every row is gone.
"""
THINGS = {
    "person": Person,
    "application": Application,
    "order": Order,
    "search": Search,
    "item": SeizedItem,
    "investigation": Investigation,
    "notification": NotificationVersion,
    "change": OrderChange,
    "fact": ConvictionVersion,
    "custody": CustodyVersion,
    "allocation": Allocation,
    "alert": Alert,
    "retention": RetentionProposal,
    "proposal": Proposal,
    "instruction": Instruction,
    "representation": Representation,
    "document": Document,
    "request": DisclosureRequest,
    "bundle": DisclosureBundle,
    "link": DownloadLink,
    "account": Account,
    "panel": Panel,
    "session": PanelSession,
}


def key(kind: str, relation: str) -> str:
    """The id of a thing of a person to whom everybody stands like that."""
    return f"{list(THINGS).index(kind) + 1:02x}{RELATIONS.index(relation):030x}"


def account(role: str) -> str:
    return f"ee{PRINCIPALS.index(role):030x}"


STRANGER = "dd" + "0" * 30


def actor(role: str) -> Actor:
    """Somebody of a role in the home force, or at its court, or of none."""
    return Actor(
        account_id=account(role),
        name=f"The {role}",
        roles=frozenset({role}),
        force_id=None if role in ("CLK", "SOL", "CPS") else HOME[0],
        court=HOME[1] if role == "CLK" else None,
        number="7781" if role == "CON" else None,
        fresh=True,
    )


def standing(role: str, relation: str, thing: str) -> Standing | None:
    """How somebody stands to a thing there, as the matrix asks it; None where there is none."""
    if relation in ("absent", "deleted"):
        return None
    here, allocated = relation != "other", relation in ("mine", "excluded", "restricted")
    who = actor(role)
    if thing == "session" and role == "PAN":  # those of the panels on which they sit
        return Standing(own_force=here and relation != "own")
    if thing in ("alert", "account", "panel", "session"):  # a force's own, whoever it is about
        return Standing(own_force=who.force_id is not None and here)
    if thing == "instruction" and role == "SOL":  # one's own is one's own to end, whatever came after
        return Standing(own_record=relation not in ("own", "other"))
    return Standing(
        own_force=who.force_id is not None and here,
        no_force=who.force_id is None,
        allocated=allocated,
        instructed=allocated and role == "SOL",
        own_court=role == "CLK" and here and thing not in ("search", "item"),
        own_record=role == "CON" and allocated and thing in ("search", "item"),
        excluded=relation == "excluded",
        kept_to_others=relation == "restricted",
    )


class Looked(NamedTuple):
    """An entry that was added to the access log: its leaf, and what its first row says."""

    leaf: str
    account: str | None
    door: str
    kind: str


class Forgetful(Database):
    """A database whose every transaction is undone when it ends. Until it is told to begin anew, `changed`
    counts the rows it changed, `abroad` the changes to rows of the other force, `looks` has each entry that
    was added to the access log, and `work` each statement with how many rows it gave.
    """

    def __init__(self, url: str, *, durable: bool = True, status_key: str | None = None) -> None:
        super().__init__(url, durable=durable, status_key=status_key)
        self.changed = self.abroad = 0
        self.looks: list[Looked] = []
        self.work: list[tuple[str, int]] = []

    def begin_anew(self) -> None:
        """Count from here on."""
        self.changed = self.abroad = 0
        self.looks, self.work = [], []

    def count(self) -> None:
        """Begin to count."""
        for engine in {self.engine.sync_engine, self.reader.sync_engine}:
            event.listen(engine, "after_cursor_execute", self._count)
        self._puts = self.heard(self._put)
        self._puts.__enter__()
        plainly = self.hot.transaction

        @asynccontextmanager
        async def counted(reach: Reach) -> AsyncIterator[Hot]:
            async with plainly(reach) as hot:
                yield _Counted(hot, self)

        self.hot.transaction = counted  # type: ignore[method-assign]

    def _count(self, _c: Any, cursor: Any, statement: str, _given: Any, context: Any, _many: bool) -> None:
        does = statement.lstrip().split(" ", 1)[0].upper()
        if does not in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"):
            return  # a new connection says PRAGMA besides
        self.work.append((statement, len(getattr(cursor, "_rows", ()))))
        if "INSERT INTO access_entries" in statement:
            self.looked(context.compiled_parameters)
        elif does in ("INSERT", "UPDATE", "DELETE"):
            changed = max(cursor.rowcount, 0)
            self.changed += changed
            rows = [] if context.compiled is None else context.compiled_parameters
            self.abroad += changed and any(row.get("force_id") == ELSEWHERE[0] for row in rows)

    def _put(self, statement: str, _values: Sequence[object], given: Mapping[str, object]) -> None:
        rows = statement.count("INSERT INTO")
        self.work.append((statement, rows))
        self.changed += rows
        self.abroad += ELSEWHERE[0] in (given.get("force_id"), given.get("row_force_id"))

    def looked(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note an entry of the access log by its rows; on PostgreSQL the first comes with its leaf."""
        for row in rows:
            said = {name.removeprefix("entry_"): value for name, value in row.items()}
            if said["leaf_id"] not in (look.leaf for look in self.looks):
                self.looks.append(Looked(said["leaf_id"], said["account_id"], said["door"], said["kind"]))

    @asynccontextmanager
    async def write(self, reach: Reach) -> AsyncIterator[AsyncSession]:
        async with self._writing() as session, session.begin() as transaction:
            await within(session, reach)
            yield session
            await transaction.rollback()


class _Counted(Hot):
    """A hot transaction of a forgetful database, whose work is counted with the rest."""

    def __init__(self, hot: Hot, database: Forgetful) -> None:
        self._hot, self._database = hot, database

    async def within(self, reach: Reach) -> None:
        await self._hot.within(reach)

    async def rows(self, statement: Statement, given: Mapping[str, object]) -> list[Cells]:
        found = await self._hot.rows(statement, given)
        if statement is insertion():
            self._database.looked([given])
        self._database.work.append((str(id(statement)), len(found)))
        return found


class Doorkeeper:
    """Who asks is in the request: a token or a cookie names the role, a cookie says that they said why."""

    page = "/sign-in"

    async def actor(
        self, connection: ASGIConnection[Any, Any, Any, Any], *, bearer: str | None
    ) -> Actor | None:
        role = bearer or connection.cookies.get("as")
        if role is None:
            return None
        why = WHY if bearer is None and connection.cookies.get("why") else None
        return msgspec.structs.replace(actor(role), purpose=why)

    async def remember(self, connection: ASGIConnection[Any, Any, Any, Any], why: Purpose) -> None:
        """Nothing is kept here."""


class World:
    """The application on a settled database, and one browser for everybody."""

    def __init__(self, url: str) -> None:
        self.settled = Database(url, durable=False)
        self.database = Forgetful(url, durable=False)
        self.app = build(
            Settings(secure_cookies=False, requests=10**9),
            self.database,
            clock=lambda _: NOW,
            sign_in=Doorkeeper(),
        )
        self.app.state.log_key = LOG_KEY
        self.database.signing_with(LOG_KEY)
        self.app.state.misses = Counted(Limit(10**9, ASKING_WINDOW))  # a walk misses more than anybody may
        self.app.state.note = lambda error, request: None
        logging.getLogger("httpx").setLevel(
            logging.WARNING
        )  # it would tell of each of many thousand requests
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),  # type: ignore[arg-type]
            base_url="http://svro.test",
        )

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        async with self.settled.read(ALL) as session:
            held = {}
            for table in metadata.sorted_tables:
                asked = select(func.count()).select_from(table)
                held[table.name] = int((await session.execute(asked)).scalar_one())
            return held

    async def settle(self) -> None:
        """Everybody, and a person with everything held of one for each way of standing to them."""
        async with self.settled.write(ALL) as session:
            await found(session, "live", BEFORE)
            for role in PRINCIPALS[:-1]:
                who = actor(role)
                place = {"force_id": who.force_id, "court": who.court}
                await put(session, Account, id=who.account_id, name=who.name, created_at=BEFORE, **place)
                await put(session, AccountRole, account_id=who.account_id, role=role, started_at=BEFORE)
            await put(session, Account, id=STRANGER, name="A stranger", force_id=HOME[0], created_at=BEFORE)
            for relation in RELATIONS:
                if relation != "absent":
                    await _hold(session, relation)
        async with self.settled.write(ALL) as session:
            await sealing.seal(session, LOG_KEY, BEFORE)  # so that there is a checkpoint to show
            note = await sealing.newest(session)
            for relation in RELATIONS:
                if relation != "absent" and note is not None:
                    await _hand_over(session, relation, note.size)
        async with owned(self.settled) as session:
            connection = await session.connection()
            await connection.run_sync(fence.lower_fences)
            await _forget(session, "deleted")
            await connection.run_sync(fence.raise_fences)
        self.client.cookies.clear()
        answer = await self.client.get("/help", headers={"Cookie": "as=SUP"})
        self.token = answer.cookies["svro-form"]
        self.client.cookies.clear()
        self.database.count()

    async def close(self) -> None:
        await self.client.aclose()
        await self.database.close()
        await self.settled.close()


async def _forget(session: AsyncSession, relation: str) -> None:
    """Take away every row of a person, as erasure leaves them."""
    ids = {key(kind, relation) for kind in THINGS}
    for table in reversed(metadata.sorted_tables):
        for column in table.columns:
            names = column.name == "id" or column.name.endswith("_id")
            if names and isinstance(column.type, String) and not column.name.startswith("force"):
                await session.execute(table.delete().where(column.in_(ids)))


async def _hold(session: AsyncSession, relation: str) -> None:
    force, court = ELSEWHERE if relation == "other" else HOME
    ids = {kind: key(kind, relation) for kind in THINGS}
    by = {"recorded_at": BEFORE, "recorded_by": account("PLO")}

    async def add(table: type[Base], /, **values: Any) -> None:
        await put(session, table, force_id=force, **values)

    looked_after = {"keeper": force, "sra_number": "333333", "firm": "Larch Row Solicitors"}
    named = f"Account {relation}"
    await put(session, Account, id=ids["account"], name=named, created_at=BEFORE, **looked_after)
    await put(session, AccountRole, account_id=ids["account"], role="SOL", started_at=BEFORE)
    await add(Panel, id=ids["panel"], name=f"Panel {relation}", area="The whole force", **by)
    if relation != "own":
        await add(PanelMember, panel_id=ids["panel"], n=1, account_id=account("PAN"), part="chair", **by)
    days = {"first": BEFORE.date(), "last": BEFORE.date(), "panel_id": ids["panel"]}
    await add(PanelSession, id=ids["session"], reference=f"PANEL-{relation}", **days, **by)
    person = {"person_id": ids["person"]}
    await add(Person, id=ids["person"], created_at=BEFORE, created_by=account("PLO"))
    facts = PersonFacts(name=Names(family="Quillfeather", given=relation))
    held = {"facts": facts, "family_key": "quillfeather", "words_version": "1"}
    await add(PersonVersion, **person, n=1, **held, **by)
    prior = PriorConviction(offence_code="CJ88144", conviction_date=BEFORE.date())
    await add(ConvictionVersion, id=ids["fact"], **person, n=1, facts=prior, **by)
    stay = CustodyFacts(kind="remand", started=BEFORE.date(), authority="HMP Altcourse")
    await add(CustodyVersion, id=ids["custody"], **person, n=1, facts=stay, **by)
    await _case(add, ids, relation, court, by)
    await _searched(add, ids, relation, force, by)
    await _relate(add, ids, relation)
    await _ask(add, ids, relation, by)


async def _case(add: Any, ids: dict[str, str], relation: str, court: str, by: dict[str, Any]) -> None:
    application = {"application_id": ids["application"]}
    about = {"person_id": ids["person"], "reference": f"APP-{relation}"}
    made = {"created_at": BEFORE, "created_by": account("PLO")}
    await add(Application, id=ids["application"], **about, **made)
    await add(ApplicationFacts, **application, n=1, facts=Facts(on_day=BEFORE.date()), court=court, **by)
    for n, act in enumerate(("consider", "assess", "send_to_cps", "list_hearing"), start=1):
        said = {"act": act, "at": BEFORE, "provenance": "police", "details": StageDetails()}
        await add(ApplicationAct, **application, n=n, **said, **by)
    order = {"order_id": ids["order"]}
    named = {"person_id": ids["person"], "reference": f"SVRO-{relation}", "court": court}
    await add(Order, id=ids["order"], **application, **named, created_at=BEFORE)
    terms = {"act": "made", "at": BEFORE, "known_at": BEFORE, "court": court, "effect": "immediate"}
    await add(OrderAct, **order, n=1, **terms, months=12, provenance="decision", recorded_by=account("CLK"))
    said_first = Notification(kind="first", given_at=BEFORE)
    await add(NotificationVersion, id=ids["notification"], n=1, **order, facts=said_first, **by)
    sought = Change(
        step="vary",
        applicant="chief-officer-believes",
        court=court,
        grounds="x",
        changed="x",
        earlier="x",
        sought_on=BEFORE.date(),
        force=None,
    )
    await add(OrderChange, id=ids["change"], n=1, **order, facts=sought, **by)
    began = {"conduct_at": BEFORE, "conduct": "Said no", "created_at": BEFORE}
    await add(Investigation, id=ids["investigation"], **order, reference=f"INV-{relation}", **began)
    opened = {"act": "opened", "at": BEFORE, "limb": "d", "details": ActDetails(), "provenance": "police"}
    await add(InvestigationAct, investigation_id=ids["investigation"], n=1, **opened, **by)


async def _searched(add: Any, ids: dict[str, str], relation: str, force: str, by: dict[str, Any]) -> None:
    who = account("CON") if relation in ("mine", "excluded", "restricted") else STRANGER
    search = {"search_id": ids["search"]}
    await add(Search, id=ids["search"], reference=f"SEARCH-{relation}", account_id=who, created_at=BEFORE)
    await add(
        SearchVersion,
        **search,
        n=1,
        at=BEFORE,
        record=SearchRecord(at=BEFORE, place="Church Street"),
        person_id=ids["person"],
        order_force=force,
        order_id=ids["order"],
        claimed=f"SVRO-{relation}",
        power="yes",
        findings=(),
        rules_version="1",
        **by,
    )
    thing = {"reference": f"ITEM-{relation}", "description": "Lock knife", "property_regulations": False}
    await add(SeizedItem, id=ids["item"], **search, **thing, created_at=BEFORE)
    await add(SeizureAct, item_id=ids["item"], n=1, act="seized", at=BEFORE, details=ActDetails(), **by)


async def _relate(add: Any, ids: dict[str, str], relation: str) -> None:
    person = {"person_id": ids["person"], "reason": "x", "started_at": BEFORE}
    ended = {"ended_at": NOW - timedelta(days=1)} if relation == "ended" else {}
    n = RELATIONS.index(relation)
    await add(Allocation, id=ids["allocation"], account_id=STRANGER, **person)
    for number, role in enumerate(PRINCIPALS[:-1]):
        unique = f"{n:016x}{number:014x}"
        if relation not in ("own", "other"):
            await add(Allocation, id=f"a1{unique}", account_id=account(role), **person, **ended)
        if relation == "excluded":
            await add(Exclusion, id=f"a2{unique}", account_id=account(role), declared=False, **person)
    acts = {"verified_by": "Court record", "person_id": ids["person"], "started_at": BEFORE}
    whose = STRANGER if relation in ("own", "other") else account("SOL")
    await add(Instruction, id=ids["instruction"], account_id=whose, **acts, **ended)
    cause = f"a5{n:030x}"
    await add(Exclusion, id=cause, account_id=STRANGER, declared=False, **person)
    about = {"reference": f"ALERT-{relation}", "about": cause, "raised_at": BEFORE, "due_at": NOW}
    await add(Alert, id=ids["alert"], kind="excluded", **about)
    by = {"recorded_at": BEFORE, "recorded_by": account("PLO")}
    asked = {"person_id": ids["person"], "reason": "request", "explanation": "x"}
    await add(RetentionProposal, id=ids["retention"], **asked, **by)
    change = {"which": "kept out", "account_id": STRANGER, "change": "remove", "reason": "No cousin"}
    waits = {"act": "lists", "permission": "restriction:edit", "about": ids["person"], "version": 0}
    said = {"reference": f"person {relation}", "command": json.dumps(change), "proposed_by": STRANGER}
    times = {"proposed_at": BEFORE, "expires_at": NOW + timedelta(days=1)}
    await add(Proposal, id=ids["proposal"], **waits, **said, **times)
    if relation == "restricted":
        await add(Restriction, id=f"a4{n:030x}", account_id=STRANGER, **person)


def picture() -> bytes:
    """A picture of 40 by 30."""
    made = BytesIO()
    Image.new("RGB", (40, 30), "ivory").save(made, "PNG")
    return made.getvalue()


async def _ask(add: Any, ids: dict[str, str], relation: str, by: dict[str, Any]) -> None:
    """What the defence deals with: a representation, a document on the order, a request."""
    said = {"sra_number": "222222", "reference": "LA-1234", "checked_with": "The portal"}
    at = {"person_id": ids["person"], "started_at": BEFORE, "recorded_by": account("DIS")}
    kind = "representation-reference"
    await add(Representation, id=ids["representation"], kind=kind, **said, **at)
    content = picture()
    is_ = {"media_type": "image/png", "size": len(content), "sha256": sha256(content).hexdigest()}
    await add(Document, id=ids["document"], order_id=ids["order"], title=f"DOC-{relation}", **is_, **by)
    await add(DocumentContent, document_id=ids["document"], content=content)
    asked = {"purpose": "trial", "scope": ("order", "documents"), "details": "All of it"}
    who = {"person_id": ids["person"], "account_id": account("SOL"), "received_at": BEFORE}
    await add(DisclosureRequest, id=ids["request"], reference=f"DISC-{relation}", **asked, **who)


async def _hand_over(session: AsyncSession, relation: str, checkpoint: int) -> None:
    """An answer to the request, issued under a checkpoint, and a link to it whose secret is its id."""
    force = ELSEWHERE[0] if relation == "other" else HOME[0]
    bundle, link = key("bundle", relation), key("link", relation)
    issued = {"known_at": BEFORE, "checkpoint": checkpoint, "issued_at": BEFORE, "issued_by": account("DIS")}
    whose = {"person_id": key("person", relation), "account_id": account("SOL"), "sections": ("order",)}
    part = Part(name=f"disclosure-{relation}-1.zip", sha256="0" * 64, size=1)
    here = {"request_id": key("request", relation), "issue": 1}
    await put(session, DisclosureBundle, force_id=force, **here, id=bundle, parts=(part,), **issued, **whose)
    lasts = {"made_at": NOW - timedelta(hours=1), "expires_at": NOW + timedelta(hours=23)}
    secret = sha256(link.encode()).hexdigest()
    await put(session, DownloadLink, force_id=force, id=link, bundle_id=bundle, token_hash=secret, **lasts)
