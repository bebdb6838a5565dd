"""An answer from the schedule to the file in the solicitor's hands."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from svro import verify_bundle
from svro.casework.disclosure import handover, issues
from svro.casework.disclosure.rebuilding import rebuild
from svro.records.access_log import AccessEntry
from svro.records.disclosure import DisclosureBundle
from svro.records.ledger import Entry, LedgerPayload, append
from svro.records.people import Instruction
from svro.records.reach import ALL
from tests.disclosure.conftest import LOG_KEY, Case

ALL_OF_IT = ["person", "order", "papers", "searches", "access", "documents", "disclosures"]


async def asked(world: Case, scope: list[str] | None = None, **more: Any) -> tuple[dict[str, Any], str]:
    """A case with one search, and a request for all of it: (the request, the person's id)."""
    view = await world.order()
    person, order = view["person_id"], view["order_reference"]
    world.at("2024-03-05T21:30:00+00:00")
    await world.search(order, "2024-03-05T21:00:00+00:00")
    await world.by("CON", "POST", "/status-checks", {"order_reference": order})
    await world.allocate(person, "DIS", "DIS2", "SUP")
    await world.instruct(person)
    world.at("2024-03-08T09:00:00+00:00")
    body = {"person_id": person, "purpose": "trial", "scope": scope or ALL_OF_IT, "details": "All of it"}
    return await world.by("SOL", "POST", "/disclosure-requests", {**body, **more}), person


async def issued(world: Case, path: str, **command: Any) -> dict[str, Any]:
    """Sealed, proposed by one disclosure officer and approved by another: the request."""
    await world.seal()
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", command)
    await world.agreed(waits, "DIS2.merseyside")
    view: dict[str, Any] = await world.by("SOL", "GET", path)
    return view


async def linked(world: Case, bundle: str) -> str:
    made = await world.by("DIS", "POST", f"/disclosure-bundles/{bundle}/links")
    return f"/disclosure-links/{made['token']}"


async def fetched(world: Case, link: str, part: int = 1) -> httpx.Response:
    return await world.ask("SOL.merseyside", "POST", f"{link}/parts/{part}")


def read(data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(what a bundle says, its proofs)."""
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return json.loads(held.read("disclosure.json")), json.loads(held.read("evidence.json"))


async def test_an_answer_is_reviewed_issued_by_two_fetched_once_and_checks(
    world: Case, tmp_path: Path
) -> None:
    made, _ = await asked(world)
    path = f"/disclosure-requests/{made['id']}"
    schedule = await world.by("DIS", "GET", f"{path}/schedule")
    assert schedule["undecided"] > 10
    await world.seal()
    early = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", {})
    assert (early.status_code, "not decided yet" in early.text) == (409, True)
    schedule = await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    assert schedule["undecided"] == 0
    view = await issued(world, path)
    assert (view["standing"], view["outstanding"]) == ("answered", [])
    [bundle] = view["bundles"]
    link = await linked(world, bundle["id"])
    assert (await world.ask("SOL2.merseyside", "GET", link)).status_code == 404
    assert (await world.by("SOL", "GET", link))["taken"] == []
    answer = await fetched(world, link)
    assert answer.status_code == 200, answer.text
    again = await fetched(world, link)
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    file = tmp_path / "bundle.zip"
    file.write_bytes(answer.content)
    assert verify_bundle.main([str(file), "--key", str(LOG_KEY)]) == 0
    said, evidence = read(answer.content)
    assert [one["key"] for one in said["sections"]] == [*ALL_OF_IT, "ledger"]
    tags = {json.loads(one["entry"])["tag"] for one in evidence if one["entry"]}
    assert {"order:made", "search:recorded", "decision:recorded", "person:recorded"} <= tags
    assert {one["closed"] for one in evidence if not one["entry"]} == {"redacted"}
    receipt = (await world.by("SOL", "GET", path))["bundles"][0]["receipts"]
    assert [one["sha256"] for one in receipt] == [bundle["parts"][0]["sha256"]]


async def answered(world: Case, scope: list[str] | None = None) -> tuple[str, str, dict[str, Any]]:
    """An answer issued: (its request's path, the person's id, the bundle)."""
    made, person = await asked(world, scope)
    path = f"/disclosure-requests/{made['id']}"
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    view = await issued(world, path)
    return path, person, view["bundles"][-1]


async def test_a_link_ends_after_a_day_and_a_new_one_gives_the_same_bytes(world: Case) -> None:
    _, _, bundle = await answered(world, ["order", "searches"])
    first, second = await linked(world, bundle["id"]), await linked(world, bundle["id"])
    given = await fetched(world, first)
    world.at("2024-03-09T08:59:59+00:00")
    assert (await fetched(world, second)).content == given.content
    late = await linked(world, bundle["id"])
    world.at("2024-03-10T09:00:00+00:00")
    refused = await fetched(world, late)
    assert (refused.status_code, "ended" in refused.json()["detail"]) == (409, True)
    for who in ("SOL2", "DIS", "SUP", None):
        name = f"{who}.merseyside" if who else None
        answer = await world.ask(name, "POST", f"{late}/parts/1")
        assert answer.status_code in (401, 403, 404)


async def test_what_was_handed_over_is_logged_as_disclosure_with_its_recipient(world: Case) -> None:
    _, _, bundle = await answered(world, ["order"])
    answer = await fetched(world, await linked(world, bundle["id"]))
    async with world.database.read(ALL) as session:
        rows = await session.scalars(select(AccessEntry).where(AccessEntry.kind == "disclosure"))
        [row] = rows.all()
        [entry] = (
            await session.scalars(
                select(LedgerPayload).where(LedgerPayload.leaf_id == answer.headers["Svro-Receipt"])
            )
        ).all()
    assert (row.recipients, row.account_id) == (world.who("SOL").name, world.who("SOL").account_id)
    assert (entry.tag, b"sha256" in entry.entry) == ("disclosure:downloaded", True)


async def test_a_bundle_taken_back_gives_nothing_more_and_is_issued_anew(world: Case) -> None:
    path, _, bundle = await answered(world, ["order"])
    link = await linked(world, bundle["id"])
    recall = {"reason": "A name was left in"}
    await world.by("DIS", "POST", f"{path}/bundles/{bundle['id']}/recall", recall)
    refused = await fetched(world, link)
    assert (refused.status_code, "A name was left in" in refused.json()["detail"]) == (409, True)
    again = await world.ask("DIS.merseyside", "POST", f"{path}/bundles/{bundle['id']}/recall", recall)
    assert again.status_code == 409
    assert (await world.by("SOL", "GET", path))["standing"] == "received"
    view = await issued(world, path)
    assert [one["issue"] for one in view["bundles"]] == [1, 2]
    assert (await fetched(world, await linked(world, view["bundles"][1]["id"]))).status_code == 200


async def test_a_supervisor_takes_a_bundle_back_with_a_second_person(world: Case) -> None:
    path, _, bundle = await answered(world, ["order"])
    recall = {"reason": "A name was left in"}
    waits = await world.ask("SUP.merseyside", "POST", f"{path}/bundles/{bundle['id']}/recall", recall)
    await world.agreed(waits, "SUP2.merseyside")
    assert (await world.by("SOL", "GET", path))["bundles"][0]["recall_reason"] == recall["reason"]


async def test_a_later_correction_of_what_was_disclosed_is_told(world: Case) -> None:
    path, _, bundle = await answered(world, ["searches"])
    assert (await world.by("SOL", "GET", path))["notice"] is None
    [line] = await world.by("CON", "GET", "/searches")
    world.at("2024-03-09T09:00:00+00:00")
    search = await world.by("CON", "GET", f"/searches/{line['id']}")
    corrected = {**search["record"], "place": "Bold Street", "reason": "The street was wrong"}
    corrected |= {"order_reference": search["claimed"], "pnc_id": search["pnc_given"]}
    waits = await world.ask(
        "CON.merseyside", "POST", f"/searches/{line['id']}/corrections", corrected, version=1
    )
    await world.agreed(waits, "SUP.merseyside")
    assert (await world.by("SOL", "GET", path))["notice"] is None  # it may yet prove sensitive
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    view = await world.by("SOL", "GET", path)
    assert (view["bundles"][0]["corrected"], "corrected since" in view["notice"]) == (True, True)
    # The bundle itself is what it was.
    assert (await fetched(world, await linked(world, bundle["id"]))).status_code == 200


async def test_as_known_at_an_earlier_instant_nothing_later_is_in_it(world: Case) -> None:
    made, _ = await asked(world, ["searches"])
    path = f"/disclosure-requests/{made['id']}"
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    view = await issued(world, path, known_at="2024-03-05T21:00:00+00:00")
    answer = await fetched(world, await linked(world, view["bundles"][0]["id"]))
    [section, _] = read(answer.content)[0]["sections"]
    assert {item["kind"] for item in section["items"]} == {"order act"}  # which was there before the search


async def test_a_part_of_an_answer_leaves_the_rest_outstanding(world: Case) -> None:
    made, _ = await asked(world, ["order", "searches"])
    path = f"/disclosure-requests/{made['id']}"
    await world.by("DIS", "POST", f"{path}/decisions/rest", {"sections": ["order"]})
    view = await issued(world, path, sections=["order"])
    assert (view["standing"], len(view["outstanding"])) == ("answered in part", 1)
    beyond = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", {"sections": ["papers"]})
    assert (beyond.status_code, "go beyond" in beyond.text) == (400, True)


async def test_bad_input_is_refused_with_a_reason_and_nothing_leaves(world: Case) -> None:
    view = await world.order()
    person, order = view["person_id"], view["order_id"]
    other = await world.order(family_name="Winterbourne", pnc_id=None)
    await world.allocate(person, "DIS", "DIS2")
    await world.instruct(person)
    body = {"person_id": person, "purpose": "trial", "scope": ["order"], "details": "The order"}

    async def refused(more: dict[str, Any], who: str = "SOL") -> tuple[int, str]:
        answer = await world.ask(f"{who}.merseyside", "POST", "/disclosure-requests", {**body, **more})
        return answer.status_code, answer.text

    unknown = await refused({"person_id": "0" * 32})
    assert unknown[0] == 404
    assert await refused({"person_id": other["person_id"]}) == unknown
    assert await refused({}, "SOL2") == unknown
    status, said = await refused({"order_id": other["order_id"]})
    assert (status, "is not an order of this client" in said) == (400, True)
    assert (await refused({"scope": ["everything"]}))[0] == 400
    assert "before the first day" in (await refused({"first": "2024-03-02", "last": "2024-03-01"}))[1]
    assert (await refused({}, "DIS"))[0] == 403
    assert await world.count("disclosure_requests") == 0
    made = await world.by("SOL", "POST", "/disclosure-requests", {**body, "order_id": order})
    path = f"/disclosure-requests/{made['id']}"
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    world.at("2024-03-02T09:00:00+00:00")
    await end_instructions(world, person)
    await world.seal()
    ended = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", {})
    assert (ended.status_code, "instructed for this client no longer" in ended.text) == (409, True)
    assert (await world.ask("SOL.merseyside", "GET", path)).status_code == 404
    assert await world.count("disclosure_bundles") == 0


async def end_instructions(world: Case, person: str) -> None:
    async with world.database.write(ALL) as session:
        mine = update(Instruction).where(Instruction.person_id == person, Instruction.ended_at.is_(None))
        await session.execute(mine.values(ended_at=world.now).execution_options(synchronize_session=False))
        entry = Entry(
            tag="instruction:ended", force="merseyside", actor=None, subject=person, at=world.now, facts=None
        )
        await append(session, entry)


async def test_no_link_works_after_the_instruction_has_ended(world: Case) -> None:
    _, person, bundle = await answered(world, ["order"])
    link = await linked(world, bundle["id"])
    world.at("2024-03-08T10:00:00+00:00")
    await end_instructions(world, person)
    assert (await fetched(world, link)).status_code == 404
    another = await world.ask("DIS.merseyside", "POST", f"/disclosure-bundles/{bundle['id']}/links")
    assert another.status_code == 409


async def test_a_bundle_is_made_again_from_what_is_stored_and_names_what_was_erased(world: Case) -> None:
    _, person, bundle = await answered(world)
    answer = await fetched(world, await linked(world, bundle["id"]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as held:
        files = {name: held.read(name) for name in held.namelist()}
    async with world.database.read(ALL) as session:
        session.info.pop("log_key")  # whoever makes it again needs no secret
        whole = await rebuild(session, files)
    assert (whole.erased, whole.differences, whole.wrong, whole.same) == ([], [], [], True)
    touched = dict(files)
    touched["disclosure.json"] = files["disclosure.json"].replace(b"Cutlass Row, Bootle", b"Elsewhere")
    async with world.database.read(ALL) as session:
        assert (await rebuild(session, touched)).differences  # the control
    forged = {**files, "disclosure.pdf": b"%PDF-forged", "more.txt": b"x"}
    async with world.database.read(ALL) as session:
        found = await rebuild(session, forged)
    assert found.differences == [
        "The file disclosure.pdf is not the one that is made.",
        "The file more.txt is not of this bundle.",
    ]
    unsigned = {**files, "signature.txt": files["signature.txt"].replace(b"svro bundle", b"svro bundie")}
    async with world.database.read(ALL) as session:
        found = await rebuild(session, unsigned)
    assert found.differences == [
        "The file signature.txt is not the one that is made.",
        "The parts made anew have not the hashes that were kept when it was issued.",
    ]
    world.at("2026-06-01T09:00:00+00:00")
    why = {"reason": "review-due", "explanation": "Long over"}
    proposal = await world.by("SUP", "POST", f"/people/{person}/retention-proposals", why)
    settled = {"decision": "erase", "explanation": "Agreed"}
    await world.by("AUD", "POST", f"/retention-proposals/{proposal['id']}/decisions", settled)
    async with world.database.read(ALL) as session:
        after = await rebuild(session, files)
    assert (after.wrong, after.differences, after.same) == ([], [], False)
    assert any("Who it is" in name for name in after.erased)
    assert any("record of a search" in name for name in after.erased)


async def test_the_figures_for_an_argument_about_discrimination_go_along(world: Case, tmp_path: Path) -> None:
    path, _, bundle = await answered(world, ["statistics"])
    answer = await fetched(world, await linked(world, bundle["id"]))
    said, _ = read(answer.content)
    assert [one["file"] for one in said["documents"]] == [
        "equality.pdf",
        "equality.csv",
        "equality.csv-metadata.json",
    ]
    [figures, _] = said["sections"]
    assert [item["file"] for item in figures["items"]] == [one["file"] for one in said["documents"]]
    file = tmp_path / "bundle.zip"
    file.write_bytes(answer.content)
    assert verify_bundle.main([str(file), "--key", str(LOG_KEY)]) == 0
    with zipfile.ZipFile(file) as held:
        assert b"Quillfeather" not in held.read("documents/equality.csv")
    assert (await world.by("SOL", "GET", path))["standing"] == "answered"


async def test_a_further_issue_tells_of_the_one_before_whether_or_not_it_was_fetched(world: Case) -> None:
    path, _, _ = await answered(world, ["disclosures"])
    world.at("2024-03-09T09:00:00+00:00")
    view = await issued(world, path)
    answer = await fetched(world, await linked(world, view["bundles"][1]["id"]))
    [section, _] = read(answer.content)[0]["sections"]
    assert [item["kind"] for item in section["items"]] == ["request", "bundle"]
    assert all(item["entries"] for item in section["items"])


@pytest.mark.parametrize("what", ["nothing", "recall", "instruction"])
async def test_what_ends_while_a_file_is_made_stops_it(
    world: Case, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Making a file takes seconds, in which others go on: on SQLite, where they wait, in the same session."""
    path, person, bundle = await answered(world, ["order"])
    link = await linked(world, bundle["id"])
    made_again, made = issues.again, list[int]()

    async def between(session: AsyncSession) -> None:
        if what == "recall":
            why = handover.Recall(reason="A name was left in")
            await handover.recall(
                session, world.who("DIS"), path.rpartition("/")[2], bundle["id"], why, 0, world.now
            )
        if what == "instruction":
            mine = update(Instruction).where(Instruction.person_id == person)
            later = world.now + timedelta(seconds=2)  # after the instant that the request is of
            await session.execute(mine.values(ended_at=later).execution_options(synchronize_session=False))
            ended = Entry(
                tag="instruction:ended", force="merseyside", actor=None, subject=person, at=later, facts=None
            )
            await append(session, ended)

    async def slow(session: AsyncSession, row: DisclosureBundle, part: int) -> bytes:
        data = await made_again(session, row, part)
        made.append(part)
        if len(made) == 1:  # beforehand
            return data
        if world.database.on_sqlite:
            await between(session)
        else:
            async with world.database.write(ALL) as other:
                await between(other)
        return data

    monkeypatch.setattr(issues, "again", slow)
    answer = await fetched(world, link)
    if what == "nothing":  # the control
        assert answer.status_code == 200, answer.text
        return
    assert (answer.status_code, "while the file was being made" in answer.text) == (409, True)
    assert await world.count("download_receipts") == 0


async def test_the_second_person_agrees_to_what_the_first_sent_and_to_nothing_else(world: Case) -> None:
    made, _ = await asked(world, ["order", "access"])
    path = f"/disclosure-requests/{made['id']}"
    schedule = await world.by("DIS", "GET", f"{path}/schedule")
    key = next(item["key"] for item in schedule["items"] if item["kind"] == "status check")
    kept = {"decision": "withhold", "ground": "other-operation", "reason": "It leads to another"}
    await world.by("DIS", "POST", f"{path}/decisions", {"keys": [key], **kept})
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    await world.seal()
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/bundles", {"bound": "0" * 64})
    assert waits.status_code == 202, waits.text
    await world.by("DIS", "POST", f"{path}/decisions", {"keys": [key], "shown": ["account_id"]})
    approve = f"/proposals/{waits.json()['id']}/approve"
    refused = await world.ask("DIS2.merseyside", "POST", approve, {})
    assert (refused.status_code, "no longer what" in refused.text) == (409, True)
    assert await world.count("disclosure_bundles") == 0
    assert len((await issued(world, path))["bundles"]) == 1  # the control: sent anew
