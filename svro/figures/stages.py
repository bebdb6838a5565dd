"""From being considered to what came of a search, stage by stage: where a disparity enters."""

from collections.abc import Sequence

import msgspec

from svro.figures.proportions import relative
from svro.figures.rates import Figure, Status

ENOUGH, ENOUGH_BEFORE = 10, 20
"""People of each group needed at a stage, and at the one before it."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One stage: the index of those who reached the stage before, and of all who were at the first."""

    stage: str
    conditional: Figure
    cumulative: Figure


def enough(at: int, before: int, reference_at: int, reference_before: int) -> Status:
    """Whether so many people can carry an index: 10 at the stage and 20 before it, in each group."""
    if min(at, reference_at) < ENOUGH or min(before, reference_before) < ENOUGH_BEFORE:
        return "insufficient_data"
    return "ok_low_precision" if min(at, reference_at) < 20 else "ok"


def ladder(
    stages: Sequence[str], group: Sequence[int | None], reference: Sequence[int | None]
) -> tuple[Step, ...]:
    """The index of every stage after the first. Each stage counts people, and only such as reached the one
    before.

    A stage with more people than the one before it is invalid input: it counts something else.
    """
    steps = []
    for at in range(1, len(stages)):
        steps.append(
            Step(
                stage=stages[at],
                conditional=relative(group[at], group[at - 1], reference[at], reference[at - 1]),
                cumulative=relative(group[at], group[0], reference[at], reference[0]),
            )
        )
    return tuple(steps)
