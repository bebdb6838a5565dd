"""What is kept back is nowhere in a bundle, and nothing in it lets anybody find it out."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pypdfium2

from tests.disclosure.conftest import PERSON, Case
from tests.disclosure.test_handover import asked, fetched, issued, linked, read
from tests.documents.planted import everything_in


async def made(world: Case, path: str, **command: Any) -> tuple[dict[str, Any], list[dict[str, Any]], bytes]:
    """Decide what is left, issue and fetch: (what the bundle says, its proofs, all that a reader finds
    in it).
    """
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    view = await issued(world, path, **command)
    answer = await fetched(world, await linked(world, view["bundles"][-1]["id"]))
    assert answer.status_code == 200, answer.text
    return *read(answer.content), unpacked(answer.content)


def unpacked(data: bytes) -> bytes:
    """Every name and file of a bundle, streams of its papers unpacked and their text without the breaks of
    lines too, so that a word in two lines of a narrow column is found.
    """
    found = [data]
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        for name in held.namelist():
            found += [name.encode(), *everything_in(held.read(name))]
    with pypdfium2.PdfDocument(zipfile.ZipFile(io.BytesIO(data)).read("disclosure.pdf")) as paper:
        found += ["".join(page.get_textpage().get_text_bounded().split()).encode() for page in paper]
    return b"\n".join(found)


def items(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for section in said["sections"] for item in section["items"]]


async def key_of(world: Case, path: str, kind: str) -> str:
    schedule = await world.by("DIS", "GET", f"{path}/schedule")
    return next(item["key"] for item in schedule["items"] if item["kind"] == kind)


async def test_a_sensitive_item_leaves_no_trace_no_gap_and_no_number(world: Case) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    before = await made(world, path)
    key = await key_of(world, path, "status check")
    mark = {"keys": [key], "ground": "public-interest", "reason": "Canary: a source would be known"}
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/sensitive", mark)
    assert waits.status_code == 202, waits.text
    refused = await world.ask("DIS.merseyside", "POST", f"/proposals/{waits.json()['id']}/approve", {})
    assert refused.status_code == 403  # not the same person twice
    await world.agreed(waits, "SUP.merseyside")
    after = await made(world, path)
    assert [item["number"] for item in items(after[0])] == list(range(1, len(items(after[0])) + 1))
    gone = key.split("/")[-1]
    kept = [item["id"] for item in items(after[0]) if item["kind"] == "status check"]
    assert (gone in [item["id"] for item in items(before[0])], kept) == (True, [])
    for secret in (gone, "Canary", "public-interest", "sensitive"):
        assert secret.encode() not in after[2], secret
    assert after[0]["statement"] == [
        line.replace(_size(before[0]), _size(after[0])) for line in before[0]["statement"]
    ]


def _size(said: dict[str, Any]) -> str:
    line: str = said["statement"][3]
    return line.split("log of ")[1].split(" ")[0]


async def test_the_defence_reaches_no_sensitive_schedule_and_not_its_count(world: Case) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    plain = await world.by("SOL", "GET", path)
    key = await key_of(world, path, "status check")
    mark = {"keys": [key], "ground": "public-interest", "reason": "A source would be known"}
    waits = await world.ask("DIS.merseyside", "POST", f"{path}/sensitive", mark)
    await world.agreed(waits, "SUP.merseyside")
    assert (await world.by("DIS", "GET", f"{path}/sensitive"))["items"][0]["key"] == key  # the control
    assert await world.by("SOL", "GET", path) == plain
    for method, where in (
        ("GET", f"{path}/sensitive"),
        ("GET", f"{path}/schedule"),
        ("POST", f"{path}/sensitive"),
        ("GET", f"/proposals/{waits.json()['id']}"),
    ):
        body = mark if method == "POST" else None
        answer = await world.ask("SOL.merseyside", method, where, body)
        assert answer.status_code in (403, 404), (where, answer.text)
        assert "number" not in answer.text
    hidden = await world.ask("SOL.merseyside", "GET", f"{path}/sensitive")
    absent = await world.ask("SOL.merseyside", "GET", f"/disclosure-requests/{'0' * 32}/sensitive")
    assert (hidden.status_code, hidden.content) == (404, absent.content)


async def test_the_numbers_of_a_history_cannot_betray_what_is_missing_from_its_middle(world: Case) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    schedule = await world.by("DIS", "GET", f"{path}/schedule")
    steps = [item["key"] for item in schedule["items"] if item["kind"] == "step"]
    mark = {"ground": "public-interest", "reason": "A source would be known"}
    middle = await world.ask("DIS.merseyside", "POST", f"{path}/sensitive", {**mark, "keys": steps[1:2]})
    assert (middle.status_code, "gap" in middle.text) == (400, True)
    tail = await world.ask("DIS.merseyside", "POST", f"{path}/sensitive", {**mark, "keys": steps[-2:]})
    assert tail.status_code == 202


async def test_what_was_redacted_cannot_be_guessed_from_the_hashes_in_the_bundle(world: Case) -> None:
    """The row's hash is in its entry: with the entry, its place could be tried until one fits."""
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    whole = await made(world, path)
    [record] = [item for item in items(whole[0]) if item["kind"] == "search record"]
    row = record["row"]
    guess = hashlib.sha256(row.encode()).hexdigest()
    assert guess in json.dumps(whole[1]).replace("\\", "")  # the control: an open entry has the hash
    key = await key_of(world, path, "search record")
    cut = {"field": "record.place", "ground": "another-person", "reason": "Where a witness lives"}
    decision = {"keys": [key], "decision": "redact", "cuts": [cut]}
    await world.by("DIS", "POST", f"{path}/decisions", decision)
    cut_out = await made(world, path)
    assert PERSON["home"].encode() in cut_out[2]  # held elsewhere, and shown there
    [record] = [item for item in items(cut_out[0]) if item["kind"] == "search record"]
    [place] = [value for value in record["values"] if value["name"] == "record.place"]
    assert (place["state"], place["value"], place["ground"]) == ("redacted", None, "another-person")
    assert record["row"] is None
    assert guess not in json.dumps(cut_out[1]).replace("\\", "")
    assert {one["closed"] for one in cut_out[1] if one["leaf"] in record["entries"]} == {"redacted"}


async def test_no_name_of_anybody_on_the_staff_is_in_a_bundle(world: Case) -> None:
    request, _ = await asked(world)
    said, evidence, data = await made(world, f"/disclosure-requests/{request['id']}")
    for key in ("PLO", "SUP", "CON", "DIS", "CLK"):
        assert world.who(key).name.encode() not in data
    assert world.who("SOL").name.encode() in data  # the control


async def test_another_persons_search_under_the_order_shows_nothing_of_them(world: Case) -> None:
    request, person = await asked(world)
    order = (await world.by("DIS", "GET", f"/disclosure-requests/{request['id']}"))["id"]
    reference = (await world.by("SUP", "GET", "/orders"))[0]["reference"]
    world.at("2024-03-07T10:00:00+00:00")
    await world.search(
        reference,
        "2024-03-07T09:00:00+00:00",
        pnc_id="03/1234567Q",
        grounds="Canarysays",
        found="Canaryfound",
        self_ethnicity="B2",
    )
    world.at("2024-03-08T10:00:00+00:00")
    said, _, data = await made(world, f"/disclosure-requests/{order}")
    records = [item for item in items(said) if item["kind"] == "search record"]
    assert len(records) == 2
    for secret in (b"03/1234567Q", b"Canarysays", b"Canaryfound"):
        assert secret not in data
    states = {value["name"]: value["state"] for value in records[1]["values"]}
    assert states["record.self_ethnicity"] == "redacted"
    assert states["record.place"] == "held"


async def test_a_document_on_another_persons_search_stays_behind_until_somebody_reads_it(
    world: Case,
) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    reference = (await world.by("SUP", "GET", "/orders"))[0]["reference"]
    world.at("2024-03-07T10:00:00+00:00")
    search = await world.search(reference, "2024-03-07T09:00:00+00:00", pnc_id="03/1234567Q")
    async with world.client("DIS.merseyside") as client:
        where = f"/api/v1/searches/{search['id']}/documents?title=Canarytitle"
        text = {"Content-Type": "text/plain"}
        answer = await client.post(
            where, content=b"Canaryname was searched.\nNothing was found.\n", headers=text
        )
    assert answer.is_success, answer.text
    world.at("2024-03-08T10:00:00+00:00")
    said, _, data = await made(world, path)
    [item] = [item for item in items(said) if item["kind"] == "document"]
    assert (item["file"], item["row"], said["documents"]) == (None, None, [])
    assert b"Canary" not in data
    document = item["id"]
    mark = {"place": {"line": 1, "first": 1, "last": 10}, "ground": "another-person", "reason": "Another’s"}
    await world.by("DIS", "POST", f"{path}/documents/{document}/marks", mark)
    said, _, data = await made(world, path)
    assert (b"Nothing was found." in data, b"Canary" in data) == (True, False)


async def test_a_title_and_an_instant_say_nothing_of_a_field_that_is_kept_back(world: Case) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    key = await key_of(world, path, "status check")
    cuts = [
        {"field": field, "ground": "other-operation", "reason": "It would tell"} for field in ("answer", "at")
    ]
    await world.by("DIS", "POST", f"{path}/decisions", {"keys": [key], "decision": "redact", "cuts": cuts})
    said, _, _ = await made(world, path)
    [check] = [item for item in items(said) if item["kind"] == "status check"]
    assert (check["title"], check["at"]) == ("Status check", None)


async def test_a_word_of_the_paper_is_found_although_its_streams_are_packed(world: Case) -> None:
    """The control of every search for what was kept back."""
    request, _ = await asked(world, ["order"])
    path = f"/disclosure-requests/{request['id']}"
    await world.by("DIS", "POST", f"{path}/decisions/rest", {})
    view = await issued(world, path)
    data = (await fetched(world, await linked(world, view["bundles"][-1]["id"]))).content
    paper = zipfile.ZipFile(io.BytesIO(data)).read("disclosure.pdf")
    name = str(PERSON["family_name"]).encode()
    assert (name in paper, name in b"".join(everything_in(paper)), name in unpacked(data)) == (
        False,
        True,
        True,
    )


async def _note(world: Case, search: str, content: bytes, title: str = "Note") -> str:
    """A text deposited on a search: its id."""
    async with world.client("DIS.merseyside") as client:
        where = f"/api/v1/searches/{search}/documents?title={title}"
        answer = await client.post(where, content=content, headers={"Content-Type": "text/plain"})
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


async def test_the_size_of_a_document_tells_nothing_of_what_was_taken_out_of_it(world: Case) -> None:
    """The size as deposited, less what is left of it, is the length of the name taken out."""
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    search = (await key_of(world, path, "search record")).split("/")[-2]
    document = await _note(world, search, b"The informant is Christabel.\nNothing else.\n")
    whole, _, _ = await made(world, path)
    [item] = [one for one in items(whole) if one["kind"] == "document"]
    states = {value["name"]: value["state"] for value in item["values"]}
    assert (states["sha256"], states["size"]) == ("held", "held")  # the control
    mark = {"place": {"line": 1, "first": 18, "last": 27}, "ground": "another-person", "reason": "A name"}
    await world.by("DIS", "POST", f"{path}/documents/{document}/marks", mark)
    said, _, _ = await made(world, path)
    [item] = [one for one in items(said) if one["kind"] == "document"]
    states = {value["name"]: value["state"] for value in item["values"]}
    assert (states["sha256"], states["size"], states["pages"]) == ("redacted", "redacted", "no-data")


async def test_a_closed_entry_and_a_finding_say_nothing_of_what_was_cut_from_the_row(world: Case) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    whole, _, _ = await made(world, path)
    [record] = [item for item in items(whole) if item["kind"] == "search record"]
    [finding] = [item for item in items(whole) if item["kind"] == "finding"]
    told = {item["id"]: item for item in items(whole)}
    fields = [{value["name"] for value in told[leaf]["values"]} for leaf in record["entries"]]
    assert all({"tag", "at", "sealed_in"} <= one for one in fields)  # the control
    assert (finding["at"], finding["values"][0]["state"]) == (record["at"], "held")
    cuts = [
        {"field": field, "ground": "other-operation", "reason": "It would tell"}
        for field in ("at", "record.at", "recorded_at", "power")
    ]
    await world.by(
        "DIS", "POST", f"{path}/decisions", {"keys": [await key_of(world, path, "search record")],
                                             "decision": "redact", "cuts": cuts}
    )  # fmt: skip
    said, _, _ = await made(world, path)
    [record] = [item for item in items(said) if item["kind"] == "search record"]
    [finding] = [item for item in items(said) if item["kind"] == "finding"]
    told = {item["id"]: item for item in items(said)}
    for leaf in record["entries"]:
        assert {value["name"] for value in told[leaf]["values"]} == {"id", "commitment", "position"}
        assert (told[leaf]["title"], told[leaf]["at"]) == ("Entry that is closed", None)
    assert finding["at"] is None
    assert {value["state"] for value in finding["values"] if value["state"] != "no-data"} == {"redacted"}


async def test_the_title_of_another_persons_document_is_lifted_without_its_content(world: Case) -> None:
    request, _ = await asked(world)
    path = f"/disclosure-requests/{request['id']}"
    reference = (await world.by("SUP", "GET", "/orders"))[0]["reference"]
    world.at("2024-03-07T10:00:00+00:00")
    search = await world.search(reference, "2024-03-07T09:00:00+00:00", pnc_id="03/1234567Q")
    await _note(world, search["id"], b"Canaryname was searched.\n", "Notebook")
    world.at("2024-03-08T10:00:00+00:00")
    key = await key_of(world, path, "document")
    for shown, leaves in ((["title"], False), (["title", "sha256"], True)):
        await world.by("DIS", "POST", f"{path}/decisions", {"keys": [key], "shown": shown})
        said, _, data = await made(world, path)
        [item] = [one for one in items(said) if one["kind"] == "document"]
        titles = [one["value"] for one in item["values"] if one["name"] == "title"]
        assert (titles, b"Canaryname" in data, item["file"] is not None) == (["Notebook"], leaves, leaves)
