"""One sample of each chart, small enough to check by hand, and the words and formats to draw it with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from omzet.charts.bars import BarsData, BarsMonth, BarsNote, BarsQuarter, bars
from omzet.charts.chart import Chart, Form, Formats, Words, every_form
from omzet.charts.control import control
from omzet.charts.distribution import DistributionBand, DistributionData, distribution
from omzet.charts.funnel import FunnelData, FunnelStage, funnel
from omzet.charts.goal import GoalData, GoalMark, GoalPoint, goal
from omzet.charts.intervals import ControlData, ControlLimit, ControlRep, intervals
from omzet.charts.kpi import RateData, SparkData, SparkPoint, SumData, bullet_of_rate, bullet_of_sum, spark
from omzet.charts.line import LineData, LinePoint, LineSeries, line
from omzet.locale import words

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def english(_: str, text: str) -> str:
    return text


def dutch(id: str, text: str) -> str:
    return words("nl")(id, text)


def number(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}".replace("-", "−")


def percent(value: float, decimals: int) -> str:
    return f"{value * 100:.{decimals}f}%".replace("-", "−")


def money(value: float) -> str:
    sign, size = ("−" if value < 0 else ""), abs(value)
    for divisor, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= divisor:
            return f"{sign}€{size / divisor:.{2 if letter != 'k' else 0}f}{letter}"
    return f"{sign}€{size:.0f}"


def day(value: date, grain: str) -> str:
    return {"day": f"{value.day} {MONTHS[value.month - 1]}", "month": MONTHS[value.month - 1]}.get(grain, str(value.year))


EN = Formats(number, money, percent, day)


def _comma(text: str) -> str:
    return text.replace(",", "\0").replace(".", ",").replace("\0", ".")


NL = Formats(
    lambda value, decimals: _comma(number(value, decimals)),
    lambda value: _comma(money(value)).replace("€", "€\u00a0").replace("M", "\u00a0mln"),
    lambda value, decimals: _comma(percent(value, decimals)),
    day,
)

BOOKED = (742, 800, 1012, 789, 862, 1120, 702, 686, 1042, 1118, 725, None)
TARGET = (760, 800, 960, 840, 880, 1040, 800, 720, 980, 1040, 1040, 1020)

BARS = BarsData(
    months=tuple(
        BarsMonth(
            label,
            f"{label} 2026",
            None if got is None else got * 1000.0,
            goal * 1000.0,
            label == "Nov",
            href=f"?month={index + 1}",
        )
        for index, (label, got, goal) in enumerate(zip(MONTHS, BOOKED, TARGET, strict=True))
    ),
    quarters=(
        BarsQuarter("Q1", 0, 2, 2_554_000, 2_520_000, href="?quarter=1"),
        BarsQuarter("Q2", 3, 5, 2_771_000, 2_760_000),
        BarsQuarter("Q3", 6, 8, 2_430_000, 2_500_000),
        BarsQuarter("Q4", 9, 11, 1_843_000, 1_882_000, to_date=True),
    ),
    notes=(BarsNote(8.0, "Price change, 1 Sep"),),
)

FUNNEL = FunnelData(
    stages=(
        FunnelStage("Opportunity", 612, 9, 117, 486 / 612, None, 4, "?stage=1"),
        FunnelStage("Qualified", 486, 21, 124, 341 / 486, None, 9, "?stage=2"),
        FunnelStage("Demo", 341, 17, 70, 254 / 341, None, 8, "?stage=3"),
        FunnelStage("Proposal", 254, 46, 104, 104 / 254, -0.09, 11, "?stage=4"),
        FunnelStage("Negotiation", 104, 9, 19, 76 / 104, None, 7, "?stage=5"),
        FunnelStage("Won", 76, href="?stage=6"),
    ),
    bottleneck=3,
)

SPARK = SparkData(
    "Bookings",
    tuple(
        SparkPoint(f"week {index + 1}", now, before, f"€{now}k" if now else "–", f"€{before}k")
        for index, (now, before) in enumerate(
            zip((60, 210, 400, 610, 830, 980, 1240, 1510, 1840, None, None, None, None), range(90, 2900, 220), strict=True)
        )
    ),
    from_zero=True,
)
TREND = SparkData(
    "Win rate",
    tuple(
        SparkPoint(month, value / 100, None, f"{value}%")
        for month, value in zip(MONTHS, (29, 28, 31, 27, 29, 28, 26, 28, 25, 27, 25, 24), strict=True)
    ),
    target=0.27,
)
SUM = SumData(1.84e6, 3.10e6, 1.88e6, 2.74e6, 3.21e6)
RATE = RateData(0.241, 0.205, 0.281, 0.27, (0.0, 1.0))


COUNTS = (4, 11, 19, 22, 17, 12, 9, 7, 4, 3, 2, 1, 4)
DISTRIBUTION = DistributionData(
    tuple(
        DistributionBand(15.0 * index, None if index == 12 else 15.0 * index + 15, count, f"?days={15 * index}")
        for index, count in enumerate(COUNTS)
    ),
    median=47,
    p90=126.5,
)


def limit(closed: int, pooled: float) -> ControlLimit:
    """Normal limits: close enough to draw with."""
    error = (pooled * (1 - pooled) / closed) ** 0.5
    edges = (max(0.0, min(1.0, pooled + z * error)) for z in (-1.96, 1.96, -3.09, 3.09))
    return ControlLimit(closed, *edges)


def rep(name: str, closed: int, won: int, outside: str = "") -> ControlRep:
    """A rep with the Wilson interval of the rate."""
    share, z = won / closed, 1.96
    middle = (share + z * z / (2 * closed)) / (1 + z * z / closed)
    half = z * (share * (1 - share) / closed + z * z / (4 * closed * closed)) ** 0.5 / (1 + z * z / closed)
    return ControlRep(name, closed, won, share, middle - half, middle + half, outside, name.split()[0], f"?rep={closed}")


CONTROL = ControlData(
    reps=(
        rep("Fatima El Idrissi", 29, 12, "95"),
        rep("Sofie Claes", 33, 3, "95"),
        rep("Anna Weber", 40, 10),
        rep("Bram Kuiper", 17, 4),
        rep("Daan Mulder", 27, 6),
        rep("Emma Peeters", 44, 11),
        rep("Ines Martens", 47, 17),
        rep("Joris Bakker", 41, 9),
        rep("Lotte Jansen", 38, 10),
        rep("Lukas Hoffmann", 31, 8),
        rep("Mila de Wit", 21, 6),
        rep("Noor Smit", 36, 8),
        rep("Sander Visser", 52, 7),
        rep("Tom Willems", 33, 7),
    ),
    pooled=0.241,
    limits=tuple(limit(closed, 0.241) for closed in range(1, 60)),
    by_chance=0.7,
)

RATES = (0.437, 0.46, 0.425, 0.462, None, 0.47, 0.46, 0.44)
LINE = LineData(
    (
        LineSeries(
            "Sander",
            tuple(
                LinePoint(
                    date(2025 + index // 4, 1 + 3 * (index % 4), 1),
                    f"Q{index % 4 + 1} {2025 + index // 4}",
                    rate,
                    None if rate is None else rate - 0.13,
                    None if rate is None else rate + 0.14,
                    f"?quarter={index}",
                )
                for index, rate in enumerate(RATES)
            ),
        ),
        LineSeries(
            "Team",
            tuple(
                LinePoint(
                    date(2025 + index // 4, 1 + 3 * (index % 4), 1),
                    f"Q{index % 4 + 1} {2025 + index // 4}",
                    0.45 + 0.01 * (index % 3),
                )
                for index in range(8)
            ),
            "past",
        ),
    ),
    "percent",
)


GOAL = GoalData(
    tuple(
        GoalPoint(f"Q{at % 4 + 1} {25 + at // 4}", f"Q{at % 4 + 1} {2025 + at // 4}", rate, rate - 0.13, rate + 0.14, at == 7)
        for at, rate in enumerate((0.437, 0.46, 0.425, 0.462, 0.449, 0.471, 0.46, 0.44))
    ),
    (GoalMark("you", 0.52), GoalMark("Sander", 0.5, "theirs")),
    "Q1 27",
    "Q1 2027",
    "percent",
    0.41,
    0.56,
)


@dataclass(frozen=True)
class Sample:
    """A tile of the contact sheet."""

    name: str
    width: int
    svg: str
    summary: str


def samples(formats: Formats = EN, said: Words = english) -> list[Sample]:
    """Every chart in every width it will be seen at."""

    def tile(name: str, width: int, chart: Chart) -> Sample:
        return Sample(name, width, chart.svg, chart.summary)

    drawings: tuple[tuple[str, tuple[int, ...], Callable[[Form], Chart]], ...] = (
        ("Bookings by month", (670, 360, 290), lambda form: bars(BARS, said, formats, form)),
        ("Sales funnel", (670, 360, 290), lambda form: funnel(FUNNEL, said, formats, form)),
        ("Win rate by rep", (670, 460), lambda form: control(CONTROL, said, formats, form)),
        ("Win rate by rep, intervals", (670, 360, 290), lambda form: intervals(CONTROL, said, formats, form)),
        ("Sales cycle length", (670, 460), lambda form: distribution(DISTRIBUTION, said, formats, form)),
        ("Proposals that went on", (670, 460, 360), lambda form: line(LINE, said, formats, form)),
        ("A goal", (670, 460, 360), lambda form: goal(GOAL, said, formats, form)),
        ("Sales cycle length", (360,), lambda form: distribution(DISTRIBUTION, said, formats, form)),
    )
    tiles = []
    for name, widths, draw in drawings:
        drawn = every_form(draw)
        tiles += [tile(name, width, drawn) for width in widths]
    for name, trend, bullet in (
        ("Bookings", SPARK, bullet_of_sum(SUM, "98% of pace")),
        ("Win rate", TREND, bullet_of_rate(RATE, "2.9 pt under target")),
    ):
        trend_drawn = spark(trend, said)
        tiles += [Sample(name, width, trend_drawn.svg + bullet, trend_drawn.summary) for width in (234, 360)]
    return tiles
