"""What is shown of panels and their sessions, to each reader as much as they may know."""

from collections import Counter
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require_any, visible_panel_sessions
from svro.casework.panels import held
from svro.casework.panels.held import SEERS, Case, Held
from svro.errors import Missing
from svro.figures import sampling
from svro.records.panels import Panel, PanelMember, PanelSession
from svro.records.people import Account


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


async def reach_panel(
    session: AsyncSession, actor: Actor, permissions: tuple[str, ...], panel_id: str, now: datetime
) -> Panel:
    """A panel of the actor’s own force; else Missing, or the refusal."""
    require_any(actor, permissions)
    row = await session.scalar(
        select(Panel).where(Panel.id == panel_id, Panel.force_id == actor.force_id, Panel.recorded_at <= now)
    )
    if row is None:
        raise Missing
    return row


async def listing(session: AsyncSession, actor: Actor, now: datetime) -> list[PanelView]:
    """The panels of the actor's force, with the sessions that the actor may know of."""
    require_any(actor, SEERS)
    panels = await session.scalars(
        select(Panel)
        .where(Panel.force_id == actor.force_id, Panel.recorded_at <= now)
        .order_by(Panel.name, Panel.id)
    )
    return [await panel_view(session, actor, panel, now) for panel in panels.all()]


async def panel(session: AsyncSession, actor: Actor, panel_id: str, now: datetime) -> PanelView:
    """One panel."""
    return await panel_view(session, actor, await reach_panel(session, actor, SEERS, panel_id, now), now)


async def panel_view(session: AsyncSession, actor: Actor, row: Panel, now: datetime) -> PanelView:
    """A panel already reached, with its sessions as far as the actor may know of them."""
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
    if held.part_of(found, actor) == "chair" or held.oversees(actor):
        for one in members:
            signed = found.signatures.get(one.account_id)
            one.conflicts = signed.conflicts if signed else None
    return members


def _may_draw(found: Held, actor: Actor) -> bool:
    if found.stage != "committed" or found.frame_act is None or not held.may(actor, held.DRAW):
        return False
    return found.frame_act.recorded_by != actor.account_id and (
        held.oversees(actor) or held.part_of(found, actor) == "chair"
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
