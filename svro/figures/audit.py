"""The gate before publication: what everything published so far, taken together, lets anybody work out.

Each number printed, and each star, is a claim about a sum of counts that nobody prints (the atoms). All of
them at once are one system of integer inequalities. A star is safe while several values of it fit the system.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

Atoms = frozenset[str]
Link = tuple[Atoms, Atoms]
"""Two sums known to be equal, such as one row of people told apart in two ways."""


class Claim(msgspec.Struct, frozen=True):
    """What is known of one printed cell: the sum of its atoms is between `low` and `high` (None: no limit).

    `star` says that the cell shows no number, so that its sum must stay uncertain.
    """

    name: str
    atoms: Atoms
    low: int
    high: int | None
    star: bool


NEARLY = 1e-6
"""The solver's own measure of a whole number."""


class Inconsistent(Exception):
    """No counts fit what is claimed: whatever claims it is wrong."""


class System:
    """Claims and links as one system of integers, to be asked what a sum may be."""

    def __init__(self, claims: Sequence[Claim], links: Iterable[Link] = ()) -> None:
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        self.claims = tuple(claims)
        equal = [pair for pair in links if pair[0] != pair[1]]
        used: dict[str, list[tuple[int, int]]] = {}
        for line, claim in enumerate(self.claims):
            for atom in claim.atoms:
                used.setdefault(atom, []).append((line, 1))
        for line, (left, right) in enumerate(equal, len(self.claims)):
            for side, sign in ((left, 1), (right, -1)):
                for atom in side:
                    used.setdefault(atom, []).append((line, sign))
        # Atoms that always stand together are one unknown: any split of their sum will do.
        unknowns = sorted({tuple(lines) for lines in used.values()})
        entries = [(line, at, sign) for at, lines in enumerate(unknowns) for line, sign in lines]
        lines, at, signs = zip(*entries, strict=True) if entries else ((), (), ())
        shape = len(self.claims) + len(equal), len(unknowns)
        self._matrix = csr_array((signs, (lines, at)), shape=shape, dtype=float)
        self._constraint = LinearConstraint(
            self._matrix,
            [*(float(claim.low) for claim in self.claims), *(0.0 for _ in equal)],
            [*(_limit(claim.high) for claim in self.claims), *(0.0 for _ in equal)],
        )

    def extreme(self, line: int, *, least: int | None = None, most: int | None = None) -> list[int] | None:
        """The sums of all claims where that of claim `line` is the smallest that is at least `least`; with
        `most`, the greatest that is at most that. None where nothing fits, Inconsistent where nothing could.
        """
        from scipy.optimize import LinearConstraint

        row = self._matrix[[line], :]
        toward = row.toarray().ravel()
        limits: list[Any] = [self._constraint]
        if least is not None or most is not None:
            limits.append(LinearConstraint(row, -_limit(None) if least is None else least, _limit(most)))
        sums = self._solved(toward if most is None else -toward, limits)
        if sums is None and len(limits) == 1:
            raise Inconsistent(self.claims[line].name)
        return sums

    def _solved(self, toward: Any, limits: list[Any]) -> list[int] | None:
        """The sums of all claims where `toward` is least within the limits; None where nothing fits.

        Fractions are allowed first: that is several times as quick, and where the best is whole all the same,
        it is the best of the whole ones too.
        """
        from scipy.optimize import milp

        for whole in (0, 1):
            found = milp(
                toward, constraints=limits, integrality=[whole] * len(toward), options={"mip_rel_gap": 0.0}
            )
            if found.status == 2:
                return None
            if found.x is None:
                raise Inconsistent(found.message)
            if abs(found.x - found.x.round()).max(initial=0.0) < NEARLY:
                break
        sums = [round(value) for value in self._matrix @ found.x.round()]
        for claim, value in zip(self.claims, sums, strict=False):
            if value < claim.low or (claim.high is not None and value > claim.high):
                raise Inconsistent(f"{claim.name}: the solver's answer does not fit")
        return sums[: len(self.claims)]

    def interval(self, name: str, *, most: int = 1_000) -> tuple[int, int]:
        """The least and the greatest value that the sum of a claim may have; the greatest looks no further
        than `most` above the least.
        """
        line = next(at for at, claim in enumerate(self.claims) if claim.name == name)
        least = self.extreme(line) or []
        greatest = self.extreme(line, most=least[line] + most) or []
        return least[line], greatest[line]

    def weak(self, width: int) -> tuple[str, ...]:
        """The stars that fewer than `width` values fit: empty means that the gate is passed.

        A value counts only with a whole solution in its hand, and each solution vouches for one value of
        every star, so that most stars need few searches of their own.
        """
        return tuple(self._weak(width))

    def passes(self, width: int) -> bool:
        """Whether no star is weak: stops at the first that is."""
        return next(self._weak(width), None) is None

    def _weak(self, width: int) -> Iterator[str]:
        stars = [line for line, claim in enumerate(self.claims) if claim.star]
        fits: dict[int, set[int]] = {line: set() for line in stars}
        return (self.claims[line].name for line in stars if not self._enough(line, fits, width))

    def _enough(self, line: int, fits: dict[int, set[int]], width: int) -> bool:
        """Whether enough values fit a star: its least, one far above that, then upward one by one."""
        if len(fits[line]) >= width:
            return True
        sums = self.extreme(line) or []
        least = sums[line]
        _vouch(fits, sums)
        _vouch(fits, self.extreme(line, most=least + width * width) or sums)
        while len(fits[line]) < width:
            higher = self.extreme(line, least=least + 1)
            if higher is None:
                return False
            _vouch(fits, higher)
            least = higher[line]
        return True


def _vouch(fits: dict[int, set[int]], sums: list[int]) -> None:
    for line, values in fits.items():
        values.add(sums[line])


def _limit(high: int | None) -> float:
    return float("inf") if high is None else float(high)
