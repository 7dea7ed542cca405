"""Failures get a code and a message, costs add up, charts are true."""

import datetime as dt
import json
import math
from typing import Any, get_args

import pytest

from lambdas.report import charts
from lambdas.report.cost import Usage, estimate
from lambdas.report.failures import explain
from lambdas.report.language import LANGUAGES, language
from lambdas.report.notification import console_links, subject
from lambdas.report.usage import seconds, timestamp, usage
from lambdas.shared.contracts.report import ReportEvent
from lambdas.shared.failures import errors
from lambdas.shared.failures.messages import EXPLANATIONS
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed, verbatim
from lambdas.shared.own_metrics import RUN_SECONDS
from lambdas.shared.prices import prices
from lambdas.shared.settings.dataset import DatasetSettings
from tests.contracts import EVALUATION
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET


def own(error: errors.MolinoError) -> dict[str, str]:
    cause = {"errorMessage": str(error), "errorType": error.code, "stackTrace": ["SECRET"]}
    return {"Error": error.code, "Cause": json.dumps(cause)}


def job(reason: str, status: str = "Failed", **more: str) -> dict[str, str]:
    cause = {"TrainingJobName": "j", "TrainingJobStatus": status, "FailureReason": reason, **more}
    return {"Error": "States.TaskFailed", "Cause": json.dumps(cause)}


def processing(reason: str, status: str = "Failed", **more: str) -> dict[str, str]:
    names = {"ProcessingJobName": "p", "ProcessingJobStatus": status, "FailureReason": reason}
    return {"Error": "States.TaskFailed", "Cause": json.dumps(names | more)}


def search(reason: str, status: str = "Failed") -> dict[str, str]:
    cause = {
        "HyperParameterTuningJobName": "s",
        "HyperParameterTuningJobStatus": status,
        "FailureReason": reason,
    }
    return {"Error": "States.TaskFailed", "Cause": json.dumps(cause)}


def aws(error: str, cause: str) -> dict[str, str]:
    return {"Error": error, "Cause": cause}


DENIED = (
    "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: sagemaker:CreateEndpoint "
    "on resource: arn:aws:sagemaker:x (Service: SageMaker, Status Code: 400)"
)
QUOTA = (
    "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with "
    "current utilization of 0 Instances and a request delta of 1 Instances."
)
HEALTH = "The endpoint is Failed: The primary container did not pass the ping health check."
CASES = [
    (own(errors.SingleClass("the column “x” has one value")), "SingleClass", "one value"),
    (own(errors.UnexpectedError("KeyError in preprocess")), "UnexpectedError", "KeyError"),
    (own(errors.TeardownIncomplete("endpoint e: Creating")), "TeardownIncomplete", "Creating"),
    (
        processing("AlgorithmError: See job logs", ExitMessage="KeyError (job.py:42 _process)"),
        "PreprocessingFailed",
        "KeyError (job.py:42 _process); see the log of the processing job p",
    ),
    (processing("", "Stopped"), "PreprocessingStopped", "processing_instance_type"),
    (processing("CapacityError: none"), "CapacityUnavailable", "no machine available"),
    (
        job("AlgorithmError: TrainingDataError: train.csv lacks the column(s) 'x', exit code: 1"),
        "TrainingFailed",
        "lacks the column(s) 'x'",
    ),
    (
        job("AlgorithmError: ValueError while fitting the pipeline (fit.py:42, base.py:7)"),
        "TrainingFailed",
        "fitting the pipeline (fit.py:42, base.py:7)",
    ),
    (
        job('AlgorithmError: ExecuteUserScriptError: ErrorMessage "ValueError: SECRET"'),
        "TrainingFailed",
        "log of the training job j",
    ),
    (job("CapacityError: Unable to provision"), "CapacityUnavailable", "no machine available"),
    (job("", "Stopped"), "TrainingStopped", "stopped"),
    (
        job("", "Stopped", SecondaryStatus="MaxRuntimeExceeded"),
        "TrainingStopped",
        "longest running time",
    ),
    (
        job("", "Stopped", SecondaryStatus="MaxWaitTimeExceeded"),
        "TrainingStopped",
        "No spare machine",
    ),
    (
        search("No training job succeeded after 5 attempts. For additional details, please …"),
        "TuningFailed",
        "No training job succeeded after 5 attempts; see the training jobs of the tuning job s",
    ),
    (search("CapacityError: Unable to provision"), "CapacityUnavailable", ""),
    (search("", "Stopped"), "TuningFailed", "before any job had a result"),
    (aws("SageMaker.SageMakerException", DENIED), "AccessDenied", "sagemaker:CreateEndpoint"),
    (aws("SageMaker.ResourceLimitExceededException", QUOTA), "QuotaExceeded", "is 0"),
    (aws("SageMaker.SageMakerException", "Rate exceeded (ThrottlingException)"), "Throttled", ""),
    (aws("EndpointFailed", HEALTH), "EndpointFailed", "health check"),
    (
        aws("EndpointFailed", "Unable to provision requested ML compute capacity"),
        "CapacityUnavailable",
        "",
    ),
    (aws("EndpointTimeout", "Not in service after 1800 seconds."), "EndpointTimeout", "1800"),
    (aws("States.Timeout", ""), "TimedOut", "exceeded its time limit"),
    (
        aws("Sandbox.Timedout", '{"errorMessage": "SECRET", "errorType": "Sandbox.Timedout"}'),
        "TimedOut",
        "",
    ),
    (aws("Runtime.OutOfMemory", '{"errorMessage": "SECRET"}'), "OutOfMemory", "memory"),
    (aws("ValueError", '{"errorMessage": "SECRET"}'), "UnexpectedError", "ValueError"),
    (aws("States.DataLimitExceeded", "SECRET"), "UnexpectedError", "States.DataLimitExceeded"),
    ({}, "UnexpectedError", "unexpected error"),
]


@pytest.mark.parametrize(("failure", "code", "text"), CASES)
def test_failures_are_named_and_explained(failure: dict[str, str], code: str, text: str) -> None:
    explained = explain(failure)
    found, message = explained.code, explained.say(language("en"))
    assert "SECRET" not in explained.say(language("es"))
    assert found == code
    assert text in message
    assert "SECRET" not in message
    assert message.startswith(EXPLANATIONS[code].summary)
    assert EXPLANATIONS[code].advice in message


def test_long_messages_keep_their_advice() -> None:
    error = errors.UnreadableFile(*(f"row {i} has a problem" * 20 for i in range(500)))
    assert len(str(error)) <= 5000
    assert str(error).endswith(EXPLANATIONS["UnreadableFile"].advice)


# Cost ---------------------------------------------------------------------------------------------


def test_lines_add_up_to_the_total() -> None:
    cost = estimate(Usage(123.4, "ml.m5.large", 30, 456.7, "ml.c5.xlarge"))
    assert math.isclose(sum(line["usd"] for line in cost["lines"]), cost["total_usd"])
    by_item = {line["item"]: line for line in cost["lines"]}
    assert by_item["Training on ml.m5.large"]["usd"] == round(123.4 / 3600 * 0.115, 6)
    assert by_item["Endpoint on ml.c5.xlarge"]["usd"] == round(456.7 / 3600 * 0.204, 6)
    assert cost["complete"]
    # The demo's run, added up by hand.
    assert estimate(Usage(9, "ml.m5.large", 10, 14.801, "ml.m5.large"))["total_usd"] == 0.002104


def test_a_serverless_endpoint_costs_by_its_answers() -> None:
    usage = Usage(serverless_mb=3072, answering_seconds=2.5)
    by_item = {line["item"]: line for line in estimate(usage)["lines"]}
    assert by_item["Serverless endpoint of 3072 MB"]["usd"] == round(2.5 * 3 * 0.00002, 6)
    assert not any("Endpoint on" in item for item in by_item)


def test_an_endpoint_is_billed_by_its_kind() -> None:
    asked = {"instance_type": "ml.m5.large", "memory_mb": 2048, "created": 1_000_000_000}
    for kind, instance, memory in (
        ("instance", "ml.m5.large", None),
        ("serverless", None, 2048),
    ):
        event = ReportEvent(
            execution={"name": "run", "arn": "arn"},
            upload={"bucket": "b", "key": "incoming/x.csv"},
            endpoints=[{"kind": kind, **asked}] * 2,
            evaluation=EVALUATION | {"answering_seconds": 1.5},
            champion_evaluation=EVALUATION | {"answering_seconds": 0.5},
        )
        billed = usage(event, {"endpoint": 60.0})
        assert (billed.endpoint_instance, billed.serverless_mb) == (instance, memory)
        assert billed.answering_seconds == 2.0


def test_every_endpoint_is_billed_from_its_creation_to_its_end() -> None:
    times = [("12:00:00", "12:05:00"), ("12:06:00", "12:08:00"), ("12:09:00", None)]
    event = ReportEvent(
        execution={"name": "run", "arn": "arn"},
        upload={"bucket": "b", "key": "incoming/x.csv"},
        endpoints=[
            {"created": f"2026-11-24T{created}Z", "deleted": ended and f"2026-11-24T{ended}Z"}
            for created, ended in times
        ],
    )
    now = dt.datetime(2026, 11, 24, 12, 10, tzinfo=dt.UTC)
    assert seconds(event, now)["endpoint"] == 300 + 120 + 60


def test_transitions_grow_with_the_wait_for_the_endpoint() -> None:
    def transitions(usage: Usage) -> float:
        lines = {line["item"]: line["quantity"] for line in estimate(usage)["lines"]}
        return float(lines["Step Functions"])

    assert transitions(Usage()) == 23
    assert transitions(Usage(endpoint_seconds=4)) == 26
    assert transitions(Usage(endpoint_seconds=300)) == 83


def test_what_is_assumed_is_small_and_says_so() -> None:
    lines = estimate(Usage())["lines"]
    assert all(line["assumed"] for line in lines)
    assert sum(line["usd"] for line in lines) < 0.01


def test_an_unknown_price_is_said_to_be_unknown() -> None:
    cost = estimate(Usage(3600, "ml.x9.huge", 10))
    assert cost["lines"][0]["usd"] is None
    assert not cost["complete"]
    assert cost["total_usd"] > 0


def test_a_processing_job_is_billed_from_start_to_end() -> None:
    event = ReportEvent(
        execution={"name": "run", "arn": "arn"},
        upload={"bucket": "b", "key": "incoming/x/a.csv"},
        processing=[
            {
                "job_name": f"job-{number}",
                "instance_type": "ml.m5.xlarge",
                "volume_size_gb": 73,
                "start": f"2026-11-24T0{number}:00:00Z",
                "end": f"2026-11-24T0{number}:30:00Z",
            }
            for number in (4, 5)
        ],
    )
    known = seconds(event, dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC))
    assert known["processing"] == 3600
    by_item = {line["item"]: line for line in estimate(usage(event, known))["lines"]}
    assert by_item["Processing job on ml.m5.xlarge"]["usd"] == 0.23
    assert by_item["Processing volume"]["usd"] == round(73 / 730 * 0.14, 6)
    assert "Training volume" not in by_item


def test_spark_jobs_are_billed_as_emr_serverless_tells_those_that_failed_too() -> None:
    job = {"vcpu_hours": 2.0, "memory_gb_hours": 8.0, "storage_gb_hours": 10.0, "seconds": 600}
    event = ReportEvent(
        execution={"name": "run", "arn": "arn"},
        upload={"bucket": "b", "key": "incoming/x/a.csv"},
        spark=[job | {"state": "FAILED"}, job | {"state": "SUCCESS"}],
    )
    known = seconds(event, dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC))
    assert known["spark"] == 1200
    lines = {line["kind"]: line for line in estimate(usage(event, known))["lines"]}
    for name, hours in (("vcpu_hour", 4), ("memory_gb_hour", 16), ("storage_gb_hour", 20)):
        price = float(prices()["spark"][name])
        assert lines[f"spark_{name}"]["usd"] == pytest.approx(hours * price, abs=1e-6)
    assert not any(name.startswith("spark") for name in _kinds(Usage()))


def _kinds(used: Usage) -> list[str]:
    return [line["kind"] for line in estimate(used)["lines"]]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_line_of_costs_can_be_said(code: str) -> None:
    """Whatever a run has used, its report is written."""
    everything = Usage(
        **{
            f"{of}_{what}": value
            for of in ("training", "endpoint", "processing", "transform")
            for what, value in (("seconds", 60.0), ("instance", "ml.m5.xlarge"))
        },
        volume_gb=10,
        processing_volume_gb=30,
        serverless_mb=2048,
        answering_seconds=1.0,
        spark=dict.fromkeys(prices()["spark"], 1.0),
    )
    words = language(code)
    for line in estimate(everything)["lines"]:
        assert words(f"cost.{line['kind']}", **line["of"])
        assert words(f"unit.{line['unit']}")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_engine_has_a_name(code: str) -> None:
    engines = get_args(DatasetSettings.model_fields["engine"].annotation)
    assert all(language(code)(f"version.{engine}") for engine in engines if engine != "auto")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_stage_of_a_run_has_a_name(code: str) -> None:
    times = {"start": "2026-11-24T04:00:00Z", "end": "2026-11-24T04:30:00Z"}
    event = ReportEvent(
        execution={"name": "run", "arn": "arn", "start_time": times["start"]},
        upload={"bucket": "b", "key": "incoming/x/a.csv"},
        processing=[times],
        spark=[{"seconds": 600}],
        training=times,
        endpoints=[{"created": times["start"], "deleted": times["end"]}],
    )
    known = seconds(event, dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC))
    assert set(known) == {"processing", "spark", "training", "endpoint", "total"}
    assert all(language(code)(f"seconds.{stage}") for stage in known)
    assert set(RUN_SECONDS) == set(known)


def test_a_run_that_never_trained_costs_next_to_nothing() -> None:
    assert 0 < estimate(Usage())["total_usd"] < 0.01


def test_the_default_machines_have_prices() -> None:
    hours = prices()["instance_hour"]
    assert set(DatasetSettings().training_instance_types) <= hours["training"].keys()
    assert DatasetSettings().processing_instance_type in hours["training"]
    assert set(DatasetSettings().endpoint_instance_types) <= hours["hosting"].keys()
    assert all(url.startswith("https://aws.amazon.com/") for url in prices()["sources"].values())


# Words and charts ---------------------------------------------------------------------------------


def test_every_metric_is_explained() -> None:
    import numpy as np

    from lambdas.quality.scored import Scored
    from lambdas.quality.tasks import figures

    truth, even = np.array([0, 1]), np.full((2, 2), 0.5)
    names: set[str] = set()
    for scored in (
        Scored("binary", truth, truth, ("a", "b"), even, 1),
        Scored("multiclass", truth, truth, ("a", "b"), even),
        Scored("regression", truth * 1.0, truth * 1.0),
    ):
        defined, undefined = figures(scored)
        names |= {*defined, *undefined}
    for code in LANGUAGES:
        words = language(code)
        assert all(words.has(f"metric.{name}") for name in names)


def test_labels_are_escaped() -> None:
    drawn = charts.confusion_matrix(language("en"), ["<b>&", "x"], [[1, 2], [3, 4]])
    assert drawn is not None
    assert "&lt;b&gt;&amp;" in drawn
    assert "<b>" not in drawn
    assert (
        charts.confusion_matrix(language("en"), [str(i) for i in range(40)], [[0] * 40] * 40)
        is None
    )


# The handler --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kept", "words"), [(True, "tuned model was"), (False, "defaults were")])
def test_tuning_is_told_beside_what_the_defaults_reached(s3: Any, kept: bool, words: str) -> None:
    upload = flow.put(s3, "incoming/x/data.csv", "a,target\n1,0\n")
    tuning = {
        "job_name": "molino-x-0-0-0",
        "jobs": 20,
        "best": {"MetricName": "validation:log_loss", "Type": "Minimize", "Value": 0.21},
        "best_job": "molino-x-0-0-0-007-0a1b2c3d",
        "values": {"min_samples_leaf": "3", "max_features": '"sqrt"'},
        "default": 0.3,
    }
    name = tuning["best_job"] if kept else "molino-x-0-0-0"
    answer = flow.report(upload, tuning=tuning, training={"job_name": name})
    page = flow.stored(s3, "reports/x/run-1/report.html")
    assert "20 training jobs searched for better hyperparameters" in page
    found = "Log loss on rows held out in training was 0.21 (min_samples_leaf 3, max_features sqrt)"
    assert found in page
    assert f"; the defaults reached 0.3. The {words} kept." in page
    document = json.loads(flow.stored(s3, "reports/x/run-1/report.json"))
    assert document["tuning"] == tuning | {"kept": kept}
    assert answer["status"] == "SUCCEEDED"


def test_a_failure_is_explained_in_the_stacks_language(s3: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("DATASET_DEFAULTS", json.dumps({"language": "es"}))
    upload = {"bucket": BUCKET, "key": "incoming/heart/a.csv", "version_id": "v"}
    nothing: dict[str, None] = dict.fromkeys(
        ("preprocess", "training", "endpoint", "evaluation", "teardown")
    )
    told = flow.report(upload, failure=own(errors.EmptyFile()), **nothing)
    page = flow.stored(s3, "reports/heart/run-1/report.html")
    assert "El archivo subido está vacío. Exporte de nuevo los datos" in page
    assert "The uploaded file" not in page
    assert told["subject"] == "Molino: heart ha fallado: EmptyFile"
    assert told["message"].startswith("El archivo subido está vacío.")
    assert "Coste estimado: 0,00" in told["message"]
    listed = flow.stored(s3, "reports/heart/index.html")
    assert "El archivo subido está vacío <code>EmptyFile</code>" in listed.replace("</span>", "")


LACKS = (
    "the file has only {count} row; at least {fewest} are needed",
    "the file has only {count} rows; at least {fewest} are needed",
)
ROWS = Message(*LACKS, count=1200, fewest=2000)
NULL = ("there are null bytes in line {lines}", "there are null bytes in lines {lines}")
LINES = Message(*NULL, count=3, lines=listed([1, 2, 2000]))
MANY = Message(*NULL, count=13, lines=listed(list(range(1, 14))))
SIZE = Message("they take {size} bytes, and {most} are possible", size=40000, most=32768)
BATCH = Message("test rows {rows}: {problem}", rows="1-9", problem=Message("no answer in time"))


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (own(errors.EndpointRejected(BATCH)), "Filas de prueba 1-9: no hubo respuesta a tiempo."),
        (own(errors.AccessDenied(Message("{call} answered {code}", call="GetObject", code="403"))),
         "GetObject respondió 403."),
        (own(errors.UnexpectedError(verbatim("words of nobody"))), "Words of nobody."),
        (own(errors.EndpointRejected(ROWS)), "El archivo solo tiene 1200 filas; hacen falta al"),
        (own(errors.EndpointRejected(Message(*LACKS, count=1, fewest=20))), "solo tiene 1 fila;"),
        (own(errors.TimeUnusable(LINES)), "en las líneas 1, 2 y 2000."),
        (own(errors.TimeUnusable(MANY)), "9, 10 y 3 más."),
        (own(errors.NamesTooLong(SIZE)), "Ocupan 40\u202f000 bytes y caben 32\u202f768."),
        (aws("EndpointTimeout", "The endpoint was not in service after 1800 seconds."),
         "No estaba en servicio a los 1800 segundos."),
        (aws("EndpointTimeout", "The serving endpoint was not in service after 60 seconds."),
         "El endpoint del campeón no estaba en servicio a los 60 segundos."),
        (job("AlgorithmError: x, exit code: 1"), "SageMaker indica AlgorithmError; véase"),
        (aws("SageMaker.SageMakerException", DENIED),
         "El permiso que falta es sagemaker:CreateEndpoint."),
    ],
)  # fmt: skip
def test_details_of_a_failure_are_told_in_spanish(failure: dict[str, str], said: str) -> None:
    explained = explain(failure)
    assert said in explained.say(language("es"))


def test_a_failure_of_the_data_is_told_by_its_findings() -> None:
    found = [
        Finding("ConstantColumn", Message("it only counts the rows")),
        Finding("RaggedRows", Message("the column is taken as categories"), row=7),
        Finding("SingleClass", Message("every cell of the file is empty")),
    ]
    failure = own(errors.RaggedRows(*found[1:]))
    explained = explain(failure, [each.to_dict() for each in found])
    assert explained.say(language("en")) == json.loads(failure["Cause"])["errorMessage"]
    said = explained.say(language("es"))
    assert "(1) La columna se toma como categorías. (2) Todas las celdas" in said
    assert language("es").explanations["SingleClass"].advice in said


def test_a_failure_before_anything_was_read(s3: Any) -> None:
    upload = {"bucket": BUCKET, "key": "incoming/heart/a.csv", "version_id": "v"}
    failure = own(errors.EmptyFile())
    nothing: dict[str, None] = dict.fromkeys(
        ("preprocess", "training", "endpoint", "evaluation", "teardown")
    )
    told = flow.report(upload, failure=failure, **nothing)
    assert (told["status"], told["error"]) == ("FAILED", "EmptyFile")
    assert told["report_uri"] == f"s3://{BUCKET}/reports/heart/run-1"
    assert told["subject"] == "Molino: heart failed: EmptyFile"
    assert str(errors.EmptyFile()) in told["message"]
    html = flow.stored(s3, "reports/heart/run-1/report.html")
    assert "The uploaded file is empty" in html
    assert "Failed: EmptyFile" in html
    document = json.loads(flow.stored(s3, "reports/heart/run-1/report.json"))
    assert document["status"] == "FAILED"
    assert document["message"] == str(errors.EmptyFile())
    assert document["metrics"] is None
    assert document["promoted"] is None


def test_what_could_not_be_deleted_is_told(s3: Any) -> None:
    upload = {"bucket": BUCKET, "key": "incoming/heart/a.csv", "version_id": "v"}
    teardown = {"deleted": [], "remaining": [None, "molino-heart-1"]}
    flow.report(upload, failure=aws("TeardownIncomplete", "{}"), teardown=teardown)
    html = flow.stored(s3, "reports/heart/run-1/report.html")
    assert "may still cost money. Please check: molino-heart-1" in html


def test_a_message_is_escaped_in_the_page(s3: Any) -> None:
    upload = {"bucket": BUCKET, "key": "incoming/<script>/a.csv", "version_id": "v"}
    told = flow.report(upload, failure=own(errors.TargetNotFound("“<script>” is not there")))
    key = told["report_uri"].removeprefix(f"s3://{BUCKET}/") + "/report.html"
    assert "<script" not in flow.stored(s3, key)


@pytest.mark.parametrize(
    ("verdict", "promoted", "says"),
    [
        ("hold", False, "waits for approval"),
        ("hold", True, "succeeded"),
        ("promote", True, "succeeded"),
    ],
)
def test_the_subject_says_that_a_person_is_waited_for(
    verdict: str, *, promoted: bool, says: str
) -> None:
    decision = {"verdict": verdict, "promoted": promoted}
    document = {"status": "SUCCEEDED", "dataset": "heart", "decision": decision, "trained": True}
    assert subject(language("en"), document).endswith(says)
    assert subject(language("es"), document).isascii()


def test_subjects_are_one_short_line() -> None:
    document = {"status": "FAILED", "error": "X" * 200, "dataset": "d\n", "trained": False}
    for code in LANGUAGES:
        said = subject(language(code), document)
        assert len(said) == 99  # SNS asks for fewer than 100
        assert said.isprintable()
        assert said.isascii()


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
    ],
)
def test_links_go_to_the_partitions_console(partition: str, region: str, host: str) -> None:
    arn = f"arn:{partition}:states:{region}:1:execution:m:e"
    assert console_links(arn, "b", "k")["execution"].startswith(f"https://{host}/")


@pytest.mark.parametrize(
    "value", ["2026-11-24T04:00:00Z", "2026-11-24T04:00:00.000+00:00", 1795492800, 1795492800000]
)
def test_times_in_all_their_forms(value: Any) -> None:
    found = timestamp(value)
    assert found is not None
    assert found.isoformat() == "2026-11-24T04:00:00+00:00"
