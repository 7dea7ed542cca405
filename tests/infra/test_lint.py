"""cfn-lint finds nothing, in the stack as it is by default and with everything set."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.infra.constructs.test_oversight import WATCHED
from tests.infra.constructs.test_schedules import WEEKLY


@pytest.fixture(scope="module", autouse=True)
def _gathered_once() -> Iterator[None]:
    """Let cfn-lint gather a template's attributes once, not for every reference to one."""
    from cfnlint.template import Template  # takes seconds, which each worker would spend

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "get_valid_getatts", cache(Template.get_valid_getatts))
        yield


def _found(text: str, *known: tuple[str, str]) -> list[str]:
    """Return what is found in any region, without remarks, as on its command line."""
    from cfnlint.api import lint_all

    return [
        str(match)
        for match in lint_all(text)
        if match.rule.severity != "informational"
        and not any(match.rule.id == rule and words in str(match) for rule, words in known)
    ]


def _whole(assembly: Path) -> str:
    """Return the template with the definition, which the command line does not look at.

    Its pattern of a Resource knows one partition; what only the deployment fills in is filled in.
    """
    text = (assembly / "Molino.template.json").read_text()
    return text.replace("${Partition}", "aws").replace('"E3601"', "")


@pytest.mark.faults  # `make templates`, and so `make pr`, looks at this one
def test_by_default(assembly: Path) -> None:
    assert _found(_whole(assembly)) == []


def test_with_everything_set(tmp_path: Path) -> None:
    from infra.app import synthesize

    folder = synthesize(WATCHED | {"schedules": {"heart": WEEKLY}}, str(tmp_path))
    # CloudFormation has budgets in some regions only.
    assert _found(_whole(folder), ("E3006", "AWS::Budgets")) == []


def test_what_is_wrong_is_found() -> None:
    """Also an attribute that a resource does not have, with the attributes gathered once."""
    right, wrong = ({"Value": {"Fn::GetAtt": ["Bucket", name]}} for name in ("Arn", "Arm"))
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}, "Outputs": {"Right": right}}
    assert _found(json.dumps(template)) == []
    (found,) = _found(json.dumps(template | {"Outputs": {"Right": right, "Wrong": wrong}}))
    assert "Arm" in found
