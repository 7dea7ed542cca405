"""What the roles of a running stack asked of IAM, workflow by workflow."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOG = "permissions.jsonl"  # in the cloud's folder


@dataclass(frozen=True)
class Call:
    """One permission asked for; equal ones count once."""

    role: str
    action: str
    resource: str
    context: str  # JSON
    allowed: bool

    @property
    def condition_keys(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.context)
        return found


@dataclass
class Recording:
    """The log of a cloud, cut into workflows."""

    path: Path
    by_workflow: dict[str, set[Call]] = field(default_factory=dict)

    @property
    def calls(self) -> set[Call]:
        return set().union(*self.by_workflow.values())

    @contextmanager
    def of(self, workflow: str) -> Iterator[None]:
        """Count what is asked in the block to ``workflow``."""
        begin = self.path.stat().st_size if self.path.exists() else 0
        yield
        with self.path.open() as file:
            file.seek(begin)
            self.by_workflow.setdefault(workflow, set()).update(map(_call, file))


def _call(line: str) -> Call:
    found = json.loads(line)
    return Call(
        found["role"],
        found["action"],
        found["resource"],
        json.dumps(found["context"], sort_keys=True),
        found["allowed"],
    )
