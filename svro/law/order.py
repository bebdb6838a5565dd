"""What an order was at an instant, as known at another: a fold of the court's acts, never a stored flag.

Three answers: yes, no with the reason, unknown. Whatever is uncertain is unknown: nothing here may turn a
doubt into yes, because s.342E saves no search made in the honest belief that an order was in effect.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec

from svro.law.acts import ACTS, EFFECTS, PERIODS, Act, standing
from svro.law.dates import end_of, london_day
from svro.law.life import Doubt, Life, Told, ended, fold, reading, tell
from svro.law.regimes import REGIMES, Regime

__all__ = ["ACTS", "EFFECTS", "Act", "Problem", "State", "at", "problems", "spans", "standing"]

Answer = Literal["yes", "no", "unknown"]
MICROSECOND = timedelta(microseconds=1)


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the order was: the answer, why, for whom it may concern in one sentence, the law, and the act it
    rests on.

    [starts, ends) is the span of effect as it stood at that instant; `last_day` its last London day.
    """

    answer: Literal["yes", "no", "unknown"]
    reason: str
    sentence: str
    source: str
    rests_on: int | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    last_day: date | None = None
    warnings: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What recording an act would run into: nonsense (refused) or doubtful in law (only as on the sealed
    order).
    """

    kind: Literal["nonsense", "doubtful"]
    code: str
    sentence: str
    source: str


def at(
    acts: Sequence[Act], instant: datetime, known_at: datetime, regimes: Sequence[Regime] = REGIMES
) -> State:
    """The order at an instant, as its acts were known at another: yes, no with the reason, or unknown.

    Source: Sentencing Act 2020 s.342E(1).
    """
    return _answer(tell(standing(acts, known_at), regimes), instant)


def spans(
    acts: Sequence[Act], known_at: datetime, regimes: Sequence[Regime] = REGIMES
) -> tuple[tuple[datetime, datetime], ...]:
    """The half-open spans [start, end) of instants, in UTC, in which `at` answers yes: what order-days are
    counted from.

    Source: Sentencing Act 2020 s.342E(1).
    """
    told = tell(standing(acts, known_at), regimes)
    if told is None:
        return ()
    # The answer changes only at an act, the end of a period somebody set, or a bound of the regime.
    lasts = [reading(act, told) for act in (told.made, *told.acts) if act.act in ("made", *PERIODS)]
    turns = {act.at for act in told.acts} | {end_of(last) for last in lasts if last}
    turns |= {turn for turn in (told.first, told.made.at, told.wait_until, told.stop) if turn}
    found: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for turn in sorted(turns):
        yes = _answer(told, turn).answer == "yes"
        if yes and since is None:
            since = turn
        elif not yes and since is not None:
            found.append((since.astimezone(UTC), turn.astimezone(UTC)))
            since = None
    return tuple(found)


def _answer(told: Told | None, instant: datetime) -> State:
    """The state at an instant: what certainly ended it comes first, then what is not known, and only then
    yes.
    """
    if told is None or instant < told.first:
        return _not_made(told, instant)
    life = fold(told, instant)
    timed = ended(life, told, instant)
    if life.over:
        return _state(told, life, instant, "no", life.over.act, life.over, ends=life.over.at)
    if timed:
        act = told.begun if timed == "never-took-effect" else life.period
        return _state(told, life, instant, "no", timed, act)
    if life.conflict or instant < told.made.at:
        return _state(told, life, instant, "unknown", "conflicting", life.conflict or told.made)
    if told.begun is None:
        return _state(told, life, instant, "unknown", "trigger-not-confirmed", told.made)
    if instant < told.begun.at:
        return _state(told, life, instant, "no", "not-yet", told.begun)
    if life.doubts:
        return _state(
            told, life, instant, "unknown", "doubtful-act", life.doubts[-1].act, doubt=life.doubts[-1]
        )
    if life.questions:
        asked = next(reversed(life.questions.values()))
        return _state(told, life, instant, "unknown", "supersession-questioned", asked)
    if life.unsettled:
        return _state(told, life, instant, "unknown", "superseded-while-waiting", life.unsettled)
    act = told.begun if life.period is told.made else life.period
    return _state(told, life, instant, "yes", "in-effect", act)


# reason -> (sentence, source); {…} are filled from the state: see `_state`.
REASONS: dict[str, tuple[str, str]] = {
    "in-effect": ("The order is in effect, to the end of {last}.", "Sentencing Act 2020 s.342E(1)"),
    "not-made": ("No order had been made at that time.", "Sentencing Act 2020 s.342D(1)"),
    "not-yet": ("The order had been made but had not taken effect.", "Sentencing Act 2020 s.342D(4)"),
    "trigger-not-confirmed": (
        "The order starts on {trigger}, and nobody has confirmed that date.",
        "Sentencing Act 2020 s.342D(4)",
    ),
    "expired": ("The order's period ended on {last}.", "Sentencing Act 2020 s.342D(2)"),
    "lapsed": ("The order has lapsed: the law it was made under has ended.", "SI 2023/387 reg.6(1)(a)"),
    "never-took-effect": (
        "The order never took effect: the law it was made under ended first.",
        "SI 2023/387 reg.6(2)",
    ),
    "superseded": ("A later order was made, and this one ended with it.", "Sentencing Act 2020 s.342D(5)"),
    "discharged": ("A court discharged the order.", "Sentencing Act 2020 s.342H(6)"),
    "quashed": ("The order was quashed on appeal.", "Sentencing Act 2020 s.342I(1)"),
    "conflicting": ("Court records of this order conflict.", "Sentencing Act 2020 s.342E(1)"),
    "supersession-questioned": (
        "A later order may be for the same person: whether this one ended is being checked.",
        "Sentencing Act 2020 s.342D(5)",
    ),
    "superseded-while-waiting": (
        "A later order was made before this one took effect: whether that ended it is not settled.",
        "Sentencing Act 2020 s.342D(5)",
    ),
}
TRIGGER_WORDS = {"release": "release from custody", "sentence_end": "the end of the custodial sentence"}


def _not_made(told: Told | None, instant: datetime) -> State:
    """No order before its making, even earlier on the day it takes effect from.

    Source: Sentencing Act 2020 s.342D(1).
    """
    sentence, source = REASONS["not-made"]
    later = told is not None and london_day(told.first) == london_day(instant)
    warnings = ("made-later-that-day",) if later else ()
    return State(answer="no", reason="not-made", sentence=sentence, source=source, warnings=warnings)


def _state(
    told: Told,
    life: Life,
    instant: datetime,
    answer: Answer,
    reason: str,
    act: Act | None,
    *,
    ends: datetime | None = None,
    doubt: Doubt | None = None,
) -> State:
    """The state in words, with the span of effect as it stood and the warnings that go with it."""
    own = end_of(life.last) if life.last and told.begun else None
    ends = ends or min((end for end in (own, told.stop) if end), default=None)
    starts = None if reason == "never-took-effect" or told.begun is None else told.begun.at
    last = london_day(ends - MICROSECOND) if ends else None
    if doubt:
        sentence, source = f"Whether the order is in effect is not known. {doubt.sentence}", doubt.source
    else:
        words, source = REASONS[reason]
        day = f"{last.day} {last:%B %Y}" if last else "a day not known"
        sentence = words.format(last=day, trigger=TRIGGER_WORDS.get(told.made.effect or "", "a later event"))
    if told.under and (
        reason == "never-took-effect" or (reason == "lapsed" and life.over and not told.begun)
    ):
        source = told.under.waiting_source
    elif told.under and reason == "lapsed":
        source = told.under.end_source
    return State(
        answer=answer,
        reason=reason,
        sentence=sentence,
        source=source,
        rests_on=act.n if act else None,
        starts=starts.astimezone(UTC) if starts else None,
        ends=ends.astimezone(UTC) if ends else None,
        last_day=last,
        warnings=_warnings(told, life, instant, answer),
    )


def _warnings(told: Told, life: Life, instant: datetime, answer: Answer) -> tuple[str, ...]:
    """What somebody reading the answer should know besides: a later quashing marks the past and never
    rewrites it.

    Source: Sentencing Act 2020 s.342I(1).
    """
    found = list(life.warnings)
    if answer != "no":
        if any(act.act == "quashed" and act.at > instant for act in told.acts):
            found.append("later-quashed")
        if life.appeal:
            found.append("appeal-pending")
        if told.stop and (life.last is None or told.stop < end_of(life.last)):
            found.append("ends-with-the-regime")
    if answer == "unknown" and told.begun is None and told.wait_until and instant >= told.wait_until:
        found.append("regime-ended-while-waiting")
    return tuple(dict.fromkeys(found))


def problems(
    acts_before: Sequence[Act], new_act: Act, regimes: Sequence[Regime] = REGIMES
) -> tuple[Problem, ...]:
    """What recording a court's act would run into: nonsense is refused, the doubtful taken only as on the
    sealed order.

    A court's order is a fact whether or not it was lawful, so only what cannot have happened is nonsense: an
    act on an order never made, or before its making, a second start, a period that is none.

    Source: Sentencing Act 2020 s.342D(1)-(5).
    """
    now = max(act.known_at for act in (*acts_before, new_act))
    before = [act for act in standing(acts_before, now) if act.n != new_act.corrects]
    nonsense = tuple(_nonsense(before, acts_before, new_act))
    if nonsense:
        return tuple(_problem("nonsense", code, *NONSENSE[code]) for code in nonsense)
    told = tell(standing((*acts_before, new_act), now), regimes)
    if told is None:
        return ()
    life = fold(told, new_act.at)
    found = [doubt for doubt in life.doubts if doubt.act is new_act and doubt.code != "as-on-sealed-order"]
    doubtful = [_problem("doubtful", doubt.code, doubt.sentence, doubt.source) for doubt in found]
    return (*doubtful, *_unclear(told, new_act))


def _problem(kind: Literal["nonsense", "doubtful"], code: str, sentence: str, source: str) -> Problem:
    return Problem(kind=kind, code=code, sentence=sentence, source=source)


def _unclear(told: Told, new: Act) -> list[Problem]:
    """A second making on other terms, a second start on another date, a start that nobody confirms: the
    record conflicts.

    Source: Sentencing Act 2020 s.342D(4).
    """
    source = "Sentencing Act 2020 s.342D(4)"
    if new.act == "made" and told.clash:
        why = "The order is already recorded as made on other terms."
        return [_problem("doubtful", "second-making", why, "Sentencing Act 2020 s.342D(1)")]
    if new.act == "took_effect" and not (new.authority and new.authority.strip()):
        why = "Nobody is named as having confirmed the date the order took effect."
        return [_problem("doubtful", "no-authority", why, source)]
    if new.act == "took_effect" and told.begun and told.latest != told.begun.at:
        why = "Another date is recorded for when the order took effect."
        return [_problem("doubtful", "second-start-date", why, source)]
    return []


# What cannot have happened, whatever the court's document says: code -> (sentence, source).
NONSENSE: dict[str, tuple[str, str]] = {
    "unknown-act": ("That is not an act in the life of an order.", "Sentencing Act 2020 s.342D(1)"),
    "unknown-effect": ("That is not a way in which an order starts.", "Sentencing Act 2020 s.342D(4)"),
    "nothing-to-correct": ("The act to be corrected is not on record.", "Sentencing Act 2020 s.342D(1)"),
    "not-made": ("No order is on record as made.", "Sentencing Act 2020 s.342D(1)"),
    "before-making": ("It would come before the making of the order.", "Sentencing Act 2020 s.342D(1)"),
    "second-start": ("The order took effect the day it was made.", "Sentencing Act 2020 s.342D(1)"),
    "no-such-period": ("That is not a number of months.", "Sentencing Act 2020 s.342D(2)"),
    "ends-before": ("Its last day is before the day of the act.", "Sentencing Act 2020 s.342D(2)"),
    "nothing-asked": ("Nobody asked whether the order was superseded.", "Sentencing Act 2020 s.342D(5)"),
}


def _nonsense(before: Sequence[Act], recorded: Sequence[Act], new: Act) -> Iterator[str]:
    """No act on an order never made or before its making, no second start, no period that is none.

    The codes of NONSENSE that the new act runs into; `before` are the acts that would stand beside it.

    Source: Sentencing Act 2020 s.342D(1)-(5).
    """
    makings = [act for act in before if act.act == "made"]
    others = [act for act in before if act.act != "made"]
    if new.act not in ACTS:
        yield "unknown-act"
    if new.effect not in (None, *EFFECTS):
        yield "unknown-effect"
    if new.corrects not in (None, *(act.n for act in recorded)) or (
        new.act == "withdrawn" and not new.corrects
    ):
        yield "nothing-to-correct"
    if new.act != "made" and not makings and (others or new.act != "withdrawn"):
        yield "not-made"
    if new.act == "made" and any(act.at < new.at for act in others):
        yield "before-making"
    if new.act not in ("made", "withdrawn") and makings and new.at < makings[0].at:
        yield "before-making"
    if new.act == "took_effect" and makings and makings[-1].effect in (None, "immediate"):
        yield "second-start"
    if new.months is not None and not 1 <= new.months <= 1200:
        yield "no-such-period"
    if new.ends_on is not None and new.ends_on < london_day(new.at):
        yield "ends-before"
    asked = ("supersession_questioned", "superseded")
    if new.act == "supersession_dismissed" and not any(act.act in asked for act in before):
        yield "nothing-asked"
