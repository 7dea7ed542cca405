"""Charts along time: a version's figures with their intervals, and others that have one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lambdas.report.language import Language
from lambdas.report.svg import Plot, element, text

_WIDTH, _HEIGHT, _TOP = 790.0, 230.0, 58.0
_DATES = 6
_SHAPES = ("circle", "square", "triangle", "diamond")
_APART = 52.0  # least distance of two labels, in pixels
_NAMED = 6  # versions that the key names


@dataclass(frozen=True)
class Point:
    """A figure at a time; without an interval, ``low`` and ``high`` are the value."""

    time: dt.datetime
    value: float
    low: float
    high: float
    version: int | None
    is_registered: bool = False
    is_promoted: bool = False

    @property
    def is_rejected(self) -> bool:
        """Whether it is of a version that did not become the champion, on its own test rows."""
        return self.is_registered and not self.is_promoted


def over_time(
    words: Language, points: Sequence[Point], title: str, name: str, guide: float | None = None
) -> Markup | None:
    """Draw figures along time, those of each version with a sign of its own.

    Parameters
    ----------
    words : Language
    points : sequence of Point
        In the order of time.
    title : str
        The drawing in words.
    name : str
        Of the axis upwards.
    guide : float, optional
        Where a line is drawn across.
    """
    if not points:
        return None
    plot = _plot(points, guide)
    versions = list(dict.fromkeys(each.version for each in points if not each.is_rejected))
    parts = [*plot.grid_upwards(words), *_dates(plot, points)]
    middle = plot.top + plot.height / 2
    turned = {"transform": f"rotate(-90 12 {middle:.0f})", "class_": "axis"}
    parts.append(element("text", name, x=12, y=middle, text_anchor="middle", **turned))
    if guide is not None:
        parts.append(plot.line([(plot.x[0], guide), (plot.x[1], guide)], "guide"))
    parts.extend(_promotions(words, plot, points))
    for each in points:
        shape = _SHAPES[0] if each.is_rejected else _shape(versions, each.version)
        parts.extend(_drawn(plot, each, shape))
    parts.extend(_key(words, points, versions))
    return plot.drawn(title, parts)


def _plot(points: Sequence[Point], guide: float | None) -> Plot:
    ends = [guide] if guide is not None else []
    low = min([each.low for each in points] + ends)
    high = max([each.high for each in points] + ends)
    margin = (high - low or abs(high) or 1.0) * 0.06
    first, last = points[0].time.timestamp(), points[-1].time.timestamp()
    room = (last - first) * 0.02 or 86_400.0
    return Plot((first - room, last + room), (low - margin, high + margin),
                _WIDTH, _HEIGHT, top=_TOP, bottom=30)  # fmt: skip


def _dates(plot: Plot, points: Sequence[Point]) -> Iterator[Markup]:
    """Yield the grid across: some days, evenly apart, between the first point and the last."""
    first, last = points[0].time, points[-1].time
    spread = (last - first) / (_DATES - 1)
    days = {(first + number * spread).date() for number in range(_DATES)}
    bottom = plot.top + plot.height
    for day in sorted(days):
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
        at = plot.at_x(min(max(noon, first), last).timestamp())
        yield element("line", x1=at, x2=at, y1=plot.top, y2=bottom, class_="grid")
        yield text(at, bottom + 18, day.isoformat())


def _promotions(words: Language, plot: Plot, points: Sequence[Point]) -> Iterator[Markup]:
    """Yield a line where a version became the champion, with its name where there is room."""
    labelled = float("-inf")
    for each in points:
        if not (each.is_registered and each.is_promoted):
            continue
        at = plot.at_x(each.time.timestamp())
        ends = {"y1": plot.top - 4, "y2": plot.top + plot.height}
        yield element("line", x1=at, x2=at, **ends, class_="promotion")
        if at - labelled >= _APART:
            labelled = at
            yield text(at, plot.top - 9, words("health.promoted.mark", version=each.version))


def _drawn(plot: Plot, point: Point, shape: str) -> Iterator[Markup]:
    x = point.time.timestamp()
    if point.low < point.high:
        ends = [(x, point.low), (x, point.high)]
        yield plot.line(ends, "whisker other" if point.is_rejected else "whisker")
    kind = "own other" if point.is_rejected else "own" if point.is_registered else "point"
    yield marker(shape, plot.at_x(x), plot.at_y(point.value), kind)


def marker(shape: str, x: float, y: float, kind: str) -> Markup:
    """Return a sign about 10 pixels across."""
    if shape == "circle":
        return element("circle", cx=x, cy=y, r=4.6, class_=kind)
    corners = {
        "square": ((-4.2, -4.2), (4.2, -4.2), (4.2, 4.2), (-4.2, 4.2)),
        "triangle": ((0, -5.4), (5.2, 4.2), (-5.2, 4.2)),
        "diamond": ((0, -6), (5.4, 0), (0, 6), (-5.4, 0)),
    }[shape]
    return element(
        "polygon", points=" ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners), class_=kind
    )


def _shape(versions: Sequence[int | None], version: int | None) -> str:
    return _SHAPES[versions.index(version) % len(_SHAPES)]


def _key(
    words: Language, points: Sequence[Point], versions: Sequence[int | None]
) -> Iterator[Markup]:
    """Yield the key: the newest versions' signs, and what is hollow."""
    x = 20.0
    numbered = [version for version in versions if version is not None]
    for version in numbered[-_NAMED:]:
        yield marker(_shape(versions, version), x, 12, "point")
        yield text(x + 10, 16, words("health.version", version=version), "start")
        x += 96
    for key, kind in (("registered", "own"), ("rejected", "own other")):
        if any(each.is_registered and each.is_rejected == (key == "rejected") for each in points):
            yield marker("circle", x, 12, kind)
            yield text(x + 10, 16, words(f"health.{key}.key"), "start")
            x += 190
