"""A bundle: issued by two people, made of what is held and decided at that moment, and made anew from the
same whenever it is fetched.
"""

import asyncio
from datetime import datetime
from hashlib import sha256
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require
from svro.casework.disclosure import beforehand, standing
from svro.casework.disclosure.composed import Composed, Wanted, compose
from svro.casework.disclosure.decided import nothing_awaits
from svro.casework.disclosure.reached import acts_for
from svro.casework.disclosure.sections import Scope
from svro.casework.disclosure.standing import RequestView
from svro.documents.bundle import Signer, parts_of
from svro.documents.unfit import Unfit
from svro.errors import Conflict, Fault, Malformed, Stale, Unavailable
from svro.records import notes, sealing
from svro.records.base import canonical, new_id, put
from svro.records.disclosure import DisclosureBundle, DisclosureRequest, Part
from svro.records.ledger import Entry, append

CREATE = "disclosure:create"
Aware = Annotated[datetime, Meta(tz=True)]
CHANGED = (
    "What is stored no longer makes this bundle: something in it was erased, or it would be made otherwise"
    " now. A new issue is needed."
)
OTHERWISE = (
    "What would leave is no longer what the first person sent: something was decided, marked or recorded"
    " since. Decline this, and send it anew."
)


class Issue(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Issue an answer: to the whole request, or to these sections of it; as known now unless at an earlier
    instant. `bound` is the digest of what the first person sent, kept for the second: it is set here,
    whatever was sent.
    """

    sections: tuple[Scope, ...] = ()
    known_at: Aware | None = None
    bound: str | None = None


async def issue(
    session: AsyncSession, actor: Actor, request_id: str, command: Issue, version: int, now: datetime
) -> RequestView:
    """Issue a bundle: an act of two people. Conflict while an item is not decided, the request is over, or
    its solicitor is instructed no longer; Stale where another was issued at the same moment.
    """
    want = await _wanted(session, actor, request_id, command, now)
    made = await compose(session, want, first=True)
    trial = actor.second == actor.account_id  # it is undone, so its bytes are made for nothing
    if trial:
        command.bound = made.digest
    elif command.bound != made.digest:
        raise Conflict(OTHERWISE)
    parts = () if trial else (await typeset(session, made)).parts
    await _keep(session, actor, want, parts)
    return await standing.get(session, actor, request_id, now)


async def ready(session: AsyncSession, actor: Actor, request_id: str, command: Issue, now: datetime) -> None:
    """Make beforehand what `issue` will need: the documents without what is marked and, for an act that is
    not merely tried, the bundle.
    """
    made = await compose(session, await _wanted(session, actor, request_id, command, now), first=True)
    if actor.second != actor.account_id:
        await typeset(session, made)


async def _wanted(
    session: AsyncSession, actor: Actor, request_id: str, command: Issue, now: datetime
) -> Wanted:
    require(actor, CREATE)
    row = await standing.reach(session, actor, CREATE, request_id, now)
    known = await standing.load(session, row, now)
    if known.over is not None:
        raise Conflict(f"This request is {known.over}: nothing is handed over on it.")
    sections = tuple(part for part in row.scope if not command.sections or part in command.sections)
    faults = []
    if set(command.sections) - set(row.scope):
        faults.append(Fault("sections", "go beyond what was asked for"))
    if command.known_at is not None and command.known_at > now:
        faults.append(Fault("known_at", "is in the future"))
    if faults:
        raise Malformed(faults)
    await still_instructed(session, row, now)
    await nothing_awaits(session, row, now)
    note = await sealing.newest(session)
    if note is None:
        raise Unavailable("The log has signed nothing yet.")
    size = beforehand.first(session, "checkpoint", note.size)
    last = await session.scalar(
        select(func.max(DisclosureBundle.issue)).filter_by(force_id=row.force_id, request_id=row.id)
    )
    return Wanted(row, (last or 0) + 1, sections, command.known_at or now, size, now)


async def _keep(session: AsyncSession, actor: Actor, want: Wanted, parts: tuple[Part, ...]) -> None:
    row = want.row
    bundle_id = new_id()
    values = {
        "id": bundle_id,
        "person_id": row.person_id,
        "account_id": row.account_id,
        "sections": want.sections,
        "known_at": want.known_at,
        "checkpoint": want.checkpoint,
        "parts": parts,
        "issued_at": want.issued_at,
        "issued_by": actor.account_id,
    }
    here = {"force_id": row.force_id, "request_id": row.id, "issue": want.issue}
    try:
        await put(session, DisclosureBundle, **here, **values, recalled_at=None, recall_reason=None)
    except IntegrityError as race:
        raise Stale("Another bundle was issued at the same moment. Read the request again.") from race
    entry = Entry(
        tag="disclosure:issued",
        force=row.force_id,
        actor=actor.account_id,
        subject=bundle_id,
        at=want.issued_at,
        facts={**values, "request_id": row.id, "issue": want.issue, "second": actor.second},
    )
    await append(session, entry)


async def still_instructed(session: AsyncSession, row: DisclosureRequest, now: datetime) -> None:
    """Conflict where whoever asked may no longer be given anything of this client."""
    if not await acts_for(session, row, now):
        raise Conflict("The solicitor is instructed for this client no longer: nothing is handed over.")


class Typeset(NamedTuple):
    """A bundle made: its parts by name, hash and size, and the bytes of the one that was asked for."""

    parts: tuple[Part, ...]
    one: bytes


def signer_of(session: AsyncSession) -> Signer:
    """Whoever signs what is handed over: the log's key. Unavailable where it is not at hand."""
    key: notes.Key | None = session.info.get("log_key")
    if key is None:
        raise Unavailable("The key that signs what is handed over is not at hand.")
    return Signer(str(key), lambda body: f"{body}\n{notes.line(key, key.sign(body.encode()))}")


async def typeset(session: AsyncSession, made: Composed, part: int = 1) -> Typeset:
    """The parts of a bundle, signed with the log's key, and the bytes of one. Unavailable where the key is
    not at hand; Conflict where what was kept back could be found out from it.
    """
    signer = signer_of(session)

    def of() -> str:
        files = sorted((name, sha256(data).hexdigest()) for name, data in made.files.items())
        return sha256(canonical([made.disclosed, files, signer.key, part])).hexdigest()

    def work() -> Typeset:
        parts, one = list[Part](), b""
        for n, (name, data) in enumerate(parts_of(made.disclosed, made.files, signer), 1):
            parts.append(Part(name=name, sha256=sha256(data).hexdigest(), size=len(data)))
            one = data if n == part else one
        return Typeset(tuple(parts), one)

    try:
        return await beforehand.made(session, await asyncio.to_thread(of), work)
    except Unfit as why:
        raise Conflict(f"This must not be handed over as it is. {why}") from why


async def again(session: AsyncSession, row: DisclosureBundle, part: int = 1) -> bytes:
    """One part of a bundle, made anew. Conflict where the bundle is no longer what was issued."""
    want = wanted(await request_of(session, row), row)
    made = await typeset(session, await compose(session, want), part)
    if made.parts != row.parts:
        raise Conflict(CHANGED)
    return made.one


def wanted(request: DisclosureRequest, row: DisclosureBundle) -> Wanted:
    """Which issue of which answer a bundle is."""
    return Wanted(request, row.issue, row.sections, row.known_at, row.checkpoint, row.issued_at)


async def request_of(session: AsyncSession, row: DisclosureBundle) -> DisclosureRequest:
    """The request that a bundle answers."""
    found = select(DisclosureRequest).where(
        DisclosureRequest.force_id == row.force_id, DisclosureRequest.id == row.request_id
    )
    return (await session.scalars(found)).one()
