"""Who may do what: one table, one pure `decide`, and one `visible_*` for each table, used by every list,
fetch and export.

A cell of the table is a word or a few letters. `403`: not your function. `404`: hidden, as if it were not
there. Letters are scopes: O own force, A allocated cases, C own court's cases, K clients under a live
verified instruction, S own records, D de-identified in an open panel session, G aggregates after disclosure
control, N national and status only, M metadata, U all. Then `p`: a purpose and an operational reference are
needed, `2`: a second person approves, `!`: an alert is raised.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from svro.errors import Missing, NotAllowed, Problem, PurposeNeeded, Unauthenticated
from svro.records.base import Instant
from svro.records.orders import Application, ApplicationFacts, Order
from svro.records.panels import PanelMember, PanelSession
from svro.records.people import Allocation, Instruction, Person
from svro.records.searches import Search, SearchVersion

ROLES: dict[str, str] = {
    "PLO": "Police legal officer",
    "SUP": "Supervisor",
    "CON": "Constable",
    "DIS": "Disclosure officer",
    "CLK": "Court clerk",
    "PAN": "Scrutiny panel member",
    "SOL": "Defence solicitor",
    "OVR": "Oversight (PCC, inspectorate)",
    "AUD": "Auditor or data protection officer",
    "ADM": "Administrator",
    "CPS": "CPS prosecutor",
    "ANON": "Signed out",
}

PURPOSES: dict[str, str] = {
    "roadside": "Deciding whether to search, at the roadside",
    "casework": "Preparing or keeping a case",
    "supervision": "Supervising a search or a case",
    "hearing": "A hearing before the court",
    "disclosure": "Disclosure to the defence",
    "complaint": "A complaint or an investigation",
    "audit": "Checking the lawfulness of use",
}

TABLE = """
order:status_check              | N p | N p | N p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:search                   | O p | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:read                     | A p | O p | 404 | A p | C p | 404 | K | 404 | 404 | 404 | 403 | 401
person:write                    | A p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:create                   | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:merge                    | A p2 | O p2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:list                | A | O | 403 | A | C | 403 | K | M | 403 | 403 | A | 401
application:create              | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | A 2 | 401
application:read                | A p | O p | 404 | A p | C p | 404 | K | 404 | 404 | 404 | A | 401
application:update_draft        | A | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:approve_for_cps     | 403 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:withdraw            | A 2 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
eligibility:evaluate            | A | O | 403 | A | C | 403 | K | 403 | 403 | 403 | A | 401
decision:record                 | 403 | 403 | 403 | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
decision:record_as_notified     | A p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
decision:correct                | 403 | 403 | 403 | 403 | C 2 | 403 | 403 | 403 | 403 | 403 | 403 | 401
order:read                      | A p | O p | 404 | A p | C p | 404 | K | 404 | 404 | 404 | A | 401
order:apply                     | A 2 | 403 | 403 | 403 | 403 | 403 | K | 403 | 403 | 403 | 403 | 401
order:record_fact               | A p | 403 | 403 | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
order:record_service            | A | O | O p | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
investigation:record            | A p | O p | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
investigation:read              | A p | O p | 404 | A p | 404 | 404 | 404 | 404 | 404 | 404 | A | 401
seizure:record                  | A p | O p | S p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
calendar:read                   | A | O | 403 | A | C | 403 | K | 403 | 403 | 403 | 403 | 401
search:record                   | 403 | 403 | S p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
search:read                     | A p | O p | S | A p | 404 | D | K | D | 404 | 404 | 403 | 401
search:correct                  | 403 | O 2 | S 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
bwv_reference:read              | A p | O p | S | A p | 404 | D | K | 404 | 404 | 404 | 403 | 401
panel_frame:commit              | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 403 | 403 | 401
panel_sample:draw               | 403 | 403 | 403 | 403 | 403 | O | 403 | O | 403 | 403 | 403 | 401
panel_pack:release              | 403 | O 2 | 403 | O 2 | 403 | 403 | 403 | 403 | O 2 | 403 | 403 | 401
panel_pack:read                 | 403 | O | 403 | 403 | 403 | D | 403 | D | M | 403 | 403 | 401
panel_finding:write             | 403 | 403 | 403 | 403 | 403 | S | 403 | 403 | 403 | 403 | 403 | 401
panel_finding:respond           | 403 | O | 403 | 403 | 403 | 403 | 403 | O | 403 | 403 | 403 | 401
report:read_aggregate           | G | G | G | G | G | G | G | G | G | G | 403 | G
report:read_orders              | G | G | G | G | G | G | G | G | G | G | 403 | 401
report:read_officers            | 403 | O | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
report:read_exact               | O | O | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
report:publish                  | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | O 2 | 403 | 403 | 401
disclosure:create               | 403 | 403 | 403 | A p2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
disclosure:read                 | 403 | A p | 403 | A p | C | 403 | K | 403 | M | 403 | A | 401
disclosure:sensitive_schedule   | 404 | A p2 | 404 | A p2 | 404 | 404 | 404 | 404 | 404 | 404 | 403 | 401
disclosure:revoke               | 403 | O 2 | 403 | A | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
instruction:claim               | 403 | 403 | 403 | 403 | 403 | 403 | S | 403 | 403 | 403 | 403 | 401
instruction:verify              | 403 | 403 | 403 | A 2 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
instruction:end                 | 403 | 403 | 403 | A | C | 403 | S | 403 | O | 403 | 403 | 401
allocation:grant                | 403 | O | 403 | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
break_glass:open                | O p! | O p! | 403 | O p! | 403 | 403 | 403 | 403 | O p2! | 403 | 403 | 401
restriction:edit                | 403 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | 403 | 401
access_log:read                 | S | S | S | S | S | S | S | M | O p | S | 403 | 401
access_log:export               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O p2 | 403 | 403 | 401
misuse_alert:triage             | 403 | 403 | 403 | 403 | 403 | 403 | 403 | M | O p | 403 | 403 | 401
log:prove                       | U | U | U | U | U | U | U | U | U | U | U | U
retention:propose               | A | O | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 403 | 401
erasure:approve                 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | 403 | 401
import:upload                   | O | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
import:commit                   | O 2 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
bulk_export:create              | O p2! | 403 | 403 | 403 | 403 | 403 | 403 | D 2 | O p2! | 403 | 403 | 401
user:manage                     | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 401
role:grant                      | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | 401
ruleset:propose                 | O | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
ruleset:publish                 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | O 2 | 403 | 401
feed:manage                     | S | S | 403 | S | S | 403 | S | S | 403 | O 2 | 403 | 401
security_history:read           | S | S | S | S | S | S | S | S | S | S | 403 | 401
operations:backup               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 401
operations:restore              | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2! | 403 | 401
impersonate:start               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
account:read_own                | S | S | S | S | S | S | S | S | S | S | S | 401
"""
_COLUMNS = ("PLO", "SUP", "CON", "DIS", "CLK", "PAN", "SOL", "OVR", "AUD", "ADM", "CPS", "ANON")

PUBLIC = frozenset({"health:read", "help:read", "reference:read", "session:begin"})
"""Doors that ask nobody who they are. Each is written here because nothing else may be."""


class Cell(msgspec.Struct, frozen=True):
    """One cell: what it grants, or the status with which it refuses."""

    scopes: frozenset[str]
    purpose: bool = False
    second: bool = False
    alert: bool = False
    refusal: int | None = None


def _cell(text: str) -> Cell:
    if text in ("401", "403", "404"):
        return Cell(frozenset(), refusal=int(text))
    scope, _, marks = text.partition(" ")
    return Cell(frozenset(scope), "p" in marks, "2" in marks, "!" in marks)


def _matrix() -> dict[str, dict[str, Cell]]:
    rows = [[part.strip() for part in line.split("|")] for line in TABLE.strip().splitlines()]
    return {row[0]: dict(zip(_COLUMNS, map(_cell, row[1:]), strict=True)) for row in rows}


MATRIX = _matrix()


class Purpose(msgspec.Struct, frozen=True):
    """Why somebody looks: a code of PURPOSES, and an incident or case reference that can be checked against
    another record.
    """

    code: str
    reference: str


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever asks. `roles` are keys of ROLES; `force_id` and `court` bound what they may see.

    `fresh` says that they proved who they are a short while ago: acts that take two people ask for it.
    """

    account_id: str | None
    name: str
    roles: frozenset[str]
    force_id: str | None = None
    court: str | None = None
    number: str | None = None
    purpose: Purpose | None = None
    fresh: bool = False


NOBODY = Actor(account_id=None, name="Signed out", roles=frozenset({"ANON"}))


class Allow(msgspec.Struct, frozen=True):
    """Yes, within these scopes; `second` and `alert` say what else the act calls for."""

    scopes: frozenset[str]
    second: bool = False
    alert: bool = False


class Deny(msgspec.Struct, frozen=True):
    """No: 401 sign in first, 403 not your function, 404 nothing here that you may know of, or a purpose is
    needed.
    """

    kind: Literal["unauthenticated", "not-allowed", "missing", "purpose-needed"]


def decide(actor: Actor, permission: str) -> Allow | Deny:
    """The one decision: may this actor do this at all, and within which scopes.

    The scopes of several roles add up. A scope that needs a purpose falls away without one; a scope that
    another role grants freely stays. Which rows the scopes reach is for the `visible_*` below, made from the
    same Allow. KeyError for a permission that is not in the table.
    """
    if permission in PUBLIC:
        return Allow(frozenset("U"))
    cells = [MATRIX[permission][role] for role in sorted(actor.roles)]
    granted = [cell for cell in cells if cell.refusal is None]
    usable = [cell for cell in granted if actor.purpose is not None or not cell.purpose]
    if usable:
        scopes = frozenset().union(*(cell.scopes for cell in usable))
        return Allow(scopes, all(cell.second for cell in usable), any(cell.alert for cell in usable))
    if granted:
        return Deny("purpose-needed")
    refusals = {cell.refusal for cell in cells}
    if refusals <= {401}:
        return Deny("unauthenticated")
    return Deny("missing" if 404 in refusals else "not-allowed")


_PROBLEMS: dict[str, Callable[[], Problem]] = {
    "unauthenticated": lambda: Unauthenticated("Sign in to do this."),
    "not-allowed": lambda: NotAllowed("This is not something your role does."),
    "missing": Missing,
    "purpose-needed": lambda: PurposeNeeded(
        "Say why you are looking, and give the incident or case reference."
    ),
}


def require(actor: Actor, permission: str) -> Allow:
    """`decide`, or the problem that answers for its refusal."""
    decision = decide(actor, permission)
    if isinstance(decision, Deny):
        raise _PROBLEMS[decision.kind]()
    return decision


def require_any(actor: Actor, permissions: tuple[str, ...]) -> tuple[str, Allow]:
    """The first of several permissions that the actor has; the first one's refusal where they have none."""
    for permission in permissions:
        decision = decide(actor, permission)
        if isinstance(decision, Allow):
            return permission, decision
    return permissions[0], require(actor, permissions[0])


class Likeness(NamedTuple):
    """Everything of an actor that decides the text of a `visible_*`: for a statement compiled once for all
    who are alike.
    """

    roles: frozenset[str]
    in_force: bool
    at_court: bool
    with_purpose: bool


NOW: Any = bindparam("now", type_=Instant())
"""The instant of a statement compiled once: `bound` gives its value."""


def likeness(actor: Actor) -> Likeness:
    """Whom the actor is like."""
    return Likeness(
        actor.roles, actor.force_id is not None, actor.court is not None, actor.purpose is not None
    )


def stand_in(like: Likeness) -> Actor:
    """Somebody like that, for the `visible_*`: a named parameter stands for each value of their own."""
    own: dict[str, Any] = {name: bindparam(f"actor_{name}") for name in _OWN}
    own["force_id"] = own["force_id"] if like.in_force else None
    own["court"] = own["court"] if like.at_court else None
    return Actor(roles=like.roles, purpose=Purpose("", "") if like.with_purpose else None, **own)


def bound(actor: Actor, now: datetime) -> dict[str, object]:
    """What stands behind the parameters of `stand_in` and NOW."""
    return {"now": now, **{f"actor_{name}": getattr(actor, name) for name in _OWN}}


_OWN = ("account_id", "name", "force_id", "court", "number")

Clause = ColumnElement[bool]
Column = InstrumentedAttribute[Any]


def _live(
    kind: type[Allocation] | type[Instruction], actor: Actor, force: Column, person: Column, now: datetime
) -> Clause:
    return exists(
        select(kind.id).where(
            kind.account_id == actor.account_id,
            kind.force_id == force,
            kind.person_id == person,
            kind.started_at <= now,
            or_(kind.ended_at.is_(None), kind.ended_at > now),
        )
    )


def _at_court(court: str | None, force: Column, application: Column) -> Clause:
    """Whether the newest facts of an application name this court."""
    facts, later = aliased(ApplicationFacts), aliased(ApplicationFacts)
    newer = exists().where(
        later.force_id == facts.force_id, later.application_id == facts.application_id, later.n > facts.n
    )
    return exists().where(
        facts.force_id == force, facts.application_id == application, facts.court == court, ~newer
    )


def _reach(
    allow: Allow,
    actor: Actor,
    now: datetime,
    force: Column,
    person: Column,
    *,
    court: Callable[[], Clause] | None = None,
    own: Clause | None = None,
) -> Clause:
    """The rows that an Allow reaches, as SQL. Scopes that reach no single row (aggregates, metadata) add
    nothing. `court` is only made where a scope needs it: it costs more than the rest together.
    """
    clauses: list[Clause] = []
    if "U" in allow.scopes:
        clauses.append(true())
    if "O" in allow.scopes and actor.force_id is not None:
        clauses.append(force == actor.force_id)
    if "A" in allow.scopes:
        inside = true() if actor.force_id is None else force == actor.force_id
        clauses.append(and_(inside, _live(Allocation, actor, force, person, now)))
    if "K" in allow.scopes:
        clauses.append(_live(Instruction, actor, force, person, now))
    if "C" in allow.scopes and actor.court is not None and court is not None:
        clauses.append(court())
    if "S" in allow.scopes and own is not None:
        clauses.append(own)
    return or_(*clauses) if clauses else false()


def visible_people(actor: Actor, permission: str, now: datetime) -> Clause:
    """People the actor may reach under a permission. Raises the refusal where they may reach none at all."""

    def at_court() -> Clause:
        return exists(
            select(Application.id).where(
                Application.force_id == Person.force_id,
                Application.person_id == Person.id,
                _at_court(actor.court, Application.force_id, Application.id),
            )
        )

    return _reach(require(actor, permission), actor, now, Person.force_id, Person.id, court=at_court)


def visible_applications(actor: Actor, permission: str, now: datetime) -> Clause:
    """Applications the actor may reach under a permission."""

    def at_court() -> Clause:
        return _at_court(actor.court, Application.force_id, Application.id)

    return _reach(
        require(actor, permission), actor, now, Application.force_id, Application.person_id, court=at_court
    )


def visible_orders(actor: Actor, permission: str, now: datetime) -> Clause:
    """Orders the actor may reach under a permission."""
    allow = require(actor, permission)
    return _reach(
        allow, actor, now, Order.force_id, Order.person_id, court=lambda: Order.court == actor.court
    )


def visible_searches(actor: Actor, permission: str, now: datetime) -> Clause:
    """Searches the actor may reach under a permission, for a `Search` joined to its newest `SearchVersion`.

    A case is reached through the person searched and through the person whose order was claimed, so that a
    search of somebody else under a client's order is not hidden from those who must answer for that order.
    """
    allow = require(actor, permission)
    through_order = exists(
        select(Order.id).where(
            Order.force_id == Search.force_id,
            Order.force_id == SearchVersion.order_force,
            Order.id == SearchVersion.order_id,
            _reach(allow, actor, now, Order.force_id, Order.person_id),
        )
    )
    own = Search.account_id == actor.account_id
    return or_(_reach(allow, actor, now, Search.force_id, SearchVersion.person_id, own=own), through_order)


def visible_panel_sessions(actor: Actor, permissions: tuple[str, ...], now: datetime) -> Clause:
    """Panel sessions the actor may reach under any of these permissions: those of their own force; for
    somebody who is no more than a panel member, those of panels on which they sit.
    """
    require_any(actor, permissions)
    own = PanelSession.force_id == actor.force_id
    if actor.force_id is None:
        return false()
    if actor.roles != {"PAN"}:
        return and_(own, PanelSession.recorded_at <= now)
    later = aliased(PanelMember)
    newer = exists().where(
        later.force_id == PanelMember.force_id,
        later.panel_id == PanelMember.panel_id,
        later.account_id == PanelMember.account_id,
        later.n > PanelMember.n,
        later.recorded_at <= now,
    )
    sits = exists().where(
        PanelMember.force_id == PanelSession.force_id,
        PanelMember.panel_id == PanelSession.panel_id,
        PanelMember.account_id == actor.account_id,
        PanelMember.part != "left",
        PanelMember.recorded_at <= now,
        ~newer,
    )
    return and_(own, PanelSession.recorded_at <= now, sits)
