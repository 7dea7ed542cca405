"""Molino inside a VPC: where things run, what their roles need for it, and the way to AWS."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.network_settings import NetworkSettings

# What the Lambdas call, by the names of VPC endpoints; SageMaker's jobs need S3 alone. Logs,
# traces and images take the services' own ways (docs/security-and-privacy.md).
INTERFACES = (
    "application-autoscaling",
    "events",
    "monitoring",
    "sagemaker.api",
    "sagemaker.runtime",
    "scheduler",
    "sns",
    "states",
)
# By AWS's manuals of both services; see the Service Authorization Reference for what has resources.
_OF_LAMBDA = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
_OF_SAGEMAKER = [
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
]


def sagemaker_vpc(settings: NetworkSettings) -> dict[str, Any] | None:
    """Return SageMaker's ``VpcConfig``, or None outside a VPC."""
    if not settings.subnet_ids:
        return None
    return {
        "Subnets": list(settings.subnet_ids),
        "SecurityGroupIds": list(settings.security_group_ids),
    }


def lambda_vpc(settings: NetworkSettings) -> lambda_.CfnFunction.VpcConfigProperty | None:
    """Return a Lambda's ``VpcConfig``, or None outside a VPC."""
    if not settings.subnet_ids:
        return None
    return lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=list(settings.subnet_ids), security_group_ids=list(settings.security_group_ids)
    )


def job_interfaces(settings: NetworkSettings) -> list[iam.PolicyStatement]:
    """Return what SageMaker needs of a role to attach jobs and models to the VPC."""
    return (
        [iam.PolicyStatement(actions=_OF_SAGEMAKER, resources=["*"])] if settings.subnet_ids else []
    )


def function_interfaces(settings: NetworkSettings) -> list[iam.PolicyStatement]:
    """Return what Lambda needs of a role to attach a function to the VPC; its code gets nothing."""
    if not settings.subnet_ids:
        return []
    return [
        iam.PolicyStatement(actions=_OF_LAMBDA, resources=["*"]),
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=_OF_LAMBDA,
            resources=["*"],
            # The key is there when the function's own code calls (Lambda's manual on VPC access).
            conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
        ),
    ]


class VpcEndpoints(Construct):
    """The way from the subnets to AWS without the internet; made only where ``vpc_id`` is set."""

    def __init__(self, scope: Construct, name: str, settings: NetworkSettings) -> None:
        super().__init__(scope, name)
        if not settings.vpc_id:
            return
        service = f"com.amazonaws.{cdk.Stack.of(self).region}"
        ec2.CfnVPCEndpoint(
            self,
            "S3",
            service_name=f"{service}.s3",
            vpc_id=settings.vpc_id,
            vpc_endpoint_type="Gateway",
            route_table_ids=list(settings.route_table_ids),
        )
        for each in INTERFACES:
            ec2.CfnVPCEndpoint(
                self,
                each.title().replace(".", ""),
                service_name=f"{service}.{each}",
                vpc_id=settings.vpc_id,
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(settings.subnet_ids),
                security_group_ids=list(settings.security_group_ids),
            )
