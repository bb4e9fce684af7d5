"""What changed among those who took a training, beside colleagues who did not."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import COMPANY, Candidate, Figure
from omzet.analyses.findings.look import Look

METRIC = "training_effect"
LEAST = 0.05
PEOPLE, MANY = 5, 10
BACK = 8
"""Trainings of so many quarters are looked at."""


def training_effect(look: Look) -> Iterator[Candidate]:
    """The change of the win rate of those trained less that of matched colleagues, by topic: difference in differences, its p
    from permutations over people. Too early trainings are left out. The caution is always told."""
    if "company" not in look.levels:
        return
    span = look.before(BACK, 1)
    for (topic,), cell in look.measured(METRIC, span, ("topic",)).cells.items():
        if cell.value is None or cell.low is None or cell.high is None or cell.columns.get("p") is None or not topic:
            continue
        trained = int(cell.columns["trained"])
        blanks = {"training": str(topic), "d": look.points(cell.value), "n": trained}
        if cell.value > 0:
            sentence = look.say(
                "findings.training_effect.rose",
                "After the training {training} the win rate rose {d} points more than among comparable colleagues ({n} people).",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.training_effect.fell",
                "After the training {training} the win rate changed {d} points less well"
                " than among comparable colleagues ({n} people).",
                **blanks,
            )
        change = float(cell.columns.get("own_change") or 0)
        yield Candidate(
            rule="",
            kind="test",
            subject=str(topic),
            audience=COMPANY,
            sentence=sentence,
            n=min(trained, int(cell.columns["untrained"])),
            effect=float(cell.value),
            low=cell.low,
            high=cell.high,
            between=look.between_points(cell.low, cell.high),
            minimum=LEAST,
            p=float(cell.columns["p"]),
            enough=(PEOPLE, MANY),
            figures=(
                Figure(look.say("findings.figure.trained", "Trained"), look.signed_points(change), change, trained),
                Figure(
                    look.say("findings.figure.colleagues", "Colleagues"),
                    look.signed_points(change - float(cell.value)),
                    change - float(cell.value),
                    int(cell.columns["untrained"]),
                ),
            ),
            caution=look.cause_caution,
            next_step=look.say(
                "findings.training_effect.next", "Decide whether the others take it too, or whether something else is tried."
            ),
            opens=look.opens(COMPANY, METRIC, span, {"topic": str(topic)}),
            metric="win_rate",
        )
