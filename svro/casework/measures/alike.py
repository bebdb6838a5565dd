"""Like with like: by age and sex, and force by force."""

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from svro.casework.cohorts import Subject
from svro.casework.measures.people import (
    DAYS,
    REFERENCE,
    AtRisk,
    People,
    basis_of,
    by_group,
    days,
    each,
    rate,
)
from svro.figures import rates, standard
from svro.figures.exposure import Span
from svro.figures.measured import About, Measured, measured
from svro.law import words

AGES = ("18-24", "25-34", "35+")
SEXES = ("male", "female")


def age_band(subject: Subject, on: date) -> str | None:
    """The band of the age on a day; None where the date of birth is not held."""
    if subject.born is None:
        return None
    age = on.year - subject.born.year - ((on.month, on.day) < (subject.born.month, subject.born.day))
    return AGES[0] if age < 25 else AGES[1] if age < 35 else AGES[2]


def _sex(subject: Subject) -> str | None:
    return subject.sex if subject.sex in SEXES else None


LEVELS: tuple[tuple[bool, bool], ...] = ((True, True), (False, True), (True, False))
"""By age and by sex, in the fixed order of collapsing; after the last, ethnicity alone."""


def intersections(people: People, about: About, period: Span) -> Iterator[Measured]:
    """M2 by age and sex within each group, at the finest level at which every cell has the data it needs."""
    for group, own in by_group(people, about).items():
        for by_age, by_sex in LEVELS:
            cells = _cells(own, period[0], by_age, by_sex)
            if cells and all(
                rates.standing((basis_of(cell),)) in ("ok", "ok_low_precision") for cell in cells.values()
            ):
                for (age, sex), cell in cells.items():
                    yield rate(cell, replace(about, group=group, age=age, sex=sex))
                break


def _cells(
    own: People, on: date, by_age: bool, by_sex: bool
) -> dict[tuple[str | None, str | None], list[AtRisk]]:
    """People by age band and sex; those of whom it is not held are in no cell."""
    cells: dict[tuple[str | None, str | None], list[AtRisk]] = {}
    for one in own:
        age, sex = age_band(one.subject, on), _sex(one.subject)
        if (by_age and age is None) or (by_sex and sex is None):
            continue
        cells.setdefault((age if by_age else None, sex if by_sex else None), []).append(one)
    return dict(sorted(cells.items(), key=str))


def like_for_like(people: People, about: About, period: Span) -> Iterator[Measured]:
    """M3 standardised: each group's searches against those expected of the reference at the same ages and
    sexes.

    People of an age and sex of which nobody in the reference was under order are left out, and counted.
    """
    groups = by_group(people, about)
    base = _cells(groups[REFERENCE], period[0], True, True)
    for group, own in groups.items():
        if group in (REFERENCE, "Unknown"):
            continue
        cells = _cells(own, period[0], True, True)
        kept = [cell for key, cell in cells.items() if key in base]
        there = [base[key] for key in cells if key in base]
        compared = [one for cell in kept for one in cell]
        expected = standard.expected(
            [float(days(cell)) for cell in kept],
            [float(sum(each(cell))) for cell in there],
            [float(days(cell)) for cell in there],
        )
        figure = standard.indirect(
            sum(each(compared)), expected, counts_by_person=[n for n in each(compared) if n]
        )
        reference = [one for cell in there for one in cell]
        status = rates.standing((basis_of(compared), basis_of(reference)))
        left = len(own) - len(compared)
        said = f"{left} people whom no White person under order is like in age and sex are left out"
        here = replace(about, group=group, reference=REFERENCE)
        made = measured(
            here, "M3", "like for like", "number", replace(figure, people=basis_of(compared).people_searched),
            source="searches expected at the rates of White people of the same age and sex", status=status,
            remark=said if left else None,
        )  # fmt: skip
        yield replace(made, reference=REFERENCE)


def by_force(forces: Mapping[str, People], about: About) -> Iterator[Measured]:
    """M3 force by force, pooled: beside the crude ratio of all together."""
    grouped = {force: by_group(people, about) for force, people in forces.items()}
    for group in words.GROUPS:
        if group in (REFERENCE, "Unknown"):
            continue
        strata = [
            standard.Stratum([one.pair for one in of[group]], [one.pair for one in of[REFERENCE]])
            for of in grouped.values()
        ]
        own = [one for of in grouped.values() for one in of[group]]
        base = [one for of in grouped.values() for one in of[REFERENCE]]
        here = replace(about, group=group, reference=REFERENCE)
        yield measured(
            here, "M3", "days, by force", "ratio", standard.stratified(strata), source=DAYS,
            status=rates.standing((basis_of(own), basis_of(base))),
            reference_people=basis_of(base).people_searched,
        )  # fmt: skip
