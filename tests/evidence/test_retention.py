"""People are erased by two, wholly: no word of them is left in any file, and every earlier proof holds."""

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from sqlalchemy import func, make_url, select, text

from svro import verify as alone
from svro.bench import postgres as clusters
from svro.casework import evidence
from svro.casework.erasure import GONE, LINKS, WORDS, emptied, hollow
from svro.casework.evidence import Ask
from svro.casework.replaying import replay
from svro.casework.verifying import verify
from svro.records import Database, fence, metadata, pages, schema
from svro.records.access_log import AccessEntry
from svro.records.base import Packed, put
from svro.records.documents import SolicitorVersion
from svro.records.ledger import Entry, LedgerLeaf, LedgerPayload, append
from svro.records.reach import ALL
from tests.conftest import absent
from tests.evidence.conftest import LOG_KEY, Evidence

KEY = alone.read_key(str(LOG_KEY))
WHY = {"reason": "review-due", "explanation": "Canaryexplanation: no purpose is left"}
SETTLED = {"decision": "erase", "explanation": "Canaryagreed"}
OVER = "2026-06-01T09:00:00+00:00"
"""After every order under the pilot has lapsed."""


def test_every_table_that_leads_to_a_person_says_what_of_it_is_personal() -> None:
    owned = {
        "person_id",
        "application_id",
        "order_id",
        "search_id",
        "investigation_id",
        "item_id",
        "proposal_id",
        "case_id",
        "feedback_id",
        "document_id",
        "request_id",
    }
    derived = set(fence.FREE)
    nothing_personal = {"applications", "orders", "erasures", "access_entries", "declared_people"}
    nothing_personal |= {"panel_cases"}
    leading = {
        table.name
        for table in metadata.sorted_tables
        if owned & set(table.c.keys()) and table.name not in derived | nothing_personal
    }
    leading |= {"proposals", "alert_outcomes"}  # by what they are about
    assert leading == set(fence.ERASED) == {name for name, _ in LINKS}
    for name, columns in fence.ERASED.items():
        for column in columns:
            kind = metadata.tables[name].c[column].type
            if isinstance(kind, Packed) and name not in WORDS:
                packed = hollow(kind.kind)
                assert msgspec.json.decode(msgspec.json.encode(packed), type=kind.kind) == packed, name


def test_what_is_emptied_keeps_codes_and_loses_words() -> None:
    table = metadata.tables["search_versions"]
    kind: Any = table.c.record.type
    said = hollow(kind.kind)
    said = msgspec.structs.replace(said, place="Here", grounds="Words", outcome="arrest", found=None)
    left = emptied(table, "record", said)
    assert (left.place, left.grounds, left.outcome, left.found) == (GONE, GONE, "arrest", None)
    assert emptied(table, "pnc_given", None) is None


async def proposed(world: Evidence, person: str, who: str = "SUP.merseyside") -> str:
    return str((await world.done(who, "POST", f"/people/{person}/retention-proposals", WHY))["id"])


@pytest.fixture
def over(world: Evidence) -> Evidence:
    """The world when the pilot's orders have lapsed, and somebody who has just proved who they are."""
    world.at(OVER)
    world.fresh("AUD.merseyside")
    return world


async def person_of(world: Evidence) -> str:
    async with world.database.read(ALL) as session:
        return str((await session.execute(text("SELECT id FROM people"))).scalar_one())


async def test_somebody_else_decides_afresh_and_once(over: Evidence) -> None:
    person = await person_of(over)
    own = await proposed(over, person, "AUD.merseyside")
    path = f"/retention-proposals/{own}"
    answer = await over.ask("AUD.merseyside", "POST", f"{path}/decisions", SETTLED)
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "You proposed this: somebody else decides it.",
    )
    assert (await over.ask("SUP.merseyside", "POST", f"{path}/decisions", SETTLED)).status_code == 403
    again = await over.ask("SUP.merseyside", "POST", f"/people/{person}/retention-proposals", WHY)
    assert again.status_code == 409
    assert (await over.ask("CON.merseyside", "GET", "/retention")).status_code == 403


async def test_it_must_be_proved_again_who_decides(world: Evidence) -> None:
    world.at(OVER)
    own = await proposed(world, await person_of(world))
    answer = await world.ask("AUD.merseyside", "POST", f"/retention-proposals/{own}/decisions", SETTLED)
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (403, "prove-again")


async def test_nobody_is_erased_while_their_order_is_in_effect(world: Evidence) -> None:
    path = f"/people/{await person_of(world)}/retention-proposals"
    answer = await world.ask("SUP.merseyside", "POST", path, WHY)
    assert (answer.status_code, "in effect" in answer.json()["detail"]) == (409, True)


async def test_what_is_kept_is_kept_and_may_be_proposed_again(over: Evidence) -> None:
    person = await person_of(over)
    own = await proposed(over, person)
    kept = {"decision": "keep", "explanation": "An appeal is expected"}
    view = await over.done("AUD.merseyside", "POST", f"/retention-proposals/{own}/decisions", kept)
    assert (view["decision"], view["erased_at"]) == ("keep", None)
    twice = await over.ask("AUD.merseyside", "POST", f"/retention-proposals/{own}/decisions", SETTLED)
    assert twice.status_code == 412
    assert (await over.done("SUP.merseyside", "GET", f"/people/{person}"))["family_name"] == "Quillfeather"
    assert await proposed(over, person)


async def test_a_record_untouched_for_six_years_is_due_for_review(over: Evidence) -> None:
    assert (await over.done("SUP.merseyside", "GET", "/retention"))["due"] == []
    over.at("2030-06-01T09:00:00+00:00")
    due = (await over.done("SUP.merseyside", "GET", "/retention"))["due"]
    assert [line["person"] for line in due] == ["Barnaby Quillfeather"]
    await proposed(over, due[0]["person_id"])
    queue = await over.done("AUD.merseyside", "GET", "/retention")
    assert (queue["due"], [one["yours"] for one in queue["proposals"]]) == ([], [True])


async def test_after_an_erasure_everything_still_opens_and_says_nothing(over: Evidence) -> None:
    person = await person_of(over)
    async with over.database.read(ALL) as session:
        ids = {
            kind: (await session.execute(text(f"SELECT id FROM {kind}"))).scalar_one()
            for kind in ("applications", "orders", "searches")
        }
        before = {table.name: await _count(session, table.name) for table in fence.fenced()}
    kept_out = {"which": "kept out", "account_id": over.tokens.actors["CON.merseyside"].account_id}
    waits = await over.ask(
        "SUP.merseyside", "POST", f"/people/{person}/lists", {**kept_out, "reason": "Canary cousin"}
    )
    waiting = f"/proposals/{waits.json()['id']}"
    own = await proposed(over, person)
    view = await over.done("AUD.merseyside", "POST", f"/retention-proposals/{own}/decisions", SETTLED)
    assert (view["person"], view["explanation"], view["erased_at"] is not None) == (GONE, GONE, True)
    async with over.database.read(ALL) as session:
        told = select(AccessEntry.kind).where(AccessEntry.subject_id == person)
        assert list(await session.scalars(told.where(AccessEntry.kind == "erasure"))) == ["erasure"]
    said = await over.done("AUD.merseyside", "GET", waiting)
    assert (said["command"], said["about_id"]) == ({}, person)
    assert (await over.ask("AUD.merseyside", "POST", f"{waiting}/approve", {})).status_code == 409
    for kind, one in {"people": person, **ids}.items():
        answer = await over.ask("SUP.merseyside", "GET", f"/{kind}/{one}")
        assert answer.status_code == 200, (kind, answer.text)
        for word in ("Quillfeather", "Barnaby", "Cutlass", "73319", "1994"):
            assert word not in answer.text, (kind, word)
    search = (await over.done("SUP.merseyside", "GET", f"/searches/{ids['searches']}"))["record"]
    assert (search["place"], search["at"][:10]) == (GONE, "2024-03-05")
    async with over.database.snapshot() as session:
        after = {name: await _count(session, name) for name in before}
        assert {name for name in before if after[name] < before[name]} == {"ledger_payloads"}
        verdict = await verify(session, key=LOG_KEY)
        assert verdict.wrong == []
        assert verdict.erased > 10
        assert all(one.differences == [] for one in await replay(session))


async def _count(session: Any, name: str) -> int:
    return int((await session.execute(text(f'SELECT count(*) FROM "{name}"'))).scalar_one())


# No word is left in any file


def canaries(n: int) -> dict[str, str]:
    """What is recorded of the n-th person, each word of it to be found nowhere afterwards."""
    return {
        "family_name": f"Canaryfamily{n:04}x",
        "given_name": f"Canarygiven{n:04}x",
        "home": f"Canaryhome{n:04}x Street",
    }


async def recorded(world: Evidence, count: int) -> list[str]:
    """People of whom everything is recorded that can be, with requests that name themselves; one a second, so
    that nobody asks faster than is allowed.
    """
    people = []
    for n in range(count):
        world.real = world.now + timedelta(seconds=n)
        person = {**canaries(n), "date_of_birth": "1994-05-06"}
        key = {"Idempotency-Key": f"canary-{n:08}"}
        made = await world.done("PLO.merseyside", "POST", "/people", person, **key)
        people.append(made["id"])
        custody = {"kind": "remand", "started": "2024-01-01", "authority": f"Canaryprison{n:04}x"}
        await world.done("PLO.merseyside", "POST", f"/people/{made['id']}/custody", custody)
        again = {**person, "reason": f"Canaryreason{n:04}x"}
        await world.done("PLO.merseyside", "PUT", f"/people/{made['id']}", again, version=1)
    return people


async def erased(world: Evidence, people: list[str]) -> None:
    world.at(OVER)
    world.fresh("AUD.merseyside")
    for person in people:
        world.real = (world.real or world.now) + timedelta(seconds=1)
        own = await proposed(world, person)
        await world.done("AUD.merseyside", "POST", f"/retention-proposals/{own}/decisions", SETTLED)


async def proofs(world: Evidence) -> list[dict[str, Any]]:
    """A proof of each entry, as an outsider may have kept it."""
    async with world.database.read(ALL) as session:
        size = await session.scalar(select(func.count(LedgerLeaf.position)))
        return [
            msgspec.to_builtins(await evidence.prove(session, Ask(index=n)))
            for n in random.Random(1).sample(range(size or 0), min(size or 0, 400))
        ]


def hits(folder: Path) -> dict[str, int]:
    """How often a canary stands in each file under a folder, whatever the file is."""
    found = {}
    for file in (one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
        try:
            if times := file.read_bytes().lower().count(b"canary"):
                found[str(file.relative_to(folder))] = times
        except FileNotFoundError:
            continue  # a temporary file of the server's own, gone since it was listed
    return found


async def life(world: Evidence, folder: Path, count: int) -> tuple[dict[str, int], dict[str, int], int, int]:
    """Record people, keep proofs, erase them, rewrite the files. Gives the canaries found before the
    rewriting and after it, the proofs that still held, and of how many.
    """
    await world.settle()
    people = await recorded(world, count)
    await world.seal()
    kept = await proofs(world)
    assert hits(folder), "the scan sees what is there"
    if not world.database.on_sqlite:  # as the server does by itself from time to time: it keeps samples
        async with world.database.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE"))
    await erased(world, people)
    await world.seal()
    before = hits(folder)
    await pages.rewrite(world.database)
    async with world.database.snapshot() as session:
        assert (await verify(session, key=LOG_KEY)).wrong == []
        assert await session.scalar(select(func.count()).select_from(LedgerPayload)) is not None
    held = sum(alone.check_proof(proof, KEY).startswith("Entry") for proof in kept)
    return before, hits(folder), held, len(kept)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A PostgreSQL of its own, which removes the segments of its log that are past their retention."""
    found = clusters.binaries()
    if found is None:
        absent("no PostgreSQL binaries: the files of a server elsewhere cannot be read")
    settings = {"wal_recycle": "off", "min_wal_size": "32MB", "max_wal_size": "64MB", "fsync": "off"}
    with clusters.cluster(found, settings | {"log_statement": "none"}) as url:
        yield url, Path(make_url(url).query["host"])  # type: ignore[arg-type]


async def on_postgres(url: str, folder: Path, count: int) -> tuple[dict[str, int], dict[str, int], int, int]:
    database = Database(url)
    await schema.migrate(database.engine)
    try:
        before, _, held, of = await life(Evidence(database), folder, count)
        await _past_retention(url)
        return before, hits(folder), held, of
    finally:
        await database.close()


async def _past_retention(url: str) -> None:
    """Segments after segments, and checkpoints: what was written before is past its retention."""
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        for _ in range(3):
            await connection.execute("SELECT pg_logical_emit_message(true, 'filler', repeat('x', 1000000))")
            await connection.execute("SELECT pg_switch_wal()")
            await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def on_sqlite(folder: Path, count: int) -> tuple[dict[str, int], dict[str, int], int, int]:
    database = Database(f"sqlite+aiosqlite:///{folder / 'svro.db'}")
    await schema.migrate(database.engine)
    try:
        return await life(Evidence(database), folder, count)
    finally:
        await database.close()


async def test_ten_people_are_erased_from_every_page_and_journal_of_sqlite(tmp_path: Path) -> None:
    _, after, held, of = await on_sqlite(tmp_path, 10)
    assert (after, held) == ({}, of)
    assert of > 30


async def test_ten_people_are_erased_from_every_file_and_the_log_of_postgresql(
    server: tuple[str, Path],
) -> None:
    before, after, held, of = await on_postgres(*server, 10)
    assert before, "until the tables are written anew the words are still in their pages"
    assert (after, held) == ({}, of)


@pytest.mark.full
async def test_a_thousand_people_are_erased_on_sqlite(tmp_path: Path) -> None:
    before, after, held, of = await on_sqlite(tmp_path, 1_000)
    print(
        f"SQLite: {sum(before.values())} canaries before the rewriting, {after} after; {held} of {of} proofs"
    )
    assert (after, held) == ({}, of)


@pytest.mark.full
async def test_a_thousand_people_are_erased_on_postgresql(server: tuple[str, Path]) -> None:
    before, after, held, of = await on_postgres(*server, 1_000)
    print(f"PostgreSQL: {sum(before.values())} canaries before, {after} after; {held} of {of} proofs")
    assert (after, held) == ({}, of)


async def test_without_emptying_the_words_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an erasure that leaves its columns as they are."""

    async def leave(*_: object) -> None:
        """Nothing is emptied."""

    monkeypatch.setattr("svro.casework.erasure._empty", leave)
    _, after, _, _ = await on_sqlite(tmp_path, 1)
    assert list(after) == ["svro.db"]
    assert os.path.exists(tmp_path / "svro.db")


async def test_an_erasure_takes_the_bytes_of_documents_and_whoever_acted_or_claims_to(over: Evidence) -> None:
    over.at("2024-03-06T09:00:00+00:00")
    person = await person_of(over)
    async with over.database.read(ALL) as session:
        found = await session.execute(text("SELECT id, reference FROM orders"))
        order, reference = found.one()
    async with over.client("PLO.merseyside") as client:
        path = f"/api/v1/orders/{order}/documents"
        sent = await client.post(path, params={"title": "Canarytitle"}, content=b"Canarybytes")
    document = sent.json()["id"]
    await over.ask("PLO.merseyside", "POST", f"/orders/{order}/paper")
    seen = {"kind": "court-record", "sra_number": "123456", "checked_with": "Canarychecked"}
    await over.done("CLK.merseyside", "POST", f"/people/{person}/representations", seen)
    solicitor = over.tokens.actors["SOL.merseyside"].account_id
    async with over.database.write(ALL) as session:
        own = {
            "account_id": solicitor,
            "n": 1,
            "sra_number": "654321",
            "firm": "Birk",
            "standing": "practising",
        }
        stamp = {"checked_with": "x", "recorded_at": over.now, "recorded_by": solicitor}
        await put(session, SolicitorVersion, **own, **stamp)
        await append(session, Entry(tag="x", force=None, actor=solicitor, subject="x", at=over.now, facts={}))
    claim = {"reference": reference, "representation_reference": "Canaryclaimed"}
    assert (await over.ask("SOL.merseyside", "POST", "/instructions", claim)).status_code == 202
    over.at(OVER)
    own_proposal = await proposed(over, person)
    await over.done("AUD.merseyside", "POST", f"/retention-proposals/{own_proposal}/decisions", SETTLED)
    view = await over.done("SUP.merseyside", "GET", f"/documents/{document}")
    assert (view["title"], view["erased"]) == (GONE, True)
    assert (await over.ask("SUP.merseyside", "GET", f"/documents/{document}/content")).status_code == 404
    async with over.database.snapshot() as session:
        for table in metadata.sorted_tables:
            for row in await session.execute(table.select()):
                assert "canary" not in str(tuple(row)).lower(), table.name
        assert await _count(session, "instruction_claims") == 0
        assert await _count(session, "document_contents") == 1
        assert (await verify(session, key=LOG_KEY)).wrong == []
