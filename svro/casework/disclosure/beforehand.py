"""What takes seconds to make is made before the act that needs it begins, and found there again: while a
transaction is open, others who write wait for it.

A door lets it be made on a session for looking (`gate.after`), at the same instant, and both sessions have
one dictionary. Whatever changed in between is made inside the act after all: slower, and no less right.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
BEFOREHAND = "beforehand"
"""Where a session's `info` has what was made already, by what it was made of."""

LETS_GO = "lets go"
"""Where a session's `info` says that it may end its transaction meanwhile, having only looked: whoever reads
from SQLite holds up whoever commits.
"""


async def made(session: AsyncSession, key: Hashable, make: Callable[[], T]) -> T:
    """What `make` gives, made in a thread unless it has been: `key` says all that it is made of."""
    held = session.info.setdefault(BEFOREHAND, {})
    if key not in held:
        if session.info.get(LETS_GO):
            await session.commit()
        held[key] = await asyncio.to_thread(make)
    return cast(T, held[key])


def first(session: AsyncSession, key: Hashable, value: T) -> T:
    """The value that was given for `key` the first time: now, or beforehand."""
    return cast(T, session.info.setdefault(BEFOREHAND, {}).setdefault(key, value))
