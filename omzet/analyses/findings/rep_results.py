"""How each rep's wins of a closed quarter lie against what chance allows: what two rules about people look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from omzet.analyses.findings.finding import Audience
from omzet.analyses.findings.look import Look
from omzet.statistics.chance import probability
from omzet.statistics.intervals import wilson


@dataclass(frozen=True)
class Result:
    """Won and closed of a rep, how many wins were expected of such deals, the limits' flag now and in the quarter before, the
    chance that the rep is above the team, and the p-value against what was expected."""

    about: Audience
    won: int
    closed: int
    expected: float
    flag: str
    flag_before: str
    above: float
    p: float
    low: float
    high: float

    @property
    def effect(self) -> float:
        """The share won less the share expected."""
        return self.won / self.closed - self.expected / self.closed


def results(look: Look) -> Iterator[Result]:
    """The reps that the reader may see, of the last closed quarter. Expected by segment, size and source of the deals, from a
    model that has not seen the deal itself."""
    if "person" not in look.levels and not look.you:
        return
    plots, plots_before = (look.of("rep_funnel_plot", span, people=True) for span in (look.closed, look.quarters_ago(2)))
    mixes = look.of("case_mix_adjusted_win_rate", look.closed, people=True)
    shrunk = look.of("win_rate_shrunk", look.closed, people=True)
    for about, cells in plots.items():
        cell, mix, own = cells.get(()), mixes.get(about, {}).get(()), shrunk.get(about, {}).get(())
        if about.level != "person" or cell is None or not cell.denominator or mix is None or own is None:
            continue
        before = plots_before.get(about, {}).get(())
        won, closed = int(cell.numerator or 0), int(cell.denominator)
        expected = float(mix.columns["expected"])
        rate = expected / closed
        within = wilson(won, closed)
        if not within or not 0 < rate < 1 or "flag" not in cell.columns:
            continue
        yield Result(
            about=about,
            won=won,
            closed=closed,
            expected=expected,
            flag=str(cell.columns["flag"]),
            flag_before=str(before.columns.get("flag", "none")) if before else "none",
            above=float(own.columns["above_team"]),
            p=probability(won, closed, rate),
            low=within.low - rate,
            high=within.high - rate,
        )
