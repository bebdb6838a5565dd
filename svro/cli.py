"""The commands, for operators and batch work. Each loads what it needs when it runs; with the app, this is
where clocks are read.

Exit status: 0 done, 1 refused with a reason on standard error, 2 wrong usage.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from svro.casework.access import Actor
    from svro.casework.imports import Progress, Summary
    from svro.records import Database
    from svro.settings import Settings

BUILT = ("json", "csv", "ods")
PROMISED = (*BUILT, "html", "pdf")


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


def _settings() -> "Settings":
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from svro.settings import Settings

    settings = Settings.read(database_url=click.get_current_context().find_root().obj)
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
async def _opened() -> "AsyncIterator[Database]":
    """The database of this command, as it is. Unready where it cannot be reached."""
    import asyncpg
    from sqlalchemy.exc import DBAPIError

    from svro.errors import Unready
    from svro.records import Database

    settings = _settings()
    database = Database(settings.database_url, status_key=settings.status_key)
    try:
        yield database
    except (DBAPIError, asyncpg.PostgresError) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]
        await asyncio.sleep(0.05)  # the thread of a failed connection still tells this loop of its end
        raise Unready(f"The database refused: {said}") from error
    finally:
        await database.close()


@asynccontextmanager
async def _ready() -> "AsyncIterator[tuple[Database, str]]":
    """The database with its schema and its first rows, and its kind; an empty one gets them now."""
    from svro.casework.founding import found
    from svro.records import schema

    async with _opened() as database:
        await schema.ensure(database.engine)
        async with database.write() as session:
            kind = await found(session, "live", _now())
        yield database, kind


def _now() -> datetime:
    return datetime.now(UTC)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@contextmanager
def _listening(host: str, port: int) -> "Iterator[Callable[[Any, str], None]]":
    """A server on a port that is ours already when its address is printed. It writes down no request."""
    import socket

    import uvicorn

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((host, port))

        def serve(app: Any, what: str) -> None:
            config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
            click.echo(f"{what} is at http://{host}:{place.getsockname()[1]} (Ctrl+C stops it).")
            uvicorn.Server(config).run(sockets=[place])

        yield serve


host_option = click.option("--host", default="127.0.0.1", show_default=True)
port_option = click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)


@on_database("demo")
@click.option("--no-serve", is_flag=True, help="Build it, tell the story of one order, and stop.")
@host_option
@port_option
def demo(no_serve: bool, host: str, port: int) -> None:
    """Serve the whole product with invented people, on a database of its own."""
    if no_serve:
        for line in _run(_furnished(told=True)):
            click.echo(line)
        return
    with _listening(host, port) as serve:
        click.echo("Making the demonstration ready: half a minute, the first time.", err=True)
        _run(_furnished())
        serve(_run(_demonstration()), "The demonstration")


async def _furnished(told: bool = False) -> list[str]:
    from svro.demo.walk import walk
    from svro.demo.world import furnish
    from svro.records import schema

    async with _opened() as database:
        await schema.ensure(database.engine)
        await furnish(database)
        if not told:
            return []
        async with database.read() as session:
            return await walk(session)


async def _demonstration() -> Any:
    import msgspec

    from svro.app import build, real_clock
    from svro.demo.signin import Desk, router
    from svro.records import Database

    settings = msgspec.structs.replace(_settings(), demonstration=True, secure_cookies=False)
    async with _opened() as database, database.read() as session:
        desk = await Desk.of(session, real_clock)
    # The server has an event loop of its own, so it has a Database of its own.
    app = build(settings, Database(settings.database_url), clock=desk.now, sign_in=desk, more=(router,))
    app.state.banner = desk.banner
    return app


@on_database("serve")
@host_option
@port_option
def serve(host: str, port: int) -> None:
    """Serve a live deployment. Until somebody has an account only /health/ answers."""
    from svro.app import build
    from svro.records import Database

    with _listening(host, port) as listen:
        _run(_live())
        settings = _settings()
        database = Database(settings.database_url, status_key=settings.status_key)
        listen(build(settings, database), "svro")


async def _live() -> None:
    from svro.errors import Unready

    async with _ready() as (_, kind):
        if kind != "live":
            raise Unready("This database is the demonstration's, which `svro demo` serves: see --database.")


@on_database("migrate")
def migrate() -> None:
    """Bring the database to the newest schema."""
    click.echo(f"The schema is {_run(_migrated())}.")


async def _migrated() -> str:
    from svro.records import schema

    async with _opened() as database:
        await schema.migrate(database.engine)
        return schema.newest()


@on_database("create-admin")
@click.option("--name", prompt="Name", help="The administrator's name.")
@click.option("--force", metavar="SLUG", help="Their force, if they have one.")
def create_admin(name: str, force: str | None) -> None:
    """Open the first administrator's account."""
    if not name.strip():
        raise click.UsageError("The administrator needs a name.")
    account = _run(_first_administrator(name.strip(), force))
    click.echo(f"{name.strip()} is an administrator (account {account}).")
    click.echo("Nobody can sign in yet: this version has no sign-in outside `svro demo`.")


async def _first_administrator(name: str, force: str | None) -> str:
    from sqlalchemy import select

    from svro.casework.founding import open_account
    from svro.errors import Conflict
    from svro.records.people import AccountRole

    await _live()
    async with _opened() as database, database.write() as session:
        if (
            await session.scalar(select(AccountRole.account_id).where(AccountRole.role == "ADM").limit(1))
            is not None
        ):
            raise Conflict("There is an administrator already. Further accounts are theirs to open.")
        made = await open_account(session, name, ("ADM",), _now(), force_id=force)
    return str(made.account_id)


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("must be a date such as 2025-03-14") from None


def _instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    try:
        found = None if value is None else datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("must be a date and time such as 2025-03-14T21:14:00+00:00") from None
    if found is not None and found.tzinfo is None:
        raise click.BadParameter("needs an offset, such as Z or +01:00")
    return found


@on_database("import-searches")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--force", metavar="SLUG", help="The force, where the file's name does not give it.")
@click.option(
    "--month", metavar="YYYY-MM", help="The month of record, where the file's name does not give it."
)
@click.option(
    "--published", metavar="DATE", callback=_day, help="When the files were published; today unless given."
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows that can't be understood go, as CSV.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_searches(
    paths: tuple[Path, ...],
    force: str | None,
    month: str | None,
    published: date | None,
    rejects: Path | None,
    as_json: bool,
) -> None:
    """Import published searches of data.police.uk: CSV, ZIP, folders, or the site's API JSON."""
    from svro.law.dates import london_day

    now = _now()
    with _bar(shown=not as_json and sys.stderr.isatty()) as progress, _writing(rejects) as out:
        asked = {"published": published or london_day(now), "now": now, "force": force, "month": month}
        summary: Summary = _run(_imported(paths, rejects=out, progress=progress, **asked))
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(summary).decode())
    else:
        for line in _said(summary):
            click.echo(line)
    for refusal in summary.refused:
        click.echo(f"Refused: {refusal.file}: {refusal.reason}", err=True)
    sys.exit(1 if summary.refused else 0)


async def _imported(paths: tuple[Path, ...], **asked: Any) -> "Summary":
    from svro.casework import imports

    async with _ready() as (database, _):
        return await imports.import_searches(database, paths, **asked)


def _said(summary: "Summary") -> "Iterator[str]":
    read = f"{summary.files} files, {summary.rows} rows"
    yield f"{read}: {summary.accepted} accepted, {summary.rejected} rejected."
    said = ("new", "replaced", "unchanged", "held_back")
    yield f"Force-months: {', '.join(f'{getattr(summary, name)} {name}' for name in said).replace('_', ' ')}."
    for change in summary.changes:
        rows = f"{change.added} rows added, {change.removed} removed"
        yield f"{change.force} {change.month} {change.done}: {rows}."
    for label, count in sorted(summary.unknown_legislation.items()):
        yield f"A power on no list, {count} times: {label}"


@contextmanager
def _writing(path: Path | None) -> "Iterator[Any]":
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        yield out


@contextmanager
def _bar(shown: bool) -> "Iterator[Progress | None]":
    """A progress bar on standard error, where that is a terminal."""
    if not shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, name: bar.update(
            task, completed=done, total=total, description=Path(name).name
        )


def _operator() -> "Actor":
    """Whoever runs commands, as a reader: an administrator without account or force, whom the matrix shows
    aggregates and no case.
    """
    from svro.casework.access import Actor

    return Actor(account_id=None, name="the operator at the command line", roles=frozenset({"ADM"}))


@on_database("report")
@click.argument("name")
@click.option("--force", metavar="SLUG", multiple=True, help="One force or several; all unless given.")
@click.option("--from", "from_", metavar="DATE", callback=_day, help="First London day, counted.")
@click.option("--to", metavar="DATE", callback=_day, help="Last London day, counted.")
@click.option("--known-at", metavar="INSTANT", callback=_instant, help="As known then; now unless given.")
@click.option("--census", type=click.Choice(["2011", "2021"]), help="One Census; both unless given.")
@click.option("--format", "kind", metavar="|".join(PROMISED), default="json", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file; standard output unless given.",
)
def report(name: str, kind: str, output: Path | None, **asked: Any) -> None:
    """Make a report. Without dates it covers the whole held period."""
    from svro.casework.reports import REPORTS

    if name not in REPORTS:
        raise click.UsageError(f"There is no report {name!r}. There are: {', '.join(REPORTS)}.")
    if kind not in BUILT:
        why = "is not built yet" if kind in PROMISED else "is not a format"
        raise click.UsageError(f"{kind} {why}. There are: {', '.join(BUILT)}.")
    if kind == "ods" and output is None and sys.stdout.isatty():
        raise click.UsageError("A spreadsheet is not for a terminal: name a file with -o.")
    made = _run(_reported(name, kind, asked))
    if output is None:
        click.echo(made, nl=kind == "json")
    else:
        output.write_bytes(made)


async def _reported(name: str, kind: str, asked: dict[str, Any]) -> bytes:
    import msgspec

    from svro.casework.reports import REPORTS, Query, tables
    from svro.casework.tables import as_csv, as_ods

    async with _ready() as (database, _), database.read() as session:
        report = await REPORTS[name](session, _operator(), Query(**asked), _now())
    if kind == "json":
        return msgspec.json.encode(report)
    return as_ods(tables(report)) if kind == "ods" else as_csv(tables(report)).encode()


@main.command()
def openapi() -> None:
    """Print the API's OpenAPI document."""
    import msgspec

    from svro.app import build
    from svro.records import Database
    from svro.settings import Settings

    settings = Settings()
    app = build(settings, Database(settings.database_url))  # named, and never opened
    document = msgspec.json.encode(app.openapi_schema.to_schema(), order="sorted")
    click.echo(msgspec.json.format(document, indent=2).decode())


@on_database("doctor")
def doctor() -> None:
    """Say whether the database and this installation are fit to be relied on."""
    checks = _run(_examined())
    for check in checks:
        click.echo(f"{'ok  ' if check.passed else 'FAIL'}  {check.name}: {check.found}\n      {check.why}")
    sys.exit(0 if all(check.passed for check in checks) else 1)


async def _examined() -> Any:
    from svro.records.doctor import examine

    async with _opened() as database:
        return await examine(database)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def bench(names: tuple[str, ...], as_json: bool) -> None:
    """Measure this program against what the machine could do at best."""
    import msgspec

    from svro import bench as benchmarks

    if unknown := set(names) - set(benchmarks.names()):
        there = ", ".join(benchmarks.names())
        raise click.UsageError(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {there}.")
    rows = benchmarks.run(names or None, tell=lambda name: click.echo(f"{name} ...", err=True))
    click.echo(msgspec.json.encode(rows) if as_json else benchmarks.report(rows))
