"""The report's charts as inline SVG: they print sharp, need no request and read in greys.

Own functions, because a plotting library (133 MB with its dependencies) would not fit next to the
function for what are lines, dots and bars. Classes are styled in ``style.css``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from lambdas.report.language import Language
from lambdas.report.svg import EVEN, ODDS, Plot, drawing, element, text

_CELL = 74
_LONGEST_LABEL = 14
MOST_CLASSES = 12  # beyond this a matrix is no longer readable
_UNIT = (0.0, 1.0)
_DIAGONAL = ((0.0, 0.0), (1.0, 1.0))


def confusion_matrix(
    words: Language, labels: Sequence[str], matrix: Sequence[Sequence[int]]
) -> Markup | None:
    """Draw counts by true class (rows) and predicted class (columns); None for many classes."""
    if len(labels) > MOST_CLASSES:
        return None
    left, top = 128, 56
    side = _CELL * len(labels)
    parts = [text(left + side / 2, 16, words("chart.predicted"), kind="axis")]
    parts.append(text(8, top - 12, words("chart.actual"), "start", "axis"))
    for index, label in enumerate(labels):
        parts.append(text(left + _CELL * (index + 0.5), 44, shortened(label)))
        parts.append(text(left - 10, top + _CELL * (index + 0.5) + 5, shortened(label), "end"))
        parts.extend(_cells(words, left, top + _CELL * index, index, matrix[index]))
    return drawing(left + side + 8, top + side + 8, words("chart.matrix.title"), parts)


def shortened(label: str, most: int = _LONGEST_LABEL) -> str:
    """Return a text with so many characters at most."""
    return label if len(label) <= most else label[: most - 1] + "…"


def _cells(
    words: Language, left: float, y: float, row: int, counts: Sequence[int]
) -> Iterator[Markup]:
    total = max(1, sum(counts))
    for column, count in enumerate(counts):
        x, share = left + _CELL * column, count / total
        box = {"x": x, "y": y, "width": _CELL, "height": _CELL}
        # Correct is plain and wrong is hatched, so that it can be read without colours.
        kind = "cell right" if column == row else "cell wrong"
        shade = f"{0.1 + 0.9 * share:.2f}" if count else "0"
        yield element("rect", **box, class_=kind, fill_opacity=shade)
        yield element("rect", **box, class_="outline")
        yield text(x + _CELL / 2, y + _CELL / 2 + 2, words.whole(count), kind="count")
        yield text(x + _CELL / 2, y + _CELL / 2 + 20, words.percent(share), kind="share")


def roc(words: Language, curve: Mapping[str, Sequence[float]]) -> Markup:
    """Draw a ROC curve with the line of chance."""
    plot = Plot(_UNIT, _UNIT)
    points = list(zip(curve["false_positive_rate"], curve["true_positive_rate"], strict=True))
    parts = [
        *plot.axes(words, words("chart.roc.x"), words("chart.roc.y")),
        plot.line(_DIAGONAL, "guide"),
        plot.line(points, "curve"),
    ]
    return plot.drawn(words("chart.roc.title"), parts)


def precision_recall(
    words: Language, curve: Mapping[str, Sequence[float]], positive_share: float
) -> Markup:
    """Draw precision by recall; the baseline is the share of positive rows."""
    plot = Plot(_UNIT, _UNIT)
    parts = [
        *plot.axes(words, words("chart.pr.x"), words("chart.pr.y")),
        plot.line([(0.0, positive_share), (1.0, positive_share)], "guide"),
        plot.line(list(zip(curve["recall"], curve["precision"], strict=True)), "curve"),
    ]
    return plot.drawn(words("chart.pr.title"), parts)


_TRADED = ("sensitivity", "specificity", "precision")  # each with a line of its own kind
_USUAL = (0.1, 0.9)  # thresholds outside are lost at the edge of an even scale
_ENDS = (0.0005, 0.9995)


def trade_off(words: Language, curve: Mapping[str, Sequence[float]], threshold: float) -> Markup:
    """Draw what each threshold reaches, and mark the one that is used."""
    is_usual = _USUAL[0] <= threshold <= _USUAL[1]
    low, high = _UNIT if is_usual else (min(_ENDS[0], threshold / 2), max(_ENDS[1], threshold))
    plot = Plot((low, high), _UNIT, top=44, across=EVEN if is_usual else ODDS)
    parts = plot.axes(words, words("chart.threshold.x"), words("chart.threshold.y"))
    scores = [min(high, max(low, score)) for score in curve["threshold"]]
    for place, name in enumerate(_TRADED):
        # Nothing is called positive above the highest score, so there is no precision.
        above = {"sensitivity": 0.0, "specificity": 1.0}.get(name)
        start = [] if above is None else [(high, above), (scores[0], above)]
        parts.append(plot.line([*start, *_steps(scores, curve[name], low)], f"curve {name}"))
        x = 18 + 110 * place
        parts.append(element("line", x1=x, x2=x + 22, y1=10, y2=10, class_=f"curve {name}"))
        parts.append(text(x + 26, 14, words(f"metric.{name}").lower(), "start"))
    at = plot.at_x(threshold)
    parts.append(element("line", x1=at, x2=at, y1=36, y2=plot.top + plot.height, class_="used"))
    parts.append(text(at, 33, words.figures(threshold, 3)))
    return plot.drawn(words("chart.threshold.title"), parts)


def _steps(
    scores: Sequence[float], shares: Sequence[float], low: float
) -> Iterator[tuple[float, float]]:
    """Yield the corners of a line that jumps at each score, from the highest down."""
    for score, share, following in zip(scores, shares, [*scores[1:], low], strict=True):
        yield score, share
        yield following, share


def calibration(words: Language, bins: Sequence[Mapping[str, float]]) -> Markup:
    """Draw observed shares by stated probability, each with its 95 % interval."""
    plot = Plot(_UNIT, _UNIT)
    parts = [
        *plot.axes(words, words("chart.calibration.x"), words("chart.calibration.y")),
        plot.line(_DIAGONAL, "guide"),
    ]
    for each in bins:
        x = each["mean_probability"]
        parts.append(plot.line([(x, each["observed_low"]), (x, each["observed_high"])], "whisker"))
        at = {"cx": plot.at_x(x), "cy": plot.at_y(each["observed"])}
        parts.append(element("circle", **at, r=4.5, class_="point"))
    return plot.drawn(words("chart.calibration.title"), parts)


def predicted_and_actual(
    words: Language, actual: Sequence[float], predicted: Sequence[float]
) -> Markup | None:
    """Draw predicted against actual values; None where all are the same."""
    values = [*actual, *predicted]
    if not values or min(values) == max(values):
        return None
    ends = (float(min(values)), float(max(values)))
    plot = Plot(ends, ends)
    parts = [
        *plot.axes(words, words("chart.actual"), words("chart.predicted")),
        plot.line([(ends[0], ends[0]), (ends[1], ends[1])], "guide"),
        *_dots(plot, actual, predicted),
    ]
    return plot.drawn(words("chart.scatter.title"), parts)


def residuals(
    words: Language, actual: Sequence[float], predicted: Sequence[float]
) -> Markup | None:
    """Draw each error (predicted less actual) by the predicted value."""
    errors = [guess - truth for guess, truth in zip(predicted, actual, strict=True)]
    far = max(map(abs, errors), default=0.0)
    if not far or min(predicted) == max(predicted):
        return None
    plot = Plot((float(min(predicted)), float(max(predicted))), (-far, far))
    parts = [
        *plot.axes(words, words("chart.predicted"), words("chart.residuals.y")),
        plot.line([(plot.x[0], 0.0), (plot.x[1], 0.0)], "guide"),
        *_dots(plot, predicted, errors),
    ]
    return plot.drawn(words("chart.residuals.title"), parts)


def _dots(plot: Plot, xs: Sequence[float], ys: Sequence[float]) -> list[Markup]:
    return [
        element("circle", cx=plot.at_x(x), cy=plot.at_y(y), r=3, class_="dot")
        for x, y in zip(xs, ys, strict=True)
    ]


def histogram(words: Language, found: Mapping[str, Any]) -> Markup | None:
    """Draw how often errors of each size occur."""
    edges, counts = found["edges"], found["rows"]
    if not counts or edges[0] == edges[-1]:
        return None
    plot = Plot((float(edges[0]), float(edges[-1])), (0.0, float(max(counts)) or 1.0))
    parts = plot.axes(words, words("chart.residuals.y"), words("chart.rows"))
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        x, y = plot.at_x(low), plot.at_y(count)
        size = {"width": max(1.0, plot.at_x(high) - x - 1), "height": plot.at_y(0) - y}
        parts.append(element("rect", x=x, y=y, **size, class_="bar"))
    return plot.drawn(words("chart.errors.title"), parts)


_WIDTH, _HEIGHT = 132.0, 26.0


def whisker(title: str, value: float, low: float, high: float, baseline: float | None) -> Markup:
    """Draw a figure between 0 and 1 with its interval, and a tick where the baseline is."""
    middle = _HEIGHT / 2

    def at(share: float) -> float:
        return 6 + (_WIDTH - 12) * min(1.0, max(0.0, share))

    ends = {"y1": middle, "y2": middle}
    parts = [
        element("line", x1=at(0), x2=at(1), **ends, class_="grid"),
        element("line", x1=at(low), x2=at(high), **ends, class_="whisker"),
        element("circle", cx=at(value), cy=middle, r=4.5, class_="point"),
    ]
    if baseline is not None:
        across = {"x1": at(baseline), "x2": at(baseline), "y1": 4, "y2": _HEIGHT - 4}
        parts.append(element("line", **across, class_="baseline"))
    return drawing(_WIDTH, _HEIGHT, title, parts)


def bar(title: str, share: float, spread: float = 0.0) -> Markup:
    """Draw a bar whose whole length is 1, with a spread about its end."""
    width, middle = 220.0, _HEIGHT / 2

    def at(value: float) -> float:
        return 2 + (width - 4) * min(1.0, max(0.0, value))

    parts = [
        element("rect", x=2, y=5, width=max(1.0, at(share) - 2), height=_HEIGHT - 10, class_="bar")
    ]
    if spread:
        ends = {"x1": at(share - spread), "x2": at(share + spread), "y1": middle, "y2": middle}
        parts.append(element("line", **ends, class_="whisker"))
    return drawing(width, _HEIGHT, title, parts)


def columns(title: str, counts: Sequence[float]) -> Markup:
    """Draw counts as columns."""
    highest = max([*counts, 1])
    step = _WIDTH / max(1, len(counts))
    parts = [
        element(
            "rect",
            x=index * step + 0.5,
            y=_HEIGHT - 1 - (_HEIGHT - 2) * count / highest,
            width=max(1.0, min(step - 1, 24.0)),
            height=(_HEIGHT - 2) * count / highest,
            class_="bar",
        )
        for index, count in enumerate(counts)
    ]
    parts.append(
        element("line", x1=0, x2=_WIDTH, y1=_HEIGHT - 0.5, y2=_HEIGHT - 0.5, class_="guide")
    )
    return drawing(_WIDTH, _HEIGHT, title, parts)


def beside(title: str, share: float, other: float | None) -> Markup:
    """Draw a share between 0 and 1 as a bar, with a tick where another one is."""
    width = 160.0

    def at(value: float) -> float:
        return 2 + (width - 4) * min(1.0, max(0.0, value))

    size = {"x": 2, "y": 5, "width": max(1.0, at(share) - 2), "height": _HEIGHT - 10}
    parts = [element("rect", **size, class_="bar")]
    if other is not None:
        ends = {"x1": at(other), "x2": at(other), "y1": 2, "y2": _HEIGHT - 2}
        parts.append(element("line", **ends, class_="used"))
    return drawing(width, _HEIGHT, title, parts)


def spread_beside(
    words: Language, edges: Sequence[float], shares: Sequence[float], others: Sequence[float]
) -> Markup:
    """Draw the shares of bins as bars, and those of other numbers in the same bins as a line."""
    plot = Plot((float(edges[0]), float(edges[-1])), (0.0, max([*shares, *others]) or 1.0))
    parts = plot.axes(words, words("predicted.value"), words("predicted.share"))
    for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True):
        x, y = plot.at_x(low), plot.at_y(share)
        size = {"width": max(1.0, plot.at_x(high) - x - 1), "height": plot.at_y(0) - y}
        parts.append(element("rect", x=x, y=y, **size, class_="bar"))
    corners = [(edge, share) for share, ends in zip(others, pairwise(edges), strict=True)
               for edge in ends]  # fmt: skip
    parts.append(plot.line([(edges[0], 0.0), *corners, (edges[-1], 0.0)], "curve specificity"))
    return plot.drawn(words("predicted.chart"), parts)
