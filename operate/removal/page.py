"""What people and programs are shown, and the question before anything is removed."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from operate.removal.items import Item

_UNITS = ("B", "KB", "MB", "GB", "TB")


def table(items: Iterable[Item]) -> str:
    """Return a line for each item, its parts counted and with its size."""
    rows = [(item.kind, item.name, _amount(item)) for item in items]
    if not rows:
        return "  nothing"
    width = max(len(kind) for kind, _, _ in rows)
    return "\n".join(f"  {kind:<{width}}  {name}{amount}" for kind, name, amount in rows)


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a list."""
    return "\n".join(f"  - {line}" for line in lines)


def confirmed(question: str, answer: str) -> bool:
    """Ask at the terminal; without one the answer is no."""
    if not sys.stdin.isatty():
        return False
    return input(f"{question} ").strip() == answer


def _amount(item: Item) -> str:
    if item.kind != "objects":
        return ""
    size, unit = float(item.bytes), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    noun = "version" if item.count == 1 else "versions"
    return f" ({item.count} {noun}, {size:.3g} {_UNITS[unit]})"
