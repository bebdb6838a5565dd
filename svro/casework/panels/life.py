"""The life of a panel and its sessions: who sits, what they will draw from, who signs, the end."""

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import references
from svro.casework.access import Actor, require, require_any, visible_panel_sessions
from svro.casework.panels import frames, held
from svro.casework.panels.held import COMMIT, SEERS, WRITE, Case, Held
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed
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


class MemberView(msgspec.Struct, kw_only=True):
    """Somebody who sits, and whether they have signed. `conflicts` are told to the chair and oversight."""

    account_id: str
    name: str
    part: str
    signed: bool
    conflicts: str | None = None


class SessionLine(msgspec.Struct, kw_only=True):
    """One session in a list."""

    id: str
    reference: str
    panel: str
    first: date
    last: date
    stage: held.Stage
    stage_label: str


class PanelView(msgspec.Struct, kw_only=True):
    """A panel, who sits on it now, and its sessions, newest first."""

    id: str
    force: str
    name: str
    area: str
    members: list[MemberView]
    sessions: list[SessionLine]


class CaseLine(msgspec.Struct, kw_only=True):
    """One case in a session's list. `compulsory` says why it is reviewed whatever the seed; `readable`
    whether the reader may open it.
    """

    id: str
    number: int
    route: str
    standing: held.Standing
    standing_label: str
    compulsory: list[str]
    reason: str | None
    yours: str | None
    readable: bool


class SessionView(msgspec.Struct, kw_only=True):
    """A session: how far it is, its frame and seed, its cases as far as the reader may know of them."""

    id: str
    reference: str
    force: str
    panel_id: str
    panel: str
    area: str
    first: date
    last: date
    stage: held.Stage
    stage_label: str
    frame_sha256: str | None
    frame_size: int | None
    committed_at: datetime | None
    seed: str | None
    drawn_at: datetime | None
    closed_at: datetime | None
    per_stratum: int | None
    reserves: int | None
    sizes: list[sampling.Size]
    members: list[MemberView]
    your_part: str | None
    signed: bool
    may_draw: bool
    counts: dict[str, int]
    cases: list[CaseLine]


async def found_panel(session: AsyncSession, actor: Actor, command: FoundPanel, now: datetime) -> PanelView:
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
    return await _panel_view(session, actor, panel, now)


async def _panel(
    session: AsyncSession, actor: Actor, permissions: tuple[str, ...], panel_id: str, now: datetime
) -> Panel:
    require_any(actor, permissions)
    row = await session.scalar(
        select(Panel).where(Panel.id == panel_id, Panel.force_id == actor.force_id, Panel.recorded_at <= now)
    )
    if row is None:
        raise Missing
    return row


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


async def seat(session: AsyncSession, actor: Actor, panel_id: str, command: Seat, now: datetime) -> PanelView:
    """Give somebody a seat, or take it away. Malformed for who is not a panel member of this force."""
    panel = await _panel(session, actor, (COMMIT,), panel_id, now)
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
    return await _panel_view(session, actor, panel, now)


async def open_session(
    session: AsyncSession, actor: Actor, panel_id: str, command: OpenSession, now: datetime
) -> SessionView:
    """Open a session about a period that is over."""
    panel = await _panel(session, actor, (COMMIT,), panel_id, now)
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
    return await get(session, actor, row.id, now)


async def commit_frame(
    session: AsyncSession, actor: Actor, session_id: str, command: CommitFrame, now: datetime
) -> SessionView:
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
    return await get(session, actor, session_id, now)


async def looked_back(session: AsyncSession, row: PanelSession, now: datetime) -> list[frames.Known]:
    """The searches of the period and of the year that ends with it, as known at `now`."""
    first = min(row.first, frames.year_to(row.last))
    return await frames.searches(session, row.force_id, first, row.last, now)


async def sign(
    session: AsyncSession, actor: Actor, session_id: str, command: Sign, now: datetime
) -> SessionView:
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
    return await get(session, actor, session_id, now)


async def close(
    session: AsyncSession, actor: Actor, session_id: str, command: Close, now: datetime
) -> SessionView:
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
    return await get(session, actor, session_id, now)


async def listing(session: AsyncSession, actor: Actor, now: datetime) -> list[PanelView]:
    """The panels of the actor's force, with the sessions that the actor may know of."""
    require_any(actor, SEERS)
    panels = await session.scalars(
        select(Panel)
        .where(Panel.force_id == actor.force_id, Panel.recorded_at <= now)
        .order_by(Panel.name, Panel.id)
    )
    return [await _panel_view(session, actor, panel, now) for panel in panels.all()]


async def panel(session: AsyncSession, actor: Actor, panel_id: str, now: datetime) -> PanelView:
    """One panel."""
    return await _panel_view(session, actor, await _panel(session, actor, SEERS, panel_id, now), now)


async def _panel_view(session: AsyncSession, actor: Actor, row: Panel, now: datetime) -> PanelView:
    members = await session.scalars(
        select(PanelMember)
        .filter_by(force_id=row.force_id, panel_id=row.id)
        .where(PanelMember.recorded_at <= now)
        .order_by(PanelMember.n)
    )
    parts = {one.account_id: one.part for one in members}
    parts = {account: part for account, part in parts.items() if part != "left"}
    rows = await session.scalars(
        select(PanelSession)
        .where(
            PanelSession.force_id == row.force_id,
            PanelSession.panel_id == row.id,
            visible_panel_sessions(actor, SEERS, now),
        )
        .order_by(PanelSession.last.desc(), PanelSession.recorded_at.desc())
    )
    return PanelView(
        id=row.id,
        force=row.force_id,
        name=row.name,
        area=row.area,
        members=await _members(session, parts, set()),
        sessions=[_line(await held.load(session, one, now)) for one in rows.all()],
    )


async def _members(session: AsyncSession, parts: dict[str, str], signed: set[str]) -> list[MemberView]:
    rows = await session.execute(select(Account.id, Account.name).where(Account.id.in_(sorted(parts))))
    found = [
        MemberView(account_id=one.id, name=one.name, part=parts[one.id], signed=one.id in signed)
        for one in rows
    ]
    return sorted(found, key=lambda one: (one.part, one.name))


def _with_conflicts(found: Held, actor: Actor, members: list[MemberView]) -> list[MemberView]:
    if held.part_of(found, actor) == "chair" or "OVR" in actor.roles:
        for one in members:
            signed = found.signatures.get(one.account_id)
            one.conflicts = signed.conflicts if signed else None
    return members


def _may_draw(found: Held, actor: Actor) -> bool:
    if found.stage != "committed" or found.frame_act is None or not held.may(actor, held.DRAW):
        return False
    return found.frame_act.recorded_by != actor.account_id and (
        actor.roles != {"PAN"} or held.part_of(found, actor) == "chair"
    )


def _line(found: Held) -> SessionLine:
    row = found.row
    return SessionLine(
        id=row.id,
        reference=row.reference,
        panel=found.panel.name,
        first=row.first,
        last=row.last,
        stage=found.stage,
        stage_label=held.STAGES[found.stage],
    )


async def get(session: AsyncSession, actor: Actor, session_id: str, now: datetime) -> SessionView:
    """One session, with as much of its cases as the reader may know."""
    found = await held.reach(session, actor, SEERS, session_id, now)
    frame, line = found.frame, _line(found)
    size = len(frame.rows) if frame else None
    sees = held.may_see_cases(found, actor)
    redacts = held.may_redact(actor)
    cases = [case for case in found.cases if sees or redacts]
    mine = {one.case_id: one for one in found.reviews if one.account_id == actor.account_id}
    plain: dict[str, Any] = {name: getattr(line, name) for name in SessionLine.__struct_fields__}
    return SessionView(
        **plain,
        force=found.row.force_id,
        panel_id=found.panel.id,
        area=found.panel.area,
        frame_sha256=frame.sha256 if frame else None,
        frame_size=size,
        committed_at=found.frame_act.recorded_at if found.frame_act else None,
        seed=found.draw.seed if found.draw else None,
        drawn_at=found.draw_act.recorded_at if found.draw_act else None,
        closed_at=found.closed_at,
        per_stratum=frame.per_stratum if frame else None,
        reserves=frame.reserves if frame else None,
        sizes=sampling.sizes(size, [6, 12, 24, 48, 96]) if size else [],
        members=_with_conflicts(found, actor, await _members(session, found.members, set(found.signatures))),
        your_part=held.part_of(found, actor),
        signed=actor.account_id in found.signatures,
        may_draw=_may_draw(found, actor),
        counts=dict(Counter(case.standing for case in found.cases)),
        cases=[_case_line(case, mine.get(case.row.id), redacts or case.shown) for case in cases],
    )


def _case_line(case: Case, mine: Any, readable: bool) -> CaseLine:
    return CaseLine(
        id=case.row.id,
        number=case.row.number,
        route=case.row.route,
        standing=case.standing,
        standing_label=held.STANDINGS[case.standing],
        compulsory=list(case.row.compulsory),
        reason=case.out.reason if case.out else None,
        yours=(mine.grade or "aside") if mine else None,
        readable=readable,
    )
