"""Every column says what a disclosure does with it, and every table of a tenant carries its force in its
keys.
"""

from sqlalchemy import ForeignKeyConstraint

from svro.records import metadata
from svro.records.row_security import tenant_tables

KEYED_OTHERWISE = {
    "ledger_payloads": "by its leaf's id, 128 random bits: some entries belong to no force",
    "access_entries": "by its leaf's id, 128 random bits: some looks belong to no force",
    "order_status_keys": "by keyed hashes: it is what crosses forces, and holds no name",
}
"""Tenant tables whose keys do not begin with the force, and why that tells nobody anything."""
TENANTS = [
    table
    for table in metadata.sorted_tables
    if table.name in tenant_tables() and table.name not in KEYED_OTHERWISE
]
SHARED = {table.name for table in metadata.sorted_tables} - {table.name for table in TENANTS}


def test_every_column_says_yes_redact_or_never() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.info.get("disclose") not in ("yes", "redact", "never")
    ]
    assert silent == []


def test_a_tenants_table_has_its_force_first_in_its_key_and_in_every_key_to_another() -> None:
    assert len(TENANTS) > 15
    keyless = [table.name for table in TENANTS if next(iter(table.primary_key.columns)).name != "force_id"]
    leaky = [
        f"{table.name} -> {constraint.referred_table.name}"
        for table in TENANTS
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint)
        and constraint.referred_table.name not in SHARED
        and "force_id" not in constraint.column_keys
    ]
    assert (keyless, leaky) == ([], [])


def test_no_unique_key_of_a_tenant_spans_forces() -> None:
    spanning = [
        f"{table.name}({', '.join(column.name for column in index.columns)})"
        for table in TENANTS
        for index in [*table.indexes, *table.constraints]
        if getattr(index, "unique", False) or type(index).__name__ == "UniqueConstraint"
        if "force_id" not in {column.name for column in index.columns}
    ]
    assert spanning == []
