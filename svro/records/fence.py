"""What may be changed once it is written: nothing, but for what is listed here; the database itself refuses.

A trigger on each table refuses to change or delete a row. SQLite replaces a row (`INSERT OR REPLACE`) without
asking its delete triggers, so there one on insertion refuses a key that is taken. Superusers and owners can
take triggers away: what they do then, `svro verify` finds.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Index, Table, UniqueConstraint, text

from svro.records.base import metadata

_WAYS_IN = "a way in, not evidence: made anew, used up and ended; the ledger tells of accounts and roles"


FREE: dict[str, str] = {
    "access_tokens": _WAYS_IN,
    "account_links": _WAYS_IN,
    "authenticators": _WAYS_IN,
    "instruction_claims": "what was claimed and not confirmed: gone after some days, or with what it led to",
    "idempotency_keys": "stored answers, which expire: no evidence of anything",
    "passkeys": _WAYS_IN,
    "passwords": _WAYS_IN,
    "recovery_codes": _WAYS_IN,
    "security_events": "shown to the holder of an account; failures to sign in go after 90 days",
    "sessions": _WAYS_IN,
    "spent_proofs": _WAYS_IN,
    "order_status_keys": "derived from orders and people, made anew with each act",
    "person_identifiers": "derived from the newest versions of people",
    "published_counts": "derived from the published rows of a month",
    "published_searches": "open data: a month gives way to its next publication, whose line has its hash",
}
"""Tables whose rows may be changed and deleted, and why. No entry of the ledger vouches for them."""

PROOF: dict[str, str] = {
    "ledger_leaves": "the commitments themselves",
    "ledger_payloads": "what the commitments are of",
    "ledger_nodes": "hashes of leaves",
    "ledger_checkpoints": "signed",
    "ledger_cosignatures": "signed by others",
    "document_contents": "hashed in documents, for which entries vouch",
    "alerts": "raised without an entry, so that a refusal does the same work whatever its reason, and the "
    "size of the log, which anybody may read, does not tell of it",
}
"""Tables that only grow, for which no entry vouches: most prove themselves."""

ONCE: dict[str, tuple[str, ...]] = {
    "account_proposals": ("outcome", "decided_by", "decided_at"),
    "account_roles": ("ended_at",),
    "accounts": ("ended_at", "sign_in_name"),
    "allocations": ("ended_at", "end_reason"),
    "disclosure_bundles": ("recalled_at", "recall_reason"),
    "client_codes": ("ended_at", "end_reason"),
    "erasures": ("done_at",),
    "exclusions": ("ended_at", "end_reason"),
    "instructions": ("ended_at", "end_reason"),
    "ledger_leaves": ("position", "sealed_in"),
    "published_imports": ("replaced_at",),
    "representations": ("ended_at", "end_reason"),
    "restrictions": ("ended_at", "end_reason"),
}
"""Columns that may be filled in once."""

OFTEN: dict[str, tuple[str, ...]] = {
    "account_proposals": ("alone",),
    "allocations": ("lapses_at",),
    "instructions": ("ends_at", "recheck_by"),
    "published_imports": ("published",),
}
"""Columns that may be changed: whether the one administrator of the beginning decided alone; when the need to
know lapses moves with the case, and so does the end of a solicitor's instruction, which is checked again too;
the day of publication when the same file is published again.
"""

ERASED: dict[str, tuple[str, ...]] = {
    "alert_outcomes": ("note",),
    "allocations": ("reason", "end_reason"),
    "application_acts": ("details",),
    "application_facts": ("facts",),
    "assessments": ("result",),
    "client_codes": ("code_hash",),
    "conviction_versions": ("facts",),
    "custody_versions": ("facts",),
    "decisions": ("reasons", "document_reference"),
    "disclosure_bundles": ("recall_reason",),
    "disclosure_items": ("described", "cuts", "reason"),
    "disclosure_requests": ("details",),
    "document_marks": ("reason",),
    "document_contents": ("content",),
    "documents": ("title", "sha256"),
    "exclusions": ("reason", "end_reason"),
    "glass_openings": ("incident", "reason"),
    "instructions": ("verified_by", "end_reason"),
    "investigation_acts": ("details",),
    "investigations": ("conduct",),
    "notifications": ("facts", "reason"),
    "order_acts": ("authority", "document_reference"),
    "order_changes": ("facts",),
    "panel_acts": ("details",),
    "panel_feedback": ("text",),
    "panel_feedback_acts": ("details",),
    "panel_reviews": ("text",),
    "person_versions": ("facts", "family_key", "reason"),
    "proposal_answers": ("reason",),
    "proposals": ("command", "incident"),
    "request_acts": ("details",),
    "representations": ("sra_number", "reference", "checked_with", "end_reason"),
    "restrictions": ("reason", "end_reason"),
    "retention_decisions": ("explanation",),
    "retention_proposals": ("explanation",),
    "search_versions": ("record", "pnc_given", "cro_given", "reason"),
    "seized_items": ("description",),
    "seizure_acts": ("details",),
    "status_checks": ("incident",),
}
"""Columns that an erasure under way may empty: what is personal in them goes, the rest of the row stays."""

UNDER_ERASURE = ("ledger_payloads",)
"""Tables whose rows an erasure under way may delete."""


def fenced() -> list[Table]:
    """Every table that only grows."""
    return [table for table in metadata.sorted_tables if table.name not in FREE]


def raise_fences(connection: Connection) -> None:
    """Put every trigger in its place, instead of any that was there."""
    lower_fences(connection)
    for statement in _statements(connection.dialect.name):
        connection.execute(text(statement))


def lower_fences(connection: Connection) -> None:
    """Take the triggers away, so that a migration can change what it must."""
    on_sqlite = connection.dialect.name == "sqlite"
    for name, table, _ in connection.execute(text(_THERE[connection.dialect.name])).all():
        connection.execute(text(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}"))


def standing(connection: Connection) -> set[str]:
    """The names of the triggers that stand and are switched on."""
    return {name for name, _, on in connection.execute(text(_THERE[connection.dialect.name])) if on}


def wanted(dialect: str) -> set[str]:
    """The names of the triggers that should stand."""
    return {name for name, _ in _triggers(dialect)}


_THERE = {
    "sqlite": "SELECT name, tbl_name, 1 FROM sqlite_master"
    " WHERE type = 'trigger' AND name LIKE 'fence!_%' ESCAPE '!'",
    "postgresql": "SELECT tgname, tgrelid::regclass::text, tgenabled IN ('O', 'A') FROM pg_trigger"
    " WHERE tgname LIKE 'fence!_%' ESCAPE '!' AND tgrelid IN"
    " (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)",
}
"""Name, table, and whether it is switched on, of each of our triggers."""


def _statements(dialect: str) -> Iterator[str]:
    return (statement for _, statement in _triggers(dialect))


def _triggers(dialect: str) -> Iterator[tuple[str, str]]:
    """(name of a trigger, what makes it) for each; a function that one needs is made by the same name."""
    make = _sqlite if dialect == "sqlite" else _postgresql
    return chain.from_iterable(make(table) for table in fenced())


def _under_way(table: Table) -> str:
    """Whether an erasure of the row's own force, and person where the row names one, is under way."""
    person = (
        " AND e.person_id = OLD.person_id"
        if "person_id" in table.c and table.name != "search_versions"
        else ""
    )
    return f"EXISTS (SELECT 1 FROM erasures e WHERE e.done_at IS NULL AND e.force_id = OLD.force_id{person})"


def _allowed(table: Table, same: str) -> str:
    """What must hold of a change, as SQL; `same` compares two values of which either may be null."""
    once, often, erased = (kind.get(table.name, ()) for kind in (ONCE, OFTEN, ERASED))

    def unchanged(columns: Iterable[str]) -> list[str]:
        return [f'NEW."{name}" {same} OLD."{name}"' for name in columns]

    fixed = [one.name for one in table.c if one.name not in (*once, *often, *erased)]
    parts = unchanged(fixed)
    for name in once:
        emptied = f" OR {_under_way(table)}" if name in erased else ""
        parts.append(f'(OLD."{name}" IS NULL OR NEW."{name}" {same} OLD."{name}"{emptied})')
    if never := [name for name in erased if name not in once]:
        parts.append(f"(({' AND '.join(unchanged(never))}) OR {_under_way(table)})")
    return " AND ".join(parts)


def _sqlite(table: Table) -> Iterator[tuple[str, str]]:
    name = table.name
    refuse = f"BEGIN SELECT RAISE(ABORT, '{name} only grows'); END"
    gone = f"NOT {_under_way(table)}" if name in UNDER_ERASURE else "1"
    taken = " OR ".join(f"EXISTS (SELECT 1 FROM {name} t WHERE {key})" for key in _keys(table))
    for act, when in (("UPDATE", f"NOT ({_allowed(table, 'IS')})"), ("DELETE", gone), ("INSERT", taken)):
        made = f"fence_{name}_{act.lower()}"
        yield made, f"CREATE TRIGGER {made} BEFORE {act} ON {name} WHEN {when} {refuse}"


def _keys(table: Table) -> Iterator[str]:
    """That a row `t` has the key of the new one, as SQL, for each key that a replacement would empty."""
    uniques = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys: list[Any] = [table.primary_key, *uniques, *(one for one in table.indexes if one.unique)]
    for key in keys:
        parts = [f't."{one.name}" = NEW."{one.name}"' for one in key.columns]
        partial = key.dialect_options["sqlite"].get("where") if isinstance(key, Index) else None
        yield " AND ".join(parts if partial is None else [*parts, *_both(table, str(partial))])


def _both(table: Table, where: str) -> Iterator[str]:
    """A condition on part of a table, as SQL, of a row `t` and of the new one."""
    names = re.compile(rf"\b({'|'.join(column.name for column in table.c)})\b")
    for row in ("t", "NEW"):
        yield "(" + names.sub(rf"{row}.\1", where) + ")"


def _postgresql(table: Table) -> Iterator[tuple[str, str]]:
    name = table.name
    gone = _under_way(table) if name in UNDER_ERASURE else "false"
    function = (
        f"CREATE OR REPLACE FUNCTION fence_{name}() RETURNS trigger LANGUAGE plpgsql AS $fence$ BEGIN"
        f" IF TG_OP = 'UPDATE' THEN IF {_allowed(table, 'IS NOT DISTINCT FROM')} THEN RETURN NEW; END IF;"
        f" ELSIF TG_OP = 'DELETE' THEN IF {gone} THEN RETURN OLD; END IF; END IF;"
        f" RAISE EXCEPTION '{name} only grows' USING ERRCODE = 'integrity_constraint_violation'; END $fence$"
    )
    yield f"fence_{name}", function
    yield (
        f"fence_{name}",
        f"CREATE TRIGGER fence_{name} BEFORE UPDATE OR DELETE ON {name}"
        f" FOR EACH ROW EXECUTE FUNCTION fence_{name}()",
    )
    yield (
        f"fence_{name}_truncate",
        f"CREATE TRIGGER fence_{name}_truncate BEFORE TRUNCATE ON {name}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION fence_{name}()",
    )
