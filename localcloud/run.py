"""Run one file, or a folder of part files, in a local cloud and report how it ended."""

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.header import Header
from pathlib import Path
from typing import Any

from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import REPORT
from lambdas.shared.failures import errors
from lambdas.shared.names.legal import dataset_slug, execution_name, resource_name
from lambdas.shared.names.part_files import MANIFEST, SUCCESS, folder_of
from lambdas.shared.names.paths import ACTUALS, INCOMING, PREDICT, dataset_of
from localcloud.cloud import Cloud
from localcloud.follow import Ended, follow, wait_for_execution
from localcloud.kept_runs import bring, make_room
from localcloud.left_running import left_running, serving
from localcloud.paths import RUNS, private_folder

_START_LIMIT_SECONDS = 60
_NO_ROWS: dict[str, Any] = {"read": None, "used": None, "left_out": {}}


@dataclass(frozen=True)
class Upload:
    """A file or a folder of part files, with the settings that travel as object metadata.

    Parameters
    ----------
    path
        A folder may have its marker; else it gets one.
    is_predicted, is_compared
        Whether its rows are to be predicted, or say what really happened; else it is trained on.
    """

    path: Path
    dataset: str
    settings: dict[str, str] = field(default_factory=dict)
    is_predicted: bool = False
    is_compared: bool = False

    @property
    def key(self) -> str:
        """Where the file or the folder's marker goes in the bucket."""
        root = PREDICT if self.is_predicted else ACTUALS if self.is_compared else INCOMING
        place = f"{root}{self.dataset}/{self.path.resolve().name}"
        if not self.path.is_dir():
            return place
        return f"{place}/{MANIFEST if (self.path / MANIFEST).exists() else SUCCESS}"

    @property
    def machine(self) -> str:
        """The output of the state machine that it starts."""
        kind = "Predict" if self.is_predicted else "Actuals" if self.is_compared else "State"
        return f"{kind}MachineArn"


def run_file(
    cloud: Cloud,
    outputs: dict[str, str],
    upload: Upload,
    on_stage: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Upload, follow the execution to its end, fetch report and model.

    Returns
    -------
    dict
        The object that ``python -m localcloud run --json`` prints.
    """
    started = time.monotonic()
    if on_stage:
        on_stage("trigger")
    arn = start(cloud, outputs, upload)
    trigger_seconds = round(time.monotonic() - started, 3)
    ended = follow(cloud, arn, on_stage)
    report = _report(cloud, outputs["BucketName"], upload.dataset, ended)
    folder = private_folder(RUNS) / dataset_slug(upload.dataset) / ended.name
    make_room(folder.parent)
    succeeded = ended.status == "SUCCEEDED"
    model_uri = report.get("model_uri") if succeeded else None
    cost = (report.get("cost") or {}).get("with_starts")
    bring(cloud, outputs["BucketName"], folder, model_uri)
    return told(ended, report) | {
        "target_rule": report.get("target_rule"),
        "features": report.get("features") or {},
        "rows": report.get("account") or dict(_NO_ROWS),
        "metrics": report.get("metrics"),
        "verdict": report.get("verdict") or [],
        "report": _path(folder / "report.html"),
        "model": _path(folder / model_uri.rsplit("/", 1)[-1]) if model_uri else None,
        "trained": report.get("trained", False),
        "reason": report.get("reason"),
        "champion": report.get("champion"),
        "promoted": report.get("promoted"),
        "decision": _decided(report.get("decision")),
        "cost_usd": cost and cost["usd"],
        "on_aws": cost,
        "seconds": {
            "trigger": trigger_seconds,
            **ended.stages,
            "total": round(time.monotonic() - started, 3),
        },
        "left_running": left_running(cloud, resource_name(dataset_of(upload.key), ended.name)),
        "serving": serving(cloud),
        "served": report.get("serving"),
    }


def told(ended: Ended, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of an execution of any machine, from what it stored of its end."""
    succeeded = ended.status == "SUCCEEDED"
    return {
        "status": "SUCCEEDED" if succeeded else "FAILED",
        "error": None if succeeded else document.get("error") or ended.error,
        "message": document.get("message") or ended.cause,
        "language": document.get("language"),
        "said": document.get("said"),
        "execution_arn": ended.arn,
        "task": document.get("task"),
        "target": document.get("target"),
        "findings": [
            {name: found[name] for name in ("code", "column", "row")}
            for found in document.get("findings") or ()
        ],
    }


def not_run(error: Exception, seconds: float) -> dict[str, Any]:
    """Return `run_file`'s object for a file that could not be put through the cloud at all."""
    empty = dict.fromkeys(
        ("language", "said", "execution_arn", "task", "target", "target_rule", "metrics", "report",
         "model", "reason", "champion", "promoted", "decision", "cost_usd", "on_aws", "served")
    )  # fmt: skip
    failed = {"status": "FAILED", "error": type(error).__name__, "message": str(error)}
    none: dict[str, Any] = {name: [] for name in ("findings", "verdict", "left_running", "serving")}
    none |= {
        "trained": False,
        "features": {},
        "rows": dict(_NO_ROWS),
        "seconds": {"total": seconds},
    }
    return failed | empty | none


def _decided(found: dict[str, Any] | None) -> dict[str, Any] | None:
    return found and {name: found[name] for name in ("verdict", "rule", "reason")}


def exit_status(result: dict[str, Any]) -> int:
    """Return 0 for success, 3 for a named data error, 1 for anything else."""
    if result["status"] == "SUCCEEDED":
        return 0
    cause = getattr(errors, str(result["error"]), None)
    named = isinstance(cause, type) and issubclass(cause, errors.DataError)
    return 3 if named else 1


def start(cloud: Cloud, outputs: dict[str, str], upload: Upload) -> str:
    """Upload the file and return the ARN of the execution that this starts."""
    bucket = outputs["BucketName"]
    version = _put(cloud, bucket, upload)
    # Found by its name: searching all executions would take longer with each file.
    name = execution_name(dataset_of(upload.key), bucket, upload.key, version)
    return wait_for_execution(cloud, outputs[upload.machine], name, _START_LIMIT_SECONDS)


def _put(cloud: Cloud, bucket: str, upload: Upload) -> str:
    """Upload the file; S3 metadata is ASCII, so other letters travel as RFC 2047 words."""
    metadata = {
        name: value if value.isascii() else Header(value, "utf-8", maxlinelen=10**6).encode()
        for name, value in upload.settings.items()
    }
    client, last = cloud.client("s3"), upload.path
    if upload.path.is_dir():
        last = upload.path / upload.key.rpartition("/")[2]
        for path in sorted(upload.path.rglob("*")):
            if path.is_file() and path != last:
                name = path.relative_to(upload.path).as_posix()
                client.upload_file(str(path), bucket, folder_of(upload.key) + name)
    with last.open("rb") if last.exists() else io.BytesIO() as body:
        response = client.put_object(Bucket=bucket, Key=upload.key, Body=body, Metadata=metadata)
    return str(response["VersionId"])


def _report(cloud: Cloud, bucket: str, dataset: str, ended: Ended) -> dict[str, Any]:
    folder = f"s3://{bucket}/reports/{dataset_slug(dataset)}/{ended.name}"
    found = find(cloud.client("s3"), REPORT, REPORT.below(folder))
    return {"report_uri": folder, **found} if found else {}


def _path(path: Path) -> str | None:
    return str(path) if path.exists() else None
