"""Data that are not good enough for what is concluded from them."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate, Figure
from omzet.analyses.findings.look import Look
from omzet.locale import formats

FILLED = 0.9
HOURS = 48
DEPENDENT = {
    "amount": frozenset({"bottleneck", "growth_lever"}),
    "expected_close": frozenset({"slippage_high", "forecast_biased"}),
    "owner": frozenset({"rep_below_expectation", "worth_recognising", "growth_lever", "training_area"}),
    "account": frozenset[str](),
}
"""The rules that are less sure where a field is empty."""

OF_ACTIVITY = frozenset({"activity_goes_together"})


def data_incomplete(look: Look) -> Iterator[Candidate]:
    """Fields that fewer than 90 % of the open deals have, and activities that are logged two days late or more. Findings that
    rest on them count a grade less."""
    for about, cells in look.of("field_completeness").items():
        cell = cells.get(())
        for field, rules in DEPENDENT.items():
            share = cell.columns.get(field) if cell else None
            if cell is None or share is None:
                continue
            lacks = 1 - float(share)
            name = _field(look, field)
            yield Candidate(
                rule="",
                kind="fact",
                subject=field,
                audience=about,
                sentence=look.about(
                    about,
                    look.say(
                        "findings.data_incomplete.text",
                        "{p} of open deals have no {field}; what follows from it is less certain.",
                        p=look.percent(lacks),
                        field=name,
                    ),
                ),
                n=round(lacks * cell.n),
                effect=lacks,
                figures=(
                    Figure(look.say("findings.figure.filled", "Filled in"), look.percent(float(share), 1), float(share), cell.n),
                ),
                next_step=look.say("findings.data_incomplete.next", "Fill it in for the largest deals first."),
                opens=look.opens(about, "field_completeness"),
                metric="field_completeness",
                dims=rules,
                gate=float(share) < FILLED,
            )
    for about, cells in look.of("activity_logging_lag_median", look.closed).items():
        cell = cells.get(())
        if cell is None or cell.value is None:
            continue
        late = formats.in_unit(float(cell.value), "hours", look.scope.settings.currency, look.scope.language)
        yield Candidate(
            rule="",
            kind="fact",
            subject="logging",
            audience=about,
            sentence=look.about(
                about,
                look.say(
                    "findings.data_incomplete.lag",
                    "Half of the activities are logged more than {m} after they took place;"
                    " what follows from them is less certain.",
                    m=late,
                ),
            ),
            n=cell.n,
            effect=float(cell.value),
            next_step=look.say("findings.data_incomplete.next_lag", "Log calls and meetings on the day itself."),
            opens=look.opens(about, "activity_logging_lag_median", look.closed),
            metric="activity_logging_lag_median",
            dims=OF_ACTIVITY,
            gate=float(cell.value) > HOURS,
        )


def _field(look: Look, field: str) -> str:
    if field == "amount":
        return look.say("findings.field.amount", "amount")
    if field == "expected_close":
        return look.say("findings.field.expected_close", "expected close date")
    if field == "owner":
        return look.say("findings.field.owner", "owner")
    return look.say("findings.field.account", "account")
