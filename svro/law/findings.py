"""Every finding that a search can give rise to: a stable code, how grave, one sentence, its source, what
to do.

The findings on the order itself (`order-expired` and the like) take their sentence and source from the
order's state; those on what the person was told are made from `TOLD`. `law.search` says when each
applies.
"""

from typing import Literal

import msgspec

Severity = Literal["power", "serious", "record", "note"]
SEVERITIES: tuple[Severity, ...] = ("power", "serious", "record", "note")
"""Gravest first: the power was lacking or is not shown; something was done that should not have been, or
left undone; the record lacks something; something to know.
"""


class Finding(msgspec.Struct, frozen=True):
    """One thing found on one search. In the table below `{until}` and `{code}` stand for what each search
    fills in.
    """

    code: str
    severity: Severity
    sentence: str
    source: str
    do: str


STOP = (
    "A supervisor must review it; it does not count as a lawful search under an order. "
    "If the person is still with you, stop unless another power is available."
)
REVIEW = "A supervisor must review it."
CORRECT = "Correct whichever is wrong."
SAY = "Say yes or no."
POLICY = "It is policy, not statute."

_ALL = (
    # The power
    Finding(
        "no-order-named",
        "power",
        "No order is named, so nothing shows that this search had a power.",
        "Sentencing Act 2020 s.342E(1)",
        f"Name the order, or the other power relied on. {STOP}",
    ),
    Finding(
        "no-such-order",
        "power",
        "There is no order with the reference given, so this search had no power under it.",
        "Sentencing Act 2020 s.342E(1)",
        f"Check the reference. {STOP}",
    ),
    Finding(
        "another-person",
        "power",
        "The person searched is not the one the order names, and the power reaches nobody else.",
        "Sentencing Act 2020 s.342E(2)",
        STOP,
    ),
    Finding(
        "person-not-established",
        "power",
        "It is not established that the person searched is the one the order names.",
        "Sentencing Act 2020 s.342E(2)",
        "Say how identity was checked, or link the person searched.",
    ),
    Finding(
        "order-state-missing",
        "power",
        "The state of the order at the time of the search was not available.",
        "Sentencing Act 2020 s.342E(1)",
        "Look the order up again.",
    ),
    Finding(
        "not-public-place",
        "power",
        "The person was not in a public place, so the power could not be used.",
        "Sentencing Act 2020 s.342E(5)",
        STOP,
    ),
    Finding(
        "object-outside-power",
        "power",
        "The object was not a bladed article or an offensive weapon, the only objects of this power.",
        "Sentencing Act 2020 s.342E(2)",
        f"Record the other power relied on. {STOP}",
    ),
    Finding(
        "later-quashed",
        "note",
        "The order was quashed on appeal after this search: that does not change what it was at the time.",
        "Sentencing Act 2020 s.342I(1)",
        "Show this wherever the search is shown, and review any case that rests on it.",
    ),
    # How the power was used
    Finding(
        "public-place-not-recorded",
        "record",
        "The record does not say whether the person was in a public place.",
        "Sentencing Act 2020 s.342L (public place)",
        "Say whether the public, or people generally, had access to the place.",
    ),
    Finding(
        "vehicle-searched",
        "serious",
        "A vehicle was searched: this power reaches only the offender.",
        "Sentencing Act 2020 s.342E(2)",
        f"Record the other power relied on for the vehicle. {REVIEW}",
    ),
    Finding(
        "companions-searched",
        "serious",
        "Somebody with the offender was searched: this power reaches only the offender.",
        "Sentencing Act 2020 s.342E(2)",
        f"Make a record for each person, with the power relied on. {REVIEW}",
    ),
    Finding(
        "identity-not-recorded",
        "record",
        "The record does not say whether identity was confirmed before the search.",
        "{code} Annex G",
        "Say what was done to confirm that this was the person. A name is not compulsory.",
    ),
    Finding(
        "identity-not-confirmed",
        "record",
        "Identity was not confirmed; officers should seek to confirm it first.",
        "{code} Annex G",
        "Say what was done to confirm that this was the person, and why it failed.",
    ),
    Finding(
        "identity-refused",
        "note",
        "The person did not give their identity, as they may.",
        "PACE 1984 s.3(6)",
        "A name is not compulsory. Say what else showed that this was the person.",
    ),
    Finding(
        "reason-for-use-missing",
        "record",
        "The record does not say why the power was used then: it is a discretion.",
        "{code} Annex G",
        "Give the reason for using it. Suspicion is not needed; prejudice is no reason.",
    ),
    Finding(
        "clothing-not-recorded",
        "record",
        "The record does not say what clothing was removed.",
        "{code} para 3.5",
        "Say whether any was, and what.",
    ),
    Finding(
        "clothing-in-public",
        "serious",
        "More than an outer coat, jacket or gloves was removed in public view.",
        "PACE 1984 s.2(9)(a)",
        REVIEW,
    ),
    Finding(
        "clothing-where-not-recorded",
        "record",
        "More than outer clothing was removed, and the record does not say whether in public view.",
        "PACE 1984 s.2(9)(a)",
        "Say where it was done.",
    ),
    Finding(
        "clothing-other-sex",
        "serious",
        "More than outer clothing was removed by an officer of the other sex.",
        "{code} para 3.6",
        REVIEW,
    ),
    Finding(
        "clothing-sex-not-recorded",
        "record",
        "More than outer clothing was removed, and the record does not say by an officer of which sex.",
        "{code} para 3.6",
        SAY,
    ),
    Finding(
        "intimate-parts-exposed",
        "note",
        "Intimate parts were exposed, which must never be routine.",
        "{code} para 3.7",
        "A supervisor must see the reason.",
    ),
    # What is written down
    Finding(
        "detained-not-searched",
        "note",
        "The person was detained and not searched, as a constable may decide.",
        "PACE 1984 s.2(1)",
        "Count it as its own outcome, not as a search.",
    ),
    Finding(
        "end-not-recorded",
        "note",
        "The record does not say when it ended, so how long the person was held is not shown.",
        "PACE 1984 s.2(8)",
        "Give the time.",
    ),
    Finding(
        "object-missing",
        "record",
        "The record does not state the object of the search.",
        "PACE 1984 s.3(6)(a)(i)",
        "State what was looked for.",
    ),
    Finding(
        "grounds-missing",
        "record",
        "The record does not state the grounds of the search.",
        "PACE 1984 s.3(6)(a)(ii)",
        "State them. Under an order they are the order, that it was in effect, and why the power was used.",
    ),
    Finding(
        "officer-missing",
        "record",
        "The record does not identify the constable.",
        "PACE 1984 s.3(6)(b)",
        "Give the constable's number.",
    ),
    Finding(
        "self-ethnicity-missing",
        "record",
        "The record does not give the person's own description of their ethnicity.",
        "PACE 1984 s.3(6A)(a)",
        "Ask; where they do not say, record “not stated” with the reason.",
    ),
    Finding(
        "not-stated-without-reason",
        "record",
        "Ethnicity is “not stated” and the record does not say why.",
        "{code} Annex B",
        "Give the reason code.",
    ),
    Finding(
        "reason-without-not-stated",
        "record",
        "A reason for not stating ethnicity is given where “not stated” is not.",
        "{code} Annex B",
        CORRECT,
    ),
    Finding(
        "officer-ethnicity-missing",
        "record",
        "The record gives no ethnicity: neither the person's own description nor the constable's view.",
        "PACE 1984 s.3(6A)(b)",
        "Record how the constable saw it. Never derive one from the other.",
    ),
    Finding(
        "officer-ethnicity-not-recorded",
        "note",
        "The record does not say how the constable saw the person's ethnicity.",
        "PACE 1984 s.3(6A)(b)",
        "Needed where it differs from the person's own description.",
    ),
    Finding(
        "copy-not-recorded",
        "record",
        "The record does not say whether a copy was offered. It may be asked for until the end of {until}.",
        "PACE 1984 s.3(9)",
        "Say whether a copy or a receipt was given.",
    ),
    Finding(
        "copy-not-offered",
        "serious",
        "No copy or receipt was offered. The person may ask for one until the end of {until}.",
        "{code} para 4.2",
        "Tell the person how to get a copy.",
    ),
    Finding(
        "record-not-practicable",
        "note",
        "No record could be made on the spot. The person may ask for a copy until the end of {until}.",
        "PACE 1984 s.3(2)",
        "Make the record as soon as practicable.",
    ),
    # What came of it
    Finding(
        "outcome-missing",
        "record",
        "The record gives no outcome.",
        "PCSC Act 2022 s.166(4)(c)",
        "Record the outcome, even if it is none.",
    ),
    Finding(
        "outcome-link-missing",
        "note",
        "The record does not say whether the outcome came from what was looked for.",
        "PCSC Act 2022 s.166(4)(c)",
        SAY,
    ),
    Finding(
        "found-without-search",
        "record",
        "Something is recorded as found or seized, and no search.",
        "Sentencing Act 2020 s.342E(4)",
        CORRECT,
    ),
    Finding(
        "seized-not-described",
        "record",
        "Something was seized and the record does not say what.",
        "Sentencing Act 2020 s.342E(4)",
        "Describe it: it must be kept, and its owner may claim it.",
    ),
    Finding(
        "force-not-recorded",
        "note",
        "The record does not say whether force was used.",
        "Sentencing Act 2020 s.342E(6)",
        SAY,
    ),
    Finding(
        "bwv-not-recorded",
        "record",
        "The record does not say whether body-worn video was on.",
        "{code} para 5.1",
        f"{SAY} {POLICY}",
    ),
    Finding(
        "no-bwv",
        "note",
        "There is no body-worn video of this search.",
        "{code} para 5.1",
        f"Say why. {POLICY}",
    ),
    Finding(
        "bwv-reference-missing",
        "record",
        "Body-worn video was on, and the record gives no reference to it.",
        "{code} para 5.1",
        "Give the reference.",
    ),
)

FINDINGS: dict[str, Finding] = {finding.code: finding for finding in _ALL}

TOLD: dict[str, tuple[str, str, str]] = {
    "grounds": ("told", "the grounds for the search", "PACE 1984 s.2(3)(c)"),
    "object": ("told", "the object of the search", "PACE 1984 s.2(3)(b)"),
    "warrant_card": ("shown", "a warrant card by an officer out of uniform", "PACE 1984 s.2(2)"),
    "identity": (
        "told",
        "the officer's name, or number where a name would endanger them",
        "PACE 1984 s.2(3)(a)",
    ),
    "station": ("told", "the officer's station", "PACE 1984 s.2(3)(a)"),
    "entitlement": ("told", "of the right to a copy of the record", "PACE 1984 s.2(3)(d)"),
    "legal_power": ("told", "which power was used", "{code} para 3.8"),
    "you_are_detained": ("told", "that they were detained for a search", "{code} para 3.8"),
}
"""What a person must be told or shown before a search (GOWISELY), item by item: the verb, the thing, the
source.
"""


def told(item: str, said: bool | None, reason: str | None) -> Finding:
    """The finding for one item of TOLD that was not given (`said` False, with the officer's reason) or
    not recorded (None).
    """
    verb, what, source = TOLD[item]
    code = item.replace("_", "-")
    if said is None:
        sentence = f"The record does not say whether the person was {verb} {what}."
        do = "Say yes or no, and why not if no."
        return Finding(f"told-{code}-not-recorded", "record", sentence, source, do)
    why = f"The reason given: {reason}" if reason else "No reason is given."
    sentence = f"The person was not {verb} {what} before the search. {why}"
    return Finding(f"not-told-{code}", "serious", sentence, source, REVIEW)
