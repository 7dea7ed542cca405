"""The parts of a transform job that need no container: records, columns, settings, order."""

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from localsagemaker.transform_filters import ColumnFilter, DataProcessing
from localsagemaker.transform_records import InputError, payloads
from localsagemaker.transform_request import Settings
from localsagemaker.transform_requests import StoppedError, in_order

LINES = b'id,text\n1,"a\nb"\n2,c'


def split(content: bytes, **options: Any) -> list[bytes]:
    given = {"by_line": True, "single": False, "most_bytes": 100} | options
    return list(payloads(io.BytesIO(content), **given))


def test_a_payload_has_as_many_lines_as_fit_and_loses_no_byte() -> None:
    assert split(LINES) == [LINES]
    assert split(LINES, most_bytes=13) == [b'id,text\n1,"a\n', b'b"\n2,c']
    assert b"".join(split(LINES, most_bytes=8)) == LINES
    assert split(b"") == []


def test_a_line_is_a_record_whatever_it_holds() -> None:
    """A header is one; a newline within quotes ends one, as AWS splits without reading CSV."""
    assert split(LINES, single=True) == [b"id,text\n", b'1,"a\n', b'b"\n', b"2,c"]
    assert split(b"a\r\n\nb", single=True) == [b"a\r\n", b"\n", b"b"]


def test_what_is_not_split_is_one_record() -> None:
    assert split(LINES, by_line=False) == [LINES]
    assert split(b"", by_line=False) == [b""]


@pytest.mark.parametrize("options", [{"by_line": False}, {"by_line": True}])
def test_a_record_must_fit(options: dict[str, bool]) -> None:
    assert split(b"12345678", most_bytes=8, **options) == [b"12345678"]
    with pytest.raises(InputError, match="Too much data for max payload size"):
        split(b"12345678\n", most_bytes=8, **options)


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ("$", "abcde"),
        ("$[1:]", "bcde"),
        ("$[:2]", "ab"),
        ("$[1:3]", "bc"),
        ("$[-1]", "e"),
        ("$[0,-1]", "ae"),
        ("$[1:-1]", "bcd"),
        ("$[0,3:]", "ade"),
        ("$[ 2 , 0 ]", "ca"),
        ("$[9:]", ""),
    ],
)
def test_columns(path: str, chosen: str) -> None:
    assert "".join(ColumnFilter(path).columns(list("abcde"))) == chosen


@pytest.mark.parametrize(
    "path", ["$.id", "$['id']", "$[*]", "$[0:4:2]", "$[]", "$[0", "[0]", "$[0][1]", "$[?(@>1)]", ""]
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="chooses columns by indexes and slices"):
        ColumnFilter(path)


def test_an_index_beyond_the_row_is_an_error() -> None:
    for path in ("$[5]", "$[-6]"):
        with pytest.raises(InputError, match="out of the 5 columns"):
            ColumnFilter(path).columns(list("abcde"))


def test_answers_are_joined_to_their_rows() -> None:
    config = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    processing = DataProcessing(config)
    payload = b'"1, a",2,3\r\n\n4,5,6'
    assert processing.before(payload) == b"2,3\n5,6\n"
    assert processing.after(payload, b'x,"y z"\n7,8\n') == b'"1, a",y z\n4,8\n'


def test_without_filters_nothing_is_read() -> None:
    processing = DataProcessing({})
    no_text = b'\xff,"\n'
    assert processing.before(no_text) == no_text
    assert processing.after(b"", no_text) == no_text


@pytest.mark.parametrize(
    ("payload", "answer", "message"),
    [
        (b"1\n2\n", b"x\n", "mismatched line count between the input and the output"),
        (b"1\n", b"x\ny\n", "mismatched line count between the input and the output"),
        (b'"secret\ncell"\n', b"x\n", "Failed to parse input as CSV: a cell has a newline"),
        (b'"secret', b"x\n", "Failed to parse input as CSV: unexpected end of data"),
        (b"1\n", b"\xff", "Failed to parse output from the algorithm as CSV: it is not UTF-8"),
    ],
)
def test_what_cannot_be_joined(payload: bytes, answer: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        DataProcessing({"JoinSource": "Input"}).after(payload, answer)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("request_", "offered", "settled"),
    [
        ({}, None, (1, 6, "MULTI_RECORD")),
        ({"MaxConcurrentTransforms": 0}, None, (1, 6, "MULTI_RECORD")),
        (
            {"MaxPayloadInMB": 2},
            {"MaxPayloadInMB": 3, "MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD"},
            (8, 2, "SINGLE_RECORD"),
        ),
        (
            {"BatchStrategy": "MultiRecord"},
            {"BatchStrategy": "SINGLE_RECORD"},
            (1, 6, "MULTI_RECORD"),
        ),
        (
            {},
            {"MaxPayloadInMB": "3", "MaxConcurrentTransforms": -1, "BatchStrategy": []},
            (1, 6, "MULTI_RECORD"),
        ),
        ({}, ["MaxPayloadInMB"], (1, 6, "MULTI_RECORD")),
    ],
)
def test_the_request_comes_before_the_container_and_that_before_the_defaults(
    request_: dict[str, Any], offered: Any, settled: tuple[int, int, str]
) -> None:
    assert Settings.settle(request_, offered) == Settings(*settled)


def test_work_is_done_at_the_same_time_and_comes_in_order() -> None:
    together, taken = threading.Barrier(3), []

    def work() -> Iterator[int]:
        for number in range(6):
            taken.append(number)
            yield number

    def do(number: int) -> int:
        together.wait(10)
        return number * number

    done = in_order(work(), do, 3, threading.Event())
    first, outcome = next(done)
    assert (first, outcome.result()) == (0, 0)
    assert taken == [0, 1, 2, 3]  # one more than are under way, whatever there is
    assert [outcome.result() for _, outcome in done] == [1, 4, 9, 16, 25]


def test_a_stop_ends_the_wait() -> None:
    stop, release = threading.Event(), threading.Event()
    try:
        threading.Timer(0.1, stop.set).start()
        with pytest.raises(StoppedError):
            list(in_order(iter([1, 2]), lambda _: release.wait(30), 1, stop))
        assert not release.is_set()
    finally:
        release.set()
