"""The demonstration's own sign-in: one click for each role, three instants to look from, nothing kept but
in memory.

The chosen instant is the law's `now`; sessions and tokens end by the real clock.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncSession

from svro.casework.access import Actor, Purpose
from svro.casework.keyfile import Seal
from svro.casework.matrix import ROLES
from svro.casework.sessions import FRESH
from svro.demo.staff import cast
from svro.demo.world import INSTANTS, OPENING, STATUS_KEY
from svro.doors import AnyRequest, Who
from svro.errors import Fault, Malformed, Unauthenticated
from svro.web.entrance import actor_of_token
from svro.web.home import local
from svro.web.site import moment, page, see

COOKIE = "svro_demo"
HEADER = "Svro-Instant"
LASTS = timedelta(hours=8)
Connection = ASGIConnection[Any, Any, Any, Any]

TRIES: dict[str, str] = {
    "PLO": "Consider a case, take it to court, follow the order.",
    "SUP": "Send cases to the CPS, review searches, correct records.",
    "CON": "Check a status at the roadside, record a search.",
    "DIS": "Read what there is to disclose in the cases shared with you.",
    "CLK": "List hearings, record what the court decided.",
    "PAN": "Chair a panel: grade cases without names, tell the force.",
    "SOL": "See what is held of your clients, and when their orders were in effect.",
    "OVR": "Read the figures of every force; open panel sessions, see late answers.",
    "AUD": "See who looked at whom, and what to ask about it; cases stay closed to you.",
    "ADM": "See that administering opens no case.",
    "CPS": "Read the cases in which you apply.",
    "ANON": "See what everybody may.",
}


class Seat(msgspec.Struct):
    """One browser: the role it sits in, the instant it looks from, why it looks, and when this ends."""

    role: str
    instant: str
    ends: datetime
    proved: datetime
    purpose: Purpose | None = None


class Instant(msgspec.Struct, frozen=True):
    """An instant to choose, as the banner shows it."""

    value: str
    label: str
    current: bool


class Banner(msgspec.Struct, frozen=True):
    """What stands on top of every page."""

    sentence: str
    instants: list[Instant]


class Token(msgspec.Struct, frozen=True):
    """What an API client sends for a role, until the real time `ends`."""

    role: str
    secret: str
    ends: datetime


class Desk:
    """Where people sit down as somebody: `people` by role, `clock` the real one."""

    page = "/sign-in"

    def __init__(self, people: dict[str, Actor], clock: Callable[[object], datetime]) -> None:
        self.people, self.clock = people, clock
        self.seats: dict[str, Seat] = {}
        self._tokens: dict[str, Token] = {}

    @classmethod
    async def of(cls, session: AsyncSession, clock: Callable[[object], datetime]) -> "Desk":
        """The desk of a furnished database."""
        return cls(await cast(session), clock)

    @staticmethod
    def seal() -> Seal:
        """A key that everybody knows, so that an open page still works when the demonstration starts anew:
        it protects invented people from nobody.
        """
        return Seal([base64.urlsafe_b64encode(hashlib.sha256(STATUS_KEY.encode()).digest())])

    def seat(self, connection: Connection) -> Seat | None:
        """The seat that a page's cookie names, if it has not ended."""
        found = self.seats.get(connection.cookies.get(COOKIE, ""))
        return found if found is not None and found.ends > self.clock(connection) else None

    async def actor(self, connection: Connection, *, bearer: str | None) -> Actor | None:
        """Who a token, or else a page's cookie, stands for."""
        if bearer is not None:
            for token in self._tokens.values():
                if secrets.compare_digest(token.secret.encode(), bearer.encode()) and token.ends > self.clock(
                    connection
                ):
                    return msgspec.structs.replace(self.people[token.role], fresh=True)
            return await actor_of_token(connection, bearer)
        seat = self.seat(connection)
        if seat is None or seat.role not in self.people:
            return None
        fresh = self.clock(connection) - seat.proved < FRESH
        return msgspec.structs.replace(self.people[seat.role], purpose=seat.purpose, fresh=fresh)

    async def remember(self, connection: Connection, why: Purpose) -> None:
        """Keep why this browser looks."""
        seat = self.seat(connection)
        if seat is None:
            raise Unauthenticated("Sign in to do this.")
        seat.purpose = why

    def now(self, connection: Connection) -> datetime:
        """The law's now: chosen in the banner, or by an API client's header. Malformed for an instant there
        is not.
        """
        return INSTANTS[self.instant(connection)][0]

    def instant(self, connection: Connection) -> str:
        """The name of the chosen instant; the opening one unless another was chosen."""
        if connection.url.path.startswith("/api/"):
            name = connection.headers.get(HEADER, OPENING)
            if name not in INSTANTS:
                raise Malformed([Fault(HEADER, f"must be one of {', '.join(INSTANTS)}")])
            return name
        seat = self.seat(connection)
        return OPENING if seat is None else seat.instant

    def banner(self, connection: Connection) -> Banner:
        """What the top of the page says."""
        chosen = self.instant(connection)
        instant, where = INSTANTS[chosen]
        return Banner(
            sentence=f"Here it is {moment(instant)}, {where}. Every person is invented.",
            instants=[
                Instant(name, f"{moment(when).split(' at ')[0]}, {what}", name == chosen)
                for name, (when, what) in INSTANTS.items()
            ],
        )

    def sit(self, connection: Connection, role: str, instant: str) -> Cookie:
        """Give this browser a new seat, and take its old one away: an address known before sign-in is worth
        nothing after.
        """
        now = self.clock(connection)
        self.seats.pop(connection.cookies.get(COOKIE, ""), None)
        self.seats = {key: seat for key, seat in self.seats.items() if seat.ends > now}
        key = secrets.token_urlsafe(32)
        self.seats[key] = Seat(role=role, instant=instant, ends=now + LASTS, proved=now)
        return Cookie(
            key=COOKIE,
            value=key,
            path="/",
            httponly=True,
            samesite="strict",
            max_age=int(LASTS.total_seconds()),
        )

    def tokens(self, connection: Connection) -> list[Token]:
        """A token for each role but signed out, made anew where it has ended or soon will."""
        now = self.clock(connection)
        for role in self.people:
            held = self._tokens.get(role)
            if held is None or held.ends < now + LASTS / 2:
                self._tokens[role] = Token(
                    role, f"demo-{role.lower()}-{secrets.token_urlsafe(24)}", now + LASTS
                )
        return [self._tokens[role] for role in self.people]


def _desk(request: AnyRequest) -> Desk:
    desk: Desk = request.app.state.sign_in
    return desk


@get("/sign-in", opt={"permission": "session:begin"})
async def choose(request: AnyRequest, who: Who) -> Response[Any]:
    """Everybody there is to be, and how an API client says who it is."""
    desk = _desk(request)
    seat = desk.seat(request)
    roles = [
        {
            "code": code,
            "label": label,
            "who": desk.people.get(code),
            "try": TRIES[code],
            "current": (seat.role if seat else "ANON") == code,
        }
        for code, label in ROLES.items()
    ]
    return page(
        request, "demo/sign_in.html", "Sign in to the demonstration", roles=roles,
        tokens=desk.tokens(request), labels=ROLES,
        address=str(request.base_url).rstrip("/"), instants=list(INSTANTS), chosen=desk.instant(request),
        header=HEADER,
    )  # fmt: skip


async def _said(request: AnyRequest, name: str, known: dict[str, Any]) -> str:
    given = str((await request.form()).get(name, ""))
    if given not in known:
        raise Malformed([Fault(name, f"must be one of {', '.join(known)}")])
    return given


@post("/sign-in", opt={"permission": "session:begin"})
async def sit_down(request: AnyRequest) -> Response[Any]:
    """Sit down as somebody; as nobody, for the role signed out."""
    desk, role = _desk(request), await _said(request, "role", dict(ROLES))
    answer = see("/")
    answer.set_cookie(desk.sit(request, role, desk.instant(request)))
    return answer


@get("/sign-in/again", opt={"permission": "account:manage_own"})
async def ask_again(request: AnyRequest) -> Response[Any]:
    """Ask for the click that stands for proving who one is."""
    return page(
        request, "confirm.html", "Prove again that it is you", back="/", button="It is me",
        lead="A live deployment asks for your passkey, or your password and a code. Here one click will do.",
    )  # fmt: skip


@post("/sign-in/again", opt={"permission": "account:manage_own"})
async def again(request: AnyRequest) -> Response[Any]:
    """Take the click."""
    desk = _desk(request)
    if (seat := desk.seat(request)) is None:
        raise Unauthenticated("Sign in to do this.")
    seat.proved = desk.clock(request)
    return see(local(request.query_params.get("next", "/")))


@post("/demo/instant", opt={"permission": "session:begin"})
async def look_from(request: AnyRequest) -> Response[Any]:
    """Look from another instant."""
    desk, instant = _desk(request), await _said(request, "instant", dict(INSTANTS))
    answer = see(local(str((await request.form()).get("next", "/"))))
    seat = desk.seat(request)
    if seat is None:
        answer.set_cookie(desk.sit(request, "ANON", instant))
    else:
        seat.instant = instant
    return answer


router = Router("/", route_handlers=[choose, sit_down, ask_again, again, look_from], include_in_schema=False)
