"""Files through preprocess and its validation in parallel processes, and what became of each."""

import csv
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROCESSES = 2


@dataclass(frozen=True)
class Outcome:
    """How one file ended: ``SUCCEEDED``, a named data error, or (never) an unnamed exception."""

    path: Path
    code: str
    is_named: bool
    seconds: float
    findings: tuple[str, ...] = ()
    detail: str = ""


def judge(path: Path) -> Outcome:
    """Preprocess one file as the Lambda does, its defaults and no settings given."""
    from lambdas.preprocess.read.source import Download
    from lambdas.preprocess.run import prepare
    from lambdas.shared.failures.errors import DataError, frames

    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        try:
            prepared = prepare(Download.at(path), [], Path(folder))
        except DataError as error:
            seconds = time.monotonic() - started
            findings = tuple(finding.code for finding in error.findings)
            return Outcome(path, error.code, True, seconds, findings, str(error))
        except Exception as error:  # noqa: BLE001 - to be told as an unclassified crash
            where = "; ".join(frames(error)[-3:])
            seconds = time.monotonic() - started
            return Outcome(
                path, type(error).__name__, False, seconds, detail=f"{where}: {str(error)[:300]}"
            )
    seconds = time.monotonic() - started
    assert set(prepared.files) == {"train", "validation", "test"}
    assert min(prepared.split.rows.values()) > 0
    findings = tuple(finding.code for finding in prepared.findings)
    above = ("NoHeader" not in findings) + ("LinesAboveTable" in findings)
    assert prepared.account.file == records_of(path) - above
    return Outcome(path, "SUCCEEDED", True, seconds, findings)


def records_of(path: Path) -> int:
    """Count a file's records by Python's reader alone."""
    with path.open(encoding="latin-1", newline="") as file:
        return sum(any(record) for record in csv.reader(file))


def judge_all(paths: Sequence[Path]) -> list[Outcome]:
    """Judge many files, a few at a time."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        return list(pool.map(judge, paths, chunksize=4))


def table(outcomes: Iterable[Outcome]) -> str:
    """Count outcomes by code, and findings by theirs, as two Markdown tables."""
    found = list(outcomes)
    ends = Counter(outcome.code for outcome in found)
    findings = Counter(code for outcome in found for code in set(outcome.findings))
    seconds = sorted(outcome.seconds for outcome in found)
    lines = ["| outcome | files |", "|---|---|"]
    lines += [f"| {code} | {count} |" for code, count in ends.most_common()]
    lines += ["", "| finding | files |", "|---|---|"]
    lines += [f"| {code} | {count} |" for code, count in findings.most_common()]
    median, longest = seconds[len(seconds) // 2], seconds[-1]
    lines += ["", f"{len(found)} files; {median:.2f} s a file (median), {longest:.2f} s at most"]
    return "\n".join(lines)
