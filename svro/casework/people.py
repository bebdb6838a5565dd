"""People: created once, corrected by a new version, their convictions and custody kept as dated facts."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import dated, subjects
from svro.casework.access import Actor, require, visible_people
from svro.casework.dated import Dated
from svro.casework.national import refresh_keys
from svro.casework.relations import allocated, open_to
from svro.errors import Conflict, Duplicate, Fault, Malformed, Stale
from svro.law import words
from svro.law.dates import london_day
from svro.law.eligibility import PriorConviction
from svro.records.access_log import tell
from svro.records.base import new_id, put
from svro.records.ledger import Subject, keep
from svro.records.orders import Application, Order
from svro.records.people import (
    ConvictionVersion,
    CustodyFacts,
    CustodyVersion,
    Names,
    Person,
    PersonFacts,
    PersonIdentifier,
    PersonVersion,
)

IDENTIFIERS = {"pnc": "PNC ID", "cro": "CRO number"}
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class PersonDetails(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who somebody is, as typed. `lives_in` is a force's name on data.police.uk; `home` an address or a place
    (s.342B(9)).
    """

    family_name: Line
    given_name: Annotated[str, Meta(max_length=200)] = ""
    date_of_birth: date | None = None
    sex: Literal["female", "male", "other", "not recorded"] | None = None
    self_ethnicity: str | None = None
    not_stated_reason: str | None = None
    officer_ethnicity: str | None = None
    pnc_id: Annotated[str, Meta(max_length=20)] | None = None
    cro: Annotated[str, Meta(max_length=20)] | None = None
    lives_in: str | None = None
    home: Annotated[str, Meta(max_length=500)] | None = None


class CorrectPerson(PersonDetails, kw_only=True, forbid_unknown_fields=True):
    """Everything held, as it should have been, and why it changes."""

    reason: Line


class CaseLine(msgspec.Struct, kw_only=True):
    """An application or an order, named."""

    id: str
    reference: str


class PersonView(msgspec.Struct, kw_only=True):
    """A person as now held. `version` goes into If-Match. `warnings` are about identifiers, such as an
    ambiguous century.
    """

    id: str
    force: str
    version: int
    family_name: str
    given_name: str
    date_of_birth: date | None
    sex: str | None
    self_ethnicity: str | None
    not_stated_reason: str | None
    officer_ethnicity: str | None
    pnc_id: str | None
    cro: str | None
    lives_in: str | None
    home: str | None
    convictions: list[Dated[PriorConviction]]
    custody: list[Dated[CustodyFacts]]
    applications: list[CaseLine]
    orders: list[CaseLine]
    warnings: list[str]


class PersonLine(msgspec.Struct, kw_only=True):
    """Enough of a person to tell them from another in a list."""

    id: str
    family_name: str
    given_name: str
    date_of_birth: date | None
    pnc_id: str | None
    yours: bool


class FindPeople(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """By an identifier, or by the beginning of a family name (two letters or more) with or without a date of
    birth.
    """

    pnc_id: str | None = None
    cro: str | None = None
    family_name: Annotated[str, Meta(min_length=2, max_length=200)] | None = None
    date_of_birth: date | None = None


def checked(details: PersonDetails, now: datetime) -> tuple[PersonFacts, list[str]]:
    """What may be held of these details, and warnings; Malformed with every fault, identifiers by their check
    characters.
    """
    found, faults, warnings = subjects.recognised(details.pnc_id, details.cro, now)
    today = london_day(now)
    if details.date_of_birth and not date(1900, 1, 1) <= details.date_of_birth <= today:
        faults.append(Fault("date_of_birth", "must be a past date after 1900"))
    for name, code, known in (
        ("self_ethnicity", details.self_ethnicity, words.SELF_ETHNICITY),
        ("not_stated_reason", details.not_stated_reason, words.NOT_STATED_REASONS),
        ("officer_ethnicity", details.officer_ethnicity, words.OFFICER_ETHNICITY),
    ):
        if code is not None and code not in known:
            faults.append(Fault(name, f"{code!r} is not one of {', '.join(sorted(known))}"))
    if faults:
        raise Malformed(faults)
    return PersonFacts(
        name=Names(family=details.family_name, given=details.given_name),
        date_of_birth=details.date_of_birth,
        sex=details.sex,
        self_ethnicity=details.self_ethnicity,
        not_stated_reason=details.not_stated_reason,
        officer_ethnicity=details.officer_ethnicity,
        pnc_id=found.get("pnc"),
        pnc_given=details.pnc_id,
        cro=found.get("cro"),
        cro_given=details.cro,
        lives_in=details.lives_in,
        home=details.home,
    ), warnings


async def _hold_identifiers(
    session: AsyncSession, actor: Actor, force: str, person_id: str, facts: PersonFacts, now: datetime
) -> None:
    held = (
        await session.scalars(
            select(PersonIdentifier).where(
                PersonIdentifier.force_id == force, PersonIdentifier.person_id == person_id
            )
        )
    ).all()
    wanted = {("pnc", facts.pnc_id), ("cro", facts.cro)} - {("pnc", None), ("cro", None)}
    for row in held:
        if (row.kind, row.value) not in wanted:
            await session.delete(row)
    await session.flush()
    for kind, value in sorted(wanted - {(row.kind, row.value) for row in held}):
        await _refuse_duplicate(session, actor, force, kind, str(value), now)
        try:
            await put(session, PersonIdentifier, force_id=force, kind=kind, value=value, person_id=person_id)
        except IntegrityError as race:
            raise Stale("Somebody recorded this identifier at the same moment. Look again.") from race


async def _refuse_duplicate(
    session: AsyncSession, actor: Actor, force: str, kind: str, value: str, now: datetime
) -> None:
    held = PersonIdentifier
    near = open_to(actor.account_id, held.force_id, held.person_id, now).label("near")
    found = (
        await session.execute(
            select(held.person_id, near).where(held.force_id == force, held.kind == kind, held.value == value)
        )
    ).one_or_none()
    if found is None:
        return
    called = IDENTIFIERS[kind]
    if not found.near:
        refusal = Conflict(f"You cannot record somebody with this {called}. Ask your supervisor.")
        refusal.about = found.person_id
        raise refusal
    tell(session, Subject(kind="person", force=force, id=found.person_id))
    raise Duplicate(
        f"Your force already holds a person with this {called}. Use that record.", found.person_id
    )


async def create(session: AsyncSession, actor: Actor, command: PersonDetails, now: datetime) -> PersonView:
    """Record a person, allocated to whoever does. Duplicate where the force holds one with the same valid
    identifier.
    """
    require(actor, "person:create")
    facts, warnings = checked(command, now)
    force, person_id = str(actor.force_id), new_id()
    await put(session, Person, force_id=force, id=person_id, created_at=now, created_by=actor.account_id)
    await _version(session, actor, force, person_id, 1, facts, None, now)
    await subjects.allocate(session, force, person_id, str(actor.account_id), "recorded this person", now)
    return await _view(session, force, person_id, warnings, now)


async def _version(
    session: AsyncSession,
    actor: Actor,
    force: str,
    person_id: str,
    n: int,
    facts: PersonFacts,
    reason: str | None,
    now: datetime,
) -> None:
    values = {"facts": facts, "reason": reason, "words_version": words.VERSION}
    await keep(
        session,
        PersonVersion,
        {"force_id": force, "person_id": person_id, "n": n},
        values | {"family_key": facts.name.family.casefold()},
        tag="person:recorded" if n == 1 else "person:corrected",
        subject=person_id,
        by=actor.account_id,
        now=now,
    )
    await _hold_identifiers(session, actor, force, person_id, facts, now)


async def correct(
    session: AsyncSession, actor: Actor, person_id: str, command: CorrectPerson, expected: int, now: datetime
) -> PersonView:
    """Correct who somebody is: version n + 1 with its reason. Stale unless `expected` is the newest
    version.
    """
    person, newest = await subjects.reach(session, actor, "person:write", person_id, now)
    if newest.n != expected:
        raise Stale("Somebody changed this person since you read the record. Read it again.")
    facts, warnings = checked(command, now)
    await _version(session, actor, person.force_id, person_id, expected + 1, facts, command.reason, now)
    await refresh_keys(session, person.force_id, person_id, facts)
    return await _view(session, person.force_id, person_id, warnings, now)


async def get(session: AsyncSession, actor: Actor, person_id: str, now: datetime) -> PersonView:
    """One person as now held, with convictions, custody, applications and orders."""
    person, _ = await subjects.reach(session, actor, "person:read", person_id, now)
    return await _view(session, person.force_id, person_id, [], now)


async def _view(
    session: AsyncSession, force: str, person_id: str, warnings: list[str], now: datetime
) -> PersonView:
    newest = await subjects.newest(session, force, person_id, now)
    tell(session, Subject(kind="person", force=force, id=person_id))
    facts = newest.facts
    lists: dict[str, list[Any]] = {
        "convictions": await dated.views(session, ConvictionVersion, force, person_id, now),
        "custody": await dated.views(session, CustodyVersion, force, person_id, now),
    }
    kind: Any
    for name, kind in (("applications", Application), ("orders", Order)):
        found = await session.execute(
            select(kind.id, kind.reference)
            .where(kind.force_id == force, kind.person_id == person_id, kind.created_at <= now)
            .order_by(kind.created_at)
        )
        lists[name] = [CaseLine(id=row.id, reference=row.reference) for row in found]
    return PersonView(
        id=person_id,
        force=force,
        version=newest.n,
        family_name=facts.name.family,
        given_name=facts.name.given,
        date_of_birth=facts.date_of_birth,
        sex=facts.sex,
        self_ethnicity=facts.self_ethnicity,
        not_stated_reason=facts.not_stated_reason,
        officer_ethnicity=facts.officer_ethnicity,
        pnc_id=facts.pnc_id,
        cro=facts.cro,
        lives_in=facts.lives_in,
        home=facts.home,
        warnings=warnings,
        **lists,
    )


async def find(session: AsyncSession, actor: Actor, query: FindPeople, now: datetime) -> list[PersonLine]:
    """People of the actor's force by identifier or name, at most 50. Malformed where nothing to find by was
    given.
    """
    where = [visible_people(actor, "person:search", now)]
    found, faults, _ = subjects.recognised(query.pnc_id, query.cro, now)
    if faults:
        raise Malformed(faults)
    if found:
        held = [
            and_(PersonIdentifier.kind == kind, PersonIdentifier.value == value)
            for kind, value in found.items()
        ]
        where.append(
            select(PersonIdentifier.person_id)
            .where(
                PersonIdentifier.force_id == Person.force_id,
                PersonIdentifier.person_id == Person.id,
                or_(*held),
            )
            .exists()
        )
    elif query.family_name:
        where.append(PersonVersion.family_key.startswith(query.family_name.casefold(), autoescape=True))
    else:
        raise Malformed([Fault("family_name", "give an identifier or a family name")])
    mine = allocated(actor.account_id, Person.force_id, Person.id, now)
    rows = await session.execute(
        subjects.with_facts(
            select(Person.force_id, Person.id, PersonVersion.facts, mine.label("yours")),
            Person.force_id,
            Person.id,
            now,
        )
        .where(*where)
        .order_by(PersonVersion.family_key, Person.id)
    )
    kept = [row for row in rows if query.date_of_birth in (None, row.facts.date_of_birth)][:50]
    tell(session, *(Subject(kind="person", force=row.force_id, id=row.id) for row in kept))
    return [_line(row.id, row.facts, bool(row.yours)) for row in kept]


def _line(person_id: str, facts: PersonFacts, yours: bool) -> PersonLine:
    return PersonLine(
        id=person_id,
        family_name=facts.name.family,
        given_name=facts.name.given,
        date_of_birth=facts.date_of_birth,
        pnc_id=facts.pnc_id,
        yours=yours,
    )
