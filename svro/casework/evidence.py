"""What anybody may ask of the log: its newest checkpoint, proofs, its keys; and what a witness adds to it.

None of it holds a word of any record: leaves are salted hashes.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.errors import Fault, Malformed, Missing, Unavailable
from svro.records import merkle, notes, sealing
from svro.records.base import put
from svro.records.ledger import LedgerLeaf, LedgerPayload
from svro.records.sealing import LedgerCosignature


class InclusionProof(msgspec.Struct, kw_only=True):
    """That a leaf stands at `index`, from 0, of the tree of `size` leaves with this root. Hashes in hex,
    `path` the nearest first; `checkpoint` is the signed note of that size, None where none was signed.
    """

    kind: Literal["inclusion"] = "inclusion"
    leaf: str
    index: int
    size: int
    path: list[str]
    root: str
    checkpoint: str | None


class ConsistencyProof(msgspec.Struct, kw_only=True):
    """That the tree of `first` leaves begins the tree of `second`: nothing before it was changed."""

    kind: Literal["consistency"] = "consistency"
    first: int
    second: int
    path: list[str]
    first_root: str
    second_root: str
    checkpoint: str | None


class KeyView(msgspec.Struct, kw_only=True):
    """A public key of the log, from when it signs, and the note in which the key before it named it."""

    key: str
    started_at: datetime
    endorsement: str | None


class Ask(msgspec.Struct, kw_only=True):
    """A proof wanted: of a leaf by its id or its index, at `size`; or from `first` to `second`. The newest
    checkpoint's size stands for a size not given.
    """

    leaf: str | None = None
    index: int | None = None
    size: int | None = None
    first: int | None = None
    second: int | None = None


async def note(session: AsyncSession, size: int | None = None) -> str:
    """The newest checkpoint, or that of a size, with every cosignature held. Missing where there is none;
    Unavailable while the log has none at all.
    """
    found = await sealing.newest(session, size)
    if found is None:
        if size is not None:
            raise Missing
        raise Unavailable("The log has signed nothing yet.")
    cosigned = select(LedgerCosignature.line).where(LedgerCosignature.size == found.size)
    lines = await session.scalars(cosigned.order_by(LedgerCosignature.witness))
    return found.note + "".join(lines)


async def keys(session: AsyncSession) -> list[KeyView]:
    """The log's public keys, the first one first."""
    return [
        KeyView(key=one.key, started_at=one.started_at, endorsement=one.endorsement)
        for one in await sealing.keys(session)
    ]


async def prove(session: AsyncSession, ask: Ask) -> InclusionProof | ConsistencyProof:
    """The proof wanted. Malformed where it is not clear which or lies beyond the log; Missing for a leaf that
    there is not, or that is not sealed yet.
    """
    last = await sealing.newest(session)
    if last is None:
        raise Unavailable("The log has signed nothing yet.")
    one = ask.leaf is not None or ask.index is not None
    if one == (ask.first is not None) or (ask.leaf is not None and ask.index is not None):
        raise Malformed([Fault("leaf", "give a leaf or an index, or else first and second")])
    sizes = {"index": ask.index, "size": ask.size, "first": ask.first, "second": ask.second}
    faults = [
        Fault(name, f"must be from 0 to {last.size}, the size of the log")
        for name, given in sizes.items()
        if given is not None and not 0 <= given <= last.size
    ]
    if faults:
        raise Malformed(faults)
    if ask.first is not None:
        return await _consistency(session, ask.first, last.size if ask.second is None else ask.second)
    return await _inclusion(session, ask, last.size if ask.size is None else ask.size)


async def _inclusion(session: AsyncSession, ask: Ask, size: int) -> InclusionProof:
    index = ask.index
    if index is None:
        index = await session.scalar(select(LedgerLeaf.position).where(LedgerLeaf.id == ask.leaf))
        if index is None:
            raise Missing
    if index >= size:
        raise Malformed([Fault("size", f"the tree of {size} leaves does not hold leaf {index}")])
    ranges = merkle.inclusion(index, size)
    leaf, *path, root = await sealing.roots(session, [(index, index + 1), *ranges, (0, size)])
    signed = await sealing.newest(session, size)
    return InclusionProof(
        leaf=leaf.hex(),
        index=index,
        size=size,
        path=[step.hex() for step in path],
        root=root.hex(),
        checkpoint=signed.note if signed else None,
    )


async def _consistency(session: AsyncSession, first: int, second: int) -> ConsistencyProof:
    if first > second:
        raise Malformed([Fault("first", "is larger than the second")])
    ranges = merkle.consistency(first, second)
    *path, old, new = await sealing.roots(session, [*ranges, (0, first), (0, second)])
    signed = await sealing.newest(session, second)
    return ConsistencyProof(
        first=first,
        second=second,
        path=[step.hex() for step in path],
        first_root=old.hex(),
        second_root=new.hex(),
        checkpoint=signed.note if signed else None,
    )


async def cosign(session: AsyncSession, given: str, witnesses: Iterable[str], now: datetime) -> int:
    """Keep the cosignatures of a checkpoint that configured witnesses sent: how many were new. Malformed
    where none is a witness's, or the checkpoint is not one of ours.
    """
    try:
        body, _ = notes.read_note(given)
        claimed = notes.read_checkpoint(body)
    except ValueError as error:
        raise Malformed([Fault("body", f"is {error}")]) from error
    held = await sealing.newest(session, claimed.size)
    if held is None or notes.read_note(held.note)[0] != body:
        raise Malformed([Fault("body", "is not a checkpoint of this log")])
    new, known = 0, False
    for witness in map(notes.read_key, witnesses):
        try:
            notes.cosigned_at(given, witness)
        except notes.NotSigned:
            continue
        known = True
        place = {"size": claimed.size, "witness": str(witness)}
        if await session.scalar(select(LedgerCosignature.line).filter_by(**place)) is None:
            line = next(line for line in _lines(given) if line.split(" ")[1] == witness.name)
            await put(session, LedgerCosignature, **place, line=line, at=now)
            new += 1
    if not known:
        raise Malformed([Fault("body", "is cosigned by no witness of this log")])
    return new


def _lines(note: str) -> list[str]:
    return note.rpartition("\n\n")[2].splitlines(keepends=True)


async def export(session: AsyncSession, words: bool) -> AsyncIterator[str]:
    """The whole log as sealed, line by line: the newest checkpoint, a line of ====, then each leaf in hex;
    with `words`, its salt and canonical words in base64 too, but for what was erased.
    """
    last = await sealing.newest(session)
    if last is None:
        raise Unavailable("The log has signed nothing yet.")
    yield last.note
    yield "====\n"
    query = (
        select(LedgerLeaf.commitment, LedgerPayload.salt, LedgerPayload.entry)
        .outerjoin(LedgerPayload, LedgerPayload.leaf_id == LedgerLeaf.id)
        .where(LedgerLeaf.position < last.size)
        .order_by(LedgerLeaf.position)
    )
    async for leaf, salt, entry in await session.stream(query.execution_options(yield_per=2_000)):
        said = [bytes(leaf).hex()]
        if words and salt is not None:
            said += [b64encode(bytes(salt)).decode(), b64encode(bytes(entry)).decode()]
        yield " ".join(said) + "\n"
