"""An explanation on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omzet.cli.options import Format
from omzet.cli.printing import Column, note, print_json, print_rows, print_text
from omzet.metrics.wording import column as column_name
from omzet.metrics.wording import why
from omzet.query.frames import written

if TYPE_CHECKING:
    from omzet.query.explanation import Explanation, Group, ShownColumn
    from omzet.query.restatement import Restatement


def print_explanation(opened: Explanation, form: Format, language: str) -> None:
    """The whole explanation as JSON, its rows as CSV, or all of it to read."""
    if form is Format.json:
        print_json(opened.model_dump(mode="json"))
    elif form is Format.csv:
        rows = [{"counted": True, **row} for row in opened.rows] + [{"counted": False, **row} for row in opened.rows_out]
        keys = dict.fromkeys(["counted", *(key for row in rows for key in row)])
        print_rows(rows, [Column(key, key) for key in keys], form)
    else:
        _print_to_read(opened, form, language)


def print_restatement(found: Restatement, form: Format, language: str, currency: str) -> None:
    """What a number was, what it is, and its change by cause with the rows behind each."""
    if form is Format.json:
        print_json(found.model_dump(mode="json"))
        return
    if form is Format.csv:
        rows = [{"cause": cause.id, **row.model_dump()} for cause in found.causes for row in cause.rows]
        print_rows(rows, [Column(key, key) for key in ("cause", "id", "label", "before", "after")], form)
        return

    def show(value: float | None) -> str:
        return written(value, found.unit, currency, language)

    later = found.later or "now"
    known = f"{show(found.before)} as known {found.earlier}, {show(found.after)} as known {later}"
    print_text(f"{found.name} as of {found.as_of}: {known}")
    if not found.causes:
        print_text("Nothing differs between the two.")
    for cause in found.causes:
        print_text(f"\n{cause.label}: {show(cause.change)}, {cause.count} rows")
        rows = [{"row": row.label, "before": show(row.before), "after": show(row.after)} for row in cause.rows]
        print_rows(rows, [Column("row", "Row"), Column("before", "Before", "right"), Column("after", "After", "right")], form)


def _print_to_read(opened: Explanation, form: Format, language: str) -> None:
    def show(value: Any, unit: str) -> str:
        return written(value, unit, opened.currency, language)

    meaning = opened.meaning
    heading = "## " if form is Format.markdown else ""
    print_text(f"{heading}{meaning.name}: {show(opened.value, meaning.unit)}")
    if opened.low is not None or opened.high is not None:
        print_text(f"95 % interval {show(opened.low, meaning.unit)} – {show(opened.high, meaning.unit)}, n = {opened.n}")
    if opened.why:
        print_text(why(opened.why, language))
    print_text(f"\n{meaning.description}\n{meaning.formula}")
    print_text(f"Definition {meaning.id}, version {meaning.version}. {opened.population}")
    period = f"{opened.start or 'the beginning'} to {opened.end or 'now'} (end excluded), " if opened.start or opened.end else ""
    print_text(f"{period}as of {opened.as_of}" + (f", known at {opened.known}" if opened.known else ""))
    for condition in opened.where:
        print_text(f"Where {condition}")
    if opened.parts:
        print_text("\n" + "\n".join(f"{part.label}: {show(part.value, part.unit)}" for part in opened.parts))
    if opened.deal:
        verdict = "is counted" if opened.deal.counted else "is left out"
        print_text(f"\nDeal {opened.deal.deal_id} {verdict}: {opened.deal.text}")
    counted, left_out = f"{opened.counted} counted{_groups(opened.roles)}", f"{opened.left_out} left out{_groups(opened.reasons)}"
    print_text(f"\n{opened.found} rows found: {counted}, {left_out}")
    for rows, title in ((opened.rows, "Counted"), (opened.rows_out, "Left out")):
        if rows:
            print_rows(_texts(rows, opened.columns, show), _columns(rows, opened.columns, language), form, title=title)
    sql = f"```sql\n{opened.sql}\n```" if form is Format.markdown else opened.sql
    print_text(f"\nSQL ({opened.milliseconds:.1f} ms)\n{sql}")
    for text in opened.notes:
        note(text)


def _groups(groups: list[Group]) -> str:
    return f" ({', '.join(f'{group.label} {group.count}' for group in groups)})" if groups else ""


def _columns(rows: list[dict[str, Any]], known: list[ShownColumn], language: str) -> list[Column]:
    named = {column.name: column for column in known}
    keys = dict.fromkeys(key for row in rows for key in row if not key.endswith("_id") or key in named)
    ordered = [*(name for name in named if name in keys), *(key for key in keys if key not in named)]
    numbers = ("days", "money", "count", "share")
    return [
        Column(
            key,
            named[key].label if key in named else column_name(key, language),
            "right" if key in named and named[key].unit in numbers else "left",
        )
        for key in ordered
    ]


def _texts(rows: list[dict[str, Any]], known: list[ShownColumn], show: Any) -> list[dict[str, Any]]:
    units = {column.name: column.unit for column in known}
    return [{key: show(value, units.get(key, "text")) if value is not None else "" for key, value in row.items()} for row in rows]
