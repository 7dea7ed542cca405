"""Bins as a column's quantiles make them, and rows counted in them."""

from pathlib import Path

import pytest

from lambdas.drift.bins import NumberBins, edges_of, number_bins
from lambdas.drift.counts import Texts, count_numbers, count_texts
from lambdas.preprocess.engine import connect

CELLS = [1.0, 1.0, 2.0, 3.0, None, 3.0, 8.0, 9.0]


@pytest.fixture
def connection(tmp_path: Path):
    with connect(tmp_path) as connection:
        connection.execute("CREATE TABLE data (c0 DOUBLE, c1 VARCHAR)")
        rows = [(cell, None if cell is None else "ab"[cell > 2]) for cell in CELLS]
        connection.executemany("INSERT INTO data VALUES (?, ?)", rows)
        yield connection


def test_numbers_are_counted_once_for_all_edges(connection):
    found = count_numbers(connection, {0: "c0"}, {0: [3.0, 1.0, 8.5]})[0]
    assert found == NumberBins((1.0, 3.0, 8.5), (2, 3, 1, 1))
    assert found.between((1.0, 8.5)) == (2, 4, 1)
    assert found.between(()) == (7,)


def test_an_edge_between_two_neighbours_is_no_bin_of_its_own(connection):
    edges = (1.0, 1.5, 3.0)
    counted = count_numbers(connection, {0: "c0"}, {0: edges})[0]
    assert number_bins(edges, counted) == NumberBins((1.0, 3.0), (2, 3, 2))


def test_equal_quantiles_are_one_edge():
    assert edges_of([0.0, 0.0, 1.00000001, 1.0, None]) == (0.0, 1.0)


def test_texts_are_counted_with_what_is_rarer(connection):
    found = count_texts(connection, [1])[1]
    assert (found.bins.values, found.bins.counts) == (("b", "a"), (4, 3, 0))
    assert Texts({"a": 3, "A ": 1, "b": 2}, 9).read(lambda cell: cell.strip().lower()).of(
        ("a", "c")
    ) == (4, 0, 5)
