"""Predict the rows of a CSV file with this model, on any machine.

    python predict.py data.csv > predictions.csv

The file needs a header with the names of the model's features; its columns come first, as they are,
then the answers. The packages that this needs are in requirements.txt.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

MODEL = Path(__file__).resolve().parent
sys.path.insert(0, str(MODEL / "code"))

from training.errors import RequestError, TrainingError  # noqa: E402
from training.serve.answers import to_csv  # noqa: E402
from training.serve.csv_body import parse_records, read_records  # noqa: E402
from training.serve.hooks import model_fn  # noqa: E402


def predicted(file: Path) -> list[list[str]]:
    """Return a file's lines, each with what the model answers.

    Raises
    ------
    RequestError
        If a line can't be answered, or the first one has no names.
    UntrustedModelError
        If the model holds what training does not write.
    """
    model = model_fn(str(MODEL))
    rows = read_records(model.schema, file.read_text(encoding="utf-8-sig"))
    outcome = model.predict(parse_records(model.schema, rows))
    answers = list(csv.reader(io.StringIO(to_csv(outcome))))
    if len(answers) > len(rows):
        raise RequestError(400, "the first line must have the columns' names")
    return [[*row, *found] for row, found in zip(rows, answers, strict=True)]


def main(arguments: list[str]) -> int:
    """Write the file with its predictions to the standard output."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        rows = predicted(Path(arguments[0]))
    except (OSError, UnicodeDecodeError, RequestError, TrainingError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
