"""What a person sees while a file runs: stages as they happen, then the result."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich import console as rich_console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

_COLOURS = {"good": "", "caution": "yellow", "bad": "bold red"}


class Console:
    """Live progress and the closing table, on stdout or (for ``--json``) stderr."""

    def __init__(self, *, stderr: bool = False) -> None:
        self._console = rich_console.Console(stderr=stderr, highlight=False)

    def heading(self, text: str) -> None:
        """Print a first line."""
        self._console.print(f"[bold]{text}[/bold]")

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Say that a cloud is coming up, and how long the whole took."""
        self._console.print("Synthesizing and deploying the template …")
        yield

    @contextmanager
    def following(self, key: str) -> Iterator[Callable[[str], None]]:
        """Show each stage with its elapsed time, live on a terminal and as lines elsewhere."""
        self._console.print(f"Uploaded [bold]{key}[/bold]")
        started, stages = time.monotonic(), _Stages()
        with Live(stages, console=self._console, refresh_per_second=8, transient=False):
            yield stages.enter
            stages.enter(None)
        if not self._console.is_terminal:
            self._console.print()  # there, the live display leaves its last line open
        self._console.print(f"Ended after {time.monotonic() - started:.1f} s")

    def result(self, result: dict[str, Any]) -> None:
        """Print status, metrics, cost, where the files are, and what is left running."""
        succeeded = result["status"] == "SUCCEEDED"
        colour = "green" if succeeded else "red"
        self._console.print(f"\n[bold {colour}]{result['status']}[/bold {colour}]")
        if not succeeded:
            self._console.print(Text(f"{result['error']}: {result['message']}"))
        for said in result["verdict"]:
            self._console.print(Text(said["text"], _COLOURS[said["level"]]))
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        if result["target"]:
            table.add_row("target", Text(f"{result['target']} ({result['target_rule']})"))
            table.add_row("task", result["task"])
        for name, value in (result["metrics"] or {}).items():
            table.add_row(name.replace("_", " "), f"{value:.4f}")
        if result["on_aws"]:
            table.add_row("estimate for AWS", _on_aws(result["on_aws"]))
        for name in ("report", "model"):
            if result[name]:
                table.add_row(name, Text(result[name], overflow="fold"))
        _add_what_stays(table, result)
        self._console.print(table)


def _add_what_stays(table: Table, result: dict[str, Any]) -> None:
    if result["decision"]:
        table.add_row("champion", Text(_champion(result["promoted"], result["decision"])))
    if result["kept"]:
        table.add_row(
            "champion endpoint (keep: true)", Text(", ".join(result["kept"]), overflow="fold")
        )
    table.add_row("left running", ", ".join(result["left_running"]) or "nothing")


def _on_aws(cost: dict[str, float]) -> str:
    if cost["low_usd"] == cost["high_usd"]:  # no machine was started
        return f"about {cost['usd']:.3f} USD"
    usd = f"{cost['low_usd']:.3f} to {cost['high_usd']:.3f} USD"
    minutes = f"{cost['low_minutes']:.0f} to {cost['high_minutes']:.0f} minutes"
    return f"about {usd}, {minutes}"


def _champion(is_promoted: bool, decision: dict[str, Any]) -> str:
    if is_promoted:
        return "this model"
    waits = decision["verdict"] != "reject"
    return f"{'waiting for approval' if waits else 'not this model'}: {decision['reason']}"


class _Stages:
    """The stages entered so far; renders itself anew at every refresh."""

    def __init__(self) -> None:
        self._entered: list[tuple[str, float]] = []
        self._end: float | None = None

    def enter(self, stage: str | None) -> None:
        now = time.monotonic()
        if stage is None:
            self._end = now
        else:
            self._entered.append((stage, now))

    def __rich__(self) -> Table:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for index, (stage, start) in enumerate(self._entered):
            last = index + 1 == len(self._entered)
            stop = self._end if last else self._entered[index + 1][1]
            elapsed = f"{(stop or time.monotonic()) - start:5.1f} s"
            mark: Spinner | str = Spinner("dots") if stop is None else "✓"
            table.add_row(mark, stage, elapsed)
        return table
