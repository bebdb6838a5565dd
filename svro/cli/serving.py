"""Serving the demonstration or a live deployment, and making a database ready for it."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from svro.cli.base import chosen, migrated, now, on_database, opened, ready, run

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _listening(host: str, port: int) -> "Iterator[Callable[[Any, str], None]]":
    """A server on a port that is ours already when its address is printed. It writes down no request."""
    import socket

    import uvicorn

    from svro.app import settle

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((host, port))

        def serve(app: Any, what: str) -> None:
            config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
            settle()
            place.listen()  # whoever reads the address may ask at once, and waits the moment until we answer
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
        for line in run(_furnished(told=True)):
            click.echo(line)
        return
    with _listening(host, port) as serve:
        click.echo("Making the demonstration ready: half a minute, the first time.", err=True)
        run(_furnished())
        serve(run(_demonstration()), "The demonstration")


async def _furnished(told: bool = False) -> list[str]:
    from svro.demo.walk import walk
    from svro.demo.world import furnish
    from svro.records import schema
    from svro.records.reach import ALL

    async with opened() as database:
        await schema.ensure(database.engine)
        await furnish(database)
        if not told:
            return []
        async with database.read(ALL) as session:
            return await walk(session)


async def _demonstration() -> Any:
    import msgspec

    from svro.app import build, real_clock
    from svro.demo.signin import Desk, router
    from svro.demo.world import LOG_KEY
    from svro.records import Database
    from svro.records.reach import NONE

    settings = msgspec.structs.replace(chosen(), demonstration=True, secure_cookies=False)
    async with opened() as held, held.read(NONE) as session:
        desk = await Desk.of(session, real_clock)
    # The server has an event loop of its own, so it has a Database of its own.
    database = Database(settings.database_url)
    app = build(settings, database, clock=desk.now, sign_in=desk, more=(router,), seal=desk.seal())
    app.state.banner, app.state.log_key = desk.banner, LOG_KEY
    database.signing_with(LOG_KEY)
    return app


@on_database("serve")
@host_option
@port_option
def serve(host: str, port: int) -> None:
    """Serve a live deployment. Until somebody has an account only /health/ answers."""
    from svro.app import build
    from svro.casework.keyfile import Seal
    from svro.records import Database

    settings = chosen()
    if not settings.secure_cookies and not _loopback(host):
        raise click.UsageError("Cookies without Secure (SVRO_INSECURE_COOKIES) are for 127.0.0.1 alone.")
    with _listening(host, port) as listen:
        run(_live())
        seal = Seal.read(settings.key_file, make=True)
        database = Database(settings.database_url, status_key=settings.status_key)
        listen(build(settings, database, seal=seal), "svro")


def _loopback(host: str) -> bool:
    import ipaddress

    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _live() -> None:
    from svro.errors import Unready
    from svro.records.doctor import forces_held, one_force

    async with ready() as (database, kind):
        if kind != "live":
            raise Unready("This database is the demonstration's, which `svro demo` serves: see --database.")
        if not database.on_sqlite:
            return
        async with database.reader.connect() as connection:
            forces = one_force(await forces_held(connection))
        if not forces.passed:
            raise Unready(f"This database holds {forces.found}. {forces.why}")


@on_database("migrate")
def migrate() -> None:
    """Bring the database to the newest schema."""
    click.echo(f"The schema is {run(_migrated())}.")


async def _migrated() -> str:
    from svro.records import schema

    async with opened():  # for what it says where the database cannot be reached
        await migrated()
    return schema.newest()


@on_database("create-admin")
@click.option("--name", prompt="Name", help="The administrator's name.")
@click.option("--force", metavar="SLUG", help="Their force, if they have one.")
def create_admin(name: str, force: str | None) -> None:
    """Open the first administrator's account, and print the link with which they set it up.

    Until they have, it may be run again for a new link. The first administrator alone makes the second; after
    that every role takes two.
    """
    if not name.strip():
        raise click.UsageError("The administrator needs a name.")
    made = run(_first_administrator(name.strip(), force))
    origin = chosen().origin or "http://127.0.0.1:8000"
    click.echo(f"{name.strip()} is an administrator. Their sign-in name is {made.sign_in_name}.")
    click.echo(
        f"Set the account up with this link. It opens once, until {made.link.ends_at:%d %B %H:%M} UTC:"
    )
    click.echo(f"  {origin}{made.link.path}")
    click.echo("It is good where `svro serve` answers (SVRO_ORIGIN says where that is).")


async def _first_administrator(name: str, force: str | None) -> Any:
    from svro.casework.invitations import first_administrator
    from svro.records.reach import ALL

    await _live()
    async with opened() as database, database.write(ALL) as session:
        return await first_administrator(session, name, force, now())
