"""Commands that ask: metrics, query, explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omzet.cli.options import Format, FormatOption, WorkspaceOption, find_workspace, pairs
from omzet.cli.printing import Column, note, print_json, print_rows

if TYPE_CHECKING:
    from omzet.query.question import Question

MetricsArgument = Annotated[str, typer.Argument(metavar="METRIC[,METRIC…]", help="What to measure; `omzet metrics` lists them.")]
ByOption = Annotated[list[str] | None, typer.Option(metavar="DIM,…", help="Split by: rep, team, product, any attribute, …")]
GrainOption = Annotated[
    str | None, typer.Option(metavar="G", help="A row for each day, week, month, quarter, year, fiscal-month, -quarter or -year.")
]
FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="D", help="First day; or a whole period: this-quarter, last-12-months, 2026-Q1, FY2027, …"),
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="D", help="The day after the last one.")]
AsOfOption = Annotated[str | None, typer.Option(metavar="T", help="What was true then: a day (its end) or a time.")]
KnownOption = Annotated[str | None, typer.Option(metavar="T", help="Only what had been recorded by then.")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(metavar="EXPR", help="Only these: 'team = North', 'product in (A, B)'; repeatable."),
]
ParamOption = Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A parameter, such as days=60; repeatable.")]
CompareOption = Annotated[str | None, typer.Option(metavar="HOW", help="Compare with the period before (previous) or last-year.")]
OrderOption = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN", help="Order by a column, or the other way round with a minus: -win_rate.")
]
LimitOption = Annotated[int | None, typer.Option(metavar="N", help="At most this many rows.")]
LanguageOption = Annotated[str | None, typer.Option(metavar="LANGUAGE", help="Language of names and texts: en or nl.")]


def metrics(
    workspace: WorkspaceOption = None,
    language: LanguageOption = None,
    form: FormatOption = Format.table,
) -> None:
    """List the catalogue: every metric's id, name, unit, direction, dimensions and parameters.

    In a workspace (or with -w) its own metrics are included.

    Examples:

        omzet metrics
        omzet metrics --format json | jq -r '.[].id'
    """
    from omzet.metrics.catalogue import read_catalogue
    from omzet.settings import FILE_NAME

    if workspace is None and not (Path.cwd() / FILE_NAME).is_file():
        infos = read_catalogue(None).infos(language or "en")
    else:
        infos = find_workspace(workspace).metrics(language)
    if form is Format.json:
        print_json([each.model_dump(mode="json") for each in infos])
        return
    columns = [
        Column("id", "Metric"),
        Column("name", "Name"),
        Column("unit", "Unit"),
        Column("direction", "Better"),
        Column("kind", "Kind"),
        Column("anchor", "Anchor"),
    ]
    print_rows([each.model_dump(mode="json") for each in infos], columns, form)


def query(
    names: MetricsArgument,
    workspace: WorkspaceOption = None,
    by: ByOption = None,
    grain: GrainOption = None,
    start: FromOption = None,
    end: ToOption = None,
    as_of: AsOfOption = None,
    known: KnownOption = None,
    where: WhereOption = None,
    param: ParamOption = None,
    compare: CompareOption = None,
    order: OrderOption = None,
    limit: LimitOption = None,
    language: LanguageOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Ask for numbers: metrics, split by dimensions, over a period, as of any day, with n and interval.

    An undefined number is empty (null), never 0, and its reason is given.

    Examples:

        omzet query win_rate,won_count --by team --from this-quarter
        omzet query bookings_amount --grain month --from last-12-months
        omzet query bookings_amount --from 2026-Q1 --compare last-year
        omzet query open_pipeline_amount --by stage --as-of 2026-03-31
        omzet query win_rate --by rep --where "team = North" --order -win_rate
    """
    place = find_workspace(workspace)
    question = _question(names, by, grain, start, end, as_of, known, where, param, compare, order, limit)
    answer = place.query(question, language=language)
    if form is Format.json:
        print_json(answer.model_dump(mode="json", by_alias=True, exclude={"definitions"}))
        return
    from omzet.cli.numbers import machine_columns, person_table

    if form is Format.csv:
        print_rows(answer.rows, machine_columns(answer), form)
    else:
        rows, columns = person_table(answer, language or place.settings.locale)
        print_rows(rows, columns, form)
    for text in answer.notes:
        note(text)


def explain(
    names: MetricsArgument,
    workspace: WorkspaceOption = None,
    by: ByOption = None,
    grain: GrainOption = None,
    start: FromOption = None,
    end: ToOption = None,
    as_of: AsOfOption = None,
    known: KnownOption = None,
    where: WhereOption = None,
    param: ParamOption = None,
    compare: CompareOption = None,
    order: OrderOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="Rows to list at most.")] = 50,
    cell: Annotated[
        list[str] | None,
        typer.Option(metavar="DIM=VALUE", help="Which row of the answer to open; repeatable."),
    ] = None,
    deal: Annotated[str | None, typer.Option(metavar="ID", help="Say why this deal is in or out.")] = None,
    language: LanguageOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Open a number: its definition, the SQL behind it, the rows it counts, and the rows left out with the reason.

    Takes the arguments of `omzet query`.

    Examples:

        omzet explain win_rate --from this-quarter
        omzet explain win_rate --by team --cell team=North
        omzet explain bookings_amount --from 2026-Q1 --deal 4711
    """
    from omzet.cli.opening import print_explanation
    from omzet.errors import CallError

    place = find_workspace(workspace)
    question = _question(names, by, grain, start, end, as_of, known, where, param, compare, order, None)
    if len(question.metrics) != 1:
        raise CallError("One metric is explained at a time.")
    picked: dict[str, Any] | None = dict(pairs(cell, "--cell")) if cell else None
    opened = place.explain(question, deal=deal, cell=picked, limit=limit, language=language)
    print_explanation(opened, form, language or place.settings.locale)


def restatement(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="The metric; omzet metrics lists them.")],
    earlier: Annotated[str, typer.Option(metavar="T", help="What was known then is compared with --known, or with all.")],
    workspace: WorkspaceOption = None,
    start: FromOption = None,
    end: ToOption = None,
    as_of: AsOfOption = None,
    known: KnownOption = None,
    where: WhereOption = None,
    param: ParamOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="Rows to list for each cause at most.")] = 20,
    language: LanguageOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Say why a number is not what it was: late data, edits, exchange rates, the definition, what came since.

    Each cause opens to the rows whose part in the number changed.

    Examples:

        omzet restatement bookings_amount --from 2026-Q1 --earlier 2026-04-02
        omzet restatement win_rate --from 2026-Q1 --earlier 2026-04-02 --known 2026-05-01
    """
    from omzet.cli.opening import print_restatement
    from omzet.workspace.words import moment_of

    place = find_workspace(workspace)
    question = _question(metric, None, None, start, end, as_of, known, where, param, None, None, None)
    found = place.restatement(question, moment_of("earlier", earlier), limit=limit, language=language)
    print_restatement(found, form, language or place.settings.locale, place.settings.currency)


def _question(
    names: str,
    by: list[str] | None,
    grain: str | None,
    start: str | None,
    end: str | None,
    as_of: str | None,
    known: str | None,
    where: list[str] | None,
    param: list[str] | None,
    compare: str | None,
    order: list[str] | None,
    limit: int | None,
) -> Question:
    from omzet.workspace.words import question_of

    return question_of(
        names,
        by=by or (),
        grain=grain,
        start=start,
        end=end,
        as_of=as_of,
        known=known,
        where=where or (),
        parameters=pairs(param or [], "--param"),
        compare=compare,
        order=order or (),
        limit=limit,
    )
