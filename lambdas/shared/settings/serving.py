"""The setting `serve`: whether the champion answers, and from what, however it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from lambdas.shared.findings.message import Message, together
from lambdas.shared.settings.jobs import NO, YES, InstanceTypes
from lambdas.shared.settings.values import Refused, pairs

Kind = Literal["serverless", "instance", "none"]
_MOST = {"serverless": 200, "instance": 100}  # AWS's most concurrency; more machines is a mistake
_MEMBERS = ("kind", "minimum", "maximum")
# Also of the time when there was only yes and no.
_WANTED, _UNWANTED = YES | {"1", "y", "t", "serverless"}, NO | {"0", "n", "f"}


@dataclass(frozen=True)
class Serving:
    """What the champion is to answer from.

    Parameters
    ----------
    kind : str
        ``none``: what serves is to end.
    minimum : int
        Machines that are always there.
    maximum : int or None
        The most machines; of a serverless endpoint those that AWS starts, one for each request at
        the same time. None leaves it to `endpoint_max_concurrency`.
    """

    kind: Kind
    minimum: int = 0
    maximum: int | None = None

    @property
    def text(self) -> str:
        """As settings have it."""
        if self.kind == "none":
            return "no"
        given = {name: getattr(self, name) for name in _MEMBERS}
        if self.kind == "serverless":
            del given["minimum"]
        return ", ".join(f"{name}={value}" for name, value in given.items() if value is not None)


def read_serving(value: Any) -> Serving:
    """Read the setting as YAML has it, as JSON, or as one text.

    Raises
    ------
    Refused
        With everything that is wrong with it.
    """
    word = "" if isinstance(value, Mapping) else str(value).strip().lower()
    if word in _UNWANTED:
        return Serving("none")
    if word in _WANTED:
        return Serving("serverless")
    if word == "instance":
        return Serving("instance", 1, 1)
    try:
        given = {str(name).strip(): str(each).strip() for name, each in dict(pairs(value)).items()}
    except (Refused, ValueError, TypeError):
        raise _none_of_them() from None
    problems = list(_problems(given))
    if problems:
        raise Refused(together(problems))
    minimum, maximum = given.get("minimum"), given.get("maximum")
    if given["kind"] == "serverless":
        return Serving("serverless", 0, int(maximum) if maximum else None)
    least = int(minimum or 1)
    return Serving("instance", least, int(maximum or least))


def _problems(given: Mapping[str, str]) -> Iterator[Message]:
    kind = given.get("kind")
    if kind not in _MOST or set(given) - set(_MEMBERS):
        yield _none_of_them().message
        return
    most = _MOST[kind]
    figures = {name: given[name] for name in _MEMBERS[1:] if name in given}
    unusable = [name for name, text in figures.items() if not _is_figure(text, most)]
    for name in unusable:
        yield Message(
            "“{name}” must be a whole number of at most {most}", name=name, most=str(most)
        )
    if unusable:
        return
    minimum = int(figures.get("minimum", 0 if kind == "serverless" else 1))
    maximum = int(figures.get("maximum", max(minimum, 1)))
    if kind == "serverless" and minimum:
        yield Message(
            "a serverless endpoint keeps no machine ready, so its minimum is 0: leave “minimum” "
            "out, or set “kind” to instance"
        )
    if kind == "instance" and not minimum:
        yield Message(
            "AWS scales instances to 0 only for inference components, which answer with errors for "
            "minutes when they are asked again: set “minimum” to 1, or “kind” to serverless, which "
            "costs nothing while nobody asks"
        )
    if maximum < max(minimum, 1):
        yield Message("“maximum” must be at least 1 and at least “minimum”")


def _is_figure(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and int(text) <= most


def _none_of_them() -> Refused:
    return Refused(
        Message(
            "it must be yes, no, serverless, instance, or such as {example}",
            example="kind=instance, minimum=1, maximum=4",
        )
    )


Serve = Annotated[str, BeforeValidator(lambda value: read_serving(value).text)]


class ServingFields(BaseModel):
    """Whether the champion answers requests after the run, and from what."""

    serve: Serve | None = Field(
        default=None,
        description="Whether the champion [answers from an endpoint](predictions.md#from-an-"
        "endpoint) that stays: `serverless` (or yes), `instance`, or such as `{kind: instance, "
        "minimum: 1, maximum: 4}`, in an upload's metadata `kind=instance, minimum=1, maximum=4`. "
        "**An instance costs money by the hour until it is ended.** `no` ends what serves; if not "
        "set, a run leaves it as it is.",
    )
    serve_instance_types: InstanceTypes = Field(
        default=("ml.c5.large", "ml.c5.xlarge"),
        description="Instance types of an endpoint that serves the champion, in the order they are "
        "tried; it keeps the type that it has while that is among them.",
    )

    def serving(self) -> Serving | None:
        """Return what is asked for; None leaves what there is as it is."""
        return None if self.serve is None else read_serving(self.serve)
