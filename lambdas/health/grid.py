"""Charts of files side by side: columns' drift, and how predictions are spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lambdas.report.charts import shortened
from lambdas.report.language import Language
from lambdas.report.svg import drawing, element, text

_NAMES, _DATES, _ROW, _WIDTH = 190.0, 84.0, 22.0, 720.0
_LEAST, _MOST = 12.0, 46.0  # width of a file
_LONGEST_NAME = 26
SIGNS = {"large": "\u25b2", "small": "\u25b3", "none": "\u00b7", "": ""}
SHADES = 7  # of classes, the last of them for all others
_BARS = 180.0


@dataclass(frozen=True)
class File:
    """A file as the head of a column: its day, and a letter for what it is."""

    day: str
    letter: str


def heat_map(
    words: Language, files: Sequence[File], rows: Sequence[tuple[str, Sequence[str]]]
) -> Markup:
    """Draw how far columns have drifted in each file: a colour and a sign for each level.

    Parameters
    ----------
    words : Language
    files : sequence of File
        In the order of time.
    rows : sequence of (str, sequence of str)
        A column's name, and its level in each file; empty where it is not known.
    """
    width = _across(files)
    parts = list(_heads(files, width))
    for number, (name, levels) in enumerate(rows):
        y = _DATES + _ROW * number
        parts.append(text(_NAMES - 8, y + 15, shortened(name, _LONGEST_NAME), "end"))
        for place, level in enumerate(levels):
            x = _NAMES + width * place
            size = {"width": width - 1, "height": _ROW - 1}
            parts.append(element("rect", x=x, y=y, **size, class_=f"drift {level or 'unknown'}"))
            parts.append(text(x + (width - 1) / 2, y + 15, SIGNS[level], kind=f"sign {level}"))
    height = _DATES + _ROW * len(rows)
    title = words("health.drift.chart", columns=words("amount.columns", count=len(rows)))
    return drawing(_NAMES + width * len(files) + 8, height + 6, title, parts)


def _across(files: Sequence[File]) -> float:
    return min(_MOST, max(_LEAST, _WIDTH / max(1, len(files))))


def _heads(files: Sequence[File], width: float) -> Iterator[Markup]:
    for place, file in enumerate(files):
        x = _NAMES + width * (place + 0.5)
        turned = {"transform": f"rotate(-90 {x + 4:.1f} 62)", "class_": "day"}
        yield element("text", file.day, x=x + 4, y=62, text_anchor="start", **turned)
        yield text(x - 0.5, 78, file.letter, kind="letter")


def shares(
    words: Language,
    files: Sequence[File],
    labels: Sequence[str],
    rows: Sequence[Sequence[float]],
) -> Markup:
    """Draw the shares of classes in each file, one upon the other.

    Parameters
    ----------
    words : Language
    files : sequence of File
    labels : sequence of str
        Of the classes, `SHADES` at most.
    rows : sequence of sequence of float
        By file the share of each class.
    """
    width = _across(files)
    parts = list(_heads(files, width))
    for percent in (0.0, 0.5, 1.0):
        y = _DATES + _BARS * (1 - percent)
        parts.append(text(_NAMES - 8, y + 4, words.percent(percent), "end"))
    for place, of_file in enumerate(rows):
        above = 1.0
        for shade, share in enumerate(of_file):
            y = _DATES + _BARS * (1 - above)
            size = {"width": width - 1, "height": _BARS * share}
            x = _NAMES + width * place
            parts.append(element("rect", x=x, y=y, **size, class_=f"share s{shade}"))
            above -= share
    for shade, label in enumerate(labels):
        y = _DATES + 20.0 * shade
        box = {"x": 4.0, "y": y, "width": 14, "height": 14}
        parts.append(element("rect", **box, class_=f"share s{shade}"))
        parts.append(text(24, y + 11, shortened(label, 16), "start"))
    height = _DATES + max(_BARS, 20.0 * len(labels))
    title = words("health.predictions.chart")
    return drawing(_NAMES + width * len(files) + 8, height + 10, title, parts)
