"""Documents through the API: what they are is found out, who may reach them is the case's matter, and nothing
of one that is refused stays.
"""

import hashlib
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update

from svro.casework.verifying import verify
from svro.records import fence
from svro.records.documents import DocumentContent
from svro.records.reach import ALL
from tests.api.conftest import PURPOSE, World, considered
from tests.documents.planted import pdf, photograph
from tests.lines import owned

PERSON = {"family_name": "Winterbourne", "given_name": "Ottoline", "pnc_id": "79163001B"}


async def case(world: World) -> str:
    """The id of an application whose legal officer is PLO.merseyside."""
    return str((await considered(world, PERSON))["id"])


async def send(
    world: World,
    application: str,
    content: bytes,
    kind: str | None = None,
    title: str = "Photograph",
    **more: str,
) -> httpx.Response:
    headers = {"Content-Type": kind} if kind else {}
    async with world.client(more.get("who", "PLO.merseyside")) as client:
        return await client.post(
            f"/api/v1/applications/{application}/documents",
            params={"title": title},
            content=content,
            headers=headers,
        )


@pytest.mark.parametrize(
    "content, media_type, pages",
    [
        (pdf(), "application/pdf", 2),
        (photograph("PNG"), "image/png", None),
        (photograph("JPEG"), "image/jpeg", None),
        ("Grüße\n".encode(), "text/plain", None),
    ],
)
async def test_each_kind_is_kept_as_it_came_and_downloaded_as_a_file(
    world: World, content: bytes, media_type: str, pages: int | None
) -> None:
    application = await case(world)
    answer = await send(world, application, content, media_type)
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert (view["media_type"], view["pages"], view["size"]) == (media_type, pages, len(content))
    assert view["sha256"] == hashlib.sha256(content).hexdigest()
    listed = await world.done("PLO.merseyside", "GET", f"/applications/{application}/documents")
    assert [one["id"] for one in listed["documents"]] == [view["id"]]
    assert await world.done("PLO.merseyside", "GET", f"/documents/{view['id']}") == view
    got = await world.ask("PLO.merseyside", "GET", f"/documents/{view['id']}/content")
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["content-disposition"].startswith("attachment; filename=")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    async with world.database.snapshot() as session:
        assert "document" not in {one.kind for one in (await verify(session)).wrong}


@pytest.mark.parametrize(
    "content, kind, status, said",
    [
        (photograph("PNG"), "application/pdf", 415, "sent as a PDF, and it is a PNG picture"),
        (b"<html></html>", "text/html", 415, "sent as text/html, and it is plain text"),
        (b"%PDF-1.7\nno more", "application/pdf", 415, "is a broken PDF"),
        (b"\x00\x01", None, 415, "is no PDF"),
        (b"", None, 415, "is empty"),
        (b"x" * (25 * 1024 * 1024 + 1), "text/plain", 413, "larger than"),
        (b"x" * (26 * 1024 * 1024), "text/plain", 413, "larger than"),
    ],
)
async def test_what_is_refused_is_refused_with_a_reason_and_nothing_stays(
    world: World, content: bytes, kind: str | None, status: int, said: str
) -> None:
    application = await case(world)
    before = await world.count("ledger_leaves")
    answer = await send(world, application, content, kind)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    counts = [await world.count(table) for table in ("documents", "document_contents", "ledger_leaves")]
    assert counts == [0, 0, before]


async def test_a_title_is_needed(world: World) -> None:
    application = await case(world)
    for title in ("", " ", "x" * 201, "a\x07b"):
        answer = await send(world, application, b"text", title=title)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "title")


@pytest.mark.parametrize(
    "who, read, deposit",
    [
        ("PLO.merseyside", 200, 201),
        ("SUP.merseyside", 200, 403),
        ("CLK.merseyside", 200, 201),
        ("DIS.merseyside", 404, 404),  # not allocated
        ("CPS.merseyside", 404, 403),
        ("CLK.sussex", 404, 404),
        ("PLO.sussex", 404, 404),
        ("CON.merseyside", 404, 403),
        ("SOL.merseyside", 404, 403),
        ("AUD.merseyside", 404, 403),
        ("ADM.merseyside", 404, 403),
        ("PAN.merseyside", 404, 403),
        ("OVR.merseyside", 404, 403),
    ],
)
async def test_whoever_reaches_the_case_reaches_its_documents_by_their_role(
    world: World, who: str, read: int, deposit: int
) -> None:
    application = await case(world)
    made = (await send(world, application, b"words")).json()["id"]
    assert (await send(world, application, b"more", who=who)).status_code == deposit
    hidden: list[Any] = []
    for path in (
        f"/documents/{made}",
        f"/documents/{made}/content",
        f"/applications/{application}/documents",
    ):
        answer = await world.ask(who, "GET", path)
        assert answer.status_code == read, (path, answer.text)
        absent = await world.ask(who, "GET", path.replace(made, "0" * 32).replace(application, "0" * 32))
        hidden += [answer.content == absent.content] if read != 200 else []
    assert all(hidden)


async def test_allocated_people_reach_them_and_only_with_a_purpose(world: World) -> None:
    application = await case(world)
    made = (await send(world, application, b"words")).json()["id"]
    person = (await world.done("PLO.merseyside", "GET", f"/applications/{application}"))["person_id"]
    for who in ("DIS.merseyside", "CPS.merseyside"):
        await world.allocate(who, person)
        assert (await world.ask(who, "GET", f"/documents/{made}/content")).content == b"words"
    assert (await send(world, application, b"more", who="DIS.merseyside")).status_code == 201
    async with world.client("DIS.merseyside") as client:
        for name in PURPOSE:
            del client.headers[name]
        answer = await client.get(f"/api/v1/documents/{made}")
    assert answer.json()["type"].endswith("#purpose-needed")


async def test_each_look_is_in_the_access_log_by_its_case(world: World) -> None:
    application = await case(world)
    made = (await send(world, application, b"words")).json()["id"]
    await world.ask("PLO.merseyside", "GET", f"/documents/{made}/content")
    async with world.database.read(ALL) as session:
        rows = await session.execute(
            text("SELECT door, subject_kind, subject_id FROM access_entries WHERE door LIKE '%documents%'")
        )
        told = [tuple(row) for row in rows]
    assert [row[1:] for row in told] == [("application", application)] * 2
    assert {row[0].split()[0] for row in told} == {"GET", "POST"}


async def test_bytes_changed_behind_the_ledgers_back_are_found_and_not_shown(world: World) -> None:
    application = await case(world)
    made = (await send(world, application, b"words")).json()["id"]
    async with owned(world.database) as session:
        connection = await session.connection()
        await connection.run_sync(fence.lower_fences)
        await session.execute(update(DocumentContent).values(content=b"other"))
        await connection.run_sync(fence.raise_fences)
    answer = await world.ask("PLO.merseyside", "GET", f"/documents/{made}/content")
    assert (answer.status_code, b"other" in answer.content) == (409, False)
    async with world.database.snapshot() as session:
        found = [one.where for one in (await verify(session)).wrong if one.kind == "document"]
    assert found == [made]
