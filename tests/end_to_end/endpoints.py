"""Endpoints that no run made."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import ClientError

from localcloud.session import STACK, Session

_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"


@contextmanager
def leftover_endpoint(session: Session, name: str = "molino-leftover") -> Iterator[None]:
    """Have an endpoint of an execution that nobody remembers, made as the account's root."""
    sagemaker = session.cloud.client("sagemaker")
    roles = session.cloud.client("iam").list_roles()["Roles"]
    role = next(found["Arn"] for found in roles if "TrainingRole" in found["RoleName"])
    tags = [
        {"Key": "molino:stack", "Value": STACK},
        {"Key": "molino:execution", "Value": "long-gone"},
    ]
    variant = {
        "VariantName": "v",
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": _IMAGE}
    )
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)
    try:
        yield
    finally:
        with suppress(ClientError):  # deleted meanwhile, as it may be meant to
            sagemaker.delete_endpoint(EndpointName=name)
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
        sagemaker.delete_model(ModelName=name)
