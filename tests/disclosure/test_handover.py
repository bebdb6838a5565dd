"""An answer from the schedule to the file in the solicitor's hands."""

import io
import json
import zipfile
from typing import Any

import httpx

from svro import verify_bundle
from tests.disclosure.conftest import LOG_KEY, Case

ALL_OF_IT = ["person", "order", "papers", "searches", "access", "documents", "disclosures"]


async def asked(world: Case, scope: list[str] | None = None, **more: Any) -> tuple[dict[str, Any], str]:
    """A case with one search, and a request for all of it: (the request, the person's id)."""
    view = await world.order()
    person, order = view["person_id"], view["order_reference"]
    world.at("2024-03-05T21:30:00+00:00")
    await world.search(order, "2024-03-05T21:00:00+00:00")
    await world.by("CON", "POST", "/status-checks", {"order_reference": order})
    await world.allocate(person, "DIS", "DIS2", "SUP")
    await world.instruct(person)
    world.at("2024-03-08T09:00:00+00:00")
    body = {"person_id": person, "purpose": "trial", "scope": scope or ALL_OF_IT, "details": "All of it"}
    return await world.by("SOL", "POST", "/disclosure-requests", {**body, **more}), person


async def issued(world: Case, path: str, **command: Any) -> dict[str, Any]:
    """Sealed, proposed by one disclosure officer and approved by another: the request."""
    await world.seal()
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", command)
    await world.agreed(waits, "DIS2.merseyside")
    view: dict[str, Any] = await world.by("SOL", "GET", path)
    return view


async def linked(world: Case, bundle: str) -> str:
    made = await world.by("DIS", "POST", f"/disclosure-bundles/{bundle}/links")
    return f"/disclosure-links/{made['token']}"


async def fetched(world: Case, link: str, part: int = 1) -> httpx.Response:
    return await world.ask("SOL.merseyside", "POST", f"{link}/parts/{part}")


def read(data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(what a bundle says, its proofs)."""
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return json.loads(held.read("disclosure.json")), json.loads(held.read("evidence.json"))


async def test_an_answer_is_reviewed_issued_by_two_fetched_once_and_checks(
    world: Case, tmp_path: Any
) -> None:
    made, _ = await asked(world)
    path = f"/disclosure-requests/{made['id']}"
    schedule = await world.by("DIS", "GET", f"{path}/schedule")
    assert schedule["undecided"] > 10
    await world.seal()
    early = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", {})
    assert (early.status_code, "not decided yet" in early.text) == (409, True)
    schedule = await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    assert schedule["undecided"] == 0
    view = await issued(world, path)
    assert (view["standing"], view["outstanding"]) == ("answered", [])
    [bundle] = view["bundles"]
    link = await linked(world, bundle["id"])
    assert (await world.ask("SOL2.merseyside", "GET", link)).status_code == 404
    assert (await world.by("SOL", "GET", link))["taken"] == []
    answer = await fetched(world, link)
    assert answer.status_code == 200, answer.text
    again = await fetched(world, link)
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    file = tmp_path / "bundle.zip"
    file.write_bytes(answer.content)
    assert verify_bundle.main([str(file), "--key", str(LOG_KEY)]) == 0
    said, evidence = read(answer.content)
    assert [one["key"] for one in said["sections"]] == [*ALL_OF_IT, "ledger"]
    tags = {json.loads(one["entry"])["tag"] for one in evidence if one["entry"]}
    assert {"order:made", "search:recorded", "decision:recorded", "person:recorded"} <= tags
    assert {one["closed"] for one in evidence if not one["entry"]} == {"redacted"}
    receipt = (await world.by("SOL", "GET", path))["bundles"][0]["receipts"]
    assert [one["sha256"] for one in receipt] == [bundle["parts"][0]["sha256"]]
