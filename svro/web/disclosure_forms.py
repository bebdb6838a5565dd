"""The questions that disclosure is asked: what is wanted, what is decided of an item, what is handed over."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from svro.casework.disclosure.handover import Recall
from svro.casework.disclosure.issues import Issue
from svro.casework.disclosure.marks import PutBack, TakeOut
from svro.casework.disclosure.requests import Client, Extend, MakeRequest, Say
from svro.casework.disclosure.review import CutField, Decide, DecideRest, ItemView, ScheduleView
from svro.casework.disclosure.sections import SCOPES
from svro.casework.disclosure.sensitive import MarkSensitive, SensitiveView, UnmarkSensitive
from svro.casework.disclosure.standing import RequestView
from svro.errors import Fault, Malformed
from svro.law import disclosure as law
from svro.records.disclosure import Decision, Place, Test
from svro.web.forms import Field, Form, one_step

Line = Annotated[str, Meta(min_length=1, max_length=1000)]
PURPOSES: dict[str, str] = {str(code): label for code, label in law.LABELS.items()}
DECISIONS: dict[str, str] = {
    "disclose": "Disclose it, as the rule has it",
    "redact": "Disclose it without the fields ticked below",
    "withhold": "Withhold all of it",
}
TESTS: dict[str, str] = {
    "undermines": "It might undermine the case against the client",
    "assists": "It might assist the client",
    "neither": "Neither",
}


class Nothing(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Nothing is asked: the button is the answer."""


class DecideOne(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One item decided, as a page asks it: the fields kept back all on one ground."""

    decision: Decision
    test: Test
    relevant: bool = False
    fields: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    ground: str | None = None
    reason: Line | None = None


class MarkOne(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A mark as a page asks it."""

    ground: str
    reason: Annotated[str, Meta(min_length=3, max_length=1000)]
    page: int | None = None
    x0: float | None = None
    y0: float | None = None
    x1: float | None = None
    y1: float | None = None
    line: int | None = None
    first: int | None = None
    last: int | None = None


def decided(key: str, said: DecideOne) -> Decide:
    """What casework is told. Malformed where fields are kept back without a ground and a reason."""
    if said.fields and (said.ground is None or said.reason is None):
        raise Malformed([Fault("ground", "say on which ground and why these fields are kept back")])
    cuts = tuple(
        CutField(field=field, ground=said.ground or "", reason=said.reason or "") for field in said.fields
    )
    return Decide(
        keys=(key,),
        decision=said.decision,
        relevant=said.relevant,
        test=said.test,
        cuts=cuts,
        shown=said.shown,
        ground=said.ground if said.decision == "withhold" else None,
        reason=said.reason,
    )


def taken_out(said: MarkOne) -> TakeOut:
    """What casework is told of a mark."""
    place = Place(**{name: getattr(said, name) for name in Place.__struct_fields__})
    return TakeOut(place=place, ground=said.ground, reason=said.reason)


def ask(clients: list[Client]) -> Form[MakeRequest]:
    """Ask for disclosure, for one of these clients."""
    orders = {order: f"{ref}, {one.name}" for one in clients for order, ref in one.orders.items()}
    return one_step(
        MakeRequest,
        "ask",
        "Ask for disclosure",
        Field(
            name="person_id",
            label="Client",
            kind="select",
            choices={one.person_id: one.name for one in clients},
            hint="Those for whom you are instructed",
        ),
        Field(name="order_id", label="One order (optional)", called="Order", kind="select", choices=orders),
        Field(name="purpose", label="What is it for?", called="Purpose", kind="radios", choices=PURPOSES),
        Field(name="scope", label="What do you ask for?", called="Scope", kind="checkboxes", choices=SCOPES),
        Field(name="first", label="First day of the period (optional)", called="First day", kind="date"),
        Field(name="last", label="Last day of the period (optional)", called="Last day", kind="date"),
        Field(
            name="directed",
            label="Day by which a court directed an answer (optional)",
            called="Day directed",
            kind="date",
        ),
        Field(name="details", label="What do you need, and why?", called="Details", kind="text"),
        send="Send this request",
    )


SAY = one_step(Say, "say", "Write a message", Field(name="text", label="Message", kind="text"), send="Send")
EXTEND = one_step(
    Extend,
    "extend",
    "Put the answer off",
    Field(name="until", label="New day", kind="date"),
    Field(name="text", label="Why", kind="text"),
    Field(
        name="reference",
        label="Reference of the court’s new direction (where a court set the day)",
        called="Reference",
    ),
    send="Put it off",
)
END = one_step(
    Say, "end", "End this request", Field(name="text", label="Why", kind="text"), send="End this request"
)
REOPEN = one_step(
    Say,
    "reopen",
    "Take this request up again",
    Field(name="text", label="Why", kind="text"),
    send="Take it up again",
)
REST = one_step(
    DecideRest,
    "rest",
    "Decide everything else",
    lead="Whatever nobody has decided is disclosed as the rule has it: the client’s own data are shown, the "
    "names of staff and references to other operations are kept back.",
    send="Disclose the rest as the rule has it",
)
LINK = one_step(
    Nothing,
    "link",
    "Make a link for the solicitor",
    lead="It works once, for this solicitor alone, when they are signed in. It ends after 24 hours if it is "
    "not used. It is shown to you this once: send it to them.",
    send="Make the link",
)
RECALL = one_step(
    Recall,
    "recall",
    "Take this bundle back",
    Field(name="reason", label="Why", kind="text", hint="The solicitor is shown this"),
    lead="Its links give nothing more. What was fetched is not undone: say what is to be done with it.",
    send="Take it back",
)
WITHDRAW = one_step(
    PutBack,
    "withdraw",
    "Take a mark away",
    Field(name="reason", label="Why", kind="text"),
    send="Take the mark away",
)


def issue(view: RequestView) -> Form[Issue]:
    """Hand over an answer to all of a request, or to a part of it."""
    return one_step(
        Issue,
        "issue",
        "Hand over an answer",
        Field(
            name="sections",
            label="Sections",
            kind="checkboxes",
            choices=dict(zip(view.scope, view.scope_labels, strict=True)),
            hint="Without any, the whole request",
        ),
        lead="Another disclosure officer approves before anything leaves.",
        send="Send it to a second person",
    )


def decide(item: ItemView, grounds: Mapping[str, str]) -> Form[DecideOne]:
    """Decide one item."""
    held = [field for field in item.fields if field.value is not None]
    return one_step(
        DecideOne,
        "decide",
        "Decide this item",
        Field(name="decision", label="Decision", kind="radios", choices=DECISIONS),
        Field(name="test", label="The test for disclosure", called="Test", kind="radios", choices=TESTS),
        Field(name="relevant", label="It is relevant", called="Relevance", kind="yes"),
        Field(
            name="fields",
            label="Fields to keep back",
            kind="checkboxes",
            choices={field.name: field.label for field in held},
        ),
        Field(
            name="shown",
            label="Fields to show although the rule keeps them back",
            called="Fields to show",
            kind="checkboxes",
            choices={field.name: field.label for field in held if field.ground},
        ),
        Field(name="ground", label="Ground", kind="select", choices=grounds),
        Field(name="reason", label="Reason", kind="text"),
        send="Decide",
        beside=("key",),
    )


def sensitive(schedule: ScheduleView, grounds: Mapping[str, str]) -> Form[MarkSensitive]:
    """Put items on the sensitive schedule."""
    return one_step(
        MarkSensitive,
        "sensitive",
        "Put items on the sensitive schedule",
        Field(
            name="keys",
            label="Items",
            kind="checkboxes",
            choices={item.key: f"{item.number}. {item.title}" for item in schedule.items},
        ),
        Field(name="ground", label="Ground", kind="select", choices=grounds),
        Field(
            name="test",
            label="The test for disclosure (optional)",
            called="Test",
            kind="radios",
            choices=TESTS,
        ),
        Field(name="reason", label="Reason, for the court", called="Reason", kind="text"),
        lead="A second person approves. The defence is shown nothing of it, nor that there is one.",
        send="Send it to a second person",
    )


def unmark(schedule: SensitiveView) -> Form[UnmarkSensitive]:
    """Take items off the sensitive schedule."""
    return one_step(
        UnmarkSensitive,
        "unmark",
        "Take items off the sensitive schedule",
        Field(
            name="keys",
            label="Items",
            kind="checkboxes",
            choices={item.key: item.title for item in schedule.items},
        ),
        Field(name="reason", label="Reason", kind="text"),
        lead=(
            "A second person approves. In every request about this person the items are then disclosed as the"
            " rule has it, unless you decide otherwise."
        ),
        send="Send it to a second person",
    )


def mark(media_type: str, grounds: Mapping[str, str]) -> Form[MarkOne]:
    """Mark something in a document."""
    where: tuple[Any, ...] = (
        Field(name="line", label="Line", kind="number", width=4),
        Field(name="first", label="First letter (optional)", called="First letter", kind="number", width=4),
        Field(name="last", label="Last letter (optional)", called="Last letter", kind="number", width=4),
    )
    if media_type != "text/plain":
        unit = "in points from the top left of the page" if media_type == "application/pdf" else "in pixels"
        where = (
            Field(name="page", label="Page", kind="number", width=4),
            Field(name="x0", label="Left edge (optional)", called="Left edge", hint=unit, width=5),
            Field(name="y0", label="Upper edge (optional)", called="Upper edge", width=5),
            Field(name="x1", label="Right edge (optional)", called="Right edge", width=5),
            Field(name="y1", label="Lower edge (optional)", called="Lower edge", width=5),
        )
    return one_step(
        MarkOne,
        "mark",
        "Take something out",
        *where,
        Field(name="ground", label="Ground", kind="select", choices=grounds),
        Field(name="reason", label="Reason", kind="text"),
        lead="The document itself is not changed. What is handed over is made anew without what is marked.",
        send="Take it out",
    )
