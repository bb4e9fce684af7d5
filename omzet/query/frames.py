"""An answer as a table of Arrow, pandas or Polars, and as HTML in a notebook. Each library is imported when it is asked for."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from omzet.errors import OmzetError
from omzet.locale import formats

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from omzet.query.answer import Answer

SHOWN_ROWS = 200


def columns(answer: Answer) -> dict[str, list[Any]]:
    """The answer by column, in the order of its rows' keys; dimensions and metrics are there even when no row is."""
    keys = dict.fromkeys(key for row in answer.rows for key in row) or dict.fromkeys((*answer.by, *answer.metrics))
    return {key: [row.get(key) for row in answer.rows] for key in keys}


def to_arrow(answer: Answer) -> pyarrow.Table:
    """The rows as a `pyarrow.Table`; numbers are int64 or float64, texts strings, undefined null."""
    pyarrow_module = _library("pyarrow", "arrow")
    return pyarrow_module.table({key: pyarrow_module.array(_of_one_type(values)) for key, values in columns(answer).items()})


def to_pandas(answer: Answer) -> pandas.DataFrame:
    """The rows as a `pandas.DataFrame`; an undefined number is NaN."""
    return _library("pandas", "pandas").DataFrame({key: _of_one_type(values) for key, values in columns(answer).items()})


def to_polars(answer: Answer) -> polars.DataFrame:
    """The rows as a `polars.DataFrame`; undefined is null."""
    made: polars.DataFrame = _library("polars", "polars").DataFrame(
        {k: _of_one_type(values) for k, values in columns(answer).items()}
    )
    return made


def to_html(answer: Answer, language: str = "en") -> str:
    """The answer as an HTML table: dimensions, and for each metric its value, interval and n."""
    places = [key for key in columns(answer) if key.partition(":")[0] not in answer.metrics]
    heads = [*places, *(_name(answer, metric) for metric in answer.metrics)]
    body = "".join(
        "<tr>"
        + "".join(f"<th scope='row'>{escape(str(row.get(key) if row.get(key) is not None else '–'))}</th>" for key in places)
        + "".join(f"<td>{_cell(answer, row, metric, language)}</td>" for metric in answer.metrics)
        + "</tr>"
        for row in answer.rows[:SHOWN_ROWS]
    )
    more = f"<p>{len(answer.rows)} rows, the first {SHOWN_ROWS} are shown</p>" if len(answer.rows) > SHOWN_ROWS else ""
    notes = "".join(f"<p>{escape(note)}</p>" for note in answer.notes)
    period = f"{answer.start or ''} to {answer.end or ''} (end excluded), " if answer.start or answer.end else ""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    caption = f"<caption>{escape(period)}as of {escape(answer.as_of)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}{notes}"


def written(value: Any, unit: str, currency: str, language: str) -> str:
    """A value in its unit, as people of that language write it: 24.1%, € 18.400,00, 52.5 days."""
    if value is None:
        return formats.NOTHING
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return str(value)
    return formats.in_unit(value, unit, currency, language)


def _cell(answer: Answer, row: dict[str, Any], metric: str, language: str) -> str:
    value = row.get(metric)
    unit = answer.definitions[metric].unit if metric in answer.definitions else ""
    if value is None:
        return f"<span title='{escape(str(row.get(f'{metric}:why') or ''), quote=True)}'>–</span>"
    shown = escape(written(value, unit, answer.currency, language))
    low, high, n = row.get(f"{metric}:low"), row.get(f"{metric}:high"), row.get(f"{metric}:n")
    more = []
    if low is not None and high is not None:
        ends = (written(end, unit, answer.currency, language) for end in (low, high))
        more.append(formats.between(*ends))
    if n is not None:
        more.append(f"n {formats.number(n, language)}")
    return shown + (f" <small>{escape(', '.join(more))}</small>" if more else "")


def _name(answer: Answer, metric: str) -> str:
    return answer.definitions[metric].name if metric in answer.definitions else metric


def _of_one_type(values: list[Any]) -> list[Any]:
    """Whole numbers among fractions become fractions, so that a column has one type; other mixtures become text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    if len(kinds) > 1:
        return [None if value is None else str(value) for value in values]
    return values


def _library(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise OmzetError(f"{name} is not installed. Install it with: pip install 'omzet[{extra}]'") from error
