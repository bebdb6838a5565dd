"""The life of a panel and its sessions: who sits, what they will draw from, who signs, the end."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import references
from svro.casework.access import Actor, require
from svro.casework.panels import frames, held, views
from svro.casework.panels.held import COMMIT, WRITE
from svro.errors import Conflict, Fault, Malformed, NotAllowed
from svro.figures import sampling
from svro.law.dates import london_day
from svro.records.base import chance, new_id, put
from svro.records.ledger import Entry, append, keep
from svro.records.panels import Frame, Panel, PanelMember, PanelSession, PanelSignature, Said
from svro.records.people import Account, AccountRole

Line = Annotated[str, Meta(min_length=1, max_length=300)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Few = Annotated[int, Meta(ge=1, le=50)]


class FoundPanel(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new panel: its name, and the area whose people it speaks for."""

    name: Line
    area: Line


class Seat(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What an account is on a panel from now on."""

    account_id: Line
    part: Literal["chair", "member", "left"]


class OpenSession(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The period whose searches a session is about, in London days, both counted."""

    first: date
    last: date


class CommitFrame(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How many cases to take of each stratum, and how many stand by: fixed before there is any seed."""

    per_stratum: Few = 3
    reserves: Annotated[int, Meta(ge=0, le=50)] = 2


class Sign(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A member's word: what they see stays in the session; `conflicts` they know of, absent for none."""

    confidential: bool
    conflicts: Text | None = None


class Close(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Anything the chair wants to have in the minutes about the end of the session."""

    text: Text | None = None


async def found_panel(
    session: AsyncSession, actor: Actor, command: FoundPanel, now: datetime
) -> views.PanelView:
    """A new panel of the actor's own force area."""
    require(actor, COMMIT)
    if actor.force_id is None:
        raise NotAllowed("A panel is of a force’s area, and you have none.")
    values = {"name": command.name, "area": command.area}
    panel = Panel(force_id=actor.force_id, id=new_id(), **values)
    stamped = {**values, "recorded_at": now, "recorded_by": actor.account_id}
    await put(session, Panel, force_id=panel.force_id, id=panel.id, **stamped)
    entry = Entry(
        tag="panel:founded",
        force=panel.force_id,
        actor=actor.account_id,
        subject=panel.id,
        at=now,
        facts=values,
    )
    await append(session, entry)
    return await views.panel_view(session, actor, panel, now)


async def candidates(session: AsyncSession, actor: Actor, now: datetime) -> dict[str, str]:
    """Who may sit on a panel of the actor's force: account ids to names."""
    require(actor, COMMIT)
    rows = await session.execute(
        select(Account.id, Account.name)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(
            Account.force_id == actor.force_id,
            AccountRole.role == "PAN",
            AccountRole.started_at <= now,
            AccountRole.ended_at.is_(None) | (AccountRole.ended_at > now),
        )
        .order_by(Account.name, Account.id)
    )
    return {row.id: row.name for row in rows}


async def seat(
    session: AsyncSession, actor: Actor, panel_id: str, command: Seat, now: datetime
) -> views.PanelView:
    """Give somebody a seat, or take it away. Malformed for who is not a panel member of this force."""
    panel = await views.reach_panel(session, actor, (COMMIT,), panel_id, now)
    if command.account_id not in await candidates(session, actor, now):
        raise Malformed([Fault("account_id", "is not the account of a panel member of this force")])
    keys = {"force_id": panel.force_id, "panel_id": panel.id}
    last = await session.scalar(select(func.max(PanelMember.n)).filter_by(**keys))
    await keep(
        session,
        PanelMember,
        {**keys, "n": (last or 0) + 1},
        msgspec.to_builtins(command),
        tag="panel:seated",
        subject=panel.id,
        by=actor.account_id,
        now=now,
    )
    return await views.panel_view(session, actor, panel, now)


async def open_session(
    session: AsyncSession, actor: Actor, panel_id: str, command: OpenSession, now: datetime
) -> views.SessionView:
    """Open a session about a period that is over."""
    panel = await views.reach_panel(session, actor, (COMMIT,), panel_id, now)
    faults = []
    if command.last < command.first:
        faults.append(Fault("last", "must not be before the first day"))
    if command.last >= london_day(now):
        faults.append(Fault("last", "must be over: a frame of days still to come could still change"))
    if faults:
        raise Malformed(faults)
    values = {
        "panel_id": panel.id,
        "reference": references.new("PANEL"),
        "first": command.first,
        "last": command.last,
    }
    row = PanelSession(force_id=panel.force_id, id=new_id(), **values)
    stamped = {**values, "recorded_at": now, "recorded_by": actor.account_id}
    await put(session, PanelSession, force_id=row.force_id, id=row.id, **stamped)
    entry = Entry(
        tag="panel:opened", force=row.force_id, actor=actor.account_id, subject=row.id, at=now, facts=values
    )
    await append(session, entry)
    return await views.get(session, actor, row.id, now)


async def commit_frame(
    session: AsyncSession, actor: Actor, session_id: str, command: CommitFrame, now: datetime
) -> views.SessionView:
    """Fix what will be drawn from, and publish its hash. It can be done once.

    Conflict where it was done, or where the period holds no search.
    """
    found = await held.reach(session, actor, (COMMIT,), session_id, now)
    found.at_stage("opened")
    row = found.row
    everything = await looked_back(session, row, now)
    mine = [one for one in everything if row.first <= one.day <= row.last]
    if not mine:
        raise Conflict("No search was recorded in this period, so there is nothing to draw from.")
    salt = f"{chance().getrandbits(256):064x}"
    rows, meanings = frames.rows(mine, everything, salt)
    frame = sampling.Frame(strata={one.alias: one.stratum for one in rows})
    committed = Frame(
        rows=rows,
        meanings=meanings,
        sha256=frame.sha256,
        strata_sha256=frame.strata_sha256,
        salt=salt,
        per_stratum=command.per_stratum,
        reserves=command.reserves,
    )
    await held.record(session, found, actor, "frame", committed, now)
    return await views.get(session, actor, session_id, now)


async def looked_back(session: AsyncSession, row: PanelSession, now: datetime) -> list[frames.Known]:
    """The searches of the period and of the year that ends with it, as known at `now`."""
    first = min(row.first, frames.year_to(row.last))
    return await frames.searches(session, row.force_id, first, row.last, now)


async def sign(
    session: AsyncSession, actor: Actor, session_id: str, command: Sign, now: datetime
) -> views.SessionView:
    """A member signs for this session. Once, and only while it is not closed."""
    require(actor, WRITE)
    found = await held.reach(session, actor, (WRITE,), session_id, now)
    found.at_stage("opened", "committed", "drawn")
    part = held.part_of(found, actor)
    if part is None:
        raise NotAllowed("Only members of this panel do this.")
    if not command.confidential:
        raise Malformed([Fault("confidential", "must be promised before any case is shown")])
    keys = {"force_id": found.row.force_id, "session_id": session_id, "account_id": actor.account_id}
    values = {"part": part, "conflicts": command.conflicts}
    try:
        await put(session, PanelSignature, **keys, **values, recorded_at=now)
    except IntegrityError as twice:
        raise Conflict("You have signed for this session.") from twice
    entry = Entry(
        tag="panel:signed",
        force=found.row.force_id,
        actor=actor.account_id,
        subject=session_id,
        at=now,
        facts=values,
    )
    await append(session, entry)
    return await views.get(session, actor, session_id, now)


async def close(
    session: AsyncSession, actor: Actor, session_id: str, command: Close, now: datetime
) -> views.SessionView:
    """The chair closes the session: its cases are shown to no member any more, and its minutes are made.

    Conflict while a case is under review: each is graded or left out first.
    """
    require(actor, WRITE)
    found = await held.reach(session, actor, (WRITE,), session_id, now)
    found.at_stage("drawn")
    held.as_chair(found, actor)
    if any(case.standing in ("released", "discussed") for case in found.cases):
        raise Conflict("Some cases are still being reviewed. Grade them, or have them left out, first.")
    await held.record(session, found, actor, "close", Said(text=command.text), now)
    return await views.get(session, actor, session_id, now)
