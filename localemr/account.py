"""What every part of the service shares: an account in a region, and where it lives here."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localsagemaker.context import S3Client
from localsagemaker.errors import ApiError
from localsagemaker.faults import FaultPlan
from localsagemaker.role_credentials import RoleCredentials
from localsagemaker.store import Store
from localsagemaker.validation import service_model

_SIGNS = string.digits + string.ascii_lowercase


@dataclass(frozen=True)
class Account:
    """An account in a region.

    Parameters
    ----------
    minute_seconds
        How long a minute of a time limit takes.
    """

    root: Path
    number: str
    region: str
    s3_for_role: Callable[[str], S3Client]
    store: Store
    faults: FaultPlan
    role_credentials: RoleCredentials | None
    minute_seconds: float

    @property
    def partition(self) -> str:
        """The AWS partition of the region."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, path: str) -> str:
        """Return the ARN of an application or job run."""
        return f"arn:{self.partition}:emr-serverless:{self.region}:{self.number}:/{path}"


def new_id() -> str:
    """Return an identifier as AWS's are: 00, and 14 digits or small letters."""
    return "00" + "".join(secrets.choice(_SIGNS) for _ in range(14))


def members_of(shape: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a record that one of the API's structures has."""
    known: Any = service_model("emr-serverless").shape_for(shape)
    return {
        name: value for name, value in record.items() if name in known.members and value is not None
    }


def refused(message: str) -> ApiError:
    """Return the error for a request that cannot be carried out."""
    return ApiError("ValidationException", message)


def not_there(what: str, identifier: str) -> ApiError:
    """Return the error for what does not exist."""
    return ApiError("ResourceNotFoundException", f"{what} {identifier} does not exist", 404)
