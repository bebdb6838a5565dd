"""The questions of a search record, page by page, and the same questions read back: one table for both.

Everything but when and where may be left blank: a blank is "not recorded", and the findings say what it costs.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec

from svro import reading
from svro.casework.searches import CorrectSearch, RecordSearch
from svro.errors import Fault, Malformed
from svro.law import words
from svro.law.search import GoWisely, Power, SearchRecord
from svro.reference.forces import FORCES

LONDON = ZoneInfo("Europe/London")
NOT_RECORDED = "Not recorded"
YES_NO = {"true": "Yes", "false": "No", "": NOT_RECORDED}
PAST_MIDNIGHT = timedelta(hours=6)
"""A search that ends at an earlier time of day went on past midnight, if that makes it shorter than this."""

Kind = Literal["line", "lines", "day", "time", "choice", "pick"]


class Question(msgspec.Struct, frozen=True):
    """One question: a field of the record (dotted inside another), what is asked, how it is answered.

    `choices` are value → label; the empty value stands for "not recorded".
    """

    name: str
    label: str
    kind: Kind = "choice"
    choices: Mapping[str, str] = YES_NO
    hint: str = ""


class Step(msgspec.Struct, frozen=True):
    """One page of the form."""

    code: str
    title: str
    questions: tuple[Question, ...]
    lead: str = ""


def _line(name: str, label: str, hint: str = "") -> Question:
    return Question(name, label, "line", {}, hint)


def _lines(name: str, label: str, hint: str = "") -> Question:
    return Question(name, label, "lines", {}, hint)


def _choice(name: str, label: str, choices: Mapping[str, str], hint: str = "") -> Question:
    return Question(name, label, "choice", {**choices, "": NOT_RECORDED}, hint)


def _pick(name: str, label: str, choices: Mapping[str, str], hint: str = "") -> Question:
    return Question(name, label, "pick", {"": NOT_RECORDED, **choices}, hint)


POWERS = {code: words.POWERS[code] for code in get_args(Power)}
SAID = {
    "grounds": "The grounds: that an order is in effect, and why it was used now",
    "object": "What was looked for",
    "warrant_card": "Shown a warrant card",
    "identity": "Your name, or your number where a name would put you in danger",
    "station": "Your station",
    "entitlement": "That they can have a copy of this record",
    "legal_power": "Which legal power was used",
    "you_are_detained": "That they were detained for a search",
}

STEPS: tuple[Step, ...] = (
    Step(
        "when",
        "When and where",
        (
            Question("day", "Day of the search", "day", {}, "For example, 14 3 2025"),
            Question("started", "Time it started", "time", {}, "London time, for example 21:14 or 9:14pm"),
            Question("ended", "Time it ended", "time", {}, "Leave blank if you do not know"),
            _line("place", "Where it happened", "Street and town, or the name of the place"),
            Question(
                "public_place",
                "Was it a public place?",
                hint="Somewhere the public, or people generally, could go. Not inside a home.",
            ),
            _pick("area", "Force area", {slug: force.name for slug, force in FORCES.items()}),
        ),
    ),
    Step(
        "power",
        "The power and the order",
        (
            Question("power", "Which power was used?", "choice", POWERS),
            _line(
                "order_reference",
                "Order reference",
                "Such as SVRO-7K2M-9QXD-4. Kept exactly as you give it, right or wrong.",
            ),
            _lines("reason_for_use", "Why did you use the power now?"),
            _lines("grounds", "Grounds", "Suspicion is not needed under an order: say that one was in effect."),
        ),
    ),
    Step(
        "who",
        "Who was searched",
        (
            Question(
                "searched",
                "Was the person searched?",
                "choice",
                {"true": "Yes", "false": "No: detained, but not searched"},
            ),
            _choice(
                "identity",
                "Were they the person the order names?",
                {
                    "confirmed": "Confirmed",
                    "not confirmed": "Could not be confirmed",
                    "refused": "They would not say who they were",
                    "disproved": "No: they were somebody else",
                },
            ),
            _line("pnc_id", "PNC ID", "Such as 02/73319Z, if you know it"),
            _line("cro", "CRO number", "If you know it"),
        ),
    ),
    Step(
        "told",
        "What the person was told before the search",
        (
            *(Question(f"gowisely.{item}", label) for item, label in SAID.items()),
            _lines("not_told_reason", "If something was not said, why not?"),
            Question("in_uniform", "Were you in uniform?"),
            _line("officer_number", "Your number"),
            _line("officer_station", "Your station"),
        ),
        "Answer for each: said, not said, or not recorded.",
    ),
    Step(
        "search",
        "The search",
        (
            _pick("object", "What was looked for", words.OBJECTS),
            _choice(
                "clothing",
                "What clothing was removed?",
                {
                    "none": "None",
                    "outer": "Outer coat, jacket or gloves only",
                    "more": "More than that",
                    "intimate": "Intimate parts were exposed",
                },
            ),
            Question("out_of_public_view", "Was it out of public view?"),
            Question("same_sex_officer", "Was the officer of the same sex as the person?"),
            Question("force_used", "Was force used?"),
            Question("vehicle_searched", "Was a vehicle searched?"),
            Question("companions_searched", "Was anybody with them searched too?"),
        ),
    ),
    Step(
        "ethnicity",
        "Ethnicity",
        (
            _pick("self_ethnicity", "How the person describes their own ethnicity", words.SELF_ETHNICITY),
            _pick(
                "not_stated_reason", "If not stated, why", words.NOT_STATED_REASONS, "Only where “Not stated” is chosen"
            ),
            _choice("officer_ethnicity", "How you see the person’s ethnicity", words.OFFICER_ETHNICITY),
        ),
        "Two separate answers. Never work one out from the other.",
    ),
    Step(
        "outcome",
        "What came of it",
        (
            _pick("outcome", "Outcome", words.OUTCOMES),
            Question("outcome_linked", "Did the outcome come from what was looked for?"),
            _line("found", "What was found", "Leave blank if nothing was"),
            Question("seized", "Was anything seized?"),
        ),
    ),
    Step(
        "copy",
        "Copy of the record and body-worn video",
        (
            _choice(
                "copy",
                "Was a copy of this record given?",
                {
                    "given": "Given",
                    "receipt": "A receipt was given",
                    "offered and declined": "Offered and declined",
                    "not offered": "Not offered",
                    "not practicable": "Making a record there was not practicable",
                },
            ),
            _choice("bwv", "Body-worn video", {"recorded": "On", "not recorded": "Off, or none worn"}),
            _line("bwv_reference", "Body-worn video reference"),
        ),
    ),
)
BY_CODE = {step.code: step for step in STEPS}
CARRIED = ("status_check_id", "key", "version", "reason")
"""What every page of the form carries besides the answers."""

NAMES = (*CARRIED, *(q.name for step in STEPS for q in step.questions if q.kind != "day"))
DAY = ("day-day", "day-month", "day-year")

Form = dict[str, str]

_TIME = re.compile(r"^(\d{1,2})(?:[:.]?(\d{2}))?\s*([ap])\.?m\.?$", re.IGNORECASE)
_PLAIN = re.compile(r"^(\d{1,2})[:.]?(\d{2})(?::(\d{2}(?:\.\d{1,6})?))?$")
_ZONE = re.compile(r"\s*\b(BST|GMT)$", re.IGNORECASE)


def kept(form: Mapping[str, Any]) -> Form:
    """The fields of this form that have something in them, as typed."""
    return {name: str(form[name]) for name in (*NAMES, *DAY) if str(form.get(name, "")).strip()}


def _time(text: str) -> time | None:
    text = text.strip()
    try:
        if half := _TIME.match(text):
            hour = int(half[1])
            if not 1 <= hour <= 12:
                return None
            return time(hour % 12 + (12 if half[3].lower() == "p" else 0), int(half[2] or 0))
        plain = _PLAIN.match(text)
        return time.fromisoformat(f"{int(plain[1]):02d}:{plain[2]}:{plain[3] or '00'}") if plain else None
    except ValueError:
        return None


def instant(day: date, text: str) -> datetime | str:
    """The instant of a London time of day as typed, or the reason why it is none.

    In the hour that happens twice when the clocks go back, `BST` or `GMT` after the time says which.
    """
    zone = _ZONE.search(text)
    clock = _time(_ZONE.sub("", text))
    if clock is None:
        return "must be a time such as 21:14 or 9:14pm"
    first, second = (datetime.combine(day, clock, LONDON).replace(fold=fold) for fold in (0, 1))
    if first.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != first.replace(tzinfo=None):
        return "did not exist that day: the clocks went forward"
    if first.utcoffset() == second.utcoffset():
        return first
    if zone is None:
        return f"came twice that day, when the clocks went back: put BST or GMT after it, as in {clock:%H:%M} BST"
    return first if zone[1].upper() == "BST" else second


def _day(form: Form) -> date | str:
    parts = [form.get(name, "").strip() for name in DAY]
    if not any(parts):
        return "is required"
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return "must be a real date, such as 14 3 2025"


def _instants(form: Form) -> Iterator[tuple[str, datetime | Fault]]:
    day = _day(form)
    if isinstance(day, str):
        yield "at", Fault("day", day)
    if "started" not in form:
        yield "at", Fault("started", "is required")
    if isinstance(day, str) or "started" not in form:
        return
    at = instant(day, form["started"])
    yield "at", Fault("started", at) if isinstance(at, str) else at
    if "ended" in form:
        ended = instant(day, form["ended"])
        if isinstance(at, datetime) and isinstance(ended, datetime) and ended < at:
            later = instant(day + timedelta(days=1), form["ended"])
            ended = later if isinstance(later, datetime) and later - at < PAST_MIDNIGHT else ended
        yield "ended_at", Fault("ended", ended) if isinstance(ended, str) else ended


_ON_PAGE = {"at": "started", "ended_at": "ended", "body": "day"}


def on_page(fault: Fault) -> Fault:
    """A fault of the record as one of the field it is answered in."""
    return Fault(_ON_PAGE.get(fault.field, fault.field), fault.reason, fault.source)


def read(form: Form, kind: type[RecordSearch] = RecordSearch) -> RecordSearch:
    """The record that a form describes, or Malformed with every fault named by its field on the page."""
    given: dict[str, Any] = {"gowisely": {}}
    faults: list[Fault] = []
    for name, told in _instants(form):
        if isinstance(told, Fault):
            faults.append(told)
        else:
            given[name] = told
    for name, value in reading.blank_free(form).items():
        if name in ("started", "ended", "key", "version", *DAY) or (name == "reason" and kind is RecordSearch):
            continue
        outer, _, inner = name.partition(".")
        if inner:
            given[outer][inner] = value
        else:
            given[name] = value
    if "at" not in given:  # one fault a field is enough
        given["at"] = datetime(2000, 1, 1, tzinfo=UTC)
    try:
        record = reading.read(kind, given, strict=False)
    except Malformed as error:
        faults += [on_page(fault) for fault in error.faults]
    if faults:
        raise Malformed(faults)
    return record


def written(record: SearchRecord) -> Form:
    """A record as the form that would have made it."""
    at = record.at.astimezone(LONDON)
    form = {"day-day": str(at.day), "day-month": str(at.month), "day-year": str(at.year), "started": _clock(at)}
    if record.ended_at is not None:
        form["ended"] = _clock(record.ended_at.astimezone(LONDON))
    for step in STEPS:
        for question in step.questions:
            value = _value(record, question.name)
            if value is not None:
                form[question.name] = value
    return form


def _value(record: SearchRecord, name: str) -> str | None:
    outer, _, inner = name.partition(".")
    value = getattr(record, outer, None)
    if isinstance(value, GoWisely):
        value = getattr(value, inner)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _clock(at: datetime) -> str:
    """A London time as the form takes it, to the second where there are seconds."""
    text = f"{at:%H:%M}" if not (at.second or at.microsecond) else at.time().isoformat()
    twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    return f"{text} {at.tzname()}" if twice else text


def shown(question: Question, form: Form) -> str:
    """An answer as people read it; empty where nothing is recorded."""
    if question.kind == "day":
        day = _day(form)
        return f"{day.day} {day:%B %Y}" if isinstance(day, date) else " ".join(form.get(name, "") for name in DAY).strip()
    value = form.get(question.name, "")
    return question.choices.get(value, value) if value else ""


def changed(before: SearchRecord, after: SearchRecord) -> list[tuple[str, str, str]]:
    """(question, answer before, answer after) of each answer that differs between two versions."""
    old, new = written(before), written(after)
    pairs = ((q.label, shown(q, old), shown(q, new)) for step in STEPS for q in step.questions)
    return [(label, was or NOT_RECORDED, now or NOT_RECORDED) for label, was, now in pairs if was != now]


