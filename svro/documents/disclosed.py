"""What is handed over to the defence, as data: the bundle's PDF, JSON and CSV all render one `Disclosed`.

Nothing that was withheld as sensitive is in it in any form, not as a number either.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

State = Literal["held", "no-data", "redacted", "erased"]
Plain = str | int | float | bool | None


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an item. `value` is None unless the state is `held`; `ground` is the code of the reason
    for which it was redacted.
    """

    name: str
    label: str
    state: State
    value: Plain | tuple[Plain, ...] = None
    ground: str | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing disclosed, by its number on the schedule. `entries` are the ids of the leaves that vouch for
    it; `row` is what the ledger hashed, as canonical text, where all of it is shown, so that a reader may
    hash it again; `file` is its name in the bundle's folder of documents.
    """

    number: int
    kind: str
    id: str
    title: str
    at: datetime | None
    values: tuple[Value, ...]
    entries: tuple[str, ...] = ()
    row: str | None = None
    file: str | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one kind that was asked for. `searched` says in words what was looked for, and where;
    without items the section says that no data are held.
    """

    key: str
    title: str
    searched: str
    items: tuple[Item, ...] = ()


class Redaction(msgspec.Struct, frozen=True, kw_only=True):
    """Something taken out: the item's number, the field or the page of the document, and why, by code and in
    words.
    """

    item: int
    where: str
    ground: str
    reason: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf of the log, where it stands in the tree of the bundle's checkpoint, and the path to its root
    (hex, nearest first). `entry` (the canonical text that was committed to) and `salt` (hex) open it; both
    are None where showing them would show what was redacted, or where they were erased: `closed` says which.
    """

    leaf: str
    commitment: str
    index: int
    path: tuple[str, ...]
    entry: str | None = None
    salt: str | None = None
    closed: Literal["redacted", "erased"] | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes along: its name in the bundle, what it is, and its SHA-256 in hex as it was deposited;
    `redacted` says that what is handed over was made anew without some parts. Of such a one no hash is given:
    with all of a text but one name, a hash would let somebody try names until one fits.
    """

    file: str
    title: str
    media_type: str
    deposited_sha256: str | None
    redacted: bool = False


class Disclosed(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle's whole content. `first` and `last` bound what was asked for; `statement` says, a sentence
    each, what was searched for, over what dates, as known at what instant; `checkpoint` is the signed note.
    """

    reference: str
    issue: int
    purpose: str
    recipient: str
    firm: str
    client: str
    force: str
    order_reference: str | None
    known_at: datetime
    first: date | None
    last: date | None
    statement: tuple[str, ...]
    sections: tuple[Section, ...]
    redactions: tuple[Redaction, ...]
    documents: tuple[Document, ...]
    evidence: tuple[Evidence, ...]
    checkpoint: str
    version: str
