"""The people under orders, and those considered for one, as known at an instant: what every figure from
our own records is counted from.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from svro.casework.national import as_act
from svro.figures.exposure import Span
from svro.figures.measured import EthnicityBasis
from svro.law import order, search, words
from svro.law.acts import Act
from svro.law.dates import london_day
from svro.records.orders import Application, ApplicationAct, Order, OrderAct
from svro.records.people import CustodyVersion, PersonVersion
from svro.records.reach import ALL, reaching
from svro.records.searches import Search, SearchVersion

Key = tuple[str, str]
"""(force, id): of an order or of a person."""

UNKNOWN: words.Group = "Unknown"


class Counted(msgspec.Struct, frozen=True):
    """One search under s.342E of somebody whose order was in effect: when, by whom, and what its record
    says.
    """

    force: str
    id: str
    account: str
    said: search.SearchRecord

    @property
    def day(self) -> date:
        """Its London day."""
        return london_day(self.said.at)


class Held(msgspec.Struct, frozen=True):
    """One order: its acts as known then, and the instants in which it was in effect."""

    force: str
    id: str
    application: str
    reference: str
    acts: tuple[Act, ...]
    spans: tuple[tuple[datetime, datetime], ...]

    def when(self, act: str) -> date | None:
        """The London day of the first standing act of a kind, None where there is none."""
        return next((london_day(a.at) for a in self.acts if a.act == act), None)


class Considered(msgspec.Struct, frozen=True):
    """One application, as its acts were known then: the day it was begun, and each act with its day."""

    id: str
    day: date
    acts: tuple[tuple[str, date], ...]


class Uncounted(msgspec.Struct, frozen=True):
    """One search that named an order and is nobody's: why, and where its record is."""

    why: str
    force: str
    id: str
    day: date


class Subject(msgspec.Struct):
    """Somebody considered for an order, or under one or more, of one force."""

    force: str
    person: str
    own: words.Group = UNKNOWN
    seen: words.Group = UNKNOWN
    sex: str | None = None
    born: date | None = None
    pnc: str | None = None
    cro: str | None = None
    custody: list[Span] = []
    searches: list[Counted] = []
    orders: list[Held] = []
    considered: list[Considered] = []

    def group(self, basis: EthnicityBasis) -> words.Group:
        """Their ethnic group on one basis."""
        return words.on_basis(basis, self.own, self.seen)

    @property
    def spans(self) -> list[Span]:
        """The days on which an order of theirs was in effect: half-open, in no order, and they may
        overlap.
        """
        return [(london_day(a), london_day(b)) for held in self.orders for a, b in held.spans]


class Cohort(msgspec.Struct):
    """Everybody, by (force, person); and what is not counted, by force and reason: searches that named an
    order of the force and are nobody's in `subjects`.
    """

    subjects: dict[Key, Subject]
    left: dict[str, list[Uncounted]]


def newest(kind: Any, keys: tuple[str, ...], known_at: datetime) -> ColumnElement[bool]:
    """The version of each thing that was the newest at an instant."""
    other = aliased(kind)
    same = [getattr(other, key) == getattr(kind, key) for key in keys]
    last = select(func.max(other.n)).where(other.recorded_at <= known_at, *same).scalar_subquery()
    return kind.n == last  # type: ignore[no-any-return]


def of(column: Any, forces: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """A clause for the forces asked of; none where all are."""
    return [column.in_(forces)] if forces else []


async def load(session: AsyncSession, forces: tuple[str, ...], known_at: datetime) -> Cohort:
    """Everybody of these forces (none: all) as known at an instant."""
    cohort = Cohort({}, defaultdict(list))
    # Figures are counted over records that the reader may not see one by one; and a search under an order of
    # theirs may be any force's.
    async with reaching(session, *ALL.forces):
        whose = await _orders(session, forces, known_at, cohort.subjects)
        await _applications(session, forces, known_at, cohort.subjects)
        await _describe(session, forces, known_at, cohort.subjects)
        await _searches(session, forces, known_at, whose, cohort)
    return cohort


def _at(subjects: dict[Key, Subject], force: str, person: str) -> Subject:
    return subjects.setdefault((force, person), Subject(force, person))


async def _orders(
    session: AsyncSession, forces: tuple[str, ...], known_at: datetime, subjects: dict[Key, Subject]
) -> dict[Key, tuple[Subject, Held]]:
    """Give everybody their orders; and whose each order is."""
    told: dict[Key, list[Act]] = defaultdict(list)
    query = select(OrderAct).where(OrderAct.known_at <= known_at, *of(OrderAct.force_id, forces))
    for row in await session.scalars(query.order_by(OrderAct.force_id, OrderAct.order_id, OrderAct.n)):
        told[row.force_id, row.order_id].append(as_act(row))
    whose: dict[Key, tuple[Subject, Held]] = {}
    columns = select(Order.force_id, Order.id, Order.person_id, Order.application_id, Order.reference)
    query_orders = columns.where(Order.created_at <= known_at, *of(Order.force_id, forces))
    for force, order_id, person, application, reference in await session.execute(
        query_orders.order_by(Order.force_id, Order.id)
    ):
        acts = told.get((force, order_id), [])
        held = Held(
            force,
            order_id,
            application,
            reference,
            tuple(order.standing(acts, known_at)),
            order.spans(acts, known_at),
        )
        subject = _at(subjects, force, person)
        subject.orders.append(held)
        whose[force, order_id] = subject, held
    return whose


async def _applications(
    session: AsyncSession, forces: tuple[str, ...], known_at: datetime, subjects: dict[Key, Subject]
) -> None:
    """Give everybody the applications in which they were considered."""
    acts: dict[Key, list[tuple[str, date]]] = defaultdict(list)
    kind = ApplicationAct
    done = select(kind.force_id, kind.application_id, kind.act, kind.at).where(
        kind.recorded_at <= known_at, *of(kind.force_id, forces)
    )
    for force, application, act, at in await session.execute(done.order_by(kind.n)):
        acts[force, application].append((act, london_day(at)))
    query = select(Application.force_id, Application.id, Application.person_id, Application.created_at).where(
        Application.created_at <= known_at, *of(Application.force_id, forces)
    )
    for force, application, person, created in await session.execute(
        query.order_by(Application.force_id, Application.id)
    ):
        begun = Considered(application, london_day(created), tuple(acts.get((force, application), ())))
        _at(subjects, force, person).considered.append(begun)


async def _describe(
    session: AsyncSession, forces: tuple[str, ...], known_at: datetime, subjects: Mapping[Key, Subject]
) -> None:
    """Give each subject what they are described by, and their days in custody, as known then."""
    version, custody = PersonVersion, CustodyVersion
    concerned = select(Application.person_id).where(
        Application.force_id == version.force_id, Application.person_id == version.person_id
    )
    under = select(Order.person_id).where(
        Order.force_id == version.force_id, Order.person_id == version.person_id
    )
    facts = select(version.force_id, version.person_id, version.facts).where(
        or_(concerned.exists(), under.exists()),
        newest(version, ("force_id", "person_id"), known_at),
        *of(version.force_id, forces),
    )
    for force, person, said in await session.execute(facts):
        if subject := subjects.get((force, person)):
            subject.own = words.group5(said.self_ethnicity) if said.self_ethnicity else UNKNOWN
            subject.seen = words.officer_group(said.officer_ethnicity) if said.officer_ethnicity else UNKNOWN
            subject.sex, subject.born = said.sex, said.date_of_birth
            subject.pnc, subject.cro = said.pnc_id, said.cro
    stays = select(custody.force_id, custody.person_id, custody.facts).where(
        newest(custody, ("force_id", "id"), known_at),
        custody.withdrawn.is_(False),
        *of(custody.force_id, forces),
    )
    for force, person, stay in await session.execute(stays):
        if subject := subjects.get((force, person)):
            after = stay.ended + timedelta(days=1) if stay.ended else date.max
            subject.custody.append((stay.started, after))


async def _searches(
    session: AsyncSession,
    forces: tuple[str, ...],
    known_at: datetime,
    whose: Mapping[Key, tuple[Subject, Held]],
    cohort: Cohort,
) -> None:
    """Give every counted search to its subject, and say of the others why they are not counted."""
    kind = SearchVersion
    columns = (kind.force_id, kind.search_id, Search.account_id, kind.order_force, kind.order_id)
    query = (
        select(*columns, kind.record, kind.same_person)
        .join(Search, (Search.force_id == kind.force_id) & (Search.id == kind.search_id))
        .where(
            kind.order_id.is_not(None),
            newest(kind, ("force_id", "search_id"), known_at),
            *of(kind.order_force, forces),
        )
        .order_by(kind.at, kind.force_id, kind.search_id)
    )
    for by, search_id, account, force, order_id, said, same in await session.execute(query):
        if force is None or order_id is None or said.power != "svro" or (force, order_id) not in whose:
            continue
        subject, held = whose[force, order_id]
        if not said.searched:
            why = "detained and not searched"
        elif search.subject(said, same) is False:
            why = "of another person"
        elif not any(a <= said.at < b for a, b in held.spans):
            why = "order not in effect, or not known to be"
        else:
            subject.searches.append(Counted(by, search_id, account, said))
            continue
        cohort.left[force].append(Uncounted(why, by, search_id, london_day(said.at)))
