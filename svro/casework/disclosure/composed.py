"""The content of one bundle, from what is held and what was decided of it: the same request, recipient,
instant and checkpoint make the same content.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import subjects
from svro.casework.disclosure import marks, statistics
from svro.casework.disclosure.decided import decided
from svro.casework.disclosure.gather import Held, gather
from svro.casework.disclosure.reached import asked, recipient_of
from svro.casework.disclosure.review import reason_of, shown, undecided
from svro.casework.disclosure.sections import NOT_GATHERED, SCOPES
from svro.casework.disclosure.vouching import WHOLE, Vouching, leaves_of
from svro.documents.disclosed import (
    Disclosed,
    Document,
    Item,
    Redaction,
    Section,
    Value,
)
from svro.documents.unfit import MEASURES
from svro.errors import Conflict, Unavailable
from svro.law import disclosure as law
from svro.law.dates import LONDON
from svro.records import sealing
from svro.records.base import canonical
from svro.records.disclosure import Cut, DisclosureItem, DisclosureRequest
from svro.records.documents import SolicitorVersion
from svro.records.orders import Order
from svro.records.people import Account, Force

VERSION = "disclosure-1"
LOOKS = "access_entries"
"""Looks go on while a bundle is made: those that the checkpoint does not hold are not in it."""
IN_TITLES = frozenset({"act", "answer", "issue", "kind", "n", "part", "reference"})
"""Fields that an item's title says: where somebody kept one back it says the kind of thing alone."""
INSTANTS = frozenset({"at", "created_at", "known_at", "recorded_at", "received_at", "opened_at"})
"""Fields of which one is the instant of the item."""
CONTENT = "sha256"
"""The field whose rule is lifted where the content of a document that may be of another person may leave."""
IN_FINDINGS = frozenset(
    {"at", "power", "findings", "claimed", "order_id", "same_person", "identity", "public_place"}
)
"""Fields of a search that what the rules find in it says again, in words."""
ALWAYS = (
    "Where a section says that no data are held, nothing is held there that falls to be disclosed. These"
    " words stand in every bundle. Whether anything may be kept back in the public interest is for the court,"
    " and nothing here tells whether anything was.",
    "Whoever works for the force appears as a number, the same throughout. Looks and acts by which an answer"
    " to a request is prepared are not listed, nor are looks at what is not searched.",
)


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
    whose row, as it is stored, no entry of the log says. `digest` is of everything that people decide on.
    """

    disclosed: Disclosed
    files: dict[str, bytes]
    astray: tuple[int, ...]
    digest: str


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
    leaves = await leaves_of(session, row.force_id, held, size)
    evidence = Vouching(leaves)
    waiting = [one for one in held if one.table not in (None, LOOKS) and not evidence.told(one)]
    if first and waiting:
        raise Conflict(f"“{waiting[0].title}” is not sealed into the log yet. Try again in a moment.")
    held = [one for one in held if one.table is None or evidence.told(one)]
    told: list[Redaction] = []
    items = [
        _item(n, one, by_key.get(one.key), told, _inherited(one, by_key)) for n, one in enumerate(held, 1)
    ]
    documents = _Documents()
    for n, one in enumerate(held):
        if one.table == marks.DOCUMENTS and items[n].values[0].name != WHOLE:
            lifted = by_key[one.key].shown if one.key in by_key else ()
            items[n] = await documents.take(session, want, one, items[n], told, lifted)
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
    return Composed(disclosed, documents.files, astray, _digest(held, by_key, documents.files))


def _digest(
    held: Sequence[Held],
    by_key: Mapping[str, DisclosureItem],
    files: Mapping[str, bytes],
) -> str:
    """What a second person agrees to, as one hash: each thing as gathered with the decision on it, and each
    file as it would leave. Looks are not in it: they go on, and the rule decides them.
    """
    things = [
        (one.key, by_key[one.key].n if one.key in by_key else 0, one.title, one.fields)
        for one in held
        if one.table != LOOKS
    ]
    decisions = sorted((key, row.n) for key, row in by_key.items())
    left = {name: sha256(data).hexdigest() for name, data in files.items() if not name.startswith("equality")}
    return sha256(canonical([things, decisions, sorted(left.values())])).hexdigest()


def _inherited(one: Held, by_key: Mapping[str, DisclosureItem]) -> dict[str, Cut]:
    """What is kept back of a thing because it is worked out from a row of which something is: the field of
    the same name, and where the instant, the power or the order is kept back, each finding, for it says them.
    """
    if one.of is None or one.of not in by_key:
        return {}
    cuts = {cut.field: cut for cut in by_key[one.of].cuts}
    told_of = [
        cut for name, cut in cuts.items() if IN_FINDINGS & {name.partition(".")[0], name.rpartition(".")[2]}
    ]
    whole = dict.fromkeys((*INSTANTS, *(field.name for field in one.fields)), told_of[0]) if told_of else {}
    return whole | cuts


def _item(
    number: int,
    one: Held,
    said: DisclosureItem | None,
    told: list[Redaction],
    inherited: Mapping[str, Cut],
) -> Item:
    """One item as decided, or as the rule has it; what was taken out goes into `told`."""
    if said is not None and said.decision == "withhold":
        told.append(Redaction(item=number, where=WHOLE, ground=str(said.ground), reason=str(said.reason)))
        kept = Value(name=WHOLE, label="The whole item", state="redacted", ground=said.ground)
        return _bare(number, one, (kept,))
    cuts = {**inherited, **({cut.field: cut for cut in said.cuts} if said else {})}
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
    gone = {value.name for value in values if value.state == "redacted"}
    return msgspec.structs.replace(
        _bare(number, one, tuple(values)),
        row=one.row if one.whole and not gone else None,
        title=one.kind.capitalize() if IN_TITLES & set(cuts) else one.title,
        at=None if INSTANTS & set(cuts) else one.at,
    )


def _bare(number: int, one: Held, values: tuple[Value, ...]) -> Item:
    return Item(number=number, kind=one.kind, id=one.id, title=one.title, at=one.at, values=values)


ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "text/plain": "txt"}
"""How the name of a document's file ends, by its media type."""


class _Documents:
    """The files that go along, as they are handed over."""

    def __init__(self) -> None:
        self.listed: list[Document] = []
        self.files: dict[str, bytes] = {}

    async def take(
        self,
        session: AsyncSession,
        want: Wanted,
        one: Held,
        item: Item,
        told: list[Redaction],
        lifted: Sequence[str],
    ) -> Item:
        """The item with its file; of one made anew the hash of what it was goes too, for it could be guessed
        by. `lifted` are the fields shown against the rule: the content leaves by its own alone.
        """
        out = await marks.made_anew(session, want.row, one, want.issued_at)
        if out is None:
            return item
        said = {field.name: field.value for field in one.fields}
        shown = {value.name: value for value in item.values if value.state == "held"}
        by_rule = {field.name: field.ground for field in one.fields}
        if (ground := by_rule["title"]) is not None and CONTENT not in lifted and not out.marks:
            return _without(item, ground, told)
        kind = str(said["media_type"])
        file = f"{item.number:04}-{one.id[:12]}.{ENDINGS[kind]}"
        for mark in out.marks:
            if mark.place is not None:
                place, why = marks.where(mark.place), mark.reason
                told.append(Redaction(item=item.number, where=place, ground=str(mark.ground), reason=why))
        if out.marks:
            why = "The hash and the size of a document tell of what was taken out of it."
            item = _without(item, str(out.marks[0].ground), told, why)
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


def _without(item: Item, ground: str, told: list[Redaction], why: str | None = None) -> Item:
    """The item without the hash and the size of its document; without a reason of its own, the document stays
    behind too: it came with a search that was not, or not surely, of the person, and nobody took anything out
    of it.
    """
    values = []
    for value in item.values:
        if value.name in MEASURES and value.state == "held":
            why = why or reason_of(ground)
            told.append(Redaction(item=item.number, where=value.name, ground=ground, reason=why))
            values.append(Value(name=value.name, label=value.label, state="redacted", ground=ground))
        else:
            values.append(value)
    return msgspec.structs.replace(item, values=tuple(values), row=None)


def _sections(want: Wanted, placed: Sequence[tuple[str, Item]]) -> Iterator[Section]:
    for scope in want.sections:
        found = tuple(item for place, item in placed if place == scope)
        yield Section(key=scope, title=SCOPES[scope], searched=_searched(want, scope), items=found)


def _searched(want: Wanted, scope: str) -> str:
    period = _period(want.row.first, want.row.last)
    about = {
        "searches": f"The force’s searches of the person or under the order as claimed, {period}; and the"
        " acts of the order by which they are judged, here or in a section of their own.",
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
