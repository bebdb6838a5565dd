"""The life of an order: its acts taken one by one, up to an instant, under the regime it was made in.

`tell` gathers what does not change with the instant, `fold` takes the acts up to it. What the law may not
allow is kept as a doubt, never refused and never applied as if it were plain: `order` turns it into unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from svro.law.acts import ENDINGS, LONGEST, PERIODS, SHORTEST, Act
from svro.law.dates import end_of, last_day, london_day
from svro.law.regimes import Regime, governing, last_of


@dataclass(frozen=True)
class Doubt:
    act: Act
    code: str
    sentence: str
    source: str


@dataclass(frozen=True)
class Told:
    """What the standing acts say that holds at every instant: the making, the start, the bounds of the
    regime.
    """

    acts: list[Act]  # but the making, in order
    made: Act  # the record of the making relied on: the latest instant, if two agree
    first: datetime  # the earliest instant any record gives for the making
    clash: bool  # two records of the making disagree
    begun: Act | None  # the act that took effect: the making, or the confirmed trigger; None while waiting
    latest: datetime | None  # the latest instant any record gives for the start
    under: Regime | None  # the regime the order was made under, with its continuations
    wait_until: datetime | None  # an order not in effect before this instant never is
    stop: datetime | None  # no order is in effect from this instant, whatever its period
    doubts: list[Doubt]  # about the making


@dataclass
class Life:
    """What the acts up to an instant come to."""

    last: date | None  # the last day of the period, None where no end is known
    period: Act  # the act that set it
    over: Act | None = None
    conflict: Act | None = None
    unsettled: Act | None = None  # superseded while it was not yet in effect
    appeal: Act | None = None
    questions: dict[str | None, Act] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def reading(act: Act, told: Told) -> date | None:
    """The period runs from the day the order takes effect, not from its making; a renewal's from the day of
    the renewal.

    The last London day of the period an act gives, or None where it gives none. Where a renewal gives only a
    length, the Chapter does not say what it runs from: the reading that ends sooner is taken.

    Source: Sentencing Act 2020 s.342D(2).
    """
    if act.ends_on:
        return act.ends_on
    if act.months is None or not 1 <= act.months <= 1200 or told.latest is None:
        return None
    return last_day(london_day(act.at if act.act == "renewed" else told.latest), act.months)


def _starts(made: Act, acts: Sequence[Act]) -> list[Act]:
    """An order takes effect the day it is made, unless it says release or the end of the sentence: then a
    confirmed date starts it.

    An immediate order has effect from the instant of its making, not from midnight: although "the day" is the
    statute's word, a search earlier that day was made when there was no order, and nothing makes it lawful
    afterwards. A trigger counts only with somebody's authority for the date, and not before the making.

    Source: Sentencing Act 2020 s.342D(1), (3)-(4).
    """
    if made.effect in (None, "immediate"):
        return [made]
    took = (act for act in acts if act.act == "took_effect" and act.at >= made.at)
    return [act for act in took if act.authority and act.authority.strip()]


def tell(acts: Sequence[Act], regimes: Sequence[Regime]) -> Told | None:
    """What holds at every instant, or None if no making is known."""
    makings = [act for act in acts if act.act == "made"]
    if not makings:
        return None
    made = makings[-1]
    terms = {(london_day(act.at), act.effect or "immediate", act.months, act.ends_on) for act in makings}
    begun = _starts(made, acts) if len(terms) == 1 else makings
    under = governing(london_day(made.at), regimes, court=made.court)
    row = last_of(under, regimes) if under else None
    wait_until, stop = _bounds(row)
    told = Told(
        acts=[act for act in acts if act.act != "made"],
        made=made,
        first=makings[0].at,
        clash=len(terms) > 1,
        begun=begun[0] if begun else None,
        latest=begun[-1].at if begun else None,
        under=row,
        wait_until=wait_until,
        stop=stop,
        doubts=[],
    )
    told.doubts.extend(_doubts_of_making(told))
    return told


def _bounds(row: Regime | None) -> tuple[datetime | None, datetime | None]:
    """When the regime ends, live orders stop at the end of its saving period and waiting ones never take
    effect.

    The instant by which an order must have taken effect, and the instant from which none is in effect.

    Source: SI 2023/387 reg.6(1)(a); SI 2023/387 reg.6(2).
    """
    if row is None or row.ends is None:
        return None, None
    end = end_of(row.ends)
    saved = end_of(row.saving_to) if row.saving_to and row.saves != "none" else end
    return (saved if row.saves == "made" else end), saved


def _doubts_of_making(told: Told) -> list[Doubt]:
    """The period must be fixed, not under 6 months and not over 2 years, and the order made where and when a
    court could.

    Source: Sentencing Act 2020 s.342D(2).
    """
    made, found = told.made, []
    if made.as_on_sealed_order:
        found.append(_flagged(made))
    if told.under is None:
        why = "The order was made when or where no commencement gave a court the power to make one."
        found.append(Doubt(made, "outside-regime", why, "SI 2023/387 reg.5(2)(b)"))
    period = "Sentencing Act 2020 s.342D(2)"
    deferred = made.effect not in (None, "immediate")
    if made.months is None and made.ends_on is None:
        found.append(Doubt(made, "no-period", "The order gives no fixed period.", period))
    elif deferred and made.ends_on:
        why = "The order is deferred and gives a last day, not a length: its period is not fixed."
        found.append(Doubt(made, "no-period", why, period))
    elif not _in_window(made, london_day(made.at)):
        why = "The order's period is under 6 months or over 2 years."
        found.append(Doubt(made, "outside-window", why, period))
    return found + _disagreement(made, told)


def _disagreement(act: Act, told: Told) -> list[Doubt]:
    """A period is fixed: a length and a last day that come apart leave it doubtful.

    Source: Sentencing Act 2020 s.342D(2).
    """
    length = reading(msgspec.structs.replace(act, ends_on=None), told)
    if act.ends_on is None or act.months is None or length == act.ends_on:
        return []
    why = "The length of the period and its last day do not agree."
    return [Doubt(act, "period-disagrees", why, "Sentencing Act 2020 s.342D(2)")]


def _in_window(act: Act, first: date) -> bool:
    """A period of at least 6 months and at most 2 years, counted from the day of effect.

    Source: Sentencing Act 2020 s.342D(2).
    """
    if act.ends_on is None:
        return act.months is not None and SHORTEST <= act.months <= LONGEST
    return last_day(first, SHORTEST) <= act.ends_on <= last_day(first, LONGEST)


def _flagged(act: Act) -> Doubt:
    why = "What the sealed order says is doubtful in law: a lawyer must look at it."
    return Doubt(act, "as-on-sealed-order", why, "Sentencing Act 2020 s.342D(2)")


def fold(told: Told, instant: datetime) -> Life:
    """The acts up to an instant, one by one."""
    life = Life(last=reading(told.made, told), period=told.made, doubts=list(told.doubts))
    if told.clash:
        life.conflict, life.last = told.made, None
    for act in told.acts:
        if act.at > instant:
            break
        if act.as_on_sealed_order:
            life.doubts.append(_flagged(act))
        if act.at < told.first:
            why = "An act is recorded as earlier than the making of the order."
            life.doubts.append(Doubt(act, "before-making", why, "Sentencing Act 2020 s.342D(1)"))
        elif act.act in ENDINGS:
            _end(life, act, told)
        elif act.act in PERIODS:
            _set_period(life, act, told)
        else:
            _note(life, act, told)
    return life


def ended(life: Life, told: Told, instant: datetime) -> str | None:
    """By passing of time an order ends at the earliest of its own period, and the end of the regime's saving
    period.

    Expired, lapsed, never-took-effect, or None.

    Source: SI 2023/387 reg.6(1)(a)-(b).
    """
    if told.begun and told.wait_until and told.begun.at >= told.wait_until:
        return "never-took-effect" if instant >= told.wait_until else None
    end = end_of(life.last) if life.last and told.begun else None
    if end and instant >= end and not (told.stop and told.stop < end):
        return "expired"
    return "lapsed" if told.stop and instant >= told.stop else None


def _end(life: Life, act: Act, told: Told) -> None:
    """A later order ends the earlier on its making, even where the later is deferred; a discharge or quashing
    ends it too.

    What has already ended does not end again. Whether somebody is "already subject to" an order not yet in
    effect is not settled, so that supersession leaves the answer unknown. A quashing counts from the appeal
    court's order: what the order was before is not rewritten.

    Source: Sentencing Act 2020 s.342D(5); Sentencing Act 2020 s.342H(6); SI 2023/387 reg.6(1)(c).
    """
    already = life.over is not None or ended(life, told, act.at) is not None
    if act.act == "discharged" and already:
        why = "The order had already ended when it was discharged."
        life.doubts.append(Doubt(act, "already-ended", why, "Sentencing Act 2020 s.342H(6)"))
    if already or act.as_on_sealed_order:
        return
    if act.act == "superseded" and not (told.begun and told.begun.at <= act.at):
        life.unsettled = act
        life.warnings.append("already-subject-unsettled")
        return
    life.over = act


def _set_period(life: Life, act: Act, told: Told) -> None:
    """A variation or renewal sets the period again; one that the law may not allow leaves the answer unknown,
    to the later end.

    Source: Sentencing Act 2020 s.342H(6)-(7).
    """
    new, old = reading(act, told), life.last
    gives = act.months is not None or act.ends_on is not None
    must = act.act in ("lengthened", "renewed")
    doubts = _doubts_of_period(life, act, told, new)
    life.doubts.extend(doubts)
    if act.act == "varied_on_appeal":
        life.appeal = None
    if not (gives or must):
        return
    if doubts or act.as_on_sealed_order:
        life.over = None  # it may have come to life again
        life.last = max(old, new) if old and new else None
    elif not life.conflict:
        life.last = new
    life.period = act
    if new and told.latest:
        first = london_day(told.latest)
        if new > last_day(first, LONGEST):
            life.warnings.append("ceiling-unresolved")
        if new < last_day(first, SHORTEST):
            life.warnings.append("floor-unresolved")
    if act.act == "renewed" and act.ends_on is None:
        life.warnings.append("renewal-counted-from-its-making")


def _doubts_of_period(life: Life, act: Act, told: Told, new: date | None) -> list[Doubt]:
    """Nothing ended can be varied or renewed; no renewal was saved after the pilot; a lengthening must
    lengthen.

    Whether the ceiling of 2 years binds a renewed or lengthened order is not stated: that is a warning, not a
    doubt.

    Source: SI 2023/387 reg.7(2)(e).
    """
    found: list[Doubt] = []
    if life.over or ended(life, told, act.at):
        why = "The order had already ended when it was varied or renewed."
        found.append(Doubt(act, "already-ended", why, "Sentencing Act 2020 s.342H(6)"))
    row = told.under
    if act.act == "renewed":
        if row and row.ends and act.at >= end_of(row.ends) and "renew" not in row.saved_steps:
            why = "The order was renewed after its regime had ended: only varying and discharging were saved."
            found.append(Doubt(act, "renewal-not-saved", why, row.renewal_source))
        if not (told.begun and told.begun.at <= act.at):
            why = "The order was renewed before it had taken effect."
            found.append(Doubt(act, "renewed-before-effect", why, "Sentencing Act 2020 s.342H(6)"))
    if act.act in ("lengthened", "renewed"):
        if act.months is None and act.ends_on is None:
            found.append(
                Doubt(act, "no-period", "It does not say until when.", "Sentencing Act 2020 s.342D(2)")
            )
        elif new and life.last and new < life.last:
            why = "It was to lengthen the order, and would shorten it."
            found.append(Doubt(act, "shortens", why, "Sentencing Act 2020 s.342H(7)"))
    return found + _disagreement(act, told)


def _note(life: Life, act: Act, told: Told) -> None:
    """An appeal stays nothing; a question of supersession or a conflict between court records leaves the
    answer unknown.

    Source: Sentencing Act 2020 s.342I(1).
    """
    if act.act == "appealed":
        life.appeal = act
    elif act.act == "conflicting":
        life.conflict, life.last = act, None
    elif act.act == "supersession_questioned":
        life.questions[act.other_reference] = act
    elif act.act == "supersession_dismissed":
        if act.other_reference is None:
            life.questions.clear()
        else:
            life.questions.pop(act.other_reference, None)
        if life.unsettled and act.other_reference in (None, life.unsettled.other_reference):
            life.unsettled = None
    elif act.act == "took_effect":
        _take_effect(life, act, told)


def _take_effect(life: Life, act: Act, told: Told) -> None:
    """The date of release, or of the sentence's end, needs somebody's authority; two different dates are a
    conflict.

    Source: Sentencing Act 2020 s.342D(4).
    """
    if told.made.effect in (None, "immediate"):
        why = "The order took effect the day it was made, and cannot take effect again."
        life.doubts.append(Doubt(act, "second-start", why, "Sentencing Act 2020 s.342D(1)"))
    elif not (act.authority and act.authority.strip()):
        life.warnings.append("trigger-without-authority")
    elif told.begun and told.latest != told.begun.at:
        life.conflict, life.last = act, None
    elif told.wait_until and act.at >= told.wait_until and told.under:
        why = "The regime had ended before the order took effect."
        life.doubts.append(Doubt(act, "after-the-end", why, told.under.waiting_source))
