"""How many rows a request holds: learnt from the answers, within the limits of InvokeEndpoint."""

from __future__ import annotations

# InvokeEndpoint takes and returns at most 6 MB and answers within 60 s.
LARGEST_REQUEST = 4_000_000
LARGEST_RESPONSE = 4_000_000
# Long enough for the time on the way not to matter, short enough for a retry to cost little.
WANTED_MILLISECONDS = 1_000.0
FIRST_ROWS = 100  # a small first request measures what a row takes
MOST_ROWS = 10_000
_GROWTH = 8  # a small request may have been quick by chance


class Sizing:
    """The number of rows for the next request.

    Parameters
    ----------
    rows : int, optional
        To begin with, where they are known from before.
    """

    def __init__(self, rows: int | None = None) -> None:
        self.rows = FIRST_ROWS if rows is None else rows
        self._ceiling = MOST_ROWS

    def learn(self, rows: int, response_bytes: int, milliseconds: float) -> None:
        """Learn from an answer to so many rows."""
        by_size = LARGEST_RESPONSE * rows / max(1, response_bytes)
        by_time = WANTED_MILLISECONDS * rows / max(0.001, milliseconds)
        wanted = int(min(by_size, by_time, rows * _GROWTH, self._ceiling))
        # Short requests say little about long ones: never shrink by what one of them took.
        if rows * 2 >= self.rows or wanted > self.rows:
            self.rows = max(1, wanted)

    def too_many(self, rows: int) -> None:
        """Learn that so many rows took too long or were too large."""
        self._ceiling = max(1, min(self._ceiling, rows // 2))
        self.rows = min(self.rows, self._ceiling)
