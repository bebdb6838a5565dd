"""Help: who this is for, why something was refused, and tables printed from the code that decides."""

import re
from typing import Any

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from svro.casework.alerts import FOUND
from svro.casework.matrix import MATRIX, PURPOSES, ROLES, Cell
from svro.casework.panels.reviews import GRADES
from svro.doors import AnyRequest, permissions_of
from svro.errors import Missing
from svro.law import stages
from svro.web import law
from svro.web.home import PEOPLE
from svro.web.site import page


class Refusal(msgspec.Struct, frozen=True):
    """One kind of refusal: the HTTP status, what it means, what to do."""

    status: int
    title: str
    means: str
    do: str


PROBLEMS: dict[str, Refusal] = {
    "malformed": Refusal(
        400,
        "Something sent cannot be understood",
        "A field is missing, unknown, or not of its kind. Every such field is listed at once, with why.",
        "Put each field right and send it again. Times need an offset, such as Z or +01:00.",
    ),
    "unauthenticated": Refusal(
        401,
        "Sign in first",
        "Nobody is signed in, or the session or token has ended.",
        "Sign in, or send a new token as “Authorization: Bearer”. The API takes no cookie.",
    ),
    "not-allowed": Refusal(
        403,
        "Not something your role does",
        "No role of yours has this permission. It says nothing about whether the record exists.",
        "See who may do it on the page about permissions, and ask one of them.",
    ),
    "purpose-needed": Refusal(
        403,
        "Say why you are looking",
        "Records about people are shown to somebody who gives a purpose and an incident or case reference.",
        "On a page, answer the question. In the API, send Svro-Purpose and Svro-Reference.",
    ),
    "prove-again": Refusal(
        403,
        "Prove again that it is you",
        "An act that takes two people takes each of them in person, and you signed in a while ago.",
        "On a page, sign in once more when asked. In the API, use a token made for approving.",
    ),
    "second-needed": Refusal(
        403,
        "This takes two people",
        "One person alone cannot do this, and this address does not keep it for a second.",
        "Do it where it is offered: it then waits for somebody else who may do the same.",
    ),
    "missing": Refusal(
        404,
        "Nothing here that you may see",
        "It does not exist, or you may not know whether it does. The answer is the same for both.",
        "Check the address. If it is a case you should have, ask a supervisor to allocate it to you.",
    ),
    "method-not-allowed": Refusal(
        405,
        "This address does not take that method",
        "The address exists, but not for GET, POST or PUT as sent.",
        "Look the address up in the API’s document.",
    ),
    "refused": Refusal(
        409,
        "The law, or the record, says no",
        "What was asked is not open: each reason is given with the provision it comes from.",
        "Read the reasons. What a court did all the same is recorded as on its sealed order.",
    ),
    "conflict": Refusal(
        409,
        "It collides with something else",
        "The same request is still running, or what you did has been done already.",
        "Wait, then look at the record before trying again.",
    ),
    "duplicate": Refusal(
        409,
        "Already held",
        "Your force holds a person with the same valid PNC ID or CRO number. Nobody is recorded twice.",
        "Use the record offered.",
    ),
    "stale": Refusal(
        412,
        "Changed since you read it",
        "Somebody else changed the record after you read it. Theirs is saved, yours is not.",
        "Read it again, then make your change on what it says now.",
    ),
    "request-entity-too-large": Refusal(
        413,
        "Too large",
        "More was sent than this address takes.",
        "Send less at a time.",
    ),
    "unsupported-media-type": Refusal(
        415,
        "Not a kind of content taken here",
        "The API takes JSON.",
        "Send “Content-Type: application/json”.",
    ),
    "key-reused": Refusal(
        422,
        "This Idempotency-Key was used for something else",
        "The key came before with another body, so it cannot be the same request sent again.",
        "Use a new key for a new request, and the old one only to repeat the same.",
    ),
    "version-needed": Refusal(
        428,
        "Say which version you are changing",
        "A change to a record that others change too must say what it was based on.",
        "Send If-Match with the ETag you were given when you read the record.",
    ),
    "too-many-requests": Refusal(
        429,
        "Too many requests",
        "You asked faster than is allowed.",
        "Wait for as many seconds as Retry-After says.",
    ),
    "fault": Refusal(
        500,
        "Something went wrong",
        "It is a fault of ours. It has been noted, and nothing was changed.",
        "Try again; if it happens again, report when it was and what you were doing.",
    ),
    "unavailable": Refusal(
        503,
        "Not available now",
        "The database is busy or out of reach, or nobody has an account here yet. Nothing was done.",
        "Wait for as many seconds as Retry-After says, then try again.",
    ),
}
"""Every kind of refusal, by the last part of its problem type."""

SCOPES: dict[str, str] = {
    "O": "own force",
    "A": "cases allocated to you",
    "B": "a case you opened by breaking the glass",
    "C": "cases of your court",
    "K": "clients who instruct you",
    "S": "your own",
    "D": "with names removed",
    "G": "totals",
    "N": "national, status only",
    "M": "that it exists, no more",
    "U": "all",
}
REFUSALS = {401: "sign in", 403: "no", 404: "no"}


def in_words(cell: Cell) -> str:
    """One cell of the table of permissions, as people read it."""
    if cell.refusal is not None:
        return REFUSALS[cell.refusal]
    marks = [(cell.purpose, "with a purpose"), (cell.second, "two people"), (cell.alert, "raises an alert")]
    scopes = " and ".join(SCOPES[scope] for scope in SCOPES if scope in cell.scopes)
    return "; ".join([scopes, *(words for on, words in marks if on)])


AGAIN = """\
import hashlib, json, sys
pack = json.load(open(sys.argv[1]))
ids = sorted(pack["frame"])
assert hashlib.sha256("\\n".join(ids).encode()).hexdigest() == pack["frame_sha256"], "another frame"
rank = lambda one: hashlib.sha256(f"{pack['seed']}|{one}".encode()).hexdigest()
for stratum in sorted(set(pack["frame"].values())):
    ranked = sorted((one for one in ids if pack["frame"][one] == stratum), key=rank)
    assert ranked[:pack["per_stratum"]] == pack["selected"][stratum], "another sample"
print("the same records")
"""
"""A panel's sample, drawn again by anybody: shown on the page about panels, and run by a test."""

MARKS: tuple[tuple[str, str, str], ...] = (
    (
        "p",
        "with a purpose",
        "You say why you look, by a code and by an incident or case reference that can be checked against "
        "another record. Without it you are asked, and shown nothing.",
    ),
    (
        "2",
        "two people",
        "What you send is tried, kept and not done. Somebody else who may do the same to the same thing "
        "approves it or declines it within seven days. Each of you proves anew who you are. A solicitor is "
        "never the second person beside the police.",
    ),
    (
        "!",
        "raises an alert",
        "The auditor is told by reference, and looks into it within 72 hours.",
    ),
)
"""Each mark of a cell: its sign in the table, as people read it, and what it asks."""

NOTES: dict[str, str] = {
    "order:status_check": "The one look that goes across forces, by exact identifiers only. It answers in "
    "effect, not in effect or not confirmed, with the order’s reference, court, last day and the instant "
    "asked about.",
    "application:create": "Where a prosecutor begins it, the force’s legal officer or another prosecutor is "
    "the second person.",
    "application:approve_for_cps": "This is itself the second person’s act: the supervisor approves what a "
    "legal officer prepared, so no third is asked. Whoever began the application or recorded its facts "
    "cannot approve it.",
    "order:apply": "A solicitor applies for a client alone. For the chief officer it takes two of those who "
    "work on the case.",
    "search:record": "A search that happened is recorded at once, by one person: no second is ever asked.",
    "search:correct": "A constable’s correction is approved by a supervisor of the force.",
    "person:read": "An auditor reads a case only after breaking the glass, with a second person.",
    "allocation:grant": "It ends by itself 90 days after the last hearing, or after the order’s end.",
    "restriction:edit": "Changes the accounts that a case is kept to, and those kept out of it.",
    "exclusion:declare": "Anybody may have themselves kept out of the case of somebody they know.",
    "access_log:export": "The looks at one person, or of and at the whole force, in a period, for somebody "
    "named. Each time the file is taken, that is logged as a disclosure; `verify.py proof` checks every look "
    "in it.",
    "proposal:answer": "Only what you could have sent yourself, and never what you did send.",
    "impersonate:start": "Nobody acts as somebody else.",
}
"""What a row does not say by itself."""


def doors_of(app: Litestar) -> dict[str, list[str]]:
    """Permission → the doors it opens, such as `GET /orders/{order_id}`, walked from the application."""
    found: dict[str, set[str]] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if not isinstance(handler, HTTPRouteHandler):
                continue
            for permission in permissions_of(handler):
                path = re.sub(r":\w+}", "}", route.path)
                methods = handler.http_methods - {"OPTIONS", "HEAD"}
                found.setdefault(permission, set()).update(f"{method} {path}" for method in methods)
    return {name: sorted(doors, key=lambda door: door.split()[::-1]) for name, doors in found.items()}


PAGES: dict[str, str] = {
    "problems": "Why was this refused?",
    "stages": "The stages of an application",
    "permissions": "Who may do what",
    "two-people": "What takes two people",
    "near-a-case": "Who may come near a case",
    "law": law.TITLE,
    "figures": "How a search becomes a figure",
    "panels": "How a panel’s sample can be trusted",
    "publications": "How published figures keep people safe",
    "api": "Using the API",
    "accessibility": "Accessibility statement",
}

CONTENT: dict[str, dict[str, Any]] = {
    "problems": {"problems": PROBLEMS},
    "stages": {
        "groups": [
            (stage.label, stage.ended, stages.open_acts(code)) for code, stage in stages.STAGES.items()
        ],
        "stages": stages.STAGES,
    },
    "permissions": {
        "matrix": MATRIX,
        "all_roles": ROLES,
        "in_words": in_words,
        "scopes": SCOPES,
        "marks": MARKS,
        "notes": NOTES,
    },
    "two-people": {
        "acts": [
            (name, [ROLES[role] for role, cell in row.items() if cell.second], NOTES.get(name, ""))
            for name, row in MATRIX.items()
            if any(cell.second for cell in row.values())
        ]
    },
    "panels": {"script": AGAIN, "grades": GRADES},
    "near-a-case": {"outcomes": FOUND},
    "api": {"purposes": PURPOSES},
}


@get("/help", opt={"permission": "help:read"})
async def start(request: AnyRequest) -> Response[Any]:
    """What this is for, and where to read on."""
    return page(request, "help/start.html", "Help", people=PEOPLE, pages=PAGES)


@get("/help/{name:str}", opt={"permission": "help:read"})
async def one(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
    """One page of help."""
    if name not in PAGES:
        raise Missing
    content = law.content() if name == "law" else CONTENT.get(name, {})
    if name in ("permissions", "two-people"):
        content = {**content, "doors": doors_of(request.app)}
    return page(request, f"help/{name}.html", PAGES[name], **content)


router = Router("/", route_handlers=[start, one], include_in_schema=False)
