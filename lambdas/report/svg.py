"""What the charts are made of: escaped SVG, scales and a frame with its axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lambdas.report.language import Language


def element(name: str, content: object = "", **attributes: object) -> Markup:
    """Return an element; names of attributes are written with ``_`` for ``-``."""
    given = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _short(value))
        for key, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, given, content)


def _short(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def text(x: float, y: float, content: str, anchor: str = "middle", kind: str = "") -> Markup:
    """Return a text; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return element("text", content, x=x, y=y, text_anchor=anchor, **_class(kind))


def _class(kind: str) -> dict[str, str]:
    return {"class_": kind} if kind else {}


def drawing(width: float, height: float, title: str, parts: Iterable[Markup]) -> Markup:
    """Return a whole drawing; ``title`` describes it in words."""
    return element(
        "svg",
        Markup("").join(parts),
        role="img",
        aria_label=title,
        width=float(width),
        height=float(height),
        viewBox=f"0 0 {width:.0f} {height:.0f}",
    )


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round numbers between two, some ``about`` of them: steps of 1, 2 or 5 times 10^n."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= span / about * 0.99)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


class Scale:
    """Where values are on an axis: evenly spaced."""

    def place(self, value: float) -> float:
        """Return where a value is."""
        return value

    def ticks(self, low: float, high: float, about: int) -> list[float]:
        """Return some values to name."""
        return ticks(low, high, about)


class Probabilities(Scale):
    """By the logarithm of their odds, so that small ones, and those near 1, are told apart."""

    def place(self, value: float) -> float:
        """Return where a probability is."""
        return math.log(value / (1 - value))

    def ticks(self, low: float, high: float, about: int) -> list[float]:  # noqa: ARG002
        """Return the probabilities to name."""
        named = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
        return [value for value in named if low <= value <= high]


EVEN, ODDS = Scale(), Probabilities()


@dataclass(frozen=True)
class Plot:
    """An area with two axes.

    Parameters
    ----------
    x, y : tuple of float
        Lowest and highest value shown.
    width, height : float
        Of the area, in pixels.
    across : Scale
        Of the horizontal axis.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: float = 270
    height: float = 230
    left: float = 58
    top: float = 12
    bottom: float = 46
    across: Scale = EVEN

    def at_x(self, value: float) -> float:
        """Return where a value is across."""
        low, high, at = map(self.across.place, (*self.x, value))
        return self.left + self.width * (at - low) / (high - low)

    def at_y(self, value: float) -> float:
        """Return where a value is upwards."""
        return self.top + self.height * (1 - (value - self.y[0]) / (self.y[1] - self.y[0]))

    def line(self, points: Sequence[tuple[float, float]], kind: str) -> Markup:
        """Return a line through points."""
        path = " ".join(f"{self.at_x(x):.1f},{self.at_y(y):.1f}" for x, y in points)
        return element("polyline", points=path, class_=kind)

    def grid(self, words: Language, about: int = 5, *, across_only: bool = False) -> list[Markup]:
        """Return grid and numbers of both axes, or of the one across, some ``about`` of each."""
        bottom, parts = self.top + self.height, []
        for value in self.across.ticks(*self.x, about):
            at = self.at_x(value)
            parts.append(element("line", x1=at, x2=at, y1=self.top, y2=bottom, class_="grid"))
            parts.append(text(at, bottom + 16, words.figures(value)))
        return parts if across_only else [*parts, *self.grid_upwards(words, about)]

    def grid_upwards(self, words: Language, about: int = 5) -> list[Markup]:
        """Return lines and numbers of the axis upwards, some ``about`` of them."""
        right, parts = self.left + self.width, []
        for value in ticks(*self.y, about):
            at = self.at_y(value)
            parts.append(element("line", x1=self.left, x2=right, y1=at, y2=at, class_="grid"))
            parts.append(text(self.left - 6, at + 4, words.figures(value), "end"))
        return parts

    def axes(self, words: Language, across: str, upwards: str) -> list[Markup]:
        """Return grid, numbers and names of both axes."""
        bottom = self.top + self.height
        parts = self.grid(words)
        middle = self.top + self.height / 2
        parts.append(text(self.left + self.width / 2, bottom + 36, across, kind="axis"))
        turned = {"transform": f"rotate(-90 12 {middle:.0f})", "class_": "axis"}
        parts.append(element("text", upwards, x=12, y=middle, text_anchor="middle", **turned))
        return parts

    def drawn(self, title: str, parts: Iterable[Markup]) -> Markup:
        """Return the whole drawing."""
        width = self.left + self.width + 18
        return drawing(width, self.top + self.height + self.bottom, title, parts)
