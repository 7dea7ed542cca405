"""Documents in the bucket: stored with their version, read back, absent, and changed at once."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.shared.documents import bucket, document
from lambdas.shared.documents.bucket import change, find, read, write
from lambdas.shared.documents.document import DECISION, MANIFEST, RUNS, Document
from lambdas.shared.names.paths import RunPaths
from tests.lambdas.conftest import BUCKET

PROJECT = Path(__file__).parents[3]
URI = f"s3://{BUCKET}/reports/heart/runs.json"
# What touches objects of the bucket beside the room, and why.
ELSEWHERE = {
    "lambdas/preprocess/spark/objects.py",  # splits from disk, by workers
    "lambdas/preprocess/storage.py",  # which version of an upload is the newest; splits from disk
    "lambdas/predict/handler.py",  # rows to predict from disk
    "lambdas/predict/splits.py",  # a model's data to disk
    "lambdas/actuals/fetching.py",  # predictions to disk
    "lambdas/actuals/results.py",  # what happened beside them, from disk
    "lambdas/ask/handler.py",  # rows line by line, answers as a transform job leaves them
    "lambdas/join/handler.py",  # answers to disk, predictions from disk
    "lambdas/evaluate/progress.py",  # one CSV file in several parts, over several Lambdas
    "lambdas/retrain/history.py",  # which upload of a dataset is the newest
}
_CALLS = re.compile(r"\.(get_object|put_object|head_object|upload_file|download_file)\(")


def kinds() -> dict[str, Document[Any]]:
    return {name: kind for name, kind in vars(document).items() if isinstance(kind, Document)}


def test_nothing_else_reads_or_writes_the_bucket() -> None:
    found = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "lambdas").rglob("*.py")
        if _CALLS.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"lambdas/shared/documents/bucket.py", *ELSEWHERE}


@pytest.mark.parametrize("name", kinds())
def test_a_document_is_stored_with_its_version(name: str) -> None:
    kind = kinds()[name]
    stored = json.loads(kind.text({"name": "ñ\ud800"}))
    version = {} if kind.version is None else {kind.version_name: kind.version}
    assert stored == {**version, "name": "ñ\ud800"}
    with pytest.raises(ValueError, match="JSON"):
        kind.text({"value": float("inf")})


def test_documents_are_where_their_execution_is() -> None:
    paths = RunPaths(BUCKET, "heart", "run-1")
    assert MANIFEST.key(paths) == "datasets/heart/run-1/manifest.json"
    assert DECISION.uri(paths) == DECISION.below(paths.report_uri)


def test_what_is_absent_is_none_where_it_may_be(s3: Any) -> None:
    assert find(s3, RUNS, URI) is None
    assert find(s3, RUNS, None) is None
    with pytest.raises(ClientError, match="NoSuchKey"):
        read(s3, RUNS, URI)
    write(s3, RUNS, URI, {"runs": [{"name": "a"}]})
    assert read(s3, RUNS, URI)["runs"] == [{"name": "a"}]


def test_what_someone_else_wrote_meanwhile_is_not_lost(s3: Any) -> None:
    seen = []

    def overtaken(known: Any) -> Any:
        seen.append(known)
        if len(seen) == 1:
            write(s3, RUNS, URI, {"runs": [{"name": "theirs"}]})
        return {"runs": [{"name": "ours"}, *(known["runs"] if known else [])]}

    assert change(s3, RUNS, URI, overtaken) is not None
    assert read(s3, RUNS, URI)["runs"] == [{"name": "ours"}, {"name": "theirs"}]


def test_who_is_overtaken_each_time_gives_up(s3: Any) -> None:
    def overtaken(known: Any) -> Any:
        write(s3, RUNS, URI, {"runs": [{}, *(known["runs"] if known else [])]})
        return {"runs": []}

    assert change(s3, RUNS, URI, overtaken) is None


def test_other_trouble_with_s3_is_not_taken_for_a_conflict(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")

    monkeypatch.setattr(bucket, "put", denied)
    with pytest.raises(ClientError, match="AccessDenied"):
        change(s3, RUNS, URI, lambda _: {"runs": []})
