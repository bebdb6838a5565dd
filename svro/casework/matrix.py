"""The one table of who may do what, and what is said of its rows and columns besides.

A cell of the table is a word or a few letters. `403`: not your function. `404`: hidden, as if it were not
there. Letters are scopes: O own force, A allocated cases, B a case opened by breaking the glass, C own
court's cases, K clients under a live verified instruction, S own records, D de-identified in an open panel
session, G aggregates after disclosure control, N national and status only, M metadata, U all. Then `p`: a
purpose and an operational reference are needed, `2`: a second person approves, `!`: an alert is raised.
"""

from typing import Literal

import msgspec

ROLES: dict[str, str] = {
    "PLO": "Police legal officer",
    "SUP": "Supervisor",
    "CON": "Constable",
    "DIS": "Disclosure officer",
    "CLK": "Court clerk",
    "PAN": "Scrutiny panel member",
    "SOL": "Defence solicitor",
    "OVR": "Oversight (PCC, inspectorate)",
    "AUD": "Auditor or data protection officer",
    "ADM": "Administrator",
    "CPS": "CPS prosecutor",
    "ANON": "Signed out",
}

PURPOSES: dict[str, str] = {
    "roadside": "Deciding whether to search, at the roadside",
    "casework": "Preparing or keeping a case",
    "supervision": "Supervising a search or a case",
    "hearing": "A hearing before the court",
    "disclosure": "Disclosure to the defence",
    "complaint": "A complaint or an investigation",
    "audit": "Checking the lawfulness of use",
}

TABLE = """
order:status_check              | N p | N p | N p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:search                   | O p | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:read                     | A p | O p | 404 | A p | C p | 404 | K | 404 | B p | 404 | 403 | 401
person:write                    | A p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:create                   | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
person:merge                    | A p2 | O p2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:list                | A | O | 403 | A | C | 403 | K | M | 403 | 403 | A | 401
application:create              | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | A 2 | 401
application:read                | A p | O p | 404 | A p | C p | 404 | K | 404 | B p | 404 | A | 401
application:update_draft        | A | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:approve_for_cps     | 403 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
application:withdraw            | A 2 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
eligibility:evaluate            | A | O | 403 | A | C | 403 | K | 403 | 403 | 403 | A | 401
decision:record                 | 403 | 403 | 403 | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
decision:record_as_notified     | A p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
decision:correct                | 403 | 403 | 403 | 403 | C 2 | 403 | 403 | 403 | 403 | 403 | 403 | 401
order:read                      | A p | O p | 404 | A p | C p | 404 | K | 404 | B p | 404 | A | 401
order:apply                     | A 2 | 403 | 403 | 403 | 403 | 403 | K | 403 | 403 | 403 | 403 | 401
order:record_fact               | A p | 403 | 403 | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
order:record_service            | A | O | O p | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
investigation:record            | A p | O p | O p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
investigation:read              | A p | O p | 404 | A p | 404 | 404 | 404 | 404 | B p | 404 | A | 401
seizure:record                  | A p | O p | S p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
calendar:read                   | A | O | 403 | A | C | 403 | K | 403 | 403 | 403 | 403 | 401
search:record                   | 403 | 403 | S p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
search:read                     | A p | O p | S | A p | 404 | D | K | D | B p | 404 | 403 | 401
search:correct                  | 403 | O 2 | S 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
bwv_reference:read              | A p | O p | S | A p | 404 | D | K | 404 | 404 | 404 | 403 | 401
panel_frame:commit              | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 403 | 403 | 401
panel_sample:draw               | 403 | 403 | 403 | 403 | 403 | O | 403 | O | 403 | 403 | 403 | 401
panel_pack:release              | 403 | O 2 | 403 | O 2 | 403 | 403 | 403 | 403 | O 2 | 403 | 403 | 401
panel_pack:read                 | 403 | O | 403 | 403 | 403 | D | 403 | D | M | 403 | 403 | 401
panel_finding:write             | 403 | 403 | 403 | 403 | 403 | S | 403 | 403 | 403 | 403 | 403 | 401
panel_finding:respond           | 403 | O | 403 | 403 | 403 | 403 | 403 | O | 403 | 403 | 403 | 401
report:read_aggregate           | G | G | G | G | G | G | G | G | G | G | 403 | G
report:read_orders              | G | G | G | G | G | G | G | G | G | G | 403 | 401
report:read_officers            | 403 | O | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
report:read_exact               | O | O | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
report:publish                  | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | O 2 | 403 | 403 | 401
disclosure:request              | 403 | 403 | 403 | 403 | 403 | 403 | K | 403 | 403 | 403 | 403 | 401
disclosure:review               | 403 | 403 | 403 | A p | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
disclosure:create               | 403 | 403 | 403 | A p2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
disclosure:read                 | 403 | A p | 403 | A p | C | 403 | K | 403 | M | 403 | A | 401
disclosure:sensitive_schedule   | 404 | A p2 | 404 | A p2 | 404 | 404 | 404 | 404 | 404 | 404 | 403 | 401
disclosure:receive              | 403 | 403 | 403 | 403 | 403 | 403 | K | 403 | 403 | 403 | 403 | 401
disclosure:revoke               | 403 | O 2 | 403 | A | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
instruction:claim               | 403 | 403 | 403 | 403 | 403 | 403 | S | 403 | 403 | 403 | 403 | 401
instruction:verify              | 403 | 403 | 403 | A 2 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
instruction:end                 | 403 | 403 | 403 | A | C | 403 | S | 403 | O | 403 | 403 | 401
client_code:issue               | A p | 403 | 403 | 403 | C p | 403 | 403 | 403 | 403 | 403 | 403 | 401
document:deposit                | A p | 403 | 403 | A p | C p | 403 | 403 | 403 | 403 | 403 | 403 | 401
document:read                   | A p | O p | 404 | A p | C p | 404 | 404 | 404 | 404 | 404 | A | 401
solicitor:record                | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 401
allocation:grant                | 403 | O | 403 | 403 | C | 403 | 403 | 403 | 403 | 403 | 403 | 401
break_glass:open                | O p! | O p! | 403 | O p! | 403 | 403 | 403 | 403 | O p2! | 403 | 403 | 401
restriction:read                | 403 | O | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 403 | 401
restriction:edit                | 403 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | 403 | 401
exclusion:declare               | S | S | S | S | S | 403 | 403 | 403 | 403 | 403 | S | 401
proposal:read                   | S | S | S | S | S | 403 | 403 | S | S | S | S | 401
proposal:answer                 | S | S | S | S | S | 403 | 403 | S | S | S | S | 401
access_log:read                 | S | S | S | S | S | S | S | M | O p | S | 403 | 401
access_log:read_of_subject      | 403 | 403 | 403 | A p | 403 | 403 | 403 | 403 | O p | 403 | 403 | 401
access_log:export               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O p2 | 403 | 403 | 401
misuse_alert:triage             | 403 | 403 | 403 | 403 | 403 | 403 | 403 | M | O p | 403 | 403 | 401
incident:import                 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | O | 403 | 401
log:prove                       | U | U | U | U | U | U | U | U | U | U | U | U
log:cosign                      | U | U | U | U | U | U | U | U | U | U | U | U
retention:propose               | A | O | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 403 | 401
erasure:approve                 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | 403 | 401
import:upload                   | O | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
import:commit                   | O 2 | O 2 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
bulk_export:create              | O p2! | 403 | 403 | 403 | 403 | 403 | 403 | D 2 | O p2! | 403 | 403 | 401
user:manage                     | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 401
role:grant                      | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | 401
ruleset:propose                 | O | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
ruleset:publish                 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2 | 403 | O 2 | 403 | 401
feed:manage                     | S | S | 403 | S | S | 403 | S | S | 403 | O 2 | 403 | 401
security_history:read           | S | S | S | S | S | S | S | S | S | S | S | 401
operations:backup               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O | 403 | 401
operations:restore              | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | O 2! | 403 | 401
impersonate:start               | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 403 | 401
account:read_own                | S | S | S | S | S | S | S | S | S | S | S | 401
account:manage_own              | S | S | S | S | S | S | S | S | S | S | S | 401
"""
_COLUMNS = ("PLO", "SUP", "CON", "DIS", "CLK", "PAN", "SOL", "OVR", "AUD", "ADM", "CPS", "ANON")

OPENS_NOTHING = frozenset(
    {
        "report:read_aggregate",
        "report:read_orders",
        "report:read_exact",
        "report:read_officers",
        "report:publish",
        "panel_frame:commit",
        "panel_sample:draw",
        "panel_finding:write",
        "panel_finding:respond",
        "log:prove",
        "log:cosign",
        "incident:import",
        "import:upload",
        "import:commit",
        "user:manage",
        "role:grant",
        "solicitor:record",
        "ruleset:propose",
        "ruleset:publish",
        "feed:manage",
        "security_history:read",
        "operations:backup",
        "operations:restore",
        "impersonate:start",
        "account:read_own",
        "account:manage_own",
    }
)
"""Rows of the matrix whose doors show nothing of anybody whom an order, a case or a search concerns. Every
other door opens personal data: it tells the access log of what it showed, or the log names the door alone.
"""

PUBLIC = frozenset({"health:read", "help:read", "reference:read", "session:begin"})
"""Doors that ask nobody who they are. Each is written here because nothing else may be."""


OWN = frozenset({"account:read_own", "account:manage_own", "security_history:read"})
"""What an account may do before it has any role."""


class Cell(msgspec.Struct, frozen=True):
    """One cell: what it grants, or the status with which it refuses."""

    scopes: frozenset[str]
    purpose: bool = False
    second: bool = False
    alert: bool = False
    refusal: int | None = None


def _cell(text: str) -> Cell:
    if text in ("401", "403", "404"):
        return Cell(frozenset(), refusal=int(text))
    scope, _, marks = text.partition(" ")
    return Cell(frozenset(scope), "p" in marks, "2" in marks, "!" in marks)


def _matrix() -> dict[str, dict[str, Cell]]:
    rows = [[part.strip() for part in line.split("|")] for line in TABLE.strip().splitlines()]
    return {row[0]: dict(zip(_COLUMNS, map(_cell, row[1:]), strict=True)) for row in rows}


MATRIX = _matrix()

CASES = frozenset(
    {"person", "application", "eligibility", "decision", "order", "investigation", "seizure", "calendar"}
    | {"search", "bwv_reference", "disclosure", "document", "client_code"}
)
"""The things that are case data: the part of a permission before the colon."""
LOOKS = frozenset({"read", "list", "search", "status_check", "sensitive_schedule"})
"""The verbs that only look."""
APART: dict[str, Literal["cases", "changes"]] = {"ADM": "cases", "SOL": "cases", "AUD": "changes"}
"""Separation of duties, for somebody of several roles: beside one of these no other role counts on case data,
or on changing it. Who administers reads no case, who audits changes none, who defends is on no other side.
"""
ITSELF_SECOND = frozenset({"application:approve_for_cps", "erasure:approve"})
"""Acts that are themselves the second person's: their casework functions see that the first was another."""
