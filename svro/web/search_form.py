"""The questions of a search record, page by page: one table asks them and reads the answers back.

Everything but when and where may be left blank: a blank is "not recorded", and the findings say what that
costs.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar, get_args

from svro import reading
from svro.casework.searches import CorrectSearch, RecordSearch, SearchView
from svro.errors import Fault, Malformed
from svro.law import words
from svro.law.dates import LONDON, london_day
from svro.law.search import Power, SearchRecord
from svro.reference.forces import FORCES
from svro.web.forms import Answers, Field, Form, Step, filled, instant, tidy
from svro.web.site import clock

R = TypeVar("R", bound=RecordSearch)

NOT_RECORDED = "Not recorded"
PAST_MIDNIGHT = timedelta(hours=6)
"""A search that ended at an earlier time of day went on past midnight, if that makes it shorter than this."""

KEY, CHECK = "key", "status_check_id"


def _yes_no(name: str, label: str, hint: str = "", yes: str = "Yes", no: str = "No") -> Field:
    return Field(
        name=name,
        label=label,
        kind="yes-no",
        hint=hint,
        choices={"yes": yes, "no": no, "unknown": NOT_RECORDED},
    )


def _radios(name: str, label: str, choices: Mapping[str, str], hint: str = "") -> Field:
    return Field(name=name, label=label, kind="radios", hint=hint, choices={**choices, "": NOT_RECORDED})


def _select(name: str, label: str, choices: Mapping[str, str], hint: str = "") -> Field:
    return Field(name=name, label=label, kind="select", hint=hint, choices=choices)


WHEN = Step(
    name="when",
    title="When and where",
    fields=(
        Field(
            name="at",
            label="When did the search start?",
            called="Start",
            kind="instant",
            hint="For example, 14 3 2025 and 21:14, London time",
        ),
        Field(
            name="ended",
            label="What time did it end?",
            called="End",
            hint="For example, 21:20. Leave blank if you do not know.",
            width=5,
        ),
        Field(name="place", label="Where did it happen?", called="Place", hint="The street and town"),
        _yes_no(
            "public_place",
            "Was it a public place?",
            "Somewhere the public, or people generally, could go. Never inside a home.",
        ),
        _select("area", "Force area", {slug: force.name for slug, force in FORCES.items()}),
    ),
)
POWER = Step(
    name="power",
    title="The power and the order",
    fields=(
        Field(
            name="power",
            label="Which power was used?",
            called="Power used",
            kind="radios",
            choices={code: words.POWERS[code] for code in get_args(Power)},
        ),
        Field(
            name="order_reference",
            label="Order reference",
            hint="Such as SVRO-7K2M-9QXD-4. It is kept as you give it, right or wrong.",
            width=20,
        ),
        Field(name="reason_for_use", label="Why was the power used now?", kind="text"),
        Field(
            name="grounds",
            label="Grounds",
            kind="text",
            hint="Under an order no suspicion is needed: say that an order was in effect.",
        ),
    ),
)
WHO = Step(
    name="who",
    title="Who was searched",
    fields=(
        Field(
            name="searched",
            label="Was the person searched?",
            kind="yes-no",
            choices={"yes": "Yes", "no": "No, detained but not searched"},
        ),
        _radios(
            "identity",
            "Were they the person the order names?",
            {
                "confirmed": "Yes, confirmed",
                "not confirmed": "It could not be confirmed",
                "refused": "They would not say who they were",
                "disproved": "No, they were somebody else",
            },
        ),
        Field(name="pnc_id", label="PNC ID", hint="If you know it. Such as 02/73319Z", width=10),
        Field(name="cro", label="CRO number", hint="If you know it", width=10),
    ),
)
SAID = {
    "grounds": "Told the grounds: that an order is in effect, and why it was used now",
    "object": "Told what was looked for",
    "warrant_card": "Shown a warrant card",
    "identity": "Told the officer’s name, or number where a name would endanger them",
    "station": "Told the officer’s station",
    "entitlement": "Told that they may have a copy of this record",
    "legal_power": "Told which power was used",
    "you_are_detained": "Told that they were detained for a search",
}
TOLD = Step(
    name="told",
    title="What the person was told before the search",
    lead="For each: done, not done, or not recorded.",
    fields=(
        *(_yes_no(f"told_{item}", label) for item, label in SAID.items()),
        Field(name="not_told_reason", label="If something was not said, why not?", kind="text"),
        _yes_no("in_uniform", "Was the officer in uniform?"),
        Field(name="officer_number", label="Officer’s number", width=10),
        Field(name="officer_station", label="Officer’s station"),
    ),
)
SEARCH = Step(
    name="search",
    title="The search",
    fields=(
        _select("object", "What was looked for?", words.OBJECTS),
        _radios(
            "clothing",
            "What clothing was removed?",
            {
                "none": "None",
                "outer": "Only an outer coat, jacket or gloves",
                "more": "More than that",
                "intimate": "Enough to expose intimate parts",
            },
        ),
        _yes_no(
            "out_of_public_view", "Was it out of public view?", "Only where more than outer clothing came off"
        ),
        _yes_no(
            "same_sex_officer",
            "Was the officer of the same sex as the person?",
            "Only where more than outer clothing came off",
        ),
        _yes_no("force_used", "Was force used?"),
        _yes_no("vehicle_searched", "Was a vehicle searched?"),
        _yes_no("companions_searched", "Was anybody with them searched too?"),
    ),
)
ETHNICITY = Step(
    name="ethnicity",
    title="Ethnicity",
    lead="These are two answers. Never work one out from the other.",
    fields=(
        _select("self_ethnicity", "How does the person describe their ethnicity?", words.SELF_ETHNICITY),
        _select(
            "not_stated_reason",
            "If they did not state it, why?",
            words.NOT_STATED_REASONS,
            "Only where you chose “Not stated”",
        ),
        _radios(
            "officer_ethnicity", "How does the officer see the person’s ethnicity?", words.OFFICER_ETHNICITY
        ),
    ),
)
OUTCOME = Step(
    name="outcome",
    title="What came of it",
    fields=(
        _select("outcome", "What was the outcome?", words.OUTCOMES),
        _yes_no("outcome_linked", "Did the outcome come from what was looked for?"),
        Field(name="found", label="What was found?", hint="Leave blank if nothing was"),
        _yes_no("seized", "Was anything seized?"),
    ),
)
COPY = Step(
    name="copy",
    title="Copy of the record, and body-worn video",
    fields=(
        _radios(
            "copy",
            "Was the person given a copy of this record?",
            {
                "given": "Yes",
                "receipt": "A receipt was given",
                "offered and declined": "Offered, and they declined",
                "not offered": "It was not offered",
                "not practicable": "Making a record there and then was not practicable",
            },
        ),
        _radios("bwv", "Was body-worn video on?", {"recorded": "Yes", "not recorded": "No"}),
        Field(name="bwv_reference", label="Body-worn video reference", width=20),
    ),
)
STEPS = (WHEN, POWER, WHO, TOLD, SEARCH, ETHNICITY, OUTCOME, COPY)
WHY = Step(
    name="why",
    title="Why are you correcting this record?",
    lead="Every earlier version stays, with its author and its findings. Next you can change any answer.",
    fields=(Field(name="reason", label="Reason", hint="What was wrong, and how you know"),),
)


def _ending(at: datetime, text: str) -> datetime:
    """When a search that began `at` ended, by the London clock. ValueError with why it cannot be."""
    started = at.astimezone(LONDON).date()
    ended = instant(started, text)
    if ended < at:
        later = instant(started + timedelta(days=1), text)
        return later if later - at < PAST_MIDNIGHT else ended
    return ended


class SearchForm(Form[R], frozen=True, kw_only=True):
    """A search record's form: the end is asked as a time of day only, and what was said item by item."""

    def read(self, given: Answers, also: Mapping[str, object]) -> R:
        values, faults = tidy(self.fields, given)
        told = {name[5:]: values.pop(name) for name in list(values) if name.startswith("told_")}
        ended = values.pop("ended", None)
        if ended is not None and "at" in values:
            try:
                values["ended_at"] = _ending(values["at"], ended)
            except ValueError as error:
                faults.append(Fault("ended", str(error)))
        if check := given.get(CHECK, [""])[0]:
            values[CHECK] = check
        whole = {**values, "gowisely": told, **also}
        unread = {fault.field for fault in faults}
        faults += [f for f in reading.faults(self.kind, whole, strict=False) if f.field not in unread]
        if faults:
            raise Malformed(faults)
        return reading.read(self.kind, whole, strict=False)


RECORD = SearchForm(
    kind=RecordSearch,
    title="Record a search",
    steps=STEPS,
    send="Record this search",
    check=True,
    beside=(KEY, CHECK),
)
CORRECT = SearchForm(
    kind=CorrectSearch,
    title="Correct a search record",
    steps=(WHY, *STEPS),
    send="Send this correction",
    check=True,
)


def on_page(bad: Malformed) -> Malformed:
    """The faults of a record by the fields in which it is asked for."""
    return Malformed(
        [Fault("ended" if f.field == "ended_at" else f.field, f.reason, f.source) for f in bad.faults]
    )


def written(record: SearchRecord, claimed: str | None) -> Answers:
    """What somebody would have typed to make this record."""
    given = filled([field for step in STEPS for field in step.fields], record)
    local = record.at.astimezone(LONDON)
    if local.second:
        given["at-time"] = [f"{local:%H:%M:%S} {local.tzname()}"]
    if record.ended_at is not None:
        local = record.ended_at.astimezone(LONDON)
        given["ended"] = [
            f"{local:%H:%M:%S} {local.tzname()}" if local.second else f"{local:%H:%M} {local.tzname()}"
        ]
    for item in SAID:
        said = getattr(record.gowisely, item)
        if said is not None:
            given[f"told_{item}"] = ["yes" if said else "no"]
    if claimed is not None:
        given["order_reference"] = [claimed]
    return given


def held(view: SearchView) -> Answers:
    """The answers with which a correction begins."""
    given = written(view.record, view.claimed)
    if view.pnc_given is not None:
        given["pnc_id"] = [view.pnc_given]
    if view.cro_given is not None:
        given["cro"] = [view.cro_given]
    return {**given, "version": [str(view.version)], "seen": ["yes"]}


Row = tuple[str, str]


def rows(step: Step, record: SearchRecord, claimed: str | None) -> list[Row]:
    """(question, answer) of one page of a record; what is blank is "Not recorded"."""
    given = written(record, claimed)
    if record.ended_at is not None:
        over = "" if london_day(record.ended_at) == london_day(record.at) else ", the next day"
        given["ended"] = [clock(record.ended_at) + over]
    asked = [field for field in step.fields if field.name not in ("pnc_id", "cro")]
    return [(field.title, field.shown(given) or NOT_RECORDED) for field in asked]


def changes(
    before: tuple[SearchRecord, str | None], after: tuple[SearchRecord, str | None]
) -> list[tuple[str, str, str]]:
    """(question, answer before, answer after) wherever two versions of a record differ."""
    pairs = (
        (old, new) for step in STEPS for old, new in zip(rows(step, *before), rows(step, *after), strict=True)
    )
    return [(old[0], old[1], new[1]) for old, new in pairs if old[1] != new[1]]
