"""Seeking a change to an order: refused where the law does not allow it, then served, then closed by the
court's answer.

What the court ordered is recorded as an act in the order's life, as any court's act is.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import national, orders, subjects
from svro.casework.access import Actor, require_any
from svro.errors import Fault, Finding, Malformed, Missing, NotAllowed, Refused, Stale
from svro.law import changes as law
from svro.law import identifiers, regimes
from svro.law import order as order_law
from svro.law.dates import london_day, start_of
from svro.law.duties import Duty
from svro.law.order import Act
from svro.law.stages import AS_NOTIFIED, DECISION
from svro.records.base import new_id
from svro.records.duties import Change, OrderChange
from svro.records.ledger import keep
from svro.records.orders import Order
from svro.reference import courts

Line = Annotated[str, Meta(min_length=1, max_length=300)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Step = Literal["vary", "lengthen", "renew", "discharge"]

APPLY, SERVE = "order:apply", ("order:record_service", "order:apply")
CLOSE = (DECISION, AS_NOTIFIED, APPLY)
ACTS: dict[Step, str] = {
    "vary": "varied",
    "lengthen": "lengthened",
    "renew": "renewed",
    "discharge": "discharged",
}
HEARD = "The court must hear the applicant and anyone in s.342H(2) who wishes to be heard."


class SeekChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An application to change an order: by whom, to which court, why, what has changed since, and earlier
    ones.

    `railway`: whether the offence was at or related to a railway, for the British Transport Police. `served`
    is party → London day. A longer period is given in months or as its last day.
    """

    step: Step
    applicant: law.Applicant
    court: Line
    grounds: Text
    changed: Text
    earlier: Text
    railway: bool | None = None
    months: Annotated[int, Meta(ge=1, le=120)] | None = None
    ends_on: date | None = None
    served: dict[law.Party, date] = {}
    hearsay_on: date | None = None


class ServeChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """On whom the application was served, and when; and notice of hearsay, if any."""

    served: dict[law.Party, date] = {}
    hearsay_on: date | None = None


class CloseChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How the application ended. What the court allowed is recorded besides, as an act of the order."""

    outcome: Literal["allowed", "refused", "withdrawn"]
    decided_on: date
    reason: Text | None = None
    document_reference: Line | None = None


class ChangeView(msgspec.Struct, kw_only=True):
    """An application for a change, and what is due on it. `version` goes into If-Match."""

    id: str
    order_id: str
    version: int
    facts: Change
    applicant_label: str
    duties: tuple[Duty, ...]
    notes: list[str]
    recorded_at: datetime


def place(code: str) -> law.Place:
    """A court as far as it is known here: by the table of courts, else its level by its code."""
    held = courts.COURTS.get(code)
    by_letter: dict[str, law.Level] = {"C": "Crown", "B": "magistrates"}
    level = held.level if held else by_letter.get(code[:1])
    return law.Place(code=code, level=level, area=held.force if held else None)


async def seek(
    session: AsyncSession, actor: Actor, order_id: str, command: SeekChange, expected: int, now: datetime
) -> ChangeView:
    """Seek a change. Refused, with every reason in law at once and nothing written, where it is not open.

    NotAllowed where the actor does not act for that applicant; Stale unless `expected` is the order's
    version.
    """
    order = await orders.reach(session, actor, APPLY, order_id, now)
    acts = await national.acts_of(session, order.force_id, order.id)
    if expected != len(acts):
        raise Stale("Somebody changed this order since you read it. Read it again.")
    court = _check(command, now)
    facts = await subjects.facts_of(session, order.force_id, order.person_id, now)
    asked = replace(command, court=court)
    if bars := _bars(order, acts, asked, actor, facts.lives_in, now):
        raise Refused([Finding(bar.code, bar.sentence, bar.source) for bar in bars])
    if (command.applicant == "offender") != (actor.force_id is None):
        raise NotAllowed("You can apply only for whom you act: your client, or your own chief officer.")
    names = ("step", "applicant", "grounds", "changed", "earlier", "railway", "months", "ends_on", "served")
    said = Change(
        **{name: getattr(asked, name) for name in (*names, "hearsay_on", "court")},
        force=actor.force_id,
        sought_on=london_day(now),
    )
    change_id = new_id()
    await _keep(session, actor, order, change_id, 1, said, "change:sought", now)
    return await _view(session, order, change_id, now)


def _check(command: SeekChange, now: datetime) -> str:
    """The canonical code of the court. Malformed with every fault."""
    court = identifiers.court_code(command.court)
    faults = [Fault("court", court.fault)] if court.fault else []
    said = {name: getattr(command, name) for name in law.SAID}
    faults += [Fault(*lacking) for lacking in law.unsaid(said)]
    given = (command.months is not None) + (command.ends_on is not None)
    if command.step in ("lengthen", "renew") and given != 1:
        why = "give the new period, in months or as its last day"
        faults.append(Fault("months", why, "Sentencing Act 2020 s.342D(2)"))
    if command.step == "discharge" and given:
        faults.append(Fault("months", "a discharge has no period"))
    faults += _future(command.served, command.hearsay_on, now)
    if faults:
        raise Malformed(faults)
    return court.canonical or command.court


def _future(served: dict[law.Party, date], hearsay: date | None, now: datetime) -> list[Fault]:
    today = london_day(now)
    late = [party for party, day in served.items() if day > today]
    faults = [Fault("served", f"is in the future ({', '.join(late)})")] if late else []
    return faults + ([Fault("hearsay_on", "is in the future")] if hearsay and hearsay > today else [])


def _bars(
    order: Order, acts: Sequence[Act], asked: SeekChange, actor: Actor, lives_in: str | None, now: datetime
) -> list[regimes.Bar]:
    """Everything in law that stands against seeking it: who asks, of which court, under which regime, of
    what order.
    """
    force = actor.force_id
    made = next((act for act in order_law.standing(acts, now) if act.act == "made"), None)
    day = london_day(made.at) if made else None
    found = [
        law.applicant_bar(asked.applicant, force=force, lives_in=lives_in, railway=asked.railway),
        regimes.seekable(asked.step, london_day(now), made=day),
        law.court_bar(
            place(order.court), place(asked.court), asked.applicant, force=force, lives_in=lives_in
        ),
    ]
    would = Act(
        n=national.next_number(acts),
        act=ACTS[asked.step],
        at=now,
        known_at=now,
        months=asked.months,
        ends_on=asked.ends_on,
    )
    found += [regimes.Bar(p.code, p.sentence, p.source) for p in order_law.problems(acts, would)]
    return list({bar.code: bar for bar in reversed(found) if bar is not None}.values())[::-1]


async def serve(
    session: AsyncSession,
    actor: Actor,
    order_id: str,
    change_id: str,
    command: ServeChange,
    expected: int,
    now: datetime,
) -> ChangeView:
    """Record on whom an application was served, and when: the clock of CrimPR 31.5 counts from the last."""
    permission, _ = require_any(actor, SERVE)
    order, row = await _reach(session, actor, permission, order_id, change_id, expected, now)
    if faults := _future(command.served, command.hearsay_on, now):
        raise Malformed(faults)
    hearsay = command.hearsay_on or row.facts.hearsay_on
    said = replace(row.facts, served={**row.facts.served, **command.served}, hearsay_on=hearsay)
    await _keep(session, actor, order, change_id, row.n + 1, said, "change:served", now)
    return await _view(session, order, change_id, now)


async def close(
    session: AsyncSession,
    actor: Actor,
    order_id: str,
    change_id: str,
    command: CloseChange,
    expected: int,
    now: datetime,
) -> ChangeView:
    """Record how an application ended: the court's answer is the clerk's, or as notified with a document."""
    wanted = (APPLY,) if command.outcome == "withdrawn" else (DECISION, AS_NOTIFIED)
    permission, _ = require_any(actor, wanted)
    order, row = await _reach(session, actor, permission, order_id, change_id, expected, now)
    faults = [Fault("decided_on", "is in the future")] if command.decided_on > london_day(now) else []
    if command.decided_on < row.facts.sought_on:
        faults.append(Fault("decided_on", "is before it was sought"))
    if permission == AS_NOTIFIED and not command.document_reference:
        faults.append(Fault("document_reference", "give the reference of the document that shows it"))
    if faults:
        raise Malformed(faults)
    if row.facts.outcome:
        why = "The application has already ended."
        raise Refused([Finding("already-closed", why, "Sentencing Act 2020 s.342H(6)")])
    provenance = {DECISION: "decision", AS_NOTIFIED: "decision as notified"}.get(permission, "police")
    names = ("outcome", "decided_on", "reason", "document_reference")
    said = replace(row.facts, provenance=provenance, **{name: getattr(command, name) for name in names})
    await _keep(session, actor, order, change_id, row.n + 1, said, f"change:{command.outcome}", now)
    return await _view(session, order, change_id, now)


async def _keep(
    session: AsyncSession,
    actor: Actor,
    order: Order,
    change: str,
    n: int,
    said: Change,
    tag: str,
    now: datetime,
) -> None:
    keys = {"force_id": order.force_id, "id": change, "n": n}
    values: dict[str, Any] = {"order_id": order.id, "facts": said}
    await keep(session, OrderChange, keys, values, tag=tag, subject=change, by=actor.account_id, now=now)


async def _reach(
    session: AsyncSession,
    actor: Actor,
    permission: str,
    order_id: str,
    change: str,
    expected: int,
    now: datetime,
) -> tuple[Order, OrderChange]:
    order = await orders.reach(session, actor, permission, order_id, now)
    rows = [row for row in await held(session, [order], now) if row.id == change]
    if not rows:
        raise Missing
    if rows[0].n != expected:
        raise Stale("Somebody changed this application since you read it. Read it again.")
    return order, rows[0]


async def held(session: AsyncSession, found: Sequence[Order], now: datetime) -> list[OrderChange]:
    """The newest version, recorded by `now`, of each application to change one of these orders, oldest
    first.
    """
    if not found:
        return []
    rows = await session.scalars(
        select(OrderChange)
        .where(
            OrderChange.force_id.in_({order.force_id for order in found}),
            OrderChange.order_id.in_([order.id for order in found]),
            OrderChange.recorded_at <= now,
        )
        .order_by(OrderChange.n)
    )
    newest = {row.id: row for row in rows}
    return sorted(newest.values(), key=lambda row: (row.facts.sought_on, row.id))


async def _view(session: AsyncSession, order: Order, change: str, now: datetime) -> ChangeView:
    orders.told(session, order)
    [row] = [row for row in await held(session, [order], now) if row.id == change]
    return as_view(row, now)


def as_view(row: OrderChange, now: datetime) -> ChangeView:
    """One application as now held, with what is due on it."""
    return ChangeView(
        id=row.id,
        order_id=row.order_id,
        version=row.n,
        facts=row.facts,
        applicant_label=law.APPLICANTS[row.facts.applicant][0],
        duties=duties(row, now),
        notes=[] if row.facts.outcome else [HEARD],
        recorded_at=row.recorded_at,
    )


def duties(row: OrderChange, now: datetime) -> tuple[Duty, ...]:
    """What is due on one application: service and time to be heard, then time to appeal the answer."""
    said = row.facts
    if said.outcome == "withdrawn":
        return ()
    found = law.steps(
        said.applicant, said.served, now, about=row.id, hearsay=said.hearsay_on, decided=said.decided_on
    )
    if said.decided_on is None:
        return found
    window = law.appeal_window(start_of(said.decided_on), place(said.court).level, now, about=row.id)
    decided = tuple(duty for duty in found if duty.findings)
    return (*decided, window) if window else decided
