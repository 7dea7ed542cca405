"""Every broken file ends with the finding that names what is wrong, and quotes no cell."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import Prepared, prepare
from lambdas.shared.failures.errors import DataError
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.settings.dataset import Source
from tests.lambdas.preprocess.broken_files import BROKEN, GOOD, Case, data, lines


def attempt(
    folder: Path, content: bytes, given: dict[str, Any]
) -> tuple[tuple[Finding, ...], Prepared | None]:
    work = folder / f"work{len(list(folder.iterdir()))}"
    work.mkdir()
    path = work / "upload"
    path.write_bytes(content)
    try:
        prepared = prepare(Download.at(path), [Source("set", "test", given)], work)
    except DataError as error:
        return error.findings, None
    return prepared.findings, prepared


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_named(name: str, tmp_path: Path) -> None:
    case: Case = BROKEN[name]
    findings, prepared = attempt(tmp_path, case.content, case.settings)
    codes = {finding.code for finding in findings}
    assert codes.issuperset(case.codes), findings
    must_fail = any(KINDS[code].severity == "error" for code in case.codes)
    assert (prepared is None) == must_fail, findings
    messages = " ".join(str(finding.message) for finding in findings)
    assert all(words in messages for words in case.says), messages
    if case.columns is not None and prepared:
        assert prepared.table.columns == case.columns


# What no file alone can show, with the test that does.
BEYOND_THE_FILE = {
    "UnreadableFile": "report/test_report.py",  # what DuckDB alone stumbles over
    "RowsDrawn": "preprocess/test_instances.py",
    "CostCeilingExceeded": "preprocess/test_budget.py",
    "TimeCeilingExceeded": "preprocess/test_budget.py",
    "NotExported": "report/test_exported.py",
    "NamesTooLong": "shared/test_state_bytes.py",
    "UploadNotFound": "preprocess/test_large_uploads.py",
    "UploadLocked": "preprocess/test_large_uploads.py",
    "UploadReplaced": "preprocess/test_superseded.py",
    **dict.fromkeys(
        ("PartsMissing", "PartsChanged", "PartsDiffer", "FolderUnusable"),
        "preprocess/test_folders.py",
    ),
    # of rows to predict
    **dict.fromkeys(
        ("NoChampion", "ModelNotFound", "ModelUndescribed"),
        "predict/test_predict_handler.py",
    ),
    **dict.fromkeys(("EndpointNotServing", "EndpointNotUsed"), "predict/test_way.py"),
    **dict.fromkeys(
        ("ColumnMissing", "CellUnreadable", "TargetKept", "ColumnUnknown", "CategoryUnseen"),
        "predict/test_read_rows.py",
    ),
    **dict.fromkeys(("OutOfRange", "MoreGaps"), "predict/test_read_rows.py"),
    # of what really happened
    **dict.fromkeys(
        (
            *("NothingPredicted", "ActualsTooLarge", "ActualsMissing", "KeyUnclear", "KeyAssumed"),
            *("NothingMatched", "ActualsUnknown", "ActualsUnused", "ActualsContradictory"),
            *("PredictionsRepeated", "PredictionsLeftOut"),
        ),
        "actuals/test_what_is_wrong.py",
    ),
    # of a file beside the champion's
    **dict.fromkeys(("Drifted", "DriftedSlightly"), "drift/test_measure.py"),
    "DriftedTogether": "drift/test_domain.py",
    **dict.fromkeys(
        ("PredictionsDrifted", "PredictionsDriftedSlightly"), "drift/test_predictions.py"
    ),
    **dict.fromkeys(("TargetUnusable", "TooFewTargets", "RowsSeen"), "predict/test_targets.py"),
}


def test_every_kind_of_finding_has_a_file_that_shows_it() -> None:
    shown = {code for case in BROKEN.values() for code in case.codes}
    missing = KINDS.keys() - shown - BEYOND_THE_FILE.keys()
    assert not missing, "add a file to BROKEN in tests/lambdas/preprocess/broken_files.py"
    assert not shown & BEYOND_THE_FILE.keys()
    for code, name in BEYOND_THE_FILE.items():
        assert code in (Path(__file__).parents[1] / name).read_text(), name


def test_a_plain_file_is_without_findings(tmp_path: Path) -> None:
    content = data(lines("x,y,target", lambda i: f"{i * 31 % 97},{i * 7 % 89},{i % 2}", 200))
    findings, prepared = attempt(tmp_path, content, {})
    assert prepared
    assert findings == ()


def test_decimal_commas_become_points(tmp_path: Path) -> None:
    body = lines("x;t;target", lambda i: f"{i}.000,5;a,b {i % 3};{i % 2}")
    _, prepared = attempt(tmp_path, data(body), {})
    assert prepared
    assert {f.name: f.kind for f in prepared.features}["x"] == "numeric"
    text = "".join(path.read_text() for path in prepared.files.values())
    assert "1000.5" in text
    assert '"a,b 1"' in text


def test_legacy_letters_arrive_as_utf8(tmp_path: Path) -> None:
    _, prepared = attempt(tmp_path, BROKEN["windows-1252"].content, {})
    assert prepared
    text = "".join(path.read_text(encoding="utf-8") for path in prepared.files.values())
    assert "François" in text


@pytest.mark.parametrize(("name", "read"), [('"x"y', "xy"), ('""xy', "xy"), ('x"y', 'x"y')])
def test_quotes_broken_in_the_header_cost_no_row(name: str, read: str, tmp_path: Path) -> None:
    body = lines(f"{name},n,target", lambda i: f"{i * 31 % 97},{i % 7},{i % 2}")
    _, prepared = attempt(tmp_path, data(body), {})
    assert prepared
    assert prepared.table.columns == (read, "n", "target")
    assert prepared.table.rows == len(body) - 1


def test_rows_are_counted_as_a_spreadsheet_does(tmp_path: Path) -> None:
    body = lines("x,target", lambda i: f"{i % 7},{'' if i == 5 else i % 2}")
    for above in ("", "# a\n# b\n"):
        findings, _ = attempt(tmp_path, above.encode() + data(body), {})
        (found,) = [finding for finding in findings if finding.code == "TargetMissing"]
        assert found.row == 7 + above.count("\n")


SNIPPETS = st.sampled_from(
    [
        *(b",", b";", b"\n", b"\r", b'"', b"\0", b"\xff\xfe", b"#", b"\\", b"a", b"1", b"1,5"),
        *(b"\xe9", b"PK\x03\x04", b"\x1f\x8b\x08", b"<", b"{", b"\t", b"sep=,", b"\xef\xbb\xbf"),
        GOOD[:200],
    ]
)
BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(SNIPPETS, max_size=60).map(b"".join),
    st.tuples(st.lists(SNIPPETS, max_size=10).map(b"".join), st.just(GOOD)).map(b"".join),
    st.tuples(st.just(GOOD), st.lists(SNIPPETS, max_size=10).map(b"".join)).map(b"".join),
)


FUZZ = settings(
    max_examples=50,
    deadline=5000,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZ
@given(BYTES)
@example(b"\x1f\x8b\x08\x00")
@example(b"PK\x03\x04")
@example(b'"')
@example(b"\xff\xfe")
def test_no_bytes_end_in_an_unnamed_error_or_hang(tmp_path: Path, content: bytes) -> None:
    findings, prepared = attempt(tmp_path, content, {})
    assert prepared or any(KINDS[finding.code].severity == "error" for finding in findings)


@pytest.mark.corpus
@settings(FUZZ, max_examples=500)
@given(BYTES)
def test_nor_do_many_more(tmp_path: Path, content: bytes) -> None:
    findings, prepared = attempt(tmp_path, content, {})
    assert prepared or any(KINDS[finding.code].severity == "error" for finding in findings)
