"""Offences under s.342G: five limbs, each with its own mental element, from suspicion to verdict.

A suspicion, a charge and a conviction are different facts. Nothing here turns one into another.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from svro.law import duties, order
from svro.law.acts import Act
from svro.law.duties import standing_of
from svro.law.findings import Finding
from svro.law.order import Problem
from svro.law.regimes import REGIMES, Regime

Code = Literal["a", "b", "c", "d", "e"]
Disposal = Literal[
    "custody", "community order", "fine", "conditional discharge", "absolute discharge", "other"
]


class Limb(msgspec.Struct, frozen=True, kw_only=True):
    """One way of committing the offence. `excuse`: whether the Act gives the defence of a reasonable excuse.

    `mental` is what must be proved of the offender's mind; `consider` what to look at before charging.
    """

    code: Code
    conduct: str
    mental: Literal["none stated", "knowledge", "intent"]
    excuse: bool
    consider: str
    offence_code: str
    source: str


LIMBS: dict[str, Limb] = {
    limb.code: limb
    for limb in (
        Limb(
            code="a",
            conduct="Failing to do what the order requires",
            mental="none stated",
            excuse=True,
            consider="Was there a reasonable excuse? Without one it is an offence, with one it is not.",
            offence_code="SE20013",
            source="Sentencing Act 2020 s.342G(1)(a)",
        ),
        Limb(
            code="b",
            conduct="Doing what the order prohibits",
            mental="none stated",
            excuse=True,
            consider="No prohibition could be part of an order in the pilot: what does the sealed order say?",
            offence_code="SE20014",
            source="Sentencing Act 2020 s.342G(1)(b)",
        ),
        Limb(
            code="c",
            conduct="Notifying information that is false",
            mental="knowledge",
            excuse=False,
            consider="Did the offender know that it was false? A mistake is not enough.",
            offence_code="SE20015",
            source="Sentencing Act 2020 s.342G(1)(c)",
        ),
        Limb(
            code="d",
            conduct="Telling a constable that they are not subject to an order",
            mental="none stated",
            excuse=False,
            consider="Were they asked, and what did they say? Silence, or refusing to answer, is not "
            "telling. The Act gives no defence of reasonable excuse.",
            offence_code="SE20016",
            source="Sentencing Act 2020 s.342G(1)(d)",
        ),
        Limb(
            code="e",
            conduct="Obstructing a constable who uses the power to search",
            mental="intent",
            excuse=False,
            consider="Was it intended? And was the constable using the power under s.342E at the time?",
            offence_code="SE20017",
            source="Sentencing Act 2020 s.342G(1)(e)",
        ),
    )
}
"""The limbs by letter."""


def excusable(limb: Code) -> bool:
    """A reasonable excuse is a defence only to failing to do, or doing, what the order says; knowledge or
    intent is proved for two of the rest.

    Source: Sentencing Act 2020 s.342G(1)(a)-(e).
    """
    return LIMBS[limb].excuse


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The most a magistrates' court could impose, in months, in a span of days (both ends counted)."""

    months: int
    starts: date
    ends: date | None = None
    verified: bool = False


INDICTMENT_MONTHS = 24
SUMMARY_LIMITS = (
    Limit(months=12, starts=date(2022, 5, 2), ends=date(2023, 3, 29)),
    Limit(months=6, starts=date(2023, 3, 30), ends=date(2024, 11, 17)),
    Limit(months=12, starts=date(2024, 11, 18)),
)
"""The general limit for an offence triable either way. From general knowledge: a lawyer must check it."""


def summary_limit(day: date) -> Limit | None:
    """On summary conviction: the magistrates' general limit, a fine, or both; on indictment 2 years, a
    fine, or both.

    The limit on a London day as far as the table knows; nothing is refused on its strength.

    Source: Sentencing Act 2020 s.342G(2)(a)-(b), (3).
    """
    return next((row for row in SUMMARY_LIMITS if row.starts <= day <= (row.ends or date.max)), None)


ACTS: dict[str, str] = {
    "opened": "Investigation opened",
    "suspected": "Another limb suspected",
    "charged": "Charged",
    "discontinued": "Discontinued",
    "convicted": "Convicted",
    "acquitted": "Acquitted",
    "no_further_action": "No further action",
    "withdrawn": "Recorded in error",
}
"""What happens in an investigation, with its title."""
COURT_ACTS = ("convicted", "acquitted")
OUTCOMES: dict[str, str] = {
    "opened": "suspected",
    "suspected": "suspected",
    "charged": "charged",
    "discontinued": "discontinued",
    "convicted": "convicted",
    "acquitted": "acquitted",
    "no_further_action": "no further action",
}


class Step(duties.Step, frozen=True, kw_only=True):
    """One act in an investigation. No limb: every limb still open."""

    limb: Code | None = None
    disposal: Disposal | None = None
    as_on_court_record: bool = False
    document_reference: str | None = None


def limbs_of(steps: Sequence[Step], known_at: datetime) -> dict[str, str]:
    """What is suspected, charged and decided of each limb is a fact of its own, and the last one recorded
    stands.

    Limb to "suspected", "charged", "convicted", "acquitted", "discontinued" or "no further action".

    Source: Sentencing Act 2020 s.342G(1); PCSC Act 2022 s.166(4)(g).
    """
    found: dict[str, str] = {}
    for step in sorted(standing_of(steps, known_at), key=lambda step: step.n):
        still_open = [code for code, how in found.items() if how in ("suspected", "charged")]
        for code in [step.limb] if step.limb else still_open:
            found[code] = OUTCOMES[step.act]
    return found


_NONSENSE: dict[str, str] = {
    "not-opened": "No investigation is open.",
    "second-opening": "The investigation is already open.",
    "before-conduct": "It would come before the conduct.",
    "no-limb": "Say which limb of the offence it is about.",
    "not-suspected": "That limb is not under investigation.",
    "nothing-to-withdraw": "The act to be withdrawn is not on record.",
    "before-charge": "It would come before the charge.",
}


def problems(before: Sequence[Step], new: Step, conduct_at: datetime) -> tuple[Problem, ...]:
    """Nothing comes before the conduct, and no verdict before a charge; a conditional discharge is not open
    to the court.

    Nonsense is refused; a conditional discharge is doubtful, and taken only as on the court's own record.

    Source: Sentencing Act 2020 s.342G(4); Sentencing Act 2020 s.80(3)(da).
    """
    source = "Sentencing Act 2020 s.342G(1)"
    nonsense = tuple(
        Problem(kind="nonsense", code=code, sentence=_NONSENSE[code], source=source)
        for code in _nonsense(before, new, conduct_at)
    )
    if nonsense or new.disposal != "conditional discharge" or new.act != "convicted":
        return nonsense
    why = "A conditional discharge is not open to a court for this offence."
    return (
        Problem(
            kind="doubtful",
            code="conditional-discharge",
            sentence=why,
            source="Sentencing Act 2020 s.342G(4)",
        ),
    )


def _nonsense(before: Sequence[Step], new: Step, conduct_at: datetime) -> Iterator[str]:
    before = standing_of(before, new.known_at)
    if new.act == "withdrawn":
        if new.corrects not in {row.n for row in before if row.act != "opened"}:
            yield "nothing-to-withdraw"
        return
    held = limbs_of(before, new.known_at)
    if not before and new.act != "opened":
        yield "not-opened"
    if before and new.act == "opened":
        yield "second-opening"
    if new.at < conduct_at:
        yield "before-conduct"
    if new.limb is None and new.act not in ("no_further_action", "discontinued"):
        yield "no-limb"
    if new.limb and new.act not in ("opened", "suspected", "charged") and new.limb not in held:
        yield "not-suspected"
    if new.act in COURT_ACTS:
        charges = [row.at for row in before if row.act == "charged" and row.limb == new.limb]
        if not charges or new.at < min(charges):
            yield "before-charge"


def findings(
    steps: Sequence[Step],
    conduct_at: datetime,
    acts: Sequence[Act],
    known_at: datetime,
    regimes: Sequence[Regime] = REGIMES,
) -> tuple[Finding, ...]:
    """Only where an order is in effect is any of this an offence; each limb has its own element to be proved.

    Source: Sentencing Act 2020 s.342G(1); SI 2023/387 reg.5(2)(c).
    """
    state = order.at(acts, conduct_at, known_at, regimes)
    found = []
    if state.answer != "yes":
        found.append(
            Finding(
                "order-not-in-effect" if state.answer == "no" else "order-not-known",
                "serious",
                f"It is an offence only where an order is in effect. {state.sentence}",
                state.source,
                "Settle what the order was at the time before going on.",
            )
        )
    elif "later-quashed" in state.warnings:
        why = "The order was quashed later. What that does to this case is not settled."
        found.append(
            Finding("later-quashed", "serious", why, "Sentencing Act 2020 s.342I(1)", "Ask a lawyer.")
        )
    for code, how in limbs_of(steps, known_at).items():
        if how in ("suspected", "charged"):
            limb = LIMBS[code]
            found.append(
                Finding(f"limb-{code}", "note", limb.consider, limb.source, "Record what was found.")
            )
    return tuple(found)
