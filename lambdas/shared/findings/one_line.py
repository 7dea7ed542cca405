"""Names given from outside, made fit for a line of text that people read."""

from __future__ import annotations

import re

# Controls but for tab and line feed, what turns text around or joins it unseen, separators of
# lines, halves of letters. Joiners within words (of Persian and Hindi, in emoji) stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
SUBJECT_LIMIT = 99  # SNS: no line breaks or control characters, fewer than 100 characters


def one_line(text: str, limit: int | None = None) -> str:
    """Return a text without what breaks or turns around a line: control and format characters.

    Parameters
    ----------
    text : str
    limit : int, optional
        Most characters.
    """
    return "".join(sign if sign.isprintable() else " " for sign in text)[:limit]


def visible(text: str) -> str:
    """Write out, by its number, what can't be seen and changes how a page is read."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
