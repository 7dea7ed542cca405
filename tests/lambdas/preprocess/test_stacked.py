"""Columns asked together, below each other, tell what they tell one at a time."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from lambdas.preprocess import engine, on_duckdb
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import Prepared, prepare
from tests.lambdas.preprocess.broken_files import data, lines

KINDS: tuple[Callable[[int], str], ...] = (
    lambda i: str(i * 7 % 31 / 8),
    lambda i: "-999" if i % 9 == 0 else str(i % 13),
    lambda i: f"{i * 31 % 97} kg",
    lambda i: f"{i * 31 % 97}k" if i % 3 else f"{i % 5}.5M",
    lambda i: f"<{i}" if i % 5 == 0 else f"{i * 37 % 89}",
    lambda i: f"{1 + i % 28:02d}/{1 + i % 12:02d}/2020",
    lambda i: "pending" if i == 7 else f"2020-{1 + i % 12:02d}-{1 + i % 28:02d}",
    lambda i: ("Yes", "yes", "No")[i % 3],
    lambda i: (" red ", "blue", "")[i % 3],
    lambda i: f"{100 + i}/{60 + i}",
    lambda i: f"+34 6{i * 7919 % 10**8:08d}",
    lambda i: f"key {i}",
)


def mixed(columns: int, target: Callable[[int], str]) -> bytes:
    header = ",".join([*(f"x{n}" for n in range(columns)), "target"])
    kinds = [KINDS[n % len(KINDS)] for n in range(columns)]
    return data(lines(header, lambda i: ",".join([*(kind(i) for kind in kinds), target(i)]), 80))


def prepared(folder: Path, content: bytes) -> tuple[Prepared, dict[str, str]]:
    folder.mkdir()
    (folder / "upload").write_bytes(content)
    found = prepare(Download(folder / "upload", "0123456789abcdef" * 4, 0), [], folder)
    sums = {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.files.items()
    }
    written = replace(found.written, files={})
    return replace(found, written=written, download=replace(found.download, path=Path())), sums


@pytest.mark.parametrize("target", [lambda i: "ab"[i % 2], lambda i: str(i * 7919 % 104729 / 8)])
def test_columns_together_tell_what_each_alone_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: Callable[[int], str]
) -> None:
    content = mixed(2 * len(KINDS), target)
    together, sums = prepared(tmp_path / "together", content)
    monkeypatch.setattr(engine, "_MOST_CELLS", 0)
    alone, sums_alone = prepared(tmp_path / "alone", content)
    assert sums == sums_alone
    assert together.findings == alone.findings
    assert together == alone


def test_statements_are_as_many_however_many_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []

    class Connection:
        def __init__(self, folder: Path) -> None:
            self.connection = engine.connect(folder)
            counts.append(0)

        def execute(self, *given: Any) -> duckdb.DuckDBPyConnection:
            counts[-1] += 1
            return self.connection.execute(*given)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.connection, name)

        def __enter__(self) -> "Connection":
            return self

        def __exit__(self, *_: object) -> None:
            self.connection.close()

    made = cast("Callable[[Path], duckdb.DuckDBPyConnection]", Connection)
    monkeypatch.setattr(on_duckdb, "connect", made)
    for columns in (3, 15):
        prepared(tmp_path / str(columns), mixed(columns * len(KINDS), lambda i: "ab"[i % 2]))
    few, many = counts
    assert many <= few + 2
