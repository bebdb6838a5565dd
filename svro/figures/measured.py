"""One measured figure, whatever its measure: what was measured, of whom, how sure it is and what it rests on.

Reports are made of these, and so is everything made from a report: pages, tables, charts, protected figures.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from svro.figures.rates import Figure, Status

EthnicityBasis = Literal["self-defined", "officer-defined", "self-else-officer"]
BASES: tuple[EthnicityBasis, ...] = ("self-defined", "officer-defined", "self-else-officer")
"""Whose word an ethnic group is: never mixed, always labelled."""

Code = Literal[
    "M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M11", "M12", "M13", "M14", "M15"
]  # fmt: skip

Form = Literal[
    "count",  # events
    "rate",  # scale x events / denominator
    "ratio",  # (events / denominator) / (reference events / reference denominator)
    "difference",  # scale x (events / denominator - reference events / reference denominator)
    "excess",  # events less what the reference's rate would have given
    "proportion",  # events / denominator, each event one of the denominator
    "gap",  # the difference of two proportions
    "number",  # its own arithmetic, which the measure's formula gives
    "band",  # between low and high; no value
    "bounds",  # the value, and how low and high it could be were more known
]
"""How value, low and high follow from the counts. Derived again from protected counts by `point`."""

RULES = "measures-1"
"""The version of the rules: when a figure may be quoted, and how it is made."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one measure about one group (None: everybody), beside a reference group where it has one.

    `part` is which number of the measure, a key of its entry in the catalogue. `force` is a slug, or several
    joined by + where they are pooled; `first` and `last` are London days, both counted. `events` over
    `denominator` made the value, `people` is how many different people the events are of (None: nobody
    knows); the reference has its own three. `value`, `low` and `high` are None where there is no number to
    give or no limit to it; `scale` is what a rate is for each of. `status` says whether it may be quoted.
    `age` and `sex` are set where the figure is of an intersection. `remark` is what a reader must know of
    this one figure; `p_adjusted` allows for having asked of several groups; `sentence` is the figure in
    words.
    """

    measure: Code
    part: str
    form: Form
    force: str
    first: date
    last: date
    basis: EthnicityBasis
    group: str | None = None
    age: str | None = None
    sex: str | None = None
    reference: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    scale: float = 1
    status: Status
    events: int | None = None
    people: int | None = None
    denominator: float | None = None
    denominator_source: str | None = None
    reference_events: int | None = None
    reference_people: int | None = None
    reference_denominator: float | None = None
    method: str
    remark: str | None = None
    p: float | None = None
    p_adjusted: float | None = None
    sentence: str = ""
    rule_version: str = RULES

    @property
    def publishable(self) -> bool:
        """Whether the number may stand by itself: other statuses say why it may not."""
        return self.status in ("ok", "ok_low_precision")

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from every other figure of a report."""
        about = (self.measure, self.part, self.force, self.first, self.last, self.basis)
        return (*about, self.group, self.age, self.sex, self.reference)


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """One line on what the figures are made of: `n` of `of`, or what is missing.

    None is a number not held, or not for this reader.
    """

    force: str
    what: str
    n: int | None = None
    of: int | None = None
    missing: tuple[str, ...] = ()
    remark: str | None = None


class Monthly(msgspec.Struct, frozen=True, kw_only=True):
    """One month YYYY-MM of a proportion, with the limits within which chance alone keeps it.

    Limits are None where the series is too short for them. `outside` is a question, never a finding.
    """

    measure: Code
    part: str
    force: str
    month: str
    events: int | None
    denominator: int | None
    value: float | None = None
    centre: float | None = None
    low: float | None = None
    high: float | None = None
    outside: bool = False
    status: Status
    rule: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Figures from one kind of record, what they cover, and what must be said of all of them.

    Sections of one report are never added up.
    """

    title: str
    figures: tuple[Measured, ...]
    trends: tuple[Monthly, ...] = ()
    coverage: tuple[Covered, ...] = ()
    notes: tuple[str, ...] = ()


def point(
    form: Form,
    events: float | None,
    denominator: float | None = None,
    reference_events: float | None = None,
    reference_denominator: float | None = None,
    scale: float = 1,
) -> float | None:
    """The value that counts alone give, as when they have been rounded; None where they give none."""
    if events is None:
        return None
    if form == "count":
        return float(events)
    if not denominator:
        return None
    own = events / denominator
    if form in ("rate", "proportion"):
        return own * scale
    if reference_events is None or not reference_denominator:
        return None
    other = reference_events / reference_denominator
    if form == "ratio":
        return own / other if other else None
    if form in ("difference", "gap"):
        return (own - other) * scale
    return events - denominator * other if form == "excess" else None


def finite(limit: float | None) -> float | None:
    """No limit is nothing, not infinity, which JSON can't say."""
    return None if limit is None or limit in (float("inf"), float("-inf")) else limit


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures of one group in one place and time have in common."""

    force: str
    first: date
    last: date
    basis: EthnicityBasis = "self-defined"
    group: str | None = None
    age: str | None = None
    sex: str | None = None
    reference: str | None = None


def measured(
    about: About,
    code: Code,
    part: str,
    form: Form,
    figure: Figure,
    *,
    source: str | None = None,
    scale: float = 1,
    status: Status | None = None,
    reference_people: int | None = None,
    remark: str | None = None,
) -> Measured:
    """A figure in its place. A status that is not quotable leaves the counts and takes the numbers; of the
    two zeros the one limit that says something stays. `status` is what the data can carry, where the figure
    itself is sound.
    """
    said = status if status is not None and figure.status in ("ok", "ok_low_precision") else figure.status
    shown = said in ("ok", "ok_low_precision")
    with_reference = form in ("ratio", "difference", "excess", "gap", "bounds")
    return Measured(
        measure=code,
        part=part,
        form=form,
        force=about.force,
        first=about.first,
        last=about.last,
        basis=about.basis,
        group=about.group,
        age=about.age,
        sex=about.sex,
        reference=about.reference if with_reference else None,
        value=figure.value if shown else None,
        low=finite(figure.low) if shown or said == "reference_zero" else None,
        high=finite(figure.high) if shown or said == "ok_zero_numerator" else None,
        scale=scale,
        status=said,
        events=figure.events,
        people=figure.people,
        denominator=figure.denominator,
        denominator_source=source,
        reference_events=figure.reference_events,
        reference_people=reference_people if with_reference else None,
        reference_denominator=figure.reference_denominator,
        method=figure.method,
        remark=remark,
        p=figure.p if shown else None,
    )


def find(figures: Sequence[Measured], code: Code, part: str, group: str | None = None) -> Measured | None:
    """The first figure of a measure's part about a group."""
    return next((f for f in figures if (f.measure, f.part, f.group) == (code, part, group)), None)
