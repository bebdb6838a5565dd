"""Applications on pages: the list, the tasks of one, each act with its details, the court's decision."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from svro.casework import applications, second
from svro.casework.access import Actor, require_any
from svro.casework.applications import Step as Act
from svro.casework.cases import ApplicationView
from svro.casework.decisions import RecordDecision
from svro.doors import AnyRequest, Now, Reading, Who, Writing
from svro.errors import Finding, Missing, Refused
from svro.law import stages
from svro.law.stages import AS_NOTIFIED, DECISION
from svro.web.cases import TASKS, assessable, typed
from svro.web.forms import Answers, Field, Form, Step, run, show, version
from svro.web.people import COURT_HINT
from svro.web.proposals import where
from svro.web.site import court_name, day, may, page

STEPS = tuple(dict.fromkeys(permission for row in stages.TABLE for permission in stages.permissions(row)))
ELSEWHERE = ("consider", "assess", "grant", "refuse")
"""Acts that are done on pages of their own."""

DOCUMENT = Field(
    name="document_reference",
    label="Reference of the document that shows it",
    hint="For example, the number of the sealed order or of the court's email",
    called="Document reference",
)
SEALED = Step(
    name="sealed",
    title="Does the court's own document say so?",
    lead="What a court did is a fact, lawful or not. It is taken as the document has it.",
    fields=(
        Field(name="as_on_sealed_order", label="Yes, it is what the document says", kind="yes"),
        DOCUMENT,
    ),
)
COURT = Field(name="court", label="Court code", hint=COURT_HINT, width=10)
DETAILS: dict[str, Field] = {
    "date": Field(name="date", label="Date", kind="date"),
    "court": COURT,
    "served_on": Field(
        name="served_on",
        label="Who was served?",
        hint="One on each line: the court officer, the defendant, and anyone else affected.",
        called="Served on",
        kind="lines",
    ),
    "reason": Field(name="reason", label="Reason", kind="text"),
    "document_reference": DOCUMENT,
}
CONDITIONS = {
    "adequate_notice": "Had the offender adequate notice of the time and place?",
    "told_of_absence": "Was the offender told that the court might go on without them?",
}
EFFECTS = {
    "immediate": "as soon as it was made",
    "release": "on release from custody",
    "sentence_end": "when the custodial sentence ends",
}
DONE = {
    "consider": "An application is considered",
    "assess": "Eligibility assessed",
    "not_pursue": "Not pursued",
    "send_to_cps": "Approved and sent to the CPS",
    "cps_decline": "The CPS declined",
    "serve_notice": "Notice of intention to apply served",
    "dispense_notice": "The court dispensed with service of the notice",
    "waive_notice": "The court accepted late, oral or informal notice",
    "list_hearing": "Hearing listed",
    "adjourn": "Adjourned",
    "issue_warrant": "Warrant issued",
    "proceed_in_absence": "Heard in the offender's absence",
    "grant": "The court made an order",
    "refuse": "The court refused an order",
    "withdraw": "The application was withdrawn",
}
"""What an act is called once it is done; its title in the table of stages is the button's."""


@get("/applications", opt={"permission": "application:list"})
async def listing(request: AnyRequest, reading: Reading, who: Who, now: Now) -> Response[Any]:
    """Applications the asker may list, newest first."""
    lines = await applications.listing(reading, who, now)
    return page(request, "applications.html", "Applications", lines=lines)


@get("/applications/{application_id:str}", opt={"permission": "application:read"})
async def read(
    request: AnyRequest, reading: Reading, who: Who, now: Now, application_id: FromPath[str]
) -> Response[Any]:
    """One application: its tasks, what may be recorded now, its story."""
    view = await applications.get(reading, who, application_id, now)
    drafting = may(who, "application:update_draft") and not stages.STAGES[view.stage].ended
    return page(
        request,
        "application.html",
        view.reference,
        case=view,
        tasks=[
            (form.title, f"/applications/{view.id}/facts/{task}", bool(typed(task, view.facts)))
            for task, form in TASKS.items()
        ],
        drafting=drafting,
        done=DONE,
        effects=EFFECTS,
        assessing=assessable(view) and may(who, "eligibility:evaluate"),
        acts=[found for found in view.open_acts if found.yours and found.act not in ELSEWHERE],
        deciding=_may_decide(view, who),
    )


def _may_decide(view: ApplicationView, who: Actor) -> bool:
    here = bool(view.decisions) or any(found.act == "grant" for found in view.open_acts)
    return here and (may(who, DECISION) or may(who, AS_NOTIFIED))


def _row(view: ApplicationView, act: str) -> stages.Row:
    """The table's row for an act, or why it is not open at this stage."""
    if act not in stages.ACTS or act in ELSEWHERE:
        raise Missing
    if refusal := stages.explain(view.stage, act):
        raise Refused([Finding(refusal.code, refusal.sentence, refusal.source)])
    found = stages.row(view.stage, act)
    assert found is not None  # explain found nothing against it
    return found


def _act_form(row: stages.Row, permission: str) -> Form[Act]:
    """What must come with an act: the table's needs, its conditions, and for one as notified its document."""
    needs = dict.fromkeys((*row.needs, *(("document_reference",) if permission == AS_NOTIFIED else ())))
    conditions = (Field(name=name, label=CONDITIONS[name], kind="yes-no") for name in row.conditions)
    step = Step(name="details", title=row.title, fields=(*(DETAILS[name] for name in needs), *conditions))
    return Form(kind=Act, title=row.title, steps=(step,), sealed=SEALED if row.conditions else None)


def _court_of(view: ApplicationView, who: Actor) -> dict[str, list[str]]:
    court = who.court or (view.facts.court if view.facts else None)
    return {"court": [court]} if court else {}


@get("/applications/{application_id:str}/acts/{act:str}", opt={"permission": STEPS})
async def asking(
    request: AnyRequest,
    reading: Reading,
    who: Who,
    now: Now,
    application_id: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """Ask for the details of an act."""
    view = await applications.get(reading, who, application_id, now)
    row = _row(view, act)
    permission, _ = require_any(who, stages.permissions(row))
    given = {"version": [str(view.version)], **_court_of(view, who)}
    back = f"/applications/{application_id}"
    return show(request, _act_form(row, permission), given, caption=view.person, back=back, source=row.source)


@post("/applications/{application_id:str}/acts/{act:str}", opt={"permission": STEPS})
async def record(
    request: AnyRequest,
    writing: Writing,
    who: Who,
    now: Now,
    application_id: FromPath[str],
    act: FromPath[str],
) -> Response[Any]:
    """Record an act."""
    view = await applications.get(writing, who, application_id, now)
    row = _row(view, act)
    permission, _ = require_any(who, stages.permissions(row))
    back = f"/applications/{application_id}"

    async def do(command: Act, given: Answers) -> str:
        done = await second.done_or_proposed(
            writing, who, "application-act", application_id, command, version(given), now
        )
        return where(done, back)

    return await run(
        request,
        writing,
        _act_form(row, permission),
        do,
        also={"act": act},
        caption=view.person,
        back=back,
        source=row.source,
    )


def _decision_form(view: ApplicationView) -> Form[RecordDecision]:
    """What a court decided; where it was recorded before, which record this one corrects, if any."""
    earlier = {
        str(
            told.n
        ): f"{told.outcome.capitalize()}, {court_name(told.court)}, {day(told.at.date())} ({told.provenance})"
        for told in view.decisions
    }
    corrects = Field(
        name="corrects",
        label="Does this correct an earlier record?",
        hint="Leave it out if this is another source's record of the same decision.",
        called="Corrects",
        kind="select",
        choices=earlier,
    )
    return Form(
        kind=RecordDecision,
        title="What the court decided",
        check=True,
        send="Record the decision",
        sealed=SEALED,
        steps=(
            Step(
                name="decision",
                title="What did the court decide?",
                fields=(
                    Field(
                        name="outcome",
                        label="Decision",
                        kind="radios",
                        choices={"granted": "It made an order", "refused": "It refused an order"},
                    ),
                    COURT,
                    Field(name="at", label="When", kind="instant", hint="For example, 14 3 2025 at 2:30pm"),
                ),
            ),
            Step(
                name="terms",
                title="What does the order say?",
                when=("outcome", "granted"),
                lead="The fixed period, from 6 months to 2 years, is given in months or as its last day.",
                fields=(
                    Field(
                        name="effect",
                        label="It takes effect",
                        kind="radios",
                        choices={code: text.capitalize() for code, text in EFFECTS.items()},
                    ),
                    Field(name="months", label="Period in months", kind="number", width=3),
                    Field(name="ends_on", label="Last day of the period", kind="date"),
                ),
            ),
            Step(
                name="reasons",
                title="What does this rest on?",
                fields=(
                    Field(name="reasons", label="The court's reasons", kind="text"),
                    DOCUMENT,
                    *((corrects,) if earlier else ()),
                ),
            ),
        ),
    )


DECISIONS = {"permission": (DECISION, AS_NOTIFIED)}


@get("/applications/{application_id:str}/decision", opt=DECISIONS)
async def deciding(
    request: AnyRequest, reading: Reading, who: Who, now: Now, application_id: FromPath[str]
) -> Response[Any]:
    """Ask what the court decided."""
    view = await applications.get(reading, who, application_id, now)
    if not view.decisions and (refusal := stages.explain(view.stage, "grant")):
        raise Refused([Finding(refusal.code, refusal.sentence, refusal.source)])
    given = {"version": [str(view.version)], **_court_of(view, who)}
    return show(
        request,
        _decision_form(view),
        given,
        caption=view.person,
        back=f"/applications/{application_id}",
        provenance=_provenance(who),
    )


def _provenance(who: Actor) -> str:
    """As what this person's record of a decision will be kept."""
    return stages.provenance(require_any(who, (DECISION, AS_NOTIFIED))[0])


@post("/applications/{application_id:str}/decision", opt=DECISIONS)
async def decide(
    request: AnyRequest, writing: Writing, who: Who, now: Now, application_id: FromPath[str]
) -> Response[Any]:
    """Record what the court decided."""
    view = await applications.get(writing, who, application_id, now)

    async def do(command: RecordDecision, given: Answers) -> str:
        made = await second.done_or_proposed(
            writing, who, "decision", application_id, command, version(given), now
        )
        order = getattr(made, "order_id", None)
        return where(made, f"/orders/{order}" if order else f"/applications/{application_id}")

    return await run(
        request,
        writing,
        _decision_form(view),
        do,
        caption=view.person,
        back=f"/applications/{application_id}",
        provenance=_provenance(who),
    )


router = Router(
    "/",
    route_handlers=[listing, read, asking, record, deciding, decide],
    include_in_schema=False,
)
