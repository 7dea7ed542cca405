"""Metrics that a job's log lines hold, found with the request's regular expressions."""

import math
import re
import threading
from typing import Any

from localsagemaker.store import now


class MetricReader:
    """Keeps each metric's values; ``FinalMetricDataList`` is the last ones."""

    def __init__(self, definitions: list[dict[str, str]]) -> None:
        self._patterns = [(entry["Name"], re.compile(entry["Regex"])) for entry in definitions]
        self._last: dict[str, dict[str, Any]] = {}
        self._values: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def read(self, line: str) -> None:
        """Take the metrics of one line."""
        for name, pattern in self._patterns:
            for found in pattern.finditer(line):
                value = _number(found)
                if value is not None:
                    with self._lock:
                        self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now()}
                        self._values.setdefault(name, []).append(value)

    def values(self, name: str) -> list[float]:
        """Return a metric's values so far, in the order of the log."""
        with self._lock:
            return list(self._values.get(name, []))

    def members(self) -> dict[str, Any]:
        """Return the record's members: empty if no metric was seen."""
        with self._lock:
            return {"FinalMetricDataList": list(self._last.values())} if self._last else {}


def _number(found: re.Match[str]) -> float | None:
    try:
        value = float(found[1] if found.re.groups else found[0])
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
