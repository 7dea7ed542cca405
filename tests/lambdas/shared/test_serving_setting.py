"""The setting `serve`, in every form that it has, and all that is refused of it at once."""

from typing import Any

import pytest

from lambdas.shared.settings.dataset import resolve
from lambdas.shared.settings.serving import Serving, read_serving
from lambdas.shared.settings.sources import from_metadata, from_yaml, refusals_of_vpc
from lambdas.shared.settings.values import Refused

FORMS: dict[str, tuple[Any, Serving]] = {
    "yes": ("yes", Serving("serverless")),
    "true": (True, Serving("serverless")),
    "no": ("False", Serving("none")),
    "word": ("serverless", Serving("serverless")),
    "instance": ("instance", Serving("instance", 1, 1)),
    "mapping": ({"kind": "instance", "maximum": "4"}, Serving("instance", 1, 4)),
    "pairs": ("kind=instance, minimum=2", Serving("instance", 2, 2)),
    "json": ('{"kind": "instance", "minimum": 2, "maximum": 3}', Serving("instance", 2, 3)),
    "the issue's": (
        {"kind": "serverless", "minimum": 0, "maximum": 4},
        Serving("serverless", 0, 4),
    ),
}
REFUSED: dict[str, tuple[Any, str]] = {
    "empty": ("", "it must be yes, no, serverless, instance, or such as kind=instance"),
    "word": ("always", "it must be yes, no"),
    "kind": ("kind=cluster", "it must be yes, no"),
    "no kind": ("minimum=1", "it must be yes, no"),
    "member": ("kind=instance, least=1", "it must be yes, no"),
    "JSON": ("{", "it must be yes, no"),
    "to zero": (
        "kind=instance, minimum=0, maximum=4",
        "set “minimum” to 1, or “kind” to serverless",
    ),
    "always ready": ("kind=serverless, minimum=1", "or set “kind” to instance"),
    "upside down": ("kind=instance, minimum=3, maximum=2", "at least “minimum”"),
    "none": ("kind=serverless, maximum=0", "at least 1"),
    "figures": ("kind=instance, minimum=x, maximum=101", "“minimum” must be a whole number"),
    "digits": ("kind=instance, minimum=²", "“minimum” must be a whole number"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_means_one_thing_and_is_read_back(form: str) -> None:
    written, meant = FORMS[form]
    found = read_serving(written)
    assert found == meant
    assert read_serving(found.text) == found


@pytest.mark.parametrize("form", REFUSED)
def test_what_cannot_be_is_refused_in_words(form: str) -> None:
    written, told = REFUSED[form]
    with pytest.raises(Refused) as caught:
        read_serving(written)
    assert told in str(caught.value)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Refused) as caught:
        read_serving("kind=instance, minimum=0, maximum=0")
    for part in ("“minimum” to 1", "“maximum” must be"):
        assert part in str(caught.value)


def test_metadata_and_file_say_the_same() -> None:
    file = from_yaml("settings/x.yaml", "serve: {kind: instance, minimum: 1, maximum: 4}")
    upload = from_metadata({"serve": "kind=instance, minimum=1, maximum=4"})
    found = [resolve([source]).settings.serve for source in (file, upload)]
    assert found == ["kind=instance, minimum=1, maximum=4"] * 2
    assert resolve([]).settings.serving() is None


@pytest.mark.parametrize(("serve", "refused"), [("serverless", 1), ("instance", 0), ("no", 0)])
def test_a_vpc_can_have_machines_only(serve: str, refused: int) -> None:
    settings = resolve([from_metadata({"serve": serve})]).settings
    assert len(refusals_of_vpc(settings).problems) == refused
