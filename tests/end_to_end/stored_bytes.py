"""Everything that a local cloud keeps, place by place: what a search of the account would read."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localcloud.session import Session

Place = tuple[str, bytes]
_GZIP = b"\x1f\x8b"


def places_with(session: Session, text: str) -> set[str]:
    """Return where a text is stored, in names or contents, upper or lower case."""
    wanted = text.lower().encode()
    return {
        place
        for place, content in stored(session)
        if wanted in place.lower().encode() or wanted in content.lower()
    }


def stored(session: Session) -> Iterator[Place]:
    """Yield every place with its content, unpacked where it is compressed."""
    yield from _objects(session)
    yield from _sagemaker(session)
    yield from _histories(session)
    yield from _logs(session)
    yield from _schedules(session)
    yield from _files(session.cloud.folder)


def _objects(session: Session) -> Iterator[Place]:
    s3 = session.cloud.client("s3")
    for bucket in [found["Name"] for found in s3.list_buckets()["Buckets"]]:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for marker in page.get("DeleteMarkers", []):
                yield f"s3: {bucket}/{marker['Key']} (deleted)", b""
            for version in page.get("Versions", []):
                named = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
                found = s3.get_object(**named)
                content = _unpacked(found["Body"].read())
                yield f"s3: {bucket}/{version['Key']}", content + repr(found["Metadata"]).encode()
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                yield f"s3: {bucket}/{upload['Key']} (unfinished)", b""


def _sagemaker(session: Session) -> Iterator[Place]:
    """The service mirrors each record in a file of its own."""
    for path in sorted((session.cloud.folder / "sagemaker" / "state").rglob("*.json")):
        yield f"sagemaker: {path.parent.name}/{path.stem}", path.read_bytes()


def _histories(session: Session) -> Iterator[Place]:
    states = session.cloud.client("stepfunctions")
    machine = session.outputs["StateMachineArn"]
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
    for name in [found["executionArn"] for page in pages for found in page["executions"]]:
        described = states.describe_execution(executionArn=name)
        yield f"history: {name}", _text(described)
        for page in states.get_paginator("get_execution_history").paginate(executionArn=name):
            yield f"history: {name}", _text(page["events"])


def _logs(session: Session) -> Iterator[Place]:
    logs = session.cloud.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in [found["logGroupName"] for found in page["logGroups"]]:
            yield f"logs: {group}", b""
            for streams in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
                for stream in [found["logStreamName"] for found in streams["logStreams"]]:
                    events = logs.get_log_events(
                        logGroupName=group, logStreamName=stream, startFromHead=True
                    )
                    yield f"logs: {group} {stream}", _text(events["events"])


def _schedules(session: Session) -> Iterator[Place]:
    scheduler = session.cloud.client("scheduler")
    for page in scheduler.get_paginator("list_schedules").paginate():
        for found in page["Schedules"]:
            given = {"GroupName": found["GroupName"], "Name": found["Name"]}
            yield f"schedule: {found['Name']}", _text(scheduler.get_schedule(**given))


def _files(folder: Path) -> Iterator[Place]:
    """Files of the machine: logs of jobs and of the server, temporary files of Lambdas."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        if path.is_file() and not inside.startswith("sagemaker/state/"):
            yield f"{_kind(inside)}: {inside}", _unpacked(path.read_bytes())


def _kind(inside: str) -> str:
    if inside.startswith("executions/"):
        return "history"
    return "log file" if inside.endswith(("log.txt", ".log")) else "file"


def _unpacked(content: bytes) -> bytes:
    """Tar archives are searched as they are; their members lie in them uncompressed."""
    try:
        return gzip.decompress(content) if content.startswith(_GZIP) else content
    except (EOFError, OSError):
        return content


def _text(document: Any) -> bytes:
    return json.dumps(document, default=str, ensure_ascii=False).encode()
