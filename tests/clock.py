"""The clock of a local cloud, where a test sets it."""

from pathlib import Path


def set_clock(file: Path, time: str) -> None:
    """Set it to a time in UTC; schedules serve all the time that passes by it."""
    partial = file.with_suffix(".partial")
    partial.write_text(f"{time}+00:00")
    partial.replace(file)  # never read half written
