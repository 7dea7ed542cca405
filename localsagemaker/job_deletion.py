"""DeleteTrainingJob, DeleteProcessingJob, DeleteHyperParameterTuningJob.

By the API reference a job's metadata are lost, and only a job that has ended can be deleted.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localsagemaker.context import Context
from localsagemaker.errors import ApiError

_UNDER_WAY = ("InProgress", "Stopping")


@dataclass(frozen=True)
class JobDeletion:
    """The deletion of jobs of one kind.

    Parameters
    ----------
    kind
        As in the store and in ARNs.
    member
        How the API begins the names of the kind's members, for example ``TrainingJob``.
    folder
        Folder of jobs below the service's own; empty for a kind without one.
    forget
        Called with a job's name once its record is gone.
    """

    context: Context
    kind: str
    member: str
    folder: str
    forget: Callable[[str], Any]

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        """Delete a job: its record, its tags and what it left on this machine."""
        name, store = request[f"{self.member}Name"], self.context.store
        with store.locked():
            record = store.get(self.kind, name)
            if record is None:
                raise ApiError("ResourceNotFound", "Requested resource not found.")
            status = record[f"{self.member}Status"]
            if status in _UNDER_WAY:
                raise ApiError("ResourceInUse", f"The job is in status {status}.")
            store.delete(self.kind, name, record[f"{self.member}Arn"])
            self.forget(name.lower())
        if self.folder:
            shutil.rmtree(Path(self.context.root, self.folder, name.lower()), ignore_errors=True)
        return {}
