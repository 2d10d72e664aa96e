import threading

import pytest

from search_service.engines.embedded.search.threads import Threads


@pytest.mark.parametrize("cores", [1, 2, 5])
@pytest.mark.parametrize("items", [0, 1, 2, 7])
def test_what_is_made_of_items_comes_in_their_order(cores: int, items: int) -> None:
    assert Threads(cores).each(lambda item: item * 2, range(items)) == [*range(0, items * 2, 2)]


def test_two_items_are_worked_on_at_once() -> None:
    both = threading.Barrier(2, timeout=10)
    assert sorted(Threads(2).each(lambda _: both.wait(), "ab")) == [0, 1]


def test_one_item_needs_no_thread() -> None:
    assert Threads(2).each(lambda _: threading.current_thread(), "a") == [threading.main_thread()]


class Panic(BaseException):
    """As the engine's panics, no ``Exception``."""


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize("failing", [0, 1, 4])
@pytest.mark.parametrize("error", [ValueError, IndexError, Panic])
def test_an_error_comes_through(cores: int, failing: int, error: type[BaseException]) -> None:
    def work(item: int) -> int:
        if item == failing:
            raise error(f"in {item}")
        return item

    threads = Threads(cores)
    with pytest.raises(error, match=f"in {failing}"):
        threads.each(work, range(5))
    assert threads.each(work, range(failing)) == [*range(failing)]


def test_nothing_goes_on_after_an_error() -> None:
    at_once = threading.Barrier(2, timeout=10)
    done = []

    def work(item: int) -> None:
        if item < 2:
            at_once.wait()
        if item == 0:
            raise ValueError("enough")
        done.append(item)

    with pytest.raises(ValueError, match="enough"):
        Threads(2).each(work, range(1000))
    before = len(done)
    assert before < 1000
    assert len(done) == before
