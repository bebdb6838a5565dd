"""Asking over HTTP: a server in a process of its own, and a closed loop of keep-alive connections to it.

The server is uvicorn as `svro serve` runs it, with one worker. `python -m svro.bench.serving MODULE:FACTORY
URL` prints its port and serves until it is terminated.
"""

import asyncio
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import uvicorn

from svro.app import settle
from svro.bench.postgres import finish
from svro.bench.rounds import Block

CLIENTS = 8
Asgi = Callable[[Any, Any, Any], Any]


def request(method: str, path: str, headers: dict[str, str] | None = None, body: object = None) -> bytes:
    """The bytes of an HTTP request, with `body` as JSON."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if content:
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode() + content


async def respond(send: Any, status: int, body: bytes) -> None:
    """Send an ASGI answer with the fewest headers that HTTP needs."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Server(NamedTuple):
    """A running server."""

    port: int

    def ask(self, wanted: Sequence[bytes], clients: int = CLIENTS) -> tuple[Block, list[bytes]]:
        """Send `wanted`, each connection the next as soon as it is answered; gives the cost and the answers.

        Raises RuntimeError for an answer that is not a success.
        """
        return finish(self._ask(wanted, clients), _quick_loop())

    async def _ask(self, wanted: Sequence[bytes], clients: int) -> tuple[Block, list[bytes]]:
        loop, ahead = asyncio.get_running_loop(), iter(wanted)
        spent = float(await self._cpu())
        begun, answers = time.perf_counter(), []
        clients = min(clients, len(wanted))
        asking = [
            loop.create_connection(lambda: _Client(ahead), "127.0.0.1", self.port) for _ in range(clients)
        ]
        for _, client in await asyncio.gather(*asking):
            answers.extend(await client.done)
        wall = time.perf_counter() - begun
        return Block(len(wanted), wall, float(await self._cpu()) - spent), answers

    async def _cpu(self) -> bytes:
        loop, ahead = asyncio.get_running_loop(), iter([request("GET", CPU)])
        _, client = await loop.create_connection(lambda: _Client(ahead), "127.0.0.1", self.port)
        return (await client.done)[0]


class _Client(asyncio.Protocol):
    """One connection: takes the next request from those `ahead` until there is none."""

    def __init__(self, ahead: Iterator[bytes]) -> None:
        self.ahead, self.held, self.bodies = ahead, b"", list[bytes]()
        self.done: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._next()

    def _next(self) -> None:
        wanted = next(self.ahead, None)
        if wanted is None:
            self.done.set_result(self.bodies)
            self.transport.close()
        else:
            self.transport.write(wanted)

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, blank, body = self.held.partition(b"\r\n\r\n")
        if not blank:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self.held = b""
        if not head.startswith(b"HTTP/1.1 2"):
            self._fail(f"{head.decode()}\n{body.decode()}")
            return
        self.bodies.append(body)
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"the server closed the connection: {error}")

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(why))
            self.transport.close()


def _quick_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def same_answers(ours: Server, limit: Server, wanted: Sequence[bytes]) -> None:
    """Warm both up; the two must answer as many bytes as each other, or they are not to be compared."""
    mine, bare = (server.ask(wanted[: max(100, len(wanted) // 4)])[1] for server in (ours, limit))
    if len(mine[0]) != len(bare[0]):
        raise RuntimeError(f"not the same answer: {mine[0]!r} and {bare[0]!r}")


CPU = "/processor-time"


def _counting(app: Asgi) -> Asgi:
    """The app, and beside it a door that tells the processor time of this process."""

    async def count(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == CPU:
            await respond(send, 200, str(time.process_time()).encode())
        else:
            await app(scope, receive, send)

    return count


@contextmanager
def serving(factory: str, url: str) -> Iterator[Server]:
    """Serve what `factory` (MODULE:NAME, given `url`) makes, in its own process, while the block runs."""
    command = [sys.executable, "-m", "svro.bench.serving", factory, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            if not (port := process.stdout.readline().strip()):
                raise RuntimeError(f"{factory} did not start")
            yield Server(int(port))
        finally:
            process.terminate()


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main(factory: str, url: str) -> None:
    """Serve, having said on which port, until told to stop or left alone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    module, _, name = factory.partition(":")
    app = _counting(getattr(importlib.import_module(module), name)(url))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        config = uvicorn.Config(
            app, lifespan="off", log_level="warning", access_log=False, server_header=False
        )
        settle()
        uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
