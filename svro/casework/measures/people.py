"""The measures of people: who was under order, for how many days, how often each was searched, and how
they came there.

Numbers only: given the people of one force, or of several pooled, no database and no clock.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from svro.casework.cohorts import Counted, Subject
from svro.figures import benchmark, exposure, proportions, rates, ratios
from svro.figures.exposure import Span
from svro.figures.measured import About, Code, Form, Measured, measured
from svro.figures.rates import Basis, Figure, Status
from svro.law import words

REFERENCE: words.Group = "White"
DAYS = "our own records: days on which an order was in effect, less custody where held"
PEOPLE = "our own records: people with a day under order"
COUNTED = "our own records: searches under s.342E in effect"


class AtRisk(msgspec.Struct, frozen=True):
    """One person in one period: their days under order, and their searches in it."""

    subject: Subject
    days: int
    searches: tuple[Counted, ...]

    @property
    def pair(self) -> tuple[int, float]:
        """Searches and days, as the ratios take them."""
        return len(self.searches), float(self.days)


People = Sequence[AtRisk]
Residents = Callable[[words.Group], int | None]


def at_risk(subjects: Sequence[Subject], period: Span) -> list[AtRisk]:
    """Everybody with a whole day under order in the period, with their searches on such a day or in it."""
    found = []
    for subject in subjects:
        days = exposure.days(subject.spans, period, subject.custody)
        if days:
            searched = tuple(one for one in subject.searches if period[0] <= one.day < period[1])
            found.append(AtRisk(subject, days, searched))
    return found


def basis_of(people: People) -> Basis:
    """What a figure about these people rests on."""
    return Basis(
        events=sum(len(one.searches) for one in people),
        people_searched=sum(bool(one.searches) for one in people),
        people_at_risk=len(people),
    )


def days(people: People) -> int:
    return sum(one.days for one in people)


def each(people: People) -> list[int]:
    return [len(one.searches) for one in people]


def by_group(people: People, about: About) -> dict[words.Group, list[AtRisk]]:
    """The people of each group, on the basis asked of."""
    groups: dict[words.Group, list[AtRisk]] = {group: [] for group in words.GROUPS}
    for one in people:
        groups[one.subject.group(about.basis)].append(one)
    return groups


def unknown_status(status: Status, groups: Mapping[words.Group, People], group: words.Group) -> Status:
    """A sound status, unless so many searches are of unknown group that they could turn the ratio round."""
    unknown = sum(each(groups["Unknown"]))
    total = sum(sum(each(people)) for people in groups.values())
    if total and unknown == total:
        return "all_unknown"
    if status not in ("ok", "ok_low_precision") or unknown * 5 <= total:
        return status
    own, base = groups[group], groups[REFERENCE]
    low, high = ratios.bounds(sum(each(own)), days(own), sum(each(base)), days(base), unknown)
    return "too_many_unknown" if low <= 1 <= high else status


def use(people: People, about: About, residents: Residents, census: str) -> Iterator[Measured]:
    """M2 to M5 and M13: rates, ratios, differences and shares of each group, on one basis."""
    groups = by_group(people, about)
    base = groups[REFERENCE]
    for group in words.GROUPS:
        own = groups[group]
        here = replace(about, group=group, reference=REFERENCE)
        yield rate(own, here)
        if group not in (REFERENCE, "Unknown"):
            yield from _beside(own, base, here, groups)
            yield from _chain(own, base, here, residents, census)
            yield from _unknown(own, base, here, groups)
    yield from _shares(groups, about)
    yield _missing(groups, about)


def rate(own: People, about: About) -> Measured:
    status: Status = "group_missing" if not own else rates.standing((basis_of(own),))
    figure = rates.rate(sum(each(own)), days(own), counts_by_person=each(own))
    figure = replace(figure, people=basis_of(own).people_searched)
    if not own:
        figure = replace(figure, status="no_population")
    return measured(about, "M2", "rate", "rate", figure, source=DAYS, scale=1000, status=status)


def _beside(
    own: People, base: People, about: About, groups: Mapping[words.Group, People]
) -> Iterator[Measured]:
    """One group beside the reference: the ratio, the difference, the searches beyond."""
    group: words.Group = about.group or "Unknown"  # type: ignore[assignment]
    pairs = [one.pair for one in own], [one.pair for one in base]
    ratio = ratios.cohort_ratio(*pairs)
    standing = unknown_status(rates.standing((basis_of(own), basis_of(base))), groups, group)
    people = basis_of(base).people_searched
    least = ratios.detectable(
        sum(each(own)),
        sum(each(base)),
        effect=proportions.effect(each(own)),
        reference_effect=proportions.effect(each(base)),
    )
    remark = None
    if least is not None:
        remark = f"So many searches could reliably show only a ratio of {least:.1f} or more"
    made: tuple[tuple[Code, str, Form, Figure, float], ...] = (
        ("M3", "days", "ratio", ratio, 1),
        ("M4", "days", "difference", ratios.cohort_difference(*pairs), 1000),
        ("M4", "excess", "excess", ratios.excess(ratio), 1),
    )
    for code, part, form, figure, scale in made:
        said = remark if form == "ratio" else None
        more = {"scale": scale, "status": standing, "reference_people": people, "remark": said}
        yield measured(about, code, part, form, figure, source=DAYS, **more)  # type: ignore[arg-type]


def _chain(own: People, base: People, about: About, residents: Residents, census: str) -> Iterator[Measured]:
    """Orders for each resident, days for each order, searches for each day: where the disparity enters."""
    group: words.Group = about.group or "Unknown"  # type: ignore[assignment]
    here, there = residents(group), residents(REFERENCE)
    holders = ratios.ratio(len(own), here, len(base), there)
    enough = rates.standing(
        (Basis(events=len(own), residents=here), Basis(events=len(base), residents=there))
    )
    spent = ratios.cohort_ratio([(one.days, 1.0) for one in own], [(one.days, 1.0) for one in base])
    searched = ratios.cohort_ratio([one.pair for one in own], [one.pair for one in base])
    whole = ratios.resident_ratio(each(own), here, each(base), there)
    standing = rates.standing((basis_of(own), basis_of(base)))
    crowd: Status = "ok" if min(len(own), len(base)) >= 20 else "insufficient_data"
    people = basis_of(base).people_searched
    for part, figure, source, status, others in (
        ("orders per resident", replace(holders, people=len(own)), census, enough, len(base)),
        ("days per order", replace(spent, people=len(own)), PEOPLE, crowd, len(base)),
        ("searches per day", searched, DAYS, standing, people),
        ("searches per resident", whole, census, standing, people),
    ):
        yield measured(
            about, "M2", part, "ratio", figure, source=source, status=status, reference_people=others
        )


def _unknown(
    own: People, base: People, about: About, groups: Mapping[words.Group, People]
) -> Iterator[Measured]:
    """How low and how high the ratio could be, and what share of the unknown would make the rates alike."""
    unknown = sum(each(groups["Unknown"]))
    counts = sum(each(own)), float(days(own)), sum(each(base)), float(days(base))
    ratio = ratios.ratio(*counts)
    if not unknown or not counts[1] or not counts[3]:
        return
    low, high = ratios.bounds(*counts, unknown)
    total = sum(sum(each(people)) for people in groups.values())
    status: Status = "all_unknown" if unknown == total else "ok"
    method = "all of unknown ethnicity in the one group or the other"
    bounds = replace(ratio, low=low, high=high, p=None, method=method, people=basis_of(own).people_searched)
    if ratio.status == "ok":
        people = basis_of(base).people_searched
        yield measured(
            about, "M13", "bounds", "bounds", bounds, source=DAYS, status=status, reference_people=people
        )
    share = ratios.tipping_share(*counts, unknown)
    inside = share is not None and 0 <= share <= 1
    tipping = Figure(
        value=share if inside else None,
        status=status,
        events=unknown,
        denominator=float(unknown),
        method="the share of the unknown that would make the two rates alike",
    )
    remark = None if inside else "No sharing out of the unknown would make the two rates alike"
    yield measured(about, "M13", "tipping share", "number", tipping, source=COUNTED, remark=remark)


def _missing(groups: Mapping[words.Group, People], about: About) -> Measured:
    every = [n for people in groups.values() for n in each(people)]
    figure = proportions.proportion(sum(each(groups["Unknown"])), sum(every), counts_by_person=every)
    figure = replace(figure, people=sum(bool(n) for n in each(groups["Unknown"])))
    return measured(about, "M13", "unknown", "proportion", figure, source=COUNTED)


def _shares(groups: Mapping[words.Group, People], about: About) -> Iterator[Measured]:
    """Each known group's share of searches against its share of the days."""
    known: list[words.Group] = [group for group in words.GROUPS if group != "Unknown"]
    searches = {group: sum(each(groups[group])) for group in known}
    exposed = {group: float(days(groups[group])) for group in known}
    total, whole = sum(searches.values()), sum(exposed.values())
    every = [n for group in known for n in each(groups[group])]
    for group, share in benchmark.shares(searches, exposed).items():  # type: ignore[arg-type]
        name: words.Group = group  # type: ignore[assignment]
        here = replace(about, group=group)
        enough = total >= 30 and searches[name] >= 10
        status: Status = share.status if share.status != "ok" or enough else "insufficient_data"
        of_all = proportions.proportion(searches[name], total, counts_by_person=every)
        people = basis_of(groups[name]).people_searched
        yield measured(
            here, "M5", "share", "proportion", replace(of_all, people=people), source=COUNTED, status=status
        )
        index = Figure(
            value=share.index,
            status=share.status,
            events=searches[name],
            people=people,
            denominator=exposed[name],
            reference_events=total,
            reference_denominator=whole,
            method="share of searches over share of days; compare two only as a ratio",
        )
        yield measured(here, "M5", "index", "ratio", index, source=DAYS, status=status)


def last_day(period: Span) -> date:
    """The last day of a half-open period."""
    return period[1] - timedelta(days=1)
