"""The draw: the chair's digits make the seed, the seed the sample; and what is published of both.

The order of acts is the promise: the frame's hash is recorded and published, and only afterwards can the
chair's digits be taken. Nobody who draws can have chosen the frame for its sample.
"""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require
from svro.casework.panels import frames, held, life, views
from svro.casework.panels.held import DRAW, Case, Held
from svro.errors import Conflict, Fault, Malformed, Missing, NotAllowed
from svro.figures import sampling
from svro.records.base import put
from svro.records.ledger import Entry, append
from svro.records.panels import Draw, Frame, PanelCase, PanelSession, Said
from svro.records.reach import ALL, reaching
from svro.records.sealing import LedgerCheckpoint

PUBLIC = "report:read_aggregate"
ENOUGH = 10
"""Fewer searches than these are listed to nobody signed out, not even under names that tell nothing."""


class DrawSample(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The digits that the chair called, 4 to 12; and the root of a ledger checkpoint made since the frame, if
    the panel wants one in the seed: 64 hex digits.
    """

    digits: Annotated[str, Meta(pattern=r"^[0-9]{4,12}$")]
    checkpoint: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None


def seed_of(row: PanelSession, command: DrawSample) -> str:
    """The seed: the period, the chair's digits, and the checkpoint's hash where there is one."""
    parts = [f"panel-{row.first}--{row.last}", f"chair-{command.digits}"]
    return "|".join([*parts, f"{sampling.NAMED[1:]}{command.checkpoint}"] if command.checkpoint else parts)


async def draw(
    session: AsyncSession, actor: Actor, session_id: str, command: DrawSample, now: datetime
) -> views.SessionView:
    """Draw the sample, once, after the frame. The chair does, or oversight: not whoever committed to it.

    A case from which somebody could be recognised is withheld at once, which is counted and shown; the next
    of its stratum stands in.
    """
    require(actor, DRAW)
    found = await held.reach(session, actor, (DRAW,), session_id, now)
    if found.stage == "opened":
        raise Conflict("The frame comes first: its hash is published before anybody calls a seed.")
    found.at_stage("committed")
    if not held.oversees(actor):
        held.as_chair(found, actor)
    if found.frame_act is not None and found.frame_act.recorded_by == actor.account_id:
        raise NotAllowed("You committed to the frame, so somebody else draws from it.")
    await _check(session, found, command)
    seed = seed_of(found.row, command)
    drawn = Draw(seed=seed, digits=command.digits, checkpoint=command.checkpoint)
    await held.record(session, found, actor, "draw", drawn, now)
    await _lay_out(session, found, actor, seed, now)
    return await views.get(session, actor, session_id, now)


async def _check(session: AsyncSession, found: Held, command: DrawSample) -> None:
    """Malformed where the checkpoint is not one that this log signed since the frame."""
    if command.checkpoint is None:
        return
    assert found.frame_act is not None
    signed = await _signed(session, command.checkpoint)
    if signed is None or signed.at < found.frame_act.recorded_at:
        said = "is not the root of a checkpoint that this log has signed since the frame"
        raise Malformed([Fault("checkpoint", said)])


async def _signed(session: AsyncSession, root: str) -> LedgerCheckpoint | None:
    kind = LedgerCheckpoint
    query = select(kind).where(kind.root == bytes.fromhex(root)).order_by(kind.size.desc()).limit(1)
    return await session.scalar(query)


async def _lay_out(session: AsyncSession, found: Held, actor: Actor, seed: str, now: datetime) -> None:
    """Make the cases, and withhold those from which somebody could be recognised."""
    frame, row = found.frame, found.row
    assert frame is not None
    assert found.frame_act is not None
    drawn = drawn_of(frame, seed)
    by_alias = {one.alias: one for one in frame.rows}
    chosen = [
        (by_alias[alias], route, place)
        for route, lists in (("sampled", drawn.selected), ("reserve", drawn.reserve))
        for ids in lists.values()
        for place, alias in enumerate(ids, 1 if route == "sampled" else 1 + frame.per_stratum)
    ]
    taken = {one.alias for one, route, _ in chosen if route == "sampled"}
    must = [one for one in frame.rows if one.compulsory and one.alias not in taken]
    must_be = {one.alias for one in must}
    chosen = [one for one in chosen if one[0].alias not in must_be]
    chosen += [(one, "compulsory", 0) for one in must]
    known = found.frame_act.recorded_at
    everything = await life.looked_back(session, row, known)
    searched = {one.id: one for one in everything}
    for number, (one, route, place) in enumerate(chosen, 1):
        values = {"number": number, "search_id": one.search_id, "route": route, "stratum": one.stratum}
        values |= {"place": place, "compulsory": one.compulsory}
        case = PanelCase(force_id=row.force_id, session_id=row.id, id=one.alias, **values)
        keys = {"force_id": row.force_id, "session_id": row.id, "id": one.alias}
        await put(session, PanelCase, **keys, **values, recorded_at=now)
        entry = Entry(
            tag="panel:case",
            force=row.force_id,
            actor=actor.account_id,
            subject=one.alias,
            at=now,
            facts=values,
        )
        await append(session, entry)
        if frames.shown_as(searched[one.search_id], everything, row.force_id) is None:
            why = Said(reason="identity", text="Too few people of the year are alike.")
            await held.record(session, found, actor, "withhold", why, now, Case(case, ()))


def drawn_of(frame: Frame, seed: str) -> sampling.Drawn:
    """What a seed draws from a frame."""
    strata = {one.alias: one.stratum for one in frame.rows}
    return sampling.draw(sampling.Frame(strata=strata), seed, frame.per_stratum, frame.reserves)


class Commitment(msgspec.Struct, kw_only=True):
    """What everybody may know of a session: when its frame was committed to and its hash; later the seed."""

    session: str
    reference: str
    panel: str
    force: str
    first: date
    last: date
    frame_sha256: str
    strata_sha256: str
    frame_size: int | None
    per_stratum: int
    reserves: int
    committed_at: datetime
    seed: str | None
    drawn_at: datetime | None


async def published(session: AsyncSession, actor: Actor, session_id: str, now: datetime) -> Held:
    """A session of which anybody may know, because its frame was committed to; else Missing."""
    require(actor, PUBLIC)
    query = select(PanelSession).where(PanelSession.id == session_id, PanelSession.recorded_at <= now)
    async with reaching(session, *ALL.forces):
        row = await session.scalar(query)
        if row is None:
            raise Missing
        found = await held.load(session, row, now)
    if found.frame is None:
        raise Missing
    return found


async def commitment(session: AsyncSession, actor: Actor, session_id: str, now: datetime) -> Commitment:
    """The frame's hash, to anybody, at an address that stays; Missing before it is committed to."""
    found = await published(session, actor, session_id, now)
    row, frame = found.row, found.frame
    assert frame is not None
    assert found.frame_act is not None
    return Commitment(
        session=row.id,
        reference=row.reference,
        panel=found.panel.name,
        force=row.force_id,
        first=row.first,
        last=row.last,
        frame_sha256=frame.sha256,
        strata_sha256=frame.strata_sha256,
        frame_size=len(frame.rows) if len(frame.rows) >= ENOUGH else None,
        per_stratum=frame.per_stratum,
        reserves=frame.reserves,
        committed_at=found.frame_act.recorded_at,
        seed=found.draw.seed if found.draw else None,
        drawn_at=found.draw_act.recorded_at if found.draw_act else None,
    )


async def pack(session: AsyncSession, actor: Actor, session_id: str, now: datetime) -> sampling.Pack:
    """All that anybody needs to draw the sample again. Missing before it is drawn, and for a frame so small
    that a list of it could tell something of somebody.
    """
    found = await published(session, actor, session_id, now)
    if found.frame is None or len(found.frame.rows) < ENOUGH:
        raise Missing
    made = pack_of(found)
    if found.draw is None or found.draw.checkpoint is None:
        return made
    signed = await _signed(session, found.draw.checkpoint)
    return msgspec.structs.replace(made, checkpoint=signed.note if signed else None)


def pack_of(found: Held) -> sampling.Pack:
    """A session's draw as it is published. Missing before it is drawn."""
    frame, drawn = found.frame, found.draw
    if frame is None or drawn is None or found.frame_act is None or found.draw_act is None:
        raise Missing
    again = drawn_of(frame, drawn.seed)
    return sampling.Pack(
        session=found.row.reference,
        committed_at=found.frame_act.recorded_at,
        drawn_at=found.draw_act.recorded_at,
        frame_sha256=frame.sha256,
        strata_sha256=frame.strata_sha256,
        frame={one.alias: one.stratum for one in frame.rows},
        seed=drawn.seed,
        per_stratum=frame.per_stratum,
        reserves=frame.reserves,
        selected=again.selected,
        reserve=again.reserve,
    )
