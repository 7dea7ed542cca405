"""Log lines: a file per job or endpoint, and an optional callback."""

import threading
from pathlib import Path

from localsagemaker.context import Context


class Log:
    """One log stream of a CloudWatch-like group."""

    def __init__(self, context: Context, group: str, stream: str, path: Path) -> None:
        self.group, self.stream, self.path = group, stream, path
        self._sink = context.on_log
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: str) -> None:
        """Append a line."""
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if self._sink:
            self._sink(self.group, self.stream, line)
