"""Publications and exports over the API: doors, versions, who may."""

import msgspec

from tests.api.conftest import World


def fresh(world: World, who: str, *, fresh: bool = True) -> None:
    world.tokens.actors[who] = msgspec.structs.replace(world.tokens.actors[who], fresh=fresh)


async def test_a_quarter_is_prepared_released_by_another_and_read_by_anybody(world: World) -> None:
    world.at("2024-07-03T09:00:00+00:00")
    made = await world.done("OVR.merseyside", "POST", "/publications", {"quarter": "2024-Q2"})
    assert (made["version"], made["manifest"]["passed"]) == (1, False)
    assert made["manifest"]["rules"]["version"] == "SDC-1"
    path = "/publications/merseyside/2024-Q2"
    assert (await world.ask(None, "GET", path)).status_code == 404
    assert (await world.ask("AUD.merseyside", "POST", f"{path}/release")).status_code == 428
    fresh(world, "AUD.merseyside", fresh=False)
    assert (await world.ask("AUD.merseyside", "POST", f"{path}/release", version=1)).status_code == 403
    fresh(world, "AUD.merseyside")
    held = await world.ask("AUD.merseyside", "POST", f"{path}/release", version=1)
    assert (held.status_code, "held" in held.json()["detail"]) == (409, True)
    assert (await world.ask("AUD.sussex", "POST", f"{path}/release", version=1)).status_code == 404
    assert (
        await world.ask("PLO.merseyside", "POST", "/publications", {"quarter": "2024-Q2"})
    ).status_code == 403
    audit = await world.done("AUD.merseyside", "GET", f"{path}/audit")
    assert (audit["reproduced"], audit["prepared_by"]) == (True, "OVR.merseyside")
    assert (await world.done("AUD.merseyside", "GET", "/publications"))[0]["version"] == 1
    assert (await world.ask(None, "GET", "/publications")).json() == []
    wrong = await world.ask("OVR.merseyside", "POST", "/publications", {"quarter": "2024-Q3", "other": 1})
    assert wrong.status_code == 400


async def test_an_export_takes_two_and_its_file_says_what_was_left_out(world: World) -> None:
    world.at("2024-07-03T09:00:00+00:00")
    months = {"first_month": "2024-05", "last_month": "2024-06", "reason": "Yearly return"}
    view = await world.done("PLO.merseyside", "POST", "/search-exports", months)
    path = f"/search-exports/{view['id']}"
    assert (await world.ask("PLO.merseyside", "GET", f"{path}/file")).status_code == 409
    assert (await world.ask("PLO.merseyside", "POST", f"{path}/approval")).status_code == 403
    fresh(world, "AUD.merseyside")
    await world.done("AUD.merseyside", "POST", f"{path}/approval")
    assert (await world.ask("AUD.merseyside", "POST", f"{path}/approval")).status_code == 409
    file = await world.ask("OVR.merseyside", "GET", f"{path}/file")
    assert (file.status_code, file.headers["Svro-Rows"], file.headers["Svro-Withheld"]) == (200, "0", "0")
    assert (await world.done("PLO.merseyside", "GET", path))["withheld"] == 0
    assert (await world.ask("PLO.sussex", "GET", path)).status_code == 404
    assert len(await world.done("PLO.merseyside", "GET", "/search-exports")) == 1
