"""Applications: what job runs are started in, and how much they may take together."""

import re
from datetime import datetime, timedelta
from typing import Any

from localemr.account import Account, members_of, new_id, not_there, refused
from localsagemaker.store import Record, now

KIND = "application"
_STARTS = {"CREATED", "STOPPED"}
_AUTO_START = {"enabled": True}
_AUTO_STOP = {"enabled": True, "idleTimeoutMinutes": 15}  # AWS's default
_TYPES = {"SPARK": "Spark"}
# What AWS takes where a request does not say.
_DEFAULTS = {"architecture": "X86_64"}


class Applications:
    """The account's applications."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateApplication; the same client token makes no second one."""
        store = self._account.store
        if request["type"].upper() not in _TYPES:
            raise refused(f"Application type {request['type']} is not supported.")
        with store.locked():
            known = self._of_token(request["clientToken"])
            if known is None:
                known = self._add(request)
        return {name: known[name] for name in ("applicationId", "name", "arn") if name in known}

    def _add(self, request: dict[str, Any]) -> Record:
        identifier, time = new_id(), now()
        given = {name: value for name, value in request.items() if name != "tags"}
        record = _DEFAULTS | given
        record |= {
            "applicationId": identifier,
            "arn": self._account.arn(f"applications/{identifier}"),
            "type": _TYPES[request["type"].upper()],
            "state": "CREATED",
            "createdAt": time,
            "updatedAt": time,
            "autoStartConfiguration": _AUTO_START | request.get("autoStartConfiguration", {}),
            "autoStopConfiguration": _AUTO_STOP | request.get("autoStopConfiguration", {}),
            "tags": request.get("tags", {}),
        }
        self._account.store.put(KIND, identifier, record)
        self._account.store.set_tags(record["arn"], record["tags"])
        return record

    def _of_token(self, token: str) -> Record | None:
        known = self._account.store.all(KIND)
        return next((each for each in known if each["clientToken"] == token), None)

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetApplication."""
        return {"application": members_of("Application", self.found(request))}

    def found(self, request: dict[str, Any]) -> Record:
        """Return the record of the application that a request names, stopped if it was idle."""
        identifier = request["applicationId"]
        record = self._account.store.get(KIND, identifier)
        if record is None:
            raise not_there("Application", identifier)
        if record["state"] == "STARTED" and self._is_idle(record):
            self._enter(identifier, "STOPPED")
            record["state"] = "STOPPED"
        return record

    def _is_idle(self, record: Record) -> bool:
        stop = record["autoStopConfiguration"]
        minutes = stop["idleTimeoutMinutes"] * self._account.minute_seconds / 60
        used: datetime = record["updatedAt"]
        is_over = now() >= used + timedelta(minutes=minutes)
        return bool(stop["enabled"]) and is_over and not self.busy(record["applicationId"])

    def busy(self, identifier: str) -> bool:
        """Say whether a job run of an application has not ended."""
        return any(
            run["applicationId"] == identifier and run["state"] not in ENDED
            for run in self._account.store.all("job-run")
        )

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListApplications."""
        records = [self.found(each) for each in self._account.store.all(KIND)]
        wanted = request.get("states")
        return {
            "applications": [
                members_of("ApplicationSummary", each | {"id": each["applicationId"]})
                for each in records
                if not wanted or each["state"] in wanted
            ]
        }

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateApplication; one that has started is refused."""
        record = self.found(request)
        if record["state"] not in _STARTS:
            raise refused(f"Application must be in [CREATED, STOPPED] state, is {record['state']}.")
        changed = {name: value for name, value in request.items() if name != "clientToken"}
        self._change(record["applicationId"], changed)
        return self.get(request)

    def start(self, request: dict[str, Any]) -> dict[str, Any]:
        """StartApplication; there is nothing here that takes time to come up."""
        record = self.found(request)
        if record["state"] in _STARTS:
            self._enter(record["applicationId"], "STARTED")
        return {}

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopApplication; job runs must have ended."""
        record = self.found(request)
        if self.busy(record["applicationId"]):
            raise refused("Application has active job runs. Cancel them before it is stopped.")
        self._enter(record["applicationId"], "STOPPED")
        return {}

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteApplication: one that was never started, or was stopped."""
        record = self.found(request)
        if record["state"] not in _STARTS:
            raise refused(f"Application must be in [CREATED, STOPPED] state, is {record['state']}.")
        self._account.store.delete(KIND, record["applicationId"], record["arn"])
        return {}

    def use(self, request: dict[str, Any]) -> Record:
        """Return an application that is started for a job run.

        Raises
        ------
        ApiError
            If it is not started and does not start by itself.
        """
        record = self.found(request)
        if record["state"] in _STARTS and not record["autoStartConfiguration"]["enabled"]:
            # AWS's own words are not documented.
            raise refused(f"Application {record['applicationId']} is not started.")
        self._enter(record["applicationId"], "STARTED")
        return record

    def _enter(self, identifier: str, state: str) -> None:
        self._change(identifier, {"state": state})

    def _change(self, identifier: str, members: dict[str, Any]) -> None:
        members = members | {"updatedAt": now()}
        self._account.store.change(KIND, identifier, lambda record: record.update(members))


ENDED = ("SUCCESS", "FAILED", "CANCELLED")
_AMOUNT = re.compile(r"([0-9.]+)\s*(?:vCPU|GB)", re.IGNORECASE)


def amount(text: str) -> float:
    """Return the number of a capacity such as ``16 vCPU`` or ``64 GB``."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise refused(f"Invalid capacity: {text}")
    return float(found[1])
