"""How DuckDB is to read a file."""

from __future__ import annotations

from dataclasses import dataclass

from lambdas.preprocess.columns.cells import MISSING, missing_sql
from lambdas.preprocess.engine import literal
from lambdas.preprocess.read.dialect import Style
from lambdas.preprocess.read.table_file import TableFile

_USUAL_ROW_BYTES = 2_000_000  # DuckDB's own limit


@dataclass(frozen=True)
class Reader:
    """How DuckDB is to read the file.

    Parameters
    ----------
    file : TableFile
    style : Style
    width : int
        Number of columns.
    longest : int
        Bytes of the longest row; DuckDB reads a multiple of it at once.
    missing : tuple of str
        Spellings of "no value".
    """

    file: TableFile
    style: Style
    width: int
    longest: int = 0
    missing: tuple[str, ...] = MISSING

    def sql(self, numbers: frozenset[int] = frozenset()) -> str:
        """Return the FROM clause.

        Parameters
        ----------
        numbers : frozenset of int
            Positions of the columns that come as DOUBLE.
        """
        types = ", ".join(
            f"'c{n}': '{'DOUBLE' if n in numbers else 'VARCHAR'}'" for n in range(self.width)
        )
        return (
            f"read_csv({literal(str(self.file.path))}, columns = {{{types}}}, "
            f"auto_detect = false, header = false, skip = {self.file.skip}, "
            f"delim = {literal(self.style.delimiter)}, quote = {literal(self.style.quote)}, "
            f"escape = {literal(self.style.escape)}, "
            f"nullstr = [{missing_sql(self.missing)}], null_padding = false, "
            f"max_line_size = {max(_USUAL_ROW_BYTES, self.longest + 1)})"
        )
