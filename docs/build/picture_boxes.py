"""Boxes with texts, and arrows between them, for the picture of the architecture."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from lambdas.report.svg import element, text

PLAIN = "#eef1f5"


@dataclass(frozen=True)
class Box:
    """A rectangle with a title and lines below it.

    Parameters
    ----------
    x, y, width : float
        In pixels.
    title : str
    lines : tuple of str
        Row by row where there are several columns.
    fill : str
        Colour.
    columns : int
        How many the lines are in.
    grounds : tuple of str
        A colour for each line; empty for none.
    """

    x: float
    y: float
    width: float
    title: str
    lines: tuple[str, ...] = ()
    fill: str = PLAIN
    columns: int = 1
    grounds: tuple[str, ...] = ()

    @property
    def height(self) -> float:
        """In pixels."""
        return 34 + self._line * -(-len(self.lines) // self.columns)

    @property
    def _line(self) -> int:
        return 26 if self.grounds else 18

    @property
    def bottom(self) -> float:
        """Where the rectangle ends."""
        return self.y + self.height

    def drawn(self) -> Iterator[Markup]:
        """Yield rectangle and texts."""
        size = {"width": self.width, "height": self.height, "fill": self.fill}
        yield element("rect", x=self.x, y=self.y, rx=6, **size)
        yield text(self.x + 10, self.y + 21, self.title, "start", "title")
        for index, line in enumerate(self.lines):
            row, column = divmod(index, self.columns)
            width = (self.width - 10) / self.columns
            left, base = self.x + 10 + column * width, self.y + 42 + self._line * row
            if self.grounds:
                ground = {"height": 20, "rx": 3, "fill": self.grounds[index]}
                yield element("rect", x=left - 4, y=base - 14, width=width - 8, **ground)
            yield text(left, base, line, "start")


def across(start: Box, end: Box, y: float) -> str:
    """Return the points of an arrow from a box to its right neighbour."""
    return f"{start.x + start.width:.0f},{y:.0f} {end.x - 3:.0f},{y:.0f}"


def down(start: Box, end: Box) -> str:
    """Return the points of an arrow to a box below, from the middle of the narrower."""
    x = min((start, end), key=lambda box: box.width)
    middle = x.x + x.width / 2
    return f"{middle:.0f},{start.bottom:.0f} {middle:.0f},{end.y - 3:.0f}"


def arrow_head() -> Markup:
    """Return the definition of the mark ``tip``, for the ends of arrows."""
    path = element("path", d="M0 0 10 5 0 10z", fill="#33404d")
    size = {"viewBox": "0 0 10 10", "refX": 9, "refY": 5, "markerWidth": 7, "markerHeight": 7}
    return element("defs", element("marker", path, id="tip", orient="auto", **size))
