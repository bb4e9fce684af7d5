"""Win rate by rep: against what chance allows for that many deals, or from A to Z with intervals. Never a ranking."""

from __future__ import annotations

from dataclasses import replace

from omzet.charts.chart import Chart, Form, every_form
from omzet.charts.control import control
from omzet.charts.intervals import ControlData, ControlLimit, ControlRep, intervals
from omzet.statistics.chance import Z_95, Z_998, limits
from omzet.web.tiles import Segment, State, Tile
from omzet.web.view import View, figure, only

METRIC = "win_rate"
MOST = 60
"""More reps than this and the tile says to filter: dots would hide each other."""

CURVE = 24


def reps_tile(view: View) -> Tile:
    """One dot or line a rep, for the reps who closed a deal in the period."""
    reader, choice = view.reader, view.choice
    pooled = only(view.main(), METRIC)
    answer = view.ask(choice.question([METRIC, "won_count"], by=("rep",)))
    names = choice.view("reps", "limits") == "names"
    tile = Tile(
        id="reps",
        title=reader.t("web.reps.title", "Win rate by rep"),
        sub=reader.t(
            "web.reps.sub",
            "Against what chance allows for that many deals, {period}",
            period=view.name_of(choice.start, choice.end),
        ),
        width=5,
        segments=(
            Segment(reader.t("web.reps.limits", "Chance limits"), choice.with_view("reps", None).address(), not names),
            Segment(reader.t("web.reps.names", "Intervals"), choice.with_view("reps", "names").address(), names),
        ),
        explain=choice.drill(METRIC),
        csv=choice.export([METRIC, "won_count"], by="rep"),
    )
    if not reader.sees_names:
        text = reader.t("web.reps.hidden_text", "Your role sees teams, not the people in them.")
        state = State(reader.t("web.reps.hidden", "Names are not shown to you"), text, "lock-keyhole")
        return replace(tile, segments=(), explain="", csv="", state=state)
    if reader.access.is_limited:
        pooled = replace(pooled, value=rate_of_all(view, pooled.value))
    reps = []
    for row in answer.rows:
        found = figure(row, METRIC)
        if row.get("rep") is None or not found.n or found.value is None:
            continue
        reps.append(
            _rep(view, str(row["rep"]), found.n, int(figure(row, "won_count").value or 0), found.low, found.high, pooled.value)
        )
    if not reps or pooled.value is None:
        title = reader.t("web.reps.none", "No rep closed a deal")
        text = reader.t("web.reps.none_text", "A rate needs closed deals, won or lost. There are none in this period.")
        return replace(tile, segments=(), state=State(title, text))
    if len(reps) > MOST:
        title = reader.t("web.reps.many", "{n} reps are too many for one drawing", n=len(reps))
        text = reader.t("web.reps.many_text", "Choose a team, or open the figures as CSV.")
        return replace(tile, segments=(), state=State(title, text, "info"))
    data = ControlData(tuple(reps), pooled.value, _curve(pooled.value, [rep.closed for rep in reps]), 0.05 * len(reps))

    def draw(form: Form) -> Chart:
        return (intervals if names else control)(data, reader.words, reader.charts(), form)

    return replace(tile, chart=every_form(draw))


def rate_of_all(view: View, own: float | None) -> float | None:
    """The rate that a rep is measured against: that of all, for who sees only some of them by name."""
    answer = view.ask(view.choice.question("rep_funnel_plot", by=("rep",)))
    found = [row.get("rep_funnel_plot:centre") for row in answer.rows]
    return next((float(each) for each in found if each is not None), own)


def _rep(view: View, name: str, closed: int, won: int, low: float | None, high: float | None, pooled: float | None) -> ControlRep:
    outside = ""
    if pooled is not None:
        for mark, z in (("99.8", Z_998), ("95", Z_95)):
            least, most = limits(pooled, closed, z)
            if not least <= won / closed <= most:
                outside = mark
                break
    return ControlRep(
        name=name,
        closed=closed,
        won=won,
        rate=won / closed,
        low=low,
        high=high,
        outside=outside,
        short=name.split(" ")[0],
        href=view.choice.drill(METRIC, cell={"rep": name}),
    )


def _curve(pooled: float, closed: list[int]) -> tuple[ControlLimit, ...]:
    """The limits at round steps between the fewest and the most closed deals, and a little beyond."""
    first, last = max(1, int(min(closed) * 0.6)), int(max(closed) * 1.15) + 2
    step = max(1, (last - first) // CURVE)
    counts = [*range(first, last, step), last]
    return tuple(ControlLimit(count, *limits(pooled, count, Z_95), *limits(pooled, count, Z_998)) for count in counts)
