"""Extracts of the access log, to be handed over: the looks at one person, or of and at a whole force, in a
period, each with the proof that it stands in the log.

One auditor proposes an extract and another approves it: the approved proposal is the extract. Each time its
file is taken, that is logged as a disclosure to the recipients it was approved for. Who looked is told apart
and not named, and references are withheld, as the columns of the log say.

Source: Data Protection Act 2018 s.62; for whom it is, ss.45 and 62(4).
"""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, admit, require, visible_people
from svro.casework.access_log import Id, Look, about, look
from svro.casework.erasure import GONE
from svro.errors import Fault, Malformed, Missing
from svro.law.dates import start_of
from svro.records import merkle, sealing
from svro.records.access_log import AccessEntry, tell
from svro.records.ledger import Entry, LedgerLeaf, Subject, append
from svro.records.people import Force, Person
from svro.records.trust import Proposal, ProposalAnswer

EXPORT = "access_log:export"
ACTS = ("extract-of-person", "extract-of-force")
MOST = 1_000
"""Looks in one extract."""
LONGEST = 366
"""Days of one extract."""
WITHHELD = "withheld"


class AskExtract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Looks on these London days, both counted: at one person, or without one of and at the whole force.
    `recipients` are whom the extract is given to, and `reason` is why.
    """

    person_id: Id | None = None
    first_day: date
    last_day: date
    recipients: Annotated[str, Meta(min_length=3, max_length=300)]
    reason: Annotated[str, Meta(min_length=3, max_length=1000)]


class ExtractLine(msgspec.Struct, frozen=True, kw_only=True):
    """An extract that two auditors agreed on."""

    id: str
    person_id: str | None
    first_day: date
    last_day: date
    recipients: str
    reason: str
    proposed_at: datetime
    approved_at: datetime


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an entry stands in the log: its leaf in hex, its index from 0, and the path to the root."""

    leaf: str
    index: int
    path: list[str]


class ExtractLook(msgspec.Struct, frozen=True, kw_only=True):
    """One look, as it is handed over. `account` tells those who looked apart within one extract. `proof` is
    None where the log has not sealed the entry yet.
    """

    id: str
    at: datetime
    kind: str
    door: str
    permission: str
    account: str
    purpose: str | None
    reference: str | None
    recipients: str | None
    of: int
    seen: tuple[str, ...]
    proof: Place | None


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """An extract as taken at `made_at`. `over` says whether its last day was over by then. `size`, `root` in
    hex and `checkpoint` are the log's newest, against which each proof stands; None while it has none.
    """

    id: str
    force: str
    person_id: str | None
    first_day: date
    last_day: date
    recipients: str
    reason: str
    made_at: datetime
    over: bool
    size: int | None
    root: str | None
    checkpoint: str | None
    looks: tuple[ExtractLook, ...]


def visible_force(actor: Actor, permission: str, _now: datetime) -> ColumnElement[bool]:
    """The force itself, for those who answer for the whole of it."""
    require(actor, permission)
    return Force.id == actor.force_id


def act_of(actor: Actor, command: AskExtract) -> tuple[str, str]:
    """(which of ACTS this is, to what it is done). Malformed for somebody of no force."""
    if command.person_id is not None:
        return ACTS[0], command.person_id
    if actor.force_id is None:
        raise Malformed([Fault("person_id", "must be given by somebody of no force")])
    return ACTS[1], actor.force_id


async def agree(
    session: AsyncSession, actor: Actor, about_id: str, command: AskExtract, _version: int, now: datetime
) -> ExtractLine:
    """Two auditors agree on an extract; nobody has it yet. Malformed for days that are no period, Missing
    for a person that the actor may not reach for this.
    """
    if command.person_id is None:
        found = await session.scalar(select(Force.id).where(visible_force(actor, EXPORT, now)))
    else:
        visible = visible_people(actor, EXPORT, now)
        found = await session.scalar(select(Person.force_id).where(Person.id == about_id, visible))
    if found is None or (command.person_id or found) != about_id:
        raise Missing(command.person_id)
    days = (command.last_day - command.first_day).days + 1
    if not 1 <= days <= LONGEST:
        raise Malformed(
            [Fault("last_day", f"must be at most {LONGEST} days from the first, and not before it")]
        )
    if command.person_id is not None:
        tell(session, Subject("person", found, about_id))
    facts = {"first_day": command.first_day, "last_day": command.last_day, "second": actor.second}
    tag, who = "access:extract_agreed", actor.account_id
    entry = Entry(tag=tag, force=found, actor=who, subject=about_id, at=now, facts=facts)
    await append(session, entry)
    told = {name: getattr(command, name) for name in command.__struct_fields__}
    return ExtractLine(id="", proposed_at=now, approved_at=now, **told)


async def listing(session: AsyncSession, actor: Actor) -> list[ExtractLine]:
    """The extracts agreed on in the actor's force, the newest first, at most 200."""
    found = [(row.force_id, _line(row, at)) for row, at in await _agreed(session, actor)]
    tell(session, *(Subject("person", force, one.person_id) for force, one in found if one.person_id))
    return [line for _, line in found]


async def _agreed(
    session: AsyncSession, actor: Actor, *where: ColumnElement[bool]
) -> list[tuple[Proposal, datetime]]:
    admit(actor, EXPORT)
    query = (
        select(Proposal, ProposalAnswer.recorded_at)
        .join(
            ProposalAnswer,
            and_(ProposalAnswer.force_id == Proposal.force_id, ProposalAnswer.proposal_id == Proposal.id),
        )
        .where(
            Proposal.force_id == actor.force_id,
            Proposal.act.in_(ACTS),
            ProposalAnswer.answer == "approved",
            Proposal.command != GONE,  # with the person it was about
            *where,
        )
        .order_by(ProposalAnswer.recorded_at.desc(), Proposal.id)
        .limit(200)
    )
    return [(row, at) for row, at in await session.execute(query)]


def _line(row: Proposal, at: datetime) -> ExtractLine:
    asked = msgspec.json.decode(row.command, type=AskExtract)
    told = {name: getattr(asked, name) for name in asked.__struct_fields__}
    return ExtractLine(id=row.id, proposed_at=row.proposed_at, approved_at=at, **told)


async def take(
    session: AsyncSession, actor: Actor, extract_id: str, now: datetime, real: datetime
) -> Extract:
    """The extract, made now: a disclosure to its recipients, logged as one. Missing for one that is not
    agreed on, or about somebody whom the actor may not reach; Malformed where it is too long.
    """
    found = await _agreed(session, actor, Proposal.id == extract_id)
    if not found:
        raise Missing
    line, force = _line(*found[0]), found[0][0].force_id
    if line.person_id is None:
        whose = or_(AccessEntry.force_id == force, AccessEntry.subject_force == force)
    else:
        await _reach(session, actor, line.person_id, now)
        whose = about(force, line.person_id)
    after = start_of(line.last_day + timedelta(days=1))
    entries = await _entries(session, whose, start_of(line.first_day), after)
    subjects = {_subject(one) for one in entries if one.subject_id is not None and one.subject_force == force}
    if line.person_id is not None:
        subjects.add(Subject("person", force, line.person_id))
    told = sorted(subjects, key=lambda one: (one.kind, one.id, one.person or ""))
    tell(session, *told, kind="disclosure", recipients=line.recipients)
    size, root, checkpoint, places = await _proofs(session, [one.leaf_id for one in entries])
    return Extract(
        id=line.id, force=force, person_id=line.person_id, first_day=line.first_day, last_day=line.last_day,
        recipients=line.recipients, reason=line.reason, made_at=real, over=after <= real,
        size=size, root=root, checkpoint=checkpoint, looks=tuple(_looks(entries, places)),
    )  # fmt: skip


def _subject(row: AccessEntry) -> Subject:
    kind, person = str(row.subject_kind), row.person_id
    return Subject(kind, str(row.subject_force), str(row.subject_id), None if kind == "person" else person)


async def _reach(session: AsyncSession, actor: Actor, person_id: str, now: datetime) -> None:
    beside = msgspec.structs.replace(actor, fresh=True, second=actor.account_id)  # two agreed on it before
    visible = visible_people(beside, EXPORT, now)
    if await session.scalar(select(Person.id).where(Person.id == person_id, visible)) is None:
        raise Missing(person_id)


async def _entries(
    session: AsyncSession, whose: ColumnElement[bool], start: datetime, after: datetime
) -> list[AccessEntry]:
    where = (whose, AccessEntry.at >= start, AccessEntry.at < after)
    looks = await session.scalar(select(func.count(AccessEntry.leaf_id.distinct())).where(*where))
    if (looks or 0) > MOST:
        raise Malformed(
            [Fault("last_day", f"{looks} looks are too many for one extract: take them in parts")]
        )
    order = (AccessEntry.at, AccessEntry.leaf_id, AccessEntry.n)
    return list(await session.scalars(select(AccessEntry).where(*where).order_by(*order)))


async def _proofs(
    session: AsyncSession, leaves: Sequence[str]
) -> tuple[int | None, str | None, str | None, dict[str, Place]]:
    """(size, root, checkpoint) of the log's newest tree, and where each of these leaves stands in it."""
    last = await sealing.newest(session)
    if last is None:
        return None, None, None, {}
    query = select(LedgerLeaf.id, LedgerLeaf.position).where(
        LedgerLeaf.id.in_(sorted(set(leaves))), LedgerLeaf.position < last.size
    )
    held = [(row.id, int(row.position)) for row in await session.execute(query)]
    asked = [[(n, n + 1), *merkle.inclusion(n, last.size)] for _, n in held]
    roots = await sealing.roots(session, [(0, last.size), *(one for part in asked for one in part)])
    rest, places = iter(roots[1:]), {}
    for (key, n), part in zip(held, asked, strict=True):
        leaf, *path = (next(rest).hex() for _ in part)
        places[key] = Place(leaf=leaf, index=n, path=path)
    return last.size, roots[0].hex(), last.note, places


def _looks(entries: Sequence[AccessEntry], places: dict[str, Place]) -> list[ExtractLook]:
    grouped: dict[str, list[AccessEntry]] = {}
    for entry in entries:
        grouped.setdefault(entry.leaf_id, []).append(entry)
    accounts: dict[str | None, str] = {None: "an operator"}
    found = []
    for rows in grouped.values():
        one: Look = look(rows, None)
        called = accounts.setdefault(one.account_id, f"account {len(accounts)}")
        found.append(
            ExtractLook(
                id=one.id, at=one.at, kind=one.kind, door=one.door, permission=one.permission,
                account=called, purpose=one.purpose_label, of=one.of,
                reference=WITHHELD if one.reference else None,
                recipients=WITHHELD if one.recipients else None,
                seen=tuple(f"{seen.kind} {seen.id} ({seen.force})" for seen in one.seen),
                proof=places.get(one.id),
            )
        )  # fmt: skip
    return found


COLUMNS = (
    "id", "at", "kind", "door", "permission", "account", "purpose", "reference", "recipients", "of", "seen",
    "leaf", "index", "path",
)  # fmt: skip


def as_csv(extract: Extract) -> str:
    """The looks as CSV, one a line; what was seen, and the path of its proof, separated by spaces."""
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for one in extract.looks:
        proof = (
            ("", "", "") if one.proof is None else (one.proof.leaf, one.proof.index, " ".join(one.proof.path))
        )
        said = [getattr(one, name) for name in COLUMNS[:-4]]
        lines.writerow([one.at.isoformat() if name == "at" else value
                        for name, value in zip(COLUMNS, said, strict=False)]
                       + [" ".join(one.seen), *proof])  # fmt: skip
    return out.getvalue()
