"""How strong the evidence of a finding is: all tests of one look are adjusted together, then a rule decides the grade."""

from __future__ import annotations

import math
from collections.abc import Sequence

from omzet.analyses.findings.finding import GRADES, Candidate, Grade
from omzet.statistics.multiplicity import adjusted

SILENT = 5
"""Below so many rows on the smaller side nothing is said."""

STRONG_Q, MODERATE_Q = 0.05, 0.10


def adjusted_together(candidates: Sequence[Candidate]) -> list[float | None]:
    """The p-value of each candidate adjusted for all that have one (Benjamini and Hochberg), those kept back included."""
    tested = [each.p for each in candidates if each.p is not None]
    found = iter(adjusted(tested))
    return [None if each.p is None else next(found) for each in candidates]


def grade_of(candidate: Candidate, q: float | None) -> Grade | None:
    """The grade of a candidate; None where it is not worth saying.

    Strong: adjusted p at most 0.05, 30 rows a side, and the whole interval beyond the least effect that matters. Moderate:
    at most 0.10, 15 rows, and an interval without 0. Weak: anything else of at least 5 rows and that effect. An estimate has no
    p-value: its interval decides. Facts and signals have no grade.
    """
    if candidate.n < SILENT or not candidate.gate:
        return None
    if candidate.kind in ("fact", "signal"):
        return "none"
    if not math.isfinite(candidate.effect) or abs(candidate.effect) < candidate.minimum or not candidate.effect:
        return None
    nearest = _nearest_to_none(candidate)
    if candidate.kind == "test" and q is None:
        return None
    if (q is None or q <= STRONG_Q) and candidate.n >= candidate.enough[1] and nearest > candidate.minimum:
        return "strong"
    if (q is None or q <= MODERATE_Q) and candidate.n >= candidate.enough[0] and nearest > 0:
        return "moderate"
    return "weak"


def dimmed(grade: Grade) -> Grade:
    """One grade lower, where the data are not good enough for it."""
    return grade if grade == "none" else GRADES[min(GRADES.index(grade) + 1, len(GRADES) - 1)]


def _nearest_to_none(candidate: Candidate) -> float:
    """How far the interval stays from no effect, on the side of the effect; below 0 where it holds none."""
    if candidate.low is None or candidate.high is None:
        return -1.0
    return candidate.low if candidate.effect > 0 else -candidate.high
