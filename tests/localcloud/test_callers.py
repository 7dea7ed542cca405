"""Which requests a server on loopback takes for a program's of this machine."""

import http.client
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from localsagemaker.callers import refusal
from localsagemaker.server import Server

PORT = 4566
OURS = [
    "127.0.0.1:4566", "localhost:4566", "LocalHost:4566", "s3.localhost:4566",
    "molino-data.localhost:4566", "molino-data.s3.localhost:4566",
]  # fmt: skip
FOREIGN = [
    "", "127.0.0.1", "localhost:80", "evil.example:4566", "127.0.0.1.evil.example:4566",
    "localhost.evil.example:4566", "0.0.0.0:4566", "[::1]:4566",
    "127.0.0.1:4566, evil.example:4566", "127.0.0.1:4566@evil.example:4566",
    "x.lambda-url.us-east-1.localhost:4566",
]  # fmt: skip


@pytest.mark.parametrize("host", OURS)
def test_our_names_are_taken(host: str) -> None:
    assert refusal({"host": host}, PORT) is None
    assert refusal({"host": host, "origin": f"https://{host}"}, PORT) is None
    assert refusal({"host": host, "sec-fetch-site": "same-origin"}, PORT) is None


@pytest.mark.parametrize("host", FOREIGN)
def test_other_names_are_refused(host: str) -> None:
    assert "Host" in (refusal({"host": host}, PORT) or "")
    assert "Origin" in (refusal({"host": OURS[0], "origin": f"http://{host}"}, PORT) or "")


@pytest.mark.parametrize(
    "headers",
    [{"origin": "null"}, {"origin": ""}, {"origin": "https://127.0.0.1:8000"}]
    + [{"sec-fetch-site": site} for site in ("cross-site", "same-site")],
)
def test_web_pages_are_refused(headers: dict[str, str]) -> None:
    assert refusal({"host": OURS[0]} | headers, PORT)


@pytest.fixture
def server(make: Any) -> Iterator[Server]:
    server = Server(make())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_sagemaker_alone_is_closed_to_web_pages(
    server: Server, headers: dict[str, str], status: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    target = {"X-Amz-Target": "SageMaker.ListModels"}
    connection.request("POST", "/", "{}", target | headers)
    answer = connection.getresponse()
    assert answer.status == status
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    connection.close()
