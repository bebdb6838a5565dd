"""An answer, a document and its pages as they would leave: looked at by whoever decides, handed to nobody."""

import io
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import func, select

from svro.casework.disclosure.marks import LINES
from svro.records import metadata
from svro.records.access_log import AccessEntry
from svro.records.reach import ALL
from tests.disclosure.conftest import Case
from tests.disclosure.test_golden import deposited
from tests.disclosure.test_handover import asked
from tests.disclosure.test_sensitive import key_of, marked, schedule

CUT = {"ground": "another-person", "reason": "A witness lives there"}


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as read:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in read).split())


async def rows(world: Case) -> dict[str, int]:
    """How many rows each table has, but for those that remember who looked."""
    beside = ("access_entries", "ledger_leaves", "ledger_payloads")
    async with world.database.read(ALL) as session:
        tables = [table for table in metadata.sorted_tables if table.name not in beside]
        return {t.name: (await session.scalar(select(func.count()).select_from(t))) or 0 for t in tables}


async def seen(world: Case, path: str, who: str = "DIS") -> str:
    answer = await world.ask(f"{who}.merseyside", "GET", f"{path}/preview")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    return text_of(answer.content)


async def test_it_is_what_would_leave_and_says_on_each_page_that_nothing_has(world: Case) -> None:
    request, _ = await asked(world, ["order", "searches", "access"])
    path = f"/disclosure-requests/{request['id']}"
    early = await world.ask("DIS.merseyside", "GET", f"{path}/preview")
    assert (early.status_code, "signed nothing" in early.text) == (503, True)
    await world.seal()
    before = await rows(world)
    plain = await seen(world, path)
    assert "items wait for a decision" in plain
    assert "0 items wait" not in plain
    assert "Cutlass Row" in plain  # the control of what is cut below
    assert "Somebody asked for the order" in plain  # and of what is marked
    assert await rows(world) == before
    [record] = [item["key"] for item in await schedule(world, path) if item["kind"] == "search record"]
    cuts = [{**CUT, "field": "record.place"}]
    await world.by("DIS", "POST", f"{path}/decisions", {"keys": [record], "decision": "redact", "cuts": cuts})
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    await marked(world, path, [await key_of(world, path, "status check")])
    await world.seal()
    left = await seen(world, path, "DIS2")
    assert "0 items wait for a decision" in left
    assert "Cutlass Row" not in left
    assert "Somebody asked for the order" not in left
    answer = await world.ask("DIS.merseyside", "GET", f"{path}/preview")
    with pypdfium2.PdfDocument(answer.content) as read:
        pages = [page.get_textpage().get_text_bounded() for page in read]
    assert all("PREVIEW, NOT HANDED OVER" in page for page in pages)
    assert (await world.by("SOL", "GET", path))["bundles"] == []


async def test_whoever_looks_is_in_the_access_log_and_whoever_may_not_learns_nothing(world: Case) -> None:
    view = await world.order()
    world.at("2024-03-05T21:30:00+00:00")
    search = await world.search(view["order_reference"], "2024-03-05T21:00:00+00:00")
    await world.allocate(view["person_id"], "DIS")
    await world.instruct(view["person_id"])
    body = {"person_id": view["person_id"], "purpose": "trial", "scope": ["order", "documents"]}
    request = await world.by("SOL", "POST", "/disclosure-requests", {**body, "details": "All of it"})
    path = f"/disclosure-requests/{request['id']}"
    await deposited(world, search["id"])
    await world.seal()
    document = (await key_of(world, path, "document")).rpartition("/")[2]
    doors = [f"{path}/preview", f"{path}/documents/{document}/preview"]
    nothing = "/disclosure-requests/" + "0" * 32
    absent = [f"{nothing}/preview", f"{nothing}/documents/{document}/preview"]
    async with world.database.read(ALL) as session:
        held = select(func.count()).where(AccessEntry.permission == "disclosure:review")
        before = await session.scalar(held) or 0
    for n, (door, none) in enumerate(zip(doors, absent, strict=True), 1):
        answer = await world.ask("DIS.merseyside", "GET", door)
        assert answer.status_code == 200, answer.text
        async with world.database.read(ALL) as session:
            assert await session.scalar(held) == before + n
            kinds = select(AccessEntry.kind).where(AccessEntry.permission == "disclosure:review").distinct()
            assert set(await session.scalars(kinds)) <= {"consultation", "alteration"}
        for who in ("SOL", "SUP", "AUD", "PLO", "CON"):
            assert (await world.ask(f"{who}.merseyside", "GET", door)).status_code == 403
        assert (await world.ask(None, "GET", door)).status_code == 401
        there, missing = [await world.ask("DIS2.merseyside", "GET", one) for one in (door, none)]
        assert (there.status_code, there.content) == (404, missing.content)


async def test_a_text_is_seen_line_by_line_and_leaves_without_what_is_taken_out(world: Case) -> None:
    request, _ = await asked(world, ["documents"])
    path = f"/disclosure-requests/{request['id']}"
    [search] = await world.by("DIS", "GET", "/searches")
    await deposited(world, search["id"])
    document = (await key_of(world, path, "document")).rpartition("/")[2]
    here = f"{path}/documents/{document}"
    plain = await world.ask("DIS.merseyside", "GET", f"{here}/preview")
    assert b"Ambrose Threadgold" in plain.content
    mark = {"place": {"line": 2, "first": 1, "last": 18}, **CUT}
    await world.by("DIS", "POST", f"{here}/marks", mark)
    left = await world.ask("DIS.merseyside", "GET", f"{here}/preview")
    assert b"Threadgold" not in left.content
    assert "attachment" in left.headers["content-disposition"]
    view = await world.by("DIS", "GET", f"{here}/marks")
    assert view["lines"][1] == [
        {"text": "Ambrose Threadgold", "gone": True},
        {"text": ", 3 Cutlass Row.", "gone": False},
    ]
    assert len(view["lines"]) == 3 <= LINES
    assert (await world.ask("DIS.merseyside", "GET", f"{here}/pages/1")).status_code == 404  # it has none


def _paper(size: tuple[int, int] = (400, 300)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (255, 255, 255)).save(out, "PNG")
    return out.getvalue()


def _pdf() -> bytes:
    pdf = pypdfium2.PdfDocument.new()
    for _ in range(2):
        pdf.new_page(595, 842)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind, content, page, last", [
    ("image/png", _paper(), 1, 1), ("application/pdf", _pdf(), 2, 2),
])  # fmt: skip
async def test_a_page_is_drawn_with_a_ruler_and_its_marks(
    world: Case, kind: str, content: bytes, page: int, last: int
) -> None:
    request, _ = await asked(world, ["documents"])
    path = f"/disclosure-requests/{request['id']}"
    [search] = await world.by("DIS", "GET", "/searches")
    async with world.client("DIS.merseyside") as client:
        there = f"/api/v1/searches/{search['id']}/documents"
        sent = {"content": content, "headers": {"Content-Type": kind}, "params": {"title": "A plan"}}
        assert (await client.post(there, **sent)).is_success  # type: ignore[arg-type]
    document = (await key_of(world, path, "document")).rpartition("/")[2]
    here = f"{path}/documents/{document}"

    async def drawn(n: int) -> Any:
        answer = await world.ask("DIS.merseyside", "GET", f"{here}/pages/{n}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
        return Image.open(io.BytesIO(answer.content)).convert("RGB")

    bare = await drawn(page)
    assert len(set(bare.get_flattened_data())) > 2  # the ruler
    mark = {"place": {"page": page, "x0": 110, "y0": 110, "x1": 140, "y1": 140}, **CUT}
    await world.by("DIS", "POST", f"{here}/marks", mark)
    seen_through = await drawn(page)
    scale = bare.width / (400 if kind == "image/png" else 595)
    inside, outside = (round(125 * scale),) * 2, (round(165 * scale),) * 2
    assert bare.getpixel(inside) == bare.getpixel(outside) == (255, 255, 255)
    assert 60 < seen_through.getpixel(inside)[0] < 220  # what lies under it can still be read
    assert seen_through.getpixel(outside) == (255, 255, 255)
    for n in (0, last + 1):
        assert (await world.ask("DIS.merseyside", "GET", f"{here}/pages/{n}")).status_code == 404
    left = await world.ask("DIS.merseyside", "GET", f"{here}/preview")
    assert (left.status_code, left.headers["content-type"]) == (200, kind)


async def test_the_schedule_says_what_waits_for_a_decision_and_what_the_rule_decides(world: Case) -> None:
    request, _ = await asked(world, ["order", "searches", "access"])
    path = f"/disclosure-requests/{request['id']}"
    view = await world.by("DIS", "GET", f"{path}/schedule")
    waiting = {item["kind"] for item in view["items"] if item["waits"]}
    assert (len([item for item in view["items"] if item["waits"]]), "finding" in waiting) == (
        view["undecided"],
        False,
    )
    assert 0 < view["undecided"] < len(view["items"])
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    assert not any(item["waits"] for item in (await world.by("DIS", "GET", f"{path}/schedule"))["items"])
