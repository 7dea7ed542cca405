"""Requests stay within limits, errors are retried or told, and a killed Lambda changes nothing."""

import csv
import io
import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import moto.s3.models
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.evaluate import batches
from lambdas.evaluate import collect as collecting
from lambdas.evaluate import progress as storing
from lambdas.evaluate.batches import Batch, cut
from lambdas.evaluate.collect import Run, Source, collect, requests_at_a_time
from lambdas.evaluate.endpoint import Endpoint, parse
from lambdas.evaluate.progress import EvaluationProgress, StoredPredictions
from lambdas.evaluate.rows import Layout, Row, whole_record
from lambdas.shared import requests
from lambdas.shared.contracts.preprocess import EndpointRequest
from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.requests import ATTEMPTS, MOST_ROWS, Requests, Sizing
from tests.contracts import PREPARED
from tests.lambdas.conftest import BUCKET
from tests.lambdas.flow import FakeEndpoint

KEY = "datasets/d/run/test/test.csv"
PREFIX = "reports/d/run"


def as_csv(header: list[str], rows: list[list[str]], end: str = "\n") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([header, *rows])
    return text.getvalue().encode()


def laid_out(content: bytes, *arguments: Any) -> tuple[Layout, list[Row]]:
    lines = io.BytesIO(content)
    layout = Layout(whole_record(lines.readline(), lines), *arguments)
    return layout, list(layout.rows(lines, layout.length))


# Rows ---------------------------------------------------------------------------------------------

CELLS = st.text('ab,"\n é', max_size=6)
ORDERS = st.sampled_from([["p", "q", "g", "t"], ["t", "p", "g", "q"], ["g", "q", "t", "p"]])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=30), ORDERS)
def test_every_cell_goes_where_it_belongs(rows: list[tuple[str, ...]], order: list[str]) -> None:
    content = as_csv(order, [list(row) for row in rows])
    at = {name: order.index(name) for name in order}
    layout, found = laid_out(content, "t", ["p", "q"], ["g"])
    sent_names = [name for name in order if name in "pq"]
    assert layout.header.decode() == ",".join(sent_names)
    assert [row.truth for row in found] == [row[at["t"]] for row in rows]
    assert [row.groups for row in found] == [(row[at["g"]],) for row in rows]
    body = b"\n".join(row.sent for row in found).decode()
    sent = list(csv.reader(io.StringIO(body, newline="")))
    assert sent == [[row[at[name]] for name in sent_names] for row in rows]
    # Reading from where any row ends gives the rows after it.
    for index, row in enumerate(found[:-1]):
        rest = list(layout.rows(io.BytesIO(content[row.end :]), row.end))
        assert rest == found[index + 1 :]


def test_names_may_hold_line_breaks() -> None:
    names = ['age\n\n(years) "x"', "b\nc", "t"]
    content = as_csv(names, [["1", "2\n3", "a"], ["4", "5", "b"]])
    layout, found = laid_out(content, "t")
    assert layout.columns == names[:2]
    assert layout.length == content.index(b"1,")
    assert [(row.sent, row.truth) for row in found] == [(b'1,"2\n3"', "a"), (b"4,5", "b")]


def test_a_single_empty_cell_is_still_a_row() -> None:
    _, found = laid_out(b"p,t\n,a\n1,b\n", "t")
    assert [row.sent for row in found] == [b'""', b"1"]


def test_lines_that_end_as_in_windows() -> None:
    layout, found = laid_out(as_csv(["p", "t"], [["1", "a"], ['x"y', "b"]], "\r\n"), "t")
    assert layout.header == b"p"
    assert [(row.sent, row.truth) for row in found] == [(b"1", "a"), (b'"x""y"', "b")]


# Batches ------------------------------------------------------------------------------------------


def test_every_row_is_sent_once_and_in_order() -> None:
    layout, rows = laid_out(as_csv(["p", "t"], [[str(i), "y"] for i in range(95)]), "t")
    batches = list(cut(rows, layout.header, Sizing(10), first_row=6))
    assert [batch.first_row for batch in batches] == list(range(6, 101, 10))
    assert [row for batch in batches for row in batch.rows] == rows
    assert batches[0].body == b"p\n" + b"".join(b"%d\n" % i for i in range(10))
    assert batches[-1].place == "96\u2013100"


def test_requests_stay_below_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LARGEST_REQUEST", 1000)
    content = as_csv(["p", "t"], [["x" * (i * 37 % 200 + 1), "y"] for i in range(200)])
    layout, rows = laid_out(content, "t")
    lengths = [len(batch.body) for batch in cut(rows, layout.header, Sizing())]
    assert max(lengths) <= 1000
    assert len(lengths) < 60


def test_long_answers_make_requests_smaller() -> None:
    size = Sizing()
    for _ in range(5):
        size.learn(size.rows, size.rows * 10_000, 1.0)
    assert size.rows == 400


def test_slow_answers_make_requests_smaller_and_quick_ones_larger() -> None:
    slow, quick = Sizing(), Sizing()
    slow.learn(100, 100, 50_000)
    assert slow.rows == 2
    for _ in range(5):
        quick.learn(quick.rows, 100, 1.0)
    assert quick.rows == MOST_ROWS
    quick.learn(3, 100, 5.0)  # the last rows of a file tell nothing about full requests
    assert quick.rows == MOST_ROWS


def test_a_size_that_was_too_large_is_not_tried_again() -> None:
    size = Sizing(1000)
    size.too_many(1000)
    for _ in range(5):
        size.learn(size.rows, 100, 1.0)
    assert size.rows == 500


# Asking -------------------------------------------------------------------------------------------

BATCH = Batch(1, b"p", [Row(4, b"1", "a"), Row(8, b"2", "b")])
GOOD = b"prediction,probability:a,probability:b\na,0.75,0.25\nb,0.1,0.9\n"
ROWS = [["a", "0.75", "0.25"], ["b", "0.1", "0.9"]]


class Scripted:
    """A runtime client that answers from a list."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.bodies: list[bytes] = []

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.bodies.append(request["Body"])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Body": io.BytesIO(answer)}


def refused(code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "SECRET"}, **more}, "InvokeEndpoint")


def ask(*answers: Any) -> tuple[Any, list[float]]:
    pauses: list[float] = []
    client: Any = Scripted(*answers)
    return Endpoint(Requests(client, "e", pauses.append), Sizing()).ask(BATCH), pauses


def test_an_answer_is_read_with_all_digits() -> None:
    answer, pauses = ask(GOOD)
    assert answer.columns == ["prediction", "probability:a", "probability:b"]
    assert answer.rows == ROWS
    assert len(answer.milliseconds) == 1
    assert pauses == []


def test_the_threshold_is_read_of_the_answer_in_json() -> None:
    told = {"positive_class": "b", "thresholds": {"a": 0.9, "b": 0.1}}
    client: Any = Scripted(refused("ThrottlingException"), json.dumps({"threshold": told}).encode())
    endpoint = Endpoint(Requests(client, "e", lambda _: None), Sizing())
    assert endpoint.threshold(Batch(1, b"p", [Row(4, b"1", "a")])) == told
    old: Any = Scripted(b'{"predictions": []}')
    assert Endpoint(Requests(old, "e"), Sizing()).threshold(BATCH) is None


@pytest.mark.parametrize("body", [b"", b"oops", b"[]", b'{"threshold": 0.5}', b"\xff"])
def test_what_is_no_answer_in_json_is_refused(body: bytes) -> None:
    client: Any = Scripted(body)
    with pytest.raises(EndpointRejected, match="not a table of predictions"):
        Endpoint(Requests(client, "e"), Sizing()).threshold(BATCH)


@pytest.mark.parametrize(
    "error",
    [
        refused("ThrottlingException"),
        refused("ServiceUnavailable"),
        refused("ModelNotReadyException"),
        refused("ModelError", OriginalStatusCode=503),
        ConnectTimeoutError(endpoint_url="u"),
    ],
)
def test_passing_errors_are_tried_again_with_growing_pauses(error: Exception) -> None:
    answer, pauses = ask(error, error, GOOD)
    assert answer.rows == ROWS
    assert len(pauses) == 2
    assert all(0 <= pause <= 8 for pause in pauses)


@pytest.mark.parametrize(
    "error",
    [
        refused("ModelError", OriginalStatusCode=0),
        refused("ModelError", OriginalStatusCode=413),
        ReadTimeoutError(endpoint_url="u"),
    ],
)
def test_what_takes_too_long_is_halved(error: Exception) -> None:
    header, first, second = GOOD.splitlines()
    halves = (header + b"\n" + first + b"\n", header + b"\n" + second + b"\n")
    client, size = Scripted(error, *halves), Sizing()
    answer = Endpoint(Requests(client, "e"), size).ask(BATCH)  # type: ignore[arg-type]
    assert answer.rows == ROWS
    assert client.bodies == [b"p\n1\n2\n", b"p\n1\n", b"p\n2\n"]
    assert len(answer.milliseconds) == 2
    assert size.rows == 1


def test_a_single_row_that_takes_too_long_is_told() -> None:
    pauses: list[float] = []
    client: Any = Scripted(*[refused("ModelError", OriginalStatusCode=0)] * 99)
    with pytest.raises(EndpointRejected, match=r"ows 1.1: .* HTTP status 0"):
        Endpoint(Requests(client, "e", pauses.append), Sizing()).ask(BATCH)
    assert len(client.bodies) == 1 + ATTEMPTS


@pytest.mark.parametrize(
    "error",
    [
        refused("ModelError", OriginalStatusCode=500),
        refused("ValidationError"),
        refused("AccessDeniedException"),
    ],
)
def test_lasting_errors_are_told_without_their_text(error: Exception) -> None:
    with pytest.raises(EndpointRejected) as caught:
        ask(error)
    assert "ows 1\u20132" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_it_gives_up_after_some_attempts() -> None:
    with pytest.raises(EndpointRejected, match="ThrottlingException"):
        ask(*[refused("ThrottlingException")] * ATTEMPTS)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"oops",
        b"<html>\nx\ny\n",
        b"prediction\na\n",  # a row too few
        b"prediction,probability:a\na,SECRET\nb,1\n",
        b"prediction,probability:a\na\nb,1\n",
        b"prediction,other\na,1\nb,1\n",
        b"\xff\xfe",
    ],
)
def test_answers_that_are_no_predictions(body: bytes) -> None:
    with pytest.raises(EndpointRejected) as caught:
        parse(body, 1.0, BATCH)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__context__ is None


# Collecting ---------------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the end of a Lambda's process: nothing may handle it."""


class Counted:
    """Passes calls on to a client until the one at which it is killed."""

    def __init__(self, client: Any, ends_at: int | None = None) -> None:
        self._client, self._ends_at = client, ends_at
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.calls.append(name)
            if self._ends_at == len(self.calls):
                raise Killed
            try:
                return getattr(self._client, name)(**arguments)
            except KeyError:  # moto's upload_part does not know the error
                raise refused("NoSuchUpload") from None

        return call


def a_run(client: Any, has_time: Callable[[], bool] = lambda: True, threads: int = 4) -> Run:
    source = Source(f"s3://{BUCKET}/{KEY}", "t", ("p",), ("g",))
    return Run(client, source, f"s3://{BUCKET}/{PREFIX}", has_time, threads)


def stored(s3: Any) -> bytes:
    body: bytes = s3.get_object(Bucket=BUCKET, Key=f"{PREFIX}/predictions.csv")["Body"].read()
    return body


def put_rows(s3: Any, rows: int) -> bytes:
    """Store a test split; return the predictions that must come out."""
    table = [[str(i), "mf"[i % 3 % 2], "yn"[i % 2]] for i in range(rows)]
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=as_csv(["p", "g", "t"], table))
    header = ["row", "actual", "prediction", "probability:n", "probability:y", "group:g"]
    lines = [
        [str(i + 1), row[2], "yn"[i / rows >= 0.5], str(i / rows), str(1 - i / rows), row[1]]
        for i, row in enumerate(table)
    ]
    return as_csv(header, lines)


def endpoint_for(rows: int) -> Any:
    return FakeEndpoint(["n", "y"], lambda row: [int(row["p"]) / rows, 1 - int(row["p"]) / rows])


def go(run: Run, client: Any) -> EvaluationProgress:
    return collect(run, "e", lambda size: Endpoint(Requests(client, "e", lambda _: None), size))


def test_answers_come_together_in_order_from_several_threads(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_ROWS", 50)
    expected = put_rows(s3, 1000)
    together = threading.Barrier(4, timeout=20)

    class Together(FakeEndpoint):
        def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
            if request["Body"].split(b"\n")[1] in (b"100", b"150", b"200", b"250"):
                together.wait()  # breaks unless four requests are under way at once
            return super().invoke_endpoint(**request)

    progress = go(a_run(s3), Together(["n", "y"], endpoint_for(1000).rule))
    assert stored(s3) == expected
    assert progress.is_answered
    assert progress.rows == 1000
    assert len(progress.milliseconds) == 1 + 18


def test_one_failed_request_fails_the_whole(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST_ROWS", 50)
    put_rows(s3, 1000)

    class Failing(FakeEndpoint):
        def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
            if b"\n555\n" in request["Body"]:
                raise refused("ValidationError")
            return super().invoke_endpoint(**request)

    with pytest.raises(EndpointRejected, match=r"ows 551.600"):
        go(a_run(s3), Failing(["n", "y"], lambda _: [0.5, 0.5]))


def test_answers_that_name_other_classes_are_refused(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_rows(s3, 300)

    class Changing(FakeEndpoint):
        def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
            answer = super().invoke_endpoint(**request)
            self.labels = ["n", "z"]
            return answer

    with pytest.raises(EndpointRejected, match="different classes"):
        go(a_run(s3), Changing(["n", "y"], lambda _: [0.5, 0.5]))


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests, parts and checkpoints so small that 200 rows make many of each."""
    monkeypatch.setattr(requests, "FIRST_ROWS", 20)
    monkeypatch.setattr(requests, "MOST_ROWS", 20)
    monkeypatch.setattr(storing, "PART_BYTES", 2000)
    monkeypatch.setattr(collecting, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(moto.s3.models, "S3_UPLOAD_PART_MIN_SIZE", 1)


def test_a_lambda_killed_at_any_moment_changes_nothing(s3: Any, small_steps: None) -> None:
    expected = put_rows(s3, 200)
    whole = Counted(s3)
    go(a_run(whole, threads=1), endpoint_for(200))
    assert stored(s3) == expected
    assert {"upload_part", "complete_multipart_upload", "put_object"} <= set(whole.calls)
    for moment in range(1, len(whole.calls) + 1):
        _forget(s3)
        with pytest.raises(Killed):
            go(a_run(Counted(s3, moment), threads=1), endpoint_for(200))
        endpoint = endpoint_for(200)
        progress = go(a_run(Counted(s3), threads=1), endpoint)
        assert stored(s3) == expected, whole.calls[moment - 1]
        assert progress.rows == 200
        if moment > len(whole.calls) / 2 and whole.calls[moment - 1] == "upload_part":
            assert len(endpoint.requests) < 10  # it went on, and did not begin again


def test_a_killed_endpoint_call_changes_nothing(s3: Any, small_steps: None) -> None:
    expected = put_rows(s3, 200)
    for moment in range(1, 11):
        _forget(s3)
        with pytest.raises(Killed):
            go(a_run(s3), Counted(endpoint_for(200), moment))
        go(a_run(s3), endpoint_for(200))
        assert stored(s3) == expected


def test_when_time_is_short_it_goes_on_in_the_next_lambda(s3: Any, small_steps: None) -> None:
    expected = put_rows(s3, 200)
    passes = 0
    while passes < 20:
        passes += 1
        moments = iter([True, True, False])
        has_time = partial(next, moments, False)
        progress = go(a_run(s3, has_time, threads=1), endpoint_for(200))
        if progress.is_answered:
            break
    assert 3 < passes < 19
    assert stored(s3) == expected
    assert sum(1 for _ in progress.milliseconds) == 10


def test_another_invocation_asks_nothing_again(s3: Any, small_steps: None) -> None:
    put_rows(s3, 200)
    first = go(a_run(s3), endpoint_for(200))
    endpoint = endpoint_for(200)
    again = go(a_run(s3), endpoint)
    assert endpoint.requests == []
    assert again.is_answered
    assert again.milliseconds == first.milliseconds


def test_progress_of_another_endpoint_or_split_counts_for_nothing(
    s3: Any, small_steps: None
) -> None:
    put_rows(s3, 100)
    go(a_run(s3), endpoint_for(100))
    other = endpoint_for(100)
    collect(a_run(s3), "other", lambda size: Endpoint(Requests(other, "other"), size))
    assert other.requests
    expected = put_rows(s3, 150)
    go(a_run(s3), endpoint_for(150))
    assert stored(s3) == expected


def _forget(s3: Any) -> None:
    for name in ("predictions.csv", "evaluation-progress.json"):
        s3.delete_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}")


def _written(s3: Any, rows: list[list[str]]) -> list[list[str]]:
    writer = storing.PredictionsWriter(
        s3, f"s3://{BUCKET}/{PREFIX}/predictions.csv", StoredPredictions()
    )
    writer.write(rows)
    writer.close()
    body = s3.get_object(Bucket=BUCKET, Key=f"{PREFIX}/predictions.csv")["Body"].read()
    return list(csv.reader(io.StringIO(body.decode(), newline="")))


def test_what_looks_like_a_formula_is_kept_as_it_is(s3: Any) -> None:
    # docs/reference.md says so: the file is for programs, and tells how people look at it.
    rows = [["1", '=HYPERLINK("http://x","y")', "+1", "@SUM(A1)", "-2", "\tx"]]
    assert _written(s3, rows) == rows


@pytest.mark.parametrize("cell", ["plain", 'a"b', "a,b", "a\nb", "a\rb", "a,\nb", "é", ""])
def test_cells_are_kept_as_they_are(s3: Any, cell: str) -> None:
    rows = [["1", "x", "0.5"], ["2", cell, "0.5"], ["3", "z", "0.5"]]
    assert _written(s3, rows) == rows


@pytest.mark.parametrize(
    ("kind", "most", "expected"), [("serverless", 2, 2), ("serverless", 9, 4), ("instance", 2, 4)]
)
def test_a_serverless_endpoint_is_asked_no_faster_than_it_answers(
    kind: str, most: int, expected: int
) -> None:
    changed = {"kind": kind, "max_concurrency": most}
    endpoint = EndpointRequest.model_validate(PREPARED["endpoint"] | changed)
    assert requests_at_a_time(endpoint) == expected
