"""Whom and what a request reaches: its solicitor as they were, and the ids of what they may see of their
client.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import (
    Actor,
    visible_applications,
    visible_orders,
    visible_people,
    visible_requests,
    visible_searches,
)
from svro.casework.disclosure.sections import Scope, Source
from svro.casework.searches import with_newest
from svro.law.dates import end_of, start_of
from svro.records.disclosure import DisclosureRequest
from svro.records.orders import Application, Order
from svro.records.people import Account, AccountRole, Person
from svro.records.searches import Search, SearchVersion

READ = "disclosure:receive"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be gathered: for whom, as they may see it at `seen_at`, as known at `known_at`."""

    force: str
    person_id: str
    recipient: Actor
    scope: tuple[Scope, ...]
    seen_at: datetime
    known_at: datetime
    request_id: str
    order_id: str | None = None
    first: date | None = None
    last: date | None = None

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """The instants between which things must have happened: from, and before."""
        return (
            None if self.first is None else start_of(self.first),
            None if self.last is None else end_of(self.last),
        )


async def recipient_of(session: AsyncSession, account_id: str, now: datetime) -> Actor:
    """The solicitor, in the roles that they held at an instant."""
    account = (await session.scalars(select(Account).where(Account.id == account_id))).one()
    roles = await session.scalars(
        select(AccountRole.role).where(
            AccountRole.account_id == account_id,
            AccountRole.started_at <= now,
            or_(AccountRole.ended_at.is_(None), AccountRole.ended_at > now),
        )
    )
    return Actor(account_id=account.id, name=account.name, roles=frozenset(roles.all()))


def asked(
    row: DisclosureRequest, recipient: Actor, scope: Sequence[str], seen_at: datetime, known_at: datetime
) -> Asked:
    """What a request asks for, or a part of it."""
    return Asked(
        force=row.force_id,
        person_id=row.person_id,
        recipient=recipient,
        scope=tuple(scope),  # type: ignore[arg-type]
        seen_at=seen_at,
        known_at=known_at,
        request_id=row.id,
        order_id=row.order_id,
        first=row.first,
        last=row.last,
    )


async def acts_for(session: AsyncSession, row: DisclosureRequest, now: datetime) -> bool:
    """Whether whoever made a request may be given anything of its person at an instant."""
    recipient = await recipient_of(session, row.account_id, now)
    found = await session.scalar(
        select(Person.id).where(
            Person.force_id == row.force_id, Person.id == row.person_id, visible_people(recipient, READ, now)
        )
    )
    return found is not None


class Ids(msgspec.Struct):
    """The ids found so far, by the column that leads to them; the versions of searches' records that are not
    surely of the person, and the things that come with such a search.
    """

    by: dict[str, set[str]]
    others: set[str]
    versions: set[tuple[str, int]]

    def of(self, source: Source) -> set[str]:
        """The ids by which a table's rows are found."""
        return self.by.get(_STARTS.get(source.table, source.link), set())


_STARTS = {
    "people": "person_id",
    "orders": "order_id",
    "applications": "application_id",
    "searches": "search_id",
    "disclosure_requests": "own_request_id",
    "documents": "person_id",
}
"""Tables whose rows are started from, and the name of their own ids."""


async def ids(session: AsyncSession, want: Asked) -> Ids:
    """What the solicitor may see of what was asked for: the person, their orders, applications and searches.
    Nothing where they are instructed no longer.
    """
    who, at, known = want.recipient, want.seen_at, want.known_at
    mine = (want.force, want.person_id)
    people = select(Person.id).where(
        Person.force_id == want.force,
        Person.id == want.person_id,
        Person.created_at <= known,
        visible_people(who, READ, at),
    )
    found = {"person_id": set((await session.scalars(people)).all())}
    held = select(Order.id, Order.application_id).where(
        Order.force_id == mine[0],
        Order.person_id == mine[1],
        Order.created_at <= known,
        visible_orders(who, "order:read", at),
    )
    if want.order_id is not None:
        held = held.where(Order.id == want.order_id)
    orders = (await session.execute(held)).all()
    found["order_id"] = {row.id for row in orders}
    papers = select(Application.id).where(
        Application.force_id == mine[0],
        Application.person_id == mine[1],
        Application.created_at <= known,
        visible_applications(who, "application:read", at),
    )
    if want.order_id is not None:
        papers = papers.where(Application.id.in_({row.application_id for row in orders}))
    found["application_id"] = set((await session.scalars(papers)).all())
    found["search_id"] = await _searches(session, want, found["order_id"])
    versions = await _of_others(session, want, found["search_id"])
    found["own_request_id"] = set(
        (
            await session.scalars(
                select(DisclosureRequest.id).where(
                    DisclosureRequest.force_id == mine[0],
                    DisclosureRequest.person_id == mine[1],
                    DisclosureRequest.account_id == who.account_id,
                    DisclosureRequest.received_at <= known,
                    visible_requests(who, READ, at),
                )
            )
        ).all()
    )
    return Ids(found, {search for search, _ in versions}, versions)


async def _searches(session: AsyncSession, want: Asked, orders: set[str]) -> set[str]:
    """The searches to gather: of the person, or under their orders as claimed. A request that names an order
    asks for both too: no power is to be hidden by a reference that was mistyped.
    """
    of_order = and_(SearchVersion.order_force == want.force, SearchVersion.order_id.in_(orders))
    query = (
        select(SearchVersion.search_id)
        .select_from(Search)
        .join(SearchVersion, with_newest(want.known_at))
        .where(
            Search.force_id == want.force,
            or_(of_order, SearchVersion.person_id == want.person_id),
            visible_searches(want.recipient, "search:read", want.seen_at),
        )
    )
    after, before = want.window
    if after is not None:
        query = query.where(SearchVersion.at >= after)
    if before is not None:
        query = query.where(SearchVersion.at < before)
    return set((await session.scalars(query)).all())


async def _of_others(session: AsyncSession, want: Asked, searches: set[str]) -> set[tuple[str, int]]:
    """The versions of searches' records that were not, or not surely, of the person: search and number."""
    query = select(SearchVersion.search_id, SearchVersion.n).where(
        SearchVersion.force_id == want.force,
        SearchVersion.search_id.in_(sorted(searches)),
        SearchVersion.recorded_at <= want.known_at,
        or_(
            SearchVersion.person_id.is_(None),
            SearchVersion.person_id != want.person_id,
            SearchVersion.same_person.is_(False),
        ),
    )
    return {(row.search_id, row.n) for row in (await session.execute(query)).all()}
