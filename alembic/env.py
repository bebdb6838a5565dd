"""How Alembic meets a database: on the connection it is handed, or by SVRO_DATABASE_URL."""

import asyncio

from alembic import context
from sqlalchemy import Connection, TypeDecorator
from sqlalchemy.ext.asyncio import create_async_engine

from svro.records import metadata
from svro.settings import Settings


def render(kind: str, item: object, _context: object) -> str | bool:
    """Write our column types as the plain ones they are kept in: a migration never changes with our code."""
    return f"sa.{item.impl_instance!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def run(connection: Connection | None, **options: object) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_item=render,
        render_as_batch=connection is not None and connection.dialect.name == "sqlite",
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if context.is_offline_mode():
    run(None, url=Settings.read().database_url, literal_binds=True)
elif (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(connect(Settings.read().database_url))
