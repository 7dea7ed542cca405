"""Charts of what drives the answers: all rows at once, along one column, and for one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from lambdas.report.charts import shortened
from lambdas.report.language import Language
from lambdas.report.svg import Plot, drawing, element, text

_NAMES, _ROW = 190.0, 26.0  # room for names; height of a row
_WIDTH = 560.0
_LONGEST_NAME = 26
_DOT = 5.0  # across
_FEW_VALUES = 5  # are drawn one by one, numbers too
_LEVELS = ("low", "middle", "high")


def level_of(share: float | None) -> str | None:
    """Return whether a value is low or high for its column."""
    return None if share is None else _LEVELS[min(2, int(share * 3))]


def swarm(
    words: Language, features: Sequence[Mapping[str, Any]], factor: float, across: str
) -> Markup:
    """Draw a dot for each row at what a feature adds, darker for higher values.

    Parameters
    ----------
    words : Language
    features : sequence of mapping
        From the strongest on: ``name``, ``contributions`` and ``levels``.
    factor : float
        What contributions are multiplied by: 100 for percentage points.
    across : str
        What their unit is then.
    """
    every = [factor * each for feature in features for each in feature["contributions"]]
    low, high = min([*every, 0.0]), max([*every, 0.0])
    margin = (high - low or 1.0) * 0.03
    plot = Plot((low - margin, high + margin), (0, 1), _WIDTH, _ROW * len(features), _NAMES, 8, 72)
    bottom = plot.top + plot.height
    parts = plot.grid(words, 6, across_only=True)
    zero = {"x1": plot.at_x(0), "x2": plot.at_x(0), "y1": plot.top, "y2": bottom}
    parts.append(element("line", **zero, class_="zero"))
    for number, feature in enumerate(features):
        middle = plot.top + _ROW * (number + 0.5)
        name = shortened(str(feature["name"]), _LONGEST_NAME)
        parts.append(text(_NAMES - 12, middle + 4, name, "end"))
        parts.extend(_dots(plot, middle, feature, factor))
    parts.append(text(plot.left + plot.width / 2, bottom + 34, across, kind="axis"))
    parts.extend(_legend(words, plot, bottom + 60))
    return plot.drawn(words("chart.swarm.title"), parts)


def _dots(plot: Plot, middle: float, feature: Mapping[str, Any], factor: float) -> Iterator[Markup]:
    """Yield a path for each third of the values; dots at one place spread up and down."""
    taken: dict[int, int] = {}
    paths: dict[str, list[str]] = {}
    pairs = zip(feature["contributions"], feature["levels"], strict=True)
    for contribution, share in sorted(pairs, key=lambda pair: pair[0]):
        x = plot.at_x(factor * contribution)
        place = round(x / _DOT)
        number = taken[place] = taken.get(place, -1) + 1
        away = (number + 1) // 2 * (1 if number % 2 else -1)
        y = middle + max(-1.0, min(1.0, away / 4)) * (_ROW / 2 - _DOT / 2)
        paths.setdefault(level_of(share) or "unknown", []).append(f"M{x:.1f} {y:.1f}h0")
    for kind, path in paths.items():
        yield element("path", d="".join(path), class_=f"swarm {kind}")


def _legend(words: Language, plot: Plot, y: float) -> Iterator[Markup]:
    yield text(plot.left, y + 4, words("reasons.colour"), "start", "axis")
    x = plot.left + plot.width - 190
    for kind in _LEVELS:
        yield element("path", d=f"M{x:.0f} {y:.0f}h0", class_=f"swarm key {kind}")
        yield text(x + 10, y + 4, words(f"reasons.level.{kind}"), "start")
        x += 68


def dependence(words: Language, found: Mapping[str, Any], span: tuple[float, float]) -> Markup:
    """Draw the mean answer by a column's value, and where the answers of most rows are.

    Parameters
    ----------
    words : Language
    found : mapping
        ``is_number``, ``values``, ``mean``, ``low`` and ``high``.
    span : tuple of float
        Lowest and highest answer shown.
    """
    is_line = found["is_number"] and len(found["values"]) > _FEW_VALUES
    return (_by_number if is_line else _by_category)(words, found, span)


def _by_number(words: Language, found: Mapping[str, Any], span: tuple[float, float]) -> Markup:
    values = [float(value) for value in found["values"]]
    plot = Plot((values[0], values[-1]), span, 226, 130, 46, 8, 28)
    at = [plot.at_x(value) for value in values]
    edge = [*zip(at, found["high"], strict=True), *reversed([*zip(at, found["low"], strict=True)])]
    corners = " ".join(f"{x:.1f},{plot.at_y(y):.1f}" for x, y in edge)
    parts = [
        element("polygon", points=corners, class_="band"),
        *plot.grid(words, 4),
        plot.line(list(zip(values, found["mean"], strict=True)), "curve"),
    ]
    return plot.drawn(words("chart.dependence.title", name=found["name"]), parts)


def _written(words: Language, found: Mapping[str, Any], value: str) -> str:
    return words.figures(float(value)) if found["is_number"] else value


def _by_category(words: Language, found: Mapping[str, Any], span: tuple[float, float]) -> Markup:
    count = len(found["values"])
    plot = Plot(span, (count - 0.5, -0.5), 170, max(60.0, 20.0 * count), 104, 8, 28)
    parts = plot.grid(words, 4, across_only=True)
    rows = zip(found["values"], found["mean"], found["low"], found["high"], strict=True)
    for number, (value, mean, low, high) in enumerate(rows):
        y = plot.at_y(number)
        parts.append(
            text(plot.left - 8, y + 4, shortened(_written(words, found, value), 13), "end")
        )
        ends = {"x1": plot.at_x(low), "x2": plot.at_x(high), "y1": y, "y2": y}
        parts.append(element("line", **ends, class_="band wide"))
        parts.append(element("circle", cx=plot.at_x(mean), cy=y, r=4.5, class_="point"))
    return plot.drawn(words("chart.dependence.title", name=found["name"]), parts)


def case(rows: Sequence[tuple[str, float, str]], most: float, title: str) -> Markup:
    """Draw what drove one answer: bars to the right raise it, those to the left lower it.

    Parameters
    ----------
    rows : sequence of (str, float, str)
        Name, contribution, and the contribution as it is written.
    most : float
        The largest contribution of all cases.
    title : str
    """
    half, height = 86.0, 22.0
    zero = _NAMES + 8 + half
    parts = [element("line", x1=zero, x2=zero, y1=0, y2=height * len(rows), class_="zero")]
    for number, (name, contribution, written) in enumerate(rows):
        y = height * number
        parts.append(text(_NAMES, y + 15, shortened(name, 32), "end"))
        length = half * abs(contribution) / most
        kind, x = ("raises", zero) if contribution >= 0 else ("lowers", zero - length)
        box = {"x": x, "y": y + 4, "width": max(1.0, length), "height": height - 8}
        parts.append(element("rect", **box, class_=kind))
        parts.append(text(_NAMES + 8 + 2 * half + 62, y + 15, written, "end"))
    return drawing(_NAMES + 8 + 2 * half + 66, height * len(rows), title, parts)
