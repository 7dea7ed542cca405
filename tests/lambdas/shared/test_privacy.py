"""No cell, and no class label, gets into a payload, a notice, an error or a log line."""

import gzip
import io
import json
from typing import Any

import pytest

from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import MolinoError, UnexpectedError
from tests.lambdas import flow
from tests.lambdas.conftest import Context

CELL, LABEL = "zqcell", "zqlabel"
ROWS = "".join(f"{CELL}{i % 5},{i * 37 % 61},{LABEL}{'ab'[i % 2]}\n" for i in range(80))
FAILING = {
    "ragged": f"a,b,target\n{ROWS}{CELL},1\n",
    "open quote": f'a,b,target\n{ROWS}"{CELL},1,{LABEL}\n',
    "one class": f"a,b,target\n{ROWS}".replace(f"{LABEL}a", f"{LABEL}b"),
    "unique target": "a,target\n" + "".join(f"{i % 7},{LABEL}{i}\n" for i in range(80)),
    "constant": "a,target\n" + "".join(f"{CELL},{LABEL}{i % 2}\n" for i in range(80)),
    "few": f"a,b,target\n{CELL},1,{LABEL}\n",
    "bad bytes": f"a,b,target\n{ROWS}".encode() + f"{CELL}\xff".encode("latin-1"),
    "a stray byte": f"a,b,target\n{ROWS}é,è,à\né,è,à\n".encode()
    + f"{CELL}\xff,1,2\n".encode("latin-1"),
    "zero byte": f"a,b,target\n{ROWS}{CELL}\0,1,{LABEL}a\n",
    "stray quote": f'a,b,target\n{ROWS}"{CELL}"{CELL},1,{LABEL}a\n',
    "no header": f"{CELL},1,{LABEL}a\n{CELL},2\n" + ROWS,
    "archive cut off": gzip.compress(f"a,b,target\n{ROWS}".encode())[:-9],
    "another kind of file": f'{{"a": "{CELL}", "target": "{LABEL}"}}',
    "long row": f"a,b,target\n{ROWS}{CELL * 3_000_000},1,{LABEL}a\n",
}
# Files of which much is noticed, and nothing ends the run.
ODD = {
    "no header": ROWS,
    "semicolons, comments and Latin letters": f"# {CELL}\na;b;target\n{ROWS.replace(',', ';')}"
    f"{CELL}é;1;{LABEL}a\n",
    "decimal commas": "x;c;target\n" + ROWS.replace(",", ";").replace(CELL, "1,"),
    "row names": "b,target\n" + ROWS,
    "repeats and rare labels": f"a,b,target\n{ROWS}{ROWS}{CELL},1,{LABEL}c\n",
    "names": "a,b,target\n"
    + "".join(
        f"{CELL}{i} {CELL} of many words {CELL},{CELL if i == 7 else i},{LABEL}{i % 2}\n"
        for i in range(80)
    ),
}


def _told(output: Any, log: io.StringIO, capsys: Any) -> str:
    printed = capsys.readouterr()
    logged = log.getvalue()
    assert '"service"' in logged  # the logger was listened to
    return json.dumps(output, ensure_ascii=False) + logged + printed.out + printed.err


def _assert_private(text: str) -> None:
    assert CELL not in text
    assert LABEL not in text


def test_success_tells_no_value(s3: Any, monkeypatch: Any, log: io.StringIO, capsys: Any) -> None:
    upload = flow.put(s3, "incoming/x/a.csv", f"a,b,target\n{ROWS}{CELL},1,\n{CELL},1,{LABEL}c\n")
    prepared = flow.preprocess(upload)
    endpoint = flow.ExplainingEndpoint([f"{LABEL}a", f"{LABEL}b"], lambda row: [0.3, 0.7])
    evaluation = flow.evaluate(monkeypatch, prepared, endpoint)
    told = flow.report(upload, preprocess=prepared, evaluation=evaluation)
    assert told["status"] == "SUCCEEDED"
    report = flow.stored(s3, "reports/x/run-1/report.json")
    manifest = flow.stored(s3, "datasets/x/run-1/manifest.json")
    _assert_private(_told([prepared, evaluation, told, report, manifest], log, capsys))
    # The values are where they belong: in the data and in the page for the data's owner.
    assert LABEL in flow.stored(s3, "reports/x/run-1/report.html")
    assert CELL in flow.stored(s3, "datasets/x/run-1/train/train.csv")


@pytest.mark.parametrize("name", ODD)
def test_findings_tell_no_value(name: str, s3: Any, log: io.StringIO, capsys: Any) -> None:
    encoding = "cp1252" if "Latin" in name else "utf-8"
    upload = flow.put(s3, "incoming/x/a.csv", ODD[name].encode(encoding))
    prepared = flow.preprocess(upload)
    manifest = flow.stored(s3, "datasets/x/run-1/manifest.json")
    assert len(json.loads(manifest)["findings"]) > 0
    _assert_private(_told([prepared, manifest], log, capsys))


@pytest.mark.parametrize("name", FAILING)
def test_data_errors_tell_no_value(name: str, s3: Any, log: io.StringIO, capsys: Any) -> None:
    upload = flow.put(s3, "incoming/x/a.csv", FAILING[name])
    with pytest.raises(MolinoError) as caught:
        flow.preprocess(upload)
    assert caught.value.code != "UnexpectedError"
    failure = {"Error": caught.value.code, "Cause": json.dumps({"errorMessage": str(caught.value)})}
    told = flow.report(upload, failure=failure)
    page = flow.stored(s3, "reports/x/run-1/report.html")
    _assert_private(_told([failure, told, page], log, capsys))
    _assert_private(_chain(caught.value))


def test_setting_values_are_not_told(s3: Any, log: io.StringIO, capsys: Any) -> None:
    upload = flow.put(s3, "incoming/x/a.csv", f"a,b,target\n{ROWS}", task=CELL, seed=LABEL)
    with pytest.raises(MolinoError) as caught:
        flow.preprocess(upload)
    assert caught.value.code == "SettingsInvalid"
    _assert_private(_told(str(caught.value), log, capsys))


def _chain(error: BaseException) -> str:
    texts = []
    found: BaseException | None = error
    while found is not None:
        texts.append(str(found))
        found = found.__cause__ or found.__context__
    return " ".join(texts)


def test_the_text_of_unexpected_exceptions_is_lost(log: io.StringIO, capsys: Any) -> None:
    from pydantic import BaseModel

    class Anything(BaseModel):
        pass

    @entry(Anything)
    def handler(event: Anything) -> dict[str, Any]:
        secret = int(CELL)
        return {"secret": secret}

    with pytest.raises(UnexpectedError) as caught:
        handler({}, Context())
    assert "ValueError in" in str(caught.value)
    assert "see the log of request request-1" in str(caught.value)
    assert "test_privacy.py" in log.getvalue()  # where it happened is logged
    _assert_private(_told(str(caught.value), log, capsys) + _chain(caught.value))
