"""Six disclosures as solicitors meet them, each with invented people: what the golden files are made of."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from svro.bench.disclosures import Log, value
from svro.documents.disclosed import Disclosed, Document, Item, Redaction, Section, Value
from svro.records.base import canonical

GROUNDS = {
    "third-party": "Personal data of somebody else (Data Protection Act 2018 s.45(4)(e)).",
    "informant": "It would tell who gave information to the police.",
    "tactics": "It would prejudice the detection of crime (Data Protection Act 2018 s.45(4)(b)).",
}


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Made:
    """A disclosure as it grows: sections with items, each with an entry in a log."""

    def __init__(self, seed: int, known_at: str, **about: Any) -> None:
        self.rng = random.Random(seed)
        self.log, self.known_at, self.about = Log(self.rng), when(known_at), about
        self.sections: list[tuple[str, str, str, list[Item]]] = []
        self.redactions, self.closed, self.number = list[Redaction](), list[str](), 0

    def section(self, key: str, title: str, searched: str) -> "Made":
        self.sections.append((key, title, searched, []))
        return self

    def item(
        self, kind: str, title: str, at: str, redact: Mapping[str, str] | None = None, **fields: Any
    ) -> "Made":
        """An item of the last section; `redact` names fields and the ground, None as a value is no data."""
        self.number += 1
        id = f"{self.rng.getrandbits(128):032x}"
        row = canonical({"id": id, **{k: v for k, v in fields.items() if v is not None}})
        leaf = self.log.tell(f"{kind}s", id, row)
        values = tuple(self._value(name, said, (redact or {}).get(name)) for name, said in fields.items())
        if redact:
            self.closed.append(leaf)
        shown = None if redact else row.decode()
        one = Item(
            number=self.number, kind=kind, id=id, title=title, at=when(at), values=values, entries=(leaf,),
            row=shown,
        )  # fmt: skip
        self.sections[-1][3].append(one)
        return self

    def _value(self, name: str, said: Any, ground: str | None) -> Value:
        if ground is None:
            return value(name, said, "no-data" if said is None else "held")
        self.redactions.append(Redaction(item=self.number, where=name, ground=ground, reason=GROUNDS[ground]))
        return value(name, None, "redacted", ground)

    def whole(self, reference: str, order: str | None, documents: tuple[Document, ...] = ()) -> Disclosed:
        evidence, checkpoint = self.log.evidence(self.closed, 40)
        return Disclosed(
            reference=reference, issue=1, purpose="Defence in criminal proceedings",
            recipient="Amara Okafor", firm="Harbour Street Solicitors", client="Daniel Price",
            force="Merseyside Police", order_reference=order, known_at=self.known_at,
            first=date(2023, 4, 19), last=self.known_at.date(),
            statement=(
                "Every record of Merseyside Police about the order, and of searches claimed under it by any"
                " force, was searched for.",
                f"What is here is what was known on {self.known_at:%d %B %Y} at {self.known_at:%H:%M} UTC.",
                "A section that says that no data are held was searched for, and nothing was found.",
            ),
            sections=tuple(
                Section(key=key, title=title, searched=searched, items=tuple(items))
                for key, title, searched, items in self.sections
            ),
            redactions=tuple(self.redactions), documents=documents, evidence=tuple(evidence),
            checkpoint=checkpoint, version="golden", **self.about,
        )  # fmt: skip


ORDER = ("order", "The order", "The order named, with every act of a court about it.")
SEARCHES = ("searches", "Searches under the order", "Searches claimed under the order, by any force.")
BREACHES = ("breaches", "Breaches", "Offences under section 342G of the Sentencing Act 2020 on record.")
SEIZED = ("seizures", "Items seized", "Items seized on a search and retained.")


def _order(made: Made, reference: str, length: str = "1 year") -> Made:
    return made.section(*ORDER).item(
        "order_act", f"{reference}: made", "2024-03-04T11:20:00", act="made", court="Liverpool Crown Court",
        in_effect_from="2024-03-04", length=length,
        condition="A bladed article was used by the offender in the course of the offence",
        notified_to_subject="2024-03-04",
    )  # fmt: skip


def _search(made: Made, n: int, at: str, power: str, **more: Any) -> Made:
    return made.item(
        "search_version", f"Search SR-{n:04}", at, more.pop("redact", None), reference=f"SR-{n:04}",
        claimed_power="Sentencing Act 2020 s.342E", order_claimed="SVRO-2024-0017", place="Bold Street",
        in_public="yes", object_of_search="Offensive weapon or bladed article", officer_number="4417",
        ethnicity_self_defined=None, outcome="No further action", found=False, power_at_that_instant=power,
        **more,
    )  # fmt: skip


def plain() -> Disclosed:
    made = _order(Made(1, "2024-09-02T09:00:00"), "SVRO-2024-0017").section(*SEARCHES)
    _search(made, 1, "2024-04-10T21:14:00", "There was power: the order was in effect.")
    _search(made, 2, "2024-06-21T00:30:00", "There was power: the order was in effect.")
    return made.section(*BREACHES).section(*SEIZED).whole("DISC-2024-0101", "SVRO-2024-0017")


def superseded() -> Disclosed:
    made = _order(Made(2, "2025-01-20T09:00:00"), "SVRO-2024-0017").item(
        "order_act", "SVRO-2024-0017: ended by a later order", "2024-11-08T15:05:00",
        act="superseded", by_order="SVRO-2024-0160", source="Sentencing Act 2020 s.342D(5)",
    )  # fmt: skip
    made.section(*SEARCHES)
    _search(made, 1, "2024-10-02T20:00:00", "There was power: the order was in effect.")
    _search(
        made, 2, "2024-12-24T18:45:00",
        "There was no power under this order: it had ended when order SVRO-2024-0160 took effect.",
    )  # fmt: skip
    return made.section(*BREACHES).whole("DISC-2025-0102", "SVRO-2024-0017")


def after_lapse() -> Disclosed:
    made = _order(Made(3, "2025-11-03T09:00:00"), "SVRO-2024-0017", "2 years").section(*SEARCHES)
    _search(made, 1, "2025-10-18T22:00:00", "There was power: the order was saved until the end of that day.")
    _search(
        made, 2, "2025-10-19T00:05:00",
        "There was no power: orders of the pilot lapsed at the end of 18 October 2025.",
    )  # fmt: skip
    return made.section(*BREACHES).whole("DISC-2025-0103", "SVRO-2024-0017")


def quashed() -> Disclosed:
    made = _order(Made(4, "2025-02-10T09:00:00"), "SVRO-2024-0017").item(
        "order_act", "SVRO-2024-0017: quashed on appeal", "2024-12-12T12:00:00", act="quashed",
        court="Court of Appeal, Criminal Division", from_the_beginning=True,
    )  # fmt: skip
    made.section(*SEARCHES)
    _search(
        made, 1, "2024-07-01T19:30:00",
        "The order was in effect as it stood then; it has been quashed since, as if it had never been made.",
    )  # fmt: skip
    return made.section(*BREACHES).whole("DISC-2025-0104", "SVRO-2024-0017")


def heavily_redacted() -> Disclosed:
    made = _order(Made(5, "2025-03-14T09:30:00"), "SVRO-2024-0017").section(*SEARCHES)
    for n in range(1, 5):
        redact = {"officer_number": "third-party", "place": "tactics"}
        redact |= {"information": "informant"} if n % 2 else {}
        _search(
            made, n, f"2024-0{n + 3}-11T2{n % 4}:10:00", "There was power: the order was in effect.",
            redact=redact, information="Somebody said where the person would be.",
        )  # fmt: skip
    return made.section(*BREACHES).section(*SEIZED).whole("DISC-2025-0105", "SVRO-2024-0017")


def nothing_held() -> Disclosed:
    made = Made(6, "2025-03-14T09:30:00")
    for section in (ORDER, SEARCHES, BREACHES, SEIZED):
        made.section(*section)
    return made.whole("DISC-2025-0106", None)


CASES = {
    "plain": plain,
    "superseded-order": superseded,
    "search-after-lapse": after_lapse,
    "quashed-order": quashed,
    "heavily-redacted": heavily_redacted,
    "nothing-held": nothing_held,
}
