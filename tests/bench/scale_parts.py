"""Part files of one large table: the same rows for the same size, however they are divided."""

# ruff: noqa: S608 - statements hold positions and constants only

from pathlib import Path

import duckdb

_MEGABYTE = 1_000_000
_ROW_BYTES = 150.8
_MISSING = 0.04
_DECIMALS = (1, 2, 2, 3, 4, 6, 6, 8)
_INTEGERS = (2, 10, 100, 1_000, 100_000)
_LEVELS = (3, 8, 40, 500)


def rows_of(megabytes: float) -> int:
    """Return how many rows are about so large."""
    return round(megabytes * _MEGABYTE / _ROW_BYTES)


def generate(folder: Path, megabytes: float, part_megabytes: float) -> list[Path]:
    """Write parts, each with a header, and return them in their order."""
    folder.mkdir(parents=True)
    rows, step = rows_of(megabytes), rows_of(part_megabytes)
    paths = []
    with duckdb.connect(config={"threads": 1}) as connection:
        for start in range(0, rows, step):
            path = folder / f"part-{len(paths):05d}.csv"
            source = f"range({start}, {min(rows, start + step)}) rows(i)"
            connection.execute(f"COPY (SELECT {_columns()} FROM {source}) TO '{path}' (HEADER)")
            paths.append(path)
    return paths


def whole(parts: list[Path], path: Path) -> Path:
    """Write the one file that parts are together."""
    with path.open("wb") as file:
        for place, part in enumerate(parts):
            with part.open("rb") as source:
                header = source.readline()
                if not place:
                    file.write(header)
                while chunk := source.read(_MEGABYTE):
                    file.write(chunk)
    return path


def _columns() -> str:
    """Return the SQL of decimals, integers, categories, dates in two forms, and two targets."""
    numbers = [
        f"round({_share(k)} * 1000 - 200 * (i % 3), {digits}) AS decimal_{k}"
        for k, digits in enumerate(_DECIMALS)
    ]
    numbers += [
        f"CAST(floor({_share(20 + k)} * {most}) AS BIGINT) AS whole_{most}"
        for k, most in enumerate(_INTEGERS)
    ]
    texts = [
        f"'level ' || CAST(floor({_share(40 + k)} * {_share(50 + k)} * {most}) AS INT) "
        f"AS category_{most}"
        for k, most in enumerate(_LEVELS)
    ]
    dates = [
        f"strftime(DATE '2020-01-01' + CAST(floor({_share(60 + k)} * 1500) AS INT), '{form}') "
        f"AS {name}"
        for k, (name, form) in enumerate((("opened", "%Y-%m-%d"), ("closed", "%d.%m.%Y")))
    ]
    filled = [
        f"CASE WHEN {_share(100 + k)} >= {_MISSING} THEN {value} END AS {name}"
        for k, (value, _, name) in enumerate(
            each.rpartition(" AS ") for each in (*numbers, *texts, *dates)
        )
    ]
    amount = f"round(0.3 * {_share(0)} + {_share(90)}, 4) AS amount"
    risk = f"{_share(1)} + {_share(91)}"
    outcome = f"CASE WHEN {risk} > 1.2 THEN 'sick' ELSE 'well' END AS outcome"
    return ", ".join((*filled, amount, outcome))


def _share(column: int) -> str:
    """Return the SQL of a number from 0 to 1 that depends on row and column alone."""
    return f"(hash(i * 128 + {column}) % 1000003 / 1000003.0)"
