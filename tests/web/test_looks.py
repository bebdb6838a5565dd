"""Every door that shows somebody's data says so to the access log, once; and what people see of the log."""

import itertools
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
from litestar.handlers import HTTPRouteHandler
from sqlalchemy import select

from svro.casework.matrix import MATRIX, OPENS_NOTHING
from svro.doors import permissions_of
from svro.gate import opens
from svro.records.access_log import AccessEntry
from svro.records.reach import ALL
from tests.api.test_access_log import Broken
from tests.web.conftest import CASEWORK, STAFF, World
from tests.web.seeded import Seeded, ask, seed
from tests.web.test_browser import Site


def test_every_permission_that_opens_nothing_is_one_and_the_rest_open_personal_data() -> None:
    assert OPENS_NOTHING - set(MATRIX) == set()
    for opening in ("person:read", "order:status_check", "search:record", "calendar:read", "access_log:read"):
        assert opens((opening,), {}), opening
    assert not opens(("person:create",), {"blank": True})
    assert not opens(("report:read_aggregate",), {})


class Watch:
    """Every answer of one client, each with the entries of the log that it left."""

    def __init__(self, world: World) -> None:
        self.world, self.seen = world, set[str]()
        self.found: list[tuple[str, str, int, list[AccessEntry]]] = []

    async def look(self, answer: httpx.Response) -> None:
        async with self.world.database.read(ALL) as session:
            rows = list(await session.scalars(select(AccessEntry)))
        new = [row for row in rows if row.leaf_id not in self.seen]
        self.seen |= {row.leaf_id for row in new}
        self.found.append((answer.request.method, answer.request.url.path, answer.status_code, new))


def _doors(world: World) -> list[tuple[str, str, HTTPRouteHandler]]:
    return [
        (method, route.path, handler)
        for route in world.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
        if method not in ("OPTIONS", "HEAD")
    ]


async def _walk(world: World, client: httpx.AsyncClient, there: Seeded) -> set[tuple[str, str]]:
    """Ask each door that reads, as the first role that it answers: the doors that answered."""
    fills = Site(address="", app=world.app, there=there).fills() | {"name": ["disproportionality"]}
    answered = set()
    for method, path, _ in _doors(world):
        parts = [part for part in path.split("/") if part.startswith("{")]
        if method != "GET" or (
            path.startswith(("/static", "/health", "/api")) and not path.startswith("/api/v1")
        ):
            continue
        names = [part[1:-1].split(":")[0] for part in parts]
        if path.startswith("/help/") or not set(names) <= set(fills):
            continue  # a door of personal data that is not asked is missed, below
        for values, role in itertools.product(itertools.product(*(fills[name] for name in names)), STAFF):
            address = path
            for part, value in zip(parts, values, strict=True):
                address = address.replace(part, value)
            query = {"family_name": "Quill"} if path == "/api/v1/people" else {}
            headers = {"Cookie": f"as={role}", "Svro-Purpose": "casework", "Svro-Reference": "OP-2025-0314"}
            if path.startswith("/api/"):
                headers["Authorization"] = "Bearer any"
            answer = await client.get(address, params=query, headers=headers)
            if answer.status_code == 200:
                answered.add((method, path))
                break
    return answered


async def test_every_door_that_shows_somebodys_data_leaves_one_entry_that_names_them(world: World) -> None:
    watch = Watch(world)
    for actor in STAFF.values():
        world.cookies.why[actor.account_id] = CASEWORK
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]
        base_url="https://svro.test",
        event_hooks={"response": [watch.look]},
    ) as client:
        there = await seed(client)
        check = {"order_reference": there.order_reference}
        await ask(client, "CON", "POST", "/status-checks", check)
        answered = await _walk(world, client, there)
    doors = {(method, path): handler for method, path, handler in _doors(world)}
    by_template = {(method, _plain(path)): handler for (method, path), handler in doors.items()}
    wrong, named, counted = [], Counter[str](), 0
    for method, path, status, rows in watch.found:
        leaves = {row.leaf_id for row in rows}
        if status >= 400:
            if leaves:
                wrong.append((method, path, status, "an entry for a refusal"))
            continue
        if not leaves:
            handler = _handler(by_template, method, path)
            if status < 300 and (handler is None or opens(permissions_of(handler), handler.opt)):
                wrong.append((method, path, status, "no entry"))
            continue
        counted += 1
        if len(leaves) != 1:
            wrong.append((method, path, status, f"{len(leaves)} entries"))
        if not any(row.subject_id for row in rows) and not path.startswith(MAY_BE_EMPTY):
            wrong.append((method, path, status, "names nobody"))
        named[rows[0].kind] += 1
    assert wrong == [], "\n".join(map(str, wrong))
    missed = {
        (method, path)
        for (method, path), handler in doors.items()
        if method == "GET" and opens(permissions_of(handler), handler.opt) and (method, path) not in answered
        if not path.startswith(ELSEWHERE)
    }
    assert missed == {("GET", "/people/{person_id:str}/consider")}  # it leads on to the person
    assert counted > 60
    assert set(named) == {"consultation", "collection", "alteration"}


ELSEWHERE = (
    "/panels/",
    "/api/v1/panels/",
    "/exports/",
    "/api/v1/search-exports/",
    "/api/v1/access-extracts/",
    "/disclosure/",
    "/api/v1/disclosure-",
    "/api/v1/documents/",
)
"""Walked where there is a panel, an export, an extract, a request for disclosure or a document."""
MAY_BE_EMPTY = (
    "/panels",
    "/api/v1/panels",
    "/api/v1/proposals",
    "/proposals",
    "/alerts",  # an alert, like an export, carries a reference only
    "/api/v1/alerts",
    "/exports",
    "/api/v1/search-exports",
    "/api/v1/access-extracts",
    "/api/v1/access-log",
    "/api/v1/access-questions",
    "/access-log",
    "/looks",
    "/disclosure",
    "/api/v1/disclosure-",
    "/api/v1/instructions",  # a claim that is not confirmed
)
"""Reading the log is a look at the log: it names a person only where one was asked for."""


def _plain(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))


def _handler(doors: dict[tuple[str, str], Any], method: str, path: str) -> Any:
    """The handler of a concrete path: the template with the most plain parts that fits."""
    parts = path.split("/")
    fitting = [
        (template.count("*"), handler)
        for (of, template), handler in doors.items()
        if of == method
        and len(template.split("/")) == len(parts)
        and all(t in ("*", p) for t, p in zip(template.split("/"), parts, strict=True))
    ]
    return min(fitting, key=lambda pair: pair[0])[1] if fitting else None


async def test_people_see_what_they_looked_at_and_the_auditor_what_to_ask(world: World) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]
        base_url="https://svro.test",
    ) as client:
        there = await seed(client)
    supervisor = world.browser("SUP")
    await supervisor.get(f"/people/{there.person_id}")
    await supervisor.get("/")
    page = await supervisor.follow("What you looked at")
    assert page.status == 200
    assert f"/people/{there.person_id}" in page.hrefs()
    assert "OP-2025-0314" in page.text
    assert f"{datetime.now(UTC).year}" in page.text  # the real day, whatever the law's clock says
    assert (await supervisor.get("/access-log")).status == 403
    other = msgspec.structs.replace(STAFF["DIS"], account_id="d" * 32, name="Orla Unallocated")
    await world.hire("DIS2", other)
    officer = world.browser("DIS2")
    assert (await officer.get(f"/people/{there.person_id}/looks")).status == 404  # not allocated
    auditor = world.browser("AUD")
    page = await auditor.get(f"/people/{there.person_id}/looks")
    assert "Selwyn Underhay" in page.text
    page = await auditor.get("/access-log")
    assert "Perdita Larkspur" in page.text
    page = await auditor.send({"person_id": there.person_id})
    assert page.status == 200, page.text
    assert "Looks by your force" in page.text
    page = await auditor.get("/access-log?person_id=x")
    assert "There is a problem" in page.text
    page = await auditor.get("/access-log/questions")
    page = await auditor.follow("Looked at their own record")
    page = await auditor.send({})
    assert page.status == 400
    page = await auditor.send({"outcome": "referred", "reason": "Told their superintendent"})
    assert page.path == "/access-log/questions"
    assert "Nothing is open" in page.text
    page = await auditor.get("/access-log/declared")
    said = {"account_id": STAFF["PLO"].account_id, "person_id": there.person_id}
    assert (await auditor.send({**said, "person_id": "x"})).status == 400
    await auditor.get("/access-log/declared")
    page = await auditor.send(said)
    assert page.path == "/access-log/questions"
    page = await auditor.follow("See these looks")
    assert "Perdita Larkspur" in page.text
    oversight = world.browser("OVR")
    page = await oversight.get("/access-log")
    assert "Looks by day" in page.text
    assert "Perdita Larkspur" not in page.text
    assert (await oversight.get("/access-log/questions")).status == 200


async def test_a_page_whose_look_cannot_be_kept_shows_nothing(world: World) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]
        base_url="https://svro.test",
    ) as client:
        there = await seed(client)
    world.cookies.why[STAFF["SUP"].account_id] = CASEWORK
    paths = [
        path.format(**msgspec.structs.asdict(there))
        for path in (
            "/people/{person_id}",
            "/orders/{order_id}",
            "/orders/{order_id}/duties",
            "/searches",
            "/",
        )
    ]
    client = world.browser("SUP").client
    for path in paths:
        assert (await client.get(path)).status_code == 200, path  # the control
    async with Broken(world, "access_entries"):
        for path in paths[:-1]:
            answer = await client.get(path)
            assert answer.status_code == 503, path
            assert "Quillfeather" not in answer.text
            assert there.order_reference not in answer.text


async def test_two_auditors_hand_over_the_access_log_and_one_takes_the_file(world: World) -> None:
    await world.hire("AUD2", msgspec.structs.replace(STAFF["AUD"], account_id="d" * 32, name="Ida Vane"))
    auditor, other = world.browser("AUD"), world.browser("AUD2")
    asked = {
        "first_day-day": "10", "first_day-month": "3", "first_day-year": "2025", "last_day-day": "14",
        "last_day-month": "3", "last_day-year": "2025", "recipients": "The regulator", "reason": "They asked",
    }  # fmt: skip
    await auditor.get("/access-log/extracts/new")
    page = await auditor.send({**asked, "last_day-day": "9"})
    assert (page.status, "must be at most" in page.text) == (400, True)
    page = await auditor.send(asked)
    assert page.path.startswith("/proposals/")
    await other.get(page.path.split("?")[0] + "/answer")
    page = await other.send({"answer": "approve"})
    assert "Approved and done" in page.text
    page = await auditor.get("/access-log/extracts")
    assert "The regulator" in page.text
    form = page.forms[-1]
    for kind in ("csv", "json"):
        answer = await auditor.client.post(form.action, data={**dict(form.values), "format": kind})
        said = answer.headers["content-disposition"]
        assert (answer.status_code, f"access-log.{kind}" in said) == (200, True)


async def test_an_incident_list_is_added_by_page(world: World) -> None:
    auditor = world.browser("AUD")
    page = await auditor.get("/access-log/incidents")
    token = dict(page.forms[-1].values)["_csrf_token"]

    async def send(content: bytes) -> httpx.Response:
        return await auditor.client.post(
            "/access-log/incidents", data={"_csrf_token": token}, files={"list": ("list.csv", content)}
        )

    done = await send(b"reference,date\nLOG-1,14/03/2025\n")
    assert (done.status_code, "1 rows read, 1 references new" in done.text) == (200, True)
    wrong = await send(b"number\n1\n")
    assert (wrong.status_code, "a column named reference" in wrong.text) == (400, True)
    assert (await send(b"\xff\xfe")).status_code == 400
    without = await auditor.client.post("/access-log/incidents", data={"_csrf_token": token})
    assert (without.status_code, "choose a file" in without.text) == (400, True)
    assert (await world.browser("SUP").get("/access-log/incidents")).status == 403


async def test_what_is_looked_through_for_the_start_page_and_not_shown_is_no_look(world: World) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]
        base_url="https://svro.test",
    ) as client:
        there = await seed(client)
    await world.browser("PLO").get("/")
    async with world.database.read(ALL) as session:
        newest = await session.scalars(select(AccessEntry).where(AccessEntry.door == "GET /"))
        shown = {row.subject_id for row in newest}
    assert shown == {there.open_id}
    world.cookies.staff["CON"] = msgspec.structs.replace(STAFF["CON"])
    await world.browser("CON").get("/")
    async with world.database.read(ALL) as session:
        constable = AccessEntry.account_id == STAFF["CON"].account_id
        query = select(AccessEntry).where(AccessEntry.door == "GET /", constable)
        assert (await session.scalars(query)).all() == []
