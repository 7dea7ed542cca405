"""Fault injection: refused calls, and jobs and endpoints that end badly, late or never.

A plan is a JSON file with the fields below: ``{"calls": [{…}], "resources": [{…}]}``.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from localsagemaker.errors import ApiError

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class When:
    """Which of the events that a fault fits it meets: all, if nothing is said.

    Parameters
    ----------
    nth
        Only these, counted from 1.
    from_second, to_second
        Only between these seconds since the service started; no end if none is given.
    """

    nth: tuple[int, ...] = ()
    from_second: float = 0.0
    to_second: float | None = None

    def holds(self, number: int, second: float) -> bool:
        """Say whether the fault meets the ``number``-th event, which comes at ``second``."""
        over = self.to_second is not None and second >= self.to_second
        return second >= self.from_second and not over and (not self.nth or number in self.nth)


Fault = TypeVar("Fault", bound=When)


class Encounters:
    """Counts what each fault fitted since the service started."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._seen: Counter[tuple[int, str]] = Counter()
        self._lock = threading.Lock()

    def first(
        self, faults: Sequence[Fault], fits: Callable[[Fault], bool], whose: str = ""
    ) -> Fault | None:
        """Count an event for every fault that fits it; return the first one that meets it.

        Parameters
        ----------
        whose
            Events are counted for each of these apart.
        """
        second, met = time.monotonic() - self._started, []
        with self._lock:
            for index, fault in enumerate(faults):
                if fits(fault):
                    self._seen[index, whose] += 1
                    if fault.holds(self._seen[index, whose], second):
                        met.append(fault)
        return met[0] if met else None


Outcome = Literal["Failed", "Stopped", "stuck", "Interrupted", "HostLost"]
WHILE_IT_RUNS = ("Interrupted", "HostLost")  # these meet a training job's script, not its start
Resource = Literal[
    "training-job",
    "processing-job",
    "transform-job",
    "hyper-parameter-tuning-job",
    "endpoint",
    "job-run",  # of EMR Serverless
]


@dataclass(frozen=True, config=STRICT)
class CallFault(When):
    """Refuse calls of an operation.

    Parameters
    ----------
    operation
        Its name in the API, for example ``CreateTrainingJob``.
    code, message, status
        The error that the caller gets; ``status`` is HTTP's.
    name
        Shell pattern: only calls one of whose members matches, such as the name of a job.
    """

    operation: str
    code: str
    message: str = "Rate exceeded"
    status: int = 400
    name: str = "*"

    def fits(self, operation: str, parameters: Mapping[str, Any]) -> bool:
        """Say whether a call is one of those."""
        texts = [value for value in parameters.values() if isinstance(value, str)] or [""]
        return operation == self.operation and any(fnmatchcase(text, self.name) for text in texts)


@dataclass(frozen=True, config=STRICT)
class ResourceFault(When):
    """Let a job or endpoint end badly.

    Parameters
    ----------
    resource
        Its kind, as in its ARN.
    name
        Shell pattern that its name matches.
    outcome
        ``Failed`` (with ``reason``); ``Stopped`` (jobs only); ``stuck``: in progress (a stuck job
        can be stopped, a stuck endpoint cannot be deleted, as on AWS); ``Interrupted`` (training
        jobs on spot machines only; others run as ever): the machine is taken away with all that
        was on it, and the job starts again from its checkpoints on the next one; ``HostLost``
        (training jobs only): the last host's container is killed, the others run until they notice.
    seconds
        Until the outcome: of being in progress, or of the script if Interrupted or HostLost. For
        ``stuck``, how long that lasts; for ever if none is given.
    looks
        Of a stuck endpoint, instead of seconds: until it has been described so often.
    away_seconds
        If Interrupted, until a spot machine is free again; none if never: the job then ends by
        its ``MaxWaitTimeInSeconds``, and that wait is skipped.
    """

    resource: Resource
    name: str
    outcome: Outcome
    reason: str = "InternalServerError: We encountered an internal error. Please try again."
    seconds: float | None = None
    looks: int | None = None
    away_seconds: float | None = 0.0

    @property
    def wait_seconds(self) -> float | None:
        """How long to be in progress; None: for ever."""
        return 0.0 if self.seconds is None and self.outcome != "stuck" else self.seconds

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises
        ------
        ValueError
        """
        never = (self.outcome in WHILE_IT_RUNS and self.resource != "training-job") or (
            self.outcome == "Stopped" and self.resource == "endpoint"
        )
        if never:
            raise ValueError(f"no {self.resource} can be {self.outcome}")
        if self.looks and (self.resource, self.outcome) != ("endpoint", "stuck"):
            raise ValueError("only a stuck endpoint can wait for looks")


@dataclass(config=STRICT)
class FaultPlan:
    """Which calls and resources fail; counts what it has met, so use a plan for one run."""

    calls: list[CallFault] = field(default_factory=list)
    resources: list[ResourceFault] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to count."""
        self._calls, self._resources = Encounters(), Encounters()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Make a plan of ``{"calls": [{…}], "resources": [{…}]}`` with the fields above.

        Raises
        ------
        pydantic.ValidationError
            Naming every field that is unknown, missing or unusable.
        """
        return TypeAdapter(cls).validate_python(document)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a plan from JSON."""
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    def check_call(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Count a call.

        Raises
        ------
        ApiError
            When the plan says so.
        """
        fault = self._calls.first(self.calls, lambda fault: fault.fits(operation, parameters))
        if fault:
            raise ApiError(fault.code, fault.message, fault.status)

    def for_resource(self, resource: Resource, name: str) -> ResourceFault | None:
        """Return what shall happen to a new job or endpoint, or None."""
        return self._resources.first(
            self.resources,
            lambda fault: fault.resource == resource and fnmatchcase(name, fault.name),
        )
