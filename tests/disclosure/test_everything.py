"""A case with something in nearly every table: all of it is gathered, column by column, and the log vouches
for all of it.
"""

import httpx
import msgspec

from svro.casework.access import Purpose
from svro.casework.disclosure import gather, reached, requests, review
from svro.casework.disclosure.composed import Wanted, compose
from svro.casework.disclosure.sections import BY_TABLE, SCOPES
from svro.records import Database, metadata, notes, sealing
from svro.records.disclosure import DisclosureRequest
from svro.records.reach import ALL
from tests.web.conftest import OPENED, STAFF, World
from tests.web.seeded import ask, seed
from tests.web.test_disclosure_journeys import instruct

LOG_KEY = notes.Key.of("svro.test/log", notes.LOG, bytes(range(32)))
NEVER_HERE = {"glass_openings", "disclosure_bundles", "download_links", "download_receipts"}
NEVER_HERE |= {"access_entries"}  # of the real clock, later than this case's
"""Tables without a row in this world; tests of their own hold them, or nothing of the kind has happened."""


async def test_everything_held_is_gathered_and_vouched_for(database: Database) -> None:
    world = World(database)
    await world.settle()
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://svro.test") as client:
        there = await seed(client)
        checked = {"order_reference": there.order_reference}
        await ask(client, "CON", "POST", "/status-checks", checked)
        body = {"account_id": STAFF["DIS"].account_id, "reason": "prepares disclosure"}
        await ask(client, "SUP", "POST", f"/people/{there.person_id}/allocations", body)
    await instruct(database, there.person_id)
    solicitor = STAFF["SOL"]
    officer = msgspec.structs.replace(STAFF["DIS"], purpose=Purpose("disclosure", "DISC-1"))
    wanted = requests.MakeRequest(
        person_id=there.person_id,
        purpose="trial",
        scope=tuple(SCOPES),  # type: ignore[arg-type]
        details="Everything",
    )
    async with database.write(ALL) as session:
        made = await requests.make(session, solicitor, wanted, OPENED)
        await requests.say(session, solicitor, made.id, requests.Say(text="Soon, please"), OPENED)
        await review.decide_rest(session, officer, made.id, review.DecideRest(), OPENED)
        note = await sealing.seal(session, LOG_KEY, OPENED)
    assert note is not None
    async with database.read(ALL) as session:
        row = await session.get(DisclosureRequest, ("merseyside", made.id))
        assert row is not None
        recipient = await reached.recipient_of(session, row.account_id, OPENED)
        held = await gather.gather(session, reached.asked(row, recipient, row.scope, OPENED, OPENED))
        want = Wanted(row, 1, row.scope, OPENED, note.size, OPENED)
        content = await compose(session, want, first=True)
    tables = {one.table for one in held} - {None}
    assert set(BY_TABLE) - tables <= NEVER_HERE, "something in the seeds is not gathered"
    for one in held:
        if one.table is None:
            continue
        columns = metadata.tables[one.table].columns
        shown = {field.name.partition(".")[0] for field in one.fields}
        assert {c.name for c in columns if c.info["disclose"] != "never"} <= shown, one.table
    assert content.astray == ()
    items = [item for section in content.disclosed.sections for item in section.items]
    silent = {item.kind for item in items if not item.entries}
    assert silent <= {"finding", "figures"}
