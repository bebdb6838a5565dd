"""Which entries of the log vouch for what a bundle shows, where they stand in its tree, and which of them may
be opened.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.disclosure.gather import Held, plain
from svro.casework.disclosure.sections import LEDGER
from svro.documents.disclosed import Evidence, Item, Section, Value
from svro.records import merkle, sealing
from svro.records.ledger import Entry, LedgerLeaf, LedgerPayload

WHOLE = "item"
"""The name of the one field of an item that is kept back whole."""
CLOSED = "Entry that is closed"
_Key = tuple[str, tuple[str | int, ...]]
_decoder = msgspec.json.Decoder(Entry)


class Leaf(msgspec.Struct):
    """An entry of the log that vouches for something shown."""

    id: str
    commitment: bytes
    position: int
    sealed_in: int
    tag: str | None
    force: str | None
    subject: str | None
    at: datetime | None
    entry: bytes | None
    salt: bytes | None
    rows: tuple[_Key, ...] = ()
    hashes: frozenset[str] = frozenset()


def _place(one: Held) -> _Key:
    return str(one.table), one.primary


async def leaves_of(session: AsyncSession, force: str, held: Sequence[Held], size: int) -> dict[str, Leaf]:
    """The entries that the tree of a size holds about these things, and the looks among them. Of a look only
    the leaf is read: another force may keep its words.
    """
    things = {str(part) for one in held for part in (*one.primary, one.thing)} - {force}
    things |= {str(field.value) for one in held for field in one.fields if field.name == "id"}
    looks = {leaf for one in held for leaf in one.entries}
    found: dict[str, Leaf] = {}
    query = (
        select(LedgerLeaf, LedgerPayload)
        .join(LedgerPayload, LedgerPayload.leaf_id == LedgerLeaf.id)
        .where(LedgerLeaf.position < size)
    )
    for some in _some(sorted(things)):
        rows = await session.execute(query.where(LedgerPayload.subject.in_(some)))
        found |= {leaf.id: _leaf(leaf, payload) for leaf, payload in rows.all()}
    for some in _some(sorted(looks)):
        leaves = await session.scalars(
            select(LedgerLeaf).where(LedgerLeaf.id.in_(some), LedgerLeaf.position < size)
        )
        found |= {leaf.id: _leaf(leaf, None) for leaf in leaves.all()}
    return found


def _some(ids: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return (tuple(ids[start : start + 500]) for start in range(0, len(ids), 500))


def _leaf(leaf: LedgerLeaf, payload: LedgerPayload | None) -> Leaf:
    told = () if payload is None else _decoder.decode(bytes(payload.entry)).rows
    return Leaf(
        id=leaf.id,
        commitment=bytes(leaf.commitment),
        position=leaf.position or 0,
        sealed_in=leaf.sealed_in or 0,
        tag=payload.tag if payload else None,
        force=payload.force_id if payload else None,
        subject=payload.subject if payload else None,
        at=payload.at if payload else None,
        entry=bytes(payload.entry) if payload else None,
        salt=bytes(payload.salt) if payload else None,
        rows=tuple((one.table, one.key) for one in told),
        hashes=frozenset(said for one in told for said in (one.now, one.was) if said is not None),
    )


def _hash(row: str) -> str:
    return hashlib.sha256(row.encode()).hexdigest()


class Vouching:
    """Which entries vouch for what is shown, and which of them may be opened.

    An entry is opened where every row that it vouches for is shown whole: it holds their hashes, and its
    words are theirs.
    """

    def __init__(self, leaves: Mapping[str, Leaf]) -> None:
        self.leaves, self.used = leaves, dict[str, Leaf]()
        self.open: set[str] = set()
        self.telling: dict[_Key, list[Leaf]] = {}
        for leaf in sorted(leaves.values(), key=lambda one: one.position):
            for key in leaf.rows:
                self.telling.setdefault(key, []).append(leaf)

    def told(self, one: Held) -> list[Leaf]:
        """The entries of the tree that vouch for something; a look is an entry of its own."""
        if one.entries:
            return [self.leaves[leaf] for leaf in one.entries if leaf in self.leaves]
        return self.telling.get(_place(one), [])

    def says(self, one: Held) -> bool:
        """Whether an entry says of a row what it says; of a look whose words another force keeps none can."""
        told = self.told(one)
        return _hash(str(one.row)) in {said for leaf in told for said in leaf.hashes} or all(
            leaf.entry is None for leaf in told
        )

    def of(self, one: Held, item: Item) -> Item:
        """The item with the entries that vouch for it, unless all of it is kept back."""
        if one.table is None or any(value.name == WHOLE for value in item.values):
            return item
        told = self.told(one)
        self.used |= {leaf.id: leaf for leaf in told}
        return msgspec.structs.replace(item, entries=tuple(leaf.id for leaf in told))

    def closed(self, items: Sequence[Item]) -> list[Item]:
        """Decide which entries are opened; an item keeps its row only under one that is. To take away one row
        may close the entry over another, so it is asked until nothing changes.
        """
        rows = {_hash(item.row) for item in items if item.row is not None}
        while True:
            self.open = {
                leaf.id
                for leaf in self.used.values()
                if leaf.entry is not None and leaf.hashes and rows.issuperset(leaf.hashes)
            }
            vouched = {one for leaf in self.open for one in self.leaves[leaf].hashes}
            if rows <= vouched:
                break
            rows &= vouched
        return [
            msgspec.structs.replace(item, row=item.row if item.row and _hash(item.row) in rows else None)
            for item in items
        ]

    def entries(self, before: int) -> Section:
        """The section of the log: each entry that vouches for something shown."""
        told = sorted(self.used.values(), key=lambda leaf: leaf.position)
        items = tuple(
            _entry(number, leaf, leaf.id in self.open) for number, leaf in enumerate(told, before + 1)
        )
        searched = "The entries of the log that vouch for what is shown above, where they stand in its tree."
        return Section(key=LEDGER, title="Entries of the log", searched=searched, items=items)

    async def proofs(self, session: AsyncSession, size: int) -> list[Evidence]:
        """Each entry with its path to the root of the tree."""
        told = sorted(self.used.values(), key=lambda leaf: leaf.position)
        ranges = [merkle.inclusion(leaf.position, size) for leaf in told]
        roots = iter(await sealing.roots(session, [one for path in ranges for one in path]))
        return [
            self._proof(leaf, [next(roots) for _ in path]) for leaf, path in zip(told, ranges, strict=True)
        ]

    def _proof(self, leaf: Leaf, path: list[bytes]) -> Evidence:
        shown = leaf.id in self.open and leaf.entry is not None and leaf.salt is not None
        return Evidence(
            leaf=leaf.id,
            commitment=leaf.commitment.hex(),
            index=leaf.position,
            path=tuple(step.hex() for step in path),
            entry=leaf.entry.decode() if shown and leaf.entry else None,
            salt=leaf.salt.hex() if shown and leaf.salt else None,
            closed=None if shown else "redacted",
        )


def _entry(number: int, leaf: Leaf, opened: bool) -> Item:
    """One entry. What it tells of and when are said of an open one alone: of a closed one they could be what
    was kept back of a row behind it.
    """
    said: dict[str, tuple[str, Any]] = {
        "id": ("Number of the entry", leaf.id),
        "commitment": ("What the log commits to", leaf.commitment.hex()),
        "position": ("Place in the tree", leaf.position),
    }
    if opened:
        said |= {
            "sealed_in": ("Size of the first tree that holds it", leaf.sealed_in),
            "force_id": ("Force", leaf.force),
            "tag": ("What it tells of", leaf.tag),
            "subject": ("What it is about", leaf.subject),
            "at": ("When", leaf.at and plain(leaf.at)),
        }
    values = tuple(
        Value(name=name, label=text, state="no-data" if value is None else "held", value=value)
        for name, (text, value) in said.items()
    )
    return Item(
        number=number,
        kind="entry",
        id=leaf.id,
        title="Entry of a look" if leaf.tag is None else f"Entry {leaf.tag}" if opened else CLOSED,
        at=leaf.at if opened else None,
        values=values,
        entries=(leaf.id,),
    )
