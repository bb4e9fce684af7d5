"""Open deals without contact for long: a fact, no inference."""

from __future__ import annotations

from collections.abc import Iterator

from omzet.analyses.findings.finding import Candidate, Figure
from omzet.analyses.findings.look import Look

DAYS = 30


def stale_deals(look: Look) -> Iterator[Candidate]:
    """How many open deals, and of what value, had no call, e-mail or meeting in the last 30 days.

    Nothing is said where nobody logs contact at all: then no deal has any.
    """
    logged = look.measured("touches", (look.before(1, 1)[0], look.running[1]))
    if not sum(cell.n for cell in logged.cells.values()):
        return
    for about, cells in look.of("stale_pipeline_share", given={"stale_days": DAYS}).items():
        cell = cells.get(())
        deals = int(cell.columns["deals"] or 0) if cell else 0
        if not cell or not deals:
            continue
        value = float(cell.numerator or 0)
        blanks = {"n": deals, "v": look.money(value), "d": str(DAYS)}
        if about.is_you:
            sentence = look.say(
                "findings.stale_deals.you",
                "{n} of your open deals ({v}) has had no contact for over {d} days."
                " | {n} of your open deals ({v}) have had no contact for over {d} days.",
                **blanks,
            )
        else:
            sentence = look.say(
                "findings.stale_deals.text",
                "{n} open deal ({v}) has had no contact for over {d} days."
                " | {n} open deals ({v}) have had no contact for over {d} days.",
                **blanks,
            )
            sentence = look.about(about, sentence)
        yield Candidate(
            rule="",
            kind="fact",
            subject="",
            audience=about,
            sentence=sentence,
            n=deals,
            effect=value,
            worth=value,
            figures=(
                Figure(look.say("findings.figure.stale", "No contact"), look.money(value), value, deals),
                Figure(
                    look.say("findings.figure.open", "All open"),
                    look.money(float(cell.denominator or 0)),
                    float(cell.denominator or 0),
                    cell.n,
                ),
            ),
            next_step=look.say("findings.stale_deals.next", "Plan the next step of each, or close it as lost."),
            opens=look.opens(about, "stale_pipeline_share", given={"stale_days": DAYS}),
            metric="stale_pipeline_share",
            tells_money=True,
        )
