"""The code blocks of the documentation, as a reader would copy them."""

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: where it is, its language and its text."""

    path: str
    section: str  # the nearest "##" heading above it
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The lines to type, without comments."""
        lines = [re.sub(r"\s+#\s.*$", "", line) for line in self.text.splitlines()]
        return [line for line in lines if line.strip() and not line.startswith("#")]


def pages() -> list[Path]:
    """Return every page of the documentation."""
    return sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])


def blocks(path: Path) -> list[Block]:
    """Return a page's blocks in order."""
    name = path.relative_to(PROJECT).as_posix()
    text = path.read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in re.split(r"(?m)^## ", text))
    return [Block(name, head, *found) for head, _, part in parts for found in _BLOCK.findall(part)]


def documented(page: str, first_words: str) -> str:
    """Return a page's command that begins with these words."""
    found = [c for path in pages() if path.name == page for b in blocks(path) for c in b.commands]
    (only,) = (each for each in found if each.startswith(first_words))
    return only


def shell_commands() -> dict[str, list[str]]:
    """Return every command of every ``sh`` block, with the pages that name it."""
    found: dict[str, list[str]] = {}
    for path in pages():
        for block in blocks(path):
            if block.language == "sh":
                for command in block.commands:
                    found.setdefault(command, []).append(block.path)
    return found
