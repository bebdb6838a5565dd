"""The life of one application as a table: at this stage, this act leads there, this permission may record
it, and why.

The table drives the API, the pages, their buttons and the documents; the database only keeps the acts.
What a court or the prosecution does is a fact that somebody records, with its provenance: it is never the
police's to make.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

CREATE = "application:create"
UPDATE = "application:update_draft"
APPROVE = "application:approve_for_cps"
WITHDRAW = "application:withdraw"
EVALUATE = "eligibility:evaluate"
DECISION = "decision:record"
AS_NOTIFIED = "decision:record_as_notified"

START = "not-started"

Whose = Literal["police", "prosecution", "court"]


class Stage(msgspec.Struct, frozen=True):
    """One stage: its label for people, and whether nothing more can happen to the application once it is
    there.
    """

    label: str
    ended: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """At `stage`, `act` leads to `to`.

    `who` is the permission that may record it, `whose` the body whose act it is in truth, `needs` the
    details that must come with it, `conditions` what must have been met for the
    act to be lawful, and `seeks` whether the act asks for an order (refused while no regime runs, where
    recording what a court did is not).
    """

    stage: str
    act: str
    to: str
    who: str
    source: str
    title: str
    whose: Whose
    needs: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    seeks: bool = False


class Lack(msgspec.Struct, frozen=True):
    """One thing missing from an act: the field, why it is needed, the law it comes from.

    `kind` is "needed" (without it the record is incomplete: refused) or "condition" (the law makes the
    act depend on it, so an act recorded without it is doubtful: taken only as on the court's own
    document).
    """

    field: str
    kind: Literal["needed", "condition"]
    sentence: str
    source: str


class Refusal(msgspec.Struct, frozen=True):
    """Why an act is not open at a stage: stable code, one sentence, source."""

    code: str
    sentence: str
    source: str


STAGES: dict[str, Stage] = {
    START: Stage("Not started"),
    "considered": Stage("Being considered"),
    "assessed": Stage("Eligibility assessed"),
    "not-pursued": Stage("Not pursued", ended=True),
    "sent-to-cps": Stage("Sent to the CPS"),
    "cps-declined": Stage("CPS declined", ended=True),
    "notice-served": Stage("Notice of intention served"),
    "notice-dispensed": Stage("Service of notice dispensed with"),
    "notice-waived": Stage("Late, oral or informal notice accepted"),
    "hearing-listed": Stage("Hearing listed"),
    "adjourned": Stage("Adjourned"),
    "warrant-issued": Stage("Warrant issued"),
    "heard-in-absence": Stage("Heard in absence"),
    "granted": Stage("Order made", ended=True),
    "refused": Stage("Order refused", ended=True),
    "withdrawn": Stage("Withdrawn", ended=True),
}

NOTICE = ("notice-served", "notice-dispensed", "notice-waived")
BEFORE_HEARING = ("sent-to-cps", *NOTICE)
HEARINGS = ("hearing-listed", "adjourned")
AT_COURT = (*HEARINGS, "warrant-issued", "heard-in-absence")

DETAILS: dict[str, str] = {
    "reason": "Say why.",
    "date": "Give the date.",
    "court": "Name the court.",
    "served_on": "Name everyone served: the court officer, the defendant and anyone else affected.",
    "document_reference": "Give the reference of the document that shows what the court did.",
}
"""What to say when a detail is missing."""

_NOTICE_GIVEN = "The offender must have had adequate notice of the time and place of the adjourned hearing."
_WARNED = "The offender must have been told that the court might go on without them if they did not appear."
CONDITIONS: dict[tuple[str, str], tuple[str, str]] = {
    ("issue_warrant", "adequate_notice"): (_NOTICE_GIVEN, "Sentencing Act 2020 s.342A(11)"),
    ("proceed_in_absence", "adequate_notice"): (_NOTICE_GIVEN, "Sentencing Act 2020 s.342A(12)(a)"),
    ("proceed_in_absence", "told_of_absence"): (_WARNED, "Sentencing Act 2020 s.342A(12)(b)"),
}
"""What an act depends on in law: the act and the detail that must be yes, to the sentence and its source."""

APPLIES = "Sentencing Act 2020 s.342A(1)(b)"
DECIDES = "Sentencing Act 2020 s.342A(2)"
WARRANT = "Sentencing Act 2020 s.342A(10)(b)"
ABSENCE = "Sentencing Act 2020 s.342A(10)(c)"
CANDIDATES = "Sentencing Act 2020 s.342J(2)(b)"
ASSISTING = "Sentencing Act 2020 s.342J(2)(c)"


def _to(to: str, *stages: str) -> dict[str, str]:
    """From each of these stages to one."""
    return dict.fromkeys(stages, to)


def _stay(*stages: str) -> dict[str, str]:
    """An act that changes nothing about the stage."""
    return {stage: stage for stage in stages}


def _rows(act: str, title: str, source: str, who: str, moves: dict[str, str], **more: Any) -> tuple[Row, ...]:
    """One act at each stage where it is open; `more` is any further field of Row."""
    whose = "court" if who == DECISION else "police"
    same = {"act": act, "title": title, "source": source, "who": who, "whose": whose, **more}
    return tuple(Row(stage=stage, to=to, **same) for stage, to in moves.items())


COURT = ("date", "court")
CPS: dict[str, Any] = {"whose": "prosecution", "needs": ("date", "reason")}
SERVES: dict[str, Any] = {"whose": "prosecution", "needs": ("date", "served_on"), "seeks": True}

TABLE: tuple[Row, ...] = (
    *_rows("consider", "Start considering an application", CANDIDATES, CREATE, _to("considered", START)),
    *_rows(
        "assess",
        "Assess eligibility",
        DECIDES,
        EVALUATE,
        _to("assessed", "considered") | _stay("assessed", *BEFORE_HEARING, *HEARINGS),
    ),
    *_rows(
        "not_pursue",
        "Decide not to pursue",
        CANDIDATES,
        UPDATE,
        _to("not-pursued", "considered", "assessed"),
        needs=("reason",),
    ),
    *_rows(
        "send_to_cps",
        "Approve and send to the CPS",
        ASSISTING,
        APPROVE,
        _to("sent-to-cps", "assessed"),
        seeks=True,
    ),
    *_rows(
        "cps_decline",
        "Record that the CPS declined",
        APPLIES,
        UPDATE,
        _to("cps-declined", "sent-to-cps"),
        **CPS,
    ),
    *_rows(
        "serve_notice",
        "Record service of the notice of intention to apply",
        "CrimPR 31.3(2)",
        UPDATE,
        _to("notice-served", "sent-to-cps") | _stay(*HEARINGS),
        **SERVES,
    ),
    *_rows(
        "dispense_notice",
        "Record that the court dispensed with service of the notice",
        "CrimPR 31.12(c)",
        DECISION,
        _to("notice-dispensed", "sent-to-cps") | _stay(*HEARINGS),
        needs=COURT,
    ),
    *_rows(
        "waive_notice",
        "Record that the court accepted late, oral or informal notice",
        "CrimPR 31.12(b)",
        DECISION,
        _to("notice-waived", "sent-to-cps") | _stay(*HEARINGS),
        needs=COURT,
    ),
    *_rows(
        "list_hearing",
        "Record the date of the hearing",
        "CrimPR 31.2(1)",
        DECISION,
        _to("hearing-listed", *BEFORE_HEARING, "hearing-listed"),
        needs=COURT,
    ),
    *_rows(
        "adjourn",
        "Record an adjournment (also after sentence)",
        "Sentencing Act 2020 s.342A(9)",
        DECISION,
        _to("adjourned", *HEARINGS, "warrant-issued"),
        needs=COURT,
    ),
    *_rows(
        "issue_warrant",
        "Record that a warrant was issued",
        WARRANT,
        DECISION,
        _to("warrant-issued", "adjourned"),
        needs=COURT,
        conditions=("adequate_notice",),
    ),
    *_rows(
        "proceed_in_absence",
        "Record that the court heard the application in the offender's absence",
        ABSENCE,
        DECISION,
        _to("heard-in-absence", "adjourned", "warrant-issued"),
        needs=COURT,
        conditions=("adequate_notice", "told_of_absence"),
    ),
    *_rows(
        "grant",
        "Record that the court made an order",
        DECIDES,
        DECISION,
        _to("granted", *AT_COURT),
        needs=COURT,
    ),
    *_rows(
        "refuse",
        "Record that the court refused an order",
        DECIDES,
        DECISION,
        _to("refused", *AT_COURT),
        needs=(*COURT, "reason"),
    ),
    *_rows(
        "withdraw",
        "Record that the application was withdrawn",
        APPLIES,
        WITHDRAW,
        _to("withdrawn", *BEFORE_HEARING, *AT_COURT),
        **CPS,
    ),
)
ACTS: tuple[str, ...] = tuple(dict.fromkeys(row.act for row in TABLE))
_ROWS: dict[tuple[str, str], Row] = {(row.stage, row.act): row for row in TABLE}

WHY_NOT: dict[str, tuple[str, str]] = {
    "send_to_cps": ("The papers go to the prosecution once, with an assessment of eligibility.", DECIDES),
    "not_pursue": (
        "Once the prosecution has it, an application is declined or withdrawn, not dropped.",
        APPLIES,
    ),
    "grant": ("A court makes an order only on an application by the prosecution, at a hearing.", APPLIES),
    "refuse": ("A court decides only an application that the prosecution made, at a hearing.", APPLIES),
    "adjourn": (
        "Only proceedings that have come before a court can be adjourned.",
        "Sentencing Act 2020 s.342A(9)",
    ),
    "issue_warrant": ("It needs an adjourned hearing at which the offender does not appear.", WARRANT),
    "proceed_in_absence": ("It needs an adjourned hearing at which the offender does not appear.", ABSENCE),
    "withdraw": ("Only an application that the prosecution has can be withdrawn.", APPLIES),
    "list_hearing": ("A hearing is listed for an application that the prosecution has.", "CrimPR 31.2(1)"),
}
"""Why an act belongs to its stages, where the law says more than the table does."""


def row(stage: str, act: str) -> Row | None:
    """The row for this act at this stage, or None where the act is not open."""
    return _ROWS.get((stage, act))


def after(stage: str, act: str) -> str | None:
    """The police consider a case and send it, the prosecution gives notice and applies, a court hears and
    decides.

    The stage that `act` leads to from `stage`, or None where it is not open there.

    Source: Sentencing Act 2020 s.342A(1)(b), (2); Sentencing Act 2020 s.342J(2)(b)-(c); CrimPR 31.2(1).
    """
    found = row(stage, act)
    return found.to if found else None


def open_acts(stage: str) -> tuple[Row, ...]:
    """Proceedings may be adjourned, even after sentence; at an adjourned hearing the court may act on an
    absence.

    Every act open at `stage`, in the table's order; none at a stage that has ended.

    Source: Sentencing Act 2020 s.342A(9)-(10).
    """
    return tuple(found for found in TABLE if found.stage == stage)


def permissions(found: Row) -> tuple[str, ...]:
    """Every permission that may record this act: a court's act is the clerk's, or as notified the legal
    officer's.
    """
    return (found.who, AS_NOTIFIED) if found.who == DECISION else (found.who,)


def provenance(permission: str) -> str:
    """What an act recorded under this permission rests on: "decision", "decision as notified" or "police"."""
    return {DECISION: "decision", AS_NOTIFIED: "decision as notified"}.get(permission, "police")


def lacks(found: Row, details: Mapping[str, object], permission: str) -> tuple[Lack, ...]:
    """A court may go on without the offender only after adequate notice and a warning that it might; a
    warrant needs notice.

    Everything missing from `details` (name → value; None, "" and False are missing) for this act under
    this permission, all at once. An act as notified needs the document that shows it.

    Source: Sentencing Act 2020 s.342A(11)-(12).
    """
    needs = found.needs + (("document_reference",) if permission == AS_NOTIFIED else ())
    wanting = [Lack(name, "needed", DETAILS[name], found.source) for name in needs if not details.get(name)]
    for name in found.conditions:
        if details.get(name) is not True:
            wanting.append(Lack(name, "condition", *CONDITIONS[found.act, name]))
    return tuple(wanting)


def explain(stage: str, act: str) -> Refusal | None:
    """Why `act` is not open at `stage`, or None where it is. ValueError for a stage or act that does not
    exist.
    """
    if stage not in STAGES or act not in ACTS:
        raise ValueError(f"no such stage or act: {stage!r}, {act!r}")
    if row(stage, act):
        return None
    rows = [found for found in TABLE if found.act == act]
    where = STAGES[stage]
    if where.ended:
        sentence = f"This application has ended ({where.label.lower()}): nothing more can be recorded on it."
        return Refusal("application-ended", sentence, rows[0].source)
    why, source = WHY_NOT.get(act, ("", rows[0].source))
    stages = " or ".join(f"“{STAGES[found.stage].label}”" for found in rows)
    sentence = f"“{rows[0].title}” is not open at “{where.label}”, only at {stages}."
    return Refusal("not-open-at-this-stage", f"{sentence} {why}".strip(), source)


def notice(acts: Iterable[str]) -> str:
    """Notice has no fixed number of days and the court can cure it, so it is served, dispensed with,
    accepted or not served.

    `acts` is what has been recorded on the application so far, in any order.

    Source: CrimPR 31.3(1)(a)(vi), (2); CrimPR 31.12(a)-(c).
    """
    done = set(acts)
    if "serve_notice" in done:
        return "served"
    if "dispense_notice" in done:
        return "dispensed with"
    return "accepted late, oral or informal" if "waive_notice" in done else "not served"
