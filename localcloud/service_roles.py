"""Clients that act with a role's own permissions, as AWS services do once a role is passed."""

import json
import os
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from localcloud.credentials import register, role_session
from localcloud.ministack_internals import iam, iam_evaluator
from localsagemaker.context import Credentials

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SAGEMAKER, SPARK = "sagemaker", "emr-serverless"


def s3_for_role(role_arn: str, service: str = SAGEMAKER) -> "S3Client":
    """Return an S3 client that holds only what ``role_arn`` may do.

    Raises
    ------
    PermissionError
        When the role does not exist or does not trust the service.
    """
    return _s3_with(credentials_for_role(role_arn, service))


@cache  # a role's credentials stay the same in a cloud
def _s3_with(session: Credentials) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=f"https://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        region_name=os.environ["MINISTACK_REGION"],
        aws_access_key_id=session.access_key,
        aws_secret_access_key=session.secret_key,
        aws_session_token=session.token,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3}),
    )


def credentials_for_role(role_arn: str, service: str = SAGEMAKER) -> Credentials:
    """Return the credentials with which a service acts as ``role_arn``.

    Raises
    ------
    PermissionError
        When the role does not exist or does not trust the service.
    """
    account, role_name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    if not may_assume(role_arn, f"{service}.amazonaws.com"):
        raise PermissionError(f"Could not assume role {role_arn}. Check its trust relationship.")
    session = role_session(f"{service}:{role_arn}")
    arn = f"arn:aws:sts::{account}:assumed-role/{role_name}/{service}"
    register(session, arn, f"{role_name}:{service}")
    return Credentials(session.access_key, session.secret_key, session.token)


def surroundings() -> dict[str, str]:
    """Return the variables by which AWS's SDKs find this cloud."""
    return {name: os.environ[name] for name in ("AWS_CA_BUNDLE", "AWS_ENDPOINT_URL")}


def may_assume(role_arn: str, service: str, source_arn: str = "") -> bool:
    """Return whether a role exists and trusts a service; ministack asks for IAM principals only.

    Parameters
    ----------
    role_arn
    service
        Such as ``sagemaker.amazonaws.com``.
    source_arn
        What the service acts for, where it says so.
    """
    account, _, role_name = role_arn.removeprefix("arn:aws:iam::").partition(":role/")
    role = iam.roles.get_scoped(account, None, role_name.rpartition("/")[2])
    if role is None:
        return False
    trust_policy = role["AssumeRolePolicyDocument"]
    document = json.loads(trust_policy) if isinstance(trust_policy, str) else trust_policy
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn="*",
        region="",
        service_context={"aws:sourceaccount": account, "aws:sourcearn": source_arn},
    )
    decisions = {
        statement["Effect"]
        for statement in document["Statement"]
        if service in _listed(statement["Principal"].get("Service"))
        and "sts:AssumeRole" in _listed(statement["Action"])
        and iam_evaluator.conditions_met(statement.get("Condition", {}), context)
    }
    return decisions == {"Allow"}


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []
