"""Invented disclosures, and a log in memory that vouches for what is in them: for measuring and for tests."""

import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from svro.documents.bundle import Signer
from svro.documents.disclosed import Disclosed, Document, Evidence, Item, Redaction, Section, Value
from svro.records import merkle, notes
from svro.records.base import canonical

KEY = notes.Key.of("svro.test/log", notes.LOG, bytes(range(32)))
KNOWN_AT = datetime(2025, 3, 14, 9, 30, tzinfo=UTC)
SIGNER = Signer(str(KEY), lambda body: f"{body}\n{notes.line(KEY, KEY.sign(body.encode()))}")
REASONS = {"third-party": "It names somebody else (Data Protection Act 2018 s.45(4)(e))."}


class Log:
    """Entries as they are made; `evidence` proves them, among others that nobody sees."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.entries: list[tuple[str, bytes, bytes]] = []

    def tell(self, table: str, key: str, row: bytes) -> str:
        """An entry that tells of a row, in JSON, and vouches for it; the id of its leaf."""
        rows = [{"key": ["merseyside", key, 1], "now": hashlib.sha256(row).hexdigest(), "table": table}]
        said = {"actor": "0c" * 16, "at": KNOWN_AT, "facts": msgspec.Raw(row), "force": "merseyside"}
        entry = canonical({**said, "rows": rows, "subject": key, "tag": f"{table}:recorded"})
        leaf = f"{self.rng.getrandbits(128):032x}"
        self.entries.append((leaf, entry, self.rng.randbytes(32)))
        return leaf

    def evidence(self, closed: Sequence[str], size: int, key: notes.Key = KEY) -> tuple[list[Evidence], str]:
        """A proof of each entry in a tree of `size` leaves or more, and its signed checkpoint."""
        size = max(size, len(self.entries))
        hashes = [hashlib.sha256(b"\0" + salt + entry).digest() for _, entry, salt in self.entries]
        hashes += [self.rng.randbytes(32) for _ in range(size - len(hashes))]
        order = list(range(size))
        self.rng.shuffle(order)
        leaves = [hashes[n] for n in order]
        tree = dict(merkle.grown(0, [], leaves))

        def root(start: int, end: int) -> bytes:
            return merkle.fold([tree[place] for place in merkle.whole(start, end)])

        at = {n: index for index, n in enumerate(order)}
        made = []
        for n, (leaf, entry, salt) in enumerate(self.entries):
            shut = leaf in closed
            made.append(
                Evidence(
                    leaf=leaf,
                    commitment=hashes[n].hex(),
                    index=at[n],
                    path=tuple(root(*step).hex() for step in merkle.inclusion(at[n], size)),
                    entry=None if shut else entry.decode(),
                    salt=None if shut else salt.hex(),
                    closed="redacted" if shut else None,
                )
            )
        return made, notes.signed_checkpoint(key, size, root(0, size))


def value(name: str, said: Any, state: str = "held", ground: str | None = None) -> Value:
    """A field of an item, labelled by its name."""
    label = name.replace("_", " ").capitalize()
    said = said if state == "held" else None
    return Value(name=name, label=label, state=state, value=said, ground=ground)  # type: ignore[arg-type]


PLACES = ("Lime Street", "Scotland Road", "Bold Street", "Wavertree Road")
OBJECTS = ("Offensive weapon", "Bladed article")


def searched(n: int, rng: random.Random) -> list[Value]:
    """The fields of an invented search under s.342E."""
    return [
        value("reference", f"SR-{n:05}"),
        value("power", "Sentencing Act 2020 s.342E"),
        value("place", rng.choice(PLACES)),
        value("object_of_search", rng.choice(OBJECTS)),
        value("grounds", "The person was known to be subject to an order; no suspicion was needed."),
        value("officer_number", f"{rng.randrange(1000, 9999)}"),
        value("found", rng.random() < 0.1),
        value("outcome", rng.choice(("No further action", "Arrest"))),
        value("minutes", rng.randrange(3, 40)),
        value("clothing_removed", ("outer coat", "gloves")),
        value("copy_given", None, "no-data"),
        value("body_worn_video", f"BWV-{rng.randrange(10**6)}"),
    ]


def disclosed(
    searches: int = 3,
    documents: int = 2,
    *,
    seed: int = 1,
    redact: Sequence[int] = (),
    log_size: int = 50,
    document_bytes: int = 2_000,
    **changes: Any,
) -> tuple[Disclosed, dict[str, bytes]]:
    """A disclosure of so many searches and documents, and the files; `redact` are numbers of searches whose
    place and officer are taken out.
    """
    rng = random.Random(seed)
    log, closed, items, redactions = Log(rng), list[str](), list[Item](), list[Redaction]()
    for n in range(1, searches + 1):
        id = f"{rng.getrandbits(128):032x}"
        values = searched(n, rng)
        row = canonical({one.name: one.value for one in values if one.value is not None})
        leaf = log.tell("search_versions", id, row)
        if n in redact:
            closed.append(leaf)
            for at, one in enumerate(values):
                if one.name in ("place", "officer_number"):
                    values[at] = value(one.name, None, "redacted", "third-party")
                    redactions.append(
                        Redaction(item=n, where=one.name, ground="third-party", reason=REASONS["third-party"])
                    )
        items.append(
            Item(
                number=n,
                kind="search",
                id=id,
                title=f"Search SR-{n:05}",
                at=KNOWN_AT - timedelta(days=searches - n, hours=n % 7),
                values=tuple(values),
                entries=(leaf,),
                row=None if n in redact else row.decode(),
            )
        )
    files, listed, papers = dict[str, bytes](), list[Document](), list[Item]()
    for n in range(1, documents + 1):
        name, data = f"document-{n:03}.pdf", b"%PDF-1.7\n" + rng.randbytes(document_bytes)
        id = f"{rng.getrandbits(128):032x}"
        files[name] = data
        listed.append(
            Document(
                file=name,
                title=f"Copy of a record, number {n}",
                media_type="application/pdf",
                deposited_sha256=hashlib.sha256(data).hexdigest(),
            )
        )
        row = canonical({"id": id, "pages": n, "sha256": hashlib.sha256(data).hexdigest()})
        leaf = log.tell("documents", id, row)
        papers.append(
            Item(
                number=searches + n,
                kind="document",
                id=id,
                title=f"Copy of a record, number {n}",
                at=KNOWN_AT,
                values=(value("pages", n), value("deposited_by", "Legal officer")),
                entries=(leaf,),
                row=row.decode(),
                file=name,
            )
        )
    evidence, checkpoint = log.evidence(closed, log_size)
    made = Disclosed(
        reference="DISC-2025-0001",
        issue=1,
        purpose="Criminal proceedings",
        recipient="Amara Okafor",
        firm="Harbour Street Solicitors",
        client="Daniel Price",
        force="Merseyside Police",
        order_reference="SVRO-2024-0017",
        known_at=KNOWN_AT,
        first=date(2024, 4, 1),
        last=date(2025, 3, 14),
        statement=(
            "Every search recorded by Merseyside Police as made under the order was looked for.",
            "Searches from 1 April 2024 to 14 March 2025 were looked for, as known on 14 March 2025.",
        ),
        sections=(
            Section(
                key="searches",
                title="Searches under the order",
                searched="Searches claimed under the order, by any force.",
                items=tuple(items),
            ),
            Section(
                key="breaches",
                title="Breaches",
                searched="Offences under section 342G of the Sentencing Act 2020 on record.",
            ),
            Section(
                key="documents",
                title="Documents",
                searched="Files deposited with the order or with a search.",
                items=tuple(papers),
            ),
        ),
        redactions=tuple(redactions),
        documents=tuple(listed),
        evidence=tuple(evidence),
        checkpoint=checkpoint,
        version="test",
    )
    return msgspec.structs.replace(made, **changes), files
