"""The page that asks for proofs, and what stands on it: passwords, codes, a square for an app, a passkey."""

from datetime import datetime
from typing import Any

import msgspec
import segno
from litestar import Response

from svro.casework import own_proofs, proofs
from svro.doors import AnyRequest
from svro.errors import Fault
from svro.web.entrance import Entrance
from svro.web.forms import Answers, Field, message
from svro.web.site import page

NAME = Field(
    name="name", label="Sign-in name", width=20, autocomplete="username",
    hint="The one you were given, such as avery.ashdown",
)  # fmt: skip
PASSWORD = Field(name="password", label="Password", kind="password", autocomplete="current-password")
NEW_PASSWORD = Field(
    name="password", label="New password", kind="password", autocomplete="new-password", called="Password",
    hint="Twelve characters or more. Three or four words that have nothing to do with you are best.",
)  # fmt: skip
AGAIN = Field(
    name="again", label="The same password again", kind="password", autocomplete="new-password",
    called="The second password",
)  # fmt: skip
CODE = Field(
    name="code", label="Code", width=20, autocomplete="one-time-code",
    hint="Six figures from your authenticator app, or one of your recovery codes",
)  # fmt: skip
APP_CODE = Field(
    name="code", label="The code that the app now shows", called="The code", width=10,
    autocomplete="one-time-code", hint="Six figures",
)  # fmt: skip
LABEL = Field(
    name="label", label="What do you call this passkey?", called="Its name", width=20,
    hint="So that you know it again, such as Work phone",
)  # fmt: skip


class App(msgspec.Struct, frozen=True):
    """A secret for an authenticator app as a page shows it."""

    secret: str
    square: str


def entrance(request: AnyRequest) -> Entrance:
    """How people sign in here."""
    found: Entrance = request.app.state.sign_in
    return found


def one(given: Answers, name: str) -> str:
    """The one value given under a name, or nothing."""
    return next(iter(given.get(name, ())), "")


def _shown(faults: list[Fault], fields: tuple[Field, ...]) -> dict[str, dict[str, Any]]:
    known = {field.name: field for field in fields}
    return {
        fault.field: {"text": message(known[fault.field], fault) if fault.field in known else fault.reason}
        for fault in reversed(faults)
    }


def prove(
    request: AnyRequest,
    title: str,
    fields: tuple[Field, ...],
    button: str,
    *,
    given: Answers | None = None,
    faults: list[Fault] | None = None,
    **content: Any,
) -> Response[Any]:
    """A page that asks for proofs. A code or a password is never shown again."""
    kept = {name: values for name, values in (given or {}).items() if name in ("name", "label")}
    return page(
        request, "prove.html", title, status=400 if faults else 200, fields=fields, button=button, given=kept,
        faults=_shown(faults or [], (*fields, *content.get("asking_fields", ()))),
        **{"hidden": [], "lead": [], **content},
    )  # fmt: skip


def offer(
    request: AnyRequest, account_id: str, sign_in_name: str, now: datetime, given: Answers | None
) -> tuple[App, str]:
    """(a secret for an authenticator app with its square, the same sealed): the one that was offered before,
    where the page is shown again, so that nobody has to scan twice.
    """
    desk = entrance(request).desk
    sealed = one(given or {}, "app")
    secret = own_proofs.reopened_app(desk, account_id, sealed, now)
    if secret is None:
        secret, sealed = own_proofs.offered_app(desk, account_id, now)
    code = segno.make(proofs.app_address(secret, sign_in_name), error="m")
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return App(spaced, code.svg_inline(omitsize=True, svgclass=None, lineclass=None)), sealed
