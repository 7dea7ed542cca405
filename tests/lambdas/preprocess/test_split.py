"""Which row goes where: groups, times, repeats, classes, and the same on any machine."""

# ruff: noqa: S608 - statements hold the module's own SQL only

import csv
import hashlib
import io
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.preprocess import engine
from lambdas.preprocess.engine import connect
from lambdas.preprocess.run import Prepared
from lambdas.preprocess.split.rows import Arrangement
from lambdas.preprocess.split.subsets import Plan, Unit, place, refilled, shuffled
from lambdas.shared.failures.errors import (
    ColumnNotFound,
    DataError,
    GroupUnusable,
    SettingsInvalid,
    TimeUnusable,
)
from tests.lambdas.preprocess.test_preprocess import all_rows, codes, rows, run

SLOW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SUBSETS = ("train", "validation", "test")


def content(header: str, lines: list[tuple[Any, ...]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows([header.split(","), *lines])
    return stream.getvalue()


def numbers(prepared: Prepared) -> dict[str, list[int]]:
    """Return the row numbers in each subset, from the feature ``no``."""
    return {subset: [int(row["no"]) for row in rows(prepared, subset)] for subset in SUBSETS}


# Rows are distinguished by `no`, which is neither an index nor an identifier: it starts at 5.
GROUPED = st.lists(
    st.tuples(st.integers(0, 25), st.sampled_from("xyz"), st.integers(0, 3)),
    min_size=30,
    max_size=120,
)


@SLOW
@given(GROUPED)
def test_no_group_is_in_two_subsets(tmp_path: Path, cells: list[tuple[int, str, int]]) -> None:
    lines = [(i + 5, f"p{group}", value, label) for i, (group, label, value) in enumerate(cells)]
    text = content("no,patient,value,target", lines)
    try:
        prepared = run(tmp_path, text, group="patient")
    except DataError:
        return
    group_of = {line[0]: line[1] for line in lines}
    subsets = {
        subset: {group_of[no] for no in found} for subset, found in numbers(prepared).items()
    }
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        assert not subsets[one] & subsets[other]
    assert all(subsets.values())
    assert "patient" not in {feature.name for feature in prepared.features}


def test_grouped_shares_and_classes_are_close(tmp_path: Path) -> None:
    lines = [
        (i + 5, f"p{i * 7919 % 200}", i * 31 % 17, "ill" if i * 7919 % 200 % 9 == 0 else "well")
        for i in range(2000)
    ]
    prepared = run(tmp_path, content("no,patient,value,target", lines), group="patient")
    for subset, share in (("train", 0.7), ("validation", 0.15), ("test", 0.15)):
        counts = Counter(row["target"] for row in rows(prepared, subset))
        assert counts.total() / 2000 == pytest.approx(share, abs=0.03)
        assert counts["ill"] / counts.total() == pytest.approx(0.115, abs=0.05)


def test_rows_without_a_group_are_on_their_own(tmp_path: Path) -> None:
    lines = [(i + 5, "p" if i < 20 else "", i * 31 % 17, "ab"[i % 2]) for i in range(100)]
    prepared = run(tmp_path, content("no,patient,value,target", lines), group="patient")
    subsets = numbers(prepared)
    assert sum(set(range(5, 25)) <= set(found) for found in subsets.values()) == 1
    assert all(subsets.values())


@pytest.mark.parametrize(
    ("given_", "error"),
    [
        ({"group": "patiant"}, ColumnNotFound),
        ({"time": "dat"}, ColumnNotFound),
        ({"group": "target"}, SettingsInvalid),
        ({"group": "two"}, GroupUnusable),
        ({"time": "two"}, TimeUnusable),
        ({"time": "word"}, TimeUnusable),
    ],
)
def test_settings_that_can_not_arrange_the_rows(
    tmp_path: Path, given_: dict[str, str], error: type[DataError]
) -> None:
    lines = [(i + 5, f"p{i % 9}", i % 2, f"SECRET{i % 7}", "ab"[i % 2]) for i in range(60)]
    with pytest.raises(error) as caught:
        run(tmp_path, content("no,patient,two,word,target", lines), **given_)
    assert "SECRET" not in str(caught.value)


TIMES = {
    "numbers": str,
    "iso": lambda day: f"2026-{1 + day // 28:02}-{1 + day % 28:02}",
    "iso with time": lambda day: f"2026-{1 + day // 28:02}-{1 + day % 28:02}T07:30:00",
    "points": lambda day: f"{1 + day % 28:02}.{1 + day // 28:02}.2026",
    "slashes": lambda day: f"{1 + day % 28:02}/{1 + day // 28:02}/2026",
}


@pytest.mark.parametrize("form", TIMES)
def test_the_latest_rows_are_the_test(tmp_path: Path, form: str) -> None:
    days = [i * 37 % 100 for i in range(200)]
    lines = [(i + 5, TIMES[form](day), i * 31 % 17, "ab"[i % 2]) for i, day in enumerate(days)]
    prepared = run(tmp_path, content("no,when,value,target", lines), time="when")
    by_subset = {
        subset: [days[no - 5] for no in found] for subset, found in numbers(prepared).items()
    }
    assert max(by_subset["train"]) < min(by_subset["validation"])
    assert max(by_subset["validation"]) < min(by_subset["test"])
    assert [len(by_subset[subset]) for subset in SUBSETS] == [140, 30, 30]
    assert "TimeOrder" in codes(prepared)
    assert [feature.name for feature in prepared.features] == ["no", "value"]


@SLOW
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), min_size=30, max_size=100))
def test_every_time_is_on_one_side_and_in_order(
    tmp_path: Path, cells: list[tuple[int, int]]
) -> None:
    lines = [(i + 5, year, value, "ab"[i % 2]) for i, (year, value) in enumerate(cells)]
    try:
        prepared = run(tmp_path, content("no,year,value,target", lines), time="year")
    except TimeUnusable:
        assert len({year for year, _ in cells}) < 3
        return
    years = {
        subset: {cells[no - 5][0] for no in found} for subset, found in numbers(prepared).items()
    }
    assert max(years["train"]) < min(years["validation"])
    assert max(years["validation"]) < min(years["test"])


def test_a_group_goes_where_its_latest_row_goes(tmp_path: Path) -> None:
    lines = [(i + 5, f"p{i % 40}", i, i * 31 % 17, "ab"[i * 3 % 7 % 2]) for i in range(200)]
    text = content("no,patient,day,value,target", lines)
    prepared = run(tmp_path, text, group="patient", time="day")
    subsets = {
        subset: {(no - 5) % 40 for no in found} for subset, found in numbers(prepared).items()
    }
    assert subsets["test"] == set(range(34, 40))
    assert subsets["validation"] == set(range(28, 34))


def test_rows_without_a_time_are_for_training(tmp_path: Path) -> None:
    lines = [(i + 5, "" if i < 10 else i, i * 31 % 17, "ab"[i % 2]) for i in range(100)]
    prepared = run(tmp_path, content("no,day,value,target", lines), time="day")
    assert set(range(5, 15)) <= set(numbers(prepared)["train"])


def test_repeats_are_counted(tmp_path: Path) -> None:
    lines = [(i + 5, i * 31 % 17, "ab"[i % 2]) for i in range(60)]
    lines += [lines[3], lines[3], lines[8]]  # three repeats
    lines += [(*lines[11][:2], "a"), (*lines[12][:2], "b")]  # two contradictions
    prepared = run(tmp_path, content("no,value,target", lines))
    assert prepared.split.repeats.repeated == 3
    assert prepared.split.repeats.contradictory == 4
    subsets = numbers(prepared)
    training = set(subsets["train"])
    outside = [no for subset in ("validation", "test") for no in subsets[subset]]
    assert prepared.split.repeats.shared == sum(no in training for no in outside)
    assert {"RepeatedRows", "ContradictoryRows"} <= codes(prepared)


def test_every_group_has_the_same_chance_to_be_tested(tmp_path: Path) -> None:
    sizes = [1] * 60 + [5] * 12 + [30, 45, 60]
    tested: Counter[int] = Counter()
    digests, strata = 20, 20  # a stratum is as good a trial as a digest
    with connect(tmp_path) as connection:
        connection.execute(
            "CREATE TABLE units AS SELECT (row_number() OVER () - 1)::UBIGINT AS unit, size, "
            "stratum::BIGINT AS stratum, row_number() OVER () - 1 AS first "
            f"FROM range({strata}) AS strata(stratum), (SELECT unnest({sizes}) AS size); "
            "CREATE TYPE subset AS ENUM ('train', 'validation', 'test')"
        )
        for number in range(digests):
            connection.execute("CREATE OR REPLACE TABLE placed (unit UBIGINT, subset subset)")
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            place(connection, Plan(0.15, 0.15, Arrangement(), digest, 10**6))
            connection.execute("DROP TABLE circles")
            found = connection.execute(
                "SELECT size, count(*) FROM placed JOIN units USING (unit) "
                "WHERE subset = 'test' GROUP BY size"
            ).fetchall()
            tested.update(dict(found))
    trials = digests * strata
    for size, count in Counter(sizes).items():
        share = tested[size] / trials / count
        assert share == pytest.approx(0.15, abs=3.5 * (0.15 * 0.85 / trials / count) ** 0.5)


SIZES = st.lists(st.integers(1, 500), min_size=1, max_size=12)


@given(SIZES, st.sampled_from(SUBSETS))
def test_no_subset_stays_empty_if_there_are_units(sizes: list[int], subset: str) -> None:
    """Large units may leave a subset empty; wherever all of them were, each subset gets one."""
    total = sum(sizes)
    rooms = {"train": total * 7 // 10, "test": total * 3 // 20, "validation": total * 3 // 20}
    units = [Unit(number, size, subset) for number, size in enumerate(sizes)]
    subsets = {unit.number: unit.subset for unit in units} | refilled(units, rooms)
    assert set(subsets.values()) == {*("train", "test", "validation")[: len(sizes)]}


def machines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Yield settings of machines that differ in memory and processors."""
    for memory, processors in (("512", 1), ("10240", 6)):
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory)
        monkeypatch.setattr("os.cpu_count", lambda processors=processors: processors)
        yield


@pytest.mark.parametrize(
    "arrangement",
    [
        {"group": "patient"},
        pytest.param({}, marks=pytest.mark.faults),  # these take seconds each
        pytest.param({"time": "day"}, marks=pytest.mark.faults),
    ],
)
def test_threads_and_memory_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arrangement: dict[str, str]
) -> None:
    """More rows than DuckDB's row groups (122,880), so that threads share the work."""
    monkeypatch.setattr(engine, "_LEAST_MEGABYTES", 60)
    monkeypatch.setattr(engine, "_MEGABYTES_FOR_PYTHON", 450)
    lines = [
        (f"{i * 61_803 % 100_003 / 7:.3f}", f"p{i * 7919 % 50_000}", i % 1000, f"w{i % 11}",
         "ill" if i % 13 == 0 else "well")
        for i in range(130_000)
    ]  # fmt: skip
    text = content("value,patient,day,word,target", lines)
    made = set()
    for _ in machines(monkeypatch):
        prepared = run(tmp_path, text, **arrangement)
        made.add((*tuple(path.read_bytes() for path in prepared.files.values()), prepared.profile))
    assert len(made) == 1
    assert sum(prepared.split.rows.values()) == 130_000


def test_rows_and_labels_stay_together(tmp_path: Path) -> None:
    """The tables are put side by side by position: a shift would part rows from their labels."""
    lines = [(i, f"v{i % 97}", f"c{i % 97 % 5}" if i % 10 else "") for i in range(150_000)]
    lines[77_777] = (77_777, "v0", "rare")
    prepared = run(tmp_path, content("no,value,target", lines))
    found = all_rows(prepared)
    assert len(found) == sum(prepared.split.rows.values()) == 134_999
    assert all(f"c{int(row['value'][1:]) % 5}" == row["target"] for row in found)


def test_the_shuffle_is_a_bijection_and_even(tmp_path: Path) -> None:
    digest = "0123456789abcdef" * 4
    with connect(tmp_path) as connection:
        connection.execute("CREATE TABLE numbers AS SELECT range AS row FROM range(200_000)")
        query = shuffled("numbers", "row", digest)
        keys = [key for (key,) in connection.execute(f"SELECT key FROM ({query})").fetchall()]
        connection.execute("DELETE FROM numbers WHERE row > 2")
        first = connection.execute(f"SELECT key FROM ({query}) ORDER BY row").fetchall()
        other = connection.execute(shuffled("numbers", "row", digest[::-1])).fetchall()
    assert len(set(keys)) == 200_000
    assert 0 <= min(keys) <= max(keys) < 2**32
    # 64 equal bins; the chi-square of 63 degrees of freedom is below 113 in all but 1 of 10,000.
    bins = Counter(key >> 26 for key in keys)
    assert sum((bins[b] - 3125) ** 2 / 3125 for b in range(64)) < 113
    # Neighbours are not neighbours any more: by chance, half of the keys ascend.
    ascents = sum(a < b for a, b in itertools.pairwise(keys))
    assert abs(ascents - 100_000) < 700
    assert first != [(row[1],) for row in other]
    assert first == [(_mixed(row, digest),) for row in range(3)]


def _mixed(row: int, digest: str) -> int:
    """Mix a row number by Python's integers."""
    key = row
    for seed in (digest[:8], digest[8:16]):
        key ^= int(seed, 16)
        key = ((key ^ key >> 16) * 0x7FEB352D) & 0xFFFFFFFF
        key = ((key ^ key >> 15) * 0x846CA68B) & 0xFFFFFFFF
        key ^= key >> 16
    return key
