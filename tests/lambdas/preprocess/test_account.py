"""Every row of a file is used, or excluded for a reason that is counted."""

import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest

from lambdas.preprocess.read.loading import RowsDoNotAddUp
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import Prepared, prepare
from lambdas.preprocess.split.rows import Account
from lambdas.shared.settings.dataset import Source


def prepared(folder: Path, text: str, **settings: Any) -> Prepared:
    content = text.encode()
    (folder / "upload").write_bytes(content)
    return prepare(Download.at(folder / "upload"), [Source("set", "test", settings)], folder)


def records(seed: int) -> list[list[str]]:
    chance = random.Random(seed)  # noqa: S311
    return [
        [f"{chance.random():.3f}", f"n\n{chance.randrange(9)}", chance.choice(["yes", "no"])]
        for _ in range(90)
    ]


HEADER = ["x", "note, or none", "outcome"]
# What is put among the rows, and the reason under which it is counted.
ODD: dict[str, tuple[str, list[list[str]]]] = {
    "headers": ("repeated_header", [HEADER, [cell.upper() for cell in HEADER]]),
    "no target": ("target_missing", [["0.5", "n", ""], ["0.7", "n", "NA"]]),
    "a rare class": ("rare_class", [["0.5", "n", "maybe"], ["0.7", "n", "maybe"]]),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("names", [(), *((name,) for name in ODD), tuple(ODD)])
def test_rows_add_up(tmp_path: Path, names: tuple[str, ...], seed: int) -> None:
    rows, chance = records(seed), random.Random(seed)  # noqa: S311
    for name in names:
        for record in ODD[name][1]:
            rows.insert(chance.randrange(1, len(rows)), record)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n\n").writerows([HEADER, *rows])
    below = "Total: 90\n" if seed % 2 else ""
    found = prepared(tmp_path, stream.getvalue() + below).account
    expected = {ODD[name][0]: len(ODD[name][1]) for name in names}
    assert found.excluded == expected | ({"below_table": 1} if below else {})
    assert found.used == 90
    assert found.file == len(rows) + bool(below)


def test_copies_of_tested_rows_are_accounted_for(tmp_path: Path) -> None:
    rows = [",".join(record).replace("\n", " ") for record in records(5)]
    found = prepared(tmp_path, "\n".join([",".join(["x", "note", "outcome"]), *rows, *rows]) + "\n")
    assert found.account.file == 180
    assert set(found.account.excluded) == {"copy"}
    assert found.account.to_dict()["used"] == 180 - found.account.excluded["copy"]


def test_what_is_no_number_is_another_reason_in_regression(tmp_path: Path) -> None:
    rows = [f"{i * 5 % 43},{i * 7 % 31}.5" for i in range(60)]
    rows[7], rows[9], rows[11] = "7,", "9,1e400", "11,ill"
    found = prepared(tmp_path, "\n".join(["x,y", *rows]) + "\n", task="regression")
    assert found.account.excluded == {"target_missing": 1, "target_no_number": 2}
    told = {each.code: (each.row, str(each.message)[:2]) for each in found.findings if each.row}
    assert told == {"TargetMissing": (9, "1 "), "TargetNoNumber": (11, "2 ")}


def test_figures_that_do_not_add_up_are_refused() -> None:
    Account(10, 8, {"copy": 2})
    with pytest.raises(RowsDoNotAddUp):
        Account(10, 8, {"copy": 1})
