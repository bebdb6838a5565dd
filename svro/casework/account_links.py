"""Links that let somebody in once: to set up their account, or to set a new password."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import security
from svro.casework.keyfile import hashed, new_secret
from svro.records.accounts import AccountLink
from svro.records.base import new_id, put

LINK_LASTS = timedelta(hours=72)
RESET_LASTS = timedelta(hours=24)


class MadeLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to hand over: `path` on this site, shown once, open until `ends_at` or its first use."""

    path: str
    ends_at: datetime


async def make_link(
    session: AsyncSession, account_id: str, kind: str, by: str | None, now: datetime
) -> MadeLink:
    """A link of this kind for an account, in place of any earlier one that is still open."""
    await end_links(session, account_id, now)
    secret, ends = new_secret(), now + (LINK_LASTS if kind == "set-up" else RESET_LASTS)
    await put(
        session, AccountLink, id=new_id(), account_id=account_id, kind=kind, hash=hashed(secret), made_by=by,
        made_at=now, ends_at=ends,
    )  # fmt: skip
    detail = "To set up the account" if kind == "set-up" else "To set a new password"
    await security.note(session, "link-made", account_id, now, detail, by=by)
    return MadeLink(path=f"/sign-in/link/{secret}", ends_at=ends)


async def end_links(session: AsyncSession, account_id: str, now: datetime) -> None:
    """No link of an account opens any more."""
    await session.execute(
        update(AccountLink)
        .where(AccountLink.account_id == account_id, AccountLink.used_at.is_(None))
        .values(used_at=now)
    )
