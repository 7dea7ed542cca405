"""What the API does with jobs, whatever their kind: create, describe, stop, delete, list."""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from localsagemaker import s3
from localsagemaker.context import Context, S3Client
from localsagemaker.errors import ApiError, role_not_assumable, validation_exception
from localsagemaker.faults import Resource
from localsagemaker.job_run import INTERNAL, JobRun
from localsagemaker.listing import listed
from localsagemaker.store import Record, now
from localsagemaker.tags import from_list

_UNDER_WAY = ("InProgress", "Stopping")
Run = TypeVar("Run", bound=JobRun)


class Jobs(ABC, Generic[Run]):
    """The account's jobs of one kind.

    Attributes
    ----------
    kind
        As in the store and in ARNs.
    member
        How the API begins the names of the kind's members, for example ``TrainingJob``.
    folder
        Folder of jobs below the service's own; empty for a kind without one.
    copied, summary
        The request's members that Describe answers, and Describe's that List answers.
    end
        The member with the time of the end.
    taken
        AWS's words for a name that is taken.
    sort, order
        The default order of the list.
    """

    kind: ClassVar[Resource]
    member: ClassVar[str]
    folder: ClassVar[str] = ""
    copied: ClassVar[tuple[str, ...]]
    summary: ClassVar[tuple[str, ...]]
    end: ClassVar[str]
    taken: ClassVar[str]
    sort: ClassVar[str] = "CreationTime"
    order: ClassVar[str] = "Ascending"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._runs: dict[str, Run] = {}
        self._name, self._status = f"{self.member}Name", f"{self.member}Status"

    @abstractmethod
    def check(self, request: dict[str, Any]) -> None:
        """Refuse a job as AWS does before it accepts it; raise `ApiError`."""

    @abstractmethod
    def _new_run(self, request: dict[str, Any]) -> Run:
        """Return the run of a job that was just accepted."""

    @abstractmethod
    def _missing(self, name: str) -> ApiError:
        """Return the error for a job that is not there."""

    def _members(self, _request: dict[str, Any]) -> Record:
        """Return members of a new job's record that are not the request's as they are."""
        return {}

    def create(self, request: dict[str, Any], **members: Any) -> dict[str, Any]:
        """Create a job; ``members`` of its record are those that no request has."""
        self.check(request)
        name, store = request[self._name], self._context.store
        arn, time = self._context.arn(self.kind, name), now()
        with store.locked():
            if store.get(self.kind, name):
                raise ApiError("ResourceInUse", f"{self.taken} already exists ({arn})")
            record = {key: request[key] for key in self.copied if key in request}
            record |= {f"{self.member}Arn": arn, self._status: "InProgress"}
            record |= {"CreationTime": time, "LastModifiedTime": time}
            store.put(self.kind, name, record | self._members(request) | members)
            store.set_tags(arn, from_list(request.get("Tags")))
            run = self._runs[name.lower()] = self._new_run(request)
            run.start()
        return {f"{self.member}Arn": arn}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """Describe a job."""
        name = request[self._name]
        record = self._context.store.get(self.kind, name)
        if record is None:
            raise self._missing(name)
        return record

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """Stop a job."""
        with self._context.store.locked():
            record = self.describe(request)
            status = record[self._status]
            if status == "InProgress":
                run = self._runs[record[self._name].lower()]
                run.enter_stopping()
                run.stop()
            else:
                self._refuse_stop(status)
        return {}

    def _refuse_stop(self, status: str) -> None:
        kind = self.kind.replace("-", " ")
        raise validation_exception(
            f"The request was rejected because the {kind} is in status {status}."
        )

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """Delete a job that has ended: its record, its tags and what it left on this machine."""
        name, store = request[self._name], self._context.store
        with store.locked():
            record = store.get(self.kind, name)
            if record is None:
                raise ApiError("ResourceNotFound", "Requested resource not found.")
            if record[self._status] in _UNDER_WAY:
                raise ApiError("ResourceInUse", f"The job is in status {record[self._status]}.")
            store.delete(self.kind, name, record[f"{self.member}Arn"])
            self._runs.pop(name.lower(), None)
            self._forget(name.lower())
        if self.folder:
            shutil.rmtree(Path(self._context.root, self.folder, name.lower()), ignore_errors=True)
        return {}

    def _forget(self, name: str) -> None:
        """Drop what else is known of a deleted job."""

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """List jobs."""
        return listed(
            self._context.store.all(self.kind),
            request,
            answer=f"{self.member}Summaries",
            summary=self._summary,
            name=self._name,
            status=self._status,
            sort=self.sort,
            order=self.order,
        )

    def _summary(self, record: Record) -> Record:
        return {name: record[name] for name in self.summary if name in record}

    def log_path(self, name: str) -> Path:
        """Return the file with the job's log."""
        return self._context.root / self.folder / name.lower() / "log.txt"

    def fail_interrupted(self) -> None:
        """End the jobs whose processes died with the service: they have failed, as on AWS."""
        for record in self._context.store.all(self.kind):
            if record[self._status] in _UNDER_WAY:
                self._fail(record[self._name])

    def _fail(self, name: str) -> None:
        failed = {self._status: "Failed", self.end: now(), "FailureReason": INTERNAL}
        self._context.store.change(self.kind, name, lambda record: record.update(failed))

    def close(self) -> None:
        """Kill every job's processes; launch no further ones."""
        with self._context.store.locked():
            runs = [*self._runs.values()]
        for run in runs:
            run.abandon()
        for run in runs:
            run.join()

    def _client(self, role: str) -> S3Client:
        """Return an S3 client of a role, or raise AWS's error for one that cannot be assumed."""
        try:
            return self._context.s3_for_role(role)
        except PermissionError:
            raise role_not_assumable(role) from None

    def _require_objects(self, client: S3Client, uri: str, role: str) -> None:
        """Raise AWS's error unless an object lies under an input's URI."""
        try:
            found = next(s3.keys_under(client, uri), None) is not None
        except s3.TransferError:
            found = False
        if not found:
            bucket, region = s3.split(uri)[0], self._context.region
            raise validation_exception(
                f'No S3 objects found under S3 URL "{uri}" given in input data source. Please '
                f"ensure that the bucket exists in the selected region ({region}), that objects "
                f'exist under that S3 prefix, and that the role "{role}" has "s3:ListBucket" '
                f'permissions on bucket "{bucket}".'
            )
