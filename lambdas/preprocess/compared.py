"""The file's columns as later files will be compared with them, and beside the champion's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from lambdas.drift.bins import Bins, TextBins, edges_of, number_bins
from lambdas.drift.counts import Counts, count_numbers, count_texts
from lambdas.drift.measure import Drift, FileColumns, drawn_columns, edges, measure
from lambdas.drift.reference import Reference
from lambdas.drift.sample import coded, draw
from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.figures import NumberFigures, TextFigures, quantiles
from lambdas.preprocess.columns.profile import Profile

_KINDS = ("numeric", "categorical", "datetime")


@dataclass(frozen=True)
class Compared:
    """Columns as later files will be compared with them, and how far they are from earlier ones.

    Parameters
    ----------
    bins : dict of int to Bins
        Features and target, by position.
    sample : dict of str to bytes
        The bins of some rows, by feature.
    """

    bins: dict[int, Bins]
    sample: dict[str, bytes]
    drift: Drift | None


@dataclass(frozen=True)
class Figures:
    """What is known of the columns.

    Parameters
    ----------
    kinds : mapping of int to str
        What features and the target are, by position.
    numbers, texts : mapping
        Figures by position.
    """

    profiles: Sequence[Profile]
    kinds: Mapping[int, str]
    numbers: Mapping[int, NumberFigures]
    texts: Mapping[int, TextFigures]

    def of_kind(self, kind: str) -> list[int]:
        """Return the positions of features and the target that are of a kind."""
        return [n for n, own in self.kinds.items() if own == kind]


def compare(
    connection: duckdb.DuckDBPyConnection,
    file: FileColumns,
    known: Figures,
    target: int,
    reference: Reference | None,
) -> Compared:
    """Put features and target into bins, and compare the file with the champion's.

    Numbers are counted once for both. Of dates only the gaps are: they move on by themselves.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    target : int
        Its position.
    reference : Reference or None
        What to compare the file with.
    """
    own = {n: edges_of(found) for n, found in _quantiles(connection, file, known).items()}
    others = edges(reference, file) if reference else {}
    asked = {n: {*own.get(n, ()), *others.get(n, ())} for n in {**own, **others}}
    texts = {n: found.of_all_rows for n, found in known.texts.items()}
    categorical = [n for n in known.of_kind("categorical") if n not in file.numbers]
    counted = Counts(
        numbers=count_numbers(connection, file.numbers, asked),
        texts=texts | count_texts(connection, [n for n in categorical if n not in texts]),
        filled={found.position: found.filled for found in known.profiles},
        drawn=draw(connection, _drawn(file, known, target, reference), file.numbers),
    )
    bins: dict[int, Bins] = {
        **{n: number_bins(ends, counted.numbers[n]) for n, ends in own.items()},
        **{n: counted.texts[n].bins for n in categorical},
        **{n: TextBins((), (counted.filled[n],)) for n in known.of_kind("datetime")},
    }
    drift = measure(connection, reference, file, counted) if reference else None
    names = {found.position: found.name for found in known.profiles}
    sample = {names[n]: coded(own, counted.drawn[n]) for n, own in bins.items() if n != target}
    return Compared(bins, sample, drift)


def _drawn(
    file: FileColumns, known: Figures, target: int, reference: Reference | None
) -> list[int]:
    """Return the columns of which rows are kept, or compared with those that were."""
    others = drawn_columns(reference, file) if reference else set()
    own = [n for kind in _KINDS for n in known.of_kind(kind) if n != target]
    return sorted({*own, *others})


def _quantiles(
    connection: duckdb.DuckDBPyConnection, file: FileColumns, known: Figures
) -> dict[int, tuple[float, ...]]:
    """Return those of features that are numbers, and of the target if it is one."""
    numeric = known.of_kind("numeric")
    rest = [n for n in numeric if n not in known.numbers]
    asked = quantiles(connection, rest, file.rows, number("cell"))
    return {n: known.numbers[n].quantiles if n in known.numbers else asked[n] for n in numeric}
