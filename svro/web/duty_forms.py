"""The questions asked of duties: how a notification was given, what is suspected, what became of an item."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from svro.casework.investigations import OpenInvestigation, RecordStep
from svro.casework.seizures import RecordSeizure, RecordSeizureAct
from svro.law import breaches, seizures
from svro.law.notifications import Kind, Line, Notification, Text, Word
from svro.web.applications import DOCUMENT
from svro.web.forms import Field, Form, Step, one_step
from svro.web.people import FORCE_NAMES

Aware = Annotated[datetime, Meta(tz=True)]
WHEN_HINT = "For example, 14 3 2025 at 2:30pm"


class Said(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A notification as a page asks it: where the offender lives is one area, and perhaps another."""

    since: date | None = None
    given_at: Aware | None = None
    orally: bool | None = None
    station: Line | None = None
    station_area: Word | None = None
    lives_in: Word | None = None
    also_lives_in: Word | None = None
    received_by: Literal["police officer", "authorised person", "somebody else"] | None = None
    names: tuple[Line, ...] = ()
    home: Text | None = None
    home_is_a_place: bool | None = None
    premises: tuple[Line, ...] = ()
    a_month_or_more: bool | None = None


class Corrected(Said, kw_only=True, forbid_unknown_fields=True):
    """Everything as it should have been recorded, and why it changes."""

    reason: Line


def told(kind: Kind, said: Said) -> dict[str, Any]:
    """The fields of a Notification from what a page asked."""
    names = [name for name in Notification.__struct_fields__ if name not in ("kind", "lives_in")]
    areas = tuple(area for area in (said.lives_in, said.also_lives_in) if area)
    return {"kind": kind, "lives_in": areas, **{name: getattr(said, name) for name in names}}


def typed(held: Notification) -> Said:
    """What a page would have asked to hear this."""
    names = [name for name in Said.__struct_fields__ if name not in ("lives_in", "also_lives_in")]
    first, second = (*held.lives_in, None, None)[:2]
    return Said(lives_in=first, also_lives_in=second, **{name: getattr(held, name) for name in names})


GIVEN = Field(name="given_at", label="When was it given?", called="When", kind="instant", hint=WHEN_HINT)
IF_GIVEN = Field(
    name="given_at",
    label="When was it notified?",
    called="When",
    kind="instant",
    hint=f"{WHEN_HINT}. Leave blank if it has not been notified.",
)
MANNER = (
    Field(name="orally", label="Was it given orally, in person?", called="Orally", kind="yes-no"),
    Field(name="station", label="Police station", hint="The Act asks for a station."),
    Field(name="station_area", label="Police area of the station", kind="select", choices=FORCE_NAMES),
    Field(
        name="lives_in",
        label="Police area in which the offender lived then",
        kind="select",
        choices=FORCE_NAMES,
    ),
    Field(
        name="also_lives_in", label="Another in which they lived, if any", kind="select", choices=FORCE_NAMES
    ),
    Field(
        name="received_by",
        label="Who took it?",
        called="Taken by",
        kind="radios",
        choices={
            "police officer": "A police officer",
            "authorised person": "Somebody whom the officer in charge had authorised",
            "somebody else": "Somebody else",
        },
    ),
)
NAMES = Field(name="names", label="Every name used", hint="One on each line.", called="Names", kind="lines")
HOME = (
    Field(
        name="home",
        label="Home address, or where they can regularly be found",
        hint="Without a home it is a place of their choice. No postcode is needed.",
        called="Home",
        kind="text",
    ),
    Field(name="home_is_a_place", label="Is it a place, not an address?", called="A place", kind="yes-no"),
)
PREMISES = Field(
    name="premises",
    label="Other premises where they regularly stay",
    hint="One on each line. Leave blank if there are none.",
    called="Other premises",
    kind="lines",
)
REASON = Field(
    name="reason", label="Why does it change?", hint="It is kept with the change.", called="Reason"
)
ASKED: dict[Kind, tuple[str, str, tuple[Field, ...]]] = {
    "first": ("A first notification", "", (GIVEN, *MANNER, NAMES, *HOME, PREMISES)),
    "name": (
        "A new name",
        "Also record here a name that is known to be used and has not been notified.",
        (
            Field(name="since", label="The day they used it", called="First used", kind="date"),
            Field(name="names", label="The name", called="Name", kind="lines"),
            IF_GIVEN,
            *MANNER,
        ),
    ),
    "home": (
        "A change of home",
        "Also record here a move that is known of and has not been notified.",
        (
            Field(name="since", label="The day it changed", called="Changed", kind="date"),
            *HOME,
            IF_GIVEN,
            *MANNER,
        ),
    ),
    "premises": (
        "A decision to stay elsewhere",
        "The three days run from the decision, not from a month's stay.",
        (
            Field(name="since", label="The day they decided", called="Decided", kind="date"),
            Field(
                name="a_month_or_more",
                label="Did they decide to live there for a month or more?",
                called="A month or more",
                kind="yes-no",
            ),
            Field(name="premises", label="The address", called="Premises", kind="lines"),
            IF_GIVEN,
            *MANNER,
        ),
    ),
}


NOTIFICATIONS: dict[str, Form[Said]] = {
    kind: one_step(Said, kind, title, *fields, lead=lead) for kind, (title, lead, fields) in ASKED.items()
}
"""One form for each kind of notification."""
CORRECTIONS: dict[str, Form[Corrected]] = {
    kind: one_step(Corrected, kind, f"Correct: {title[:1].lower()}{title[1:]}", *fields, REASON, lead=lead)
    for kind, (title, lead, fields) in ASKED.items()
}

LIMB = Field(
    name="limb",
    label="Which limb of s.342G(1)?",
    called="Limb",
    kind="radios",
    choices={code: f"({code}) {limb.conduct}" for code, limb in breaches.LIMBS.items()},
)
AT = Field(name="at", label="When was it?", called="When", kind="instant", hint=WHEN_HINT)
OPEN: Form[OpenInvestigation] = one_step(
    OpenInvestigation,
    "open",
    "Open an investigation",
    Field(name="conduct_at", label="When was the conduct?", called="When", kind="instant", hint=WHEN_HINT),
    LIMB,
    Field(name="conduct", label="What was done, or not done?", called="Conduct", kind="text"),
    lead="A suspicion is not a breach: what is recorded is that it is looked into.",
    send="Open it",
)
DISPOSAL = Field(
    name="disposal",
    label="How did the court deal with it?",
    called="Disposal",
    kind="select",
    choices={
        word: word.capitalize()
        for word in (
            "custody",
            "community order",
            "fine",
            "conditional discharge",
            "absolute discharge",
            "other",
        )
    },
)
ON_RECORD = Step(
    name="sealed",
    title="Does the court's own record say so?",
    lead="What a court did is a fact, lawful or not. It is taken as the document has it.",
    fields=(
        Field(name="as_on_court_record", label="Yes, it is what the record says", kind="yes"),
        DOCUMENT,
    ),
)
WHY = Field(name="text", label="Why, or what was found", called="Reason", kind="text")
_STEPS: dict[str, tuple[Field, ...]] = {
    "suspected": (AT, LIMB),
    "charged": (AT, LIMB),
    "discontinued": (AT, LIMB, WHY),
    "convicted": (AT, LIMB, DISPOSAL, DOCUMENT),
    "acquitted": (AT, LIMB, DOCUMENT),
    "no_further_action": (AT, WHY),
}
STEPS: dict[str, Form[RecordStep]] = {
    act: one_step(
        RecordStep, "act", breaches.ACTS[act], *fields, sealed=ON_RECORD if act == "convicted" else None
    )
    for act, fields in _STEPS.items()
}
"""What may be recorded of an investigation, with its form."""

SEIZE: Form[RecordSeizure] = one_step(
    RecordSeizure,
    "seize",
    "Record a seized item",
    Field(name="description", label="What is it?", called="Description"),
    Field(
        name="property_regulations",
        label="Do the Police (Property) Regulations 1997 apply to it?",
        called="Property regulations",
        kind="yes-no",
        hint="If they do, the six months and the owner's application under these rules do not.",
    ),
)
DIRECTED = Field(
    name="directed_by", label="On whose directions?", hint="The chief officer, or who acts for them."
)
_ITEMS: dict[str, tuple[Field, ...]] = {
    "owner_applied": (AT, Field(name="text", label="Evidence of ownership", kind="text")),
    "returned": (AT, DIRECTED),
    "refused": (AT, WHY),
    "held": (AT, Field(name="text", label="What proceedings need it?", called="Proceedings", kind="text")),
    "hold_ended": (AT,),
    "destroyed": (AT, DIRECTED),
}
ITEMS: dict[str, Form[RecordSeizureAct]] = {
    act: one_step(RecordSeizureAct, "act", seizures.ACTS[act], *fields) for act, fields in _ITEMS.items()
}
"""What may be recorded of a seized thing, with its form."""
