"""The second line on PostgreSQL: whatever a query asks, each row shows only to a transaction that reaches its
force.

The policies follow from the tables: one with a `force_id` is a tenant's unless it is on the list below. They
are stated anew by each `svro migrate`, so a table added later is never forgotten; `svro doctor` and the tests
read them back from the catalogue.
"""

from typing import NamedTuple

from sqlalchemy import Connection, text

from svro.records.base import metadata

NO_TENANT = {"accounts": "whoever signs in is found before their force is known"}
"""Tables with a force that are nevertheless no tenant's, and why."""

_FORCES = "(SELECT string_to_array(current_setting('svro.forces', true), ','))::text[]"
_EVERY = "(SELECT current_setting('svro.forces', true) = '*')"
_ACCOUNT = "(SELECT NULLIF(current_setting('svro.account', true), ''))"
_COURT = "(SELECT NULLIF(current_setting('svro.court', true), ''))"

WITHOUT_FORCE = {"ledger_payloads": "actor", "access_entries": "account_id"}
"""Tables in which some rows belong to no force, and the column of the account whose own they are: only it,
and operators, see them.
"""
_ALSO_READ = {
    "allocations": f"account_id = {_ACCOUNT}",
    "instructions": f"account_id = {_ACCOUNT}",
    "application_facts": f"court = {_COURT}",
    "orders": f"court = {_COURT}",
}
_APPEND_ONLY = ("access_entries",)


class Policy(NamedTuple):
    """One policy: what may be read, or found to be changed; and what may be written."""

    table: str
    name: str
    command: str
    using: str | None
    check: str | None


def tenant_tables() -> dict[str, str]:
    """Each tenant table and the column that says whose a row is. The national keys are one whose rows all
    may read.
    """
    held = {
        table.name: "force_id"
        for table in metadata.sorted_tables
        if "force_id" in table.columns and table.name not in NO_TENANT
    }
    return {**held, "order_status_keys": "order_force"}


def _of(column: str) -> str:
    return f"({column} = ANY ({_FORCES}) OR {_EVERY})"


def policies() -> list[Policy]:
    """Every policy there should be."""
    found = []
    for table, column in tenant_tables().items():
        mine = _of(column)
        if own := WITHOUT_FORCE.get(table):
            mine = f"({mine} OR ({column} IS NULL AND {own} = {_ACCOUNT}))"
        if table == "order_status_keys":
            found += [
                Policy(table, "nation_reads", "SELECT", "true", None),
                Policy(table, "force_adds", "INSERT", None, mine),
                Policy(table, "force_removes", "DELETE", mine, None),
            ]
        elif table in _APPEND_ONLY:
            read = f"({mine} OR {_of('subject_force')} OR account_id = {_ACCOUNT})"
            found += [
                Policy(table, "concerned_read", "SELECT", read, None),
                Policy(table, "force_adds", "INSERT", None, mine),
            ]
        else:
            found.append(Policy(table, "force", "ALL", mine, mine))
            if table in _ALSO_READ:
                found.append(Policy(table, "own_reads", "SELECT", _ALSO_READ[table], None))
    return found


def statement(policy: Policy) -> str:
    """The statement that makes a policy."""
    using = f" USING ({policy.using})" if policy.using else ""
    check = f" WITH CHECK ({policy.check})" if policy.check else ""
    return f'CREATE POLICY "{policy.name}" ON "{policy.table}" FOR {policy.command}{using}{check}'


def secure(connection: Connection, app_role: str | None) -> None:
    """Force row-level security on every tenant table, with its policies and no other; and let `app_role` use
    the tables, if it is not their owner. Nothing on SQLite.
    """
    if connection.dialect.name != "postgresql":
        return
    for table in tenant_tables():
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        connection.exec_driver_sql(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        held = text("SELECT polname FROM pg_policy WHERE polrelid = to_regclass(:table)")
        for name in connection.scalars(held, {"table": table}).all():
            connection.exec_driver_sql(f'DROP POLICY "{name}" ON "{table}"')
    for policy in policies():
        connection.exec_driver_sql(statement(policy))
    if app_role and app_role != connection.scalar(text("SELECT current_user")):
        role = '"' + app_role.replace('"', '""') + '"'
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {role}")
        for what, kind in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
            connection.exec_driver_sql(f"GRANT {what} ON ALL {kind} IN SCHEMA public TO {role}")
