"""Several releases of an invented force, and somebody who collects them: a linear-programming attacker with
nothing but what is printed, the rules and the catalogue. It shares no code with the gate.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import pytest
from scipy.optimize import linprog

from svro.figures.registered import Category, Dimension, Period, Spec, since_start
from svro.figures.release import Held, Kept, Protected, assemble, gathered, protect
from svro.figures.suppression import Content, rules

RULE = rules("public", date(2024, 6, 1))
QUARTERS = ("2024-Q2", "2024-Q3", "2024-Q4")


def dimension(title: str, *levels: str) -> Dimension:
    """`a b|c` is a level of two categories."""
    return Dimension(
        title,
        tuple(tuple(Category(part, tuple(part.split())) for part in level.split("|")) for level in levels),
    )


GROUP = dimension("Group", "white|black|asian", "white|black asian", "white black asian")
OUTCOME = dimension("Outcome", "nothing|arrest|other", "nothing|arrest other")
FIND = dimension("Find", "found|empty")
SMALL = (
    Spec("outcome", "By outcome", GROUP, OUTCOME, ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1))),
    Spec("find", "By find", GROUP, FIND, ((0, 0), (1, 0), (2, 0))),
)


def history(seed: int) -> Held:
    """What an invented force holds: some hundred people, some searched over and over."""
    chance = random.Random(seed)
    volume = chance.choice((15, 40, 90, 250))
    groups = chance.choices(("white", "black", "asian"), chance.choice(((6, 3, 1), (4, 3, 3))), k=volume)
    often = [chance.paretovariate(1.6) for _ in groups]
    held: dict[str, dict[str, dict[tuple[str, str], Content]]] = {spec.name: {} for spec in SMALL}
    for quarter in QUARTERS if seed % 6 == 0 else QUARTERS[:2]:
        cells: dict[tuple[str, str, str], dict[str, int]] = {}
        for who in chance.choices(range(volume), often, k=int(volume * chance.uniform(0.6, 1.8))):
            outcome = chance.choices(("nothing", "arrest", "other"), (7, 2, 1))[0]
            found = "found" if chance.random() < (0.1 if outcome == "nothing" else 0.7) else "empty"
            for table, column in (("outcome", outcome), ("find", found)):
                by = cells.setdefault((table, groups[who], column), {})
                by[f"{who:04}"] = by.get(f"{who:04}", 0) + 1
        for (table, row, column), by_person in cells.items():
            held[table].setdefault(quarter, {})[row, column] = Content(by_person)
    return held


def until(held: Held, quarter: str) -> Held:
    return {table: {q: counts for q, counts in of.items() if q <= quarter} for table, of in held.items()}


def published(held: Held) -> list[Protected]:
    """Every table that the releases print, one release a quarter."""
    ledger: list[Kept] = []
    tables: list[Protected] = []
    for quarter in sorted(held["outcome"]):
        made = assemble(quarter, until(held, quarter), ledger, RULE, SMALL)
        ledger += made.kept
        tables += made.tables
    return tables


class Attacker:
    """Solves what is printed as linear inequalities. `most` is what it takes a star to be at most."""

    def __init__(self, tables: Sequence[Protected], *, least: int, most: float, exact: bool = False) -> None:
        self.unknowns: dict[tuple[str, str, str, str], int] = {}
        self.stars: list[tuple[np.ndarray, list[tuple[str, str, str, str]]]] = []
        lines, bounds = [], []
        for table in tables:
            for row, values in zip(table.rows, table.values, strict=True):
                for column, value in zip(table.columns, values, strict=True):
                    where = list(self.where(table, row, column))
                    line = {self.unknowns.setdefault(at, len(self.unknowns)) for at in where}
                    if value is None:
                        low, high = least, most
                        self.stars.append((np.array(sorted(line)), where))
                    elif exact or value == 0:
                        low, high = value, value
                    else:
                        low, high = max(RULE.k, value - 2), value + 2
                    lines.append(line)
                    bounds.append((low, high))
        self.same: list[tuple[set[int], set[int]]] = []
        for quarter in QUARTERS:
            for group in ("white", "black", "asian"):
                sides = [
                    {self.unknowns[at] for at in self.unknowns if at[:3] == (table, quarter, group)}
                    for table in ("outcome", "find")
                ]
                if all(sides):
                    self.same.append((sides[0], sides[1]))
        self.fill(lines, bounds)

    @staticmethod
    def where(table: Protected, row: str, column: str) -> Iterator[tuple[str, str, str, str]]:
        whole = " ".join(table.columns[:-1]) if column == "Total" else column
        groups = "white black asian" if row == "Total" else row
        start = since_start(QUARTERS[-1], QUARTERS[0]).quarters
        if table.period.startswith("to-"):
            quarters = [q for q in start if q <= table.period[3:]]
        elif "+" in table.period:
            first, count = table.period.split("+")
            quarters = [q for q in start if q >= first][: int(count)]
        else:
            quarters = [table.period]
        for quarter in quarters:
            for group in groups.split():
                for leaf in whole.split():
                    yield table.name, quarter, group, leaf

    def fill(self, lines: list[set[int]], bounds: list[tuple[float, float]]) -> None:
        sums = np.zeros((len(lines), len(self.unknowns)))
        for at, line in enumerate(lines):
            sums[at, sorted(line)] = 1
        low, high = (np.array(side, dtype=float) for side in zip(*bounds, strict=True))
        ends = high < math.inf
        self.a, self.b = np.vstack([sums[ends], -sums]), np.concatenate([high[ends], -low])
        self.equal = np.zeros((len(self.same), len(self.unknowns)))
        for at, (one, other) in enumerate(self.same):
            self.equal[at, sorted(one)], self.equal[at, sorted(other)] = 1, -1

    def attack(self) -> Iterator[tuple[int, float, list[tuple[str, str, str, str]]]]:
        """Of each star: the least and greatest whole number that it may be, and where it is. Nothing at all
        where the guess about stars cannot be.
        """
        for star, where in self.stars:
            toward = np.zeros(len(self.unknowns))
            toward[star] = 1
            limits: list[float] = []
            for sign in (1, -1):
                found = linprog(
                    sign * toward,
                    A_ub=self.a,
                    b_ub=self.b,
                    A_eq=self.equal,
                    b_eq=np.zeros(len(self.equal)),
                )
                if found.status == 2:
                    return
                limits.append(math.inf if found.status == 3 else sign * found.fun)
            yield (
                math.ceil(limits[0] - 1e-6),
                limits[1] if limits[1] == math.inf else math.floor(limits[1] + 1e-6),
                where,
            )


def truth(held: Held, where: Sequence[tuple[str, str, str, str]]) -> int:
    cells = [held[table].get(quarter, {}).get((row, column)) for table, quarter, row, column in where]
    return sum(cell.events for cell in cells if cell is not None)


def recovered(held: Held, tables: Sequence[Protected], *, exact: bool = False) -> tuple[int, int, int]:
    """(stars, found to fewer than four values, found exactly), by the better of two guesses about stars."""
    stars, few, certain = 0, set(), set()
    for least, most in ((0, math.inf), (1, RULE.k - 1)) if tables else ():
        attacker = Attacker(tables, least=least, most=most, exact=exact)
        stars = len(attacker.stars)
        for at, (low, high, where) in enumerate(attacker.attack()):
            if low <= truth(held, where) <= high:
                few |= {at} if high - low + 1 < 4 else set()
                certain |= {at} if low == high else set()
    return stars, len(few), len(certain)


def primary_only(held: Held) -> list[Protected]:
    """The control: exact numbers, small cells hidden, nothing else done."""
    exact = RULE.__class__(version="control", tier="public", valid_from=RULE.valid_from, k=RULE.k, base=1)
    tables = []
    for quarter in sorted(held["outcome"]):
        for spec in SMALL:
            for period in (Period(quarter, quarter, (quarter,)), since_start(quarter, QUARTERS[0])):
                counts = gathered(held[spec.name], period.quarters)
                tables.append(protect(spec, period, counts, exact)[0])
    return tables


def attacked(seeds: Sequence[int]) -> Mapping[str, int]:
    """What the attacker gets from the ledgers of these seeds, and from their controls."""
    tally = dict.fromkeys(("printed", "stars", "few", "certain", "control", "broken"), 0)
    for seed in seeds:
        held = history(seed)
        tables = published(held)
        stars, few, certain = recovered(held, tables)
        tally["printed"] += sum(value is not None for t in tables for row in t.values for value in row)
        tally["stars"] += stars
        tally["few"] += few
        tally["certain"] += certain
        control_stars, weak, _ = recovered(held, primary_only(held), exact=True)
        tally["control"] += control_stars > 0
        tally["broken"] += weak > 0
    return tally


def test_ten_ledgers_keep_their_stars_and_their_controls_do_not() -> None:
    tally = attacked(range(10))
    assert tally["printed"] > 100
    assert tally["stars"] > 20
    assert (tally["few"], tally["certain"]) == (0, 0)
    assert tally["broken"] >= 8


@pytest.mark.full
def test_a_thousand_ledgers_keep_their_stars_and_their_controls_do_not() -> None:
    tally = attacked(range(1_000))
    print(tally)
    assert (tally["few"], tally["certain"]) == (0, 0)
    assert tally["broken"] > 900
