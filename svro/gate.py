"""What lies between a door and the database: a session within the actor's reach, and the access log, kept
before anything that was looked at leaves.

No handler gets at a person's data but through one of these, so none can forget.

Source: Data Protection Act 2018 s.62.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from typing import Any

from litestar.datastructures import State
from litestar.di import Provide
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, require_any
from svro.casework.disclosure.beforehand import BEFOREHAND, LETS_GO
from svro.casework.matrix import OPENS_NOTHING, PUBLIC
from svro.casework.reaching import reach_of, widen
from svro.doors import AnyRequest, instant, permissions_of
from svro.errors import Duplicate, Problem, Unavailable
from svro.records.access_log import NOT_KEPT, By, keep, looks_of
from svro.records.base import Database


def by(request: AnyRequest) -> By:
    """Who looks through this door, at the real instant, whatever instant a demonstration shows."""
    who, real = request.user, request.app.state.real
    permission, _ = require_any(who, permissions_of(request.route_handler))
    return By(
        account=who.account_id,
        force=who.force_id,
        door=f"{request.method} {request.scope['path_template']}",
        permission=permission,
        at=real(request),
        purpose=who.purpose.code if who.purpose else None,
        reference=who.purpose.reference if who.purpose else None,
    )


def opens(permissions: tuple[str, ...], opt: dict[str, Any]) -> bool:
    """Whether a door opens personal data: by its permissions, unless it says that it is a blank form."""
    return not opt.get("blank") and not set(permissions) <= OPENS_NOTHING | PUBLIC


def _owes(request: AnyRequest, session: AsyncSession) -> bool:
    """Whether an entry is owed: something was looked at, or at least the door says that it opens such
    things.
    """
    handler = request.route_handler
    return looks_of(session).asked or opens(permissions_of(handler), handler.opt)


async def writing(request: AnyRequest, state: State) -> AsyncIterator[AsyncSession]:
    """A transaction for a change. Its entry in the access log is part of it."""
    database: Database = state.database
    who, shown = request.user, None
    try:
        async with database.write(reach_of(who)) as session:
            shown = session
            await widen(session, who, instant(request))
            yield session
            if _owes(request, session):
                await keep(session, by(request))
    except Duplicate:
        if shown is not None:  # the refusal names the record that is there, and what was begun is undone
            await _apart(request, shown)
        raise


Ready = Callable[[AsyncSession, Actor, AnyRequest, datetime], Awaitable[None]]


def after(ready: Ready) -> Provide:
    """`writing`, for an act of which what takes longest can be made before it begins, on a session for
    looking: nobody who writes waits for that. What the act will be refused for, it is refused for itself.
    """

    async def writing_after(request: AnyRequest, state: State) -> AsyncIterator[AsyncSession]:
        database: Database = state.database
        who, now = request.user, instant(request)
        async with database.read(reach_of(who)) as looking:
            await widen(looking, who, now)
            looking.info[LETS_GO] = database.on_sqlite
            with suppress(Problem):
                await ready(looking, who, request, now)
            made = looking.info.pop(BEFOREHAND, {})
        async with asynccontextmanager(writing)(request, state) as session:
            session.info[BEFOREHAND] = made
            yield session

    return Provide(writing_after)


async def reading(request: AnyRequest, state: State) -> AsyncIterator[AsyncSession]:
    """A session for looking. What it looked at is in the access log before the answer begins."""
    database: Database = state.database
    who = request.user
    async with database.read(reach_of(who)) as session:
        await widen(session, who, instant(request))
        session.info[LETS_GO] = database.on_sqlite
        yield session
        if not _owes(request, session):
            return
        if not database.on_sqlite:
            with _or_nothing():
                await keep(session, by(request))
                await session.commit()
            return
    await _apart(request, session)  # SQLite's readers do not write


async def _apart(request: AnyRequest, looked: AsyncSession) -> None:
    """Keep the entry of what a session looked at in a transaction of its own."""
    database: Database = request.app.state.database
    with _or_nothing():
        async with database.write(looked.info["reach"]) as session:
            session.info["looks"] = looks_of(looked)
            await keep(session, by(request))


@contextmanager
def _or_nothing() -> Iterator[None]:
    """Whatever goes wrong meanwhile, nothing is shown."""
    try:
        yield
    except Unavailable:
        raise
    except Exception as error:
        raise Unavailable(NOT_KEPT) from error
