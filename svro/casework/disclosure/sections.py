"""What is held of a person, table by table: the section each belongs to, how its rows are found, since when
each was known. A table that no section gathers is listed with the reason why.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, NamedTuple, get_args

from svro.casework.orders import TITLES
from svro.law import stages

Scope = Literal["person", "order", "papers", "searches", "access", "documents", "statistics", "disclosures"]
SCOPES: dict[str, str] = {
    "person": "The person, as held",
    "order": "The order: each act in its life, and what was notified under it",
    "papers": "Assessment and decision papers",
    "searches": "Searches under the order, or claimed under it, and what the rules find in them",
    "access": "Who asked for the order’s status, and who looked",
    "documents": "Documents",
    "statistics": "Statistics of searches by ethnic group",
    "disclosures": "What was asked for and handed over before",
}
"""The sections that a request may name, in the order in which a bundle holds them."""
assert set(SCOPES) == set(get_args(Scope))
LEDGER = "ledger"
"""The section that each bundle ends with: the entries of the log that vouch for what is shown."""

Row = Mapping[str, Any]
_STEPS = {row.act: row.title for row in stages.TABLE}


class Source(NamedTuple):
    """One table: in which section, found by which column among the ids found so far, known since when.
    `title` says what a row is; `history` is the column whose rows follow one another, where they do: then a
    later row corrects or goes on from an earlier one.
    """

    table: str
    scope: Scope
    link: str
    when: str
    kind: str
    title: Callable[[Row], str]
    history: str | None = None
    at: str | None = None


def _said(text: str) -> Callable[[Row], str]:
    return lambda _: text


def _version(text: str) -> Callable[[Row], str]:
    return lambda row: f"{text}, version {row['n']}"


def _act(row: Row) -> str:
    return f"Act {row['n']} of the order: {TITLES.get(row['act'], row['act'])}"


def _step(row: Row) -> str:
    return f"Step {row['n']} of the application: {_STEPS.get(row['act'], row['act'])}"


def _named(text: str) -> Callable[[Row], str]:
    return lambda row: f"{text} {row['reference']}"


# In the order in which they are found: a version after the thing it is of.
SOURCES: tuple[Source, ...] = (
    Source("people", "person", "id", "created_at", "person", _said("The person’s record")),
    Source(
        "person_versions", "person", "person_id", "recorded_at", "person", _version("Who it is"), "person_id"
    ),
    Source(
        "conviction_versions",
        "person",
        "person_id",
        "recorded_at",
        "conviction",
        _version("An earlier conviction"),
        "id",
    ),
    Source(
        "custody_versions",
        "person",
        "person_id",
        "recorded_at",
        "custody",
        _version("A stay in custody"),
        "id",
    ),
    Source("orders", "order", "id", "created_at", "order", _named("Order")),
    Source("order_acts", "order", "order_id", "known_at", "order act", _act, "order_id", "at"),
    Source("order_changes", "order", "order_id", "recorded_at", "change", _version("A change sought"), "id"),
    Source(
        "notifications", "order", "order_id", "recorded_at", "notification", _version("A notification"), "id"
    ),
    Source("applications", "papers", "id", "created_at", "application", _named("Application")),
    Source(
        "application_facts",
        "papers",
        "application_id",
        "recorded_at",
        "facts",
        _version("The facts of the case"),
        "application_id",
    ),
    Source(
        "assessments",
        "papers",
        "application_id",
        "recorded_at",
        "assessment",
        _version("Assessment of whether the law’s conditions are met"),
        "application_id",
    ),
    Source(
        "application_acts", "papers", "application_id", "recorded_at", "step", _step, "application_id", "at"
    ),
    Source(
        "decisions",
        "papers",
        "application_id",
        "recorded_at",
        "decision",
        _version("What the court decided"),
        "application_id",
        "at",
    ),
    Source("searches", "searches", "id", "created_at", "search", _named("Search")),
    Source(
        "search_versions",
        "searches",
        "search_id",
        "recorded_at",
        "search record",
        _version("The record of a search"),
        "search_id",
        "at",
    ),
    Source("seized_items", "searches", "search_id", "created_at", "seized thing", _named("Seized thing")),
    Source(
        "seizure_acts",
        "searches",
        "item_id",
        "recorded_at",
        "seizure act",
        lambda row: f"Step {row['n']} in the life of a seized thing: {row['act']}",
        "item_id",
        "at",
    ),
    Source(
        "status_checks",
        "access",
        "order_id",
        "recorded_at",
        "status check",
        lambda row: f"Somebody asked for the order’s status and was told: {row['answer']}",
        at="at",
    ),
    Source(
        "glass_openings",
        "access",
        "person_id",
        "opened_at",
        "opening",
        _said("Somebody opened the case without being allocated to it"),
        at="opened_at",
    ),
    Source(
        "access_entries",
        "access",
        "person_id",
        "at",
        "look",
        lambda row: f"Somebody looked ({row['kind']})",
        at="at",
    ),
    Source("documents", "documents", "id", "recorded_at", "document", _said("A document as deposited")),
    Source(
        "disclosure_requests",
        "disclosures",
        "id",
        "received_at",
        "request",
        _named("Request"),
        at="received_at",
    ),
    Source(
        "request_acts",
        "disclosures",
        "request_id",
        "recorded_at",
        "request act",
        lambda row: f"Step {row['n']} of a request: {row['act']}",
        at="recorded_at",
    ),
    Source(
        "disclosure_bundles",
        "disclosures",
        "request_id",
        "issued_at",
        "bundle",
        lambda row: f"Bundle, issue {row['issue']}",
        at="issued_at",
    ),
    Source(
        "download_links",
        "disclosures",
        "bundle_id",
        "made_at",
        "link",
        _said("A link for fetching a bundle once"),
        at="made_at",
    ),
    Source(
        "download_receipts",
        "disclosures",
        "bundle_id",
        "downloaded_at",
        "receipt",
        lambda row: f"Receipt for file {row['part']} of a bundle",
        at="downloaded_at",
    ),
)
GROUNDS = "order_acts"
"""What searches are judged by: shown with them where the order is no section of its own."""


def scope_of(source: Source, sections: Collection[str]) -> Scope:
    """The section of a table's rows in a bundle of these sections."""
    beside = source.table == GROUNDS and source.scope not in sections and "searches" in sections
    return "searches" if beside else source.scope


BY_TABLE = {source.table: source for source in SOURCES}

OTHERWISE: dict[str, str] = {
    "document_contents": "the file of each document goes along",
    "ledger_leaves": "in the section of the log: the entries that vouch for what is shown",
    "ledger_payloads": "in the section of the log: the entries that vouch for what is shown",
    "ledger_nodes": "the path of each entry is made of them",
    "ledger_checkpoints": "the bundle carries the one that it stands under",
}
"""Tables shown in a bundle otherwise than row by row, and where."""

_STAFF = "who on the staff may come near a case: of staff, not of the person"
_DERIVED = "derived from rows that are gathered"
_BREACH = "a suspected offence: the prosecutor discloses it in those proceedings"
_PANEL = "a panel’s own deliberations, in which nobody is named; not the solicitor’s to see"
_OPEN = "open data, of no one person"
_FIGURES = "figures of many people"
_ACCOUNTS = "of whoever signs in, not of whom an order concerns"
_PROCESS = "how an answer itself is prepared"
_SOLICITOR = "how a solicitor comes to act: theirs already"
_RETENTION = "whether the record is kept: told to the person when it is decided"

NOT_GATHERED: dict[str, str] = {
    "access_outcomes": "what an auditor made of staff’s looks",
    "access_tokens": _ACCOUNTS,
    "account_links": _ACCOUNTS,
    "account_proposals": _ACCOUNTS,
    "account_roles": "the role of whoever looked is said beside each look",
    "accounts": _ACCOUNTS,
    "alert_outcomes": "what an auditor made of staff’s looks",
    "alerts": "what an auditor is to look into: it names nobody",
    "allocations": _STAFF,
    "authenticators": _ACCOUNTS,
    "client_codes": _SOLICITOR,
    "declared_people": _STAFF,
    "deployments": "of the system, not of anybody",
    "disclosure_items": _PROCESS,
    "document_marks": _PROCESS,
    "erasures": _RETENTION,
    "exclusions": _STAFF,
    "forces": "the force is named on the bundle",
    "idempotency_keys": "copies of answers, which expire",
    "incidents": "references of operations, set against those given",
    "instruction_claims": _SOLICITOR,
    "instructions": _SOLICITOR,
    "investigation_acts": _BREACH,
    "investigations": _BREACH,
    "ledger_cosignatures": "published for anybody to check",
    "ledger_keys": "published for anybody to check",
    "order_status_keys": _DERIVED,
    "passkeys": _ACCOUNTS,
    "passwords": _ACCOUNTS,
    "person_identifiers": _DERIVED,
    "proposal_answers": _PROCESS,
    "proposals": _PROCESS,
    "recovery_codes": _ACCOUNTS,
    "representations": _SOLICITOR,
    "restrictions": _STAFF,
    "retention_decisions": _RETENTION,
    "retention_proposals": _RETENTION,
    "security_events": _ACCOUNTS,
    "sessions": _ACCOUNTS,
    "solicitor_versions": _SOLICITOR,
    "spent_proofs": _ACCOUNTS,
}
"""Every other table, and why a bundle does not hold it."""
for _prefix, _why in (
    ("panel", _PANEL),
    ("published", _OPEN),
    ("publication", _FIGURES),
    ("search_export", _FIGURES),
):
    NOT_GATHERED[f"{_prefix}*"] = _why


def why_not(table: str) -> str | None:
    """Why no section gathers a table; None where one does, or nobody has said why not."""
    starred = (
        NOT_GATHERED[name] for name in NOT_GATHERED if name.endswith("*") and table.startswith(name[:-1])
    )
    return NOT_GATHERED.get(table) or OTHERWISE.get(table) or next(starred, None)


LOOKS_SHOWN = frozenset(
    {
        "order:status_check",
        "person:search",
        "person:read",
        "person:write",
        "person:create",
        "person:merge",
        "application:list",
        "application:create",
        "application:read",
        "application:update_draft",
        "application:approve_for_cps",
        "application:withdraw",
        "eligibility:evaluate",
        "decision:record",
        "decision:record_as_notified",
        "decision:correct",
        "order:read",
        "order:apply",
        "order:record_fact",
        "order:record_service",
        "seizure:record",
        "calendar:read",
        "search:record",
        "search:read",
        "search:correct",
        "bwv_reference:read",
        "document:deposit",
        "document:read",
        "break_glass:open",
        "disclosure:request",
        "disclosure:read",
        "disclosure:receive",
        "bulk_export:create",
    }
)
"""Permissions under which a look is shown to whom it concerned: those of what a bundle gathers."""

LOOKS_KEPT: dict[str, str] = {
    **dict.fromkeys(("investigation:record", "investigation:read"), _BREACH),
    **dict.fromkeys(
        ("restriction:read", "restriction:edit", "exclusion:declare", "allocation:grant"), _STAFF
    ),
    **dict.fromkeys(("retention:propose", "erasure:approve"), _RETENTION),
    **dict.fromkeys(
        ("access_log:read", "access_log:read_of_subject", "access_log:export", "misuse_alert:triage"),
        "an inquiry into staff’s looks",
    ),
    **dict.fromkeys(
        (
            "proposal:read",
            "proposal:answer",
            "disclosure:review",
            "disclosure:create",
            "disclosure:sensitive_schedule",
            "disclosure:revoke",
        ),
        _PROCESS,
    ),
    **dict.fromkeys(
        ("instruction:claim", "instruction:verify", "instruction:end", "client_code:issue"), _SOLICITOR
    ),
    **dict.fromkeys(("panel_pack:release", "panel_pack:read"), _PANEL),
}
"""Permissions under which a look would tell of what no bundle gathers, and why it is not gathered."""
