"""People: created once, corrected by a new version, their convictions and custody kept as dated facts."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta
from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require, visible_people
from svro.casework.national import refresh_keys
from svro.errors import Duplicate, Fault, Malformed, Missing, Stale
from svro.law import identifiers, words
from svro.law.dates import london_day
from svro.law.eligibility import PriorConviction
from svro.records.base import new_id, put
from svro.records.ledger import Entry, append
from svro.records.orders import Application, Order
from svro.records.people import (
    Allocation,
    ConvictionVersion,
    CustodyFacts,
    CustodyVersion,
    DatedFact,
    Names,
    Person,
    PersonFacts,
    PersonIdentifier,
    PersonVersion,
)

F = TypeVar("F", bound=DatedFact)
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


class CustodyPeriod(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A stay in custody, in London days, both counted. `authority` says who confirmed it (a prison, a court,
    a probation officer).
    """

    kind: Literal["remand", "sentence", "recall"]
    started: date
    ended: date | None = None
    authority: Line


class FactView(msgspec.Struct, kw_only=True):
    """A dated fact and its version."""

    id: str
    version: int
    facts: PriorConviction | CustodyPeriod
    recorded_at: datetime


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
    convictions: list[FactView]
    custody: list[FactView]
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
    faults: list[Fault] = []
    warnings: list[str] = []
    found: dict[str, str | None] = {"pnc_id": None, "cro": None}
    today = london_day(now)
    for name, given in (("pnc_id", details.pnc_id), ("cro", details.cro)):
        if given is None:
            continue
        parsed = identifiers.pnc(given, today.year) if name == "pnc_id" else identifiers.cro(given)
        warnings.extend(parsed.warnings)
        if parsed.fault:
            faults.append(Fault(name, parsed.fault))
        found[name] = parsed.canonical
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
        pnc_id=found["pnc_id"],
        pnc_given=details.pnc_id,
        cro=found["cro"],
        cro_given=details.cro,
        lives_in=details.lives_in,
        home=details.home,
    ), warnings


async def _hold_identifiers(session: AsyncSession, force: str, person_id: str, facts: PersonFacts) -> None:
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
        await _refuse_duplicate(session, force, kind, str(value))
        try:
            await put(session, PersonIdentifier, force_id=force, kind=kind, value=value, person_id=person_id)
        except IntegrityError as race:
            raise Stale("Somebody recorded this identifier at the same moment. Look again.") from race


async def _refuse_duplicate(session: AsyncSession, force: str, kind: str, value: str) -> None:
    existing = await session.scalar(
        select(PersonIdentifier.person_id).where(
            PersonIdentifier.force_id == force, PersonIdentifier.kind == kind, PersonIdentifier.value == value
        )
    )
    if existing is not None:
        raise Duplicate(
            f"Your force already holds a person with this {'PNC ID' if kind == 'pnc' else 'CRO number'}. Use that record.",
            existing,
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
    await allocate(session, force, person_id, str(actor.account_id), "recorded this person", now)
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
    try:
        await put(
            session,
            PersonVersion,
            force_id=force,
            person_id=person_id,
            n=n,
            facts=facts,
            reason=reason,
            family_key=facts.name.family.casefold(),
            words_version=words.VERSION,
            recorded_at=now,
            recorded_by=actor.account_id,
        )
    except IntegrityError as race:
        raise Stale("Somebody changed this person since you read the record. Read it again.") from race
    await _hold_identifiers(session, force, person_id, facts)
    tag = "person:recorded" if n == 1 else "person:corrected"
    await append(
        session, Entry(tag=tag, force=force, actor=actor.account_id, subject=person_id, at=now, facts=facts)
    )


async def allocate(
    session: AsyncSession, force: str, person_id: str, account_id: str, reason: str, now: datetime
) -> None:
    """Give an account the need to know one person's case, unless it has it."""
    live = select(Allocation.id).where(
        Allocation.force_id == force,
        Allocation.person_id == person_id,
        Allocation.account_id == account_id,
        Allocation.ended_at.is_(None),
    )
    if await session.scalar(live) is not None:
        return
    values = {"account_id": account_id, "person_id": person_id, "reason": reason, "started_at": now}
    allocation = new_id()
    await put(session, Allocation, force_id=force, id=allocation, **values)
    await append(
        session,
        Entry(tag="case:allocated", force=force, actor=account_id, subject=allocation, at=now, facts=values),
    )


async def correct(
    session: AsyncSession, actor: Actor, person_id: str, command: CorrectPerson, expected: int, now: datetime
) -> PersonView:
    """Correct who somebody is: version n + 1 with its reason. Stale unless `expected` is the newest version."""
    person, newest = await reach(session, actor, "person:write", person_id, now)
    if newest.n != expected:
        raise Stale("Somebody changed this person since you read the record. Read it again.")
    facts, warnings = checked(command, now)
    await _version(session, actor, person.force_id, person_id, expected + 1, facts, command.reason, now)
    await refresh_keys(session, person.force_id, person_id, facts)
    return await _view(session, person.force_id, person_id, warnings, now)


async def add_conviction(
    session: AsyncSession, actor: Actor, person_id: str, command: PriorConviction, now: datetime
) -> FactView:
    """Record a prior conviction as a dated fact."""
    return await _add_fact(session, actor, person_id, ConvictionVersion, command, "conviction:recorded", now)


async def add_custody(
    session: AsyncSession, actor: Actor, person_id: str, command: CustodyPeriod, now: datetime
) -> FactView:
    """Record a stay in custody as a dated fact. Malformed where it ends before it starts."""
    return await _add_fact(session, actor, person_id, CustodyVersion, command, "custody:recorded", now)


async def correct_fact(
    session: AsyncSession,
    actor: Actor,
    person_id: str,
    fact_id: str,
    command: PriorConviction | CustodyPeriod,
    expected: int,
    now: datetime,
) -> FactView:
    """Correct a dated fact by a new version. Missing where the fact is of the other kind."""
    kind, name = (
        (ConvictionVersion, "conviction")
        if isinstance(command, PriorConviction)
        else (CustodyVersion, "custody")
    )
    person, _ = await _newest_fact(session, actor, person_id, (kind,), fact_id, expected, now)
    facts = _fact(command, now)
    await _put_fact(
        session, actor, kind, person, fact_id, expected + 1, facts, False, f"{name}:corrected", now
    )
    return FactView(id=fact_id, version=expected + 1, facts=_fact_view(facts), recorded_at=now)


async def withdraw_fact(
    session: AsyncSession, actor: Actor, person_id: str, fact_id: str, expected: int, now: datetime
) -> None:
    """Withdraw a dated fact as recorded in error: a last version says so, and every earlier one stays."""
    person, row = await _newest_fact(
        session, actor, person_id, (ConvictionVersion, CustodyVersion), fact_id, expected, now
    )
    name = "conviction" if isinstance(row, ConvictionVersion) else "custody"
    await _put_fact(
        session, actor, type(row), person, fact_id, expected + 1, row.facts, True, f"{name}:withdrawn", now
    )


async def _newest_fact(
    session: AsyncSession,
    actor: Actor,
    person_id: str,
    kinds: tuple[type[ConvictionVersion] | type[CustodyVersion], ...],
    fact_id: str,
    expected: int,
    now: datetime,
) -> tuple[Person, ConvictionVersion | CustodyVersion]:
    person, _ = await reach(session, actor, "person:write", person_id, now)
    for kind in kinds:
        newest: ConvictionVersion | CustodyVersion | None = await session.scalar(
            select(kind)
            .where(kind.force_id == person.force_id, kind.id == fact_id, kind.person_id == person_id)
            .order_by(kind.n.desc())
            .limit(1)
        )
        if newest is None or newest.withdrawn:
            continue
        if newest.n != expected:
            raise Stale("Somebody changed this since you read it. Read it again.")
        return person, newest
    raise Missing


def _fact(command: PriorConviction | CustodyPeriod, now: datetime) -> PriorConviction | CustodyFacts:
    if isinstance(command, PriorConviction):
        return command
    if command.ended is not None and command.ended < command.started:
        raise Malformed([Fault("ended", "is before the day it started")])
    if command.started > london_day(now):
        raise Malformed([Fault("started", "is in the future")])
    return CustodyFacts(
        kind=command.kind, started=command.started, ended=command.ended, authority=command.authority
    )


def _fact_line(row: ConvictionVersion | CustodyVersion) -> FactView:
    return FactView(id=row.id, version=row.n, facts=_fact_view(row.facts), recorded_at=row.recorded_at)


def _fact_view(facts: PriorConviction | CustodyFacts) -> PriorConviction | CustodyPeriod:
    if isinstance(facts, PriorConviction):
        return facts
    return CustodyPeriod(kind=facts.kind, started=facts.started, ended=facts.ended, authority=facts.authority)  # type: ignore[arg-type]


async def _put_fact(
    session: AsyncSession,
    actor: Actor,
    kind: type[DatedFact],
    person: Person,
    fact_id: str,
    n: int,
    facts: PriorConviction | CustodyFacts,
    withdrawn: bool,
    tag: str,
    now: datetime,
) -> None:
    values = {"person_id": person.id, "facts": facts, "withdrawn": withdrawn}
    try:
        await put(
            session,
            kind,
            force_id=person.force_id,
            id=fact_id,
            n=n,
            recorded_at=now,
            recorded_by=actor.account_id,
            **values,
        )
    except IntegrityError as race:
        raise Stale("Somebody changed this since you read it. Read it again.") from race
    await append(
        session,
        Entry(tag=tag, force=person.force_id, actor=actor.account_id, subject=fact_id, at=now, facts=values),
    )


async def _add_fact(
    session: AsyncSession,
    actor: Actor,
    person_id: str,
    kind: type[DatedFact],
    command: PriorConviction | CustodyPeriod,
    tag: str,
    now: datetime,
) -> FactView:
    person, _ = await reach(session, actor, "person:write", person_id, now)
    facts, fact_id = _fact(command, now), new_id()
    await _put_fact(session, actor, kind, person, fact_id, 1, facts, False, tag, now)
    return FactView(id=fact_id, version=1, facts=_fact_view(facts), recorded_at=now)


def newest_version(force: object, person_id: object, now: datetime) -> object:
    """The number of a person's newest version recorded by `now`, as a scalar subquery for a join."""
    inner = PersonVersion.__table__.alias()
    return (
        select(func.max(inner.c.n))
        .where(inner.c.force_id == force, inner.c.person_id == person_id, inner.c.recorded_at <= now)
        .scalar_subquery()
    )


async def reach(
    session: AsyncSession, actor: Actor, permission: str, person_id: str, now: datetime
) -> tuple[Person, PersonVersion]:
    """The person and their newest version if the actor may reach them under `permission`; Missing otherwise,
    for whatever reason.
    """
    found = (
        await session.execute(
            select(Person, PersonVersion)
            .join(
                PersonVersion,
                and_(PersonVersion.force_id == Person.force_id, PersonVersion.person_id == Person.id),
            )
            .where(
                Person.id == person_id,
                PersonVersion.recorded_at <= now,
                visible_people(actor, permission, now),
            )
            .order_by(PersonVersion.n.desc())
            .limit(1)
        )
    ).first()
    if found is None:
        raise Missing
    return found[0], found[1]


async def get(session: AsyncSession, actor: Actor, person_id: str, now: datetime) -> PersonView:
    """One person as now held, with convictions, custody, applications and orders."""
    person, _ = await reach(session, actor, "person:read", person_id, now)
    return await _view(session, person.force_id, person_id, [], now)


async def facts_held(
    session: AsyncSession, kind: type[F], force: str, person_id: str, now: datetime
) -> list[F]:
    """The newest version recorded by `now` of each dated fact of a person, without those withdrawn, oldest
    first.
    """
    held = select(kind).where(kind.force_id == force, kind.person_id == person_id, kind.recorded_at <= now)
    rows = (await session.scalars(held.order_by(kind.recorded_at, kind.n))).all()
    newest = {row.id: row for row in sorted(rows, key=lambda row: row.n)}
    return [row for row in newest.values() if not row.withdrawn]


async def _view(
    session: AsyncSession, force: str, person_id: str, warnings: list[str], now: datetime
) -> PersonView:
    newest = await session.scalar(
        select(PersonVersion)
        .where(
            PersonVersion.force_id == force,
            PersonVersion.person_id == person_id,
            PersonVersion.recorded_at <= now,
        )
        .order_by(PersonVersion.n.desc())
        .limit(1)
    )
    if newest is None:
        raise Missing
    facts = newest.facts
    lists: dict[str, list[Any]] = {
        "convictions": [_fact_line(r) for r in await facts_held(session, ConvictionVersion, force, person_id, now)],
        "custody": [_fact_line(r) for r in await facts_held(session, CustodyVersion, force, person_id, now)],
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
    if query.pnc_id or query.cro:
        wanted = []
        for kind, given in (("pnc", query.pnc_id), ("cro", query.cro)):
            if given:
                parsed = (
                    identifiers.pnc(given, london_day(now).year) if kind == "pnc" else identifiers.cro(given)
                )
                if parsed.fault:
                    raise Malformed([Fault("pnc_id" if kind == "pnc" else "cro", parsed.fault)])
                wanted.append(and_(PersonIdentifier.kind == kind, PersonIdentifier.value == parsed.canonical))
        where.append(
            select(PersonIdentifier.person_id)
            .where(
                PersonIdentifier.force_id == Person.force_id,
                PersonIdentifier.person_id == Person.id,
                or_(*wanted),
            )
            .exists()
        )
    elif query.family_name:
        where.append(PersonVersion.family_key.startswith(query.family_name.casefold(), autoescape=True))
    else:
        raise Malformed([Fault("family_name", "give an identifier or a family name")])
    mine = (
        select(Allocation.id)
        .where(
            Allocation.force_id == Person.force_id,
            Allocation.person_id == Person.id,
            Allocation.account_id == actor.account_id,
            Allocation.ended_at.is_(None),
        )
        .exists()
    )
    rows = await session.execute(
        select(Person.id, PersonVersion.facts, mine.label("yours"))
        .join(
            PersonVersion,
            and_(PersonVersion.force_id == Person.force_id, PersonVersion.person_id == Person.id),
        )
        .where(*where, PersonVersion.n == newest_version(Person.force_id, Person.id, now))
        .order_by(PersonVersion.family_key, Person.id)
    )
    lines = (_line(row.id, row.facts, bool(row.yours)) for row in rows)
    return [line for line in lines if query.date_of_birth in (None, line.date_of_birth)][:50]


def _line(person_id: str, facts: PersonFacts, yours: bool) -> PersonLine:
    return PersonLine(
        id=person_id,
        family_name=facts.name.family,
        given_name=facts.name.given,
        date_of_birth=facts.date_of_birth,
        pnc_id=facts.pnc_id,
        yours=yours,
    )
