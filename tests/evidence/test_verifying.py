"""`svro verify` and one witness find every tampering and raise no false alarm; alone it misses some."""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from svro import verify as alone
from svro.casework import people, references, searches, status
from svro.casework.access import Purpose
from svro.casework.people import PersonDetails
from svro.casework.replaying import replay
from svro.casework.searches import RecordSearch
from svro.casework.status import CheckStatus
from svro.casework.verifying import Kept, Verdict, verify
from svro.cli import main
from svro.demo.plan import PLAN
from svro.demo.world import build
from svro.records import Database, sealing
from svro.records.reach import ALL
from tests.evidence.attacks import RECIPES, disarm, rearm, seed_of
from tests.evidence.conftest import LOG_KEY, WITNESS_KEY, Evidence, seconds
from tests.lines import owned


class Undone(Exception):
    """Ends a transaction that was only to be looked into."""


def witnessed(note: str, at: int) -> Kept:
    """What a witness keeps of a checkpoint."""
    body = alone.read_note(note)[0]
    return Kept(note + alone.cosign(body, alone.read_secret(WITNESS_KEY.secret()), at), WITNESS_KEY)


async def judged(session: AsyncSession, *kept: Kept) -> Verdict:
    return await verify(session, key=LOG_KEY, kept=kept)


async def tamper(world: Evidence, count: int) -> tuple[Counter[str], Counter[str]]:
    """(attacks of each kind, those found without the witness): each found with the witness, or it fails."""
    kept = witnessed(await world.seal(), seconds(world.now))
    done, unaided = Counter[str](), Counter[str]()
    names = sorted(RECIPES)
    for n in range(count):
        name, thorough = names[n % len(names)], n // len(names) % 2 == 0
        how = f"{name}, {'thorough' if thorough else 'crude'}"
        try:
            async with owned(world.database) as session:
                await disarm(session)
                await RECIPES[name](session, random.Random(seed_of(name, n)), thorough)
                await rearm(session)
                by_itself = (await judged(session)).wrong
                with_witness = (await judged(session, kept)).wrong
                raise Undone
        except Undone:
            done[how] += 1
            unaided[how] += bool(by_itself)
        assert with_witness, (how, n)
        if thorough:
            assert {one.kind for one in with_witness} == {"witness"}, (how, n, with_witness)
    return done, unaided


def told(done: Counter[str], unaided: Counter[str]) -> None:
    for how, times in sorted(done.items()):
        print(f"{how}: {times} of {times} found with the witness, {unaided[how]} without it")


async def test_every_tampering_is_found_with_a_witness_and_the_thorough_ones_only_then(
    world: Evidence,
) -> None:
    done, unaided = await tamper(world, 28)
    told(done, unaided)
    assert len(done) == 2 * len(RECIPES)
    for how, times in done.items():
        assert unaided[how] == (0 if how.endswith("thorough") else times), how


@pytest.mark.full
async def test_ten_thousand_tamperings_are_found(world: Evidence) -> None:
    done, unaided = await tamper(world, 5_000)  # on each of two engines
    told(done, unaided)
    assert sum(done.values()) == 5_000
    assert all(unaided[how] == 0 for how in done if how.endswith("thorough"))


async def clean(world: Evidence, runs: int) -> int:
    """Runs in which people did what they do, and the log was sealed: how many raised an alarm."""
    kept = witnessed(await world.seal(), seconds(world.now))
    alarms = 0
    purpose = Purpose("casework", "OP-2024-0001")
    officer, constable = (
        msgspec.structs.replace(world.tokens.actors[f"{role}.merseyside"], purpose=purpose)
        for role in ("PLO", "CON")
    )
    for n in range(runs):
        rng = random.Random(seed_of("clean", n))
        now = world.now + timedelta(minutes=n)
        try:
            async with world.database.write(ALL) as session:
                for _ in range(rng.randint(1, 3)):
                    way = rng.randrange(3)
                    if way == 0:
                        person = PersonDetails(family_name=f"Clean{rng.random()}")
                        await people.create(session, officer, person, now)
                    elif way == 1:
                        said = RecordSearch(at=now - timedelta(minutes=5), place="Clean Street")
                        await searches.record(session, constable, said, now)
                    else:
                        asked = CheckStatus(order_reference=references.new("SVRO"))
                        await status.check(session, constable, asked, now)
                if rng.random() < 0.8:
                    await sealing.seal(session, LOG_KEY, now)
                alarms += bool((await judged(session, kept)).wrong)
                raise Undone
        except Undone:
            continue
    return alarms


async def test_clean_runs_raise_no_alarm(world: Evidence) -> None:
    assert await clean(world, 10) == 0


@pytest.mark.full
async def test_a_thousand_clean_runs_raise_no_alarm(world: Evidence) -> None:
    assert await clean(world, 500) == 0  # on each of two engines


async def test_a_trigger_gone_is_said(world: Evidence) -> None:
    async with owned(world.database) as session:
        assert (await judged(session)).wrong == []
        on_sqlite = world.database.on_sqlite
        name = "fence_order_acts_delete" if on_sqlite else "fence_order_acts"
        await session.execute(text(f"DROP TRIGGER {name}{'' if on_sqlite else ' ON order_acts'}"))
        assert [(one.kind, one.where) for one in (await judged(session)).wrong] == [("fence", name)]


async def test_derived_tables_are_what_the_facts_make_and_a_change_is_named(world: Evidence) -> None:
    async with world.database.write(ALL) as session:
        made = await replay(session)
        assert {one.table: one.differences for one in made} == {
            "person_identifiers": [],
            "order_status_keys": [],
            "published_counts": [],
            "published_searches": [],
        }
        assert [one.rows for one in made[:2]] == [1, 3]
        await session.execute(text("UPDATE person_identifiers SET value = '1999/0000001Z'"))
        await session.execute(text("DELETE FROM order_status_keys WHERE kind = 'pnc'"))
        found = {one.table: len(one.differences) for one in await replay(session)}
        assert (found["person_identifiers"], found["order_status_keys"]) == (2, 1)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small part of the demonstration's world, in a SQLite file, sealed by the command."""
    folder = tmp_path_factory.mktemp("demonstration")
    url = f"sqlite+aiosqlite:///{folder / 'svro.db'}"
    runner = CliRunner()
    assert runner.invoke(main, ["--database", url, "migrate"]).exit_code == 0

    async def go() -> None:
        database = Database(url, durable=False)
        async with database.write_alone(ALL) as session:
            await build(session, tuple((story, 1, days) for story, _, days in PLAN), often=6)
        await database.close()

    import asyncio

    asyncio.run(go())
    return url


def test_the_commands_on_the_demonstrations_world(demonstration: str, tmp_path: Path) -> None:
    env = {"SVRO_DATABASE_URL": demonstration, "SVRO_LOG_KEY": str(tmp_path / "log.key")}

    def svro(*arguments: str, **more: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, list(arguments), env=env | more)
        return done.exit_code, done.output

    assert svro("seal")[0] == 1, "there is no key yet"
    status, public = svro("log-key", "svro.demo/log", str(tmp_path / "log.key"))
    assert status == 0
    assert (tmp_path / "log.key").stat().st_mode & 0o777 == 0o600
    assert svro("log-key", "svro.demo/log", str(tmp_path / "log.key"))[0] == 1, "it is never overwritten"
    status, note = svro("seal")
    assert status == 0, note
    made = alone.check_checkpoint(note, alone.read_key(public.strip()))
    assert made.size > 300
    status, said = svro("verify", "--key", public.strip())
    assert (status, said.splitlines()[-1]) == (0, "Everything agrees."), said
    status, said = svro("replay")
    assert status == 0, said
    status, said = svro("export-log", "--words", "-o", str(tmp_path / "log.txt"))
    assert status == 0, said
    export = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert f"All {made.size} entries" in alone.check_log(export, alone.read_key(public.strip()))
    leaf = export.splitlines()[8].split(" ")[0]
    with pytest.raises(alone.Bad, match="not the tree|not those"):
        alone.check_log(export.replace(leaf, leaf[::-1]), alone.read_key(public.strip()))
    status, second = svro("rotate-log-key", str(tmp_path / "second.key"))
    assert status == 0, second
    assert svro("seal")[0] == 1, "the first key has handed over"
    status, note = svro("seal", SVRO_LOG_KEY=str(tmp_path / "second.key"))
    assert (status, alone.check_checkpoint(note, alone.read_key(second.strip())).size) == (0, made.size + 1)
    assert svro("verify", "--key", public.strip())[0] == 0
    other = tmp_path / "other.key"
    assert svro("log-key", "svro.demo/log", str(other))[0] == 0
    assert svro("verify", SVRO_LOG_KEY=str(other))[0] == 1, "not the key known from elsewhere"
