"""A panel's session from its frame to the force's reply: the order of acts, and who sees what."""

import base64
import hashlib
import json
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from svro.casework.access import Actor
from svro.casework.panels import frames
from svro.casework.panels.reviews import QUESTIONS, SCALE, grade_of
from svro.figures import sampling
from svro.records.base import put
from svro.records.panels import Review
from svro.records.people import Account, AccountRole
from svro.records.reach import ALL
from svro.records.sealing import LedgerCheckpoint
from tests.api.conftest import START, World
from tests.casework.test_formats_alike import Grids, of_pdf
from tests.quarter import ALONE, SEARCHES, search_a_quarter

FORM = {field: "yes" for field in Review.__struct_fields__ if field != "grounds"}
PERIOD = {"first": "2024-01-01", "last": "2024-03-31"}
CHAIR, MEMBER, THIRD = "PAN.merseyside", "PAN2.merseyside", "PAN3.merseyside"
OVERSIGHT, REDACTOR, SECOND = "OVR.merseyside", "DIS.merseyside", "SUP.merseyside"


class Sitting:
    """A world with a panel of three, a quarter's searches, and one session of it."""

    def __init__(self, world: World) -> None:
        self.world, self.ids = world, {name: a.account_id for name, a in world.tokens.actors.items()}

    async def hire(self, name: str) -> None:
        actor = Actor(
            account_id=(name.encode().hex() + "0" * 32)[:32],
            name=name,
            roles=frozenset({"PAN"}),
            force_id="merseyside",
        )
        self.world.tokens.actors[name], self.ids[name] = actor, actor.account_id
        async with self.world.database.write(ALL) as session:
            values = {"id": actor.account_id, "name": name, "force_id": "merseyside", "created_at": START}
            await put(session, Account, **values)
            await put(session, AccountRole, account_id=actor.account_id, role="PAN", started_at=START)

    async def open(self) -> str:
        world = self.world
        await search_a_quarter(world.database, str(self.ids["CON.merseyside"]), date(2024, 1, 1))
        world.at("2024-04-02T09:00:00+00:00")
        for name in (MEMBER, THIRD):
            await self.hire(name)
        for name, actor in world.tokens.actors.items():
            world.tokens.actors[name] = msgspec.structs.replace(actor, fresh=True)
        panel = await self.done(OVERSIGHT, "/panels", {"name": "Mersey panel", "area": "Merseyside"})
        for name, part in ((CHAIR, "chair"), (MEMBER, "member"), (THIRD, "member")):
            seat = {"account_id": self.ids[name], "part": part}
            await self.done(OVERSIGHT, f"/panels/{panel['id']}/members", seat)
        made = await self.done(OVERSIGHT, f"/panels/{panel['id']}/sessions", PERIOD)
        self.panel, self.here = panel["id"], f"/panels/sessions/{made['id']}"
        return self.here

    async def sign(self, root: bytes) -> None:
        """A checkpoint of the log, of one leaf under this root."""
        self.world.now += timedelta(minutes=1)
        note = f"svro.example/log\n1\n{base64.b64encode(root).decode()}\n\n"
        async with self.world.database.write(ALL) as session:
            await put(session, LedgerCheckpoint, size=1, root=root, note=note, at=self.world.now)

    async def done(self, who: str, path: str, body: Any = None) -> Any:
        self.world.now += timedelta(minutes=1)
        return await self.world.done(who, "POST", path, body)

    async def refused(self, who: str | None, path: str, body: Any = None, method: str = "POST") -> int:
        self.world.now += timedelta(minutes=1)
        return (await self.world.ask(who, method, path, body)).status_code

    async def read(self, who: str, path: str = "") -> Any:
        return await self.world.done(who, "GET", f"{self.here}{path}")

    async def drawn(self) -> dict[str, Any]:
        await self.open()
        await self.done(OVERSIGHT, f"{self.here}/frame", {"per_stratum": 1, "reserves": 1})
        for name in (CHAIR, MEMBER, THIRD):
            await self.done(name, f"{self.here}/signatures", {"confidential": True})
        view: dict[str, Any] = await self.done(CHAIR, f"{self.here}/draw", {"digits": "7421"})
        return view

    async def released(self, case: str) -> None:
        where = f"{self.here}/cases/{case}"
        body = {
            "account": "An officer stopped a person.",
            "removed": [{"what": "name", "why": "of a friend"}],
            "video": "shown",
        }
        await self.done(REDACTOR, f"{where}/preparation", body)
        await self.done(SECOND, f"{where}/release")

    async def graded(self, case: str, *grades: str) -> None:
        where = f"{self.here}/cases/{case}"
        for name, grade in zip((CHAIR, MEMBER, THIRD), grades, strict=False):
            await self.done(name, f"{where}/reviews", {"form": FORM, "grade": grade})
        await self.done(CHAIR, f"{where}/discussion")
        await self.done(CHAIR, f"{where}/grade", {"grade": grades[0], "text": "We agreed."})


@pytest.fixture
async def sitting(world: World) -> Sitting:
    return Sitting(world)


async def test_no_seed_is_taken_before_the_frame_and_no_frame_after_it(sitting: Sitting) -> None:
    here = await sitting.open()
    digits = {"digits": "7421"}
    assert await sitting.refused(None, f"{here}/commitment", method="GET") == 404
    assert await sitting.refused(CHAIR, f"{here}/draw", digits) == 409
    assert await sitting.refused(CHAIR, f"{here}/frame", {}) == 403
    assert await sitting.refused("OVR.sussex", f"{here}/frame", {}) == 404
    await sitting.done(OVERSIGHT, f"{here}/frame", {"per_stratum": 2, "reserves": 1})
    told = (await sitting.world.ask(None, "GET", f"{here}/commitment")).json()
    assert (told["seed"], told["frame_size"]) == (None, SEARCHES)
    assert await sitting.refused(OVERSIGHT, f"{here}/frame", {}) == 409
    assert await sitting.refused(None, f"{here}/draw", method="GET") == 404
    for not_theirs in (MEMBER, OVERSIGHT):
        assert await sitting.refused(not_theirs, f"{here}/draw", digits) == 403
    assert await sitting.refused(CHAIR, f"{here}/draw", {"digits": "74a1"}) == 400
    signed = {**digits, "checkpoint": "ab" * 32}
    assert await sitting.refused(CHAIR, f"{here}/draw", signed) == 400  # the log has signed no such thing
    await sitting.sign(bytes.fromhex("ab" * 32))
    seen = await sitting.done(CHAIR, f"{here}/draw", signed)
    assert seen["seed"] == f"panel-2024-01-01--2024-03-31|chair-7421|checkpoint-{'ab' * 32}"
    assert await sitting.refused(CHAIR, f"{here}/draw", {"digits": "0000"}) == 409
    pack = (await sitting.world.ask(None, "GET", f"{here}/draw")).json()
    assert sampling.faults(msgspec.convert(pack, sampling.Pack)) == []
    ids = sorted(pack["frame"])
    assert hashlib.sha256("\n".join(ids).encode()).hexdigest() == told["frame_sha256"]
    assert all(len(ids) == len(set(ids)) and len(ids) <= 2 for ids in pack["selected"].values())


async def test_cases_that_must_be_reviewed_are_there_and_what_is_published_names_nobody(
    sitting: Sitting,
) -> None:
    view = await sitting.drawn()
    must = [tuple(case["compulsory"]) for case in view["cases"] if case["compulsory"]]
    assert sorted(must) == [("force-used",), ("no-video",), ("strip-search",), ("young-and-often",)]
    strata = {case["route"] for case in view["cases"]}
    assert strata == {"sampled", "reserve", "compulsory"}
    # The only woman of 74 is the only one of her stratum, and nobody of the year is like her.
    withheld = [case for case in view["cases"] if case["standing"] == "withheld"]
    async with sitting.world.database.read(ALL) as session:
        query = text("SELECT id FROM panel_cases WHERE search_id = :id")
        found = (await session.execute(query, {"id": f"bbbb{ALONE * 4:028x}"})).scalar_one()
    assert found in {case["id"] for case in withheld}
    assert (await sitting.world.ask(MEMBER, "GET", f"{sitting.here}/cases/{found}")).status_code == 404
    answer = (await sitting.world.ask(None, "GET", f"{sitting.here}/draw")).text
    for word in ("White", "Black", "found", "bbbb", "aaaa"):
        assert word not in answer
    async with sitting.world.database.read(ALL) as session:
        held = list((await session.execute(text("SELECT id, search_id FROM panel_cases"))).all())
    assert held
    assert all(row.id != row.search_id and row.search_id not in answer for row in held)


async def test_a_case_left_out_gives_way_to_the_reserve_of_its_stratum(sitting: Sitting) -> None:
    view = await sitting.drawn()
    standby = {case["id"] for case in view["cases"] if case["standing"] == "standing by"}
    async with sitting.world.database.read(ALL) as session:
        rows = await session.execute(text("SELECT id, stratum FROM panel_cases"))
        strata = {row.id: row.stratum for row in rows}
    reserved = {strata[one] for one in standby}
    sampled = [c for c in view["cases"] if c["route"] == "sampled" and c["standing"] == "waiting"]
    case = next(c for c in sampled if strata[c["id"]] in reserved)
    where = f"{sitting.here}/cases/{case['id']}/exclusion"
    assert await sitting.refused(REDACTOR, where, {"reason": "dull", "text": "x"}) == 400
    assert await sitting.refused(CHAIR, where, {"reason": "twice", "text": "x"}) == 403
    await sitting.done(REDACTOR, where, {"reason": "proceedings", "text": "Charged; trial in June."})
    after = {c["id"]: c for c in (await sitting.read(REDACTOR))["cases"]}
    assert (after[case["id"]]["standing"], after[case["id"]]["reason"]) == ("excluded", "proceedings")
    called = [one for one in standby if after[one]["standing"] == "waiting"]
    assert len(called) == 1
    assert await sitting.refused(REDACTOR, where, {"reason": "twice", "text": "x"}) == 409


async def test_two_people_release_a_case_and_words_are_a_redactors_alone(sitting: Sitting) -> None:
    view = await sitting.drawn()
    case = next(c["id"] for c in view["cases"] if c["standing"] == "waiting")
    where = f"{sitting.here}/cases/{case}"
    prepared = {"account": "An officer stopped a person.", "video": "none"}
    assert await sitting.refused(CHAIR, where, method="GET") == 404
    assert await sitting.refused(CHAIR, f"{where}/preparation", prepared) == 403
    assert "Ottoline" in (await sitting.world.ask(REDACTOR, "GET", where)).text
    bad = {**prepared, "removed": [{"what": "joke", "why": "x"}]}
    assert await sitting.refused(REDACTOR, f"{where}/preparation", bad) == 400
    await sitting.done(REDACTOR, f"{where}/preparation", prepared)
    assert await sitting.refused(REDACTOR, f"{where}/release") == 403
    assert await sitting.refused(CHAIR, where, method="GET") == 404
    actors = sitting.world.tokens.actors
    actors[SECOND] = msgspec.structs.replace(actors[SECOND], fresh=False)
    stale = await sitting.world.ask(SECOND, "POST", f"{where}/release")
    assert (stale.status_code, stale.json()["type"]) == (403, "/help/problems#prove-again")
    actors[SECOND] = msgspec.structs.replace(actors[SECOND], fresh=True)
    await sitting.done(SECOND, f"{where}/return", {"text": "A street is named."})
    assert await sitting.refused(SECOND, f"{where}/release") == 409
    await sitting.released(case)
    shown = await sitting.world.done(MEMBER, "GET", where)
    assert shown["account"] == "An officer stopped a person."
    assert shown["original"] == {}
    assert "Ottoline" not in str(shown)
    assert "Bold Street" not in str(shown)
    assert "2024-0" not in str(shown)
    assert shown["about"]["period"] in ("quarter 1 of 2024", "first half of 2024")
    oversight = await sitting.world.done(OVERSIGHT, "GET", where)
    assert oversight["about"] == shown["about"]
    assert (await sitting.world.ask("AUD.sussex", "GET", where)).status_code == 404
    assert (await sitting.world.ask("PAN.sussex", "GET", where)).status_code == 404


async def test_members_grade_alone_then_talk_then_agree_and_nothing_is_changed(sitting: Sitting) -> None:
    view = await sitting.drawn()
    waiting = [c["id"] for c in view["cases"] if c["standing"] == "waiting" and c["route"] == "sampled"]
    case, other = waiting[:2]
    for one in (case, other):
        await sitting.released(one)
    where = f"{sitting.here}/cases/{case}"
    assert await sitting.refused(CHAIR, f"{where}/grade", {"grade": "red", "text": "x"}) == 409
    assert await sitting.refused(CHAIR, f"{where}/discussion") == 409
    assert await sitting.refused(MEMBER, f"{where}/reviews", {"form": FORM}) == 400
    assert await sitting.refused(MEMBER, f"{where}/reviews", {"form": FORM, "grade": "red", "nine": 1}) == 400
    grounds = {"form": {**FORM, "grounds": "yes"}, "grade": "red"}
    assert await sitting.refused(MEMBER, f"{where}/reviews", grounds) == 400
    await sitting.done(MEMBER, f"{where}/reviews", {"form": FORM, "nine": 8})
    assert await sitting.refused(MEMBER, f"{where}/reviews", {"form": FORM, "grade": "green"}) == 409
    alone = await sitting.world.done(CHAIR, "GET", where)
    assert (alone["grades"]["reviews"], alone["grades"]["alone"], alone["your_grade"]) == (1, [], None)
    await sitting.done(THIRD, f"{where}/standing-aside", {"text": "I may know them."})
    await sitting.done(CHAIR, f"{where}/reviews", {"form": FORM, "grade": "amber"})
    assert await sitting.refused(MEMBER, f"{where}/discussion") == 403
    await sitting.done(CHAIR, f"{where}/discussion")
    assert await sitting.refused(THIRD, f"{where}/reviews", {"form": FORM, "grade": "green"}) == 409
    open_now = await sitting.world.done(THIRD, "GET", where)
    assert (open_now["grades"]["alone"], open_now["grades"]["aside"]) == (["amber", "red"], 1)
    await sitting.done(CHAIR, f"{where}/grade", {"nine": 5, "text": "We agreed on amber."})
    assert await sitting.refused(CHAIR, f"{where}/grade", {"grade": "red", "text": "x"}) == 409
    await sitting.graded(other, "green", "green", "green")
    assert await sitting.world.count("panel_reviews") == 6
    closed = f"{sitting.here}/closure"
    assert await sitting.refused(MEMBER, closed, {}) == 403
    await sitting.done(CHAIR, closed, {})
    assert (await sitting.world.ask(MEMBER, "GET", where)).status_code == 404
    assert (await sitting.world.ask(OVERSIGHT, "GET", where)).status_code == 404
    assert (await sitting.world.ask(SECOND, "GET", where)).status_code == 200
    assert (await sitting.read(MEMBER))["cases"] == []


async def test_who_has_not_signed_or_no_longer_sits_sees_no_case(sitting: Sitting) -> None:
    await sitting.open()
    await sitting.done(OVERSIGHT, f"{sitting.here}/frame", {"per_stratum": 1})
    assert await sitting.refused(CHAIR, f"{sitting.here}/signatures", {"confidential": False}) == 400
    await sitting.done(CHAIR, f"{sitting.here}/signatures", {"confidential": True, "conflicts": "A cousin."})
    assert await sitting.refused(CHAIR, f"{sitting.here}/signatures", {"confidential": True}) == 409
    told = {who: (await sitting.read(who))["members"][0]["conflicts"] for who in (CHAIR, OVERSIGHT, MEMBER)}
    assert told == {CHAIR: "A cousin.", OVERSIGHT: "A cousin.", MEMBER: None}
    view = await sitting.done(CHAIR, f"{sitting.here}/draw", {"digits": "7421"})
    case = next(c["id"] for c in view["cases"] if c["standing"] == "waiting")
    await sitting.released(case)
    where = f"{sitting.here}/cases/{case}"
    assert (await sitting.world.ask(CHAIR, "GET", where)).status_code == 200
    assert (await sitting.world.ask(MEMBER, "GET", where)).status_code == 404
    assert await sitting.refused(MEMBER, f"{where}/reviews", {"form": FORM, "grade": "red"}) == 403
    actors = sitting.world.tokens.actors
    plain, both = actors[CHAIR], frozenset({"PAN", "SUP"})
    actors[CHAIR] = msgspec.structs.replace(plain, roles=both)
    assert await sitting.refused(CHAIR, f"{where}/reviews", {"form": FORM, "grade": "red"}) == 403
    actors[CHAIR] = plain
    left = {"account_id": sitting.ids[CHAIR], "part": "left"}
    await sitting.done(OVERSIGHT, f"/panels/{sitting.panel}/members", left)
    assert (await sitting.world.ask(CHAIR, "GET", where)).status_code == 404


async def test_feedback_is_owed_by_a_day_goes_further_when_late_and_is_carried_on(sitting: Sitting) -> None:
    view = await sitting.drawn()
    case = next(c["id"] for c in view["cases"] if c["standing"] == "waiting")
    await sitting.released(case)
    await sitting.graded(case, "red", "red", "amber")
    world, where = sitting.world, f"{sitting.here}/feedback"
    said = {"text": "Say why.", "grade": "red", "theme": "grounds", "owner": "Chief inspector, north"}
    assert await sitting.refused(MEMBER, where, said) == 403
    assert await sitting.refused(CHAIR, where, {**said, "due": "2024-04-01"}) == 400
    assert await sitting.refused(CHAIR, where, {**said, "case_id": "0" * 32}) == 400
    item = await sitting.done(CHAIR, where, {**said, "case_id": case})
    assert (item["due"], item["status"], item["escalated"]) == ("2024-04-30", "open", 0)
    for day, status, escalated in (
        ("2024-05-01", "late", 0),
        ("2024-05-13", "late", 0),
        ("2024-05-14", "late", 1),
        ("2024-05-27", "late", 1),
        ("2024-05-28", "late", 2),
    ):
        world.at(f"{day}T09:00:00+01:00")
        seen = (await sitting.read(OVERSIGHT, "/feedback"))[0]
        assert (seen["status"], seen["escalated"]) == (status, escalated), day
    reply = f"/panels/feedback/{item['id']}/replies"
    assert await sitting.refused(CHAIR, reply, {"text": "x"}) == 403
    assert await sitting.refused(SECOND, reply, {"text": "We looked at it."}) == 400
    assert await sitting.refused(SECOND, reply, {"text": "x", "outcome": "thanked"}) == 400
    assert await sitting.refused(SECOND, reply, {"text": "x", "outcome": "senior-officer"}) == 400
    whole = {"text": "We looked at it.", "outcome": "senior-officer", "named": "Ch Insp Underhay"}
    await sitting.done(SECOND, reply, {**whole, "standards": False, "because": "Advice was enough."})
    panel_sees = (await world.ask(MEMBER, "GET", where)).text
    assert "A senior officer took it on" in panel_sees
    assert "Underhay" not in panel_sees
    second = await sitting.done(
        OVERSIGHT, f"/panels/{sitting.panel}/sessions", {"first": "2024-02-01", "last": "2024-04-30"}
    )
    agenda = f"/panels/sessions/{second['id']}/agenda"
    assert [one["id"] for one in await world.done(CHAIR, "GET", agenda)] == [item["id"]]
    progress = f"/panels/feedback/{item['id']}/progress"
    await sitting.done(CHAIR, progress, {"verdict": "same", "text": "Nothing seen yet."})
    assert len(await world.done(CHAIR, "GET", agenda)) == 1
    await sitting.done(CHAIR, progress, {"verdict": "better", "text": "Better.", "done": True})
    assert await world.done(CHAIR, "GET", agenda) == []
    assert await sitting.refused(SECOND, reply, {"text": "Again"}) == 409


async def test_an_empty_period_a_future_one_and_strangers_are_refused(sitting: Sitting) -> None:
    await sitting.open()
    sessions = f"/panels/{sitting.panel}/sessions"
    assert await sitting.refused(OVERSIGHT, sessions, {"first": "2024-04-01", "last": "2024-04-30"}) == 400
    assert await sitting.refused(OVERSIGHT, sessions, {"first": "2024-03-01", "last": "2024-02-01"}) == 400
    empty = await sitting.done(OVERSIGHT, sessions, {"first": "2020-01-01", "last": "2020-01-31"})
    assert await sitting.refused(OVERSIGHT, f"/panels/sessions/{empty['id']}/frame", {}) == 409
    members = f"/panels/{sitting.panel}/members"
    stranger = {"account_id": sitting.ids["CON.merseyside"], "part": "member"}
    assert await sitting.refused(OVERSIGHT, members, stranger) == 400
    assert (await sitting.world.ask("PLO.merseyside", "GET", "/panels")).status_code == 403
    assert (await sitting.world.done("OVR.sussex", "GET", "/panels")) == []


def test_nine_grades_fall_in_three() -> None:
    assert [grade_of(nine) for nine in range(1, 10)] == [grade for grade in SCALE for _ in range(3)]
    assert list(QUESTIONS) == list(Review.__struct_fields__)


def test_the_letters_of_strata_tell_nothing_and_change_with_the_session() -> None:
    assert frames.short("ab" * 32, "person", "x") != frames.short("cd" * 32, "person", "x")
    assert frames.short("ab" * 32, "person", None) is None


async def test_a_closed_session_leaves_minutes_data_and_a_record_that_come_out_the_same(
    sitting: Sitting,
) -> None:
    view = await sitting.drawn()
    waiting = [c["id"] for c in view["cases"] if c["standing"] == "waiting"]
    for case in waiting[:2]:
        await sitting.released(case)
        await sitting.graded(case, "green", "amber", "green")
    out = f"{sitting.here}/cases/{waiting[2]}/exclusion"
    await sitting.done(SECOND, out, {"reason": "safety", "text": "A threat was made."})
    said = {"text": "Words of ours.", "grade": "green", "theme": "courtesy", "owner": "Sergeant, north"}
    await sitting.done(CHAIR, f"{sitting.here}/feedback", said)
    world, here = sitting.world, sitting.here
    assert (await world.ask(None, "GET", f"{here}/minutes")).status_code == 404
    assert (await world.ask(SECOND, "GET", f"{here}/record")).status_code == 404
    await sitting.done(CHAIR, f"{here}/closure", {})
    papers: dict[str, bytes] = {}
    for path, who in (
        ("minutes", None),
        ("minutes?format=html", None),
        ("minutes?format=pdf", None),
        ("data-pack", MEMBER),
        ("data-pack?format=html", OVERSIGHT),
        ("data-pack?format=pdf", OVERSIGHT),
        ("record", OVERSIGHT),
    ):
        papers[path] = (await world.ask(who, "GET", f"{here}/{path}")).content
        world.now += timedelta(days=40)
        assert (await world.ask(who, "GET", f"{here}/{path}")).content == papers[path], path
    assert papers["minutes?format=pdf"].startswith(b"%PDF")
    for name in ("minutes", "data-pack"):
        exhibits = [one for part in json.loads(papers[name])["parts"] for one in part["exhibits"]]
        rows = [row for one in exhibits if one["grid"] for row in one["grid"]["rows"]]
        page, text = Grids(), of_pdf(papers[f"{name}?format=pdf"])
        page.feed(papers[f"{name}?format=html"].decode())
        heads = [[c["label"] for c in one["grid"]["columns"]] for one in exhibits if one["grid"]]
        assert [row for row in page.rows if row not in heads] == rows, name
        for row in rows:
            assert all("".join(cell.split()) in "".join(text.split()) for cell in row), (name, row)
    minutes = papers["minutes?format=html"].decode()
    for word in ("Left out: showing it would put somebody in danger", "chair-7421", "How the person was"):
        assert word in minutes
    for secret in ("Words of ours", "threat was made", "PAN.merseyside", "Sergeant"):
        assert secret not in minutes
    assert minutes.count("small numbers could tell") == 3
    record = msgspec.json.decode(papers["record"])
    left = next(case for case in record["cases"] if case["alias"] == waiting[2])
    assert (left["reason"], left["decided_by"]) == ("safety", SECOND)
    assert next(case for case in record["cases"] if case["alias"] == waiting[0])["removed"] == {"name": 1}
    headings = [part["heading"] for part in msgspec.json.decode(papers["data-pack"])["parts"]]
    assert headings[0].startswith("(a)")
    assert headings[-2:] == ["Complaints", "Earlier promises"]
    assert (await world.ask(CHAIR, "GET", f"{here}/record")).status_code == 404
    assert (await world.ask(None, "GET", f"{here}/record")).status_code == 401


@pytest.mark.parametrize(
    "totals, shown",
    [
        ((20, 11, 13), (20, 10, 15)),
        ((20, 0, 12), (20, 0, 10)),
        ((20, 9, 12), (None, None, None)),
        ((0, 0, 0), (None, None, None)),
    ],
)
def test_grade_totals_are_shown_all_or_none(totals: tuple[int, ...], shown: tuple[int | None, ...]) -> None:
    from svro.casework.panels import minutes

    found = minutes._protected(dict(zip(SCALE, totals, strict=True)))
    assert tuple(found.values()) == shown
