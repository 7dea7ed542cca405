"""The keys in the bucket that docs/developers.md tells of."""

import re
from dataclasses import dataclass
from functools import cache

from tests.docs.blocks import PROJECT

_PAGE = PROJECT / "docs" / "developers.md"


@dataclass(frozen=True)
class Key:
    """One file of the table: a pattern, and whether every run writes it."""

    pattern: str
    is_certain: bool

    def matches(self, key: str) -> bool:
        return re.fullmatch(self.pattern, key) is not None


@cache
def told_keys() -> list[Key]:
    """Return the table's files in order."""
    table = _PAGE.read_text(encoding="utf-8").split("### Files in the bucket")[1].split("\n### ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    return [
        Key(_pattern(folder.strip("`") + file), "only" not in what)
        for folder, files, _, what in rows
        for file in re.findall(r"`([^`]+)`", files)
    ]


def told_by(key: str) -> list[Key]:
    """Return the table's files that a key is one of."""
    return [told for told in told_keys() if told.matches(key)]


def _pattern(text: str) -> str:
    parts = re.split(r"(<[^>]+>|…)", text)  # every second one stands for any
    return "".join(_any(part) if n % 2 else re.escape(part) for n, part in enumerate(parts))


def _any(place: str) -> str:
    return ".+" if place == "…" else "[^/]+"
