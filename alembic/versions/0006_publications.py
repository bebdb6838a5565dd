"""Publications and exports: what left our own records, and the ledger behind it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "publication_versions",
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("assembled", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("ledger_hash", sa.String(), nullable=False),
        sa.Column("output_hash", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["force_id"], ["forces.id"], name=op.f("fk_publication_versions_force_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_publication_versions_recorded_by")
        ),
        sa.PrimaryKeyConstraint("force_id", "quarter", "n", name=op.f("pk_publication_versions")),
    )
    op.create_table(
        "search_exports",
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("first_month", sa.String(), nullable=False),
        sa.Column("last_month", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["force_id"], ["forces.id"], name=op.f("fk_search_exports_force_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_search_exports_recorded_by")),
        sa.PrimaryKeyConstraint("force_id", "id", name=op.f("pk_search_exports")),
    )
    op.create_table(
        "publication_cells",
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["force_id", "quarter", "n"],
            ["publication_versions.force_id", "publication_versions.quarter", "publication_versions.n"],
            name=op.f("fk_publication_cells_force_id_quarter_n"),
        ),
        sa.PrimaryKeyConstraint("force_id", "quarter", "n", "name", name=op.f("pk_publication_cells")),
    )
    op.create_table(
        "publication_releases",
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["force_id", "quarter", "n"],
            ["publication_versions.force_id", "publication_versions.quarter", "publication_versions.n"],
            name=op.f("fk_publication_releases_force_id_quarter_n"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_publication_releases_recorded_by")
        ),
        sa.PrimaryKeyConstraint("force_id", "quarter", "n", name=op.f("pk_publication_releases")),
    )
    op.create_table(
        "search_export_approvals",
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["force_id", "id"],
            ["search_exports.force_id", "search_exports.id"],
            name=op.f("fk_search_export_approvals_force_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_search_export_approvals_recorded_by")
        ),
        sa.PrimaryKeyConstraint("force_id", "id", name=op.f("pk_search_export_approvals")),
    )


def downgrade() -> None:
    op.drop_table("search_export_approvals")
    op.drop_table("publication_releases")
    op.drop_table("publication_cells")
    op.drop_table("search_exports")
    op.drop_table("publication_versions")
