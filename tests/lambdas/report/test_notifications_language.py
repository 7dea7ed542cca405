"""Every kind of notification is in the dataset's language, whoever sends it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from infra.workflow.stories import TRAINING
from lambdas.admission import notification as admission
from lambdas.gate.handler import question
from lambdas.health.announced import Announced
from lambdas.health.news import News
from lambdas.health.telling import Telling
from lambdas.janitor import handler as janitor
from lambdas.janitor import notification as swept
from lambdas.janitor.sweep import Swept
from lambdas.report.language import LANGUAGES, language
from lambdas.retrain import notices as retrain
from lambdas.schedule import notification as schedule
from lambdas.shared.contracts.decide import DecisionSummary, GateEvent
from lambdas.shared.failures import errors
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings
from lambdas.trigger import handler as trigger
from tests.contracts import EVALUATION, PREPARED, sample
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET
from tests.lambdas.gate.test_gate import event as gate_event
from tests.lambdas.health.history import told as happened
from tests.lambdas.health.years import entry, figure
from tests.lambdas.report.test_notifications import DECISION, FAILED

ROOT = Path(__file__).parents[3]
ENGLISH = re.compile(r"\b(the|of|was|were|is|are|and|it|its|by|to|with|not|nothing|upload)\b", re.I)
Notice = tuple[str, str]
REASON = Message(
    "it is the first model of its dataset, and better than the baseline, which always gives the "
    "same answer: {figures}",
    figures=Message("it was not evaluated"),
)


def of_runs(code: str) -> Iterator[tuple[str, Notice]]:
    upload = {"bucket": BUCKET, "key": "incoming/x/a.csv", "version_id": "v"}
    decision = DECISION | {"wording": REASON.to_json()}
    for status, known in (
        ("SUCCEEDED", {"decision": decision}),
        ("SUCCEEDED", {"decision": decision | {"promoted": False, "verdict": "hold"}}),
        ("SUCCEEDED", {"decision": decision | {"promoted": False, "verdict": "reject"}}),
        ("FAILED", {"failure": FAILED}),
        ("FAILED", {"failure": {"Error": "EndpointTimeout",
                                "Cause": "The endpoint was not in service after 1800 seconds."}}),
    ):  # fmt: skip
        done = sample(EVALUATION, metrics_uri=f"s3://{BUCKET}/none.json")
        told = flow.report(upload, language=code, evaluation=done, **known)
        yield status, (told["subject"], told["message"])


def of_others(code: str) -> Iterator[tuple[str, Notice]]:
    words = language(code)
    replaced = admission.replaced(words, "x-1", "incoming/x/a.csv")
    yield "REPLACED", (replaced.subject, replaced.message)
    asked = question(
        words,
        GateEvent.model_validate(gate_event()),
        DecisionSummary(**DECISION | {"wording": REASON.to_json()}),
    )
    yield "ASKS", (asked.subject, re.sub(r"aws stepfunctions .*", "", asked.message))
    for found in (Swept([], []), Swept(["model m"], ["endpoint e"])):
        for end in ("ABORTED", "TIMED_OUT", "FAILED"):
            yield "SWEPT", swept.ended(words, "x-1", end, found, "https://link")
        yield "SWEPT", swept.reaped(words, found)
    file = "incoming/x/a.csv"
    yield "WAITS", (words("notification.subject.waits"), trigger._waits(words, file))
    yield "FAILED", (words("notification.subject.unreported"), words("notification.unreported"))
    settings = DatasetSettings(
        schedule="rate(7 days)", retrain_when=["drifted", "worse", "new_rows>=1", "older_than=30d"]
    )
    problem = errors.SettingsInvalid(
        Message("the file {place} {problem}", place="x", problem=Message("is not valid YAML"))
    )
    for status, subject, text in (
        schedule.made(words, "x", settings),
        schedule.made(words, "x", settings.model_copy(update={"schedule_enabled": False})),
        schedule.removed(words, "x"),
        schedule.refused(words, "x", problem),
        retrain.skipped(words, "x", "06:00", Message("nothing has been uploaded for it")),
        retrain.newer_wanted(
            words, "x", Message("the newest upload was trained already, with the same settings")
        ),
    ):
        yield status, (subject, text)
    for kind in ("upload", "predictions", "requests"):
        event = Announced.model_validate(happened("Molino Run Succeeded", "x-1"))
        telling = Telling(event, entry("x-1", kind, 0), words)
        for each in telling.notices(News(["edad"], 0, figure(1, 0.7))):
            yield each.status, (each.subject, each.message)


@pytest.fixture(autouse=True)
def decided(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKET", BUCKET)
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:topic")
    s3.put_object(Bucket=BUCKET, Key="reports/heart/run-1/decision.json", Body=b"{}")


def test_each_kind_is_in_spanish() -> None:
    told = [*of_runs("es"), *of_others("es")]
    listed = (ROOT / "docs" / "notifications.md").read_text().split("## To programs")[0]
    assert {status for status, _ in told} == set(re.findall(r"`([A-Z]{4,}(?:_[A-Z]+)?)`", listed))
    for status, (subject, text) in told:
        assert ENGLISH.findall(f"{subject}\n{text}") == [], f"{status}: {text}"


def test_the_words_are_looked_for_where_they_are() -> None:
    for status, (subject, text) in [*of_runs("en"), *of_others("en")]:
        assert ENGLISH.search(f"{subject}\n{text}"), status


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_subject_is_what_sns_takes(code: str) -> None:
    words = language(code)
    for key, text in words.texts.items():
        if key.startswith("notification.subject."):
            assert isinstance(text, str)
            assert text.isascii(), text
            assert len(text.replace("{execution}", "x" * 64)) < 100, text


def test_no_sender_brings_words_of_its_own() -> None:
    """A notification's words come from the catalogues, not from where it is sent."""
    calls = [
        node
        for path in (ROOT / "lambdas").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "notify"
    ]
    assert len(calls) > 5
    for call in calls:
        for argument in call.args[1:]:
            said = [each.value for each in ast.walk(argument) if isinstance(each, ast.Constant)]
            words = [each for each in said if isinstance(each, str)]
            assert words in ([], ["language"]) or words[0].startswith("notification."), ast.unparse(
                call
            )
    machine = yaml.safe_load(TRAINING.text)["States"]
    published = [state for state in machine.values() if ":sns:publish" in state.get("Resource", "")]
    assert len(published) == 2
    for state in published:
        for name in ("Subject", "Message"):
            assert not re.search(r"['\"]", state["Arguments"][name]), state["Arguments"][name]


def test_the_janitor_speaks_the_datasets_language(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKET", BUCKET)
    s3.put_object(Bucket=BUCKET, Key="settings/x.yaml", Body=b"language: es\n")
    for given, code in (
        ('{"bucket": "b", "key": "incoming/x/a.csv"}', "es"),
        ('{"bucket": "b", "key": "incoming/y/a.csv"}', "en"),
        ("[1]", "en"),
        ("{", "en"),
        (None, "en"),
    ):
        ended: Any = SimpleNamespace(input=given)
        assert janitor._language(ended).code == code


@pytest.mark.parametrize(
    ("prepared", "of_dataset", "code"),
    [("es", "en", "es"), ("en", "es", "en"), (None, "es", "es"), (None, None, "en")],
)
def test_an_upload_that_was_read_has_its_own_language(
    s3: Any, prepared: str | None, of_dataset: str | None, code: str
) -> None:
    """As preprocessing hands it on: by its metadata, or its dataset's file, or the stack's."""
    upload = {"bucket": BUCKET, "key": "incoming/heart/a.csv", "version_id": "v"}
    uris = dict.fromkeys(PREPARED["uris"], f"s3://{BUCKET}/x")
    read = sample(PREPARED, language=prepared, uris=uris)
    known = {"preprocess": read} if prepared else {}
    flow.report(upload, language=of_dataset, failure=FAILED, **known)
    assert f'<html lang="{code}"' in flow.stored(s3, "reports/heart/run-1/report.html")
