"""What is known of one case when an order is thought of: the facts that the limbs of s.342A are answered
on.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]

Purpose = Literal["protect-public", "protect-particular", "prevent-offending"]

PURPOSES: dict[Purpose, tuple[str, str]] = {
    "protect-public": (
        "to protect the public in England and Wales from harm involving a bladed article or offensive weapon",
        "Sentencing Act 2020 s.342A(5)(a)",
    ),
    "protect-particular": (
        "to protect particular members of the public, who may include the offender, from that risk",
        "Sentencing Act 2020 s.342A(5)(b)",
    ),
    "prevent-offending": (
        "to prevent the offender from committing an offence involving a bladed article or offensive weapon",
        "Sentencing Act 2020 s.342A(5)(c)",
    ),
}
"""The three purposes for which a court may consider an order necessary: what each is, and its source."""


class PriorConviction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An earlier conviction put forward as evidence: CJS offence code, days, court (OU code), the weapon
    and the role played.
    """

    offence_code: Word
    offence_date: date | None = None
    conviction_date: date | None = None
    court: Word | None = None
    weapon: Line | None = None
    role: Line | None = None
    is_knife_or_weapon: bool | None = None


class Necessity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One purpose put forward, with the evidence for it."""

    purpose: Purpose
    evidence: Text


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of one case; None always means not known. Dates are London days.

    `on_day` is the day on which the order is sought; `court` an OU code, `court_area` the slug of the
    police area in which the court sits; `necessary` the purposes for which a court has held an order
    necessary, empty where it held none.
    """

    on_day: date
    date_of_birth: date | None = None
    offence_code: Word | None = None
    offence_from: date | None = None
    offence_to: date | None = None
    conviction_date: date | None = None
    court: Word | None = None
    court_area: Word | None = None
    prosecution_applies: bool | None = None
    item: Literal["bladed article", "offensive weapon", "neither"] | None = None
    item_description: Line | None = None
    own_use: bool | None = None
    own_use_evidence: Text | None = None
    own_had: bool | None = None
    own_had_evidence: Text | None = None
    other_used: bool | None = None
    other_used_evidence: Text | None = None
    other_had: bool | None = None
    other_had_evidence: Text | None = None
    knew: bool | None = None
    ought_to_have_known: bool | None = None
    knowledge_evidence: Text | None = None
    sentence: (
        Literal["absolute discharge", "conditional discharge", "custodial", "community", "fine", "other"]
        | None
    ) = None
    necessity: tuple[Necessity, ...] = ()
    necessary: tuple[Purpose, ...] | None = None
    prior_convictions: tuple[PriorConviction, ...] = ()


def nonsense(facts: Facts) -> tuple[tuple[str, str], ...]:
    """The fields that contradict one another, each with the reason. Empty where the facts could be true
    together.
    """
    wrong = []
    if facts.offence_from and facts.offence_to and facts.offence_to < facts.offence_from:
        wrong.append(("offence_to", "The offence cannot end before it begins."))
    last = facts.offence_to or facts.offence_from
    if last and facts.conviction_date and facts.conviction_date < last:
        wrong.append(("conviction_date", "Nobody is convicted of an offence before it is committed."))
    if facts.date_of_birth and facts.offence_from and facts.offence_from < facts.date_of_birth:
        wrong.append(("date_of_birth", "The offence is dated before the birth."))
    if facts.date_of_birth and facts.conviction_date and facts.conviction_date < facts.date_of_birth:
        wrong.append(("date_of_birth", "The conviction is dated before the birth."))
    return tuple(wrong)
