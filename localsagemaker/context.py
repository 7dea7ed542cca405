"""What every part of the service shares."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localsagemaker.faults import FaultPlan
from localsagemaker.image import Image
from localsagemaker.limits import Limits
from localsagemaker.store import Store

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

    @property
    def partition(self) -> str:
        """The AWS partition of the region."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a resource; SageMaker writes names in lower case there."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"
