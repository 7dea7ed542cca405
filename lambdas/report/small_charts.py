"""Charts of a line's height, for the cells of tables."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from lambdas.report.svg import drawing, element

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
    """Draw counts as columns beside each other."""
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
