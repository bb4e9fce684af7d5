"""What is entered on rows of the sales data, goals with what is said of them, and saved views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
AMOUNT = sa.Numeric(24, 8)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("table_name", sa.String(40), nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        sa.Column("seen", sa.JSON),
        sa.Column("given", sa.JSON, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("load_no", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_entries_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entries_row", "entries", ["table_name", "row_key"])
    op.create_index("ix_entries_state", "entries", ["state"])
    op.create_table(
        "goals",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("objective", sa.Text, nullable=False),
        sa.Column("metric", sa.String(80), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("subject_key", sa.Text, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("to_on", sa.Date, nullable=False),
        sa.Column("value", AMOUNT, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("days_off", sa.Integer, nullable=False),
        sa.Column("proposed_by", sa.Integer, nullable=False),
        sa.Column("proposed_to", sa.Integer, nullable=False),
        sa.Column("waits_for", sa.Integer),
        sa.Column("parent_id", sa.Integer),
        sa.Column("replaces_id", sa.Integer),
        sa.Column("agreed_on", sa.Date),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_goals"),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name="fk_goals_proposed_by"),
        sa.ForeignKeyConstraint(["proposed_to"], ["users.id"], name="fk_goals_proposed_to"),
        sa.ForeignKeyConstraint(["waits_for"], ["users.id"], name="fk_goals_waits_for"),
        sa.ForeignKeyConstraint(["parent_id"], ["goals.id"], name="fk_goals_parent_id"),
        sa.ForeignKeyConstraint(["replaces_id"], ["goals.id"], name="fk_goals_replaces_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_goals_subject_key", "goals", ["subject_key"])
    op.create_table(
        "goal_steps",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("goal_id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("value", AMOUNT),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_goal_steps"),
        sa.ForeignKeyConstraint(["goal_id"], ["goals.id"], name="fk_goal_steps_goal_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_goal_steps_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_goal_steps_goal_id", "goal_steps", ["goal_id"])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.Column("is_pinned", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_views_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_saved_views_user_id", "saved_views", ["user_id"])
