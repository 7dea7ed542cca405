"""Settings: typed, every mistake told at once, the strongest source wins."""

import json

import pytest

from lambdas.shared.failures.errors import SettingsInvalid
from lambdas.shared.settings.dataset import CEILINGS, RENAMED, DatasetSettings, Source, resolve
from lambdas.shared.settings.sources import from_metadata, from_stack, from_yaml


def test_metadata_beats_yaml_beats_stack() -> None:
    sources = [
        from_metadata({"target": "a"}),
        from_yaml("settings/x.yaml", "target: b\ntask: binary\nn_estimators: 50\n"),
        from_stack('{"target": "c", "task": "regression", "max_runtime_seconds": 600}'),
    ]
    resolved = resolve(sources)
    assert resolved.settings.target == "a"
    assert resolved.settings.task == "binary"
    assert resolved.settings.n_estimators == 50
    assert resolved.settings.max_runtime_seconds == 600
    assert "metadata" in str(resolved.rules["target"])
    assert "settings/x.yaml" in str(resolved.rules["task"])
    assert "stack" in str(resolved.rules["max_runtime_seconds"])
    assert "seed" not in resolved.rules


@pytest.mark.parametrize("name", CEILINGS)
def test_the_lowest_ceiling_holds_wherever_it_is_set(name: str) -> None:
    stack = from_stack(f'{{"{name}": 50}}')
    higher = resolve([from_metadata({name.replace("_", "-"): "100"}), stack])
    assert getattr(higher.settings, name) == 50
    assert "stack" in str(higher.rules[name])
    lower = resolve([from_metadata({name: "9"}), from_yaml("k", f"{name}: 100\n"), stack])
    assert getattr(lower.settings, name) == 9
    assert "metadata" in str(lower.rules[name])


def test_a_ceiling_that_is_no_number_leaves_the_stacks() -> None:
    stack = from_stack('{"max_cost_usd": 5}')
    wrong = resolve([from_metadata({"max_cost_usd": "all"}), stack])
    assert wrong.settings.max_cost_usd == 5
    assert [finding.code for finding in wrong.findings] == ["SettingsInvalid"]


def test_every_mistake_of_every_source_is_told_with_the_nearest_name() -> None:
    sources = [
        from_metadata({"tagret": "SECRET", "n-estimators": "SECRET"}),
        from_yaml("settings/x.yaml", "tsak: binary\ntask: SECRET\n"),
    ]
    resolved = resolve(sources)
    message = str(SettingsInvalid(*resolved.findings))
    assert "“tagret” is not a setting; did you mean “target”?" in message
    assert "“tsak” is not a setting; did you mean “task”?" in message
    assert "“n_estimators”" in message
    assert "binary" in message
    assert len(resolved.findings) == 4
    assert resolved.settings == DatasetSettings()  # so that the file is judged all the same
    assert "SECRET" not in message


def test_what_upload_tools_add_is_no_setting() -> None:
    resolved = resolve([from_metadata({"mtime": "1", "s3cmd-attrs": "x", "Target": "y"})])
    assert resolved.settings.target == "y"


def test_letters_outside_ascii_arrive() -> None:
    assert (
        from_metadata({"target": "=?utf-8?q?Diagn=C3=B3stico?="}).values["target"] == "Diagnóstico"
    )
    assert from_metadata({"target": "a=?b"}).values["target"] == "a=?b"


def test_yaml_words_stay_words() -> None:
    assert from_yaml("k", "target: no\n").values == {"target": "no"}
    assert from_yaml("k", "").values == {}
    assert from_yaml("k", "target: ~\n").values == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\ntarget: SECRET\n\ntarget: x\n", "sets “target” in line 2 and again in line 4"),
        ("max-hours: 1\nmax_hours: 2\n", "sets “max_hours” in line 1 and again in line 2"),
        ("target: {a: b, a: SECRET}\n", "sets “a” in line 1 and again in line 1"),
    ],
)
def test_a_name_that_is_set_twice_is_refused(text: str, problem: str) -> None:
    source = from_yaml("settings/x.yaml", text)
    assert list(map(str, source.problems)) == [f"the file settings/x.yaml {problem}"]
    twice = resolve([from_metadata({"max-hours": "1", "max_hours": "2"})]).findings
    assert "“max_hours” is set twice" in str(twice[0].message)


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "target: [{a: b}]\n", "just words", "a: b: SECRET\n"]
)
def test_yaml_that_is_no_mapping_is_refused_without_quoting_it(text: str) -> None:
    source = from_yaml("settings/x.yaml", text)
    assert source.values == {}
    (problem,) = map(str, source.problems)
    assert "settings/x.yaml" in problem
    assert "SECRET" not in problem
    assert resolve([source]).findings[0].code == "SettingsInvalid"


@pytest.mark.parametrize(
    "source",
    [from_metadata({"Keep": "yes"}), from_yaml("k", "keep: yes"), from_stack('{"keep": true}')],
)
def test_a_former_name_still_works_and_the_new_one_is_named(source: Source) -> None:
    resolved = resolve([source])
    assert resolved.settings.serve == "kind=serverless"
    assert resolved.rules["serve"] == source.rule
    assert resolved.errors == []
    (finding,) = resolved.findings
    assert (finding.code, finding.severity) == ("SettingRenamed", "info")
    assert "“keep” is now called “serve”" in str(finding.message)


def test_what_is_renamed_is_a_setting_and_its_former_name_is_free() -> None:
    assert set(RENAMED.values()) <= DatasetSettings.model_fields.keys()
    assert not RENAMED.keys() & DatasetSettings.model_fields.keys()


def test_a_setting_by_both_its_names_is_refused_in_one_place_and_decided_among_places() -> None:
    (problem,) = resolve([from_metadata({"keep": "yes", "serve": "no"})]).errors
    assert "“serve” is set twice, as “keep” and as “serve”" in str(problem.message)
    resolved = resolve([from_metadata({"serve": "no"}), from_yaml("k", "keep: yes")])
    assert (resolved.settings.serve, resolved.errors) == ("no", [])


@pytest.mark.parametrize("text", ["[]", "{", '"x"'])
def test_bad_stack_defaults(text: str) -> None:
    assert "not a JSON object" in str(resolve([from_stack(text)]).findings[0].message)


def test_fractions_leave_most_for_training() -> None:
    values = {"test_fraction": "0.4", "validation_fraction": "0.3"}
    (finding,) = resolve([Source("r", "p", values)]).findings
    assert "add up" in str(finding.message)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"delimiter": "comma", "decimal": ","}, "both a comma"),
        ({"target": "a", "group": " A "}, "“target” and “group” name the same column"),
        ({"target": "a", "time": "a"}, "“target” and “time” name the same column"),
        ({"target": "a", "ignore": "b, a"}, "“ignore” names the column that “target” needs"),
        ({"task": "regression", "class_weight": "balanced"}, "“task” is regression"),
        (
            {"task": "binary", "algorithm": "linear", "link": "log"},
            "“link” is for numbers, but “task” is binary",
        ),
        ({"encoding": "utf-9"}, "“encoding”"),
        ({"delimiter": "slash"}, "“delimiter”"),
        ({"header": "perhaps"}, "“header”"),
        ({"missing": "[1"}, "“missing”"),
        ({"encodng": "utf-8"}, "did you mean “encoding”?"),
    ],
)
def test_contradictions_and_bad_values_are_told(given: dict[str, str], words: str) -> None:
    messages = [str(finding.message) for finding in resolve([Source("r", "p", given)]).findings]
    assert [message for message in messages if words in message], messages


def test_how_a_file_is_read_can_be_set_in_words() -> None:
    given = {"delimiter": "Tab", "decimal": "comma", "header": "no", "encoding": "Latin-1",
             "missing": "none, 'x', \"a, b\"", "ignore": '["c, d", "e"]'}  # fmt: skip
    settings = resolve([Source("r", "p", given)]).settings
    assert (settings.delimiter, settings.decimal, settings.header) == ("\t", ",", False)
    assert settings.encoding == "iso8859-1"
    assert settings.missing == ("none", "'x'", "a, b")
    assert settings.ignore == ("c, d", "e")


def test_serverless_memory_comes_in_the_sizes_aws_offers() -> None:
    assert (
        resolve([Source("r", "p", {"endpoint_memory_mb": "3072"})]).settings.endpoint_memory_mb
        == 3072
    )
    assert "multiple of 1024" in str(
        str(resolve([Source("r", "p", {"endpoint_memory_mb": "2000"})]).findings[0].message)
    )


def test_hyperparameters_are_those_that_training_knows() -> None:
    from training.fit.hyperparameters import parse_hyperparameters

    settings = DatasetSettings(
        algorithm="random_forest", n_estimators=7, max_depth=2, class_weight="balanced"
    )
    given = settings.hyperparameters()
    arguments = []
    for name, value in given.items():
        arguments += [f"--{name}", str(json.loads(value))]
    parsed = parse_hyperparameters(arguments)
    assert parsed.values["n_estimators"] == 7
    assert parsed.values["class_weight"] == "balanced"
    assert parsed.seed == 0


def test_the_stack_gives_only_settings_that_exist() -> None:
    from infra.settings import Settings

    assert not resolve([from_stack(Settings.from_context({}).dataset_defaults_json)]).findings


def test_hyperparameters_must_belong_to_the_algorithm_and_fit_its_range() -> None:
    sources = [
        Source("r", "the metadata", {"algorithm": "hist_gradient_boosting", "n_estimators": "7"}),
        Source("r", "the file", {"learning_rate": "3", "max_leaf_nodes": "31"}),
    ]
    findings = resolve(sources).findings
    assert len(findings) == 2
    message = str(SettingsInvalid(*findings))
    assert "“n_estimators” does not belong to the algorithm “hist_gradient_boosting”, " in message
    assert "to what takes it: extra_trees, random_forest, xgboost" in message
    assert "“learning_rate” must be from 0.0001 to 1" in message


def test_every_hyperparameter_of_every_algorithm_is_a_setting() -> None:
    from training.algorithms import ALGORITHMS

    for algorithm, about in ALGORITHMS.items():
        values = {name: str(parameter.default) for name, parameter in about.parameters.items()}
        settings = resolve([Source("r", "p", {"algorithm": algorithm, **values})]).settings
        given = {name: parameter.default for name, parameter in about.parameters.items()}
        assert settings.given_hyperparameters() == given
