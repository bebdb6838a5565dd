"""What goes along with what is sensitive, so that nothing which stays tells of it: of a search everything; of
an order or an application what follows the marked step, looks at it and what was found by it.

Source: Criminal Procedure and Investigations Act 1996 s.3(6), Code of Practice under s.23(1), para. 6.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta

from svro.casework.disclosure.gather import Held
from svro.casework.disclosure.sections import BY_TABLE

_SEARCHES = frozenset({"searches", "search_versions", "findings"})
_FIRST = frozenset({"order_acts", "application_acts"})
"""Histories without whose first step the thing itself was not there."""
_WHOLE = frozenset({"orders", "applications"}) | _SEARCHES
_STEPS = frozenset({"application_facts", "assessments", "decisions"}) | _FIRST
_ON = ("order_id", "application_id", "search_id")
NEAR = timedelta(minutes=1)
"""How far from the recording of a thing a look may be that recorded it."""


class _Marked:
    """The marked keys, taken apart."""

    def __init__(self, keys: Collection[str]) -> None:
        self.keys = frozenset(keys)
        self.whole, self.touched, self.items = set[str](), set[str](), set[str]()
        self.from_: dict[tuple[str, tuple[str, ...]], int] = {}
        for key in self.keys:
            table, _, rest = key.partition(":")
            parts = rest.split("/")
            thing = parts[0] if table == "findings" else parts[1] if len(parts) > 1 else ""
            if table in _WHOLE or (table in _FIRST and parts[-1] == "1"):
                self.whole.add(thing)
            if table in _WHOLE | _STEPS:
                self.touched.add(thing)
            if table == "seized_items" or (table == "seizure_acts" and parts[-1] == "1"):
                self.items.add(thing)
            source = BY_TABLE.get(table)
            if source is not None and source.history is not None and parts[-1].isdigit():
                place, n = (table, tuple(parts[1:-1])), int(parts[-1])
                self.from_[place] = min(n, self.from_.get(place, n))

    def takes(self, one: Held) -> bool:
        """Whether a row goes, other than a look."""
        if one.key in self.keys or one.thing in self.whole:
            return True
        if one.table == "documents":
            return not self.whole.isdisjoint(_named(one, *_ON))
        if one.table in ("seized_items", "seizure_acts") and one.primary[1] in self.items:
            return True
        if one.kind == "finding":
            return one.under in self.touched
        source = BY_TABLE.get(one.table or "")
        if source is None or source.history is None:
            return False
        first = self.from_.get((source.table, tuple(str(part) for part in one.primary[1:-1])))
        return first is not None and int(one.primary[-1]) >= first


def hidden(held: Sequence[Held], keys: Collection[str]) -> set[str]:
    """The keys that are not shown where these are marked: theirs, and those of what would tell of them."""
    if not keys:
        return set()
    marked = _Marked(keys)
    gone = [one for one in held if one.table != "access_entries" and marked.takes(one)]
    gone_items = {one.primary[1] for one in gone if one.table == "seized_items"}
    gone += [one for one in held if one.table == "seizure_acts" and one.primary[1] in gone_items]
    return {one.key for one in gone} | set(_looks(held, marked, gone)) | marked.keys


def _looks(held: Sequence[Held], marked: _Marked, gone: Sequence[Held]) -> Iterator[str]:
    """Looks at what is marked, those by which it was recorded, and those at documents or seized things of
    what has one that is marked.
    """
    instants = [one.known for one in gone if one.known is not None]
    on = {("document", at) for one in gone if one.table == "documents" for at in _named(one, *_ON)}
    on |= {("seizure", one.thing) for one in gone if one.table == "seized_items"}
    for one in held:
        if one.table != "access_entries":
            continue
        [subject], [permission] = _named(one, "subject_id"), _named(one, "permission")
        recorded = one.at is not None and any(abs(one.at - when) <= NEAR for when in instants)
        if (
            recorded
            or subject in marked.touched | marked.whole
            or (permission.partition(":")[0], subject) in on
        ):
            yield one.key


def _named(one: Held, *names: str) -> list[str]:
    """What a row says in these fields."""
    return [str(field.value) for field in one.fields if field.name in names]


def naming(held: Iterable[Held], keys: Collection[str]) -> list[Held]:
    """Records of searches that would stay and name a status check that is marked."""
    checks = {key.rpartition("/")[2] for key in keys if key.startswith("status_checks:")}
    searches = {key.split("/")[1] for key in keys if key.startswith(("searches:", "search_versions:"))}
    return [
        one
        for one in held
        if one.table == "search_versions"
        and one.thing not in searches
        and not checks.isdisjoint(_named(one, "status_check_id"))
    ]


def follows(table: str, primary: Sequence[str | int], keys: Collection[str]) -> bool:
    """Whether a row of a history goes along with what is marked, as far as its key alone tells."""
    marked = _Marked(keys)
    first = marked.from_.get((table, tuple(str(part) for part in primary[1:-1])))
    return str(primary[1]) in marked.whole | marked.items or (first is not None and int(primary[-1]) >= first)
