"""``docs/architecture.svg``: what the template deploys, and how the data flows through it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from jinja2 import Environment

from infra.settings import Settings
from infra.workflow.state_machine import definition
from infra.workflow.stories import ACTUALS, PREDICTION, TRAINING, Story

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
_FOLDERS = (
    *(
        "incoming/",
        "predict/",
        "actuals/",
        "settings/",
        "datasets/",
        "models/",
        "reports/",
        "predictions/",
    ),
    "captures/",
)
_SAGEMAKER = (
    "processing job, for large uploads",
    "training job, tuning job",
    "endpoint, until it is measured",
    "batch transform job, for predictions",
    "model registry",
    "serving endpoint, if asked for",
)
_PLAIN, _LAMBDA, _JOBS, _PEOPLE, _EVENTS = "#eef1f5", "#fde3c8", "#cfe8e0", "#f6d3e0", "#e3d9f5"
_MACHINE = "AWS::StepFunctions::StateMachine"
_SERVICES = {"lambda": _LAMBDA, "sagemaker": _JOBS, "sns": _PEOPLE, "events": _EVENTS}
_WIDTH, _MARGIN, _GAP, _LINE, _HEAD, _CARDS = 1290, 30, 32, 20, 40, 5
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {{ width }} {{ height }}"
 aria-label="What Molino deploys, and how the data flows through it">
<style>
text { font: 12px system-ui, sans-serif; fill: #1d2733 } .title { font-weight: 600 }
rect { stroke: #66727f } .ground, .chip { stroke: none }
path.way { stroke: #33404d; stroke-width: 1.6; fill: none; marker-end: url(#tip) }
</style>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"
 orient="auto"><path d="M0 0 10 5 0 10z" fill="#33404d"/></marker></defs>
<rect class="ground" width="{{ width }}" height="{{ height }}" fill="#fff"/>
{% for box in boxes -%}
<rect x="{{ box.x }}" y="{{ box.y }}" width="{{ box.width }}" height="{{ box.height }}" rx="7"
 fill="{{ box.fill }}"/>
<text class="title" x="{{ box.x + 12 }}" y="{{ box.y + 23 }}">{{ box.title }}</text>
{% for x, y, width, text, fill in box.placed -%}
{% if fill %}<rect class="chip" x="{{ x - 5 }}" y="{{ y - 14 }}" width="{{ width }}" height="18"
 rx="4" fill="{{ fill }}"/>{% endif %}<text x="{{ x }}" y="{{ y }}">{{ text }}</text>
{% endfor %}
{%- endfor %}
{% for way in ways %}<path class="way" d="{{ way }}"/>
{% endfor %}</svg>
"""


@dataclass(frozen=True)
class Box:
    """A titled rectangle with lines, each with a colour of its own or none."""

    x: int
    y: int
    width: int
    title: str
    lines: Sequence[tuple[str, str]]
    fill: str = _PLAIN
    columns: int = 1
    fixed_height: int = 0

    @property
    def height(self) -> int:
        """Pixels; by the lines unless fixed."""
        return self.fixed_height or _HEAD + _LINE * -(-len(self.lines) // self.columns)

    @property
    def placed(self) -> Iterator[tuple[int, int, int, str, str]]:
        """Place, width, text and colour of each line."""
        width = (self.width - 14) // self.columns
        for index, (text, fill) in enumerate(self.lines):
            row, column = divmod(index, self.columns)
            x, y = self.x + 12 + column * width, self.y + 47 + row * _LINE
            yield x, y, width - 5, text, fill


def main_resources(template: Mapping[str, Any]) -> dict[str, str]:
    """Return what the picture must show: short names and types."""
    return {
        re.sub(r"^Alarms(?=.)|(Function)?[0-9A-F]{8}$", "", logical): resource["Type"]
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
    """Return the SVG of a synthesized template."""
    found = main_resources(template)
    called = str(
        [
            resource["Properties"]["DefinitionSubstitutions"]
            for resource in template["Resources"].values()
            if resource["Type"] == _MACHINE
        ]
    )

    def of(kind: str, *more: str) -> list[str]:
        return [name for name, its in found.items() if its == f"AWS::{kind}"] + list(more)

    functions = of("Lambda::Function")
    inside = [name for name in functions if f"'{name}Function" in called]
    files = (
        *("incoming/<dataset>/….csv", "predict/<dataset>/….csv", "actuals/<dataset>/….csv"),
        "settings/<dataset>.yaml",
    )
    entry = _row(
        _MARGIN,
        ("You upload", files, _PLAIN),
        ("Bucket (S3)", of("S3::Bucket", *_FOLDERS), _PLAIN),
        ("Rules (EventBridge)", of("Events::Rule"), _EVENTS),
        ("Started by events (Lambda)", [f for f in functions if f not in inside], _LAMBDA),
    )
    top = _below(entry)
    trained = _cards(TRAINING, top + _HEAD)
    frame = _frame("State machine (Step Functions): trains", top, trained)
    below = _below([frame])
    predicted = _cards(PREDICTION, below + _HEAD)
    frames = [frame, _frame("State machine (Step Functions): predicts", below, predicted)]
    below = _below(frames)
    compared = _cards(ACTUALS, below + _HEAD)
    frames.append(_frame("State machine (Step Functions): compares", below, compared))
    cards = [*trained, *predicted, *compared]
    uses = _row(
        _below(frames),
        ("Called by its steps (Lambda)", inside, _LAMBDA),
        ("SageMaker", _SAGEMAKER, _JOBS),
        ("Topic (SNS)", of("SNS::Topic", "results, questions, alarms", "by mail"), _PEOPLE),
        ("Event bus", ("events for programs",), _EVENTS),
    )
    alarms = of("CloudWatch::Alarm")
    shown = {text for box in (*entry, *uses) for text, _ in box.lines} | {*alarms}
    rest = [
        f"{name}: {kind.rsplit('::', 1)[-1]}"
        for name, kind in found.items()
        if name not in shown and kind != _MACHINE
    ]
    watch = _row(
        _below(uses), ("Alarms (CloudWatch)", alarms, _PLAIN), ("Also", rest, _PLAIN), columns=2
    )
    boxes = [*entry, *frames, *cards, *uses, *watch]
    ways = [*pairwise(entry), (entry[3], frame), *pairwise(trained), *pairwise(predicted)]
    ways += pairwise(compared)
    ways += [(frames[-1], use) for use in uses]
    drawing = Environment(autoescape=True, keep_trailing_newline=True).from_string(_SVG)
    size = {"width": _WIDTH, "height": _below(watch) - _GAP + _MARGIN}
    return drawing.render(**size, boxes=boxes, ways=[_way(*way) for way in ways])


def _row(y: int, *boxes: tuple[str, Sequence[str], str], columns: int = 1) -> list[Box]:
    """Return boxes of equal width next to each other, from title, lines and colour of each."""
    width = (_WIDTH - 2 * _MARGIN - (len(boxes) - 1) * _GAP) // len(boxes)
    return [
        Box(_MARGIN + i * (width + _GAP), y, width, title, [(t, "") for t in lines], fill, columns)
        for i, (title, lines, fill) in enumerate(boxes)
    ]


def _frame(title: str, top: int, cards: Sequence[Box]) -> Box:
    height = _below(cards) - _GAP + 14 - top
    return Box(_MARGIN, top, _WIDTH - 2 * _MARGIN, title, (), "#f8fafc", fixed_height=height)


def _cards(story: Story, top: int) -> list[Box]:
    """Return a card for each fragment of a definition, with its tasks by service."""
    found = states(definition(Settings(), story))
    tasks = {name: of for name, of in found if of["Type"] == "Task"}
    width = (_WIDTH - 2 * _MARGIN - 28 - (_CARDS - 1) * _GAP) // _CARDS
    cards: list[Box] = []
    for index, path in enumerate(story.fragments):
        text = path.read_text(encoding="utf-8")
        if index and index % _CARDS == 0:
            top = _below(cards)
        lines = [
            (name, _service(task["Resource"]))
            for name, task in tasks.items()
            if re.search(rf"(?m)^ +{re.escape(name)}:", text)
        ]
        x = _MARGIN + 14 + index % _CARDS * (width + _GAP)
        number, name = path.stem.split("_", 1)
        title = f"{int(number)} · {name.capitalize().replace('_', ' ')}"
        cards.append(Box(x, top, width, title, lines, "#fff"))
    return cards


def _service(resource: str) -> str:
    return next((fill for name, fill in _SERVICES.items() if f":{name}:" in resource), _PLAIN)


def _below(boxes: Sequence[Box]) -> int:
    return max(box.y + box.height for box in boxes) + _GAP


def _way(start: Box, end: Box) -> str:
    """Return the path to the next box in the row, or to one below."""
    if start.y == end.y:
        return f"M{start.x + start.width} {start.y + 20} H{end.x - 2}"
    x = max(start.x, end.x) + 60
    target = x if x < end.x + end.width else end.x + 60
    return f"M{x} {start.y + start.height} V{end.y - _GAP // 2} H{target} V{end.y - 2}"
