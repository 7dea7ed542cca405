"""Batches stay within limits, errors are retried or told."""

import csv
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.evaluate import batches as batching
from lambdas.evaluate.answers import parse
from lambdas.evaluate.batches import Batch, Batches
from lambdas.evaluate.endpoint import ATTEMPTS, Endpoint
from lambdas.evaluate.run import collect
from lambdas.shared.errors import EndpointRejected
from tests.lambdas.flow import FakeEndpoint


def write(path: Path, rows: list[list[str]], header: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return path


# Batches ------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.text('ab,"\n é', max_size=6), st.text("xyz", min_size=1), st.just("1")),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 20),
)
def test_every_row_is_sent_once_in_order_without_target(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], limit: int
) -> None:
    path = tmp_path_factory.mktemp("b") / "t.csv"
    batches = Batches(write(path, [list(row) for row in rows], ["p", "t", "q"]), "t")
    batches.rows_limit = limit
    sent, truth, expected_first = [], [], 1
    for batch in batches:
        header, *lines = csv.reader(io.StringIO(batch.body.decode(), newline=""))
        assert header == ["p", "q"]
        assert 1 <= len(lines) <= limit
        assert batch.first_row == expected_first
        expected_first += len(lines)
        sent += lines
        truth += batch.truth
    assert sent == [[row[0], row[2]] for row in rows]
    assert truth == [row[1] for row in rows]


@settings(max_examples=50, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.text("ab é", max_size=3), min_size=width, max_size=width),
            min_size=1,
            max_size=20,
        )
    ),
    st.integers(0, 4),
)
def test_plain_lines_are_sent_alike_wherever_the_target_is(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], at: int
) -> None:
    names = [f"c{number}" for number in range(len(rows[0]))]
    target = names[at % len(names)]
    path = tmp_path_factory.mktemp("b") / "t.csv"
    (batch,) = Batches(write(path, rows, names), target)
    sent = list(csv.DictReader(io.StringIO(batch.body.decode(), newline="")))
    expected = [dict(zip(names, row, strict=True)) for row in rows]
    assert batch.truth == [row.pop(target) for row in expected]
    assert sent == expected


def test_requests_stay_below_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "LARGEST_REQUEST", 1000)
    rows = [["x" * (i * 37 % 200 + 1), "y"] for i in range(200)]
    batches = Batches(write(tmp_path / "t.csv", rows, ["p", "t"]), "t")
    sizes = [len(batch.body) for batch in batches]
    assert max(sizes) <= 1000
    assert len(sizes) < 60


def test_long_answers_make_later_requests_smaller(tmp_path: Path) -> None:
    batches = Batches(write(tmp_path / "t.csv", [["1", "y"]] * 5000, ["p", "t"]), "t")
    lengths = []
    for batch in batches:
        lengths.append(len(batch.truth))
        batches.learn(len(batch.truth) * 10_000, len(batch.truth))
    assert lengths[0] == batching.FIRST_ROWS
    assert set(lengths[1:-1]) == {400}


# Asking -------------------------------------------------------------------------------------------

BATCH = Batch(1, ["a", "b"], b"p\n1\n2\n")
GOOD = b"prediction,probability:a,probability:b\na,0.75,0.25\nb,0.1,0.9\n"


class Scripted:
    """A runtime client that answers from a list."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def invoke_endpoint(self, **_: Any) -> dict[str, Any]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Body": io.BytesIO(answer)}


def refused(code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "SECRET"}, **more}, "InvokeEndpoint")


def ask(*answers: Any) -> tuple[Any, list[float]]:
    pauses: list[float] = []
    client: Any = Scripted(*answers)
    return Endpoint(client, "e", pauses.append).ask(BATCH), pauses


def test_an_answer_is_read_with_all_digits() -> None:
    answer, pauses = ask(GOOD)
    assert answer.predictions == ["a", "b"]
    assert answer.labels == ["a", "b"]
    assert answer.probabilities == [[0.75, 0.25], [0.1, 0.9]]
    assert pauses == []


@pytest.mark.parametrize(
    "error",
    [
        refused("ThrottlingException"),
        refused("ServiceUnavailable"),
        refused("ModelNotReadyException"),
        refused("ModelError", OriginalStatusCode=503),
        ReadTimeoutError(endpoint_url="u"),
    ],
)
def test_passing_errors_are_tried_again_with_growing_pauses(error: Exception) -> None:
    answer, pauses = ask(error, error, GOOD)
    assert answer.predictions == ["a", "b"]
    assert len(pauses) == 2
    assert all(0 <= pause <= 8 for pause in pauses)


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
    assert "ows 1 to 2" in str(caught.value)
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
        parse(body, BATCH, 1.0)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__context__ is None


def test_answers_come_together_in_order_from_several_threads(tmp_path: Path) -> None:
    rows = [[str(i), "yn"[i % 2]] for i in range(1000)]
    batches = Batches(write(tmp_path / "t.csv", rows, ["p", "t"]), "t")
    batches.learn = lambda *_: setattr(batches, "rows_limit", 50)  # type: ignore[method-assign]
    threads = set()
    together = threading.Barrier(4, timeout=20)

    def rule(row: dict[str, str]) -> list[float]:
        threads.add(threading.get_ident())
        number = int(row["p"])
        if number in (100, 150, 200, 250):  # the first rows of four requests
            together.wait()  # breaks unless four requests are under way at once
        return [number / 1000, 1 - number / 1000]

    client: Any = FakeEndpoint(["n", "y"], rule)
    collected = collect(Endpoint(client, "e"), batches)
    assert collected.truth == [row[1] for row in rows]
    assert [pair[0] for pair in collected.probabilities] == [i / 1000 for i in range(1000)]
    assert len(collected.milliseconds) == 1 + 18
    assert len(threads) > 1


def test_one_failed_request_fails_the_whole(tmp_path: Path) -> None:
    rows = [[str(i), "y"] for i in range(1000)]
    batches = Batches(write(tmp_path / "t.csv", rows, ["p", "t"]), "t")
    batches.learn = lambda *_: setattr(batches, "rows_limit", 50)  # type: ignore[method-assign]

    class Failing(FakeEndpoint):
        def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
            if b"\n555\n" in request["Body"]:
                raise refused("ValidationError")
            return super().invoke_endpoint(**request)

    client: Any = Failing(["n", "y"], lambda _: [0.5, 0.5])
    with pytest.raises(EndpointRejected, match="ows 551 to 600"):
        collect(Endpoint(client, "e"), batches)
