"""The account and the deployed stack that is worked on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]


def configured() -> Settings:
    """Return the stack's settings as cdk.json has them."""
    return Settings.from_context(json.loads((PROJECT / "cdk.json").read_text())["context"])


class StackNotFoundError(LookupError):
    """No stack of this name is deployed in the account and region."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack.

    Parameters
    ----------
    client
        Returns boto3's client of a service, by the service's name.
    outputs
        The stack's outputs by name.
    """

    name: str
    client: Callable[[str], Any]
    outputs: Mapping[str, str]

    @property
    def bucket(self) -> str:
        """Name of the stack's bucket."""
        return self.outputs["BucketName"]

    @property
    def state_machines(self) -> list[str]:
        """ARNs of the stack's state machines; none once the stack is removed."""
        names = ("StateMachineArn", "PredictMachineArn", "ActualsMachineArn")
        return [self.outputs[name] for name in names if name in self.outputs]

    @cached_property
    def resources(self) -> dict[str, list[str]]:
        """Physical names of the stack's resources, by CloudFormation's type."""
        found: dict[str, list[str]] = {}
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        for page in pages.paginate(StackName=self.name):
            for item in page["StackResourceSummaries"]:
                found.setdefault(item["ResourceType"], []).append(item["PhysicalResourceId"])
        return found


@cache
def client(service: str) -> Any:
    """Return boto3's client of a service, for the account that the environment names."""
    make: Callable[..., Any] = boto3.client  # its overloads want the service as a literal
    return make(service)


def find_stack(name: str, client: Callable[[str], Any] = client) -> Stack:
    """Return the deployed stack of a name.

    Raises
    ------
    StackNotFoundError
    """
    try:
        (found,) = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise StackNotFoundError(f"No stack {name} is deployed here.") from None
    outputs = {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])}
    return Stack(name, client, outputs)
