"""Names planted wherever a record or a document can keep one: of what was redacted, none is in the bundle."""

import base64
import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from svro.bench.disclosures import REASONS, SIGNER, Log, disclosed, value
from svro.documents.bundle import bundle
from svro.documents.disclosed import Disclosed, Document, Item, Redaction
from svro.documents.opened import JPEG, PDF, PNG, TEXT
from svro.documents.redact import Mark, Span, redact
from svro.records.base import canonical
from tests.documents.planted import PLACES, canary, everything_in, pdf, photograph
from tests.documents.test_bundle_attacks import unzipped

IN_FIELDS = ("name", "grounds", "file_name", "metadata", "key", "list")
"""Where canaries of a record sit: a field of a name, free text, the name a file came with, what the machine
knew of it, a key of packed data, one of several values.
"""
PICTURES = ("text", "xmp")
DOCUMENTS = (("pdf", PDF), ("jpg", JPEG), ("png", PNG), ("txt", TEXT))
WORDS = Mark(page=1, x0=60, y0=60, x1=460, y1=240)


def names(rng: random.Random, records: int) -> list[dict[str, str]]:
    """Words that stand nowhere else, one for each place of each record."""
    return [
        {place: f"Canary{place}{rng.getrandbits(64):016x}" for place in IN_FIELDS} for _ in range(records)
    ]


def held(words: Mapping[str, str]) -> dict[str, Any]:
    """A record's fields with the canaries in them."""
    return {
        "reference": "SR-1",
        "name": words["name"],
        "grounds": f"Seen with {words['grounds']}, who ran off.",
        "file_name": f"statement of {words['file_name']}.pdf",
        "metadata": f"Author={words['metadata']}",
        "packed": json.dumps({words["key"]: {"seen": True}}),
        "others": ("somebody", words["list"]),
    }


def files(redacted: bool) -> dict[str, bytes]:
    """A document of each kind, its canaries in it or taken out."""
    text = f"Seen by {canary('text')} at noon\n".encode()
    marks: dict[str, list[Any]] = {
        "pdf": [WORDS], "jpg": [Mark(x0=1, y0=1, x1=9, y1=9)], "png": [Mark(x0=1, y0=1, x1=9, y1=9)],
        "txt": [Span(line=1, first=9, last=8 + len(canary("text")))],
    }  # fmt: skip
    made = {"pdf": pdf(), "jpg": photograph("JPEG"), "png": photograph("PNG"), "txt": text}
    return {
        f"document-{n:03}.{kind}": redact(made[kind], media, marks[kind]) if redacted else made[kind]
        for n, (kind, media) in enumerate(DOCUMENTS, 1)
    }


def planted(
    rng: random.Random, words: list[dict[str, str]], redacted: bool
) -> tuple[Disclosed, dict[str, bytes]]:
    """A disclosure of these records and four documents: as they are, or with every canary redacted."""
    base, _ = disclosed(1, 0)
    log, closed, items, told = Log(rng), list[str](), list[Item](), list[Redaction]()
    documents = files(redacted)

    def add(fields: dict[str, Any], kept: tuple[str, ...], file: str | None = None) -> None:
        id, number = f"{rng.getrandbits(128):032x}", len(items) + 1
        row = canonical(fields)
        leaf = log.tell("search_versions", id, row)
        hide = redacted and (len(kept) < len(fields) or file is not None)
        closed.extend([leaf] * hide)
        gone = [name for name in fields if redacted and name not in kept]
        told.extend(
            Redaction(item=number, where=name, ground="third-party", reason=REASONS["third-party"])
            for name in gone
        )
        values = tuple(
            value(name, said, *(("redacted", "third-party") if name in gone else ()))
            for name, said in fields.items()
        )
        items.append(
            Item(
                number=number, kind="record", id=id, title=f"Record {number}", at=base.known_at,
                values=values, entries=(leaf,), row=None if hide else row.decode(), file=file,
            )
        )  # fmt: skip

    for one in words:
        add(held(one), ("reference",))
    listed = []
    original = files(False)
    for n, (name, (_, media)) in enumerate(zip(documents, DOCUMENTS, strict=True), 1):
        digest = hashlib.sha256(original[name]).hexdigest()
        add({"kind": "document", "sha256": digest, "file_name": f"{canary('text')}.x"}, ("kind",), name)
        listed.append(
            Document(
                file=name, title=f"Document {n}", media_type=media, redacted=redacted,
                deposited_sha256=None if redacted else digest,
            )
        )  # fmt: skip
    evidence, checkpoint = log.evidence(closed, 40)
    section = replace(base.sections[0], items=tuple(items))
    whole = replace(
        base, sections=(section,), redactions=tuple(told), documents=tuple(listed),
        evidence=tuple(evidence), checkpoint=checkpoint,
    )  # fmt: skip
    return whole, documents


def forms(word: str) -> Iterator[bytes]:
    """A word as it may lie hidden: plain, in other encodings, as a hash of it alone."""
    plain = word.encode()
    yield from (
        plain,
        plain.lower(),
        word.encode("utf-16-be"),
        word.encode("utf-16-le"),
        plain.hex().encode(),
    )
    yield from (base64.b64encode(bytes(n) + plain)[4 : -(4 + n)] for n in range(3))
    yield from (hashlib.sha256(plain).hexdigest().encode(), plain[::-1])


def surviving(parts: Mapping[str, bytes], words: list[str]) -> set[str]:
    """Which of the words are anywhere in the bundle: its names, its bytes, and all that is packed in them."""
    found = [b"\n".join(name.encode() for name in parts)]
    for part in parts.values():
        found.append(part)
        for name, data in unzipped(part).items():
            found += [name.encode(), *everything_in(data)]
            if name.endswith(".json"):
                found.append(json.dumps(json.loads(data), ensure_ascii=False).encode())
    everything = b"\n".join(found)
    return {word for word in words if any(form in everything for form in forms(word))}


def round_of(seed: int, redacted: bool) -> tuple[int, set[str]]:
    """How many canaries were planted, and which are still to be found."""
    rng = random.Random(seed)
    words = names(rng, 2)
    content, documents = planted(rng, words, redacted)
    looked_for = [word for one in words for word in one.values()] + [canary(place) for place in PLACES]
    count = len(looked_for) + 2 * len(PICTURES) + 1 + len(DOCUMENTS)  # the same words in other documents
    return count, surviving(bundle(content, documents, SIGNER), looked_for)


def test_no_name_that_was_redacted_is_in_the_bundle() -> None:
    count, left = round_of(1, redacted=True)
    assert count >= 20
    assert left == set()


def test_each_name_is_there_to_be_found_where_nothing_was_redacted() -> None:
    """The control."""
    _, found = round_of(1, redacted=False)
    expected = {word for one in names(random.Random(1), 2) for word in one.values()}
    assert found == expected | {canary(place) for place in PLACES}


def test_a_hash_of_what_was_deposited_would_give_a_redacted_text_away() -> None:
    """Why a redacted document comes without one: the control tries the names that might fit the gap."""
    original, shown = files(False)["document-004.txt"], files(True)["document-004.txt"]
    gap = "█████"
    tried = [shown.decode().replace(gap, name).encode() for name in ("Somebody Else", canary("text"))]
    hashes = [hashlib.sha256(one).hexdigest() for one in tried]
    assert hashlib.sha256(original).hexdigest() == hashes[1]
    content, documents = planted(random.Random(2), names(random.Random(2), 1), True)
    [whole] = bundle(content, documents, SIGNER).values()
    assert hashes[1].encode() not in whole


@pytest.mark.full
def test_two_thousand_names_that_were_redacted_are_in_no_bundle() -> None:
    planted_names, seed = 0, 100
    while planted_names < 2_000:
        count, left = round_of(seed, redacted=True)
        assert left == set(), seed
        planted_names, seed = planted_names + count, seed + 1
    print(f"{planted_names} planted, 0 found")
