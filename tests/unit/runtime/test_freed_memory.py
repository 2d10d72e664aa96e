"""When freed memory is given back, by a clock and a size that the test moves."""

from search_service.runtime.freed_memory import FreedMemory

MEGABYTE = 1 << 20


class Process:
    """Takes memory, of which ``live`` is in use; giving back takes so many processor seconds."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.now = self.processor = 0.0
        self.live = self.taken = 50 * MEGABYTE
        self.given_back: list[float] = []
        self.freed_memory = FreedMemory(
            lambda: self.taken, self.give_back, lambda: self.now, lambda: self.processor
        )

    def give_back(self) -> None:
        self.given_back.append(self.now)
        self.taken = self.live
        self.processor += self.seconds

    def tend(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            self.freed_memory.tend()


def test_a_process_of_its_first_size_is_left_alone() -> None:
    process = Process()
    process.tend(100)
    process.taken += 30 * MEGABYTE
    process.tend(100)
    assert process.given_back == []


def test_what_was_freed_is_given_back_at_once() -> None:
    process = Process()
    process.taken += 200 * MEGABYTE
    process.tend(10)
    assert process.given_back == [1]
    assert process.taken == process.live


def test_what_is_freed_after_a_peak_is_given_back_too() -> None:
    process = Process()
    process.taken = process.live = 500 * MEGABYTE
    process.tend(10)
    process.live = 60 * MEGABYTE
    process.tend(2)
    assert process.taken == process.live


def test_giving_back_takes_a_hundredth_of_the_time() -> None:
    process = Process(seconds=0.5)
    process.taken = process.live = 500 * MEGABYTE
    process.tend(200)
    assert len(process.given_back) == 4


def test_it_starts_from_the_least_that_the_process_ever_took() -> None:
    process = Process()
    process.taken = process.live = 10 * MEGABYTE
    process.tend(1)
    process.taken = 50 * MEGABYTE
    process.tend(1)
    assert process.given_back == [2]
