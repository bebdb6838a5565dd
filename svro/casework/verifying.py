"""Is the record what it says it was? The whole log against the database, row by row.

Everything is made anew from what is held: each leaf from its words, the tree from its leaves, each row's hash
from the row. Whoever holds the database and the log's key can make a history that agrees with itself; what a
witness kept of the one before is then what tells.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Table, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.records import fence, merkle, metadata, notes, sealing
from svro.records.documents import Document, DocumentContent
from svro.records.ledger import Entry, LedgerLeaf, LedgerPayload, as_held, commitment, digest, key_of, vouched
from svro.records.sealing import LedgerCheckpoint, LedgerCosignature, LedgerNode

ERASED = "person:erased"


class Wrong(msgspec.Struct, frozen=True):
    """One thing that does not agree: what kind, where, and what is wrong with it."""

    kind: str
    where: str
    sentence: str


class Verdict(msgspec.Struct, kw_only=True):
    """What was checked, and everything that was wrong."""

    leaves: int
    sealed: int
    erased: int
    rows: int
    checkpoints: int
    cosignatures: int
    wrong: list[Wrong]


class Kept(msgspec.Struct, frozen=True):
    """A checkpoint as somebody outside kept it, and whose cosignature it should carry, if anybody's."""

    note: str
    witness: notes.Key | None = None


class _Leaves(msgspec.Struct):
    """The leaves as held: their hashes in the order of the tree, and each by its id."""

    hashes: list[bytes]
    by_id: dict[str, bytes]
    unsealed: int


async def verify(
    session: AsyncSession, *, key: notes.Key | None = None, kept: Sequence[Kept] = ()
) -> Verdict:
    """Check everything. `key` is the log's public key as known from elsewhere: without it the first one that
    the database holds is believed. `kept` are checkpoints that witnesses hold.
    """
    wrong: list[Wrong] = []
    wrong += [
        Wrong("fence", name, "The trigger that refuses changes is gone or switched off.")
        for name in sorted(await session.run_sync(_missing_fences))
    ]
    leaves = await _leaves(session, wrong)
    tree = dict(merkle.grown(0, [], leaves.hashes))
    await _nodes(session, tree, wrong)
    trusted = await _keys(session, key, wrong)
    checkpoints, cosignatures = await _checkpoints(session, leaves, tree, trusted, wrong)
    for outside in kept:
        wrong += _against(outside, leaves, tree, trusted)
    told = await _payloads(session, leaves, wrong)
    rows = await _rows(session, told, wrong)
    wrong += await _contents(session)
    return Verdict(
        leaves=len(leaves.by_id),
        sealed=len(leaves.hashes),
        erased=len(leaves.by_id) - told.payloads,
        rows=rows,
        checkpoints=checkpoints,
        cosignatures=cosignatures,
        wrong=wrong,
    )


def _missing_fences(session: Any) -> set[str]:
    connection = session.connection()
    return fence.wanted(connection.dialect.name) - fence.standing(connection)


async def _streamed(session: AsyncSession, query: Any) -> AsyncIterator[Any]:
    async for part in (await session.stream(query.execution_options(yield_per=2_000))).partitions():
        for row in part:
            yield row


async def _leaves(session: AsyncSession, wrong: list[Wrong]) -> _Leaves:
    found = _Leaves([], {}, 0)
    table = LedgerLeaf
    query = select(table.id, table.commitment, table.position, table.sealed_in)
    rows = {}
    async for leaf in _streamed(session, query):
        found.by_id[leaf.id] = bytes(leaf.commitment)
        if leaf.position is None and leaf.sealed_in is None:
            found.unsealed += 1
        elif leaf.position is None or leaf.sealed_in is None or leaf.position >= leaf.sealed_in:
            wrong.append(Wrong("leaf", leaf.id, "It is half in the tree: its place or its tree is missing."))
        else:
            rows[leaf.position] = leaf
    for at in range(len(rows)):
        if at not in rows:
            wrong.append(Wrong("leaf", str(at), f"The leaf at {at} is gone, with {len(rows) - at} after it."))
            break
        found.hashes.append(bytes(rows[at].commitment))
    sizes = sorted(await session.scalars(select(LedgerCheckpoint.size)))
    first = dict(_first_sizes(sizes))
    for at, leaf in rows.items():
        if first.get(at, leaf.sealed_in) != leaf.sealed_in:
            wrong.append(Wrong("leaf", leaf.id, f"It says that the tree of {leaf.sealed_in} was its first."))
    return found


def _first_sizes(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for size in sizes:
        for at in range(start, size):
            yield at, size
        start = size


async def _nodes(session: AsyncSession, tree: dict[merkle.Place, bytes], wrong: list[Wrong]) -> None:
    held = 0
    async for level, place, one in _streamed(
        session, select(LedgerNode.level, LedgerNode.place, LedgerNode.hash)
    ):
        held += 1
        if tree.get((level, place)) != bytes(one):
            wrong.append(Wrong("node", f"{level}/{place}", "The hash kept is not the one its leaves make."))
    if held != (needed := sum(1 for level, _ in tree if level)):
        wrong.append(Wrong("node", "all", f"{held} hashes of subtrees are kept, and {needed} are needed."))


async def _keys(session: AsyncSession, key: notes.Key | None, wrong: list[Wrong]) -> list[notes.Key]:
    """The log's keys: each after the first named by the one before, and the trusted one among them."""
    trusted: list[notes.Key] = []
    for held in await sealing.keys(session):
        try:
            made = notes.read_key(held.key)
            if trusted:
                _handed_over(held.endorsement or "", trusted[-1], made)
            trusted.append(made)
        except ValueError as error:
            wrong.append(
                Wrong("key", str(held.n), f"The key is not one that the log may sign with: {error}.")
            )
    if key is not None and trusted and str(key) not in map(str, trusted):
        wrong.append(Wrong("key", trusted[0].name, "The log's keys are not the one known from elsewhere."))
    return trusted


def _handed_over(endorsement: str, old: notes.Key, new: notes.Key) -> None:
    body, signatures = notes.read_note(endorsement)
    signed = [data for name, id_, data in signatures if (name, id_) == (old.name, old.id)]
    if body.split("\n")[2:3] != [str(new)] or not signed or not old.signed(signed[0], body.encode()):
        raise notes.NotSigned("the key before it did not name it")


def _root(tree: dict[merkle.Place, bytes], size: int) -> bytes | None:
    """The root of the first `size` leaves; None where there are not so many."""
    parts = [tree.get(place) for place in merkle.whole(0, size)]
    return None if None in parts else merkle.fold([part for part in parts if part is not None])


async def _checkpoints(
    session: AsyncSession,
    leaves: _Leaves,
    tree: dict[merkle.Place, bytes],
    trusted: list[notes.Key],
    wrong: list[Wrong],
) -> tuple[int, int]:
    count, newest, held = 0, 0, {}
    async for row in _streamed(
        session, select(LedgerCheckpoint.size, LedgerCheckpoint.root, LedgerCheckpoint.note)
    ):
        count, newest, held[row.size] = count + 1, max(newest, row.size), row.note
        said = _signed(row.note, trusted)
        if said is None or (said.size, said.root) != (row.size, bytes(row.root)):
            wrong.append(
                Wrong("checkpoint", str(row.size), "It is not signed by the log's key as it stands.")
            )
        elif _root(tree, row.size) != said.root:
            wrong.append(Wrong("checkpoint", str(row.size), "The tree is not the one that was signed."))
    if newest != len(leaves.hashes):
        sentence = f"{len(leaves.hashes)} leaves are sealed; the newest checkpoint signs {newest}."
        wrong.append(Wrong("checkpoint", str(newest), sentence))
    cosigned = (await session.scalars(select(LedgerCosignature))).all()
    for one in cosigned:
        try:
            notes.cosigned_at(held.get(one.size, "") + one.line, notes.read_key(one.witness))
        except ValueError:
            wrong.append(Wrong("cosignature", str(one.size), "It is not the witness's."))
    return count, len(cosigned)


def _signed(note: str, trusted: list[notes.Key]) -> notes.Checkpoint | None:
    for key in trusted:
        try:
            return notes.check(note, key)
        except ValueError:
            continue
    return None


def _against(
    kept: Kept, leaves: _Leaves, tree: dict[merkle.Place, bytes], trusted: list[notes.Key]
) -> Iterator[Wrong]:
    """What a witness kept, against the tree as it stands: it must begin with what was kept."""
    try:
        if kept.witness is not None:
            notes.cosigned_at(kept.note, kept.witness)
        said = notes.read_checkpoint(notes.read_note(kept.note)[0])
    except ValueError as error:
        yield Wrong("witness", "?", f"What the witness kept cannot be used: {error}.")
        return
    if kept.witness is None and _signed(kept.note, trusted) is None:
        yield Wrong("witness", str(said.size), "What was kept is signed by no key of this log.")
    if said.size > len(leaves.hashes):
        sentence = f"The witness saw {said.size} leaves, and there are {len(leaves.hashes)}."
        yield Wrong("witness", str(said.size), sentence)
    elif _root(tree, said.size) != said.root:
        yield Wrong("witness", str(said.size), "The log does not begin with what the witness saw of it.")


class _Told(msgspec.Struct):
    """What the entries say of rows: of each (table, key) how often each hash came less how often it went."""

    payloads: int
    rows: dict[tuple[str, tuple[str | int, ...]], Counter[str]]


_decoder = msgspec.json.Decoder(Entry)


async def _payloads(session: AsyncSession, leaves: _Leaves, wrong: list[Wrong]) -> _Told:
    told, silent, erased = _Told(0, {}), set(leaves.by_id), set[str]()
    table = LedgerPayload.__table__
    async for row in _streamed(session, select(table)):
        told.payloads += 1
        silent.discard(row.leaf_id)
        data = bytes(row.entry)
        if commitment(bytes(row.salt), data) != leaves.by_id.get(row.leaf_id):
            wrong.append(Wrong("entry", row.leaf_id, f"The words of {row.tag} are not those committed to."))
            continue
        entry = _decoder.decode(data)
        beside = (row.tag, row.force_id, row.actor, row.subject, row.at)
        if beside != (entry.tag, entry.force, entry.actor, entry.subject, entry.at):
            wrong.append(Wrong("entry", row.leaf_id, f"What stands beside the words of {row.tag} differs."))
        for one in entry.rows:
            count = told.rows.setdefault((one.table, one.key), Counter())
            if one.now is not None:
                count[one.now] += 1
            if one.was is not None:
                count[one.was] -= 1
        if entry.tag == ERASED and isinstance(entry.facts, dict):
            erased.update(entry.facts["leaves"])
    wrong += [
        Wrong("entry", leaf, "Its words are gone, and no erasure took them.")
        for leaf in sorted(silent - erased)
    ]
    wrong += [
        Wrong("entry", leaf, "An erasure names it, and its words are there.")
        for leaf in sorted(erased - silent)
    ]
    return told


async def _contents(session: AsyncSession) -> list[Wrong]:
    """The documents whose bytes are not those that were deposited, one at a time: some are large."""
    whole = select(Document.id, Document.sha256, DocumentContent.content).outerjoin(
        DocumentContent,
        and_(DocumentContent.force_id == Document.force_id, DocumentContent.document_id == Document.id),
    )
    wrong = []
    rows = await session.stream(whole.execution_options(yield_per=1))
    async for key, sha256, content in rows:
        erased = len(sha256) != 64
        if not erased and (content is None or hashlib.sha256(content).hexdigest() != sha256):
            wrong.append(Wrong("document", key, "Its bytes are not those that were deposited."))
    return wrong


async def _rows(session: AsyncSession, told: _Told, wrong: list[Wrong]) -> int:
    checked = 0
    for table in filter(vouched, metadata.sorted_tables):
        async for row in _streamed(session, select(*as_held(table))):
            checked += 1
            fault = _disagrees(table, row._mapping, told)
            if fault:
                wrong.append(fault)
    for (table_name, key), count in told.rows.items():
        if any(count.values()):
            wrong.append(Wrong("row", _named(table_name, key), "The ledger tells of it, and it is gone."))
    return checked


def _disagrees(table: Table, row: Any, told: _Told) -> Wrong | None:
    key = key_of(table, row)
    said = told.rows.pop((table.name, key), None)
    if said is None:
        return Wrong("row", _named(table.name, key), "No entry of the ledger tells of it.")
    last = [one for one, times in said.items() if times]
    if last != [digest(table, row)] or said[last[0]] != 1:
        return Wrong("row", _named(table.name, key), "It does not say what the ledger says it said.")
    return None


def _named(table: str, key: tuple[str | int, ...]) -> str:
    return f"{table} {'/'.join(map(str, key))}"
