"""Spare machines that are taken away from a training job, as a fault plan says.

SageMaker's way with them is that of its developer guide ("Managed Spot Training"): the job is
``Interrupted``, waits for another machine up to ``MaxWaitTimeInSeconds`` in all, and starts anew
there, with what it had put into its checkpoint folder.
"""

import threading
import time
from typing import Any

from localsagemaker.faults import ResourceFault


class Spot:
    """The machine of one job: when it goes, and whether another comes.

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
