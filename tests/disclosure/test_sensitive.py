"""What is marked as sensitive takes along whatever would tell of it, holds for every request about the
person, and leaves the schedule again only by two people.
"""

import json
from typing import Any

import pytest

from svro.casework.disclosure.sections import LOOKS_KEPT, LOOKS_SHOWN
from svro.casework.matrix import MATRIX, OPENS_NOTHING
from tests.disclosure.conftest import PERSON, Case
from tests.disclosure.test_handover import asked, issued
from tests.disclosure.test_secrecy import items, key_of, made

WHY = {"ground": "public-interest", "reason": "A source would be known"}


async def marked(world: Case, path: str, keys: list[str], **more: Any) -> None:
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/sensitive", {**WHY, "keys": keys, **more})
    assert waits.status_code == 202, waits.text
    await world.agreed(waits, "SUP.merseyside")


async def schedule(world: Case, path: str) -> list[dict[str, Any]]:
    view: dict[str, Any] = await world.by("DIS", "GET", f"{path}/schedule")
    found: list[dict[str, Any]] = view["items"]
    return found


async def deposited(world: Case, search: str) -> None:
    async with world.client("DIS.merseyside") as client:
        answer = await client.post(
            f"/api/v1/searches/{search}/documents?title=Note",
            content=b"CanaryDocument\n",
            headers={"Content-Type": "text/plain"},
        )
    assert answer.is_success, answer.text


@pytest.mark.parametrize("kinds", [("search",), ("search record",), ("search", "search record")])
async def test_a_sensitive_search_goes_with_all_that_tells_of_it(world: Case, kinds: tuple[str, ...]) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    keys = [item["key"] for item in await schedule(world, path) if item["kind"] in kinds]
    search = keys[0].split("/")[1]
    await deposited(world, search)
    world.at("2024-03-08T10:00:00+00:00")
    await world.by("SUP", "GET", f"/searches/{search}")
    before, _, data = await made(world, path)
    assert search.encode() in data  # the control
    assert b"CanaryDocument" in data
    await marked(world, path, keys)
    world.at("2024-03-08T11:00:00+00:00")
    await world.by("SUP", "GET", f"/searches/{search}")  # a look made later
    after, _, data = await made(world, path)
    assert search.encode() not in data
    assert b"CanaryDocument" not in data
    kinds_left = {item["kind"] for item in items(after)}
    assert not kinds_left & {"search", "search record", "finding", "document"}
    assert [item["number"] for item in items(after)] == list(range(1, len(items(after)) + 1))
    only, _ = (await world.by("SOL", "POST", "/disclosure-requests", _of(request, ["access"])), None)
    _, _, data = await made(world, f"/disclosure-requests/{only['id']}")
    assert search.encode() not in data


def _of(request: dict[str, Any], scope: list[str]) -> dict[str, Any]:
    return {"person_id": request["person_id"], "purpose": "appeal", "scope": scope, "details": "Again"}


async def test_a_sensitive_document_goes_with_the_looks_at_it(world: Case) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    search = (await key_of(world, path, "search")).split("/")[1]
    await deposited(world, search)
    world.at("2024-03-08T10:00:00+00:00")
    key = await key_of(world, path, "document")
    await world.by("SUP", "GET", f"/documents/{key.split('/')[-1]}")
    before, _, _ = await made(world, path)
    assert "/documents" in json.dumps(items(before))  # the control
    await marked(world, path, [key])
    after, _, data = await made(world, path)
    assert (key.split("/")[-1].encode() in data, "/documents" in json.dumps(items(after))) == (False, False)
    assert search.encode() in data


async def test_a_search_whose_record_names_a_sensitive_check_goes_along(world: Case) -> None:
    view = await world.order()
    world.at("2024-03-05T20:55:00+00:00")
    check = await world.by("CON", "POST", "/status-checks", {"order_reference": view["order_reference"]})
    world.at("2024-03-05T21:30:00+00:00")
    await world.search(view["order_reference"], "2024-03-05T21:00:00+00:00", status_check_id=check["id"])
    await world.allocate(view["person_id"], "DIS", "DIS2", "SUP")
    await world.instruct(view["person_id"])
    world.at("2024-03-08T09:00:00+00:00")
    request = await world.by("SOL", "POST", "/disclosure-requests", _of(view, ["searches", "access"]))
    path = f"/disclosure-requests/{request['id']}"
    key, record = await key_of(world, path, "status check"), await key_of(world, path, "search record")
    alone = await world.ask("DIS.merseyside", "POST", f"{path}/sensitive", {**WHY, "keys": [key]})
    assert (alone.status_code, "names it" in alone.text) == (400, True)
    await marked(world, path, [key, record])
    assert key.split("/")[-1].encode() not in (await made(world, path))[2]


async def test_what_the_rules_find_by_a_sensitive_act_of_an_order_goes_and_so_do_looks_at_it(
    world: Case,
) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    order = (await world.by("SUP", "GET", "/orders"))[0]["id"]
    act = {"act": "quashed", "at": "2024-03-07T11:00:00+00:00", "document_reference": "CAO/2024/17"}
    held = await world.by("CLK", "GET", f"/orders/{order}")
    await world.by("CLK", "POST", f"/orders/{order}/acts", act, version=held["version"])
    world.at("2024-03-08T12:00:00+00:00")
    before, _, _ = await made(world, path)
    assert "finding" in {item["kind"] for item in items(before)}  # the control
    assert [item for item in items(before) if order in json.dumps(item) and item["kind"] == "look"]
    acts = [item["key"] for item in await schedule(world, path) if item["kind"] == "order act"]
    await marked(world, path, acts[1:])
    after, _, _ = await made(world, path)
    assert "finding" not in {item["kind"] for item in items(after)}
    assert not [item for item in items(after) if order in json.dumps(item) and item["kind"] == "look"]
    assert len([item for item in items(after) if item["kind"] == "order act"]) == 1
    await marked(world, path, acts[:1])
    after, _, _ = await made(world, path)
    assert not {item["kind"] for item in items(after)} & {"order", "order act", "status check"}


async def corrected(world: Case, **changes: Any) -> None:
    """The one search is corrected."""
    line = (await world.by("SUP", "GET", "/searches"))[0]
    search = await world.by("CON", "GET", f"/searches/{line['id']}")
    said = {**search["record"], "reason": "Something was wrong", "order_reference": search["claimed"]}
    said |= {"pnc_id": search["pnc_given"], **changes}
    waits = await world.ask(
        "CON.merseyside", "POST", f"/searches/{line['id']}/corrections", said, version=search["version"]
    )
    await world.agreed(waits, "SUP.merseyside")


async def test_a_later_row_of_a_marked_history_goes_along_and_a_notice_never_comes_and_goes(
    world: Case,
) -> None:
    request, _ = await asked(world, ["searches"])
    path = f"/disclosure-requests/{request['id']}"
    await made(world, path)
    world.at("2024-03-09T09:00:00+00:00")
    await corrected(world, place="Bold Street")
    assert (await world.by("SOL", "GET", path))["notice"] is None  # nobody has decided
    key = next(item["key"] for item in await schedule(world, path) if item["title"].endswith("version 2"))
    await marked(world, path, [key])
    assert (await world.by("SOL", "GET", path))["notice"] is None
    world.at("2024-03-10T09:00:00+00:00")
    await corrected(world, place="Church Street")
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    assert (await world.by("SOL", "GET", path))["notice"] is None
    assert not [item for item in await schedule(world, path) if item["kind"] == "search record"]


async def test_a_mark_holds_for_every_request_about_the_person_until_two_people_take_it_away(
    world: Case,
) -> None:
    request, _ = await asked(world, ["order", "access"])
    path = f"/disclosure-requests/{request['id']}"
    parallel = await world.by("SOL", "POST", "/disclosure-requests", _of(request, ["order", "access"]))
    beside = f"/disclosure-requests/{parallel['id']}"
    key = await key_of(world, path, "status check")
    await world.by("DIS", "POST", f"{beside}/decisions", {"keys": [key]})
    await world.by("DIS", "POST", f"{path}/decisions", {"keys": [key], "test": "undermines"})
    await marked(world, path, [key])
    later = await world.by("SOL", "POST", "/disclosure-requests", _of(request, ["order", "access"]))
    after = f"/disclosure-requests/{later['id']}"
    gone = key.split("/")[-1].encode()
    for where in (path, beside, after):
        assert gone not in (await made(world, where))[2], where
        listed = (await world.by("DIS", "GET", f"{where}/sensitive"))["items"]
        assert [(item["key"], item["test"]) for item in listed] == [(key, "undermines")]  # the test is kept
        refused = await world.ask("DIS.merseyside", "POST", f"{where}/decisions", {"keys": [key]})
        assert refused.status_code == 400
    off = {"keys": [key], "reason": "The source is known by now"}
    alone = await world.ask("DIS.merseyside", "POST", f"{after}/sensitive/withdrawn", off)
    assert alone.status_code == 202
    assert gone not in (await made(world, after))[2]
    own = await world.ask("DIS.merseyside", "POST", f"/proposals/{alone.json()['id']}/approve", {})
    assert own.status_code == 403
    await world.agreed(alone, "SUP.merseyside")
    for where in (path, beside, after):
        assert (await world.by("DIS", "GET", f"{where}/sensitive"))["items"] == []
        assert gone in (await made(world, where))[2]
    twice = await world.ask("DIS.merseyside", "POST", f"{after}/sensitive/withdrawn", off)
    assert (twice.status_code, "is not on it" in twice.text) == (400, True)


async def test_a_mark_says_the_test_anew(world: Case) -> None:
    request, _ = await asked(world, ["order", "access"])
    path = f"/disclosure-requests/{request['id']}"
    key = await key_of(world, path, "status check")
    await marked(world, path, [key], test="assists")
    assert (await world.by("DIS", "GET", f"{path}/sensitive"))["items"][0]["test"] == "assists"


async def test_while_a_mark_waits_nothing_of_it_leaves(world: Case) -> None:
    request, _ = await asked(world, ["order", "access"])
    path = f"/disclosure-requests/{request['id']}"
    plain = await world.by("SOL", "GET", path)
    key = await key_of(world, path, "status check")
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/sensitive", {**WHY, "keys": [key]})
    assert waits.status_code == 202
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    [item] = [item for item in await schedule(world, path) if item["key"] == key]
    assert item["decision"] is None
    refused = await world.ask("DIS.merseyside", "POST", f"{path}/decisions", {"keys": [key]})
    assert (refused.status_code, "waits" in refused.text) == (400, True)
    await world.seal()
    part = {"sections": ["order"]}
    refused = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", part)
    assert (refused.status_code, "wait for a second person" in refused.text) == (409, True)
    assert await world.by("SOL", "GET", path) == plain
    await world.by("SUP", "POST", f"/proposals/{waits.json()['id']}/decline", {"reason": "Nothing in it"})
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    assert (await issued(world, path))["bundles"]  # the control


async def test_a_covert_inquiry_does_not_show_in_the_looks(world: Case) -> None:
    request, person = await asked(world, ["access"])
    path = f"/disclosure-requests/{request['id']}"
    order = (await world.by("SUP", "GET", "/orders"))[0]["id"]
    told = {"limb": "a", "conduct": "Told officers another name", "conduct_at": "2024-03-05T21:00:00+00:00"}
    case = await world.by("CON", "POST", f"/orders/{order}/investigations", told)
    await world.by("SUP", "GET", f"/investigations/{case['id']}")
    await world.by("SUP", "GET", f"/people/{person}/lists")
    said, _, _ = await made(world, path)
    looks = [item for item in items(said) if item["kind"] == "look"]
    under = {value["value"] for item in looks for value in item["values"] if value["name"] == "permission"}
    assert under
    assert under <= LOOKS_SHOWN
    for word in ("nvestigation", "restriction", "/lists", "allocation:"):
        assert word not in json.dumps(looks), word


def test_somebody_has_said_of_every_permission_whether_looks_under_it_are_shown() -> None:
    assert set(MATRIX) == LOOKS_SHOWN | LOOKS_KEPT.keys() | OPENS_NOTHING
    assert not LOOKS_SHOWN & (LOOKS_KEPT.keys() | OPENS_NOTHING)
    assert not LOOKS_KEPT.keys() & OPENS_NOTHING
    assert {name for name in MATRIX if name.startswith("investigation:")} <= LOOKS_KEPT.keys()


async def test_the_first_version_of_a_search_that_was_another_persons_stays_theirs(world: Case) -> None:
    view = await world.order()
    person, order = view["person_id"], view["order_reference"]
    world.at("2024-03-05T21:30:00+00:00")
    their = {"grounds": "CanaryGrounds", "found": "CanaryFound", "self_ethnicity": "B2"}
    await world.search(order, "2024-03-05T21:00:00+00:00", pnc_id="03/1234567Q", **their)
    own = {"grounds": "Order in effect", "found": "A lighter", "self_ethnicity": "W1"}
    await corrected(world, pnc_id=PERSON["pnc_id"], **own)
    await world.allocate(person, "DIS", "DIS2", "SUP")
    await world.instruct(person)
    world.at("2024-03-08T09:00:00+00:00")
    request = await world.by("SOL", "POST", "/disclosure-requests", _of({"person_id": person}, ["searches"]))
    said, _, data = await made(world, f"/disclosure-requests/{request['id']}")
    for secret in (b"03/1234567Q", b"Canary"):
        assert secret not in data, secret
    first, second = (
        {value["name"]: value["value"] for value in item["values"]}
        for item in items(said)
        if item["kind"] == "search record"
    )
    assert (first["record.grounds"], second["record.found"]) == (None, "A lighter")


async def test_a_request_that_names_an_order_gathers_searches_of_the_person_under_no_order_too(
    world: Case,
) -> None:
    view = await world.order()
    person, order = view["person_id"], view["order_reference"]
    world.at("2024-03-05T21:30:00+00:00")
    await world.search(order, "2024-03-05T21:00:00+00:00")
    await world.search("SVRO-NOTHING", "2024-03-05T21:10:00+00:00", grounds="Mistyped")
    await world.search(order, "2024-03-05T21:20:00+00:00", pnc_id="03/1234567Q")
    await world.allocate(person, "DIS", "DIS2", "SUP")
    await world.instruct(person)
    world.at("2024-03-08T09:00:00+00:00")
    body = _of({"person_id": person}, ["searches"]) | {"order_id": view["order_id"]}
    request = await world.by("SOL", "POST", "/disclosure-requests", body)
    said, _, data = await made(world, f"/disclosure-requests/{request['id']}")
    assert len([item for item in items(said) if item["kind"] == "search record"]) == 3
    assert b"Mistyped" in data
