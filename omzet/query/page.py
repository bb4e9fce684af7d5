"""The metrics pages of the docs, written from the catalogue in every language, with what each metric is in the sample company.

`scripts/metrics-docs` writes them to `docs/metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from omzet.errors import CallError
from omzet.locale import languages, t
from omzet.locale.formats import in_unit
from omzet.metrics import wording
from omzet.metrics.catalogue import Catalogue
from omzet.metrics.definition import Metric
from omzet.query.answer import Answer
from omzet.query.question import Question

SHOWN_FROM, SHOWN_TO, SHOWN_AS_OF = date(2024, 1, 1), date(2025, 1, 1), date(2025, 6, 30)
"""The year in which the sample company shows what a metric looks like, and the day as of which it is looked at."""

TEXTS = {
    "docs.intro": "Written from the catalogue. Examples: the sample company in {year}, as of {day}.",
    "docs.formula": "Formula",
    "docs.counted": "Counts",
    "docs.rules": "Rules",
    "docs.parameters": "Parameters",
    "docs.example": "Example",
    "docs.source": "Source",
    "docs.sql": "SQL",
    "docs.usual": "the field's usual definition",
    "docs.parameter": "`{name}` (default {default}): {meaning}{choices}",
    "docs.setting": "the setting `{name}`",
    "docs.none": "none",
    "docs.choices": " Choices: {choices}.",
    "docs.undefined": "undefined here: {why}",
    "docs.of": "n = {n}",
    "docs.between": "95% interval {low} to {high}",
    "docs.anchor.period": "Counts what falls in the period by its day: {day}.",
    "docs.anchor.cohort": "Takes what falls in the period by its day ({day}) and follows it to as-of.",
    "docs.anchor.snapshot": "The state at the end of as-of; with a grain, at the end of each period.",
    "docs.kind.additive": "Parts add up to the total, over any dimension and over time.",
    "docs.kind.ratio": "A total is recomputed from the sums above and below, never averaged.",
    "docs.kind.distribution": "A total is recomputed from the rows.",
    "docs.kind.stock": "Parts add up to the total over dimensions, never over time.",
    "docs.direction.up": "Higher is better.",
    "docs.direction.down": "Lower is better.",
    "docs.why": "Undefined is empty, never 0: {why}.",
    "docs.rate": "A row whose currency has no exchange rate for its day is left out and named.",
    "docs.columns": "Further columns: {columns}.",
}
"""The English texts of these pages by id."""

Ask = Callable[[Question], Answer]


def metrics_pages(catalogue: Catalogue, ask: Ask, group_title: Callable[[str, str], str]) -> dict[str, str]:
    """Each page's Markdown by its path within `docs/metrics`: an index, and one page for each language and group.

    `ask` answers from the sample company; `group_title` names a group in a language.
    """
    groups: dict[str, list[Metric]] = {}
    for metric in catalogue:
        groups.setdefault(metric.group, []).append(metric)
    examples = {metric.id: _example(metric, ask) for metric in catalogue}
    pages: dict[str, str] = {}
    index = []
    for language in languages():
        index += [f"## {t('docs.title', 'Metrics', language)}", ""]
        for group, metrics in groups.items():
            title = group_title(group, language)
            pages[f"{language}/{group}.md"] = _page(title, metrics, examples, language)
            names = ", ".join(f"[{wording.name(m, language)}]({language}/{group}.md#{m.id})" for m in metrics)
            index.append(f"- **{title}**: {names}")
        index.append("")
    pages["README.md"] = "\n".join(["# Metrics", "", _intro("en"), "", *index])
    return pages


def _t(id: str, language: str, **values: object) -> str:
    return t(id, TEXTS[id], language, **values)


def _intro(language: str) -> str:
    return _t("docs.intro", language, year=str(SHOWN_FROM.year), day=SHOWN_AS_OF)


def _page(title: str, metrics: Iterable[Metric], examples: dict[str, dict[str, Any]], language: str) -> str:
    lines = [f"# {title}", "", _intro(language), ""]
    for metric in metrics:
        lines += _entry(metric, examples[metric.id], language)
    return "\n".join(lines)


def _entry(metric: Metric, example: dict[str, Any], language: str) -> list[str]:
    def row(word: str, text: str) -> str:
        return f"- **{_t(word, language)}**: {text}"

    lines = [f'<a id="{metric.id}"></a>', f"## {wording.name(metric, language)}", "", f"`{metric.id}`", ""]
    lines += [wording.description(metric, language), ""]
    lines += [row("docs.formula", wording.formula(metric, language)), row("docs.counted", wording.counted(metric, language))]
    lines.append(row("docs.rules", " ".join(_rules(metric, language))))
    if metric.parameters:
        lines.append(row("docs.parameters", ""))
        lines += [f"  - {_parameter(metric, each.name, language)}" for each in metric.parameters]
    lines.append(row("docs.example", f"`{_command(metric)}` → {_told(metric, example, language)}"))
    lines.append(row("docs.source", metric.source or _t("docs.usual", language)))
    if sql := _sql(metric):
        lines.append(row("docs.sql", sql))
    return [*lines, ""]


def _rules(metric: Metric, language: str) -> Iterable[str]:
    if metric.anchor:
        yield _t(f"docs.anchor.{metric.anchor.kind}", language, day=f"`{metric.anchor.column}`")
    yield _t(f"docs.kind.{metric.kind}", language)
    if metric.direction in ("up", "down"):
        yield _t(f"docs.direction.{metric.direction}", language)
    if metric.unit == "money" and not metric.analysis:
        yield _t("docs.rate", language)
    if metric.undefined:
        why = wording.why(metric.undefined, language)
        yield _t("docs.why", language, why=why[0].lower() + why[1:])
    if metric.columns:
        yield _t("docs.columns", language, columns=", ".join(f"`{name}`" for name in metric.columns))


def _parameter(metric: Metric, name: str, language: str) -> str:
    parameter = metric.parameter(name)
    assert parameter
    default = _t("docs.setting", language, name=parameter.setting) if parameter.setting else str(parameter.default)
    if parameter.default is None and not parameter.setting:
        default = _t("docs.none", language)
    choices = _t("docs.choices", language, choices=", ".join(parameter.choices)) if parameter.choices else ""
    meaning = wording.parameter(metric, name, parameter.meaning, language)
    return _t("docs.parameter", language, name=name, default=default, meaning=meaning.rstrip(".") + ".", choices=choices)


def _question(metric: Metric) -> Question:
    if metric.is_snapshot:
        return Question(metrics=(metric.id,), as_of=SHOWN_AS_OF)
    return Question(metrics=(metric.id,), start=SHOWN_FROM, end=SHOWN_TO, as_of=SHOWN_AS_OF)


def _command(metric: Metric) -> str:
    period = "" if metric.is_snapshot else f" --from {SHOWN_FROM} --to {SHOWN_TO}"
    return f"omzet query {metric.id}{period} --as-of {SHOWN_AS_OF}"


def _example(metric: Metric, ask: Ask) -> dict[str, Any]:
    try:
        answer = ask(_question(metric))
    except CallError as error:
        return {"error": str(error)}
    return {**answer.rows[0], "currency": answer.currency}


def _told(metric: Metric, example: dict[str, Any], language: str) -> str:
    if "error" in example:
        return str(example["error"])
    value = example[metric.id]
    if value is None:
        why = wording.why(example[f"{metric.id}:why"], language)
        return _t("docs.undefined", language, why=why[0].lower() + why[1:])
    told = [in_unit(value, metric.unit, example["currency"], language)]
    if metric.unit != "count" or metric.kind not in ("additive", "stock"):
        told.append(_t("docs.of", language, n=int(example[f"{metric.id}:n"])))
    low, high = (example.get(f"{metric.id}:{side}") for side in ("low", "high"))
    if low is not None and high is not None:
        ends = {"low": low, "high": high}
        written = {side: in_unit(end, metric.unit, example["currency"], language) for side, end in ends.items()}
        told.append(_t("docs.between", language, **written))
    return ", ".join(told)


def _sql(metric: Metric) -> str:
    """The entry's own expressions; a name after a colon is a parameter, or a setting."""
    parts = [metric.value, metric.measure]
    if metric.numerator:
        parts.append(f"{metric.numerator} / {metric.denominator}")
    found = [" ".join(part.split()) for part in parts if part]
    if not found or not metric.relation:
        return ""
    where = "" if metric.population == "TRUE" else f" WHERE {' '.join(metric.population.split())}"
    return f"`{found[0]} FROM {metric.relation}{where}`"
