"""What a table may show of people: the rules of disclosure control SDC-1, by tier and by date, cell by cell.

The protected unit is the person. A cell is known by how often it counts each person, so that twelve searches
of four people are seen for what they are. What a cell shows is its events, rounded, or a star.

Sources: AI-SDC/ACRO's defaults (10 contributors, rounding to 5); NHS Digital, Disclosure control methodology
for HES and ECDS (rounding, totals rounded independently).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

import msgspec

from svro.figures import rates

Tier = Literal["public", "panel"]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of one tier from a day on.

    Fewer than `k` people or events are not shown; what is shown is rounded to a multiple of `base` (1: not at
    all); nobody may be more than `dominance` of a cell, as a percentage; each star must keep `width` possible
    values. A percentage needs a base of `share_base`, and has no decimals under a base of `share_decimals`.
    Corrections are released in the `batch_months` only. A year's figures are shown outside the force as they
    were known `settles` months after it, and as nothing before.
    """

    version: str
    tier: Tier
    valid_from: date
    k: int
    base: int
    dominance: int = 50
    width: int = 4
    share_base: int = 20
    share_decimals: int = 100
    batch_months: tuple[int, ...] = (1, 4, 7, 10)
    settles: int = 3


RULES = (
    Rules(version="SDC-1", tier="public", valid_from=date(2023, 4, 19), k=10, base=5),
    Rules(version="SDC-1", tier="panel", valid_from=date(2023, 4, 19), k=5, base=1),
)
"""Every set of parameters there has been, from the first day of the power on. A change is one more row."""


def rules(tier: Tier, day: date) -> Rules:
    """The parameters of a tier on a day: the newest then in force; before the first, the first."""
    rows = sorted((row for row in RULES if row.tier == tier), key=lambda row: row.valid_from)
    return next((row for row in reversed(rows) if row.valid_from <= day), rows[0])


class Content(msgspec.Struct, frozen=True):
    """What one cell holds: the events of each person, by a name that tells nothing, and whose acts they
    were.
    """

    by_person: Mapping[str, int] = {}
    officers: frozenset[str] = frozenset()

    @property
    def events(self) -> int:
        """How many events the cell counts."""
        return sum(self.by_person.values())

    @property
    def people(self) -> int:
        """How many different people they are of."""
        return len(self.by_person)

    @property
    def top(self) -> int:
        """The events of whoever has the most."""
        return max(self.by_person.values(), default=0)


def together(contents: Sequence[Content]) -> Content:
    """Several cells as one."""
    counts: dict[str, int] = {}
    for content in contents:
        for person, n in content.by_person.items():
            counts[person] = counts.get(person, 0) + n
    return Content(counts, frozenset().union(*(content.officers for content in contents)))


Hidden = Literal["few", "few people", "one person", "small row"]
"""Why a cell is not shown: few events, many of few people, mostly one person's, or in a row of few people."""


def unsafe(cell: Content, row_people: int, rule: Rules) -> Hidden | None:
    """Why a cell may not be shown, or None where it may.

    `row_people` is how many people the cell's whole row is of: a row of few is hidden with its zeros, for
    they would tell of all of them.
    """
    if row_people < rule.k:
        return "small row"
    if 1 <= cell.events < rule.k:
        return "few"
    if 1 <= cell.people < rule.k:
        return "few people"
    return "one person" if 100 * cell.top > rule.dominance * cell.events else None


def shown(events: int, rule: Rules) -> int:
    """The number printed for a safe cell. An odd `base` leaves no ties."""
    return rule.base * round(Fraction(events, rule.base))


def within(value: int, rule: Rules) -> tuple[int, int]:
    """The least and the greatest count that is printed as `value`."""
    half = rule.base // 2
    return (max(rule.k, value - half), value + half) if value else (0, 0)


def behind(why: Hidden, events: int, rule: Rules) -> tuple[int, int | None]:
    """Between what counts somebody places a star who even guessed why it is there: the worst case for it."""
    if why == "few" or (why == "small row" and events < rule.k):
        return (1 if why == "few" else 0), rule.k - 1
    return rule.k, None


def share(part: int | None, base: int | None, rule: Rules) -> float | None:
    """A percentage of protected counts: none on a small base, whole on a middling one, else one decimal."""
    if part is None or base is None or base < rule.share_base:
        return None
    return float(rates.rounded(Fraction(100 * part, base), 0 if base < rule.share_decimals else 1))


class Rate(msgspec.Struct, frozen=True):
    """A rate from a protected count, with 95% limits, each to one decimal; None where the count is hidden."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


def rate(events: int | None, denominator: int | None, *, per: int = 1000) -> Rate:
    """Protected events over a protected denominator: limits go when the count goes."""
    if not events or not denominator:
        return Rate()
    low, high = rates.garwood(events)
    return Rate(*(one_decimal(Fraction(n) * per / denominator) for n in (events, low, high)))


def one_decimal(value: Fraction | float) -> float:
    """To one decimal, halves up."""
    return float(rates.rounded(Fraction(value), 1))
