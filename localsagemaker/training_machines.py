"""When a fault plan takes a training job's machines away while its script runs."""

import threading
import time
from typing import Any

from localsagemaker.faults import ResourceFault


class Spot:
    """The spot machines of one job: when it goes, as a fault plan says, and whether another comes.

    By the developer guide ("Managed Spot Training") the job is ``Interrupted``, waits for another
    machine up to ``MaxWaitTimeInSeconds`` in all, and begins again there, from its checkpoints.

    Parameters
    ----------
    request
        Of CreateTrainingJob; without EnableManagedSpotTraining the machine stays.
    """

    def __init__(self, request: dict[str, Any], fault: ResourceFault | None) -> None:
        planned = fault is not None and fault.outcome == "Interrupted"
        self._fault = fault if planned and request.get("EnableManagedSpotTraining") else None
        condition = request.get("StoppingCondition", {})
        self._wait_until = time.monotonic() + condition.get("MaxWaitTimeInSeconds", 0)
        self._goes_at = float("inf")

    def begin(self) -> None:
        """Note that the script runs."""
        if self._fault:
            self._goes_at = time.monotonic() + (self._fault.seconds or 0.0)

    def is_gone(self) -> bool:
        """Say whether the machine was taken away."""
        return time.monotonic() >= self._goes_at

    def replace(self, stop: threading.Event) -> str | None:
        """Wait for another machine, which stays; or return the status the job ends with."""
        away = self._fault.away_seconds if self._fault else None
        self._fault, self._goes_at = None, float("inf")
        if away is None or time.monotonic() + away > self._wait_until:
            return "MaxWaitTimeExceeded"
        return "Stopped" if stop.wait(away) else None


class Loss:
    """The host of one job that is lost, as a fault plan says: the last one.

    Parameters
    ----------
    hosts
        How many the job has.
    """

    def __init__(self, hosts: int, fault: ResourceFault | None) -> None:
        self._last, planned = hosts - 1, fault is not None and fault.outcome == "HostLost"
        self._after = (fault.seconds or 0.0) if fault and planned else float("inf")
        self._at = float("inf")

    def begin(self) -> None:
        """Note that the script runs."""
        self._at = time.monotonic() + self._after

    def host(self) -> int | None:
        """Return the number of the host that is lost by now, counted from 0."""
        return self._last if time.monotonic() >= self._at else None
