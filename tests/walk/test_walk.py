"""Every door, asked by everybody, about a person to whom they stand in every way there is, with a purpose and
without one; and what it answers is what a second reading of the matrix says.

A refusal has its own kind and nothing more, it changes no row, and what is hidden answers byte for byte as
what is not there, after the same work. Whoever is shown somebody's data is in the access log once. On
PostgreSQL either line of defence holds when the other is off.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import pytest

from svro import gate
from tests.casework.reading import Said, reached, said
from tests.lines import first_line_off, second_line_off
from tests.walk.doors import VERSIONS, Door, doors
from tests.walk.world import PRINCIPALS, RELATIONS, THINGS, WHY, Looked, World, account, key, standing

IN_SHORT = ("mine", "other", "absent")
"""The ways of standing that are asked about each time; of the rest a tenth, the same each time."""
STATUS = {"unauthenticated": 401, "not-allowed": 403, "purpose-needed": 403, "missing": 404}


class Case(NamedTuple):
    """One request: at which door, by whom, about whom, with a purpose or without."""

    door: Door
    role: str
    relation: str
    purpose: bool


class Answer(NamedTuple):
    """What came of it, and what it took: `changed` counts the rows that it changed before they were put back,
    `abroad` those of the other force's; `looks` are the entries that the access log got, `work` each
    statement and how many rows it gave.
    """

    response: httpx.Response
    changed: int
    abroad: int
    looks: list[Looked]
    work: list[tuple[str, int]]


def allowed(role: str, permissions: tuple[str, ...], purpose: bool) -> tuple[str, Said]:
    """The first of these permissions that somebody has, with what they reach by it; or the first one's no."""
    answers = [(name, _said(role, name, purpose)) for name in permissions]
    return next((found for found in answers if found[1].no is None), answers[0])


def _said(role: str, permission: str, purpose: bool) -> Said:
    if permission in ("health:read", "help:read", "reference:read", "session:begin"):
        return Said(None, "U")
    return said(frozenset({role}), permission, purpose)


def expected(case: Case) -> str | None:
    """The kind of refusal that the matrix gives to a request, or None."""
    door, role = case.door, case.role
    found = allowed(role, door.permissions, case.purpose)[1]
    if found.no is not None:
        return found.no
    for step in door.chain or ():
        how, names = (
            (step[0], step[1:]) if step[0] in ("has", "may", "in", "seen", "force") else ("reach", step)
        )
        letter, names = (names[0], names[1:]) if how == "in" else ("", names)
        name, found = allowed(role, names, case.purpose)
        if found.no is not None and not (how == "may" and found.no == "purpose-needed"):
            return "missing" if how == "seen" else found.no
        if letter not in found.letters:
            return "not-allowed"
        if how not in ("reach", "seen", "force"):
            continue
        how_they_stand = standing(role, case.relation, str(door.thing))
        if how == "force" and (how_they_stand is None or not how_they_stand.own_force):
            return "missing"
        if how == "force":
            continue
        if how_they_stand is None or not reached(found.letters, how_they_stand, name):
            return "missing"
    return None


async def ask(world: World, case: Case) -> Answer:
    """Send it as a browser or a client would."""
    door, headers = case.door, {}
    content, asked = None, ""
    world.database.begin_anew()
    if door.api:
        if case.role != "ANON":
            headers["Authorization"] = f"Bearer {case.role}"
        if case.purpose:
            headers |= {"Svro-Purpose": WHY.code, "Svro-Reference": WHY.reference}
        if door.method in ("POST", "PUT", "DELETE"):
            headers["If-Match"] = f'"{VERSIONS.get(door.operation or "", 1)}"'
            body = door.body(case.relation)
            content = json.dumps(body).encode() if body is not None else None
            headers["Content-Type"] = "application/json"
    else:
        cookies = [f"svro-form={world.token}"]
        cookies += [f"as={case.role}"] if case.role != "ANON" else []
        cookies += ["why=yes"] if case.purpose else []
        headers |= {"Cookie": "; ".join(cookies), "x-csrftoken": world.token}
        form = urlencode(door.form(case.relation))
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        content, asked = (form.encode(), "") if door.method == "POST" else (None, form)
    address = door.address(case.relation) + (f"?{asked}" if asked else "")
    response = await world.client.request(door.method, address, headers=headers, content=content)
    held = world.database
    return Answer(response, held.changed, held.abroad, held.looks, held.work)


def cases(every: list[Door]) -> list[Case]:
    """The whole product, less what cannot differ: a door to no thing is asked once for each purpose."""
    return [
        Case(door, role, relation, purpose)
        for door, role, relation, purpose in product(every, PRINCIPALS, RELATIONS, (True, False))
        if door.thing is not None or relation == RELATIONS[0]
    ]


def in_short(case: Case) -> bool:
    """Whether a case is among those that are asked each time."""
    if case.purpose and case.relation in IN_SHORT:
        return True
    told = f"{case.door.name} {case.role} {case.relation} {case.purpose}".encode()
    return hashlib.sha256(told).digest()[0] * 10 < 256


def refused(case: Case, kind: str, answer: Answer) -> None:
    """It is refused in its own kind, says no more than that, and has changed nothing."""
    response = answer.response
    told_auditor = kind == "missing" and case.relation == "excluded" and case.role != "ANON"
    assert answer.changed <= (1 if told_auditor else 0), (case, answer.changed)
    if not case.door.api and kind == "purpose-needed":
        assert (response.status_code, response.headers["location"].split("?")[0]) == (303, "/purpose"), case
        return
    assert response.status_code == STATUS[kind], (case, kind, response.status_code, response.text[:300])
    if case.door.api:
        document = response.json()
        assert set(document) == {"type", "title", "status", "detail"}, (case, document)
        assert document["type"] == f"/help/problems#{kind}", (case, document)


def taken(case: Case, answer: Answer) -> None:
    """It is not refused for who asks: it is done, or what was sent is found wanting."""
    status = answer.response.status_code
    if (
        case.door.chain is None
        and case.door.thing is None
        and "{" not in case.door.path
        or case.door.chain is not None
    ):
        assert status not in (401, 403, 404), (case, status, answer.response.text[:300])
    assert status < 500, (case, answer.response.text[:300])


def logged(case: Case, kind: str | None, answer: Answer) -> None:
    """Who is shown somebody's data, or has changed it, is in the access log once, by name and door; who is
    refused is not. A form that is shown again is in it if it shows more than was sent.
    """
    door, status, wanted = case.door, answer.response.status_code, {0}
    if kind is None and door.opens:
        asked_why = answer.response.headers.get("location", "").startswith("/purpose?")
        done = status < 300 or (status == 303 and door.method == "POST" and not asked_why)
        wanted = {1} if done else {0, 1} if status == 400 and not door.api else {0}
    if kind is None and door.name == "GET /":
        wanted = {0, 1}  # the first page shows what waits for whoever has something waiting
    assert len(answer.looks) in wanted, (case, kind, status, answer.looks)
    for look in answer.looks:
        assert (look.account, look.door) == (account(case.role), door.name), (case, look)


class Seen:
    """What must be alike: refusals that hide, to the byte and by the work they took; and the fields that
    people are shown at one door.
    """

    def __init__(self) -> None:
        self.hidden: dict[tuple[str, str, bool], tuple[Any, ...]] = {}
        self.alike = 0
        self.fields: dict[str, set[str]] = {}

    def add(self, case: Case, kind: str | None, answer: Answer) -> None:
        response = answer.response
        if kind == "missing":
            self._hidden(case, answer)
        if kind is None and response.status_code in (200, 201) and case.door.api:
            told = response.json() if "json" in response.headers["content-type"] else None
            if isinstance(told, dict):
                assert self.fields.setdefault(case.door.name, set(told)) == set(told), case

    def _hidden(self, case: Case, answer: Answer) -> None:
        shown = answer.response.content
        alike = (shown, dict(answer.response.headers), answer.work)
        key = (case.door.name, case.role, case.purpose)
        assert self.hidden.setdefault(key, alike) == alike, case
        self.alike += 1


def _less_the_looks(rows: dict[str, int]) -> dict[str, int]:
    """Not counting what remembers who looked: on PostgreSQL the transaction that looks keeps that itself."""
    return {name: n for name, n in rows.items() if name not in REMEMBERED}


REMEMBERED = ("access_entries", "ledger_leaves", "ledger_payloads")


async def walk(world: World, wanted: Callable[[Case], bool], say: str) -> None:
    """Ask at every door, and judge what comes."""
    before, seen, told = _less_the_looks(await world.rows()), Seen(), Counter[str]()
    every = doors(world.app)
    for case in filter(wanted, cases(every)):
        kind, answer = expected(case), await ask(world, case)
        if kind is None:
            taken(case, answer)
        else:
            refused(case, kind, answer)
        logged(case, kind, answer)
        seen.add(case, kind, answer)
        told[kind or "taken"] += 1
        told["changed and put back"] += answer.changed > 0
        told["entries in the access log"] += len(answer.looks)
    assert _less_the_looks(await world.rows()) == before
    guarded = [door.name for door in every if door.chain is None and door.thing is not None]
    print(
        f"{say}: {len(every)} doors, {sum(told[k] for k in (*STATUS, 'taken'))} requests: {dict(told)}; "
        f"{seen.alike} that hide something, alike at each of {len(seen.hidden)} doors and askers; "
        f"asked of the guard alone: {guarded or 'none'}"
    )
    # the control: the meters move where something is done
    assert min(told["changed and put back"], told["entries in the access log"]) > 20
    assert min(told[kind] for kind in STATUS) > 20
    assert len(seen.hidden) < seen.alike


@pytest.fixture
async def world(engine_url: str) -> Any:
    made = World(engine_url)
    await made.settle()
    yield made
    await made.close()


async def test_every_door_answers_everybody_as_the_matrix_says(world: World) -> None:
    await walk(world, in_short, "each time")


@pytest.mark.full
async def test_the_whole_product(world: World) -> None:
    await walk(world, lambda case: True, "whole product")


DOOR = "GET /api/v1/people/{person_id}"


def _case(world: World, relation: str) -> Case:
    door = next(door for door in doors(world.app) if door.name == DOOR)
    return Case(door, "SUP", relation, True)


@pytest.mark.parametrize("times", [0, 1, 2])
async def test_an_entry_too_few_or_too_many_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """The control of what is asked of the access log: whoever keeps it keeps nothing, once or twice."""
    kept = gate.keep

    async def keep(session: Any, by: Any) -> None:
        for _ in range(times):
            await kept(session, by)

    monkeypatch.setattr(gate, "keep", keep)
    case = _case(world, "mine")
    answer = await ask(world, case)
    assert (answer.response.status_code, len(answer.looks)) == (200, times)
    with nullcontext() if times == 1 else pytest.raises(AssertionError):
        logged(case, None, answer)


async def test_a_refusal_that_takes_more_work_than_another_is_noticed(world: World) -> None:
    """The control of what must be alike: a person who is there and hidden is looked up once more."""
    seen, hidden, absent = Seen(), _case(world, "other"), _case(world, "absent")
    for case in (hidden, absent):
        seen.add(case, "missing", await ask(world, case))
    longer = await ask(world, hidden)
    longer.work.append(longer.work[-1])
    with pytest.raises(AssertionError):
        seen.add(hidden, "missing", longer)


def _one_in(n: int, case: Case) -> bool:
    told = f"{case.door.name} {case.role} {case.relation}".encode()
    return hashlib.sha256(told).digest()[1] % n == 0


FOREIGN = re.compile(
    r"(APP|SVRO|SEARCH|ITEM|INV|ALERT|DOC|DISC|PANEL)-other|disclosure-other|(Account|Panel|person) other|"
    r"\bother Quillfeather|Quillfeather, other|:\"other\""
)
"""What is said of another force's people in this world and nowhere else."""


async def _foreign(world: World, wanted: Callable[[Case], bool]) -> tuple[int, int, Counter[str]]:
    """(requests, rows of another force changed, answers by door that say something of its people)."""
    asked, changed, told = 0, 0, Counter[str]()
    ids = [key(kind, "other") for kind in THINGS]
    for case in filter(wanted, cases(doors(world.app))):
        if case.door.thing is not None and case.relation != "other":
            continue
        answer, asked = await ask(world, case), asked + 1
        text = answer.response.text
        assert answer.response.status_code < 500, (case, text[:300])
        shown = FOREIGN.search(text) or (case.door.api and any(one in text for one in ids))
        told[case.door.name] += bool(shown)
        changed += answer.abroad
    return asked, changed, +told


async def nothing_foreign(world: World, wanted: Callable[[Case], bool], say: str) -> None:
    """With the first line off the second shows nobody a word of another force's people; with both off, the
    control, it comes out.
    """
    with first_line_off():
        asked, changed, told = await _foreign(world, wanted)
        print(
            f"first line off, {say}: {asked} requests, {told.total()} foreign rows shown, {changed} changed"
        )
        await world.database.hot.close()
        async with second_line_off(world.settled):
            asked, written, shown = await _foreign(world, lambda case: wanted(case) and case.purpose)
        print(f"both lines off, {say}: {asked} requests, {shown.total()} answers that show foreign rows at "
              f"{len(shown)} doors, {written} changed")  # fmt: skip
    assert (changed, dict(told)) == (0, {})
    assert min(shown.total(), written) > 20


on_postgres_alone = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


@on_postgres_alone
async def test_with_the_first_line_off_nothing_foreign_is_seen(world: World) -> None:
    await nothing_foreign(world, lambda case: _one_in(4, case), "one in four")


@on_postgres_alone
async def test_with_the_second_line_off_the_first_answers_all_the_same(world: World) -> None:
    async with second_line_off(world.settled):
        await walk(world, lambda case: in_short(case) and _one_in(4, case), "second line off, one in four")


@pytest.mark.full
@on_postgres_alone
async def test_with_the_first_line_off_nothing_foreign_is_seen_at_any_door(world: World) -> None:
    await nothing_foreign(world, lambda case: True, "every door")


@pytest.mark.full
@on_postgres_alone
async def test_the_whole_product_with_the_second_line_off(world: World) -> None:
    async with second_line_off(world.settled):
        await walk(world, lambda case: True, "second line off, whole product")
