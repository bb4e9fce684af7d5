"""The desk's tables. A change here needs a migration in `migrations/versions`; a test compares the two.

What a column's `info` says is held by `writing.Writing`, through which every change goes:

| info | in the audit log |
|---|---|
| none | value before and after |
| `SECRET` | that it changed, never a value: hashes, and words between two people |
| `QUIET` | nothing: what follows from another column, or when something was last used |
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

AUDIT = "audit"
SECRET: dict[str, Any] = {AUDIT: "event"}
QUIET: dict[str, Any] = {AUDIT: "never"}
UNLOGGED: dict[str, Any] = {AUDIT: "never"}
"""On a whole table: bookkeeping that nobody asks about, such as attempts to sign in."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone, so what is read gets UTC back; a moment without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value as stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored value with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment(name: str, *, nullable: bool = False, **more: Any) -> Column[datetime]:
    """A column that holds a moment."""
    return Column(name, Instant, nullable=nullable, **more)


def user_of(name: str = "user_id", *, nullable: bool = False) -> Column[int]:
    """A column that names a user."""
    return Column(name, Integer, ForeignKey("users.id"), nullable=nullable)


users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("email_key", Text, unique=True, info=QUIET),
    Column("role", String(20), nullable=False),
    Column("person_key", Text),
    Column("language", String(5), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("password_hash", Text, info=SECRET),
    moment("created_at"),
    Column("version", Integer, nullable=False, info=QUIET),
    sqlite_autoincrement=True,
)

links = Table(
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    user_of(),
    Column("kind", String(10), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True, info=SECRET),
    moment("created_at"),
    moment("expires_at"),
    Index("ix_links_user_id", "user_id"),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    user_of(),
    Column("token_hash", String(64), nullable=False, unique=True, info=SECRET),
    Column("address", Text, nullable=False),
    Column("browser", Text, nullable=False),
    moment("created_at"),
    moment("last_seen_at", info=QUIET),
    moment("expires_at"),
    Index("ix_sessions_user_id", "user_id"),
    sqlite_autoincrement=True,
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    user_of(),
    Column("name", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True, info=SECRET),
    moment("created_at"),
    moment("last_used_at", nullable=True, info=QUIET),
    moment("expires_at"),
    Index("ix_api_tokens_user_id", "user_id"),
    sqlite_autoincrement=True,
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email_hash", String(64), nullable=False),
    Column("address", Text, nullable=False),
    moment("attempted_at"),
    Index("ix_attempts_email_hash", "email_hash"),
    Index("ix_attempts_address", "address"),
    info=UNLOGGED,
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    moment("at"),
    user_of(nullable=True),
    Column("door", String(10), nullable=False),
    Column("address", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("table_name", String(40), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index("ix_audit_row", "table_name", "row_key"),
    Index("ix_audit_user_id", "user_id"),
    sqlite_autoincrement=True,
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", Text, nullable=False),
    user_of("erased_by", nullable=True),
    moment("erased_at"),
    Column("is_open", Boolean, nullable=False, info=QUIET),
    sqlite_autoincrement=True,
)
"""One row an erasure. While its row is open, inside the one transaction that erases, the log's triggers let values be blanked."""

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    user_of(nullable=True),
    moment("entered_at"),
    Column("table_name", String(40), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("seen", JSON(none_as_null=True)),
    Column("given", JSON, nullable=False),
    Column("state", String(10), nullable=False, info=QUIET),
    Column("reason", Text, info=QUIET),
    Column("load_no", Integer, info=QUIET),
    Index("ix_entries_row", "table_name", "row_key"),
    Index("ix_entries_state", "state"),
    sqlite_autoincrement=True,
)
"""What was entered on rows of the sales data: `given` values by column, in place of those `seen`. It is `waiting` until
history has taken it over (`taken`, as load `load_no`) or `refused` it for a `reason`."""

goals = Table(
    "goals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("objective", Text, nullable=False),
    Column("metric", String(80), nullable=False),
    Column("level", String(10), nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False),
    Column("value", Numeric(24, 8), nullable=False),
    Column("status", String(10), nullable=False),
    Column("days_off", Integer, nullable=False),
    user_of("proposed_by"),
    user_of("proposed_to"),
    user_of("waits_for", nullable=True),
    Column("parent_id", Integer, ForeignKey("goals.id")),
    Column("replaces_id", Integer, ForeignKey("goals.id")),
    Column("agreed_on", Date),
    moment("created_at"),
    Column("version", Integer, nullable=False, info=QUIET),
    Index("ix_goals_subject_key", "subject_key"),
    sqlite_autoincrement=True,
)
"""A target that two people talk about: for the company, a team or a person (`subject_key`), on a metric, from one day to
before another. `waits_for` is who has to answer the last proposal; `days_off` are the working days in it on which the person
won't be there; once agreed it takes the place of the goal `replaces_id`."""

goal_steps = Table(
    "goal_steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("goal_id", Integer, ForeignKey("goals.id"), nullable=False),
    user_of(),
    moment("made_at"),
    Column("kind", String(10), nullable=False),
    Column("value", Numeric(24, 8)),
    Column("text", Text, nullable=False, info=SECRET),
    Index("ix_goal_steps_goal_id", "goal_id"),
    sqlite_autoincrement=True,
)
"""What was said of a goal, in order: `proposed`, `countered`, `commented`, `agreed`, `declined`, `withdrawn`, `replaced`.
The words are for the two alone, so the log doesn't hold them."""

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, primary_key=True),
    user_of(nullable=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    moment("created_at"),
    Index("ix_saved_views_user_id", "user_id"),
    sqlite_autoincrement=True,
)
"""What somebody explored and wants to see again; pinned ones make their board."""

reviews = Table(
    "reviews",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("level", String(10), nullable=False),
    Column("subject_key", Text, nullable=False),
    user_of("planned_by"),
    Column("planned_on", Date, nullable=False),
    Column("held_on", Date),
    Column("agenda", JSON, nullable=False),
    Column("notes", Text, nullable=False),
    Column("is_private", Boolean, nullable=False),
    moment("created_at"),
    Column("version", Integer, nullable=False, info=QUIET),
    Index("ix_reviews_subject_key", "subject_key"),
    sqlite_autoincrement=True,
)
"""A talk about the numbers of the company, a team or a person; `agenda` is what the numbers gave to talk about. A private one
is only for whoever planned it."""

actions = Table(
    "actions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    user_of("made_by"),
    user_of("owner_id", nullable=True),
    Column("subject_key", Text, nullable=False),
    Column("metric", String(80)),
    Column("expected", Numeric(24, 8)),
    Column("before", Numeric(24, 8)),
    Column("due_on", Date, nullable=False),
    Column("done_on", Date),
    Column("status", String(10), nullable=False),
    Column("finding", Text),
    Column("review_id", Integer, ForeignKey("reviews.id")),
    moment("created_at"),
    Column("version", Integer, nullable=False, info=QUIET),
    Index("ix_actions_subject_key", "subject_key"),
    Index("ix_actions_owner_id", "owner_id"),
    sqlite_autoincrement=True,
)
"""What was agreed to be done about a number: by whom, by when, which metric should move how much, and what it was `before`."""

remarks = Table(
    "remarks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("person_key", Text, nullable=False),
    user_of("made_by"),
    Column("text", Text, nullable=False),
    Column("evidence", Text),
    Column("is_private", Boolean, nullable=False),
    moment("created_at"),
    Column("version", Integer, nullable=False, info=QUIET),
    Index("ix_remarks_person_key", "person_key"),
    sqlite_autoincrement=True,
)
"""Feedback or recognition for a person, with the address of the numbers it rests on. A private one is for both of them alone."""

contests = Table(
    "contests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("row_table", String(40), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("metric", String(80)),
    user_of("made_by"),
    Column("text", Text, nullable=False),
    Column("status", String(10), nullable=False),
    user_of("answered_by", nullable=True),
    Column("answer", Text),
    moment("created_at"),
    moment("answered_at", nullable=True),
    Column("version", Integer, nullable=False, info=QUIET),
    Index("ix_contests_row", "row_table", "row_key"),
    sqlite_autoincrement=True,
)
"""Somebody says that a row is wrong: `open` until it is `accepted` or `declined`, with an answer."""

dismissals = Table(
    "dismissals",
    metadata,
    Column("id", Integer, primary_key=True),
    user_of(nullable=True),
    Column("finding", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seen", JSON, nullable=False),
    moment("dismissed_at"),
    Column("version", Integer, nullable=False, info=QUIET),
    Index("ix_dismissals_user_id", "user_id"),
    sqlite_autoincrement=True,
)
"""A finding that somebody doesn't want to see, and why; `seen` is the evidence it had then."""

day_notes = Table(
    "annotations",
    metadata,
    Column("id", Integer, primary_key=True),
    user_of(nullable=True),
    Column("on_day", Date, nullable=False),
    Column("text", Text, nullable=False),
    Column("team_key", Text),
    moment("created_at"),
    moment("removed_at", nullable=True),
    Column("version", Integer, nullable=False, info=QUIET),
    Index("ix_annotations_on_day", "on_day"),
    sqlite_autoincrement=True,
)
"""What happened on a day, for who reads the numbers of that time; of one team, or of all."""
