"""The cohort funnel: the deals created in the period, and how far each of them came by today."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from omzet.charts.chart import Chart, Form, every_form
from omzet.charts.funnel import FunnelData, FunnelStage, funnel
from omzet.query.answer import Answer
from omzet.web.tiles import Segment, State, Tile
from omzet.web.view import Figure, View, figure

REACHED, DROPPED, OPEN = "stage_reached_count", "stage_drop_off_rate", "stage_open_share"
WENT_ON, WAIT = "stage_conversion_rate", "time_in_stage_mean"
COHORT = {"cohort": "created"}
Key = tuple[object, object]
"""Pipeline and stage."""

LEAST_REACHED = 20
"""Stages are compared only where so many deals came to them, in this cohort and in the one before."""

CLEARLY = 0.05
"""A stage is called the bottleneck only when so much less went on from it than before."""


def funnel_tile(view: View) -> Tile:
    """Columns a stage; each opens the deals that reached it."""
    reader, choice = view.reader, view.choice
    followed = choice.question([REACHED, WENT_ON, DROPPED, OPEN], by=("stage",), parameters=COHORT)
    pipelines = by_pipeline(view.ask(followed).rows)
    rows = max(pipelines.values(), key=first_reached, default=[])
    created = int(first_reached(rows)) if rows else 0
    tile = Tile(
        id="funnel",
        title=reader.t("web.funnel.title", "Sales funnel"),
        sub=reader.t(
            "web.funnel.sub",
            "{n} deal created in {period}, followed to today | {n} deals created in {period}, followed to today",
            n=created,
            period=view.name_of(choice.start, choice.end),
        ),
        width=7,
        segments=tuple(
            Segment(name, choice.with_pick("pipeline", [name]).address(), each is rows)
            for name, each in pipelines.items()
            if name and len(pipelines) > 1
        ),
        explain=choice.drill("overall_conversion_rate"),
        csv=choice.export([REACHED, WENT_ON, DROPPED, OPEN, WAIT], by="stage", param="cohort=created"),
    )
    if not created:
        title = reader.t("web.funnel.none", "No deal was created")
        return replace(
            tile, state=State(title, reader.t("web.funnel.none_text", "The funnel follows the deals created in this period."))
        )
    before, waits = earlier(view), by_stage(view.ask(choice.question(WAIT, by=("stage",))), WAIT)
    stages = tuple(
        _stage(view, row, before.get(key_of(row)), waits.get(key_of(row)), last=index == len(rows) - 1)
        for index, row in enumerate(rows)
    )
    data = FunnelData(stages, bottleneck(rows, stages), "mean")

    def draw(form: Form) -> Chart:
        return funnel(data, reader.words, reader.charts(), form)

    return replace(tile, chart=every_form(draw))


def by_pipeline(rows: list[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    """The stages of each pipeline that has deals, in their order; the pipeline has no name where there is only one."""
    found: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        if row.get("stage") is not None:
            found.setdefault(str(row.get("pipeline") or ""), []).append(row)
    return {name: each for name, each in found.items() if first_reached(each)}


def first_reached(rows: list[dict[str, object]]) -> float:
    """How many deals came to the first of these stages."""
    return figure(rows[0], REACHED).value or 0.0


def earlier(view: View) -> dict[Key, Figure]:
    """By pipeline and stage what went on from the cohort it is compared with, followed for as long as this one has been:
    a cohort that had more time would look better without being so."""
    base = view.base()
    if base is None:
        return {}
    as_of = view.today - (view.choice.start - base[0])
    if as_of < base[0]:
        return {}
    end = min(base[1], as_of + timedelta(days=1))
    asked = view.choice.question(WENT_ON, by=("stage",), parameters=COHORT, start=base[0], end=end, as_of=as_of)
    return by_stage(view.ask(asked), WENT_ON)


def by_stage(answer: Answer, metric: str) -> dict[Key, Figure]:
    """The figures of an answer by pipeline and stage."""
    return {key_of(row): figure(row, metric) for row in answer.rows}


def key_of(row: dict[str, object]) -> Key:
    """Pipeline and stage of a row."""
    return row.get("pipeline"), row.get("stage")


def _stage(view: View, row: dict[str, object], before: Figure | None, wait: Figure | None, *, last: bool) -> FunnelStage:
    found = figure(row, REACHED)
    reached = int(found.value or 0)
    went_on = figure(row, WENT_ON)
    comparable = before is not None and before.n >= LEAST_REACHED and reached >= LEAST_REACHED
    change = (
        went_on.value - before.value if comparable and before and went_on.value is not None and before.value is not None else None
    )
    return FunnelStage(
        label=str(row.get("stage")),
        reached=reached,
        open=_part(figure(row, OPEN), reached),
        dropped=_part(figure(row, DROPPED), reached),
        conversion=None if last else went_on.value,
        change=None if last else change,
        wait=None if last or wait is None else wait.value,
        href=view.choice.drill(REACHED, cell={"stage": row.get("stage")}, parameters=COHORT),
    )


def _part(share: Figure, reached: int) -> int:
    return round((share.value or 0.0) * reached)


def bottleneck(rows: list[dict[str, object]], stages: tuple[FunnelStage, ...]) -> int | None:
    """The one stage to look at: where the share that went on fell most, if it fell clearly and by more than chance."""
    fell = []
    for index, (row, stage) in enumerate(zip(rows, stages, strict=True)):
        went_on = figure(row, WENT_ON)
        if stage.change is None or went_on.value is None or went_on.high is None:
            continue
        if stage.change <= -CLEARLY and went_on.value - stage.change > went_on.high:
            fell.append((stage.change, index))
    return min(fell)[1] if fell else None
