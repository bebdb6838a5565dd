"""Forms: the fields of a Struct as pages of questions, read back with every fault, checked before they are sent.

A form of several pages keeps nothing on the server: the answers given so far travel along as hidden fields. A date is
typed in three boxes, an instant in those and a time by the London clock, read as the law will see it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Generic, Literal, TypeVar

import msgspec
from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from svro import reading
from svro.doors import AnyRequest
from svro.errors import Duplicate, Fault, Malformed, Refused
from svro.law.dates import LONDON
from svro.web.site import day, moment, page, see

S = TypeVar("S", bound=msgspec.Struct)
Answers = dict[str, list[str]]
"""What was typed: the name of an input to its values, as a browser sends them."""

Kind = Literal["line", "text", "number", "date", "instant", "radios", "select", "checkboxes", "yes", "yes-no"]
YES_NO = {"yes": "Yes", "no": "No", "unknown": "Not known"}
YES = {"yes": "Yes"}
PARTS = {"date": ("day", "month", "year"), "instant": ("day", "month", "year", "time")}
BESIDE = ("version", "seen")
"""What travels along beside the answers: the version being changed, and whether the answers were once checked."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One question, for the field `name` of the form's Struct; `called` is its name in messages, where `label` will not do.

    "yes" is one box to tick, True or absent; "yes-no" has a third answer, not known, which is absent too.
    """

    name: str
    label: str
    kind: Kind = "line"
    hint: str = ""
    called: str = ""
    choices: Mapping[str, str] = {}
    width: int | None = None
    autocomplete: str = ""

    @property
    def title(self) -> str:
        return self.called or self.label

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names under which a browser sends it."""
        return tuple(f"{self.name}-{part}" for part in PARTS.get(self.kind, ())) or (self.name,)

    @property
    def options(self) -> Mapping[str, str]:
        return self.choices or {"yes-no": YES_NO, "yes": {"yes": self.label}}.get(self.kind, {})

    def shown(self, given: Answers) -> str:
        """The answer as a person reads it; empty where there is none."""
        typed = [value for name in self.inputs for value in given.get(name, ()) if value.strip()]
        if self.kind in PARTS:
            try:
                value = _parse(self, given)
            except ValueError:
                return " ".join(typed)
            return moment(value) if isinstance(value, datetime) else day(value)
        if self.kind == "yes":
            return "Yes" if typed else ""
        return ", ".join(self.options.get(value, value) for value in typed)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One page of questions that belong together."""

    name: str
    title: str
    fields: tuple[Field, ...]
    lead: str = ""


class Form(msgspec.Struct, Generic[S], frozen=True, kw_only=True):
    """The pages that ask for a `kind`. With `check`, all answers are shown before they are sent.

    `sealed` is asked only after a refusal that the court's own sealed document would overcome.
    """

    kind: type[S]
    title: str
    steps: tuple[Step, ...]
    send: str = "Save"
    check: bool = False
    sealed: Step | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        every = [field for step in (*self.steps, *filter(None, [self.sealed])) for field in step.fields]
        return tuple({field.name: field for field in every}.values())

    def step(self, name: str) -> Step | None:
        return next((step for step in (*self.steps, *filter(None, [self.sealed])) if step.name == name), None)

    def asking(self, field: str) -> Step | None:
        """The first page that asks for a field."""
        return next((step for step in self.steps if field in {f.name for f in step.fields}), None)

    def read(self, given: Answers, also: Mapping[str, object]) -> S:
        """The Struct, or Malformed with every fault."""
        values, faults = tidy(self.fields, given)
        unread = {fault.field for fault in faults}
        whole = {**values, **also}
        faults.extend(f for f in reading.faults(self.kind, whole, strict=False) if _field(f) not in unread)
        if faults:
            raise Malformed(faults)
        return reading.read(self.kind, whole, strict=False)


class Asked(msgspec.Struct, kw_only=True):
    """What the next page shows: a step, or the check of all answers where `step` is None."""

    step: Step | None
    faults: Sequence[Fault] = ()
    status: int = 200


def tidy(fields: Sequence[Field], given: Answers) -> tuple[dict[str, Any], list[Fault]]:
    """(values as JSON would have them, without the blanks; what cannot be a date or a time)."""
    values: dict[str, Any] = {}
    faults = []
    for field in fields:
        typed = [value.replace("\r\n", "\n").strip() for name in field.inputs for value in given.get(name, ())]
        typed = [value for value in typed if value]
        if not typed:
            continue
        if field.kind in PARTS:
            try:
                values[field.name] = _parse(field, given)
            except ValueError as error:
                faults.append(Fault(field.name, str(error)))
        elif field.kind == "checkboxes":
            values[field.name] = typed
        elif field.kind in ("yes", "yes-no"):
            if typed[0] != "unknown":
                values[field.name] = typed[0] == "yes"
        else:
            values[field.name] = typed[0]
    return values, faults


def _parse(field: Field, given: Answers) -> date | datetime | None:
    """The day or instant in a field's boxes, None where all are blank. ValueError with the reason where there is none."""
    boxes = [given.get(name, [""])[0].strip() for name in field.inputs]
    if not any(boxes):
        return None
    for part, box in zip(PARTS[field.kind], boxes, strict=True):
        if not box:
            raise ValueError(f"must include a {part}")
    try:
        found = date(*(int(box) for box in reversed(boxes[:3])))
    except ValueError:
        raise ValueError("must be a real date, such as 14 3 2025") from None
    if found.year < 1900:
        raise ValueError("must have a year of four figures, after 1900")
    return instant(found, boxes[3]) if field.kind == "instant" else found


_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?:[:.](?P<second>\d{2}))?\s*(?P<half>[ap]\.?m\.?)?(?:\s*(?P<zone>bst|gmt|utc))?",
    re.IGNORECASE,
)


def instant(on: date, text: str) -> datetime:
    """The instant at which a London clock showed `text` ("21:14", "9:14pm", "midday") on a day; ValueError with the reason if none.

    The clock shows an hour twice each autumn: then BST or GMT must be written after the time. It skips one each spring.
    """
    words = {"midnight": "0:00", "midday": "12:00", "noon": "12:00"}
    found = _TIME.fullmatch(words.get(text.strip().lower(), text.strip()))
    if found is None or (found["minute"] is None and found["half"] is None):
        raise ValueError("must have a time such as 9:14pm or 21:14")
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise ValueError("must have a time such as 9:14pm or 21:14")
    try:
        local = time(hour % 12 + 12 * (half == "p") if half else hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        raise ValueError("must have a time such as 9:14pm or 21:14") from None
    return _by_the_clock(datetime.combine(on, local), (found["zone"] or "").upper().replace("UTC", "GMT"))


def _by_the_clock(naive: datetime, zone: str) -> datetime:
    readings = {
        told.tzname(): told.astimezone(UTC)
        for told in (naive.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1))
        if told.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == naive
    }
    if not readings:
        raise ValueError("is a time that no clock showed: the clocks went forward an hour then")
    if len(readings) > 1 and zone not in readings:
        raise ValueError(f"is a time that came twice, as the clocks went back: write {naive:%H:%M} BST or {naive:%H:%M} GMT")
    if zone and zone not in readings:
        raise ValueError(f"cannot be in {zone}: the clocks showed {next(iter(readings))} that day")
    return readings[zone] if zone else next(iter(readings.values()))


def filled(fields: Sequence[Field], held: msgspec.Struct) -> Answers:
    """What somebody would have typed to say what is held."""
    given: Answers = {}
    for field in fields:
        value = getattr(held, field.name, None)
        if value is None:
            continue
        if isinstance(value, datetime):
            local = value.astimezone(LONDON)
            texts = [str(local.day), str(local.month), str(local.year), f"{local:%H:%M} {local.tzname()}"]
        elif isinstance(value, date):
            texts = [str(value.day), str(value.month), str(value.year)]
        elif isinstance(value, bool):
            texts = ["yes" if value else "no"] if value or field.kind == "yes-no" else []
        elif isinstance(value, list | tuple):
            given[field.name] = [str(item) for item in value]
            continue
        else:
            texts = [str(value)]
        given.update({name: [text] for name, text in zip(field.inputs, texts, strict=False)})
    return given


async def answers(request: AnyRequest) -> Answers:
    """The form that was sent."""
    form = await request.form()
    return {name: [value for value in form.getall(name) if isinstance(value, str)] for name in form}


def version(given: Answers) -> int:
    """The version of the record that the form was filled in from: sent along, never typed."""
    text = next(iter(given.get("version", ())), "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Malformed([Fault("version", "is missing: open the form again")])
    return int(text)


def _field(fault: Fault) -> str:
    """The form's field that a fault is about: its path without what surrounds the form and what is inside the field."""
    return fault.field.removeprefix("facts.").split(".")[0]


def message(field: Field, fault: Fault) -> str:
    """The fault as a sentence: a reason that is half a sentence gets the field's name before it."""
    if re.match(r"(is|must|needs|has|cannot|ends) ", fault.reason):
        return f"{field.title} {fault.reason}"
    return fault.reason[:1].upper() + fault.reason[1:]


def after(form: Form[S], given: Answers, also: Mapping[str, object]) -> Asked | None:
    """Where a sent page leads: to the next questions, to the check, or (None) to the act itself."""
    go, sent = (next(iter(given.get(name, ())), "") for name in ("go", "step"))
    if chosen := form.step(go):
        return Asked(step=chosen)
    step = form.step(sent)
    if step is None:
        return None
    names = {field.name for field in step.fields}
    try:
        form.read(given, also)
    except Malformed as bad:
        if faults := [fault for fault in bad.faults if _field(fault) in names]:
            return Asked(step=step, faults=faults, status=400)
    if form.check and (given.get("seen") or step in (form.steps[-1], form.sealed)):
        return Asked(step=None)
    if step in (form.steps[-1], form.sealed):
        return None
    return Asked(step=form.steps[form.steps.index(step) + 1])


def show(
    request: AnyRequest, form: Form[S], given: Answers, asked: Asked | None = None, **content: Any
) -> Response[Any]:
    """A page of the form: its first step unless another is asked for. `content` may hold `caption`, `back` and `refusal`."""
    asked = asked or Asked(step=form.steps[0])
    step, known = asked.step, {field.name: field for field in form.fields}
    shown = {name for field in (step.fields if step else ()) for name in field.inputs}
    carried = {name for field in form.fields for name in field.inputs} | set(BESIDE)
    faults = [(_field(fault), fault) for fault in asked.faults]
    errors = {
        name: {"text": message(known[name], fault) if name in known else f"{name}: {fault.reason}", "source": fault.source}
        for name, fault in reversed(faults)
    }
    hidden = [(name, value) for name in sorted(carried - shown) for value in given.get(name, ())]
    if step is None and not given.get("seen"):
        hidden.append(("seen", "yes"))
    place = form.steps.index(step) if step in form.steps else 0
    return page(
        request, "form.html", step.title if step else "Check your answers", status=asked.status,
        form=form, step=step, given=given, faults=errors, hidden=hidden, inputs=shown,
        earlier=form.steps[place - 1].name if place else None, last=step in (form.steps[-1], form.sealed), **content,
    )  # fmt: skip


async def run(
    request: AnyRequest,
    session: AsyncSession,
    form: Form[S],
    act: Callable[[S, Answers], Awaitable[str]],
    *,
    also: Mapping[str, object] | None = None,
    **content: Any,
) -> Response[Any]:
    """Take a sent page: ask on, or do `act`, which answers with where to look then.

    What `act` refuses is shown with everything typed still there, and whatever it had begun is undone.
    """
    given, also = await answers(request), also or {}
    if asked := after(form, given, also):
        return show(request, form, given, asked, **content)
    try:
        command = form.read(given, also)
        async with session.begin_nested():
            where = await act(command, given)
    except Malformed as bad:
        step = next(filter(None, (form.asking(_field(fault)) for fault in bad.faults)), form.steps[-1])
        return show(request, form, given, Asked(step=step, faults=bad.faults, status=400), **content)
    except (Refused, Duplicate) as no:
        doubtful = isinstance(no, Refused) and form.sealed and all(_is_doubt(f.code, form) for f in no.findings)
        step = form.sealed if doubtful else None if form.check else form.steps[-1]
        return show(request, form, given, Asked(step=step, status=no.status), refusal=no, **content)
    return see(where)


def _is_doubt(code: str, form: Form[S]) -> bool:
    """Whether a refusal is for what the law makes doubtful, not for nonsense: a condition of an act, or a doubtful act."""
    return code == "doubtful-act" or code in {field.name for step in form.steps for field in step.fields}
