"""The offender's notifications under s.342B: what, when, how and where, and what was not given so.

What was not notified in time is a suspicion to be looked into, never a breach: the offence of s.342G(1)(a)
needs that there was no reasonable excuse.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from svro.law import order
from svro.law.acts import Act
from svro.law.dates import beginning_with, end_of, london_day, start_of
from svro.law.duties import Duty, Standing, judged, spoken
from svro.law.findings import Finding
from svro.law.regimes import REGIMES, Regime

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]

Kind = Literal["first", "name", "home", "premises"]
DAYS = 3


class Notification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One notification as recorded, or a change that is known and was not notified (`given_at` None).

    `since` is the London day of the change: the name was used, the home changed, the decision to live
    somewhere was made; a first notification has none. `station_area` and `lives_in` are police areas by
    force slug. `home` may be a place where the offender can regularly be found: no postcode is asked.
    `a_month_or_more` is what was decided of the premises. None is always "the record does not say".
    """

    kind: Kind
    since: date | None = None
    given_at: Instant | None = None
    orally: bool | None = None
    station: Line | None = None
    station_area: Word | None = None
    lives_in: tuple[Word, ...] = ()
    received_by: Literal["police officer", "authorised person", "somebody else"] | None = None
    names: tuple[Line, ...] = ()
    home: Text | None = None
    home_is_a_place: bool | None = None
    premises: tuple[Line, ...] = ()
    a_month_or_more: bool | None = None


TITLES: dict[Kind, tuple[str, str]] = {
    "first": ("First notification", "Sentencing Act 2020 s.342B(2)"),
    "name": ("Notification of a new name", "Sentencing Act 2020 s.342B(4)(a)"),
    "home": ("Notification of a new home address", "Sentencing Act 2020 s.342B(4)(b)"),
    "premises": ("Notification of other premises", "Sentencing Act 2020 s.342B(4)(c)"),
}
"""What each is called, and where the duty is."""

_MANNER = "Sentencing Act 2020 s.342B(6)"
_ANEW = "It counts only if it is given again, as the Act says. Record how it was given if this is wrong."
_SAY = "Correct the record so that it says."
NOT_ORAL = Finding(
    "not-oral", "serious", "It was not given orally: by telephone, in writing or online is not enough.",
    f"{_MANNER}(b)", _ANEW,
)  # fmt: skip
NOT_AT_A_STATION = Finding(
    "station-not-recorded",
    "record",
    "No police station is named at which it was given.",
    f"{_MANNER}(a)",
    _SAY,
)
WRONG_AREA = Finding(
    "wrong-area", "serious", "The station is not in a police area in which the offender lives.",
    f"{_MANNER}(a)", _ANEW,
)  # fmt: skip
NOT_TO_POLICE = Finding(
    "not-to-police", "serious",
    "It was given neither to a police officer nor to somebody the officer in charge had authorised.",
    f"{_MANNER}(b)", _ANEW,
)  # fmt: skip
MANNER_NOT_SAID = Finding(
    "manner-not-recorded", "record",
    "The record does not say all of: that it was oral, in which area the station is, in which area the "
    "offender lives, and who took it.",
    _MANNER, _SAY,
)  # fmt: skip
BEFORE_ITS_TIME = Finding(
    "before-its-time", "serious", "It was given before the duty began, and does not meet it.",
    "Sentencing Act 2020 s.342B(2)", _ANEW,
)  # fmt: skip
INCOMPLETE = Finding(
    "incomplete", "record", "The record does not hold all that was to be notified.",
    "Sentencing Act 2020 s.342B(3)", _SAY,
)  # fmt: skip
DAY_NOT_KNOWN = Finding(
    "day-not-known", "record", "The day from which the three days count is not recorded.",
    "Sentencing Act 2020 s.342B(4)", "Find out the day of the change, or of the decision.",
)  # fmt: skip
SUSPECTED = Finding(
    "suspected-breach", "serious",
    "It was not notified in time. That is an offence only if there was no reasonable excuse.",
    "Sentencing Act 2020 s.342G(1)(a)",
    "Consider opening an investigation, and ask for the reason. Nothing is a breach until a court says so.",
)  # fmt: skip


def manner(given: Notification) -> tuple[bool | None, tuple[Finding, ...]]:
    """A notification is given orally, in person, at a station in a police area where the offender lives, to
    the police.

    Whether it was (None: the record does not say), with what is wrong. Somebody may live in several areas.

    Source: Sentencing Act 2020 s.342B(6)(a)-(b).
    """
    wrong = []
    if given.orally is False:
        wrong.append(NOT_ORAL)
    if given.station_area and given.lives_in and given.station_area not in given.lives_in:
        wrong.append(WRONG_AREA)
    if given.received_by == "somebody else":
        wrong.append(NOT_TO_POLICE)
    lacks = [] if given.station else [NOT_AT_A_STATION]
    if None in (given.orally, given.station_area, given.received_by) or not given.lives_in:
        lacks.append(MANNER_NOT_SAID)
    return (False if wrong else None if lacks else True), (*wrong, *lacks)


def complete(given: Notification) -> bool:
    """The first notification gives every name and the home address; a later one the name, address or
    premises that is new.

    The home address is the sole or main residence or, without one, a place where the offender can regularly
    be found: which of several is theirs to choose. Other premises where they regularly stay may be none.

    Source: Sentencing Act 2020 s.342B(3)(a)-(c), (5)(a)-(c), (9)(a)-(b).
    """
    needed: dict[Kind, tuple[object, ...]] = {
        "first": (given.names, given.home),
        "name": (given.names,),
        "home": (given.home,),
        "premises": (given.premises,),
    }
    return all(needed[given.kind])


def _met(given: Notification, first: date) -> tuple[bool | None, tuple[Finding, ...]]:
    """Whether what was given meets a duty that began on `first`: in time or not is another question."""
    if given.given_at is None:
        return False, ()
    met, found = manner(given)
    if london_day(given.given_at) < first:
        return False, (BEFORE_ITS_TIME, *found)
    if not complete(given):
        return (None if met else met), (*found, INCOMPLETE)
    return met, found


def _judge(kind: Kind, first: date, given: Sequence[tuple[str, Notification]], now: datetime) -> Duty:
    """Three days beginning with the day: that day is the first of them, and it ends with the third.

    Of several records the earliest that meets the duty counts; else one that may; else the last.

    Source: Sentencing Act 2020 s.342B(2), (4).
    """
    title, source = TITLES[kind]
    last = beginning_with(first, DAYS)
    by_time = sorted(given, key=lambda row: (row[1].given_at is None, row[1].given_at or now))
    told = [(key, row, *_met(row, first)) for key, row in by_time]
    best = next((row for row in told if row[2]), None) or next((row for row in told if row[2] is None), None)
    best = best or (told[-1] if told else None)
    met, found = (best[2], best[3]) if best else (False, ())
    done = best[1].given_at if best and met is not False else None
    standing = judged(first, last, done, now)
    if met is None and standing == "done":
        standing = "not known"
    elif standing in ("late", "overdue"):
        found = (*found, SUSPECTED)
    return Duty(
        code=f"notify-{kind}",
        title=title,
        standing=standing,
        sentence=_words(standing, first, last),
        source=source,
        first=first,
        last=last,
        done=done,
        findings=found,
        about=best[0] if best else None,
    )


def _words(standing: Standing, first: date, last: date) -> str:
    when = f"from {spoken(first)} to the end of {spoken(last)}"
    return {
        "done": f"Given in time: it was due {when}.",
        "late": f"Given late: it was due {when}.",
        "due": f"To be given {when}.",
        "overdue": f"Not given: it was due {when}.",
        "not known": f"Due {when}; whether it was given as the Act says is not known.",
    }[standing]


def _bare(
    kind: Kind, standing: Standing, sentence: str, source: str, about: str | None, *found: Finding
) -> Duty:
    return Duty(
        code=f"notify-{kind}",
        title=TITLES[kind][0],
        standing=standing,
        sentence=sentence,
        source=source,
        about=about,
        findings=found,
    )


def notifications(
    acts: Sequence[Act],
    held: Sequence[tuple[str, Notification]],
    now: datetime,
    regimes: Sequence[Regime] = REGIMES,
) -> tuple[Duty, ...]:
    """An order requires a first notification once it takes effect, and one of each change after that.

    `held` are the records known at `now`: id and what it says. The first duty comes first.

    Source: Sentencing Act 2020 s.342B(1)(a), (2), (4).
    """
    firsts = [row for row in held if row[1].kind == "first"]
    first = _first(acts, firsts, now, regimes)
    later = (row for row in held if row[1].kind != "first")
    known = [row for row in held if _usable(row[1])]
    return (first, *(_change(acts, key, row, known, now, regimes) for key, row in later))


def _usable(given: Notification) -> bool:
    return given.given_at is not None and manner(given)[0] is not False


def _first(
    acts: Sequence[Act], held: Sequence[tuple[str, Notification]], now: datetime, regimes: Sequence[Regime]
) -> Duty:
    """The clock starts on the day the order takes effect: on release only if the order says so, and even in
    prison.

    Not known while nobody has confirmed that day. An order that ended before the three days did leaves
    nothing owed, because the offence needs an order in effect.

    Source: Sentencing Act 2020 s.342B(2); Sentencing Act 2020 s.342D(1), (4).
    """
    about = held[-1][0] if held else None
    state = order.at(acts, now, now, regimes)
    if state.starts is not None:
        state = replace(order.at(acts, state.starts, now, regimes), starts=state.starts)
    if state.answer != "yes" or state.starts is None:
        standing: Standing = "not known" if state.answer == "unknown" else "not due"
        return _bare("first", standing, state.sentence, state.source, about)
    day = london_day(state.starts)
    duty = _judge("first", day, held, now)
    return duty if _still_owed(acts, day, now, regimes) else _fell_away(duty)


def _change(
    acts: Sequence[Act],
    key: str,
    told: Notification,
    known: Sequence[tuple[str, Notification]],
    now: datetime,
    regimes: Sequence[Regime],
) -> Duty:
    """The clock of a stay runs from the decision to live there for a month or more, not from a month's
    living there.

    A name already notified, and a stay of less than a month, call for nothing; nor does anything on a day
    when no order was in effect.

    Source: Sentencing Act 2020 s.342B(4)(a)-(c).
    """
    source = TITLES[told.kind][1]
    if told.kind == "premises" and told.a_month_or_more is False:
        why = "The decision was to live there for less than a month: nothing is to be notified."
        return _bare(told.kind, "not due", why, source, key)
    if told.since is None:
        return _bare(told.kind, "not known", DAY_NOT_KNOWN.sentence, source, key, DAY_NOT_KNOWN)
    if _notified_before(told, key, known):
        what = "The name" if told.kind == "name" else "The place"
        return _bare(told.kind, "not due", f"{what} had already been notified.", source, key)
    in_effect = _in_effect_on(acts, told.since, now, regimes)
    if in_effect is not True:
        why = (
            "No order was in effect that day."
            if in_effect is False
            else "Whether an order was in effect is not known."
        )
        return _bare(told.kind, "not known" if in_effect is None else "not due", why, source, key)
    duty = _judge(told.kind, told.since, [(key, told)], now)
    if told.kind == "premises" and told.a_month_or_more is None and duty.standing != "done":
        why = "Whether they decided to live there for a month or more is not recorded."
        return replace(duty, standing="not known", sentence=why, findings=_without_suspicion(duty))
    return duty if _still_owed(acts, told.since, now, regimes) else _fell_away(duty)


def _notified_before(told: Notification, key: str, known: Sequence[tuple[str, Notification]]) -> bool:
    """Whether everything told had been notified, as the Act says, before the day of the change."""
    if told.kind == "home":
        return False  # a change of home is to be notified even if it is back to an old one
    new = told.names if told.kind == "name" else told.premises
    before = [row for other, row in known if other != key and told.since and _given_by(row, told.since)]
    held = {_plain(text) for row in before for text in (row.names if told.kind == "name" else row.premises)}
    return bool(new) and {_plain(text) for text in new} <= held


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _given_by(row: Notification, day: date) -> bool:
    return row.given_at is not None and row.given_at < end_of(day)


def _without_suspicion(duty: Duty) -> tuple[Finding, ...]:
    return tuple(found for found in duty.findings if found is not SUSPECTED)


def _in_effect_on(acts: Sequence[Act], day: date, now: datetime, regimes: Sequence[Regime]) -> bool | None:
    """Whether the order was in effect at any moment of a London day; None where that is not known.

    Source: Sentencing Act 2020 s.342G(1).
    """
    start, end = start_of(day), end_of(day)
    if any(first < end and start < stop for first, stop in order.spans(acts, now, regimes)):
        return True
    return None if "unknown" in {order.at(acts, at, now, regimes).answer for at in (start, end)} else False


def _still_owed(acts: Sequence[Act], first: date, now: datetime, regimes: Sequence[Regime]) -> bool:
    """Whether the order outlived the three days, or is not known to have ended within them."""
    last_moment = end_of(beginning_with(first, DAYS)) - order.MICROSECOND
    return order.at(acts, last_moment, now, regimes).answer != "no"


def _fell_away(duty: Duty) -> Duty:
    if duty.done is not None and duty.standing != "late":
        return duty
    why = "The order ended before the three days did, so nothing is owed."
    return replace(duty, standing="not due", sentence=why, findings=_without_suspicion(duty))
