"""Keys, metadata and settings files made to do harm end in a name, a message, or nothing."""

import io
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.preprocess.unpack import Limits, unpack
from lambdas.report.notice import subject
from lambdas.shared.names import execution_name, group_name, resource_name, schedule_name
from lambdas.shared.one_line import one_line
from lambdas.shared.paths import RunPaths, dataset_of
from lambdas.shared.settings import resolve
from lambdas.shared.settings_file import read_settings
from lambdas.shared.settings_sources import from_metadata, from_yaml
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET

KEYS = {
    "parent folders": "incoming/../../settings/x.csv",
    "an absolute path": "incoming//etc/passwd",
    "quotes": "incoming/'; DROP TABLE x; --/\".csv",
    "an escaped zero": "incoming/a%00b/x.csv",
    "a zero": "incoming/a\x00b/x.csv",
    "lines": "incoming/a\nReport: https://elsewhere.example\n/x.csv",
    "a script": "incoming/<script>alert(1)</script>/x.csv",
    "a shell's words": "incoming/$(reboot)`id`/x.csv",
    "a template": "incoming/{{7*7}}{% $states %}/x.csv",
    "emoji": "incoming/🏥💉/x.csv",
    "text that runs backwards": "incoming/\u202egnp.csv/x.csv",
    "no valid Unicode": "incoming/\ud800/x.csv",
    "1024 bytes": "incoming/" + "ü" * 500 + "/x.csv",
    "an option": "incoming/--force/x.csv",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_any_key_gives_legal_names_and_stays_in_its_folders(key: str) -> None:
    dataset = dataset_of(key)
    name = execution_name(dataset, "bucket", key, "v1")
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,80}", name)
    assert re.fullmatch(r"molino-[a-z0-9-]{1,43}", resource_name(dataset, name))
    assert re.fullmatch(r"molino-[a-z0-9-]{1,57}", group_name("bucket", dataset))
    assert re.fullmatch(r"[0-9a-zA-Z-_.]{1,64}", schedule_name(dataset))
    paths = RunPaths("bucket", dataset, name)
    for derived in (paths.manifest_key, paths.report_prefix):
        assert re.fullmatch(r"[a-z]+(/[a-zA-Z0-9_.-]+)+", derived)
        assert ".." not in derived


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_any_key_can_be_told_in_a_notice_and_shown_in_a_page(key: str, s3: Any) -> None:
    upload = {"bucket": BUCKET, "key": key, "version_id": "v"}
    if "\ud800" not in key:  # S3 itself takes UTF-8 only
        answer = flow.report(upload, failure={"Error": "States.Timeout", "Cause": ""})
        assert "\nReport: https://elsewhere" not in answer["message"]
        page = flow.stored(s3, answer["report_uri"].split("/", 3)[3] + "/report.html")
        assert "<script>alert" not in page
    told = subject({"status": "SUCCEEDED", "dataset": dataset_of(key)})
    assert told.isprintable()
    assert len(told) < 100  # SNS's rule


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert one_line(text).isprintable()
    assert len(one_line(text)) == len(text)


# S3's limit for all metadata of an object is 2 KB, of ASCII.
@given(
    st.dictionaries(
        st.text("abcdefghijklmnopqrstuvwxyz-_.0123456789", min_size=1, max_size=40),
        st.one_of(
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200),
            st.builds(
                "=?{}?{}?{}?=".format,
                st.sampled_from(["utf-8", "idna", "undefined", "rot13", "utf-7", "punycode", "x"]),
                st.sampled_from("bqBQx"),
                st.text("abc=_?0129+/", max_size=30),
            ),
        ),
        max_size=20,
    )
)
def test_any_metadata_ends_in_findings_at_worst(metadata: dict[str, str]) -> None:
    for finding in resolve([from_metadata(metadata)]).findings:
        assert finding.code in ("SettingsInvalid", "ColumnNotFound")


def _laughs() -> str:
    levels = (f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30))
    return "\n".join(["a0: &a0 [ha, ha, ha]", *levels])


YAML = {
    "a billion laughs": (_laughs(), "must have a single value"),
    "a list in itself": ("a: &a [*a]\n", "not valid YAML"),
    "deep nesting": ("a: " + "[" * 20_000, "nests lists or mappings"),
    "an object to build": ("target: !!python/object/apply:os.system [id]\n", ""),
    "a tag of its own": ("!!python/name:os.system {}\n", ""),
    "two documents": ("target: a\n---\ntarget: b\n", "not valid YAML"),
    "a key that is a list": ("? [a, b]\n: c\n", ""),
    "control characters": ("target: \x01\x02\n", "not valid YAML"),
    "a line without end": ("target: " + "x" * 60_000 + "\n", ""),
    "no text at all": ("\ufffd" * 100, "must hold lines of the form"),
}


@pytest.mark.parametrize("case", YAML)
def test_any_settings_file_ends_in_findings_at_worst(case: str) -> None:
    text, words = YAML[case]
    source = from_yaml("settings/x.yaml", text)
    resolve([source])
    assert words in "; ".join(source.problems)


def test_a_settings_file_of_10_mb_is_refused_unread(s3: Any) -> None:
    class Body(io.BytesIO):
        read_bytes = 0

        def read(self, size: int | None = -1) -> bytes:  # type: ignore[override]
            content = super().read(size)
            Body.read_bytes += len(content)
            return content

    class Client:
        def get_object(self, **_: str) -> dict[str, Any]:
            return {"Body": Body(b"target: a\n" * (1 << 20))}

    client: Any = Client()
    source = read_settings(client, BUCKET, "x")
    assert source
    assert source.problems == ("the file settings/x.yaml is larger than 64 KB",)
    assert Body.read_bytes <= (64 << 10) + 1


def _zip(member: zipfile.ZipInfo, content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(member, content)
    return archive.getvalue()


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/x.csv", "a\\..\\x.csv", "link.csv"])
def test_names_in_a_zip_lead_nowhere(name: str, tmp_path: Path) -> None:
    member = zipfile.ZipInfo(name)
    if name == "link.csv":
        member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    upload, folder = tmp_path / "upload", tmp_path / "within" / "folder"
    folder.mkdir(parents=True)
    upload.write_bytes(_zip(member, b"/etc/passwd"))
    unpacked, _ = unpack(upload, folder, Limits(1 << 20, 100))
    assert unpacked.parent == folder
    assert not unpacked.is_symlink()
    assert unpacked.read_bytes() == b"/etc/passwd"
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        [upload, unpacked]
    )
