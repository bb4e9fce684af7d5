"""Forecasts that are too high, or too low, time and again."""

from __future__ import annotations

import math
from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate, Figure
from omzet.analyses.findings.look import Look
from omzet.metrics.cells import Measured

METRIC = "forecast_bias"
LEAST = 0.1
ORIGINS, MANY = 6, 8
BACK = 12
"""Quarters looked back."""


def forecast_biased(look: Look) -> Iterator[Candidate]:
    """The mean relative error of the forecasts of at least six quarters, each made once: Student's t against none."""
    whole = look.before(BACK, 1)

    def asked(look: Look, split: tuple[str, ...]) -> Measured:
        return look.measured(METRIC, whole, split, grain=look.grain)

    for about, cells in look.widest.each(asked):
        errors = [float(cell.value) for cell in cells.values() if cell.value is not None]
        n = len(errors)
        if n < ORIGINS:
            continue
        mean = math.fsum(errors) / n
        spread = math.sqrt(math.fsum((each - mean) ** 2 for each in errors) / (n - 1) / n)
        if not spread:
            continue
        low, high, p = _student(mean, spread, n - 1)
        k = sum(each * mean > 0 for each in errors)
        blanks = {"b": look.percent(abs(mean)), "k": k, "of": n}
        if mean > 0:
            sentence = look.say(
                "findings.forecast_biased.high",
                "Forecasts were {b} too high on average, in {k} of the last {of} quarters.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.forecast_biased.low",
                "Forecasts were {b} too low on average, in {k} of the last {of} quarters.",
                **blanks,
            )
        yield Candidate(
            rule="",
            kind="test",
            subject="",
            audience=about,
            sentence=look.about(about, sentence),
            n=n,
            effect=mean,
            low=low,
            high=high,
            between=look.between_percent(low, high),
            minimum=LEAST,
            p=p,
            enough=(ORIGINS, MANY),
            figures=(Figure(look.say("findings.figure.error", "Mean error"), look.percent(mean, 1), mean, n, low, high),),
            next_step=look.say(
                "findings.forecast_biased.next", "Go through how a deal comes into the forecast, and what it takes to stay."
            ),
            opens=look.opens(about, METRIC, whole),
            metric=METRIC,
        )


def _student(mean: float, spread: float, degrees: int) -> tuple[float, float, float]:
    """The 95 % interval of a mean with that standard error, and the two-sided p-value that it is none."""
    from scipy.special import stdtr, stdtrit

    half = float(stdtrit(degrees, 0.975)) * spread
    return mean - half, mean + half, 2 * float(stdtr(degrees, -abs(mean / spread)))
