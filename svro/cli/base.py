"""What every command stands on: the group they belong to, the database they work on, and the clock."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from svro.records import Database
    from svro.settings import Settings


class Commands(click.Group):
    """Every refusal is one plain line on standard error, and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        from svro.errors import Problem, Unready

        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise click.ClickException(problem.sentence) from problem
        except Unready as unready:
            raise click.ClickException(str(unready)) from unready
        except OSError as error:
            raise click.ClickException(str(error)) from error


def _address(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.find_root().obj = value


database_option = click.option(
    "--database", metavar="URL", expose_value=False, callback=_address, is_eager=True,
    help="sqlite+aiosqlite:///FILE or postgresql+asyncpg://...; else SVRO_DATABASE_URL, else svro.db here.",
)  # fmt: skip


def on_database(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command that works on a database, which may be named before or after the command."""
    return lambda function: main.command(name)(database_option(function))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="svro", message="%(version)s")
@database_option
def main() -> None:
    """Serious violence reduction orders: who may get one, what it was when, each search, and the figures."""


def chosen() -> "Settings":
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from svro.settings import Settings

    try:
        settings = Settings.read(database_url=click.get_current_context().find_root().obj)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    try:
        url = make_url(settings.database_url)
    except ArgumentError as error:
        raise click.UsageError("The database's address is not one.") from error
    if url.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise click.UsageError(
            "The database's address begins with sqlite+aiosqlite:// or postgresql+asyncpg://."
        )
    if url.drivername == "sqlite+aiosqlite" and url.database in (None, "", ":memory:"):
        raise click.UsageError("A SQLite database needs a file: one in memory is gone with the command.")
    return settings


@asynccontextmanager
async def opened() -> "AsyncIterator[Database]":
    """The database of this command, as it is. Unready where it cannot be reached."""
    import asyncpg
    from sqlalchemy.exc import DBAPIError

    from svro.errors import Unready
    from svro.records import Database

    settings = chosen()
    database = Database(settings.database_url, status_key=settings.status_key)
    try:
        yield database
    except (DBAPIError, asyncpg.PostgresError) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]
        await asyncio.sleep(0.05)  # the thread of a failed connection still tells this loop of its end
        if "permission denied for schema" in said:
            said += ". Run `svro migrate` with SVRO_OWNER_DATABASE_URL, the address of the tables' owner."
        raise Unready(f"The database refused: {said}") from error
    finally:
        await database.close()


@asynccontextmanager
async def ready() -> "AsyncIterator[tuple[Database, str]]":
    """The database with its schema and its first rows, and its kind; an empty one gets them now."""
    from svro.casework.founding import found
    from svro.records import schema
    from svro.records.reach import ALL

    async with opened() as database:
        if chosen().owner_database_url and await schema.head_of(database.engine) is None:
            await migrated()
        await schema.ensure(database.engine)
        async with database.write(ALL) as session:
            kind = await found(session, "live", now())
        yield database, kind


async def migrated() -> None:
    """Bring the database to the newest schema, as the owner of its tables where one is named; the role that
    serves may then use them.
    """
    from sqlalchemy import make_url

    from svro.records import Database, schema

    settings = chosen()
    owner = Database(settings.owner_database_url or settings.database_url)
    try:
        await schema.migrate(owner.engine, make_url(settings.database_url).username)
    finally:
        await owner.close()


def now() -> datetime:
    return datetime.now(UTC)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("must be a date such as 2025-03-14") from None


def instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    try:
        found = None if value is None else datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("must be a date and time such as 2025-03-14T21:14:00+00:00") from None
    if found is not None and found.tzinfo is None:
        raise click.BadParameter("needs an offset, such as Z or +01:00")
    return found
