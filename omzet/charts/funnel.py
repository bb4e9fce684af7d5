"""The cohort funnel: who reached each stage, and above it who stayed behind, open or dropped.

A column stands as tall as the one before it: reached, then what is still open and what dropped in the stage before. The
conversion, the dropped and the wait stand beneath the stage that is left.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from omzet.charts.chart import WIDE, Chart, Form, Formats, Table, Words, classes_of, lines, nothing
from omzet.charts.labels import shortened, width_of
from omzet.charts.legend import legend
from omzet.charts.scales import Band, Linear, finite, ratio
from omzet.charts.svg import Canvas, block, hatched, path, rule, text

LEAST_SLOT = 60.0
LAST_SLOT = 66.0


@dataclass(frozen=True)
class FunnelStage:
    """A stage of a cohort. `reached` = went on + `open` (still in this stage) + `dropped` (left it without going on).

    `conversion` is the share that went on from this stage (None for the last); `change` its change in shares (-0.09) when
    the page compares; `wait` the time in this stage, in days.
    """

    label: str
    reached: int
    open: int = 0
    dropped: int = 0
    conversion: float | None = None
    change: float | None = None
    wait: float | None = None
    href: str | None = None


@dataclass(frozen=True)
class FunnelData:
    """`bottleneck` is the index of the one stage to highlight; `wait_is` says which statistic the waits are."""

    stages: tuple[FunnelStage, ...]
    bottleneck: int | None = None
    wait_is: str = "median"


def funnel(data: FunnelData, words: Words, formats: Formats, form: Form = WIDE) -> Chart:
    """Draws columns, or rows where columns would be too thin for their words."""
    told = _Told(data, words, formats)
    table = told.table()
    if not data.stages or data.stages[0].reached <= 0:
        return nothing(form, "funnel", words, table)
    gutter = max(width_of(label, "c-text") for label in told.row_labels()) + 14
    widest = max(width_of(told.count(stage.reached), "c-figure") for stage in data.stages) + 8
    slot = (form.width - gutter - max(LAST_SLOT, widest)) / max(1, len(data.stages) - 1)
    thin = form.narrow or slot < max(LEAST_SLOT, widest)
    canvas = _rows(data, told, form) if thin else _columns(data, told, form, gutter, min(slot, 200.0))
    summary = told.summary()
    return Chart(canvas.svg(summary, classes_of(form, "funnel")), summary, table)


@dataclass(frozen=True)
class _Told:
    """The funnel's words and numbers."""

    data: FunnelData
    words: Words
    formats: Formats

    def wait_label(self) -> str:
        mean = self.data.wait_is == "mean"
        return self.words("charts.funnel.mean_wait", "mean wait") if mean else self.words("charts.funnel.wait", "median wait")

    def row_labels(self) -> tuple[str, ...]:
        return self.words("charts.funnel.went_on", "went on"), self.words("charts.funnel.dropped", "dropped"), self.wait_label()

    def count(self, number: float) -> str:
        return self.formats.number(number, 0)

    def of_first(self, stage: FunnelStage) -> str:
        share = ratio(stage.reached, self.data.stages[0].reached)
        return "–" if share is None else self.formats.percent(share, 0)

    def conversion(self, stage: FunnelStage) -> str:
        share = finite(stage.conversion)
        return "–" if share is None else self.formats.percent(share, 0)

    def change(self, stage: FunnelStage) -> str:
        change = finite(stage.change)
        if change is None:
            return ""
        sign = "−" if change < 0 else "+"
        return self.words("charts.points", "{points} pt").format(points=f"{sign}{self.formats.number(abs(change) * 100, 0)}")

    def wait(self, stage: FunnelStage) -> str:
        days = finite(stage.wait)
        if days is None:
            return "–"
        number = self.formats.number(days, 0 if self.data.wait_is == "median" and days == round(days) else 1)
        one = self.words("charts.day", "{days} day")
        return (one if days == 1 else self.words("charts.days", "{days} days")).format(days=number)

    def left(self, index: int) -> bool:
        """Whether deals can go on from this stage: not from the last."""
        return index < len(self.data.stages) - 1

    def tip(self, index: int) -> str:
        stage = self.data.stages[index]
        went_on, dropped, wait = self.row_labels()
        reached = self.words("charts.funnel.reached_tip", "Reached: {count}, {share} of the first stage")
        return lines(
            stage.label,
            reached.format(count=self.count(stage.reached), share=self.of_first(stage)),
            f"{went_on.capitalize()}: {self.conversion(stage)}" if self.left(index) else None,
            f"{self.words('charts.funnel.open', 'Still open')}: {self.count(stage.open)}" if self.left(index) else None,
            f"{dropped.capitalize()}: {self.count(stage.dropped)}" if self.left(index) else None,
            f"{wait.capitalize()}: {self.wait(stage)}" if self.left(index) else None,
        )

    def entries(self) -> list[tuple[str, str]]:
        entries = [
            ("bar", self.words("charts.funnel.reached", "Reached")),
            ("hatch", self.words("charts.funnel.behind", "Still open a step back")),
            ("mute", self.words("charts.funnel.dropped_key", "Dropped")),
        ]
        if self.data.bottleneck is not None:
            entries.append(("hot", self.words("charts.funnel.bottleneck", "Bottleneck")))
        return entries

    def summary(self) -> str:
        first, last = self.data.stages[0], self.data.stages[-1]
        sentence = self.words("charts.funnel.summary", "Of {count} in {first}, {won} reached {last} ({share})").format(
            count=self.count(first.reached),
            first=first.label,
            won=self.count(last.reached),
            last=last.label,
            share=self.of_first(last),
        )
        if self.data.bottleneck is not None:
            stage = self.data.stages[self.data.bottleneck]
            sentence += self.words("charts.funnel.summary_bottleneck", "; the bottleneck is {stage}: {share} went on").format(
                stage=stage.label, share=self.conversion(stage)
            )
        return f"{sentence}."

    def table(self) -> Table:
        went_on, dropped, wait = self.row_labels()
        columns = (
            self.words("charts.funnel.stage", "Stage"),
            self.words("charts.funnel.reached", "Reached"),
            went_on.capitalize(),
            self.words("charts.funnel.open", "Still open"),
            dropped.capitalize(),
            wait.capitalize(),
        )
        rows = tuple(
            (
                stage.label,
                self.count(stage.reached),
                self.conversion(stage),
                self.count(stage.open),
                self.count(stage.dropped),
                self.wait(stage),
            )
            for stage in self.data.stages
        )
        return Table(columns, rows)


def _columns(data: FunnelData, told: _Told, form: Form, gutter: float, slot: float) -> Canvas:
    stages = data.stages
    top, bottom = 52.0, 52.0 + (172 if form.name == "wide" else 140)
    parts, end = legend(told.entries(), form.width, bottom + 76)
    canvas = Canvas(form.width, end + 4)
    band = Band(len(stages), gutter, gutter + slot * len(stages))
    wide = min(88.0, slot * 0.64, form.width - band.at(len(stages) - 1))
    rise = Linear(0, stages[0].reached, bottom, top)
    for index in range(len(stages) - 1):
        start, stop = band.at(index) + wide, band.at(index + 1)
        here, after = rise(stages[index].reached), rise(stages[index + 1].reached)
        hot = index == data.bottleneck
        canvas.add(
            path([(start, here), (stop, after), (stop, bottom), (start, bottom)], f"c-flow{'-hot' if hot else ''}", closed=True)
        )
    canvas.add(rule(gutter, bottom, form.width, bottom, "c-axis"))
    for place, label in enumerate(told.row_labels()):
        canvas.add(text(0, bottom + 20 + 18 * place, label, "c-text"))
    for index, stage in enumerate(stages):
        x, reached = band.at(index), rise(stage.reached)
        room = (slot if told.left(index) else form.width - x) - 6
        piece = [
            block(x - 4, 0, room + 4, bottom + 64, "c-hit"),
            text(x, 12, shortened(stage.label, room), "c-text"),
            text(x, 34, told.count(stage.reached), "c-figure"),
            block(x, reached, wide, bottom - reached, "c-fill-hot" if index == data.bottleneck else "c-bar"),
        ]
        share, after = told.of_first(stage), width_of(told.count(stage.reached), "c-figure") + 4
        if after + width_of(share, "c-tick") <= room:
            piece.append(text(x + after, 34, share, "c-tick"))
        if index:
            piece += _behind(stages[index - 1], x, reached, wide, rise, bottom)
        if told.left(index):
            piece += _left(told, index, x, bottom, slot)
        canvas.mark(*piece, tip=told.tip(index), href=stage.href)
    canvas.add(*parts)
    return canvas


def _behind(before: FunnelStage, x: float, reached: float, wide: float, rise: Linear, bottom: float) -> list[Markup]:
    """Who stayed in the stage before: open next to the column's top, dropped above."""
    open_height, dropped_height = bottom - rise(before.open), bottom - rise(before.dropped)
    return [
        hatched(x, reached - open_height, wide, open_height),
        block(x, reached - open_height - dropped_height, wide, dropped_height, "c-fill-mute"),
    ]


def _left(told: _Told, index: int, x: float, bottom: float, step: float) -> list[Markup]:
    stage = told.data.stages[index]
    share, change = told.conversion(stage), told.change(stage)
    parts = [text(x, bottom + 20, share, "c-strong")]
    if index == told.data.bottleneck:
        parts[0] = text(x, bottom + 20, share, "c-strong c-ink-bad")
        at = x + width_of(share, "c-strong") + 6
        if change and at + width_of(change, "c-now") + 10 <= x + step - 2:
            parts.append(block(at, bottom + 8, width_of(change, "c-now") + 10, 17, "c-chip-bad", round_=4))
            parts.append(text(at + 5, bottom + 20, change, "c-now c-ink-bad"))
    parts.append(text(x, bottom + 38, told.count(stage.dropped), "c-text"))
    parts.append(text(x, bottom + 56, shortened(told.wait(stage), step - 4), "c-text"))
    return parts


def _rows(data: FunnelData, told: _Told, form: Form) -> Canvas:
    stages = data.stages
    parts, end = legend(told.entries(), form.width)
    top, height = end + 10, 56.0
    canvas = Canvas(form.width, top + height * len(stages) - 18)
    canvas.add(*parts)
    run = Linear(0, stages[0].reached, 0, form.width)
    for index, stage in enumerate(stages):
        y = top + height * index
        bottleneck = index == data.bottleneck
        count, share = told.count(stage.reached), told.of_first(stage)
        right = form.width - width_of("100%", "c-tick") - 8
        piece = [
            block(0, y, form.width, min(height - 4, canvas.height - y), "c-hit"),
            text(0, y + 14, shortened(stage.label, right - width_of(count, "c-strong") - 10), "c-text"),
            text(right, y + 14, count, "c-strong", "end"),
            text(form.width, y + 14, share, "c-tick", "end"),
            block(0, y + 20, run(stage.reached), 10, "c-fill-hot" if bottleneck else "c-bar", round_=1),
        ]
        if index:
            x, before = run(stage.reached), stages[index - 1]
            piece.append(hatched(x, y + 20, run(before.open), 10, gap=4))
            piece.append(block(x + run(before.open), y + 20, run(before.dropped), 10, "c-fill-mute"))
        if told.left(index):
            piece += _row_left(told, index, y + 45, form.width)
        canvas.mark(*piece, tip=told.tip(index), href=stage.href)
    return canvas


def _row_left(told: _Told, index: int, y: float, width: float) -> list[Markup]:
    stage, hot = told.data.stages[index], index == told.data.bottleneck
    went_on, dropped, _ = told.row_labels()
    share, change = f"{told.conversion(stage)} {went_on}", told.change(stage) if hot else ""
    rest = f" · {told.count(stage.dropped)} {dropped}"
    if finite(stage.wait) is not None:
        rest += f" · {told.wait(stage)}"
    parts = [text(0, y, share, "c-now c-ink-bad" if hot else "c-now")]
    at, chip = width_of(share, "c-now") + 1, width_of(change, "c-now") + 10
    if change and at + width_of(rest, "c-tick") + chip + 6 <= width:
        parts.append(block(width - chip, y - 12, chip, 17, "c-chip-bad", round_=4))
        parts.append(text(width - chip + 5, y, change, "c-now c-ink-bad"))
    parts.append(text(at, y, shortened(rest, width - at, "c-tick"), "c-tick"))
    return parts
