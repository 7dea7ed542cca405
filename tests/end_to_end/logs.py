"""What the deployed functions wrote to their logs, invocation by invocation."""

from collections.abc import Iterator

from localcloud.session import Session


def invocations(session: Session, handler: str) -> Iterator[list[str]]:
    """Yield the lines of each invocation of a function, given by the folder of its handler."""
    functions = session.cloud.client("lambda").get_paginator("list_functions").paginate()
    group = next(
        function["LoggingConfig"]["LogGroup"]
        for page in functions
        for function in page["Functions"]
        if f".{handler}." in function["Handler"]
    )
    logs = session.cloud.client("logs")
    streams = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
    # The local cloud has a stream for every invocation.
    for stream in (stream for page in streams for stream in page["logStreams"]):
        found = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
        )
        yield [event["message"] for event in found["events"]]
