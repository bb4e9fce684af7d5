"""What happened on a day, shown at the numbers of that time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "annotations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer),
        sa.Column("on_day", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("team_key", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_annotations"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_annotations_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_annotations_on_day", "annotations", ["on_day"])
