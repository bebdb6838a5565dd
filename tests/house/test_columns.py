"""Every column says what a disclosure does with it, and every table of a tenant carries its force in its
keys.
"""

from sqlalchemy import ForeignKeyConstraint

from svro.records import metadata

NO_TENANT = {
    "access_tokens",
    "account_links",
    "account_proposals",
    "account_roles",
    "accounts",
    "authenticators",
    "deployments",
    "forces",
    "idempotency_keys",
    "ledger_leaves",
    "ledger_payloads",
    "order_status_keys",
    "passkeys",
    "passwords",
    "published_counts",
    "published_imports",
    "published_searches",
    "recovery_codes",
    "security_events",
    "sessions",
    "spent_proofs",
}
"""Tables that belong to no force: people who sign in, the deployment, the ledger, open data, and what crosses
forces.
"""


def test_every_column_says_yes_redact_or_never() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.info.get("disclose") not in ("yes", "redact", "never")
    ]
    assert silent == []


def test_a_tenants_table_has_its_force_first_in_its_key_and_in_every_key_to_another() -> None:
    tenants = [table for table in metadata.sorted_tables if table.name not in NO_TENANT]
    assert len(tenants) > 12
    keyless = [table.name for table in tenants if next(iter(table.primary_key.columns)).name != "force_id"]
    leaky = [
        f"{table.name} -> {constraint.referred_table.name}"
        for table in tenants
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint)
        and constraint.referred_table.name not in NO_TENANT
        and "force_id" not in constraint.column_keys
    ]
    assert (keyless, leaky) == ([], [])


def test_no_unique_key_of_a_tenant_spans_forces() -> None:
    spanning = [
        f"{table.name}({', '.join(column.name for column in index.columns)})"
        for table in metadata.sorted_tables
        if table.name not in NO_TENANT
        for index in [*table.indexes, *table.constraints]
        if getattr(index, "unique", False) or type(index).__name__ == "UniqueConstraint"
        if "force_id" not in {column.name for column in index.columns}
    ]
    assert spanning == []
