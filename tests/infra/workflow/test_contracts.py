"""What the definition reads of steps' answers, and what it gives to steps, fits the contracts."""

import ast
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel
from typing_extensions import is_typeddict

from infra.packaging.lambda_code import PROJECT
from infra.workflow.stories import ACTUALS, PREDICTION
from lambdas.shared.contracts import (
    actuals,
    admission,
    contract,
    decide,
    evaluate,
    predict,
    preprocess,
    report,
)
from lambdas.shared.contracts import teardown as torn_down
from tests.contracts import CHAMPION, EVALUATION
from tests.infra.service_model import operation
from tests.infra.workflow.comparing import request_of_comparison
from tests.infra.workflow.definition import deployed, states, tasks
from tests.infra.workflow.predicting import request_of_prediction
from tests.infra.workflow.test_workflow_requests import LATER, called, request

_MODULES = (actuals, admission, contract, decide, evaluate, predict, preprocess, report, torn_down)
MODELS = {
    name: model
    for module in _MODULES
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, contract.Contract)
}
# What the definitions' variables hold; `$a` is the member of a list, in a function.
_OF_BOTH: dict[str, tuple[type, ...]] = {
    "teardown": (torn_down.TornDown,),
    "failure": (report.TaskFailure,),
    "report": (report.ReportAnswer,),
    "a": (report.Announcement,),
    "processing": (report.ProcessingJob,),
    "processing_request": (preprocess.ProcessingRequest,),
    "input": (preprocess.ProcessingInput,),
}
_OF_TRAINING: dict[str, tuple[type, ...]] = {
    "prepared": (preprocess.PreparedDataset, preprocess.HandedOver),
    "training": (report.TrainingJob,),
    "tuning": (report.TuningJob,),
    "champion": (evaluate.KnownChampion,),
    "measured": (evaluate.Evaluation, evaluate.UnfinishedEvaluation),
    "evaluation": (evaluate.Evaluation,),
    "champion_evaluation": (evaluate.Evaluation,),
    "reason": (decide.TrainingReason,),
    "decision": (decide.DecisionSummary,),
    "approval": (decide.Approval,),
    "serving": (decide.ServingProgress,),
}
_OF_PREDICTION: dict[str, tuple[type, ...]] = {
    "prepared": (predict.PreparedRows, predict.RowsHandedOver),
    "asked": (predict.AskedEndpoint,),
    "transform": (predict.TransformJob,),
    "joined": (predict.JoinedPredictions,),
    "measurement": (predict.Measurement, report.TaskFailure),
}
_OF_COMPARISON: dict[str, tuple[type, ...]] = {"compared": (actuals.ComparedActuals,)}
# Variables that no contract describes: SageMaker's requests and answers, names and numbers.
_OTHERS = {"states", "tuned", "container", "source", "resources", "best", "limits", "jobs", "job"}
# What is SageMaker's own.
_SHAPES = {
    (preprocess.TuningRequest, "config"): operation(
        "sagemaker", "CreateHyperParameterTuningJob"
    ).input_shape.members["HyperParameterTuningJobConfig"]
}
Fields = Callable[[type], Mapping[str, Any]]
Machine = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A state machine, what its variables hold, and how its tasks' arguments are made."""

    machine: Machine
    variables: Mapping[str, tuple[type, ...]]
    given: Callable[[str], dict[str, Any]]

    @cached_property
    def lambdas(self) -> dict[str, Machine]:
        found = tasks(dict(self.machine))
        return {name: task for name, task in found if ":lambda:" in task["Resource"]}

    def answers(self) -> dict[str, list[type]]:
        """Return what ``$states.input`` holds in states after a function's whole answer."""
        found = {}
        for task in self.lambdas.values():
            if task.get("Output") == "{% $states.result.Payload %}":
                choice = self.machine["States"][task["Next"]]
                for name in (task["Next"], choice["Default"]):
                    found[name] = models_of(handler_of(task))[1]
        return found

    def paths(self, machine: Machine) -> Iterator[tuple[str, list[type], list[str]]]:
        """Yield each path that a definition reads: as written, what it begins at, its names."""
        inputs = self.answers()
        for name, state in states(dict(machine)):
            text = json.dumps({k: value for k, value in state.items() if k != "ItemProcessor"})
            for variable, path in re.findall(r"\$(\w+)((?:\.\w+)+)", text):
                written, members = f"${variable}{path}", path.split(".")[1:]
                if variable in self.variables:
                    yield written, list(self.variables[variable]), members
                elif members[:2] == ["result", "Payload"] and members[2:]:
                    yield written, models_of(handler_of(state))[1], members[2:]
                elif members[0] == "input" and name in inputs:
                    yield written, inputs[name], members[1:]
                else:
                    assert variable in _OTHERS, f"{variable}, in {name}, has no contract"

    def check(self, machine: Machine, fields: Fields) -> set[tuple[type, str]]:
        """Return every field that a definition reads; raise where there is none."""
        return {
            used for _, begin, path in self.paths(machine) for used in read(begin, path, fields)
        }


def has_members(shape: Any, path: list[str]) -> None:
    """Raise LookupError where one of AWS's shapes lacks what a path reads."""
    for member in path:
        if member not in shape.members:
            raise LookupError(member)
        shape = shape.members[member]


def fields_of(model: type) -> Mapping[str, Any]:
    """Return the types of a contract's fields by name."""
    if is_typeddict(model):
        return get_type_hints(model)
    return {name: field.annotation for name, field in model.model_fields.items()}  # type: ignore[attr-defined]


def contracts_in(annotation: Any) -> list[type] | None:
    """Return the contracts that a value may have; None if it may hold anything."""
    if get_origin(annotation) in (list, tuple, Union, UnionType):
        parts = [contracts_in(part) for part in get_args(annotation) if part is not ...]
        return None if None in parts else [model for part in parts for model in part or ()]
    if annotation is Any or get_origin(annotation) in (dict, Mapping):
        return None
    is_contract = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return [annotation] if is_contract or is_typeddict(annotation) else []


def read(models: list[type] | None, path: list[str], fields: Fields) -> Iterator[tuple[type, str]]:
    """Yield each field that a path reads.

    Raises
    ------
    LookupError
        If there is none of that name.
    """
    if not path or models is None:
        return
    found = [(model, fields(model)[path[0]]) for model in models if path[0] in fields(model)]
    if not found:
        raise LookupError(".".join(path))
    for model, _ in found:
        yield model, path[0]
        if (model, path[0]) in _SHAPES:
            has_members(_SHAPES[model, path[0]], path[1:])
    following = [contracts_in(annotation) for _, annotation in found]
    flat = None if None in following else [each for part in following for each in part or ()]
    yield from read(flat, path[1:], fields)


def models_of(handler: str) -> tuple[type, list[type]]:
    """Return what a handler is given and what it returns, by its source."""
    tree = ast.parse((PROJECT / "lambdas" / handler / "handler.py").read_text())
    (function,) = (
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "handler"
    )
    (decorator,) = function.decorator_list
    assert isinstance(decorator, ast.Call)
    assert function.returns is not None
    given = MODELS[ast.unparse(decorator.args[0])]
    return given, [MODELS[name] for name in ast.unparse(function.returns).split(" | ")]


def handler_of(task: Mapping[str, Any]) -> str:
    return str(task["Arguments"]["FunctionName"]).rpartition("-")[2].lower()


def _given(name: str) -> dict[str, Any]:
    """Return what the definition gives to a function, with whole answers of the steps before."""
    decision = LATER["decision"] | {"verdict": "promote", "rule": "first", "wording": {}}
    known = {"evaluation": EVALUATION, "champion": CHAMPION, "decision": decision}
    payload: dict[str, Any] = request(name, **known)["Payload"]
    return payload


TOLD = {
    "training": Told(deployed(), _OF_BOTH | _OF_TRAINING, _given),
    "prediction": Told(
        deployed(story=PREDICTION),
        _OF_BOTH | _OF_PREDICTION,
        lambda name: dict(request_of_prediction(name)["Payload"]),
    ),
    "comparison": Told(
        deployed(story=ACTUALS),
        _OF_BOTH | _OF_COMPARISON,
        lambda name: dict(request_of_comparison(name)["Payload"]),
    ),
}
USED = [
    (told, used)
    for told in TOLD.values()
    for used in sorted(
        told.check(told.machine, fields_of), key=lambda used: (used[0].__name__, used[1])
    )
]


def test_much_is_read() -> None:
    names = {model.__name__ for _, (model, _) in USED}
    assert {"PreparedDataset", "ProcessingRequest", "DecisionSummary", "AdmissionAnswer"} <= names
    assert {"PreparedRows", "TransformJob"} <= names
    assert len(USED) > 50


@pytest.mark.parametrize(
    ("told", "used"), USED, ids=[f"{used[0].__name__}.{used[1]}" for _, used in USED]
)
def test_a_field_that_is_renamed_is_missed(told: Told, used: tuple[type, str]) -> None:
    def renamed(model: type) -> Mapping[str, Any]:
        known = dict(fields_of(model))
        if model in alike:
            known[f"{used[1]}_"] = known.pop(used[1], None)
        return known

    # Where one of several answers has the name, a path is right as long as any has.
    alike = {model for each, (model, name) in USED if each is told and name == used[1]}
    with pytest.raises(LookupError, match=used[1]):
        told.check(told.machine, renamed)


PATHS = [
    (told, text)
    for told in TOLD.values()
    for text in sorted({text for text, *_ in told.paths(told.machine)})
]


@pytest.mark.parametrize(("told", "text"), PATHS, ids=[text for _, text in PATHS])
def test_a_path_that_is_renamed_is_noticed(told: Told, text: str) -> None:
    renamed = re.sub(rf"{re.escape(text)}\b", f"{text}_", json.dumps(told.machine))
    with pytest.raises(LookupError, match=rf"{text.rpartition('.')[2]}_"):
        told.check(json.loads(renamed), fields_of)


def _unknown(value: Any, annotation: Any, place: str) -> Iterator[str]:
    """Yield the members of a payload that its contract does not have."""
    models = contracts_in(annotation)
    if isinstance(value, list):
        for item in value:
            yield from _unknown(item, annotation, place)
    if not models or not isinstance(value, dict):
        return
    known = {name: found for model in models for name, found in fields_of(model).items()}
    yield from (f"{place}.{name}" for name in value if name not in known)
    for name in known.keys() & value.keys():
        yield from _unknown(value[name], known[name], f"{place}.{name}")


CALLED = [(told, name) for told in TOLD.values() for name in told.lambdas]


@pytest.mark.parametrize(("told", "name"), CALLED, ids=[name for _, name in CALLED])
def test_a_function_is_given_what_its_contract_says(told: Told, name: str) -> None:
    model, _ = models_of(handler_of(told.lambdas[name]))
    payload = told.given(name)
    model.model_validate(payload)  # type: ignore[attr-defined]
    unknown = set(_unknown(payload, model, name))
    assert unknown <= {f"{name}.execution_name"}  # which the log takes
    required = {
        field
        for field, found in model.model_fields.items()  # type: ignore[attr-defined]
        if found.is_required()
    }  # a payload that lacks one is refused
    for field in required & payload.keys():
        renamed = {f"{each}_" if each == field else each: payload[each] for each in payload}
        with pytest.raises(ValueError, match=field):
            model.model_validate(renamed)  # type: ignore[attr-defined]
        assert f"{name}.{field}_" in set(_unknown(renamed, model, name))


def test_every_function_of_a_machine_has_a_contract_and_every_contract_is_used() -> None:
    functions = (task for told in TOLD.values() for task in told.lambdas.values())
    used = {each for task in functions for each in _flat(models_of(handler_of(task)))}
    reached = set(used)
    while used:
        inner = {
            found
            for model in used
            for annotation in fields_of(model).values()
            for found in contracts_in(annotation) or ()
        }
        used = {each for each in inner if each not in reached}
        reached |= used
    assert set(MODELS.values()) - {contract.Contract} <= reached


def _flat(models: tuple[type, list[type]]) -> list[type]:
    return [models[0], *models[1]]


MACHINE = TOLD["training"].machine


@pytest.mark.parametrize(
    "name",
    [name for name, task in tasks(dict(MACHINE)) if ":sagemaker:describe" in task["Resource"]],
)
def test_what_is_read_of_sagemakers_answers_is_in_them(name: str) -> None:
    """Also by the choice after it, which reads them as its input."""
    state = dict(states(dict(MACHINE)))[name]
    shape = operation(*called(name)).output_shape
    following = MACHINE["States"].get(state.get("Next"), {})
    of_result = re.findall(r"\$states\.result((?:\.\w+)+)", json.dumps(state))
    of_input = re.findall(r"\$states\.input((?:\.\w+)+)", json.dumps(following))
    for path in of_result + of_input:
        has_members(shape, path.split(".")[1:])


def test_contracts_need_no_step() -> None:
    """They are what steps share, and the smallest function imports them."""
    for path in (PROJECT / "lambdas/shared/contracts").glob("*.py"):
        imported = re.findall(r"^from (lambdas\.\S+)", path.read_text(), re.MULTILINE)
        assert all(name.startswith("lambdas.shared.") for name in imported), path
    assert Path(importlib.import_module("lambdas.shared.contracts").__path__[0]).is_dir()
