"""A stage at which several reps lose more than their colleagues: something for a training, not for one person's coaching."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import comb

from omzet.analyses.findings.finding import COMPANY, Audience, Candidate
from omzet.analyses.findings.look import USUAL, Look
from omzet.analyses.findings.stage_drop_off import METRIC, decided_at
from omzet.statistics import contrasts
from omzet.statistics.chance import probability

REPS = 3
LEAST = 0.05
FEW = 5
"""Who decided fewer deals at the stage isn't looked at."""

LIKELY = 0.05
"""Reps with at most this chance to lose so many are those meant."""

Counts = dict[str, dict[str, tuple[int, int]]]
"""By stage and rep how many deals were lost there, and how many were decided."""


def training_area(look: Look) -> Iterator[Candidate]:
    """At least three reps lose more of their deals at the same stage than the colleagues do, over four quarters.

    Each rep is held against the colleagues by the chance to lose so many; the third smallest of these chances tells how likely
    it is that three do so by chance alone, among as many reps. No name is told.
    """
    if "person" not in look.levels and "company" not in look.levels:
        return
    span = look.before(USUAL, 2)
    about = COMPANY if "company" in look.levels else _teams(look)
    sizes = look.deal_size()
    for stage, by_rep in _counts(look).items():
        reps = {rep: pair for rep, pair in by_rep.items() if pair[1] >= FEW}
        if len(reps) < REPS + 2:
            continue
        chances = sorted((_chance(rep, reps), rep) for rep in reps)
        p = _third_smallest(chances[REPS - 1][0], len(chances))
        worst = [rep for chance, rep in chances if chance <= LIKELY]
        low_ones = worst if len(worst) >= REPS else [rep for _, rep in chances[:REPS]]
        k1, n1 = (sum(reps[rep][at] for rep in low_ones) for at in (0, 1))
        k0, n0 = (sum(pair[at] for rep, pair in reps.items() if rep not in low_ones) for at in (0, 1))
        contrast = contrasts.newcombe(k1, n1, k0, n0)
        if contrast is None:
            continue
        name = look.stage(stage)
        yield Candidate(
            rule="",
            kind="test",
            subject=stage,
            audience=about,
            sentence=look.say(
                "findings.training_area.text",
                "{m} reps lose more of their deals at {stage} than their colleagues ({p} against {p0});"
                " a training on this step fits here.",
                m=len(low_ones),
                stage=name,
                p=look.percent(k1 / n1),
                p0=look.percent(k0 / n0),
            ),
            n=min(n1, n0),
            effect=contrast.value,
            low=contrast.low,
            high=contrast.high,
            between=look.between_points(contrast.low, contrast.high),
            minimum=LEAST,
            p=p,
            worth=contrast.value * n1 / USUAL * sizes.get(about, 0.0),
            figures=(
                look.share(look.say("findings.figure.these_reps", "These reps"), k1, n1),
                look.share(look.say("findings.figure.colleagues", "Colleagues"), k0, n0),
            ),
            caution=look.say("findings.training_area.caution", "Their deals may differ from those of the others."),
            next_step=look.say("findings.training_area.next", "Ask who does this step well, and let them show how."),
            opens=look.opens(about, METRIC, span, {"stage": name}) if about == COMPANY else None,
            metric=METRIC,
            gate=len(worst) >= REPS and contrast.value > 0,
        )


def _teams(look: Look) -> Audience:
    keys = [value for each in look.scope.access.conditions if each.dimension == "team" for value in each.values]
    key = keys[0] if keys else ""
    return Audience("team", key, look.scope.labels.label("teams", key) or "")


def _counts(look: Look) -> Counts:
    start, end = look.before(USUAL, 2)
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for _, rep, stage, day, lost, decided in decided_at(look):
        if rep is not None and start <= day < end:
            found[stage][rep][0] += lost
            found[stage][rep][1] += decided
    return {stage: {rep: (k, n) for rep, (k, n) in reps.items()} for stage, reps in found.items()}


def _chance(rep: str, reps: dict[str, tuple[int, int]]) -> float:
    """One-sided: to lose as many as the rep or more, at the rate of the colleagues."""
    k, n = reps[rep]
    k0, n0 = (sum(pair[at] for other, pair in reps.items() if other != rep) for at in (0, 1))
    if not n0 or not 0 < k0 < n0:
        return 1.0
    half = probability(k, n, k0 / n0) / 2
    return half if k / n > k0 / n0 else 1 - half


def _third_smallest(p: float, count: int) -> float:
    """The chance that at least three of so many independent chances are no larger than p."""
    return max(0.0, 1 - sum(comb(count, k) * p**k * (1 - p) ** (count - k) for k in range(REPS)))
