"""Lambdas at once: never more than there are places, in the order in which they asked."""

import threading
import time

import pytest

from localcloud.lambda_places import Places, install
from localcloud.ministack_internals import lambda_svc, stepfunctions
from tests.localsagemaker.conftest import wait_for

FUNCTION = {
    "config": {
        "FunctionName": "f",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
    }
}


def test_places_are_given_in_order() -> None:
    places, order, inside = Places(2), [], []
    let_go = [threading.Event() for _ in range(6)]

    def hold(number: int) -> None:
        with places.one():
            order.append(number)
            inside.append(number)
            let_go[number].wait()
            inside.remove(number)

    threads = []
    for number in range(6):
        threads.append(threading.Thread(target=hold, args=(number,)))
        threads[-1].start()
        wait_for(lambda number=number: len(order) + len(places._waiting) == number + 1)
    for number in range(6):
        assert order == list(range(min(6, number + 2)))
        assert len(inside) <= 2
        let_go[number].set()
        wait_for(lambda number=number: len(order) == min(6, number + 3))
    for thread in threads:
        thread.join()
    assert order == list(range(6))


def test_a_failing_holder_gives_its_place_back() -> None:
    places = Places(1)
    for _ in range(3):
        with pytest.raises(RuntimeError), places.one():
            raise RuntimeError
    with places.one():
        assert not places._waiting


def test_no_way_to_a_function_leads_past_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls, events and tasks of state machines: ministack carries all of them out in one place."""
    now, ended, most, lock = [], [], [0], threading.Lock()

    def execute(func: dict[str, str], event: int) -> dict[str, str]:
        with lock:
            now.append(event)
            most[0] = max(most[0], len(now))
        time.sleep(0.01)
        with lock:
            now.remove(event)
            ended.append(event)
        return {}

    monkeypatch.setattr(lambda_svc, "execute_function", execute)
    limited = stepfunctions.invoke_resource_with_timeout
    monkeypatch.setattr(stepfunctions, "invoke_resource_with_timeout", limited)
    monkeypatch.setattr(
        stepfunctions,
        "invoke_resource",
        lambda _, event: lambda_svc.execute_function_with_config_scope(FUNCTION, event),
    )
    install(2)
    ways = []
    for event in range(20):
        lambda_svc.invoke_async_with_retry(FUNCTION, event)
        call = lambda_svc.execute_function_with_config_scope
        ways.append(threading.Thread(target=call, args=(FUNCTION, 100 + event)))
        task = stepfunctions.invoke_resource_with_timeout
        ways.append(threading.Thread(target=task, args=(":lambda:invoke", 200 + event, 10)))
    for way in ways:
        way.start()
    for way in ways:
        way.join()
    wait_for(lambda: len(ended) == 60)
    assert most == [2]
