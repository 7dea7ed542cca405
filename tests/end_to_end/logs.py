"""What the deployed functions wrote to their logs, invocation by invocation."""

from collections.abc import Iterator

from localcloud.session import Session
from tests.end_to_end.functions import function_name


def log_group(session: Session, handler: str) -> str:
    """Return the name of a function's log group, given by the folder of its handler."""
    client, name = session.cloud.client("lambda"), function_name(session, handler)
    return str(client.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"])


def invocations(session: Session, handler: str) -> Iterator[list[str]]:
    """Yield the lines of each invocation of a function, given by the folder of its handler."""
    group, logs = log_group(session, handler), session.cloud.client("logs")
    streams = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
    # The local cloud has a stream for every invocation.
    for stream in (stream for page in streams for stream in page["logStreams"]):
        found = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
        )
        yield [event["message"] for event in found["events"]]
