"""Executions on disk: their histories leave memory, and those that a killed cloud ran are known."""

import hashlib
import json
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

Execution = dict[str, Any]
Event = dict[str, Any]
_UNWRITTEN = frozenset({"events", "definition"})
_appending = threading.Lock()  # of all histories: a lock cannot be copied with its execution


class StoredEvents:
    """A history in its file, read whenever it is asked for.

    Parameters
    ----------
    path
        A line for each event.
    count
        Events in it.
    """

    def __init__(self, path: Path, count: int = 0) -> None:
        self._path, self._count = path, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Event]:
        if self._count:
            with self._path.open(encoding="utf-8") as lines:
                # What is being appended meanwhile may be half a line.
                yield from map(json.loads, islice(lines, self._count))

    def append(self, event: Event) -> None:
        """Add what happened last."""
        self.extend([event])

    def extend(self, events: list[Event]) -> None:
        """Add several events."""
        lines = "".join(json.dumps(event) + "\n" for event in events)
        with _appending:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(lines)
            self._count += len(events)


class Journal:
    """Writes executions down while they run.

    Parameters
    ----------
    folder
        Two files for each execution, its record and its history; definitions are shared.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        for name in ("records", "histories", "definitions"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def note(self, execution: Execution) -> None:
        """Write an execution down; its history is on disk from then on, and grows there."""
        with self._lock:
            self._note(execution)

    def _note(self, execution: Execution) -> None:
        arn, events = execution["executionArn"], execution["events"]
        if not isinstance(events, StoredEvents):
            execution["events"] = StoredEvents(self._history(arn))
            execution["events"].extend(events)
        record = {key: value for key, value in execution.items() if key not in _UNWRITTEN}
        record["definition"] = self._keep_definition(execution.get("definition"))
        path = self._folder / "records" / f"{_file_name(arn)}.json"
        temporary = path.with_suffix(".part")
        temporary.write_text(json.dumps(record), encoding="utf-8")
        temporary.replace(path)

    def load(self) -> Iterator[Execution]:
        """Yield every execution that was written down; their histories stay on disk."""
        definitions: dict[str, str] = {}
        for path in sorted((self._folder / "records").glob("*.json")):
            execution = json.loads(path.read_text(encoding="utf-8"))
            digest = execution.pop("definition")
            if digest and digest not in definitions:
                definitions[digest] = (self._folder / "definitions" / digest).read_text("utf-8")
            if digest:
                execution["definition"] = definitions[digest]
            history = self._history(execution["executionArn"])
            # A kill may have cut the last line short.
            lines = history.read_text("utf-8").splitlines(keepends=True)
            whole = [line for line in lines if line.endswith("\n")]
            if len(whole) < len(lines):
                history.write_text("".join(whole), encoding="utf-8")
            execution["events"] = StoredEvents(history, len(whole))
            yield execution

    def _history(self, arn: str) -> Path:
        return self._folder / "histories" / f"{_file_name(arn)}.jsonl"

    def _keep_definition(self, definition: str | None) -> str | None:
        if definition is None:
            return None
        digest = hashlib.sha256(definition.encode()).hexdigest()
        path = self._folder / "definitions" / digest
        if not path.exists():
            path.write_text(definition, encoding="utf-8")
        return digest


def _file_name(arn: str) -> str:
    name = quote(arn.split(":", 6)[-1], safe="")
    # Eighty letters of any script, written so, are more than a file's name may have.
    return name if len(name) < 200 else hashlib.sha256(name.encode()).hexdigest()
