"""The seven items of s.166(4), each counted from what is held: numbers only, no database and no clock."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from svro.casework.cohorts import Cohort, Counted, Held, Key, Subject
from svro.casework.inquiries import Inquiry
from svro.casework.measures.alike import AGES, age_band
from svro.casework.measures.journey import reached
from svro.casework.measures.people import at_risk
from svro.casework.statutory.blocks import Item, Line, block, divided, single
from svro.figures.exposure import Span
from svro.law import breaches, words
from svro.law.facts import Facts
from svro.law.offences import prompt

SOURCE = "PCSC Act 2022 s.166(4)({})"


class Held166(msgspec.Struct, frozen=True, kw_only=True):
    """All that the items are counted from."""

    cohort: Cohort
    facts: Mapping[Key, Facts]
    inquiries: Sequence[Inquiry]
    without_order: Sequence[tuple[str, str]]
    period: Span


ASKS = {
    "a": "The number of offenders in respect of whom orders have been made",
    "b": "The offences that were the basis of the applications for those orders",
    "c": "The exercise by constables of the powers to search, detain and seize",
    "d": "The impact on people with protected characteristics",
    "e": "An initial assessment of the impact on reoffending",
    "f": "The impact on offenders of being subject to an order",
    "g": "The offences under s.342G committed, and those suspected and investigated",
}


def _order(held: Held) -> str:
    return f"/orders/{held.id}"


def _person(subject: Subject) -> str:
    return f"/people/{subject.person}"


def _search(one: Counted) -> str:
    return f"/searches/{one.id}"


def _inquiry(one: Inquiry) -> str:
    return f"/orders/{one.order}/duties"


def made(held: Held166) -> list[tuple[Subject, Held]]:
    """The orders made in the period, each with whose it is; an order recorded in error was not made."""
    return [
        (subject, one)
        for subject in held.cohort.subjects.values()
        for one in subject.orders
        if (day := one.when("made")) is not None and held.period[0] <= day < held.period[1]
    ]


def offenders(subjects: Iterable[Subject]) -> list[list[Subject]]:
    """The same people together: by PNC ID or CRO, wherever two forces, or one twice, hold somebody."""
    named: dict[Hashable, list[Subject]] = {}
    for subject in subjects:
        keys = [(kind, value) for kind, value in (("pnc", subject.pnc), ("cro", subject.cro)) if value]
        groups = {id(named[key]): named[key] for key in keys if key in named}
        whole = [other for group in groups.values() for other in group] + [subject]
        own = [("row", subject.force, subject.person), *keys]
        for key in {*own, *(key for key, group in named.items() if id(group) in groups)}:
            named[key] = whole
    return list({id(group): group for group in named.values()}.values())


def _a(held: Held166) -> Item:
    orders = made(held)
    people = offenders({(s.force, s.person): s for s, _ in orders}.values())
    count = {id(group): sum(len([1 for s, _ in orders if s is one]) for one in group) for group in people}
    lines = divided(
        people,
        lambda group: "one order" if count[id(group)] == 1 else "more than one order",
        lambda group: _person(group[0]),
        ("one order", "more than one order"),
    )
    endings = divided(
        [one for _, one in orders],
        lambda one: next(
            (act for act in ("quashed", "superseded", "discharged") if one.when(act)), "none of these"
        ),
        _order,
        ("quashed", "superseded", "discharged", "none of these"),
    )
    return Item(
        asks=ASKS["a"],
        source=SOURCE.format("a"),
        blocks=(
            block(
                "Offenders in respect of whom orders were made",
                "Different people, whatever the number of their orders: rows with one PNC ID or CRO are"
                " one person",
                lines,
            ),
            block(
                "Orders made", "Orders that a court made in the period, by what has ended them since", endings
            ),
        ),
        coverage=("Orders that courts made and the force recorded; one recorded in error is not counted.",),
    )


def _limb(facts: Facts | None) -> str:
    if facts is None:
        return "not recorded"
    limbs = {
        "s.342A(3)(a) the offender used it": facts.own_use,
        "s.342A(3)(b) the offender had it": facts.own_had,
        "s.342A(4)(a) another person used it": facts.other_used,
        "s.342A(4)(b) another person had it": facts.other_had,
    }
    return next((name for name, met in limbs.items() if met), "not recorded")


def _offence(facts: Facts | None) -> str:
    if facts is None or facts.offence_code is None:
        return "not recorded"
    known = prompt(facts.offence_code)
    return f"{facts.offence_code} {known.title}" if known else facts.offence_code


def _b(held: Held166) -> Item:
    orders = [one for _, one in made(held)]

    def facts(one: Held) -> Facts | None:
        return held.facts.get((one.force, one.application))

    def item_of(one: Held) -> str:
        known = facts(one)
        return known.item if known and known.item else "not recorded"

    return Item(
        asks=ASKS["b"],
        source=SOURCE.format("b"),
        blocks=(
            block(
                "By offence",
                "Orders made, by the offence code of the application, as last recorded",
                divided(orders, lambda one: _offence(facts(one)), _order),
            ),
            block(
                "By limb relied on",
                "Orders made, by the first limb of s.342A(3) to (4) that the facts of the application say"
                " was met",
                divided(orders, lambda one: _limb(facts(one)), _order),
            ),
            block("By item", "Orders made, by what was used or carried", divided(orders, item_of, _order)),
        ),
        coverage=("The facts of each application in their latest version.",),
        not_held=("Offences taken into consideration, and charges that were dropped.",),
    )


def _said(value: bool | None) -> str:
    return "not recorded" if value is None else "yes" if value else "no"


def _outcome(one: Counted) -> str:
    return words.OUTCOMES.get(one.said.outcome or "", "not recorded")


CLAIMED = "Searches and detentions that claimed the power"
COUNTED = "order in effect, of the person searched"
SEARCHED = "How often each person was searched"
SAID = ("yes", "no", "not recorded")
CLOTHING = ("none", "outer", "more", "intimate", "not recorded")


def _c(held: Held166) -> Item:
    inside = held.period
    counted = [
        one
        for subject in held.cohort.subjects.values()
        for one in subject.searches
        if inside[0] <= one.day < inside[1]
    ]
    left = [one for own in held.cohort.left.values() for one in own if inside[0] <= one.day < inside[1]]
    reasons = (
        *divided(counted, lambda _: COUNTED, _search),
        *divided(left, lambda one: one.why, lambda one: f"/searches/{one.id}"),
        *divided(held.without_order, lambda _: "no order named or found", lambda one: f"/searches/{one[1]}"),
    )
    parts: tuple[tuple[str, str, Callable[[Counted], str], Sequence[str]], ...] = (
        ("Outcome", "what came of it", _outcome, ()),
        ("Something found", "whether the record names something found",
         lambda one: "yes" if one.said.found else "no" if one.said.outcome else "not recorded", SAID),
        ("Something seized", "whether something was seized", lambda one: _said(one.said.seized), SAID),
        ("Force used", "whether force was used", lambda one: _said(one.said.force_used), SAID),
        ("Clothing removed", "how far clothing was removed",
         lambda one: one.said.clothing or "not recorded", CLOTHING),
        ("Police area", "the area it was in", lambda one: one.said.area or "not recorded", ()),
        ("Force of the constable", "whose constable searched", lambda one: one.force, ()),
    )  # fmt: skip
    return Item(
        asks=ASKS["c"],
        source=SOURCE.format("c"),
        blocks=(
            block(
                CLAIMED,
                "Records that rely on s.342E, by whether the order named was in effect for the person"
                " searched",
                reasons,
            ),
            *(
                block(title, f"Searches in effect of the person the order names, by {what}",
                      divided(counted, by, _search, order))
                for title, what, by, order in parts
            ),
        ),
        coverage=(
            "Searches under the orders of the forces asked of, by whichever force's constable; and"
            " searches by"
            " their constables that named no order held.",
            "The latest version of each record.",
        ),
    )  # fmt: skip


STEPS = ("considered", "applied for", "made subject to an order", "searched")
HELD = ("Age", "Sex", "Race (ethnic group, self-defined)")
NOT_HELD = (
    "Disability", "Gender reassignment", "Marriage and civil partnership", "Pregnancy and maternity",
    "Religion or belief", "Sexual orientation",
)  # fmt: skip


def _d(held: Held166) -> Item:
    begun = [s for s in held.cohort.subjects.values() if reached(s, held.period)]
    suspected = {(one.force, one.order) for one in held.inquiries}
    steps: list[tuple[str, list[Subject]]] = [
        (step, [s for s in begun if reached(s, held.period) >= at]) for at, step in enumerate(STEPS, 1)
    ]
    everybody = held.cohort.subjects.values()
    investigated = [s for s in everybody if any((o.force, o.id) in suspected for o in s.orders)]
    steps.append(("investigated under s.342G", investigated))
    characteristics: tuple[tuple[str, Callable[[Subject], str], Sequence[str]], ...] = (
        (HELD[0], lambda s: age_band(s, _when(s)) or "not held", (*AGES, "not held")),
        (HELD[1], lambda s: s.sex or "not held", ("male", "female", "not held")),
        (HELD[2], lambda s: s.own, words.GROUPS),
    )
    return Item(
        asks=ASKS["d"],
        source=SOURCE.format("d"),
        blocks=tuple(
            block(
                f"{name}: people {step}",
                f"People {step}, of those considered in the period, by {name.lower()}"
                if step in STEPS
                else f"People {step}, by {name.lower()}",
                divided(subjects, by, _person, order),
            )
            for step, subjects in steps
            for name, by, order in characteristics
        ),
        coverage=(
            "Counted over people. Each step is counted among those who reached the one before.",
            "Age is that on the day the person was first considered.",
            "Rates and ratios between groups, with their uncertainty, are in the report of measures.",
        ),
        not_held=NOT_HELD,
    )


def _when(subject: Subject) -> date:
    days = [one.day for one in subject.considered] + [d for o in subject.orders if (d := o.when("made"))]
    return min(days, default=date.max)


def _e(held: Held166) -> Item:
    people = {(s.force, s.person): s for s, _ in made(held)}.values()
    lines = divided(
        people,
        lambda s: "with a PNC ID or CRO" if s.pnc or s.cro else "without either",
        _person,
        ("with a PNC ID or CRO", "without either"),
    )
    unknown = Line(what="People reconvicted", n=None, status="not held")
    return Item(
        asks=ASKS["e"],
        source=SOURCE.format("e"),
        blocks=(
            single(
                "Reoffending",
                "Reconvictions of people with an order, beside those of people like them",
                unknown,
            ),
            block(
                "People whose convictions could be matched",
                "Rows of people with an order made in the period, by whether an identifier is held that"
                " the Police"
                " National Computer knows",
                lines,
            ),
        ),
        coverage=("Each person's orders, with the days they were in effect, are held and can be matched.",),
        not_held=("Reconvictions, and a group to compare with: they are matched outside this system.",),
    )


BANDS = ("never", "once", "2 to 5 times", "6 to 10 times", "more than 10 times")


def _band(n: int) -> str:
    return BANDS[0 if n == 0 else 1 if n == 1 else 2 if n <= 5 else 3 if n <= 10 else 4]


def _f(held: Held166) -> Item:
    risk = at_risk(list(held.cohort.subjects.values()), held.period)
    days = Line(what="Days under order", n=sum(one.days for one in risk))
    return Item(
        asks=ASKS["f"],
        source=SOURCE.format("f"),
        blocks=(
            block(
                SEARCHED,
                "People with a day under order in the period, by searches of them under their order",
                divided(risk, lambda one: _band(len(one.searches)), lambda one: _person(one.subject), BANDS),
            ),
            single(
                "Days under order", "Days in effect, each once for each person, less custody where held", days
            ),
            single(
                "Complaints",
                "Complaints about searches under an order",
                Line(what="Complaints", n=None, status="not held"),
            ),
        ),
        coverage=("People under an order of the forces asked of.",),
        not_held=("Complaints.", "Support offered or taken up.", "What people say of it themselves."),
    )


def _g(held: Held166) -> Item:
    limbs = [(one, code, how) for one in held.inquiries for code, how in sorted(one.limbs.items())]
    blocks = tuple(
        block(
            f"Limb ({code}): {limb.conduct.lower()}",
            f"Suspected offences under {limb.source.removeprefix('Sentencing Act 2020 ')}, by what has"
            f" become of them",
            divided(
                [row for row in limbs if row[1] == code],
                lambda row: row[2],
                lambda row: _inquiry(row[0]),
                OUTCOMES,
            ),
        )
        for code, limb in breaches.LIMBS.items()
    )
    committed = [row for row in limbs if row[2] == "convicted"]
    return Item(
        asks=ASKS["g"],
        source=SOURCE.format("g"),
        blocks=(
            single(
                "Investigations",
                "Investigations of conduct in the period; one may be about several limbs",
                Line(
                    what="Investigations", n=len(held.inquiries), records=tuple(map(_inquiry, held.inquiries))
                ),
                Line(
                    what="Offences committed: convictions, one for each limb",
                    n=len(committed),
                    records=tuple(_inquiry(row[0]) for row in committed),
                ),
            ),
            *blocks,
        ),
        coverage=(
            "A suspicion, a charge and a conviction are different facts; none is turned into another.",
        ),
        not_held=("Offences that nobody reported or recorded.",),
    )


OUTCOMES = ("suspected", "charged", "convicted", "acquitted", "discontinued", "no further action")

ITEMS: dict[str, Callable[[Held166], Item]] = {
    "a": _a, "b": _b, "c": _c, "d": _d, "e": _e, "f": _f, "g": _g,
}  # fmt: skip
