"""Names given from outside, made fit for a line of text that people read."""

from __future__ import annotations

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
