"""An upload that was overwritten or deleted before its run began is not read."""

from typing import Any

import pytest

from lambdas.preprocess import storage
from lambdas.shared.failures.errors import DataError
from tests.lambdas import flow


@pytest.mark.parametrize(
    ("afterwards", "error"),
    [
        ("overwritten", "UploadReplaced"),
        ("deleted", "UploadNotFound"),
        ("overwritten and deleted", "UploadNotFound"),
        ("overwritten, and the newer one deleted for good", None),
        ("deleted for good", "UploadNotFound"),
        ("deleted and restored", None),
    ],
)
def test_only_the_newest_version_of_a_file_is_read(
    s3: Any, monkeypatch: Any, afterwards: str, error: str | None
) -> None:
    rows = "".join(f"{i % 7},{'yes' if i % 2 else 'no'}\n" for i in range(60))
    upload = flow.put(s3, "incoming/w/a.csv", "a,target\n" + rows)
    where = {"Bucket": upload["bucket"], "Key": upload["key"]}
    if "overwritten" in afterwards:
        newer = s3.put_object(**where, Body=b"a,target\n")["VersionId"]
        if "newer one" in afterwards:
            s3.delete_object(**where, VersionId=newer)
    if afterwards == "deleted for good":
        s3.delete_object(**where, VersionId=upload["version_id"])
    elif afterwards.startswith("deleted") or "and deleted" in afterwards:
        marker = s3.delete_object(**where)["VersionId"]
        if "restored" in afterwards:
            s3.delete_object(**where, VersionId=marker)
    if error is None:
        assert flow.preprocess(upload)["task"] == "binary"
        return
    monkeypatch.setattr(storage.Opened, "save", lambda *_: pytest.fail("it was read"))
    with pytest.raises(DataError) as caught:
        flow.preprocess(upload)
    assert caught.value.code == error
    assert "not used" in str(caught.value)
