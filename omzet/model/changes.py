"""Dated changes: one table for each kind of record whose history a source can give."""

from omzet.model.table import Column, Table, instant, integer, reference, table, text


def _changes(name: str, of: str, key: tuple[Column, ...], meaning: str) -> Table:
    return table(
        name,
        meaning,
        *key,
        text("field", f"Column of {of} that changed", required=True),
        text("value", "Value from then on; empty means emptied"),
        text("old_value", "Value until then"),
        instant("changed_at", "From when the value was true", required=True),
        text("changed_by", "Who changed it"),
        instant("recorded_at", "When the source wrote it; empty means at changed_at"),
        integer("seq", "Order among changes at one instant"),
        key=(*(column.name for column in key), "field", "changed_at", "seq", "value"),
    )


def _keyed(of: str, column: str) -> tuple[Column, ...]:
    return (reference(column, of, "Record that changed", required=True),)


DEAL_CHANGES = _changes("deal_changes", "deals", _keyed("deals", "deal_id"), "What changed on deals, and when")
LEAD_CHANGES = _changes("lead_changes", "leads", _keyed("leads", "lead_id"), "What changed on leads: hand-overs, status")
PERSON_CHANGES = _changes(
    "person_changes", "people", _keyed("people", "person_id"), "What changed on people: who was in which team"
)
TEAM_CHANGES = _changes("team_changes", "teams", _keyed("teams", "team_id"), "What changed on teams: names and hierarchy")
ACCOUNT_CHANGES = _changes("account_changes", "accounts", _keyed("accounts", "account_id"), "What changed on accounts")
STAGE_CHANGES = _changes(
    "stage_changes",
    "stages",
    (text("pipeline", "Pipeline of the stage", required=True), text("stage", "Stage that changed", required=True)),
    "What changed on stages: names and order",
)
ACTIVITY_CHANGES = _changes(
    "activity_changes", "activities", _keyed("activities", "activity_id"), "What changed on activities: reschedulings"
)
TARGET_CHANGES = _changes("target_changes", "targets", _keyed("targets", "target_id"), "What changed on targets")
