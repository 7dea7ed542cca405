"""Lambdas at once: never more than there are places, in the order in which they asked."""

import threading

import pytest

from localcloud.lambda_places import Places
from tests.localcloud.conftest import wait_for


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
        wait_for(lambda number=number: len(places._waiting) == max(0, number - 1))
    for number in range(6):
        wait_for(lambda number=number: number in order)
        assert len(inside) <= 2
        let_go[number].set()
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
