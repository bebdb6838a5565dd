"""From being considered to what came of a search; and how many orders, days and searches there were."""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from svro.casework.cohorts import Subject
from svro.casework.inquiries import Inquiry
from svro.casework.measures.people import PEOPLE, REFERENCE, People, days, each
from svro.figures import proportions, stages
from svro.figures.exposure import Span
from svro.figures.measured import About, Measured, measured
from svro.figures.rates import Figure, Status
from svro.law import words

STAGES = ("considered", "applied", "granted", "searched", "found", "outcome")
_NOT_APPLIED = frozenset({"consider", "assess", "not_pursue", "send_to_cps", "cps_decline", "withdraw"})


def reached(subject: Subject, period: Span) -> int:
    """How many stages somebody reached by the end of the period, who was considered in it; 0 for who was not.

    Stages are nested: somebody searched without an application on record is not counted as searched.
    """
    begun = [one for one in subject.considered if period[0] <= one.day < period[1]]
    if not begun:
        return 0
    ids = {one.id for one in begun}
    orders = [held for held in subject.orders if held.application in ids and _by(held.when("made"), period)]
    if not orders and not any(
        act not in _NOT_APPLIED and day < period[1] for one in begun for act, day in one.acts
    ):
        return 1
    if not orders:
        return 2
    searches = [one.said for one in subject.searches if one.day < period[1]]
    if not searches:
        return 3
    found = [said for said in searches if said.found is not None]
    if not found:
        return 4
    return 6 if any(said.outcome not in (None, "nfa") for said in found) else 5


def _by(day: date | None, period: Span) -> bool:
    return day is not None and day < period[1]


def ladder(subjects: Sequence[Subject], about: About, period: Span) -> Iterator[Measured]:
    """M6: the Relative Rate Index of each stage, of each group against the reference."""
    steps: dict[words.Group, list[int]] = {group: [0] * len(STAGES) for group in words.GROUPS}
    for subject in subjects:
        counts = steps[subject.group(about.basis)]
        for stage in range(reached(subject, period)):
            counts[stage] += 1
    base = steps[REFERENCE]
    for group in words.GROUPS:
        if group in (REFERENCE, "Unknown"):
            continue
        own, here = steps[group], replace(about, group=group, reference=REFERENCE)
        for at, step in enumerate(stages.ladder(STAGES, own, base), 1):
            for part, figure, before in (
                (step.stage, step.conditional, at - 1),
                (f"{step.stage} from the start", step.cumulative, 0),
            ):
                status = stages.enough(own[at], own[before], base[at], base[before])
                source = "our own records: people at the stage before"
                yield measured(
                    here, "M6", part, "ratio", replace(figure, people=figure.events), source=source,
                    status=status, reference_people=figure.reference_events,
                )  # fmt: skip


def counts(subjects: Sequence[Subject], people: People, about: About, period: Span) -> Iterator[Measured]:
    """M14: orders, people, days and searches of each group, and of everybody."""
    for group in (None, *words.GROUPS):
        mine = [s for s in subjects if group is None or s.group(about.basis) == group]
        own = [one for one in people if group is None or one.subject.group(about.basis) == group]
        made = [s for s in mine for held in s.orders if _in(held.when("made"), period)]
        ended = [s for s in mine for held in s.orders if _in(held.when("discharged"), period)]
        searched = [one for one in own if one.searches]
        for part, n, who in (
            ("orders", len(made), len({s.person for s in made})),
            ("people", len(own), len(own)),
            ("days", days(own), len(own)),
            ("searches", sum(each(own)), len(searched)),
            ("discharged", len(ended), len({s.person for s in ended})),
        ):
            figure = Figure(value=float(n), status="ok", events=n, people=who, method="count")
            yield measured(replace(about, group=group), "M14", part, "count", figure)


def suspicions(subjects: Sequence[Subject], inquiries: Sequence[Inquiry], about: About) -> Iterator[Measured]:
    """M14: investigations under s.342G about the orders of each group, and of everybody."""
    for group in (None, *words.GROUPS):
        mine = [s for s in subjects if group is None or s.group(about.basis) == group]
        whose = {(held.force, held.id): (s.force, s.person) for s in mine for held in s.orders}
        found = [whose[one.force, one.order] for one in inquiries if (one.force, one.order) in whose]
        figure = Figure(
            value=float(len(found)), status="ok", events=len(found), people=len(set(found)), method="count"
        )
        yield measured(replace(about, group=group), "M14", "breaches", "count", figure)


def _in(day: date | None, period: Span) -> bool:
    return day is not None and period[0] <= day < period[1]


def agreement(people: People, about: About) -> Measured:
    """M13: how often the officer's word and the person's own are one group, where both are known."""
    known = [one for one in people if "Unknown" not in (one.subject.own, one.subject.seen)]
    alike = [one for one in known if one.subject.own == one.subject.seen]
    figure = replace(proportions.proportion(len(alike), len(known)), people=len(alike))
    status: Status = "ok" if len(known) >= 20 else "insufficient_data"
    return measured(about, "M13", "agreement", "proportion", figure, source=PEOPLE, status=status)
