"""Open deals whose expected close has passed: a fact, no inference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from omzet.analyses.findings.finding import Candidate, Figure
from omzet.analyses.findings.look import Look

LATE = "status = 'open' AND is_qualified AND expected_close_on < :as_of"


def overdue_close_dates(look: Look) -> Iterator[Candidate]:
    """How many open deals have an expected close before today, and their value."""
    counted = replace(look.catalogue.find("open_pipeline_count"), population=LATE)
    counts = look.of(counted)
    values = look.of("overdue_pipeline_share")
    for about, cells in counts.items():
        cell, amounts = cells.get(()), values.get(about, {}).get(())
        if cell is None or amounts is None:
            continue
        value = float(amounts.numerator or 0)
        late = int(cell.value or 0)
        if late <= 0 or value <= 0:
            continue
        blanks = {"n": late, "v": look.money(value)}
        if about.is_you:
            sentence = look.say(
                "findings.overdue_close_dates.you",
                "{n} of your deals ({v}) has a close date in the past. | {n} of your deals ({v}) have a close date in the past.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.overdue_close_dates.text",
                "{n} deal ({v}) has a close date in the past. | {n} deals ({v}) have a close date in the past.",
                **blanks,
            )
            sentence = look.about(about, sentence)
        whole = float(amounts.denominator or 0)
        yield Candidate(
            rule="",
            kind="fact",
            subject="",
            audience=about,
            sentence=sentence,
            n=late,
            effect=value,
            worth=value,
            figures=(
                Figure(look.say("findings.figure.overdue", "Close date passed"), look.money(value), value, late),
                Figure(look.say("findings.figure.open", "All open"), look.money(whole), whole, amounts.n),
            ),
            next_step=look.say("findings.overdue_close_dates.next", "Ask each customer for a new date, or close the deal."),
            opens=look.opens(about, "overdue_pipeline_share"),
            metric="close_date_hygiene",
            tells_money=True,
        )
