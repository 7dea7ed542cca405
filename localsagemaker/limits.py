"""The service's limits; AWS's own where AWS documents one."""

from dataclasses import dataclass

MAX_BODY_BYTES = 6 * 1024 * 1024  # of a real-time invocation, request and response
MAX_SERVERLESS_BODY_BYTES = 4 * 1024 * 1024
MAX_FAILURE_REASON = 1024


@dataclass(frozen=True)
class Limits:
    """Seconds and counts that tests shorten.

    Parameters
    ----------
    health_check_seconds
        How long an endpoint may take until ``/ping`` answers 200.
    failed_pings
        How many answers other than 200 an endpoint may give before it has failed. AWS pings until
        the time is over; a local process that cannot load its model will not learn to.
    ping_seconds
        AWS's time-out of one ``/ping`` is 2 s, repeated; one local ping may wait for the model.
    invocation_seconds
        AWS: 60 s.
    serverless_idle_seconds
        How long a serverless endpoint's container outlives its last request. AWS states no figure.
    capture_seconds
        How long captured data is collected before it goes to S3. AWS: up to some minutes.
    stop_grace_seconds
        Between SIGTERM and SIGKILL of a stopped training job. AWS: 120 s.
    """

    health_check_seconds: float = 120.0
    failed_pings: int = 5
    ping_pause_seconds: float = 0.1
    invocation_seconds: float = 60.0
    serverless_idle_seconds: float = 300.0
    capture_seconds: float = 5.0
    stop_grace_seconds: float = 120.0
