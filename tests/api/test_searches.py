"""Searches through the API: no order, the right one, a wrong one, another force's; always recorded; never
uncorrected in silence.
"""

from typing import Any

from tests.api.conftest import World, considered, granted, to_court

PERSON = {
    "family_name": "Merriweather",
    "given_name": "Isolde",
    "date_of_birth": "1994-12-01",
    "pnc_id": "02/73319Z",
}
OTHER = {
    "family_name": "Pemberton",
    "given_name": "Rufus",
    "date_of_birth": "1991-02-03",
    "pnc_id": "79163001B",
}
SEARCH: dict[str, Any] = {
    "power": "svro",
    "place": "Church Street, Liverpool",
    "public_place": True,
    "object": "bladed-article",
    "at": "2024-03-01T08:30:00Z",
}


async def an_order(world: World) -> dict[str, Any]:
    world.at("2024-02-28T09:00:00+00:00")
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    world.at("2024-03-01T09:00:00+00:00")
    return view


async def recorded(world: World, who: str = "CON.merseyside", **said: Any) -> Any:
    return await world.done(who, "POST", "/searches", {**SEARCH, **said})


def slipped(reference: str) -> str:
    """A reference with one wrong character."""
    return reference[:5] + ("7" if reference[5] != "7" else "8") + reference[6:]


def gravest(view: dict[str, Any]) -> list[str]:
    return [f["code"] for f in view["findings"] if f["severity"] == "power"]


async def test_a_search_with_no_order_named_is_recorded_and_says_so(world: World) -> None:
    view = await recorded(world)
    assert (view["power"], gravest(view)) == ("not claimed", ["no-order-named"])
    assert view["claimed"] is None


async def test_a_search_under_a_reference_nobody_holds_is_recorded_with_the_claim_word_for_word(
    world: World,
) -> None:
    view = await recorded(world, order_reference="svro 0000 0000 x")
    assert (view["power"], gravest(view), view["claimed"]) == ("no", ["no-such-order"], "svro 0000 0000 x")


async def test_a_search_of_somebody_else_under_the_order_has_no_power(world: World) -> None:
    order = await an_order(world)
    await considered(world, OTHER)
    view = await recorded(
        world, order_reference=order["order_reference"], pnc_id="79163001B", identity="confirmed"
    )
    assert view["power"] == "no"
    assert gravest(view) == ["another-person"]
    right = await recorded(world, order_reference=order["order_reference"], pnc_id="02/73319Z")
    assert (right["power"], gravest(right)) == ("yes", [])


async def test_a_search_by_another_force_before_the_order_was_made_had_no_power(world: World) -> None:
    order = await an_order(world)
    view = await recorded(
        world,
        "CON.sussex",
        order_reference=order["order_reference"],
        pnc_id="02/73319Z",
        at="2024-02-28T08:59:59Z",
    )
    assert (view["power"], gravest(view)) == ("no", ["order-not-made"])


async def test_a_search_that_could_not_be_is_refused_by_field(world: World) -> None:
    late = await world.ask("CON.merseyside", "POST", "/searches", {**SEARCH, "at": "2024-03-01T09:00:01Z"})
    assert (late.status_code, [e["field"] for e in late.json()["errors"]]) == (400, ["at"])
    backwards = await world.ask(
        "CON.merseyside",
        "POST",
        "/searches",
        {**SEARCH, "ended_at": "2024-03-01T08:29:00Z", "outcome": "hanged"},
    )
    assert {e["field"] for e in backwards.json()["errors"]} == {"ended_at", "outcome"}
    assert await world.count("searches") == 0


async def test_a_correction_keeps_every_earlier_version_and_a_lost_race_is_stale(world: World) -> None:
    view = await recorded(world, outcome="nfa")
    fixed = {**SEARCH, "outcome": "arrest", "reason": "The outcome was entered wrongly"}
    path = f"/searches/{view['id']}/corrections"
    assert (
        await world.ask("CON.merseyside", "POST", path, {**fixed, "reason": ""}, version=1)
    ).status_code == 400
    waits = await world.ask("CON.merseyside", "POST", path, fixed, version=1)
    assert (await world.done("CON.merseyside", "GET", path.rpartition("/")[0]))["version"] == 1
    await world.agreed(waits, "SUP.merseyside")
    done = await world.done("CON.merseyside", "GET", path.rpartition("/")[0])
    assert [v["record"]["outcome"] for v in done["versions"]] == ["nfa", "arrest"]
    assert done["versions"][1]["reason"] == "The outcome was entered wrongly"
    assert (await world.ask("CON.merseyside", "POST", path, fixed, version=1)).status_code == 412


async def test_the_constable_sees_their_own_the_supervisor_the_forces_and_the_other_force_none(
    world: World,
) -> None:
    view = await recorded(world)
    path = f"/searches/{view['id']}"
    for who, expected in (
        ("CON.merseyside", 200),
        ("SUP.merseyside", 200),
        ("SUP.sussex", 404),
        ("CON.sussex", 404),
        ("AUD.merseyside", 404),
    ):
        assert (await world.ask(who, "GET", path)).status_code == expected, who
    assert [
        line["id"] for line in await world.done("SUP.merseyside", "GET", "/searches?power=not claimed")
    ] == [view["id"]]
    assert await world.done("SUP.sussex", "GET", "/searches") == []


async def test_searches_claimed_under_an_order_are_listed_for_its_own_legal_team(world: World) -> None:
    order = await an_order(world)
    mine = await recorded(world, order_reference=order["order_reference"], identity="disproved")
    await recorded(world, "CON.sussex", order_reference=order["order_reference"])
    lines = await world.done("PLO.merseyside", "GET", f"/orders/{order['order_id']}/searches")
    assert [(line["id"], line["power"]) for line in lines] == [(mine["id"], "no")]


async def test_a_later_quashing_marks_the_search_and_does_not_rewrite_it(world: World) -> None:
    order = await an_order(world)
    view = await recorded(world, order_reference=order["order_reference"], pnc_id="02/73319Z")
    world.at("2024-04-10T12:00:00+01:00")
    quashed = {"act": "quashed", "at": "2024-04-10T11:00:00+01:00", "document_reference": "CA 2024/1"}
    await world.done("CLK.merseyside", "POST", f"/orders/{order['order_id']}/acts", quashed, version=1)
    now = await world.done("CON.merseyside", "GET", f"/searches/{view['id']}")
    assert now["power"] == "yes"
    assert "later-quashed" in [f["code"] for f in now["findings"]]
    assert "later-quashed" not in [f["code"] for f in now["versions"][0]["findings"]]
    assert (await world.done("PLO.merseyside", "GET", f"/orders/{order['order_id']}/status"))[
        "reason"
    ] == "quashed"


async def test_the_roadside_answer_says_nothing_but_the_status_and_is_kept(world: World) -> None:
    order = await an_order(world)
    asked = [
        await world.done("CON.sussex", "POST", "/status-checks", {"pnc_id": "02/73319Z"}),
        await world.done("CON.sussex", "POST", "/status-checks", {"pnc_id": "79163001B"}),
    ]
    assert set(asked[0]) == set(asked[1]) == {"id", "answer", "order_reference", "court", "expires", "as_of"}
    assert [a["answer"] for a in asked] == ["in effect", "not in effect"]
    assert asked[0]["order_reference"] == order["order_reference"]
    assert "Merriweather" not in str(asked)
    assert await world.count("status_checks") == 2
    slip = await world.ask(
        "CON.sussex",
        "POST",
        "/status-checks",
        {"order_reference": slipped(order["order_reference"]), "pnc_id": "02/73319X"},
    )
    assert {e["field"] for e in slip.json()["errors"]} == {"order_reference", "pnc_id"}
    assert (
        await world.ask("PAN.sussex", "POST", "/status-checks", {"pnc_id": "02/73319Z"})
    ).status_code == 403
