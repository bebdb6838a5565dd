"""What is due from whom by when: periods in London days, and how each stands at an instant.

A period is judged, never a person: what was not done in time is a suspicion to be looked into, never a
breach.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal, TypeVar

import msgspec

from svro.law import order
from svro.law.acts import Act
from svro.law.dates import end_of, london_day
from svro.law.findings import Finding
from svro.law.regimes import REGIMES, Regime
from svro.law.search import copy_until

Standing = Literal["done", "late", "due", "overdue", "not due", "closed", "not known"]


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be done: from its `first` to its `last` London day, both counted, and how it stands.

    "late" was done after the last day, "overdue" never; "not due" is owed by nobody (now, or at all);
    "closed" is a right whose time has passed. `last` None: no day is fixed, or it is not known. `about` is
    the record it comes from.
    """

    code: str
    title: str
    standing: Standing
    sentence: str
    source: str
    first: date | None = None
    last: date | None = None
    done: datetime | None = None
    findings: tuple[Finding, ...] = ()
    about: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One act in an investigation, or in the life of a seized thing: when it was true, and when it was known.

    An act `withdrawn` with `corrects` n says that act n was recorded in error.
    """

    n: int
    act: str
    at: datetime
    known_at: datetime
    corrects: int | None = None


S = TypeVar("S", bound=Step)


def standing_of(steps: Sequence[S], known_at: datetime) -> list[S]:
    """The acts known at an instant and not withdrawn, in the order in which they were true."""
    held = [step for step in steps if step.known_at <= known_at]
    withdrawn = {step.corrects for step in held if step.act == "withdrawn"}
    live = (step for step in held if step.act != "withdrawn" and step.n not in withdrawn)
    return sorted(live, key=lambda step: (step.at, step.n))


def judged(first: date | None, last: date | None, done: datetime | None, now: datetime) -> Standing:
    """A thing is in time until midnight ends the last day by the London clock, weekends and holidays
    included.

    Source: Sentencing Act 2020 s.342B(2); Interpretation Act 1978 s.9.
    """
    if last is None or first is None:
        return "not known"
    if done is not None:
        return "done" if london_day(done) <= last else "late"
    return "due" if now < end_of(last) else "overdue"


def spoken(day: date) -> str:
    """A day as a sentence says it: 14 March 2025."""
    return f"{day.day} {day:%B %Y}"


def copy_of_record(search: str, at: datetime, given: bool, now: datetime) -> Duty:
    """The person searched may ask for a copy of the record until 3 months beginning with the day have passed.

    Source: PACE 1984 s.3(7), (9).
    """
    first, last = london_day(at), copy_until(at)
    open_ = now < end_of(last)
    return Duty(
        code="copy-of-record",
        title="A copy of the search record may be asked for",
        standing="done" if given else "due" if open_ else "closed",
        sentence=f"The person searched {'may' if open_ else 'could'} ask for a copy until {spoken(last)}.",
        source="PACE 1984 s.3(9)",
        first=first,
        last=last,
        about=search,
    )


def ending(acts: Sequence[Act], now: datetime, regimes: Sequence[Regime] = REGIMES) -> Duty | None:
    """An order has effect for a fixed period: a renewal, or more time, must be sought and ordered before it
    ends.

    None where the order is neither in effect nor waiting to be, or no end is known.

    Source: Sentencing Act 2020 s.342D(2); Sentencing Act 2020 s.342H(1).
    """
    state = order.at(acts, now, now, regimes)
    if state.last_day is None or not (state.answer == "yes" or state.reason == "not-yet"):
        return None
    return Duty(
        code="order-ends",
        title="Order ends",
        standing="due",
        sentence=f"The order ends with {spoken(state.last_day)}. What has ended cannot be renewed.",
        source="Sentencing Act 2020 s.342D(2)",
        first=london_day(state.starts) if state.starts else None,
        last=state.last_day,
    )


def owed(duties: Sequence[Duty]) -> Iterator[Duty]:
    """Those still to be done, soonest first: due, overdue, or not known with a day to keep in mind."""
    waiting = (duty for duty in duties if duty.standing in ("due", "overdue", "not known") and duty.last)
    yield from sorted(waiting, key=lambda duty: duty.last or date.max)
