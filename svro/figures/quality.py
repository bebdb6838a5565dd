"""Faults of the data themselves, which would otherwise be read as findings: a label that vanishes, a
group that is coded differently half-way, a month that stops early.

What is flagged is a question to the force. What chance could do is not flagged: each rule asks for so many
that were to be expected that none at all is not luck.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping

import msgspec

FORESEEN = 20
"""So many were to be expected where there is none: by chance once in 485 million."""
ENOUGH, MANY = 100, 300
"""Rows without which nothing is said of White British, and of the rarer "any other" labels."""
QUIET_DAYS = 3
"""So many days without a search end a month that searches on most days."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: a stable code, where it is (a period as given, or a month), and a sentence."""

    code: str
    where: str
    sentence: str


def changed(periods: Mapping[str, Mapping[str, int]]) -> tuple[Fault, ...]:
    """Codes that are in some periods and, where many were to be expected, not at all in another.

    Periods are in order, each with the rows of each code. A code's share of all rows of the other periods
    says how many were to be expected.
    """
    totals: Counter[str] = Counter()
    for counts in periods.values():
        totals.update(counts)
    everything = totals.total()
    faults = []
    for code, total in totals.items():
        for where, counts in periods.items():
            own = sum(counts.values())
            others = everything - own
            if counts.get(code, 0) or not others:
                continue
            foreseen = own * total / others
            if foreseen >= FORESEEN:
                sentence = (
                    f"{code} has no row, where about {foreseen:.0f} of {own:,} were to be expected: it"
                    f" was recorded"
                    " differently, or lost"
                )
                faults.append(Fault(code="coding-changed", where=where, sentence=sentence))
    return tuple(faults)


ANY_OTHER = ("W9", "M9", "A9", "B9", "O9")


def lost(where: str, counts: Mapping[str, int]) -> tuple[Fault, ...]:
    """Self-defined labels that no police area lacks, lost from one force's rows: White British; "any
    other" of every group at once.

    `counts` are rows by code. In the 857 published months of 2019 to 2021 no month of a hundred known
    rows had fewer than 15 in 100 White British, and none of three hundred was without an "any other".
    """
    known = sum(n for code, n in counts.items() if code[:1] in "WMABO")
    faults = []
    if known >= ENOUGH and not counts.get("W1"):
        sentence = f"none of {known:,} rows is labelled White British: the label was lost"
        faults.append(Fault(code="white-british-lost", where=where, sentence=sentence))
    if known >= MANY and not any(counts.get(code) for code in ANY_OTHER):
        sentence = f"none of {known:,} rows has a label “any other” of any group: the labels were lost"
        faults.append(Fault(code="any-other-lost", where=where, sentence=sentence))
    return tuple(faults)


def stops_early(month: str, rows: int, last: int) -> tuple[Fault, ...]:
    """A month YYYY-MM whose searches stop well before its end: `rows` in all, none after the day `last`."""
    length = monthrange(int(month[:4]), int(month[5:]))[1]
    quiet = length - last
    foreseen = rows / last * quiet
    if quiet < QUIET_DAYS or foreseen < FORESEEN:
        return ()
    sentence = (
        f"its {rows:,} rows stop on day {last} of {length}; about {foreseen:.0f} more were to be"
        f" expected: the"
        " file may have been cut"
    )
    return (Fault(code="stops-early", where=month, sentence=sentence),)
