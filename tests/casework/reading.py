"""A second reading of the matrix, from the text of its table and the words above it: it shares no code with
the decision it is held against, and is meant to be read beside the table.
"""

from typing import Any, NamedTuple

from svro.casework.matrix import TABLE

COLUMNS = ["PLO", "SUP", "CON", "DIS", "CLK", "PAN", "SOL", "OVR", "AUD", "ADM", "CPS", "ANON"]
OF_CASES = ("person", "application", "eligibility", "decision", "order", "investigation", "seizure") + (
    "calendar",
    "search",
    "bwv_reference",
    "disclosure",
    "document",
    "client_code",
)
ONLY_LOOK = ["read", "list", "search", "status_check", "sensitive_schedule"]


OWN = {"account:read_own", "account:manage_own", "security_history:read"}
"""What is one's own, role or none."""


class Said(NamedTuple):
    """What the table says to somebody: `no` is the refusal, or else they reach `letters`."""

    no: str | None
    letters: str = ""
    two: bool = False
    alert: bool = False


def rows() -> dict[str, dict[str, str]]:
    """Permission → role → the words of the cell."""
    found = {}
    for line in TABLE.strip().splitlines():
        name, *cells = (part.strip() for part in line.split("|"))
        found[name] = dict(zip(COLUMNS, cells, strict=True))
    return found


ROWS = rows()


def counts(role: str, others: frozenset[str], permission: str) -> bool:
    """Whether a role's cell counts for somebody who has these others besides."""
    thing, verb = permission.split(":")
    if thing not in OF_CASES:
        return True
    if {"ADM", "SOL"} & others:
        return False
    return not ("AUD" in others and verb not in ONLY_LOOK)


def said(roles: frozenset[str], permission: str, purpose: bool) -> Said:
    """What the table says to somebody in these roles, with a purpose or without one."""
    words = [ROWS[permission][role] for role in roles if counts(role, roles - {role}, permission)]
    grants = [word for word in words if not word.isdigit()]
    if not grants:
        if "404" in words:
            return Said("missing")
        if roles == {"ANON"}:
            return Said("unauthenticated")
        return Said("not-allowed")
    usable = [word for word in grants if purpose or "p" not in word[1:]]
    if not usable:
        return Said("purpose-needed")
    letters = "".join(sorted({word[0] for word in usable}))
    return Said(None, letters, all("2" in word for word in usable), any("!" in word for word in usable))


class Standing(NamedTuple):
    """How somebody stands to one thing: everything that a letter may ask about."""

    own_force: bool = False
    no_force: bool = False
    allocated: bool = False
    instructed: bool = False
    own_court: bool = False
    own_record: bool = False
    excluded: bool = False
    kept_to_others: bool = False


def reached(letters: str, standing: Standing, permission: str = "") -> bool:
    """Whether these letters reach a thing to which somebody stands like that."""
    if standing.excluded or (standing.kept_to_others and not permission.startswith("restriction:")):
        return False
    here = standing.own_force or standing.no_force
    asks: dict[str, Any] = {
        "U": True,
        "O": standing.own_force,
        "A": standing.allocated and here,
        "B": standing.allocated and here,
        "K": standing.instructed,
        "C": standing.own_court,
        "S": standing.own_record,
        "M": standing.own_force and permission == "application:list",
    }
    return any(asks.get(letter, False) for letter in letters)
