"""``docs/architecture.svg`` from the template: what is deployed, and how the data goes through."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from docs.build.picture_boxes import PLAIN, Box, across, arrow_head, down
from infra.settings import Settings
from infra.workflow.state_machine import definition
from lambdas.report.svg import element

# Permissions, logs, code and versions of what is drawn.
SUPPORTING = frozenset(
    {
        *("AWS::CDK::Metadata", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::Logs::LogGroup"),
        *("AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::LayerVersion"),
        *("AWS::Lambda::Permission", "AWS::Lambda::Version", "AWS::S3::BucketPolicy"),
        *("AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"),
        *("AWS::StepFunctions::StateMachineAlias", "AWS::StepFunctions::StateMachineVersion"),
    }
)
# What stands in boxes of its own, with the box's heading; the rest goes into the last box.
_HEADINGS = {
    "AWS::S3::Bucket": "Bucket (S3)",
    "AWS::Events::Rule": "Rules (EventBridge)",
    "AWS::Lambda::Function": "Functions (Lambda)",
    "AWS::StepFunctions::StateMachine": "State machine (Step Functions)",
    "AWS::SNS::Topic": "Topic (SNS)",
    "AWS::CloudWatch::Alarm": "Alarms (CloudWatch)",
}
_PREFIXES = ("incoming/", "settings/", "datasets/", "models/", "reports/", "captures/")
_SAGEMAKER = (
    "processing job, for large uploads",
    "training job, tuning job",
    "endpoint, while it is evaluated",
    "model registry",
    "serving endpoint, if asked for",
)
_COLOURS = {"lambda": "#fde3c8", "sagemaker": "#cfe8e0", "sns": "#f6d3e0", "events": "#e3d9f5"}
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1d2733 }
.title { font-weight: 600; font-size: 13px }
rect { stroke: #66727f } .ground { fill: #fff; stroke: none }
polyline { stroke: #33404d; stroke-width: 1.5; fill: none; marker-end: url(#tip) }
"""
_WIDTH, _GAP = 1180, 50
_BOX = (_WIDTH - 5 * _GAP) / 4  # width of one of four in a row


def main_resources(template: Mapping[str, Any]) -> dict[str, str]:
    """Return what the picture must show: names, without the CDK's hashes, and types."""
    return {
        re.sub(r"[0-9A-F]{8}$", "", logical): resource["Type"]
        for logical, resource in template["Resources"].items()
        if resource["Type"] not in SUPPORTING
    }


def states(machine: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every state of a definition with its name, those of a Map after it."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def picture(template: Mapping[str, Any]) -> str:
    """Return the SVG.

    Parameters
    ----------
    template : mapping
        The synthesized template.
    """
    boxes, arrows = _layout(main_resources(template))
    height = max(box.bottom for box in boxes) + 20
    parts = [
        element("style", _STYLE),
        arrow_head(),
        element("rect", class_="ground", width=_WIDTH, height=height),
        *(part for box in boxes for part in box.drawn()),
        *(element("polyline", points=points) for points in arrows),
    ]
    return (
        element(
            "svg",
            Markup("\n").join(parts),
            xmlns="http://www.w3.org/2000/svg",
            role="img",
            aria_label="What Molino deploys, and how the data goes through it",
            viewBox=f"0 0 {_WIDTH} {height:.0f}",
        )
        + "\n"
    )


def _layout(found: Mapping[str, str]) -> tuple[list[Box], list[str]]:
    def named(kind: str) -> tuple[str, ...]:
        return tuple(name for name, its in found.items() if its == kind)

    def at(place: int) -> float:
        return _GAP + place * (_BOX + _GAP)

    def box(place: int, y: float, kind: str, *more: str, fill: str = PLAIN) -> Box:
        return Box(at(place), y, _BOX, _HEADINGS[kind], named(kind) + more, fill)

    you = Box(at(0), 20, _BOX, "You: a CSV, perhaps settings")
    first = you.bottom + 30
    bucket = box(0, first, "AWS::S3::Bucket", *_PREFIXES)
    rules = box(1, first, "AWS::Events::Rule", fill=_COLOURS["events"])
    functions = box(2, first, "AWS::Lambda::Function", fill=_COLOURS["lambda"])
    alarms = box(3, first, "AWS::CloudWatch::Alarm")
    second = max(each.bottom for each in (bucket, rules, functions, alarms)) + 40
    (machine,) = named("AWS::StepFunctions::StateMachine")
    title = f"{_HEADINGS['AWS::StepFunctions::StateMachine']}: {machine}"
    wide = _WIDTH - 2 * _GAP
    tasks = _tasks()
    fills = tuple(tasks.values())
    steps = Box(at(0), second, wide, title, tuple(tasks), columns=5, grounds=fills)
    third = steps.bottom + 40
    sagemaker = Box(at(0), third, _BOX, "SageMaker", _SAGEMAKER, _COLOURS["sagemaker"])
    topic = box(2, third, "AWS::SNS::Topic", "results, questions, alarms", fill=_COLOURS["sns"])
    bus = Box(at(3), third, _BOX, "Event bus", ("events for programs",), _COLOURS["events"])
    rest = tuple(f"{n}: {k.removeprefix('AWS::')}" for n, k in found.items() if k not in _HEADINGS)
    also = Box(at(0), sagemaker.bottom + 20, wide, "Also", rest, columns=4)
    boxes = [you, bucket, rules, functions, alarms, steps, sagemaker, topic, bus, also]
    middle = first + 40
    arrows = [
        across(bucket, rules, middle),
        across(rules, functions, middle),
        down(you, bucket),
        down(functions, steps),
        down(bucket, steps),
        down(steps, sagemaker),
        down(steps, topic),
        down(steps, bus),
    ]
    return boxes, arrows


def _tasks() -> dict[str, str]:
    """Return the machine's tasks in their order, and the colour of the service that each calls."""
    return {
        name: _colour(state["Resource"])
        for name, state in states(definition(Settings()))
        if state["Type"] == "Task"
    }


def _colour(resource: str) -> str:
    return next((fill for name, fill in _COLOURS.items() if f":{name}:" in resource), PLAIN)
