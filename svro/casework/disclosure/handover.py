"""Handing over: a link that fetches a bundle once, its receipts, and taking a bundle back."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, about_to, require, visible_requests
from svro.casework.disclosure import issues, requests, standing
from svro.casework.disclosure.corrections import corrected
from svro.casework.disclosure.requests import Text
from svro.casework.disclosure.standing import BundleView
from svro.errors import Conflict, Missing
from svro.law import disclosure as law
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.disclosure import (
    DisclosureBundle,
    DisclosureRequest,
    DownloadLink,
    DownloadReceipt,
    Part,
)
from svro.records.ledger import Entry, Subject, append
from svro.records.people import Instruction
from svro.records.reach import ALL, Reach, reaching, within
from svro.reference.forces import FORCES

RECEIVE, REVOKE = "disclosure:receive", "disclosure:revoke"
LASTS = timedelta(hours=24)
"""How long a link waits for its first use, and after it for the other files of the bundle."""
MOST = 500
"""Bundles in a list of what somebody holds."""
Token = Annotated[str, Meta(min_length=20, max_length=80)]


class Recall(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a bundle is taken back."""

    reason: Text


class LinkView(msgspec.Struct, kw_only=True):
    """A new link. Its secret is said this once, and kept nowhere."""

    token: str
    path: str
    expires_at: datetime


class OpenLink(msgspec.Struct, kw_only=True):
    """What a link fetches: for its recipient. `taken` are the numbers of the files that have left already."""

    reference: str
    issue: int
    request_id: str
    parts: tuple[Part, ...]
    taken: list[int]
    expires_at: datetime


class HeldView(msgspec.Struct, kw_only=True):
    """A bundle that was fetched: by the reference and the issue that are printed on it, and what has become
    of it since.
    """

    reference: str
    issue: int
    force: str
    downloaded_at: datetime
    recalled_at: datetime | None
    corrected: bool
    notice: str | None


class Fetched(NamedTuple):
    """One file of a bundle, its receipt's number in the log, and its hash."""

    name: str
    data: bytes
    sha256: str
    receipt: str


def _visible(actor: Actor, permission: str, now: datetime) -> Select[DisclosureBundle, DisclosureRequest]:
    """The bundles that somebody may reach under a permission, each with the request that it answers."""
    answers = and_(
        DisclosureRequest.force_id == DisclosureBundle.force_id,
        DisclosureRequest.id == DisclosureBundle.request_id,
    )
    return (
        select(DisclosureBundle, DisclosureRequest)
        .join(DisclosureRequest, answers)
        .where(DisclosureBundle.issued_at <= now, visible_requests(actor, permission, now))
    )


async def _bundle(
    session: AsyncSession,
    actor: Actor,
    permission: str,
    bundle_id: str,
    now: datetime,
    *,
    of: str | None = None,
) -> tuple[DisclosureBundle, DisclosureRequest]:
    """A bundle and its request; the one `of` which it has to be, where that is said."""
    query = _visible(actor, permission, now).where(DisclosureBundle.id == bundle_id)
    if of is not None:
        query = query.where(DisclosureBundle.request_id == of)
    found = (await session.execute(query)).first()
    if found is None:
        raise Missing(bundle_id)
    standing.told(session, found[1])
    return found[0], found[1]


async def called(
    session: AsyncSession, actor: Actor, permission: str, request_id: str, bundle_id: str, now: datetime
) -> str:
    """What people call a bundle of a request. Missing where the actor may not act so on it."""
    row, request = await _bundle(session, about_to(actor), permission, bundle_id, now, of=request_id)
    return f"{request.reference}, issue {row.issue}"


async def make_link(session: AsyncSession, actor: Actor, bundle_id: str, now: datetime) -> LinkView:
    """Make a link for the recipient of a bundle. Conflict where the bundle was recalled, or its recipient is
    instructed no longer.
    """
    require(actor, requests.REVIEW)
    row, request = await _bundle(session, actor, requests.REVIEW, bundle_id, now)
    _stands(row)
    await issues.still_instructed(session, request, now)
    token = secrets.token_urlsafe(32)
    values = {"bundle_id": row.id, "made_at": now, "expires_at": now + LASTS}
    link = new_id()
    await put(session, DownloadLink, force_id=row.force_id, id=link, token_hash=_hash(token), **values)
    entry = Entry(
        tag="disclosure:link_made",
        force=row.force_id,
        actor=actor.account_id,
        subject=link,
        at=now,
        facts=values,
    )
    await append(session, entry)
    return LinkView(token=token, path=f"/disclosure/links/{token}", expires_at=now + LASTS)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _stands(row: DisclosureBundle) -> None:
    if row.recalled_at is not None:
        raise Conflict(f"This bundle was taken back: {row.recall_reason}")


class _Link(msgspec.Struct):
    """A link as its recipient finds it."""

    row: DownloadLink
    bundle: DisclosureBundle
    request: DisclosureRequest
    receipts: list[DownloadReceipt]

    @property
    def expires_at(self) -> datetime:
        """When it ends: a day after it was made, or after its first use."""
        used = [one.downloaded_at for one in self.receipts]
        return min(used) + LASTS if used else self.row.expires_at


async def _link(session: AsyncSession, actor: Actor, token: str, now: datetime) -> _Link:
    """The link, to its recipient alone; Missing to everybody else, whatever the reason."""
    require(actor, RECEIVE)
    to_it = and_(
        DownloadLink.force_id == DisclosureBundle.force_id, DownloadLink.bundle_id == DisclosureBundle.id
    )
    query = _visible(actor, RECEIVE, now).join(DownloadLink, to_it).add_columns(DownloadLink)
    found = (await session.execute(query.where(DownloadLink.token_hash == _hash(token)))).first()
    if found is None:
        raise Missing
    bundle, request, row = found
    held = await session.scalars(
        select(DownloadReceipt)
        .filter_by(force_id=row.force_id, link_id=row.id)
        .order_by(DownloadReceipt.part)
    )
    return _Link(row, bundle, request, list(held.all()))


async def look(session: AsyncSession, actor: Actor, token: str, now: datetime) -> OpenLink:
    """What a link fetches, before anything is fetched."""
    link = await _link(session, actor, token, now)
    standing.told(session, link.request)
    _stands(link.bundle)
    return OpenLink(
        reference=link.request.reference,
        issue=link.bundle.issue,
        request_id=link.request.id,
        parts=link.bundle.parts,
        taken=[one.part for one in link.receipts],
        expires_at=link.expires_at,
    )


async def fetch(session: AsyncSession, actor: Actor, token: str, part: int, now: datetime) -> Fetched:
    """Fetch one file, once: with its receipt in the log. Conflict where the link has ended or gave this file
    already, the bundle was recalled, or what is stored no longer makes it.
    """
    link = await _link(session, actor, token, now)
    _stands(link.bundle)
    if now >= link.expires_at:
        raise Conflict("This link has ended. Ask the disclosure officer for another.")
    if not 1 <= part <= len(link.bundle.parts):
        raise Missing
    if part in {one.part for one in link.receipts}:
        raise Conflict("This link has given this file already. Ask the disclosure officer for another.")
    before = await _acting(session, link)
    data = await issues.again(session, link.bundle, part)
    await _stands_still(session, link, before)
    file = link.bundle.parts[part - 1]
    values = {"bundle_id": link.bundle.id, "sha256": file.sha256, "downloaded_at": now}
    stamped = {**values, "account_id": actor.account_id}
    here = {"force_id": link.row.force_id, "link_id": link.row.id, "part": part}
    try:
        await put(session, DownloadReceipt, **here, **stamped)
    except IntegrityError as race:
        raise Conflict("This link gave this file at the same moment.") from race
    entry = Entry(
        tag="disclosure:downloaded",
        force=link.row.force_id,
        actor=actor.account_id,
        subject=link.row.id,
        at=now,
        facts={**values, "part": part},
    )
    receipt = await append(session, entry)
    request = link.request
    about = Subject("disclosure", request.force_id, request.id, request.person_id)
    tell(session, about, kind="disclosure", recipients=actor.name)
    return Fetched(file.name, data, file.sha256, receipt)


async def ready(session: AsyncSession, actor: Actor, token: str, part: int, now: datetime) -> None:
    """Make beforehand the file that `fetch` will give."""
    link = await _link(session, actor, token, now)
    _stands(link.bundle)
    if now < link.expires_at and part not in {one.part for one in link.receipts}:
        await issues.again(session, link.bundle, part)


async def _acting(session: AsyncSession, link: _Link, *, hold: bool = False) -> set[tuple[object, ...]]:
    """The recipient's instructions for the client as they are stored now; `hold` keeps them so."""
    columns = (Instruction.id, Instruction.ended_at, Instruction.ends_at, Instruction.recheck_by)
    mine = select(*columns).where(
        Instruction.force_id == link.request.force_id,
        Instruction.person_id == link.request.person_id,
        Instruction.account_id == link.bundle.account_id,
    )
    return {tuple(row) for row in (await session.execute(mine.with_for_update() if hold else mine)).all()}


async def _stands_still(session: AsyncSession, link: _Link, before: set[tuple[object, ...]]) -> None:
    """Conflict where the bundle was taken back, or the instruction changed, while the file was made: that
    takes seconds. From here on either waits for the receipt.
    """
    again = select(DisclosureBundle.recalled_at).where(
        DisclosureBundle.force_id == link.bundle.force_id, DisclosureBundle.id == link.bundle.id
    )
    if await session.scalar(again.with_for_update()) is not None:
        raise Conflict("This bundle was taken back while the file was being made.")
    if await _acting(session, link, hold=True) != before:
        raise Conflict("The instruction changed while the file was being made. Ask for it again.")


async def held(session: AsyncSession, actor: Actor, now: datetime) -> list[HeldView]:
    """What the actor has fetched, the newest first, instructed still or no longer: whoever was sent something
    is told when it was corrected or taken back. Nothing is said of the client.

    Source: Data Protection Act 2018 s.38(5).
    """
    require(actor, RECEIVE)
    first = func.min(DownloadReceipt.downloaded_at).label("first")
    mine = (
        select(DownloadReceipt.force_id, DownloadReceipt.bundle_id, first)
        .where(DownloadReceipt.account_id == actor.account_id, DownloadReceipt.downloaded_at <= now)
        .group_by(DownloadReceipt.force_id, DownloadReceipt.bundle_id)
        .order_by(first.desc())
        .limit(MOST)
    )
    async with reaching(session, *ALL.forces):  # what left went to them, whichever force's it was
        rows = (await session.execute(mine)).all()
    own: Reach = session.info["reach"]
    # To the end, for the access log's entry is of those forces.
    forces = sorted({row.force_id for row in rows})
    await within(session, msgspec.structs.replace(own, forces=(*own.forces, *forces)))
    return [await _held(session, *row, now) for row in rows]


async def _held(
    session: AsyncSession, force: str, bundle_id: str, fetched_at: datetime, now: datetime
) -> HeldView:
    here = (DisclosureBundle.force_id == force, DisclosureBundle.id == bundle_id)
    row = (await session.scalars(select(DisclosureBundle).where(*here))).one()
    request = await issues.request_of(session, row)
    standing.told(session, request)
    changed = row.recalled_at is None and await corrected(session, request, row, now)
    return HeldView(
        reference=request.reference,
        issue=row.issue,
        force=FORCES[force].name,
        downloaded_at=fetched_at,
        recalled_at=row.recalled_at,
        corrected=changed,
        notice=_notice(row, changed),
    )


def _notice(row: DisclosureBundle, changed: bool) -> str | None:
    if row.recalled_at is not None:
        return law.taken_back_notice()
    return law.owed_notice() if changed else None


async def recall(
    session: AsyncSession,
    actor: Actor,
    request_id: str,
    bundle_id: str,
    command: Recall,
    version: int,
    now: datetime,
) -> BundleView:
    """Take a bundle of a request back: its links give nothing more. What has left has left: its recipient is
    told why.
    """
    require(actor, REVOKE)
    row, request = await _bundle(session, actor, REVOKE, bundle_id, now, of=request_id)
    _stands(row)
    here = (DisclosureBundle.force_id == row.force_id, DisclosureBundle.id == row.id)
    done = await session.execute(
        update(DisclosureBundle)
        .where(*here, DisclosureBundle.recalled_at.is_(None))
        .values(recalled_at=now, recall_reason=command.reason)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Conflict("This bundle was taken back at the same moment.")
    entry = Entry(
        tag="disclosure:recalled",
        force=row.force_id,
        actor=actor.account_id,
        subject=row.id,
        at=now,
        facts={"request_id": request.id, "reason": command.reason},
    )
    await append(session, entry)
    await session.refresh(row)
    return await standing.bundle_view(session, row, False)  # what was taken back is called nothing else
