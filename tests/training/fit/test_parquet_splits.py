"""Splits as Parquet shards train the very model that the same rows as CSV do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.data import EXAMPLES
from training.errors import ChannelError, TrainingDataError
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.fit.splits import read_split
from training.serve.hooks import answer, model_fn

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed: `make test-spark` has it")
pq = pytest.importorskip("pyarrow.parquet")
ROWS = 40  # of a shard


def as_shards(channels: dict[str, Path], data, rows: int = ROWS) -> dict[str, Path]:
    """Return channels with the CSV files' rows in shards, as Spark writes them."""
    made = {"schema": channels["schema"]}
    for name in ("train", "validation"):
        features, target = read_split(name, channels[name], data.schema)
        made[name] = channels[name].with_name(f"{name}-shards")
        made[name].mkdir()
        texts = [str(value) for value in target.tolist()]
        table = pa.Table.from_pandas(features, preserve_index=False)
        table = table.append_column(data.schema.target, pa.array(texts, pa.string()))
        for place, start in enumerate(range(0, table.num_rows, rows)):
            path = made[name] / f"part-{place:05d}.parquet"
            pq.write_table(table.slice(start, rows), path, compression="zstd")
    return made


@pytest.mark.parametrize("name", ["penguins", "cars", "nests"])
def test_shards_give_the_frame_and_the_model_that_csv_gives(name, tmp_path):
    data = EXAMPLES[name]()
    channels = data.write(tmp_path)
    shards = as_shards(channels, data)
    assert len(list(shards["train"].iterdir())) > 1
    for split in ("train", "validation"):
        features, target = read_split(split, channels[split], data.schema)
        read = read_split(split, shards[split], data.schema)
        assert features.equals(read[0])
        assert features.dtypes.equals(read[0].dtypes)
        assert target.tolist() == read[1].tolist()
    settings = parse_hyperparameters(["--algorithm", "linear"])
    for kind, each in (("csv", channels), ("parquet", shards)):
        run(settings, each, tmp_path / kind)
    of_csv, of_parquet = (
        json.loads((tmp_path / kind / "model.json").read_text()) for kind in ("csv", "parquet")
    )
    for document in (of_csv, of_parquet):
        for candidate in document["selection"]["candidates"]:
            candidate.pop("seconds")
    assert of_csv == of_parquet
    request = data.frame.to_csv(index=False)
    models = [model_fn(str(tmp_path / kind)) for kind in ("csv", "parquet")]
    answers = [answer(model, request, "text/csv", "text/csv")[0] for model in models]
    assert answers[0] == answers[1]


@pytest.fixture
def written(tmp_path):
    """Write a table of columns as one shard of a split, and return a function that reads it."""
    data = EXAMPLES["cars"]()

    def read(**columns):
        features, target = read_split("train", data.write(tmp_path)["train"], data.schema)
        frame = features.assign(**{data.schema.target: target}).head(9)
        frame = frame.assign(**columns).drop(columns=[n for n, v in columns.items() if v is None])
        folder = tmp_path / "shards"
        folder.mkdir()
        pq.write_table(pa.Table.from_pandas(frame), folder / "part-00000.parquet")
        return read_split("train", folder, data.schema)

    return data, read


def test_an_empty_text_is_a_missing_one_and_whole_numbers_are_numbers(written):
    data, read = written
    number, word = data.schema.numeric[0], data.schema.of_type("categorical")[0]
    features, _ = read(**{number: range(9), word: ["", None, "NA", *"abcdef"]})
    assert features[number].tolist() == [float(n) for n in range(9)]
    assert features[word].isna().tolist() == [True, True, *[False] * 7]


def test_text_in_a_numeric_column_is_named_without_its_value(written):
    data, read = written
    with pytest.raises(TrainingDataError) as caught:
        read(**{data.schema.numeric[0]: ["1", "2", "sekretny", *"345678"]})
    assert "(row 3)" in str(caught.value)
    assert "sekretny" not in str(caught.value)


def test_a_missing_column_is_named(written):
    data, read = written
    with pytest.raises(TrainingDataError, match=f"lacks the column.s. '{data.schema.numeric[0]}'"):
        read(**{data.schema.numeric[0]: None})


@pytest.mark.parametrize("names", [(), ("a.csv", "b.csv"), ("a.csv", "b.parquet")])
def test_other_folders_are_refused(names, tmp_path):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ChannelError, match="one CSV file, or Parquet files"):
        read_split("train", tmp_path, EXAMPLES["cars"]().schema)
