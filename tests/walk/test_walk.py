"""Every door, asked by everybody, about a person to whom they stand in every way there is, with a purpose and
without one; and what it answers is what a second reading of the matrix says.

A refusal has its own kind and nothing more, it changes no row, and what is hidden answers byte for byte as
what is not there.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any, NamedTuple

import httpx
import pytest

from tests.casework.reading import Said, reached, said
from tests.walk.doors import VERSIONS, Door, doors
from tests.walk.world import PRINCIPALS, RELATIONS, WHY, World, standing

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
    """What came of it; `changed` counts the rows that it changed before they were put back."""

    response: httpx.Response
    changed: int


Check = Callable[[Case, str | None, Answer], Awaitable[None]]
CHECKS: list[Check] = []
"""What is asked of every answer besides: of the case, of the refusal expected or None, and of what came. A
log of who looked at whom adds here that it was told of the look once.
"""


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
        how, names = (step[0], step[1:]) if step[0] in ("has", "may") else ("reach", step)
        name, found = allowed(role, names, case.purpose)
        if found.no is not None and not (how == "may" and found.no == "purpose-needed"):
            return found.no
        if how != "reach":
            continue
        how_they_stand = standing(role, case.relation, str(door.thing))
        if how_they_stand is None or not reached(found.letters, how_they_stand, name):
            return "missing"
    return None


async def ask(world: World, case: Case) -> Answer:
    """Send it as a browser or a client would."""
    door, headers = case.door, {}
    content, before = None, world.database.changed
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
    address = door.address(case.relation)
    response = await world.client.request(door.method, address, headers=headers, content=content)
    return Answer(response, world.database.changed - before)


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


class Seen:
    """What must be alike: refusals that hide, and the fields that people are shown at one door."""

    def __init__(self) -> None:
        self.hidden: dict[tuple[str, str, bool], tuple[bytes, dict[str, str]]] = {}
        self.fields: dict[str, set[str]] = {}

    def add(self, case: Case, kind: str | None, response: httpx.Response) -> None:
        if kind == "missing" and case.door.api:
            alike = (response.content, dict(response.headers))
            key = (case.door.name, case.role, case.purpose)
            assert self.hidden.setdefault(key, alike) == alike, case
        if kind is None and response.status_code in (200, 201) and case.door.api:
            told = response.json() if "json" in response.headers["content-type"] else None
            if isinstance(told, dict):
                assert self.fields.setdefault(case.door.name, set(told)) == set(told), case


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
        seen.add(case, kind, answer.response)
        for check in CHECKS:
            await check(case, kind, answer)
        told[kind or "taken"] += 1
        told["changed and put back"] += answer.changed > 0
    assert _less_the_looks(await world.rows()) == before
    guarded = [door.name for door in every if door.chain is None and door.thing is not None]
    print(
        f"{say}: {len(every)} doors, {sum(told[k] for k in (*STATUS, 'taken'))} requests: {dict(told)}; "
        f"asked of the guard alone: {guarded or 'none'}"
    )
    assert told["changed and put back"] > 50  # the control: the meter moves where something is done
    assert min(told[kind] for kind in STATUS) > 50


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
