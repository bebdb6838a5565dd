"""The questions that panels are asked: seats, the frame, the draw, cases, reviews, replies."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from svro.casework.panels.cases import EXCLUSIONS, REMOVALS, VIDEO, Exclude, GiveBack, Prepare
from svro.casework.panels.draws import DrawSample
from svro.casework.panels.feedback import OUTCOMES, THEMES, Progress, Raise, Reply
from svro.casework.panels.life import Close, CommitFrame, FoundPanel, OpenSession, Seat, Sign
from svro.casework.panels.reviews import GRADES, QUESTIONS, Agree, StandAside, Submit
from svro.errors import Fault, Malformed
from svro.records.panels import Grade, Removal, Review
from svro.web.forms import Field, Form, Step

Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Nine = Annotated[int, Meta(ge=1, le=9)]
SEEN = {"yes": "Yes", "no": "No", "not seen": "Not seen"}
GRADED: dict[str, str] = {code: f"{shape} {words}" for code, (words, shape) in GRADES.items()}
NINE = {str(n): f"{n}: {list(GRADES)[(n - 1) // 3]}" for n in range(1, 10)}


class Nothing(msgspec.Struct, kw_only=True):
    """Nothing is asked: the button is the answer."""


class Written(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A case prepared for the panel, as a page asks it: the kinds of thing taken out, and why, in one."""

    account: Text
    video: Literal["shown", "none", "missing"]
    removed: tuple[str, ...] = ()
    why: Text | None = None


class Answered(Review, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The review form and the grade, as a page asks them."""

    grade: Grade | None = None
    nine: Nine | None = None
    text: Text | None = None


def prepared(said: Written) -> Prepare:
    """What casework is told. Malformed where things were taken out and nobody said why."""
    if said.removed and said.why is None:
        raise Malformed([Fault("why", "say why these were taken out")])
    removed = tuple(Removal(what=kind, why=said.why or "") for kind in said.removed)
    return Prepare(account=said.account, removed=removed, video=said.video)


def submitted(said: Answered) -> Submit:
    """What casework is told of a review."""
    form = Review(**{name: getattr(said, name) for name in Review.__struct_fields__})
    return Submit(form=form, grade=said.grade, nine=said.nine, text=said.text)


def _one(title: str, *fields: Field, lead: str = "") -> tuple[Step, ...]:
    return (Step(name="only", title=title, fields=fields, lead=lead),)


def _asked(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name=name, label=QUESTIONS[name], kind="radios", choices=SEEN) for name in names)


SUBJECTS: dict[str, str] = dict(THEMES.items())
GRADE = Field(name="grade", label="Grade", kind="radios", choices=GRADED)
OF_NINE = Field(
    name="nine",
    label="Grade of nine, if your panel uses it",
    called="Grade of nine",
    kind="select",
    choices=NINE,
)

FOUND = Form(
    kind=FoundPanel,
    title="Found a panel",
    send="Found this panel",
    steps=_one(
        "Found a panel",
        Field(name="name", label="Name"),
        Field(name="area", label="Area", hint="Whose people the panel speaks for"),
    ),
)
OPEN = Form(
    kind=OpenSession,
    title="Open a session",
    send="Open this session",
    steps=_one(
        "Open a session",
        Field(name="first", label="First day of the period", kind="date", hint="For example, 1 1 2025"),
        Field(name="last", label="Last day of the period", kind="date", hint="A day that is over"),
    ),
)
FRAME = Form(
    kind=CommitFrame,
    title="Commit to the frame",
    send="Commit to the frame and publish its hash",
    steps=_one(
        "Commit to the frame",
        Field(name="per_stratum", label="Cases to take from each stratum", kind="number", width=2),
        Field(name="reserves", label="Reserves in each stratum", kind="number", width=2),
        lead="The searches of the period are fixed as they are recorded now, and so are these numbers. "
        "The hash is published before anybody calls a seed. This is done once.",
    ),
)
SIGN = Form(
    kind=Sign,
    title="Sign for this session",
    send="Sign",
    steps=_one(
        "Sign for this session",
        Field(
            name="confidential",
            label="I will tell nobody outside this session what I see in it, and keep no copy",
            called="Your promise",
            kind="yes",
        ),
        Field(name="conflicts", label="Conflicts of interest that you know of, if any", kind="text"),
    ),
)
DRAW = Form(
    kind=DrawSample,
    title="Draw the sample",
    send="Draw",
    steps=_one(
        "Draw the sample",
        Field(name="digits", label="Digits called by the chair", hint="4 to 12 digits", width=10),
        Field(
            name="checkpoint",
            label="Root of a checkpoint of the log since the frame, if the panel wants one in the seed",
            hint="64 hex digits",
            called="Checkpoint",
        ),
        lead="The digits and the period make the seed. This is done once.",
    ),
)
CLOSE = Form(
    kind=Close,
    title="Close this session",
    send="Close this session",
    steps=_one(
        "Close this session",
        Field(name="text", label="A note on the end of the session, if there is one", kind="text"),
        lead="Its cases are shown to no member any more, and its minutes are published.",
    ),
)
PREPARE = Form(
    kind=Written,
    title="Prepare this case for the panel",
    send="Send it to a second person",
    steps=_one(
        "Prepare this case for the panel",
        Field(
            name="account",
            label="What happened, in words from which nobody can be recognised",
            called="What happened",
            kind="text",
        ),
        Field(name="removed", label="What was taken out", kind="checkboxes", choices=REMOVALS),
        Field(name="why", label="Why", kind="text", hint="Not the thing itself"),
        Field(name="video", label="Body-worn video", kind="radios", choices=VIDEO),
    ),
)
RELEASE = Form(
    kind=Nothing,
    title="Release this case to the panel",
    send="Release it",
    steps=_one(
        "Release this case to the panel",
        lead="You have read what the panel will read, and nobody can be recognised from it.",
    ),
)
RETURN = Form(
    kind=GiveBack,
    title="Send it back",
    send="Send it back",
    steps=_one("Send it back", Field(name="text", label="Why", kind="text")),
)
EXCLUDE = Form(
    kind=Exclude,
    title="Leave this case out",
    send="Leave it out",
    steps=_one(
        "Leave this case out",
        Field(name="reason", label="Reason", kind="radios", choices=EXCLUSIONS),
        Field(name="text", label="In your words", kind="text", hint="Kept for inspectors, with your name"),
    ),
)
ASIDE = Form(
    kind=StandAside,
    title="Stand aside from this case",
    send="Stand aside",
    steps=_one(
        "Stand aside from this case",
        Field(name="text", label="Why", kind="text", hint="Such as: I may know the person"),
    ),
)
DISCUSS = Form(
    kind=Nothing,
    title="Open the discussion",
    send="Open the discussion",
    steps=_one(
        "Open the discussion",
        lead="The grades given alone are shown to everybody on the panel, without names. No more are taken.",
    ),
)
AGREE = Form(
    kind=Agree,
    title="The panel’s grade",
    send="Record the panel’s grade",
    steps=_one(
        "The panel’s grade",
        GRADE,
        OF_NINE,
        Field(name="text", label="What the panel said", kind="text"),
        lead="It cannot be changed.",
    ),
)
REPLY = Form(
    kind=Reply,
    title="Answer the panel",
    send="Send this answer",
    steps=_one(
        "Answer the panel",
        Field(name="text", label="The force’s answer", kind="text"),
        Field(
            name="outcome",
            label="What was done with the officer, if it is about one",
            called="What was done",
            kind="radios",
            choices={code: f"{words} ({grade})" for code, (grade, words) in OUTCOMES.items()},
        ),
        Field(name="named", label="Name of the senior officer", hint="Red only. The panel is not shown it"),
        Field(
            name="standards",
            label="Did professional standards take it?",
            kind="yes-no",
            hint="Red only",
        ),
        Field(
            name="because", label="Why, or why not", kind="text", hint="Red only. The panel is not shown it"
        ),
    ),
)
PROGRESS = Form(
    kind=Progress,
    title="Better, worse or the same?",
    send="Record it",
    steps=_one(
        "Better, worse or the same?",
        Field(
            name="verdict",
            label="How did it go on?",
            kind="radios",
            choices={"better": "Better", "worse": "Worse", "same": "The same"},
        ),
        Field(name="text", label="What the panel saw", kind="text"),
        Field(name="done", label="Take it off the agenda", kind="yes"),
    ),
)


def seat(people: Mapping[str, str]) -> Form[Seat]:
    """Who is to sit: one of these accounts, by id and name."""
    parts = {"chair": "Chair", "member": "Member", "left": "No longer on the panel"}
    fields = (
        Field(name="account_id", label="Who", kind="select", choices=people),
        Field(name="part", label="What they are", kind="radios", choices=parts),
    )
    return Form(kind=Seat, title="Who sits", send="Save", steps=_one("Who sits", *fields))


def review(another_power: bool) -> Form[Answered]:
    """The review form; whether grounds were recorded is asked only where another power was used."""
    early = _asked("order_checked", "identity_confirmed", "reason_now", "repeats_justified")
    told = [name for name in QUESTIONS if name.startswith("told_") or name == "warrant_card"]
    late = ("courtesy", "length", "clothing", "force", "record_offered", "video_complete", "ethnicity_asked")
    last = (*late, "outcome_linked", *(("grounds",) if another_power else ()))
    words = Field(name="text", label="Anything else", kind="text")
    lead = "Others see your grade when the chair opens the discussion. You cannot change it."
    return Form(
        kind=Answered,
        title="Review this case",
        send="Send my review",
        check=True,
        steps=(
            Step(name="before", title="Before the search", fields=early),
            Step(name="told", title="What the person was told", fields=_asked(*told)),
            Step(name="during", title="The search, and after it", fields=_asked(*last)),
            Step(name="grade", title="Your own grade", fields=(GRADE, OF_NINE, words), lead=lead),
        ),
    )


def raised(graded: Mapping[str, str]) -> Form[Raise]:
    """What the force is to hear, perhaps about one of these graded cases, by id and name."""
    fields = (
        Field(name="text", label="What the force is to hear", kind="text"),
        GRADE,
        Field(
            name="theme",
            label="Theme",
            kind="select",
            choices=SUBJECTS,
        ),
        Field(
            name="case_id",
            label="About which case, if about one",
            called="Case",
            kind="select",
            choices=graded,
        ),
        Field(name="owner", label="Who is to answer", hint="A post, such as chief inspector for custody"),
        Field(name="due", label="Answer due", kind="date", hint="28 days from today unless given"),
    )
    return Form(
        kind=Raise, title="Tell the force", send="Send it to the force", steps=_one("Tell the force", *fields)
    )
