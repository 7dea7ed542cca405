"""Names are legal, bounded, stable and apart, for any script and length."""

import re

from hypothesis import assume, example, given
from hypothesis import strategies as st

from lambdas.shared.names.legal import (
    dataset_slug,
    execution_name,
    group_name,
    resource_name,
    schedule_name,
    serving_name,
    tuning_name,
)
from lambdas.shared.names.paths import RunPaths, dataset_of, settings_key, split_uri

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
@example("Heart", "heart")
@example("heart disease", "heart-disease")
@example("heart.v2", "heart-v2")
@example("heart-", "heart")
@example("\u00e9", "e\u0301")  # the same letter to a reader, two keys to S3
@example("x" * 41, "x" * 42)
def test_datasets_never_share_a_slug_or_what_is_named_after_it(one: str, other: str) -> None:
    assume(one != other)
    assert dataset_slug(one) != dataset_slug(other)
    assert group_name("b", one) != group_name("b", other)
    assert RunPaths("b", one, "e").report_prefix != RunPaths("b", other, "e").report_prefix
    assert settings_key(one) != settings_key(other)
    assert schedule_name(one) != schedule_name(other)


@given(ANY, ANY, st.integers(1, 999_999))
def test_names_of_what_outlives_executions_are_legal(
    dataset: str, bucket: str, version: int
) -> None:
    group = group_name(bucket, dataset)
    names = [group, serving_name(group), serving_name(group, version)]
    assert all(re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name) for name in names)
    assert len(set(names)) == 3
    assert re.fullmatch(r"[0-9a-zA-Z_.-]{1,64}", schedule_name(dataset))
    assert group_name(bucket + "x", dataset) != group


@given(ANY, ANY)
def test_names_lead_back_to_dataset_and_execution(dataset: str, version: str) -> None:
    execution = execution_name(dataset, "b", f"incoming/{dataset}/x.csv", version)
    assert execution.rpartition("-")[0] == dataset_slug(dataset)
    readable = re.sub(r"[^a-z0-9]+", "-", dataset_slug(dataset))
    for name in (resource_name(dataset, execution), tuning_name(dataset, execution)):
        shown = name.removeprefix("molino-").rpartition("-")[0]
        assert readable.startswith(shown)
        assert name != resource_name(dataset, execution + "x")


@given(ANY, ANY)
def test_keys_are_legal_and_stay_in_their_folders(dataset: str, version: str) -> None:
    paths = RunPaths("b", dataset, execution_name(dataset, "b", dataset, version))
    uris = [*paths.channel_uris.values(), paths.model_uri, paths.report_uri, paths.checkpoint_uri]
    for key in (split_uri(uri)[1] for uri in uris):
        assert len(key.encode()) <= 1024
        assert re.fullmatch(r"[a-z]+(/[a-z0-9_][a-zA-Z0-9_.-]*)+/?", key)


def test_dataset_of_keys() -> None:
    assert dataset_of("incoming/breast-cancer/2026/data.csv") == "breast-cancer"
    assert dataset_of("incoming/foo.csv") == "foo"
    assert dataset_of("incoming/Ünïcode/x.csv") == "Ünïcode"
    assert dataset_of("incoming/a b+c/x%20y.csv") == "a b+c"
    assert dataset_of("incoming//x.csv") == "x"
    assert dataset_of("") == "dataset"
