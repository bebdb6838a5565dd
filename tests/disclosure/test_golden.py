"""Six answers word for word: what is gathered, decided and handed over, as data, as tables and on paper.

With SVRO_WRITE_GOLDEN=1 they are written anew, to be read before they are kept.
"""

import io
import json
import os
import random
import re
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from svro.records.base import drawn_from
from tests.api.conftest import granted, to_court
from tests.disclosure.conftest import PERSON, Case
from tests.disclosure.test_handover import fetched, issued, linked

GOLDEN = Path(__file__).parent / "golden"
LATER = "2024-03-08T09:00:00+00:00"
Told = Callable[[Case], Awaitable[bytes]]


async def handed_over(world: Case, person: str, scope: list[str], now: str = LATER, **more: Any) -> str:
    """Allocated, instructed and asked for: the request's path."""
    await world.allocate(person, "DIS", "DIS2", "SUP")
    await world.instruct(person)
    world.at(now)
    body = {"person_id": person, "purpose": "trial", "scope": scope, "details": "What is held"}
    made = await world.by("SOL", "POST", "/disclosure-requests", {**body, **more})
    return f"/disclosure-requests/{made['id']}"


async def bundle(world: Case, path: str) -> bytes:
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    view = await issued(world, path)
    return (await fetched(world, await linked(world, view["bundles"][-1]["id"]))).content


async def plain(world: Case) -> bytes:
    view = await world.order()
    world.at("2024-03-05T21:30:00+00:00")
    await world.search(view["order_reference"], "2024-03-05T21:00:00+00:00")
    await world.by("CON", "POST", "/status-checks", {"order_reference": view["order_reference"]})
    scope = ["person", "order", "papers", "searches", "access"]
    return await bundle(world, await handed_over(world, view["person_id"], scope))


async def superseded(world: Case) -> bytes:
    first = await world.order()
    world.at("2024-06-03T09:00:00+00:00")
    case = await world.by(
        "PLO",
        "POST",
        "/applications",
        {
            "person_id": first["person_id"],
            "facts": {
                "on_day": "2024-06-03",
                "offence_code": "CJ88144",
                "offence_from": "2024-05-01",
                "conviction_date": "2024-05-30",
                "court": "C05LV00",
                "item": "bladed article",
                "item_description": "Lock knife",
                "own_had": True,
                "own_had_evidence": "Found in the hand on arrest",
                "necessity": [{"purpose": "protect-public", "evidence": "A further conviction"}],
            },
        },
    )
    await granted(world, await to_court(world, case))
    world.at("2024-06-10T21:30:00+00:00")
    await world.search(first["order_reference"], "2024-06-10T21:00:00+00:00")
    path = await handed_over(
        world, first["person_id"], ["order", "searches"], "2024-06-12T09:00:00+00:00", purpose="appeal"
    )
    return await bundle(world, path)


async def after_the_lapse(world: Case) -> bytes:
    view = await world.order()
    world.at("2025-11-01T21:30:00+00:00")
    await world.search(view["order_reference"], "2025-11-01T21:14:00+00:00")
    path = await handed_over(
        world,
        view["person_id"],
        ["order", "searches"],
        "2025-11-03T09:00:00+00:00",
        first="2025-10-19",
        last="2025-11-02",
        order_id=view["order_id"],
        purpose="complaint",
    )
    return await bundle(world, path)


async def quashed(world: Case) -> bytes:
    view = await world.order()
    world.at("2024-03-05T21:30:00+00:00")
    await world.search(view["order_reference"], "2024-03-05T21:00:00+00:00")
    world.at("2024-04-15T15:00:00+00:00")
    act = {"act": "quashed", "at": "2024-04-15T11:00:00+00:00", "document_reference": "CAO/2024/17"}
    order = await world.by("CLK", "GET", f"/orders/{view['order_id']}")
    await world.by("CLK", "POST", f"/orders/{view['order_id']}/acts", act, version=order["version"])
    path = await handed_over(
        world, view["person_id"], ["order", "searches"], "2024-04-20T09:00:00+00:00", purpose="civil claim"
    )
    return await bundle(world, path)


async def redacted(world: Case) -> bytes:
    view = await world.order()
    reference = view["order_reference"]
    world.at("2024-03-05T21:30:00+00:00")
    first = await world.search(reference, "2024-03-05T21:00:00+00:00")
    await world.search(reference, "2024-03-05T21:10:00+00:00", pnc_id="03/1234567Q", found="A lighter")
    await world.by("CON", "POST", "/status-checks", {"order_reference": reference})
    await world.allocate(view["person_id"], "DIS")
    await deposited(world, first["id"])
    scope = ["order", "papers", "searches", "access", "documents"]
    path = await handed_over(world, view["person_id"], scope)
    items = (await world.by("DIS", "GET", f"{path}/schedule"))["items"]
    keys: dict[str, list[str]] = {}
    for item in items:
        keys.setdefault(item["kind"], []).append(item["key"])
    cut = {"ground": "another-person", "reason": "A witness lives there"}
    await world.by(
        "DIS",
        "POST",
        f"{path}/decisions",
        {
            "keys": keys["search record"][:1],
            "decision": "redact",
            "test": "assists",
            "cuts": [{**cut, "field": "record.place"}, {**cut, "field": "record.reason_for_use"}],
        },
    )
    why = {"decision": "withhold", "ground": "not-met", "reason": "Steps of the office only"}
    await world.by("DIS", "POST", f"{path}/decisions", {"keys": keys["step"][1:3], **why})
    shown = {"keys": keys["status check"], "shown": ["incident"], "reason": "The defence has it already"}
    await world.by("DIS", "POST", f"{path}/decisions", shown)
    document = keys["document"][0].split("/")[-1]
    mark = {"place": {"line": 2, "first": 1, "last": 15}, **cut}
    await world.by("DIS", "POST", f"{path}/documents/{document}/marks", mark)
    return await bundle(world, path)


async def deposited(world: Case, search: str) -> None:
    """A note on a search, by the disclosure officer."""
    async with world.client("DIS.merseyside") as client:
        answer = await client.post(
            f"/api/v1/searches/{search}/documents",
            content=b"Seen from the window.\nAmbrose Threadgold, 3 Cutlass Row.\nNobody ran.\n",
            headers={"Content-Type": "text/plain"},
            params={"title": "A witness’s note"},
        )
    assert answer.is_success, answer.text


async def nothing_held(world: Case) -> bytes:
    made = await world.by("PLO", "POST", "/people", dict(PERSON))
    scope = ["order", "papers", "searches", "access", "documents"]
    path = await handed_over(world, made["id"], scope, first="2024-02-01", last="2024-02-28")
    return await bundle(world, path)


CASES: dict[str, Told] = {
    "plain": plain,
    "superseded": superseded,
    "after-the-lapse": after_the_lapse,
    "quashed": quashed,
    "redacted": redacted,
    "nothing-held": nothing_held,
}


def golden(data: bytes) -> dict[str, str]:
    """A bundle as it is kept to be compared: its JSON with an item on a line, without what is not held; its
    tables; the text of its paper without footers, up to what a bundle proves. The entries of the log, which
    other tests open, are only counted.
    """
    import pypdfium2

    with zipfile.ZipFile(io.BytesIO(data)) as held:
        said = json.loads(held.read("disclosure.json"))
        names = [n for n in sorted(held.namelist()) if n.endswith(".csv") and "ledger" not in n]
        tables = [f"## {name}\n{held.read(name).decode()}" for name in names]
        with pypdfium2.PdfDocument(held.read("disclosure.pdf")) as paper:
            pages = [page.get_textpage().get_text_bounded() for page in paper]
    sections = said.pop("sections")
    lines = [json.dumps(said, ensure_ascii=False, indent=1)]
    for section in sections:
        items = section.pop("items")
        lines += [json.dumps(section, ensure_ascii=False)]
        if section["key"] == "ledger":
            lines += [f"{len(items)} entries"]
            continue
        for item in items:
            item["values"] = [value for value in item["values"] if value["state"] != "no-data"]
        lines += [json.dumps(item, ensure_ascii=False) for item in items]
    text = "\n".join(pages).replace("\r\n", "\n").partition("\nIt proves\n")[0]
    text = re.sub(r"( \.){3,} \d+", "", text)
    text = re.sub(r"\n?Disclosure DISC-[^\n]*Page \d+ of \d+", "", text)
    return {
        "json": "\n".join(lines) + "\n",
        "csv": "\n".join(tables).replace("\r\n", "\n"),
        "txt": text + "\n",
    }


@pytest.mark.parametrize("name", sorted(CASES))
async def test_an_answer_is_word_for_word_what_it_was(world_drawn: Case, name: str) -> None:
    with drawn_from(random.Random(f"golden {name}")):
        await world_drawn.settle()
        made = golden(await CASES[name](world_drawn))
    for ending, text in made.items():
        file = GOLDEN / f"{name}.{ending}"
        if os.environ.get("SVRO_WRITE_GOLDEN"):
            GOLDEN.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
        with file.open(encoding="utf-8", newline="") as kept:
            assert text == kept.read(), file.name
