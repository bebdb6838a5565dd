"""May an order be applied for in this case? Each limb of s.342A(1) and (3)-(6): met, not met or not
known, on what evidence.

Deliberately no list of qualifying offences: the test is what was used or carried, so offence codes are
only a prompt (`law.offences`). Necessity is the court's to judge and stays "not known" until a court has
said.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from svro.law.dates import age, age_in_doubt
from svro.law.facts import PURPOSES, Facts, Necessity, PriorConviction, nonsense
from svro.law.identifiers import court_code
from svro.law.regimes import REGIMES, Regime, first_appointed_day, running, sits_within

__all__ = ["Assessment", "Facts", "Limb", "Necessity", "PriorConviction", "assess", "nonsense"]

RULES_VERSION = "2026-11"

Answer = Literal["met", "not met", "not known"]
FOR_THE_COURT = frozenset({"prosecution-application", "sentence", "necessity", *PURPOSES})
"""Limbs that others settle later: unknown, they leave a case that may be applied for."""

ALTERNATIVES = frozenset({"used", "had", "another-used", "another-had", *PURPOSES})
"""Limbs of which one is enough: not met alone, they fail nothing; "weapon" and "necessity" sum them up."""


class Limb(msgspec.Struct, frozen=True):
    """One limb: code, answer, one sentence, source, the evidence relied on, and what would settle it
    (empty where it is).
    """

    code: str
    answer: Answer
    sentence: str
    source: str
    evidence: tuple[str, ...] = ()
    would_settle: str = ""


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """Every limb answered, by which version of the rules, on which facts.

    "eligible" means that an order may be applied for: whether it is necessary stays the court's to decide.
    """

    rules_version: str
    answer: Literal["eligible", "not eligible", "not known"]
    limbs: tuple[Limb, ...]
    facts: Facts

    @property
    def failing(self) -> tuple[Limb, ...]:
        """Every limb that stands in the way, never only the first."""
        return tuple(
            limb for limb in self.limbs if limb.answer == "not met" and limb.code not in ALTERNATIVES
        )


def assess(facts: Facts, regimes: Sequence[Regime] = REGIMES) -> Assessment:
    """An order may be made only if every limb of s.342A(1) and (2) is met; one that fails is enough to
    bar it.

    Source: Sentencing Act 2020 s.342A(2).
    """
    here = running(facts.on_day, regimes)
    limbs = (
        _convicted(facts),
        _age(facts),
        _offence_date(facts, regimes),
        _power(facts, here),
        _court(facts, here),
        _prosecution(facts),
        *_weapon(facts),
        *_necessity(facts),
        _sentence(facts),
    )
    essential = [limb for limb in limbs if limb.code not in ALTERNATIVES]
    if any(limb.answer == "not met" for limb in essential):
        answer: Literal["eligible", "not eligible", "not known"] = "not eligible"
    elif any(limb.answer == "not known" and limb.code not in FOR_THE_COURT for limb in essential):
        answer = "not known"
    else:
        answer = "eligible"
    return Assessment(rules_version=RULES_VERSION, answer=answer, limbs=limbs, facts=facts)


def _day(day: date) -> str:
    """19 April 2023."""
    return f"{day.day} {day:%B %Y}"


def _word(known: bool | None) -> Answer:
    return "not known" if known is None else "met" if known else "not met"


def _all(*parts: bool | None) -> bool | None:
    return False if False in parts else None if None in parts else True


def _any(*parts: bool | None) -> bool | None:
    return True if True in parts else None if None in parts else False


def _given(*parts: str | None) -> tuple[str, ...]:
    return tuple(part for part in parts if part)


def _convicted(facts: Facts) -> Limb:
    """The offender must have been convicted of an offence.

    Source: Sentencing Act 2020 s.342A(1)(a).
    """
    source, day = "Sentencing Act 2020 s.342A(1)(a)", facts.conviction_date
    evidence = _given(facts.offence_code, facts.court)
    if day is None:
        sentence = "No conviction is recorded. Notice need not wait for the verdict, but an order needs one."
        return Limb("convicted", "not known", sentence, source, evidence, "The date of verdict or plea.")
    if day > facts.on_day:
        sentence = "The conviction is dated after the day of this assessment."
        return Limb("convicted", "not met", sentence, source, evidence)
    return Limb("convicted", "met", f"Convicted on {_day(day)}.", source, evidence)


def _age(facts: Facts) -> Limb:
    """The offender must be 18 or over when convicted, whatever their age at the offence or at sentence.

    Source: Sentencing Act 2020 s.342A(1)(a).
    """
    source, born, day = "Sentencing Act 2020 s.342A(1)(a)", facts.date_of_birth, facts.conviction_date
    if born is None or day is None:
        settle = _given(
            "The date of birth." if born is None else None,
            "The date of conviction: age is tested on that day." if day is None else None,
        )
        return Limb("age", "not known", "The age at conviction is not known.", source, (), " ".join(settle))
    evidence, years = (f"Born {_day(born)}, convicted {_day(day)}.",), age(born, day)
    if years == 17 and age_in_doubt(born, day):
        sentence = "Born on 29 February, convicted on the 28th: which day made them 18 is unsettled."
        return Limb("age", "not known", sentence, source, evidence, "Legal advice.")
    sentence = f"Aged {years} when convicted; it must be 18 or over."
    return Limb("age", _word(years >= 18), sentence, source, evidence)


def _offence_date(facts: Facts, regimes: Sequence[Regime]) -> Limb:
    """The offence must have been committed on or after the first appointed day, not the day the Act was
    passed.

    Source: Sentencing Act 2020 s.342A(1)(a), (14).
    """
    code, source, begins = "offence-date", "Sentencing Act 2020 s.342A(14)", facts.offence_from
    ends = facts.offence_to or begins
    first = first_appointed_day(regimes)
    if first is None:
        return Limb(code, "not met", "No day has been appointed for the power to come into force.", source)
    said = f"{_day(first)}, the first appointed day"
    evidence = _given(
        f"Offence from {_day(begins)}." if begins else None, f"Offence until {_day(ends)}." if ends else None
    )
    if begins is not None and begins >= first:
        return Limb(code, "met", f"The offence was committed on or after {said}.", source, evidence)
    if ends is not None and ends < first:
        return Limb(code, "not met", f"The offence was committed before {said}.", source, evidence)
    if begins is not None:
        sentence = f"The offence spans {said}, and the Act does not say which day then counts."
        settle = "Legal advice, or evidence that dates the offence wholly on one side of that day."
        return Limb(code, "not known", sentence, source, evidence, settle)
    settle = "The first day of the offence."
    return Limb(code, "not known", "When the offence began is not known.", source, evidence, settle)


def _power(facts: Facts, here: Sequence[Regime]) -> Limb:
    """A court can make an order only while regulations keep s.342A in force: the saving kept orders, not
    the power.

    Source: SI 2023/387 reg.7(1); SI 2023/387 reg.5(1).
    """
    day = _day(facts.on_day)
    if not here:
        sentence = f"No regime is running on {day}: no court can make an order that day."
        return Limb("power-in-force", "not met", sentence, "SI 2023/387 reg.7(1)")
    names = ", ".join(regime.name for regime in here)
    sentence = f"The power to make orders is in force on {day}: {names}."
    return Limb("power-in-force", "met", sentence, here[-1].source)


def _court(facts: Facts, here: Sequence[Regime]) -> Limb:
    """What counts is where the court sits, not where the offence was committed or where the offender lives.

    Known by the police area or, without it, by the force number in the court's code.

    Source: SI 2023/387 reg.5(2)(a).
    """
    area, court, evidence = facts.court_area, facts.court, _given(facts.court, facts.court_area)
    source = here[-1].area_source if here else "SI 2023/387 reg.5(2)(a)"
    if area is None and (court is None or court_code(court).fault):
        settle = "The police area in which the court sits, or its code."
        return Limb("court", "not known", "Where the court sits is not known.", source, evidence, settle)
    sits = any(sits_within(regime, area=area, court=court) for regime in here)
    where = "in an area" if sits else "in no area"
    sentence = f"The court sits {where} where orders can be made on {_day(facts.on_day)}."
    return Limb("court", _word(sits), sentence, source, evidence)


def _prosecution(facts: Facts) -> Limb:
    """Only the prosecution can apply: a court has no power of its own motion, and the police have none.

    Source: Sentencing Act 2020 s.342A(1)(b).
    """
    code, source = "prosecution-application", "Sentencing Act 2020 s.342A(1)(b)"
    known = facts.prosecution_applies
    if known is None:
        sentence = "The prosecution has not yet said whether it applies."
        return Limb(code, "not known", sentence, source, (), "The prosecution's decision.")
    return Limb(code, _word(known), f"The prosecution {'applies' if known else 'does not apply'}.", source)


WAYS: dict[str, tuple[str, str]] = {
    "used": ("The offender used the item in committing the offence", "s.342A(3)(a)"),
    "had": ("The offender had the item with them when the offence was committed", "s.342A(3)(b)"),
    "another-used": (
        "Another person used the item in committing the offence, as the offender knew or ought to have known",
        "s.342A(4)(a)",
    ),
    "another-had": (
        "Another person who committed the offence had the item, as the offender knew or ought to have known",
        "s.342A(4)(b)",
    ),
}
"""The four ways in which an item can make an offence one for an order, of which one is enough."""


def _weapon(facts: Facts) -> tuple[Limb, ...]:
    """The offender used or had the item, or another did and the offender knew or ought to have, on the
    balance.

    Five limbs: the four ways, of which one is enough, and their sum. "The offence" takes in any offence
    arising out of the same facts.

    Source: Sentencing Act 2020 s.342A(3)-(4), (15).
    """
    item = _item(facts)
    knew = _any(facts.knew, facts.ought_to_have_known)
    knowledge = facts.knowledge_evidence
    known = {
        "used": (_all(item, facts.own_use), _given(facts.own_use_evidence)),
        "had": (_all(item, facts.own_had), _given(facts.own_had_evidence)),
        "another-used": (_all(item, facts.other_used, knew), _given(facts.other_used_evidence, knowledge)),
        "another-had": (_all(item, facts.other_had, knew), _given(facts.other_had_evidence, knowledge)),
    }
    limbs = []
    for code, (what, where) in WAYS.items():
        answer, evidence = known[code]
        settle = _unsettled(facts, code) if answer is None else ""
        source = f"Sentencing Act 2020 {where}"
        limbs.append(Limb(code, _word(answer), f"{what}: {_word(answer)}.", source, evidence, settle))
    whole = _any(*(answer for answer, _ in known.values()))
    sentence = {
        True: "A bladed article or offensive weapon was used or carried as the Act requires.",
        False: "No bladed article or offensive weapon was used or carried as the Act requires.",
        None: "Whether a bladed article or offensive weapon was used or carried is not known.",
    }[whole]
    settle = "Any one of the four ways, on the balance of probabilities." if whole is None else ""
    evidence = _given(facts.item, facts.item_description)
    return (
        *limbs,
        Limb("weapon", _word(whole), sentence, "Sentencing Act 2020 s.342A(2)(a)", evidence, settle),
    )


def _item(facts: Facts) -> bool | None:
    """The item is an article with a blade or point, or a weapon made, adapted or meant to injure; nothing
    else will do.

    Source: Sentencing Act 2020 s.342L (bladed article); Sentencing Act 2020 s.342L (offensive weapon).
    """
    return None if facts.item is None else facts.item != "neither"


def _unsettled(facts: Facts, code: str) -> str:
    """What is still missing for one of the four ways."""
    fact = {"used": facts.own_use, "had": facts.own_had, "another-used": facts.other_used}.get(
        code, facts.other_had
    )
    used = "whether it was used" if code.endswith("used") else "who had it when the offence was committed"
    knew = _any(facts.knew, facts.ought_to_have_known) if code.startswith("another") else True
    missing = _given(
        "what the item is" if facts.item is None else None,
        used if fact is None else None,
        "what the offender knew or ought to have known" if knew is None else None,
    )
    return f"Evidence of {', and of '.join(missing)}."


def _necessity(facts: Facts) -> tuple[Limb, ...]:
    """Whether an order is necessary is the court's judgement, with no standard of proof: no other view
    meets it.

    Four limbs: the three purposes, of which one is enough, and their sum. Harm may be physical or
    psychological.

    Source: Sentencing Act 2020 s.342A(5); Sentencing Act 2020 s.342L (harm).
    """
    held, limbs = facts.necessary, []
    for code, (purpose, source) in PURPOSES.items():
        grounds = tuple(ground.evidence for ground in facts.necessity if ground.purpose == code)
        if held is not None and code in held:
            limbs.append(Limb(code, "met", f"The court held an order necessary {purpose}.", source, grounds))
        elif held == ():
            limbs.append(Limb(code, "not met", f"Not held necessary {purpose}.", source, grounds))
        else:
            sentence = f"{'Put' if grounds else 'Not put'} forward for the court: necessary {purpose}."
            limbs.append(Limb(code, "not known", sentence, source, grounds, "The court's decision."))
    source, history = "Sentencing Act 2020 s.342A(2)(b)", tuple(_prior(c) for c in facts.prior_convictions)
    if held is not None:
        sentence = "The court held an order necessary." if held else "The court held no order necessary."
        return (*limbs, Limb("necessity", _word(bool(held)), sentence, source, history))
    sentence = "Whether an order is necessary is for the court."
    settle = "The court's decision" + ("." if facts.necessity else "; no purpose is yet put forward for it.")
    return (*limbs, Limb("necessity", "not known", sentence, source, history, settle))


def _prior(conviction: PriorConviction) -> str:
    """One earlier conviction in a line."""
    parts = {
        "committed": conviction.offence_date and _day(conviction.offence_date),
        "convicted": conviction.conviction_date and _day(conviction.conviction_date),
        "court": conviction.court,
        "weapon": conviction.weapon,
        "role": conviction.role,
    }
    said = [f"{name} {value}" for name, value in parts.items() if value]
    return ", ".join((f"Earlier conviction {conviction.offence_code}", *said))


def _sentence(facts: Facts) -> Limb:
    """An order comes in addition to dealing with the offence; an absolute discharge bars it, a conditional
    does not.

    Source: Sentencing Act 2020 s.342A(6).
    """
    if facts.sentence is None:
        sentence = "The offence is not yet dealt with; anything but an absolute discharge allows an order."
        source = "Sentencing Act 2020 s.342A(6)(a)"
        return Limb("sentence", "not known", sentence, source, (), "The sentence.")
    barred = facts.sentence == "absolute discharge"
    sentence = "An absolute discharge bars an order." if barred else f"Dealt with by: {facts.sentence}."
    return Limb("sentence", _word(not barred), sentence, "Sentencing Act 2020 s.342A(6)(b)")
