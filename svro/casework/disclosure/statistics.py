"""The figures that an argument about discrimination rests on: the equality pack goes along as documents, each
an item of its own.
"""

import asyncio
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework import equality
from svro.casework.disclosure.reached import Asked
from svro.documents.disclosed import Document, Item, Value


async def pack(
    session: AsyncSession, want: Asked, before: int
) -> tuple[list[Item], list[Document], dict[str, bytes]]:
    """(an item for each file, numbered on from `before`; the files as documents; their bytes by name). It
    holds what the public may know, and nothing of the client.
    """
    argument = await equality.gather(session, want.force, want.first, want.last, want.known_at, want.known_at)
    items, listed, files = [], [], {}
    for number, one in enumerate(await asyncio.to_thread(equality.files, argument), before + 1):
        name, digest = one.name, sha256(one.content).hexdigest()
        said: dict[str, str | int] = {
            "media_type": one.media_type,
            "sha256": digest,
            "size": len(one.content),
        }
        values = tuple(
            Value(name=key, label=key.replace("_", " ").capitalize(), state="held", value=value)
            for key, value in said.items()
        )
        item = Item(
            number=number, kind="figures", id=one.name, title=one.title, at=None, values=values, file=name
        )
        items.append(item)
        listed.append(
            Document(file=name, title=one.title, media_type=one.media_type, deposited_sha256=digest)
        )
        files[name] = one.content
    return items, listed, files
