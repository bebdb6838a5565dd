"""Whether somebody may: one pure `decide` over the matrix, and one `visible_*` for each table, used by every
list, fetch and export. Whoever is excluded from a person's case, or not among those it is kept to, reaches
none of it under any letter.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import (
    and_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from svro.casework.matrix import APART, CASES, ITSELF_SECOND, LOOKS, MATRIX, OWN, PUBLIC, Cell
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
from svro.records.disclosure import DisclosureRequest
from svro.records.orders import Application, Order
from svro.records.panels import PanelMember, PanelSession
from svro.records.people import Account, Person
from svro.records.searches import Search, SearchVersion


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


def about_to(actor: Actor) -> Actor:
    """Whoever looks at what they are about to do, as if somebody stood beside them: to do it still takes
    that somebody.
    """
    return msgspec.structs.replace(actor, second=actor.second or actor.account_id)


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


def visible_requests(actor: Actor, permission: str, now: datetime, *, listed: bool = False) -> Clause:
    """Requests for disclosure the actor may reach under a permission. A solicitor reaches their own, while
    they are instructed; their colleague's request for the same client is the colleague's. Of those that are
    merely `listed` some see that they are there, and no more.
    """
    allow, whose = require(actor, permission), (DisclosureRequest.force_id, DisclosureRequest.person_id)
    if listed and "M" in allow.scopes:  # which fields those see is for `fields`
        return and_(DisclosureRequest.force_id == actor.force_id, open_to(actor.account_id, *whose, now))

    def court() -> Clause:
        return exists(
            select(Application.id).where(
                Application.force_id == DisclosureRequest.force_id,
                Application.person_id == DisclosureRequest.person_id,
                at_court(actor.court, Application.force_id, Application.id),
            )
        )

    mine = true() if "K" not in allow.scopes else DisclosureRequest.account_id == actor.account_id
    return and_(_reach(allow, actor, now, *whose, court=court), open_to(actor.account_id, *whose, now), mine)


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
