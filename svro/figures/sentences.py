"""A figure as a plain sentence, counts first: "R times as likely", a disparity and never discrimination."""

from svro.figures.catalogue import MEASURES, Part
from svro.figures.measured import Measured

STATUSES: dict[str, str] = {
    "ok": "May be quoted",
    "ok_low_precision": "May be quoted, but is imprecise: 10 to 19 searches",
    "ok_zero_numerator": "None of this group: only the upper limit says anything",
    "missing_input": "Not computed: a number is missing",
    "invalid_input": "Not computed: a number is invalid",
    "group_missing": "Not computed: nothing is held of this group",
    "reference_missing": "Not computed: nothing is held of the White group",
    "no_population": "No rate: nobody to compare with is held",
    "no_population_reference": "No ratio: no White population is held",
    "zero_events": "No ratio: none of either group",
    "reference_zero": "No ratio: none of the White group",
    "all_unknown": "Not to be quoted: every search is of unknown ethnicity",
    "too_many_unknown": "Not to be quoted: searches of unknown ethnicity could turn it round",
    "coding_changed": "Not to be quoted: the ethnic groups were recorded differently within the period",
    "months_missing": "Not to be quoted: months are missing that cannot be left out of both sides",
    "counts_only": "A count only: nobody knows how many people it is of",
    "events_exceed_population": "Not to be quoted: more searches than residents",
    "insufficient_data": "Not to be quoted: too few searches or people",
    "suppressed": "Withheld: small numbers could identify people",
    "suppressed-small": "Withheld: small numbers could identify people",
}
"""Why a figure may or may not be quoted, in words."""

_SEXES = {"male": "men", "female": "women"}
_AGES = {"18-24": "aged 18 to 24", "25-34": "aged 25 to 34", "35+": "aged 35 and over"}


def people(group: str | None, age: str | None = None, sex: str | None = None) -> str:
    """The people of a group as one says it: Black people, White women aged 25 to 34."""
    if group is not None and group.startswith("officer "):
        return group
    noun = _SEXES.get(sex or "", "people")
    who = {
        None: noun,
        "Other": f"{noun} of other ethnic groups",
        "Unknown": f"{noun} of unknown ethnicity",
    }.get(group, f"{group} {noun}")
    return f"{who} {_AGES.get(age, f'aged {age}')}" if age else who


def number(value: float | None) -> str:
    """A number with as many places as it carries: whole, one or two; "none" for what is not there."""
    if value is None:
        return "none"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2f}"


def percent(value: float | None) -> str:
    """A proportion as a percentage, with one place where it is under ten."""
    if value is None:
        return "none"
    return f"{100 * value:.0f}%" if value in (0, 1) or value >= 0.1 else f"{100 * value:.1f}%"


def _interval(figure: Measured) -> str:
    if figure.low is None or figure.high is None:
        return ""
    shown = percent if figure.form in ("proportion", "gap") else number
    chance = figure.form == "ratio" and figure.low <= 1 <= figure.high
    after = "; the two rates may be alike" if chance else ""
    return f" (95% interval {shown(figure.low)} to {shown(figure.high)}{after})"


def _named(words: str, figure: Measured, group: str | None) -> str:
    """Words of a part with the people of a group in them; of everybody, nobody is named."""
    if group is None:
        for of in (" of {people}", " on {people}", " by {people}"):
            words = words.replace(of, "")
    who = people(group, figure.age, figure.sex)
    one = who.replace("people", "person", 1).replace("men", "man", 1)
    return words.format(people=who, person=one)


def _counts(figure: Measured, part: Part) -> str:
    """What was counted, and over what; the reference's counts after it where it has a reference."""
    over = _named(part.over, figure, figure.group)
    if part.did:
        did = _named(part.did, figure, figure.group)
        said = f"{number(figure.events)} of {number(figure.denominator)} {over} {did}"
    else:
        noun = part.one if figure.events == 1 else part.many
        said = f"{number(figure.events)} {_named(noun, figure, figure.group)}"
        if figure.denominator is not None and figure.form != "number":
            said += f" {part.link} {number(figure.denominator)} {over}"
    if figure.reference is None or figure.reference_events is None:
        return said
    other = people(figure.reference, figure.age, figure.sex)
    if figure.reference_denominator is None:
        return said
    if part.did:
        over = _named(part.over, figure, figure.reference)
        return (
            f"{said}, and {number(figure.reference_events)} of {number(figure.reference_denominator)} {over}"
        )
    return (
        f"{said}, and {number(figure.reference_events)} of {other} {part.link}"
        f" {number(figure.reference_denominator)}"
    )


def _more(value: float, shown: str) -> str:
    return f"{shown} {'more' if value > 0 else 'fewer'}"


def _value(figure: Measured, part: Part) -> str:
    value = figure.value
    assert value is not None
    who = people(figure.group, figure.age, figure.sex)
    capital = who[:1].upper() + who[1:]
    other = people(figure.reference, figure.age, figure.sex)
    scaled = f"for each {number(figure.scale)} {part.over}"
    match figure.form:
        case "rate":
            return f"{number(value)} {scaled}"
        case "ratio":
            than = f" as {other}" if figure.reference else ""
            return f"{capital} were {number(value)} times as likely{than} {part.likely}"
        case "difference":
            return _more(value, number(abs(value))) + f" {scaled} than {other}"
        case "excess":
            return f"about {_more(value, number(float(round(abs(value)))))} than at the rate of {other}"
        case "gap":
            return (
                _more(value, f"{number(round(abs(value) * 100, 1))} percentage points") + f" than of {other}"
            )
        case _:
            return percent(value)


def sentence(figure: Measured) -> str:
    """The figure in words: what was counted, what it comes to and how sure it is; or why it is not given."""
    part = MEASURES[figure.measure].parts[figure.part]
    if figure.events is None:
        who = people(figure.group, figure.age, figure.sex)
        return f"{who[:1].upper() + who[1:]}: {STATUSES[figure.status].lower()}."
    counts = _counts(figure, part)
    if not figure.publishable:
        return f"{counts}. {STATUSES[figure.status]}."
    if figure.form == "count":
        return f"{counts}."
    if part.says:
        return _own(figure, part, counts)
    return f"{counts}: {_value(figure, part)}{_interval(figure)}."


def _own(figure: Measured, part: Part, counts: str) -> str:
    """A number with a formula of its own, in its own words; where there is none, why."""
    if figure.form == "number" and figure.value is None:
        return f"{figure.remark}."
    said = part.says.format(
        counts=counts,
        value=number(figure.value),
        percent=percent(figure.value),
        low=number(figure.low),
        high=number(figure.high) if figure.high is not None else "any number",
        low_percent=percent(figure.low),
        high_percent=percent(figure.high),
        denominator=number(figure.denominator),
        expected=number(figure.denominator),
        reference=figure.reference,
        group=figure.group,
        interval=_interval(figure),
    )
    return f"{said} {figure.remark}." if figure.remark else said
