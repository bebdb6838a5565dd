"""Forms: the fields of a Struct as pages of questions, read back with every fault, checked before sending.

A form of several pages keeps nothing on the server: the answers so far travel along as hidden fields. A date
is typed in three boxes, an instant in those and a time by the London clock.
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
from svro.records.ledger import attempt
from svro.web.site import day, moment, page, see

S = TypeVar("S", bound=msgspec.Struct)
Answers = dict[str, list[str]]
"""What was typed: the name of an input to its values, as a browser sends them."""

Kind = Literal[
    "line",
    "text",
    "lines",
    "number",
    "date",
    "instant",
    "radios",
    "select",
    "checkboxes",
    "yes",
    "yes-no",
    "password",
]
YES_NO = {"yes": "Yes", "no": "No", "unknown": "Not known"}
PARTS = {"date": ("day", "month", "year"), "instant": ("day", "month", "year", "time")}
BESIDE = ("version", "seen")
"""What travels along beside the answers: the version being changed, and whether they were once checked."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One question, for the field `name` of the form's Struct; messages say `called` where `label` is long.

    "yes" is one box to tick, True or absent; "yes-no" has a third answer, not known, which is absent too;
    "lines" is a list with one item on each line; what is typed as a "password" is never shown again.
    `width` is in characters.
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
    """One page of questions that belong together; asked only after the answer in `when`: (field, answer)."""

    name: str
    title: str
    fields: tuple[Field, ...]
    lead: str = ""
    when: tuple[str, str] | None = None


class Form(msgspec.Struct, Generic[S], frozen=True, kw_only=True):
    """The pages that ask for a `kind`. With `check`, all answers are shown before they are sent.

    `sealed` is asked only after a refusal that the court's own sealed document would overcome. `beside` are
    values that travel along though nobody types them.
    """

    kind: type[S]
    title: str
    steps: tuple[Step, ...]
    send: str = "Save"
    check: bool = False
    sealed: Step | None = None
    beside: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every question that may be asked."""
        return self._of((*self.steps, *self.last_resort))

    @property
    def last_resort(self) -> tuple[Step, ...]:
        return (self.sealed,) if self.sealed else ()

    @staticmethod
    def _of(steps: Sequence[Step]) -> tuple[Field, ...]:
        return tuple({field.name: field for step in steps for field in step.fields}.values())

    def asked(self, given: Answers) -> tuple[Step, ...]:
        """The pages to be asked, given the answers so far."""
        return tuple(
            step for step in self.steps if step.when is None or step.when[1] in given.get(step.when[0], ())
        )

    def step(self, name: str) -> Step | None:
        """The page of this name."""
        return next((step for step in (*self.steps, *self.last_resort) if step.name == name), None)

    def asking(self, field: str) -> Step | None:
        """The first page that asks for a field."""
        return next((step for step in self.steps if field in {f.name for f in step.fields}), None)

    def read(self, given: Answers, also: Mapping[str, object]) -> S:
        """The Struct, or Malformed with every fault. Answers to pages no longer asked are left out."""
        values, faults = tidy(self._of((*self.asked(given), *self.last_resort)), given)
        unread = {fault.field for fault in faults}
        whole = {**values, **also}
        faults.extend(f for f in reading.faults(self.kind, whole, strict=False) if _field(f) not in unread)
        if faults:
            raise Malformed(faults)
        return reading.read(self.kind, whole, strict=False)


def one_step(kind: type[S], name: str, title: str, *fields: Field, lead: str = "", **more: Any) -> Form[S]:
    """A form of one page; `more` is any further field of Form."""
    step = Step(name=name, title=title, fields=fields, lead=lead)
    return Form(kind=kind, title=title, steps=(step,), **more)


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
        sent = (value.strip() for name in field.inputs for value in given.get(name, ()))
        typed = [value.replace("\r\n", "\n") for value in sent if value]
        if not typed:
            continue
        if field.kind in PARTS:
            try:
                values[field.name] = _parse(field, given)
            except ValueError as error:
                faults.append(Fault(field.name, str(error)))
        elif field.kind == "checkboxes":
            values[field.name] = typed
        elif field.kind == "lines":
            values[field.name] = [line.strip() for line in typed[0].split("\n") if line.strip()]
        elif field.kind == "number" and not (typed[0].isascii() and typed[0].isdigit()):
            faults.append(Fault(field.name, "must be a whole number, such as 12"))
        elif field.kind in ("yes", "yes-no"):
            if typed[0] != "unknown":
                values[field.name] = typed[0] == "yes"
        else:
            values[field.name] = typed[0]
    return values, faults


def _parse(field: Field, given: Answers) -> date | datetime | None:
    """The day or instant in a field's boxes; None if all are blank, ValueError with the reason if wrong."""
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


NO_TIME = "must have a time such as 9:14pm or 21:14"
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?:[:.](?P<second>\d{2}))?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>bst|gmt|utc)?",
    re.IGNORECASE,
)


def instant(on: date, text: str) -> datetime:
    """The instant at which a London clock showed `text` ("21:14", "9:14pm", "midday") on a day.

    The clock shows an hour twice each autumn: then BST or GMT must be written after the time. It skips one
    each spring. ValueError with the reason where there is no such instant.
    """
    words = {"midnight": "0:00", "midday": "12:00", "noon": "12:00"}
    found = _TIME.fullmatch(words.get(text.strip().lower(), text.strip()))
    hour, half = (int(found["hour"]), (found["half"] or "").lower()[:1]) if found else (0, "")
    if found is None or not (found["minute"] or half) or (half and not 1 <= hour <= 12):
        raise ValueError(NO_TIME)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        local = time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        raise ValueError(NO_TIME) from None
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
        both = f"{naive:%H:%M} BST or {naive:%H:%M} GMT"
        raise ValueError(f"is a time that came twice, as the clocks went back: write {both}")
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
            given[field.name] = ["\n".join(value)] if field.kind == "lines" else list(value)
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
    """The form's field that a fault is about: its path without what is around and inside the field."""
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
    step, steps = form.step(sent), form.asked(given)
    if step is None:
        return None
    try:
        form.read(given, also)
    except Malformed as bad:
        if faults := [
            fault for fault in bad.faults if _field(fault) in {field.name for field in step.fields}
        ]:
            return Asked(step=step, faults=faults, status=400)
    rest = steps[steps.index(step) + 1 :] if step in steps else ()
    if rest and not given.get("seen"):
        return Asked(step=rest[0])
    return Asked(step=None) if form.check else None


def show(
    request: AnyRequest, form: Form[S], given: Answers, asked: Asked | None = None, **content: Any
) -> Response[Any]:
    """A page of the form: its first step unless another is asked for.

    `content` may hold `caption` (whom it is about), `back` (where that is held) and `refusal` (a problem).
    """
    asked = asked or Asked(step=form.steps[0])
    step, steps = asked.step, form.asked(given)
    known = {field.name: field for field in form.fields}
    shown = {name for field in (step.fields if step else ()) for name in field.inputs}
    carried = {name for field in form.fields for name in field.inputs} | {*BESIDE, *form.beside}
    errors = {
        (name := _field(fault)): {
            "text": message(known[name], fault) if name in known else f"{name}: {fault.reason}",
            "source": fault.source,
        }
        for fault in reversed(asked.faults)
    }
    hidden = [(name, value) for name in sorted(carried - shown) for value in given.get(name, ())]
    if step is None and not given.get("seen"):
        hidden.append(("seen", "yes"))
    place = steps.index(step) if step in steps else 0
    return page(
        request,
        "form.html",
        step.title if step else "Check your answers",
        status=asked.status,
        form=form,
        step=step,
        parts=(*steps, *(form.last_resort if given.get("as_on_sealed_order") else ())),
        given=given,
        faults=errors,
        hidden=hidden,
        earlier=steps[place - 1].name if place else None,
        last=step in (*steps[-1:], form.sealed),
        **content,
    )


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
        async with attempt(session):
            where = await act(command, given)
    except Malformed as bad:
        asking = (form.asking(_field(fault)) for fault in bad.faults)
        step = next((step for step in asking if step), form.steps[-1])
        return show(request, form, given, Asked(step=step, faults=bad.faults, status=400), **content)
    except (Refused, Duplicate) as no:
        return show(request, form, given, _refused(form, given, no), refusal=no, **content)
    return see(where)


def _refused(form: Form[S], given: Answers, no: Refused | Duplicate) -> Asked:
    """The page on which a refusal is shown: the one asking for the sealed document, if that overcomes it."""
    codes = {finding.code for finding in no.findings} if isinstance(no, Refused) else set()
    conditions = {field.name for field in form.fields}
    if form.sealed and codes and codes <= conditions | {"doubtful-act"}:
        return Asked(step=form.sealed, status=no.status)
    return Asked(step=None if form.check else form.asked(given)[-1], status=no.status)
