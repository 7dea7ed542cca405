"""Small SVG charts; no plotting library fits beside the function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

_CELL = 64
_SIDE = 260
_MARGIN = 48
_MOST_CLASSES = 12  # beyond this a matrix is no longer readable
_MOST_POINTS = 300


def confusion_matrix(labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> Markup | None:
    """Draw counts by true class (rows) and predicted class (columns); None for many classes."""
    if len(labels) > _MOST_CLASSES:
        return None
    left, top = 130, 60
    width, height = left + _CELL * len(labels) + 10, top + _CELL * len(labels) + 10
    parts = [_text(left + _CELL * len(labels) / 2, 18, "predicted", "middle")]
    parts.append(_text(8, top - 10, "actual", "start"))
    for index, label in enumerate(labels):
        short = label if len(label) <= 14 else label[:13] + "…"
        parts.append(_text(left + _CELL * (index + 0.5), 44, short, "middle"))
        parts.append(_text(left - 8, top + _CELL * (index + 0.5) + 5, short, "end"))
        parts.extend(_cells(left, top + _CELL * index, index, matrix[index]))
    return _svg(width, height, "Confusion matrix: actual by predicted class", parts)


def _cells(left: float, y: float, row: int, counts: Sequence[int]) -> Iterator[Markup]:
    total = max(1, sum(counts))
    for column, count in enumerate(counts):
        # Shade by share of the row: green where right, orange where wrong; text stays dark.
        colour = "46,125,50" if column == row else "230,81,0"
        opacity = 0.08 + 0.42 * count / total if count else 0
        x = left + _CELL * column
        yield Markup(
            '<rect x="{}" y="{}" width="{}" height="{}" fill="rgb({})" fill-opacity="{:.2f}" '
            'stroke="#555"/>'
        ).format(x, y, _CELL, _CELL, colour, opacity)
        yield _text(x + _CELL / 2, y + _CELL / 2 + 5, str(count), "middle")


def roc_points(scores: Sequence[float], is_positive: Sequence[bool]) -> list[tuple[float, float]]:
    """Return (false positive rate, true positive rate) from (0, 0) to (1, 1).

    Equal scores make one step. Empty if one of the classes is absent.
    """
    positives = sum(is_positive)
    negatives = len(is_positive) - positives
    if not positives or not negatives:
        return []
    points, found, alarms = [(0.0, 0.0)], 0, 0
    previous: float | None = None
    for score, positive in sorted(zip(scores, is_positive, strict=True), reverse=True):
        if previous is not None and score != previous:
            points.append((alarms / negatives, found / positives))
        found, alarms, previous = found + positive, alarms + (not positive), score
    return [*points, (1.0, 1.0)]


def roc_curve(points: Sequence[tuple[float, float]]) -> Markup:
    """Draw a ROC curve from its points."""
    step = max(1, len(points) // _MOST_POINTS)
    shown = [*points[::step], points[-1]]
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in shown)
    parts = [
        *_frame("false alarms (1 - specificity)", "found (sensitivity)"),
        Markup(
            '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="#777" stroke-dasharray="4 4"/>'
        ).format(_x(0), _y(0), _x(1), _y(1)),
        Markup('<polyline points="{}" fill="none" stroke="#0b5394" stroke-width="2.5"/>').format(
            path
        ),
    ]
    title = "ROC curve: share found against share of false alarms"
    return _svg(_SIDE + 2 * _MARGIN, _SIDE + 2 * _MARGIN, title, parts)


def scatter(truth: Sequence[float], predicted: Sequence[float]) -> Markup | None:
    """Draw predicted against actual values; None where all are the same."""
    step = max(1, len(truth) // _MOST_POINTS)
    pairs = list(zip(truth[::step], predicted[::step], strict=True))
    values = [value for pair in pairs for value in pair]
    low, high = min(values), max(values)
    if low == high:
        return None

    def scale(value: float) -> float:
        return (value - low) / (high - low)

    dots = [
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="#0b5394" fill-opacity="0.5"/>').format(
            _x(scale(actual)), _y(scale(guess))
        )
        for actual, guess in pairs
    ]
    diagonal = Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="#777"/>').format(
        _x(0), _y(0), _x(1), _y(1)
    )
    parts = [*_frame("actual", "predicted", f"{low:.4g}", f"{high:.4g}"), diagonal, *dots]
    title = "Predicted against actual values; the line is a perfect prediction"
    return _svg(_SIDE + 2 * _MARGIN, _SIDE + 2 * _MARGIN, title, parts)


def _x(value: float) -> float:
    return _MARGIN + _SIDE * value


def _y(value: float) -> float:
    return _MARGIN / 2 + _SIDE * (1 - value)


def _frame(horizontal: str, vertical: str, low: str = "0", high: str = "1") -> list[Markup]:
    middle = _y(0.5)
    label = Markup(
        '<text x="16" y="{}" text-anchor="middle" transform="rotate(-90 16 {})">{}</text>'
    )
    return [
        Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="#555"/>').format(
            _x(0), _y(1), _SIDE, _SIDE
        ),
        _text(_x(0.5), _y(0) + 38, horizontal, "middle"),
        label.format(middle, middle, vertical),
        _text(_x(0), _y(0) + 18, low, "middle"),
        _text(_x(1), _y(0) + 18, high, "middle"),
        _text(_x(0) - 6, _y(0), low, "end"),
        _text(_x(0) - 6, _y(1) + 10, high, "end"),
    ]


def _text(x: float, y: float, content: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, content
    )


def _svg(width: float, height: float, title: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg role="img" aria-label="{}" width="{:.0f}" height="{:.0f}" '
        'viewBox="0 0 {:.0f} {:.0f}" font-size="13" fill="#111">{}</svg>'
    ).format(escape(title), width, height, width, height, Markup("").join(parts))
