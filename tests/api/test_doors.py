"""What every JSON door promises: who may, every fault at once, versions, and at most once for a request that
names itself.
"""

import asyncio
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler
from sqlalchemy import event, text

from svro.casework.matrix import MATRIX, PUBLIC, ROLES
from svro.doors import permissions_of
from svro.records.reach import ALL
from tests.api.conftest import World, considered

PERSON = {
    "family_name": "Winterbourne",
    "given_name": "Ottoline",
    "date_of_birth": "1990-01-31",
    "pnc_id": "79163001B",
}


def doors(world: World) -> list[tuple[str, str, HTTPRouteHandler]]:
    """(method, path, handler) of every door of the application."""
    return [
        (method, route.path, handler)
        for route in world.app.routes
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)])
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
        if method not in ("OPTIONS", "HEAD")
    ]


async def test_every_door_names_permissions_that_the_matrix_or_the_public_list_holds(world: World) -> None:
    nameless = [(m, p) for m, p, h in doors(world) if not permissions_of(h)]
    unknown = [
        (m, p, n)
        for m, p, h in doors(world)
        for n in permissions_of(h)
        if n not in MATRIX and n not in PUBLIC
    ]
    assert (nameless, unknown) == ([], [])
    assert len(doors(world)) > 30


OPEN = {"report:read_aggregate", "log:prove", "log:cosign"}
"""What the matrix lets anybody do, signed out too."""


async def test_signed_out_every_door_that_is_not_public_answers_401_and_changes_nothing(world: World) -> None:
    before = await world.count("ledger_leaves")
    for method, path, handler in doors(world):
        if not path.startswith("/api/v1/") or OPEN & set(permissions_of(handler)):
            continue
        concrete = path
        for part in path.split("/"):
            if part.startswith("{"):
                concrete = concrete.replace(part, "0" * 32)
        answer = await world.ask(
            None, method, concrete.removeprefix("/api/v1"), {} if method in ("POST", "PUT") else None
        )
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert await world.count("ledger_leaves") == before


async def test_a_role_without_the_function_gets_403_and_a_hidden_record_answers_as_one_that_is_absent(
    world: World,
) -> None:
    person = await world.done("PLO.merseyside", "POST", "/people", PERSON)
    assert (await world.ask("CON.merseyside", "POST", "/people", PERSON)).status_code == 403
    hidden = await world.ask("PLO.sussex", "GET", f"/people/{person['id']}")
    absent = await world.ask("PLO.sussex", "GET", f"/people/{'0' * 32}")
    assert (hidden.status_code, hidden.content) == (404, absent.content)


async def test_a_purpose_is_asked_for_and_a_bad_one_is_refused_by_field(world: World) -> None:
    person = await world.done("PLO.merseyside", "POST", "/people", PERSON)
    async with world.client(None, Authorization="Bearer PLO.merseyside") as client:
        without = await client.get(f"/api/v1/people/{person['id']}")
        assert (without.status_code, without.json()["type"]) == (403, "/help/problems#purpose-needed")
        bad = await client.get(
            f"/api/v1/people/{person['id']}", headers={"Svro-Purpose": "curiosity", "Svro-Reference": "x"}
        )
        assert bad.status_code == 400
        assert {e["field"] for e in bad.json()["errors"]} == {"purpose", "reference"}


async def test_every_fault_is_listed_at_once(world: World) -> None:
    bad = {"family_name": "", "date_of_birth": "31/01/1990", "sex": "unknown", "shoe_size": 9}
    answer = await world.ask("PLO.merseyside", "POST", "/people", bad)
    assert answer.status_code == 400
    assert {e["field"] for e in answer.json()["errors"]} == {
        "family_name",
        "date_of_birth",
        "sex",
        "shoe_size",
    }
    wrong = await world.ask(
        "PLO.merseyside",
        "POST",
        "/people",
        {**PERSON, "pnc_id": "79163001C", "cro": "85227/65G", "self_ethnicity": "Z9"},
    )
    assert {e["field"] for e in wrong.json()["errors"]} == {"pnc_id", "cro", "self_ethnicity"}
    assert await world.count("people") == 0


async def test_a_time_without_an_offset_is_refused_by_name(world: World) -> None:
    naive = {"power": "svro", "place": "Here", "at": "2024-02-29T12:00:00"}
    answer = await world.ask("CON.merseyside", "POST", "/searches", naive)
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["at"]


async def test_a_person_with_a_held_pnc_id_is_offered_not_created_again(world: World) -> None:
    person = await world.done("PLO.merseyside", "POST", "/people", PERSON)
    again = await world.ask(
        "PLO.merseyside", "POST", "/people", {**PERSON, "pnc_id": "1979/0163001B", "family_name": "Other"}
    )
    assert (again.status_code, again.json()["existing"]) == (409, person["id"])
    assert await world.count("people") == 1
    elsewhere = await world.ask("PLO.sussex", "POST", "/people", PERSON)
    assert elsewhere.status_code == 201


async def test_a_change_says_which_version_it_changes(world: World) -> None:
    view = await considered(world, PERSON)
    path = f"/applications/{view['id']}/acts"
    step = {"act": "not_pursue", "reason": "Another order is more fitting"}
    assert (await world.ask("PLO.merseyside", "POST", path, step)).status_code == 428
    assert (
        await world.ask("PLO.merseyside", "POST", path, step, version=view["version"] + 1)
    ).status_code == 412
    assert (await world.ask("PLO.merseyside", "POST", path, step, **{"If-Match": "three"})).status_code == 400
    done = await world.ask("PLO.merseyside", "POST", path, step, version=view["version"])
    assert (done.status_code, done.headers["ETag"]) == (201, f'"{done.json()["version"]}"')
    assert done.json()["stage"] == "not-pursued"


async def test_the_same_request_sent_again_gets_the_same_answer_and_has_one_effect(world: World) -> None:
    key = {"Idempotency-Key": "a1b2c3d4-first"}
    first = await world.ask("PLO.merseyside", "POST", "/people", PERSON, **key)
    second = await world.ask("PLO.merseyside", "POST", "/people", PERSON, **key)
    assert (first.status_code, first.content, first.headers["Location"]) == (
        201,
        second.content,
        second.headers["Location"],
    )
    assert await world.count("people") == 1
    other = await world.ask("PLO.merseyside", "POST", "/people", {**PERSON, "given_name": "Olga"}, **key)
    assert other.status_code == 422
    colleague = await world.ask("PLO.sussex", "POST", "/people", PERSON, **key)
    assert colleague.status_code == 201
    without_a_key = await world.ask("PLO.merseyside", "POST", "/people", PERSON)
    assert without_a_key.status_code == 409  # the control: without the key the act is tried again


async def test_a_refused_request_leaves_its_key_free(world: World) -> None:
    key = {"Idempotency-Key": "a1b2c3d4-second"}
    assert (
        await world.ask("PLO.merseyside", "POST", "/people", {**PERSON, "pnc_id": "79163001C"}, **key)
    ).status_code == 400
    assert (await world.ask("PLO.merseyside", "POST", "/people", PERSON, **key)).status_code == 201


async def test_the_same_request_at_the_same_moment_is_done_once(world: World) -> None:
    key = {"Idempotency-Key": "a1b2c3d4-third"}
    answers = await asyncio.gather(
        *(world.ask("PLO.merseyside", "POST", "/people", PERSON, **key) for _ in range(6))
    )
    assert {a.status_code for a in answers} <= {201, 409}
    assert sum(a.status_code == 201 for a in answers) >= 1
    assert await world.count("people") == 1


async def test_two_who_change_one_thing_at_once_are_not_both_told_yes(world: World) -> None:
    view = await considered(world, PERSON)
    step = {"act": "not_pursue", "reason": "No"}
    answers = await asyncio.gather(
        *(
            world.ask(
                "PLO.merseyside", "POST", f"/applications/{view['id']}/acts", step, version=view["version"]
            )
            for _ in range(4)
        )
    )
    assert sorted(a.status_code for a in answers)[0] == 201
    assert sum(a.status_code == 201 for a in answers) == 1
    assert {a.status_code for a in answers} <= {201, 409, 412}


async def test_an_answer_is_sent_only_after_the_commit(world: World) -> None:
    def fail(_connection: Any) -> None:
        raise RuntimeError("the disk is full")

    event.listen(world.database.engine.sync_engine, "commit", fail)
    try:
        answer = await world.ask("PLO.merseyside", "POST", "/people", PERSON)
    finally:
        event.remove(world.database.engine.sync_engine, "commit", fail)
    assert answer.status_code == 500
    assert "disk" not in answer.text
    assert await world.count("people") == 0
    assert (await world.ask("PLO.merseyside", "POST", "/people", PERSON)).status_code == 201  # the control


async def test_every_change_has_its_ledger_entry_with_a_commitment_that_fits(world: World) -> None:
    from svro.records.ledger import commitment

    await considered(world, PERSON)
    async with world.database.read(ALL) as session:
        rows = (
            await session.execute(
                text(
                    "SELECT commitment, salt, entry, tag, sealed_in FROM ledger_leaves "
                    "JOIN ledger_payloads ON leaf_id = id"
                )
            )
        ).all()
    tags = {row.tag for row in rows}
    assert {"person:recorded", "case:allocated", "application:consider", "application:facts_recorded"} <= tags
    for row in rows:
        assert bytes(row.commitment) == commitment(bytes(row.salt), bytes(row.entry))
        assert bytes(row.commitment) != commitment(b"\0" * 32, bytes(row.entry))
        assert row.sealed_in is None


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b"\xff\xfe", b'{"family_name": 1e999}', b'{"family_name": "\\ud800"}']
)
async def test_a_body_that_is_not_what_it_should_be_is_a_400_with_a_reason(world: World, body: bytes) -> None:
    async with world.client("PLO.merseyside") as client:
        answer = await client.post(
            "/api/v1/people", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 400
    assert answer.json()["errors"]


async def test_a_nul_in_text_is_refused_by_field_on_both_engines(world: World) -> None:
    answer = await world.ask("PLO.merseyside", "POST", "/people", {**PERSON, "given_name": "A\x00B"})
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["given_name"]


async def test_a_body_too_large_is_413(world: World) -> None:
    answer = await world.ask("PLO.merseyside", "POST", "/people", {**PERSON, "home": "x" * 2_000_000})
    assert answer.status_code == 413


async def test_until_somebody_has_an_account_only_health_answers(database: Any) -> None:
    fresh = World(database)
    async with fresh.client(None) as client:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200
        for path in ("/api/v1/people", "/api/openapi.json", "/"):
            assert (await client.get(path)).status_code == 503
    await fresh.settle()
    async with fresh.client(None) as client:
        assert (await client.get("/api/openapi.json")).status_code == 200


def test_the_matrix_has_every_role_in_every_row_and_nobody_may_impersonate() -> None:
    assert all(set(row) == set(ROLES) for row in MATRIX.values())
    assert not any(cell.scopes for cell in MATRIX["impersonate:start"].values())
    assert {name for name, row in MATRIX.items() if "N" in row["CON"].scopes} == {"order:status_check"}


async def test_a_request_without_the_body_it_needs_is_told_so(world: World) -> None:
    answer = await world.ask("PLO.merseyside", "POST", "/people")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "body", "reason": "is needed: send JSON"}]
    other = await world.ask("PLO.merseyside", "POST", "/people", {"family_name": 1})
    assert [one["field"] for one in other.json()["errors"]] == ["family_name"]
