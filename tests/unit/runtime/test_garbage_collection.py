"""When all objects are looked through, by a clock that the test moves."""

from search_service.runtime.garbage_collection import GarbageCollection


class Collector:
    """A look takes so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.looks: list[float] = []

    def clock(self) -> float:
        return self.now

    def collect(self) -> None:
        self.looks.append(self.now)
        self.now += self.seconds


def looks(seconds: float, until: float) -> list[float]:
    collector = Collector(seconds)
    collection = GarbageCollection(collector.collect, collector.clock)
    while collector.now < until:
        collection.tend()
        collector.now += 1
    return collector.looks


def test_a_quick_look_comes_every_minute() -> None:
    assert looks(0.0, until=200) == [60, 120, 180]


def test_a_long_look_takes_a_thousandth_of_the_time() -> None:
    assert looks(0.5, until=1_200) == [60, 560.5, 1061.0]
