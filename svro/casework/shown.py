"""Who is shown which figures of our own records: a force's own casework sees all, everybody else no small
number.

The one place where that is decided.
"""

from collections.abc import Iterable, Sequence, Set

from msgspec.structs import replace

from svro.casework.access import Actor, Allow, decide
from svro.figures.measured import Code, EthnicityBasis, Measured

SMALL = 10
"""Fewer searches, people searched or people under order are shown to nobody outside the force's casework."""

TELLS_OF_ALL = ("M5", "M13")
"""Measures from which the counts of all groups together can be worked out."""


def sees_cases(actor: Actor, force: str) -> bool:
    """Whether the actor works on the force's own cases, and so may see its figures however small."""
    decision = decide(actor, "report:read_exact")
    return isinstance(decision, Allow) and "O" in decision.scopes and actor.force_id == force


def shown(figures: Sequence[Measured], exact: bool) -> tuple[Measured, ...]:
    """The figures as a reader may see them: as they are, or without what could tell of somebody.

    A figure goes that rests on fewer than `SMALL` of anything, or leaves out fewer. Where one group's
    goes, so does what adds up all groups; and where one force's goes, so does the pooled one: each would
    give away what the other hides. Remarks on single records go too.
    """
    if exact:
        return tuple(figures)
    small = {figure.key for figure in figures if _small(figure)}
    hidden = [figure for figure in figures if figure.key in small]
    groups = {(f.force, f.basis) for f in hidden if f.group is not None}
    alone = {(f.measure, f.part, f.group, f.basis, f.force) for f in hidden}
    return tuple(
        _withheld(figure)
        if figure.key in small or _adds_up(figure, groups) or _pools(figure, alone)
        else figure
        if figure.measure in ("M2", "M3", "M10")
        else replace(figure, remark=None)
        for figure in figures
    )


_NUMBERS = (
    "value", "low", "high", "events", "people", "denominator", "reference_events", "reference_people",
    "reference_denominator", "remark", "p", "p_adjusted",
)  # fmt: skip


def _small(figure: Measured) -> bool:
    counts = (
        figure.events, figure.people, figure.denominator, figure.reference_events, figure.reference_people,
        figure.reference_denominator,
    )  # fmt: skip
    if any(n is not None and n < SMALL for n in counts):
        return True
    parts = figure.form == "proportion" or figure.measure in ("M6", "M10")
    sides: Iterable[tuple[float | None, float | None]] = (
        (figure.events, figure.denominator),
        (figure.reference_events, figure.reference_denominator),
    )
    return parts and any(n is not None and k is not None and n - k < SMALL for k, n in sides)


def _adds_up(figure: Measured, groups: Set[tuple[str, EthnicityBasis]]) -> bool:
    tells = figure.group is None or figure.measure in TELLS_OF_ALL
    return tells and any(
        (force, figure.basis) in groups for force in (figure.force, *figure.force.split("+"))
    )


def _pools(figure: Measured, alone: Set[tuple[Code, str, str | None, EthnicityBasis, str]]) -> bool:
    forces = figure.force.split("+")
    part = figure.part.removesuffix(", by force")
    return len(forces) > 1 and any(
        (figure.measure, part, figure.group, figure.basis, force) in alone for force in forces
    )


def _withheld(figure: Measured) -> Measured:
    return replace(figure, status="suppressed", **dict.fromkeys(_NUMBERS))
