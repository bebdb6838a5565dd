"""The questions asked of a change to an order: what is sought, on whom it was served, how it ended."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from svro.casework.changes import CloseChange, SeekChange
from svro.casework.changes import Step as Change
from svro.law import changes
from svro.law.notifications import Line, Text
from svro.web.applications import DOCUMENT
from svro.web.forms import Field, Form, Step, one_step
from svro.web.people import COURT_HINT


class Sought(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A change as a page asks it, before anybody is served."""

    change: Change
    applicant: changes.Applicant
    court: Line
    grounds: Text
    changed: Text
    earlier: Text
    railway: bool | None = None
    months: Annotated[int, Meta(ge=1, le=120)] | None = None
    ends_on: date | None = None


def sought(said: Sought) -> SeekChange:
    """The command that a page's answers make."""
    names = [name for name in Sought.__struct_fields__ if name != "change"]
    return SeekChange(step=said.change, **{name: getattr(said, name) for name in names})


CHANGES = {"vary": "Vary it", "lengthen": "Lengthen it", "renew": "Renew it", "discharge": "Discharge it"}
SEEK: Form[Sought] = Form(
    kind=Sought,
    title="Seek a change",
    check=True,
    send="Seek this change",
    steps=(
        Step(
            name="change",
            title="What is sought?",
            fields=(
                Field(
                    name="change",
                    label="Change",
                    kind="radios",
                    choices=CHANGES,
                ),
                Field(name="months", label="New period in months", kind="number", width=3),
                Field(
                    name="ends_on",
                    label="New last day",
                    kind="date",
                    hint="Give this or the months, not both.",
                ),
            ),
        ),
        Step(
            name="applicant",
            title="Who applies, and where?",
            lead="Only those whom s.342H(2) names may apply. The prosecutor may not, and is served.",
            fields=(
                Field(
                    name="applicant",
                    label="Applicant",
                    kind="radios",
                    choices={code: label for code, (label, _) in changes.APPLICANTS.items()},
                ),
                Field(
                    name="railway",
                    label="Was the offence at or related to a railway?",
                    called="Railway offence",
                    kind="yes-no",
                ),
                Field(name="court", label="Court code", hint=COURT_HINT, width=10),
            ),
        ),
        Step(
            name="grounds",
            title="Why?",
            fields=(
                Field(name="grounds", label="Why should it change?", called="Grounds", kind="text"),
                Field(
                    name="changed", label="What has changed since it was made?", called="Changed", kind="text"
                ),
                Field(
                    name="earlier",
                    label="Earlier applications",
                    hint="Each one made before, with its result. Write None if there was none.",
                    kind="text",
                ),
            ),
        ),
    ),
)


class ServedOn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """When each was served, as a page asks it."""

    court_officer: date | None = None
    prosecutor: date | None = None
    offender: date | None = None
    other: date | None = None
    hearsay_on: date | None = None


def served(said: ServedOn) -> dict[changes.Party, date]:
    """Party to day, of those who were served."""
    days: dict[changes.Party, date | None] = {
        "court officer": said.court_officer,
        "prosecutor": said.prosecutor,
        "offender": said.offender,
        "other": said.other,
    }
    return {party: day for party, day in days.items() if day}


SERVE: Form[ServedOn] = one_step(
    ServedOn,
    "serve",
    "Record service",
    Field(name="court_officer", label="Court officer", kind="date"),
    Field(name="prosecutor", label="Prosecutor", kind="date"),
    Field(name="offender", label="Offender", kind="date"),
    Field(name="other", label="Anyone else affected", kind="date"),
    Field(
        name="hearsay_on",
        label="Notice of hearsay, if there was one",
        called="Notice of hearsay",
        kind="date",
    ),
    lead="Leave blank whoever has not been served yet.",
)
OUTCOME: Form[CloseChange] = one_step(
    CloseChange,
    "outcome",
    "Record how it ended",
    Field(
        name="outcome",
        label="Outcome",
        kind="radios",
        choices={
            "allowed": "The court allowed it",
            "refused": "The court refused it",
            "withdrawn": "Withdrawn",
        },
    ),
    Field(name="decided_on", label="On which day?", called="Day", kind="date"),
    Field(name="reason", label="Reason", kind="text"),
    DOCUMENT,
    lead="What the court allowed is recorded besides, as an act of the order.",
)
