"""Clients that act with a role's own permissions, as AWS services do once a role is passed."""

import hashlib
import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy
from ministack.services import iam, sts

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SAGEMAKER = "sagemaker.amazonaws.com"


def s3_for_role(role_arn: str) -> "S3Client":
    """Return an S3 client that holds only what ``role_arn`` may do.

    Raises
    ------
    PermissionError
        When the role does not exist or does not trust SageMaker.
    """
    account, role_name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account, None, role_name)
    if role is None or not _trusts_sagemaker(role["AssumeRolePolicyDocument"], account):
        raise PermissionError(f"Could not assume role {role_arn}. Check its trust relationship.")
    digest = hashlib.sha256(f"sagemaker:{role_arn}".encode()).hexdigest()
    access_key, secret, token = f"ASIA{digest[:16].upper()}", digest[16:56], digest[:40]
    sts.register_session(
        access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/SageMaker",
            "UserId": f"{role_name}:SageMaker",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return boto3.client(
        "s3",
        endpoint_url=f"https://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        region_name=os.environ["MINISTACK_REGION"],
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3}),
    )


def _trusts_sagemaker(trust_policy: str, account: str) -> bool:
    context = EvalContext(
        principal_arn=_SAGEMAKER,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn="*",
        region="",
        service_context={"aws:sourceaccount": account},
    )
    return bool(evaluate_trust_policy(trust_policy, _SAGEMAKER, context))
