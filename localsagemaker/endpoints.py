"""CreateEndpoint, UpdateEndpoint, DescribeEndpoint, DeleteEndpoint, ListEndpoints, and counts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from localsagemaker import deployment, variants
from localsagemaker.context import Context
from localsagemaker.deployment import Shift
from localsagemaker.endpoint_run import EndpointRun
from localsagemaker.errors import (
    ApiError,
    already_exists,
    could_not_find,
    validation_exception,
)
from localsagemaker.faults import ResourceFault
from localsagemaker.listing import listed
from localsagemaker.models import CONFIG, Declarations
from localsagemaker.scaling import ScalableTargets
from localsagemaker.store import Record, now
from localsagemaker.tags import from_list

KIND = "endpoint"
_SUMMARY = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
_IN_PROGRESS = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
_ANSWERING = frozenset({"InService", "Updating", "SystemUpdating", "RollingBack"})


class Endpoints:
    """The account's endpoints."""

    def __init__(self, context: Context, models: Declarations, configs: Declarations) -> None:
        self._context, self._models, self._configs = context, models, configs
        self._runs: dict[str, EndpointRun] = {}  # those that answer, by name
        self._shifts: dict[str, Shift] = {}  # those whose traffic moves to a new process
        self.scaling = ScalableTargets(context, self._instances, self._resize)
        self._closing = threading.Event()
        self._alive: list[EndpointRun] = []  # all that were started and not yet closed
        self._counted_down: dict[
            str, tuple[int, EndpointRun]
        ] = {}  # calls of Describe until those start

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpoint."""
        name, config = request["EndpointName"], request["EndpointConfigName"]
        arn = self._context.arn(KIND, name)
        with self._context.store.locked():
            if self._context.store.get(KIND, name):
                raise already_exists("endpoint", arn)
            run = self._new_run(name, self._configs.existing(config))
            time = now()
            record = {
                "EndpointName": name,
                "EndpointArn": arn,
                "EndpointConfigName": config,
                "EndpointStatus": "Creating",
                "CreationTime": time,
                "LastModifiedTime": time,
            }
            self._context.store.put(KIND, name, record)
            self._context.store.set_tags(arn, from_list(request.get("Tags")))
            self._launch(name, run)
        return {"EndpointArn": arn}

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint: the new process takes over once healthy, else the old one stays."""
        name, rolled_out = request["EndpointName"], request.get("DeploymentConfig")
        with self._context.store.locked():
            record = self._settled(name)
            before = self._context.store.get(CONFIG, record["EndpointConfigName"]) or {}
            config = self._configs.existing(request["EndpointConfigName"])
            if self.scaling.is_scaled(name):
                variants.check_type(before, config)
            variants.retain(request, record, before, config)
            run = self._new_run(name, config, rolled_out)
            self._check_kind(name, run)
            if rolled_out:
                deployment.check(self._context, rolled_out, variants.count(config))
            record |= {"EndpointStatus": "Updating", "LastModifiedTime": now()}
            record.pop("FailureReason", None)
            self._context.store.put(KIND, name, record)
            self._start(run)
        return {"EndpointArn": record["EndpointArn"]}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeEndpoint."""
        record = self._existing(request["EndpointName"])
        self._look(request["EndpointName"])
        return record

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteEndpoint: answers at once; the endpoint is Deleting until its process is gone."""
        name = request["EndpointName"]
        with self._context.store.locked():
            record = self._settled(name)
            self._set(name, EndpointStatus="Deleting")
            run = self._runs.pop(name.lower(), None)
            self.scaling.forget(name)
        arn = record["EndpointArn"]
        threading.Thread(target=self._end, args=(name, arn, run), daemon=True).start()
        return {}

    def update_counts(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities."""
        name = request["EndpointName"]
        record = self._settled(name)
        for each in request["DesiredWeightsAndCapacities"]:
            if self._instances(name, each["VariantName"]) is None:
                raise validation_exception(f"Variant {each['VariantName']} has no instances.")
            count = each.get("DesiredInstanceCount")
            if count is not None:
                self._resize(name, lambda _, count=count: count)  # type: ignore[misc]
        return {"EndpointArn": record["EndpointArn"]}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListEndpoints."""
        return listed(
            self._context.store.all(KIND),
            request,
            answer="Endpoints",
            summary=_SUMMARY,
            name="EndpointName",
            status="EndpointStatus",
        )

    @contextmanager
    def answering(self, name: str) -> Iterator[tuple[EndpointRun, Record]]:
        """Hold the process that answers one request, which does not end before.

        Raises
        ------
        ApiError
            ``ValidationError`` if no endpoint of that name is in service.
        """
        with self._context.store.locked():
            record, run = self._context.store.get(KIND, name), self._runs.get(name.lower())
            shift = self._shifts.get(name.lower())
            run = shift.choose() if shift else run
            if not (record and run and record["EndpointStatus"] in _ANSWERING):
                account = self._context.account
                raise ApiError(
                    "ValidationError", f"Endpoint {name} of account {account} not found."
                )
            run.begin_request()
        try:
            yield run, record
        finally:
            run.end_request()

    def recover(self) -> None:
        """Start the processes of the endpoints that were there when the last process died."""
        for record in self._context.store.all(KIND):
            name, status = record["EndpointName"], record["EndpointStatus"]
            if status == "Deleting":
                self._context.store.delete(KIND, name, record["EndpointArn"])
            elif status != "Failed":
                self._start_again(name, record)

    def _start_again(self, name: str, record: Record) -> None:
        with self._context.store.locked():
            try:
                config = self._configs.existing(record["EndpointConfigName"])
                variants.retain_count(record, config)
                run = self._new_run(name, config)
            except ApiError as error:  # its configuration or model was deleted meanwhile
                self._set(name, EndpointStatus="Failed", FailureReason=error.message)
                return
            self._set(name, EndpointStatus="Creating")
            self._start(run)

    def close(self) -> None:
        """End every endpoint's process."""
        self._closing.set()
        with self._context.store.locked():
            runs = list(self._alive)
        for run in runs:
            run.close()

    def _instances(self, name: str, variant: str) -> int | None:
        return variants.instances(self._context.store.get(KIND, name) or {}, variant)

    def _resize(self, name: str, changed: Callable[[int], int]) -> None:
        """Change how many instances there are said to be: one process answers for all."""
        self._context.store.change(KIND, name, lambda record: variants.resize(record, changed))

    def _new_run(
        self, name: str, config: Record, rolled_out: dict[str, Any] | None = None
    ) -> EndpointRun:
        if len(config["ProductionVariants"]) != 1:
            raise validation_exception("The local SageMaker runs one production variant.")
        variant = config["ProductionVariants"][0]
        model = self._models.runnable(variant["ModelName"])

        def on_end(reason: str | None) -> None:
            if reason is None and rolled_out:
                reason = self._roll_out(name, run, rolled_out, variants.count(config))
            self._arrive(name, config, run, reason)

        run = EndpointRun(self._context, name, config, model, on_end)
        return run

    def _roll_out(
        self, name: str, run: EndpointRun, rolled_out: dict[str, Any], count: int
    ) -> str | None:
        """Move the traffic to a new process; return why it went back, if it did."""
        with self._context.store.locked():
            shift = self._shifts[name.lower()] = Shift(self._runs[name.lower()], run)
        try:
            return deployment.roll_out(self._context, rolled_out, count, shift, self._closing)
        finally:
            del self._shifts[name.lower()]

    def _check_kind(self, name: str, run: EndpointRun) -> None:
        previous = self._runs.get(name.lower())
        if run.serverless and previous and not previous.serverless:
            raise validation_exception(
                f"Endpoint {name} runs on instances and cannot be updated to serverless."
            )

    def _launch(self, name: str, run: EndpointRun) -> None:
        fault = self._context.faults.for_resource("endpoint", name)
        if fault is None:
            self._start(run)
        elif fault.looks:
            self._counted_down[name] = fault.looks, run
        else:
            late = (name, run, fault)
            threading.Thread(target=self._launch_late, args=late, daemon=True).start()

    def _look(self, name: str) -> None:
        with self._context.store.locked():
            if name in self._counted_down:
                looks, run = self._counted_down.pop(name)
                if looks > 1:
                    self._counted_down[name] = looks - 1, run
                else:
                    self._start(run)

    def _launch_late(self, name: str, run: EndpointRun, fault: ResourceFault) -> None:
        if self._closing.wait(fault.wait_seconds):
            return
        with self._context.store.locked():
            if fault.outcome == "Failed":
                self._set(name, EndpointStatus="Failed", FailureReason=fault.reason)
            else:
                self._start(run)

    def _start(self, run: EndpointRun) -> None:
        self._alive.append(run)
        run.start()

    def _retire(self, run: EndpointRun) -> None:
        """End a process; others wait for it no longer than that takes."""
        run.close()
        with self._context.store.locked():
            if run in self._alive:
                self._alive.remove(run)

    def _arrive(self, name: str, config: Record, run: EndpointRun, reason: str | None) -> None:
        """Take note of how a new process ended up."""
        with self._context.store.locked():
            record = self._context.store.get(KIND, name)
            previous = self._runs.get(name.lower())
            retired: EndpointRun | None = run
            if record is None:
                pass  # deleted meanwhile
            elif reason is None:
                self._runs[name.lower()] = run
                retired = previous
                self._context.store.change(KIND, name, _captures_nothing)
                self._set(
                    name,
                    EndpointStatus="InService",
                    EndpointConfigName=config["EndpointConfigName"],
                    ProductionVariants=[
                        variants.summary(config["ProductionVariants"][0], run.image)
                    ],
                    **_capture_summary(config),
                )
            else:
                # A failed update leaves the endpoint as it was, and gives the reason.
                status = "InService" if previous else "Failed"
                self._set(name, EndpointStatus=status, FailureReason=reason)
        if retired:
            # Not here: this may be the thread that closing waits for.
            threading.Thread(target=self._replace, args=(retired,), daemon=True).start()

    def _replace(self, run: EndpointRun) -> None:
        run.drain()
        self._retire(run)

    def _end(self, name: str, arn: str, run: EndpointRun | None) -> None:
        if run:
            self._retire(run)
        self._context.store.delete(KIND, name, arn)

    def _existing(self, name: str) -> Record:
        record = self._context.store.get(KIND, name)
        if record is None:
            raise could_not_find("endpoint", self._context.arn(KIND, name))
        return record

    def _settled(self, name: str) -> Record:
        record = self._existing(name)
        if record["EndpointStatus"] in _IN_PROGRESS:
            raise validation_exception(
                f'Cannot update in-progress endpoint "{record["EndpointArn"]}".'
            )
        return record

    def _set(self, name: str, **members: Any) -> None:
        self._context.store.change(KIND, name, lambda record: record.update(members))


def _captures_nothing(record: Record) -> None:
    record.pop("DataCaptureConfig", None)


def _capture_summary(config: Record) -> dict[str, Any]:
    capture = config.get("DataCaptureConfig")
    if capture is None:
        return {}
    enabled = capture.get("EnableCapture", True)
    summary = {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
        "DestinationS3Uri": capture["DestinationS3Uri"],
        "KmsKeyId": capture.get("KmsKeyId", ""),
    }
    return {"DataCaptureConfig": summary}
