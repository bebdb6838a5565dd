"""The panel's tier: exact counts, with as few further cells hidden as keep the hidden ones from being worked
out.

For people who signed that they keep what they see to themselves. What is hidden beside the unsafe cells is
the cheapest choice there is, by number of cells and then by what they count.
"""

from collections.abc import Mapping, Sequence

from svro.figures import suppression
from svro.figures.audit import Claim, System
from svro.figures.suppression import Content, Rules, together

Place = tuple[str, str]
TOTAL = "Total"
MOST_ROUNDS = 200


def panel(
    rows: Sequence[str], columns: Sequence[str], cells: Mapping[Place, Content], rule: Rules
) -> dict[Place, int | None] | None:
    """Each cell and total by its place: the exact count, or None where it is hidden. None in place of it all
    where no choice of cells would do.
    """
    places = with_totals(rows, columns, cells)
    hidden = {
        place
        for place, cell in places.items()
        if suppression.unsafe(cell, places[place[0], TOTAL].people, rule) is not None
    }
    counts = {place: cell.events for place, cell in places.items()}
    if hidden and (hidden := complement(rows, columns, counts, hidden, rule.width) or set()) == set():
        return None
    return {place: None if place in hidden else events for place, events in counts.items()}


def with_totals(
    rows: Sequence[str], columns: Sequence[str], cells: Mapping[Place, Content]
) -> dict[Place, Content]:
    """The cells with the totals of every row, every column and the whole."""
    return {
        (row, column): together(
            [
                cells.get((r, c), Content())
                for r in (rows if row == TOTAL else (row,))
                for c in (columns if column == TOTAL else (column,))
            ]
        )
        for row in (*rows, TOTAL)
        for column in (*columns, TOTAL)
    }


def complement(
    rows: Sequence[str], columns: Sequence[str], counts: Mapping[Place, int], unsafe: set[Place], width: int
) -> set[Place] | None:
    """The cheapest set of places to hide that holds `unsafe` and passes the audit; None where there is none.

    Each round finds the cheapest set not ruled out yet. One that fails is ruled out with every part of it:
    hiding less never leaves more uncertain.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    places = list(counts)
    at = {place: n for n, place in enumerate(places)}
    whole = counts[TOTAL, TOTAL] + 1
    cost = [1 + counts[place] / (whole * len(places)) for place in places]
    least = [float(place in unsafe) for place in places]
    limits: list[tuple[list[float], float]] = []
    lines = [[(row, column) for column in (*columns, TOTAL)] for row in (*rows, TOTAL)]
    lines += [[(row, column) for row in (*rows, TOTAL)] for column in (*columns, TOTAL)]
    for line in lines:  # one hidden cell alone in its line is the rest taken from the total
        for place in line:
            limit = [0.0] * len(places)
            for other in line:
                limit[at[other]] = -1.0 if other == place else 1.0
            limits.append((limit, 0.0))
    for _ in range(MOST_ROUNDS):
        constraint = LinearConstraint(
            np.array([limit for limit, _ in limits]), np.array([low for _, low in limits]), np.inf
        )
        found = milp(cost, constraints=constraint, bounds=Bounds(least, 1), integrality=[1] * len(places))
        if found.x is None:
            return None
        hidden = {place for place, chosen in zip(places, found.x, strict=True) if chosen > 0.5}
        if System(claims(rows, columns, counts, hidden)).passes(width):
            return hidden
        limits.append(([float(place not in hidden) for place in places], 1.0))
    return None


def claims(
    rows: Sequence[str], columns: Sequence[str], counts: Mapping[Place, int], hidden: set[Place]
) -> tuple[Claim, ...]:
    """What a table of exact counts says with some places hidden: a star is any count at all."""
    return tuple(
        Claim(
            name=f"{row}/{column}",
            atoms=frozenset(
                f"{r}|{c}"
                for r in (rows if row == TOTAL else (row,))
                for c in (columns if column == TOTAL else (column,))
            ),
            low=0 if (row, column) in hidden else count,
            high=None if (row, column) in hidden else count,
            star=(row, column) in hidden,
        )
        for (row, column), count in counts.items()
    )
