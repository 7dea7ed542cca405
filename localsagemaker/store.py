"""The account's resources: kept in memory, mirrored as one JSON file each.

A store begins with what it finds mirrored: what it held when its process was killed.
"""

import copy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

Record = dict[str, Any]
_TAGS = "tags"


def now() -> datetime:
    """Return the time, to the millisecond as AWS's timestamps."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


class Store:
    """Records by kind and name; names are unique regardless of case, as ARNs are lower case.

    A record is what Describe answers.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kinds: dict[str, dict[str, Record]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.RLock()
        self._load()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other thread read or write meanwhile."""
        with self._lock:
            yield

    def get(self, kind: str, name: str) -> Record | None:
        """Return a copy of a record, or None."""
        with self._lock:
            record = self._kinds.get(kind, {}).get(name.lower())
            return copy.deepcopy(record)

    def put(self, kind: str, name: str, record: Record) -> None:
        """Add or replace a record."""
        with self._lock:
            self._kinds.setdefault(kind, {})[name.lower()] = copy.deepcopy(record)
            self._mirror(kind, name.lower())

    def change(self, kind: str, name: str, change: Callable[[Record], None]) -> None:
        """Apply ``change`` to a record in place and mark it modified; a missing one is left."""
        with self._lock:
            record = self._kinds.get(kind, {}).get(name.lower())
            if record is None:
                return
            change(record)
            record["LastModifiedTime"] = now()
            self._mirror(kind, name.lower())

    def delete(self, kind: str, name: str, arn: str) -> None:
        """Remove a record with its tags."""
        with self._lock:
            self._kinds.get(kind, {}).pop(name.lower(), None)
            self._tags.pop(arn, None)
            self._path(kind, name.lower()).unlink(missing_ok=True)
            self._path(_TAGS, arn).unlink(missing_ok=True)

    def all(self, kind: str) -> list[Record]:
        """Return copies of all records of a kind."""
        with self._lock:
            return copy.deepcopy(list(self._kinds.get(kind, {}).values()))

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a resource."""
        with self._lock:
            return dict(self._tags.get(arn, {}))

    def tagged(self) -> list[tuple[str, dict[str, str]]]:
        """Return every resource that has tags, with them."""
        with self._lock:
            return [(arn, dict(tags)) for arn, tags in self._tags.items() if tags]

    def set_tags(self, arn: str, tags: dict[str, str]) -> None:
        """Replace the tags of a resource."""
        with self._lock:
            self._tags[arn] = dict(tags)
            self._write(_TAGS, arn, tags)

    def _path(self, kind: str, name: str) -> Path:
        return self._folder / kind / f"{quote(name, safe='')}.json"

    def _mirror(self, kind: str, name: str) -> None:
        self._write(kind, name, self._kinds[kind][name])

    def _write(self, kind: str, name: str, value: Record) -> None:
        path = self._path(kind, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        text = json.dumps(value, default=datetime.isoformat, indent=1)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)

    def _load(self) -> None:
        for path in sorted(self._folder.glob("*/*.json")):
            value = json.loads(path.read_text(encoding="utf-8"), object_hook=_with_times)
            kind, name = path.parent.name, unquote(path.stem)
            if kind == _TAGS:
                self._tags[name] = value
            else:
                self._kinds.setdefault(kind, {})[name] = value


def _with_times(value: Record) -> Record:
    """Make times of what was written for them; every member that holds one is named so."""
    return {
        key: _time(item) if key.endswith(("Time", "Timestamp", "At")) else item
        for key, item in value.items()
    }


def _time(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value
