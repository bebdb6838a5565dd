"""The log's doors, open to all, and a witness from outside who keeps what they said."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pytest
from sqlalchemy import delete, func, select

from svro import verify as alone
from svro.app import build
from svro.records import Database, fence, sealing
from svro.records.ledger import LedgerLeaf
from svro.records.reach import ALL
from svro.settings import Settings
from tests.evidence.attacks import disarm, rearm, seal_anew
from tests.evidence.conftest import LOG_KEY, WITNESS_KEY, Evidence, seconds
from tests.lines import owned

KEY = alone.read_key(str(LOG_KEY))
WITNESS = alone.read_secret(WITNESS_KEY.secret())


async def ask(world: Evidence, path: str, **query: object) -> httpx.Response:
    """A question by somebody signed out."""
    async with world.client(None) as client:
        return await client.get(f"/api/v1/ledger/{path}", params={k: str(v) for k, v in query.items()})


async def test_anybody_gets_the_checkpoint_and_proofs_that_the_file_accepts(world: Evidence) -> None:
    note = (await ask(world, "checkpoint")).text
    made = alone.check_checkpoint(note, KEY)
    async with world.database.read(ALL) as session:
        leaves = (await session.execute(select(LedgerLeaf).order_by(LedgerLeaf.position))).scalars().all()
        first = await session.scalar(select(func.min(sealing.LedgerCheckpoint.size)))
    assert made.size == len(leaves) > 20
    for at in (0, 1, made.size // 2, made.size - 1):
        by_index = (await ask(world, "proof", index=at)).json()
        by_leaf = (await ask(world, "proof", leaf=leaves[at].id)).json()
        assert by_index == by_leaf
        assert alone.check_proof(by_index, KEY).startswith(f"Entry {at} is in the log")
    proof = (await ask(world, "proof", first=first)).json()
    path = [bytes.fromhex(step) for step in proof["path"]]
    earlier = alone.check_checkpoint((await ask(world, "checkpoint", size=first)).text, KEY)
    assert alone.check_consistency(earlier.size, made.size, path, earlier.root, made.root)
    keys = (await ask(world, "keys")).json()
    assert [one["key"] for one in keys] == [str(LOG_KEY)]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({}, 400, "leaf"),
        ({"index": 1, "first": 1}, 400, "leaf"),
        ({"index": -1}, 400, "index"),
        ({"index": 10**9}, 400, "index"),
        ({"index": 3, "size": 2}, 400, "size"),
        ({"first": 3, "second": 2}, 400, "first"),
        ({"leaf": "0" * 32}, 404, None),
    ],
)
async def test_what_cannot_be_proved_is_said_by_field(
    world: Evidence, query: dict[str, object], status: int, field: str | None
) -> None:
    answer = await ask(world, "proof", **query)
    assert answer.status_code == status
    assert [one["field"] for one in answer.json().get("errors", [])][:1] == ([field] if field else [])


async def test_a_log_that_signed_nothing_says_so(database: Database) -> None:
    world = Evidence(database)
    await world.settle()
    assert (await ask(world, "checkpoint")).status_code == 503
    assert (await ask(world, "proof", index=0)).status_code == 503


@pytest.fixture
def log(world: Evidence) -> Evidence:
    """The world, whose witness is configured."""
    world.app.state.settings = Settings(witnesses=(str(WITNESS_KEY),))
    return world


async def post(world: Evidence, note: str) -> httpx.Response:
    async with world.client(None) as client:
        return await client.post(
            "/api/v1/ledger/cosignatures", content=note.encode(), headers={"Content-Type": "text/plain"}
        )


async def test_a_witnesss_cosignature_is_kept_once_and_shown_with_the_checkpoint(log: Evidence) -> None:
    note = (await ask(log, "checkpoint")).text
    body = alone.read_note(note)[0]
    line = alone.cosign(body, WITNESS, seconds(log.now))
    assert (await post(log, f"{body}\n{line}")).json() == {"new": 1}
    assert (await post(log, f"{body}\n{line}")).json() == {"new": 0}
    shown = (await ask(log, "checkpoint")).text
    assert alone.check_checkpoint(shown, KEY).body == body
    assert alone.check_cosignature(shown, alone.read_key(str(WITNESS_KEY))) == seconds(log.now)
    stranger = alone.Key("witness.test", alone.COSIGNER, alone.public_key(bytes(32)), bytes(32))
    forged = alone.cosign(body, stranger, 1)
    other = body.replace("svro.test", "svro.other")
    refused = (
        "nonsense",
        f"{body}\n{forged}",
        f"{other}\n{alone.cosign(other, WITNESS, 1)}",
        f"{body}\n{line.replace('A', 'B')}",
    )
    for bad in refused:
        assert (await post(log, bad)).status_code == 400


@contextmanager
def served(answers: dict[str, str], posted: list[str]) -> Iterator[str]:
    """A log's doors as they answered, over HTTP: the witness is a program of its own and asks as such."""

    class Doors(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = urlsplit(self.path)
            name = found.path.rpartition("/")[2] + "".join(f" {k}={v}" for k, v in parse_qsl(found.query))
            self.send_response(200 if name in answers else 404)
            self.end_headers()
            self.wfile.write(answers.get(name, "").encode())

        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Nothing: pytest would print it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Doors) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api/v1/ledger"
        server.shutdown()


async def test_a_witness_keeps_checks_and_cosigns_and_refuses_a_fork_and_a_shrink(
    log: Evidence, tmp_path: Path
) -> None:
    state, signer, public = (tmp_path / name for name in ("state", "signer", "public"))
    signer.write_text(WITNESS_KEY.secret(), encoding="ascii")
    public.write_text(str(LOG_KEY), encoding="ascii")
    answers: dict[str, str] = {"checkpoint": (await ask(log, "checkpoint")).text}
    posted: list[str] = []

    with served(answers, posted) as address:

        def round_(expected: int) -> None:
            files = ["--key", str(public), "--state", str(state), "--signer", str(signer)]
            assert alone.main(["witness", address, *files]) == expected

        round_(0)
        kept = alone.check_checkpoint(state.read_text(encoding="utf-8"), KEY)
        assert (await post(log, posted[-1])).json() == {"new": 1}
        await log.case(family_name="Second", pnc_id="79163001B")
        answers["checkpoint"] = await log.seal()
        proof = (await ask(log, "proof", first=kept.size)).text
        later = alone.check_checkpoint(answers["checkpoint"], KEY)
        answers[f"proof first={kept.size} second={later.size}"] = proof
        round_(0)
        good = state.read_text(encoding="utf-8")
        assert alone.check_checkpoint(good, KEY).size == later.size
        assert alone.check_cosignature(good, alone.read_key(str(WITNESS_KEY))) > 0
        # A shrink: the log as it once was.
        answers["checkpoint"] = (await ask(log, "checkpoint", size=kept.size)).text
        round_(1)
        # A fork: as long as the one that was kept, and another.
        answers["checkpoint"] = await forked(log)
        round_(1)
        # Signed by somebody else.
        answers["checkpoint"] = good.replace("svro.test", "svro.other")
        round_(1)
    assert state.read_text(encoding="utf-8") == good
    assert len(posted) == 2
    evidence = sorted(tmp_path.glob("state.evidence-*"))
    assert len(evidence) == 2, "what the log itself signed is kept as evidence"
    assert all(good in one.read_text(encoding="utf-8") for one in evidence)


async def forked(log: Evidence) -> str:
    """The last entry thrown away for another, with everything signed anew: the note; then it is undone."""
    note = ""
    try:
        async with owned(log.database) as session:
            await disarm(session)
            sizes = list(await session.scalars(select(sealing.LedgerCheckpoint.size)))
            last = await session.scalar(select(LedgerLeaf).order_by(LedgerLeaf.position.desc()).limit(1))
            assert last is not None
            values = {
                "id": "f" * 32,
                "commitment": bytes(32),
                "position": last.position,
                "sealed_in": last.sealed_in,
            }
            await session.execute(delete(LedgerLeaf).where(LedgerLeaf.id == last.id))
            session.expire_all()
            await session.execute(LedgerLeaf.__table__.insert().values(**values))  # type: ignore[attr-defined]
            await seal_anew(session, sizes)
            newest = await sealing.newest(session)
            assert newest is not None
            note = newest.note
            await rearm(session)
            raise ZeroDivisionError
    except ZeroDivisionError:
        return note


async def test_the_served_app_seals_by_itself(database: Database, tmp_path: Path) -> None:
    from svro.records import notes

    place = tmp_path / "log.key"
    notes.new_key_file(place, LOG_KEY)
    world = Evidence(database)
    await world.settle()
    app = build(Settings(log_key=str(place), seal_ms=10, secure_cookies=False), database)
    import asyncio

    async with app.lifespan():  # closes the database when it ends
        for _ in range(300):
            await asyncio.sleep(0.02)
            async with database.read(ALL) as session:
                if not await sealing.waiting(session):
                    break
        async with database.read(ALL) as session:
            newest = await sealing.newest(session)
    assert newest is not None
    assert newest.size > 10


def test_settings_of_the_log_are_read_and_refused_by_name() -> None:
    read = Settings.read({"SVRO_LOG_KEY": "k", "SVRO_SEAL_MS": "100", "SVRO_WITNESSES": "a b"})
    assert (read.log_key, read.seal_ms, read.witnesses) == ("k", 100, ("a", "b"))
    assert msgspec.structs.asdict(Settings.read({}))["seal_ms"] == 1_000
    with pytest.raises(ValueError, match="SVRO_SEAL_MS"):
        Settings.read({"SVRO_SEAL_MS": "0"})
    assert fence.PROOF["ledger_leaves"]
