"""Settings of Apache Spark, for uploads beyond one machine; none, unless set."""

from pydantic import BaseModel, Field


class SparkSettings(BaseModel):
    """An application of EMR Serverless, and when it is used."""

    spark: bool = Field(
        default=False,
        description="Make an application of EMR Serverless, in which Apache Spark reads the "
        "[largest uploads](preparing-data.md#beyond-one-machine). It costs nothing while no job "
        "runs.",
    )
    spark_from_gb: float = Field(
        default=100,
        gt=0,
        description="Uploads from this size on are read by Spark, if the stack has it; smaller "
        "ones in one process.",
    )
    spark_max_vcpus: int = Field(
        default=64,
        ge=8,
        le=4000,
        multiple_of=4,
        description="Most processors of all Spark jobs together; stay within the account's quota "
        "of EMR Serverless.",
    )
    spark_max_runtime_minutes: int = Field(
        default=360,
        ge=5,
        le=10_080,
        description="A Spark job that runs longer is cancelled.",
    )
