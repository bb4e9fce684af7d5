"""The catalogue: shipped entries and the workspace's own, in the same YAML format, checked when read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from omzet.engines import Session
from omzet.errors import OmzetError, unknown
from omzet.locale.words import languages
from omzet.metrics import dimensions, expressions, wording
from omzet.metrics.definition import ANALYSES, Anchor, AnchorKind, Direction, Metric, MetricKind, Parameter, Unit
from omzet.metrics.relations import RELATIONS
from omzet.settings import Settings

SHIPPED = Path(__file__).parent / "catalogue"
REQUIRED = (
    "id",
    "version",
    "owner",
    "changed_on",
    "group",
    "name",
    "description",
    "formula",
    "counted",
    "unit",
    "direction",
    "kind",
)
OPTIONAL = (
    "source",
    "relation",
    "anchor",
    "population",
    "amount",
    "needs_amount",
    "value",
    "numerator",
    "denominator",
    "parts",
    "measure",
    "statistic",
    "interval",
    "defined_if",
    "undefined",
    "of",
    "analysis",
    "rows_of",
    "columns",
    "with",
    "parameters",
    "variants",
    "owner_at",
    "by",
)
"""Analyses that an entry may name."""


@dataclass(frozen=True)
class Catalogue:
    """All metrics of a workspace, by id."""

    metrics: dict[str, Metric]

    def find(self, metric: str) -> Metric:
        """The metric of that id. Raises CallError with the nearest right word."""
        if metric not in self.metrics:
            raise unknown("metric", metric, self.metrics)
        return self.metrics[metric]

    def infos(self, language: str, session: Session | None = None) -> list[MetricInfo]:
        """Every metric in a language. With a session the attributes of its data are among the dimensions."""
        offered = {name: sorted(dimensions.of(session, name)) if session else dimensions.standard(name) for name in RELATIONS}

        def of(metric: Metric) -> list[str]:
            if metric.of:
                return [
                    name for name in of(self.find(metric.of[0])) if all(name in of(self.find(part)) for part in metric.of[1:])
                ]
            if metric.rows_of:
                return of(self.find(metric.rows_of[0]))
            return offered[metric.relation] if metric.relation else ["rep", "team"]

        return [info(metric, language, of(metric)) for metric in self]

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.metrics.values())


def read_catalogue(own: Path | None = None) -> Catalogue:
    """The shipped metrics and those in the folder `own`. An own entry may not take a shipped id.

    Raises OmzetError that names file, line and what is wrong.
    """
    metrics = dict(_shipped())
    for path in own_files(own) if own else ():
        for metric in read_file(path, shipped=False):
            if metric.id in metrics:
                raise OmzetError(f"{path}: the id '{metric.id}' is taken already; give your metric another one.")
            metrics[metric.id] = metric
    for metric in metrics.values():
        for part in (*metric.of, *metric.rows_of):
            if part not in metrics:
                raise OmzetError(f"Metric '{metric.id}' is made of '{part}', which does not exist.")
    return Catalogue(metrics)


def own_files(folder: Path) -> list[Path]:
    """The files of a workspace's own metrics, in the order in which they are read; none when there is no such folder."""
    return sorted(folder.glob("*.y*ml"))


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for path in sorted(SHIPPED.glob("*.yaml")):
        for metric in read_file(path, shipped=True):
            if metric.id in found:
                raise OmzetError(f"{path.name}: the id '{metric.id}' stands twice.")
            found[metric.id] = metric
    return found


def read_file(path: Path, *, shipped: bool) -> list[Metric]:
    """The metrics of one YAML file, a list of entries. Raises OmzetError with file and line."""
    text = path.read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        document = loader.get_single_node()
        entries = loader.construct_document(document) if document is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise OmzetError(f"{place}: this is not valid YAML: {getattr(error, 'problem', error)}.") from error
    if entries is None:
        return []
    if not isinstance(entries, list) or not isinstance(document, yaml.SequenceNode):
        raise OmzetError(f"{path}, line 1: a catalogue file is a list of metrics, each starting with '- id:'.")
    metrics = []
    seen: set[str] = set()
    for entry, node in zip(entries, document.value, strict=True):
        lines = {key.value: key.start_mark.line + 1 for key, _ in getattr(node, "value", []) if hasattr(key, "value")}
        metric = _entry(entry, f"{path}", lines, node.start_mark.line + 1, shipped)
        if metric.id in seen:
            raise OmzetError(f"{path}, line {node.start_mark.line + 1}: the id '{metric.id}' stands twice.")
        seen.add(metric.id)
        metrics.append(metric)
    return metrics


def _entry(entry: Any, path: str, lines: dict[str, int], first: int, shipped: bool) -> Metric:
    def wrong(key: str | None, text: str) -> OmzetError:
        return OmzetError(f"{path}, line {lines.get(key or '', first)}: {text}")

    if not isinstance(entry, dict):
        raise wrong(None, "an entry is a set of keys, starting with 'id:'.")
    for key in entry:
        if key not in (*REQUIRED, *OPTIONAL):
            raise wrong(key, str(unknown("key", str(key), (*REQUIRED, *OPTIONAL))))
    for key in REQUIRED:
        if entry.get(key) in (None, ""):
            raise wrong(None, f"'{entry.get('id', 'an entry')}' lacks '{key}'.")
    for key, words in (("unit", get_args(Unit)), ("direction", get_args(Direction)), ("kind", get_args(MetricKind))):
        if entry[key] not in words:
            raise wrong(key, f"'{key}' is '{entry[key]}'; it must be one of {', '.join(words)}.")
    if entry.get("analysis") and entry["analysis"] not in ANALYSES:
        raise wrong("analysis", str(unknown("analysis", entry["analysis"], ANALYSES)))
    parameters = tuple(_parameter(name, spec, wrong) for name, spec in (entry.get("parameters") or {}).items())
    anchor = _anchor(entry, wrong)
    values = {key: entry[key] for key in (*REQUIRED, *OPTIONAL) if key in entry and key not in ("anchor", "parameters", "with")}
    values |= {key: tuple(entry[key]) for key in ("parts", "of", "by", "rows_of") if key in entry}
    values["changed_on"] = str(entry["changed_on"])
    values["population"] = str(entry.get("population", "TRUE"))
    metric = Metric(**values, anchor=anchor, parameters=parameters, arguments=entry.get("with") or {}, shipped=shipped)
    _check_expressions(metric, wrong)
    return metric


def _parameter(name: str, spec: Any, wrong: Any) -> Parameter:
    if not isinstance(spec, dict) or "default" not in spec or "meaning" not in spec:
        raise wrong("parameters", f"parameter '{name}' needs 'default' and 'meaning'.")
    setting = str(spec.get("setting", ""))
    if setting and setting not in Settings.model_fields:
        raise wrong("parameters", str(unknown("setting", setting, Settings.model_fields)))
    choices = tuple(map(str, spec.get("choices", ())))
    return Parameter(
        name, spec["default"], spec["meaning"], choices, spec.get("at_least"), setting, bool(spec.get("number", False))
    )


def _anchor(entry: dict[str, Any], wrong: Any) -> Anchor | None:
    given = entry.get("anchor")
    if given is None:
        if entry.get("relation"):
            raise wrong(None, f"'{entry['id']}' lacks 'anchor'.")
        return None
    if not isinstance(given, dict) or len(given) != 1 or next(iter(given)) not in get_args(AnchorKind):
        raise wrong(
            "anchor", "'anchor' is one of 'period', 'cohort' or 'snapshot' with the day column, such as {period: closed_on}."
        )
    kind, column = next(iter(given.items()))
    relation = RELATIONS.get(entry.get("relation", ""))
    if relation and column not in relation.days and (kind, column) != ("snapshot", "as_of"):
        raise wrong("anchor", str(unknown("day column", column, relation.days)))
    return Anchor(kind, column)


def _check_expressions(metric: Metric, wrong: Any) -> None:
    if metric.of or (metric.analysis and not metric.relation):
        return
    if metric.relation not in RELATIONS:
        raise wrong("relation", str(unknown("relation", metric.relation, RELATIONS)))
    columns = RELATIONS[metric.relation].columns
    parameters = [p.name for p in metric.parameters]
    shapes = [
        bool(metric.value),
        bool(metric.numerator and metric.denominator),
        bool(metric.measure and metric.statistic is not None),
    ]
    if sum(shapes) != 1 and not metric.analysis:
        raise wrong(None, f"'{metric.id}' needs one of: 'value'; 'numerator' and 'denominator'; 'measure' and 'statistic'.")
    for key, aggregate in (
        ("population", False),
        ("measure", False),
        ("amount", False),
        ("defined_if", False),
        ("value", True),
        ("numerator", True),
        ("denominator", True),
    ):
        text = getattr(metric, key)
        if text:
            try:
                expressions.check(text, columns, parameters, aggregate=aggregate)
            except expressions.ExpressionError as error:
                raise wrong(key, str(error)) from error


class ParameterInfo(BaseModel):
    """One parameter as the catalogue tells of it."""

    name: str
    default: Any
    meaning: str
    choices: list[str]


class MetricInfo(BaseModel):
    """One metric as the catalogue tells of it: to pages, the API and the terminal."""

    id: str
    name: str
    names: dict[str, str]
    description: str
    formula: str
    counted: str
    group: str
    version: int
    owner: str
    changed_on: str
    unit: str
    direction: str
    kind: str
    anchor: str
    relation: str
    dimensions: list[str]
    by: list[str]
    parameters: list[ParameterInfo]
    columns: list[str]
    source: str
    shipped: bool


def info(metric: Metric, language: str, dimensions: list[str]) -> MetricInfo:
    """The metric in a language, with the dimensions it can be split by."""
    columns = [metric.id, f"{metric.id}:n"]
    columns += [f"{metric.id}:low", f"{metric.id}:high"] if metric.interval else []
    columns += [f"{metric.id}:numerator", f"{metric.id}:denominator"] if metric.parts else []
    columns += [f"{metric.id}:{name}" for name in metric.columns]
    return MetricInfo(
        id=metric.id,
        name=wording.name(metric, language),
        names={each: wording.name(metric, each) for each in languages()},
        description=wording.description(metric, language),
        formula=wording.formula(metric, language),
        counted=wording.counted(metric, language),
        group=metric.group,
        version=metric.version,
        owner=metric.owner,
        changed_on=metric.changed_on,
        unit=metric.unit,
        direction=metric.direction,
        kind=metric.kind,
        anchor=f"{metric.anchor.kind} {metric.anchor.column}" if metric.anchor else "period",
        relation=metric.relation,
        dimensions=dimensions,
        by=list(metric.by),
        parameters=[
            ParameterInfo(
                name=p.name,
                default=p.default,
                meaning=wording.parameter(metric, p.name, p.meaning, language),
                choices=list(p.choices),
            )
            for p in metric.parameters
        ],
        columns=columns,
        source=metric.source,
        shipped=metric.shipped,
    )
