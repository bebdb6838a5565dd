"""What may be published is counted by person: of every cell, how often each person is in it, by a keyed hash.

From people as known at an instant; no clock. The hash is the same each time, so that what was published once
can be held against what is published later, and it is nobody's name.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import date

from svro.casework.cohorts import Subject
from svro.casework.measures.journey import reached
from svro.casework.measures.people import AtRisk
from svro.figures.exposure import Span
from svro.figures.registered import STAGES, quarter_of
from svro.figures.release import Counts
from svro.figures.suppression import Content
from svro.law.dates import age
from svro.law.search import SearchRecord

Cells = dict[str, dict[str, Counts]]
"""The finest cells, by table and quarter, as `figures.release` takes them."""


def name(secret: bytes, kind: str, value: str) -> str:
    """Somebody in the ledger: the same each time, and nobody's name."""
    return hmac.new(secret, f"publication-{kind}\n{value}".encode(), hashlib.sha256).hexdigest()[:32]


def whose(secret: bytes, subject: Subject) -> str:
    """The name of a subject in the ledger."""
    return name(secret, "person", f"{subject.force}/{subject.person}")


def searches(subjects: Iterable[Subject], secret: bytes, span: Span) -> Cells:
    """The searches of a span of days that count, by every table that tells searches apart."""
    cells: dict[tuple[str, str, str, str], dict[str, int]] = {}
    officers: dict[tuple[str, str, str, str], set[str]] = {}
    for subject in subjects:
        who = whose(secret, subject)
        for one in subject.searches:
            if not span[0] <= one.day < span[1]:
                continue
            for table, column in _columns(one.said, subject, one.day).items():
                key = (table, quarter_of(one.day), str(subject.own), column)
                by_person = cells.setdefault(key, {})
                by_person[who] = by_person.get(who, 0) + 1
                if one.said.officer_number:
                    officer = name(secret, "officer", f"{subject.force}/{one.said.officer_number}")
                    officers.setdefault(key, set()).add(officer)
    return _cells(cells, officers)


def _columns(said: SearchRecord, subject: Subject, day: date) -> dict[str, str]:
    """The column of each registered table that a search is in."""
    years = None if subject.born is None else age(subject.born, day)
    bands = (("18-24", 18, 25), ("25-34", 25, 35), ("35+", 35, 200))
    outcome = said.outcome or "unknown"
    return {
        "groups": "every",
        "outcome": outcome if outcome in ("nfa", "arrest", "unknown") else "other",
        "find": "yes" if said.found or said.seized else "no",
        "age": next((b for b, low, high in bands if years is not None and low <= years < high), "unknown"),
    }


def people(at_risk: Iterable[AtRisk], subjects: Iterable[Subject], secret: bytes, span: Span) -> Cells:
    """The people of a span of days, of whom each is counted once: under order, their days, how far each case
    went. They stand in the first quarter of the span, for they do not divide by quarters.
    """
    first = quarter_of(span[0])
    cells: dict[tuple[str, str, str, str], dict[str, int]] = {}
    for one in at_risk:
        group, who = str(one.subject.own), whose(secret, one.subject)
        cells.setdefault(("under", first, group, "yes" if one.searches else "no"), {})[who] = 1
        cells.setdefault(("days", first, group, "days"), {})[who] = one.days
    for subject in subjects:
        if stage := reached(subject, span):
            key = ("furthest", first, str(subject.own), STAGES[stage - 1])
            cells.setdefault(key, {})[whose(secret, subject)] = 1
    return _cells(cells, {})


def _cells(
    cells: Mapping[tuple[str, str, str, str], Mapping[str, int]],
    officers: Mapping[tuple[str, str, str, str], set[str]],
) -> Cells:
    found: dict[str, dict[str, dict[tuple[str, str], Content]]] = {}
    for key, by_person in sorted(cells.items()):
        table, quarter, row, column = key
        counts = found.setdefault(table, {}).setdefault(quarter, {})
        counts[row, column] = Content(by_person, frozenset(officers.get(key, ())))
    return found  # type: ignore[return-value]
