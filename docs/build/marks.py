"""Tables made from the code, between marks in pages that people write."""

from collections.abc import Iterable, Mapping
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]


def renewed(text: str, tables: Mapping[str, Iterable[str]]) -> str:
    """Return a page with new lines between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``."""
    for name, lines in tables.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = before + begin + "\n".join(lines) + "\n" + end + after
    return text
