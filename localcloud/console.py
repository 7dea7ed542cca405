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

from lambdas.report.language import Language, language

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

    def predicted(self, result: dict[str, Any]) -> None:
        """Print status, what was unusual, cost, where the predictions are, and what is left."""
        words = language(result["language"])
        rows = _told(words, result, self._end(result))
        self._print(words, rows, _NAMES_OF_PREDICTIONS)

    def compared(self, result: dict[str, Any]) -> None:
        """Print status, how good the predictions were, and what is left."""
        words = language(result["language"])
        said = self._end(result)
        if result["periods"]:
            self._console.print(Text(said["message"]))
        self._print(words, iter([("left", _left(words, result))]), ("left",))

    def result(self, result: dict[str, Any]) -> None:
        """Print status, metrics, cost, where the files are, and what is left running."""
        words = language(result["language"])
        said = self._end(result)
        if result["status"] == "SUCCEEDED" and not result["trained"]:
            self._console.print(Text(said["message"]))
        for each in said.get("verdict") or ():
            self._console.print(Text(each["text"], _COLOURS[each["level"]]))
        self._print(words, _rows(words, result, said), _NAMES)

    def _end(self, result: dict[str, Any]) -> dict[str, Any]:
        """Print how it ended; return what is said in the dataset's language."""
        succeeded = result["status"] == "SUCCEEDED"
        colour = "green" if succeeded else "red"
        self._console.print(f"\n[bold {colour}]{result['status']}[/bold {colour}]")
        said: dict[str, Any] = result["said"] or {}
        if not succeeded:
            message = said.get("message") or result["message"]
            self._console.print(Text(f"{result['error']}: {message}"))
        return said

    def _print(
        self, words: Language, rows: Iterator[tuple[str, Text]], names: tuple[str, ...]
    ) -> None:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for name, value in rows:
            table.add_row(words(f"console.{name}") if name in names else name, value)
        self._console.print(table)


_NAMES = ("target", "task", "aws", "report", "model", "champion", "serving", "left")
_NAMES_OF_PREDICTIONS = ("target", "rows", "aws", "predictions", "report", "left")


def _told(
    words: Language, result: dict[str, Any], said: dict[str, Any]
) -> Iterator[tuple[str, Text]]:
    """Yield what the closing table says of predictions."""
    if result["predictions"]:
        yield "target", Text(result["target"])
        yield "rows", Text(said["message"])
        yield "predictions", Text(result["predictions"], overflow="fold")
    if result["report"]:
        yield "report", Text(result["report"], overflow="fold")
    if result["on_aws"]:
        yield "aws", Text(_on_aws(words, result["on_aws"]))
    yield "left", _left(words, result)


def _left(words: Language, result: dict[str, Any]) -> Text:
    return Text(", ".join(result["left_running"]) or words("console.nothing"))


def _rows(
    words: Language, result: dict[str, Any], said: dict[str, Any]
) -> Iterator[tuple[str, Text]]:
    """Yield what the closing table says: names of rows, or of metrics, and their values."""
    if result["target"]:
        yield "target", Text(f"{result['target']} ({said['target_rule'] or result['target_rule']})")
        yield "task", Text(words(f"task.{result['task']}"))
    for name, value in (result["metrics"] or {}).items():
        yield words(f"metric.{name}"), Text(words.fixed(value, 4))
    if result["on_aws"]:
        yield "aws", Text(_on_aws(words, result["on_aws"]))
    for name in ("report", "model"):
        if result[name]:
            yield name, Text(result[name], overflow="fold")
    if result["decision"]:
        yield "champion", Text(_champion(words, result, said["decision"]))
    if result["serving"]:
        yield "serving", Text(_serving(words, result), overflow="fold")
    yield "left", _left(words, result)


def _serving(words: Language, result: dict[str, Any]) -> str:
    names, served = ", ".join(result["serving"]), result["served"] or {}
    if not served.get("usd_per_hour"):
        return names
    hour = words.fixed(served["usd_per_hour"] * served["minimum"], 3)
    return f"{names}; {words('console.serving_cost', hour=hour)}"


def _on_aws(words: Language, cost: dict[str, float]) -> str:
    usd = {end: words.fixed(cost[f"{end}_usd"], 3) for end in ("low", "high")}
    if cost["low_usd"] == cost["high_usd"]:  # no machine was started
        return words("cost.amount", usd=usd["low"])
    minutes = {end: words.whole(cost[f"{end}_minutes"]) for end in ("low", "high")}
    amount = words("cost.amount", usd=words("cost.range", **usd))
    return f"{amount}, {words('cost.minutes', **minutes)}"


def _champion(words: Language, result: dict[str, Any], reason: str) -> str:
    if result["promoted"]:
        return words("console.promoted")
    waits = result["decision"]["verdict"] != "reject"
    return words("console.held" if waits else "console.rejected", reason=reason)


class _Stages:
    """The stages entered so far; rendered again at every refresh."""

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
