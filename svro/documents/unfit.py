"""What must hold of a disclosure before anything is made of it: chiefly that nothing shown gives away what
was redacted.

An entry of the log holds hashes of the rows it vouches for. Whoever has such a hash, and all of the row but
one field, can try names until one fits: so an entry is open only where every row it vouches for is shown
whole.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain

import msgspec

from svro import verify_bundle
from svro.documents.disclosed import Disclosed, Evidence, Item, Value

FILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
HASH = re.compile(r"[0-9A-Fa-f]{64}")
MEASURES = ("sha256", "size", "pages")
"""What is said of a document as it was deposited, and could be held against what is left of it."""
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


class Unfit(ValueError):
    """This must not be handed over as it is; the sentence says why."""


def items(disclosed: Disclosed) -> Iterator[Item]:
    """Every item, in the order of the schedule."""
    return chain.from_iterable(section.items for section in disclosed.sections)


def check(disclosed: Disclosed, documents: Mapping[str, bytes], key: str) -> None:
    """Unfit for what must not be handed over, with the first reason found. `key` is the log's own, in public
    form.
    """
    for why in faults(disclosed, documents, key):
        raise Unfit(why)


def faults(disclosed: Disclosed, documents: Mapping[str, bytes], key: str) -> Iterator[str]:
    """Every reason for which this must not be handed over."""
    yield from _shape(disclosed)
    yield from _values(disclosed)
    yield from _secrets(disclosed)
    yield from _files(disclosed, documents)
    yield from _log(disclosed, key)


def _shape(disclosed: Disclosed) -> Iterator[str]:
    numbers = [item.number for item in items(disclosed)]
    if numbers != list(range(1, len(numbers) + 1)):
        yield "The items are not numbered from 1 on."
    keys = [section.key for section in disclosed.sections]
    if len(set(keys)) < len(keys) or not all(map(KEY.fullmatch, keys)):
        yield "The sections' keys must differ, and be of lower-case letters, digits and hyphens."
    if any(one.item not in numbers for one in disclosed.redactions):
        yield "A redaction names no item."
    leaves = [one.leaf for one in disclosed.evidence]
    if len(set(leaves)) < len(leaves):
        yield "An entry of the log is given twice."


def _values(disclosed: Disclosed) -> Iterator[str]:
    said = {(one.item, one.where.casefold()): one.ground for one in disclosed.redactions}
    for item in items(disclosed):
        names = [value.name for value in item.values]
        if len(set(names)) < len(names):
            yield f"Item {item.number} has a field twice."
        for value in item.values:
            yield from _value(item, value, said)


def _value(item: Item, value: Value, said: Mapping[tuple[int, str], str]) -> Iterator[str]:
    where = f"The field {value.name} of item {item.number}"
    if value.state != "held" and value.value is not None:
        yield f"{where} is {value.state}, and yet it says something."
    if (value.state == "redacted") is not (value.ground is not None):
        yield f"{where} must give a ground where it is redacted, and only there."
    grounds = [said.get((item.number, name.casefold())) for name in (value.name, value.label)]
    if value.state == "redacted" and value.ground not in grounds:
        yield f"{where} is redacted, and no line of the redaction log says so on the same ground."


def _secrets(disclosed: Disclosed) -> Iterator[str]:
    evidence = {one.leaf: one for one in disclosed.evidence}
    named = {leaf for item in items(disclosed) for leaf in item.entries}
    if missing := named - set(evidence):
        yield f"There is no proof of the entry {min(missing)}."
    if stray := set(evidence) - named:
        yield f"The entry {min(stray)} belongs to no item: nobody decided whether it may be shown."
    rows = {sha256(item.row.encode()).hexdigest() for item in items(disclosed) if item.row is not None}
    for one in disclosed.evidence:
        yield from _open(one)
        if _vouched(one) - rows:
            yield f"The entry {one.leaf} is open, and vouches for a record that is not shown whole."
    made_anew = {one.file for one in disclosed.documents if one.redacted}
    for item in items(disclosed):
        hidden = item.file in made_anew or any(value.state == "redacted" for value in item.values)
        yield from _row(item, hidden, [evidence[leaf] for leaf in item.entries if leaf in evidence])
        if item.file in made_anew and any(HASH.fullmatch(str(value.value)) for value in item.values):
            yield f"Item {item.number} gives the hash of a document that is redacted."
        if item.file in made_anew and any(
            one.name in MEASURES and one.state == "held" for one in item.values
        ):
            yield f"Item {item.number} gives the size of a document that is redacted, as it was."


def _row(item: Item, hidden: bool, entries: Sequence[Evidence]) -> Iterator[str]:
    if hidden and item.row is not None:
        yield f"Item {item.number} is redacted in part, and yet its whole record would be shown."
    if hidden and any(one.entry is not None for one in entries):
        yield f"Item {item.number} is redacted in part, and yet an entry behind it is open."
    if item.row is not None:
        vouched = set[str]().union(*map(_vouched, entries))
        if sha256(item.row.encode()).hexdigest() not in vouched:
            yield f"No open entry vouches for the record of item {item.number} as it is shown."


def _open(one: Evidence) -> Iterator[str]:
    if (one.entry is None) is not (one.salt is None) or (one.entry is None) is (one.closed is None):
        yield f"The entry {one.leaf} must be open, with its salt, or closed, without it."
    elif one.entry is not None and one.salt is not None:
        leaf = sha256(b"\0" + bytes.fromhex(one.salt) + one.entry.encode()).hexdigest()
        if leaf != one.commitment:
            yield f"The words of the entry {one.leaf} are not those that were committed to."


def _vouched(one: Evidence) -> set[str]:
    """The hashes of rows, as they are and as they were, that an open entry shows."""
    if one.entry is None:
        return set()
    rows: list[dict[str, str]] = msgspec.json.decode(one.entry)["rows"]
    return {row[name] for row in rows for name in ("now", "was") if row.get(name)}


def _files(disclosed: Disclosed, documents: Mapping[str, bytes]) -> Iterator[str]:
    names = [one.file for one in disclosed.documents]
    if not all(map(FILE.fullmatch, names)):
        yield "A document's name must be of lower-case letters, digits, dots and hyphens."
    if len(set(names)) < len(names) or set(names) != set(documents):
        yield "The documents given are not those that are listed."
    if any(item.file is not None and item.file not in names for item in items(disclosed)):
        yield "An item names a document that is not listed."
    for one in disclosed.documents:
        if (one.deposited_sha256 is None) is not one.redacted:
            yield f"The document {one.file} must come with its SHA-256 as deposited, unless it is redacted."
        elif not one.redacted and sha256(documents[one.file]).hexdigest() != one.deposited_sha256:
            yield f"The document {one.file} is not as it was deposited, and not called redacted."


def _log(disclosed: Disclosed, key: str) -> Iterator[str]:
    """What the file that goes along would say against its proofs: better said before than after."""
    evidence, shown = map(msgspec.to_builtins, (disclosed.evidence, tuple(items(disclosed))))
    try:
        made = verify_bundle.check_checkpoint(disclosed.checkpoint, verify_bundle.read_key(key))
        verify_bundle.check_log(evidence, shown, made)
    except (verify_bundle.Bad, ValueError) as bad:
        yield str(bad)
