"""What becomes of each column that a disclosure may redact: shown because it is the person's own, shown as
the number that stands for somebody, or kept back on a ground. The disclosure officer may decide otherwise,
item by item.

A row of which anything is kept back is handed over without the entry and the salt that vouch for it: the
entry holds the row's hash, against which what was kept back could be guessed. The salt is for nobody at all,
with that one exception: an entry whose every row is shown is opened with it, or nobody could check it.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Table

from svro.casework.erasure import GONE, NO_DAY

OWN: Final = "own"
"""The person's own data, or what a court or the force said of their case: shown."""
NUMBER: Final = "number"
"""Somebody of the staff: shown as the random number that stands for them in the record, never by name."""
STAFF: Final = "staff"
OPERATION: Final = "other-operation"
ANOTHER: Final = "another-person"

RULES: dict[str, dict[str, str]] = {
    "people": {"created_by": NUMBER},
    "person_versions": {"facts": OWN, "family_key": OWN, "reason": OWN, "recorded_by": NUMBER},
    "conviction_versions": {"facts": OWN, "recorded_by": NUMBER},
    "custody_versions": {"facts": OWN, "recorded_by": NUMBER},
    "orders": {},
    "order_acts": {"authority": OWN, "other_reference": OWN, "recorded_by": NUMBER},
    "order_changes": {"facts": OWN, "recorded_by": NUMBER},
    "notifications": {"facts": OWN, "reason": OWN, "recorded_by": NUMBER},
    "applications": {"created_by": NUMBER},
    "application_facts": {"facts": OWN, "recorded_by": NUMBER},
    "assessments": {"result": OWN, "recorded_by": NUMBER},
    "application_acts": {"details": OWN, "recorded_by": NUMBER},
    "decisions": {"reasons": OWN, "recorded_by": NUMBER},
    "searches": {"account_id": NUMBER},
    "search_versions": {
        "record": OWN,
        "pnc_given": OWN,
        "cro_given": OWN,
        "reason": OWN,
        "recorded_by": NUMBER,
    },
    "seized_items": {"description": OWN},
    "seizure_acts": {"details": OWN, "recorded_by": NUMBER},
    "status_checks": {"account_id": STAFF, "incident": OPERATION},
    "glass_openings": {"account_id": STAFF, "incident": OPERATION, "reason": OPERATION},
    "access_entries": {"account_id": STAFF, "reference": OPERATION, "recipients": STAFF},
    "disclosure_requests": {"account_id": NUMBER, "details": OWN},
    "request_acts": {"details": OWN, "recorded_by": NUMBER},
    "disclosure_bundles": {"account_id": NUMBER, "issued_by": NUMBER, "recall_reason": OWN},
    "download_links": {},
    "download_receipts": {"account_id": NUMBER},
    "documents": {"title": OWN, "recorded_by": NUMBER},
}
"""Table → column that may be redacted → what becomes of it."""
SAID: dict[str, str] = {
    STAFF: "Who on the staff it was is kept back unless the disclosure officer decides otherwise.",
    OPERATION: "It leads to the record of another operation or inquiry.",
    ANOTHER: "The search was, or may have been, of another person.",
}
"""Ground → why the rule keeps something back."""

ABOUT_SOMEBODY: dict[str, tuple[str, ...]] = {
    "search_versions": (
        "person_id",
        "pnc_given",
        "cro_given",
        "record.self_ethnicity",
        "record.not_stated_reason",
        "record.officer_ethnicity",
        "record.grounds",
        "record.reason_for_use",
        "record.found",
        "record.not_told_reason",
        "record.bwv_reference",
        "reason",
    ),
    "seized_items": ("description",),
    "seizure_acts": ("details.text",),
    "documents": ("title",),
}
"""What the record of a search says of whoever was searched, and what comes with it."""


def kept_back(table: Table, field: str, another: bool) -> str | None:
    """The ground on which the rule keeps a field back, or None where it shows it. `another` says that the row
    is of a search that was not, or not surely, of the person. KeyError for a column nobody has classified.
    """
    column = field.partition(".")[0]
    how = table.c[column].info["disclose"]
    if another and field in ABOUT_SOMEBODY.get(table.name, ()):
        return ANOTHER
    if how == "yes":
        return None
    rule = RULES[table.name][column]
    return None if rule in (OWN, NUMBER) else rule


def flat(name: str, value: Any) -> dict[str, Any]:
    """A value as plain fields by dotted name: structs and lists of structs are taken apart."""
    if hasattr(value, "__struct_fields__"):
        parts = {f"{name}.{one}": getattr(value, one) for one in value.__struct_fields__}
    elif isinstance(value, Mapping):
        parts = {f"{name}.{one}": held for one, held in sorted(value.items())}
    elif isinstance(value, list | tuple) and any(_compound(one) for one in value):
        parts = {f"{name}.{n}": one for n, one in enumerate(value, 1)}
    else:
        return {name: value}
    found: dict[str, Any] = {}
    for path, held in parts.items():
        found |= flat(path, held)
    return found or {name: None}


def _compound(value: Any) -> bool:
    return hasattr(value, "__struct_fields__") or isinstance(value, Mapping | list | tuple)


def erased(value: Any) -> bool:
    """Whether a value is what stands where words were erased."""
    day = getattr(value, "date", None)
    return value in (GONE, NO_DAY) or (callable(day) and day() == NO_DAY)
