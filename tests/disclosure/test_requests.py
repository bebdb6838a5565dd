"""A request as it is asked, owed, talked about and ended; and what is refused, with nothing leaving."""

import pytest

from svro.casework.disclosure import standing
from tests.disclosure.conftest import Case

ASK = {"purpose": "trial", "scope": ["order", "searches"], "details": "Every search under the order."}


async def test_a_request_is_owed_by_its_regime_and_talked_about(world: Case) -> None:
    view = await world.order()
    person = view["person_id"]
    await world.allocate(person, "DIS")
    await world.instruct(person)
    made = await world.by("SOL", "POST", "/disclosure-requests", {"person_id": person, **ASK})
    assert (made["due"], made["due_source"], made["standing"]) == ("2024-03-28", None, "received")
    assert "house" in made["due_sentence"]
    assert made["outstanding"] == made["scope_labels"]
    access = {"person_id": person, **ASK, "purpose": "subject access"}
    access = await world.by("SOL", "POST", "/disclosure-requests", access)
    assert (access["due"], access["due_source"]) == ("2024-03-31", "DPA 2018 s.54")
    path = f"/disclosure-requests/{made['id']}"
    await world.by("SOL", "POST", f"{path}/messages", {"text": "Is the video held?"})
    said = await world.by("DIS", "POST", f"{path}/messages", {"text": "It is."})
    assert [(one["by"], one["text"]) for one in said["thread"]] == [
        ("solicitor", "Is the video held?"),
        ("force", "It is."),
    ]
    later = {"until": "2024-04-20", "text": "The video is with another force."}
    assert (await world.by("DIS", "POST", f"{path}/extensions", later))["due"] == "2024-04-20"
    warned = await world.by("DIS", "POST", f"/disclosure-requests/{access['id']}/extensions", later)
    assert (warned["due"], "could not be extended" in warned["thread"][-1]["text"]) == ("2024-04-20", True)
    world.at("2024-04-21T09:00:00+00:00")
    assert {one["id"]: one["late"] for one in await world.by("SOL", "GET", "/disclosure-requests")} == {
        made["id"]: True,
        access["id"]: True,
    }
    await world.by("SOL", "POST", f"{path}/ending", {"text": "No longer needed."})
    assert (await world.by("DIS", "GET", path))["standing"] == "withdrawn"


SHOWN = {
    "id",
    "reference",
    "person_id",
    "person",
    "purpose",
    "purpose_label",
    "received_at",
    "due",
    "due_sentence",
    "due_source",
    "standing",
    "late",
    "outstanding",
    "corrected",
    "force",
    "solicitor",
    "order_id",
    "order_reference",
    "scope",
    "scope_labels",
    "first",
    "last",
    "details",
    "version",
    "thread",
    "bundles",
    "notice",
    "yours",
}
"""Every field of a request: none tells of items, and none of how many there are."""


async def test_both_sides_are_shown_the_same_fields_and_nobody_else_any(world: Case) -> None:
    view = await world.order()
    person = view["person_id"]
    await world.allocate(person, "DIS", "SUP")
    await world.instruct(person)
    made = await world.by("SOL", "POST", "/disclosure-requests", {"person_id": person, **ASK})
    path = f"/disclosure-requests/{made['id']}"
    for who in ("SOL", "DIS", "SUP", "CLK"):
        assert set(await world.by(who, "GET", path)) == SHOWN, who
    absent = await world.ask("SOL2.merseyside", "GET", f"/disclosure-requests/{'0' * 32}")
    for who, status in (("SOL2", 404), ("SUP2", 404), ("DIS2", 404), ("PLO", 403), ("CON", 403)):
        answer = await world.ask(f"{who}.merseyside", "GET", path)
        assert answer.status_code == status, who
        assert status == 403 or answer.content == absent.content
    assert (await world.ask(None, "GET", path)).status_code == 401
    [line] = await world.by("AUD", "GET", "/disclosure-requests")  # that it is there, and of nobody
    assert (line["reference"], line["person"], line["person_id"]) == (made["reference"], None, None)
    assert (await world.ask("AUD.merseyside", "GET", path)).content == absent.content


async def test_a_day_that_a_court_directed_is_moved_by_its_new_direction_alone(world: Case) -> None:
    view = await world.order()
    await world.allocate(view["person_id"], "DIS")
    await world.instruct(view["person_id"])
    asked = {"person_id": view["person_id"], **ASK, "purpose": "subject access", "directed": "2024-03-20"}
    made = await world.by("SOL", "POST", "/disclosure-requests", asked)
    assert made["due"] == "2024-03-20"
    path = f"/disclosure-requests/{made['id']}/extensions"
    later = {"until": "2024-04-20", "text": "Busy"}
    refused = await world.ask("DIS.merseyside", "POST", path, later)
    assert (refused.status_code, "new direction" in refused.text) == (400, True)
    moved = await world.by("DIS", "POST", path, {**later, "reference": "T2024/0017"})
    assert (moved["due"], "T2024/0017" in moved["thread"][-1]["text"]) == ("2024-04-20", True)


async def test_what_is_owed_comes_before_what_is_over(world: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many were asked later."""
    view = await world.order()
    await world.allocate(view["person_id"], "DIS")
    await world.instruct(view["person_id"])
    body = {"person_id": view["person_id"], **ASK}
    ids = [(await world.by("SOL", "POST", "/disclosure-requests", body))["id"] for _ in range(4)]
    await world.by("SOL", "POST", f"/disclosure-requests/{ids[3]}/ending", {"text": "No longer needed."})
    soon = await world.by("SOL", "POST", "/disclosure-requests", {**body, "directed": "2024-03-10"})
    monkeypatch.setattr(standing, "MOST", 4)
    lines = [one["id"] for one in await world.by("DIS", "GET", "/disclosure-requests")]
    assert (lines[0], set(lines)) == (soon["id"], {*ids[:3], soon["id"]})
