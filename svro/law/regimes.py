"""When and where the power exists: each commencement is a row, and every rule takes the rows as an argument.

A roll-out, or a continuation under s.166(6), is one more row in REGIMES; nothing else in the law changes.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from svro.law.dates import DAY

Step = Literal["order", "vary", "lengthen", "renew", "discharge"]


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """One commencement of s.165: where and from when to when orders can be made, and what becomes of them at
    its end.

    `ends` and `saving_to` are the last London days (None: no end is appointed; no saving). `areas` are police
    areas by force slug, None the whole of England and Wales; `court_numbers` are the force numbers in the
    codes of courts that sit there, None any. `saves` says which orders live on to `saving_to`: those in
    effect immediately before the end, all that were made, or none. `continues` names the row whose end this
    one postpones, if it follows it without a gap.
    """

    name: str
    instrument: str
    starts: date
    ends: date | None = None
    saving_to: date | None = None
    areas: tuple[str, ...] | None = None
    court_numbers: tuple[str, ...] | None = None
    sections: tuple[str, ...]
    saved_sections: tuple[str, ...] = ()
    saved_steps: tuple[Step, ...] = ()
    saves: Literal["in effect", "made", "none"] = "none"
    continues: str | None = None
    source: str
    area_source: str
    end_source: str
    saving_source: str
    renewal_source: str
    waiting_source: str


class Bar(msgspec.Struct, frozen=True):
    """Why a step may not be sought: a stable code, one sentence, the source."""

    code: str
    sentence: str
    source: str


PILOT = Regime(
    name="pilot",
    instrument="SI 2023/387",
    starts=date(2023, 4, 19),
    ends=date(2025, 4, 18),
    saving_to=date(2025, 10, 18),
    areas=("merseyside", "sussex", "thames-valley", "west-midlands"),
    court_numbers=("05", "20", "43", "47"),
    sections=("342A", "342B", "342D", "342E", "342F", "342G", "342H", "342I", "342J", "342L"),
    saved_sections=("342B", "342D", "342E", "342F", "342G", "342H", "342I", "342J(5)", "342L"),
    saved_steps=("vary", "lengthen", "discharge"),
    saves="in effect",
    source="SI 2023/387 reg.5(1)",
    area_source="SI 2023/387 reg.5(2)(a)",
    end_source="SI 2023/387 reg.6(1)(a)",
    saving_source="SI 2023/387 reg.7(1)",
    renewal_source="SI 2023/387 reg.7(2)(e)",
    waiting_source="SI 2023/387 reg.6(2)",
)
REGIMES: tuple[Regime, ...] = (PILOT,)


def first_appointed_day(regimes: Sequence[Regime] = REGIMES) -> date | None:
    """The first day on which s.165 came into force to any extent: 19 April 2023. A later roll-out does not
    move it.

    Source: Sentencing Act 2020 s.342A(14).
    """
    return min((regime.starts for regime in regimes), default=None)


def running(day: date, regimes: Sequence[Regime] = REGIMES) -> tuple[Regime, ...]:
    """The regimes under which a court could make an order on a day: from the first day to the last, both
    included.

    Source: SI 2023/387 reg.1(2).
    """
    return tuple(row for row in regimes if row.starts <= day <= (row.ends or date.max))


def sits_within(regime: Regime, *, area: str | None = None, court: str | None = None) -> bool:
    """Whether a court sits where the regime runs: what counts is where the court sits, not the offence or the
    offender's home.

    By police area where given, else by the force number in the court's code (`C05LV00` is in 05, Merseyside);
    a code of another shape, or none, excludes nothing.

    Source: SI 2023/387 reg.5(2)(a).
    """
    if area is not None:
        return regime.areas is None or area in regime.areas
    if regime.court_numbers is None or court is None or len(court) != 7 or not court[1:3].isdigit():
        return True
    return court[1:3] in regime.court_numbers


def governing(
    made: date, regimes: Sequence[Regime] = REGIMES, *, area: str | None = None, court: str | None = None
) -> Regime | None:
    """The regime an order was made under: one that ran that day where the court sat; the latest to start, if
    several did.

    Source: SI 2023/387 reg.5(2)(b).
    """
    rows = [row for row in running(made, regimes) if sits_within(row, area=area, court=court)]
    return max(rows, key=lambda row: row.starts, default=None)


def last_of(regime: Regime, regimes: Sequence[Regime] = REGIMES) -> Regime:
    """The row whose end is the regime's end: itself, or the last continuation that follows without a gap.

    Regulations may continue s.165 in force for a further period before the specified one has run out.

    Source: PCSC Act 2022 s.166(6).
    """
    for row in regimes:
        if regime.ends and row.continues == regime.name and regime.starts < row.starts <= regime.ends + DAY:
            return last_of(row, regimes)
    return regime


def saving(day: date, regimes: Sequence[Regime] = REGIMES) -> tuple[Regime, ...]:
    """The regimes that have ended, but whose live orders are saved on a day: for the pilot, 19 April to 18
    October 2025.

    Source: SI 2023/387 reg.7(1).
    """
    ended = (row for row in regimes if last_of(row, regimes) is row and row.ends and row.saving_to)
    return tuple(row for row in ended if (row.ends or date.max) < day <= (row.saving_to or date.min))


def seekable(
    step: Step,
    day: date,
    regimes: Sequence[Regime] = REGIMES,
    *,
    area: str | None = None,
    court: str | None = None,
    made: date | None = None,
) -> Bar | None:
    """What may be sought when: a new order while a regime runs, a change to one until its saving ends, a
    renewal not after the end.

    `area` or `court` is where the court sits; `made` the day the order to be changed was made (its regime
    governs). None: nothing bars it.

    Source: SI 2023/387 reg.7(2).
    """
    return _new_order(day, regimes, area, court) if step == "order" else _change(step, day, regimes, made)


def _new_order(day: date, regimes: Sequence[Regime], area: str | None, court: str | None) -> Bar | None:
    """A new order needs a regime that runs that day, and a court that sits within it.

    Source: SI 2023/387 reg.5(2)(a).
    """
    rows = running(day, regimes)
    if any(sits_within(row, area=area, court=court) for row in rows):
        return None
    if rows:
        why = "The court does not sit in an area where orders can be made."
        return Bar("outside-areas", why, rows[-1].area_source)
    past = max((row for row in regimes if row.starts <= day), key=lambda row: row.starts, default=None)
    if past is None or past.ends is None:
        why = "No court has yet been given the power to make an order."
        return Bar("no-regime", why, "PCSC Act 2022 s.166(2)")
    why = f"No court has power to make an order: it ended on {past.ends.day} {past.ends:%B %Y}."
    return Bar("no-regime", why, past.source)


def _change(step: Step, day: date, regimes: Sequence[Regime], made: date | None) -> Bar | None:
    """An order can be changed while its regime runs, in its saving period as that provides, then not at all.

    Source: SI 2023/387 reg.7(2)(e).
    """
    under = governing(made, regimes) if made else None
    candidates = (under,) if under else (*running(day, regimes), *saving(day, regimes))
    rows = [last_of(row, regimes) for row in candidates]
    saved = [row for row in rows if day <= (row.saving_to or row.ends or date.max)]
    if any(day <= (row.ends or date.max) or step in row.saved_steps for row in saved):
        return None
    if saved:
        why = "An order cannot be renewed after its regime ended: only varying and discharging were saved."
        return Bar("renewal-not-saved", why, saved[0].renewal_source)
    why = "The power to change the order has lapsed with the regime it was made under."
    return Bar("lapsed", why, rows[0].saving_source if rows else PILOT.saving_source)
