"""What was seized in a search under s.342E: how long it is kept, the owner's application, when it may be
destroyed.

The rules outlive the orders: a thing seized before the saving period ended is kept under them for as long as
they need.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import msgspec

from svro.law import duties
from svro.law.dates import end_of, last_day, london_day
from svro.law.duties import Duty, Standing, spoken, standing_of
from svro.law.findings import Finding
from svro.law.order import Problem
from svro.law.regimes import REGIMES, Regime, running, saving

MONTHS = 6
ACTS: dict[str, str] = {
    "seized": "Seized",
    "owner_applied": "The owner applied for it",
    "returned": "Returned to the owner",
    "refused": "The owner’s application was refused",
    "held": "Held for criminal proceedings",
    "hold_ended": "No longer needed for criminal proceedings",
    "destroyed": "Destroyed or disposed of",
    "withdrawn": "Recorded in error",
}
"""What happens to a seized thing, with its title."""
GONE = ("returned", "destroyed")


class Step(duties.Step, frozen=True, kw_only=True):
    """One act in the life of a seized thing. `directed_by` is the relevant officer, or who acts for them."""

    directed_by: str | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How a seized thing stands: kept to the end of `keep_until` at least, and `free_from` when it may be
    destroyed.

    `free_from` None: not known yet, because an application is pending or proceedings need it.
    """

    keep_until: date
    free_from: datetime | None
    pending: bool
    held: bool
    gone: str | None
    findings: tuple[Finding, ...] = ()


def keep_until(seized: datetime) -> date:
    """A seized thing is kept for 6 months beginning with the date of seizure: the last London day of them.

    Source: SI 2022/1071 reg.3(2).
    """
    return last_day(london_day(seized), MONTHS)


def kept(steps: Sequence[Step], known_at: datetime, regimes: Sequence[Regime] = REGIMES) -> Kept | None:
    """It may be destroyed from the later of the end of 6 months and the refusal of the owner's application,
    and never while proceedings need it.

    The owner may apply, orally or in writing, within the 6 months; a later application holds nothing back.
    None where no seizure is known.

    Source: SI 2022/1071 reg.3(2); SI 2022/1071 reg.4(1)-(3); SI 2022/1071 reg.5(1)-(3).
    """
    known = standing_of(steps, known_at)
    seized = next((row for row in known if row.act == "seized"), None)
    if seized is None:
        return None
    last = keep_until(seized.at)
    free: datetime | None = end_of(last)
    pending = held = False
    gone: str | None = None
    found: list[Finding] = list(_power(seized.at, regimes))
    for step in known:
        if step.act == "owner_applied":
            in_time = step.at < end_of(last)
            pending = pending or in_time
            found += [] if in_time else [APPLIED_LATE]
        elif step.act == "refused" and pending:
            pending, free = False, max(end_of(last), step.at)
        elif step.act in ("held", "hold_ended"):
            held = step.act == "held"
        elif step.act in GONE:
            found += _gone(step, free, pending, held, known)
            gone, pending = step.act, False
    waits = pending or held or gone is not None
    return Kept(
        keep_until=last,
        free_from=None if waits else free,
        pending=pending,
        held=held and gone is None,
        gone=gone,
        findings=tuple(found),
    )


APPLIED_LATE = Finding(
    "applied-late", "note", "The owner applied after the 6 months in which they may.",
    "SI 2022/1071 reg.4(1)", "Say so to the owner. It need not be destroyed at once.",
)  # fmt: skip
DESTROYED_EARLY = Finding(
    "destroyed-early", "serious",
    "It was destroyed or disposed of before the 6 months were over and any application decided.",
    "SI 2022/1071 reg.5(1)", "A supervisor must review it, and the owner be told.",
)  # fmt: skip
DESTROYED_WHILE_NEEDED = Finding(
    "destroyed-while-needed", "serious", "It was destroyed or disposed of while proceedings needed it.",
    "SI 2022/1071 reg.5(3)", "Tell the prosecution.",
)  # fmt: skip
RETURNED_UNASKED = Finding(
    "returned-unasked", "record", "It was returned, and no application by the owner is recorded.",
    "SI 2022/1071 reg.4(1)", "Record the application, and the evidence of ownership.",
)  # fmt: skip
RETURNED_WHILE_NEEDED = Finding(
    "returned-while-needed", "serious", "It was returned while criminal proceedings needed it.",
    "SI 2022/1071 reg.4(2)", "Tell the prosecution.",
)  # fmt: skip
NO_DIRECTIONS = Finding(
    "no-directions", "record", "Nobody is named on whose directions it was destroyed or returned.",
    "SI 2022/1071 reg.2 (relevant officer)", "Name the chief officer’s delegate.",
)  # fmt: skip
NO_POWER = Finding(
    "seized-without-power", "serious", "It was seized when no order could be in effect.",
    "SI 2023/387 reg.8(b)", "A supervisor must review it: the property is not kept under these rules.",
)  # fmt: skip


def _power(seized: datetime, regimes: Sequence[Regime]) -> Iterator[Finding]:
    """What was seized while a regime ran, or in its saving period, is kept under these rules however long
    that takes.

    Source: SI 2023/387 reg.8(a)-(b).
    """
    day = london_day(seized)
    if not running(day, regimes) and not saving(day, regimes):
        yield NO_POWER


def _gone(
    step: Step, free: datetime | None, pending: bool, held: bool, known: Sequence[Step]
) -> Iterator[Finding]:
    """It goes back to an owner who applied, or is destroyed once it may be, on the chief officer's
    directions; neither while proceedings need it.

    Source: SI 2022/1071 reg.2 (relevant officer); SI 2022/1071 reg.4(1)-(2); SI 2022/1071 reg.5(1), (3).
    """
    if step.act == "destroyed" and (pending or free is None or step.at < free):
        yield DESTROYED_EARLY
    if held:
        yield DESTROYED_WHILE_NEEDED if step.act == "destroyed" else RETURNED_WHILE_NEEDED
    if step.act == "returned" and not any(row.act == "owner_applied" for row in known):
        yield RETURNED_UNASKED
    if not step.directed_by:
        yield NO_DIRECTIONS


_NONSENSE = {
    "not-seized": ("No seizure is on record.", "SI 2022/1071 reg.3(1)"),
    "second-seizure": ("The seizure is already on record.", "SI 2022/1071 reg.3(1)"),
    "before-seizure": ("It would come before the seizure.", "SI 2022/1071 reg.3(2)"),
    "already-gone": ("It has already been returned, destroyed or disposed of.", "SI 2022/1071 reg.5(2)"),
    "nothing-applied-for": ("No application by the owner is waiting for an answer.", "SI 2022/1071 reg.4(2)"),
    "nothing-to-withdraw": ("The act to be withdrawn is not on record.", "SI 2022/1071 reg.3(1)"),
    "not-held": ("It is not held for criminal proceedings.", "SI 2022/1071 reg.5(3)"),
}


def problems(before: Sequence[Step], new: Step) -> tuple[Problem, ...]:
    """A thing is seized, then returned or destroyed, once each; only what cannot have happened is refused.

    Source: SI 2022/1071 reg.3(1); SI 2022/1071 reg.5(2).
    """
    before = standing_of(before, new.known_at)
    state = kept(before, new.known_at)
    codes: list[str] = []
    if new.act == "withdrawn":
        if new.corrects not in {row.n for row in before if row.act != "seized"}:
            codes.append("nothing-to-withdraw")
    elif state is None:
        codes += [] if new.act == "seized" else ["not-seized"]
    else:
        first = min(row.at for row in before if row.act == "seized")
        codes += ["second-seizure"] if new.act == "seized" else []
        codes += ["before-seizure"] if new.at < first else []
        codes += ["already-gone"] if state.gone else []
        applied = sum(row.act == "owner_applied" for row in before) > sum(
            row.act == "refused" for row in before
        )
        codes += ["nothing-applied-for"] if new.act == "refused" and not applied else []
        codes += ["not-held"] if new.act == "hold_ended" and not state.held else []
    return tuple(
        Problem(kind="nonsense", code=code, sentence=_NONSENSE[code][0], source=_NONSENSE[code][1])
        for code in codes
    )


def duty(
    item: str, steps: Sequence[Step], now: datetime, *, property_regulations: bool | None = None
) -> Duty | None:
    """A seized thing is kept, then returned or destroyed, unless the Police (Property) Regulations apply to
    it.

    Source: SI 2022/1071 reg.3(1), (2).
    """
    state = kept(steps, now)
    if state is None:
        return None
    last = state.keep_until
    standing: Standing = "not due"
    if property_regulations:
        why = "The Police (Property) Regulations 1997 apply to it, and these rules do not."
    elif state.gone:
        standing, why = "done", f"{ACTS[state.gone]}."
    elif state.held:
        why = "It is kept while criminal proceedings need it."
    elif state.pending:
        why = "It is kept until the owner’s application is decided."
    elif state.free_from and now >= state.free_from:
        standing, why = "due", "It may be destroyed or disposed of, on the relevant officer’s directions."
    else:
        why = f"It is kept, and the owner may apply for it, to the end of {spoken(last)}."
    return Duty(
        code="seized-item",
        title="Keeping of a seized item ends",
        standing=standing,
        sentence=why,
        source="SI 2022/1071 reg.3(1)" if property_regulations else "SI 2022/1071 reg.5(1)",
        first=london_day(standing_of(steps, now)[0].at),
        last=last,
        findings=state.findings,
        about=item,
    )
