"""Java's regular expressions of the service model, in Python's dialect."""

import functools
import re
import sys
import unicodedata
from operator import itemgetter

_CLASS = re.compile(r"\\p\{(\w+)\}")
# Java writes the code points beyond 16 bits as pairs of surrogates.
_BEYOND_16_BITS = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff")
_ASCII = {"Alnum": "a-zA-Z0-9", "Alpha": "a-zA-Z", "Print": "\x20-\x7e", "ASCII": "\x00-\x7f"}


@functools.cache
def _all_categories() -> str:
    """Return the first letter of every code point's Unicode category."""
    points = map(chr, range(sys.maxunicode + 1))
    return "".join(map(itemgetter(0), map(unicodedata.category, points)))


@functools.cache
def _category(letter: str) -> str:
    """Return the body of a character class with all code points of a Unicode category."""
    ranges = re.finditer(f"{letter}+", _all_categories())
    return "".join(f"\\U{found.start():08x}-\\U{found.end() - 1:08x}" for found in ranges)


_REPEATED_END = re.compile(r"\$\{\d+,\d*\}")  # Java lets an anchor be repeated, to no effect


def _expand(pattern: str) -> str:
    r"""Write ``\p{…}`` out, with brackets where it stands outside a character class."""
    out, depth, position = [], 0, 0
    pattern = pattern.replace(*_BEYOND_16_BITS)
    pattern = _REPEATED_END.sub("$", pattern)
    while position < len(pattern):
        found = _CLASS.match(pattern, position)
        if found:
            name = found[1]
            body = _ASCII[name] if name in _ASCII else _category(name)
            out.append(body if depth else f"[{body}]")
            position = found.end()
            continue
        size = 2 if pattern[position] == "\\" else 1
        if size == 1:
            depth += {"[": 1, "]": -1}.get(pattern[position], 0)
        out.append(pattern[position : position + size])
        position += size
    return "".join(out).replace(r"\z", r"\Z")


@functools.cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the pattern, or None for one that only Java can read."""
    try:
        return re.compile(_expand(pattern))
    except (re.error, KeyError):
        return None
