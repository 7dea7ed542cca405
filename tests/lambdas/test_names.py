"""Names are legal, bounded, stable and apart, for any script and length."""

import re

from hypothesis import assume, example, given
from hypothesis import strategies as st

from lambdas.shared.names import dataset_slug, execution_name, resource_name
from lambdas.shared.paths import dataset_of

ANY = st.text(min_size=1, max_size=300)
READABLE = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


@given(ANY)
@example("糖尿病")
@example("../..")
@example("🩺")
@example("-")
@example("_")
@example("x" * 300)
@example("\udcff")
def test_slugs_are_legal_and_stable(name: str) -> None:
    slug = dataset_slug(name)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,39}", slug)
    assert dataset_slug(slug) == slug


@given(ANY, st.text(max_size=50), ANY, st.text(max_size=50))
def test_execution_names_are_legal(dataset: str, bucket: str, key: str, version: str) -> None:
    name = execution_name(dataset, bucket, key, version)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,80}", name)
    assert re.search(r"-[0-9a-f]{16}$", name)
    assert name == execution_name(dataset, bucket, key, version)


@given(ANY, ANY, ANY)
def test_other_versions_are_other_executions(dataset: str, one: str, other: str) -> None:
    assume(one != other)
    first = execution_name(dataset, "b", "k", one)
    assert first != execution_name(dataset, "b", "k", other)
    assert first != execution_name(dataset, "b", one + "k", "v")


@given(ANY, ANY)
def test_resource_names_are_legal(dataset: str, execution: str) -> None:
    name = resource_name(dataset, execution)
    assert len(name) <= 50
    # SageMaker's pattern, and room for "-<redrive>-<retry>" up to its 63 characters.
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)
    assert re.fullmatch(r"[a-z0-9-]+", name)
    assert name.startswith("molino-")


@given(READABLE)
def test_readable_names_stay_as_they_are(name: str) -> None:
    assert dataset_slug(name) == name


@given(ANY, ANY)
def test_scripts_that_are_lost_do_not_merge_datasets(one: str, other: str) -> None:
    assume(one != other)
    assume(not re.fullmatch(r"[A-Za-z0-9 ._-]+", one))
    assert dataset_slug(one) != dataset_slug(other)


def test_dataset_of_keys() -> None:
    assert dataset_of("incoming/breast-cancer/2026/data.csv") == "breast-cancer"
    assert dataset_of("incoming/foo.csv") == "foo"
    assert dataset_of("incoming/Ünïcode/x.csv") == "Ünïcode"
    assert dataset_of("incoming/a b+c/x%20y.csv") == "a b+c"
    assert dataset_of("incoming//x.csv") == "x"
    assert dataset_of("") == "dataset"
