"""Offences that usually raise the question whether an order should be sought: a prompt for people, never a
gate.

There is no list of qualifying offences. Any offence qualifies if an item was used or carried as
s.342A(3)-(4) say, and one named for a weapon does not if the item was neither a bladed article nor an
offensive weapon. National knife-crime statistics count fewer offences than these, so they are no
denominator.
"""

import re

import msgspec


class Prompt(msgspec.Struct, frozen=True):
    """One CJS offence code: a short title, and what to look at before relying on it."""

    title: str
    hint: str = ""


WEAPON_IS_THE_OFFENCE = "The item is the offence: say what it was."
WAS_THERE_ONE = "Qualifies only if an item was used or carried: say what it was and who had it."
BREACH = "A breach of an order: the item, if there was one, must be proved apart from the breach."

_POSSESSION = {
    "CJ88144": "Blade or point in a public place",
    "CJ88144C": "Conspiracy to have a blade or point in a public place",
    "CJ88151": "Offensive weapon on school or further education premises",
    "CJ88152": "Blade or point on school or further education premises",
    "CJ88153": "Offensive weapon in a private place",
    "CJ88154": "Threatening with a blade or point in a public place",
    "CJ88155": "Threatening with a blade or point on school premises",
    "CJ88156": "Threatening with an offensive weapon on school premises",
    "CJ88157": "Threatening with a blade or point on further education premises",
    "CJ88158": "Threatening with an offensive weapon on further education premises",
    "PC53001": "Offensive weapon in a public place",
    "PC53003": "Threatening with an offensive weapon in a public place",
    "PR52044": "Knife or offensive weapon in prison",
    "RE59025": "Possessing a flick knife or gravity knife",
}
_VIOLENCE = {
    "COML022": "Manslaughter",
    "COML025": "Murder of a person aged one or over",
    "COML026": "Murder of a child under one",
    "OF61014": "Threats to kill",
    "OF61016": "Wounding with intent (section 18)",
    "OF61017": "Grievous bodily harm with intent (section 18)",
    "OF61018": "Wounding to resist arrest (section 18)",
    "OF61019": "Grievous bodily harm to resist arrest (section 18)",
    "OF61102": "Actual bodily harm",
    "OF61131": "Wounding or inflicting grievous bodily harm (section 20)",
    "PU86002": "Violent disorder",
    "PU86003": "Affray",
    "TH68023": "Robbery",
    "TH68045": "Aggravated burglary",
    "TH68046": "Aggravated burglary",
    "TH68047": "Aggravated burglary",
    "TH68048": "Aggravated burglary",
}
_BREACHES = {
    "OW19009": "Breach of a knife crime prevention order",
    "SE20001": "Breach of a criminal behaviour order",
    "SE20013": "Failing to do what a serious violence reduction order requires",
    "SE20015": "Notifying false information under a serious violence reduction order",
    "SE20016": "Telling a constable one is not subject to a serious violence reduction order",
    "SE20017": "Obstructing a search under a serious violence reduction order",
}

OFFENCES: dict[str, Prompt] = {
    **{code: Prompt(title, WEAPON_IS_THE_OFFENCE) for code, title in _POSSESSION.items()},
    **{code: Prompt(title, WAS_THERE_ONE) for code, title in _VIOLENCE.items()},
    **{code: Prompt(title, BREACH) for code, title in _BREACHES.items()},
    "OW19013": Prompt(
        "Threatening with a weapon, blade or corrosive in a private place",
        "A corrosive is no blade, and a weapon only if meant to injure: say which it was.",
    ),
    "OW19004": Prompt(
        "Corrosive substance in a public place",
        "A corrosive is no blade, and a weapon only if meant to injure: say what it was meant for.",
    ),
    "VC06003": Prompt(
        "Using another to look after, hide or carry a weapon",
        "Somebody else had the item: what the offender knew is the question.",
    ),
    "CL77004": Prompt(
        "Trespassing with a weapon of offence",
        "“Weapon of offence” is defined otherwise: check that the item is an offensive weapon.",
    ),
}
"""CJS offence code to prompt."""

SUPERSEDED = frozenset(
    {"CJ88117", "CJ88118", "CJ88136", "CJ88137", "CJ88145", "CJ88146", "CJ88147", "CJ88148"}
    | {"PC53002", "PC53A01", "CJ88A01", "CJ88A04", "CJ88A06", "CJ88A07", "SE20014", "SE20A02", "SE20A03"}
)
"""Codes no longer charged that stand on earlier convictions."""

OLDER = Prompt("An older knife or weapon code", "It stands on convictions from before the present codes.")
SUFFIXES = {"A": "attempt", "B": "aiding and abetting", "C": "conspiracy"}


def prompt(code: str) -> Prompt | None:
    """Any offence may qualify, so a code without a prompt is no bar: None says only that there is nothing
    to suggest.

    A suffix of attempt, aiding or conspiracy is read with the code it is put on.

    Source: Sentencing Act 2020 s.342A(3)-(4).
    """
    if code in OFFENCES:
        return OFFENCES[code]
    if code in SUPERSEDED:
        return OLDER
    inchoate = re.fullmatch(r"(.+[0-9])([ABC])", code)
    if inchoate and inchoate[1] in OFFENCES:
        whole = OFFENCES[inchoate[1]]
        return Prompt(f"{whole.title} ({SUFFIXES[inchoate[2]]})", whole.hint)
    return None
