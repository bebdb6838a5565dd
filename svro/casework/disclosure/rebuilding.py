"""An old bundle made again from what is stored, each entry checked against the log: what agrees, what was
erased since, what says something else.
"""

import asyncio
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.disclosure.composed import Composed, compose
from svro.casework.disclosure.issues import wanted
from svro.documents.bundle import Signer, parts_of
from svro.documents.disclosure_data import content
from svro.documents.unfit import Unfit
from svro.errors import Missing
from svro.records import notes, sealing
from svro.records.disclosure import DisclosureBundle, DisclosureRequest, Part
from svro.records.ledger import LedgerLeaf, LedgerPayload, commitment
from svro.verify_bundle import KEY, SIGNATURE


class Rebuilt(msgspec.Struct, kw_only=True):
    """What came of it. `items` were compared; `erased` names those whose words are gone, `differences` those
    or files that say something else. `wrong` says of which entries or rows the log does not hold what it
    should.
    """

    reference: str
    issue: int
    items: int
    entries: int
    erased: list[str]
    differences: list[str]
    wrong: list[str]

    @property
    def same(self) -> bool:
        """Whether all of it is there and says the same."""
        return not (self.erased or self.differences or self.wrong)


async def rebuild(session: AsyncSession, files: Mapping[str, bytes]) -> Rebuilt:
    """Make a bundle again, given the files in it. Missing where no such answer was issued here."""
    said = msgspec.json.decode(files["disclosure.json"])
    proofs: list[dict[str, Any]] = msgspec.json.decode(files["evidence.json"])
    found = (
        await session.execute(
            select(DisclosureRequest, DisclosureBundle)
            .join(
                DisclosureBundle,
                (DisclosureBundle.force_id == DisclosureRequest.force_id)
                & (DisclosureBundle.request_id == DisclosureRequest.id),
            )
            .where(DisclosureRequest.reference == said["reference"], DisclosureBundle.issue == said["issue"])
        )
    ).first()
    if found is None:
        raise Missing
    gone, wrong = await _entries(session, proofs)
    made = await compose(session, wanted(found[0], found[1]))
    now = content(made.disclosed)
    before, after = _by_thing(said), _by_thing(now)
    erased = [
        _named(item)
        for thing, item in before.items()
        if set(item["entries"]) & gone or _lost(item, after.get(thing))
    ]
    differences = list(_differences(before, after, set(erased)))
    differences += [
        f"{name} says something else." for name in _HEAD if said[name] != now[name] and not erased
    ]
    if not erased:
        differences += await _differing(session, made, files, found[1])
    wrong += _astray(made, now)
    return Rebuilt(
        reference=said["reference"],
        issue=said["issue"],
        items=len(before),
        entries=len(proofs),
        erased=erased,
        differences=differences,
        wrong=wrong,
    )


async def _differing(
    session: AsyncSession, made: Composed, files: Mapping[str, bytes], row: DisclosureBundle
) -> list[str]:
    """How the files given differ from those made anew, and these from what was issued. Nobody needs the key
    that signs: a signature that holds over what is made is the one that would be made.
    """
    if (key := files[KEY].decode().strip()) not in {one.key for one in await sealing.keys(session)}:
        return ["The key in the bundle is none of this log's."]
    public, note = notes.read_key(key), files[SIGNATURE].decode()

    def sign(body: str) -> str:
        return note if _holds(public, note, body) else ""

    def work() -> Iterator[str]:
        inside, parts = dict[str, bytes](), list[Part]()
        for name, data in parts_of(made.disclosed, made.files, Signer(key, sign)):
            parts.append(Part(name=name, sha256=sha256(data).hexdigest(), size=len(data)))
            with zipfile.ZipFile(io.BytesIO(data)) as held:
                inside |= {name: held.read(name) for name in held.namelist()}
        return _of_files(files, inside, tuple(parts), row)

    try:
        return list(await asyncio.to_thread(work))
    except Unfit as why:
        return [f"It would not be handed over now: {why}"]


def _holds(key: notes.Key, note: str, body: str) -> bool:
    try:
        said, signatures = notes.read_note(note)
    except notes.NotSigned:
        return False
    [(name, id_, data)] = signatures if len(signatures) == 1 else [("", b"", b"")]
    return (said, name, id_) == (body, key.name, key.id) and key.signed(data, body.encode())


def _of_files(
    files: Mapping[str, bytes], inside: Mapping[str, bytes], parts: tuple[Part, ...], row: DisclosureBundle
) -> Iterator[str]:
    for name in sorted(set(files) | set(inside)):
        if name not in inside:
            yield f"The file {name} is not of this bundle."
        elif name not in files:
            yield f"The file {name} is missing."
        elif files[name] != inside[name]:
            yield f"The file {name} is not the one that is made."
    if parts != row.parts:
        yield "The parts made anew have not the hashes that were kept when it was issued."


_HEAD = (
    "purpose",
    "recipient",
    "firm",
    "documents",
    "client",
    "force",
    "order_reference",
    "known_at",
    "statement",
    "redactions",
)


def _by_thing(said: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(item["kind"], item["id"]): item for section in said["sections"] for item in section["items"]}


def _named(item: Mapping[str, Any]) -> str:
    return f"Item {item['number']}: {item['title']}"


def _lost(before: Mapping[str, Any], after: Mapping[str, Any] | None) -> bool:
    """Whether words were erased from an item since."""
    if after is None:
        return False
    states = {value["name"]: value["state"] for value in before["values"]}
    return any(value["state"] == "erased" != states.get(value["name"]) for value in after["values"])


def _differences(
    before: Mapping[tuple[str, str], Mapping[str, Any]],
    after: Mapping[tuple[str, str], Mapping[str, Any]],
    erased: set[str],
) -> Iterator[str]:
    for thing, item in before.items():
        held = after.get(thing)
        if held is None and _named(item) in erased:
            continue
        if held is None:
            yield f"{_named(item)}: it is not made any more."
        elif _named(item) not in erased and held["values"] != item["values"]:
            names = [value["name"] for value in item["values"] if value not in held["values"]]
            yield f"{_named(item)}: {', '.join(names) or 'a field more'}."
    for thing, item in after.items():
        if thing not in before and item["kind"] != "entry":
            yield f"{_named(item)}: it was not in the bundle."


async def _entries(session: AsyncSession, proofs: Sequence[Mapping[str, Any]]) -> tuple[set[str], list[str]]:
    """(the entries whose words are gone, what is wrong with the others)."""
    gone: set[str] = set()
    wrong = []
    leaf, words = LedgerLeaf, LedgerPayload
    query = select(leaf.id, leaf.commitment, leaf.position, words.salt, words.entry)
    query = query.outerjoin(words, words.leaf_id == leaf.id)
    rows = await session.execute(query.where(leaf.id.in_([one["leaf"] for one in proofs])))
    held = {row.id: row for row in rows}
    for one in proofs:
        row = held.get(one["leaf"])
        if row is None or (row.commitment.hex(), row.position) != (one["commitment"], one["index"]):
            wrong.append(f"Entry {one['leaf']}: the log does not hold it as it was handed over.")
        elif row.entry is None:
            gone.add(one["leaf"])
        elif commitment(bytes(row.salt), bytes(row.entry)) != bytes(row.commitment):
            wrong.append(f"Entry {one['leaf']}: what is stored is not what was committed to.")
    return gone, wrong


def _astray(made: Composed, now: Mapping[str, Any]) -> list[str]:
    names = {item["number"]: _named(item) for section in now["sections"] for item in section["items"]}
    return [f"{names[n]}: the row stored is not the one that the log tells of." for n in made.astray]
