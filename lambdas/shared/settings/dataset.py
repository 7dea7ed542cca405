"""The settings of a dataset: one schema, and the rule by which each value was chosen."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from lambdas.shared.contracts.contract import Task
from lambdas.shared.findings.finding import Finding, errors_of
from lambdas.shared.findings.message import NAMED, Message, one_line
from lambdas.shared.settings.conditions import FORMER_CONDITIONS, with_conditions
from lambdas.shared.settings.gate import GateFields
from lambdas.shared.settings.hyperparameters import HYPERPARAMETERS, HyperparameterFields, misfits
from lambdas.shared.settings.jobs import JobSettings
from lambdas.shared.settings.reading import ReadingSettings
from lambdas.shared.settings.schedules import RetrainFields
from lambdas.shared.settings.serving import ServingFields
from lambdas.shared.settings.threshold import ThresholdAim, read_aim, threshold_misfits
from lambdas.shared.settings.tuning import objective, search_space
from lambdas.shared.settings.values import Names, Refused, what_is_wrong
from training.algorithms import ALGORITHMS, DEFAULT_ALGORITHM, SEED, AlgorithmName

# Former names, which still work: in uploads, settings files, manifests.
RENAMED: Mapping[str, str] = {"keep": "serve", **dict.fromkeys(FORMER_CONDITIONS, "retrain_when")}
WRITTEN_NOW: Mapping[str, str] = {**RENAMED, **FORMER_CONDITIONS}  # as messages say it
_LONGEST_NAME = 60  # of what is not a setting, in a message
# The lowest of all sources holds: who uploads must not raise what the account's owner allows.
CEILINGS = ("max_cost_usd", "max_hours", "max_unpacked_mb", "max_unpack_ratio")
_LARGEST_SHARE = 0.6


class EvaluationSettings(BaseModel):
    """How a model is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positive_class: str | None = Field(
        default=None,
        min_length=1,
        description="Of two classes the one to be found, such as `malignant` or `1`: "
        "sensitivity, precision and F1 refer to it; if not set, it is [chosen by "
        "its name](reading-the-report.md#the-positive-class).",
    )
    compare_by: Names = Field(
        default=(),
        description="Columns by whose values the metrics are broken down and "
        "[compared](reading-the-report.md#differences-between-groups). They need not be features.",
    )


class PredictionSettings(BaseModel):
    """How new rows are predicted."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model_version: str | None = Field(
        default=None,
        min_length=1,
        description="Model that predicts new rows: the number of a version in the model registry, "
        "or the name of the run that trained it; if not set, the champion.",
    )
    raw: bool = Field(
        default=False,
        description="Whether cells that a spreadsheet takes for formulas stay as they are in "
        "[predictions](predictions.md); an apostrophe is put before them if not.",
    )
    explain: bool = Field(
        default=False,
        description="Whether predictions come with the three strongest "
        "[reasons](predictions.md#reasons) of each row.",
    )
    output: Literal["csv", "parquet"] = Field(
        default="csv", description="Form of the [predictions](predictions.md)."
    )
    key: str | None = Field(
        default=None,
        min_length=1,
        description="Column that identifies rows, by which [what really "
        "happened](predictions.md#what-really-happened) is joined to what was predicted; if not "
        "set, it is found by its values. Training is not changed by it.",
    )
    predict_with: Literal["auto", "transform", "endpoint"] = Field(
        default="auto",
        description="What answers new rows: a batch transform job, the [endpoint](predictions.md"
        "#from-an-endpoint) that serves the champion, or, with `auto`, the endpoint if it serves "
        "the version and the file is [small](predictions.md#new-rows-as-a-file).",
    )


class DatasetSettings(
    PredictionSettings,
    ReadingSettings,
    EvaluationSettings,
    GateFields,
    ServingFields,
    JobSettings,
    RetrainFields,
    HyperparameterFields,
):
    """Everything a user can set for a dataset; None leaves it to the data or to training."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False
    )

    target: str | None = Field(
        default=None,
        min_length=1,
        description="Column to predict; if not set, the first called target, label, class, "
        "diagnosis, outcome or y, else the last column.",
    )
    task: Task | None = Field(
        default=None, description="Two classes, more classes or numbers; inferred from the target."
    )
    group: str | None = Field(
        default=None,
        min_length=1,
        description="Column whose rows of equal value stay together in training, validation "
        "or test, such as a patient's number. It is not a feature.",
    )
    time: str | None = Field(
        default=None,
        min_length=1,
        description="Column with the time of a row: the latest rows are the test set, those "
        "before them the validation set.",
    )
    algorithm: AlgorithmName = Field(
        default=DEFAULT_ALGORITHM, description="The [algorithm](algorithms.md)."
    )
    export: Literal["onnx"] | None = Field(
        default=None,
        description="`onnx`: the training job also writes the model as an "
        "[ONNX file](predictions.md#from-onnx), for those who serve it elsewhere.",
    )
    threshold: ThresholdAim | None = Field(
        default=None,
        description="What the [decision threshold](reading-the-report.md#the-threshold) is chosen "
        "for: `balanced`, `f1`, `sensitivity>=0.95`, `specificity>=0.9`, a number such as `0.3`, "
        'or `cost: {"false_negative": 10, "false_positive": 1}`; for more than two classes only '
        "`balanced`. If not set, the most probable class is predicted unless the largest class "
        "has at least ten times the rows of the smallest; then it is `balanced`.",
    )
    language: Literal["en", "es"] = Field(
        default="en", description="Language of report and notifications: English or Spanish."
    )
    seed: int = Field(
        default=0,
        ge=SEED.minimum,
        le=SEED.maximum,
        description="Seed of everything random in training.",
    )
    test_fraction: float = Field(
        default=0.15,
        ge=0.05,
        le=0.4,
        description="Share of the rows in the test set.",
    )
    validation_fraction: float = Field(
        default=0.15,
        ge=0.05,
        le=0.4,
        description="Share of the rows in the validation set. Training makes its choices on it "
        "where `group` or `time` is set or rows are many, else on [folds](algorithms.md"
        "#how-a-model-comes-about) of it and the training set; the model is fitted on both. "
        "Together with test_fraction at most 0.6.",
    )
    test_rows_limit: int = Field(
        default=1_000_000,
        ge=1000,
        le=10_000_000,
        description="Most rows of the test set, and most of the validation set: of a file whose "
        "fractions mean more, the others [are for training](metrics.md#how-many-rows-are-tested).",
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _ends_in_a_value_or_a_problem(cls, value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        """Turn whatever a parser of a value stumbles over into a problem of that setting."""
        try:
            found = check(value)
            json.dumps(found, ensure_ascii=False, default=str).encode()  # lone surrogates: no text
        except ValidationError:
            raise
        except Exception:  # noqa: BLE001 - of parsers of CSV, JSON, times; their texts quote values
            raise Refused(Message("it cannot be read")) from None
        return found

    def given_hyperparameters(self) -> dict[str, Any]:
        """Return the algorithm's own hyperparameters that are set."""
        values = {name: getattr(self, name) for name in HYPERPARAMETERS}
        return {name: value for name, value in values.items() if value is not None}

    def hyperparameters(self) -> dict[str, str]:
        """Return those given, JSON-encoded as SageMaker's script mode takes them."""
        shared = {"algorithm": self.algorithm, "seed": self.seed}
        aim = {"threshold": read_aim(self.threshold).text} if self.threshold else {}
        export = {"export": self.export} if self.export else {}
        values = shared | aim | export | self.given_hyperparameters()
        return {name: json.dumps(value) for name, value in values.items()}


@dataclass(frozen=True)
class Source:
    """Settings as found in one place.

    Parameters
    ----------
    rule : Message
        Clause for the report, such as "set in the metadata of the upload".
    place : Message
        How messages name the place.
    values : mapping of str
        Names to values; names may be written with hyphens.
    problems : tuple of Message
        Why the place could not be read, if so.
    """

    rule: Message
    place: Message
    values: Mapping[str, Any]
    problems: tuple[Message, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {
            "rule": self.rule.to_json(),
            "place": self.place.to_json(),
            "values": dict(self.values),
            "problems": [problem.to_json() for problem in self.problems],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Source:
        """Return what `to_json` was called on."""
        return cls(
            Message.from_json(document["rule"]),
            Message.from_json(document["place"]),
            document["values"],
            tuple(map(Message.from_json, document["problems"])),
        )


@dataclass(frozen=True)
class Resolved:
    """Settings in force, for each that was given the rule that chose it, and findings."""

    settings: DatasetSettings
    rules: Mapping[str, Message]
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> list[Finding]:
        """What is wrong with the settings."""
        return errors_of(self.findings)


def resolve(sources: Sequence[Source]) -> Resolved:
    """Check every source and let the first that gives a setting decide it, ceilings aside.

    Parameters
    ----------
    sources : sequence of Source
        Strongest first.

    Returns
    -------
    Resolved
        With a finding ``SettingsInvalid`` for every unreadable source, unknown name (and the
        nearest known one), bad value and contradiction; what is wrong counts as not given, so
        that the file can still be judged. A former name counts, with a ``SettingRenamed``.
    """
    problems: list[Message] = []
    renamed: list[Message] = []
    chosen: dict[str, Any] = {}
    rules: dict[str, Message] = {}
    for source in sources:
        problems += source.problems
        renamed += _renamed(source)
        given, unusable = _known(source)
        wrong = _problems(source.place, given)
        problems += [*unusable, *wrong.values()]
        for name, value in given.items():
            if name not in wrong and (name not in chosen or _is_lower(name, value, chosen[name])):
                chosen[name], rules[name] = value, source.rule
    settings = DatasetSettings(**chosen)
    problems += _contradictions(settings)
    findings = [Finding("SettingsInvalid", text) for text in problems]
    findings += [Finding("SettingRenamed", text) for text in renamed]
    return Resolved(settings, rules, tuple(findings))


def _is_lower(name: str, value: Any, than: Any) -> bool:
    """Return whether a ceiling is given again and lower; values that were checked may be texts."""
    return name in CEILINGS and float(value) < float(than)


def _contradictions(settings: DatasetSettings) -> list[Message]:
    """Return a sentence for each pair of settings that can't both hold."""
    problems = misfits(settings.algorithm, settings.given_hyperparameters())
    problems += settings.job_contradictions() + settings.schedule_contradictions()
    problems += _unshared(settings)
    problems += _tuning_problems(settings)
    if settings.test_fraction + settings.validation_fraction > _LARGEST_SHARE:
        text = Message(
            "“test_fraction” and “validation_fraction” add up to more than {most}",
            most=_LARGEST_SHARE,
        )
        problems.append(text)
    if settings.decimal == "," and settings.delimiter == ",":
        problems.append(Message("“delimiter” and “decimal” are both a comma"))
    if settings.task == "regression" and getattr(settings, "class_weight", None):
        problems.append(Message("“class_weight” weighs classes, but “task” is regression"))
    if settings.task in ("binary", "multiclass") and getattr(settings, "link", None):
        text = Message("“link” is for numbers, but “task” is {task}", task=settings.task)
        problems.append(text)
    problems += threshold_misfits(settings.threshold, settings.task) if settings.task else []
    if settings.task in ("multiclass", "regression") and settings.positive_class is not None:
        text = Message(
            "“positive_class” is one of two classes, but “task” is {task}", task=settings.task
        )
        problems.append(text)
    problems += _columns_twice(settings)
    return problems


def _unshared(settings: DatasetSettings) -> list[Message]:
    if settings.training_instance_count < 2 or ALGORITHMS[settings.algorithm].over_hosts:
        return []
    text = Message(
        "“training_instance_count” is {count}, but of the algorithms only {able} trains on several "
        "instances, and “algorithm” is {algorithm}",
        count=settings.training_instance_count,
        able=", ".join(name for name, each in ALGORITHMS.items() if each.over_hosts),
        algorithm=settings.algorithm,
    )
    return [text]


def _tuning_problems(settings: DatasetSettings) -> list[Message]:
    if not settings.tune:
        return []
    _, problems = search_space(settings)
    return problems + (objective(settings, settings.task)[1] if settings.task else [])


def _columns_twice(settings: DatasetSettings) -> list[Message]:
    """Return a sentence for each pair of settings that name the same column."""
    named = [(name, getattr(settings, name)) for name in ("target", "group", "time")]
    named = [(name, column.strip().casefold()) for name, column in named if column]
    ignored = {column.casefold() for column in settings.ignore}
    problems = [
        Message("“{one}” and “{other}” name the same column", one=one, other=other)
        for place, (one, column) in enumerate(named)
        for other, another in named[place + 1 :]
        if column == another
    ]
    problems += [
        Message("“ignore” names the column that “{name}” needs", name=name)
        for name, column in named
        if column in ignored
    ]
    return problems


def _named(written: str) -> str:
    """Return the setting that a name as written in a source stands for."""
    name = written.replace("-", "_")
    return RENAMED.get(name, name)


def _renamed(source: Source) -> list[Message]:
    """Return a sentence for each setting that a source gives by its former name."""
    return [
        Message(
            "in {place}, “{former}” is now called “{name}”",
            place=source.place,
            former=former,
            name=WRITTEN_NOW[former],
        )
        for former in (written.replace("-", "_") for written in source.values)
        if former in RENAMED
    ]


def _known(source: Source) -> tuple[dict[str, Any], list[Message]]:
    """Return what a source says of settings there are, and a sentence for everything else."""
    given: dict[str, Any] = {}
    written_as: dict[str, str] = {}
    problems: list[Message] = []
    unknown: list[str] = []
    for written, value in with_conditions(source.values).items():
        name = _named(written)
        if name not in DatasetSettings.model_fields:
            unknown.append(one_line(name, _LONGEST_NAME))
        elif name in given:
            text = Message(
                "in {place}, “{name}” is set twice, as “{one}” and as “{other}”",
                place=source.place,
                name=name,
                one=written_as[name],
                other=written,
            )
            problems.append(text)
        else:
            given[name], written_as[name] = value, written
    problems += [_unknown(source.place, name) for name in unknown[:NAMED]]
    if len(unknown) > NAMED:
        text = Message(
            "in {place}, {count} more name is not a setting",
            "in {place}, {count} more names are not settings",
            place=source.place,
            count=len(unknown) - NAMED,
        )
        problems.append(text)
    return given, problems


def _unknown(place: Message, name: str) -> Message:
    known = list(DatasetSettings.model_fields)
    nearest = difflib.get_close_matches(name, known, n=1)
    meant = Message("did you mean “{name}”?", name=nearest[0] if nearest else "")
    hint = meant if nearest else Message("the settings are {names}", names=", ".join(known))
    return Message(
        "in {place}, “{name}” is not a setting; {hint}", place=place, name=name, hint=hint
    )


def _problems(place: Message, given: Mapping[str, Any]) -> dict[str, Message]:
    """Return a sentence for each setting that is out of range."""
    try:
        DatasetSettings(**given)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
    else:
        return {}
    return {
        str(item["loc"][0]): Message(
            "in {place}, “{name}”: {problem}",
            place=place,
            name=str(item["loc"][0]),
            problem=what_is_wrong(item),
        )
        for item in found
    }
