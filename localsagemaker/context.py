"""What every part of the service shares."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localsagemaker.faults import FaultPlan
from localsagemaker.image import Image
from localsagemaker.store import Store

if TYPE_CHECKING:
    from localsagemaker.role_credentials import RoleCredentials

MAX_BODY_BYTES = 6 * 1024 * 1024  # of a real-time invocation, request and response
MAX_SERVERLESS_BODY_BYTES = 4 * 1024 * 1024
MAX_FAILURE_REASON = 1024


@dataclass(frozen=True)
class Limits:
    """Seconds and counts that tests shorten.

    Parameters
    ----------
    health_check_seconds
        How long an endpoint may take until ``/ping`` answers 200.
    failed_pings
        How many answers other than 200 an endpoint may give before it has failed. AWS pings until
        the time is over; a local process that cannot load its model will not learn to.
    ping_seconds
        AWS's time-out of one ``/ping`` is 2 s, repeated; one local ping may wait for the model.
    invocation_seconds
        AWS: 60 s.
    serverless_idle_seconds
        How long a serverless endpoint's container outlives its last request. AWS states no figure.
    capture_seconds
        How long captured data is collected before it goes to S3. AWS: up to some minutes.
    deployment_scale
        Which share of a deployment's waits is waited.
    stop_grace_seconds
        Between SIGTERM and SIGKILL of a stopped training job. AWS: 120 s.
    """

    health_check_seconds: float = 120.0
    failed_pings: int = 5
    ping_pause_seconds: float = 0.1
    invocation_seconds: float = 60.0
    serverless_idle_seconds: float = 300.0
    capture_seconds: float = 5.0
    deployment_scale: float = 1.0
    stop_grace_seconds: float = 120.0


@dataclass(frozen=True)
class Credentials:
    """A role's temporary credentials."""

    access_key: str
    secret_key: str
    token: str


# A boto3 S3 client, or anything with its list_objects_v2, head_object, download_file, upload_file.
S3Client = Any
LogSink = Callable[[str, str, str], None]


@dataclass(frozen=True)
class Context:
    """An account in a region, and where it lives on this machine."""

    root: Path
    account: str
    region: str
    s3_for_role: Callable[[str], S3Client]
    store: Store
    limits: Limits = field(default_factory=Limits)
    faults: FaultPlan = field(default_factory=FaultPlan)
    on_log: LogSink | None = None
    image: Image | None = None
    # States of CloudWatch's alarms by name, of those that are there; None where nobody knows.
    alarm_states: Callable[[list[str]], dict[str, str]] | None = None
    # For containers that are not isolated; None where there is no cloud for them to ask.
    role_credentials: "RoleCredentials | None" = None

    @property
    def partition(self) -> str:
        """The AWS partition of the region."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a resource; SageMaker writes names in lower case there."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"


class Log:
    """One log stream of a CloudWatch-like group."""

    def __init__(self, context: Context, group: str, stream: str, path: Path) -> None:
        self.group, self.stream, self.path = group, stream, path
        self._sink = context.on_log
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: str) -> None:
        """Append a line."""
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if self._sink:
            self._sink(self.group, self.stream, line)
