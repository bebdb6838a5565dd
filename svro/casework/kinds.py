"""Every act that may wait for a second person: its name, what is sent, what does it, and to what."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import (
    applications,
    changes,
    decisions,
    extracts,
    glass,
    instructions,
    lists,
    orders,
    searches,
)
from svro.casework.access import Actor
from svro.casework.disclosure import decided, handover, issues, sensitive

About = Literal["search", "application", "order", "person", "force", "disclosure"]


class CloseOf(changes.CloseChange, kw_only=True, forbid_unknown_fields=True):
    """How one application for a change ended."""

    change_id: str


class RecallOf(handover.Recall, kw_only=True, forbid_unknown_fields=True):
    """Which bundle of a request is taken back, and why."""

    bundle_id: str


class Kind(NamedTuple):
    """One act as it may wait: its name, what is sent, the function that does it, and to what.

    `do` takes (session, actor, id of the thing, command, version, now); `ready`, where it takes seconds,
    makes beforehand what it needs.
    """

    title: str
    command: Any
    do: Callable[[AsyncSession, Actor, str, Any, int, datetime], Awaitable[msgspec.Struct]]
    about: About
    ready: Callable[[AsyncSession, Actor, str, Any, datetime], Awaitable[None]] | None = None


async def _consider(
    session: AsyncSession, actor: Actor, _about: str, command: applications.Consider, _: int, now: datetime
) -> msgspec.Struct:
    return await applications.consider(session, actor, command, now)


async def _close(
    session: AsyncSession, actor: Actor, about: str, command: CloseOf, version: int, now: datetime
) -> msgspec.Struct:
    return await changes.close(session, actor, about, command.change_id, command, version, now)


async def _list(
    session: AsyncSession, actor: Actor, about: str, command: lists.EditLists, _: int, now: datetime
) -> msgspec.Struct:
    return await lists.edit(session, actor, about, command, now)


async def _break(
    session: AsyncSession, actor: Actor, about: str, command: glass.BreakGlass, _: int, now: datetime
) -> msgspec.Struct:
    return await glass.open_case(session, actor, about, command, now)


async def _recall(
    session: AsyncSession, actor: Actor, about: str, command: RecallOf, version: int, now: datetime
) -> msgspec.Struct:
    return await handover.recall(session, actor, about, command.bundle_id, command, version, now)


async def _represent(
    session: AsyncSession,
    actor: Actor,
    about: str,
    command: instructions.RecordRepresentation,
    _: int,
    now: datetime,
) -> msgspec.Struct:
    return await instructions.represent(session, actor, about, command, now)


KINDS: dict[str, Kind] = {
    "correct-search": Kind(
        "Correct the record of a search", searches.CorrectSearch, searches.correct, "search"
    ),
    "consider": Kind("Begin an application", applications.Consider, _consider, "person"),
    "application-act": Kind(
        "Record an act on an application", applications.Step, applications.act, "application"
    ),
    "decision": Kind(
        "Record what a court decided", decisions.RecordDecision, decisions.record, "application"
    ),
    "order-act": Kind("Record an act in an order’s life", orders.RecordAct, orders.record_act, "order"),
    "seek-change": Kind("Seek a change to an order", changes.SeekChange, changes.seek, "order"),
    "close-change": Kind("Record how an application for a change ended", CloseOf, _close, "order"),
    "lists": Kind("Change who may come near a case", lists.EditLists, _list, "person"),
    "represent": Kind(
        "Record that a solicitor represents somebody", instructions.RecordRepresentation, _represent, "person"
    ),
    "break-glass": Kind("Open a case without being allocated to it", glass.BreakGlass, _break, "person"),
    "extract-of-person": Kind(
        "Hand over who looked at a person", extracts.AskExtract, extracts.agree, "person"
    ),
    "extract-of-force": Kind("Hand over the access log", extracts.AskExtract, extracts.agree, "force"),
    decided.MARK: Kind(
        "Put items on the sensitive schedule", sensitive.MarkSensitive, sensitive.mark_sensitive, "disclosure"
    ),
    "unmark-sensitive": Kind(
        "Take items off the sensitive schedule",
        sensitive.UnmarkSensitive,
        sensitive.unmark_sensitive,
        "disclosure",
    ),
    "issue-bundle": Kind(
        "Hand over an answer to a request", issues.Issue, issues.issue, "disclosure", issues.ready
    ),
    "recall-bundle": Kind("Take a bundle back", RecallOf, _recall, "disclosure"),
}
"""Every act that may wait. An act is here because somebody's cell for it says `2`."""

PAIRS: frozenset[tuple[str, About]] = frozenset(
    {
        ("search:correct", "search"),
        ("application:create", "person"),
        ("application:withdraw", "application"),
        ("decision:correct", "application"),
        ("decision:correct", "order"),
        ("order:apply", "order"),
        ("restriction:edit", "person"),
        ("break_glass:open", "person"),
        ("access_log:export", "person"),
        ("access_log:export", "force"),
        (sensitive.SENSITIVE, "disclosure"),
        (issues.CREATE, "disclosure"),
        (handover.REVOKE, "disclosure"),
        ("instruction:verify", "person"),
    }
)
"""Every permission under which something may wait, with the kind of thing it is done to."""
