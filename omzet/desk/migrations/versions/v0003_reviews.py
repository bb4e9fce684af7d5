"""Reviews, actions, remarks, and rows that are contested."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
AMOUNT = sa.Numeric(24, 8)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("subject_key", sa.Text, nullable=False),
        sa.Column("planned_by", sa.Integer, nullable=False),
        sa.Column("planned_on", sa.Date, nullable=False),
        sa.Column("held_on", sa.Date),
        sa.Column("agenda", sa.JSON, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("is_private", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.ForeignKeyConstraint(["planned_by"], ["users.id"], name="fk_reviews_planned_by"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reviews_subject_key", "reviews", ["subject_key"])
    op.create_table(
        "actions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("made_by", sa.Integer, nullable=False),
        sa.Column("owner_id", sa.Integer),
        sa.Column("subject_key", sa.Text, nullable=False),
        sa.Column("metric", sa.String(80)),
        sa.Column("expected", AMOUNT),
        sa.Column("before", AMOUNT),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("finding", sa.Text),
        sa.Column("review_id", sa.Integer),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_actions_made_by"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_actions_owner_id"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_actions_review_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_actions_subject_key", "actions", ["subject_key"])
    op.create_index("ix_actions_owner_id", "actions", ["owner_id"])
    op.create_table(
        "remarks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("person_key", sa.Text, nullable=False),
        sa.Column("made_by", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text),
        sa.Column("is_private", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_remarks"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_remarks_made_by"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_remarks_person_key", "remarks", ["person_key"])
    op.create_table(
        "contests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("row_table", sa.String(40), nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        sa.Column("metric", sa.String(80)),
        sa.Column("made_by", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("answered_by", sa.Integer),
        sa.Column("answer", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contests"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_contests_made_by"),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name="fk_contests_answered_by"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contests_row", "contests", ["row_table", "row_key"])
