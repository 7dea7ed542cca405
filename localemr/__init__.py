"""A local EMR Serverless: its API on one machine, with job runs that are real Spark processes.

Applications and job runs are as AWS's `API Reference`__ has them. Spark is the package ``pyspark``,
with the machine's processors in place of workers. What any local service needs comes from
`localsagemaker`: stored records, checked requests, faults, child processes.

__ https://docs.aws.amazon.com/emr-serverless/latest/APIReference/Welcome.html
"""

from localemr.core import LocalEmrServerless

__all__ = ["LocalEmrServerless"]
