"""The content of one bundle, from what is held and what was decided of it: the same request, recipient,
instant and checkpoint make the same content.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import subjects
from svro.casework.disclosure import marks, statistics
from svro.casework.disclosure.gather import Held, asked, decided, gather, plain, recipient_of
from svro.casework.disclosure.review import reason_of, shown, undecided
from svro.casework.disclosure.sections import LEDGER, NOT_GATHERED, SCOPES
from svro.documents.disclosed import (
    Disclosed,
    Document,
    Evidence,
    Item,
    Redaction,
    Section,
    Value,
)
from svro.errors import Conflict, Unavailable
from svro.law import disclosure as law
from svro.law.dates import LONDON
from svro.records import merkle, sealing
from svro.records.disclosure import DisclosureItem, DisclosureRequest
from svro.records.documents import SolicitorVersion
from svro.records.ledger import Entry, LedgerLeaf, LedgerPayload
from svro.records.orders import Order
from svro.records.people import Account, Force

VERSION = "disclosure-1"
WHOLE = "item"
LOOKS = "access_entries"
"""Looks go on while a bundle is made: those that the checkpoint does not hold are not in it."""
ALWAYS = (
    "Where a section says that no data are held, nothing is held there that falls to be disclosed. These"
    " words stand in every bundle. Whether anything may be kept back in the public interest is for the court,"
    " and nothing here tells whether anything was.",
    "Whoever works for the force appears as a number, the same throughout. Looks and acts by which an answer"
    " to a request is prepared are not listed.",
)
_Key = tuple[str, tuple[str | int, ...]]
_decoder = msgspec.json.Decoder(Entry)


class Wanted(NamedTuple):
    """Which issue of which answer: the sections, the instant of knowing, the checkpoint's size, and when it
    was issued, by which the solicitor's sight and the decisions are those of that moment.
    """

    row: DisclosureRequest
    issue: int
    sections: tuple[str, ...]
    known_at: datetime
    checkpoint: int
    issued_at: datetime


class Composed(NamedTuple):
    """The content, and the bytes of each document in it by its file's name. `astray` are the numbers of items
    whose row, as it is stored, no entry of the log says.
    """

    disclosed: Disclosed
    files: dict[str, bytes]
    astray: tuple[int, ...]


class _Leaf(msgspec.Struct):
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


async def compose(session: AsyncSession, want: Wanted, *, first: bool = False) -> Composed:
    """Make a bundle's content. Unavailable without a checkpoint; the `first` time Conflict while an item is
    not decided, or not sealed yet. Later, what the checkpoint does not hold was not there then.
    """
    row, size = want.row, want.checkpoint
    note = await sealing.newest(session, size)
    if note is None:
        raise Unavailable("The log has no checkpoint of this size.")
    recipient = await recipient_of(session, row.account_id, want.issued_at)
    ask = asked(row, recipient, want.sections, want.issued_at, want.known_at)
    by_key = await decided(session, row, want.issued_at)
    held = shown(await gather(session, ask), by_key)
    if first and (missing := undecided(held, by_key)):
        raise Conflict(f"{len(missing)} items are not decided yet, such as: {missing[0].title}.")
    leaves = await _leaves(session, row.force_id, held, size)
    evidence = _Vouching(leaves)
    waiting = [one for one in held if one.table not in (None, LOOKS) and not evidence.told(one)]
    if first and waiting:
        raise Conflict(f"“{waiting[0].title}” is not sealed into the log yet. Try again in a moment.")
    held = [one for one in held if one.table is None or evidence.told(one)]
    told: list[Redaction] = []
    items = [_item(n, one, by_key.get(one.key), told) for n, one in enumerate(held, 1)]
    documents = _Documents()
    for n, one in enumerate(held):
        if one.table == marks.DOCUMENTS and items[n].values[0].name != WHOLE:
            items[n] = await documents.take(session, want, one, items[n], told)
    items = [evidence.of(one, item) for one, item in zip(held, items, strict=True)]
    items = evidence.closed(items)
    figures: list[Item] = []
    if "statistics" in want.sections:
        figures, listed, files = await statistics.pack(session, ask, len(items))
        documents.listed += listed
        documents.files |= files
    log = evidence.entries(len(items) + len(figures))
    placed = [
        *zip((one.scope for one in held), items, strict=True),
        *(("statistics", one) for one in figures),
    ]
    disclosed = Disclosed(
        reference=row.reference,
        issue=want.issue,
        purpose=law.LABELS[row.purpose],  # type: ignore[index]
        **await _parties(session, row, want.known_at),
        known_at=want.known_at,
        first=row.first,
        last=row.last,
        statement=tuple(_statement(want)),
        sections=(*_sections(want, placed), log),
        redactions=tuple(told),
        documents=tuple(documents.listed),
        evidence=tuple(await evidence.proofs(session, size)),
        checkpoint=note.note,
        version=VERSION,
    )
    astray = tuple(n for n, one in enumerate(held, 1) if one.row is not None and not evidence.says(one))
    return Composed(disclosed, documents.files, astray)


def _place(one: Held) -> _Key:
    return str(one.table), one.primary


def _item(number: int, one: Held, said: DisclosureItem | None, told: list[Redaction]) -> Item:
    """One item as decided, or as the rule has it; what was taken out goes into `told`."""
    if said is not None and said.decision == "withhold":
        told.append(Redaction(item=number, where=WHOLE, ground=str(said.ground), reason=str(said.reason)))
        kept = Value(name=WHOLE, label="The whole item", state="redacted", ground=said.ground)
        return _bare(number, one, (kept,))
    cuts = {cut.field: cut for cut in said.cuts} if said else {}
    lifted = said.shown if said else ()
    values = []
    for field in one.fields:
        cut = cuts.get(field.name)
        ground = cut.ground if cut else None if field.name in lifted else field.ground
        if ground is not None:
            reason = cut.reason if cut else reason_of(ground)
            told.append(Redaction(item=number, where=field.name, ground=ground, reason=reason))
            values.append(Value(name=field.name, label=field.label, state="redacted", ground=ground))
        elif field.value is None:
            values.append(Value(name=field.name, label=field.label, state="no-data"))
        elif field.erased:
            values.append(Value(name=field.name, label=field.label, state="erased"))
        else:
            values.append(Value(name=field.name, label=field.label, state="held", value=field.value))
    open_ = one.whole and all(value.state != "redacted" for value in values)
    return msgspec.structs.replace(_bare(number, one, tuple(values)), row=one.row if open_ else None)


def _bare(number: int, one: Held, values: tuple[Value, ...]) -> Item:
    return Item(number=number, kind=one.kind, id=one.id, title=one.title, at=one.at, values=values)


async def _leaves(session: AsyncSession, force: str, held: Sequence[Held], size: int) -> dict[str, _Leaf]:
    """The entries that the tree of a size holds about these things, and the looks among them."""
    things = {str(part) for one in held for part in (*one.primary, one.thing)} - {force}
    looks = {leaf for one in held for leaf in one.entries}
    found: dict[str, _Leaf] = {}
    query = (
        select(LedgerLeaf, LedgerPayload)
        .outerjoin(LedgerPayload, LedgerPayload.leaf_id == LedgerLeaf.id)
        .where(LedgerLeaf.position < size)
    )
    for clause, wanted in ((LedgerPayload.subject, things), (LedgerLeaf.id, looks)):
        for some in _some(sorted(wanted)):
            for leaf, payload in (await session.execute(query.where(clause.in_(some)))).all():
                found[leaf.id] = _leaf(leaf, payload)
    return found


def _some(ids: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return (tuple(ids[start : start + 500]) for start in range(0, len(ids), 500))


def _leaf(leaf: LedgerLeaf, payload: LedgerPayload | None) -> _Leaf:
    told = () if payload is None else _decoder.decode(bytes(payload.entry)).rows
    return _Leaf(
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


_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "text/plain": "txt"}


class _Documents:
    """The files that go along, as they are handed over."""

    def __init__(self) -> None:
        self.listed: list[Document] = []
        self.files: dict[str, bytes] = {}

    async def take(
        self, session: AsyncSession, want: Wanted, one: Held, item: Item, told: list[Redaction]
    ) -> Item:
        """The item with its file; of one made anew the hash of what it was goes too, for it could be guessed
        by.
        """
        out = await marks.made_anew(session, want.row, one, want.issued_at)
        if out is None:
            return item
        said = {field.name: field.value for field in one.fields}
        shown = {value.name: value for value in item.values if value.state == "held"}
        kind = str(said["media_type"])
        file = f"{item.number:04}-{one.id[:12]}.{_ENDINGS[kind]}"
        for mark in out.marks:
            if mark.place is not None:
                place, why = marks.where(mark.place), mark.reason
                told.append(Redaction(item=item.number, where=place, ground=str(mark.ground), reason=why))
        if out.marks and "sha256" in shown:
            ground = str(out.marks[0].ground)
            gone = Value(name="sha256", label=shown["sha256"].label, state="redacted", ground=ground)
            values = tuple(gone if value.name == "sha256" else value for value in item.values)
            item = msgspec.structs.replace(item, values=values, row=None)
            why = "The hash of a document tells of what was taken out of it."
            told.append(Redaction(item=item.number, where="sha256", ground=ground, reason=why))
        self.files[file] = out.data
        self.listed.append(
            Document(
                file=file,
                title=str(said["title"]) if "title" in shown else "Document",
                media_type=kind,
                deposited_sha256=None if out.marks else str(said["sha256"]),
                redacted=bool(out.marks),
            )
        )
        return msgspec.structs.replace(item, file=file)


def _hash(row: str) -> str:
    return hashlib.sha256(row.encode()).hexdigest()


class _Vouching:
    """Which entries vouch for what is shown, and which of them may be opened.

    An entry is opened where every row that it vouches for is shown whole: it holds their hashes, and its
    words are theirs.
    """

    def __init__(self, leaves: Mapping[str, _Leaf]) -> None:
        self.leaves, self.used = leaves, dict[str, _Leaf]()
        self.open: set[str] = set()
        self.telling: dict[_Key, list[_Leaf]] = {}
        for leaf in sorted(leaves.values(), key=lambda one: one.position):
            for key in leaf.rows:
                self.telling.setdefault(key, []).append(leaf)

    def told(self, one: Held) -> list[_Leaf]:
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
        items = tuple(_entry(number, leaf) for number, leaf in enumerate(told, before + 1))
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

    def _proof(self, leaf: _Leaf, path: list[bytes]) -> Evidence:
        shown = leaf.id in self.open and leaf.entry is not None and leaf.salt is not None
        return Evidence(
            leaf=leaf.id,
            commitment=leaf.commitment.hex(),
            index=leaf.position,
            path=tuple(step.hex() for step in path),
            entry=leaf.entry.decode() if shown and leaf.entry else None,
            salt=leaf.salt.hex() if shown and leaf.salt else None,
            closed=None if shown else "erased" if leaf.entry is None else "redacted",
        )


def _entry(number: int, leaf: _Leaf) -> Item:
    said: dict[str, tuple[str, Any]] = {
        "id": ("Number of the entry", leaf.id),
        "commitment": ("What the log commits to", leaf.commitment.hex()),
        "sealed_in": ("Size of the first tree that holds it", leaf.sealed_in),
        "position": ("Place in the tree", leaf.position),
        "force_id": ("Force", leaf.force),
        "tag": ("What it tells of", leaf.tag),
        "subject": ("What it is about", leaf.subject),
        "at": ("When", leaf.at and plain(leaf.at)),
    }
    values = tuple(
        Value(name=name, label=text, state="no-data" if value is None else "held", value=value)
        for name, (text, value) in said.items()
    )
    title = f"Entry {leaf.tag}" if leaf.tag else "Entry whose words were erased"
    return Item(
        number=number, kind="entry", id=leaf.id, title=title, at=leaf.at, values=values, entries=(leaf.id,)
    )


def _sections(want: Wanted, placed: Sequence[tuple[str, Item]]) -> Iterator[Section]:
    for scope in want.sections:
        found = tuple(item for place, item in placed if place == scope)
        yield Section(key=scope, title=SCOPES[scope], searched=_searched(want, scope), items=found)


def _searched(want: Wanted, scope: str) -> str:
    period = _period(want.row.first, want.row.last)
    about = {
        "searches": f"The force’s searches of the person or under the order as claimed, {period}.",
        "access": f"Checks of the order’s status and looks at what is held, {period}.",
        "statistics": f"What the public may know of the force’s searches and ethnic groups, {period}.",
    }
    return (
        about.get(scope) or "The force’s records by the person, their applications and orders, of any date."
    )


def _period(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return "of any date"
    said = [f"from {first.day} {first:%B %Y}"] if first else []
    return " ".join([*said, *([f"to {last.day} {last:%B %Y}"] if last else [])])


def _statement(want: Wanted) -> Iterator[str]:
    local = want.known_at.astimezone(LONDON)
    yield f"Searched for: {'; '.join(SCOPES[part] for part in want.sections)}."
    yield f"Over which dates: {_period(want.row.first, want.row.last)}."
    yield (
        f"As known at {local:%H:%M:%S} by the London clock on {local.day} {local:%B %Y}; what was recorded"
        " later is not in it."
    )
    yield (
        f"Every record shown is vouched for by the log of {want.checkpoint} entries whose signed checkpoint"
        " comes along."
    )
    why = sorted(set(NOT_GATHERED.values()))
    yield f"Not searched, and why: {'; '.join(why)}."
    yield from ALWAYS


async def _firm(session: AsyncSession, account: Account, known_at: datetime) -> str | None:
    """A solicitor's firm as it was known, or else as their account has it."""
    newest = select(SolicitorVersion.firm).where(
        SolicitorVersion.account_id == account.id, SolicitorVersion.recorded_at <= known_at
    )
    found = await session.scalar(newest.order_by(SolicitorVersion.n.desc()).limit(1))
    return found or account.firm


async def _parties(session: AsyncSession, row: DisclosureRequest, known_at: datetime) -> dict[str, Any]:
    account = (await session.scalars(select(Account).where(Account.id == row.account_id))).one()
    facts = await subjects.facts_of(session, row.force_id, row.person_id, known_at)
    order = None
    if row.order_id is not None:
        order = await session.scalar(
            select(Order.reference).where(Order.force_id == row.force_id, Order.id == row.order_id)
        )
    name = await session.scalar(select(Force.name).where(Force.id == row.force_id))
    return {
        "recipient": account.name,
        "firm": await _firm(session, account, known_at) or "",
        "client": facts.name.whole,
        "force": str(name),
        "order_reference": order,
    }
