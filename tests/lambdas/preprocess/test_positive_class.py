"""The setting ``positive_class``: found in the target, told by its rule, and measured by."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from sklearn import metrics as sk

from lambdas.gate.judge import StoredResults, judge
from lambdas.preprocess.documents.splits import schema_document
from lambdas.preprocess.handler import handler
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import prepare
from lambdas.shared.contracts.decide import GateEvent
from lambdas.shared.failures.errors import DataError, SettingsInvalid
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings, Source, resolve
from lambdas.shared.settings.sources import from_metadata, from_yaml
from tests.contracts import CHAMPION
from tests.lambdas import flow
from tests.lambdas.conftest import Context
from tests.lambdas.flow import ARN, FakeEndpoint
from training.schema import parse_schema

MARK = "zqlabel"
METADATA = "set in the metadata of the upload"
METADATA_ES = "según los metadatos de la subida"


def table(*labels: str, rows: int = 90, more: str = "") -> str:
    """Return a CSV whose target goes round the labels."""
    lines = [f"{i * 37 % 61},{'pqr'[i // 7 % 3]},{labels[i % len(labels)]}" for i in range(rows)]
    return "\n".join(["a,b,target", *lines]) + "\n" + more


def found_in(folder: Path, content: str, *sources: Source) -> Any:
    """Return what the profile says of the positive class."""
    path = folder / "upload"
    path.write_text(content, encoding="utf-8")
    profile = json.loads(prepare(Download(path, "ab" * 32, 0), sources, folder).profile)
    found = profile["target"]["positive_class"]
    if found:
        assert str(Message.from_json(found.pop("wording"))) == found["rule"]
    return found


@pytest.mark.parametrize(("metadata", "positive"), [({}, "yes"), ({"positive_class": "no"}, "no")])
def test_training_is_told_which_class_is_looked_for(
    tmp_path: Path, metadata: dict[str, str], positive: str
) -> None:
    path = tmp_path / "upload"
    path.write_text(table("no", "yes"), encoding="utf-8")
    made = prepare(Download(path, "ab" * 32, 0), [from_metadata(metadata)], tmp_path)
    schema = schema_document(made.task, made.target, made.features, {})
    assert parse_schema(json.loads(schema)).positive_class == positive


# Looked up ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "named", "found"),
    [
        (("B", "M"), "B", "B"),
        (("benign", "malignant"), " Benign ", "benign"),
        (("Yes", "No"), "no", "No"),
        (("TRUE", "FALSE"), "false", "FALSE"),
        (("0", "1"), "0", "0"),
        (("0.0", "1.0"), "0", "0.0"),
        (("1", "1.0", "2"), "1.0", "1"),  # numbers spelled in several ways are written in one
        (("2", "4"), "2.00", "2"),
        (("x", "X"), "X", "X"),
        (("sí", "no"), "SÍ", "sí"),
        (("a b, c", "d"), "a b, c", "a b, c"),
    ],
)
def test_a_class_is_found_as_the_target_spells_it(
    tmp_path: Path, labels: tuple[str, ...], named: str, found: str
) -> None:
    content = table(*(f'"{label}"' for label in labels))
    given = from_metadata({"positive-class": named})
    assert found_in(tmp_path, content, given) == {"label": found, "rule": METADATA}


def test_classes_left_out_for_being_rare_do_not_count(tmp_path: Path) -> None:
    content = table("no", "yes", more="1,p,perhaps\n2,q,perhaps\n")
    given = from_metadata({"positive-class": "no"})
    assert found_in(tmp_path, content, given)["label"] == "no"


def test_none_is_named_unless_the_settings_do(tmp_path: Path) -> None:
    assert found_in(tmp_path, table("no", "yes")) is None


@pytest.mark.parametrize(
    ("written", "label"),
    [("yes", "yes"), ("no", "no"), ("true", "true"), ("0", "0"), ("1.50", "1.5"), ('"1"', "1")],
)
def test_yaml_is_taken_as_it_is_written(tmp_path: Path, written: str, label: str) -> None:
    source = from_yaml("settings/w.yaml", f"positive_class: {written}\n")
    found = found_in(tmp_path, table(label, "zz"), source)
    assert found == {"label": label, "rule": "set in settings/w.yaml"}


def test_metadata_beats_the_settings_file(tmp_path: Path) -> None:
    sources = [
        from_metadata({"positive-class": "no"}),
        from_yaml("settings/w.yaml", "positive_class: yes\n"),
    ]
    found = found_in(tmp_path, table("no", "yes"), *sources)
    assert found == {"label": "no", "rule": METADATA}


# Refused ------------------------------------------------------------------------------------------

# content, settings → code, part of the message
REFUSED: dict[str, tuple[str, dict[str, str], str, str]] = {
    "no such class": (
        table(f"{MARK}a", f"{MARK}b"), {"positive-class": f"{MARK}c"},
        "PositiveClassNotFound", "not one of the two classes of “target”",
    ),
    "more than one alike": (
        table("xy", "XY"), {"positive-class": "Xy"}, "PositiveClassNotFound", "not one of",
    ),
    "a rare class": (
        table(f"{MARK}a", f"{MARK}b", more=f"1,p,{MARK}c\n"), {"positive-class": f"{MARK}c"},
        "PositiveClassNotFound", "in fewer than 3 rows of “target”",
    ),
    "three classes": (
        table(f"{MARK}a", f"{MARK}b", f"{MARK}c"), {"positive-class": f"{MARK}a"},
        "SettingsInvalid", "“target” has 3 classes",
    ),
    "numbers": (
        table(*map(str, range(0, 90))), {"positive-class": "1"},
        "SettingsInvalid", "“target” contains numbers to estimate",
    ),
    "another task is set": (
        table("0", "1"), {"positive-class": "1", "task": "regression"},
        "SettingsInvalid", "“task” is regression",
    ),
    "nothing": (
        table("0", "1"), {"positive-class": ""}, "SettingsInvalid", "“positive_class”",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_told_once_and_without_labels(
    name: str, s3: Any, log: io.StringIO, capsys: Any
) -> None:
    content, given, code, says = REFUSED[name]
    upload = flow.put(s3, "incoming/w/a.csv", content, **given)
    with pytest.raises(DataError) as caught:
        flow.preprocess(upload)
    assert [finding.code for finding in caught.value.findings] == [code]
    assert says in str(caught.value)
    failure = {"Error": caught.value.code, "Cause": json.dumps({"errorMessage": str(caught.value)})}
    told = json.dumps(flow.report(upload, failure=failure))
    page = flow.stored(s3, "reports/w/run-1/report.html")
    logged = log.getvalue()
    assert '"service"' in logged
    assert MARK not in str(caught.value) + told + page + logged + "".join(capsys.readouterr())


def test_it_is_told_among_everything_else(s3: Any) -> None:
    given = {"positive-class": "maybe", "compare-by": "ward", "tsak": "binary"}
    with pytest.raises(DataError) as caught:
        flow.preprocess(flow.put(s3, "incoming/w/a.csv", table("no", "yes"), **given))
    codes = {finding.code for finding in caught.value.findings}
    assert codes == {"SettingsInvalid", "ColumnNotFound", "PositiveClassNotFound"}


def test_a_target_of_one_class_is_told_as_such_only(s3: Any) -> None:
    content = table("yes", more="1,p,no\n")
    with pytest.raises(DataError) as caught:
        flow.preprocess(flow.put(s3, "incoming/w/a.csv", content, **{"positive-class": "no"}))
    assert [finding.code for finding in caught.value.findings] == ["SingleClass"]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_another_task_contradicts_it_before_the_file_is_read(task: str) -> None:
    resolved = resolve([from_metadata({"positive-class": "yes", "task": task})])
    assert f"“task” is {task}" in str(SettingsInvalid(*resolved.findings))


# Measured by --------------------------------------------------------------------------------------


def chance(row: dict[str, str]) -> list[float]:
    """Return the probabilities of no and yes, often wrong."""
    yes = round((int(row["a"]) * 7 % 10 + 0.5) / 10, 2)
    return [1 - yes, yes]


def measure(
    s3: Any, monkeypatch: Any, rule: Any = chance, **given: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return preprocess's and evaluate's answers, and the metrics."""
    upload = flow.put(s3, "incoming/w/a.csv", table("no", "yes", "yes", rows=300), **given)
    prepared = flow.preprocess(upload)
    evaluation = flow.evaluate(monkeypatch, prepared, FakeEndpoint(["no", "yes"], rule))
    return prepared, evaluation, json.loads(flow.stored(s3, "reports/w/run-1/metrics.json"))


def test_every_figure_is_of_the_class_that_is_named(
    s3: Any, monkeypatch: Any, log: io.StringIO
) -> None:
    prepared, evaluation, found = measure(s3, monkeypatch, **{"positive-class": "no"})
    assert (found["positive_class"], found["positive_class_rule"]) == ("no", METADATA)
    text = flow.stored(s3, "reports/w/run-1/predictions.csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    truth, predicted = ([row[name] for row in rows] for name in ("actual", "prediction"))
    scores, happened = [float(row["probability:no"]) for row in rows], [t == "no" for t in truth]
    expected = {
        "sensitivity": sk.recall_score(truth, predicted, pos_label="no"),
        "specificity": sk.recall_score(truth, predicted, pos_label="yes"),
        "precision": sk.precision_score(truth, predicted, pos_label="no"),
        "negative_predictive_value": sk.precision_score(truth, predicted, pos_label="yes"),
        "f1": sk.f1_score(truth, predicted, pos_label="no"),
        "pr_auc": sk.average_precision_score(happened, scores),
        "roc_auc": sk.roc_auc_score(happened, scores),
        "brier": sk.brier_score_loss(happened, scores),
    }
    measured = {name: found["metrics"][name] for name in expected}
    assert measured == pytest.approx(expected, abs=1e-9)
    assert evaluation["metrics"]["f1"] == found["metrics"]["f1"]
    roc = found["curves"]["roc"]
    area = sk.auc(roc["false_positive_rate"], roc["true_positive_rate"])
    assert area == pytest.approx(expected["roc_auc"], abs=1e-9)
    observed = sum(each["observed"] * each["rows"] for each in found["calibration"]["bins"])
    assert observed == pytest.approx(sum(happened))
    _, _, default = measure(s3, monkeypatch)
    assert default["positive_class"] == "yes"
    assert default["metrics"]["sensitivity"] == found["metrics"]["specificity"]
    assert default["metrics"]["f1"] != found["metrics"]["f1"]
    # The class goes from file to file in the bucket, not through the state machine.
    carried = json.dumps([prepared, evaluation]) + log.getvalue()
    assert "positive_class" not in carried
    assert '"no"' not in carried


def test_the_report_says_which_and_why(s3: Any, monkeypatch: Any) -> None:
    given = {"positive-class": "no", "language": "es"}
    prepared, evaluation, _ = measure(s3, monkeypatch, **given)
    upload = {"bucket": "molino-data", "key": "incoming/w/a.csv", "version_id": "v"}
    told = flow.report(upload, preprocess=prepared, evaluation=evaluation)
    page = flow.stored(s3, "reports/w/run-1/report.html")
    assert f"«positivo» significa no: {METADATA_ES}." in page
    assert "positive_class" not in json.dumps(told)


def test_champion_and_candidate_are_compared_by_the_candidates_class(
    s3: Any, monkeypatch: Any
) -> None:
    """The champion was measured by another class when it was registered; its schema is its own."""
    before = flow.put(s3, "incoming/w/a.csv", table("no", "yes", rows=60))
    event = {"execution_name": "before", "execution_arn": ARN, **before}
    old = handler(event, Context())
    prepared, evaluation, _ = measure(s3, monkeypatch, **{"positive-class": "no"})
    as_champion = prepared | {
        "uris": prepared["uris"] | {"schema": old["uris"]["schema"]},
        "report_uri": f"{prepared['report_uri']}/champion",
    }
    always_yes = FakeEndpoint(["no", "yes"], lambda _: [0.2, 0.8])
    champion_evaluation = flow.evaluate(monkeypatch, as_champion, always_yes)
    stored = json.loads(flow.stored(s3, "reports/w/run-1/champion/metrics.json"))
    assert stored["positive_class"] == "no"
    assert stored["metrics"]["sensitivity"] == 0.0
    prepared["gate"] = DatasetSettings(gate_metric="sensitivity").gate("binary")
    decision = judge(
        GateEvent(
            execution_arn=ARN,
            execution_name="run-1",
            prepared=prepared,
            container={},
            tags=[],
            approval_hours=5,
            evaluation=evaluation,
            champion=CHAMPION | {"manifest_uri": old["uris"]["manifest"]},
            champion_evaluation=champion_evaluation,
        ),
        StoredResults(s3),
    )
    assert decision.champion is not None
    comparison = decision.champion.comparison
    assert comparison is not None
    assert comparison.rows > 0
    # By the other class the champion would be perfect.
    assert comparison.other == 0.0
    assert comparison.candidate is not None
    assert comparison.candidate > 0


# Assumed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "given", "is_said"),
    [
        (table("B", "M"), {}, True),
        (table("B", "M", more="1,p,perhaps\n"), {}, True),
        (table("B", "M"), {"positive-class": "B"}, False),
        (table("B", "M"), {"task": "multiclass"}, False),
        (table("no", "yes"), {}, False),
        (table("churned", "not churned"), {}, False),
        (table("a", "b", "c"), {}, False),
        (table(*map(str, range(90))), {}, False),
    ],
)
def test_a_choice_by_order_is_a_finding(
    tmp_path: Path, content: str, given: dict[str, str], *, is_said: bool
) -> None:
    path = tmp_path / "upload"
    path.write_text(content, encoding="utf-8")
    found = prepare(Download(path, "ab" * 32, 0), [from_metadata(given)], tmp_path).findings
    assert ("PositiveClassAssumed" in [each.code for each in found]) == is_said
