"""docs/developers.md and its picture show all of the template and of the machine."""

import re
from pathlib import Path
from typing import Any

from docs.build.architecture_page import PAGE, PICTURE, page
from docs.build.architecture_picture import SUPPORTING, main_resources, picture, states
from infra.settings import Settings
from infra.workflow.state_machine import definition
from infra.workflow.stories import ACTUALS, PREDICTION, STORIES, TRAINING
from lambdas.shared.documents import document
from lambdas.shared.documents.document import Document
from lambdas.shared.names.paths import RunPaths
from tests.docs.keys import told_by

LAMBDAS = Path(__file__).parents[2] / "lambdas"


def test_page_and_picture_are_current(template: dict[str, Any]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    renew = "run python -m docs.build.architecture_page"
    assert text == page(text, template), renew
    assert PICTURE.read_text(encoding="utf-8") == picture(template), renew


def test_the_picture_shows_every_main_resource_and_every_task(template: dict[str, Any]) -> None:
    shown = set(re.findall(r"<text [^>]*>([^<:]+)", picture(template)))
    machines = {f"{name}WorkflowStateMachine" for name in ("", "Predict", "Actuals")}
    assert main_resources(template).keys() - machines <= shown
    for story in STORIES:
        found = states(definition(Settings(), story))
        assert {name for name, state in found if state["Type"] == "Task"} <= shown


def test_what_the_picture_leaves_out_only_supports(template: dict[str, Any]) -> None:
    main = {"Bucket", "Function", "Queue", "Rule", "StateMachine", "Topic", "Key", "Alarm"}
    assert not main & {kind.rsplit("::", 1)[-1] for kind in SUPPORTING}
    assert set(main_resources(template).values()) >= {"AWS::S3::Bucket", "AWS::KMS::Key"}


def test_the_page_has_every_state_and_every_role(template: dict[str, Any]) -> None:
    text = page(PAGE.read_text(encoding="utf-8"), template)
    for story, mark in (
        (TRAINING, "states"),
        (PREDICTION, "states of predict"),
        (ACTUALS, "states of actuals"),
    ):
        table = text.split(f"<!-- begin {mark} -->")[1].split("<!-- end")[0]
        for name, _ in states(definition(Settings(), story)):
            assert len(re.findall(rf"^\| `{re.escape(name)}`", table, re.MULTILINE)) == 1, name
    roles = [r for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    assert text.split("### Roles")[1].count("Role | ") == len(roles)


def test_the_way_of_the_data_names_every_handlers_folder() -> None:
    way = PAGE.read_text(encoding="utf-8").split("### Files in the bucket")[0]
    for handler in LAMBDAS.glob("*/handler.py"):
        assert f"(../lambdas/{handler.parent.name})" in way


def test_the_page_has_every_file_that_the_code_writes() -> None:
    paths = RunPaths("bucket", "breast-cancer", "breast-cancer-0123456789abcdef")
    documents = [found for found in vars(document).values() if isinstance(found, Document)]
    keys = [paths.split_key("test")]
    for each in documents:
        # Of a dataset, not of an execution.
        above = each in (
            document.RUNS,
            document.SKIPPED,
            document.CHAMPION,
            document.OPENAPI,
            document.STATISTICS,
            document.CONSTRAINTS,
        )
        by_day = each in (
            document.REQUESTS,
            document.REQUESTS_DISTRIBUTION,
            document.REQUESTS_DRIFT,
        )
        folder = "" if above else "/requests/2026-11-20" if by_day else "/run"
        keys.append(each.key(paths).replace(f"/{paths.execution}", folder))
    assert len(keys) > 10
    assert [key for key in keys if not told_by(key)] == []
