"""The report of all measures: two sections that are never added up, each figure with its sentence."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import cohorts, inquiries, published_rates, yearly
from svro.casework.access import Actor, Allow, decide, require
from svro.casework.cohorts import Subject, Uncounted
from svro.casework.inquiries import Inquiry
from svro.casework.measures import alike, journey, people, protected, published, searched, spread
from svro.casework.order_days import NET, NOT_NET, period_of
from svro.casework.published_rates import Scope, Window
from svro.casework.shown import sees_cases
from svro.errors import NotAllowed
from svro.figures import proportions
from svro.figures.catalogue import MEASURES, Measure
from svro.figures.exposure import Span
from svro.figures.measured import RULES, About, Covered, EthnicityBasis, Measured, Monthly, Section
from svro.figures.sentences import sentence
from svro.law.dates import london_day
from svro.records.reach import ALL, reaching
from svro.reference.census import Census, residents

OWN = "Our own records: searches under s.342E of people under an order"

NOTES = (
    "A ratio compares how often people of two groups were searched. It is a disparity: whether anybody"
    " was treated"
    " unlawfully it does not say.",
    "Which people searches are compared with changes a ratio more than any statistical method does: read"
    " the chain"
    " from orders for each resident to searches for each day under order.",
    "Intervals are 95%. Those of people allow for repeat searches of one person; those of published"
    " counts cannot,"
    " for nobody is named in them. P-values of several groups are adjusted together.",
    "People of unknown ethnicity are a group of their own, never shared out and never called Other.",
)


class MeasuresReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every measure, from published data and from our own records, with the catalogue that explains them."""

    published: Section
    orders: Section
    catalogue: tuple[Measure, ...]
    known_at: datetime
    version: str = RULES


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, already checked."""

    forces: tuple[str, ...]
    first: date | None
    last: date | None
    bases: tuple[EthnicityBasis, ...]
    census: Census
    scope: Scope
    known_at: datetime


async def measures(session: AsyncSession, actor: Actor, asked: Asked, now: datetime) -> MeasuresReport:
    """All measures for a reader, as known at an instant. The numbers are made in a thread: they take a
    while.
    """
    first, last = published_rates.whole_months(asked.first, asked.last)
    window = Window(first=first, last=last, forces=asked.forces, known_at=asked.known_at)
    held = await published_rates.published(session, window, asked.bases, (asked.census,), asked.scope)
    wrong = await published.faults(session, window, held.coverage.years)
    orders = Section(title=OWN, figures=())
    if isinstance(decide(actor, "report:read_orders"), Allow):
        orders = await own(session, actor, asked, now)
    figures = await asyncio.to_thread(lambda: said(published.figures(held, wrong)))
    return MeasuresReport(
        published=Section(
            title=held.title,
            figures=figures,
            coverage=published.coverage(held, wrong),
            notes=(*NOTES, held.coverage.missing_means),
        ),
        orders=orders,
        catalogue=tuple(MEASURES.values()),
        known_at=asked.known_at,
    )


class OfficersReport(msgspec.Struct, frozen=True, kw_only=True):
    """How find rates spread among the officers of one force: for its supervisors, and never published."""

    officers: Section
    known_at: datetime
    version: str = RULES


OFFICERS = (
    "Officers' beats and tasks differ. A point outside the limits is a question for a conversation, never"
    " a finding"
    " about anybody; there is no ranking, no target, and a search that finds nothing can be right.",
    "Officers with fewer than 20 searches are counts only.",
)


async def officers(session: AsyncSession, actor: Actor, asked: Asked) -> OfficersReport:
    """M12 over the officers of the reader's own force who searched under its orders, in the order of
    their numbers.

    Their own is meant where none is asked for. Raises NotAllowed for another force's.
    """
    scopes = require(actor, "report:read_officers").scopes
    if not asked.forces and actor.force_id is not None:
        asked = replace(asked, forces=(actor.force_id,))
    if "O" not in scopes or asked.forces != (actor.force_id,):
        raise NotAllowed(
            "Officers are shown to the supervisors of their own force. Ask for that force alone."
        )
    cohort = await cohorts.load(session, asked.forces, asked.known_at)
    period = period_of(cohort.subjects, (asked.first, asked.last), london_day(asked.known_at))
    about = About(force=asked.forces[0], first=period[0], last=people.last_day(period))
    risk = people.at_risk(list(cohort.subjects.values()), period)
    mine = [
        replace(one, searches=tuple(s for s in one.searches if s.force == actor.force_id)) for one in risk
    ]
    figures = await asyncio.to_thread(lambda: said(searched.officers(mine, about)))
    return OfficersReport(
        officers=Section(title="Find rates of officers", figures=figures, notes=OFFICERS),
        known_at=asked.known_at,
    )


async def own(session: AsyncSession, actor: Actor, asked: Asked, now: datetime) -> Section:
    """The section of our own records, as this reader may see it.

    A reader who works on the force's cases chooses days, instant and basis. Anybody else has the frame of
    each year that the days asked for touch, on people's own word; two choices a day apart would tell of that
    day.
    """
    if not asked.forces or not all(sees_cases(actor, force) for force in asked.forces):
        frames = await yearly.touched(session, asked.forces, (asked.first, asked.last), now)
        figures_shown = await asyncio.to_thread(lambda: said(tuple(protected.figures(frames, asked.census))))
        rules = sorted({yearly.in_words(one.rule) for one in frames})
        return Section(title=OWN, figures=figures_shown, notes=(*NOTES, *protected.NOTES, *rules))
    cohort = await cohorts.load(session, asked.forces, asked.known_at)
    period = period_of(cohort.subjects, (asked.first, asked.last), london_day(asked.known_at))
    by_force: dict[str, list[Subject]] = {force: [] for force in asked.forces}
    for (force, _), subject in sorted(cohort.subjects.items()):
        by_force.setdefault(force, []).append(subject)
    async with reaching(session, *ALL.forces):  # whoever works on the cases may see what became of them
        found = await inquiries.suspected(session, asked.forces, asked.known_at, period)
    figures, trends = await asyncio.to_thread(_all, by_force, period, asked.bases, asked.census, found)
    return Section(
        title=OWN,
        figures=said(adjusted(figures)),
        trends=trends,
        coverage=_coverage(by_force, cohort.left),
        notes=NOTES,
    )


def _all(
    by_force: Mapping[str, Sequence[Subject]],
    period: Span,
    bases: Sequence[EthnicityBasis],
    census: Census,
    found: Sequence[Inquiry],
) -> tuple[list[Measured], tuple[Monthly, ...]]:
    figures: list[Measured] = []
    trends: list[Monthly] = []
    last = people.last_day(period)
    if last < period[0]:
        return figures, ()
    for force, subjects in by_force.items():
        about = About(force=force, first=period[0], last=last)
        for basis in bases:
            here = replace(about, basis=basis)
            figures += figures_of(subjects, here, period, (force,), census, fine=True)
            figures += journey.suspicions(subjects, found, here)
        trends += searched.trends(people.at_risk(subjects, period), replace(about, basis=bases[0]), period)
    if len(by_force) > 1:
        everybody = [subject for subjects in by_force.values() for subject in subjects]
        about = About(force="+".join(by_force), first=period[0], last=last)
        for basis in bases:
            here = replace(about, basis=basis)
            figures += figures_of(everybody, here, period, tuple(by_force), census, fine=True)
            figures += journey.suspicions(everybody, found, here)
            risk = {force: people.at_risk(subjects, period) for force, subjects in by_force.items()}
            figures += alike.by_force(risk, here)
    return figures, tuple(trends)


def figures_of(
    subjects: Sequence[Subject],
    about: About,
    period: Span,
    forces: Sequence[str],
    census: Census,
    *,
    fine: bool,
) -> Iterator[Measured]:
    """Every measure of some people on one basis; `fine` adds those by age and sex."""

    def living_there(group: str) -> int | None:
        if group == "Unknown":
            return None
        counts = [residents(force, group, census) for force in forces]
        return None if None in counts else sum(n for n in counts if n is not None)

    risk = people.at_risk(subjects, period)
    yield from people.use(risk, about, living_there, f"Census {census}, usual residents of the force's area")
    yield from spread.concentration(risk, about)
    yield from spread.first_search(risk, about, period)
    yield from journey.ladder(subjects, about, period)
    yield from journey.counts(subjects, risk, about, period)
    yield from searched.shares(risk, about)
    yield from searched.outcome_test(risk, about)
    yield journey.agreement(risk, about)
    if fine:
        yield from alike.intersections(risk, about, period)
        yield from alike.like_for_like(risk, about, period)


def adjusted(figures: Sequence[Measured]) -> list[Measured]:
    """P-values adjusted for the groups asked of at once: those of one part, place, period and basis."""
    families: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for at, figure in enumerate(figures):
        if figure.p is not None:
            families[
                figure.measure, figure.part, figure.force, figure.first, figure.basis, figure.age, figure.sex
            ].append(at)
    done = list(figures)
    for places in families.values():
        values = proportions.adjusted([figures[at].p for at in places])
        for at, value in zip(places, values, strict=True):
            done[at] = replace(figures[at], p_adjusted=value)
    return done


def said(figures: Iterator[Measured] | Sequence[Measured]) -> tuple[Measured, ...]:
    """The figures with their sentences."""
    return tuple(replace(figure, sentence=sentence(figure)) for figure in figures)


def _coverage(
    by_force: Mapping[str, Sequence[Subject]], left: Mapping[str, Sequence[Uncounted]]
) -> tuple[Covered, ...]:
    rows = []
    for force, subjects in by_force.items():
        under = [subject for subject in subjects if subject.orders]
        custody = sum(bool(subject.custody) for subject in under)
        rows += [
            Covered(force=force, what="people considered", n=sum(bool(s.considered) for s in subjects)),
            Covered(force=force, what="orders", n=sum(len(s.orders) for s in under)),
            Covered(
                force=force, what="people with custody dates", n=custody, of=len(under),
                remark=NET if custody else NOT_NET,
            ),
            *(
                Covered(force=force, what=f"searches not counted: {reason}", n=n)
                for reason, n in sorted(Counter(one.why for one in left.get(force, ())).items())
            ),
        ]  # fmt: skip
    return tuple(rows)
