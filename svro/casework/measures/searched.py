"""The measures of searches: what they found, how far they went, which safeguards were there; and month by
month.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from statistics import median

from msgspec.structs import replace

from svro.casework.cohorts import Counted
from svro.casework.measures.people import COUNTED, REFERENCE, AtRisk, People, by_group
from svro.figures import control, proportions, ratios
from svro.figures.benchmark import sure, together
from svro.figures.exposure import Span
from svro.figures.measured import About, Code, Measured, Monthly, measured
from svro.figures.rates import Figure, Status
from svro.law import words

Test = Callable[[Counted], bool | None]
"""Yes, no, or None where the record does not say."""


def has_outcome(one: Counted) -> bool:
    """Whether the record says what came of the search."""
    return one.said.outcome is not None or one.said.found is not None


def found(one: Counted) -> bool | None:
    """Whether something was found, where the record says what came of the search."""
    return one.said.found is not None if has_outcome(one) else None


def _linked(one: Counted) -> bool | None:
    return one.said.found is not None and one.said.outcome_linked is True if has_outcome(one) else None


def _nothing_further(one: Counted) -> bool | None:
    return one.said.outcome == "nfa" if has_outcome(one) else None


def _more(one: Counted) -> bool | None:
    return None if one.said.clothing is None else one.said.clothing in ("more", "intimate")


def _intimate(one: Counted) -> bool | None:
    return None if one.said.clothing is None else one.said.clothing == "intimate"


def _video(one: Counted) -> bool | None:
    return None if one.said.bwv is None else one.said.bwv == "recorded"


def _given(one: Counted) -> bool | None:
    return None if one.said.copy is None else one.said.copy in ("given", "receipt", "offered and declined")


SHARES: tuple[tuple[Code, str, Test], ...] = (
    ("M9", "found", found),
    ("M9", "linked", _linked),
    ("M9", "no further action", _nothing_further),
    ("M11", "more", _more),
    ("M11", "intimate", _intimate),
    ("M15", "video", _video),
    ("M15", "record", _given),
)


def _known(people: People, test: Test) -> list[list[bool]]:
    """Of each person searched: the answers of their records that say."""
    answers = ([said for one in person.searches if (said := test(one)) is not None] for person in people)
    return [said for said in answers if said]


def share(people: People, test: Test) -> Figure:
    """The searches that pass, of those whose record says, allowing for repeat searches of one person."""
    known = _known(people, test)
    passed = sum(sum(said) for said in known)
    figure = proportions.proportion(
        passed, sum(map(len, known)), counts_by_person=[len(said) for said in known]
    )
    return replace(figure, people=sum(any(said) for said in known))


def _enough(people: People, test: Test) -> Status:
    known = _known(people, test)
    return "ok" if sum(map(len, known)) >= 20 and len(known) >= 10 else "insufficient_data"


def shares(people: People, about: About) -> Iterator[Measured]:
    """M9, M11 and M15, of everybody and of each group."""
    groups = by_group(people, about)
    for group, own in ((None, people), *((group, groups[group]) for group in words.GROUPS)):
        here = replace(about, group=group)
        searches = [one for person in own for one in person.searches]
        for code, part, test in SHARES:
            silent = sum(test(one) is None for one in searches)
            remark = f"{silent} of {len(searches)} records do not say" if silent else None
            yield measured(
                here, code, part, "proportion", share(own, test), source=COUNTED, status=_enough(own, test),
                remark=remark,
            )  # fmt: skip
        yield from _bounds(searches, here)
        yield _minutes(searches, here)
    yield measured(
        about, "M15", "complaints", "proportion",
        Figure(status="missing_input", method="complaints are not held here"),
        remark="Complaints are not held here: ask the force's professional standards department",
    )  # fmt: skip


def _bounds(searches: Sequence[Counted], about: About) -> Iterator[Measured]:
    """The find rate, were the missing outcomes none of them a find, and all of them."""
    silent = sum(not has_outcome(one) for one in searches)
    if not silent:
        return
    hits, total = sum(found(one) is True for one in searches), len(searches)
    low, high = proportions.proportion(hits, total).low, proportions.proportion(hits + silent, total).high
    figure = Figure(
        value=hits / (total - silent) if total > silent else None,
        low=low,
        high=high,
        status="ok" if total >= 20 else "insufficient_data",
        events=hits,
        denominator=float(total),
        method="Wilson limits, all of the missing outcomes in the one way or the other",
    )
    yield measured(about, "M9", "found, outcomes missing", "bounds", figure, source=COUNTED)


def _minutes(searches: Sequence[Counted], about: About) -> Measured:
    lasted = [
        (one.said.ended_at - one.said.at).total_seconds() / 60
        for one in searches
        if one.said.ended_at is not None
    ]
    figure = Figure(
        value=median(lasted) if lasted else None,
        status="ok" if len(lasted) >= 20 else "insufficient_data",
        events=len(lasted),
        denominator=float(len(searches)),
        method="median",
    )
    return measured(about, "M11", "minutes", "number", figure, source=COUNTED)


def outcome_test(people: People, about: About) -> Iterator[Measured]:
    """M10: the difference of find rates, read together with the rate ratio."""
    groups = by_group(people, about)
    base = groups[REFERENCE]
    for group in words.GROUPS:
        if group in (REFERENCE, "Unknown"):
            continue
        own, here = groups[group], replace(about, group=group, reference=REFERENCE)
        mine, theirs = share(own, found), share(base, found)
        gap = proportions.gap(mine.events, mine.denominator, theirs.events, theirs.denominator)
        total, hits = (
            (mine.denominator or 0) + (theirs.denominator or 0),
            (mine.events or 0) + (theirs.events or 0),
        )
        status: Status = "ok" if total >= 30 and hits >= 5 else "insufficient_data"
        yield measured(
            here, "M10", "find rate", "gap", replace(gap, people=mine.people), source=COUNTED, status=status,
            reference_people=theirs.people, remark=_read(own, base, group, gap) if status == "ok" else None,
        )  # fmt: skip


def _read(own: People, base: People, group: words.Group, gap: Figure) -> str | None:
    ratio = ratios.cohort_ratio([one.pair for one in own], [one.pair for one in base])
    if ratio.value is None or gap.value is None:
        return None
    verdict = together(group, (ratio.value, 1.0), (gap.value, 0.0)).verdict
    certain = "" if sure(ratio, gap) else "; and one of the two may be chance"
    return f"Searched {ratio.value:.1f} times as much as {REFERENCE} people: {verdict}{certain}"


def months(period: Span) -> list[str]:
    """The months YYYY-MM of a period, each that has a day in it."""
    first, last = period[0], period[1]
    found_months = []
    day = date(first.year, first.month, 1)
    while day < last:
        found_months.append(f"{day:%Y-%m}")
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return found_months


def trends(people: Sequence[AtRisk], about: About, period: Span) -> Iterator[Monthly]:
    """The find rate and the share of unknown ethnicity, month by month, with limits once there are enough."""
    searches = [(one, person.subject.group(about.basis)) for person in people for one in person.searches]
    known = [(one, bool(found(one))) for one, _ in searches if has_outcome(one)]
    yield from charted("M9", "found", known, about, period)
    yield from charted(
        "M13", "unknown", [(one, group == "Unknown") for one, group in searches], about, period
    )


def charted(
    code: Code, part: str, rows: Sequence[tuple[Counted, bool]], about: About, period: Span
) -> Iterator[Monthly]:
    """One p-chart: of each month the searches that pass, of all."""
    counted: Mapping[str, list[bool]] = {month: [] for month in months(period)}
    for one, passed in rows:
        counted[f"{one.day:%Y-%m}"].append(passed)
    chart = control.p_chart(list(map(sum, counted.values())), list(map(len, counted.values())))
    long = sum(point.status == "ok" for point in chart.points) >= control.LONG_ENOUGH
    for (month, passes), point in zip(counted.items(), chart.points, strict=True):
        yield Monthly(
            measure=code,
            part=part,
            force=about.force,
            month=month,
            events=sum(passes),
            denominator=len(passes),
            value=point.value,
            centre=chart.centre,
            low=point.low if long else None,
            high=point.high if long else None,
            outside=point.outside and long,
            status=point.status,
            rule=chart.rule if long else "run chart: fewer than 12 months with searches",
        )


def officers(people: People, about: About) -> Iterator[Measured]:
    """M12: each officer's find rate against the limits for so many searches. For supervisors inside the
    force.

    Named by the officer number on the record, or else by account.
    """
    mine: dict[str, list[Counted]] = {}
    for person in people:
        for one in person.searches:
            if has_outcome(one):
                mine.setdefault(one.account, []).append(one)
    hits = sum(found(one) is True for own in mine.values() for one in own)
    total = sum(map(len, mine.values()))
    for account, own in sorted(mine.items()):
        passed = sum(found(one) is True for one in own)
        figure = proportions.proportion(passed, len(own))
        status: Status = "ok" if len(own) >= 20 else "insufficient_data"
        remark = None
        if status == "ok":
            limits = control.funnel_proportion(hits / total, len(own))
            outside = not limits.low998 <= passed / len(own) <= limits.high998
            remark = (
                f"limits for {len(own)} searches: {limits.low95:.2f} to {limits.high95:.2f} (95%),"
                f" {limits.low998:.2f} to {limits.high998:.2f} (99.8%)"
                + ("; outside: a question, not a finding" if outside else "")
            )
        number = next((one.said.officer_number for one in own if one.said.officer_number), account)
        here = replace(about, group=f"officer {number}")
        yield measured(
            here, "M12", "found", "proportion", figure, source=COUNTED, status=status, remark=remark
        )
