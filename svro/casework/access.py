"""Who may do what: one table, one pure `decide`, and one `visible_*` for each table, used by every list,
fetch and export.

A cell of the table is a word or a few letters. `403`: not your function. `404`: hidden, as if it were not
there. Letters are scopes: O own force, A allocated cases, B a case opened by breaking the glass, C own
court's cases, K clients under a live verified instruction, S own records, D de-identified in an open panel
session, G aggregates after disclosure control, N national and status only, M metadata, U all. Then `p`: a
purpose and an operational reference are needed, `2`: a second person approves, `!`: an alert is raised.
Whoever is excluded from a person's case, or not among those it is kept to, reaches none of it under any
letter.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import (
    CompoundSelect,
    and_,
    bindparam,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from svro.casework.relations import (
    NOW as NOW,  # for those who compile a statement once
)
from svro.casework.relations import (
    Clause,
    Column,
    allocated,
    at_court,
    excluded,
    instructed,
    open_to,
)
from svro.errors import (
    Missing,
    NotAllowed,
    Problem,
    ProveAgain,
    PurposeNeeded,
    SecondNeeded,
    Unauthenticated,
)
from svro.records.orders import Application, ApplicationFacts, Order
from svro.records.panels import PanelMember, PanelSession
from svro.records.people import Account, Allocation, Instruction, Person
from svro.records.reach import Reach, within
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
person:read                     | A p | O p | 404 | A p | C p | 404 | K | 404 | B p | 404 | 403 | 401
person:write                    | A p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:create                   | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:merge                    | A p2 | O p2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:list                | A | O | 403 | A | C | 403 | K | M | 403 | 403 | A | 401
application:create              | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | A 2 | 401
application:read                | A p | O p | 404 | A p | C p | 404 | K | 404 | B p | 404 | A | 401
application:update_draft        | A | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:approve_for_cps     | 403 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:withdraw            | A 2 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
eligibility:evaluate            | A | O | 403 | A | C | 403 | K | 403 | 403 | 403 | A | 401
decision:record                 | 403 | 403 | 403 | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
decision:record_as_notified     | A p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
decision:correct                | 403 | 403 | 403 | 403 | C 2 | 403 | 403 | 403 | 403 | 403 | 403 | 401
order:read                      | A p | O p | 404 | A p | C p | 404 | K | 404 | B p | 404 | A | 401
order:apply                     | A 2 | 403 | 403 | 403 | 403 | 403 | K | 403 | 403 | 403 | 403 | 401
order:record_fact               | A p | 403 | 403 | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
order:record_service            | A | O | O p | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
investigation:record            | A p | O p | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
investigation:read              | A p | O p | 404 | A p | 404 | 404 | 404 | 404 | B p | 404 | A | 401
seizure:record                  | A p | O p | S p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
calendar:read                   | A | O | 403 | A | C | 403 | K | 403 | 403 | 403 | 403 | 401
search:record                   | 403 | 403 | S p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
search:read                     | A p | O p | S | A p | 404 | D | K | D | B p | 404 | 403 | 401
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
restriction:read                | 403 | O | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 403 | 401
restriction:edit                | 403 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | 403 | 401
exclusion:declare               | S | S | S | S | S | 403 | 403 | 403 | 403 | 403 | S | 401
proposal:read                   | S | S | S | S | S | 403 | 403 | S | S | S | S | 401
proposal:answer                 | S | S | S | S | S | 403 | 403 | S | S | S | S | 401
access_log:read                 | S | S | S | S | S | S | S | M | O p | S | 403 | 401
access_log:read_of_subject      | 403 | 403 | 403 | A p | 403 | 403 | 403 | 403 | O p | 403 | 403 | 401
access_log:export               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O p2 | 403 | 403 | 401
misuse_alert:triage             | 403 | 403 | 403 | 403 | 403 | 403 | 403 | M | O p | 403 | 403 | 401
incident:import                 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | O | 403 | 401
log:prove                       | U | U | U | U | U | U | U | U | U | U | U | U
log:cosign                      | U | U | U | U | U | U | U | U | U | U | U | U
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
security_history:read           | S | S | S | S | S | S | S | S | S | S | S | 401
operations:backup               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 401
operations:restore              | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2! | 403 | 401
impersonate:start               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
account:read_own                | S | S | S | S | S | S | S | S | S | S | S | 401
account:manage_own              | S | S | S | S | S | S | S | S | S | S | S | 401
"""
_COLUMNS = ("PLO", "SUP", "CON", "DIS", "CLK", "PAN", "SOL", "OVR", "AUD", "ADM", "CPS", "ANON")

OPENS_NOTHING = frozenset(
    {
        "report:read_aggregate",
        "report:read_orders",
        "report:read_exact",
        "report:read_officers",
        "report:publish",
        "panel_frame:commit",
        "panel_sample:draw",
        "panel_finding:write",
        "panel_finding:respond",
        "log:prove",
        "log:cosign",
        "incident:import",
        "import:upload",
        "import:commit",
        "user:manage",
        "role:grant",
        "ruleset:propose",
        "ruleset:publish",
        "feed:manage",
        "security_history:read",
        "operations:backup",
        "operations:restore",
        "impersonate:start",
        "account:read_own",
        "account:manage_own",
    }
)
"""Rows of the matrix whose doors show nothing of anybody whom an order, a case or a search concerns. Every
other door opens personal data: it tells the access log of what it showed, or the log names the door alone.
"""

PUBLIC = frozenset({"health:read", "help:read", "reference:read", "session:begin"})
"""Doors that ask nobody who they are. Each is written here because nothing else may be."""


OWN = frozenset({"account:read_own", "account:manage_own", "security_history:read"})
"""What an account may do before it has any role."""


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
    `second` is the account of the other person while an act of two is carried out. `only`: the permissions
    that a token was made for, where it is a token that asks; anything else is refused.
    """

    account_id: str | None
    name: str
    roles: frozenset[str]
    force_id: str | None = None
    court: str | None = None
    number: str | None = None
    purpose: Purpose | None = None
    fresh: bool = False
    only: frozenset[str] | None = None
    second: str | None = None


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


CASES = frozenset(
    {"person", "application", "eligibility", "decision", "order", "investigation", "seizure", "calendar"}
    | {"search", "bwv_reference", "disclosure"}
)
"""The things that are case data: the part of a permission before the colon."""
LOOKS = frozenset({"read", "list", "search", "status_check", "sensitive_schedule"})
"""The verbs that only look."""
APART: dict[str, Literal["cases", "changes"]] = {"ADM": "cases", "SOL": "cases", "AUD": "changes"}
"""Separation of duties, for somebody of several roles: beside one of these no other role counts on case data,
or on changing it. Who administers reads no case, who audits changes none, who defends is on no other side.
"""
ITSELF_SECOND = frozenset({"application:approve_for_cps", "erasure:approve"})
"""Acts that are themselves the second person's: their casework functions see that the first was another."""


def _taken(role: str, permission: str) -> bool:
    """Whether a role takes this permission away from the other roles of whoever holds it."""
    thing, _, verb = permission.partition(":")
    how = APART.get(role)
    return thing in CASES and (how == "cases" or (how == "changes" and verb not in LOOKS))


def _cells(roles: frozenset[str], permission: str) -> list[Cell]:
    """The cells of these roles for a permission, less those that separation of duties takes away."""
    row = MATRIX[permission]
    taking = {role for role in roles if _taken(role, permission)}
    return [row[role] for role in sorted(roles) if not taking - {role}]


def decide(actor: Actor, permission: str) -> Allow | Deny:
    """The one decision: may this actor do this at all, and within which scopes.

    The scopes of several roles add up, less what separation of duties takes away. A scope that needs a
    purpose falls away without one; a scope that another role grants freely stays. Which rows the scopes
    reach is for the `visible_*` below, made from the same Allow. KeyError for a permission that is not in the
    table.
    """
    if permission in PUBLIC:
        return Allow(frozenset("U"))
    if actor.only is not None and permission not in actor.only:
        return Deny("not-allowed")
    cells = _cells(actor.roles, permission)
    granted = [cell for cell in cells if cell.refusal is None]
    usable = [cell for cell in granted if actor.purpose is not None or not cell.purpose]
    if usable:
        scopes = frozenset().union(*(cell.scopes for cell in usable))
        return Allow(scopes, all(cell.second for cell in usable), any(cell.alert for cell in usable))
    if granted:
        return Deny("purpose-needed")
    if actor.account_id is not None and not cells and permission in OWN:
        return Allow(frozenset("S"))
    refusals = {cell.refusal for cell in cells}
    if refusals == {401}:
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


def admit(actor: Actor, permission: str) -> Allow:
    """`decide`, or the problem that answers for its refusal. What an act calls for besides is `require`'s."""
    decision = decide(actor, permission)
    if isinstance(decision, Deny):
        raise _PROBLEMS[decision.kind]()
    return decision


def require(actor: Actor, permission: str) -> Allow:
    """`admit`, for doing it. An act of two people raises ProveAgain for somebody who has not lately proved
    who they are, and SecondNeeded while there is nobody beside them.
    """
    decision = admit(actor, permission)
    if decision.second and not actor.fresh:
        raise ProveAgain("This takes two people. Prove again that it is you, then send it again.")
    if decision.second and actor.second is None and permission not in ITSELF_SECOND:
        raise SecondNeeded(permission)
    return decision


def require_fresh(actor: Actor) -> None:
    """ProveAgain unless the actor proved who they are a short while ago."""
    if not actor.fresh:
        raise ProveAgain("Prove again that it is you: this takes you in person.")


def require_in_person(actor: Actor) -> None:
    """`require_fresh`, and NotAllowed for a token: none changes how its holder gets in, or makes another."""
    if actor.only is not None:
        raise NotAllowed("This takes you in person: a token cannot do it.")
    require_fresh(actor)


def require_any(actor: Actor, permissions: tuple[str, ...]) -> tuple[str, Allow]:
    """The first of several permissions that the actor has; the first one's refusal where they have none."""
    for permission in permissions:
        decision = decide(actor, permission)
        if isinstance(decision, Allow):
            return permission, decision
    return permissions[0], admit(actor, permissions[0])


class Likeness(NamedTuple):
    """Everything of an actor that decides the text of a `visible_*`: for a statement compiled once for all
    who are alike.
    """

    roles: frozenset[str]
    in_force: bool
    at_court: bool
    with_purpose: bool
    only: frozenset[str] | None = None


def likeness(actor: Actor) -> Likeness:
    """Whom the actor is like."""
    return Likeness(
        actor.roles,
        actor.force_id is not None,
        actor.court is not None,
        actor.purpose is not None,
        actor.only,
    )


def stand_in(like: Likeness) -> Actor:
    """Somebody like that, for the `visible_*`: a named parameter stands for each value of their own."""
    own: dict[str, Any] = {name: bindparam(f"actor_{name}") for name in _OWN}
    own["force_id"] = own["force_id"] if like.in_force else None
    own["court"] = own["court"] if like.at_court else None
    why = Purpose("", "") if like.with_purpose else None
    return Actor(roles=like.roles, purpose=why, only=like.only, **own)


def bound(actor: Actor, now: datetime) -> dict[str, object]:
    """What stands behind the parameters of `stand_in` and NOW."""
    return {"now": now, **{f"actor_{name}": getattr(actor, name) for name in _OWN}}


_OWN = ("account_id", "name", "force_id", "court", "number")


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
    """The rows that an Allow reaches by its scopes, as SQL. Scopes that reach no single row (aggregates,
    metadata) add nothing. `court` is only made where a scope needs it: it costs more than the rest together.
    """
    clauses: list[Clause] = []
    if "U" in allow.scopes:
        clauses.append(true())
    if "O" in allow.scopes and actor.force_id is not None:
        clauses.append(force == actor.force_id)
    if allow.scopes & {"A", "B"}:
        inside = true() if actor.force_id is None else force == actor.force_id
        clauses.append(and_(inside, allocated(actor.account_id, force, person, now)))
    if "K" in allow.scopes:
        clauses.append(instructed(actor.account_id, force, person, now))
    if "C" in allow.scopes and actor.court is not None and court is not None:
        clauses.append(court())
    if "S" in allow.scopes and own is not None:
        clauses.append(own)
    return or_(*clauses) if clauses else false()


def reach_of(actor: Actor) -> Reach:
    """Whose rows the second line lets this actor's transaction touch, before it is widened: their own
    force's.
    """
    forces = () if actor.force_id is None else (actor.force_id,)
    return Reach(forces=forces, account=actor.account_id, court=actor.court)


def beyond_force(actor: Actor) -> bool:
    """Whether somebody reaches records through allocations, instructions or a court, of whatever force."""
    return actor.account_id is not None and (
        actor.force_id is None or actor.court is not None or "SOL" in actor.roles
    )


def _forces_beyond() -> CompoundSelect[Any]:
    """The forces of an account's live allocations and instructions, and of a court's cases: a statement of
    `bound`'s parameters.
    """
    own: dict[str, Any] = {name: bindparam(f"actor_{name}") for name in ("account_id", "court")}
    held = [
        select(kind.force_id).where(
            kind.account_id == own["account_id"],
            kind.started_at <= NOW,
            or_(kind.ended_at.is_(None), kind.ended_at > NOW),
        )
        for kind in (Allocation, Instruction)
    ]
    heard = [select(kind.force_id).where(kind.court == own["court"]) for kind in (ApplicationFacts, Order)]
    return union(*held, *heard)


FORCES_BEYOND = _forces_beyond()


async def widen(session: AsyncSession, actor: Actor, now: datetime) -> None:
    """Let a session reach the forces of the cases that its actor has, beyond their own."""
    if beyond_force(actor) and session.get_bind().dialect.name == "postgresql":
        found = (await session.scalars(FORCES_BEYOND, bound(actor, now))).all()
        reach = reach_of(actor)
        await within(session, msgspec.structs.replace(reach, forces=tuple({*reach.forces, *found})))


KEEPS_LISTS = frozenset({"restriction:read", "restriction:edit"})
"""Whoever keeps the lists of a person reaches them without being named on them; an exclusion holds all the
same."""


def visible_people(actor: Actor, permission: str, now: datetime) -> Clause:
    """People the actor may reach under a permission. Raises the refusal where they may reach none at all."""

    def court() -> Clause:
        return exists(
            select(Application.id).where(
                Application.force_id == Person.force_id,
                Application.person_id == Person.id,
                at_court(actor.court, Application.force_id, Application.id),
            )
        )

    who = (actor.account_id, Person.force_id, Person.id, now)
    open_here = not_(excluded(*who)) if permission in KEEPS_LISTS else open_to(*who)
    allow = require(actor, permission)
    return and_(_reach(allow, actor, now, Person.force_id, Person.id, court=court), open_here)


def visible_accounts(actor: Actor, permission: str) -> Clause:
    """Accounts that an administrator looks after: those of their force, and of people of no force whom it
    invited. An administrator of no force is the deployment's, and looks after all.
    """
    admit(actor, permission)  # what takes two of them is asked for where it is done
    if actor.force_id is None:
        return true()
    return func.coalesce(Account.keeper, Account.force_id) == actor.force_id


def visible_applications(actor: Actor, permission: str, now: datetime) -> Clause:
    """Applications the actor may reach under a permission."""

    def court() -> Clause:
        return at_court(actor.court, Application.force_id, Application.id)

    allow, whose = require(actor, permission), (Application.force_id, Application.person_id)
    if permission == "application:list" and "M" in allow.scopes:  # which fields those see is for `fields`
        return and_(Application.force_id == actor.force_id, open_to(actor.account_id, *whose, now))
    return and_(_reach(allow, actor, now, *whose, court=court), open_to(actor.account_id, *whose, now))


def visible_orders(actor: Actor, permission: str, now: datetime) -> Clause:
    """Orders the actor may reach under a permission."""
    allow, whose = require(actor, permission), (Order.force_id, Order.person_id)
    return and_(
        _reach(allow, actor, now, *whose, court=lambda: Order.court == actor.court),
        open_to(actor.account_id, *whose, now),
    )


def visible_searches(actor: Actor, permission: str, now: datetime) -> Clause:
    """Searches the actor may reach under a permission, for a `Search` joined to its newest `SearchVersion`.

    A case is reached through the person searched and through the person whose order was claimed, so that a
    search of somebody else under a client's order is not hidden from those who must answer for that order.
    Whoever may not come near one of the two sees none of it.
    """
    allow = require(actor, permission)
    claimed = and_(Order.force_id == SearchVersion.order_force, Order.id == SearchVersion.order_id)
    through_order = exists(
        select(Order.id).where(
            Order.force_id == Search.force_id,
            claimed,
            _reach(allow, actor, now, Order.force_id, Order.person_id),
        )
    )
    shut = exists(
        select(Order.id).where(claimed, not_(open_to(actor.account_id, Order.force_id, Order.person_id, now)))
    )
    whose = (Search.force_id, SearchVersion.person_id)
    own = Search.account_id == actor.account_id
    return and_(
        or_(_reach(allow, actor, now, *whose, own=own), through_order),
        open_to(actor.account_id, *whose, now),
        not_(shut),
    )


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
