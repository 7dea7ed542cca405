"""Keys, metadata and settings files made to do harm end in a name, a message, or nothing."""

import io
import json
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from lambdas.preprocess.read.source import Limits, unpack
from lambdas.report.language import language
from lambdas.report.notification import subject
from lambdas.report.page import template
from lambdas.result.handler import handler as tell_of_predictions
from lambdas.shared.documents.document import MANIFEST
from lambdas.shared.findings.message import one_line, visible
from lambdas.shared.names.legal import execution_name, group_name, resource_name, schedule_name
from lambdas.shared.names.paths import RunPaths, dataset_of
from lambdas.shared.settings.dataset import DatasetSettings, Source, resolve
from lambdas.shared.settings.sources import from_metadata, from_yaml, read_settings
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.result.test_result import EXECUTION

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
    "a next line": "incoming/a\x85Report: https://elsewhere.example/x.csv",
    "letters without width": "incoming/a\u200b\u2066b\ufeff/x.csv",
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
    for derived in (MANIFEST.key(paths), paths.report_prefix, paths.prediction_prefix):
        assert re.fullmatch(r"[a-z]+(/[a-zA-Z0-9_.-]+)+", derived)
        assert ".." not in derived


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_any_key_can_be_told_in_a_notice_and_shown_in_a_page(
    key: str, s3: Any, context: Context
) -> None:
    upload = {"bucket": BUCKET, "key": key, "version_id": "v"}
    rows = upload | {"key": key.replace("incoming", "predict", 1)}
    failure = {"Error": "States.Timeout", "Cause": ""}
    if "\ud800" not in key:  # S3 itself takes UTF-8 only
        trained = flow.report(upload, failure=failure)
        predicted = tell_of_predictions(
            {"execution": EXECUTION, "upload": rows, "failure": failure}, context
        )
        for answer in (trained, predicted):
            assert "\nReport: https://elsewhere" not in answer["message"]
            place = answer["report_uri"].split("/", 3)[3].removesuffix("/report.html")
            page = flow.stored(s3, f"{place}/report.html")
            assert "<script>alert" not in page
            assert visible(page) == page
    ended = {"status": "SUCCEEDED", "dataset": dataset_of(key)}
    for trained_one in (True, False):
        told = subject(language(None), ended | {"trained": trained_one})
        assert told.isprintable()
        assert len(told) < 100  # SNS's rule


def test_what_cannot_be_seen_is_written_out_in_pages() -> None:
    rendered = template("report/index.html").environment.from_string(
        "<p title='{{ x }}'>{{ y }}</p>"
    )
    hidden = "a\u202e<b>\x85\ud800"
    page = rendered.render(x=hidden, y=Markup("<i>\u2067</i>\n"))
    assert page == "<p title='a\\u202e&lt;b&gt;\\u0085\\ud800'><i>\\u2067</i>\n</p>"
    for kept in ("Größe\u00a0m²", "a\u200cb", "👩\u200d⚕️", "1\u202f234\n\t"):
        assert visible(kept) == kept


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
    _messages([from_metadata(metadata)])


def _laughs() -> str:
    levels = (f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30))
    return "\n".join(["a0: &a0 [ha, ha, ha]", *levels])


YAML = {
    "a billion laughs": (_laughs(), "nests lists or mappings in “a2”, line 3"),
    "a list in itself": ("a: &a [*a]\n", "nests lists or mappings in “a”, line 1"),
    "deep nesting": ("a: " + "[" * 20_000, "nests lists or mappings"),
    "an object to build": ("target: !!python/object/apply:os.system [id]\n", ""),
    "a tag of its own": ("!!python/name:os.system {}\n", ""),
    "two documents": ("target: a\n---\ntarget: b\n", "not valid YAML"),
    "a key that is a list": ("? [a, b]\n: c\n", "has a list or mapping for a name, line 1"),
    "a key that is itself": ("&a ? *a\n: c\n", "not valid YAML"),
    "control characters": ("task: x\ntarget: \x01\x02\n", "not valid YAML, line 2"),
    "a letter beyond Unicode": ('target: "\\UFFFFFFFF"\n', "not valid YAML"),
    "half a letter": ('target: "\\ud800"\n', "“target”: it must be a text"),
    "half a letter in JSON": ("ignore: '[\"\\ud800\"]'\n", "“ignore”: it cannot be read"),
    "half a letter for a key": ('"\\ud800": x\n', "is not a setting"),
    "a line break in a key": ('"tar\\nget": x\n', "“tar get” is not a setting"),
    "a line break in a list": ('ignore: "a\\nb"\n', "“ignore”: it cannot be read"),
    "a deep list in JSON": (f"ignore: '{'[' * 50_000}'\n", "“ignore”: it cannot be read"),
    "a version of many digits": (f"%YAML {'1' * 5000}.1\n---\na: b\n", "not valid YAML"),
    "a number of many digits": (f"seed: {'9' * 5000}\n", "“seed”"),
    "a number without end": (
        "max_cost_usd: inf\nmax_hours: nan\ngate_margin: 1e999\n",
        "it must be a number",
    ),
    "thousands of names": ("".join(f"k{n}: 1\n" for n in range(8000)), "7,990 more names"),
    "a long list of ranges": (f"tune: 5\ntune_ranges: {'a,' * 30_000}\n", "at most 2000"),
    "a line without end": ("target: " + "x" * 60_000 + "\n", ""),
    "no text at all": ("\ufffd" * 100, "must contain lines of the form"),
}


@pytest.mark.parametrize("case", YAML)
def test_any_settings_file_ends_in_findings_at_worst(case: str) -> None:
    text, words = YAML[case]
    source = from_yaml("settings/x.yaml", text)
    told = _messages([source])
    assert words in "; ".join(told)
    assert len(told) < 50


def _messages(sources: list[Source]) -> list[str]:
    """Resolve, and check that what is wrong can be told in one line each, sent and stored."""
    resolved = resolve(sources)
    json.dumps(resolved.settings.model_dump(mode="json"), allow_nan=False).encode()
    messages = [str(finding.message) for finding in resolved.findings]
    for message in messages:
        assert message.isprintable()
        message.encode()
    return messages


_NEAR_YAML = st.text("abc: -[]{}\"'\\xuU0fF%&*!|>?@#,\n\r\t~<=.\ud800\u2028é", max_size=80)


@given(st.one_of(st.text(), _NEAR_YAML, st.binary().map(lambda b: b.decode("utf-8", "replace"))))
def test_any_text_is_a_settings_file_at_worst_with_problems(text: str) -> None:
    _messages([from_yaml("settings/a\nb.yaml", text)])


_ANY = st.one_of(st.text(), _NEAR_YAML, st.text("0123456789.-e_ naif", max_size=40))


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(sorted(DatasetSettings.model_fields)), st.text()),
        st.one_of(
            _ANY,
            st.lists(_ANY, max_size=3),
            st.dictionaries(_ANY, _ANY, max_size=2),
            _ANY.map("cron({})".format),
        ),
        max_size=4,
    )
)
def test_any_values_of_any_settings_end_in_findings_at_worst(values: dict[str, Any]) -> None:
    _messages([Source("rule", "place", values)])


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
    assert list(map(str, source.problems)) == ["the file settings/x.yaml is larger than 64 KB"]
    assert Body.read_bytes <= (64 << 10) + 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("InvalidRequest", "only its uploader has (SSE-C)"),
        ("InvalidObjectState", "it is archived"),
        ("AccessDenied", "AccessDenied"),
        ("KMS.DisabledException", "KMS.DisabledException"),
    ],
)
def test_a_settings_file_that_s3_will_not_hand_out_is_a_problem_of_the_run(
    code: str, words: str
) -> None:
    client = boto3.client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("get_object", code, "SECRET")
        source = read_settings(client, BUCKET, "x")
        stub.add_client_error("get_object", "SlowDown")
        with pytest.raises(ClientError):  # may pass: whatever asked is tried again
            read_settings(client, BUCKET, "x")
    assert source
    assert words in str(source.problems[0])
    assert "SECRET" not in str(source.problems[0])


def test_a_dataset_whose_settings_file_could_have_no_key_has_none(s3: Any) -> None:
    upload = f"incoming/{'x' * 1013}/x"  # of 1,024 bytes
    assert read_settings(s3, BUCKET, dataset_of(upload)) is None


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
