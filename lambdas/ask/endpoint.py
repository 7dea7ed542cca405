"""The endpoint that serves a dataset's champion: whether it serves a version, now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.shared.failures.aws_errors import is_absent
from lambdas.shared.findings.message import Message
from lambdas.shared.requests import RequestFailed

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class Serving:
    """An endpoint that serves the version.

    Parameters
    ----------
    config : str
        Its configuration: it serves another version, or otherwise, once that is another one.
    memory_mb : int or None
        Of a serverless one.
    """

    config: str
    memory_mb: int | None


def serving(client: SageMakerClient, name: str, version: int) -> Serving:
    """Return the endpoint.

    Parameters
    ----------
    name : str
    version : int
        The one that is to answer.

    Raises
    ------
    RequestFailed
        If it is not there, not in service, or serves another version.
    """
    try:
        found: Any = client.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if is_absent(error):
            raise RequestFailed(Message("the endpoint has been deleted")) from None
        code = str(error.response["Error"]["Code"])
        problem = Message("{call} answered {code}", call="DescribeEndpoint", code=code)
        raise RequestFailed(problem) from None
    # A version's configurations are named after it, a second and third with a number behind.
    if not re.fullmatch(rf"{re.escape(name)}--{version}(-[0-9]+)?", found["EndpointConfigName"]):
        raise RequestFailed(Message("the endpoint serves another version"))
    if found["EndpointStatus"] != "InService":
        status = str(found["EndpointStatus"])
        raise RequestFailed(Message("the endpoint's status is {status}", status=status))
    sizes = (each.get("CurrentServerlessConfig") for each in found.get("ProductionVariants", ()))
    memory = next((each["MemorySizeInMB"] for each in sizes if each), None)
    return Serving(found["EndpointConfigName"], memory)
