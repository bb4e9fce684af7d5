"""What a tile, a KPI and a state are made of, ready for a template: words and drawings, no arithmetic left."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from omzet.charts.chart import Chart

NOTHING = Markup("")


@dataclass(frozen=True)
class Mark:
    """A short word with its tone (good, near, bad or none) and icon: colour is never alone."""

    text: str
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Action:
    """A link out of a state: what it does and where it leads."""

    text: str
    href: str


@dataclass(frozen=True)
class State:
    """Why there is nothing to show, and the nearest thing that would show something."""

    title: str
    text: str
    icon: str = "search-x"
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Kpi:
    """One cell of the strip. `few`: so few rows that the figure is greyed. `figure` may be "k of n". `why`: what changed it."""

    id: str
    name: str
    figure: str
    href: str
    unit: str = ""
    change: Mark | None = None
    change_title: str = ""
    spark: Markup = NOTHING
    bar: Markup = NOTHING
    status: Mark | None = None
    target: str = ""
    note: str = ""
    few: bool = False
    why: str = ""


@dataclass(frozen=True)
class Fact:
    """A figure above a drawing: its name, value, and where it opens."""

    id: str
    name: str
    value: str
    href: str
    note: str = ""


@dataclass(frozen=True)
class Segment:
    """One of the views of a tile."""

    text: str
    href: str
    current: bool


@dataclass(frozen=True)
class Tile:
    """One tile: title, what it counts, a drawing or a state, and its menu."""

    id: str
    title: str
    sub: str
    width: int = 12
    chart: Chart | None = None
    state: State | None = None
    facts: tuple[Fact, ...] = ()
    segments: tuple[Segment, ...] = ()
    foot: str = ""
    explain: str = ""
    csv: str = ""
    table: str = ""
    as_table: bool = False
    links: dict[str, str] = field(default_factory=dict)
