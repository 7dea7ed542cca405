"""Faults on purpose: refused calls, and jobs and endpoints that end badly or never."""

import json
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Self

from localcloud.sagemaker.errors import ApiError

Outcome = Literal["Failed", "Stopped", "stuck"]
Resource = Literal["training-job", "processing-job", "hyper-parameter-tuning-job", "endpoint"]


@dataclass(frozen=True)
class CallFault:
    """Refuse calls of ``operation``; ``nth`` lists which (from 1), none means all."""

    operation: str
    code: str
    message: str = "Rate exceeded"
    status: int = 400
    nth: tuple[int, ...] = ()


@dataclass(frozen=True)
class ResourceFault:
    """End a job or endpoint whose name matches a shell pattern.

    ``outcome`` is Failed (with ``reason``), Stopped (jobs only) or stuck (in progress for ever;
    a stuck job can be stopped, a stuck endpoint cannot be deleted, as on AWS);
    ``times`` says how many of the matching resources it meets, 0 means all.
    """

    resource: Resource
    name: str
    outcome: Outcome
    reason: str = "InternalServerError: We encountered an internal error. Please try again."
    times: int = 0


@dataclass
class FaultPlan:
    """Which calls and resources fail; counts what it has met, so use a plan for one run."""

    calls: list[CallFault] = field(default_factory=list)
    resources: list[ResourceFault] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict, repr=False)
    _met: dict[int, int] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a plan: ``{"calls": [{…}], "resources": [{…}]}`` with the fields above."""
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        calls = [
            CallFault(**{**entry, "nth": tuple(entry.get("nth", ()))})
            for entry in document.get("calls", [])
        ]
        resources = [ResourceFault(**entry) for entry in document.get("resources", [])]
        return cls(calls, resources)

    def check_call(self, operation: str) -> None:
        """Count a call.

        Raises
        ------
        ApiError
            When the plan says so.
        """
        with self._lock:
            number = self._seen[operation] = self._seen.get(operation, 0) + 1
        for fault in self.calls:
            if fault.operation == operation and (not fault.nth or number in fault.nth):
                raise ApiError(fault.code, fault.message, fault.status)

    def for_resource(self, resource: Resource, name: str) -> ResourceFault | None:
        """Return what shall happen to a new job or endpoint, or None."""
        with self._lock:
            for index, fault in enumerate(self.resources):
                met = self._met.get(index, 0)
                if fault.resource != resource or not fnmatchcase(name, fault.name):
                    continue
                if not fault.times or met < fault.times:
                    self._met[index] = met + 1
                    return fault
        return None
