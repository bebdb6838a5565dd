"""What is handed over of the access log: agreed on by two, each look proved, each taking a disclosure."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import msgspec
import pytest

from svro import verify
from svro.casework import extracts
from svro.demo.world import LOG_KEY
from svro.records import sealing
from svro.records.reach import ALL
from tests.api.conftest import START, World
from tests.api.test_access_log import OTHER, newest
from tests.api.test_doors import PERSON

AUD, SUP, PLO = "AUD.merseyside", "SUP.merseyside", "PLO.merseyside"
DAYS = {"first_day": "2025-03-10", "last_day": "2025-03-14"}
FOR = {**DAYS, "recipients": "The subject’s solicitor", "reason": "A subject access request"}
KEY = verify.read_key(str(LOG_KEY))


async def looked(world: World) -> str:
    """A person at whom a supervisor and a legal officer looked in March 2025, and the auditor in April."""
    world.real = datetime.fromisoformat("2025-03-10T00:00:00+00:00")
    key = str((await world.done(PLO, "POST", "/people", PERSON))["id"])
    other = str((await world.done(PLO, "POST", "/people", OTHER))["id"])
    world.real = datetime.fromisoformat("2025-03-14T23:59:00+00:00")
    for one in (key, other, key):
        await world.done(SUP, "GET", f"/people/{one}")
    world.real = datetime.fromisoformat("2025-03-15T00:00:00+00:00")
    await world.done(SUP, "GET", f"/people/{key}")
    return key


async def sealed(world: World) -> None:
    async with world.database.write(ALL) as session:
        await sealing.seal(session, LOG_KEY, START)


async def agreed(world: World, **asked: Any) -> str:
    """The id of an extract that two auditors agreed on."""
    waits = await world.ask(AUD, "POST", "/access-extracts", {**FOR, **asked})
    done = await world.agreed(waits, await world.hire("AUD", "merseyside"))
    assert done["standing"] == "approved"
    return str(done["id"])


async def test_two_auditors_agree_and_the_file_has_each_look_with_its_proof(world: World) -> None:
    key = await looked(world)
    await sealed(world)
    extract = await agreed(world, person_id=key)
    (line,) = await world.done(AUD, "GET", "/access-extracts")
    assert (line["id"], line["person_id"], line["recipients"]) == (extract, key, FOR["recipients"])
    answer = await world.ask(AUD, "GET", f"/access-extracts/{extract}/file")
    made = answer.json()
    told = [(look["at"], look["kind"], look["account"], look["reference"]) for look in made["looks"]]
    assert told == [
        ("2025-03-10T00:00:00Z", "collection", "account 1", "withheld"),
        ("2025-03-14T23:59:00Z", "consultation", "account 2", "withheld"),
        ("2025-03-14T23:59:00Z", "consultation", "account 2", "withheld"),
    ]
    assert all(look["seen"] == [f"person {key} (merseyside)"] for look in made["looks"])
    for name in (SUP, PLO, "OP-2024-0001", world.tokens.actors[SUP].account_id):
        assert str(name) not in answer.text
    assert verify.check_proof(made, KEY).startswith("3 of the 3 looks are in the log")


async def test_each_taking_is_logged_as_a_disclosure_to_its_recipients(world: World) -> None:
    key = await looked(world)
    extract = await agreed(world, person_id=key)
    for day, end in ((17, ""), (18, ".csv")):
        world.real = datetime.fromisoformat(f"2025-03-{day}T00:00:00+00:00")
        assert (await world.ask(AUD, "GET", f"/access-extracts/{extract}/file{end}")).status_code == 200
        rows = await newest(world)
        assert {(row.kind, row.recipients, row.permission) for row in rows} == {
            ("disclosure", FOR["recipients"], "access_log:export")
        }
        assert [(row.subject_id, row.at) for row in rows] == [(key, world.real)]


async def test_a_force_s_period_as_csv_has_every_look_in_it(world: World) -> None:
    await looked(world)
    await sealed(world)
    extract = await agreed(world)
    made = await world.done(AUD, "GET", f"/access-extracts/{extract}/file")
    answer = await world.ask(AUD, "GET", f"/access-extracts/{extract}/file.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == [look["id"] for look in made["looks"]]
    assert (len(rows), {row["door"] for row in rows}) == (
        5,
        {"POST /api/v1/people", "GET /api/v1/people/{person_id}"},
    )
    assert all(row["leaf"] == look["proof"]["leaf"] for row, look in zip(rows, made["looks"], strict=True))
    assert (await world.ask("AUD.sussex", "GET", f"/access-extracts/{extract}/file")).status_code == 404
    assert await world.done("AUD.sussex", "GET", "/access-extracts") == []


async def test_one_auditor_alone_gets_nothing_and_a_period_is_a_period(world: World) -> None:
    key = await looked(world)
    waits = await world.ask(AUD, "POST", "/access-extracts", {**FOR, "person_id": key})
    proposal = waits.json()["id"]
    assert (waits.status_code, waits.json()["about"]) == (202, "person")
    assert (await world.ask(AUD, "GET", f"/access-extracts/{proposal}/file")).status_code == 404
    assert (await world.ask(AUD, "POST", f"/proposals/{proposal}/approve", {})).status_code == 403
    for who in (SUP, "DIS.merseyside", "OVR.merseyside", "ADM.merseyside"):
        assert (await world.ask(who, "POST", "/access-extracts", FOR)).status_code == 403, who
    gone = await world.ask("AUD.sussex", "POST", "/access-extracts", {**FOR, "person_id": key})
    assert gone.status_code == 404
    for days in ({"last_day": "2025-03-09"}, {"last_day": "2026-03-11"}):
        bad = await world.ask(AUD, "POST", "/access-extracts", {**FOR, **days})
        assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "last_day")


async def test_more_looks_than_one_extract_takes_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = await agreed(world, person_id=await looked(world))
    monkeypatch.setattr(extracts, "MOST", 2)
    assert (await world.ask(AUD, "GET", f"/access-extracts/{extract}/file")).status_code == 400
    monkeypatch.setattr(extracts, "MOST", 3)  # the control
    assert (await world.ask(AUD, "GET", f"/access-extracts/{extract}/file")).status_code == 200


async def test_an_extract_before_anything_is_sealed_says_that_nothing_is_proved(world: World) -> None:
    extract = await agreed(world, person_id=await looked(world))
    made = await world.done(AUD, "GET", f"/access-extracts/{extract}/file")
    assert (made["size"], {look["proof"] for look in made["looks"]}) == (None, {None})
    with pytest.raises(verify.Bad):
        verify.check_proof(made, KEY)


async def test_a_changed_extract_is_not_proved(world: World) -> None:
    extract = await agreed(world, person_id=await looked(world))
    await sealed(world)
    made = await world.done(AUD, "GET", f"/access-extracts/{extract}/file")
    changes = (
        lambda look: look["proof"].update(leaf="00" * 32),
        lambda look: look["proof"].update(index=look["proof"]["index"] + 1),
        lambda look: look["proof"].update(path=look["proof"]["path"][:-1]),
    )
    for n, change in enumerate(changes):
        forged = msgspec.json.decode(json.dumps(made))
        change(forged["looks"][n])
        with pytest.raises(verify.Bad):
            verify.check_proof(forged, KEY)
    assert "3 of the 3" in verify.check_proof(made, KEY)  # the control
