"""The story of one order from end to end through the API, on each engine."""

from tests.api.conftest import World, considered, granted, to_court

PERSON = {
    "family_name": "Quillfeather",
    "given_name": "Ambrose",
    "date_of_birth": "1999-05-04",
    "pnc_id": "02/73319Z",
    "self_ethnicity": "W1",
}
SEARCH = {
    "power": "svro",
    "place": "Bold Street, Liverpool",
    "public_place": True,
    "object": "bladed-article",
    "grounds": "Order in effect",
    "identity": "confirmed",
    "self_ethnicity": "W1",
    "officer_ethnicity": "White",
    "outcome": "nfa",
}


async def test_an_order_is_sought_made_deferred_searched_under_and_ends_each_answer_with_its_reason(
    world: World,
) -> None:
    view = await considered(world, PERSON)
    assert view["stage"] == "considered"
    view = await to_court(world, view)
    world.at("2024-03-04T15:00:00+00:00")
    view = await granted(world, view, effect="release", months=12)
    assert view["stage"] == "granted"
    order, path = view["order_id"], f"/orders/{view['order_id']}"
    reference = view["order_reference"]

    status = await world.done("PLO.merseyside", "GET", f"{path}/status")
    assert (status["answer"], status["reason"]) == ("unknown", "trigger-not-confirmed")

    world.at("2024-06-11T10:00:00+01:00")
    released = {
        "act": "took_effect",
        "at": "2024-06-10T08:30:00+01:00",
        "authority": "HMP Altcourse, release record",
    }
    story = await world.done("PLO.merseyside", "POST", f"{path}/acts", released, version=1)
    assert story["status"]["answer"] == "yes"
    assert story["status"]["last_day"] == "2025-06-09"

    world.at("2024-07-01T21:20:00+01:00")
    check = await world.done("CON.merseyside", "POST", "/status-checks", {"order_reference": reference})
    assert (check["answer"], check["order_reference"], check["expires"]) == (
        "in effect",
        reference,
        "2025-06-09",
    )
    lawful = {
        **SEARCH,
        "at": "2024-07-01T21:14:00+01:00",
        "status_check_id": check["id"],
        "pnc_id": "02/73319Z",
    }
    lawful = await world.done("CON.merseyside", "POST", "/searches", lawful)
    assert (lawful["power"], lawful["order_id"], lawful["claimed"]) == ("yes", order, reference)
    assert not [f for f in lawful["findings"] if f["severity"] == "power"]

    world.at("2025-06-20T12:00:00+01:00")
    late = {**SEARCH, "at": "2025-06-20T11:30:00+01:00", "order_reference": reference, "pnc_id": "02/73319Z"}
    late = await world.done("CON.merseyside", "POST", "/searches", late)
    assert late["power"] == "no"
    finding = next(f for f in late["findings"] if f["severity"] == "power")
    assert finding["code"] == "order-expired"
    assert finding["source"].startswith(("Sentencing Act 2020", "SI 2023/387"))

    correction = {
        **SEARCH,
        "at": "2025-06-09T23:30:00+01:00",
        "order_reference": reference,
        "pnc_id": "02/73319Z",
        "reason": "The pocket book shows the ninth, half past eleven at night",
    }
    held = f"/searches/{late['id']}"
    waits = await world.ask("CON.merseyside", "POST", f"{held}/corrections", correction, version=1)
    await world.agreed(waits, "SUP.merseyside")
    corrected = await world.done("CON.merseyside", "GET", held)
    assert (corrected["version"], corrected["power"]) == (2, "yes")
    assert [version["power"] for version in corrected["versions"]] == ["no", "yes"]

    await five_instants(world, path)
    await another_force_searches_lawfully(world, reference)
    await another_force_ends_it(world, path)


async def five_instants(world: World, path: str) -> None:
    """As true and as known: what was so, and what the system could have said, differ until the release was
    confirmed.
    """
    for at, known_at, answer, reason in (
        ("2024-03-04T14:59:59+00:00", None, "no", "not-made"),
        ("2024-03-04T16:00:00+00:00", "2024-03-04T16:00:00+00:00", "unknown", "trigger-not-confirmed"),
        ("2024-06-10T12:00:00+01:00", "2024-06-10T12:00:00+01:00", "unknown", "trigger-not-confirmed"),
        ("2024-06-10T12:00:00+01:00", None, "yes", "in-effect"),
        ("2025-06-10T00:00:00+01:00", None, "no", "expired"),
    ):
        asked = {"at": at} | ({"known_at": known_at} if known_at else {})
        async with world.client("PLO.merseyside") as client:
            status = (await client.get(f"/api/v1{path}/status", params=asked)).json()
        assert (status["answer"], status["reason"]) == (answer, reason), (at, known_at, status)
        assert status["source"]
        assert status["sentence"]


async def another_force_searches_lawfully(world: World, reference: str) -> None:
    """The power runs across England and Wales; the other force's legal team sees nothing of that search."""
    world.at("2025-06-20T13:00:00+01:00")
    abroad = {
        **SEARCH,
        "at": "2025-05-02T14:00:00+01:00",
        "order_reference": reference.lower().replace("-", " "),
        "pnc_id": "2002/0073319Z",
    }
    abroad = await world.done("CON.sussex", "POST", "/searches", abroad)
    assert (abroad["power"], abroad["force"], abroad["order_force"]) == ("yes", "sussex", "merseyside")
    assert abroad["claimed"] == reference.lower().replace("-", " ")
    assert (await world.ask("PLO.merseyside", "GET", f"/searches/{abroad['id']}")).status_code == 404
    assert (await world.ask("CON.sussex", "GET", f"/orders/{abroad['order_id']}")).status_code == 404


async def another_force_ends_it(world: World, path: str) -> None:
    """A later order of another force's court ends the earlier on its making, by a system act that cites only
    its reference.
    """
    world.at("2025-01-20T10:00:00+00:00")
    later = await considered(world, PERSON, "sussex", offence_from="2024-12-01", conviction_date="2025-01-15")
    later = await granted(world, await to_court(world, later, "sussex"), "sussex")
    world.at("2025-06-21T10:00:00+01:00")
    assert (await world.ask("PLO.merseyside", "GET", path)).status_code == 404  # over for more than 90 days
    person = (await world.done("SUP.merseyside", "GET", path))["person_id"]
    await world.allocate("PLO.merseyside", person)
    status = await world.done("PLO.merseyside", "GET", f"{path}/status?at=2025-02-01T12:00:00Z")
    assert (status["answer"], status["reason"]) == ("no", "superseded")
    assert later["order_reference"] in str(await world.done("PLO.merseyside", "GET", path))
    before = await world.done("PLO.merseyside", "GET", f"{path}/status?at=2025-01-20T09:59:59Z")
    assert before["answer"] == "yes"
