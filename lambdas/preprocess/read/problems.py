"""Records that are no rows of the table, for the user: where they are and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message, listed


@dataclass
class Problems:
    """What is known of records that are no rows: all are counted, the first are remembered.

    Parameters
    ----------
    ragged : list of (int, int)
        Row and fields of the first records of another width.
    widths : Counter of int
        How many there are of each other width.
    broken : list of int
        The first rows with broken quotes.
    repeated_headers : list of int
        The first rows that repeat the header.
    below : list of int
        Rows below the table.
    """

    ragged: list[tuple[int, int]] = field(default_factory=list)
    widths: Counter[int] = field(default_factory=Counter)
    broken: list[int] = field(default_factory=list)
    repeated_headers: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)

    def add_ragged(self, row: int, fields: int) -> None:
        """Add a record of another width."""
        self.widths[fields] += 1
        if len(self.ragged) < NAMED:
            self.ragged.append((row, fields))

    def findings(self, width: int, excluded: Counter[str], rows: int) -> Iterator[Finding]:
        """Yield a finding for each of the first, and for each kind how many more there are.

        Parameters
        ----------
        width : int
            Fields of a row.
        excluded : Counter of str
            How many records there are of each kind.
        rows : int
            How many are rows.
        """
        yield from self._about_left_out(excluded)
        yield from self._about_ragged(width, rows)
        for row in self.broken:
            text = Message(
                "row {row} has a quotation mark that does not close or stands alone",
                row=listed([row]),
            )
            yield Finding("BrokenQuotes", text, row=row)
        yield from _more("BrokenQuotes", excluded["broken_quotes"] - len(self.broken))

    def _about_left_out(self, excluded: Counter[str]) -> Iterator[Finding]:
        if self.repeated_headers:
            rows = self.repeated_headers
            text = Message(
                "{count} row repeats the header and is excluded: row {rows}",
                "{count} rows repeat the header and are excluded: rows {rows}",
                count=excluded["repeated_header"],
                rows=listed(rows),
            )
            yield Finding("RepeatedHeader", text, row=rows[0])
        if self.below:
            first = min(self.below)
            text = Message(
                "row {first} is below the table and is excluded",
                "{count} rows below the table are excluded, from row {first} on",
                count=len(self.below),
                first=listed([first]),
            )
            yield Finding("LinesBelowTable", text, row=first)

    def _about_ragged(self, width: int, rows: int) -> Iterator[Finding]:
        if not self.ragged:
            return
        usual, often = self.widths.most_common(1)[0]
        if often > max(rows, NAMED):
            text = Message(
                "the header has {count} field where {rows} rows have {fields}",
                "the header has {count} fields where {rows} rows have {fields}",
                count=width,
                rows=often,
                fields=usual,
            )
            yield Finding("RaggedRows", text, row=self.ragged[0][0])
            return
        for row, fields in self.ragged:
            text = Message(
                "row {row} has {count} field where the header has {width}",
                "row {row} has {count} fields where the header has {width}",
                row=listed([row]),
                count=fields,
                width=width,
            )
            yield Finding("RaggedRows", text, row=row)
        yield from _more("RaggedRows", self.widths.total() - len(self.ragged))


def _more(code: str, count: int) -> Iterator[Finding]:
    if count > 0:
        text = Message(
            "{count} more row has such problems",
            "{count} more rows have such problems",
            count=count,
        )
        yield Finding(code, text)
