"""The sensitive schedule of a request: what goes on it, and off it, takes two people, and it is on no list
that the defence can reach.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, about_to, admit, require
from svro.casework.disclosure import standing
from svro.casework.disclosure.closure import naming
from svro.casework.disclosure.decided import decided, of_person, record
from svro.casework.disclosure.gather import Held
from svro.casework.disclosure.review import Keys, Name, Reason, candidates, shown
from svro.casework.disclosure.sections import BY_TABLE
from svro.errors import Fault, Malformed
from svro.law import disclosure as law
from svro.law.dates import london_day
from svro.records.disclosure import DisclosureItem, DisclosureRequest, Test

SENSITIVE = "disclosure:sensitive_schedule"


class MarkSensitive(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Items that go onto the sensitive schedule, on which ground and why. Without a `test` what was said of
    it before stands.
    """

    keys: Keys
    ground: Name
    reason: Reason
    test: Test | None = None


class UnmarkSensitive(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Items that leave the sensitive schedule, and why: they are then disclosed as the rule has it, unless
    they are decided otherwise.
    """

    keys: Keys
    reason: Reason


class SensitiveItem(msgspec.Struct, kw_only=True):
    """One item of the sensitive schedule."""

    key: str
    title: str
    ground: str
    reason: str
    test: Test
    recorded_at: datetime


class SensitiveView(msgspec.Struct, kw_only=True):
    """The sensitive schedule of a request: for those who keep it, and no one else."""

    request_id: str
    reference: str
    items: list[SensitiveItem]


async def mark_sensitive(
    session: AsyncSession, actor: Actor, request_id: str, command: MarkSensitive, version: int, now: datetime
) -> SensitiveView:
    """Put items on the sensitive schedule: an act of two people. Malformed where the numbers of a history
    would tell that one is missing.
    """
    require(actor, SENSITIVE)
    row = await standing.reach(session, actor, SENSITIVE, request_id, now)
    _, held = await candidates(session, row, now)
    by_key = await decided(session, row, now)
    left = {one.key: one for one in shown(held, by_key)}
    grounds = {one.code for one in law.grounds(row.purpose, london_day(now), sensitive=True)}  # type: ignore[arg-type]
    faults = [Fault("keys", f"{key} is not on this schedule") for key in command.keys if key not in left]
    if command.ground not in grounds:
        faults.append(Fault("ground", f"must be one of {', '.join(sorted(grounds))}"))
    if not faults and (gap := _gap(left, set(command.keys))):
        faults.append(Fault("keys", f"would leave a gap before {gap}: what follows in it goes along"))
    faults += [
        Fault("keys", f"{one.key} names it: that goes along") for one in naming(left.values(), command.keys)
    ]
    if faults:
        raise Malformed(faults)
    for key in dict.fromkeys(command.keys):
        before = by_key.get(key)
        test = command.test or (before.test if before else "neither")
        relevant = before.relevant if before else True
        said = {"relevant": relevant, "test": test, "sensitive": True, "decision": "withhold"}
        said |= {"cuts": (), "shown": (), "ground": command.ground, "reason": command.reason}
        await record(session, actor, row.id, row.force_id, key, left[key].title, said, now)
    return await _sensitive(session, row, held, now)


async def unmark_sensitive(
    session: AsyncSession,
    actor: Actor,
    request_id: str,
    command: UnmarkSensitive,
    version: int,
    now: datetime,
) -> SensitiveView:
    """Take items off the sensitive schedule, in every request about the person: an act of two people."""
    require(actor, SENSITIVE)
    row = await standing.reach(session, actor, SENSITIVE, request_id, now)
    _, held = await candidates(session, row, now)
    by_key = await decided(session, row, now)
    marked = {key for key, one in by_key.items() if one.sensitive}
    if faults := [Fault("keys", f"{key} is not on it") for key in command.keys if key not in marked]:
        raise Malformed(faults)
    rows = await session.scalars(of_person(row).where(DisclosureItem.key.in_(command.keys)))
    for one in {(one.request_id, one.key): one for one in rows.all()}.values():
        if not one.sensitive:
            continue
        said = {"relevant": one.relevant, "test": one.test, "sensitive": False, "decision": "disclose"}
        said |= {"cuts": (), "shown": (), "ground": None, "reason": command.reason}
        await record(session, actor, one.request_id, row.force_id, one.key, one.described, said, now)
    return await _sensitive(session, row, held, now)


def _gap(left: Mapping[str, Held], marked: set[str]) -> str | None:
    """The first item of a numbered history that would stay after one before it had gone."""
    gone: set[tuple[str, Any]] = set()
    for key, one in left.items():
        source = BY_TABLE.get(one.table or "")
        if source is None or source.history is None:
            continue
        place = (source.table, one.primary[1:-1])
        if key in marked:
            gone.add(place)
        elif place in gone:
            return key
    return None


async def sensitive(session: AsyncSession, actor: Actor, request_id: str, now: datetime) -> SensitiveView:
    """The sensitive schedule: to somebody with another beside them, or about to ask for one."""
    admit(actor, SENSITIVE)
    row = await standing.reach(session, about_to(actor), SENSITIVE, request_id, now)
    standing.told(session, row)
    _, held = await candidates(session, row, now)
    return await _sensitive(session, row, held, now)


async def _sensitive(
    session: AsyncSession, row: DisclosureRequest, held: Sequence[Held], now: datetime
) -> SensitiveView:
    titles = {one.key: one.title for one in held}
    by_key = await decided(session, row, now)
    return SensitiveView(
        request_id=row.id,
        reference=row.reference,
        items=[
            SensitiveItem(
                key=key,
                title=titles.get(key, one.described),
                ground=str(one.ground),
                reason=str(one.reason),
                test=one.test,  # type: ignore[arg-type]
                recorded_at=one.recorded_at,
            )
            for key, one in sorted(by_key.items())
            if one.sensitive
        ],
    )
