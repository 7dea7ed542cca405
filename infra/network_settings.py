"""Settings of the network that jobs, models and Lambdas run in."""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, model_validator


def _split(value: object) -> object:
    """Take a list from the command line, which holds single values: it is written with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


# As AWS makes them; at most what SageMaker's VpcConfig takes.
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]{8,17}$")]
RouteTableId = Annotated[str, StringConstraints(pattern=r"^rtb-[0-9a-f]{8,17}$")]


class NetworkSettings(BaseModel):
    """Where in the account's own network everything runs; in none, unless set."""

    subnet_ids: Annotated[tuple[SubnetId, ...], BeforeValidator(_split)] = Field(
        default=(),
        max_length=16,
        description="Subnets of your VPC in which jobs, models and Lambdas run, without "
        "internet access: [your own "
        "network](security-and-privacy.md#inside-your-own-network).",
    )
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], BeforeValidator(_split)] = Field(
        default=(), max_length=5, description="Security groups of everything in these subnets."
    )
    vpc_id: str | None = Field(
        default=None,
        pattern=r"^vpc-[0-9a-f]{8,17}$",
        description="The VPC, if the stack is to create the VPC endpoints that it needs "
        "there; do not set it if they exist.",
    )
    route_table_ids: Annotated[tuple[RouteTableId, ...], BeforeValidator(_split)] = Field(
        default=(),
        description="Route tables of the subnets, for the VPC endpoint of S3; with vpc_id only.",
    )

    @model_validator(mode="after")
    def _all_of_a_network(self) -> Self:
        if bool(self.subnet_ids) != bool(self.security_group_ids):
            raise ValueError("subnet_ids and security_group_ids go together: give both or none")
        if self.vpc_id and not self.subnet_ids:
            raise ValueError("vpc_id needs subnet_ids and security_group_ids")
        if bool(self.vpc_id) != bool(self.route_table_ids):
            raise ValueError("vpc_id and route_table_ids go together: give both or none")
        return self
