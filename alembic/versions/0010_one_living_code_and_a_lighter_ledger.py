"""One living code for each client; and what an entry of the ledger costs: a leaf is indexed by its place once it
has one and, on SQLite, kept in its key's own tree; its words are held to it by the commitment alone.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PLACED, LIVES = sa.text("position IS NOT NULL"), sa.text("ended_at IS NULL")
LEAF = "fk_ledger_payloads_leaf_id"


def upgrade() -> None:
    op.drop_index("uq_ledger_leaves_position", "ledger_leaves")
    _leaves(with_rowid=False)
    op.create_index(
        "uq_ledger_leaves_position",
        "ledger_leaves",
        ["position"],
        unique=True,
        sqlite_where=PLACED,
        postgresql_where=PLACED,
    )
    with op.batch_alter_table("ledger_payloads") as batch_op:
        batch_op.drop_constraint(LEAF, type_="foreignkey")
    op.create_index(
        "uq_client_codes_living",
        "client_codes",
        ["force_id", "person_id"],
        unique=True,
        sqlite_where=LIVES,
        postgresql_where=LIVES,
    )


def downgrade() -> None:
    op.drop_index("uq_client_codes_living", "client_codes")
    with op.batch_alter_table("ledger_payloads") as batch_op:
        batch_op.create_foreign_key(LEAF, "ledger_leaves", ["leaf_id"], ["id"])
    op.drop_index("uq_ledger_leaves_position", "ledger_leaves")
    _leaves(with_rowid=True)
    op.create_index("uq_ledger_leaves_position", "ledger_leaves", ["position"], unique=True)


def _leaves(*, with_rowid: bool) -> None:
    """Build the table anew: only SQLite has such a choice, and it is made as a table is made."""
    if op.get_bind().dialect.name == "sqlite":
        how = {"sqlite_with_rowid": with_rowid}
        with op.batch_alter_table("ledger_leaves", recreate="always", table_kwargs=how):
            pass
